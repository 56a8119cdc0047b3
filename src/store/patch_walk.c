/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A folder's tree as a list of paths and hashes. Regular files and symbolic links count (a link
 * by its text, it is never followed); folders, pipes, sockets and devices do not. No .git
 * anywhere, and not what is ours in the manifest's folder itself.
 *
 * The list, in the order of paths: "<kind> <sha256> <size> <path>" NUL, for each; kind is f, x
 * (executable) or l, size is in bytes and decimal.
 */
#include "store/patch_internal.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/hash.h"
#include "store/changelog.h"

struct walk {
	const struct sg_tree_where *where;
	int copy_to;
	struct sg_arena *arena;
	struct sg_tree_entry *v; /* malloc'd while it grows */
	size_t n;
	size_t capacity;
	int64_t total_bytes;
};

static enum sg_rc no_memory(struct sg_err *err)
{
	return sg_err_set(err, SG_NOMEM, "cannot look at the tree: out of memory");
}

static bool is_ours(const struct walk *w, const char *path)
{
	return strcmp(path, SG_PATCH_OWN_FOLDER) == 0 || strcmp(path, SG_CHANGELOG_FILE) == 0 ||
	       strcmp(path, w->where->manifest_name) == 0;
}

static enum sg_rc add_entry(
	struct walk *w, const struct sg_tree_entry *entry, const char *hex, struct sg_err *err)
{
	if (w->n >= SG_TREE_MAX_FILES || w->total_bytes > SG_TREE_MAX_BYTES - entry->size_bytes)
		return sg_err_set(err, SG_LIMIT,
			"cannot keep a copy of the tree: more than %zu files or %lld bytes; "
			"use git, "
			"or name a smaller ACTIVE_FOLDER",
			SG_TREE_MAX_FILES, (long long)SG_TREE_MAX_BYTES);
	if (w->n == w->capacity) {
		const size_t capacity = w->capacity > 0 ? w->capacity * 2 : 64;
		struct sg_tree_entry *v = realloc(w->v, capacity * sizeof(*v));
		if (!v)
			return no_memory(err);
		w->v = v;
		w->capacity = capacity;
	}
	w->v[w->n] = *entry;
	w->v[w->n].sha256 = sg_arena_str(w->arena, hex);
	if (!w->v[w->n].sha256)
		return no_memory(err);
	w->n++;
	w->total_bytes += entry->size_bytes;
	return SG_OK;
}

static enum sg_rc take_file(
	struct walk *w, int folder, const char *name, const char *path, struct sg_err *err)
{
	SG_CLEANUP(sg_fd_close) int fd = -1;
	struct sg_tree_entry entry = {.path = path, .kind = SG_TREE_FILE};
	const int64_t room = SG_TREE_MAX_BYTES - w->total_bytes;
	struct sg_err why = SG_ERR_INIT;
	struct stat st;
	char hex[SG_SHA256_HEX_SIZE];
	enum sg_rc rc = sg_fs_open_beneath(folder, name, &fd, &why);

	if (rc == SG_NOTFOUND)
		return SG_OK; /* gone since it was listed */
	if (rc == SG_OK && fstat(fd, &st) == 0) {
		if ((st.st_mode & S_IXUSR) != 0)
			entry.kind = SG_TREE_PROGRAM;
		if (st.st_size > room) /* a sparse giant is not read to find that out */
			rc = sg_err_set(&why, SG_LIMIT,
				"cannot read '%s': larger than %lld bytes", path,
				(long long)room);
	}
	if (rc == SG_OK && w->copy_to >= 0)
		rc = sg_fs_copy_by_hash(
			fd, w->copy_to, path, room, &entry.size_bytes, hex, &why);
	else if (rc == SG_OK)
		rc = sg_fs_hash_fd(fd, path, room, &entry.size_bytes, hex, &why);
	if (rc < 0)
		return sg_err_set(
			err, rc, "cannot keep a copy of the tree: %s: %s", path, why.text);
	return add_entry(w, &entry, hex, err);
}

static enum sg_rc take_link(
	struct walk *w, int folder, const char *name, const char *path, struct sg_err *err)
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf text = SG_STRBUF_INIT;
	struct sg_tree_entry entry = {.path = path, .kind = SG_TREE_LINK};
	char hex[SG_SHA256_HEX_SIZE];
	enum sg_rc rc = sg_fs_read_link(folder, name, &text, err);

	if (rc < 0)
		return rc;
	if (sg_strbuf_failed(&text))
		return no_memory(err);
	sg_sha256_of(text.bytes, text.n_bytes, hex);
	entry.size_bytes = (int64_t)text.n_bytes;
	if (w->copy_to >= 0 && !sg_fs_exists(w->copy_to, hex))
		rc = sg_fs_create(w->copy_to, hex, 0444, text.bytes, text.n_bytes, err);
	return rc < 0 ? rc : add_entry(w, &entry, hex, err);
}

static enum sg_rc walk_folder(
	struct walk *w, int folder, const char *path, int depth, struct sg_err *err);

static enum sg_rc enter(struct walk *w, int folder, const char *name, const char *path,
	int depth, struct sg_err *err)
{
	SG_CLEANUP(sg_fd_close) int fd = -1;
	struct sg_err why = SG_ERR_INIT;

	if (depth >= SG_TREE_MAX_DEPTH)
		return sg_err_set(err, SG_LIMIT,
			"cannot keep a copy of the tree: '%s' is more than %d folders deep",
			path, SG_TREE_MAX_DEPTH);
	const enum sg_rc rc = sg_fs_open_dir_beneath(folder, name, &fd, &why);
	if (rc == SG_NOTFOUND)
		return SG_OK;
	if (rc < 0)
		return sg_err_set(
			err, rc, "cannot keep a copy of the tree: %s: %s", path, why.text);
	return walk_folder(w, fd, path, depth + 1, err);
}

static enum sg_rc take_name(struct walk *w, int folder, const char *name, const char *path,
	int depth, struct sg_err *err)
{
	struct stat st;

	if (strcmp(name, ".git") == 0 || is_ours(w, path))
		return SG_OK;
	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return SG_OK; /* gone since it was listed */
	if (S_ISDIR(st.st_mode))
		return enter(w, folder, name, path, depth, err);
	if (S_ISLNK(st.st_mode))
		return take_link(w, folder, name, path, err);
	return S_ISREG(st.st_mode) ? take_file(w, folder, name, path, err) : SG_OK;
}

static enum sg_rc walk_folder(
	struct walk *w, int folder, const char *path, int depth, struct sg_err *err)
{
	struct sg_strs names;
	enum sg_rc rc = sg_fs_list(folder, path[0] != '\0' ? path : w->where->dir_path,
		SG_TREE_MAX_FILES, w->arena, &names, err);

	for (size_t i = 0; i < names.n && rc == SG_OK; i++) {
		const char *below =
			path[0] == '\0' ? names.v[i]
					: sg_arena_printf(w->arena, "%s/%s", path, names.v[i]);
		if (!below)
			return no_memory(err);
		rc = take_name(w, folder, names.v[i], below, depth, err);
	}
	return rc;
}

/* "docs" of "./docs//": as its paths are to begin. NULL when memory ran out. */
static const char *plain_folder(struct sg_arena *arena, const char *folder)
{
	size_t n = strlen(folder);

	while (n > 0 && folder[n - 1] == '/')
		n--;
	for (;;) {
		if (n >= 2 && folder[0] == '.' && folder[1] == '/') {
			folder += 2;
			n -= 2;
		} else if (n == 1 && folder[0] == '.') {
			n = 0;
		} else if (n > 0 && folder[0] == '/') {
			folder++;
			n--;
		} else {
			return sg_arena_strn(arena, folder, n);
		}
	}
}

static int compare_paths(const void *a, const void *b)
{
	const struct sg_tree_entry *x = a;
	const struct sg_tree_entry *y = b;

	return strcmp(x->path, y->path);
}

static enum sg_rc walk_all(struct walk *w, struct sg_err *err)
{
	SG_CLEANUP(sg_fd_close) int folder = -1;
	const char *active = w->where->active_folder;

	if (active[0] == '/')
		return sg_err_set(err, SG_INPUT,
			"cannot keep a copy of '%s': ACTIVE_FOLDER is not below the manifest's "
			"folder",
			active);
	const char *path = plain_folder(w->arena, active);
	if (!path)
		return no_memory(err);
	const enum sg_rc rc = sg_fs_open_dir_beneath(
		w->where->dir, path[0] != '\0' ? path : ".", &folder, err);
	return rc < 0 ? rc : walk_folder(w, folder, path, 0, err);
}

enum sg_rc sg_tree_walk(const struct sg_tree_where *where, int copy_to, struct sg_arena *arena,
	struct sg_tree *ret, struct sg_err *err)
{
	struct walk w = {.where = where, .copy_to = copy_to, .arena = arena};
	enum sg_rc rc = walk_all(&w, err);
	struct sg_tree_entry *v = NULL;

	if (rc == SG_OK) {
		v = sg_arena_array(arena, w.n + 1, sizeof(*v));
		if (!v)
			rc = no_memory(err);
	}
	if (rc == SG_OK) {
		if (w.n > 0)
			memcpy(v, w.v, w.n * sizeof(*v));
		/* folders sort as if their names ended there, paths do not */
		if (v && w.n > 1)
			qsort(v, w.n, sizeof(*v), compare_paths);
		*ret = (struct sg_tree){v, w.n};
	}
	free(w.v);
	return rc;
}

void sg_tree_list(const struct sg_tree *tree, struct sg_strbuf *out)
{
	for (size_t i = 0; i < tree->n; i++) {
		const struct sg_tree_entry *e = &tree->v[i];
		sg_strbuf_addf(out, "%c %s %lld %s", (char)e->kind, e->sha256,
			(long long)e->size_bytes, e->path);
		sg_strbuf_addc(out, '\0');
	}
}

enum sg_rc sg_tree_digest(const struct sg_tree *tree, struct sg_arena *arena,
	const char **ret_sha256, struct sg_err *err)
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf list = SG_STRBUF_INIT;
	char hex[SG_SHA256_HEX_SIZE];

	sg_tree_list(tree, &list);
	if (sg_strbuf_failed(&list))
		return no_memory(err);
	sg_sha256_of(list.bytes, list.n_bytes, hex);
	const char *text = sg_arena_str(arena, hex);
	if (!text)
		return no_memory(err);
	*ret_sha256 = text;
	return SG_OK;
}

/* One entry, NUL-terminated text; false where it is none. */
static bool parse_entry(const char *text, struct sg_arena *arena, struct sg_tree_entry *ret)
{
	const size_t hash_at = 2;
	const size_t size_at = hash_at + SG_SHA256_HEX_SIZE;

	if (strlen(text) < size_at + 3 || !strchr("fxl", text[0]) || text[1] != ' ' ||
		text[size_at - 1] != ' ' || !isdigit((unsigned char)text[size_at]))
		return false;
	char *end = NULL;
	const long long size_bytes = strtoll(text + size_at, &end, 10);
	if (*end != ' ' || end[1] == '\0')
		return false;
	const char *sha256 = sg_arena_strn(arena, text + hash_at, SG_SHA256_HEX_SIZE - 1);
	const char *path = sg_arena_str(arena, end + 1);
	*ret = (struct sg_tree_entry){path, sha256, size_bytes, (enum sg_tree_kind)text[0]};
	return sha256 && path && sg_sha256_is_hex(sha256);
}

enum sg_rc sg_tree_parse(const char *list, size_t n_bytes, struct sg_arena *arena,
	struct sg_tree *ret, struct sg_err *err)
{
	size_t n = 0;

	for (size_t at = 0; at < n_bytes; at++)
		n += list[at] == '\0';
	struct sg_tree_entry *v = sg_arena_array(arena, n + 1, sizeof(*v));
	if (!v)
		return no_memory(err);
	size_t i = 0;
	for (size_t at = 0; at < n_bytes; at += strlen(list + at) + 1, i++) {
		if (i >= n || !parse_entry(list + at, arena, &v[i]))
			return sg_err_set(
				err, SG_STORAGE, "cannot read the list of the tree at OPEN");
	}
	*ret = (struct sg_tree){v, n};
	return SG_OK;
}
