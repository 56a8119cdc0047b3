/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ADOPT: changes by hand merged, and a manifest that came without a trace. */
#include <criterion/criterion.h>
#include <string.h>

#include "harness/harness.h"
#include "run_builder.h"

/* The run's manifest as an operator's editor would have it: rows may be written to. */
struct edited {
	struct sg_manifest m;
	struct sg_role_row roles[8];
	struct sg_engine_row engines[8];
	struct sg_output_row outputs[24];
};

static void edit(struct edited *e, const struct run_builder *b)
{
	e->m = b->run.manifest;
	for (size_t i = 0; i < e->m.roles.n; i++)
		e->roles[i] = e->m.roles.v[i];
	for (size_t i = 0; i < e->m.engines.entries.n; i++)
		e->engines[i] = e->m.engines.entries.v[i];
	for (size_t i = 0; i < e->m.outputs.n; i++)
		e->outputs[i] = e->m.outputs.v[i];
	e->m.roles.v = e->roles;
	e->m.engines.entries.v = e->engines;
	e->m.outputs.v = e->outputs;
}

Test(reduce_adopt, what_is_the_operators_to_say_is_taken_over)
{
	struct run_builder b;
	struct edited e;
	rb_start(&b);
	rb_to(&b, "CTL");
	edit(&e, &b);
	e.m.owner = "SOMEBODY";
	e.m.step_goal = "a better goal";
	e.m.last_patchset_id = "PATCHSET_0009";
	e.m.last_files_changed = STRS("a", "b");
	e.m.changelog_ref = "ref";
	e.m.next_pointer = "next";
	e.m.resume_target = (struct sg_resume_target){"f", "g"};
	e.m.extra[SG_MAPPING_SESSION] = "  MINE: \"x\"\n";
	e.roles[0].notes = "I saw it";
	const size_t proofs = b.run.proofs.n;
	rb_do(&b, rb_ev_adopt(&b, &e.m, false));
	cr_assert_str_eq(rb_changed(&b),
		"SESSION.UPDATED_AT SESSION.OWNER CURRENT_STEP.STEP_GOAL LEDGERS.ROLE_LEDGER "
		"PATCH_TRACKING.LAST_PATCHSET_ID PATCH_TRACKING.LAST_FILES_CHANGED "
		"PATCH_TRACKING.CHANGELOG_REF PATCH_TRACKING.NEXT_POINTER "
		"RESUME.RESUME_TARGET");
	cr_assert_str_eq(b.run.manifest.extra[SG_MAPPING_SESSION], "  MINE: \"x\"\n");
	cr_assert_eq(b.run.proofs.n, proofs, "equal rows keep their proof");
	rb_pass(&b);
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_adopt, what_is_stepgates_to_say_stays_whatever_the_instance_says)
{
	struct run_builder b;
	struct edited e;
	rb_start(&b);
	rb_to(&b, "CTL");
	edit(&e, &b);
	e.m.step_id = "0009";
	e.m.step_status = SG_STEP_STATUS_PASS;
	e.m.result_status = SG_RESULT_PASS;
	e.m.fail_code = "X";
	e.m.fail_reasons = e.m.fix_list = e.m.resume_requirements = STRS("X");
	e.m.val_report_ref = e.m.pack_output_ref = e.m.resume_token = "X";
	e.m.resume_allowed = true;
	e.m.domain = e.m.artifact_type = e.m.profile_key = e.m.pipe_selected = "X";
	e.m.required_roles = e.m.output_contract = e.m.required_val_keys = STRS("X");
	e.m.required_eng_keys = e.m.no_go_list = NO_STRS;
	e.m.session_id = e.m.started_at = e.m.mode = e.m.active_file = "X";
	e.m.engines.run_id = "0009.9";
	rb_do(&b, rb_ev_adopt(&b, &e.m, false));
	cr_assert_str_eq(rb_changed(&b), "SESSION.UPDATED_AT");
	cr_assert_eq(b.run.state, SG_STATE_AWAIT);
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_adopt, rows_that_were_changed_lose_their_proof_and_their_equals_keep_it)
{
	struct run_builder b;
	struct edited e;
	rb_start(&b);
	rb_to(&b, "CTL");
	edit(&e, &b);
	e.roles[0].outputs_produced = STRS("BRIEF_TOKEN", "MORE");
	e.engines[1].status = SG_ROW_STATUS_SKIPPED;
	e.engines[1].status_text = "skipped";
	e.outputs[0].ref = "elsewhere#sha256=0";
	rb_do(&b, rb_ev_adopt(&b, &e.m, false));
	cr_assert_null(sg_run_proof(&b.run, SG_FACT_ROLE, "SPC"));
	cr_assert_null(sg_run_proof(&b.run, SG_FACT_ENGINE, "KEY:ENG.B"));
	cr_assert_null(sg_run_proof(&b.run, SG_FACT_OUTPUT, "BRIEF_TOKEN"));
	cr_assert_not_null(sg_run_proof(&b.run, SG_FACT_ROLE, "ORC"));
	cr_assert_not_null(sg_run_proof(&b.run, SG_FACT_ENGINE, "KEY:ENG.A"));
	cr_assert_not_null(sg_run_proof(&b.run, SG_FACT_OUTPUT, "ENGINE_PLAN_TOKEN"));
	cr_assert_not_null(sg_run_proof(&b.run, SG_FACT_OUTPUT, "B"));
	rb_to(&b, "VAL");
	rb_phase(&b);
	cr_assert_eq(b.run.state, SG_STATE_STOPPED, "CLAIMED rows counted");
	cr_assert_str_eq(b.run.stop_phase, "SPC");
	cr_assert_not_null(strstr(rb_joined(&b, &b.run.manifest.fail_reasons),
		"E1: SPC: expected OBSERVED, found CLAIMED"));
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_adopt, rows_that_were_taken_out_or_put_in_have_no_proof)
{
	struct run_builder b;
	struct edited e;
	rb_start(&b);
	rb_to(&b, "CTL");
	edit(&e, &b);
	e.m.roles.n = 1;
	e.m.engines.entries.n = 2;
	e.outputs[e.m.outputs.n] = (struct sg_output_row){.output = "QA_REPORT",
		.source = "QA",
		.ref = "",
		.extra = "",
		.present = SG_TRUTH_TRUE};
	e.m.outputs.n++;
	rb_do(&b, rb_ev_adopt(&b, &e.m, false));
	cr_assert_null(sg_run_proof(&b.run, SG_FACT_ROLE, "ORC"));
	cr_assert_null(sg_run_proof(&b.run, SG_FACT_ENGINE, "KEY:ENG.C"));
	cr_assert_null(sg_run_proof(&b.run, SG_FACT_OUTPUT, "QA_REPORT"));
	cr_assert_not_null(sg_run_proof(&b.run, SG_FACT_ENGINE, "KEY:ENG.A"));
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_adopt,
	a_claimed_row_of_an_earlier_phase_outlives_a_resume_and_one_of_a_later_does_not)
{
	struct run_builder b;
	struct edited e;
	rb_start(&b);
	rb_to(&b, "CTL");
	edit(&e, &b);
	const struct sg_output_row rows[] = {{.output = "CLAIM_SPC",
						     .source = "SPC",
						     .ref = "",
						     .extra = "",
						     .present = SG_TRUTH_TRUE},
		{.output = "CLAIM_QA",
			.source = "QA",
			.ref = "",
			.extra = "",
			.present = SG_TRUTH_TRUE},
		{.output = "CLAIM_NOBODY",
			.source = "",
			.ref = "",
			.extra = "",
			.present = SG_TRUTH_TRUE}};
	for (size_t i = 0; i < 3; i++)
		e.outputs[e.m.outputs.n++] = rows[i];
	rb_do(&b, rb_ev_adopt(&b, &e.m, false));
	rb_do(&b, rb_ev_word(&b, SG_EVENT_NO, "no"));
	rb_do(&b, rb_ev_resume(&b, "ORC"));
	cr_assert_str_eq(rb_outputs(&b), "BRIEF_TOKEN+SPC ENGINE_PLAN_TOKEN+SPC A- "
					 "PACK_OUTPUT- VAL_REPORT- CLAIM_SPC+SPC");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_adopt, in_PASS_the_adopted_target_is_what_comes_next)
{
	struct run_builder b;
	struct edited e;
	rb_start(&b);
	rb_pass(&b);
	edit(&e, &b);
	e.m.resume_target = (struct sg_resume_target){"docs/z.md", "the last"};
	rb_do(&b, rb_ev_adopt(&b, &e.m, false));
	cr_assert_eq(b.run.state, SG_STATE_PASSED);
	cr_assert_str_eq(b.run.next_file, "docs/z.md");
	cr_assert_str_eq(b.run.next_goal, "the last");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_adopt, a_PASS_whose_rows_were_changed_is_no_PASS_any_more)
{
	struct run_builder b;
	struct edited e;
	rb_start(&b);
	rb_pass(&b);
	cr_assert_eq(b.run.files_done.n, 1);
	edit(&e, &b);
	e.outputs[0].ref = "elsewhere#sha256=0";
	rb_do(&b, rb_ev_adopt(&b, &e.m, false));
	cr_assert_eq(b.run.state, SG_STATE_STOPPED);
	cr_assert_eq(b.run.manifest.step_status, SG_STEP_STATUS_STOP_GAP);
	cr_assert_str_eq(b.run.manifest.fail_code, "MARKER_NOT_CONFIRMED");
	cr_assert_str_eq(b.run.manifest.pack_output_ref, "");
	cr_assert_str_eq(b.run.stop_phase, "SPC");
	cr_assert_eq(b.run.files_done.n, 0);
	rb_do(&b, rb_ev_resume(&b, "SPC"));
	rb_pass(&b);
	rb_release(&b);
	SG_LEAKCHECK();
}

/* --- without a trace --- */

static void adopt_whole(struct run_builder *b, const struct edited *e)
{
	rb_init(b);
	rb_do(b, rb_ev_adopt(b, &e->m, true));
}

Test(reduce_adopt, an_open_or_passed_STEP_without_a_trace_stops_and_is_resumed_from_ROUTE)
{
	static const enum sg_step_status statuses[] = {
		SG_STEP_STATUS_RUNNING, SG_STEP_STATUS_PASS, SG_STEP_STATUS_STOP_GAP};
	for (size_t i = 0; i < 3; i++) {
		struct run_builder from;
		struct run_builder b;
		struct edited e;
		rb_start(&from);
		rb_pass(&from);
		edit(&e, &from);
		e.m.step_status = statuses[i];
		adopt_whole(&b, &e);
		cr_assert_eq(b.run.state, SG_STATE_STOPPED);
		cr_assert_eq(b.run.manifest.step_status, SG_STEP_STATUS_STOP_GAP);
		cr_assert_str_eq(b.run.manifest.fail_code, "MARKER_NOT_CONFIRMED");
		cr_assert_str_eq(b.run.stop_phase, "ROUTE");
		cr_assert_eq(b.run.proofs.n, 0);
		cr_assert_str_eq(b.run.manifest.pack_output_ref, "");
		cr_assert_str_eq(b.run.manifest_name, "RUNTIME_MANIFEST.yaml");
		cr_assert(b.run.adopted_whole);
		cr_assert_str_eq(rb_roles(&b), "SPC:ran ORC:ran CTL:ran VAL:ran QA:ran");
		rb_refused(&b, rb_ev_begin(&b), "only resume goes on");
		rb_do(&b, rb_ev_resume(&b, "ROUTE"));
		cr_assert_str_eq(rb_roles(&b), "");
		rb_pass(&b);
		rb_release(&b);
		rb_release(&from);
	}
	SG_LEAKCHECK();
}

Test(reduce_adopt, a_closed_or_blank_manifest_without_a_trace_opens_the_next_STEP)
{
	struct run_builder from;
	struct run_builder b;
	struct edited e;
	rb_start(&from);
	edit(&e, &from);
	e.m.step_status = SG_STEP_STATUS_FAIL;
	e.m.step_id = "0041";
	adopt_whole(&b, &e);
	cr_assert_eq(b.run.state, SG_STATE_FAILED);
	rb_do(&b, rb_ev_step(&b, "goal"));
	cr_assert_str_eq(b.run.manifest.step_id, "0042");
	rb_release(&b);
	e.m.step_id = "";
	e.m.step_status = SG_STEP_STATUS_PASS;
	adopt_whole(&b, &e);
	cr_assert_eq(b.run.state, SG_STATE_IDLE);
	rb_do(&b, rb_ev_step(&b, "goal"));
	cr_assert_str_eq(b.run.manifest.step_id, "0001");
	rb_release(&b);
	rb_release(&from);
	SG_LEAKCHECK();
}

Test(reduce_adopt, an_adopted_STEP_ID_cannot_lead_out_of_the_evidence_folder)
{
	struct sg_arena arena = SG_ARENA_INIT;
	cr_assert_str_eq(sg_phase_folder(&arena, "../../etc", "SPC", 1),
		".stepgate/steps/..%2F..%2Fetc/SPC.1");
	cr_assert_str_eq(
		sg_phase_folder(&arena, "..", "../x", 2), ".stepgate/steps/%2E%2E/..%2Fx.2");
	cr_assert_str_eq(
		sg_phase_folder(&arena, "0001", "SPC", 1), ".stepgate/steps/0001/SPC.1");
	sg_arena_release(&arena);
	SG_LEAKCHECK();
}

Test(reduce_adopt, an_instance_that_could_not_be_read_changes_nothing_but_the_date)
{
	struct run_builder b;
	rb_start(&b);
	rb_do(&b, rb_ev_adopt(&b, NULL, false));
	cr_assert_str_eq(rb_changed(&b), "SESSION.UPDATED_AT");
	rb_release(&b);
	SG_LEAKCHECK();
}
