/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows and proofs of a new revision: the old one's arrays are never changed where it can see. */
#include <string.h>

#include "base/table.h"
#include "core/reduce_internal.h"

/* A list that grows at its end in place while its newest owner appends, and is copied else. */
struct slice {
	const void *v;
	size_t n;
	size_t capacity;
	size_t *backing_used;
};

static void *writable(const void *v)
{
	return (void *)(uintptr_t)v;
}

static void slice_copy(struct sg_arena *arena, struct slice *s, size_t element_bytes, size_t room)
{
	size_t capacity = s->n + room;
	char *copy = sg_arena_array(arena, capacity, element_bytes);
	size_t *used = sg_arena_alloc(arena, sizeof(*used));
	if (!copy || !used)
		return;
	if (s->n)
		memcpy(copy, s->v, s->n * element_bytes);
	*used = s->n;
	s->v = copy;
	s->capacity = capacity;
	s->backing_used = used;
}

/* Opens a gap at `at`; returns it, or NULL when memory ran out. */
static void *slice_insert(struct sg_arena *arena, struct slice *s, size_t element_bytes, size_t at)
{
	bool own_end = s->backing_used && *s->backing_used == s->n && s->n < s->capacity;
	if (!own_end || at < s->n)
		slice_copy(arena, s, element_bytes, s->n < 8 ? 8 : s->n);
	if (!s->backing_used || s->n >= s->capacity || sg_arena_failed(arena))
		return NULL;
	char *base = writable(s->v);
	memmove(base + (at + 1) * element_bytes, base + at * element_bytes,
		(s->n - at) * element_bytes);
	s->n++;
	*s->backing_used = s->n;
	return base + at * element_bytes;
}

/* A copy in which the element at `at` may be changed. */
static void *slice_change(struct sg_arena *arena, struct slice *s, size_t element_bytes, size_t at)
{
	slice_copy(arena, s, element_bytes, 8);
	return sg_arena_failed(arena) ? NULL : (char *)writable(s->v) + at * element_bytes;
}

#define SLICE_OF(list) { (list).v, (list).n, (list).capacity, (list).backing_used }
#define SLICE_TO(list, slice)                                                                  \
	do {                                                                                   \
		(list).v = (slice).v;                                                          \
		(list).n = (slice).n;                                                          \
		(list).capacity = (slice).capacity;                                            \
		(list).backing_used = (slice).backing_used;                                    \
	} while (0)

static struct sg_strs names_of(struct sg_arena *arena, const struct sg_files *files)
{
	struct sg_strs_builder b;
	sg_strs_builder_init(&b, arena);
	for (size_t i = 0; i < files->n; i++)
		sg_strs_builder_add(&b, sg_copy_str(arena, files->v[i].name));
	return sg_strs_builder_list(&b);
}

void sg_rx_role_row(struct sg_rx *rx, const char *role, enum sg_row_status status,
		    const struct sg_files *outputs, const char *notes)
{
	struct sg_role_rows *rows = &rx->run->manifest.roles;
	struct sg_role_row *copy = sg_arena_array(rx->arena, rows->n + 1, sizeof(*copy));
	if (!copy)
		return;
	size_t at = rows->n;
	bool found = false;
	for (size_t i = rows->n; i-- > 0 && !found;) {
		found = strcmp(rows->v[i].role, role) == 0;
		if (found)
			at = i;
	}
	if (!found)
		for (at = 0; at < rows->n && sg_role_rank(rows->v[at].role) <= sg_role_rank(role);)
			at++;
	size_t behind = found ? at + 1 : at;
	if (at)
		memcpy(copy, rows->v, at * sizeof(*copy));
	if (behind < rows->n)
		memcpy(copy + at + 1, rows->v + behind, (rows->n - behind) * sizeof(*copy));
	struct sg_role_row row = { sg_copy_str(rx->arena, role), sg_row_status_name(status),
				   names_of(rx->arena, outputs), sg_copy_str(rx->arena, notes),
				   found ? rows->v[at].extra : "", status };
	copy[at] = row;
	rows->v = copy;
	rows->n += found ? 0 : 1;
}

/*
 * Where the row of required engine `index` goes: the ledger keeps the plan's order. The usual case,
 * engines that end in order, is seen from the last row alone.
 */
static size_t engine_place(const struct sg_rx *rx, const char *eng_key, size_t index, bool *ret_found)
{
	const struct sg_engine_rows *rows = &rx->run->manifest.engines.entries;
	const struct sg_strs *required = &rx->run->required_engines;
	*ret_found = false;
	if (!rows->n)
		return 0;
	if (index > 0 && index <= required->n && rows->n <= index &&
	    sg_key_equal(rows->v[rows->n - 1].eng_key, required->v[index - 1]))
		return rows->n;
	struct sg_table places = SG_TABLE_INIT;
	for (size_t i = 0; i < required->n; i++)
		sg_table_put(&places, sg_key_bare(required->v[i]), i);
	size_t at = rows->n;
	for (size_t i = rows->n; i-- > 0;) {
		if (sg_key_equal(rows->v[i].eng_key, eng_key)) {
			*ret_found = true;
			at = i;
			break;
		}
		size_t place = sg_table_get(&places, sg_key_bare(rows->v[i].eng_key));
		if (place == SG_TABLE_NONE || place > index)
			at = i;
	}
	sg_table_release(&places);
	return at;
}

void sg_rx_engine_row(struct sg_rx *rx, const char *eng_key, size_t index, enum sg_row_status status,
		      const struct sg_files *outputs, const char *notes)
{
	struct sg_engine_rows *rows = &rx->run->manifest.engines.entries;
	bool found;
	size_t at = engine_place(rx, eng_key, index, &found);
	struct slice s = SLICE_OF(*rows);
	const char *extra = found ? rows->v[at].extra : "";
	struct sg_engine_row *slot = found ? slice_change(rx->arena, &s, sizeof(*slot), at) :
					     slice_insert(rx->arena, &s, sizeof(*slot), at);
	if (!slot)
		return;
	struct sg_engine_row row = { sg_copy_str(rx->arena, eng_key), sg_row_status_name(status),
				     names_of(rx->arena, outputs), sg_copy_str(rx->arena, notes),
				     extra, status };
	*slot = row;
	SLICE_TO(*rows, s);
}

void sg_rx_output_row(struct sg_rx *rx, const char *output, bool present, const char *source,
		      const char *ref)
{
	struct sg_output_rows *rows = &rx->run->manifest.outputs;
	size_t at = rows->n;
	for (size_t i = rows->n; i-- > 0;)
		if (strcmp(rows->v[i].output, output) == 0) {
			at = i;
			break;
		}
	bool found = at < rows->n;
	const char *extra = found ? rows->v[at].extra : "";
	struct slice s = SLICE_OF(*rows);
	struct sg_output_row *slot = found ? slice_change(rx->arena, &s, sizeof(*slot), at) :
					     slice_insert(rx->arena, &s, sizeof(*slot), at);
	if (!slot)
		return;
	struct sg_output_row row = { sg_copy_str(rx->arena, output), sg_copy_str(rx->arena, source),
				     sg_copy_str(rx->arena, ref), extra,
				     present ? SG_TRUTH_TRUE : SG_TRUTH_FALSE };
	*slot = row;
	SLICE_TO(*rows, s);
}

/*
 * A new proof is almost always of a new name: an equal one can stand there only after a resume that
 * kept rows, or where a phase ran twice, so it is looked for from the end.
 */
void sg_rx_proof(struct sg_rx *rx, const struct sg_proof *proof)
{
	struct sg_proofs *proofs = &rx->run->proofs;
	size_t at = proofs->n;
	for (size_t i = proofs->n; i-- > 0;)
		if (proofs->v[i].kind == proof->kind &&
		    strcmp(proofs->v[i].name, proof->name) == 0) {
			at = i;
			break;
		}
	struct slice s = SLICE_OF(*proofs);
	struct sg_proof *slot = at < proofs->n ?
					slice_change(rx->arena, &s, sizeof(*slot), at) :
					slice_insert(rx->arena, &s, sizeof(*slot), at);
	if (!slot)
		return;
	*slot = *proof;
	SLICE_TO(*proofs, s);
}

void sg_rx_outputs(struct sg_rx *rx, const struct sg_files *files, const char *source,
		   const struct sg_proof *by)
{
	for (size_t i = 0; i < files->n; i++) {
		const struct sg_file *file = &files->v[i];
		sg_rx_output_row(rx, file->name, true, source, sg_ref(rx->arena, file));
		struct sg_proof proof = *by;
		proof.kind = SG_FACT_OUTPUT;
		proof.name = file->name;
		proof.source_eng = by->kind == SG_FACT_ENGINE ? by->name : "";
		proof.files.v = file;
		proof.files.n = 1;
		sg_rx_proof(rx, &proof);
	}
}

/* --- taking away --- */

static bool phase_removed(const struct sg_rx *rx, const char *phase, const char *from)
{
	const struct sg_strs *phases = &rx->run->phases;
	size_t i = sg_phase_index(phases, phase);
	return i == phases->n || i >= sg_phase_index(phases, from);
}

static bool proof_removed(const struct sg_rx *rx, const struct sg_proof *proof, const char *from,
			  const struct sg_strs *kept)
{
	if (!phase_removed(rx, proof->phase, from))
		return false;
	const char *engine = proof->kind == SG_FACT_ENGINE ? proof->name : proof->source_eng;
	return !(engine && *engine && kept->n && sg_keys_match(kept, engine));
}

static void remove_outputs(struct sg_rx *rx, const char *from, const struct sg_strs *kept)
{
	struct sg_output_rows *rows = &rx->run->manifest.outputs;
	struct sg_output_row *copy = sg_arena_array(rx->arena, rows->n, sizeof(*copy));
	if (!copy)
		return;
	size_t n = 0;
	for (size_t i = 0; i < rows->n; i++) {
		struct sg_output_row row = rows->v[i];
		const struct sg_proof *proof = sg_run_proof(rx->run, SG_FACT_OUTPUT, row.output);
		bool stays = proof && !proof_removed(rx, proof, from, kept);
		if (!stays && !sg_strs_has(&rx->run->manifest.output_contract, row.output))
			continue;
		if (!stays) {
			row.present = SG_TRUTH_FALSE;
			row.source = row.ref = "";
		}
		copy[n++] = row;
	}
	struct sg_output_rows left = { copy, n, rows->n, NULL };
	*rows = left;
}

static void remove_engines(struct sg_rx *rx, const struct sg_strs *kept)
{
	struct sg_engine_ledger *ledger = &rx->run->manifest.engines;
	struct sg_engine_row *copy = sg_arena_array(rx->arena, ledger->entries.n, sizeof(*copy));
	if (!copy)
		return;
	size_t n = 0;
	for (size_t i = 0; i < ledger->entries.n; i++) {
		const struct sg_engine_row *row = &ledger->entries.v[i];
		if (!kept->n || !sg_keys_match(kept, row->eng_key))
			continue;
		copy[n] = *row;
		if (!strstr(row->notes, "; kept from "))
			copy[n].notes = sg_rx_text(rx, "%s; kept from %s", row->notes,
						   ledger->run_id);
		n++;
	}
	struct sg_engine_rows left = { copy, n, ledger->entries.n, NULL };
	ledger->entries = left;
	ledger->run_id = n ? ledger->run_id : "";
}

void sg_rx_rows_remove(struct sg_rx *rx, const char *from, const struct sg_strs *kept)
{
	struct sg_run *run = rx->run;
	remove_outputs(rx, from, kept);
	if (phase_removed(rx, "ORC", from))
		remove_engines(rx, kept);
	struct sg_role_rows *rows = &run->manifest.roles;
	struct sg_role_row *copy = sg_arena_array(rx->arena, rows->n, sizeof(*copy));
	struct sg_proof *proofs = sg_arena_array(rx->arena, run->proofs.n, sizeof(*proofs));
	if (!copy || !proofs)
		return;
	size_t n = 0;
	for (size_t i = 0; i < rows->n; i++)
		if (!phase_removed(rx, rows->v[i].role, from))
			copy[n++] = rows->v[i];
	rows->v = copy;
	rows->n = n;
	n = 0;
	for (size_t i = 0; i < run->proofs.n; i++)
		if (!proof_removed(rx, &run->proofs.v[i], from, kept))
			proofs[n++] = run->proofs.v[i];
	struct sg_proofs left = { proofs, n, run->proofs.n, NULL };
	run->proofs = left;
}

/* Equal but for what may be adopted freely: notes and unknown keys. */
static bool row_kept(const struct sg_proof *proof, const struct sg_manifest *before,
		     const struct sg_manifest *now)
{
	switch (proof->kind) {
	case SG_FACT_ROLE: {
		const struct sg_role_row *a = sg_manifest_role(before, proof->name);
		const struct sg_role_row *b = sg_manifest_role(now, proof->name);
		return a && b && a->status == b->status &&
		       sg_strs_equal(&a->outputs_produced, &b->outputs_produced);
	}
	case SG_FACT_ENGINE: {
		const struct sg_engine_row *a = sg_manifest_engine(before, proof->name);
		const struct sg_engine_row *b = sg_manifest_engine(now, proof->name);
		return a && b && a->status == b->status &&
		       sg_strs_equal(&a->outputs_produced, &b->outputs_produced);
	}
	case SG_FACT_OUTPUT: {
		const struct sg_output_row *a = sg_manifest_output(before, proof->name);
		const struct sg_output_row *b = sg_manifest_output(now, proof->name);
		return a && b && a->present == b->present && strcmp(a->ref, b->ref) == 0 &&
		       strcmp(a->source, b->source) == 0;
	}
	}
	return false;
}

void sg_rx_proofs_of_changed_rows(struct sg_rx *rx, const struct sg_manifest *before)
{
	struct sg_run *run = rx->run;
	struct sg_proof *proofs = sg_arena_array(rx->arena, run->proofs.n, sizeof(*proofs));
	if (!proofs)
		return;
	size_t n = 0;
	for (size_t i = 0; i < run->proofs.n; i++)
		if (row_kept(&run->proofs.v[i], before, &run->manifest))
			proofs[n++] = run->proofs.v[i];
	struct sg_proofs left = { proofs, n, run->proofs.n, NULL };
	run->proofs = left;
}
