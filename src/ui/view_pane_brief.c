/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The two blocks that ask the operator for something: the brief as the moment of decision, and
 * what mends a stopped STEP. What the signal starts and the next command are feet: they stay
 * in sight however the rest is scrolled.
 */
#include <string.h>

#include "base/utf8.h"
#include "ui/view_pane_internal.h"

/* Files named in the row of what changed; `diff` and the report name all. */
#define NAMED 24

static const struct sg_brief *brief_of(const struct sg_paint *p)
{
	return p->input->brief && p->input->brief->out ? p->input->brief : NULL;
}

/* --- the brief --- */

/* Commands behind the first of next_said, which has a line for each. */
static size_t n_more(const char *action)
{
	size_t n = 0;
	for (const char *at = strchr(action, '\n'); at; at = strchr(at + 1, '\n'))
		n++;
	return n;
}

static bool says_changed(const struct sg_paint *p)
{
	return p->input->view.run->state == SG_STATE_AWAIT;
}

size_t sg_pane_brief_items(const struct sg_paint *p)
{
	const struct sg_brief *b = brief_of(p);
	if (!b)
		return 0;
	return b->stale.n + b->misses.n + (b->shadows.tried > 0) + b->programs.n +
	       (b->edited.n > 0) + says_changed(p) + (b->not_checked.n > 0) +
	       (*b->tier_note != '\0') + n_more(b->next_said) + b->n_rows;
}

static void ran_row(
	const struct sg_paint *p, struct sg_rows *rows, const struct sg_brief_row *row)
{
	enum sg_style style = SG_STYLE_OK;
	enum sg_glyph glyph = SG_GLYPH_OK;
	bool fresh = row->fresh == SG_FRESH_FRESH;
	size_t name = p->kinds[SG_FACT_ENGINE].width;
	if (!fresh || row->provenance == SG_PROVENANCE_CLAIMED) {
		style = SG_STYLE_WARN;
		glyph = SG_GLYPH_WARN;
	} else if (strcmp(row->status, sg_row_status_name(SG_ROW_STATUS_FAILED)) == 0) {
		style = SG_STYLE_FAIL;
		glyph = SG_GLYPH_FAIL;
	} else if (strcmp(row->status, sg_row_status_name(SG_ROW_STATUS_SKIPPED)) == 0) {
		style = SG_STYLE_DIM;
		glyph = SG_GLYPH_CLOSED;
	}
	name = name < 14 ? 14 : name > 32 ? 32 : name;
	sg_rows_add(rows, style, "%s %s  %s%s  %s", sg_view_glyph(rows, glyph),
		sg_view_pad(rows, sg_key_bare(row->name), p->width && p->width < 60 ? 6 : name),
		sg_rows_clean(rows, sg_say(rows->say, row->status)),
		fresh ? "" : sg_pane_text(rows, "  %s", sg_fresh_name(row->fresh)),
		sg_rows_clean(rows, row->detail));
}

/* "a, b and 3 more" */
static const char *some_of(struct sg_rows *rows, const struct sg_strs *list)
{
	const struct sg_strs first = {list->v, list->n < NAMED ? list->n : NAMED};
	const char *names = sg_view_join(rows, &first, ", ");
	if (list->n <= NAMED)
		return names;
	return sg_pane_say(rows, "%s and %zu more", names, list->n - NAMED);
}

static void changed_row(struct sg_rows *rows, const struct sg_brief *b)
{
	if (!b->changed_known)
		sg_rows_say(rows, SG_STYLE_DIM, "Changed since the STEP opened: not known");
	else
		sg_rows_add(rows, SG_STYLE_PLAIN,
			sg_say_n(rows->say, "Changed since the STEP opened: %zu file%s%s",
				"Changed since the STEP opened: %zu files%s%s", b->changed.n),
			b->changed.n, b->changed.n ? ": " : "", some_of(rows, &b->changed));
}

static void more_row(struct sg_rows *rows, const struct sg_brief *b, size_t i)
{
	const char *at = strchr(b->next_said, '\n');
	while (at && i--)
		at = strchr(at + 1, '\n');
	if (at)
		sg_rows_add(
			rows, SG_STYLE_HEAD, "    %.*s", (int)strcspn(at + 1, "\n"), at + 1);
}

/*
 * What stands nowhere else comes first; what ran stands in the ledgers too, and so comes last.
 */
void sg_pane_brief_draw(const struct sg_paint *p, struct sg_rows *rows, size_t i)
{
	const struct sg_brief *b = brief_of(p);
	if (!b)
		return;
	if (i < b->stale.n) {
		sg_rows_say(rows, SG_STYLE_WARN, "%s does not stand any more: %s",
			sg_view_glyph(rows, SG_GLYPH_WARN), sg_rows_clean(rows, b->stale.v[i]));
		return;
	}
	i -= b->stale.n;
	if (i < b->misses.n) {
		sg_view_miss(rows, b->misses.v[i]);
		return;
	}
	i -= b->misses.n;
	if (b->shadows.tried && i-- == 0) {
		sg_view_shadows(rows, &b->shadows);
		return;
	}
	if (i < b->programs.n) {
		sg_view_program(rows, b->programs.v[i]);
		return;
	}
	i -= b->programs.n;
	if (b->edited.n && i-- == 0) {
		sg_rows_add(rows, SG_STYLE_PLAIN,
			sg_say_n(rows->say, "Changed by hand since %s: %zu file: %s",
				"Changed by hand since %s: %zu files: %s", b->edited.n),
			sg_rows_clean(rows, b->edited_since), b->edited.n,
			some_of(rows, &b->edited));
		return;
	}
	if (says_changed(p) && i-- == 0) {
		changed_row(rows, b);
		return;
	}
	if (b->not_checked.n && i-- == 0) {
		sg_rows_say(rows, SG_STYLE_PLAIN, "Not checked by stepgate: %s",
			some_of(rows, &b->not_checked));
		return;
	}
	if (*b->tier_note && i-- == 0) {
		sg_view_tier(rows, b->tier_note, true);
		return;
	}
	size_t more = n_more(b->next_said);
	if (i < more)
		more_row(rows, b, i);
	else
		ran_row(p, rows, &b->rows[i - more]);
}

static const char *what_ended(
	const struct sg_paint *p, struct sg_rows *rows, const struct sg_brief *b)
{
	const struct sg_manifest *m = &p->input->view.run->manifest;
	if (p->input->view.run->state == SG_STATE_PASSED)
		return sg_pane_text(rows, "STEP %s PASS", sg_rows_clean(rows, m->step_id));
	if (*b->ended && strcmp(b->ended, "OPEN") != 0)
		return sg_pane_say(rows, "%s ended", sg_rows_clean(rows, b->ended));
	return sg_pane_say(rows, "STEP %s is open", sg_rows_clean(rows, m->step_id));
}

void sg_pane_brief_title(const struct sg_paint *p, struct sg_rows *rows, const char *right)
{
	const struct sg_brief *b = brief_of(p);
	if (!b) {
		sg_pane_cut(rows, SG_STYLE_HEAD,
			sg_pane_ends(
				rows, sg_say(rows->say, "BRIEF  none is out"), right, p->width),
			p->width);
		return;
	}
	const char *ended = what_ended(p, rows, b);
	const char *gates = "";
	if (b->coverage.total || b->contract.total)
		gates = sg_pane_say(rows, "  Gates so far: coverage %zu/%zu, contract %zu/%zu",
			b->coverage.passed, b->coverage.total, b->contract.passed,
			b->contract.total);
	const char *engines = "";
	if (b->engines.total)
		engines = sg_pane_say(
			rows, "  Engines %zu/%zu", b->engines.passed, b->engines.total);
	const char *left = sg_pane_text(rows, "BRIEF  %s%s%s", ended, gates, engines);
	sg_pane_cut(rows, SG_STYLE_HEAD, sg_pane_ends(rows, left, right, p->width), p->width);
}

/* What the signal starts, without the commands behind the first, which are items. */
void sg_pane_brief_foot(const struct sg_paint *p, struct sg_rows *rows)
{
	const struct sg_brief *b = brief_of(p);
	if (!b)
		return;
	struct sg_brief first = *b;
	const char *cut = strchr(b->next_said, '\n');
	if (cut)
		first.next_said =
			sg_pane_text(rows, "%.*s", (int)(cut - b->next_said), b->next_said);
	sg_view_await(rows, &p->input->view, &first);
	if (p->input->view.run->state != SG_STATE_AWAIT || !rows->n)
		return;
	/*
	 * beside the signal where there is room, so that both ways out are seen at once; what
	 * would run is never cut for it
	 */
	struct sg_row *last = &rows->v[rows->n - 1];
	const char *refuses = sg_say(rows->say, "no \"reason\" refuses it");
	if (!p->width || sg_utf8_columns(last->text) + 2 + sg_utf8_columns(refuses) <= p->width)
		last->text = sg_pane_ends(rows, last->text, refuses, p->width);
}

/* --- what mends it --- */

static bool has_fix(const struct sg_paint *p)
{
	enum sg_state state = p->input->view.run->state;
	return state == SG_STATE_STOPPED || state == SG_STATE_FAILED;
}

static size_t n_requires(const struct sg_paint *p)
{
	const struct sg_run *run = p->input->view.run;
	return run->state == SG_STATE_STOPPED ? run->requires_list.n : 0;
}

size_t sg_pane_fix_items(const struct sg_paint *p)
{
	const struct sg_manifest *m = &p->input->view.run->manifest;
	if (!has_fix(p))
		return 1;
	return m->fail_reasons.n + sg_view_causes(&p->input->view) + m->fix_list.n +
	       n_requires(p);
}

static void reason_row(const struct sg_paint *p, struct sg_rows *rows, size_t i)
{
	sg_rows_add(rows, SG_STYLE_FAIL, "%s %s", sg_view_glyph(rows, SG_GLYPH_FAIL),
		sg_rows_clean(rows, p->input->view.run->manifest.fail_reasons.v[i]));
}

static void fix_row(const struct sg_paint *p, struct sg_rows *rows, size_t i)
{
	sg_rows_say(rows, SG_STYLE_WARN, "%s fix    %s", sg_view_glyph(rows, SG_GLYPH_WARN),
		sg_rows_clean(rows, p->input->view.run->manifest.fix_list.v[i]));
}

/*
 * The first reason, what the log says of it, its fix, what a resume needs, the other fixes, the
 * other reasons.
 */
void sg_pane_fix_draw(const struct sg_paint *p, struct sg_rows *rows, size_t i)
{
	const struct sg_manifest *m = &p->input->view.run->manifest;
	const size_t first_reason = m->fail_reasons.n ? 1 : 0;
	const size_t first_fix = m->fix_list.n ? 1 : 0;
	if (!has_fix(p)) {
		sg_rows_say(rows, SG_STYLE_DIM, "Nothing to mend.");
		return;
	}
	if (i < first_reason) {
		reason_row(p, rows, 0);
		return;
	}
	i -= first_reason;
	if (i < sg_view_causes(&p->input->view)) {
		sg_view_cause(rows, &p->input->view, i);
		return;
	}
	i -= sg_view_causes(&p->input->view);
	if (i < first_fix) {
		fix_row(p, rows, 0);
		return;
	}
	i -= first_fix;
	if (i < n_requires(p)) {
		sg_view_require(rows, &p->input->view, i);
		return;
	}
	i -= n_requires(p);
	if (i + first_fix < m->fix_list.n) {
		fix_row(p, rows, i + first_fix);
		return;
	}
	i -= m->fix_list.n - first_fix;
	if (i + first_reason < m->fail_reasons.n)
		reason_row(p, rows, i + first_reason);
}
