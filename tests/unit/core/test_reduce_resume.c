/* SPDX-License-Identifier: GPL-3.0-or-later */
/* resume: what goes and what stays, the token, attempts, kept engines; work by hand. */
#include <criterion/criterion.h>
#include <string.h>

#include "harness/harness.h"
#include "run_builder.h"

/* Stopped in VAL with every phase before it done, then resumed from a phase. */
static void resume_from(struct run_builder *b, const char *from)
{
	rb_start(b);
	rb_to(b, "VAL");
	rb_begin(b);
	rb_do(b, rb_ev_stop_gap(b, SG_CODE_USER_STOP, "VAL"));
	rb_do(b, rb_ev_resume(b, from));
	cr_assert_eq(b->run.state, SG_STATE_AWAIT);
	cr_assert_str_eq(b->run.phase, from);
}

#define MADE_BY_SPC "BRIEF_TOKEN+SPC ENGINE_PLAN_TOKEN+SPC "
#define MADE_BY_ORC "B+ORC C+ORC ENGINE_RUN_LEDGER+ORC ENG_OUTPUTS_TOKEN+ORC"

Test(reduce_resume, a_resume_takes_away_the_rows_of_its_phase_and_of_all_later_ones)
{
	static const struct {
		const char *from;
		const char *roles;
		const char *engines;
		const char *outputs;
	} cases[] = {
		{"ROUTE", "", "", ""},
		{"SPC", "", "", "BRIEF_TOKEN- ENGINE_PLAN_TOKEN- A- PACK_OUTPUT- VAL_REPORT-"},
		{"ORC", "SPC:ran", "", MADE_BY_SPC "A- PACK_OUTPUT- VAL_REPORT-"},
		{"CTL", "SPC:ran ORC:ran", "ENG.A:ran ENG.B:ran ENG.C:ran",
			MADE_BY_SPC "A+ORC PACK_OUTPUT- VAL_REPORT- " MADE_BY_ORC},
		{"QA", "SPC:ran ORC:ran CTL:ran", "ENG.A:ran ENG.B:ran ENG.C:ran",
			MADE_BY_SPC "A+ORC PACK_OUTPUT- VAL_REPORT- " MADE_BY_ORC
				    " POLICY_REPORT+CTL"},
		{"PACK", "SPC:ran ORC:ran CTL:ran QA:ran", "ENG.A:ran ENG.B:ran ENG.C:ran",
			MADE_BY_SPC "A+ORC PACK_OUTPUT- VAL_REPORT- " MADE_BY_ORC
				    " POLICY_REPORT+CTL QA_REPORT+QA"},
		{"VAL", "SPC:ran ORC:ran CTL:ran QA:ran", "ENG.A:ran ENG.B:ran ENG.C:ran",
			MADE_BY_SPC "A+ORC PACK_OUTPUT+PACK VAL_REPORT- " MADE_BY_ORC
				    " POLICY_REPORT+CTL QA_REPORT+QA"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct run_builder b;
		resume_from(&b, cases[i].from);
		cr_assert_str_eq(rb_roles(&b), cases[i].roles);
		cr_assert_str_eq(rb_engines(&b), cases[i].engines);
		cr_assert_str_eq(rb_outputs(&b), cases[i].outputs);
		for (size_t k = 0; k < b.run.proofs.n; k++)
			cr_assert_lt(sg_phase_index(&b.run.phases, b.run.proofs.v[k].phase),
				sg_phase_index(&b.run.phases, cases[i].from));
		rb_release(&b);
	}
	SG_LEAKCHECK();
}

Test(reduce_resume, from_every_phase_the_STEP_can_still_pass)
{
	static const char *const from[] = {"ROUTE", "SPC", "ORC", "CTL", "QA", "PACK", "VAL"};
	for (size_t i = 0; i < 7; i++) {
		struct run_builder b;
		resume_from(&b, from[i]);
		rb_pass(&b);
		cr_assert_str_eq(rb_roles(&b), "SPC:ran ORC:ran CTL:ran VAL:ran QA:ran");
		cr_assert_str_eq(rb_engines(&b), "ENG.A:ran ENG.B:ran ENG.C:ran");
		rb_release(&b);
	}
	SG_LEAKCHECK();
}

Test(reduce_resume, a_resume_issues_a_token_that_its_signal_uses_up)
{
	struct run_builder b;
	resume_from(&b, "CTL");
	const struct sg_manifest *m = &b.run.manifest;
	cr_assert_eq(m->step_status, SG_STEP_STATUS_RUNNING);
	cr_assert(m->resume_allowed);
	cr_assert_eq(strncmp(m->resume_token, "0001.CTL.2.0000", 15), 0, "%s", m->resume_token);
	cr_assert_eq(strlen(m->resume_token), strlen("0001.CTL.2.") + 64);
	cr_assert_str_eq(m->resume_target.file, "docs/a.md");
	cr_assert_str_eq(m->resume_target.goal, "the goal");
	cr_assert_eq(m->resume_requirements.n, 0);
	cr_assert_str_eq(m->fail_code, "USER_STOP");
	rb_begin(&b);
	cr_assert_str_eq(rb_changed(&b), "SESSION.UPDATED_AT RESUME.RESUME_TOKEN "
					 "RESUME.RESUME_ALLOWED RESUME.RESUME_TARGET");
	cr_assert_str_eq(b.run.manifest.resume_token, "");
	cr_assert_not(b.run.manifest.resume_allowed);
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_resume, no_after_a_resume_takes_the_token_back)
{
	struct run_builder b;
	resume_from(&b, "CTL");
	rb_do(&b, rb_ev_word(&b, SG_EVENT_NO, "wait"));
	cr_assert_str_eq(b.run.manifest.resume_token, "");
	cr_assert_not(b.run.manifest.resume_allowed);
	rb_refused(&b, rb_ev_begin(&b), "only resume goes on");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_resume, two_resumes_never_give_the_same_token)
{
	struct run_builder b;
	resume_from(&b, "CTL");
	const char *first = b.run.manifest.resume_token;
	rb_do(&b, rb_ev_word(&b, SG_EVENT_NO, "wait"));
	rb_do(&b, rb_ev_resume(&b, "CTL"));
	cr_assert_str_neq(b.run.manifest.resume_token, first);
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_resume, attempts_are_counted_for_each_phase)
{
	struct run_builder b;
	resume_from(&b, "CTL");
	rb_pass(&b);
	cr_assert_eq(sg_run_attempts(&b.run, "SPC"), 1);
	cr_assert_eq(sg_run_attempts(&b.run, "ORC"), 1);
	cr_assert_eq(sg_run_attempts(&b.run, "CTL"), 2);
	cr_assert_eq(sg_run_attempts(&b.run, "PACK"), 2);
	cr_assert_eq(sg_run_attempts(&b.run, "VAL"), 2);
	cr_assert_eq(sg_run_attempts(&b.run, "NONE"), 0);
	cr_assert_not_null(strstr(b.run.manifest.pack_output_ref, "/PACK.2/FINAL.yaml"));
	cr_assert_eq(sg_run_proof(&b.run, SG_FACT_ROLE, "CTL")->attempt, 2);
	rb_do(&b, rb_ev_step(&b, "another"));
	cr_assert_eq(sg_run_attempts(&b.run, "CTL"), 0);
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_resume, from_SPC_the_plan_is_read_anew)
{
	struct run_builder b;
	resume_from(&b, "SPC");
	cr_assert_null(b.run.plan);
	cr_assert_str_eq(b.run.plan_pin.sha256, "");
	cr_assert_not_null(b.run.route);
	b.plan.required_eng_keys = STRS("ENG.B");
	rb_to(&b, "ORC");
	cr_assert_str_eq(rb_joined(&b, &b.run.required_engines), "ENG.B|KEY:ENG.C");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_resume, from_ROUTE_a_smaller_contract_leaves_no_row_of_the_old_one)
{
	struct run_builder b;
	resume_from(&b, "ROUTE");
	b.route.output_contract = STRS("PACK_OUTPUT", "VAL_REPORT");
	rb_to(&b, "SPC");
	cr_assert_str_eq(rb_outputs(&b), "PACK_OUTPUT- VAL_REPORT-");
	rb_release(&b);
	SG_LEAKCHECK();
}

/* --- engines that are kept --- */

static void stop_in_orc(struct run_builder *b)
{
	rb_start(b);
	rb_to(b, "ORC");
	rb_begin(b);
	rb_do(b, rb_ev_engine(b, 0, 0));
	rb_do(b, rb_ev_engine(b, 1, 1));
	rb_do(b, rb_ev_engine(b, 2, 0));
	rb_do(b, rb_ev_role(b, "ORC", 0));
	cr_assert_eq(b->run.state, SG_STATE_STOPPED);
}

Test(reduce_resume, kept_engines_stay_with_outputs_and_proofs_and_say_so)
{
	struct run_builder b;
	stop_in_orc(&b);
	struct sg_event event = rb_ev_resume(&b, "ORC");
	event.u.resume.kept = STRS("ENG.A", "KEY:ENG.C");
	rb_do(&b, event);
	cr_assert_str_eq(rb_engines(&b), "ENG.A:ran ENG.C:ran");
	cr_assert_str_eq(rb_outputs(&b), MADE_BY_SPC "A+ORC PACK_OUTPUT- VAL_REPORT- C+ORC");
	cr_assert_not_null(
		strstr(b.run.manifest.engines.entries.v[0].notes, "; kept from 0001.1"));
	cr_assert_not_null(sg_run_proof(&b.run, SG_FACT_ENGINE, "KEY:ENG.A"));
	cr_assert_not_null(sg_run_proof(&b.run, SG_FACT_OUTPUT, "C"));
	cr_assert_str_eq(rb_joined(&b, &b.run.kept_engines), "ENG.A|KEY:ENG.C");
	rb_begin(&b);
	cr_assert_str_eq(b.run.manifest.engines.run_id, "0001.2");
	rb_do(&b, rb_ev_engine(&b, 1, 0));
	cr_assert_str_eq(rb_engines(&b), "ENG.A:ran ENG.B:ran ENG.C:ran");
	rb_do(&b, rb_ev_role(&b, "ORC", 0));
	rb_pass(&b);
	cr_assert_eq(sg_run_proof(&b.run, SG_FACT_ENGINE, "KEY:ENG.A")->attempt, 1);
	cr_assert_eq(sg_run_proof(&b.run, SG_FACT_ENGINE, "KEY:ENG.B")->attempt, 2);
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_resume, an_engine_that_failed_or_never_ran_is_not_kept_whatever_the_event_says)
{
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "ORC");
	rb_begin(&b);
	rb_do(&b, rb_ev_engine(&b, 0, 0));
	rb_do(&b, rb_ev_engine(&b, 1, 1));
	rb_do(&b, rb_ev_role(&b, "ORC", 0));
	struct sg_event event = rb_ev_resume(&b, "ORC");
	event.u.resume.kept = STRS("ENG.A", "ENG.B", "ENG.C", "ENG.*", "ENG.A");
	rb_do(&b, event);
	cr_assert_str_eq(rb_engines(&b), "ENG.A:ran");
	cr_assert_str_eq(rb_joined(&b, &b.run.kept_engines), "ENG.A");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_resume, a_resume_that_is_not_from_ORC_keeps_no_engine_apart)
{
	struct run_builder b;
	stop_in_orc(&b);
	struct sg_event event = rb_ev_resume(&b, "SPC");
	event.u.resume.kept = STRS("ENG.A");
	rb_do(&b, event);
	cr_assert_str_eq(rb_engines(&b), "");
	cr_assert_eq(b.run.kept_engines.n, 0);
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_resume, an_engine_that_is_kept_twice_says_once_where_from)
{
	struct run_builder b;
	stop_in_orc(&b);
	struct sg_event event = rb_ev_resume(&b, "ORC");
	event.u.resume.kept = STRS("ENG.A");
	rb_do(&b, event);
	rb_begin(&b);
	rb_do(&b, rb_ev_stop_gap(&b, SG_CODE_USER_STOP, "ORC"));
	event = rb_ev_resume(&b, "ORC");
	event.u.resume.kept = STRS("ENG.A");
	rb_do(&b, event);
	const char *notes = b.run.manifest.engines.entries.v[0].notes;
	const char *kept = strstr(notes, "; kept from 0001.1");
	cr_assert_not_null(kept);
	cr_assert_null(strstr(kept + 1, "; kept from"));
	rb_release(&b);
	SG_LEAKCHECK();
}

/* --- work by hand --- */

static void by_hand(struct run_builder *b)
{
	rb_start(b);
	b->profile.evidence = SG_EVIDENCE_MODE_MANUAL;
	b->bindings[RB_CTL] = (struct sg_binding){.key = "CTL", .manual = true};
	rb_to(b, "CTL");
}

static struct sg_event hand_role(struct run_builder *b)
{
	struct sg_event event = rb_ev_role(b, "CTL", 0);
	event.u.role.provenance = SG_PROVENANCE_MANUAL;
	event.u.role.note = "looked at it";
	return event;
}

Test(reduce_resume, work_by_hand_counts_where_it_was_recorded)
{
	struct run_builder b;
	by_hand(&b);
	rb_do(&b, rb_ev_record(&b, false, "CTL", "POLICY_REPORT"));
	rb_do(&b, rb_ev_record(&b, true, "CTL", "POLICY_REPORT"));
	rb_begin(&b);
	rb_do(&b, hand_role(&b));
	const struct sg_role_row *row = sg_manifest_role(&b.run.manifest, "CTL");
	cr_assert_eq(row->status, SG_ROW_STATUS_RAN);
	cr_assert_eq(strncmp(row->notes, "by hand, ", 9), 0);
	cr_assert_not_null(strstr(row->notes, "MANUAL, tier none, looked at it"));
	rb_pass(&b);
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_resume, work_by_hand_that_nobody_recorded_failed)
{
	struct run_builder b;
	by_hand(&b);
	rb_do(&b, rb_ev_record(&b, false, "CTL", "POLICY_REPORT"));
	rb_begin(&b);
	rb_do(&b, hand_role(&b));
	cr_assert_eq(b.run.state, SG_STATE_STOPPED);
	cr_assert_eq(sg_manifest_role(&b.run.manifest, "CTL")->status, SG_ROW_STATUS_FAILED);
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_resume, a_record_does_not_survive_the_resume)
{
	struct run_builder b;
	by_hand(&b);
	rb_do(&b, rb_ev_record(&b, false, "CTL", "POLICY_REPORT"));
	rb_do(&b, rb_ev_record(&b, true, "CTL", "POLICY_REPORT"));
	rb_do(&b, rb_ev_word(&b, SG_EVENT_NO, "no"));
	rb_do(&b, rb_ev_resume(&b, "CTL"));
	cr_assert(sg_run_awaits_record(&b.run));
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_resume, with_EVIDENCE_observed_work_by_hand_never_passes_the_gates)
{
	struct run_builder b;
	by_hand(&b);
	rb_do(&b, rb_ev_record(&b, false, "CTL", "POLICY_REPORT"));
	rb_do(&b, rb_ev_record(&b, true, "CTL", "POLICY_REPORT"));
	rb_begin(&b);
	rb_do(&b, hand_role(&b));
	rb_to(&b, "VAL");
	struct sg_profile *strict = sg_arena_alloc(&b.arena, sizeof(*strict));
	*strict = b.profile;
	strict->evidence = SG_EVIDENCE_MODE_OBSERVED;
	b.run.profile = strict;
	rb_phase(&b);
	cr_assert_eq(b.run.state, SG_STATE_STOPPED);
	cr_assert_not_null(strstr(b.run.manifest.fail_reasons.v[0], "E1: CTL"));
	rb_release(&b);
	SG_LEAKCHECK();
}
