/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which items of a block are on the page: scroll position, filter, the log's tail.
 *
 * A filter over a million rows looks at so many of them a frame and goes on at the next, where
 * the page is not full yet; what it found stays found while run, filter and position stay.
 */
#include <string.h>

#include "ui/view_pane_internal.h"

/* Items that a filter looks at in one frame: some 20 ms of a ledger. */
#define LEDGER_STRIDE 100000
#define DRAWN_STRIDE  10000

/* Rows that one line of the log may take while other blocks are shown beside it. */
#define LINE_ROWS 4

enum sg_pane sg_pane_asks(const struct sg_pane_input *input)
{
	enum sg_state state = input->view.run->state;
	if (input->brief && input->brief->out)
		return SG_PANE_BRIEF;
	if (state == SG_STATE_STOPPED || state == SG_STATE_FAILED)
		return SG_PANE_FIX;
	return SG_PANE_LOG;
}

enum sg_pane sg_pane_bottom(const struct sg_paint *p)
{
	return p->state->focus == SG_PANE_LOG ? SG_PANE_LOG : sg_pane_asks(p->input);
}

bool sg_pane_shown(const struct sg_paint *p, enum sg_pane pane)
{
	enum sg_fact_kind kind;
	if (sg_pane_ledger(pane, &kind))
		return p->kinds[kind].n > 0;
	if (pane == SG_PANE_LOG)
		return p->input->log.n > 0 || p->state->focus == SG_PANE_LOG ||
		       sg_pane_asks(p->input) == SG_PANE_LOG;
	return pane == sg_pane_asks(p->input);
}

enum sg_pane sg_pane_focus(const struct sg_paint *p)
{
	return sg_pane_shown(p, p->state->focus) ? p->state->focus : sg_pane_bottom(p);
}

const char *sg_pane_filter(const struct sg_paint *p, enum sg_pane pane)
{
	return pane == sg_pane_focus(p) ? p->state->filter : "";
}

static bool passes(const struct sg_paint *p, enum sg_pane pane, size_t i, const char *text)
{
	const char *filter = sg_pane_filter(p, pane);
	return (!*filter || sg_pane_matches(p, pane, i, filter)) &&
	       (!*text || sg_pane_matches(p, pane, i, text));
}

size_t sg_pane_next(const struct sg_paint *p, enum sg_pane pane, const char *text, size_t i)
{
	size_t n = sg_pane_items(p, pane);
	for (i++; i < n; i++)
		if (passes(p, pane, i, text))
			return i;
	return SIZE_MAX;
}

size_t sg_pane_previous(const struct sg_paint *p, enum sg_pane pane, const char *text, size_t i)
{
	for (; i > 0; i--)
		if (passes(p, pane, i - 1, text))
			return i - 1;
	return SIZE_MAX;
}

/* --- heights: an item of a block that wraps has as many rows as it takes --- */

size_t sg_pane_most(const struct sg_paint *p, enum sg_pane pane, size_t room)
{
	/* one line of megabytes is not to push the rest of the log out of sight */
	return pane == SG_PANE_LOG && !p->state->zoomed && room > LINE_ROWS ? LINE_ROWS : room;
}

size_t sg_pane_height(const struct sg_paint *p, enum sg_pane pane, size_t i, size_t room)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_rows raw;
	struct sg_rows rows;
	if (!sg_pane_wraps(pane))
		return 1;
	sg_pane_rows_init(&raw, &arena, p->input);
	sg_pane_rows_init(&rows, &arena, p->input);
	sg_pane_draw(p, &raw, pane, i);
	for (size_t r = 0; r < raw.n; r++)
		sg_pane_wrap(&rows, &raw.v[r], p->width, sg_pane_most(p, pane, room));
	size_t n = rows.n;
	sg_arena_release(&arena);
	return n ? n : 1;
}

size_t sg_pane_back(const struct sg_paint *p, enum sg_pane pane, size_t at, size_t room)
{
	size_t used = 0;
	for (bool moved = false;; moved = true) {
		size_t before = sg_pane_previous(p, pane, "", at);
		if (before == SIZE_MAX)
			return at;
		used += sg_pane_height(p, pane, before, room);
		if (moved && used > room)
			return at;
		at = before;
		if (used >= room)
			return at;
	}
}

size_t sg_pane_forth(const struct sg_paint *p, enum sg_pane pane, size_t at, size_t room)
{
	size_t used = 0;
	const size_t n = sg_pane_items(p, pane);
	for (bool moved = false; at < n; moved = true) {
		used += sg_pane_height(p, pane, at, room);
		if (moved && used > room)
			return at;
		size_t after = sg_pane_next(p, pane, "", at);
		if (after == SIZE_MAX)
			return at;
		at = after;
		if (used >= room)
			return at;
	}
	return at;
}

/* --- the log --- */

/* The last lines: the first of them may have more rows than there is room for. */
static size_t log_tail(struct sg_paint *p, size_t most, size_t *ret_items)
{
	size_t n = 0;
	size_t at = p->input->log.n;
	for (size_t used = 0; used < most && n < most;) {
		at = sg_pane_previous(p, SG_PANE_LOG, "", at);
		if (at == SIZE_MAX)
			break;
		used += sg_pane_height(p, SG_PANE_LOG, at, most);
		ret_items[most - ++n] = at;
	}
	memmove(ret_items, ret_items + most - n, n * sizeof(*ret_items));
	return n;
}

/* The position counts from the first line ever: lines that leave the ring move nothing. */
static size_t log_page(struct sg_paint *p, size_t most, size_t *ret_items)
{
	const struct sg_log_tail *log = &p->input->log;
	size_t *first = &p->state->first[SG_PANE_LOG];
	size_t n = 0;
	if (!p->state->scrolled || !most)
		return log_tail(p, most, ret_items);
	if (*first < log->dropped)
		*first = log->dropped;
	if (*first > log->dropped + log->n)
		*first = log->dropped + log->n;
	size_t at = *first - log->dropped;
	for (; at < log->n && n < most; at++)
		if (passes(p, SG_PANE_LOG, at, ""))
			ret_items[n++] = at;
	return n;
}

/* --- the others --- */

/* The last position at which the page is still full. */
static size_t last_first(const struct sg_paint *p, enum sg_pane pane, size_t most)
{
	size_t n = sg_pane_items(p, pane);
	size_t rows = 0;
	if (!sg_pane_wraps(pane))
		return n > most ? n - most : 0;
	while (n > 0) {
		rows += sg_pane_height(p, pane, n - 1, most);
		if (rows > most)
			break;
		n--;
	}
	return n;
}

/* Where the work is: the first item that does not count yet, in the middle of the page. */
static void go_with_the_work(struct sg_paint *p, enum sg_pane pane, size_t most)
{
	enum sg_fact_kind kind;
	if (p->state->moved[pane] || !sg_pane_ledger(pane, &kind))
		return;
	const struct sg_pane_kind *k = &p->kinds[kind];
	bool all = k->frontier == k->n_required;
	p->state->first[pane] = all || k->frontier < most ? 0 : k->frontier - most / 2;
}

static size_t plain_page(struct sg_paint *p, enum sg_pane pane, size_t most, size_t *ret_items)
{
	size_t *first = &p->state->first[pane];
	go_with_the_work(p, pane, most);
	size_t last = last_first(p, pane, most);
	size_t n_all = sg_pane_items(p, pane);
	size_t n = 0;
	*first = *first < last ? *first : last;
	for (size_t i = *first; i < n_all && n < most; i++)
		ret_items[n++] = i;
	return n;
}

static size_t filtered_page(
	struct sg_paint *p, enum sg_pane pane, size_t most, size_t *ret_items)
{
	struct sg_pane_page *page = sg_pane_page_of(p->state);
	const char *filter = sg_pane_filter(p, pane);
	enum sg_fact_kind kind;
	size_t n_all = sg_pane_items(p, pane);
	bool ledger = sg_pane_ledger(pane, &kind);
	if (page->pane != pane || strcmp(page->filter, filter) != 0) {
		/* what is newly filtered is looked at from its start */
		p->state->first[pane] = 0;
		page->valid = false;
	}
	if (!page->valid || page->from != p->state->first[pane] || !ledger) {
		*page = (struct sg_pane_page){.pane = pane, .valid = true};
		page->from = page->to = p->state->first[pane];
		memcpy(page->filter, filter, strlen(filter) + 1);
	}
	size_t stop = page->to + (ledger ? LEDGER_STRIDE : DRAWN_STRIDE);
	for (; page->to < n_all && page->to < stop && page->n < most; page->to++)
		if (sg_pane_matches(p, pane, page->to, filter))
			page->items[page->n++] = page->to;
	p->state->unfinished = ledger && page->n < most && page->to < n_all;
	size_t n = page->n < most ? page->n : most;
	memcpy(ret_items, page->items, n * sizeof(*ret_items));
	return n;
}

size_t sg_pane_page(struct sg_paint *p, enum sg_pane pane, size_t most, size_t *ret_items)
{
	most = most < SG_PANE_MOST_ROWS ? most : SG_PANE_MOST_ROWS;
	if (pane == SG_PANE_LOG)
		return log_page(p, most, ret_items);
	if (*sg_pane_filter(p, pane))
		return filtered_page(p, pane, most, ret_items);
	return plain_page(p, pane, most, ret_items);
}
