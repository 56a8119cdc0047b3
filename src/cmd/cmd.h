/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a handler is given and what it gives back. A handler prints nothing and changes nothing:
 * it answers with an event to commit, or with what is to be shown.
 */
#ifndef STEPGATE_CMD_CMD_H
#define STEPGATE_CMD_CMD_H

#include "base/arena.h"
#include "cmd/parse.h"
#include "core/brief.h"
#include "core/run.h"

/*
 * What of the world a handler may ask; app.c fills it. Every answer lives in the arena given.
 */
struct sg_ops {
	void *ctx;
	/* The tree now, as the base of a STEP that opens. */
	enum sg_rc (*snapshot)(void *ctx, struct sg_arena *arena, const char *step_id,
		const char *folder, const char **ret_base, struct sg_err *err);
	/* What changed in the tree since the STEP opened. */
	enum sg_rc (*patch)(
		void *ctx, struct sg_arena *arena, struct sg_patch *ret, struct sg_err *err);
	/* A path as typed: relative to the manifest's folder, absolute where not beneath it. */
	enum sg_rc (*path)(void *ctx, struct sg_arena *arena, const char *typed,
		const char **ret, struct sg_err *err);
	enum sg_rc (*brief)(
		void *ctx, struct sg_arena *arena, struct sg_brief *ret, struct sg_err *err);
	/* A pinned input that changed; false: none. */
	bool (*drift)(void *ctx, struct sg_arena *arena, struct sg_ev_stop_gap *ret);
	/* Whether a requirement holds now; *ret_why says what was found. */
	bool (*require_holds)(void *ctx, struct sg_arena *arena,
		const struct sg_require *require, const char **ret_why);
	enum sg_rc (*kept_engines)(
		void *ctx, struct sg_arena *arena, struct sg_strs *ret, struct sg_err *err);
	bool (*next_entry)(void *ctx, struct sg_arena *arena, struct sg_ev_next *ret);
	/*
	 * record: hashes before (stop false), or copies into the next attempt's folder (stop
	 * true). path is as typed.
	 */
	enum sg_rc (*record_file)(void *ctx, struct sg_arena *arena, const char *name,
		const char *output, const char *path, bool stop, struct sg_file *ret,
		struct sg_err *err);
};

/* What app.c does with the answer. */
#define SG_DO_LIST(X)                                                                        \
	X(NOTHING)                                                                           \
	X(COMMIT) /* event */                                                                \
	X(SIGNAL) /* event, guarded by digest, then run what it starts */                    \
	X(INIT)                                                                              \
	X(INIT_BLANK)                                                                        \
	X(ADOPT) X(RESTORE) X(STATUS) X(LEDGER) X(CONTRACT) X(BRIEF) X(FIX) X(LOG) X(REPORT) \
		X(GATES) X(HISTORY) X(SHOW) X(DIFF) X(VERIFY) X(CHECK) X(WATCH) X(PLAIN)     \
			X(DUMP) X(DOCTOR) X(HELP) X(REQUIRE) X(QUIT)

enum sg_do {
#define X(id) SG_DO_##id,
	SG_DO_LIST(X)
#undef X
};

struct sg_cmd {
	/* given */
	const struct sg_args *args;
	const struct sg_ops *ops;
	const struct sg_run *run; /* NULL where there is none (SG_CMD_NO_RUN) */
	struct sg_arena *arena;
	bool tty;
	/* the answer */
	enum sg_do what;
	struct sg_event event; /* COMMIT, SIGNAL: type, step, attempt, by, tty and u */
	const char *digest;    /* SIGNAL: of the brief that was answered */
	/* INIT: owner; ADOPT: reason; LOG, SHOW, HELP: name; CHECK: file; DUMP: pane */
	const char *text;
	const char *file;    /* DUMP */
	const char *plan;    /* CHECK */
	const char *profile; /* CHECK */
	int64_t from, to;    /* SHOW, DIFF */
	struct sg_strs open; /* REQUIRE: requirements that do not hold, one line each */
};

/* «го»: not in the table. Fills the answer as a handler does. */
enum sg_rc sg_cmd_signal(struct sg_cmd *cmd, const struct sg_brief *shown, struct sg_err *err);

#endif
