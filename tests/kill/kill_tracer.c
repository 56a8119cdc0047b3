/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Counts a process's writing system calls and kills it at one of them.
 *
 * A SIGKILL that is pending when a call begins ends the process before the call acts. The half
 * of a write is done by the tracer: the disk then looks as if the process had died in the
 * middle.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
	CALL(ioctl, ABOUT_FD),
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

static bool makes(uint64_t flags)
{
	return (flags & (O_CREAT | O_TRUNC)) != 0;
}

/* Of the calls that write only with some arguments: do these? */
static bool really_writes(pid_t pid, const call_info *info)
{
	const uint64_t *args = info->entry.args;
	uint64_t flags = 0;

	switch (info->entry.nr) {
	case SYS_openat: return makes(args[2]);
	case SYS_openat2:
		return peek(pid, args[2], &flags, sizeof(flags)) == sizeof(flags) &&
		       makes(flags);
	case SYS_fcntl:
		return args[1] == F_OFD_SETLK || args[1] == F_OFD_SETLKW ||
		       args[1] == F_SETLK || args[1] == F_SETLKW;
	case SYS_ioctl: return false;
#ifdef SYS_open
	case SYS_open: return makes(args[1]);
#endif
	default: return true;
	}
}

static const struct writing *writing_call(pid_t pid, const call_info *info)
{
	for (size_t i = 0; i < sizeof(writing_calls) / sizeof(writing_calls[0]); i++)
		if ((uint64_t)writing_calls[i].nr == info->entry.nr)
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
			(int)info->entry.args[0]);
		n = readlink(link, out->path, sizeof(out->path) - 1);
		out->path[n > 0 ? n : 0] = '\0';
		return;
	case ABOUT_PATH:
	case ABOUT_PATH_AT:
		n = (ssize_t)peek(pid, info->entry.args[w->about == ABOUT_PATH_AT ? 1 : 0],
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

	if (info->entry.nr != SYS_write || info->entry.args[2] < 2)
		return false;
	(void)snprintf(
		path, sizeof(path), "/proc/%d/fd/%d", (int)pid, (int)info->entry.args[0]);
	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static bool write_half(pid_t pid, const call_info *info)
{
	char path[64];
	long long at = 0;
	unsigned flags = 0;
	const size_t half = (size_t)info->entry.args[2] / 2;
	const int fd = (int)info->entry.args[0];
	char *bytes = malloc(half);
	bool done = false;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
	const int out = open(path, O_WRONLY | O_CLOEXEC);
	if (bytes && out >= 0 && fd_where(pid, fd, &at, &flags) &&
		peek(pid, info->entry.args[1], bytes, half) == half) {
		if (flags & O_APPEND)
			at = lseek(out, 0, SEEK_END);
		done = pwrite(out, bytes, half, (off_t)at) == (ssize_t)half;
	}
	if (out >= 0)
		(void)close(out);
	free(bytes);
	return done;
}

static void at_call(pid_t pid, const struct point *point, struct traced *out)
{
	call_info info;
	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0 ||
		info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return;
	const struct writing *w = writing_call(pid, &info);
	if (!w || ++out->calls != point->at)
		return;
	describe(pid, w, &info, out);
	out->to_file = is_file_write(pid, &info);
	if (point->half && out->to_file)
		out->halved = write_half(pid, &info);
	out->killed = kill(pid, SIGKILL) == 0;
}

/* --- from start to end --- */

/* The signal that the process is to get when it goes on. */
static int stopped(pid_t pid, int status, const struct point *point, struct traced *out)
{
	const int sig = WSTOPSIG(status);
	if (sig == (SIGTRAP | 0x80)) {
		at_call(pid, point, out);
		return 0;
	}
	return sig == SIGTRAP || sig == SIGSTOP ? 0 : sig;
}

_Noreturn void tracer_run(pid_t pid, const struct point *point, int report_fd)
{
	struct traced out;
	int status = 0;

	memset(&out, 0, sizeof(out));
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
		ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) !=
			0)
		_exit(3);
	for (int sig = 0;;) {
		/* a process that was killed meanwhile is no longer there to be told */
		(void)ptrace(PTRACE_SYSCALL, pid, 0, sig);
		while (waitpid(pid, &status, __WALL) < 0)
			if (errno != EINTR)
				_exit(3);
		if (!WIFSTOPPED(status))
			break;
		sig = stopped(pid, status, point, &out);
	}
	out.status = status;
	_exit(write(report_fd, &out, sizeof(out)) == (ssize_t)sizeof(out) ? 0 : 3);
}
