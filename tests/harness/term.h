/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A program in a terminal: a pseudo-terminal whose other end is libvterm, so that a test types
 * keys and looks at cells.
 *
 *	struct sg_t_term *term = sg_t_term_open(&(struct sg_t_term_spec){
 *		.argv = (const char *const[]){getenv("STEPGATE"), "status", NULL}});
 *	SG_T_SEES(term, "0001");
 *	sg_t_term_type(term, "quit\r");
 *	cr_assert_eq(sg_t_term_exit(term), 0);
 *	sg_t_term_close(term);
 *
 * Nothing ever sleeps: a wait reads what the program writes until what is waited for is there,
 * the program is gone, or the deadline passes. So a test never says "after 100 ms". That
 * something does NOT happen is shown by a fence: type something whose answer can be waited for,
 * and then look.
 *
 * The program's environment is built from nothing: PATH, HOME and TMPDIR as here, LANG=C.UTF-8,
 * TERM=xterm-256color, the sanitizers' options, and what the spec adds. It gets SIGKILL when the
 * test's process dies. As harness.h has it, a failure of the harness itself aborts.
 *
 * Rows and columns count from 0. Strings are UTF-8.
 */
#ifndef TESTS_HARNESS_TERM_H
#define TESTS_HARNESS_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct sg_t_term;

/* How long the waits below wait where no other time is given. Long: only a failing test uses it. */
#define SG_T_DEADLINE_MS 20000

struct sg_t_term_spec {
	const char *const *argv; /* ends in NULL; argv[0] is looked for in PATH */
	const char *const
		*env;    /* NULL, or NAME=VALUE ... NULL: added, or in place of the above */
	const char *cwd; /* NULL: that of the test */
	int rows, cols;  /* 0: 24 x 80 */
};

/* One cell. Colours are 0..255 of the palette, -1 the default, -2 a direct RGB colour. */
struct sg_t_cell {
	char text[32]; /* "" where nothing was written, or right of a wide character */
	int width;     /* 1 or 2 */
	int fg, bg;
	bool bold, underline, reverse, italic;
};

/* Starts the program. The spec is copied; the caller owns the result: sg_t_term_close(). */
struct sg_t_term *sg_t_term_open(const struct sg_t_term_spec *spec);

/* Kills what runs in the terminal, waits for the program, and frees. NULL is fine. */
void sg_t_term_close(struct sg_t_term *term);

/* Sends bytes as if typed; reads output meanwhile, so that neither side blocks for ever. */
void sg_t_term_send(struct sg_t_term *term, const void *bytes, size_t size_bytes);
void sg_t_term_type(struct sg_t_term *term, const char *text);

/* A change of size: libvterm first, then the kernel, which sends SIGWINCH. */
void sg_t_term_resize(struct sg_t_term *term, int rows, int cols);

/*
 * Reads until pred(term, arg) is true, asked again whenever something came. False when the
 * deadline has passed, or when the program is gone and pred is still false.
 */
bool sg_t_term_wait(struct sg_t_term *term, bool (*pred)(struct sg_t_term *, const void *),
	const void *arg, int deadline_ms);

/* Waits until the text stands in one row of the screen. */
bool sg_t_term_wait_text(struct sg_t_term *term, const char *text, int deadline_ms);

/* The same for one row. */
bool sg_t_term_wait_row(struct sg_t_term *term, int row, const char *text, int deadline_ms);

/* Waits until the text has been on the screen since the start, or has scrolled off it. */
bool sg_t_term_wait_seen(struct sg_t_term *term, const char *text, int deadline_ms);

/* Reads what comes until nothing came for quiet_ms. True, or false after SG_T_DEADLINE_MS. */
bool sg_t_term_settle(struct sg_t_term *term, int quiet_ms);

/*
 * Waits for the end of the program. Its exit status; 128 + N if signal N ended it, as in a shell;
 * -1 if it still runs at the deadline. May be asked again.
 */
int sg_t_term_exit(struct sg_t_term *term);

/* What it is: the program's pid, which is its process group too; the pty's end that we hold. */
pid_t sg_t_term_pid(const struct sg_t_term *term);
int sg_t_term_fd(const struct sg_t_term *term);

/* A row's text, blanks at its end cut off. "" for a row that is not there. The caller frees. */
char *sg_t_term_row(struct sg_t_term *term, int row);

/* All rows with a newline behind each; with what scrolled off the top before. The caller frees. */
char *sg_t_term_screen(struct sg_t_term *term);
char *sg_t_term_history(struct sg_t_term *term);

struct sg_t_cell sg_t_term_cell(struct sg_t_term *term, int row, int col);
void sg_t_term_cursor(struct sg_t_term *term, int *ret_row, int *ret_col);
bool sg_t_term_cursor_visible(const struct sg_t_term *term);
bool sg_t_term_altscreen(const struct sg_t_term *term);

/* The window's title as the program set it, "" before. Borrowed until the next wait. */
const char *sg_t_term_title(const struct sg_t_term *term);

/* How often the bell rang. */
unsigned sg_t_term_bells(const struct sg_t_term *term);

/* Every byte that the program wrote, NUL behind them. Borrowed until the next call that waits. */
const char *sg_t_term_raw(const struct sg_t_term *term, size_t *ret_size);

/*
 * Prints the screen to stderr, and where the environment variable STEPGATE_TEST_KEEP names a
 * folder, writes the raw bytes there. SG_T_SEES and its like do so before they fail.
 */
void sg_t_term_dump(struct sg_t_term *term, const char *why);

/* Assertions; they need <criterion/criterion.h>. */
#define SG_T_SEES(term, text)                                                                 \
	do {                                                                                  \
		bool sees_ = sg_t_term_wait_text((term), (text), SG_T_DEADLINE_MS);           \
		if (!sees_)                                                                   \
			sg_t_term_dump((term), (text));                                       \
		cr_assert(                                                                    \
			sees_, "expected on the screen: %s (what is there: stderr)", (text)); \
	} while (0)
#define SG_T_SEEN(term, text)                                                                 \
	do {                                                                                  \
		bool seen_ = sg_t_term_wait_seen((term), (text), SG_T_DEADLINE_MS);           \
		if (!seen_)                                                                   \
			sg_t_term_dump((term), (text));                                       \
		cr_assert(seen_, "expected to be shown: %s (what is there: stderr)", (text)); \
	} while (0)

#endif
