/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stops a STEP: engines, roles, the operator's word; which phase answers for it. */
#include <criterion/criterion.h>
#include <string.h>

#include "harness/harness.h"
#include "run_builder.h"

static void expect_stop(struct run_builder *b, const char *code, const char *phase,
	const char *reasons, const char *fixes)
{
	const struct sg_manifest *m = &b->run.manifest;
	cr_assert_eq(b->run.state, SG_STATE_STOPPED, "%s", sg_state_name(b->run.state));
	cr_assert_eq(m->step_status, SG_STEP_STATUS_STOP_GAP);
	cr_assert_eq(m->result_status, SG_RESULT_STOP_GAP);
	cr_assert_str_eq(m->fail_code, code);
	cr_assert_str_eq(b->run.stop_phase, phase);
	cr_assert_str_eq(rb_joined(b, &m->fail_reasons), reasons);
	cr_assert_str_eq(rb_joined(b, &m->fix_list), fixes);
	cr_assert_not(m->resume_allowed);
	cr_assert(m->resume_requirements.n > 0);
	cr_assert_eq(m->resume_requirements.n, b->run.requires_list.n);
	cr_assert_str_eq(m->pack_output_ref, "");
	cr_assert_str_eq(m->resume_token, "");
}

static void in_orc(struct run_builder *b)
{
	rb_start(b);
	rb_to(b, "ORC");
	rb_begin(b);
}

/* --- engines --- */

#define RAN_ALL "KEY:ENG.A: expected ran, found "

static void engine_fails(struct sg_exec exec, const char *found, const char *notes)
{
	struct run_builder b;
	in_orc(&b);
	struct sg_event event = rb_ev_engine(&b, 0, 0);
	exec.folder = exec.program_sha256 = exec.inputs_sha256 = exec.log = "";
	exec.error = exec.error ? exec.error : "";
	exec.argv = event.u.engine.exec.argv;
	event.u.engine.exec = exec;
	rb_do(&b, event);
	cr_assert_str_eq(rb_engines(&b), "ENG.A:failed");
	cr_assert_eq(b.run.manifest.engines.entries.v[0].outputs_produced.n, 0);
	cr_assert_eq(sg_manifest_output(&b.run.manifest, "A")->present, SG_TRUTH_FALSE);
	cr_assert_str_eq(b.run.manifest.engines.entries.v[0].notes, notes);
	rb_do(&b, rb_ev_engine(&b, 1, 0));
	rb_do(&b, rb_ev_engine(&b, 2, 0));
	rb_do(&b, rb_ev_role(&b, "ORC", 0));
	const char *reason = sg_arena_printf(
		&b.arena, "ENTRYPOINT_MISSING: ORC: KEY:ENG.A: expected ran, found %s", found);
	expect_stop(&b, "ENTRYPOINT_MISSING", "ORC", reason,
		"Run KEY:ENG.A: its ledger entry says failed");
	cr_assert_str_eq(rb_roles(&b), "SPC:ran ORC:failed");
	cr_assert_null(sg_manifest_output(&b.run.manifest, "ENGINE_RUN_LEDGER"));
	rb_release(&b);
}

Test(reduce_stop, an_engine_fails_by_its_exit_status)
{
	engine_fails((struct sg_exec){.exit_status = 3}, "exit 3",
		"exit 3, 0.0 s, OBSERVED, tier none");
	SG_LEAKCHECK();
}

Test(reduce_stop, an_engine_fails_by_a_signal)
{
	engine_fails((struct sg_exec){.cause = SG_CAUSE_SIGNALLED, .signal = 11}, "signal 11",
		"signal 11, 0.0 s, OBSERVED, tier none");
	SG_LEAKCHECK();
}

Test(reduce_stop, an_engine_fails_by_its_time)
{
	engine_fails((struct sg_exec){.cause = SG_CAUSE_TIMEOUT, .signal = 15, .end_ms = 60900},
		"timeout", "timeout, 60.9 s, OBSERVED, tier none");
	engine_fails((struct sg_exec){.cause = SG_CAUSE_IDLE, .signal = 15}, "idle",
		"idle, 0.0 s, OBSERVED, tier none");
	SG_LEAKCHECK();
}

Test(reduce_stop, an_engine_fails_when_it_could_not_start)
{
	engine_fails((struct sg_exec){.cause = SG_CAUSE_NOT_STARTED, .error = "exec: ENOENT"},
		"not started (exec: ENOENT)",
		"not started, 0.0 s, OBSERVED, tier none, exec: ENOENT");
	SG_LEAKCHECK();
}

Test(reduce_stop, an_engine_fails_when_it_was_cancelled)
{
	engine_fails((struct sg_exec){.cause = SG_CAUSE_CANCELLED, .signal = 2}, "cancelled",
		"cancelled, 0.0 s, OBSERVED, tier none");
	SG_LEAKCHECK();
}

Test(reduce_stop, an_engine_that_exits_0_without_its_promise_fails)
{
	engine_fails((struct sg_exec){.error = "output A was promised and is absent"},
		"output A was promised and is absent",
		"exit 0, 0.0 s, OBSERVED, tier none, output A was promised and is absent");
	SG_LEAKCHECK();
}

Test(reduce_stop, an_engine_whose_event_says_ran_but_whose_exit_says_not_failed)
{
	struct run_builder b;
	in_orc(&b);
	struct sg_event event = rb_ev_engine(&b, 0, 1);
	event.u.engine.status = SG_ROW_STATUS_RAN;
	rb_do(&b, event);
	cr_assert_str_eq(rb_engines(&b), "ENG.A:failed");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_stop, engines_that_waited_behind_a_failure_are_named_after_it)
{
	struct run_builder b;
	in_orc(&b);
	rb_do(&b, rb_ev_engine(&b, 0, 0));
	rb_do(&b, rb_ev_engine(&b, 2, 9));
	rb_do(&b, rb_ev_role(&b, "ORC", 0));
	expect_stop(&b, "ENTRYPOINT_MISSING", "ORC",
		"ENTRYPOINT_MISSING: ORC: KEY:ENG.B: expected ran, found not run|"
		"ENTRYPOINT_MISSING: ORC: KEY:ENG.C: expected ran, found exit 9",
		"Run KEY:ENG.C: its ledger entry says failed|Add missing ledger entry for "
		"KEY:ENG.B");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_stop, with_CONTINUE_ON_FAIL_every_failure_is_a_reason)
{
	struct run_builder b;
	rb_start(&b);
	b.profile.continue_on_fail = true;
	rb_to(&b, "ORC");
	rb_begin(&b);
	rb_do(&b, rb_ev_engine(&b, 0, 1));
	rb_do(&b, rb_ev_engine(&b, 1, 0));
	rb_do(&b, rb_ev_engine(&b, 2, 2));
	rb_do(&b, rb_ev_role(&b, "ORC", 0));
	expect_stop(&b, "ENTRYPOINT_MISSING", "ORC",
		"ENTRYPOINT_MISSING: ORC: KEY:ENG.A: expected ran, found exit 1|"
		"ENTRYPOINT_MISSING: ORC: KEY:ENG.C: expected ran, found exit 2",
		"Run KEY:ENG.A: its ledger entry says failed|"
		"Run KEY:ENG.C: its ledger entry says failed");
	cr_assert_str_eq(rb_engines(&b), "ENG.A:failed ENG.B:ran ENG.C:failed");
	rb_release(&b);
	SG_LEAKCHECK();
}

static struct sg_event skips(struct run_builder *b, size_t index, bool unbound)
{
	struct sg_event event = rb_ev_engine(b, index, 77);
	event.u.engine.status = SG_ROW_STATUS_SKIPPED;
	event.u.engine.unbound = unbound;
	return event;
}

Test(reduce_stop, an_engine_is_skipped_only_where_ALLOW_SKIP_names_it)
{
	struct run_builder b;
	rb_start(&b);
	b.profile.allow_skip = STRS("ENG.A*");
	rb_to(&b, "ORC");
	rb_begin(&b);
	rb_do(&b, skips(&b, 0, false));
	rb_do(&b, skips(&b, 1, false));
	rb_do(&b, rb_ev_engine(&b, 2, 0));
	cr_assert_str_eq(rb_engines(&b), "ENG.A:skipped ENG.B:failed ENG.C:ran");
	cr_assert_eq(b.run.manifest.engines.entries.v[0].outputs_produced.n, 0);
	rb_do(&b, rb_ev_role(&b, "ORC", 0));
	expect_stop(&b, "ENTRYPOINT_MISSING", "ORC",
		"ENTRYPOINT_MISSING: ORC: KEY:ENG.B: expected ran, found exit 77",
		"Run KEY:ENG.B: its ledger entry says failed");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_stop, a_STEP_passes_with_an_engine_that_was_skipped_with_leave)
{
	struct run_builder b;
	rb_start(&b);
	b.profile.allow_skip = STRS("KEY:ENG.B");
	rb_to(&b, "ORC");
	rb_begin(&b);
	rb_do(&b, rb_ev_engine(&b, 0, 0));
	rb_do(&b, skips(&b, 1, true));
	cr_assert_str_eq(b.run.manifest.engines.entries.v[1].notes,
		"skipped: not bound, the profile allows it");
	rb_do(&b, rb_ev_engine(&b, 2, 0));
	rb_do(&b, rb_ev_role(&b, "ORC", 0));
	rb_pass(&b);
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_stop, an_engine_that_is_not_bound_stops_at_ROUTE_which_pins_the_profile)
{
	struct run_builder b;
	rb_start(&b);
	b.bindings[RB_ENG_B].key = "SOMETHING";
	rb_to(&b, "ORC");
	rb_begin(&b);
	struct sg_event event = rb_ev_engine(&b, 1, 0);
	event.u.engine.unbound = true;
	event.u.engine.exec.argv = NO_STRS;
	event.u.engine.status = SG_ROW_STATUS_FAILED;
	rb_do(&b, event);
	rb_do(&b, rb_ev_role(&b, "ORC", 0));
	cr_assert_str_eq(b.run.manifest.fail_code, "ENTRYPOINT_MISSING");
	cr_assert_str_eq(b.run.stop_phase, "ROUTE");
	cr_assert_str_eq(b.run.manifest.fix_list.v[0], "Bind KEY:ENG.B in the profile");
	bool found = false;
	for (size_t i = 0; i < b.run.requires_list.n; i++)
		found = found ||
			(b.run.requires_list.v[i].kind == SG_REQUIRE_KEY_BOUND &&
				strcmp(b.run.requires_list.v[i].subject, "KEY:ENG.B") == 0);
	cr_assert(found);
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_stop, an_engine_done_by_hand_that_failed_is_not_called_unbound)
{
	struct run_builder b;
	rb_start(&b);
	b.profile.evidence = SG_EVIDENCE_MODE_MANUAL;
	b.bindings[RB_ENG_A].key = "SOMETHING";
	rb_to(&b, "ORC");
	rb_do(&b, rb_ev_record(&b, false, "ENG.A", "A"));
	rb_do(&b, rb_ev_record(&b, true, "ENG.A", "A"));
	rb_begin(&b);
	struct sg_event event = rb_ev_engine(&b, 0, 0);
	event.u.engine.provenance = SG_PROVENANCE_MANUAL;
	event.u.engine.exec.error = "output A is empty";
	rb_do(&b, event);
	rb_do(&b, rb_ev_engine(&b, 1, 0));
	rb_do(&b, rb_ev_engine(&b, 2, 0));
	rb_do(&b, rb_ev_role(&b, "ORC", 0));
	expect_stop(&b, "ENTRYPOINT_MISSING", "ORC",
		"ENTRYPOINT_MISSING: ORC: KEY:ENG.A: expected ran, found output A is empty",
		"Run KEY:ENG.A: its ledger entry says failed");
	rb_release(&b);
	SG_LEAKCHECK();
}

/* --- roles --- */

Test(reduce_stop, a_role_that_fails_is_MARKER_NOT_CONFIRMED_and_its_outputs_do_not_count)
{
	static const char *const roles[] = {"SPC", "CTL", "QA"};
	for (size_t i = 0; i < 3; i++) {
		struct run_builder b;
		rb_start(&b);
		rb_to(&b, roles[i]);
		const char *outputs = rb_outputs(&b);
		rb_begin(&b);
		rb_do(&b, rb_ev_role(&b, roles[i], 4));
		expect_stop(&b, "MARKER_NOT_CONFIRMED", roles[i],
			sg_arena_printf(&b.arena,
				"MARKER_NOT_CONFIRMED: %s: %s: expected ran, found exit 4",
				roles[i], roles[i]),
			sg_arena_printf(
				&b.arena, "Run %s: its ledger entry says failed", roles[i]));
		cr_assert_str_eq(rb_outputs(&b), outputs);
		cr_assert_eq(sg_manifest_role(&b.run.manifest, roles[i])->status,
			SG_ROW_STATUS_FAILED);
		cr_assert_str_eq(b.run.phase, roles[i]);
		rb_release(&b);
	}
	SG_LEAKCHECK();
}

Test(reduce_stop, ORC_fails_by_its_own_error_too)
{
	struct run_builder b;
	in_orc(&b);
	for (size_t i = 0; i < 3; i++)
		rb_do(&b, rb_ev_engine(&b, i, 0));
	struct sg_event event = rb_ev_role(&b, "ORC", 0);
	event.u.role.exec.error = "the ledger's file could not be written";
	rb_do(&b, event);
	cr_assert_str_eq(b.run.manifest.fail_code, "MARKER_NOT_CONFIRMED");
	cr_assert_str_eq(b.run.stop_phase, "ORC");
	rb_release(&b);
	SG_LEAKCHECK();
}

/* --- the operator, and who runs --- */

Test(reduce_stop, no_refuses_the_awaited_phase_with_the_reason)
{
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "CTL");
	rb_do(&b, rb_ev_word(&b, SG_EVENT_NO, "not yet"));
	cr_assert_str_eq(rb_changed(&b),
		"SESSION.UPDATED_AT CURRENT_STEP.STEP_STATUS LAST_RESULT.STATUS "
		"LAST_RESULT.FAIL_CODE LAST_RESULT.FAIL_REASONS LAST_RESULT.FIX_LIST "
		"RESUME.RESUME_REQUIREMENTS");
	expect_stop(&b, "USER_STOP", "CTL",
		"USER_STOP: CTL: CTL: expected " SG_USER_SIGNAL ", found a refusal: not yet",
		"resume");
	cr_assert_eq(sg_run_attempts(&b.run, "CTL"), 0);
	rb_do(&b, rb_ev_resume(&b, "CTL"));
	rb_pass(&b);
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_stop, stop_closes_the_STEP_as_FAIL_and_the_next_one_may_open)
{
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "CTL");
	rb_do(&b, rb_ev_word(&b, SG_EVENT_STOP, "enough"));
	const struct sg_manifest *m = &b.run.manifest;
	cr_assert_eq(m->step_status, SG_STEP_STATUS_FAIL);
	cr_assert_eq(m->result_status, SG_RESULT_FAIL);
	cr_assert_str_eq(m->fail_code, "USER_STOP");
	cr_assert_str_eq(rb_joined(&b, &m->resume_requirements), "Open a new STEP");
	cr_assert_str_eq(rb_joined(&b, &m->fail_reasons),
		"USER_STOP: STOP: CTL: closed by the operator: enough");
	cr_assert_not(m->resume_allowed);
	cr_assert_eq(b.run.state, SG_STATE_FAILED);
	cr_assert_eq(b.effects.n, 0);
	cr_assert_str_eq(m->last_patchset_id, "");
	rb_refused(&b, rb_ev_resume(&b, "ROUTE"), "the STEP is closed");
	rb_do(&b, rb_ev_step(&b, "another"));
	cr_assert_str_eq(b.run.manifest.step_id, "0002");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_stop, stop_with_changes_writes_patch_tracking_and_the_changelog)
{
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "CTL");
	struct sg_event event = rb_ev_word(&b, SG_EVENT_STOP, "enough");
	event.u.word.patch = (struct sg_patch){.changed = true,
		.files = STRS("docs/x.md"),
		.patchset_id = "PATCHSET_0004",
		.tree = ""};
	rb_do(&b, event);
	cr_assert_str_eq(rb_changed(&b),
		"SESSION.UPDATED_AT CURRENT_STEP.STEP_STATUS LAST_RESULT.STATUS "
		"LAST_RESULT.FAIL_CODE LAST_RESULT.FAIL_REASONS LAST_RESULT.FIX_LIST "
		"PATCH_TRACKING.LAST_PATCHSET_ID PATCH_TRACKING.LAST_FILES_CHANGED "
		"PATCH_TRACKING.CHANGELOG_REF RESUME.RESUME_REQUIREMENTS");
	cr_assert_str_eq(b.run.manifest.changelog_ref, "CHANGELOG.md#PATCHSET_0004");
	cr_assert_eq(b.effects.n, 1);
	cr_assert_str_eq(b.effects.v[0].change_id, "PATCHSET_0004");
	cr_assert_str_eq(b.effects.v[0].bytes,
		"## PATCHSET_0004\n\n- DATE: 2026-01-13\n- TYPE: KB_PATCH\n- TARGET: "
		"docs/a.md\n"
		"- SUMMARY: the goal\n- REASON: because\n- IMPACT: docs/x.md\n"
		"- CHANGE_ID: PATCHSET_0004\n\n");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_stop, a_stop_of_the_runner_says_its_code_once_and_its_requirements)
{
	static const struct sg_require needs[] = {
		{SG_REQUIRE_FILE_PRESENT, "route.yaml", "Provide route.yaml"}};
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "QA");
	struct sg_event event = rb_ev_stop_gap(&b, SG_CODE_SCOPE_VIOLATION, "ROUTE");
	event.u.stop_gap.requires_list = (struct sg_requires){needs, 1};
	rb_do(&b, event);
	expect_stop(&b, "SCOPE_VIOLATION", "ROUTE",
		"SCOPE_VIOLATION: RUNNER: x: expected the end, found none", "resume");
	cr_assert_str_eq(
		rb_joined(&b, &b.run.manifest.resume_requirements), "Provide route.yaml");
	cr_assert_str_eq(b.run.phase, "QA");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_stop, a_stop_that_names_a_later_phase_or_none_is_of_the_phase_that_stopped)
{
	static const char *const named[] = {"VAL", "PACK", "NOWHERE", ""};
	for (size_t i = 0; i < 4; i++) {
		struct run_builder b;
		rb_start(&b);
		rb_to(&b, "SPC");
		rb_begin(&b);
		rb_do(&b, rb_ev_stop_gap(&b, SG_CODE_INTERRUPTED, named[i]));
		cr_assert_str_eq(b.run.stop_phase, "SPC");
		cr_assert_str_eq(
			rb_joined(&b, &b.run.manifest.resume_requirements), "Run SPC again");
		rb_release(&b);
	}
	SG_LEAKCHECK();
}

/* --- the earliest responsible phase of a verdict's reasons --- */

static void verdict_stops(struct run_builder *b, const char *check, const char *phase)
{
	cr_assert_eq(b->run.state, SG_STATE_STOPPED);
	cr_assert_not_null(strstr(rb_joined(b, &b->run.manifest.fail_reasons), check), "%s",
		rb_joined(b, &b->run.manifest.fail_reasons));
	cr_assert_str_eq(b->run.stop_phase, phase, "%s: found %s", check, b->run.stop_phase);
	cr_assert_str_eq(rb_joined(b, &b->run.verdict.fail_reasons),
		rb_joined(b, &b->run.manifest.fail_reasons));
	cr_assert_str_eq(rb_joined(b, &b->run.verdict.fix_list),
		rb_joined(b, &b->run.manifest.fix_list));
}

static void to_verdict(struct run_builder *b)
{
	rb_to(b, "VAL");
	rb_phase(b);
}

Test(reduce_stop, A3_a_missing_baseline_output_is_its_roles)
{
	struct run_builder b;
	struct sg_event event;
	rb_start(&b);
	rb_to(&b, "QA");
	rb_begin(&b);
	event = rb_ev_role(&b, "QA", 0);
	event.u.role.outputs = rb_files(&b, &STRS("SOMETHING"));
	rb_do(&b, event);
	to_verdict(&b);
	verdict_stops(&b, "A3: QA_REPORT", "QA");
	cr_assert_str_eq(rb_joined(&b, &b.run.manifest.resume_requirements), "Run QA again");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_stop, B4_an_expected_output_that_no_engine_made_is_of_ORC)
{
	struct run_builder b;
	rb_start(&b);
	b.plan.has_expected = true;
	b.plan.expected_outputs = STRS("TOC");
	to_verdict(&b);
	verdict_stops(&b, "B4: TOC", "ORC");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_stop, D2_a_contract_item_is_of_whoever_promises_it)
{
	static const struct {
		const char *item;
		const char *phase;
	} cases[] = {
		{"PATCH_OUTPUT", "PACK"},
		{"CHANGELOG_ENTRY", "PACK"},
		{"FROM_ENGINE", "ORC"},
		{"FROM_CTL", "CTL"},
		{"CONTROLLED_ARTIFACTS", "CTL"},
		{"NOBODY_MAKES_IT", "SPC"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct run_builder b;
		rb_start(&b);
		b.route.output_contract = STRS(cases[i].item);
		b.bindings[RB_ENG_C].outputs = STRS("C", "FROM_ENGINE");
		b.bindings[RB_CTL].outputs = STRS("FROM_CTL");
		to_verdict(&b);
		verdict_stops(&b, "D2: ", cases[i].phase);
		rb_release(&b);
	}
	SG_LEAKCHECK();
}

static void verdict_with(struct run_builder *b, const struct sg_facts *facts,
	const struct sg_gate_results *others)
{
	rb_to(b, "VAL");
	rb_begin(b);
	struct sg_event event = rb_ev_verdict(b);
	if (facts)
		event.u.verdict.facts = *facts;
	if (others)
		event.u.verdict.others = *others;
	rb_do(b, event);
}

Test(reduce_stop, E1_stale_evidence_is_of_the_phase_that_made_it)
{
	static const struct {
		struct sg_fact fact;
		const char *phase;
	} cases[] = {
		{{.kind = SG_FACT_OUTPUT, .name = "BRIEF_TOKEN", .fresh = SG_FRESH_STALE},
			"SPC"},
		{{.kind = SG_FACT_OUTPUT, .name = "A", .fresh = SG_FRESH_MISSING}, "ORC"},
		{{.kind = SG_FACT_OUTPUT, .name = "POLICY_REPORT", .fresh = SG_FRESH_STALE},
			"CTL"},
		{{.kind = SG_FACT_OUTPUT, .name = "PACK_OUTPUT", .fresh = SG_FRESH_STALE},
			"PACK"},
		{{.kind = SG_FACT_ROLE, .name = "QA", .fresh = SG_FRESH_INCOMPLETE}, "QA"},
		{{.kind = SG_FACT_ENGINE, .name = "KEY:ENG.C", .fresh = SG_FRESH_STALE}, "ORC"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct run_builder b;
		rb_start(&b);
		const struct sg_facts facts = {&cases[i].fact, 1};
		verdict_with(&b, &facts, NULL);
		verdict_stops(&b, "E1: ", cases[i].phase);
		cr_assert_str_eq(b.run.manifest.fail_code, "MARKER_NOT_CONFIRMED");
		rb_release(&b);
	}
	SG_LEAKCHECK();
}

Test(reduce_stop, a_bound_gate_that_fails_is_judged_again_and_an_unbound_one_is_of_ROUTE)
{
	static const struct {
		enum sg_gate_outcome outcome;
		const char *code;
		const char *phase;
	} cases[] = {
		{SG_GATE_FAIL, "MARKER_NOT_CONFIRMED", "VAL"},
		{SG_GATE_NOT_EVALUATED, "MARKER_NOT_CONFIRMED", "VAL"},
		{SG_GATE_UNBOUND, "ENTRYPOINT_MISSING", "ROUTE"},
	};
	for (size_t i = 0; i < 3; i++) {
		struct run_builder b;
		const struct sg_gate_result result = {
			.key = "KEY:VAL.MINE", .outcome = cases[i].outcome};
		const struct sg_gate_results others = {&result, 1};
		rb_start(&b);
		b.route.required_val_keys =
			STRS(SG_VAL_COVERAGE_KEY, SG_VAL_CONTRACT_KEY, "KEY:VAL.MINE");
		verdict_with(&b, NULL, &others);
		verdict_stops(&b, "G1: ", cases[i].phase);
		cr_assert_str_eq(b.run.manifest.fail_code, cases[i].code);
		rb_release(&b);
	}
	SG_LEAKCHECK();
}

Test(reduce_stop, a_gate_without_a_result_never_passes)
{
	struct run_builder b;
	rb_start(&b);
	b.route.required_val_keys =
		STRS(SG_VAL_COVERAGE_KEY, SG_VAL_CONTRACT_KEY, "KEY:VAL.MINE");
	verdict_with(&b, NULL, NULL);
	cr_assert_eq(b.run.state, SG_STATE_STOPPED);
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_stop, of_several_reasons_the_earliest_phase_runs_again)
{
	static const struct sg_fact facts[] = {
		{.kind = SG_FACT_ROLE, .name = "QA", .fresh = SG_FRESH_STALE},
		{.kind = SG_FACT_OUTPUT, .name = "A", .fresh = SG_FRESH_STALE}};
	struct run_builder b;
	const struct sg_facts list = {facts, 2};
	rb_start(&b);
	verdict_with(&b, &list, NULL);
	verdict_stops(&b, "E1: QA", "ORC");
	cr_assert_str_eq(rb_joined(&b, &b.run.manifest.resume_requirements),
		"Run QA again|Run ORC again");
	rb_release(&b);
	SG_LEAKCHECK();
}
