/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What keys do to the pane: scrolling, following, filter, search, zoom, help, completion. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "harness/harness.h"
#include "pane_case.h"

static const char *lines[500];
static char texts[500][32];

/* ORC runs, with a log of that many lines. */
static void begin(struct pane_case *c, size_t n)
{
	pane_case_init(c);
	pane_case_orc(c);
	for (size_t i = 0; i < SG_ARRAY_SIZE(lines); i++) {
		snprintf(texts[i], sizeof(texts[i]), "line %03zu %s.", i, i % 50 ? "" : "Ёж");
		lines[i] = texts[i];
	}
	c->in.log = (struct sg_log_tail){"ENG", lines, n, 0};
	c->state.focus = SG_PANE_LOG;
}

static void end(struct pane_case *c)
{
	pane_case_release(c);
	sg_pane_state_release(&c->state); /* twice is fine */
}

Test(view_pane_keys, the_log_follows_until_it_is_scrolled_and_then_counts_what_is_new)
{
	struct pane_case c;
	begin(&c, 100);
	pane_case_rows(&c, 40, 80);
	cr_assert(pane_case_has(&c, "following"));
	cr_assert(pane_case_has(&c, "line 099"));
	c.in.log.n = 120;
	pane_case_rows(&c, 40, 80);
	cr_assert(pane_case_has(&c, "line 119"));
	pane_case_act(&c, SG_PANE_ACTION_LINE_UP, 40, 80);
	cr_assert_not(pane_case_has(&c, "line 119"));
	cr_assert(pane_case_has(&c, "line 118"));
	cr_assert(pane_case_has(&c, "-119 of 120"), "%s", pane_case_screen(&c));
	c.in.log.n = 130;
	pane_case_rows(&c, 40, 80);
	cr_assert(pane_case_has(&c, "line 118"), "%s", pane_case_screen(&c));
	cr_assert_not(pane_case_has(&c, "line 119"));
	cr_assert(pane_case_has(&c, "+10 new"));
	pane_case_act(&c, SG_PANE_ACTION_FOLLOW, 40, 80);
	cr_assert(pane_case_has(&c, "line 129"));
	cr_assert(pane_case_has(&c, "following"));
	end(&c);
	SG_LEAKCHECK();
}

Test(view_pane_keys, a_page_up_and_a_page_down_follow_again)
{
	struct pane_case c;
	begin(&c, 200);
	pane_case_act(&c, SG_PANE_ACTION_PAGE_UP, 40, 80);
	cr_assert_not(pane_case_has(&c, "line 199"));
	pane_case_act(&c, SG_PANE_ACTION_PAGE_DOWN, 40, 80);
	cr_assert(pane_case_has(&c, "line 199"));
	cr_assert(pane_case_has(&c, "following"));
	pane_case_act(&c, SG_PANE_ACTION_TOP, 40, 80);
	cr_assert(pane_case_has(&c, "line 000"));
	pane_case_act(&c, SG_PANE_ACTION_BOTTOM, 40, 80);
	cr_assert(pane_case_has(&c, "line 199"));
	end(&c);
	SG_LEAKCHECK();
}

Test(view_pane_keys, lines_that_leave_the_ring_do_not_move_a_scrolled_log)
{
	struct pane_case c;
	begin(&c, 200);
	pane_case_act(&c, SG_PANE_ACTION_PAGE_UP, 40, 80);
	int at = pane_case_row(&c, "line 180");
	cr_assert_geq(at, 0, "%s", pane_case_screen(&c));
	c.in.log = (struct sg_log_tail){"ENG", lines + 30, 200, 30};
	pane_case_rows(&c, 40, 80);
	cr_assert_eq(pane_case_row(&c, "line 180"), at);
	/* what is shown has left: the page begins with the oldest there is */
	c.in.log = (struct sg_log_tail){"ENG", lines + 300, 200, 300};
	pane_case_rows(&c, 40, 80);
	cr_assert(pane_case_has(&c, "line 300"));
	end(&c);
	SG_LEAKCHECK();
}

Test(view_pane_keys, a_filter_leaves_the_rows_that_hold_it_in_either_case)
{
	struct pane_case c;
	begin(&c, 200);
	strcpy(c.state.filter, "ёЖ");
	pane_case_rows(&c, 40, 80);
	cr_assert(pane_case_has(&c, "line 150"));
	cr_assert(pane_case_has(&c, "line 000"));
	cr_assert_not(pane_case_has(&c, "line 151"));
	cr_assert(pane_case_has(&c, "/ёЖ"));
	c.state.focus = SG_PANE_ENGINES;
	strcpy(c.state.filter, "eng.text.t");
	pane_case_rows(&c, 40, 80);
	cr_assert(pane_case_has(&c, "ENG.TEXT.TOC"));
	cr_assert(pane_case_has(&c, "ENG.TEXT.TYPO"));
	cr_assert_not(pane_case_has(&c, "ENG.TEXT.LINKS"));
	cr_assert(pane_case_has(&c, "line 199"), "the log is not filtered");
	strcpy(c.state.filter, "running");
	pane_case_rows(&c, 40, 80);
	cr_assert(pane_case_has(&c, "▶ ENG.TEXT.GLOSSARY"));
	cr_assert_not(pane_case_has(&c, "ENG.TEXT.TOC"));
	strcpy(c.state.filter, "nothing like it");
	pane_case_rows(&c, 40, 80);
	cr_assert(pane_case_has(&c, "no such row"));
	pane_case_act(&c, SG_PANE_ACTION_CLEAR, 40, 80);
	cr_assert(pane_case_has(&c, "ENG.TEXT.LINKS"));
	end(&c);
	SG_LEAKCHECK();
}

Test(view_pane_keys, a_search_goes_from_hit_to_hit_and_round_the_end)
{
	struct pane_case c;
	begin(&c, 200);
	strcpy(c.state.search, "ёж");
	pane_case_act(&c, SG_PANE_ACTION_TOP, 40, 80);
	static const size_t hits[] = {0, 50, 100, 150, 0};
	for (size_t i = 0; i < SG_ARRAY_SIZE(hits); i++) {
		pane_case_act(&c, SG_PANE_ACTION_SEARCH_NEXT, 40, 80);
		cr_assert(c.state.has_found);
		cr_assert_eq(c.state.found, hits[i], "hit %zu: expected %zu, found %zu", i,
			hits[i], c.state.found);
		int at = pane_case_row(&c, texts[hits[i]]);
		cr_assert_geq(at, 0);
		cr_assert_eq(c.rows.v[at].style, SG_STYLE_HEAD);
	}
	pane_case_act(&c, SG_PANE_ACTION_SEARCH_PREVIOUS, 40, 80);
	cr_assert_eq(c.state.found, 150);
	strcpy(c.state.search, "no line says this");
	pane_case_act(&c, SG_PANE_ACTION_SEARCH_NEXT, 40, 80);
	cr_assert_not(c.state.has_found);
	end(&c);
	SG_LEAKCHECK();
}

Test(view_pane_keys, a_search_in_a_ledger_reaches_its_last_page)
{
	struct pane_case c;
	begin(&c, 10);
	c.state.focus = SG_PANE_ENGINES;
	strcpy(c.state.search, "ENG.TEXT.");
	for (size_t i = 0; i < 7; i++) {
		pane_case_act(&c, SG_PANE_ACTION_SEARCH_NEXT, 16, 80);
		cr_assert(c.state.has_found);
		cr_assert_eq(c.state.found, i);
	}
	end(&c);
	SG_LEAKCHECK();
}

Test(view_pane_keys, the_focus_goes_round_the_blocks_that_are_there)
{
	static const enum sg_pane round[] = {
		SG_PANE_ENGINES, SG_PANE_CONTRACT, SG_PANE_LOG, SG_PANE_ROLES};
	struct pane_case c;
	begin(&c, 10);
	c.state.focus = SG_PANE_ROLES;
	for (size_t i = 0; i < SG_ARRAY_SIZE(round); i++) {
		pane_case_act(&c, SG_PANE_ACTION_NEXT_PANE, 24, 80);
		cr_assert_eq(c.state.focus, round[i]);
	}
	pane_case_act(&c, SG_PANE_ACTION_PREVIOUS_PANE, 24, 80);
	cr_assert_eq(c.state.focus, SG_PANE_LOG);
	end(&c);
	SG_LEAKCHECK();
}

Test(view_pane_keys, zoomed_the_block_stands_alone_and_the_signal_stays_in_sight)
{
	struct pane_case c;
	pane_case_init(&c);
	pane_case_await(&c, "CTL");
	c.state.focus = SG_PANE_CONTRACT;
	pane_case_act(&c, SG_PANE_ACTION_ZOOM, 24, 80);
	cr_assert(pane_case_has(&c, "CONTRACT 3/5"));
	cr_assert(pane_case_has(&c, "LINKS              beside"));
	cr_assert_not(pane_case_has(&c, "ENGINES 7/7"));
	cr_assert(pane_case_has(&c, "«го» starts CTL"), "%s", pane_case_screen(&c));
	pane_case_act(&c, SG_PANE_ACTION_ZOOM, 24, 80);
	cr_assert(pane_case_has(&c, "ENGINES 7/7"));
	end(&c);
	SG_LEAKCHECK();
}

Test(view_pane_keys, a_brief_scrolls_and_its_signal_does_not)
{
	struct pane_case c;
	pane_case_init(&c);
	pane_case_await(&c, "CTL");
	c.state.focus = SG_PANE_BRIEF;
	pane_case_rows(&c, 24, 80);
	cr_assert(pane_case_has(&c, "Changed since"));
	for (int i = 0; i < 20; i++) {
		pane_case_act(&c, SG_PANE_ACTION_LINE_DOWN, 24, 80);
		cr_assert(pane_case_has(&c, "«го» starts CTL: ./roles/ctl.sh --strict"));
	}
	cr_assert_not(pane_case_has(&c, "Changed since"));
	cr_assert(pane_case_has(&c, "ENG_OUTPUTS_TOKEN aaaaaaaa"), "its last row is reached");
	end(&c);
	SG_LEAKCHECK();
}

Test(view_pane_keys, a_brief_counts_as_shown_only_where_its_title_and_signal_are_in_sight)
{
	static const char *const names[] = {"go"};
	struct pane_case c;
	pane_case_init(&c);
	pane_case_await(&c, "CTL");
	pane_case_rows(&c, 9, 40);
	cr_assert(c.state.brief_shown);
	pane_case_rows(&c, 3, 40);
	cr_assert_not(c.state.brief_shown);
	c.in.overlay = (struct sg_overlay){"matches", names, NULL, 1};
	pane_case_rows(&c, 24, 80);
	cr_assert_not(c.state.brief_shown, "the overlay lies over it");
	c.in.overlay = (struct sg_overlay){NULL, NULL, NULL, 0};
	c.state.focus = SG_PANE_ROLES;
	pane_case_act(&c, SG_PANE_ACTION_ZOOM, 24, 80);
	cr_assert_not(c.state.brief_shown);
	pane_case_act(&c, SG_PANE_ACTION_ZOOM, 24, 80);
	cr_assert(c.state.brief_shown);
	c.in.brief = NULL;
	pane_case_rows(&c, 24, 80);
	cr_assert_not(c.state.brief_shown);
	end(&c);
	SG_LEAKCHECK();
}

Test(view_pane_keys, help_is_filtered_by_what_is_typed_and_closed_by_its_key)
{
	static const char *const names[] = {"status", "шаг"};
	static const char *const says[] = {"where it stands", "opens a STEP"};
	struct pane_case c;
	begin(&c, 10);
	c.in.overlay = (struct sg_overlay){"help", names, says, 2};
	pane_case_act(&c, SG_PANE_ACTION_HELP, 24, 80);
	cr_assert(pane_case_has(&c, "F2"));
	cr_assert(pane_case_has(&c, "where it stands"));
	strcpy(c.state.help_filter, "ШАГ");
	pane_case_rows(&c, 24, 80);
	cr_assert(pane_case_has(&c, "opens a STEP"));
	cr_assert_not(pane_case_has(&c, "where it stands"));
	strcpy(c.state.help_filter, "qqq");
	pane_case_rows(&c, 24, 80);
	cr_assert(pane_case_has(&c, "nothing holds this text"));
	c.in.overlay = (struct sg_overlay){NULL, NULL, NULL, 0};
	c.state.help_filter[0] = '\0';
	for (int i = 0; i < 30; i++)
		pane_case_act(&c, SG_PANE_ACTION_LINE_DOWN, 8, 80);
	cr_assert(pane_case_has(&c, "Ctrl-D"), "%s", pane_case_screen(&c));
	pane_case_act(&c, SG_PANE_ACTION_HELP, 24, 80);
	cr_assert_not(pane_case_has(&c, "HELP"));
	end(&c);
	SG_LEAKCHECK();
}

Test(view_pane_keys, completion_lies_over_the_lower_rows_above_the_message)
{
	static const char *const names[] = {"record", "report", "resume", "restore"};
	static const char *const says[] = {"work by hand", NULL, "goes on", ""};
	struct pane_case c;
	begin(&c, 10);
	c.in.message = "could be record, report, resume, restore";
	c.in.overlay = (struct sg_overlay){"4 matches", names, says, 4};
	pane_case_rows(&c, 24, 80);
	cr_assert_eq(pane_case_row(&c, "could be record"), 23);
	cr_assert_eq(pane_case_row(&c, "  restore"), 22);
	cr_assert_eq(pane_case_row(&c, "  record   work by hand"), 19);
	cr_assert_eq(pane_case_row(&c, "─ 4 matches ───"), 18);
	pane_case_rows(&c, 6, 30);
	cr_assert(pane_case_has(&c, "and 3 more"), "%s", pane_case_screen(&c));
	end(&c);
	SG_LEAKCHECK();
}
