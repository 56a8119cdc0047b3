/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a frame shows of the run, and `dump`, which writes it into a file. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app_screen.h"
#include "base/clock.h"
#include "base/fs.h"

#define NS_PER_MS 1000000

void sg_as_model_forget(struct sg_app_screen *s)
{
	sg_arena_release(&s->arena);
	sg_arena_init(&s->arena);
	s->has_model = s->has_brief = false;
	s->model_run = NULL;
}

/* The terminal's title: the STEP and its state, which are digits and a word of ours. */
static void set_title(struct sg_app_screen *s, const struct sg_run *run)
{
	char title[sizeof(s->title)];
	char step[64];
	const char *id = sg_app_prompt_text(s->app, step, sizeof(step));
	(void)snprintf(title, sizeof(title), "%.*s %s%s%s", (int)strcspn(id, ">"), id,
		sg_state_name(run->state), s->app->busy ? " " : "",
		s->app->busy ? run->phase : "");
	if (!s->app->options.title || strcmp(title, s->title) == 0)
		return;
	memcpy(s->title, title, sizeof(title));
	sg_screen_title(title);
}

bool sg_as_model_is_old(const struct sg_app_screen *s)
{
	const struct sg_run *run = s->app->session ? sg_session_run(s->app->session) : NULL;
	return !s->has_model || s->model_run != run || (run && s->model_seq != run->seq);
}

bool sg_as_is_long(const struct sg_app_screen *s)
{
	enum { LONG_ROWS = 2000 };
	const struct sg_manifest *m = &s->view.run->manifest;
	return m->engines.entries.n + m->required_eng_keys.n > LONG_ROWS;
}

static void take_brief(struct sg_app_screen *s, struct sg_err *err)
{
	const struct sg_run *run = s->view.run;
	bool awaits = run->state == SG_STATE_AWAIT || run->state == SG_STATE_PASSED;
	if (s->read_only || !awaits || s->app->busy ||
		sg_session_standing(s->app->session) != SG_STANDING_CLEAN)
		return;
	s->has_brief = sg_app_brief(s->app, &s->arena, &s->brief, err) == SG_OK && s->brief.out;
}

/* All that reads files, and starts git. */
static void make_model(void *arg)
{
	struct sg_app_screen *s = arg;
	struct sg_app *app = s->app;
	struct sg_err err = SG_APP_ERR_INIT(app);
	const int64_t begun = sg_clock_mono_ns();
	/*
	 * while we run a phase, the state is ours: what others append is read at the next
	 * commit
	 */
	if (s->model_dirty && !app->busy && sg_app_session(app, s->read_only, &err) != SG_OK)
		sg_as_say(s, SG_STYLE_FAIL, "%s", err.text);
	const struct sg_run *run = sg_session_run(app->session);
	if (!s->model_dirty && !sg_as_model_is_old(s))
		return;
	sg_as_model_forget(s);
	s->has_model = sg_app_view(app, &s->arena, true, &s->view, &err) == SG_OK;
	if (!s->has_model && sg_app_view(app, &s->arena, false, &s->view, &err) != SG_OK) {
		sg_as_say(s, SG_STYLE_FAIL, "%s", err.text);
		return;
	}
	s->has_model = true;
	s->model_run = run;
	s->model_seq = run->seq;
	s->model_dirty = false;
	if (run->state == SG_STATE_STOPPED && !app->busy)
		s->view.require_state = sg_app_require_state(app, &s->arena);
	if (!app->busy)
		s->view.cause = sg_app_cause(app, &s->arena);
	take_brief(s, &err);
	if (!app->busy)
		sg_as_watch_update(s);
	s->model_cost_ns = sg_clock_mono_ns() - begun;
	s->pane_dirty = true;
}

/* The banner says what was found, the message what answers it. */
static void say_standing(struct sg_app_screen *s)
{
	const enum sg_standing now = sg_session_standing(s->app->session);
	if (now == s->model_standing)
		return;
	if (now == SG_STANDING_TAMPERED && !s->read_only)
		sg_as_say(s, SG_STYLE_WARN,
			"restore writes the trace's state back, adopt \"reason\" takes the "
			"change over, status shows it");
	else if (s->model_standing == SG_STANDING_TAMPERED)
		s->message[0] = '\0';
	s->model_standing = now;
}

void sg_as_model_update(struct sg_app_screen *s)
{
	struct sg_app *app = s->app;
	if (!app->session) {
		/* as before the first STEP: nothing is here yet */
		if (!s->has_model)
			sg_run_init(&s->no_run);
		s->view = (struct sg_view_input){.run = &s->no_run,
			.banner = "",
			.ascii = app->options.ascii,
			.say = app->options.say};
		s->pane_dirty = s->pane_dirty || !s->has_model;
		s->has_model = true;
		s->model_run = NULL;
		return;
	}
	if (!s->model_dirty && !sg_as_model_is_old(s))
		return;
	sg_as_aside(s, make_model, s);
	if (!s->has_model)
		return;
	say_standing(s);
	set_title(s, s->model_run);
}

/* --- what the pane is given --- */

static void add_help(struct sg_arena *arena, struct sg_overlay *ret)
{
	const char **texts = sg_arena_array(arena, sg_command_count + 1, sizeof(*texts));
	const char **descriptions = sg_arena_array(arena, sg_command_count + 1, sizeof(*texts));
	if (!texts || !descriptions)
		return;
	texts[0] = SG_USER_SIGNAL;
	descriptions[0] =
		SG_SAY("the signal: typed after the brief, it starts what the brief names");
	for (size_t i = 0; i < sg_command_count; i++) {
		char usage[256];
		texts[i + 1] = sg_arena_str(
			arena, sg_command_usage(&sg_commands[i], usage, sizeof(usage)));
		descriptions[i + 1] = sg_commands[i].help;
		if (!texts[i + 1])
			return;
	}
	*ret = (struct sg_overlay){SG_SAY("help"), texts, descriptions, sg_command_count + 1};
}

static void add_candidates(
	struct sg_arena *arena, const struct sg_candidates *candidates, struct sg_overlay *ret)
{
	const char **texts = sg_arena_array(arena, candidates->n, sizeof(*texts));
	const char **descriptions = sg_arena_array(arena, candidates->n, sizeof(*texts));
	for (size_t i = 0; texts && descriptions && i < candidates->n; i++) {
		texts[i] = candidates->v[i].text;
		descriptions[i] = candidates->v[i].description;
	}
	if (texts && descriptions)
		*ret = (struct sg_overlay){
			SG_SAY("matches"), texts, descriptions, candidates->n};
}

static void add_running(
	struct sg_app_screen *s, struct sg_arena *arena, struct sg_pane_input *ret)
{
	const int64_t now = sg_clock_mono_ns();
	struct sg_running *running = sg_arena_array(arena, SG_AS_JOBS, sizeof(*running));
	if (!running)
		return;
	ret->running = running;
	for (size_t i = 0; i < SG_AS_JOBS; i++)
		if (s->jobs[i] && !s->jobs[i]->done)
			running[ret->n_running++] = (struct sg_running){s->jobs[i]->name,
				(now - s->job_start_ns[i]) / NS_PER_MS, s->jobs[i]->timeout_ms};
}

void sg_as_pane_input(
	struct sg_app_screen *s, struct sg_arena *arena, struct sg_pane_input *ret)
{
	if (sg_as_model_is_old(s))
		sg_as_model_update(s);
	*ret = (struct sg_pane_input){
		.view = s->view,
		.log = {s->log.name, (const char *const *)s->log.lines, s->log.n,
			s->log.dropped},
		.message = s->message,
		.message_style = s->message_style,
		.read_only = s->read_only,
	};
	ret->view.now_ms = sg_clock_wall_ms();
	if (s->has_brief)
		ret->brief = &s->brief;
	if (s->app->busy)
		add_running(s, arena, ret);
	const struct sg_candidates *candidates =
		s->read_only ? NULL : sg_prompt_screen_candidates();
	if (s->pane.help)
		add_help(arena, &ret->overlay);
	else if (candidates)
		add_candidates(arena, candidates, &ret->overlay);
}

/* --- dump --- */

static enum sg_rc write_rows(const struct sg_rows *rows, const char *file, struct sg_err *err)
{
	struct sg_strbuf bytes = SG_STRBUF_INIT;
	for (size_t i = 0; i < rows->n; i++)
		sg_strbuf_addf(&bytes, "%s\n", rows->v[i].text);
	enum sg_rc rc = sg_strbuf_failed(&bytes) ? SG_NOMEM
						 : sg_fs_create(AT_FDCWD, file, 0644,
							   bytes.bytes, bytes.n_bytes, err);
	sg_strbuf_release(&bytes);
	return rc;
}

/* Without the screen there is no tail of a log: then that block is empty. */
static enum sg_rc plain_input(struct sg_app *app, struct sg_arena *arena,
	struct sg_brief *brief, struct sg_pane_input *ret, struct sg_err *err)
{
	enum sg_rc rc = sg_app_view(app, arena, true, &ret->view, err);
	if (rc == SG_OK && ret->view.run->state == SG_STATE_STOPPED)
		ret->view.require_state = sg_app_require_state(app, arena);
	if (rc == SG_OK)
		ret->view.cause = sg_app_cause(app, arena);
	if (rc == SG_OK)
		rc = sg_app_brief(app, arena, brief, err);
	if (rc == SG_OK && brief->out)
		ret->brief = brief;
	return rc;
}

enum sg_rc sg_app_dump(
	struct sg_app *app, const char *pane, const char *file, struct sg_err *err)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_rows rows;
	struct sg_brief brief;
	struct sg_pane_input input = {.log = {.name = ""}, .message = ""};
	enum sg_pane which;
	enum sg_rc rc = SG_OK;
	if (!sg_pane_parse(pane, &which))
		return sg_err_set(err, SG_USAGE, "cannot dump \"%s\": no such pane", pane);
	if (app->screen) {
		sg_as_model_update(app->screen);
		sg_as_pane_input(app->screen, &arena, &input);
	} else {
		rc = plain_input(app, &arena, &brief, &input, err);
	}
	sg_rows_init(&rows, &arena);
	if (rc == SG_OK)
		rc = sg_pane_rows(&rows, &input, which);
	if (rc == SG_OK)
		rc = write_rows(&rows, file, err);
	if (rc == SG_OK)
		sg_plain_line(&app->out, SG_STYLE_OK,
			sg_say_n(app->options.say, "wrote %s: %zu row of %s",
				"wrote %s: %zu rows of %s", rows.n),
			file, rows.n, pane);
	sg_arena_release(&arena);
	return rc;
}
