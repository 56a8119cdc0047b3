/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of system calls, opening, reading. Writing is in fs_write.c. */
#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fs_private.h"
#include "base/hash.h"

#define CHUNK_BYTES ((size_t)65536)
/* openat2 says EAGAIN when a rename elsewhere made its walk unsafe to judge; it never lasts. */
#define OPENAT2_TRIES 100

static int kernel_openat(int dir, const char *path, int flags, mode_t mode)
{
	return openat(dir, path, flags, mode);
}

static int kernel_openat2(int dir, const char *path, const struct open_how *how, size_t size)
{
	return (int)syscall(SYS_openat2, dir, path, how, size);
}

static int kernel_fcntl_lock(int fd, int command, struct flock *lock)
{
	return fcntl(fd, command, lock);
}

/* Wrapped where the C library has a variadic function or none at all. */
const struct sg_fs_calls sg_fs_kernel = {
	.openat = kernel_openat,
	.openat2 = kernel_openat2,
	.close = close,
	.read = read,
	.write = write,
	.fsync = fsync,
	.fdatasync = fdatasync,
	.ftruncate = ftruncate,
	.renameat = renameat,
	.unlinkat = unlinkat,
	.mkdirat = mkdirat,
	.fcntl_lock = kernel_fcntl_lock,
	.fstat = fstat,
};

const struct sg_fs_calls *sg_fs = &sg_fs_kernel;

enum sg_rc sg_fs_fail(struct sg_err *err, int errno_value, const char *verb, const char *name)
{
	enum sg_rc rc = SG_STORAGE;

	if (errno_value == ENOENT || errno_value == ENOTDIR)
		rc = SG_NOTFOUND;
	else if (errno_value == ELOOP || errno_value == EXDEV || errno_value == ENAMETOOLONG ||
		 errno_value == EISDIR || errno_value == ENXIO || errno_value == EEXIST)
		rc = SG_INPUT;
	return sg_err_errno(err, rc, errno_value, "cannot %s '%s'", verb, name);
}

int sg_fs_open_raw(int dir, const char *path, int flags, mode_t mode)
{
	int fd;

	do
		fd = sg_fs->openat(dir, path, flags | O_CLOEXEC, mode);
	while (fd < 0 && errno == EINTR);
	return fd;
}

void sg_fd_close(int *fd)
{
	if (*fd >= 0)
		sg_fs->close(*fd);
	*fd = -1;
}

enum sg_rc sg_fs_close_checked(int *fd, const char *name, struct sg_err *err)
{
	/*
	 * On Linux the descriptor is gone in any case; a second close could hit another file.
	 */
	const int result = sg_fs->close(*fd);
	const int reason = errno;

	*fd = -1;
	if (result < 0 && reason != EINTR)
		return sg_fs_fail(err, reason, "close", name);
	return SG_OK;
}

enum sg_rc sg_fs_open_dir(int dir, const char *path, int *ret_fd, struct sg_err *err)
{
	const int fd = sg_fs_open_raw(dir, path, O_RDONLY | O_DIRECTORY, 0);

	if (fd < 0)
		return sg_fs_fail(err, errno, "open the folder", path);
	*ret_fd = fd;
	return SG_OK;
}

enum sg_rc sg_fs_open_parent(
	int dir, const char *path, int *ret_fd, const char **ret_name, struct sg_err *err)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	char folder[PATH_MAX] = ".";

	if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return sg_err_set(err, SG_INPUT, "cannot write '%s': it names no file", path);
	if (slash) {
		/* "/name" lies in "/", which keeps its slash. */
		const size_t length = slash == path ? 1 : (size_t)(slash - path);
		if (length >= sizeof(folder))
			return sg_fs_fail(err, ENAMETOOLONG, "open the folder of", path);
		memcpy(folder, path, length);
		folder[length] = '\0';
	}
	const enum sg_rc rc = sg_fs_open_dir(dir, folder, ret_fd, err);
	if (rc == SG_OK)
		*ret_name = name;
	return rc;
}

/* Hands a fresh descriptor over if it is a regular file, else closes it. */
static enum sg_rc take_regular(int fd, const char *path, int *ret_fd, struct sg_err *err)
{
	struct stat st;
	enum sg_rc rc = SG_OK;

	if (fstat(fd, &st) < 0)
		rc = sg_fs_fail(err, errno, "look at", path);
	else if (!S_ISREG(st.st_mode))
		rc = sg_err_set(err, SG_INPUT, "cannot read '%s': not a regular file", path);
	if (rc < 0)
		sg_fd_close(&fd);
	else
		*ret_fd = fd;
	return rc;
}

enum sg_rc sg_fs_open_read(int dir, const char *path, int *ret_fd, struct sg_err *err)
{
	/* O_NONBLOCK: a pipe with nobody at its other end must not stop us before we look. */
	const int fd = sg_fs_open_raw(dir, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);

	if (fd < 0)
		return sg_fs_fail(err, errno, "open", path);
	return take_regular(fd, path, ret_fd, err);
}

enum sg_rc sg_fs_open_beneath(int dir, const char *path, int *ret_fd, struct sg_err *err)
{
	const struct open_how how = {
		.flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	int fd = -1;

	for (int tries = 0; tries < OPENAT2_TRIES; tries++) {
		fd = sg_fs->openat2(dir, path, &how, sizeof(how));
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	if (fd >= 0)
		return take_regular(fd, path, ret_fd, err);
	if (errno == EXDEV)
		return sg_err_set(
			err, SG_INPUT, "cannot open '%s': it leads out of its folder", path);
	if (errno == ELOOP)
		return sg_err_set(
			err, SG_INPUT, "cannot open '%s': a symbolic link is on the way", path);
	return sg_fs_fail(err, errno, "open", path);
}

static enum sg_rc over_limit(struct sg_err *err, const char *name, size_t max_bytes)
{
	return sg_err_set(
		err, SG_LIMIT, "cannot read '%s': larger than %zu bytes", name, max_bytes);
}

ssize_t sg_fs_read_some(
	int fd, const char *name, void *bytes, size_t n_bytes, struct sg_err *err)
{
	ssize_t n;

	do
		n = sg_fs->read(fd, bytes, n_bytes);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		sg_fs_fail(err, errno, "read", name);
	return n;
}

enum sg_rc sg_fs_read_fd(
	int fd, const char *name, size_t max_bytes, struct sg_strbuf *out, struct sg_err *err)
{
	const size_t before = out->n_bytes;
	struct stat st;
	size_t expected = 0;

	/*
	 * The size is a hint that saves copies; a file may grow, shrink, or not know its size.
	 */
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0) {
		if ((uint64_t)st.st_size > max_bytes)
			return over_limit(err, name, max_bytes);
		expected = (size_t)st.st_size;
	}
	/* One more than expected, so that the read that finds the end needs no growth. */
	sg_strbuf_reserve(out, expected + 1);
	enum sg_rc rc = SG_OK;
	for (;;) {
		if (out->capacity_bytes - out->n_bytes < 2)
			sg_strbuf_reserve(out, CHUNK_BYTES);
		if (sg_strbuf_failed(out)) {
			rc = sg_err_set(err, SG_NOMEM, "cannot read '%s': out of memory", name);
			break;
		}
		const ssize_t n = sg_fs_read_some(fd, name, out->bytes + out->n_bytes,
			out->capacity_bytes - out->n_bytes - 1, err);
		if (n < 0)
			rc = SG_STORAGE;
		if (n <= 0)
			break;
		out->n_bytes += (size_t)n;
		if (out->n_bytes - before > max_bytes) {
			rc = over_limit(err, name, max_bytes);
			break;
		}
	}
	if (rc < 0)
		out->n_bytes = before;
	if (out->bytes != sg_strbuf_empty)
		out->bytes[out->n_bytes] = '\0';
	return rc;
}

enum sg_rc sg_fs_read(
	int dir, const char *path, size_t max_bytes, struct sg_strbuf *out, struct sg_err *err)
{
	SG_CLEANUP(sg_fd_close) int fd = -1;
	const enum sg_rc rc = sg_fs_open_read(dir, path, &fd, err);

	return rc < 0 ? rc : sg_fs_read_fd(fd, path, max_bytes, out, err);
}

enum sg_rc sg_fs_read_beneath(
	int dir, const char *path, size_t max_bytes, struct sg_strbuf *out, struct sg_err *err)
{
	SG_CLEANUP(sg_fd_close) int fd = -1;
	const enum sg_rc rc = sg_fs_open_beneath(dir, path, &fd, err);

	return rc < 0 ? rc : sg_fs_read_fd(fd, path, max_bytes, out, err);
}

enum sg_rc sg_fs_same_beneath(int dir, const char *path, const struct sg_fs_bytes *bytes,
	bool *ret, struct sg_err *err)
{
	SG_CLEANUP(sg_fd_close) int fd = -1;
	const enum sg_rc rc = sg_fs_open_beneath(dir, path, &fd, err);
	struct stat st;
	const char *at = bytes->bytes;
	size_t n_left = bytes->n_bytes;
	char chunk[CHUNK_BYTES];

	if (rc < 0)
		return rc;
	if (fstat(fd, &st) < 0)
		return sg_fs_fail(err, errno, "look at", path);
	bool same = st.st_size >= 0 && (uintmax_t)st.st_size == bytes->n_bytes;
	while (same) {
		const ssize_t n = sg_fs_read_some(fd, path, chunk, sizeof(chunk), err);
		if (n < 0)
			return SG_STORAGE;
		if (n == 0)
			break;
		same = (size_t)n <= n_left && memcmp(chunk, at, (size_t)n) == 0;
		at += n;
		n_left -= (size_t)n;
	}
	*ret = same && n_left == 0;
	return SG_OK;
}

enum sg_rc sg_fs_hash_beneath(int dir, const char *path, int64_t max_bytes,
	int64_t *ret_size_bytes, char ret_hex[SG_SHA256_HEX_SIZE], struct sg_err *err)
{
	SG_CLEANUP(sg_fd_close) int fd = -1;
	enum sg_rc rc = sg_fs_open_beneath(dir, path, &fd, err);
	struct sg_sha256 ctx;
	int64_t size_bytes = 0;
	char chunk[CHUNK_BYTES];

	if (rc < 0)
		return rc;
	sg_sha256_begin(&ctx);
	for (;;) {
		const ssize_t n = sg_fs_read_some(fd, path, chunk, sizeof(chunk), err);
		if (n < 0)
			return SG_STORAGE;
		if (n == 0)
			break;
		size_bytes += n;
		if (size_bytes > max_bytes)
			return over_limit(err, path, (size_t)max_bytes);
		sg_sha256_add(&ctx, chunk, (size_t)n);
	}
	sg_sha256_end(&ctx, ret_hex);
	*ret_size_bytes = size_bytes;
	return SG_OK;
}
