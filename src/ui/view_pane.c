/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pane composed: header, blocks, foot, overlay; and one block whole. */
#include "ui/view_pane.h"

#include <string.h>

#include "ui/view_pane_internal.h"

static const char *const pane_names[] = {
#define X(id, text) [SG_PANE_##id] = (text),
	SG_PANE_LIST(X)
#undef X
};

const char *sg_pane_name(enum sg_pane pane)
{
	return (unsigned)pane < SG_PANE_COUNT ? pane_names[pane] : "";
}

bool sg_pane_parse(const char *text, enum sg_pane *ret)
{
	for (unsigned i = 0; i < SG_PANE_COUNT; i++) {
		if (strcmp(text, pane_names[i]) == 0) {
			*ret = (enum sg_pane)i;
			return true;
		}
	}
	return false;
}

/* --- one block --- */

static const char *log_place(
	const struct sg_paint *p, struct sg_rows *rows, const size_t *items, size_t n)
{
	const struct sg_log_tail *log = &p->input->log;
	size_t all = log->dropped + log->n;
	if (!p->state->scrolled)
		return sg_say(rows->say, "following");
	if (all > p->state->seen_rows)
		return sg_pane_say(rows, "+%zu new", all - p->state->seen_rows);
	if (!n)
		return "";
	return sg_pane_say(rows, "%zu-%zu of %zu", log->dropped + items[0] + 1,
		log->dropped + items[n - 1] + 1, all);
}

/* The far end of a title: the focus' mark, the filter, which rows are shown of how many. */
static const char *place(const struct sg_paint *p, struct sg_rows *rows, enum sg_pane pane,
	const size_t *items, size_t n)
{
	const char *filter = sg_pane_filter(p, pane);
	size_t all = sg_pane_items(p, pane);
	bool focus = sg_pane_focus(p) == pane;
	const char *where = "";
	if (*filter && pane != SG_PANE_LOG)
		where = p->state->unfinished ? sg_view_glyph(rows, SG_GLYPH_MORE)
			: n                  ? ""
					     : sg_say(rows->say, "no such row");
	else if (pane == SG_PANE_LOG)
		where = log_place(p, rows, items, n);
	else if (n && (n < all || focus))
		where = sg_pane_say(
			rows, "%zu-%zu of %zu", items[0] + 1, items[n - 1] + 1, all);
	return sg_pane_text(rows, "%s%s%s%s%s%s",
		focus ? sg_view_glyph(rows, SG_GLYPH_BAR) : "", focus ? " " : "",
		*filter ? "/" : "", sg_rows_clean(rows, filter), *filter && *where ? "  " : "",
		where);
}

static void item_rows(
	struct sg_paint *p, struct sg_rows *rows, enum sg_pane pane, size_t i, size_t most)
{
	struct sg_rows raw;
	bool hit = p->state->has_found && p->state->found == i && sg_pane_focus(p) == pane;
	sg_pane_rows_init(&raw, rows->arena, p->input);
	sg_pane_draw(p, &raw, pane, i);
	for (size_t r = 0; r < raw.n; r++) {
		raw.v[r].style = hit ? SG_STYLE_HEAD : raw.v[r].style;
		if (sg_pane_wraps(pane))
			sg_pane_wrap(rows, &raw.v[r], p->width, sg_pane_most(p, pane, most));
		else
			sg_pane_cut(rows, raw.v[r].style, raw.v[r].text, p->width);
	}
}

/* What does not fit goes: above where the end is followed, else below, and dots say so. */
static void keep_rows(const struct sg_paint *p, struct sg_rows *body, size_t room, bool tail)
{
	if (body->n <= room)
		return;
	if (tail) {
		memmove(body->v, body->v + body->n - room, room * sizeof(*body->v));
	} else if (room) {
		const char *cut = body->v[room].text + strspn(body->v[room].text, " ");
		struct sg_row *last = &body->v[room - 1];
		last->text = sg_pane_fit(
			body, sg_pane_text(body, "%s %s", last->text, cut), p->width);
	}
	body->n = room;
}

static void block(struct sg_paint *p, struct sg_rows *out, enum sg_pane pane, size_t height)
{
	size_t items[SG_PANE_MOST_ROWS];
	struct sg_rows foot;
	struct sg_rows body;
	size_t shown = 0;
	bool whole;
	if (!height)
		return;
	sg_pane_rows_init(&foot, out->arena, p->input);
	sg_pane_rows_init(&body, out->arena, p->input);
	size_t room = sg_pane_room(p, pane, height, &foot, &whole);
	size_t n = room ? sg_pane_page(p, pane, room, items) : 0;
	const bool tail = pane == SG_PANE_LOG && !p->state->scrolled;
	while (shown < n && (tail || body.n < room))
		item_rows(p, &body, pane, items[shown++], room);
	keep_rows(p, &body, room, tail);
	if (pane == SG_PANE_BRIEF)
		p->state->brief_shown = height > 1 && foot.n > 0 && whole;
	if (height > 1 || !foot.n)
		sg_pane_title(p, out, pane, place(p, out, pane, items, shown));
	for (size_t i = 0; i < body.n; i++)
		sg_rows_add(out, body.v[i].style, "%s", body.v[i].text);
	for (size_t i = 0; i < foot.n; i++)
		sg_rows_add(out, foot.v[i].style, "%s", foot.v[i].text);
	for (size_t i = body.n; i < room; i++)
		sg_rows_add(out, SG_STYLE_PLAIN, "%s", "");
}

/* --- all of it --- */

static void add_all(struct sg_rows *out, const struct sg_rows *from)
{
	for (size_t i = 0; i < from->n; i++)
		sg_rows_add(out, from->v[i].style, "%s", from->v[i].text);
}

/* Over the lower rows, but not over the message. */
static void lay_over(struct sg_paint *p, struct sg_rows *out, size_t n_rows, size_t n_message)
{
	struct sg_rows over;
	size_t end = n_rows - n_message;
	size_t most = p->state->help ? end - 1 : end / 2 < 3 ? 3 : end / 2;
	sg_pane_rows_init(&over, out->arena, p->input);
	sg_pane_overlay(p, &over, most < end ? most : end);
	/* the bottom block ends where the overlay does */
	p->state->brief_shown = p->state->brief_shown && !over.n;
	for (size_t i = 0; i < over.n && out->n == n_rows; i++)
		out->v[end - over.n + i] = over.v[i];
}

enum sg_rc sg_pane_compose(struct sg_rows *out, const struct sg_pane_input *input,
	struct sg_pane_state *state, size_t n_rows, size_t n_columns)
{
	struct sg_pane_layout l;
	struct sg_paint p = {
		.input = input, .state = state, .width = n_columns ? n_columns : 1};
	state->unfinished = state->brief_shown = false;
	if (!n_rows)
		return SG_OK;
	p.kinds = sg_pane_index_of(state, input);
	if (!p.kinds)
		return SG_NOMEM;
	sg_pane_rows_init(out, out->arena, input);
	sg_pane_lay_out(&p, out->arena, n_rows, &l);
	add_all(out, &l.head);
	if (l.counts && out->n + l.foot.n < n_rows)
		sg_pane_counts(&p, out);
	for (unsigned i = 0; i < SG_PANE_COUNT; i++) {
		for (; l.gap && (enum sg_pane)i == sg_pane_bottom(&p); l.gap--)
			sg_rows_add(out, SG_STYLE_PLAIN, "%s", "");
		block(&p, out, (enum sg_pane)i, l.height[i]);
	}
	while (out->n + l.foot.n < n_rows && !sg_arena_failed(out->arena))
		sg_rows_add(out, SG_STYLE_PLAIN, "%s", "");
	add_all(out, &l.foot);
	if (sg_arena_failed(out->arena))
		return SG_NOMEM;
	lay_over(&p, out, n_rows, l.n_message < n_rows ? l.n_message : n_rows - 1);
	return sg_arena_failed(out->arena) ? SG_NOMEM : SG_OK;
}

enum sg_rc sg_pane_rows(
	struct sg_rows *out, const struct sg_pane_input *input, enum sg_pane pane)
{
	struct sg_pane_state state = {.focus = pane};
	struct sg_paint p = {.input = input, .state = &state};
	struct sg_rows foot;
	p.kinds = sg_pane_index_of(&state, input);
	if (!p.kinds) {
		sg_pane_state_release(&state);
		return SG_NOMEM;
	}
	sg_pane_rows_init(out, out->arena, input);
	sg_pane_rows_init(&foot, out->arena, input);
	sg_pane_title(&p, out, pane, "");
	size_t n = sg_pane_items(&p, pane);
	for (size_t i = 0; i < n && !sg_arena_failed(out->arena); i++)
		sg_pane_draw(&p, out, pane, i);
	sg_pane_foot(&p, &foot, pane);
	add_all(out, &foot);
	sg_pane_state_release(&state);
	return sg_arena_failed(out->arena) ? SG_NOMEM : SG_OK;
}
