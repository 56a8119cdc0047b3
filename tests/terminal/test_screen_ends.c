/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How the full screen ends and what it leaves: by signals, crashes and a hang-up, in every state
 * it may be in, and with a terminal that takes nothing any more. The terminal's modes are compared
 * as `stty -g` says them, by a shell that started the program and goes on after it.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "terminal/screen_room.h"

/* A line of `stty -g` from the file, or "" */
static char *modes_in(const struct room *room, const char *name)
{
	char *path = room_path(room, name);
	char *bytes = sg_t_read(path, NULL);
	char *modes = sg_t_format("%.*s", bytes ? (int)strcspn(bytes, "\n") : 0, bytes ? bytes : "");
	free(bytes);
	free(path);
	return modes;
}

/*
 * The program behind a shell, whose modes are those of someone who changed theirs. The shell writes
 * the program's pid, its exit status and the modes before and after it.
 */
static void open_behind_shell(struct room *room, const char *options)
{
	char *script = sg_t_format(
		"stty -ixon -echoe eof '^x' intr '^c'; stty -g >../before;"
		"trap : INT QUIT TERM HUP; sh -c 'echo $$ >../pid; exec \"%s\" %s';"
		"echo $? >../status; stty -g >../after; echo all done; read x; read x",
		room_program(), options);
	room_open(room, &(struct room_spec){
				.argv = (const char *const[]){"/bin/sh", "-c", script, NULL}});
	free(script);
}

static pid_t pid_of(const struct room *room)
{
	char *path = room_path(room, "pid");
	char *bytes = sg_t_read(path, NULL);
	long pid = bytes ? strtol(bytes, NULL, 10) : 0;
	cr_assert(pid > 1, "expected the program's pid in %s", path);
	free(bytes);
	free(path);
	return (pid_t)pid;
}

static void expect_ended(struct room *room, int wanted)
{
	SG_T_SEES(room->term, "all done");
	char *status = modes_in(room, "status");
	char *before = modes_in(room, "before"), *after = modes_in(room, "after");
	cr_assert(*status && atoi(status) == wanted, "expected %d, found %s", wanted, status);
	cr_assert(*before, "expected modes");
	cr_assert_str_eq(after, before, "expected the modes %s, found %s", before, after);
	room_expect_terminal_back(room);
	free(status);
	free(before);
	free(after);
}

static const int fatal[] = {SIGTERM, SIGHUP, SIGQUIT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

#define N_FATAL (sizeof(fatal) / sizeof(fatal[0]))

/* keys bring the program into a state; shows says that it is there. */
static void end_in_state(const char *spc, const char *keys, const char *shows)
{
	for (size_t i = 0; i < N_FATAL; i++) {
		struct room room;
		room_make(&room, spc);
		open_behind_shell(&room, "");
		SG_T_SEES(room.term, "«го» starts ROUTE");
		room_expect(&room, ROOM_PROMPT);
		room_type(&room, keys);
		SG_T_SEES(room.term, shows);
		cr_assert_eq(kill(pid_of(&room), fatal[i]), 0);
		expect_ended(&room, 128 + fatal[i]);
		room_end(&room);
	}
}

Test(screen_ends, every_fatal_signal_at_the_prompt_leaves_the_terminal_as_it_was)
{
	end_in_state("", "status of ж", ROOM_PROMPT " status of ж");
}

Test(screen_ends, every_fatal_signal_in_the_help_overlay_leaves_the_terminal_as_it_was)
{
	end_in_state("", "\033OP", "HELP");
}

Test(screen_ends, every_fatal_signal_in_a_search_leaves_the_terminal_as_it_was)
{
	end_in_state("", "\x12", "reverse-i-search");
}

Test(screen_ends, every_fatal_signal_while_a_phase_runs_leaves_the_terminal_as_it_was)
{
	for (size_t i = 0; i < N_FATAL; i++) {
		struct room room;
		room_make(&room, "echo begun; exec sleep 50");
		open_behind_shell(&room, "");
		room_start_spc(&room, "begun");
		cr_assert_eq(kill(pid_of(&room), fatal[i]), 0);
		expect_ended(&room, 128 + fatal[i]);
		room_end(&room);
	}
}

Test(screen_ends, watch_leaves_the_terminal_as_it_was)
{
	for (size_t i = 0; i < N_FATAL; i++) {
		struct room room;
		room_make(&room, "");
		open_behind_shell(&room, "watch");
		SG_T_SEES(room.term, "watch: q leaves");
		cr_assert_eq(kill(pid_of(&room), fatal[i]), 0);
		expect_ended(&room, 128 + fatal[i]);
		room_end(&room);
	}
}

Test(screen_ends, quit_leaves_the_terminal_as_it_was)
{
	struct room room;
	room_make(&room, "");
	open_behind_shell(&room, "");
	SG_T_SEES(room.term, "«го» starts ROUTE");
	room_expect(&room, ROOM_PROMPT);
	room_type(&room, "quit\r");
	expect_ended(&room, 0);
	room_end(&room);
}

/* What is typed behind quit is not for the shell: it would run there. */
Test(screen_ends, what_is_typed_ahead_of_leaving_does_not_reach_the_shell)
{
	struct room room;
	room_make(&room, "");
	open_behind_shell(&room, "");
	SG_T_SEES(room.term, "«го» starts ROUTE");
	room_expect(&room, ROOM_PROMPT);
	room_type(&room, "quit\rtouch ../oops\rtouch ../oops\r");
	SG_T_SEES(room.term, "all done");
	sg_t_term_settle(room.term, 100);
	char *screen = sg_t_term_screen(room.term);
	cr_assert_null(strstr(screen, "oops"), "expected nothing of it on the terminal:\n%s", screen);
	free(screen);
	room_end(&room);
}

/* --- the terminal is closed --- */

static bool is_alive(pid_t pid)
{
	char *path = sg_t_format("/proc/%ld/stat", (long)pid);
	char *bytes = sg_t_read(path, NULL);
	const char *state = bytes ? strrchr(bytes, ')') : NULL;
	bool alive = state && state[1] && state[2] != 'Z' && state[2] != 'X';
	free(bytes);
	free(path);
	return alive;
}

/* True when it is gone in time; nothing is read from the terminal meanwhile. */
static bool gone_within(pid_t pid, int ms)
{
	for (long until = room_now_ms() + ms; room_now_ms() < until;) {
		if (!is_alive(pid))
			return true;
		room_rest(5);
	}
	return !is_alive(pid);
}

Test(screen_ends, a_closed_terminal_ends_it_and_what_it_runs)
{
	struct room room;
	room_make(&room, "echo $$ >../child; echo begun; exec sleep 50");
	room_open(&room, &(struct room_spec){0});
	room_start_spc(&room, "begun");
	char *path = room_path(&room, "child");
	char *bytes = sg_t_read(path, NULL);
	pid_t child = bytes ? (pid_t)strtol(bytes, NULL, 10) : 0;
	pid_t mine = sg_t_term_pid(room.term);
	cr_assert(child > 1 && is_alive(child), "expected a child that runs");
	cr_assert_eq(close(sg_t_term_fd(room.term)), 0);
	cr_assert(gone_within(mine, 5000), "expected it to end with its terminal");
	cr_assert(gone_within(child, 5000), "expected that its child does not go on alone");
	cr_assert(room_file_has(&room, ROOM_TRACE, "USER_STOP"), "expected STOP_GAP in the trace");
	free(bytes);
	free(path);
	/* the harness would close that descriptor again: give it one */
	cr_assert_eq(dup2(STDERR_FILENO, sg_t_term_fd(room.term)), sg_t_term_fd(room.term));
	sg_t_term_close(room.term);
	room.term = NULL;
	room_end(&room);
}

/* --- a terminal that takes nothing --- */

static void wait_for_file(const struct room *room, const char *name, int ms)
{
	char *path = room_path(room, name);
	for (long until = room_now_ms() + ms; !sg_t_exists(path) && room_now_ms() < until;)
		room_rest(5);
	cr_assert(sg_t_exists(path), "expected that %s was made in %d ms", name, ms);
	free(path);
}

Test(screen_ends, a_stalled_terminal_holds_up_neither_the_run_nor_term)
{
	struct room room;
	room_make(&room,
		"echo begun; while [ ! -f ../stalled ]; do sleep 0.02; done;"
		"i=0; while [ $i -lt 40 ]; do i=$((i + 1)); yes \"row $i of a flood that fills lines\" |"
		"head -c 250000; sleep 0.02; done; touch ../flooded; exec sleep 50");
	room_open(&room, &(struct room_spec){.rows = 60, .cols = 200});
	room_start_spc(&room, "begun");
	pid_t mine = sg_t_term_pid(room.term);
	char *stalled = room_path(&room, "stalled");
	/* from here nobody reads the terminal */
	sg_t_write_text(stalled, "");
	wait_for_file(&room, "flooded", 60000);
	cr_assert_eq(kill(mine, SIGTERM), 0);
	cr_assert(gone_within(mine, sg_t_is_asan() ? 4000 : 1500),
		"expected it to end about a second after TERM");
	cr_assert(room_file_has(&room, ROOM_TRACE, "USER_STOP"), "expected STOP_GAP in the trace");
	free(stalled);
	room_end(&room);
}

Test(screen_ends, a_stalled_terminal_that_reads_again_shows_what_stands)
{
	struct room room;
	room_make(&room, "echo begun; while [ ! -f ../stalled ]; do sleep 0.02; done;"
			 "i=0; while [ $i -lt 40 ]; do i=$((i + 1)); yes \"row $i of a flood\" |"
			 "head -c 250000; sleep 0.02; done; touch ../flooded; echo the last row;"
			 "while [ ! -f ../on ]; do sleep 0.05; done");
	room_open(&room, &(struct room_spec){.rows = 60, .cols = 200});
	room_start_spc(&room, "begun");
	char *stalled = room_path(&room, "stalled"), *on = room_path(&room, "on");
	sg_t_write_text(stalled, "");
	wait_for_file(&room, "flooded", 60000);
	SG_T_SEES(room.term, "the last row");
	room_type(&room, "ж");
	room_expect(&room, ROOM_PROMPT " ж");
	room_type(&room, "\x15");
	sg_t_write_text(on, "");
	SG_T_SEES(room.term, "«го» starts ORC");
	free(stalled);
	free(on);
	room_leave(&room);
	room_end(&room);
}

Test(screen_ends, what_a_child_runs_gets_int_then_term_then_kill)
{
	struct room room;
	room_make(&room, "trap 'echo got INT' INT; trap 'echo got TERM' TERM; echo begun;"
			 "while :; do sleep 0.05; done");
	room_open(&room, &(struct room_spec){0});
	room_start_spc(&room, "begun");
	room_type(&room, "\003");
	SG_T_SEES(room.term, "got INT");
	room_type(&room, "\003");
	SG_T_SEES(room.term, "got TERM");
	room_type(&room, "\003");
	SG_T_SEES(room.term, "USER_STOP");
	cr_assert(sg_t_term_altscreen(room.term), "expected the screen to stay");
	room_expect(&room, ROOM_PROMPT);
	room_leave(&room);
	room_end(&room);
}

Test(screen_ends, ctrl_d_asks_once_while_a_phase_runs_and_then_leaves)
{
	struct room room;
	room_make(&room, "echo begun; exec sleep 50");
	room_open(&room, &(struct room_spec){0});
	room_start_spc(&room, "begun");
	room_type(&room, "\004");
	SG_T_SEES(room.term, "a phase runs: once more ends it and leaves");
	room_type(&room, "\004");
	int status = sg_t_term_exit(room.term);
	cr_assert_eq(status, 0, "expected exit status 0, found %d", status);
	room_expect_terminal_back(&room);
	cr_assert(room_file_has(&room, ROOM_TRACE, "USER_STOP"), "expected STOP_GAP in the trace");
	room_end(&room);
}
