/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The gates and their trial where rows are odd: names that are empty, alternatives, no plan. */
#include <criterion/criterion.h>
#include <string.h>

#include "core/gate_internal.h"
#include "core/gate_shadow.h"
#include "gate_case.h"
#include "harness/harness.h"

static const struct sg_verdict *judged(struct gate_case *c)
{
	gate_case_judge(c);
	return &c->v;
}

Test(gate_edges, a_tier_is_said_in_words_and_one_that_is_none_is_not)
{
	cr_expect_str_eq(sg_gate_tier_said(SG_TIER_NONE), "tier none");
	cr_expect_str_eq(sg_gate_tier_said(SG_TIER_PARTIAL), "tier partial");
	cr_expect_str_eq(sg_gate_tier_said(SG_TIER_FULL), "tier full");
	cr_expect_str_eq(sg_gate_tier_said(SG_TIER_COUNT), "");
}

/* A role without a baseline of its own: any output of its does. */
static void add_role(struct gate_case *c, const char *role, const struct sg_strs *outputs)
{
	const struct sg_strs all = STRS("SPC", "ORC", "CTL", "VAL", "QA", role);
	c->m.required_roles = sg_arena_strs(&c->arena, &all);
	c->roles[5] = (struct sg_role_row){
		role, "ran", *outputs, "", "", SG_ROW_STATUS_RAN};
	c->m.roles.n = 6;
	c->facts_v[c->facts.n++] = (struct sg_fact){SG_FACT_ROLE, role,
		SG_PROVENANCE_OBSERVED, SG_FRESH_FRESH, SG_TIER_NONE, 0, {NULL, 0}};
}

Test(gate_edges, of_a_role_without_a_baseline_an_output_without_a_name_is_passed_over)
{
	struct gate_case c;
	gate_case_init(&c);
	c.in.facts = &c.facts;
	add_role(&c, "DOC", &STRS("", "TOC"));
	cr_expect(judged(&c)->pass, "%s", c.v.reasons.n ? c.v.fail_reasons.v[0] : "");
	add_role(&c, "DOC", &STRS("", ""));
	cr_expect_not(judged(&c)->pass);
	gate_case_expect_among(&c,
		"MARKER_NOT_CONFIRMED: A3: DOC: expected at least one output, found none",
		"Provide an output from DOC");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_edges, where_no_output_of_a_role_has_evidence_the_first_is_named)
{
	struct gate_case c;
	gate_case_init(&c);
	c.in.facts = &c.facts;
	add_role(&c, "DOC", &STRS("FIRST", "SECOND"));
	cr_expect_not(judged(&c)->pass);
	cr_assert_eq(c.v.reasons.n, 1);
	cr_expect_str_eq(c.v.reasons.v[0].subject, "FIRST");
	cr_expect_eq(c.v.reasons.v[0].check, SG_CHECK_E1);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

/* --- the trial --- */

/* A gate that does not see what is said of this subject. */
static bool blind_only_to_outputs;

static enum sg_rc blind_to(
	void *ctx, struct sg_arena *arena, const struct sg_gate_input *shadow, bool *ret_pass)
{
	const char *subject = ctx;
	struct sg_verdict v;
	const enum sg_rc rc = sg_verdict_judge(arena, shadow, &v);
	size_t seen = 0;
	for (size_t i = 0; rc == SG_OK && i < v.reasons.n; i++)
		seen += strcmp(v.reasons.v[i].subject, subject) != 0 ||
			(blind_only_to_outputs && v.reasons.v[i].check != SG_CHECK_A3);
	*ret_pass = seen == 0;
	return rc;
}

Test(gate_edges, an_engine_keeps_its_other_outputs_where_an_expected_one_is_taken)
{
	struct gate_case c;
	gate_case_init(&c);
	c.engines[CASE_TOC].outputs_produced = STRS("OTHER", "TOC", "THIRD");
	c.plan.has_expected = true;
	c.plan.expected_outputs = STRS("TOC", "THIRD");
	cr_assert(judged(&c)->pass);
	cr_assert_eq(sg_verdict_prove(&c.arena, &c.in, &c.v), SG_OK);
	cr_expect(c.v.pass, "%s", c.v.shadows.green);
	cr_expect_eq(c.v.shadows.red, c.v.shadows.tried);
	/* the real row is as it was */
	cr_expect_eq(c.engines[CASE_TOC].outputs_produced.n, 3);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_edges, what_is_not_there_and_what_asks_for_nothing_are_no_entries_of_CONTRACT)
{
	const struct sg_demand demands[] = {{.name = "PACK_OUTPUT", .min_bytes = 1},
		{.name = "TOC", .min_bytes = 1}, {.name = "VAL_REPORT"},
		{.name = "NOWHERE", .min_bytes = 1}};
	struct sg_shadows with_all = {.green = NULL};
	struct sg_shadows with_one = {.green = NULL};
	struct gate_case c;
	gate_case_init(&c);
	c.in.facts = &c.facts;
	c.outputs[3] = (struct sg_output_row){"TOC", "ORC", "", "", SG_TRUTH_FALSE};
	c.m.outputs.n = 4;
	c.profile.demands = (struct sg_demands){demands, 4};
	cr_assert_eq(sg_gate_shadows(&c.arena, &c.in, NULL, NULL, &with_all), SG_OK);
	c.profile.demands.n = 1;
	cr_assert_eq(sg_gate_shadows(&c.arena, &c.in, NULL, NULL, &with_one), SG_OK);
	cr_expect_eq(with_all.of, with_one.of);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_edges, without_a_plan_there_is_less_to_take)
{
	struct sg_shadows with = {.green = NULL};
	struct sg_shadows without = {.green = NULL};
	struct gate_case c;
	gate_case_init(&c);
	cr_assert_eq(sg_gate_shadows(&c.arena, &c.in, NULL, NULL, &with), SG_OK);
	c.in.plan = NULL;
	cr_assert_eq(sg_gate_shadows(&c.arena, &c.in, NULL, NULL, &without), SG_OK);
	cr_expect_eq(without.of + 2, with.of, "the plan's two engines");
	cr_expect_eq(without.red, without.tried, "every shadow lacks the plan as well");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_edges, of_a_role_without_a_baseline_any_output_is_named_as_what_is_not_missed)
{
	char blind[] = "DOC";
	struct sg_shadows found = {.green = NULL};
	struct gate_case c;
	gate_case_init(&c);
	add_role(&c, "DOC", &STRS("DOC_OUT"));
	cr_assert_eq(sg_gate_shadows(&c.arena, &c.in, blind_to, blind, &found), SG_OK);
	cr_expect_str_eq(found.green, "DOC of ROLE_LEDGER", "the first of two");
	cr_expect_eq(found.tried - found.red, 2);
	/* without the first: a gate that sees that the row is gone */
	blind_only_to_outputs = true;
	cr_assert_eq(sg_gate_shadows(&c.arena, &c.in, blind_to, blind, &found), SG_OK);
	cr_expect_str_eq(found.green, "any of outputs_produced of DOC");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_edges, a_green_shadow_without_a_name_is_an_entry)
{
	static const char *const greens[] = {NULL, ""};
	for (size_t i = 0; i < SG_ARRAY_SIZE(greens); i++) {
		const struct sg_shadows shadows = {2, 1, 2, greens[i]};
		struct gate_case c;
		gate_case_init(&c);
		cr_assert(judged(&c)->pass);
		cr_assert_eq(sg_verdict_take_shadows(&c.arena, &shadows, &c.v), SG_OK);
		cr_expect_not(c.v.pass);
		cr_expect_str_eq(c.v.reasons.v[0].subject, "an entry");
		gate_case_release(&c);
	}
	SG_LEAKCHECK();
}

/* --- demands --- */

static const char *item_of(struct sg_arena *arena, const char *text)
{
	const struct sg_demand demand = {.name = "A", .contains = STRS(text)};
	struct sg_strs items;
	cr_assert_eq(sg_demand_items(arena, &demand, &items), SG_OK);
	cr_assert_eq(items.n, 1);
	return items.v[0];
}

Test(gate_edges, a_long_text_of_a_demand_is_cut_between_two_characters)
{
	char text[128];
	struct sg_arena arena = SG_ARENA_INIT;
	memset(text, 'a', sizeof(text));
	text[100] = '\0';
	const char *plain = item_of(&arena, text);
	cr_expect_eq(strlen(plain), strlen("the text \"") + 80 + strlen("...\""));
	/* a character of two bytes lies across the cut */
	memcpy(text + 79, "\xd0\xb3", 2);
	const char *across = item_of(&arena, text);
	cr_expect_eq(strlen(across), strlen("the text \"") + 79 + strlen("...\""));
	cr_expect_null(strchr(across, '\xd0'));
	/* bytes that are no text: there is no place to cut */
	memset(text, 0x80, 100);
	cr_expect_str_eq(item_of(&arena, text), "the text \"...\"");
	sg_arena_release(&arena);
	SG_LEAKCHECK();
}
