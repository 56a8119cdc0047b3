/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The laws, by random walks: whatever events come, in whatever order, those that the lifecycle takes
 * keep the run sound, replay to the same bytes, and reach PASS with evidence alone.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "harness/harness.h"
#include "run_builder.h"

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static size_t below(uint64_t *state, size_t n)
{
	return (size_t)(next_random(state) >> 11) % n;
}

/* How a walk spoils evidence. */
enum spoil { SPOIL_NOTHING, SPOIL_FAILS, SPOIL_CLAIMED, SPOIL_BY_HAND, SPOIL_STALE, SPOILS };

static const enum sg_event_type types[] = {SG_EVENT_STEP, SG_EVENT_STOP_GAP, SG_EVENT_NO,
	SG_EVENT_STOP, SG_EVENT_RESUME, SG_EVENT_RESUME, SG_EVENT_NEXT, SG_EVENT_USE,
	SG_EVENT_RECORD_START, SG_EVENT_RECORD_STOP, SG_EVENT_ADOPT, SG_EVENT_RESTORE,
	SG_EVENT_INIT, SG_EVENT_ROUTE, SG_EVENT_ENGINE, SG_EVENT_ROLE, SG_EVENT_PACK,
	SG_EVENT_VERDICT};

static const char *const names[] = {
	"ROUTE", "SPC", "ORC", "CTL", "QA", "PACK", "VAL", "CLOSE", "ENG.A", "X"};

static void spoil_role(struct sg_ev_role *ev, enum spoil how)
{
	if (how == SPOIL_FAILS)
		ev->exec.exit_status = 1;
	else if (how == SPOIL_CLAIMED)
		ev->provenance = SG_PROVENANCE_CLAIMED;
	else if (how == SPOIL_BY_HAND)
		ev->provenance = SG_PROVENANCE_MANUAL;
}

static void spoil_engine(struct sg_ev_engine *ev, enum spoil how)
{
	if (how == SPOIL_FAILS)
		ev->exec.cause = SG_CAUSE_SIGNALLED;
	else if (how == SPOIL_CLAIMED)
		ev->provenance = SG_PROVENANCE_CLAIMED;
	else if (how == SPOIL_BY_HAND)
		ev->provenance = SG_PROVENANCE_MANUAL;
}

static struct sg_event adopt_something(struct run_builder *b, uint64_t *random)
{
	struct sg_manifest *m = sg_arena_alloc(&b->arena, sizeof(*m));
	*m = b->run.manifest;
	const size_t n = m->outputs.n;
	struct sg_output_row *rows = sg_arena_array(&b->arena, n + 1, sizeof(*rows));
	for (size_t i = 0; i < n; i++) {
		rows[i] = m->outputs.v[i];
		if (below(random, 4) == 0)
			rows[i].present = SG_TRUTH_TRUE;
	}
	m->outputs.v = rows;
	m->step_status = SG_STEP_STATUS_PASS;
	m->result_status = SG_RESULT_PASS;
	return rb_ev_adopt(b, m, below(random, 8) == 0);
}

/* Of a spoiled walk only what cannot bring the sound evidence in by another door. */
static bool brings_evidence(enum sg_event_type type)
{
	return type == SG_EVENT_ENGINE || type == SG_EVENT_ROLE || type == SG_EVENT_VERDICT;
}

static struct sg_event some_event(struct run_builder *b, uint64_t *random, enum spoil how)
{
	const enum sg_event_type type = types[below(random, sizeof(types) / sizeof(types[0]))];
	const char *name = names[below(random, sizeof(names) / sizeof(names[0]))];
	struct sg_event event;
	if (how != SPOIL_NOTHING && brings_evidence(type))
		return rb_event(b, SG_EVENT_RESTORE);
	switch (type) {
	case SG_EVENT_INIT: return rb_ev_init(b);
	case SG_EVENT_ADOPT: return adopt_something(b, random);
	case SG_EVENT_STEP: return rb_ev_step(b, "a goal");
	case SG_EVENT_ROUTE: return rb_ev_route(b);
	case SG_EVENT_ENGINE:
		if (b->run.required_engines.n)
			return rb_ev_engine(b, below(random, b->run.required_engines.n),
				(int)below(random, 2));
		break;
	case SG_EVENT_ROLE: return rb_ev_role(b, name, (int)below(random, 2));
	case SG_EVENT_PACK: return rb_ev_pack(b, below(random, 2));
	case SG_EVENT_VERDICT: return rb_ev_verdict(b);
	case SG_EVENT_STOP_GAP: return rb_ev_stop_gap(b, SG_CODE_USER_STOP, name);
	case SG_EVENT_NO:
	case SG_EVENT_STOP: return rb_ev_word(b, type, "a reason");
	case SG_EVENT_RESUME:
		event = rb_ev_resume(b, below(random, 2) ? b->run.stop_phase : name);
		event.u.resume.kept = b->run.required_engines;
		return event;
	case SG_EVENT_NEXT: return rb_ev_next(b, "docs/n.md", "next");
	case SG_EVENT_USE: return rb_ev_use(b, "r.yaml", "");
	case SG_EVENT_RECORD_START:
	case SG_EVENT_RECORD_STOP:
		return rb_ev_record(b, type == SG_EVENT_RECORD_STOP,
			below(random, 2) ? b->run.phase : name, "POLICY_REPORT");
	case SG_EVENT_BEGIN:
	case SG_EVENT_RESTORE:
	case SG_EVENT_COUNT: break;
	}
	return rb_event(b, SG_EVENT_RESTORE);
}

/* The event that goes on; the evidence of the spoiled phase spoiled. */
static struct sg_event forward(
	struct run_builder *b, uint64_t *random, enum spoil how, const char *phase)
{
	const bool hit = strcmp(b->run.phase, phase) == 0;
	struct sg_event event;
	if (b->run.state != SG_STATE_BUSY)
		return rb_ev_begin(b);
	switch (sg_phase_kind(b->run.phase)) {
	case SG_PHASE_ROUTE: return rb_ev_route(b);
	case SG_PHASE_PACK: return rb_ev_pack(b, true);
	case SG_PHASE_VAL:
		event = rb_ev_verdict(b);
		if (how == SPOIL_STALE) {
			static const struct sg_fact stale = {.kind = SG_FACT_OUTPUT,
				.name = "BRIEF_TOKEN",
				.fresh = SG_FRESH_STALE};
			event.u.verdict.facts = (struct sg_facts){&stale, 1};
		}
		return event;
	case SG_PHASE_ORC: {
		const size_t have = b->run.manifest.engines.entries.n;
		if (have < b->run.required_engines.n && below(random, 8)) {
			event = rb_ev_engine(b, below(random, b->run.required_engines.n), 0);
			if (hit)
				spoil_engine(&event.u.engine, how);
			return event;
		}
		return rb_ev_role(b, "ORC", 0);
	}
	case SG_PHASE_SPC:
	case SG_PHASE_ROLE:
	case SG_PHASE_OPEN:
	case SG_PHASE_CLOSE:
	case SG_PHASE_COUNT: break;
	}
	event = rb_ev_role(b, b->run.phase, 0);
	if (hit)
		spoil_role(&event.u.role, how);
	return event;
}

/* --- what must hold, said again without the gates --- */

static bool proven(const struct sg_run *run, enum sg_fact_kind kind, const char *name)
{
	const struct sg_proof *proof = sg_run_proof(run, kind, name);
	if (!proof)
		return false;
	if (proof->provenance == SG_PROVENANCE_MANUAL)
		return run->profile->evidence == SG_EVIDENCE_MODE_MANUAL;
	return proof->provenance == SG_PROVENANCE_OBSERVED && proof->exec.exit_status == 0 &&
	       proof->exec.cause == SG_CAUSE_EXITED;
}

static void check_pass(const struct sg_run *run)
{
	const struct sg_manifest *m = &run->manifest;
	for (size_t i = 0; i < m->required_roles.n; i++) {
		const struct sg_role_row *row = sg_manifest_role(m, m->required_roles.v[i]);
		cr_assert(row && row->status == SG_ROW_STATUS_RAN);
		cr_assert(proven(run, SG_FACT_ROLE, row->role), "PASS without %s", row->role);
	}
	for (size_t i = 0; i < run->required_engines.n; i++) {
		const char *key = run->required_engines.v[i];
		const struct sg_engine_row *row = sg_manifest_engine(m, key);
		cr_assert(row && row->status == SG_ROW_STATUS_RAN);
		cr_assert(proven(run, SG_FACT_ENGINE, key), "PASS without %s", key);
	}
	for (size_t i = 0; i < m->output_contract.n; i++) {
		const char *name = m->output_contract.v[i];
		const struct sg_output_row *row = sg_manifest_output(m, name);
		cr_assert(row && row->present == SG_TRUTH_TRUE);
		cr_assert(proven(run, SG_FACT_OUTPUT, name), "PASS without %s", name);
	}
	cr_assert(run->has_verdict && run->verdict.pass);
}

static void check_sound(const struct run_builder *b)
{
	const struct sg_run *run = &b->run;
	const struct sg_manifest *m = &run->manifest;
	const bool passed = run->state == SG_STATE_PASSED;
	cr_assert_eq(passed, *m->step_id && m->step_status == SG_STEP_STATUS_PASS);
	cr_assert_eq(
		passed, *m->pack_output_ref != '\0' && m->step_status == SG_STEP_STATUS_PASS);
	cr_assert_eq(run->state == SG_STATE_STOPPED, m->step_status == SG_STEP_STATUS_STOP_GAP);
	cr_assert_eq(run->state == SG_STATE_FAILED, m->step_status == SG_STEP_STATUS_FAIL);
	cr_assert(m->next_signal_required);
	cr_assert_str_eq(m->user_signal, SG_USER_SIGNAL);
	if (run->state == SG_STATE_STOPPED || run->state == SG_STATE_FAILED) {
		cr_assert(*m->fail_code && m->fail_reasons.n && m->fix_list.n);
		cr_assert(m->resume_requirements.n && !m->resume_allowed);
	}
	/* each proof has its row, none is doubled: what sg_rx_proof builds on */
	for (size_t i = 0; i < run->proofs.n; i++) {
		const struct sg_proof *p = &run->proofs.v[i];
		cr_assert_eq(sg_run_proof(run, p->kind, p->name), p, "%s twice", p->name);
		const bool row = p->kind == SG_FACT_ROLE ? sg_manifest_role(m, p->name) != NULL
				 : p->kind == SG_FACT_ENGINE
					 ? sg_manifest_engine(m, p->name) != NULL
					 : sg_manifest_output(m, p->name) != NULL;
		cr_assert(row, "a proof of %s without its row", p->name);
	}
	if (passed)
		check_pass(run);
}

static void check_replay(const struct run_builder *b)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_run run;
	struct sg_run next;
	sg_run_init(&run);
	for (size_t i = 0; i < b->n_log; i++) {
		cr_assert_eq(sg_lifecycle_check(&run, &b->log[i], NULL), SG_OK);
		cr_assert_eq(sg_reduce(&arena, &run, &b->log[i], &next, NULL), SG_OK);
		run = next;
	}
	cr_assert_str_eq(rb_fingerprint(&arena, &run), rb_fingerprint(&arena, &b->run));
	cr_assert(sg_manifest_equal(&run.manifest, &b->run.manifest));
	sg_arena_release(&arena);
}

/* A walk; true if it reached PASS. */
static bool walk(uint64_t seed, size_t n_events, enum spoil how, const char *phase)
{
	struct run_builder b;
	uint64_t random = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
	bool passed = false;
	rb_init(&b);
	b.profile.cadence = seed % 3 ? SG_CADENCE_PHASE : SG_CADENCE_STEP;
	if (how == SPOIL_NOTHING && seed % 2)
		b.profile.evidence = SG_EVIDENCE_MODE_MANUAL;
	rb_do(&b, rb_ev_init(&b));
	for (size_t i = 0; i < n_events; i++) {
		const bool on = below(&random, 10) > 0;
		(void)rb_try(
			&b, on ? forward(&b, &random, how, phase) : some_event(&b, &random, how));
		if (b.run.state == SG_STATE_STOPPED && on)
			(void)rb_try(&b, rb_ev_resume(&b, b.run.stop_phase));
		if (b.run.state == SG_STATE_IDLE || b.run.state == SG_STATE_FAILED ||
			(b.run.state == SG_STATE_PASSED && below(&random, 4) == 0))
			(void)rb_try(&b, rb_ev_step(&b, "on"));
		check_sound(&b);
		passed = passed || b.run.state == SG_STATE_PASSED;
	}
	check_replay(&b);
	rb_release(&b);
	return passed;
}

Test(reduce_laws, any_walk_stays_sound_and_replays_to_the_same_bytes)
{
	size_t passed = 0;
	for (uint64_t seed = 1; seed <= 60; seed++)
		passed += walk(seed, 120, SPOIL_NOTHING, "");
	cr_assert_gt(passed, 20, "only %zu walks passed: the test looks at too little", passed);
	SG_LEAKCHECK();
}

Test(reduce_laws, without_evidence_of_every_phase_no_walk_ever_passes)
{
	static const char *const phases[] = {"SPC", "ORC", "CTL", "QA"};
	for (int how = SPOIL_FAILS; how <= SPOIL_BY_HAND; how++)
		for (size_t p = 0; p < 4; p++)
			for (uint64_t seed = 1; seed <= 6; seed++)
				cr_assert_not(walk(seed, 80, (enum spoil)how, phases[p]),
					"PASS without %s, spoil %d, seed %llu", phases[p], how,
					(unsigned long long)seed);
	SG_LEAKCHECK();
}

Test(reduce_laws, with_stale_evidence_no_walk_ever_passes)
{
	for (uint64_t seed = 1; seed <= 20; seed++)
		cr_assert_not(walk(seed, 80, SPOIL_STALE, ""));
	SG_LEAKCHECK();
}

/* Every way to leave out one piece of a run that would pass. */
Test(reduce_laws, a_run_that_lacks_one_engine_or_one_output_does_not_pass)
{
	for (size_t left_out = 0; left_out < 3; left_out++) {
		struct run_builder b;
		rb_start(&b);
		rb_to(&b, "ORC");
		rb_begin(&b);
		for (size_t i = 0; i < 3; i++)
			if (i != left_out)
				rb_do(&b, rb_ev_engine(&b, i, 0));
		rb_do(&b, rb_ev_role(&b, "ORC", 0));
		cr_assert_eq(b.run.state, SG_STATE_STOPPED);
		rb_release(&b);
	}
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "PACK");
	rb_begin(&b);
	struct sg_event event = rb_ev_pack(&b, false);
	event.u.pack.files = (struct sg_files){NULL, 0};
	rb_do(&b, event);
	rb_phase(&b);
	cr_assert_eq(b.run.state, SG_STATE_STOPPED);
	cr_assert_str_eq(b.run.stop_phase, "PACK");
	rb_release(&b);
	SG_LEAKCHECK();
}
