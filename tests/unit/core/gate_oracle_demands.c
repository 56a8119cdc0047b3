/* SPDX-License-Identifier: GPL-3.0-or-later */
/* D3 read a second time: what CONTRACT asks of outputs, and of what nobody could ask it. */
#include "gate_oracle_lists.h"

static const struct sg_fact *output_fact(const struct oracle *o, const char *name)
{
	const struct sg_fact *found = NULL;

	for (size_t i = 0; i < o->in->facts->n; i++)
		if (o->in->facts->v[i].kind == SG_FACT_OUTPUT &&
			!strcmp(o->in->facts->v[i].name, name))
			found = &o->in->facts->v[i];
	return found;
}

/* The items of one demand, in words, in the order of route.h. */
static void demanded(const struct sg_demand *d, struct bag *ret)
{
	if (d->min_bytes == 1)
		put(ret, say("at least 1 byte"));
	else if (d->min_bytes)
		put(ret, say("at least %d bytes", (int)d->min_bytes));
	for (size_t i = 0; i < d->contains.n; i++)
		put(ret, say("the text \"%s\"", d->contains.v[i]));
	for (size_t i = 0; i < d->headings.n; i++)
		put(ret, say("the heading \"%s\"", d->headings.v[i]));
	if (d->yaml)
		put(ret, say("YAML"));
	if (d->json)
		put(ret, say("JSON"));
}

static void missed(struct oracle *o, const char *name, const char *demand, const char *found)
{
	bad(o, SG_CHECK_D3, ENTRY, name, say("expected %s, found %s", demand, found),
		say("Mend %s: %s", name, demand));
}

void oracle_check_d3(struct oracle *o)
{
	const struct sg_profile *p = o->in->profile;

	for (size_t i = 0; p && o->in->facts && i < p->demands.n; i++) {
		const struct sg_demand *d = &p->demands.v[i];
		const struct sg_output_row *row = output_row(o, d->name);
		const struct sg_fact *f = output_fact(o, d->name);
		struct bag items = {.n = 0};
		if (!row || row->present != SG_TRUTH_TRUE)
			continue;
		demanded(d, &items);
		for (int j = 0; j < items.n; j++) {
			if (!f || f->provenance == SG_PROVENANCE_CLAIMED)
				missed(o, d->name, items.v[j], "CLAIMED");
			else if (f->fresh == SG_FRESH_STALE)
				missed(o, d->name, items.v[j], "STALE");
			else if (f->fresh == SG_FRESH_MISSING)
				missed(o, d->name, items.v[j], "MISSING");
			else if (f->fresh == SG_FRESH_INCOMPLETE)
				missed(o, d->name, items.v[j], "INCOMPLETE");
			else if ((size_t)j >= f->misses.n)
				ok(o, SG_CHECK_D3);
			else
				missed(o, d->name, f->misses.v[j].demand, f->misses.v[j].found);
		}
		empty(&items);
	}
}

void oracle_unchecked_demands(const struct oracle *o, struct bag *ret)
{
	for (size_t i = 0; o->in->profile && i < o->in->profile->demands.n; i++) {
		const struct sg_demand *d = &o->in->profile->demands.v[i];
		const struct sg_output_row *row = output_row(o, d->name);
		struct bag items = {.n = 0};
		if (o->in->facts && (!row || row->present != SG_TRUTH_TRUE) &&
			!holds(&o->contract, d->name))
			put(ret, say("CONTRACT: %s: no such output", d->name));
		demanded(d, &items);
		for (int j = 0; j < items.n && !o->in->facts; j++)
			put(ret, say("CONTRACT: %s: %s", d->name, items.v[j]));
		empty(&items);
	}
}
