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

static bool is_plain(char c)
{
	const unsigned char byte = (unsigned char)c;

	return byte >= 0x20 && byte < 0x7F && byte != '"' && byte != '\\';
}

/*
 * Whether all of eight bytes are plain. A byte that is not sets its high bit in one of the
 * terms; where a borrow runs over into the next byte, there was one that is not.
 */
static bool all_plain(uint64_t word)
{
	const uint64_t ones = 0x0101010101010101u;
	const uint64_t highs = 0x8080808080808080u;
	const uint64_t quote = word ^ (ones * '"');
	const uint64_t backslash = word ^ (ones * '\\');
	const uint64_t del = word ^ (ones * 0x7F);
	const uint64_t low = word - ones * 0x20;

	return ((low | (quote - ones) | (backslash - ones) | (del - ones) | word) & highs) == 0;
}

/* A run of printable ASCII without '"' and '\': nearly all of a manifest, copied at once. */
static size_t plain_run(const char *text, size_t n_bytes)
{
	size_t n = 0;
	uint64_t word = 0;

	for (; n_bytes - n >= sizeof(word); n += sizeof(word)) {
		memcpy(&word, text + n, sizeof(word));
		if (!all_plain(word))
			break;
	}
	while (n < n_bytes && is_plain(text[n]))
		n++;
	return n;
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
	size_t n_left = strlen(text);

	sg_strbuf_addc(out, '"');
	for (;;) {
		const size_t n_plain = plain_run(text, n_left);
		sg_strbuf_add(out, text, n_plain);
		text += n_plain;
		n_left -= n_plain;
		if (n_left == 0)
			break;
		const size_t n = quote_one(out, text, n_left);
		text += n;
		n_left -= n;
	}
	sg_strbuf_addc(out, '"');
}
