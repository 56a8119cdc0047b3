/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The oracle's verdict, and a verdict of the gates, in the same words. */
#include "gate_oracle_lists.h"

/* --- the text of a verdict --- */

static void print_bag(FILE *out, const char *name, const struct bag *bag)
{
	fprintf(out, "%s:", name);
	for (int i = 0; i < bag->n; i++)
		fprintf(out, " [%s]", bag->v[i]);
	fputc('\n', out);
}

static bool clean(const struct oracle *o, enum sg_check from, enum sg_check to)
{
	for (int c = (int)from; c <= (int)to; c++) {
		if (o->reasons[c].n)
			return false;
	}
	return true;
}

/* "the first of MARKER_NOT_CONFIRMED, ENTRYPOINT_MISSING, SCOPE_VIOLATION that occurs" */
static const char *first_code(const struct oracle *o, enum sg_check from, enum sg_check to)
{
	static const char *const names[] = {
		"MARKER_NOT_CONFIRMED", "ENTRYPOINT_MISSING", "SCOPE_VIOLATION"};
	static const enum sg_code order[] = {MARKER, ENTRY, SCOPE};

	for (int k = 0; k < 3; k++) {
		for (int c = (int)from; c <= (int)to; c++) {
			for (int i = 0; i < o->reasons[c].n; i++) {
				if (o->codes[c][i] == order[k])
					return names[k];
			}
		}
	}
	return "";
}

static void print_summaries(FILE *out, const struct oracle *o, const struct bag *violations)
{
	struct bag ran = {.n = 0}, missing = {.n = 0};

	print_bag(out, "required_roles", &o->roles);
	for (int i = 0; i < o->roles.n; i++)
		put(role_ran(o, o->roles.v[i]) ? &ran : &missing, say("%s", o->roles.v[i]));
	print_bag(out, "roles_ran", &ran);
	print_bag(out, "missing_roles", &missing);
	empty(&ran);
	empty(&missing);
	print_bag(out, "required_eng_keys", &o->engines);
	for (int i = 0; i < o->engines.n; i++) {
		const struct sg_engine_row *row = engine_row(o, o->engines.v[i]);
		if (row && row->status == SG_ROW_STATUS_RAN)
			put(&ran, say("%s", o->engines.v[i]));
		else if (!row || row->status != SG_ROW_STATUS_SKIPPED ||
			 !may_skip(o, o->engines.v[i]))
			put(&missing, say("%s", o->engines.v[i]));
	}
	print_bag(out, "eng_ran", &ran);
	print_bag(out, "missing_eng", &missing);
	empty(&ran);
	empty(&missing);
	print_bag(out, "scope_violations", violations);
	print_bag(out, "contract", &o->contract);
	for (int i = 0; i < o->contract.n; i++)
		put(is_present(o, o->contract.v[i]) ? &ran : &missing,
			say("%s", o->contract.v[i]));
	print_bag(out, "present", &ran);
	print_bag(out, "missing", &missing);
	empty(&ran);
	empty(&missing);
}

static void print_oracle(FILE *out, const struct oracle *o, const struct bag *violations,
	const struct bag *not_checked)
{
	struct bag fixes = {.n = 0};
	const bool coverage = clean(o, SG_CHECK_A0, SG_CHECK_E1);
	const bool contract = clean(o, SG_CHECK_D0, SG_CHECK_D3);
	const bool others = clean(o, SG_CHECK_G1, SG_CHECK_G1);

	fprintf(out, "%s %s %d %d %d\n", coverage && contract && others ? "PASS" : "FAIL",
		!coverage   ? first_code(o, SG_CHECK_A0, SG_CHECK_E1)
		: !contract ? first_code(o, SG_CHECK_D0, SG_CHECK_D3)
			    : first_code(o, SG_CHECK_G1, SG_CHECK_G1),
		coverage, contract, others);
	for (int c = 0; c < SG_CHECK_COUNT; c++) {
		for (int i = 0; i < o->reasons[c].n; i++) {
			fprintf(out, "%s -> %s\n", o->reasons[c].v[i], o->fixes[c].v[i]);
			if (!holds(&fixes, o->fixes[c].v[i]))
				put(&fixes, say("%s", o->fixes[c].v[i]));
		}
	}
	print_bag(out, "FIX_LIST", &fixes);
	empty(&fixes);
	print_summaries(out, o, violations);
	for (int c = 0; c < SG_CHECK_COUNT; c++)
		fprintf(out, "%d/%d ", o->passed[c], o->total[c]);
	fputc('\n', out);
	print_bag(out, "not_checked", not_checked);
}

char *gate_oracle_judge(const struct sg_gate_input *in)
{
	struct oracle *o = calloc(1, sizeof(*o));
	struct bag violations = {.n = 0}, not_checked = {.n = 0};
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!o || !out)
		abort();
	o->in = in;
	o->m = in->manifest;
	requirements(o);
	oracle_check_a(o);
	oracle_check_b(o);
	oracle_check_c(o, &violations);
	oracle_check_e1(o);
	oracle_check_d(o);
	oracle_check_d3(o);
	oracle_unchecked(o, &not_checked);
	oracle_check_g(o, &not_checked);
	print_oracle(out, o, &violations, &not_checked);
	fclose(out);
	for (int c = 0; c < SG_CHECK_COUNT; c++) {
		empty(&o->reasons[c]);
		empty(&o->fixes[c]);
	}
	empty(&o->roles);
	empty(&o->engines);
	empty(&o->contract);
	empty(&o->proven);
	empty(&violations);
	empty(&not_checked);
	free(o);
	return text;
}

/* --- the same text of what the gates said --- */

static void print_strs(FILE *out, const char *name, const struct sg_strs *list)
{
	fprintf(out, "%s:", name);
	for (size_t i = 0; i < list->n; i++)
		fprintf(out, " [%s]", list->v[i]);
	fputc('\n', out);
}

char *gate_verdict_text(const struct sg_verdict *v)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	fprintf(out, "%s %s %d %d %d\n", v->pass ? "PASS" : "FAIL", sg_code_name(v->code),
		v->coverage_pass, v->contract_pass, v->others_pass);
	for (size_t i = 0; i < v->reasons.n; i++)
		fprintf(out, "%s -> %s\n", v->fail_reasons.v[i], v->reasons.v[i].fix);
	print_strs(out, "FIX_LIST", &v->fix_list);
	print_strs(out, "required_roles", &v->required_roles);
	print_strs(out, "roles_ran", &v->roles_ran);
	print_strs(out, "missing_roles", &v->missing_roles);
	print_strs(out, "required_eng_keys", &v->required_eng_keys);
	print_strs(out, "eng_ran", &v->eng_ran);
	print_strs(out, "missing_eng", &v->missing_eng);
	print_strs(out, "scope_violations", &v->scope_violations);
	print_strs(out, "contract", &v->contract);
	print_strs(out, "present", &v->present);
	print_strs(out, "missing", &v->missing);
	for (size_t c = 0; c < SG_CHECK_COUNT; c++)
		fprintf(out, "%zu/%zu ", v->tally[c].passed, v->tally[c].total);
	fputc('\n', out);
	print_strs(out, "not_checked", &v->not_checked);
	fclose(out);
	return text;
}
