/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The gates' tables read a second time: one function a row or two of them. */
#include "gate_oracle_lists.h"

/* A0 and D0: "a non-empty list" and "is a list" */
static void zero(struct oracle *o, enum sg_check check, enum sg_field_id list_id,
	const struct sg_strs *list, enum sg_field_id ledger_id)
{
	const char *field = check == SG_CHECK_A0 ? "REQUIRED_ROLES" : "OUTPUT_CONTRACT";
	const char *ledger = check == SG_CHECK_A0 ? "ROLE_LEDGER" : "OUTPUT_LEDGER";

	if (shape(o, list_id) || list->n == 0)
		bad(o, check, MARKER, field,
			say("expected a non-empty list of texts, found %s",
				shape(o, list_id)
					? what_shape(shape(o, list_id), "not a list of texts")
					: "an empty list"),
			say("Add %s to the route", field));
	else
		ok(o, check);
	if (shape(o, ledger_id))
		bad(o, check, MARKER, ledger,
			say("expected a list, found %s",
				what_shape(shape(o, ledger_id), "not a list")),
			say("Add %s to LEDGERS", ledger));
	else
		ok(o, check);
}

/* The seed's minimum and the profile's own, as one list, each once. */
void oracle_baseline(const struct oracle *o, const char *role, struct bag *ret)
{
	static const char *const minimum[][2] = {{"SPC", "BRIEF_TOKEN"},
		{"SPC", "ENGINE_PLAN_TOKEN"}, {"ORC", "ENGINE_RUN_LEDGER"},
		{"ORC", "ENG_OUTPUTS_TOKEN|DRAFT_ARTIFACTS"},
		{"CTL", "CONTROLLED_ARTIFACTS|POLICY_REPORT"}, {"VAL", "VAL_REPORT"},
		{"QA", "QA_REPORT"}};

	for (size_t i = 0; i < sizeof(minimum) / sizeof(*minimum); i++) {
		if (!strcmp(minimum[i][0], role))
			put(ret, say("%s", minimum[i][1]));
	}
	for (size_t i = 0; o->in->profile && i < o->in->profile->baseline.n; i++) {
		const struct sg_baseline *b = &o->in->profile->baseline.v[i];
		if (!strcmp(b->role, role))
			require(ret, &b->outputs, false);
	}
}

/* The alternatives of "A|B" that the role made. */
static void alternatives(
	const struct oracle *o, const char *role, const char *item, struct bag *ret)
{
	char *copy = say("%s", item);
	char *rest = copy;

	for (char *name = strsep(&rest, "|"); name; name = strsep(&rest, "|")) {
		if (role_made(o, role, name))
			put(ret, say("%s", name));
	}
	free(copy);
}

/* The outputs of a role that has no baseline. */
static void any_outputs(const struct oracle *o, const char *role, struct bag *ret)
{
	const struct sg_role_row *row = role_row(o, role);

	for (size_t i = 0; row && i < row->outputs_produced.n; i++) {
		if (*row->outputs_produced.v[i])
			put(ret, say("%s", row->outputs_produced.v[i]));
	}
}

static void check_a3(struct oracle *o, const char *role)
{
	struct bag items = {.n = 0}, made = {.n = 0};

	oracle_baseline(o, role, &items);
	for (int i = 0; i < items.n; i++) {
		alternatives(o, role, items.v[i], &made);
		if (made.n)
			ok(o, SG_CHECK_A3);
		else
			bad(o, SG_CHECK_A3, MARKER, items.v[i],
				say("expected in outputs_produced of %s, found absent", role),
				say("Provide %s from %s", items.v[i], role));
		empty(&made);
	}
	if (!items.n) {
		any_outputs(o, role, &made);
		if (made.n)
			ok(o, SG_CHECK_A3);
		else
			bad(o, SG_CHECK_A3, MARKER, role,
				say("expected at least one output, found none"),
				say("Provide an output from %s", role));
	}
	empty(&made);
	empty(&items);
}

void oracle_check_a(struct oracle *o)
{
	zero(o, SG_CHECK_A0, SG_FIELD_ID_ROUTING_REQUIRED_ROLES, &o->m->required_roles,
		SG_FIELD_ID_LEDGERS_ROLE_LEDGER);
	for (int i = 0; i < o->roles.n; i++) {
		const char *role = o->roles.v[i];
		const struct sg_role_row *row = role_row(o, role);
		if (!row && !is_val(o, role)) {
			bad(o, SG_CHECK_A1, MARKER, role,
				say("expected a row in ROLE_LEDGER, found no row"),
				say("Add missing ledger entry for %s", role));
			continue;
		}
		ok(o, SG_CHECK_A1);
		if (row && !role_ran(o, role)) {
			bad(o, SG_CHECK_A2, MARKER, role,
				say("expected ran, found %s", word(row->status_text)),
				say("Run %s: its ledger entry says %s", role,
					word(row->status_text)));
			continue;
		}
		ok(o, SG_CHECK_A2);
		check_a3(o, role);
	}
}

static void check_b0_fields(struct oracle *o)
{
	const struct sg_plan *plan = o->in->plan;
	const int route = shape(o, SG_FIELD_ID_ROUTING_REQUIRED_ENG_KEYS);
	const int no_go = shape(o, SG_FIELD_ID_ROUTING_NO_GO_LIST);

	if (!plan)
		bad(o, SG_CHECK_B0, MARKER, "ENGINE_PLAN_TOKEN",
			say("expected a readable plan, found none"),
			say("Provide ENGINE_PLAN_TOKEN from SPC"));
	else
		ok(o, SG_CHECK_B0);
	if (plan && !plan->has_required)
		bad(o, SG_CHECK_B0, MARKER, "required_eng_keys",
			say("expected a list of texts, found absent"),
			say("Add required_eng_keys field to ENGINE_PLAN_TOKEN"));
	if (plan && plan->bad_field)
		bad(o, SG_CHECK_B0, MARKER, plan->bad_field,
			say("expected a list of texts, found not a list of texts"),
			strcmp(plan->bad_field, "required_eng_keys")
				? say("Make %s a list of texts in ENGINE_PLAN_TOKEN",
					  plan->bad_field)
				: say("Add required_eng_keys field to ENGINE_PLAN_TOKEN"));
	if (plan && plan->has_required && !plan->bad_field)
		ok(o, SG_CHECK_B0);
	if (route)
		bad(o, SG_CHECK_B0, MARKER, "REQUIRED_ENG_KEYS",
			say("expected a list of texts, found %s",
				what_shape(route, "not a list of texts")),
			say("Add REQUIRED_ENG_KEYS to the route"));
	if (no_go == SG_SHAPE_WRONG)
		bad(o, SG_CHECK_B0, MARKER, "NO_GO_LIST",
			say("expected a list of texts, found not a list of texts"),
			say("Make NO_GO_LIST a list of texts in the route"));
}

/* "NO_GO_LIST entries that begin with KEY: count as no-go" */
static bool no_go_by_route(const struct oracle *o, const char *key)
{
	for (size_t i = 0; i < o->m->no_go_list.n; i++) {
		const char *item = o->m->no_go_list.v[i];
		const struct sg_strs one = {&item, 1};
		if (!shape(o, SG_FIELD_ID_ROUTING_NO_GO_LIST) && !strncmp(item, "KEY:", 4) &&
			named_by(&one, key))
			return true;
	}
	return false;
}

static bool no_go_by_plan(const struct oracle *o, const char *key)
{
	const struct sg_plan *plan = o->in->plan;

	return plan && plan->has_no_go && named_by(&plan->no_go_eng_keys, key);
}

static bool not_allowed(const struct oracle *o, const char *key)
{
	const struct sg_plan *plan = o->in->plan;

	return plan && usable(o, plan->has_allowed, &plan->allowed_eng_keys) &&
	       !named_by(&plan->allowed_eng_keys, key);
}

static void check_b0_engine(struct oracle *o, const char *key)
{
	const int before = o->reasons[SG_CHECK_B0].n;

	if (not_allowed(o, key))
		reason(o, SG_CHECK_B0, MARKER, key,
			"expected in allowed_eng_keys, found absent",
			say("Add %s to allowed_eng_keys", key));
	if (no_go_by_plan(o, key))
		reason(o, SG_CHECK_B0, MARKER, key,
			"expected not in no_go_eng_keys, found there",
			say("Take %s out of no_go_eng_keys", key));
	if (no_go_by_route(o, key))
		reason(o, SG_CHECK_B0, MARKER, key, "expected not in NO_GO_LIST, found there",
			say("Take %s out of NO_GO_LIST", key));
	o->total[SG_CHECK_B0]++;
	o->passed[SG_CHECK_B0] += o->reasons[SG_CHECK_B0].n == before;
}

static void check_b0(struct oracle *o)
{
	const struct sg_plan *plan = o->in->plan;

	check_b0_fields(o);
	for (int i = 0; i < o->engines.n; i++)
		check_b0_engine(o, o->engines.v[i]);
	if (o->engines.n == 0 && plan &&
		usable(o, plan->has_required, &plan->required_eng_keys) &&
		!shape(o, SG_FIELD_ID_ROUTING_REQUIRED_ENG_KEYS)) {
		if (strcmp(o->m->domain, "SYS"))
			bad(o, SG_CHECK_B0, MARKER, "required_eng_keys",
				say("expected at least one engine where DOMAIN is not SYS, "
				    "found none"),
				say("Add an engine to required_eng_keys in ENGINE_PLAN_TOKEN"));
		else
			ok(o, SG_CHECK_B0);
	}
	if (o->engines.n > 0 && !shape(o, SG_FIELD_ID_ROUTING_REQUIRED_ROLES)) {
		if (!holds(&o->roles, "ORC"))
			bad(o, SG_CHECK_B0, MARKER, "REQUIRED_ROLES",
				say("expected ORC where engines are required, found no ORC"),
				say("Add ORC to REQUIRED_ROLES"));
		else
			ok(o, SG_CHECK_B0);
	}
}

static void check_b2_b3(struct oracle *o, const char *key)
{
	const struct sg_engine_row *row = engine_row(o, key);

	if (!row) {
		bad(o, SG_CHECK_B2, ENTRY, key,
			say("expected a row in ENGINE_RUN_LEDGER, found no row"),
			say("Add missing ledger entry for %s", key));
		return;
	}
	ok(o, SG_CHECK_B2);
	if (row->status == SG_ROW_STATUS_RAN ||
		(row->status == SG_ROW_STATUS_SKIPPED && may_skip(o, key)))
		ok(o, SG_CHECK_B3);
	else
		bad(o, SG_CHECK_B3, ENTRY, key,
			say("expected %s, found %s",
				may_skip(o, key) ? "ran or skipped" : "ran",
				word(row->status_text)),
			say("Run %s: its ledger entry says %s", key, word(row->status_text)));
}

void oracle_check_b(struct oracle *o)
{
	const struct sg_plan *plan = o->in->plan;
	const int ledger = shape(o, SG_FIELD_ID_LEDGERS_ENGINE_RUN_LEDGER);
	struct bag expected = {.n = 0};

	check_b0(o);
	if (ledger)
		bad(o, SG_CHECK_B1, MARKER, "ENGINE_RUN_LEDGER",
			say("expected a mapping, found %s",
				what_shape(ledger, "not a mapping")),
			say("Add ENGINE_RUN_LEDGER to LEDGERS"));
	else if (o->m->entries_shape)
		bad(o, SG_CHECK_B1, MARKER, "ENGINE_RUN_LEDGER.entries",
			say("expected a list, found %s",
				what_shape(o->m->entries_shape, "not a list")),
			say("Add ENGINE_RUN_LEDGER to LEDGERS"));
	else
		ok(o, SG_CHECK_B1);
	if (!entries_is_list(o))
		return;
	for (int i = 0; i < o->engines.n; i++)
		check_b2_b3(o, o->engines.v[i]);
	if (plan && plan->has_expected)
		require(&expected, &plan->expected_outputs, false);
	for (int i = 0; i < expected.n; i++) {
		if (engines_made(o, expected.v[i]))
			ok(o, SG_CHECK_B4);
		else
			bad(o, SG_CHECK_B4, MARKER, expected.v[i],
				say("expected in outputs_produced of an engine that ran, found "
				    "absent"),
				say("Provide %s from ORC", expected.v[i]));
	}
	empty(&expected);
}

/* C1 and C2, and the list of scope violations */
void oracle_check_c(struct oracle *o, struct bag *violations)
{
	const struct sg_plan *plan = o->in->plan;
	const bool allowed = plan && usable(o, plan->has_allowed, &plan->allowed_eng_keys);

	for (size_t i = 0; entries_is_list(o) && i < o->m->engines.entries.n; i++) {
		const struct sg_engine_row *row = &o->m->engines.entries.v[i];
		const char *key = row->eng_key;
		const bool no_go = no_go_by_plan(o, key) || no_go_by_route(o, key);
		if (row != engine_row(o, key) || row->status != SG_ROW_STATUS_RAN)
			continue;
		if (allowed && not_allowed(o, key))
			bad(o, SG_CHECK_C1, SCOPE, key,
				say("expected an engine of allowed_eng_keys, found ran"),
				say("Remove/forbid %s (violates allowed/no-go)", key));
		else if (allowed)
			ok(o, SG_CHECK_C1);
		if (no_go)
			bad(o, SG_CHECK_C2, SCOPE, key,
				say("expected no run of a no-go engine, found ran"),
				say("Remove/forbid %s (violates allowed/no-go)", key));
		else
			ok(o, SG_CHECK_C2);
		if (no_go || not_allowed(o, key))
			put(violations, say("%s", key));
	}
}

/* --- E1 --- */

static const struct sg_fact *fact_of(
	const struct oracle *o, enum sg_fact_kind kind, const char *name)
{
	const struct sg_fact *found = NULL;

	for (size_t i = 0; i < o->in->facts->n; i++) {
		const struct sg_fact *f = &o->in->facts->v[i];
		if (f->kind == kind &&
			(kind == SG_FACT_ENGINE ? same(f->name, name) : !strcmp(f->name, name)))
			found = f;
	}
	return found;
}

/* "" if the evidence counts, else what it is; *expected is what it should be. */
static const char *what(
	const struct oracle *o, enum sg_fact_kind kind, const char *name, const char **expected)
{
	const struct sg_profile *p = o->in->profile;
	const struct sg_fact *f = fact_of(o, kind, name);
	const bool manual = p && p->evidence == SG_EVIDENCE_MODE_MANUAL;
	const enum sg_tier tier = p ? p->sandbox : SG_TIER_FULL;
	static const char *const tiers[] = {"tier none", "tier partial", "tier full"};

	*expected = manual ? "OBSERVED or MANUAL" : "OBSERVED";
	if (!f || f->provenance == SG_PROVENANCE_CLAIMED)
		return "CLAIMED";
	if (f->provenance == SG_PROVENANCE_MANUAL && !manual)
		return "MANUAL";
	*expected = "FRESH";
	if (f->fresh != SG_FRESH_FRESH)
		return f->fresh == SG_FRESH_STALE     ? "STALE"
		       : f->fresh == SG_FRESH_MISSING ? "MISSING"
						      : "INCOMPLETE";
	*expected = tiers[tier];
	return f->tier < tier && f->provenance != SG_PROVENANCE_MANUAL ? tiers[f->tier] : "";
}

static void prove(struct oracle *o, enum sg_fact_kind kind, const char *name)
{
	const char *expected = "";
	const char *found = what(o, kind, name, &expected);

	if (!*found)
		ok(o, SG_CHECK_E1);
	else
		bad(o, SG_CHECK_E1, MARKER, name, say("expected %s, found %s", expected, found),
			say("Run %s again: its evidence is %s", name, found));
}

/*
 * One of these outputs has to be proven: the first that is, else the first. Each is said
 * once.
 */
static void prove_one_of(struct oracle *o, const struct bag *names)
{
	const char *chosen = names->n ? names->v[0] : NULL;
	const char *expected = "";

	for (int i = names->n; i > 0; i--) {
		if (is_report(o, names->v[i - 1]) ||
			!*what(o, SG_FACT_OUTPUT, names->v[i - 1], &expected))
			chosen = names->v[i - 1];
	}
	if (!chosen || is_report(o, chosen) || holds(&o->proven, chosen))
		return;
	put(&o->proven, say("%s", chosen));
	prove(o, SG_FACT_OUTPUT, chosen);
}

static void prove_output(struct oracle *o, const char *name)
{
	struct bag one = {.n = 0};

	put(&one, say("%s", name));
	prove_one_of(o, &one);
	empty(&one);
}

void oracle_check_e1(struct oracle *o)
{
	const struct sg_plan *plan = o->in->plan;

	if (!o->in->facts)
		return;
	for (int i = 0; i < o->roles.n; i++) {
		if (role_ran(o, o->roles.v[i]) && !is_val(o, o->roles.v[i]))
			prove(o, SG_FACT_ROLE, o->roles.v[i]);
	}
	for (int i = 0; i < o->engines.n; i++) {
		const struct sg_engine_row *row = engine_row(o, o->engines.v[i]);
		if (row && row->status == SG_ROW_STATUS_RAN)
			prove(o, SG_FACT_ENGINE, o->engines.v[i]);
	}
	for (int i = 0; i < o->roles.n; i++) {
		struct bag items = {.n = 0}, made = {.n = 0};
		if (!role_ran(o, o->roles.v[i]))
			continue;
		oracle_baseline(o, o->roles.v[i], &items);
		for (int j = 0; j < items.n; j++) {
			alternatives(o, o->roles.v[i], items.v[j], &made);
			prove_one_of(o, &made);
			empty(&made);
		}
		if (!items.n)
			any_outputs(o, o->roles.v[i], &made);
		prove_one_of(o, &made);
		empty(&made);
		empty(&items);
	}
	for (size_t i = 0; plan && plan->has_expected && i < plan->expected_outputs.n; i++) {
		if (engines_made(o, plan->expected_outputs.v[i]))
			prove_output(o, plan->expected_outputs.v[i]);
	}
	for (int i = 0; i < o->contract.n; i++) {
		if (is_present(o, o->contract.v[i]))
			prove_output(o, o->contract.v[i]);
	}
}

void oracle_check_d(struct oracle *o)
{
	zero(o, SG_CHECK_D0, SG_FIELD_ID_ROUTING_OUTPUT_CONTRACT, &o->m->output_contract,
		SG_FIELD_ID_LEDGERS_OUTPUT_LEDGER);
	for (int i = 0; i < o->contract.n; i++) {
		const char *name = o->contract.v[i];
		const struct sg_output_row *row = output_row(o, name);
		static const char *const found[] = {"absent", "false", "", "not a plain true"};
		if (!row && !is_report(o, name)) {
			bad(o, SG_CHECK_D1, ENTRY, name,
				say("expected a row in OUTPUT_LEDGER, found no row"),
				say("Update OUTPUT_LEDGER to include: %s", name));
			continue;
		}
		ok(o, SG_CHECK_D1);
		if (is_present(o, name))
			ok(o, SG_CHECK_D2);
		else if (row)
			bad(o, SG_CHECK_D2, ENTRY, name,
				say("expected present: true, found %s", found[row->present]),
				say("Add missing contract output: %s", name));
	}
}

/* --- the gates that are bound to commands, and what nobody looked at --- */

void oracle_check_g(struct oracle *o, struct bag *not_checked)
{
	struct bag keys = {.n = 0};

	if (!shape(o, SG_FIELD_ID_ROUTING_REQUIRED_VAL_KEYS))
		require(&keys, &o->m->required_val_keys, true);
	for (int i = 0; i < keys.n; i++) {
		const char *key = keys.v[i];
		const struct sg_gate_result *r = NULL;
		if (same(key, SG_VAL_COVERAGE_KEY) || same(key, SG_VAL_CONTRACT_KEY))
			continue;
		for (size_t j = 0; o->in->others && j < o->in->others->n; j++) {
			if (same(o->in->others->v[j].key, key))
				r = &o->in->others->v[j];
		}
		if (!o->in->others || (r && r->outcome == SG_GATE_NOT_CHECKED)) {
			put(not_checked, say("REQUIRED_VAL_KEYS: %s", key));
			continue;
		}
		o->total[SG_CHECK_G1]++;
		if (!r || r->outcome == SG_GATE_NOT_EVALUATED)
			reason(o, SG_CHECK_G1, MARKER, key,
				r ? "expected pass, found not evaluated"
				  : "expected pass, found no result",
				say("Repair the command of %s", key));
		else if (r->outcome == SG_GATE_UNBOUND)
			reason(o, SG_CHECK_G1, ENTRY, key, "expected a command, found unbound",
				say("Bind %s in RUN of the profile", key));
		else if (r->outcome == SG_GATE_FAIL && r->reasons.n == 0)
			reason(o, SG_CHECK_G1, MARKER, key, "expected pass, found fail",
				say("Meet %s", key));
		else if (r->outcome == SG_GATE_FAIL) {
			for (size_t j = 0; j < r->reasons.n; j++) {
				char *text = say("expected pass, found %s", r->reasons.v[j]);
				reason(o, SG_CHECK_G1, MARKER, key, text, say("Meet %s", key));
				free(text);
			}
		} else if (r->outcome == SG_GATE_CHANGED) {
			for (size_t j = 0; j < r->reasons.n || j == 0; j++) {
				char *text = say("expected the checker pinned at ROUTE, found %s",
					r->reasons.n ? r->reasons.v[j] : "another");
				reason(o, SG_CHECK_G1, MARKER, key, text,
					say("resume --from ROUTE takes the new checker"));
				free(text);
			}
		} else if (o->in->profile && r->tier < o->in->profile->sandbox) {
			char *text = say("expected tier %s, found tier %s",
				sg_tier_name(o->in->profile->sandbox), sg_tier_name(r->tier));
			reason(o, SG_CHECK_G1, MARKER, key, text,
				say("Run %s again: its tier is too low", key));
			free(text);
		} else
			o->passed[SG_CHECK_G1]++;
	}
	empty(&keys);
}

void oracle_unchecked(const struct oracle *o, struct bag *ret)
{
	const struct sg_manifest *m = o->m;

	for (size_t i = 0; i < m->required_idx.n && !shape(o, SG_FIELD_ID_ROUTING_REQUIRED_IDX);
		i++)
		put(ret, say("REQUIRED_IDX: %s", m->required_idx.v[i]));
	for (size_t i = 0;
		i < m->required_kb_keys.n && !shape(o, SG_FIELD_ID_ROUTING_REQUIRED_KB_KEYS);
		i++)
		put(ret, say("REQUIRED_KB_KEYS: %s", m->required_kb_keys.v[i]));
	for (size_t i = 0; i < m->no_go_list.n && !shape(o, SG_FIELD_ID_ROUTING_NO_GO_LIST);
		i++) {
		if (o->in->facts && !strncmp(m->no_go_list.v[i], "PATH:", 5))
			continue;
		if (strncmp(m->no_go_list.v[i], "KEY:", 4))
			put(ret, say("NO_GO_LIST: %s", m->no_go_list.v[i]));
	}
	if (o->in->profile && *o->in->profile->contract)
		put(ret, say("CONTRACT: of the profile"));
	oracle_unchecked_demands(o, ret);
	if (shape(o, SG_FIELD_ID_ROUTING_REQUIRED_VAL_KEYS))
		put(ret, say("REQUIRED_VAL_KEYS: %s",
				 what_shape(shape(o, SG_FIELD_ID_ROUTING_REQUIRED_VAL_KEYS),
					 "not a list of texts")));
}
