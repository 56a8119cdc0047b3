/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whether bytes are one JSON value. No tree is made: what a role put out may be large, and
 * nothing of it is wanted but the answer.
 */
#include "format/demand.h"

#include <string.h>

#include "base/utf8.h"

struct json_scan {
	const char *bytes;
	size_t n;
	size_t at;
	size_t depth;
	bool in_object[SG_DEMAND_JSON_DEPTH];
};

static char peek(const struct json_scan *s)
{
	return s->at < s->n ? s->bytes[s->at] : '\0';
}

static bool digit(const struct json_scan *s)
{
	return peek(s) >= '0' && peek(s) <= '9';
}

static void skip_space(struct json_scan *s)
{
	while (s->at < s->n && strchr(" \t\r\n", s->bytes[s->at]) && s->bytes[s->at])
		s->at++;
}

static bool word(struct json_scan *s, const char *text)
{
	const size_t n = strlen(text);

	if (s->n - s->at < n || memcmp(s->bytes + s->at, text, n) != 0)
		return false;
	s->at += n;
	return true;
}

static bool digits(struct json_scan *s)
{
	const size_t from = s->at;

	while (digit(s))
		s->at++;
	return s->at > from;
}

static bool number(struct json_scan *s)
{
	s->at += peek(s) == '-';
	if (peek(s) == '0')
		s->at++;
	else if (!digits(s))
		return false;
	if (peek(s) == '.') {
		s->at++;
		if (!digits(s))
			return false;
	}
	if (peek(s) != 'e' && peek(s) != 'E')
		return true;
	s->at++;
	s->at += peek(s) == '+' || peek(s) == '-';
	return digits(s);
}

static bool hex_digits(struct json_scan *s, size_t n)
{
	for (; n > 0; n--, s->at++)
		if (s->at >= s->n || !strchr("0123456789abcdefABCDEF", s->bytes[s->at]) ||
			!s->bytes[s->at])
			return false;
	return true;
}

static bool escape(struct json_scan *s)
{
	const char c = peek(s);

	if (c == '\0' || !strchr("\"\\/bfnrtu", c))
		return false;
	s->at++;
	return c != 'u' || hex_digits(s, 4);
}

/* Behind its opening quote. */
static bool string(struct json_scan *s)
{
	while (s->at < s->n) {
		const unsigned char c = (unsigned char)s->bytes[s->at];
		uint32_t code_point;
		if (c < 0x20)
			return false;
		const size_t n =
			c < 0x80 ? 1
				 : sg_utf8_decode(s->bytes + s->at, s->n - s->at, &code_point);
		if (n == 0)
			return false;
		s->at += n;
		if (c == '"')
			return true;
		if (c == '\\' && !escape(s))
			return false;
	}
	return false;
}

static bool key(struct json_scan *s)
{
	skip_space(s);
	if (peek(s) != '"')
		return false;
	s->at++;
	if (!string(s))
		return false;
	skip_space(s);
	if (peek(s) != ':')
		return false;
	s->at++;
	return true;
}

/* A scalar, or an opening bracket: *ret_open then. */
static bool begin_value(struct json_scan *s, bool *ret_open)
{
	const char c = peek(s);

	*ret_open = c == '{' || c == '[';
	if (*ret_open) {
		if (s->depth == SG_DEMAND_JSON_DEPTH)
			return false;
		s->in_object[s->depth++] = c == '{';
		s->at++;
		return true;
	}
	if (c == '"') {
		s->at++;
		return string(s);
	}
	if (c == '-' || digit(s))
		return number(s);
	return word(s, "true") || word(s, "false") || word(s, "null");
}

/* After a value: closes what ends here; true when another value has to follow. */
static bool next_value(struct json_scan *s, bool *ret_ok)
{
	while (s->depth > 0) {
		const bool object = s->in_object[s->depth - 1];
		skip_space(s);
		if (peek(s) == ',') {
			s->at++;
			*ret_ok = !object || key(s);
			return *ret_ok;
		}
		if (peek(s) != (object ? '}' : ']')) {
			*ret_ok = false;
			return false;
		}
		s->at++;
		s->depth--;
	}
	return false;
}

/* Of an opened object or list: true when it has a first value; else it is closed again. */
static bool first_value(struct json_scan *s, bool *ret_ok)
{
	const bool object = s->in_object[s->depth - 1];

	skip_space(s);
	if (peek(s) == (object ? '}' : ']'))
		return false;
	*ret_ok = !object || key(s);
	return *ret_ok;
}

bool sg_demand_json(const char *bytes, size_t n_bytes, size_t *ret_offset)
{
	struct json_scan s = {.bytes = bytes, .n = n_bytes};
	bool ok = true;
	bool more = true;

	while (ok && more) {
		bool open = false;
		skip_space(&s);
		ok = begin_value(&s, &open);
		more = ok && open && first_value(&s, &ok);
		if (ok && !more)
			more = next_value(&s, &ok);
	}
	if (ok)
		skip_space(&s);
	*ret_offset = s.at;
	return ok && s.at == s.n;
}
