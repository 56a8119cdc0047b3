/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The signal, and the phases it starts, with their output live on the screen. */
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "app_screen.h"
#include "base/clock.h"
#include "ui/prompt.h"

/* How often Ctrl-C was pressed since the phase began: 1 INT, 2 TERM, 3 KILL. */
static atomic_int interrupts;

static void on_interrupt(int signal_number)
{
	(void)signal_number;
	atomic_fetch_add(&interrupts, 1);
}

#define LIVE_MAX 64

struct live {
	struct sg_app *app;
	struct sg_plain_stream streams[LIVE_MAX];
	struct sg_job *jobs[LIVE_MAX];
};

static struct sg_plain_stream *stream_of(struct live *live, struct sg_job *job)
{
	for (size_t i = 0; i < LIVE_MAX; i++)
		if (live->jobs[i] == job)
			return &live->streams[i];
	for (size_t i = 0; i < LIVE_MAX; i++)
		if (!live->jobs[i] || live->jobs[i]->done) {
			if (live->jobs[i])
				sg_plain_stream_end(&live->app->out, &live->streams[i]);
			live->jobs[i] = job;
			sg_plain_stream_begin(&live->streams[i], job->name);
			return &live->streams[i];
		}
	return NULL;
}

static void live_started(void *ctx, struct sg_job *job)
{
	struct live *live = ctx;
	sg_plain_line(&live->app->out, SG_STYLE_RUN, "%s %s",
		live->app->options.ascii ? ">" : "▶", job->name);
}

static void live_output(void *ctx, struct sg_job *job, const char *bytes, size_t n_bytes)
{
	struct live *live = ctx;
	struct sg_plain_stream *stream = stream_of(live, job);
	if (stream)
		sg_plain_stream_add(&live->app->out, stream, bytes, n_bytes);
}

static int live_tick(void *ctx)
{
	(void)ctx;
	int level = atomic_load(&interrupts);
	return level > 3 ? 3 : level;
}

static void live_flush(struct live *live)
{
	for (size_t i = 0; i < LIVE_MAX; i++)
		if (live->jobs[i])
			sg_plain_stream_end(&live->app->out, &live->streams[i]);
}

static void say_phase(struct sg_app *app, const char *phase)
{
	const struct sg_run *run = sg_session_run(app->session);
	const struct sg_role_row *row = sg_manifest_role(&run->manifest, phase);
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_rows rows;
	sg_app_rows_init(app, &rows, &arena);
	bool ascii = app->options.ascii;
	if (run->state == SG_STATE_STOPPED)
		sg_rows_add(&rows, SG_STYLE_FAIL, "%s %s STOP_GAP %s", ascii ? "x" : "✗", phase,
			sg_rows_clean(&rows, run->manifest.fail_code));
	else
		sg_rows_add(&rows, SG_STYLE_OK, "%s %s %s", ascii ? "+" : "✓", phase,
			row ? sg_rows_clean(&rows, row->notes) : sg_say(rows.say, "done"));
	sg_plain_rows(&app->out, &rows);
	sg_arena_release(&arena);
}

static enum sg_rc run_one(struct sg_app *app, struct sg_err *err)
{
	struct live live = {.app = app};
	struct sg_runner runner = {.session = app->session,
		.cache = app->cache,
		.listener = {.started = live_started,
			.output = live_output,
			.tick = live_tick,
			.watch_fd = -1,
			.ctx = &live},
		.tmp_root = app->options.tmp_root,
		.tty = app->options.terminal};
	const char *phase = sg_session_run(app->session)->phase;
	if (app->screen) {
		sg_as_listener(app->screen, &runner.listener);
		sg_as_phase_begin(app->screen);
	}
	enum sg_rc rc = sg_runner_phase(&runner, err);
	live_flush(&live);
	if (app->screen)
		sg_as_phase_end(app->screen);
	sg_app_notes(app);
	if (rc == SG_OK || rc == SG_INTERRUPTED)
		say_phase(app, phase);
	return rc;
}

/*
 * With CADENCE: step the phases behind the first follow without a signal of their own; not
 * while somebody else's edit stands in the manifest, which the operator has to answer first.
 */
static bool follows(const struct sg_app *app, const struct sg_run *run)
{
	return sg_session_standing(app->session) == SG_STANDING_CLEAN && sg_run_follows(run);
}

/*
 * The runner's lock is taken before the BEGIN is in the trace: else another process could find
 * the phase begun, the lock free, and call it interrupted. The runner gives it back at the
 * phase's end.
 */
struct committing {
	struct sg_app *app;
	struct sg_event *event;
	const struct sg_guard *guard;
	enum sg_rc rc;
	struct sg_err *err;
};

static void commit_aside(void *arg)
{
	struct committing *c = arg;
	c->rc = sg_session_commit(c->app->session, c->event, c->guard, NULL, c->err);
}

enum sg_rc sg_app_commit(struct sg_app *app, struct sg_event *event,
	const struct sg_guard *guard, struct sg_err *err)
{
	struct committing c = {app, event, guard, SG_OK, err};
	sg_app_aside(app, commit_aside, &c);
	return c.rc;
}

static enum sg_rc commit_begin(struct sg_app *app, struct sg_event *event,
	const struct sg_guard *guard, struct sg_err *err)
{
	enum sg_rc rc = sg_session_runner_lock(app->session, err);
	if (rc != SG_OK)
		return rc;
	rc = sg_app_commit(app, event, guard, err);
	if (rc != SG_OK)
		sg_session_runner_unlock(app->session);
	return rc;
}

static enum sg_rc begin_following(struct sg_app *app, struct sg_err *err)
{
	const struct sg_run *run = sg_session_run(app->session);
	struct sg_event event = {.type = SG_EVENT_BEGIN,
		.step = run->manifest.step_id,
		.attempt = sg_run_attempts(run, run->phase) + 1,
		.by = SG_BY_RUNNER,
		.tty = app->options.terminal,
		.prev = "",
		.manifest = ""};
	event.u.begin.phase = run->phase;
	event.u.begin.signal.digest = "";
	return commit_begin(app, &event, NULL, err);
}

static enum sg_rc run_all(struct sg_app *app, struct sg_err *err)
{
	for (;;) {
		enum sg_rc rc = run_one(app, err);
		if (rc != SG_OK)
			return rc;
		const struct sg_run *run = sg_session_run(app->session);
		if (run->state == SG_STATE_STOPPED)
			return SG_VERDICT;
		if (!follows(app, run))
			return SG_OK;
		rc = begin_following(app, err);
		if (rc != SG_OK)
			return rc;
	}
}

enum sg_rc sg_app_run_phases(struct sg_app *app, struct sg_err *err)
{
	struct sigaction old;
	struct sigaction action = {.sa_handler = on_interrupt};
	/* the full screen takes Ctrl-C by itself, and keeps its own modes */
	if (app->screen)
		return run_all(app, err);
	sigemptyset(&action.sa_mask);
	atomic_store(&interrupts, 0);
	(void)sigaction(SIGINT, &action, &old);
	if (app->options.prompt)
		sg_prompt_suspend();
	enum sg_rc rc = run_all(app, err);
	if (app->options.prompt)
		sg_prompt_resume();
	(void)sigaction(SIGINT, &old, NULL);
	return rc;
}

/* --- the brief and the signal --- */

static enum sg_rc make_brief(
	struct sg_app *app, struct sg_arena *arena, struct sg_brief *ret, struct sg_err *err)
{
	const struct sg_run *run = sg_session_run(app->session);
	struct sg_facts facts = {NULL, 0};
	enum sg_rc rc = sg_evidence_facts(
		sg_session_dir(app->session), run, app->cache, arena, &facts, err);
	if (rc != SG_OK)
		return rc;
	struct sg_brief_input input = {.run = run,
		.say = app->options.say,
		.facts = &facts,
		.head = sg_session_end(app->session)->head};
	if (run->state == SG_STATE_AWAIT && *run->base) {
		struct sg_ops ops;
		struct sg_patch patch;
		struct sg_err patch_err = SG_ERR_INIT;
		sg_app_ops(app, &ops);
		/*
		 * a tree that cannot be compared is said as such, it does not take the brief
		 * away
		 */
		input.changed_known = ops.patch(app, arena, &patch, &patch_err) == SG_OK;
		if (input.changed_known)
			input.changed = patch.files;
	}
	struct sg_meanwhile meanwhile;
	rc = sg_runner_meanwhile(app->session, app->cache, arena, &meanwhile, err);
	if (rc != SG_OK)
		return rc;
	input.edited = meanwhile.edited;
	input.edited_since = meanwhile.since;
	input.programs = meanwhile.programs;
	return sg_brief_make(arena, &input, ret);
}

struct making {
	struct sg_app *app;
	struct sg_arena *arena;
	struct sg_brief *brief;
	enum sg_rc rc;
	struct sg_err *err;
};

static void brief_aside(void *arg)
{
	struct making *m = arg;
	m->rc = make_brief(m->app, m->arena, m->brief, m->err);
}

enum sg_rc sg_app_brief(
	struct sg_app *app, struct sg_arena *arena, struct sg_brief *ret, struct sg_err *err)
{
	struct making m = {app, arena, ret, SG_OK, err};
	sg_app_aside(app, brief_aside, &m);
	return m.rc;
}

struct guard {
	struct sg_app *app;
	const char *digest;
};

/* Under the lock: what the operator saw must be what is. */
static enum sg_rc same_brief(void *ctx, const struct sg_run *run, struct sg_err *err)
{
	const struct guard *guard = ctx;
	(void)run; /* the session's run is the one the event would be applied to */
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_brief brief;
	enum sg_rc rc = sg_app_brief(guard->app, &arena, &brief, err);
	if (rc == SG_OK && strcmp(brief.digest, guard->digest) != 0)
		rc = sg_err_set(err, SG_REFUSED,
			"cannot take the signal: what the brief showed has changed meanwhile; "
			"read it again");
	sg_arena_release(&arena);
	return rc;
}

static enum sg_rc commit_signal(struct sg_app *app, struct sg_cmd *cmd, struct sg_err *err)
{
	struct guard guard = {app, cmd->digest};
	struct sg_guard check = {same_brief, &guard};
	bool stops = cmd->what == SG_DO_COMMIT; /* a drift was found instead */
	bool begins = cmd->event.type == SG_EVENT_BEGIN;
	enum sg_rc rc = begins ? commit_begin(app, &cmd->event, &check, err)
			       : sg_app_commit(app, &cmd->event, stops ? NULL : &check, err);
	if (rc != SG_OK)
		return rc;
	app->wrote = true;
	app->shown_digest[0] = '\0';
	if (stops)
		return SG_VERDICT;
	return begins ? sg_app_run_phases(app, err) : SG_OK;
}

static const char *not_shown(const struct sg_app *app)
{
	if (*app->shown_digest)
		return SG_SAY("cannot take the signal: what the brief showed has changed "
			      "meanwhile; read it again");
	if (app->screen && app->brief_hidden)
		return SG_SAY("cannot take the signal: this screen is too small for the brief: "
			      "F2 shows it alone, plain in lines");
	return SG_SAY("cannot take the signal: no brief has been shown yet");
}

enum sg_rc sg_app_signal(struct sg_app *app, struct sg_err *err)
{
	enum sg_rc rc = sg_app_session(app, false, err);
	/* no brief is drawn over what does not hold */
	if (rc == SG_OK)
		rc = sg_app_holds(app, err);
	if (rc != SG_OK)
		return rc;
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_ops ops;
	struct sg_brief brief;
	sg_app_ops(app, &ops);
	struct sg_cmd cmd = {.ops = &ops,
		.run = sg_session_run(app->session),
		.arena = &arena,
		.tty = app->options.terminal};
	rc = sg_app_brief(app, &arena, &brief, err);
	if (rc == SG_OK && brief.out && strcmp(brief.digest, app->shown_digest) != 0)
		rc = sg_err_set(err, SG_REFUSED, "%s", sg_err_say(err, not_shown(app)));
	if (rc == SG_OK)
		rc = sg_cmd_signal(&cmd, &brief, err);
	if (rc == SG_OK && sg_arena_failed(&arena))
		rc = sg_err_set(err, SG_NOMEM, "cannot take the signal: out of memory");
	if (rc == SG_OK)
		rc = commit_signal(app, &cmd, err);
	sg_arena_release(&arena);
	return rc;
}
