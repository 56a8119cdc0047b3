/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The shadows of an input, a second time: each is a new input from which one entry is really
 * gone, and the oracle judges all of it.
 */
#include "gate_oracle_lists.h"

/* An input of its own, in arrays of its own, to be cut down. */
struct shadow {
	struct sg_gate_input in;
	struct sg_manifest m;
	struct sg_role_row roles[MAX];
	struct sg_engine_row engines[MAX];
	struct sg_output_row outputs[MAX];
	struct sg_facts facts;
	struct sg_fact fact[MAX];
	struct sg_gate_results others;
	struct sg_gate_result result[MAX];
	const char *left[MAX][MAX]; /* outputs_produced, a list a row */
};

struct count {
	struct shadow *s;
	int tried, red;
};

static void fresh(struct shadow *s, const struct sg_gate_input *in)
{
	const struct sg_manifest *m = in->manifest;

	s->in = *in;
	s->m = *m;
	s->in.manifest = &s->m;
	memcpy(s->roles, m->roles.v, m->roles.n * sizeof(*s->roles));
	memcpy(s->engines, m->engines.entries.v, m->engines.entries.n * sizeof(*s->engines));
	memcpy(s->outputs, m->outputs.v, m->outputs.n * sizeof(*s->outputs));
	s->m.roles.v = s->roles;
	s->m.engines.entries.v = s->engines;
	s->m.outputs.v = s->outputs;
	if (in->facts) {
		memcpy(s->fact, in->facts->v, in->facts->n * sizeof(*s->fact));
		s->facts = (struct sg_facts){s->fact, in->facts->n};
		s->in.facts = &s->facts;
	}
	if (in->others) {
		memcpy(s->result, in->others->v, in->others->n * sizeof(*s->result));
		s->others = (struct sg_gate_results){s->result, in->others->n};
		s->in.others = &s->others;
	}
}

static void judge(struct count *c)
{
	char *text = gate_oracle_judge(&c->s->in);

	c->tried++;
	c->red += !strncmp(text, "FAIL", 4);
	free(text);
}

/* --- the cuts --- */

static void without_role(struct shadow *s, const char *role)
{
	size_t n = 0;

	for (size_t i = 0; i < s->m.roles.n; i++)
		if (strcmp(s->roles[i].role, role))
			s->roles[n++] = s->roles[i];
	s->m.roles.n = n;
}

static void without_engine(struct shadow *s, const char *key)
{
	size_t n = 0;

	for (size_t i = 0; i < s->m.engines.entries.n; i++)
		if (!same(s->engines[i].eng_key, key))
			s->engines[n++] = s->engines[i];
	s->m.engines.entries.n = n;
}

static void without_output(struct shadow *s, const char *output)
{
	size_t n = 0;

	for (size_t i = 0; i < s->m.outputs.n; i++)
		if (strcmp(s->outputs[i].output, output))
			s->outputs[n++] = s->outputs[i];
	s->m.outputs.n = n;
}

static void without_fact(struct shadow *s, enum sg_fact_kind kind, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < s->facts.n; i++)
		if (s->fact[i].kind != kind || (kind == SG_FACT_ENGINE
							? !same(s->fact[i].name, name)
							: strcmp(s->fact[i].name, name) != 0))
			s->fact[n++] = s->fact[i];
	s->facts.n = n;
}

/* Is it one of the names in "A|B"? item NULL: any is. */
static bool meets(const char *item, const char *name)
{
	char *copy = say("%s", item ? item : "");
	char *rest = copy;
	bool met = !item;

	for (char *one = strsep(&rest, "|"); one; one = strsep(&rest, "|"))
		met = met || !strcmp(one, name);
	free(copy);
	return met;
}

static void shorten(struct shadow *s, size_t row, struct sg_strs *list, const char *item)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		if (!meets(item, list->v[i]))
			s->left[row][n++] = list->v[i];
	*list = (struct sg_strs){s->left[row], n};
}

static bool fact_there(const struct oracle *o, enum sg_fact_kind kind, const char *name)
{
	for (size_t i = 0; o->in->facts && i < o->in->facts->n; i++) {
		const struct sg_fact *f = &o->in->facts->v[i];
		if (f->kind == kind && (kind == SG_FACT_ENGINE ? same(f->name, name)
							       : !strcmp(f->name, name)))
			return true;
	}
	return false;
}

static void try_fact(
	struct count *c, const struct oracle *o, enum sg_fact_kind kind, const char *name)
{
	if (!fact_there(o, kind, name))
		return;
	fresh(c->s, o->in);
	without_fact(c->s, kind, name);
	judge(c);
}

/* --- the entries --- */

static void try_baseline(
	struct count *c, const struct oracle *o, const char *role, const char *item)
{
	const size_t row = (size_t)(role_row(o, role) - o->m->roles.v);

	fresh(c->s, o->in);
	shorten(c->s, row, &c->s->roles[row].outputs_produced, item);
	judge(c);
}

static void try_roles(struct count *c, const struct oracle *o)
{
	for (int i = 0; i < o->roles.n; i++) {
		struct bag items = {.n = 0};
		if (!strcmp(o->roles.v[i], "VAL"))
			continue;
		fresh(c->s, o->in);
		without_role(c->s, o->roles.v[i]);
		judge(c);
		oracle_baseline(o, o->roles.v[i], &items);
		for (int j = 0; j < items.n; j++)
			try_baseline(c, o, o->roles.v[i], items.v[j]);
		if (!items.n)
			try_baseline(c, o, o->roles.v[i], NULL);
		empty(&items);
		try_fact(c, o, SG_FACT_ROLE, o->roles.v[i]);
	}
}

static void try_engines(struct count *c, const struct oracle *o)
{
	const struct sg_plan *plan = o->in->plan;
	struct bag expected = {.n = 0};

	for (int i = 0; i < o->engines.n; i++) {
		const struct sg_engine_row *row = engine_row(o, o->engines.v[i]);
		if (!row || row->status == SG_ROW_STATUS_SKIPPED)
			continue;
		fresh(c->s, o->in);
		without_engine(c->s, o->engines.v[i]);
		judge(c);
		try_fact(c, o, SG_FACT_ENGINE, o->engines.v[i]);
	}
	if (plan->has_expected)
		require(&expected, &plan->expected_outputs, false);
	for (int i = 0; i < expected.n; i++) {
		fresh(c->s, o->in);
		for (size_t j = 0; j < c->s->m.engines.entries.n; j++) {
			/* expected_outputs has names, not alternatives */
			struct sg_strs *list = &c->s->engines[j].outputs_produced;
			size_t n = 0;
			for (size_t k = 0; k < list->n; k++)
				if (strcmp(list->v[k], expected.v[i]))
					c->s->left[j][n++] = list->v[k];
			*list = (struct sg_strs){c->s->left[j], n};
		}
		judge(c);
	}
	empty(&expected);
}

static void try_outputs(struct count *c, const struct oracle *o)
{
	for (int i = 0; i < o->contract.n; i++) {
		if (!strcmp(o->contract.v[i], "VAL_REPORT"))
			continue;
		fresh(c->s, o->in);
		without_output(c->s, o->contract.v[i]);
		judge(c);
		try_fact(c, o, SG_FACT_OUTPUT, o->contract.v[i]);
	}
}

static void try_plan_and_results(struct count *c, const struct oracle *o)
{
	fresh(c->s, o->in);
	c->s->in.plan = NULL;
	judge(c);
	for (size_t i = 0; o->in->others && i < o->in->others->n; i++) {
		const struct sg_gate_result *r = &o->in->others->v[i];
		bool asked = false;
		size_t n = 0;
		for (size_t j = 0; j < o->m->required_val_keys.n &&
				!shape(o, SG_FIELD_ID_ROUTING_REQUIRED_VAL_KEYS);
			j++)
			asked = asked || same(o->m->required_val_keys.v[j], r->key);
		if (!asked || r->outcome != SG_GATE_PASS || same(r->key, SG_VAL_COVERAGE_KEY) ||
			same(r->key, SG_VAL_CONTRACT_KEY))
			continue;
		fresh(c->s, o->in);
		for (size_t j = 0; j < c->s->others.n; j++)
			if (!same(c->s->result[j].key, r->key))
				c->s->result[n++] = c->s->result[j];
		c->s->others.n = n;
		judge(c);
	}
}

static void try_demands(struct count *c, const struct oracle *o)
{
	static const struct sg_miss miss = {"all", "nothing"};
	const struct sg_profile *p = o->in->profile;

	for (size_t i = 0; p && o->in->facts && i < p->demands.n; i++) {
		const struct sg_demand *d = &p->demands.v[i];
		const struct sg_output_row *row = output_row(o, d->name);
		if (!row || row->present != SG_TRUTH_TRUE ||
			!fact_there(o, SG_FACT_OUTPUT, d->name))
			continue;
		fresh(c->s, o->in);
		for (size_t j = 0; j < c->s->facts.n; j++)
			if (c->s->fact[j].kind == SG_FACT_OUTPUT &&
				!strcmp(c->s->fact[j].name, d->name))
				c->s->fact[j].misses = (struct sg_misses){&miss, 1};
		judge(c);
	}
}

void gate_oracle_shadows(const struct sg_gate_input *in, int *ret_of, int *ret_red)
{
	struct oracle *o = calloc(1, sizeof(*o));
	struct count c = {.s = calloc(1, sizeof(*c.s))};

	if (!o || !c.s)
		abort();
	o->in = in;
	o->m = in->manifest;
	requirements(o);
	try_roles(&c, o);
	try_engines(&c, o);
	try_outputs(&c, o);
	try_plan_and_results(&c, o);
	try_demands(&c, o);
	empty(&o->roles);
	empty(&o->engines);
	empty(&o->contract);
	free(o);
	free(c.s);
	*ret_of = c.tried;
	*ret_red = c.red;
}
