/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A trace as a stranger reads it: lines of JSON, each with the sha256 of the one before. Only
 * what the manifest has to be after an event is asked of the library, and held to the digest
 * in the trace.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "format/manifest_io.h"
#include "kill.h"
#include "store/session.h"

static void copy_text(char *out, size_t out_size, const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	(void)snprintf(out, out_size, "%s", text ? text : "");
}

static void copy_subject(struct line *line, const json_t *data)
{
	static const char *const keys[] = {"phase", "role", "eng_key", "name", "from"};
	for (size_t i = 0; !*line->subject && i < sizeof(keys) / sizeof(keys[0]); i++)
		copy_text(line->subject, sizeof(line->subject), data, keys[i]);
}

static bool read_line(
	struct trace *t, const char *bytes, size_t n_bytes, const char *prev, struct note *note)
{
	struct line *line = &t->lines[t->n];
	json_error_t error;
	json_t *json = json_loadb(bytes, n_bytes, JSON_REJECT_DUPLICATES, &error);
	if (!json)
		return note_set(note, LOST, "line %zu of the trace is no JSON: %s", t->n + 1,
			error.text);
	const json_t *data = json_object_get(json, "data");
	const char *linked = json_string_value(json_object_get(json, "prev"));
	const bool fits =
		json_integer_value(json_object_get(json, "seq")) == (json_int_t)t->n + 1 &&
		linked && strcmp(linked, prev) == 0 && json_is_object(data);
	memset(line, 0, sizeof(*line));
	copy_text(line->event, sizeof(line->event), json, "event");
	copy_text(line->step, sizeof(line->step), json, "step");
	copy_text(line->code, sizeof(line->code), data, "code");
	copy_text(line->manifest, sizeof(line->manifest), data, "manifest");
	copy_subject(line, data);
	line->pass = json_is_true(json_object_get(data, "pass"));
	json_decref(json);
	return fits || note_set(note, LOST, "line %zu of the trace breaks the chain", t->n + 1);
}

/*
 * The trace that was read last: from one point to the next most lines stay, byte for byte, and
 * what was checked of them holds again.
 */
static struct trace known;

static void take_known(struct trace *t, char prev[SG_SHA256_HEX_SIZE])
{
	size_t from = 0;

	while (t->n < known.n) {
		const size_t end = known.lines[t->n].end;
		if (end > t->bytes.n_bytes ||
			memcmp(t->bytes.bytes + from, known.bytes.bytes + from, end - from) != 0)
			break;
		sg_sha256_of(t->bytes.bytes + from, end - from - 1, prev);
		t->lines[t->n] = known.lines[t->n];
		t->n++;
		t->good_bytes = from = end;
	}
}

static void keep_known(const struct trace *t)
{
	trace_release(&known);
	known = *t;
	sg_strbuf_init(&known.bytes);
	sg_strbuf_add(&known.bytes, t->bytes.bytes, t->bytes.n_bytes);
}

bool trace_read(struct trace *t, const char *folder, struct note *note)
{
	char prev[SG_SHA256_HEX_SIZE];

	memset(t, 0, sizeof(*t));
	sg_strbuf_init(&t->bytes);
	(void)file_read(folder, ".stepgate/trace.jsonl", &t->bytes);
	memcpy(prev, sg_sha256_zero, sizeof(prev));
	take_known(t, prev);
	const char *at = t->bytes.bytes + t->good_bytes;
	const char *end = t->bytes.bytes + t->bytes.n_bytes;
	for (const char *newline; (newline = memchr(at, '\n', (size_t)(end - at))) != NULL;
		at = newline + 1) {
		if (t->n == EVENTS_MAX)
			die("a trace has more than %d events", EVENTS_MAX);
		if (!read_line(t, at, (size_t)(newline - at), prev, note))
			return false;
		sg_sha256_of(at, (size_t)(newline - at), prev);
		t->good_bytes = (size_t)(newline + 1 - t->bytes.bytes);
		t->lines[t->n++].end = t->good_bytes;
	}
	keep_known(t);
	return true;
}

void trace_release(struct trace *t)
{
	sg_strbuf_release(&t->bytes);
}

int trace_find(const struct trace *t, const char *event, const char *subject, const char *step)
{
	for (size_t i = t->n; i-- > 0;)
		if ((!event || strcmp(t->lines[i].event, event) == 0) &&
			(!subject || strcmp(t->lines[i].subject, subject) == 0) &&
			(!step || strcmp(t->lines[i].step, step) == 0))
			return (int)i;
	return -1;
}

bool trace_has_pass(const struct trace *t, const char *step)
{
	const int at = trace_find(t, "verdict", NULL, step);
	return at >= 0 && t->lines[at].pass;
}

static bool replay_to(
	const char *folder, size_t seq, struct sg_strbuf *out, struct note *note)
{
	char path[PATH_SIZE];
	struct sg_err err = SG_ERR_INIT;
	struct sg_session *s = NULL;
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_run run;

	folder_path(path, folder, "RUNTIME_MANIFEST.yaml");
	const struct sg_session_options options = {.manifest_path = path, .read_only = true};
	enum sg_rc rc = sg_session_open(&s, &options, &err);
	if (rc == SG_OK)
		rc = sg_session_run_at(s, (int64_t)seq, &arena, &run, &err);
	if (rc == SG_OK)
		sg_manifest_write(out, &run.manifest);
	sg_arena_release(&arena);
	sg_session_close(s);
	return rc == SG_OK ||
	       note_set(note, LOST, "the trace cannot be replayed to %zu: %s", seq, err.text);
}

bool manifest_at(const char *folder, const struct trace *t, size_t seq, struct sg_strbuf *out,
	struct note *note)
{
	static struct {
		char trace[SG_SHA256_HEX_SIZE];
		struct sg_strbuf manifest;
	} done[4];
	static size_t turn;
	char digest[SG_SHA256_HEX_SIZE];

	sg_sha256_of(t->bytes.bytes, t->lines[seq - 1].end, digest);
	for (size_t i = 0; i < 4; i++)
		if (strcmp(done[i].trace, digest) == 0) {
			sg_strbuf_add(out, done[i].manifest.bytes, done[i].manifest.n_bytes);
			return true;
		}
	if (!replay_to(folder, seq, out, note))
		return false;
	const size_t slot = turn++ % 4;
	sg_strbuf_release(&done[slot].manifest);
	sg_strbuf_init(&done[slot].manifest);
	sg_strbuf_add(&done[slot].manifest, out->bytes, out->n_bytes);
	memcpy(done[slot].trace, digest, sizeof(digest));
	return true;
}
