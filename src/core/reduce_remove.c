/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a resume takes away, and what an adoption no longer proves. */
#include <string.h>

#include "base/table.h"
#include "core/reduce_internal.h"

/* One resume. Texts of the tables are the run's. */
struct removal {
	struct sg_rx *rx;
	const char *from;
	struct sg_table kept;    /* bare keys of engines that stay */
	struct sg_table outputs; /* name -> index of its proof */
};

static bool phase_removed(const struct removal *r, const char *phase)
{
	const struct sg_strs *phases = &r->rx->run->phases;
	size_t i = sg_phase_index(phases, phase);
	return i == phases->n || i >= sg_phase_index(phases, r->from);
}

static bool is_kept(const struct removal *r, const char *engine)
{
	return *engine && sg_table_get(&r->kept, sg_key_bare(engine)) != SG_TABLE_NONE;
}

static bool proof_removed(const struct removal *r, const struct sg_proof *proof)
{
	if (!phase_removed(r, proof->phase))
		return false;
	return !is_kept(r, proof->kind == SG_FACT_ENGINE ? proof->name : proof->source_eng);
}

static void put(struct removal *r, struct sg_table *table, const char *name, size_t index)
{
	sg_table_put(table, name, index);
	if (table->failed)
		sg_rx_nomem(r->rx);
}

/* Of the engines that the event would keep, those that did run and are proven. */
static void find_kept(struct removal *r, const struct sg_strs *asked)
{
	struct sg_run *run = r->rx->run;
	const struct sg_engine_rows *rows = &run->manifest.engines.entries;
	struct sg_table done = SG_TABLE_INIT;
	struct sg_table proven = SG_TABLE_INIT;
	struct sg_strs_builder b;
	sg_strs_builder_init(&b, r->rx->arena);
	for (size_t i = 0; asked->n && i < rows->n; i++)
		put(r, &done, sg_key_bare(rows->v[i].eng_key), i);
	for (size_t i = 0; asked->n && i < run->proofs.n; i++)
		if (run->proofs.v[i].kind == SG_FACT_ENGINE)
			put(r, &proven, sg_key_bare(run->proofs.v[i].name), i);
	for (size_t i = 0; i < asked->n; i++) {
		const char *bare = sg_key_bare(asked->v[i]);
		size_t at = sg_table_get(&done, bare);
		if (at == SG_TABLE_NONE || rows->v[at].status == SG_ROW_STATUS_FAILED ||
			sg_table_get(&proven, bare) == SG_TABLE_NONE || is_kept(r, bare))
			continue;
		const char *key = sg_copy_str(r->rx->arena, asked->v[i]);
		put(r, &r->kept, sg_key_bare(key), i);
		sg_strs_builder_add(&b, key);
	}
	sg_table_release(&done);
	sg_table_release(&proven);
	run->kept_engines = sg_strs_builder_list(&b);
}

static bool output_stays(const struct removal *r, const struct sg_output_row *row)
{
	size_t at = sg_table_get(&r->outputs, row->output);
	if (at == SG_TABLE_NONE) /* claimed: its source is all that is known of it */
		return *row->source && !phase_removed(r, row->source);
	return !proof_removed(r, &r->rx->run->proofs.v[at]);
}

static void remove_outputs(struct removal *r)
{
	struct sg_manifest *m = &r->rx->run->manifest;
	struct sg_output_row *copy = sg_arena_array(r->rx->arena, m->outputs.n, sizeof(*copy));
	if (!copy)
		return;
	size_t n = 0;
	/* the contract's rows are of ROUTE, which writes them anew */
	bool contract_stays = !phase_removed(r, "ROUTE");
	for (size_t i = 0; i < m->outputs.n; i++) {
		struct sg_output_row row = m->outputs.v[i];
		bool stays = output_stays(r, &row);
		if (!stays && !(contract_stays && sg_strs_has(&m->output_contract, row.output)))
			continue;
		if (!stays) {
			row.present = SG_TRUTH_FALSE;
			row.source = row.ref = "";
		}
		copy[n++] = row;
	}
	struct sg_output_rows left = {copy, n, n, NULL};
	m->outputs = left;
}

static void remove_engines(struct removal *r)
{
	struct sg_engine_ledger *ledger = &r->rx->run->manifest.engines;
	struct sg_engine_row *copy =
		sg_arena_array(r->rx->arena, ledger->entries.n, sizeof(*copy));
	if (!copy)
		return;
	size_t n = 0;
	for (size_t i = 0; i < ledger->entries.n; i++) {
		const struct sg_engine_row *row = &ledger->entries.v[i];
		if (!is_kept(r, row->eng_key))
			continue;
		copy[n] = *row;
		if (!strstr(row->notes, "; kept from "))
			copy[n].notes = sg_rx_text(
				r->rx, "%s; kept from %s", row->notes, ledger->run_id);
		n++;
	}
	struct sg_engine_rows left = {copy, n, n, NULL};
	ledger->entries = left;
	ledger->run_id = n ? ledger->run_id : "";
}

static void remove_roles(struct removal *r)
{
	struct sg_role_rows *rows = &r->rx->run->manifest.roles;
	struct sg_role_row *copy = sg_arena_array(r->rx->arena, rows->n, sizeof(*copy));
	if (!copy)
		return;
	size_t n = 0;
	for (size_t i = 0; i < rows->n; i++)
		if (!phase_removed(r, rows->v[i].role))
			copy[n++] = rows->v[i];
	rows->v = copy;
	rows->n = n;
}

/* Takes what an attempt left into the past; *n is how many are there. */
static void leave(struct removal *r, struct sg_table *names, struct sg_past *past, size_t *n,
	const struct sg_file *file, int attempt)
{
	size_t at = sg_table_get(names, file->name);
	int since = attempt;
	if (at == SG_TABLE_NONE) {
		at = (*n)++;
		put(r, names, file->name, at);
	} else if (strcmp(past[at].sha256, file->sha256) == 0) {
		since = past[at].since;
	}
	past[at] = (struct sg_past){file->name, file->sha256, since};
}

/* What a new attempt makes is compared with what those before it have left, failed or not. */
static void remember_outputs(struct removal *r)
{
	struct sg_run *run = r->rx->run;
	struct sg_table names = SG_TABLE_INIT;
	size_t n = run->past.n;
	size_t most = n;
	for (size_t i = 0; i < run->proofs.n; i++)
		most += run->proofs.v[i].files.n + run->proofs.v[i].partial.n;
	struct sg_past *past = sg_arena_array(r->rx->arena, most + 1, sizeof(*past));
	if (!past)
		return;
	for (size_t i = 0; i < n; i++) {
		past[i] = run->past.v[i];
		put(r, &names, past[i].name, i);
	}
	for (size_t i = 0; i < run->proofs.n; i++) {
		const struct sg_proof *p = &run->proofs.v[i];
		if (p->kind == SG_FACT_OUTPUT || !proof_removed(r, p))
			continue;
		for (size_t k = 0; k < p->files.n; k++)
			leave(r, &names, past, &n, &p->files.v[k], p->attempt);
		for (size_t k = 0; k < p->partial.n; k++)
			leave(r, &names, past, &n, &p->partial.v[k], p->attempt);
	}
	sg_table_release(&names);
	run->past = (struct sg_pasts){past, n};
}

static void remove_proofs(struct removal *r)
{
	struct sg_proofs *proofs = &r->rx->run->proofs;
	struct sg_proof *copy = sg_arena_array(r->rx->arena, proofs->n, sizeof(*copy));
	if (!copy)
		return;
	size_t n = 0;
	for (size_t i = 0; i < proofs->n; i++)
		if (!proof_removed(r, &proofs->v[i]))
			copy[n++] = proofs->v[i];
	struct sg_proofs left = {copy, n, n, NULL};
	*proofs = left;
}

void sg_rx_rows_remove(struct sg_rx *rx, const char *from, const struct sg_strs *kept)
{
	struct removal r = {rx, from, SG_TABLE_INIT, SG_TABLE_INIT};
	find_kept(&r, kept);
	for (size_t i = 0; i < rx->run->proofs.n; i++)
		if (rx->run->proofs.v[i].kind == SG_FACT_OUTPUT)
			put(&r, &r.outputs, rx->run->proofs.v[i].name, i);
	remove_outputs(&r);
	if (phase_removed(&r, "ORC"))
		remove_engines(&r);
	remove_roles(&r);
	remember_outputs(&r);
	remove_proofs(&r);
	sg_table_release(&r.kept);
	sg_table_release(&r.outputs);
}

/* --- an adoption --- */

/* The rows of one manifest by their names, engines by their bare keys. */
struct by_name {
	const struct sg_manifest *m;
	struct sg_table rows[3]; /* by sg_fact_kind */
};

static void by_name_fill(struct sg_rx *rx, struct by_name *b, const struct sg_manifest *m)
{
	memset(b, 0, sizeof(*b));
	b->m = m;
	for (size_t i = 0; i < m->roles.n; i++)
		sg_table_put(&b->rows[SG_FACT_ROLE], m->roles.v[i].role, i);
	for (size_t i = 0; i < m->engines.entries.n; i++)
		sg_table_put(&b->rows[SG_FACT_ENGINE],
			sg_key_bare(m->engines.entries.v[i].eng_key), i);
	for (size_t i = 0; i < m->outputs.n; i++)
		sg_table_put(&b->rows[SG_FACT_OUTPUT], m->outputs.v[i].output, i);
	for (size_t k = 0; k < SG_ARRAY_SIZE(b->rows); k++)
		if (b->rows[k].failed)
			sg_rx_nomem(rx);
}

static void by_name_release(struct by_name *b)
{
	for (size_t k = 0; k < SG_ARRAY_SIZE(b->rows); k++)
		sg_table_release(&b->rows[k]);
}

/* Equal but for what may be adopted freely: notes and unknown keys. */
static bool row_kept(
	const struct sg_proof *proof, const struct by_name *before, const struct by_name *now)
{
	const char *name =
		proof->kind == SG_FACT_ENGINE ? sg_key_bare(proof->name) : proof->name;
	size_t i = sg_table_get(&before->rows[proof->kind], name);
	size_t k = sg_table_get(&now->rows[proof->kind], name);
	if (i == SG_TABLE_NONE || k == SG_TABLE_NONE)
		return false;
	switch (proof->kind) {
	case SG_FACT_ROLE: {
		const struct sg_role_row *a = &before->m->roles.v[i];
		const struct sg_role_row *b = &now->m->roles.v[k];
		return a->status == b->status &&
		       sg_strs_equal(&a->outputs_produced, &b->outputs_produced);
	}
	case SG_FACT_ENGINE: {
		const struct sg_engine_row *a = &before->m->engines.entries.v[i];
		const struct sg_engine_row *b = &now->m->engines.entries.v[k];
		return a->status == b->status &&
		       sg_strs_equal(&a->outputs_produced, &b->outputs_produced);
	}
	case SG_FACT_OUTPUT:;
	}
	const struct sg_output_row *a = &before->m->outputs.v[i];
	const struct sg_output_row *b = &now->m->outputs.v[k];
	return a->present == b->present && strcmp(a->ref, b->ref) == 0 &&
	       strcmp(a->source, b->source) == 0;
}

void sg_rx_proofs_of_changed_rows(struct sg_rx *rx, const struct sg_manifest *before)
{
	struct sg_run *run = rx->run;
	struct sg_proof *proofs = sg_arena_array(rx->arena, run->proofs.n, sizeof(*proofs));
	struct by_name were;
	struct by_name are;
	if (!proofs)
		return;
	by_name_fill(rx, &were, before);
	by_name_fill(rx, &are, &run->manifest);
	size_t n = 0;
	for (size_t i = 0; i < run->proofs.n; i++)
		if (row_kept(&run->proofs.v[i], &were, &are))
			proofs[n++] = run->proofs.v[i];
	by_name_release(&were);
	by_name_release(&are);
	struct sg_proofs left = {proofs, n, n, NULL};
	run->proofs = left;
}
