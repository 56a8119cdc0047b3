/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the parts of the gates share; private to src/core/gate_*.c and verdict.c.
 *
 * One judgement is a struct sg_gate, made by sg_gate_begin() and ended by sg_gate_end().
 * Every part adds findings to it by check, in whatever order it walks, because each check
 * has a list of its own: the order of FAIL_REASONS comes from the checks and, inside one,
 * from the requirement lists. Names are found through tables, so that the whole is linear in
 * rows and requirements; nothing is allocated for a row that passes.
 *
 * Out of memory is sticky (sg_gate_failed): the parts go on with what they have and the caller
 * looks once, at the end.
 */
#ifndef STEPGATE_CORE_GATE_INTERNAL_H
#define STEPGATE_CORE_GATE_INTERNAL_H

#include "base/arena.h"
#include "base/strbuf.h"
#include "base/table.h"
#include "stepgate/gate.h"

#define SG_ROLE_VAL          "VAL"
#define SG_OUTPUT_VAL_REPORT "VAL_REPORT"

/*
 * Finds places in a list of names that are each there once. Asked in the list's own order it
 * costs a comparison; the table is made at the first name that comes in another. names is
 * borrowed.
 */
struct sg_names_finder {
	const struct sg_strs *names;
	struct sg_table table;
	size_t next;
	bool bare;
	bool filled;
};

/*
 * Names that are required, each once, as first written, and the row that stands for each: the
 * index of the last one in its ledger, or SG_TABLE_NONE. names.v and row live in the arena.
 */
struct sg_need {
	struct sg_strs names;
	size_t *row;
	struct sg_names_finder finder; /* of names; kept: rows may be found more than once */
};

/*
 * A list of keys of which some may end in '*', made to be asked often. exact holds the plain
 * ones; prefixes the others without their star, sorted, and none is a prefix of another:
 * then the greatest that is not above a key is the only one that can match it.
 */
struct sg_key_set {
	struct sg_table exact;
	const char **prefixes; /* owned; each borrowed, still ended by its star */
	size_t n_prefixes;
};

/* The findings of one check. v is owned; its texts live in the arena. */
struct sg_findings {
	struct sg_reason *v;
	size_t n;
	size_t capacity;
};

/* How a reason is worded; each array ends at its first NULL and is joined without a space. */
struct sg_finding {
	enum sg_check check;
	enum sg_code code;
	const char *subject;
	const char *expected[4];
	const char *found[3];
	const char *fix[5];
};

struct sg_gate {
	struct sg_arena *arena;            /* borrowed; what the verdict holds */
	const struct sg_gate_input *input; /* borrowed */
	const struct sg_manifest *m;       /* input->manifest */
	struct sg_strbuf line;             /* where a text is put together */
	struct sg_findings findings[SG_CHECK_COUNT];
	struct sg_tally tally[SG_CHECK_COUNT];
	struct sg_need roles, engines, outputs;
	struct sg_table engine_rows; /* bare key -> the row that stands */
	unsigned char
		*engine_superseded; /* owned; a byte a row, NULL when no key stands twice */
	bool superseded_found;      /* it was looked for */
	struct sg_key_set allow_skip, allowed, no_go_plan, no_go_route;
	struct sg_table facts[3];      /* by sg_fact_kind: name -> fact; engines by bare key */
	bool facts_found;              /* the tables are filled */
	struct sg_table wanted;        /* expected outputs, once they were looked for */
	unsigned char *demand_absent;  /* in the arena, a byte a demand: no such output */
	bool has_allowed; /* there is a usable list of allowed engines */
	bool failed;      /* out of memory outside of the arena */
};

/* --- gate_rows.c: a judgement, its requirements and the rows that stand for them --- */

/* Sets all empty, then reads requirements and constraints out of the input. No row yet. */
void sg_gate_begin(
	struct sg_gate *g, struct sg_arena *arena, const struct sg_gate_input *input);
/*
 * Finds the row that stands for each requirement. Before any check but B0. It may be done again
 * when rows have lost their names: all of one name at once, so that those which other rows have
 * superseded stay the same.
 */
void sg_gate_find_rows(struct sg_gate *g);
void sg_gate_find_role_rows(struct sg_gate *g);
void sg_gate_find_engine_rows(struct sg_gate *g);
void sg_gate_find_output_rows(struct sg_gate *g);
/* Gives back what is not in the arena. */
void sg_gate_end(struct sg_gate *g);

bool sg_gate_entries_are_list(const struct sg_gate *g);
/* Whether that engine row is one (it has a name) and is the last for its key. */
bool sg_gate_engine_stands(const struct sg_gate *g, size_t row);

/* The standing row, or NULL; i is an index of the need's names. */
const struct sg_role_row *sg_gate_role_row(const struct sg_gate *g, size_t i);
const struct sg_engine_row *sg_gate_engine_row(const struct sg_gate *g, size_t i);
const struct sg_output_row *sg_gate_output_row(const struct sg_gate *g, size_t i);
bool sg_gate_role_ran(const struct sg_gate *g, size_t i);
bool sg_gate_engine_ran(const struct sg_gate *g, size_t i);
bool sg_gate_output_present(const struct sg_gate *g, size_t i);

/*
 * A field of the plan that is there and is a list (an empty one may be what bad_field
 * names).
 */
bool sg_plan_usable(const struct sg_plan *plan, bool has, const struct sg_strs *list);

/* Fills an empty set, once; only_marked takes only keys that are written with KEY:. */
void sg_key_set_fill(
	struct sg_key_set *set, const struct sg_strs *list, bool only_marked, bool *failed);
void sg_key_set_release(struct sg_key_set *set);
bool sg_key_set_has(const struct sg_key_set *set, const char *key);

/* --- gate_tools.c: findings, lists --- */

bool sg_gate_failed(const struct sg_gate *g);

/* A subject passed. */
void sg_gate_pass(struct sg_gate *g, enum sg_check check);
/* A subject did not, with this reason. subject is borrowed and stands in the verdict. */
void sg_gate_fail(struct sg_gate *g, const struct sg_finding *finding);
/* One reason more, the tally left to the caller: a subject may have several. */
void sg_gate_reason(struct sg_gate *g, const struct sg_finding *finding);

/* Parts (up to the first NULL) joined into the arena; "" when memory ran out. */
const char *sg_gate_join(struct sg_gate *g, const char *const *parts, size_t max_parts);

/* The shape of a field, and what to say of one that is not PRESENT. */
enum sg_shape sg_gate_shape(const struct sg_gate *g, enum sg_field_id field);
const char *sg_shape_found(enum sg_shape shape, const char *wrong);
/* A0 and D0: the required list is there and not empty, the ledger is a list. */
void sg_gate_list_and_ledger(struct sg_gate *g, enum sg_check check, enum sg_field_id list_id,
	const struct sg_strs *list, enum sg_field_id ledger_id);

/* Splits list by flags[i] (nonzero: yes), both in its order. */
void sg_gate_split(struct sg_gate *g, const struct sg_strs *list, const unsigned char *flags,
	struct sg_strs *ret_yes, struct sg_strs *ret_no);

/* True where the verdict is being made: that role counts as ran, that output as present. */
bool sg_gate_is_val(const struct sg_gate *g, const char *role);
bool sg_gate_is_val_report(const struct sg_gate *g, const char *output);
/* What a row says, for a sentence: its status or "no status". */
const char *sg_status_said(const char *status_text);

/* --- gate_names.c: what is there twice, what is there at all --- */

/*
 * The texts of a then b, each once (bare: compared without KEY:); NULL is empty. False when
 * memory ran out, *ret then untouched. ret may be a or b.
 */
bool sg_names_once(struct sg_arena *arena, const struct sg_strs *a, const struct sg_strs *b,
	bool bare, struct sg_strs *ret);

/*
 * Flags, a byte a row, for those rows whose key a later row has; NULL when there is none.
 * Owned by the caller (free), also when it returns false: out of memory.
 */
bool sg_names_superseded(const struct sg_engine_rows *entries, unsigned char **ret_flags);

/* Where a name stands in the finder's list. */
void sg_names_finder_init(struct sg_names_finder *f, const struct sg_strs *names, bool bare);
size_t sg_names_find(struct sg_names_finder *f, const char *name); /* or SG_TABLE_NONE */
bool sg_names_finder_release(struct sg_names_finder *f);           /* false: memory ran out */

/* --- the parts, each adding to findings and tally --- */

/* gate_plan.c: B0 */
void sg_gate_check_plan(struct sg_gate *g);
/* gate_coverage.c: A0 to A3; B1 to B3; B4, made[i] set where expected[i] was made; C1, C2 */
void sg_gate_check_roles(struct sg_gate *g);
void sg_gate_check_engines(struct sg_gate *g);
void sg_gate_check_expected(
	struct sg_gate *g, const struct sg_strs *expected, unsigned char *made);
void sg_gate_check_scope(struct sg_gate *g, struct sg_strs *ret_violations);
/* What the i-th role made, VAL_REPORT included while the verdict is being made. */
struct sg_strs sg_gate_role_outputs(struct sg_gate *g, size_t i);
/* Whether the i-th engine is skipped with the profile's leave. */
bool sg_gate_engine_skipped(const struct sg_gate *g, size_t i);
/*
 * gate_evidence.c: the fact of a name, or NULL (there is none, or no evidence at all). Whoever
 * asks many names first pays for the tables once a judgement.
 */
const struct sg_fact *sg_gate_fact(
	struct sg_gate *g, enum sg_fact_kind kind, const char *name);
/* E1 */
void sg_gate_check_evidence(
	struct sg_gate *g, const struct sg_strs *expected, const unsigned char *made);
/* gate_contract.c: D0 to D2; D3 */
void sg_gate_check_contract(struct sg_gate *g);
void sg_gate_check_demands(struct sg_gate *g);
/* gate_others.c: G1, and what nothing looked at */
void sg_gate_check_others(struct sg_gate *g, struct sg_strs *ret_not_checked);

/* "tier full": as a reason names it. */
const char *sg_gate_tier_said(enum sg_tier tier);

#endif
