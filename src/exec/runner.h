/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The runner: does what a phase asks for, after its BEGIN was committed, and reports it as events.
 *
 * Takes the RUNNER lock, prepares the attempt's folder, STEPGATE_IN and STEPGATE_OUT, runs the bound command (or the required
 * engines, or PACK, or both gates), collects and hashes outputs, and commits the events ENGINE, ROLE, ROUTE, PACK,
 * VERDICT or STOP_GAP through the session. It decides nothing: a failed command is reported as such.
 */
#ifndef STEPGATE_EXEC_RUNNER_H
#define STEPGATE_EXEC_RUNNER_H

#include "exec/loop.h"
#include "store/evidence.h"
#include "store/session.h"

struct sg_runner {
	struct sg_session *session;
	struct sg_evidence_cache *cache;
	struct sg_loop_listener listener; /* started, output, tick, watched are the front end's; `ended` is the runner's own */
	const char *path_env;             /* PATH for commands; NULL: /usr/local/bin:/usr/bin:/bin */
	const char *tmp_root;             /* where scratch trees go; NULL: /tmp */
	bool tty;                         /* events say so */
};

/*
 * Runs the phase that the session's run is BUSY with, to its last event. SG_OK also when it ended in STOP_GAP (look at the
 * run). SG_INTERRUPTED: the operator's Ctrl-C ended it (the STOP_GAP is committed). Phases:
 * ROUTE reads route, profile and steps.yaml; SPC, CTL, QA, ... run the binding or take what `record` holds;
 * ORC runs the engines; PACK gathers; VAL runs bound gates, judges, writes VAL_REPORT.
 */
enum sg_rc sg_runner_phase(struct sg_runner *runner, struct sg_err *err);

/* ROUTE's reading alone, for `route` checks and resume's predicates: fills *ret as its event would be. */
enum sg_rc sg_runner_read_route(struct sg_session *session, const char *route_path, const char *profile_path,
				struct sg_arena *arena, struct sg_ev_route *ret, struct sg_err *err);

/* Which pinned input changed on disk: fills *ret (phase, reason, fix with the diff's first lines) and returns true. */
bool sg_runner_drift(struct sg_session *session, struct sg_arena *arena, struct sg_ev_stop_gap *ret,
		     struct sg_strbuf *ret_diff);

/* Of ORC on a resume: the engines whose program, argv and inputs are as they were and that ran. */
enum sg_rc sg_runner_kept_engines(struct sg_session *session, struct sg_arena *arena, struct sg_strs *ret,
				  struct sg_err *err);

/* The files of steps.yaml: the first entry whose FILE no STEP has passed; false: none. */
bool sg_runner_next_entry(struct sg_session *session, struct sg_arena *arena, struct sg_ev_next *ret);

#endif
