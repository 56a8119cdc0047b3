/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The signal, what only reads, and that no command marks work as done. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "unit/cmd/stage.h"

/* --- the signal --- */

Test(handlers, the_signal_begins_the_awaited_phase_with_the_digest_of_what_was_shown)
{
	struct stage s;
	stage_start(&s);
	rb_to(&s.b, "SPC");
	cr_assert_eq(stage_signal(&s, true), SG_OK, "%s", s.err.text);
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
	cr_assert_eq(stage_signal(&s, false), SG_REFUSED);
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
	cr_assert_eq(stage_signal(&s, true), SG_OK);
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
	stage_signal_refused(&s, "done by hand and nothing is recorded");
	rb_do(&s.b, rb_ev_record(&s.b, false, "SPC", "BRIEF_TOKEN"));
	stage_signal_refused(&s, "nothing is recorded");
	rb_do(&s.b, rb_ev_record(&s.b, true, "SPC", "BRIEF_TOKEN"));
	cr_assert_eq(stage_signal(&s, true), SG_OK);
	rb_release(&s.b);
	SG_LEAKCHECK();
}

Test(handlers, after_PASS_the_signal_opens_the_next_STEP_on_the_next_file)
{
	struct stage s;
	stage_start(&s);
	rb_pass(&s.b);
	stage_signal_refused(&s, "next FILE \"goal\"");
	struct sg_event next = rb_ev_next(&s.b, "docs/x/b.md", "the next");
	next.u.next.route = "r2.yaml";
	next.u.next.profile = "p2.yaml";
	rb_do(&s.b, next);
	cr_assert_eq(stage_signal(&s, true), SG_OK, "%s", s.err.text);
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
	stage_idle(&s);
	stage_signal_refused(&s, "no signal is awaited");
	rb_do(&s.b, rb_ev_step(&s.b, "goal"));
	rb_begin(&s.b);
	stage_signal_refused(&s, "ROUTE is running");
	rb_do(&s.b, rb_ev_stop_gap(&s.b, SG_CODE_USER_STOP, "ROUTE"));
	stage_signal_refused(&s, "STOP_GAP (USER_STOP)");
	rb_do(&s.b, rb_ev_word(&s.b, SG_EVENT_STOP, "enough"));
	stage_signal_refused(&s, "no signal is awaited");
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
		stage_answers(&s, cases[i].line, cases[i].what);
	stage_answers(&s, "log SPC", SG_DO_LOG);
	cr_assert_str_eq(s.cmd.text, "SPC");
	stage_answers(&s, "dump log rows.txt", SG_DO_DUMP);
	cr_assert_str_eq(s.cmd.text, "log");
	cr_assert_str_eq(s.cmd.file, "rows.txt");
	stage_answers(&s, "diff 1 3", SG_DO_DIFF);
	cr_assert_eq(s.cmd.from, 1);
	cr_assert_eq(s.cmd.to, 3);
	stage_answers(&s, "check f.md --plan p.yaml --profile q.yaml", SG_DO_CHECK);
	cr_assert_str_eq(s.cmd.text, "f.md");
	cr_assert_str_eq(s.cmd.plan, "p.yaml");
	cr_assert_str_eq(s.cmd.profile, "q.yaml");
	static const char *const wrong[] = {"show 0", "show x", "show 3x", "show \"\"",
		"show 99999999999999999999", "diff 1 0", "diff -- -1 2"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		stage_refuses(&s, wrong[i], SG_USAGE, "expected the number of an event");
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
			if (stage_say(&s, true, all[i].line) == SG_OK &&
				s.cmd.what == SG_DO_COMMIT) {
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
