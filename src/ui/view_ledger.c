/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ledgers: roles, engines, and the output contract, each row with its evidence. */
#include <string.h>

#include "ui/view_internal.h"

/* A row of either ledger, or the lack of one. */
struct line {
	enum sg_fact_kind kind;
	const char *name;
	const char *status_text; /* NULL: there is no row */
	enum sg_row_status status;
	struct sg_strs outputs;
	const char *notes;
	bool skip_allowed;
};

static bool running(const struct sg_look *look, const struct line *line)
{
	const struct sg_run *run = look->in->run;
	if (run->state != SG_STATE_BUSY || line->status_text)
		return false;
	return line->kind == SG_FACT_ROLE && strcmp(run->phase, line->name) == 0;
}

/* Without a row: its turn may still come, or the STEP stands where it has not. */
static bool comes(const struct sg_look *look)
{
	enum sg_state state = look->in->run->state;
	return state == SG_STATE_AWAIT || state == SG_STATE_BUSY;
}

static enum sg_glyph glyph_of(
	const struct sg_look *look, const struct line *line, enum sg_style *ret_style)
{
	*ret_style = SG_STYLE_DIM;
	if (!line->status_text)
		return comes(look) ? SG_GLYPH_WAIT : SG_GLYPH_CLOSED;
	switch (line->status) {
	case SG_ROW_STATUS_RAN: *ret_style = SG_STYLE_OK; return SG_GLYPH_OK;
	case SG_ROW_STATUS_SKIPPED:
		*ret_style = line->skip_allowed ? SG_STYLE_DIM : SG_STYLE_FAIL;
		return SG_GLYPH_CLOSED;
	case SG_ROW_STATUS_FAILED: *ret_style = SG_STYLE_FAIL; return SG_GLYPH_FAIL;
	case SG_ROW_STATUS_COUNT: break;
	}
	/* a lenient reader found another word: shown as it stands, and it counts for nothing */
	*ret_style = SG_STYLE_WARN;
	return SG_GLYPH_WARN;
}

static const char *evidence(
	struct sg_rows *rows, const struct sg_look *look, const struct line *line)
{
	const struct sg_proof *p = sg_look_proof(look, line->kind, line->name);
	const char *text;
	if (!line->status_text)
		return "";
	if (!p || p->provenance == SG_PROVENANCE_CLAIMED)
		text = sg_arena_printf(
			rows->arena, "CLAIMED  %s", sg_rows_clean(rows, line->notes));
	else if (p->provenance == SG_PROVENANCE_MANUAL || !p->exec.argv.n)
		text = sg_arena_printf(rows->arena, "%s %s  %s",
			sg_view_glyph(rows, SG_GLYPH_PROOF), sg_provenance_name(p->provenance),
			sg_rows_clean(rows, line->notes));
	else
		text = sg_arena_printf(rows->arena, "%s %s %s  %s  %s",
			sg_view_glyph(rows, SG_GLYPH_PROOF), sg_provenance_name(p->provenance),
			sg_tier_name(p->tier), sg_view_ending(rows, &p->exec),
			sg_view_span(rows, p->exec.end_ms - p->exec.start_ms));
	return text ? text : "";
}

static void running_row(
	struct sg_rows *rows, const struct sg_look *look, const struct line *line, size_t width)
{
	const struct sg_run *run = look->in->run;
	const struct sg_binding *binding =
		run->profile ? sg_profile_binding(run->profile, line->name) : NULL;
	const char *limit =
		binding && binding->timeout_s
			? sg_arena_printf(rows->arena, sg_say(rows->say, " of %lld s"),
				  (long long)binding->timeout_s)
			: "";
	sg_rows_add(rows, SG_STYLE_RUN, "%s %s  %s  %s%s", sg_view_glyph(rows, SG_GLYPH_RUN),
		sg_view_pad(rows, line->name, width),
		sg_view_pad(rows, sg_say(rows->say, "running"), 8),
		sg_view_span(rows, look->in->now_ms - run->begun_ms), limit ? limit : "");
}

static void line_row(
	struct sg_rows *rows, const struct sg_look *look, const struct line *line, size_t width)
{
	enum sg_style style;
	enum sg_glyph glyph = glyph_of(look, line, &style);
	enum sg_fresh fresh = sg_look_fresh(look, line->kind, line->name);
	const char *status = line->status_text ? line->status_text
			     : comes(look)     ? sg_say(rows->say, "waiting")
					       : sg_say(rows->say, "not run");
	if (running(look, line)) {
		running_row(rows, look, line, width);
		return;
	}
	if (line->status_text && fresh != SG_FRESH_FRESH) {
		glyph = SG_GLYPH_WARN;
		style = SG_STYLE_WARN;
	}
	sg_rows_add(rows, style, "%s %s  %s%s%s  %s  %s", sg_view_glyph(rows, glyph),
		sg_view_pad(rows, line->name, width), sg_view_pad(rows, status, 8),
		line->status_text && fresh != SG_FRESH_FRESH ? "  " : "",
		line->status_text && fresh != SG_FRESH_FRESH ? sg_fresh_name(fresh) : "",
		evidence(rows, look, line), sg_view_join(rows, &line->outputs, " "));
}

static void role_line(
	struct sg_rows *rows, const struct sg_look *look, const char *name, size_t width)
{
	const struct sg_role_row *row = sg_look_role(look, name);
	struct line line = {.kind = SG_FACT_ROLE, .name = name, .notes = ""};
	if (row) {
		line.status_text = row->status_text;
		line.status = row->status;
		line.outputs = row->outputs_produced;
		line.notes = row->notes;
	}
	line_row(rows, look, &line, width);
}

static void engine_line(
	struct sg_rows *rows, const struct sg_look *look, const char *key, size_t width)
{
	const struct sg_engine_row *row = sg_look_engine(look, key);
	const struct sg_profile *profile = look->in->run->profile;
	struct line line = {.kind = SG_FACT_ENGINE, .name = sg_key_bare(key), .notes = ""};
	line.skip_allowed = profile && sg_keys_match(&profile->allow_skip, key);
	if (row) {
		line.status_text = row->status_text;
		line.status = row->status;
		line.outputs = row->outputs_produced;
		line.notes = row->notes;
	}
	line_row(rows, look, &line, width);
}

/* The required ones in their order, then what else has a row, each once. */
static struct sg_strs names(
	struct sg_rows *rows, const struct sg_look *look, enum sg_fact_kind kind)
{
	const struct sg_manifest *m = &look->in->run->manifest;
	const struct sg_strs *required = kind == SG_FACT_ROLE     ? &m->required_roles
					 : kind == SG_FACT_ENGINE ? &look->engines
								  : &m->output_contract;
	size_t n_rows = kind == SG_FACT_ROLE     ? m->roles.n
			: kind == SG_FACT_ENGINE ? m->engines.entries.n
						 : m->outputs.n;
	struct sg_strs_builder b;
	struct sg_table seen = SG_TABLE_INIT;
	sg_strs_builder_init(&b, rows->arena);
	for (size_t i = 0; i < required->n + n_rows; i++) {
		size_t r = i - required->n;
		const char *name = i < required->n          ? required->v[i]
				   : kind == SG_FACT_ROLE   ? m->roles.v[r].role
				   : kind == SG_FACT_ENGINE ? m->engines.entries.v[r].eng_key
							    : m->outputs.v[r].output;
		name = kind == SG_FACT_ENGINE ? sg_key_bare(name) : name;
		if (sg_table_put(&seen, name, i) == SG_TABLE_NONE)
			sg_strs_builder_add(&b, name);
	}
	if (seen.failed)
		rows->arena->failed = true;
	sg_table_release(&seen);
	return sg_strs_builder_list(&b);
}

static void title(struct sg_rows *rows, const char *what, const struct sg_tally *tally)
{
	const char *text =
		sg_arena_printf(rows->arena, "%s %zu/%zu", what, tally->passed, tally->total);
	sg_rows_add(rows, SG_STYLE_HEAD, "%s  %s", sg_view_pad(rows, text ? text : "", 16),
		sg_view_bar(rows, tally));
}

void sg_view_ledger(struct sg_rows *rows, const struct sg_view_input *in)
{
	struct sg_look look;
	sg_look_init(&look, in);
	sg_view_begin(rows, in);
	struct sg_strs roles = names(rows, &look, SG_FACT_ROLE);
	struct sg_strs engines = names(rows, &look, SG_FACT_ENGINE);
	size_t width = sg_view_width(rows, &roles);
	title(rows, "ROLES", &look.roles_n);
	for (size_t i = 0; i < roles.n; i++)
		role_line(rows, &look, roles.v[i], width);
	width = sg_view_width(rows, &engines);
	title(rows, "ENGINES", &look.engines_n);
	for (size_t i = 0; i < engines.n; i++)
		engine_line(rows, &look, engines.v[i], width);
	sg_view_tier(rows, sg_tier_note(in->run), false);
	sg_look_release(&look);
}

/* --- the contract --- */

struct output_state {
	enum sg_glyph glyph;
	enum sg_style style;
	const char *word;
};

static struct output_state output_state(const struct sg_look *look, const char *name)
{
	const struct sg_output_row *row = sg_look_output(look, name);
	const struct sg_proof *proof = sg_look_proof(look, SG_FACT_OUTPUT, name);
	enum sg_fresh fresh = sg_look_fresh(look, SG_FACT_OUTPUT, name);
	if (!row || row->present != SG_TRUTH_TRUE)
		return (struct output_state){SG_GLYPH_CLOSED, SG_STYLE_DIM, SG_SAY("absent")};
	if (fresh != SG_FRESH_FRESH)
		return (struct output_state){
			SG_GLYPH_WARN, SG_STYLE_WARN, sg_fresh_name(fresh)};
	if (!proof || proof->provenance == SG_PROVENANCE_CLAIMED)
		return (struct output_state){SG_GLYPH_WARN, SG_STYLE_WARN, "CLAIMED"};
	return (struct output_state){SG_GLYPH_OK, SG_STYLE_OK, SG_SAY("present")};
}

static void output_row(
	struct sg_rows *rows, const struct sg_look *look, const char *name, size_t width)
{
	const struct sg_output_row *row = sg_look_output(look, name);
	struct output_state state = output_state(look, name);
	sg_rows_add(rows, state.style, "%s %s  %s  %s  %s", sg_view_glyph(rows, state.glyph),
		sg_view_pad(rows, name, width),
		sg_view_pad(rows, sg_say(rows->say, state.word), 10),
		sg_view_pad(rows, row ? row->source : "", 4),
		row ? sg_view_ref(rows, row->ref) : "");
}

void sg_view_contract(struct sg_rows *rows, const struct sg_view_input *in)
{
	struct sg_look look;
	sg_look_init(&look, in);
	sg_view_begin(rows, in);
	struct sg_strs all = names(rows, &look, SG_FACT_OUTPUT);
	const struct sg_strs *contract = &in->run->manifest.output_contract;
	size_t width = sg_view_width(rows, &all);
	/*
	 * the list keeps the contract first, each name once: where the rest begins is a count
	 */
	struct sg_table asked = SG_TABLE_INIT;
	for (size_t i = 0; i < contract->n; i++)
		sg_table_put(&asked, contract->v[i], i);
	title(rows, "CONTRACT", &look.contract_n);
	for (size_t i = 0; i < asked.count && i < all.n; i++)
		output_row(rows, &look, all.v[i], width);
	if (asked.count < all.n)
		sg_rows_say(rows, SG_STYLE_HEAD, "BESIDE THE CONTRACT");
	for (size_t i = asked.count; i < all.n; i++)
		output_row(rows, &look, all.v[i], width);
	sg_table_release(&asked);
	sg_look_release(&look);
}
