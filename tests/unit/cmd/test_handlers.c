/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The handlers with a world that is made up: what each answers, and what it refuses. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "harness/harness.h"
#include "unit/core/run_builder.h"

/* What the made-up world says, and what it was asked. */
struct world {
	bool drifts;
	const char *drift_phase;
	bool holds;      /* every requirement */
	bool next_fails; /* the next question fails */
	struct sg_strs kept;
	bool changed;
	int snapshots, patches, files_taken, kept_asked;
};

struct stage {
	struct run_builder b;
	struct world world;
	struct sg_ops ops;
	struct sg_args args;
	struct sg_cmd cmd;
	struct sg_err err;
};

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

static void stage_init(struct stage *s)
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
static void stage_start(struct stage *s)
{
	stage_init(s);
	rb_start(&s->b);
}

static void answer_anew(struct stage *s, bool tty)
{
	sg_err_clear(&s->err);
	s->cmd = (struct sg_cmd){.args = &s->args,
		.ops = &s->ops,
		.run = &s->b.run,
		.arena = &s->b.arena,
		.tty = tty};
}

static enum sg_rc say(struct stage *s, bool tty, const char *line)
{
	struct sg_words words;
	answer_anew(s, tty);
	cr_assert_eq(sg_lex(&s->b.arena, line, false, &words, &s->err), SG_OK, "%s", line);
	cr_assert_eq(sg_parse(&s->b.arena, &words, &s->args, &s->err), SG_OK, "%s: %s", line,
		s->err.text);
	return s->args.command->run(&s->cmd, &s->err);
}

static void answers(struct stage *s, const char *line, enum sg_do what)
{
	cr_assert_eq(say(s, true, line), SG_OK, "%s: %s", line, s->err.text);
	cr_assert_eq(s->cmd.what, what, "%s", line);
}

/* An event of the operator that the lifecycle takes too. */
static const struct sg_event *commits(
	struct stage *s, const char *line, enum sg_event_type type)
{
	answers(s, line, SG_DO_COMMIT);
	cr_assert_eq(s->cmd.event.type, type, "%s", line);
	cr_assert_eq(s->cmd.event.by, SG_BY_OPERATOR);
	cr_assert(s->cmd.event.tty);
	cr_assert_eq(sg_lifecycle_check(&s->b.run, &s->cmd.event, &s->err), SG_OK, "%s: %s",
		line, s->err.text);
	return &s->cmd.event;
}

static void refuses(struct stage *s, const char *line, enum sg_rc rc, const char *words)
{
	cr_assert_eq(say(s, true, line), rc, "%s: %s", line, s->err.text);
	cr_assert_not_null(strstr(s->err.text, words), "%s: %s", line, s->err.text);
}

static enum sg_rc signal_it(struct stage *s, bool tty)
{
	struct sg_brief brief;
	const struct sg_brief_input input = {.run = &s->b.run, .head = "00"};
	answer_anew(s, tty);
	cr_assert_eq(sg_brief_make(&s->b.arena, &input, &brief), SG_OK);
	struct sg_brief *kept = sg_arena_alloc(&s->b.arena, sizeof(*kept));
	*kept = brief;
	return sg_cmd_signal(&s->cmd, kept, &s->err);
}

static void signal_refused(struct stage *s, const char *words)
{
	cr_assert_eq(signal_it(s, true), SG_REFUSED);
	cr_assert_not_null(strstr(s->err.text, words), "%s", s->err.text);
}

/* --- init, step, route, next --- */

Test(handlers, init_names_the_owner_and_blank_takes_none)
{
	struct stage s;
	stage_start(&s);
	answers(&s, "init", SG_DO_INIT);
	cr_assert_str_eq(s.cmd.text, "USER");
	answers(&s, "init --owner \"The team\"", SG_DO_INIT);
	cr_assert_str_eq(s.cmd.text, "The team");
	answers(&s, "init --blank", SG_DO_INIT_BLANK);
	refuses(&s, "init --blank --owner X", SG_USAGE, "without --owner");
	refuses(&s, "init --owner \"\"", SG_INPUT, "INPUT_ABSENT");
	rb_release(&s.b);
	SG_LEAKCHECK();
}

Test(handlers, step_is_refused_while_one_is_open_before_any_snapshot_is_taken)
{
	struct stage s;
	stage_start(&s);
	refuses(&s, "step \"another\"", SG_REFUSED, "STEP 0001 is open");
	rb_begin(&s.b);
	refuses(&s, "step \"another\"", SG_REFUSED, "STEP 0001 is open");
	rb_do(&s.b, rb_ev_stop_gap(&s.b, SG_CODE_USER_STOP, "ROUTE"));
	refuses(&s, "step \"another\"", SG_REFUSED, "STEP 0001 is open");
	cr_assert_eq(s.world.snapshots, 0);
	rb_do(&s.b, rb_ev_word(&s.b, SG_EVENT_STOP, "enough"));
	const struct sg_event *event = commits(
		&s, "step \"another\" --file docs/x/b.md --route r.yaml", SG_EVENT_STEP);
	cr_assert_str_eq(event->u.step.step_id, "0002");
	cr_assert_str_eq(event->step, "0002");
	cr_assert_str_eq(event->u.step.goal, "another");
	cr_assert_str_eq(event->u.step.file, "docs/x/b.md");
	cr_assert_str_eq(event->u.step.folder, "docs/x");
	cr_assert_str_eq(event->u.step.base, "copy:0002:docs/x");
	cr_assert_str_eq(event->u.step.route, "r.yaml");
	cr_assert_str_eq(event->u.step.profile, "");
	cr_assert_str_eq(event->u.step.signal.digest, "");
	rb_release(&s.b);
	SG_LEAKCHECK();
}

static void idle(struct stage *s)
{
	stage_init(s);
	rb_init(&s->b);
	rb_do(&s->b, rb_ev_init(&s->b));
}

Test(handlers, step_without_a_file_has_no_file_and_no_folder)
{
	struct stage s;
	idle(&s);
	const struct sg_event *event = commits(&s, "step goal", SG_EVENT_STEP);
	cr_assert_str_eq(event->u.step.file, "");
	cr_assert_str_eq(event->u.step.folder, "");
	cr_assert_str_eq(event->u.step.step_id, "0001");
	event = commits(&s, "шаг goal --file top.md", SG_EVENT_STEP);
	cr_assert_str_eq(event->u.step.folder, "");
	rb_release(&s.b);
	SG_LEAKCHECK();
}

Test(handlers, step_wants_a_goal_of_one_line_and_files_that_are_there)
{
	struct stage s;
	idle(&s);
	refuses(&s, "step \"\"", SG_INPUT, "INPUT_ABSENT");
	refuses(&s, "step \"  \"", SG_INPUT, "INPUT_ABSENT");
	refuses(&s, "step goal --file missing.md", SG_INPUT, "FILE_NOT_FOUND");
	refuses(&s, "step goal --route missing.md", SG_INPUT, "FILE_NOT_FOUND");
	refuses(&s, "step goal --file ../x.md", SG_INPUT, "not beneath the manifest's folder");
	cr_assert_eq(s.world.snapshots, 0);
	struct sg_args args = s.args;
	args.positional[0] = "two\nlines";
	args.n_positional = 1;
	memset(args.option, 0, sizeof(args.option));
	s.args = args;
	answer_anew(&s, true);
	cr_assert_eq(args.command->run(&s.cmd, &s.err), SG_INPUT);
	cr_assert_not_null(strstr(s.err.text, "control character (byte 0x0A)"));
	s.world.next_fails = true;
	refuses(&s, "step goal", SG_STORAGE, "the disk is gone");
	rb_release(&s.b);
	SG_LEAKCHECK();
}

Test(handlers, route_names_files_for_ROUTE)
{
	struct stage s;
	stage_start(&s);
	const struct sg_event *event =
		commits(&s, "route r2.yaml --profile p2.yaml", SG_EVENT_USE);
	cr_assert_str_eq(event->u.use.route, "r2.yaml");
	cr_assert_str_eq(event->u.use.profile, "p2.yaml");
	event = commits(&s, "маршрут r2.yaml", SG_EVENT_USE);
	cr_assert_str_eq(event->u.use.profile, "");
	refuses(&s, "route missing.md", SG_INPUT, "FILE_NOT_FOUND");
	rb_release(&s.b);
	SG_LEAKCHECK();
}

Test(handlers, next_takes_a_file_beneath_the_folder_and_a_goal)
{
	struct stage s;
	stage_start(&s);
	const struct sg_event *event =
		commits(&s, "next docs/b.md \"the next\" --route r.yaml", SG_EVENT_NEXT);
	cr_assert_str_eq(event->u.next.file, "docs/b.md");
	cr_assert_str_eq(event->u.next.goal, "the next");
	cr_assert_str_eq(event->u.next.route, "r.yaml");
	cr_assert_str_eq(event->u.next.profile, "");
	refuses(&s, "next ../b.md goal", SG_INPUT, "not beneath the manifest's folder");
	refuses(&s, "next missing.md goal", SG_INPUT, "FILE_NOT_FOUND");
	refuses(&s, "next docs/b.md \"\"", SG_INPUT, "INPUT_ABSENT");
	rb_release(&s.b);
	SG_LEAKCHECK();
}

/* --- no, stop --- */

Test(handlers, no_and_stop_want_a_reason)
{
	struct stage s;
	stage_start(&s);
	const struct sg_event *event = commits(&s, "no \"not yet\"", SG_EVENT_NO);
	cr_assert_str_eq(event->u.word.reason, "not yet");
	cr_assert_eq(s.world.patches, 0);
	refuses(&s, "нет \" \"", SG_INPUT, "INPUT_ABSENT");
	refuses(&s, "stop \"\"", SG_INPUT, "INPUT_ABSENT");
	cr_assert_eq(s.world.patches, 0);
	rb_release(&s.b);
	SG_LEAKCHECK();
}

Test(handlers, stop_looks_at_what_changed)
{
	struct stage s;
	stage_start(&s);
	s.world.changed = true;
	const struct sg_event *event = commits(&s, "stop enough", SG_EVENT_STOP);
	cr_assert(event->u.word.patch.changed);
	cr_assert_str_eq(event->u.word.patch.patchset_id, "PATCHSET_0003");
	s.world.next_fails = true;
	refuses(&s, "stop enough", SG_STORAGE, "the disk is gone");
	rb_begin(&s.b);
	s.world.patches = 0;
	cr_assert_eq(say(&s, true, "stop enough"), SG_OK);
	cr_assert_eq(s.world.patches, 0, "while a phase runs the table refuses it anyway");
	cr_assert_eq(sg_lifecycle_check(&s.b.run, &s.cmd.event, &s.err), SG_REFUSED);
	rb_release(&s.b);
	SG_LEAKCHECK();
}

/* --- record --- */

static void stage_by_hand(struct stage *s)
{
	stage_start(s);
	s->b.profile.evidence = SG_EVIDENCE_MODE_MANUAL;
	s->b.bindings[RB_SPC] = (struct sg_binding){.key = "SPC", .manual = true};
	rb_to(&s->b, "SPC");
}

Test(handlers, record_starts_and_stops_with_files_and_a_note)
{
	struct stage s;
	stage_by_hand(&s);
	const struct sg_event *event =
		commits(&s, "record start SPC BRIEF_TOKEN=b.md", SG_EVENT_RECORD_START);
	cr_assert_str_eq(event->u.record.name, "SPC");
	cr_assert_eq(event->u.record.outputs.n, 1);
	cr_assert_eq(event->attempt, 1);
	rb_do(&s.b, *event);
	const int64_t start_ms = s.b.run.records.v[0].start_ms;
	event = commits(&s,
		"record stop SPC BRIEF_TOKEN=b.md ENGINE_PLAN_TOKEN=a=b.yaml --note seen",
		SG_EVENT_RECORD_STOP);
	cr_assert_eq(event->u.record.outputs.n, 2);
	cr_assert_str_eq(event->u.record.outputs.v[1].name, "ENGINE_PLAN_TOKEN");
	cr_assert_str_eq(event->u.record.outputs.v[1].path, "taken/a=b.yaml");
	cr_assert_eq(event->u.record.paths.n, 2);
	cr_assert_str_eq(event->u.record.paths.v[0], "b.md");
	cr_assert_str_eq(event->u.record.note, "seen");
	cr_assert_eq(event->u.record.start_ms, start_ms);
	commits(&s, "record start SPC", SG_EVENT_RECORD_START);
	rb_release(&s.b);
	SG_LEAKCHECK();
}

Test(handlers, record_refuses_before_it_takes_any_file)
{
	struct stage s;
	stage_by_hand(&s);
	refuses(&s, "record start QA QA_REPORT=q.md", SG_REFUSED, "SPC is awaited");
	refuses(&s, "record stop SPC BRIEF_TOKEN=b.md", SG_REFUSED, "it was not started");
	rb_do(&s.b, rb_ev_record(&s.b, false, "SPC", "BRIEF_TOKEN"));
	refuses(&s, "record stop SPC", SG_USAGE, "at least one NAME=PATH");
	refuses(&s, "record stop SPC A=x B=y A=z", SG_USAGE, "cannot record A twice");
	refuses(&s, "record stop SPC A=x --note \" \"", SG_INPUT, "the note");
	cr_assert_eq(s.world.files_taken, 0);
	static const char *const wrong[] = {"record stop SPC A", "record stop SPC =x",
		"record stop SPC A=", "record stop SPC .A=x", "record stop SPC a/b=x",
		"record stop SPC ..=x"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		refuses(&s, wrong[i], SG_USAGE, "expected NAME=PATH");
	cr_assert_eq(s.world.files_taken, 0);
	s.world.next_fails = true;
	refuses(&s, "record stop SPC A=x B=y", SG_STORAGE, "the disk is gone");
	cr_assert_eq(s.world.files_taken, 1, "it stops at the first that fails");
	rb_release(&s.b);
	SG_LEAKCHECK();
}

Test(handlers, record_is_refused_where_the_profile_says_observed)
{
	struct stage s;
	stage_start(&s);
	rb_to(&s.b, "SPC");
	refuses(&s, "record start SPC", SG_REFUSED, "EVIDENCE: observed");
	rb_release(&s.b);
	SG_LEAKCHECK();
}

/* --- resume --- */

static void stage_stopped(struct stage *s, const char *phase)
{
	stage_start(s);
	rb_to(&s->b, phase);
	rb_begin(&s->b);
	rb_do(&s->b, rb_ev_stop_gap(&s->b, SG_CODE_USER_STOP, phase));
}

Test(handlers, resume_begins_where_it_stopped_or_earlier)
{
	struct stage s;
	stage_stopped(&s, "CTL");
	const struct sg_event *event = commits(&s, "resume", SG_EVENT_RESUME);
	cr_assert_str_eq(event->u.resume.from, "CTL");
	cr_assert_eq(event->attempt, 2);
	cr_assert_eq(event->u.resume.kept.n, 0);
	cr_assert_eq(s.world.kept_asked, 0);
	event = commits(&s, "дальше --from spc", SG_EVENT_RESUME);
	cr_assert_str_eq(event->u.resume.from, "SPC");
	rb_release(&s.b);
	SG_LEAKCHECK();
}

Test(handlers, a_resume_from_a_phase_that_is_none_or_too_late_is_the_tables_to_refuse)
{
	static const char *const lines[] = {
		"resume --from VAL", "resume --from NOWHERE", "resume --from OPEN"};
	struct stage s;
	stage_stopped(&s, "CTL");
	s.world.drifts = true;
	s.world.drift_phase = "CTL";
	for (size_t i = 0; i < 3; i++) {
		if (i == 1)
			s.world.drift_phase = "ROUTE";
		if (i == 0)
			s.world.drifts = false;
		else
			s.world.drifts = i == 1;
		answers(&s, lines[i], SG_DO_COMMIT);
		cr_assert_eq(sg_lifecycle_check(&s.b.run, &s.cmd.event, &s.err), SG_REFUSED,
			"%s", lines[i]);
	}
	rb_release(&s.b);
	SG_LEAKCHECK();
}

Test(handlers, a_resume_of_ORC_keeps_engines_unless_all_are_asked_for)
{
	struct stage s;
	stage_stopped(&s, "ORC");
	s.world.kept = STRS("KEY:ENG.A");
	const struct sg_event *event = commits(&s, "resume", SG_EVENT_RESUME);
	cr_assert_eq(event->u.resume.kept.n, 1);
	event = commits(&s, "resume --all", SG_EVENT_RESUME);
	cr_assert_eq(event->u.resume.kept.n, 0);
	event = commits(&s, "resume --from SPC", SG_EVENT_RESUME);
	cr_assert_eq(event->u.resume.kept.n, 0);
	s.world.next_fails = true;
	refuses(&s, "resume", SG_STORAGE, "the disk is gone");
	rb_release(&s.b);
	SG_LEAKCHECK();
}

Test(handlers, resume_lists_each_requirement_that_does_not_hold_and_commits_nothing)
{
	static const struct sg_require needs[] = {
		{SG_REQUIRE_FILE_PRESENT, "a.md", "Provide a.md"},
		{SG_REQUIRE_KEY_BOUND, "QA", "Bind QA in the profile"},
		{SG_REQUIRE_RUN, "CTL", "Run CTL again"}};
	struct stage s;
	stage_start(&s);
	rb_to(&s.b, "CTL");
	struct sg_event stop = rb_ev_stop_gap(&s.b, SG_CODE_FILE_NOT_FOUND, "CTL");
	stop.u.stop_gap.requires_list = (struct sg_requires){needs, 3};
	rb_do(&s.b, stop);
	s.world.holds = false;
	answers(&s, "resume", SG_DO_REQUIRE);
	cr_assert_str_eq(rb_joined(&s.b, &s.cmd.open),
		"Provide a.md: it is not there|Bind QA in the profile: it is not there");
	s.world.holds = true;
	commits(&s, "resume", SG_EVENT_RESUME);
	rb_release(&s.b);
	SG_LEAKCHECK();
}

Test(handlers, what_drifted_is_read_anew_first_whatever_was_named)
{
	struct stage s;
	stage_stopped(&s, "QA");
	s.world.drifts = true;
	s.world.drift_phase = "SPC";
	cr_assert_str_eq(commits(&s, "resume", SG_EVENT_RESUME)->u.resume.from, "SPC");
	cr_assert_str_eq(
		commits(&s, "resume --from CTL", SG_EVENT_RESUME)->u.resume.from, "SPC");
	cr_assert_str_eq(
		commits(&s, "resume --from ROUTE", SG_EVENT_RESUME)->u.resume.from, "ROUTE");
	rb_release(&s.b);
	SG_LEAKCHECK();
}

Test(handlers, resume_where_nothing_stopped_is_the_tables_to_refuse)
{
	struct stage s;
	stage_start(&s);
	answers(&s, "resume", SG_DO_COMMIT);
	cr_assert_eq(sg_lifecycle_check(&s.b.run, &s.cmd.event, &s.err), SG_REFUSED);
	rb_release(&s.b);
	SG_LEAKCHECK();
}

/* --- adopt, restore: at a terminal --- */

Test(handlers, adopt_and_restore_are_taken_at_a_terminal_only)
{
	struct stage s;
	stage_start(&s);
	answers(&s, "adopt \"it is mine\"", SG_DO_ADOPT);
	cr_assert_str_eq(s.cmd.text, "it is mine");
	answers(&s, "restore", SG_DO_RESTORE);
	refuses(&s, "adopt \"\"", SG_INPUT, "INPUT_ABSENT");
	cr_assert_eq(say(&s, false, "adopt mine"), SG_REFUSED);
	cr_assert_eq(s.cmd.what, SG_DO_NOTHING);
	cr_assert_eq(say(&s, false, "restore"), SG_REFUSED);
	cr_assert_eq(s.cmd.what, SG_DO_NOTHING);
	rb_release(&s.b);
	SG_LEAKCHECK();
}

/* --- the signal --- */

Test(handlers, the_signal_begins_the_awaited_phase_with_the_digest_of_what_was_shown)
{
	struct stage s;
	stage_start(&s);
	rb_to(&s.b, "SPC");
	cr_assert_eq(signal_it(&s, true), SG_OK, "%s", s.err.text);
	cr_assert_eq(s.cmd.what, SG_DO_SIGNAL);
	const struct sg_event *event = &s.cmd.event;
	cr_assert_eq(event->type, SG_EVENT_BEGIN);
	cr_assert_str_eq(event->u.begin.phase, "SPC");
	cr_assert_eq(event->attempt, 1);
	cr_assert_eq(strlen(event->u.begin.signal.digest), 64);
	cr_assert_str_eq(event->u.begin.signal.digest, s.cmd.digest);
	cr_assert(event->u.begin.signal.tty);
	cr_assert_eq(sg_lifecycle_check(&s.b.run, event, &s.err), SG_OK);
	rb_release(&s.b);
	SG_LEAKCHECK();
}

Test(handlers, a_signal_that_no_terminal_gave_is_none)
{
	struct stage s;
	stage_start(&s);
	cr_assert_eq(signal_it(&s, false), SG_REFUSED);
	cr_assert_not_null(strstr(s.err.text, "at a terminal only"));
	cr_assert_eq(s.cmd.what, SG_DO_NOTHING);
	rb_release(&s.b);
	SG_LEAKCHECK();
}

Test(handlers, a_drift_stops_the_STEP_in_place_of_the_phase)
{
	struct stage s;
	stage_start(&s);
	rb_to(&s.b, "SPC");
	s.world.drifts = true;
	s.world.drift_phase = "ROUTE";
	cr_assert_eq(signal_it(&s, true), SG_OK);
	cr_assert_eq(s.cmd.what, SG_DO_COMMIT);
	cr_assert_eq(s.cmd.event.type, SG_EVENT_STOP_GAP);
	cr_assert_eq(s.cmd.event.u.stop_gap.code, SG_CODE_SCOPE_VIOLATION);
	rb_do(&s.b, s.cmd.event);
	cr_assert_str_eq(s.b.run.stop_phase, "ROUTE");
	rb_release(&s.b);
	SG_LEAKCHECK();
}

Test(handlers, a_phase_by_hand_does_not_begin_while_nothing_is_recorded)
{
	struct stage s;
	stage_by_hand(&s);
	signal_refused(&s, "done by hand and nothing is recorded");
	rb_do(&s.b, rb_ev_record(&s.b, false, "SPC", "BRIEF_TOKEN"));
	signal_refused(&s, "nothing is recorded");
	rb_do(&s.b, rb_ev_record(&s.b, true, "SPC", "BRIEF_TOKEN"));
	cr_assert_eq(signal_it(&s, true), SG_OK);
	rb_release(&s.b);
	SG_LEAKCHECK();
}

Test(handlers, after_PASS_the_signal_opens_the_next_STEP_on_the_next_file)
{
	struct stage s;
	stage_start(&s);
	rb_pass(&s.b);
	signal_refused(&s, "next FILE \"goal\"");
	struct sg_event next = rb_ev_next(&s.b, "docs/x/b.md", "the next");
	next.u.next.route = "r2.yaml";
	next.u.next.profile = "p2.yaml";
	rb_do(&s.b, next);
	cr_assert_eq(signal_it(&s, true), SG_OK, "%s", s.err.text);
	cr_assert_eq(s.cmd.what, SG_DO_SIGNAL);
	const struct sg_ev_step *step = &s.cmd.event.u.step;
	cr_assert_eq(s.cmd.event.type, SG_EVENT_STEP);
	cr_assert_str_eq(step->step_id, "0002");
	cr_assert_str_eq(step->goal, "the next");
	cr_assert_str_eq(step->file, "docs/x/b.md");
	cr_assert_str_eq(step->folder, "docs/x");
	cr_assert_str_eq(step->route, "r2.yaml");
	cr_assert_str_eq(step->profile, "p2.yaml");
	cr_assert_eq(strlen(step->signal.digest), 64);
	rb_do(&s.b, s.cmd.event);
	rb_release(&s.b);
	SG_LEAKCHECK();
}

Test(handlers, in_no_other_state_does_the_signal_mean_anything)
{
	struct stage s;
	idle(&s);
	signal_refused(&s, "no signal is awaited");
	rb_do(&s.b, rb_ev_step(&s.b, "goal"));
	rb_begin(&s.b);
	signal_refused(&s, "ROUTE is running");
	rb_do(&s.b, rb_ev_stop_gap(&s.b, SG_CODE_USER_STOP, "ROUTE"));
	signal_refused(&s, "STOP_GAP (USER_STOP)");
	rb_do(&s.b, rb_ev_word(&s.b, SG_EVENT_STOP, "enough"));
	signal_refused(&s, "no signal is awaited");
	rb_release(&s.b);
	SG_LEAKCHECK();
}

/* --- what only reads --- */

Test(handlers, what_only_reads_answers_with_what_is_to_be_shown)
{
	static const struct {
		const char *line;
		enum sg_do what;
	} cases[] = {
		{"status", SG_DO_STATUS},
		{"ledger", SG_DO_LEDGER},
		{"contract", SG_DO_CONTRACT},
		{"brief", SG_DO_BRIEF},
		{"fix", SG_DO_FIX},
		{"log", SG_DO_LOG},
		{"log SPC", SG_DO_LOG},
		{"report", SG_DO_REPORT},
		{"gates", SG_DO_GATES},
		{"history", SG_DO_HISTORY},
		{"show 3", SG_DO_SHOW},
		{"diff 1 3", SG_DO_DIFF},
		{"verify", SG_DO_VERIFY},
		{"check f.md", SG_DO_CHECK},
		{"watch", SG_DO_WATCH},
		{"plain", SG_DO_PLAIN},
		{"dump log rows.txt", SG_DO_DUMP},
		{"help", SG_DO_HELP},
		{"help step", SG_DO_HELP},
		{"quit", SG_DO_QUIT},
	};
	struct stage s;
	stage_start(&s);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		answers(&s, cases[i].line, cases[i].what);
	answers(&s, "log SPC", SG_DO_LOG);
	cr_assert_str_eq(s.cmd.text, "SPC");
	answers(&s, "dump log rows.txt", SG_DO_DUMP);
	cr_assert_str_eq(s.cmd.text, "log");
	cr_assert_str_eq(s.cmd.file, "rows.txt");
	answers(&s, "diff 1 3", SG_DO_DIFF);
	cr_assert_eq(s.cmd.from, 1);
	cr_assert_eq(s.cmd.to, 3);
	answers(&s, "check f.md --plan p.yaml --profile q.yaml", SG_DO_CHECK);
	cr_assert_str_eq(s.cmd.text, "f.md");
	cr_assert_str_eq(s.cmd.plan, "p.yaml");
	cr_assert_str_eq(s.cmd.profile, "q.yaml");
	static const char *const wrong[] = {"show 0", "show x", "show 3x", "show \"\"",
		"show 99999999999999999999", "diff 1 0", "diff -- -1 2"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		refuses(&s, wrong[i], SG_USAGE, "expected the number of an event");
	rb_release(&s.b);
	SG_LEAKCHECK();
}

/* --- law 3, in the table itself --- */

/*
 * Every command with its options. A command or an option that is added has to be put here too: by
 * someone who has asked whether it marks work as done without evidence.
 */
static const struct {
	const char *name;
	const char *options;
	const char *line;
} all[] = {
	{"init", "--blank --owner", "init"},
	{"step", "--file --route --profile", "step goal"},
	{"route", "--profile", "route r.yaml"},
	{"no", "", "no reason"},
	{"stop", "", "stop reason"},
	{"record", "--note", "record stop SPC BRIEF_TOKEN=x"},
	{"gates", "", "gates"},
	{"brief", "", "brief"},
	{"status", "", "status"},
	{"ledger", "", "ledger"},
	{"contract", "", "contract"},
	{"fix", "", "fix"},
	{"log", "", "log"},
	{"report", "", "report"},
	{"resume", "--from --all", "resume"},
	{"next", "--route --profile", "next f.md goal"},
	{"history", "", "history"},
	{"show", "", "show 1"},
	{"diff", "", "diff 1 2"},
	{"verify", "", "verify"},
	{"check", "--plan --profile", "check f.md"},
	{"restore", "", "restore"},
	{"adopt", "", "adopt reason"},
	{"watch", "", "watch"},
	{"plain", "", "plain"},
	{"dump", "", "dump log rows.txt"},
	{"doctor", "", "doctor"},
	{"help", "", "help"},
	{"quit", "", "quit"},
};

Test(handlers, there_is_no_command_and_no_option_but_those_that_are_known)
{
	cr_assert_eq(sg_command_count, sizeof(all) / sizeof(all[0]));
	for (size_t i = 0; i < sg_command_count; i++) {
		char options[256] = "";
		for (const struct sg_option_spec *o = sg_commands[i].options; o->name; o++) {
			strcat(options, *options ? " " : "");
			strcat(options, o->name);
		}
		cr_expect_str_eq(sg_commands[i].name, all[i].name);
		cr_expect_str_eq(options, all[i].options, "%s", all[i].name);
	}
}

/* What a phase or an engine did is told by who ran it, never by a command. */
static bool is_the_operators(enum sg_event_type type)
{
	switch (type) {
	case SG_EVENT_STEP:
	case SG_EVENT_USE:
	case SG_EVENT_NO:
	case SG_EVENT_STOP:
	case SG_EVENT_RESUME:
	case SG_EVENT_NEXT:
	case SG_EVENT_RECORD_START:
	case SG_EVENT_RECORD_STOP: return true;
	case SG_EVENT_INIT:
	case SG_EVENT_ADOPT:
	case SG_EVENT_RESTORE:
	case SG_EVENT_BEGIN:
	case SG_EVENT_ROUTE:
	case SG_EVENT_ENGINE:
	case SG_EVENT_ROLE:
	case SG_EVENT_PACK:
	case SG_EVENT_VERDICT:
	case SG_EVENT_STOP_GAP:
	case SG_EVENT_COUNT: break;
	}
	return false;
}

static void put_at(struct stage *s, size_t place)
{
	static const char *const phases[] = {"ROUTE", "SPC", "ORC", "CTL", "QA", "PACK", "VAL"};
	stage_start(s);
	s->b.profile.evidence = SG_EVIDENCE_MODE_MANUAL;
	if (place < 7) {
		rb_to(&s->b, phases[place]);
	} else if (place < 14) {
		rb_to(&s->b, phases[place - 7]);
		rb_begin(&s->b);
	} else if (place < 21) {
		rb_to(&s->b, phases[place - 14]);
		rb_do(&s->b, rb_ev_word(&s->b, SG_EVENT_NO, "no"));
	} else if (place == 21) {
		rb_do(&s->b, rb_ev_word(&s->b, SG_EVENT_STOP, "enough"));
	} else {
		rb_pass(&s->b);
	}
}

Test(handlers, no_command_in_any_state_marks_work_as_done)
{
	for (size_t place = 0; place <= 22; place++) {
		for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
			struct stage s;
			put_at(&s, place);
			const size_t proofs = s.b.run.proofs.n;
			const bool passed = s.b.run.state == SG_STATE_PASSED;
			if (say(&s, true, all[i].line) == SG_OK && s.cmd.what == SG_DO_COMMIT) {
				cr_assert(
					is_the_operators(s.cmd.event.type), "%s", all[i].line);
				(void)rb_try(&s.b, s.cmd.event);
			}
			cr_assert_leq(
				s.b.run.proofs.n, proofs, "%s proves something", all[i].line);
			cr_assert(
				passed || s.b.run.state != SG_STATE_PASSED, "%s", all[i].line);
			cr_assert(
				passed || s.b.run.manifest.step_status != SG_STEP_STATUS_PASS);
			rb_release(&s.b);
		}
	}
	SG_LEAKCHECK();
}
