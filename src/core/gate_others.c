/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The gates of REQUIRED_VAL_KEYS that are bound to commands (G1), and the list of what the
 * route and the profile ask for and nothing looks at.
 */
#include "core/gate_internal.h"
#include "core/scope.h"

#include <string.h>

static void gate_reason(struct sg_gate *g, enum sg_code code, const char *key,
	const char *expected, const char *found, const char *const fix[3])
{
	sg_gate_reason(g, &(struct sg_finding){
				  .check = SG_CHECK_G1,
				  .code = code,
				  .subject = key,
				  .expected = {expected},
				  .found = {found},
				  .fix = {fix[0], fix[1], fix[2]},
			  });
}

/* One reason for each line that the command gave, or one that says only that it failed. */
static void gate_failed(struct sg_gate *g, const char *key, const struct sg_strs *lines)
{
	const char *const fix[3] = {"Meet ", key, NULL};

	for (size_t i = 0; i < lines->n; i++)
		gate_reason(g, SG_CODE_MARKER_NOT_CONFIRMED, key, "pass", lines->v[i], fix);
	if (lines->n == 0)
		gate_reason(g, SG_CODE_MARKER_NOT_CONFIRMED, key, "pass", "fail", fix);
}

/* What was meant to judge the step may not be the step's own work. */
static void gate_changed(struct sg_gate *g, const char *key, const struct sg_strs *files)
{
	const char *const fix[3] = {"resume --from ROUTE takes the new checker", NULL, NULL};

	for (size_t i = 0; i < files->n; i++)
		gate_reason(g, SG_CODE_MARKER_NOT_CONFIRMED, key, "the checker pinned at ROUTE",
			files->v[i], fix);
	if (files->n == 0)
		gate_reason(g, SG_CODE_MARKER_NOT_CONFIRMED, key, "the checker pinned at ROUTE",
			"another", fix);
}

/* A gate that passed behind fewer walls than the profile asks for has proved nothing. */
static void gate_passed(struct sg_gate *g, const char *key, enum sg_tier tier)
{
	const struct sg_profile *profile = g->input->profile;
	const char *const fix[3] = {"Run ", key, " again: its tier is too low"};

	if (profile && tier < profile->sandbox)
		gate_reason(g, SG_CODE_MARKER_NOT_CONFIRMED, key,
			sg_gate_tier_said(profile->sandbox), sg_gate_tier_said(tier), fix);
	else
		g->tally[SG_CHECK_G1].passed++;
}

/* A key that was asked for and has no result could not be evaluated: that is never a pass. */
static void check_result(
	struct sg_gate *g, const char *key, const struct sg_gate_result *result)
{
	const char *const repair[3] = {"Repair the command of ", key, NULL};
	const char *const bind[3] = {"Bind ", key, " in RUN of the profile"};

	g->tally[SG_CHECK_G1].total++;
	if (!result) {
		gate_reason(g, SG_CODE_MARKER_NOT_CONFIRMED, key, "pass", "no result", repair);
		return;
	}
	switch (result->outcome) {
	case SG_GATE_PASS: gate_passed(g, key, result->tier); return;
	case SG_GATE_CHANGED: gate_changed(g, key, &result->reasons); return;
	case SG_GATE_FAIL: gate_failed(g, key, &result->reasons); return;
	case SG_GATE_UNBOUND:
		gate_reason(g, SG_CODE_ENTRYPOINT_MISSING, key, "a command", "unbound", bind);
		return;
	case SG_GATE_NOT_EVALUATED:
	case SG_GATE_NOT_CHECKED:;
	}
	gate_reason(g, SG_CODE_MARKER_NOT_CONFIRMED, key, "pass", "not evaluated", repair);
}

static void not_checked(
	struct sg_gate *g, struct sg_strs_builder *list, const char *field, const char *item)
{
	const char *const parts[] = {field, ": ", item};

	sg_strs_builder_add(list, sg_gate_join(g, parts, SG_ARRAY_SIZE(parts)));
}

static void routing_not_checked(struct sg_gate *g, struct sg_strs_builder *list,
	enum sg_field_id field, const struct sg_strs *items)
{
	if (sg_gate_shape(g, field) != SG_SHAPE_PRESENT)
		return;
	for (size_t i = 0; i < items->n; i++)
		not_checked(g, list, sg_manifest_fields[field].key, items->v[i]);
}

/*
 * KEY: items are C2's. PATH: items are held against each command and the patch; where only
 * ledgers are judged nobody has looked, and they are listed like prose.
 */
static void prose_not_checked(struct sg_gate *g, struct sg_strs_builder *list)
{
	const struct sg_strs *items = &g->m->no_go_list;

	if (sg_gate_shape(g, SG_FIELD_ID_ROUTING_NO_GO_LIST) != SG_SHAPE_PRESENT)
		return;
	for (size_t i = 0; i < items->n; i++) {
		const bool path = strncmp(items->v[i], SG_SCOPE_PATH_ITEM,
					  strlen(SG_SCOPE_PATH_ITEM)) == 0;
		if (strncmp(items->v[i], "KEY:", 4) != 0 && !(path && g->input->facts))
			not_checked(g, list, "NO_GO_LIST", items->v[i]);
	}
}

/* Without evidence nobody has looked into any output. */
static void demands_not_checked(struct sg_gate *g, struct sg_strs_builder *list)
{
	const struct sg_profile *profile = g->input->profile;
	const size_t n = profile ? profile->demands.n : 0;

	for (size_t i = 0; i < n; i++) {
		const struct sg_demand *demand = &profile->demands.v[i];
		const char *const absent[] = {"CONTRACT: ", demand->name, ": no such output"};
		struct sg_strs items = {NULL, 0};
		if (g->demand_absent && g->demand_absent[i])
			sg_strs_builder_add(
				list, sg_gate_join(g, absent, SG_ARRAY_SIZE(absent)));
		if (g->input->facts)
			continue;
		(void)sg_demand_items(g->arena, demand, &items); /* the arena knows */
		for (size_t j = 0; j < items.n; j++) {
			const char *const item[] = {
				"CONTRACT: ", demand->name, ": ", items.v[j]};
			sg_strs_builder_add(list, sg_gate_join(g, item, SG_ARRAY_SIZE(item)));
		}
	}
}

static void check_keys(
	struct sg_gate *g, const struct sg_strs *keys, struct sg_strs_builder *list)
{
	const struct sg_gate_results *others = g->input->others;
	struct sg_table results = SG_TABLE_INIT;

	for (size_t i = 0; others && i < others->n; i++)
		sg_table_put(&results, sg_key_bare(others->v[i].key), i);
	for (size_t i = 0; i < keys->n; i++) {
		const char *key = keys->v[i];
		const size_t at = sg_table_get(&results, sg_key_bare(key));
		const struct sg_gate_result *result =
			others && at != SG_TABLE_NONE ? &others->v[at] : NULL;
		if (sg_key_equal(key, SG_VAL_COVERAGE_KEY) ||
			sg_key_equal(key, SG_VAL_CONTRACT_KEY))
			continue;
		if (!others || (result && result->outcome == SG_GATE_NOT_CHECKED))
			not_checked(g, list, "REQUIRED_VAL_KEYS", key);
		else
			check_result(g, key, result);
	}
	g->failed = g->failed || results.failed;
	sg_table_release(&results);
}

void sg_gate_check_others(struct sg_gate *g, struct sg_strs *ret_not_checked)
{
	const struct sg_manifest *m = g->m;
	const enum sg_shape shape = sg_gate_shape(g, SG_FIELD_ID_ROUTING_REQUIRED_VAL_KEYS);
	struct sg_strs_builder list;
	struct sg_strs keys = {NULL, 0};

	sg_strs_builder_init(&list, g->arena);
	routing_not_checked(g, &list, SG_FIELD_ID_ROUTING_REQUIRED_IDX, &m->required_idx);
	routing_not_checked(
		g, &list, SG_FIELD_ID_ROUTING_REQUIRED_KB_KEYS, &m->required_kb_keys);
	prose_not_checked(g, &list);
	if (g->input->profile && g->input->profile->contract[0] != '\0')
		sg_strs_builder_add(&list, "CONTRACT: of the profile");
	demands_not_checked(g, &list);
	if (shape != SG_SHAPE_PRESENT)
		not_checked(g, &list, "REQUIRED_VAL_KEYS",
			sg_shape_found(shape, "not a list of texts"));
	else if (sg_names_once(g->arena, &m->required_val_keys, NULL, true, &keys))
		check_keys(g, &keys, &list);
	else
		g->failed = true;
	*ret_not_checked = sg_strs_builder_list(&list);
}
