/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Goal 6: from a key to its cell, beside curses alone and readline alone in the same run; idle,
 * under a child that floods, while commits are made, and while the brief is made anew by git.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/common/small_run.h"

#define NS_PER_MS  1e6
#define LINES      25
#define P99_MS     5
#define LONGEST_MS 16

/* --- what is printed --- */

/* The terminal's own goals, in milliseconds. */
static void say_times(const char *what, const struct bench_keys *k, const char *beside)
{
	const double p99 = bench_keys_quantile(k, 0.99) / NS_PER_MS;
	const double longest = bench_keys_quantile(k, 1) / NS_PER_MS;
	char *text = bench_format("p50 %.3f, p99 %.3f, longest %.2f ms of %d keys  (goal p99 under "
				  "%d, none over %d)  %s   [%s]",
		bench_keys_quantile(k, 0.5) / NS_PER_MS, p99, longest, k->n, P99_MS, LONGEST_MS,
		p99 < P99_MS && longest < LONGEST_MS ? "met" : "missed", beside);
	bench_say("key", what, text);
	free(text);
}

static void say_quantile(const char *goal, const char *what, const struct bench_keys *ours,
	const struct bench_keys *base, const char *against, double limit)
{
	char *head = bench_format("%s, p99", what);
	bench_value(goal, head,
		bench_keys_quantile(ours, 0.99) / bench_keys_quantile(base, 0.99), against, limit,
		false);
	free(head);
}

static void say_bytes(const struct bench_keys *ours, const struct bench_keys *curses)
{
	enum { GOAL_BYTES = 40 };
	char *text = bench_format("%zu at most  (goal %d)  %s   [curses alone %zu]",
		ours->bytes_most, GOAL_BYTES, ours->bytes_most <= GOAL_BYTES ? "met" : "missed",
		curses->bytes_most);
	bench_say("key", "bytes a key", text);
	free(text);
}

/* --- idle and under a flood --- */

static void say_keys(const char *size_and_load, const struct bench_keys *ours,
	const struct bench_keys *curses, const struct bench_keys *readline)
{
	char *what = bench_format("a key, %s", size_and_load);
	char *beside = bench_format("curses %.3f, %.3f; readline %.3f, %.3f",
		bench_keys_quantile(curses, 0.5) / NS_PER_MS,
		bench_keys_quantile(curses, 0.99) / NS_PER_MS,
		bench_keys_quantile(readline, 0.5) / NS_PER_MS,
		bench_keys_quantile(readline, 0.99) / NS_PER_MS);
	struct bench_ratio ratio = bench_keys_ratio(ours, curses);
	bench_line("goal 6", what, &ratio, "curses alone", 1.25);
	ratio = bench_keys_ratio(ours, readline);
	bench_line("", what, &ratio, "readline alone", 0);
	say_quantile("", what, ours, curses, "curses alone", 0);
	say_times(what, ours, beside);
	free(beside);
	free(what);
}

static void start_flood(struct bench_tty *t)
{
	bench_go(t, "ROUTE", "starts SPC");
	bench_go(t, "SPC", "A CHILD THAT FLOODS");
	bench_tty_drain(t, 300000000);
}

static void measure_keys(int rows, int cols, bool flood)
{
	static struct bench_keys ours, curses, readline;
	struct bench_tty ours_tty, curses_tty, readline_tty;
	char *path = bench_baseline("flood");
	char *argv = bench_format("[\"%s\"]", path);
	char *folder = bench_small_run(&(struct bench_small_run){.spc = argv});
	char *what = bench_format("%dx%d, %s", cols, rows, flood ? "under a flood" : "idle");

	bench_open_baseline(&curses_tty, rows, cols, "curses");
	bench_open_baseline(&readline_tty, rows, cols, "readline");
	bench_small_run_open(&ours_tty, rows, cols, folder);
	if (flood)
		start_flood(&ours_tty);
	bench_keys_begin(&ours, &ours_tty, false);
	bench_keys_begin(&curses, &curses_tty, false);
	bench_keys_begin(&readline, &readline_tty, true);
	for (int i = 0; i < LINES; i++) {
		if (i == 1) {
			bench_keys_forget(&ours);
			bench_keys_forget(&curses);
			bench_keys_forget(&readline);
		}
		bench_keys_line(&ours);
		bench_keys_line(&curses);
		bench_keys_line(&readline);
	}
	say_keys(what, &ours, &curses, &readline);
	if (!flood)
		say_bytes(&ours, &curses);
	bench_tty_close(&ours_tty);
	bench_tty_close(&curses_tty);
	bench_tty_close(&readline_tty);
	bench_small_run_remove(folder);
	free(what);
	free(argv);
	free(path);
}

/* --- while it works --- */

/*
 * Two screens take turns, one idle, one that works: both have the same machine, and what differs is
 * what the work holds up.
 */
static void measure_beside_idle(
	const char *what, struct bench_tty *working_tty, struct bench_tty *idle_tty)
{
	static struct bench_keys working, idle;
	bench_keys_begin(&working, working_tty, false);
	bench_keys_begin(&idle, idle_tty, false);
	for (int i = 0; i < 2 * LINES; i++) {
		bench_keys_line(&working);
		bench_keys_line(&idle);
	}
	char *beside = bench_format("idle beside it %.3f, %.3f, longest %.2f",
		bench_keys_quantile(&idle, 0.5) / NS_PER_MS,
		bench_keys_quantile(&idle, 0.99) / NS_PER_MS,
		bench_keys_quantile(&idle, 1) / NS_PER_MS);
	struct bench_ratio ratio = bench_keys_ratio(&working, &idle);
	bench_line("", what, &ratio, "idle", 0);
	say_quantile("goal 6", what, &working, &idle, "idle", 1.5);
	say_times(what, &working, beside);
	free(beside);
}

/* Engines that rest 20 ms: some forty commits a second meet the keys. */
static void measure_commits(int rows, int cols)
{
	struct bench_tty working, idle;
	char *what = bench_format("a key, %dx%d, commits under way", cols, rows);
	char *quiet = bench_small_run(&(struct bench_small_run){.spc = NULL});
	char *folder = bench_small_run(
		&(struct bench_small_run){.engines = 400, .engine = "[/bin/sleep, \"0.02\"]"});
	bench_small_run_open(&idle, rows, cols, quiet);
	bench_small_run_open(&working, rows, cols, folder);
	bench_go(&working, "ROUTE", "starts SPC");
	bench_go(&working, "SPC", "starts ORC");
	bench_go(&working, "ORC", "ENG.E3");
	measure_beside_idle(what, &working, &idle);
	bench_tty_close(&working);
	bench_tty_close(&idle);
	bench_small_run_remove(folder);
	bench_small_run_remove(quiet);
	free(what);
}

/* Writes the same again as an editor does, so that all is looked at and nothing has changed, until it is ended. */
static pid_t start_writer(const char *folder)
{
	const pid_t pid = fork();
	if (pid < 0)
		bench_die("cannot fork: %s", strerror(errno));
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	char *path = bench_format("%s/docs/one.md", folder);
	/* not beside it: there it would be a change */
	char *new_path = bench_format("%s/.stepgate/one.md", folder);
	for (;;) {
		bench_write(new_path, "One document.\n", strlen("One document.\n"));
		(void)rename(new_path, path);
		bench_rest(40000000);
	}
}

static void measure_brief(int rows, int cols)
{
	struct bench_tty working, idle;
	char *what = bench_format("a key, %dx%d, a brief under way", cols, rows);
	char *quiet = bench_small_run(&(struct bench_small_run){.spc = NULL});
	char *folder = bench_small_run(&(struct bench_small_run){.documents = 500});
	bench_small_run_open(&idle, rows, cols, quiet);
	bench_small_run_open(&working, rows, cols, folder);
	const pid_t writer = start_writer(folder);
	bench_tty_drain(&working, 300000000);
	measure_beside_idle(what, &working, &idle);
	(void)kill(writer, SIGKILL);
	(void)waitpid(writer, NULL, 0);
	bench_tty_close(&working);
	bench_tty_close(&idle);
	bench_small_run_remove(folder);
	bench_small_run_remove(quiet);
	free(what);
}

/* keys [idle|flood|commits|brief]: one of them alone, to look for a cause. */
int main(int argc, char **argv)
{
	const char *only = argc > 1 ? argv[1] : NULL;
	static const int sizes[][2] = {{24, 80}, {60, 240}};
	for (int i = 0; i < 2; i++)
		if (!only || strcmp(only, "idle") == 0)
			measure_keys(sizes[i][0], sizes[i][1], false);
	for (int i = 0; i < 2; i++)
		if (!only || strcmp(only, "flood") == 0)
			measure_keys(sizes[i][0], sizes[i][1], true);
	for (int i = 0; i < 2; i++)
		if (!only || strcmp(only, "commits") == 0)
			measure_commits(sizes[i][0], sizes[i][1]);
	for (int i = 0; i < 2; i++)
		if (!only || strcmp(only, "brief") == 0)
			measure_brief(sizes[i][0], sizes[i][1]);
	return 0;
}
