/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * --json: the same values as the rows, with stable keys. One object (history: an array) and a
 * newline.
 */
#include "format/json.h"

#include <string.h>

#include "app.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/utf8.h"
#include "core/diff.h"
#include "format/report.h"

static void key_str(struct sg_json *j, const char *key, const char *text)
{
	sg_json_key(j, key);
	sg_json_str(j, text);
}

static void key_strs(struct sg_json *j, const char *key, const struct sg_strs *list)
{
	sg_json_key(j, key);
	sg_json_strs(j, list);
}

static void key_tally(struct sg_json *j, const char *key, const struct sg_tally *tally)
{
	sg_json_key(j, key);
	sg_json_open(j, '{');
	sg_json_key(j, "passed");
	sg_json_int(j, (int64_t)tally->passed);
	sg_json_key(j, "total");
	sg_json_int(j, (int64_t)tally->total);
	sg_json_close(j, '}');
}

/* While somebody else's edit stands in the manifest, nothing goes on before it is answered. */
static const char *next_command(const struct sg_app *app)
{
	return sg_session_standing(app->session) == SG_STANDING_TAMPERED
		       ? "restore"
		       : sg_next_command(sg_session_run(app->session));
}

static void json_status(struct sg_app *app, struct sg_json *j)
{
	const struct sg_run *run = sg_session_run(app->session);
	const struct sg_manifest *m = &run->manifest;
	sg_json_open(j, '{');
	key_str(j, "STEP_ID", m->step_id);
	key_str(j, "STEP_STATUS", sg_step_status_name(m->step_status));
	key_str(j, "STEP_GOAL", m->step_goal);
	key_str(j, "ACTIVE_FILE", m->active_file);
	key_str(j, "state", sg_state_name(run->state));
	key_str(j, "phase", run->phase);
	key_strs(j, "phases", &run->phases);
	key_str(j, "next_command", next_command(app));
	key_str(j, "standing", sg_standing_name(sg_session_standing(app->session)));
	key_str(j, "standing_text", sg_session_standing_text(app->session));
	sg_json_key(j, "runner_dead");
	sg_json_bool(j, sg_session_runner_dead(app->session));
	sg_json_key(j, "seq");
	sg_json_int(j, run->seq);
	key_str(j, "head", sg_session_end(app->session)->head);
	sg_json_key(j, "CURRENT_STEP");
	sg_json_manifest_section(j, m, SG_MAPPING_CURRENT_STEP);
	sg_json_key(j, "LAST_RESULT");
	sg_json_manifest_section(j, m, SG_MAPPING_LAST_RESULT);
	sg_json_key(j, "RESUME");
	sg_json_manifest_section(j, m, SG_MAPPING_RESUME);
	sg_json_close(j, '}');
}

static void json_facts(struct sg_json *j, const struct sg_facts *facts)
{
	static const char *const kinds[] = {"role", "engine", "output"};
	sg_json_key(j, "evidence");
	sg_json_open(j, '[');
	for (size_t i = 0; i < facts->n; i++) {
		const struct sg_fact *f = &facts->v[i];
		sg_json_open(j, '{');
		key_str(j, "kind", kinds[f->kind]);
		key_str(j, "name", f->name);
		key_str(j, "provenance", sg_provenance_name(f->provenance));
		key_str(j, "fresh", sg_fresh_name(f->fresh));
		key_str(j, "tier", sg_tier_name(f->tier));
		sg_json_key(j, "unchanged_since");
		sg_json_int(j, f->since);
		sg_json_close(j, '}');
	}
	sg_json_close(j, ']');
}

static void json_brief(struct sg_json *j, const struct sg_brief *brief)
{
	sg_json_open(j, '{');
	sg_json_key(j, "awaited");
	sg_json_bool(j, brief->out);
	key_str(j, "ended", brief->ended);
	sg_json_key(j, "rows");
	sg_json_open(j, '[');
	for (size_t i = 0; i < brief->n_rows; i++) {
		sg_json_open(j, '{');
		key_str(j, "name", brief->rows[i].name);
		key_str(j, "status", brief->rows[i].status);
		key_str(j, "detail", brief->rows[i].detail);
		key_str(j, "provenance", sg_provenance_name(brief->rows[i].provenance));
		key_str(j, "tier", sg_tier_name(brief->rows[i].tier));
		key_str(j, "fresh", sg_fresh_name(brief->rows[i].fresh));
		sg_json_close(j, '}');
	}
	sg_json_close(j, ']');
	key_tally(j, "coverage", &brief->coverage);
	key_tally(j, "contract", &brief->contract);
	key_tally(j, "engines", &brief->engines);
	key_strs(j, "stale", &brief->stale);
	key_strs(j, "misses", &brief->misses);
	sg_json_key(j, "shadows");
	sg_json_open(j, '{');
	sg_json_key(j, "tried");
	sg_json_int(j, (int64_t)brief->shadows.tried);
	sg_json_key(j, "red");
	sg_json_int(j, (int64_t)brief->shadows.red);
	sg_json_key(j, "of");
	sg_json_int(j, (int64_t)brief->shadows.of);
	sg_json_close(j, '}');
	key_strs(j, "changed", &brief->changed);
	key_str(j, "edited_since", brief->edited_since);
	key_strs(j, "edited", &brief->edited);
	key_strs(j, "programs_changed", &brief->programs);
	key_strs(j, "not_checked", &brief->not_checked);
	key_str(j, "next", brief->next);
	key_str(j, "next_action", brief->next_action);
	key_str(j, "tier", sg_tier_name(brief->tier));
	key_str(j, "tier_note", brief->tier_note);
	key_str(j, "digest", brief->digest);
	sg_json_close(j, '}');
}

static void json_fix(struct sg_app *app, struct sg_json *j, struct sg_arena *arena)
{
	const struct sg_run *run = sg_session_run(app->session);
	struct sg_ops ops;
	sg_app_ops(app, &ops);
	sg_json_open(j, '{');
	key_str(j, "STATUS", sg_result_name(run->manifest.result_status));
	key_str(j, "FAIL_CODE", run->manifest.fail_code);
	key_strs(j, "FAIL_REASONS", &run->manifest.fail_reasons);
	key_strs(j, "FIX_LIST", &run->manifest.fix_list);
	key_str(j, "next_command", next_command(app));
	key_str(j, "resume_from", run->stop_phase);
	sg_json_key(j, "requirements");
	sg_json_open(j, '[');
	for (size_t i = 0; i < run->requires_list.n; i++) {
		const struct sg_require *r = &run->requires_list.v[i];
		const char *why = "";
		bool holds = ops.require_holds(ops.ctx, arena, r, &why);
		sg_json_open(j, '{');
		key_str(j, "kind", sg_require_name(r->kind));
		key_str(j, "subject", r->subject);
		key_str(j, "text", r->text);
		sg_json_key(j, "holds");
		sg_json_bool(j, holds);
		key_str(j, "found", holds ? "" : why);
		sg_json_close(j, '}');
	}
	sg_json_close(j, ']');
	sg_json_close(j, '}');
}

static enum sg_rc json_log(
	struct sg_app *app, struct sg_cmd *cmd, struct sg_json *j, struct sg_err *err)
{
	const struct sg_proof *proof =
		sg_app_log_proof(sg_session_run(app->session), cmd->text);
	if (!proof)
		return sg_err_set(
			err, SG_INPUT, "cannot show the log: nothing has run under that name");
	struct sg_strbuf text = SG_STRBUF_INIT;
	struct sg_strbuf clean = SG_STRBUF_INIT;
	enum sg_rc rc = sg_fs_read_beneath(
		sg_session_dir(app->session), proof->exec.log, SG_LOG_SHOWN_BYTES, &text, err);
	/* a log is bytes: what is no text must not become broken JSON */
	sg_utf8_sanitise(&clean, text.bytes, text.n_bytes, SG_SANITISE_TEXT);
	sg_json_open(j, '{');
	key_str(j, "name", proof->name);
	key_str(j, "path", proof->exec.log);
	key_str(j, "text", clean.bytes);
	sg_json_close(j, '}');
	sg_strbuf_release(&text);
	sg_strbuf_release(&clean);
	return rc;
}

static enum sg_rc history_line(void *ctx, const struct sg_event *event, const char *line,
	size_t n_bytes, struct sg_err *err)
{
	struct sg_strbuf *out = ctx;
	(void)event;
	(void)err;
	sg_strbuf_adds(out, out->n_bytes > 1 ? ",\n" : "");
	sg_strbuf_add(out, line, n_bytes);
	return SG_OK;
}

static enum sg_rc json_past(
	struct sg_app *app, struct sg_cmd *cmd, struct sg_json *j, struct sg_err *err)
{
	struct sg_run from;
	struct sg_run to;
	enum sg_rc rc = sg_session_run_at(app->session, cmd->from, cmd->arena, &from, err);
	if (rc == SG_OK && cmd->what == SG_DO_SHOW) {
		sg_json_manifest(j, &from.manifest);
		return SG_OK;
	}
	if (rc == SG_OK)
		rc = sg_session_run_at(app->session, cmd->to, cmd->arena, &to, err);
	if (rc != SG_OK)
		return rc;
	struct sg_strbuf diff = SG_STRBUF_INIT;
	size_t n = sg_manifest_diff(&diff, &from.manifest, &to.manifest, SIZE_MAX);
	sg_json_open(j, '{');
	sg_json_key(j, "from");
	sg_json_int(j, cmd->from);
	sg_json_key(j, "to");
	sg_json_int(j, cmd->to);
	sg_json_key(j, "differences");
	sg_json_int(j, (int64_t)n);
	key_str(j, "diff", diff.bytes);
	sg_json_close(j, '}');
	sg_strbuf_release(&diff);
	return SG_OK;
}

static enum sg_rc json_gates(
	struct sg_app *app, struct sg_cmd *cmd, struct sg_json *j, struct sg_err *err)
{
	struct sg_verdict verdict;
	struct sg_facts facts;
	enum sg_rc rc = sg_app_gates(app, cmd->arena, &verdict, &facts, err);
	if (rc != SG_OK)
		return rc;
	const struct sg_run *run = sg_session_run(app->session);
	const struct sg_report_context context = {
		.facts = &facts, .tier_note = sg_tier_note(run), .policy = run->policy};
	sg_json_verdict(j, &verdict, &context);
	return verdict.pass ? SG_OK : SG_VERDICT;
}

static void json_report(struct sg_app *app, struct sg_json *j)
{
	const struct sg_run *run = sg_session_run(app->session);
	const struct sg_manifest *m = &run->manifest;
	const struct sg_strs none = {NULL, 0};
	/* LAST_RESULT is of this STEP only once it was stopped or closed */
	bool judged = run->state == SG_STATE_STOPPED || run->state == SG_STATE_FAILED ||
		      run->state == SG_STATE_PASSED;
	sg_json_open(j, '{');
	key_str(j, "MODE", m->mode);
	key_str(j, "STATUS", judged ? sg_result_name(m->result_status) : "");
	key_str(j, "FAIL_CODE", judged ? m->fail_code : "");
	key_strs(j, "FAIL_REASONS", judged ? &m->fail_reasons : &none);
	key_strs(j, "FIX_LIST", judged ? &m->fix_list : &none);
	sg_json_key(j, "MISSING");
	sg_json_open(j, '[');
	for (size_t i = 0; i < m->outputs.n; i++)
		if (m->outputs.v[i].present != SG_TRUTH_TRUE)
			sg_json_str(j, m->outputs.v[i].output);
	sg_json_close(j, ']');
	sg_json_key(j, "SAFE_PARTIALS");
	sg_json_open(j, '[');
	for (size_t i = 0; i < m->outputs.n; i++)
		if (m->outputs.v[i].present == SG_TRUTH_TRUE)
			sg_json_str(j, m->outputs.v[i].output);
	sg_json_close(j, ']');
	sg_json_key(j, "INCOMPLETE");
	sg_json_open(j, '[');
	for (size_t i = 0; i < run->proofs.n; i++)
		for (size_t k = 0; k < run->proofs.v[i].partial.n; k++)
			sg_json_str(j, run->proofs.v[i].partial.v[k].path);
	sg_json_close(j, ']');
	key_str(j, "VAL_REPORT_REF", judged ? m->val_report_ref : "");
	key_str(j, "PACK_OUTPUT_REF", judged ? m->pack_output_ref : "");
	key_str(j, "GATES", !judged ? "" : run->state == SG_STATE_PASSED ? "PASS" : "FAIL");
	sg_json_close(j, '}');
}

static enum sg_rc json_ledgers(
	struct sg_app *app, struct sg_cmd *cmd, struct sg_json *j, struct sg_err *err)
{
	struct sg_view_input in;
	enum sg_rc rc = sg_app_view(app, cmd->arena, true, &in, err);
	if (rc != SG_OK)
		return rc;
	sg_json_open(j, '{');
	key_strs(j, "OUTPUT_CONTRACT", &in.run->manifest.output_contract);
	sg_json_key(j, "LEDGERS");
	sg_json_manifest_section(j, &in.run->manifest, SG_MAPPING_LEDGERS);
	json_facts(j, in.facts);
	sg_json_close(j, '}');
	return SG_OK;
}

static enum sg_rc json_of(
	struct sg_app *app, struct sg_cmd *cmd, struct sg_json *j, struct sg_err *err)
{
	struct sg_brief brief;
	enum sg_rc rc = SG_OK;
	switch (cmd->what) {
	case SG_DO_STATUS: json_status(app, j); break;
	case SG_DO_LEDGER:
	case SG_DO_CONTRACT: return json_ledgers(app, cmd, j, err);
	case SG_DO_BRIEF:
		rc = sg_app_brief(app, cmd->arena, &brief, err);
		if (rc == SG_OK)
			json_brief(j, &brief);
		break;
	case SG_DO_FIX: json_fix(app, j, cmd->arena); break;
	case SG_DO_LOG: return json_log(app, cmd, j, err);
	case SG_DO_REPORT: json_report(app, j); break;
	case SG_DO_GATES: return json_gates(app, cmd, j, err);
	case SG_DO_SHOW:
	case SG_DO_DIFF: return json_past(app, cmd, j, err);
	case SG_DO_HISTORY:
		sg_strbuf_addc(j->out, '[');
		rc = sg_session_history(app->session, history_line, j->out, err);
		sg_strbuf_addc(j->out, ']');
		break;
	case SG_DO_NOTHING:
	case SG_DO_COMMIT:
	case SG_DO_SIGNAL:
	case SG_DO_INIT:
	case SG_DO_INIT_BLANK:
	case SG_DO_ADOPT:
	case SG_DO_RESTORE:
	case SG_DO_VERIFY:
	case SG_DO_CHECK:
	case SG_DO_WATCH:
	case SG_DO_HELP:
	case SG_DO_REQUIRE:
	case SG_DO_QUIT:
	case SG_DO_PLAIN:
	case SG_DO_DUMP:
	case SG_DO_DOCTOR: break;
	}
	return rc;
}

enum sg_rc sg_app_json(struct sg_app *app, struct sg_cmd *cmd, struct sg_err *err)
{
	struct sg_strbuf out = SG_STRBUF_INIT;
	struct sg_json j;
	sg_json_init(&j, &out);
	enum sg_rc rc = json_of(app, cmd, &j, err);
	if (rc == SG_OK || rc == SG_VERDICT) {
		sg_strbuf_addc(&out, '\n');
		sg_plain_text(&app->out, out.bytes);
	}
	sg_strbuf_release(&out);
	return rc;
}
