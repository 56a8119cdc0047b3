/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A cheap look at the tree: what changed between two moments, without reading a file.
 *
 * Each path beneath the manifest's folder that is no folder, with what its inode says (number,
 * mode, size, mtime, ctime). ctime cannot be set by a command, so a file that was put back with
 * its old times still differs. Not in it: .stepgate, the manifest, CHANGELOG.md, what stepgate
 * writes for a moment beside the two, and the insides of .git, but for HEAD, packed-refs,
 * config, refs/ and hooks/ of the one in the manifest's folder itself: who moves a branch or
 * plants a hook changes more than a cache.
 *
 * A scan can be kept in .stepgate/SCAN, under the name of the attempt it was taken behind. The
 * kept one is a convenience and no evidence: nothing is judged by it.
 *
 * The file: "stepgate-scan 1 <attempt's folder>\n", then for each path "<inode> <mode, octal>
 * <size> <mtime ns> <ctime ns> <path>" and a NUL.
 */
#ifndef STEPGATE_STORE_SCAN_H
#define STEPGATE_STORE_SCAN_H

#include "base/arena.h"
#include "base/err.h"
#include "stepgate/types.h"

struct sg_scan_entry {
	const char *path; /* relative to the manifest's folder */
	uint64_t inode;
	uint32_t mode;
	int64_t size_bytes, mtime_ns, ctime_ns;
};

struct sg_scan {
	struct sg_scan_entry *v; /* sorted by path, in arena */
	size_t n;
};

/* Beyond it the tree is too large to be watched: SG_LIMIT. */
#define SG_SCAN_MAX_FILES ((size_t)1000000)
#define SG_SCAN_MAX_DEPTH 64

/* dir: the manifest's folder. A folder that is closed to us is an entry itself. */
enum sg_rc sg_scan_take(int dir, const char *manifest_name, struct sg_arena *arena,
	struct sg_scan *ret, struct sg_err *err);

enum sg_scan_how { SG_SCAN_NEW, SG_SCAN_CHANGED, SG_SCAN_GONE };
const char *sg_scan_how_name(enum sg_scan_how how); /* "new", "changed", "gone" */

/* Calls fn for each path that differs, in the order of paths, until it returns false. */
typedef bool (*sg_scan_change_fn)(void *ctx, const char *path, enum sg_scan_how how);
void sg_scan_compare(const struct sg_scan *before, const struct sg_scan *after,
	sg_scan_change_fn fn, void *ctx);

/* attempt: the folder of the attempt that ended, ".stepgate/steps/0001/SPC.1". */
enum sg_rc sg_scan_keep(
	int dir, const char *attempt, const struct sg_scan *scan, struct sg_err *err);
/* And of which attempt it is. SG_NOTFOUND: none is kept, or it cannot be read as one. */
enum sg_rc sg_scan_kept(int dir, struct sg_arena *arena, const char **ret_attempt,
	struct sg_scan *ret, struct sg_err *err);

/*
 * What stands at the path, in one word: the sha256 of a file's bytes, or of "link:<text>" or
 * "other" or "unreadable"; "" where there is nothing.
 */
void sg_scan_mark(int dir, const char *path, char ret[SG_SHA256_HEX_SIZE]);

#endif
