/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The full screen in a terminal: the signal and its brief, what goes on while a phase runs, the
 * pane, and watch. Other files have what is typed, the cursor, terminals, time, and the ends.
 */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "terminal/screen_room.h"

#define EVENT(name) "\"event\":\"" name "\""

static bool is_normal(struct sg_t_term *term, const void *arg)
{
	(void)arg;
	return !sg_t_term_altscreen(term);
}

static void expect_normal_screen(struct room *room)
{
	bool normal = sg_t_term_wait(room->term, is_normal, NULL, SG_T_DEADLINE_MS);
	cr_assert(normal, "expected the normal screen");
}

/* What spc waits for goes on. */
static void let_go_on(const struct room *room)
{
	char *on = room_path(room, "on");
	sg_t_write_text(on, "");
	free(on);
}

#define UNTIL_ON "while [ ! -f ../on ]; do sleep 0.05; done"

/* --- the signal --- */

Test(screen, the_run_goes_to_its_pass_by_typing_what_the_screen_says)
{
	struct room room;
	room_begin(&room, "");
	cr_assert(sg_t_term_altscreen(room.term), "expected the alternate screen");
	room_go(&room, "ROUTE", "SPC");
	room_go(&room, "SPC", "ORC");
	room_go(&room, "ORC", "PACK");
	room_go(&room, "PACK", "VAL");
	room_expect(&room, ROOM_PROMPT);
	room_ready(&room);
	room_type(&room, "го\r");
	SG_T_SEES(room.term, "PASS");
	room_leave(&room);
	cr_assert(room_file_has(&room, ROOM_TRACE, EVENT("verdict")),
		"expected a verdict in the trace");
	room_end(&room);
}

Test(screen, after_leaving_three_lines_say_where_it_stands)
{
	struct room room;
	room_begin(&room, "");
	room_leave(&room);
	cr_assert_not(sg_t_term_altscreen(room.term), "expected the normal screen");
	char *text = sg_t_term_screen(room.term);
	cr_assert(strstr(text, "STEP 0001  Собрать релиз\n"), "found:\n%s", text);
	cr_assert(strstr(text, "RUNNING\n«го» starts ROUTE"), "found:\n%s", text);
	free(text);
	room_end(&room);
}

Test(screen, a_pasted_signal_is_refused)
{
	struct room room;
	room_begin(&room, "");
	room_type(&room, "\033[200~го\033[201~");
	room_expect(&room, "stepgate 0001> го");
	room_type(&room, "\r");
	SG_T_SEES(room.term, "it must be typed after the brief");
	cr_assert_not(room_file_has(&room, ROOM_TRACE, EVENT("begin")),
		"expected that nothing began");
	room_leave(&room);
	room_end(&room);
}

Test(screen, a_pasted_newline_runs_no_command)
{
	struct room room;
	room_begin(&room, "");
	room_type(&room, "\033[200~stop \"x\"\r\033[201~");
	room_expect(&room, "stepgate 0001> stop \"x\"^J");
	room_type(&room, "\x15");
	room_expect(&room, ROOM_PROMPT);
	cr_assert_not(room_file_has(&room, ROOM_TRACE, EVENT("stop")),
		"expected that nothing was stopped");
	room_leave(&room);
	room_end(&room);
}

Test(screen, a_signal_typed_while_a_phase_runs_starts_nothing)
{
	struct room room;
	room_begin(&room, "echo begun; " UNTIL_ON);
	room_start_spc(&room, "begun");
	room_type(&room, "го\r");
	SG_T_SEES(room.term, "a phase runs");
	room_type(&room, "г");
	room_expect(&room, "stepgate 0001> г");
	let_go_on(&room);
	SG_T_SEES(room.term, "«го» starts ORC");
	/* begun before the brief, ended behind it */
	room_expect(&room, "stepgate 0001> г");
	room_type(&room, "о\r");
	SG_T_SEES(room.term, "it must be typed after the brief");
	room_leave(&room);
	room_end(&room);
}

Test(screen, a_file_that_changes_takes_the_brief_back_before_the_operators_eyes)
{
	struct room room;
	room_begin(&room, "");
	room_go(&room, "ROUTE", "SPC");
	room_go(&room, "SPC", "ORC");
	room_expect(&room, ROOM_PROMPT);
	room_ready(&room);
	room_type(&room, "г");
	room_expect(&room, "stepgate 0001> г");
	char *path =
		sg_t_format("%s/run/.stepgate/steps/0001/SPC.1/BRIEF_TOKEN.txt", room.folder);
	cr_assert_eq(chmod(path, 0644), 0);
	sg_t_write_text(path, "another\n");
	free(path);
	SG_T_SEES(room.term, "STALE");
	SG_T_SEES(room.term, "what the brief showed has changed");
	room_expect(&room, "stepgate 0001> г");
	room_type(&room, "о\r");
	SG_T_SEES(room.term, "it must be typed after the brief");
	room_leave(&room);
	room_end(&room);
}

/* --- while a phase runs --- */

Test(screen, the_prompt_answers_while_a_phase_runs)
{
	struct room room;
	room_begin(&room, "echo begun; " UNTIL_ON);
	room_start_spc(&room, "begun");
	room_type(&room, "history\r");
	SG_T_SEES(room.term, "SPC  attempt 1  by the signal");
	room_type(&room, "stop \"x\"\r");
	SG_T_SEES(room.term, "cannot stop while a phase runs");
	let_go_on(&room);
	SG_T_SEES(room.term, "«го» starts ORC");
	room_expect(&room, ROOM_PROMPT);
	room_leave(&room);
	room_end(&room);
}

Test(screen, ctrl_c_ends_what_runs_and_the_screen_stays)
{
	struct room room;
	room_begin(&room, "trap '' INT; echo begun; sleep 50 & wait; sleep 50");
	room_start_spc(&room, "begun");
	room_type(&room, "\003");
	SG_T_SEES(room.term, "INT to what runs");
	room_type(&room, "\003");
	SG_T_SEES(room.term, "STOP_GAP");
	SG_T_SEES(room.term, "USER_STOP");
	room_leave(&room);
	room_end(&room);
}

Test(screen, plain_goes_on_with_the_line_prompt)
{
	struct room room;
	room_begin(&room, "");
	room_type(&room, "plain\r");
	expect_normal_screen(&room);
	SG_T_SEES(room.term, "«го» starts ROUTE");
	room_expect(&room, ROOM_PROMPT);
	room_ready(&room);
	room_type(&room, "го\r");
	SG_T_SEES(room.term, "✓ ROUTE");
	SG_T_SEES(room.term, "«го» starts SPC");
	room_expect(&room, ROOM_PROMPT);
	room_type(&room, "quit\r");
	cr_assert_eq(sg_t_term_exit(room.term), 0);
	room_end(&room);
}

Test(screen, plain_while_a_phase_runs_goes_on_streaming)
{
	struct room room;
	room_begin(&room, "echo begun; " UNTIL_ON "; echo ended");
	room_start_spc(&room, "begun");
	room_type(&room, "plain\r");
	expect_normal_screen(&room);
	let_go_on(&room);
	SG_T_SEES(room.term, "SPC | ended");
	SG_T_SEES(room.term, "«го» starts ORC");
	SG_T_SEES(room.term, ROOM_PROMPT);
	room_type(&room, "quit\r");
	cr_assert_eq(sg_t_term_exit(room.term), 0);
	room_end(&room);
}

/* --- the line --- */

Test(screen, the_cursor_stands_on_its_cell_in_cyrillic_and_wide_text)
{
	struct room room;
	room_begin(&room, "");
	room_type(&room, "step \"Привет 漢字 мир\"");
	room_expect(&room, "stepgate 0001> step \"Привет 漢字 мир\"");
	room_cursor(&room, 29, 15 + 22, "behind what was typed");
	room_type(&room, "\033[D\033[D\033[D\033[D\033[D");
	room_type(&room, "X");
	room_expect(&room, "stepgate 0001> step \"Привет 漢字X мир\"");
	room_cursor(&room, 29, 15 + 18, "behind what was typed");
	room_type(&room, "\x7f\x7f");
	room_expect(&room, "stepgate 0001> step \"Привет 漢 мир\"");
	room_cursor(&room, 29, 15 + 15, "behind what was typed");
	room_leave(&room);
	room_end(&room);
}

Test(screen, a_long_line_wraps_and_the_prompt_grows)
{
	struct room room;
	room_begin(&room, "");
	sg_t_term_resize(room.term, 24, 40);
	SG_T_SEES(room.term, ROOM_PROMPT);
	for (int i = 0; i < 6; i++)
		room_type(&room, "абвгдежзик");
	bool found = sg_t_term_wait_row(
		room.term, 22, "stepgate 0001> абвгдежзик", SG_T_DEADLINE_MS);
	if (!found)
		sg_t_term_dump(room.term, "two rows");
	cr_assert(found, "expected the prompt in the row before the last");
	room_cursor(&room, 23, 35, "behind what was typed");
	room_leave(&room);
	room_end(&room);
}

Test(screen, the_history_is_searched_in_cyrillic)
{
	struct room room;
	room_begin(&room, "");
	room_type(&room, "статус\r");
	room_expect(&room, ROOM_PROMPT);
	room_type(&room, "\x12");
	SG_T_SEES(room.term, "reverse-i-search");
	room_type(&room, "тат");
	SG_T_SEES(room.term, "`тат': статус");
	room_type(&room, "\003");
	room_expect(&room, ROOM_PROMPT);
	room_leave(&room);
	room_end(&room);
}

Test(screen, tab_shows_what_could_be_meant_with_a_description_each)
{
	struct room room;
	room_begin(&room, "");
	room_type(&room, "re\t");
	SG_T_SEES(room.term, "after STOP_GAP: check the requirements and go on");
	room_type(&room, "p");
	room_gone(&room, "after STOP_GAP: check the requirements");
	room_type(&room, "\t");
	room_expect(&room, "stepgate 0001> report");
	room_leave(&room);
	room_end(&room);
}

Test(screen, alt_keys_mean_the_same_on_a_russian_layout)
{
	struct room room;
	room_begin(&room, "");
	room_type(&room, "one two");
	room_expect(&room, "stepgate 0001> one two");
	/* Alt-и is Alt-b, a word back; Alt-э is no command and no text */
	room_type(&room, "\033и\033эX");
	room_expect(&room, "stepgate 0001> one Xtwo");
	room_leave(&room);
	room_end(&room);
}

Test(screen, half_a_character_is_dropped_and_the_line_stays_whole)
{
	struct room room;
	room_begin(&room, "");
	sg_t_term_send(room.term, "a\xd0", 2);
	room_expect(&room, "stepgate 0001> a");
	/* behind the wait for its other half */
	sg_t_term_settle(room.term, 100);
	room_type(&room, "b");
	room_expect(&room, "stepgate 0001> ab");
	room_leave(&room);
	room_end(&room);
}

Test(screen, vi_mode_of_inputrc_is_honoured_and_shown)
{
	struct room room;
	room_make(&room, "");
	char *inputrc = room_path(&room, "inputrc");
	sg_t_write_text(inputrc, "$if stepgate\nset editing-mode vi\n$endif\n");
	free(inputrc);
	room_open(&room, &(struct room_spec){0});
	room_expect(&room, "(ins) stepgate 0001>");
	room_type(&room, "abc");
	room_expect(&room, "(ins) stepgate 0001> abc");
	room_type(&room, "\033");
	room_expect(&room, "(cmd) stepgate 0001> abc");
	/* ч is x on the same key */
	room_type(&room, "ч");
	room_expect(&room, "(cmd) stepgate 0001> ab");
	room_type(&room, "\003");
	room_expect(&room, "(ins) stepgate 0001>");
	room_type(&room, "quit\r");
	cr_assert_eq(sg_t_term_exit(room.term), 0);
	room_end(&room);
}

/* --- the pane --- */

Test(screen, help_is_filtered_by_typing)
{
	struct room room;
	room_begin(&room, "");
	room_type(&room, "\033OP");
	SG_T_SEES(room.term, "HELP");
	room_type(&room, "adopt");
	SG_T_SEES(room.term, "take over a manifest");
	room_gone(&room, "open a STEP");
	room_expect(&room, ROOM_PROMPT);
	room_type(&room, "\033OP");
	room_gone(&room, "HELP");
	room_leave(&room);
	room_end(&room);
}

Test(screen, the_answer_of_a_command_stands_in_the_log_and_enter_brings_the_brief_back)
{
	struct room room;
	room_begin(&room, "");
	room_type(&room, "history\r");
	SG_T_SEES(room.term, "OWNER USER");
	room_type(&room, "\r");
	SG_T_SEES(room.term, "«го» starts ROUTE");
	room_leave(&room);
	room_end(&room);
}

Test(screen, dump_writes_a_pane_into_a_new_file_and_replaces_none)
{
	struct room room;
	room_begin(&room, "");
	room_type(&room, "dump brief ../brief.txt\r");
	SG_T_SEES(room.term, "wrote ../brief.txt");
	char *path = sg_t_format("%s/brief.txt", room.folder);
	char *bytes = sg_t_read(path, NULL);
	cr_assert(bytes && strstr(bytes, "«го» starts ROUTE"), "found: %s", bytes);
	free(bytes);
	free(path);
	room_type(&room, "dump brief ../brief.txt\r");
	SG_T_SEES(room.term, "../brief.txt");
	SG_T_SEES(room.term, "cannot");
	room_leave(&room);
	room_end(&room);
}

Test(screen, it_survives_one_cell_and_comes_back)
{
	struct room room;
	static const int sizes[][2] = {{1, 1}, {2, 3}, {1, 200}, {40, 2}, {3, 10}, {30, 100}};
	room_begin(&room, "");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		sg_t_term_resize(room.term, sizes[i][0], sizes[i][1]);
		room_type(&room, "x");
		sg_t_term_settle(room.term, 30);
	}
	room_expect(&room, "stepgate 0001> xxxxxx");
	SG_T_SEES(room.term, "«го» starts ROUTE");
	room_leave(&room);
	room_end(&room);
}

/* arg: from which byte on. */
static bool brief_was_written(struct sg_t_term *term, const void *arg)
{
	size_t n;
	return strstr(sg_t_term_raw(term, &n) + *(const size_t *)arg, "starts ROUTE") != NULL;
}

Test(screen, ctrl_l_draws_everything_anew)
{
	struct room room;
	size_t before;
	room_begin(&room, "");
	room_ready(&room);
	(void)sg_t_term_raw(room.term, &before);
	room_type(&room, "\014");
	cr_assert(sg_t_term_wait(room.term, brief_was_written, &before, SG_T_DEADLINE_MS),
		"expected the brief again");
	room_leave(&room);
	room_end(&room);
}

/* --- watch --- */

Test(screen, watch_follows_the_run_and_q_leaves_on_either_layout)
{
	struct room room;
	room_make(&room, "");
	room_open(&room, &(struct room_spec){.options = (const char *const[]){"watch", NULL}});
	SG_T_SEES(room.term, "watch: q leaves");
	SG_T_SEES(room.term, "RUNNING");
	room_command(&room, "stop 'enough'");
	SG_T_SEES(room.term, "FAIL");
	room_type(&room, "й");
	cr_assert_eq(sg_t_term_exit(room.term), 0);
	cr_assert_not(sg_t_term_altscreen(room.term), "expected the normal screen");
	room_end(&room);
}

Test(screen, watch_follows_the_log_of_what_another_process_runs)
{
	struct room room;
	room_make(&room, "echo begun; " UNTIL_ON "; echo ended");
	room_open(&room, &(struct room_spec){.options = (const char *const[]){"watch", NULL}});
	SG_T_SEES(room.term, "watch: q leaves");
	struct room other = room;
	room_open(&other, &(struct room_spec){0});
	SG_T_SEES(other.term, ROOM_PROMPT);
	room_go(&other, "ROUTE", "SPC");
	room_expect(&other, ROOM_PROMPT);
	room_ready(&other);
	room_type(&other, "го\r");
	SG_T_SEES(room.term, "SPC.1 | begun");
	let_go_on(&room);
	SG_T_SEES(room.term, "SPC.1 | ended");
	SG_T_SEES(room.term, "SPC ✓");
	sg_t_term_close(other.term);
	room_type(&room, "q");
	cr_assert_eq(sg_t_term_exit(room.term), 0);
	room_end(&room);
}

/* --- the ends --- */

Test(screen, term_while_a_phase_runs_ends_what_runs_and_says_so_in_the_trace)
{
	struct room room;
	room_begin(&room, "echo $$ > ../pid; echo begun; sleep 50");
	room_start_spc(&room, "begun");
	cr_assert_eq(kill(sg_t_term_pid(room.term), SIGTERM), 0);
	int status = sg_t_term_exit(room.term);
	cr_assert_eq(status, 128 + SIGTERM, "found %d", status);
	room_expect_terminal_back(&room);
	cr_assert(room_file_has(&room, ROOM_TRACE, "USER_STOP"),
		"expected STOP_GAP in the trace");
	room_end(&room);
}
