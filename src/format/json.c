/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The JSON writer: straight into a strbuf, compact. Escapes are those of RFC 8785: \" \\ \b \t
 * \n \f \r, other controls as \u00xx, everything else as it is. A byte that is no UTF-8
 * becomes U+FFFD: what comes out is always JSON.
 */
#include "format/json.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "format/json_quote.h"

void sg_json_init(struct sg_json *j, struct sg_strbuf *out)
{
	j->out = out;
	j->depth = 0;
	j->filled = 0;
}

static uint64_t depth_bit(const struct sg_json *j)
{
	return (uint64_t)1 << (j->depth & 63);
}

/* The comma in front of a member or element; after a key there is none. */
static void before(struct sg_json *j)
{
	if (j->filled & depth_bit(j))
		sg_strbuf_addc(j->out, ',');
	j->filled |= depth_bit(j);
}

void sg_json_open(struct sg_json *j, char bracket)
{
	before(j);
	sg_strbuf_addc(j->out, bracket);
	j->depth++;
	j->filled &= ~depth_bit(j);
}

void sg_json_close(struct sg_json *j, char bracket)
{
	sg_strbuf_addc(j->out, bracket);
	j->depth--;
}

void sg_json_key(struct sg_json *j, const char *key)
{
	before(j);
	sg_json_quote(j->out, key);
	sg_strbuf_addc(j->out, ':');
	j->filled &= ~depth_bit(j);
}

void sg_json_str(struct sg_json *j, const char *text)
{
	before(j);
	sg_json_quote(j->out, text);
}

void sg_json_int(struct sg_json *j, int64_t value)
{
	char digits[24];

	before(j);
	const int n = snprintf(digits, sizeof(digits), "%lld", (long long)value);
	sg_strbuf_add(j->out, digits, (size_t)n);
}

void sg_json_bool(struct sg_json *j, bool value)
{
	before(j);
	sg_strbuf_adds(j->out, value ? "true" : "false");
}

void sg_json_null(struct sg_json *j)
{
	before(j);
	sg_strbuf_adds(j->out, "null");
}

void sg_json_strs(struct sg_json *j, const struct sg_strs *list)
{
	sg_json_open(j, '[');
	for (size_t i = 0; i < list->n; i++)
		sg_json_str(j, list->v[i]);
	sg_json_close(j, ']');
}

static void add_escape(struct sg_strbuf *out, unsigned char c)
{
	static const char shorts[32] = {
		['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
	char escape[8];

	if (c == '"' || c == '\\' || shorts[c & 31]) {
		sg_strbuf_addc(out, '\\');
		sg_strbuf_addc(out, c < 32 ? shorts[c] : (char)c);
		return;
	}
	const int n = snprintf(escape, sizeof(escape), "\\u%04x", c);
	sg_strbuf_add(out, escape, (size_t)n);
}

bool sg_json_quote(struct sg_strbuf *out, const char *text)
{
	const size_t n_bytes = text ? strlen(text) : 0;
	size_t plain = 0; /* bytes before it are written */
	bool valid = true;

	sg_strbuf_reserve(out, n_bytes + 2);
	sg_strbuf_addc(out, '"');
	for (size_t i = 0; i < n_bytes;) {
		const unsigned char c = (unsigned char)text[i];
		uint32_t code_point;

		if (c >= 32 && c < 0x80 && c != '"' && c != '\\') {
			i++;
			continue;
		}
		const size_t n =
			c < 0x80 ? 0 : sg_utf8_decode(text + i, n_bytes - i, &code_point);
		if (n > 0) {
			i += n;
			continue;
		}
		sg_strbuf_add(out, text + plain, i - plain);
		if (c < 0x80) {
			add_escape(out, c);
		} else {
			sg_strbuf_adds(out, "\xef\xbf\xbd");
			valid = false;
		}
		plain = ++i;
	}
	if (n_bytes > plain)
		sg_strbuf_add(out, text + plain, n_bytes - plain);
	sg_strbuf_addc(out, '"');
	return valid;
}
