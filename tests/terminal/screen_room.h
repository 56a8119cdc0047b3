/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A small run with the full screen open on it, for the tests test_screen_*.c.
 *
 *	struct room room;
 *	room_begin(&room, "echo begun");      // a STEP that awaits ROUTE; what SPC will do
 *	room_go(&room, "ROUTE", "SPC");       // the signal, and the brief behind it
 *	room_leave(&room);                    // quit, exit status 0
 *	room_end(&room);
 *
 * The program is $STEPGATE; where it is not set the test is skipped. A check that fails ends the
 * test, with the screen on stderr. The run has the roles SPC, ORC, VAL and the engine KEY:ENG.A;
 * its prompt is ROOM_PROMPT. Rows and columns count from 0, strings are UTF-8.
 */
#ifndef TESTS_TERMINAL_SCREEN_ROOM_H
#define TESTS_TERMINAL_SCREEN_ROOM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "harness/harness.h"
#include "harness/term.h"

#define ROOM_PROMPT "stepgate 0001>"
#define ROOM_TRACE  ".stepgate/trace.jsonl"

struct room {
	char *folder; /* absolute; the run is in folder/run */
	struct sg_t_term *term;
};

/* How the screen is opened; what is 0 or NULL is as in room_begin: 30 x 100, xterm-256color. */
struct room_spec {
	int rows, cols;
	const char *kind;           /* TERM */
	const char *env;            /* one more NAME=VALUE */
	const char *const *argv;    /* another command, NULL at its end */
	const char *const *options; /* of the program, NULL at their end */
};

/* Only the run, with an open STEP; spc is a piece of shell that SPC runs before its outputs. */
void room_make(struct room *room, const char *spc);
/* Opens the program in it, without waiting for anything. */
void room_open(struct room *room, const struct room_spec *spec);
/* Both, and waits for the brief and the prompt. */
void room_begin(struct room *room, const char *spc);
/* The run and its terminal are gone; the leak check is made. To be the test's last line. */
void room_end(struct room *room);

const char *room_program(void);
/* The path of a file beneath the room's folder; the caller frees. */
char *room_path(const struct room *room, const char *name);
void room_put(const struct room *room, const char *name, const char *text);
bool room_file_has(const struct room *room, const char *name, const char *text);
/* Runs the program in the run's folder, without a terminal; it has to succeed. */
void room_command(const struct room *room, const char *arguments);

void room_type(struct room *room, const char *keys);
/* Waits until the cursor's row is exactly this, blanks at its end left out. */
void room_expect(struct room *room, const char *row);
/* Waits until the cursor is there. */
void room_cursor(struct room *room, int row, int col, const char *why);
void room_gone(struct room *room, const char *text);
/*
 * Waits until nothing comes any more. What is typed in the moment that a brief is drawn is dropped
 * with what was typed before it, and a test is that quick.
 */
void room_ready(struct room *room);
/* The signal for a phase whose brief stands, and waits for the next brief. */
void room_go(struct room *room, const char *phase, const char *next);
/* The signal for SPC, and waits until what it prints is on the screen. */
void room_start_spc(struct room *room, const char *prints);
void room_leave(struct room *room);

/* The normal screen, a cursor, no marks of pastes. */
void room_expect_terminal_back(struct room *room);

/* What /proc/PID/status says behind name, or -1. */
long room_proc(pid_t pid, const char *name);
/* The time that passes is what is measured: nothing else may be waited for. */
void room_rest(int ms);
long room_now_ms(void);

#endif
