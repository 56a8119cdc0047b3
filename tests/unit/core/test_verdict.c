/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The verdict as a whole: one code, the other gates, what was not checked, size, and its
 * laws.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gate_case.h"
#include "gate_oracle.h"
#include "harness/harness.h"

/* --- the code --- */

Test(verdict, the_code_is_the_most_basic_one_of_the_first_gate_that_failed)
{
	struct gate_case c;
	gate_case_init(&c);
	c.m.outputs.n = 2; /* D1 */
	gate_case_judge(&c);
	cr_assert_eq(c.v.code, SG_CODE_ENTRYPOINT_MISSING);
	c.m.shape[SG_FIELD_ID_LEDGERS_OUTPUT_LEDGER] = SG_SHAPE_ABSENT; /* D0 */
	gate_case_judge(&c);
	cr_assert_eq(c.v.code, SG_CODE_MARKER_NOT_CONFIRMED);
	c.engines[2] = c.engines[CASE_TOC]; /* C2 */
	c.engines[2].eng_key = "KEY:ENG.X";
	c.m.engines.entries.n = 3;
	c.m.no_go_list = STRS("KEY:ENG.X");
	gate_case_judge(&c);
	cr_assert_eq(c.v.code, SG_CODE_SCOPE_VIOLATION);
	c.m.required_eng_keys = STRS("KEY:ENG.WORDS"); /* B2 */
	gate_case_judge(&c);
	cr_assert_eq(c.v.code, SG_CODE_ENTRYPOINT_MISSING);
	c.roles[CASE_QA].outputs_produced = (struct sg_strs){NULL, 0}; /* A3 */
	gate_case_judge(&c);
	cr_assert_eq(c.v.code, SG_CODE_MARKER_NOT_CONFIRMED);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(verdict, reasons_stand_in_the_order_of_the_checks)
{
	struct gate_case c;
	gate_case_init(&c);
	c.m.roles.n = 3;
	c.roles[CASE_SPC].status = SG_ROW_STATUS_FAILED;
	c.roles[CASE_SPC].status_text = "failed";
	c.m.engines.entries.n = 1;
	c.m.outputs.n = 1;
	gate_case_judge(&c);
	for (size_t i = 1; i < c.v.reasons.n; i++)
		cr_assert_leq(c.v.reasons.v[i - 1].check, c.v.reasons.v[i].check);
	cr_assert_eq(c.v.reasons.v[0].check, SG_CHECK_A1);
	cr_assert_eq(c.v.fail_reasons.n, c.v.reasons.n);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(verdict, every_check_has_the_name_of_the_tables)
{
	static const char *const names[] = {"A0", "A1", "A2", "A3", "B0", "B1", "B2", "B3",
		"B4", "C1", "C2", "E1", "D0", "D1", "D2", "D3", "G1", "S1"};
	cr_assert_eq(SG_ARRAY_SIZE(names), SG_CHECK_COUNT);
	for (int i = 0; i < SG_CHECK_COUNT; i++)
		cr_assert_str_eq(sg_check_name((enum sg_check)i), names[i]);
	cr_assert_str_eq(sg_check_name(SG_CHECK_COUNT), "?");
}

/* --- the gates that are bound to commands --- */

static void bind(
	struct gate_case *c, struct sg_gate_results *others, struct sg_gate_result *result)
{
	gate_case_init(c);
	*others = (struct sg_gate_results){result, 1};
	c->in.others = others;
}

#define OTHER_KEYS STRS(SG_VAL_COVERAGE_KEY, SG_VAL_CONTRACT_KEY, "KEY:VAL.LINKS")

Test(verdict, G1_a_bound_gate_that_passes_is_counted)
{
	struct gate_case c;
	struct sg_gate_results others;
	struct sg_gate_result result = {"VAL.LINKS", SG_GATE_PASS, {NULL, 0}, SG_TIER_FULL, ""};
	bind(&c, &others, &result);
	c.m.required_val_keys = OTHER_KEYS;
	gate_case_judge(&c);
	gate_case_expect_pass(&c);
	cr_assert_eq(c.v.tally[SG_CHECK_G1].passed, 1);
	cr_assert_eq(c.v.not_checked.n, 0);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(verdict, G1_each_line_of_a_gate_that_fails_is_a_reason)
{
	struct gate_case c;
	struct sg_gate_results others;
	struct sg_gate_result result = {
		"KEY:VAL.LINKS", SG_GATE_FAIL, STRS("a.md:3", "b.md:9"), SG_TIER_FULL, ""};
	bind(&c, &others, &result);
	c.m.required_val_keys = OTHER_KEYS;
	gate_case_judge(&c);
	cr_assert_eq(c.v.reasons.n, 2);
	cr_assert_str_eq(c.v.fail_reasons.v[1],
		"MARKER_NOT_CONFIRMED: G1: KEY:VAL.LINKS: expected pass, found b.md:9");
	cr_assert_eq(c.v.fix_list.n, 1);
	cr_assert(c.v.coverage_pass && c.v.contract_pass && !c.v.others_pass && !c.v.pass);
	result.reasons = (struct sg_strs){NULL, 0};
	gate_case_one(&c, "MARKER_NOT_CONFIRMED: G1: KEY:VAL.LINKS: expected pass, found fail",
		"Meet KEY:VAL.LINKS");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(verdict, G1_a_gate_that_could_not_be_evaluated_is_a_reason)
{
	struct gate_case c;
	struct sg_gate_results others;
	struct sg_gate_result result = {"KEY:VAL.LINKS", SG_GATE_NOT_EVALUATED, {NULL, 0}, SG_TIER_FULL, ""};
	bind(&c, &others, &result);
	c.m.required_val_keys = OTHER_KEYS;
	gate_case_one(&c,
		"MARKER_NOT_CONFIRMED: G1: KEY:VAL.LINKS: expected pass, found not evaluated",
		"Repair the command of KEY:VAL.LINKS");
	others.n = 0;
	gate_case_one(&c,
		"MARKER_NOT_CONFIRMED: G1: KEY:VAL.LINKS: expected pass, found no result",
		"Repair the command of KEY:VAL.LINKS");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(verdict, G1_a_gate_that_is_bound_to_nothing_is_an_entry_point_missing)
{
	struct gate_case c;
	struct sg_gate_results others;
	struct sg_gate_result result = {"KEY:VAL.LINKS", SG_GATE_UNBOUND, {NULL, 0}, SG_TIER_FULL, ""};
	bind(&c, &others, &result);
	c.m.required_val_keys = OTHER_KEYS;
	gate_case_one(&c,
		"ENTRYPOINT_MISSING: G1: KEY:VAL.LINKS: expected a command, found unbound",
		"Bind KEY:VAL.LINKS in RUN of the profile");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(verdict, a_command_cannot_answer_for_one_of_the_two_gates)
{
	struct gate_case c;
	struct sg_gate_results others;
	struct sg_gate_result result = {SG_VAL_COVERAGE_KEY, SG_GATE_PASS, {NULL, 0}, SG_TIER_FULL, ""};
	bind(&c, &others, &result);
	c.m.roles.n = 4;
	gate_case_judge(&c);
	cr_assert_not(c.v.pass);
	cr_assert_eq(c.v.tally[SG_CHECK_G1].total, 0);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(verdict, what_nothing_looked_at_is_listed)
{
	static const char *const expected[] = {"REQUIRED_IDX: KEY:IDX.MAIN",
		"REQUIRED_KB_KEYS: KEY:KB.STYLE", "NO_GO_LIST: no new claims",
		"NO_GO_LIST: PATH:docs/old/", "CONTRACT: of the profile", "REQUIRED_VAL_KEYS: KEY:VAL.LINKS"};
	struct gate_case c;
	gate_case_init(&c);
	c.m.required_idx = STRS("KEY:IDX.MAIN");
	c.m.required_kb_keys = STRS("KEY:KB.STYLE");
	c.m.no_go_list = STRS("KEY:ENG.X", "no new claims", "PATH:docs/old/");
	c.m.required_val_keys = OTHER_KEYS;
	c.profile.contract = "TOC: {}";
	gate_case_judge(&c);
	gate_case_expect_pass(&c);
	cr_assert_eq(c.v.not_checked.n, SG_ARRAY_SIZE(expected));
	for (size_t i = 0; i < SG_ARRAY_SIZE(expected); i++)
		cr_assert_str_eq(c.v.not_checked.v[i], expected[i]);
	c.m.shape[SG_FIELD_ID_ROUTING_REQUIRED_VAL_KEYS] = SG_SHAPE_ABSENT;
	gate_case_judge(&c);
	cr_assert_str_eq(c.v.not_checked.v[5], "REQUIRED_VAL_KEYS: absent");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

/* --- baselines --- */

Test(verdict, a_baseline_item_is_met_by_any_of_its_alternatives_and_by_whole_names_only)
{
	const struct sg_strs made = STRS("DRAFT_ARTIFACTS", "TOC");
	cr_assert(sg_baseline_met(&made, "TOC"));
	cr_assert(sg_baseline_met(&made, "ENG_OUTPUTS_TOKEN|DRAFT_ARTIFACTS"));
	cr_assert(sg_baseline_met(&made, "A|B|TOC"));
	cr_assert_not(sg_baseline_met(&made, "TO"));
	cr_assert_not(sg_baseline_met(&made, "TOCS"));
	cr_assert_not(sg_baseline_met(&made, "A|B"));
	cr_assert_not(sg_baseline_met(&made, ""));
}

Test(verdict, the_baseline_is_the_seeds_and_then_the_profiles_each_item_once)
{
	struct gate_case c;
	struct sg_strs items;
	gate_case_init(&c);
	const struct sg_baseline more[] = {{"SPC", STRS("ENGINE_PLAN_TOKEN", "NOTES")},
		{"QA", STRS("X")}, {"SPC", STRS("NOTES", "MORE")}};
	c.profile.baseline = (struct sg_baselines){more, 3};
	cr_assert_eq(sg_role_baseline(&c.arena, "SPC", &c.profile, &items), SG_OK);
	cr_assert_eq(items.n, 4);
	cr_assert_str_eq(items.v[0], "BRIEF_TOKEN");
	cr_assert_str_eq(items.v[3], "MORE");
	cr_assert_eq(sg_role_baseline(&c.arena, "EDIT", NULL, &items), SG_OK);
	cr_assert_eq(items.n, 0);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

/* --- laws --- */

static bool passes(const struct sg_gate_input *in)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_verdict v;

	cr_assert_eq(sg_verdict_judge(&arena, in, &v), SG_OK);
	sg_arena_release(&arena);
	return v.pass;
}

/* All rows but one. */
static void without(void *to, const void *rows, size_t n, size_t at, size_t size)
{
	memcpy(to, rows, at * size);
	memcpy((char *)to + at * size, (const char *)rows + (at + 1) * size,
		(n - at - 1) * size);
}

static bool repeated(const struct sg_strs *list, const char *name, bool bare)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		n += bare ? sg_key_equal(list->v[i], name) : strcmp(list->v[i], name) == 0;
	return n > 0;
}

/* Rows of that name beyond the one at hand make it no longer the only one. */
static bool only_role(const struct sg_manifest *m, size_t at)
{
	for (size_t i = 0; i < m->roles.n; i++) {
		if (i != at && strcmp(m->roles.v[i].role, m->roles.v[at].role) == 0)
			return false;
	}
	return true;
}

static void remove_each_role(const struct sg_gate_input *in, uint64_t seed, size_t *removed)
{
	struct sg_role_row rows[64];
	struct sg_manifest m = *in->manifest;
	struct sg_gate_input less = *in;

	less.manifest = &m;
	for (size_t i = 0; i < in->manifest->roles.n; i++) {
		const char *role = in->manifest->roles.v[i].role;
		if (!repeated(&m.required_roles, role, false) || !only_role(in->manifest, i) ||
			(in->val_in_progress && strcmp(role, "VAL") == 0))
			continue;
		without(rows, in->manifest->roles.v, in->manifest->roles.n, i, sizeof(*rows));
		m.roles = (struct sg_role_rows){rows, in->manifest->roles.n - 1};
		cr_assert_not(passes(&less), "seed %llu passes without the row of %s",
			(unsigned long long)seed, role);
		(*removed)++;
	}
}

static bool only_output(const struct sg_manifest *m, size_t at)
{
	for (size_t i = 0; i < m->outputs.n; i++) {
		if (i != at && strcmp(m->outputs.v[i].output, m->outputs.v[at].output) == 0)
			return false;
	}
	return true;
}

static void remove_each_output(const struct sg_gate_input *in, uint64_t seed, size_t *removed)
{
	struct sg_output_row rows[64];
	struct sg_manifest m = *in->manifest;
	struct sg_gate_input less = *in;

	less.manifest = &m;
	for (size_t i = 0; i < in->manifest->outputs.n; i++) {
		const char *output = in->manifest->outputs.v[i].output;
		if (!repeated(&m.output_contract, output, false) ||
			!only_output(in->manifest, i) ||
			(in->val_in_progress && strcmp(output, "VAL_REPORT") == 0))
			continue;
		without(rows, in->manifest->outputs.v, in->manifest->outputs.n, i,
			sizeof(*rows));
		m.outputs.v = rows;
		m.outputs.n = in->manifest->outputs.n - 1;
		cr_assert_not(passes(&less), "seed %llu passes without the row of %s",
			(unsigned long long)seed, output);
		(*removed)++;
	}
}

static bool only_engine(const struct sg_engine_rows *entries, size_t at)
{
	for (size_t i = 0; i < entries->n; i++) {
		if (i != at && sg_key_equal(entries->v[i].eng_key, entries->v[at].eng_key))
			return false;
	}
	return true;
}

static void remove_each_engine(const struct sg_gate_input *in, uint64_t seed, size_t *removed)
{
	const struct sg_engine_rows *entries = &in->manifest->engines.entries;
	struct sg_engine_row rows[64];
	struct sg_manifest m = *in->manifest;
	struct sg_gate_input less = *in;

	less.manifest = &m;
	for (size_t i = 0; i < entries->n; i++) {
		const char *key = entries->v[i].eng_key;
		const bool required = repeated(&m.required_eng_keys, key, true) ||
				      repeated(&in->plan->required_eng_keys, key, true);
		if (!required || !only_engine(entries, i))
			continue;
		without(rows, entries->v, entries->n, i, sizeof(*rows));
		m.engines.entries.v = rows;
		m.engines.entries.n = entries->n - 1;
		cr_assert_not(passes(&less), "seed %llu passes without the row of %s",
			(unsigned long long)seed, key);
		(*removed)++;
	}
}

Test(verdict, a_pass_that_loses_any_required_row_is_a_fail)
{
	struct gate_room *room = gate_room_new();
	size_t removed = 0;

	for (uint64_t seed = 100001; seed <= 103000; seed++) {
		struct sg_gate_input in;
		gate_random_input(room, seed, &in);
		if (!passes(&in))
			continue;
		remove_each_role(&in, seed, &removed);
		remove_each_engine(&in, seed, &removed);
		remove_each_output(&in, seed, &removed);
	}
	cr_assert_gt(removed, 1000, "only %zu rows were removed", removed);
	gate_room_free(room);
	SG_LEAKCHECK();
}

/* Adds a good row for everything that had none, without evidence being asked. */
static void complete(struct sg_arena *arena, const struct sg_manifest *from,
	const struct sg_verdict *v, struct sg_manifest *ret)
{
	struct sg_role_row *roles =
		sg_arena_array(arena, from->roles.n + v->reasons.n, sizeof(*roles));
	struct sg_engine_row *engines =
		sg_arena_array(arena, from->engines.entries.n + v->reasons.n, sizeof(*engines));

	*ret = *from;
	for (size_t i = 0; i < from->roles.n; i++)
		roles[i] = from->roles.v[i];
	for (size_t i = 0; i < from->engines.entries.n; i++)
		engines[i] = from->engines.entries.v[i];
	for (size_t i = 0; i < v->reasons.n; i++) {
		const struct sg_reason *r = &v->reasons.v[i];
		if (r->check == SG_CHECK_A1 && r->subject[0])
			roles[ret->roles.n++] = (struct sg_role_row){
				r->subject, "ran", {NULL, 0}, "", "", SG_ROW_STATUS_RAN};
		if (r->check == SG_CHECK_B2 && r->subject[0])
			engines[ret->engines.entries.n++] = (struct sg_engine_row){
				r->subject, "ran", {NULL, 0}, "", "", SG_ROW_STATUS_RAN};
	}
	ret->roles.v = roles;
	ret->engines.entries.v = engines;
}

Test(verdict, adding_a_row_that_is_missing_never_turns_a_pass_into_a_fail)
{
	struct gate_room *room = gate_room_new();
	size_t met = 0;

	for (uint64_t seed = 200001; seed <= 206000; seed++) {
		struct sg_arena arena = SG_ARENA_INIT;
		struct sg_gate_input in;
		struct sg_verdict before, after;
		struct sg_manifest m;
		gate_random_input(room, seed, &in);
		cr_assert_eq(sg_verdict_judge(&arena, &in, &before), SG_OK);
		complete(&arena, in.manifest, &before, &m);
		in.manifest = &m;
		cr_assert_eq(sg_verdict_judge(&arena, &in, &after), SG_OK);
		cr_assert(!before.pass || after.pass, "seed %llu", (unsigned long long)seed);
		/* what lacked a row lacks it no more, but for names that are empty */
		cr_assert_leq(after.missing_roles.n, before.missing_roles.n);
		cr_assert_leq(after.missing_eng.n, before.missing_eng.n);
		met += m.roles.n > 0 && before.missing_roles.n > after.missing_roles.n;
		sg_arena_release(&arena);
	}
	cr_assert_gt(met, 50, "only %zu inputs lacked a row", met);
	gate_room_free(room);
	SG_LEAKCHECK();
}

/* --- size --- */

#define MANY ((size_t)200000)

/* Quadratic anywhere in here would take hours: the test's time limit is the check. */
Test(verdict, a_ledger_of_many_engines_against_as_many_patterns_is_judged_in_linear_time)
{
	struct gate_case c;
	gate_case_init(&c);
	struct sg_engine_row *rows = sg_arena_array(&c.arena, MANY, sizeof(*rows));
	const char **keys = sg_arena_array(&c.arena, MANY, sizeof(*keys));
	const char **stars = sg_arena_array(&c.arena, MANY, sizeof(*stars));
	for (size_t i = 0; i < MANY; i++) {
		keys[i] = sg_arena_printf(&c.arena, "KEY:ENG.E%zu", i);
		stars[i] = sg_arena_printf(&c.arena, "KEY:ENG.E%zu.*", i);
		rows[i] = (struct sg_engine_row){
			keys[i], "ran", {NULL, 0}, "", "", SG_ROW_STATUS_RAN};
	}
	c.m.engines.entries = (struct sg_engine_rows){.v = rows, .n = MANY};
	c.plan.required_eng_keys = (struct sg_strs){keys, MANY};
	c.m.required_eng_keys = c.plan.required_eng_keys;
	c.m.no_go_list = (struct sg_strs){stars, MANY};
	c.plan.has_allowed = true;
	c.plan.allowed_eng_keys = (struct sg_strs){keys, MANY};
	gate_case_judge(&c);
	gate_case_expect_pass(&c);
	cr_assert_eq(c.v.eng_ran.n, MANY);
	cr_assert_eq(c.v.tally[SG_CHECK_C2].total, MANY);
	for (size_t i = 0; i < MANY; i++)
		rows[i].status = SG_ROW_STATUS_FAILED;
	gate_case_judge(&c);
	cr_assert_eq(c.v.reasons.n, MANY);
	cr_assert_eq(c.v.fix_list.n, MANY);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

#define NAMES 1000
#define ROWS  4000

/* Names picked again and again, half of them without KEY:; wanted and status are by name. */
struct crowd {
	const char *key[NAMES][2];
	const char *plan[ROWS];
	const char *route[ROWS];
	struct sg_engine_row rows[ROWS];
	bool wanted[NAMES];
	int status[NAMES]; /* of the last row, -1: none */
	uint64_t state;
};

static size_t pick(struct crowd *crowd, size_t n)
{
	crowd->state = crowd->state * 6364136223846793005u + 1442695040888963407u;
	return (size_t)(crowd->state >> 33) % n;
}

static void crowd_fill(struct crowd *crowd, struct sg_arena *arena)
{
	for (size_t i = 0; i < NAMES; i++) {
		crowd->key[i][0] = sg_arena_printf(arena, "KEY:ENG.E%zu", i);
		crowd->key[i][1] = sg_key_bare(crowd->key[i][0]);
		crowd->status[i] = -1;
	}
	for (size_t i = 0; i < ROWS; i++) {
		const size_t planned = pick(crowd, NAMES / 2);
		const size_t routed = pick(crowd, 4) ? planned : pick(crowd, NAMES * 3 / 4);
		const size_t run = pick(crowd, NAMES);
		crowd->plan[i] = crowd->key[planned][pick(crowd, 2)];
		crowd->route[i] = crowd->key[routed][pick(crowd, 2)];
		crowd->wanted[planned] = crowd->wanted[routed] = true;
		crowd->status[run] = (int)pick(crowd, 3);
		crowd->rows[i] = (struct sg_engine_row){crowd->key[run][pick(crowd, 2)],
			sg_row_status_name((enum sg_row_status)crowd->status[run]), {NULL, 0},
			"", "", (enum sg_row_status)crowd->status[run]};
	}
}

Test(verdict, thousands_of_repeated_keys_in_any_order_count_once_and_the_last_row_stands)
{
	struct crowd *crowd = calloc(1, sizeof(*crowd));
	struct gate_case c;
	size_t wanted = 0, ran = 0, ran_wanted = 0, without_row = 0;

	cr_assert_not_null(crowd);
	gate_case_init(&c);
	crowd_fill(crowd, &c.arena);
	c.plan.required_eng_keys = (struct sg_strs){crowd->plan, ROWS};
	c.m.required_eng_keys = (struct sg_strs){crowd->route, ROWS};
	c.m.engines.entries = (struct sg_engine_rows){.v = crowd->rows, .n = ROWS};
	gate_case_judge(&c);
	for (size_t i = 0; i < NAMES; i++) {
		const bool did = crowd->status[i] == (int)SG_ROW_STATUS_RAN;
		wanted += crowd->wanted[i];
		ran += did;
		ran_wanted += did && crowd->wanted[i];
		without_row += crowd->status[i] < 0 && crowd->wanted[i];
	}
	cr_assert_gt(wanted, NAMES / 2);
	cr_assert_eq(c.v.required_eng_keys.n, wanted);
	cr_assert_eq(c.v.eng_ran.n, ran_wanted);
	cr_assert_eq(c.v.missing_eng.n, wanted - ran_wanted);
	cr_assert_eq(c.v.tally[SG_CHECK_C2].total, ran);
	cr_assert_eq(c.v.tally[SG_CHECK_B2].total - c.v.tally[SG_CHECK_B2].passed, without_row);
	gate_case_release(&c);
	free(crowd);
	SG_LEAKCHECK();
}

Test(verdict, without_memory_there_is_no_verdict)
{
	struct gate_case c;
	struct sg_reasons reasons = {NULL, 77};
	gate_case_init(&c);
	c.v.tally[0].total = 77;
	c.arena.failed = true;
	cr_assert_eq(sg_verdict_judge(&c.arena, &c.in, &c.v), SG_NOMEM);
	cr_assert_eq(c.v.tally[0].total, 77);
	cr_assert_eq(sg_gate_plan(&c.arena, &c.in, &reasons), SG_NOMEM);
	cr_assert_eq(reasons.n, 77);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(verdict, a_star_matches_what_begins_so_however_the_patterns_overlap)
{
	static const char *const patterns[] = {
		"ENG.A.B*", "ENG.A*", "ENG.B.*", "ENG.AB*", "ENG.B.X*", "ENG.Z**", "ENG.Q"};
	static const char *const keys[] = {"ENG.A", "ENG.A.B.C", "ENG.AB", "ENG.B", "ENG.B.",
		"ENG.B.Y", "ENG.Z", "ENG.Z*", "ENG.Z*1", "ENG.Q", "ENG.Q1", "", "ENG", "ENG.BA",
		"ENG.@"};
	const struct sg_strs list = {patterns, SG_ARRAY_SIZE(patterns)};
	for (size_t i = 0; i < SG_ARRAY_SIZE(keys); i++) {
		struct gate_case c;
		gate_case_init(&c);
		c.engines[2] = c.engines[CASE_TOC];
		c.engines[2].eng_key = keys[i];
		c.m.engines.entries.n = 3;
		c.plan.has_no_go = true;
		c.plan.no_go_eng_keys = list;
		gate_case_judge(&c);
		cr_assert_eq(c.v.scope_violations.n,
			keys[i][0] && sg_keys_match(&list, keys[i]), "%s", keys[i]);
		gate_case_release(&c);
	}
	SG_LEAKCHECK();
}
