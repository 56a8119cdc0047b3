/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an output holds of what is demanded: every item is looked at, each miss is said. */
#include "format/demand.h"

#include <string.h>

#include "base/err.h"
#include "base/utf8.h"
#include "format/yaml_tree.h"

struct looking {
	struct sg_arena *arena;
	const char *bytes;
	size_t n_bytes;
	struct sg_strs items;
	size_t item; /* the one that is looked at */
	struct sg_miss *misses;
	size_t n;
};

bool sg_demand_looks_inside(const struct sg_demand *demand)
{
	return sg_demand_count(demand) > (demand->min_bytes > 0 ? (size_t)1 : 0);
}

/* The next item is met where found is NULL. */
static void note(struct looking *l, const char *found)
{
	if (found && l->item < l->items.n)
		l->misses[l->n++] = (struct sg_miss){l->items.v[l->item], found};
	l->item++;
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

static const char *no_text(struct looking *l, const char *wanted)
{
	return memmem(l->bytes, l->n_bytes, wanted, strlen(wanted)) ? NULL : "no such text";
}

static const char *no_heading(struct looking *l, const char *wanted)
{
	size_t n = 0;

	if (sg_demand_heading(l->bytes, l->n_bytes, wanted, &n))
		return NULL;
	return or_empty(sg_arena_printf(l->arena, "no such one among %zu heading%s", n,
		n == 1 ? "" : "s"));
}

/* The reader's sentence without the name of a file that nobody has. */
static const char *no_yaml(struct looking *l)
{
	struct sg_arena own = SG_ARENA_INIT;
	struct sg_err err = SG_ERR_INIT;
	struct sg_strbuf text = SG_STRBUF_INIT;
	const struct sg_node *root = NULL;
	const char *found = NULL;

	if (l->n_bytes > SG_YAML_MAX_FILE)
		return or_empty(sg_arena_printf(l->arena,
			"%zu bytes, more than the %zu that are read as YAML", l->n_bytes,
			SG_YAML_MAX_FILE));
	const enum sg_rc rc =
		sg_yaml_load(&own, "", l->bytes, l->n_bytes, NULL, &root, &err);
	if (rc == SG_NOMEM)
		l->arena->failed = true;
	if (rc < 0) {
		if (err.line > 0)
			sg_strbuf_addf(
				&text, "line %zu, column %zu: ", err.line, err.column);
		sg_utf8_sanitise(&text, err.text, strlen(err.text), SG_SANITISE_LINE);
		found = or_empty(sg_arena_str(l->arena, text.bytes));
	}
	sg_strbuf_release(&text);
	sg_arena_release(&own);
	return found;
}

static const char *no_json(struct looking *l)
{
	size_t at = 0;

	if (sg_demand_json(l->bytes, l->n_bytes, &at))
		return NULL;
	if (at >= l->n_bytes)
		return "an end where a value has to go on";
	return or_empty(sg_arena_printf(l->arena, "something else at byte %zu", at + 1));
}

static void look_inside(struct looking *l, const struct sg_demand *demand)
{
	for (size_t i = 0; i < demand->contains.n; i++)
		note(l, no_text(l, demand->contains.v[i]));
	for (size_t i = 0; i < demand->headings.n; i++)
		note(l, no_heading(l, demand->headings.v[i]));
	if (demand->yaml)
		note(l, no_yaml(l));
	if (demand->json)
		note(l, no_json(l));
}

static const char *size_said(struct looking *l, const char *behind)
{
	return or_empty(sg_arena_printf(l->arena, "%zu byte%s%s", l->n_bytes,
		l->n_bytes == 1 ? "" : "s", behind));
}

enum sg_rc sg_demand_check(struct sg_arena *arena, const struct sg_demand *demand,
	const char *bytes, size_t n_bytes, struct sg_misses *ret)
{
	struct looking l = {.arena = arena, .bytes = bytes ? bytes : "", .n_bytes = n_bytes};

	if (sg_demand_items(arena, demand, &l.items) != SG_OK)
		return SG_NOMEM;
	l.misses = sg_arena_array(arena, l.items.n + 1, sizeof(*l.misses));
	if (!l.misses)
		return SG_NOMEM;
	if (demand->min_bytes > 0)
		note(&l, n_bytes >= (size_t)demand->min_bytes ? NULL : size_said(&l, ""));
	if (n_bytes <= SG_DEMAND_MAX_BYTES)
		look_inside(&l, demand);
	while (n_bytes > SG_DEMAND_MAX_BYTES && l.item < l.items.n)
		note(&l, size_said(&l, ", more than can be looked into"));
	if (sg_arena_failed(arena))
		return SG_NOMEM;
	*ret = (struct sg_misses){l.misses, l.n};
	return SG_OK;
}
