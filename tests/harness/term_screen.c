/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cells of a test's terminal, by libvterm; see term.h. */
#include "harness/term.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/harness.h"
#include "harness/term_private.h"

static _Noreturn void no_memory(void)
{
	fputs("term: out of memory\n", stderr);
	abort();
}

static size_t put_utf8(char *at, uint32_t code)
{
	if (code < 0x80) {
		at[0] = (char)code;
		return 1;
	}
	size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const unsigned char first[] = {0, 0, 0xc0, 0xe0, 0xf0};
	for (size_t i = length - 1; i > 0; i--, code >>= 6)
		at[i] = (char)(0x80 | (code & 0x3f));
	at[0] = (char)(first[length] | code);
	return length;
}

/* The cell's characters as UTF-8, at most 31 bytes; right of a wide one stands (uint32_t)-1. */
static size_t cell_text(const VTermScreenCell *cell, char text[32])
{
	size_t length = 0;
	for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell->chars[i]; i++) {
		if (cell->chars[i] == (uint32_t)-1 || length > 27)
			break;
		length += put_utf8(text + length, cell->chars[i]);
	}
	text[length] = '\0';
	return length;
}

/* A row of cells as text: what was never written is a blank, and blanks at the end are none. */
static char *cells_text(const VTermScreenCell *cells, int cols)
{
	char *text = malloc((size_t)cols * 32 + 1);
	if (!text)
		no_memory();
	size_t length = 0, end = 0;
	for (int col = 0; col < cols; col++) {
		size_t count = cell_text(&cells[col], text + length);
		if (count == 0)
			text[length++] = ' ';
		length += count;
		if (text[length - 1] != ' ')
			end = length;
		if (cells[col].width > 1)
			col++;
	}
	text[end] = '\0';
	return text;
}

/* A cell that names its colour by number and is of the default: libvterm marks which it is. */
static int colour(VTermColor value, bool is_default)
{
	if (is_default)
		return -1;
	return VTERM_COLOR_IS_INDEXED(&value) ? value.indexed.idx : -2;
}

static int on_pushline(int cols, const VTermScreenCell *cells, void *user)
{
	struct sg_t_term *term = user;
	if (term->gone_count == term->gone_room) {
		term->gone_room = term->gone_room ? 2 * term->gone_room : 64;
		term->gone = realloc(term->gone, term->gone_room * sizeof *term->gone);
		if (!term->gone)
			no_memory();
	}
	term->gone[term->gone_count++] = cells_text(cells, cols);
	return 1;
}

static int on_bell(void *user)
{
	struct sg_t_term *term = user;
	term->bells++;
	return 1;
}

static void set_title(struct sg_t_term *term, const char *title)
{
	char *copy = sg_t_format("%s", title);
	free(term->title);
	term->title = copy;
}

static int on_property(VTermProp property, VTermValue *value, void *user)
{
	struct sg_t_term *term = user;
	if (property == VTERM_PROP_TITLE)
		set_title(term, value->string);
	else if (property == VTERM_PROP_ALTSCREEN)
		term->altscreen = value->boolean;
	else if (property == VTERM_PROP_CURSORVISIBLE)
		term->cursor_hidden = !value->boolean;
	return 1;
}

static const VTermScreenCallbacks callbacks = {
	.settermprop = on_property,
	.bell = on_bell,
	.sb_pushline = on_pushline,
};

void sg_t_screen_open(struct sg_t_term *term)
{
	term->vt = vterm_new(term->rows, term->cols);
	if (!term->vt)
		no_memory();
	vterm_set_utf8(term->vt, 1);
	term->screen = vterm_obtain_screen(term->vt);
	vterm_screen_set_callbacks(term->screen, &callbacks, term);
	vterm_screen_enable_altscreen(term->screen, 1);
	vterm_screen_reset(term->screen, 1);
}

void sg_t_screen_close(struct sg_t_term *term)
{
	vterm_free(term->vt);
	for (size_t i = 0; i < term->gone_count; i++)
		free(term->gone[i]);
	free(term->gone);
}

void sg_t_screen_resize(struct sg_t_term *term)
{
	vterm_set_size(term->vt, term->rows, term->cols);
}

void sg_t_screen_feed(struct sg_t_term *term, const char *bytes, size_t count)
{
	vterm_input_write(term->vt, bytes, count);
	char answer[4096];
	size_t size = vterm_output_read(term->vt, answer, sizeof answer);
	if (size)
		sg_t_term_send(term, answer, size);
}

char *sg_t_term_row(struct sg_t_term *term, int row)
{
	if (row < 0 || row >= term->rows)
		return sg_t_format("%s", "");
	VTermScreenCell *cells = calloc((size_t)term->cols, sizeof *cells);
	if (!cells)
		no_memory();
	for (int col = 0; col < term->cols; col++)
		vterm_screen_get_cell(
			term->screen, (VTermPos){.row = row, .col = col}, &cells[col]);
	char *text = cells_text(cells, term->cols);
	free(cells);
	return text;
}

static char *rows_text(struct sg_t_term *term, bool with_gone)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	if (!out)
		no_memory();
	for (size_t i = 0; with_gone && i < term->gone_count; i++)
		fprintf(out, "%s\n", term->gone[i]);
	for (int row = 0; row < term->rows; row++) {
		char *line = sg_t_term_row(term, row);
		fprintf(out, "%s\n", line);
		free(line);
	}
	if (fclose(out) != 0)
		no_memory();
	return text;
}

char *sg_t_term_screen(struct sg_t_term *term)
{
	return rows_text(term, false);
}

char *sg_t_term_history(struct sg_t_term *term)
{
	return rows_text(term, true);
}

struct sg_t_cell sg_t_term_cell(struct sg_t_term *term, int row, int col)
{
	VTermScreenCell raw = {.width = 1};
	vterm_screen_get_cell(term->screen, (VTermPos){.row = row, .col = col}, &raw);
	struct sg_t_cell cell = {
		.width = raw.width,
		.fg = colour(raw.fg, VTERM_COLOR_IS_DEFAULT_FG(&raw.fg)),
		.bg = colour(raw.bg, VTERM_COLOR_IS_DEFAULT_BG(&raw.bg)),
		.bold = raw.attrs.bold,
		.underline = raw.attrs.underline != 0,
		.reverse = raw.attrs.reverse,
		.italic = raw.attrs.italic,
	};
	cell_text(&raw, cell.text);
	return cell;
}

void sg_t_term_cursor(struct sg_t_term *term, int *ret_row, int *ret_col)
{
	VTermPos at;
	vterm_state_get_cursorpos(vterm_obtain_state(term->vt), &at);
	*ret_row = at.row;
	*ret_col = at.col;
}

bool sg_t_term_cursor_visible(const struct sg_t_term *term)
{
	return !term->cursor_hidden;
}

bool sg_t_term_altscreen(const struct sg_t_term *term)
{
	return term->altscreen;
}

const char *sg_t_term_title(const struct sg_t_term *term)
{
	return term->title ? term->title : "";
}

unsigned sg_t_term_bells(const struct sg_t_term *term)
{
	return term->bells;
}

struct place {
	int row; /* -1: any */
	const char *text;
};

static bool has_text(struct sg_t_term *term, const void *arg)
{
	const struct place *place = arg;
	for (int row = 0; row < term->rows; row++) {
		if (place->row >= 0 && place->row != row)
			continue;
		char *line = sg_t_term_row(term, row);
		bool found = strstr(line, place->text) != NULL;
		free(line);
		if (found)
			return true;
	}
	return false;
}

bool sg_t_term_wait_text(struct sg_t_term *term, const char *text, int deadline_ms)
{
	return sg_t_term_wait(term, has_text, &(struct place){-1, text}, deadline_ms);
}

bool sg_t_term_wait_row(struct sg_t_term *term, int row, const char *text, int deadline_ms)
{
	return sg_t_term_wait(term, has_text, &(struct place){row, text}, deadline_ms);
}

static bool was_seen(struct sg_t_term *term, const void *arg)
{
	char *text = sg_t_term_history(term);
	bool found = strstr(text, arg) != NULL;
	free(text);
	return found;
}

bool sg_t_term_wait_seen(struct sg_t_term *term, const char *text, int deadline_ms)
{
	return sg_t_term_wait(term, was_seen, text, deadline_ms);
}

void sg_t_term_dump(struct sg_t_term *term, const char *why)
{
	int row, col;
	sg_t_term_cursor(term, &row, &col);
	char *text = sg_t_term_history(term);
	fprintf(stderr,
		"term: not found: %s\nterm: status %d, cursor %d:%d, rows:\n%sterm: end\n", why,
		term->status, row, col, text);
	free(text);
	const char *keep = getenv("STEPGATE_TEST_KEEP");
	if (!keep || !*keep)
		return;
	char *path = sg_t_format("%s/%ld.raw", keep, (long)getpid());
	sg_t_write(path, term->raw_size ? term->raw : "", term->raw_size);
	fprintf(stderr, "term: raw bytes in %s\n", path);
	free(path);
}
