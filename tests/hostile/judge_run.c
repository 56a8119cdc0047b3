/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program at a pseudo-terminal, as an operator has it; and whether either was tampered with. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "hostile/judge.h"

#define ROWS    30
#define COLUMNS 100

static long now_ms(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static _Noreturn void become(const struct room *room, char *const *argv, const char *secret)
{
	char home[PATH_SIZE + 32];
	char state[PATH_SIZE + 32];
	char tmp[PATH_SIZE + 32];
	char known[64];
	(void)snprintf(home, sizeof(home), "HOME=%s", room->home);
	(void)snprintf(state, sizeof(state), "XDG_STATE_HOME=%s/../state", room->home);
	(void)snprintf(tmp, sizeof(tmp), "TMPDIR=%s/../tmp", room->home);
	(void)snprintf(known, sizeof(known), "HOSTILE_SECRET=%s", secret);
	char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	char term[] = "TERM=xterm-256color";
	char locale[] = "LC_ALL=C.UTF-8";
	char plain[] = "STEPGATE_UI=plain";
	char *const env[] = {home, state, tmp, known, path, term, locale, plain, NULL};
	/* one that is not close-on-exec: whoever started the program may have left such */
	const char *inherited = path_of("%s/inherited", room->home);
	int fd = open(inherited, O_RDONLY);
	(void)dup2(fd, 9);
	if (chdir(room->repo) == 0)
		(void)execve(argv[0], argv, env);
	_exit(127);
}

bool run_start(struct run *run, const struct room *room, char *const *argv, const char *secret)
{
	const struct winsize size = {.ws_row = ROWS, .ws_col = COLUMNS};
	memset(run, 0, sizeof(*run));
	run->pid = forkpty(&run->master, NULL, NULL, &size);
	if (run->pid == 0)
		become(room, argv, secret);
	if (run->pid <= 0)
		return false;
	(void)fcntl(run->master, F_SETFD, FD_CLOEXEC);
	run->slave = open(ptsname(run->master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	return run->slave >= 0;
}

void run_forget(struct run *run)
{
	run->n_seen = 0;
	run->seen[0] = '\0';
}

bool run_pump(struct run *run, int timeout_ms)
{
	char bytes[8192];
	struct pollfd fd = {run->master, POLLIN, 0};
	if (run->ended)
		return false;
	if (poll(&fd, 1, timeout_ms) <= 0) {
		/* our own end keeps the terminal open: its silence says nothing */
		const char state = process_state(run->pid);
		run->ended = state == 0 || state == 'Z';
		return !run->ended;
	}
	ssize_t n = read(run->master, bytes, sizeof(bytes));
	if (n <= 0)
		return true;
	if (run->n_seen + (size_t)n >= sizeof(run->seen)) {
		const size_t kept = sizeof(run->seen) / 4;
		memmove(run->seen, run->seen + run->n_seen - kept, kept);
		run->n_seen = kept;
	}
	memcpy(run->seen + run->n_seen, bytes, (size_t)n);
	run->n_seen += (size_t)n;
	run->seen[run->n_seen] = '\0';
	return true;
}

static bool seen(const struct run *run, const char *text)
{
	return memmem(run->seen, run->n_seen, text, strlen(text)) != NULL;
}

bool run_wait(struct run *run, const char *text, int timeout_ms)
{
	const long end = now_ms() + timeout_ms;
	while (!seen(run, text))
		if (now_ms() > end || !run_pump(run, 20))
			return seen(run, text);
	return true;
}

void run_type(struct run *run, const char *text)
{
	ssize_t n = write(run->master, text, strlen(text));
	(void)n;
}

bool run_signal(struct run *run, const char *phase)
{
	char brief[64];
	(void)snprintf(brief, sizeof(brief), "«го» starts %s", phase);
	if (!run_wait(run, brief, 20000) ||
		!run_wait(run, "stepgate 0001> ", 5000))
		return false;
	run_forget(run);
	run_type(run, "го\r");
	return true;
}

void run_stop(struct run *run)
{
	(void)kill(run->pid, SIGCONT);
	(void)kill(run->pid, SIGTERM);
	for (int i = 0; i < 50 && waitpid(run->pid, NULL, WNOHANG) == 0; i++)
		(void)run_pump(run, 20);
	(void)kill(run->pid, SIGKILL);
	(void)waitpid(run->pid, NULL, 0);
	(void)close(run->slave);
	(void)close(run->master);
}

/* --- what may not change while a command runs --- */

static void remember_process(struct run *run)
{
	struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
	(void)prlimit(run->pid, RLIMIT_FSIZE, NULL, &limit);
	run->size_limit = limit.rlim_cur;
	run->nice = getpriority(PRIO_PROCESS, (id_t)run->pid);
}

void run_remember(struct run *run)
{
	remember_process(run);
	(void)tcgetattr(run->master, &run->modes);
	run_forget(run);
}

static void judge_terminal(struct run *run, struct column *c, int id)
{
	static const struct winsize right = {.ws_row = ROWS, .ws_col = COLUMNS};
	struct termios modes;
	struct winsize size;
	struct stat st;
	int exclusive = 0;
	const pid_t foreground = tcgetpgrp(run->master);
	if (tcgetattr(run->master, &modes) == 0 &&
		(memcmp(modes.c_cc, run->modes.c_cc, sizeof(modes.c_cc)) != 0 ||
			modes.c_lflag != run->modes.c_lflag)) {
		found(c, id, "the terminal's modes");
		(void)tcsetattr(run->master, TCSANOW, &run->modes);
	}
	if (ioctl(run->master, TIOCGWINSZ, &size) == 0 && size.ws_row != ROWS) {
		found(c, id, "the terminal's size");
		(void)ioctl(run->master, TIOCSWINSZ, &right);
	}
	if (foreground > 0 && foreground != run->pid)
		found(c, id, "the terminal's foreground");
	if (ioctl(run->slave, TIOCGEXCL, &exclusive) == 0 && exclusive) {
		found(c, id, "the terminal is shut to others");
		(void)ioctl(run->slave, TIOCNXCL);
	}
	if (fstat(run->slave, &st) == 0 && (st.st_mode & 06)) {
		found(c, id, "the terminal's mode");
		(void)fchmod(run->slave, 0620);
	}
	if (seen(run, "hostile\r\n"))
		found(c, id, "written on the terminal");
	if (seen(run, "\033]2;") || seen(run, "\033[21t") || seen(run, "\033P$q"))
		found(c, id, "an escape sequence on the terminal");
	if (seen(run, "#"))
		found(c, id, "a key was typed");
}

static void judge_process(struct run *run, struct column *c, int id)
{
	struct rlimit limit;
	const char state = process_state(run->pid);
	if (state == 'T' || state == 't') {
		found(c, id, "stepgate was stopped");
		(void)kill(run->pid, SIGCONT);
	}
	if (process_field(run->pid, "TracerPid") > 0)
		found(c, id, "stepgate is traced");
	if (prlimit(run->pid, RLIMIT_FSIZE, NULL, &limit) == 0 &&
		limit.rlim_cur != run->size_limit)
		found(c, id, "stepgate's limits");
	if (getpriority(PRIO_PROCESS, (id_t)run->pid) != run->nice)
		found(c, id, "stepgate's priority");
	/* an ordinary user cannot put these back */
	remember_process(run);
}

void run_judge(struct run *run, struct column *c, int id)
{
	while (poll(&(struct pollfd){run->master, POLLIN, 0}, 1, 0) > 0 && run_pump(run, 0))
		;
	judge_terminal(run, c, id);
	judge_process(run, c, id);
	run_forget(run);
}
