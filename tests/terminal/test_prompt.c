/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The line prompt in a terminal: what counts as typed, editing of Russian text, history, completion.
 *
 * The program in the terminal is this one: with TINY_PROMPT in its environment it is no test but a
 * loop that reads lines by ui/prompt and prints what it was told of each.
 */
#include <criterion/criterion.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "harness/harness.h"
#include "harness/term.h"
#include "ui/prompt.h"

/* --- the tiny program --- */

static int tiny_prompt(void)
{
	struct sg_prompt_options options = {
		.history_path = getenv("TINY_HISTORY"),
		.dumb = strcmp(getenv("TERM"), "dumb") == 0,
	};
	struct sg_err err = SG_ERR_INIT;
	struct sg_line line = {0};
	(void)setlocale(LC_ALL, "");
	if (sg_prompt_start(&options, &err) != SG_OK) {
		printf("no prompt: %s\n", err.text);
		return 3;
	}
	for (int n = 1; sg_prompt_read("tiny> ", &line, &err) == SG_OK; n++) {
		if (!line.text && !line.interrupted)
			break;
		printf("line %d %s%s [%s]\n", n, line.typed ? "typed" : "given",
			line.interrupted ? " interrupted" : "", line.text ? line.text : "");
		if (line.text && strcmp(line.text, "flush") == 0) {
			printf("a brief\n");
			fflush(stdout);
			sg_prompt_flush();
		}
		fflush(stdout);
		sg_line_release(&line);
	}
	sg_prompt_stop();
	printf("left\n");
	return 0;
}

__attribute__((constructor)) static void be_the_tiny_program(void)
{
	if (!getenv("TINY_PROMPT"))
		return;
	int status = tiny_prompt();
	fflush(stdout);
	_exit(status);
}

/* --- what a test uses --- */

struct room {
	char *folder;
	char *history;
	char *inputrc;
	struct sg_t_term *term;
};

static void open_term(struct room *room, const char *term)
{
	char *history = sg_t_format("TINY_HISTORY=%s", room->history);
	char *inputrc = sg_t_format("INPUTRC=%s", room->inputrc);
	char *kind = sg_t_format("TERM=%s", term);
	room->term = sg_t_term_open(&(struct sg_t_term_spec){
		.argv = (const char *const[]){"/proc/self/exe", NULL},
		.env = (const char *const[]){"TINY_PROMPT=1", history, inputrc, kind, NULL},
		.cwd = room->folder,
	});
	free(history);
	free(inputrc);
	free(kind);
	SG_T_SEES(room->term, "tiny>");
}

static void open_room(struct room *room, const char *inputrc)
{
	room->folder = sg_t_tmpdir();
	room->history = sg_t_format("%s/state/deep/history", room->folder);
	room->inputrc = sg_t_format("%s/inputrc", room->folder);
	room->term = NULL;
	sg_t_write_text(room->inputrc, inputrc);
}

static void close_room(struct room *room)
{
	sg_t_term_close(room->term);
	sg_t_rmtree(room->folder);
	free(room->folder);
	free(room->history);
	free(room->inputrc);
}

static void begin(struct room *room)
{
	open_room(room, "");
	open_term(room, "xterm-256color");
}

/* The prompt waits: before, the kernel would take some keys for its own. */
static bool at_prompt(struct sg_t_term *term, const void *arg)
{
	(void)arg;
	int row, col;
	sg_t_term_cursor(term, &row, &col);
	char *text = sg_t_term_row(term, row);
	bool found = col == 6 && strcmp(text, "tiny>") == 0;
	free(text);
	return found;
}

static void type_at_prompt(struct room *room, const char *keys)
{
	cr_assert(sg_t_term_wait(room->term, at_prompt, NULL, SG_T_DEADLINE_MS),
		"expected an empty prompt");
	sg_t_term_type(room->term, keys);
}

/* --- what counts as typed --- */

Test(prompt, a_word_typed_key_by_key_is_typed)
{
	struct room room;
	begin(&room);
	sg_t_term_send(room.term, "\xd0", 1);
	sg_t_term_send(room.term, "\xb3", 1);
	sg_t_term_send(room.term, "\xd0", 1);
	sg_t_term_send(room.term, "\xbe", 1);
	sg_t_term_type(room.term, "\r");
	SG_T_SEES(room.term, "line 1 typed [го]");
	close_room(&room);
}

Test(prompt, a_word_that_arrives_in_one_read_is_typed)
{
	struct room room;
	begin(&room);
	sg_t_term_type(room.term, "го\r");
	SG_T_SEES(room.term, "line 1 typed [го]");
	type_at_prompt(&room, "го\n");
	SG_T_SEES(room.term, "line 2 typed [го]");
	close_room(&room);
}

Test(prompt, a_word_mended_with_backspace_is_typed)
{
	struct room room;
	begin(&room);
	sg_t_term_type(room.term, "гы\x7fо\r");
	SG_T_SEES(room.term, "line 1 typed [го]");
	close_room(&room);
}

Test(prompt, a_line_begun_anew_after_clearing_it_is_typed)
{
	struct room room;
	begin(&room);
	sg_t_term_type(room.term, "status\x15го\r");
	SG_T_SEES(room.term, "line 1 typed [го]");
	close_room(&room);
}

Test(prompt, a_pasted_word_is_not_typed)
{
	struct room room;
	begin(&room);
	sg_t_term_type(room.term, "\033[200~го\033[201~");
	SG_T_SEES(room.term, "tiny> го");
	sg_t_term_type(room.term, "\r");
	SG_T_SEES(room.term, "line 1 given [го]");
	close_room(&room);
}

Test(prompt, half_a_word_pasted_is_not_typed)
{
	struct room room;
	begin(&room);
	sg_t_term_type(room.term, "г\033[200~о\033[201~\r");
	SG_T_SEES(room.term, "line 1 given [го]");
	type_at_prompt(&room, "\033[200~г\033[201~о\r");
	SG_T_SEES(room.term, "line 2 given [го]");
	close_room(&room);
}

Test(prompt, a_pasted_newline_gives_no_line)
{
	struct room room;
	begin(&room);
	sg_t_term_type(room.term, "\033[200~го\r\033[201~");
	sg_t_term_type(room.term, "x\r");
	SG_T_SEEN(room.term, "line 1 given");
	cr_assert(sg_t_term_wait_seen(room.term, "x]", SG_T_DEADLINE_MS),
		"expected one line that holds what was pasted and what was typed");
	close_room(&room);
}

Test(prompt, a_paste_is_known_where_inputrc_switches_its_marks_off)
{
	struct room room;
	open_room(&room, "set enable-bracketed-paste off\n");
	open_term(&room, "xterm-256color");
	size_t n;
	cr_assert(strstr(sg_t_term_raw(room.term, &n), "\033[?2004h"),
		"expected that the terminal was asked to mark pastes");
	close_room(&room);
}

Test(prompt, a_word_recalled_from_the_history_is_not_typed)
{
	struct room room;
	begin(&room);
	sg_t_term_type(room.term, "status\r");
	SG_T_SEES(room.term, "line 1 typed [status]");
	type_at_prompt(&room, "\x10\r");
	SG_T_SEES(room.term, "line 2 given [status]");
	type_at_prompt(&room, "\x12sta\r");
	SG_T_SEES(room.term, "line 3 given [status]");
	close_room(&room);
}

Test(prompt, a_macro_of_inputrc_is_not_typed)
{
	struct room room;
	open_room(&room, "\"q\": \"го\"\n\"w\": \"го\\n\"\n");
	open_term(&room, "xterm-256color");
	sg_t_term_type(room.term, "q\r");
	SG_T_SEES(room.term, "line 1 given [го]");
	type_at_prompt(&room, "w");
	SG_T_SEES(room.term, "line 2 given [го]");
	close_room(&room);
}

Test(prompt, a_keyboard_macro_is_not_typed)
{
	struct room room;
	begin(&room);
	/* one key at a time: readline does not record letters that it finds waiting */
	sg_t_term_type(room.term, "\x18(");
	sg_t_term_type(room.term, "a");
	SG_T_SEES(room.term, "tiny> a");
	sg_t_term_type(room.term, "b");
	SG_T_SEES(room.term, "tiny> ab");
	sg_t_term_type(room.term, "\x18)");
	sg_t_term_type(room.term, "\x15");
	type_at_prompt(&room, "\x18"
			      "e");
	SG_T_SEES(room.term, "tiny> ab");
	sg_t_term_type(room.term, "\r");
	SG_T_SEES(room.term, "line 1 given [ab]");
	close_room(&room);
}

Test(prompt, a_yanked_word_is_not_typed)
{
	struct room room;
	begin(&room);
	sg_t_term_type(room.term, "го\x15\x19\r");
	SG_T_SEES(room.term, "line 1 given [го]");
	close_room(&room);
}

Test(prompt, an_undone_word_is_not_typed)
{
	struct room room;
	begin(&room);
	sg_t_term_type(room.term, "го\x15\x1f\r");
	SG_T_SEES(room.term, "line 1 given [го]");
	close_room(&room);
}

Test(prompt, what_was_typed_ahead_of_a_brief_is_dropped)
{
	struct room room;
	begin(&room);
	sg_t_term_type(room.term, "flush\rго\r");
	SG_T_SEES(room.term, "a brief");
	type_at_prompt(&room, "fence\r");
	SG_T_SEES(room.term, "line 2 typed [fence]");
	close_room(&room);
}

Test(prompt, a_word_in_vi_mode_is_typed_and_one_put_back_is_not)
{
	struct room room;
	open_room(&room, "set editing-mode vi\n");
	open_term(&room, "xterm-256color");
	sg_t_term_type(room.term, "го\r");
	SG_T_SEES(room.term, "line 1 typed [го]");
	type_at_prompt(&room, "го\033dd");
	sg_t_term_settle(room.term, 300);
	sg_t_term_type(room.term, "p");
	sg_t_term_settle(room.term, 100);
	sg_t_term_type(room.term, "\r");
	SG_T_SEES(room.term, "line 2 given [го]");
	close_room(&room);
}

/* --- editing --- */

/* The letters come before the cursor goes back among them. */
static bool in_column(struct sg_t_term *term, const void *arg)
{
	int row, col;
	sg_t_term_cursor(term, &row, &col);
	return col == *(const int *)arg;
}

Test(prompt, russian_text_is_edited_by_letters)
{
	struct room room;
	begin(&room);
	sg_t_term_type(room.term, "щука\x02\x02\x7f");
	SG_T_SEES(room.term, "tiny> щка");
	cr_assert(sg_t_term_wait(room.term, in_column, &(int){7}, SG_T_DEADLINE_MS),
		"expected the cursor behind щ, in column 7");
	sg_t_term_type(room.term, "у\x05!\r");
	SG_T_SEES(room.term, "[щука!]");
	close_room(&room);
}

Test(prompt, a_search_in_the_history_takes_russian_letters)
{
	struct room room;
	begin(&room);
	sg_t_term_type(room.term, "шаг \"Собрать\"\r");
	SG_T_SEES(room.term, "line 1 typed");
	type_at_prompt(&room, "\x12"
				  "Собр");
	SG_T_SEES(room.term, "`Собр'");
	sg_t_term_type(room.term, "\r");
	SG_T_SEES(room.term, "line 2 given [шаг \"Собрать\"]");
	close_room(&room);
}

Test(prompt, control_c_clears_the_line_and_says_how_to_leave)
{
	struct room room;
	begin(&room);
	sg_t_term_type(room.term, "half\x03");
	SG_T_SEES(room.term, "quit or Ctrl-D leaves");
	SG_T_SEES(room.term, "line 1 given interrupted []");
	type_at_prompt(&room, "го\r");
	SG_T_SEES(room.term, "line 2 typed [го]");
	close_room(&room);
}

Test(prompt, control_c_ends_a_search_an_argument_and_a_quoted_key)
{
	struct room room;
	begin(&room);
	sg_t_term_type(room.term, "\x12zzz");
	SG_T_SEES(room.term, "zzz'");
	sg_t_term_type(room.term, "\x03");
	SG_T_SEES(room.term, "line 1 given interrupted");
	type_at_prompt(&room, "\033"
				  "3");
	SG_T_SEES(room.term, "(arg: 3)");
	sg_t_term_type(room.term, "\x03");
	SG_T_SEES(room.term, "line 2 given interrupted");
	type_at_prompt(&room, "го\r");
	SG_T_SEES(room.term, "line 3 typed [го]");
	close_room(&room);
}

Test(prompt, control_d_on_an_empty_line_is_the_end)
{
	struct room room;
	begin(&room);
	sg_t_term_type(room.term, "ab\x04");
	sg_t_term_type(room.term, "\r");
	SG_T_SEES(room.term, "line 1 given [ab]");
	type_at_prompt(&room, "\x04");
	SG_T_SEES(room.term, "left");
	cr_assert_eq(sg_t_term_exit(room.term), 0);
	close_room(&room);
}

static bool cooked(struct sg_t_term *term)
{
	struct termios now;
	cr_assert_eq(tcgetattr(sg_t_term_fd(term), &now), 0);
	return (now.c_lflag & (ICANON | ECHO | ISIG)) == (ICANON | ECHO | ISIG);
}

Test(prompt, a_signal_that_ends_it_leaves_the_terminal_as_it_was)
{
	struct room room;
	begin(&room);
	sg_t_term_type(room.term, "half");
	SG_T_SEES(room.term, "tiny> half");
	cr_assert_not(cooked(room.term), "expected that readline reads keys");
	kill(sg_t_term_pid(room.term), SIGTERM);
	cr_assert_eq(sg_t_term_exit(room.term), 128 + SIGTERM);
	cr_assert(cooked(room.term), "expected the terminal to be put back");
	close_room(&room);
}

/* --- history --- */

Test(prompt, the_history_is_kept_without_the_signal_and_without_repetitions)
{
	struct room room;
	begin(&room);
	sg_t_term_type(room.term, "status\rstatus\rго\rgo\rГО\r   \rledger\r");
	SG_T_SEES(room.term, "line 7 typed [ledger]");
	type_at_prompt(&room, "\x04");
	cr_assert_eq(sg_t_term_exit(room.term), 0);
	char *kept = sg_t_read(room.history, NULL);
	cr_assert_str_eq(kept, "status\nledger\n");
	free(kept);
	close_room(&room);
}

Test(prompt, the_history_is_there_at_the_next_start)
{
	struct room room;
	open_room(&room, "");
	sg_t_write_text(room.history, "ledger\nго\ncontract\n");
	open_term(&room, "xterm-256color");
	sg_t_term_type(room.term, "\x10\x10\r");
	SG_T_SEES(room.term, "line 1 given [ledger]");
	close_room(&room);
}

/* --- completion --- */

Test(prompt, tab_completes_a_command_and_lists_several_with_their_help)
{
	struct room room;
	begin(&room);
	sg_t_term_type(room.term, "led\t\r");
	SG_T_SEES(room.term, "line 1 given [ledger ]");
	type_at_prompt(&room, "re\t");
	SG_T_SEES(room.term, "the STOP_GAP or PASS block");
	sg_t_term_type(room.term, "\x15шт\x7f\x7fист\t\r");
	SG_T_SEES(room.term, "[история ]");
	close_room(&room);
}

Test(prompt, tab_never_completes_the_signal)
{
	struct room room;
	begin(&room);
	sg_t_term_type(room.term, "г\t\r");
	SG_T_SEES(room.term, "line 1 given [гейты ]");
	type_at_prompt(&room, "го\t\r");
	SG_T_SEES(room.term, "line 2 given [го]");
	close_room(&room);
}

Test(prompt, tab_completes_a_file_with_a_blank_in_its_name_behind_an_option)
{
	struct room room;
	open_room(&room, "");
	char *file = sg_t_format("%s/docs/мой файл.md", room.folder);
	sg_t_write_text(file, "x");
	free(file);
	open_term(&room, "xterm-256color");
	sg_t_term_type(room.term, "step x --file=do\t");
	SG_T_SEES(room.term, "--file=docs/");
	sg_t_term_type(room.term, "мой\\ ф\t\r");
	SG_T_SEES(room.term, "[step x --file=docs/мой\\ файл.md ]");
	close_room(&room);
}

Test(prompt, a_file_name_with_an_escape_sequence_is_not_offered)
{
	struct room room;
	open_room(&room, "");
	char *evil = sg_t_format("%s/evil\033]0;owned\007", room.folder);
	char *fine = sg_t_format("%s/evening", room.folder);
	sg_t_write_text(evil, "x");
	sg_t_write_text(fine, "x");
	free(evil);
	free(fine);
	open_term(&room, "xterm-256color");
	sg_t_term_type(room.term, "check ev\t\r");
	SG_T_SEES(room.term, "[check evening ]");
	cr_assert_str_eq(sg_t_term_title(room.term), "");
	close_room(&room);
}

/* --- a terminal that cannot draw --- */

Test(prompt, a_dumb_terminal_gets_no_escape_codes)
{
	struct room room;
	open_room(&room, "");
	open_term(&room, "dumb");
	sg_t_term_type(room.term, "го\r");
	SG_T_SEES(room.term, "line 1 typed [го]");
	type_at_prompt(&room, "щу\x7f\r");
	SG_T_SEES(room.term, "line 2 typed [щ]");
	type_at_prompt(&room, "half\x03");
	SG_T_SEES(room.term, "line 3 given interrupted []");
	type_at_prompt(&room, "\x04");
	SG_T_SEES(room.term, "left");
	size_t n;
	const char *raw = sg_t_term_raw(room.term, &n);
	cr_assert_null(memchr(raw, '\033', n), "expected no escape code");
	close_room(&room);
}

Test(prompt, what_was_typed_ahead_of_a_brief_is_dropped_on_a_dumb_terminal)
{
	struct room room;
	open_room(&room, "");
	open_term(&room, "dumb");
	sg_t_term_type(room.term, "flush\rго\r");
	SG_T_SEES(room.term, "a brief");
	type_at_prompt(&room, "fence\r");
	SG_T_SEES(room.term, "line 2 typed [fence]");
	close_room(&room);
}
