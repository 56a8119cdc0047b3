/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ORC: every required engine, JOBS at a time, an ENGINE event as each ends, and the phase's
 * own two files at the end.
 */
#include <string.h>

#include "core/copy.h"
#include "exec/runner_internal.h"
#include "format/report.h"

#define LEDGER_OUTPUT "ENGINE_RUN_LEDGER"
#define TOKEN_OUTPUT  "ENG_OUTPUTS_TOKEN"

/* One engine of the phase, in the order of run.required_engines. */
struct engine {
	const char *key;
	size_t index;
	const struct sg_binding *binding; /* NULL: not bound */
	bool kept;
};

struct orc {
	struct sg_rn *rn;
	struct engine *v;
	size_t n;
	struct sg_run inputs;             /* what every engine gets to read */
	const struct engine **of_command; /* parallel to the commands */
	struct sg_command *commands;
	size_t n_commands;
};

static struct sg_event engine_event(const struct orc *orc, const struct engine *engine)
{
	struct sg_event event = sg_rn_event(orc->rn, SG_EVENT_ENGINE);
	struct sg_ev_engine *ev = &event.u.engine;
	ev->eng_key = engine->key;
	ev->index = engine->index;
	ev->status = SG_ROW_STATUS_FAILED;
	ev->provenance = SG_PROVENANCE_OBSERVED;
	ev->exec = sg_rn_no_exec();
	ev->note = "";
	return event;
}

static bool may_skip(const struct orc *orc, const struct engine *engine)
{
	return orc->rn->profile && sg_keys_match(&orc->rn->profile->allow_skip, engine->key);
}

static enum sg_rc list_engines(struct orc *orc, struct sg_err *err)
{
	struct sg_rn *rn = orc->rn;
	const struct sg_run *run = sg_rn_run(rn);
	const struct sg_strs keys = sg_arena_strs(rn->arena, &run->required_engines);
	orc->n = keys.n;
	orc->v = sg_arena_array(rn->arena, keys.n + 1, sizeof(*orc->v));
	orc->commands = sg_arena_array(rn->arena, keys.n + 1, sizeof(*orc->commands));
	orc->of_command = sg_arena_array(rn->arena, keys.n + 1, sizeof(*orc->of_command));
	for (size_t i = 0; i < keys.n && orc->v; i++) {
		struct engine *engine = &orc->v[i];
		engine->key = keys.v[i];
		engine->index = i;
		engine->binding =
			rn->profile ? sg_profile_binding(rn->profile, keys.v[i]) : NULL;
		engine->kept =
			run->kept_engines.n && sg_keys_match(&run->kept_engines, keys.v[i]);
	}
	if (sg_arena_failed(rn->arena))
		return sg_rn_nomem(err);
	return sg_rn_inputs_before(rn->arena, run, "ORC", &orc->inputs, err);
}

/* --- engines that do not run --- */

static bool is_unbound(const struct orc *orc, const struct engine *engine)
{
	return !engine->kept && !engine->binding && !sg_rn_record(orc->rn, engine->key);
}

/* Found before any engine runs: *ret_missing, where one is not bound and may not be skipped. */
static enum sg_rc report_unbound(struct orc *orc, bool *ret_missing, struct sg_err *err)
{
	*ret_missing = false;
	for (size_t i = 0; i < orc->n; i++)
		if (is_unbound(orc, &orc->v[i]) && !may_skip(orc, &orc->v[i]))
			*ret_missing = true;
	for (size_t i = 0; i < orc->n; i++) {
		const struct engine *engine = &orc->v[i];
		const bool skip = may_skip(orc, engine);
		if (!is_unbound(orc, engine) || (*ret_missing && skip))
			continue;
		struct sg_event event = engine_event(orc, engine);
		event.u.engine.unbound = true;
		if (skip)
			event.u.engine.status = SG_ROW_STATUS_SKIPPED;
		enum sg_rc rc = sg_rn_commit(orc->rn, &event, err);
		if (rc < 0)
			return rc;
	}
	return SG_OK;
}

/* --- work by hand --- */

static enum sg_rc record_engine(
	struct orc *orc, const struct engine *engine, bool *ret_failed, struct sg_err *err)
{
	struct sg_rn *rn = orc->rn;
	const struct sg_record *record = sg_rn_record(rn, engine->key);
	struct sg_event event = engine_event(orc, engine);
	struct sg_ev_engine *ev = &event.u.engine;
	struct sg_promises promises;
	enum sg_rc rc = sg_rn_promises_of_engine(rn, engine->binding, &promises, err);
	if (rc < 0)
		return rc;
	ev->provenance = SG_PROVENANCE_MANUAL;
	if (record) {
		ev->exec.start_ms = record->start_ms;
		ev->exec.end_ms = record->stop_ms;
		ev->outputs = sg_copy_files(rn->arena, &record->outputs);
		ev->note = sg_copy_str(rn->arena, record->note);
		ev->exec.error = sg_rn_broken_promise(rn->arena, &promises, &ev->outputs);
		if (!*ev->exec.error)
			ev->exec.error = sg_rn_made_twice(rn, engine->key, &ev->outputs);
	} else {
		ev->exec.error = "it is done by hand and nothing is recorded";
	}
	if (sg_arena_failed(rn->arena))
		return sg_rn_nomem(err);
	*ret_failed = *ev->exec.error != '\0';
	ev->status = *ret_failed ? SG_ROW_STATUS_FAILED : SG_ROW_STATUS_RAN;
	if (!*ret_failed)
		rc = sg_rn_unchanged(rn, &ev->outputs, &ev->unchanged, err);
	return rc < 0 ? rc : sg_rn_commit(rn, &event, err);
}

/* --- commands --- */

static enum sg_rc judge(
	void *ctx, struct sg_command *command, struct sg_job *job, struct sg_err *err)
{
	struct orc *orc = ctx;
	const struct engine *engine = orc->of_command[command - orc->commands];
	struct sg_event event = engine_event(orc, engine);
	struct sg_ev_engine *ev = &event.u.engine;
	const bool asks_to_skip = job->cause == SG_CAUSE_EXITED &&
				  job->exit_status == SG_EXIT_SKIP && !job->error[0] &&
				  !command->exec.strayed.n && !command->exec.forbidden.n;
	if (asks_to_skip && may_skip(orc, engine)) {
		ev->status = SG_ROW_STATUS_SKIPPED;
		job->failed = false;
	} else if (!job->failed) {
		command->exec.error = sg_rn_made_twice(orc->rn, engine->key, &command->outputs);
		job->failed = *command->exec.error != '\0';
		ev->status = job->failed ? SG_ROW_STATUS_FAILED : SG_ROW_STATUS_RAN;
	}
	enum sg_rc rc = SG_OK;
	if (ev->status == SG_ROW_STATUS_RAN)
		rc = sg_rn_unchanged(orc->rn, &command->outputs, &ev->unchanged, err);
	else if (ev->status == SG_ROW_STATUS_FAILED)
		rc = sg_evidence_incomplete(orc->rn->dir, command->folder, orc->rn->arena,
			&command->outputs, err);
	ev->exec = command->exec;
	if (ev->status != SG_ROW_STATUS_SKIPPED)
		ev->outputs = command->outputs;
	return rc < 0 ? rc : sg_rn_commit(orc->rn, &event, err);
}

static enum sg_rc add_command(struct orc *orc, const struct engine *engine, struct sg_err *err)
{
	struct sg_rn *rn = orc->rn;
	struct sg_command *c = &orc->commands[orc->n_commands];
	const char *folder = sg_engine_folder(rn->arena, engine->key);
	c->name = c->eng_key = engine->key;
	c->folder = sg_arena_printf(rn->arena, "%s/%s", rn->folder, folder);
	c->binding = engine->binding;
	c->inputs = &orc->inputs;
	if (!c->folder)
		return sg_rn_nomem(err);
	orc->of_command[orc->n_commands++] = engine;
	return sg_rn_promises_of_engine(rn, engine->binding, &c->promises, err);
}

/* Work by hand first: it costs nothing, and a failure there may save the others a run. */
static enum sg_rc run_engines(struct orc *orc, struct sg_err *err)
{
	const bool go_on = orc->rn->profile && orc->rn->profile->continue_on_fail;
	for (size_t i = 0; i < orc->n; i++) {
		const struct engine *engine = &orc->v[i];
		const bool by_hand = sg_rn_record(orc->rn, engine->key) ||
				     (engine->binding && engine->binding->manual);
		bool failed = false;
		enum sg_rc rc = SG_OK;
		if (engine->kept)
			continue;
		if (by_hand)
			rc = record_engine(orc, engine, &failed, err);
		else if (engine->binding)
			rc = add_command(orc, engine, err);
		if (rc < 0)
			return rc;
		if (failed && !go_on)
			return SG_OK;
	}
	const struct sg_commands commands = {
		.v = orc->commands,
		.n = orc->n_commands,
		.at_once = orc->rn->profile ? (size_t)orc->rn->profile->jobs : 1,
		.stop_on_fail = !go_on,
		.judge = judge,
		.ctx = orc,
	};
	return sg_rn_run_commands(orc->rn, &commands, err);
}

/* --- the end of the phase --- */

static enum sg_rc store_text(struct sg_rn *rn, const char *name, const struct sg_strbuf *text,
	struct sg_file *ret, struct sg_err *err)
{
	const char *file_name = sg_arena_printf(rn->arena, "%s.yaml", name);
	if (!file_name || sg_strbuf_failed(text))
		return sg_rn_nomem(err);
	return sg_evidence_store(rn->dir, rn->folder, file_name, name, text->bytes,
		text->n_bytes, rn->arena, ret, err);
}

/* The files of all engines that ran, in the order of the plan. */
static enum sg_rc outputs_text(struct orc *orc, struct sg_strbuf *out, struct sg_err *err)
{
	const struct sg_run *run = sg_rn_run(orc->rn);
	struct sg_engine_output *v =
		sg_arena_array(orc->rn->arena, run->proofs.n + 1, sizeof(*v));
	size_t n = 0;
	if (!v)
		return sg_rn_nomem(err);
	for (size_t i = 0; i < orc->n; i++)
		for (size_t k = 0; k < run->proofs.n; k++) {
			const struct sg_proof *proof = &run->proofs.v[k];
			if (proof->kind != SG_FACT_OUTPUT || !proof->files.n ||
				!*proof->source_eng ||
				!sg_key_equal(proof->source_eng, orc->v[i].key))
				continue;
			v[n].eng_key = orc->v[i].key;
			v[n++].file = proof->files.v[0];
		}
	sg_report_eng_outputs(out, v, n);
	return SG_OK;
}

/*
 * ORC's own files are stepgate's; they are worth what the least guarded of its engines is. By
 * hand nothing was guarded, and E1 asks after that by another name.
 */
static void take_tier(const struct orc *orc, struct sg_exec *exec)
{
	const struct sg_run *run = sg_rn_run(orc->rn);
	if (!orc->rn->profile || orc->rn->profile->sandbox == SG_TIER_NONE)
		return;
	exec->tier = SG_TIER_FULL;
	for (size_t i = 0; i < orc->n; i++) {
		const struct sg_proof *proof =
			sg_run_proof(run, SG_FACT_ENGINE, orc->v[i].key);
		if (!proof || proof->provenance != SG_PROVENANCE_OBSERVED ||
			proof->tier >= exec->tier)
			continue;
		exec->tier = proof->tier;
		exec->walls = sg_copy_str(orc->rn->arena, proof->exec.walls);
	}
}

static enum sg_rc commit_end(struct sg_rn *rn, void *ctx, struct sg_err *err)
{
	struct orc *orc = ctx;
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf ledger = SG_STRBUF_INIT;
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf token = SG_STRBUF_INIT;
	struct sg_file *files = sg_arena_array(rn->arena, 2, sizeof(*files));
	if (!files)
		return sg_rn_nomem(err);
	sg_report_engine_ledger(&ledger, &sg_rn_run(rn)->manifest.engines);
	enum sg_rc rc = outputs_text(orc, &token, err);
	if (rc == SG_OK)
		rc = store_text(rn, LEDGER_OUTPUT, &ledger, &files[0], err);
	if (rc == SG_OK)
		rc = store_text(rn, TOKEN_OUTPUT, &token, &files[1], err);
	if (rc < 0)
		return rc;
	struct sg_event event = sg_rn_event(rn, SG_EVENT_ROLE);
	struct sg_ev_role *ev = &event.u.role;
	ev->role = rn->phase;
	ev->provenance = SG_PROVENANCE_OBSERVED;
	ev->exec = sg_rn_no_exec();
	take_tier(orc, &ev->exec);
	ev->outputs.v = files;
	ev->outputs.n = 2;
	ev->note = ev->plan_error = ev->plan_pin.path = ev->plan_pin.sha256 = "";
	return sg_rn_commit(rn, &event, err);
}

enum sg_rc sg_rn_orc(struct sg_rn *rn, struct sg_err *err)
{
	struct orc orc = {.rn = rn};
	bool missing = false;
	enum sg_rc rc = list_engines(&orc, err);
	if (rc == SG_OK)
		rc = sg_evidence_begin(rn->dir, rn->folder, err);
	if (rc == SG_OK)
		rc = report_unbound(&orc, &missing, err);
	if (rc == SG_OK && !missing)
		rc = run_engines(&orc, err);
	return rc < 0 ? rc : sg_rn_aside(rn, commit_end, &orc, err);
}
