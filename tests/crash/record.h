/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a process did to a folder, call by call, and every disk that a crash may leave of it.
 *
 *	struct recording r;
 *	record_begin(&r, folder);     the table in use is now one that writes down what it does
 *	... what is tried ...
 *	record_end(&r);
 *	record_states(&r, visit, ctx) builds the disks
 *	record_release(&r);
 *
 * The rules: fsync and fdatasync of a file force what it was given before, fsync of a folder the
 * names made, moved and taken away in it before; nothing else forces anything. What was not forced
 * is there in any combination of names; bytes of a write are absent, whole, cut at 512, at 4096,
 * at half or before the last byte, zero, or garbage. Behind a sync that failed, what it was to force
 * never is. What stood there before the recording is on the disk.
 *
 * A process that is killed loses nothing of this: record_resume.
 *
 * Only one recording takes calls at a time; the states of one may be visited while another is made.
 */
#ifndef TESTS_CRASH_RECORD_H
#define TESTS_CRASH_RECORD_H

#include "proof/proof.h"

enum op_kind { OP_SET, OP_DELETE, OP_MOVE, OP_WRITE, OP_CUT, OP_SYNC, OP_ACK };

struct op {
	enum op_kind kind;
	int node;	/* what is written, synced, or gets the name */
	int dir;	/* SET, DELETE, MOVE: the folder of the (old) name */
	int to_dir;	/* MOVE */
	char *name;	/* owned */
	char *to_name;	/* owned */
	size_t offset;	/* WRITE, CUT */
	char *bytes;	/* WRITE; owned */
	size_t n_bytes;
	int64_t acked;	/* ACK */
	bool failed;	/* SYNC */
	bool is_base;	/* stood there before */
};

struct node {
	uint64_t ino;
	bool is_dir;
	mode_t mode;
	char *bytes; /* before the recording; owned */
	size_t n_bytes;
};

struct recording {
	struct op *ops;
	size_t n_ops;
	size_t ops_capacity;
	struct node *nodes; /* the first is the folder itself */
	size_t n_nodes;
	size_t nodes_capacity;
	size_t from; /* the first point whose disks are of interest */
};

void record_begin(struct recording *r, const char *folder);
/*
 * Goes on where the process of another recording was killed, before its operation number `at`: the
 * folder is made as the kernel's cache has it, and what was not forced still is not.
 */
void record_resume(
	struct recording *r, const struct recording *killed, size_t at, const char *folder);
void record_end(struct recording *r);
/* The folder as it was before operation `at`, all of it; release it. */
void record_whole(const struct recording *r, size_t at, struct tree *ret);
void record_release(struct recording *r);
/* Whether anything was done to the disk. */
bool record_has_changes(const struct recording *r);

/* acked: of the last acknowledgement that was seen before the crash, 0 for none. */
typedef void (*record_visit)(void *ctx, const struct tree *state, int64_t acked, size_t at);
/*
 * Builds each combination at each point; the same disk may come more than once. Returns how often it
 * had to take a sample, because there were too many.
 */
size_t record_states(const struct recording *r, unsigned seed, record_visit visit, void *ctx);

#endif
