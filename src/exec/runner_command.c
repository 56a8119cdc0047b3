/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A command with its evidence around it: a scratch tree of its own, the environment from
 * nothing, its log, its outputs copied and hashed.
 *
 * What fails here because of the command's surroundings (no room in the temporary folder, a
 * program that cannot be read) is the command's failure, "not started"; what fails in the
 * evidence folder is a storage fault, which ends the phase without an event.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "core/copy.h"
#include "exec/runner_internal.h"

#define MS_PER_S 1000

struct batch {
	struct sg_rn *rn;
	const struct sg_commands *commands;
};

static const char *path_env(const struct sg_rn *rn)
{
	return rn->runner->path_env ? rn->runner->path_env : SG_COMMAND_PATH;
}

/* --- before --- */

static bool fill_env(struct sg_rn *rn, struct sg_command *c, const char *manifest_path)
{
	const char *role = *c->eng_key ? "ORC" : rn->phase;
	struct sg_arena *a = rn->arena;
	size_t n = 0;
	c->env[n++] = sg_arena_printf(a, "PATH=%s", path_env(rn));
	c->env[n++] = sg_arena_printf(a, "HOME=%s", c->scratch.home);
	c->env[n++] = sg_arena_printf(a, "TMPDIR=%s", c->scratch.tmp);
	c->env[n++] = "LANG=C.UTF-8";
	c->env[n++] = sg_arena_printf(a, "STEPGATE_STEP_ID=%s", rn->step);
	c->env[n++] = sg_arena_printf(a, "STEPGATE_ATTEMPT=%d", rn->attempt);
	c->env[n++] = sg_arena_printf(a, "STEPGATE_ROLE=%s", role);
	if (*c->eng_key)
		c->env[n++] = sg_arena_printf(a, "STEPGATE_ENG_KEY=%s", c->eng_key);
	c->env[n++] = sg_arena_printf(
		a, "STEPGATE_PROFILE_KEY=%s", rn->profile ? rn->profile->profile_key : "");
	c->env[n++] = sg_arena_printf(a, "STEPGATE_MANIFEST=%s", manifest_path);
	c->env[n++] = sg_arena_printf(a, "STEPGATE_IN=%s", c->scratch.in);
	c->env[n++] = sg_arena_printf(a, "STEPGATE_OUT=%s", c->scratch.out);
	c->env[n] = NULL;
	return !sg_arena_failed(a);
}

static enum sg_rc open_log(
	struct sg_rn *rn, struct sg_command *c, struct sg_job *job, struct sg_err *err)
{
	c->exec.log = sg_arena_printf(rn->arena, "%s/log.txt", c->folder);
	if (!c->exec.log)
		return sg_rn_nomem(err);
	enum sg_rc rc = sg_evidence_begin(rn->dir, c->folder, err);
	if (rc == SG_OK)
		rc = sg_fs_open_append(rn->dir, c->exec.log, 0644, &job->log_fd, err);
	return rc;
}

/* Its scratch tree with all it may read; a failure is the command's own. */
static enum sg_rc make_room(struct sg_rn *rn, struct sg_command *c, struct sg_err *why)
{
	const char *manifest_path = "";
	const char *tmp_root = rn->runner->tmp_root ? rn->runner->tmp_root : "/tmp";
	enum sg_rc rc = sg_scratch_make(tmp_root, &c->scratch, why);
	if (rc < 0)
		return rc;
	c->has_scratch = true;
	rc = sg_evidence_fill_in(rn->dir, c->inputs, &c->scratch, rn->arena,
		&c->exec.inputs_sha256, &manifest_path, why);
	if (rc == SG_OK && !fill_env(rn, c, manifest_path))
		rc = sg_rn_nomem(why);
	if (rc == SG_OK)
		rc = sg_rn_program_digest(rn->arena, rn->dir, rn->dir_path, path_env(rn),
			&c->binding->argv, &c->exec.program_sha256, why);
	return rc;
}

static enum sg_rc prepare(void *ctx, struct sg_job *job, struct sg_err *err)
{
	struct batch *batch = ctx;
	struct sg_rn *rn = batch->rn;
	struct sg_command *c = job->user;
	struct sg_err why = SG_ERR_INIT;
	enum sg_rc rc = open_log(rn, c, job, err);
	if (rc < 0)
		return rc;
	rc = make_room(rn, c, &why);
	if (rc == SG_NOMEM || sg_fs_poisoned())
		return sg_err_set(err, rc < 0 ? rc : SG_STORAGE, "%s", why.text);
	if (rc < 0)
		snprintf(job->error, sizeof(job->error), "%s", why.text);
	job->request.env = c->env;
	return SG_OK;
}

/* --- after --- */

static enum sg_rc close_log(
	struct sg_rn *rn, struct sg_command *c, struct sg_job *job, struct sg_err *err)
{
	/* durable before the event that names it */
	enum sg_rc rc = sg_fs_sync_data(job->log_fd, c->exec.log, err);
	if (rc == SG_OK)
		rc = sg_fs_set_mode(job->log_fd, c->exec.log, 0444, err);
	sg_fd_close(&job->log_fd);
	return rc < 0 ? rc : sg_fs_sync_dir(rn->dir, c->folder, err);
}

static void take_exec(struct sg_rn *rn, struct sg_command *c, const struct sg_job *job)
{
	c->exec.start_ms = job->start_ms;
	c->exec.end_ms = job->end_ms;
	c->exec.cause = job->cause;
	c->exec.exit_status = job->exit_status;
	c->exec.signal = job->signal;
	c->exec.error = sg_copy_str(rn->arena, job->error);
}

/*
 * What a failed command left is kept too, to look at; what it promised is then asked of
 * nobody, so that the reason is its exit and not the outputs that it could not make.
 */
static enum sg_rc collect(
	struct sg_rn *rn, struct sg_command *c, const struct sg_job *job, struct sg_err *err)
{
	const struct sg_strs none = {NULL, 0};
	const char *error = "";
	if (job->cause == SG_CAUSE_NOT_STARTED)
		return SG_OK;
	enum sg_rc rc = sg_evidence_collect(rn->dir, c->folder, c->scratch.out,
		job->failed ? &none : &c->promises.plain, &c->promises.known, rn->arena,
		&c->outputs, &error, err);
	if (rc < 0 || job->failed)
		return rc;
	if (!*error)
		error = sg_rn_broken_promise(rn->arena, &c->promises, &c->outputs);
	c->exec.error = error;
	return SG_OK;
}

static void take_down(struct sg_command *c)
{
	if (c->has_scratch)
		sg_scratch_release(&c->scratch);
	c->has_scratch = false;
}

static enum sg_rc ended(void *ctx, struct sg_job *job, struct sg_err *err)
{
	struct batch *batch = ctx;
	struct sg_command *c = job->user;
	enum sg_rc rc = close_log(batch->rn, c, job, err);
	take_exec(batch->rn, c, job);
	if (rc == SG_OK)
		rc = collect(batch->rn, c, job, err);
	take_down(c);
	if (*c->exec.error)
		job->failed = true;
	if (sg_arena_failed(batch->rn->arena))
		return sg_rn_nomem(err);
	if (rc == SG_OK && batch->commands->judge)
		rc = batch->commands->judge(batch->commands->ctx, c, job, err);
	return rc;
}

/* --- to the front end --- */

static void started(void *ctx, struct sg_job *job)
{
	const struct sg_loop_listener *front = &((struct batch *)ctx)->rn->runner->listener;
	if (front->started)
		front->started(front->ctx, job);
}

static void output(void *ctx, struct sg_job *job, const char *bytes, size_t n_bytes)
{
	const struct sg_loop_listener *front = &((struct batch *)ctx)->rn->runner->listener;
	if (front->output)
		front->output(front->ctx, job, bytes, n_bytes);
}

/* What of the manifest is late is not late for long, whatever the commands do meanwhile. */
static int wait_ms(void *ctx)
{
	return sg_session_flush_wait_ms(((struct batch *)ctx)->rn->session);
}

static int tick(void *ctx)
{
	struct sg_rn *rn = ((struct batch *)ctx)->rn;
	/* a write that failed is tried, and said, with the next event */
	if (sg_session_flush_wait_ms(rn->session) == 0)
		(void)sg_session_flush(rn->session, NULL);
	const struct sg_loop_listener *front = &rn->runner->listener;
	const int level = front->tick ? front->tick(front->ctx) : 0;
	if (level > rn->level)
		rn->level = level;
	return rn->level;
}

static void watched(void *ctx)
{
	const struct sg_loop_listener *front = &((struct batch *)ctx)->rn->runner->listener;
	if (front->watched)
		front->watched(front->ctx);
}

/* --- all of them --- */

static bool fill_job(struct sg_rn *rn, struct sg_command *c, struct sg_job *job)
{
	const struct sg_strs *argv = &c->binding->argv;
	c->exec = sg_rn_no_exec();
	c->exec.argv = *argv;
	c->exec.folder = ".";
	c->argv = sg_arena_array(rn->arena, argv->n + 1, sizeof(*c->argv));
	for (size_t i = 0; c->argv && i < argv->n; i++)
		c->argv[i] = argv->v[i];
	job->request.argv = c->argv;
	job->request.folder = rn->dir_path;
	job->request.env = c->env;
	job->name = c->name;
	job->log_fd = -1;
	job->timeout_ms = c->binding->timeout_s * MS_PER_S;
	job->idle_ms = c->binding->idle_s * MS_PER_S;
	job->user = c;
	return c->argv != NULL;
}

enum sg_rc sg_rn_run_commands(
	struct sg_rn *rn, const struct sg_commands *commands, struct sg_err *err)
{
	struct batch batch = {rn, commands};
	const struct sg_loop_listener listener = {.prepare = prepare,
		.started = started,
		.output = output,
		.ended = ended,
		.tick = tick,
		.wait_ms = wait_ms,
		.watch_fd = rn->runner->listener.watch_fd,
		.watched = watched,
		.ctx = &batch};
	struct sg_job *jobs = calloc(commands->n ? commands->n : 1, sizeof(*jobs));
	if (!jobs)
		return sg_rn_nomem(err);
	enum sg_rc rc = SG_OK;
	for (size_t i = 0; i < commands->n; i++) {
		jobs[i].log_fd = -1;
		if (!fill_job(rn, &commands->v[i], &jobs[i]))
			rc = sg_rn_nomem(err);
		if (commands->stdout_copy)
			jobs[i].stdout_copy = &commands->stdout_copy[i];
	}
	if (rc == SG_OK)
		rc = sg_loop_run(jobs, commands->n, commands->at_once, commands->stop_on_fail,
			&listener, err);
	for (size_t i = 0; i < commands->n; i++) {
		sg_fd_close(&jobs[i].log_fd);
		take_down(&commands->v[i]);
	}
	free(jobs);
	return rc == SG_OK && rn->level > 0 ? SG_INTERRUPTED : rc;
}
