/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A pane that a test looks at: a run built event by event, what beside it goes into the pane,
 * and the rows that come out, each checked for its width.
 *
 *	struct pane_case c;
 *	pane_case_init(&c);            (IDLE)
 *	pane_case_await(&c, "CTL");    (its brief is out)
 *	pane_case_rows(&c, 24, 80);
 *	cr_assert(pane_case_has(&c, "BRIEF"));
 *	pane_case_release(&c);
 */
#ifndef STEPGATE_TEST_PANE_CASE_H
#define STEPGATE_TEST_PANE_CASE_H

#include "ui/view_pane.h"
#include "unit/core/run_builder.h"

struct pane_case {
	struct run_builder b;
	struct sg_arena arena; /* of the rows */
	struct sg_rows rows;
	struct sg_pane_input in;
	struct sg_pane_state state;
	struct sg_brief brief;
	struct sg_running running[2];
	struct sg_strs require_state;
	struct sg_fact facts_v[64];
	struct sg_facts facts;
};

void pane_case_init(struct pane_case *c);
void pane_case_release(struct pane_case *c);

/* STEP 0003-like goal, route and engines of TERMINAL.md 6, in Russian, awaiting that phase. */
void pane_case_await(struct pane_case *c, const char *phase);
/* ORC runs: two engines ended, one is running. */
void pane_case_orc(struct pane_case *c);
/* ORC's second engine failed: STOP_GAP. */
void pane_case_stopped(struct pane_case *c);
void pane_case_passed(struct pane_case *c);
/* The brief of the run as it stands, put out. */
void pane_case_brief(struct pane_case *c);

/* Composes; every row is checked for its width, and that there are exactly n_rows. */
void pane_case_rows(struct pane_case *c, size_t n_rows, size_t n_columns);
void pane_case_act(
	struct pane_case *c, enum sg_pane_action action, size_t n_rows, size_t n_columns);
/* The index of the first row that holds the text, or -1. */
int pane_case_row(const struct pane_case *c, const char *text);
#define pane_case_has(c, text) (pane_case_row((c), (text)) >= 0)
/* All rows, a newline behind each; in the case's arena. */
const char *pane_case_screen(struct pane_case *c);

#endif
