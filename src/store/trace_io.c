/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The trace on the disk: one JSON object a line, hash-chained, appended under the commit lock.
 *
 * What a crash can leave behind the last synced line is a line cut short, zeros, or garbage;
 * that is TORN and may be cut off. A line that was plainly written whole and yet does not fit
 * (wrong number, wrong link, unknown event), or any bad line with a good one behind it, is no
 * work of a crash: BROKEN. Because seq counts the lines, the line behind seq n has the number
 * n + 1.
 */
#include "store/trace_io.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "format/json.h"

#define CHUNK_BYTES ((size_t)256 << 10)
#define TRACE_MODE  ((mode_t)0644)
#define HEAD_FILE   SG_TRACE_FOLDER "/HEAD"
#define HEAD_SIZE   128
#define LINE_START  "{\"seq\":"

enum line_kind { LINE_END, LINE_WHOLE, LINE_UNFINISHED, LINE_TOO_LONG };

/* A window over the file that always holds the line being looked at. */
struct line_reader {
	int fd;
	char *bytes; /* owned */
	size_t capacity;
	size_t at;     /* first byte not yet handed out */
	size_t filled; /* bytes behind the start of the window */
	bool ended;
};

static void reader_release(struct line_reader *r)
{
	free(r->bytes);
	sg_fd_close(&r->fd);
}

/* Makes room behind `filled`, moving what was handed out away first. */
static bool reader_make_room(struct line_reader *r)
{
	if (r->at > 0) {
		memmove(r->bytes, r->bytes + r->at, r->filled - r->at);
		r->filled -= r->at;
		r->at = 0;
	}
	if (r->capacity - r->filled >= CHUNK_BYTES)
		return true;
	const size_t capacity = r->capacity == 0 ? 2 * CHUNK_BYTES : 2 * r->capacity;
	char *bytes = realloc(r->bytes, capacity);
	if (!bytes)
		return false;
	r->bytes = bytes;
	r->capacity = capacity;
	return true;
}

static enum sg_rc reader_fill(struct line_reader *r, struct sg_err *err)
{
	ssize_t n;

	if (!reader_make_room(r))
		return sg_err_set(err, SG_NOMEM, "cannot read the trace: out of memory");
	do
		n = sg_fs->read(r->fd, r->bytes + r->filled, CHUNK_BYTES);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return sg_err_errno(
			err, SG_STORAGE, errno, "cannot read the trace '%s'", SG_TRACE_FILE);
	r->filled += (size_t)n;
	r->ended = n == 0;
	return SG_OK;
}

/*
 * The next line without its newline; it stays valid until the next call. A line over the limit
 * is passed over in pieces, so that a hostile file cannot make the window grow.
 */
static enum sg_rc reader_next(struct line_reader *r, enum line_kind *ret_kind,
	const char **ret_line, size_t *ret_n, struct sg_err *err)
{
	size_t looked_at = 0;
	bool too_long = false;

	for (;;) {
		const char *from = r->bytes + r->at;
		const size_t n = r->filled - r->at;
		const char *newline =
			n > looked_at ? memchr(from + looked_at, '\n', n - looked_at) : NULL;
		if (newline || r->ended) {
			const size_t length = newline ? (size_t)(newline - from) : n;
			*ret_line = from;
			*ret_n = length;
			r->at += newline ? length + 1 : length;
			if (too_long || length > SG_TRACE_LINE_MAX)
				*ret_kind = LINE_TOO_LONG;
			else if (newline)
				*ret_kind = LINE_WHOLE;
			else
				*ret_kind = length > 0 ? LINE_UNFINISHED : LINE_END;
			return SG_OK;
		}
		looked_at = n;
		if (n > SG_TRACE_LINE_MAX) {
			too_long = true;
			r->at = r->filled;
			looked_at = 0;
		}
		const enum sg_rc rc = reader_fill(r, err);
		if (rc < 0)
			return rc;
	}
}

struct scan {
	struct line_reader reader;
	sg_trace_line_fn fn;
	void *ctx;
	struct sg_trace_end *end;
	struct sg_err bad; /* why the first bad line is bad */
};

/*
 * Text of one whole event, as far as can be seen without understanding it: no crash leaves
 * that.
 */
static bool looks_written_whole(const char *line, size_t n)
{
	if (n < sizeof(LINE_START) || memcmp(line, LINE_START, sizeof(LINE_START) - 1) != 0 ||
		line[n - 1] != '}' || !sg_utf8_valid(line, n, NULL))
		return false;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			return false;
	return true;
}

static enum sg_rc check_link(
	const struct sg_event *event, const struct sg_trace_end *end, struct sg_err *err)
{
	if (event->seq != end->seq + 1)
		return sg_err_set(err, SG_BROKEN,
			"the trace is broken: expected seq %lld, found %lld",
			(long long)(end->seq + 1), (long long)event->seq);
	if (strcmp(event->prev, end->head) != 0)
		return sg_err_set(err, SG_BROKEN,
			"the trace is broken: prev is not the sha256 of the line before");
	return SG_OK;
}

/*
 * One whole line. SG_OK and *ret_good; or not good with scan->bad set; or the callback's error.
 * *ret_broken: no crash can have made this line bad.
 */
static enum sg_rc take_line(
	struct scan *scan, const char *line, size_t n, bool *ret_good, bool *ret_broken)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_event event;
	char hex[SG_SHA256_HEX_SIZE];
	enum sg_rc rc = sg_event_decode(&arena, line, n, &event, &scan->bad);

	*ret_good = false;
	*ret_broken = true;
	if (rc == SG_OK)
		rc = check_link(&event, scan->end, &scan->bad);
	else if (rc != SG_NOMEM) {
		*ret_broken = looks_written_whole(line, n);
		rc = SG_BROKEN;
	}
	if (rc == SG_OK && scan->fn)
		rc = scan->fn(scan->ctx, &event, line, n, &scan->bad);
	if (rc == SG_OK) {
		sg_sha256_of(line, n, hex);
		memcpy(scan->end->head, hex, sizeof(hex));
		scan->end->seq++;
		scan->end->good_bytes += (int64_t)n + 1;
		*ret_good = true;
	}
	sg_arena_release(&arena);
	return rc == SG_BROKEN ? SG_OK : rc;
}

/* Whether the bad line swallowed another: the newline between them is what was damaged. */
static bool record_inside(const char *line, size_t n)
{
	const size_t mark = sizeof(LINE_START) - 1;

	/* quotes inside a text are escaped, so the last mark is where the last record begins */
	for (size_t at = n > mark ? n - mark : 0; at > 0; at--) {
		if (memcmp(line + at, LINE_START, mark) != 0)
			continue;
		struct sg_arena arena = SG_ARENA_INIT;
		struct sg_event event;
		const bool found =
			sg_event_decode(&arena, line + at, n - at, &event, NULL) == SG_OK;
		sg_arena_release(&arena);
		return found;
	}
	return false;
}

/* Whether any line that can be decoded stands behind the bad one. */
static enum sg_rc good_lines_behind(struct scan *scan, bool *ret, struct sg_err *err)
{
	*ret = false;
	for (;;) {
		enum line_kind kind = LINE_END;
		const char *line = NULL;
		size_t n = 0;
		const enum sg_rc rc = reader_next(&scan->reader, &kind, &line, &n, err);
		if (rc < 0 || kind == LINE_END)
			return rc;
		if (kind != LINE_WHOLE)
			continue;
		struct sg_arena arena = SG_ARENA_INIT;
		struct sg_event event;
		*ret = sg_event_decode(&arena, line, n, &event, NULL) == SG_OK;
		sg_arena_release(&arena);
		if (*ret)
			return SG_OK;
	}
}

/* Says how the file ends, at a line that is not good. */
static enum sg_rc end_at_bad_line(struct scan *scan, bool broken, struct sg_err *err)
{
	struct sg_trace_end *end = scan->end;
	struct stat st;

	if (!broken) {
		const enum sg_rc rc = good_lines_behind(scan, &broken, err);
		if (rc < 0)
			return rc;
	}
	if (sg_fs->fstat(scan->reader.fd, &st) == 0 && st.st_size > end->good_bytes)
		end->torn_bytes = st.st_size - end->good_bytes;
	end->tail = SG_TAIL_TORN;
	if (!broken)
		return SG_OK;
	end->tail = SG_TAIL_BROKEN;
	end->bad_line = end->seq + 1;
	scan->bad.rc = SG_BROKEN;
	scan->bad.file[0] = '\0';
	scan->bad.line = 0;
	sg_err_at(&scan->bad, SG_TRACE_FILE, (size_t)end->bad_line, 0);
	sg_err_pass(err, &scan->bad);
	return SG_BROKEN;
}

static enum sg_rc scan_lines(struct scan *scan, struct sg_err *err)
{
	for (;;) {
		enum line_kind kind = LINE_END;
		const char *line = NULL;
		size_t n = 0;
		bool good = false;
		bool broken = false;
		enum sg_rc rc = reader_next(&scan->reader, &kind, &line, &n, err);
		if (rc < 0 || kind == LINE_END)
			return rc;
		sg_err_clear(&scan->bad);
		if (kind == LINE_WHOLE)
			rc = take_line(scan, line, n, &good, &broken);
		else
			sg_err_set(&scan->bad, SG_BROKEN, "the trace is broken: %s",
				kind == LINE_TOO_LONG ? "a line over the limit"
						      : "an unfinished line");
		if (rc < 0) {
			sg_err_pass(err, &scan->bad);
			return rc;
		}
		if (!good)
			return end_at_bad_line(scan, broken || record_inside(line, n), err);
	}
}

enum sg_rc sg_trace_scan(int dir, const struct sg_trace_from *from, sg_trace_line_fn fn,
	void *ctx, struct sg_trace_end *ret_end, struct sg_err *err)
{
	struct scan scan = {.reader = {.fd = -1}, .fn = fn, .ctx = ctx, .end = ret_end};
	struct sg_err local = SG_ERR_INIT;

	*ret_end = (struct sg_trace_end){
		.tail = SG_TAIL_CLEAN,
		.seq = from->seq,
		.good_bytes = from->offset,
	};
	memcpy(ret_end->head, from->head, sizeof(ret_end->head));
	enum sg_rc rc = sg_fs_open_beneath(dir, SG_TRACE_FILE, &scan.reader.fd, &local);
	if (rc == SG_NOTFOUND && from->offset == 0)
		return SG_OK;
	if (rc < 0) {
		sg_err_pass(err, &local);
		return rc;
	}
	if (lseek(scan.reader.fd, (off_t)from->offset, SEEK_SET) < 0)
		rc = sg_err_errno(
			err, SG_STORAGE, errno, "cannot read the trace '%s'", SG_TRACE_FILE);
	else
		rc = scan_lines(&scan, err);
	reader_release(&scan.reader);
	return rc;
}

/*
 * The file as long as the good lines are. What is cut was never acknowledged; the cut is made
 * durable before anything is written behind it, so that old bytes cannot come back after a new
 * line.
 */
static enum sg_rc cut_tail(int fd, const struct sg_trace_end *end, struct sg_err *err)
{
	struct stat st;

	if (sg_fs->fstat(fd, &st) < 0)
		return sg_err_errno(
			err, SG_STORAGE, errno, "cannot look at '%s'", SG_TRACE_FILE);
	if (st.st_size < end->good_bytes) {
		sg_err_set(err, SG_BROKEN,
			"the trace is broken: expected %lld bytes, found %lld, something cut "
			"it short",
			(long long)end->good_bytes, (long long)st.st_size);
		sg_err_at(err, SG_TRACE_FILE, (size_t)end->seq, 0);
		return SG_BROKEN;
	}
	if (st.st_size == end->good_bytes)
		return SG_OK;
	const enum sg_rc rc = sg_fs_truncate(fd, SG_TRACE_FILE, end->good_bytes, err);
	return rc < 0 ? rc : sg_fs_sync_data(fd, SG_TRACE_FILE, err);
}

/*
 * The line and its sync: the commit point. A half-written line is taken back as well as it can
 * be.
 */
static enum sg_rc write_line(int fd, const struct sg_trace_end *end,
	const struct sg_strbuf *line, struct sg_err *err)
{
	const enum sg_rc rc =
		sg_fs_write_all(fd, SG_TRACE_FILE, line->bytes, line->n_bytes, err);

	if (rc < 0) {
		sg_fs_truncate(fd, SG_TRACE_FILE, end->good_bytes, NULL);
		return rc;
	}
	return sg_fs_sync_data(fd, SG_TRACE_FILE, err);
}

static enum sg_rc encode_line(
	struct sg_strbuf *line, const struct sg_event *event, struct sg_err *err)
{
	const enum sg_rc rc = sg_event_encode(line, event, err);

	if (rc < 0)
		return rc;
	SG_ASSERT(line->n_bytes <= SG_TRACE_LINE_MAX); /* more is refused in there */
	sg_strbuf_addc(line, '\n');
	if (sg_strbuf_failed(line))
		return sg_err_set(err, SG_NOMEM, "cannot record the event: out of memory");
	return SG_OK;
}

static int head_text(char text[HEAD_SIZE], long long seq, const char *head)
{
	char check[SG_SHA256_HEX_SIZE];
	const int n = snprintf(text, HEAD_SIZE, "%20lld %s ", seq, head);

	sg_sha256_of(text, (size_t)n, check);
	return n + snprintf(text + n, HEAD_SIZE - (size_t)n, "%.16s\n", check);
}

void sg_trace_read_head(int dir, struct sg_trace_head *ret)
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf found = SG_STRBUF_INIT;
	char text[HEAD_SIZE];
	long long seq = 0;

	*ret = (struct sg_trace_head){.seq = 0};
	if (sg_fs_read_beneath(dir, HEAD_FILE, HEAD_SIZE, &found, NULL) < 0 ||
		sscanf(found.bytes, "%20lld %64[0-9a-f]", &seq, ret->head) != 2 || seq <= 0)
		return;
	const int n = head_text(text, seq, ret->head);
	if ((size_t)n == found.n_bytes && memcmp(text, found.bytes, (size_t)n) == 0)
		ret->seq = seq;
}

enum sg_rc sg_trace_append(
	int dir, struct sg_trace_end *end, struct sg_event *event, struct sg_err *err)
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf line = SG_STRBUF_INIT;
	SG_CLEANUP(sg_fd_close) int fd = -1;
	struct sg_event linked = *event;

	linked.seq = end->seq + 1;
	linked.prev = end->head;
	enum sg_rc rc = encode_line(&line, &linked, err);
	if (rc == SG_OK)
		rc = sg_fs_open_append(dir, SG_TRACE_FILE, TRACE_MODE, &fd, err);
	if (rc == SG_OK)
		rc = cut_tail(fd, end, err);
	if (rc == SG_OK)
		rc = write_line(fd, end, &line, err);
	/* The first line is only there when its name is. */
	if (rc == SG_OK && end->seq == 0)
		rc = sg_fs_sync_dir(dir, SG_TRACE_FOLDER, err);
	if (rc < 0)
		return rc;
	sg_sha256_of(line.bytes, line.n_bytes - 1, end->head);
	event->seq = linked.seq;
	end->tail = SG_TAIL_CLEAN;
	end->seq++;
	end->good_bytes += (int64_t)line.n_bytes;
	end->torn_bytes = 0;
	char text[HEAD_SIZE];
	sg_fs_note(dir, HEAD_FILE, text, (size_t)head_text(text, end->seq, end->head));
	return SG_OK;
}
