/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whether an output's bytes hold what CONTRACT demands of them (struct sg_demand): a function
 * of both alone.
 *
 *	min_bytes  the size
 *	contains   the text is there, byte for byte
 *	headings   a Markdown heading of that text: "## X" or, for two levels, X over a line
 *	           of = or -, outside of fences and of comments. Space around it and #s
 *	           behind do not count. A demand that begins with #s asks for that level.
 *	yaml       one document that the readers of every other input take: no duplicate
 *	           keys, no anchors, tags or aliases, at most SG_YAML_MAX_FILE bytes
 *	json       one value by RFC 8259 in UTF-8, at most SG_DEMAND_JSON_DEPTH deep; equal keys
 *	           are not looked for
 * Whatever looks into the bytes takes up to SG_DEMAND_MAX_BYTES; a larger output misses it.
 */
#ifndef STEPGATE_FORMAT_DEMAND_H
#define STEPGATE_FORMAT_DEMAND_H

#include "base/arena.h"
#include "stepgate/gate.h"

#define SG_DEMAND_MAX_BYTES  ((size_t)64 << 20)
#define SG_DEMAND_JSON_DEPTH 512

/* Whether more than the size has to be known. */
bool sg_demand_looks_inside(const struct sg_demand *demand);

/*
 * What the bytes do not hold, in the order of sg_demand_items; none: they meet it. bytes may be
 * NULL where nothing looks inside, or where n_bytes is over SG_DEMAND_MAX_BYTES. The texts live
 * in the arena and are fit to be shown. SG_NOMEM.
 */
enum sg_rc sg_demand_check(struct sg_arena *arena, const struct sg_demand *demand,
	const char *bytes, size_t n_bytes, struct sg_misses *ret);

/* --- its parts (demand_markdown.c, demand_json.c) --- */

/* *ret_n: how many headings there are; true if one of them is the wanted one. */
bool sg_demand_heading(
	const char *bytes, size_t n_bytes, const char *wanted, size_t *ret_n);
/* True: one JSON value. Else *ret_offset is the first byte that cannot be part of one. */
bool sg_demand_json(const char *bytes, size_t n_bytes, size_t *ret_offset);

#endif
