/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A reader of the canonical form alone (stated in manifest_write.c): what stepgate itself
 * wrote.
 *
 * Every byte is expected, so nothing is searched: a line is its key's literal and a text up to
 * the next quote. At the first byte that is not expected it gives up, and the reader by events
 * takes over; so it must never take what that reader would read otherwise, and may give up on
 * anything. Unknown keys and indented instances are left to the other one.
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/quote.h"
#include "base/utf8.h"
#include "format/manifest_emit.h"
#include "format/manifest_reader.h"

struct canon {
	const char *at;
	const char *end;
	struct sg_arena *arena;
	struct sg_manifest *m;
	struct sg_strbuf decoded; /* a text with escapes */
	struct sg_strbuf quoted;  /* ... and how the writer would quote it */
	const char **items;       /* of the list being read; owned */
	size_t items_capacity;
	const struct sg_feed *feed; /* of what lies behind end; NULL: nothing */
	char *window;               /* where at and end are then; owned */
	size_t window_bytes;
	bool failed; /* the feed did */
};

/* --- bytes --- */

/* Bytes behind end, where the feed has any: at and what lies behind it moves. */
static bool more(struct canon *c)
{
	const size_t n_left = (size_t)(c->end - c->at);

	if (!c->feed || n_left == c->window_bytes)
		return false;
	memmove(c->window, c->at, n_left);
	const ssize_t n =
		c->feed->read(c->feed->ctx, c->window + n_left, c->window_bytes - n_left);
	c->at = c->window;
	c->end = c->window + n_left + (n > 0 ? (size_t)n : 0);
	c->failed = n < 0;
	if (n <= 0)
		c->feed = NULL;
	return n > 0;
}

static bool eat(struct canon *c, const char *literal, size_t n_bytes)
{
	while ((size_t)(c->end - c->at) < n_bytes) {
		if (!more(c))
			return false;
	}
	if (memcmp(c->at, literal, n_bytes) != 0)
		return false;
	c->at += n_bytes;
	return true;
}

#define EAT(c, literal) eat((c), (literal), sizeof(literal) - 1)

static bool eat_spaces(struct canon *c, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!EAT(c, " "))
			return false;
	}
	return true;
}

static bool eat_key(struct canon *c, size_t indent, const char *key)
{
	return eat_spaces(c, indent) && eat(c, key, strlen(key)) && EAT(c, ":");
}

/* --- texts --- */

/* Whether one of eight bytes ends a run of plain ASCII: below 0x20, ", \, 0x7F and up. */
static bool has_special(uint64_t word)
{
	const uint64_t ones = 0x0101010101010101u;
	const uint64_t highs = 0x8080808080808080u;
	const uint64_t quote = word ^ (ones * '"');
	const uint64_t backslash = word ^ (ones * '\\');
	const uint64_t del = word ^ (ones * 0x7F);
	const uint64_t low = word - ones * 0x20;

	return ((low | (quote - ones) | (backslash - ones) | (del - ones) | word) & highs) != 0;
}

/*
 * Behind the run of plain ASCII at s. May stop early before a false alarm, which costs nothing.
 */
static const char *skip_plain(const char *s, const char *end)
{
	uint64_t word = 0;

	for (; end - s >= 8; s += 8) {
		memcpy(&word, s, sizeof(word));
		if (has_special(word))
			break;
	}
	while (s < end && (unsigned char)*s >= 0x20 && *s != '"' && *s != '\\' &&
		(unsigned char)*s < 0x7F)
		s++;
	return s;
}

/* Behind one character that is not ASCII and stands as it is; NULL if it should not. */
static const char *skip_wide(const char *s, const char *end)
{
	uint32_t code_point = 0;
	const size_t n = sg_utf8_decode(s, (size_t)(end - s), &code_point);

	return n == 0 || sg_yaml_must_escape(code_point) ? NULL : s + n;
}

/* The closing quote of a text that begins at s; NULL if it has none on this line. */
static const char *find_quote(const char *s, const char *end, bool *ret_escapes)
{
	*ret_escapes = false;
	for (;;) {
		s = skip_plain(s, end);
		if (s == end || (unsigned char)*s < 0x20)
			return NULL;
		if (*s == '"')
			return s;
		if (*s == '\\') {
			*ret_escapes = true;
			s += 2;
			if (s > end)
				return NULL;
		} else {
			s = skip_wide(s, end);
			if (!s)
				return NULL;
		}
	}
}

/* The same of the text at `at`, with the byte behind the quote at hand too. */
static const char *find_line_end(struct canon *c, bool *ret_escapes)
{
	for (;;) {
		const char *quote = find_quote(c->at, c->end, ret_escapes);
		if (quote && quote + 1 < c->end)
			return quote;
		/* a line that is whole and has no closing quote gets none by more bytes */
		if (!quote && memchr(c->at, '\n', (size_t)(c->end - c->at)))
			return NULL;
		if (!more(c))
			return NULL;
	}
}

static bool decode_hex(struct canon *c, const char *digits, size_t n)
{
	uint32_t code_point = 0;
	char bytes[4];

	for (size_t i = 0; i < n; i++) {
		const char *digit = strchr("0123456789ABCDEF", digits[i]);
		if (!digit || digits[i] == '\0')
			return false;
		code_point = code_point * 16 + (uint32_t)(digit - "0123456789ABCDEF");
	}
	if (code_point == 0)
		return false;
	sg_strbuf_add(&c->decoded, bytes, sg_utf8_encode(code_point, bytes));
	return true;
}

/*
 * One escape, s behind its backslash; returns its length, 0 if it is none that the writer
 * makes.
 */
static size_t decode_escape(struct canon *c, const char *s, const char *end)
{
	static const char names[] = "abtnvfre\"\\";
	static const char values[] = "\a\b\t\n\v\f\r\x1b\"\\";
	const char *name = memchr(names, *s, sizeof(names) - 1);

	if (name) {
		sg_strbuf_addc(&c->decoded, values[name - names]);
		return 1;
	}
	const size_t n_digits = *s == 'x' ? 2 : *s == 'u' ? 4 : 0;
	if (n_digits == 0 || (size_t)(end - s) <= n_digits || !decode_hex(c, s + 1, n_digits))
		return 0;
	return 1 + n_digits;
}

/*
 * A text with escapes, between its quotes. That each stands where the writer would put it is
 * found by quoting again.
 */
static bool decode(struct canon *c, const char *s, const char *end)
{
	const char *start = s;

	sg_strbuf_clear(&c->decoded);
	sg_strbuf_clear(&c->quoted);
	while (s < end) {
		const char *backslash = memchr(s, '\\', (size_t)(end - s));
		const char *run_end = backslash ? backslash : end;
		sg_strbuf_add(&c->decoded, s, (size_t)(run_end - s));
		s = run_end;
		if (s == end)
			break;
		const size_t n = decode_escape(c, s + 1, end);
		if (n == 0)
			return false;
		s += 1 + n;
	}
	sg_yaml_quote(&c->quoted, c->decoded.bytes);
	const size_t n_source = (size_t)(end - start);
	return !sg_strbuf_failed(&c->decoded) && !sg_strbuf_failed(&c->quoted) &&
	       c->quoted.n_bytes == n_source + 2 &&
	       memcmp(c->quoted.bytes + 1, start, n_source) == 0;
}

/* ` "text"` and the line's end. like: a text that may stand here again. */
static bool eat_text(struct canon *c, const char *like, const char **ret)
{
	bool escapes = false;

	if (!EAT(c, " \""))
		return false;
	const char *quote = find_line_end(c, &escapes);
	if (!quote)
		return false;
	const char *text = c->at;
	size_t n_bytes = (size_t)(quote - text);
	c->at = quote + 1;
	if (!EAT(c, "\n") || (escapes && !decode(c, text, quote)))
		return false;
	if (escapes) {
		text = c->decoded.bytes;
		n_bytes = c->decoded.n_bytes;
	}
	if (n_bytes > SG_YAML_MAX_SCALAR)
		return false;
	if (n_bytes == 0)
		*ret = "";
	else if (like && strncmp(like, text, n_bytes) == 0 && like[n_bytes] == '\0')
		*ret = like;
	else
		*ret = sg_arena_strn(c->arena, text, n_bytes);
	return true;
}

/* --- lists --- */

static bool reserve_item(struct canon *c, size_t n)
{
	if (n < c->items_capacity)
		return true;
	const size_t capacity = c->items_capacity ? c->items_capacity * 2 : 16;
	void *grown = reallocarray((void *)c->items, capacity, sizeof(*c->items));
	if (!grown)
		return false;
	sg_memory_big(grown, capacity * sizeof(*c->items));
	c->items = grown;
	c->items_capacity = capacity;
	return true;
}

/* ` []`, or the items of a list whose key stands at indent. */
static bool eat_list(
	struct canon *c, size_t indent, const struct sg_strs *like, struct sg_strs *ret)
{
	static const char dash[] = "          -";
	const char *item = dash + (sizeof(dash) - 1) - (indent + 3);
	size_t n = 0;

	*ret = (struct sg_strs){NULL, 0};
	if (EAT(c, " []\n"))
		return true;
	if (!EAT(c, "\n"))
		return false;
	for (; eat(c, item, indent + 3); n++) {
		if (!reserve_item(c, n) ||
			!eat_text(c, like && n < like->n ? like->v[n] : NULL, &c->items[n]))
			return false;
	}
	return n > 0 && sg_list_settle(c->arena, c->items, n, like, ret);
}

/* --- rows --- */

static bool eat_status(struct canon *c, struct sg_read_row *row)
{
	const char *word = NULL;

	if (EAT(c, " \"ran\"\n"))
		row->status = SG_ROW_STATUS_RAN;
	else if (!eat_text(c, NULL, &word) || !word || !sg_row_status_parse(word, &row->status))
		return false;
	row->status_text = sg_row_status_name(row->status);
	return true;
}

static bool eat_bool(struct canon *c, bool *ret)
{
	*ret = EAT(c, " true\n");
	return *ret || EAT(c, " false\n");
}

/* What follows the name of a role's row; keys six columns in. */
static bool eat_role(struct canon *c, const struct sg_read_row *like, struct sg_read_row *row)
{
	return EAT(c, "      status:") && eat_status(c, row) &&
	       EAT(c, "      outputs_produced:") &&
	       eat_list(c, SG_INDENT_ROW, &like->outputs_produced, &row->outputs_produced) &&
	       EAT(c, "      notes:") && eat_text(c, like->notes, &row->notes);
}

/* The same of an engine's row; keys eight columns in. */
static bool eat_engine(struct canon *c, const struct sg_read_row *like, struct sg_read_row *row)
{
	return EAT(c, "        status:") && eat_status(c, row) &&
	       EAT(c, "        outputs_produced:") &&
	       eat_list(c, SG_INDENT_ENGINE_ROW, &like->outputs_produced,
		       &row->outputs_produced) &&
	       EAT(c, "        notes:") && eat_text(c, like->notes, &row->notes);
}

static bool eat_output(struct canon *c, const struct sg_read_row *like, struct sg_read_row *row)
{
	bool present = false;

	if (!EAT(c, "      present:") || !eat_bool(c, &present))
		return false;
	row->present = present ? SG_TRUTH_TRUE : SG_TRUTH_FALSE;
	return EAT(c, "      source:") && eat_text(c, like->source, &row->source) &&
	       EAT(c, "      ref:") && eat_text(c, like->ref, &row->ref);
}

static bool eat_row(struct canon *c, enum sg_row_kind kind, const struct sg_read_row *like,
	struct sg_read_row *row)
{
	if (!eat_text(c, NULL, &row->name))
		return false;
	switch (kind) {
	case SG_ROLE_ROW: return eat_role(c, like, row);
	case SG_ENGINE_ROW: return eat_engine(c, like, row);
	case SG_OUTPUT_ROW: return eat_output(c, like, row);
	}
	return false;
}

/* The dash of a row and the key of its name. */
static bool eat_row_start(struct canon *c, enum sg_row_kind kind)
{
	switch (kind) {
	case SG_ROLE_ROW: return EAT(c, "    - role:");
	case SG_ENGINE_ROW: return EAT(c, "      - eng_key:");
	case SG_OUTPUT_ROW: return EAT(c, "    - output:");
	}
	return false;
}

static bool gather(struct canon *c, struct sg_read_rows *rows)
{
	struct sg_read_row like = SG_NO_ROW;

	while (eat_row_start(c, rows->kind)) {
		struct sg_read_row row = SG_NO_ROW;
		if (!eat_row(c, rows->kind, &like, &row) || !sg_read_rows_add(rows, &row))
			return false;
		like = row;
	}
	return rows->n > 0;
}

/* ` []`, or a ledger's rows. *ret is NULL if there are none. */
static bool eat_rows(struct canon *c, struct sg_read_rows *rows, const void **ret)
{
	*ret = NULL;
	if (EAT(c, " []\n"))
		return true;
	const bool good = EAT(c, "\n") && gather(c, rows);
	*ret = sg_read_rows_settle(rows, c->arena);
	return good && *ret;
}

static bool eat_roles(struct canon *c, struct sg_role_rows *ret)
{
	struct sg_read_rows rows = {.kind = SG_ROLE_ROW};
	const void *v = NULL;

	if (!eat_rows(c, &rows, &v))
		return false;
	*ret = (struct sg_role_rows){.v = v, .n = rows.n};
	return true;
}

static bool eat_engines(struct canon *c, struct sg_engine_ledger *ret)
{
	struct sg_read_rows rows = {.kind = SG_ENGINE_ROW};
	const void *v = NULL;

	if (!EAT(c, "\n    run_id:") || !eat_text(c, NULL, &ret->run_id) ||
		!EAT(c, "    entries:") || !eat_rows(c, &rows, &v))
		return false;
	ret->entries = (struct sg_engine_rows){.v = v, .n = rows.n, .capacity = rows.n};
	return true;
}

static bool eat_outputs(struct canon *c, struct sg_output_rows *ret)
{
	struct sg_read_rows rows = {.kind = SG_OUTPUT_ROW};
	const void *v = NULL;

	if (!eat_rows(c, &rows, &v))
		return false;
	*ret = (struct sg_output_rows){.v = v, .n = rows.n, .capacity = rows.n};
	return true;
}

/* --- fields --- */

static bool eat_target(struct canon *c, struct sg_resume_target *ret)
{
	return EAT(c, "\n    FILE:") && eat_text(c, NULL, &ret->file) && EAT(c, "    GOAL:") &&
	       eat_text(c, NULL, &ret->goal);
}

static bool eat_step_status(struct canon *c, enum sg_step_status *ret)
{
	const char *word = NULL;

	return eat_text(c, NULL, &word) && word && sg_step_status_parse(word, ret);
}

static bool eat_result(struct canon *c, enum sg_result *ret)
{
	const char *word = NULL;

	return eat_text(c, NULL, &word) && word && sg_result_parse(word, ret);
}

/* What follows a field's key. */
static bool eat_field(struct canon *c, const struct sg_field *field)
{
	void *at = (char *)c->m + field->offset;

	switch (field->kind) {
	case SG_FIELD_TEXT: return eat_text(c, NULL, at);
	case SG_FIELD_BOOL: return eat_bool(c, at);
	case SG_FIELD_TRUE_ONLY: return EAT(c, " true\n");
	case SG_FIELD_SIGNAL: return EAT(c, " \"" SG_USER_SIGNAL "\"\n");
	case SG_FIELD_LIST: return eat_list(c, SG_INDENT_SECTION, NULL, at);
	case SG_FIELD_STEP_STATUS: return eat_step_status(c, at);
	case SG_FIELD_RESULT: return eat_result(c, at);
	case SG_FIELD_ROLES: return eat_roles(c, at);
	case SG_FIELD_ENGINES: return eat_engines(c, at);
	case SG_FIELD_OUTPUTS: return eat_outputs(c, at);
	case SG_FIELD_TARGET: return eat_target(c, at);
	case SG_FIELD_KIND_COUNT: break;
	}
	return false;
}

static bool eat_manifest(struct canon *c)
{
	for (size_t i = 0; i < SG_FIELD_ID_COUNT; i++) {
		const struct sg_field *field = &sg_manifest_fields[i];
		const bool first = i == 0 || field->section != field[-1].section;
		if (first && ((i > 0 && !EAT(c, "\n")) || !eat_key(c, 0, field->section_name) ||
				     !EAT(c, "\n")))
			return false;
		if (!eat_key(c, SG_INDENT_SECTION, field->key) || !eat_field(c, field))
			return false;
	}
	return c->at == c->end && !more(c) && !c->failed;
}

static bool read_form(
	struct canon *c, size_t expected_bytes, struct sg_arena *arena, struct sg_manifest *ret)
{
	struct sg_arena own = SG_ARENA_INIT;
	struct sg_manifest m;

	c->arena = &own;
	c->m = &m;
	sg_strbuf_init(&c->decoded);
	sg_strbuf_init(&c->quoted);
	sg_manifest_default(&m);
	sg_arena_expect(&own, SG_VALUE_BYTES(expected_bytes));
	const bool good = eat_manifest(c) && !sg_arena_failed(&own);
	free((void *)c->items);
	sg_strbuf_release(&c->decoded);
	sg_strbuf_release(&c->quoted);
	if (good) {
		sg_arena_take(arena, &own);
		*ret = m;
	}
	sg_arena_release(&own);
	return good;
}

bool sg_canon_read(
	struct sg_arena *arena, const char *bytes, size_t n_bytes, struct sg_manifest *ret)
{
	struct canon c = {.at = bytes, .end = bytes + n_bytes};

	return read_form(&c, n_bytes, arena, ret);
}

bool sg_canon_read_feed(struct sg_arena *arena, const struct sg_feed *feed, size_t window_bytes,
	struct sg_manifest *ret)
{
	char *window = malloc(window_bytes);
	struct canon c = {.at = window,
		.end = window,
		.feed = feed,
		.window = window,
		.window_bytes = window_bytes};

	const bool good = window && read_form(&c, feed->expected_bytes, arena, ret);
	free(window);
	return good;
}
