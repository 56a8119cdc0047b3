/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Manifests to test with: read, varied, random, big. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manifest_test.h"

void t_read_bytes(struct reading *ret, const char *name, const char *bytes, size_t n_bytes,
	enum sg_read_mode mode)
{
	memset(ret, 0, sizeof(*ret));
	sg_arena_init(&ret->arena);
	ret->rc = sg_manifest_read(
		&ret->arena, name, bytes, n_bytes, mode, &ret->m, &ret->source, &ret->err);
	sg_err_text(&ret->err, ret->text, sizeof(ret->text));
}

void t_read(struct reading *ret, const char *name, const char *text, enum sg_read_mode mode)
{
	t_read_bytes(ret, name, text, strlen(text), mode);
}

void t_reading_release(struct reading *reading)
{
	sg_arena_release(&reading->arena);
}

char *t_written(const struct sg_manifest *m)
{
	struct sg_strbuf out = SG_STRBUF_INIT;

	sg_manifest_write(&out, m);
	return sg_strbuf_take(&out, NULL);
}

char *t_blank_with(size_t first, size_t last, const char *text)
{
	struct sg_manifest blank;
	struct sg_strbuf out = SG_STRBUF_INIT;

	sg_manifest_default(&blank);
	char *written = t_written(&blank);
	size_t line = 1;
	for (const char *at = written; *at; line++) {
		const char *next = strchr(at, '\n') + 1;
		if (line == first && text)
			sg_strbuf_adds(&out, text);
		if (line < first || line > last)
			sg_strbuf_add(&out, at, (size_t)(next - at));
		at = next;
	}
	if (first >= line && text)
		sg_strbuf_adds(&out, text);
	free(written);
	return sg_strbuf_take(&out, NULL);
}

/* --- random --- */

uint32_t t_random(struct random *random, uint32_t below)
{
	random->state = random->state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(random->state >> 33) % below;
}

static const char *pick(struct random *random, const char *const *from, size_t n)
{
	return from[t_random(random, (uint32_t)n)];
}

static const char *random_text(struct random *random, struct sg_arena *arena)
{
	static const char *const pieces[] = {"", "a", " ", "  ", "\n", "\t", "\r", "\"", "\\",
		"'", ": ", " #", "- ", "\x1b[31m", "\x01", "\x7f", "\xc2\x85", "\xc2\xa0",
		"\xe2\x80\xa8", "\xe2\x80\xa9", "\xef\xbb\xbf", "\xef\xbf\xbe",
		"\xf0\x9f\x98\x80", SG_USER_SIGNAL, "null", "true", "0001", "2026-01-02", "{",
		"}", "[", "]", ",", "&a", "*a", "!x", "|", ">", "%", "@", "`", "---", "...",
		"END.", "# head", "```", "SESSION:", "KEY:ENG.X"};
	struct sg_strbuf out = SG_STRBUF_INIT;

	for (uint32_t n = t_random(random, 5); n > 0; n--)
		sg_strbuf_adds(&out, pick(random, pieces, sizeof(pieces) / sizeof(pieces[0])));
	const char *text = sg_arena_strn(arena, out.bytes, out.n_bytes);
	sg_strbuf_release(&out);
	return text;
}

static struct sg_strs random_list(struct random *random, struct sg_arena *arena)
{
	struct sg_strs_builder b;

	sg_strs_builder_init(&b, arena);
	for (uint32_t n = t_random(random, 4); n > 0; n--)
		sg_strs_builder_add(&b, random_text(random, arena));
	return sg_strs_builder_list(&b);
}

/* Appends lines, with indent columns for each '@'. */
static void add_lines(struct sg_strbuf *out, const char *lines, int indent)
{
	for (; *lines; lines++) {
		if (*lines == '@')
			sg_strbuf_addf(out, "%*s", indent, "");
		else
			sg_strbuf_addc(out, *lines);
	}
}

/* Unknown keys as the reader keeps them. */
static const char *random_extra(struct random *random, struct sg_arena *arena, int indent)
{
	static const char *const lines[] = {
		"@note: plain words # said\n",
		"@\"quoted key\": {\"a\": [1, 2.5, ~], b: c}\n",
		"@1: 2026-01-02\n",
		"@list:\n@  - a\n@  - b: 1\n",
		"@block: |\n@  first\n\n@    second\n",
		"@folded: >-\n@  a\n@  b\n",
		"@map:\n@    # inside\n@    deep:\n@      deeper: \"x\"\n",
		"@empty:\n",
		"@long: \"one\n@  two\n\n@  three\" # behind\n",
	};
	struct sg_strbuf out = SG_STRBUF_INIT;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (t_random(random, 10) == 0)
			add_lines(&out, lines[i], indent);
	}
	const char *text = sg_arena_strn(arena, out.bytes, out.n_bytes);
	sg_strbuf_release(&out);
	return text;
}

static void random_roles(
	struct random *random, struct sg_arena *arena, struct sg_role_rows *ret)
{
	const size_t n = t_random(random, 4);
	struct sg_role_row *rows = sg_arena_array(arena, n + 1, sizeof(*rows));

	for (size_t i = 0; i < n; i++) {
		const enum sg_row_status status =
			(enum sg_row_status)t_random(random, SG_ROW_STATUS_COUNT);
		rows[i] = (struct sg_role_row){.role = random_text(random, arena),
			.status = status,
			.status_text = sg_row_status_name(status),
			.outputs_produced = random_list(random, arena),
			.notes = random_text(random, arena),
			.extra = random_extra(random, arena, 6)};
	}
	*ret = (struct sg_role_rows){.v = n > 0 ? rows : NULL, .n = n};
}

static void random_engines(
	struct random *random, struct sg_arena *arena, struct sg_engine_ledger *ret)
{
	const size_t n = t_random(random, 4);
	struct sg_engine_row *rows = sg_arena_array(arena, n + 1, sizeof(*rows));

	for (size_t i = 0; i < n; i++) {
		const enum sg_row_status status =
			(enum sg_row_status)t_random(random, SG_ROW_STATUS_COUNT);
		rows[i] = (struct sg_engine_row){.eng_key = random_text(random, arena),
			.status = status,
			.status_text = sg_row_status_name(status),
			.outputs_produced = random_list(random, arena),
			.notes = random_text(random, arena),
			.extra = random_extra(random, arena, 8)};
	}
	ret->run_id = random_text(random, arena);
	ret->entries = (struct sg_engine_rows){.v = n > 0 ? rows : NULL, .n = n};
}

static void random_outputs(
	struct random *random, struct sg_arena *arena, struct sg_output_rows *ret)
{
	const size_t n = t_random(random, 4);
	struct sg_output_row *rows = sg_arena_array(arena, n + 1, sizeof(*rows));

	for (size_t i = 0; i < n; i++)
		rows[i] = (struct sg_output_row){.output = random_text(random, arena),
			.present = t_random(random, 2) ? SG_TRUTH_TRUE : SG_TRUTH_FALSE,
			.source = random_text(random, arena),
			.ref = random_text(random, arena),
			.extra = random_extra(random, arena, 6)};
	*ret = (struct sg_output_rows){.v = n > 0 ? rows : NULL, .n = n};
}

static void random_field(struct random *random, struct sg_arena *arena,
	const struct sg_field *field, struct sg_manifest *m)
{
	void *at = (char *)m + field->offset;

	switch (field->kind) {
	case SG_FIELD_TEXT: *(const char **)at = random_text(random, arena); break;
	case SG_FIELD_BOOL: *(bool *)at = t_random(random, 2) == 0; break;
	case SG_FIELD_LIST: *(struct sg_strs *)at = random_list(random, arena); break;
	case SG_FIELD_STEP_STATUS:
		*(enum sg_step_status *)at =
			(enum sg_step_status)t_random(random, SG_STEP_STATUS_COUNT);
		break;
	case SG_FIELD_RESULT:
		*(enum sg_result *)at = (enum sg_result)t_random(random, SG_RESULT_COUNT);
		break;
	case SG_FIELD_ROLES: random_roles(random, arena, at); break;
	case SG_FIELD_ENGINES: random_engines(random, arena, at); break;
	case SG_FIELD_OUTPUTS: random_outputs(random, arena, at); break;
	case SG_FIELD_TARGET:
		*(struct sg_resume_target *)at = (struct sg_resume_target){
			random_text(random, arena), random_text(random, arena)};
		break;
	case SG_FIELD_TRUE_ONLY:
	case SG_FIELD_SIGNAL:
	case SG_FIELD_KIND_COUNT: break;
	}
}

void t_random_manifest(struct random *random, struct sg_arena *arena, struct sg_manifest *ret)
{
	sg_manifest_default(ret);
	for (size_t i = 0; i < SG_FIELD_ID_COUNT; i++)
		random_field(random, arena, &sg_manifest_fields[i], ret);
	for (int i = 0; i < SG_MAPPING_COUNT; i++) {
		const bool nested =
			i == SG_MAPPING_ENGINE_RUN_LEDGER || i == SG_MAPPING_RESUME_TARGET;
		ret->extra[i] = random_extra(random, arena,
			i == SG_MAPPING_ROOT ? 0
			: nested             ? 4
					     : 2);
	}
}

void t_big_manifest(struct sg_arena *arena, size_t n_engines, struct sg_manifest *ret)
{
	static const char *const outputs[] = {"INDEX_REPORT", "WORD_COUNT"};
	struct sg_engine_row *rows = sg_arena_array(arena, n_engines, sizeof(*rows));

	sg_manifest_default(ret);
	for (size_t i = 0; i < n_engines; i++) {
		char key[64];
		char notes[128];
		snprintf(key, sizeof(key), "KEY:ENG.DOCS.PART_%07zu", i);
		snprintf(notes, sizeof(notes),
			"exit 0 after %zu ms, OBSERVED, tier none, its outputs were hashed and "
			"copied",
			i % 977);
		rows[i] = (struct sg_engine_row){.eng_key = sg_arena_str(arena, key),
			.status = SG_ROW_STATUS_RAN,
			.status_text = "ran",
			.outputs_produced = {outputs, 2},
			.notes = sg_arena_str(arena, notes),
			.extra = ""};
	}
	ret->engines.run_id = "0001.1";
	ret->engines.entries = (struct sg_engine_rows){.v = rows, .n = n_engines};
}
