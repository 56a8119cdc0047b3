/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Memory that runs out inside of the gates and of their trial: a verdict that half of the
 * checks made is no verdict, so it has to be SG_NOMEM and what was there before stays.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "core/gate_shadow.h"
#include "gate_case.h"
#include "harness/harness.h"
#include "short_memory.h"

/* Above the least number of names for which a filter is made. */
#define MANY 300

struct many {
	char texts[MANY][24];
	const char *names[MANY];
	struct sg_engine_row engines[MANY];
	struct sg_output_row outputs[MANY];
	struct sg_fact facts[MANY];
};

static enum sg_rc judge_short(struct sg_arena *arena, void *ctx)
{
	const struct gate_case *c = ctx;
	struct sg_verdict v;
	struct sg_verdict untouched;
	memset(&v, 0x5a, sizeof(v));
	memset(&untouched, 0x5a, sizeof(untouched));

	const enum sg_rc rc = sg_verdict_judge(arena, &c->in, &v);
	short_memory_disarm();
	if (rc != SG_OK) {
		cr_assert_eq(memcmp(&v, &untouched, sizeof(v)), 0);
		return rc;
	}
	cr_assert_eq(v.pass, c->v.pass);
	cr_assert_eq(v.reasons.n, c->v.reasons.n);
	for (size_t i = 0; i < v.reasons.n; i++)
		cr_assert_str_eq(v.fail_reasons.v[i], c->v.fail_reasons.v[i]);
	return rc;
}

static void judge_each(struct gate_case *c, const char *what)
{
	gate_case_judge(c);
	cr_assert_gt(short_memory_each(what, judge_short, c), 10);
}

/* What the sound case has beside its ledgers, so that every check has something to look at. */
static void everything(struct gate_case *c)
{
	static const struct sg_gate_result results[] = {
		{"KEY:VAL.LINKS", SG_GATE_PASS, {NULL, 0}, SG_TIER_FULL, ""},
	};
	static const struct sg_gate_results others = {results, 1};
	static const char *const texts[] = {"a text", "another"};
	static const struct sg_demand demands[] = {
		{.name = "PACK_OUTPUT", .min_bytes = 1, .contains = {texts, 2}},
		{.name = "NOWHERE", .headings = {texts, 1}, .yaml = true},
	};
	static const char *const baseline_texts[] = {"BRIEF_TOKEN|OTHER"};
	static const struct sg_baseline baseline = {"SPC", {baseline_texts, 1}};
	static const char *const skips[] = {"KEY:ENG.S*"};
	c->in.facts = &c->facts;
	c->in.others = &others;
	c->m.required_val_keys =
		STRS(SG_VAL_COVERAGE_KEY, SG_VAL_CONTRACT_KEY, "KEY:VAL.LINKS");
	c->m.required_val_keys = sg_arena_strs(&c->arena, &c->m.required_val_keys);
	c->m.no_go_list = STRS("KEY:ENG.BAD", "KEY:ENG.WORSE*", "no audio", "PATH:secret");
	c->m.no_go_list = sg_arena_strs(&c->arena, &c->m.no_go_list);
	c->m.required_eng_keys = STRS("KEY:ENG.TOC", "ENG.LINKS");
	c->m.required_eng_keys = sg_arena_strs(&c->arena, &c->m.required_eng_keys);
	c->plan.has_expected = true;
	c->plan.expected_outputs = STRS("TOC", "LINKS", "TOC");
	c->plan.expected_outputs = sg_arena_strs(&c->arena, &c->plan.expected_outputs);
	c->plan.has_allowed = true;
	c->plan.allowed_eng_keys = STRS("KEY:ENG.*", "KEY:ENG.TOC");
	c->plan.allowed_eng_keys = sg_arena_strs(&c->arena, &c->plan.allowed_eng_keys);
	c->profile.allow_skip = (struct sg_strs){skips, 1};
	c->profile.demands = (struct sg_demands){demands, 2};
	c->profile.baseline = (struct sg_baselines){&baseline, 1};
}

Test(short_gates, a_judgement_that_passes)
{
	struct gate_case c;
	gate_case_init(&c);
	everything(&c);
	judge_each(&c, "pass");
	cr_assert(c.v.pass, "%s", c.v.reasons.n ? c.v.fail_reasons.v[0] : "");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(short_gates, a_judgement_in_which_nothing_is_as_it_should_be)
{
	static const struct sg_miss miss = {"a text", "nothing"};
	struct gate_case c;
	gate_case_init(&c);
	everything(&c);
	for (size_t i = 0; i < c.m.roles.n; i++)
		c.roles[i].outputs_produced.n = 0;
	c.roles[CASE_ORC].status = SG_ROW_STATUS_FAILED;
	c.roles[CASE_QA].role = "";
	c.engines[CASE_TOC].eng_key = "KEY:ENG.LINKS";
	c.engines[CASE_LINKS].status = SG_ROW_STATUS_SKIPPED;
	c.engines[2] = c.engines[CASE_TOC];
	c.engines[2].eng_key = "KEY:ENG.WORSE.STILL";
	c.m.engines.entries.n = 3;
	c.outputs[CASE_PACK].present = SG_TRUTH_FALSE;
	c.outputs[CASE_PLAN_TOKEN].output = "OTHER";
	gate_case_fact(&c, SG_FACT_ROLE, "CTL")->fresh = SG_FRESH_STALE;
	gate_case_fact(&c, SG_FACT_OUTPUT, "PACK_OUTPUT")->misses =
		(struct sg_misses){&miss, 1};
	struct sg_gate_result result = {
		"KEY:VAL.LINKS", SG_GATE_FAIL, STRS("one", "two"), SG_TIER_FULL, ""};
	c.in.others = &(struct sg_gate_results){&result, 1};
	judge_each(&c, "fail");
	cr_assert_not(c.v.pass);
	cr_assert_gt(c.v.reasons.n, 8);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

/* Names in another order than they are required in, some twice: every table is made. */
static void many_init(struct many *x, struct gate_case *c)
{
	for (size_t i = 0; i < MANY; i++) {
		snprintf(x->texts[i], sizeof(x->texts[i]), "KEY:ENG.%zu", i % (MANY - 2));
		x->names[i] = x->texts[i];
		x->engines[MANY - 1 - i] = (struct sg_engine_row){
			x->names[i], "ran", {NULL, 0}, "", "", SG_ROW_STATUS_RAN};
		x->outputs[MANY - 1 - i] = (struct sg_output_row){
			x->names[i], "ORC", "", "", SG_TRUTH_TRUE};
		x->facts[i] = (struct sg_fact){SG_FACT_ENGINE, x->names[i],
			SG_PROVENANCE_OBSERVED, SG_FRESH_FRESH, SG_TIER_NONE, 0, {NULL, 0}};
	}
	c->plan.required_eng_keys = (struct sg_strs){x->names, MANY};
	c->m.required_eng_keys = c->plan.required_eng_keys;
	c->m.output_contract = c->plan.required_eng_keys;
	c->m.engines.entries = (struct sg_engine_rows){.v = x->engines, .n = MANY};
	c->m.outputs = (struct sg_output_rows){.v = x->outputs, .n = MANY};
}

Test(short_gates, long_lists_with_names_that_stand_twice)
{
	static struct many x;
	struct gate_case c;
	gate_case_init(&c);
	many_init(&x, &c);
	judge_each(&c, "many");
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(short_gates, the_check_of_the_plan_alone)
{
	static struct many x;
	struct gate_case c;
	gate_case_init(&c);
	many_init(&x, &c);
	c.m.engines.entries.n = 0;
	c.m.outputs.n = 0;
	judge_each(&c, "all missing");
	cr_assert_gt(c.v.reasons.n, MANY);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

/* --- the trial --- */

struct trial_case {
	struct gate_case *c;
	sg_shadow_judge judge;
	struct sg_shadows found; /* where nothing fails */
};

static enum sg_rc trial_short(struct sg_arena *arena, void *ctx)
{
	const struct trial_case *t = ctx;
	struct sg_shadows found = {.tried = 77, .red = 78, .of = 79, .green = "untouched"};

	const enum sg_rc rc = sg_gate_shadows(arena, &t->c->in, t->judge, NULL, &found);
	short_memory_disarm();
	if (rc == SG_OK) {
		cr_assert_eq(found.tried, t->found.tried);
		cr_assert_eq(found.red, t->found.red);
		cr_assert_str_eq(found.green, t->found.green);
	} else {
		cr_assert_eq(found.tried, 77);
		cr_assert_str_eq(found.green, "untouched");
	}
	return rc;
}

/* A gate that sees nothing, which takes memory to say so. */
static enum sg_rc sees_nothing(
	void *ctx, struct sg_arena *arena, const struct sg_gate_input *shadow, bool *ret_pass)
{
	(void)ctx;
	(void)shadow;
	*ret_pass = true;
	return sg_arena_alloc(arena, 1) ? SG_OK : SG_NOMEM;
}

static void trial_each(struct gate_case *c, sg_shadow_judge judge)
{
	struct trial_case t = {.c = c, .judge = judge};
	cr_assert_eq(sg_gate_shadows(&c->arena, &c->in, judge, NULL, &t.found), SG_OK);
	cr_assert_gt(t.found.tried, 10);
	cr_assert_gt(short_memory_each("trial", trial_short, &t), 100);
}

Test(short_gates, the_trial_of_the_gates)
{
	struct gate_case c;
	gate_case_init(&c);
	everything(&c);
	trial_each(&c, NULL);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

Test(short_gates, the_trial_of_a_gate_that_sees_nothing)
{
	struct gate_case c;
	gate_case_init(&c);
	everything(&c);
	trial_each(&c, sees_nothing);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

static enum sg_rc take_shadows_short(struct sg_arena *arena, void *ctx)
{
	const struct gate_case *c = ctx;
	const struct sg_shadows green = {.tried = 3, .red = 2, .of = 3, .green = "SPC"};
	struct sg_verdict v = c->v;
	const enum sg_rc rc = sg_verdict_take_shadows(arena, &green, &v);
	short_memory_disarm();
	if (rc == SG_OK)
		cr_assert_not(v.pass, "a PASS that was not proven");
	return rc;
}

static enum sg_rc prove_short(struct sg_arena *arena, void *ctx)
{
	const struct gate_case *c = ctx;
	struct sg_verdict v = c->v;
	const enum sg_rc rc = sg_verdict_prove(arena, &c->in, &v);
	short_memory_disarm();
	if (rc == SG_OK)
		cr_assert(v.pass && v.shadows.tried > 0 && v.shadows.red == v.shadows.tried);
	return rc;
}

Test(short_gates, a_verdict_that_takes_over_its_trial)
{
	struct gate_case c;
	gate_case_init(&c);
	gate_case_judge(&c);
	cr_assert_gt(short_memory_each("take", take_shadows_short, &c), 3);
	cr_assert_gt(short_memory_each("prove", prove_short, &c), 100);
	gate_case_release(&c);
	SG_LEAKCHECK();
}

static enum sg_rc plan_short(struct sg_arena *arena, void *ctx)
{
	const struct gate_case *c = ctx;
	struct sg_reasons reasons = {NULL, 77};
	const enum sg_rc rc = sg_gate_plan(arena, &c->in, &reasons);
	short_memory_disarm();
	cr_assert(rc == SG_OK ? reasons.n == 1 : reasons.n == 77);
	return rc;
}

static enum sg_rc engines_short(struct sg_arena *arena, void *ctx)
{
	const struct gate_case *c = ctx;
	struct sg_strs names = {NULL, 77};
	const enum sg_rc rc = sg_required_engines(arena, &c->m, &c->plan, &names);
	short_memory_disarm();
	cr_assert_eq(names.n, rc == SG_OK ? 3 : 77);
	return rc;
}

static enum sg_rc baseline_short(struct sg_arena *arena, void *ctx)
{
	const struct gate_case *c = ctx;
	struct sg_strs items = {NULL, 77};
	const enum sg_rc rc = sg_role_baseline(arena, "SPC", &c->profile, &items);
	short_memory_disarm();
	cr_assert(rc == SG_OK ? items.n > 1 && items.n < 77 : items.n == 77);
	return rc;
}

Test(short_gates, what_else_is_asked_of_the_gates)
{
	struct gate_case c;
	gate_case_init(&c);
	everything(&c);
	c.plan.required_eng_keys = STRS("KEY:ENG.TOC", "KEY:ENG.BAD");
	cr_assert_gt(short_memory_each("engines", engines_short, &c), 0);
	cr_assert_gt(short_memory_each("baseline", baseline_short, &c), 0);
	cr_assert_gt(short_memory_each("plan", plan_short, &c), 3);
	gate_case_release(&c);
	SG_LEAKCHECK();
}
