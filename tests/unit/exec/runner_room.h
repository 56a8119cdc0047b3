/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A run folder of its own for each test of the runner: a route, a profile, a session, and phases
 * begun as the signal begins them. Every helper fails the test where the world refuses.
 */
#ifndef TESTS_UNIT_EXEC_RUNNER_ROOM_H
#define TESTS_UNIT_EXEC_RUNNER_ROOM_H

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "exec/runner.h"
#include "harness/harness.h"

struct sg_room {
	char *folder;  /* of the run */
	char *scratch; /* where scratch trees go */
	struct sg_session *session;
	struct sg_runner runner;
	struct sg_strbuf said; /* what all jobs printed */
	int level;             /* what tick returns */
	bool lock_seen;        /* RUNNER was held while a command ran */
};

/* Opens the run; files below it are made by sg_room_file before the first phase. */
void sg_room_enter(struct sg_room *room);
void sg_room_leave(struct sg_room *room);

void sg_room_file(const struct sg_room *room, const char *path, const char *text);
void sg_room_script(const struct sg_room *room, const char *path, const char *text);
/* NULL where there is none; the caller frees it. */
char *sg_room_read(const struct sg_room *room, const char *path);

/*
 * route.yaml: DOCS, roles SPC, ORC, CTL and QA beside VAL, engines and contract as given
 * ("[A, B]"), no custom gate.
 */
void sg_room_route(const struct sg_room *room, const char *engines, const char *contract,
	const char *val_keys);
/* profiles/P.yaml: SANDBOX none, `head` (lines of PROFILE), then RUN with `run` (its lines). */
void sg_room_profile(const struct sg_room *room, const char *head, const char *run);

/* Opens a STEP on route.yaml; base: "" for none. */
void sg_room_step(struct sg_room *room, const char *file, const char *base);
/* BEGIN of the awaited phase, and the runner; what the runner returned. */
enum sg_rc sg_room_go_raw(struct sg_room *room);
/* The same, which has to be SG_OK; returns the run after it. */
const struct sg_run *sg_room_go(struct sg_room *room);
/* Phase after phase until `phase` is awaited; fails the test if the STEP stops before. */
const struct sg_run *sg_room_go_to(struct sg_room *room, const char *phase);
void sg_room_commit(struct sg_room *room, struct sg_event *event);
/* RESUME from a phase with these engines kept. */
void sg_room_resume(struct sg_room *room, const char *from, const struct sg_strs *kept);

/* The first reason of LAST_RESULT, "" if none. */
const char *sg_room_reason(const struct sg_room *room);
enum sg_row_status sg_room_engine(const struct sg_room *room, const char *key);

/* SPC, CTL and QA that do the least that passes; SPC plans the engines of $PLAN. */
#define SG_ROOM_SPC                                                            \
	"    SPC: {argv: [sh, -c, 'echo brief >$STEPGATE_OUT/BRIEF_TOKEN.md; " \
	"cat plan.yaml >$STEPGATE_OUT/ENGINE_PLAN_TOKEN.yaml']}\n"
#define SG_ROOM_CTL "    CTL: {argv: [sh, -c, 'echo fine >$STEPGATE_OUT/POLICY_REPORT.md']}\n"
#define SG_ROOM_QA  "    QA: {argv: [sh, -c, 'echo good >$STEPGATE_OUT/QA_REPORT.md']}\n"

/* A run of one engine that passes: plan, contract and profile. */
#define SG_ROOM_PLAN_A "ENGINE_PLAN_TOKEN: {required_eng_keys: ['KEY:ENG.A']}\n"
#define SG_ROOM_ENGINE_A \
	"    KEY:ENG.A: {argv: [sh, -c, 'echo a >$STEPGATE_OUT/A.md'], outputs: [A]}\n"
#define SG_ROOM_ROLES    SG_ROOM_SPC SG_ROOM_CTL SG_ROOM_QA
#define SG_ROOM_CONTRACT "[BRIEF_TOKEN, A, QA_REPORT, VAL_REPORT, PACK_OUTPUT]"
void sg_room_plain(struct sg_room *room);
/* The STEP stopped with this code, and these words in its first reason. */
void sg_room_stopped(const struct sg_room *room, const char *code, const char *said);

#endif
