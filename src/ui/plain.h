/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows and messages to a plain terminal or a file: colour only where asked for, everything sanitised
 * before. Live output of commands line by line with its source in front.
 */
#ifndef STEPGATE_UI_PLAIN_H
#define STEPGATE_UI_PLAIN_H

#include "ui/view.h"

struct sg_plain {
	int fd;       /* usually 1 */
	bool colour;
	bool failed;  /* sticky: a write failed (EPIPE) */
};

void sg_plain_rows(struct sg_plain *plain, const struct sg_rows *rows);
void sg_plain_text(struct sg_plain *plain, const char *text); /* as it is; the caller made it */
void sg_plain_line(struct sg_plain *plain, enum sg_style style, const char *format, ...) SG_PRINTF(3, 4);

/* A stream of raw bytes from a command, shown as "NAME | line". One for each running command. */
struct sg_plain_stream {
	char name[64];
	char pending[4096];
	size_t n_pending;
};
void sg_plain_stream_begin(struct sg_plain_stream *stream, const char *name);
void sg_plain_stream_add(struct sg_plain *plain, struct sg_plain_stream *stream, const char *bytes, size_t n_bytes);
void sg_plain_stream_end(struct sg_plain *plain, struct sg_plain_stream *stream);

#endif
