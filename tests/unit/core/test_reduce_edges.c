/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reducer's less trodden ways, each by events that the lifecycle takes. */
#include <criterion/criterion.h>
#include <string.h>

#include "harness/harness.h"
#include "run_builder.h"

static const char *reasons(struct run_builder *b)
{
	return rb_joined(b, &b->run.manifest.fail_reasons);
}

static void expect_reason(struct run_builder *b, const char *words)
{
	cr_assert_eq(b->run.state, SG_STATE_STOPPED);
	cr_assert_not_null(strstr(reasons(b), words), "expected \"%s\", found \"%s\"", words,
		reasons(b));
}

static bool requires(const struct sg_run *run, enum sg_require_kind kind, const char *subject)
{
	for (size_t i = 0; i < run->requires_list.n; i++)
		if (run->requires_list.v[i].kind == kind &&
			strcmp(run->requires_list.v[i].subject, subject) == 0)
			return true;
	return false;
}

/* --- STEP, NEXT, RESUME --- */

Test(reduce_edges, a_STEP_that_names_no_route_or_profile_keeps_those_of_the_one_before)
{
	struct run_builder b;
	rb_start(&b);
	rb_pass(&b);
	struct sg_event step = rb_ev_step(&b, "the second");
	step.u.step.route = "";
	step.u.step.profile = "mine.yaml";
	rb_do(&b, step);
	cr_assert_str_eq(b.run.route_path, "route.yaml");
	cr_assert_str_eq(b.run.profile_path, "mine.yaml");
	rb_pass(&b);
	cr_assert_eq(b.run.files_done.n, 1, "of one file, done twice");
	step = rb_ev_step(&b, "the third");
	step.u.step.route = "other.yaml";
	step.u.step.file = "docs/b.md";
	rb_do(&b, step);
	cr_assert_str_eq(b.run.route_path, "other.yaml");
	cr_assert_str_eq(b.run.profile_path, "mine.yaml");
	rb_pass(&b);
	cr_assert_str_eq(rb_joined(&b, &b.run.files_done), "docs/a.md|docs/b.md");
	/* what is no PASS after all is taken out again, and only that */
	struct sg_manifest mine = b.run.manifest;
	mine.outputs.n--;
	rb_do(&b, rb_ev_adopt(&b, &mine, false));
	cr_assert_eq(b.run.state, SG_STATE_STOPPED);
	cr_assert_str_eq(rb_joined(&b, &b.run.files_done), "docs/a.md");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_edges, a_STEP_without_a_file_has_none_done)
{
	struct run_builder b;
	rb_init(&b);
	rb_do(&b, rb_ev_init(&b));
	struct sg_event step = rb_ev_step(&b, "a goal");
	step.u.step.file = "";
	rb_do(&b, step);
	rb_pass(&b);
	cr_assert_eq(b.run.files_done.n, 0);
	rb_release(&b);
	SG_LEAKCHECK();
}

static void pack_with_next(struct run_builder *b)
{
	rb_to(b, "PACK");
	rb_begin(b);
	struct sg_event pack = rb_ev_pack(b, true);
	pack.u.pack.next_file = "docs/n.md";
	pack.u.pack.next_goal = "the next";
	rb_do(b, pack);
}

Test(reduce_edges, what_PACK_wrote_as_next_stays_when_VAL_runs_again_and_goes_when_PACK_does)
{
	struct run_builder b;
	rb_start(&b);
	pack_with_next(&b);
	rb_do(&b, rb_ev_word(&b, SG_EVENT_NO, "look again"));
	rb_do(&b, rb_ev_resume(&b, "VAL"));
	cr_assert_str_eq(b.run.next_file, "docs/n.md");
	rb_do(&b, rb_ev_word(&b, SG_EVENT_NO, "pack again"));
	rb_do(&b, rb_ev_resume(&b, "PACK"));
	cr_assert_str_eq(b.run.next_file, "");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_edges, the_verdicts_route_for_the_next_is_taken_for_the_same_entry_only)
{
	static const struct {
		const char *file;
		const char *goal;
		const char *route;
	} cases[] = {
		{"docs/n.md", "the next", "n.yaml"},
		{"docs/n.md", "another", ""},
		{"docs/x.md", "the next", ""},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct run_builder b;
		rb_start(&b);
		pack_with_next(&b);
		rb_begin(&b);
		struct sg_event event = rb_ev_verdict(&b);
		event.u.verdict.next_file = cases[i].file;
		event.u.verdict.next_goal = cases[i].goal;
		event.u.verdict.next_route = "n.yaml";
		rb_do(&b, event);
		cr_assert_eq(b.run.state, SG_STATE_PASSED);
		cr_assert_str_eq(b.run.next_file, "docs/n.md");
		cr_assert_str_eq(b.run.next_goal, "the next");
		cr_assert_str_eq(b.run.next_route, cases[i].route, "case %zu", i);
		rb_release(&b);
	}
	SG_LEAKCHECK();
}

Test(reduce_edges, a_change_without_an_entry_writes_none)
{
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "PACK");
	rb_begin(&b);
	struct sg_event pack = rb_ev_pack(&b, true);
	pack.u.pack.entry = "";
	rb_do(&b, pack);
	rb_phase(&b);
	cr_assert_eq(b.run.state, SG_STATE_PASSED);
	cr_assert_eq(b.effects.n, 1);
	cr_assert_eq(b.effects.v[0].kind, SG_EFFECT_FINAL);
	cr_assert_str_eq(b.run.manifest.last_patchset_id, "PATCHSET_0001");
	rb_release(&b);
	SG_LEAKCHECK();
}

/* --- ROUTE --- */

Test(reduce_edges, a_route_that_cannot_be_read_any_more_leaves_the_routing_that_was)
{
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "SPC");
	rb_do(&b, rb_ev_word(&b, SG_EVENT_NO, "another route"));
	rb_do(&b, rb_ev_resume(&b, "ROUTE"));
	rb_begin(&b);
	struct sg_event event = rb_ev_route(&b);
	event.u.route.fault = SG_FAULT_UNREADABLE;
	event.u.route.fault_file = "route.yaml";
	event.u.route.error = "line 1: no";
	event.u.route.profile_pin = (struct sg_pin){"", ""};
	event.u.route.route = NULL;
	event.u.route.profile = NULL;
	rb_do(&b, event);
	expect_reason(&b, "ROUTE: route.yaml: expected a readable token, found: line 1: no");
	cr_assert(requires(&b.run, SG_REQUIRE_ROUTE_VALID, "route.yaml"));
	cr_assert_str_eq(b.run.manifest.domain, "MUSIC");
	rb_release(&b);
	SG_LEAKCHECK();
}

/* --- what ran --- */

static void in_orc(struct run_builder *b)
{
	rb_start(b);
	rb_to(b, "ORC");
	rb_begin(b);
}

Test(reduce_edges, an_engine_that_changed_what_is_kept_is_not_skipped)
{
	static const struct sg_file forbidden = {"new", "secret/key", 0, ""};
	struct run_builder b;
	rb_start(&b);
	b.profile.allow_skip = STRS("ENG.*");
	rb_to(&b, "ORC");
	rb_begin(&b);
	struct sg_event event = rb_ev_engine(&b, 0, 0);
	event.u.engine.status = SG_ROW_STATUS_SKIPPED;
	rb_do(&b, event);
	event = rb_ev_engine(&b, 1, 0);
	event.u.engine.status = SG_ROW_STATUS_SKIPPED;
	event.u.engine.exec.forbidden = (struct sg_files){&forbidden, 1};
	rb_do(&b, event);
	cr_assert_str_eq(rb_engines(&b), "ENG.A:skipped ENG.B:failed");
	rb_release(&b);
	SG_LEAKCHECK();
}

static void spc_fails(enum sg_cause cause, int exit_status, const char *error, bool strays,
	const char *words, bool alone)
{
	static const struct sg_file strayed = {"changed", "docs/a.md", 0, ""};
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "SPC");
	rb_begin(&b);
	struct sg_event event = rb_ev_role(&b, "SPC", exit_status);
	event.u.role.exec.cause = cause;
	event.u.role.exec.signal = 9;
	event.u.role.exec.error = error;
	if (strays)
		event.u.role.exec.strayed = (struct sg_files){&strayed, 1};
	rb_do(&b, event);
	expect_reason(&b, words);
	cr_assert_eq(b.run.manifest.fail_reasons.n, alone ? 1 : 2, "%s", reasons(&b));
	rb_release(&b);
}

Test(reduce_edges, how_a_role_ended_and_what_it_lacks_are_both_said)
{
	spc_fails(SG_CAUSE_EXITED, 0, "no BRIEF_TOKEN", false,
		"SPC: SPC: expected ran, found no BRIEF_TOKEN", true);
	spc_fails(SG_CAUSE_EXITED, 3, "no BRIEF_TOKEN", false,
		"SPC: SPC: expected ran, found exit 3 (no BRIEF_TOKEN)", true);
	spc_fails(SG_CAUSE_SIGNALLED, 0, "no BRIEF_TOKEN", false,
		"SPC: SPC: expected ran, found signal 9 (no BRIEF_TOKEN)", true);
	SG_LEAKCHECK();
}

Test(reduce_edges, a_role_that_strayed_is_told_of_its_own_failure_too)
{
	spc_fails(SG_CAUSE_EXITED, 0, "", true, "SCOPE_VIOLATION: SPC: docs/a.md", true);
	spc_fails(SG_CAUSE_EXITED, 2, "", true, "SPC: SPC: expected ran, found exit 2", false);
	spc_fails(SG_CAUSE_TIMEOUT, 0, "", true, "SPC: SPC: expected ran, found", false);
	spc_fails(SG_CAUSE_EXITED, 0, "no token", true,
		"SPC: SPC: expected ran, found no token", false);
	SG_LEAKCHECK();
}

Test(reduce_edges, work_by_hand_without_a_command_is_not_called_unbound)
{
	struct run_builder b;
	in_orc(&b);
	struct sg_event event = rb_ev_engine(&b, 0, 0);
	event.u.engine.provenance = SG_PROVENANCE_MANUAL;
	event.u.engine.exec.argv = NO_STRS;
	rb_do(&b, event);
	rb_do(&b, rb_ev_engine(&b, 1, 0));
	rb_do(&b, rb_ev_engine(&b, 2, 0));
	rb_do(&b, rb_ev_role(&b, "ORC", 0));
	expect_reason(&b, "ORC: KEY:ENG.A: expected ran, found exit 0");
	cr_assert(requires(&b.run, SG_REQUIRE_RUN, "KEY:ENG.A"));
	cr_assert_not(requires(&b.run, SG_REQUIRE_KEY_BOUND, "KEY:ENG.A"));
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_edges, a_row_of_an_engine_that_somebody_wrote_is_no_run_of_it)
{
	static const struct sg_engine_row row = {
		"KEY:ENG.A", "failed", {NULL, 0}, "", "", SG_ROW_STATUS_FAILED};
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "ORC");
	struct sg_manifest mine = b.run.manifest;
	mine.engines.entries = (struct sg_engine_rows){.v = &row, .n = 1};
	rb_do(&b, rb_ev_adopt(&b, &mine, false));
	rb_begin(&b);
	rb_do(&b, rb_ev_engine(&b, 1, 0));
	rb_do(&b, rb_ev_engine(&b, 2, 0));
	rb_do(&b, rb_ev_role(&b, "ORC", 0));
	expect_reason(&b, "ORC: KEY:ENG.A: expected ran, found failed");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_edges, a_row_of_a_role_that_somebody_wrote_is_replaced_in_its_place)
{
	struct sg_role_row rows[4];
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "CTL");
	struct sg_manifest mine = b.run.manifest;
	cr_assert_eq(mine.roles.n, 2);
	memcpy(rows, mine.roles.v, 2 * sizeof(rows[0]));
	rows[2] = (struct sg_role_row){
		"CTL", "ran", {NULL, 0}, "", "  MINE: 1\n", SG_ROW_STATUS_RAN};
	rows[3] = (struct sg_role_row){"QA", "ran", {NULL, 0}, "", "", SG_ROW_STATUS_RAN};
	mine.roles = (struct sg_role_rows){rows, 4};
	rb_do(&b, rb_ev_adopt(&b, &mine, false));
	cr_assert_null(sg_run_proof(&b.run, SG_FACT_ROLE, "CTL"));
	rb_phase(&b);
	cr_assert_str_eq(rb_roles(&b), "SPC:ran ORC:ran CTL:ran QA:ran");
	const struct sg_role_row *row = sg_manifest_role(&b.run.manifest, "CTL");
	cr_assert_eq(row->outputs_produced.n, 1);
	cr_assert_str_eq(row->extra, "  MINE: 1\n");
	cr_assert_not_null(sg_run_proof(&b.run, SG_FACT_ROLE, "CTL"));
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_edges, only_the_output_that_is_named_as_unchanged_is_older_than_its_attempt)
{
	const struct sg_same same = {"ENGINE_PLAN_TOKEN", 1};
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "SPC");
	rb_begin(&b);
	struct sg_event event = rb_ev_role(&b, "SPC", 0);
	event.u.role.unchanged = (struct sg_sames){&same, 1};
	rb_do(&b, event);
	cr_assert_eq(sg_run_proof(&b.run, SG_FACT_OUTPUT, "BRIEF_TOKEN")->since, 0);
	cr_assert_eq(sg_run_proof(&b.run, SG_FACT_OUTPUT, "ENGINE_PLAN_TOKEN")->since, 1);
	rb_release(&b);
	SG_LEAKCHECK();
}

/* --- RESUME and ADOPT: what is kept of what was proven --- */

Test(reduce_edges, the_past_is_as_old_as_the_last_attempt_that_made_another_output)
{
	struct run_builder b;
	rb_start(&b);
	for (int attempt = 1; attempt <= 3; attempt++) {
		rb_to(&b, "CTL");
		rb_begin(&b);
		struct sg_event event = rb_ev_role(&b, "CTL", 0);
		struct sg_file file = rb_file(&b, "POLICY_REPORT");
		file.sha256 = attempt == 1 ? "11" : "22";
		event.u.role.outputs = (struct sg_files){&file, 1};
		rb_do(&b, event);
		rb_do(&b, rb_ev_word(&b, SG_EVENT_NO, "again"));
		rb_do(&b, rb_ev_resume(&b, "CTL"));
		cr_assert_eq(b.run.past.n, 1);
		cr_assert_eq(b.run.past.v[0].since, attempt == 1 ? 1 : 2);
		cr_assert_str_eq(b.run.past.v[0].sha256, attempt == 1 ? "11" : "22");
	}
	rb_release(&b);
	SG_LEAKCHECK();
}

static const struct sg_proof *after_edit(struct run_builder *b,
	void (*edit)(struct sg_manifest *m), enum sg_fact_kind kind, const char *name)
{
	struct sg_role_row roles[4];
	struct sg_engine_row engines[4];
	struct sg_output_row outputs[16];
	rb_start(b);
	rb_to(b, "CTL");
	struct sg_manifest m = b->run.manifest;
	cr_assert(m.roles.n <= 4 && m.engines.entries.n <= 4 && m.outputs.n <= 16);
	memcpy(roles, m.roles.v, m.roles.n * sizeof(roles[0]));
	memcpy(engines, m.engines.entries.v, m.engines.entries.n * sizeof(engines[0]));
	memcpy(outputs, m.outputs.v, m.outputs.n * sizeof(outputs[0]));
	m.roles.v = roles;
	m.engines.entries.v = engines;
	m.outputs.v = outputs;
	cr_assert_not_null(sg_run_proof(&b->run, kind, name));
	edit(&m);
	rb_do(b, rb_ev_adopt(b, &m, false));
	return sg_run_proof(&b->run, kind, name);
}

static struct sg_role_row *role_in(struct sg_manifest *m)
{
	return (struct sg_role_row *)(uintptr_t)m->roles.v;
}

static struct sg_engine_row *engine_in(struct sg_manifest *m)
{
	return (struct sg_engine_row *)(uintptr_t)m->engines.entries.v;
}

static struct sg_output_row *output_in(struct sg_manifest *m)
{
	return (struct sg_output_row *)(uintptr_t)m->outputs.v;
}

static void role_status(struct sg_manifest *m)
{
	role_in(m)->status = SG_ROW_STATUS_FAILED;
}

static void role_notes(struct sg_manifest *m)
{
	role_in(m)->notes = "seen";
}

static void engine_outputs(struct sg_manifest *m)
{
	engine_in(m)->outputs_produced.n = 0;
}

static void output_present(struct sg_manifest *m)
{
	output_in(m)->present = SG_TRUTH_OTHER;
}

static void output_source(struct sg_manifest *m)
{
	output_in(m)->source = "QA";
}

Test(reduce_edges, a_row_keeps_its_proof_while_all_that_was_proven_stays)
{
	static const struct {
		void (*edit)(struct sg_manifest *m);
		enum sg_fact_kind kind;
		const char *name;
		bool kept;
	} cases[] = {
		{role_notes, SG_FACT_ROLE, "SPC", true},
		{role_status, SG_FACT_ROLE, "SPC", false},
		{engine_outputs, SG_FACT_ENGINE, "KEY:ENG.A", false},
		{output_present, SG_FACT_OUTPUT, "BRIEF_TOKEN", false},
		{output_source, SG_FACT_OUTPUT, "BRIEF_TOKEN", false},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct run_builder b;
		const struct sg_proof *proof =
			after_edit(&b, cases[i].edit, cases[i].kind, cases[i].name);
		cr_expect_eq(proof != NULL, cases[i].kept, "case %zu", i);
		rb_release(&b);
	}
	SG_LEAKCHECK();
}

/* --- which phase answers for a reason of the gates --- */

static void val_says(struct run_builder *b, const char *words, const char *phase)
{
	expect_reason(b, words);
	cr_assert_str_eq(b->run.stop_phase, phase, "%s", reasons(b));
}

Test(reduce_edges, a_report_that_somebody_took_away_is_of_VAL)
{
	struct sg_output_row rows[16];
	struct run_builder b;
	rb_start(&b);
	rb_pass(&b);
	struct sg_manifest mine = b.run.manifest;
	size_t n = 0;
	for (size_t i = 0; i < mine.outputs.n; i++)
		if (strcmp(mine.outputs.v[i].output, "VAL_REPORT") != 0)
			rows[n++] = mine.outputs.v[i];
	mine.outputs = (struct sg_output_rows){.v = rows, .n = n};
	rb_do(&b, rb_ev_adopt(&b, &mine, false));
	val_says(&b, "D1: VAL_REPORT", "VAL");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_edges, a_gate_that_cannot_fail_is_of_VAL)
{
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "VAL");
	rb_begin(&b);
	struct sg_event event = rb_ev_verdict(&b);
	event.u.verdict.shadows = (struct sg_shadows){3, 2, 3, "SPC of ROLE_LEDGER"};
	rb_do(&b, event);
	val_says(&b, "S1: SPC of ROLE_LEDGER", "VAL");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_edges, an_expected_output_that_the_contract_asks_for_is_of_ORC)
{
	struct run_builder b;
	rb_start(&b);
	b.plan.has_expected = true;
	b.plan.expected_outputs = STRS("SPECIAL");
	b.route.output_contract = STRS("SPECIAL");
	rb_to(&b, "VAL");
	rb_phase(&b);
	val_says(&b, "D2: SPECIAL", "ORC");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_edges, an_engine_with_a_row_and_no_evidence_is_of_ORC)
{
	struct run_builder b;
	rb_start(&b);
	rb_pass(&b);
	struct sg_engine_row rows[3];
	struct sg_manifest mine = b.run.manifest;
	cr_assert_eq(mine.engines.entries.n, 3);
	memcpy(rows, mine.engines.entries.v, sizeof(rows));
	rows[1].outputs_produced = NO_STRS;
	mine.engines.entries = (struct sg_engine_rows){.v = rows, .n = 3};
	rb_do(&b, rb_ev_adopt(&b, &mine, false));
	val_says(&b, "E1: KEY:ENG.B", "ORC");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_edges, engines_in_the_ledger_of_a_route_without_ORC_are_of_ROUTE)
{
	static const struct sg_engine_row row = {
		"KEY:ENG.BAD", "ran", {NULL, 0}, "", "", SG_ROW_STATUS_RAN};
	struct run_builder b;
	rb_start(&b);
	b.route.domain = "SYS";
	b.route.required_roles = STRS("SPC", "CTL", "VAL");
	b.route.required_eng_keys = NO_STRS;
	b.route.no_go_list = STRS("KEY:ENG.BAD");
	b.route.output_contract = STRS("BRIEF_TOKEN");
	b.plan.required_eng_keys = NO_STRS;
	rb_to(&b, "CTL");
	struct sg_manifest mine = b.run.manifest;
	mine.engines.entries = (struct sg_engine_rows){.v = &row, .n = 1};
	rb_do(&b, rb_ev_adopt(&b, &mine, false));
	rb_to(&b, "VAL");
	rb_phase(&b);
	val_says(&b, "C2: KEY:ENG.BAD", "ROUTE");
	cr_assert(requires(&b.run, SG_REQUIRE_ROUTE_VALID, "route.yaml"));
	rb_release(&b);
	SG_LEAKCHECK();
}

/* --- work by hand --- */

Test(reduce_edges, an_engine_by_hand_that_a_resume_keeps_is_not_awaited_again)
{
	struct run_builder b;
	rb_start(&b);
	b.profile.evidence = SG_EVIDENCE_MODE_MANUAL;
	b.bindings[RB_ENG_A] = (struct sg_binding){.key = "KEY:ENG.A", .manual = true};
	b.bindings[RB_ENG_B] = (struct sg_binding){.key = "KEY:ENG.B", .manual = true};
	rb_to(&b, "ORC");
	cr_assert_str_eq(sg_run_record_awaited(&b.run), "KEY:ENG.A");
	for (size_t i = 0; i < 2; i++) {
		const char *key = b.run.required_engines.v[i];
		rb_do(&b, rb_ev_record(&b, false, key, "A"));
		rb_do(&b, rb_ev_record(&b, true, key, "A"));
	}
	cr_assert_null(sg_run_record_awaited(&b.run));
	rb_begin(&b);
	for (size_t i = 0; i < 3; i++) {
		struct sg_event event = rb_ev_engine(&b, i, i == 2);
		if (i < 2)
			event.u.engine.provenance = SG_PROVENANCE_MANUAL;
		rb_do(&b, event);
	}
	rb_do(&b, rb_ev_role(&b, "ORC", 0));
	struct sg_event resume = rb_ev_resume(&b, "ORC");
	resume.u.resume.kept = STRS("KEY:ENG.A");
	rb_do(&b, resume);
	cr_assert_eq(b.run.kept_engines.n, 1);
	cr_assert_str_eq(sg_run_record_awaited(&b.run), "KEY:ENG.B");
	rb_release(&b);
	SG_LEAKCHECK();
}
