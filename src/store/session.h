/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A run folder in use: the manifest, its trace, and the one way to change them.
 *
 *	struct sg_session *s;
 *	rc = sg_session_open(&s, &options, &err);
 *	const struct sg_run *run = sg_session_run(s);
 *	rc = sg_session_commit(s, &event, &guard, &effects, &err);
 *	sg_session_close(s);
 *
 * Opening reads the trace, replays it, and compares the manifest's instance with the result
 * (SPEC 2.2, RELIABILITY 1). It changes nothing by itself except, when not read-only, under
 * the lock: a torn tail is cut off, a manifest that is behind is rewritten, a missing file
 * effect (FINAL.yaml, changelog entry) is written again; each is said in sg_session_notes().
 * Several processes may have one run open; what another appended is seen by sg_session_refresh
 * and by every commit.
 */
#ifndef STEPGATE_STORE_SESSION_H
#define STEPGATE_STORE_SESSION_H

#include "base/err.h"
#include "base/strbuf.h"
#include "core/reduce.h"
#include "stepgate/trace.h"

#define SG_LOCK_FILE       ".stepgate/LOCK"
#define SG_RUNNER_FILE     ".stepgate/RUNNER"
#define SG_POISON_FILE     ".stepgate/POISONED"
#define SG_SNAPSHOT_FOLDER ".stepgate/snapshots"
#define SG_LOCK_TIMEOUT_MS 5000
#define SG_LATE_BYTES      ((size_t)1 << 20)
#define SG_LATE_MS         250

struct sg_session;

/*
 * How the manifest on disk stands to the trace. NO_TRACE: there never was one. A trace that
 * does not come to the line that .stepgate/HEAD names, or of which no line is left though this
 * session has read it, is BROKEN.
 */
#define SG_STANDING_LIST(X)              \
	X(CLEAN, "clean")                \
	X(NO_TRACE, "no trace")          \
	X(TAMPERED, "MANIFEST_TAMPERED") \
	X(BROKEN, "broken trace")        \
	X(POISONED, "not durable, state unknown")

enum sg_standing {
#define X(id, text) SG_STANDING_##id,
	SG_STANDING_LIST(X)
#undef X
		SG_STANDING_COUNT
};

const char *sg_standing_name(enum sg_standing standing);

struct sg_session_options {
	const char *manifest_path; /* resolved path of the manifest; see sg_session_find */
	bool read_only;            /* never writes, never locks */
	/*
	 * nothing is looked at yet, and nothing repaired: sg_verify_run reads it all by itself
	 */
	bool unread;
	/* a manifest above that may be written late, see sg_session_flush; 0: SG_LATE_BYTES */
	size_t late_bytes;
	int64_t (*now_ms)(void); /* NULL: sg_clock_wall_ms */
};

/*
 * The manifest's path: `given` if not NULL, else `environment` if not NULL and not empty, else
 * RUNTIME_MANIFEST.yaml (or .md) upwards from the working directory. SG_NOTFOUND: none; for
 * `init` the caller then takes "RUNTIME_MANIFEST.yaml" here. out is appended.
 */
enum sg_rc sg_session_find(
	const char *given, const char *environment, struct sg_strbuf *out, struct sg_err *err);

/*
 * SG_NOTFOUND when there is neither manifest nor trace. A manifest that is no YAML while a
 * trace is there is TAMPERED (the session opens). Without a trace it is SG_INPUT with its
 * place.
 */
enum sg_rc sg_session_open(
	struct sg_session **ret, const struct sg_session_options *options, struct sg_err *err);
void sg_session_close(struct sg_session *s); /* NULL is fine */

/*
 * Starts a run: refuses (SG_REFUSED) where a manifest or a trace exists. event: INIT. Then
 * open it.
 */
enum sg_rc sg_session_create(const struct sg_session_options *options,
	const struct sg_event *init, struct sg_err *err);

/*
 * The replayed state; with NO_TRACE the manifest as it stands: state EMPTY, every row CLAIMED.
 * Borrowed until the next call that may change it.
 */
const struct sg_run *sg_session_run(const struct sg_session *s);
enum sg_standing sg_session_standing(const struct sg_session *s);
/* BROKEN: where; TAMPERED: the first sentence. "" otherwise. */
const char *sg_session_standing_text(const struct sg_session *s);
/*
 * What the last call that could did or found ("cut 57 bytes of an unfinished line"), one a
 * line: open, refresh, commit, settle, restore and adopt each begin with an empty list.
 */
const struct sg_strs *sg_session_notes(const struct sg_session *s);
const struct sg_trace_end *sg_session_end(const struct sg_session *s);

/* A descriptor of the manifest's folder; borrowed, as the two texts are. */
int sg_session_dir(const struct sg_session *s);
const char *sg_session_dir_path(const struct sg_session *s);
const char *sg_session_manifest_name(const struct sg_session *s);

/* Reads what others appended and compares the manifest again. ret_changed may be NULL. */
enum sg_rc sg_session_refresh(struct sg_session *s, bool *ret_changed, struct sg_err *err);

/* Asked under the lock, after the refresh, with the state the event would be applied to. */
struct sg_guard {
	enum sg_rc (*check)(void *ctx, const struct sg_run *run, struct sg_err *err);
	void *ctx;
};

/*
 * The commit (RELIABILITY 1): lock, refresh, tamper check, dead runner found (INTERRUPTED is
 * appended first; the event is then refused by the lifecycle if it no longer fits), lifecycle,
 * reduce, append, manifest, file effects, unlock. event: type, step, attempt, by, tty, u
 * filled by the caller; seq, time_ms, prev, manifest are set here. While the manifest is
 * TAMPERED only events by the runner or recorder are appended, and the manifest is left alone.
 * guard, ret_effects may be NULL.
 */
enum sg_rc sg_session_commit(struct sg_session *s, struct sg_event *event,
	const struct sg_guard *guard, struct sg_effects *ret_effects, struct sg_err *err);

/*
 * An ENGINE event of a big manifest is committed by its line in the trace; the manifest follows
 * for several of them at once: with the first event of another kind, with the first that is
 * committed SG_LATE_MS after the oldest of them, or here. Until then it stands at the state of
 * an earlier ENGINE event of the same phase, which every process takes for what it is.
 *
 * Writes what is late, and is cheap when nothing is. What fails here fails again, and is said,
 * with the next commit.
 */
enum sg_rc sg_session_flush(struct sg_session *s, struct sg_err *err);
/* Until sg_session_flush should be called; 0: now, -1: nothing is late. */
int sg_session_flush_wait_ms(const struct sg_session *s);

/*
 * Appends INTERRUPTED where a phase began, has not ended, and its runner is gone. No-op else.
 */
enum sg_rc sg_session_settle(struct sg_session *s, struct sg_err *err);

/* True (readers) when the run is BUSY and no process holds RUNNER. */
bool sg_session_runner_dead(const struct sg_session *s);
/* Held by a process while it runs a phase. SG_BUSY when another holds it. */
enum sg_rc sg_session_runner_lock(struct sg_session *s, struct sg_err *err);
void sg_session_runner_unlock(struct sg_session *s);

/* The difference between the trace's instance and the one on disk, as text; "" when clean. */
enum sg_rc sg_session_tamper_diff(
	struct sg_session *s, struct sg_strbuf *out, struct sg_err *err);
/* Writes the trace's state back (event RESTORE). */
enum sg_rc sg_session_restore(struct sg_session *s, bool tty, struct sg_err *err);
/*
 * Takes over the instance on disk (event ADOPT with a snapshot). Refused, naming the field,
 * when it changes what is stepgate's to say (SPEC 2.2). Without a trace: whole.
 */
enum sg_rc sg_session_adopt(
	struct sg_session *s, const char *reason, bool tty, struct sg_err *err);

/* --- reading the past --- */
typedef enum sg_rc (*sg_session_event_fn)(void *ctx, const struct sg_event *event,
	const char *line, size_t n_bytes, struct sg_err *err);
enum sg_rc sg_session_history(
	struct sg_session *s, sg_session_event_fn fn, void *ctx, struct sg_err *err);
/* The run as it was after event seq, in arena. SG_NOTFOUND when there is no such event. */
enum sg_rc sg_session_run_at(struct sg_session *s, int64_t seq, struct sg_arena *arena,
	struct sg_run *ret, struct sg_err *err);

#endif
