/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libyaml's events under caps. libyaml is given what it is good at (scanning); what it does
 * badly (its document loader, directives by the ten thousand, a second document) is never
 * reached.
 */
#include "format/yaml_tree.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

/* Where a level of nesting stands: what the next node in it will be. */
enum level { IN_LIST, WANT_KEY, WANT_VALUE };

struct sg_yaml {
	yaml_parser_t parser;
	yaml_event_t event; /* the last one given out: it owns its text */
	bool has_event;
	bool ended;
	const char *name;
	const char *bytes; /* what libyaml sees: behind a byte order mark */
	size_t n_bytes;
	struct sg_place base;
	size_t depth;
	unsigned char levels[SG_YAML_MAX_DEPTH + 1];
	/* sg_yaml_offset: this character begins at this byte */
	size_t known_character;
	size_t known_byte;
};

enum sg_rc sg_yaml_fail(const char *name, const struct sg_place *place, enum sg_rc rc,
	struct sg_err *err, const char *format, ...)
{
	char sentence[SG_ERR_TEXT_SIZE];
	va_list args;

	va_start(args, format);
	const int n = vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	sg_err_set(err, rc, "%s", n < 0 ? "" : sentence);
	sg_err_at(err, name, place->line, place->column);
	return rc;
}

/* --- places --- */

static struct sg_place place_of(const struct sg_yaml *yaml, const yaml_mark_t *mark)
{
	const size_t first_column = mark->line == 0 ? yaml->base.column : 1;

	return (struct sg_place){
		.line = yaml->base.line + mark->line,
		.column = first_column + mark->column,
		.offset = mark->index,
	};
}

static bool is_continuation(char c)
{
	return ((unsigned char)c & 0xC0u) == 0x80u;
}

/* How many of eight bytes begin a character. */
static size_t count_starts(const char *bytes)
{
	const uint64_t ones = 0x0101010101010101u;
	uint64_t word = 0;

	memcpy(&word, bytes, sizeof(word));
	const uint64_t continuations = (word >> 7) & ~(word >> 6) & ones;
	return 8 - (size_t)((continuations * ones) >> 56);
}

size_t sg_yaml_offset(struct sg_yaml *yaml, const struct sg_place *place)
{
	if (place->offset < yaml->known_character) {
		yaml->known_character = 0;
		yaml->known_byte = 0;
	}
	size_t byte = yaml->known_byte;
	size_t n_left = place->offset - yaml->known_character;
	for (; n_left >= 8 && yaml->n_bytes - byte >= 8; byte += 8)
		n_left -= count_starts(yaml->bytes + byte);
	for (; byte < yaml->n_bytes && (n_left > 0 || is_continuation(yaml->bytes[byte]));
		byte++)
		n_left -= is_continuation(yaml->bytes[byte]) ? 0 : 1;
	yaml->known_character = place->offset;
	yaml->known_byte = byte;
	return yaml->base.offset + byte;
}

/* The place of a byte, for errors that libyaml reports without one. */
static struct sg_place place_of_byte(const struct sg_yaml *yaml, size_t byte)
{
	struct sg_place place = yaml->base;

	for (size_t i = 0; i < byte && i < yaml->n_bytes; i++) {
		const char c = yaml->bytes[i];
		if (c == '\n') {
			place.line++;
			place.column = 1;
		} else if (!is_continuation(c)) {
			place.column++;
		}
	}
	return place;
}

/* --- what libyaml says --- */

static enum sg_rc parser_failed(struct sg_yaml *yaml, struct sg_err *err)
{
	const yaml_parser_t *parser = &yaml->parser;

	if (parser->error == YAML_MEMORY_ERROR)
		return sg_err_set(err, SG_NOMEM, "cannot read %s: out of memory", yaml->name);
	const char *problem = parser->problem ? parser->problem : "not understood";
	if (parser->error == YAML_READER_ERROR) {
		const struct sg_place place = place_of_byte(yaml, parser->problem_offset);
		return sg_yaml_fail(yaml->name, &place, SG_INPUT, err,
			"cannot read as YAML: expected UTF-8 text, found: %s", problem);
	}
	const struct sg_place place = place_of(yaml, &parser->problem_mark);
	return sg_yaml_fail(yaml->name, &place, SG_INPUT, err, "cannot read as YAML: %s%s%s",
		problem, parser->context ? " " : "", parser->context ? parser->context : "");
}

/* --- the kind of a plain scalar --- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const char *skip_digits(const char *s)
{
	while (is_digit(*s))
		s++;
	return s;
}

static bool is_date(const char *s)
{
	if (skip_digits(s) != s + 4 || s[4] != '-' || skip_digits(s + 5) != s + 7 ||
		s[7] != '-' || skip_digits(s + 8) != s + 10)
		return false;
	const char after = s[10];
	return after == '\0' ||
	       ((after == 'T' || after == 't' || after == ' ') && is_digit(s[11]));
}

static bool is_decimal(const char *s)
{
	const char *after = skip_digits(s);
	size_t n_digits = (size_t)(after - s);

	if (*after == '.') {
		s = after + 1;
		after = skip_digits(s);
		n_digits += (size_t)(after - s);
	}
	if (n_digits == 0)
		return false;
	if (*after == 'e' || *after == 'E') {
		after++;
		if (*after == '+' || *after == '-')
			after++;
		if (!is_digit(*after))
			return false;
		after = skip_digits(after);
	}
	return *after == '\0';
}

static bool is_number(const char *s)
{
	if (s[0] == '0' && s[1] == 'x' && s[2])
		return s[2 + strspn(s + 2, "0123456789abcdefABCDEF")] == '\0';
	if (s[0] == '0' && s[1] == 'o' && s[2])
		return s[2 + strspn(s + 2, "01234567")] == '\0';
	if (*s == '+' || *s == '-')
		s++;
	return is_decimal(s) || !strcmp(s, ".inf") || !strcmp(s, ".Inf") ||
	       !strcmp(s, ".INF") || !strcmp(s, ".nan") || !strcmp(s, ".NaN") ||
	       !strcmp(s, ".NAN");
}

static bool is_one_of(const char *s, const char *lower, const char *title, const char *upper)
{
	return !strcmp(s, lower) || !strcmp(s, title) || !strcmp(s, upper);
}

static enum sg_yaml_kind plain_kind(const char *s)
{
	switch (s[0]) {
	case '\0': return SG_YAML_NULL;
	case '~': return s[1] == '\0' ? SG_YAML_NULL : SG_YAML_TEXT;
	case 'n':
	case 'N': return is_one_of(s, "null", "Null", "NULL") ? SG_YAML_NULL : SG_YAML_TEXT;
	case 't':
	case 'T': return is_one_of(s, "true", "True", "TRUE") ? SG_YAML_BOOL : SG_YAML_TEXT;
	case 'f':
	case 'F': return is_one_of(s, "false", "False", "FALSE") ? SG_YAML_BOOL : SG_YAML_TEXT;
	case '+':
	case '-':
	case '.': return is_number(s) ? SG_YAML_NUMBER : SG_YAML_TEXT;
	default: break;
	}
	if (!is_digit(s[0]))
		return SG_YAML_TEXT;
	return is_date(s) ? SG_YAML_DATE : is_number(s) ? SG_YAML_NUMBER : SG_YAML_TEXT;
}

const char *sg_yaml_found(enum sg_yaml_type type, enum sg_yaml_kind kind, const char *text,
	char *out, size_t out_size)
{
	static const char *const kinds[] = {
		"the text", "nothing", "the boolean", "the number", "the date"};

	switch (type) {
	case SG_YAML_LIST: return "a list";
	case SG_YAML_MAP: return "a mapping";
	case SG_YAML_LIST_END:
	case SG_YAML_MAP_END:
	case SG_YAML_END: return "the end";
	case SG_YAML_SCALAR: break;
	}
	if (kind == SG_YAML_NULL)
		return text[0] ? "null" : "nothing";
	size_t n = strlen(text) < 40 ? strlen(text) : 40;
	while (is_continuation(text[n]))
		n--;
	const int made = snprintf(out, out_size, "%s \"%.*s%s\"", kinds[kind], (int)n, text,
		text[n] ? "..." : "");
	return made < 0 ? "" : out;
}

/* --- opening --- */

/* %TAG lines cost libyaml a comparison with all before them, so they never get there. */
static enum sg_rc refuse_directives(const struct sg_yaml *yaml, struct sg_err *err)
{
	struct sg_place place = yaml->base;
	const char *line = yaml->bytes;
	const char *end = yaml->bytes + yaml->n_bytes;

	while (line < end) {
		const size_t n_left = (size_t)(end - line);
		const char *newline = memchr(line, '\n', n_left);
		const size_t n = newline ? (size_t)(newline - line) : n_left;
		const char first = n > 0 ? line[0] : '\n';
		if (first == '%' && (n < 6 || memcmp(line, "%YAML ", 6) != 0))
			return sg_yaml_fail(yaml->name, &place, SG_INPUT, err,
				"cannot read as YAML: expected no directive but %%YAML");
		if (first != '%' && first != '#' && first != '\n' && first != '\r' &&
			first != ' ')
			break;
		place.line++;
		place.column = 1;
		line += n + (newline ? 1 : 0);
	}
	return SG_OK;
}

enum sg_rc sg_yaml_open(struct sg_yaml **ret, const char *name, const char *bytes,
	size_t n_bytes, const struct sg_place *base, struct sg_err *err)
{
	struct sg_yaml *yaml = calloc(1, sizeof(*yaml));

	if (!yaml || !yaml_parser_initialize(&yaml->parser)) {
		free(yaml);
		return sg_err_set(err, SG_NOMEM, "cannot read %s: out of memory", name);
	}
	yaml->name = name;
	yaml->base = base ? *base : (struct sg_place){.line = 1, .column = 1};
	yaml->bytes = bytes;
	yaml->n_bytes = n_bytes;
	if (n_bytes >= 3 && !memcmp(bytes, "\xEF\xBB\xBF", 3)) {
		yaml->bytes += 3;
		yaml->n_bytes -= 3;
		yaml->base.offset += 3;
	}
	const enum sg_rc rc = refuse_directives(yaml, err);
	if (rc < 0) {
		sg_yaml_close(yaml);
		return rc;
	}
	/* A fixed encoding: libyaml would otherwise also take UTF-16. */
	yaml_parser_set_encoding(&yaml->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(
		&yaml->parser, (const unsigned char *)yaml->bytes, yaml->n_bytes);
	*ret = yaml;
	return SG_OK;
}

void sg_yaml_close(struct sg_yaml *yaml)
{
	if (!yaml)
		return;
	if (yaml->has_event)
		yaml_event_delete(&yaml->event);
	yaml_parser_delete(&yaml->parser);
	free(yaml);
}

/* --- events --- */

/*
 * A node begins here: the rules for keys, and whose turn is next. A node that is no scalar
 * holds the turn until its end.
 */
static enum sg_rc begin_node(
	struct sg_yaml *yaml, struct sg_yaml_event *ret, struct sg_err *err)
{
	unsigned char *level = &yaml->levels[yaml->depth];

	ret->key = *level == WANT_KEY;
	if (*level == WANT_VALUE)
		*level = WANT_KEY;
	else if (*level == WANT_KEY)
		*level = WANT_VALUE;
	if (!ret->key)
		return SG_OK;
	if (ret->type != SG_YAML_SCALAR)
		return sg_yaml_fail(yaml->name, &ret->start, SG_INPUT, err,
			"cannot read as YAML: expected a text as key, found %s",
			ret->type == SG_YAML_LIST ? "a list" : "a mapping");
	if (ret->quoted)
		return SG_OK;
	if (ret->n_bytes == 0)
		return sg_yaml_fail(yaml->name, &ret->start, SG_INPUT, err,
			"cannot read as YAML: expected a key, found nothing");
	if (!strcmp(ret->text, "<<"))
		return sg_yaml_fail(yaml->name, &ret->start, SG_INPUT, err,
			"cannot read as YAML: expected no merge key, found <<");
	return SG_OK;
}

static enum sg_rc refuse_marks(const struct sg_yaml *yaml, const struct sg_place *place,
	const yaml_char_t *anchor, const yaml_char_t *tag, struct sg_err *err)
{
	if (anchor)
		return sg_yaml_fail(yaml->name, place, SG_INPUT, err,
			"cannot read as YAML: expected no anchor, found one");
	return sg_yaml_fail(yaml->name, place, SG_INPUT, err,
		"cannot read as YAML: expected no tag, found %.60s", (const char *)tag);
}

static enum sg_rc take_scalar(
	struct sg_yaml *yaml, struct sg_yaml_event *ret, struct sg_err *err)
{
	const yaml_event_t *event = &yaml->event;
	const yaml_scalar_style_t style = event->data.scalar.style;

	ret->type = SG_YAML_SCALAR;
	ret->text = (const char *)event->data.scalar.value;
	ret->n_bytes = event->data.scalar.length;
	ret->quoted = style != YAML_PLAIN_SCALAR_STYLE;
	ret->block = style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE;
	ret->kind = ret->quoted ? SG_YAML_TEXT : plain_kind(ret->text);
	if (event->data.scalar.anchor || event->data.scalar.tag)
		return refuse_marks(yaml, &ret->start, event->data.scalar.anchor,
			event->data.scalar.tag, err);
	if (ret->n_bytes > SG_YAML_MAX_SCALAR)
		return sg_yaml_fail(yaml->name, &ret->start, SG_LIMIT, err,
			"cannot read as YAML: expected a text of at most %zu bytes, found %zu",
			SG_YAML_MAX_SCALAR, ret->n_bytes);
	/* Only an escape can bring a NUL in. */
	if (style == YAML_DOUBLE_QUOTED_SCALAR_STYLE && strlen(ret->text) != ret->n_bytes)
		return sg_yaml_fail(yaml->name, &ret->start, SG_INPUT, err,
			"cannot read as YAML: expected a text without NUL, found one");
	return begin_node(yaml, ret, err);
}

static enum sg_rc take_start(
	struct sg_yaml *yaml, struct sg_yaml_event *ret, struct sg_err *err)
{
	const yaml_event_t *event = &yaml->event;
	const bool map = event->type == YAML_MAPPING_START_EVENT;
	const yaml_char_t *anchor =
		map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
	const yaml_char_t *tag =
		map ? event->data.mapping_start.tag : event->data.sequence_start.tag;

	ret->type = map ? SG_YAML_MAP : SG_YAML_LIST;
	ret->flow = map ? event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE
			: event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
	if (anchor || tag)
		return refuse_marks(yaml, &ret->start, anchor, tag, err);
	const enum sg_rc rc = begin_node(yaml, ret, err);
	if (rc < 0)
		return rc;
	if (yaml->depth == SG_YAML_MAX_DEPTH)
		return sg_yaml_fail(yaml->name, &ret->start, SG_LIMIT, err,
			"cannot read as YAML: expected a depth of at most %d",
			SG_YAML_MAX_DEPTH);
	yaml->levels[++yaml->depth] = map ? WANT_KEY : IN_LIST;
	return SG_OK;
}

/* Whether libyaml has seen the end of the text already, which spares looking for it. */
static bool is_stream_done(const struct sg_yaml *yaml)
{
	const yaml_parser_t *parser = &yaml->parser;

	return yaml->event.type == YAML_STREAM_END_EVENT ||
	       (parser->tokens.head != parser->tokens.tail &&
		       parser->tokens.head->type == YAML_STREAM_END_TOKEN);
}

/*
 * The document has ended: only comments may follow. libyaml is not asked, since the next
 * document's directives would be worked through before it tells of that document.
 */
static enum sg_rc take_end(struct sg_yaml *yaml, struct sg_yaml_event *ret, struct sg_err *err)
{
	const char *text = yaml->bytes;

	yaml->ended = true;
	ret->type = SG_YAML_END;
	if (is_stream_done(yaml))
		return SG_OK;
	size_t at = sg_yaml_offset(yaml, &ret->end) - yaml->base.offset;
	while (at < yaml->n_bytes) {
		const bool line_start = at == 0 || text[at - 1] == '\n';
		if (text[at] == '#') {
			const char *newline = memchr(text + at, '\n', yaml->n_bytes - at);
			at = newline ? (size_t)(newline - text) : yaml->n_bytes;
		} else if (line_start && yaml->n_bytes - at >= 3 &&
			   !memcmp(text + at, "...", 3)) {
			at += 3;
		} else if (strchr(" \t\r\n", text[at]) && text[at]) {
			at++;
		} else {
			const struct sg_place place = place_of_byte(yaml, at);
			return sg_yaml_fail(yaml->name, &place, SG_INPUT, err,
				"cannot read as YAML: expected one document, found a second");
		}
	}
	return SG_OK;
}

/* Makes ret of libyaml's event. *ret_skip: it is one that nobody needs. */
static enum sg_rc take_event(
	struct sg_yaml *yaml, struct sg_yaml_event *ret, bool *ret_skip, struct sg_err *err)
{
	ret->start = place_of(yaml, &yaml->event.start_mark);
	ret->end = place_of(yaml, &yaml->event.end_mark);
	*ret_skip = false;
	switch (yaml->event.type) {
	case YAML_SCALAR_EVENT: return take_scalar(yaml, ret, err);
	case YAML_MAPPING_START_EVENT:
	case YAML_SEQUENCE_START_EVENT: return take_start(yaml, ret, err);
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		ret->type = yaml->event.type == YAML_MAPPING_END_EVENT ? SG_YAML_MAP_END
								       : SG_YAML_LIST_END;
		yaml->depth--;
		return SG_OK;
	case YAML_ALIAS_EVENT:
		return sg_yaml_fail(yaml->name, &ret->start, SG_INPUT, err,
			"cannot read as YAML: expected no alias, found *%.60s",
			(const char *)yaml->event.data.alias.anchor);
	case YAML_DOCUMENT_END_EVENT:
	case YAML_STREAM_END_EVENT: return take_end(yaml, ret, err);
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_DOCUMENT_START_EVENT: break;
	}
	*ret_skip = true;
	return SG_OK;
}

enum sg_rc sg_yaml_next(struct sg_yaml *yaml, struct sg_yaml_event *ret, struct sg_err *err)
{
	bool skip = !yaml->ended;
	enum sg_rc rc = SG_OK;

	/* Straight into ret: a million rows are 13 million events. */
	*ret = (struct sg_yaml_event){.type = SG_YAML_END, .text = ""};
	while (skip && rc == SG_OK) {
		if (yaml->has_event)
			yaml_event_delete(&yaml->event);
		yaml->has_event = false;
		if (!yaml_parser_parse(&yaml->parser, &yaml->event))
			return parser_failed(yaml, err);
		yaml->has_event = true;
		rc = take_event(yaml, ret, &skip, err);
	}
	return rc;
}
