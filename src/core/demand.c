/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a line of CONTRACT asks for, in words that gates, report and fixes share. */
#include "stepgate/route.h"

#include <string.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "base/utf8.h"

/* A sentence has to stay one that can be read: of a long text its beginning. */
#define SHOWN_BYTES ((size_t)80)

static const char *kept(struct sg_arena *arena, struct sg_strbuf *line)
{
	const char *text = sg_strbuf_failed(line) ? NULL : sg_arena_str(arena, line->bytes);

	if (!text)
		arena->failed = true;
	sg_strbuf_release(line);
	return text ? text : "";
}

/* what "text", cut at a character. */
static const char *quoted(struct sg_arena *arena, const char *what, const char *text)
{
	struct sg_strbuf line = SG_STRBUF_INIT;
	size_t n = strlen(text);
	const bool cut = n > SHOWN_BYTES;

	if (cut)
		n = SHOWN_BYTES;
	while (cut && n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	sg_strbuf_addf(&line, "%s \"", what);
	sg_utf8_sanitise(&line, text, n, SG_SANITISE_LINE);
	sg_strbuf_adds(&line, cut ? "...\"" : "\"");
	return kept(arena, &line);
}

static const char *size_text(struct sg_arena *arena, int64_t min_bytes)
{
	const char *text = sg_arena_printf(arena, "at least %lld byte%s", (long long)min_bytes,
		min_bytes == 1 ? "" : "s");

	return text ? text : "";
}

size_t sg_demand_count(const struct sg_demand *demand)
{
	return demand->contains.n + demand->headings.n + (demand->min_bytes > 0) +
	       demand->yaml + demand->json;
}

enum sg_rc sg_demand_items(
	struct sg_arena *arena, const struct sg_demand *demand, struct sg_strs *ret)
{
	struct sg_strs_builder items;

	sg_strs_builder_init(&items, arena);
	if (demand->min_bytes > 0)
		sg_strs_builder_add(&items, size_text(arena, demand->min_bytes));
	for (size_t i = 0; i < demand->contains.n; i++)
		sg_strs_builder_add(
			&items, quoted(arena, "the text", demand->contains.v[i]));
	for (size_t i = 0; i < demand->headings.n; i++)
		sg_strs_builder_add(
			&items, quoted(arena, "the heading", demand->headings.v[i]));
	if (demand->yaml)
		sg_strs_builder_add(&items, "YAML");
	if (demand->json)
		sg_strs_builder_add(&items, "JSON");
	if (sg_arena_failed(arena))
		return SG_NOMEM;
	*ret = sg_strs_builder_list(&items);
	return SG_OK;
}
