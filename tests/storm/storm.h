/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of the storm share. Each returns the number of violations, which it has said. */
#ifndef TESTS_STORM_STORM_H
#define TESTS_STORM_STORM_H

#include "proof/proof.h"

struct storm_goal {
	unsigned rounds;
	long long reads; /* in all rounds */
	long long kills; /* as well; at least */
	long long commits_a_kill;
};

struct storm_sum {
	long long kills;
	long long commits;
	long long reads;
	long long busy;
};

unsigned storm_round(unsigned number, struct storm_sum *sum, const struct storm_goal *goal);
/* The folder of a run is sound, and goes on. */
unsigned storm_judge(const struct run_case *c, const char *what);

/* A holder of the lock that is stopped, then killed. */
unsigned storm_stopped(void);
/* A disk that is full, and one that is read-only: a small tmpfs where one may be mounted. */
unsigned storm_full(void);
/* One of four writers whose sync fails: the others stop, the next process builds the trace anew. */
unsigned storm_sync(void);

#endif
