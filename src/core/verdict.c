/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verdict: both gates and the results of the others, their reasons in order, one code. */
#include <string.h>

#include "core/gate_internal.h"
#include "core/gate_shadow.h"

static const char *const check_names[SG_CHECK_COUNT] = {
#define X(id, text) [SG_CHECK_##id] = (text),
	SG_CHECK_LIST(X)
#undef X
};

const char *sg_check_name(enum sg_check check)
{
	const unsigned int i = (unsigned int)check;

	return i < SG_CHECK_COUNT ? check_names[i] : "?";
}

/*
 * The first of MARKER_NOT_CONFIRMED, ENTRYPOINT_MISSING, SCOPE_VIOLATION that occurs from one
 * check to another; NONE when all of them passed. The enum is in that order.
 */
static enum sg_code first_code(const struct sg_gate *g, enum sg_check from, enum sg_check to)
{
	enum sg_code first = SG_CODE_NONE;

	for (size_t check = from; check <= (size_t)to; check++) {
		const struct sg_findings *f = &g->findings[check];
		for (size_t i = 0; i < f->n; i++) {
			if (first == SG_CODE_NONE || f->v[i].code < first)
				first = f->v[i].code;
		}
	}
	return first;
}

static void set_code(const struct sg_gate *g, struct sg_verdict *v)
{
	const enum sg_code coverage = first_code(g, SG_CHECK_A0, SG_CHECK_E1);
	const enum sg_code contract = first_code(g, SG_CHECK_D0, SG_CHECK_D3);
	const enum sg_code others = first_code(g, SG_CHECK_G1, SG_CHECK_G1);

	v->coverage_pass = coverage == SG_CODE_NONE;
	v->contract_pass = contract == SG_CODE_NONE;
	v->others_pass = others == SG_CODE_NONE;
	v->pass = v->coverage_pass && v->contract_pass && v->others_pass;
	v->code = !v->coverage_pass ? coverage : !v->contract_pass ? contract : others;
}

/* Lists every reason by check, their texts, and their fixes each once. */
static void set_reasons(struct sg_gate *g, struct sg_verdict *v)
{
	struct sg_table seen = SG_TABLE_INIT;
	size_t n = 0;

	for (size_t check = 0; check < SG_CHECK_COUNT; check++)
		n += g->findings[check].n;
	if (n == 0)
		return;
	struct sg_reason *reasons = sg_arena_array(g->arena, n, sizeof(*reasons));
	const char **texts = sg_arena_array(g->arena, n, sizeof(*texts));
	const char **fixes = sg_arena_array(g->arena, n, sizeof(*fixes));
	if (!reasons || !texts || !fixes)
		return;
	size_t at = 0;
	size_t n_fixes = 0;
	for (size_t check = 0; check < SG_CHECK_COUNT; check++) {
		const struct sg_findings *f = &g->findings[check];
		for (size_t i = 0; i < f->n; i++, at++) {
			reasons[at] = f->v[i];
			texts[at] = f->v[i].text;
			if (sg_table_put(&seen, f->v[i].fix, at) == SG_TABLE_NONE)
				fixes[n_fixes++] = f->v[i].fix;
		}
	}
	g->failed = g->failed || seen.failed;
	sg_table_release(&seen);
	v->reasons = (struct sg_reasons){reasons, n};
	v->fail_reasons = (struct sg_strs){texts, n};
	v->fix_list = (struct sg_strs){fixes, n_fixes};
}

/* Bytes for a flag an element, or NULL when memory ran out. */
static unsigned char *flags_for(struct sg_gate *g, size_t n)
{
	return sg_arena_alloc(g->arena, n);
}

static void set_summaries(struct sg_gate *g, struct sg_verdict *v)
{
	unsigned char *roles = flags_for(g, g->roles.names.n);
	unsigned char *ran = flags_for(g, g->engines.names.n);
	unsigned char *covered = flags_for(g, g->engines.names.n);
	unsigned char *present = flags_for(g, g->outputs.names.n);
	struct sg_strs rest;

	if (!roles || !ran || !covered || !present)
		return;
	for (size_t i = 0; i < g->roles.names.n; i++)
		roles[i] = sg_gate_role_ran(g, i);
	for (size_t i = 0; i < g->engines.names.n; i++) {
		ran[i] = sg_gate_engine_ran(g, i);
		covered[i] = ran[i] || sg_gate_engine_skipped(g, i);
	}
	for (size_t i = 0; i < g->outputs.names.n; i++)
		present[i] = sg_gate_output_present(g, i);
	v->required_roles = g->roles.names;
	v->required_eng_keys = g->engines.names;
	v->contract = g->outputs.names;
	sg_gate_split(g, &g->roles.names, roles, &v->roles_ran, &v->missing_roles);
	sg_gate_split(g, &g->engines.names, ran, &v->eng_ran, &rest);
	sg_gate_split(g, &g->engines.names, covered, &rest, &v->missing_eng);
	sg_gate_split(g, &g->outputs.names, present, &v->present, &v->missing);
}

/* expected_outputs, each once; the checks B4 and E1 both ask for them. */
static void check_coverage(struct sg_gate *g, struct sg_verdict *v)
{
	const struct sg_plan *plan = g->input->plan;
	struct sg_strs expected = {NULL, 0};

	if (plan && plan->has_expected &&
		!sg_names_once(g->arena, &plan->expected_outputs, NULL, false, &expected))
		g->failed = true;
	unsigned char *made = flags_for(g, expected.n);
	if (!made)
		return;
	sg_gate_check_roles(g);
	sg_gate_check_plan(g);
	sg_gate_check_engines(g);
	sg_gate_check_expected(g, &expected, made);
	sg_gate_check_scope(g, &v->scope_violations);
	sg_gate_check_evidence(g, &expected, made);
}

enum sg_rc sg_verdict_judge(
	struct sg_arena *arena, const struct sg_gate_input *input, struct sg_verdict *ret)
{
	struct sg_gate g;
	struct sg_verdict v;

	memset(&v, 0, sizeof(v));
	sg_gate_begin(&g, arena, input);
	sg_gate_find_rows(&g);
	check_coverage(&g, &v);
	sg_gate_check_contract(&g);
	sg_gate_check_demands(&g);
	sg_gate_check_others(&g, &v.not_checked);
	v.others = input->others;
	memcpy(v.tally, g.tally, sizeof(v.tally));
	set_code(&g, &v);
	set_reasons(&g, &v);
	set_summaries(&g, &v);
	const enum sg_rc rc = sg_gate_failed(&g) ? SG_NOMEM : SG_OK;
	sg_gate_end(&g);
	if (rc == SG_OK)
		*ret = v;
	return rc;
}

/* --- whether a PASS may be believed --- */

/* "gate cannot fail" is the sentence of the whole; before it stands what every reason has. */
static struct sg_reason cannot_fail(struct sg_arena *arena, const char *entry)
{
	const char *text = sg_arena_printf(arena,
		"%s: %s: %s: expected FAIL, found gate cannot fail: %s removed, still PASS",
		sg_code_name(SG_CODE_MARKER_NOT_CONFIRMED), sg_check_name(SG_CHECK_S1), entry,
		entry);
	const char *fix = sg_arena_printf(
		arena, "Report this: the gate does not see %s", entry);

	return (struct sg_reason){.code = SG_CODE_MARKER_NOT_CONFIRMED,
		.check = SG_CHECK_S1,
		.subject = entry,
		.text = text ? text : "",
		.fix = fix ? fix : ""};
}

enum sg_rc sg_verdict_take_shadows(struct sg_arena *arena, const struct sg_shadows *shadows,
	struct sg_verdict *verdict)
{
	const char *entry = shadows->green && *shadows->green ? shadows->green : "an entry";

	verdict->shadows = *shadows;
	verdict->tally[SG_CHECK_S1] = (struct sg_tally){shadows->red, shadows->tried};
	if (!verdict->pass || shadows->red == shadows->tried)
		return SG_OK;
	struct sg_reason *reason = sg_arena_alloc(arena, sizeof(*reason));
	const char **lines = sg_arena_array(arena, 2, sizeof(*lines));
	if (!reason || !lines)
		return SG_NOMEM;
	*reason = cannot_fail(arena, entry);
	lines[0] = reason->text;
	lines[1] = reason->fix;
	verdict->pass = verdict->coverage_pass = verdict->contract_pass = false;
	verdict->code = reason->code;
	verdict->reasons = (struct sg_reasons){reason, 1};
	verdict->fail_reasons = (struct sg_strs){lines, 1};
	verdict->fix_list = (struct sg_strs){lines + 1, 1};
	return sg_arena_failed(arena) ? SG_NOMEM : SG_OK;
}

enum sg_rc sg_verdict_prove(struct sg_arena *arena, const struct sg_gate_input *input,
	struct sg_verdict *verdict)
{
	struct sg_shadows shadows = {.green = ""};

	if (!verdict->pass)
		return SG_OK;
	const enum sg_rc rc = sg_gate_shadows(arena, input, NULL, NULL, &shadows);
	return rc == SG_OK ? sg_verdict_take_shadows(arena, &shadows, verdict) : rc;
}
