/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Locks between processes. */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base_test.h"

/* A process that takes the lock, says so, and holds it until it is killed or told to end. */
struct holder {
	pid_t pid;
	int tell; /* closing it ends the holder */
};

static struct holder hold_elsewhere(const struct sg_bt_room *room)
{
	int ready[2];
	int tell[2];
	char byte = 0;

	cr_assert_eq(pipe(ready), 0);
	cr_assert_eq(pipe(tell), 0);
	const pid_t pid = fork();
	cr_assert_geq(pid, 0);
	if (pid == 0) {
		int lock = -1;
		close(tell[1]);
		if (sg_fs_lock(room->dir, "LOCK", 0, &lock, NULL) != SG_OK ||
			write(ready[1], "x", 1) != 1)
			_exit(1);
		_exit(read(tell[0], &byte, 1) == 0 ? 0 : 1);
	}
	close(ready[1]);
	close(tell[0]);
	cr_assert_eq(read(ready[0], &byte, 1), 1, "the holder did not get the lock");
	close(ready[0]);
	return (struct holder){pid, tell[1]};
}

static void end_holder(struct holder holder, int signal_number)
{
	if (signal_number != 0)
		kill(holder.pid, signal_number);
	close(holder.tell);
	cr_assert_eq(waitpid(holder.pid, NULL, 0), holder.pid);
}

Test(fs_lock, a_lock_is_private_and_names_its_holder)
{
	struct sg_bt_room room;
	struct stat st;
	char text[64];
	char expected[64];
	int lock = -1;

	sg_bt_enter(&room);
	umask(0);
	cr_expect_not(sg_fs_lock_held(room.dir, "LOCK"));
	cr_expect_not(sg_fs_exists(room.dir, "LOCK"), "asking creates nothing");
	cr_assert_eq(sg_fs_lock(room.dir, "LOCK", 0, &lock, NULL), SG_OK);
	cr_assert_eq(fstat(lock, &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0600);
	snprintf(expected, sizeof(expected), "%10ld\n", (long)getpid());
	cr_expect_str_eq(sg_bt_slurp(room.dir, "LOCK", text, sizeof(text)), expected);
	cr_expect(sg_fs_lock_held(room.dir, "LOCK"));
	sg_fs_unlock(&lock);
	cr_expect_eq(lock, -1);
	cr_expect_not(sg_fs_lock_held(room.dir, "LOCK"));
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}

Test(fs_lock, who_waits_is_told_who_holds_it)
{
	struct sg_bt_room room;
	struct sg_err err = SG_ERR_INIT;
	char expected[128];
	int lock = -7;

	sg_bt_enter(&room);
	const struct holder holder = hold_elsewhere(&room);
	cr_expect(sg_fs_lock_held(room.dir, "LOCK"));
	const int64_t from = sg_clock_mono_ns();
	cr_expect_eq(sg_fs_lock(room.dir, "LOCK", 60, &lock, &err), SG_BUSY);
	const int64_t waited_ms = (sg_clock_mono_ns() - from) / 1000000;
	cr_expect_geq(waited_ms, 60);
	cr_expect_lt(waited_ms, 5000);
	cr_expect_eq(lock, -7);
	snprintf(expected, sizeof(expected), "cannot lock 'LOCK': process %ld holds it",
		(long)holder.pid);
	cr_expect_str_eq(err.text, expected);
	cr_expect_eq(sg_fs_lock(room.dir, "LOCK", 0, &lock, NULL), SG_BUSY, "0 tries once");
	end_holder(holder, 0);
	cr_expect_eq(sg_fs_lock(room.dir, "LOCK", 0, &lock, NULL), SG_OK);
	sg_fs_unlock(&lock);
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}

Test(fs_lock, a_killed_holder_leaves_nothing_behind)
{
	struct sg_bt_room room;
	int lock = -1;

	sg_bt_enter(&room);
	end_holder(hold_elsewhere(&room), SIGKILL);
	cr_expect_not(sg_fs_lock_held(room.dir, "LOCK"));
	cr_expect_eq(sg_fs_lock(room.dir, "LOCK", 0, &lock, NULL), SG_OK);
	sg_fs_unlock(&lock);
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}

Test(fs_lock, waiting_ends_when_the_holder_ends)
{
	struct sg_bt_room room;
	int lock = -1;

	sg_bt_enter(&room);
	const struct holder holder = hold_elsewhere(&room);
	const pid_t ender = fork();
	if (ender == 0) {
		usleep(50000);
		kill(holder.pid, SIGKILL);
		_exit(0);
	}
	cr_expect_eq(sg_fs_lock(room.dir, "LOCK", 20000, &lock, NULL), SG_OK);
	sg_fs_unlock(&lock);
	waitpid(ender, NULL, 0);
	end_holder(holder, 0);
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}

Test(fs_lock, closing_another_descriptor_of_the_file_keeps_the_lock)
{
	struct sg_bt_room room;
	int lock = -1;

	sg_bt_enter(&room);
	cr_assert_eq(sg_fs_lock(room.dir, "LOCK", 0, &lock, NULL), SG_OK);
	close(openat(room.dir, "LOCK", O_RDWR | O_CLOEXEC));
	cr_expect(sg_fs_lock_held(room.dir, "LOCK"));
	int second = -1;
	cr_expect_eq(sg_fs_lock(room.dir, "LOCK", 0, &second, NULL), SG_BUSY);
	cr_expect(sg_fs_lock_held(room.dir, "LOCK"), "a failed attempt drops nothing");
	sg_fs_unlock(&lock);
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}

Test(fs_lock, a_link_or_a_pipe_is_no_lock)
{
	struct sg_bt_room room;
	int lock = -1;

	sg_bt_enter(&room);
	sg_bt_spill(room.dir, "victim", "text");
	cr_assert_eq(symlinkat("victim", room.dir, "LOCK"), 0);
	cr_assert_eq(mkfifoat(room.dir, "fifo", 0600), 0);
	cr_assert_eq(mkdirat(room.dir, "folder", 0700), 0);
	cr_expect_eq(sg_fs_lock(room.dir, "LOCK", 0, &lock, NULL), SG_INPUT);
	cr_expect_eq(sg_fs_lock(room.dir, "fifo", 0, &lock, NULL), SG_INPUT);
	cr_expect_eq(sg_fs_lock(room.dir, "folder", 0, &lock, NULL), SG_INPUT);
	cr_expect_eq(sg_fs_lock(room.dir, "none/LOCK", 0, &lock, NULL), SG_NOTFOUND);
	cr_expect_eq(lock, -1);
	char text[16];
	cr_expect_str_eq(sg_bt_slurp(room.dir, "victim", text, sizeof(text)), "text");
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}

static int lock_errno;

static int failing_lock(int fd, int command, struct flock *lock)
{
	if (lock_errno == EINTR) {
		lock_errno = 0;
		errno = EINTR;
		return -1;
	}
	if (lock_errno != 0) {
		errno = lock_errno;
		return -1;
	}
	return sg_fs_kernel.fcntl_lock(fd, command, lock);
}

static ssize_t full_disk(int fd, const void *bytes, size_t n)
{
	(void)fd;
	(void)bytes;
	(void)n;
	errno = ENOSPC;
	return -1;
}

Test(fs_lock, the_lock_is_had_on_a_full_disk_and_not_where_there_are_none)
{
	struct sg_bt_room room;
	struct sg_fs_calls calls = sg_fs_kernel;
	struct sg_err err = SG_ERR_INIT;
	int lock = -1;

	sg_bt_enter(&room);
	calls.fcntl_lock = failing_lock;
	calls.write = full_disk;
	sg_fs = &calls;
	lock_errno = EINTR;
	cr_expect_eq(sg_fs_lock(room.dir, "LOCK", 0, &lock, NULL), SG_OK);
	sg_fs_unlock(&lock);
	lock_errno = ENOLCK;
	cr_expect_eq(sg_fs_lock(room.dir, "LOCK", 1000, &lock, &err), SG_STORAGE);
	cr_expect_str_eq(err.text, "cannot lock 'LOCK': No locks available");
	cr_expect_not(sg_fs_lock_held(room.dir, "LOCK"));
	lock_errno = EACCES;
	cr_expect_eq(sg_fs_lock(room.dir, "LOCK", 0, &lock, NULL), SG_BUSY);
	cr_expect_eq(lock, -1);
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}

Test(fs_lock, a_holder_that_did_not_finish_is_known_to_the_next)
{
	struct sg_bt_room room;
	int lock = -1;

	sg_bt_enter(&room);
	cr_expect_not(sg_fs_lock_was_left(room.dir, "LOCK"));
	cr_assert_eq(sg_fs_lock(room.dir, "LOCK", 0, &lock, NULL), SG_OK);
	cr_expect(sg_fs_lock_begin(lock), "nobody has said that all is well");
	cr_expect_not(sg_fs_lock_was_left(room.dir, "LOCK"), "somebody is at work");
	sg_fs_unlock(&lock);
	cr_expect(sg_fs_lock_was_left(room.dir, "LOCK"));
	cr_assert_eq(sg_fs_lock(room.dir, "LOCK", 0, &lock, NULL), SG_OK);
	cr_expect(sg_fs_lock_begin(lock));
	sg_fs_lock_finish(lock);
	sg_fs_unlock(&lock);
	cr_expect_not(sg_fs_lock_was_left(room.dir, "LOCK"));
	cr_assert_eq(sg_fs_lock(room.dir, "LOCK", 0, &lock, NULL), SG_OK);
	cr_expect_not(sg_fs_lock_begin(lock));
	sg_fs_unlock(&lock);
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}

Test(fs_lock, of_many_processes_only_one_is_inside)
{
	enum { PROCESSES = 6, ROUNDS = 40 };
	struct sg_bt_room room;
	char text[32];

	sg_bt_enter(&room);
	sg_bt_spill(room.dir, "count", "0");
	for (int i = 0; i < PROCESSES; i++) {
		if (fork() != 0)
			continue;
		for (int k = 0; k < ROUNDS; k++) {
			int lock = -1;
			if (sg_fs_lock(room.dir, "LOCK", 30000, &lock, NULL) != SG_OK)
				_exit(1);
			/* Read, add, write: two inside at once would lose one. */
			const long n = strtol(
				sg_bt_slurp(room.dir, "count", text, sizeof(text)), NULL, 10);
			snprintf(text, sizeof(text), "%ld", n + 1);
			sg_bt_spill(room.dir, "count", text);
			sg_fs_unlock(&lock);
		}
		_exit(0);
	}
	for (int i = 0; i < PROCESSES; i++) {
		int status = 1;
		cr_assert_gt(wait(&status), 0);
		cr_expect_eq(status, 0);
	}
	cr_expect_str_eq(sg_bt_slurp(room.dir, "count", text, sizeof(text)), "240");
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}
