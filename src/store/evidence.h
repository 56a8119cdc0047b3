/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The evidence folder .stepgate/steps/<STEP>/<PHASE>.<attempt>/: what an attempt left, copied
 * and hashed, and whether it still stands.
 *
 * All paths that leave are relative to the manifest's folder `dir`. Copies are mode 0444 and
 * durable before the event that refers to them is committed.
 */
#ifndef STEPGATE_STORE_EVIDENCE_H
#define STEPGATE_STORE_EVIDENCE_H

#include "base/arena.h"
#include "base/err.h"
#include "core/run.h"

#define SG_OUTPUT_MAX_BYTES ((int64_t)1 << 30)

/*
 * Makes the folder of an attempt (with parents, fsynced). What a killed attempt left under that
 * number is moved aside first, so evidence is never mixed: "<folder>.left-<k>".
 */
enum sg_rc sg_evidence_begin(int dir, const char *folder, struct sg_err *err);

/*
 * A private scratch tree outside the manifest's folder: root/in, root/out, root/tmp, root/home.
 */
struct sg_scratch {
	char *root;                  /* absolute; owned */
	char *in, *out, *tmp, *home; /* owned */
};
enum sg_rc sg_scratch_make(const char *tmp_root, struct sg_scratch *ret, struct sg_err *err);
void sg_scratch_release(struct sg_scratch *scratch); /* removes the tree, frees */

/*
 * Copies every present (by its row), proven, fresh output (by its file name) into the scratch's
 * in/, makes it read-only, and gives the sha256 over the sorted list of "<sha256>  <file
 * name>\n". Also writes the manifest's bytes as root/MANIFEST.yaml (mode 0444) and gives its
 * absolute path.
 */
enum sg_rc sg_evidence_fill_in(int dir, const struct sg_run *run,
	const struct sg_scratch *scratch, struct sg_arena *arena,
	const char **ret_inputs_sha256, const char **ret_manifest_path, struct sg_err *err);
/* The same digest without copying: what the inputs of `phase`'s next attempt would be. */
enum sg_rc sg_evidence_inputs_digest(const struct sg_run *run, struct sg_arena *arena,
	const char **ret_inputs_sha256, struct sg_err *err);

/*
 * Takes the outputs out of `from` (a scratch's out/, absolute): each regular file, not empty,
 * not a link, not hidden. NAME is the whole file name where `promised` or `known` has that (it
 * may hold dots), else the file's name without its last extension ("BRIEF_TOKEN.yaml" ->
 * BRIEF_TOKEN). Copies into `folder`, hashes the copies. Sorted by name; at most 4096 files of
 * at most SG_OUTPUT_MAX_BYTES. ret_error is "" or one sentence, the first of: a name that is no
 * plain text, one NAME made twice (the first is kept), a file over the limit or unreadable, a
 * promised name that is absent, empty or no file.
 */
enum sg_rc sg_evidence_collect(int dir, const char *folder, const char *from,
	const struct sg_strs *promised, const struct sg_strs *known, struct sg_arena *arena,
	struct sg_files *ret, const char **ret_error, struct sg_err *err);

/*
 * What an attempt that failed has left is kept, to look at, and marked: the files move into
 * folder/INCOMPLETE/, and their paths say so from then on. No files: nothing is done. Files
 * that are there already stay.
 */
#define SG_INCOMPLETE_FOLDER "INCOMPLETE"
enum sg_rc sg_evidence_incomplete(int dir, const char *folder, struct sg_arena *arena,
	struct sg_files *files, struct sg_err *err);

/*
 * Stores bytes stepgate itself made as folder/file_name; fills ret (name: the output's NAME).
 */
enum sg_rc sg_evidence_store(int dir, const char *folder, const char *file_name,
	const char *name, const void *bytes, size_t n_bytes, struct sg_arena *arena,
	struct sg_file *ret, struct sg_err *err);
/*
 * Copies a file the operator named (record) into folder, under NAME plus its extension. path is
 * absolute or relative to dir; links are followed. SG_INPUT: empty, no regular file, or a NAME
 * that can name none.
 */
enum sg_rc sg_evidence_take(int dir, const char *folder, const char *path, const char *name,
	struct sg_arena *arena, struct sg_file *ret, struct sg_err *err);
/*
 * Path (as given) and hash of a file the operator named, before work by hand; sha256 "" if
 * absent.
 */
enum sg_rc sg_evidence_before(int dir, const char *path, const char *name,
	struct sg_arena *arena, struct sg_file *ret, struct sg_err *err);

/*
 * One fact for each proof of the run, in its order: provenance, tier, and by hashing its files
 * FRESH, STALE (changed, or a link in its place), MISSING or INCOMPLETE (it cannot be read, or
 * the record names no file); of several files the worst. Rows without a proof have no fact (the
 * gates take them as CLAIMED). Of a fresh output that CONTRACT has a line for, what it misses
 * of it, looked for once for each bytes and profile. A file is hashed once and then trusted by
 * inode, size, mtime and ctime (the cache lives in struct sg_evidence_cache; NULL: one for
 * this call). Names are borrowed from the run.
 */
struct sg_evidence_cache;
struct sg_evidence_cache *sg_evidence_cache_new(void);
void sg_evidence_cache_free(struct sg_evidence_cache *cache);
enum sg_rc sg_evidence_facts(int dir, const struct sg_run *run, struct sg_evidence_cache *cache,
	struct sg_arena *arena, struct sg_facts *ret, struct sg_err *err);

/*
 * The sha256 of an open file, remembered under its path in the same way; NULL: it is hashed.
 */
enum sg_rc sg_evidence_hash(struct sg_evidence_cache *cache, const char *path, int fd,
	char ret_hex[SG_SHA256_HEX_SIZE], struct sg_err *err);

/*
 * Whether a pinned file on disk still has its hash. Missing counts as changed; a pin without a
 * path holds, and one with a path and no hash as long as nothing stands there.
 */
bool sg_evidence_pin_holds(int dir, const struct sg_pin *pin);

#endif
