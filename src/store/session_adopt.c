/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The operator's two answers to MANIFEST_TAMPERED: restore and adopt; and the whole adoption
 * of a manifest that came without a trace.
 *
 * What is replaced or taken over is kept first, durable, under .stepgate/snapshots by its
 * sha256: an ADOPT without its snapshot could not be replayed, and a RESTORE loses nobody's
 * text.
 */
#include "store/session_internal.h"

#include <string.h>

#include "base/hash.h"
#include "core/diff.h"

#define DIFF_LINES_MAX 200

/* Fields that an operator may change by hand; rows are judged one by one by the reducer. */
static const bool adoptable[SG_FIELD_ID_COUNT] = {
	[SG_FIELD_ID_SESSION_OWNER] = true,
	[SG_FIELD_ID_CURRENT_STEP_STEP_GOAL] = true,
	[SG_FIELD_ID_LEDGERS_ROLE_LEDGER] = true,
	[SG_FIELD_ID_LEDGERS_ENGINE_RUN_LEDGER] = true,
	[SG_FIELD_ID_LEDGERS_OUTPUT_LEDGER] = true,
	[SG_FIELD_ID_PATCH_TRACKING_LAST_PATCHSET_ID] = true,
	[SG_FIELD_ID_PATCH_TRACKING_LAST_FILES_CHANGED] = true,
	[SG_FIELD_ID_PATCH_TRACKING_CHANGELOG_REF] = true,
	[SG_FIELD_ID_PATCH_TRACKING_NEXT_POINTER] = true,
	[SG_FIELD_ID_RESUME_RESUME_TARGET] = true,
};

static enum sg_rc refuse_field(
	const struct sg_session *s, const char *section, const char *key, struct sg_err *err)
{
	return sg_err_set(err, SG_REFUSED,
		"cannot adopt '%s': %s.%s was changed, and it is stepgate's to say; type "
		"restore",
		s->name, section, key);
}

/* Names the first field that may not be taken over. */
static enum sg_rc check_adoptable(
	const struct sg_session *s, const struct sg_manifest *found, struct sg_err *err)
{
	const struct sg_manifest *ours = &s->replay.run.manifest;

	for (size_t i = 0; i < SG_FIELD_ID_COUNT; i++) {
		const struct sg_field *field = &sg_manifest_fields[i];
		if (!adoptable[i] && !sg_manifest_field_equal(ours, found, (enum sg_field_id)i))
			return refuse_field(s, field->section_name, field->key, err);
	}
	if (strcmp(ours->engines.run_id, found->engines.run_id) != 0)
		return refuse_field(s, "ENGINE_RUN_LEDGER", "run_id", err);
	return SG_OK;
}

/* --- snapshots --- */

/* Durable under its hash, over whatever a killed process may have left of it. */
static enum sg_rc keep_snapshot(struct sg_session *s, const void *bytes, size_t n_bytes,
	const char **ret_sha256, struct sg_err *err)
{
	char hex[SG_SHA256_HEX_SIZE];
	char path[SG_SNAPSHOT_PATH_SIZE];

	sg_sha256_of(bytes, n_bytes, hex);
	sg_snapshot_path(path, hex);
	const char *sha256 = sg_arena_str(&s->arena, hex);
	if (!sha256)
		return sg_err_set(err, SG_NOMEM, "cannot keep '%s': out of memory", s->name);
	enum sg_rc rc = sg_fs_mkdirs(s->dir, SG_SNAPSHOT_FOLDER, 0755, err);
	/* the folder of one who died before its fsync, perhaps */
	if (rc == SG_OK)
		rc = sg_fs_sync_dir(s->dir, SG_TRACE_FOLDER, err);
	if (rc == SG_OK)
		rc = sg_fs_replace(s->dir, path, bytes, n_bytes, err);
	if (rc == SG_OK)
		*ret_sha256 = sha256;
	return rc;
}

static enum sg_rc keep_instance(struct sg_session *s, const struct sg_manifest *instance,
	const char **ret_sha256, struct sg_err *err)
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf bytes = SG_STRBUF_INIT;

	sg_manifest_write(&bytes, instance);
	if (sg_strbuf_failed(&bytes))
		return sg_err_set(err, SG_NOMEM, "cannot keep '%s': out of memory", s->name);
	return keep_snapshot(s, bytes.bytes, bytes.n_bytes, ret_sha256, err);
}

/* --- adopt --- */

static enum sg_rc adopt_locked(struct sg_session *s, struct sg_event *event, struct sg_err *err)
{
	struct sg_ev_adopt *adopt = &event->u.adopt;
	struct sg_manifest found;
	enum sg_rc rc = sg_disk_read(s, &s->arena, &found, NULL, err);

	if (rc < 0) {
		sg_err_wrap(err, "cannot adopt");
		return rc;
	}
	if (!adopt->whole)
		rc = check_adoptable(s, &found, err);
	if (rc == SG_OK)
		rc = keep_instance(s, &found, &adopt->snapshot, err);
	if (rc < 0)
		return rc;
	adopt->instance = &found;
	rc = sg_apply_locked(s, event, NULL, err);
	adopt->instance = NULL; /* the run holds a copy */
	return rc;
}

/* The event's run must be empty: what stood there was the unproven manifest, for readers. */
static enum sg_rc whole_locked(
	struct sg_session *s, const char *reason, bool tty, struct sg_err *err)
{
	struct sg_event event = {
		.type = SG_EVENT_ADOPT,
		.step = "",
		.by = SG_BY_OPERATOR,
		.tty = tty,
		.u.adopt = {.manifest = s->name, .reason = reason, .whole = true},
	};

	sg_replay_init(&s->replay, s, &s->arena);
	const enum sg_rc rc = adopt_locked(s, &event, err);
	if (rc < 0 && s->end.seq == 0)
		s->disk.stamp.there = false; /* the next look reads it anew */
	if (rc == SG_OK)
		sg_session_note(s, "%s: adopted whole; what it claims is not proven", s->name);
	return rc;
}

enum sg_rc sg_session_adopt_whole(
	struct sg_session *s, const char *reason, bool tty, struct sg_err *err)
{
	SG_CLEANUP(sg_fs_unlock) int lock = -1;
	enum sg_rc rc = SG_OK;

	if (s->read_only)
		return sg_err_set(err, SG_REFUSED, "cannot write: opened for reading only");
	rc = sg_fs_mkdirs(s->dir, SG_TRACE_FOLDER, 0755, err);
	if (rc == SG_OK)
		rc = sg_fs_sync_dir(s->dir, ".", err);
	if (rc == SG_OK)
		rc = sg_session_enter(s, &lock, err);
	/* another process may have been faster */
	if (rc == SG_OK && s->standing == SG_STANDING_NO_TRACE)
		rc = whole_locked(s, reason, tty, err);
	return sg_session_leave(s, rc, lock);
}

static enum sg_rc refuse_answer(
	const struct sg_session *s, const char *verb, bool tty, struct sg_err *err)
{
	if (!tty)
		return sg_err_set(err, SG_REFUSED, "cannot %s: only at a terminal", verb);
	if (s->standing != SG_STANDING_TAMPERED)
		return sg_err_set(err, SG_REFUSED, "cannot %s: '%s' is what the trace says",
			verb, s->name);
	return SG_OK;
}

enum sg_rc sg_session_adopt(
	struct sg_session *s, const char *reason, bool tty, struct sg_err *err)
{
	SG_CLEANUP(sg_fs_unlock) int lock = -1;
	struct sg_event event = {
		.type = SG_EVENT_ADOPT,
		.by = SG_BY_OPERATOR,
		.tty = tty,
		.u.adopt = {.manifest = s->name, .reason = reason},
	};

	sg_session_clear_notes(s);
	if (s->standing == SG_STANDING_NO_TRACE)
		return sg_session_adopt_whole(s, reason, tty, err);
	enum sg_rc rc = sg_session_enter(s, &lock, err);
	if (rc == SG_OK)
		rc = refuse_answer(s, "adopt", tty, err);
	if (rc == SG_OK) {
		event.step = s->replay.run.manifest.step_id;
		rc = adopt_locked(s, &event, err);
	}
	return sg_session_leave(s, rc, lock);
}

/* --- restore --- */

/* Keeps what stands in the file: its instance, or where that cannot be read, all its bytes. */
static enum sg_rc keep_found(struct sg_session *s, const char **ret_sha256, struct sg_err *err)
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf raw = SG_STRBUF_INIT;
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_manifest found;
	enum sg_rc rc = sg_disk_read(s, &arena, &found, &raw, NULL);

	if (rc == SG_OK) {
		rc = keep_instance(s, &found, ret_sha256, err);
	} else if (rc == SG_STORAGE || rc == SG_NOMEM) {
		sg_err_set(err, rc, "cannot restore '%s': cannot read what is there", s->name);
	} else {
		rc = keep_snapshot(s, raw.bytes, raw.n_bytes, ret_sha256, err);
		if (rc == SG_OK && raw.n_bytes > 0)
			sg_session_note(s, "%s: what stood there was kept as %s/%s.yaml",
				s->name, SG_SNAPSHOT_FOLDER, *ret_sha256);
	}
	sg_arena_release(&arena);
	return rc;
}

enum sg_rc sg_session_restore(struct sg_session *s, bool tty, struct sg_err *err)
{
	SG_CLEANUP(sg_fs_unlock) int lock = -1;
	struct sg_event event = {.type = SG_EVENT_RESTORE, .by = SG_BY_OPERATOR, .tty = tty};

	sg_session_clear_notes(s);
	if (s->standing == SG_STANDING_NO_TRACE)
		return sg_err_set(
			err, SG_REFUSED, "cannot restore '%s': it has no trace", s->name);
	enum sg_rc rc = sg_session_enter(s, &lock, err);
	if (rc == SG_OK)
		rc = refuse_answer(s, "restore", tty, err);
	if (rc == SG_OK)
		rc = keep_found(s, &event.u.restore.found, err);
	if (rc == SG_OK) {
		event.step = s->replay.run.manifest.step_id;
		rc = sg_apply_locked(s, &event, NULL, err);
	}
	return sg_session_leave(s, rc, lock);
}

/* --- the difference --- */

enum sg_rc sg_session_tamper_diff(
	struct sg_session *s, struct sg_strbuf *out, struct sg_err *err)
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf raw = SG_STRBUF_INIT;
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf ours = SG_STRBUF_INIT;
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_manifest found;
	enum sg_rc rc = SG_OK;

	if (s->standing != SG_STANDING_TAMPERED)
		return SG_OK;
	const enum sg_rc read_rc = sg_disk_read(s, &arena, &found, &raw, NULL);
	if (read_rc == SG_OK) {
		sg_manifest_diff(out, &s->replay.run.manifest, &found, DIFF_LINES_MAX);
	} else if (read_rc == SG_STORAGE || read_rc == SG_NOMEM) {
		rc = sg_err_set(err, read_rc, "cannot read '%s'", s->name);
	} else {
		sg_strbuf_addf(out, "%s\n", s->standing_text.bytes);
		sg_manifest_write(&ours, &s->replay.run.manifest);
		sg_text_diff(out, "trace", ours.bytes, ours.n_bytes, s->name, raw.bytes,
			raw.n_bytes);
	}
	sg_arena_release(&arena);
	if (rc == SG_OK && (sg_strbuf_failed(out) || sg_strbuf_failed(&ours)))
		rc = sg_err_set(err, SG_NOMEM, "cannot compare '%s': out of memory", s->name);
	return rc;
}
