/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Check B0: is there an ENGINE_PLAN_TOKEN, and does it agree with itself and with the route?
 *
 * A field of the wrong shape is a reason and then counts for nothing: what could only be
 * asked of it is not asked, so that one mistake is not told twice.
 */
#include "core/gate_internal.h"

#include <string.h>

#define PLAN_FIELD_REQUIRED "required_eng_keys"

enum sg_rc sg_required_engines(struct sg_arena *arena, const struct sg_manifest *routing,
	const struct sg_plan *plan, struct sg_strs *ret)
{
	const bool by_route =
		routing->shape[SG_FIELD_ID_ROUTING_REQUIRED_ENG_KEYS] == SG_SHAPE_PRESENT;
	const bool by_plan = plan && plan->has_required;
	struct sg_strs names;

	if (!sg_names_once(arena, by_plan ? &plan->required_eng_keys : NULL,
		    by_route ? &routing->required_eng_keys : NULL, true, &names))
		return SG_NOMEM;
	*ret = names;
	return SG_OK;
}

static void plan_missing(struct sg_gate *g)
{
	sg_gate_fail(g, &(struct sg_finding){
				.check = SG_CHECK_B0,
				.code = SG_CODE_MARKER_NOT_CONFIRMED,
				.subject = "ENGINE_PLAN_TOKEN",
				.expected = {"a readable plan"},
				.found = {"none"},
				.fix = {"Provide ENGINE_PLAN_TOKEN from SPC"},
			});
}

/* A field that is absent or no list of texts. fix: up to three parts. */
static void field_wrong(struct sg_gate *g, const char *field, enum sg_shape shape,
	const char *fix_verb, const char *fix_rest)
{
	sg_gate_fail(g, &(struct sg_finding){
				.check = SG_CHECK_B0,
				.code = SG_CODE_MARKER_NOT_CONFIRMED,
				.subject = field,
				.expected = {"a list of texts"},
				.found = {sg_shape_found(shape, "not a list of texts")},
				.fix = {fix_verb, field, fix_rest},
			});
}

static void check_plan_fields(struct sg_gate *g, const struct sg_plan *plan)
{
	const char *const add = " field to ENGINE_PLAN_TOKEN";
	const char *const make = " a list of texts in ENGINE_PLAN_TOKEN";

	if (plan->has_required && !plan->bad_field) {
		sg_gate_pass(g, SG_CHECK_B0);
		return;
	}
	if (!plan->has_required)
		field_wrong(g, PLAN_FIELD_REQUIRED, SG_SHAPE_ABSENT, "Add ", add);
	if (!plan->bad_field)
		return;
	if (strcmp(plan->bad_field, PLAN_FIELD_REQUIRED) == 0)
		field_wrong(g, plan->bad_field, SG_SHAPE_WRONG, "Add ", add);
	else
		field_wrong(g, plan->bad_field, SG_SHAPE_WRONG, "Make ", make);
}

static void check_route_fields(struct sg_gate *g)
{
	const enum sg_shape engines = sg_gate_shape(g, SG_FIELD_ID_ROUTING_REQUIRED_ENG_KEYS);
	const enum sg_shape no_go = sg_gate_shape(g, SG_FIELD_ID_ROUTING_NO_GO_LIST);

	if (engines != SG_SHAPE_PRESENT)
		field_wrong(g, "REQUIRED_ENG_KEYS", engines, "Add ", " to the route");
	/* the seed has NO_GO_LIST among its optional inputs: absent is nothing forbidden */
	if (no_go == SG_SHAPE_WRONG)
		field_wrong(g, "NO_GO_LIST", no_go, "Make ", " a list of texts in the route");
}

static void engine_forbidden(struct sg_gate *g, const char *key, const char *list)
{
	sg_gate_reason(g, &(struct sg_finding){
				  .check = SG_CHECK_B0,
				  .code = SG_CODE_MARKER_NOT_CONFIRMED,
				  .subject = key,
				  .expected = {"not in ", list},
				  .found = {"there"},
				  .fix = {"Take ", key, " out of ", list},
			  });
}

/* One subject, up to three reasons. */
static void check_engine(struct sg_gate *g, const char *key)
{
	const bool allowed = !g->has_allowed || sg_key_set_has(&g->allowed, key);
	const bool plan_forbids = sg_key_set_has(&g->no_go_plan, key);
	const bool route_forbids = sg_key_set_has(&g->no_go_route, key);

	if (!allowed)
		sg_gate_reason(g, &(struct sg_finding){
					  .check = SG_CHECK_B0,
					  .code = SG_CODE_MARKER_NOT_CONFIRMED,
					  .subject = key,
					  .expected = {"in allowed_eng_keys"},
					  .found = {"absent"},
					  .fix = {"Add ", key, " to allowed_eng_keys"},
				  });
	if (plan_forbids)
		engine_forbidden(g, key, "no_go_eng_keys");
	if (route_forbids)
		engine_forbidden(g, key, "NO_GO_LIST");
	g->tally[SG_CHECK_B0].total++;
	g->tally[SG_CHECK_B0].passed += allowed && !plan_forbids && !route_forbids;
}

/* No engines at all is for DOMAIN SYS only; asked where both lists could be read. */
static void check_no_engines(struct sg_gate *g)
{
	const struct sg_plan *plan = g->input->plan;

	if (!plan || !sg_plan_usable(plan, plan->has_required, &plan->required_eng_keys) ||
		sg_gate_shape(g, SG_FIELD_ID_ROUTING_REQUIRED_ENG_KEYS) != SG_SHAPE_PRESENT)
		return;
	if (strcmp(g->m->domain, "SYS") == 0) {
		sg_gate_pass(g, SG_CHECK_B0);
		return;
	}
	sg_gate_fail(
		g, &(struct sg_finding){
			   .check = SG_CHECK_B0,
			   .code = SG_CODE_MARKER_NOT_CONFIRMED,
			   .subject = PLAN_FIELD_REQUIRED,
			   .expected = {"at least one engine where DOMAIN is not SYS"},
			   .found = {"none"},
			   .fix = {"Add an engine to required_eng_keys in ENGINE_PLAN_TOKEN"},
		   });
}

/* Engines are run by ORC. */
static void check_orc(struct sg_gate *g)
{
	if (sg_gate_shape(g, SG_FIELD_ID_ROUTING_REQUIRED_ROLES) != SG_SHAPE_PRESENT)
		return;
	if (sg_strs_has(&g->roles.names, "ORC")) {
		sg_gate_pass(g, SG_CHECK_B0);
		return;
	}
	sg_gate_fail(g, &(struct sg_finding){
				.check = SG_CHECK_B0,
				.code = SG_CODE_MARKER_NOT_CONFIRMED,
				.subject = "REQUIRED_ROLES",
				.expected = {"ORC where engines are required"},
				.found = {"no ORC"},
				.fix = {"Add ORC to REQUIRED_ROLES"},
			});
}

void sg_gate_check_plan(struct sg_gate *g)
{
	if (g->input->plan) {
		sg_gate_pass(g, SG_CHECK_B0);
		check_plan_fields(g, g->input->plan);
	} else {
		plan_missing(g);
	}
	check_route_fields(g);
	for (size_t i = 0; i < g->engines.names.n; i++)
		check_engine(g, g->engines.names.v[i]);
	if (g->engines.names.n > 0)
		check_orc(g);
	else
		check_no_engines(g);
}

enum sg_rc sg_gate_plan(
	struct sg_arena *arena, const struct sg_gate_input *input, struct sg_reasons *ret)
{
	struct sg_gate g;
	const struct sg_findings *found = &g.findings[SG_CHECK_B0];

	sg_gate_begin(&g, arena, input);
	sg_gate_check_plan(&g);
	struct sg_reason *v = sg_arena_array(arena, found->n, sizeof(*v));
	const enum sg_rc rc = sg_gate_failed(&g) ? SG_NOMEM : SG_OK;
	if (rc == SG_OK) {
		if (found->n > 0)
			memcpy(v, found->v, found->n * sizeof(*v));
		*ret = (struct sg_reasons){v, found->n};
	}
	sg_gate_end(&g);
	return rc;
}
