/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ROUTE: what cannot be read, the precheck line by line, and the end of SPC (B0). */
#include <criterion/criterion.h>
#include <string.h>

#include "base/attr.h"
#include "harness/harness.h"
#include "run_builder.h"

/* Stopped at ROUTE by these reasons (without their code) and fixes; nothing else was written. */
static void expect_stop(struct run_builder *b, const char *code, const char *reasons,
	const char *fixes, const char *requirements)
{
	const struct sg_manifest *m = &b->run.manifest;
	cr_assert_eq(b->run.state, SG_STATE_STOPPED);
	cr_assert_str_eq(b->run.stop_phase, "ROUTE");
	cr_assert_str_eq(m->fail_code, code);
	cr_assert_str_eq(rb_joined(b, &m->fail_reasons), reasons);
	cr_assert_str_eq(rb_joined(b, &m->fix_list), fixes);
	cr_assert_str_eq(rb_joined(b, &m->resume_requirements), requirements);
	cr_assert_eq(m->outputs.n, 0);
	cr_assert_eq(b->run.attempts.n, 1, "a role ran");
}

static void fail_route(struct run_builder *b, enum sg_input_fault fault, const char *file,
	const char *error, bool with_route)
{
	rb_start(b);
	rb_begin(b);
	struct sg_event event = rb_ev_route(b);
	event.u.route.fault = fault;
	event.u.route.fault_file = file;
	event.u.route.error = error;
	event.u.route.route = with_route ? &b->route : NULL;
	event.u.route.profile = NULL;
	rb_do(b, event);
}

Test(reduce_route, no_route_given_is_INPUT_ABSENT)
{
	struct run_builder b;
	fail_route(&b, SG_FAULT_ABSENT, "", "", false);
	expect_stop(&b, "INPUT_ABSENT",
		"INPUT_ABSENT: ROUTE: ROUTE_TOKEN: expected a route, found none given",
		"route FILE", "Give a route: route FILE");
	cr_assert_str_eq(b.run.manifest.domain, "");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_route, a_named_file_that_is_not_there_is_FILE_NOT_FOUND)
{
	struct run_builder b;
	fail_route(&b, SG_FAULT_NOT_FOUND, "route.yaml", "", false);
	expect_stop(&b, "FILE_NOT_FOUND",
		"FILE_NOT_FOUND: ROUTE: route.yaml: expected a file, found none",
		"Provide route.yaml", "Provide route.yaml");
	cr_assert_eq(b.run.requires_list.v[0].kind, SG_REQUIRE_FILE_PRESENT);
	cr_assert_str_eq(b.run.requires_list.v[0].subject, "route.yaml");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_route, a_route_that_cannot_be_read_is_MARKER_NOT_CONFIRMED)
{
	struct run_builder b;
	fail_route(&b, SG_FAULT_UNREADABLE, "route.yaml", "line 3: no", false);
	expect_stop(&b, "MARKER_NOT_CONFIRMED",
		"MARKER_NOT_CONFIRMED: ROUTE: route.yaml: expected a readable token, found: "
		"line 3: no",
		"Mend route.yaml", "Mend route.yaml: line 3: no");
	cr_assert_eq(b.run.requires_list.v[0].kind, SG_REQUIRE_ROUTE_VALID);
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_route, a_profile_that_cannot_be_read_is_asked_for_as_the_profile)
{
	struct run_builder b;
	fail_route(&b, SG_FAULT_UNREADABLE, "profiles/PROFILE.TEST.yaml", "bad", true);
	cr_assert_str_eq(b.run.manifest.fail_code, "MARKER_NOT_CONFIRMED");
	cr_assert_eq(b.run.requires_list.v[0].kind, SG_REQUIRE_PROFILE_VALID);
	cr_assert_str_eq(b.run.manifest.domain, "MUSIC", "the route itself was read");
	rb_release(&b);
	SG_LEAKCHECK();
}

/* --- the precheck --- */

static void route_as_it_is(struct run_builder *b)
{
	rb_begin(b);
	rb_do(b, rb_ev_route(b));
}

#define MARKER "MARKER_NOT_CONFIRMED: ROUTE: "

Test(reduce_route, the_required_roles_may_not_be_empty)
{
	struct run_builder b;
	rb_start(&b);
	b.route.required_roles = NO_STRS;
	b.route.required_eng_keys = NO_STRS;
	route_as_it_is(&b);
	expect_stop(&b, "MARKER_NOT_CONFIRMED",
		MARKER "REQUIRED_ROLES: expected a non-empty list, found none",
		"Add REQUIRED_ROLES to the route", "Add REQUIRED_ROLES to the route");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_route, the_output_contract_may_not_be_empty)
{
	struct run_builder b;
	rb_start(&b);
	b.route.output_contract = NO_STRS;
	route_as_it_is(&b);
	expect_stop(&b, "MARKER_NOT_CONFIRMED",
		MARKER "OUTPUT_CONTRACT: expected a non-empty list, found none",
		"Add OUTPUT_CONTRACT to the route", "Add OUTPUT_CONTRACT to the route");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_route, both_gate_keys_are_required_with_or_without_KEY)
{
	struct run_builder b;
	rb_start(&b);
	b.route.required_val_keys = STRS("VAL.ENGINE_COVERAGE_GATE");
	route_as_it_is(&b);
	expect_stop(&b, "MARKER_NOT_CONFIRMED",
		MARKER "REQUIRED_VAL_KEYS: expected KEY:VAL.OUTPUT_CONTRACT_GATE in it, found "
		       "it missing",
		"Add KEY:VAL.OUTPUT_CONTRACT_GATE to REQUIRED_VAL_KEYS",
		"Add KEY:VAL.OUTPUT_CONTRACT_GATE to REQUIRED_VAL_KEYS");
	rb_release(&b);
	rb_start(&b);
	b.route.required_val_keys = NO_STRS;
	route_as_it_is(&b);
	cr_assert_eq(b.run.manifest.fail_reasons.n, 2);
	cr_assert_eq(b.run.manifest.resume_requirements.n, 2, "each is listed");
	rb_release(&b);
	rb_start(&b);
	b.route.required_val_keys =
		STRS("VAL.ENGINE_COVERAGE_GATE", "VAL.OUTPUT_CONTRACT_GATE");
	route_as_it_is(&b);
	cr_assert_eq(b.run.state, SG_STATE_AWAIT);
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_route, SPC_is_required)
{
	struct run_builder b;
	rb_start(&b);
	b.route.required_roles = STRS("ORC", "CTL", "QA");
	route_as_it_is(&b);
	expect_stop(&b, "MARKER_NOT_CONFIRMED",
		MARKER "REQUIRED_ROLES: expected SPC in it, found it missing",
		"Add SPC to REQUIRED_ROLES", "Add SPC to REQUIRED_ROLES");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_route, ORC_is_required_where_the_route_names_engines)
{
	struct run_builder b;
	rb_start(&b);
	b.route.required_roles = STRS("SPC", "QA");
	route_as_it_is(&b);
	expect_stop(&b, "MARKER_NOT_CONFIRMED",
		MARKER
		"REQUIRED_ROLES: expected ORC, for the route names engines, found it missing",
		"Add ORC to REQUIRED_ROLES", "Add ORC to REQUIRED_ROLES");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_route, a_phase_that_is_stepgates_own_is_no_role)
{
	static const char *const taken[] = {"PACK", "OPEN", "ROUTE", "CLOSE"};
	for (size_t i = 0; i < 4; i++) {
		struct run_builder b;
		rb_start(&b);
		b.route.required_roles = STRS("SPC", "ORC", taken[i]);
		b.bindings[RB_BINDINGS] = b.bindings[RB_QA];
		b.bindings[RB_BINDINGS].key = taken[i];
		b.profile.run.n = RB_BINDINGS + 1;
		route_as_it_is(&b);
		cr_assert_eq(b.run.state, SG_STATE_STOPPED);
		cr_assert_eq(b.run.manifest.fix_list.n, 1);
		cr_assert_not_null(strstr(b.run.manifest.fix_list.v[0], taken[i]));
		cr_assert_str_eq(b.run.stop_phase, "ROUTE");
		rb_release(&b);
	}
	SG_LEAKCHECK();
}

Test(reduce_route, NEXT_POINTER_in_the_contract_needs_next_or_the_list)
{
	const struct sg_strs contract = STRS("PACK_OUTPUT", "NEXT_POINTER");
	struct run_builder b;
	rb_start(&b);
	b.route.output_contract = contract;
	route_as_it_is(&b);
	expect_stop(&b, "MARKER_NOT_CONFIRMED",
		MARKER "NEXT_POINTER: expected `next` or steps.yaml to give it, found neither",
		"next FILE \"goal\"", "next FILE \"goal\"");
	rb_do(&b, rb_ev_next(&b, "docs/b.md", "the next"));
	rb_do(&b, rb_ev_resume(&b, "ROUTE"));
	route_as_it_is(&b);
	cr_assert_eq(b.run.state, SG_STATE_AWAIT);
	rb_release(&b);
	rb_start(&b);
	b.route.output_contract = contract;
	rb_begin(&b);
	struct sg_event event = rb_ev_route(&b);
	event.u.route.has_next = true;
	rb_do(&b, event);
	cr_assert_eq(b.run.state, SG_STATE_AWAIT);
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_route, every_role_but_ORC_and_VAL_is_bound_or_by_hand)
{
	struct run_builder b;
	rb_start(&b);
	b.bindings[RB_QA].key = "SOMETHING";
	route_as_it_is(&b);
	expect_stop(&b, "MARKER_NOT_CONFIRMED",
		MARKER "QA: expected a binding in the profile's RUN, found none",
		"Bind QA in the profile", "Bind QA in the profile");
	cr_assert_eq(b.run.requires_list.v[0].kind, SG_REQUIRE_KEY_BOUND);
	cr_assert_str_eq(b.run.requires_list.v[0].subject, "QA");
	rb_release(&b);
	rb_start(&b);
	b.profile.evidence = SG_EVIDENCE_MODE_MANUAL;
	b.bindings[RB_QA] = (struct sg_binding){.key = "QA", .manual = true};
	route_as_it_is(&b);
	cr_assert_eq(b.run.state, SG_STATE_AWAIT);
	rb_release(&b);
	SG_LEAKCHECK();
}

static void route_found(struct run_builder *b, enum sg_tier asked, enum sg_tier found,
	const char *walls)
{
	b->profile.sandbox = asked;
	rb_begin(b);
	struct sg_event event = rb_ev_route(b);
	event.u.route.tier = found;
	event.u.route.walls = walls;
	rb_do(b, event);
}

Test(reduce_route, a_profile_that_asks_for_more_walls_than_there_are_stops)
{
	static const struct {
		enum sg_tier asked, found;
		const char *walls, *reason, *fix;
	} cases[] = {
		{SG_TIER_FULL, SG_TIER_PARTIAL, "landlock",
			"ROUTE: SANDBOX: expected full, found partial: landlock is missing",
			"Set SANDBOX: partial in the profile, or see `doctor`"},
		{SG_TIER_FULL, SG_TIER_NONE, "namespaces, landlock, seccomp",
			"expected full, found none: namespaces, landlock, seccomp are missing",
			"Set SANDBOX: none in the profile, or see `doctor`"},
		{SG_TIER_PARTIAL, SG_TIER_NONE, "", "expected partial, found none",
			"Set SANDBOX: none in the profile, or see `doctor`"},
	};
	for (size_t i = 0; i < SG_ARRAY_SIZE(cases); i++) {
		struct run_builder b;
		rb_start(&b);
		route_found(&b, cases[i].asked, cases[i].found, cases[i].walls);
		const struct sg_manifest *m = &b.run.manifest;
		cr_assert_eq(b.run.state, SG_STATE_STOPPED);
		cr_assert_str_eq(m->fail_code, "MARKER_NOT_CONFIRMED");
		cr_assert_not_null(
			strstr(m->fail_reasons.v[0], cases[i].reason), "%s", m->fail_reasons.v[0]);
		cr_assert_str_eq(m->fix_list.v[0], cases[i].fix);
		cr_assert_eq(b.run.requires_list.v[0].kind, SG_REQUIRE_PROFILE_VALID);
		rb_release(&b);
	}
	SG_LEAKCHECK();
}

Test(reduce_route, a_profile_that_asks_for_no_more_walls_than_there_are_goes_on)
{
	for (unsigned asked = 0; asked < SG_TIER_COUNT; asked++)
		for (unsigned found = asked; found < SG_TIER_COUNT; found++) {
			struct run_builder b;
			rb_start(&b);
			route_found(&b, (enum sg_tier)asked, (enum sg_tier)found, "");
			cr_assert_eq(b.run.state, SG_STATE_AWAIT);
			cr_assert_eq(b.run.tier, (enum sg_tier)found);
			rb_release(&b);
		}
	SG_LEAKCHECK();
}

Test(reduce_route, every_fault_of_a_route_is_listed_with_its_requirement)
{
	struct run_builder b;
	rb_start(&b);
	b.route.required_roles = STRS("CTL");
	b.route.output_contract = NO_STRS;
	b.bindings[RB_CTL].key = "SOMETHING";
	route_as_it_is(&b);
	cr_assert_str_eq(rb_joined(&b, &b.run.manifest.fix_list),
		"Add OUTPUT_CONTRACT to the route|Add SPC to REQUIRED_ROLES|"
		"Add ORC to REQUIRED_ROLES|Bind CTL in the profile");
	cr_assert_str_eq(rb_joined(&b, &b.run.manifest.fix_list),
		rb_joined(&b, &b.run.manifest.resume_requirements));
	rb_release(&b);
	SG_LEAKCHECK();
}

/* --- the end of SPC --- */

static void plan_stops(
	struct run_builder *b, const char *reason, const char *fix, const char *phase)
{
	rb_to(b, "SPC");
	rb_phase(b);
	cr_assert_eq(b->run.state, SG_STATE_STOPPED, "%s", b->run.phase);
	cr_assert_str_eq(b->run.manifest.fail_code, "MARKER_NOT_CONFIRMED");
	cr_assert_not_null(strstr(b->run.manifest.fail_reasons.v[0], reason), "%s",
		b->run.manifest.fail_reasons.v[0]);
	cr_assert_eq(
		strncmp(b->run.manifest.fail_reasons.v[0], "MARKER_NOT_CONFIRMED: ", 22), 0);
	cr_assert_null(strstr(b->run.manifest.fail_reasons.v[0] + 22, "MARKER"));
	cr_assert_str_eq(b->run.manifest.fix_list.v[0], fix);
	cr_assert_str_eq(b->run.stop_phase, phase);
	cr_assert_eq(sg_run_attempts(&b->run, "ORC"), 0, "an engine could have run");
	cr_assert_eq(b->run.manifest.engines.entries.n, 0);
}

Test(reduce_route, a_plan_that_is_not_there_stops_before_an_engine_runs)
{
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "SPC");
	rb_begin(&b);
	struct sg_event event = rb_ev_role(&b, "SPC", 0);
	event.u.role.plan = NULL;
	event.u.role.plan_error = "plan.yaml:3:1: a list was expected";
	rb_do(&b, event);
	cr_assert_str_eq(b.run.stop_phase, "SPC");
	cr_assert_str_eq(b.run.manifest.fail_code, "MARKER_NOT_CONFIRMED");
	cr_assert_not_null(strstr(rb_joined(&b, &b.run.manifest.fail_reasons),
		"plan.yaml:3:1: a list was expected"));
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_route, a_required_engine_that_the_plan_does_not_allow_stops_SPC)
{
	struct run_builder b;
	rb_start(&b);
	b.plan.has_allowed = true;
	b.plan.allowed_eng_keys = STRS("ENG.A", "ENG.C");
	plan_stops(&b, "B0: KEY:ENG.B", "Add KEY:ENG.B to allowed_eng_keys", "SPC");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_route, an_engine_that_the_plan_forbids_itself_stops_SPC)
{
	struct run_builder b;
	rb_start(&b);
	b.plan.has_no_go = true;
	b.plan.no_go_eng_keys = STRS("ENG.A*");
	plan_stops(&b, "B0: KEY:ENG.A", "Take KEY:ENG.A out of no_go_eng_keys", "SPC");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_route, an_engine_that_the_route_both_requires_and_forbids_is_the_routes_fault)
{
	struct run_builder b;
	rb_start(&b);
	b.route.no_go_list = STRS("KEY:ENG.C");
	plan_stops(&b, "B0: KEY:ENG.C", "Take KEY:ENG.C out of NO_GO_LIST", "ROUTE");
	cr_assert_eq(b.run.requires_list.v[0].kind, SG_REQUIRE_ENGINE_GONE);
	cr_assert_str_eq(b.run.requires_list.v[0].subject, "KEY:ENG.C");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_route, no_engines_at_all_are_for_SYS_only)
{
	struct run_builder b;
	rb_start(&b);
	b.route.required_eng_keys = NO_STRS;
	b.plan.required_eng_keys = NO_STRS;
	rb_to(&b, "SPC");
	rb_phase(&b);
	cr_assert_eq(b.run.state, SG_STATE_STOPPED);
	rb_release(&b);
	rb_start(&b);
	b.route.domain = "SYS";
	b.route.required_eng_keys = NO_STRS;
	b.plan.required_eng_keys = NO_STRS;
	rb_to(&b, "SPC");
	rb_phase(&b);
	cr_assert_eq(b.run.state, SG_STATE_AWAIT);
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_route, engines_in_the_plan_without_ORC_among_the_roles_stop_SPC)
{
	struct run_builder b;
	rb_start(&b);
	b.route.required_roles = STRS("SPC", "QA");
	b.route.required_eng_keys = NO_STRS;
	plan_stops(&b, "REQUIRED_ROLES: expected ORC", "Add ORC to REQUIRED_ROLES", "ROUTE");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_route, a_plan_cannot_shrink_what_the_route_requires)
{
	struct run_builder b;
	rb_start(&b);
	b.plan.required_eng_keys = STRS("ENG.B");
	rb_to(&b, "ORC");
	cr_assert_str_eq(rb_joined(&b, &b.run.required_engines), "ENG.B|KEY:ENG.C");
	rb_release(&b);
	SG_LEAKCHECK();
}
