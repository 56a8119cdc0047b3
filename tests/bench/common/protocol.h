/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The bare system calls of one durable change, and nothing else: lock; look at trace and manifest;
 * append the line, fdatasync; temporary file, fsync, rename, fsync of the folder; unlock. No
 * library of ours is in it. The folder holds LOCK, trace.jsonl and manifest.yaml.
 */
#ifndef TESTS_BENCH_PROTOCOL_H
#define TESTS_BENCH_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>

/* fsync and fdatasync, counted. */
struct protocol_syncs {
	long n;
};

struct protocol_change {
	int folder; /* descriptor */
	const char *line;
	size_t n_line;
	const char *manifest;
	size_t n_manifest;
};

/* False with errno set when a call failed. */
bool protocol_commit(const struct protocol_change *change, struct protocol_syncs *syncs);
/* Only the line: append and fdatasync. */
bool protocol_append(const struct protocol_change *change, struct protocol_syncs *syncs);

#endif
