/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A: the required roles. B: the plan and the required engines. */
#include <criterion/criterion.h>
#include <string.h>

#include "gate_case.h"
#include "harness/harness.h"

Test(gate_coverage, sound_ledgers_pass)
{
	struct gate_case c;
	gate_case_init(&c);
	gate_case_judge(&c);
	gate_case_expect_pass(&c);
	cr_assert_eq(c.v.roles_ran.n, 5);
	cr_assert_eq(c.v.eng_ran.n, 2);
	cr_assert_eq(c.v.missing_roles.n + c.v.missing_eng.n + c.v.missing.n, 0);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

/* --- A0 --- */

Test(gate_coverage, A0_required_roles_that_are_absent_are_a_reason)
{
	struct gate_case c;
	gate_case_init(&c);
	c.m.shape[SG_FIELD_ID_ROUTING_REQUIRED_ROLES] = SG_SHAPE_ABSENT;
	gate_case_one(&c,
		"MARKER_NOT_CONFIRMED: A0: REQUIRED_ROLES: expected a non-empty list of texts, "
		"found absent",
		"Add REQUIRED_ROLES to the route");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_coverage, A0_required_roles_that_are_no_list_are_a_reason)
{
	struct gate_case c;
	gate_case_init(&c);
	c.m.shape[SG_FIELD_ID_ROUTING_REQUIRED_ROLES] = SG_SHAPE_WRONG;
	gate_case_one(&c,
		"MARKER_NOT_CONFIRMED: A0: REQUIRED_ROLES: expected a non-empty list of texts, "
		"found not a list of texts",
		"Add REQUIRED_ROLES to the route");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_coverage, A0_no_required_roles_at_all_are_a_reason)
{
	struct gate_case c;
	gate_case_init(&c);
	c.m.required_roles = (struct sg_strs){NULL, 0};
	c.plan.required_eng_keys = (struct sg_strs){NULL, 0};
	c.m.domain = "SYS";
	gate_case_one(&c,
		"MARKER_NOT_CONFIRMED: A0: REQUIRED_ROLES: expected a non-empty list of texts, "
		"found an empty list",
		"Add REQUIRED_ROLES to the route");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_coverage, A0_a_role_ledger_that_is_absent_is_a_reason_and_no_role_has_a_row)
{
	struct gate_case c;
	gate_case_init(&c);
	c.m.shape[SG_FIELD_ID_LEDGERS_ROLE_LEDGER] = SG_SHAPE_ABSENT;
	gate_case_judge(&c);
	cr_assert_eq(c.v.reasons.n, 6);
	gate_case_expect_among(&c,
		"MARKER_NOT_CONFIRMED: A0: ROLE_LEDGER: expected a list, found absent",
		"Add ROLE_LEDGER to LEDGERS");
	cr_assert_eq(c.v.missing_roles.n, 5);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_coverage, A0_a_role_ledger_that_is_no_list_is_a_reason)
{
	struct gate_case c;
	gate_case_init(&c);
	c.m.shape[SG_FIELD_ID_LEDGERS_ROLE_LEDGER] = SG_SHAPE_WRONG;
	gate_case_judge(&c);
	gate_case_expect_among(&c,
		"MARKER_NOT_CONFIRMED: A0: ROLE_LEDGER: expected a list, found not a list",
		"Add ROLE_LEDGER to LEDGERS");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

/* --- A1, A2 --- */

Test(gate_coverage, A1_a_required_role_without_a_row_is_a_reason)
{
	struct gate_case c;
	gate_case_init(&c);
	c.m.roles.n = 4;
	gate_case_one(&c,
		"MARKER_NOT_CONFIRMED: A1: QA: expected a row in ROLE_LEDGER, found no row",
		"Add missing ledger entry for QA");
	cr_assert_eq(c.v.tally[SG_CHECK_A1].passed, 4);
	cr_assert_eq(c.v.tally[SG_CHECK_A1].total, 5);
	cr_assert_eq(c.v.tally[SG_CHECK_A2].total, 4);
	cr_assert_str_eq(c.v.missing_roles.v[0], "QA");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_coverage, A1_a_row_without_its_name_is_no_row)
{
	struct gate_case c;
	gate_case_init(&c);
	c.roles[CASE_QA].role = "";
	c.m.required_roles = STRS("SPC", "ORC", "CTL", "VAL", "");
	gate_case_judge(&c);
	gate_case_expect_among(&c,
		"MARKER_NOT_CONFIRMED: A1: : expected a row in ROLE_LEDGER, found no row",
		"Add missing ledger entry for ");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_coverage, A2_a_role_that_failed_is_a_reason_and_nothing_more_is_asked_of_it)
{
	struct gate_case c;
	gate_case_init(&c);
	c.roles[CASE_CTL].status = SG_ROW_STATUS_FAILED;
	c.roles[CASE_CTL].status_text = "failed";
	c.roles[CASE_CTL].outputs_produced = (struct sg_strs){NULL, 0};
	gate_case_one(&c, "MARKER_NOT_CONFIRMED: A2: CTL: expected ran, found failed",
		"Run CTL: its ledger entry says failed");
	cr_assert_str_eq(c.v.missing_roles.v[0], "CTL");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_coverage, A2_a_role_is_never_excused_by_ALLOW_SKIP)
{
	struct gate_case c;
	gate_case_init(&c);
	c.profile.allow_skip = STRS("*", "QA");
	c.roles[CASE_QA].status = SG_ROW_STATUS_SKIPPED;
	c.roles[CASE_QA].status_text = "skipped";
	gate_case_one(&c, "MARKER_NOT_CONFIRMED: A2: QA: expected ran, found skipped",
		"Run QA: its ledger entry says skipped");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_coverage, A2_a_status_that_is_no_word_of_the_set_is_told_as_it_stands)
{
	struct gate_case c;
	gate_case_init(&c);
	c.roles[CASE_SPC].status = SG_ROW_STATUS_COUNT;
	c.roles[CASE_SPC].status_text = "RAN";
	gate_case_one(&c, "MARKER_NOT_CONFIRMED: A2: SPC: expected ran, found RAN",
		"Run SPC: its ledger entry says RAN");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_coverage, A2_a_row_without_a_status_did_not_run)
{
	struct gate_case c;
	gate_case_init(&c);
	c.roles[CASE_SPC].status = SG_ROW_STATUS_COUNT;
	c.roles[CASE_SPC].status_text = "";
	gate_case_one(&c, "MARKER_NOT_CONFIRMED: A2: SPC: expected ran, found no status",
		"Run SPC: its ledger entry says no status");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_coverage, of_two_rows_for_one_role_the_last_stands)
{
	struct gate_case c;
	gate_case_init(&c);
	c.roles[5] = c.roles[CASE_SPC];
	c.roles[CASE_SPC].status = SG_ROW_STATUS_FAILED;
	c.roles[CASE_SPC].status_text = "failed";
	c.m.roles.n = 6;
	gate_case_judge(&c);
	gate_case_expect_pass(&c);
	c.roles[6] = c.roles[CASE_SPC];
	c.m.roles.n = 7;
	gate_case_one(&c, "MARKER_NOT_CONFIRMED: A2: SPC: expected ran, found failed",
		"Run SPC: its ledger entry says failed");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_coverage, a_role_that_is_required_twice_counts_once)
{
	struct gate_case c;
	gate_case_init(&c);
	c.m.required_roles = STRS("SPC", "ORC", "SPC", "QA", "QA");
	c.m.roles.n = 4;
	gate_case_one(&c,
		"MARKER_NOT_CONFIRMED: A1: QA: expected a row in ROLE_LEDGER, found no row",
		"Add missing ledger entry for QA");
	cr_assert_eq(c.v.required_roles.n, 3);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

/* --- A3 --- */

Test(gate_coverage, A3_each_output_of_the_baseline_that_is_missing_is_a_reason)
{
	struct gate_case c;
	gate_case_init(&c);
	c.roles[CASE_SPC].outputs_produced = (struct sg_strs){NULL, 0};
	gate_case_judge(&c);
	cr_assert_eq(c.v.reasons.n, 2);
	gate_case_expect_among(&c,
		"MARKER_NOT_CONFIRMED: A3: BRIEF_TOKEN: expected in outputs_produced of SPC, "
		"found absent",
		"Provide BRIEF_TOKEN from SPC");
	gate_case_expect_among(&c,
		"MARKER_NOT_CONFIRMED: A3: ENGINE_PLAN_TOKEN: expected in outputs_produced of "
		"SPC, "
		"found absent",
		"Provide ENGINE_PLAN_TOKEN from SPC");
	cr_assert_eq(c.v.missing_roles.n, 0);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_coverage, A3_either_of_two_equivalent_outputs_will_do)
{
	struct gate_case c;
	gate_case_init(&c);
	c.roles[CASE_ORC].outputs_produced = STRS("ENGINE_RUN_LEDGER", "DRAFT_ARTIFACTS");
	c.roles[CASE_CTL].outputs_produced = STRS("CONTROLLED_ARTIFACTS");
	gate_case_judge(&c);
	gate_case_expect_pass(&c);
	c.roles[CASE_CTL].outputs_produced = STRS("CONTROLLED_ARTIFACTS|POLICY_REPORT");
	gate_case_one(&c,
		"MARKER_NOT_CONFIRMED: A3: CONTROLLED_ARTIFACTS|POLICY_REPORT: expected in "
		"outputs_produced of CTL, found absent",
		"Provide CONTROLLED_ARTIFACTS|POLICY_REPORT from CTL");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_coverage, A3_a_role_without_a_baseline_needs_an_output_all_the_same)
{
	struct gate_case c;
	gate_case_init(&c);
	c.m.required_roles = STRS("SPC", "ORC", "EDIT");
	c.roles[CASE_CTL].role = "EDIT";
	gate_case_judge(&c);
	gate_case_expect_pass(&c);
	c.roles[CASE_CTL].outputs_produced = (struct sg_strs){NULL, 0};
	gate_case_one(&c,
		"MARKER_NOT_CONFIRMED: A3: EDIT: expected at least one output, found none",
		"Provide an output from EDIT");
	c.roles[CASE_CTL].outputs_produced = STRS("");
	gate_case_one(&c,
		"MARKER_NOT_CONFIRMED: A3: EDIT: expected at least one output, found none",
		"Provide an output from EDIT");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_coverage, A3_the_profile_adds_to_the_baseline_and_takes_nothing_from_it)
{
	struct gate_case c;
	gate_case_init(&c);
	const struct sg_baseline more[] = {
		{"QA", STRS("DIFF|NOTES", "QA_REPORT")}, {"SPC", {NULL, 0}}};
	c.profile.baseline = (struct sg_baselines){more, 2};
	gate_case_one(&c,
		"MARKER_NOT_CONFIRMED: A3: DIFF|NOTES: expected in outputs_produced of QA, "
		"found absent",
		"Provide DIFF|NOTES from QA");
	c.roles[CASE_QA].outputs_produced = STRS("NOTES");
	gate_case_one(&c,
		"MARKER_NOT_CONFIRMED: A3: QA_REPORT: expected in outputs_produced of QA, "
		"found absent",
		"Provide QA_REPORT from QA");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_coverage, while_the_verdict_is_made_VAL_counts_as_ran_whatever_its_row_says)
{
	struct gate_case c;
	gate_case_init(&c);
	c.in.val_in_progress = true;
	c.roles[CASE_VAL] = c.roles[CASE_QA];
	c.roles[CASE_QA].role = "OTHER";
	gate_case_judge(&c);
	gate_case_expect_pass(&c);
	cr_assert_eq(c.v.roles_ran.n, 5);
	c.roles[CASE_QA].role = "VAL";
	c.roles[CASE_QA].status = SG_ROW_STATUS_FAILED;
	c.roles[CASE_QA].status_text = "failed";
	c.roles[CASE_QA].outputs_produced = (struct sg_strs){NULL, 0};
	gate_case_judge(&c);
	gate_case_expect_pass(&c);
	c.in.val_in_progress = false;
	gate_case_one(&c, "MARKER_NOT_CONFIRMED: A2: VAL: expected ran, found failed",
		"Run VAL: its ledger entry says failed");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

/* --- B1 --- */

Test(gate_coverage, B1_an_engine_ledger_that_is_absent_is_a_reason_and_ends_its_checks)
{
	struct gate_case c;
	gate_case_init(&c);
	c.m.shape[SG_FIELD_ID_LEDGERS_ENGINE_RUN_LEDGER] = SG_SHAPE_ABSENT;
	gate_case_one(&c,
		"MARKER_NOT_CONFIRMED: B1: ENGINE_RUN_LEDGER: expected a mapping, found absent",
		"Add ENGINE_RUN_LEDGER to LEDGERS");
	cr_assert_eq(c.v.tally[SG_CHECK_B2].total, 0);
	cr_assert_eq(c.v.missing_eng.n, 2);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_coverage, B1_an_engine_ledger_that_is_no_mapping_is_a_reason)
{
	struct gate_case c;
	gate_case_init(&c);
	c.m.shape[SG_FIELD_ID_LEDGERS_ENGINE_RUN_LEDGER] = SG_SHAPE_WRONG;
	gate_case_one(&c,
		"MARKER_NOT_CONFIRMED: B1: ENGINE_RUN_LEDGER: expected a mapping, found not a "
		"mapping",
		"Add ENGINE_RUN_LEDGER to LEDGERS");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_coverage, B1_entries_that_are_absent_or_no_list_are_a_reason)
{
	struct gate_case c;
	gate_case_init(&c);
	c.m.entries_shape = SG_SHAPE_ABSENT;
	gate_case_one(&c,
		"MARKER_NOT_CONFIRMED: B1: ENGINE_RUN_LEDGER.entries: expected a list, found "
		"absent",
		"Add ENGINE_RUN_LEDGER to LEDGERS");
	c.m.entries_shape = SG_SHAPE_WRONG;
	gate_case_one(&c,
		"MARKER_NOT_CONFIRMED: B1: ENGINE_RUN_LEDGER.entries: expected a list, found "
		"not a list",
		"Add ENGINE_RUN_LEDGER to LEDGERS");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

/* --- B2, B3 --- */

Test(gate_coverage, B2_a_required_engine_without_a_row_is_a_reason)
{
	struct gate_case c;
	gate_case_init(&c);
	c.m.engines.entries.n = 1;
	gate_case_one(&c,
		"ENTRYPOINT_MISSING: B2: KEY:ENG.LINKS: expected a row in ENGINE_RUN_LEDGER, "
		"found no row",
		"Add missing ledger entry for KEY:ENG.LINKS");
	cr_assert_str_eq(c.v.missing_eng.v[0], "KEY:ENG.LINKS");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_coverage, B2_the_routes_own_engines_are_required_too)
{
	struct gate_case c;
	gate_case_init(&c);
	c.m.required_eng_keys = STRS("ENG.TOC", "KEY:ENG.WORDS");
	gate_case_one(&c,
		"ENTRYPOINT_MISSING: B2: KEY:ENG.WORDS: expected a row in ENGINE_RUN_LEDGER, "
		"found no row",
		"Add missing ledger entry for KEY:ENG.WORDS");
	cr_assert_eq(c.v.required_eng_keys.n, 3);
	cr_assert_str_eq(c.v.required_eng_keys.v[0], "KEY:ENG.TOC");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_coverage, B2_a_row_may_write_its_key_without_KEY)
{
	struct gate_case c;
	gate_case_init(&c);
	c.engines[CASE_TOC].eng_key = "ENG.TOC";
	gate_case_judge(&c);
	gate_case_expect_pass(&c);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_coverage, B3_an_engine_that_failed_is_a_reason)
{
	struct gate_case c;
	gate_case_init(&c);
	c.engines[CASE_TOC].status = SG_ROW_STATUS_FAILED;
	c.engines[CASE_TOC].status_text = "failed";
	gate_case_one(&c, "ENTRYPOINT_MISSING: B3: KEY:ENG.TOC: expected ran, found failed",
		"Run KEY:ENG.TOC: its ledger entry says failed");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_coverage, B3_an_engine_that_is_skipped_passes_only_where_ALLOW_SKIP_names_it)
{
	struct gate_case c;
	gate_case_init(&c);
	c.engines[CASE_TOC].status = SG_ROW_STATUS_SKIPPED;
	c.engines[CASE_TOC].status_text = "skipped";
	gate_case_one(&c, "ENTRYPOINT_MISSING: B3: KEY:ENG.TOC: expected ran, found skipped",
		"Run KEY:ENG.TOC: its ledger entry says skipped");
	c.profile.allow_skip = STRS("ENG.T*");
	gate_case_judge(&c);
	gate_case_expect_pass(&c);
	cr_assert_eq(c.v.eng_ran.n, 1);
	cr_assert_eq(c.v.missing_eng.n, 0);
	c.in.profile = NULL;
	gate_case_judge(&c);
	cr_assert_not(c.v.pass);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_coverage, B3_leave_to_skip_does_not_excuse_a_failure)
{
	struct gate_case c;
	gate_case_init(&c);
	c.profile.allow_skip = STRS("KEY:ENG.TOC");
	c.engines[CASE_TOC].status = SG_ROW_STATUS_FAILED;
	c.engines[CASE_TOC].status_text = "failed";
	gate_case_one(&c,
		"ENTRYPOINT_MISSING: B3: KEY:ENG.TOC: expected ran or skipped, found failed",
		"Run KEY:ENG.TOC: its ledger entry says failed");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_coverage, of_two_rows_for_one_engine_the_last_stands)
{
	struct gate_case c;
	gate_case_init(&c);
	c.engines[2] = c.engines[CASE_TOC];
	c.engines[2].eng_key = "ENG.TOC";
	c.engines[2].status = SG_ROW_STATUS_FAILED;
	c.engines[2].status_text = "failed";
	c.m.engines.entries.n = 3;
	gate_case_one(&c, "ENTRYPOINT_MISSING: B3: KEY:ENG.TOC: expected ran, found failed",
		"Run KEY:ENG.TOC: its ledger entry says failed");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

/* --- B4 --- */

Test(gate_coverage, B4_an_expected_output_that_no_engine_made_is_a_reason)
{
	struct gate_case c;
	gate_case_init(&c);
	c.plan.has_expected = true;
	c.plan.expected_outputs = STRS("TOC", "WORDS", "WORDS");
	gate_case_one(&c,
		"MARKER_NOT_CONFIRMED: B4: WORDS: expected in outputs_produced of an engine "
		"that ran, "
		"found absent",
		"Provide WORDS from ORC");
	cr_assert_eq(c.v.tally[SG_CHECK_B4].total, 2);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_coverage, B4_an_output_of_an_engine_that_did_not_run_is_not_made)
{
	struct gate_case c;
	gate_case_init(&c);
	c.plan.has_expected = true;
	c.plan.expected_outputs = STRS("TOC");
	gate_case_judge(&c);
	gate_case_expect_pass(&c);
	c.profile.allow_skip = STRS("ENG.TOC");
	c.engines[CASE_TOC].status = SG_ROW_STATUS_SKIPPED;
	c.engines[CASE_TOC].status_text = "skipped";
	gate_case_one(&c,
		"MARKER_NOT_CONFIRMED: B4: TOC: expected in outputs_produced of an engine that "
		"ran, "
		"found absent",
		"Provide TOC from ORC");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_coverage, B4_a_row_that_was_superseded_makes_nothing)
{
	struct gate_case c;
	gate_case_init(&c);
	c.plan.has_expected = true;
	c.plan.expected_outputs = STRS("TOC");
	c.engines[2] = c.engines[CASE_TOC];
	c.engines[2].outputs_produced = (struct sg_strs){NULL, 0};
	c.m.engines.entries.n = 3;
	gate_case_one(&c,
		"MARKER_NOT_CONFIRMED: B4: TOC: expected in outputs_produced of an engine that "
		"ran, "
		"found absent",
		"Provide TOC from ORC");
	gate_case_release(&c);
	SG_LEAKCHECK();
}
