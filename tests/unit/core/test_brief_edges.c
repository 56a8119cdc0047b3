/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The brief where something is odd: words to be quoted, runs without this or that. */
#include <criterion/criterion.h>
#include <string.h>

#include "core/brief.h"
#include "harness/harness.h"
#include "run_builder.h"

static struct sg_brief brief_with(struct run_builder *b, const struct sg_facts *facts)
{
	const struct sg_brief_input input = {.run = &b->run, .facts = facts, .head = ""};
	struct sg_brief brief;
	cr_assert_eq(sg_brief_make(&b->arena, &input, &brief), SG_OK);
	return brief;
}

static struct sg_brief brief_of(struct run_builder *b)
{
	return brief_with(b, NULL);
}

Test(brief_edges, a_word_that_a_shell_would_read_otherwise_stands_in_quotes)
{
	static const struct {
		const char *word;
		const char *shown;
	} cases[] = {
		{"plain", "plain"},
		{"az.AZ/09_-:=@%+,", "az.AZ/09_-:=@%+,"},
		{"\xd0\xb3\xd0\xbe", "\xd0\xb3\xd0\xbe"},
		{"", "''"},
		{"two words", "'two words'"},
		{"it's", "'it'\\''s'"},
		{"a;b", "'a;b'"},
		{"a[b", "'a[b'"},
		{"a~", "'a~'"},
		{"a{b", "'a{b'"},
		{"`id`", "'`id`'"},
		{"$x", "'$x'"},
		{"a\\", "'a\\'"},
		{"*", "'*'"},
	};
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "SPC");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sg_profile profile = *b.run.profile;
		const struct sg_binding one = {.key = "SPC", .argv = STRS(cases[i].word)};
		profile.run = (struct sg_bindings){&one, 1};
		struct run_builder shown = b;
		shown.run.profile = &profile;
		cr_expect_str_eq(brief_of(&shown).next_action, cases[i].shown);
		b.arena = shown.arena;
	}
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(brief_edges, without_a_route_it_says_that_none_was_given)
{
	struct run_builder b;
	rb_init(&b);
	rb_do(&b, rb_ev_init(&b));
	struct sg_brief brief = brief_of(&b);
	cr_assert_not(brief.out);
	cr_assert_str_eq(brief.ended, "");
	struct sg_event step = rb_ev_step(&b, "a goal");
	step.u.step.route = "";
	rb_do(&b, step);
	brief = brief_of(&b);
	cr_assert(brief.out);
	cr_assert_str_eq(brief.next_action, "read and precheck (no route given yet)");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(brief_edges, without_a_profile_nothing_is_bound_and_no_gate_was_asked)
{
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "SPC");
	b.run.profile = NULL;
	const struct sg_brief brief = brief_of(&b);
	cr_assert_str_eq(brief.next_action, "not bound");
	cr_assert_eq(brief.coverage.total + brief.contract.total, 0);
	cr_assert_str_eq(brief.tier_note, "");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(brief_edges, a_phase_that_no_signal_starts_has_no_action)
{
	struct run_builder b;
	rb_start(&b);
	b.profile.cadence = SG_CADENCE_STEP;
	rb_to(&b, "SPC");
	b.run.phase = "CLOSE";
	struct sg_brief brief = brief_of(&b);
	cr_assert_str_eq(brief.next_action, "");
	cr_assert_str_eq(brief.ended, "VAL");
	b.run.phase = "OPEN";
	brief = brief_of(&b);
	cr_assert_str_eq(brief.ended, "", "nothing is before OPEN");
	b.run.phase = "NOWHERE";
	brief = brief_of(&b);
	cr_assert_str_eq(brief.next_action, "not bound", "nothing follows it");
	cr_assert_str_eq(brief.ended, "");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(brief_edges, all_that_a_failed_engine_left_is_said_to_be_incomplete)
{
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "ORC");
	rb_begin(&b);
	struct sg_event event = rb_ev_engine(&b, 0, 3);
	event.u.engine.outputs = rb_files(&b, &STRS("A", "B"));
	rb_do(&b, event);
	rb_do(&b, rb_ev_role(&b, "ORC", 0));
	const struct sg_brief brief = brief_of(&b);
	cr_assert_str_eq(brief.rows[0].name, "KEY:ENG.A");
	cr_assert_not_null(strstr(brief.rows[0].detail,
				   " -> INCOMPLETE: A aaaaaaaa, B aaaaaaaa"),
		"%s", brief.rows[0].detail);
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(brief_edges, a_role_whose_row_is_not_there_has_no_status)
{
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "ORC");
	b.run.manifest.roles.n = 0;
	const struct sg_brief brief = brief_of(&b);
	cr_assert_eq(brief.n_rows, 1);
	cr_assert_str_eq(brief.rows[0].name, "SPC");
	cr_assert_str_eq(brief.rows[0].status, "");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(brief_edges, what_is_stale_as_two_things_is_listed_once)
{
	const struct sg_fact v[] = {
		{.kind = SG_FACT_ROLE, .name = "X", .fresh = SG_FRESH_STALE},
		{.kind = SG_FACT_OUTPUT, .name = "X", .fresh = SG_FRESH_STALE},
		{.kind = SG_FACT_OUTPUT, .name = "Y", .fresh = SG_FRESH_FRESH},
	};
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "ORC");
	const struct sg_brief brief = brief_with(&b, &(struct sg_facts){v, 3});
	cr_assert_eq(brief.stale.n, 1);
	cr_assert_str_eq(brief.stale.v[0], "X");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(brief_edges, what_CONTRACT_will_refuse_is_told_before_VAL)
{
	const struct sg_demand demand = {.name = "BRIEF_TOKEN", .contains = STRS("why")};
	const struct sg_miss miss = {"the text \"why\"", "absent"};
	const struct sg_fact fact = {.kind = SG_FACT_OUTPUT,
		.name = "BRIEF_TOKEN",
		.provenance = SG_PROVENANCE_OBSERVED,
		.misses = {&miss, 1}};
	struct run_builder b;
	rb_start(&b);
	b.profile.demands = (struct sg_demands){&demand, 1};
	rb_to(&b, "ORC");
	const struct sg_brief brief = brief_with(&b, &(struct sg_facts){&fact, 1});
	cr_assert_eq(brief.misses.n, 1);
	cr_assert_str_eq(brief.misses.v[0],
		"BRIEF_TOKEN: expected the text \"why\", found absent");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(brief_edges, after_PASS_a_file_without_a_goal_is_not_signalled)
{
	struct run_builder b;
	rb_start(&b);
	rb_pass(&b);
	cr_assert_not(brief_of(&b).out);
	b.run.next_file = "docs/n.md";
	cr_assert_not(brief_of(&b).out);
	b.run.next_goal = "a goal";
	cr_assert(brief_of(&b).out);
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(brief_edges, the_next_command_is_one_that_can_be_typed)
{
	struct run_builder b;
	rb_init(&b);
	cr_expect_str_eq(sg_next_command(&b.run), "init");
	rb_do(&b, rb_ev_init(&b));
	cr_expect_str_eq(
		sg_next_command(&b.run), "step \"goal\" --file FILE --route ROUTE");
	struct sg_event step = rb_ev_step(&b, "a goal");
	step.u.step.route = "";
	rb_do(&b, step);
	cr_expect_str_eq(sg_next_command(&b.run), SG_USER_SIGNAL);
	rb_begin(&b);
	cr_expect_str_eq(sg_next_command(&b.run), "", "while it runs there is none");
	rb_do(&b, rb_ev_stop_gap(&b, SG_CODE_INPUT_ABSENT, "ROUTE"));
	cr_expect_str_eq(sg_next_command(&b.run), "route FILE");
	b.run.stop_phase = "CTL";
	cr_expect_str_eq(sg_next_command(&b.run), "resume");
	b.run.stop_phase = "ROUTE";
	b.run.route_path = "route.yaml";
	cr_expect_str_eq(sg_next_command(&b.run), "resume");
	rb_release(&b);
	SG_LEAKCHECK();
}
