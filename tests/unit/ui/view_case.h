/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A run by hand for the views: STEP 0003 with three engines in the middle of ORC's work, every text its
 * own, so that a test can spoil one field and look at the rows.
 *
 *	struct view_case c;
 *	view_case_init(&c);
 *	c.run.state = SG_STATE_STOPPED;
 *	sg_view_status(&c.rows, &c.in);
 *	view_case_golden(&c, "status-stopped");
 *	view_case_release(&c);
 */
#ifndef TESTS_UNIT_UI_VIEW_CASE_H
#define TESTS_UNIT_UI_VIEW_CASE_H

#include "ui/view.h"

#define STRS(...)                                             \
	((struct sg_strs){(const char *const[]){__VA_ARGS__}, \
		sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)})

struct view_case {
	struct sg_arena arena;
	struct sg_rows rows;
	struct sg_run run;
	struct sg_view_input in;
	struct sg_profile profile;
	struct sg_route route;
	struct sg_plan plan;
	struct sg_role_row roles[4];
	struct sg_engine_row engines[4];
	struct sg_output_row outputs[6];
	struct sg_proof proofs[8];
	struct sg_fact facts_v[8];
	struct sg_facts facts; /* in.facts is NULL until a test sets it */
};

void view_case_init(struct view_case *c);
void view_case_release(struct view_case *c);

/*
 * The rows, a letter for the style in front of each, against tests/golden/view-<name>.txt. With
 * STEPGATE_GOLDEN=write in the environment the file is written anew and the test is skipped.
 */
void view_case_golden(struct view_case *c, const char *name);

/* The rows as one text, a newline behind each. The caller frees it. */
char *view_case_text(const struct view_case *c);
/* Some row holds the text. */
bool view_case_says(const struct view_case *c, const char *text);
/* The column in which a text begins in the row that holds it, counted as a terminal does. */
size_t view_case_column(const struct view_case *c, const char *row_with, const char *text);

#endif
