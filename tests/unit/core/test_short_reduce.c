/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Memory that runs out inside of the reducer, at each allocation of each event of runs that see
 * every event: it has to say so, leave the old run and the results as they were, and give the
 * same new run when it is asked again.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "harness/harness.h"
#include "run_builder.h"
#include "short_memory.h"

struct reduction {
	const struct sg_run *old;
	const struct sg_event *event;
	const char *was; /* what the old run says */
	const char *now; /* what the new one has to say */
};

static enum sg_rc reduce_short(struct sg_arena *arena, void *ctx)
{
	const struct reduction *r = ctx;
	struct sg_arena look = SG_ARENA_INIT;
	struct sg_run next;
	struct sg_run nothing;
	struct sg_effects effects;
	struct sg_effects none;
	memset(&next, 0x5a, sizeof(next));
	memset(&nothing, 0x5a, sizeof(nothing));
	memset(&effects, 0x5a, sizeof(effects));
	memset(&none, 0x5a, sizeof(none));

	const enum sg_rc rc = sg_reduce(arena, r->old, r->event, &next, &effects);
	short_memory_disarm();
	cr_assert_str_eq(rb_fingerprint(&look, r->old), r->was, "the old run was touched");
	if (rc == SG_OK) {
		cr_assert_str_eq(rb_fingerprint(&look, &next), r->now);
	} else {
		cr_assert_eq(memcmp(&next, &nothing, sizeof(next)), 0);
		cr_assert_eq(memcmp(&effects, &none, sizeof(effects)), 0);
	}
	sg_arena_release(&look);
	return rc;
}

/* Every event that the builder took, from the first run on. */
static void each_event(const struct run_builder *b)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_run run;
	sg_run_init(&run);
	for (size_t i = 0; i < b->n_log; i++) {
		struct sg_run next;
		cr_assert_eq(sg_reduce(&arena, &run, &b->log[i], &next, NULL), SG_OK);
		struct reduction r = {&run, &b->log[i], rb_fingerprint(&arena, &run),
			rb_fingerprint(&arena, &next)};
		const int n =
			short_memory_each(sg_event_name(b->log[i].type), reduce_short, &r);
		cr_assert(n > 0 || b->log[i].type == SG_EVENT_RESTORE);
		run = next;
	}
	sg_arena_release(&arena);
}

Test(short_reduce, a_run_to_PASS_and_a_step_behind_it)
{
	struct run_builder b;
	rb_start(&b);
	b.profile.demands = (struct sg_demands){
		(const struct sg_demand[]){{.name = "A", .contains = STRS("a")}}, 1};
	rb_do(&b, rb_event(&b, SG_EVENT_RESTORE));
	rb_do(&b, rb_ev_use(&b, "other.yaml", "profile.yaml"));
	rb_pass(&b);
	rb_do(&b, rb_ev_next(&b, "docs/n.md", "the next goal"));
	struct sg_manifest mine = b.run.manifest;
	mine.owner = "ANOTHER";
	rb_do(&b, rb_ev_adopt(&b, &mine, false));
	rb_do(&b, rb_ev_step(&b, "the next goal"));
	rb_do(&b, rb_ev_word(&b, SG_EVENT_STOP, "enough"));
	each_event(&b);
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(short_reduce, stops_and_resumes_with_what_is_kept)
{
	struct run_builder b;
	rb_start(&b);
	b.profile.jobs = 2;
	rb_to(&b, "ORC");
	rb_begin(&b);
	rb_do(&b, rb_ev_engine(&b, 0, 0));
	rb_do(&b, rb_ev_engine(&b, 1, 1));
	rb_do(&b, rb_ev_engine(&b, 2, 0));
	rb_do(&b, rb_ev_role(&b, "ORC", 0));
	struct sg_event resume = rb_ev_resume(&b, "ORC");
	resume.u.resume.kept = STRS("KEY:ENG.A", "KEY:ENG.C");
	rb_do(&b, resume);
	rb_phase(&b);
	rb_do(&b, rb_ev_word(&b, SG_EVENT_NO, "not so"));
	rb_do(&b, rb_ev_resume(&b, "SPC"));
	rb_begin(&b);
	rb_do(&b, rb_ev_stop_gap(&b, SG_CODE_ENTRYPOINT_MISSING, "SPC"));
	rb_do(&b, rb_ev_resume(&b, "SPC"));
	rb_to(&b, "QA");
	rb_begin(&b);
	rb_do(&b, rb_ev_role(&b, "QA", 1));
	rb_do(&b, rb_ev_resume(&b, "QA"));
	rb_pass(&b);
	each_event(&b);
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(short_reduce, work_by_hand_and_a_manifest_of_an_operator)
{
	struct run_builder b;
	rb_start(&b);
	b.profile.evidence = SG_EVIDENCE_MODE_MANUAL;
	rb_to(&b, "SPC");
	rb_do(&b, rb_ev_record(&b, false, "SPC", "BRIEF_TOKEN"));
	rb_do(&b, rb_ev_record(&b, true, "SPC", "BRIEF_TOKEN"));
	rb_do(&b, rb_ev_record(&b, false, "SPC", "BRIEF_TOKEN"));
	struct sg_manifest mine = b.run.manifest;
	rb_do(&b, rb_ev_adopt(&b, &mine, false));
	each_event(&b);
	struct run_builder found;
	rb_init(&found);
	rb_do(&found, rb_ev_adopt(&found, &mine, true));
	each_event(&found);
	rb_release(&found);
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(short_reduce, a_verdict_that_stops)
{
	struct run_builder b;
	rb_start(&b);
	b.route.output_contract = STRS("NOBODY_MAKES_IT", "BRIEF_TOKEN");
	rb_to(&b, "VAL");
	rb_begin(&b);
	struct sg_fact stale = {
		.kind = SG_FACT_OUTPUT, .name = "BRIEF_TOKEN", .fresh = SG_FRESH_STALE};
	struct sg_event event = rb_ev_verdict(&b);
	event.u.verdict.facts = (struct sg_facts){&stale, 1};
	rb_do(&b, event);
	cr_assert_eq(b.run.state, SG_STATE_STOPPED);
	each_event(&b);
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(short_reduce, a_verdict_of_gates_that_cannot_fail)
{
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "VAL");
	rb_begin(&b);
	struct sg_event event = rb_ev_verdict(&b);
	event.u.verdict.shadows = (struct sg_shadows){3, 2, 3, "SPC of ROLE_LEDGER"};
	rb_do(&b, event);
	cr_assert_eq(b.run.state, SG_STATE_STOPPED);
	each_event(&b);
	rb_release(&b);
	SG_LEAKCHECK();
}
