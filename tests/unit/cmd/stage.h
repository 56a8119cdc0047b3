/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A stage for the handlers: a run, and a world that is made up. What a handler returns and wants
 * done is checked by the functions here; each fails the test where it is not so.
 */
#ifndef TESTS_UNIT_CMD_STAGE_H
#define TESTS_UNIT_CMD_STAGE_H

#include <criterion/criterion.h>

#include "cmd/cmd.h"
#include "harness/harness.h"
#include "unit/core/run_builder.h"

/* What the made-up world says, and what it was asked. */
struct world {
	bool drifts;
	const char *drift_phase;
	bool holds;      /* every requirement */
	bool next_fails; /* the next question fails */
	struct sg_strs kept;
	bool changed;
	int snapshots, patches, files_taken, kept_asked;
};

struct stage {
	struct run_builder b;
	struct world world;
	struct sg_ops ops;
	struct sg_args args;
	struct sg_cmd cmd;
	struct sg_err err;
};

/* No STEP is open. */
void stage_idle(struct stage *s);
/* The STEP awaits a role that is done by hand. */
void stage_by_hand(struct stage *s);
/* A world in which all holds; no run. */
void stage_init(struct stage *s);
/* STEP 0001 awaits ROUTE. */
void stage_start(struct stage *s);
/* The command is made anew, the error cleared. */
void stage_anew(struct stage *s, bool tty);
/* What the line's handler returns; lexing and parsing have to succeed. */
enum sg_rc stage_say(struct stage *s, bool tty, const char *line);
/* The handler wants this done. */
void stage_answers(struct stage *s, const char *line, enum sg_do what);
/* It wants an event of the operator committed, which the lifecycle takes too. */
const struct sg_event *stage_commits(
	struct stage *s, const char *line, enum sg_event_type type);
/* It refuses with this class and these words. */
void stage_refuses(struct stage *s, const char *line, enum sg_rc rc, const char *words);
/* The signal, with the brief as it is now. */
enum sg_rc stage_signal(struct stage *s, bool tty);
/* A signal at a terminal that is refused with these words. */
void stage_signal_refused(struct stage *s, const char *words);

#endif
