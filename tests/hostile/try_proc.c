/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tries at other processes: /proc, signals, limits, ptrace; and at the operator's terminal. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "hostile/hostile.h"

#define VICTIM(r)   ((pid_t)(r)->victim)
#define STEPGATE(r) ((pid_t)(r)->stepgate)

/* --- /proc --- */

static int write_by_root(const struct room *r, int id)
{
	return scribble(path_of("/proc/%ld/root%s/f.%d", r->victim, r->outside, id), 0);
}

static int write_by_cwd(const struct room *r, int id)
{
	return scribble(path_of("/proc/%ld/cwd/f.%d", r->victim, id), 0);
}

static int write_by_fd(const struct room *r, int id)
{
	(void)id;
	return scribble(path_of("/proc/%ld/fd/%ld", r->victim, r->write_fd), O_APPEND);
}

static int read_by_fd(const struct room *r, int id)
{
	return leak(path_of("/proc/%ld/fd/%ld", r->victim, r->secret_fd), id);
}

static int read_by_root(const struct room *r, int id)
{
	return leak(path_of("/proc/%ld/root%s/secret.%d", r->victim, r->home, id), id);
}

static int write_by_stepgates_cwd(const struct room *r, int id)
{
	(void)id;
	return scribble(path_of("/proc/%ld/cwd/route.yaml", r->stepgate), O_APPEND);
}

static int write_by_stepgates_root(const struct room *r, int id)
{
	return scribble(path_of("/proc/%ld/root%s/f.%d", r->stepgate, r->outside, id), 0);
}

static int lock_by_stepgates_fd(const struct room *r, int id)
{
	(void)id;
	int rc = ENOENT;
	for (int fd = 3; fd < 64; fd++) {
		const char *path = path_of("/proc/%ld/fd/%d", r->stepgate, fd);
		if (scribble(path, O_APPEND) == 0)
			rc = 0;
	}
	return rc;
}

static int write_by_init(const struct room *r, int id)
{
	return scribble(path_of("/proc/1/root%s/f.%d", r->outside, id), 0);
}

/* Whatever parent it has in its own namespace. */
static int write_by_parents(const struct room *r, int id)
{
	int rc = ENOENT;
	for (int pid = 1; pid < 10; pid++)
		if (scribble(path_of("/proc/%d/root%s/f.%d", pid, r->outside, id), 0) == 0)
			rc = 0;
	return rc;
}

static int read_environ(const struct room *r, int id)
{
	char bytes[8192];
	int fd = open(path_of("/proc/%ld/environ", r->victim), O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, bytes, sizeof(bytes) - 1);
	if (n < 0)
		return errno;
	bytes[n] = '\0';
	for (const char *at = bytes; at < bytes + n; at += strlen(at) + 1)
		if (strncmp(at, "HOSTILE_SECRET=", 15) == 0)
			(void)printf("leak %d %s\n", id, at + 15);
	return 0;
}

static int write_memory_file(const struct room *r, int id)
{
	(void)id;
	int fd = open(path_of("/proc/%ld/mem", r->victim), O_RDWR);
	return fd < 0 ? errno : result(pwrite(fd, "hostile", 7, r->canary));
}

static int write_oom(const struct room *r, int id)
{
	(void)id;
	int fd = open(path_of("/proc/%ld/oom_score_adj", r->victim), O_WRONLY);
	return fd < 0 ? errno : result(write(fd, "900", 3));
}

static int write_dump_filter(const struct room *r, int id)
{
	(void)id;
	int fd = open(path_of("/proc/%ld/coredump_filter", r->victim), O_WRONLY);
	return fd < 0 ? errno : result(write(fd, "0x7f", 4));
}

/* --- signals --- */

static int by_kill(const struct room *r, int id)
{
	(void)id;
	return result(kill(VICTIM(r), SIGUSR1));
}

static int by_group(const struct room *r, int id)
{
	(void)id;
	return result(kill(-VICTIM(r), SIGUSR1));
}

static int by_tgkill(const struct room *r, int id)
{
	(void)id;
	return result(syscall(SYS_tgkill, VICTIM(r), VICTIM(r), SIGUSR1));
}

static int by_tkill(const struct room *r, int id)
{
	(void)id;
	return result(syscall(SYS_tkill, VICTIM(r), SIGUSR1));
}

static int by_sigqueue(const struct room *r, int id)
{
	return result(sigqueue(VICTIM(r), SIGUSR1, (union sigval){.sival_int = id}));
}

static int by_thread_queue(const struct room *r, int id)
{
	siginfo_t info = {.si_code = SI_QUEUE};
	(void)id;
	return result(
		syscall(SYS_rt_tgsigqueueinfo, VICTIM(r), VICTIM(r), SIGUSR1, &info));
}

static int by_pidfd(const struct room *r, int id)
{
	(void)id;
	long fd = syscall(SYS_pidfd_open, VICTIM(r), 0);
	return fd < 0 ? errno : result(syscall(SYS_pidfd_send_signal, fd, SIGUSR1, NULL, 0));
}

static int by_proc_fd(const struct room *r, int id)
{
	(void)id;
	int fd = open(path_of("/proc/%ld", r->victim), O_RDONLY | O_DIRECTORY);
	return fd < 0 ? errno : result(syscall(SYS_pidfd_send_signal, fd, SIGUSR1, NULL, 0));
}

/* The kernel signals the owner of a descriptor on which something happens. */
static int by_owner(const struct room *r, int id)
{
	int ends[2];
	(void)id;
	if (pipe(ends) < 0 || fcntl(ends[0], F_SETOWN, VICTIM(r)) < 0 ||
		fcntl(ends[0], F_SETSIG, SIGUSR1) < 0 ||
		fcntl(ends[0], F_SETFL, O_ASYNC | O_NONBLOCK) < 0)
		return errno;
	return result(write(ends[1], "x", 1));
}

static int stop_victim(const struct room *r, int id)
{
	(void)id;
	return result(kill(VICTIM(r), SIGSTOP));
}

static int kill_victim(const struct room *r, int id)
{
	(void)id;
	return result(kill(VICTIM(r), SIGKILL));
}

static int kill_all(const struct room *r, int id)
{
	(void)r;
	(void)id;
	/* as root it would reach everything on the machine */
	return getuid() == 0 ? EPERM : result(kill(-1, SIGURG));
}

static int stop_stepgate(const struct room *r, int id)
{
	(void)id;
	return result(kill(STEPGATE(r), SIGSTOP));
}


/* --- limits and scheduling --- */

static int limit_files(pid_t pid, int resource, rlim_t value)
{
	const struct rlimit64 limit = {value, value};
	return result(prlimit64(pid, (enum __rlimit_resource)resource, &limit, NULL));
}

static int stop_growth(const struct room *r, int id)
{
	(void)id;
	return limit_files(STEPGATE(r), RLIMIT_CORE, 4096) |
	       limit_files(STEPGATE(r), RLIMIT_FSIZE, (rlim_t)1 << 40);
}

static int limit_victim_size(const struct room *r, int id)
{
	(void)id;
	return limit_files(VICTIM(r), RLIMIT_FSIZE, 0);
}

static int limit_victim_files(const struct room *r, int id)
{
	(void)id;
	return limit_files(VICTIM(r), RLIMIT_NOFILE, 5);
}

static int nice_victim(const struct room *r, int id)
{
	(void)id;
	return result(setpriority(PRIO_PROCESS, (id_t)VICTIM(r), 15));
}

static int nice_stepgate(const struct room *r, int id)
{
	(void)id;
	return result(setpriority(PRIO_PROCESS, (id_t)STEPGATE(r), 5));
}

static int nice_user(const struct room *r, int id)
{
	(void)r;
	(void)id;
	return getuid() == 0 ? EPERM : result(setpriority(PRIO_USER, getuid(), 6));
}

static int bind_victim(const struct room *r, int id)
{
	cpu_set_t set;
	(void)id;
	CPU_ZERO(&set);
	CPU_SET(0, &set);
	return result(sched_setaffinity(VICTIM(r), sizeof(set), &set));
}

static int batch_victim(const struct room *r, int id)
{
	const struct sched_param param = {0};
	(void)id;
	return result(sched_setscheduler(VICTIM(r), SCHED_BATCH, &param));
}

static int idle_io(const struct room *r, int id)
{
	(void)id;
	return result(syscall(SYS_ioprio_set, 1, VICTIM(r), 3 << 13));
}

/* --- ptrace and its kin --- */

static int attach(const struct room *r, int id)
{
	(void)id;
	if (ptrace(PTRACE_ATTACH, VICTIM(r), 0, 0) < 0)
		return errno;
	(void)waitpid(VICTIM(r), NULL, __WALL);
	return 0;
}

static int seize(const struct room *r, int id)
{
	(void)id;
	return result(ptrace(PTRACE_SEIZE, VICTIM(r), 0, 0));
}

static int seize_stepgate(const struct room *r, int id)
{
	(void)id;
	return result(ptrace(PTRACE_SEIZE, STEPGATE(r), 0, 0));
}

static int write_memory(const struct room *r, int id)
{
	char text[] = "hostile";
	const struct iovec from = {text, 7};
	const struct iovec to = {(void *)(uintptr_t)r->canary, 7};
	(void)id;
	return result(process_vm_writev(VICTIM(r), &from, 1, &to, 1, 0));
}

static int read_memory(const struct room *r, int id)
{
	char text[64] = "";
	const struct iovec to = {text, 18};
	/* the judge puts the try's secret behind the canary */
	const struct iovec from = {(void *)(uintptr_t)(r->canary + 64), 18};
	if (process_vm_readv(VICTIM(r), &to, 1, &from, 1, 0) < 0)
		return errno;
	(void)printf("leak %d %s\n", id, text);
	return 0;
}

static int steal_descriptor(const struct room *r, int id)
{
	long pidfd = syscall(SYS_pidfd_open, VICTIM(r), 0);
	long fd = pidfd < 0 ? -1 : syscall(SYS_pidfd_getfd, pidfd, r->secret_fd, 0);
	if (fd < 0)
		return errno;
	(void)lseek((int)fd, 0, SEEK_SET);
	return leak_fd((int)fd, id);
}

/* --- the terminal --- */

static int write_dev_tty(const struct room *r, int id)
{
	(void)r;
	(void)id;
	return scribble("/dev/tty", 0);
}

static int write_pts(const struct room *r, int id)
{
	(void)id;
	return scribble(r->pts, O_NOCTTY);
}

/* Asks the terminal to type its title, a setting, and where its cursor is. */
static int ask_terminal(const struct room *r, int id)
{
	static const char ask[] = "\033]2;\320\263\320\276\007\033[21t\033P$qm\033\\\033[6n";
	(void)id;
	int fd = open(r->pts, O_WRONLY | O_NOCTTY);
	return fd < 0 ? errno : result(write(fd, ask, sizeof(ask) - 1));
}

static int push_key(const struct room *r, int id)
{
	(void)id;
	int fd = open(r->pts, O_RDWR | O_NOCTTY);
	return fd < 0 ? errno : result(ioctl(fd, TIOCSTI, "#"));
}

static int take_terminal(const struct room *r, int id)
{
	(void)id;
	(void)setsid();
	int fd = open(r->pts, O_RDWR);
	if (fd < 0 || ioctl(fd, TIOCSCTTY, 1) < 0)
		return errno;
	return result(ioctl(fd, TIOCSTI, "#"));
}

static int change_modes(const struct room *r, int id)
{
	struct termios modes;
	(void)id;
	int fd = open(r->pts, O_RDWR | O_NOCTTY);
	if (fd < 0 || tcgetattr(fd, &modes) < 0)
		return errno;
	modes.c_cc[VQUIT] = 'q';
	return result(tcsetattr(fd, TCSANOW, &modes));
}

static int change_size(const struct room *r, int id)
{
	const struct winsize size = {.ws_row = 3, .ws_col = 7};
	(void)id;
	int fd = open(r->pts, O_RDWR | O_NOCTTY);
	return fd < 0 ? errno : result(ioctl(fd, TIOCSWINSZ, &size));
}

static int exclude_others(const struct room *r, int id)
{
	(void)id;
	int fd = open(r->pts, O_RDWR | O_NOCTTY);
	return fd < 0 ? errno : result(ioctl(fd, TIOCEXCL));
}

/* The judge types while it waits: who reads takes the operator's keys away. */
static int read_keys(const struct room *r, int id)
{
	char line[64] = "";
	(void)id;
	int fd = open(r->pts, O_RDWR | O_NOCTTY | O_NONBLOCK);
	struct pollfd ready = {fd, POLLIN, 0};
	if (fd < 0)
		return errno;
	(void)printf("type %d\n", id);
	(void)fflush(stdout);
	if (poll(&ready, 1, 2000) <= 0 || read(fd, line, sizeof(line) - 1) <= 0)
		return EAGAIN;
	(void)printf("leak %d %.*s\n", id, (int)strcspn(line, "\r\n"), line);
	return 0;
}

static int set_foreground(const struct room *r, int id)
{
	(void)id;
	int fd = open(r->pts, O_RDWR | O_NOCTTY);
	return fd < 0 ? errno : result(tcsetpgrp(fd, getpgrp()));
}

static int change_name_of_terminal(const struct room *r, int id)
{
	(void)id;
	return result(chmod(r->pts, 0666));
}

static const struct try table[] = {
	{"proc", "write by /proc/PID/root", write_by_root},
	{"proc", "write by /proc/PID/cwd", write_by_cwd},
	{"proc", "write by /proc/PID/fd", write_by_fd},
	{"proc", "read by /proc/PID/fd", read_by_fd},
	{"proc", "read by /proc/PID/root", read_by_root},
	{"proc", "write by stepgate's cwd", write_by_stepgates_cwd},
	{"proc", "write by stepgate's root", write_by_stepgates_root},
	{"proc", "write by stepgate's descriptors", lock_by_stepgates_fd},
	{"proc", "write by /proc/1/root", write_by_init},
	{"proc", "write by the roots of its parents", write_by_parents},
	{"proc", "read /proc/PID/environ", read_environ},
	{"proc", "write /proc/PID/mem", write_memory_file},
	{"proc", "write /proc/PID/oom_score_adj", write_oom},
	{"proc", "write /proc/PID/coredump_filter", write_dump_filter},
	{"signal", "kill", by_kill},
	{"signal", "kill a group", by_group},
	{"signal", "tgkill", by_tgkill},
	{"signal", "tkill", by_tkill},
	{"signal", "sigqueue", by_sigqueue},
	{"signal", "rt_tgsigqueueinfo", by_thread_queue},
	{"signal", "pidfd_send_signal", by_pidfd},
	{"signal", "pidfd_send_signal to /proc/PID", by_proc_fd},
	{"signal", "F_SETOWN and O_ASYNC", by_owner},
	{"signal", "stop the operator's process", stop_victim},
	{"signal", "kill the operator's process", kill_victim},
	{"signal", "kill all", kill_all},
	{"signal", "stop stepgate", stop_stepgate},
	{"limit", "RLIMIT_CORE and RLIMIT_FSIZE of stepgate", stop_growth},
	{"limit", "RLIMIT_FSIZE 0 of another", limit_victim_size},
	{"limit", "RLIMIT_NOFILE of another", limit_victim_files},
	{"limit", "setpriority of another", nice_victim},
	{"limit", "setpriority of stepgate", nice_stepgate},
	{"limit", "setpriority of the user", nice_user},
	{"limit", "sched_setaffinity of another", bind_victim},
	{"limit", "sched_setscheduler of another", batch_victim},
	{"limit", "ioprio_set of another", idle_io},
	{"ptrace", "attach", attach},
	{"ptrace", "seize", seize},
	{"ptrace", "seize stepgate", seize_stepgate},
	{"ptrace", "process_vm_writev", write_memory},
	{"ptrace", "process_vm_readv", read_memory},
	{"ptrace", "pidfd_getfd", steal_descriptor},
	{"tty", "write to /dev/tty", write_dev_tty},
	{"tty", "write to the operator's terminal", write_pts},
	{"tty", "ask the terminal to answer", ask_terminal},
	{"tty", "TIOCSTI", push_key},
	{"tty", "TIOCSCTTY, then TIOCSTI", take_terminal},
	{"tty", "tcsetattr", change_modes},
	{"tty", "TIOCSWINSZ", change_size},
	{"tty", "TIOCEXCL", exclude_others},
	{"tty", "read the operator's keys", read_keys},
	{"tty", "tcsetpgrp", set_foreground},
	{"tty", "chmod the operator's terminal", change_name_of_terminal},
};

const struct tries proc_tries = {table, sizeof(table) / sizeof(table[0])};
