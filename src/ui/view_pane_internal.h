/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of the pane share: the index that finds the proof of a row without a look at
 * all of them, text cut and wrapped to a width, and the blocks as lists of items.
 *
 * An item is what a block scrolls by: a row of a ledger, a line of the log, a reason. The page
 * that is shown is asked for item by item; nothing else is built. Included by view_pane*.c and
 * by nobody else.
 */
#ifndef STEPGATE_UI_VIEW_PANE_INTERNAL_H
#define STEPGATE_UI_VIEW_PANE_INTERNAL_H

#include "ui/view_internal.h"
#include "ui/view_pane.h"

/* --- the index (view_pane_index.c) --- */

/* Places of one kind's items: the required ones in their order, then rows nobody asked for. */
struct sg_pane_kind {
	size_t n_required;  /* each name once */
	size_t n;           /* all items */
	uint32_t *required; /* item -> place in the list of what is required */
	uint32_t *row;      /* item -> row of the ledger, proof, fact; UINT32_MAX none */
	uint32_t *proof;
	uint32_t *fact;
	size_t width; /* columns of the widest name */
	struct sg_tally tally;
	size_t frontier; /* the first required item that does not count; n_required: none */
};

/* Items that match a filter, from one place on: found once, shown at every frame. */
struct sg_pane_page {
	enum sg_pane pane;
	size_t from; /* first item looked at */
	size_t to;   /* first item not yet looked at */
	char filter[64];
	bool valid;
	size_t n;
	size_t items[512]; /* no terminal is higher */
};

struct sg_pane_index;

/*
 * The index of this input, made anew only when the input is another. NULL: no memory. Belongs
 * to the state; borrows nothing of the input (places are numbers).
 */
const struct sg_pane_kind *sg_pane_index_of(
	struct sg_pane_state *state, const struct sg_pane_input *input);
struct sg_pane_page *sg_pane_page_of(struct sg_pane_state *state);

/* One item of a ledger with all that is known of it. */
struct sg_pane_item {
	enum sg_fact_kind kind;
	const char *name; /* engines: without KEY: */
	bool required;
	bool has_row;
	const char *status_text;
	enum sg_row_status status;
	struct sg_strs outputs;
	const char *notes;
	const struct sg_output_row *output; /* OUTPUT with a row */
	const struct sg_proof *proof;       /* NULL: CLAIMED */
	enum sg_fresh fresh;
};

void sg_pane_item_get(const struct sg_pane_kind *kinds, const struct sg_pane_input *input,
	enum sg_fact_kind kind, size_t i, struct sg_pane_item *ret);

/* --- text (view_pane_text.c); texts in the rows' arena --- */

/* Clean text cut to a width, the last cell then being "…"; width 0: as it is. */
const char *sg_pane_fit(struct sg_rows *rows, const char *clean, size_t width);
/* Cut or padded to exactly this width. */
const char *sg_pane_cell(struct sg_rows *rows, const char *text, size_t width);
/* left, and right at the far end; where both do not fit, left alone, cut. */
const char *sg_pane_ends(
	struct sg_rows *rows, const char *left, const char *right, size_t width);
/* A row cut to the width. */
void sg_pane_cut(struct sg_rows *rows, enum sg_style style, const char *clean, size_t width);
/* As many rows as it takes, at most max_rows; those behind the first are indented. */
void sg_pane_wrap(
	struct sg_rows *rows, const struct sg_row *row, size_t width, size_t max_rows);
/* A tab is blanks up to the next multiple of 8. */
const char *sg_pane_untab(struct sg_rows *rows, const char *text);
/* Whether text holds needle; ASCII and Cyrillic letters match in either case. */
bool sg_pane_holds(const char *text, const char *needle);
/* sg_arena_printf that gives "" where memory ran out. */
const char *sg_pane_text(struct sg_rows *rows, const char *format, ...) SG_PRINTF(2, 3);
/* The same with the format in the operator's language. */
const char *sg_pane_say(struct sg_rows *rows, const char *format, ...) SG_PRINTF(2, 3);
/* Rows like those that the input asks for: glyphs and language. */
void sg_pane_rows_init(
	struct sg_rows *rows, struct sg_arena *arena, const struct sg_pane_input *input);

/* --- the blocks (view_pane_item.c, view_pane_brief.c) --- */

struct sg_paint {
	const struct sg_pane_input *input;
	struct sg_pane_state *state;
	const struct sg_pane_kind *kinds; /* by sg_fact_kind */
	size_t width;                     /* 0: unlimited */
};

bool sg_pane_ledger(enum sg_pane pane, enum sg_fact_kind *ret); /* false: no ledger */
size_t sg_pane_items(const struct sg_paint *p, enum sg_pane pane);
bool sg_pane_matches(const struct sg_paint *p, enum sg_pane pane, size_t i, const char *needle);
/* The rows of one item, not yet cut to the width unless they have columns. */
void sg_pane_draw(const struct sg_paint *p, struct sg_rows *rows, enum sg_pane pane, size_t i);
/* The block's title; right: what stands at its far end. */
void sg_pane_title(
	const struct sg_paint *p, struct sg_rows *rows, enum sg_pane pane, const char *right);
/* What stays at the foot of a block however it scrolls: the signal, the next command. */
void sg_pane_foot(const struct sg_paint *p, struct sg_rows *rows, enum sg_pane pane);
/* Whether a long row of this block is wrapped; else it is cut. */
bool sg_pane_wraps(enum sg_pane pane);

size_t sg_pane_brief_items(const struct sg_paint *p);
void sg_pane_brief_draw(const struct sg_paint *p, struct sg_rows *rows, size_t i);
void sg_pane_brief_title(const struct sg_paint *p, struct sg_rows *rows, const char *right);
void sg_pane_brief_foot(const struct sg_paint *p, struct sg_rows *rows);
size_t sg_pane_fix_items(const struct sg_paint *p);
void sg_pane_fix_draw(const struct sg_paint *p, struct sg_rows *rows, size_t i);

/* --- pages (view_pane_page.c) --- */

/* What is asked of the operator: BRIEF, FIX, or nothing: LOG. */
enum sg_pane sg_pane_asks(const struct sg_pane_input *input);
/* Which block stands at the bottom: that one, or the log while it has the focus. */
enum sg_pane sg_pane_bottom(const struct sg_paint *p);
/* Whether it has anything to show at all, so that it can have the focus. */
bool sg_pane_shown(const struct sg_paint *p, enum sg_pane pane);
/* The focus, or where it falls when its block is not there. */
enum sg_pane sg_pane_focus(const struct sg_paint *p);
/* "" where this block is not filtered. */
const char *sg_pane_filter(const struct sg_paint *p, enum sg_pane pane);
/*
 * The items of one page, at most `most` of them and 512; sets the state's scroll position right
 * and says in it whether the filter has more to look at. Returns how many.
 */
size_t sg_pane_page(struct sg_paint *p, enum sg_pane pane, size_t most, size_t *ret_items);
/* Rows that one item may take in a page of so many rows, and that it takes. */
size_t sg_pane_most(const struct sg_paint *p, enum sg_pane pane, size_t room);
size_t sg_pane_height(const struct sg_paint *p, enum sg_pane pane, size_t i, size_t room);
/*
 * The item that stands first where one goes `room` rows back (or forth) from the one at `at`:
 * never further, so that nothing is skipped, but for one item at least, where there is one.
 */
size_t sg_pane_back(const struct sg_paint *p, enum sg_pane pane, size_t at, size_t room);
size_t sg_pane_forth(const struct sg_paint *p, enum sg_pane pane, size_t at, size_t room);
/* The next item that passes filter and text behind (or before) i; SIZE_MAX none. */
size_t sg_pane_next(const struct sg_paint *p, enum sg_pane pane, const char *text, size_t i);
size_t sg_pane_previous(
	const struct sg_paint *p, enum sg_pane pane, const char *text, size_t i);

/* --- the header and the overlays (view_pane_frame.c) --- */

/* Status, phase and counts in the rows there are. */
void sg_pane_header(const struct sg_paint *p, struct sg_rows *rows, size_t n_rows);
/* "ROLES 1/5  ENGINES 3/7  CONTRACT 2/5" */
void sg_pane_counts(const struct sg_paint *p, struct sg_rows *rows);
/* Help or completion, at most n_rows of it; nothing where none is open. */
void sg_pane_overlay(const struct sg_paint *p, struct sg_rows *rows, size_t n_rows);

/* The first of the passing entries that fill so many rows before the entry `end`. */
size_t sg_pane_overlay_page(const struct sg_paint *p, size_t end, size_t room);

/* --- the layout (view_pane_layout.c) --- */

#define SG_PANE_MOST_ROWS 512

/* What stands where: rows of each block, title and foot among them. */
struct sg_pane_layout {
	struct sg_rows head; /* header rows */
	struct sg_rows foot; /* what is awaited where no block says it, and the message */
	size_t n_message;    /* of foot */
	bool counts;         /* one row of counts in place of the ledgers */
	size_t height[SG_PANE_COUNT];
	size_t gap; /* blank rows above the bottom block */
};

void sg_pane_lay_out(
	struct sg_paint *p, struct sg_arena *arena, size_t n_rows, struct sg_pane_layout *ret);
/*
 * Rows for items in a block of that height; ret_foot: its foot, wrapped, and whether that is
 * all of it.
 */
size_t sg_pane_room(const struct sg_paint *p, enum sg_pane pane, size_t height,
	struct sg_rows *ret_foot, bool *ret_whole);

#endif
