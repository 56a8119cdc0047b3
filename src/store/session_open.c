/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening a run, seeing it change, starting one. */
#include "store/session_internal.h"

#include <string.h>

#include "store/changelog.h"

/*
 * Something is to be repaired: only under the lock, and only if it is still so under the lock.
 */
static enum sg_rc repair(struct sg_session *s, struct sg_err *err)
{
	SG_CLEANUP(sg_fs_unlock) int lock = -1;
	enum sg_disk_state state = SG_DISK_EQUAL;
	bool changed = false;
	enum sg_rc rc = sg_fs_lock(s->dir, SG_LOCK_FILE, SG_LOCK_TIMEOUT_MS, &lock, err);

	if (rc < 0)
		return rc;
	const bool was_left = sg_fs_lock_begin(lock);
	if (sg_fs_exists(s->dir, SG_POISON_FILE)) {
		rc = sg_rebuild_locked(s, err);
	} else {
		rc = sg_session_look(s, &changed, &state, err);
		if (rc == SG_OK && !s->is_broken)
			rc = sg_recover_locked(s, state, was_left, err);
	}
	if (rc == SG_OK) {
		sg_fs_sweep(s->dir, s->name);
		sg_fs_sweep(s->dir, SG_CHANGELOG_FILE);
		sg_fs_lock_finish(lock);
	}
	return rc;
}

/*
 * A file that a killed process had begun lies in the operator's folder: what the STEP changed
 * would name it.
 */
static bool has_begun_files(const struct sg_session *s)
{
	return sg_fs_has_temps(s->dir, s->name) || sg_fs_has_temps(s->dir, SG_CHANGELOG_FILE);
}

/*
 * An event that left the manifest as it was: nothing else shows that its line reached the
 * disk.
 */
static bool last_line_is_unproven(const struct sg_session *s, enum sg_disk_state state)
{
	const struct sg_replay *r = &s->replay;

	return state == SG_DISK_EQUAL && r->has_before &&
	       sg_manifest_equal(&r->before.manifest, &r->run.manifest);
}

static void prove_last_line(struct sg_session *s)
{
	SG_CLEANUP(sg_fd_close) int fd = -1;
	struct sg_err err = SG_ERR_INIT;

	if (sg_fs_open_append(s->dir, SG_TRACE_FILE, 0644, &fd, &err) < 0 ||
		sg_fs_sync_data(fd, SG_TRACE_FILE, &err) < 0)
		sg_session_note(s, "%s", err.text);
}

/* A run on a full or read-only disk opens all the same: what could not be repaired is said. */
static void repair_if_needed(struct sg_session *s, enum sg_disk_state state)
{
	struct sg_err err = SG_ERR_INIT;
	char text[SG_ERR_TEXT_SIZE + SG_ERR_FILE_SIZE];

	if (sg_fs_poisoned() || s->is_broken || s->end.seq == 0)
		return;
	if (sg_fs_exists(s->dir, SG_POISON_FILE) || sg_recover_needed(s, state) ||
		has_begun_files(s) || sg_fs_lock_was_left(s->dir, SG_LOCK_FILE)) {
		if (repair(s, &err) < 0)
			sg_session_note(s, "%s", sg_err_text(&err, text, sizeof(text)));
	} else if (last_line_is_unproven(s, state)) {
		prove_last_line(s);
	}
	if (s->end.tail == SG_TAIL_TORN && s->standing == SG_STANDING_TAMPERED)
		sg_session_note(s,
			"%s: %lld bytes of a damaged line behind line %lld were left: the "
			"manifest does not fit the trace without it",
			SG_TRACE_FILE, (long long)s->end.torn_bytes, (long long)s->end.seq);
	if (sg_fs_poisoned()) {
		sg_session_poison(s);
		sg_session_stand(s, SG_STANDING_POISONED, err.text);
	}
}

enum sg_rc sg_session_open(
	struct sg_session **ret, const struct sg_session_options *options, struct sg_err *err)
{
	struct sg_session *s = NULL;
	enum sg_disk_state state = SG_DISK_EQUAL;
	bool changed = false;
	enum sg_rc rc = sg_session_new(&s, options, err);

	if (rc < 0)
		return rc;
	if (options->unread) {
		*ret = s;
		return SG_OK;
	}
	rc = sg_session_load(s, err);
	if (rc == SG_OK)
		rc = sg_session_look(s, &changed, &state, err);
	if (rc < 0) {
		sg_session_close(s);
		return rc;
	}
	if (!s->read_only)
		repair_if_needed(s, state);
	*ret = s;
	return SG_OK;
}

enum sg_rc sg_session_refresh(struct sg_session *s, bool *ret_changed, struct sg_err *err)
{
	const enum sg_standing before = s->standing;
	enum sg_disk_state state = SG_DISK_EQUAL;
	bool changed = false;

	sg_session_clear_notes(s);
	sg_session_free_retired(s);
	const enum sg_rc rc = sg_session_look(s, &changed, &state, err);
	if (rc == SG_OK && ret_changed)
		*ret_changed = changed || s->standing != before;
	return rc;
}

/* --- the first event --- */

/* The folders of a run, durable: the trace is only as safe as the names that lead to it. */
static enum sg_rc make_folders(struct sg_session *s, struct sg_err *err)
{
	enum sg_rc rc = sg_fs_mkdirs(s->dir, SG_TRACE_FOLDER, 0755, err);

	/* made by one who died before its fsync, perhaps */
	if (rc == SG_OK)
		rc = sg_fs_sync_dir(s->dir, ".", err);
	return rc;
}

static enum sg_rc refuse_what_is_there(struct sg_session *s, struct sg_err *err)
{
	enum sg_rc rc = SG_OK;

	if (sg_fs_exists(s->dir, s->name))
		return sg_err_set(
			err, SG_REFUSED, "cannot init: '%s' is there already", s->name);
	rc = sg_session_load(s, err);
	if (rc == SG_OK && (s->is_broken || s->end.seq > 0))
		rc = sg_err_set(err, SG_REFUSED, "cannot init: a trace is there already: '%s'",
			SG_TRACE_FILE);
	if (rc < 0 || !sg_fs_exists(s->dir, SG_POISON_FILE))
		return rc;
	/*
	 * An init that could not sync: nothing of it counts, and its file is not to be
	 * trusted.
	 */
	rc = sg_fs_unlink(s->dir, SG_TRACE_FILE, err);
	if (rc == SG_OK)
		rc = sg_fs_unlink(s->dir, SG_POISON_FILE, err);
	if (rc == SG_OK)
		rc = sg_fs_sync_dir(s->dir, SG_TRACE_FOLDER, err);
	return rc;
}

static enum sg_rc create(struct sg_session *s, const struct sg_event *init, struct sg_err *err)
{
	SG_CLEANUP(sg_fs_unlock) int lock = -1;
	struct sg_event event = *init;
	enum sg_rc rc = SG_OK;

	if (sg_fs_exists(s->dir, s->name))
		return refuse_what_is_there(s, err);
	rc = make_folders(s, err);
	if (rc == SG_OK)
		rc = sg_fs_lock(s->dir, SG_LOCK_FILE, SG_LOCK_TIMEOUT_MS, &lock, err);
	if (rc == SG_OK)
		rc = refuse_what_is_there(s, err);
	if (rc < 0)
		return rc;
	event.u.init.manifest = s->name;
	(void)sg_fs_lock_begin(lock);
	rc = sg_apply_locked(s, &event, NULL, err);
	if (rc == SG_OK)
		sg_fs_lock_finish(lock);
	return rc;
}

enum sg_rc sg_session_create(const struct sg_session_options *options,
	const struct sg_event *init, struct sg_err *err)
{
	struct sg_session *s = NULL;

	if (sg_fs_poisoned())
		return sg_err_set(err, SG_STORAGE, "cannot init: not durable, state unknown");
	enum sg_rc rc = sg_session_new(&s, options, err);
	if (rc < 0)
		return rc;
	rc = create(s, init, err);
	if (sg_fs_poisoned())
		sg_session_poison(s);
	sg_session_close(s);
	return rc;
}
