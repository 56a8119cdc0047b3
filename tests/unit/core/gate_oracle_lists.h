/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the oracle's parts share: lists, the sentences of a reason, what stands in a ledger,
 * what is required. Everything is looked up by walking from the start, each time it is
 * asked.
 */
#ifndef STEPGATE_TEST_GATE_ORACLE_LISTS_H
#define STEPGATE_TEST_GATE_ORACLE_LISTS_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gate_oracle.h"

#define MAX 256

struct bag {
	char *v[MAX];
	int n;
};

struct oracle {
	const struct sg_gate_input *in;
	const struct sg_manifest *m;
	struct bag roles, engines, contract; /* what is required, each once */
	struct bag reasons[SG_CHECK_COUNT], fixes[SG_CHECK_COUNT];
	enum sg_code codes[SG_CHECK_COUNT][MAX];
	int passed[SG_CHECK_COUNT], total[SG_CHECK_COUNT];
	struct bag proven; /* outputs whose evidence was judged */
};

static inline char *say(const char *format, ...) __attribute__((format(printf, 1, 2)));

static inline char *say(const char *format, ...)
{
	va_list args;
	char *text = NULL;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		abort();
	va_end(args);
	return text;
}

static inline void put(struct bag *bag, char *text)
{
	if (bag->n == MAX)
		abort();
	bag->v[bag->n++] = text;
}

static inline bool holds(const struct bag *bag, const char *text)
{
	for (int i = 0; i < bag->n; i++) {
		if (!strcmp(bag->v[i], text))
			return true;
	}
	return false;
}

static inline void empty(struct bag *bag)
{
	for (int i = 0; i < bag->n; i++)
		free(bag->v[i]);
	bag->n = 0;
}

/* "Keys are compared after cutting a leading KEY:" */
static inline const char *cut(const char *key)
{
	return strncmp(key, "KEY:", 4) ? key : key + 4;
}

static inline bool same(const char *a, const char *b)
{
	return !strcmp(cut(a), cut(b));
}

/* "entries may end in *" */
static inline bool named_by(const struct sg_strs *list, const char *key)
{
	for (size_t i = 0; i < list->n; i++) {
		const char *entry = cut(list->v[i]);
		const size_t length = strlen(entry);
		const bool star = length && entry[length - 1] == '*';
		if (star ? !strncmp(entry, cut(key), length - 1) : !strcmp(entry, cut(key)))
			return true;
	}
	return false;
}

static inline bool listed(const struct sg_strs *list, const char *text)
{
	for (size_t i = 0; i < list->n; i++) {
		if (!strcmp(list->v[i], text))
			return true;
	}
	return false;
}

static inline int shape(const struct oracle *o, enum sg_field_id id)
{
	return o->m->shape[id];
}

static inline void ok(struct oracle *o, enum sg_check check)
{
	o->passed[check]++;
	o->total[check]++;
}

/* The tally counts subjects, so a subject with two reasons is counted by its caller. */
static inline void reason(struct oracle *o, enum sg_check check, enum sg_code code,
	const char *subject, const char *expected_found, char *fix)
{
	const char *code_name = code == SG_CODE_MARKER_NOT_CONFIRMED ? "MARKER_NOT_CONFIRMED"
				: code == SG_CODE_ENTRYPOINT_MISSING ? "ENTRYPOINT_MISSING"
								     : "SCOPE_VIOLATION";
	static const char *const names[] = {"A0", "A1", "A2", "A3", "B0", "B1", "B2", "B3",
		"B4", "C1", "C2", "E1", "D0", "D1", "D2", "D3", "G1", "S1"};

	o->codes[check][o->reasons[check].n] = code;
	put(&o->reasons[check],
		say("%s: %s: %s: %s", code_name, names[check], subject, expected_found));
	put(&o->fixes[check], fix);
}

static inline void bad(struct oracle *o, enum sg_check check, enum sg_code code,
	const char *subject, char *expected_found, char *fix)
{
	o->total[check]++;
	reason(o, check, code, subject, expected_found, fix);
	free(expected_found);
}

#define MARKER SG_CODE_MARKER_NOT_CONFIRMED
#define ENTRY  SG_CODE_ENTRYPOINT_MISSING
#define SCOPE  SG_CODE_SCOPE_VIOLATION

/* --- what stands in the ledgers: "of two rows for one name the last stands" --- */

static inline const struct sg_role_row *role_row(const struct oracle *o, const char *role)
{
	const struct sg_role_row *found = NULL;

	if (shape(o, SG_FIELD_ID_LEDGERS_ROLE_LEDGER) || !*role)
		return NULL;
	for (size_t i = 0; i < o->m->roles.n; i++) {
		if (!strcmp(o->m->roles.v[i].role, role))
			found = &o->m->roles.v[i];
	}
	return found;
}

static inline bool entries_is_list(const struct oracle *o)
{
	return !shape(o, SG_FIELD_ID_LEDGERS_ENGINE_RUN_LEDGER) && !o->m->entries_shape;
}

static inline const struct sg_engine_row *engine_row(const struct oracle *o, const char *key)
{
	const struct sg_engine_row *found = NULL;

	if (!entries_is_list(o) || !*cut(key))
		return NULL;
	for (size_t i = 0; i < o->m->engines.entries.n; i++) {
		if (same(o->m->engines.entries.v[i].eng_key, key))
			found = &o->m->engines.entries.v[i];
	}
	return found;
}

static inline const struct sg_output_row *output_row(const struct oracle *o, const char *output)
{
	const struct sg_output_row *found = NULL;

	if (shape(o, SG_FIELD_ID_LEDGERS_OUTPUT_LEDGER) || !*output)
		return NULL;
	for (size_t i = 0; i < o->m->outputs.n; i++) {
		if (!strcmp(o->m->outputs.v[i].output, output))
			found = &o->m->outputs.v[i];
	}
	return found;
}

static inline bool is_val(const struct oracle *o, const char *role)
{
	return o->in->val_in_progress && !strcmp(role, "VAL");
}

static inline bool is_report(const struct oracle *o, const char *output)
{
	return o->in->val_in_progress && !strcmp(output, "VAL_REPORT");
}

static inline bool role_ran(const struct oracle *o, const char *role)
{
	const struct sg_role_row *row = role_row(o, role);

	return is_val(o, role) || (row && row->status == SG_ROW_STATUS_RAN);
}

static inline bool role_made(const struct oracle *o, const char *role, const char *output)
{
	const struct sg_role_row *row = role_row(o, role);

	return (is_val(o, role) && !strcmp(output, "VAL_REPORT")) ||
	       (row && listed(&row->outputs_produced, output));
}

static inline const char *word(const char *status_text)
{
	return *status_text ? status_text : "no status";
}

/* "is in outputs_produced of an engine that ran" */
static inline bool engines_made(const struct oracle *o, const char *output)
{
	for (size_t i = 0; i < o->m->engines.entries.n; i++) {
		const struct sg_engine_row *row = &o->m->engines.entries.v[i];
		if (row == engine_row(o, row->eng_key) && row->status == SG_ROW_STATUS_RAN &&
			listed(&row->outputs_produced, output))
			return true;
	}
	return false;
}

/* --- what is required --- */

static inline void require(struct bag *bag, const struct sg_strs *list, bool keys)
{
	for (size_t i = 0; i < list->n; i++) {
		bool there = false;
		for (int j = 0; j < bag->n; j++)
			there = there || (keys ? same(bag->v[j], list->v[i])
					       : !strcmp(bag->v[j], list->v[i]));
		if (!there)
			put(bag, say("%s", list->v[i]));
	}
}

/* A plan's field can be judged when it is there and a list of texts. */
static inline bool usable(const struct oracle *o, bool has, const struct sg_strs *list)
{
	return o->in->plan && has && !(o->in->plan->bad_field && list->n == 0);
}

static inline void requirements(struct oracle *o)
{
	const struct sg_plan *plan = o->in->plan;

	if (!shape(o, SG_FIELD_ID_ROUTING_REQUIRED_ROLES))
		require(&o->roles, &o->m->required_roles, false);
	if (plan && usable(o, plan->has_required, &plan->required_eng_keys))
		require(&o->engines, &plan->required_eng_keys, true);
	if (!shape(o, SG_FIELD_ID_ROUTING_REQUIRED_ENG_KEYS))
		require(&o->engines, &o->m->required_eng_keys, true);
	if (!shape(o, SG_FIELD_ID_ROUTING_OUTPUT_CONTRACT))
		require(&o->contract, &o->m->output_contract, false);
}

static inline const char *what_shape(int s, const char *wrong)
{
	return s == SG_SHAPE_ABSENT ? "absent" : wrong;
}

static inline bool is_present(const struct oracle *o, const char *output)
{
	const struct sg_output_row *row = output_row(o, output);

	return is_report(o, output) || (row && row->present == SG_TRUTH_TRUE);
}

static inline bool may_skip(const struct oracle *o, const char *key)
{
	return o->in->profile && named_by(&o->in->profile->allow_skip, key);
}

/* --- gate_oracle_checks.c --- */
void oracle_check_a(struct oracle *o);
void oracle_check_b(struct oracle *o);
void oracle_check_c(struct oracle *o, struct bag *violations);
void oracle_check_d(struct oracle *o);
void oracle_check_e1(struct oracle *o);
void oracle_check_g(struct oracle *o, struct bag *not_checked);
void oracle_unchecked(const struct oracle *o, struct bag *ret);
void oracle_baseline(const struct oracle *o, const char *role, struct bag *ret);
/* --- gate_oracle_demands.c --- */
void oracle_check_d3(struct oracle *o);
void oracle_unchecked_demands(const struct oracle *o, struct bag *ret);

#endif
