/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lifecycle table against a list of its own, and what each question asks. */
#include <criterion/criterion.h>
#include <string.h>

#include "harness/harness.h"
#include "run_builder.h"

Test(lifecycle, every_cell_of_the_table_is_written)
{
	for (int state = 0; state < SG_STATE_COUNT; state++)
		for (int type = 0; type < SG_EVENT_COUNT; type++)
			cr_expect(sg_lifecycle_cell_written(
					  (enum sg_state)state, (enum sg_event_type)type),
				"%s, %s", sg_state_name((enum sg_state)state),
				sg_event_name((enum sg_event_type)type));
}

Test(lifecycle, every_state_has_a_name)
{
	for (int state = 0; state < SG_STATE_COUNT; state++)
		cr_expect(*sg_state_name((enum sg_state)state));
	cr_assert_str_eq(sg_state_name(SG_STATE_COUNT), "");
}

/* --- every state with every event --- */

/*
 * Where a run can stand; the last word is what stopped or awaits, for the reader of a failure.
 */
enum situation {
	EMPTY,
	IDLE,
	AWAIT_ROUTE,
	AWAIT_SPC,
	AWAIT_ORC,
	AWAIT_VAL,
	BUSY_ROUTE,
	BUSY_SPC,
	BUSY_ORC,
	BUSY_PACK,
	BUSY_VAL,
	STOPPED_SPC,
	STOPPED_VAL,
	FAILED,
	PASSED,
	SITUATIONS
};

/*
 * From section 3 of the specification: a letter an event, in the order of SG_EVENT_LIST: INIT
 * ADOPT RESTORE STEP BEGIN ROUTE ENGINE ROLE PACK VERDICT STOP_GAP NO STOP RESUME NEXT USE
 * RECORD_START RECORD_STOP. '+' allowed, '-' refused; spaces only group. The events are sound
 * ones (event_for).
 */
static const char *const allowed[SITUATIONS] = {
	[EMPTY] = "++-- -- ---- - -- - - - --",
	[IDLE] = "-+++ -- ---- - -- - - + --",
	[AWAIT_ROUTE] = "-++- +- ---- + ++ - + + --",
	[AWAIT_SPC] = "-++- +- ---- + ++ - + + +-",
	[AWAIT_ORC] = "-++- +- ---- + ++ - + + +-",
	[AWAIT_VAL] = "-++- +- ---- + ++ - - + --",
	[BUSY_ROUTE] = "-++- -+ ---- + -- - - - --",
	[BUSY_SPC] = "-++- -- -+-- + -- - - - --",
	[BUSY_ORC] = "-++- -- ++-- + -- - - - --",
	[BUSY_PACK] = "-++- -- --+- + -- - - - --",
	[BUSY_VAL] = "-++- -- ---+ + -- - - - --",
	[STOPPED_SPC] = "-++- -- ---- - -+ + + + --",
	[STOPPED_VAL] = "-++- -- ---- - -+ + - + --",
	[FAILED] = "-+++ -- ---- - -- - - + --",
	[PASSED] = "-+++ -- ---- - -- - + + --",
};

static void busy(struct run_builder *b, const char *phase)
{
	rb_to(b, phase);
	rb_begin(b);
}

static void go_to(struct run_builder *b, enum situation s)
{
	rb_init(b);
	b->profile.evidence = SG_EVIDENCE_MODE_MANUAL;
	if (s >= IDLE)
		rb_do(b, rb_ev_init(b));
	if (s >= AWAIT_ROUTE)
		rb_do(b, rb_ev_step(b, "the goal"));
	switch (s) {
	case EMPTY:
	case IDLE:
	case AWAIT_ROUTE: break;
	case AWAIT_SPC: rb_to(b, "SPC"); break;
	case AWAIT_ORC: rb_to(b, "ORC"); break;
	case AWAIT_VAL: rb_to(b, "VAL"); break;
	case BUSY_ROUTE: busy(b, "ROUTE"); break;
	case BUSY_SPC: busy(b, "SPC"); break;
	case BUSY_ORC: busy(b, "ORC"); break;
	case BUSY_PACK: busy(b, "PACK"); break;
	case BUSY_VAL: busy(b, "VAL"); break;
	case STOPPED_SPC:
		busy(b, "SPC");
		rb_do(b, rb_ev_role(b, "SPC", 1));
		break;
	case STOPPED_VAL:
		busy(b, "VAL");
		rb_do(b, rb_ev_stop_gap(b, SG_CODE_USER_STOP, "VAL"));
		break;
	case FAILED: rb_do(b, rb_ev_word(b, SG_EVENT_STOP, "enough")); break;
	case PASSED: rb_pass(b); break;
	case SITUATIONS: break;
	}
}

static const struct sg_manifest *own_instance(struct run_builder *b)
{
	struct sg_manifest *copy = sg_arena_alloc(&b->arena, sizeof(*copy));
	*copy = b->run.manifest;
	return copy;
}

static struct sg_event event_for(struct run_builder *b, enum sg_event_type type)
{
	const char *phase = b->run.phase;
	bool busy_orc = strcmp(phase, "ORC") == 0 && b->run.state == SG_STATE_BUSY;
	struct sg_event engine = rb_event(b, SG_EVENT_ENGINE);
	engine.u.engine = (struct sg_ev_engine){.eng_key = "KEY:ENG.A",
		.exec = {.folder = "",
			.program_sha256 = "",
			.inputs_sha256 = "",
			.log = "",
			.error = ""},
		.note = ""};
	switch (type) {
	case SG_EVENT_INIT: return rb_ev_init(b);
	case SG_EVENT_ADOPT:
		return rb_ev_adopt(b, own_instance(b), b->run.state == SG_STATE_EMPTY);
	case SG_EVENT_STEP: return rb_ev_step(b, "another goal");
	case SG_EVENT_BEGIN: return rb_ev_begin(b);
	case SG_EVENT_ROUTE: return rb_ev_route(b);
	case SG_EVENT_ENGINE: return busy_orc ? rb_ev_engine(b, 0, 0) : engine;
	case SG_EVENT_ROLE: return rb_ev_role(b, phase, 0);
	case SG_EVENT_PACK: return rb_ev_pack(b, false);
	case SG_EVENT_VERDICT: return rb_ev_verdict(b);
	case SG_EVENT_STOP_GAP: return rb_ev_stop_gap(b, SG_CODE_USER_STOP, "ROUTE");
	case SG_EVENT_NO:
	case SG_EVENT_STOP: return rb_ev_word(b, type, "a reason");
	case SG_EVENT_RESUME: return rb_ev_resume(b, "ROUTE");
	case SG_EVENT_NEXT: return rb_ev_next(b, "docs/b.md", "the next goal");
	case SG_EVENT_USE: return rb_ev_use(b, "other.yaml", "");
	case SG_EVENT_RECORD_START:
	case SG_EVENT_RECORD_STOP:
		return rb_ev_record(b, type == SG_EVENT_RECORD_STOP,
			strcmp(phase, "ORC") == 0 ? "ENG.A" : phase, "BRIEF_TOKEN");
	case SG_EVENT_RESTORE:
	case SG_EVENT_COUNT: break;
	}
	return rb_event(b, type);
}

Test(lifecycle, every_state_takes_and_refuses_exactly_the_events_that_the_specification_says)
{
	for (int s = 0; s < SITUATIONS; s++) {
		const char *cell = allowed[s];
		for (int type = 0; type < SG_EVENT_COUNT; type++) {
			cell += strspn(cell, " ");
			struct run_builder b;
			go_to(&b, (enum situation)s);
			struct sg_event event = event_for(&b, (enum sg_event_type)type);
			const enum sg_rc rc = rb_try(&b, event);
			cr_expect_eq(rc, *cell++ == '+' ? SG_OK : SG_REFUSED,
				"situation %d (%s %s), event %s: %s", s,
				sg_state_name(b.run.state), b.run.phase,
				sg_event_name((enum sg_event_type)type), b.err.text);
			rb_release(&b);
		}
		cr_assert_str_eq(cell, "", "a row has another length");
	}
	SG_LEAKCHECK();
}

Test(lifecycle, an_event_or_a_state_that_is_not_known_is_refused)
{
	struct run_builder b;
	rb_start(&b);
	struct sg_event event = rb_event(&b, SG_EVENT_COUNT);
	rb_refused(&b, event, "not known");
	event = rb_ev_begin(&b);
	b.run.state = SG_STATE_COUNT;
	rb_refused(&b, event, "not known");
	rb_release(&b);
	SG_LEAKCHECK();
}

/* --- what the questions ask --- */

Test(lifecycle, an_event_about_another_STEP_is_refused)
{
	struct run_builder b;
	rb_start(&b);
	struct sg_event event = rb_ev_begin(&b);
	event.step = "0002";
	rb_refused(&b, event, "it is about STEP 0002, open is STEP 0001");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(lifecycle, a_STEP_has_the_next_id_in_its_own_spelling)
{
	static const char *const wrong[] = {"0001", "0003", "2", "00002", "0002x", "", "../2"};
	struct run_builder b;
	rb_start(&b);
	rb_do(&b, rb_ev_word(&b, SG_EVENT_STOP, "enough"));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct sg_event event = rb_ev_step(&b, "goal");
		event.u.step.step_id = event.step = wrong[i];
		rb_refused(&b, event, "expected STEP 0002");
	}
	struct sg_event event = rb_ev_step(&b, "goal");
	event.step = "0001";
	rb_refused(&b, event, "expected STEP 0002");
	rb_do(&b, rb_ev_step(&b, "goal"));
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(lifecycle, a_STEP_without_a_goal_is_refused_as_INPUT_ABSENT)
{
	struct run_builder b;
	rb_init(&b);
	rb_do(&b, rb_ev_init(&b));
	rb_refused(&b, rb_ev_step(&b, ""), "INPUT_ABSENT");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(lifecycle, STEP_ID_counts_on_past_9999)
{
	char id[SG_STEP_ID_SIZE];
	sg_step_id_after("", id);
	cr_assert_str_eq(id, "0001");
	sg_step_id_after("0001", id);
	cr_assert_str_eq(id, "0002");
	sg_step_id_after("9999", id);
	cr_assert_str_eq(id, "10000");
	sg_step_id_after("10000", id);
	cr_assert_str_eq(id, "10001");
	sg_step_id_after("STEP-7", id);
	cr_assert_str_eq(id, "0001");
	sg_step_id_after("99999999999999999999999999999999", id);
	cr_assert(strlen(id) < SG_STEP_ID_SIZE);
}

Test(lifecycle, only_the_awaited_phase_begins)
{
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "ORC");
	struct sg_event event = rb_ev_begin(&b);
	event.u.begin.phase = "CTL";
	rb_refused(&b, event, "cannot begin CTL: ORC is awaited");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(lifecycle, no_phase_begins_without_a_signal)
{
	struct run_builder b;
	rb_start(&b);
	for (;;) {
		struct sg_event event = rb_ev_begin(&b);
		event.u.begin.signal.digest = "";
		rb_refused(&b, event, "no signal was given");
		if (strcmp(b.run.phase, "VAL") == 0)
			break;
		rb_phase(&b);
	}
	rb_release(&b);
	SG_LEAKCHECK();
}

static struct sg_event following(struct run_builder *b)
{
	struct sg_event event = rb_ev_begin(b);
	event.by = SG_BY_RUNNER;
	event.u.begin.signal = (struct sg_signal){"", false};
	return event;
}

Test(lifecycle, with_CADENCE_step_phases_follow_but_the_first_and_a_resumed_one_do_not)
{
	struct run_builder b;
	rb_start(&b);
	b.profile.cadence = SG_CADENCE_STEP;
	rb_refused(&b, following(&b), "no signal was given");
	rb_phase(&b);
	rb_refused(&b, following(&b), "no signal was given");
	rb_phase(&b);
	rb_do(&b, following(&b));
	rb_do(&b, rb_ev_stop_gap(&b, SG_CODE_USER_STOP, "ORC"));
	rb_do(&b, rb_ev_resume(&b, "ORC"));
	rb_refused(&b, following(&b), "no signal was given");
	rb_phase(&b);
	while (b.run.state == SG_STATE_AWAIT) {
		rb_do(&b, following(&b));
		rb_end(&b);
	}
	cr_assert_eq(b.run.state, SG_STATE_PASSED);
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(lifecycle, with_CADENCE_step_a_phase_by_hand_waits_for_its_record_and_its_signal)
{
	struct run_builder b;
	rb_start(&b);
	b.profile.cadence = SG_CADENCE_STEP;
	b.profile.evidence = SG_EVIDENCE_MODE_MANUAL;
	b.bindings[RB_CTL].manual = true;
	rb_to(&b, "CTL");
	cr_assert(sg_run_awaits_record(&b.run));
	cr_assert_not(sg_run_follows(&b.run));
	rb_refused(&b, following(&b), "no signal was given");
	rb_do(&b, rb_ev_record(&b, false, "CTL", "POLICY_REPORT"));
	cr_assert(sg_run_awaits_record(&b.run));
	rb_do(&b, rb_ev_record(&b, true, "CTL", "POLICY_REPORT"));
	cr_assert_not(sg_run_awaits_record(&b.run));
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(lifecycle, a_roles_event_ends_no_phase_that_has_an_event_of_its_own)
{
	static const char *const phases[] = {"ROUTE", "PACK", "VAL"};
	struct run_builder b;
	rb_start(&b);
	for (size_t i = 0; i < 3; i++) {
		rb_to(&b, phases[i]);
		rb_begin(&b);
		rb_refused(&b, rb_ev_role(&b, phases[i], 0), "as a role: it is none");
		rb_end(&b);
	}
	cr_assert_eq(b.run.state, SG_STATE_PASSED);
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(lifecycle, a_phase_ends_by_the_event_of_that_phase_alone)
{
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "SPC");
	rb_begin(&b);
	rb_refused(&b, rb_ev_role(&b, "QA", 0), "cannot end QA: SPC is running");
	rb_refused(&b, rb_ev_pack(&b, false), "cannot end PACK: SPC is running");
	rb_refused(&b, rb_ev_route(&b), "cannot end ROUTE: SPC is running");
	rb_refused(&b, rb_ev_verdict(&b), "cannot end VAL: SPC is running");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(lifecycle, an_engine_that_is_not_required_at_that_place_is_refused)
{
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "ORC");
	rb_begin(&b);
	struct sg_event event = rb_ev_engine(&b, 1, 0);
	event.u.engine.index = 0;
	rb_refused(&b, event, "cannot record KEY:ENG.B: it is not required here");
	event.u.engine.index = 3;
	rb_refused(&b, event, "not required here");
	event.u.engine.index = 1;
	event.u.engine.eng_key = "ENG.B";
	rb_do(&b, event);
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(lifecycle, a_resume_begins_no_later_than_the_responsible_phase)
{
	static const char *const none[] = {"OPEN", "CLOSE", "NOWHERE", "", "spc"};
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "CTL");
	rb_begin(&b);
	rb_do(&b, rb_ev_role(&b, "CTL", 1));
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		rb_refused(&b, rb_ev_resume(&b, none[i]), "it is no phase to run");
	rb_refused(&b, rb_ev_resume(&b, "QA"), "CTL has to run first");
	rb_refused(&b, rb_ev_resume(&b, "VAL"), "CTL has to run first");
	rb_do(&b, rb_ev_resume(&b, "SPC"));
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(lifecycle, the_next_file_needs_a_file_and_a_goal)
{
	struct run_builder b;
	rb_start(&b);
	rb_refused(&b, rb_ev_next(&b, "", "goal"), "INPUT_ABSENT");
	rb_refused(&b, rb_ev_next(&b, "docs/b.md", ""), "INPUT_ABSENT");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(lifecycle, behind_PACK_the_next_file_is_already_written)
{
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "VAL");
	rb_refused(&b, rb_ev_next(&b, "docs/b.md", "goal"), "PACK has already written");
	rb_begin(&b);
	rb_do(&b, rb_ev_stop_gap(&b, SG_CODE_USER_STOP, "VAL"));
	rb_refused(&b, rb_ev_next(&b, "docs/b.md", "goal"), "PACK has already written");
	rb_do(&b, rb_ev_resume(&b, "PACK"));
	rb_do(&b, rb_ev_next(&b, "docs/b.md", "goal"));
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(lifecycle, work_by_hand_is_recorded_for_what_is_awaited_only)
{
	struct run_builder b;
	rb_start(&b);
	b.profile.evidence = SG_EVIDENCE_MODE_MANUAL;
	rb_to(&b, "SPC");
	rb_refused(&b, rb_ev_record(&b, false, "QA", "QA_REPORT"), "SPC is awaited");
	rb_refused(&b, rb_ev_record(&b, false, "ENG.A", "A"), "SPC is awaited");
	rb_to(&b, "ORC");
	rb_refused(&b, rb_ev_record(&b, false, "ORC", "ENG_OUTPUTS_TOKEN"), "ORC is awaited");
	rb_refused(&b, rb_ev_record(&b, false, "ENG.X", "X"), "ORC is awaited");
	rb_do(&b, rb_ev_record(&b, false, "ENG.C", "C"));
	rb_to(&b, "PACK");
	rb_refused(&b, rb_ev_record(&b, false, "PACK", "PACK_OUTPUT"), "PACK is awaited");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(lifecycle, with_EVIDENCE_observed_nothing_is_recorded)
{
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "SPC");
	rb_refused(&b, rb_ev_record(&b, false, "SPC", "BRIEF_TOKEN"), "EVIDENCE: observed");
	b.run.profile = NULL; /* nor where nobody gave leave */
	rb_refused(&b, rb_ev_record(&b, false, "SPC", "BRIEF_TOKEN"), "EVIDENCE: observed");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(lifecycle, a_record_stops_once_after_it_was_started)
{
	struct run_builder b;
	rb_start(&b);
	b.profile.evidence = SG_EVIDENCE_MODE_MANUAL;
	rb_to(&b, "SPC");
	rb_refused(&b, rb_ev_record(&b, true, "SPC", "BRIEF_TOKEN"), "it was not started");
	rb_do(&b, rb_ev_record(&b, false, "SPC", "BRIEF_TOKEN"));
	rb_do(&b, rb_ev_record(&b, true, "SPC", "BRIEF_TOKEN"));
	rb_refused(&b, rb_ev_record(&b, true, "SPC", "BRIEF_TOKEN"), "it was not started");
	rb_do(&b, rb_ev_record(&b, false, "SPC", "BRIEF_TOKEN"));
	rb_do(&b, rb_ev_record(&b, true, "SPC", "BRIEF_TOKEN"));
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(lifecycle, adopting_whole_begins_a_run_and_adopting_changes_needs_one)
{
	struct run_builder b;
	struct sg_manifest m;
	rb_init(&b);
	sg_manifest_default(&m);
	rb_refused(&b, rb_ev_adopt(&b, &m, false), "no trace to compare with");
	rb_do(&b, rb_ev_adopt(&b, &m, true));
	rb_refused(&b, rb_ev_adopt(&b, &m, true), "the run has a trace");
	rb_release(&b);
	SG_LEAKCHECK();
}
