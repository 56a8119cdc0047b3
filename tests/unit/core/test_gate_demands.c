/* SPDX-License-Identifier: GPL-3.0-or-later */
/* D3: what CONTRACT demands, from the findings in the facts; and where nobody could look. */
#include <criterion/criterion.h>

#include "gate_case.h"
#include "harness/harness.h"

static const struct sg_demand wanted[] = {
	{.name = "PACK_OUTPUT", .min_bytes = 100, .yaml = true},
	{.name = "TOC", .json = true},
};

/* Evidence of all, and a line of CONTRACT for one item and for an output beside them. */
static struct sg_fact *demand_case(struct gate_case *c)
{
	gate_case_init(c);
	c->in.facts = &c->facts;
	c->profile.demands = (struct sg_demands){wanted, 2};
	c->outputs[3] = c->outputs[CASE_PACK];
	c->outputs[3].output = "TOC";
	c->m.outputs.n = 4;
	return gate_case_fact(c, SG_FACT_OUTPUT, "PACK_OUTPUT");
}

Test(gate_demands, what_is_met_is_counted_and_named_by_nobody)
{
	struct gate_case c;
	demand_case(&c);
	gate_case_judge(&c);
	gate_case_expect_pass(&c);
	cr_expect_eq(c.v.tally[SG_CHECK_D3].total, 3);
	cr_expect_eq(c.v.tally[SG_CHECK_D3].passed, 3);
	cr_expect_eq(c.v.not_checked.n, 0);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_demands, a_miss_is_a_missing_entry_point_with_what_was_found)
{
	static const struct sg_miss miss = {"at least 100 bytes", "12 bytes"};
	struct gate_case c;
	demand_case(&c)->misses = (struct sg_misses){&miss, 1};
	gate_case_one(&c,
		"ENTRYPOINT_MISSING: D3: PACK_OUTPUT: expected at least 100 bytes, found 12 "
		"bytes",
		"Mend PACK_OUTPUT: at least 100 bytes");
	cr_expect_not(c.v.contract_pass);
	cr_expect(c.v.coverage_pass);
	cr_expect_eq(c.v.tally[SG_CHECK_D3].passed, 2);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_demands, an_output_that_the_contract_does_not_name_is_held_to_its_line_too)
{
	static const struct sg_miss miss = {"JSON", "something else at byte 1"};
	struct gate_case c;
	demand_case(&c);
	gate_case_fact(&c, SG_FACT_OUTPUT, "TOC")->misses = (struct sg_misses){&miss, 1};
	gate_case_one(&c,
		"ENTRYPOINT_MISSING: D3: TOC: expected JSON, found something else at byte 1",
		"Mend TOC: JSON");
	gate_case_release(&c);
}

Test(gate_demands, what_nobody_could_look_into_meets_nothing)
{
	struct gate_case c;
	struct sg_fact *fact = demand_case(&c);
	fact->fresh = SG_FRESH_STALE;
	gate_case_judge(&c);
	gate_case_expect_among(&c,
		"ENTRYPOINT_MISSING: D3: PACK_OUTPUT: expected YAML, found STALE",
		"Mend PACK_OUTPUT: YAML");
	cr_expect_eq(c.v.tally[SG_CHECK_D3].passed, 1);
	fact->fresh = SG_FRESH_FRESH;
	fact->provenance = SG_PROVENANCE_CLAIMED;
	gate_case_judge(&c);
	gate_case_expect_among(&c,
		"ENTRYPOINT_MISSING: D3: PACK_OUTPUT: expected at least 100 bytes, found "
		"CLAIMED",
		"Mend PACK_OUTPUT: at least 100 bytes");
	gate_case_release(&c);
}

Test(gate_demands, an_absent_output_is_asked_for_once_by_D1_or_listed_as_not_there)
{
	struct gate_case c;
	demand_case(&c);
	c.outputs[CASE_PACK].output = c.outputs[3].output = "OTHER";
	gate_case_one(&c,
		"ENTRYPOINT_MISSING: D1: PACK_OUTPUT: expected a row in OUTPUT_LEDGER, found no "
		"row",
		"Update OUTPUT_LEDGER to include: PACK_OUTPUT");
	cr_assert_eq(c.v.not_checked.n, 1);
	cr_expect_str_eq(c.v.not_checked.v[0], "CONTRACT: TOC: no such output");
	gate_case_release(&c);
}

Test(gate_demands, without_evidence_they_are_listed_as_not_checked)
{
	static const char *const lines[] = {"CONTRACT: PACK_OUTPUT: at least 100 bytes",
		"CONTRACT: PACK_OUTPUT: YAML", "CONTRACT: TOC: JSON"};
	struct gate_case c;
	demand_case(&c);
	c.in.facts = NULL;
	gate_case_judge(&c);
	gate_case_expect_pass(&c);
	cr_expect_eq(c.v.tally[SG_CHECK_D3].total, 0);
	cr_assert_eq(c.v.not_checked.n, SG_ARRAY_SIZE(lines));
	for (size_t i = 0; i < SG_ARRAY_SIZE(lines); i++)
		cr_expect_str_eq(c.v.not_checked.v[i], lines[i]);
	gate_case_release(&c);
}

Test(gate_demands, items_are_worded_in_their_order_visible_and_cut)
{
	static const char *const texts[] = {"a \"b\"\nc",
		"ЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖ"};
	const struct sg_demand d = {.name = "X",
		.min_bytes = 1,
		.contains = {texts, 2},
		.headings = {texts, 1},
		.yaml = true,
		.json = true};
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_strs items;
	cr_assert_eq(sg_demand_items(&arena, &d, &items), SG_OK);
	cr_assert_eq(items.n, 6);
	cr_assert_eq(sg_demand_count(&d), 6);
	cr_expect_str_eq(items.v[0], "at least 1 byte");
	cr_expect_str_eq(items.v[1], "the text \"a \"b\"<U+000A>c\"");
	cr_expect_str_eq(items.v[2],
		"the text \"ЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖ...\"");
	cr_expect_str_eq(items.v[3], "the heading \"a \"b\"<U+000A>c\"");
	cr_expect_str_eq(items.v[5], "JSON");
	sg_arena_release(&arena);
	SG_LEAKCHECK();
}
