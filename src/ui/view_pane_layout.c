/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which block gets how many rows.
 *
 * Each that has something to show gets its title row first. What is left goes round a row at a
 * time to those that want more, the block of decision (brief, fix) with twice the share; what
 * nobody wants is left blank above that block, so that it ends at the prompt, or is the log's.
 * Where there is not even a title row for each, the ledgers become one row of counts.
 */
#include <string.h>

#include "ui/view_pane_internal.h"

static const enum sg_pane ledgers[] = {SG_PANE_ROLES, SG_PANE_ENGINES, SG_PANE_CONTRACT};

/* Whether all of it stands in at most so many rows; else the last one ends in dots. */
static bool foot_rows(
	const struct sg_paint *p, enum sg_pane pane, size_t most, struct sg_rows *ret)
{
	struct sg_rows raw;
	struct sg_rows more;
	bool whole = true;
	sg_pane_rows_init(&raw, ret->arena, p->input);
	sg_pane_rows_init(&more, ret->arena, p->input);
	sg_pane_rows_init(ret, ret->arena, p->input);
	sg_pane_foot(p, &raw, pane);
	for (size_t i = 0; i < raw.n; i++) {
		const size_t room = most - ret->n;
		more.n = 0;
		sg_pane_wrap(&more, &raw.v[i], p->width, room + 1);
		whole = whole && more.n <= room;
		if (room)
			sg_pane_wrap(ret, &raw.v[i], p->width, room);
	}
	return whole;
}

size_t sg_pane_room(const struct sg_paint *p, enum sg_pane pane, size_t height,
	struct sg_rows *ret_foot, bool *ret_whole)
{
	/* half of a block that shares the screen; alone on it, all but title and one item */
	size_t most = height <= 2 ? 1 : height / 2 + 1;
	*ret_whole = false;
	if (!height)
		return 0;
	if (p->state->zoomed && height > 3)
		most = height - 2;
	if (sg_pane_wraps(pane))
		*ret_whole = foot_rows(p, pane, most, ret_foot);
	size_t used = ret_foot->n + (height > 1 || !ret_foot->n);
	return height > used ? height - used : 0;
}

/* Rows that a block would fill, counted no further than `most`. */
static size_t wanted(
	const struct sg_paint *p, struct sg_arena *arena, enum sg_pane pane, size_t most)
{
	struct sg_rows rows;
	struct sg_rows raw;
	size_t n = sg_pane_items(p, pane);
	enum sg_fact_kind kind;
	if (sg_pane_ledger(pane, &kind) && kind == SG_FACT_OUTPUT && p->kinds[kind].n_required)
		n = p->kinds[kind]
			    .n_required; /* what lies beside the contract can be scrolled to */
	if (!sg_pane_wraps(pane))
		return 1 + (n < most ? n : most);
	sg_pane_rows_init(&rows, arena, p->input);
	sg_pane_rows_init(&raw, arena, p->input);
	(void)foot_rows(p, pane, most, &rows);
	for (size_t i = 0; i < n && rows.n < most; i++) {
		raw.n = 0;
		sg_pane_draw(p, &raw, pane, i);
		for (size_t r = 0; r < raw.n && rows.n < most; r++)
			sg_pane_wrap(&rows, &raw.v[r], p->width,
				sg_pane_most(p, pane, most - rows.n));
	}
	return 1 + rows.n;
}

static void share(
	const struct sg_paint *p, struct sg_arena *arena, size_t room, struct sg_pane_layout *l)
{
	enum sg_pane bottom = sg_pane_bottom(p);
	enum sg_pane order[4] = {bottom};
	size_t want[SG_PANE_COUNT];
	size_t n = 1;
	for (size_t i = 0; i < SG_ARRAY_SIZE(ledgers); i++)
		if (sg_pane_shown(p, ledgers[i]))
			order[n++] = ledgers[i];
	l->counts = room < n;
	if (l->counts) {
		l->height[bottom] = room ? room - 1 : 0;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		want[order[i]] = wanted(p, arena, order[i], room);
		l->height[order[i]] = 1;
	}
	room -= n;
	for (bool gave = true; room && gave;) {
		gave = false;
		for (size_t i = 0; i < n && room; i++) {
			size_t more = i == 0 && bottom != SG_PANE_LOG ? 2 : 1;
			for (; more && room && l->height[order[i]] < want[order[i]]; more--) {
				l->height[order[i]]++;
				room--;
				gave = true;
			}
		}
	}
	/* what asks something of the operator stands by his prompt; the log grows downwards */
	if (bottom == SG_PANE_LOG)
		l->height[bottom] += room;
	else
		l->gap = room;
}

/* What is awaited, where no block on the screen says so; then the message. */
static void foot(const struct sg_paint *p, size_t n_rows, struct sg_pane_layout *l)
{
	const struct sg_pane_input *in = p->input;
	const struct sg_brief none = {.next = "", .next_said = ""};
	const enum sg_pane bottom = sg_pane_bottom(p);
	const enum sg_pane asks = sg_pane_asks(in);
	const enum sg_state state = in->view.run->state;
	struct sg_rows raw;
	sg_pane_rows_init(&raw, l->foot.arena, in);
	bool said = !p->state->zoomed || sg_pane_focus(p) == bottom;
	if (bottom == SG_PANE_LOG && asks == SG_PANE_BRIEF)
		sg_rows_say(&raw, SG_STYLE_DIM, "Enter brings the brief back");
	else if (bottom == SG_PANE_LOG && asks == SG_PANE_FIX)
		sg_rows_say(&raw, SG_STYLE_DIM, "Enter brings back what mends it");
	else if (bottom == SG_PANE_LOG && state != SG_STATE_AWAIT &&
		 (state != SG_STATE_BUSY || in->view.runner_dead))
		sg_view_await(&raw, &in->view, &none);
	else if (bottom != SG_PANE_LOG && !said)
		sg_pane_foot(p, &raw, bottom);
	if (raw.n && n_rows >= 3)
		sg_pane_cut(&l->foot, raw.v[0].style, raw.v[0].text, p->width);
	size_t before = l->foot.n;
	if (in->message && *in->message && n_rows >= 2) {
		struct sg_row row = {sg_rows_clean(&l->foot, in->message), in->message_style};
		sg_pane_wrap(&l->foot, &row, p->width, n_rows / 6 ? n_rows / 6 : 1);
	}
	l->n_message = l->foot.n - before;
}

void sg_pane_lay_out(
	struct sg_paint *p, struct sg_arena *arena, size_t n_rows, struct sg_pane_layout *ret)
{
	memset(ret, 0, sizeof(*ret));
	sg_pane_rows_init(&ret->head, arena, p->input);
	sg_pane_rows_init(&ret->foot, arena, p->input);
	sg_pane_header(p, &ret->head, n_rows);
	foot(p, n_rows, ret);
	if (ret->head.n > n_rows)
		ret->head.n = n_rows;
	/* the message is newer than the rail; the first row of the header always stays */
	while (ret->head.n > 1 && ret->head.n + ret->foot.n > n_rows)
		ret->head.n--;
	if (ret->head.n + ret->foot.n > n_rows)
		ret->foot.n = n_rows - ret->head.n;
	size_t room = n_rows - ret->head.n - ret->foot.n;
	if (p->state->zoomed)
		ret->height[sg_pane_focus(p)] = room;
	else
		share(p, arena, room, ret);
}
