/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The durable write, the only one there is: what it acknowledges is on the disk under its final
 * name, and what it does not acknowledge is the old file or the whole new one, never a mix.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fs_private.h"
#include "base/hash.h"

#define CHUNK_BYTES ((size_t)65536)
/* Names that a killed process with our number may have left behind and that we step over. */
#define TEMP_TRIES    1000
#define NEW_FILE_MODE ((mode_t)0644)
#define MODE_BITS     ((mode_t)07777)

static atomic_bool poisoned;

bool sg_fs_poisoned(void)
{
	return atomic_load(&poisoned);
}

void sg_fs_poison_clear(void)
{
	atomic_store(&poisoned, false);
}

/*
 * After a failed sync the kernel drops the error with the pages: asking again says OK for data
 * that is gone. So there is no second try, not even after EINTR.
 */
static enum sg_rc synced(int result, const char *name, struct sg_err *err)
{
	if (result == 0)
		return SG_OK;
	atomic_store(&poisoned, true);
	return sg_err_errno(
		err, SG_STORAGE, errno, "cannot sync '%s': not durable, state unknown", name);
}

enum sg_rc sg_fs_sync_fd(int fd, const char *name, struct sg_err *err)
{
	return synced(sg_fs->fsync(fd), name, err);
}

enum sg_rc sg_fs_sync_data(int fd, const char *name, struct sg_err *err)
{
	return synced(sg_fs->fdatasync(fd), name, err);
}

enum sg_rc sg_fs_write_all(
	int fd, const char *name, const void *bytes, size_t n_bytes, struct sg_err *err)
{
	const char *at = bytes;

	while (n_bytes > 0) {
		const ssize_t n = sg_fs->write(fd, at, n_bytes);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return sg_fs_fail(err, n < 0 ? errno : ENOSPC, "write", name);
		at += n;
		n_bytes -= (size_t)n;
	}
	return SG_OK;
}

struct content {
	const void *bytes;
	size_t n_bytes;
	mode_t mode; /* to be set exactly; 0: as it was created */
};

/*
 * Whole file from one buffer: bytes, exact mode, fsync, checked close. Closes *fd in any case.
 * ret_st (may be NULL) gets the file as it is behind the last byte.
 */
static enum sg_rc fill(int *fd, const char *name, const struct content *content,
	struct stat *ret_st, struct sg_err *err)
{
	enum sg_rc rc = sg_fs_write_all(*fd, name, content->bytes, content->n_bytes, err);

	if (rc == SG_OK && content->mode != 0 && fchmod(*fd, content->mode) < 0)
		rc = sg_fs_fail(err, errno, "set the mode of", name);
	if (rc == SG_OK && ret_st && fstat(*fd, ret_st) < 0)
		rc = sg_fs_fail(err, errno, "look at", name);
	if (rc == SG_OK)
		rc = sg_fs_sync_fd(*fd, name, err);
	const enum sg_rc close_rc = sg_fs_close_checked(fd, name, err);
	return rc < 0 ? rc : close_rc;
}

/*
 * The exact mode that the new file must get; 0 where there is no old one (then as the umask
 * says).
 */
static enum sg_rc old_mode(
	int parent, const char *name, const char *path, mode_t *ret_mode, struct sg_err *err)
{
	struct stat st;

	*ret_mode = 0;
	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? SG_OK : sg_fs_fail(err, errno, "look at", path);
	if (S_ISLNK(st.st_mode))
		return sg_err_set(
			err, SG_INPUT, "cannot replace '%s': it is a symbolic link", path);
	if (!S_ISREG(st.st_mode))
		return sg_err_set(
			err, SG_INPUT, "cannot replace '%s': not a regular file", path);
	*ret_mode = st.st_mode & MODE_BITS;
	return SG_OK;
}

/*
 * ret_name gets the name; a long one loses its middle, so that the whole stays below NAME_MAX.
 */
static int open_temp(int parent, const char *name, char ret_name[NAME_MAX + 1])
{
	static atomic_uint counter;

	for (int tries = 0; tries < TEMP_TRIES; tries++) {
		snprintf(ret_name, NAME_MAX + 1, ".%.200s.tmp.%ld.%u", name, (long)getpid(),
			atomic_fetch_add(&counter, 1u));
		const int fd = sg_fs_open_raw(
			parent, ret_name, O_WRONLY | O_CREAT | O_EXCL, NEW_FILE_MODE);
		if (fd >= 0 || errno != EEXIST)
			return fd;
	}
	return -1;
}

/* "<digits>.<digits>", what open_temp puts behind ".tmp." */
static bool is_temp_number(const char *text)
{
	static const char digits[] = "0123456789";
	const size_t pid = strspn(text, digits);

	if (pid == 0 || text[pid] != '.')
		return false;
	const size_t count = strspn(text + pid + 1, digits);
	return count > 0 && text[pid + 1 + count] == '\0';
}

/* Of the names beside path: those that open_temp gives to path; removed, or only looked for. */
static bool find_temps(int dir, const char *path, bool remove)
{
	SG_CLEANUP(sg_fd_close) int parent = -1;
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_strs names;
	const char *name = NULL;
	char start[NAME_MAX + 1];
	bool found = false;

	if (sg_fs_open_parent(dir, path, &parent, &name, NULL) < 0)
		return false;
	const int n = snprintf(start, sizeof(start), ".%.200s.tmp.", name);
	if (n > 0 && sg_fs_list(parent, path, SIZE_MAX, &arena, &names, NULL) == SG_OK)
		for (size_t i = 0; i < names.n; i++) {
			if (strncmp(names.v[i], start, (size_t)n) != 0 ||
				!is_temp_number(names.v[i] + n))
				continue;
			found = true;
			if (remove)
				(void)sg_fs->unlinkat(parent, names.v[i], 0);
		}
	sg_arena_release(&arena);
	return found;
}

bool sg_fs_has_temps(int dir, const char *path)
{
	return find_temps(dir, path, false);
}

void sg_fs_sweep(int dir, const char *path)
{
	(void)find_temps(dir, path, true);
}

static bool earlier(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

/*
 * Whether what stands under the name is the file that was filled, untouched. The rename gives
 * it a new ctime. When that differs from the time of our last byte, the clock has ticked since
 * then, and any byte written later would have changed the mtime too.
 */
static bool is_untouched(const struct stat *filled, const struct stat *now)
{
	return now->st_dev == filled->st_dev && now->st_ino == filled->st_ino &&
	       now->st_size == filled->st_size &&
	       now->st_mtim.tv_sec == filled->st_mtim.tv_sec &&
	       now->st_mtim.tv_nsec == filled->st_mtim.tv_nsec &&
	       earlier(&filled->st_mtim, &now->st_ctim);
}

enum sg_rc sg_fs_replace_seen(int dir, const char *path, const struct sg_fs_bytes *bytes,
	struct sg_fs_seen *ret, struct sg_err *err)
{
	SG_CLEANUP(sg_fd_close) int parent = -1;
	const char *name = NULL;
	struct content content = {bytes->bytes, bytes->n_bytes, 0};
	enum sg_rc rc = sg_fs_open_parent(dir, path, &parent, &name, err);
	struct stat filled;
	char temp_name[NAME_MAX + 1];

	ret->untouched = false;
	if (rc == SG_OK)
		rc = old_mode(parent, name, path, &content.mode, err);
	if (rc < 0)
		return rc;
	int temp = open_temp(parent, name, temp_name);
	if (temp < 0)
		return sg_fs_fail(err, errno, "create a temporary file beside", path);
	rc = fill(&temp, path, &content, &filled, err);
	if (rc == SG_OK && sg_fs->renameat(parent, temp_name, parent, name) < 0)
		rc = sg_fs_fail(err, errno, "replace", path);
	if (rc < 0) {
		/*
		 * A rename may report failure and yet have happened: then there is nothing
		 * here.
		 */
		sg_fs->unlinkat(parent, temp_name, 0);
		return rc;
	}
	ret->untouched = fstatat(parent, name, &ret->st, AT_SYMLINK_NOFOLLOW) == 0 &&
			 is_untouched(&filled, &ret->st);
	return sg_fs_sync_fd(parent, path, err);
}

enum sg_rc sg_fs_replace(
	int dir, const char *path, const void *bytes, size_t n_bytes, struct sg_err *err)
{
	struct sg_fs_seen seen;

	return sg_fs_replace_seen(dir, path, &(struct sg_fs_bytes){bytes, n_bytes}, &seen, err);
}

/* A file that must be new; the caller writes it. */
static enum sg_rc open_new(int dir, const char *path, mode_t mode, int *ret_parent,
	const char **ret_name, int *ret_fd, struct sg_err *err)
{
	const enum sg_rc rc = sg_fs_open_parent(dir, path, ret_parent, ret_name, err);

	if (rc < 0)
		return rc;
	*ret_fd = sg_fs_open_raw(*ret_parent, *ret_name, O_WRONLY | O_CREAT | O_EXCL, mode);
	return *ret_fd < 0 ? sg_fs_fail(err, errno, "create", path) : SG_OK;
}

/* The name made durable, or a file that was not finished taken away. */
static enum sg_rc finish_new(
	enum sg_rc rc, int parent, const char *name, const char *path, struct sg_err *err)
{
	if (rc == SG_OK)
		return sg_fs_sync_fd(parent, path, err);
	sg_fs->unlinkat(parent, name, 0);
	return rc;
}

enum sg_rc sg_fs_create(int dir, const char *path, mode_t mode, const void *bytes,
	size_t n_bytes, struct sg_err *err)
{
	SG_CLEANUP(sg_fd_close) int parent = -1;
	const char *name = NULL;
	int fd = -1;
	enum sg_rc rc = open_new(dir, path, mode, &parent, &name, &fd, err);

	if (rc < 0)
		return rc;
	rc = fill(&fd, path, &(struct content){bytes, n_bytes, mode}, NULL, err);
	return finish_new(rc, parent, name, path, err);
}

/* Content of from to fd, hashed as it passes: the bytes written are the bytes hashed. */
static enum sg_rc copy_hashed(int from, int fd, const char *path, int64_t max_bytes,
	int64_t *ret_size_bytes, struct sg_sha256 *ctx, struct sg_err *err)
{
	char chunk[CHUNK_BYTES];
	int64_t size_bytes = 0;

	if (lseek(from, 0, SEEK_SET) < 0)
		return sg_fs_fail(err, errno, "read the source of", path);
	for (;;) {
		const ssize_t n = sg_fs->read(from, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return sg_fs_fail(err, errno, "read the source of", path);
		if (n == 0)
			break;
		size_bytes += n;
		if (size_bytes > max_bytes)
			return sg_err_set(err, SG_LIMIT,
				"cannot copy to '%s': larger than %lld bytes", path,
				(long long)max_bytes);
		const enum sg_rc rc = sg_fs_write_all(fd, path, chunk, (size_t)n, err);
		if (rc < 0)
			return rc;
		sg_sha256_add(ctx, chunk, (size_t)n);
	}
	*ret_size_bytes = size_bytes;
	return SG_OK;
}

enum sg_rc sg_fs_copy_in(int from_fd, int dir, const char *path, int64_t max_bytes,
	int64_t *ret_size_bytes, char ret_hex[SG_SHA256_HEX_SIZE], struct sg_err *err)
{
	SG_CLEANUP(sg_fd_close) int parent = -1;
	const char *name = NULL;
	int fd = -1;
	enum sg_rc rc = open_new(dir, path, 0400, &parent, &name, &fd, err);
	struct sg_sha256 ctx;
	int64_t size_bytes = 0;

	if (rc < 0)
		return rc;
	sg_sha256_begin(&ctx);
	rc = copy_hashed(from_fd, fd, path, max_bytes, &size_bytes, &ctx, err);
	const enum sg_rc fill_rc = fill(&fd, path, &(struct content){"", 0, 0444}, NULL, err);
	rc = finish_new(rc < 0 ? rc : fill_rc, parent, name, path, err);
	if (rc < 0)
		return rc;
	sg_sha256_end(&ctx, ret_hex);
	*ret_size_bytes = size_bytes;
	return SG_OK;
}

enum sg_rc sg_fs_open_append(
	int dir, const char *path, mode_t mode, int *ret_fd, struct sg_err *err)
{
	const int flags = O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
	int fd = sg_fs_open_raw(dir, path, flags, mode);
	struct stat st;

	if (fd < 0)
		return sg_fs_fail(err, errno, "open for appending", path);
	enum sg_rc rc = SG_OK;
	if (fstat(fd, &st) < 0)
		rc = sg_fs_fail(err, errno, "look at", path);
	else if (!S_ISREG(st.st_mode))
		rc = sg_err_set(
			err, SG_INPUT, "cannot append to '%s': not a regular file", path);
	if (rc < 0)
		sg_fd_close(&fd);
	else
		*ret_fd = fd;
	return rc;
}

void sg_fs_note(int dir, const char *path, const void *bytes, size_t n_bytes)
{
	SG_CLEANUP(sg_fd_close)
	int fd = sg_fs_open_raw(
		dir, path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK, NEW_FILE_MODE);

	if (fd >= 0)
		(void)sg_fs_write_all(fd, path, bytes, n_bytes, NULL);
}

enum sg_rc sg_fs_truncate(int fd, const char *name, int64_t size_bytes, struct sg_err *err)
{
	int result;

	do
		result = sg_fs->ftruncate(fd, (off_t)size_bytes);
	while (result < 0 && errno == EINTR);
	return result < 0 ? sg_fs_fail(err, errno, "shorten", name) : SG_OK;
}
