/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The runner: does what a phase asks for, after its BEGIN was committed, and reports it as
 * events.
 *
 * Takes the RUNNER lock, prepares the attempt's folder, STEPGATE_IN and STEPGATE_OUT, runs
 * the bound command (or the required engines, or PACK, or the gates), collects and hashes
 * outputs, and commits the events ENGINE, ROLE, ROUTE, PACK, VERDICT or STOP_GAP through the
 * session. It decides nothing: a failed command is reported as such. Before anything runs the
 * inputs that earlier phases pinned are looked at; a drift is a STOP_GAP.
 *
 * A command's environment is exactly PATH, HOME and TMPDIR (scratch), LANG=C.UTF-8,
 * STEPGATE_STEP_ID, STEPGATE_ATTEMPT, STEPGATE_ROLE (the role; ORC for engines; VAL for
 * gates), STEPGATE_ENG_KEY (engines alone), STEPGATE_PROFILE_KEY, STEPGATE_MANIFEST,
 * STEPGATE_IN, STEPGATE_OUT. It works in the manifest's folder; exec.folder says so as ".".
 * Engines read what was present when ORC began, never each other's outputs.
 *
 * exec.program_sha256 is the hash of the file that argv[0] resolves to, where that is all.
 * Where its first line names an interpreter ("#!", and behind env(1) what env starts), that
 * one's does so again, or further words of argv name regular files (sh roles/x.sh), it is the
 * hash of the lines "<sha256>  <word>\n" of all of them, each file once: argv[0], interpreters,
 * words.
 */
#ifndef STEPGATE_EXEC_RUNNER_H
#define STEPGATE_EXEC_RUNNER_H

#include "exec/loop.h"
#include "store/evidence.h"
#include "store/session.h"

struct sg_runner {
	struct sg_session *session;
	struct sg_evidence_cache *cache;
	/* prepare and ended are not used */
	struct sg_loop_listener listener;
	const char *path_env; /* PATH for commands; NULL: /usr/local/bin:/usr/bin:/bin */
	const char *tmp_root; /* where scratch trees go; NULL: /tmp */
	bool tty;             /* events say so */
};

/*
 * Runs the phase that the session's run is BUSY with, to its last event. SG_OK also when it
 * ended in STOP_GAP (look at the run). SG_INTERRUPTED: the operator's Ctrl-C ended it (the
 * STOP_GAP is committed). Any other error left the phase without its last event: whoever
 * writes next finds it INTERRUPTED.
 *
 * ROUTE reads route, profile and steps.yaml; SPC, CTL, QA, ... run the binding or take what
 * `record` holds; ORC runs the engines; PACK gathers; VAL runs bound gates, judges, writes
 * VAL_REPORT.
 *
 * RUNNER is locked during the call. Lock it (sg_session_runner_lock) before BEGIN is
 * committed, so that no other process takes the phase for a dead one between the two; it is
 * unlocked here in any case.
 */
enum sg_rc sg_runner_phase(struct sg_runner *runner, struct sg_err *err);

/*
 * ROUTE's reading alone, for `route` checks and resume's predicates: fills *ret as its event
 * would be.
 */
enum sg_rc sg_runner_read_route(struct sg_session *session, const char *route_path,
	const char *profile_path, struct sg_arena *arena, struct sg_ev_route *ret,
	struct sg_err *err);

/*
 * Which input changed on disk of those that phases before the run's present one pinned: fills
 * *ret (the pinning phase, the reason with the first changed line, the command that goes on)
 * and returns true. ret_diff gets the whole difference; it may be NULL.
 */
bool sg_runner_drift(struct sg_session *session, struct sg_arena *arena,
	struct sg_ev_stop_gap *ret, struct sg_strbuf *ret_diff);

/*
 * What changed while nothing ran, for the brief: paths that are not as the last phase left them
 * (edited, since: that phase, "" where it is not known), and the files of commands that are not
 * as ROUTE pinned them ("roles/ctl.sh changed"). Nothing is held against anybody. In arena.
 */
struct sg_meanwhile {
	struct sg_strs edited;
	const char *since;
	struct sg_strs programs;
};
enum sg_rc sg_runner_meanwhile(struct sg_session *session, struct sg_evidence_cache *cache,
	struct sg_arena *arena, struct sg_meanwhile *ret, struct sg_err *err);

/*
 * Of ORC on a resume: the engines that ran, whose program, argv and inputs are as they were,
 * and whose outputs still stand. By hand: whose outputs still stand.
 */
enum sg_rc sg_runner_kept_engines(struct sg_session *session, struct sg_arena *arena,
	struct sg_strs *ret, struct sg_err *err);

/*
 * steps.yaml beside the manifest: the first entry whose FILE no STEP has passed, the open
 * STEP's own left out; false: none, or it cannot be read.
 */
bool sg_runner_next_entry(
	struct sg_session *session, struct sg_arena *arena, struct sg_ev_next *ret);

#endif
