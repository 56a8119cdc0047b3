/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why it stopped and what mends it; the report of a STEP. */
#include <string.h>

#include "ui/view_internal.h"

/* Of a line that is one long record its beginning will do: `log` has all of it. */
#define CAUSE_BYTES 400

size_t sg_view_causes(const struct sg_view_input *in)
{
	return in->cause ? 1 + in->cause->lines.n : 0;
}

void sg_view_cause(struct sg_rows *rows, const struct sg_view_input *in, size_t i)
{
	if (i == 0) {
		sg_rows_say(rows, SG_STYLE_PLAIN,
			"  log %s  ends:", sg_rows_clean(rows, sg_key_bare(in->cause->name)));
		return;
	}
	const char *line = in->cause->lines.v[i - 1];
	size_t n = strlen(line);
	const bool cut = n > CAUSE_BYTES;
	for (n = cut ? CAUSE_BYTES : n; cut && n && ((unsigned char)line[n] & 0xC0) == 0x80;)
		n--;
	const char *shown = sg_arena_strn(rows->arena, line, n);
	sg_rows_add(rows, SG_STYLE_PLAIN, "    %s%s%s", sg_rows_clean(rows, shown ? shown : ""),
		cut ? " " : "", cut ? sg_view_glyph(rows, SG_GLYPH_MORE) : "");
}

void sg_view_require(struct sg_rows *rows, const struct sg_view_input *in, size_t i)
{
	const struct sg_require *r = &in->run->requires_list.v[i];
	const char *text = sg_rows_clean(rows, r->text);
	if (r->kind == SG_REQUIRE_RUN) {
		sg_rows_say(rows, SG_STYLE_DIM, "%s by running  %s",
			sg_view_glyph(rows, SG_GLYPH_WAIT), text);
	} else if (!in->require_state || i >= in->require_state->n) {
		sg_rows_say(rows, SG_STYLE_DIM, "%s not looked at  %s",
			sg_view_glyph(rows, SG_GLYPH_WAIT), text);
	} else if (*in->require_state->v[i]) {
		sg_rows_say(rows, SG_STYLE_FAIL, "%s open  %s: %s",
			sg_view_glyph(rows, SG_GLYPH_FAIL), text,
			sg_rows_clean(rows, sg_say(rows->say, in->require_state->v[i])));
	} else {
		sg_rows_say(rows, SG_STYLE_OK, "%s met  %s", sg_view_glyph(rows, SG_GLYPH_OK),
			text);
	}
}

static void require_rows(struct sg_rows *rows, const struct sg_view_input *in)
{
	const struct sg_run *run = in->run;
	if (run->state != SG_STATE_STOPPED)
		return;
	sg_rows_say(rows, SG_STYLE_HEAD, "A RESUME NEEDS  (it runs from %s)",
		sg_rows_clean(rows, run->stop_phase));
	for (size_t i = 0; i < run->requires_list.n; i++)
		sg_view_require(rows, in, i);
}

/* LAST_RESULT is then still that of the STEP before, or of the stop before a resume. */
static bool is_open(const struct sg_run *run)
{
	return run->state == SG_STATE_AWAIT || run->state == SG_STATE_BUSY;
}

void sg_view_fix(struct sg_rows *rows, const struct sg_view_input *in)
{
	const struct sg_manifest *m = &in->run->manifest;
	struct sg_brief brief = {.next = "", .next_said = ""};
	sg_view_begin(rows, in);
	if (!is_open(in->run) && (m->fail_reasons.n || *m->fail_code)) {
		sg_rows_add(rows, SG_STYLE_FAIL, "%s %s %s", sg_view_glyph(rows, SG_GLYPH_STOP),
			sg_result_name(m->result_status), sg_rows_clean(rows, m->fail_code));
		for (size_t i = 0; i < m->fail_reasons.n; i++)
			sg_rows_add(rows, SG_STYLE_FAIL, "%s %s",
				sg_view_glyph(rows, SG_GLYPH_FAIL),
				sg_rows_clean(rows, m->fail_reasons.v[i]));
		for (size_t i = 0; i < sg_view_causes(in); i++)
			sg_view_cause(rows, in, i);
		sg_view_list(rows, SG_STYLE_WARN, "FIX_LIST", &m->fix_list);
	} else {
		sg_rows_say(rows, SG_STYLE_DIM, "Nothing to mend.");
	}
	require_rows(rows, in);
	if (sg_view_awaited(rows, in, &brief))
		sg_view_await(rows, in, &brief);
}

/* --- report --- */

static void pin_row(struct sg_rows *rows, const char *what, const struct sg_pin *pin)
{
	if (!*pin->path)
		return;
	sg_rows_add(rows, SG_STYLE_PLAIN, "  - %s: %s %.8s%s", what,
		sg_rows_clean(rows, pin->path), pin->sha256,
		*pin->sha256 ? sg_view_glyph(rows, SG_GLYPH_MORE) : "");
}

/* Only what was really used: pinned inputs, and what ran. */
static void resources(struct sg_rows *rows, const struct sg_look *look)
{
	const struct sg_run *run = look->in->run;
	const struct sg_manifest *m = &run->manifest;
	sg_rows_add(rows, SG_STYLE_HEAD, "RESOURCES USED:");
	pin_row(rows, "ROUTE_TOKEN", &run->route_pin);
	pin_row(rows, "PROFILE", &run->profile_pin);
	pin_row(rows, "ENGINE_PLAN_TOKEN", &run->plan_pin);
	for (size_t i = 0; i < m->roles.n; i++)
		if (m->roles.v[i].status != SG_ROW_STATUS_SKIPPED)
			sg_rows_add(rows, SG_STYLE_PLAIN, "  - %s: %s",
				sg_rows_clean(rows, m->roles.v[i].role),
				sg_rows_clean(rows, m->roles.v[i].status_text));
	for (size_t i = 0; i < m->engines.entries.n; i++) {
		const struct sg_engine_row *row = &m->engines.entries.v[i];
		if (row->status != SG_ROW_STATUS_SKIPPED)
			sg_rows_add(rows, SG_STYLE_PLAIN, "  - %s: %s",
				sg_rows_clean(rows, row->eng_key),
				sg_rows_clean(rows, row->status_text));
	}
}

static void list_row(struct sg_rows *rows, const char *key, const struct sg_strs *list)
{
	sg_rows_add(rows, SG_STYLE_PLAIN, "  - %s:%s", key, list->n ? "" : " []");
	for (size_t i = 0; i < list->n; i++)
		sg_rows_add(
			rows, SG_STYLE_PLAIN, "      - %s", sg_rows_clean(rows, list->v[i]));
}

static void missing(struct sg_rows *rows, const struct sg_look *look)
{
	const struct sg_strs *contract = &look->in->run->manifest.output_contract;
	struct sg_strs_builder b;
	sg_strs_builder_init(&b, rows->arena);
	for (size_t i = 0; i < contract->n; i++) {
		const struct sg_output_row *row = sg_look_output(look, contract->v[i]);
		if (!row || row->present != SG_TRUTH_TRUE)
			sg_strs_builder_add(&b, contract->v[i]);
	}
	struct sg_strs list = sg_strs_builder_list(&b);
	list_row(rows, "MISSING", &list);
}

/* What attempts that failed have left: to be looked at, and to be counted by nobody. */
static void incomplete(struct sg_rows *rows, const struct sg_run *run)
{
	for (size_t i = 0; i < run->proofs.n; i++) {
		const struct sg_files *files = &run->proofs.v[i].partial;
		for (size_t k = 0; k < files->n; k++)
			sg_rows_add(rows, SG_STYLE_WARN, "      - DRAFT %s  %s  %s",
				sg_rows_clean(rows, files->v[k].name),
				sg_rows_clean(rows, files->v[k].path),
				sg_fresh_name(SG_FRESH_INCOMPLETE));
	}
}

static void outputs(struct sg_rows *rows, const struct sg_look *look, bool pass)
{
	const struct sg_manifest *m = &look->in->run->manifest;
	sg_rows_add(rows, SG_STYLE_PLAIN, "  - %s:", pass ? "OUTPUTS" : "SAFE_PARTIALS");
	for (size_t i = 0; i < m->outputs.n; i++) {
		const struct sg_output_row *row = &m->outputs.v[i];
		enum sg_fresh fresh = sg_look_fresh(look, SG_FACT_OUTPUT, row->output);
		if (row->present != SG_TRUTH_TRUE)
			continue;
		sg_rows_add(rows, SG_STYLE_PLAIN, "      - %s%s  %s%s%s", pass ? "" : "DRAFT ",
			sg_rows_clean(rows, row->output), sg_view_ref(rows, row->ref),
			fresh == SG_FRESH_FRESH ? "" : "  ",
			fresh == SG_FRESH_FRESH ? "" : sg_fresh_name(fresh));
	}
	incomplete(rows, look->in->run);
}

static const char *gates_word(const struct sg_run *run)
{
	if (run->state == SG_STATE_PASSED)
		return "PASS";
	return is_open(run) || run->manifest.result_status == SG_RESULT_NONE
		       ? SG_SAY("not judged yet")
		       : "FAIL";
}

void sg_view_report(struct sg_rows *rows, const struct sg_view_input *in)
{
	const struct sg_manifest *m = &in->run->manifest;
	bool pass = in->run->state == SG_STATE_PASSED;
	bool open = is_open(in->run);
	const struct sg_strs none = {NULL, 0};
	enum sg_style style = pass ? SG_STYLE_OK : open ? SG_STYLE_PLAIN : SG_STYLE_FAIL;
	struct sg_look look;
	sg_look_init(&look, in);
	sg_view_begin(rows, in);
	sg_rows_add(rows, SG_STYLE_HEAD, "MODE: %s", sg_rows_clean(rows, m->mode));
	resources(rows, &look);
	sg_rows_add(rows, SG_STYLE_HEAD, "DELIVERABLES:");
	/*
	 * a manifest without a trace may say what it likes: PASS is the state's word, not the
	 * field's
	 */
	sg_rows_add(rows, style, "  - STATUS: %s",
		open ? sg_step_status_name(m->step_status)
		: !pass && m->result_status == SG_RESULT_PASS
			? "CLAIMED PASS"
			: sg_result_name(m->result_status));
	sg_rows_add(rows, style, "  - FAIL_CODE: %s",
		open ? "" : sg_rows_clean(rows, m->fail_code));
	list_row(rows, "FAIL_REASONS", open ? &none : &m->fail_reasons);
	missing(rows, &look);
	list_row(rows, "FIX_LIST", open ? &none : &m->fix_list);
	outputs(rows, &look, pass);
	if (!open && *m->val_report_ref)
		sg_rows_add(rows, SG_STYLE_PLAIN, "  - VAL_REPORT: %s",
			sg_view_ref(rows, m->val_report_ref));
	if (!open && *m->pack_output_ref)
		sg_rows_add(rows, SG_STYLE_PLAIN, "  - PACK_OUTPUT: %s",
			sg_view_ref(rows, m->pack_output_ref));
	sg_rows_add(rows, style, "GATES: %s", sg_say(rows->say, gates_word(in->run)));
	sg_view_tier(rows, sg_tier_note(in->run), false);
	sg_look_release(&look);
}
