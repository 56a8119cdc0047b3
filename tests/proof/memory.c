/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * memory: each allocation fails, once and for good, in each workload and in each command of the
 * program that reads. Nothing crashes, nothing is lost, and what only reads changes nothing.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "fault/memory.h"
#include "harness/harness.h"
#include "proof.h"

#define CHILD_LEAKED 97
#define CHILD_TIME_S 60
#define SAID_MAX     10
#define WORDS_MAX    5

enum { POINTS, CRASHES, LEAKS, VIOLATIONS, DEEDS };

/* What is done in a workload's folder: the workload itself, or a command that reads. */
struct deed {
	const char *in; /* the workload whose folder it is */
	const char *words[WORDS_MAX];
};

static const struct deed reading[] = {
	{"CTL", {"status"}}, {"CTL", {"status", "--json"}}, {"CTL", {"ledger"}},
	{"VAL", {"ledger", "--json"}}, {"VAL", {"contract"}}, {"VAL", {"gates"}},
	{"VAL", {"gates", "--json"}}, {"CTL", {"brief"}}, {"command resume", {"brief"}},
	{"command resume", {"fix"}}, {"command resume", {"report"}},
	{"command resume", {"status"}}, {"VAL", {"log"}}, {"VAL", {"history"}},
	{"VAL", {"history", "--json"}}, {"VAL", {"show", "3"}}, {"VAL", {"diff", "2", "9"}},
	{"VAL", {"verify"}}, {"VAL", {"verify", "--json"}}, {"VAL", {"help"}},
	{"VAL", {"help", "step"}}, {"VAL", {"doctor"}}, {"adopt", {"status"}},
	{"adopt", {"verify"}}, {"adopt whole", {"status"}}, {"adopt whole", {"check",
		"RUNTIME_MANIFEST.yaml"}}, {"recovery", {"status"}}, {"rebuilding", {"verify"}},
	{"VAL", {"nonsense"}}, {"VAL", {"report", "--json"}}, {"VAL", {"contract", "--json"}},
	{"CTL", {"brief", "--json"}}, {"command resume", {"fix", "--json"}},
	{"VAL", {"log", "QA"}}, {"VAL", {"log", "--json"}}, {"VAL", {"show", "3", "--json"}},
	{"VAL", {"diff", "2", "9", "--json"}}, {"VAL", {"doctor", "--json"}},
	{"VAL", {"check", "RUNTIME_MANIFEST.yaml", "--json"}}, {"adopt", {"gates"}},
	{"adopt", {"restore"}}, {"adopt", {"adopt", "mine"}}, /* refused: there is no terminal */
	{"late manifest", {"status"}}, {"late manifest", {"verify"}},
};

static const struct workload *find_workload(const char *name)
{
	for (size_t i = 0; i < n_workloads; i++)
		if (strcmp(workloads[i].name, name) == 0)
			return &workloads[i];
	proof_die("there is no workload %s", name);
}

static int in_child(const struct workload *w, const struct deed *deed,
	const struct run_case *c, bool for_good, int64_t at)
{
	int status = 0;

	memset(proof_shared, 0, sizeof(*proof_shared));
	(void)fflush(proof_out);
	const pid_t child = fork();
	if (child < 0)
		proof_die("no process");
	if (child == 0) {
		alarm(CHILD_TIME_S);
		if (chdir(c->folder) < 0)
			_exit(98);
		memory_arm((int)at, for_good);
		if (deed)
			(void)run_program(c, deed->words);
		else
			w->act(c);
		proof_shared->calls = memory_disarm();
		_exit(sg_t_leaked() ? CHILD_LEAKED : 0);
	}
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static const char *judge_reading(const struct begun *begun, const struct run_case *c)
{
	struct tree now;

	tree_read(&now, c->folder);
	const bool same = tree_hash(&now) == tree_hash(&begun->tree);
	tree_free(&now);
	return same ? NULL : "reading changed the folder";
}

static const char *judge_point(const struct workload *w, const struct deed *deed,
	const struct run_case *c, int status, struct proof_counts *counts)
{
	const struct begun *begun = workload_begun(w);

	if (WIFSIGNALED(status)) {
		counts->v[CRASHES]++;
		return WTERMSIG(status) == SIGALRM ? "it did not come to its end"
						   : "it crashed";
	}
	if (WEXITSTATUS(status) == CHILD_LEAKED) {
		counts->v[LEAKS]++;
		return "memory was leaked";
	}
	if (WEXITSTATUS(status) != 0) {
		counts->v[CRASHES]++;
		return "it ended by itself";
	}
	if (deed)
		return judge_reading(begun, c);
	const int64_t acked = proof_shared->acked > begun->events ? proof_shared->acked
								  : begun->events;
	const struct verdict_limits limits = {.at_least = acked, .at_most = acked + w->extra};
	return judge(w, c, &limits);
}

static void try_point(const struct workload *w, const struct deed *deed, bool for_good,
	int64_t at, struct proof_counts *counts)
{
	struct run_case c;

	place_make(&c, w, "memory");
	tree_write(&workload_begun(w)->tree, c.folder);
	const int status = in_child(w, deed, &c, for_good, at);
	const char *bad = judge_point(w, deed, &c, status, counts);
	counts->v[POINTS]++;
	if (bad && counts->v[VIOLATIONS]++ < SAID_MAX)
		(void)fprintf(proof_out, "memory: %s%s%s %s: allocation %lld%s: %s\n", w->name,
			deed ? ": " : "", deed ? deed->words[0] : "",
			deed && deed->words[1] ? deed->words[1] : "", (long long)at,
			for_good ? " and all behind it" : "", bad);
	if (bad)
		proof_found();
	place_free(&c);
}

static void try_deed(const struct workload *w, const struct deed *deed, unsigned worker,
	struct proof_counts *counts)
{
	static unsigned turn;
	struct run_case c;

	place_make(&c, w, "memory");
	tree_write(&workload_begun(w)->tree, c.folder);
	if (in_child(w, deed, &c, false, 0) != 0)
		proof_die("%s does not work without a fault", w->name);
	const int64_t calls = proof_shared->calls;
	place_free(&c);
	for (int for_good = 0; for_good < 2; for_good++)
		for (int64_t at = 1; at <= calls; at++) {
			turn++;
			if (turn % proof_options.stride == 0 &&
				turn / proof_options.stride % proof_options.workers == worker)
				try_point(w, deed, for_good, at, counts);
		}
	if (worker == 0)
		counts->v[DEEDS]++;
}

static void work(unsigned worker, struct proof_counts *counts)
{
	for (size_t i = 0; i < n_workloads; i++)
		if (workload_chosen(&workloads[i]))
			try_deed(&workloads[i], NULL, worker, counts);
	for (size_t i = 0; i < sizeof(reading) / sizeof(reading[0]); i++)
		if (workload_chosen(find_workload(reading[i].in)))
			try_deed(find_workload(reading[i].in), &reading[i], worker, counts);
}

unsigned proof_memory(void)
{
	const int64_t from = proof_ms();
	struct proof_counts sum;

	proof_share_out(work, &sum);
	(void)fprintf(proof_out,
		"memory: %llu failed allocations (every %u.) of %llu commands and phases, %llu "
		"crashes, %llu violations, %s, %.1f s\n",
		(unsigned long long)sum.v[POINTS], proof_options.stride,
		(unsigned long long)sum.v[DEEDS], (unsigned long long)sum.v[CRASHES],
		(unsigned long long)sum.v[VIOLATIONS],
		sg_t_is_asan() ? sum.v[LEAKS] ? "leaks" : "no leaks" : "leaks not looked for",
		(double)(proof_ms() - from) / 1000);
	return (unsigned)sum.v[VIOLATIONS];
}
