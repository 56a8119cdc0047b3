/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * JSON, by jansson: the lines of the trace, and what --json prints. json*.c alone include
 * jansson.h.
 *
 * A trace line is one object with the keys seq, time, event, step, attempt, by, data, prev in
 * that order, compact, UTF-8 as it is, no newline. data holds what the event's struct holds,
 * under the names of its members; tty stands in data where a terminal gave the command;
 * manifest stands last in data for the events that end a phase. Decoding is strict: an unknown
 * event, a missing or unknown key, a wrong type, an order of keys that differs, is an error
 * that says where. The whole format is stated at the head of json_event.c.
 */
#ifndef STEPGATE_FORMAT_JSON_H
#define STEPGATE_FORMAT_JSON_H

#include "base/arena.h"
#include "base/err.h"
#include "base/strbuf.h"
#include "stepgate/event.h"

/*
 * Appends one line without its newline. Encoding what was decoded gives the same bytes. What
 * could not be read back is refused, and out is left as it was: SG_INPUT for a text that is no
 * UTF-8, a digest that is none, a number or word out of its range (the sentence names the
 * member); SG_LIMIT for a line over SG_TRACE_LINE_MAX; SG_NOMEM.
 */
enum sg_rc sg_event_encode(
	struct sg_strbuf *out, const struct sg_event *event, struct sg_err *err);

/*
 * line[0..n) without the newline; texts are copied into arena. adopt.instance is left NULL.
 * SG_BROKEN with a sentence that names the member ("data.outputs[2].sha256"), SG_LIMIT,
 * SG_NOMEM; *ret is untouched then.
 */
enum sg_rc sg_event_decode(struct sg_arena *arena, const char *line, size_t n_bytes,
	struct sg_event *ret, struct sg_err *err);

/*
 * For --json: a writer that needs no tree. Calls nest; commas and escapes are its business.
 *	sg_json_open(&j, '{');
 *	sg_json_key(&j, "STEP_ID");
 *	sg_json_str(&j, id);
 *	sg_json_close(&j, '}');
 */
struct sg_json {
	struct sg_strbuf *out;
	unsigned depth;
	uint64_t filled; /* bit per depth: something stands before */
};

void sg_json_init(struct sg_json *j, struct sg_strbuf *out);
void sg_json_open(struct sg_json *j, char bracket);
void sg_json_close(struct sg_json *j, char bracket);
void sg_json_key(struct sg_json *j, const char *key);
void sg_json_str(struct sg_json *j, const char *text);
void sg_json_int(struct sg_json *j, int64_t value);
void sg_json_bool(struct sg_json *j, bool value);
void sg_json_null(struct sg_json *j);
void sg_json_strs(struct sg_json *j, const struct sg_strs *list);

/* {"VAL_REPORT": {...}, "CHECKED": {...}} */
struct sg_report_context;
void sg_json_verdict(struct sg_json *j, const struct sg_verdict *verdict,
	const struct sg_report_context *context);
/* The manifest as one object of its seven sections, or one section (SESSION to RESUME). */
void sg_json_manifest(struct sg_json *j, const struct sg_manifest *m);
void sg_json_manifest_section(
	struct sg_json *j, const struct sg_manifest *m, enum sg_mapping section);

#endif
