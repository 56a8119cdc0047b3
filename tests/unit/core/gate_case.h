/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A small manifest, plan, profile and evidence that pass both gates, for a test to spoil.
 *
 *	struct gate_case c;
 *	gate_case_init(&c);
 *	c.roles[1].status = SG_ROW_STATUS_FAILED;
 *	gate_case_judge(&c);
 *	gate_case_expect(&c, "<the one reason>", "<its fix>");
 *	gate_case_release(&c);
 *
 * The rows are the arrays below; c.m borrows them, so they may be changed until the judgement.
 */
#ifndef STEPGATE_TEST_GATE_CASE_H
#define STEPGATE_TEST_GATE_CASE_H

#include "base/arena.h"
#include "stepgate/gate.h"

/* A list of texts that lives as long as the block it is written in. */
#define STRS(...)                                             \
	((struct sg_strs){(const char *const[]){__VA_ARGS__}, \
		sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)})

#define GATE_CASE_ROOM 8

/* Rows by name, in the order of the ledgers. */
enum { CASE_SPC, CASE_ORC, CASE_CTL, CASE_VAL, CASE_QA };
enum { CASE_TOC, CASE_LINKS }; /* KEY:ENG.TOC makes TOC, KEY:ENG.LINKS LINKS */
enum {
	CASE_PLAN_TOKEN,
	CASE_REPORT,
	CASE_PACK
}; /* ENGINE_PLAN_TOKEN, VAL_REPORT, PACK_OUTPUT */

struct gate_case {
	struct sg_arena arena;
	struct sg_manifest m;
	struct sg_plan plan;
	struct sg_profile profile;
	struct sg_role_row roles[GATE_CASE_ROOM];
	struct sg_engine_row engines[GATE_CASE_ROOM];
	struct sg_output_row outputs[GATE_CASE_ROOM];
	struct sg_fact facts_v[24];
	struct sg_facts
		facts; /* of every row and output; in.facts is NULL until a test sets it */
	struct sg_gate_input in;
	struct sg_verdict v;
};

void gate_case_init(struct gate_case *c);
void gate_case_release(struct gate_case *c);
void gate_case_judge(struct gate_case *c);

/*
 * The judgement is PASS; or it has exactly this reason and this fix; or it has it among
 * others.
 */
void gate_case_expect_pass(const struct gate_case *c);
void gate_case_expect(const struct gate_case *c, const char *text, const char *fix);
void gate_case_one(struct gate_case *c, const char *text, const char *fix); /* judges first */
void gate_case_expect_among(const struct gate_case *c, const char *text, const char *fix);
/* No reason of that check. */
void gate_case_expect_none(const struct gate_case *c, enum sg_check check);

/* The fact of that name, to be changed. */
struct sg_fact *gate_case_fact(struct gate_case *c, enum sg_fact_kind kind, const char *name);

#endif
