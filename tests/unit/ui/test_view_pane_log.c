/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The log's long lines, and that log, brief and fix list share the bottom: which of them is there,
 * and when the brief counts as read.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/harness.h"
#include "pane_case.h"

/* ORC runs; every line but the first ends in a word that only it has, far to the right. */
enum { N_LINES = 30, LONG = 200 };
static char texts[N_LINES][LONG + 32];
static const char *lines[N_LINES];

static void begin(struct pane_case *c)
{
	pane_case_init(c);
	pane_case_orc(c);
	for (size_t i = 0; i < N_LINES; i++) {
		char filler[LONG];
		memset(filler, 'x', sizeof(filler) - 1);
		filler[i ? LONG - 1 : 0] = '\0';
		for (size_t k = 9; k < strlen(filler); k += 10)
			filler[k] = ' ';
		snprintf(texts[i], sizeof(texts[i]), "line%zu %s end%zu.", i, filler, i);
		lines[i] = texts[i];
	}
	c->in.log = (struct sg_log_tail){"ENG", lines, N_LINES, 0};
	c->state.focus = SG_PANE_LOG;
}

static void end(struct pane_case *c)
{
	pane_case_release(c);
	SG_LEAKCHECK();
}

Test(view_pane_log, a_long_line_is_wrapped_and_its_end_is_seen)
{
	struct pane_case c;
	begin(&c);
	pane_case_rows(&c, 40, 80);
	cr_assert(pane_case_has(&c, "end29."), "%s", pane_case_screen(&c));
	cr_assert(pane_case_has(&c, "line29 x"));
	cr_assert_gt(pane_case_row(&c, "end29."), pane_case_row(&c, "line29 "));
	cr_assert_eq(
		pane_case_row(&c, "end29."), (int)c.rows.n - 1, "the newest is the last row");
	end(&c);
}

Test(view_pane_log, a_line_of_thousands_of_columns_leaves_room_for_others)
{
	static char huge[10001];
	struct pane_case c;
	begin(&c);
	memset(huge, 'y', sizeof(huge) - 1);
	lines[N_LINES - 1] = huge;
	pane_case_rows(&c, 40, 80);
	size_t n = 0;
	for (size_t i = 0; i < c.rows.n; i++)
		n += strstr(c.rows.v[i].text, "yyyy") != NULL;
	cr_assert_eq(n, 4, "expected four rows of it, found %zu", n);
	cr_assert(pane_case_has(&c, "end28."));
	/* alone on the screen it may have all there is */
	c.state.zoomed = true;
	pane_case_rows(&c, 40, 80);
	n = 0;
	for (size_t i = 0; i < c.rows.n; i++)
		n += strstr(c.rows.v[i].text, "yyyy") != NULL;
	cr_assert_gt(n, 30, "found %zu", n);
	end(&c);
}

Test(view_pane_log, pages_of_wrapped_lines_skip_none)
{
	struct pane_case c;
	bool seen[N_LINES] = {false};
	begin(&c);
	pane_case_rows(&c, 30, 60);
	for (int i = 0; i < 2 * N_LINES && !pane_case_has(&c, "line0 "); i++) {
		for (size_t k = 0; k < N_LINES; k++) {
			char *word = sg_t_format("end%zu.", k);
			seen[k] = seen[k] || pane_case_has(&c, word);
			free(word);
		}
		pane_case_act(&c, SG_PANE_ACTION_PAGE_UP, 30, 60);
	}
	cr_assert(pane_case_has(&c, "line0 "), "%s", pane_case_screen(&c));
	for (size_t k = 4; k < N_LINES; k++)
		cr_expect(seen[k], "line %zu was skipped", k);
	for (int i = 0; i < 2 * N_LINES && !pane_case_has(&c, "following"); i++)
		pane_case_act(&c, SG_PANE_ACTION_PAGE_DOWN, 30, 60);
	cr_assert(pane_case_has(&c, "end29."));
	end(&c);
}

Test(view_pane_log, with_the_focus_it_takes_the_place_of_the_brief_and_gives_it_back)
{
	struct pane_case c;
	pane_case_init(&c);
	pane_case_await(&c, "CTL");
	static const char *const answer[] = {"an answer"};
	c.in.log = (struct sg_log_tail){"", answer, 1, 0};
	c.state.focus = SG_PANE_BRIEF;
	pane_case_rows(&c, 30, 100);
	cr_assert(c.state.brief_shown);
	cr_assert_not(pane_case_has(&c, "an answer"));
	c.state.focus = SG_PANE_LOG;
	pane_case_rows(&c, 30, 100);
	cr_assert(pane_case_has(&c, "an answer"), "%s", pane_case_screen(&c));
	cr_assert(pane_case_has(&c, "Enter brings the brief back"));
	cr_assert_not(c.state.brief_shown);
	pane_case_act(&c, SG_PANE_ACTION_NEXT_PANE, 30, 100);
	cr_assert_neq(c.state.focus, SG_PANE_LOG);
	cr_assert(c.state.brief_shown, "%s", pane_case_screen(&c));
	end(&c);
}

Test(view_pane_log, an_answer_while_the_step_is_stopped_is_seen_and_f6_goes_on_to_the_log)
{
	struct pane_case c;
	pane_case_init(&c);
	pane_case_stopped(&c);
	static const char *const answer[] = {"an answer"};
	c.in.log = (struct sg_log_tail){"", answer, 1, 0};
	c.state.focus = SG_PANE_LOG;
	pane_case_rows(&c, 30, 100);
	cr_assert(pane_case_has(&c, "an answer"), "%s", pane_case_screen(&c));
	cr_assert(pane_case_has(&c, "Enter brings back what mends it"));
	c.state.focus = SG_PANE_FIX;
	pane_case_rows(&c, 30, 100);
	cr_assert_not(pane_case_has(&c, "an answer"));
	pane_case_act(&c, SG_PANE_ACTION_NEXT_PANE, 30, 100);
	cr_assert(pane_case_has(&c, "an answer"), "%s", pane_case_screen(&c));
	end(&c);
}

Test(view_pane_log, a_brief_whose_command_line_is_cut_does_not_count_as_shown)
{
	static char command[900];
	struct pane_case c;
	pane_case_init(&c);
	pane_case_await(&c, "CTL");
	memset(command, 'c', sizeof(command) - 5);
	memcpy(command + sizeof(command) - 6, " LAST", 6);
	c.brief.next_said = command;
	c.state.focus = SG_PANE_BRIEF;
	pane_case_rows(&c, 24, 80);
	cr_assert_not(pane_case_has(&c, "LAST"), "%s", pane_case_screen(&c));
	cr_assert_not(c.state.brief_shown);
	c.state.zoomed = true;
	pane_case_rows(&c, 24, 80);
	cr_assert(pane_case_has(&c, "LAST"), "%s", pane_case_screen(&c));
	cr_assert(c.state.brief_shown);
	/* at every size: what counts as shown shows the end of what would run */
	for (size_t rows = 1; rows <= 40; rows++)
		for (size_t columns = 1; columns <= 120; columns += 7) {
			c.state.zoomed = rows % 2;
			pane_case_rows(&c, rows, columns);
			if (columns > 10 && c.state.brief_shown)
				cr_expect(pane_case_has(&c, "LAST"), "%zux%zu", columns, rows);
		}
	end(&c);
}

Test(view_pane_log, a_stop_shows_how_the_log_of_what_failed_ends_made_visible_and_not_endless)
{
	static char endless[5000];
	static const char *const said[] = {"docs/a.md:7: no such file", "\x1b[2J!", endless};
	const struct sg_log_end log_end = {"KEY:ENG.TEXT.LINKS", {said, SG_ARRAY_SIZE(said)}};
	struct pane_case c;
	pane_case_init(&c);
	pane_case_stopped(&c);
	for (size_t i = 0; i + 2 < sizeof(endless); i += 2)
		memcpy(endless + i, "ж", 2);
	c.in.view.cause = &log_end;
	c.state.focus = SG_PANE_FIX;
	c.state.zoomed = true;
	pane_case_rows(&c, 40, 80);
	int reason = pane_case_row(&c, "ENTRYPOINT_MISSING: ");
	int head = pane_case_row(&c, "log ENG.TEXT.LINKS  ends:");
	cr_assert(reason >= 0 && head > reason, "%s", pane_case_screen(&c));
	cr_assert_eq(pane_case_row(&c, "docs/a.md:7: no such file"), head + 1);
	cr_assert(pane_case_has(&c, "<U+001B>[2J!"));
	cr_assert(pane_case_has(&c, "ж …"), "%s", pane_case_screen(&c));
	cr_assert(pane_case_has(&c, "fix    "), "%s", pane_case_screen(&c));
	end(&c);
}

Test(view_pane_log, a_row_of_the_brief_that_goes_on_below_ends_in_dots)
{
	struct pane_case c;
	pane_case_init(&c);
	pane_case_await(&c, "CTL");
	c.state.focus = SG_PANE_BRIEF;
	for (size_t rows = 12; rows < 30; rows++) {
		pane_case_rows(&c, rows, 60);
		int foot = pane_case_row(&c, "«го» starts CTL");
		int hash = pane_case_row(&c, "-> GLOSSARY");
		if (hash < 0 || foot != hash + 1)
			continue;
		const char *row = c.rows.v[hash].text;
		cr_expect(strstr(row, "aaaaaaaa") || strstr(row, "…"), "%s",
			pane_case_screen(&c));
	}
	end(&c);
}
