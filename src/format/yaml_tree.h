/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * YAML by libyaml's events, under caps: the only file that includes yaml.h is yaml_tree.c.
 *
 * Two ways of use. Small files (route, profile, plan, steps): sg_yaml_load gives a tree. The manifest,
 * which may have a million rows: sg_yaml_open / sg_yaml_next pull events, nothing is kept.
 * Caps (RELIABILITY.md 5): depth 32, scalar 64 KiB, one document, no anchors, aliases, tags, merge
 * keys; UTF-8 only; no NUL. Duplicate keys are refused by the tree, and by the manifest's
 * reader itself. Every node and event carries its place.
 */
#ifndef STEPGATE_FORMAT_YAML_TREE_H
#define STEPGATE_FORMAT_YAML_TREE_H

#include "base/arena.h"
#include "base/err.h"

#define SG_YAML_MAX_DEPTH 32
#define SG_YAML_MAX_SCALAR ((size_t)64 << 10)
#define SG_YAML_MAX_FILE ((size_t)1 << 20)

enum sg_yaml_type { SG_YAML_SCALAR, SG_YAML_LIST, SG_YAML_MAP, SG_YAML_LIST_END, SG_YAML_MAP_END, SG_YAML_END };

/* What a scalar is by the core schema and how it was written. Quoted scalars are always TEXT. */
enum sg_yaml_kind { SG_YAML_TEXT, SG_YAML_NULL, SG_YAML_BOOL, SG_YAML_NUMBER, SG_YAML_DATE };

struct sg_place {
	size_t line;   /* 1-based */
	size_t column; /* 1-based */
	size_t offset; /* bytes from the start of the file */
};

/* --- events --- */
struct sg_yaml_event {
	enum sg_yaml_type type;
	enum sg_yaml_kind kind;
	bool quoted;      /* the scalar was quoted or a block scalar */
	bool flow;        /* the list or map is in flow style */
	const char *text; /* scalar, valid until the next call; NUL-terminated */
	size_t n_bytes;
	struct sg_place start;
	struct sg_place end;
};

struct sg_yaml;
/* bytes must stay until sg_yaml_close. base: what to add to places (a block inside Markdown). */
enum sg_rc sg_yaml_open(struct sg_yaml **ret, const char *name, const char *bytes, size_t n_bytes,
			const struct sg_place *base, struct sg_err *err);
enum sg_rc sg_yaml_next(struct sg_yaml *yaml, struct sg_yaml_event *ret, struct sg_err *err);
void sg_yaml_close(struct sg_yaml *yaml); /* NULL is fine */

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

enum sg_rc sg_yaml_load(struct sg_arena *arena, const char *name, const char *bytes, size_t n_bytes,
			const struct sg_place *base, const struct sg_node **ret, struct sg_err *err);
const struct sg_node *sg_node_get(const struct sg_node *map, const char *key); /* NULL if none */

/* Appends text as a double-quoted canonical scalar (SPEC 2.1, canonical form). */
struct sg_strbuf;
void sg_yaml_quote(struct sg_strbuf *out, const char *text);

#endif
