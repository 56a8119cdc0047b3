/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the readers of inputs.h share: finding a token in its file, and taking its fields as
 * values.
 *
 * struct sg_token says whose words an error begins with; it is made by sg_token_load. Each
 * taker looks up one key of a mapping. What is found is borrowed from the arena. A key that is
 * absent leaves *ret as it was, unless it is required. All return SG_OK, or SG_INPUT
 * (SG_LIMIT, SG_NOMEM) with the place, the field, the expected and the found in err.
 */
#ifndef STEPGATE_FORMAT_TOKEN_H
#define STEPGATE_FORMAT_TOKEN_H

#include "format/yaml_tree.h"

struct sg_token {
	struct sg_arena *arena;
	const char *name; /* of the file */
	const char *what; /* "ROUTE_TOKEN": the object of the sentence */
	struct sg_err *err;
	const struct sg_node *root; /* the whole text's mapping */
	const struct sg_node *map;  /* the mapping under the token's name */
};

enum sg_need { SG_OPTIONAL, SG_REQUIRED };

/* Finds and parses the token `what`, alone in the file or in a fenced block of Markdown. */
enum sg_rc sg_token_load(struct sg_token *ret, struct sg_arena *arena, const char *name,
	const char *what, const char *bytes, size_t n_bytes, struct sg_err *err);

/*
 * The error of a field: "cannot read <what>: <field>: expected <expected>, found <the node>".
 */
enum sg_rc sg_token_wrong(const struct sg_token *t, const char *field,
	const struct sg_node *node, const char *expected);
/* The same at a mapping in which the key is absent. */
enum sg_rc sg_token_absent(const struct sg_token *t, const char *field,
	const struct sg_node *map, const char *expected);

#define SG_TOKEN_TEXT_MAX ((size_t)16 << 10)

/*
 * A text is a scalar of at most SG_TOKEN_TEXT_MAX bytes that is no null, boolean, number or
 * date, or is quoted.
 */
bool sg_node_is_text(const struct sg_node *node);
bool sg_node_is_texts(const struct sg_node *node); /* a list of nothing but texts */
/* The list of sg_node_is_texts as values; sets the arena's flag without memory. */
struct sg_strs sg_node_texts(struct sg_arena *arena, const struct sg_node *list);

enum sg_rc sg_token_text(const struct sg_token *t, const struct sg_node *map, const char *key,
	enum sg_need need, const char **ret);
enum sg_rc sg_token_strs(const struct sg_token *t, const struct sg_node *map, const char *key,
	struct sg_strs *ret);
enum sg_rc sg_token_bool(
	const struct sg_token *t, const struct sg_node *map, const char *key, bool *ret);
enum sg_rc sg_token_map(const struct sg_token *t, const struct sg_node *map, const char *key,
	enum sg_need need, const struct sg_node **ret);

/* A whole number in plain decimal digits from 0 to most. */
enum sg_rc sg_token_count(const struct sg_token *t, const struct sg_node *map, const char *key,
	int64_t most, int64_t *ret);

/* Every key of map is one of the n known ones. */
enum sg_rc sg_token_known(const struct sg_token *t, const struct sg_node *map,
	const char *const *known, size_t n);

/* SG_OK, or SG_NOMEM where the arena failed: the last thing a reader looks at. */
enum sg_rc sg_token_memory(const struct sg_token *t);

#endif
