/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One look at a run: rows, proofs and freshness by name, and the three counts of every view. */
#include <string.h>

#include "ui/view_internal.h"

/* Engine keys are compared without KEY:, everything else as it is. */
static const char *name_of(enum sg_fact_kind kind, const char *name)
{
	return kind == SG_FACT_ENGINE ? sg_key_bare(name) : name;
}

static void index_run(struct sg_look *look, const struct sg_run *run)
{
	const struct sg_manifest *m = &run->manifest;
	for (size_t i = 0; i < m->roles.n; i++)
		sg_table_put(&look->rows[SG_FACT_ROLE], m->roles.v[i].role, i);
	for (size_t i = 0; i < m->engines.entries.n; i++)
		sg_table_put(&look->rows[SG_FACT_ENGINE],
			sg_key_bare(m->engines.entries.v[i].eng_key), i);
	for (size_t i = 0; i < m->outputs.n; i++)
		sg_table_put(&look->rows[SG_FACT_OUTPUT], m->outputs.v[i].output, i);
	for (size_t i = 0; i < run->proofs.n; i++) {
		const struct sg_proof *p = &run->proofs.v[i];
		sg_table_put(&look->proofs[p->kind], name_of(p->kind, p->name), i);
	}
}

static bool stands(const struct sg_look *look, enum sg_fact_kind kind, const char *name)
{
	return sg_look_fresh(look, kind, name) == SG_FRESH_FRESH;
}

static bool engine_counts(const struct sg_look *look, const char *key)
{
	const struct sg_engine_row *row = sg_look_engine(look, key);
	const struct sg_profile *profile = look->in->run->profile;
	if (!row)
		return false;
	if (row->status == SG_ROW_STATUS_SKIPPED)
		return profile && sg_keys_match(&profile->allow_skip, key);
	return row->status == SG_ROW_STATUS_RAN && stands(look, SG_FACT_ENGINE, key);
}

static void count(struct sg_look *look)
{
	const struct sg_manifest *m = &look->in->run->manifest;
	for (size_t i = 0; i < m->required_roles.n; i++) {
		const char *name = m->required_roles.v[i];
		const struct sg_role_row *row = sg_look_role(look, name);
		look->roles_n.passed += row && row->status == SG_ROW_STATUS_RAN &&
					stands(look, SG_FACT_ROLE, name);
	}
	for (size_t i = 0; i < look->engines.n; i++)
		look->engines_n.passed += engine_counts(look, look->engines.v[i]);
	for (size_t i = 0; i < m->output_contract.n; i++) {
		const char *name = m->output_contract.v[i];
		const struct sg_output_row *row = sg_look_output(look, name);
		look->contract_n.passed += row && row->present == SG_TRUTH_TRUE &&
					   stands(look, SG_FACT_OUTPUT, name);
	}
	look->roles_n.total = m->required_roles.n;
	look->engines_n.total = look->engines.n;
	look->contract_n.total = m->output_contract.n;
}

void sg_look_init(struct sg_look *look, const struct sg_view_input *in)
{
	memset(look, 0, sizeof(*look));
	look->in = in;
	look->engines = in->run->required_engines.n ? in->run->required_engines
						    : in->run->manifest.required_eng_keys;
	for (size_t i = 0; i < SG_ARRAY_SIZE(look->rows); i++) {
		sg_table_init(&look->rows[i]);
		sg_table_init(&look->proofs[i]);
		sg_table_init(&look->facts[i]);
	}
	index_run(look, in->run);
	for (size_t i = 0; in->facts && i < in->facts->n; i++) {
		const struct sg_fact *f = &in->facts->v[i];
		sg_table_put(&look->facts[f->kind], name_of(f->kind, f->name), i);
	}
	count(look);
}

void sg_look_release(struct sg_look *look)
{
	for (size_t i = 0; i < SG_ARRAY_SIZE(look->rows); i++) {
		sg_table_release(&look->rows[i]);
		sg_table_release(&look->proofs[i]);
		sg_table_release(&look->facts[i]);
	}
}

const struct sg_role_row *sg_look_role(const struct sg_look *look, const char *role)
{
	size_t i = sg_table_get(&look->rows[SG_FACT_ROLE], role);
	return i == SG_TABLE_NONE ? NULL : &look->in->run->manifest.roles.v[i];
}

const struct sg_engine_row *sg_look_engine(const struct sg_look *look, const char *eng_key)
{
	size_t i = sg_table_get(&look->rows[SG_FACT_ENGINE], sg_key_bare(eng_key));
	return i == SG_TABLE_NONE ? NULL : &look->in->run->manifest.engines.entries.v[i];
}

const struct sg_output_row *sg_look_output(const struct sg_look *look, const char *output)
{
	size_t i = sg_table_get(&look->rows[SG_FACT_OUTPUT], output);
	return i == SG_TABLE_NONE ? NULL : &look->in->run->manifest.outputs.v[i];
}

const struct sg_proof *sg_look_proof(
	const struct sg_look *look, enum sg_fact_kind kind, const char *name)
{
	size_t i = sg_table_get(&look->proofs[kind], name_of(kind, name));
	return i == SG_TABLE_NONE ? NULL : &look->in->run->proofs.v[i];
}

enum sg_fresh sg_look_fresh(
	const struct sg_look *look, enum sg_fact_kind kind, const char *name)
{
	size_t i = sg_table_get(&look->facts[kind], name_of(kind, name));
	return i == SG_TABLE_NONE ? SG_FRESH_FRESH : look->in->facts->v[i].fresh;
}
