/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The help overlay: long descriptions go on below themselves, and no page skips an entry. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/harness.h"
#include "pane_case.h"

enum { N = 30 };
static char names[N][16];
static char descriptions[N][160];
static const char *texts[N];
static const char *described[N];

/* Every third description takes three rows of a screen of 60 columns. */
static void begin(struct pane_case *c)
{
	pane_case_init(c);
	pane_case_orc(c);
	for (size_t i = 0; i < N; i++) {
		snprintf(names[i], sizeof(names[i]), "name%02zu", i);
		snprintf(descriptions[i], sizeof(descriptions[i]), "%s last%02zu.",
			i % 3 ? "short"
			      : "many words that do not all fit into one row of so small "
				"a screen and so go on and on and on",
			i);
		texts[i] = names[i];
		described[i] = descriptions[i];
	}
	c->in.overlay = (struct sg_overlay){"help", texts, described, N};
	pane_case_act(c, SG_PANE_ACTION_HELP, 20, 60);
}

static void look(const struct pane_case *c, bool *seen)
{
	for (size_t i = 0; i < N; i++) {
		char *end = sg_t_format("last%02zu.", i);
		const bool there = pane_case_has(c, end);
		cr_expect_eq(there, pane_case_has(c, names[i]), "%s is cut", names[i]);
		seen[i] = seen[i] || there;
		free(end);
	}
}

static void page_through(enum sg_pane_action action, size_t rows)
{
	struct pane_case c;
	bool seen[N] = {false};
	begin(&c);
	if (action == SG_PANE_ACTION_PAGE_UP)
		pane_case_act(&c, SG_PANE_ACTION_BOTTOM, rows, 60);
	for (int i = 0; i < 2 * N; i++) {
		pane_case_rows(&c, rows, 60);
		look(&c, seen);
		pane_case_act(&c, action, rows, 60);
	}
	for (size_t i = 0; i < N; i++)
		cr_expect(seen[i], "%zu rows: %s was skipped", rows, names[i]);
	pane_case_release(&c);
}

Test(view_pane_help, no_page_skips_an_entry_or_cuts_one)
{
	for (size_t rows = 8; rows < 40; rows += 3) {
		page_through(SG_PANE_ACTION_PAGE_DOWN, rows);
		page_through(SG_PANE_ACTION_PAGE_UP, rows);
	}
	SG_LEAKCHECK();
}

Test(view_pane_help, what_is_below_is_counted)
{
	struct pane_case c;
	begin(&c);
	pane_case_rows(&c, 12, 60);
	cr_assert(pane_case_has(&c, "more"), "%s", pane_case_screen(&c));
	pane_case_act(&c, SG_PANE_ACTION_BOTTOM, 12, 60);
	cr_assert(pane_case_has(&c, "name29"), "%s", pane_case_screen(&c));
	cr_assert_not(pane_case_has(&c, "more"));
	pane_case_act(&c, SG_PANE_ACTION_LINE_UP, 12, 60);
	cr_assert(pane_case_has(&c, "more"));
	pane_case_release(&c);
	SG_LEAKCHECK();
}
