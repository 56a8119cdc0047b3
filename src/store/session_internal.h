/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the parts of the session share and nobody else includes.
 *
 * session.c: where it is and what it says of itself. session_replay.c: trace -> run.
 * session_disk.c: the manifest file against the run. session_recover.c: what a dead process
 * left. session_open.c: open, refresh, create. session_commit.c: the one way to change a run.
 * session_adopt.c: the operator's two answers to MANIFEST_TAMPERED.
 *
 * "Locked" in a name means: the caller holds LOCK, and what others appended has been read.
 */
#ifndef STEPGATE_STORE_SESSION_INTERNAL_H
#define STEPGATE_STORE_SESSION_INTERNAL_H

#include <time.h>

#include "base/arena.h"
#include "base/fs.h"
#include "base/strbuf.h"
#include "format/manifest_image.h"
#include "format/manifest_io.h"
#include "store/session.h"
#include "store/trace_io.h"

/* A file as it was when last looked at: equal means nobody touched it. */
struct sg_stamp {
	bool there;
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime;
	struct timespec ctime;
};

/*
 * Replaying events onto a run. before is the run one event earlier: a crash between the commit
 * point and the manifest leaves that state in the manifest. All values live in arena.
 */
struct sg_replay {
	int dir;
	const char *manifest_name; /* the name that the first event must give; borrowed */
	struct sg_arena *arena;    /* borrowed */
	struct sg_run run;
	struct sg_run before;
	bool has_before;
	struct sg_effects closing; /* file effects of the last event that had any */
	int64_t closing_seq;       /* of that event; 0: none */
	int64_t n_engines;         /* how many of the last events are ENGINE events */
	int64_t n_late;            /* how many a manifest that is written late may lack */
	/* of the last event: data.manifest, and the digest of the instance that it replaced */
	char said[SG_SHA256_HEX_SIZE];
	char replaced[SG_SHA256_HEX_SIZE];
};

/* The manifest file as this session last knew it. */
struct sg_disk {
	bool known; /* the image's bytes are the file's, and equal the run at seq */
	int64_t seq;
	struct sg_image image; /* also of a file that is about to be written */
	struct sg_stamp stamp; /* trusted instead of reading when trusted is set */
	bool trusted;
	int64_t late_ns;       /* monotonic: since when we let it be behind; 0: it is not */
	struct sg_strbuf host; /* Markdown: the file's bytes at the last look; owned */
	struct sg_manifest_source source;
};

/*
 * Sees each event right behind its replay, with the run as it is then; its error ends the scan.
 */
typedef enum sg_rc (*sg_replay_observer)(void *ctx, const struct sg_event *event,
	const struct sg_effects *effects, struct sg_err *err);

struct sg_session {
	char *dir_path; /* absolute; owned */
	char *name;     /* owned */
	int dir;
	bool read_only;
	size_t late_bytes;
	int64_t (*now_ms)(void);
	struct sg_arena arena; /* the replay and everything of it */
	/* arenas of replays that were begun anew; a caller's event may still point into them */
	struct sg_arena *retired; /* owned */
	size_t n_retired;
	struct sg_replay replay;
	struct sg_trace_end end;
	int64_t had_seq; /* what end.seq was at most before it was loaded anew */
	struct sg_stamp trace_stamp;
	bool is_broken;             /* standing_text says where */
	bool is_broken_event;       /* the line was good, its event was not */
	sg_replay_observer observe; /* NULL: nobody looks on */
	void *observe_ctx;
	struct sg_disk disk;
	char digest[SG_SHA256_HEX_SIZE]; /* data.manifest of the event that is committed */
	enum sg_standing standing;
	struct sg_strbuf standing_text;
	struct sg_arena note_arena;
	struct sg_strs_builder note_builder;
	struct sg_strs notes;
	int runner_lock;
};

/* How the manifest file stands to the run. LATE: it is behind, as this session left it. */
enum sg_disk_state { SG_DISK_EQUAL, SG_DISK_LATE, SG_DISK_BEHIND, SG_DISK_DIFFERS };

/* --- session.c --- */
enum sg_rc sg_session_new(
	struct sg_session **ret, const struct sg_session_options *options, struct sg_err *err);
void sg_session_note(struct sg_session *s, const char *format, ...) SG_PRINTF(2, 3);
void sg_session_clear_notes(struct sg_session *s);
void sg_session_stand(struct sg_session *s, enum sg_standing standing, const char *text);
void sg_stamp_take(struct sg_stamp *ret, int dir, const char *path);
void sg_stamp_of(struct sg_stamp *ret, const struct stat *st);
bool sg_stamp_equal(const struct sg_stamp *a, const struct sg_stamp *b);

/* --- session_replay.c --- */
void sg_replay_init(struct sg_replay *r, const struct sg_session *s, struct sg_arena *arena);
/*
 * Applies one event of the trace. SG_BROKEN when no such event can stand there; SG_REFUSED
 * when the first event names another manifest. ret_effects may be NULL.
 */
enum sg_rc sg_replay_event(struct sg_replay *r, const struct sg_event *event,
	struct sg_effects *ret_effects, struct sg_err *err);
/* The step behind sg_reduce, for a replayed event and for a fresh one alike. */
void sg_replay_advance(struct sg_replay *r, const struct sg_event *event,
	const struct sg_run *next, const struct sg_effects *effects);
/*
 * Whether the manifest was this at one of the events from `from` to the present one: by
 * replaying the trace once more, for the rare case that nothing cheaper tells.
 */
enum sg_rc sg_session_was(struct sg_session *s, int64_t from,
	const struct sg_manifest *manifest, bool *ret, struct sg_err *err);
/* The path of the snapshot with this sha256. */
#define SG_SNAPSHOT_PATH_SIZE (sizeof(SG_SNAPSHOT_FOLDER "/.yaml") + SG_SHA256_HEX_SIZE)
void sg_snapshot_path(char ret[SG_SNAPSHOT_PATH_SIZE], const char *sha256);
/* Sets the run aside and begins an empty one; what the old one lent out stays until refresh. */
enum sg_rc sg_session_begin_anew(struct sg_session *s, struct sg_err *err);
void sg_session_free_retired(struct sg_session *s);
/*
 * From the start into a fresh arena; a broken trace leaves its good prefix and is_broken. One
 * that ends before the line that HEAD names, or in another line of that number, is broken.
 */
enum sg_rc sg_session_load(struct sg_session *s, struct sg_err *err);
/* Reads on from where the last scan ended. A broken trace is a standing, not a failure. */
enum sg_rc sg_session_read_on(struct sg_session *s, struct sg_err *err);
/* BROKEN at that line, as text says. */
void sg_session_break(struct sg_session *s, int64_t line, const struct sg_strbuf *text);
/*
 * BROKEN: there was a trace of n_lines lines, and now there is none. Nothing may be appended to
 * a new one in its place, and no manifest be adopted over it.
 */
void sg_session_lose_trace(struct sg_session *s, int64_t n_lines);
/* What others appended since. Loads anew when the trace is another file or shorter. */
enum sg_rc sg_session_catch_up(struct sg_session *s, bool *ret_changed, struct sg_err *err);

/* --- session_disk.c --- */
/* Compares the file with the run; sets the standing text when it differs. */
enum sg_rc sg_disk_compare(struct sg_session *s, enum sg_disk_state *ret, struct sg_err *err);
/*
 * The bytes of the file that would hold m, in the image; the host as sg_disk_compare last saw
 * it. Until they are written nothing is known of the file. m is borrowed as by sg_image_set.
 */
enum sg_rc sg_disk_prepare(
	struct sg_session *s, const struct sg_manifest *m, struct sg_err *err);
/* Writes the prepared bytes durably; they hold the run as it is now. */
enum sg_rc sg_disk_write(struct sg_session *s, struct sg_err *err);
/* prepare and write of the run as it is now. */
enum sg_rc sg_disk_rewrite(struct sg_session *s, struct sg_err *err);
/*
 * The file's instance, strictly read into arena. raw (may be NULL) gets the file's bytes even
 * where they are no instance. SG_NOTFOUND: no file. SG_INPUT, SG_LIMIT: no instance, err says
 * where.
 */
enum sg_rc sg_disk_read(struct sg_session *s, struct sg_arena *arena, struct sg_manifest *ret,
	struct sg_strbuf *raw, struct sg_err *err);
void sg_disk_forget(struct sg_session *s);
bool sg_disk_is_markdown_name(const char *name);

/* --- session_recover.c --- */
/* Trace and file once more, until neither moved under us; sets the standing. No lock needed. */
enum sg_rc sg_session_look(
	struct sg_session *s, bool *ret_changed, enum sg_disk_state *ret, struct sg_err *err);
/*
 * Cuts a torn tail, rewrites a manifest that is behind, does the file effects of the last
 * event.
 */
enum sg_rc sg_recover_locked(
	struct sg_session *s, enum sg_disk_state state, bool was_left, struct sg_err *err);
/*
 * True when sg_recover_locked would find something to do, as far as can be seen without the
 * lock.
 */
bool sg_recover_needed(const struct sg_session *s, enum sg_disk_state state);
/* A process could not sync: the verified prefix into a new file, over the old one. */
enum sg_rc sg_rebuild_locked(struct sg_session *s, struct sg_err *err);
enum sg_rc sg_effects_do(
	struct sg_session *s, const struct sg_effects *effects, struct sg_err *err);
/* Leaves POISONED for the other processes, as well as it can. */
void sg_session_poison(const struct sg_session *s);

/* --- session_commit.c --- */
/* Takes LOCK, reads what others appended, recovers. On success *ret_lock is to be unlocked. */
enum sg_rc sg_session_enter(struct sg_session *s, int *ret_lock, struct sg_err *err);
/* Last thing of every way in: a sync that failed on the way poisons the run. Returns rc. */
enum sg_rc sg_session_leave(struct sg_session *s, enum sg_rc rc, int lock);
/* Lifecycle, reduce, append, manifest, effects; the caller has entered. */
enum sg_rc sg_apply_locked(struct sg_session *s, struct sg_event *event,
	struct sg_effects *ret_effects, struct sg_err *err);

/* --- session_adopt.c --- */
/* A manifest without a trace becomes a run: the folders, then ADOPT whole. */
enum sg_rc sg_session_adopt_whole(
	struct sg_session *s, const char *reason, bool tty, struct sg_err *err);

#endif
