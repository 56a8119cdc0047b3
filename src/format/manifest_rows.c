/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The three ledgers. Rows gather outside of the arena, where an array can grow, and become part
 * of it at the end. A row's texts share the memory of the row before where they are equal: of a
 * million rows most say "ran" and name the same outputs.
 */
#include <string.h>

#include "format/manifest_emit.h"
#include "format/manifest_reader.h"

#define KNOWN(key)                   \
	{                            \
		key, sizeof(key) - 1 \
	}

enum { NAME_KEY, STATUS_KEY, OUTPUTS_KEY, NOTES_KEY };
enum { PRESENT_KEY = 1, SOURCE_KEY, REF_KEY };
enum { N_ROW_KEYS = 4 };

static const struct sg_known row_keys[][N_ROW_KEYS] = {
	[SG_ROLE_ROW] = {KNOWN("role"), KNOWN("status"), KNOWN("outputs_produced"),
		KNOWN("notes")},
	[SG_ENGINE_ROW] = {KNOWN("eng_key"), KNOWN("status"), KNOWN("outputs_produced"),
		KNOWN("notes")},
	[SG_OUTPUT_ROW] = {KNOWN("output"), KNOWN("present"), KNOWN("source"), KNOWN("ref")},
};

static const size_t row_bytes[] = {
	[SG_ROLE_ROW] = sizeof(struct sg_role_row),
	[SG_ENGINE_ROW] = sizeof(struct sg_engine_row),
	[SG_OUTPUT_ROW] = sizeof(struct sg_output_row),
};

/* --- one row --- */

/* The status as a word of the set; leniently, whatever it is. */
static enum sg_rc read_status(struct sg_reader *r, const struct sg_map *map,
	const struct sg_read_row *like, struct sg_read_row *row)
{
	const struct sg_yaml_event *ev = &r->ev;
	unsigned char shape = SG_SHAPE_PRESENT;

	const bool scalar = ev->type == SG_YAML_SCALAR;
	if (scalar && ev->kind == SG_YAML_TEXT && sg_row_status_parse(ev->text, &row->status)) {
		row->status_text = sg_row_status_name(row->status);
		return SG_OK;
	}
	if (scalar)
		row->status_text = sg_reader_keep(r, like->status_text);
	return sg_reader_wrong(r, map, "status", "ran, skipped or failed", &shape);
}

static enum sg_rc read_present(
	struct sg_reader *r, const struct sg_map *map, struct sg_read_row *row)
{
	const struct sg_yaml_event *ev = &r->ev;
	const bool plain = ev->type == SG_YAML_SCALAR && !ev->quoted;
	unsigned char shape = SG_SHAPE_PRESENT;

	if (plain && strcmp(ev->text, "true") == 0)
		row->present = SG_TRUTH_TRUE;
	else if (plain && strcmp(ev->text, "false") == 0)
		row->present = SG_TRUTH_FALSE;
	else
		row->present = SG_TRUTH_OTHER;
	if (row->present != SG_TRUTH_OTHER)
		return SG_OK;
	return sg_reader_wrong(r, map, "present", "true or false", &shape);
}

static enum sg_rc read_name(
	struct sg_reader *r, const struct sg_map *map, struct sg_read_row *row)
{
	unsigned char shape = SG_SHAPE_ABSENT;
	const enum sg_rc rc =
		sg_reader_text(r, map, map->known[NAME_KEY].key, NULL, &row->name, &shape);

	row->named = shape == SG_SHAPE_PRESENT;
	return rc;
}

static enum sg_rc read_worker_value(struct sg_reader *r, const struct sg_map *map, size_t known,
	const struct sg_read_row *like, struct sg_read_row *row)
{
	unsigned char shape;

	switch (known) {
	case NAME_KEY: return read_name(r, map, row);
	case STATUS_KEY: return read_status(r, map, like, row);
	case OUTPUTS_KEY:
		return sg_reader_list(r, map, "outputs_produced", &like->outputs_produced,
			&row->outputs_produced, &shape);
	default: return sg_reader_text(r, map, "notes", like->notes, &row->notes, &shape);
	}
}

static enum sg_rc read_output_value(struct sg_reader *r, const struct sg_map *map, size_t known,
	const struct sg_read_row *like, struct sg_read_row *row)
{
	unsigned char shape;

	switch (known) {
	case NAME_KEY: return read_name(r, map, row);
	case PRESENT_KEY: return read_present(r, map, row);
	case SOURCE_KEY:
		return sg_reader_text(r, map, "source", like->source, &row->source, &shape);
	default: return sg_reader_text(r, map, "ref", like->ref, &row->ref, &shape);
	}
}

static enum sg_rc read_row_map(struct sg_reader *r, struct sg_map *map, enum sg_row_kind kind,
	const struct sg_read_row *like, struct sg_read_row *row)
{
	for (;;) {
		size_t known = 0;
		enum sg_rc rc = sg_map_next(r, map, &known);
		if (rc == SG_OK && known == map->n_known)
			return sg_map_end(r, map, &row->extra);
		if (rc == SG_OK)
			rc = kind == SG_OUTPUT_ROW
				     ? read_output_value(r, map, known, like, row)
				     : read_worker_value(r, map, known, like, row);
		if (rc < 0)
			return rc;
	}
}

/* The row at ev. Leniently, what is no mapping has no name. */
static enum sg_rc read_row(struct sg_reader *r, const char *ledger,
	const struct sg_read_rows *g, const struct sg_read_row *like, struct sg_read_row *row)
{
	unsigned char shape;
	struct sg_map map = {
		.name = ledger,
		.row = g->n + 1,
		.known = row_keys[g->kind],
		.n_known = N_ROW_KEYS,
		.indent = g->kind == SG_ENGINE_ROW ? SG_INDENT_ENGINE_ROW : SG_INDENT_ROW,
	};

	if (r->ev.type != SG_YAML_MAP)
		return sg_reader_wrong(r, &map, NULL, "a mapping", &shape);
	sg_map_begin(r, &map);
	const enum sg_rc rc = read_row_map(r, &map, g->kind, like, row);
	sg_map_release(&map);
	return rc;
}

/* --- all rows --- */

static bool reserve_row(struct sg_read_rows *g)
{
	if (g->n < g->capacity)
		return true;
	const size_t capacity = g->capacity ? g->capacity * 2 : 16;
	size_t size_bytes = 0;
	if (__builtin_mul_overflow(capacity, row_bytes[g->kind], &size_bytes))
		return false;
	void *grown = sg_arena_piece_grow(&g->piece, size_bytes);
	if (!grown)
		return false;
	g->bytes = grown;
	g->capacity = capacity;
	return true;
}

bool sg_read_rows_add(struct sg_read_rows *g, const struct sg_read_row *row)
{
	if (!reserve_row(g))
		return false;
	void *at = g->bytes + g->n++ * row_bytes[g->kind];
	switch (g->kind) {
	case SG_ROLE_ROW:
		*(struct sg_role_row *)at = (struct sg_role_row){.role = row->name,
			.status_text = row->status_text,
			.outputs_produced = row->outputs_produced,
			.notes = row->notes,
			.extra = row->extra,
			.status = row->status};
		break;
	case SG_ENGINE_ROW:
		*(struct sg_engine_row *)at = (struct sg_engine_row){.eng_key = row->name,
			.status_text = row->status_text,
			.outputs_produced = row->outputs_produced,
			.notes = row->notes,
			.extra = row->extra,
			.status = row->status};
		break;
	case SG_OUTPUT_ROW:
		*(struct sg_output_row *)at = (struct sg_output_row){.output = row->name,
			.source = row->source,
			.ref = row->ref,
			.extra = row->extra,
			.present = row->present};
		break;
	}
	return true;
}

const void *sg_read_rows_settle(struct sg_read_rows *g, struct sg_arena *arena)
{
	const void *rows = NULL;

	if (g->n > 0)
		rows = sg_arena_adopt(arena, &g->piece, g->n * row_bytes[g->kind]);
	sg_arena_piece_release(&g->piece);
	g->bytes = NULL;
	return rows;
}

static enum sg_rc gather(struct sg_reader *r, const char *ledger, struct sg_read_rows *g)
{
	struct sg_read_row like = SG_NO_ROW;

	for (;;) {
		struct sg_read_row row = SG_NO_ROW;
		enum sg_rc rc = sg_reader_next(r);
		if (rc == SG_OK && r->ev.type == SG_YAML_LIST_END)
			return SG_OK;
		if (rc == SG_OK)
			rc = read_row(r, ledger, g, &like, &row);
		if (rc == SG_OK && row.named && !sg_read_rows_add(g, &row))
			rc = sg_reader_no_memory(r);
		if (rc < 0)
			return rc;
		if (row.named)
			like = row;
	}
}

/* The rows at ev, in the arena: *ret_rows NULL if there are none. */
static enum sg_rc read_ledger(struct sg_reader *r, const struct sg_map *map, const char *key,
	struct sg_read_rows *g, const void **ret_rows, unsigned char *shape)
{
	if (r->ev.type != SG_YAML_LIST)
		return sg_reader_wrong(r, map, key, "a list", shape);
	*shape = SG_SHAPE_PRESENT;
	enum sg_rc rc = gather(r, g->kind == SG_ENGINE_ROW ? map->name : key, g);
	*ret_rows = sg_read_rows_settle(g, r->arena);
	if (rc == SG_OK && g->n > 0 && !*ret_rows)
		rc = sg_reader_no_memory(r);
	return rc;
}

enum sg_rc sg_reader_roles(struct sg_reader *r, const struct sg_map *map, const char *key,
	struct sg_role_rows *ret, unsigned char *shape)
{
	struct sg_read_rows g = {.kind = SG_ROLE_ROW};
	const void *rows = NULL;
	const enum sg_rc rc = read_ledger(r, map, key, &g, &rows, shape);

	if (rc == SG_OK && rows)
		*ret = (struct sg_role_rows){.v = rows, .n = g.n};
	return rc;
}

static enum sg_rc read_entries(
	struct sg_reader *r, const struct sg_map *map, struct sg_engine_rows *ret)
{
	struct sg_read_rows g = {.kind = SG_ENGINE_ROW};
	const void *rows = NULL;
	const enum sg_rc rc = read_ledger(r, map, "entries", &g, &rows, &r->m->entries_shape);

	if (rc == SG_OK && rows)
		*ret = (struct sg_engine_rows){.v = rows, .n = g.n, .capacity = g.n};
	return rc;
}

static enum sg_rc read_engine_ledger(
	struct sg_reader *r, struct sg_map *map, struct sg_engine_ledger *ret)
{
	unsigned char shape;

	for (;;) {
		size_t known = 0;
		enum sg_rc rc = sg_map_next(r, map, &known);
		if (rc == SG_OK && known == map->n_known)
			return sg_map_end(r, map, &r->m->extra[SG_MAPPING_ENGINE_RUN_LEDGER]);
		if (rc == SG_OK)
			rc = known == 0 ? sg_reader_text(
						  r, map, "run_id", NULL, &ret->run_id, &shape)
					: read_entries(r, map, &ret->entries);
		if (rc < 0)
			return rc;
	}
}

enum sg_rc sg_reader_engines(struct sg_reader *r, const struct sg_map *map, const char *key,
	struct sg_engine_ledger *ret, unsigned char *shape)
{
	static const struct sg_known keys[] = {KNOWN("run_id"), KNOWN("entries")};
	struct sg_map inner = {
		.name = key, .known = keys, .n_known = 2, .indent = SG_INDENT_NESTED};

	if (r->ev.type != SG_YAML_MAP)
		return sg_reader_wrong(r, map, key, "a mapping", shape);
	*shape = SG_SHAPE_PRESENT;
	sg_map_begin(r, &inner);
	const enum sg_rc rc = read_engine_ledger(r, &inner, ret);
	sg_map_release(&inner);
	return rc;
}

enum sg_rc sg_reader_outputs(struct sg_reader *r, const struct sg_map *map, const char *key,
	struct sg_output_rows *ret, unsigned char *shape)
{
	struct sg_read_rows g = {.kind = SG_OUTPUT_ROW};
	const void *rows = NULL;
	const enum sg_rc rc = read_ledger(r, map, key, &g, &rows, shape);

	if (rc == SG_OK && rows)
		*ret = (struct sg_output_rows){.v = rows, .n = g.n, .capacity = g.n};
	return rc;
}
