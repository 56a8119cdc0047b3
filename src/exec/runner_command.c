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
#include <unistd.h>

#include "base/fs.h"
#include "core/copy.h"
#include "exec/runner_internal.h"

#define MS_PER_S 1000
#define MIB      ((int64_t)1 << 20)

/* PATH, HOME, TMPDIR, LANG, eight of STEPGATE_*, and the NULL. */
#define ENV_OWN 13

/* Of the end of a failed command's log, to see what it may have run into. */
#define SAID_BYTES 32768

struct batch {
	struct sg_rn *rn;
	const struct sg_commands *commands;
	struct sg_watch *watch;
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
	const struct sg_strs *names = &c->binding->env;
	size_t n = 0;
	c->env = sg_arena_array(a, ENV_OWN + names->n, sizeof(*c->env));
	if (!c->env)
		return false;
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
	for (size_t i = 0; i < names->n; i++) {
		const char *value = getenv(names->v[i]);
		if (value)
			c->env[n++] = sg_arena_printf(a, "%s=%s", names->v[i], value);
	}
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
static enum sg_rc make_room(struct sg_rn *rn, const struct sg_watch *watch,
	struct sg_command *c, struct sg_err *why)
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
	const struct sg_program_where where = sg_rn_program_where(rn);
	if (rc == SG_OK)
		rc = sg_rn_program_digest(rn->arena, &where, &c->binding->argv,
			&c->exec.program_sha256, why);
	if (rc == SG_OK)
		rc = sg_rn_box(rn, watch, c, manifest_path, why);
	return rc;
}

/* What is done aside: a job of the batch. */
struct one_job {
	const struct batch *batch;
	struct sg_job *job;
};

static enum sg_rc prepare_aside(struct sg_rn *rn, void *ctx, struct sg_err *err)
{
	const struct batch *batch = ((const struct one_job *)ctx)->batch;
	struct sg_job *job = ((const struct one_job *)ctx)->job;
	struct sg_command *c = job->user;
	struct sg_err why = SG_ERR_INIT;
	enum sg_rc rc = open_log(rn, c, job, err);
	if (rc < 0)
		return rc;
	rc = make_room(rn, batch->watch, c, &why);
	if (rc == SG_NOMEM || sg_fs_poisoned())
		return sg_err_set(err, rc < 0 ? rc : SG_STORAGE, "%s", why.text);
	if (rc < 0)
		snprintf(job->error, sizeof(job->error), "%s", why.text);
	job->request.env = c->env;
	job->request.sandbox = c->boxed ? &c->box : NULL;
	return SG_OK;
}

static enum sg_rc prepare(void *ctx, struct sg_job *job, struct sg_err *err)
{
	const struct batch *batch = ctx;
	struct one_job one = {batch, job};
	return sg_rn_aside(batch->rn, prepare_aside, &one, err);
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

/*
 * The end of the log; what is no text in it cannot be about a wall. A log that cannot be read
 * again says nothing.
 */
static void last_words(struct sg_rn *rn, const struct sg_command *c, struct sg_strbuf *ret)
{
	SG_CLEANUP(sg_fd_close) int fd = -1;
	if (sg_fs_open_beneath(rn->dir, c->exec.log, &fd, NULL) < 0)
		return;
	char bytes[SAID_BYTES];
	const off_t end = lseek(fd, 0, SEEK_END);
	const off_t from = end > SAID_BYTES ? end - SAID_BYTES : 0;
	const ssize_t n = pread(fd, bytes, sizeof(bytes), from);
	for (ssize_t i = 0; i < n; i++)
		sg_strbuf_addc(ret, bytes[i] ? bytes[i] : ' ');
}

/* Of a command that failed by itself; a gate's 1 and an engine's 77 are answers. */
static void add_hint(struct sg_rn *rn, struct sg_command *c, const struct sg_job *job,
	bool is_gate)
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf said = SG_STRBUF_INIT;
	const bool answers = job->cause == SG_CAUSE_EXITED &&
			     ((is_gate && job->exit_status == 1) ||
				     (*c->eng_key && job->exit_status == SG_EXIT_SKIP));
	if (!c->boxed || !job->failed || *c->exec.error || answers ||
		(job->cause != SG_CAUSE_EXITED && job->cause != SG_CAUSE_SIGNALLED))
		return;
	last_words(rn, c, &said);
	c->exec.error = sg_sandbox_hint(
		rn->arena, &c->box, c->binding->key, job->signal, said.bytes);
	if (!c->exec.error)
		c->exec.error = "";
}

static void take_down(struct sg_command *c)
{
	if (c->has_scratch)
		sg_scratch_release(&c->scratch);
	c->has_scratch = false;
}

static enum sg_rc end_aside(struct sg_rn *rn, void *ctx, struct sg_err *err)
{
	const struct batch *batch = ((const struct one_job *)ctx)->batch;
	struct sg_job *job = ((const struct one_job *)ctx)->job;
	struct sg_command *c = job->user;
	enum sg_rc rc = close_log(rn, c, job, err);
	take_exec(rn, c, job);
	if (rc == SG_OK)
		rc = collect(rn, c, job, err);
	add_hint(rn, c, job, batch->commands->stdout_copy != NULL);
	take_down(c);
	if (rc == SG_OK && job->cause != SG_CAUSE_NOT_STARTED)
		rc = sg_rn_watch_ended(batch->watch, c->binding, &c->exec, err);
	if (*c->exec.error || c->exec.strayed.n || c->exec.forbidden.n)
		job->failed = true;
	if (rc == SG_OK && job->failed)
		rc = sg_evidence_incomplete(rn->dir, c->folder, rn->arena, &c->outputs, err);
	if (sg_arena_failed(rn->arena))
		return sg_rn_nomem(err);
	if (rc == SG_OK && batch->commands->judge)
		rc = batch->commands->judge(batch->commands->ctx, c, job, err);
	return rc;
}

static enum sg_rc ended(void *ctx, struct sg_job *job, struct sg_err *err)
{
	const struct batch *batch = ctx;
	struct one_job one = {batch, job};
	return sg_rn_aside(batch->rn, end_aside, &one, err);
}

/* --- to the front end --- */

static void started(void *ctx, struct sg_job *job)
{
	const struct sg_command *c = job->user;
	sg_rn_watch_started(((struct batch *)ctx)->watch, c->binding);
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
	job->name = c->name;
	job->log_fd = -1;
	job->timeout_ms = c->binding->timeout_s * MS_PER_S;
	job->idle_ms = c->binding->idle_s * MS_PER_S;
	job->max_log_bytes = c->binding->max_log_mib * MIB;
	job->user = c;
	return c->argv != NULL;
}

enum sg_rc sg_rn_run_commands(
	struct sg_rn *rn, const struct sg_commands *commands, struct sg_err *err)
{
	struct sg_watch watch;
	struct batch batch = {rn, commands, &watch};
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
	enum sg_rc rc = sg_rn_watch_begin(&watch, rn, commands->at_once, err);
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
	sg_rn_watch_release(&watch);
	return rc == SG_OK && rn->level > 0 ? SG_INTERRUPTED : rc;
}
