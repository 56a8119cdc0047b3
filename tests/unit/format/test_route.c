/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading a ROUTE_TOKEN. */
#include "unit/format/test_token.h"

READER_TESTS(route, struct sg_route, sg_route_read)

#define ROUTE "  ROUTE: {DOMAIN: D, ARTIFACT_TYPE: A, PROFILE_KEY: P, PIPE_SELECTED: S}\n"
#define SET   "  REQUIRED_SET: {REQUIRED_ROLES: [SPC, VAL]}\n"

static const char whole[] = "# a comment\n"
			    "ROUTE_TOKEN:\n"
			    "  META:\n"
			    "    ROUTER_VERSION: 1.2\n"
			    "    TIMESTAMP: 2026-01-31\n"
			    "    TRACE_ID: \"t\"\n"
			    "  TASK:\n"
			    "    TASK_TEXT_HASH: ''\n"
			    "    USER_INTENT: \"Собрать / collect\"\n"
			    "  ROUTE:\n"
			    "    DOMAIN: DOCS\n"
			    "    ARTIFACT_TYPE: FULL_PATCH\n"
			    "    MODE: REPO\n"
			    "    PROFILE_KEY: PROFILE.X\n"
			    "    PIPE_SELECTED: KEY:PIPE.X\n"
			    "  REQUIRED_SET:\n"
			    "    REQUIRED_IDX: [I]\n"
			    "    REQUIRED_ROLES:\n"
			    "      - SPC\n"
			    "      - VAL\n"
			    "    REQUIRED_ENG_KEYS: [KEY:ENG.A, ENG.B]\n"
			    "    REQUIRED_KB_KEYS: []\n"
			    "    REQUIRED_VAL_KEYS: [V]\n"
			    "    OUTPUT_CONTRACT: [VAL_REPORT]\n"
			    "    NO_GO_LIST: [\"KEY:ENG.NET.*\", \"no prose\"]\n"
			    "  GATES:\n"
			    "    STOP_CONDITIONS: [one, 2, \"three, four\"]\n"
			    "    QUALITY_MINIMUM: all\n";

static void check_whole(const struct sg_route *r)
{
	cr_assert_eq(r->meta.n, 3);
	cr_expect_str_eq(r->meta.v[0].key, "ROUTER_VERSION");
	cr_expect_str_eq(r->meta.v[0].value, "1.2");
	cr_expect_str_eq(r->meta.v[1].value, "2026-01-31");
	cr_expect_str_eq(r->user_intent, "Собрать / collect");
	cr_expect_str_eq(r->task.v[0].value, "");
	cr_expect_str_eq(r->domain, "DOCS");
	cr_expect_str_eq(r->artifact_type, "FULL_PATCH");
	cr_expect_str_eq(r->mode, "REPO");
	cr_expect_str_eq(r->profile_key, "PROFILE.X");
	cr_expect_str_eq(r->pipe_selected, "KEY:PIPE.X");
	cr_expect_str_eq(r->required_idx.v[0], "I");
	cr_assert_eq(r->required_roles.n, 2);
	cr_expect_str_eq(r->required_roles.v[1], "VAL");
	cr_expect_str_eq(r->required_eng_keys.v[0], "KEY:ENG.A");
	cr_expect_eq(r->required_kb_keys.n, 0);
	cr_expect_str_eq(r->required_val_keys.v[0], "V");
	cr_expect_str_eq(r->output_contract.v[0], "VAL_REPORT");
	cr_expect_str_eq(r->no_go_list.v[1], "no prose");
	cr_expect_str_eq(r->gates.v[0].value, "one, 2, three, four");
	cr_expect_str_eq(r->gates.v[1].value, "all");
}

Test(route_read, a_whole_token_is_read)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_err err = SG_ERR_INIT;
	struct sg_route r;

	cr_assert_eq(read_route(&arena, whole, &r, &err), SG_OK, "%s", err.text);
	check_whole(&r);
	sg_arena_release(&arena);
	SG_LEAKCHECK();
}

Test(route_read, a_token_in_a_fenced_block_of_markdown_is_read)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_err err = SG_ERR_INIT;
	struct sg_route r;
	char *text = sg_t_format(
		"# Route\n\nProse.\n\n```yaml\nOTHER: 1\n```\n\n```yaml\n%s```\n\nMore.\n",
		whole);

	cr_assert_eq(sg_route_read(&arena, "r.md", text, strlen(text), &r, &err), SG_OK, "%s",
		err.text);
	check_whole(&r);
	free(text);
	sg_arena_release(&arena);
}

Test(route_read, what_the_file_does_not_have_is_empty)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_err err = SG_ERR_INIT;
	struct sg_route r;

	cr_assert_eq(read_route(&arena, "ROUTE_TOKEN:\n" ROUTE SET, &r, &err), SG_OK, "%s",
		err.text);
	cr_expect_str_eq(r.mode, "");
	cr_expect_str_eq(r.user_intent, "");
	cr_expect_eq(r.meta.n + r.task.n + r.gates.n, 0);
	cr_expect_eq(r.required_roles.n, 2);
	cr_expect_eq(r.output_contract.n + r.required_eng_keys.n + r.no_go_list.n, 0);
	sg_arena_release(&arena);
}

Test(route_read, unknown_keys_are_ignored_but_kept_in_meta_task_and_gates)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_err err = SG_ERR_INIT;
	struct sg_route r;

	cr_assert_eq(read_route(&arena,
			     "EXTRA: 1\nROUTE_TOKEN:\n  MORE: {}\n" ROUTE SET
			     "  META: {COLOUR: red}\n",
			     &r, &err),
		SG_OK, "%s", err.text);
	cr_assert_eq(r.meta.n, 1);
	cr_expect_str_eq(r.meta.v[0].key, "COLOUR");
	sg_arena_release(&arena);
}

Test(route_read, a_malformed_token_is_refused_with_its_place)
{
	static const struct refusal cases[] = {
		{"", "f.yaml"},
		{"- ROUTE_TOKEN\n",
			"f.yaml:1:1: cannot read ROUTE_TOKEN: the file: expected a mapping"},
		{"ROUTE: {}\n", "f.yaml:1:1: cannot read ROUTE_TOKEN: ROUTE_TOKEN: expected a "
				"mapping, found no such key"},
		{"ROUTE_TOKEN: [a]\n", "f.yaml:1:14: cannot read ROUTE_TOKEN: ROUTE_TOKEN: "
				       "expected a mapping, found a list"},
		{"ROUTE_TOKEN:\n" SET, "f.yaml:2:3: cannot read ROUTE_TOKEN: ROUTE: expected a "
				       "mapping, found no such key"},
		{"ROUTE_TOKEN:\n" ROUTE, "REQUIRED_SET: expected a mapping, found no such key"},
		{"ROUTE_TOKEN:\n  ROUTE: {}\n" SET,
			"f.yaml:2:10: cannot read ROUTE_TOKEN: DOMAIN: expected a text, found "
			"no such key"},
		{"ROUTE_TOKEN:\n  ROUTE: {DOMAIN: 1}\n",
			"f.yaml:2:19: cannot read ROUTE_TOKEN: DOMAIN: expected a text, found"},
		{"ROUTE_TOKEN:\n  ROUTE: {DOMAIN: }\n", "DOMAIN: expected a text"},
		{"ROUTE_TOKEN:\n  ROUTE: {DOMAIN: true}\n", "DOMAIN: expected a text"},
		{"ROUTE_TOKEN:\n" ROUTE "  REQUIRED_SET: {REQUIRED_ROLES: SPC}\n",
			"REQUIRED_ROLES: expected a list of texts, found"},
		{"ROUTE_TOKEN:\n" ROUTE
		 "  REQUIRED_SET:\n    OUTPUT_CONTRACT:\n      - A\n      - 7\n",
			"f.yaml:6:9: cannot read ROUTE_TOKEN: OUTPUT_CONTRACT: expected a text "
			"in its list"},
		{"ROUTE_TOKEN:\n  META: {A: {}}\n" ROUTE SET,
			"A: expected a text or a list of texts, found"},
		{"ROUTE_TOKEN:\n  META: {A: }\n" ROUTE SET,
			"A: expected a text or a list of texts, found"},
		{"ROUTE_TOKEN:\n  META: {A: [[]]}\n" ROUTE SET,
			"A: expected a text in its list, found a list"},
		{"ROUTE_TOKEN:\n  META: []\n" ROUTE SET, "META: expected a mapping, found"},
		{"ROUTE_TOKEN:\n  META: {A: 1, A: 2}\n", "f.yaml:2:16"},
		{"ROUTE_TOKEN: &a\n  META: *a\n", "f.yaml:1:14"},
		{"ROUTE_TOKEN:\n\tA: 1\n", "f.yaml:2:1"},
		{"ROUTE_TOKEN:\n  A: \"\xff\"\n", "f.yaml"},
	};

	refuse_route(cases, SG_ARRAY_SIZE(cases));
}

Test(route_read, a_file_over_the_limit_is_refused)
{
	const size_t n = SG_YAML_MAX_FILE + 1;
	char *text = malloc(n);
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_err err = SG_ERR_INIT;
	struct sg_route r;

	memset(text, '#', n);
	cr_expect_eq(sg_route_read(&arena, "f.yaml", text, n, &r, &err), SG_LIMIT);
	cr_expect_str_eq(err.file, "f.yaml");
	free(text);
	sg_arena_release(&arena);
}
