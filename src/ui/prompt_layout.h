/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A prompt and a line -> rows of cells and the cursor's cell. Pure: what readline would draw,
 * for whoever draws in its place.
 */
#ifndef STEPGATE_UI_PROMPT_LAYOUT_H
#define STEPGATE_UI_PROMPT_LAYOUT_H

#include "base/strbuf.h"
#include "ui/screen.h"

/* Keeps its memory from call to call; zero is empty, but text: SG_LAYOUT_INIT. */
struct sg_layout {
	struct sg_strbuf text; /* the rows, a NUL behind each */
	size_t *starts;        /* of each row in text; owned */
	const char **rows;     /* those shown; owned */
	size_t n, capacity;
	size_t column;  /* where the next cell goes */
	size_t cell;    /* where the last one began, in the same row */
	size_t columns; /* of the screen; set before a call */
	size_t cursor_row, cursor_column;
	bool marks; /* the next cell is the cursor's */
};

#define SG_LAYOUT_INIT                 \
	{                              \
		.text = SG_STRBUF_INIT \
	}

void sg_layout_release(struct sg_layout *l);

/*
 * The cursor is on the cell whose byte of the line is `point`. In the prompt what stands
 * between \001 and \002 takes no cell. Controls are shown as ^X, bytes that are no UTF-8 as
 * \ooo, what would show nothing or reorder as <U+XXXX>; a wide character that does not fit
 * goes to the next row. ret has at most rows_max rows, those around the cursor, borrowed until
 * the next call.
 */
void sg_layout_make(
	struct sg_layout *l, const char *prompt, const char *line, size_t n_line, size_t point);
void sg_layout_show(struct sg_layout *l, size_t rows_max, struct sg_prompt_rows *ret);

#endif
