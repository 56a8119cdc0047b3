/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What may come from a terminal that no operator typed: pastes, long and broken ones, bytes that
 * are no characters, sequences that mean nothing; and what is never the signal.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "terminal/screen_room.h"

#define PASTE(text) "\033[200~" text "\033[201~"
#define REFUSED     "it must be typed after the brief"
#define WAITS       "echo begun; while [ ! -f ../on ]; do sleep 0.05; done"

static void expect_nothing_began(struct room *room)
{
	/* a command that is answered stands behind all that came before it */
	room_type(room, "\x05\x15" "history\r");
	SG_T_SEES(room->term, "OWNER USER");
	cr_assert_not(room_file_has(room, ROOM_TRACE, "\"BEGIN\""), "expected that nothing began");
	cr_assert_not(room_file_has(room, ROOM_TRACE, "\"ROUTE\""), "expected no ROUTE");
}

/* Types what ends in something that reads «го» and is none; the prompt shows it as text. */
static void refuse(const char *inputrc, const char *const *keys, const char *shows)
{
	struct room room;
	room_make(&room, "");
	char *path = room_path(&room, "inputrc");
	sg_t_write_text(path, inputrc);
	room_open(&room, &(struct room_spec){0});
	SG_T_SEES(room.term, "«го» starts ROUTE");
	room_expect(&room, ROOM_PROMPT);
	for (; *keys; keys++) {
		room_type(&room, *keys);
		/* one key at a time: a macro is recorded only where no key waits */
		sg_t_term_settle(room.term, 60);
	}
	if (shows)
		room_expect(&room, shows);
	room_type(&room, "\r");
	SG_T_SEES(room.term, REFUSED);
	expect_nothing_began(&room);
	free(path);
	room_leave(&room);
	room_end(&room);
}

#define REFUSE(inputrc, ...) \
	refuse(inputrc, (const char *const[]){__VA_ARGS__, NULL}, ROOM_PROMPT " го")

Test(screen_input, pastes_are_marked_even_where_inputrc_switches_their_marks_off)
{
	static const char *const inputrcs[] = {"", "set enable-bracketed-paste off\n"};
	for (size_t i = 0; i < 2; i++) {
		struct room room;
		size_t n;
		room_make(&room, "");
		char *path = room_path(&room, "inputrc");
		sg_t_write_text(path, inputrcs[i]);
		free(path);
		room_open(&room, &(struct room_spec){0});
		SG_T_SEES(room.term, ROOM_PROMPT);
		cr_assert(strstr(sg_t_term_raw(room.term, &n), "\033[?2004h"),
			"expected that the terminal was asked to mark pastes");
		room_leave(&room);
		room_end(&room);
	}
}

Test(screen_input, a_pasted_signal_and_half_a_pasted_one_are_refused)
{
	REFUSE("", PASTE("го"));
	REFUSE("", "г", PASTE("о"));
	REFUSE("", PASTE("г"), "о");
	REFUSE("", PASTE("х"), "\x7fг", "о", PASTE(""));
}

Test(screen_input, a_signal_of_a_macro_is_refused)
{
	REFUSE("\"w\": \"го\"\n", "w");
	REFUSE("\"\\C-xg\": \"о\"\n", "г", "\x18g");
}

Test(screen_input, a_signal_of_a_keyboard_macro_is_refused)
{
	REFUSE("", "\x18(", "г", "о", "\x18)", "\x15", "\x18\x65");
}

/* Given by the macro itself it is no signal, either. */
Test(screen_input, a_macro_that_ends_its_line_gives_no_signal)
{
	struct room room;
	room_make(&room, "");
	char *path = room_path(&room, "inputrc");
	sg_t_write_text(path, "$if stepgate\n\"w\": \"го\\r\"\n$endif\n");
	free(path);
	room_open(&room, &(struct room_spec){0});
	SG_T_SEES(room.term, "«го» starts ROUTE");
	room_expect(&room, ROOM_PROMPT);
	room_ready(&room);
	room_type(&room, "w");
	SG_T_SEES(room.term, REFUSED);
	expect_nothing_began(&room);
	room_leave(&room);
	room_end(&room);
}

Test(screen_input, a_yanked_or_undone_signal_is_refused)
{
	REFUSE("", "го", "\x15", "\x19");
	REFUSE("", "го", "\x15", "\x1f");
}

Test(screen_input, a_signal_never_comes_from_the_history)
{
	struct room room;
	room_make(&room, "");
	char *path = room_path(&room, "state/stepgate/history");
	sg_t_write_text(path, "status\nго\n");
	free(path);
	room_open(&room, &(struct room_spec){0});
	SG_T_SEES(room.term, "«го» starts ROUTE");
	room_expect(&room, ROOM_PROMPT);
	room_type(&room, "\x10");
	room_expect(&room, ROOM_PROMPT " status");
	room_type(&room, "\x15\x12го");
	SG_T_SEES(room.term, "failed reverse-i-search");
	room_type(&room, "\003");
	expect_nothing_began(&room);
	room_leave(&room);
	room_end(&room);
}

Test(screen_input, a_signal_typed_with_arrows_and_corrections_is_taken)
{
	struct room room;
	room_begin(&room, "");
	room_type(&room, "гы\x7f");
	room_type(&room, "о\r");
	SG_T_SEES(room.term, "«го» starts SPC");
	room_leave(&room);
	room_end(&room);
}

Test(screen_input, a_signal_typed_before_the_brief_is_refused)
{
	struct room room;
	room_make(&room, WAITS);
	room_open(&room, &(struct room_spec){0});
	room_start_spc(&room, "begun");
	/* typed while SPC runs, and given when the brief of ORC stands */
	room_type(&room, "го");
	room_expect(&room, ROOM_PROMPT " го");
	char *on = room_path(&room, "on");
	sg_t_write_text(on, "");
	free(on);
	SG_T_SEES(room.term, "«го» starts ORC");
	room_ready(&room);
	room_type(&room, "\r");
	SG_T_SEES(room.term, REFUSED);
	cr_assert_not(room_file_has(&room, ROOM_TRACE, "\"ENGINE\""), "expected no engine");
	/* and typed anew it counts */
	room_go(&room, "ORC", "PACK");
	room_leave(&room);
	room_end(&room);
}

/* The brief is drawn in the middle of a paste: what is left of the paste is no typed text. */
Test(screen_input, a_paste_that_goes_on_behind_the_brief_stays_a_paste)
{
	struct room room;
	room_make(&room, WAITS);
	room_open(&room, &(struct room_spec){0});
	room_start_spc(&room, "begun");
	room_type(&room, "\033[200~text");
	char *on = room_path(&room, "on");
	sg_t_write_text(on, "");
	free(on);
	SG_T_SEES(room.term, "«го» starts ORC");
	room_ready(&room);
	room_type(&room, "го\rго\r\033[201~");
	room_type(&room, "x");
	room_expect(&room, ROOM_PROMPT " x");
	cr_assert_not(room_file_has(&room, ROOM_TRACE, "\"ENGINE\""), "expected no engine");
	room_type(&room, "\x15");
	room_go(&room, "ORC", "PACK");
	room_leave(&room);
	room_end(&room);
}

/* The terminal's ^C flushes what was not read: the mark of the paste must not be among it. */
Test(screen_input, a_paste_with_an_interrupt_in_it_stays_a_paste)
{
	struct room room;
	room_begin(&room, "");
	room_type(&room, PASTE("one\003го\r"));
	room_expect(&room, ROOM_PROMPT " oneго^J");
	expect_nothing_began(&room);
	room_leave(&room);
	room_end(&room);
}

static char *many(const char *text, size_t times, const char *before, const char *behind)
{
	const size_t n = strlen(text);
	char *all = malloc(strlen(before) + n * times + strlen(behind) + 1);
	cr_assert(all);
	char *at = all + sprintf(all, "%s", before);
	for (size_t i = 0; i < times; i++, at += n)
		memcpy(at, text, n);
	strcpy(at, behind);
	return all;
}

static long resident_kb(struct room *room)
{
	return room_proc(sg_t_term_pid(room->term), "VmRSS");
}

Test(screen_input, a_paste_of_nearly_a_megabyte_is_text_and_keys_go_on)
{
	struct room room;
	room_begin(&room, "");
	char *all = many("строка\r", 1000000 / 13, "\033[200~", "\033[201~");
	long begun = room_now_ms();
	room_type(&room, all);
	room_type(&room, "Ж");
	SG_T_SEES(room.term, "^JЖ");
	if (!sg_t_is_asan())
		cr_assert_leq(room_now_ms() - begun, 5000, "expected it in 5 s");
	cr_assert_leq(resident_kb(&room), sg_t_is_asan() ? 1000000L : 64000L,
		"expected little memory for it, found %ld KiB", resident_kb(&room));
	expect_nothing_began(&room);
	free(all);
	room_leave(&room);
	room_end(&room);
}

/* Over the limit all of it goes, and nothing of its rest looks like keys. */
Test(screen_input, a_paste_of_megabytes_is_dropped_whole)
{
	struct room room;
	room_begin(&room, "");
	char *all = many("го\r", 3000000 / 5, "\033[200~", "\033[201~");
	room_type(&room, all);
	room_type(&room, "Ж");
	room_expect(&room, ROOM_PROMPT " Ж");
	expect_nothing_began(&room);
	free(all);
	room_leave(&room);
	room_end(&room);
}

Test(screen_input, a_paste_without_an_end_is_given_up_with_ctrl_c)
{
	struct room room;
	room_begin(&room, "");
	room_type(&room, "\033[200~го\r");
	sg_t_term_settle(room.term, 700);
	room_type(&room, "\003");
	SG_T_SEES(room.term, "The line was cleared");
	room_type(&room, "Ж");
	room_expect(&room, ROOM_PROMPT " Ж");
	expect_nothing_began(&room);
	room_leave(&room);
	room_end(&room);
}

Test(screen_input, what_is_pasted_is_shown_without_its_powers)
{
	struct room room;
	room_begin(&room, "");
	room_type(&room, PASTE("a\033[31mb\033]0;owned\007c\u202ed\tе"));
	SG_T_SEES(room.term, "a^[[31mb^[]0;owned^Gc<U+202E>d");
	cr_assert_null(strstr(sg_t_term_title(room.term), "owned"), "expected our own title");
	room_leave(&room);
	room_end(&room);
}

Test(screen_input, bytes_that_are_no_characters_leave_no_trace_in_the_line)
{
	static const char *const broken[] = {"\xff", "\x80", "\xc0\xaf", "\xed\xa0\x80",
		"\xf5\x80\x80\x80", "\xf4\x90\x80\x80", "\xe2\x28\xa1", "\xd0", "\xe2\x82", "\xf0\x9f\x98"};
	struct room room;
	room_begin(&room, "");
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		room_type(&room, "\x15ж");
		room_expect(&room, ROOM_PROMPT " ж");
		room_type(&room, broken[i]);
		/* what might still become a character is waited for */
		sg_t_term_settle(room.term, 100);
		room_type(&room, "я");
		char *plain = sg_t_format(ROOM_PROMPT " ж%sя", i == 6 ? "(" : "");
		room_expect(&room, plain);
		free(plain);
	}
	room_leave(&room);
	room_end(&room);
}

/* Readline died of it: ESC ended the search, and the rest was left over in a call that was gone. */
Test(screen_input, a_sequence_that_means_nothing_ends_a_search_and_no_more)
{
	static const char *const nothing[] = {"\033[99~", "\033[1;9Z", "\033Oz", "\033\033[99~"};
	struct room room;
	room_begin(&room, "");
	room_type(&room, "статус\r");
	SG_T_SEES(room.term, "FILE docs/one.md");
	room_expect(&room, ROOM_PROMPT);
	for (size_t i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++) {
		room_type(&room, "\x12та");
		room_expect(&room, "(reverse-i-search)`та': статус");
		room_type(&room, nothing[i]);
		room_expect(&room, ROOM_PROMPT " статус");
		/* the cursor stands on what was found */
		room_type(&room, "Ж");
		room_expect(&room, ROOM_PROMPT " сЖтатус");
		/* the change is gone with the line: the history has what was typed */
		room_type(&room, "\003");
		room_expect(&room, ROOM_PROMPT);
	}
	/* one that means something does it, with the line that was found */
	room_type(&room, "\x12та\033[F!");
	room_expect(&room, ROOM_PROMPT " статус!");
	room_leave(&room);
	room_end(&room);
}

Test(screen_input, a_sequence_that_means_nothing_leaves_nothing_in_the_line)
{
	static const char *const begun[] = {"", "\x18", "\0333", "\033p", "\x1d"};
	struct room room;
	room_begin(&room, "");
	for (size_t i = 0; i < sizeof(begun) / sizeof(begun[0]); i++) {
		room_type(&room, "яж");
		room_expect(&room, ROOM_PROMPT " яж");
		room_type(&room, begun[i]);
		sg_t_term_settle(room.term, 60);
		room_type(&room, "\033[99~");
		room_type(&room, "\003");
		room_expect(&room, ROOM_PROMPT);
	}
	room_leave(&room);
	room_end(&room);
}

Test(screen_input, a_changed_line_of_the_history_keeps_the_change_until_enter)
{
	struct room room;
	room_begin(&room, "");
	room_type(&room, "первая\r");
	room_expect(&room, ROOM_PROMPT);
	room_type(&room, "вторая\r");
	room_expect(&room, ROOM_PROMPT);
	for (int i = 0; i < 2; i++) {
		room_type(&room, "нов\033[A");
		room_expect(&room, ROOM_PROMPT " вторая");
		room_type(&room, "!\033[A");
		room_expect(&room, ROOM_PROMPT " первая");
		room_type(&room, "\x15\033[B");
		room_expect(&room, ROOM_PROMPT " вторая!");
		room_type(&room, "\033[B");
		room_expect(&room, ROOM_PROMPT " нов");
		room_type(&room, "\033[A\033[A");
		room_expect(&room, ROOM_PROMPT);
		room_type(&room, "\003");
		room_expect(&room, ROOM_PROMPT);
	}
	room_leave(&room);
	room_end(&room);
}

Test(screen_input, enter_behind_an_argument_ends_the_line_at_once)
{
	struct room room;
	room_begin(&room, "");
	room_type(&room, "history\0338");
	room_expect(&room, "(arg: 8) history");
	room_type(&room, "\r");
	SG_T_SEES(room.term, "OWNER USER");
	room_expect(&room, ROOM_PROMPT);
	room_leave(&room);
	room_end(&room);
}

Test(screen_input, a_keyboard_macro_holds_whole_letters)
{
	static const char *const keys[] = {"\x18", "(", "щ", "😀", "\x18", ")", "\x18", "e"};
	struct room room;
	room_begin(&room, "");
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		room_type(&room, keys[i]);
	room_expect(&room, ROOM_PROMPT " щ😀щ😀");
	room_leave(&room);
	room_end(&room);
}

Test(screen_input, every_byte_and_every_sequence_leaves_a_prompt_that_works)
{
	struct room room;
	room_begin(&room, "");
	for (int c = 1; c < 256; c++) {
		/* those that leave, stop, or run what is there */
		if (c == 3 || c == 4 || c == 0x1a || c == 0x1c || c == '\r' || c == '\n')
			continue;
		const char sequences[][5] = {{(char)c}, {'\033', (char)c}, {'\033', '[', (char)c},
			{'\033', 'O', (char)c}, {'\033', '[', '1', (char)c}};
		for (size_t i = 0; i < 5; i++)
			room_type(&room, sequences[i]);
		room_type(&room, "\007");
	}
	sg_t_term_settle(room.term, 200);
	/* whatever was begun: a search, an argument, the help */
	room_type(&room, "\003");
	sg_t_term_settle(room.term, 100);
	char *screen = sg_t_term_screen(room.term);
	if (strstr(screen, "HELP"))
		room_type(&room, "\033OP");
	free(screen);
	room_type(&room, "\003Ж");
	room_expect(&room, ROOM_PROMPT " Ж");
	cr_assert_not(room_file_has(&room, ROOM_TRACE, "\"BEGIN\""), "expected that nothing began");
	room_leave(&room);
	room_end(&room);
}
