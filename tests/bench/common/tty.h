/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A terminal whose other end is libvterm, a program in it, and the time from a key to its cell.
 *
 * A key's time is from before the write of its byte until the cell at the cursor's old place holds
 * it; libvterm's part of it is the same for everyone. Programs take turns of one line of keys
 * each, and between keys there is a pause, so that each finds its program asleep, as an operator
 * does.
 *
 *	bench_tty_open(&tty, 24, 80, folder, argv);
 *	bench_tty_see(&tty, "stepgate 0001>");
 *	bench_keys_begin(&keys, &tty, false);
 *	bench_keys_line(&keys);               // for each program in turn
 *	bench_keys_quantile(&keys, 0.99);     // ns
 *	bench_tty_close(&tty);                // TERM, then KILL
 *
 * What does not come within a minute ends the bench.
 */
#ifndef TESTS_BENCH_TTY_H
#define TESTS_BENCH_TTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <vterm.h>

#include "bench/common/bench.h"

#define BENCH_KEYS_LINE 40
#define BENCH_KEYS_MAX  4000
#define BENCH_LINES_MAX (BENCH_KEYS_MAX / BENCH_KEYS_LINE)
#define BENCH_PROMPT    "stepgate 0001> "

struct bench_tty {
	pid_t pid;
	int fd;
	int rows, cols;
	VTerm *vt;
	VTermScreen *screen;
	size_t bytes; /* that came */
};

double bench_now_ns(void);
void bench_rest(int64_t ns);

/* folder: the working folder, also for what is remembered from run to run; NULL: any. */
void bench_tty_open(struct bench_tty *t, int rows, int cols, const char *folder,
	const char *const *argv);
void bench_tty_close(struct bench_tty *t);
void bench_tty_type(struct bench_tty *t, const char *keys);
/* Waits until the text, in ASCII, stands somewhere. */
void bench_tty_see(struct bench_tty *t, const char *text);
/* Waits until the cell holds the letter; 0: is blank. */
void bench_tty_cell(struct bench_tty *t, int row, int col, uint32_t letter);
/* Takes what comes in so long a time. */
void bench_tty_drain(struct bench_tty *t, int64_t ns);
/* The time on a processor that the program has had so far. */
double bench_tty_cpu_ns(const struct bench_tty *t);

struct bench_keys {
	struct bench_tty *tty;
	int row, col;              /* of a line's first key */
	double ns[BENCH_KEYS_MAX]; /* in the order of the keys */
	int n;
	double cpu_ns[BENCH_LINES_MAX]; /* of each line */
	int n_lines;
	size_t bytes_most; /* for one key, where nothing else is drawn */
};

/* first_row: the prompt stands there, else in the last row. */
void bench_keys_begin(struct bench_keys *k, struct bench_tty *t, bool first_row);
/* The first line is to warm up. */
void bench_keys_forget(struct bench_keys *k);
/* One line, cleared at its end. */
void bench_keys_line(struct bench_keys *k);
/* share in 0..1 of the times; 1 is the longest. */
double bench_keys_quantile(const struct bench_keys *k, double share);
/* Of each pair of lines the ratio of the medians. */
struct bench_ratio bench_keys_ratio(const struct bench_keys *ours, const struct bench_keys *base);

#endif
