/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The trace line, written. This is the format, for whoever writes a second reader:
 *
 * A line is one JSON object, UTF-8, without white space between tokens, at most 16 MiB, with
 * exactly these keys in this order:
 *	seq      integer >= 1
 *	time     "2026-01-31T12:34:56.789Z", always UTC, always milliseconds
 *	event    a word of SG_EVENT_LIST (include/stepgate/event.h)
 *	step     STEP_ID, "" before the first
 *	attempt  integer >= 0
 *	by       "operator", "runner" or "recorder"
 *	data     an object, see below
 *	prev     sha256 of the line before, 64 lower-case hex digits; 64 zeros in the first
 *
 * data holds the members of the event's struct in event.h, in the order and under the keys of
 * the tables in json_schema.c: text -> string, bool -> true or false, integers, enums -> their
 * words, times -> string like time (start_ms is "start", end_ms is "end"), lists -> arrays,
 * structs -> objects. The file name of the manifest in init and adopt is "manifest_file".
 * Behind them stand "tty":true, only where a terminal gave the command, and "manifest", the
 * sha256 of the manifest after the event, for every event that ends a phase or a STEP and for
 * no other.
 *
 * Every key is present, in its order, but these, which are left out, and may not stand there,
 * when there is nothing to say: exec, signal, report, patch and the pins where all their
 * members are empty, 0, false or the first word of their list; route, profile and plan where
 * there is none; the four lists of a plan that does not have the field, and bad_field; start
 * of work by hand when 0.
 *
 * route is {META, TASK, ROUTE, REQUIRED_SET, GATES} as in the ROUTE_TOKEN; META, TASK and GATES
 * are objects of strings. profile is the PROFILE with every key present; BASELINE_OUTPUTS and
 * RUN are objects by role and by key. What CONTRACT demands stands behind them, under DEMANDS,
 * an object by NAME, left out where there is none; CONTRACT itself is "", or the source text
 * that the first traces held there, which nobody evaluated.
 *
 * Strings are escaped as RFC 8785 says; U+0000 cannot occur. adopt.instance is not written: it
 * is found under snapshot.
 */
#include "format/json.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/table.h"
#include "format/json_quote.h"
#include "format/json_schema.h"
#include "stepgate/trace.h"

/*
 * 0000-01-01 and 9999-12-31: sg_time_format clamps what lies outside, which would not read
 * back.
 */
#define TIME_LEAST INT64_C(-62167219200000)
#define TIME_MOST  INT64_C(253402300799999)

struct encoder {
	struct sg_json j;
	struct sg_err *err;
	enum sg_rc rc; /* the first failure */
	const char *event;
};

static void write_members(struct encoder *e, const void *base, const struct sg_json_type *type);

static void refuse(struct encoder *e, const char *key, const char *reason)
{
	if (e->rc == SG_OK)
		e->rc = sg_err_set(e->err, SG_INPUT, "cannot record the event %s: %s %s",
			e->event, *key ? key : "a member", reason);
}

static void write_text(struct encoder *e, const char *key, const char *text)
{
	/* An empty text first lets the writer put its comma; its two quotes are taken back. */
	sg_json_str(&e->j, "");
	sg_strbuf_truncate(e->j.out, e->j.out->n_bytes > 2 ? e->j.out->n_bytes - 2 : 0);
	if (!sg_json_quote(e->j.out, text))
		refuse(e, key, "is not UTF-8");
}

static void write_time(struct encoder *e, const char *key, int64_t ms)
{
	char text[SG_TIME_SIZE];

	if (ms < TIME_LEAST || ms > TIME_MOST)
		refuse(e, key, "lies outside the years 0000 to 9999");
	sg_json_str(&e->j, sg_time_format(ms, text));
}

static void write_digest(struct encoder *e, const char *key, const char *text, bool optional)
{
	if (!text)
		text = "";
	if (!(optional && !*text) && !sg_sha256_is_hex(text))
		refuse(e, key, "is not a sha256");
	sg_json_str(&e->j, text);
}

static void write_number(struct encoder *e, const void *base, const struct sg_json_field *f)
{
	const int64_t value = sg_json_get_number(base, f);

	if (value < f->lo || value > f->hi)
		refuse(e, f->key, "is out of its range");
	sg_json_int(&e->j, value);
}

static void write_word(
	struct encoder *e, const char *key, unsigned value, const struct sg_json_words *words)
{
	if (value >= words->n)
		refuse(e, key, "is no word of its list");
	sg_json_str(&e->j, value < words->n ? words->v[value] : "");
}

static void write_strs(struct encoder *e, const char *key, struct sg_json_span list)
{
	const char *const *v = list.v;

	sg_json_open(&e->j, '[');
	for (size_t i = 0; i < list.n; i++)
		write_text(e, key, v[i]);
	sg_json_close(&e->j, ']');
}

static void write_object(struct encoder *e, const void *base, const struct sg_json_type *type)
{
	sg_json_open(&e->j, '{');
	write_members(e, base, type);
	sg_json_close(&e->j, '}');
}

static void write_value(struct encoder *e, const void *base, const struct sg_json_field *f);

/* An equal key twice would make a line that no reader takes, and the trace with it. */
static void write_map(struct encoder *e, const struct sg_json_field *f, struct sg_json_span map)
{
	struct sg_table seen = SG_TABLE_INIT;

	sg_table_init(&seen);
	sg_json_open(&e->j, '{');
	for (size_t i = 0; i < map.n; i++) {
		const void *element = (const char *)map.v + i * f->sub->size_bytes;
		const char *key = sg_json_get_text(element, 0);

		if (map.n > 1 && sg_table_put(&seen, key ? key : "", i) != SG_TABLE_NONE)
			refuse(e, f->key, "has one key twice");
		write_text(e, f->key, key);
		sg_strbuf_addc(e->j.out, ':');
		e->j.filled &= ~((uint64_t)1 << (e->j.depth & 63));
		write_value(e, element, &f->sub->fields[0]);
	}
	sg_json_close(&e->j, '}');
	if (seen.failed && e->rc == SG_OK)
		e->rc = sg_err_set(e->err, SG_NOMEM,
			"cannot record the event %s: out of memory", e->event);
	sg_table_release(&seen);
}

static void write_list(
	struct encoder *e, const struct sg_json_field *f, struct sg_json_span list)
{
	sg_json_open(&e->j, '[');
	for (size_t i = 0; i < list.n; i++)
		write_object(e, (const char *)list.v + i * f->sub->size_bytes, f->sub);
	sg_json_close(&e->j, ']');
}

static void write_value(struct encoder *e, const void *base, const struct sg_json_field *f)
{
	switch (f->kind) {
	case SG_JSON_TEXT:
	case SG_JSON_TEXT_OPT: write_text(e, f->key, sg_json_get_text(base, f->offset)); break;
	case SG_JSON_SHA:
		write_digest(e, f->key, sg_json_get_text(base, f->offset), true);
		break;
	case SG_JSON_BOOL: sg_json_bool(&e->j, sg_json_get_bool(base, f->offset)); break;
	case SG_JSON_INT:
	case SG_JSON_I64:
	case SG_JSON_SIZE: write_number(e, base, f); break;
	case SG_JSON_TIME:
	case SG_JSON_TIME_OPT: write_time(e, f->key, sg_json_get_number(base, f)); break;
	case SG_JSON_WORD:
		write_word(e, f->key, sg_json_get_word(base, f->offset), f->words);
		break;
	case SG_JSON_STRS:
	case SG_JSON_STRS_OPT: write_strs(e, f->key, sg_json_get_span(base, f->offset)); break;
	case SG_JSON_OBJECT:
	case SG_JSON_GROUP: write_object(e, (const char *)base + f->offset, f->sub); break;
	case SG_JSON_POINTER:
		write_object(e, sg_json_get_pointer(base, f->offset), f->sub);
		break;
	case SG_JSON_LIST: write_list(e, f, sg_json_get_span(base, f->offset)); break;
	case SG_JSON_MAP: write_map(e, f, sg_json_get_span(base, f->offset)); break;
	}
}

static void write_members(struct encoder *e, const void *base, const struct sg_json_type *type)
{
	for (size_t i = 0; i < type->n; i++) {
		const struct sg_json_field *f = &type->fields[i];

		if (sg_json_left_out(base, f))
			continue;
		sg_json_key(&e->j, f->key);
		write_value(e, base, f);
	}
}

static void write_data(struct encoder *e, const struct sg_event *event)
{
	const struct sg_json_type *type = sg_json_event_types[event->type];

	sg_json_open(&e->j, '{');
	write_members(e, &event->u, type);
	if (event->tty) {
		sg_json_key(&e->j, "tty");
		sg_json_bool(&e->j, true);
	}
	if (sg_event_ends_phase(event->type)) {
		sg_json_key(&e->j, "manifest");
		write_digest(e, "manifest", event->manifest, false);
	}
	sg_json_close(&e->j, '}');
}

static void write_line(struct encoder *e, const struct sg_event *event)
{
	if (event->seq < 1)
		refuse(e, "seq", "is out of its range");
	if (event->attempt < 0)
		refuse(e, "attempt", "is out of its range");
	sg_json_open(&e->j, '{');
	sg_json_key(&e->j, "seq");
	sg_json_int(&e->j, event->seq);
	sg_json_key(&e->j, "time");
	write_time(e, "time", event->time_ms);
	sg_json_key(&e->j, "event");
	sg_json_str(&e->j, e->event);
	sg_json_key(&e->j, "step");
	write_text(e, "step", event->step);
	sg_json_key(&e->j, "attempt");
	sg_json_int(&e->j, event->attempt);
	sg_json_key(&e->j, "by");
	write_word(e, "by", (unsigned)event->by, &sg_json_words_by);
	sg_json_key(&e->j, "data");
	write_data(e, event);
	sg_json_key(&e->j, "prev");
	write_digest(e, "prev", event->prev, false);
	sg_json_close(&e->j, '}');
}

enum sg_rc sg_event_encode(
	struct sg_strbuf *out, const struct sg_event *event, struct sg_err *err)
{
	const size_t start = out->n_bytes;
	struct encoder e = {.err = err, .rc = SG_OK, .event = sg_event_name(event->type)};

	if ((unsigned)event->type >= SG_EVENT_COUNT)
		return sg_err_set(err, SG_INPUT,
			"cannot record the event %u: there is none such",
			(unsigned)event->type);
	sg_json_init(&e.j, out);
	write_line(&e, event);
	if (sg_strbuf_failed(out) && e.rc == SG_OK)
		e.rc = sg_err_set(
			err, SG_NOMEM, "cannot record the event %s: out of memory", e.event);
	if (out->n_bytes - start > SG_TRACE_LINE_MAX && e.rc == SG_OK)
		e.rc = sg_err_set(err, SG_LIMIT,
			"cannot record the event %s: %zu bytes, and a trace line has at most "
			"%zu",
			e.event, out->n_bytes - start, SG_TRACE_LINE_MAX);
	if (e.rc != SG_OK)
		sg_strbuf_truncate(out, start);
	return e.rc;
}
