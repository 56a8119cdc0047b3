/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The terminal: rows -> cells, bytes -> tokens. Only screen.c includes curses; there is one
 * screen in a process.
 *
 * Owns fd 0, its termios and what is written to the terminal, and no signal but the crashes
 * (SEGV, BUS, FPE, ILL, ABRT: the terminal is put back, then the signal is raised again). The
 * front end blocks INT, TERM, HUP, QUIT, TSTP, WINCH and CONT before the start, and calls
 * here when one has come.
 *
 * A frame is what ncurses renders into a memory file, in mode-2026 brackets, in one write to a
 * private, non-blocking descriptor of the terminal. A terminal that does not read keeps its
 * last frame queued; the frames behind it are dropped, and nothing ever waits for it.
 */
#ifndef STEPGATE_UI_SCREEN_H
#define STEPGATE_UI_SCREEN_H

#include "base/err.h"
#include "ui/view.h"

struct sg_screen_options {
	bool colour;
	bool paste; /* ask the terminal to mark pastes */
};

/*
 * SG_REFUSED: the terminal cannot do it (unknown, no cursor addressing): take the line prompt.
 * Nothing has been written then.
 */
enum sg_rc sg_screen_start(const struct sg_screen_options *options, struct sg_err *err);

/*
 * Puts everything back and drops what was typed ahead: it is not for the shell. Twice is fine.
 */
void sg_screen_stop(void);

void sg_screen_size(size_t *ret_rows, size_t *ret_columns);
/* After SIGWINCH: takes the kernel's size; the next frame draws everything. */
void sg_screen_resized(void);
/* Ctrl-Z: the terminal as it was, SIGTSTP to ourselves, and when it goes on, ours again. */
void sg_screen_suspend(void);
/* After SIGCONT by another hand: the modes may have been changed by the shell. */
void sg_screen_continued(void);

struct sg_prompt_rows {
	const char *const *rows; /* drawn below the pane, at least one */
	size_t n;
	size_t cursor_row, cursor_column; /* from 0, in cells; the row counts in rows */
};

/* What became of a frame. */
enum sg_drawn {
	SG_DRAWN_OUT,    /* the terminal has all of it */
	SG_DRAWN_QUEUED, /* its rest waits for sg_screen_flush_out */
	SG_DRAWN_DROPPED /* an earlier one waits still: draw again when that is out */
};

/* pane NULL: as in the last frame, which had as many prompt rows. Rows too many are cut. */
enum sg_drawn sg_screen_draw(const struct sg_rows *pane, const struct sg_prompt_rows *prompt);
/* The terminal's descriptor, to be watched for POLLOUT while a frame is queued; else -1. */
int sg_screen_out_fd(void);
/* True when nothing is queued any more. */
bool sg_screen_flush_out(void);
/* Ctrl-L: everything anew at the next draw. */
void sg_screen_redraw(void);
/* They go out with the next frame. The title is sanitised here. */
void sg_screen_title(const char *title);
void sg_screen_bell(void);

/*
 * One token of input: a whole character, a whole escape sequence (ESC with a character is one,
 * too), or a whole paste without its marks. HANGUP: the terminal is gone.
 */
enum sg_token_kind { SG_TOKEN_NONE, SG_TOKEN_KEY, SG_TOKEN_PASTE, SG_TOKEN_HANGUP };
struct sg_token {
	enum sg_token_kind kind;
	const char *bytes; /* until the next call; may hold NUL */
	size_t n_bytes;
};

/*
 * Reads what is there, never blocks, and cuts the next token; call until NONE. ret_wait_ms: how
 * long to wait before the next call where half a sequence is pending, else -1.
 */
void sg_screen_token(struct sg_token *ret, int *ret_wait_ms);

/* Drops all input that came before this moment. */
void sg_screen_drop_input(void);

/* The operator's Ctrl-C: a paste whose end mark was lost is given up, or no key would count. */
void sg_screen_end_paste(void);

#endif
