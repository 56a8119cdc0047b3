/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Unknown keys, kept as their source lines.
 *
 * In a block mapping the lines of a key are those from the key to the end of its value's last
 * line, comments between and behind included; they move to the canonical column, all by as
 * much. In a flow mapping they are `key: value`, as both stand in the source. Breaks become LF.
 * Whether the moved lines still mean the same is not reasoned about but tried: they are parsed
 * where they will stand, with another key behind them and with an empty line between. If that
 * differs from the original, or fails, the value is written anew: on one line, in flow style,
 * texts double-quoted, other scalars as they stood. So what is kept reads back to the same
 * value and the same bytes. One thing is not tried, since nothing can happen to it: a block
 * mapping's value on the line of its key.
 */
#include <stdlib.h>
#include <string.h>

#include "format/manifest_reader.h"

/* A longer key is written with `?`: libyaml looks 1024 characters ahead for a colon. */
#define LONGEST_SIMPLE_KEY_BYTES ((size_t)200)

/* A value as the flow style writes it, and where it ended. */
struct flat {
	struct sg_yaml *yaml;
	const char *name;
	struct sg_err *err;
	struct sg_strbuf *out; /* NULL: only the duplicates are looked for */
	size_t n_nodes;
	struct sg_place end; /* of the last token that stands in the source */
	bool last_block;     /* which was a block scalar */
	bool has_block;
};

static void put(struct flat *f, const char *text)
{
	if (f->out)
		sg_strbuf_adds(f->out, text);
}

static enum sg_rc flat_scalar(struct flat *f, const struct sg_yaml_event *ev)
{
	f->end = ev->end;
	f->last_block = ev->block;
	f->has_block = f->has_block || ev->block;
	if (!f->out)
		return SG_OK;
	if (ev->kind == SG_YAML_TEXT)
		sg_yaml_quote(f->out, ev->text);
	else
		sg_strbuf_adds(f->out, ev->n_bytes > 0 ? ev->text : "null");
	return SG_OK;
}

/* `"key": `, or `? "key" : ` where it is long. */
static void flat_key(struct sg_strbuf *out, const struct sg_yaml_event *ev)
{
	const bool is_long = ev->n_bytes > LONGEST_SIMPLE_KEY_BYTES;

	if (is_long)
		sg_strbuf_adds(out, "? ");
	if (ev->kind == SG_YAML_TEXT)
		sg_yaml_quote(out, ev->text);
	else
		sg_strbuf_add(out, ev->text, ev->n_bytes);
	sg_strbuf_adds(out, is_long ? " : " : ": ");
}

/* The keys of one unknown mapping, to find one that comes twice. */
struct names {
	struct sg_arena arena;
	struct sg_table table;
};

static enum sg_rc note_name(struct flat *f, struct names *names, const struct sg_yaml_event *ev)
{
	const char *name = sg_arena_strn(&names->arena, ev->text, ev->n_bytes);

	if (!name)
		return sg_err_set(f->err, SG_NOMEM, "cannot read %s: out of memory", f->name);
	const bool again = sg_table_put(&names->table, name, 0) != SG_TABLE_NONE;
	if (names->table.failed)
		return sg_err_set(f->err, SG_NOMEM, "cannot read %s: out of memory", f->name);
	if (again)
		return sg_yaml_fail(f->name, &ev->start, SG_INPUT, f->err,
			"cannot read an unknown mapping: expected %.60s once, found it again",
			name);
	return SG_OK;
}

static enum sg_rc flat_node(struct flat *f, struct sg_yaml_event *ev);

/* The children of a list or mapping up to its end, which is in ev then. */
static enum sg_rc flat_children(
	struct flat *f, struct sg_yaml_event *ev, bool map, struct names *names)
{
	for (size_t n = 0;; n++) {
		enum sg_rc rc = sg_yaml_next(f->yaml, ev, f->err);
		if (rc < 0 || ev->type == SG_YAML_LIST_END || ev->type == SG_YAML_MAP_END)
			return rc;
		if (n > 0)
			put(f, ", ");
		if (map) {
			rc = note_name(f, names, ev);
			if (f->out)
				flat_key(f->out, ev);
			f->end = ev->end;
			if (rc == SG_OK)
				rc = sg_yaml_next(f->yaml, ev, f->err);
		}
		if (rc == SG_OK)
			rc = flat_node(f, ev);
		if (rc < 0)
			return rc;
	}
}

/* The value that begins at ev. Recursion as deep as SG_YAML_MAX_DEPTH. */
static enum sg_rc flat_node(struct flat *f, struct sg_yaml_event *ev)
{
	if (++f->n_nodes > SG_MANIFEST_MAX_UNKNOWN_NODES)
		return sg_yaml_fail(f->name, &ev->start, SG_LIMIT, f->err,
			"cannot read an unknown key: expected at most %d values below it",
			SG_MANIFEST_MAX_UNKNOWN_NODES);
	if (ev->type == SG_YAML_SCALAR)
		return flat_scalar(f, ev);
	const bool map = ev->type == SG_YAML_MAP;
	const bool flow = ev->flow;
	struct names names = {.arena = SG_ARENA_INIT, .table = SG_TABLE_INIT};
	put(f, map ? "{" : "[");
	f->end = ev->end;
	f->last_block = false;
	const enum sg_rc rc = flat_children(f, ev, map, &names);
	sg_table_release(&names.table);
	sg_arena_release(&names.arena);
	if (rc < 0)
		return rc;
	put(f, map ? "}" : "]");
	if (flow) {
		f->end = ev->end;
		f->last_block = false;
	}
	return SG_OK;
}

enum sg_rc sg_reader_skip(struct sg_reader *r)
{
	struct flat f = {.yaml = r->yaml, .name = r->name, .err = r->err};

	return flat_node(&f, &r->ev);
}

/* --- do the lines mean the same where they will stand? --- */

static bool next_is(struct sg_yaml *yaml, struct sg_yaml_event *ev, enum sg_yaml_type type)
{
	return sg_yaml_next(yaml, ev, NULL) == SG_OK && ev->type == type;
}

/* Key and value, flat, of the first pair of text; true if just one key "x" follows them. */
static bool read_pair(struct sg_yaml *yaml, struct sg_strbuf *ret)
{
	struct sg_yaml_event ev;
	struct flat f = {.yaml = yaml, .name = "", .out = ret};

	if (!next_is(yaml, &ev, SG_YAML_MAP) || !next_is(yaml, &ev, SG_YAML_SCALAR))
		return false;
	flat_key(ret, &ev);
	if (sg_yaml_next(yaml, &ev, NULL) < 0 || flat_node(&f, &ev) < 0)
		return false;
	return next_is(yaml, &ev, SG_YAML_SCALAR) && ev.n_bytes == 1 && ev.text[0] == 'x' &&
	       next_is(yaml, &ev, SG_YAML_SCALAR) && next_is(yaml, &ev, SG_YAML_MAP_END) &&
	       next_is(yaml, &ev, SG_YAML_END);
}

/* Whether lines, and what follows them, read as flat. */
static bool means_before(const struct sg_strbuf *lines, size_t indent, const char *following,
	const struct sg_strbuf *flat)
{
	struct sg_strbuf text = SG_STRBUF_INIT;
	struct sg_strbuf found = SG_STRBUF_INIT;
	struct sg_yaml *yaml = NULL;

	sg_strbuf_add(&text, lines->bytes, lines->n_bytes);
	sg_strbuf_addf(&text, "%s%*sx: 0\n", following, (int)indent, "");
	const bool same =
		sg_yaml_open(&yaml, "", text.bytes, text.n_bytes, NULL, NULL) == SG_OK &&
		read_pair(yaml, &found) && found.n_bytes == flat->n_bytes &&
		memcmp(found.bytes, flat->bytes, flat->n_bytes) == 0;
	sg_yaml_close(yaml);
	sg_strbuf_release(&text);
	sg_strbuf_release(&found);
	return same;
}

/* With an empty line behind, which ends a section, and without: `|+` takes it to its text. */
static bool means(const struct sg_strbuf *lines, size_t indent, const struct sg_strbuf *flat)
{
	return means_before(lines, indent, "\n", flat) && means_before(lines, indent, "", flat);
}

/* --- the source lines --- */

/* Bytes of the line break at text[at], as YAML 1.1 counts them; 0 if there is none. */
static size_t break_length(const char *text, size_t at, size_t end)
{
	const size_t n_left = end - at;
	const char *s = text + at;

	if (n_left >= 2 && s[0] == '\r' && s[1] == '\n')
		return 2;
	if (n_left >= 1 && (s[0] == '\n' || s[0] == '\r'))
		return 1;
	if (n_left >= 2 && memcmp(s, "\xC2\x85", 2) == 0)
		return 2;
	if (n_left >= 3 &&
		(memcmp(s, "\xE2\x80\xA8", 3) == 0 || memcmp(s, "\xE2\x80\xA9", 3) == 0))
		return 3;
	return 0;
}

static size_t line_end(const struct sg_reader *r, size_t at)
{
	while (at < r->n_bytes && break_length(r->bytes, at, r->n_bytes) == 0)
		at++;
	return at;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/*
 * The column of a key that is the first on its line or behind the dash of its row; SIZE_MAX for
 * one that stands elsewhere.
 */
static size_t key_column(const struct sg_reader *r, size_t key)
{
	size_t start = key;
	size_t n_dashes = 0;

	while (start > 0 && (r->bytes[start - 1] == ' ' || r->bytes[start - 1] == '-'))
		n_dashes += r->bytes[--start] == '-';
	if (start > 0 && r->bytes[start - 1] != '\n' && r->bytes[start - 1] != '\r')
		return SIZE_MAX;
	return n_dashes <= 1 ? key - start : SIZE_MAX;
}

/*
 * Moves the lines of range from one column to another. False: a line stands too far left for
 * that. The first line begins at its key, behind its column.
 */
static bool move_lines(struct sg_strbuf *out, const char *bytes, const struct sg_range *range,
	size_t from_column, size_t indent)
{
	size_t at = range->start;
	size_t n_before = from_column;

	for (bool first = true; at < range->end; first = false) {
		size_t end = at;
		while (end < range->end && bytes[end] != '\n' && bytes[end] != '\r')
			end++;
		for (; !first && at < end && bytes[at] == ' '; at++)
			n_before++;
		if (at < end && n_before + indent < from_column)
			return false;
		const size_t n_spaces =
			n_before + indent > from_column ? n_before + indent - from_column : 0;
		if (n_before > 0 || at < end)
			sg_strbuf_addf(out, "%*s", (int)n_spaces, "");
		sg_strbuf_add(out, bytes + at, end - at);
		sg_strbuf_addc(out, '\n');
		at = end;
		if (at < range->end)
			at += break_length(bytes, at, range->end);
		n_before = 0;
	}
	return true;
}

static enum sg_rc note_kept(struct sg_reader *r, const struct sg_range *range)
{
	if (!r->want_kept)
		return SG_OK;
	if (r->n_kept == r->kept_capacity) {
		const size_t capacity = r->kept_capacity ? r->kept_capacity * 2 : 16;
		void *grown = reallocarray(r->kept, capacity, sizeof(*r->kept));
		if (!grown)
			return sg_reader_no_memory(r);
		r->kept = grown;
		r->kept_capacity = capacity;
	}
	r->kept[r->n_kept++] = *range;
	return SG_OK;
}

/* What is known of an unknown key when its value has been read. */
struct unknown {
	struct sg_place key_start;
	struct sg_range key;
	size_t value_start;
	struct flat value;
	struct sg_strbuf flat; /* key and value */
	size_t flat_key_bytes; /* of flat, the separator included */
};

/* The lines of a key in a block mapping; *ret_range is where they stand. */
static bool block_lines(struct sg_reader *r, const struct unknown *u, size_t indent,
	struct sg_range *ret_range, struct sg_strbuf *out)
{
	const size_t column = key_column(r, u->key.start);
	size_t end = sg_yaml_offset(r->yaml, &u->value.end);

	if (column == SIZE_MAX)
		return false;
	/* A block scalar ends behind the breaks of its last line and of empty ones below. */
	if (!u->value.last_block)
		end = line_end(r, end);
	while (end > u->key.end && is_blank(r->bytes[end - 1]))
		end--;
	*ret_range = (struct sg_range){u->key.start, end};
	if (!move_lines(out, r->bytes, ret_range, column, indent))
		return false;
	const bool one_line = u->value.end.line == u->key_start.line && !u->value.has_block;
	return one_line || means(out, indent, &u->flat);
}

static bool flow_line(
	struct sg_reader *r, const struct unknown *u, size_t indent, struct sg_strbuf *out)
{
	const size_t end = sg_yaml_offset(r->yaml, &u->value.end);
	const char *bytes = r->bytes;

	if (u->value.end.line != u->key_start.line || end <= u->value_start)
		return false;
	sg_strbuf_addf(out, "%*s", (int)indent, "");
	sg_strbuf_add(out, bytes + u->key.start, u->key.end - u->key.start);
	sg_strbuf_adds(out, ": ");
	sg_strbuf_add(out, bytes + u->value_start, end - u->value_start);
	sg_strbuf_addc(out, '\n');
	return means(out, indent, &u->flat);
}

/* In a block mapping the `: ` that answers a `?` stands on its own line. */
static void add_flat(struct sg_strbuf *out, const struct unknown *u, size_t indent)
{
	const char *flat = u->flat.bytes;
	const size_t n_value = u->flat.n_bytes - u->flat_key_bytes;

	sg_strbuf_addf(out, "%*s", (int)indent, "");
	if (flat[0] == '?') {
		sg_strbuf_add(out, flat, u->flat_key_bytes - strlen(" : "));
		sg_strbuf_addf(out, "\n%*s: ", (int)indent, "");
	} else {
		sg_strbuf_add(out, flat, u->flat_key_bytes);
	}
	sg_strbuf_add(out, flat + u->flat_key_bytes, n_value);
	sg_strbuf_addc(out, '\n');
}

static enum sg_rc keep_lines(struct sg_reader *r, struct sg_map *map, const struct unknown *u)
{
	struct sg_strbuf lines = SG_STRBUF_INIT;
	struct sg_range range;
	enum sg_rc rc = SG_OK;

	const bool good = map->flow ? flow_line(r, u, map->indent, &lines)
				    : block_lines(r, u, map->indent, &range, &lines);
	if (good && !map->flow)
		rc = note_kept(r, &range);
	if (good)
		sg_strbuf_add(&map->extra, lines.bytes, lines.n_bytes);
	else
		add_flat(&map->extra, u, map->indent);
	if (sg_strbuf_failed(&lines) || sg_strbuf_failed(&u->flat))
		rc = sg_reader_no_memory(r);
	sg_strbuf_release(&lines);
	return rc;
}

enum sg_rc sg_reader_unknown(struct sg_reader *r, struct sg_map *map)
{
	struct unknown u = {.key_start = r->ev.start, .flat = SG_STRBUF_INIT};

	u.key.start = sg_yaml_offset(r->yaml, &r->ev.start);
	u.key.end = sg_yaml_offset(r->yaml, &r->ev.end);
	u.value = (struct flat){.yaml = r->yaml,
		.name = r->name,
		.err = r->err,
		.out = &u.flat,
		.end = r->ev.end};
	flat_key(&u.flat, &r->ev);
	u.flat_key_bytes = u.flat.n_bytes;
	enum sg_rc rc = sg_reader_next(r);
	if (rc == SG_OK) {
		u.value_start = sg_yaml_offset(r->yaml, &r->ev.start);
		rc = flat_node(&u.value, &r->ev);
	}
	if (rc == SG_OK)
		rc = keep_lines(r, map, &u);
	sg_strbuf_release(&u.flat);
	return rc;
}
