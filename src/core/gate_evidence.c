/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Check E1: what counted in A to D also has evidence that counts.
 *
 * Rows that ran are asked first, roles and then engines, then outputs: of the roles'
 * baselines, of expected_outputs, of the contract. An output is asked once. Where any of
 * several outputs would do ("A|B", a role without a baseline), one with good evidence is
 * enough. A row that is skipped with leave is not asked: there is nothing that ran.
 */
#include "core/gate_internal.h"

#include <string.h>

struct evidence {
	struct sg_gate *g;
	struct sg_table asked; /* outputs that were judged */
	enum sg_tier tier;     /* what the profile asks for */
	bool manual_counts;
};

const char *sg_gate_tier_said(enum sg_tier tier)
{
	static const char *const said[SG_TIER_COUNT] = {
		[SG_TIER_NONE] = "tier none",
		[SG_TIER_PARTIAL] = "tier partial",
		[SG_TIER_FULL] = "tier full",
	};

	return (unsigned)tier < SG_TIER_COUNT ? said[tier] : "";
}

static void find_facts(struct sg_gate *g)
{
	const struct sg_facts *facts = g->input->facts;

	for (size_t i = 0; i < facts->n; i++) {
		const struct sg_fact *f = &facts->v[i];
		const char *name = f->kind == SG_FACT_ENGINE ? sg_key_bare(f->name) : f->name;
		sg_table_put(&g->facts[f->kind], name, i);
	}
	for (size_t i = 0; i < SG_ARRAY_SIZE(g->facts); i++)
		g->failed = g->failed || g->facts[i].failed;
	g->facts_found = true;
}

const struct sg_fact *sg_gate_fact(
	struct sg_gate *g, enum sg_fact_kind kind, const char *name)
{
	const char *key = kind == SG_FACT_ENGINE ? sg_key_bare(name) : name;

	if (!g->input->facts)
		return NULL;
	if (!g->facts_found)
		find_facts(g);
	const size_t at = sg_table_get(&g->facts[kind], key);
	return at == SG_TABLE_NONE ? NULL : &g->input->facts->v[at];
}

static void evidence_begin(struct evidence *e, struct sg_gate *g)
{
	const struct sg_profile *profile = g->input->profile;

	/* without a profile nothing has said that less than a full guard is enough */
	*e = (struct evidence){.g = g,
		.tier = profile ? profile->sandbox : SG_TIER_FULL,
		.manual_counts = profile && profile->evidence == SG_EVIDENCE_MODE_MANUAL};
}

static void evidence_end(struct evidence *e)
{
	e->g->failed = e->g->failed || e->asked.failed;
	sg_table_release(&e->asked);
}

/* What is wrong with the evidence of a name, and what was expected instead; NULL: it counts. */
static const char *fault_of(const struct evidence *e, enum sg_fact_kind kind, const char *name,
	const char **ret_expected)
{
	const struct sg_fact *f = sg_gate_fact(e->g, kind, name);
	const enum sg_provenance provenance = f ? f->provenance : SG_PROVENANCE_CLAIMED;

	*ret_expected = e->manual_counts ? "OBSERVED or MANUAL" : "OBSERVED";
	if (!f || (provenance != SG_PROVENANCE_OBSERVED &&
			  !(provenance == SG_PROVENANCE_MANUAL && e->manual_counts)))
		return sg_provenance_name(provenance);
	*ret_expected = sg_fresh_name(SG_FRESH_FRESH);
	if (f->fresh != SG_FRESH_FRESH)
		return sg_fresh_name(f->fresh);
	*ret_expected = sg_gate_tier_said(e->tier);
	/*
	 * no command ran that a wall could have held: a person vouches, and the record says so
	 */
	if (provenance == SG_PROVENANCE_MANUAL)
		return NULL;
	return f->tier < e->tier ? sg_gate_tier_said(f->tier) : NULL;
}

static void ask(struct evidence *e, enum sg_fact_kind kind, const char *name)
{
	const char *expected = NULL;
	const char *fault = fault_of(e, kind, name, &expected);

	if (!fault) {
		sg_gate_pass(e->g, SG_CHECK_E1);
		return;
	}
	sg_gate_fail(e->g, &(struct sg_finding){
				   .check = SG_CHECK_E1,
				   .code = SG_CODE_MARKER_NOT_CONFIRMED,
				   .subject = name,
				   .expected = {expected},
				   .found = {fault},
				   .fix = {"Run ", name, " again: its evidence is ", fault},
			   });
}

static void ask_output(struct evidence *e, const char *name)
{
	if (sg_gate_is_val_report(e->g, name))
		return;
	if (sg_table_put(&e->asked, name, 0) == SG_TABLE_NONE)
		ask(e, SG_FACT_OUTPUT, name);
}

static bool output_counts(const struct evidence *e, const char *name)
{
	const char *expected = NULL;

	return sg_gate_is_val_report(e->g, name) ||
	       !fault_of(e, SG_FACT_OUTPUT, name, &expected);
}

/* The output of that name among the role's, or NULL. */
static const char *made_output(const struct sg_strs *outputs, const char *name, size_t n_bytes)
{
	for (size_t i = 0; i < outputs->n; i++) {
		if (strncmp(outputs->v[i], name, n_bytes) == 0 &&
			outputs->v[i][n_bytes] == '\0')
			return outputs->v[i];
	}
	return NULL;
}

/* Of the alternatives that were made the first with good evidence, else the first. */
static void ask_baseline(struct evidence *e, const struct sg_strs *outputs, const char *item)
{
	const char *chosen = NULL;

	for (;;) {
		const char *end = strchrnul(item, '|');
		const char *made = made_output(outputs, item, (size_t)(end - item));
		if (made && output_counts(e, made)) {
			ask_output(e, made);
			return;
		}
		if (!chosen)
			chosen = made;
		if (*end == '\0')
			break;
		item = end + 1;
	}
	if (chosen)
		ask_output(e, chosen);
}

static void ask_any_output(struct evidence *e, const struct sg_strs *outputs)
{
	const char *chosen = NULL;

	for (size_t i = 0; i < outputs->n; i++) {
		if (outputs->v[i][0] == '\0')
			continue;
		if (output_counts(e, outputs->v[i])) {
			ask_output(e, outputs->v[i]);
			return;
		}
		if (!chosen)
			chosen = outputs->v[i];
	}
	if (chosen)
		ask_output(e, chosen);
}

static void ask_role_outputs(struct evidence *e, size_t i)
{
	struct sg_gate *g = e->g;
	const struct sg_strs outputs = sg_gate_role_outputs(g, i);
	struct sg_strs items;

	if (sg_role_baseline(g->arena, g->roles.names.v[i], g->input->profile, &items) !=
		SG_OK) {
		g->failed = true;
		return;
	}
	for (size_t j = 0; j < items.n; j++)
		ask_baseline(e, &outputs, items.v[j]);
	if (items.n == 0)
		ask_any_output(e, &outputs);
}

static void ask_rows(struct evidence *e)
{
	const struct sg_gate *g = e->g;

	for (size_t i = 0; i < g->roles.names.n; i++) {
		if (sg_gate_role_ran(g, i) && !sg_gate_is_val(g, g->roles.names.v[i]))
			ask(e, SG_FACT_ROLE, g->roles.names.v[i]);
	}
	for (size_t i = 0; i < g->engines.names.n; i++) {
		if (sg_gate_engine_ran(g, i))
			ask(e, SG_FACT_ENGINE, g->engines.names.v[i]);
	}
}

void sg_gate_check_evidence(
	struct sg_gate *g, const struct sg_strs *expected, const unsigned char *made)
{
	struct evidence e;

	if (!g->input->facts)
		return;
	evidence_begin(&e, g);
	ask_rows(&e);
	for (size_t i = 0; i < g->roles.names.n; i++) {
		if (sg_gate_role_ran(g, i))
			ask_role_outputs(&e, i);
	}
	for (size_t i = 0; i < expected->n; i++) {
		if (made[i])
			ask_output(&e, expected->v[i]);
	}
	for (size_t i = 0; i < g->outputs.names.n; i++) {
		if (sg_gate_output_present(g, i))
			ask_output(&e, g->outputs.names.v[i]);
	}
	evidence_end(&e);
}
