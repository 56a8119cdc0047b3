/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the measurements share: pairs, processes, lines.
 *
 * No machine is quiet, so nothing is measured alone. What is ours and what it is compared to run
 * in turn (A B A B ...), each pair gives one ratio, and a line prints the median of the ratios
 * with the smallest and the largest, and the ratio of CPU time, on which other work on the machine
 * tells less:
 *
 *	goal 2  check, 1,000 engines     0.310 x raw libyaml events  (goal under 1.15)  met
 *	    [0.29..0.40, cpu 0.30 x, 50 pairs, 0.84 against 2.7 ms]
 *
 * The program measured is $STEPGATE. The baselines, and the folder for what is written, lie beside
 * the measuring program: in the build folder, so on a disk and not in memory.
 *
 * As in the tests' harness, where the world refuses the program says so and ends with 1: a goal
 * that is missed is a result, what could not be measured is not.
 */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Says what could not be done and ends the program with 1. */
_Noreturn void bench_die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* --- places --- */

/* $STEPGATE, or stepgate in the folder above the measuring program's. */
const char *bench_stepgate(void);
/* The baseline of that name; the caller keeps the result. */
char *bench_baseline(const char *name);
/* A new empty folder; bench_scratch_remove takes it and its content away. */
char *bench_scratch(void);
void bench_scratch_remove(const char *folder);
/* A new string, as by printf. */
char *bench_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
void bench_write(const char *path, const void *bytes, size_t n_bytes);
char *bench_read(const char *path, size_t *ret_n_bytes);
int64_t bench_size(const char *path);
/* True when the command can be found in $PATH. */
bool bench_has(const char *command);

/* Runs fn in a process of its own: what it allocates must not count for those started later. */
void bench_apart(void (*fn)(void *ctx), void *ctx);

/* --- measuring --- */

struct bench_cost {
	double ns;           /* as the clock on the wall says */
	double cpu_ns;       /* user and system */
	double instructions; /* in user mode; 0 where the machine does not count them */
	int64_t peak_bytes;  /* of a process */
};

/* Once. ctx says what. */
typedef void (*bench_fn)(void *ctx, struct bench_cost *ret);

/* bench_fn of a process from start to exit, its stdout thrown away; another status is fatal. */
struct bench_process {
	const char *const *argv; /* ends with NULL; argv[0] is looked for in $PATH */
	int status;
};
void bench_process_run(void *process, struct bench_cost *ret);

struct bench_side {
	bench_fn fn;
	void *ctx;
};

struct bench_ratio {
	double median;
	double low;
	double high;
	double cpu;          /* median of the ratios of CPU time: what a busy machine leaves sound */
	double instructions; /* ratio of the medians; 0 when not counted */
	double ours_ns;      /* medians */
	double base_ns;
	int pairs;
};

/* For what runs in this process: begin, do it, end. */
struct bench_clock {
	double start_ns;
	double start_cpu_ns;
};
struct bench_clock bench_begin(void);
void bench_end(const struct bench_clock *clock, struct bench_cost *ret);

/* One of each to warm up, then so many pairs; without the first where only a few are asked for. */
struct bench_ratio bench_pairs(
	int pairs, const struct bench_side *base, const struct bench_side *ours);

/* --- lines --- */

/* "goal 2" or so; limit 0: there is no goal, the line only compares. */
void bench_line(const char *goal, const char *what, const struct bench_ratio *ratio,
	const char *against, double limit);
/* A ratio that is one number, met when it is under (or, for exact, equal to) the limit. */
void bench_value(const char *goal, const char *what, double value, const char *against,
	double limit, bool exact);
/* First of all: how busy the machine is, and what the lines say. Once a bench. */
void bench_intro(void);
/* A line without a ratio: "not installed", what was scaled down. */
void bench_say(const char *goal, const char *what, const char *text);
/* 1000000 as "1,000,000"; valid until the next but three. */
const char *bench_number(int64_t n);

#endif
