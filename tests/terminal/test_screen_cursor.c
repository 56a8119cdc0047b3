/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The cursor's cell at every position of a line of Latin, Cyrillic, wide, combined and control
 * characters, while it is moved through, edited, wrapped and searched. What is expected comes from
 * a table of widths beside the text and never from what the program computes.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "terminal/screen_room.h"

/* A text, letter by letter as an operator counts them, and the cells of each. */
struct letter {
	const char *bytes;
	int cells;
};

static const struct letter letters[] = {
	{"s", 1}, {"Ж", 1}, {"漢", 2}, {"е", 1}, {"e\xcc\x81", 1}, {"😀", 2}, {"щ", 1}, {"字", 2},
	{"и\xcc\x86", 1}, {"ё", 1}, {"한", 2}, {"z", 1}, {"ｗ", 2}, {"Я", 1},
};

#define N_LETTERS ((int)(sizeof(letters) / sizeof(letters[0])))
#define PROMPT_CELLS 15

static char *text_of(int from, int to)
{
	char text[256] = "";
	for (int i = from; i < to; i++)
		strcat(text, letters[i].bytes);
	return sg_t_format("%s", text);
}

/* The cell where letter i stands in a terminal of so many columns, from the prompt's first row. */
static void cell_of(int i, int columns, int *ret_row, int *ret_col)
{
	int row = 0, col = PROMPT_CELLS;
	for (int k = 0; k <= i; k++) {
		int cells = k < N_LETTERS ? letters[k].cells : 1;
		if (col + cells > columns) {
			row++;
			col = 0;
		}
		if (k < i)
			col += cells;
	}
	*ret_row = row;
	*ret_col = col;
}

/* The last row of the prompt is the terminal's last: where its first is follows from its length. */
static void expect_at(struct room *room, int i, int rows, int columns, const char *why)
{
	int row, col, last, ignored;
	cell_of(i, columns, &row, &col);
	cell_of(N_LETTERS, columns, &last, &ignored);
	/* an end that stands behind the last letter needs a cell of its own only while it is there */
	if (i < N_LETTERS) {
		int end_row, end_col;
		cell_of(N_LETTERS - 1, columns, &end_row, &end_col);
		last = end_row;
	}
	char *say = sg_t_format("%s, letter %d, %d columns", why, i, columns);
	room_cursor(room, rows - 1 - last + row, col, say);
	free(say);
}

static void walk(struct room *room, int rows, int columns, const char *left, const char *right)
{
	for (int i = N_LETTERS; i >= 0; i--) {
		expect_at(room, i, rows, columns, "to the left");
		if (i)
			room_type(room, left);
	}
	room_type(room, left); /* at the start it stays */
	for (int i = 0; i <= N_LETTERS; i++) {
		expect_at(room, i, rows, columns, "to the right");
		room_type(room, right);
	}
	expect_at(room, N_LETTERS, rows, columns, "at the end it stays");
}

static void begin_with_text(struct room *room)
{
	room_begin(room, "");
	char *text = text_of(0, N_LETTERS);
	char *row = sg_t_format(ROOM_PROMPT " %s", text);
	room_type(room, text);
	room_expect(room, row);
	free(row);
	free(text);
}

Test(screen_cursor, stands_on_its_cell_at_every_letter_by_arrows_and_control_keys)
{
	struct room room;
	begin_with_text(&room);
	walk(&room, 30, 100, "\033[D", "\033[C");
	walk(&room, 30, 100, "\x02", "\x06");
	room_type(&room, "\033[H");
	expect_at(&room, 0, 30, 100, "Home");
	room_type(&room, "\033[F");
	expect_at(&room, N_LETTERS, 30, 100, "End");
	room_type(&room, "\x01");
	expect_at(&room, 0, 30, 100, "Ctrl-A");
	room_type(&room, "\x05");
	expect_at(&room, N_LETTERS, 30, 100, "Ctrl-E");
	room_leave(&room);
	room_end(&room);
}

/* Every width at which a wide letter once does not fit into the rest of its row. */
Test(screen_cursor, stands_on_its_cell_at_every_letter_of_a_line_that_wraps)
{
	struct room room;
	begin_with_text(&room);
	for (int columns = 16; columns <= 36; columns++) {
		sg_t_term_resize(room.term, 30, columns);
		expect_at(&room, N_LETTERS, 30, columns, "after the resize");
		walk(&room, 30, columns, "\033[D", "\033[C");
	}
	room_leave(&room);
	room_end(&room);
}

Test(screen_cursor, a_letter_put_in_between_pushes_the_rest_and_the_cursor_by_its_cells)
{
	static const struct letter put[] = {{"q", 1}, {"Ю", 1}, {"語", 2}, {"🎉", 2}};
	struct room room;
	begin_with_text(&room);
	for (int i = N_LETTERS; i >= 0; i--) {
		const struct letter *one = &put[i % 4];
		char *before = text_of(0, i), *behind = text_of(i, N_LETTERS);
		char *row = sg_t_format(ROOM_PROMPT " %s%s%s", before, one->bytes, behind);
		int ignored, col;
		cell_of(i, 100, &ignored, &col);
		room_type(&room, one->bytes);
		room_expect(&room, row);
		room_cursor(&room, 29, col + one->cells, "behind the letter");
		room_type(&room, "\x7f");
		room_cursor(&room, 29, col, "after Backspace");
		if (i)
			room_type(&room, "\033[D");
		free(row);
		free(before);
		free(behind);
	}
	char *whole = text_of(0, N_LETTERS);
	char *row = sg_t_format(ROOM_PROMPT " %s", whole);
	room_expect(&room, row);
	free(row);
	free(whole);
	room_leave(&room);
	room_end(&room);
}

Test(screen_cursor, delete_takes_whole_letters_with_what_combines)
{
	struct room room;
	begin_with_text(&room);
	room_type(&room, "\x01");
	for (int i = 1; i <= N_LETTERS; i++) {
		char *rest = text_of(i, N_LETTERS);
		char *row = sg_t_format(ROOM_PROMPT "%s%s", *rest ? " " : "", rest);
		room_type(&room, "\033[3~");
		room_expect(&room, row);
		room_cursor(&room, 29, PROMPT_CELLS, "Delete keeps the cell");
		free(row);
		free(rest);
	}
	room_leave(&room);
	room_end(&room);
}

Test(screen_cursor, words_are_taken_and_given_back)
{
	struct room room;
	room_begin(&room, "");
	room_type(&room, "step \"Привет 漢字 мир\"");
	room_expect(&room, ROOM_PROMPT " step \"Привет 漢字 мир\"");
	room_type(&room, "\x17");
	room_expect(&room, ROOM_PROMPT " step \"Привет 漢字");
	room_cursor(&room, 29, PROMPT_CELLS + 18, "Ctrl-W");
	room_type(&room, "\x17");
	room_expect(&room, ROOM_PROMPT " step \"Привет");
	room_cursor(&room, 29, PROMPT_CELLS + 13, "Ctrl-W of wide text");
	room_type(&room, "\x19");
	room_expect(&room, ROOM_PROMPT " step \"Привет 漢字 мир\"");
	room_cursor(&room, 29, PROMPT_CELLS + 22, "Ctrl-Y");
	room_type(&room, "\033b");
	room_cursor(&room, 29, PROMPT_CELLS + 18, "Alt-B");
	room_type(&room, "\033b");
	room_cursor(&room, 29, PROMPT_CELLS + 13, "Alt-B over wide letters");
	room_type(&room, "\033u");
	room_cursor(&room, 29, PROMPT_CELLS + 17, "Alt-U");
	room_type(&room, "\033b\033b\033u");
	room_expect(&room, ROOM_PROMPT " step \"ПРИВЕТ 漢字 мир\"");
	room_cursor(&room, 29, PROMPT_CELLS + 12, "Alt-U of Cyrillic");
	room_type(&room, "\x0b");
	room_expect(&room, ROOM_PROMPT " step \"ПРИВЕТ");
	room_leave(&room);
	room_end(&room);
}

Test(screen_cursor, controls_tabs_and_hidden_characters_are_shown_and_counted)
{
	struct room room;
	room_begin(&room, "");
	room_type(&room, "a\x16\x01" "b");
	room_expect(&room, ROOM_PROMPT " a^Ab");
	room_cursor(&room, 29, PROMPT_CELLS + 4, "behind ^A");
	room_type(&room, "\033[D\033[D");
	room_cursor(&room, 29, PROMPT_CELLS + 1, "on ^A");
	room_type(&room, "\x05\x15" "a\x16\tb");
	/* the tab goes from column 16 to 24 */
	room_expect(&room, ROOM_PROMPT " a        b");
	room_cursor(&room, 29, 25, "behind a tab");
	room_type(&room, "\x15" "a\u202eb");
	room_expect(&room, ROOM_PROMPT " a<U+202E>b");
	room_cursor(&room, 29, PROMPT_CELLS + 10, "behind an override that is shown");
	room_leave(&room);
	room_end(&room);
}

Test(screen_cursor, a_search_in_the_history_finds_cyrillic_letter_by_letter)
{
	struct room room;
	room_begin(&room, "");
	room_type(&room, "покажи \"Щука и карась\"\r");
	SG_T_SEES(room.term, "no such command");
	room_expect(&room, ROOM_PROMPT);
	room_type(&room, "статус\r");
	room_expect(&room, ROOM_PROMPT);
	room_type(&room, "\x12");
	room_expect(&room, "(reverse-i-search)`':");
	static const char *const typed[] = {"к", "а", "р", "а"};
	static const char *const sought[] = {"к", "ка", "кар", "кара"};
	for (int i = 0; i < 4; i++) {
		room_type(&room, typed[i]);
		char *row = sg_t_format(
			"(reverse-i-search)`%s': покажи \"Щука и карась\"", sought[i]);
		room_expect(&room, row);
		free(row);
	}
	/* the prompt is 26 cells, and the match begins at the fifteenth letter of the line */
	room_cursor(&room, 29, 26 + 15, "on the match");
	room_type(&room, "\x7f\x7f");
	room_expect(&room, "(reverse-i-search)`ка': покажи \"Щука и карась\"");
	room_type(&room, "\033[C");
	room_expect(&room, ROOM_PROMPT " покажи \"Щука и карась\"");
	room_leave(&room);
	room_end(&room);
}

/* The prompt has at most a quarter of the rows, five at most; the rest scrolls inside. */
Test(screen_cursor, a_line_longer_than_the_prompts_rows_scrolls_with_the_cursor)
{
	struct room room;
	room_begin(&room, "");
	sg_t_term_resize(room.term, 24, 40);
	room_expect(&room, ROOM_PROMPT);
	for (int i = 0; i < 30; i++)
		room_type(&room, "абвгдежзик");
	/* 15 cells of prompt and 300 of text: the cursor is in the eighth row, column 35 */
	room_cursor(&room, 23, 35, "at the end");
	room_type(&room, "\x01");
	room_cursor(&room, 19, PROMPT_CELLS, "at the start, which is shown first of five rows");
	cr_assert(sg_t_term_wait_row(room.term, 19, ROOM_PROMPT " абв", SG_T_DEADLINE_MS),
		"expected the line's start where the cursor is");
	room_type(&room, "\x05");
	room_cursor(&room, 23, 35, "at the end again");
	room_type(&room, "\x15");
	room_expect(&room, ROOM_PROMPT);
	room_cursor(&room, 23, PROMPT_CELLS, "alone again");
	room_leave(&room);
	room_end(&room);
}

Test(screen_cursor, stands_behind_the_line_while_an_argument_is_given)
{
	struct room room;
	room_begin(&room, "");
	room_type(&room, "漢я");
	room_type(&room, "\0331");
	/* the argument's prompt is 9 cells */
	room_expect(&room, "(arg: 1) 漢я");
	room_cursor(&room, 29, 9 + 3, "behind the line");
	room_type(&room, "2");
	room_expect(&room, "(arg: 12) 漢я");
	room_cursor(&room, 29, 10 + 3, "moved on by the second digit");
	room_type(&room, "ж");
	room_expect(&room, ROOM_PROMPT " 漢яжжжжжжжжжжжж");
	room_cursor(&room, 29, PROMPT_CELLS + 3 + 12, "behind twelve letters");
	room_leave(&room);
	room_end(&room);
}

/* The mode is shown before the prompt, and in command mode Cyrillic keys are those of the layout. */
Test(screen_cursor, stands_on_its_cell_in_both_modes_of_vi)
{
	static const int cells[] = {0, 2, 3, 5};
	struct room room;
	room_make(&room, "");
	char *path = room_path(&room, "inputrc");
	sg_t_write_text(path, "set editing-mode vi\n");
	free(path);
	room_open(&room, &(struct room_spec){0});
	SG_T_SEES(room.term, "«го» starts ROUTE");
	room_expect(&room, "(ins) " ROOM_PROMPT);
	room_cursor(&room, 29, 6 + PROMPT_CELLS, "an empty line");
	room_type(&room, "漢я字ё");
	room_cursor(&room, 29, 6 + PROMPT_CELLS + 6, "behind the text");
	room_type(&room, "\033");
	room_expect(&room, "(cmd) " ROOM_PROMPT " 漢я字ё");
	for (int i = 3; i >= 0; i--) {
		room_cursor(&room, 29, 6 + PROMPT_CELLS + cells[i], "on a letter");
		room_type(&room, i % 2 ? "h" : "р");
	}
	room_type(&room, "2д");
	room_cursor(&room, 29, 6 + PROMPT_CELLS + 3, "two letters to the right");
	room_type(&room, "rж");
	room_expect(&room, "(cmd) " ROOM_PROMPT " 漢яжё");
	/* an ESC and a key behind it that came in one read are two keys */
	room_type(&room, "шQ");
	room_expect(&room, "(ins) " ROOM_PROMPT " 漢яQжё");
	room_type(&room, "\033ч");
	room_expect(&room, "(cmd) " ROOM_PROMPT " 漢яжё");
	room_type(&room, "\003");
	room_expect(&room, "(ins) " ROOM_PROMPT);
	room_ready(&room);
	room_type(&room, "quit\r");
	cr_assert_eq(sg_t_term_exit(room.term), 0, "expected exit status 0");
	room_end(&room);
}

/* What joins the last cell of a full row is on that cell, and not beyond the terminal's edge. */
Test(screen_cursor, a_mark_that_combines_at_the_edge_stays_in_its_row)
{
	struct room room;
	room_begin(&room, "");
	sg_t_term_resize(room.term, 30, 20);
	room_expect(&room, ROOM_PROMPT);
	/* five cells are left beside the prompt */
	room_type(&room, "абвгe\xcc\x81");
	room_cursor(&room, 29, 0, "behind the full row");
	room_type(&room, "\033[D");
	/* the line is one row again, the terminal's last */
	room_cursor(&room, 29, 19, "on the last cell");
	room_type(&room, "\033[D");
	room_cursor(&room, 29, 18, "on the one before");
	room_leave(&room);
	room_end(&room);
}
