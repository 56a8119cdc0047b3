/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which way a tree is kept, and the numbers of patchsets. */
#include "store/patch_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define PATCHSET_PREFIX "PATCHSET_"
#define PATCHSET_DIGITS 18 /* what fits a number */

static enum sg_rc no_memory(struct sg_err *err)
{
	return sg_err_set(err, SG_NOMEM, "cannot look at the tree: out of memory");
}

/* "git:<name>" in arena. */
static enum sg_rc with_prefix(struct sg_arena *arena, const char *prefix, const char *name,
	const char **ret, struct sg_err *err)
{
	const char *text = sg_arena_printf(arena, "%s%s", prefix, name);

	if (!text)
		return no_memory(err);
	*ret = text;
	return SG_OK;
}

/* What follows prefix, or NULL where text does not begin with it. */
static const char *behind(const char *text, const char *prefix)
{
	const size_t n = strlen(prefix);

	return strncmp(text, prefix, n) == 0 ? text + n : NULL;
}

enum sg_rc sg_patch_snapshot(const struct sg_tree_where *where, struct sg_arena *arena,
	const char **ret_base, struct sg_err *err)
{
	const char *name = "";
	const bool git = sg_patch_is_git(where, arena);
	enum sg_rc rc = git ? sg_patch_git_tree(where, arena, &name, err)
			    : sg_patch_copy_snapshot(where, arena, &name, err);

	if (rc < 0)
		return rc;
	return with_prefix(arena, git ? SG_BASE_GIT : SG_BASE_COPY, name, ret_base, err);
}

/*
 * The tree as it is, in the way of base: a folder that became a repository meanwhile stays a
 * copy.
 */
enum sg_rc sg_patch_tree(const struct sg_tree_where *where, const char *base,
	struct sg_arena *arena, const char **ret_tree, struct sg_err *err)
{
	struct sg_tree tree;
	const char *name = "";
	enum sg_rc rc;

	if (behind(base, SG_BASE_GIT)) {
		rc = sg_patch_git_tree(where, arena, &name, err);
		return rc < 0 ? rc : with_prefix(arena, SG_BASE_GIT, name, ret_tree, err);
	}
	if (!behind(base, SG_BASE_COPY))
		return sg_err_set(err, SG_INPUT, "cannot compare the tree with '%s'", base);
	rc = sg_tree_walk(where, -1, arena, &tree, err);
	if (rc == SG_OK)
		rc = sg_tree_digest(&tree, arena, &name, err);
	return rc < 0 ? rc : with_prefix(arena, SG_BASE_COPY, name, ret_tree, err);
}

/* The number after last; 1 where last is not one of ours. */
static const char *next_id(struct sg_arena *arena, const char *last)
{
	const char *digits = behind(last, PATCHSET_PREFIX);
	unsigned long long number = 0;

	if (digits && digits[0] != '\0' && strlen(digits) <= PATCHSET_DIGITS &&
		digits[strspn(digits, "0123456789")] == '\0')
		number = strtoull(digits, NULL, 10);
	return sg_arena_printf(arena, PATCHSET_PREFIX "%04llu", number + 1);
}

/*
 * Paths go into the trace and the manifest, which are UTF-8: a name that is not is shown by its
 * bytes.
 */
static struct sg_strs readable(struct sg_arena *arena, const struct sg_strs *files)
{
	struct sg_strs_builder list;

	sg_strs_builder_init(&list, arena);
	for (size_t i = 0; i < files->n; i++) {
		const char *path = files->v[i];
		const size_t n = strlen(path);
		if (!sg_utf8_valid(path, n, NULL)) {
			struct sg_strbuf shown = SG_STRBUF_INIT;
			sg_utf8_sanitise(&shown, path, n, SG_SANITISE_LINE);
			path = sg_arena_strn(arena, shown.bytes, shown.n_bytes);
			sg_strbuf_release(&shown);
		}
		if (path)
			sg_strs_builder_add(&list, path);
	}
	return sg_strs_builder_list(&list);
}

enum sg_rc sg_patch_compare(const struct sg_tree_where *where, const char *base,
	const char *last_patchset_id, const char *keep_id, struct sg_arena *arena,
	struct sg_patch *ret, struct sg_strbuf *ret_diff, struct sg_err *err)
{
	const char *git = behind(base, SG_BASE_GIT);
	const char *copy = behind(base, SG_BASE_COPY);
	struct sg_strs files = {NULL, 0};
	const char *name = "";
	enum sg_rc rc;

	if (git) {
		rc = sg_patch_git_tree(where, arena, &name, err);
		if (rc == SG_OK && strcmp(git, name) != 0)
			rc = sg_patch_git_diff(where, git, name, arena, &files, ret_diff, err);
	} else if (copy) {
		rc = sg_patch_copy_diff(where, copy, arena, &name, &files, ret_diff, err);
	} else {
		rc = sg_err_set(err, SG_INPUT, "cannot compare the tree with '%s'", base);
	}
	if (rc < 0)
		return rc;
	struct sg_patch patch = {files.n > 0, readable(arena, &files), "", ""};
	if (patch.changed)
		patch.patchset_id = keep_id[0] != '\0' ? sg_arena_str(arena, keep_id)
						       : next_id(arena, last_patchset_id);
	rc = with_prefix(arena, git ? SG_BASE_GIT : SG_BASE_COPY, name, &patch.tree, err);
	if (rc < 0)
		return rc;
	if (sg_arena_failed(arena) || sg_strbuf_failed(ret_diff))
		return no_memory(err);
	*ret = patch;
	return SG_OK;
}
