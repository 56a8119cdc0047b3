/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate_case.h"

#include <criterion/criterion.h>
#include <string.h>

#define LIST(...)                                                                         \
	{                                                                                 \
		(const char *const[]){__VA_ARGS__},                                       \
			sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *) \
	}

static const struct sg_role_row sound_roles[] = {
	{"SPC", "ran", LIST("BRIEF_TOKEN", "ENGINE_PLAN_TOKEN"), "", "", SG_ROW_STATUS_RAN},
	{"ORC", "ran", LIST("ENGINE_RUN_LEDGER", "ENG_OUTPUTS_TOKEN"), "", "",
		SG_ROW_STATUS_RAN},
	{"CTL", "ran", LIST("POLICY_REPORT"), "", "", SG_ROW_STATUS_RAN},
	{"VAL", "ran", LIST("VAL_REPORT"), "", "", SG_ROW_STATUS_RAN},
	{"QA", "ran", LIST("QA_REPORT"), "", "", SG_ROW_STATUS_RAN},
};

static const struct sg_engine_row sound_engines[] = {
	{"KEY:ENG.TOC", "ran", LIST("TOC"), "", "", SG_ROW_STATUS_RAN},
	{"KEY:ENG.LINKS", "ran", LIST("LINKS"), "", "", SG_ROW_STATUS_RAN},
};

static const struct sg_output_row sound_outputs[] = {
	{"ENGINE_PLAN_TOKEN", "SPC", "", "", SG_TRUTH_TRUE},
	{"VAL_REPORT", "VAL", "", "", SG_TRUTH_TRUE},
	{"PACK_OUTPUT", "PACK", "", "", SG_TRUTH_TRUE},
};

static const char *const sound_facts[] = {"BRIEF_TOKEN", "ENGINE_PLAN_TOKEN",
	"ENGINE_RUN_LEDGER", "ENG_OUTPUTS_TOKEN", "POLICY_REPORT", "VAL_REPORT", "QA_REPORT",
	"TOC", "LINKS", "PACK_OUTPUT"};

static const struct sg_strs required_roles = LIST("SPC", "ORC", "CTL", "VAL", "QA");
static const struct sg_strs required_engines = LIST("KEY:ENG.TOC", "KEY:ENG.LINKS");
static const struct sg_strs contract = LIST("ENGINE_PLAN_TOKEN", "VAL_REPORT", "PACK_OUTPUT");
static const struct sg_strs val_keys = LIST(SG_VAL_COVERAGE_KEY, SG_VAL_CONTRACT_KEY);

static void add_fact(struct gate_case *c, enum sg_fact_kind kind, const char *name)
{
	c->facts_v[c->facts.n++] = (struct sg_fact){kind, name, SG_PROVENANCE_OBSERVED,
		SG_FRESH_FRESH, SG_TIER_NONE, 0, {NULL, 0}};
}

static void init_facts(struct gate_case *c)
{
	c->facts.v = c->facts_v;
	for (size_t i = 0; i < c->m.roles.n; i++)
		add_fact(c, SG_FACT_ROLE, c->roles[i].role);
	for (size_t i = 0; i < c->m.engines.entries.n; i++)
		add_fact(c, SG_FACT_ENGINE, c->engines[i].eng_key);
	for (size_t i = 0; i < SG_ARRAY_SIZE(sound_facts); i++)
		add_fact(c, SG_FACT_OUTPUT, sound_facts[i]);
}

void gate_case_init(struct gate_case *c)
{
	memset(c, 0, sizeof(*c));
	sg_arena_init(&c->arena);
	sg_manifest_default(&c->m);
	memcpy(c->roles, sound_roles, sizeof(sound_roles));
	memcpy(c->engines, sound_engines, sizeof(sound_engines));
	memcpy(c->outputs, sound_outputs, sizeof(sound_outputs));
	c->m.domain = "MUSIC";
	c->m.required_roles = required_roles;
	c->m.output_contract = contract;
	c->m.required_val_keys = val_keys;
	c->m.roles = (struct sg_role_rows){c->roles, SG_ARRAY_SIZE(sound_roles)};
	c->m.engines.entries =
		(struct sg_engine_rows){.v = c->engines, .n = SG_ARRAY_SIZE(sound_engines)};
	c->m.outputs =
		(struct sg_output_rows){.v = c->outputs, .n = SG_ARRAY_SIZE(sound_outputs)};
	c->plan.required_eng_keys = required_engines;
	c->plan.has_required = true;
	c->profile.profile_key = "PROFILE.X";
	c->profile.contract = "";
	init_facts(c);
	c->in = (struct sg_gate_input){
		.manifest = &c->m, .plan = &c->plan, .profile = &c->profile};
}

void gate_case_release(struct gate_case *c)
{
	sg_arena_release(&c->arena);
}

void gate_case_judge(struct gate_case *c)
{
	cr_assert_eq(sg_verdict_judge(&c->arena, &c->in, &c->v), SG_OK);
}

void gate_case_expect_pass(const struct gate_case *c)
{
	cr_assert(c->v.pass, "expected PASS, found: %s",
		c->v.reasons.n > 0 ? c->v.fail_reasons.v[0] : "FAIL without a reason");
	cr_assert_eq(c->v.code, SG_CODE_NONE);
	cr_assert_eq(c->v.reasons.n, 0);
	cr_assert_eq(c->v.fix_list.n, 0);
}

void gate_case_expect(const struct gate_case *c, const char *text, const char *fix)
{
	cr_assert_not(c->v.pass);
	cr_assert_eq(c->v.reasons.n, 1, "expected one reason, found %zu, the first: %s",
		c->v.reasons.n, c->v.reasons.n > 0 ? c->v.fail_reasons.v[0] : "");
	cr_assert_str_eq(c->v.fail_reasons.v[0], text);
	cr_assert_eq(c->v.fix_list.n, 1);
	cr_assert_str_eq(c->v.fix_list.v[0], fix);
	cr_assert_eq(c->v.code, c->v.reasons.v[0].code);
}

void gate_case_one(struct gate_case *c, const char *text, const char *fix)
{
	gate_case_judge(c);
	gate_case_expect(c, text, fix);
}

void gate_case_expect_among(const struct gate_case *c, const char *text, const char *fix)
{
	for (size_t i = 0; i < c->v.reasons.n; i++) {
		if (strcmp(c->v.reasons.v[i].text, text) != 0)
			continue;
		cr_assert_str_eq(c->v.reasons.v[i].fix, fix);
		cr_assert(sg_strs_has(&c->v.fix_list, fix));
		return;
	}
	cr_assert_fail("no reason is: %s", text);
}

void gate_case_expect_none(const struct gate_case *c, enum sg_check check)
{
	for (size_t i = 0; i < c->v.reasons.n; i++)
		cr_assert_neq(
			c->v.reasons.v[i].check, check, "found: %s", c->v.fail_reasons.v[i]);
}

struct sg_fact *gate_case_fact(struct gate_case *c, enum sg_fact_kind kind, const char *name)
{
	for (size_t i = 0; i < c->facts.n; i++) {
		if (c->facts_v[i].kind == kind && strcmp(c->facts_v[i].name, name) == 0)
			return &c->facts_v[i];
	}
	cr_assert_fail("no fact of %s", name);
	return NULL;
}
