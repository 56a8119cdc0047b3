/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Workloads: the events of the library, one by one, and what recovers from a fault before. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "fault/fault.h"
#include "fault/folders.h"
#include "harness/harness.h"
#include "store/evidence.h"
#include "work.h"

/* --- the library's events --- */

struct sg_session *try_open(const struct run_case *c)
{
	struct sg_session *s = NULL;

	return sg_session_open(&s, &c->options, NULL) == SG_OK ? s : NULL;
}

bool try_commit(struct sg_session *s, struct sg_event event)
{
	struct sg_err err = SG_ERR_INIT;
	const enum sg_rc rc = sg_session_commit(s, &event, NULL, NULL, &err);

	if (proof_options.verbose && rc != SG_OK)
		(void)fprintf(stderr, "%s\n", err.text);
	return rc == SG_OK;
}

void make_nothing_markdown(struct run_case *c)
{
	case_make(c, "RUNTIME_MANIFEST.md");
}

void act_init(const struct run_case *c)
{
	const struct sg_event init = case_init_event();

	if (sg_session_create(&c->options, &init, NULL) != SG_OK)
		return;
	struct sg_session *s = try_open(c);
	if (s)
		try_commit(s, case_step_event("0001"));
	sg_session_close(s);
}

void act_three(const struct run_case *c)
{
	struct sg_session *s = try_open(c);

	if (!s)
		return;
	try_commit(s, case_stop_gap_event(sg_session_run(s)));
	try_commit(s, case_resume_event(sg_session_run(s)));
	try_commit(s, case_next_event(sg_session_run(s), "b.md"));
	sg_session_close(s);
}

/* Two processes would be two sessions as well: each open file has its own lock. */
void act_two_writers(const struct run_case *c)
{
	struct sg_session *a = try_open(c);
	struct sg_session *b = a ? try_open(c) : NULL;

	for (int i = 0; b && i < 2; i++) {
		try_commit(a, case_stop_gap_event(sg_session_run(a)));
		try_commit(b, case_next_event(sg_session_run(b), "b.md"));
		try_commit(b, case_resume_event(sg_session_run(b)));
		try_commit(a, case_next_event(sg_session_run(a), "a.md"));
	}
	sg_session_close(a);
	sg_session_close(b);
}

void act_adopt(const struct run_case *c)
{
	struct sg_session *s = try_open(c);

	if (s && sg_session_adopt(s, "mine", true, NULL) == SG_OK)
		try_commit(s, case_next_event(sg_session_run(s), "b.md"));
	sg_session_close(s);
}

void act_restore(const struct run_case *c)
{
	struct sg_session *s = try_open(c);

	if (s && sg_session_restore(s, true, NULL) == SG_OK)
		try_commit(s, case_next_event(sg_session_run(s), "b.md"));
	sg_session_close(s);
}

void act_next(const struct run_case *c)
{
	struct sg_session *s = try_open(c);

	if (s)
		try_commit(s, case_next_event(sg_session_run(s), "b.md"));
	sg_session_close(s);
}

/* The verdict's report was stored before; here it is the event with its two files. */
void act_verdict(const struct run_case *c)
{
	static const char folder[] = ".stepgate/steps/0001/VAL.1";
	struct sg_session *s = try_open(c);
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_file report = {"VAL_REPORT", "", 0, ""};
	struct sg_event event = {
		.type = SG_EVENT_VERDICT, .step = "0001", .attempt = 1, .by = SG_BY_RUNNER};

	if (s && sg_session_runner_lock(s, NULL) == SG_OK &&
		sg_evidence_begin(sg_session_dir(s), folder, NULL) == SG_OK &&
		sg_evidence_store(sg_session_dir(s), folder, "VAL_REPORT.yaml", "VAL_REPORT",
			"R: 1\n", 5, &arena, &report, NULL) == SG_OK) {
		event.u.verdict = (struct sg_ev_verdict){.report = report,
			.policy = "",
			.pass = true,
			.next_file = "",
			.next_goal = "",
			.next_route = "",
			.next_profile = ""};
		if (try_commit(s, event))
			try_commit(s, case_next_event(sg_session_run(s), "b.md"));
	}
	sg_arena_release(&arena);
	sg_session_close(s);
}

/* A phase whose runner died: the next that writes says so first, in an event of its own. */
void act_settle(const struct run_case *c)
{
	struct sg_session *s = try_open(c);

	if (s && sg_session_settle(s, NULL) == SG_OK)
		try_commit(s, case_resume_event(sg_session_run(s)));
	sg_session_close(s);
}

void act_settle_in_commit(const struct run_case *c)
{
	struct sg_session *s = try_open(c);

	if (s)
		try_commit(s, case_resume_event(sg_session_run(s)));
	sg_session_close(s);
}

/* --- a manifest that is written late --- */

static const char *const engine_keys[] = {"A", "B", "C", "D", "E"};

void make_engines(struct run_case *c)
{
	const struct sg_strs engines = {engine_keys, 5};

	case_start(c, CASE_MANIFEST);
	struct sg_session *s = case_open(c, false);
	case_run_to_orc(s, &engines);
	sg_session_close(s);
}

static bool try_engines(struct sg_session *s, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (!try_commit(s, case_engine_event(s, engine_keys[i])))
			return false;
	return true;
}

/* Three lines share one manifest, then two and what comes behind them do. */
void act_engines(const struct run_case *c)
{
	struct sg_session *s = try_open(c);

	if (s && sg_session_runner_lock(s, NULL) == SG_OK && try_engines(s, 0, 3) &&
		sg_session_flush(s, NULL) == SG_OK && try_engines(s, 3, 5)) {
		sg_session_runner_unlock(s);
		try_commit(s, case_next_event(sg_session_run(s), "b.md"));
	}
	sg_session_close(s);
}

/* The writer ends, and nothing is written any more; another one goes on. */
void act_engines_left(const struct run_case *c)
{
	struct sg_session *s = try_open(c);

	if (s && sg_session_runner_lock(s, NULL) == SG_OK)
		try_engines(s, 0, 4);
	sg_session_close(s);
	s = try_open(c);
	if (s)
		try_commit(s, case_next_event(sg_session_run(s), "b.md"));
	sg_session_close(s);
}

/* --- recovery --- */

void make_damaged(struct run_case *c)
{
	folder_val(c);
	char *behind = case_read(c, CASE_MANIFEST);
	act_verdict(c);
	/* without the event behind the verdict: its files are what is to be recovered */
	char *trace = case_read(c, SG_TRACE_FILE);
	char *last = strrchr(trace, '\n');
	*last = '\0';
	last = strrchr(trace, '\n');
	last[1] = '\0';
	char *torn = sg_t_format("%s{\"seq\":11,\"time", trace);
	case_write(c, SG_TRACE_FILE, torn);
	case_write(c, CASE_MANIFEST, behind);
	free(behind);
	free(trace);
	free(torn);
	char *path = case_path(c, ".stepgate/steps/0001/PACK.1/FINAL.yaml");
	(void)unlink(path);
	free(path);
	path = case_path(c, "CHANGELOG.md");
	(void)unlink(path);
	free(path);
	/* it would know that there was one more line */
	path = case_path(c, ".stepgate/HEAD");
	(void)unlink(path);
	free(path);
	case_write(c, ".RUNTIME_MANIFEST.yaml.tmp.77.0", "SESSI");
}

void make_poisoned(struct run_case *c)
{
	make_damaged(c);
	case_write(c, SG_POISON_FILE, "state unknown\n");
}

/*
 * A sync fails on the way, which ends what this process may write; a new process (so it looks to
 * the library) builds the trace anew and goes on.
 */
static int failing_sync;
static int syncs;
static int (*under_fdatasync)(int fd);
static int (*under_fsync)(int fd);

static int one_fails(int fd, int (*under)(int fd))
{
	if (++syncs != failing_sync)
		return under(fd);
	fault_sync_failed(fd);
	return -1;
}

static int failing_fdatasync(int fd)
{
	return one_fails(fd, under_fdatasync);
}

static int failing_fsync(int fd)
{
	return one_fails(fd, under_fsync);
}

static void poison_at(const struct run_case *c, int at)
{
	const struct sg_fs_calls *whole = sg_fs;
	struct sg_fs_calls failing = *whole;

	under_fsync = whole->fsync;
	under_fdatasync = whole->fdatasync;
	failing.fsync = failing_fsync;
	failing.fdatasync = failing_fdatasync;
	failing_sync = at;
	syncs = 0;
	sg_fs = &failing;
	act_three(c);
	sg_fs = whole;
	sg_fs_poison_clear();
	act_next(c);
}

void act_poison_trace(const struct run_case *c)
{
	poison_at(c, 1);
}

void act_poison_temp(const struct run_case *c)
{
	poison_at(c, 2);
}

void act_poison_folder(const struct run_case *c)
{
	poison_at(c, 3);
}
