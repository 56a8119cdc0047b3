/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two manifests by field and row. Rows are matched by name through a table, the last of one
 * name with the last: a ledger of a million rows costs two passes.
 */
#include "core/diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"

#define ROW_CELLS 4

struct report {
	struct sg_strbuf *out;
	size_t max_lines;
	size_t n_lines;
	size_t n_found;
	size_t n_shown;
	bool full; /* one did not fit: nothing behind it is shown either */
};

/* One value as text, whatever its type. */
struct cell {
	const char *key;
	const char *text; /* NULL: list */
	const struct sg_strs *list;
	bool bare; /* a word of ours: not quoted */
};

struct row {
	const char *name;
	struct cell cells[ROW_CELLS];
};

/* A ledger of either manifest, seen as rows. */
struct ledger {
	const char *path;
	const struct sg_manifest *m;
	size_t n;
	void (*row)(const struct sg_manifest *m, size_t i, struct row *ret);
};

/* On one line: what a value holds must not look like lines of the diff. */
static void add_escaped(struct sg_strbuf *out, const char *text)
{
	for (const char *p = text; *p != '\0'; p++) {
		const unsigned char c = (unsigned char)*p;
		if (c == '\n')
			sg_strbuf_adds(out, "\\n");
		else if (c < 0x20 || c == 0x7f)
			sg_strbuf_addf(out, "\\x%02X", (unsigned)c);
		else if (c == '"' || c == '\\')
			sg_strbuf_addf(out, "\\%c", *p);
		else
			sg_strbuf_addc(out, *p);
	}
}

static void add_quoted(struct sg_strbuf *out, const char *text)
{
	sg_strbuf_addc(out, '"');
	add_escaped(out, text);
	sg_strbuf_addc(out, '"');
}

static void add_cell(struct sg_strbuf *out, const struct cell *cell)
{
	if (cell->text && cell->bare) {
		sg_strbuf_adds(out, cell->text);
		return;
	}
	if (cell->text) {
		add_quoted(out, cell->text);
		return;
	}
	sg_strbuf_addc(out, '[');
	for (size_t i = 0; i < cell->list->n; i++) {
		if (i > 0)
			sg_strbuf_adds(out, ", ");
		add_quoted(out, cell->list->v[i]);
	}
	sg_strbuf_addc(out, ']');
}

static bool cells_equal(const struct cell *a, const struct cell *b)
{
	if ((a->text == NULL) != (b->text == NULL) || a->bare != b->bare)
		return false;
	if (a->text)
		return strcmp(a->text, b->text) == 0;
	if (a->list->n != b->list->n)
		return false;
	for (size_t i = 0; i < a->list->n; i++) {
		if (strcmp(a->list->v[i], b->list->v[i]) != 0)
			return false;
	}
	return true;
}

/* Counts one difference and says whether its lines may be printed. */
static bool found(struct report *r, size_t lines)
{
	r->n_found++;
	r->full = r->full || r->n_lines + lines > r->max_lines;
	if (r->full)
		return false;
	r->n_lines += lines;
	r->n_shown++;
	return true;
}

static void add_name(struct sg_strbuf *out, const char *name)
{
	sg_strbuf_addc(out, '[');
	add_escaped(out, name);
	sg_strbuf_addc(out, ']');
}

static void add_value(struct report *r, char mark, const char *path, const char *name,
	const struct cell *cell)
{
	sg_strbuf_addf(r->out, "%c%s", mark, path);
	if (name)
		add_name(r->out, name);
	if (cell->key[0] != '\0')
		sg_strbuf_addf(r->out, ".%s", cell->key);
	sg_strbuf_adds(r->out, ": ");
	add_cell(r->out, cell);
	sg_strbuf_addc(r->out, '\n');
}

/* One value that changed: two lines, both or neither. */
static void compare_cells(struct report *r, const char *path, const char *name,
	const struct cell *a, const struct cell *b)
{
	if (cells_equal(a, b) || !found(r, 2))
		return;
	add_value(r, '-', path, name, a);
	add_value(r, '+', path, name, b);
}

/* A row that only one side has, on one line. */
static void report_row(struct report *r, char mark, const char *path, const struct row *row)
{
	if (!found(r, 1))
		return;
	sg_strbuf_addf(r->out, "%c%s", mark, path);
	add_name(r->out, row->name);
	sg_strbuf_adds(r->out, ": {");
	for (size_t i = 0; i < ROW_CELLS; i++) {
		const struct cell *cell = &row->cells[i];
		const bool empty = cell->text && cell->text[0] == '\0';
		if (empty && i == ROW_CELLS - 1)
			continue; /* unknown keys, where there are none */
		sg_strbuf_addf(r->out, "%s%s: ", i > 0 ? ", " : "", cell->key);
		add_cell(r->out, cell);
	}
	sg_strbuf_adds(r->out, "}\n");
}

static const char *status_text(enum sg_row_status status, const char *text)
{
	return (unsigned)status < SG_ROW_STATUS_COUNT ? sg_row_status_name(status) : text;
}

static const char *truth_text(enum sg_truth truth)
{
	switch (truth) {
	case SG_TRUTH_ABSENT: return "absent";
	case SG_TRUTH_FALSE: return "false";
	case SG_TRUTH_TRUE: return "true";
	case SG_TRUTH_OTHER:;
	}
	return "neither true nor false";
}

static void role_at(const struct sg_manifest *m, size_t i, struct row *ret)
{
	const struct sg_role_row *row = &m->roles.v[i];

	*ret = (struct row){
		row->role, {{"status", status_text(row->status, row->status_text), NULL, false},
				   {"outputs_produced", NULL, &row->outputs_produced, false},
				   {"notes", row->notes, NULL, false},
				   {"(unknown keys)", row->extra, NULL, false}}};
}

static void engine_at(const struct sg_manifest *m, size_t i, struct row *ret)
{
	const struct sg_engine_row *row = &m->engines.entries.v[i];

	*ret = (struct row){row->eng_key,
		{{"status", status_text(row->status, row->status_text), NULL, false},
			{"outputs_produced", NULL, &row->outputs_produced, false},
			{"notes", row->notes, NULL, false},
			{"(unknown keys)", row->extra, NULL, false}}};
}

static void output_at(const struct sg_manifest *m, size_t i, struct row *ret)
{
	const struct sg_output_row *row = &m->outputs.v[i];

	*ret = (struct row){row->output,
		{{"present", truth_text(row->present), NULL, true},
			{"source", row->source, NULL, false}, {"ref", row->ref, NULL, false},
			{"(unknown keys)", row->extra, NULL, false}}};
}

/* For each row of a ledger the row of the other one, or SG_TABLE_NONE. */
struct matches {
	size_t *of_a;
	size_t *of_b;
};

/*
 * cursor[last] is the last row of that name that has no partner yet; before[i] the row of the
 * same name in front of i. All arrays are of one allocation, which the caller frees.
 */
static bool match_rows(const struct ledger *a, const struct ledger *b, struct sg_table *table,
	struct matches *ret)
{
	size_t *cells = calloc(3 * a->n + b->n + 1, sizeof(*cells));
	struct row row;

	if (!cells)
		return false;
	const struct matches found = {cells, cells + a->n};
	size_t *before = found.of_b + b->n;
	size_t *cursor = before + a->n;
	sg_table_reserve(table, a->n);
	for (size_t i = 0; i < a->n; i++) {
		a->row(a->m, i, &row);
		before[i] = sg_table_put(table, row.name, i);
		cursor[i] = i;
		found.of_a[i] = SG_TABLE_NONE;
	}
	if (table->failed) {
		free(cells);
		return false;
	}
	for (size_t i = b->n; i-- > 0;) {
		b->row(b->m, i, &row);
		const size_t last = sg_table_get(table, row.name);
		found.of_b[i] = last == SG_TABLE_NONE ? last : cursor[last];
		if (found.of_b[i] == SG_TABLE_NONE)
			continue;
		found.of_a[found.of_b[i]] = i;
		cursor[last] = before[found.of_b[i]];
	}
	*ret = found;
	return true;
}

static void report_matched(struct report *r, const struct ledger *a, const struct ledger *b,
	const struct matches *matches)
{
	bool moved = false;
	size_t highest = 0;
	struct row row_a;
	struct row row_b;

	for (size_t i = 0; i < a->n; i++) {
		if (matches->of_a[i] != SG_TABLE_NONE)
			continue;
		a->row(a->m, i, &row_a);
		report_row(r, '-', a->path, &row_a);
	}
	for (size_t i = 0; i < b->n; i++) {
		const size_t partner = matches->of_b[i];
		b->row(b->m, i, &row_b);
		if (partner == SG_TABLE_NONE) {
			report_row(r, '+', b->path, &row_b);
			continue;
		}
		a->row(a->m, partner, &row_a);
		for (size_t c = 0; c < ROW_CELLS; c++)
			compare_cells(r, a->path, row_a.name, &row_a.cells[c], &row_b.cells[c]);
		moved = moved || partner < highest;
		highest = partner > highest ? partner : highest;
	}
	if (moved) {
		const struct cell from = {"(order)", "as it was", NULL, true};
		const struct cell to = {"(order)", "changed", NULL, true};
		compare_cells(r, a->path, NULL, &from, &to);
	}
}

static void compare_ledgers(struct report *r, const struct ledger *a, const struct ledger *b)
{
	struct sg_table table = SG_TABLE_INIT;
	struct matches matches = {NULL, NULL};

	if (match_rows(a, b, &table, &matches)) {
		report_matched(r, a, b, &matches);
	} else if (found(r, 1)) {
		/* nothing may look equal because memory ran out */
		sg_strbuf_addf(r->out, "-%s: not compared: out of memory\n", a->path);
	}
	free(matches.of_a);
	sg_table_release(&table);
}

static const void *member(const struct sg_manifest *m, const struct sg_field *field)
{
	return (const char *)m + field->offset;
}

static struct cell field_cell(
	const struct sg_manifest *m, const struct sg_field *field, unsigned char shape)
{
	struct cell cell = {"", "", NULL, true};
	const void *value = member(m, field);

	if (shape != SG_SHAPE_PRESENT) {
		cell.text = shape == SG_SHAPE_ABSENT ? "(absent)" : "(of a wrong shape)";
		return cell;
	}
	switch (field->kind) {
	case SG_FIELD_TEXT:
	case SG_FIELD_SIGNAL:
		cell.text = *(const char *const *)value;
		cell.bare = false;
		break;
	case SG_FIELD_BOOL:
	case SG_FIELD_TRUE_ONLY: cell.text = *(const bool *)value ? "true" : "false"; break;
	case SG_FIELD_LIST:
		cell.text = NULL;
		cell.list = value;
		break;
	case SG_FIELD_STEP_STATUS:
		cell.text = sg_step_status_name(*(const enum sg_step_status *)value);
		break;
	case SG_FIELD_RESULT: cell.text = sg_result_name(*(const enum sg_result *)value); break;
	case SG_FIELD_ROLES:
	case SG_FIELD_ENGINES:
	case SG_FIELD_OUTPUTS:
	case SG_FIELD_TARGET:
	case SG_FIELD_KIND_COUNT:; /* their parts are compared one by one */
	}
	return cell;
}

static void compare_text(
	struct report *r, const char *path, const char *key, const char *a, const char *b)
{
	const struct cell cell_a = {key, a, NULL, false};
	const struct cell cell_b = {key, b, NULL, false};

	compare_cells(r, path, NULL, &cell_a, &cell_b);
}

static void compare_parts(struct report *r, const char *path, const struct sg_field *field,
	const struct sg_manifest *a, const struct sg_manifest *b)
{
	struct ledger rows_a = {path, a, a->roles.n, role_at};
	struct ledger rows_b = {path, b, b->roles.n, role_at};
	bool shared = a->roles.v == b->roles.v;

	if (field->kind == SG_FIELD_TARGET) {
		compare_text(r, path, "FILE", a->resume_target.file, b->resume_target.file);
		compare_text(r, path, "GOAL", a->resume_target.goal, b->resume_target.goal);
		return;
	}
	if (field->kind == SG_FIELD_ENGINES) {
		const char *const shapes[] = {"", "(absent)", "(of a wrong shape)"};
		compare_text(r, path, "run_id", a->engines.run_id, b->engines.run_id);
		compare_text(r, path, "entries", shapes[a->entries_shape % 3],
			shapes[b->entries_shape % 3]);
		rows_a = (struct ledger){path, a, a->engines.entries.n, engine_at};
		rows_b = (struct ledger){path, b, b->engines.entries.n, engine_at};
		shared = a->engines.entries.v == b->engines.entries.v;
	} else if (field->kind == SG_FIELD_OUTPUTS) {
		rows_a = (struct ledger){path, a, a->outputs.n, output_at};
		rows_b = (struct ledger){path, b, b->outputs.n, output_at};
		shared = a->outputs.v == b->outputs.v;
	}
	/* revisions share their rows: then there is nothing to look at */
	if (!shared || rows_a.n != rows_b.n)
		compare_ledgers(r, &rows_a, &rows_b);
}

static bool has_parts(enum sg_field_kind kind)
{
	return kind == SG_FIELD_ROLES || kind == SG_FIELD_ENGINES || kind == SG_FIELD_OUTPUTS ||
	       kind == SG_FIELD_TARGET;
}

static void compare_field(
	struct report *r, size_t id, const struct sg_manifest *a, const struct sg_manifest *b)
{
	const struct sg_field *field = &sg_manifest_fields[id];
	char path[128];

	/* names of the seed's template: all far shorter */
	(void)snprintf(path, sizeof(path), "%s.%s", field->section_name, field->key);
	const struct cell cell_a = field_cell(a, field, a->shape[id]);
	const struct cell cell_b = field_cell(b, field, b->shape[id]);
	compare_cells(r, path, NULL, &cell_a, &cell_b);
	if (has_parts(field->kind))
		compare_parts(r, path, field, a, b);
}

size_t sg_manifest_diff(struct sg_strbuf *out, const struct sg_manifest *a,
	const struct sg_manifest *b, size_t max_lines)
{
	struct report r = {.out = out, .max_lines = max_lines};

	for (size_t id = 0; id < SG_FIELD_ID_COUNT; id++)
		compare_field(&r, id, a, b);
	for (size_t i = 0; i < SG_MAPPING_COUNT; i++)
		compare_text(&r, sg_mapping_name((enum sg_mapping)i), "(unknown keys)",
			a->extra[i], b->extra[i]);
	if (r.n_found > r.n_shown)
		sg_strbuf_addf(out, "... and %zu more\n", r.n_found - r.n_shown);
	return r.n_found;
}
