/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What keys do to the pane's state: scrolling, focus, zoom, search. */
#include <string.h>

#include "ui/view_pane_internal.h"

/* Rows of items that a block has at this size, at least 1. */
static size_t page_of(struct sg_paint *p, enum sg_pane pane, size_t n_rows)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_pane_layout l;
	struct sg_rows foot;
	bool whole;
	sg_rows_init(&foot, &arena);
	sg_pane_lay_out(p, &arena, n_rows, &l);
	size_t room = sg_pane_room(p, pane, l.height[pane], &foot, &whole);
	sg_arena_release(&arena);
	return room ? room : 1;
}

/* --- the log: positions count from its first line ever --- */

static void follow_log(struct sg_pane_state *state)
{
	state->scrolled = false;
	state->seen_rows = 0;
}

static void follow(struct sg_pane_state *state)
{
	follow_log(state);
	memset(state->moved, 0, sizeof(state->moved));
}

/* Where the last page begins: so many rows before the end. */
static size_t last_page(const struct sg_paint *p, enum sg_pane pane, size_t page)
{
	return sg_pane_back(p, pane, sg_pane_items(p, pane), page);
}

/* Where the page begins now, in lines of the ring. */
static size_t log_first(const struct sg_paint *p, size_t page)
{
	const struct sg_log_tail *log = &p->input->log;
	size_t first = p->state->first[SG_PANE_LOG];
	if (p->state->scrolled)
		return first > log->dropped ? first - log->dropped : 0;
	return last_page(p, SG_PANE_LOG, page);
}

static void log_to(struct sg_paint *p, size_t at)
{
	const struct sg_log_tail *log = &p->input->log;
	if (!p->state->scrolled)
		p->state->seen_rows = log->dropped + log->n;
	p->state->scrolled = true;
	p->state->first[SG_PANE_LOG] = log->dropped + at;
}

/* --- moving --- */

static size_t position(const struct sg_paint *p, enum sg_pane pane, size_t page)
{
	return pane == SG_PANE_LOG ? log_first(p, page) : p->state->first[pane];
}

static void move_up(struct sg_paint *p, enum sg_pane pane, size_t n, size_t page)
{
	size_t at = position(p, pane, page);
	p->state->moved[pane] = true;
	if (!sg_pane_wraps(pane) && !*sg_pane_filter(p, pane)) {
		p->state->first[pane] = at > n ? at - n : 0;
		return;
	}
	at = sg_pane_back(p, pane, at, n);
	if (pane == SG_PANE_LOG)
		log_to(p, at);
	else
		p->state->first[pane] = at;
}

static void move_down(struct sg_paint *p, enum sg_pane pane, size_t n, size_t page)
{
	size_t at = position(p, pane, page);
	if (pane == SG_PANE_LOG && !p->state->scrolled)
		return;
	p->state->moved[pane] = true;
	if (!sg_pane_wraps(pane) && !*sg_pane_filter(p, pane)) {
		p->state->first[pane] = at + n; /* compose sets it right */
		return;
	}
	at = sg_pane_forth(p, pane, at, n);
	size_t last = last_page(p, pane, page);
	if (pane == SG_PANE_LOG && at >= last)
		follow_log(p->state);
	else if (pane == SG_PANE_LOG)
		log_to(p, at);
	else
		p->state->first[pane] = at < last ? at : last;
}

static void to_end(struct sg_paint *p, enum sg_pane pane, size_t page)
{
	if (pane == SG_PANE_LOG) {
		follow_log(p->state);
		return;
	}
	p->state->moved[pane] = true;
	p->state->first[pane] =
		*sg_pane_filter(p, pane) ? last_page(p, pane, page) : sg_pane_items(p, pane);
}

static void to_top(struct sg_paint *p, enum sg_pane pane)
{
	p->state->moved[pane] = true;
	if (pane == SG_PANE_LOG)
		log_to(p, 0);
	else
		p->state->first[pane] = 0;
}

/* --- search: from the last hit, or from what stands first; round the end once --- */

static void search(struct sg_paint *p, enum sg_pane pane, bool forward, size_t page)
{
	struct sg_pane_state *s = p->state;
	size_t n = sg_pane_items(p, pane);
	size_t at = position(p, pane, page);
	if (!*s->search || !n)
		return;
	/* the item that stands first may itself be the first hit */
	size_t from = s->has_found ? s->found : forward ? at - 1 : at;
	size_t hit = forward ? sg_pane_next(p, pane, s->search, from)
			     : sg_pane_previous(p, pane, s->search, from);
	if (hit == SIZE_MAX)
		hit = forward ? sg_pane_next(p, pane, s->search, SIZE_MAX)
			      : sg_pane_previous(p, pane, s->search, n);
	s->has_found = hit != SIZE_MAX;
	if (!s->has_found)
		return;
	s->found = hit;
	s->moved[pane] = true;
	if (pane == SG_PANE_LOG)
		log_to(p, hit);
	else
		s->first[pane] = hit;
}

static void turn(struct sg_paint *p, bool forward)
{
	unsigned at = (unsigned)sg_pane_focus(p);
	for (unsigned i = 0; i < SG_PANE_COUNT; i++) {
		at = (at + (forward ? 1u : SG_PANE_COUNT - 1u)) % SG_PANE_COUNT;
		if (sg_pane_shown(p, (enum sg_pane)at))
			break;
	}
	p->state->focus = (enum sg_pane)at;
	p->state->has_found = false;
}

/* While help is open the lines and pages are its own. True: it took the action. */
static bool help_takes(struct sg_paint *p, enum sg_pane_action action)
{
	struct sg_pane_state *state = p->state;
	if (!state->help)
		return false;
	switch (action) {
	case SG_PANE_ACTION_LINE_UP: state->help_first -= state->help_first > 0; return true;
	case SG_PANE_ACTION_PAGE_UP:
		/* one row will say what is below */
		state->help_first = sg_pane_overlay_page(p, state->help_first,
			state->help_room > 1 ? state->help_room - 1 : 1);
		return true;
	case SG_PANE_ACTION_LINE_DOWN: state->help_first++; return true;
	case SG_PANE_ACTION_PAGE_DOWN:
		/* compose sets it right */
		state->help_first += state->help_shown ? state->help_shown : 1;
		return true;
	case SG_PANE_ACTION_TOP: state->help_first = 0; return true;
	case SG_PANE_ACTION_BOTTOM: state->help_first = SIZE_MAX / 2; return true;
	case SG_PANE_ACTION_FOLLOW:
	case SG_PANE_ACTION_NEXT_PANE:
	case SG_PANE_ACTION_PREVIOUS_PANE:
	case SG_PANE_ACTION_ZOOM:
	case SG_PANE_ACTION_HELP:
	case SG_PANE_ACTION_SEARCH_NEXT:
	case SG_PANE_ACTION_SEARCH_PREVIOUS:
	case SG_PANE_ACTION_CLEAR:
	case SG_PANE_ACTION_COUNT: break;
	}
	return false;
}

static void clear(struct sg_pane_state *state)
{
	state->help = state->has_found = false;
	state->help_first = 0;
	state->filter[0] = state->search[0] = state->help_filter[0] = '\0';
	follow(state);
}

void sg_pane_act(struct sg_pane_state *state, enum sg_pane_action action,
	const struct sg_pane_input *input, size_t n_rows, size_t n_columns)
{
	struct sg_paint p = {
		.input = input, .state = state, .width = n_columns ? n_columns : 1};
	p.kinds = sg_pane_index_of(state, input);
	if (!p.kinds || help_takes(&p, action))
		return;
	enum sg_pane pane = sg_pane_focus(&p);
	size_t page = page_of(&p, pane, n_rows ? n_rows : 1);
	switch (action) {
	case SG_PANE_ACTION_LINE_UP: move_up(&p, pane, 1, page); return;
	case SG_PANE_ACTION_LINE_DOWN: move_down(&p, pane, 1, page); return;
	case SG_PANE_ACTION_PAGE_UP: move_up(&p, pane, page, page); return;
	case SG_PANE_ACTION_PAGE_DOWN: move_down(&p, pane, page, page); return;
	case SG_PANE_ACTION_TOP: to_top(&p, pane); return;
	case SG_PANE_ACTION_BOTTOM: to_end(&p, pane, page); return;
	case SG_PANE_ACTION_FOLLOW: follow(state); return;
	case SG_PANE_ACTION_NEXT_PANE: turn(&p, true); return;
	case SG_PANE_ACTION_PREVIOUS_PANE: turn(&p, false); return;
	case SG_PANE_ACTION_ZOOM:
		state->focus = pane;
		state->zoomed = !state->zoomed;
		return;
	case SG_PANE_ACTION_HELP:
		state->help = !state->help;
		state->help_first = 0;
		state->help_filter[0] = '\0';
		return;
	case SG_PANE_ACTION_SEARCH_NEXT: search(&p, pane, true, page); return;
	case SG_PANE_ACTION_SEARCH_PREVIOUS: search(&p, pane, false, page); return;
	case SG_PANE_ACTION_CLEAR: clear(state); return;
	case SG_PANE_ACTION_COUNT: break;
	}
}
