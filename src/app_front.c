/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The front ends: the line prompt, and batches from stdin, -c and -f. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "app_screen.h"
#include "base/fs.h"
#include "ui/prompt.h"

/* --- the terminal --- */

bool sg_app_one_terminal(void)
{
	struct stat in;
	struct stat out;
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && fstat(STDIN_FILENO, &in) == 0 &&
	       fstat(STDOUT_FILENO, &out) == 0 && in.st_rdev == out.st_rdev &&
	       in.st_dev == out.st_dev && in.st_ino == out.st_ino &&
	       tcgetsid(STDIN_FILENO) == getsid(0) && tcgetpgrp(STDIN_FILENO) == getpgrp();
}

/* --- the prompt --- */

/*
 * The brief is drawn when what is awaited has changed since it was drawn last; then what was
 * typed ahead is dropped, so that a signal can only be begun behind it.
 */
static enum sg_rc draw_brief(struct sg_app *app, struct sg_err *err)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_brief brief;
	struct sg_view_input in;
	struct sg_rows rows;
	enum sg_rc rc = sg_app_brief(app, &arena, &brief, err);
	if (rc == SG_OK && brief.out && strcmp(brief.digest, app->shown_digest) != 0) {
		rc = sg_app_view(app, &arena, true, &in, err);
		sg_app_rows_init(app, &rows, &arena);
		if (rc == SG_OK) {
			sg_view_brief(&rows, &in, &brief);
			sg_plain_rows(&app->out, &rows);
			sg_prompt_flush();
			memcpy(app->shown_digest, brief.digest, sizeof(brief.digest));
		}
	} else if (rc == SG_OK && !brief.out) {
		app->shown_digest[0] = '\0';
	}
	sg_arena_release(&arena);
	return rc;
}

const char *sg_app_prompt_text(struct sg_app *app, char *out, size_t out_size)
{
	const char *step = app->session ? sg_session_run(app->session)->manifest.step_id : "";
	/* the id is four digits or more, whatever a hostile manifest says is not shown here */
	bool digits = *step && strspn(step, "0123456789") == strlen(step) && strlen(step) < 16;
	(void)snprintf(
		out, out_size, digits ? "stepgate %s> " : "stepgate> ", digits ? step : "");
	return out;
}

const struct sg_run *sg_app_completion_run(void *ctx)
{
	const struct sg_app *app = ctx;
	/* what is done aside holds the run for itself */
	if (app->screen && sg_as_aside_under_way(app->screen))
		return NULL;
	return app->session ? sg_session_run(app->session) : NULL;
}

/* What stands when the prompt opens; without a run, how to begin one. */
static void greet(struct sg_app *app)
{
	struct sg_err err = SG_APP_ERR_INIT(app);
	enum sg_rc rc = sg_app_session(app, false, &err);
	if (rc == SG_OK && sg_session_standing(app->session) == SG_STANDING_TAMPERED)
		/* with the difference, and what answers it */
		(void)sg_app_line(app, "status", false, false, &err);
	else if (rc == SG_OK)
		(void)sg_app_standing(app, &err);
	sg_app_complain(&err);
	if (rc != SG_OK)
		sg_plain_say(&app->out, SG_STYLE_DIM,
			"help lists the commands; init starts a run here");
}

static enum sg_rc one_turn(struct sg_app *app, enum sg_rc last)
{
	char prompt[64];
	struct sg_err err = SG_APP_ERR_INIT(app);
	struct sg_line line = {0};
	if (app->session && sg_app_session(app, false, &err) == SG_OK &&
		sg_session_standing(app->session) == SG_STANDING_CLEAN)
		(void)draw_brief(app, &err);
	sg_app_complain(&err);
	sg_err_clear(&err);
	enum sg_rc rc =
		sg_prompt_read(sg_app_prompt_text(app, prompt, sizeof(prompt)), &line, &err);
	if (rc == SG_OK && !line.text && !line.interrupted)
		app->quit = true;
	rc = last;
	if (line.text && !line.interrupted)
		rc = sg_app_line(app, line.text, line.typed, false, &err);
	sg_line_release(&line);
	sg_app_complain(&err);
	return rc;
}

const char *sg_app_history_path(const struct sg_app *app, struct sg_strbuf *sb)
{
	if (!app->options.home_state)
		return NULL;
	sg_strbuf_addf(sb, "%s/stepgate/history", app->options.home_state);
	return sb->bytes;
}

int sg_app_prompt(struct sg_app *app)
{
	struct sg_strbuf path = SG_STRBUF_INIT;
	struct sg_err err = SG_APP_ERR_INIT(app);
	struct sg_prompt_options options = {.history_path = sg_app_history_path(app, &path),
		.dumb = app->options.dumb,
		.run = sg_app_completion_run,
		.say = app->options.say,
		.ctx = app};
	enum sg_rc rc = sg_prompt_start(&options, &err);
	if (rc != SG_OK) {
		sg_app_complain(&err);
		sg_strbuf_release(&path);
		return sg_app_exit_code(rc);
	}
	greet(app);
	rc = SG_OK;
	enum sg_rc fault = SG_OK;
	while (!app->quit && !app->out.failed) {
		rc = one_turn(app, rc);
		if (rc == SG_STORAGE || rc == SG_BROKEN)
			fault = rc;
	}
	sg_prompt_stop();
	sg_strbuf_release(&path);
	/* leaving is no failure: what was refused on the way was said when it happened */
	return sg_app_exit_code(fault);
}

/* --- batches --- */

static enum sg_rc batch_line(
	struct sg_app *app, const char *line, const char *name, size_t number)
{
	struct sg_err err = SG_APP_ERR_INIT(app);
	enum sg_rc rc = sg_app_line(app, line, false, true, &err);
	if (rc != SG_OK && name)
		sg_err_at(&err, name, number, 0);
	sg_app_complain(&err);
	return rc;
}

/* The worst class decides with --keep-going; the first failure ends the batch without. */
static bool goes_on(const struct sg_app *app, enum sg_rc rc, enum sg_rc *worst)
{
	if (sg_app_exit_code(rc) > sg_app_exit_code(*worst))
		*worst = rc;
	return (rc == SG_OK || app->options.keep_going) && !app->quit && !app->out.failed;
}

int sg_app_batch_lines(struct sg_app *app, const char *const *lines, size_t n)
{
	enum sg_rc worst = SG_OK;
	for (size_t i = 0; i < n; i++)
		if (!goes_on(app, batch_line(app, lines[i], NULL, 0), &worst))
			break;
	return sg_app_exit_code(worst);
}

int sg_app_batch_fd(struct sg_app *app, int fd, const char *name)
{
	enum sg_rc worst = SG_OK;
	size_t number = 0;
	size_t room = 0;
	char *line = NULL;
	FILE *in = fdopen(dup(fd), "r");
	if (!in)
		return sg_app_exit_code(SG_STORAGE);
	for (ssize_t n; (n = getline(&line, &room, in)) >= 0;) {
		number++;
		if (n && line[n - 1] == '\n')
			line[--n] = '\0';
		struct sg_err err = SG_APP_ERR_INIT(app);
		enum sg_rc rc = SG_OK;
		if (strlen(line) != (size_t)n) {
			rc = sg_err_set(
				&err, SG_USAGE, "cannot read the line: it holds a NUL byte");
			sg_err_at(&err, name, number, 0);
			sg_app_complain(&err);
		} else {
			rc = batch_line(app, line, name, number);
		}
		if (!goes_on(app, rc, &worst))
			break;
	}
	free(line);
	(void)fclose(in);
	return sg_app_exit_code(worst);
}
