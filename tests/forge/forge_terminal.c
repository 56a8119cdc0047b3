/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A terminal that believes everything: it reports its title as it was set, echoes the setting
 * that it is asked for, takes the clipboard from whoever writes it, and marks pastes only while it
 * is told to. Terminals were like that, and some still are.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "forge/forge.h"

#define ESC 0x1b

long now_ms(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

bool terminal_start(struct terminal *t, char *const *argv, char *const *env, const char *folder)
{
	const struct winsize size = {.ws_row = 40, .ws_col = 120};
	t->n_pending = 0;
	t->gone = false;
	t->heard_ms = now_ms();
	t->pid = forkpty(&t->master, NULL, NULL, &size);
	if (t->pid == 0) {
		if (chdir(folder) == 0)
			(void)execve(argv[0], argv, env);
		_exit(127);
	}
	if (t->pid > 0)
		(void)fcntl(t->master, F_SETFD, FD_CLOEXEC);
	return t->pid > 0;
}

void terminal_type(struct terminal *t, const char *keys)
{
	ssize_t n = write(t->master, keys, strlen(keys));
	t->gone = t->gone || (n < 0 && errno == EIO);
}

void terminal_paste(struct terminal *t)
{
	if (t->marks_pastes)
		terminal_type(t, "\033[200~");
	terminal_type(t, t->clipboard);
	if (t->marks_pastes)
		terminal_type(t, "\033[201~");
}

/* --- escape sequences --- */

static int value_of(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;
	return at ? (int)(at - digits) : -1;
}

static void take_clipboard(struct terminal *t, const char *base64)
{
	size_t n = 0;
	unsigned bits = 0;
	int held = 0;
	for (; value_of(*base64) >= 0 && n + 1 < sizeof(t->clipboard); base64++) {
		bits = bits << 6 | (unsigned)value_of(*base64);
		held += 6;
		if (held >= 8) {
			held -= 8;
			t->clipboard[n++] = (char)(bits >> held & 0xff);
		}
	}
	t->clipboard[n] = '\0';
}

static void take_string(struct terminal *t, const char *text, size_t n)
{
	char answer[600];
	char body[512];
	join(body, sizeof(body), "%.*s", (int)n, text);
	if (strncmp(body, "]2;", 3) == 0 || strncmp(body, "]0;", 3) == 0) {
		(void)snprintf(t->title, sizeof(t->title), "%.255s", body + 3);
	} else if (strncmp(body, "]52;c;", 6) == 0) {
		take_clipboard(t, body + 6);
	} else if (strncmp(body, "P$q", 3) == 0) {
		join(answer, sizeof(answer), "\033P0$r%s\033\\", body + 3);
		terminal_type(t, answer);
	}
}

static void take_control(struct terminal *t, const char *text)
{
	char answer[600];
	if (strcmp(text, "[21t") == 0) {
		join(answer, sizeof(answer), "\033]l%s\033\\", t->title);
		terminal_type(t, answer);
	} else if (strcmp(text, "[6n") == 0) {
		terminal_type(t, "\033[1;1R");
	} else if (strcmp(text, "[?2004h") == 0) {
		t->marks_pastes = true;
	} else if (strcmp(text, "[?2004l") == 0) {
		t->marks_pastes = false;
	}
}

/* One byte; a sequence is taken when its end has come. */
static void take_byte(struct terminal *t, char c)
{
	if (t->n_pending == 0) {
		if (c == ESC)
			t->pending[t->n_pending++] = c;
		return;
	}
	if (t->n_pending + 1 == sizeof(t->pending)) {
		t->n_pending = 0;
		return;
	}
	t->pending[t->n_pending++] = c;
	t->pending[t->n_pending] = '\0';
	const char kind = t->pending[1];
	const size_t n = t->n_pending;
	if (kind == ']' || kind == 'P') {
		const bool st = n > 3 && c == '\\' && t->pending[n - 2] == ESC;
		if (c != '\a' && !st)
			return;
		take_string(t, t->pending + 1, n - 1 - (st ? 2 : 1));
	} else if (kind == '[') {
		if (n < 3 || c < 0x40 || c > 0x7e)
			return;
		take_control(t, t->pending + 1);
	}
	t->n_pending = 0;
}

/* Keys from the multiplexer's socket, which whoever can call it may press. */
static void take_keys(struct terminal *t)
{
	char bytes[256];
	int fd = t->listener < 0 ? -1 : accept4(t->listener, NULL, NULL, SOCK_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, bytes, sizeof(bytes) - 1);
	if (fd >= 0)
		(void)close(fd);
	if (n <= 0)
		return;
	bytes[n] = '\0';
	terminal_type(t, bytes);
}

void terminal_pump(struct terminal *t, int timeout_ms)
{
	char bytes[8192];
	struct pollfd fds[] = {{t->master, POLLIN, 0}, {t->listener, POLLIN, 0}};
	if (poll(fds, 2, timeout_ms) <= 0)
		return;
	if (fds[1].revents & POLLIN)
		take_keys(t);
	if (!fds[0].revents)
		return;
	ssize_t n = read(t->master, bytes, sizeof(bytes));
	if (n <= 0) {
		t->gone = t->gone || n == 0 || errno == EIO;
		if (t->gone)
			nap_ms(timeout_ms);
		return;
	}
	t->heard_ms = now_ms();
	for (ssize_t i = 0; i < n; i++)
		take_byte(t, bytes[i]);
}

void terminal_stop(struct terminal *t)
{
	if (t->pid <= 0)
		return;
	(void)kill(t->pid, SIGHUP);
	for (int i = 0; i < 40 && waitpid(t->pid, NULL, WNOHANG) == 0; i++)
		terminal_pump(t, 25);
	(void)kill(t->pid, SIGKILL);
	(void)waitpid(t->pid, NULL, 0);
	(void)close(t->master);
	t->pid = 0;
}
