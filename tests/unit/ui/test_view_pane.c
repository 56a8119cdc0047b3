/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The live pane against golden screens. STEPGATE_GOLDEN_WRITE=1 writes them anew, to be read. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/harness.h"
#include "pane_case.h"

static const size_t sizes[][2] = {{80, 24}, {100, 30}, {40, 10}, {200, 60}};

/* The repository's root: the tests are run from it. */
static void golden(struct pane_case *c, const char *name)
{
	for (size_t i = 0; i < SG_ARRAY_SIZE(sizes); i++) {
		/* one row is the prompt's */
		pane_case_rows(c, sizes[i][1] - 1, sizes[i][0]);
		const char *found = pane_case_screen(c);
		char *path = sg_t_format(
			"tests/golden/pane-%s-%zux%zu.txt", name, sizes[i][0], sizes[i][1]);
		if (getenv("STEPGATE_GOLDEN_WRITE"))
			sg_t_write_text(path, found);
		char *expected = sg_t_read(path, NULL);
		cr_assert_not_null(expected, "%s is not there", path);
		cr_assert_str_eq(
			found, expected, "%s: expected\n%s\nfound\n%s", path, expected, found);
		free(expected);
		free(path);
	}
}

Test(view_pane, before_the_first_step_it_says_what_opens_one)
{
	struct pane_case c;
	pane_case_init(&c);
	golden(&c, "idle");
	pane_case_release(&c);
	SG_LEAKCHECK();
}

Test(view_pane, the_brief_stands_in_place_of_the_log_while_a_signal_is_awaited)
{
	struct pane_case c;
	pane_case_init(&c);
	pane_case_await(&c, "CTL");
	golden(&c, "await");
	pane_case_release(&c);
	SG_LEAKCHECK();
}

Test(view_pane, while_orc_runs_the_engine_has_its_time_and_the_log_follows)
{
	struct pane_case c;
	pane_case_init(&c);
	pane_case_orc(&c);
	golden(&c, "orc");
	pane_case_release(&c);
	SG_LEAKCHECK();
}

Test(view_pane, a_stop_shows_its_reason_its_fixes_and_what_a_resume_needs)
{
	struct pane_case c;
	pane_case_init(&c);
	pane_case_stopped(&c);
	golden(&c, "stop_gap");
	pane_case_release(&c);
	SG_LEAKCHECK();
}

Test(view_pane, a_pass_shows_all_that_stands_and_the_next_step)
{
	struct pane_case c;
	pane_case_init(&c);
	pane_case_passed(&c);
	golden(&c, "pass");
	pane_case_release(&c);
	SG_LEAKCHECK();
}

Test(view_pane, ascii_alone_where_the_terminal_has_no_more)
{
	struct pane_case c;
	pane_case_init(&c);
	c.in.view.ascii = true;
	pane_case_orc(&c);
	c.in.log.n = 0;
	golden(&c, "ascii");
	static const char *const ours[] = {
		"✓", "✗", "▶", "■", "…", "☐", "●", "─", "█", "░", "│", "«", "»"};
	c.state.help = true;
	pane_case_rows(&c, 40, 120);
	for (size_t i = 0; i < SG_ARRAY_SIZE(ours); i++)
		cr_assert_not(
			pane_case_has(&c, ours[i]), "%s:\n%s", ours[i], pane_case_screen(&c));
	pane_case_release(&c);
	SG_LEAKCHECK();
}
