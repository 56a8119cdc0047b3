/* SPDX-License-Identifier: GPL-3.0-or-later */
/* D: the output contract. */
#include <criterion/criterion.h>

#include "gate_case.h"
#include "harness/harness.h"

Test(gate_contract, D0_a_contract_that_is_absent_or_empty_or_no_list_is_a_reason)
{
	struct gate_case c;
	gate_case_init(&c);
	c.m.shape[SG_FIELD_ID_ROUTING_OUTPUT_CONTRACT] = SG_SHAPE_ABSENT;
	gate_case_one(&c,
		"MARKER_NOT_CONFIRMED: D0: OUTPUT_CONTRACT: expected a non-empty list of "
		"texts, "
		"found absent",
		"Add OUTPUT_CONTRACT to the route");
	cr_assert(c.v.coverage_pass);
	cr_assert_not(c.v.contract_pass);
	cr_assert_eq(c.v.contract.n, 0);
	c.m.shape[SG_FIELD_ID_ROUTING_OUTPUT_CONTRACT] = SG_SHAPE_WRONG;
	gate_case_one(&c,
		"MARKER_NOT_CONFIRMED: D0: OUTPUT_CONTRACT: expected a non-empty list of "
		"texts, "
		"found not a list of texts",
		"Add OUTPUT_CONTRACT to the route");
	c.m.shape[SG_FIELD_ID_ROUTING_OUTPUT_CONTRACT] = SG_SHAPE_PRESENT;
	c.m.output_contract = (struct sg_strs){NULL, 0};
	gate_case_one(&c,
		"MARKER_NOT_CONFIRMED: D0: OUTPUT_CONTRACT: expected a non-empty list of "
		"texts, "
		"found an empty list",
		"Add OUTPUT_CONTRACT to the route");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_contract, D0_an_output_ledger_that_cannot_be_read_is_a_reason_and_holds_no_rows)
{
	struct gate_case c;
	gate_case_init(&c);
	c.m.shape[SG_FIELD_ID_LEDGERS_OUTPUT_LEDGER] = SG_SHAPE_WRONG;
	gate_case_judge(&c);
	cr_assert_eq(c.v.reasons.n, 4);
	gate_case_expect_among(&c,
		"MARKER_NOT_CONFIRMED: D0: OUTPUT_LEDGER: expected a list, found not a list",
		"Add OUTPUT_LEDGER to LEDGERS");
	cr_assert_eq(c.v.code, SG_CODE_MARKER_NOT_CONFIRMED);
	cr_assert_eq(c.v.missing.n, 3);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_contract, D1_a_contract_item_without_a_row_is_a_reason)
{
	struct gate_case c;
	gate_case_init(&c);
	c.m.outputs.n = 2;
	gate_case_one(&c,
		"ENTRYPOINT_MISSING: D1: PACK_OUTPUT: expected a row in OUTPUT_LEDGER, found "
		"no row",
		"Update OUTPUT_LEDGER to include: PACK_OUTPUT");
	cr_assert_str_eq(c.v.missing.v[0], "PACK_OUTPUT");
	cr_assert_eq(c.v.present.n, 2);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_contract, D2_only_the_plain_true_counts_as_present)
{
	static const char *const found[] = {"absent", "false", NULL, "not a plain true"};
	struct gate_case c;
	gate_case_init(&c);
	for (int truth = SG_TRUTH_ABSENT; truth <= SG_TRUTH_OTHER; truth++) {
		c.outputs[CASE_PACK].present = (enum sg_truth)truth;
		gate_case_judge(&c);
		if (!found[truth]) {
			gate_case_expect_pass(&c);
			continue;
		}
		const char *text = sg_arena_printf(&c.arena,
			"ENTRYPOINT_MISSING: D2: PACK_OUTPUT: expected present: true, found %s",
			found[truth]);
		gate_case_expect(&c, text, "Add missing contract output: PACK_OUTPUT");
	}
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_contract, of_two_rows_for_one_output_the_last_stands)
{
	struct gate_case c;
	gate_case_init(&c);
	c.outputs[3] = c.outputs[CASE_PACK];
	c.outputs[3].present = SG_TRUTH_FALSE;
	c.m.outputs.n = 4;
	gate_case_one(&c,
		"ENTRYPOINT_MISSING: D2: PACK_OUTPUT: expected present: true, found false",
		"Add missing contract output: PACK_OUTPUT");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_contract, while_the_verdict_is_made_VAL_REPORT_is_present_even_without_a_row)
{
	struct gate_case c;
	gate_case_init(&c);
	c.outputs[CASE_REPORT].output = "OTHER";
	gate_case_one(&c,
		"ENTRYPOINT_MISSING: D1: VAL_REPORT: expected a row in OUTPUT_LEDGER, found no "
		"row",
		"Update OUTPUT_LEDGER to include: VAL_REPORT");
	c.in.val_in_progress = true;
	gate_case_judge(&c);
	gate_case_expect_pass(&c);
	cr_assert_eq(c.v.present.n, 3);
	c.outputs[CASE_REPORT].output = "VAL_REPORT";
	c.outputs[CASE_REPORT].present = SG_TRUTH_FALSE;
	gate_case_judge(&c);
	gate_case_expect_pass(&c);
	gate_case_release(&c);
	SG_LEAKCHECK();
}
