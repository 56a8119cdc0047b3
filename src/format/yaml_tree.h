/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * YAML by libyaml's events, under caps: the only file that includes yaml.h is yaml_tree.c.
 *
 * Two ways of use. Small files (route, profile, plan, steps): sg_yaml_load gives a tree. The
 * manifest, which may have a million rows: sg_yaml_open / sg_yaml_next pull events, nothing is
 * kept. Caps (RELIABILITY.md 5): depth 32, scalar 64 KiB, one document, no anchors, aliases,
 * tags, merge keys; UTF-8 only; no NUL; a key is a scalar; of directives only %YAML; a tree has
 * at most 30,000 nodes. Duplicate keys are refused by the tree, and by the manifest's reader
 * itself. A byte order mark in front is skipped. Every node and event carries its place.
 * Errors: SG_INPUT, over a cap SG_LIMIT, SG_NOMEM; always with file, line and column.
 */
#ifndef STEPGATE_FORMAT_YAML_TREE_H
#define STEPGATE_FORMAT_YAML_TREE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/quote.h" /* sg_yaml_quote, the inverse of a scalar */

#define SG_YAML_MAX_DEPTH  32
#define SG_YAML_MAX_SCALAR ((size_t)64 << 10)
#define SG_YAML_MAX_FILE   ((size_t)1 << 20)
#define SG_YAML_MAX_NODES  30000

enum sg_yaml_type {
	SG_YAML_SCALAR,
	SG_YAML_LIST,
	SG_YAML_MAP,
	SG_YAML_LIST_END,
	SG_YAML_MAP_END,
	SG_YAML_END
};

/*
 * What a scalar is by the core schema (and dates, YYYY-MM-DD with or without a time behind) and
 * how it was written. Quoted scalars are always TEXT.
 */
enum sg_yaml_kind { SG_YAML_TEXT, SG_YAML_NULL, SG_YAML_BOOL, SG_YAML_NUMBER, SG_YAML_DATE };

struct sg_place {
	size_t line;   /* 1-based */
	size_t column; /* 1-based, in characters */
	/*
	 * In a tree and in a base: bytes from the start of the file. In an event: characters
	 * from the start of the parsed text, which libyaml counts; sg_yaml_offset makes bytes
	 * of it where somebody wants them, so that nobody else pays for it.
	 */
	size_t offset;
};

/* --- events --- */
struct sg_yaml_event {
	enum sg_yaml_type type;
	enum sg_yaml_kind kind;
	bool quoted;      /* the scalar was quoted or a block scalar */
	bool block;       /* the scalar was a block scalar, | or > */
	bool flow;        /* the list or map is in flow style */
	bool key;         /* the scalar is a key of a map */
	const char *text; /* scalar, valid until the next call; NUL-terminated */
	size_t n_bytes;
	struct sg_place start;
	struct sg_place end;
};

struct sg_yaml;
/*
 * bytes must stay until sg_yaml_close. base: what to add to places (a block inside Markdown).
 */
enum sg_rc sg_yaml_open(struct sg_yaml **ret, const char *name, const char *bytes,
	size_t n_bytes, const struct sg_place *base, struct sg_err *err);
/* After SG_YAML_END only that comes. On failure *ret means nothing. */
enum sg_rc sg_yaml_next(struct sg_yaml *yaml, struct sg_yaml_event *ret, struct sg_err *err);
void sg_yaml_close(struct sg_yaml *yaml); /* NULL is fine */

/* Bytes from the start of the file to a place of an event; quick when asked in rising order. */
size_t sg_yaml_offset(struct sg_yaml *yaml, const struct sg_place *place);

/* Sets err (rc, the sentence so far made) at a place; returns its rc. For readers of events. */
enum sg_rc sg_yaml_fail(const char *name, const struct sg_place *place, enum sg_rc rc,
	struct sg_err *err, const char *format, ...) SG_PRINTF(5, 6);

/* "text", "the number 12", "a list": what an event or a node is, for "expected x, found y". */
const char *sg_yaml_found(enum sg_yaml_type type, enum sg_yaml_kind kind, const char *text,
	char *out, size_t out_size);

/* --- tree --- */
struct sg_node {
	enum sg_yaml_type type; /* SCALAR, LIST or MAP */
	enum sg_yaml_kind kind;
	const char *text;
	struct sg_place place;
	struct sg_place end;
	struct sg_node *items; /* LIST: items; MAP: values */
	const char **keys;     /* MAP: keys, in order */
	struct sg_place *key_places;
	size_t n;
};

enum sg_rc sg_yaml_load(struct sg_arena *arena, const char *name, const char *bytes,
	size_t n_bytes, const struct sg_place *base, const struct sg_node **ret,
	struct sg_err *err);
const struct sg_node *sg_node_get(
	const struct sg_node *map, const char *key); /* NULL if none */

#endif
