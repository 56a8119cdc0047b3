/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Views as rows: golden files of several states, what is awaited in each, alignment. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "harness/harness.h"
#include "view_case.h"

static struct sg_brief brief_of(struct view_case *c)
{
	struct sg_brief brief;
	const struct sg_brief_input input = {
		.run = &c->run, .facts = c->in.facts, .head = "", .changed_known = true};
	cr_assert_eq(sg_brief_make(&c->arena, &input, &brief), SG_OK);
	return brief;
}

static void stop(struct view_case *c)
{
	static const struct sg_require requires_v[] = {
		{SG_REQUIRE_RUN, "KEY:ENG.МУЗЫКА", "Run KEY:ENG.МУЗЫКА again"},
		{SG_REQUIRE_FILE_PRESENT, "docs/нет.md", "docs/нет.md is present"},
		{SG_REQUIRE_KEY_BOUND, "CTL", "CTL is bound in RUN"},
	};
	static const char *const reasons[] = {
		"ENTRYPOINT_MISSING: ORC: KEY:ENG.МУЗЫКА: expected ran, found exit 3",
		"ENTRYPOINT_MISSING: ORC: second", "ENTRYPOINT_MISSING: ORC: third",
		"ENTRYPOINT_MISSING: ORC: fourth"};
	static const char *const fixes[] = {
		"Run KEY:ENG.МУЗЫКА: its ledger entry says failed"};
	struct sg_manifest *m = &c->run.manifest;
	c->run.state = SG_STATE_STOPPED;
	c->run.stop_phase = "ORC";
	c->run.requires_list = (struct sg_requires){requires_v, 3};
	m->step_status = SG_STEP_STATUS_STOP_GAP;
	m->result_status = SG_RESULT_STOP_GAP;
	m->fail_code = "ENTRYPOINT_MISSING";
	m->fail_reasons = (struct sg_strs){reasons, 4};
	m->fix_list = (struct sg_strs){fixes, 1};
}

/* --- golden rows --- */

Test(view, the_status_while_orc_runs)
{
	struct view_case c;
	view_case_init(&c);
	sg_view_status(&c.rows, &c.in);
	view_case_golden(&c, "status-busy");
	view_case_release(&c);
	SG_LEAKCHECK();
}

Test(view, the_ledger_while_orc_runs)
{
	struct view_case c;
	view_case_init(&c);
	c.in.facts = &c.facts;
	sg_view_ledger(&c.rows, &c.in);
	view_case_golden(&c, "ledger-busy");
	view_case_release(&c);
	SG_LEAKCHECK();
}

Test(view, the_contract_with_what_lies_beside_it)
{
	struct view_case c;
	view_case_init(&c);
	c.facts_v[5].fresh = SG_FRESH_STALE; /* TOC */
	c.in.facts = &c.facts;
	sg_view_contract(&c.rows, &c.in);
	view_case_golden(&c, "contract-stale");
	view_case_release(&c);
	SG_LEAKCHECK();
}

Test(view, the_brief_before_ctl)
{
	struct view_case c;
	view_case_init(&c);
	c.run.state = SG_STATE_AWAIT;
	c.run.phase = "CTL";
	struct sg_brief brief = brief_of(&c);
	sg_view_brief(&c.rows, &c.in, &brief);
	view_case_golden(&c, "brief-ctl");
	view_case_release(&c);
	SG_LEAKCHECK();
}

Test(view, the_fix_of_a_stop_with_requirements_met_open_and_met_by_running)
{
	struct view_case c;
	static const char *const state[] = {"", "no such file", ""};
	const struct sg_strs states = {state, 3};
	view_case_init(&c);
	stop(&c);
	c.in.require_state = &states;
	sg_view_fix(&c.rows, &c.in);
	view_case_golden(&c, "fix-stopped");
	view_case_release(&c);
	SG_LEAKCHECK();
}

Test(view, the_status_of_a_stop)
{
	struct view_case c;
	view_case_init(&c);
	stop(&c);
	sg_view_status(&c.rows, &c.in);
	view_case_golden(&c, "status-stopped");
	view_case_release(&c);
	SG_LEAKCHECK();
}

Test(view, the_report_of_a_stop)
{
	struct view_case c;
	view_case_init(&c);
	stop(&c);
	sg_view_report(&c.rows, &c.in);
	view_case_golden(&c, "report-stopped");
	view_case_release(&c);
	SG_LEAKCHECK();
}

Test(view, the_report_of_a_pass)
{
	struct view_case c;
	view_case_init(&c);
	c.run.state = SG_STATE_PASSED;
	c.run.manifest.result_status = SG_RESULT_PASS;
	c.run.manifest.step_status = SG_STEP_STATUS_PASS;
	c.run.manifest.val_report_ref = ".stepgate/steps/0003/VAL.1/VAL_REPORT.yaml#sha256=9f2c0";
	sg_view_report(&c.rows, &c.in);
	view_case_golden(&c, "report-pass");
	view_case_release(&c);
	SG_LEAKCHECK();
}

Test(view, the_whole_manifest)
{
	struct view_case c;
	view_case_init(&c);
	c.run.manifest.extra[SG_MAPPING_SESSION] = "  COLOUR: \"blue\"\n";
	sg_view_manifest(&c.rows, &c.run.manifest);
	view_case_golden(&c, "manifest");
	view_case_release(&c);
	SG_LEAKCHECK();
}

Test(view, the_same_in_ascii)
{
	struct view_case c;
	view_case_init(&c);
	c.in.ascii = true;
	c.in.banner = "INTERRUPTED: gone";
	c.run.manifest.step_goal = "build";
	sg_view_status(&c.rows, &c.in);
	sg_view_contract(&c.rows, &c.in);
	view_case_golden(&c, "ascii");
	char *text = view_case_text(&c);
	for (const char *p = text; *p; p++)
		cr_expect((unsigned char)*p < 0x80 || strstr(text, "релиз"),
			"expected ASCII but for the file's own name");
	free(text);
	view_case_release(&c);
	SG_LEAKCHECK();
}

Test(view, a_verdict_that_fails)
{
	struct view_case c;
	view_case_init(&c);
	static const char *const reason[] = {"the line"};
	const struct sg_gate_result results_v[] = {
		{"KEY:VAL.SPELLING", SG_GATE_FAIL, {reason, 1}, SG_TIER_FULL, ""},
		{"KEY:VAL.LATER", SG_GATE_NOT_EVALUATED, {NULL, 0}, SG_TIER_FULL, ""},
		{"KEY:VAL.NOWHERE", SG_GATE_UNBOUND, {NULL, 0}, SG_TIER_FULL, ""},
		{"KEY:VAL.ASIDE", SG_GATE_NOT_CHECKED, {NULL, 0}, SG_TIER_FULL, ""},
		{"KEY:VAL.FINE", SG_GATE_PASS, {NULL, 0}, SG_TIER_FULL, ""},
	};
	const struct sg_gate_results results = {results_v, 5};
	struct sg_verdict v = {.code = SG_CODE_ENTRYPOINT_MISSING,
		.coverage_pass = true,
		.fail_reasons = STRS("ENTRYPOINT_MISSING: D2: ТОС: expected x, found y"),
		.fix_list = STRS("Add missing contract output: ТОС"),
		.not_checked = STRS("NO_GO_LIST: no lore"),
		.others = &results};
	v.tally[SG_CHECK_A1] = (struct sg_tally){5, 5};
	v.tally[SG_CHECK_D2] = (struct sg_tally){1, 2};
	sg_view_verdict(&c.rows, &v, SG_TIER_NONE_NOTE);
	view_case_golden(&c, "verdict-fail");
	view_case_release(&c);
	SG_LEAKCHECK();
}

/* --- what is awaited --- */

static void last_row(struct view_case *c, const char *expected)
{
	sg_view_status(&c->rows, &c->in);
	cr_assert(c->rows.n);
	cr_expect_str_eq(c->rows.v[c->rows.n - 1].text, expected);
	c->rows.n = 0;
}

Test(view, the_last_row_of_the_status_says_what_is_awaited)
{
	struct view_case c;
	view_case_init(&c);
	last_row(&c, "ORC is running, attempt 1, 12 s");
	c.run.state = SG_STATE_AWAIT;
	c.run.phase = "SPC";
	last_row(&c, "«го» starts SPC: ./roles/spc.sh");
	c.run.state = SG_STATE_PASSED;
	last_row(&c, "next FILE \"goal\" sets the next file and goal");
	c.run.next_file = "docs/b.md";
	c.run.next_goal = "Дальше";
	last_row(&c, "«го» opens STEP 0004: docs/b.md: Дальше");
	c.run.state = SG_STATE_FAILED;
	last_row(&c, "step \"goal\" --file FILE --route ROUTE opens a STEP");
	stop(&c);
	last_row(&c, "STOP_GAP ENTRYPOINT_MISSING: resume");
	c.run.state = SG_STATE_EMPTY;
	last_row(&c, "adopt \"reason\" takes this manifest over; check judges it as it is");
	sg_run_init(&c.run);
	last_row(&c, "init starts a run");
	view_case_release(&c);
	SG_LEAKCHECK();
}

Test(view, a_phase_by_hand_without_a_record_says_how_to_record)
{
	struct view_case c;
	static const struct sg_binding by_hand[] = {{.key = "QA", .manual = true}};
	view_case_init(&c);
	c.run.state = SG_STATE_AWAIT;
	c.run.phase = "QA";
	c.profile.run = (struct sg_bindings){by_hand, 1};
	sg_view_status(&c.rows, &c.in);
	cr_assert(view_case_says(&c, "record start QA, then record stop QA NAME=PATH"));
	view_case_release(&c);
	SG_LEAKCHECK();
}

/* --- what must never be said --- */

Test(view, a_manifest_without_a_trace_that_says_pass_is_only_claimed)
{
	struct view_case c;
	view_case_init(&c);
	c.run.state = SG_STATE_EMPTY;
	c.run.proofs.n = 0;
	c.run.manifest.step_status = SG_STEP_STATUS_PASS;
	c.run.manifest.result_status = SG_RESULT_PASS;
	sg_view_status(&c.rows, &c.in);
	cr_assert(strstr(c.rows.v[0].text, "CLAIMED PASS"), "found: %s", c.rows.v[0].text);
	cr_assert_neq(c.rows.v[0].style, SG_STYLE_OK);
	c.rows.n = 0;
	sg_view_report(&c.rows, &c.in);
	cr_assert(view_case_says(&c, "STATUS: CLAIMED PASS"));
	cr_assert_not(view_case_says(&c, "GATES: PASS"));
	c.rows.n = 0;
	sg_view_ledger(&c.rows, &c.in);
	cr_assert_not(view_case_says(&c, "OBSERVED full"));
	cr_assert(view_case_says(&c, "CLAIMED  exit 0, 3.2 s"));
	view_case_release(&c);
	SG_LEAKCHECK();
}

Test(view, what_is_stale_does_not_count_and_is_named)
{
	struct view_case c;
	view_case_init(&c);
	sg_view_status(&c.rows, &c.in);
	cr_assert(view_case_says(&c, "ROLES 1/5  ENGINES 1/3  CONTRACT 3/5"));
	c.rows.n = 0;
	c.in.facts = &c.facts;
	c.facts_v[0].fresh = SG_FRESH_STALE;   /* SPC */
	c.facts_v[3].fresh = SG_FRESH_MISSING; /* ENG.TEXT.TOC */
	c.facts_v[1].fresh = SG_FRESH_STALE;   /* BRIEF_TOKEN */
	sg_view_status(&c.rows, &c.in);
	cr_assert(view_case_says(&c, "ROLES 0/5  ENGINES 0/3  CONTRACT 2/5"));
	cr_assert(view_case_says(&c, "! BRIEF_TOKEN: its evidence is STALE"));
	cr_assert(view_case_says(&c, "! KEY:ENG.TEXT.TOC: its evidence is MISSING"));
	view_case_release(&c);
	SG_LEAKCHECK();
}

Test(view, a_skip_counts_only_where_the_profile_allows_it)
{
	struct view_case c;
	view_case_init(&c);
	c.engines[1].status = SG_ROW_STATUS_SKIPPED;
	c.engines[1].status_text = "skipped";
	sg_view_ledger(&c.rows, &c.in);
	cr_assert(view_case_says(&c, "ENGINES 1/3"));
	c.rows.n = 0;
	c.profile.allow_skip = STRS("ENG.МУЗ*");
	sg_view_ledger(&c.rows, &c.in);
	cr_assert(view_case_says(&c, "ENGINES 2/3"));
	view_case_release(&c);
	SG_LEAKCHECK();
}

Test(view, a_row_with_a_word_that_is_no_status_is_shown_with_a_warning)
{
	struct view_case c;
	view_case_init(&c);
	c.roles[0].status = SG_ROW_STATUS_COUNT;
	c.roles[0].status_text = "totally done";
	sg_view_ledger(&c.rows, &c.in);
	cr_assert(view_case_says(&c, "! SPC       totally done"));
	cr_assert(view_case_says(&c, "ROLES 0/5"));
	view_case_release(&c);
	SG_LEAKCHECK();
}

/* --- columns --- */

Test(view, russian_and_wide_names_keep_the_columns)
{
	struct view_case c;
	view_case_init(&c);
	static const char *const wide[] = {
		"KEY:ENG.TEXT.TOC", "KEY:ENG.МУЗЫКА", "KEY:ENG.音楽", "KEY:ENG.e\xcc\x81t\xc3\xa9"};
	c.run.required_engines = (struct sg_strs){wide, 4};
	c.run.state = SG_STATE_AWAIT;
	sg_view_ledger(&c.rows, &c.in);
	size_t column = view_case_column(&c, "ENG.TEXT.TOC", "ran");
	cr_expect_eq(view_case_column(&c, "МУЗЫКА", "failed"), column);
	cr_expect_eq(view_case_column(&c, "音楽", "waiting"), column);
	cr_expect_eq(view_case_column(&c, "t\xc3\xa9", "waiting"), column);
	view_case_release(&c);
	SG_LEAKCHECK();
}

Test(view, a_name_of_a_thousand_letters_does_not_push_the_others_away)
{
	struct view_case c;
	char longest[1001];
	memset(longest, 'A', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	view_case_init(&c);
	const char *names[] = {"KEY:ENG.TEXT.TOC", longest};
	c.run.required_engines = (struct sg_strs){names, 2};
	sg_view_ledger(&c.rows, &c.in);
	cr_assert_leq(view_case_column(&c, "ENG.TEXT.TOC", "ran"), 50);
	view_case_release(&c);
	SG_LEAKCHECK();
}

Test(view, spans_are_said_in_the_unit_that_fits)
{
	struct view_case c;
	const struct {
		int64_t span_ms;
		const char *text;
	} spans[] = {{-5, "0.0 s"}, {0, "0.0 s"}, {9999, "9.9 s"}, {10000, "10 s"},
		{59999, "59 s"}, {60000, "1 min 0 s"}, {3599999, "59 min 59 s"},
		{3600000, "1 h 0 min"}, {90000000, "25 h 0 min"}};
	view_case_init(&c);
	for (size_t i = 0; i < SG_ARRAY_SIZE(spans); i++) {
		c.in.now_ms = c.run.begun_ms + spans[i].span_ms;
		c.rows.n = 0;
		sg_view_status(&c.rows, &c.in);
		char *row = sg_t_format("ORC is running, attempt 1, %s", spans[i].text);
		cr_expect_str_eq(c.rows.v[c.rows.n - 1].text, row);
		free(row);
	}
	view_case_release(&c);
	SG_LEAKCHECK();
}

Test(view, a_ledger_of_a_hundred_thousand_engines_is_one_pass)
{
	enum { N = 100000 };
	struct view_case c;
	view_case_init(&c);
	const char **names = sg_arena_array(&c.arena, N, sizeof(*names));
	struct sg_engine_row *rows = sg_arena_array(&c.arena, N, sizeof(*rows));
	for (size_t i = 0; i < N; i++) {
		names[i] = sg_arena_printf(&c.arena, "KEY:ENG.%06zu", i);
		rows[i] = (struct sg_engine_row){
			names[i], "ran", {NULL, 0}, "", "", SG_ROW_STATUS_RAN};
	}
	c.run.required_engines = (struct sg_strs){names, N};
	c.run.manifest.engines.entries = (struct sg_engine_rows){rows, N, 0, NULL};
	/* a pass for each row would be ten thousand million comparisons: the harness ends that */
	sg_view_ledger(&c.rows, &c.in);
	cr_assert(view_case_says(&c, "ENGINES 100000/100000"));
	cr_assert_geq(c.rows.n, (size_t)N);
	view_case_release(&c);
	SG_LEAKCHECK();
}
