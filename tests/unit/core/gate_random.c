/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inputs for the gates from a seed: first a sound one is made, then it is changed in a few
 * places. A list keeps room for what the changes add.
 */
#include <stdlib.h>
#include <string.h>

#include "gate_oracle.h"

#define ROOM 40

struct list {
	const char *v[ROOM];
	size_t n;
};

struct gate_room {
	uint64_t state;
	struct sg_manifest m;
	struct sg_plan plan;
	struct sg_profile profile;
	struct sg_facts facts;
	struct sg_gate_results others;
	struct list roles, route_engines, contract, no_go, idx, val_keys, kb;
	struct list required, allowed, plan_no_go, expected, allow_skip;
	struct sg_role_row role_rows[ROOM];
	struct list role_outputs[ROOM];
	size_t n_roles;
	struct sg_engine_row engine_rows[ROOM];
	struct list engine_outputs[ROOM];
	size_t n_engines;
	struct sg_output_row output_rows[ROOM];
	size_t n_outputs;
	struct sg_fact fact[4 * ROOM];
	size_t n_facts;
	struct sg_gate_result result[ROOM];
	size_t n_results;
	struct sg_baseline baseline[4];
	struct list baseline_outputs[4];
	size_t n_baselines;
	struct sg_demand demand[3];
	size_t n_demands;
	bool has_plan, has_profile, has_facts, has_others, in_progress;
};

static const char *const some_roles[] = {
	"SPC", "ORC", "CTL", "VAL", "QA", "EDIT", "spc", "A|B"};
static const char *const some_keys[] = {"KEY:ENG.A", "ENG.A", "KEY:ENG.B", "KEY:ENG.B.X",
	"ENG.B.Y", "KEY:ENG.C", "KEY:KEY:ENG.A", "KEY:", "", "KEY:ENG.*", "ENG", "KEY:ENG.D.X",
	"OTHER.E"};
static const char *const some_patterns[] = {"KEY:ENG.A", "ENG.B", "KEY:ENG.B.*", "ENG.B*",
	"KEY:ENG.*", "*", "KEY:*", "KEY:ENG.C", "ENG.A*B", "PATH:docs/", "no new claims", ""};
static const char *const some_outputs[] = {"BRIEF_TOKEN", "ENGINE_PLAN_TOKEN",
	"ENGINE_RUN_LEDGER", "ENG_OUTPUTS_TOKEN", "DRAFT_ARTIFACTS", "CONTROLLED_ARTIFACTS",
	"POLICY_REPORT", "VAL_REPORT", "QA_REPORT", "PACK_OUTPUT", "TOC", "LINKS",
	"BRIEF_TOKEN|TOC", ""};
static const char *const some_gates[] = {SG_VAL_COVERAGE_KEY, SG_VAL_CONTRACT_KEY,
	"VAL.OUTPUT_CONTRACT_GATE", "KEY:VAL.LINKS", "VAL.LINKS", "KEY:VAL.STYLE"};
static const char *const some_lines[] = {"two broken links", "a claim without a source"};

#define ONE_OF(room, pool) ((pool)[below((room), sizeof(pool) / sizeof(*(pool)))])

static uint64_t next(struct gate_room *r)
{
	r->state += 0x9E3779B97F4A7C15u;
	uint64_t z = r->state;
	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
	z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
	return z ^ (z >> 31);
}

static size_t below(struct gate_room *r, size_t n)
{
	return (size_t)(next(r) % n);
}

static bool chance(struct gate_room *r, unsigned int percent)
{
	return next(r) % 100 < percent;
}

static void push(struct list *list, const char *text)
{
	if (list->n < ROOM)
		list->v[list->n++] = text;
}

/*
 * The pointer is into the room, so what is pushed later is seen as soon as strs is asked
 * again.
 */
static struct sg_strs strs(const struct list *list)
{
	return (struct sg_strs){list->n ? list->v : NULL, list->n};
}

static void drop(struct gate_room *r, struct list *list)
{
	if (list->n == 0)
		return;
	const size_t at = below(r, list->n);
	memmove(list->v + at, list->v + at + 1, (list->n - at - 1) * sizeof(*list->v));
	list->n--;
}

/* Status and its text in agreement, as a lenient reader leaves them. */
static enum sg_row_status some_status(struct gate_room *r, const char **ret_text)
{
	static const char *const words[] = {"ran", "skipped", "failed", "", "done", "RAN"};
	const size_t at = below(r, 6);

	*ret_text = words[at];
	return at < 3 ? (enum sg_row_status)at : SG_ROW_STATUS_COUNT;
}

/* --- rows --- */

static void add_role_row(struct gate_room *r, const char *role)
{
	if (r->n_roles == ROOM)
		return;
	r->role_rows[r->n_roles] = (struct sg_role_row){.role = role,
		.status_text = "ran",
		.notes = "",
		.extra = "",
		.status = SG_ROW_STATUS_RAN};
	r->role_outputs[r->n_roles].n = 0;
	r->n_roles++;
}

static void add_engine_row(struct gate_room *r, const char *key)
{
	if (r->n_engines == ROOM)
		return;
	r->engine_rows[r->n_engines] = (struct sg_engine_row){.eng_key = key,
		.status_text = "ran",
		.notes = "",
		.extra = "",
		.status = SG_ROW_STATUS_RAN};
	r->engine_outputs[r->n_engines].n = 0;
	r->n_engines++;
}

static void add_output_row(struct gate_room *r, const char *output)
{
	if (r->n_outputs < ROOM)
		r->output_rows[r->n_outputs++] = (struct sg_output_row){.output = output,
			.source = "",
			.ref = "",
			.extra = "",
			.present = SG_TRUTH_TRUE};
}

static void add_fact(struct gate_room *r, enum sg_fact_kind kind, const char *name)
{
	if (r->n_facts < 4 * (size_t)ROOM)
		r->fact[r->n_facts++] = (struct sg_fact){kind, name, SG_PROVENANCE_OBSERVED,
			SG_FRESH_FRESH, SG_TIER_FULL, 0, {NULL, 0}};
}

/* --- a sound input --- */

static void sound_roles(struct gate_room *r)
{
	static const char *const made[][3] = {{"BRIEF_TOKEN", "ENGINE_PLAN_TOKEN", NULL},
		{"ENGINE_RUN_LEDGER", "DRAFT_ARTIFACTS", NULL}, {"POLICY_REPORT", NULL, NULL},
		{"VAL_REPORT", NULL, NULL}, {"QA_REPORT", NULL, NULL}, {"TOC", NULL, NULL}};

	for (size_t i = 0; i < 6; i++) {
		if (i > 1 && chance(r, 30))
			continue;
		push(&r->roles, some_roles[i]);
		add_role_row(r, some_roles[i]);
		for (size_t j = 0; made[i][j]; j++)
			push(&r->role_outputs[r->n_roles - 1], made[i][j]);
		if (i == 1 && chance(r, 50))
			push(&r->role_outputs[r->n_roles - 1], "ENG_OUTPUTS_TOKEN");
		if (chance(r, 20))
			push(&r->role_outputs[r->n_roles - 1], "LINKS");
	}
}

static void sound_engines(struct gate_room *r)
{
	static const char *const keys[] = {"KEY:ENG.A", "KEY:ENG.B", "ENG.B.Y", "KEY:ENG.C"};
	const size_t n = chance(r, 10) ? 0 : 1 + below(r, 4);

	for (size_t i = 0; i < n; i++) {
		push(chance(r, 70) ? &r->required : &r->route_engines, keys[i]);
		if (chance(r, 20))
			push(&r->route_engines, sg_key_bare(keys[i]));
		add_engine_row(r, chance(r, 80) ? keys[i] : sg_key_bare(keys[i]));
		push(&r->engine_outputs[r->n_engines - 1], i % 2 ? "LINKS" : "TOC");
	}
	r->m.domain = n == 0 || chance(r, 10) ? "SYS" : "MUSIC";
	if (n > 0 && chance(r, 40))
		push(&r->expected, "TOC");
	if (n > 1 && chance(r, 40))
		push(&r->expected, "LINKS");
	r->plan.has_expected = r->expected.n > 0 || chance(r, 30);
	if (chance(r, 60)) {
		r->plan.has_allowed = true;
		push(&r->allowed, "KEY:ENG.A");
		push(&r->allowed, chance(r, 50) ? "KEY:ENG.*" : "ENG.*");
	}
	if (chance(r, 70)) {
		r->plan.has_no_go = true;
		push(&r->plan_no_go, "KEY:ENG.D*");
	}
}

static void sound_outputs(struct gate_room *r)
{
	for (size_t i = 0; i < 10; i++) {
		if (chance(r, 60))
			continue;
		push(&r->contract, some_outputs[i]);
		add_output_row(r, some_outputs[i]);
	}
	if (r->contract.n == 0) {
		push(&r->contract, "PACK_OUTPUT");
		add_output_row(r, "PACK_OUTPUT");
	}
	if (chance(r, 30))
		push(&r->no_go, "no new claims");
	if (chance(r, 30))
		push(&r->no_go, "PATH:docs/");
	if (chance(r, 30))
		push(&r->idx, "KEY:IDX.MAIN");
	if (chance(r, 20))
		push(&r->kb, "KEY:KB.X");
}

/* Each asks for one thing at least; a name that stands twice is refused by the reader. */
static void some_demand(struct gate_room *r, struct sg_demand *ret)
{
	static const char *const names[] = {"TOC", "PACK_OUTPUT", "POLICY_REPORT"};

	*ret = (struct sg_demand){.name = names[ret - r->demand],
		.min_bytes = (int64_t)below(r, 3),
		.yaml = chance(r, 30),
		.json = chance(r, 70)};
	if (chance(r, 50) || !sg_demand_count(ret))
		ret->contains = (struct sg_strs){some_lines, 1 + below(r, 2)};
	if (chance(r, 30))
		ret->headings = (struct sg_strs){some_lines, 1};
}

static void sound_surroundings(struct gate_room *r)
{
	r->has_plan = true;
	r->plan.has_required = true;
	r->in_progress = chance(r, 40);
	r->has_profile = chance(r, 70);
	r->profile.contract = chance(r, 20) ? "TOC: {}" : "";
	while (r->n_demands < 3 && chance(r, 40))
		some_demand(r, &r->demand[r->n_demands++]);
	r->profile.sandbox = (enum sg_tier)below(r, 3);
	r->profile.evidence = (enum sg_evidence_mode)below(r, 2);
	if (chance(r, 40))
		push(&r->allow_skip, ONE_OF(r, some_patterns));
	push(&r->val_keys, SG_VAL_COVERAGE_KEY);
	push(&r->val_keys, SG_VAL_CONTRACT_KEY);
	if (chance(r, 30))
		push(&r->val_keys, "KEY:VAL.LINKS");
	r->has_others = chance(r, 60);
	r->result[r->n_results++] =
		(struct sg_gate_result){"VAL.LINKS", SG_GATE_PASS, {NULL, 0}, SG_TIER_FULL, ""};
	r->has_facts = chance(r, 50);
	for (size_t i = 0; i < sizeof(some_roles) / sizeof(*some_roles); i++)
		add_fact(r, SG_FACT_ROLE, some_roles[i]);
	for (size_t i = 0; i < sizeof(some_keys) / sizeof(*some_keys); i++)
		add_fact(r, SG_FACT_ENGINE, some_keys[i]);
	for (size_t i = 0; i < sizeof(some_outputs) / sizeof(*some_outputs); i++)
		add_fact(r, SG_FACT_OUTPUT, some_outputs[i]);
}

/* --- changes --- */

static void change_roles(struct gate_room *r)
{
	const size_t at = below(r, r->n_roles + 1) % (r->n_roles ? r->n_roles : 1);

	if (chance(r, 15))
		push(&r->roles, ONE_OF(r, some_roles));
	else if (chance(r, 10))
		drop(r, &r->roles);
	else if (chance(r, 15) && r->n_roles)
		r->role_rows[at].role = ONE_OF(r, some_roles);
	else if (chance(r, 30) && r->n_roles)
		r->role_rows[at].status = some_status(r, &r->role_rows[at].status_text);
	else if (chance(r, 40) && r->n_roles)
		drop(r, &r->role_outputs[at]);
	else if (chance(r, 30) && r->n_roles)
		push(&r->role_outputs[at], ONE_OF(r, some_outputs));
	else if (chance(r, 50) && r->n_roles)
		r->role_rows[at].role = "";
	else {
		add_role_row(r, ONE_OF(r, some_roles));
		struct sg_role_row *row = &r->role_rows[r->n_roles - 1];
		row->status = some_status(r, &row->status_text);
	}
}

static void change_engines(struct gate_room *r)
{
	const size_t at = below(r, r->n_engines + 1) % (r->n_engines ? r->n_engines : 1);

	if (chance(r, 15))
		push(chance(r, 50) ? &r->required : &r->route_engines, ONE_OF(r, some_keys));
	else if (chance(r, 15) && r->n_engines)
		r->engine_rows[at].eng_key = ONE_OF(r, some_keys);
	else if (chance(r, 45) && r->n_engines)
		r->engine_rows[at].status = some_status(r, &r->engine_rows[at].status_text);
	else if (chance(r, 20) && r->n_engines)
		drop(r, &r->engine_outputs[at]);
	else {
		add_engine_row(r, ONE_OF(r, some_keys));
		struct sg_engine_row *row = &r->engine_rows[r->n_engines - 1];
		if (chance(r, 40))
			row->status = some_status(r, &row->status_text);
		push(&r->engine_outputs[r->n_engines - 1], ONE_OF(r, some_outputs));
	}
}

static void change_constraints(struct gate_room *r)
{
	switch (below(r, 8)) {
	case 0:
		r->plan.has_allowed = true;
		push(&r->allowed, ONE_OF(r, some_patterns));
		break;
	case 1: drop(r, &r->allowed); break;
	case 2:
		r->plan.has_no_go = true;
		push(&r->plan_no_go, ONE_OF(r, some_patterns));
		break;
	case 3: push(&r->no_go, ONE_OF(r, some_patterns)); break;
	case 4: push(&r->allow_skip, ONE_OF(r, some_patterns)); break;
	case 5:
		r->plan.has_expected = true;
		push(&r->expected, ONE_OF(r, some_outputs));
		break;
	case 6: r->m.domain = chance(r, 50) ? "SYS" : ""; break;
	case 7:
		r->required.n = 0;
		r->route_engines.n = 0;
		break;
	default: break;
	}
}

/* As the plan's reader leaves it: a field that is missing or bad is empty. */
static void change_plan(struct gate_room *r)
{
	switch (below(r, 6)) {
	case 0: r->has_plan = false; break;
	case 1:
		r->plan.has_required = false;
		r->required.n = 0;
		break;
	case 2:
		r->plan.bad_field = "required_eng_keys";
		r->required.n = 0;
		break;
	case 3:
		r->plan.bad_field = "allowed_eng_keys";
		r->plan.has_allowed = true;
		r->allowed.n = 0;
		break;
	case 4:
		r->plan.bad_field = "no_go_eng_keys";
		r->plan.has_no_go = true;
		r->plan_no_go.n = 0;
		break;
	case 5:
		r->plan.bad_field = "expected_outputs";
		r->plan.has_expected = true;
		r->expected.n = 0;
		break;
	default: break;
	}
}

static void change_outputs(struct gate_room *r)
{
	const size_t at = below(r, r->n_outputs + 1) % (r->n_outputs ? r->n_outputs : 1);

	if (chance(r, 30))
		push(&r->contract, ONE_OF(r, some_outputs));
	else if (chance(r, 50) && r->n_outputs)
		r->output_rows[at].present = (enum sg_truth)below(r, 4);
	else if (chance(r, 50) && r->n_outputs)
		r->output_rows[at].output = ONE_OF(r, some_outputs);
	else {
		add_output_row(r, ONE_OF(r, some_outputs));
		r->output_rows[r->n_outputs - 1].present = (enum sg_truth)below(r, 4);
	}
}

static void change_shape(struct gate_room *r)
{
	static const enum sg_field_id ids[] = {SG_FIELD_ID_ROUTING_REQUIRED_ROLES,
		SG_FIELD_ID_ROUTING_REQUIRED_ENG_KEYS, SG_FIELD_ID_ROUTING_OUTPUT_CONTRACT,
		SG_FIELD_ID_ROUTING_NO_GO_LIST, SG_FIELD_ID_ROUTING_REQUIRED_VAL_KEYS,
		SG_FIELD_ID_ROUTING_REQUIRED_IDX, SG_FIELD_ID_ROUTING_REQUIRED_KB_KEYS,
		SG_FIELD_ID_LEDGERS_ROLE_LEDGER, SG_FIELD_ID_LEDGERS_ENGINE_RUN_LEDGER,
		SG_FIELD_ID_LEDGERS_OUTPUT_LEDGER};
	const unsigned char shape = chance(r, 50) ? SG_SHAPE_ABSENT : SG_SHAPE_WRONG;

	if (chance(r, 15))
		r->m.entries_shape = shape;
	else
		r->m.shape[ONE_OF(r, ids)] = shape;
}

/* The evidence of a demanded output says that something of it is missing. */
static void change_demand(struct gate_room *r)
{
	static const struct sg_miss misses[] = {
		{"at least 9 bytes", "3 bytes"}, {"YAML", "no YAML: 1:2"}};

	if (!r->n_demands)
		some_demand(r, &r->demand[r->n_demands++]);
	const struct sg_demand *d = &r->demand[below(r, r->n_demands)];
	const size_t most = sg_demand_count(d) > 2 ? 2 : sg_demand_count(d);
	r->has_profile = true;
	add_output_row(r, d->name);
	for (size_t i = 0; i < r->n_facts; i++)
		if (r->fact[i].kind == SG_FACT_OUTPUT && !strcmp(r->fact[i].name, d->name))
			r->fact[i].misses = (struct sg_misses){misses, 1 + below(r, most)};
}

static void change_evidence(struct gate_room *r)
{
	struct sg_fact *f = &r->fact[below(r, r->n_facts)];

	r->has_facts = true;
	switch (below(r, 7)) {
	case 5:
	case 6: change_demand(r); break;
	case 0: f->provenance = (enum sg_provenance)below(r, 3); break;
	case 1: f->fresh = (enum sg_fresh)below(r, 4); break;
	case 2: f->tier = (enum sg_tier)below(r, 3); break;
	case 3: *f = r->fact[--r->n_facts]; break;
	case 4:
		add_fact(r, (enum sg_fact_kind)below(r, 3), ONE_OF(r, some_outputs));
		r->fact[r->n_facts - 1].provenance = SG_PROVENANCE_MANUAL;
		break;
	default: break;
	}
}

static void change_others(struct gate_room *r)
{
	struct sg_gate_result *result = &r->result[r->n_results];

	push(&r->val_keys, ONE_OF(r, some_gates));
	if (r->n_results == ROOM || chance(r, 30))
		return;
	result->key = ONE_OF(r, some_gates);
	result->outcome = (enum sg_gate_outcome)below(r, 6);
	result->tier = (enum sg_tier)below(r, SG_TIER_COUNT);
	result->walls = "";
	result->reasons = (struct sg_strs){some_lines, below(r, 3)};
	r->n_results++;
}

static void change_profile(struct gate_room *r)
{
	r->has_profile = true;
	if (r->n_baselines == 4)
		return;
	r->baseline_outputs[r->n_baselines].n = 0;
	push(&r->baseline_outputs[r->n_baselines], ONE_OF(r, some_outputs));
	if (chance(r, 50))
		push(&r->baseline_outputs[r->n_baselines], ONE_OF(r, some_outputs));
	r->baseline[r->n_baselines++].role = ONE_OF(r, some_roles);
}

static void change(struct gate_room *r)
{
	switch (below(r, 12)) {
	case 0:
	case 1: change_roles(r); break;
	case 2:
	case 3: change_engines(r); break;
	case 4:
	case 5: change_constraints(r); break;
	case 6: change_plan(r); break;
	case 7: change_outputs(r); break;
	case 8: change_shape(r); break;
	case 9: change_evidence(r); break;
	case 10: change_others(r); break;
	case 11: change_profile(r); break;
	default: break;
	}
}

/* --- the room as an input --- */

static void settle_manifest(struct gate_room *r)
{
	r->m.required_roles = strs(&r->roles);
	r->m.required_eng_keys = strs(&r->route_engines);
	r->m.output_contract = strs(&r->contract);
	r->m.no_go_list = strs(&r->no_go);
	r->m.required_idx = strs(&r->idx);
	r->m.required_kb_keys = strs(&r->kb);
	r->m.required_val_keys = strs(&r->val_keys);
	for (size_t i = 0; i < r->n_roles; i++)
		r->role_rows[i].outputs_produced = strs(&r->role_outputs[i]);
	for (size_t i = 0; i < r->n_engines; i++)
		r->engine_rows[i].outputs_produced = strs(&r->engine_outputs[i]);
	r->m.roles = (struct sg_role_rows){r->role_rows, r->n_roles};
	r->m.engines.entries = (struct sg_engine_rows){.v = r->engine_rows, .n = r->n_engines};
	r->m.outputs = (struct sg_output_rows){.v = r->output_rows, .n = r->n_outputs};
}

static void settle_rest(struct gate_room *r)
{
	r->plan.required_eng_keys = strs(&r->required);
	r->plan.allowed_eng_keys = strs(&r->allowed);
	r->plan.no_go_eng_keys = strs(&r->plan_no_go);
	r->plan.expected_outputs = strs(&r->expected);
	r->profile.allow_skip = strs(&r->allow_skip);
	for (size_t i = 0; i < r->n_baselines; i++)
		r->baseline[i].outputs = strs(&r->baseline_outputs[i]);
	r->profile.baseline = (struct sg_baselines){r->baseline, r->n_baselines};
	r->profile.demands = (struct sg_demands){r->demand, r->n_demands};
	r->facts = (struct sg_facts){r->fact, r->n_facts};
	r->others = (struct sg_gate_results){r->result, r->n_results};
}

struct gate_room *gate_room_new(void)
{
	struct gate_room *room = malloc(sizeof(*room));

	if (!room)
		abort();
	return room;
}

void gate_room_free(struct gate_room *room)
{
	free(room);
}

void gate_random_input(struct gate_room *r, uint64_t seed, struct sg_gate_input *in)
{
	memset(r, 0, sizeof(*r));
	r->state = seed;
	sg_manifest_default(&r->m);
	r->profile.profile_key = "PROFILE.X";
	sound_roles(r);
	sound_engines(r);
	sound_outputs(r);
	sound_surroundings(r);
	const size_t changes = chance(r, 30) ? 0 : chance(r, 85) ? 1 + below(r, 4) : 30;
	for (size_t i = 0; i < changes; i++)
		change(r);
	settle_manifest(r);
	settle_rest(r);
	*in = (struct sg_gate_input){.manifest = &r->m,
		.plan = r->has_plan ? &r->plan : NULL,
		.profile = r->has_profile ? &r->profile : NULL,
		.facts = r->has_facts ? &r->facts : NULL,
		.others = r->has_others ? &r->others : NULL,
		.val_in_progress = r->in_progress};
}
