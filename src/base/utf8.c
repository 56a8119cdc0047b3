/* SPDX-License-Identifier: GPL-3.0-or-later */
/* UTF-8: decoding, width, the sanitiser, the signal's normal form. */
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

struct range {
	uint32_t first;
	uint32_t last;
};

/*
 * What the sanitiser makes visible, ascending. Written out and not asked of the library by
 * category: what a terminal gets to see must not change with a library's version. Beyond the
 * header's list stand the other characters that show nothing: they hide text just as well.
 */
static const struct range visible_ranges[] = {
	{0x0000, 0x001F},   /* C0 */
	{0x007F, 0x009F},   /* DEL, C1 */
	{0x00AD, 0x00AD},   /* soft hyphen */
	{0x034F, 0x034F},   /* combining grapheme joiner */
	{0x061C, 0x061C},   /* Arabic letter mark */
	{0x180E, 0x180E},   /* Mongolian vowel separator */
	{0x200B, 0x200F},   /* zero width, ZWJ, LRM, RLM */
	{0x2028, 0x202E},   /* separators, bidirectional embeddings */
	{0x2060, 0x206F},   /* joiners, invisible operators, isolates */
	{0xFEFF, 0xFEFF},   /* byte order mark */
	{0xFFF9, 0xFFFB},   /* interlinear annotation */
	{0x1D173, 0x1D17A}, /* musical format controls */
	{0xE0000, 0xE0FFF}, /* tags, variation selectors that can carry hidden bytes */
};

/* The property White_Space of Unicode. */
static const struct range space_ranges[] = {
	{0x0009, 0x000D},
	{0x0020, 0x0020},
	{0x0085, 0x0085},
	{0x00A0, 0x00A0},
	{0x1680, 0x1680},
	{0x2000, 0x200A},
	{0x2028, 0x2029},
	{0x202F, 0x202F},
	{0x205F, 0x205F},
	{0x3000, 0x3000},
};

static bool in_ranges(uint32_t code_point, const struct range *ranges, size_t n)
{
	for (size_t i = 0; i < n && ranges[i].first <= code_point; i++) {
		if (code_point <= ranges[i].last)
			return true;
	}
	return false;
}

/* By the lead byte, 2..4; 0 for a byte that cannot lead. */
static size_t sequence_length(unsigned char lead)
{
	if (lead < 0xC0 || lead >= 0xF8)
		return 0;
	if (lead < 0xE0)
		return 2;
	return lead < 0xF0 ? 3 : 4;
}

size_t sg_utf8_decode(const char *bytes, size_t n_bytes, uint32_t *ret_code_point)
{
	/* The least that may take so many bytes; less is an overlong form, which hides text. */
	static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};

	if (n_bytes == 0)
		return 0;
	const unsigned char lead = (unsigned char)bytes[0];
	if (lead < 0x80) {
		*ret_code_point = lead;
		return 1;
	}
	const size_t length = sequence_length(lead);
	/* n_bytes is trusted, a NUL is not: cut text must not be read beyond. */
	if (length == 0 || length > n_bytes)
		return 0;
	uint32_t code_point = lead & (0xFFu >> (length + 1));
	for (size_t i = 1; i < length; i++) {
		const unsigned char next = (unsigned char)bytes[i];
		if ((next & 0xC0u) != 0x80u)
			return 0;
		code_point = code_point << 6 | (next & 0x3Fu);
	}
	if (code_point < least[length] || code_point > 0x10FFFF ||
		(code_point >= 0xD800 && code_point <= 0xDFFF))
		return 0;
	*ret_code_point = code_point;
	return length;
}

size_t sg_utf8_encode(uint32_t code_point, char out[4])
{
	static const unsigned char marks[5] = {0, 0, 0xC0, 0xE0, 0xF0};

	if (code_point < 0x80) {
		out[0] = (char)code_point;
		return 1;
	}
	const size_t length = code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
	for (size_t i = length - 1; i > 0; i--) {
		out[i] = (char)(0x80u | (code_point & 0x3Fu));
		code_point >>= 6;
	}
	out[0] = (char)(marks[length] | code_point);
	return length;
}

/* Bytes of plain ASCII at the start, eight at a time: most of most files. */
static size_t ascii_run(const char *bytes, size_t n_bytes)
{
	size_t i = 0;

	for (; i + 8 <= n_bytes; i += 8) {
		uint64_t word = 0;
		memcpy(&word, bytes + i, 8);
		if (word & UINT64_C(0x8080808080808080))
			break;
	}
	while (i < n_bytes && (unsigned char)bytes[i] < 0x80)
		i++;
	return i;
}

bool sg_utf8_valid(const char *bytes, size_t n_bytes, size_t *ret_bad_offset)
{
	size_t at = 0;

	for (;;) {
		at += ascii_run(bytes + at, n_bytes - at);
		if (at == n_bytes)
			return true;
		uint32_t code_point = 0;
		const size_t length = sg_utf8_decode(bytes + at, n_bytes - at, &code_point);
		if (length == 0)
			break;
		at += length;
	}
	if (ret_bad_offset)
		*ret_bad_offset = at;
	return false;
}

int sg_utf8_width(uint32_t code_point)
{
	if (code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0))
		return 0;
	/* Most of all text, and before the first combining mark: no need to ask. */
	if (code_point < 0x300)
		return 1;
	const int width = utf8proc_charwidth((utf8proc_int32_t)code_point);
	if (width != 0)
		return width > 2 ? 2 : width;
	/* Terminals draw something in one cell for what the library has no width for. */
	const utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)code_point);
	return (category == UTF8PROC_CATEGORY_CN) | (category == UTF8PROC_CATEGORY_CO);
}

size_t sg_utf8_columns(const char *text)
{
	const size_t n_bytes = strlen(text);
	size_t columns = 0;

	for (size_t at = 0; at < n_bytes;) {
		uint32_t code_point = 0;
		const size_t length = sg_utf8_decode(text + at, n_bytes - at, &code_point);
		if (length == 0)
			columns++;
		else if (code_point == '\t')
			columns += 8 - columns % 8;
		else
			columns += (size_t)sg_utf8_width(code_point);
		at += length > 0 ? length : 1;
	}
	return columns;
}

static bool must_show(uint32_t code_point, enum sg_sanitise how)
{
	if (code_point == '\n' || code_point == '\t')
		return how == SG_SANITISE_LINE;
	return in_ranges(code_point, visible_ranges, SG_ARRAY_SIZE(visible_ranges));
}

void sg_utf8_sanitise(
	struct sg_strbuf *out, const char *bytes, size_t n_bytes, enum sg_sanitise how)
{
	/* Clean runs are copied whole: a log is 64 MiB, and nearly all of it is clean. */
	size_t clean_from = 0;

	for (size_t at = 0; at < n_bytes;) {
		if (bytes[at] >= 0x20 && bytes[at] < 0x7F) {
			at++;
			continue;
		}
		uint32_t code_point = 0;
		const size_t length = sg_utf8_decode(bytes + at, n_bytes - at, &code_point);
		if (length > 0 && !must_show(code_point, how)) {
			at += length;
			continue;
		}
		sg_strbuf_add(out, bytes + clean_from, at - clean_from);
		if (length == 0)
			sg_strbuf_addf(out, "<%02X>", (unsigned int)(unsigned char)bytes[at]);
		else
			sg_strbuf_addf(out, "<U+%04X>", (unsigned int)code_point);
		at += length > 0 ? length : 1;
		clean_from = at;
	}
	if (clean_from < n_bytes)
		sg_strbuf_add(out, bytes + clean_from, n_bytes - clean_from);
}

/* Narrows *from..*to to what is left of valid UTF-8 without white space at both ends. */
static void trim(const char *bytes, size_t *from, size_t *to)
{
	/* Forward only, because UTF-8 from behind would need a second decoder. */
	size_t end = *from;
	bool leading = true;

	for (size_t at = *from; at < *to;) {
		uint32_t code_point = 0;
		const size_t length = sg_utf8_decode(bytes + at, *to - at, &code_point);
		const bool is_space =
			in_ranges(code_point, space_ranges, SG_ARRAY_SIZE(space_ranges));
		at += length;
		if (!is_space) {
			leading = false;
			end = at;
		} else if (leading) {
			*from = end = at;
		}
	}
	*to = end;
}

bool sg_utf8_trim_nfc(struct sg_strbuf *out, const char *bytes, size_t n_bytes)
{
	size_t from = 0;
	size_t to = n_bytes;

	if (!sg_utf8_valid(bytes, n_bytes, NULL))
		return false;
	trim(bytes, &from, &to);
	if (from == to)
		return true;
	utf8proc_uint8_t *composed = NULL;
	const utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)bytes + from,
		(utf8proc_ssize_t)(to - from), &composed, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
	if (n >= 0)
		sg_strbuf_add(out, composed, (size_t)n);
	else
		out->failed = true; /* valid text fails only for want of memory */
	free(composed);
	return n >= 0;
}
