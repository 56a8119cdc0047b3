/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading steps.yaml. */
#include "unit/format/test_token.h"

struct steps {
	const struct sg_step_entry *v;
	size_t n;
};

static enum sg_rc read_list(struct sg_arena *arena, const char *name, const char *bytes,
	size_t n_bytes, struct steps *ret, struct sg_err *err)
{
	return sg_steps_read(arena, name, bytes, n_bytes, &ret->v, &ret->n, err);
}

READER_TESTS(steps, struct steps, read_list)

Test(steps_read, entries_come_in_their_order_with_empty_texts_for_what_is_absent)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_err err = SG_ERR_INIT;
	struct steps s;

	cr_assert_eq(read_steps(&arena,
			     "- FILE: a.md\n  GOAL: \"Первая цель\"\n  ROUTE: r.yaml\n  "
			     "PROFILE: p.yaml\n"
			     "- {GOAL: second, FILE: b.md, NOTE: ignored}\n",
			     &s, &err),
		SG_OK, "%s", err.text);
	cr_assert_eq(s.n, 2);
	cr_expect_str_eq(s.v[0].file, "a.md");
	cr_expect_str_eq(s.v[0].goal, "Первая цель");
	cr_expect_str_eq(s.v[0].route, "r.yaml");
	cr_expect_str_eq(s.v[0].profile, "p.yaml");
	cr_expect_str_eq(s.v[1].file, "b.md");
	cr_expect_str_eq(s.v[1].goal, "second");
	cr_expect_str_eq(s.v[1].route, "");
	cr_expect_str_eq(s.v[1].profile, "");
	sg_arena_release(&arena);
	SG_LEAKCHECK();
}

Test(steps_read, an_empty_list_has_no_entries)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_err err = SG_ERR_INIT;
	struct steps s = {NULL, 7};

	cr_assert_eq(read_steps(&arena, "[]\n", &s, &err), SG_OK);
	cr_expect_eq(s.n, 0);
	sg_arena_release(&arena);
}

Test(steps_read, a_malformed_list_is_refused_with_its_place)
{
	static const struct refusal cases[] = {
		{"", "f.yaml"},
		{"FILE: a\n",
			"f.yaml:1:1: cannot read the list of steps: the file: expected a list"},
		{"- a\n", "f.yaml:1:3: cannot read the list of steps: its list: expected a "
			  "mapping"},
		{"- FILE: a\n", "f.yaml:1:3: cannot read the list of steps: GOAL: expected a "
				"text, found no such key"},
		{"- GOAL: a\n", "FILE: expected a text, found no such key"},
		{"- FILE: a\n  GOAL: g\n- FILE: 7\n  GOAL: g\n",
			"f.yaml:3:9: cannot read the list of steps: FILE: expected a text, "
			"found"},
		{"- FILE: \"\"\n  GOAL: g\n", "f.yaml:1:9: cannot read the list of steps: "
					      "FILE: expected a text that is not empty"},
		{"- FILE: a\n  GOAL: ''\n", "GOAL: expected a text that is not empty"},
		{"- FILE: a\n  GOAL: g\n  ROUTE: [r]\n",
			"ROUTE: expected a text, found a list"},
		{"- FILE: a\n  FILE: b\n  GOAL: g\n", "f.yaml:2:3"},
	};

	refuse_steps(cases, SG_ARRAY_SIZE(cases));
}
