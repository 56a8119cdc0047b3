/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See fault.h. */
#include "fault.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fs.h"

static struct {
	enum fault_kind kind;
	bool for_good;
	int at;
	int calls;
	int hits;
} plan;

void (*fault_on_failed_sync)(int fd);

enum what { GO_ON, FAIL_NOW, FAIL_LATER };

/* What a call is to the kinds that do not meet every one. */
enum trait { PLAIN = 0, MAY_INTERRUPT = 1, MAY_BE_SHORT = 2, NEEDS_ROOM = 4 };

/* Counts a call, and says what is to become of it. */
static enum what next_call(int traits)
{
	plan.calls++;
	if (plan.calls != plan.at && !(plan.for_good && plan.calls > plan.at))
		return GO_ON;
	if ((plan.kind == FAULT_INTERRUPT && !(traits & MAY_INTERRUPT)) ||
		(plan.kind == FAULT_SHORT && !(traits & MAY_BE_SHORT)) ||
		(plan.kind == FAULT_FULL && !(traits & NEEDS_ROOM)))
		return GO_ON;
	plan.hits++;
	if (plan.kind == FAULT_KILL_BEFORE)
		_exit(FAULT_KILLED);
	return plan.kind == FAULT_FAIL_BEFORE || plan.kind == FAULT_INTERRUPT ? FAIL_NOW
									      : FAIL_LATER;
}

static int reason(void)
{
	if (plan.kind == FAULT_INTERRUPT)
		return EINTR;
	return plan.kind == FAULT_FULL ? ENOSPC : EIO;
}

/* The end of a call that acted and was to fail or to be the last. */
static int late(int result)
{
	(void)result;
	if (plan.kind == FAULT_KILL_AFTER)
		_exit(FAULT_KILLED);
	errno = reason();
	return -1;
}

static int refuse(void)
{
	if (plan.kind == FAULT_KILL_AFTER)
		_exit(FAULT_KILLED);
	errno = reason();
	return -1;
}

static int f_openat(int dir, const char *path, int flags, mode_t mode)
{
	const int room = flags & O_CREAT ? NEEDS_ROOM : 0;

	return next_call(MAY_INTERRUPT | room) == GO_ON
		       ? sg_fs_kernel.openat(dir, path, flags, mode)
		       : refuse();
}

static int f_openat2(int dir, const char *path, const struct open_how *how, size_t size)
{
	return next_call(MAY_INTERRUPT) == GO_ON ? sg_fs_kernel.openat2(dir, path, how, size)
						 : refuse();
}

static int f_close(int fd)
{
	const enum what what = next_call(MAY_INTERRUPT);
	const int result = sg_fs_kernel.close(fd);

	return what == GO_ON ? result : late(result);
}

static ssize_t f_read(int fd, void *bytes, size_t n)
{
	const enum what what = next_call(MAY_INTERRUPT | MAY_BE_SHORT);

	if (what != GO_ON && plan.kind == FAULT_SHORT)
		return sg_fs_kernel.read(fd, bytes, n > 1 ? n / 2 : n);
	return what == GO_ON ? sg_fs_kernel.read(fd, bytes, n) : refuse();
}

static ssize_t f_write(int fd, const void *bytes, size_t n)
{
	const enum what what = next_call(MAY_INTERRUPT | MAY_BE_SHORT | NEEDS_ROOM);

	if (what == GO_ON)
		return sg_fs_kernel.write(fd, bytes, n);
	if (plan.kind == FAULT_SHORT)
		return sg_fs_kernel.write(fd, bytes, n > 1 ? n / 2 : n);
	if (what == FAIL_LATER)
		return late((int)sg_fs_kernel.write(fd, bytes, n / 2));
	return refuse();
}

/* fsync and fdatasync; nothing is synced, see fault_skip_syncs */
static int f_sync(int fd)
{
	(void)fd;
	const enum what what = next_call(PLAIN);

	if (what == FAIL_NOW)
		return refuse();
	return what == GO_ON ? 0 : late(0);
}

static int no_sync(int fd)
{
	(void)fd;
	return 0;
}

static int f_ftruncate(int fd, off_t size)
{
	const enum what what = next_call(MAY_INTERRUPT);

	if (what == FAIL_NOW)
		return refuse();
	const int result = sg_fs_kernel.ftruncate(fd, size);
	return what == GO_ON ? result : late(result);
}

static int f_renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	const enum what what = next_call(NEEDS_ROOM);

	if (what == FAIL_NOW || (what == FAIL_LATER && plan.kind == FAULT_FULL))
		return refuse();
	const int result = sg_fs_kernel.renameat(from_dir, from, to_dir, to);
	return what == GO_ON ? result : late(result);
}

static int f_unlinkat(int dir, const char *path, int flags)
{
	const enum what what = next_call(PLAIN);

	if (what == FAIL_NOW)
		return refuse();
	const int result = sg_fs_kernel.unlinkat(dir, path, flags);
	return what == GO_ON ? result : late(result);
}

static int f_mkdirat(int dir, const char *path, mode_t mode)
{
	const enum what what = next_call(NEEDS_ROOM);

	if (what == FAIL_NOW || (what == FAIL_LATER && plan.kind == FAULT_FULL))
		return refuse();
	const int result = sg_fs_kernel.mkdirat(dir, path, mode);
	return what == GO_ON ? result : late(result);
}

static int f_lock(int fd, int command, struct flock *lock)
{
	return next_call(MAY_INTERRUPT) == GO_ON ? sg_fs_kernel.fcntl_lock(fd, command, lock)
						 : refuse();
}

static struct sg_fs_calls faulty;
static struct sg_fs_calls quick;

void fault_skip_syncs(void)
{
	quick = sg_fs_kernel;
	quick.fsync = no_sync;
	quick.fdatasync = no_sync;
	sg_fs = &quick;
}

/* A copy of the kernel's table, so that a call which is added there later is there too. */
void fault_arm(enum fault_kind kind, bool for_good, int at)
{
	faulty = sg_fs_kernel;
	faulty.openat = f_openat;
	faulty.openat2 = f_openat2;
	faulty.close = f_close;
	faulty.read = f_read;
	faulty.write = f_write;
	faulty.fsync = f_sync;
	faulty.fdatasync = f_sync;
	faulty.ftruncate = f_ftruncate;
	faulty.renameat = f_renameat;
	faulty.unlinkat = f_unlinkat;
	faulty.mkdirat = f_mkdirat;
	faulty.fcntl_lock = f_lock;
	plan.kind = kind;
	plan.for_good = for_good;
	plan.at = at;
	plan.calls = 0;
	plan.hits = 0;
	sg_fs = &faulty;
}

void fault_disarm(void)
{
	fault_skip_syncs();
}

int fault_calls(void)
{
	return plan.calls;
}

int fault_hits(void)
{
	return plan.hits;
}

void fault_sync_failed(int fd)
{
	if (fault_on_failed_sync)
		fault_on_failed_sync(fd);
	errno = EIO;
}
