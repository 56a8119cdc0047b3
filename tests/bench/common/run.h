/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs to measure on: a STEP of n engines, each with so many outputs, that stands in ORC, where
 * engines can be recorded one by one, or that has passed, where NEXT is a small change which can be
 * made for ever. Its evidence is said by its events and not there: nothing measured reads it.
 */
#ifndef TESTS_BENCH_RUN_H
#define TESTS_BENCH_RUN_H

#include "bench/common/bench.h"
#include "store/session.h"

struct bench_run {
	const char *folder; /* exists */
	size_t engines;     /* required */
	size_t outputs;     /* of each */
};

/* A started run in ORC, none of its engines recorded; the session holds RUNNER. */
struct sg_session *bench_run_to_orc(const struct bench_run *what, struct sg_arena *arena);

/*
 * In a process of its own, without syncs: a STEP that has passed, and then next_events of NEXT.
 * Open it with bench_run_open.
 */
void bench_run_passed(const struct bench_run *what, size_t next_events);

/* The same, a STEP that awaits ROUTE and so many events USE: it verifies without any evidence. */
void bench_run_used(const char *folder, size_t use_events);

struct sg_session *bench_run_open(const char *folder);

/* NEXT, which a STEP that has passed may say again and again; i makes it differ from the last. */
void bench_commit_next(struct sg_session *s, size_t i);
/* The ENGINE event of required engine i. */
void bench_commit_engine(struct sg_session *s, struct sg_arena *arena, size_t i, size_t outputs);

/* fsync and fdatasync through the table of system calls since the last call; counts from now. */
long bench_count_syncs(void);

#endif
