/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A table of system calls that fails, or ends the process, at the Nth call.
 *
 *	fault_arm(FAULT_FAIL_AFTER, false, n);
 *	... what is tested ...
 *	if (fault_calls() < n) the scenario ran through: no more points
 *	fault_disarm();
 *
 * What fails behaves as disks do: open, read and lock fail before they act; write fails before, or
 * after half of its bytes; sync, rename, truncate, mkdir and unlink fail before or after; close only
 * after. Two kinds are no failure, and what they meet has to go on as if nothing had happened: a call
 * that a signal interrupts, and a read or write of fewer bytes than asked for.
 */
#ifndef TESTS_FAULT_FAULT_H
#define TESTS_FAULT_FAULT_H

#include <stdbool.h>

#define FAULT_KILLED 99 /* the exit status of a process that a fault ended */

enum fault_kind {
	FAULT_FAIL_BEFORE,
	FAULT_FAIL_AFTER,
	FAULT_KILL_BEFORE,
	FAULT_KILL_AFTER,
	FAULT_INTERRUPT, /* EINTR where a local disk may say so; a sync is not interrupted */
	FAULT_SHORT,	 /* half of the bytes are read or written, and that is said */
	FAULT_FULL,	 /* ENOSPC from what needs room; write has put down half of it */
	FAULT_KIND_COUNT
};

/*
 * A whole table, but syncs only say that they did. Killing a process takes nothing from the kernel's
 * cache, so a sync proves nothing here and would cost nearly all of the time.
 */
void fault_skip_syncs(void);

/* for_good: every later call fails as well. at counts from 1. */
void fault_arm(enum fault_kind kind, bool for_good, int at);
/* Back to the table of fault_skip_syncs. */
void fault_disarm(void);
/* Calls since fault_arm. */
int fault_calls(void);
/* Of these, the calls that did not do what they were asked for. */
int fault_hits(void);

/*
 * For a table of the test's own in which a sync fails: sets errno, and tells the one who records
 * (NULL: nobody) that what this descriptor's file was given up to now is never forced any more.
 */
void fault_sync_failed(int fd);
extern void (*fault_on_failed_sync)(int fd);

#endif
