/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an operator looks at: where an answer stands, what a stop says, what a newcomer is told, what
 * is left behind; settings; and that what the screen has no room for cannot be agreed to.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "terminal/screen_room.h"

static void put_settings(const struct room *room, const char *text)
{
	char *path = room_path(room, "config/stepgate/config");
	sg_t_write_text(path, text);
	free(path);
}

static void expect_nothing_begun(const struct room *room)
{
	cr_assert_not(room_file_has(room, ROOM_TRACE, "\"event\":\"begin\""),
		"expected that nothing began");
}

/* --- answers --- */

Test(screen_look, a_short_answer_at_stop_gap_is_seen_and_enter_brings_the_fixes_back)
{
	struct room room;
	room_begin(&room, "echo the reason is here; exit 3");
	room_go(&room, "ROUTE", "SPC");
	room_expect(&room, ROOM_PROMPT);
	room_ready(&room);
	room_type(&room, "го\r");
	SG_T_SEES(room.term, "FIX  STOP_GAP");
	SG_T_SEES(room.term, "log SPC  ends:");
	SG_T_SEES(room.term, "the reason is here");
	room_type(&room, "log\r");
	SG_T_SEES(room.term, "LOG  SPC  .stepgate");
	SG_T_SEES(room.term, ROOM_PROMPT " log");
	room_gone(&room, "FIX  STOP_GAP");
	room_type(&room, "\r");
	SG_T_SEES(room.term, "FIX  STOP_GAP");
	room_leave(&room);
	room_end(&room);
}

Test(screen_look, what_a_search_does_not_find_is_said)
{
	struct room room;
	room_begin(&room, "");
	room_type(&room, "/no such text\r");
	SG_T_SEES(room.term, "nothing in this block holds \"no such text\"");
	room_type(&room, "/Changed\r");
	room_gone(&room, "nothing in this block");
	room_leave(&room);
	room_end(&room);
}

/* --- beginning and end --- */

Test(screen_look,
	a_newcomer_is_told_how_the_signal_is_given_until_the_first_brief_is_behind_him)
{
	struct room room;
	room_begin(&room, "");
	SG_T_SEES(room.term, "го and Enter starts what the brief names");
	room_go(&room, "ROUTE", "SPC");
	room_gone(&room, "го and Enter starts");
	room_leave(&room);
	room_end(&room);
}

Test(screen_look, the_lines_behind_it_say_each_thing_once)
{
	struct room room;
	room_begin(&room, "exit 3");
	room_go(&room, "ROUTE", "SPC");
	room_expect(&room, ROOM_PROMPT);
	room_ready(&room);
	room_type(&room, "го\r");
	SG_T_SEES(room.term, "FIX  STOP_GAP");
	room_leave(&room);
	char *text = sg_t_term_screen(room.term);
	cr_assert(strstr(text, "STEP 0001  Собрать релиз\nSTOP_GAP  MARKER_NOT_CONFIRMED\n"),
		"found:\n%s", text);
	free(text);
	room_end(&room);
}

/* --- what does not fit --- */

Test(screen_look, a_brief_that_never_fitted_the_screen_cannot_be_agreed_to)
{
	struct room room;
	room_make(&room, "");
	room_open(&room, &(struct room_spec){.rows = 4, .cols = 100});
	room_expect(&room, ROOM_PROMPT);
	room_ready(&room);
	room_type(&room, "го\r");
	SG_T_SEES(room.term, "this screen is too small for the brief");
	expect_nothing_begun(&room);
	sg_t_term_resize(room.term, 24, 80);
	SG_T_SEES(room.term, "«го» starts ROUTE");
	room_expect(&room, ROOM_PROMPT);
	room_ready(&room);
	room_type(&room, "го\r");
	SG_T_SEES(room.term, "«го» starts SPC");
	room_leave(&room);
	room_end(&room);
}

Test(screen_look, at_40x10_the_brief_and_its_signal_do_fit)
{
	struct room room;
	room_make(&room, "");
	room_open(&room, &(struct room_spec){.rows = 10, .cols = 40});
	room_go(&room, "ROUTE", "SPC");
	room_go(&room, "SPC", "ORC");
	room_leave(&room);
	room_end(&room);
}

Test(screen_look, one_cell_takes_no_signal)
{
	struct room room;
	room_make(&room, "");
	room_open(&room, &(struct room_spec){.rows = 1, .cols = 1});
	room_ready(&room);
	room_type(&room, "го\r");
	room_ready(&room);
	expect_nothing_begun(&room);
	sg_t_term_resize(room.term, 30, 100);
	SG_T_SEES(room.term, "«го» starts ROUTE");
	expect_nothing_begun(&room);
	room_leave(&room);
	room_end(&room);
}

/* --- settings --- */

Test(screen_look, settings_choose_the_front_end_and_the_title_and_the_environment_wins)
{
	struct room room;
	room_make(&room, "");
	put_settings(&room, "ui = plain\n");
	room_open(&room, &(struct room_spec){0});
	SG_T_SEES(room.term, "«го» starts ROUTE");
	SG_T_SEES(room.term, ROOM_PROMPT);
	cr_assert_not(sg_t_term_altscreen(room.term), "expected lines");
	room_leave(&room);
	sg_t_term_close(room.term);
	room_open(&room, &(struct room_spec){.env = "STEPGATE_UI=screen"});
	SG_T_SEES(room.term, ROOM_PROMPT);
	cr_assert(sg_t_term_altscreen(room.term), "expected the screen");
	cr_assert(strstr(sg_t_term_title(room.term), "stepgate 0001"), "found \"%s\"",
		sg_t_term_title(room.term));
	room_leave(&room);
	sg_t_term_close(room.term);
	put_settings(&room, "title = no\nlanguage = ru\n");
	room_open(&room, &(struct room_spec){0});
	SG_T_SEES(room.term, "«го» запустит ROUTE");
	room_ready(&room);
	cr_assert_str_eq(sg_t_term_title(room.term), "");
	room_leave(&room);
	room_end(&room);
}

Test(screen_look, a_slip_in_the_settings_is_said_before_the_terminal_is_taken)
{
	struct room room;
	room_make(&room, "");
	put_settings(&room, "ui = plain\n\ncolour = never\n");
	room_open(&room, &(struct room_spec){0});
	int status = sg_t_term_exit(room.term);
	cr_assert_eq(status, 3, "expected exit status 3, found %d", status);
	char *text = sg_t_term_screen(room.term);
	cr_assert(strstr(text, "config:3:1:"), "found:\n%s", text);
	cr_assert(strstr(text, "expected one of ui, color"), "found:\n%s", text);
	free(text);
	cr_assert_not(sg_t_term_altscreen(room.term), "expected the normal screen");
	room_end(&room);
}
