/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The YAML files that stepgate itself puts out: VAL_REPORT, ENGINE_RUN_LEDGER,
 * ENG_OUTPUTS_TOKEN, PACK_OUTPUT.yaml, FINAL.yaml. Values -> text appended to out; the same
 * value gives the same bytes (no time but what the value holds). The canonical form of the
 * manifest: block style, two-space indent, double-quoted texts, a blank line between the
 * members of the top mapping. Nothing fails but memory: out's sticky flag.
 */
#ifndef STEPGATE_FORMAT_REPORT_H
#define STEPGATE_FORMAT_REPORT_H

#include "base/strbuf.h"
#include "stepgate/event.h"

/*
 * VAL_REPORT: exactly the template's fields, then the mapping CHECKED beside it:
 *	GATES         PASS or FAIL of ENGINE_COVERAGE_GATE, OUTPUT_CONTRACT_GATE and OTHERS
 *	CHECKS        "n/m" for every check, A0 to S1: of m subjects looked at n passed
 *	SHADOWS       {TRIED, RED, OF}: the trial of the gates (struct sg_shadows); 0 of a FAIL
 *	PROVENANCE    "CLAIMED" without facts, else the lowest of them (SPEC 5.3)
 *	TIER          the lowest tier among the facts that stepgate observed; "none" without any
 *	TIER_NOTE     the sentence that tier none obliges to repeat, ""
 *	EVIDENCE      a row {kind, name, provenance, fresh, tier} for each fact
 *	UNCHANGED     {output, since_attempt} of each output that is an earlier attempt's
 *	OTHER_GATES   a row {key, outcome, reasons} for each gate bound to a command
 *	NOT_CHECKED   what nobody looked at
 *	POLICY_REPORT its lines, ""
 * sg_json_verdict (json.h) writes the same as JSON.
 */
struct sg_report_context {
	const struct sg_facts *facts; /* NULL: no evidence (`check`) */
	const char *tier_note;        /* "" or the sentence that tier none obliges to repeat */
	const char *policy;           /* POLICY_REPORT's lines, "" */
};
void sg_report_val(struct sg_strbuf *out, const struct sg_verdict *verdict,
	const struct sg_report_context *context);

/* ENGINE_RUN_LEDGER: {run_id, entries}, as in the manifest, at the top of a file of its own. */
void sg_report_engine_ledger(struct sg_strbuf *out, const struct sg_engine_ledger *ledger);

/* ENG_OUTPUTS_TOKEN: {OUTPUTS: [{output, eng_key, ref, sha256, size}]} */
struct sg_engine_output {
	const char *eng_key;
	struct sg_file file;
};
void sg_report_eng_outputs(struct sg_strbuf *out, const struct sg_engine_output *v, size_t n);

/*
 * PACK_OUTPUT: {STATUS: "DRAFT", STEP_ID, PATCHSET_ID, FILES: [{output, path, size, sha256}]}
 */
void sg_report_pack(struct sg_strbuf *out, const char *step_id, const struct sg_patch *patch,
	const struct sg_files *files);

/* FINAL: the pack's list, VAL_REPORT and the trace head (`prev` of the verdict). */
void sg_report_final(struct sg_strbuf *out, const char *step_id, const struct sg_files *files,
	const struct sg_file *val_report, const char *trace_head);

#endif
