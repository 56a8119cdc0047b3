/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The brief: what it shows, and a digest that is of what it shows. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "core/brief.h"
#include "harness/harness.h"
#include "run_builder.h"

#define HEAD_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HEAD_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

/* Every proof of the run as a fresh fact; v has room for them. */
static struct sg_facts fresh_facts(struct run_builder *b)
{
	const struct sg_proofs *proofs = &b->run.proofs;
	struct sg_fact *v = sg_arena_array(&b->arena, proofs->n, sizeof(*v));
	for (size_t i = 0; i < proofs->n; i++)
		v[i] = (struct sg_fact){proofs->v[i].kind, proofs->v[i].name,
			proofs->v[i].provenance, SG_FRESH_FRESH, proofs->v[i].tier, 0,
			{NULL, 0}};
	return (struct sg_facts){v, proofs->n};
}

static struct sg_brief brief_of(struct run_builder *b)
{
	const struct sg_facts facts = fresh_facts(b);
	const struct sg_brief_input input = {.run = &b->run, .facts = &facts, .head = HEAD_A};
	struct sg_brief brief;
	cr_assert_eq(sg_brief_make(&b->arena, &input, &brief), SG_OK);
	return brief;
}

Test(brief, before_the_first_phase_it_says_what_ROUTE_will_read)
{
	struct run_builder b;
	rb_start(&b);
	struct sg_brief brief = brief_of(&b);
	cr_assert(brief.out);
	cr_assert_str_eq(brief.ended, "OPEN");
	cr_assert_eq(brief.n_rows, 0);
	cr_assert_str_eq(brief.next, "ROUTE");
	cr_assert_str_eq(brief.next_action, "read and precheck route.yaml");
	cr_assert_not(brief.awaits_record);
	rb_do(&b, rb_ev_use(&b, "", "p.yaml"));
	brief = brief_of(&b);
	cr_assert_str_eq(brief.next_action, "read and precheck route.yaml with p.yaml");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(brief, it_names_the_argv_of_what_the_signal_starts)
{
	static const struct {
		const char *phase;
		const char *action;
	} cases[] = {
		{"SPC", "./roles/spc.sh"},
		{"ORC", "3 of 3 engines"},
		{"CTL", "./roles/ctl.sh --strict"},
		{"QA", "./roles/qa.sh"},
		{"PACK", "gather the contract's outputs, stepgate itself"},
		{"VAL", "both gates, stepgate itself"},
	};
	struct run_builder b;
	rb_start(&b);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rb_to(&b, cases[i].phase);
		const struct sg_brief brief = brief_of(&b);
		cr_assert_str_eq(brief.next, cases[i].phase);
		cr_assert_eq(
			strncmp(brief.next_action, cases[i].action, strlen(cases[i].action)), 0,
			"%s: %s", cases[i].phase, brief.next_action);
	}
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(brief, it_names_every_engine_with_its_argv_and_leaves_out_the_kept)
{
	struct run_builder b;
	rb_start(&b);
	b.bindings[RB_ENG_C].key = "SOMETHING";
	rb_to(&b, "ORC");
	const char *action = brief_of(&b).next_action;
	cr_assert_not_null(strstr(action, "ENG.A: ./engines/run.sh"), "%s", action);
	cr_assert_not_null(strstr(action, "ENG.B: ./engines/run.sh"));
	cr_assert_not_null(strstr(action, "ENG.C: not bound"));
	rb_begin(&b);
	rb_do(&b, rb_ev_engine(&b, 0, 0));
	rb_do(&b, rb_ev_engine(&b, 1, 1));
	rb_do(&b, rb_ev_role(&b, "ORC", 0));
	struct sg_event event = rb_ev_resume(&b, "ORC");
	event.u.resume.kept = STRS("KEY:ENG.A");
	rb_do(&b, event);
	action = brief_of(&b).next_action;
	cr_assert_eq(strncmp(action, "2 of 3 engines", 14), 0, "%s", action);
	cr_assert_null(strstr(action, "ENG.A:"));
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(brief, it_names_the_gates_that_are_bound_to_commands)
{
	struct run_builder b;
	rb_start(&b);
	b.route.required_val_keys =
		STRS(SG_VAL_COVERAGE_KEY, SG_VAL_CONTRACT_KEY, "KEY:VAL.MINE", "KEY:VAL.NONE");
	b.bindings[RB_BINDINGS] = b.bindings[RB_CTL];
	b.bindings[RB_BINDINGS].key = "VAL.MINE";
	b.profile.run.n = RB_BINDINGS + 1;
	rb_to(&b, "VAL");
	const char *action = brief_of(&b).next_action;
	cr_assert_not_null(strstr(action, "VAL.MINE: ./roles/ctl.sh --strict"), "%s", action);
	cr_assert_not_null(strstr(action, "VAL.NONE: not bound"));
	cr_assert_null(strstr(action, "COVERAGE"));
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(brief, with_CADENCE_step_it_names_every_phase_that_the_signal_runs)
{
	struct run_builder b;
	rb_start(&b);
	b.profile.cadence = SG_CADENCE_STEP;
	cr_assert_null(strstr(brief_of(&b).next_action, "then "), "ROUTE runs alone");
	rb_to(&b, "SPC");
	const char *action = brief_of(&b).next_action;
	const char *then = strstr(action, "then ");
	cr_assert_not_null(then, "%s", action);
	static const char *const names[] = {
		"ORC", "CTL: ./roles/ctl.sh --strict", "QA: ./roles/qa.sh", "PACK", "VAL"};
	for (size_t i = 0; i < 5; i++) {
		then = strstr(then, names[i]);
		cr_assert_not_null(then, "%s is not named in its place: %s", names[i], action);
	}
	cr_assert_null(strstr(action, "CLOSE"));
	rb_to(&b, "PACK");
	action = brief_of(&b).next_action;
	cr_assert_not_null(strstr(action, "then VAL"), "%s", action);
	cr_assert_null(strstr(action, "QA"));
	rb_to(&b, "VAL");
	cr_assert_null(strstr(brief_of(&b).next_action, "then "));
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(brief, with_CADENCE_step_it_names_no_phase_from_one_by_hand_on)
{
	struct run_builder b;
	rb_start(&b);
	b.profile.cadence = SG_CADENCE_STEP;
	b.profile.evidence = SG_EVIDENCE_MODE_MANUAL;
	b.bindings[RB_QA] = (struct sg_binding){.key = "QA", .manual = true};
	rb_to(&b, "SPC");
	const char *action = brief_of(&b).next_action;
	cr_assert_not_null(strstr(action, "CTL"));
	cr_assert_null(strstr(action, "QA"), "%s", action);
	cr_assert_null(strstr(action, "PACK"));
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(brief, after_a_resume_with_CADENCE_step_it_names_what_follows_too)
{
	struct run_builder b;
	rb_start(&b);
	b.profile.cadence = SG_CADENCE_STEP;
	rb_to(&b, "QA");
	rb_begin(&b);
	rb_do(&b, rb_ev_role(&b, "QA", 1));
	rb_do(&b, rb_ev_resume(&b, "QA"));
	const char *action = brief_of(&b).next_action;
	cr_assert_not_null(strstr(action, "then PACK, VAL"), "%s", action);
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(brief, it_shows_what_ran_in_the_phase_that_ended)
{
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "ORC");
	struct sg_brief brief = brief_of(&b);
	cr_assert_str_eq(brief.ended, "SPC");
	cr_assert_eq(brief.n_rows, 1);
	cr_assert_str_eq(brief.rows[0].name, "SPC");
	cr_assert_str_eq(brief.rows[0].status, "ran");
	cr_assert_str_eq(brief.rows[0].detail,
		"exit 0, 1.2 s, OBSERVED, tier none -> BRIEF_TOKEN aaaaaaaa, "
		"ENGINE_PLAN_TOKEN aaaaaaaa");
	cr_assert_eq(brief.rows[0].provenance, SG_PROVENANCE_OBSERVED);
	rb_to(&b, "CTL");
	brief = brief_of(&b);
	cr_assert_eq(brief.n_rows, 4, "three engines and ORC");
	cr_assert_str_eq(brief.rows[0].name, "KEY:ENG.A");
	cr_assert_str_eq(brief.rows[3].name, "ORC");
	cr_assert_eq(brief.engines.passed, 3);
	cr_assert_eq(brief.engines.total, 3);
	rb_to(&b, "VAL");
	brief = brief_of(&b);
	cr_assert_str_eq(brief.ended, "PACK");
	cr_assert_eq(brief.n_rows, 1);
	cr_assert_str_eq(brief.rows[0].name, "PACK_OUTPUT");
	cr_assert_str_eq(brief.rows[0].status, "present");
	cr_assert_eq(brief.contract.passed, brief.contract.total);
	cr_assert_eq(brief.coverage.passed, brief.coverage.total);
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(brief, of_a_STEP_that_stopped_it_shows_the_phase_that_stopped_and_nothing_is_awaited)
{
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "CTL");
	rb_begin(&b);
	rb_do(&b, rb_ev_role(&b, "CTL", 7));
	const struct sg_brief brief = brief_of(&b);
	cr_assert_not(brief.out);
	cr_assert_str_eq(brief.next, "");
	cr_assert_str_eq(brief.ended, "CTL");
	cr_assert_eq(brief.n_rows, 1);
	cr_assert_str_eq(brief.rows[0].status, "failed");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(brief, after_PASS_the_signal_opens_the_next_STEP_where_there_is_a_next_file)
{
	struct run_builder b;
	rb_start(&b);
	rb_pass(&b);
	struct sg_brief brief = brief_of(&b);
	cr_assert_not(brief.out);
	cr_assert_str_eq(brief.ended, "VAL");
	rb_do(&b, rb_ev_next(&b, "docs/b.md", "the next"));
	brief = brief_of(&b);
	cr_assert(brief.out);
	cr_assert_str_eq(brief.next, "STEP 0002");
	cr_assert_not_null(strstr(brief.next_action, "docs/b.md"));
	cr_assert_not_null(strstr(brief.next_action, "the next"));
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(brief, work_by_hand_that_is_not_recorded_is_awaited)
{
	struct run_builder b;
	rb_start(&b);
	b.profile.evidence = SG_EVIDENCE_MODE_MANUAL;
	b.bindings[RB_SPC] = (struct sg_binding){.key = "SPC", .manual = true};
	b.bindings[RB_ENG_B] = (struct sg_binding){.key = "ENG.B", .manual = true};
	rb_to(&b, "SPC");
	cr_assert(brief_of(&b).awaits_record);
	cr_assert_str_eq(brief_of(&b).next_action, "by hand");
	rb_do(&b, rb_ev_record(&b, false, "SPC", "BRIEF_TOKEN"));
	cr_assert(brief_of(&b).awaits_record, "started is not recorded");
	rb_do(&b, rb_ev_record(&b, true, "SPC", "BRIEF_TOKEN"));
	cr_assert_not(brief_of(&b).awaits_record);
	rb_to(&b, "ORC");
	cr_assert(brief_of(&b).awaits_record);
	rb_do(&b, rb_ev_record(&b, false, "ENG.B", "B"));
	rb_do(&b, rb_ev_record(&b, true, "KEY:ENG.B", "B"));
	cr_assert_not(brief_of(&b).awaits_record);
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(brief, it_repeats_that_nothing_guards_where_the_profile_says_SANDBOX_none)
{
	struct run_builder b;
	rb_start(&b);
	cr_assert_str_eq(brief_of(&b).tier_note, "", "no profile was read yet");
	rb_to(&b, "SPC");
	cr_assert_str_eq(brief_of(&b).tier_note, SG_TIER_NONE_NOTE);
	rb_release(&b);
	SG_LEAKCHECK();
}

/* --- the digest --- */

struct shown {
	struct run_builder b;
	struct sg_fact facts[16];
	struct sg_facts list;
	struct sg_brief_input input;
};

static const char *const changed_file[] = {"docs/a.md"};

static void shown_init(struct shown *s)
{
	rb_start(&s->b);
	s->b.profile.evidence = SG_EVIDENCE_MODE_MANUAL;
	rb_to(&s->b, "CTL");
	const struct sg_facts facts = fresh_facts(&s->b);
	cr_assert_leq(facts.n, 16);
	memcpy(s->facts, facts.v, facts.n * sizeof(*facts.v));
	s->list = (struct sg_facts){s->facts, facts.n};
	s->input = (struct sg_brief_input){.run = &s->b.run,
		.facts = &s->list,
		.head = HEAD_A,
		.changed = {changed_file, 1},
		.changed_known = true};
}

static const char *digest(struct shown *s)
{
	struct sg_brief brief;
	cr_assert_eq(sg_brief_make(&s->b.arena, &s->input, &brief), SG_OK);
	cr_assert_eq(strlen(brief.digest), 64);
	return sg_arena_str(&s->b.arena, brief.digest);
}

Test(brief, the_digest_is_the_same_as_long_as_nothing_changes)
{
	struct shown s;
	shown_init(&s);
	const char *first = digest(&s);
	cr_assert_str_eq(digest(&s), first);
	const struct sg_run copy = s.b.run;
	s.input.run = &copy;
	cr_assert_str_eq(digest(&s), first);
	s.b.run.time_ms += 5; /* not shown */
	s.input.run = &s.b.run;
	cr_assert_str_eq(digest(&s), first);
	rb_release(&s.b);
	SG_LEAKCHECK();
}

Test(brief, the_digest_changes_with_everything_that_is_shown)
{
	struct shown s;
	shown_init(&s);
	const char *first = digest(&s);

	s.input.head = HEAD_B;
	cr_assert_str_neq(digest(&s), first, "the trace grew");
	s.input.head = HEAD_A;

	for (int fresh = SG_FRESH_STALE; fresh < SG_FRESH_COUNT; fresh++)
		for (size_t i = 0; i < s.list.n; i++) {
			s.facts[i].fresh = (enum sg_fresh)fresh;
			cr_assert_str_neq(digest(&s), first, "%s", s.facts[i].name);
			s.facts[i].fresh = SG_FRESH_FRESH;
		}
	s.facts[0].provenance = SG_PROVENANCE_CLAIMED;
	cr_assert_str_neq(digest(&s), first, "a gate row less");
	s.facts[0].provenance = SG_PROVENANCE_OBSERVED;

	s.input.changed = STRS("docs/a.md", "docs/b.md");
	cr_assert_str_neq(digest(&s), first, "another file changed");
	s.input.changed = STRS("docs/b.md");
	cr_assert_str_neq(digest(&s), first);
	s.input.changed = STRS("docs/a.md");
	s.input.changed_known = false;
	cr_assert_str_neq(digest(&s), first);
	s.input.changed_known = true;

	s.input.edited_since = "CTL";
	cr_assert_str_neq(digest(&s), first, "since when");
	s.input.edited_since = NULL;
	s.input.edited = STRS("docs/a.md");
	cr_assert_str_neq(digest(&s), first, "what was edited by hand");
	s.input.edited = NO_STRS;
	s.input.programs = STRS("roles/ctl.sh changed");
	cr_assert_str_neq(digest(&s), first, "another command");
	s.input.programs = NO_STRS;

	cr_assert_str_eq(digest(&s), first, "the test did not put all back");
	rb_release(&s.b);
	SG_LEAKCHECK();
}

/* Of the run: each change alone, on a copy. */
Test(brief, the_digest_changes_with_the_run_that_is_shown)
{
	struct shown s;
	shown_init(&s);
	const char *first = digest(&s);
	struct sg_run changed = s.b.run;
	s.input.run = &changed;

	changed.phase = "QA";
	cr_assert_str_neq(digest(&s), first, "another phase is awaited");
	changed = s.b.run;

	struct sg_profile profile = *s.b.run.profile;
	struct sg_binding bindings[RB_BINDINGS];
	memcpy(bindings, profile.run.v, sizeof(bindings));
	profile.run.v = bindings;
	changed.profile = &profile;
	cr_assert_str_eq(digest(&s), first);
	bindings[RB_CTL].argv = STRS("./roles/ctl.sh", "--lax");
	cr_assert_str_neq(digest(&s), first, "another argv");
	bindings[RB_CTL].manual = true;
	cr_assert_str_neq(digest(&s), first, "by hand");
	bindings[RB_CTL] = s.b.run.profile->run.v[RB_CTL];
	profile.sandbox = SG_TIER_FULL;
	cr_assert_str_neq(digest(&s), first, "the tier's note");
	profile.sandbox = SG_TIER_NONE;
	profile.cadence = SG_CADENCE_STEP;
	cr_assert_str_neq(digest(&s), first, "more phases");
	changed = s.b.run;

	struct sg_proof proofs[16];
	memcpy(proofs, changed.proofs.v, changed.proofs.n * sizeof(proofs[0]));
	changed.proofs.v = proofs;
	cr_assert_str_eq(digest(&s), first);
	for (size_t i = 0; i < changed.proofs.n; i++)
		if (strcmp(proofs[i].name, "ORC") == 0)
			proofs[i].tier = SG_TIER_PARTIAL;
	cr_assert_str_neq(digest(&s), first, "a tier");
	changed = s.b.run;

	struct sg_role_row rows[2] = {changed.manifest.roles.v[0], changed.manifest.roles.v[1]};
	changed.manifest.roles.v = rows;
	rows[1].notes = "something else";
	cr_assert_str_neq(digest(&s), first, "a note of what ran");
	changed = s.b.run;

	cr_assert_str_eq(digest(&s), first, "the test did not put all back");
	rb_release(&s.b);
	SG_LEAKCHECK();
}

Test(brief, two_texts_side_by_side_cannot_stand_for_each_other)
{
	struct shown s;
	shown_init(&s);
	s.input.changed = STRS("ab", "c");
	const char *first = digest(&s);
	s.input.changed = STRS("a", "bc");
	cr_assert_str_neq(digest(&s), first);
	rb_release(&s.b);
	SG_LEAKCHECK();
}

Test(brief, a_brief_without_memory_is_none)
{
	struct shown s;
	struct sg_arena broken = SG_ARENA_INIT;
	struct sg_brief brief;
	shown_init(&s);
	broken.failed = true;
	cr_assert_eq(sg_brief_make(&broken, &s.input, &brief), SG_NOMEM);
	rb_release(&s.b);
	SG_LEAKCHECK();
}

Test(brief, it_names_the_walls_that_are_missing_and_those_that_stand)
{
	static const char *const missing[] = {"namespaces", "landlock", "seccomp",
		"namespaces, landlock", "namespaces, seccomp", "landlock, seccomp"};
	struct sg_profile profile = {.sandbox = SG_TIER_PARTIAL};
	struct sg_run run;
	sg_run_init(&run);
	cr_assert_str_eq(sg_tier_note(&run), "");
	run.profile = &profile;
	run.tier = SG_TIER_PARTIAL;
	for (size_t i = 0; i < SG_ARRAY_SIZE(missing); i++) {
		char first[16];
		run.walls = missing[i];
		snprintf(first, sizeof(first), "%.*s", (int)strcspn(missing[i], ","),
			missing[i]);
		const char *note = sg_tier_note(&run);
		cr_expect_eq(strncmp(note, "SANDBOX: partial - ", 19), 0, "%s", note);
		cr_expect_not_null(strstr(note, first), "%s", note);
		cr_expect_eq(strstr(note, " and ") != NULL, strchr(missing[i], ',') != NULL);
	}
	run.walls = "a wall of tomorrow";
	cr_assert_str_eq(sg_tier_note(&run), "SANDBOX: partial - walls are missing");
	run.tier = SG_TIER_FULL;
	run.walls = "";
	cr_assert_str_eq(sg_tier_note(&run), SG_TIER_FULL_NOTE);
	profile.sandbox = SG_TIER_NONE;
	cr_assert_str_eq(sg_tier_note(&run), SG_TIER_NONE_NOTE, "walls that nobody asked for");
	profile.sandbox = SG_TIER_FULL;
	run.tier = SG_TIER_PARTIAL;
	cr_assert_str_eq(sg_tier_note(&run), "", "ROUTE let nothing run");
	SG_LEAKCHECK();
}

/* --- the next command --- */

Test(brief, every_state_has_its_next_command)
{
	struct run_builder b;
	rb_init(&b);
	cr_assert_str_eq(sg_next_command(&b.run), "init");
	rb_do(&b, rb_ev_init(&b));
	cr_assert_eq(strncmp(sg_next_command(&b.run), "step ", 5), 0);
	rb_do(&b, rb_ev_step(&b, "goal"));
	cr_assert_str_eq(sg_next_command(&b.run), SG_USER_SIGNAL);
	rb_begin(&b);
	cr_assert_str_eq(sg_next_command(&b.run), "");
	rb_do(&b, rb_ev_stop_gap(&b, SG_CODE_USER_STOP, "ROUTE"));
	cr_assert_str_eq(sg_next_command(&b.run), "resume");
	b.run.route_path = "";
	cr_assert_str_eq(sg_next_command(&b.run), "route FILE");
	rb_do(&b, rb_ev_resume(&b, "ROUTE"));
	rb_pass(&b);
	cr_assert_str_eq(sg_next_command(&b.run), "next FILE \"goal\"");
	rb_do(&b, rb_ev_next(&b, "docs/b.md", "the next"));
	cr_assert_str_eq(sg_next_command(&b.run), SG_USER_SIGNAL);
	rb_release(&b);
	SG_LEAKCHECK();
}
