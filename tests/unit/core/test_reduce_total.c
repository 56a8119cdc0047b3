/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The reducer is total: whatever event comes to whatever run, also one that the lifecycle would
 * have refused, gives a run that can be read, and none of it a PASS.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "harness/harness.h"
#include "run_builder.h"

/* Past the lifecycle. */
static struct sg_run reduced(struct run_builder *b, struct sg_event event)
{
	struct sg_run next;
	struct sg_effects effects;
	event.seq = b->seq + 1;
	event.prev = "";
	cr_assert_eq(sg_reduce(&b->arena, &b->run, &event, &next, &effects), SG_OK);
	cr_assert_neq(next.manifest.step_status, SG_STEP_STATUS_PASS);
	cr_assert_not_null(rb_fingerprint(&b->arena, &next));
	return next;
}

Test(reduce_total, an_event_that_is_not_known_changes_nothing_but_the_count_and_the_day)
{
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "CTL");
	const struct sg_run next = reduced(&b, rb_event(&b, SG_EVENT_COUNT));
	cr_assert_eq(next.seq, b.seq + 1);
	cr_assert_str_eq(
		rb_fields(&b, &b.run.manifest, &next.manifest), "SESSION.UPDATED_AT");
	cr_assert_eq(next.proofs.n, b.run.proofs.n);
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_total, every_event_of_a_run_comes_to_every_other_of_its_states)
{
	struct run_builder b;
	struct run_builder at;
	rb_start(&b);
	rb_pass(&b);
	rb_init(&at);
	for (size_t i = 0; i + 1 < b.n_log; i++) {
		/* where all is proven a verdict is a PASS, whoever asked for it */
		const bool proven = strcmp(at.run.phase, "VAL") == 0;
		for (size_t k = 0; k < b.n_log; k++)
			if (b.log[k].type != SG_EVENT_VERDICT || !proven)
				(void)reduced(&at, b.log[k]);
		rb_do(&at, b.log[i]);
	}
	rb_release(&at);
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_total, a_verdict_on_a_run_that_has_nothing_is_a_stop)
{
	struct run_builder b;
	rb_init(&b);
	rb_do(&b, rb_ev_init(&b));
	const struct sg_run next = reduced(&b, rb_ev_verdict(&b));
	cr_assert_eq(next.state, SG_STATE_STOPPED);
	cr_assert_not(next.verdict.pass);
	cr_assert_gt(next.manifest.fail_reasons.n, 0);
	cr_assert_str_eq(next.stop_phase, "ROUTE");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_total, outputs_that_nobody_promises_in_a_run_without_a_profile_are_of_ROUTE)
{
	struct run_builder b;
	rb_start(&b);
	b.run.manifest.output_contract = STRS("SOMETHING");
	const struct sg_run next = reduced(&b, rb_ev_verdict(&b));
	cr_assert_eq(next.state, SG_STATE_STOPPED);
	cr_assert_not_null(strstr(rb_joined(&b, &next.manifest.fail_reasons), "D1: SOMETHING"));
	cr_assert_str_eq(next.stop_phase, "ROUTE");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_total, a_record_that_was_never_started_begins_when_its_event_says)
{
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "SPC");
	const struct sg_run next = reduced(&b, rb_ev_record(&b, true, "SPC", "BRIEF_TOKEN"));
	const struct sg_record *record = sg_run_record(&next, "SPC");
	cr_assert_not_null(record);
	cr_assert(record->stopped);
	cr_assert_eq(record->start_ms, 5);
	cr_assert_str_eq(record->note, "by hand");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_total, an_engine_that_is_not_required_has_a_row_by_its_own_name)
{
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "ORC");
	rb_begin(&b);
	rb_do(&b, rb_ev_engine(&b, 0, 0));
	struct sg_event event = rb_ev_engine(&b, 1, 0);
	event.u.engine.eng_key = "KEY:ENG.STRANGE";
	struct sg_run next = reduced(&b, event);
	cr_assert_not_null(sg_manifest_engine(&next.manifest, "ENG.STRANGE"));
	cr_assert_null(sg_manifest_engine(&next.manifest, "ENG.B"));
	event.u.engine.index = 99;
	next = reduced(&b, event);
	cr_assert_not_null(sg_manifest_engine(&next.manifest, "ENG.STRANGE"));
	/* nor can anything be skipped where no profile gives leave */
	event = rb_ev_engine(&b, 1, 0);
	event.u.engine.status = SG_ROW_STATUS_SKIPPED;
	b.run.profile = NULL;
	next = reduced(&b, event);
	cr_assert_eq(sg_manifest_engine(&next.manifest, "ENG.B")->status, SG_ROW_STATUS_FAILED);
	/* and where no engine is required at all, it stands behind those that are there */
	b.run.required_engines.n = 0;
	next = reduced(&b, event);
	cr_assert_eq(next.manifest.engines.entries.n, 2);
	cr_assert_str_eq(next.manifest.engines.entries.v[1].eng_key, "KEY:ENG.B");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_total, a_route_without_a_fault_and_without_its_token_or_profile_stops)
{
	struct run_builder b;
	rb_start(&b);
	rb_begin(&b);
	struct sg_event event = rb_ev_route(&b);
	event.u.route.profile = NULL;
	struct sg_run next = reduced(&b, event);
	cr_assert_eq(next.state, SG_STATE_STOPPED);
	cr_assert_str_eq(next.manifest.domain, "MUSIC", "the route itself was read");
	event.u.route.route = NULL;
	next = reduced(&b, event);
	cr_assert_eq(next.state, SG_STATE_STOPPED);
	cr_assert_str_eq(next.manifest.domain, "");
	rb_release(&b);
	SG_LEAKCHECK();
}
