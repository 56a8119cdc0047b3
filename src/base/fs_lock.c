/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Locks that belong to an open file description: they end with the process, however it ends,
 * and no close() of another descriptor drops them.
 *
 * A lock file holds the number of its last holder, ten columns and a newline, for the sentence
 * of who has to wait. It is written over in place and never shortened, so a reader finds no
 * gap. Behind it stands one more byte: '+' while a holder is at work, '.' once it said that it
 * came to its end. It is never synced: a machine that stops has lost what was not synced, and
 * needs no mark to say so.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs_private.h"

#define MARK_AT          11
#define AT_WORK          '+'
#define FINISHED         '.'
#define NS_PER_MS        INT64_C(1000000)
#define FIRST_PAUSE_NS   (1 * NS_PER_MS)
#define LONGEST_PAUSE_NS (20 * NS_PER_MS)

/* The whole file, however long it becomes. */
static struct flock whole_file(void)
{
	return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
}

/* 0, or an errno value; EAGAIN when another has it. */
static int try_lock(int fd)
{
	struct flock lock = whole_file();
	int result;

	do
		result = sg_fs->fcntl_lock(fd, F_OFD_SETLK, &lock);
	while (result < 0 && errno == EINTR);
	if (result == 0)
		return 0;
	return errno == EACCES ? EAGAIN : errno;
}

/* Polled, because a blocking lock has no deadline. Returns as try_lock. */
static int lock_until(int fd, int64_t deadline_ns)
{
	int64_t pause_ns = FIRST_PAUSE_NS;

	for (;;) {
		const int result = try_lock(fd);
		const int64_t left_ns = deadline_ns - sg_clock_mono_ns();
		if (result != EAGAIN || left_ns <= 0)
			return result;
		const struct timespec pause = {
			.tv_nsec = (long)(pause_ns < left_ns ? pause_ns : left_ns),
		};
		nanosleep(&pause, NULL);
		pause_ns = pause_ns * 2 < LONGEST_PAUSE_NS ? pause_ns * 2 : LONGEST_PAUSE_NS;
	}
}

static enum sg_rc busy(int fd, const char *path, struct sg_err *err)
{
	char text[32] = "";
	const ssize_t n = sg_fs->read(fd, text, sizeof(text) - 1);
	const long holder = n > 0 ? strtol(text, NULL, 10) : 0;

	if (holder > 0)
		return sg_err_set(
			err, SG_BUSY, "cannot lock '%s': process %ld holds it", path, holder);
	return sg_err_set(err, SG_BUSY, "cannot lock '%s': another process holds it", path);
}

/*
 * For people only: on a full disk the lock must still be had, so the outcome does not matter.
 */
static void write_holder(int fd)
{
	char text[32];
	const int length = snprintf(text, sizeof(text), "%10ld\n", (long)getpid());

	if (length > 0 && sg_fs->write(fd, text, (size_t)length) < 0)
		return;
}

enum sg_rc sg_fs_lock(
	int dir, const char *path, int64_t timeout_ms, int *ret_fd, struct sg_err *err)
{
	SG_CLEANUP(sg_fd_close) int fd = -1;
	const int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
	struct stat st;

	fd = sg_fs_open_raw(dir, path, flags, 0600);
	if (fd < 0)
		return sg_fs_fail(err, errno, "open the lock", path);
	if (fstat(fd, &st) < 0)
		return sg_fs_fail(err, errno, "look at the lock", path);
	if (!S_ISREG(st.st_mode))
		return sg_err_set(err, SG_INPUT, "cannot lock '%s': not a regular file", path);
	const int reason = lock_until(fd, sg_clock_mono_ns() + timeout_ms * NS_PER_MS);
	if (reason == EAGAIN)
		return busy(fd, path, err);
	if (reason != 0)
		return sg_err_errno(err, SG_STORAGE, reason, "cannot lock '%s'", path);
	write_holder(fd);
	*ret_fd = fd;
	fd = -1;
	return SG_OK;
}

static bool write_mark(int fd, char mark)
{
	return lseek(fd, MARK_AT, SEEK_SET) == MARK_AT && sg_fs->write(fd, &mark, 1) == 1;
}

bool sg_fs_lock_begin(int fd)
{
	char mark = AT_WORK;
	const bool was_finished = lseek(fd, MARK_AT, SEEK_SET) == MARK_AT &&
				  sg_fs->read(fd, &mark, 1) == 1 && mark == FINISHED;

	/* a disk that takes no byte takes no commit either */
	return !write_mark(fd, AT_WORK) || !was_finished;
}

void sg_fs_lock_finish(int fd)
{
	(void)write_mark(fd, FINISHED);
}

bool sg_fs_lock_was_left(int dir, const char *path)
{
	SG_CLEANUP(sg_fd_close) int fd = -1;
	char mark = FINISHED;

	fd = sg_fs_open_raw(dir, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
	return fd >= 0 && lseek(fd, MARK_AT, SEEK_SET) == MARK_AT &&
	       sg_fs->read(fd, &mark, 1) == 1 && mark == AT_WORK &&
	       !sg_fs_lock_held(dir, path);
}

bool sg_fs_lock_held(int dir, const char *path)
{
	SG_CLEANUP(sg_fd_close) int fd = -1;
	struct flock lock = whole_file();
	int result;

	fd = sg_fs_open_raw(dir, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
	if (fd < 0)
		return errno != ENOENT && errno != ENOTDIR;
	do
		result = sg_fs->fcntl_lock(fd, F_OFD_GETLK, &lock);
	while (result < 0 && errno == EINTR);
	if (result < 0)
		return errno != ENOLCK && errno != EINVAL;
	return lock.l_type != F_UNLCK;
}

void sg_fs_unlock(int *fd)
{
	sg_fd_close(fd);
}
