/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scans of the tree by lstat alone. */
#include "store/scan.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/hash.h"
#include "store/changelog.h"

#define OWN_FOLDER     ".stepgate"
#define SCAN_FILE      OWN_FOLDER "/SCAN"
#define SCAN_HEAD      "stepgate-scan 1 "
#define SCAN_MAX_BYTES ((size_t)1 << 30)
#define NS_PER_S       INT64_C(1000000000)

struct scanning {
	const char *manifest_name;
	struct sg_arena *arena;
	struct sg_scan_entry *v; /* malloc'd while it grows */
	size_t n;
	size_t capacity;
	int depth;
};

static enum sg_rc no_memory(struct sg_err *err)
{
	return sg_err_set(err, SG_NOMEM, "cannot look at the tree: out of memory");
}

/* ".NAME.tmp.<...>": a durable write of NAME that is under way. */
static bool is_temp_of(const char *path, const char *name)
{
	const size_t n = strlen(name) < 200 ? strlen(name) : 200;
	return path[0] == '.' && strncmp(path + 1, name, n) == 0 &&
	       strncmp(path + 1 + n, ".tmp.", 5) == 0 && !strchr(path, '/');
}

static bool is_ours(const struct scanning *s, const char *path)
{
	return strcmp(path, OWN_FOLDER) == 0 || strcmp(path, SG_CHANGELOG_FILE) == 0 ||
	       strcmp(path, s->manifest_name) == 0 || is_temp_of(path, s->manifest_name) ||
	       is_temp_of(path, SG_CHANGELOG_FILE);
}

/* Of git's insides those that say which state the work tree stands for, and what runs. */
static bool is_watched(const struct scanning *s, const char *path, const char *name)
{
	static const char *const watched[] = {
		".git/HEAD", ".git/packed-refs", ".git/config", ".git/refs", ".git/hooks"};

	if (strncmp(path, ".git/", 5) == 0) {
		for (size_t i = 0; i < SG_ARRAY_SIZE(watched); i++) {
			const size_t n = strlen(watched[i]);
			if (strncmp(path, watched[i], n) == 0 &&
				(path[n] == '\0' || path[n] == '/'))
				return true;
		}
		return false;
	}
	return (strcmp(name, ".git") != 0 || strcmp(path, name) == 0) && !is_ours(s, path);
}

static enum sg_rc add(
	struct scanning *s, const char *path, const struct stat *st, struct sg_err *err)
{
	if (s->n >= SG_SCAN_MAX_FILES)
		return sg_err_set(err, SG_LIMIT, "cannot watch the tree: more than %zu files",
			SG_SCAN_MAX_FILES);
	if (s->n == s->capacity) {
		const size_t capacity = s->capacity > 0 ? s->capacity * 2 : 256;
		struct sg_scan_entry *v = realloc(s->v, capacity * sizeof(*v));
		if (!v)
			return no_memory(err);
		s->v = v;
		s->capacity = capacity;
	}
	s->v[s->n++] = (struct sg_scan_entry){.path = path,
		.inode = (uint64_t)st->st_ino,
		.mode = (uint32_t)st->st_mode,
		.size_bytes = (int64_t)st->st_size,
		.mtime_ns = (int64_t)st->st_mtim.tv_sec * NS_PER_S + st->st_mtim.tv_nsec,
		.ctime_ns = (int64_t)st->st_ctim.tv_sec * NS_PER_S + st->st_ctim.tv_nsec};
	return SG_OK;
}

static enum sg_rc scan_folder(
	struct scanning *s, int folder, const char *path, struct sg_err *err);

/*
 * A folder that is closed to us stands as an entry of its own: who opens it, changes something
 * in it and closes it again has changed its ctime.
 */
static enum sg_rc enter(
	struct scanning *s, int folder, const char *name, const char *path, struct sg_err *err)
{
	SG_CLEANUP(sg_fd_close) int fd = -1;
	struct stat st;

	if (++s->depth > SG_SCAN_MAX_DEPTH)
		return sg_err_set(err, SG_LIMIT,
			"cannot watch the tree: '%s' is more than %d folders deep", path,
			SG_SCAN_MAX_DEPTH);
	enum sg_rc rc = sg_fs_open_dir_beneath(folder, name, &fd, NULL);
	if (rc == SG_OK)
		rc = scan_folder(s, fd, path, err);
	else if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		rc = SG_OK; /* gone since it was listed */
	else
		rc = add(s, path, &st, err);
	s->depth--;
	return rc;
}

static enum sg_rc scan_name(
	struct scanning *s, int folder, const char *name, const char *path, struct sg_err *err)
{
	struct stat st;

	if (!is_watched(s, path, name) || fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return SG_OK;
	return S_ISDIR(st.st_mode) ? enter(s, folder, name, path, err) : add(s, path, &st, err);
}

static enum sg_rc scan_folder(
	struct scanning *s, int folder, const char *path, struct sg_err *err)
{
	struct sg_strs names;
	enum sg_rc rc = sg_fs_list(folder, path[0] != '\0' ? path : "the manifest's folder",
		SG_SCAN_MAX_FILES, s->arena, &names, err);

	for (size_t i = 0; rc == SG_OK && i < names.n; i++) {
		const char *below =
			path[0] == '\0' ? names.v[i]
					: sg_arena_printf(s->arena, "%s/%s", path, names.v[i]);
		if (!below)
			return no_memory(err);
		rc = scan_name(s, folder, names.v[i], below, err);
	}
	return rc;
}

static int compare_entries(const void *a, const void *b)
{
	const struct sg_scan_entry *x = a;
	const struct sg_scan_entry *y = b;

	return strcmp(x->path, y->path);
}

/* Moves the grown entries into the arena, sorted, and frees them. */
static enum sg_rc settle(struct scanning *s, struct sg_scan *ret, struct sg_err *err)
{
	struct sg_scan_entry *v = sg_arena_array(s->arena, s->n + 1, sizeof(*v));

	if (v && s->n > 0) {
		memcpy(v, s->v, s->n * sizeof(*v));
		/* folders sort as if their names ended there, paths do not */
		qsort(v, s->n, sizeof(*v), compare_entries);
	}
	free(s->v);
	s->v = NULL;
	if (!v)
		return no_memory(err);
	*ret = (struct sg_scan){v, s->n};
	return SG_OK;
}

enum sg_rc sg_scan_take(int dir, const char *manifest_name, struct sg_arena *arena,
	struct sg_scan *ret, struct sg_err *err)
{
	SG_CLEANUP(sg_fd_close) int folder = -1;
	struct scanning s = {.manifest_name = manifest_name, .arena = arena};
	enum sg_rc rc = sg_fs_open_dir_beneath(dir, ".", &folder, err);

	if (rc == SG_OK)
		rc = scan_folder(&s, folder, "", err);
	if (rc == SG_OK)
		return settle(&s, ret, err);
	free(s.v);
	return rc;
}

/* --- what differs --- */

const char *sg_scan_how_name(enum sg_scan_how how)
{
	switch (how) {
	case SG_SCAN_NEW: return "new";
	case SG_SCAN_CHANGED: return "changed";
	case SG_SCAN_GONE: break;
	}
	return "gone";
}

static bool same_entry(const struct sg_scan_entry *a, const struct sg_scan_entry *b)
{
	return a->inode == b->inode && a->mode == b->mode && a->size_bytes == b->size_bytes &&
	       a->mtime_ns == b->mtime_ns && a->ctime_ns == b->ctime_ns;
}

void sg_scan_compare(const struct sg_scan *before, const struct sg_scan *after,
	sg_scan_change_fn fn, void *ctx)
{
	bool on = true;

	for (size_t i = 0, j = 0; on && (i < before->n || j < after->n);) {
		int order = 0;
		if (i == before->n)
			order = 1;
		else if (j == after->n)
			order = -1;
		else
			order = strcmp(before->v[i].path, after->v[j].path);
		if (order < 0)
			on = fn(ctx, before->v[i].path, SG_SCAN_GONE);
		else if (order > 0)
			on = fn(ctx, after->v[j].path, SG_SCAN_NEW);
		else if (!same_entry(&before->v[i], &after->v[j]))
			on = fn(ctx, after->v[j].path, SG_SCAN_CHANGED);
		i += order <= 0;
		j += order >= 0;
	}
}

/* --- kept --- */

enum sg_rc sg_scan_keep(
	int dir, const char *attempt, const struct sg_scan *scan, struct sg_err *err)
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf out = SG_STRBUF_INIT;

	sg_strbuf_addf(&out, SCAN_HEAD "%s\n", attempt);
	for (size_t i = 0; i < scan->n; i++) {
		const struct sg_scan_entry *e = &scan->v[i];
		sg_strbuf_addf(&out, "%lld %o %lld %lld %lld %s", (long long)e->inode, e->mode,
			(long long)e->size_bytes, (long long)e->mtime_ns,
			(long long)e->ctime_ns, e->path);
		sg_strbuf_addc(&out, '\0');
	}
	if (sg_strbuf_failed(&out))
		return no_memory(err);
	return sg_fs_replace(dir, SCAN_FILE, out.bytes, out.n_bytes, err);
}

/* One number and the space behind it; false where there is none. */
static bool take_number(const char **at, int base, long long *ret)
{
	char *end = NULL;
	const long long value = strtoll(*at, &end, base);
	if (end == *at || *end != ' ')
		return false;
	*at = end + 1;
	*ret = value;
	return true;
}

static bool parse_entry(const char *text, struct sg_arena *arena, struct sg_scan_entry *ret)
{
	static const int bases[5] = {10, 8, 10, 10, 10};
	long long n[5];

	for (size_t i = 0; i < SG_ARRAY_SIZE(n); i++)
		if (!take_number(&text, bases[i], &n[i]))
			return false;
	*ret = (struct sg_scan_entry){sg_arena_str(arena, text), (uint64_t)n[0], (uint32_t)n[1],
		(int64_t)n[2], (int64_t)n[3], (int64_t)n[4]};
	return *text != '\0' && ret->path != NULL;
}

static bool parse(const char *at, const char *end, struct sg_arena *arena, struct sg_scan *ret)
{
	size_t n = 0;
	for (const char *p = at; p < end; p++)
		n += *p == '\0';
	struct sg_scan_entry *v = sg_arena_array(arena, n + 1, sizeof(*v));
	if (!v)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!parse_entry(at, arena, &v[i]))
			return false;
		at += strlen(at) + 1;
	}
	*ret = (struct sg_scan){v, n};
	return at == end;
}

enum sg_rc sg_scan_kept(int dir, struct sg_arena *arena, const char **ret_attempt,
	struct sg_scan *ret, struct sg_err *err)
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf in = SG_STRBUF_INIT;
	const size_t n_head = strlen(SCAN_HEAD);
	struct sg_scan scan;
	enum sg_rc rc = sg_fs_read_beneath(dir, SCAN_FILE, SCAN_MAX_BYTES, &in, err);

	if (rc == SG_NOMEM)
		return rc;
	if (rc < 0 || in.n_bytes <= n_head || strncmp(in.bytes, SCAN_HEAD, n_head) != 0)
		return sg_err_set(err, SG_NOTFOUND, "no scan is kept");
	const char *attempt = in.bytes + n_head;
	const char *line_end = memchr(attempt, '\n', in.n_bytes - n_head);
	if (!line_end || !parse(line_end + 1, in.bytes + in.n_bytes, arena, &scan))
		return sg_err_set(err, SG_NOTFOUND, "the scan that is kept is none");
	const char *name = sg_arena_strn(arena, attempt, (size_t)(line_end - attempt));
	if (!name)
		return no_memory(err);
	*ret_attempt = name;
	*ret = scan;
	return SG_OK;
}

/* --- one path --- */

void sg_scan_mark(int dir, const char *path, char ret[SG_SHA256_HEX_SIZE])
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf text = SG_STRBUF_INIT;
	struct stat st;
	int64_t size;

	ret[0] = '\0';
	if (fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	if (S_ISREG(st.st_mode) &&
		sg_fs_hash_beneath(dir, path, INT64_MAX, &size, ret, NULL) == SG_OK)
		return;
	sg_strbuf_adds(&text, S_ISLNK(st.st_mode) ? "link:" : "");
	if (S_ISREG(st.st_mode))
		sg_strbuf_adds(&text, "unreadable");
	else if (!S_ISLNK(st.st_mode) || sg_fs_read_link(dir, path, &text, NULL) < 0)
		sg_strbuf_adds(&text, "other");
	sg_sha256_of(text.bytes, text.n_bytes, ret);
}
