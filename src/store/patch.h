/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a STEP changed in the tree: a snapshot with contents at OPEN, a comparison at PACK.
 *
 * In a git work tree the snapshot is a tree object made through a temporary index and a private
 * object folder (.stepgate/objects, the repository's own objects as alternates; the user's
 * index and object store stay untouched): base is "git:<tree>". Elsewhere it is a copy of
 * ACTIVE_FOLDER (the manifest's folder if empty) under .stepgate/base/<STEP>/ with a list of
 * path, size, sha256: base is "copy:<sha256 of the list>". The manifest, .stepgate and
 * CHANGELOG.md are never in it. Ignored files (.gitignore) are not in a git tree unless HEAD
 * has them. A folder that git ignores, or a git that refuses the repository, means copies.
 * Nothing that the repository configures is run (hooks, filters, fsmonitor, external diffs),
 * and nothing of it is written. Links count by their text; a nested repository by its commit
 * (git) or its files (copies).
 */
#ifndef STEPGATE_STORE_PATCH_H
#define STEPGATE_STORE_PATCH_H

#include "base/arena.h"
#include "base/err.h"
#include "base/strbuf.h"
#include "stepgate/event.h"

/*
 * Runs a command to its end with the folder `dir_path`, extra environment ("NAME=value",
 * NULL-terminated), and appends its stdout. Returns its exit status, or -1 with err. All of env
 * must reach it, and no GIT_* of the operator's. err may be set for a status other than 0 too:
 * the first line of its stderr. Handed in by the app: this layer starts no process itself.
 */
struct sg_command_runner {
	int (*run)(void *ctx, const char *dir_path, const char *const *argv,
		const char *const *env, struct sg_strbuf *out, struct sg_err *err);
	void *ctx;
};

struct sg_tree_where {
	int dir; /* the manifest's folder */
	const char *dir_path;
	const char *manifest_name;
	const char *active_folder; /* "" : all of dir */
	const char *step_id;
	const struct sg_command_runner *runner;
};

/* Takes the snapshot; *ret_base in arena. */
enum sg_rc sg_patch_snapshot(const struct sg_tree_where *where, struct sg_arena *arena,
	const char **ret_base, struct sg_err *err);

/* The tree as it is now in one word, to see it change after PACK (same form as base). */
enum sg_rc sg_patch_tree(const struct sg_tree_where *where, const char *base,
	struct sg_arena *arena, const char **ret_tree, struct sg_err *err);

/*
 * What differs between base and now. last_patchset_id: what LAST_PATCHSET_ID holds; the next
 * number is taken when something changed ("PATCHSET_0001"; a re-run of PACK in one STEP keeps
 * the number: pass keep_id). ret_diff: the unified diff (PATCH_OUTPUT), appended; binary files
 * are named, not shown.
 */
enum sg_rc sg_patch_compare(const struct sg_tree_where *where, const char *base,
	const char *last_patchset_id, const char *keep_id, struct sg_arena *arena,
	struct sg_patch *ret, struct sg_strbuf *ret_diff, struct sg_err *err);

#endif
