/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A run that a test builds event by event, in memory alone.
 *
 *	struct run_builder b;
 *	rb_start(&b);                 (init, and STEP 0001 awaits ROUTE)
 *	rb_to(&b, "CTL");             (every phase before CTL went well)
 *	rb_begin(&b);
 *	rb_do(&b, rb_ev_role(&b, "CTL", 3));
 *	cr_assert_eq(b.run.state, SG_STATE_STOPPED);
 *	rb_release(&b);
 *
 * Route, profile and plan are a small sound set: roles SPC ORC CTL VAL QA, the plan's engines
 * KEY:ENG.A and KEY:ENG.B, the route's own KEY:ENG.C; a test changes them before their event.
 * Each
 * event is asked of the lifecycle and reduced; the run before it is compared, deeply, with what
 * it
 * was. Everything lives in b.arena.
 */
#ifndef STEPGATE_TEST_RUN_BUILDER_H
#define STEPGATE_TEST_RUN_BUILDER_H

#include "core/lifecycle.h"
#include "core/reduce.h"

/* A list of texts that lives as long as the block it is written in. */
#define STRS(...)                                             \
	((struct sg_strs){(const char *const[]){__VA_ARGS__}, \
		sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)})
#define NO_STRS ((struct sg_strs){NULL, 0})

#define RB_DAY_MS INT64_C(86400000)

enum { RB_SPC, RB_CTL, RB_QA, RB_ENG_A, RB_ENG_B, RB_ENG_C, RB_BINDINGS };

struct run_builder {
	struct sg_arena arena;
	struct sg_run run;
	struct sg_manifest before; /* of the last event that was taken */
	struct sg_effects effects; /* of that event */
	struct sg_err err;         /* of the last refusal */
	int64_t seq;
	struct sg_route route;
	struct sg_profile profile;
	struct sg_plan plan;
	struct sg_binding bindings[RB_BINDINGS + 2];
	struct sg_event *log; /* owned; every event that was taken */
	size_t n_log;
};

void rb_init(struct run_builder *b); /* no event yet */
void rb_start(struct run_builder *b);
void rb_release(struct run_builder *b);

/*
 * Asks the lifecycle, then reduces. Stamps seq, time (a day each) and prev. Refused: nothing
 * changed.
 */
enum sg_rc rb_try(struct run_builder *b, struct sg_event event);
/* The same, and it has to be taken. */
void rb_do(struct run_builder *b, struct sg_event event);
/* It has to be refused, with a sentence that holds these words, and to change nothing. */
void rb_refused(struct run_builder *b, struct sg_event event, const char *words);

/* --- events: sound ones for the run as it is --- */
struct sg_event rb_event(struct run_builder *b, enum sg_event_type type);
struct sg_event rb_ev_init(struct run_builder *b);
struct sg_event rb_ev_step(struct run_builder *b, const char *goal);
struct sg_event rb_ev_begin(struct run_builder *b);
struct sg_event rb_ev_route(struct run_builder *b);
struct sg_event rb_ev_engine(struct run_builder *b, size_t index, int exit_status);
struct sg_event rb_ev_role(struct run_builder *b, const char *role, int exit_status);
struct sg_event rb_ev_pack(struct run_builder *b, bool changed);
struct sg_event rb_ev_verdict(struct run_builder *b);
struct sg_event rb_ev_stop_gap(struct run_builder *b, enum sg_code code, const char *phase);
struct sg_event rb_ev_word(struct run_builder *b, enum sg_event_type type, const char *reason);
struct sg_event rb_ev_resume(struct run_builder *b, const char *from);
struct sg_event rb_ev_next(struct run_builder *b, const char *file, const char *goal);
struct sg_event rb_ev_use(struct run_builder *b, const char *route, const char *profile);
struct sg_event rb_ev_record(
	struct run_builder *b, bool stop, const char *name, const char *output);
struct sg_event rb_ev_adopt(
	struct run_builder *b, const struct sg_manifest *instance, bool whole);
/* A file of that name, as an output. */
struct sg_file rb_file(struct run_builder *b, const char *name);
struct sg_files rb_files(struct run_builder *b, const struct sg_strs *names);

/* --- several events --- */
void rb_begin(struct run_builder *b);
void rb_end(struct run_builder *b);                   /* what runs ends well */
void rb_phase(struct run_builder *b);                 /* what is awaited begins and ends well */
void rb_to(struct run_builder *b, const char *phase); /* until that phase is awaited */
void rb_pass(struct run_builder *b);

/* --- looking --- */
/* "SECTION.KEY SECTION.KEY ..." of the fields that differ, in order, in b.arena. */
const char *rb_fields(
	struct run_builder *b, const struct sg_manifest *x, const struct sg_manifest *y);
/* What the last event changed. */
const char *rb_changed(struct run_builder *b);
/* Texts joined by "|", in b.arena. */
const char *rb_joined(struct run_builder *b, const struct sg_strs *list);
/* "NAME:status NAME:status ..." */
const char *rb_roles(struct run_builder *b);
const char *rb_engines(struct run_builder *b);
/* "NAME+SOURCE NAME- ...": + present, - not */
const char *rb_outputs(struct run_builder *b);
/* Everything a run says, as one text, in arena. */
const char *rb_fingerprint(struct sg_arena *arena, const struct sg_run *run);

#endif
