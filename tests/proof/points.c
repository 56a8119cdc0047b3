/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fault: each call of the table of base/fs, in each workload, fails or is the last.
 *
 * A point is a workload, a kind of fault, once or for good, a call. A child does the work; what it
 * acknowledged stands in memory that it shares.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "fault/fault.h"
#include "harness/harness.h"
#include "proof.h"

#define CHILD_LEAKED 97
#define CHILD_TIME_S 60
#define SAID_MAX     10

struct kind {
	enum fault_kind kind;
	bool for_good;
	bool must_succeed;
	const char *name;
};

static const struct kind kinds[] = {
	{FAULT_FAIL_BEFORE, false, false, "fails before it acts"},
	{FAULT_FAIL_BEFORE, true, false, "fails before it acts, for good"},
	{FAULT_FAIL_AFTER, false, false, "acts and fails"},
	{FAULT_FAIL_AFTER, true, false, "acts and fails, for good"},
	{FAULT_FULL, false, false, "finds no room"},
	{FAULT_FULL, true, false, "finds no room, for good"},
	{FAULT_INTERRUPT, false, true, "is interrupted"},
	{FAULT_SHORT, false, true, "stops short"},
	{FAULT_KILL_BEFORE, false, false, "is not begun"},
	{FAULT_KILL_AFTER, false, false, "is the last"},
};

enum { POINTS, VIOLATIONS, WORKLOADS };

/* Forks, works, waits; the status as of waitpid. */
static int in_child(const struct workload *w, const struct run_case *c, const struct kind *kind,
	int at)
{
	int status = 0;

	memset(proof_shared, 0, sizeof(*proof_shared));
	(void)fflush(proof_out);
	const pid_t child = fork();
	if (child < 0)
		proof_die("no process");
	if (child == 0) {
		alarm(CHILD_TIME_S);
		fault_arm(kind->kind, kind->for_good, at);
		w->act(c);
		proof_shared->calls = fault_calls();
		proof_shared->extra[0] = fault_hits();
		fault_disarm();
		_exit(sg_t_leaked() ? CHILD_LEAKED : 0);
	}
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static const char *judge_status(int status, const struct kind *kind, int64_t all_acks)
{
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGALRM ? "it did not come to its end"
						   : "it was ended by a signal";
	if (WEXITSTATUS(status) == CHILD_LEAKED)
		return "memory was leaked";
	if (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != FAULT_KILLED)
		return "it ended by itself";
	if (kind->must_succeed && proof_shared->acks != all_acks)
		return "it gave up though nothing had failed";
	return NULL;
}

static void try_point(const struct workload *w, const struct kind *kind, int at,
	int64_t all_acks, struct proof_counts *counts)
{
	const struct begun *begun = workload_begun(w);
	struct run_case c;

	place_make(&c, w, "point");
	tree_write(&begun->tree, c.folder);
	const int status = in_child(w, &c, kind, at);
	const bool was_killed = WIFEXITED(status) && WEXITSTATUS(status) == FAULT_KILLED;
	if (!was_killed && proof_shared->extra[0] == 0 && status == 0) {
		place_free(&c); /* a kind that does not meet this call */
		return;
	}
	const int64_t acked = proof_shared->acked > begun->events ? proof_shared->acked
								  : begun->events;
	const struct verdict_limits limits = {
		.at_least = acked, .at_most = acked + w->extra, .go_on = at % 5 == 0};
	const char *bad = judge_status(status, kind, all_acks);
	if (!bad)
		bad = judge(w, &c, &limits);
	counts->v[POINTS]++;
	if (bad && counts->v[VIOLATIONS]++ < SAID_MAX)
		(void)fprintf(proof_out, "fault: %s: call %d %s: %s (refused: %s)\n", w->name, at,
			kind->name, bad, proof_shared->refused);
	if (bad)
		proof_found();
	place_free(&c);
}

static void try_workload(
	const struct workload *w, unsigned worker, struct proof_counts *counts)
{
	static const struct kind none = {FAULT_FAIL_BEFORE, false, false, ""};
	const struct begun *begun = workload_begun(w);
	struct run_case c;

	place_make(&c, w, "point");
	tree_write(&begun->tree, c.folder);
	if (in_child(w, &c, &none, 0) != 0 || proof_shared->acks == 0)
		proof_die("%s does not work without a fault", w->name);
	const int calls = (int)proof_shared->calls;
	const int64_t acks = proof_shared->acks;
	place_free(&c);
	const unsigned stride = proof_options.stride;
	unsigned turn = (unsigned)(w - workloads) * 13;
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
		for (int at = 1; at <= calls; at++) {
			turn++;
			if (turn % stride == 0 &&
				turn / stride % proof_options.workers == worker)
				try_point(w, &kinds[k], at, acks, counts);
		}
	if (worker == 0)
		counts->v[WORKLOADS]++;
}

static void work(unsigned worker, struct proof_counts *counts)
{
	for (size_t i = 0; i < n_workloads; i++)
		if (workload_chosen(&workloads[i]))
			try_workload(&workloads[i], worker, counts);
}

unsigned proof_fault(void)
{
	const int64_t from = proof_ms();
	struct proof_counts sum;

	proof_share_out(work, &sum);
	(void)fprintf(proof_out,
		"fault: %llu points (every %u. of kind x call), %llu workloads, %llu "
		"violations, %.1f s\n",
		(unsigned long long)sum.v[POINTS], proof_options.stride,
		(unsigned long long)sum.v[WORKLOADS], (unsigned long long)sum.v[VIOLATIONS],
		(double)(proof_ms() - from) / 1000);
	return (unsigned)sum.v[VIOLATIONS];
}
