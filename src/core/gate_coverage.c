/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * KEY:VAL.ENGINE_COVERAGE_GATE: A (roles), B1 to B4 (engines), C (scope). B0 is in gate_plan.c,
 * E1 in gate_evidence.c.
 */
#include "core/gate_internal.h"

#include <string.h>

/* --- baselines --- */

static const struct sg_baseline seed_baselines[] = {
	{"SPC", {(const char *const[]){"BRIEF_TOKEN", "ENGINE_PLAN_TOKEN"}, 2}},
	{"ORC", {(const char *const[]){
			 "ENGINE_RUN_LEDGER", "ENG_OUTPUTS_TOKEN|DRAFT_ARTIFACTS"},
			2}},
	{"CTL", {(const char *const[]){"CONTROLLED_ARTIFACTS|POLICY_REPORT"}, 1}},
	{"VAL", {(const char *const[]){"VAL_REPORT"}, 1}},
	{"QA", {(const char *const[]){"QA_REPORT"}, 1}},
};

static void add_baseline(
	struct sg_strs_builder *items, const struct sg_baselines *all, const char *role)
{
	for (size_t i = 0; i < all->n; i++) {
		if (strcmp(all->v[i].role, role) != 0)
			continue;
		for (size_t j = 0; j < all->v[i].outputs.n; j++)
			sg_strs_builder_add(items, all->v[i].outputs.v[j]);
	}
}

enum sg_rc sg_role_baseline(struct sg_arena *arena, const char *role,
	const struct sg_profile *profile, struct sg_strs *ret)
{
	const struct sg_baselines seed = {seed_baselines, SG_ARRAY_SIZE(seed_baselines)};
	struct sg_strs_builder items;

	sg_strs_builder_init(&items, arena);
	add_baseline(&items, &seed, role);
	if (profile)
		add_baseline(&items, &profile->baseline, role);
	const struct sg_strs all = sg_strs_builder_list(&items);
	struct sg_strs once;
	if (!sg_names_once(arena, &all, NULL, false, &once) || sg_arena_failed(arena))
		return SG_NOMEM;
	*ret = once;
	return SG_OK;
}

static bool has_name(const struct sg_strs *outputs, const char *name, size_t n_bytes)
{
	for (size_t i = 0; i < outputs->n; i++) {
		if (strncmp(outputs->v[i], name, n_bytes) == 0 &&
			outputs->v[i][n_bytes] == '\0')
			return true;
	}
	return false;
}

bool sg_baseline_met(const struct sg_strs *outputs, const char *item)
{
	for (;;) {
		const char *end = strchrnul(item, '|');
		if (has_name(outputs, item, (size_t)(end - item)))
			return true;
		if (*end == '\0')
			return false;
		item = end + 1;
	}
}

/* --- A: the required roles --- */

struct sg_strs sg_gate_role_outputs(struct sg_gate *g, size_t i)
{
	static const char *const report[] = {SG_OUTPUT_VAL_REPORT};
	const struct sg_strs own = {report, 1};
	const struct sg_role_row *row = sg_gate_role_row(g, i);
	struct sg_strs all = row ? row->outputs_produced : (struct sg_strs){NULL, 0};

	if (sg_gate_is_val(g, g->roles.names.v[i]))
		g->failed = !sg_names_once(g->arena, &all, &own, false, &all) || g->failed;
	return all;
}

/* A3 of a role that has no baseline. An output without a name is none. */
static bool has_any_output(const struct sg_strs *outputs)
{
	for (size_t i = 0; i < outputs->n; i++) {
		if (outputs->v[i][0] != '\0')
			return true;
	}
	return false;
}

static void output_missing(struct sg_gate *g, const char *role, const char *item)
{
	sg_gate_fail(g, &(struct sg_finding){
				.check = SG_CHECK_A3,
				.code = SG_CODE_MARKER_NOT_CONFIRMED,
				.subject = item,
				.expected = {"in outputs_produced of ", role},
				.found = {"absent"},
				.fix = {"Provide ", item, " from ", role},
			});
}

static void check_role_outputs(struct sg_gate *g, size_t i)
{
	const char *role = g->roles.names.v[i];
	const struct sg_strs outputs = sg_gate_role_outputs(g, i);
	struct sg_strs items;

	if (sg_role_baseline(g->arena, role, g->input->profile, &items) != SG_OK) {
		g->failed = true;
		return;
	}
	for (size_t j = 0; j < items.n; j++) {
		if (sg_baseline_met(&outputs, items.v[j]))
			sg_gate_pass(g, SG_CHECK_A3);
		else
			output_missing(g, role, items.v[j]);
	}
	if (items.n > 0)
		return;
	if (has_any_output(&outputs))
		sg_gate_pass(g, SG_CHECK_A3);
	else
		sg_gate_fail(g, &(struct sg_finding){
					.check = SG_CHECK_A3,
					.code = SG_CODE_MARKER_NOT_CONFIRMED,
					.subject = role,
					.expected = {"at least one output"},
					.found = {"none"},
					.fix = {"Provide an output from ", role},
				});
}

/* What did not run has no outputs to ask for: A1 and A2 end a role's checks. */
static void check_role(struct sg_gate *g, size_t i)
{
	const char *role = g->roles.names.v[i];
	const struct sg_role_row *row = sg_gate_role_row(g, i);
	const char *said = row ? sg_status_said(row->status_text) : "";

	if (!row && !sg_gate_is_val(g, role)) {
		sg_gate_fail(g, &(struct sg_finding){
					.check = SG_CHECK_A1,
					.code = SG_CODE_MARKER_NOT_CONFIRMED,
					.subject = role,
					.expected = {"a row in ROLE_LEDGER"},
					.found = {"no row"},
					.fix = {"Add missing ledger entry for ", role},
				});
		return;
	}
	sg_gate_pass(g, SG_CHECK_A1);
	if (!sg_gate_role_ran(g, i)) {
		sg_gate_fail(g, &(struct sg_finding){
					.check = SG_CHECK_A2,
					.code = SG_CODE_MARKER_NOT_CONFIRMED,
					.subject = role,
					.expected = {"ran"},
					.found = {said},
					.fix = {"Run ", role, ": its ledger entry says ", said},
				});
		return;
	}
	sg_gate_pass(g, SG_CHECK_A2);
	check_role_outputs(g, i);
}

void sg_gate_check_roles(struct sg_gate *g)
{
	sg_gate_list_and_ledger(g, SG_CHECK_A0, SG_FIELD_ID_ROUTING_REQUIRED_ROLES,
		&g->m->required_roles, SG_FIELD_ID_LEDGERS_ROLE_LEDGER);
	for (size_t i = 0; i < g->roles.names.n; i++)
		check_role(g, i);
}

/* --- B: the required engines --- */

static void ledger_wrong(
	struct sg_gate *g, const char *subject, const char *expected, const char *found)
{
	sg_gate_fail(g, &(struct sg_finding){
				.check = SG_CHECK_B1,
				.code = SG_CODE_MARKER_NOT_CONFIRMED,
				.subject = subject,
				.expected = {expected},
				.found = {found},
				.fix = {"Add ENGINE_RUN_LEDGER to LEDGERS"},
			});
}

static void check_engine_ledger(struct sg_gate *g)
{
	const enum sg_shape ledger = sg_gate_shape(g, SG_FIELD_ID_LEDGERS_ENGINE_RUN_LEDGER);
	const enum sg_shape entries = (enum sg_shape)g->m->entries_shape;

	if (ledger != SG_SHAPE_PRESENT)
		ledger_wrong(g, "ENGINE_RUN_LEDGER", "a mapping",
			sg_shape_found(ledger, "not a mapping"));
	else if (entries != SG_SHAPE_PRESENT)
		ledger_wrong(g, "ENGINE_RUN_LEDGER.entries", "a list",
			sg_shape_found(entries, "not a list"));
	else
		sg_gate_pass(g, SG_CHECK_B1);
}

/* B2 and B3 */
static void check_engine(struct sg_gate *g, size_t i)
{
	const char *key = g->engines.names.v[i];
	const struct sg_engine_row *row = sg_gate_engine_row(g, i);

	if (!row) {
		sg_gate_fail(g, &(struct sg_finding){
					.check = SG_CHECK_B2,
					.code = SG_CODE_ENTRYPOINT_MISSING,
					.subject = key,
					.expected = {"a row in ENGINE_RUN_LEDGER"},
					.found = {"no row"},
					.fix = {"Add missing ledger entry for ", key},
				});
		return;
	}
	sg_gate_pass(g, SG_CHECK_B2);
	if (row->status == SG_ROW_STATUS_RAN || sg_gate_engine_skipped(g, i)) {
		sg_gate_pass(g, SG_CHECK_B3);
		return;
	}
	const char *said = sg_status_said(row->status_text);
	sg_gate_fail(
		g, &(struct sg_finding){
			   .check = SG_CHECK_B3,
			   .code = SG_CODE_ENTRYPOINT_MISSING,
			   .subject = key,
			   .expected = {sg_key_set_has(&g->allow_skip, key) ? "ran or skipped"
									    : "ran"},
			   .found = {said},
			   .fix = {"Run ", key, ": its ledger entry says ", said},
		   });
}

bool sg_gate_engine_skipped(const struct sg_gate *g, size_t i)
{
	const struct sg_engine_row *row = sg_gate_engine_row(g, i);

	return row && row->status == SG_ROW_STATUS_SKIPPED &&
	       sg_key_set_has(&g->allow_skip, g->engines.names.v[i]);
}

/* Marks what the standing rows of engines that ran have made: one look at each output. */
static void mark_made(struct sg_gate *g, const struct sg_strs *expected, unsigned char *made)
{
	const struct sg_engine_rows *entries = &g->m->engines.entries;

	const bool first = g->wanted.count == 0;

	for (size_t i = 0; first && i < expected->n; i++)
		sg_table_put(&g->wanted, expected->v[i], i);
	for (size_t i = 0; i < entries->n; i++) {
		const struct sg_engine_row *row = &entries->v[i];
		if (row->status != SG_ROW_STATUS_RAN || !sg_gate_engine_stands(g, i))
			continue;
		for (size_t j = 0; j < row->outputs_produced.n; j++) {
			const size_t at = sg_table_get(&g->wanted, row->outputs_produced.v[j]);
			if (at != SG_TABLE_NONE)
				made[at] = 1;
		}
	}
	g->failed = g->failed || g->wanted.failed;
}

void sg_gate_check_expected(
	struct sg_gate *g, const struct sg_strs *expected, unsigned char *made)
{
	if (expected->n == 0 || !sg_gate_entries_are_list(g))
		return;
	mark_made(g, expected, made);
	for (size_t i = 0; i < expected->n; i++) {
		if (made[i]) {
			sg_gate_pass(g, SG_CHECK_B4);
			continue;
		}
		sg_gate_fail(
			g, &(struct sg_finding){
				   .check = SG_CHECK_B4,
				   .code = SG_CODE_MARKER_NOT_CONFIRMED,
				   .subject = expected->v[i],
				   .expected = {"in outputs_produced of an engine that ran"},
				   .found = {"absent"},
				   .fix = {"Provide ", expected->v[i], " from ORC"},
			   });
	}
}

void sg_gate_check_engines(struct sg_gate *g)
{
	check_engine_ledger(g);
	for (size_t i = 0; sg_gate_entries_are_list(g) && i < g->engines.names.n; i++)
		check_engine(g, i);
}

/* --- C: every engine that ran, required or not --- */

static void out_of_scope(
	struct sg_gate *g, enum sg_check check, const char *key, const char *expected)
{
	sg_gate_fail(g, &(struct sg_finding){
				.check = check,
				.code = SG_CODE_SCOPE_VIOLATION,
				.subject = key,
				.expected = {expected},
				.found = {"ran"},
				.fix = {"Remove/forbid ", key, " (violates allowed/no-go)"},
			});
}

/* True if the engine may have run. */
static bool check_scope_of(struct sg_gate *g, const char *key)
{
	const bool allowed = !g->has_allowed || sg_key_set_has(&g->allowed, key);
	const bool forbidden =
		sg_key_set_has(&g->no_go_plan, key) || sg_key_set_has(&g->no_go_route, key);

	if (!allowed)
		out_of_scope(g, SG_CHECK_C1, key, "an engine of allowed_eng_keys");
	else if (g->has_allowed)
		sg_gate_pass(g, SG_CHECK_C1);
	if (forbidden)
		out_of_scope(g, SG_CHECK_C2, key, "no run of a no-go engine");
	else
		sg_gate_pass(g, SG_CHECK_C2);
	return allowed && !forbidden;
}

void sg_gate_check_scope(struct sg_gate *g, struct sg_strs *ret_violations)
{
	const struct sg_engine_rows *entries = &g->m->engines.entries;
	struct sg_strs_builder violations;

	sg_strs_builder_init(&violations, g->arena);
	for (size_t i = 0; sg_gate_entries_are_list(g) && i < entries->n; i++) {
		if (entries->v[i].status != SG_ROW_STATUS_RAN || !sg_gate_engine_stands(g, i))
			continue;
		if (!check_scope_of(g, entries->v[i].eng_key))
			sg_strs_builder_add(&violations, entries->v[i].eng_key);
	}
	*ret_violations = sg_strs_builder_list(&violations);
}
