/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is required and which row stands for it; sets of keys with stars. A judgement begins and
 * ends here: every table is filled once and only asked afterwards.
 */
#include "core/gate_internal.h"

#include <stdlib.h>
#include <string.h>

/* --- keys of which some end in a star --- */

/* By the text before the star. */
static int prefix_compare(const void *a, const void *b)
{
	const char *x = *(const char *const *)a;
	const char *y = *(const char *const *)b;
	const size_t x_bytes = strlen(x) - 1;
	const size_t y_bytes = strlen(y) - 1;
	const int order = memcmp(x, y, x_bytes < y_bytes ? x_bytes : y_bytes);

	if (order != 0)
		return order;
	return (x_bytes > y_bytes) - (x_bytes < y_bytes);
}

static bool is_prefix(const char *starred, const char *key)
{
	return strncmp(starred, key, strlen(starred) - 1) == 0;
}

/* Sorted, a text stands right behind those that are prefixes of it: one look back is enough. */
static size_t drop_covered(const char **v, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		if (kept == 0 || !is_prefix(v[kept - 1], v[i]))
			v[kept++] = v[i];
	}
	return kept;
}

static bool is_starred(const char *bare)
{
	const size_t length = strlen(bare);

	return length > 0 && bare[length - 1] == '*';
}

/* A key without KEY: in NO_GO_LIST is prose or a path, and names no engine. */
static bool is_marked(const char *key)
{
	return sg_key_bare(key) != key;
}

void sg_key_set_fill(
	struct sg_key_set *set, const struct sg_strs *list, bool only_marked, bool *failed)
{
	size_t n_starred = 0;

	for (size_t i = 0; i < list->n; i++)
		n_starred += is_starred(sg_key_bare(list->v[i]));
	if (n_starred > 0) {
		set->prefixes = calloc(n_starred, sizeof(*set->prefixes));
		if (!set->prefixes) {
			*failed = true;
			return;
		}
	}
	for (size_t i = 0; i < list->n; i++) {
		const char *bare = sg_key_bare(list->v[i]);
		if (only_marked && !is_marked(list->v[i]))
			continue;
		if (is_starred(bare))
			set->prefixes[set->n_prefixes++] = bare;
		else
			sg_table_put(&set->exact, bare, i);
	}
	if (set->n_prefixes > 1)
		qsort(set->prefixes, set->n_prefixes, sizeof(*set->prefixes), prefix_compare);
	set->n_prefixes = drop_covered(set->prefixes, set->n_prefixes);
	*failed = *failed || set->exact.failed;
}

void sg_key_set_release(struct sg_key_set *set)
{
	sg_table_release(&set->exact);
	free(set->prefixes);
	set->prefixes = NULL;
	set->n_prefixes = 0;
}

/* Below zero: the starred text sorts behind the key. Zero: it is a prefix of it. */
static int key_against_prefix(const char *bare, const char *starred)
{
	return strncmp(bare, starred, strlen(starred) - 1);
}

bool sg_key_set_has(const struct sg_key_set *set, const char *key)
{
	const char *bare = sg_key_bare(key);
	size_t low = 0;
	size_t high = set->n_prefixes;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const int order = key_against_prefix(bare, set->prefixes[middle]);
		if (order == 0)
			return true;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return set->exact.count > 0 && sg_table_get(&set->exact, bare) != SG_TABLE_NONE;
}

/* --- rows --- */

bool sg_gate_entries_are_list(const struct sg_gate *g)
{
	return sg_gate_shape(g, SG_FIELD_ID_LEDGERS_ENGINE_RUN_LEDGER) == SG_SHAPE_PRESENT &&
	       g->m->entries_shape == SG_SHAPE_PRESENT;
}

/* Notes that the row at `old` does not stand: a later one has its key. */
static void supersede(struct sg_gate *g, size_t old)
{
	if (!g->engine_superseded)
		g->engine_superseded = calloc(g->m->engines.entries.n, 1);
	if (g->engine_superseded)
		g->engine_superseded[old] = 1;
	else
		g->failed = true;
}

static void read_engine_rows(struct sg_gate *g)
{
	const struct sg_engine_rows *entries = &g->m->engines.entries;

	if (!sg_gate_entries_are_list(g))
		return;
	sg_table_reserve(&g->engine_rows, entries->n);
	for (size_t i = 0; i < entries->n; i++) {
		const char *bare = sg_key_bare(entries->v[i].eng_key);
		if (bare[0] == '\0')
			continue;
		const size_t old = sg_table_put(&g->engine_rows, bare, i);
		if (old != SG_TABLE_NONE)
			supersede(g, old);
	}
	g->failed = g->failed || g->engine_rows.failed;
}

bool sg_gate_engine_stands(const struct sg_gate *g, size_t row)
{
	return sg_key_bare(g->m->engines.entries.v[row].eng_key)[0] != '\0' &&
	       !(g->engine_superseded && g->engine_superseded[row]);
}

/* Fills need->row from a table of the ledger's rows by name. */
static void find_rows(
	struct sg_gate *g, struct sg_need *need, const struct sg_table *rows, bool bare)
{
	need->row = sg_arena_array(g->arena, need->names.n, sizeof(*need->row));
	if (!need->row) {
		need->names.n = 0;
		return;
	}
	for (size_t i = 0; i < need->names.n; i++) {
		const char *name = need->names.v[i];
		need->row[i] = sg_table_get(rows, bare ? sg_key_bare(name) : name);
	}
}

static void find_role_rows(struct sg_gate *g)
{
	struct sg_table rows = SG_TABLE_INIT;
	const bool readable =
		sg_gate_shape(g, SG_FIELD_ID_LEDGERS_ROLE_LEDGER) == SG_SHAPE_PRESENT;

	for (size_t i = 0; readable && i < g->m->roles.n; i++) {
		if (g->m->roles.v[i].role[0] != '\0')
			sg_table_put(&rows, g->m->roles.v[i].role, i);
	}
	g->failed = g->failed || rows.failed;
	find_rows(g, &g->roles, &rows, false);
	sg_table_release(&rows);
}

static void find_output_rows(struct sg_gate *g)
{
	struct sg_table rows = SG_TABLE_INIT;
	const bool readable =
		sg_gate_shape(g, SG_FIELD_ID_LEDGERS_OUTPUT_LEDGER) == SG_SHAPE_PRESENT;

	for (size_t i = 0; readable && i < g->m->outputs.n; i++) {
		if (g->m->outputs.v[i].output[0] != '\0')
			sg_table_put(&rows, g->m->outputs.v[i].output, i);
	}
	g->failed = g->failed || rows.failed;
	find_rows(g, &g->outputs, &rows, false);
	sg_table_release(&rows);
}

/* --- a judgement --- */

/* A routing list, or NULL where the manifest has none of that shape. */
static const struct sg_strs *routing_list(
	const struct sg_gate *g, enum sg_field_id field, const struct sg_strs *list)
{
	return sg_gate_shape(g, field) == SG_SHAPE_PRESENT ? list : NULL;
}

bool sg_plan_usable(const struct sg_plan *plan, bool has, const struct sg_strs *list)
{
	return plan && has && (list->n > 0 || !plan->bad_field);
}

static void read_requirements(struct sg_gate *g)
{
	const struct sg_manifest *m = g->m;
	bool done = sg_names_once(g->arena,
		routing_list(g, SG_FIELD_ID_ROUTING_REQUIRED_ROLES, &m->required_roles), NULL,
		false, &g->roles.names);

	done = sg_required_engines(g->arena, m, g->input->plan, &g->engines.names) == SG_OK &&
	       done;
	done = sg_names_once(g->arena,
		       routing_list(
			       g, SG_FIELD_ID_ROUTING_OUTPUT_CONTRACT, &m->output_contract),
		       NULL, false, &g->outputs.names) &&
	       done;
	g->failed = !done;
}

static void read_constraints(struct sg_gate *g)
{
	const struct sg_plan *plan = g->input->plan;
	const struct sg_strs *route =
		routing_list(g, SG_FIELD_ID_ROUTING_NO_GO_LIST, &g->m->no_go_list);

	if (g->input->profile)
		sg_key_set_fill(
			&g->allow_skip, &g->input->profile->allow_skip, false, &g->failed);
	if (plan && sg_plan_usable(plan, plan->has_allowed, &plan->allowed_eng_keys)) {
		g->has_allowed = true;
		sg_key_set_fill(&g->allowed, &plan->allowed_eng_keys, false, &g->failed);
	}
	if (plan && plan->has_no_go)
		sg_key_set_fill(&g->no_go_plan, &plan->no_go_eng_keys, false, &g->failed);
	if (route)
		sg_key_set_fill(&g->no_go_route, route, true, &g->failed);
}

void sg_gate_begin(struct sg_gate *g, struct sg_arena *arena, const struct sg_gate_input *input)
{
	*g = (struct sg_gate){.arena = arena, .input = input, .m = input->manifest};
	sg_strbuf_init(&g->line);
	read_requirements(g);
	read_constraints(g);
}

void sg_gate_find_rows(struct sg_gate *g)
{
	read_engine_rows(g);
	find_role_rows(g);
	find_rows(g, &g->engines, &g->engine_rows, true);
	find_output_rows(g);
}

void sg_gate_end(struct sg_gate *g)
{
	sg_strbuf_release(&g->line);
	for (size_t i = 0; i < SG_CHECK_COUNT; i++)
		free(g->findings[i].v);
	sg_table_release(&g->engine_rows);
	free(g->engine_superseded);
	sg_key_set_release(&g->allow_skip);
	sg_key_set_release(&g->allowed);
	sg_key_set_release(&g->no_go_plan);
	sg_key_set_release(&g->no_go_route);
}

const struct sg_role_row *sg_gate_role_row(const struct sg_gate *g, size_t i)
{
	return g->roles.row[i] == SG_TABLE_NONE ? NULL : &g->m->roles.v[g->roles.row[i]];
}

const struct sg_engine_row *sg_gate_engine_row(const struct sg_gate *g, size_t i)
{
	const size_t row = g->engines.row[i];

	return row == SG_TABLE_NONE ? NULL : &g->m->engines.entries.v[row];
}

const struct sg_output_row *sg_gate_output_row(const struct sg_gate *g, size_t i)
{
	return g->outputs.row[i] == SG_TABLE_NONE ? NULL : &g->m->outputs.v[g->outputs.row[i]];
}

bool sg_gate_role_ran(const struct sg_gate *g, size_t i)
{
	const struct sg_role_row *row = sg_gate_role_row(g, i);

	return sg_gate_is_val(g, g->roles.names.v[i]) ||
	       (row && row->status == SG_ROW_STATUS_RAN);
}

bool sg_gate_engine_ran(const struct sg_gate *g, size_t i)
{
	const struct sg_engine_row *row = sg_gate_engine_row(g, i);

	return row && row->status == SG_ROW_STATUS_RAN;
}

bool sg_gate_output_present(const struct sg_gate *g, size_t i)
{
	const struct sg_output_row *row = sg_gate_output_row(g, i);

	return sg_gate_is_val_report(g, g->outputs.names.v[i]) ||
	       (row && row->present == SG_TRUTH_TRUE);
}
