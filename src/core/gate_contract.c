/* SPDX-License-Identifier: GPL-3.0-or-later */
/* KEY:VAL.OUTPUT_CONTRACT_GATE: D0 to D3. */
#include "core/gate_internal.h"

#include <string.h>

static const char *present_said(enum sg_truth present)
{
	switch (present) {
	case SG_TRUTH_ABSENT: return "absent";
	case SG_TRUTH_FALSE: return "false";
	case SG_TRUTH_TRUE: /* nobody asks: it is what was expected */
	case SG_TRUTH_OTHER:;
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

/* --- D3: what CONTRACT asks of an output beside being there --- */

static void demand_missed(
	struct sg_gate *g, const char *output, const char *demand, const char *found)
{
	sg_gate_fail(g, &(struct sg_finding){
				.check = SG_CHECK_D3,
				.code = SG_CODE_ENTRYPOINT_MISSING,
				.subject = output,
				.expected = {demand},
				.found = {found},
				.fix = {"Mend ", output, ": ", demand},
			});
}

/* An output whose bytes nobody could look at meets nothing. */
static const char *demand_obstacle(const struct sg_fact *fact)
{
	if (!fact || fact->provenance == SG_PROVENANCE_CLAIMED)
		return sg_provenance_name(SG_PROVENANCE_CLAIMED);
	return fact->fresh == SG_FRESH_FRESH ? NULL : sg_fresh_name(fact->fresh);
}

static void check_demand(struct sg_gate *g, const struct sg_demand *demand)
{
	const struct sg_fact *fact = sg_gate_fact(g, SG_FACT_OUTPUT, demand->name);
	const char *obstacle = demand_obstacle(fact);
	struct sg_strs items = {NULL, 0};

	if (obstacle) {
		(void)sg_demand_items(g->arena, demand, &items); /* the arena knows */
		for (size_t i = 0; i < items.n; i++)
			demand_missed(g, demand->name, items.v[i], obstacle);
		return;
	}
	for (size_t i = fact->misses.n; i < sg_demand_count(demand); i++)
		sg_gate_pass(g, SG_CHECK_D3);
	for (size_t i = 0; i < fact->misses.n; i++)
		demand_missed(g, demand->name, fact->misses.v[i].demand,
			fact->misses.v[i].found);
}

/* Sets present[i] where OUTPUT_LEDGER has the i-th demand's output; the last row stands. */
static void find_demanded(
	struct sg_gate *g, const struct sg_demands *demands, unsigned char *present)
{
	const struct sg_output_rows *rows = &g->m->outputs;
	struct sg_table wanted = SG_TABLE_INIT;

	if (sg_gate_shape(g, SG_FIELD_ID_LEDGERS_OUTPUT_LEDGER) != SG_SHAPE_PRESENT)
		return;
	for (size_t i = 0; i < demands->n; i++)
		sg_table_put(&wanted, demands->v[i].name, i);
	for (size_t i = 0; i < rows->n; i++) {
		const size_t at = sg_table_get(&wanted, rows->v[i].output);
		if (at != SG_TABLE_NONE)
			present[at] = rows->v[i].present == SG_TRUTH_TRUE;
	}
	g->failed = g->failed || wanted.failed;
	sg_table_release(&wanted);
}

/*
 * Only what is there can be looked into. What is not is D1's and D2's where the contract names
 * it; else nobody asked for it, and it is listed as not checked: it may be a typing mistake.
 */
void sg_gate_check_demands(struct sg_gate *g)
{
	const struct sg_profile *profile = g->input->profile;

	if (!profile || profile->demands.n == 0 || !g->input->facts)
		return;
	const struct sg_demands *demands = &profile->demands;
	unsigned char *present = sg_arena_alloc(g->arena, demands->n);
	g->demand_absent = sg_arena_alloc(g->arena, demands->n);
	if (!present || !g->demand_absent)
		return;
	find_demanded(g, demands, present);
	for (size_t i = 0; i < demands->n; i++) {
		if (present[i])
			check_demand(g, &demands->v[i]);
		else
			g->demand_absent[i] = !sg_strs_has(
				&g->outputs.names, demands->v[i].name);
	}
}
