/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Does an instance hold comments that a save would lose? libyaml drops them, so what lies
 * between two events is looked at: indicators, white space, comments; only the last have a '#'.
 */
#include <string.h>

#include "format/manifest_reader.h"

struct gaps {
	const struct sg_reader *r;
	size_t at;     /* up to here the file has been looked at */
	size_t i_kept; /* the first kept range that may still matter */
	bool found;
};

/* Whether a byte stands in lines that were kept. Asked in rising order. */
static bool is_kept(struct gaps *g, size_t byte)
{
	while (g->i_kept < g->r->n_kept && g->r->kept[g->i_kept].end <= byte)
		g->i_kept++;
	return g->i_kept < g->r->n_kept && g->r->kept[g->i_kept].start <= byte;
}

static void look(struct gaps *g, size_t end)
{
	while (g->at < end && !g->found) {
		const char *from = g->r->bytes + g->at;
		const char *hash = memchr(from, '#', end - g->at);
		if (!hash)
			break;
		g->at = (size_t)(hash - g->r->bytes);
		g->found = !is_kept(g, g->at);
		g->at++;
	}
	if (g->at < end)
		g->at = end;
}

/* The line of `|` or `>` may end with a comment, which libyaml counts to the scalar. */
static void look_at_header(struct gaps *g, size_t start)
{
	const char *header = g->r->bytes + start;
	const char *newline = memchr(header, '\n', g->r->n_bytes - start);

	if (newline)
		look(g, (size_t)(newline - g->r->bytes));
}

bool sg_reader_has_comments(const struct sg_reader *r, const struct sg_place *base, size_t end)
{
	struct gaps g = {.r = r, .at = base->offset};
	struct sg_yaml *yaml = NULL;
	struct sg_yaml_event ev;
	const char *start = r->bytes + base->offset;
	const size_t n_bytes = end - base->offset;

	if (!memchr(start, '#', n_bytes) ||
		sg_yaml_open(&yaml, r->name, start, n_bytes, base, NULL) < 0)
		return false;
	while (!g.found && sg_yaml_next(yaml, &ev, NULL) == SG_OK && ev.type != SG_YAML_END) {
		look(&g, sg_yaml_offset(yaml, &ev.start));
		if (ev.type == SG_YAML_SCALAR && ev.block)
			look_at_header(&g, g.at);
		const size_t behind = sg_yaml_offset(yaml, &ev.end);
		if (g.at < behind)
			g.at = behind;
	}
	sg_yaml_close(yaml);
	look(&g, end);
	return g.found;
}
