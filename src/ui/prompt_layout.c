/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cells of the prompt's line. */
#include "ui/prompt_layout.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/utf8.h"

#define TAB_COLUMNS 8

void sg_layout_release(struct sg_layout *l)
{
	sg_strbuf_release(&l->text);
	free(l->starts);
	free(l->rows);
	*l = (struct sg_layout)SG_LAYOUT_INIT;
}

static void new_row(struct sg_layout *l)
{
	if (l->n == l->capacity) {
		size_t capacity = l->capacity ? l->capacity * 2 : 16;
		size_t *starts = realloc(l->starts, capacity * sizeof(*starts));
		l->starts = starts ? starts : l->starts;
		const char **rows = realloc(l->rows, capacity * sizeof(*rows));
		l->rows = rows ? rows : l->rows;
		/* without memory the last row grows on and is clipped: nothing of it is lost */
		if (!starts || !rows)
			return;
		l->capacity = capacity;
	}
	if (l->n)
		sg_strbuf_addc(&l->text, '\0');
	l->starts[l->n++] = l->text.n_bytes;
	l->column = l->cell = 0;
}

static void put(struct sg_layout *l, const char *bytes, size_t n_bytes, size_t width)
{
	if (l->column + width > l->columns && l->column > 0)
		new_row(l);
	/* what has no width joins the cell before it */
	if (width)
		l->cell = l->column;
	if (l->marks) {
		l->cursor_row = l->n - 1;
		l->cursor_column = l->cell;
		l->marks = false;
	}
	sg_strbuf_add(&l->text, bytes, n_bytes);
	l->column += width;
}

static void put_text(struct sg_layout *l, const char *text)
{
	for (; *text; text++)
		put(l, text, 1, 1);
}

/* One that shows nothing, or moves what is around it, is spelled out. */
static void put_wide(
	struct sg_layout *l, const char *bytes, size_t n_bytes, uint32_t code_point)
{
	struct sg_strbuf clean = SG_STRBUF_INIT;
	int width = wcwidth((wchar_t)code_point);
	sg_utf8_sanitise(&clean, bytes, n_bytes, SG_SANITISE_LINE);
	if (clean.n_bytes != n_bytes || memcmp(clean.bytes, bytes, n_bytes) != 0)
		put_text(l, clean.bytes);
	else if (width < 0)
		put(l, "\xef\xbf\xbd", 3, 1);
	else
		put(l, bytes, n_bytes, (size_t)width);
	sg_strbuf_release(&clean);
}

/* Puts the character at p; returns its bytes. */
static size_t put_character(struct sg_layout *l, const char *p, size_t n)
{
	const unsigned char c = (unsigned char)*p;
	uint32_t code_point;
	if (c == '\t') {
		size_t blanks = TAB_COLUMNS - l->column % TAB_COLUMNS;
		while (blanks--)
			put(l, " ", 1, 1);
		return 1;
	}
	if (c < 0x20 || c == 0x7f) {
		const char shown[3] = {'^', (char)(c ^ 0x40), '\0'};
		put_text(l, shown);
		return 1;
	}
	if (c < 0x80) {
		put(l, p, 1, 1);
		return 1;
	}
	size_t length = sg_utf8_decode(p, n, &code_point);
	if (length) {
		put_wide(l, p, length, code_point);
		return length;
	}
	const char octal[5] = {'\\', (char)('0' + (c >> 6)), (char)('0' + (c >> 3 & 7)),
		(char)('0' + (c & 7)), '\0'};
	put_text(l, octal);
	return 1;
}

void sg_layout_make(
	struct sg_layout *l, const char *prompt, const char *line, size_t n_line, size_t point)
{
	bool hidden = false;
	sg_strbuf_clear(&l->text);
	l->n = 0;
	l->marks = false;
	l->cursor_row = l->cursor_column = 0;
	new_row(l);
	for (size_t n = strlen(prompt), i = 0; l->n && i < n;) {
		if (prompt[i] == '\001' || prompt[i] == '\002') {
			hidden = prompt[i] == '\001';
			i++;
		} else {
			i += hidden ? 1 : put_character(l, prompt + i, n - i);
		}
	}
	for (size_t i = 0; l->n && i < n_line;) {
		l->marks = i <= point;
		i += put_character(l, line + i, n_line - i);
	}
	if (l->n && point >= n_line) {
		l->marks = true;
		put(l, " ", 1, 1);
	}
}

void sg_layout_show(struct sg_layout *l, size_t rows_max, struct sg_prompt_rows *ret)
{
	static const char *const nothing[] = {""};
	*ret = (struct sg_prompt_rows){nothing, 1, 0, 0};
	if (!l->n || sg_strbuf_failed(&l->text) || !rows_max)
		return;
	size_t n = l->n < rows_max ? l->n : rows_max;
	size_t first = l->cursor_row + 1 > n ? l->cursor_row + 1 - n : 0;
	for (size_t i = 0; i < n; i++)
		l->rows[i] = l->text.bytes + l->starts[first + i];
	*ret = (struct sg_prompt_rows){l->rows, n, l->cursor_row - first, l->cursor_column};
}
