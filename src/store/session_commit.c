/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The commit: the one way in which a run changes.
 *
 *	LOCK, read what others appended, finish what a dead process left, decide;
 *	append + fdatasync                       <- the commit point
 *	manifest: temp, fsync, rename, fsync folder; file effects; unlock
 *
 * All that can fail for lack of memory is done before the commit point. What fails behind it is
 * reported, but the event stands: whoever comes next finishes it (session_recover.c).
 */
#include "store/session_internal.h"

#include <string.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/hash.h"
#include "core/lifecycle.h"

#define NS_PER_MS INT64_C(1000000)

static enum sg_rc refuse_poisoned(struct sg_session *s, struct sg_err *err)
{
	static const char text[] =
		"not durable, state unknown: nothing more is written by this "
		"process; start again";

	if (sg_fs_poisoned())
		sg_session_poison(s);
	sg_session_stand(s, SG_STANDING_POISONED, text);
	return sg_err_set(err, SG_STORAGE, "%s", text);
}

enum sg_rc sg_session_enter(struct sg_session *s, int *ret_lock, struct sg_err *err)
{
	SG_CLEANUP(sg_fs_unlock) int lock = -1;
	enum sg_disk_state state = SG_DISK_EQUAL;
	bool changed = false;

	if (s->read_only)
		return sg_err_set(err, SG_REFUSED, "cannot write: opened for reading only");
	if (sg_fs_poisoned())
		return refuse_poisoned(s, err);
	enum sg_rc rc = sg_fs_lock(s->dir, SG_LOCK_FILE, SG_LOCK_TIMEOUT_MS, &lock, err);
	if (rc < 0)
		return rc;
	if (sg_fs_exists(s->dir, SG_POISON_FILE))
		return refuse_poisoned(s, err);
	const bool was_left = sg_fs_lock_begin(lock);
	rc = sg_session_look(s, &changed, &state, err);
	if (rc == SG_OK && s->is_broken)
		rc = sg_err_set(err, SG_BROKEN, "cannot write: %s", s->standing_text.bytes);
	if (rc == SG_OK && s->end.seq > 0)
		rc = sg_recover_locked(s, state, was_left, err);
	if (rc < 0)
		return rc;
	*ret_lock = lock;
	lock = -1;
	return SG_OK;
}

/* --- one event --- */

struct prepared {
	struct sg_run next;
	struct sg_effects effects;
	bool write_manifest; /* the bytes are in the image */
	bool late;           /* the manifest is written with a later event */
};

/*
 * While somebody else's edit stands in the manifest, only the operator's answer may overwrite
 * it.
 */
static bool leaves_manifest_alone(const struct sg_session *s, const struct sg_event *event)
{
	return s->standing == SG_STANDING_TAMPERED && event->type != SG_EVENT_ADOPT &&
	       event->type != SG_EVENT_RESTORE;
}

static bool file_is_as_wanted(
	const struct sg_session *s, const struct sg_event *event, const struct sg_run *next)
{
	return event->type != SG_EVENT_ADOPT && event->type != SG_EVENT_RESTORE &&
	       s->disk.known && s->disk.seq == s->replay.run.seq &&
	       sg_manifest_equal(&s->replay.run.manifest, &next->manifest);
}

static int64_t late_for_ns(const struct sg_session *s)
{
	return s->disk.late_ns ? sg_clock_mono_ns() - s->disk.late_ns : 0;
}

/* Only one more row of a manifest whose file costs far more than its line. */
static bool may_be_late(const struct sg_session *s, const struct sg_event *event)
{
	const struct sg_disk *disk = &s->disk;

	if (event->type != SG_EVENT_ENGINE)
		return false;
	/* whoever entered has read the file, or written it again */
	SG_ASSERT(disk->known);
	return disk->image.bytes.n_bytes > s->late_bytes &&
	       late_for_ns(s) < SG_LATE_MS * NS_PER_MS;
}

/* data.manifest, and the bytes of the file; often they are the same bytes. */
static enum sg_rc prepare_manifest(
	struct sg_session *s, struct sg_event *event, struct prepared *p, struct sg_err *err)
{
	enum sg_rc rc = SG_OK;

	s->digest[0] = '\0';
	p->write_manifest =
		!leaves_manifest_alone(s, event) && !file_is_as_wanted(s, event, &p->next);
	p->late = p->write_manifest && may_be_late(s, event);
	p->write_manifest = p->write_manifest && !p->late;
	if (p->write_manifest)
		rc = sg_disk_prepare(s, &p->next.manifest, err);
	if (rc < 0)
		return rc;
	if (sg_event_ends_phase(event->type)) {
		if (p->write_manifest && !s->disk.source.markdown)
			sg_image_digest(&s->disk.image, s->digest);
		else
			rc = sg_manifest_digest(&p->next.manifest, s->digest);
	}
	event->manifest = s->digest;
	if (rc < 0)
		return sg_err_set(err, SG_NOMEM, "cannot record the event: out of memory");
	return SG_OK;
}

/* Everything up to the commit point but the append; changes nothing of the run. */
static enum sg_rc prepare(
	struct sg_session *s, struct sg_event *event, struct prepared *p, struct sg_err *err)
{
	event->seq = s->end.seq + 1;
	event->time_ms = s->now_ms();
	event->prev = sg_arena_str(&s->arena, s->end.head);
	event->manifest = "";
	if (!event->step)
		event->step = "";
	if (!event->prev)
		return sg_err_set(err, SG_NOMEM, "cannot record the event: out of memory");
	enum sg_rc rc = sg_lifecycle_check(&s->replay.run, event, err);
	if (rc < 0)
		return rc;
	rc = sg_reduce(&s->arena, &s->replay.run, event, &p->next, &p->effects);
	if (rc < 0)
		return sg_err_set(err, SG_NOMEM, "cannot record the event: out of memory");
	return prepare_manifest(s, event, p, err);
}

enum sg_rc sg_apply_locked(struct sg_session *s, struct sg_event *event,
	struct sg_effects *ret_effects, struct sg_err *err)
{
	struct prepared p = {.late = false};
	const bool file_was_right = s->disk.known && s->disk.seq == s->replay.run.seq;
	enum sg_rc rc = prepare(s, event, &p, err);

	if (rc == SG_OK)
		rc = sg_trace_append(s->dir, &s->end, event, err);
	if (rc < 0)
		return rc;
	sg_replay_advance(&s->replay, event, &p.next, &p.effects);
	sg_stamp_take(&s->trace_stamp, s->dir, SG_TRACE_FILE);
	if (p.write_manifest) {
		rc = sg_disk_write(s, err);
		if (rc == SG_OK)
			sg_session_stand(s, SG_STANDING_CLEAN, "");
	} else if (p.late) {
		if (!s->disk.late_ns)
			s->disk.late_ns = sg_clock_mono_ns();
	} else if (file_was_right) {
		s->disk.seq = p.next.seq;
	}
	if (rc == SG_OK)
		rc = sg_effects_do(s, &p.effects, err);
	if (rc < 0) {
		sg_err_wrap(err, "event %lld (%s) is in the trace, but", (long long)event->seq,
			sg_event_name(event->type));
		return rc;
	}
	if (ret_effects)
		*ret_effects = p.effects;
	return SG_OK;
}

/* --- dead runners --- */

static enum sg_rc append_interrupted(struct sg_session *s, struct sg_err *err)
{
	const struct sg_run *run = &s->replay.run;
	const char *reason = sg_arena_printf(&s->arena,
		"RUNNER: %s: expected the end of attempt %d, found its runner gone", run->phase,
		run->phase_attempt);
	struct sg_event event = {
		.type = SG_EVENT_STOP_GAP,
		.step = run->manifest.step_id,
		.attempt = run->phase_attempt,
		.by = SG_BY_RECORDER,
		.u.stop_gap = {.code = SG_CODE_INTERRUPTED,
			.phase = run->phase,
			.reason = reason,
			.fix = "resume"},
	};

	/* without memory for the reason there is none for the event either: it is refused */
	const enum sg_rc rc = sg_apply_locked(s, &event, NULL, err);
	if (rc == SG_OK)
		sg_session_note(
			s, "%s was interrupted: its runner is gone", event.u.stop_gap.phase);
	return rc;
}

/*
 * Not while the manifest is TAMPERED: the operator has to answer that first, and an answer can
 * only be judged against the state that the manifest was edited in.
 */
static enum sg_rc settle_locked(struct sg_session *s, struct sg_err *err)
{
	if (s->standing != SG_STANDING_CLEAN || !sg_session_runner_dead(s))
		return SG_OK;
	return append_interrupted(s, err);
}

enum sg_rc sg_session_leave(struct sg_session *s, enum sg_rc rc, int lock)
{
	if (sg_fs_poisoned()) {
		sg_session_poison(s);
		sg_session_stand(s, SG_STANDING_POISONED, "not durable, state unknown");
	} else if (lock >= 0 && rc != SG_STORAGE && rc != SG_NOMEM) {
		sg_fs_lock_finish(lock);
	}
	return rc;
}

enum sg_rc sg_session_settle(struct sg_session *s, struct sg_err *err)
{
	SG_CLEANUP(sg_fs_unlock) int lock = -1;
	enum sg_rc rc = SG_OK;

	if (!sg_session_runner_dead(s))
		return SG_OK;
	sg_session_clear_notes(s);
	rc = sg_session_enter(s, &lock, err);
	if (rc == SG_OK)
		rc = settle_locked(s, err);
	return sg_session_leave(s, rc, lock);
}

/* --- commit --- */

static enum sg_rc refuse_tampered(
	const struct sg_session *s, const struct sg_event *event, struct sg_err *err)
{
	if (s->standing != SG_STANDING_TAMPERED || event->by != SG_BY_OPERATOR)
		return SG_OK;
	return sg_err_set(err, SG_TAMPERED,
		"MANIFEST_TAMPERED: %s: type restore, or adopt \"reason\"",
		s->standing_text.bytes);
}

static enum sg_rc commit_locked(struct sg_session *s, struct sg_event *event,
	const struct sg_guard *guard, struct sg_effects *ret_effects, struct sg_err *err)
{
	enum sg_rc rc = refuse_tampered(s, event, err);

	if (rc == SG_OK)
		rc = settle_locked(s, err);
	if (rc == SG_OK && guard)
		rc = guard->check(guard->ctx, &s->replay.run, err);
	if (rc == SG_OK)
		rc = sg_apply_locked(s, event, ret_effects, err);
	return rc;
}

enum sg_rc sg_session_commit(struct sg_session *s, struct sg_event *event,
	const struct sg_guard *guard, struct sg_effects *ret_effects, struct sg_err *err)
{
	SG_CLEANUP(sg_fs_unlock) int lock = -1;
	enum sg_rc rc = SG_OK;

	sg_session_clear_notes(s);
	if (s->standing == SG_STANDING_NO_TRACE)
		rc = sg_session_adopt_whole(
			s, "the first command that writes", event->tty, err);
	if (rc == SG_OK)
		rc = sg_session_enter(s, &lock, err);
	if (rc == SG_OK)
		rc = commit_locked(s, event, guard, ret_effects, err);
	return sg_session_leave(s, rc, lock);
}

/* --- what is late --- */

int sg_session_flush_wait_ms(const struct sg_session *s)
{
	if (!s->disk.late_ns)
		return -1;
	const int64_t left_ns = SG_LATE_MS * NS_PER_MS - late_for_ns(s);

	return left_ns > 0 ? (int)((left_ns + NS_PER_MS - 1) / NS_PER_MS) : 0;
}

enum sg_rc sg_session_flush(struct sg_session *s, struct sg_err *err)
{
	SG_CLEANUP(sg_fs_unlock) int lock = -1;

	if (!s->disk.late_ns)
		return SG_OK;
	enum sg_rc rc = sg_session_enter(s, &lock, err);
	if (rc == SG_OK && s->disk.late_ns)
		rc = sg_disk_rewrite(s, err);
	return sg_session_leave(s, rc, lock);
}
