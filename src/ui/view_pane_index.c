/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The pane's index: for each required name and each further row of a ledger, the place of its
 * row, its proof and its fact.
 *
 * A ledger of a million rows keeps the order in which its engines are required, and so do the
 * proofs, near enough. So a name is first looked for where the last one was found; a table of
 * all names is made only when that fails, for it costs more than the whole page. Whether the
 * input is still the one that was indexed is told by its numbers and addresses, and by a sum
 * over the facts, which alone change while the run stays as it is.
 */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "ui/view_pane_internal.h"

#define KINDS 3
#define NONE  UINT32_MAX
/* How far from where it is expected a name is looked for before the table is asked. */
#define NEAR 48

/* What has to be equal for the index to stand. */
struct key {
	const void *arrays[8];
	size_t counts[8];
	int64_t seq;
	uint64_t facts;
};

struct sg_pane_index {
	struct key key;
	bool valid;
	struct sg_pane_kind kinds[KINDS];
	struct sg_pane_page page;
};

static const struct sg_strs *required_of(
	const struct sg_pane_input *input, enum sg_fact_kind kind)
{
	const struct sg_run *run = input->view.run;
	const struct sg_manifest *m = &run->manifest;
	switch (kind) {
	case SG_FACT_ROLE: return &m->required_roles;
	case SG_FACT_ENGINE:
		return run->required_engines.n ? &run->required_engines : &m->required_eng_keys;
	case SG_FACT_OUTPUT: break;
	}
	return &m->output_contract;
}

static size_t n_rows_of(const struct sg_pane_input *input, enum sg_fact_kind kind)
{
	const struct sg_manifest *m = &input->view.run->manifest;
	switch (kind) {
	case SG_FACT_ROLE: return m->roles.n;
	case SG_FACT_ENGINE: return m->engines.entries.n;
	case SG_FACT_OUTPUT: break;
	}
	return m->outputs.n;
}

static const char *row_name(const struct sg_pane_input *input, enum sg_fact_kind kind, size_t r)
{
	const struct sg_manifest *m = &input->view.run->manifest;
	switch (kind) {
	case SG_FACT_ROLE: return m->roles.v[r].role;
	case SG_FACT_ENGINE: return sg_key_bare(m->engines.entries.v[r].eng_key);
	case SG_FACT_OUTPUT: break;
	}
	return m->outputs.v[r].output;
}

static const char *bare(enum sg_fact_kind kind, const char *name)
{
	return kind == SG_FACT_ENGINE ? sg_key_bare(name) : name;
}

static const char *item_name(const struct sg_pane_kind *k, const struct sg_pane_input *input,
	enum sg_fact_kind kind, size_t i)
{
	if (i < k->n_required)
		return bare(kind, required_of(input, kind)->v[k->required[i]]);
	return row_name(input, kind, k->row[i]);
}

/* --- finding a name among items first..end-1 --- */

struct finder {
	const struct sg_pane_kind *k;
	const struct sg_pane_input *input;
	enum sg_fact_kind kind;
	size_t first, end;
	size_t hint;
	struct sg_table table; /* place - first; made when it is needed */
	size_t n_tabled;
};

static bool is_at(const struct finder *f, size_t i, const char *name)
{
	return i >= f->first && i < f->end &&
	       strcmp(item_name(f->k, f->input, f->kind, i), name) == 0;
}

static size_t found(struct finder *f, size_t i)
{
	f->hint = i + 1;
	return i;
}

static size_t find(struct finder *f, const char *name)
{
	size_t from = f->hint > f->first + NEAR / 4 ? f->hint - NEAR / 4 : f->first;
	if (f->first == f->end)
		return SIZE_MAX;
	if (is_at(f, f->hint, name))
		return found(f, f->hint);
	for (size_t i = from; !f->table.count && i < f->end && i < from + NEAR; i++)
		if (is_at(f, i, name))
			return found(f, i);
	if (!f->table.count)
		sg_table_reserve(&f->table, f->end - f->first);
	for (; f->n_tabled < f->end - f->first; f->n_tabled++)
		sg_table_put(&f->table,
			item_name(f->k, f->input, f->kind, f->first + f->n_tabled),
			f->n_tabled);
	size_t i = sg_table_get(&f->table, name);
	return i == SG_TABLE_NONE ? SIZE_MAX : found(f, f->first + i);
}

/* --- filling --- */

/* The plan's and the route's engines are listed once by the core; other lists as they came. */
static bool list_required(struct sg_pane_kind *k, const struct sg_pane_input *input,
	enum sg_fact_kind kind, struct sg_table *seen)
{
	const struct sg_strs *list = required_of(input, kind);
	bool once = list == &input->view.run->required_engines;
	if (!once)
		sg_table_reserve(seen, list->n);
	for (size_t i = 0; i < list->n; i++) {
		const char *name = bare(kind, list->v[i]);
		size_t columns = strlen(name) > k->width ? sg_utf8_columns(name) : 0;
		if (!once) {
			size_t before = sg_table_put(seen, name, k->n_required);
			if (before != SG_TABLE_NONE) {
				sg_table_put(seen, name, before);
				continue;
			}
		}
		k->width = columns > k->width ? columns : k->width;
		k->required[k->n_required++] = (uint32_t)i;
	}
	return !seen->failed;
}

static void fill_rows(struct sg_pane_kind *k, struct finder *required)
{
	size_t n = n_rows_of(required->input, required->kind);
	k->n = k->n_required;
	for (size_t r = 0; r < n; r++) {
		const char *name = row_name(required->input, required->kind, r);
		size_t i = find(required, name);
		if (i == SIZE_MAX) {
			i = k->n++;
			if (strlen(name) > k->width && sg_utf8_columns(name) > k->width)
				k->width = sg_utf8_columns(name);
		}
		k->row[i] = (uint32_t)r;
	}
}

static size_t find_any(struct finder *required, struct finder *more, const char *name)
{
	size_t i = find(required, name);
	return i == SIZE_MAX ? find(more, name) : i;
}

static void fill_evidence(struct sg_pane_kind *k, struct finder *required, struct finder *more)
{
	const struct sg_pane_input *input = required->input;
	const struct sg_run *run = input->view.run;
	const struct sg_facts *facts = input->view.facts;
	for (size_t i = 0; i < run->proofs.n; i++) {
		const struct sg_proof *proof = &run->proofs.v[i];
		size_t at = SIZE_MAX;
		if (proof->kind == required->kind)
			at = find_any(required, more, bare(proof->kind, proof->name));
		if (at != SIZE_MAX)
			k->proof[at] = (uint32_t)i;
	}
	required->hint = required->first;
	more->hint = more->first;
	for (size_t i = 0; facts && i < facts->n; i++) {
		const struct sg_fact *fact = &facts->v[i];
		size_t at = SIZE_MAX;
		if (fact->kind == required->kind)
			at = find_any(required, more, bare(fact->kind, fact->name));
		if (at != SIZE_MAX)
			k->fact[at] = (uint32_t)i;
	}
}

static bool counts(const struct sg_pane_item *item, const struct sg_profile *profile)
{
	bool fresh = item->fresh == SG_FRESH_FRESH;
	if (!item->has_row)
		return false;
	if (item->kind == SG_FACT_OUTPUT)
		return item->output->present == SG_TRUTH_TRUE && fresh;
	if (item->kind == SG_FACT_ENGINE && item->status == SG_ROW_STATUS_SKIPPED)
		return profile && sg_keys_match(&profile->allow_skip, item->name);
	return item->status == SG_ROW_STATUS_RAN && fresh;
}

static void free_kind(struct sg_pane_kind *k)
{
	free(k->required);
	free(k->row);
	free(k->proof);
	free(k->fact);
	memset(k, 0, sizeof(*k));
}

static uint32_t *places(size_t n)
{
	uint32_t *v = n < NONE ? malloc((n ? n : 1) * sizeof(*v)) : NULL;
	if (v)
		memset(v, 0xff, n * sizeof(*v)); /* NONE */
	return v;
}

static bool make_kind(
	struct sg_pane_index *x, const struct sg_pane_input *input, enum sg_fact_kind kind)
{
	struct sg_pane_kind *k = &x->kinds[kind];
	const struct sg_strs *list = required_of(input, kind);
	size_t most = list->n + n_rows_of(input, kind);
	free_kind(k);
	k->required = places(list->n);
	k->row = places(most);
	k->proof = places(most);
	k->fact = places(most);
	if (!k->required || !k->row || !k->proof || !k->fact)
		return false;
	struct finder required = {.k = k, .input = input, .kind = kind};
	bool ok = list_required(k, input, kind, &required.table);
	required.end = k->n_required;
	required.n_tabled = required.table.count;
	fill_rows(k, &required);
	required.hint = 0;
	struct finder more = {.k = k,
		.input = input,
		.kind = kind,
		.first = k->n_required,
		.end = k->n,
		.hint = k->n_required};
	fill_evidence(k, &required, &more);
	ok = ok && !required.table.failed && !more.table.failed;
	sg_table_release(&required.table);
	sg_table_release(&more.table);
	k->tally = (struct sg_tally){.total = k->n_required};
	k->frontier = k->n_required;
	for (size_t i = 0; i < k->n_required; i++) {
		struct sg_pane_item item;
		sg_pane_item_get(x->kinds, input, kind, i, &item);
		bool good = counts(&item, input->view.run->profile);
		k->tally.passed += good;
		if (!good && k->frontier == k->n_required)
			k->frontier = i;
	}
	return ok;
}

/* --- keeping --- */

static void key_of(const struct sg_pane_input *input, struct key *ret)
{
	const struct sg_run *run = input->view.run;
	const struct sg_manifest *m = &run->manifest;
	const struct sg_facts *facts = input->view.facts;
	memset(ret, 0, sizeof(*ret)); /* compared as bytes, padding too */
	const void *arrays[] = {m->roles.v, m->engines.entries.v, m->outputs.v, run->proofs.v,
		m->required_roles.v, required_of(input, SG_FACT_ENGINE)->v,
		m->output_contract.v, facts ? facts->v : NULL};
	const size_t sizes[] = {m->roles.n, m->engines.entries.n, m->outputs.n, run->proofs.n,
		m->required_roles.n, required_of(input, SG_FACT_ENGINE)->n,
		m->output_contract.n, facts ? facts->n : 0};
	memcpy(ret->arrays, arrays, sizeof(arrays));
	memcpy(ret->counts, sizes, sizeof(sizes));
	ret->seq = run->seq;
	for (size_t i = 0; facts && i < facts->n; i++)
		ret->facts = (ret->facts ^ (uint64_t)facts->v[i].fresh ^
				     (uint64_t)(uintptr_t)facts->v[i].name) *
			     1099511628211ULL;
}

const struct sg_pane_kind *sg_pane_index_of(
	struct sg_pane_state *state, const struct sg_pane_input *input)
{
	struct key key;
	if (!state->index)
		state->index = calloc(1, sizeof(*state->index));
	struct sg_pane_index *x = state->index;
	if (!x)
		return NULL;
	key_of(input, &key);
	if (x->valid && memcmp(&x->key, &key, sizeof(key)) == 0)
		return x->kinds;
	/* another event, so another text that asks for a decision: read from its start */
	if (x->key.seq != key.seq)
		state->first[SG_PANE_BRIEF] = state->first[SG_PANE_FIX] = 0;
	x->key = key;
	x->page.valid = false;
	x->valid = make_kind(x, input, SG_FACT_ROLE) && make_kind(x, input, SG_FACT_ENGINE) &&
		   make_kind(x, input, SG_FACT_OUTPUT);
	return x->valid ? x->kinds : NULL;
}

struct sg_pane_page *sg_pane_page_of(struct sg_pane_state *state)
{
	return &state->index->page;
}

void sg_pane_state_release(struct sg_pane_state *state)
{
	if (state->index)
		for (size_t i = 0; i < KINDS; i++)
			free_kind(&state->index->kinds[i]);
	free(state->index);
	state->index = NULL;
}

/* --- looking at one item --- */

static void take_row(
	const struct sg_manifest *m, enum sg_fact_kind kind, size_t r, struct sg_pane_item *ret)
{
	ret->has_row = true;
	switch (kind) {
	case SG_FACT_ROLE:
		ret->status_text = m->roles.v[r].status_text;
		ret->status = m->roles.v[r].status;
		ret->outputs = m->roles.v[r].outputs_produced;
		ret->notes = m->roles.v[r].notes;
		return;
	case SG_FACT_ENGINE:
		ret->status_text = m->engines.entries.v[r].status_text;
		ret->status = m->engines.entries.v[r].status;
		ret->outputs = m->engines.entries.v[r].outputs_produced;
		ret->notes = m->engines.entries.v[r].notes;
		return;
	case SG_FACT_OUTPUT: break;
	}
	ret->output = &m->outputs.v[r];
}

void sg_pane_item_get(const struct sg_pane_kind *kinds, const struct sg_pane_input *input,
	enum sg_fact_kind kind, size_t i, struct sg_pane_item *ret)
{
	const struct sg_pane_kind *k = &kinds[kind];
	const struct sg_run *run = input->view.run;
	*ret = (struct sg_pane_item){.kind = kind,
		.name = item_name(k, input, kind, i),
		.required = i < k->n_required,
		.status_text = "",
		.status = SG_ROW_STATUS_COUNT,
		.notes = "",
		.fresh = SG_FRESH_FRESH};
	if (k->row[i] != NONE)
		take_row(&run->manifest, kind, k->row[i], ret);
	if (k->proof[i] != NONE)
		ret->proof = &run->proofs.v[k->proof[i]];
	if (k->fact[i] != NONE)
		ret->fresh = input->view.facts->v[k->fact[i]].fresh;
}
