/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * steps.yaml: a list of {FILE, GOAL, ROUTE?, PROFILE?} (SPEC 3). FILE and GOAL are texts that
 * are not empty; ROUTE and PROFILE are texts; other keys are ignored. Always YAML, never
 * Markdown.
 */
#include "format/inputs.h"

#include "format/token.h"

static enum sg_rc take_filled(
	const struct sg_token *t, const struct sg_node *map, const char *key, const char **ret)
{
	const enum sg_rc rc = sg_token_text(t, map, key, SG_REQUIRED, ret);

	if (rc == SG_OK && !**ret)
		return sg_token_wrong(
			t, key, sg_node_get(map, key), "a text that is not empty");
	return rc;
}

static enum sg_rc take_entry(
	const struct sg_token *t, const struct sg_node *node, struct sg_step_entry *ret)
{
	ret->file = ret->goal = ret->route = ret->profile = "";
	if (node->type != SG_YAML_MAP)
		return sg_token_wrong(
			t, "its list", node, "a mapping {FILE, GOAL, ROUTE?, PROFILE?}");
	enum sg_rc rc = take_filled(t, node, "FILE", &ret->file);
	if (rc == SG_OK)
		rc = take_filled(t, node, "GOAL", &ret->goal);
	if (rc == SG_OK)
		rc = sg_token_text(t, node, "ROUTE", SG_OPTIONAL, &ret->route);
	if (rc == SG_OK)
		rc = sg_token_text(t, node, "PROFILE", SG_OPTIONAL, &ret->profile);
	return rc;
}

enum sg_rc sg_steps_read(struct sg_arena *arena, const char *name, const char *bytes,
	size_t n_bytes, const struct sg_step_entry **ret_entries, size_t *ret_n,
	struct sg_err *err)
{
	struct sg_token t = {
		.arena = arena, .name = name, .what = "the list of steps", .err = err};
	enum sg_rc rc = sg_yaml_load(arena, name, bytes, n_bytes, NULL, &t.root, err);

	if (rc < 0)
		return rc;
	if (t.root->type != SG_YAML_LIST)
		return sg_token_wrong(
			&t, "the file", t.root, "a list of {FILE, GOAL, ROUTE?, PROFILE?}");
	const size_t n = t.root->n;
	struct sg_step_entry *entries = n ? sg_arena_array(arena, n, sizeof(*entries)) : NULL;
	if (n && !entries)
		return sg_token_memory(&t);
	for (size_t i = 0; i < n && rc == SG_OK; i++)
		rc = take_entry(&t, &t.root->items[i], &entries[i]);
	if (rc < 0)
		return rc;
	*ret_entries = entries;
	*ret_n = n;
	return SG_OK;
}
