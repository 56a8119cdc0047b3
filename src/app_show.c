/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What reads: values are gathered here, rows come from ui/view, JSON from app_json.c. */
#include <string.h>

#include "app.h"
#include "base/clock.h"
#include "base/fs.h"
#include "core/diff.h"
#include "store/evidence.h"

#define LOG_SHOWN_BYTES ((size_t)1 << 20)
#define DIFF_LINES      ((size_t)500)

static const char *banner(struct sg_app *app, struct sg_arena *arena)
{
	sg_say_fn *say = app->options.say;
	const char *text = sg_session_standing_text(app->session);
	switch (sg_session_standing(app->session)) {
	case SG_STANDING_CLEAN:
		return sg_session_runner_dead(app->session)
			       ? sg_say(say,
					 "INTERRUPTED: the process that ran the phase is gone; "
					 "the next command that writes stops the STEP")
			       : "";
	case SG_STANDING_NO_TRACE:
		return sg_say(
			say, "no trace: every row is CLAIMED; adopt \"reason\" takes it over");
	case SG_STANDING_TAMPERED:
	case SG_STANDING_BROKEN:
	case SG_STANDING_POISONED:
	case SG_STANDING_COUNT: break;
	}
	const char *line = sg_arena_printf(
		arena, "%s: %s", sg_standing_name(sg_session_standing(app->session)), text);
	return line ? line : "";
}

enum sg_rc sg_app_view(struct sg_app *app, struct sg_arena *arena, bool facts,
	struct sg_view_input *ret, struct sg_err *err)
{
	struct sg_view_input in = {.run = sg_session_run(app->session),
		.banner = banner(app, arena),
		.now_ms = sg_clock_wall_ms(),
		.runner_dead = sg_session_runner_dead(app->session),
		.ascii = app->options.ascii,
		.say = app->options.say};
	if (facts) {
		struct sg_facts *list = sg_arena_alloc(arena, sizeof(*list));
		if (!list)
			return SG_NOMEM;
		enum sg_rc rc = sg_evidence_facts(
			sg_session_dir(app->session), in.run, app->cache, arena, list, err);
		if (rc != SG_OK)
			return rc;
		in.facts = list;
	}
	*ret = in;
	return SG_OK;
}

const struct sg_strs *sg_app_require_state(struct sg_app *app, struct sg_arena *arena)
{
	const struct sg_requires *list = &sg_session_run(app->session)->requires_list;
	struct sg_strs *state = sg_arena_alloc(arena, sizeof(*state));
	struct sg_ops ops;
	struct sg_strs_builder b;
	sg_app_ops(app, &ops);
	sg_strs_builder_init(&b, arena);
	for (size_t i = 0; i < list->n; i++) {
		const char *why = "";
		bool holds = ops.require_holds(ops.ctx, arena, &list->v[i], &why);
		sg_strs_builder_add(&b, holds ? "" : why);
	}
	if (state)
		*state = sg_strs_builder_list(&b);
	return state;
}

struct judging {
	struct sg_app *app;
	struct sg_arena *arena;
	struct sg_verdict *verdict;
	struct sg_facts *facts;
	enum sg_rc rc;
	struct sg_err *err;
};

static void gates_aside(void *arg)
{
	struct judging *j = arg;
	const struct sg_run *run = sg_session_run(j->app->session);
	j->rc = sg_evidence_facts(sg_session_dir(j->app->session), run, j->app->cache, j->arena,
		j->facts, j->err);
	struct sg_gate_input input = {.manifest = &run->manifest,
		.plan = run->plan,
		.profile = run->profile,
		.facts = j->facts,
		.val_in_progress = true};
	if (j->rc == SG_OK)
		j->rc = sg_verdict_judge(j->arena, &input, j->verdict);
	if (j->rc == SG_OK)
		j->rc = sg_verdict_prove(j->arena, &input, j->verdict);
}

enum sg_rc sg_app_gates(struct sg_app *app, struct sg_arena *arena, struct sg_verdict *ret,
	struct sg_facts *ret_facts, struct sg_err *err)
{
	struct judging j = {app, arena, ret, ret_facts, SG_OK, err};
	sg_app_aside(app, gates_aside, &j);
	return j.rc;
}

/* --- history, show, diff, log --- */

struct history {
	struct sg_app *app;
};

static enum sg_rc history_line(void *ctx, const struct sg_event *event, const char *line,
	size_t n_bytes, struct sg_err *err)
{
	struct history *history = ctx;
	(void)line;
	(void)n_bytes;
	(void)err;
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_rows rows;
	sg_app_rows_init(history->app, &rows, &arena);
	sg_view_event(&rows, event);
	sg_plain_rows(&history->app->out, &rows);
	sg_arena_release(&arena);
	return SG_OK;
}

static enum sg_rc show_past(
	struct sg_app *app, struct sg_cmd *cmd, struct sg_rows *rows, struct sg_err *err)
{
	struct sg_run from;
	struct sg_run to;
	enum sg_rc rc = sg_session_run_at(app->session, cmd->from, cmd->arena, &from, err);
	if (rc != SG_OK)
		return rc;
	if (cmd->what == SG_DO_SHOW) {
		sg_view_manifest(rows, &from.manifest);
		return SG_OK;
	}
	rc = sg_session_run_at(app->session, cmd->to, cmd->arena, &to, err);
	if (rc != SG_OK)
		return rc;
	struct sg_strbuf diff = SG_STRBUF_INIT;
	size_t n = sg_manifest_diff(&diff, &from.manifest, &to.manifest, DIFF_LINES);
	sg_rows_add_text(rows, SG_STYLE_PLAIN, diff.bytes);
	sg_rows_add(rows, SG_STYLE_DIM,
		sg_say_n(rows->say, "%zu difference between event %lld and event %lld",
			"%zu differences between event %lld and event %lld", n),
		n, (long long)cmd->from, (long long)cmd->to);
	sg_strbuf_release(&diff);
	return SG_OK;
}

const struct sg_proof *sg_app_log_proof(const struct sg_run *run, const char *name)
{
	for (size_t i = run->proofs.n; i-- > 0;) {
		const struct sg_proof *p = &run->proofs.v[i];
		if (p->kind == SG_FACT_OUTPUT || !*p->exec.log)
			continue;
		if (!*name || sg_key_equal(p->name, name))
			return p;
	}
	return NULL;
}

static enum sg_rc show_log(
	struct sg_app *app, struct sg_cmd *cmd, struct sg_rows *rows, struct sg_err *err)
{
	const struct sg_proof *proof =
		sg_app_log_proof(sg_session_run(app->session), cmd->text);
	if (!proof)
		return *cmd->text ? sg_err_set(err, SG_INPUT,
					    "cannot show the log of %s: nothing has run under "
					    "that name",
					    cmd->text)
				  : sg_err_set(err, SG_INPUT,
					    "cannot show the log: nothing has run yet");
	struct sg_strbuf text = SG_STRBUF_INIT;
	enum sg_rc rc = sg_fs_read_beneath(
		sg_session_dir(app->session), proof->exec.log, SG_LOG_SHOWN_BYTES, &text, err);
	sg_rows_add(rows, SG_STYLE_HEAD, "LOG  %s  %s", sg_rows_clean(rows, proof->name),
		sg_rows_clean(rows, proof->exec.log));
	size_t skip = text.n_bytes > LOG_SHOWN_BYTES ? text.n_bytes - LOG_SHOWN_BYTES : 0;
	if (skip)
		sg_rows_add(rows, SG_STYLE_DIM,
			sg_say_n(rows->say, "the first %zu byte is not shown",
				"the first %zu bytes are not shown", skip),
			skip);
	if (rc == SG_OK)
		sg_rows_add_text(rows, SG_STYLE_PLAIN, text.bytes + skip);
	sg_strbuf_release(&text);
	return rc;
}

/* --- tampering --- */

static void add_tamper_diff(struct sg_app *app, struct sg_rows *rows)
{
	struct sg_strbuf diff = SG_STRBUF_INIT;
	struct sg_err err = SG_ERR_INIT;
	if (sg_session_standing(app->session) != SG_STANDING_TAMPERED)
		return;
	if (sg_session_tamper_diff(app->session, &diff, &err) == SG_OK)
		sg_rows_add_text(rows, SG_STYLE_WARN, diff.bytes);
	sg_rows_say(rows, SG_STYLE_WARN,
		"restore writes the trace's state back; adopt \"reason\" takes the change "
		"over");
	sg_strbuf_release(&diff);
}

static enum sg_rc show_gates(
	struct sg_app *app, struct sg_cmd *cmd, struct sg_rows *rows, struct sg_err *err)
{
	struct sg_verdict verdict;
	struct sg_facts facts;
	enum sg_rc rc = sg_app_gates(app, cmd->arena, &verdict, &facts, err);
	if (rc != SG_OK)
		return rc;
	sg_view_verdict(rows, &verdict, sg_tier_note(sg_session_run(app->session)));
	return verdict.pass ? SG_OK : SG_VERDICT;
}

static enum sg_rc show_brief(struct sg_app *app, struct sg_cmd *cmd, struct sg_rows *rows,
	const struct sg_view_input *in, struct sg_err *err)
{
	struct sg_brief brief;
	enum sg_rc rc = sg_app_brief(app, cmd->arena, &brief, err);
	if (rc != SG_OK)
		return rc;
	sg_view_brief(rows, in, &brief);
	memcpy(app->shown_digest, brief.digest, sizeof(brief.digest));
	return SG_OK;
}

static enum sg_rc show_rows(
	struct sg_app *app, struct sg_cmd *cmd, struct sg_rows *rows, struct sg_err *err)
{
	struct sg_view_input in;
	enum sg_rc rc = sg_app_view(app, cmd->arena, true, &in, err);
	if (rc != SG_OK)
		return rc;
	if (*in.banner)
		sg_rows_add(rows, SG_STYLE_FAIL, "! %s", sg_rows_clean(rows, in.banner));
	add_tamper_diff(app, rows);
	in.banner = "";
	switch (cmd->what) {
	case SG_DO_STATUS: sg_view_status(rows, &in); break;
	case SG_DO_LEDGER: sg_view_ledger(rows, &in); break;
	case SG_DO_CONTRACT: sg_view_contract(rows, &in); break;
	case SG_DO_REPORT: sg_view_report(rows, &in); break;
	case SG_DO_FIX:
		in.require_state = sg_app_require_state(app, cmd->arena);
		in.cause = sg_app_cause(app, cmd->arena);
		sg_view_fix(rows, &in);
		break;
	case SG_DO_GATES: return show_gates(app, cmd, rows, err);
	case SG_DO_BRIEF: return show_brief(app, cmd, rows, &in, err);
	case SG_DO_LOG: return show_log(app, cmd, rows, err);
	case SG_DO_SHOW:
	case SG_DO_DIFF: return show_past(app, cmd, rows, err);
	case SG_DO_HISTORY: {
		struct history history = {app};
		return sg_session_history(app->session, history_line, &history, err);
	}
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
	return SG_OK;
}

enum sg_rc sg_app_show(struct sg_app *app, struct sg_cmd *cmd, struct sg_err *err)
{
	struct sg_rows rows;
	sg_app_rows_init(app, &rows, cmd->arena);
	enum sg_rc rc = show_rows(app, cmd, &rows, err);
	if (rc == SG_OK || rc == SG_VERDICT)
		sg_plain_rows(&app->out, &rows);
	return rc;
}
