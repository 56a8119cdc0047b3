/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The full screen, between app_screen*.c: one struct that holds the terminal's side of a run.
 *
 * One event loop: an epoll descriptor gathers the keys, the signals, the watched folders, our
 * own standard error, the terminal where a frame is queued, and one timer. While a phase runs
 * the executor's loop polls that descriptor beside its children and calls sg_as_turn, so that
 * nothing of the screen stands still. Without an event nothing wakes up.
 *
 * The model is what a frame shows of the run: evidence, brief, requirements. It borrows from
 * the session's state and is made anew when that is another one, or when a watched file has
 * changed; a key alone repaints the prompt and nothing else.
 */
#ifndef STEPGATE_APP_SCREEN_H
#define STEPGATE_APP_SCREEN_H

#include "app.h"
#include "ui/prompt_screen.h"
#include "ui/screen.h"
#include "ui/view_pane.h"

#define SG_AS_FRAME_NS (INT64_C(1000000000) / 30)
#define SG_AS_JOBS     64
#define SG_AS_WATCHES  1024

/* The log's tail: what commands print, and what the prompt's commands answered. */
struct sg_as_log {
	char **lines; /* owned; the oldest half goes when it is full */
	size_t n;
	size_t most; /* set before the first */
	size_t dropped;
	char name[64]; /* who wrote last, clean */
};

struct sg_as_watch {
	int id;
	bool run;         /* the manifest's folder, or .stepgate: only some names count */
	char *log_folder; /* evidence, beneath .stepgate/steps: its path, owned; else NULL */
	int64_t log_at;   /* of its log, how far it was shown; -1: not at all */
};

struct sg_app_screen {
	struct sg_app *app;
	bool read_only; /* watch */
	bool on;        /* the terminal is ours; false: `plain` was typed while a phase ran */
	int epoll_fd, signal_fd, inotify_fd, timer_fd, stderr_fd;
	int stderr_before; /* what descriptor 2 was */
	bool out_watched;  /* POLLOUT of the terminal */
	int out_fd;
	int64_t timer_ns; /* when the timer rings; 0: it does not */
	sigset_t signals_before;

	struct sg_as_log log;
	const char *echo; /* the line whose first row is awaited; NULL: none */
	struct sg_strbuf stderr_line;
	struct sg_pane_state pane;
	bool focused_by_command; /* the log was focused to show an answer */
	bool zoomed_by_command;
	char message[512]; /* "" none */
	enum sg_style message_style;

	/* the model */
	struct sg_arena arena;
	struct sg_view_input view;
	struct sg_run no_run; /* shown where there is none */
	struct sg_brief brief;
	bool has_model, has_brief;
	const struct sg_run *model_run;
	int64_t model_seq;
	enum sg_standing model_standing;
	bool model_dirty; /* a watched file changed */
	int64_t model_due_ns;
	int64_t model_cost_ns;
	char framed_digest
		[SG_SHA256_HEX_SIZE]; /* of the brief in the frame on its way; "" none */
	char drawn_digest[SG_SHA256_HEX_SIZE]; /* of the brief that the terminal has whole */
	char presented_digest[SG_SHA256_HEX_SIZE]; /* of the brief that was focused last */
	int64_t presented_seq;
	char title[160];

	/* painting */
	struct sg_arena pane_arena;
	bool pane_dirty, prompt_dirty;
	int64_t painted_ns;
	size_t pane_rows, pane_columns; /* as at the last compose */
	int64_t escape_due_ns;          /* half a key sequence waits; 0: none */

	struct sg_as_watch watches[SG_AS_WATCHES];
	size_t n_watches;
	char watched_step[32];
	bool watch_more;             /* a folder was made */
	struct sg_plain_stream tail; /* of what another process runs */
	char tail_folder[512];

	/* what runs */
	struct sg_plain_stream streams[SG_AS_JOBS];
	struct sg_job *jobs[SG_AS_JOBS];
	int64_t job_start_ns[SG_AS_JOBS];
	int64_t phase_start_ns;
	int64_t elapsed_shown_ns;
	int interrupts;      /* Ctrl-C: 1 INT, 2 TERM, 3 KILL */
	bool asked_to_leave; /* once, while a phase runs */

	struct sg_as_aside *aside; /* NULL: nothing was done aside yet */
	/* pressed meanwhile, and not for the line alone; NONE: nothing */
	enum sg_token_kind held;
	struct sg_strbuf held_bytes;

	bool leave;
	int end_signal; /* TERM, HUP, QUIT: raised again when all is put back */
};

/* --- app_screen_log.c --- */
void sg_as_log_release(struct sg_as_log *log);
/* For struct sg_plain: ctx is the screen. */
void sg_as_log_row(void *ctx, enum sg_style style, const char *text);
/* Rings, where the operator has not set it off. */
void sg_as_bell(struct sg_app_screen *s);
enum sg_rc sg_as_stderr_begin(struct sg_app_screen *s, struct sg_err *err);
/* Moves what came on descriptor 2 into the log; the last line becomes the message. */
void sg_as_stderr_take(struct sg_app_screen *s);
void sg_as_stderr_end(struct sg_app_screen *s);
void sg_as_say(struct sg_app_screen *s, enum sg_style style, const char *format, ...)
	SG_PRINTF(3, 4);

/* --- app_screen_model.c --- */
/* Makes the model where it is not that of the run as it stands. */
void sg_as_model_update(struct sg_app_screen *s);
/* It is that of another run: nothing of it may be looked at before it is made again. */
bool sg_as_model_is_old(const struct sg_app_screen *s);
/* Many rows: what goes through all of them is done aside. */
bool sg_as_is_long(const struct sg_app_screen *s);
void sg_as_model_forget(struct sg_app_screen *s);
/* What the pane is composed from, now; overlay: help or candidates, in arena. */
void sg_as_pane_input(
	struct sg_app_screen *s, struct sg_arena *arena, struct sg_pane_input *ret);

/* --- app_screen_paint.c --- */
/* Paints what is dirty and due, and arms the timer for what is not due yet. */
void sg_as_paint(struct sg_app_screen *s);
/* The prompt's rows alone where they are as many as before; else the next frame has them. */
void sg_as_paint_prompt(struct sg_app_screen *s);
/* After a write of the rest of a frame. */
void sg_as_frame_out(struct sg_app_screen *s);

/* --- app_screen_aside.c --- */
/*
 * Runs fn(arg), which may hold up the keys, and returns when it is done; meanwhile the
 * prompt's line can be edited, and nothing else happens. fn touches neither the terminal nor
 * readline, and may itself come here. ctx is the screen, as for struct sg_loop_listener.
 */
void sg_as_aside(void *ctx, void (*fn)(void *arg), void *arg);
bool sg_as_aside_under_way(const struct sg_app_screen *s);
void sg_as_aside_end(struct sg_app_screen *s);

/* --- app_screen_watch.c --- */
void sg_as_watch_update(struct sg_app_screen *s);
void sg_as_watch_take(struct sg_app_screen *s);

void sg_as_watch_release(struct sg_app_screen *s);

/* --- app_screen_tail.c --- */
#define SG_AS_LOG_FILE "log.txt"
/* Shows what was appended to the log in the folder since it was shown last. */
void sg_as_tail(struct sg_app_screen *s, struct sg_as_watch *watch);

/* --- app_screen_keys.c --- */
void sg_as_keys(struct sg_app_screen *s);
/* Something was pressed that has to wait for this thread's next turn: sg_as_keys takes it. */
bool sg_as_keys_wait(const struct sg_app_screen *s);
/* The line is edited, or the key is held. False: no more are taken now. */
bool sg_as_keys_aside(struct sg_app_screen *s);
/* What was held came before this moment, and so does not count. */
void sg_as_keys_drop(struct sg_app_screen *s);

/* --- app_screen_run.c --- */
void sg_as_listener(struct sg_app_screen *s, struct sg_loop_listener *ret);
void sg_as_phase_begin(struct sg_app_screen *s);
void sg_as_phase_end(struct sg_app_screen *s);

/* --- app_screen.c --- */
/* Takes all events that are there, without waiting, and paints. */
void sg_as_turn(struct sg_app_screen *s);
/* The terminal back and the rows to stdout; the loop goes on where a phase runs. */
void sg_as_off(struct sg_app_screen *s);

#endif
