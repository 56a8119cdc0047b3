/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a command leaves running: finding it, telling whose it is, ending it. For loop.c
 * alone.
 *
 * Between sg_orphans_begin and sg_orphans_end this process is a child subreaper: a process
 * whose parent died becomes our child. Every child that is not a leader (a job's own process,
 * which the loop reaps), did not exist before, and is not of our POSIX session, is an orphan.
 * The kernel names our children in /proc; where it does not, nothing is found and only
 * process groups are ended.
 */
#ifndef STEPGATE_EXEC_ORPHANS_H
#define STEPGATE_EXEC_ORPHANS_H

#include <sys/types.h>

#include "base/err.h"

struct sg_orphans {
	pid_t *known; /* children that were there before; owned */
	size_t n_known;
	int was_subreaper;
};

/*
 * A job's process and the "STEPGATE_OUT=..." of its environment (borrowed; NULL: it has
 * none).
 */
struct sg_leader {
	pid_t pid;
	const char *mark;
};

enum sg_rc sg_orphans_begin(struct sg_orphans *o, struct sg_err *err);
void sg_orphans_end(struct sg_orphans *o);

/*
 * Reaps orphans that are dead, sends sig (0: nothing) to the group of each living one that is
 * not another leader's by its mark, and returns how many live. leaders[mine] is the job that
 * ended; mine == n: the loop itself ends, and every orphan counts.
 */
size_t sg_orphans_signal(const struct sg_orphans *o, const struct sg_leader *leaders, size_t n,
	size_t mine, int sig);

/* The mark in an environment, or NULL. */
const char *sg_orphans_mark(const char *const *env);

#endif
