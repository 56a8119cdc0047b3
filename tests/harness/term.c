/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pseudo-terminal and its program; what is on the screen is in term_screen.c. */
#include "harness/term.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness/harness.h"
#include "harness/term_private.h"

/* What the program gets of our own environment. LINES and COLUMNS never: they would win over
 * the size that the kernel tells. */
static const char *const passed_on[] = {
	"PATH",
	"HOME",
	"TMPDIR",
	"ASAN_OPTIONS",
	"LSAN_OPTIONS",
	"UBSAN_OPTIONS",
};
#define PASSED_ON (sizeof passed_on / sizeof *passed_on)

static _Noreturn void give_up(const char *what)
{
	fprintf(stderr, "term: %s: %s\n", what, strerror(errno));
	abort();
}

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* execvpe takes the first of two equal names, so what the spec adds stands before the rest. */
static char **build_environment(const char *const *added)
{
	size_t count = 0;
	while (added && added[count])
		count++;
	char **env = calloc(count + PASSED_ON + 3, sizeof *env);
	if (!env)
		give_up("environment");
	size_t at = 0;
	for (size_t i = 0; i < count; i++)
		env[at++] = sg_t_format("%s", added[i]);
	env[at++] = sg_t_format("TERM=xterm-256color");
	env[at++] = sg_t_format("LANG=C.UTF-8");
	for (size_t i = 0; i < PASSED_ON; i++) {
		const char *value = getenv(passed_on[i]);
		if (value)
			env[at++] = sg_t_format("%s=%s", passed_on[i], value);
	}
	/* Some programs take the last of two equal names: leave one of each. */
	size_t kept = 0;
	for (size_t i = 0; i < at; i++) {
		size_t name = strcspn(env[i], "=") + 1;
		bool again = false;
		for (size_t j = 0; j < kept; j++)
			again = again || strncmp(env[i], env[j], name) == 0;
		if (again)
			free(env[i]);
		else
			env[kept++] = env[i];
	}
	for (size_t i = kept; i < at; i++)
		env[i] = NULL;
	return env;
}

static _Noreturn void run_child(const struct sg_t_term_spec *spec, char *const *env)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int signo = 1; signo < NSIG; signo++)
		signal(signo, SIG_DFL);
	alarm(0);
	if (spec->cwd && chdir(spec->cwd) < 0) {
		fprintf(stderr, "term: chdir %s: %s\n", spec->cwd, strerror(errno));
		_exit(126);
	}
	/* exec takes char *const[] for historical reasons and changes nothing. */
	union {
		const char *const *in;
		char *const *out;
	} argv = {.in = spec->argv};
	execvpe(spec->argv[0], argv.out, env);
	fprintf(stderr, "term: exec %s: %s\n", spec->argv[0], strerror(errno));
	_exit(127);
}

struct sg_t_term *sg_t_term_open(const struct sg_t_term_spec *spec)
{
	struct sg_t_term *term = calloc(1, sizeof *term);
	if (!term)
		give_up("terminal");
	term->rows = spec->rows ? spec->rows : 24;
	term->cols = spec->cols ? spec->cols : 80;
	term->status = -1;
	sg_t_screen_open(term);

	char **env = build_environment(spec->env);
	struct winsize size = {
		.ws_row = (unsigned short)term->rows, .ws_col = (unsigned short)term->cols};
	fflush(NULL);
	term->pid = forkpty(&term->fd, NULL, NULL, &size);
	if (term->pid < 0)
		give_up("forkpty");
	if (term->pid == 0)
		run_child(spec, env);
	for (char **entry = env; *entry; entry++)
		free(*entry);
	free(env);
	/* The other end must never block us: a program that reads nothing fills the line up. */
	if (fcntl(term->fd, F_SETFL, O_NONBLOCK) < 0 ||
		fcntl(term->fd, F_SETFD, FD_CLOEXEC) < 0)
		give_up("fcntl");
	return term;
}

static void reap(struct sg_t_term *term, int flags)
{
	int status;
	if (term->reaped || waitpid(term->pid, &status, flags) != term->pid)
		return;
	term->reaped = true;
	term->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void sg_t_term_close(struct sg_t_term *term)
{
	if (!term)
		return;
	if (!term->reaped) {
		kill(-term->pid, SIGKILL);
		kill(term->pid, SIGKILL);
	}
	close(term->fd);
	reap(term, 0);
	sg_t_screen_close(term);
	free(term->raw);
	free(term->title);
	free(term);
}

static void keep_raw(struct sg_t_term *term, const char *bytes, size_t count)
{
	if (term->raw_room - term->raw_size <= count) {
		term->raw_room = 2 * (term->raw_room + count) + 4096;
		term->raw = realloc(term->raw, term->raw_room);
		if (!term->raw)
			give_up("raw bytes");
	}
	memcpy(term->raw + term->raw_size, bytes, count);
	term->raw_size += count;
	term->raw[term->raw_size] = '\0';
}

/* Takes what is there without waiting. True if something came. */
static bool take(struct sg_t_term *term)
{
	char bytes[16384];
	ssize_t count = read(term->fd, bytes, sizeof bytes);
	if (count > 0) {
		keep_raw(term, bytes, (size_t)count);
		sg_t_screen_feed(term, bytes, (size_t)count);
		return true;
	}
	/* Linux says EIO once nobody holds the other end any more. */
	if (count == 0 || (errno != EAGAIN && errno != EINTR))
		term->eof = true;
	return false;
}

/*
 * Waits for output, for room for input where `writing`, or for the time to pass; poll events.
 * A program that is gone while a child of its own keeps the terminal gives no end of file, so it
 * is asked for now and then, in short turns.
 */
static short attend(struct sg_t_term *term, bool writing, int64_t until_ms)
{
	int64_t left = until_ms - now_ms();
	if (left < 0)
		left = 0;
	if (left > 50)
		left = 50;
	struct pollfd event = {
		.fd = term->fd, .events = (short)(POLLIN | (writing ? POLLOUT : 0))};
	/* A hang-up would make poll return at once, again and again. */
	if (term->eof)
		event.fd = -1;
	if (poll(&event, 1, (int)left) < 0 && errno != EINTR)
		give_up("poll");
	if (event.revents & (POLLIN | POLLHUP | POLLERR))
		take(term);
	reap(term, WNOHANG);
	return event.revents;
}

void sg_t_term_send(struct sg_t_term *term, const void *bytes, size_t size_bytes)
{
	const char *next = bytes;
	int64_t until = now_ms() + SG_T_DEADLINE_MS;
	while (size_bytes > 0 && !term->eof) {
		ssize_t count = write(term->fd, next, size_bytes);
		if (count > 0) {
			next += count;
			size_bytes -= (size_t)count;
			continue;
		}
		if (errno == EIO)
			return;
		if (errno != EAGAIN && errno != EINTR)
			give_up("write to the terminal");
		if (now_ms() > until) {
			errno = ETIMEDOUT;
			give_up("the program does not read its terminal");
		}
		attend(term, true, until);
	}
}

void sg_t_term_type(struct sg_t_term *term, const char *text)
{
	sg_t_term_send(term, text, strlen(text));
}

void sg_t_term_resize(struct sg_t_term *term, int rows, int cols)
{
	term->rows = rows;
	term->cols = cols;
	sg_t_screen_resize(term);
	struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
	if (ioctl(term->fd, TIOCSWINSZ, &size) < 0)
		give_up("resize");
}

bool sg_t_term_wait(struct sg_t_term *term, bool (*pred)(struct sg_t_term *, const void *),
	const void *arg, int deadline_ms)
{
	int64_t until = now_ms() + deadline_ms;
	for (;;) {
		size_t before = term->raw_size;
		if (pred(term, arg))
			return true;
		if (term->eof || now_ms() > until)
			return false;
		/* Gone, and nothing left to read: nothing will come that is the program's own. */
		bool gone = term->reaped;
		attend(term, false, until);
		if (gone && term->raw_size == before)
			return pred(term, arg);
	}
}

bool sg_t_term_settle(struct sg_t_term *term, int quiet_ms)
{
	int64_t last = now_ms(), limit = last + SG_T_DEADLINE_MS;
	while (!term->eof && now_ms() - last < quiet_ms) {
		if (now_ms() > limit)
			return false;
		size_t before = term->raw_size;
		attend(term, false, last + quiet_ms);
		if (term->raw_size != before)
			last = now_ms();
	}
	return true;
}

static bool is_reaped(struct sg_t_term *term, const void *arg)
{
	(void)arg;
	return term->reaped;
}

int sg_t_term_exit(struct sg_t_term *term)
{
	int64_t until = now_ms() + SG_T_DEADLINE_MS;
	sg_t_term_wait(term, is_reaped, NULL, SG_T_DEADLINE_MS);
	/* The terminal may close before the program ends. */
	while (!term->reaped && now_ms() < until)
		attend(term, false, until);
	/* What it wrote last is read even if its end came first. */
	while (!term->eof && take(term))
		;
	return term->status;
}

pid_t sg_t_term_pid(const struct sg_t_term *term)
{
	return term->pid;
}

int sg_t_term_fd(const struct sg_t_term *term)
{
	return term->fd;
}

const char *sg_t_term_raw(const struct sg_t_term *term, size_t *ret_size)
{
	if (ret_size)
		*ret_size = term->raw_size;
	return term->raw ? term->raw : "";
}
