/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every field of a manifest, by the table that reader and writer walk. */
#include "ui/view_internal.h"

static void list_rows(struct sg_rows *rows, const char *key, const struct sg_strs *list)
{
	sg_rows_add(rows, SG_STYLE_PLAIN, "  %s:%s", key, list->n ? "" : " []");
	for (size_t i = 0; i < list->n; i++)
		sg_rows_add(rows, SG_STYLE_PLAIN, "    - %s", sg_rows_clean(rows, list->v[i]));
}

static void row_row(struct sg_rows *rows, const char *name, const char *status,
	const struct sg_strs *outputs, const char *notes)
{
	sg_rows_add(rows, SG_STYLE_PLAIN, "    - %s  %s  [%s]  %s", sg_view_pad(rows, name, 8),
		sg_view_pad(rows, status, 7), sg_view_join(rows, outputs, ", "),
		sg_rows_clean(rows, notes));
}

static void extra_rows(struct sg_rows *rows, const char *extra)
{
	sg_rows_add_text(rows, SG_STYLE_DIM, extra ? extra : "");
}

static void role_rows(struct sg_rows *rows, const char *key, const struct sg_role_rows *list)
{
	sg_rows_add(rows, SG_STYLE_PLAIN, "  %s:%s", key, list->n ? "" : " []");
	for (size_t i = 0; i < list->n; i++) {
		row_row(rows, list->v[i].role, list->v[i].status_text,
			&list->v[i].outputs_produced, list->v[i].notes);
		extra_rows(rows, list->v[i].extra);
	}
}

static void engine_rows(
	struct sg_rows *rows, const char *key, const struct sg_engine_ledger *ledger)
{
	const struct sg_engine_rows *list = &ledger->entries;
	sg_rows_add(rows, SG_STYLE_PLAIN, "  %s: run_id %s%s", key,
		sg_rows_clean(rows, ledger->run_id), list->n ? "" : " []");
	for (size_t i = 0; i < list->n; i++) {
		row_row(rows, list->v[i].eng_key, list->v[i].status_text,
			&list->v[i].outputs_produced, list->v[i].notes);
		extra_rows(rows, list->v[i].extra);
	}
}

static const char *truth(enum sg_truth value)
{
	switch (value) {
	case SG_TRUTH_TRUE: return "true";
	case SG_TRUTH_FALSE: return "false";
	case SG_TRUTH_ABSENT: return "absent";
	case SG_TRUTH_OTHER: break;
	}
	return "no yes or no";
}

static void output_rows(
	struct sg_rows *rows, const char *key, const struct sg_output_rows *list)
{
	sg_rows_add(rows, SG_STYLE_PLAIN, "  %s:%s", key, list->n ? "" : " []");
	for (size_t i = 0; i < list->n; i++) {
		const struct sg_output_row *row = &list->v[i];
		sg_rows_add(rows, SG_STYLE_PLAIN, "    - %s  present %s  %s  %s",
			sg_rows_clean(rows, row->output), truth(row->present),
			sg_rows_clean(rows, row->source), sg_rows_clean(rows, row->ref));
		extra_rows(rows, row->extra);
	}
}

static void text_row(struct sg_rows *rows, const char *key, const char *text)
{
	sg_rows_add(rows, SG_STYLE_PLAIN, "  %s: %s", key, sg_rows_clean(rows, text));
}

static void target_rows(struct sg_rows *rows, const char *key, const struct sg_resume_target *t)
{
	sg_rows_add(rows, SG_STYLE_PLAIN, "  %s:", key);
	sg_rows_add(rows, SG_STYLE_PLAIN, "    FILE: %s", sg_rows_clean(rows, t->file));
	sg_rows_add(rows, SG_STYLE_PLAIN, "    GOAL: %s", sg_rows_clean(rows, t->goal));
}

static void field_rows(
	struct sg_rows *rows, const struct sg_manifest *m, const struct sg_field *field)
{
	const void *at = (const char *)m + field->offset;
	switch (field->kind) {
	case SG_FIELD_TEXT:
	case SG_FIELD_SIGNAL: text_row(rows, field->key, *(const char *const *)at); break;
	case SG_FIELD_BOOL:
	case SG_FIELD_TRUE_ONLY:
		text_row(rows, field->key, *(const bool *)at ? "true" : "false");
		break;
	case SG_FIELD_LIST: list_rows(rows, field->key, at); break;
	case SG_FIELD_STEP_STATUS:
		text_row(rows, field->key,
			sg_step_status_name(*(const enum sg_step_status *)at));
		break;
	case SG_FIELD_RESULT:
		text_row(rows, field->key, sg_result_name(*(const enum sg_result *)at));
		break;
	case SG_FIELD_ROLES: role_rows(rows, field->key, at); break;
	case SG_FIELD_ENGINES: engine_rows(rows, field->key, at); break;
	case SG_FIELD_OUTPUTS: output_rows(rows, field->key, at); break;
	case SG_FIELD_TARGET: target_rows(rows, field->key, at); break;
	case SG_FIELD_KIND_COUNT: break;
	}
}

void sg_view_manifest(struct sg_rows *rows, const struct sg_manifest *m)
{
	for (size_t i = 0; i < SG_FIELD_ID_COUNT; i++) {
		const struct sg_field *field = &sg_manifest_fields[i];
		if (!i || sg_manifest_fields[i - 1].section != field->section)
			sg_rows_add(rows, SG_STYLE_HEAD, "%s:", field->section_name);
		field_rows(rows, m, field);
		bool last = i + 1 == SG_FIELD_ID_COUNT ||
			    sg_manifest_fields[i + 1].section != field->section;
		if (last)
			extra_rows(rows, m->extra[field->section]);
	}
}
