/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A stopped lock holder; disks that take no more: full, read-only, failing to sync. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "fault/fault.h"
#include "harness/harness.h"
#include "storm/storm.h"

#define PAGE	4096
#define COMMITS 40

static int wait_for(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, WUNTRACED) < 0 && errno == EINTR)
		;
	return status;
}

static unsigned hold(bool holds, const char *what)
{
	if (!holds)
		(void)fprintf(proof_out, "storm: does not hold: %s\n", what);
	return !holds;
}

static enum sg_rc commit(struct sg_session *s, const char *name, struct sg_err *err)
{
	struct sg_event event = case_next_event(sg_session_run(s), name);

	return sg_session_commit(s, &event, NULL, NULL, err);
}

/* --- stopped --- */

static enum sg_rc stop_here(void *ctx, const struct sg_run *run, struct sg_err *err)
{
	(void)ctx;
	(void)run;
	(void)err;
	raise(SIGSTOP);
	return SG_OK;
}

static pid_t begin_stopped(const struct run_case *c)
{
	const pid_t pid = fork();

	if (pid == 0) {
		const struct sg_guard guard = {stop_here, NULL};
		struct sg_session *s = NULL;
		if (sg_session_open(&s, &c->options, NULL) != SG_OK)
			_exit(1);
		struct sg_event event = case_next_event(sg_session_run(s), "held.md");
		_exit(sg_session_commit(s, &event, &guard, NULL, NULL) == SG_OK ? 0 : 2);
	}
	(void)wait_for(pid);
	return pid;
}

unsigned storm_stopped(void)
{
	struct run_case c;
	struct sg_err err = SG_ERR_INIT;
	char number[32];
	unsigned bad = 0;

	case_start(&c, CASE_MANIFEST);
	struct sg_session *s = case_open(&c, false);
	pid_t holder = begin_stopped(&c);
	(void)snprintf(number, sizeof(number), "process %d ", (int)holder);
	const int64_t from = proof_ms();
	const enum sg_rc rc = commit(s, "waits.md", &err);
	const int64_t waited_ms = proof_ms() - from;
	bad += hold(rc == SG_BUSY, "a commit behind a stopped holder is refused as busy");
	bad += hold(strstr(err.text, number) != NULL, "the holder is named");
	bad += hold(waited_ms >= 5000 && waited_ms < 6000, "it waits for 5 s, and not longer");
	kill(holder, SIGCONT);
	bad += hold(wait_for(holder) == 0, "the holder goes on when it may");
	bad += hold(commit(s, "after.md", NULL) == SG_OK, "then the other commits");
	holder = begin_stopped(&c);
	kill(holder, SIGKILL);
	(void)wait_for(holder);
	const int64_t then = proof_ms();
	bad += hold(commit(s, "freed.md", NULL) == SG_OK, "a killed holder frees the lock");
	bad += hold(proof_ms() - then < 1000, "at once");
	sg_session_close(s);
	bad += storm_judge(&c, "behind a stopped holder");
	case_remove(&c);
	(void)fprintf(proof_out,
		"storm: a stopped holder of the lock was named after %.2f s (%s), %u violations\n",
		(double)waited_ms / 1000, err.text, bad);
	(void)fflush(proof_out);
	return bad;
}

/* --- full, read-only --- */

struct disk_counts {
	int acked;
	int refused;
	unsigned bad;
};

/* Leaves about so many bytes free, by a file of the right size. */
static void fill(const char *folder, size_t free_bytes)
{
	char *path = sg_t_format("%s/ballast", folder);
	const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	static const char page[PAGE];
	off_t size = 0;
	ssize_t n;

	if (fd < 0)
		proof_die("no ballast");
	while ((n = write(fd, page, sizeof(page))) > 0)
		size += n;
	if (ftruncate(fd, size > (off_t)free_bytes ? size - (off_t)free_bytes : 0) < 0)
		proof_die("no ballast");
	close(fd);
	free(path);
}

static void drop(const char *folder)
{
	char *path = sg_t_format("%s/ballast", folder);

	(void)unlink(path);
	free(path);
}

static int64_t events_now(const struct run_case *c)
{
	struct sg_session *s = case_open(c, true);
	const int64_t seq = sg_session_end(s)->seq;

	sg_session_close(s);
	return seq;
}

/* With so much room: commits are done or refused; reading works; with room again all goes on. */
static void try_full(const struct run_case *c, size_t free_bytes, struct disk_counts *counts)
{
	const int64_t before = events_now(c);
	struct sg_session *s = case_open(c, false);
	int64_t acked = 0;
	int64_t refused = 0;

	fill(c->folder, free_bytes);
	for (int i = 0; i < COMMITS; i++) {
		struct sg_err err = SG_ERR_INIT;
		const enum sg_rc rc = commit(s, "a-name-that-needs-some-room.md", &err);
		acked += rc == SG_OK;
		refused += rc == SG_STORAGE;
		counts->bad += hold(rc == SG_OK || rc == SG_STORAGE, "a full disk refuses, no more");
	}
	sg_session_close(s);
	const int64_t on_full = events_now(c);
	counts->bad += hold(on_full >= before + acked && on_full <= before + acked + refused,
		"what was acknowledged can be read on the full disk");
	drop(c->folder);
	sg_fs_poison_clear();
	counts->bad += hold(events_now(c) >= before + acked, "and afterwards");
	counts->bad += storm_judge(c, "with room again");
	counts->acked += (int)acked;
	counts->refused += (int)refused;
}

static void try_read_only(const struct run_case *c, struct disk_counts *counts)
{
	struct sg_err err = SG_ERR_INIT;

	if (mount("none", c->folder, "tmpfs", MS_REMOUNT | MS_RDONLY, NULL) < 0) {
		(void)fprintf(proof_out, "storm: cannot remount: %s\n", strerror(errno));
		return;
	}
	const int64_t before = events_now(c);
	struct sg_session *s = case_open(c, false);
	counts->bad += hold(sg_session_standing(s) == SG_STANDING_CLEAN, "a read-only disk opens");
	counts->bad += hold(commit(s, "b.md", &err) == SG_STORAGE, "and refuses a commit");
	sg_session_close(s);
	counts->bad += hold(events_now(c) == before, "and keeps what it has");
	if (mount("none", c->folder, "tmpfs", MS_REMOUNT, NULL) < 0)
		proof_die("cannot remount");
	counts->bad += storm_judge(c, "writable again");
}

static _Noreturn void work_on_disk(int pipe_fd)
{
	struct disk_counts counts = {.acked = 0};
	struct run_case c;

	case_make(&c, CASE_MANIFEST);
	if (mount("none", c.folder, "tmpfs", 0, "size=256k") < 0)
		_exit(77);
	const struct sg_event init = case_init_event();
	counts.bad += hold(sg_session_create(&c.options, &init, NULL) == SG_OK, "init");
	struct sg_session *s = case_open(&c, false);
	case_commit(s, case_step_event("0001"));
	sg_session_close(s);
	for (size_t pages = 0; pages < 12; pages++)
		try_full(&c, pages * PAGE, &counts);
	try_read_only(&c, &counts);
	(void)umount(c.folder);
	case_remove(&c);
	(void)fflush(proof_out);
	if (write(pipe_fd, &counts, sizeof(counts)) != (ssize_t)sizeof(counts))
		_exit(1);
	_exit(0);
}

unsigned storm_full(void)
{
	struct disk_counts counts = {.acked = 0};
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		proof_die("no pipe");
	(void)fflush(proof_out);
	const pid_t pid = fork();
	if (pid == 0) {
		const int spaces = geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER;
		if (unshare(spaces) < 0 ||
			(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 && geteuid() == 0))
			_exit(77);
		work_on_disk(fds[1]);
	}
	close(fds[1]);
	const int status = wait_for(pid);
	const bool done = read(fds[0], &counts, sizeof(counts)) == (ssize_t)sizeof(counts);
	close(fds[0]);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
		(void)fprintf(proof_out, "storm: no disk may be mounted here: full and read-only "
					 "were only tried by the table (fault)\n");
		return 0;
	}
	counts.bad += hold(done && status == 0, "the process on the full disk comes to its end");
	(void)fprintf(proof_out,
		"storm: on a full disk %d commits were done and %d refused, on a read-only one all "
		"read; %u violations\n",
		counts.acked, counts.refused, counts.bad);
	(void)fflush(proof_out);
	return counts.bad;
}

/* --- a sync that fails --- */

struct syncing {
	atomic_int acked[4];
	atomic_int opened; /* who opens behind the failure would be the new process */
};

static int calls;

static int failing_fdatasync(int fd)
{
	if (++calls < 7)
		return 0;
	fault_sync_failed(fd);
	return -1;
}

/* Commits until it is refused; only a failed sync, its own or another's, may be the reason. */
static _Noreturn void write_until_refused(
	const struct run_case *c, struct syncing *shared, int i)
{
	struct sg_fs_calls failing = *sg_fs;
	struct sg_session *s = NULL;

	alarm(20);
	failing.fdatasync = failing_fdatasync;
	if (i == 0)
		sg_fs = &failing;
	if (sg_session_open(&s, &c->options, NULL) != SG_OK)
		_exit(1);
	atomic_fetch_add(&shared->opened, 1);
	while (atomic_load(&shared->opened) < 4)
		sched_yield();
	for (int n = 0;; n++) {
		char name[32];
		(void)snprintf(name, sizeof(name), "w%d-%d.md", i, n);
		const enum sg_rc rc = commit(s, name, NULL);
		if (rc == SG_BUSY)
			continue;
		if (rc == SG_STORAGE)
			_exit(commit(s, "again.md", NULL) == SG_STORAGE ? 0 : 3);
		if (rc != SG_OK)
			_exit(2);
		atomic_fetch_add(&shared->acked[i], 1);
	}
}

unsigned storm_sync(void)
{
	struct run_case c;
	struct syncing *shared = proof_shared_bytes(sizeof(*shared));
	pid_t writers[4];
	unsigned bad = 0;
	int acked = 0;

	case_start(&c, CASE_MANIFEST);
	for (int i = 0; i < 4; i++) {
		writers[i] = fork();
		if (writers[i] == 0)
			write_until_refused(&c, shared, i);
	}
	for (int i = 0; i < 4; i++)
		bad += hold(wait_for(writers[i]) == 0,
			"behind a failed sync every writer stops, and no second try is made");
	for (int i = 0; i < 4; i++)
		acked += atomic_load(&shared->acked[i]);
	struct sg_session *s = case_open(&c, false);
	bad += hold(sg_session_standing(s) == SG_STANDING_CLEAN && sg_session_notes(s)->n > 0,
		"a new process builds the trace anew, and says so");
	const int64_t seq = sg_session_end(s)->seq;
	bad += hold(seq >= 2 + acked && seq <= 3 + acked, "nothing that was acknowledged is lost");
	sg_session_close(s);
	bad += storm_judge(&c, "behind a failed sync");
	case_remove(&c);
	(void)fprintf(proof_out,
		"storm: a sync failed: 4 writers stopped behind %d commits, none lost, %u "
		"violations\n",
		acked, bad);
	return bad;
}
