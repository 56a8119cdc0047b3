/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Shared by term.c, which holds the pseudo-terminal and the program, and term_screen.c, which
 * holds libvterm. No test includes this.
 */
#ifndef TESTS_HARNESS_TERM_PRIVATE_H
#define TESTS_HARNESS_TERM_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <vterm.h>

struct sg_t_term {
	int fd;
	pid_t pid;
	bool reaped; /* the program's end was seen; status holds it */
	bool eof;    /* nobody has the other end open any more */
	int status;

	int rows, cols;
	VTerm *vt;
	VTermScreen *screen; /* of vt */
	char **gone;         /* rows that scrolled off the top, oldest first, owned */
	size_t gone_count, gone_room;
	char *title; /* owned, NULL before the first */
	unsigned bells;
	bool altscreen, cursor_hidden;

	char *raw; /* owned, NUL behind raw_size bytes, NULL while empty */
	size_t raw_size, raw_room;
};

/* Makes the screen of term->rows x cols, frees it, gives it that size anew. */
void sg_t_screen_open(struct sg_t_term *term);
void sg_t_screen_close(struct sg_t_term *term);
void sg_t_screen_resize(struct sg_t_term *term);

/* The program's output. What the terminal answers (to a query) is sent back to the program. */
void sg_t_screen_feed(struct sg_t_term *term, const char *bytes, size_t count);

#endif
