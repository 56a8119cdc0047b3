/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The brief: what is shown before the signal is awaited, all of it and nothing that the digest
 * misses.
 */
#include <string.h>

#include "ui/view_internal.h"

static enum sg_glyph glyph_of(const struct sg_brief_row *row, enum sg_style *ret_style)
{
	*ret_style = SG_STYLE_OK;
	if (row->fresh != SG_FRESH_FRESH || row->provenance == SG_PROVENANCE_CLAIMED) {
		*ret_style = SG_STYLE_WARN;
		return SG_GLYPH_WARN;
	}
	if (strcmp(row->status, "failed") == 0) {
		*ret_style = SG_STYLE_FAIL;
		return SG_GLYPH_FAIL;
	}
	if (strcmp(row->status, "skipped") == 0) {
		*ret_style = SG_STYLE_DIM;
		return SG_GLYPH_CLOSED;
	}
	return SG_GLYPH_OK;
}

static void ran_rows(struct sg_rows *rows, const struct sg_brief *brief)
{
	struct sg_strs_builder b;
	sg_strs_builder_init(&b, rows->arena);
	for (size_t i = 0; i < brief->n_rows; i++)
		sg_strs_builder_add(&b, sg_key_bare(brief->rows[i].name));
	struct sg_strs names = sg_strs_builder_list(&b);
	size_t width = sg_view_width(rows, &names);
	for (size_t i = 0; i < brief->n_rows; i++) {
		const struct sg_brief_row *row = &brief->rows[i];
		enum sg_style style;
		enum sg_glyph glyph = glyph_of(row, &style);
		sg_rows_add(rows, style, "%s %s  %s  %s%s%s", sg_view_glyph(rows, glyph),
			sg_view_pad(rows, sg_key_bare(row->name), width),
			sg_view_pad(rows, sg_say(rows->say, row->status), 8),
			row->fresh == SG_FRESH_FRESH ? "" : sg_fresh_name(row->fresh),
			row->fresh == SG_FRESH_FRESH ? "" : "  ",
			sg_rows_clean(rows, row->detail));
	}
}

static void title_row(
	struct sg_rows *rows, const struct sg_view_input *in, const struct sg_brief *brief)
{
	const char *step = sg_rows_clean(rows, in->run->manifest.step_id);
	bool ran = *brief->ended && strcmp(brief->ended, "OPEN") != 0;
	if (in->run->state == SG_STATE_PASSED)
		sg_rows_add(rows, SG_STYLE_HEAD, "BRIEF  STEP %s  PASS", step);
	else if (ran)
		sg_rows_say(rows, SG_STYLE_HEAD, "BRIEF  STEP %s  %s ended", step,
			sg_rows_clean(rows, brief->ended));
	else
		sg_rows_add(rows, SG_STYLE_HEAD, "BRIEF  STEP %s  %s%s%s", step,
			sg_view_glyph(rows, SG_GLYPH_OPEN_QUOTE),
			sg_rows_clean(rows, in->run->manifest.step_goal),
			sg_view_glyph(rows, SG_GLYPH_CLOSE_QUOTE));
}

static void changed_rows(struct sg_rows *rows, const struct sg_brief *brief)
{
	if (!brief->changed_known) {
		sg_rows_say(rows, SG_STYLE_DIM, "Changed since the STEP opened: not known");
		return;
	}
	sg_rows_add(rows, SG_STYLE_PLAIN,
		sg_say_n(rows->say, "Changed since the STEP opened: %zu file%s%s",
			"Changed since the STEP opened: %zu files%s%s", brief->changed.n),
		brief->changed.n, brief->changed.n ? ": " : "",
		sg_view_join(rows, &brief->changed, ", "));
}

/* What moved while nothing ran: told, and held against nobody. */
static void meanwhile_rows(struct sg_rows *rows, const struct sg_brief *brief)
{
	if (brief->edited.n)
		sg_rows_add(rows, SG_STYLE_PLAIN,
			sg_say_n(rows->say, "Changed by hand since %s: %zu file: %s",
				"Changed by hand since %s: %zu files: %s", brief->edited.n),
			sg_rows_clean(rows, brief->edited_since), brief->edited.n,
			sg_view_join(rows, &brief->edited, ", "));
	for (size_t i = 0; i < brief->programs.n; i++)
		sg_view_program(rows, brief->programs.v[i]);
}

void sg_view_program(struct sg_rows *rows, const char *change)
{
	sg_rows_say(rows, SG_STYLE_WARN, "%s %s since ROUTE",
		sg_view_glyph(rows, SG_GLYPH_WARN), sg_rows_clean(rows, change));
}

static void tally_row(struct sg_rows *rows, const struct sg_brief *brief)
{
	if (!brief->coverage.total && !brief->contract.total)
		return;
	sg_rows_say(rows, SG_STYLE_PLAIN,
		"Gates so far: coverage %zu/%zu, contract %zu/%zu.  Engines %zu/%zu",
		brief->coverage.passed, brief->coverage.total, brief->contract.passed,
		brief->contract.total, brief->engines.passed, brief->engines.total);
}

void sg_view_brief(
	struct sg_rows *rows, const struct sg_view_input *in, const struct sg_brief *brief)
{
	sg_view_begin(rows, in);
	if (!brief->out) {
		sg_view_await(rows, in, brief);
		return;
	}
	title_row(rows, in, brief);
	ran_rows(rows, brief);
	tally_row(rows, brief);
	sg_view_shadows(rows, &brief->shadows);
	for (size_t i = 0; i < brief->misses.n; i++)
		sg_view_miss(rows, brief->misses.v[i]);
	if (in->run->state == SG_STATE_AWAIT)
		changed_rows(rows, brief);
	meanwhile_rows(rows, brief);
	sg_view_list(rows, SG_STYLE_PLAIN, sg_say(rows->say, "Not checked by stepgate:"),
		&brief->not_checked);
	for (size_t i = 0; i < brief->stale.n; i++)
		sg_rows_say(rows, SG_STYLE_WARN, "%s does not stand any more: %s",
			sg_view_glyph(rows, SG_GLYPH_WARN),
			sg_rows_clean(rows, brief->stale.v[i]));
	sg_view_tier(rows, brief->tier_note, true);
	sg_view_await(rows, in, brief);
	if (in->run->state == SG_STATE_AWAIT)
		sg_rows_say(rows, SG_STYLE_DIM, "no \"reason\" refuses it: STOP_GAP");
}
