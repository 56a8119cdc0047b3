/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading an ENGINE_PLAN_TOKEN. */
#include "unit/format/test_token.h"

READER_TESTS(plan, struct sg_plan, sg_plan_read)

static struct sg_plan plan_of(struct sg_arena *arena, const char *text)
{
	struct sg_err err = SG_ERR_INIT;
	struct sg_plan plan;

	memset(&plan, 0x5a, sizeof(plan));
	cr_assert_eq(read_plan(arena, text, &plan, &err), SG_OK, "%s\n%s", err.text, text);
	return plan;
}

Test(plan_read, a_whole_plan_is_read)
{
	struct sg_arena arena = SG_ARENA_INIT;
	const struct sg_plan p = plan_of(&arena, "ENGINE_PLAN_TOKEN:\n"
						 "  required_eng_keys: [KEY:ENG.A, ENG.B]\n"
						 "  allowed_eng_keys: [\"ENG.*\"]\n"
						 "  no_go_eng_keys:\n"
						 "    - ENG.NET\n"
						 "  expected_outputs: [TOC]\n"
						 "  why: not looked at\n");

	cr_expect(p.has_required && p.has_allowed && p.has_no_go && p.has_expected);
	cr_expect_null(p.bad_field);
	cr_assert_eq(p.required_eng_keys.n, 2);
	cr_expect_str_eq(p.required_eng_keys.v[0], "KEY:ENG.A");
	cr_expect_str_eq(p.allowed_eng_keys.v[0], "ENG.*");
	cr_expect_str_eq(p.no_go_eng_keys.v[0], "ENG.NET");
	cr_expect_str_eq(p.expected_outputs.v[0], "TOC");
	sg_arena_release(&arena);
	SG_LEAKCHECK();
}

Test(plan_read, an_absent_field_is_not_an_empty_one)
{
	struct sg_arena arena = SG_ARENA_INIT;
	const struct sg_plan none = plan_of(&arena, "ENGINE_PLAN_TOKEN: {}\n");
	const struct sg_plan empty =
		plan_of(&arena, "ENGINE_PLAN_TOKEN: {required_eng_keys: []}\n");

	cr_expect_not(
		none.has_required || none.has_allowed || none.has_no_go || none.has_expected);
	cr_expect_null(none.bad_field);
	cr_expect(empty.has_required);
	cr_expect_eq(empty.required_eng_keys.n, 0);
	cr_expect_not(empty.has_allowed);
	sg_arena_release(&arena);
}

Test(plan_read, a_field_of_the_wrong_shape_is_named_and_left_empty)
{
	static const struct {
		const char *text;
		const char *bad;
	} cases[] = {
		{"{required_eng_keys: ENG.A}", "required_eng_keys"},
		{"{required_eng_keys: }", "required_eng_keys"},
		{"{required_eng_keys: {a: b}}", "required_eng_keys"},
		{"{required_eng_keys: [A, 7]}", "required_eng_keys"},
		{"{required_eng_keys: [A, null]}", "required_eng_keys"},
		{"{required_eng_keys: [[A]]}", "required_eng_keys"},
		{"{required_eng_keys: [A], allowed_eng_keys: true}", "allowed_eng_keys"},
		{"{expected_outputs: 1, no_go_eng_keys: 2}", "no_go_eng_keys"},
		{"{expected_outputs: [2026-01-31]}", "expected_outputs"},
	};

	for (size_t i = 0; i < SG_ARRAY_SIZE(cases); i++) {
		struct sg_arena arena = SG_ARENA_INIT;
		char *text = sg_t_format("ENGINE_PLAN_TOKEN: %s\n", cases[i].text);
		const struct sg_plan p = plan_of(&arena, text);

		cr_assert_not_null(p.bad_field, "%s", text);
		cr_expect_str_eq(p.bad_field, cases[i].bad, "%s", text);
		cr_expect_eq(p.no_go_eng_keys.n + p.expected_outputs.n, 0, "%s", text);
		if (i < 6)
			cr_expect(p.has_required && p.required_eng_keys.n == 0, "%s", text);
		free(text);
		sg_arena_release(&arena);
	}
}

Test(plan_read, a_plan_in_a_fenced_block_is_read)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_err err = SG_ERR_INIT;
	static const char text[] =
		"Plan:\n\n```yaml\nENGINE_PLAN_TOKEN:\n  required_eng_keys: [A]\n```\n";
	struct sg_plan p;

	cr_assert_eq(sg_plan_read(&arena, "p.md", text, strlen(text), &p, &err), SG_OK, "%s",
		err.text);
	cr_expect_str_eq(p.required_eng_keys.v[0], "A");
	sg_arena_release(&arena);
}

Test(plan_read, only_what_is_no_plan_at_all_is_an_error)
{
	static const struct refusal cases[] = {
		{"", "f.yaml"},
		{"a: b\n", "cannot read ENGINE_PLAN_TOKEN: ENGINE_PLAN_TOKEN: expected a "
			   "mapping, found no such key"},
		{"ENGINE_PLAN_TOKEN: []\n", "f.yaml:1:20: cannot read ENGINE_PLAN_TOKEN"},
		{"ENGINE_PLAN_TOKEN:\n", "ENGINE_PLAN_TOKEN: expected a mapping"},
		{"ENGINE_PLAN_TOKEN: {a: 1, a: 1}\n", "f.yaml:1:27"},
		{"ENGINE_PLAN_TOKEN: {a: [}\n", "f.yaml:1:"},
		{"---\nENGINE_PLAN_TOKEN: {}\n---\nENGINE_PLAN_TOKEN: {}\n", "f.yaml:3:1"},
	};

	refuse_plan(cases, SG_ARRAY_SIZE(cases));
}
