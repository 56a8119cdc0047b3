/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stepgate puts out about a STEP, field by field in the order of the seeds' templates. */
#include "format/report.h"

#include <stdio.h>

#include "core/final.h"
#include "format/doc.h"
#include "format/json_schema.h"

static const char *pass_or_fail(bool pass)
{
	return sg_result_name(pass ? SG_RESULT_PASS : SG_RESULT_FAIL);
}

/* --- VAL_REPORT --- */

static void put_coverage(struct sg_doc *doc, const struct sg_verdict *v)
{
	sg_doc_key(doc, "COVERAGE_SUMMARY");
	sg_doc_open(doc, '{');
	sg_doc_key_strs(doc, "required_roles", &v->required_roles);
	sg_doc_key_strs(doc, "roles_ran", &v->roles_ran);
	sg_doc_key_strs(doc, "missing_roles", &v->missing_roles);
	sg_doc_key_strs(doc, "required_eng_keys", &v->required_eng_keys);
	sg_doc_key_strs(doc, "eng_ran", &v->eng_ran);
	sg_doc_key_strs(doc, "missing_eng", &v->missing_eng);
	sg_doc_key_strs(doc, "scope_violations", &v->scope_violations);
	sg_doc_close(doc);
}

static void put_template(struct sg_doc *doc, const struct sg_verdict *v)
{
	sg_doc_open(doc, '{');
	sg_doc_key_str(doc, "STATUS", pass_or_fail(v->pass));
	sg_doc_key_str(doc, "FAIL_CODE", v->pass ? "" : sg_code_name(v->code));
	sg_doc_key_strs(doc, "FAIL_REASONS", &v->fail_reasons);
	sg_doc_key_strs(doc, "FIX_LIST", &v->fix_list);
	put_coverage(doc, v);
	sg_doc_key(doc, "OUTPUT_SUMMARY");
	sg_doc_open(doc, '{');
	sg_doc_key_strs(doc, "contract", &v->contract);
	sg_doc_key_strs(doc, "present", &v->present);
	sg_doc_key_strs(doc, "missing", &v->missing);
	sg_doc_close(doc);
	sg_doc_close(doc);
}

/* --- CHECKED --- */

static void put_gates(struct sg_doc *doc, const struct sg_verdict *v)
{
	sg_doc_key(doc, "GATES");
	sg_doc_open(doc, '{');
	sg_doc_key_str(doc, "ENGINE_COVERAGE_GATE", pass_or_fail(v->coverage_pass));
	sg_doc_key_str(doc, "OUTPUT_CONTRACT_GATE", pass_or_fail(v->contract_pass));
	sg_doc_key_str(doc, "OTHERS", pass_or_fail(v->others_pass));
	sg_doc_close(doc);
}

static void put_tallies(struct sg_doc *doc, const struct sg_verdict *v)
{
	char text[64];

	sg_doc_key(doc, "CHECKS");
	sg_doc_open(doc, '{');
	for (unsigned i = 0; i < SG_CHECK_COUNT; i++) {
		snprintf(text, sizeof(text), "%zu/%zu", v->tally[i].passed, v->tally[i].total);
		sg_doc_key_str(doc, sg_check_name((enum sg_check)i), text);
	}
	sg_doc_close(doc);
}

static void put_shadows(struct sg_doc *doc, const struct sg_shadows *shadows)
{
	sg_doc_key(doc, "SHADOWS");
	sg_doc_open(doc, '{');
	sg_doc_key(doc, "TRIED");
	sg_doc_int(doc, (int64_t)shadows->tried);
	sg_doc_key(doc, "RED");
	sg_doc_int(doc, (int64_t)shadows->red);
	sg_doc_key(doc, "OF");
	sg_doc_int(doc, (int64_t)shadows->of);
	sg_doc_close(doc);
}

static void put_unchanged(struct sg_doc *doc, const struct sg_facts *facts)
{
	sg_doc_key(doc, "UNCHANGED");
	sg_doc_open(doc, '[');
	for (size_t i = 0; i < facts->n; i++) {
		if (facts->v[i].since == 0)
			continue;
		sg_doc_open(doc, '{');
		sg_doc_key_str(doc, "output", facts->v[i].name);
		sg_doc_key(doc, "since_attempt");
		sg_doc_int(doc, facts->v[i].since);
		sg_doc_close(doc);
	}
	sg_doc_close(doc);
}

/*
 * The chain is as strong as its weakest link: what the report says of all is the least of any.
 */
static void put_levels(struct sg_doc *doc, const struct sg_facts *facts)
{
	enum sg_provenance provenance = SG_PROVENANCE_CLAIMED;
	enum sg_tier tier = SG_TIER_NONE;
	bool observed = false;

	for (size_t i = 0; i < facts->n; i++) {
		const struct sg_fact *f = &facts->v[i];
		if (i == 0 || f->provenance < provenance)
			provenance = f->provenance;
		if (f->provenance != SG_PROVENANCE_OBSERVED)
			continue;
		if (!observed || f->tier < tier)
			tier = f->tier;
		observed = true;
	}
	sg_doc_key_str(doc, "PROVENANCE", sg_provenance_name(provenance));
	sg_doc_key_str(doc, "TIER", sg_tier_name(tier));
}

static void put_facts(struct sg_doc *doc, const struct sg_facts *facts)
{
	sg_doc_key(doc, "EVIDENCE");
	sg_doc_open(doc, '[');
	for (size_t i = 0; i < facts->n; i++) {
		const struct sg_fact *f = &facts->v[i];
		sg_doc_open(doc, '{');
		sg_doc_key_str(doc, "kind", sg_json_words_fact_kind.v[f->kind]);
		sg_doc_key_str(doc, "name", f->name);
		sg_doc_key_str(doc, "provenance", sg_provenance_name(f->provenance));
		sg_doc_key_str(doc, "fresh", sg_fresh_name(f->fresh));
		sg_doc_key_str(doc, "tier", sg_tier_name(f->tier));
		sg_doc_close(doc);
	}
	sg_doc_close(doc);
}

static void put_others(struct sg_doc *doc, const struct sg_gate_results *others)
{
	sg_doc_key(doc, "OTHER_GATES");
	sg_doc_open(doc, '[');
	for (size_t i = 0; others && i < others->n; i++) {
		const struct sg_gate_result *r = &others->v[i];
		sg_doc_open(doc, '{');
		sg_doc_key_str(doc, "key", r->key);
		sg_doc_key_str(doc, "outcome", sg_json_words_outcome.v[r->outcome]);
		sg_doc_key_strs(doc, "reasons", &r->reasons);
		sg_doc_key_str(doc, "tier", sg_tier_name(r->tier));
		sg_doc_key_str(doc, "walls_missing", r->walls ? r->walls : "");
		sg_doc_close(doc);
	}
	sg_doc_close(doc);
}

static void put_checked(
	struct sg_doc *doc, const struct sg_verdict *v, const struct sg_report_context *context)
{
	static const struct sg_facts none = {NULL, 0};
	const struct sg_facts *facts = context && context->facts ? context->facts : &none;

	sg_doc_open(doc, '{');
	put_gates(doc, v);
	put_tallies(doc, v);
	put_shadows(doc, &v->shadows);
	put_levels(doc, facts);
	sg_doc_key_str(doc, "TIER_NOTE", context ? context->tier_note : "");
	put_facts(doc, facts);
	put_unchanged(doc, facts);
	put_others(doc, v->others);
	sg_doc_key_strs(doc, "NOT_CHECKED", &v->not_checked);
	sg_doc_key_str(doc, "POLICY_REPORT", context ? context->policy : "");
	sg_doc_close(doc);
}

static void put_verdict(
	struct sg_doc *doc, const struct sg_verdict *v, const struct sg_report_context *context)
{
	sg_doc_open(doc, '{');
	sg_doc_key(doc, "VAL_REPORT");
	put_template(doc, v);
	sg_doc_key(doc, "CHECKED");
	put_checked(doc, v, context);
	sg_doc_close(doc);
}

void sg_report_val(struct sg_strbuf *out, const struct sg_verdict *verdict,
	const struct sg_report_context *context)
{
	struct sg_doc doc;

	sg_doc_init_yaml(&doc, out);
	put_verdict(&doc, verdict, context);
}

void sg_json_verdict(struct sg_json *j, const struct sg_verdict *verdict,
	const struct sg_report_context *context)
{
	struct sg_doc doc;

	sg_doc_init_json(&doc, j);
	put_verdict(&doc, verdict, context);
}

/* --- what ORC leaves --- */

void sg_report_engine_ledger(struct sg_strbuf *out, const struct sg_engine_ledger *ledger)
{
	struct sg_doc doc;

	sg_doc_init_yaml(&doc, out);
	sg_doc_open(&doc, '{');
	sg_doc_key(&doc, "ENGINE_RUN_LEDGER");
	sg_doc_open(&doc, '{');
	sg_doc_key_str(&doc, "run_id", ledger->run_id);
	sg_doc_key(&doc, "entries");
	sg_doc_open(&doc, '[');
	for (size_t i = 0; i < ledger->entries.n; i++) {
		const struct sg_engine_row *row = &ledger->entries.v[i];
		const bool known = row->status < SG_ROW_STATUS_COUNT;
		sg_doc_open(&doc, '{');
		sg_doc_key_str(&doc, "eng_key", row->eng_key);
		sg_doc_key_str(&doc, "status",
			known ? sg_row_status_name(row->status) : row->status_text);
		sg_doc_key_strs(&doc, "outputs_produced", &row->outputs_produced);
		sg_doc_key_str(&doc, "notes", row->notes);
		sg_doc_close(&doc);
	}
	sg_doc_close(&doc);
	sg_doc_close(&doc);
	sg_doc_close(&doc);
}

void sg_report_eng_outputs(struct sg_strbuf *out, const struct sg_engine_output *v, size_t n)
{
	struct sg_doc doc;

	sg_doc_init_yaml(&doc, out);
	sg_doc_open(&doc, '{');
	sg_doc_key(&doc, "ENG_OUTPUTS_TOKEN");
	sg_doc_open(&doc, '{');
	sg_doc_key(&doc, "OUTPUTS");
	sg_doc_open(&doc, '[');
	for (size_t i = 0; i < n; i++) {
		sg_doc_open(&doc, '{');
		sg_doc_key_str(&doc, "output", v[i].file.name);
		sg_doc_key_str(&doc, "eng_key", v[i].eng_key);
		sg_doc_key_str(&doc, "ref", v[i].file.path);
		sg_doc_key_str(&doc, "sha256", v[i].file.sha256);
		sg_doc_key(&doc, "size");
		sg_doc_int(&doc, v[i].file.size_bytes);
		sg_doc_close(&doc);
	}
	sg_doc_close(&doc);
	sg_doc_close(&doc);
	sg_doc_close(&doc);
}

/* --- the pack --- */

static void put_file(struct sg_doc *doc, const struct sg_file *file)
{
	sg_doc_open(doc, '{');
	sg_doc_key_str(doc, "output", file->name);
	sg_doc_key_str(doc, "path", file->path);
	sg_doc_key(doc, "size");
	sg_doc_int(doc, file->size_bytes);
	sg_doc_key_str(doc, "sha256", file->sha256);
	sg_doc_close(doc);
}

static void put_files(struct sg_doc *doc, const struct sg_files *files)
{
	sg_doc_key(doc, "FILES");
	sg_doc_open(doc, '[');
	for (size_t i = 0; i < files->n; i++)
		put_file(doc, &files->v[i]);
	sg_doc_close(doc);
}

void sg_report_pack(struct sg_strbuf *out, const char *step_id, const struct sg_patch *patch,
	const struct sg_files *files)
{
	struct sg_doc doc;

	sg_doc_init_yaml(&doc, out);
	sg_doc_open(&doc, '{');
	sg_doc_key(&doc, "PACK_OUTPUT");
	sg_doc_open(&doc, '{');
	sg_doc_key_str(&doc, "STATUS", "DRAFT");
	sg_doc_key_str(&doc, "STEP_ID", step_id);
	sg_doc_key_str(&doc, "PATCHSET_ID", patch->patchset_id);
	put_files(&doc, files);
	sg_doc_close(&doc);
	sg_doc_close(&doc);
}

void sg_report_final(struct sg_strbuf *out, const char *step_id, const struct sg_files *files,
	const struct sg_file *val_report, const char *trace_head)
{
	/*
	 * The reducer names this text's hash before anything is written: there is only one of
	 * it.
	 */
	sg_final_text(out, step_id, files, val_report, trace_head);
}
