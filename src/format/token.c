/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The takers of token.h. */
#include "format/token.h"

#include <stdlib.h>
#include <string.h>

#include "format/markdown.h"

#define FOUND_SIZE 128

static enum sg_rc load_tree(struct sg_token *t, const char *bytes, size_t n_bytes)
{
	struct sg_span span;

	if (n_bytes > SG_YAML_MAX_FILE)
		return sg_err_set(t->err, SG_LIMIT,
			"cannot read %s: %zu bytes, and it may have %zu", t->what, n_bytes,
			SG_YAML_MAX_FILE);
	const enum sg_rc rc =
		sg_markdown_find_token(t->name, bytes, n_bytes, t->what, &span, t->err);
	if (rc < 0)
		return rc;
	const struct sg_place base = {.line = span.line, .column = 1, .offset = span.start};
	return sg_yaml_load(t->arena, t->name, bytes + span.start, span.end - span.start, &base,
		&t->root, t->err);
}

enum sg_rc sg_token_load(struct sg_token *ret, struct sg_arena *arena, const char *name,
	const char *what, const char *bytes, size_t n_bytes, struct sg_err *err)
{
	*ret = (struct sg_token){.arena = arena, .name = name, .what = what, .err = err};
	const enum sg_rc rc = load_tree(ret, bytes, n_bytes);
	if (rc < 0) {
		sg_err_at(err, name, 0, 0);
		return rc;
	}
	if (ret->root->type != SG_YAML_MAP)
		return sg_token_wrong(ret, "the file", ret->root, "a mapping");
	return sg_token_map(ret, ret->root, what, SG_REQUIRED, &ret->map);
}

enum sg_rc sg_token_wrong(const struct sg_token *t, const char *field,
	const struct sg_node *node, const char *expected)
{
	char found[FOUND_SIZE];

	return sg_yaml_fail(t->name, &node->place, SG_INPUT, t->err,
		"cannot read %s: %.80s: expected %s, found %s", t->what, field, expected,
		sg_yaml_found(node->type, node->kind, node->text, found, sizeof(found)));
}

enum sg_rc sg_token_absent(const struct sg_token *t, const char *field,
	const struct sg_node *map, const char *expected)
{
	return sg_yaml_fail(t->name, &map->place, SG_INPUT, t->err,
		"cannot read %s: %.80s: expected %s, found no such key", t->what, field,
		expected);
}

/*
 * A text of an input ends in sentences of the manifest: so much shorter than a scalar may be
 * that what is written there can always be read back.
 */
bool sg_node_is_text(const struct sg_node *node)
{
	return node->type == SG_YAML_SCALAR && node->kind == SG_YAML_TEXT &&
	       strlen(node->text) <= SG_TOKEN_TEXT_MAX;
}

bool sg_node_is_texts(const struct sg_node *node)
{
	if (node->type != SG_YAML_LIST)
		return false;
	for (size_t i = 0; i < node->n; i++)
		if (!sg_node_is_text(&node->items[i]))
			return false;
	return true;
}

struct sg_strs sg_node_texts(struct sg_arena *arena, const struct sg_node *list)
{
	const char **v = list->n ? sg_arena_array(arena, list->n, sizeof(*v)) : NULL;

	if (!v)
		return (struct sg_strs){NULL, 0};
	for (size_t i = 0; i < list->n; i++)
		v[i] = list->items[i].text;
	return (struct sg_strs){v, list->n};
}

enum sg_rc sg_token_text(const struct sg_token *t, const struct sg_node *map, const char *key,
	enum sg_need need, const char **ret)
{
	const struct sg_node *node = sg_node_get(map, key);

	if (!node)
		return need == SG_REQUIRED ? sg_token_absent(t, key, map, "a text") : SG_OK;
	if (!sg_node_is_text(node))
		return sg_token_wrong(t, key, node,
			node->type == SG_YAML_SCALAR && node->kind == SG_YAML_TEXT
				? "a text of at most 16384 bytes"
				: "a text");
	*ret = node->text;
	return SG_OK;
}

enum sg_rc sg_token_strs(const struct sg_token *t, const struct sg_node *map, const char *key,
	struct sg_strs *ret)
{
	const struct sg_node *node = sg_node_get(map, key);

	if (!node)
		return SG_OK;
	if (node->type != SG_YAML_LIST)
		return sg_token_wrong(t, key, node, "a list of texts");
	for (size_t i = 0; i < node->n; i++)
		if (!sg_node_is_text(&node->items[i]))
			return sg_token_wrong(t, key, &node->items[i], "a text in its list");
	*ret = sg_node_texts(t->arena, node);
	return SG_OK;
}

enum sg_rc sg_token_bool(
	const struct sg_token *t, const struct sg_node *map, const char *key, bool *ret)
{
	const struct sg_node *node = sg_node_get(map, key);

	if (!node)
		return SG_OK;
	/*
	 * YAML's core schema has True and TRUE as well; the canonical form and SPEC have one
	 * spelling.
	 */
	const bool yes = node->kind == SG_YAML_BOOL && strcmp(node->text, "true") == 0;
	const bool no = node->kind == SG_YAML_BOOL && strcmp(node->text, "false") == 0;
	if (node->type != SG_YAML_SCALAR || !(yes || no))
		return sg_token_wrong(t, key, node, "true or false");
	*ret = yes;
	return SG_OK;
}

enum sg_rc sg_token_map(const struct sg_token *t, const struct sg_node *map, const char *key,
	enum sg_need need, const struct sg_node **ret)
{
	const struct sg_node *node = sg_node_get(map, key);

	if (!node)
		return need == SG_REQUIRED ? sg_token_absent(t, key, map, "a mapping") : SG_OK;
	if (node->type != SG_YAML_MAP)
		return sg_token_wrong(t, key, node, "a mapping");
	*ret = node;
	return SG_OK;
}

enum sg_rc sg_token_count(const struct sg_token *t, const struct sg_node *map, const char *key,
	int64_t most, int64_t *ret)
{
	const struct sg_node *node = sg_node_get(map, key);
	int64_t value = 0;

	if (!node)
		return SG_OK;
	const size_t n = node->type == SG_YAML_SCALAR ? strlen(node->text) : 0;
	bool good = node->kind == SG_YAML_NUMBER && n > 0 && n <= 18 &&
		    strspn(node->text, "0123456789") == n;
	if (good) {
		value = strtoll(node->text, NULL, 10);
		good = value <= most;
	}
	if (!good) {
		const char *expected = sg_arena_printf(
			t->arena, "a whole number from 0 to %lld", (long long)most);
		return sg_token_wrong(t, key, node, expected ? expected : "a whole number");
	}
	*ret = value;
	return SG_OK;
}

enum sg_rc sg_token_known(
	const struct sg_token *t, const struct sg_node *map, const char *const *known, size_t n)
{
	for (size_t i = 0; i < map->n; i++) {
		bool found = false;
		for (size_t k = 0; k < n && !found; k++)
			found = strcmp(map->keys[i], known[k]) == 0;
		if (!found)
			return sg_yaml_fail(t->name, &map->key_places[i], SG_INPUT, t->err,
				"cannot read %s: expected one of its keys, found %.80s",
				t->what, map->keys[i]);
	}
	return SG_OK;
}

enum sg_rc sg_token_memory(const struct sg_token *t)
{
	return sg_arena_failed(t->arena)
		       ? sg_err_set(t->err, SG_NOMEM, "cannot read %s: out of memory", t->what)
		       : SG_OK;
}
