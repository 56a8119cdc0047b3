/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A phase from its BEGIN to its last event: lock, drift, dispatch. */
#include "exec/runner.h"

#include <string.h>

#include "core/copy.h"
#include "exec/runner_internal.h"
#include "store/pack.h"

static const struct sg_command_runner helper = {sg_spawn_capture, NULL};

const struct sg_run *sg_rn_run(const struct sg_rn *rn)
{
	return sg_session_run(rn->session);
}

enum sg_rc sg_rn_nomem(struct sg_err *err)
{
	return sg_err_set(err, SG_NOMEM, "cannot run the phase: out of memory");
}

struct sg_event sg_rn_event(const struct sg_rn *rn, enum sg_event_type type)
{
	const struct sg_event event = {.type = type,
		.step = rn->step,
		.attempt = rn->attempt,
		.by = SG_BY_RUNNER,
		.tty = rn->runner->tty,
		.prev = "",
		.manifest = ""};
	return event;
}

struct aside {
	struct sg_rn *rn;
	sg_rn_step step;
	void *ctx;
	enum sg_rc rc;
	struct sg_err *err;
};

static void do_aside(void *arg)
{
	struct aside *a = arg;
	a->rc = a->step(a->rn, a->ctx, a->err);
}

enum sg_rc sg_rn_aside(struct sg_rn *rn, sg_rn_step step, void *ctx, struct sg_err *err)
{
	const struct sg_loop_listener *front = &rn->runner->listener;
	struct aside a = {rn, step, ctx, SG_OK, err};
	if (front->aside)
		front->aside(front->ctx, do_aside, &a);
	else
		do_aside(&a);
	return a.rc;
}

static enum sg_rc commit(struct sg_rn *rn, void *event, struct sg_err *err)
{
	return sg_session_commit(rn->session, event, NULL, NULL, err);
}

enum sg_rc sg_rn_commit(struct sg_rn *rn, struct sg_event *event, struct sg_err *err)
{
	return sg_rn_aside(rn, commit, event, err);
}

struct sg_tree_where sg_rn_tree(const struct sg_rn *rn)
{
	const struct sg_tree_where where = {.dir = rn->dir,
		.dir_path = rn->dir_path,
		.manifest_name = sg_session_manifest_name(rn->session),
		.active_folder = sg_rn_run(rn)->manifest.active_folder,
		.step_id = rn->step,
		.runner = &helper};
	return where;
}

struct sg_program_where sg_rn_program_where(const struct sg_rn *rn)
{
	const char *path = rn->runner->path_env;
	return (struct sg_program_where){
		rn->dir, rn->dir_path, path ? path : SG_COMMAND_PATH, rn->runner->cache};
}

struct sg_exec sg_rn_no_exec(void)
{
	const struct sg_exec exec = {.folder = "",
		.cause = SG_CAUSE_EXITED,
		.program_sha256 = "",
		.inputs_sha256 = "",
		.log = "",
		.error = "",
		.tier = SG_TIER_NONE,
		.walls = ""};
	return exec;
}

const struct sg_record *sg_rn_record(const struct sg_rn *rn, const char *name)
{
	const struct sg_records *records = &sg_rn_run(rn)->records;
	for (size_t i = 0; i < records->n; i++)
		if (records->v[i].stopped && sg_key_equal(records->v[i].name, name))
			return &records->v[i];
	return NULL;
}

const struct sg_file *sg_rn_file(const struct sg_files *files, const char *name)
{
	for (size_t i = 0; i < files->n; i++)
		if (strcmp(files->v[i].name, name) == 0)
			return &files->v[i];
	return NULL;
}

/* --- the phases that need nothing else --- */

static enum sg_rc pack(struct sg_rn *rn, void *ctx, struct sg_err *err)
{
	(void)ctx;
	const struct sg_run *run = sg_rn_run(rn);
	const struct sg_tree_where where = sg_rn_tree(rn);
	struct sg_event event = sg_rn_event(rn, SG_EVENT_PACK);
	struct sg_ev_next next = {run->next_file, run->next_goal, "", ""};
	if (!*next.file && !sg_runner_next_entry(rn->session, rn->arena, &next))
		next.file = next.goal = "";
	enum sg_rc rc = sg_pack_make(
		&where, run, rn->folder, next.file, next.goal, rn->arena, &event.u.pack, err);
	return rc < 0 ? rc : sg_rn_commit(rn, &event, err);
}

enum sg_rc sg_rn_pack(struct sg_rn *rn, struct sg_err *err)
{
	return sg_rn_aside(rn, pack, NULL, err);
}

/* --- how a phase ends without its own event --- */

static enum sg_rc stopped_by_operator(struct sg_rn *rn, struct sg_err *err)
{
	struct sg_event event = sg_rn_event(rn, SG_EVENT_STOP_GAP);
	struct sg_ev_stop_gap *stop = &event.u.stop_gap;
	stop->code = SG_CODE_USER_STOP;
	stop->phase = rn->phase;
	stop->reason = sg_arena_printf(rn->arena,
		"%s: %s: expected the end of attempt %d, found Ctrl-C", rn->phase, rn->phase,
		rn->attempt);
	stop->fix = "resume";
	if (!stop->reason)
		return sg_rn_nomem(err);
	enum sg_rc rc = sg_rn_commit(rn, &event, err);
	return rc < 0 ? rc
		      : sg_err_set(err, SG_INTERRUPTED, "%s was ended by Ctrl-C", rn->phase);
}

/* A pinned input that changed: nothing runs on it. */
static enum sg_rc stop_on_drift(struct sg_rn *rn, void *ctx, struct sg_err *err)
{
	bool *ret_stopped = ctx;
	struct sg_event event = sg_rn_event(rn, SG_EVENT_STOP_GAP);
	*ret_stopped = sg_runner_drift(rn->session, rn->arena, &event.u.stop_gap, NULL);
	if (sg_arena_failed(rn->arena))
		return sg_rn_nomem(err);
	return *ret_stopped ? sg_rn_commit(rn, &event, err) : SG_OK;
}

static enum sg_rc dispatch(struct sg_rn *rn, struct sg_err *err)
{
	switch (sg_phase_kind(rn->phase)) {
	case SG_PHASE_OPEN:
	case SG_PHASE_CLOSE:
	case SG_PHASE_COUNT: break;
	case SG_PHASE_ROUTE: return sg_rn_route(rn, err);
	case SG_PHASE_SPC:
	case SG_PHASE_ROLE: return sg_rn_role(rn, err);
	case SG_PHASE_ORC: return sg_rn_orc(rn, err);
	case SG_PHASE_PACK: return sg_rn_pack(rn, err);
	case SG_PHASE_VAL: return sg_rn_val(rn, err);
	}
	return sg_err_set(
		err, SG_REFUSED, "cannot run %s: it is no phase that runs", rn->phase);
}

static enum sg_rc run_phase(struct sg_rn *rn, struct sg_err *err)
{
	const struct sg_run *run = sg_rn_run(rn);
	rn->step = sg_copy_str(rn->arena, run->manifest.step_id);
	rn->phase = sg_copy_str(rn->arena, run->phase);
	rn->attempt = run->phase_attempt;
	rn->folder = sg_phase_folder(rn->arena, rn->step, rn->phase, rn->attempt);
	rn->profile = sg_copy_profile(rn->arena, run->profile);
	bool stopped = false;
	if (sg_arena_failed(rn->arena))
		return sg_rn_nomem(err);
	enum sg_rc rc = sg_rn_aside(rn, stop_on_drift, &stopped, err);
	if (rc < 0 || stopped)
		return rc;
	rc = dispatch(rn, err);
	if (rc == SG_INTERRUPTED)
		rc = stopped_by_operator(rn, err);
	if (rc == SG_OK || rc == SG_INTERRUPTED)
		sg_rn_watch_keep(rn);
	return rc;
}

enum sg_rc sg_runner_phase(struct sg_runner *runner, struct sg_err *err)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_rn rn = {.runner = runner,
		.session = runner->session,
		.arena = &arena,
		.dir = sg_session_dir(runner->session),
		.dir_path = sg_session_dir_path(runner->session)};
	if (sg_rn_run(&rn)->state != SG_STATE_BUSY)
		return sg_err_set(err, SG_REFUSED, "cannot run a phase: none has begun");
	enum sg_rc rc = sg_session_runner_lock(runner->session, err);
	if (rc < 0)
		return rc;
	rc = run_phase(&rn, err);
	/* of a phase that could not end; what cannot be written now is, with the next event */
	if (rc < 0)
		(void)sg_session_flush(runner->session, NULL);
	sg_session_runner_unlock(runner->session);
	sg_arena_release(&arena);
	return rc;
}
