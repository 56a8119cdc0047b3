/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A program at a pseudo-terminal, traced or not; its screen as text without escape sequences.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kill.h"

static int64_t now_ms(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- starting --- */

static _Noreturn void become_program(
	int slave, const char *folder, char *const *argv, bool traced)
{
	if (setsid() < 0 || ioctl(slave, TIOCSCTTY, 0) < 0 || dup2(slave, 0) < 0 ||
		dup2(slave, 1) < 0 || dup2(slave, 2) < 0 || chdir(folder) < 0)
		_exit(126);
	(void)signal(SIGCHLD, SIG_DFL);
	if (traced) {
		if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0)
			_exit(126);
		(void)raise(SIGSTOP);
		if (!tracer_filter())
			_exit(126);
	}
	(void)execv(argv[0], argv);
	_exit(127);
}

static _Noreturn void become_tracer(
	int slave, const char *folder, char *const *argv, const struct point *point, int report)
{
	const pid_t pid = fork();
	if (pid == 0)
		become_program(slave, folder, argv, true);
	(void)close(slave); /* else the terminal would outlive the program */
	if (pid < 0)
		_exit(3);
	tracer_run(pid, point, report);
}

void term_start(
	struct term *t, const char *folder, char *const *argv, const struct point *point)
{
	const struct winsize size = {.ws_row = 30, .ws_col = 100};
	char path[PATH_SIZE];
	int slave = -1;
	int report[2] = {-1, -1};

	*t = (struct term){.visit = t->visit, .ctx = t->ctx};
	sg_strbuf_init(&t->screen);
	folder_path(path, folder, NULL);
	if (openpty(&t->master, &slave, NULL, NULL, &size) < 0 ||
		(point && socketpair(AF_UNIX, SOCK_STREAM, 0, report) < 0))
		die("cannot make a terminal");
	(void)fcntl(t->master, F_SETFD, FD_CLOEXEC);
	if (slave > 2)
		(void)fcntl(slave, F_SETFD, FD_CLOEXEC);
	for (int i = 0; i < 2; i++)
		if (report[i] >= 0)
			(void)fcntl(report[i], F_SETFD, FD_CLOEXEC);
	t->report = report[0];
	t->child = fork();
	if (t->child < 0)
		die("cannot fork");
	if (t->child == 0) {
		(void)close(t->master);
		if (point)
			become_tracer(slave, path, argv, point, report[1]);
		become_program(slave, path, argv, false);
	}
	(void)close(slave);
	if (report[1] >= 0)
		(void)close(report[1]);
}

/* --- reading --- */

static void take_byte(struct term *t, unsigned char c)
{
	switch (t->escape) {
	case 1: t->escape = c == '[' ? 2 : c == ']' ? 3 : 0; return;
	case 2:
		if (c >= 0x40 && c <= 0x7e)
			t->escape = 0;
		return;
	case 3:
		if (c == 7)
			t->escape = 0;
		return;
	default: break;
	}
	if (c == 0x1b)
		t->escape = 1;
	else if (c != '\r' && c != '\0')
		sg_strbuf_addc(&t->screen, (char)c);
}

static void read_screen(struct term *t)
{
	unsigned char bytes[4096];
	const ssize_t n = read(t->master, bytes, sizeof(bytes));

	if (n <= 0) {
		t->over = !(n < 0 && errno == EINTR);
		return;
	}
	for (ssize_t i = 0; i < n; i++)
		take_byte(t, bytes[i]);
}

static void read_report(struct term *t)
{
	struct pollfd screen = {t->master, POLLIN, 0};
	struct traced at;

	if (read(t->report, &at, sizeof(at)) != (ssize_t)sizeof(at))
		die("the tracer gave up: is ptrace allowed here?");
	if (at.over) {
		t->end = at;
		t->reported = true;
		return;
	}
	while (!t->over && poll(&screen, 1, 0) > 0)
		read_screen(t);
	t->visit(t, &at);
}

void term_hold(struct term *t, char how, struct traced *ret)
{
	if (write(t->report, &how, 1) != 1 ||
		(how == TRACER_HALF &&
			read(t->report, ret, sizeof(*ret)) != (ssize_t)sizeof(*ret)))
		die("the tracer gave up");
}

static void pump(struct term *t, int timeout_ms)
{
	struct pollfd fds[2] = {
		{t->master, POLLIN, 0}, {t->reported ? -1 : t->report, POLLIN, 0}};

	if (poll(fds, 2, timeout_ms) <= 0)
		return;
	if (fds[0].revents)
		read_screen(t);
	if (fds[1].revents)
		read_report(t);
}

bool term_seen(const struct term *t, const char *text)
{
	return strstr(t->screen.bytes + t->mark, text) != NULL;
}

/* "stepgate> " or "stepgate 0001> "; a brief has "-> " in it, too. */
static bool prompt_seen(const struct term *t)
{
	const char *at = t->screen.bytes + t->mark;
	while ((at = strstr(at, "stepgate")) != NULL) {
		at += strlen("stepgate");
		const size_t n = strspn(at, " 0123456789");
		if (strncmp(at + n, "> ", 2) == 0)
			return true;
	}
	return false;
}

static bool seen(const struct term *t, const char *text)
{
	return text ? term_seen(t, text) : prompt_seen(t);
}

bool term_wait(struct term *t, const char *text)
{
	const int64_t end_ms = now_ms() + WAIT_MS;
	while (!seen(t, text)) {
		if (t->over)
			return false;
		if (now_ms() > end_ms) {
			t->hung = true;
			return false;
		}
		pump(t, 200);
	}
	return true;
}

void term_send(struct term *t, const char *line)
{
	const size_t n = strlen(line);
	t->mark = t->screen.n_bytes;
	/* the program may have been killed just now: then its terminal takes nothing */
	if (write(t->master, line, n) == (ssize_t)n)
		(void)!write(t->master, "\r", 1);
}

/* --- the end --- */

/* Everything that the program left behind is ours to wait for: we are their subreaper. */
static void wait_for_orphans(struct term *t)
{
	const int64_t end_ms = now_ms() + WAIT_MS / 4;
	const struct timespec a_while = {0, 1000000};
	for (;;) {
		const pid_t pid = waitpid(-1, NULL, WNOHANG);
		if (pid < 0)
			return;
		if (pid == 0 && now_ms() > end_ms) {
			t->hung = true;
			return;
		}
		if (pid == 0)
			(void)nanosleep(&a_while, NULL);
	}
}

bool term_end(struct term *t)
{
	const int64_t end_ms = now_ms() + WAIT_MS;
	while ((!t->over || (t->report >= 0 && !t->reported)) && !t->hung) {
		if (t->over)
			read_report(t);
		else
			pump(t, 200);
		t->hung = now_ms() > end_ms;
	}
	if (t->hung)
		(void)kill(t->child, SIGKILL); /* of a tracer, what it traces dies with it */
	int status = 0;
	while (waitpid(t->child, &status, 0) < 0 && errno == EINTR)
		;
	if (t->report < 0)
		t->end.status = status;
	wait_for_orphans(t);
	return !t->hung;
}

void term_release(struct term *t)
{
	(void)close(t->master);
	if (t->report >= 0)
		(void)close(t->report);
	sg_strbuf_release(&t->screen);
}
