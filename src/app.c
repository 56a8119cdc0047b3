/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a line to its exit code: one way for the prompt, a batch and a subcommand. */
#include "app.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/utf8.h"
#include "cmd/handlers.h"
#include "cmd/signal.h"
#include "format/manifest_io.h"

#define DEFAULT_MANIFEST "RUNTIME_MANIFEST.yaml"

void sg_app_init(struct sg_app *app, const struct sg_app_options *options)
{
	memset(app, 0, sizeof(*app));
	app->options = *options;
	app->out.fd = STDOUT_FILENO;
	app->out.colour = options->colour;
	app->out.say = options->say;
	sg_strbuf_init(&app->manifest_path);
}

void sg_app_rows_init(const struct sg_app *app, struct sg_rows *rows, struct sg_arena *arena)
{
	sg_rows_init(rows, arena);
	rows->ascii = app->options.ascii;
	rows->say = app->options.say;
}

void sg_app_release(struct sg_app *app)
{
	sg_session_close(app->session);
	sg_evidence_cache_free(app->cache);
	sg_strbuf_release(&app->manifest_path);
}

int sg_app_exit_code(enum sg_rc rc)
{
	switch (rc) {
	case SG_OK: return 0;
	case SG_VERDICT: return 1;
	case SG_USAGE: return 2;
	case SG_INPUT:
	case SG_NOTFOUND:
	case SG_LIMIT: return 3;
	case SG_REFUSED:
	case SG_TAMPERED:
	case SG_BUSY: return 4;
	case SG_NOMEM:
	case SG_STORAGE:
	case SG_BROKEN: return 5;
	case SG_INTERRUPTED: return 130;
	}
	return 5;
}

static void complain_text(const char *text)
{
	struct sg_strbuf clean = SG_STRBUF_INIT;
	sg_strbuf_adds(&clean, "stepgate: ");
	sg_utf8_sanitise(&clean, text, strlen(text), SG_SANITISE_TEXT);
	sg_strbuf_addc(&clean, '\n');
	(void)!write(STDERR_FILENO, clean.bytes, clean.n_bytes);
	sg_strbuf_release(&clean);
}

void sg_app_complain(const struct sg_err *err)
{
	char text[SG_ERR_TEXT_SIZE + SG_ERR_FILE_SIZE + 64];
	if (err->rc != SG_OK && err->rc != SG_VERDICT)
		complain_text(sg_err_text(err, text, sizeof(text)));
}

int sg_app_end(const struct sg_app *app, int code)
{
	struct sg_err err = SG_APP_ERR_INIT(app);
	if (!app->out.failed || code > 1)
		return code;
	if (app->out.error != EPIPE)
		sg_err_errno(
			&err, SG_STORAGE, app->out.error, "cannot write to standard output");
	sg_app_complain(&err);
	return sg_app_exit_code(SG_STORAGE);
}

/* --- the session --- */

void sg_app_notes(struct sg_app *app)
{
	const struct sg_strs *notes = sg_session_notes(app->session);
	for (size_t i = 0; i < notes->n; i++)
		complain_text(notes->v[i]);
}

enum sg_rc sg_app_holds(const struct sg_app *app, struct sg_err *err)
{
	const char *text = sg_session_standing_text(app->session);
	switch (sg_session_standing(app->session)) {
	case SG_STANDING_CLEAN:
	case SG_STANDING_NO_TRACE:
	case SG_STANDING_COUNT: break;
	case SG_STANDING_TAMPERED:
		return sg_err_set(err, SG_TAMPERED,
			"MANIFEST_TAMPERED: %s: type restore, or adopt \"reason\"", text);
	case SG_STANDING_BROKEN: return sg_err_set(err, SG_BROKEN, "cannot write: %s", text);
	case SG_STANDING_POISONED: return sg_err_set(err, SG_STORAGE, "cannot write: %s", text);
	}
	return SG_OK;
}

enum sg_rc sg_app_session(struct sg_app *app, bool read_only, struct sg_err *err)
{
	/* the runner works on this state; what others append it reads at its next commit */
	if (app->session && app->busy)
		return SG_OK;
	if (app->session && app->read_only && !read_only) {
		/* a batch that has only read so far */
		sg_session_close(app->session);
		app->session = NULL;
	}
	if (app->session) {
		enum sg_rc rc = sg_session_refresh(app->session, NULL, err);
		sg_app_notes(app);
		return rc;
	}
	if (!app->manifest_path.n_bytes) {
		enum sg_rc rc = sg_session_find(app->options.manifest, app->options.environment,
			&app->manifest_path, err);
		if (rc != SG_OK)
			return rc;
	}
	if (!app->cache)
		app->cache = sg_evidence_cache_new();
	struct sg_session_options options = {.manifest_path = app->manifest_path.bytes,
		.read_only = read_only,
		.unread = app->unread};
	app->read_only = read_only;
	enum sg_rc rc = sg_session_open(&app->session, &options, err);
	if (rc == SG_OK)
		sg_app_notes(app);
	return rc;
}

/* --- what an answer does --- */

static const char *init_path(struct sg_app *app)
{
	if (app->options.manifest)
		return app->options.manifest;
	if (app->options.environment && *app->options.environment)
		return app->options.environment;
	return DEFAULT_MANIFEST;
}

static enum sg_rc init_blank(struct sg_app *app, struct sg_err *err)
{
	struct sg_manifest blank;
	struct sg_strbuf bytes = SG_STRBUF_INIT;
	const char *slash = strrchr(init_path(app), '/');
	sg_strbuf_addf(&bytes, "%.*s%s", slash ? (int)(slash - init_path(app) + 1) : 0,
		init_path(app), SG_TRACE_FILE);
	bool trace = sg_fs_exists(AT_FDCWD, bytes.bytes);
	sg_strbuf_clear(&bytes);
	if (trace || sg_fs_exists(AT_FDCWD, init_path(app))) {
		sg_strbuf_release(&bytes);
		return sg_err_set(err, SG_REFUSED, "cannot init: %s is there already",
			trace ? SG_TRACE_FILE : init_path(app));
	}
	sg_manifest_default(&blank);
	sg_manifest_write(&bytes, &blank);
	enum sg_rc rc =
		sg_fs_create(AT_FDCWD, init_path(app), 0644, bytes.bytes, bytes.n_bytes, err);
	sg_strbuf_release(&bytes);
	if (rc == SG_OK)
		sg_plain_say(&app->out, SG_STYLE_OK, "wrote %s, the DEFAULT TEMPLATE",
			init_path(app));
	return rc;
}

static enum sg_rc init_run(struct sg_app *app, const struct sg_cmd *cmd, struct sg_err *err)
{
	unsigned char random[10];
	char id[SG_UUID_SIZE];
	char date[SG_TIME_SIZE];
	int64_t now_ms = sg_clock_wall_ms();
	enum sg_rc rc = sg_random(random, sizeof(random), err);
	if (rc != SG_OK)
		return rc;
	sg_uuid7(now_ms, random, id);
	const char *path = init_path(app);
	const char *slash = strrchr(path, '/');
	struct sg_event event = {.type = SG_EVENT_INIT,
		.step = "",
		.by = SG_BY_OPERATOR,
		.tty = app->options.terminal,
		.prev = "",
		.manifest = ""};
	event.u.init.manifest = slash ? slash + 1 : path;
	event.u.init.session_id = id;
	event.u.init.started_at = sg_time_date(now_ms, date);
	event.u.init.owner = cmd->text;
	event.u.init.mode = "REPO";
	struct sg_session_options options = {.manifest_path = path};
	rc = sg_session_create(&options, &event, err);
	if (rc != SG_OK)
		return rc;
	app->wrote = true;
	sg_plain_say(&app->out, SG_STYLE_OK, "started a run: %s, trace in .stepgate", path);
	return SG_OK;
}

static enum sg_rc commit(struct sg_app *app, struct sg_cmd *cmd, struct sg_err *err)
{
	enum sg_rc rc = sg_app_commit(app, &cmd->event, NULL, err);
	sg_app_notes(app);
	if (rc != SG_OK)
		return rc;
	app->wrote = true;
	app->shown_digest[0] = '\0';
	return SG_OK;
}

static enum sg_rc refuse_requirements(
	struct sg_app *app, const struct sg_cmd *cmd, struct sg_err *err)
{
	struct sg_rows rows;
	sg_app_rows_init(app, &rows, cmd->arena);
	for (size_t i = 0; i < cmd->open.n; i++)
		sg_rows_add(&rows, SG_STYLE_FAIL, "%s %s", app->options.ascii ? "x" : "✗",
			sg_rows_clean(&rows, cmd->open.v[i]));
	sg_plain_rows(&app->out, &rows);
	const size_t n = cmd->run->requires_list.n;
	return sg_err_set(err, SG_REFUSED,
		sg_say_n(app->options.say, "cannot resume: %zu of %zu requirement is open",
			"cannot resume: %zu of %zu requirements are open", n),
		cmd->open.n, n);
}

static enum sg_rc leave_full_screen(struct sg_app *app, struct sg_err *err)
{
	if (!app->screen)
		return sg_err_set(
			err, SG_REFUSED, "cannot leave the full screen: it is not on");
	app->to_plain = true;
	return SG_OK;
}

enum sg_rc sg_app_do(struct sg_app *app, struct sg_cmd *cmd, struct sg_err *err)
{
	switch (cmd->what) {
	case SG_DO_NOTHING:
	case SG_DO_SIGNAL: return SG_OK;
	case SG_DO_COMMIT: return commit(app, cmd, err);
	case SG_DO_INIT: return init_run(app, cmd, err);
	case SG_DO_INIT_BLANK: return init_blank(app, err);
	case SG_DO_ADOPT:
		app->wrote = true;
		return sg_session_adopt(app->session, cmd->text, app->options.terminal, err);
	case SG_DO_RESTORE:
		app->wrote = true;
		return sg_session_restore(app->session, app->options.terminal, err);
	case SG_DO_REQUIRE: return refuse_requirements(app, cmd, err);
	case SG_DO_STATUS:
	case SG_DO_LEDGER:
	case SG_DO_CONTRACT:
	case SG_DO_BRIEF:
	case SG_DO_FIX:
	case SG_DO_LOG:
	case SG_DO_REPORT:
	case SG_DO_GATES:
	case SG_DO_HISTORY:
	case SG_DO_SHOW:
	case SG_DO_DIFF:
		return cmd->args->json ? sg_app_json(app, cmd, err)
				       : sg_app_show(app, cmd, err);
	case SG_DO_VERIFY: return sg_app_verify(app, cmd, err);
	case SG_DO_CHECK: return sg_app_check(app, cmd, err);
	case SG_DO_DOCTOR: return sg_app_doctor(app, cmd, err);
	case SG_DO_WATCH: return sg_app_watch(app, err);
	case SG_DO_PLAIN: return leave_full_screen(app, err);
	case SG_DO_DUMP: return sg_app_dump(app, cmd->text, cmd->file, err);
	case SG_DO_HELP: return sg_app_help(app, cmd->text, err);
	case SG_DO_QUIT: app->quit = true; return SG_OK;
	}
	return SG_OK;
}

/*
 * What stands now, and the class that the exit code follows. At the prompt a brief that is out
 * follows, and says it all.
 */
enum sg_rc sg_app_standing(struct sg_app *app, struct sg_err *err)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_rows rows;
	struct sg_view_input in;
	sg_app_rows_init(app, &rows, &arena);
	enum sg_rc rc = sg_app_view(app, &arena, false, &in, err);
	if (rc == SG_OK) {
		const struct sg_run *run = in.run;
		bool briefed = app->options.prompt && !*in.banner &&
			       (run->state == SG_STATE_AWAIT ||
				       (run->state == SG_STATE_PASSED && *run->next_goal));
		if (!briefed)
			sg_view_status(&rows, &in);
		sg_plain_rows(&app->out, &rows);
		if (run->state == SG_STATE_STOPPED)
			rc = SG_VERDICT;
	}
	sg_arena_release(&arena);
	return rc;
}

/* After a command that wrote: what stands now, and the class that the exit code follows. */
static enum sg_rc after_write(
	struct sg_app *app, const struct sg_args *args, struct sg_err *err)
{
	enum sg_rc rc = sg_app_session(app, false, err);
	return rc != SG_OK || args->json ? rc : sg_app_standing(app, err);
}

/* A manifest without a trace is adopted whole by the first command that writes (SPEC 2.2). */
static enum sg_rc prepare_to_write(struct sg_app *app, struct sg_err *err)
{
	enum sg_rc rc = sg_app_holds(app, err);
	if (rc != SG_OK)
		return rc;
	if (sg_session_standing(app->session) != SG_STANDING_NO_TRACE)
		rc = sg_session_settle(app->session, err);
	else
		rc = sg_session_adopt(app->session, "the first command that writes",
			app->options.terminal, err);
	sg_app_notes(app);
	return rc;
}

static enum sg_rc run_command(struct sg_app *app, const struct sg_args *args,
	struct sg_arena *arena, struct sg_err *err)
{
	const struct sg_command *command = args->command;
	bool needs_run = !(command->flags & SG_CMD_NO_RUN);
	if ((command->flags & SG_CMD_PROMPT) && !app->options.prompt)
		return sg_err_set(err, SG_USAGE, "cannot run %s: it belongs to the prompt",
			command->name);
	if (app->busy && !(command->flags & SG_CMD_READS) && command->run != sg_cmd_quit)
		return sg_err_set(err, SG_REFUSED,
			"cannot %s while a phase runs: Ctrl-C ends it", command->name);
	if ((command->flags & SG_CMD_TTY) && !app->options.terminal)
		return sg_err_set(err, SG_REFUSED,
			"cannot %s: it is taken only from the terminal that stepgate runs on",
			command->name);
	if (needs_run) {
		app->unread = (command->flags & SG_CMD_UNREAD) != 0;
		enum sg_rc rc = sg_app_session(
			app, (command->flags & SG_CMD_READS) != 0 && !app->options.prompt, err);
		app->unread = false;
		if (rc != SG_OK)
			return rc;
		if (!(command->flags & SG_CMD_READS) && !(command->flags & SG_CMD_TTY)) {
			rc = prepare_to_write(app, err);
			if (rc != SG_OK)
				return rc;
		}
	}
	struct sg_ops ops;
	sg_app_ops(app, &ops);
	struct sg_cmd cmd = {.args = args,
		.ops = &ops,
		.run = app->session ? sg_session_run(app->session) : NULL,
		.arena = arena,
		.tty = app->options.terminal,
		.text = ""};
	app->wrote = false;
	enum sg_rc rc = command->run(&cmd, err);
	/* what a handler answers is text of the arena's: none of it may be missing */
	if (rc == SG_OK && sg_arena_failed(arena))
		rc = sg_err_set(err, SG_NOMEM, "cannot %s: out of memory", command->name);
	if (rc == SG_OK)
		rc = sg_app_do(app, &cmd, err);
	return rc == SG_OK && app->wrote ? after_write(app, args, err) : rc;
}

enum sg_rc sg_app_words(struct sg_app *app, const struct sg_words *words, struct sg_err *err)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_args args;
	enum sg_rc rc = sg_parse(&arena, words, &args, err);
	if (rc == SG_OK)
		rc = run_command(app, &args, &arena, err);
	sg_arena_release(&arena);
	return rc;
}

/* The signal's word, wherever it comes from: only a typed line at the prompt gives it. */
static enum sg_rc signal_line(
	struct sg_app *app, enum sg_signal_word word, bool typed, struct sg_err *err)
{
	if (word == SG_WORD_LOOKALIKE)
		return sg_err_set(err, SG_REFUSED,
			"this is not the signal: it is exactly %s, typed in Cyrillic letters",
			SG_USER_SIGNAL);
	/* asked again: since the start we may have lost the terminal, or it its foreground */
	if (!app->options.prompt || !app->options.terminal || !sg_app_one_terminal())
		return sg_err_set(err, SG_REFUSED,
			"cannot take the signal: it is taken only from the terminal that "
			"stepgate runs on");
	if (app->busy)
		return sg_err_set(err, SG_REFUSED,
			"cannot take the signal: a phase runs, its brief is not out yet");
	if (!typed)
		return sg_err_set(err, SG_REFUSED,
			"cannot take the signal: it must be typed after the brief, not pasted, "
			"recalled or typed ahead");
	app->wrote = false;
	enum sg_rc rc = sg_app_signal(app, err);
	struct sg_err view_err = SG_APP_ERR_INIT(app);
	if (app->wrote)
		(void)sg_app_standing(app, &view_err);
	sg_app_complain(&view_err);
	return rc;
}

enum sg_rc sg_app_line(
	struct sg_app *app, const char *line, bool typed, bool comments, struct sg_err *err)
{
	enum sg_signal_word word = sg_signal_word(line, strlen(line));
	if (word != SG_WORD_OTHER)
		return signal_line(app, word, typed, err);
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_words words;
	enum sg_rc rc = sg_lex(&arena, line, comments, &words, err);
	if (rc == SG_OK && words.n)
		rc = sg_app_words(app, &words, err);
	else if (rc == SG_OK && app->options.prompt && *app->shown_digest)
		sg_plain_say(&app->out, SG_STYLE_DIM,
			"an empty line starts nothing: the signal is %s", SG_USER_SIGNAL);
	sg_arena_release(&arena);
	return rc;
}
