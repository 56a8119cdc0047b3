/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Kinds of terminals, and what the environment and the options ask for: colours, ASCII, plain; and
 * a real shell with job control, by tmux.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "terminal/screen_room.h"

/* A sequence that sets one of the eight colours, among all that the program wrote. */
static bool has_colour(struct room *room)
{
	size_t n;
	for (const char *p = sg_t_term_raw(room->term, &n); (p = strstr(p, "\033[3")); p++)
		if (p[3] >= '0' && p[3] <= '7' && p[4] == 'm')
			return true;
	return false;
}

static void open_kind(struct room *room, const struct room_spec *spec)
{
	room_make(room, "");
	room_open(room, spec);
	SG_T_SEES(room->term, "starts ROUTE");
	SG_T_SEES(room->term, ROOM_PROMPT);
}

static void go_by_keys(struct room *room)
{
	room_ready(room);
	room_type(room, "го\r");
	SG_T_SEES(room->term, "starts SPC");
	room_ready(room);
	room_type(room, "quit\r");
	cr_assert_eq(sg_t_term_exit(room->term), 0);
	cr_assert_not(sg_t_term_altscreen(room->term), "expected the normal screen");
}

Test(screen_kinds, every_terminal_that_addresses_its_cursor_has_the_screen)
{
	static const char *const kinds[] = {
		"xterm", "xterm-256color", "linux", "screen-256color", "tmux-256color", "vt100", "vt220"};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct room room;
		open_kind(&room, &(struct room_spec){.kind = kinds[i]});
		char *row = sg_t_term_row(room.term, 0);
		cr_assert(strncmp(row, "stepgate  0001", 14) == 0, "%s: found %s", kinds[i], row);
		free(row);
		room_ready(&room);
		room_type(&room, "привет");
		room_expect(&room, ROOM_PROMPT " привет");
		room_cursor(&room, 29, 21, kinds[i]);
		room_type(&room, "\x15");
		go_by_keys(&room);
		room_end(&room);
	}
}

Test(screen_kinds, one_that_does_not_or_is_not_known_has_the_line_prompt)
{
	static const char *const kinds[] = {"dumb", "unknown", "no-such-terminal", ""};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct room room;
		open_kind(&room, &(struct room_spec){.kind = kinds[i]});
		cr_assert_not(sg_t_term_altscreen(room.term), "%s: expected lines", kinds[i]);
		go_by_keys(&room);
		room_end(&room);
	}
}

Test(screen_kinds, plain_is_chosen_by_option_and_by_environment)
{
	struct room room;
	open_kind(&room, &(struct room_spec){.options = (const char *const[]){"--plain", NULL}});
	cr_assert_not(sg_t_term_altscreen(room.term), "--plain: expected lines");
	go_by_keys(&room);
	room_end(&room);
	open_kind(&room, &(struct room_spec){.env = "STEPGATE_UI=plain"});
	cr_assert_not(sg_t_term_altscreen(room.term), "STEPGATE_UI: expected lines");
	go_by_keys(&room);
	room_end(&room);
}

Test(screen_kinds, colours_are_there_and_none_where_they_are_not_wanted)
{
	static const struct {
		const char *env, *option;
		bool colour;
	} cases[] = {{"NO_COLOR=", NULL, true}, {"NO_COLOR=1", NULL, false},
		{"NO_COLOR=1", "--color=always", true}, {"X=1", "--color=never", false}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct room room;
		open_kind(&room,
			&(struct room_spec){.env = cases[i].env,
				.options = (const char *const[]){cases[i].option, NULL}});
		room_go(&room, "ROUTE", "SPC");
		room_go(&room, "SPC", "ORC");
		cr_assert_eq(has_colour(&room), cases[i].colour, "case %zu: expected %s", i,
			cases[i].colour ? "colours" : "no colour");
		room_leave(&room);
		room_end(&room);
	}
}

/* Of our own text; the goal of the STEP is the operator's and stays what it is. */
Test(screen_kinds, ascii_has_no_signs_of_its_own)
{
	static const char *const signs[] = {
		"✓", "✗", "▶", "■", "●", "…", "─", "│", "█", "░", "☐", "☑", "№"};
	struct room room;
	open_kind(&room, &(struct room_spec){.options = (const char *const[]){"--ascii", NULL}});
	room_ready(&room);
	room_type(&room, "го\r");
	SG_T_SEES(room.term, "starts SPC");
	room_ready(&room);
	room_type(&room, "го\r");
	SG_T_SEES(room.term, "starts ORC");
	size_t n;
	const char *raw = sg_t_term_raw(room.term, &n);
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		cr_assert_null(strstr(raw, signs[i]), "expected no %s", signs[i]);
	room_leave(&room);
	room_end(&room);
}

/* --- a real shell --- */

/* tmux with a server of its own in the room; its client is the terminal of the test. */
static void open_tmux(struct room *room)
{
	if (system("command -v tmux >/dev/null 2>&1 && command -v bash >/dev/null 2>&1") != 0)
		cr_skip_test("tmux or bash is not there");
	room_make(room, "");
	char *socket = room_path(room, "tmux");
	room_open(room,
		&(struct room_spec){.argv = (const char *const[]){"tmux", "-S", socket, "-f", "/dev/null",
					    "-u", "new-session", "bash --norc --noprofile", NULL}});
	free(socket);
	room_ready(room);
	/* split, so that waiting for it does not find what was typed */
	room_type(room, "PS1='sh''ell> '; clear\r");
	SG_T_SEES(room->term, "shell>");
}

static void tmux(struct room *room, const char *arguments)
{
	char *line = sg_t_format("tmux -S '%s/tmux' %s", room->folder, arguments);
	int status = system(line);
	cr_assert_eq(status, 0, "expected to succeed: %s", line);
	free(line);
}

static void close_tmux(struct room *room)
{
	tmux(room, "kill-server");
	(void)sg_t_term_exit(room->term);
	room_end(room);
}

Test(screen_kinds, ctrl_z_in_a_shell_gives_the_terminal_back_and_fg_takes_it_again)
{
	struct room room;
	open_tmux(&room);
	char *start = sg_t_format("stty -g >../before; '%s'; stty -g >../last\r", room_program());
	room_type(&room, start);
	SG_T_SEES(room.term, "«го» starts ROUTE");
	room_ready(&room);
	room_type(&room, "half a лин");
	SG_T_SEES(room.term, ROOM_PROMPT " half a лин");
	for (int i = 0; i < 3; i++) {
		room_type(&room, "\x1a");
		SG_T_SEES(room.term, "Stopped");
		room_gone(&room, "«го» starts ROUTE");
		room_type(&room, "stty -g >../stopped; clear; echo sto''pped here\r");
		SG_T_SEES(room.term, "stopped here");
		room_type(&room, "fg\r");
		SG_T_SEES(room.term, "«го» starts ROUTE");
		SG_T_SEES(room.term, ROOM_PROMPT " half a лин");
		room_ready(&room);
		room_type(&room, "x\x7f");
		room_ready(&room);
	}
	room_type(&room, "\x15quit\r");
	SG_T_SEES(room.term, "shell>");
	room_ready(&room);
	/* bash sets its own again at its prompt; these three were written by commands of it */
	static const char *const names[] = {"before", "stopped", "last"};
	char *modes[3];
	for (int i = 0; i < 3; i++) {
		char *path = room_path(&room, names[i]);
		modes[i] = sg_t_read(path, NULL);
		cr_assert(modes[i], "expected the modes in %s", names[i]);
		cr_assert_str_eq(modes[i], modes[0], "expected the modes %s, found %s", modes[0], modes[i]);
		free(path);
	}
	for (int i = 0; i < 3; i++)
		free(modes[i]);
	free(start);
	close_tmux(&room);
}

Test(screen_kinds, a_paste_by_tmux_is_a_paste)
{
	struct room room;
	open_tmux(&room);
	char *start = sg_t_format("'%s'\r", room_program());
	room_type(&room, start);
	SG_T_SEES(room.term, "«го» starts ROUTE");
	room_ready(&room);
	tmux(&room, "set-buffer го");
	tmux(&room, "paste-buffer -p");
	SG_T_SEES(room.term, ROOM_PROMPT " го");
	room_type(&room, "\r");
	SG_T_SEES(room.term, "it must be typed after the brief");
	cr_assert_not(room_file_has(&room, ROOM_TRACE, "\"ROUTE\""), "expected no ROUTE");
	free(start);
	close_tmux(&room);
}
