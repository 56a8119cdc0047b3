/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The YAML files that stepgate itself puts out: VAL_REPORT, ENGINE_RUN_LEDGER, ENG_OUTPUTS_TOKEN,
 * PACK_OUTPUT.yaml, FINAL.yaml, and the CHANGELOG.md entry. Values -> text appended to out; the same value gives the
 * same bytes (no time but what the value holds). Scalars as in the manifest's canonical form.
 */
#ifndef STEPGATE_FORMAT_REPORT_H
#define STEPGATE_FORMAT_REPORT_H

#include "base/strbuf.h"
#include "stepgate/event.h"

/*
 * VAL_REPORT: exactly the template's fields, then the mapping CHECKED: evidence levels (of facts, may be NULL), tiers,
 * other gates, n of m for every check, not_checked. tier: the lowest of the run; claimed: judged by the ledgers alone.
 */
struct sg_report_context {
	const struct sg_facts *facts; /* NULL: no evidence (`check`) */
	const char *tier_note;        /* "" or the sentence that tier none obliges to repeat */
	const char *policy;           /* POLICY_REPORT's lines, "" */
};
void sg_report_val(struct sg_strbuf *out, const struct sg_verdict *verdict, const struct sg_report_context *context);

/* ENGINE_RUN_LEDGER: {run_id, entries}, as in the manifest, at the top of a file of its own. */
void sg_report_engine_ledger(struct sg_strbuf *out, const struct sg_engine_ledger *ledger);

/* ENG_OUTPUTS_TOKEN: {OUTPUTS: [{output, eng_key, ref, sha256, size}]} */
struct sg_engine_output {
	const char *eng_key;
	struct sg_file file;
};
void sg_report_eng_outputs(struct sg_strbuf *out, const struct sg_engine_output *v, size_t n);

/* PACK_OUTPUT: {STATUS: "DRAFT", STEP_ID, PATCHSET_ID, FILES: [{output, path, size, sha256}]} */
void sg_report_pack(struct sg_strbuf *out, const char *step_id, const struct sg_patch *patch,
		    const struct sg_files *files);

/* FINAL: the pack's list, VAL_REPORT and the trace head (`prev` of the verdict). */
void sg_report_final(struct sg_strbuf *out, const char *step_id, const struct sg_files *files,
		     const struct sg_file *val_report, const char *trace_head);

#endif
