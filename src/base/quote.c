/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A text as a double-quoted YAML scalar on one line, in the one spelling that the canonical
 * form has for it:
 *	\" \\ \a \b \t \n \v \f \r \e    as these two characters
 *	other C0, DEL and C1             \xXX, two hex digits in capitals
 *	U+2028, U+2029                   \u2028 \u2029: YAML 1.1 takes them for line breaks
 *	U+FEFF, U+FFFE, U+FFFF           \uXXXX: YAML does not allow them as they are
 *	all else                         as it is
 * A byte that is no UTF-8 could not be read back: it becomes U+FFFD.
 */
#include "base/quote.h"

#include <string.h>

#include "base/utf8.h"

/* A run of printable ASCII without '"' and '\': nearly all of a manifest, copied at once. */
static size_t plain_run(const char *text)
{
	size_t n = 0;

	for (;; n++) {
		const unsigned char c = (unsigned char)text[n];
		if (c < 0x20 || c == '"' || c == '\\' || c >= 0x7F)
			return n;
	}
}

static void quote_control(struct sg_strbuf *out, uint32_t c)
{
	static const char shorts[] = "abtnvfr"; /* 7 to 13 */

	if (c >= 7 && c <= 13) {
		sg_strbuf_addc(out, '\\');
		sg_strbuf_addc(out, shorts[c - 7]);
	} else if (c == 0x1B) {
		sg_strbuf_adds(out, "\\e");
	} else {
		sg_strbuf_addf(out, "\\x%02X", (unsigned)c);
	}
}

bool sg_yaml_must_escape(uint32_t c)
{
	return c < 0x20 || c == '"' || c == '\\' || (c >= 0x7F && c < 0xA0) || c == 0x2028 ||
	       c == 0x2029 || c == 0xFEFF || c == 0xFFFE || c == 0xFFFF;
}

/* One character that is not plain ASCII; returns its length in bytes. */
static size_t quote_one(struct sg_strbuf *out, const char *text, size_t n_left)
{
	uint32_t c = 0;
	const size_t n = sg_utf8_decode(text, n_left, &c);

	if (n == 0) {
		sg_strbuf_adds(out, "\xEF\xBF\xBD");
		return 1;
	}
	if (c == '"' || c == '\\') {
		sg_strbuf_addc(out, '\\');
		sg_strbuf_addc(out, (char)c);
	} else if (c < 0x20 || (c >= 0x7F && c < 0xA0)) {
		quote_control(out, c);
	} else if (sg_yaml_must_escape(c)) {
		sg_strbuf_addf(out, "\\u%04X", (unsigned)c);
	} else {
		sg_strbuf_add(out, text, n);
	}
	return n;
}

void sg_yaml_quote(struct sg_strbuf *out, const char *text)
{
	sg_strbuf_addc(out, '"');
	size_t n_plain = plain_run(text);
	sg_strbuf_add(out, text, n_plain);
	size_t n_left = text[n_plain] ? strlen(text + n_plain) : 0;
	for (text += n_plain; n_left > 0;) {
		const size_t n = quote_one(out, text, n_left);
		text += n;
		n_left -= n;
		n_plain = plain_run(text);
		sg_strbuf_add(out, text, n_plain);
		text += n_plain;
		n_left -= n_plain;
	}
	sg_strbuf_addc(out, '"');
}
