/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows and proofs of a new revision: the old one's arrays are never changed where it can see.
 */
#include <string.h>

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

static void slice_copy(
	struct sg_arena *arena, struct slice *s, size_t element_bytes, size_t room)
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
static void *slice_insert(
	struct sg_arena *arena, struct slice *s, size_t element_bytes, size_t at)
{
	bool own_end = s->backing_used && *s->backing_used == s->n && s->n < s->capacity;
	if (at < s->n)
		slice_copy(arena, s, element_bytes,
			8); /* the next one may go before the end too */
	else if (!own_end)
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
static void *slice_change(
	struct sg_arena *arena, struct slice *s, size_t element_bytes, size_t at)
{
	slice_copy(arena, s, element_bytes, 8);
	return sg_arena_failed(arena) ? NULL : (char *)writable(s->v) + at * element_bytes;
}

#define SLICE_OF(list)                                                   \
	{                                                                \
		(list).v, (list).n, (list).capacity, (list).backing_used \
	}
#define SLICE_TO(list, slice)                               \
	do {                                                \
		(list).v = (slice).v;                       \
		(list).n = (slice).n;                       \
		(list).capacity = (slice).capacity;         \
		(list).backing_used = (slice).backing_used; \
	} while (0)

static struct sg_strs names_of(struct sg_arena *arena, const struct sg_files *files)
{
	struct sg_strs_builder b;
	sg_strs_builder_init(&b, arena);
	for (size_t i = 0; i < files->n; i++)
		sg_strs_builder_add(&b, sg_copy_str(arena, files->v[i].name));
	return sg_strs_builder_list(&b);
}

bool sg_rx_role_row(struct sg_rx *rx, const char *role, enum sg_row_status status,
	const struct sg_files *outputs, const char *notes)
{
	struct sg_role_rows *rows = &rx->run->manifest.roles;
	struct sg_role_row *copy = sg_arena_array(rx->arena, rows->n + 1, sizeof(*copy));
	if (!copy)
		return false;
	size_t at = rows->n;
	bool found = false;
	for (size_t i = rows->n; i-- > 0 && !found;) {
		found = strcmp(rows->v[i].role, role) == 0;
		if (found)
			at = i;
	}
	if (!found)
		for (at = 0;
			at < rows->n && sg_role_rank(rows->v[at].role) <= sg_role_rank(role);)
			at++;
	size_t behind = found ? at + 1 : at;
	if (at)
		memcpy(copy, rows->v, at * sizeof(*copy));
	if (behind < rows->n)
		memcpy(copy + at + 1, rows->v + behind, (rows->n - behind) * sizeof(*copy));
	struct sg_role_row row = {sg_copy_str(rx->arena, role), sg_row_status_name(status),
		names_of(rx->arena, outputs), sg_copy_str(rx->arena, notes),
		found ? rows->v[at].extra : "", status};
	copy[at] = row;
	rows->v = copy;
	rows->n += found ? 0 : 1;
	return found;
}

/*
 * The place of a key among the required ones, looked for outwards from where it should be near.
 */
static size_t required_place(const struct sg_strs *required, const char *key, size_t near)
{
	if (near >= required->n)
		near = required->n ? required->n - 1 : 0;
	for (size_t d = 0; d < required->n; d++) {
		if (d <= near && sg_key_equal(required->v[near - d], key))
			return near - d;
		if (near + d < required->n && sg_key_equal(required->v[near + d], key))
			return near + d;
	}
	return required->n;
}

/*
 * Where the row of required engine `index` goes: the ledger keeps the plan's order. Engines end
 * in that order, or nearly so (JOBS), so the place is looked for from the end.
 */
static size_t engine_place(struct sg_rx *rx, const char *eng_key, size_t index, bool *ret_found)
{
	const struct sg_engine_rows *rows = &rx->run->manifest.engines.entries;
	const struct sg_strs *required = &rx->run->required_engines;
	size_t at = sg_rx_find(rx->arena, &rx->run->engines_index, rows->v, rows->n,
		sizeof(*rows->v), true, eng_key);
	*ret_found = at != SIZE_MAX;
	if (*ret_found)
		return at;
	for (at = rows->n; at > 0; at--)
		if (required_place(required, rows->v[at - 1].eng_key, index) < index)
			break;
	return at;
}

bool sg_rx_engine_row(struct sg_rx *rx, const char *eng_key, size_t index,
	enum sg_row_status status, const struct sg_files *outputs, const char *notes)
{
	struct sg_engine_rows *rows = &rx->run->manifest.engines.entries;
	bool found;
	size_t at = engine_place(rx, eng_key, index, &found);
	struct slice s = SLICE_OF(*rows);
	const char *extra = found ? rows->v[at].extra : "";
	struct sg_engine_row *slot = found ? slice_change(rx->arena, &s, sizeof(*slot), at)
					   : slice_insert(rx->arena, &s, sizeof(*slot), at);
	if (!slot)
		return false;
	struct sg_engine_row row = {sg_copy_str(rx->arena, eng_key), sg_row_status_name(status),
		names_of(rx->arena, outputs), sg_copy_str(rx->arena, notes), extra, status};
	*slot = row;
	SLICE_TO(*rows, s);
	return found;
}

bool sg_rx_output_row(
	struct sg_rx *rx, const char *output, bool present, const char *source, const char *ref)
{
	struct sg_output_rows *rows = &rx->run->manifest.outputs;
	size_t at = sg_rx_find(rx->arena, &rx->run->outputs_index, rows->v, rows->n,
		sizeof(*rows->v), false, output);
	bool found = at != SIZE_MAX;
	if (!found)
		at = rows->n;
	const char *extra = found ? rows->v[at].extra : "";
	bool was_present = found && rows->v[at].present == SG_TRUTH_TRUE;
	struct slice s = SLICE_OF(*rows);
	struct sg_output_row *slot = found ? slice_change(rx->arena, &s, sizeof(*slot), at)
					   : slice_insert(rx->arena, &s, sizeof(*slot), at);
	if (!slot)
		return false;
	struct sg_output_row row = {sg_copy_str(rx->arena, output),
		sg_copy_str(rx->arena, source), sg_copy_str(rx->arena, ref), extra,
		present ? SG_TRUTH_TRUE : SG_TRUTH_FALSE};
	*slot = row;
	SLICE_TO(*rows, s);
	return was_present; /* a row that is not present has no proof */
}

void sg_rx_proof(struct sg_rx *rx, const struct sg_proof *proof, bool may_stand)
{
	struct sg_proofs *proofs = &rx->run->proofs;
	size_t at = proofs->n;
	for (size_t i = may_stand ? proofs->n : 0; i-- > 0;)
		if (proofs->v[i].kind == proof->kind &&
			strcmp(proofs->v[i].name, proof->name) == 0) {
			at = i;
			break;
		}
	struct slice s = SLICE_OF(*proofs);
	struct sg_proof *slot = at < proofs->n ? slice_change(rx->arena, &s, sizeof(*slot), at)
					       : slice_insert(rx->arena, &s, sizeof(*slot), at);
	if (!slot)
		return;
	*slot = *proof;
	SLICE_TO(*proofs, s);
}

/* Both are in the order of the files, so each is passed once. */
static int same_since(const struct sg_sames *unchanged, size_t *next, const char *name)
{
	if (!unchanged || *next >= unchanged->n ||
		strcmp(unchanged->v[*next].name, name) != 0)
		return 0;
	return unchanged->v[(*next)++].since;
}

void sg_rx_outputs(struct sg_rx *rx, const struct sg_files *files, const char *source,
	const struct sg_proof *by, const struct sg_sames *unchanged)
{
	size_t next = 0;
	for (size_t i = 0; i < files->n; i++) {
		const struct sg_file *file = &files->v[i];
		bool stood =
			sg_rx_output_row(rx, file->name, true, source, sg_ref(rx->arena, file));
		struct sg_proof proof = *by;
		proof.kind = SG_FACT_OUTPUT;
		proof.name = file->name;
		proof.source_eng = by->kind == SG_FACT_ENGINE ? by->name : "";
		proof.files.v = file;
		proof.files.n = 1;
		proof.since = same_since(unchanged, &next, file->name);
		sg_rx_proof(rx, &proof, stood);
	}
}
