/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tree of a small YAML file, built from the events. Children of an open list or map gather
 * in a malloc'd array that grows, and move into the arena when their parent ends.
 */
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "format/yaml_tree.h"

struct loader {
	struct sg_yaml *yaml;
	struct sg_arena *arena;
	const char *name;
	struct sg_err *err;
	size_t n_nodes;
};

/* Children of one parent, while they gather. keys and places stay empty for a list. */
struct gathering {
	struct sg_node *items;
	const char **keys;
	struct sg_place *places;
	size_t n;
	size_t capacity;
};

static void gathering_release(struct gathering *g)
{
	free(g->items);
	free(g->keys);
	free(g->places);
}

static bool grow_array(void **array, size_t count, size_t element_bytes)
{
	void *grown = reallocarray(*array, count, element_bytes);

	if (grown)
		*array = grown;
	return grown != NULL;
}

static enum sg_rc no_memory(struct loader *l)
{
	return sg_err_set(l->err, SG_NOMEM, "cannot read %s: out of memory", l->name);
}

static enum sg_rc gathering_reserve(struct loader *l, struct gathering *g, bool map)
{
	if (g->n < g->capacity)
		return SG_OK;
	const size_t capacity = g->capacity ? g->capacity * 2 : 8;
	void *items = g->items;
	void *keys = g->keys;
	void *places = g->places;
	bool grown = grow_array(&items, capacity, sizeof(*g->items));
	if (map && grown)
		grown = grow_array(&keys, capacity, sizeof(*g->keys)) &&
			grow_array(&places, capacity, sizeof(*g->places));
	g->items = items;
	g->keys = keys;
	g->places = places;
	if (!grown)
		return no_memory(l);
	g->capacity = capacity;
	return SG_OK;
}

static struct sg_place in_bytes(struct loader *l, const struct sg_place *place)
{
	struct sg_place made = *place;

	made.offset = sg_yaml_offset(l->yaml, place);
	return made;
}

static enum sg_rc refuse_duplicates(struct loader *l, const struct gathering *g)
{
	struct sg_table table = SG_TABLE_INIT;
	enum sg_rc rc = SG_OK;

	for (size_t i = 0; i < g->n && rc == SG_OK; i++) {
		const size_t before = sg_table_put(&table, g->keys[i], i);
		if (before != SG_TABLE_NONE)
			rc = sg_yaml_fail(l->name, &g->places[i], SG_INPUT, l->err,
				"cannot read as YAML: expected the key %.60s once, found it "
				"again after line %zu",
				g->keys[i], g->places[before].line);
	}
	if (table.failed)
		rc = no_memory(l);
	sg_table_release(&table);
	return rc;
}

static void *keep(struct loader *l, const void *array, size_t count, size_t element_bytes)
{
	void *kept = sg_arena_array(l->arena, count, element_bytes);

	if (kept)
		memcpy(kept, array, count * element_bytes);
	return kept;
}

static void settle(struct loader *l, const struct gathering *g, struct sg_node *node)
{
	node->n = g->n;
	if (g->n == 0)
		return;
	node->items = keep(l, g->items, g->n, sizeof(*g->items));
	if (node->type != SG_YAML_MAP)
		return;
	node->keys = keep(l, g->keys, g->n, sizeof(*g->keys));
	node->key_places = keep(l, g->places, g->n, sizeof(*g->places));
}

static enum sg_rc load_node(
	struct loader *l, const struct sg_yaml_event *event, struct sg_node *ret);

/* What is between a start and its end. Recursion as deep as SG_YAML_MAX_DEPTH. */
static enum sg_rc load_children(struct loader *l, struct gathering *g, struct sg_node *node)
{
	const bool map = node->type == SG_YAML_MAP;
	struct sg_yaml_event event;

	for (;;) {
		enum sg_rc rc = sg_yaml_next(l->yaml, &event, l->err);
		if (rc == SG_OK)
			rc = gathering_reserve(l, g, map);
		if (rc < 0)
			return rc;
		if (event.type == SG_YAML_LIST_END || event.type == SG_YAML_MAP_END)
			break;
		if (map) {
			g->places[g->n] = in_bytes(l, &event.start);
			g->keys[g->n] = sg_arena_strn(l->arena, event.text, event.n_bytes);
			if (!g->keys[g->n])
				return no_memory(l);
			rc = sg_yaml_next(l->yaml, &event, l->err);
		}
		if (rc == SG_OK)
			rc = load_node(l, &event, &g->items[g->n]);
		if (rc < 0)
			return rc;
		g->n++;
	}
	node->end = in_bytes(l, &event.end);
	return map ? refuse_duplicates(l, g) : SG_OK;
}

static enum sg_rc load_node(
	struct loader *l, const struct sg_yaml_event *event, struct sg_node *ret)
{
	struct sg_node node = {.type = event->type,
		.kind = event->kind,
		.place = in_bytes(l, &event->start),
		.text = ""};

	if (++l->n_nodes > SG_YAML_MAX_NODES)
		return sg_yaml_fail(l->name, &event->start, SG_LIMIT, l->err,
			"cannot read as YAML: expected at most %d values", SG_YAML_MAX_NODES);
	if (event->type == SG_YAML_SCALAR) {
		node.text = sg_arena_strn(l->arena, event->text, event->n_bytes);
		node.end = in_bytes(l, &event->end);
	} else {
		struct gathering g = {0};
		const enum sg_rc rc = load_children(l, &g, &node);
		if (rc == SG_OK)
			settle(l, &g, &node);
		gathering_release(&g);
		if (rc < 0)
			return rc;
	}
	if (sg_arena_failed(l->arena))
		return no_memory(l);
	*ret = node;
	return SG_OK;
}

static enum sg_rc load_document(struct loader *l, struct sg_node *ret)
{
	struct sg_yaml_event event;
	enum sg_rc rc = sg_yaml_next(l->yaml, &event, l->err);

	if (rc == SG_OK && event.type == SG_YAML_END)
		rc = sg_yaml_fail(l->name, &event.start, SG_INPUT, l->err,
			"cannot read as YAML: expected a value, found nothing");
	if (rc == SG_OK)
		rc = load_node(l, &event, ret);
	/* The end tells whether there is a second document. */
	if (rc == SG_OK)
		rc = sg_yaml_next(l->yaml, &event, l->err);
	return rc;
}

enum sg_rc sg_yaml_load(struct sg_arena *arena, const char *name, const char *bytes,
	size_t n_bytes, const struct sg_place *base, const struct sg_node **ret,
	struct sg_err *err)
{
	struct loader l = {.arena = arena, .name = name, .err = err};
	const struct sg_place start = base ? *base : (struct sg_place){.line = 1, .column = 1};

	if (n_bytes > SG_YAML_MAX_FILE)
		return sg_yaml_fail(name, &start, SG_LIMIT, err,
			"cannot read as YAML: expected at most %zu bytes, found %zu",
			SG_YAML_MAX_FILE, n_bytes);
	struct sg_node *root = sg_arena_alloc(arena, sizeof(*root));
	if (!root)
		return no_memory(&l);
	enum sg_rc rc = sg_yaml_open(&l.yaml, name, bytes, n_bytes, base, err);
	if (rc == SG_OK)
		rc = load_document(&l, root);
	sg_yaml_close(l.yaml);
	if (rc == SG_OK)
		*ret = root;
	return rc;
}

const struct sg_node *sg_node_get(const struct sg_node *map, const char *key)
{
	if (map->type != SG_YAML_MAP)
		return NULL;
	for (size_t i = 0; i < map->n; i++)
		if (!strcmp(map->keys[i], key))
			return &map->items[i];
	return NULL;
}
