/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * RUNTIME_MANIFEST from bytes. Here: the root, the sections, the single fields. manifest_rows.c
 * has the ledgers, manifest_extra.c the unknown keys, manifest_map.c what all mappings share.
 */
#include "format/manifest_io.h"

#include <stdlib.h>
#include <string.h>

#include "format/manifest_emit.h"
#include "format/manifest_reader.h"
#include "format/markdown.h"

/* --- single fields --- */

static enum sg_rc read_bool(struct sg_reader *r, const struct sg_map *map,
	const struct sg_field *field, bool *ret, unsigned char *shape)
{
	const struct sg_yaml_event *ev = &r->ev;
	const bool plain = ev->type == SG_YAML_SCALAR && !ev->quoted;
	const bool is_true = plain && strcmp(ev->text, "true") == 0;
	const bool only_true = field->kind == SG_FIELD_TRUE_ONLY;

	if (!is_true && (only_true || !plain || strcmp(ev->text, "false") != 0))
		return sg_reader_wrong(
			r, map, field->key, only_true ? "true" : "true or false", shape);
	*ret = is_true;
	*shape = SG_SHAPE_PRESENT;
	return SG_OK;
}

/* The text at ev, NULL if it is none: for fields that take one of a few words. */
static const char *word(const struct sg_reader *r)
{
	return r->ev.type == SG_YAML_SCALAR && r->ev.kind == SG_YAML_TEXT ? r->ev.text : NULL;
}

static enum sg_rc read_signal(struct sg_reader *r, const struct sg_map *map,
	const struct sg_field *field, const char **ret, unsigned char *shape)
{
	if (!word(r) || strcmp(word(r), SG_USER_SIGNAL) != 0)
		return sg_reader_wrong(
			r, map, field->key, "the text \"" SG_USER_SIGNAL "\"", shape);
	*ret = SG_USER_SIGNAL;
	*shape = SG_SHAPE_PRESENT;
	return SG_OK;
}

static enum sg_rc read_step_status(struct sg_reader *r, const struct sg_map *map,
	const struct sg_field *field, enum sg_step_status *ret, unsigned char *shape)
{
	if (!word(r) || !sg_step_status_parse(word(r), ret))
		return sg_reader_wrong(
			r, map, field->key, "RUNNING, STOP_GAP, FAIL or PASS", shape);
	*shape = SG_SHAPE_PRESENT;
	return SG_OK;
}

static enum sg_rc read_result(struct sg_reader *r, const struct sg_map *map,
	const struct sg_field *field, enum sg_result *ret, unsigned char *shape)
{
	if (!word(r) || !sg_result_parse(word(r), ret))
		return sg_reader_wrong(
			r, map, field->key, "NONE, PASS, FAIL or STOP_GAP", shape);
	*shape = SG_SHAPE_PRESENT;
	return SG_OK;
}

static enum sg_rc read_target_map(
	struct sg_reader *r, struct sg_map *map, struct sg_resume_target *ret)
{
	unsigned char shape;

	for (;;) {
		size_t known = 0;
		enum sg_rc rc = sg_map_next(r, map, &known);
		if (rc == SG_OK && known == map->n_known)
			return sg_map_end(r, map, &r->m->extra[SG_MAPPING_RESUME_TARGET]);
		if (rc == SG_OK)
			rc = sg_reader_text(r, map, map->known[known].key, NULL,
				known == 0 ? &ret->file : &ret->goal, &shape);
		if (rc < 0)
			return rc;
	}
}

static enum sg_rc read_target(struct sg_reader *r, const struct sg_map *map,
	const struct sg_field *field, struct sg_resume_target *ret, unsigned char *shape)
{
	static const struct sg_known keys[] = {{"FILE", 4}, {"GOAL", 4}};
	struct sg_map inner = {
		.name = field->key, .known = keys, .n_known = 2, .indent = SG_INDENT_NESTED};

	if (r->ev.type != SG_YAML_MAP)
		return sg_reader_wrong(r, map, field->key, "a mapping", shape);
	*shape = SG_SHAPE_PRESENT;
	sg_map_begin(r, &inner);
	const enum sg_rc rc = read_target_map(r, &inner, ret);
	sg_map_release(&inner);
	return rc;
}

static enum sg_rc read_field(
	struct sg_reader *r, const struct sg_map *map, const struct sg_field *field)
{
	void *at = (char *)r->m + field->offset;
	unsigned char *shape = &r->m->shape[field - sg_manifest_fields];
	const char *key = field->key;

	switch (field->kind) {
	case SG_FIELD_TEXT: return sg_reader_text(r, map, key, NULL, at, shape);
	case SG_FIELD_BOOL:
	case SG_FIELD_TRUE_ONLY: return read_bool(r, map, field, at, shape);
	case SG_FIELD_LIST: return sg_reader_list(r, map, key, NULL, at, shape);
	case SG_FIELD_STEP_STATUS: return read_step_status(r, map, field, at, shape);
	case SG_FIELD_RESULT: return read_result(r, map, field, at, shape);
	case SG_FIELD_SIGNAL: return read_signal(r, map, field, at, shape);
	case SG_FIELD_ROLES: return sg_reader_roles(r, map, key, at, shape);
	case SG_FIELD_ENGINES: return sg_reader_engines(r, map, key, at, shape);
	case SG_FIELD_OUTPUTS: return sg_reader_outputs(r, map, key, at, shape);
	case SG_FIELD_TARGET: return read_target(r, map, field, at, shape);
	case SG_FIELD_KIND_COUNT: break;
	}
	return SG_OK;
}

/* --- sections and root --- */

enum { MOST_FIELDS = 16, N_SECTIONS = 7 };

static enum sg_rc read_section_map(
	struct sg_reader *r, struct sg_map *map, const struct sg_field *first)
{
	for (;;) {
		size_t known = 0;
		enum sg_rc rc = sg_map_next(r, map, &known);
		if (rc == SG_OK && known == map->n_known)
			return sg_map_end(r, map, &r->m->extra[first->section]);
		if (rc == SG_OK)
			rc = read_field(r, map, &first[known]);
		if (rc < 0)
			return rc;
	}
}

static enum sg_rc read_section(
	struct sg_reader *r, const struct sg_map *root, enum sg_mapping section)
{
	struct sg_known keys[MOST_FIELDS];
	struct sg_map map = {
		.name = sg_mapping_name(section), .known = keys, .indent = SG_INDENT_SECTION};
	const struct sg_field *first = NULL;
	unsigned char shape;

	if (r->ev.type != SG_YAML_MAP)
		return sg_reader_wrong(r, root, map.name, "a mapping", &shape);
	for (size_t i = 0; i < SG_FIELD_ID_COUNT && map.n_known < MOST_FIELDS; i++) {
		const struct sg_field *field = &sg_manifest_fields[i];
		if (field->section != section)
			continue;
		first = first ? first : field;
		keys[map.n_known++] = (struct sg_known){field->key, strlen(field->key)};
	}
	sg_map_begin(r, &map);
	const enum sg_rc rc = read_section_map(r, &map, first);
	sg_map_release(&map);
	return rc;
}

static enum sg_rc read_root_map(struct sg_reader *r, struct sg_map *map)
{
	for (;;) {
		size_t known = 0;
		enum sg_rc rc = sg_map_next(r, map, &known);
		if (rc == SG_OK && known == map->n_known)
			return sg_map_end(r, map, &r->m->extra[SG_MAPPING_ROOT]);
		if (rc == SG_OK)
			rc = read_section(r, map, (enum sg_mapping)known);
		if (rc < 0)
			return rc;
	}
}

static enum sg_rc read_root(struct sg_reader *r)
{
	struct sg_known keys[N_SECTIONS];
	struct sg_map map = {.name = "the manifest", .known = keys, .n_known = N_SECTIONS};

	for (size_t i = 0; i < N_SECTIONS; i++) {
		const char *name = sg_mapping_name((enum sg_mapping)i);
		keys[i] = (struct sg_known){name, strlen(name)};
	}
	enum sg_rc rc = sg_reader_next(r);
	if (rc < 0)
		return rc;
	if (r->ev.type != SG_YAML_MAP)
		return sg_reader_fail(r, &map, NULL, "a mapping");
	sg_map_begin(r, &map);
	rc = read_root_map(r, &map);
	sg_map_release(&map);
	/* The end tells whether there is a second document. */
	return rc == SG_OK ? sg_reader_next(r) : rc;
}

/* --- the whole --- */

static enum sg_rc read_events(struct sg_reader *r, const struct sg_span *span)
{
	const struct sg_place base = {.line = span->line, .column = 1, .offset = span->start};

	sg_arena_expect(r->arena, SG_VALUE_BYTES(span->end - span->start));
	if (!r->strict) {
		memset(r->m->shape, SG_SHAPE_ABSENT, sizeof(r->m->shape));
		r->m->entries_shape = SG_SHAPE_ABSENT;
	}
	enum sg_rc rc = sg_yaml_open(&r->yaml, r->name, r->bytes + span->start,
		span->end - span->start, &base, r->err);
	if (rc == SG_OK)
		rc = read_root(r);
	sg_yaml_close(r->yaml);
	r->yaml = NULL;
	if (rc == SG_OK && sg_arena_failed(r->arena))
		rc = sg_reader_no_memory(r);
	return rc;
}

/* What else there is to say of an instance that was read by events. */
static void judge_source(const struct sg_reader *r, const struct sg_span *span,
	struct sg_manifest_source *source)
{
	const struct sg_place base = {.line = span->line, .column = 1, .offset = span->start};

	source->canonical = sg_manifest_is_canonical(
		r->m, r->bytes + span->start, span->end - span->start, span->indent);
	/* A canonical instance has comments only in lines that stay. */
	source->comments = !source->canonical && sg_reader_has_comments(r, &base, span->end);
}

/* The canonical form by its own reader, anything else by events. */
static enum sg_rc read_span(
	struct sg_reader *r, const struct sg_span *span, struct sg_manifest_source *ret_source)
{
	struct sg_manifest_source source = {
		.start = span->start,
		.end = span->end,
		.markdown = span->markdown,
		.indent = span->indent,
		.canonical = true,
	};

	if (r->by_events || !sg_canon_read(r->arena, r->bytes + span->start,
				    span->end - span->start, r->m)) {
		const enum sg_rc rc = read_events(r, span);
		if (rc < 0)
			return rc;
		if (ret_source)
			judge_source(r, span, &source);
	}
	if (ret_source)
		*ret_source = source;
	return SG_OK;
}

static enum sg_rc find_span(const struct sg_reader *r, struct sg_span *ret)
{
	if (r->n_bytes > SG_MANIFEST_MAX_BYTES)
		return sg_err_set(r->err, SG_LIMIT,
			"cannot read %s: expected at most %zu bytes, found %zu", r->name,
			SG_MANIFEST_MAX_BYTES, r->n_bytes);
	if (r->strict)
		return sg_markdown_find_instance(r->name, r->bytes, r->n_bytes, ret, r->err);
	return sg_markdown_find_partial(r->name, r->bytes, r->n_bytes, ret, r->err);
}

enum sg_rc sg_manifest_read(struct sg_arena *arena, const char *name, const char *bytes,
	size_t n_bytes, enum sg_read_mode mode, struct sg_manifest *ret,
	struct sg_manifest_source *ret_source, struct sg_err *err)
{
	struct sg_manifest m;
	struct sg_span span;
	struct sg_reader r = {
		.arena = arena,
		.m = &m,
		.name = name,
		.bytes = bytes,
		.n_bytes = n_bytes,
		.strict = mode == SG_READ_STRICT,
		.by_events = mode == SG_READ_BY_EVENTS,
		.err = err,
		.want_kept = ret_source != NULL,
	};

	sg_manifest_default(&m);
	enum sg_rc rc = find_span(&r, &span);
	if (rc == SG_OK)
		rc = read_span(&r, &span, ret_source);
	if (rc == SG_OK)
		*ret = m;
	free((void *)r.items);
	free(r.kept);
	return rc;
}

bool sg_manifest_read_canonical(
	struct sg_arena *arena, const struct sg_feed *feed, struct sg_manifest *ret)
{
	/* one byte more than there are: the read that finds the end needs room too */
	const size_t window_bytes = feed->expected_bytes < SG_CANON_WINDOW_BYTES
					    ? feed->expected_bytes + 1
					    : SG_CANON_WINDOW_BYTES;

	return feed->expected_bytes <= SG_MANIFEST_MAX_BYTES &&
	       sg_canon_read_feed(arena, feed, window_bytes, ret);
}
