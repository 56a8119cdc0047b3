/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the measurements print; see bench.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/common/bench.h"

#define GOAL_WIDTH    7
#define WHAT_WIDTH    46
#define AGAINST_WIDTH 30
#define NS_PER_MS     1e6
#define LOAD_QUIET    0.5

const char *bench_number(int64_t n)
{
	static char texts[4][32];
	static unsigned next;
	char *text = texts[next++ % 4];
	char digits[24];
	const int length = snprintf(digits, sizeof(digits), "%lld", (long long)n);
	size_t at = 0;

	for (int i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			text[at++] = ',';
		text[at++] = digits[i];
	}
	text[at] = '\0';
	return text;
}

static void say_goal(double value, double limit, bool exact)
{
	if (limit > 0 && exact)
		printf("(goal %.3g)  %s", limit,
			value > limit || value < limit ? "missed" : "met");
	else if (limit > 0)
		printf("(goal under %.3g)  %s", limit, value < limit ? "met" : "missed");
}

static void say_head(const char *goal, const char *what)
{
	printf("%-*s %-*s ", GOAL_WIDTH, goal, WHAT_WIDTH, what);
}

/* Each line at once: whoever watches a bench of minutes sees where it stands. */
static void end_line(void)
{
	putchar('\n');
	fflush(stdout);
}

void bench_intro(void)
{
	double load = 0;

	printf("What is measured and what it is compared to run in turn; medians of the ratios.\n");
	if (getloadavg(&load, 1) == 1 && load > LOAD_QUIET)
		printf("The machine is busy (load %.1f): trust the ratios of CPU time more.\n", load);
	fflush(stdout);
}

void bench_line(const char *goal, const char *what, const struct bench_ratio *ratio,
	const char *against, double limit)
{
	say_head(goal, what);
	printf("%7.3f x %-*s ", ratio->median, AGAINST_WIDTH, against);
	say_goal(ratio->median, limit, false);
	printf("  [%.2f..%.2f, cpu %.2f x, %d pairs, %.4g against %.4g ms", ratio->low,
		ratio->high, ratio->cpu, ratio->pairs, ratio->ours_ns / NS_PER_MS,
		ratio->base_ns / NS_PER_MS);
	if (ratio->instructions > 0)
		printf(", instructions %.2f x", ratio->instructions);
	putchar(']');
	end_line();
}

void bench_value(const char *goal, const char *what, double value, const char *against,
	double limit, bool exact)
{
	say_head(goal, what);
	printf("%7.3f x %-*s ", value, AGAINST_WIDTH, against);
	say_goal(value, limit, exact);
	end_line();
}

void bench_say(const char *goal, const char *what, const char *text)
{
	say_head(goal, what);
	printf("       %s", text);
	end_line();
}
