/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The helper's room: namespaces of its own and a view of the disk, where bubblewrap does not
 * make them. The order of the steps is bubblewrap's (its bubblewrap.c, LGPL-2.0+, read for what
 * has to be done and in which order); the mounts are made by the calls of Linux 5.12, which
 * need no look at the table of mounts, so that a room takes a third of the time.
 *
 * Of the helper's words (sandbox_internal.h) it takes, in their order:
 *	ro= rw= dev=N:FROM AT   FROM, whose length is N, bound at AT; AT follows without a blank
 *	link=N:TARGET AT        a symbolic link
 *	tmpfs=N:OPTIONS AT      an empty folder in memory
 *	proc=PATH               the processes of the room, nothing of it writable
 *	shut=/                  at last the root itself is read-only
 * FROM is looked up outside, all of them before anything is changed; AT inside.
 */
#ifndef STEPGATE_EXEC_HELPER_ROOM_H
#define STEPGATE_EXEC_HELPER_ROOM_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Returns as process 1 of a new user, pid, mount, ipc, uts, cgroup and, but for `network`,
 * network namespace, with every capability in it and no way back. Whoever called waits for it,
 * holding nothing open, ends with its exit status, and takes it along when it dies itself.
 * Where something fails a line on descriptor 2 says what, and the process ends with 127.
 */
void sg_room_enter(char *const *words, size_t n_words, bool network);

#endif
