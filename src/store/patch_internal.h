/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The two ways of keeping a tree, shared by patch*.c alone: git's objects, or copies.
 *
 * Both answer with names of the tree's paths relative to the manifest's folder, sorted by
 * bytes.
 */
#ifndef STEPGATE_STORE_PATCH_INTERNAL_H
#define STEPGATE_STORE_PATCH_INTERNAL_H

#include "store/patch.h"

#define SG_BASE_GIT  "git:"
#define SG_BASE_COPY "copy:"

/* What is never part of the tree. */
#define SG_PATCH_OWN_FOLDER ".stepgate"

/*
 * Bounds of a tree that is kept by copies; beyond them it needs git or a smaller ACTIVE_FOLDER.
 */
#define SG_TREE_MAX_FILES ((size_t)100000)
#define SG_TREE_MAX_BYTES ((int64_t)4 << 30)
#define SG_TREE_MAX_DEPTH 64

/* --- git --- */

/*
 * Whether the folder lies in a work tree of git and is not ignored there. False also where git
 * is missing or refuses the repository: then the tree is copied.
 */
bool sg_patch_is_git(const struct sg_tree_where *where, struct sg_arena *arena);

/* Writes the tree as it is now; *ret_tree is its object name. */
enum sg_rc sg_patch_git_tree(const struct sg_tree_where *where, struct sg_arena *arena,
	const char **ret_tree, struct sg_err *err);

/* The paths that differ between two tree objects, and their diff (appended). */
enum sg_rc sg_patch_git_diff(const struct sg_tree_where *where, const char *base,
	const char *tree, struct sg_arena *arena, struct sg_strs *ret_files,
	struct sg_strbuf *ret_diff, struct sg_err *err);

/* --- copies --- */

/* FILE and PROGRAM (executable) are regular files; LINK is a symbolic link and its text. */
enum sg_tree_kind { SG_TREE_FILE = 'f', SG_TREE_PROGRAM = 'x', SG_TREE_LINK = 'l' };

struct sg_tree_entry {
	const char *path;
	const char *sha256;
	int64_t size_bytes;
	enum sg_tree_kind kind;
};

struct sg_tree {
	struct sg_tree_entry *v; /* sorted by path; in arena */
	size_t n;
};

/* Reads and hashes the tree; where copy_to is a folder's descriptor, contents go there too. */
enum sg_rc sg_tree_walk(const struct sg_tree_where *where, int copy_to, struct sg_arena *arena,
	struct sg_tree *ret, struct sg_err *err);

/* "<kind> <sha256> <size> <path>" and a NUL, for each entry. */
void sg_tree_list(const struct sg_tree *tree, struct sg_strbuf *out);
enum sg_rc sg_tree_parse(const char *list, size_t n_bytes, struct sg_arena *arena,
	struct sg_tree *ret, struct sg_err *err);

/* The list's sha256, in arena: what stands behind "copy:". */
enum sg_rc sg_tree_digest(const struct sg_tree *tree, struct sg_arena *arena,
	const char **ret_sha256, struct sg_err *err);

enum sg_rc sg_patch_copy_snapshot(const struct sg_tree_where *where, struct sg_arena *arena,
	const char **ret_sha256, struct sg_err *err);

/* What differs between the kept list `base` and the tree now, whose digest is *ret_sha256. */
enum sg_rc sg_patch_copy_diff(const struct sg_tree_where *where, const char *base,
	struct sg_arena *arena, const char **ret_sha256, struct sg_strs *ret_files,
	struct sg_strbuf *ret_diff, struct sg_err *err);

#endif
