/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The trace replayed: the run is a function of its events and of nothing else.
 *
 * Everything lives in one arena for as long as the session: a revision shares with the next
 * what did not change, so taking an old one away would need a deep copy of all the rest.
 */
#include "store/session_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "core/lifecycle.h"

void sg_replay_init(struct sg_replay *r, const struct sg_session *s, struct sg_arena *arena)
{
	*r = (struct sg_replay){.dir = s->dir, .manifest_name = s->name, .arena = arena};
	sg_run_init(&r->run);
}

void sg_snapshot_path(char ret[SG_SNAPSHOT_PATH_SIZE], const char *sha256)
{
	snprintf(ret, SG_SNAPSHOT_PATH_SIZE, "%s/%.64s.yaml", SG_SNAPSHOT_FOLDER, sha256);
}

/*
 * The instance that an ADOPT refers to: without exactly that instance the event means nothing.
 */
static enum sg_rc read_snapshot(struct sg_replay *r, struct sg_ev_adopt *adopt,
	struct sg_manifest *instance, struct sg_err *err)
{
	char path[SG_SNAPSHOT_PATH_SIZE];
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf bytes = SG_STRBUF_INIT;
	char hex[SG_SHA256_HEX_SIZE];

	sg_snapshot_path(path, adopt->snapshot);
	enum sg_rc rc = sg_fs_read_beneath(r->dir, path, SG_MANIFEST_MAX_BYTES, &bytes, err);
	if (rc == SG_OK) {
		sg_sha256_of(bytes.bytes, bytes.n_bytes, hex);
		if (strcmp(hex, adopt->snapshot) != 0)
			rc = sg_err_set(
				err, SG_BROKEN, "the adopted snapshot '%s' was changed", path);
	}
	if (rc == SG_OK)
		rc = sg_manifest_read(r->arena, path, bytes.bytes, bytes.n_bytes,
			SG_READ_STRICT, instance, NULL, err);
	if (rc == SG_OK)
		adopt->instance = instance;
	return rc;
}

/* One run folder has one manifest: the first event names it. */
static enum sg_rc check_first(
	const struct sg_replay *r, const struct sg_event *event, struct sg_err *err)
{
	const char *name = NULL;

	if (event->type == SG_EVENT_INIT)
		name = event->u.init.manifest;
	else if (event->type == SG_EVENT_ADOPT && event->u.adopt.whole)
		name = event->u.adopt.manifest;
	if (!name)
		return sg_err_set(err, SG_BROKEN,
			"the trace is broken: expected init or adopt first, found %s",
			sg_event_name(event->type));
	if (strcmp(name, r->manifest_name) == 0)
		return SG_OK;
	sg_err_set(err, SG_REFUSED, "cannot open '%s': the trace beside it is that of '%s'",
		r->manifest_name, name);
	sg_err_at(err, SG_TRACE_FILE, 1, 0);
	return SG_REFUSED;
}

static bool has_file_effect(const struct sg_effects *effects)
{
	for (size_t i = 0; i < effects->n; i++)
		if (effects->v[i].kind != SG_EFFECT_RUN_PHASE)
			return true;
	return false;
}

void sg_replay_advance(struct sg_replay *r, const struct sg_event *event,
	const struct sg_run *next, const struct sg_effects *effects)
{
	const char *replaced = "";

	if (event->type == SG_EVENT_ADOPT)
		replaced = event->u.adopt.snapshot;
	else if (event->type == SG_EVENT_RESTORE)
		replaced = event->u.restore.found;
	memset(r->replaced, 0, sizeof(r->replaced));
	strncpy(r->replaced, replaced, sizeof(r->replaced) - 1);
	memset(r->said, 0, sizeof(r->said));
	strncpy(r->said, event->manifest, sizeof(r->said) - 1);
	/* the event behind the last of them has its line first, and the manifest then */
	r->n_late = r->n_engines + 1;
	r->n_engines = event->type == SG_EVENT_ENGINE ? r->n_engines + 1 : 0;
	r->has_before = r->run.seq > 0;
	r->before = r->run;
	r->run = *next;
	if (has_file_effect(effects)) {
		r->closing = *effects;
		r->closing_seq = event->seq;
	}
}

/*
 * What a replay cannot take is damage of the trace, whatever the part that found it calls it.
 */
static enum sg_rc as_broken(
	enum sg_rc rc, const struct sg_event *event, struct sg_err *cause, struct sg_err *err)
{
	char text[SG_ERR_TEXT_SIZE];

	if (rc == SG_NOMEM || rc == SG_STORAGE) {
		sg_err_pass(err, cause);
		return rc;
	}
	return sg_err_set(err, SG_BROKEN, "the trace is broken: cannot apply %s: %s",
		sg_event_name(event->type), sg_err_text(cause, text, sizeof(text)));
}

enum sg_rc sg_replay_event(struct sg_replay *r, const struct sg_event *event,
	struct sg_effects *ret_effects, struct sg_err *err)
{
	struct sg_event own = *event;
	struct sg_effects effects = {.n = 0};
	struct sg_err cause = SG_ERR_INIT;
	struct sg_manifest adopted;
	struct sg_run next;
	enum sg_rc rc = SG_OK;

	if (r->run.seq == 0)
		rc = check_first(r, event, err);
	if (rc < 0)
		return rc;
	if (own.type == SG_EVENT_ADOPT)
		rc = read_snapshot(r, &own.u.adopt, &adopted, &cause);
	if (rc == SG_OK)
		rc = sg_lifecycle_check(&r->run, &own, &cause);
	if (rc < 0)
		return as_broken(rc, event, &cause, err);
	rc = sg_reduce(r->arena, &r->run, &own, &next, &effects);
	if (rc < 0)
		return sg_err_set(err, SG_NOMEM, "cannot replay the trace: out of memory");
	sg_replay_advance(r, event, &next, &effects);
	if (ret_effects)
		*ret_effects = effects;
	return SG_OK;
}

/* --- into the session --- */

static enum sg_rc replay_line(void *ctx, const struct sg_event *event, const char *line,
	size_t n_bytes, struct sg_err *err)
{
	struct sg_session *s = ctx;
	struct sg_effects effects = {.n = 0};

	(void)line;
	(void)n_bytes;
	s->is_broken_event = true;
	const enum sg_rc rc = sg_replay_event(&s->replay, event, &effects, err);
	if (rc < 0)
		return rc;
	s->is_broken_event = false;
	return s->observe ? s->observe(s->observe_ctx, event, &effects, err) : SG_OK;
}

enum sg_rc sg_session_read_on(struct sg_session *s, struct sg_err *err)
{
	struct sg_trace_from from = {.offset = s->end.good_bytes, .seq = s->end.seq};
	struct sg_err local = SG_ERR_INIT;
	char text[SG_ERR_TEXT_SIZE + SG_ERR_FILE_SIZE];

	memcpy(from.head, s->end.head, sizeof(from.head));
	/* taken first: what is written while we read makes the next look read again */
	sg_stamp_take(&s->trace_stamp, s->dir, SG_TRACE_FILE);
	const enum sg_rc rc = sg_trace_scan(s->dir, &from, replay_line, s, &s->end, &local);
	if (rc == SG_BROKEN) {
		s->is_broken = true;
		sg_session_stand(
			s, SG_STANDING_BROKEN, sg_err_text(&local, text, sizeof(text)));
		return SG_OK;
	}
	/*
	 * not read to its end: the stamp must not say that it was, or the next append cuts it
	 */
	if (rc < 0)
		s->trace_stamp = (struct sg_stamp){.there = true};
	sg_err_pass(err, &local);
	return rc;
}

void sg_session_free_retired(struct sg_session *s)
{
	for (size_t i = 0; i < s->n_retired; i++)
		sg_arena_release(&s->retired[i]);
	free(s->retired);
	s->retired = NULL;
	s->n_retired = 0;
}

enum sg_rc sg_session_begin_anew(struct sg_session *s, struct sg_err *err)
{
	struct sg_arena *more = realloc(s->retired, (s->n_retired + 1) * sizeof(*more));

	if (!more)
		return sg_err_set(err, SG_NOMEM, "cannot read the trace: out of memory");
	s->retired = more;
	s->retired[s->n_retired++] = s->arena;
	/* it borrows from the arena, which may be freed before the next one is set */
	sg_image_forget(&s->disk.image);
	sg_arena_init(&s->arena);
	sg_replay_init(&s->replay, s, &s->arena);
	return SG_OK;
}

void sg_session_break(struct sg_session *s, int64_t line, const struct sg_strbuf *text)
{
	s->is_broken = true;
	s->end.tail = SG_TAIL_BROKEN;
	s->end.bad_line = line;
	sg_session_stand(s, SG_STANDING_BROKEN, text->bytes);
}

/*
 * A chain holds also where its last lines were cut off or damaged, or the last one is another:
 * HEAD tells.
 */
static void check_head(struct sg_session *s, const struct sg_trace_head *said)
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf text = SG_STRBUF_INIT;
	const bool ends_early = s->end.seq < said->seq;
	const bool is_damaged = ends_early && s->end.tail == SG_TAIL_TORN;
	const int64_t line = s->end.seq + is_damaged;

	if (s->end.seq == 0 || s->end.seq > said->seq ||
		(!ends_early && strcmp(s->end.head, said->head) == 0))
		return;
	sg_strbuf_addf(&text, "%s:%lld: ", SG_TRACE_FILE, (long long)line);
	if (ends_early)
		sg_strbuf_addf(&text,
			"the %s: " SG_TRACE_FOLDER "/HEAD says that it had %lld lines",
			is_damaged ? "line is damaged" : "trace ends here",
			(long long)said->seq);
	else
		sg_strbuf_adds(&text,
			"the line is not the one that was written: " SG_TRACE_FOLDER
			"/HEAD has another sha256");
	sg_strbuf_adds(&text, "; put it back");
	sg_session_break(s, line, &text);
}

enum sg_rc sg_session_load(struct sg_session *s, struct sg_err *err)
{
	static const struct sg_trace_from start = SG_TRACE_FROM_START;
	struct sg_trace_head said;

	enum sg_rc rc = sg_session_begin_anew(s, err);
	if (rc < 0)
		return rc;
	s->is_broken = false;
	s->is_broken_event = false;
	if (s->end.seq > s->had_seq)
		s->had_seq = s->end.seq;
	s->end = (struct sg_trace_end){.tail = SG_TAIL_CLEAN};
	memcpy(s->end.head, start.head, sizeof(start.head));
	sg_disk_forget(s);
	/* before the trace is: what is appended meanwhile does not count */
	sg_trace_read_head(s->dir, &said);
	rc = sg_session_read_on(s, err);
	if (rc == SG_OK && !s->is_broken)
		check_head(s, &said);
	return rc;
}

void sg_session_lose_trace(struct sg_session *s, int64_t n_lines)
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf text = SG_STRBUF_INIT;

	sg_strbuf_addf(&text,
		"%s:1: the trace is gone: it had %lld lines, and none can be read; put it back",
		SG_TRACE_FILE, (long long)n_lines);
	sg_session_break(s, 1, &text);
}

enum sg_rc sg_session_catch_up(struct sg_session *s, bool *ret_changed, struct sg_err *err)
{
	struct sg_stamp now;
	const struct sg_stamp *then = &s->trace_stamp;
	const int64_t seq = s->end.seq;
	enum sg_rc rc;

	sg_stamp_take(&now, s->dir, SG_TRACE_FILE);
	*ret_changed = false;
	if (sg_stamp_equal(&now, then))
		return SG_OK;
	if (now.size == 0 && seq > 0) {
		/* put back it is another state of the file, and to be read */
		s->trace_stamp = now;
		sg_session_lose_trace(s, seq);
		return SG_OK;
	}
	const bool same_file = then->there && now.dev == then->dev && now.ino == then->ino;
	const bool appended = now.size > then->size && now.size > s->end.good_bytes;
	if (same_file && appended && !s->is_broken)
		rc = sg_session_read_on(s, err);
	else
		rc = sg_session_load(s, err);
	*ret_changed = s->end.seq != seq;
	return rc;
}

/* --- the past --- */

struct history {
	sg_session_event_fn fn;
	void *ctx;
};

static enum sg_rc history_line(void *ctx, const struct sg_event *event, const char *line,
	size_t n_bytes, struct sg_err *err)
{
	const struct history *h = ctx;

	return h->fn(h->ctx, event, line, n_bytes, err);
}

enum sg_rc sg_session_history(
	struct sg_session *s, sg_session_event_fn fn, void *ctx, struct sg_err *err)
{
	static const struct sg_trace_from start = SG_TRACE_FROM_START;
	struct history h = {.fn = fn, .ctx = ctx};
	struct sg_trace_end end;

	return sg_trace_scan(s->dir, &start, history_line, &h, &end, err);
}

struct run_at {
	struct sg_replay replay;
	int64_t seq;
};

/* The scan is stopped by a code that no part of the replay uses. */
static enum sg_rc run_at_line(void *ctx, const struct sg_event *event, const char *line,
	size_t n_bytes, struct sg_err *err)
{
	struct run_at *at = ctx;

	(void)line;
	(void)n_bytes;
	const enum sg_rc rc = sg_replay_event(&at->replay, event, NULL, err);
	return rc == SG_OK && event->seq == at->seq ? SG_INTERRUPTED : rc;
}

enum sg_rc sg_session_run_at(struct sg_session *s, int64_t seq, struct sg_arena *arena,
	struct sg_run *ret, struct sg_err *err)
{
	static const struct sg_trace_from start = SG_TRACE_FROM_START;
	struct run_at at = {.seq = seq};
	struct sg_trace_end end;

	sg_replay_init(&at.replay, s, arena);
	const enum sg_rc rc = sg_trace_scan(s->dir, &start, run_at_line, &at, &end, err);
	if (rc == SG_INTERRUPTED) {
		*ret = at.replay.run;
		return SG_OK;
	}
	if (rc < 0)
		return rc;
	return sg_err_set(err, SG_NOTFOUND, "cannot show event %lld: the trace has %lld",
		(long long)seq, (long long)end.seq);
}

struct was {
	struct run_at at;
	const struct sg_manifest *manifest;
	int64_t from;
	bool is;
};

static enum sg_rc was_line(void *ctx, const struct sg_event *event, const char *line,
	size_t n_bytes, struct sg_err *err)
{
	struct was *was = ctx;

	const enum sg_rc rc = run_at_line(&was->at, event, line, n_bytes, err);
	if (rc != SG_OK || event->seq < was->from)
		return rc;
	was->is = sg_manifest_equal(&was->at.replay.run.manifest, was->manifest);
	return was->is ? SG_INTERRUPTED : SG_OK;
}

enum sg_rc sg_session_was(struct sg_session *s, int64_t from,
	const struct sg_manifest *manifest, bool *ret, struct sg_err *err)
{
	static const struct sg_trace_from start = SG_TRACE_FROM_START;
	struct sg_arena arena = SG_ARENA_INIT;
	struct was was = {.at = {.seq = s->replay.run.seq}, .manifest = manifest, .from = from};
	struct sg_trace_end end;

	sg_replay_init(&was.at.replay, s, &arena);
	const enum sg_rc rc = sg_trace_scan(s->dir, &start, was_line, &was, &end, err);
	sg_arena_release(&arena);
	*ret = was.is;
	return rc == SG_INTERRUPTED ? SG_OK : rc;
}
