/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows, lines and streams to a descriptor that is a plain terminal, a pipe or a file. */
#include "ui/plain.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"
#include "stepgate/route.h"

static void write_all(struct sg_plain *plain, const char *bytes, size_t n_bytes)
{
	while (n_bytes && !plain->failed) {
		ssize_t n = write(plain->fd, bytes, n_bytes);
		if (n >= 0) {
			bytes += n;
			n_bytes -= (size_t)n;
		} else if (errno == EAGAIN) {
			/* a terminal that another program left non-blocking */
			struct pollfd wait = {.fd = plain->fd, .events = POLLOUT};
			plain->failed = poll(&wait, 1, -1) < 0 && errno != EINTR;
		} else {
			plain->failed = errno != EINTR;
			plain->error = plain->failed ? errno : 0;
		}
	}
}

static void flush(struct sg_plain *plain, struct sg_strbuf *out)
{
	/* memory that ran out loses text on the screen, never a state */
	if (sg_strbuf_failed(out))
		plain->failed = true;
	else
		write_all(plain, out->bytes, out->n_bytes);
	sg_strbuf_release(out);
}

static const char *colour_of(enum sg_style style)
{
	switch (style) {
	case SG_STYLE_HEAD: return "\033[1m";
	case SG_STYLE_OK: return "\033[36m";
	case SG_STYLE_FAIL: return "\033[1;31m";
	case SG_STYLE_WARN: return "\033[33m";
	case SG_STYLE_DIM: return "\033[2m";
	case SG_STYLE_RUN: return "\033[32m";
	case SG_STYLE_PLAIN: break;
	}
	return "";
}

static void add_row(const struct sg_plain *plain, struct sg_strbuf *out, enum sg_style style,
	const char *text)
{
	if (plain->sink) {
		plain->sink(plain->sink_ctx, style, text);
		return;
	}
	const char *colour = plain->colour ? colour_of(style) : "";
	sg_strbuf_addf(out, "%s%s%s\n", colour, text, *colour ? "\033[0m" : "");
}

void sg_plain_rows(struct sg_plain *plain, const struct sg_rows *rows)
{
	/* a big ledger goes out in pieces, so that its text is not held twice in whole */
	enum { PIECE_BYTES = 64 * 1024 };
	struct sg_strbuf out = SG_STRBUF_INIT;
	for (size_t i = 0; i < rows->n && !plain->failed; i++) {
		add_row(plain, &out, rows->v[i].style, rows->v[i].text);
		if (out.n_bytes >= PIECE_BYTES) {
			write_all(plain, out.bytes, out.n_bytes);
			sg_strbuf_clear(&out);
		}
	}
	flush(plain, &out);
}

void sg_plain_text(struct sg_plain *plain, const char *text)
{
	if (!plain->sink) {
		write_all(plain, text, strlen(text));
		return;
	}
	struct sg_strbuf row = SG_STRBUF_INIT;
	for (const char *p = text; *p;) {
		size_t n = strcspn(p, "\n");
		sg_strbuf_clear(&row);
		sg_utf8_sanitise(&row, p, n, SG_SANITISE_TEXT);
		plain->sink(plain->sink_ctx, SG_STYLE_PLAIN, row.bytes);
		p += n + (p[n] == '\n');
	}
	sg_strbuf_release(&row);
}

static void SG_PRINTF(3, 0) add_line_of(
	struct sg_plain *plain, enum sg_style style, const char *format, va_list args)
{
	struct sg_strbuf line = SG_STRBUF_INIT;
	struct sg_strbuf clean = SG_STRBUF_INIT;
	struct sg_strbuf out = SG_STRBUF_INIT;
	sg_strbuf_vaddf(&line, format, args);
	/*
	 * names of files and engines come in here: the sanitiser leaves our own text as it is
	 */
	sg_utf8_sanitise(&clean, line.bytes, line.n_bytes, SG_SANITISE_LINE);
	add_row(plain, &out, style, clean.bytes);
	out.failed = out.failed || sg_strbuf_failed(&line) || sg_strbuf_failed(&clean);
	flush(plain, &out);
	sg_strbuf_release(&line);
	sg_strbuf_release(&clean);
}

void sg_plain_line(struct sg_plain *plain, enum sg_style style, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	add_line_of(plain, style, format, args);
	va_end(args);
}

void sg_plain_say(struct sg_plain *plain, enum sg_style style, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	add_line_of(plain, style, sg_say(plain->say, format), args);
	va_end(args);
}

/* --- live output --- */

/* n cut back to the end of a whole character, so that a cut shows no half of one. */
static size_t whole_characters(const char *bytes, size_t n)
{
	size_t back = 0;
	while (back < 3 && back < n && ((unsigned char)bytes[n - 1 - back] & 0xC0) == 0x80)
		back++;
	if (back == n)
		return n; /* no start of a character at all: shown as bytes */
	uint32_t code_point;
	size_t start = n - 1 - back;
	unsigned char lead = (unsigned char)bytes[start];
	if (lead < 0xC0 || sg_utf8_decode(bytes + start, n - start, &code_point))
		return n;
	return start ? start : n;
}

void sg_plain_stream_begin(struct sg_plain_stream *stream, const char *name)
{
	struct sg_strbuf clean = SG_STRBUF_INIT;
	const char *bare = sg_key_bare(name);
	sg_utf8_sanitise(&clean, bare, strlen(bare), SG_SANITISE_LINE);
	size_t n = clean.n_bytes;
	if (n >= sizeof(stream->name))
		n = whole_characters(clean.bytes, sizeof(stream->name) - 1);
	memcpy(stream->name, clean.bytes, n);
	stream->name[n] = '\0';
	stream->n_pending = 0;
	sg_strbuf_release(&clean);
}

static void add_line(const struct sg_plain *plain, const struct sg_plain_stream *stream,
	struct sg_strbuf *out, const char *bytes, size_t n_bytes)
{
	struct sg_strbuf line = SG_STRBUF_INIT;
	if (n_bytes && bytes[n_bytes - 1] == '\r')
		n_bytes--;
	sg_strbuf_addf(&line, "%s | ", stream->name);
	sg_utf8_sanitise(&line, bytes, n_bytes, SG_SANITISE_TEXT);
	add_row(plain, out, SG_STYLE_PLAIN, line.bytes);
	out->failed = out->failed || sg_strbuf_failed(&line);
	sg_strbuf_release(&line);
}

/* Shows what is pending; cut: the line goes on, its last character may still be on its way. */
static void show_pending(const struct sg_plain *plain, struct sg_plain_stream *stream,
	struct sg_strbuf *out, bool cut)
{
	size_t n =
		cut ? whole_characters(stream->pending, stream->n_pending) : stream->n_pending;
	add_line(plain, stream, out, stream->pending, n);
	memmove(stream->pending, stream->pending + n, stream->n_pending - n);
	stream->n_pending -= n;
}

void sg_plain_stream_add(struct sg_plain *plain, struct sg_plain_stream *stream,
	const char *bytes, size_t n_bytes)
{
	struct sg_strbuf out = SG_STRBUF_INIT;
	for (size_t i = 0; i < n_bytes; i++) {
		if (bytes[i] == '\n') {
			show_pending(plain, stream, &out, false);
			continue;
		}
		if (stream->n_pending == sizeof(stream->pending))
			show_pending(plain, stream, &out, true);
		stream->pending[stream->n_pending++] = bytes[i];
	}
	flush(plain, &out);
}

void sg_plain_stream_end(struct sg_plain *plain, struct sg_plain_stream *stream)
{
	struct sg_strbuf out = SG_STRBUF_INIT;
	if (stream->n_pending)
		show_pending(plain, stream, &out, false);
	flush(plain, &out);
}
