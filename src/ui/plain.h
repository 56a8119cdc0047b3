/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows and messages to a plain terminal, a pipe, a file, or to a sink: colour only where asked
 * for. Live output of commands line by line with its source in front.
 *
 * Nothing here returns an error: a descriptor that cannot be written to any more sets `failed`,
 * and all further output is dropped. A program that writes to a pipe should ignore SIGPIPE to
 * get that far.
 */
#ifndef STEPGATE_UI_PLAIN_H
#define STEPGATE_UI_PLAIN_H

#include "ui/view.h"

struct sg_plain {
	int fd;      /* borrowed; usually 1 */
	bool colour; /* SGR by the style of the row */
	bool failed; /* sticky: a write failed (EPIPE), or memory ran out */
	int error;   /* errno of that write; 0: none */
	/* NULL, or takes each row in place of fd; text is clean and lives for the call */
	void (*sink)(void *ctx, enum sg_style style, const char *text);
	void *sink_ctx;
	sg_say_fn *say; /* the operator's language; NULL: English */
};

/* Each row and a newline; what rows hold was made clean when it became a row. */
void sg_plain_rows(struct sg_plain *plain, const struct sg_rows *rows);
/* The bytes as they are: for what we made ourselves, such as JSON. */
void sg_plain_text(struct sg_plain *plain, const char *text);
/* One row; the formatted text goes through the sanitiser here. */
void sg_plain_line(struct sg_plain *plain, enum sg_style style, const char *format, ...)
	SG_PRINTF(3, 4);
/* The same with the format in the operator's language. */
void sg_plain_say(struct sg_plain *plain, enum sg_style style, const char *format, ...)
	SG_PRINTF(3, 4);

/*
 * A stream of raw bytes from a command, shown as "NAME | line", one for each running command. A
 * line longer than `pending` is shown in pieces, never cut inside a character; a last line
 * without a newline is shown by _end. "\r\n" ends a line like "\n".
 */
struct sg_plain_stream {
	char name[64]; /* clean, without KEY:, cut at a character */
	char pending[4096];
	size_t n_pending;
};

void sg_plain_stream_begin(struct sg_plain_stream *stream, const char *name);
void sg_plain_stream_add(struct sg_plain *plain, struct sg_plain_stream *stream,
	const char *bytes, size_t n_bytes);
void sg_plain_stream_end(struct sg_plain *plain, struct sg_plain_stream *stream);

#endif
