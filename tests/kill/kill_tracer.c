/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Counts a process's writing system calls and kills it at one of them.
 *
 * A filter in the kernel stops it only where it writes: at each call it would cost ten times
 * as much. What the process starts has the filter too, so it is traced as well, and let go on.
 *
 * A SIGKILL that is pending when a call begins ends the process before the call acts. The half
 * of a write is done by the tracer: the disk then looks as if the process had died in the
 * middle.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kill.h"

/*
 * Where a call's first descriptor or path stands among its arguments, to say what it was
 * about.
 */
enum about { ABOUT_NOTHING, ABOUT_FD, ABOUT_PATH, ABOUT_PATH_AT };

struct writing {
	long nr;
	const char *name;
	enum about about;
};

#define CALL(name, about)                \
	{                                \
		SYS_##name, #name, about \
	}

static const struct writing writing_calls[] = {
	CALL(write, ABOUT_FD),
	CALL(writev, ABOUT_FD),
	CALL(pwrite64, ABOUT_FD),
	CALL(pwritev, ABOUT_FD),
	CALL(pwritev2, ABOUT_FD),
	CALL(fsync, ABOUT_FD),
	CALL(fdatasync, ABOUT_FD),
	CALL(sync_file_range, ABOUT_FD),
	CALL(ftruncate, ABOUT_FD),
	CALL(fallocate, ABOUT_FD),
	CALL(fchmod, ABOUT_FD),
	CALL(fchown, ABOUT_FD),
	CALL(sendfile, ABOUT_FD),
	CALL(copy_file_range, ABOUT_FD),
	CALL(splice, ABOUT_FD),
	CALL(fcntl, ABOUT_FD),
	CALL(openat, ABOUT_PATH_AT),
	CALL(openat2, ABOUT_PATH_AT),
	CALL(renameat, ABOUT_PATH_AT),
	CALL(renameat2, ABOUT_PATH_AT),
	CALL(unlinkat, ABOUT_PATH_AT),
	CALL(mkdirat, ABOUT_PATH_AT),
	CALL(linkat, ABOUT_PATH_AT),
	CALL(symlinkat, ABOUT_NOTHING),
	CALL(fchmodat, ABOUT_PATH_AT),
	CALL(fchownat, ABOUT_PATH_AT),
	CALL(utimensat, ABOUT_PATH_AT),
	CALL(truncate, ABOUT_PATH),
#ifdef SYS_open
	/* what newer machines have only in the form with a folder */
	CALL(open, ABOUT_PATH),
	CALL(creat, ABOUT_PATH),
	CALL(rename, ABOUT_PATH),
	CALL(unlink, ABOUT_PATH),
	CALL(rmdir, ABOUT_PATH),
	CALL(mkdir, ABOUT_PATH),
	CALL(link, ABOUT_PATH),
	CALL(symlink, ABOUT_PATH),
	CALL(chmod, ABOUT_PATH),
	CALL(chown, ABOUT_PATH),
	CALL(utimes, ABOUT_PATH),
#endif
};

typedef struct __ptrace_syscall_info call_info;

static size_t peek(pid_t pid, uint64_t at, void *out, size_t n_bytes)
{
	char path[64];
	(void)snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	const int mem = open(path, O_RDONLY | O_CLOEXEC);
	if (mem < 0)
		return 0;
	const ssize_t n = pread(mem, out, n_bytes, (off_t)at);
	(void)close(mem);
	return n > 0 ? (size_t)n : 0;
}

/* --- which calls --- */

#define N_WRITING   (sizeof(writing_calls) / sizeof(writing_calls[0]))
#define MAKING      (O_CREAT | O_TRUNC)
#define FILTER_SIZE (4 * N_WRITING + 8)

struct filter {
	struct sock_filter v[FILTER_SIZE];
	unsigned short n;
};

static void add(struct filter *f, unsigned code, uint32_t k, unsigned yes, unsigned no)
{
	f->v[f->n++] = (struct sock_filter){
		(unsigned short)code, (unsigned char)yes, (unsigned char)no, k};
}

/* Stops at call nr; mask: only where this argument has a bit of it. */
static void add_call(struct filter *f, long nr, unsigned argument, uint32_t mask)
{
	add(f, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)nr, 0, mask ? 4 : 1);
	if (mask) {
		add(f, BPF_LD | BPF_W | BPF_ABS,
			(uint32_t)(offsetof(struct seccomp_data, args) + 8 * argument), 0, 0);
		add(f, BPF_JMP | BPF_JSET | BPF_K, mask, 1, 0);
		add(f, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
	}
	add(f, BPF_RET | BPF_K, SECCOMP_RET_TRACE, 0, 0);
}

bool tracer_filter(void)
{
	struct filter f = {.n = 0};

	add(&f, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
	for (size_t i = 0; i < N_WRITING; i++) {
		const long nr = writing_calls[i].nr;
#ifdef SYS_open
		if (nr == SYS_open) {
			add_call(&f, nr, 1, MAKING);
			continue;
		}
#endif
		add_call(&f, nr, 2, nr == SYS_openat ? MAKING : 0);
	}
	add(&f, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
	const struct sock_fprog program = {f.n, f.v};
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* Of the calls that write only with some arguments: do these? The filter knows of open. */
static bool really_writes(pid_t pid, const call_info *info)
{
	const uint64_t *args = info->seccomp.args;
	uint64_t flags = 0;

	switch (info->seccomp.nr) {
	case SYS_openat2:
		return peek(pid, args[2], &flags, sizeof(flags)) == sizeof(flags) &&
		       (flags & MAKING);
	case SYS_fcntl:
		return args[1] == F_OFD_SETLK || args[1] == F_OFD_SETLKW ||
		       args[1] == F_SETLK || args[1] == F_SETLKW;
	default: return true;
	}
}

static const struct writing *writing_call(pid_t pid, const call_info *info)
{
	for (size_t i = 0; i < N_WRITING; i++)
		if ((uint64_t)writing_calls[i].nr == info->seccomp.nr)
			return really_writes(pid, info) ? &writing_calls[i] : NULL;
	return NULL;
}

/* --- at the point --- */

static void describe(
	pid_t pid, const struct writing *w, const call_info *info, struct traced *out)
{
	char link[64];
	ssize_t n = 0;

	(void)snprintf(out->call, sizeof(out->call), "%s", w->name);
	switch (w->about) {
	case ABOUT_NOTHING: return;
	case ABOUT_FD:
		(void)snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)pid,
			(int)info->seccomp.args[0]);
		n = readlink(link, out->path, sizeof(out->path) - 1);
		out->path[n > 0 ? n : 0] = '\0';
		return;
	case ABOUT_PATH:
	case ABOUT_PATH_AT:
		n = (ssize_t)peek(pid, info->seccomp.args[w->about == ABOUT_PATH_AT ? 1 : 0],
			out->path, sizeof(out->path) - 1);
		out->path[n] = '\0';
		return;
	}
}

/* The descriptor's offset and flags, as /proc tells them. */
static bool fd_where(pid_t pid, int fd, long long *ret_at, unsigned *ret_flags)
{
	char path[64];
	(void)snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", (int)pid, fd);
	FILE *info = fopen(path, "re");
	if (!info)
		return false;
	const int n = fscanf(info, "pos: %lld flags: %o", ret_at, ret_flags);
	(void)fclose(info);
	return n == 2;
}

static bool is_file_write(pid_t pid, const call_info *info)
{
	char path[64];
	struct stat st;

	if (info->seccomp.nr != SYS_write || info->seccomp.args[2] < 2)
		return false;
	(void)snprintf(
		path, sizeof(path), "/proc/%d/fd/%d", (int)pid, (int)info->seccomp.args[0]);
	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

struct halved {
	int fd;         /* of the file; -1: none */
	off_t size;     /* as it was */
};

static bool write_half(pid_t pid, const call_info *info, struct halved *ret)
{
	char path[64];
	long long at = 0;
	unsigned flags = 0;
	struct stat st;
	const size_t half = (size_t)info->seccomp.args[2] / 2;
	const int fd = (int)info->seccomp.args[0];
	char *bytes = malloc(half);
	bool done = false;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
	ret->fd = open(path, O_WRONLY | O_CLOEXEC);
	if (bytes && ret->fd >= 0 && fstat(ret->fd, &st) == 0 &&
		fd_where(pid, fd, &at, &flags) &&
		peek(pid, info->seccomp.args[1], bytes, half) == half) {
		ret->size = st.st_size;
		if (flags & O_APPEND)
			at = st.st_size;
		done = pwrite(ret->fd, bytes, half, (off_t)at) == (ssize_t)half;
	}
	free(bytes);
	return done;
}

/* Holds the process until it is said how to go on. */
static void hold(pid_t pid, const call_info *info, int report_fd, struct traced *out)
{
	struct halved halved = {-1, 0};
	char how = TRACER_GO;

	do {
		if (write(report_fd, out, sizeof(*out)) != (ssize_t)sizeof(*out) ||
			read(report_fd, &how, 1) != 1)
			_exit(3);
		if (halved.fd >= 0) {
			/* what was overwritten the call itself writes again */
			if (ftruncate(halved.fd, halved.size) < 0)
				_exit(3);
			(void)close(halved.fd);
			halved.fd = -1;
			out->halved = false;
		}
		if (how == TRACER_HALF)
			out->halved = write_half(pid, info, &halved);
	} while (how == TRACER_HALF);
}

static void at_call(pid_t pid, const struct point *point, int report_fd, struct traced *out)
{
	struct halved halved = {-1, 0};
	call_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0 ||
		info.op != PTRACE_SYSCALL_INFO_SECCOMP)
		return;
	const struct writing *w = writing_call(pid, &info);
	if (!w || (++out->calls != point->at && point->at))
		return;
	describe(pid, w, &info, out);
	out->to_file = is_file_write(pid, &info);
	if (!point->at) {
		hold(pid, &info, report_fd, out);
		return;
	}
	if (point->half && out->to_file)
		out->halved = write_half(pid, &info, &halved);
	out->killed = kill(pid, SIGKILL) == 0;
}

/* --- from start to end --- */

#define OPTIONS                                                                            \
	(PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK | \
		PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE)

/* Lets a stopped process go on, with the signal that it is to get. */
static void go_on(pid_t pid, int status)
{
	const int sig = WSTOPSIG(status);

	/* a process that was killed meanwhile is no longer there to be told */
	(void)ptrace(PTRACE_CONT, pid, 0, sig == SIGTRAP || sig == SIGSTOP ? 0 : sig);
}

_Noreturn void tracer_run(pid_t pid, const struct point *point, int report_fd)
{
	struct traced out;
	int status = 0;

	memset(&out, 0, sizeof(out));
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
		ptrace(PTRACE_SETOPTIONS, pid, 0, OPTIONS) != 0)
		_exit(3);
	go_on(pid, status);
	/* what it left behind goes on to its own end, or is ended by the program's death */
	for (pid_t who; (who = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR;) {
		if (who < 0)
			continue;
		if (!WIFSTOPPED(status)) {
			if (who == pid)
				out.status = status;
			continue;
		}
		if (who == pid && status >> 8 == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8))
			at_call(pid, point, report_fd, &out);
		go_on(who, status);
	}
	out.over = true;
	_exit(write(report_fd, &out, sizeof(out)) == (ssize_t)sizeof(out) ? 0 : 3);
}
