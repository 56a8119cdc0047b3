/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The trace, .stepgate/trace.jsonl: every event, append-only, hash-chained. The write-ahead
 * log.
 *
 * One JSON object a line with the keys seq, time, event, step, attempt, by, data, prev, in that
 * order. prev is the sha256 of the line before without its newline, 64 zeros in the first. seq
 * counts from 1. The events are those of SG_EVENT_LIST; their data are the structs of event.h.
 * A line is durable when fdatasync returned: that is the commit point of a state change.
 */
#ifndef STEPGATE_TRACE_H
#define STEPGATE_TRACE_H

#include "stepgate/event.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SG_TRACE_FOLDER   ".stepgate"
#define SG_TRACE_FILE     ".stepgate/trace.jsonl"
#define SG_TRACE_LINE_MAX ((size_t)16 << 20)

/* Where reading a trace stopped, and why. */
enum sg_tail {
	SG_TAIL_CLEAN,  /* the last byte is the newline of a good line */
	SG_TAIL_TORN,   /* the last line is cut short, zero-filled or garbage: may be cut off */
	SG_TAIL_BROKEN, /* a bad line or link with good lines behind it: refuse to write */
};

struct sg_trace_end {
	enum sg_tail tail;
	int64_t seq;                   /* of the last good line; 0: none */
	char head[SG_SHA256_HEX_SIZE]; /* sha256 of the last good line: the next line's prev */
	int64_t good_bytes;            /* up to and with the last good line's newline */
	int64_t torn_bytes;            /* behind that */
	int64_t bad_line;              /* BROKEN: 1-based number of the line that is wrong */
};

#ifdef __cplusplus
}
#endif
#endif
