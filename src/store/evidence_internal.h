/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the evidence*.c and pack.c share and nobody else includes. */
#ifndef STEPGATE_STORE_EVIDENCE_INTERNAL_H
#define STEPGATE_STORE_EVIDENCE_INTERNAL_H

#include "base/table.h"
#include "store/evidence.h"

/* More files than this in one STEPGATE_OUT are no outputs but an accident. */
#define SG_OUTPUT_MAX_FILES ((size_t)4096)

/* The last name of a path; points into it. */
const char *sg_evidence_base(const char *path);

/*
 * Whether a name may be that of an output's file: UTF-8 without control characters, one name
 * and no path, not hidden. Lists of names and hashes have one line a name, so a newline in one
 * would make two.
 */
bool sg_evidence_name_ok(const char *name);

/* "." joined: folder/name in arena; NULL when memory ran out. */
const char *sg_evidence_join(struct sg_arena *arena, const char *folder, const char *name);

/*
 * Copies an open file into folder (beneath dir) as file_name, durable; fills *ret from the
 * copy.
 */
enum sg_rc sg_evidence_copy(int from_fd, int dir, const char *folder, const char *file_name,
	const char *name, struct sg_arena *arena, struct sg_file *ret, struct sg_err *err);

/*
 * Opens the file behind a recorded output and checks size and hash. SG_OK with *ret_fresh
 * false: it is gone or was changed. *ret_fd is open (the caller closes it) only where it is
 * fresh.
 */
enum sg_rc sg_evidence_open_fresh(
	int dir, const struct sg_file *file, int *ret_fd, bool *ret_fresh, struct sg_err *err);

/*
 * What the demands of CONTRACT miss in an output that was found to be fresh
 * (evidence_demand.c). The answer is a function of the bytes and of the profile, so it is
 * remembered by their hashes; memo is zeroed to begin with and lives as long as its owner
 * likes.
 */
struct sg_demand_memo {
	struct sg_table index; /* "<sha256 of the file> <of the profile> <NAME>" -> answers */
	struct sg_misses *answers; /* owned; the texts live in the arena */
	size_t n;
	size_t capacity;
	struct sg_arena arena;
};
void sg_demand_memo_release(struct sg_demand_memo *memo);
/*
 * *ret_fresh becomes STALE where the bytes that are read are not those of the hash any more,
 * and INCOMPLETE where they cannot be read. The misses are copied into arena.
 */
enum sg_rc sg_evidence_misses(int dir, const struct sg_run *run, const struct sg_file *file,
	struct sg_demand_memo *memo, struct sg_arena *arena, struct sg_misses *ret,
	enum sg_fresh *ret_fresh);

#endif
