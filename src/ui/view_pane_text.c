/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text for a given width: cut, padded, wrapped, searched. Widths are columns of a terminal. */
#include <stdarg.h>
#include <string.h>

#include "base/utf8.h"
#include "ui/view_pane_internal.h"

static const char *SG_PRINTF(2, 0)
	text_of(struct sg_rows *rows, const char *format, va_list args)
{
	struct sg_strbuf sb = SG_STRBUF_INIT;
	sg_strbuf_vaddf(&sb, format, args);
	const char *text = sg_strbuf_failed(&sb) ? NULL : sg_arena_str(rows->arena, sb.bytes);
	if (!text)
		rows->arena->failed = true;
	sg_strbuf_release(&sb);
	return text ? text : "";
}

const char *sg_pane_text(struct sg_rows *rows, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	const char *text = text_of(rows, format, args);
	va_end(args);
	return text;
}

const char *sg_pane_say(struct sg_rows *rows, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	const char *text = text_of(rows, sg_say(rows->say, format), args);
	va_end(args);
	return text;
}

void sg_pane_rows_init(
	struct sg_rows *rows, struct sg_arena *arena, const struct sg_pane_input *input)
{
	sg_rows_init(rows, arena);
	rows->ascii = input->view.ascii;
	rows->say = input->view.say;
}

/* One character of clean text and its columns. */
static size_t step(const char *at, size_t n_bytes, size_t *ret_columns)
{
	uint32_t code_point = 0;
	size_t length = sg_utf8_decode(at, n_bytes, &code_point);
	*ret_columns = length ? (size_t)sg_utf8_width(code_point) : 1;
	return length ? length : 1;
}

/* Bytes that fit, with the marks that join the last of them. */
static size_t fitting(const char *text, size_t width, size_t *ret_columns)
{
	size_t n_bytes = strlen(text);
	size_t at = 0;
	*ret_columns = 0;
	while (at < n_bytes) {
		size_t columns;
		size_t length = step(text + at, n_bytes - at, &columns);
		if (*ret_columns + columns > width)
			break;
		*ret_columns += columns;
		at += length;
	}
	return at;
}

const char *sg_pane_fit(struct sg_rows *rows, const char *clean, size_t width)
{
	size_t columns;
	if (!width || !clean[fitting(clean, width, &columns)])
		return clean;
	return sg_pane_text(rows, "%.*s%s", (int)fitting(clean, width - 1, &columns), clean,
		sg_view_glyph(rows, SG_GLYPH_MORE));
}

const char *sg_pane_cell(struct sg_rows *rows, const char *text, size_t width)
{
	return width ? sg_view_pad(
			       rows, sg_pane_fit(rows, sg_rows_clean(rows, text), width), width)
		     : "";
}

const char *sg_pane_ends(
	struct sg_rows *rows, const char *left, const char *right, size_t width)
{
	size_t n_left = sg_utf8_columns(left);
	size_t n_right = sg_utf8_columns(right);
	if (!width)
		return sg_pane_text(rows, "%s%s%s", left, *right ? "  " : "", right);
	if (!n_right || n_left + 2 + n_right > width)
		return sg_pane_fit(rows, left, width);
	return sg_pane_text(rows, "%s%*s%s", left, (int)(width - n_left - n_right), "", right);
}

void sg_pane_cut(struct sg_rows *rows, enum sg_style style, const char *clean, size_t width)
{
	sg_rows_add(rows, style, "%s", sg_pane_fit(rows, clean, width));
}

/* Where a row may end so that no word is cut: behind the last blank in its second half. */
static size_t break_at(const char *text, size_t n)
{
	for (size_t i = n; i > n / 2; i--)
		if (text[i] == ' ')
			return i;
	return n;
}

void sg_pane_wrap(struct sg_rows *rows, const struct sg_row *row, size_t width, size_t max_rows)
{
	const char *text = row->text;
	const size_t own = strspn(text, " ");
	const size_t indent = width <= 16 ? 0 : own < width / 4 ? own + 2 : 2;
	for (size_t i = 0; i < max_rows; i++) {
		size_t columns;
		size_t room = i ? width - indent : width;
		size_t n = width ? fitting(text, room, &columns) : strlen(text);
		bool last = !text[n] || i + 1 == max_rows || !n;
		if (last) {
			sg_rows_add(rows, row->style, "%*s%s", i ? (int)indent : 0, "",
				sg_pane_fit(rows, text, width ? room : 0));
			return;
		}
		n = break_at(text, n);
		sg_rows_add(rows, row->style, "%*s%.*s", i ? (int)indent : 0, "", (int)n, text);
		text += n;
		text += strspn(text, " ");
		if (!*text)
			return;
	}
}

const char *sg_pane_untab(struct sg_rows *rows, const char *text)
{
	struct sg_strbuf sb = SG_STRBUF_INIT;
	size_t columns = 0;
	size_t n_bytes = strlen(text);
	if (!strchr(text, '\t'))
		return text;
	for (size_t at = 0; at < n_bytes;) {
		size_t one;
		size_t length = step(text + at, n_bytes - at, &one);
		if (text[at] == '\t') {
			one = 8 - columns % 8;
			sg_strbuf_addf(&sb, "%*s", (int)one, "");
		} else {
			sg_strbuf_add(&sb, text + at, length);
		}
		columns += one;
		at += length;
	}
	const char *flat = sg_strbuf_failed(&sb) ? "" : sg_pane_text(rows, "%s", sb.bytes);
	sg_strbuf_release(&sb);
	return flat;
}

/*
 * The two bytes of a Cyrillic capital become those of its small letter: А-П and Р-Я lie apart
 * in UTF-8, Ё and its like elsewhere again. As long as before, so that a search needs no copy.
 */
static size_t folded(const char *text, unsigned char ret[2])
{
	unsigned char a = (unsigned char)text[0];
	unsigned char b = a == 0xD0 || a == 0xD1 ? (unsigned char)text[1] : 0;
	ret[0] = a >= 'A' && a <= 'Z' ? (unsigned char)(a + 32) : a;
	if (!b)
		return 1;
	ret[1] = b;
	if (a == 0xD1)
		return 2;
	if (b >= 0x90 && b <= 0x9F) {
		ret[1] = (unsigned char)(b + 0x20);
	} else if (b >= 0xA0 && b <= 0xAF) {
		ret[0] = 0xD1;
		ret[1] = (unsigned char)(b - 0x20);
	} else if (b >= 0x80 && b <= 0x8F) {
		ret[0] = 0xD1;
		ret[1] = (unsigned char)(b + 0x10);
	}
	return 2;
}

static bool begins(const char *text, const char *needle)
{
	while (*needle) {
		unsigned char x[2] = {0, 0};
		unsigned char y[2] = {0, 0};
		if (!*text)
			return false;
		size_t n = folded(text, x);
		if (n != folded(needle, y) || x[0] != y[0] || x[1] != y[1])
			return false;
		text += n;
		needle += n;
	}
	return true;
}

bool sg_pane_holds(const char *text, const char *needle)
{
	const unsigned char first = (unsigned char)*needle;
	const bool letter = (first | 0x20) >= 'a' && (first | 0x20) <= 'z';
	/* a million rows are searched: what its first byte rules out is looked at no further */
	const char other = letter ? (char)(first ^ 0x20) : *needle;
	const bool cyrillic = first == 0xD0 || first == 0xD1;
	if (!first)
		return true;
	for (; *text; text++)
		if ((*text == *needle || *text == other || cyrillic) && begins(text, needle))
			return true;
	return false;
}
