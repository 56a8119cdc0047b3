/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A tree kept by copies, and compared with them.
 *
 * .stepgate/base/<STEP>/<sha256>       contents, each named by its own hash
 * .stepgate/base/<STEP>/LIST.<sha256>  the list (patch_walk.c), named by its own hash Nothing
 * there is ever changed or removed, so two processes that open a STEP at the same moment cannot
 * take each other's copies away, and what an unfinished one left does no harm.
 */
#include "store/patch_internal.h"

#include <stdio.h>
#include <string.h>

#include "base/fs.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "core/diff.h"

#define BASE_FOLDER    ".stepgate/base"
#define FOLDER_MODE    ((mode_t)0755)
#define LIST_MAX_BYTES ((size_t)256 << 20)
/* A file over this is named as changed, not shown. */
#define SHOWN_MAX_BYTES ((int64_t)8 << 20)

static enum sg_rc no_memory(struct sg_err *err)
{
	return sg_err_set(err, SG_NOMEM, "cannot compare the tree: out of memory");
}

static const char *base_folder(const struct sg_tree_where *where, struct sg_arena *arena)
{
	return sg_arena_printf(arena, BASE_FOLDER "/%s", where->step_id);
}

static enum sg_rc write_list(
	int base, const struct sg_tree *tree, const char *sha256, struct sg_err *err)
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf list = SG_STRBUF_INIT;
	char name[SG_SHA256_HEX_SIZE + 8];

	(void)snprintf(name, sizeof(name), "LIST.%s", sha256);
	sg_tree_list(tree, &list);
	if (sg_strbuf_failed(&list))
		return no_memory(err);
	/* in place of an equal one: the folder's names become durable with it in any case */
	return sg_fs_replace(base, name, list.bytes, list.n_bytes, err);
}

enum sg_rc sg_patch_copy_snapshot(const struct sg_tree_where *where, struct sg_arena *arena,
	const char **ret_sha256, struct sg_err *err)
{
	SG_CLEANUP(sg_fd_close) int base = -1;
	const char *folder = base_folder(where, arena);
	const char *sha256 = NULL;
	struct sg_tree tree;

	if (!folder)
		return no_memory(err);
	enum sg_rc rc = sg_fs_mkdirs(where->dir, folder, FOLDER_MODE, err);
	if (rc == SG_OK)
		rc = sg_fs_open_dir_beneath(where->dir, folder, &base, err);
	if (rc == SG_OK)
		rc = sg_tree_walk(where, base, arena, &tree, err);
	if (rc == SG_OK)
		rc = sg_tree_digest(&tree, arena, &sha256, err);
	if (rc == SG_OK)
		rc = write_list(base, &tree, sha256, err);
	if (rc == SG_OK)
		*ret_sha256 = sha256;
	return rc;
}

static enum sg_rc read_list(int base, const char *sha256, struct sg_arena *arena,
	struct sg_tree *ret, struct sg_err *err)
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf list = SG_STRBUF_INIT;
	const char *name = sg_arena_printf(arena, "LIST.%s", sha256);
	char hex[SG_SHA256_HEX_SIZE];

	if (!name)
		return no_memory(err);
	const enum sg_rc rc = sg_fs_read_beneath(base, name, LIST_MAX_BYTES, &list, err);
	if (rc < 0)
		return rc;
	sg_sha256_of(list.bytes, list.n_bytes, hex);
	if (strcmp(hex, sha256) != 0)
		return sg_err_set(err, SG_STORAGE,
			"cannot compare the tree: the list of the tree at OPEN was changed");
	return sg_tree_parse(list.bytes, list.n_bytes, arena, ret, err);
}

/* --- one file's diff, in git's form --- */

struct comparison {
	const struct sg_tree_where *where;
	int base;
	struct sg_strbuf *out;
};

/* A side of it; entry NULL: it is not there. */
struct side {
	const struct sg_tree_entry *entry;
	struct sg_strbuf bytes;
	bool shown; /* text, and small enough */
};

static bool is_text(const struct sg_strbuf *bytes)
{
	const size_t n = bytes->n_bytes < 8000 ? bytes->n_bytes : 8000;

	return memchr(bytes->bytes, '\0', n) == NULL;
}

/* Checks what was read: the tree may be changing under us, and copies may have been touched. */
static enum sg_rc check_bytes(const struct side *side, const char *what, struct sg_err *err)
{
	char hex[SG_SHA256_HEX_SIZE];

	if (sg_strbuf_failed(&side->bytes))
		return no_memory(err);
	sg_sha256_of(side->bytes.bytes, side->bytes.n_bytes, hex);
	if (strcmp(hex, side->entry->sha256) == 0)
		return SG_OK;
	return sg_err_set(err, SG_STORAGE, "cannot compare '%s': %s", side->entry->path, what);
}

static enum sg_rc load_old(const struct comparison *c, struct side *side, struct sg_err *err)
{
	side->shown = !side->entry || side->entry->size_bytes <= SHOWN_MAX_BYTES;
	if (!side->entry || !side->shown)
		return SG_OK;
	enum sg_rc rc = sg_fs_read_beneath(
		c->base, side->entry->sha256, (size_t)SHOWN_MAX_BYTES, &side->bytes, err);
	if (rc == SG_OK)
		rc = check_bytes(side, "its copy at OPEN was changed", err);
	side->shown = rc == SG_OK && is_text(&side->bytes);
	return rc;
}

static enum sg_rc load_new(const struct comparison *c, struct side *side, struct sg_err *err)
{
	side->shown = !side->entry || side->entry->size_bytes <= SHOWN_MAX_BYTES;
	if (!side->entry || !side->shown)
		return SG_OK;
	enum sg_rc rc =
		side->entry->kind == SG_TREE_LINK
			? sg_fs_read_link(c->where->dir, side->entry->path, &side->bytes, err)
			: sg_fs_read_beneath(c->where->dir, side->entry->path,
				  (size_t)SHOWN_MAX_BYTES, &side->bytes, err);
	if (rc == SG_OK)
		rc = check_bytes(side, "it changed meanwhile", err);
	side->shown = rc == SG_OK && is_text(&side->bytes);
	return rc;
}

static const char *mode_text(const struct sg_tree_entry *entry)
{
	switch (entry->kind) {
	case SG_TREE_FILE: return "100644";
	case SG_TREE_PROGRAM: return "100755";
	case SG_TREE_LINK: return "120000";
	}
	return "";
}

/* a/path, quoted as git does where it holds what would break a line. */
static void add_path(struct sg_strbuf *out, const char *prefix, const char *path)
{
	const size_t n = strlen(path);
	const bool utf8 = sg_utf8_valid(path, n, NULL);
	bool plain = utf8 && !strpbrk(path, "\"\\");

	for (size_t i = 0; i < n; i++)
		plain = plain && (unsigned char)path[i] >= 0x20 && path[i] != 0x7f;
	if (plain) {
		sg_strbuf_addf(out, "%s%s", prefix, path);
		return;
	}
	sg_strbuf_addf(out, "\"%s", prefix);
	for (size_t i = 0; i < n; i++) {
		const unsigned char b = (unsigned char)path[i];
		if (b == '"' || b == '\\')
			sg_strbuf_addf(out, "\\%c", path[i]);
		else if (b == '\n' || b == '\t')
			sg_strbuf_adds(out, b == '\n' ? "\\n" : "\\t");
		else if (b < 0x20 || b == 0x7f || (b >= 0x80 && !utf8))
			sg_strbuf_addf(out, "\\%03o", (unsigned)b);
		else
			sg_strbuf_addc(out, path[i]);
	}
	sg_strbuf_addc(out, '"');
}

static void add_head(
	struct sg_strbuf *out, const struct sg_tree_entry *old, const struct sg_tree_entry *now)
{
	const char *path = old ? old->path : now->path;

	sg_strbuf_adds(out, "diff --git ");
	add_path(out, "a/", path);
	sg_strbuf_addc(out, ' ');
	add_path(out, "b/", path);
	if (!old)
		sg_strbuf_addf(out, "\nnew file mode %s\n", mode_text(now));
	else if (!now)
		sg_strbuf_addf(out, "\ndeleted file mode %s\n", mode_text(old));
	else if (old->kind != now->kind)
		sg_strbuf_addf(
			out, "\nold mode %s\nnew mode %s\n", mode_text(old), mode_text(now));
	else
		sg_strbuf_addc(out, '\n');
}

static void add_body(
	struct sg_strbuf *out, const char *path, const struct side *old, const struct side *now)
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf a = SG_STRBUF_INIT;
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf b = SG_STRBUF_INIT;

	if (old->entry)
		add_path(&a, "a/", path);
	else
		sg_strbuf_adds(&a, "/dev/null");
	if (now->entry)
		add_path(&b, "b/", path);
	else
		sg_strbuf_adds(&b, "/dev/null");
	if (old->shown && now->shown)
		sg_text_diff(out, a.bytes, old->bytes.bytes, old->bytes.n_bytes, b.bytes,
			now->bytes.bytes, now->bytes.n_bytes);
	else
		sg_strbuf_addf(out, "Binary files %s and %s differ\n", a.bytes, b.bytes);
}

static enum sg_rc add_diff(const struct comparison *c, const struct sg_tree_entry *old_entry,
	const struct sg_tree_entry *new_entry, struct sg_err *err)
{
	struct side old = {old_entry, SG_STRBUF_INIT, false};
	struct side now = {new_entry, SG_STRBUF_INIT, false};
	enum sg_rc rc = load_old(c, &old, err);

	if (rc == SG_OK)
		rc = load_new(c, &now, err);
	if (rc == SG_OK) {
		add_head(c->out, old_entry, new_entry);
		if (!old_entry || !new_entry ||
			strcmp(old_entry->sha256, new_entry->sha256) != 0)
			add_body(c->out, old_entry ? old_entry->path : new_entry->path, &old,
				&now);
	}
	sg_strbuf_release(&old.bytes);
	sg_strbuf_release(&now.bytes);
	return rc;
}

static bool same_entry(const struct sg_tree_entry *a, const struct sg_tree_entry *b)
{
	return a->kind == b->kind && strcmp(a->sha256, b->sha256) == 0;
}

/* A link in place of a file, or the other way, is one thing removed and another one made. */
static enum sg_rc add_change(const struct comparison *c, const struct sg_tree_entry *old,
	const struct sg_tree_entry *now, struct sg_err *err)
{
	if ((old->kind == SG_TREE_LINK) == (now->kind == SG_TREE_LINK))
		return add_diff(c, old, now, err);
	const enum sg_rc rc = add_diff(c, old, NULL, err);
	return rc < 0 ? rc : add_diff(c, NULL, now, err);
}

static enum sg_rc compare_trees(const struct comparison *c, const struct sg_tree *old,
	const struct sg_tree *now, struct sg_strs_builder *files, struct sg_err *err)
{
	enum sg_rc rc = SG_OK;
	size_t i = 0;
	size_t j = 0;

	while (rc == SG_OK && (i < old->n || j < now->n)) {
		const int order = i == old->n   ? 1
				  : j == now->n ? -1
						: strcmp(old->v[i].path, now->v[j].path);
		if (order < 0) {
			sg_strs_builder_add(files, old->v[i].path);
			rc = add_diff(c, &old->v[i++], NULL, err);
		} else if (order > 0) {
			sg_strs_builder_add(files, now->v[j].path);
			rc = add_diff(c, NULL, &now->v[j++], err);
		} else {
			const struct sg_tree_entry *a = &old->v[i++];
			const struct sg_tree_entry *b = &now->v[j++];
			if (same_entry(a, b))
				continue;
			sg_strs_builder_add(files, b->path);
			rc = add_change(c, a, b, err);
		}
	}
	return rc;
}

enum sg_rc sg_patch_copy_diff(const struct sg_tree_where *where, const char *base,
	struct sg_arena *arena, const char **ret_sha256, struct sg_strs *ret_files,
	struct sg_strbuf *ret_diff, struct sg_err *err)
{
	SG_CLEANUP(sg_fd_close) int base_fd = -1;
	const char *folder = base_folder(where, arena);
	const char *sha256 = NULL;
	struct sg_strs_builder files;
	struct sg_tree old = {NULL, 0};
	struct sg_tree now = {NULL, 0};

	if (!folder)
		return no_memory(err);
	sg_strs_builder_init(&files, arena);
	enum sg_rc rc = sg_fs_open_dir_beneath(where->dir, folder, &base_fd, err);
	if (rc == SG_OK)
		rc = read_list(base_fd, base, arena, &old, err);
	if (rc == SG_OK)
		rc = sg_tree_walk(where, -1, arena, &now, err);
	if (rc == SG_OK)
		rc = sg_tree_digest(&now, arena, &sha256, err);
	if (rc < 0)
		return rc;
	const struct comparison c = {where, base_fd, ret_diff};
	rc = compare_trees(&c, &old, &now, &files, err);
	if (rc < 0)
		return rc;
	*ret_sha256 = sha256;
	*ret_files = sg_strs_builder_list(&files);
	return sg_arena_failed(arena) ? no_memory(err) : SG_OK;
}
