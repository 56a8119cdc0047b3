/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The blocks' items: rows of the ledgers in columns, lines of the log, and their titles. */
#include <string.h>

#include "base/utf8.h"
#include "ui/view_pane_internal.h"

bool sg_pane_ledger(enum sg_pane pane, enum sg_fact_kind *ret)
{
	switch (pane) {
	case SG_PANE_ROLES: *ret = SG_FACT_ROLE; return true;
	case SG_PANE_ENGINES: *ret = SG_FACT_ENGINE; return true;
	case SG_PANE_CONTRACT: *ret = SG_FACT_OUTPUT; return true;
	case SG_PANE_BRIEF:
	case SG_PANE_FIX:
	case SG_PANE_LOG:
	case SG_PANE_COUNT: break;
	}
	return false;
}

/* --- the columns of a ledger --- */

/* name, status, what it made, and how that is known; 0: there is no room for it. */
struct columns {
	size_t name, status, outputs, evidence;
};

enum { STATUS = 10, EVIDENCE = 40, OUTPUTS = 48, LEAST = 10 };

static struct columns columns_of(const struct sg_paint *p, enum sg_fact_kind kind)
{
	struct columns c = {.status = STATUS};
	size_t width = p->width ? p->width : 160;
	size_t most = width / 3 < 8 ? 8 : width / 3;
	/* one width for all three blocks, so that the eye goes down a straight edge */
	for (unsigned i = 0; i < 3; i++)
		c.name = p->kinds[i].width > c.name ? p->kinds[i].width : c.name;
	c.name = c.name < 14 ? 14 : c.name > 40 ? 40 : c.name;
	c.name = c.name > most ? most : c.name;
	size_t used = 2 + c.name + 2 + c.status + 2;
	size_t rest = width > used ? width - used : 0;
	if (kind == SG_FACT_OUTPUT) {
		c.evidence = rest;
		return c;
	}
	c.evidence = rest < EVIDENCE ? rest : EVIDENCE;
	c.outputs = rest - c.evidence;
	if (c.outputs < LEAST + 2) {
		c.outputs = 0;
		c.evidence = rest;
	} else {
		c.outputs -= 2;
	}
	/* what a wide terminal has to spare goes to both */
	if (c.outputs > OUTPUTS) {
		c.outputs = OUTPUTS + (c.outputs - OUTPUTS) / 2;
		c.evidence = rest - c.outputs - 2;
	}
	return c;
}

static void row_of_columns(const struct sg_paint *p, struct sg_rows *rows, enum sg_style style,
	const struct columns *c, const char *const cells[5])
{
	const char *text = sg_pane_text(rows, "%s %s  %s  %s%s%s", cells[0],
		sg_pane_cell(rows, cells[1], c->name), sg_pane_cell(rows, cells[2], c->status),
		sg_pane_cell(rows, cells[3], c->outputs), c->outputs ? "  " : "", cells[4]);
	sg_pane_cut(rows, style, text, p->width);
}

/* --- what is known of a row --- */

struct standing {
	enum sg_glyph glyph;
	enum sg_style style;
	const char *word;
};

static const struct sg_running *running_of(
	const struct sg_pane_input *input, const struct sg_pane_item *item)
{
	for (size_t i = 0; item->kind != SG_FACT_OUTPUT && i < input->n_running; i++)
		if (sg_key_equal(input->running[i].name, item->name))
			return &input->running[i];
	return NULL;
}

/* What runs by the trace alone: a reader beside the runner has no times of its own. */
static bool runs(const struct sg_pane_input *input, const struct sg_pane_item *item,
	struct sg_running *ret)
{
	const struct sg_run *run = input->view.run;
	const struct sg_running *running = running_of(input, item);
	if (run->state != SG_STATE_BUSY)
		return false;
	if (running) {
		*ret = *running;
		return true;
	}
	if (item->kind != SG_FACT_ROLE || item->has_row || strcmp(item->name, run->phase) != 0)
		return false;
	const struct sg_binding *binding =
		run->profile ? sg_profile_binding(run->profile, item->name) : NULL;
	*ret = (struct sg_running){.name = item->name,
		.elapsed_ms = input->view.now_ms - run->begun_ms,
		.timeout_ms = binding ? binding->timeout_s * 1000 : 0};
	return true;
}

static struct standing without_row(
	const struct sg_pane_input *input, const struct sg_pane_item *item)
{
	const struct sg_run *run = input->view.run;
	const struct sg_record *record = sg_run_record(run, item->name);
	bool comes = run->state == SG_STATE_AWAIT || run->state == SG_STATE_BUSY;
	if (record)
		return (struct standing){SG_GLYPH_WAIT, SG_STYLE_PLAIN,
			record->stopped ? SG_SAY("recorded") : SG_SAY("recording")};
	return (struct standing){comes ? SG_GLYPH_WAIT : SG_GLYPH_CLOSED, SG_STYLE_DIM,
		comes ? SG_SAY("waiting") : SG_SAY("not run")};
}

static struct standing standing_of(
	const struct sg_pane_input *input, const struct sg_pane_item *item)
{
	const struct sg_profile *profile = input->view.run->profile;
	if (!item->has_row)
		return without_row(input, item);
	if (item->fresh != SG_FRESH_FRESH)
		return (struct standing){
			SG_GLYPH_WARN, SG_STYLE_WARN, sg_fresh_name(item->fresh)};
	switch (item->status) {
	case SG_ROW_STATUS_RAN:
		if (!item->proof || item->proof->provenance == SG_PROVENANCE_CLAIMED)
			return (struct standing){SG_GLYPH_WARN, SG_STYLE_WARN, "ran"};
		return (struct standing){SG_GLYPH_OK, SG_STYLE_OK, "ran"};
	case SG_ROW_STATUS_SKIPPED:
		if (item->kind == SG_FACT_ENGINE && profile &&
			sg_keys_match(&profile->allow_skip, item->name))
			return (struct standing){SG_GLYPH_CLOSED, SG_STYLE_DIM, "skipped"};
		return (struct standing){SG_GLYPH_CLOSED, SG_STYLE_FAIL, "skipped"};
	case SG_ROW_STATUS_FAILED:
		return (struct standing){SG_GLYPH_FAIL, SG_STYLE_FAIL, "failed"};
	case SG_ROW_STATUS_COUNT: break;
	}
	return (struct standing){SG_GLYPH_WARN, SG_STYLE_WARN, item->status_text};
}

static const char *provenance_of(const struct sg_pane_item *item)
{
	return sg_provenance_name(
		item->proof ? item->proof->provenance : SG_PROVENANCE_CLAIMED);
}

static const char *evidence(struct sg_rows *rows, const struct sg_pane_item *item)
{
	const struct sg_proof *proof = item->proof;
	if (!item->has_row)
		return "";
	if (!proof || proof->provenance == SG_PROVENANCE_CLAIMED)
		return sg_pane_text(rows, "%s CLAIMED   %s", sg_view_glyph(rows, SG_GLYPH_WARN),
			sg_rows_clean(rows, item->notes));
	if (proof->provenance == SG_PROVENANCE_MANUAL || !proof->exec.argv.n)
		return sg_pane_text(rows, "%s %s  %s", sg_view_glyph(rows, SG_GLYPH_PROOF),
			sg_pane_cell(rows, provenance_of(item), 8),
			sg_rows_clean(rows, item->notes));
	return sg_pane_text(rows, "%s %s  %s  %s  %s", sg_view_glyph(rows, SG_GLYPH_PROOF),
		sg_pane_cell(rows, provenance_of(item), 8),
		sg_pane_cell(rows, sg_tier_name(proof->tier), 7),
		sg_view_pad(rows, sg_view_ending(rows, &proof->exec), 7),
		sg_view_span(rows, proof->exec.end_ms - proof->exec.start_ms));
}

static const char *elapsed(struct sg_rows *rows, const struct sg_running *running)
{
	const char *span = sg_view_span(rows, running->elapsed_ms);
	if (!running->timeout_ms)
		return span;
	return sg_pane_say(rows, "%s of %lld s", span, (long long)(running->timeout_ms / 1000));
}

static void ledger_row(
	const struct sg_paint *p, struct sg_rows *rows, const struct sg_pane_item *item)
{
	struct columns c = columns_of(p, item->kind);
	struct standing now = standing_of(p->input, item);
	struct sg_running running;
	if (runs(p->input, item, &running)) {
		c.evidence += c.outputs;
		c.outputs = 0;
		row_of_columns(p, rows, SG_STYLE_RUN, &c,
			(const char *const[]){sg_view_glyph(rows, SG_GLYPH_RUN), item->name,
				sg_say(rows->say, "running"), "", elapsed(rows, &running)});
		return;
	}
	const struct sg_strs first = {
		item->outputs.v, item->outputs.n < 8 ? item->outputs.n : 8};
	row_of_columns(p, rows, now.style, &c,
		(const char *const[]){sg_view_glyph(rows, now.glyph), item->name,
			sg_say(rows->say, now.word),
			c.outputs ? sg_view_join(rows, &first, " ") : "",
			evidence(rows, item)});
}

static struct standing output_standing(const struct sg_pane_item *item)
{
	if (!item->has_row || item->output->present != SG_TRUTH_TRUE)
		return (struct standing){SG_GLYPH_CLOSED, SG_STYLE_DIM, SG_SAY("absent")};
	if (item->fresh != SG_FRESH_FRESH)
		return (struct standing){
			SG_GLYPH_WARN, SG_STYLE_WARN, sg_fresh_name(item->fresh)};
	if (!item->proof || item->proof->provenance == SG_PROVENANCE_CLAIMED)
		return (struct standing){SG_GLYPH_WARN, SG_STYLE_WARN, "CLAIMED"};
	/* made, though the contract does not ask for it */
	if (!item->required)
		return (struct standing){SG_GLYPH_OK, SG_STYLE_PLAIN, SG_SAY("beside")};
	return (struct standing){SG_GLYPH_OK, SG_STYLE_OK, SG_SAY("present")};
}

static void output_row(
	const struct sg_paint *p, struct sg_rows *rows, const struct sg_pane_item *item)
{
	struct columns c = columns_of(p, SG_FACT_OUTPUT);
	struct standing now = output_standing(item);
	const char *where = "";
	if (item->has_row && item->output->present == SG_TRUTH_TRUE)
		where = sg_pane_text(rows, "%s  %s",
			sg_pane_cell(rows, item->output->source, 5),
			sg_view_ref(rows, item->output->ref));
	row_of_columns(p, rows, now.style, &c,
		(const char *const[]){sg_view_glyph(rows, now.glyph), item->name,
			sg_say(rows->say, now.word), "", where});
}

/* --- by block --- */

size_t sg_pane_items(const struct sg_paint *p, enum sg_pane pane)
{
	switch (pane) {
	case SG_PANE_ROLES: return p->kinds[SG_FACT_ROLE].n;
	case SG_PANE_ENGINES: return p->kinds[SG_FACT_ENGINE].n;
	case SG_PANE_CONTRACT: return p->kinds[SG_FACT_OUTPUT].n;
	case SG_PANE_BRIEF: return sg_pane_brief_items(p);
	case SG_PANE_FIX: return sg_pane_fix_items(p);
	case SG_PANE_LOG: return p->input->log.n;
	case SG_PANE_COUNT: break;
	}
	return 0;
}

bool sg_pane_wraps(enum sg_pane pane)
{
	return pane == SG_PANE_BRIEF || pane == SG_PANE_FIX || pane == SG_PANE_LOG;
}

void sg_pane_draw(const struct sg_paint *p, struct sg_rows *rows, enum sg_pane pane, size_t i)
{
	enum sg_fact_kind kind;
	struct sg_pane_item item;
	if (pane == SG_PANE_BRIEF) {
		sg_pane_brief_draw(p, rows, i);
	} else if (pane == SG_PANE_FIX) {
		sg_pane_fix_draw(p, rows, i);
	} else if (sg_pane_ledger(pane, &kind)) {
		sg_pane_item_get(p->kinds, p->input, kind, i, &item);
		if (kind == SG_FACT_OUTPUT)
			output_row(p, rows, &item);
		else
			ledger_row(p, rows, &item);
	} else {
		const char *line = sg_pane_untab(rows, p->input->log.lines[i]);
		sg_rows_add(rows, SG_STYLE_PLAIN, "%s", sg_rows_clean(rows, line));
	}
}

static bool any_holds(const struct sg_strs *list, const char *needle)
{
	for (size_t i = 0; i < list->n; i++)
		if (sg_pane_holds(list->v[i], needle))
			return true;
	return false;
}

static bool item_matches(
	const struct sg_paint *p, const struct sg_pane_item *item, const char *needle)
{
	struct sg_running running;
	struct standing now = item->kind == SG_FACT_OUTPUT ? output_standing(item)
							   : standing_of(p->input, item);
	const char *word = sg_say(p->input->view.say,
		runs(p->input, item, &running) ? SG_SAY("running") : now.word);
	if (sg_pane_holds(item->name, needle) || sg_pane_holds(word, needle))
		return true;
	if (item->output)
		return sg_pane_holds(item->output->source, needle) ||
		       sg_pane_holds(item->output->ref, needle);
	return item->has_row &&
	       (sg_pane_holds(item->status_text, needle) || any_holds(&item->outputs, needle) ||
		       sg_pane_holds(item->notes, needle) ||
		       sg_pane_holds(provenance_of(item), needle));
}

bool sg_pane_matches(const struct sg_paint *p, enum sg_pane pane, size_t i, const char *needle)
{
	enum sg_fact_kind kind;
	struct sg_pane_item item;
	if (pane == SG_PANE_LOG)
		return sg_pane_holds(p->input->log.lines[i], needle);
	if (sg_pane_ledger(pane, &kind)) {
		sg_pane_item_get(p->kinds, p->input, kind, i, &item);
		return item_matches(p, &item, needle);
	}
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_rows rows;
	bool holds = false;
	sg_pane_rows_init(&rows, &arena, p->input);
	sg_pane_draw(p, &rows, pane, i);
	for (size_t r = 0; r < rows.n; r++)
		holds = holds || sg_pane_holds(rows.v[r].text, needle);
	sg_arena_release(&arena);
	return holds;
}

/* "ROLES 1/5        status  outputs  provenance", the words above their columns. */
static const char *roles_title(
	const struct sg_paint *p, struct sg_rows *rows, const char *count, const char *right)
{
	struct columns c = columns_of(p, SG_FACT_ROLE);
	const char *text = sg_pane_text(rows, "%s  %s  %s%s%s",
		sg_pane_cell(rows, count, c.name + 2),
		sg_pane_cell(rows, sg_say(rows->say, "status"), c.status),
		c.outputs ? sg_pane_cell(rows, sg_say(rows->say, "outputs"), c.outputs) : "",
		c.outputs ? "  " : "",
		c.evidence > LEAST ? sg_say(rows->say, "provenance") : "");
	if (p->width && sg_utf8_columns(text) + 2 + sg_utf8_columns(right) > p->width)
		text = count;
	return sg_pane_ends(rows, text, right, p->width);
}

static const char *ledger_title(const struct sg_paint *p, struct sg_rows *rows,
	enum sg_fact_kind kind, const char *right)
{
	static const char *const words[] = {[SG_FACT_ROLE] = "ROLES",
		[SG_FACT_ENGINE] = "ENGINES",
		[SG_FACT_OUTPUT] = "CONTRACT"};
	const struct sg_tally *tally = &p->kinds[kind].tally;
	const char *count =
		sg_pane_text(rows, "%s %zu/%zu", words[kind], tally->passed, tally->total);
	struct columns c = columns_of(p, kind);
	if (kind == SG_FACT_ROLE)
		return roles_title(p, rows, count, right);
	const char *bar = sg_view_bar(rows, tally);
	const char *text =
		sg_pane_text(rows, "%s  %s", sg_view_pad(rows, count, c.name + 2), bar);
	if (p->width && sg_utf8_columns(text) + 2 + sg_utf8_columns(right) > p->width)
		text = sg_pane_text(rows, "%s  %s", count, bar);
	return sg_pane_ends(rows, text, right, p->width);
}

void sg_pane_title(
	const struct sg_paint *p, struct sg_rows *rows, enum sg_pane pane, const char *right)
{
	enum sg_fact_kind kind;
	const struct sg_run *run = p->input->view.run;
	if (pane == SG_PANE_BRIEF) {
		sg_pane_brief_title(p, rows, right);
	} else if (pane == SG_PANE_FIX) {
		const char *left = sg_pane_text(rows, "FIX  %s %s",
			sg_result_name(run->manifest.result_status),
			sg_rows_clean(rows, run->manifest.fail_code));
		sg_pane_cut(rows, SG_STYLE_HEAD, sg_pane_ends(rows, left, right, p->width),
			p->width);
	} else if (sg_pane_ledger(pane, &kind)) {
		sg_pane_cut(rows, SG_STYLE_HEAD, ledger_title(p, rows, kind, right), p->width);
	} else {
		const char *name = p->input->log.name ? p->input->log.name : "";
		const char *left = sg_pane_text(rows, "LOG  %s", sg_rows_clean(rows, name));
		sg_pane_cut(rows, SG_STYLE_HEAD, sg_pane_ends(rows, left, right, p->width),
			p->width);
	}
}

void sg_pane_foot(const struct sg_paint *p, struct sg_rows *rows, enum sg_pane pane)
{
	const struct sg_brief none = {.next = "", .next_said = ""};
	if (pane == SG_PANE_BRIEF)
		sg_pane_brief_foot(p, rows);
	else if (pane == SG_PANE_FIX)
		sg_view_await(rows, &p->input->view, &none);
}
