/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The manifest as JSON, for --json: its sections and fields under the seed's names, in its
 * order. A field that a lenient reader did not find is left out; one of the wrong shape is
 * null. Keys that stepgate does not know are not shown: they are YAML, not values.
 */
#include "format/json.h"

static void put_str(struct sg_json *j, const char *key, const char *text)
{
	sg_json_key(j, key);
	sg_json_str(j, text);
}

static void put_strs(struct sg_json *j, const char *key, const struct sg_strs *list)
{
	sg_json_key(j, key);
	sg_json_strs(j, list);
}

static void put_roles(struct sg_json *j, const struct sg_role_rows *rows)
{
	sg_json_open(j, '[');
	for (size_t i = 0; i < rows->n; i++) {
		sg_json_open(j, '{');
		put_str(j, "role", rows->v[i].role);
		put_str(j, "status", rows->v[i].status_text);
		put_strs(j, "outputs_produced", &rows->v[i].outputs_produced);
		put_str(j, "notes", rows->v[i].notes);
		sg_json_close(j, '}');
	}
	sg_json_close(j, ']');
}

static void put_engines(
	struct sg_json *j, const struct sg_engine_ledger *ledger, unsigned char shape)
{
	sg_json_open(j, '{');
	put_str(j, "run_id", ledger->run_id);
	if (shape != SG_SHAPE_ABSENT)
		sg_json_key(j, "entries");
	if (shape == SG_SHAPE_WRONG)
		sg_json_null(j);
	if (shape == SG_SHAPE_PRESENT) {
		sg_json_open(j, '[');
		for (size_t i = 0; i < ledger->entries.n; i++) {
			const struct sg_engine_row *row = &ledger->entries.v[i];
			sg_json_open(j, '{');
			put_str(j, "eng_key", row->eng_key);
			put_str(j, "status", row->status_text);
			put_strs(j, "outputs_produced", &row->outputs_produced);
			put_str(j, "notes", row->notes);
			sg_json_close(j, '}');
		}
		sg_json_close(j, ']');
	}
	sg_json_close(j, '}');
}

static void put_present(struct sg_json *j, enum sg_truth present)
{
	switch (present) {
	case SG_TRUTH_ABSENT: return;
	case SG_TRUTH_FALSE:
	case SG_TRUTH_TRUE:
		sg_json_key(j, "present");
		sg_json_bool(j, present == SG_TRUTH_TRUE);
		return;
	case SG_TRUTH_OTHER:
		sg_json_key(j, "present");
		sg_json_null(j);
		return;
	}
}

static void put_outputs(struct sg_json *j, const struct sg_output_rows *rows)
{
	sg_json_open(j, '[');
	for (size_t i = 0; i < rows->n; i++) {
		sg_json_open(j, '{');
		put_str(j, "output", rows->v[i].output);
		put_present(j, rows->v[i].present);
		put_str(j, "source", rows->v[i].source);
		put_str(j, "ref", rows->v[i].ref);
		sg_json_close(j, '}');
	}
	sg_json_close(j, ']');
}

static void put_target(struct sg_json *j, const struct sg_resume_target *target)
{
	sg_json_open(j, '{');
	put_str(j, "FILE", target->file);
	put_str(j, "GOAL", target->goal);
	sg_json_close(j, '}');
}

/*
 * The member of m that a row of sg_manifest_fields names; its type follows from the row's
 * kind.
 */
static void put_field(struct sg_json *j, const struct sg_manifest *m, const struct sg_field *f)
{
	const void *at = (const char *)m + f->offset;

	switch (f->kind) {
	case SG_FIELD_TEXT:
	case SG_FIELD_SIGNAL: sg_json_str(j, *(const char *const *)at); return;
	case SG_FIELD_BOOL:
	case SG_FIELD_TRUE_ONLY: sg_json_bool(j, *(const bool *)at); return;
	case SG_FIELD_LIST: sg_json_strs(j, at); return;
	case SG_FIELD_STEP_STATUS:
		sg_json_str(j, sg_step_status_name(*(const enum sg_step_status *)at));
		return;
	case SG_FIELD_RESULT:
		sg_json_str(j, sg_result_name(*(const enum sg_result *)at));
		return;
	case SG_FIELD_ROLES: put_roles(j, at); return;
	case SG_FIELD_ENGINES: put_engines(j, at, m->entries_shape); return;
	case SG_FIELD_OUTPUTS: put_outputs(j, at); return;
	case SG_FIELD_TARGET: put_target(j, at); return;
	case SG_FIELD_KIND_COUNT: return;
	}
}

void sg_json_manifest_section(
	struct sg_json *j, const struct sg_manifest *m, enum sg_mapping section)
{
	sg_json_open(j, '{');
	for (unsigned i = 0; i < SG_FIELD_ID_COUNT; i++) {
		const struct sg_field *f = &sg_manifest_fields[i];
		if (f->section != section || m->shape[i] == SG_SHAPE_ABSENT)
			continue;
		sg_json_key(j, f->key);
		if (m->shape[i] == SG_SHAPE_WRONG)
			sg_json_null(j);
		else
			put_field(j, m, f);
	}
	sg_json_close(j, '}');
}

void sg_json_manifest(struct sg_json *j, const struct sg_manifest *m)
{
	sg_json_open(j, '{');
	for (unsigned s = SG_MAPPING_SESSION; s <= SG_MAPPING_RESUME; s++) {
		sg_json_key(j, sg_mapping_name((enum sg_mapping)s));
		sg_json_manifest_section(j, m, (enum sg_mapping)s);
	}
	sg_json_close(j, '}');
}
