/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The log's tail: rows of commands, output of children, and what came on standard error. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app_screen.h"
#include "base/fs.h"
#include "base/utf8.h"

void sg_as_log_release(struct sg_as_log *log)
{
	for (size_t i = 0; i < log->n; i++)
		free(log->lines[i]);
	free(log->lines);
	*log = (struct sg_as_log){.most = log->most};
}

/* Half at a time, so that a flood does not move the whole list for every line. */
static void make_room(struct sg_as_log *log)
{
	const size_t half = log->most / 2;
	if (log->n < log->most)
		return;
	for (size_t i = 0; i < half; i++)
		free(log->lines[i]);
	memmove(log->lines, log->lines + half, (log->n - half) * sizeof(*log->lines));
	log->n -= half;
	log->dropped += half;
}

static void add_row(struct sg_as_log *log, const char *text)
{
	if (!log->lines)
		log->lines = calloc(log->most, sizeof(*log->lines));
	char *copy = log->lines ? strdup(text) : NULL;
	if (!copy)
		return;
	make_room(log);
	log->lines[log->n++] = copy;
}

/* What was typed stands above what it answers; where nothing is answered, nothing is said. */
static void add_echo(struct sg_app_screen *s)
{
	char prompt[64];
	struct sg_strbuf row = SG_STRBUF_INIT;
	const char *line = s->echo;
	s->echo = NULL;
	sg_strbuf_adds(&row, sg_app_prompt_text(s->app, prompt, sizeof(prompt)));
	sg_utf8_sanitise(&row, line, strlen(line), SG_SANITISE_LINE);
	if (!sg_strbuf_failed(&row))
		add_row(&s->log, row.bytes);
	sg_strbuf_release(&row);
}

void sg_as_log_row(void *ctx, enum sg_style style, const char *text)
{
	struct sg_app_screen *s = ctx;
	(void)style;
	if (s->echo)
		add_echo(s);
	add_row(&s->log, text);
	s->pane_dirty = true;
}

void sg_as_say(struct sg_app_screen *s, enum sg_style style, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	(void)vsnprintf(
		s->message, sizeof(s->message), sg_say(s->app->options.say, format), args);
	va_end(args);
	s->message_style = style;
	s->pane_dirty = true;
}

void sg_as_bell(struct sg_app_screen *s)
{
	if (s->app->options.bell)
		sg_screen_bell();
}

/* --- standard error --- */

/*
 * What we or a library print there would staircase over the screen. Our end never blocks: one
 * who floods it loses lines, and nothing waits for itself.
 */
enum sg_rc sg_as_stderr_begin(struct sg_app_screen *s, struct sg_err *err)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return sg_err_errno(err, SG_STORAGE, errno, "cannot start the screen");
	s->stderr_before = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	s->stderr_fd = ends[0];
	int moved = dup2(ends[1], STDERR_FILENO);
	sg_fd_close(&ends[1]);
	return moved < 0 ? sg_err_errno(err, SG_STORAGE, errno, "cannot start the screen")
			 : SG_OK;
}

static void end_line(struct sg_app_screen *s)
{
	struct sg_strbuf clean = SG_STRBUF_INIT;
	sg_utf8_sanitise(
		&clean, s->stderr_line.bytes, s->stderr_line.n_bytes, SG_SANITISE_TEXT);
	if (clean.n_bytes) {
		sg_as_log_row(s, SG_STYLE_WARN, clean.bytes);
		const char *mine = "stepgate: ";
		size_t skip = strncmp(clean.bytes, mine, strlen(mine)) == 0 ? strlen(mine) : 0;
		sg_as_say(s, SG_STYLE_WARN, "%s", clean.bytes + skip);
	}
	sg_strbuf_release(&clean);
	sg_strbuf_clear(&s->stderr_line);
}

void sg_as_stderr_take(struct sg_app_screen *s)
{
	char bytes[4096];
	for (ssize_t n;
		s->stderr_fd >= 0 && (n = read(s->stderr_fd, bytes, sizeof(bytes))) > 0;) {
		for (ssize_t i = 0; i < n; i++) {
			/* readline rings the bell there */
			if (bytes[i] == '\a')
				sg_as_bell(s);
			else if (bytes[i] == '\n')
				end_line(s);
			else
				sg_strbuf_addc(&s->stderr_line, bytes[i]);
		}
	}
}

void sg_as_stderr_end(struct sg_app_screen *s)
{
	if (s->stderr_fd < 0)
		return;
	sg_as_stderr_take(s);
	if (s->stderr_before >= 0)
		(void)dup2(s->stderr_before, STDERR_FILENO);
	sg_fd_close(&s->stderr_before);
	sg_fd_close(&s->stderr_fd);
	s->stderr_before = s->stderr_fd = -1;
	sg_strbuf_release(&s->stderr_line);
}
