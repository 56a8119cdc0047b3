/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One mapping of the manifest: its keys, duplicates, texts and lists, and what is wrong. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "format/manifest_reader.h"

enum sg_rc sg_reader_next(struct sg_reader *r)
{
	return sg_yaml_next(r->yaml, &r->ev, r->err);
}

enum sg_rc sg_reader_no_memory(struct sg_reader *r)
{
	return sg_err_set(r->err, SG_NOMEM, "cannot read %s: out of memory", r->name);
}

/* "CURRENT_STEP", "STEP_ID in CURRENT_STEP", "status in ROLE_LEDGER row 3" */
static const char *describe(
	const struct sg_map *map, const char *key, char *out, size_t out_size)
{
	char row[32] = "";

	if (map->row > 0)
		snprintf(row, sizeof(row), " row %zu", map->row);
	snprintf(out, out_size, "%s%s%s%s", key ? key : "", key ? " in " : "", map->name, row);
	return out;
}

enum sg_rc sg_reader_fail(
	struct sg_reader *r, const struct sg_map *map, const char *key, const char *expected)
{
	char where[160];
	char found[128];
	const struct sg_yaml_event *ev = &r->ev;

	return sg_yaml_fail(r->name, &ev->start, SG_INPUT, r->err,
		"cannot read %s: expected %s, found %s",
		describe(map, key, where, sizeof(where)), expected,
		sg_yaml_found(ev->type, ev->kind, ev->text, found, sizeof(found)));
}

enum sg_rc sg_reader_wrong(struct sg_reader *r, const struct sg_map *map, const char *key,
	const char *expected, unsigned char *shape)
{
	if (r->strict)
		return sg_reader_fail(r, map, key, expected);
	*shape = SG_SHAPE_WRONG;
	return sg_reader_skip(r);
}

/* --- keys --- */

void sg_map_begin(struct sg_reader *r, struct sg_map *map)
{
	map->start = r->ev.start;
	map->flow = r->ev.flow;
	map->seen = 0;
	map->next_known = 0;
	map->n_unknown = 0;
	sg_table_init(&map->unknown);
	sg_arena_init(&map->names);
	sg_strbuf_init(&map->extra);
}

void sg_map_release(struct sg_map *map)
{
	sg_table_release(&map->unknown);
	sg_arena_release(&map->names);
	sg_strbuf_release(&map->extra);
}

/* Keys mostly come in their order: the next one is looked at first. */
static size_t find_known(const struct sg_map *map, const struct sg_yaml_event *ev)
{
	size_t i = map->next_known;

	for (size_t n = 0; n < map->n_known; n++, i++) {
		if (i >= map->n_known)
			i = 0;
		if (map->known[i].n_bytes == ev->n_bytes &&
			memcmp(map->known[i].key, ev->text, ev->n_bytes) == 0)
			return i;
	}
	return map->n_known;
}

static enum sg_rc fail_again(struct sg_reader *r, const struct sg_map *map)
{
	char where[160];

	return sg_yaml_fail(r->name, &r->ev.start, SG_INPUT, r->err,
		"cannot read %s: expected %.60s once, found it again",
		describe(map, NULL, where, sizeof(where)), r->ev.text);
}

/* The name of an unknown key must not come twice, and there may not be too many. */
static enum sg_rc note_unknown(struct sg_reader *r, struct sg_map *map)
{
	const char *name = sg_arena_strn(&map->names, r->ev.text, r->ev.n_bytes);

	if (!name)
		return sg_reader_no_memory(r);
	if (sg_table_put(&map->unknown, name, map->n_unknown) != SG_TABLE_NONE)
		return fail_again(r, map);
	if (map->unknown.failed)
		return sg_reader_no_memory(r);
	if (++map->n_unknown > SG_MANIFEST_MAX_UNKNOWN)
		return sg_yaml_fail(r->name, &r->ev.start, SG_LIMIT, r->err,
			"cannot read %s: expected at most %d unknown keys", map->name,
			SG_MANIFEST_MAX_UNKNOWN);
	return SG_OK;
}

enum sg_rc sg_map_next(struct sg_reader *r, struct sg_map *map, size_t *ret_known)
{
	for (;;) {
		enum sg_rc rc = sg_reader_next(r);
		if (rc < 0)
			return rc;
		*ret_known = map->n_known;
		if (r->ev.type == SG_YAML_MAP_END)
			return SG_OK;
		const size_t known = find_known(map, &r->ev);
		if (known < map->n_known) {
			if (map->seen & (1u << known))
				return fail_again(r, map);
			map->seen |= 1u << known;
			map->next_known = known + 1;
			*ret_known = known;
			return sg_reader_next(r);
		}
		rc = note_unknown(r, map);
		if (rc == SG_OK)
			rc = sg_reader_unknown(r, map);
		if (rc < 0)
			return rc;
	}
}

enum sg_rc sg_map_end(struct sg_reader *r, struct sg_map *map, const char **ret_extra)
{
	char where[160];

	for (size_t i = 0; r->strict && i < map->n_known; i++) {
		if (!(map->seen & (1u << i)))
			return sg_yaml_fail(r->name, &map->start, SG_INPUT, r->err,
				"cannot read %s: expected the field %s, found none",
				describe(map, NULL, where, sizeof(where)), map->known[i].key);
	}
	if (sg_strbuf_failed(&map->extra))
		return sg_reader_no_memory(r);
	*ret_extra = "";
	if (map->extra.n_bytes > 0)
		*ret_extra = sg_arena_strn(r->arena, map->extra.bytes, map->extra.n_bytes);
	return SG_OK;
}

/* --- texts and lists --- */

const char *sg_reader_keep(struct sg_reader *r, const char *like)
{
	if (r->ev.n_bytes == 0)
		return "";
	if (like && strcmp(like, r->ev.text) == 0)
		return like;
	return sg_arena_strn(r->arena, r->ev.text, r->ev.n_bytes);
}

static bool is_text(const struct sg_yaml_event *ev)
{
	return ev->type == SG_YAML_SCALAR && ev->kind == SG_YAML_TEXT;
}

enum sg_rc sg_reader_text(struct sg_reader *r, const struct sg_map *map, const char *key,
	const char *like, const char **ret, unsigned char *shape)
{
	if (!is_text(&r->ev))
		return sg_reader_wrong(r, map, key, "text", shape);
	*shape = SG_SHAPE_PRESENT;
	*ret = sg_reader_keep(r, like);
	return SG_OK;
}

static enum sg_rc reserve_item(struct sg_reader *r, size_t n)
{
	if (n < r->items_capacity)
		return SG_OK;
	const size_t capacity = r->items_capacity ? r->items_capacity * 2 : 16;
	void *grown = reallocarray((void *)r->items, capacity, sizeof(*r->items));
	if (!grown)
		return sg_reader_no_memory(r);
	sg_memory_big(grown, capacity * sizeof(*r->items));
	r->items = grown;
	r->items_capacity = capacity;
	return SG_OK;
}

bool sg_list_settle(struct sg_arena *arena, const char *const *items, size_t n,
	const struct sg_strs *like, struct sg_strs *ret)
{
	*ret = (struct sg_strs){NULL, 0};
	if (n == 0)
		return true;
	if (like && like->n == n &&
		memcmp((const void *)like->v, (const void *)items, n * sizeof(*items)) == 0) {
		*ret = *like;
		return true;
	}
	const char **v = sg_arena_array(arena, n, sizeof(*v));
	if (!v)
		return false;
	memcpy((void *)v, (const void *)items, n * sizeof(*items));
	*ret = (struct sg_strs){v, n};
	return true;
}

enum sg_rc sg_reader_list(struct sg_reader *r, const struct sg_map *map, const char *key,
	const struct sg_strs *like, struct sg_strs *ret, unsigned char *shape)
{
	size_t n = 0;

	if (r->ev.type != SG_YAML_LIST)
		return sg_reader_wrong(r, map, key, "a list", shape);
	*shape = SG_SHAPE_PRESENT;
	for (;;) {
		enum sg_rc rc = sg_reader_next(r);
		if (rc == SG_OK && r->ev.type == SG_YAML_LIST_END)
			break;
		if (rc == SG_OK && is_text(&r->ev)) {
			rc = reserve_item(r, n);
			if (rc == SG_OK)
				r->items[n] = sg_reader_keep(
					r, like && n < like->n ? like->v[n] : NULL);
			n++;
		} else if (rc == SG_OK) {
			rc = sg_reader_wrong(r, map, key, "a list of texts", shape);
		}
		if (rc < 0)
			return rc;
	}
	if (!sg_list_settle(r->arena, r->items, n, like, ret))
		return sg_reader_no_memory(r);
	return SG_OK;
}
