/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Private to src/format: what the parts of the manifest's reader share.
 *
 * The reader pulls events and keeps none. One struct sg_reader goes through all of it: `ev` is
 * the event under the eye. A function that reads a value is entered with ev at the value's
 * first event and leaves with ev at its last. Every mapping, known or not, goes through struct
 * sg_map, which sees to duplicates and keeps the lines of unknown keys.
 *
 * A strict reader ends with an error at the first thing that is wrong; a lenient one marks the
 * field's shape and goes on behind the value.
 */
#ifndef STEPGATE_FORMAT_MANIFEST_READER_H
#define STEPGATE_FORMAT_MANIFEST_READER_H

#include "base/arena.h"
#include "base/strbuf.h"
#include "base/table.h"
#include "format/manifest_io.h"
#include "format/yaml_tree.h"
#include "stepgate/manifest.h"

/* At most so many unknown keys a mapping, and so many values below one of them. */
#define SG_MANIFEST_MAX_UNKNOWN       1000
#define SG_MANIFEST_MAX_UNKNOWN_NODES 10000

/* A stretch of the file, offsets in bytes. */
struct sg_range {
	size_t start;
	size_t end;
};

struct sg_reader {
	struct sg_yaml *yaml;
	struct sg_yaml_event ev;
	struct sg_arena *arena;
	struct sg_manifest *m; /* being filled; starts as the default */
	const char *name;
	const char *bytes; /* the whole file: offsets count from its start */
	size_t n_bytes;
	bool strict;
	bool by_events; /* the canonical form's own reader was asked before */
	struct sg_err *err;
	/* texts of the list being read; owned, grows, used again for each list */
	const char **items;
	size_t items_capacity;
	/* source lines that were kept as they are, so comments in them are not lost; owned */
	bool want_kept;
	struct sg_range *kept;
	size_t n_kept;
	size_t kept_capacity;
};

/* A key that belongs into a mapping. */
struct sg_known {
	const char *key;
	size_t n_bytes;
};

/* The mapping being read. Zero but for what the caller says of it; release it in any case. */
struct sg_map {
	const char *name; /* for errors: "CURRENT_STEP" */
	size_t row;       /* for errors: 1-based; 0: no row */
	const struct sg_known *known;
	size_t n_known; /* at most 32 */
	size_t indent;  /* where its keys stand in the canonical form */
	/* by the reader */
	struct sg_place start;
	bool flow;
	unsigned seen;
	size_t next_known; /* the key that most likely comes next */
	size_t n_unknown;
	struct sg_table unknown;
	struct sg_arena names; /* of the unknown keys */
	struct sg_strbuf extra;
};

/* --- manifest_map.c --- */
enum sg_rc sg_reader_next(struct sg_reader *r);
enum sg_rc sg_reader_no_memory(struct sg_reader *r);

/* "cannot read KEY in NAME row N: expected EXPECTED, found <ev>", at ev. key may be NULL. */
enum sg_rc sg_reader_fail(
	struct sg_reader *r, const struct sg_map *map, const char *key, const char *expected);

/* The value at ev is not what belongs there: an error, or shape WRONG and on behind it. */
enum sg_rc sg_reader_wrong(struct sg_reader *r, const struct sg_map *map, const char *key,
	const char *expected, unsigned char *shape);

/* Enters the mapping at ev. */
void sg_map_begin(struct sg_reader *r, struct sg_map *map);

/*
 * Goes on to the next known key: *ret_known is its number and ev its value, or *ret_known is
 * n_known at the mapping's end. Unknown keys on the way are kept.
 */
enum sg_rc sg_map_next(struct sg_reader *r, struct sg_map *map, size_t *ret_known);

/*
 * At the end: strictly, all known keys must have been there. Gives the lines of unknown keys.
 */
enum sg_rc sg_map_end(struct sg_reader *r, struct sg_map *map, const char **ret_extra);
void sg_map_release(struct sg_map *map);

/* --- values, also manifest_map.c --- */
/* like: a text that may stand here again, to share its memory; NULL: none. */
enum sg_rc sg_reader_text(struct sg_reader *r, const struct sg_map *map, const char *key,
	const char *like, const char **ret, unsigned char *shape);
enum sg_rc sg_reader_list(struct sg_reader *r, const struct sg_map *map, const char *key,
	const struct sg_strs *like, struct sg_strs *ret, unsigned char *shape);
const char *sg_reader_keep(struct sg_reader *r, const char *like);

/* The n items as a list in the arena; like itself, if it is the same. False: no memory. */
bool sg_list_settle(struct sg_arena *arena, const char *const *items, size_t n,
	const struct sg_strs *like, struct sg_strs *ret);

/* --- manifest_extra.c --- */
/* Reads the value at ev for nothing but its duplicate keys. */
enum sg_rc sg_reader_skip(struct sg_reader *r);

/* ev is an unknown key: takes key and value, and keeps their lines in map->extra. */
enum sg_rc sg_reader_unknown(struct sg_reader *r, struct sg_map *map);

/* True if comments stand between start and end of the file, but in what was kept. */
bool sg_reader_has_comments(const struct sg_reader *r, const struct sg_place *base, size_t end);

/* --- manifest_rows.c --- */
enum sg_row_kind { SG_ROLE_ROW, SG_ENGINE_ROW, SG_OUTPUT_ROW };

/* A row of any ledger. */
struct sg_read_row {
	const char *name;
	const char *status_text;
	const char *notes;
	const char *source;
	const char *ref;
	const char *extra;
	struct sg_strs outputs_produced;
	enum sg_row_status status;
	enum sg_truth present;
	bool named;
};

#define SG_NO_ROW                                                                     \
	{                                                                             \
		.status_text = "", .notes = "", .source = "", .ref = "", .extra = "", \
		.status = SG_ROW_STATUS_COUNT, .present = SG_TRUTH_ABSENT             \
	}

/* A ledger's rows while they gather outside of the arena. Settle it in any case. */
struct sg_read_rows {
	enum sg_row_kind kind;
	struct sg_arena_piece piece; /* rows of the kind's struct */
	unsigned char *bytes;        /* of the piece */
	size_t n;
	size_t capacity;
};

bool sg_read_rows_add(
	struct sg_read_rows *rows, const struct sg_read_row *row); /* false: no memory */

/* The rows in the arena, NULL if there are none or no memory; what gathered is freed. */
const void *sg_read_rows_settle(struct sg_read_rows *rows, struct sg_arena *arena);

enum sg_rc sg_reader_roles(struct sg_reader *r, const struct sg_map *map, const char *key,
	struct sg_role_rows *ret, unsigned char *shape);
enum sg_rc sg_reader_engines(struct sg_reader *r, const struct sg_map *map, const char *key,
	struct sg_engine_ledger *ret, unsigned char *shape);
enum sg_rc sg_reader_outputs(struct sg_reader *r, const struct sg_map *map, const char *key,
	struct sg_output_rows *ret, unsigned char *shape);

/* Of a file of n bytes; about what the values of a big one take, mostly ledger rows. */
#define SG_VALUE_BYTES(n) ((n) / 4 * 3)

/* --- manifest_canon.c --- */
/* No line of the form is longer: a text has at most SG_YAML_MAX_SCALAR bytes. */
#define SG_CANON_WINDOW_BYTES ((size_t)8 * SG_YAML_MAX_SCALAR)

/*
 * Reads what is in the canonical form to its last byte, without unknown keys, at the left
 * margin: many times faster than by events. False, with ret and arena untouched: it is not, or
 * no memory.
 */
bool sg_canon_read(
	struct sg_arena *arena, const char *bytes, size_t n_bytes, struct sg_manifest *ret);

/*
 * The same of bytes as they come, of which never more than window_bytes are held at a time.
 * False too where they cannot be had, or where a line is longer than that.
 */
bool sg_canon_read_feed(struct sg_arena *arena, const struct sg_feed *feed, size_t window_bytes,
	struct sg_manifest *ret);

#endif
