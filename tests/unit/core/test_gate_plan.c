/* SPDX-License-Identifier: GPL-3.0-or-later */
/* B0: the plan, by itself and against the route. C: what ran and was not allowed to. */
#include <criterion/criterion.h>

#include "gate_case.h"
#include "harness/harness.h"

#define NO_LIST "expected a list of texts, found not a list of texts"

Test(gate_plan, B0_without_a_readable_plan_the_routes_own_engines_are_still_asked_for)
{
	struct gate_case c;
	gate_case_init(&c);
	c.in.plan = NULL;
	c.m.required_eng_keys = STRS("KEY:ENG.TOC", "KEY:ENG.WORDS");
	gate_case_judge(&c);
	cr_assert_eq(c.v.reasons.n, 2);
	gate_case_expect_among(&c,
		"MARKER_NOT_CONFIRMED: B0: ENGINE_PLAN_TOKEN: expected a readable plan, found "
		"none",
		"Provide ENGINE_PLAN_TOKEN from SPC");
	gate_case_expect_among(&c,
		"ENTRYPOINT_MISSING: B2: KEY:ENG.WORDS: expected a row in ENGINE_RUN_LEDGER, "
		"found no row",
		"Add missing ledger entry for KEY:ENG.WORDS");
	cr_assert_eq(c.v.code, SG_CODE_MARKER_NOT_CONFIRMED);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_plan, B0_a_plan_without_required_eng_keys_is_a_reason_even_for_SYS)
{
	struct gate_case c;
	gate_case_init(&c);
	c.plan.has_required = false;
	c.plan.required_eng_keys = (struct sg_strs){NULL, 0};
	c.m.domain = "SYS";
	gate_case_one(&c,
		"MARKER_NOT_CONFIRMED: B0: required_eng_keys: expected a list of texts, found "
		"absent",
		"Add required_eng_keys field to ENGINE_PLAN_TOKEN");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_plan, B0_required_eng_keys_that_are_no_list_are_a_reason)
{
	struct gate_case c;
	gate_case_init(&c);
	c.plan.bad_field = "required_eng_keys";
	c.plan.required_eng_keys = (struct sg_strs){NULL, 0};
	gate_case_one(&c, "MARKER_NOT_CONFIRMED: B0: required_eng_keys: " NO_LIST,
		"Add required_eng_keys field to ENGINE_PLAN_TOKEN");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_plan, B0_allowed_eng_keys_that_are_no_list_forbid_nothing_but_are_a_reason)
{
	struct gate_case c;
	gate_case_init(&c);
	c.plan.bad_field = "allowed_eng_keys";
	c.plan.has_allowed = true;
	gate_case_one(&c, "MARKER_NOT_CONFIRMED: B0: allowed_eng_keys: " NO_LIST,
		"Make allowed_eng_keys a list of texts in ENGINE_PLAN_TOKEN");
	cr_assert_eq(c.v.tally[SG_CHECK_C1].total, 0);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_plan, B0_the_routes_lists_that_cannot_be_read_are_reasons)
{
	struct gate_case c;
	gate_case_init(&c);
	c.m.shape[SG_FIELD_ID_ROUTING_REQUIRED_ENG_KEYS] = SG_SHAPE_WRONG;
	gate_case_one(&c, "MARKER_NOT_CONFIRMED: B0: REQUIRED_ENG_KEYS: " NO_LIST,
		"Add REQUIRED_ENG_KEYS to the route");
	c.m.shape[SG_FIELD_ID_ROUTING_REQUIRED_ENG_KEYS] = SG_SHAPE_ABSENT;
	gate_case_one(&c,
		"MARKER_NOT_CONFIRMED: B0: REQUIRED_ENG_KEYS: expected a list of texts, found "
		"absent",
		"Add REQUIRED_ENG_KEYS to the route");
	c.m.shape[SG_FIELD_ID_ROUTING_REQUIRED_ENG_KEYS] = SG_SHAPE_PRESENT;
	c.m.shape[SG_FIELD_ID_ROUTING_NO_GO_LIST] = SG_SHAPE_WRONG;
	gate_case_one(&c, "MARKER_NOT_CONFIRMED: B0: NO_GO_LIST: " NO_LIST,
		"Make NO_GO_LIST a list of texts in the route");
	c.m.shape[SG_FIELD_ID_ROUTING_NO_GO_LIST] = SG_SHAPE_ABSENT;
	gate_case_judge(&c);
	gate_case_expect_pass(&c);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_plan, B0_a_required_engine_that_is_not_allowed_is_a_reason_beside_C1)
{
	struct gate_case c;
	gate_case_init(&c);
	c.plan.has_allowed = true;
	c.plan.allowed_eng_keys = STRS("ENG.L*");
	gate_case_judge(&c);
	cr_assert_eq(c.v.reasons.n, 2);
	gate_case_expect_among(&c,
		"MARKER_NOT_CONFIRMED: B0: KEY:ENG.TOC: expected in allowed_eng_keys, found "
		"absent",
		"Add KEY:ENG.TOC to allowed_eng_keys");
	gate_case_expect_among(&c,
		"SCOPE_VIOLATION: C1: KEY:ENG.TOC: expected an engine of allowed_eng_keys, "
		"found ran",
		"Remove/forbid KEY:ENG.TOC (violates allowed/no-go)");
	c.plan.allowed_eng_keys = STRS("ENG.TOC", "KEY:ENG.L*");
	gate_case_judge(&c);
	gate_case_expect_pass(&c);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_plan, B0_an_allowed_list_that_is_empty_allows_nothing)
{
	struct gate_case c;
	gate_case_init(&c);
	c.plan.has_allowed = true;
	gate_case_judge(&c);
	cr_assert_eq(c.v.reasons.n, 4);
	cr_assert_eq(c.v.scope_violations.n, 2);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_plan, B0_a_required_engine_that_is_no_go_is_a_reason_for_each_list_that_says_so)
{
	struct gate_case c;
	gate_case_init(&c);
	c.plan.has_no_go = true;
	c.plan.no_go_eng_keys = STRS("ENG.T*");
	c.m.no_go_list = STRS("KEY:ENG.TOC", "ENG.LINKS", "PATH:ENG.LINKS");
	gate_case_judge(&c);
	cr_assert_eq(c.v.reasons.n, 3);
	gate_case_expect_among(&c,
		"MARKER_NOT_CONFIRMED: B0: KEY:ENG.TOC: expected not in no_go_eng_keys, found "
		"there",
		"Take KEY:ENG.TOC out of no_go_eng_keys");
	gate_case_expect_among(&c,
		"MARKER_NOT_CONFIRMED: B0: KEY:ENG.TOC: expected not in NO_GO_LIST, found "
		"there",
		"Take KEY:ENG.TOC out of NO_GO_LIST");
	gate_case_expect_among(&c,
		"SCOPE_VIOLATION: C2: KEY:ENG.TOC: expected no run of a no-go engine, found "
		"ran",
		"Remove/forbid KEY:ENG.TOC (violates allowed/no-go)");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_plan, B0_no_engines_at_all_are_for_SYS_only)
{
	struct gate_case c;
	gate_case_init(&c);
	c.plan.required_eng_keys = (struct sg_strs){NULL, 0};
	gate_case_one(&c,
		"MARKER_NOT_CONFIRMED: B0: required_eng_keys: expected at least one engine "
		"where "
		"DOMAIN is not SYS, found none",
		"Add an engine to required_eng_keys in ENGINE_PLAN_TOKEN");
	c.m.domain = "SYS";
	gate_case_judge(&c);
	gate_case_expect_pass(&c);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_plan, B0_engines_without_ORC_among_the_roles_are_a_reason)
{
	struct gate_case c;
	gate_case_init(&c);
	c.m.required_roles = STRS("SPC", "CTL", "VAL", "QA");
	gate_case_one(&c,
		"MARKER_NOT_CONFIRMED: B0: REQUIRED_ROLES: expected ORC where engines are "
		"required, "
		"found no ORC",
		"Add ORC to REQUIRED_ROLES");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_plan, alone_it_gives_the_reasons_of_B0_and_no_other)
{
	struct gate_case c;
	struct sg_reasons reasons;
	gate_case_init(&c);
	c.m.roles.n = 0;
	c.m.engines.entries.n = 0;
	cr_assert_eq(sg_gate_plan(&c.arena, &c.in, &reasons), SG_OK);
	cr_assert_eq(reasons.n, 0);
	c.m.no_go_list = STRS("KEY:ENG.TOC");
	cr_assert_eq(sg_gate_plan(&c.arena, &c.in, &reasons), SG_OK);
	cr_assert_eq(reasons.n, 1);
	cr_assert_eq(reasons.v[0].check, SG_CHECK_B0);
	cr_assert_str_eq(reasons.v[0].subject, "KEY:ENG.TOC");
	c.in.plan = NULL;
	cr_assert_eq(sg_gate_plan(&c.arena, &c.in, &reasons), SG_OK);
	cr_assert_eq(reasons.n, 1);
	cr_assert_str_eq(reasons.v[0].fix, "Provide ENGINE_PLAN_TOKEN from SPC");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_plan, the_plans_engines_come_first_and_each_once_as_first_written)
{
	struct gate_case c;
	struct sg_strs keys;
	gate_case_init(&c);
	c.plan.required_eng_keys = STRS("ENG.B", "KEY:ENG.A", "KEY:ENG.B");
	c.m.required_eng_keys = STRS("KEY:ENG.C", "ENG.A", "KEY:KEY:ENG.A");
	cr_assert_eq(sg_required_engines(&c.arena, &c.m, &c.plan, &keys), SG_OK);
	cr_assert_eq(keys.n, 4);
	cr_assert_str_eq(keys.v[0], "ENG.B");
	cr_assert_str_eq(keys.v[1], "KEY:ENG.A");
	cr_assert_str_eq(keys.v[2], "KEY:ENG.C");
	cr_assert_str_eq(keys.v[3], "KEY:KEY:ENG.A");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

/* --- C --- */

/* A third engine that nothing requires has run. */
static void stray(struct gate_case *c, const char *key)
{
	c->engines[2] = c->engines[CASE_TOC];
	c->engines[2].eng_key = key;
	c->m.engines.entries.n = 3;
}

Test(gate_scope, C1_an_engine_that_ran_outside_the_allowed_list_is_a_violation_required_or_not)
{
	struct gate_case c;
	gate_case_init(&c);
	stray(&c, "ENG.EXTRA");
	gate_case_judge(&c);
	gate_case_expect_pass(&c);
	c.plan.has_allowed = true;
	c.plan.allowed_eng_keys = STRS("KEY:ENG.TOC", "KEY:ENG.LINKS");
	gate_case_one(&c,
		"SCOPE_VIOLATION: C1: ENG.EXTRA: expected an engine of allowed_eng_keys, found "
		"ran",
		"Remove/forbid ENG.EXTRA (violates allowed/no-go)");
	cr_assert_eq(c.v.scope_violations.n, 1);
	cr_assert_eq(c.v.tally[SG_CHECK_C1].passed, 2);
	cr_assert_eq(c.v.tally[SG_CHECK_C1].total, 3);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_scope, C1_an_engine_that_did_not_run_violates_nothing)
{
	struct gate_case c;
	gate_case_init(&c);
	stray(&c, "ENG.EXTRA");
	c.engines[2].status = SG_ROW_STATUS_FAILED;
	c.plan.has_allowed = true;
	c.plan.allowed_eng_keys = STRS("KEY:ENG.TOC", "KEY:ENG.LINKS");
	gate_case_judge(&c);
	gate_case_expect_pass(&c);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_scope, C2_a_no_go_engine_that_ran_is_a_violation_by_either_list)
{
	struct gate_case c;
	gate_case_init(&c);
	stray(&c, "KEY:ENG.DELETE.ALL");
	c.plan.has_no_go = true;
	c.plan.no_go_eng_keys = STRS("ENG.DELETE.*");
	gate_case_one(&c,
		"SCOPE_VIOLATION: C2: KEY:ENG.DELETE.ALL: expected no run of a no-go engine, "
		"found ran",
		"Remove/forbid KEY:ENG.DELETE.ALL (violates allowed/no-go)");
	c.plan.has_no_go = false;
	c.plan.no_go_eng_keys = (struct sg_strs){NULL, 0};
	c.m.no_go_list = STRS("KEY:ENG.DELETE*");
	gate_case_one(&c,
		"SCOPE_VIOLATION: C2: KEY:ENG.DELETE.ALL: expected no run of a no-go engine, "
		"found ran",
		"Remove/forbid KEY:ENG.DELETE.ALL (violates allowed/no-go)");
	cr_assert_eq(c.v.code, SG_CODE_SCOPE_VIOLATION);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(gate_scope, an_engine_against_both_lists_has_two_reasons_and_one_fix)
{
	struct gate_case c;
	gate_case_init(&c);
	stray(&c, "ENG.X");
	c.plan.has_allowed = true;
	c.plan.allowed_eng_keys = STRS("ENG.TOC", "ENG.LINKS");
	c.m.no_go_list = STRS("KEY:ENG.X");
	gate_case_judge(&c);
	cr_assert_eq(c.v.reasons.n, 2);
	cr_assert_eq(c.v.fix_list.n, 1);
	cr_assert_eq(c.v.scope_violations.n, 1);
	gate_case_release(&c);
	SG_LEAKCHECK();
}
