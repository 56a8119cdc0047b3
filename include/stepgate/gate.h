/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The two gates that decide: KEY:VAL.ENGINE_COVERAGE_GATE and KEY:VAL.OUTPUT_CONTRACT_GATE.
 *
 * Source: "07__VAL_ENG__COVERAGE_AND_OUTPUT_CONTRACT", sections 3 to 6. Pure functions: they
 * read no file and no clock, change nothing, and give the same bytes for the same input. Every
 * check is made and every reason listed; see SG_CHECK_LIST for the order.
 *
 *	struct sg_verdict v;
 *	rc = sg_verdict_judge(&arena, &input, &v);
 *
 * The verdict borrows from the arena and from the input. It fails only for lack of memory: a
 * gate that could not be evaluated is a FAIL inside the verdict, never a pass.
 */
#ifndef STEPGATE_GATE_H
#define STEPGATE_GATE_H

#include "stepgate/manifest.h"
#include "stepgate/route.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SG_VAL_COVERAGE_KEY "KEY:VAL.ENGINE_COVERAGE_GATE"
#define SG_VAL_CONTRACT_KEY "KEY:VAL.OUTPUT_CONTRACT_GATE"

/*
 * Each check of both tables, in the order in which reasons are listed. G: a bound gate's
 * command. S: whether the gates can fail at all (struct sg_shadows).
 */
#define SG_CHECK_LIST(X)                                                                    \
	X(A0, "A0")                                                                         \
	X(A1, "A1") X(A2, "A2") X(A3, "A3") X(B0, "B0") X(B1, "B1") X(B2, "B2") X(B3, "B3") \
		X(B4, "B4") X(C1, "C1") X(C2, "C2") X(E1, "E1") X(D0, "D0") X(D1, "D1")     \
			X(D2, "D2") X(D3, "D3") X(G1, "G1") X(S1, "S1")

enum sg_check {
#define X(id, text) SG_CHECK_##id,
	SG_CHECK_LIST(X)
#undef X
		SG_CHECK_COUNT
};

const char *sg_check_name(enum sg_check check);

enum sg_fact_kind { SG_FACT_ROLE, SG_FACT_ENGINE, SG_FACT_OUTPUT };

/* Something that CONTRACT demands of an output and that its bytes do not hold. */
struct sg_miss {
	const char *demand; /* as sg_demand_items says it */
	const char *found;
};

struct sg_misses {
	const struct sg_miss *v;
	size_t n;
};

/*
 * What the trace and the hashes say of one row. misses: of an OUTPUT whose bytes were looked
 * at; of one that is not FRESH there is nothing to look at and there are none. since: the
 * attempt since which the output is byte for byte the same; 0: it is the first of its kind.
 */
struct sg_fact {
	enum sg_fact_kind kind;
	const char *name;
	enum sg_provenance provenance;
	enum sg_fresh fresh;
	enum sg_tier tier;
	int since;
	struct sg_misses misses;
};

struct sg_facts {
	const struct sg_fact *v;
	size_t n;
};

/*
 * What a gate bound to a command said. CHANGED: its command is not the one that ROUTE pinned,
 * so it was not run; the reasons say which of its files ("gates/x.sh changed").
 */
enum sg_gate_outcome {
	SG_GATE_PASS,
	SG_GATE_FAIL,
	SG_GATE_NOT_EVALUATED,
	SG_GATE_UNBOUND,
	SG_GATE_NOT_CHECKED,
	SG_GATE_CHANGED
};
struct sg_gate_result {
	const char *key;
	enum sg_gate_outcome outcome;
	struct sg_strs reasons; /* its stdout lines, sanitised by the caller */
	enum sg_tier tier;      /* of its command */
	const char *walls;      /* "" or those that were missing */
};

struct sg_gate_results {
	const struct sg_gate_result *v;
	size_t n;
};

struct sg_gate_input {
	const struct sg_manifest *manifest; /* routing and ledgers; shapes honoured */
	const struct sg_plan *plan;         /* NULL: there is no readable plan */
	const struct sg_profile *profile;   /* NULL: none; the minimum of the seed holds */
	const struct sg_facts *facts;       /* NULL: judged by the ledgers alone, without E1 */
	const struct sg_gate_results *others; /* NULL: none was asked */
	bool val_in_progress; /* the VAL row counts as ran, VAL_REPORT as present */
};

struct sg_reason {
	enum sg_code code;
	enum sg_check check;
	const char *subject; /* field, role, output or engine */
	const char *text;    /* "<CODE>: <check>: <subject>: expected <x>, found <y>" */
	const char *fix;     /* its line of FIX_LIST */
};

struct sg_reasons {
	const struct sg_reason *v;
	size_t n;
};

/* How many subjects a check looked at, and how many of them passed. */
struct sg_tally {
	size_t passed;
	size_t total;
};

/*
 * The proof that the gates can fail. A gate that says PASS to everything would be believed for
 * ever, so before a PASS is, both gates are run on shadows of their input: in each one entry
 * that is required is taken away, and each has to turn red.
 *
 * An entry is the row of a required role, of a required engine, of a contract item (all rows
 * of that name); a baseline output (all its alternatives at once) in its role's
 * outputs_produced; an item of expected_outputs in all engines' outputs_produced; the plan;
 * the result of another gate; and, with evidence, that of each required role, engine and
 * contract item that has any, and what meets a line of CONTRACT. VAL, its evidence and
 * VAL_REPORT are not among them, for they are being made, nor are engines that are skipped
 * with the profile's leave.
 *
 * Up to SG_SHADOWS_MOST entries all are tried. Of more, evenly chosen ones: of m the floor(i *
 * m / n)th for i = 0 .. n - 1, n being SG_SHADOWS_MOST, or less where the ledgers are so long
 * that n * rows would pass SG_SHADOWS_WORK, but never under SG_SHADOWS_LEAST.
 */
#define SG_SHADOWS_MOST  ((size_t)1000)
#define SG_SHADOWS_LEAST ((size_t)20)
#define SG_SHADOWS_WORK  ((size_t)20000000)

struct sg_shadows {
	size_t tried; /* 0: nothing was tried (an old trace, or no PASS to prove) */
	size_t red;
	size_t of;
	const char *green; /* the first entry that was not missed; "" or NULL: none */
};

struct sg_verdict {
	bool pass;
	enum sg_code code; /* SG_CODE_NONE on PASS */
	bool coverage_pass;
	bool contract_pass;
	bool others_pass;
	struct sg_reasons reasons;
	struct sg_strs fail_reasons; /* the texts of reasons */
	struct sg_strs fix_list;     /* one entry a reason, no entry twice */
	/* COVERAGE_SUMMARY */
	struct sg_strs required_roles, roles_ran, missing_roles;
	struct sg_strs required_eng_keys, eng_ran, missing_eng;
	struct sg_strs scope_violations;
	/* OUTPUT_SUMMARY */
	struct sg_strs contract, present, missing;
	/* CHECKED, beside the report */
	struct sg_tally tally[SG_CHECK_COUNT];
	const struct sg_gate_results *others;
	struct sg_strs not_checked; /* "NO_GO_LIST: <item>", "REQUIRED_IDX: <item>", ... */
	struct sg_shadows shadows;  /* of sg_verdict_prove */
};

/* Both gates and the results of the others, together. */
enum sg_rc sg_verdict_judge(
	struct sg_arena *arena, const struct sg_gate_input *input, struct sg_verdict *ret);

/*
 * Tries the gates on shadows of the input that gave this verdict; only where it is PASS. What
 * comes out is taken as sg_verdict_take_shadows does.
 */
enum sg_rc sg_verdict_prove(
	struct sg_arena *arena, const struct sg_gate_input *input, struct sg_verdict *verdict);
/*
 * Takes over what a trial gave: a PASS of which a shadow stayed green becomes a FAIL, neither
 * gate of which is believed. green is borrowed.
 */
enum sg_rc sg_verdict_take_shadows(
	struct sg_arena *arena, const struct sg_shadows *shadows, struct sg_verdict *verdict);

/*
 * Check B0 alone, for the end of SPC: is there a plan, and is it consistent with the route?
 * Returns the number of reasons (0: consistent) and lists them.
 */
enum sg_rc sg_gate_plan(
	struct sg_arena *arena, const struct sg_gate_input *input, struct sg_reasons *ret);

/* The plan's engines, then the route's own, each once, keys as first written. */
enum sg_rc sg_required_engines(struct sg_arena *arena, const struct sg_manifest *routing,
	const struct sg_plan *plan, struct sg_strs *ret);

/* The baseline alternatives of a role ("A|B" is one), the seed's and then the profile's. */
enum sg_rc sg_role_baseline(struct sg_arena *arena, const char *role,
	const struct sg_profile *profile, struct sg_strs *ret);

/* Whether a list satisfies one baseline item: "A|B" is met by A or by B. */
bool sg_baseline_met(const struct sg_strs *outputs, const char *item);

#ifdef __cplusplus
}
#endif
#endif
