/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The terminal: rows -> cells. The only file that includes curses is screen.c.
 *
 * Owns the termios, fd 0 and the frame pipe (TERMINAL.md 1-3): ncurses renders into a pipe, the frame goes out in one write to a
 * private non-blocking descriptor of the terminal, inside mode-2026 brackets; a stalled terminal drops frames. Keys come as
 * whole tokens: one UTF-8 character, one escape sequence, one paste.
 */
#ifndef STEPGATE_UI_SCREEN_H
#define STEPGATE_UI_SCREEN_H

#include "base/err.h"
#include "ui/view.h"

struct sg_screen_options {
	bool colour;
	bool ascii;
	bool bell;
	const char *title; /* initial terminal title; NULL: none */
};

/* SG_REFUSED: the terminal cannot do it (no cup, dumb): the caller takes the line prompt. */
enum sg_rc sg_screen_start(const struct sg_screen_options *options, struct sg_err *err);
void sg_screen_stop(void); /* also from the crash handler's path: puts everything back */

void sg_screen_size(size_t *ret_rows, size_t *ret_columns);
/* From TIOCGWINSZ after SIGWINCH. */
void sg_screen_resized(void);
/* Ctrl-Z: terminal back, SIGTSTP to ourselves, and on. */
void sg_screen_suspend(void);

struct sg_prompt_rows {
	const char *const *rows; /* drawn below the pane, 1..5 of them */
	size_t n;
	size_t cursor_row, cursor_column; /* 0-based, in cells */
};
/* Paints a frame; true when it went out (false: dropped, POLLOUT is awaited on sg_screen_out_fd). */
bool sg_screen_draw(const struct sg_rows *pane, const struct sg_prompt_rows *prompt);
int sg_screen_out_fd(void);  /* for POLLOUT when a frame is queued, else -1 */
void sg_screen_flush_out(void);
void sg_screen_redraw(void); /* Ctrl-L: everything anew at the next draw */
void sg_screen_title(const char *title);
void sg_screen_bell(void);

/* One token of input; text is NUL-terminated. kind PASTE: without its marks. */
enum sg_token_kind { SG_TOKEN_NONE, SG_TOKEN_KEY, SG_TOKEN_PASTE, SG_TOKEN_HANGUP };
struct sg_token {
	enum sg_token_kind kind;
	const char *bytes; /* until the next call */
	size_t n_bytes;
};
/* Reads what is there (never blocks) and cuts the next token; call until NONE. ret_wait_ms: 30 while an ESC is pending, else -1. */
void sg_screen_token(struct sg_token *ret, int *ret_wait_ms);

#endif
