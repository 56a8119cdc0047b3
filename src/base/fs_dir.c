/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Folders beneath a root, their names, links, and files that need not survive a crash. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs_private.h"
#include "base/hash.h"

#define CHUNK_BYTES    ((size_t)65536)
#define OPENAT2_TRIES  100
#define TREE_DEPTH_MAX 200
#define MODE_BITS      ((mode_t)07777)

enum sg_rc sg_fs_open_dir_beneath(int dir, const char *path, int *ret_fd, struct sg_err *err)
{
	const struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};

	for (int tries = 0; tries < OPENAT2_TRIES; tries++) {
		const int fd = sg_fs->openat2(dir, path, &how, sizeof(how));
		if (fd >= 0) {
			*ret_fd = fd;
			return SG_OK;
		}
		if (errno != EAGAIN && errno != EINTR)
			break;
	}
	if (errno == EXDEV)
		return sg_err_set(
			err, SG_INPUT, "cannot open the folder '%s': it leads out", path);
	if (errno == ELOOP)
		return sg_err_set(err, SG_INPUT,
			"cannot open the folder '%s': a symbolic link is on the way", path);
	return sg_fs_fail(err, errno, "open the folder", path);
}

static void close_stream(DIR **stream)
{
	if (*stream)
		closedir(*stream);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/*
 * Sorts the texts of a finished list; the arena's array is ours until the list is handed out.
 */
static struct sg_strs sorted(struct sg_strs_builder *b)
{
	if (b->v && b->n > 1)
		qsort(b->v, b->n, sizeof(*b->v), compare_names);
	return sg_strs_builder_list(b);
}

static enum sg_rc open_stream(int folder, const char *name, DIR **ret, struct sg_err *err)
{
	/* a descriptor of its own: readdir would move the caller's */
	int fd = sg_fs_open_raw(folder, ".", O_RDONLY | O_DIRECTORY, 0);

	if (fd < 0)
		return sg_fs_fail(err, errno, "list the folder", name);
	*ret = fdopendir(fd);
	if (*ret)
		return SG_OK;
	const int reason = errno;
	sg_fd_close(&fd);
	return sg_fs_fail(err, reason, "list the folder", name);
}

enum sg_rc sg_fs_list(int folder, const char *name, size_t max_names, struct sg_arena *arena,
	struct sg_strs *ret, struct sg_err *err)
{
	SG_CLEANUP(close_stream) DIR *stream = NULL;
	struct sg_strs_builder names;
	const enum sg_rc rc = open_stream(folder, name, &stream, err);

	if (rc < 0)
		return rc;
	sg_strs_builder_init(&names, arena);
	for (;;) {
		errno = 0;
		const struct dirent *entry = readdir(stream);
		if (!entry)
			break;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (names.n >= max_names)
			return sg_err_set(err, SG_LIMIT,
				"cannot list the folder '%s': more than %zu names", name,
				max_names);
		const char *copy = sg_arena_str(arena, entry->d_name);
		if (!copy)
			break;
		sg_strs_builder_add(&names, copy);
	}
	if (sg_arena_failed(arena))
		return sg_err_set(
			err, SG_NOMEM, "cannot list the folder '%s': out of memory", name);
	if (errno != 0)
		return sg_fs_fail(err, errno, "list the folder", name);
	*ret = sorted(&names);
	return SG_OK;
}

enum sg_rc sg_fs_mkdir(int dir, const char *path, mode_t mode, struct sg_err *err)
{
	if (sg_fs->mkdirat(dir, path, mode) < 0)
		return sg_fs_fail(err, errno, "make the folder", path);
	return SG_OK;
}

enum sg_rc sg_fs_rename(int dir, const char *from, const char *to, struct sg_err *err)
{
	SG_CLEANUP(sg_fd_close) int from_fd = -1;
	SG_CLEANUP(sg_fd_close) int to_fd = -1;
	const char *from_name = NULL;
	const char *to_name = NULL;
	enum sg_rc rc = sg_fs_open_parent(dir, from, &from_fd, &from_name, err);

	if (rc == SG_OK)
		rc = sg_fs_open_parent(dir, to, &to_fd, &to_name, err);
	if (rc < 0)
		return rc;
	if (sg_fs->renameat(from_fd, from_name, to_fd, to_name) < 0)
		return sg_fs_fail(err, errno, "rename", from);
	rc = sg_fs_sync_fd(to_fd, to, err);
	return rc < 0 ? rc : sg_fs_sync_fd(from_fd, from, err);
}

enum sg_rc sg_fs_read_link(int dir, const char *path, struct sg_strbuf *out, struct sg_err *err)
{
	char text[PATH_MAX];
	const ssize_t n = readlinkat(dir, path, text, sizeof(text));

	if (n < 0)
		return sg_fs_fail(err, errno, "read the link", path);
	sg_strbuf_add(out, text, (size_t)n);
	return SG_OK;
}

/* From the start of `from`, hashed; and written to `to` where that is a descriptor. */
static enum sg_rc pass(int from, int to, const char *name, int64_t max_bytes,
	struct sg_sha256 *ctx, int64_t *ret_size_bytes, struct sg_err *err)
{
	char chunk[CHUNK_BYTES];
	int64_t size_bytes = 0;

	if (lseek(from, 0, SEEK_SET) < 0)
		return sg_fs_fail(err, errno, "read", name);
	for (;;) {
		const ssize_t n = sg_fs->read(from, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return sg_fs_fail(err, errno, "read", name);
		if (n == 0)
			break;
		size_bytes += n;
		if (size_bytes > max_bytes)
			return sg_err_set(err, SG_LIMIT,
				"cannot read '%s': larger than %lld bytes", name,
				(long long)max_bytes);
		sg_sha256_add(ctx, chunk, (size_t)n);
		const enum sg_rc rc =
			to < 0 ? SG_OK : sg_fs_write_all(to, name, chunk, (size_t)n, err);
		if (rc < 0)
			return rc;
	}
	*ret_size_bytes = size_bytes;
	return SG_OK;
}

enum sg_rc sg_fs_hash_fd(int fd, const char *name, int64_t max_bytes, int64_t *ret_size_bytes,
	char ret_hex[SG_SHA256_HEX_SIZE], struct sg_err *err)
{
	struct sg_sha256 ctx;

	sg_sha256_begin(&ctx);
	const enum sg_rc rc = pass(fd, -1, name, max_bytes, &ctx, ret_size_bytes, err);
	if (rc == SG_OK)
		sg_sha256_end(&ctx, ret_hex);
	return rc;
}

/*
 * Mode, sync if asked, checked close; takes the file away again where rc or any of these
 * failed.
 */
static enum sg_rc finish(int *fd, int dir, const char *path, const struct sg_fs_copy *how,
	enum sg_rc rc, struct sg_err *err)
{
	if (rc == SG_OK)
		rc = sg_fs_set_mode(*fd, path, how->mode, err);
	if (rc == SG_OK && how->sync)
		rc = sg_fs_sync_fd(*fd, path, err);
	const enum sg_rc close_rc = sg_fs_close_checked(fd, path, err);
	if (rc == SG_OK)
		rc = close_rc;
	if (rc < 0)
		sg_fs->unlinkat(dir, path, 0);
	return rc;
}

enum sg_rc sg_fs_copy_plain(int from_fd, int dir, const char *path,
	const struct sg_fs_copy *how, int64_t *ret_size_bytes, char ret_hex[SG_SHA256_HEX_SIZE],
	struct sg_err *err)
{
	int fd = sg_fs_open_raw(dir, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
	struct sg_sha256 ctx;
	int64_t size_bytes = 0;

	if (fd < 0)
		return sg_fs_fail(err, errno, "create", path);
	sg_sha256_begin(&ctx);
	enum sg_rc rc = pass(from_fd, fd, path, how->max_bytes, &ctx, &size_bytes, err);
	rc = finish(&fd, dir, path, how, rc, err);
	if (rc < 0)
		return rc;
	sg_sha256_end(&ctx, ret_hex);
	*ret_size_bytes = size_bytes;
	return SG_OK;
}

enum sg_rc sg_fs_copy_by_hash(int from_fd, int dir, const char *from_name, int64_t max_bytes,
	int64_t *ret_size_bytes, char ret_hex[SG_SHA256_HEX_SIZE], struct sg_err *err)
{
	const struct sg_fs_copy how = {0444, true, max_bytes};
	char hex[SG_SHA256_HEX_SIZE];
	char temp[64];
	int64_t size_bytes = 0;

	/*
	 * a copy that was begun by a process that died has our name only if it had our number
	 */
	(void)snprintf(temp, sizeof(temp), ".copy.tmp.%ld", (long)getpid());
	enum sg_rc rc = sg_fs_unlink(dir, temp, err);
	if (rc == SG_OK)
		rc = sg_fs_copy_plain(from_fd, dir, temp, &how, &size_bytes, hex, err);
	if (rc < 0) {
		sg_err_wrap(err, "cannot copy '%s'", from_name);
		return rc;
	}
	if (sg_fs_exists(dir, hex))
		rc = sg_fs_unlink(dir, temp, err);
	else if (sg_fs->renameat(dir, temp, dir, hex) < 0)
		rc = sg_fs_fail(err, errno, "rename the copy of", from_name);
	if (rc < 0) {
		sg_fs->unlinkat(dir, temp, 0);
		return rc;
	}
	memcpy(ret_hex, hex, sizeof(hex));
	*ret_size_bytes = size_bytes;
	return SG_OK;
}

enum sg_rc sg_fs_write_new(int dir, const char *path, mode_t mode, const void *bytes,
	size_t n_bytes, struct sg_err *err)
{
	const struct sg_fs_copy how = {mode, false, 0};
	int fd = sg_fs_open_raw(dir, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);

	if (fd < 0)
		return sg_fs_fail(err, errno, "create", path);
	const enum sg_rc rc = sg_fs_write_all(fd, path, bytes, n_bytes, err);
	return finish(&fd, dir, path, &how, rc, err);
}

enum sg_rc sg_fs_set_mode(int fd, const char *name, mode_t mode, struct sg_err *err)
{
	if (fchmod(fd, mode & MODE_BITS) < 0)
		return sg_fs_fail(err, errno, "set the mode of", name);
	return SG_OK;
}

/* A name of another kind, or gone, is nothing to do: *ret_fd is then -1. */
static enum sg_rc open_unlocked(
	int dir, const char *name, const char *path, int *ret_fd, struct sg_err *err)
{
	SG_CLEANUP(sg_fd_close)
	int found = sg_fs_open_raw(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
	char self[64];

	*ret_fd = -1;
	if (found < 0)
		return errno == ENOTDIR || errno == ELOOP || errno == ENOENT
			       ? SG_OK
			       : sg_fs_fail(err, errno, "open a folder of", path);
	/*
	 * fchmod takes no O_PATH descriptor, and a name could be swapped for a link meanwhile
	 */
	(void)snprintf(self, sizeof(self), "/proc/self/fd/%d", found);
	if (chmod(self, 0700) < 0)
		return sg_fs_fail(err, errno, "set the mode of a folder of", path);
	*ret_fd = sg_fs_open_raw(found, ".", O_RDONLY | O_DIRECTORY, 0);
	return *ret_fd < 0 ? sg_fs_fail(err, errno, "open a folder of", path) : SG_OK;
}

static enum sg_rc unlock_entry(
	int dir, const char *name, const char *path, int depth, struct sg_err *err)
{
	SG_CLEANUP(close_stream) DIR *stream = NULL;
	int fd = -1;
	enum sg_rc rc = open_unlocked(dir, name, path, &fd, err);

	if (rc < 0 || fd < 0)
		return rc;
	stream = fdopendir(fd);
	if (!stream) {
		const int reason = errno;
		sg_fd_close(&fd);
		return sg_fs_fail(err, reason, "list a folder of", path);
	}
	if (depth >= TREE_DEPTH_MAX)
		return sg_err_set(err, SG_LIMIT, "cannot open '%s': more than %d levels deep",
			path, TREE_DEPTH_MAX);
	for (;;) {
		const struct dirent *entry = readdir(stream);
		if (!entry)
			return SG_OK;
		if (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN)
			continue;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		rc = unlock_entry(dirfd(stream), entry->d_name, path, depth + 1, err);
		if (rc < 0)
			return rc;
	}
}

enum sg_rc sg_fs_unlock_tree(int dir, const char *path, struct sg_err *err)
{
	return unlock_entry(dir, path, path, 0, err);
}
