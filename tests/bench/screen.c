/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The other goals of the screen: from start to prompt, writes a key, a ledger of a million rows,
 * and nothing at all when nothing happens. STEPGATE_LONG=1 makes the idle time 60 seconds.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/common/manifest.h"
#include "bench/common/small_run.h"

#define NS_PER_MS 1e6
#define NS_PER_S  INT64_C(1000000000)

static void say_time(const char *what, double ns, double goal_ms, const char *beside)
{
	char *text = bench_format("%.2f ms  (goal under %g)  %s%s", ns / NS_PER_MS, goal_ms,
		ns < goal_ms * NS_PER_MS ? "met" : "missed", beside);
	bench_say("key", what, text);
	free(text);
}

/* --- start --- */

static double start_ns(const char *folder, const char *program)
{
	struct bench_tty tty;
	const char *const argv[] = {program, NULL};
	const double begun = bench_now_ns();
	bench_tty_open(&tty, 24, 80, folder, argv);
	bench_tty_see(&tty, "stepgate 0001>");
	const double ns = bench_now_ns() - begun;
	bench_tty_close(&tty);
	return ns;
}

static void measure_start(const char *where, const struct bench_small_run *what)
{
	enum { STARTS = 20, GOAL_MS = 50 };
	static struct bench_keys ours, curses;
	char *folder = bench_small_run(what);
	char *path = bench_baseline("curses");
	char *head = bench_format("start to prompt%s", where);
	ours.n = curses.n = 0;
	for (int i = 0; i < STARTS; i++) {
		curses.ns[curses.n++] = start_ns(NULL, path);
		ours.ns[ours.n++] = start_ns(folder, bench_stepgate());
	}
	const double median = bench_keys_quantile(&ours, 0.5);
	bench_value("", head, median / bench_keys_quantile(&curses, 0.5), "curses alone", 0, false);
	say_time(head, median, GOAL_MS, "");
	bench_small_run_remove(folder);
	free(head);
	free(path);
}

/* --- writes --- */

/* Those to the terminal: what ncurses renders into memory is none of them. */
static int count_writes(const char *log, int64_t from)
{
	size_t n;
	int writes = 0;
	char *trace = bench_read(log, &n);
	for (const char *p = trace + from; (p = strstr(p, "</dev/pts/")); p++)
		writes++;
	free(trace);
	return writes;
}

static void measure_writes(void)
{
	enum { KEYS = 20 };
	if (!bench_has("strace")) {
		bench_say("key", "writes a key", "strace is not installed");
		return;
	}
	struct bench_tty tty;
	char *folder = bench_small_run(&(struct bench_small_run){.spc = NULL});
	char *log = bench_format("%s/writes", folder);
	const char *const argv[] = {"strace", "-f", "-o", log, "-e", "trace=write,writev,pwrite64,"
								     "sendto,sendmsg",
		"-y", bench_stepgate(), NULL};
	bench_tty_open(&tty, 24, 80, folder, argv);
	bench_tty_see(&tty, "starts ROUTE");
	bench_tty_drain(&tty, 200000000);
	const int64_t before = bench_size(log);
	for (int i = 0; i < KEYS; i++) {
		const char key[2] = {(char)('a' + i), '\0'};
		bench_tty_type(&tty, key);
		bench_tty_cell(&tty, 23, (int)strlen(BENCH_PROMPT) + i, (uint32_t)key[0]);
		bench_tty_drain(&tty, 5000000);
	}
	bench_value("key", "writes a key", (double)count_writes(log, before) / KEYS, "one write", 1,
		true);
	bench_tty_close(&tty);
	free(log);
	bench_small_run_remove(folder);
}

/* --- a million rows --- */

static double answer_ns(struct bench_tty *t, const char *keys, const char *shows)
{
	bench_tty_drain(t, 100000000);
	const double begun = bench_now_ns();
	bench_tty_type(t, keys);
	bench_tty_see(t, shows);
	return bench_now_ns() - begun;
}

static void say_page(
	struct bench_tty *t, const char *what, const char *keys, const char *shows, double goal_ms)
{
	char *head = bench_format("1,000,000 rows: %s", what);
	say_time(head, answer_ns(t, keys, shows), goal_ms, "");
	free(head);
}

/* The focus goes to the engines, and F2 shows them alone: then the first page is its own. */
static void measure_pages(struct bench_tty *t)
{
	enum { FIRST_MS = 100, PAGE_MS = 16 };
	bench_tty_drain(t, 200000000);
	bench_tty_type(t, "\033[17~");
	say_page(t, "the first page", "\033OQ", "PART_0000020", FIRST_MS);
	say_page(t, "the next page", "\033[6~", "PART_0000040", PAGE_MS);
	say_page(t, "a search, near", "/_0000123\r", "PART_0000123", PAGE_MS);
	say_page(t, "a search through all", "/_0999999\r", "PART_0999999", FIRST_MS);
	say_page(t, "the page before", "\033[5~", "PART_0999960", PAGE_MS);
	say_page(t, "back to the top", "\033[1;5H", "PART_0000000", PAGE_MS);
	say_page(t, "a filter, its first row", "&_00003\r", "PART_0000300", PAGE_MS);
	say_page(t, "a filter, the last row alone", "&_0999999\r", "PART_0999999", FIRST_MS);
	say_page(t, "without the filter", "&\r", "PART_0000010", PAGE_MS);
}

static void measure_keys_beside(struct bench_tty *t)
{
	enum { LINES = 11 };
	static struct bench_keys ours, curses;
	struct bench_tty curses_tty;
	bench_open_baseline(&curses_tty, t->rows, t->cols, "curses");
	bench_keys_begin(&ours, t, false);
	bench_keys_begin(&curses, &curses_tty, false);
	for (int i = 0; i < LINES; i++) {
		if (i == 1) {
			bench_keys_forget(&ours);
			bench_keys_forget(&curses);
		}
		bench_keys_line(&ours);
		bench_keys_line(&curses);
	}
	const struct bench_ratio ratio = bench_keys_ratio(&ours, &curses);
	bench_line("goal 6", "a key beside 1,000,000 rows", &ratio, "curses alone", 1.25);
	bench_tty_close(&curses_tty);
}

static void measure_rows(void)
{
	enum { ENGINES = 1000000 };
	struct bench_tty tty;
	char *folder = bench_scratch();
	const struct bench_manifest what = {folder, ENGINES, false, false};
	const char *const argv[] = {bench_stepgate(), NULL};
	bench_manifest_files(&what);
	bench_tty_open(&tty, 30, 100, folder, argv);
	bench_tty_see(&tty, "PART_0000000");
	bench_tty_see(&tty, "stepgate 0001>");
	measure_pages(&tty);
	measure_keys_beside(&tty);
	bench_tty_close(&tty);
	bench_scratch_remove(folder);
	free(folder);
}

/* --- nothing --- */

/* Of all its threads: how often the kernel gave it a processor or took it away. */
static int64_t switches(const struct bench_tty *t)
{
	char *command = bench_format(
		"cat /proc/%ld/task/*/status | awk '/ctxt_switches/ { n += $2 } END { print n }'",
		(long)t->pid);
	FILE *pipe = popen(command, "re");
	long long n = -1;
	if (!pipe || fscanf(pipe, "%lld", &n) != 1)
		bench_die("cannot count the switches of a process");
	(void)pclose(pipe);
	free(command);
	return n;
}

static void measure_idle(void)
{
	enum { N = 3, QUIET_NS = 500000000 };
	static const char *const names[N] = {"at a brief", "before the first STEP", "watch"};
	struct bench_tty ttys[N];
	int64_t before[N];
	const int64_t idle_s = getenv("STEPGATE_LONG") ? 60 : 5;
	char *folder = bench_small_run(&(struct bench_small_run){.spc = NULL});
	char *empty = bench_scratch();
	const char *const alone[] = {bench_stepgate(), NULL};
	const char *const watch[] = {bench_stepgate(), "watch", NULL};
	bench_small_run_open(&ttys[0], 30, 100, folder);
	bench_tty_open(&ttys[1], 30, 100, empty, alone);
	bench_tty_see(&ttys[1], "stepgate>");
	bench_tty_open(&ttys[2], 30, 100, folder, watch);
	bench_tty_see(&ttys[2], "watch: q leaves");
	for (int i = 0; i < N; i++)
		bench_tty_drain(&ttys[i], QUIET_NS);
	for (int i = 0; i < N; i++)
		before[i] = switches(&ttys[i]);
	bench_rest(idle_s * NS_PER_S);
	for (int i = 0; i < N; i++) {
		const int64_t woken = switches(&ttys[i]) - before[i];
		char *text = bench_format("%lld in %lld s  (goal 0)  %s", (long long)woken,
			(long long)idle_s, woken == 0 ? "met" : "missed");
		char *head = bench_format("wake-ups, %s", names[i]);
		bench_say("key", head, text);
		free(head);
		free(text);
	}
	for (int i = 0; i < N; i++)
		bench_tty_close(&ttys[i]);
	bench_small_run_remove(folder);
	bench_scratch_remove(empty);
	free(empty);
}

int main(void)
{
	measure_start("", &(struct bench_small_run){.spc = NULL});
	measure_start(", git and 500 files", &(struct bench_small_run){.documents = 500});
	measure_writes();
	measure_rows();
	measure_idle();
	return 0;
}
