/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A verdict: the gates, each check n of m, every reason with its fix, what was not checked. */
#include <string.h>

#include "ui/view_internal.h"

static void gate_row(struct sg_rows *rows, const char *key, bool pass)
{
	sg_rows_add(rows, pass ? SG_STYLE_OK : SG_STYLE_FAIL, "%s %s  %s",
		sg_view_glyph(rows, pass ? SG_GLYPH_OK : SG_GLYPH_FAIL), pass ? "PASS" : "FAIL",
		sg_rows_clean(rows, key));
}

static void other_rows(struct sg_rows *rows, const struct sg_verdict *verdict)
{
	for (size_t i = 0; verdict->others && i < verdict->others->n; i++) {
		const struct sg_gate_result *gate = &verdict->others->v[i];
		const char *key = sg_rows_clean(rows, gate->key);
		switch (gate->outcome) {
		case SG_GATE_PASS:
		case SG_GATE_FAIL:
			gate_row(rows, gate->key, gate->outcome == SG_GATE_PASS);
			break;
		case SG_GATE_NOT_EVALUATED:
			sg_rows_say(rows, SG_STYLE_FAIL, "%s FAIL  %s: could not be evaluated",
				sg_view_glyph(rows, SG_GLYPH_FAIL), key);
			break;
		case SG_GATE_UNBOUND:
			sg_rows_say(rows, SG_STYLE_FAIL,
				"%s FAIL  %s: not bound in the profile",
				sg_view_glyph(rows, SG_GLYPH_FAIL), key);
			break;
		case SG_GATE_CHANGED:
			sg_rows_say(rows, SG_STYLE_FAIL,
				"%s FAIL  %s: not the checker that ROUTE pinned",
				sg_view_glyph(rows, SG_GLYPH_FAIL), key);
			break;
		case SG_GATE_NOT_CHECKED:
			sg_rows_say(rows, SG_STYLE_WARN, "%s not checked  %s",
				sg_view_glyph(rows, SG_GLYPH_WARN), key);
			break;
		}
	}
}

static void tally_row(struct sg_rows *rows, const struct sg_verdict *verdict)
{
	struct sg_strbuf line = SG_STRBUF_INIT;
	for (unsigned c = 0; c < SG_CHECK_COUNT; c++) {
		const struct sg_tally *t = &verdict->tally[c];
		if (t->total)
			sg_strbuf_addf(&line, "  %s %zu/%zu", sg_check_name((enum sg_check)c),
				t->passed, t->total);
	}
	if (line.n_bytes)
		sg_rows_say(rows, SG_STYLE_PLAIN, "CHECKS%s", line.bytes);
	sg_strbuf_release(&line);
}

void sg_view_shadows(struct sg_rows *rows, const struct sg_shadows *shadows)
{
	const bool all = shadows->red == shadows->tried;
	const enum sg_style style = all ? SG_STYLE_OK : SG_STYLE_FAIL;
	if (!shadows->tried)
		return;
	const char *glyph = sg_view_glyph(rows, all ? SG_GLYPH_OK : SG_GLYPH_FAIL);
	if (shadows->tried == shadows->of)
		sg_rows_say(rows, style, "%s Proved able to fail: %zu of %zu", glyph,
			shadows->red, shadows->tried);
	else
		sg_rows_say(rows, style, "%s Proved able to fail: %zu of %zu, a sample of %zu",
			glyph, shadows->red, shadows->tried, shadows->of);
}

void sg_view_trial(struct sg_rows *rows, const struct sg_verdict *verdict)
{
	sg_view_shadows(rows, &verdict->shadows);
}

void sg_view_miss(struct sg_rows *rows, const char *miss)
{
	sg_rows_say(rows, SG_STYLE_WARN, "%s CONTRACT is not met: %s",
		sg_view_glyph(rows, SG_GLYPH_WARN), sg_rows_clean(rows, miss));
}

void sg_view_tier(struct sg_rows *rows, const char *note, bool glyph)
{
	const bool full = strcmp(note, SG_TIER_FULL_NOTE) == 0;
	if (!*note)
		return;
	sg_rows_add(rows, full ? SG_STYLE_DIM : SG_STYLE_WARN, "%s%s%s",
		glyph ? sg_view_glyph(rows, full ? SG_GLYPH_OK : SG_GLYPH_WARN) : "",
		glyph ? " " : "", sg_rows_clean(rows, sg_say(rows->say, note)));
}

void sg_view_verdict(
	struct sg_rows *rows, const struct sg_verdict *verdict, const char *tier_note)
{
	sg_rows_add(rows, verdict->pass ? SG_STYLE_OK : SG_STYLE_FAIL, "%s VAL_REPORT: %s%s%s",
		sg_view_glyph(rows, verdict->pass ? SG_GLYPH_OK : SG_GLYPH_FAIL),
		verdict->pass ? "PASS" : "FAIL", verdict->pass ? "" : "  ",
		sg_code_name(verdict->code));
	gate_row(rows, SG_VAL_COVERAGE_KEY, verdict->coverage_pass);
	gate_row(rows, SG_VAL_CONTRACT_KEY, verdict->contract_pass);
	other_rows(rows, verdict);
	tally_row(rows, verdict);
	sg_view_shadows(rows, &verdict->shadows);
	sg_view_list(rows, SG_STYLE_FAIL, "FAIL_REASONS", &verdict->fail_reasons);
	sg_view_list(rows, SG_STYLE_WARN, "FIX_LIST", &verdict->fix_list);
	sg_view_list(
		rows, SG_STYLE_DIM, sg_say(rows->say, "NOT CHECKED"), &verdict->not_checked);
	sg_view_tier(rows, tier_note, true);
}
