/* SPDX-License-Identifier: GPL-3.0-or-later */
/* KEY:VAL.OUTPUT_CONTRACT_GATE: D0 to D2. */
#include "core/gate_internal.h"

static const char *present_said(enum sg_truth present)
{
	switch (present) {
	case SG_TRUTH_ABSENT: return "absent";
	case SG_TRUTH_FALSE: return "false";
	case SG_TRUTH_TRUE: return "true";
	case SG_TRUTH_OTHER: break;
	}
	return "not a plain true";
}

static void check_output(struct sg_gate *g, size_t i)
{
	const char *output = g->outputs.names.v[i];
	const struct sg_output_row *row = sg_gate_output_row(g, i);

	if (sg_gate_output_present(g, i)) {
		sg_gate_pass(g, SG_CHECK_D1);
		sg_gate_pass(g, SG_CHECK_D2);
		return;
	}
	if (!row) {
		sg_gate_fail(g, &(struct sg_finding){
					.check = SG_CHECK_D1,
					.code = SG_CODE_ENTRYPOINT_MISSING,
					.subject = output,
					.expected = {"a row in OUTPUT_LEDGER"},
					.found = {"no row"},
					.fix = {"Update OUTPUT_LEDGER to include: ", output},
				});
		return;
	}
	sg_gate_pass(g, SG_CHECK_D1);
	sg_gate_fail(g, &(struct sg_finding){
				.check = SG_CHECK_D2,
				.code = SG_CODE_ENTRYPOINT_MISSING,
				.subject = output,
				.expected = {"present: true"},
				.found = {present_said(row->present)},
				.fix = {"Add missing contract output: ", output},
			});
}

void sg_gate_check_contract(struct sg_gate *g)
{
	sg_gate_list_and_ledger(g, SG_CHECK_D0, SG_FIELD_ID_ROUTING_OUTPUT_CONTRACT,
		&g->m->output_contract, SG_FIELD_ID_LEDGERS_OUTPUT_LEDGER);
	for (size_t i = 0; i < g->outputs.names.n; i++)
		check_output(g, i);
}
