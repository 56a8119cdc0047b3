/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The made-up world of the handlers' tests; see stage.h. */
#include "unit/cmd/stage.h"

#include <string.h>

static enum sg_rc failure(struct world *w, struct sg_err *err)
{
	return w->next_fails ? sg_err_set(err, SG_STORAGE, "cannot look: the disk is gone")
			     : SG_OK;
}

static enum sg_rc fake_snapshot(void *ctx, struct sg_arena *arena, const char *step_id,
	const char *folder, const char **ret_base, struct sg_err *err)
{
	struct world *w = ctx;
	w->snapshots++;
	*ret_base = sg_arena_printf(arena, "copy:%s:%s", step_id, folder);
	return failure(w, err);
}

static enum sg_rc fake_patch(
	void *ctx, struct sg_arena *arena, struct sg_patch *ret, struct sg_err *err)
{
	struct world *w = ctx;
	(void)arena;
	w->patches++;
	*ret = (struct sg_patch){.changed = w->changed,
		.patchset_id = w->changed ? "PATCHSET_0003" : "",
		.tree = "t"};
	return failure(w, err);
}

static enum sg_rc fake_path(void *ctx, struct sg_arena *arena, const char *typed,
	const char **ret, struct sg_err *err)
{
	struct world *w = ctx;
	if (strcmp(typed, "missing.md") == 0)
		return sg_err_set(err, SG_INPUT, "cannot use %s: FILE_NOT_FOUND", typed);
	/* as the real one: beneath the folder a relative path, else an absolute one */
	*ret = strncmp(typed, "../", 3) == 0 ? "/elsewhere/x.md" : sg_arena_str(arena, typed);
	return failure(w, err);
}

static enum sg_rc fake_brief(
	void *ctx, struct sg_arena *arena, struct sg_brief *ret, struct sg_err *err)
{
	(void)ctx;
	(void)arena;
	(void)ret;
	return sg_err_set(err, SG_STORAGE, "no handler asks for it");
}

static bool fake_drift(void *ctx, struct sg_arena *arena, struct sg_ev_stop_gap *ret)
{
	struct world *w = ctx;
	(void)arena;
	if (w->drifts)
		*ret = (struct sg_ev_stop_gap){.code = SG_CODE_SCOPE_VIOLATION,
			.phase = w->drift_phase,
			.reason = "ROUTE: route.yaml: expected aa, found bb",
			.fix = "resume"};
	return w->drifts;
}

static bool fake_holds(void *ctx, struct sg_arena *arena, const struct sg_require *require,
	const char **ret_why)
{
	struct world *w = ctx;
	(void)arena;
	(void)require;
	*ret_why = w->holds ? "" : "it is not there";
	return w->holds;
}

static enum sg_rc fake_kept(
	void *ctx, struct sg_arena *arena, struct sg_strs *ret, struct sg_err *err)
{
	struct world *w = ctx;
	(void)arena;
	w->kept_asked++;
	*ret = w->kept;
	return failure(w, err);
}

static bool fake_next(void *ctx, struct sg_arena *arena, struct sg_ev_next *ret)
{
	(void)ctx;
	(void)arena;
	(void)ret;
	return false;
}

static enum sg_rc fake_record(void *ctx, struct sg_arena *arena, const char *name,
	const char *output, const char *path, bool stop, struct sg_file *ret,
	struct sg_err *err)
{
	struct world *w = ctx;
	(void)name;
	(void)stop;
	w->files_taken++;
	*ret = (struct sg_file){.name = sg_arena_str(arena, output),
		.path = sg_arena_printf(arena, "taken/%s", path),
		.sha256 = "00"};
	return failure(w, err);
}

void stage_init(struct stage *s)
{
	memset(&s->world, 0, sizeof(s->world));
	s->world.holds = true;
	s->err = (struct sg_err)SG_ERR_INIT; /* clearing it keeps who translates */
	s->ops = (struct sg_ops){.ctx = &s->world,
		.snapshot = fake_snapshot,
		.patch = fake_patch,
		.path = fake_path,
		.brief = fake_brief,
		.drift = fake_drift,
		.require_holds = fake_holds,
		.kept_engines = fake_kept,
		.next_entry = fake_next,
		.record_file = fake_record};
}

/* STEP 0001 awaits ROUTE. */
void stage_start(struct stage *s)
{
	stage_init(s);
	rb_start(&s->b);
}

void stage_anew(struct stage *s, bool tty)
{
	sg_err_clear(&s->err);
	s->cmd = (struct sg_cmd){.args = &s->args,
		.ops = &s->ops,
		.run = &s->b.run,
		.arena = &s->b.arena,
		.tty = tty};
}

enum sg_rc stage_say(struct stage *s, bool tty, const char *line)
{
	struct sg_words words;
	stage_anew(s, tty);
	cr_assert_eq(sg_lex(&s->b.arena, line, false, &words, &s->err), SG_OK, "%s", line);
	cr_assert_eq(sg_parse(&s->b.arena, &words, &s->args, &s->err), SG_OK, "%s: %s", line,
		s->err.text);
	return s->args.command->run(&s->cmd, &s->err);
}

void stage_answers(struct stage *s, const char *line, enum sg_do what)
{
	cr_assert_eq(stage_say(s, true, line), SG_OK, "%s: %s", line, s->err.text);
	cr_assert_eq(s->cmd.what, what, "%s", line);
}

/* An event of the operator that the lifecycle takes too. */
const struct sg_event *stage_commits(struct stage *s, const char *line, enum sg_event_type type)
{
	stage_answers(s, line, SG_DO_COMMIT);
	cr_assert_eq(s->cmd.event.type, type, "%s", line);
	cr_assert_eq(s->cmd.event.by, SG_BY_OPERATOR);
	cr_assert(s->cmd.event.tty);
	cr_assert_eq(sg_lifecycle_check(&s->b.run, &s->cmd.event, &s->err), SG_OK, "%s: %s",
		line, s->err.text);
	return &s->cmd.event;
}

void stage_refuses(struct stage *s, const char *line, enum sg_rc rc, const char *words)
{
	cr_assert_eq(stage_say(s, true, line), rc, "%s: %s", line, s->err.text);
	cr_assert_not_null(strstr(s->err.text, words), "%s: %s", line, s->err.text);
}

enum sg_rc stage_signal(struct stage *s, bool tty)
{
	struct sg_brief brief;
	const struct sg_brief_input input = {.run = &s->b.run, .head = "00"};
	stage_anew(s, tty);
	cr_assert_eq(sg_brief_make(&s->b.arena, &input, &brief), SG_OK);
	struct sg_brief *kept = sg_arena_alloc(&s->b.arena, sizeof(*kept));
	*kept = brief;
	return sg_cmd_signal(&s->cmd, kept, &s->err);
}

void stage_signal_refused(struct stage *s, const char *words)
{
	cr_assert_eq(stage_signal(s, true), SG_REFUSED);
	cr_assert_not_null(strstr(s->err.text, words), "%s", s->err.text);
}

void stage_idle(struct stage *s)
{
	stage_init(s);
	rb_init(&s->b);
	rb_do(&s->b, rb_ev_init(&s->b));
}

void stage_by_hand(struct stage *s)
{
	stage_start(s);
	s->b.profile.evidence = SG_EVIDENCE_MODE_MANUAL;
	s->b.bindings[RB_SPC] = (struct sg_binding){.key = "SPC", .manual = true};
	rb_to(&s->b, "SPC");
}
