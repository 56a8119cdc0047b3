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

bool sg_gate_engine_stands(const struct sg_gate *g, size_t row)
{
	return sg_key_bare(g->m->engines.entries.v[row].eng_key)[0] != '\0' &&
	       !(g->engine_superseded && g->engine_superseded[row]);
}

/* Gives each name a place for its row; false when there are no names or no memory. */
static bool need_begin(struct sg_gate *g, struct sg_need *need)
{
	if (!need->row) {
		need->row = sg_arena_array(g->arena, need->names.n, sizeof(*need->row));
		if (!need->row)
			need->names.n = 0;
		sg_names_finder_init(&need->finder, &need->names, need == &g->engines);
	}
	need->finder.next = 0;
	for (size_t i = 0; i < need->names.n; i++)
		need->row[i] = SG_TABLE_NONE;
	return need->names.n > 0;
}

/*
 * Row i has that name: the last to say so stands. Returns the row that stood there before,
 * or SG_TABLE_NONE; *ret_strays counts the rows that nothing requires. A row without a name
 * is none.
 */
static size_t need_row(struct sg_need *need, const char *name, size_t i, size_t *ret_strays)
{
	if ((need->finder.bare ? sg_key_bare(name) : name)[0] == '\0')
		return SG_TABLE_NONE;
	const size_t at = sg_names_find(&need->finder, name);
	if (at == SG_TABLE_NONE) {
		(*ret_strays)++;
		return SG_TABLE_NONE;
	}
	const size_t old = need->row[at];
	need->row[at] = i;
	return old;
}

void sg_gate_find_role_rows(struct sg_gate *g)
{
	size_t strays = 0;
	const bool wanted =
		need_begin(g, &g->roles) &&
		sg_gate_shape(g, SG_FIELD_ID_LEDGERS_ROLE_LEDGER) == SG_SHAPE_PRESENT;

	for (size_t i = 0; wanted && i < g->m->roles.n; i++)
		need_row(&g->roles, g->m->roles.v[i].role, i, &strays);
	g->failed = g->failed || g->roles.finder.table.failed;
}

/*
 * Scope is asked of every engine that ran, so of rows that nothing requires it must be known
 * too which of them stand. Where there are none, or no row repeats, that costs nothing more.
 */
void sg_gate_find_engine_rows(struct sg_gate *g)
{
	const struct sg_engine_rows *entries = &g->m->engines.entries;
	size_t strays = 0;
	bool repeated = false;

	need_begin(g, &g->engines);
	if (!sg_gate_entries_are_list(g))
		return;
	for (size_t i = 0; i < entries->n; i++)
		repeated |= need_row(&g->engines, entries->v[i].eng_key, i, &strays) !=
			    SG_TABLE_NONE;
	g->failed = g->failed || g->engines.finder.table.failed;
	if ((!repeated && strays == 0) || g->superseded_found)
		return;
	g->failed = !sg_names_superseded(entries, &g->engine_superseded) || g->failed;
	g->superseded_found = true;
}

void sg_gate_find_output_rows(struct sg_gate *g)
{
	size_t strays = 0;
	const bool wanted =
		need_begin(g, &g->outputs) &&
		sg_gate_shape(g, SG_FIELD_ID_LEDGERS_OUTPUT_LEDGER) == SG_SHAPE_PRESENT;

	for (size_t i = 0; wanted && i < g->m->outputs.n; i++)
		need_row(&g->outputs, g->m->outputs.v[i].output, i, &strays);
	g->failed = g->failed || g->outputs.finder.table.failed;
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
	return has && (list->n > 0 || !plan->bad_field);
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
	sg_gate_find_role_rows(g);
	sg_gate_find_engine_rows(g);
	sg_gate_find_output_rows(g);
}

void sg_gate_end(struct sg_gate *g)
{
	sg_strbuf_release(&g->line);
	for (size_t i = 0; i < SG_CHECK_COUNT; i++)
		free(g->findings[i].v);
	for (size_t i = 0; i < SG_ARRAY_SIZE(g->facts); i++)
		sg_table_release(&g->facts[i]);
	sg_names_finder_release(&g->roles.finder);
	sg_names_finder_release(&g->engines.finder);
	sg_names_finder_release(&g->outputs.finder);
	sg_table_release(&g->wanted);
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
