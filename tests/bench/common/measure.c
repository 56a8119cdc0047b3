/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Processes and pairs; see bench.h. */
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/common/bench.h"

#define NS_PER_S      1e9
#define NS_PER_US     1e3
#define BYTES_PER_KIB 1024
#define PAIRS_MAX     1000
#define LONG_PAIRS    3

extern char **environ;

static double clock_ns(clockid_t clock)
{
	struct timespec now;

	if (clock_gettime(clock, &now) < 0)
		bench_die("cannot read the clock: %s", strerror(errno));
	return (double)now.tv_sec * NS_PER_S + (double)now.tv_nsec;
}

static double now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

struct bench_clock bench_begin(void)
{
	return (struct bench_clock){now_ns(), clock_ns(CLOCK_PROCESS_CPUTIME_ID)};
}

void bench_end(const struct bench_clock *clock, struct bench_cost *ret)
{
	ret->ns = now_ns() - clock->start_ns;
	ret->cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - clock->start_cpu_ns;
}

static double cpu_ns_of(const struct rusage *usage)
{
	return ((double)usage->ru_utime.tv_sec + (double)usage->ru_stime.tv_sec) * NS_PER_S +
	       ((double)usage->ru_utime.tv_usec + (double)usage->ru_stime.tv_usec) * NS_PER_US;
}

/*
 * Counts the instructions that processes started from here execute in user mode behind their
 * exec, so neither ours nor the starting. -1 where the kernel or the machine does not count.
 */
static int open_counter(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_HW_INSTRUCTIONS,
		.disabled = 1,
		.inherit = 1,
		.enable_on_exec = 1,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};

	return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

static double read_counter(int counter)
{
	uint64_t count = 0;

	if (counter < 0 || read(counter, &count, sizeof(count)) != (ssize_t)sizeof(count))
		return 0;
	return (double)count;
}

static pid_t start(const char *const *argv)
{
	posix_spawn_file_actions_t actions;
	pid_t pid = -1;

	if (posix_spawn_file_actions_init(&actions) != 0 ||
		posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0) != 0 ||
		posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0) != 0)
		bench_die("cannot start '%s': out of memory", argv[0]);
	/* posix_spawn takes the arguments as char *, and promises not to change them */
	const int failure = posix_spawnp(
		&pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (failure != 0)
		bench_die("cannot start '%s': %s", argv[0], strerror(failure));
	return pid;
}

void bench_process_run(void *process, struct bench_cost *ret)
{
	const struct bench_process *p = process;
	static int counter = -2;
	struct rusage usage;
	int status = 0;

	if (counter == -2)
		counter = open_counter();
	const double counted_before = read_counter(counter);
	const double start_ns = now_ns();
	const pid_t pid = start(p->argv);
	while (wait4(pid, &status, 0, &usage) < 0)
		if (errno != EINTR)
			bench_die("cannot wait for '%s': %s", p->argv[0], strerror(errno));
	ret->ns = now_ns() - start_ns;
	ret->cpu_ns = cpu_ns_of(&usage);
	ret->instructions = read_counter(counter) - counted_before;
	ret->peak_bytes = (int64_t)usage.ru_maxrss * BYTES_PER_KIB;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != p->status)
		bench_die("'%s %s' ended with %s %d, expected exit status %d", p->argv[0],
			p->argv[1] ? p->argv[1] : "", WIFEXITED(status) ? "status" : "signal",
			WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status), p->status);
}

void bench_apart(void (*fn)(void *ctx), void *ctx)
{
	int status = 0;

	fflush(stdout);
	const pid_t pid = fork();
	if (pid < 0)
		bench_die("cannot fork: %s", strerror(errno));
	if (pid == 0) {
		fn(ctx);
		_exit(0);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			bench_die("cannot wait: %s", strerror(errno));
	if (status != 0)
		bench_die("preparing the measurement failed");
}

/* --- pairs --- */

static int by_size(const void *a, const void *b)
{
	const double x = *(const double *)a;
	const double y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v, int n)
{
	qsort(v, (size_t)n, sizeof(*v), by_size);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

struct bench_ratio bench_pairs(
	int pairs, const struct bench_side *base, const struct bench_side *ours)
{
	static double ratios[PAIRS_MAX];
	static double cpu_ratios[PAIRS_MAX];
	static double ours_ns[PAIRS_MAX];
	static double base_ns[PAIRS_MAX];
	static double ours_counts[PAIRS_MAX];
	static double base_counts[PAIRS_MAX];
	struct bench_cost a = {0};
	struct bench_cost b = {0};

	if (pairs < 1 || pairs > PAIRS_MAX)
		bench_die("cannot measure %d pairs", pairs);
	if (pairs > LONG_PAIRS) {
		base->fn(base->ctx, &a);
		ours->fn(ours->ctx, &b);
	}
	for (int i = 0; i < pairs; i++) {
		base->fn(base->ctx, &a);
		ours->fn(ours->ctx, &b);
		ratios[i] = b.ns / a.ns;
		cpu_ratios[i] = b.cpu_ns / a.cpu_ns;
		base_ns[i] = a.ns;
		ours_ns[i] = b.ns;
		base_counts[i] = a.instructions;
		ours_counts[i] = b.instructions;
	}
	const double base_count = median(base_counts, pairs);
	const double ours_count = median(ours_counts, pairs);
	struct bench_ratio ret = {
		.median = median(ratios, pairs),
		.cpu = median(cpu_ratios, pairs),
		.instructions = base_count > 0 ? ours_count / base_count : 0,
		.ours_ns = median(ours_ns, pairs),
		.base_ns = median(base_ns, pairs),
		.pairs = pairs,
	};
	/* sorted by now */
	ret.low = ratios[0];
	ret.high = ratios[pairs - 1];
	return ret;
}
