/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The handlers of commands: what each answers, and what it refuses. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "unit/cmd/stage.h"

/* --- init, step, route, next --- */

Test(handlers, init_names_the_owner_and_blank_takes_none)
{
	struct stage s;
	stage_start(&s);
	stage_answers(&s, "init", SG_DO_INIT);
	cr_assert_str_eq(s.cmd.text, "USER");
	stage_answers(&s, "init --owner \"The team\"", SG_DO_INIT);
	cr_assert_str_eq(s.cmd.text, "The team");
	stage_answers(&s, "init --blank", SG_DO_INIT_BLANK);
	stage_refuses(&s, "init --blank --owner X", SG_USAGE, "without --owner");
	stage_refuses(&s, "init --owner \"\"", SG_INPUT, "INPUT_ABSENT");
	rb_release(&s.b);
	SG_LEAKCHECK();
}

Test(handlers, step_is_refused_while_one_is_open_before_any_snapshot_is_taken)
{
	struct stage s;
	stage_start(&s);
	stage_refuses(&s, "step \"another\"", SG_REFUSED, "STEP 0001 is open");
	rb_begin(&s.b);
	stage_refuses(&s, "step \"another\"", SG_REFUSED, "STEP 0001 is open");
	rb_do(&s.b, rb_ev_stop_gap(&s.b, SG_CODE_USER_STOP, "ROUTE"));
	stage_refuses(&s, "step \"another\"", SG_REFUSED, "STEP 0001 is open");
	cr_assert_eq(s.world.snapshots, 0);
	rb_do(&s.b, rb_ev_word(&s.b, SG_EVENT_STOP, "enough"));
	const struct sg_event *event = stage_commits(
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

Test(handlers, step_without_a_file_has_no_file_and_no_folder)
{
	struct stage s;
	stage_idle(&s);
	const struct sg_event *event = stage_commits(&s, "step goal", SG_EVENT_STEP);
	cr_assert_str_eq(event->u.step.file, "");
	cr_assert_str_eq(event->u.step.folder, "");
	cr_assert_str_eq(event->u.step.step_id, "0001");
	event = stage_commits(&s, "шаг goal --file top.md", SG_EVENT_STEP);
	cr_assert_str_eq(event->u.step.folder, "");
	rb_release(&s.b);
	SG_LEAKCHECK();
}

Test(handlers, step_wants_a_goal_of_one_line_and_files_that_are_there)
{
	struct stage s;
	stage_idle(&s);
	stage_refuses(&s, "step \"\"", SG_INPUT, "INPUT_ABSENT");
	stage_refuses(&s, "step \"  \"", SG_INPUT, "INPUT_ABSENT");
	stage_refuses(&s, "step goal --file missing.md", SG_INPUT, "FILE_NOT_FOUND");
	stage_refuses(&s, "step goal --route missing.md", SG_INPUT, "FILE_NOT_FOUND");
	stage_refuses(
		&s, "step goal --file ../x.md", SG_INPUT, "not beneath the manifest's folder");
	cr_assert_eq(s.world.snapshots, 0);
	struct sg_args args = s.args;
	args.positional[0] = "two\nlines";
	args.n_positional = 1;
	memset(args.option, 0, sizeof(args.option));
	s.args = args;
	stage_anew(&s, true);
	cr_assert_eq(args.command->run(&s.cmd, &s.err), SG_INPUT);
	cr_assert_not_null(strstr(s.err.text, "control character (byte 0x0A)"));
	s.world.next_fails = true;
	stage_refuses(&s, "step goal", SG_STORAGE, "the disk is gone");
	rb_release(&s.b);
	SG_LEAKCHECK();
}

Test(handlers, route_names_files_for_ROUTE)
{
	struct stage s;
	stage_start(&s);
	const struct sg_event *event =
		stage_commits(&s, "route r2.yaml --profile p2.yaml", SG_EVENT_USE);
	cr_assert_str_eq(event->u.use.route, "r2.yaml");
	cr_assert_str_eq(event->u.use.profile, "p2.yaml");
	event = stage_commits(&s, "маршрут r2.yaml", SG_EVENT_USE);
	cr_assert_str_eq(event->u.use.profile, "");
	stage_refuses(&s, "route missing.md", SG_INPUT, "FILE_NOT_FOUND");
	rb_release(&s.b);
	SG_LEAKCHECK();
}

Test(handlers, next_takes_a_file_beneath_the_folder_and_a_goal)
{
	struct stage s;
	stage_start(&s);
	const struct sg_event *event =
		stage_commits(&s, "next docs/b.md \"the next\" --route r.yaml", SG_EVENT_NEXT);
	cr_assert_str_eq(event->u.next.file, "docs/b.md");
	cr_assert_str_eq(event->u.next.goal, "the next");
	cr_assert_str_eq(event->u.next.route, "r.yaml");
	cr_assert_str_eq(event->u.next.profile, "");
	stage_refuses(&s, "next ../b.md goal", SG_INPUT, "not beneath the manifest's folder");
	stage_refuses(&s, "next missing.md goal", SG_INPUT, "FILE_NOT_FOUND");
	stage_refuses(&s, "next docs/b.md \"\"", SG_INPUT, "INPUT_ABSENT");
	rb_release(&s.b);
	SG_LEAKCHECK();
}

/* --- no, stop --- */

Test(handlers, no_and_stop_want_a_reason)
{
	struct stage s;
	stage_start(&s);
	const struct sg_event *event = stage_commits(&s, "no \"not yet\"", SG_EVENT_NO);
	cr_assert_str_eq(event->u.word.reason, "not yet");
	cr_assert_eq(s.world.patches, 0);
	stage_refuses(&s, "нет \" \"", SG_INPUT, "INPUT_ABSENT");
	stage_refuses(&s, "stop \"\"", SG_INPUT, "INPUT_ABSENT");
	cr_assert_eq(s.world.patches, 0);
	rb_release(&s.b);
	SG_LEAKCHECK();
}

Test(handlers, stop_looks_at_what_changed)
{
	struct stage s;
	stage_start(&s);
	s.world.changed = true;
	const struct sg_event *event = stage_commits(&s, "stop enough", SG_EVENT_STOP);
	cr_assert(event->u.word.patch.changed);
	cr_assert_str_eq(event->u.word.patch.patchset_id, "PATCHSET_0003");
	s.world.next_fails = true;
	stage_refuses(&s, "stop enough", SG_STORAGE, "the disk is gone");
	rb_begin(&s.b);
	s.world.patches = 0;
	cr_assert_eq(stage_say(&s, true, "stop enough"), SG_OK);
	cr_assert_eq(s.world.patches, 0, "while a phase runs the table refuses it anyway");
	cr_assert_eq(sg_lifecycle_check(&s.b.run, &s.cmd.event, &s.err), SG_REFUSED);
	rb_release(&s.b);
	SG_LEAKCHECK();
}

/* --- record --- */

Test(handlers, record_starts_and_stops_with_files_and_a_note)
{
	struct stage s;
	stage_by_hand(&s);
	const struct sg_event *event =
		stage_commits(&s, "record start SPC BRIEF_TOKEN=b.md", SG_EVENT_RECORD_START);
	cr_assert_str_eq(event->u.record.name, "SPC");
	cr_assert_eq(event->u.record.outputs.n, 1);
	cr_assert_eq(event->attempt, 1);
	rb_do(&s.b, *event);
	const int64_t start_ms = s.b.run.records.v[0].start_ms;
	event = stage_commits(&s,
		"record stop SPC BRIEF_TOKEN=b.md ENGINE_PLAN_TOKEN=a=b.yaml --note seen",
		SG_EVENT_RECORD_STOP);
	cr_assert_eq(event->u.record.outputs.n, 2);
	cr_assert_str_eq(event->u.record.outputs.v[1].name, "ENGINE_PLAN_TOKEN");
	cr_assert_str_eq(event->u.record.outputs.v[1].path, "taken/a=b.yaml");
	cr_assert_eq(event->u.record.paths.n, 2);
	cr_assert_str_eq(event->u.record.paths.v[0], "b.md");
	cr_assert_str_eq(event->u.record.note, "seen");
	cr_assert_eq(event->u.record.start_ms, start_ms);
	stage_commits(&s, "record start SPC", SG_EVENT_RECORD_START);
	rb_release(&s.b);
	SG_LEAKCHECK();
}

Test(handlers, record_refuses_before_it_takes_any_file)
{
	struct stage s;
	stage_by_hand(&s);
	stage_refuses(&s, "record start QA QA_REPORT=q.md", SG_REFUSED, "SPC is awaited");
	stage_refuses(&s, "record stop SPC BRIEF_TOKEN=b.md", SG_REFUSED, "it was not started");
	rb_do(&s.b, rb_ev_record(&s.b, false, "SPC", "BRIEF_TOKEN"));
	stage_refuses(&s, "record stop SPC", SG_USAGE, "at least one NAME=PATH");
	stage_refuses(&s, "record stop SPC A=x B=y A=z", SG_USAGE, "cannot record A twice");
	stage_refuses(&s, "record stop SPC A=x --note \" \"", SG_INPUT, "the note");
	cr_assert_eq(s.world.files_taken, 0);
	static const char *const wrong[] = {"record stop SPC A", "record stop SPC =x",
		"record stop SPC A=", "record stop SPC .A=x", "record stop SPC a/b=x",
		"record stop SPC ..=x"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		stage_refuses(&s, wrong[i], SG_USAGE, "expected NAME=PATH");
	cr_assert_eq(s.world.files_taken, 0);
	s.world.next_fails = true;
	stage_refuses(&s, "record stop SPC A=x B=y", SG_STORAGE, "the disk is gone");
	cr_assert_eq(s.world.files_taken, 1, "it stops at the first that fails");
	rb_release(&s.b);
	SG_LEAKCHECK();
}

Test(handlers, record_is_refused_where_the_profile_says_observed)
{
	struct stage s;
	stage_start(&s);
	rb_to(&s.b, "SPC");
	stage_refuses(&s, "record start SPC", SG_REFUSED, "EVIDENCE: observed");
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
	const struct sg_event *event = stage_commits(&s, "resume", SG_EVENT_RESUME);
	cr_assert_str_eq(event->u.resume.from, "CTL");
	cr_assert_eq(event->attempt, 2);
	cr_assert_eq(event->u.resume.kept.n, 0);
	cr_assert_eq(s.world.kept_asked, 0);
	event = stage_commits(&s, "дальше --from spc", SG_EVENT_RESUME);
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
		stage_answers(&s, lines[i], SG_DO_COMMIT);
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
	const struct sg_event *event = stage_commits(&s, "resume", SG_EVENT_RESUME);
	cr_assert_eq(event->u.resume.kept.n, 1);
	event = stage_commits(&s, "resume --all", SG_EVENT_RESUME);
	cr_assert_eq(event->u.resume.kept.n, 0);
	event = stage_commits(&s, "resume --from SPC", SG_EVENT_RESUME);
	cr_assert_eq(event->u.resume.kept.n, 0);
	s.world.next_fails = true;
	stage_refuses(&s, "resume", SG_STORAGE, "the disk is gone");
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
	stage_answers(&s, "resume", SG_DO_REQUIRE);
	cr_assert_str_eq(rb_joined(&s.b, &s.cmd.open),
		"Provide a.md: it is not there|Bind QA in the profile: it is not there");
	s.world.holds = true;
	stage_commits(&s, "resume", SG_EVENT_RESUME);
	rb_release(&s.b);
	SG_LEAKCHECK();
}

Test(handlers, what_drifted_is_read_anew_first_whatever_was_named)
{
	struct stage s;
	stage_stopped(&s, "QA");
	s.world.drifts = true;
	s.world.drift_phase = "SPC";
	cr_assert_str_eq(stage_commits(&s, "resume", SG_EVENT_RESUME)->u.resume.from, "SPC");
	cr_assert_str_eq(
		stage_commits(&s, "resume --from CTL", SG_EVENT_RESUME)->u.resume.from, "SPC");
	cr_assert_str_eq(
		stage_commits(&s, "resume --from ROUTE", SG_EVENT_RESUME)->u.resume.from,
		"ROUTE");
	rb_release(&s.b);
	SG_LEAKCHECK();
}

Test(handlers, resume_where_nothing_stopped_is_the_tables_to_refuse)
{
	struct stage s;
	stage_start(&s);
	stage_answers(&s, "resume", SG_DO_COMMIT);
	cr_assert_eq(sg_lifecycle_check(&s.b.run, &s.cmd.event, &s.err), SG_REFUSED);
	rb_release(&s.b);
	SG_LEAKCHECK();
}

/* --- adopt, restore: at a terminal --- */

Test(handlers, adopt_and_restore_are_taken_at_a_terminal_only)
{
	struct stage s;
	stage_start(&s);
	stage_answers(&s, "adopt \"it is mine\"", SG_DO_ADOPT);
	cr_assert_str_eq(s.cmd.text, "it is mine");
	stage_answers(&s, "restore", SG_DO_RESTORE);
	stage_refuses(&s, "adopt \"\"", SG_INPUT, "INPUT_ABSENT");
	cr_assert_eq(stage_say(&s, false, "adopt mine"), SG_REFUSED);
	cr_assert_eq(s.cmd.what, SG_DO_NOTHING);
	cr_assert_eq(stage_say(&s, false, "restore"), SG_REFUSED);
	cr_assert_eq(s.cmd.what, SG_DO_NOTHING);
	rb_release(&s.b);
	SG_LEAKCHECK();
}
