/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading and appending .stepgate/trace.jsonl (the format is stated in stepgate/trace.h).
 *
 * A scan calls back once a good line, in order, with the decoded event; it checks seq, prev
 * and the decoding, and says in struct sg_trace_end how the file ends. It may start behind
 * what was read before (offset, head, seq). It reads in pieces: a trace of any size needs one
 * line of memory.
 */
#ifndef STEPGATE_STORE_TRACE_IO_H
#define STEPGATE_STORE_TRACE_IO_H

#include "base/arena.h"
#include "base/err.h"
#include "stepgate/trace.h"

struct sg_trace_from {
	int64_t offset;                /* first byte to read */
	int64_t seq;                   /* of the line before; 0 at the start */
	char head[SG_SHA256_HEX_SIZE]; /* of the line before; 64 zeros at the start */
};

#define SG_TRACE_FROM_START                                                              \
	{                                                                                \
		0, 0, "0000000000000000000000000000000000000000000000000000000000000000" \
	}

/*
 * event and its texts are valid during the call only (arena is cleared after each line). line
 * is the raw line without newline. A callback that returns an error stops the scan with it;
 * SG_BROKEN from it marks that line as the bad one. The scan itself returns SG_OK for a CLEAN
 * or TORN end, and SG_BROKEN with file and line for a BROKEN one.
 */
typedef enum sg_rc (*sg_trace_line_fn)(void *ctx, const struct sg_event *event,
	const char *line, size_t n_bytes, struct sg_err *err);

/* dir: the manifest's folder. A missing trace is an empty one. ret_end is always filled. */
enum sg_rc sg_trace_scan(int dir, const struct sg_trace_from *from, sg_trace_line_fn fn,
	void *ctx, struct sg_trace_end *ret_end, struct sg_err *err);

/*
 * Encodes event behind end (seq and prev are those of end, event->seq is set), appends the
 * line in one write, fdatasyncs, and moves end on. Cuts a torn tail first. The caller holds
 * the commit lock.
 */
enum sg_rc sg_trace_append(
	int dir, struct sg_trace_end *end, struct sg_event *event, struct sg_err *err);

/*
 * Nothing in the trace says what its last line was: .stepgate/HEAD does, "<seq> <sha256>
 * <check>", the first 16 digits of the sha256 of what stands before them. It is written over
 * behind each append and never synced; what is torn or garbage counts as none (seq 0). It never
 * names a line that was not synced before, so a trace that ends before it, or in another line,
 * was changed.
 */
struct sg_trace_head {
	int64_t seq;
	char head[SG_SHA256_HEX_SIZE];
};
void sg_trace_read_head(int dir, struct sg_trace_head *ret);

#endif
