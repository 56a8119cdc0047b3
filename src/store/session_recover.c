/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a dead process left, made good by the next one that writes.
 *
 * A commit goes: trace line + fdatasync, manifest, file effects. It can stop behind any of
 * these; whoever appends next finishes it first, so at most the last event is ever unfinished.
 * What was read but perhaps never synced is synced before anything is built on it.
 */
#include "store/session_internal.h"

#include <string.h>

#include "base/assert.h"
#include "base/hash.h"
#include "store/changelog.h"
#include "store/pack.h"

/* A reader beside busy writers looks again as long as the trace moves under it. */
#define LOOKS_MAX  1000
#define TRACE_MODE ((mode_t)0644)
#define NOT_DURABLE \
	"not durable, state unknown: a write to the disk could not be confirmed; start again"

/* A manifest without a trace: as it stands, every row CLAIMED because nothing proves it. */
static enum sg_rc look_without_trace(
	struct sg_session *s, bool *ret_changed, struct sg_err *err)
{
	struct sg_stamp stamp;
	struct sg_run *run = &s->replay.run;

	sg_stamp_take(&stamp, s->dir, s->name);
	if (s->disk.stamp.there && sg_stamp_equal(&stamp, &s->disk.stamp) &&
		s->standing == SG_STANDING_NO_TRACE)
		return SG_OK;
	enum sg_rc rc = sg_session_begin_anew(s, err);
	if (rc == SG_OK)
		rc = sg_disk_read(s, &s->arena, &run->manifest, NULL, err);
	if (rc < 0)
		return rc;
	/* what it says of itself is a claim: to the lifecycle there is no run yet */
	run->state = SG_STATE_EMPTY;
	run->manifest_name = s->name;
	s->disk.stamp = stamp;
	*ret_changed = true;
	sg_session_stand(s, SG_STANDING_NO_TRACE, "");
	return SG_OK;
}

/* How many lines the trace has had, as HEAD or this session knows it; 0: there was none. */
static int64_t lines_that_were(const struct sg_session *s)
{
	struct sg_trace_head said;

	sg_trace_read_head(s->dir, &said);
	return said.seq > s->had_seq ? said.seq : s->had_seq;
}

static bool is_poisoned(const struct sg_session *s)
{
	return sg_fs_poisoned() || sg_fs_exists(s->dir, SG_POISON_FILE);
}

enum sg_rc sg_session_look(
	struct sg_session *s, bool *ret_changed, enum sg_disk_state *ret, struct sg_err *err)
{
	int64_t had = 0;

	*ret = SG_DISK_EQUAL;
	for (int looks = 0; looks < LOOKS_MAX; looks++) {
		bool moved = false;
		enum sg_rc rc = sg_session_catch_up(s, &moved, err);
		*ret_changed = *ret_changed || moved;
		if (rc < 0 || s->is_broken)
			return rc;
		if (s->end.seq == 0 && had > 0) {
			sg_session_lose_trace(s, had);
			return SG_OK;
		}
		if (s->end.seq == 0) {
			had = lines_that_were(s);
			if (had == 0)
				return look_without_trace(s, ret_changed, err);
			/* HEAD is written last: a line that came meanwhile is there by now */
			continue;
		}
		/*
		 * Differs from a trace that went on meanwhile: then it may be the newer state.
		 */
		if (looks > 0 && !moved)
			break;
		sg_session_stand(s, SG_STANDING_CLEAN, "");
		rc = sg_disk_compare(s, ret, err);
		if (rc < 0)
			return rc;
		if (*ret != SG_DISK_DIFFERS)
			break;
	}
	if (is_poisoned(s))
		sg_session_stand(s, SG_STANDING_POISONED, NOT_DURABLE);
	return SG_OK;
}

/* --- the effects of one event that are files --- */

static enum sg_rc do_one(
	struct sg_session *s, const struct sg_effect *effect, struct sg_err *err)
{
	if (effect->kind == SG_EFFECT_FINAL)
		return sg_pack_write_final(s->dir, effect->path, effect->bytes, err);
	if (effect->kind == SG_EFFECT_CHANGELOG)
		return sg_changelog_add(s->dir, effect->change_id, effect->bytes, err);
	return SG_OK;
}

enum sg_rc sg_effects_do(
	struct sg_session *s, const struct sg_effects *effects, struct sg_err *err)
{
	for (size_t i = 0; i < effects->n; i++) {
		const enum sg_rc rc = do_one(s, &effects->v[i], err);
		if (rc < 0)
			return rc;
	}
	return SG_OK;
}

/* Of an event that closes a STEP: its effects are all files. */
static const char *path_of(const struct sg_effect *effect)
{
	return effect->kind == SG_EFFECT_FINAL ? effect->path : SG_CHANGELOG_FILE;
}

/* The same for a dead process, saying what had been missing. */
static enum sg_rc redo_effects(struct sg_session *s, struct sg_err *err)
{
	const struct sg_effects *closing = &s->replay.closing;

	for (size_t i = 0; i < closing->n; i++) {
		const struct sg_effect *effect = &closing->v[i];
		const char *path = path_of(effect);
		struct sg_stamp before;
		struct sg_stamp after;
		sg_stamp_take(&before, s->dir, path);
		const enum sg_rc rc = do_one(s, effect, err);
		if (rc < 0)
			return rc;
		sg_stamp_take(&after, s->dir, path);
		if (!sg_stamp_equal(&before, &after))
			sg_session_note(s, "%s: written again, as event %lld says", path,
				(long long)s->replay.closing_seq);
	}
	return SG_OK;
}

static bool effects_may_be_missing(const struct sg_session *s)
{
	return s->replay.closing_seq > 0 && s->replay.closing_seq == s->replay.run.seq;
}

/* --- the trace and the manifest --- */

static enum sg_rc sync_trace(const struct sg_session *s, struct sg_err *err)
{
	SG_CLEANUP(sg_fd_close) int fd = -1;
	enum sg_rc rc = sg_fs_open_append(s->dir, SG_TRACE_FILE, TRACE_MODE, &fd, err);

	if (rc == SG_OK)
		rc = sg_fs_sync_data(fd, SG_TRACE_FILE, err);
	if (rc == SG_OK && s->end.seq == 1)
		rc = sg_fs_sync_dir(s->dir, SG_TRACE_FOLDER, err);
	return rc;
}

/* A folder that is not there has no names to lose. */
static enum sg_rc sync_names(
	const struct sg_session *s, const char *path, struct sg_err *err)
{
	struct sg_err why = SG_ERR_INIT;
	const enum sg_rc rc = sg_fs_sync_dir(s->dir, path, &why);

	if (rc == SG_NOTFOUND)
		return SG_OK;
	sg_err_pass(err, &why);
	return rc;
}

static enum sg_rc cut_torn_line(struct sg_session *s, struct sg_err *err)
{
	SG_CLEANUP(sg_fd_close) int fd = -1;
	enum sg_rc rc = sg_fs_open_append(s->dir, SG_TRACE_FILE, TRACE_MODE, &fd, err);

	if (rc == SG_OK)
		rc = sg_fs_truncate(fd, SG_TRACE_FILE, s->end.good_bytes, err);
	if (rc == SG_OK)
		rc = sg_fs_sync_data(fd, SG_TRACE_FILE, err);
	if (rc < 0)
		return rc;
	sg_session_note(s, "%s: cut %lld bytes of an unfinished line behind line %lld",
		SG_TRACE_FILE, (long long)s->end.torn_bytes, (long long)s->end.seq);
	s->end.tail = SG_TAIL_CLEAN;
	s->end.torn_bytes = 0;
	sg_stamp_take(&s->trace_stamp, s->dir, SG_TRACE_FILE);
	return SG_OK;
}

/*
 * A torn line under a manifest that differs is left: it may be one that was acknowledged and
 * damaged afterwards (or a restore or adopt that was killed at its own line: then nothing was
 * acknowledged). Which of the two cannot be told here: the operator's restore or adopt decides.
 */
static bool tail_to_cut(const struct sg_session *s, enum sg_disk_state state)
{
	return s->end.tail == SG_TAIL_TORN && state != SG_DISK_DIFFERS;
}

bool sg_recover_needed(const struct sg_session *s, enum sg_disk_state state)
{
	return tail_to_cut(s, state) || state == SG_DISK_BEHIND || effects_may_be_missing(s);
}

/* --- poison --- */

void sg_session_poison(const struct sg_session *s)
{
	static const char text[] = NOT_DURABLE "\n";
	SG_CLEANUP(sg_fd_close) int fd = -1;

	/* Not the durable write: on this disk that one takes away what it could not sync. */
	if (s->read_only || sg_fs_exists(s->dir, SG_POISON_FILE) ||
		sg_fs_open_append(s->dir, SG_POISON_FILE, TRACE_MODE, &fd, NULL) < 0)
		return;
	sg_fs_write_all(fd, SG_POISON_FILE, text, sizeof(text) - 1, NULL);
	sg_fs_sync_data(fd, SG_POISON_FILE, NULL);
	sg_fs_sync_dir(s->dir, SG_TRACE_FOLDER, NULL);
}

/* The bytes that were just replayed, read once more: the last line must hash to the head. */
static enum sg_rc read_prefix(struct sg_session *s, struct sg_strbuf *out, struct sg_err *err)
{
	char hex[SG_SHA256_HEX_SIZE];
	const size_t n = (size_t)s->end.good_bytes;
	const enum sg_rc rc = sg_fs_read_beneath(s->dir, SG_TRACE_FILE, SIZE_MAX / 2, out, err);

	if (rc < 0)
		return rc;
	SG_ASSERT(n > 0);
	if (out->n_bytes < n)
		return sg_err_set(err, SG_BROKEN, "the trace became shorter while it was read");
	sg_strbuf_truncate(out, n);
	size_t start = n - 1;
	while (start > 0 && out->bytes[start - 1] != '\n')
		start--;
	sg_sha256_of(out->bytes + start, n - 1 - start, hex);
	if (strcmp(hex, s->end.head) != 0)
		return sg_err_set(err, SG_BROKEN, "the trace changed while it was read");
	return SG_OK;
}

static enum sg_rc write_trace_anew(struct sg_session *s, struct sg_err *err)
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf prefix = SG_STRBUF_INIT;
	enum sg_rc rc = read_prefix(s, &prefix, err);

	if (rc == SG_OK)
		rc = sg_fs_replace(s->dir, SG_TRACE_FILE, prefix.bytes, prefix.n_bytes, err);
	if (rc < 0)
		return rc;
	s->end.tail = SG_TAIL_CLEAN;
	s->end.torn_bytes = 0;
	sg_stamp_take(&s->trace_stamp, s->dir, SG_TRACE_FILE);
	return SG_OK;
}

/* The same bytes under a new name: the old one may never have reached the disk. */
static enum sg_rc renew(struct sg_session *s, const char *path, struct sg_err *err)
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf bytes = SG_STRBUF_INIT;
	const enum sg_rc rc = sg_fs_read_beneath(s->dir, path, SIZE_MAX / 2, &bytes, err);

	return rc < 0 ? rc : sg_fs_replace(s->dir, path, bytes.bytes, bytes.n_bytes, err);
}

static enum sg_rc renew_effects(struct sg_session *s, struct sg_err *err)
{
	const struct sg_effects *closing = &s->replay.closing;
	enum sg_rc rc = SG_OK;

	if (!effects_may_be_missing(s))
		return SG_OK;
	rc = redo_effects(s, err);
	for (size_t i = 0; i < closing->n && rc == SG_OK; i++)
		rc = renew(s, path_of(&closing->v[i]), err);
	return rc;
}

/* The folders that hold what the last STEP made. */
static enum sg_rc sync_folders(struct sg_session *s, struct sg_err *err)
{
	static const char steps[] = SG_TRACE_FOLDER "/steps";
	const char *of_step = sg_arena_printf(
		&s->arena, "%s/%s", steps, s->replay.run.manifest.step_id);

	if (!of_step)
		return sg_err_set(err, SG_NOMEM, "cannot sync: out of memory");
	const char *const folders[] = {
		".", SG_TRACE_FOLDER, SG_SNAPSHOT_FOLDER, steps, of_step};
	enum sg_rc rc = SG_OK;
	for (size_t i = 0; i < SG_ARRAY_SIZE(folders) && rc == SG_OK; i++)
		rc = sync_names(s, folders[i], err);
	return rc;
}

static enum sg_rc rewrite_behind(struct sg_session *s, struct sg_err *err)
{
	enum sg_rc rc = sync_trace(s, err);

	if (rc == SG_OK)
		rc = sg_disk_rewrite(s, err);
	if (rc == SG_OK)
		sg_session_note(
			s, "%s: was behind the trace, written again", s->name);
	return rc;
}

/*
 * Written anew and not only synced, the trace first: of a sync that failed the kernel says
 * nothing to the next process, which would be told OK for what is gone. A damaged line that is
 * left for the operator to judge stays.
 */
static enum sg_rc prove_trace(struct sg_session *s, struct sg_err *err)
{
	return s->end.tail == SG_TAIL_CLEAN ? write_trace_anew(s, err) : sync_trace(s, err);
}

enum sg_rc sg_recover_locked(
	struct sg_session *s, enum sg_disk_state state, bool was_left, struct sg_err *err)
{
	enum sg_rc rc = SG_OK;

	if (tail_to_cut(s, state))
		rc = cut_torn_line(s, err);
	if (rc == SG_OK && was_left)
		rc = prove_trace(s, err);
	if (rc == SG_OK && state == SG_DISK_BEHIND)
		rc = rewrite_behind(s, err);
	else if (rc == SG_OK && was_left && state == SG_DISK_EQUAL)
		rc = sg_disk_rewrite(s, err);
	if (rc == SG_OK && effects_may_be_missing(s))
		rc = was_left ? renew_effects(s, err) : redo_effects(s, err);
	return rc == SG_OK && was_left ? sync_folders(s, err) : rc;
}

enum sg_rc sg_rebuild_locked(struct sg_session *s, struct sg_err *err)
{
	enum sg_disk_state state = SG_DISK_EQUAL;
	bool changed = false;
	enum sg_rc rc = sg_session_load(s, err);

	if (rc == SG_OK)
		rc = sg_session_look(s, &changed, &state, err);
	if (rc < 0 || s->is_broken)
		return rc;
	rc = write_trace_anew(s, err);
	/* The manifest and the effects may be as unsure as the trace was. */
	if (rc == SG_OK && state != SG_DISK_DIFFERS)
		rc = sg_disk_rewrite(s, err);
	if (rc == SG_OK)
		rc = renew_effects(s, err);
	if (rc == SG_OK)
		rc = sg_fs_unlink(s->dir, SG_POISON_FILE, err);
	if (rc == SG_OK)
		rc = sg_fs_sync_dir(s->dir, SG_TRACE_FOLDER, err);
	if (rc < 0)
		return rc;
	sg_session_note(s,
		"a process could not confirm a write: %lld events were verified and "
		"written anew",
		(long long)s->end.seq);
	return sg_session_look(s, &changed, &state, err);
}
