/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shadows of a gate's input: each lacks one entry that is required, and has to turn red. */
#include "core/gate_shadow.h"

#include <string.h>

#include "core/gate_internal.h"

/* What is taken away, and how the sentence names it behind the entry's own name. */
#define KIND_LIST(X)                                                                      \
	X(ROLE, " of ROLE_LEDGER") X(BASELINE, " of outputs_produced of ")                  \
	X(ENGINE, " of ENGINE_RUN_LEDGER") X(EXPECTED, " of the engines' outputs_produced")  \
	X(OUTPUT, " of OUTPUT_LEDGER") X(PLAN, "") X(RESULT, " of the gates' results")       \
	X(EVIDENCE, " of the evidence") X(DEMAND, " of the contents of ")

enum kind {
#define X(id, text) KIND_##id,
	KIND_LIST(X)
#undef X
};

/* at: an index of what the kind speaks of; name: what is taken; of: whose it is. */
struct entry {
	enum kind kind;
	size_t at;
	const char *name;
	const char *of;
};

struct trial {
	const struct sg_gate_input *real;
	struct sg_gate_input shadow; /* all that may change points to the copies below */
	struct sg_manifest m;
	struct sg_role_row *roles;
	struct sg_engine_row *engines;
	struct sg_output_row *outputs;
	struct sg_fact *facts;
	struct sg_gate_result *results;
	struct sg_facts facts_list;
	struct sg_gate_results results_list;
	struct sg_arena scratch; /* of one shadow */
	struct sg_gate g;        /* of the shadow: requirements are read once */
	struct sg_strs expected;
	unsigned char *made;    /* by expected, where nothing was taken */
	unsigned char *made_of; /* the same of a shadow */
	sg_shadow_judge judge;
	void *ctx;
	/* the walk: how many entries there are, and which is the next to be tried */
	size_t seen;
	size_t wanted;
	struct sg_shadows found;
	struct entry green;
	enum sg_rc rc;
};

/* --- taking away and giving back --- */

static void name_roles(struct trial *t, const char *name, bool there)
{
	const struct sg_role_rows *rows = &t->real->manifest->roles;

	for (size_t i = 0; i < rows->n; i++)
		if (strcmp(rows->v[i].role, name) == 0)
			t->roles[i].role = there ? rows->v[i].role : "";
}

/* Where no key stands twice its row is known; else all of them are looked for. */
static void name_engines(struct trial *t, const struct entry *e, size_t row, bool there)
{
	const struct sg_engine_rows *rows = &t->real->manifest->engines.entries;
	const bool once = !t->g.engine_superseded;

	for (size_t i = once ? row : 0; i < (once ? row + 1 : rows->n); i++)
		if (sg_key_equal(rows->v[i].eng_key, e->name))
			t->engines[i].eng_key = there ? rows->v[i].eng_key : "";
}

static void name_outputs(struct trial *t, const char *name, bool there)
{
	const struct sg_output_rows *rows = &t->real->manifest->outputs;

	for (size_t i = 0; i < rows->n; i++)
		if (strcmp(rows->v[i].output, name) == 0)
			t->outputs[i].output = there ? rows->v[i].output : "";
}

static void name_results(struct trial *t, const char *key, bool there)
{
	const struct sg_gate_results *list = t->real->others;

	for (size_t i = 0; i < list->n; i++)
		if (sg_key_equal(list->v[i].key, key))
			t->results[i].key = there ? list->v[i].key : "";
}

/* The list without those that meet the item ("A|B": without both); item NULL: without any. */
static struct sg_strs list_without(
	struct trial *t, const struct sg_strs *list, const char *item)
{
	struct sg_strs_builder left;

	sg_strs_builder_init(&left, &t->scratch);
	for (size_t i = 0; item && i < list->n; i++) {
		const struct sg_strs one = {&list->v[i], 1};
		if (!sg_baseline_met(&one, item))
			sg_strs_builder_add(&left, list->v[i]);
	}
	return sg_strs_builder_list(&left);
}

static void take_expected(struct trial *t, const char *name)
{
	const struct sg_engine_rows *rows = &t->real->manifest->engines.entries;

	for (size_t i = 0; i < rows->n; i++) {
		const struct sg_strs *list = &rows->v[i].outputs_produced;
		struct sg_strs_builder left;
		if (!sg_strs_has(list, name))
			continue;
		sg_strs_builder_init(&left, &t->scratch);
		for (size_t j = 0; j < list->n; j++)
			if (strcmp(list->v[j], name) != 0)
				sg_strs_builder_add(&left, list->v[j]);
		t->engines[i].outputs_produced = sg_strs_builder_list(&left);
	}
}

static void give_expected(struct trial *t)
{
	const struct sg_engine_rows *rows = &t->real->manifest->engines.entries;

	for (size_t i = 0; i < rows->n; i++)
		t->engines[i].outputs_produced = rows->v[i].outputs_produced;
}

/* Without its evidence a name is what any other claim is. */
static void take_fact(struct trial *t, size_t at)
{
	t->facts[at].provenance = SG_PROVENANCE_CLAIMED;
}

static void take_demand(struct trial *t, const struct entry *e)
{
	struct sg_miss *miss = sg_arena_alloc(&t->scratch, sizeof(*miss));

	if (!miss)
		return;
	*miss = (struct sg_miss){e->name, "nothing"};
	t->facts[e->at].misses = (struct sg_misses){miss, 1};
}

/*
 * Here and in the other switches: what the last kind asks for stands behind them. With an arm
 * of its own there would be a way for values that are no kind, which nothing could take.
 */
static void take(struct trial *t, const struct entry *e)
{
	switch (e->kind) {
	case KIND_ROLE: name_roles(t, e->name, false); return;
	case KIND_BASELINE: {
		const size_t row = t->g.roles.row[e->at];
		t->roles[row].outputs_produced = list_without(t,
			&t->real->manifest->roles.v[row].outputs_produced,
			*e->name ? e->name : NULL);
		return;
	}
	case KIND_ENGINE: name_engines(t, e, t->g.engines.row[e->at], false); return;
	case KIND_EXPECTED: take_expected(t, e->name); return;
	case KIND_OUTPUT: name_outputs(t, e->name, false); return;
	case KIND_PLAN: t->shadow.plan = NULL; return;
	case KIND_RESULT: name_results(t, e->name, false); return;
	case KIND_EVIDENCE: take_fact(t, e->at); return;
	case KIND_DEMAND:;
	}
	take_demand(t, e);
}

/* Rows that were found for other names are as they were: only this one's is put back. */
static void give(struct trial *t, const struct entry *e, size_t row)
{
	switch (e->kind) {
	case KIND_ROLE:
		name_roles(t, e->name, true);
		t->g.roles.row[e->at] = row;
		return;
	case KIND_BASELINE:
		t->roles[row].outputs_produced =
			t->real->manifest->roles.v[row].outputs_produced;
		return;
	case KIND_ENGINE:
		name_engines(t, e, row, true);
		t->g.engines.row[e->at] = row;
		return;
	case KIND_EXPECTED: give_expected(t); return;
	case KIND_OUTPUT:
		name_outputs(t, e->name, true);
		t->g.outputs.row[e->at] = row;
		return;
	case KIND_PLAN: t->shadow.plan = t->real->plan; return;
	case KIND_RESULT: name_results(t, e->name, true); return;
	case KIND_EVIDENCE:
	case KIND_DEMAND:;
	}
	t->facts[e->at] = t->real->facts->v[e->at];
}

/* --- asking the gates --- */

static bool is_red(const struct sg_gate *g)
{
	for (size_t i = 0; i < SG_CHECK_COUNT; i++)
		if (g->findings[i].n > 0)
			return true;
	return false;
}

static void forget(struct sg_gate *g)
{
	for (size_t i = 0; i < SG_CHECK_COUNT; i++)
		g->findings[i].n = 0;
	memset(g->tally, 0, sizeof(g->tally));
	g->demand_absent = NULL;
}

/* The checks that look at what was taken. */
static bool part_is_red(struct trial *t, enum kind kind)
{
	struct sg_gate *g = &t->g;
	struct sg_strs not_checked;

	forget(g);
	switch (kind) {
	case KIND_ROLE: sg_gate_find_role_rows(g); __attribute__((fallthrough));
	case KIND_BASELINE: sg_gate_check_roles(g); break;
	case KIND_ENGINE:
		sg_gate_find_engine_rows(g);
		sg_gate_check_engines(g);
		break;
	case KIND_EXPECTED:
		memset(t->made_of, 0, t->expected.n);
		sg_gate_check_expected(g, &t->expected, t->made_of);
		break;
	case KIND_OUTPUT:
		sg_gate_find_output_rows(g);
		sg_gate_check_contract(g);
		break;
	case KIND_RESULT: sg_gate_check_others(g, &not_checked); break;
	case KIND_EVIDENCE: sg_gate_check_evidence(g, &t->expected, t->made); break;
	case KIND_DEMAND: sg_gate_check_demands(g); break;
	case KIND_PLAN:; /* the requirements themselves are others: all is asked */
	}
	return is_red(g);
}

static bool all_is_red(struct trial *t)
{
	struct sg_verdict v = {.pass = true};
	bool pass = false;

	if (t->judge) {
		t->rc = t->judge(t->ctx, &t->scratch, &t->shadow, &pass);
		return !pass;
	}
	t->rc = sg_verdict_judge(&t->scratch, &t->shadow, &v);
	return !v.pass;
}

static size_t row_of(const struct trial *t, const struct entry *e)
{
	switch (e->kind) {
	case KIND_ROLE:
	case KIND_BASELINE: return t->g.roles.row[e->at];
	case KIND_ENGINE: return t->g.engines.row[e->at];
	case KIND_OUTPUT: return t->g.outputs.row[e->at];
	case KIND_EXPECTED:
	case KIND_PLAN:
	case KIND_RESULT:
	case KIND_EVIDENCE:
	case KIND_DEMAND:;
	}
	return 0;
}

static void try_entry(struct trial *t, const struct entry *e)
{
	const size_t row = row_of(t, e);

	take(t, e);
	const bool red = (!t->judge && part_is_red(t, e->kind)) || all_is_red(t);
	give(t, e, row);
	t->found.tried++;
	t->found.red += red;
	if (!red && t->found.tried - t->found.red == 1)
		t->green = *e;
	if (sg_gate_failed(&t->g)) /* or its arena, which is scratch */
		t->rc = SG_NOMEM;
	sg_arena_release(&t->scratch);
}

/* --- the entries --- */

/* An entry: first counted (found.of is 0 then), the second time tried where it is chosen. */
static void entry(struct trial *t, const struct entry *e)
{
	const bool counting = t->found.of == 0;
	const size_t i = t->seen++;

	if (counting || t->rc < 0 || t->found.tried == t->wanted ||
		i < (size_t)((unsigned long long)t->found.tried * t->found.of / t->wanted))
		return;
	try_entry(t, e);
}

static void walk_evidence(struct trial *t, enum sg_fact_kind kind, const char *name)
{
	const struct sg_fact *fact = sg_gate_fact(&t->g, kind, name);

	if (fact)
		entry(t, &(struct entry){
				 KIND_EVIDENCE, (size_t)(fact - t->facts), name, ""});
}

static void walk_roles(struct trial *t)
{
	for (size_t i = 0; i < t->g.roles.names.n; i++) {
		const char *role = t->g.roles.names.v[i];
		struct sg_arena own = SG_ARENA_INIT;
		struct sg_strs items = {NULL, 0};
		if (strcmp(role, SG_ROLE_VAL) == 0)
			continue;
		entry(t, &(struct entry){KIND_ROLE, i, role, ""});
		if (sg_role_baseline(&own, role, t->real->profile, &items) != SG_OK)
			t->rc = SG_NOMEM;
		for (size_t j = 0; j < items.n; j++)
			entry(t, &(struct entry){KIND_BASELINE, i, items.v[j], role});
		if (items.n == 0)
			entry(t, &(struct entry){KIND_BASELINE, i, "", role});
		sg_arena_release(&own);
		walk_evidence(t, SG_FACT_ROLE, role);
	}
}

static void walk_engines(struct trial *t)
{
	for (size_t i = 0; i < t->g.engines.names.n; i++) {
		const char *key = t->g.engines.names.v[i];
		if (!sg_gate_engine_ran(&t->g, i))
			continue; /* skipped with leave */
		entry(t, &(struct entry){KIND_ENGINE, i, key, ""});
		walk_evidence(t, SG_FACT_ENGINE, key);
	}
	for (size_t i = 0; i < t->expected.n; i++)
		entry(t, &(struct entry){KIND_EXPECTED, i, t->expected.v[i], ""});
}

static void walk_outputs(struct trial *t)
{
	for (size_t i = 0; i < t->g.outputs.names.n; i++) {
		const char *output = t->g.outputs.names.v[i];
		if (strcmp(output, SG_OUTPUT_VAL_REPORT) == 0)
			continue;
		entry(t, &(struct entry){KIND_OUTPUT, i, output, ""});
		walk_evidence(t, SG_FACT_OUTPUT, output);
	}
}

/* Of what is not there, and of what nobody looked into, nothing can be taken. */
static void walk_demands(struct trial *t)
{
	const struct sg_profile *profile = t->real->profile;
	const struct sg_manifest *m = t->real->manifest;

	for (size_t i = 0; profile && t->real->facts && i < profile->demands.n; i++) {
		const struct sg_demand *d = &profile->demands.v[i];
		const struct sg_fact *fact = sg_gate_fact(&t->g, SG_FACT_OUTPUT, d->name);
		const struct sg_output_row *row = sg_manifest_output(m, d->name);
		if (!fact || !row || row->present != SG_TRUTH_TRUE || !sg_demand_count(d))
			continue;
		entry(t, &(struct entry){
				 KIND_DEMAND, (size_t)(fact - t->facts), "all", d->name});
	}
}

static void walk_results(struct trial *t)
{
	const struct sg_strs *keys = &t->real->manifest->required_val_keys;
	const struct sg_gate_results *others = t->real->others;

	if (sg_gate_shape(&t->g, SG_FIELD_ID_ROUTING_REQUIRED_VAL_KEYS) != SG_SHAPE_PRESENT)
		return;
	for (size_t i = 0; others && i < others->n; i++) {
		const struct sg_gate_result *r = &others->v[i];
		bool asked = false;
		for (size_t j = 0; j < keys->n && !asked; j++)
			asked = sg_key_equal(keys->v[j], r->key);
		if (asked && r->outcome == SG_GATE_PASS &&
			!sg_key_equal(r->key, SG_VAL_COVERAGE_KEY) &&
			!sg_key_equal(r->key, SG_VAL_CONTRACT_KEY))
			entry(t, &(struct entry){KIND_RESULT, i, r->key, ""});
	}
}

static void walk(struct trial *t)
{
	t->seen = 0;
	walk_roles(t);
	walk_engines(t);
	walk_outputs(t);
	entry(t, &(struct entry){KIND_PLAN, 0, "ENGINE_PLAN_TOKEN", ""});
	walk_results(t);
	walk_demands(t);
}

/* --- the whole --- */

static void *copy_of(struct sg_arena *arena, const void *v, size_t n, size_t size_bytes)
{
	void *copy = sg_arena_array(arena, n + 1, size_bytes);

	if (copy && n > 0)
		memcpy(copy, v, n * size_bytes);
	return copy;
}

static void copy_input(struct trial *t, struct sg_arena *arena)
{
	const struct sg_manifest *m = t->real->manifest;
	const struct sg_engine_rows *engines = &m->engines.entries;
	const struct sg_facts *facts = t->real->facts;
	const struct sg_gate_results *others = t->real->others;

	t->m = *m;
	t->shadow = *t->real;
	t->shadow.manifest = &t->m;
	t->roles = copy_of(arena, m->roles.v, m->roles.n, sizeof(*t->roles));
	t->engines = copy_of(arena, engines->v, engines->n, sizeof(*t->engines));
	t->outputs = copy_of(arena, m->outputs.v, m->outputs.n, sizeof(*t->outputs));
	t->m.roles.v = t->roles;
	t->m.engines.entries.v = t->engines;
	t->m.outputs.v = t->outputs;
	if (facts) {
		t->facts = copy_of(arena, facts->v, facts->n, sizeof(*t->facts));
		t->facts_list = (struct sg_facts){t->facts, facts->n};
		t->shadow.facts = &t->facts_list;
	}
	if (others) {
		t->results = copy_of(arena, others->v, others->n, sizeof(*t->results));
		t->results_list = (struct sg_gate_results){t->results, others->n};
		t->shadow.others = &t->results_list;
	}
}

static size_t how_many(const struct trial *t)
{
	const struct sg_manifest *m = t->real->manifest;
	const size_t rows = 1 + m->roles.n + m->engines.entries.n + m->outputs.n +
			    (t->real->facts ? t->real->facts->n : 0);
	const size_t affordable = SG_SHADOWS_WORK / rows;
	size_t n = t->found.of < SG_SHADOWS_MOST ? t->found.of : SG_SHADOWS_MOST;

	if (n > affordable)
		n = affordable > SG_SHADOWS_LEAST ? affordable : SG_SHADOWS_LEAST;
	return n < t->found.of ? n : t->found.of;
}

/* The requirements, and what was made of expected_outputs where nothing is taken. */
static void begin(struct trial *t, struct sg_arena *arena)
{
	const struct sg_plan *plan = t->real->plan;

	copy_input(t, arena);
	sg_gate_begin(&t->g, arena, &t->shadow);
	if (sg_arena_failed(arena))
		return;
	sg_gate_find_rows(&t->g);
	if (plan && plan->has_expected &&
		!sg_names_once(arena, &plan->expected_outputs, NULL, false, &t->expected))
		t->rc = SG_NOMEM;
	t->made = sg_arena_alloc(arena, t->expected.n + 1);
	t->made_of = sg_arena_alloc(arena, t->expected.n + 1);
	if (t->made && t->made_of)
		sg_gate_check_expected(&t->g, &t->expected, t->made);
	t->g.arena = &t->scratch;
}

static const char *green_said(struct trial *t, struct sg_arena *arena)
{
	static const char *const where[] = {
#define X(id, text) text,
		KIND_LIST(X)
#undef X
	};
	const char *text = sg_arena_printf(arena, "%s%s%s",
		*t->green.name ? t->green.name : "any", where[t->green.kind], t->green.of);

	return text ? text : "";
}

enum sg_rc sg_gate_shadows(struct sg_arena *arena, const struct sg_gate_input *input,
	sg_shadow_judge judge, void *ctx, struct sg_shadows *ret)
{
	struct sg_arena own = SG_ARENA_INIT;
	struct trial t = {.real = input, .judge = judge, .ctx = ctx, .rc = SG_OK};

	sg_arena_init(&t.scratch);
	begin(&t, &own);
	if (t.rc == SG_OK && !sg_arena_failed(&own)) {
		walk(&t);
		t.found.of = t.seen;
		t.wanted = how_many(&t);
		walk(&t);
	}
	t.found.green = t.found.red < t.found.tried ? green_said(&t, arena) : "";
	/* a gate that failed has told its entry so, and there is always one: the plan */
	const bool failed = t.rc < 0 || sg_arena_failed(&own) || sg_arena_failed(arena);
	sg_gate_end(&t.g);
	sg_arena_release(&t.scratch);
	sg_arena_release(&own);
	if (failed)
		return SG_NOMEM;
	*ret = t.found;
	return SG_OK;
}
