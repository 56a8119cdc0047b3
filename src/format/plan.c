/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ENGINE_PLAN_TOKEN: {required_eng_keys, allowed_eng_keys?, no_go_eng_keys?,
 * expected_outputs?} (SPEC 2.4). A field that is there and is no list of texts is a finding of
 * check B0, not an error of the file: it is left empty, counts as there, and the first such is
 * named in bad_field.
 */
#include "format/inputs.h"

#include "format/token.h"

enum sg_rc sg_plan_read(struct sg_arena *arena, const char *name, const char *bytes,
	size_t n_bytes, struct sg_plan *ret, struct sg_err *err)
{
	struct sg_token t;
	struct sg_plan plan = {.bad_field = NULL};
	const struct {
		const char *key;
		struct sg_strs *list;
		bool *has;
	} fields[] = {
		{"required_eng_keys", &plan.required_eng_keys, &plan.has_required},
		{"allowed_eng_keys", &plan.allowed_eng_keys, &plan.has_allowed},
		{"no_go_eng_keys", &plan.no_go_eng_keys, &plan.has_no_go},
		{"expected_outputs", &plan.expected_outputs, &plan.has_expected},
	};
	const enum sg_rc rc =
		sg_token_load(&t, arena, name, "ENGINE_PLAN_TOKEN", bytes, n_bytes, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < SG_ARRAY_SIZE(fields); i++) {
		const struct sg_node *node = sg_node_get(t.map, fields[i].key);
		if (!node)
			continue;
		*fields[i].has = true;
		if (sg_node_is_texts(node))
			*fields[i].list = sg_node_texts(arena, node);
		else if (!plan.bad_field)
			plan.bad_field = fields[i].key;
	}
	if (sg_arena_failed(arena))
		return sg_token_memory(&t);
	*ret = plan;
	return SG_OK;
}
