/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The wiring: one struct that holds what a process needs, and the steps from a line to its exit
 * code.
 *
 * Only app*.c knows all the layers. A process is one of: a subcommand (argv), a batch (stdin,
 * -c, -f), the line prompt. All three go through sg_app_line or sg_app_words, so a command
 * means the same everywhere.
 */
#ifndef STEPGATE_APP_H
#define STEPGATE_APP_H

#include "base/arena.h"
#include "cmd/cmd.h"
#include "cmd/settings.h"
#include "exec/runner.h"
#include "store/session.h"
#include "ui/plain.h"

struct sg_app_options {
	const char *manifest;    /* -m; NULL */
	const char *environment; /* $STEPGATE_MANIFEST; NULL */
	const char *home_state;  /* $XDG_STATE_HOME or $HOME/.local/state; NULL */
	const char *tmp_root;    /* $TMPDIR; NULL */
	bool colour;
	bool ascii;
	bool keep_going;
	bool prompt;   /* the line prompt is the front end */
	bool terminal; /* stdin and stdout are one terminal and we are its foreground group */
	bool dumb;
	bool full;       /* the terminal may be taken for the full screen */
	bool bell;       /* the full screen may ring */
	bool title;      /* and may say the terminal's title */
	size_t log_rows; /* that its log keeps; at least 2 */
	sg_say_fn *say;  /* the operator's language; NULL: English */
};

struct sg_app_screen;

struct sg_app {
	struct sg_app_options options;
	struct sg_session *session; /* NULL until a command needs it */
	bool read_only;             /* how it was opened */
	bool unread; /* the next session is opened without being looked at */
	struct sg_evidence_cache *cache;
	struct sg_plain out;
	struct sg_strbuf manifest_path;
	char shown_digest[SG_SHA256_HEX_SIZE]; /* of the brief drawn last; "" none */
	bool brief_hidden; /* the full screen has no room for all of the brief that is out */
	bool quit;
	bool wrote; /* the last command committed something */
	/* the full screen while it runs; NULL: rows go to stdout */
	struct sg_app_screen *screen;
	bool busy;     /* a phase runs and its front end takes commands: only those that read */
	bool to_plain; /* `plain`: the full screen is to become the line prompt */
};

/*
 * An error that only goes to the operator, and empty rows for him. Both in his language, the
 * rows in the glyphs that he asked for too: nothing that is stored or JSON may come from them.
 */
#define SG_APP_ERR_INIT(app)                           \
	{                                              \
		.rc = SG_OK, .say = (app)->options.say \
	}
void sg_app_rows_init(const struct sg_app *app, struct sg_rows *rows, struct sg_arena *arena);

/*
 * Returns what says texts in the operator's language, in UTF-8 whatever the codeset of his
 * locale; NULL where that is English. $LANGUAGE decides, else the settings, else LC_ALL,
 * LC_MESSAGES, LANG.
 */
sg_say_fn *sg_text_begin(const struct sg_settings *settings);
/*
 * Only the libraries of the prompt and the screen look at the process's character set: to be
 * called before either starts. Text is UTF-8 inside; a terminal of another codeset would show
 * and send other bytes, so what is not UTF-8 becomes C.UTF-8.
 */
void sg_text_charset(void);

/* $XDG_CONFIG_HOME/stepgate/config, else beneath $HOME/.config, in sb; NULL: no home. */
const char *sg_app_config_path(struct sg_strbuf *sb);
/*
 * The defaults, and over them what the file sets. An error leaves the defaults; err has its
 * place.
 */
enum sg_rc sg_app_settings(struct sg_settings *ret, struct sg_err *err);

void sg_app_init(struct sg_app *app, const struct sg_app_options *options);
void sg_app_release(struct sg_app *app);

/* Opens the session if it is not open, else refreshes it; says what opening did on stderr. */
enum sg_rc sg_app_session(struct sg_app *app, bool read_only, struct sg_err *err);

/*
 * The process's exit code: what could not be printed is lost, and that is a fault, said where
 * somebody listens.
 */
int sg_app_end(const struct sg_app *app, int code);
/*
 * SG_OK where manifest and trace hold; else the error says what has to be answered before
 * anything is written.
 */
enum sg_rc sg_app_holds(const struct sg_app *app, struct sg_err *err);
/* Says on stderr what the session's last call did or found beside its work. */
void sg_app_notes(struct sg_app *app);

/*
 * One command, from words or from a line; typed: the line came from the prompt, key by key.
 * Returns its class; the sentence of a failure is in err and not yet printed.
 */
enum sg_rc sg_app_words(struct sg_app *app, const struct sg_words *words, struct sg_err *err);
enum sg_rc sg_app_line(
	struct sg_app *app, const char *line, bool typed, bool comments, struct sg_err *err);

/* stdin and stdout are one terminal, that of our session, and we are its foreground group. */
bool sg_app_one_terminal(void);

/* The one place where a class becomes an exit code (SPEC 6). */
int sg_app_exit_code(enum sg_rc rc);
/* Prints "stepgate: <sentence>" on stderr, sanitised; the class VERDICT prints nothing. */
void sg_app_complain(const struct sg_err *err);

/* Front ends: each returns an exit code. */
int sg_app_prompt(struct sg_app *app);
/* -1: the terminal cannot do it, nothing was shown: take the line prompt. */
int sg_app_full_screen(struct sg_app *app);
/* The same pane, read-only, without a prompt; q and Ctrl-C leave. SG_REFUSED as above. */
enum sg_rc sg_app_watch_screen(struct sg_app *app, struct sg_err *err);
int sg_app_batch_fd(struct sg_app *app, int fd, const char *name);
int sg_app_batch_lines(struct sg_app *app, const char *const *lines, size_t n);

/* --- between app*.c --- */
void sg_app_ops(struct sg_app *app, struct sg_ops *ret);
enum sg_rc sg_app_do(struct sg_app *app, struct sg_cmd *cmd, struct sg_err *err);
enum sg_rc sg_app_show(struct sg_app *app, struct sg_cmd *cmd, struct sg_err *err);
enum sg_rc sg_app_json(struct sg_app *app, struct sg_cmd *cmd, struct sg_err *err);
enum sg_rc sg_app_check(struct sg_app *app, struct sg_cmd *cmd, struct sg_err *err);
enum sg_rc sg_app_verify(struct sg_app *app, struct sg_cmd *cmd, struct sg_err *err);
enum sg_rc sg_app_doctor(struct sg_app *app, struct sg_cmd *cmd, struct sg_err *err);
enum sg_rc sg_app_watch(struct sg_app *app, struct sg_err *err);
enum sg_rc sg_app_help(struct sg_app *app, const char *name, struct sg_err *err);
/* Runs fn(arg), in the full screen so that it does not hold up the keys; see sg_as_aside. */
void sg_app_aside(struct sg_app *app, void (*fn)(void *arg), void *arg);
/* The session's commit, by sg_app_aside; guard may be NULL. */
enum sg_rc sg_app_commit(struct sg_app *app, struct sg_event *event,
	const struct sg_guard *guard, struct sg_err *err);
/* «го» at the prompt: the guarded commit and what it starts. */
enum sg_rc sg_app_signal(struct sg_app *app, struct sg_err *err);
/* Runs what a committed BEGIN started, and by CADENCE: step all up to the verdict. */
enum sg_rc sg_app_run_phases(struct sg_app *app, struct sg_err *err);
enum sg_rc sg_app_brief(
	struct sg_app *app, struct sg_arena *arena, struct sg_brief *ret, struct sg_err *err);
/*
 * Shows what stands now, but not at the prompt where a brief that is out follows and says it
 * all. SG_VERDICT in STOP_GAP.
 */
enum sg_rc sg_app_standing(struct sg_app *app, struct sg_err *err);
/* What every view is given. Fills facts where looked at; in arena. */
enum sg_rc sg_app_view(struct sg_app *app, struct sg_arena *arena, bool facts,
	struct sg_view_input *ret, struct sg_err *err);
/* The last run of a role or engine that left a log; name "": of any. NULL: none. */
const struct sg_proof *sg_app_log_proof(const struct sg_run *run, const char *name);
/* `dump PANE FILE`: all rows of one block of the pane, into a new file. */
enum sg_rc sg_app_dump(
	struct sg_app *app, const char *pane, const char *file, struct sg_err *err);
/* Each requirement of STOP_GAP as it stands now: "" holds, else what was found; in arena. */
const struct sg_strs *sg_app_require_state(struct sg_app *app, struct sg_arena *arena);
/* STOPPED by what failed: how its log ends; else NULL. In arena. */
const struct sg_log_end *sg_app_cause(struct sg_app *app, struct sg_arena *arena);
/* What the prompt shows before its line, in out. */
const char *sg_app_prompt_text(struct sg_app *app, char *out, size_t out_size);
/* For completion: ctx is the app. */
const struct sg_run *sg_app_completion_run(void *ctx);
/* $XDG_STATE_HOME/stepgate/history in sb; NULL: none. */
const char *sg_app_history_path(const struct sg_app *app, struct sg_strbuf *sb);
struct sg_tree_where;
void sg_app_tree(
	struct sg_app *app, const char *step_id, const char *folder, struct sg_tree_where *ret);
/* Both gates on the run as it stands, with evidence; nothing written. */
enum sg_rc sg_app_gates(struct sg_app *app, struct sg_arena *arena, struct sg_verdict *ret,
	struct sg_facts *ret_facts, struct sg_err *err);

#endif
