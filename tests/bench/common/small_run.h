/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A small run for the screen to stand on: the roles SPC, ORC, VAL; SPC floods or makes the plan of
 * n engines, each of which rests a while and ends. A STEP is open and awaits ROUTE.
 */
#ifndef TESTS_BENCH_SMALL_RUN_H
#define TESTS_BENCH_SMALL_RUN_H

#include <stddef.h>

#include "bench/common/tty.h"

struct bench_small_run {
	const char *spc;      /* its argv as a YAML list; NULL: makes the plan */
	size_t engines;       /* 0: one */
	const char *engine;   /* their argv as a YAML list; NULL: ends at once */
	const char *sandbox;  /* the profile's word; NULL: none */
	size_t documents;     /* beside the one that is worked on, in a git work tree; 0: no git */
};

/* The folder, to be taken away by bench_small_run_remove. */
char *bench_small_run(const struct bench_small_run *what);
void bench_small_run_remove(char *folder);

/* The full screen on it, at the brief of ROUTE. */
void bench_small_run_open(struct bench_tty *t, int rows, int cols, const char *folder);
/* One of baseline/, which shows the same prompt. */
void bench_open_baseline(struct bench_tty *t, int rows, int cols, const char *name);
/* The signal for what stands as awaited, and waits for the text. */
void bench_go(struct bench_tty *t, const char *awaited, const char *shows);

#endif
