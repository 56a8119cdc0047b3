/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Goal 7: a STEP with seven engines that do nothing, each behind every wall. Measured is what an
 * operator waits for, from the signal until the next brief stands: the phase's own events, its
 * syncs, evidence, sandbox and screen are all in it. What seven processes take that only start
 * and end is taken off, and the rest is shared out among the seven.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/common/small_run.h"
#include "exec/sandbox.h"

#define ENGINES   7
#define STEPS     15
#define LIMIT_NS  5e6
#define NS_PER_MS 1e6

/* Of the program and of all that it has waited for, in ticks of 10 ms: true over many STEPs only. */
static double cpu_ns(pid_t pid)
{
	unsigned long long ticks[4];
	char *path = bench_format("/proc/%ld/stat", (long)pid);
	FILE *file = fopen(path, "re");

	if (!file || fscanf(file, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u"
				  " %llu %llu %llu %llu",
			     &ticks[0], &ticks[1], &ticks[2], &ticks[3]) != 4)
		bench_die("cannot read %s", path);
	(void)fclose(file);
	free(path);
	return (double)(ticks[0] + ticks[1] + ticks[2] + ticks[3]) * 1e9 /
	       (double)sysconf(_SC_CLK_TCK);
}

static double phase_ns(double *cpu)
{
	struct bench_tty tty;
	char *folder = bench_small_run(
		&(struct bench_small_run){.engines = ENGINES, .sandbox = "full"});

	bench_small_run_open(&tty, 24, 80, folder);
	bench_go(&tty, "ROUTE", "starts SPC");
	bench_go(&tty, "SPC", "starts ORC");
	bench_tty_drain(&tty, 200000000);
	const double cpu_begun = cpu_ns(tty.pid);
	const double begun = bench_now_ns();
	bench_tty_type(&tty, "го\r");
	bench_tty_see(&tty, "starts PACK");
	const double ns = bench_now_ns() - begun;
	*cpu += cpu_ns(tty.pid) - cpu_begun;
	bench_tty_close(&tty);
	bench_small_run_remove(folder);
	return ns;
}

static double bare_ns(void)
{
	static const char *const argv[] = {"/bin/true", NULL};
	struct bench_process process = {argv, 0};
	double ns = 0;

	for (int i = 0; i < ENGINES; i++) {
		struct bench_cost cost = {0};
		bench_process_run(&process, &cost);
		ns += cost.ns;
	}
	return ns;
}

static int by_size(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

int main(void)
{
	static const char what[] = "an engine of a STEP of seven";
	double share_ns[STEPS];
	double cpu = 0;
	struct sg_walls walls;
	char missing[SG_WALLS_TEXT_SIZE];

	if (sg_sandbox_probe(&walls, NULL) < 0)
		bench_die("cannot look for the walls");
	if (*sg_sandbox_missing(&walls, missing)) {
		char *text = bench_format("tier full cannot be had here: no %s", missing);
		bench_say("goal 7", what, text);
		free(text);
		return 0;
	}
	for (int i = 0; i < STEPS; i++)
		share_ns[i] = (phase_ns(&cpu) - bare_ns()) / ENGINES;
	qsort(share_ns, STEPS, sizeof(*share_ns), by_size);
	char *text = bench_format("%s, %.2f ms (%.2f..%.2f, cpu %.2f)", what,
		share_ns[STEPS / 2] / NS_PER_MS, share_ns[0] / NS_PER_MS,
		share_ns[STEPS - 1] / NS_PER_MS, cpu / STEPS / ENGINES / NS_PER_MS);
	bench_value("goal 7", text, share_ns[STEPS / 2] / LIMIT_NS, "5 ms", 1, false);
	free(text);
	return 0;
}
