/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A run folder for a test: made, filled with events, looked at.
 *
 * A case owns a temporary folder with RUNTIME_MANIFEST.yaml (or another name). Events are of a fixed
 * time. Everything that goes wrong in the setting up fails the test with its sentence.
 */
#ifndef TESTS_UNIT_STORE_RUN_CASE_H
#define TESTS_UNIT_STORE_RUN_CASE_H

#include "store/session.h"

#define CASE_MANIFEST "RUNTIME_MANIFEST.yaml"
#define CASE_TIME_MS  INT64_C(1750000000000)

struct run_case {
	char *folder;   /* absolute; owned */
	char *manifest; /* path; owned */
	struct sg_session_options options;
};

int64_t case_now_ms(void);

/* An empty folder; nothing is created in it. */
void case_make(struct run_case *c, const char *manifest_name);
void case_remove(struct run_case *c);
/* path inside the folder; the caller frees it. */
char *case_path(const struct run_case *c, const char *name);
/* A file of the folder as text ("" where it is missing); the caller frees it. */
char *case_read(const struct run_case *c, const char *name);
void case_write(const struct run_case *c, const char *name, const char *text);
/* Replaces the first `from` in the manifest file by `to`; fails the test where there is none. */
void case_edit(const struct run_case *c, const char *from, const char *to);

struct sg_event case_init_event(void);
struct sg_event case_step_event(const char *step_id);
/* Of the open STEP of run: */
struct sg_event case_stop_gap_event(const struct sg_run *run);
struct sg_event case_resume_event(const struct sg_run *run);
struct sg_event case_begin_event(const struct sg_run *run);
struct sg_event case_next_event(const struct sg_run *run, const char *file);

/* init, and STEP 0001 opened: it awaits ROUTE. The trace has two events. */
void case_start(struct run_case *c, const char *manifest_name);

/*
 * Takes the open STEP of a started case from ROUTE to PASS, with evidence on the disk: SPC, no engines,
 * PACK with a changed file, VAL. The trace then has ten events.
 */
void case_pass(struct sg_session *s);
/* The same up to the beginning of VAL; the session holds RUNNER. */
void case_run_to_val(struct sg_session *s);
/* ROUTE has ended, SPC is awaited and may be by hand; the session holds RUNNER. */
void case_run_to_spc(struct sg_session *s);
/* From ROUTE into ORC, with these engines to run; the session holds RUNNER. */
void case_run_to_orc(struct sg_session *s, const struct sg_strs *engines);
/* The next of them ran, and made nothing. */
struct sg_event case_engine_event(const struct sg_session *s, const char *eng_key);
void case_commit_engine(struct sg_session *s, const char *eng_key);
/* The verdict's event, its report stored; in arena. */
struct sg_event case_verdict_event(struct sg_session *s, struct sg_arena *arena);

/* Opens or fails the test. */
struct sg_session *case_open(const struct run_case *c, bool read_only);
/* Commits or fails the test. */
void case_commit(struct sg_session *s, struct sg_event event);

/*
 * The folder is as it should be after a recovery: it opens CLEAN, the manifest equals the trace,
 * verify finds nothing, opening it again changes no byte. Returns the last event's number.
 */
int64_t case_check_sound(const struct run_case *c);

#endif
