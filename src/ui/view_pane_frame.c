/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands round the blocks: header, phase rail, counts; overlays of help and completion. */
#include <string.h>

#include "base/utf8.h"
#include "ui/view_pane_internal.h"

/* --- the header --- */

static const char *status_text(
	const struct sg_paint *p, struct sg_rows *rows, const struct sg_standing *now)
{
	const struct sg_run *run = p->input->view.run;
	const struct sg_manifest *m = &run->manifest;
	/* without a trace what the manifest says of itself is a claim, never a state */
	if (run->state == SG_STATE_EMPTY && *m->step_id)
		return sg_pane_text(rows, "%s %s CLAIMED %s", sg_rows_clean(rows, m->step_id),
			sg_view_glyph(rows, SG_GLYPH_WARN),
			sg_step_status_name(m->step_status));
	return sg_pane_text(rows, "%s%s%s %s", sg_rows_clean(rows, m->step_id),
		*m->step_id ? " " : "", sg_view_glyph(rows, now->glyph),
		sg_say(rows->say, now->word));
}

static const char *route_name(const struct sg_paint *p, struct sg_rows *rows)
{
	const struct sg_manifest *m = &p->input->view.run->manifest;
	if (!*m->domain && !*m->artifact_type)
		return "";
	return sg_pane_text(rows, "%s/%s", sg_rows_clean(rows, m->domain),
		sg_rows_clean(rows, m->artifact_type));
}

/* "MUSIC/FULL_PATCH  PROFILE.MUSIC.GENERAL", the profile only where there is room for it. */
static const char *route_text(const struct sg_paint *p, struct sg_rows *rows, size_t room)
{
	const struct sg_manifest *m = &p->input->view.run->manifest;
	const char *what = route_name(p, rows);
	if (!*what)
		return "";
	const char *all = sg_pane_text(rows, "%s%s%s", what, *m->profile_key ? "  " : "",
		sg_rows_clean(rows, m->profile_key));
	if (!p->width || sg_utf8_columns(all) + 2 <= room)
		return all;
	return sg_utf8_columns(what) + 2 <= room ? what : "";
}

/* In its quotes; a long one leaves the route its columns, where enough are left for itself. */
static const char *goal_text(const struct sg_paint *p, struct sg_rows *rows, size_t used)
{
	enum { LEAST = 24, ROUND = 4 };
	const char *goal = sg_rows_clean(rows, p->input->view.run->manifest.step_goal);
	const size_t route = sg_utf8_columns(route_name(p, rows));
	const size_t others = used + ROUND + (route ? route + 2 : 0);
	if (!*goal)
		return "";
	if (p->width >= others + LEAST)
		goal = sg_pane_fit(rows, goal, p->width - others);
	return sg_pane_text(rows, "  %s%s%s", sg_view_glyph(rows, SG_GLYPH_OPEN_QUOTE), goal,
		sg_view_glyph(rows, SG_GLYPH_CLOSE_QUOTE));
}

static void title_row(const struct sg_paint *p, struct sg_rows *rows)
{
	const struct sg_run *run = p->input->view.run;
	struct sg_standing now = sg_view_standing(run);
	const char *left = sg_pane_text(rows, "%s%s%s",
		p->width && p->width < 36 ? "" : "stepgate  ", status_text(p, rows, &now),
		p->input->read_only ? sg_say(rows->say, "  read-only") : "");
	left = sg_pane_text(rows, "%s%s", left, goal_text(p, rows, sg_utf8_columns(left)));
	size_t used = sg_utf8_columns(left);
	const char *right = route_text(p, rows, p->width > used ? p->width - used : 0);
	sg_pane_cut(rows, now.style, sg_pane_ends(rows, left, right, p->width), p->width);
}

/* Where two rows are all there is: the phase in place of the goal, and the counts. */
static void small_row(const struct sg_paint *p, struct sg_rows *rows)
{
	const struct sg_run *run = p->input->view.run;
	struct sg_standing now = sg_view_standing(run);
	const char *text = sg_pane_text(rows, "%s %s  %zu/%zu %zu/%zu",
		status_text(p, rows, &now), sg_rows_clean(rows, run->phase),
		p->kinds[SG_FACT_ENGINE].tally.passed, p->kinds[SG_FACT_ENGINE].tally.total,
		p->kinds[SG_FACT_OUTPUT].tally.passed, p->kinds[SG_FACT_OUTPUT].tally.total);
	sg_pane_cut(rows, now.style, text, p->width);
}

/* Phases from..to-1, with dots where others are left out. */
static const char *rail_text(
	const struct sg_paint *p, struct sg_rows *rows, size_t from, size_t to)
{
	const struct sg_run *run = p->input->view.run;
	const char *between = sg_pane_text(rows, " %s ", sg_view_glyph(rows, SG_GLYPH_LINE));
	struct sg_strbuf line = SG_STRBUF_INIT;
	if (from)
		sg_strbuf_addf(&line, "%s%s", sg_view_glyph(rows, SG_GLYPH_MORE), between);
	for (size_t i = from; i < to; i++) {
		sg_strbuf_adds(&line, i > from ? between : "");
		sg_view_rail_phase(rows, &line, run, &p->kinds[SG_FACT_ENGINE].tally, i);
	}
	if (to + 1 < run->phases.n) /* CLOSE comes with the verdict and is not shown */
		sg_strbuf_addf(&line, "%s%s", between, sg_view_glyph(rows, SG_GLYPH_MORE));
	const char *text = sg_pane_text(rows, "%s", line.bytes);
	sg_strbuf_release(&line);
	return text;
}

/* The rail round the phase where the STEP stands: what is far behind it goes first. */
static void rail_row(const struct sg_paint *p, struct sg_rows *rows)
{
	const struct sg_run *run = p->input->view.run;
	size_t n = run->phases.n && sg_phase_kind(run->phases.v[run->phases.n - 1]) ==
					    SG_PHASE_CLOSE
			   ? run->phases.n - 1
			   : run->phases.n;
	size_t at = sg_phase_index(&run->phases, run->phase);
	size_t from = 0;
	size_t to = n;
	if (!n)
		return;
	at = at < n ? at : n - 1;
	const char *text = rail_text(p, rows, from, to);
	while (p->width && sg_utf8_columns(text) > p->width && to - from > 1) {
		if (at - from > to - 1 - at)
			from++;
		else
			to--;
		text = rail_text(p, rows, from, to);
	}
	sg_pane_cut(rows, SG_STYLE_PLAIN, text, p->width);
}

void sg_pane_header(const struct sg_paint *p, struct sg_rows *rows, size_t n_rows)
{
	const struct sg_view_input *in = &p->input->view;
	if (n_rows <= 2) {
		small_row(p, rows);
	} else {
		if (in->banner && *in->banner)
			sg_pane_cut(rows, SG_STYLE_FAIL,
				sg_pane_text(rows, "%s %s", sg_view_glyph(rows, SG_GLYPH_WARN),
					sg_rows_clean(rows, in->banner)),
				p->width);
		title_row(p, rows);
	}
	if (n_rows >= 2)
		rail_row(p, rows);
	const char *note = sg_tier_note(in->run);
	if (n_rows >= 16 && *note && strcmp(note, SG_TIER_FULL_NOTE) != 0)
		sg_pane_cut(rows, SG_STYLE_WARN, sg_say(rows->say, note), p->width);
}

void sg_pane_counts(const struct sg_paint *p, struct sg_rows *rows)
{
	const struct sg_pane_kind *k = p->kinds;
	const char *text =
		sg_pane_text(rows, "ROLES %zu/%zu  ENGINES %zu/%zu  CONTRACT %zu/%zu",
			k[SG_FACT_ROLE].tally.passed, k[SG_FACT_ROLE].tally.total,
			k[SG_FACT_ENGINE].tally.passed, k[SG_FACT_ENGINE].tally.total,
			k[SG_FACT_OUTPUT].tally.passed, k[SG_FACT_OUTPUT].tally.total);
	if (p->width && sg_utf8_columns(text) > p->width)
		text += strcspn(text, "E"); /* the two coverage counts stay */
	sg_pane_cut(rows, SG_STYLE_HEAD, text, p->width);
}

/* --- overlays --- */

static const char *const keys[][2] = {
	{"PgUp PgDn", SG_SAY("scroll the block that has the focus")},
	{"Ctrl-End", SG_SAY("follow the log again")},
	{"F6", SG_SAY("focus on the next block")},
	{"F2", SG_SAY("zoom: that block alone")},
	{"F1", SG_SAY("this help; what is typed filters it")},
	{"/text", SG_SAY("at an empty prompt: search in the block")},
	{"Tab", SG_SAY("complete, with a line of description each")},
	{"Ctrl-R Ctrl-S", SG_SAY("search the history")},
	{"Ctrl-L", SG_SAY("draw everything anew")},
	{"Ctrl-C", SG_SAY("clear the line; while something runs: end it")},
	{"Ctrl-D", SG_SAY("on an empty line: leave")},
};

struct entry {
	const char *text;
	const char *description;
};

static struct entry entry_at(const struct sg_paint *p, size_t i)
{
	const struct sg_overlay *o = &p->input->overlay;
	size_t n_keys = p->state->help ? SG_ARRAY_SIZE(keys) : 0;
	sg_say_fn *say = p->input->view.say;
	if (i < n_keys)
		return (struct entry){keys[i][0], sg_say(say, keys[i][1])};
	i -= n_keys;
	const char *description = o->descriptions ? o->descriptions[i] : NULL;
	return (struct entry){o->texts[i], description ? sg_say(say, description) : ""};
}

static size_t n_entries(const struct sg_paint *p)
{
	const struct sg_overlay *o = &p->input->overlay;
	return (o->title ? o->n : 0) + (p->state->help ? SG_ARRAY_SIZE(keys) : 0);
}

static bool entry_passes(const struct sg_paint *p, size_t i)
{
	struct entry e = entry_at(p, i);
	return !p->state->help || sg_pane_holds(e.text, p->state->help_filter) ||
	       sg_pane_holds(e.description, p->state->help_filter);
}

/* Entries that pass, and the columns of the widest of their names. */
static size_t count_entries(const struct sg_paint *p, struct sg_rows *rows, size_t *ret_width)
{
	size_t n = 0;
	*ret_width = 0;
	for (size_t i = 0; i < n_entries(p); i++) {
		if (!entry_passes(p, i))
			continue;
		size_t columns =
			n < 256 ? sg_utf8_columns(sg_rows_clean(rows, entry_at(p, i).text)) : 0;
		*ret_width = columns > *ret_width ? columns : *ret_width;
		n++;
	}
	if (p->width && *ret_width > p->width / 2)
		*ret_width = p->width / 2;
	return n;
}

static void overlay_title(const struct sg_paint *p, struct sg_rows *rows)
{
	const char *line = sg_view_glyph(rows, SG_GLYPH_LINE);
	const char *title = p->state->help ? SG_SAY("HELP") : p->input->overlay.title;
	const char *filter = p->state->help ? sg_rows_clean(rows, p->state->help_filter) : "";
	struct sg_strbuf sb = SG_STRBUF_INIT;
	sg_strbuf_addf(&sb, "%s %s%s%s ", line, sg_rows_clean(rows, sg_say(rows->say, title)),
		*filter ? "  " : "", filter);
	for (size_t n = sg_utf8_columns(sb.bytes); n < p->width; n++)
		sg_strbuf_adds(&sb, line);
	sg_pane_cut(rows, SG_STYLE_HEAD, sb.bytes, p->width);
	sg_strbuf_release(&sb);
}

/* One entry: in the help a long description goes on below itself, else it is cut. */
static void entry_rows(const struct sg_paint *p, struct sg_rows *rows, size_t i, size_t width)
{
	enum { LEAST = 16, MOST_ROWS = 4 };
	const struct entry e = entry_at(p, i);
	const size_t left = 2 + width + 2;
	struct sg_row row = {sg_rows_clean(rows, e.description), SG_STYLE_PLAIN};
	struct sg_rows wrapped;
	if (!p->state->help || p->width < left + LEAST) {
		sg_pane_cut(rows, SG_STYLE_PLAIN,
			sg_pane_text(
				rows, "  %s  %s", sg_pane_cell(rows, e.text, width), row.text),
			p->width);
		return;
	}
	sg_pane_rows_init(&wrapped, rows->arena, p->input);
	sg_pane_wrap(&wrapped, &row, p->width - left, MOST_ROWS);
	for (size_t r = 0; r < wrapped.n; r++)
		sg_rows_add(rows, SG_STYLE_PLAIN, "  %s  %s",
			sg_pane_cell(rows, r ? "" : e.text, width), wrapped.v[r].text);
	if (!wrapped.n)
		sg_rows_add(rows, SG_STYLE_PLAIN, "  %s", sg_pane_cell(rows, e.text, width));
}

/*
 * Passing entries from `first` on, whole ones, and in the last row how many do not fit. Returns
 * how many are shown.
 */
static size_t entries_from(
	const struct sg_paint *p, struct sg_rows *rows, size_t first, size_t n, size_t room)
{
	size_t width;
	size_t passed = 0;
	size_t shown = 0;
	const size_t begin = rows->n;
	size_t whole = begin; /* rows behind the last entry that leaves one free */
	(void)count_entries(p, rows, &width);
	for (size_t i = 0; i < n_entries(p) && rows->n <= begin + room; i++) {
		if (!entry_passes(p, i) || passed++ < first)
			continue;
		entry_rows(p, rows, i, width);
		if (rows->n < begin + room) {
			whole = rows->n;
			shown++;
		} else if (rows->n == begin + room && passed == n) {
			return shown + 1;
		}
	}
	if (first + shown >= n)
		return shown;
	rows->n = whole;
	sg_pane_cut(rows, SG_STYLE_DIM,
		sg_pane_say(rows, "  %s and %zu more", sg_view_glyph(rows, SG_GLYPH_MORE),
			n - first - shown),
		p->width);
	return shown;
}

size_t sg_pane_overlay_page(const struct sg_paint *p, size_t end, size_t room)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_rows rows;
	size_t width;
	size_t first = end;
	sg_pane_rows_init(&rows, &arena, p->input);
	size_t at = count_entries(p, &rows, &width);
	for (size_t i = n_entries(p); i > 0; i--) {
		if (!entry_passes(p, i - 1) || at-- > end)
			continue;
		entry_rows(p, &rows, i - 1, width);
		if (rows.n > room)
			break;
		first--;
	}
	sg_arena_release(&arena);
	return first < end || !end ? first : end - 1;
}

void sg_pane_overlay(const struct sg_paint *p, struct sg_rows *rows, size_t n_rows)
{
	size_t width;
	if (n_rows < 2 || (!p->state->help && !p->input->overlay.title))
		return;
	size_t n = count_entries(p, rows, &width);
	size_t room = n_rows - 1;
	size_t *first = &p->state->help_first;
	const size_t last = p->state->help ? sg_pane_overlay_page(p, n, room) : 0;
	*first = *first < last ? *first : last;
	overlay_title(p, rows);
	p->state->help_shown = entries_from(p, rows, *first, n, room);
	p->state->help_room = room;
	if (!n)
		sg_pane_cut(rows, SG_STYLE_DIM, sg_say(rows->say, "  nothing holds this text"),
			p->width);
}
