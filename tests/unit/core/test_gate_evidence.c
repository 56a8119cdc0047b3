/* SPDX-License-Identifier: GPL-3.0-or-later */
/* E1: what counts has to be proven. */
#include <criterion/criterion.h>

#include "gate_case.h"
#include "harness/harness.h"

/* The sound case with all its evidence, in the VAL phase. */
static void proven(struct gate_case *c)
{
	gate_case_init(c);
	c->in.facts = &c->facts;
	c->in.val_in_progress = true;
}

Test(gate_evidence, E1_proven_rows_and_outputs_pass)
{
	struct gate_case c;
	proven(&c);
	gate_case_judge(&c);
	gate_case_expect_pass(&c);
	/* four roles, two engines, six baseline outputs, PACK_OUTPUT; VAL and its report not */
	cr_assert_eq(c.v.tally[SG_CHECK_E1].total, 4 + 2 + 6 + 1);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_evidence, E1_without_evidence_at_hand_is_not_asked)
{
	struct gate_case c;
	proven(&c);
	c.in.facts = NULL;
	gate_case_judge(&c);
	gate_case_expect_pass(&c);
	cr_assert_eq(c.v.tally[SG_CHECK_E1].total, 0);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_evidence, E1_a_row_without_a_fact_is_CLAIMED)
{
	struct gate_case c;
	proven(&c);
	gate_case_fact(&c, SG_FACT_ROLE, "QA")->name = "QB";
	gate_case_one(&c, "MARKER_NOT_CONFIRMED: E1: QA: expected OBSERVED, found CLAIMED",
		"Run QA again: its evidence is CLAIMED");
	cr_assert_not(c.v.coverage_pass);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_evidence, E1_no_evidence_at_all_never_passes)
{
	struct gate_case c;
	proven(&c);
	c.facts.n = 0;
	gate_case_judge(&c);
	cr_assert_eq(c.v.reasons.n, 13);
	cr_assert_eq(c.v.code, SG_CODE_MARKER_NOT_CONFIRMED);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_evidence, E1_a_claim_never_counts_even_where_work_by_hand_does)
{
	struct gate_case c;
	proven(&c);
	c.profile.evidence = SG_EVIDENCE_MODE_MANUAL;
	gate_case_fact(&c, SG_FACT_ENGINE, "KEY:ENG.TOC")->provenance = SG_PROVENANCE_CLAIMED;
	gate_case_one(&c,
		"MARKER_NOT_CONFIRMED: E1: KEY:ENG.TOC: expected OBSERVED or MANUAL, found "
		"CLAIMED",
		"Run KEY:ENG.TOC again: its evidence is CLAIMED");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_evidence, E1_work_by_hand_counts_only_where_the_profile_says_manual)
{
	struct gate_case c;
	proven(&c);
	gate_case_fact(&c, SG_FACT_ROLE, "CTL")->provenance = SG_PROVENANCE_MANUAL;
	gate_case_one(&c, "MARKER_NOT_CONFIRMED: E1: CTL: expected OBSERVED, found MANUAL",
		"Run CTL again: its evidence is MANUAL");
	c.profile.evidence = SG_EVIDENCE_MODE_MANUAL;
	gate_case_judge(&c);
	gate_case_expect_pass(&c);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_evidence, E1_an_output_that_changed_or_went_since_does_not_count_and_is_told_once)
{
	struct gate_case c;
	proven(&c);
	struct sg_fact *plan = gate_case_fact(&c, SG_FACT_OUTPUT, "ENGINE_PLAN_TOKEN");
	plan->fresh = SG_FRESH_STALE;
	gate_case_one(&c,
		"MARKER_NOT_CONFIRMED: E1: ENGINE_PLAN_TOKEN: expected FRESH, found STALE",
		"Run ENGINE_PLAN_TOKEN again: its evidence is STALE");
	plan->fresh = SG_FRESH_MISSING;
	gate_case_one(&c,
		"MARKER_NOT_CONFIRMED: E1: ENGINE_PLAN_TOKEN: expected FRESH, found MISSING",
		"Run ENGINE_PLAN_TOKEN again: its evidence is MISSING");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_evidence, E1_an_expected_output_has_to_be_proven)
{
	struct gate_case c;
	proven(&c);
	c.plan.has_expected = true;
	c.plan.expected_outputs = STRS("LINKS");
	gate_case_fact(&c, SG_FACT_OUTPUT, "LINKS")->fresh = SG_FRESH_INCOMPLETE;
	gate_case_one(&c, "MARKER_NOT_CONFIRMED: E1: LINKS: expected FRESH, found INCOMPLETE",
		"Run LINKS again: its evidence is INCOMPLETE");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_evidence, E1_a_lower_tier_than_the_profiles_does_not_count)
{
	struct gate_case c;
	proven(&c);
	for (size_t i = 0; i < c.facts.n; i++)
		c.facts_v[i].tier = SG_TIER_FULL;
	c.profile.sandbox = SG_TIER_FULL;
	gate_case_judge(&c);
	gate_case_expect_pass(&c);
	gate_case_fact(&c, SG_FACT_ROLE, "SPC")->tier = SG_TIER_PARTIAL;
	gate_case_one(&c,
		"MARKER_NOT_CONFIRMED: E1: SPC: expected tier full, found tier partial",
		"Run SPC again: its evidence is tier partial");
	c.profile.sandbox = SG_TIER_PARTIAL;
	gate_case_judge(&c);
	gate_case_expect_pass(&c);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_evidence, E1_work_by_hand_that_counts_needs_no_wall)
{
	struct gate_case c;
	proven(&c);
	for (size_t i = 0; i < c.facts.n; i++)
		c.facts_v[i].tier = SG_TIER_FULL;
	c.profile.sandbox = SG_TIER_FULL;
	c.profile.evidence = SG_EVIDENCE_MODE_MANUAL;
	struct sg_fact *by_hand = gate_case_fact(&c, SG_FACT_ROLE, "CTL");
	by_hand->provenance = SG_PROVENANCE_MANUAL;
	by_hand->tier = SG_TIER_NONE;
	gate_case_judge(&c);
	gate_case_expect_pass(&c);
	by_hand->fresh = SG_FRESH_STALE;
	gate_case_one(&c, "MARKER_NOT_CONFIRMED: E1: CTL: expected FRESH, found STALE",
		"Run CTL again: its evidence is STALE");
	by_hand->fresh = SG_FRESH_FRESH;
	by_hand->provenance = SG_PROVENANCE_OBSERVED;
	gate_case_one(&c, "MARKER_NOT_CONFIRMED: E1: CTL: expected tier full, found tier none",
		"Run CTL again: its evidence is tier none");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_evidence, E1_without_a_profile_nothing_less_than_the_full_tier_counts)
{
	struct gate_case c;
	proven(&c);
	c.in.profile = NULL;
	gate_case_judge(&c);
	gate_case_expect_among(&c,
		"MARKER_NOT_CONFIRMED: E1: SPC: expected tier full, found tier none",
		"Run SPC again: its evidence is tier none");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_evidence, E1_of_two_equivalent_outputs_one_that_is_proven_is_enough)
{
	struct gate_case c;
	proven(&c);
	c.roles[CASE_CTL].outputs_produced = STRS("CONTROLLED_ARTIFACTS", "POLICY_REPORT");
	gate_case_judge(&c);
	gate_case_expect_pass(&c);
	c.roles[CASE_CTL].outputs_produced = STRS("CONTROLLED_ARTIFACTS");
	gate_case_one(&c,
		"MARKER_NOT_CONFIRMED: E1: CONTROLLED_ARTIFACTS: expected OBSERVED, found "
		"CLAIMED",
		"Run CONTROLLED_ARTIFACTS again: its evidence is CLAIMED");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_evidence, E1_an_engine_that_was_skipped_with_leave_is_not_asked_for_proof)
{
	struct gate_case c;
	proven(&c);
	c.profile.allow_skip = STRS("ENG.LINKS");
	c.engines[CASE_LINKS].status = SG_ROW_STATUS_SKIPPED;
	gate_case_fact(&c, SG_FACT_ENGINE, "KEY:ENG.LINKS")->name = "OTHER";
	gate_case_judge(&c);
	gate_case_expect_pass(&c);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_evidence, E1_outside_of_the_VAL_phase_VAL_and_its_report_are_asked_too)
{
	struct gate_case c;
	proven(&c);
	c.in.val_in_progress = false;
	gate_case_fact(&c, SG_FACT_OUTPUT, "VAL_REPORT")->fresh = SG_FRESH_STALE;
	gate_case_one(&c, "MARKER_NOT_CONFIRMED: E1: VAL_REPORT: expected FRESH, found STALE",
		"Run VAL_REPORT again: its evidence is STALE");
	c.in.val_in_progress = true;
	gate_case_judge(&c);
	gate_case_expect_pass(&c);
	gate_case_release(&c);
	SG_LEAKCHECK();
}
