/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rows of the phase table: what each event writes, and that it writes nothing else. */
#include <criterion/criterion.h>
#include <string.h>

#include "harness/harness.h"
#include "run_builder.h"

#define A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void expect_phase(const struct run_builder *b, enum sg_state state, const char *phase)
{
	cr_assert_eq(b->run.state, state, "%s", sg_state_name(b->run.state));
	cr_assert_str_eq(b->run.phase, phase);
}

Test(reduce, init_fills_in_the_session_and_nothing_else)
{
	struct run_builder b;
	rb_init(&b);
	rb_do(&b, rb_ev_init(&b));
	cr_assert_str_eq(rb_changed(&b),
		"SESSION.SESSION_ID SESSION.STARTED_AT SESSION.UPDATED_AT SESSION.OWNER");
	cr_assert_str_eq(b.run.manifest.owner, "TEAM");
	cr_assert_str_eq(b.run.manifest.updated_at, "2026-01-02");
	cr_assert_str_eq(b.run.manifest_name, "RUNTIME_MANIFEST.yaml");
	expect_phase(&b, SG_STATE_IDLE, "");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce, OPEN_writes_the_STEP_and_empties_ledgers_and_RESUME)
{
	struct run_builder b;
	rb_start(&b);
	cr_assert_str_eq(rb_changed(&b),
		"SESSION.UPDATED_AT CURRENT_STEP.STEP_ID CURRENT_STEP.STEP_GOAL "
		"CURRENT_STEP.ACTIVE_FOLDER CURRENT_STEP.ACTIVE_FILE");
	const struct sg_manifest *m = &b.run.manifest;
	cr_assert_str_eq(m->step_id, "0001");
	cr_assert_str_eq(m->step_goal, "the goal");
	cr_assert_str_eq(m->active_folder, "docs");
	cr_assert_str_eq(m->active_file, "docs/a.md");
	cr_assert_str_eq(m->user_signal, SG_USER_SIGNAL);
	cr_assert(m->next_signal_required);
	expect_phase(&b, SG_STATE_AWAIT, "ROUTE");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce, OPEN_after_PASS_keeps_result_routing_and_patch_tracking)
{
	struct run_builder b;
	rb_start(&b);
	rb_do(&b, rb_ev_next(&b, "docs/b.md", "the next"));
	rb_pass(&b);
	cr_assert(b.run.manifest.resume_allowed);
	rb_do(&b, rb_ev_step(&b, "another"));
	cr_assert_str_eq(rb_changed(&b),
		"SESSION.UPDATED_AT CURRENT_STEP.STEP_ID CURRENT_STEP.STEP_STATUS "
		"CURRENT_STEP.STEP_GOAL LEDGERS.ROLE_LEDGER LEDGERS.ENGINE_RUN_LEDGER "
		"LEDGERS.OUTPUT_LEDGER RESUME.RESUME_ALLOWED RESUME.RESUME_TARGET");
	cr_assert_eq(b.run.manifest.step_status, SG_STEP_STATUS_RUNNING);
	cr_assert_eq(b.run.manifest.result_status, SG_RESULT_PASS);
	cr_assert_eq(b.run.proofs.n, 0);
	cr_assert_eq(b.run.attempts.n, 0);
	cr_assert_str_eq(b.run.route_path, "route.yaml");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce, the_beginning_of_a_phase_writes_the_date_alone_and_counts_the_attempt)
{
	struct run_builder b;
	rb_start(&b);
	rb_begin(&b);
	cr_assert_str_eq(rb_changed(&b), "SESSION.UPDATED_AT");
	expect_phase(&b, SG_STATE_BUSY, "ROUTE");
	cr_assert_eq(b.run.phase_attempt, 1);
	cr_assert_eq(b.effects.n, 1);
	cr_assert_eq(b.effects.v[0].kind, SG_EFFECT_RUN_PHASE);
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce, ROUTE_writes_the_routing_the_mode_and_a_row_for_each_contract_item)
{
	struct run_builder b;
	rb_start(&b);
	b.route.required_idx = STRS("IDX.1");
	b.route.required_kb_keys = STRS("KB.1");
	b.route.no_go_list = STRS("no audio");
	rb_phase(&b);
	cr_assert_str_eq(rb_changed(&b),
		"SESSION.UPDATED_AT SESSION.MODE ROUTING.DOMAIN ROUTING.ARTIFACT_TYPE "
		"ROUTING.PROFILE_KEY ROUTING.PIPE_SELECTED ROUTING.REQUIRED_IDX "
		"ROUTING.REQUIRED_ROLES ROUTING.REQUIRED_ENG_KEYS ROUTING.REQUIRED_KB_KEYS "
		"ROUTING.REQUIRED_VAL_KEYS ROUTING.OUTPUT_CONTRACT ROUTING.NO_GO_LIST "
		"LEDGERS.OUTPUT_LEDGER");
	cr_assert_str_eq(
		rb_outputs(&b), "BRIEF_TOKEN- ENGINE_PLAN_TOKEN- A- PACK_OUTPUT- VAL_REPORT-");
	cr_assert_str_eq(b.run.manifest.mode, "REPO_2");
	cr_assert_str_eq(
		rb_joined(&b, &b.run.phases), "OPEN|ROUTE|SPC|ORC|CTL|QA|PACK|VAL|CLOSE");
	expect_phase(&b, SG_STATE_AWAIT, "SPC");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce, a_route_without_a_mode_leaves_the_sessions_mode)
{
	struct run_builder b;
	rb_start(&b);
	b.route.mode = "";
	rb_phase(&b);
	cr_assert_str_eq(b.run.manifest.mode, "REPO");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce, other_roles_come_between_QA_and_PACK_as_the_route_lists_them)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_strs phases;
	const struct sg_strs roles = STRS("EDIT", "VAL", "QA", "ART", "SPC", "EDIT");
	cr_assert_eq(sg_phases_of(&arena, &roles, &phases), SG_OK);
	const char *const expected[] = {
		"OPEN", "ROUTE", "SPC", "QA", "EDIT", "ART", "PACK", "VAL", "CLOSE"};
	cr_assert_eq(phases.n, 9);
	for (size_t i = 0; i < 9; i++)
		cr_assert_str_eq(phases.v[i], expected[i]);
	sg_arena_release(&arena);
	SG_LEAKCHECK();
}

Test(reduce, a_role_writes_its_row_and_its_outputs)
{
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "SPC");
	rb_phase(&b);
	cr_assert_str_eq(
		rb_changed(&b), "SESSION.UPDATED_AT LEDGERS.ROLE_LEDGER LEDGERS.OUTPUT_LEDGER");
	cr_assert_str_eq(rb_roles(&b), "SPC:ran");
	cr_assert_str_eq(rb_outputs(&b),
		"BRIEF_TOKEN+SPC ENGINE_PLAN_TOKEN+SPC A- PACK_OUTPUT- VAL_REPORT-");
	cr_assert_str_eq(b.run.manifest.outputs.v[0].ref,
		".stepgate/steps/0001/SPC.1/BRIEF_TOKEN.yaml#sha256=" A64);
	const struct sg_role_row *row = sg_manifest_role(&b.run.manifest, "SPC");
	cr_assert_str_eq(row->notes, "exit 0, 1.2 s, OBSERVED, tier none");
	cr_assert_str_eq(
		rb_joined(&b, &row->outputs_produced), "BRIEF_TOKEN|ENGINE_PLAN_TOKEN");
	cr_assert_str_eq(
		rb_joined(&b, &b.run.required_engines), "KEY:ENG.A|KEY:ENG.B|KEY:ENG.C");
	expect_phase(&b, SG_STATE_AWAIT, "ORC");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce, an_engine_writes_its_row_and_its_outputs)
{
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "ORC");
	rb_begin(&b);
	cr_assert_str_eq(rb_changed(&b), "SESSION.UPDATED_AT LEDGERS.ENGINE_RUN_LEDGER");
	cr_assert_str_eq(b.run.manifest.engines.run_id, "0001.1");
	rb_do(&b, rb_ev_engine(&b, 0, 0));
	cr_assert_str_eq(rb_changed(&b),
		"SESSION.UPDATED_AT LEDGERS.ENGINE_RUN_LEDGER LEDGERS.OUTPUT_LEDGER");
	cr_assert_str_eq(rb_engines(&b), "ENG.A:ran");
	cr_assert_str_eq(b.run.manifest.engines.entries.v[0].eng_key, "KEY:ENG.A");
	cr_assert_str_eq(sg_manifest_output(&b.run.manifest, "A")->source, "ORC");
	expect_phase(&b, SG_STATE_BUSY, "ORC");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce, the_ledger_keeps_the_plans_order_in_whatever_order_engines_end)
{
	static const size_t orders[6][3] = {
		{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
	for (size_t i = 0; i < 6; i++) {
		struct run_builder b;
		rb_start(&b);
		rb_to(&b, "ORC");
		rb_begin(&b);
		for (size_t k = 0; k < 3; k++)
			rb_do(&b, rb_ev_engine(&b, orders[i][k], 0));
		cr_assert_str_eq(rb_engines(&b), "ENG.A:ran ENG.B:ran ENG.C:ran");
		rb_release(&b);
	}
	SG_LEAKCHECK();
}

Test(reduce, ORC_ends_with_its_row_and_its_two_files)
{
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "CTL");
	cr_assert_str_eq(
		rb_changed(&b), "SESSION.UPDATED_AT LEDGERS.ROLE_LEDGER LEDGERS.OUTPUT_LEDGER");
	cr_assert_str_eq(rb_roles(&b), "SPC:ran ORC:ran");
	cr_assert_str_eq(rb_outputs(&b), "BRIEF_TOKEN+SPC ENGINE_PLAN_TOKEN+SPC A+ORC "
					 "PACK_OUTPUT- VAL_REPORT- B+ORC C+ORC "
					 "ENGINE_RUN_LEDGER+ORC ENG_OUTPUTS_TOKEN+ORC");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce, ORC_without_engines_ran_with_both_files_empty)
{
	struct run_builder b;
	rb_start(&b);
	b.route.domain = "SYS";
	b.route.required_eng_keys = NO_STRS;
	b.plan.required_eng_keys = NO_STRS;
	b.route.output_contract = STRS("PACK_OUTPUT");
	rb_pass(&b);
	cr_assert_str_eq(rb_engines(&b), "");
	cr_assert_str_eq(rb_roles(&b), "SPC:ran ORC:ran CTL:ran VAL:ran QA:ran");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce, role_rows_keep_the_seeds_order_then_others_as_they_came)
{
	struct run_builder b;
	rb_start(&b);
	b.route.required_roles = STRS("ZED", "QA", "CTL", "ART", "VAL", "ORC", "SPC");
	b.bindings[RB_BINDINGS] = b.bindings[RB_QA];
	b.bindings[RB_BINDINGS].key = "ZED";
	b.bindings[RB_BINDINGS + 1] = b.bindings[RB_QA];
	b.bindings[RB_BINDINGS + 1].key = "ART";
	b.profile.run.n = RB_BINDINGS + 2;
	rb_pass(&b);
	cr_assert_str_eq(
		rb_roles(&b), "SPC:ran ORC:ran CTL:ran VAL:ran QA:ran ZED:ran ART:ran");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce, PACK_writes_its_outputs_and_nothing_of_the_patch_yet)
{
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "VAL");
	cr_assert_str_eq(rb_changed(&b), "SESSION.UPDATED_AT LEDGERS.OUTPUT_LEDGER");
	cr_assert_str_eq(sg_manifest_output(&b.run.manifest, "PACK_OUTPUT")->source, "PACK");
	cr_assert_str_eq(b.run.manifest.last_patchset_id, "");
	cr_assert_eq(b.effects.n, 0);
	cr_assert_str_eq(
		b.run.pack_output.path, ".stepgate/steps/0001/PACK.1/PACK_OUTPUT.yaml");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce, a_PACK_that_failed_stops_the_STEP_and_writes_no_output)
{
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "PACK");
	rb_begin(&b);
	struct sg_event event = rb_ev_pack(&b, false);
	event.u.pack.error = "the disk is full";
	rb_do(&b, event);
	cr_assert_str_eq(rb_changed(&b),
		"SESSION.UPDATED_AT CURRENT_STEP.STEP_STATUS LAST_RESULT.STATUS "
		"LAST_RESULT.FAIL_CODE LAST_RESULT.FAIL_REASONS LAST_RESULT.FIX_LIST "
		"RESUME.RESUME_REQUIREMENTS");
	cr_assert_str_eq(b.run.manifest.fail_code, "MARKER_NOT_CONFIRMED");
	cr_assert_str_eq(b.run.stop_phase, "PACK");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce, a_verdict_that_passes_writes_result_patch_resume_and_status)
{
	struct run_builder b;
	rb_start(&b);
	rb_do(&b, rb_ev_next(&b, "docs/b.md", "the next"));
	rb_pass(&b);
	cr_assert_str_eq(rb_changed(&b),
		"SESSION.UPDATED_AT CURRENT_STEP.STEP_STATUS LEDGERS.ROLE_LEDGER "
		"LEDGERS.OUTPUT_LEDGER LAST_RESULT.STATUS LAST_RESULT.VAL_REPORT_REF "
		"LAST_RESULT.PACK_OUTPUT_REF PATCH_TRACKING.LAST_PATCHSET_ID "
		"PATCH_TRACKING.LAST_FILES_CHANGED PATCH_TRACKING.CHANGELOG_REF "
		"PATCH_TRACKING.NEXT_POINTER RESUME.RESUME_ALLOWED RESUME.RESUME_TARGET");
	const struct sg_manifest *m = &b.run.manifest;
	cr_assert_eq(m->step_status, SG_STEP_STATUS_PASS);
	cr_assert_eq(m->result_status, SG_RESULT_PASS);
	cr_assert_str_eq(m->fail_code, "");
	cr_assert_eq(m->fail_reasons.n + m->fix_list.n + m->resume_requirements.n, 0);
	cr_assert_str_eq(
		m->val_report_ref, ".stepgate/steps/0001/VAL.1/VAL_REPORT.yaml#sha256=" A64);
	cr_assert_str_eq(m->last_patchset_id, "PATCHSET_0001");
	cr_assert_str_eq(rb_joined(&b, &m->last_files_changed), "docs/a.md|docs/b.md");
	cr_assert_str_eq(m->changelog_ref, "CHANGELOG.md#PATCHSET_0001");
	cr_assert_str_eq(m->next_pointer, "docs/b.md");
	cr_assert_str_eq(m->resume_target.file, "docs/b.md");
	cr_assert_str_eq(m->resume_target.goal, "the next");
	cr_assert(m->resume_allowed);
	cr_assert_str_eq(m->resume_token, "");
	cr_assert_str_eq(rb_joined(&b, &b.run.files_done), "docs/a.md");
	expect_phase(&b, SG_STATE_PASSED, "");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce, a_PASS_without_a_change_leaves_the_last_patchset_and_writes_no_entry)
{
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "PACK");
	rb_begin(&b);
	rb_do(&b, rb_ev_pack(&b, false));
	rb_phase(&b);
	cr_assert_eq(b.run.state, SG_STATE_PASSED);
	cr_assert_str_eq(b.run.manifest.last_patchset_id, "");
	cr_assert_eq(b.effects.n, 1);
	cr_assert_eq(b.effects.v[0].kind, SG_EFFECT_FINAL);
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce, a_verdict_that_fails_writes_the_cause_and_leaves_patch_tracking_alone)
{
	struct run_builder b;
	rb_start(&b);
	b.route.output_contract = STRS("PACK_OUTPUT", "NOBODY_MAKES_IT", "VAL_REPORT");
	rb_to(&b, "VAL");
	rb_phase(&b);
	cr_assert_str_eq(rb_changed(&b),
		"SESSION.UPDATED_AT CURRENT_STEP.STEP_STATUS LEDGERS.ROLE_LEDGER "
		"LEDGERS.OUTPUT_LEDGER LAST_RESULT.STATUS LAST_RESULT.FAIL_CODE "
		"LAST_RESULT.FAIL_REASONS LAST_RESULT.FIX_LIST LAST_RESULT.VAL_REPORT_REF "
		"RESUME.RESUME_REQUIREMENTS");
	const struct sg_manifest *m = &b.run.manifest;
	cr_assert_eq(m->step_status, SG_STEP_STATUS_STOP_GAP);
	cr_assert_eq(m->result_status, SG_RESULT_STOP_GAP);
	cr_assert_str_eq(m->fail_code, "ENTRYPOINT_MISSING");
	cr_assert_str_eq(
		rb_joined(&b, &m->fix_list), "Add missing contract output: NOBODY_MAKES_IT");
	cr_assert_str_eq(rb_joined(&b, &m->resume_requirements), "Run SPC again");
	cr_assert_str_eq(m->pack_output_ref, "");
	cr_assert_not(m->resume_allowed);
	cr_assert_eq(b.effects.n, 0);
	expect_phase(&b, SG_STATE_STOPPED, "VAL");
	cr_assert_str_eq(b.run.stop_phase, "SPC");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce, the_events_own_word_of_pass_is_not_believed)
{
	struct run_builder b;
	rb_start(&b);
	b.route.output_contract = STRS("NOBODY_MAKES_IT");
	rb_to(&b, "VAL");
	rb_begin(&b);
	struct sg_event event = rb_ev_verdict(&b);
	event.u.verdict.pass = true;
	event.u.verdict.code = SG_CODE_NONE;
	rb_do(&b, event);
	expect_phase(&b, SG_STATE_STOPPED, "VAL");
	cr_assert_not(b.run.verdict.pass);
	rb_release(&b);
	SG_LEAKCHECK();
}

/* --- FINAL and the changelog --- */

Test(reduce, a_PASS_seals_the_pack_by_bytes_that_the_manifest_names)
{
	struct run_builder b;
	rb_start(&b);
	rb_pass(&b);
	cr_assert_eq(b.effects.n, 2);
	cr_assert_eq(b.effects.v[0].kind, SG_EFFECT_FINAL);
	cr_assert_str_eq(b.effects.v[0].path, ".stepgate/steps/0001/PACK.1/FINAL.yaml");
	cr_assert_not_null(strstr(b.effects.v[0].bytes, "TRACE_HEAD: \"000"));
	cr_assert_not_null(strstr(b.effects.v[0].bytes, "BRIEF_TOKEN"));
	cr_assert_not_null(strstr(b.effects.v[0].bytes, "VAL_REPORT"));
	cr_assert_eq(b.effects.v[1].kind, SG_EFFECT_CHANGELOG);
	cr_assert_str_eq(b.effects.v[1].change_id, "PATCHSET_0001");
	cr_assert_str_eq(b.effects.v[1].bytes, "## PATCHSET_0001\n\n- DATE: 2026-01-10\n\n");
	cr_assert_eq(strncmp(b.run.manifest.pack_output_ref,
			     ".stepgate/steps/0001/PACK.1/FINAL.yaml#sha256=", 46),
		0);
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce, the_effects_of_an_event_have_the_same_bytes_when_it_is_reduced_again)
{
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "VAL");
	rb_begin(&b);
	const struct sg_run before = b.run;
	rb_end(&b);
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_run again;
	struct sg_effects effects;
	cr_assert_eq(sg_reduce(&arena, &before, &b.log[b.n_log - 1], &again, &effects), SG_OK);
	cr_assert_eq(effects.n, b.effects.n);
	for (size_t i = 0; i < effects.n; i++) {
		cr_assert_eq(effects.v[i].kind, b.effects.v[i].kind);
		cr_assert_str_eq(effects.v[i].path, b.effects.v[i].path);
		cr_assert_str_eq(effects.v[i].bytes, b.effects.v[i].bytes);
	}
	cr_assert(sg_manifest_equal(&again.manifest, &b.run.manifest));
	cr_assert_str_eq(rb_fingerprint(&b.arena, &again), rb_fingerprint(&b.arena, &b.run));
	sg_arena_release(&arena);
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce, only_PASS_and_a_stop_with_changes_have_effects_on_files)
{
	struct run_builder b;
	rb_start(&b);
	while (b.run.state == SG_STATE_AWAIT) {
		rb_begin(&b);
		rb_end(&b);
		if (b.run.state != SG_STATE_PASSED)
			cr_assert_eq(b.effects.n, 0, "%s", b.run.phase);
	}
	cr_assert_eq(b.effects.n, 2);
	rb_do(&b, rb_ev_step(&b, "another"));
	struct sg_event stop = rb_ev_word(&b, SG_EVENT_STOP, "enough");
	stop.u.word.patch = (struct sg_patch){.changed = true,
		.files = STRS("x.md"),
		.patchset_id = "PATCHSET_0002",
		.tree = ""};
	rb_do(&b, stop);
	cr_assert_eq(b.effects.n, 1);
	cr_assert_eq(b.effects.v[0].kind, SG_EFFECT_CHANGELOG);
	rb_release(&b);
	SG_LEAKCHECK();
}

/* --- small events --- */

Test(reduce, route_names_what_ROUTE_will_read_and_leaves_the_manifest_alone)
{
	struct run_builder b;
	rb_start(&b);
	rb_do(&b, rb_ev_use(&b, "", "p.yaml"));
	cr_assert_str_eq(rb_changed(&b), "");
	cr_assert_str_eq(b.run.route_path, "route.yaml");
	cr_assert_str_eq(b.run.profile_path, "p.yaml");
	rb_do(&b, rb_ev_use(&b, "r.yaml", ""));
	cr_assert_str_eq(b.run.route_path, "r.yaml");
	cr_assert_str_eq(b.run.profile_path, "p.yaml");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce, restore_leaves_the_run_as_it_was)
{
	struct run_builder b;
	rb_start(&b);
	rb_do(&b, rb_event(&b, SG_EVENT_RESTORE));
	cr_assert_str_eq(rb_changed(&b), "");
	expect_phase(&b, SG_STATE_AWAIT, "ROUTE");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce, a_record_holds_what_was_before_and_after_and_leaves_the_manifest_alone)
{
	struct run_builder b;
	rb_start(&b);
	b.profile.evidence = SG_EVIDENCE_MODE_MANUAL;
	rb_to(&b, "SPC");
	rb_do(&b, rb_ev_record(&b, false, "SPC", "BRIEF_TOKEN"));
	cr_assert_str_eq(rb_changed(&b), "");
	const struct sg_record *record = sg_run_record(&b.run, "SPC");
	cr_assert_not(record->stopped);
	cr_assert_eq(record->before.n, 1);
	const int64_t start_ms = record->start_ms;
	rb_do(&b, rb_ev_record(&b, true, "SPC", "BRIEF_TOKEN"));
	cr_assert_str_eq(rb_changed(&b), "");
	record = sg_run_record(&b.run, "SPC");
	cr_assert(record->stopped);
	cr_assert_eq(record->start_ms, start_ms);
	cr_assert_eq(record->stop_ms, start_ms + RB_DAY_MS);
	cr_assert_eq(record->before.n, 1);
	cr_assert_str_eq(record->outputs.v[0].name, "BRIEF_TOKEN");
	cr_assert_str_eq(record->note, "by hand");
	cr_assert_eq(b.run.records.n, 1);
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce, the_date_is_that_of_the_event_in_UTC)
{
	struct run_builder b;
	rb_start(&b);
	struct sg_run next;
	struct sg_event event = rb_ev_begin(&b);
	event.seq = 9;
	event.prev = "";
	event.time_ms = INT64_C(1772323199999); /* 2026-02-28T23:59:59.999Z */
	cr_assert_eq(sg_reduce(&b.arena, &b.run, &event, &next, NULL), SG_OK);
	cr_assert_str_eq(next.manifest.updated_at, "2026-02-28");
	event.time_ms++;
	cr_assert_eq(sg_reduce(&b.arena, &b.run, &event, &next, NULL), SG_OK);
	cr_assert_str_eq(next.manifest.updated_at, "2026-03-01");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce, an_event_may_die_after_it_was_reduced)
{
	struct run_builder b;
	struct sg_arena mortal = SG_ARENA_INIT;
	rb_start(&b);
	rb_to(&b, "CTL");
	rb_begin(&b);
	struct sg_event event = rb_ev_role(&b, "CTL", 0);
	event.seq = 99;
	event.prev = "";
	event.time_ms = INT64_C(1772323199999);
	char *role = sg_arena_str(&mortal, "CTL");
	struct sg_file *file = sg_arena_alloc(&mortal, sizeof(*file));
	*file = event.u.role.outputs.v[0];
	file->name = sg_arena_str(&mortal, "POLICY_REPORT");
	event.u.role.role = role;
	event.u.role.outputs.v = file;
	struct sg_run next;
	cr_assert_eq(sg_reduce(&b.arena, &b.run, &event, &next, NULL), SG_OK);
	sg_arena_release(&mortal);
	cr_assert_str_eq(next.phase, "QA");
	cr_assert_str_eq(sg_manifest_output(&next.manifest, "POLICY_REPORT")->source, "CTL");
	cr_assert_not_null(sg_run_proof(&next, SG_FACT_ROLE, "CTL"));
	rb_release(&b);
	SG_LEAKCHECK();
}
