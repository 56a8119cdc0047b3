/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ROUTE_TOKEN: {META, TASK, ROUTE, REQUIRED_SET, GATES} (SPEC 2.3), alone or in a fenced block.
 *
 * ROUTE and REQUIRED_SET are mappings that must be there. In ROUTE, DOMAIN, ARTIFACT_TYPE,
 * PROFILE_KEY and PIPE_SELECTED are texts that must be there, MODE may be absent. The lists of
 * REQUIRED_SET hold texts; one that is absent is empty, and what that means is for the
 * precheck to say. META, TASK and GATES are kept, every key of theirs: a scalar by its text, a
 * list by its scalars joined by ", ". Other keys are ignored.
 */
#include "format/inputs.h"

#include <string.h>

#include "base/strbuf.h"
#include "format/token.h"

static const char *join_list(struct sg_arena *arena, const struct sg_node *list)
{
	struct sg_strbuf text = SG_STRBUF_INIT;

	for (size_t i = 0; i < list->n; i++)
		sg_strbuf_addf(&text, "%s%s", i ? ", " : "", list->items[i].text);
	const char *joined =
		sg_strbuf_failed(&text) ? NULL : sg_arena_strn(arena, text.bytes, text.n_bytes);
	sg_strbuf_release(&text);
	return joined;
}

static bool is_value(const struct sg_node *node)
{
	return node->type == SG_YAML_SCALAR && node->kind != SG_YAML_NULL;
}

/* A version may look like a number and a time like a date: here they are only carried along. */
static enum sg_rc take_value(
	const struct sg_token *t, const char *key, const struct sg_node *node, const char **ret)
{
	if (node->type == SG_YAML_LIST) {
		for (size_t i = 0; i < node->n; i++)
			if (!is_value(&node->items[i]))
				return sg_token_wrong(
					t, key, &node->items[i], "a text in its list");
		*ret = join_list(t->arena, node);
		return *ret ? SG_OK
			    : sg_err_set(t->err, SG_NOMEM, "cannot read %s: out of memory",
				      t->what);
	}
	if (!is_value(node))
		return sg_token_wrong(t, key, node, "a text or a list of texts");
	*ret = node->text;
	return SG_OK;
}

static enum sg_rc take_pairs(
	const struct sg_token *t, const char *section, struct sg_pairs *ret)
{
	const struct sg_node *map = NULL;
	const enum sg_rc rc = sg_token_map(t, t->map, section, SG_OPTIONAL, &map);

	if (rc < 0 || !map || map->n == 0)
		return rc;
	struct sg_pair *v = sg_arena_array(t->arena, map->n, sizeof(*v));
	if (!v)
		return sg_token_memory(t);
	for (size_t i = 0; i < map->n; i++) {
		v[i].key = map->keys[i];
		const enum sg_rc taken =
			take_value(t, map->keys[i], &map->items[i], &v[i].value);
		if (taken < 0)
			return taken;
	}
	*ret = (struct sg_pairs){v, map->n};
	return SG_OK;
}

static enum sg_rc take_route(const struct sg_token *t, struct sg_route *route)
{
	const struct {
		const char *key;
		enum sg_need need;
		const char **member;
	} fields[] = {
		{"DOMAIN", SG_REQUIRED, &route->domain},
		{"ARTIFACT_TYPE", SG_REQUIRED, &route->artifact_type},
		{"MODE", SG_OPTIONAL, &route->mode},
		{"PROFILE_KEY", SG_REQUIRED, &route->profile_key},
		{"PIPE_SELECTED", SG_REQUIRED, &route->pipe_selected},
	};
	const struct sg_node *map = NULL;
	enum sg_rc rc = sg_token_map(t, t->map, "ROUTE", SG_REQUIRED, &map);

	for (size_t i = 0; i < SG_ARRAY_SIZE(fields) && rc == SG_OK; i++)
		rc = sg_token_text(t, map, fields[i].key, fields[i].need, fields[i].member);
	return rc;
}

static enum sg_rc take_required_set(const struct sg_token *t, struct sg_route *route)
{
	const struct {
		const char *key;
		struct sg_strs *member;
	} fields[] = {
		{"REQUIRED_IDX", &route->required_idx},
		{"REQUIRED_ROLES", &route->required_roles},
		{"REQUIRED_ENG_KEYS", &route->required_eng_keys},
		{"REQUIRED_KB_KEYS", &route->required_kb_keys},
		{"REQUIRED_VAL_KEYS", &route->required_val_keys},
		{"OUTPUT_CONTRACT", &route->output_contract},
		{"NO_GO_LIST", &route->no_go_list},
	};
	const struct sg_node *map = NULL;
	enum sg_rc rc = sg_token_map(t, t->map, "REQUIRED_SET", SG_REQUIRED, &map);

	for (size_t i = 0; i < SG_ARRAY_SIZE(fields) && rc == SG_OK; i++)
		rc = sg_token_strs(t, map, fields[i].key, fields[i].member);
	return rc;
}

enum sg_rc sg_route_read(struct sg_arena *arena, const char *name, const char *bytes,
	size_t n_bytes, struct sg_route *ret, struct sg_err *err)
{
	struct sg_token t;
	struct sg_route route = {.domain = "",
		.artifact_type = "",
		.mode = "",
		.profile_key = "",
		.pipe_selected = "",
		.user_intent = ""};
	enum sg_rc rc = sg_token_load(&t, arena, name, "ROUTE_TOKEN", bytes, n_bytes, err);

	if (rc == SG_OK)
		rc = take_pairs(&t, "META", &route.meta);
	if (rc == SG_OK)
		rc = take_pairs(&t, "TASK", &route.task);
	if (rc == SG_OK)
		rc = take_route(&t, &route);
	if (rc == SG_OK)
		rc = take_required_set(&t, &route);
	if (rc == SG_OK)
		rc = take_pairs(&t, "GATES", &route.gates);
	if (rc == SG_OK)
		rc = sg_token_memory(&t);
	if (rc < 0)
		return rc;
	/*
	 * Equal to what the trace's reader makes of the event: the text of TASK, under its own
	 * name.
	 */
	for (size_t i = 0; i < route.task.n; i++)
		if (strcmp(route.task.v[i].key, "USER_INTENT") == 0)
			route.user_intent = route.task.v[i].value;
	*ret = route;
	return SG_OK;
}
