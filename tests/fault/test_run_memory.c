/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every way into a run, with each of its allocations failing, once and with all behind it: what was
 * acknowledged stands, nothing else is half there, and what only reads changes nothing.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "fault.h"
#include "folders.h"
#include "harness/harness.h"
#include "memory.h"
#include "store/session_internal.h"
#include "store/verify.h"
#include "unit/store/run_case.h"

#define POINTS_MAX 9000
#define STRIDE     11

/* The point that is being tried; empty when all went well. */
static char where[128];

static void without_syncs(void)
{
	fault_skip_syncs();
}

static void say_where(void)
{
	if (where[0] != '\0')
		fprintf(stderr, "the point: %s\n", where);
}

TestSuite(run_memory, .init = without_syncs, .fini = say_where);

static void folder_nothing_markdown(struct run_case *c)
{
	case_make(c, "RUNTIME_MANIFEST.md");
}

static struct {
	int at;
	bool for_good;
} point;

/* Where what is tested begins; it has ended when the way returns. */
static void arm(void)
{
	memory_arm(point.at, point.for_good);
}

struct way {
	const char *name;
	void (*prepare)(struct run_case *c);
	int (*act)(const struct run_case *c); /* returns how many events were acknowledged */
	int extra;			      /* events that may stand there unacknowledged */
	bool may_be_empty;
	bool may_stay_tampered;
};

/* --- what is done --- */

/* What fails says why, and it is the memory. */
static int acknowledged(enum sg_rc rc, const struct sg_err *err)
{
	if (rc == SG_OK)
		return 1;
	cr_assert(rc == SG_NOMEM || rc == SG_STORAGE, "%s: %d: %s", where, (int)rc, err->text);
	cr_assert_neq(err->text[0], '\0', "%s: nothing is said", where);
	return 0;
}

/* Full, so that the next text in it needs memory. */
static void fill(struct sg_arena *arena)
{
	memory_arm(1, true);
	while (sg_arena_alloc(arena, 1))
		;
	while (!arena->failed)
		(void)sg_arena_str(arena, "");
	memory_disarm();
	arena->failed = false;
}

static struct sg_session *try_open(const struct run_case *c)
{
	struct sg_session *s = NULL;
	struct sg_err err = SG_ERR_INIT;

	arm();
	(void)acknowledged(sg_session_open(&s, &c->options, &err), &err);
	return s;
}

static int act_init(const struct run_case *c)
{
	const struct sg_event init = case_init_event();
	struct sg_err err = SG_ERR_INIT;

	arm();
	return acknowledged(sg_session_create(&c->options, &init, &err), &err);
}

static int act_commits(const struct run_case *c)
{
	struct sg_err err = SG_ERR_INIT;
	struct sg_session *s = try_open(c);
	int n = 0;

	if (!s)
		return 0;
	struct sg_event event = case_stop_gap_event(sg_session_run(s));
	n += acknowledged(sg_session_commit(s, &event, NULL, NULL, &err), &err);
	sg_err_clear(&err);
	event = case_next_event(sg_session_run(s), "b.md");
	n += acknowledged(sg_session_commit(s, &event, NULL, NULL, &err), &err);
	sg_session_close(s);
	return n;
}

static int act_adopt(const struct run_case *c)
{
	struct sg_err err = SG_ERR_INIT;
	struct sg_session *s = try_open(c);
	const int n = s ? acknowledged(sg_session_adopt(s, "mine", true, &err), &err) : 0;

	sg_session_close(s);
	return n;
}

static int act_restore(const struct run_case *c)
{
	struct sg_err err = SG_ERR_INIT;
	struct sg_session *s = try_open(c);
	const int n = s ? acknowledged(sg_session_restore(s, true, &err), &err) : 0;

	sg_session_close(s);
	return n;
}

static int act_next(const struct run_case *c)
{
	struct sg_err err = SG_ERR_INIT;
	struct sg_session *s = try_open(c);
	int n = 0;

	if (!s)
		return 0;
	struct sg_event event = case_next_event(sg_session_run(s), "b.md");
	n = acknowledged(sg_session_commit(s, &event, NULL, NULL, &err), &err);
	sg_session_close(s);
	return n;
}

/* With no room left in what a session has. */
static int act_full(const struct run_case *c)
{
	struct sg_err err = SG_ERR_INIT;
	struct sg_session *s = case_open(c, false);

	fill(&s->arena);
	arm();
	const int n = sg_session_standing(s) == SG_STANDING_TAMPERED
			      ? acknowledged(sg_session_restore(s, true, &err), &err)
			      : acknowledged(sg_session_settle(s, &err), &err);
	sg_session_close(s);
	return n;
}

/* The verdict with its two files: the commit alone. */
static int act_verdict(const struct run_case *c)
{
	struct sg_err err = SG_ERR_INIT;
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_session *s = case_open(c, false);

	cr_assert_eq(sg_session_runner_lock(s, &err), SG_OK);
	struct sg_event event = case_verdict_event(s, &arena);
	arm();
	const int n = acknowledged(sg_session_commit(s, &event, NULL, NULL, &err), &err);
	sg_session_close(s);
	sg_arena_release(&arena);
	return n;
}

static int act_settle(const struct run_case *c)
{
	struct sg_err err = SG_ERR_INIT;
	struct sg_session *s = case_open(c, false);

	arm();
	const int n = acknowledged(sg_session_settle(s, &err), &err);
	sg_session_close(s);
	return n;
}

static void folder_late(struct run_case *c)
{
	folder_started(c);
	c->options.late_bytes = 1; /* every manifest counts as a big one */
}

/* Two engines whose rows are late; the session stays open. */
static struct sg_session *late_session;

static int act_late_rows(const struct run_case *c)
{
	static const char *const keys[] = {"ENG.A", "ENG.B"};
	struct sg_err err = SG_ERR_INIT;
	int n = 0;

	struct sg_session *s = case_open(c, false);
	case_run_to_orc(s, &(struct sg_strs){keys, 2});
	arm();
	for (size_t i = 0; i < 2; i++) {
		/* the first again, where it was not taken */
		const size_t next = sg_session_run(s)->manifest.engines.entries.n;
		struct sg_event event = case_engine_event(s, keys[next]);
		sg_err_clear(&err);
		n += acknowledged(sg_session_commit(s, &event, NULL, NULL, &err), &err);
	}
	late_session = s;
	return n;
}

static int act_late(const struct run_case *c)
{
	struct sg_err err = SG_ERR_INIT;
	const int n = act_late_rows(c);

	(void)acknowledged(sg_session_flush(late_session, &err), &err);
	sg_session_close(late_session);
	return n + 5; /* and what leads to ORC */
}

/* --- one point --- */

static int64_t events_in(const struct run_case *c)
{
	struct sg_session *s = NULL;
	struct sg_session_options options = c->options;

	options.read_only = true;
	if (sg_session_open(&s, &options, NULL) != SG_OK)
		return 0;
	const int64_t seq = sg_session_end(s)->seq;
	sg_session_close(s);
	return seq;
}

/* What a point may leave for the operator: an init to be done again, an edit to be answered. */
static int64_t answer_what_was_left(const struct way *way, const struct run_case *c)
{
	const struct sg_event init = case_init_event();
	struct sg_err err = SG_ERR_INIT;
	int64_t answers = 0;

	if (way->may_be_empty && events_in(c) == 0) {
		if (!sg_fs_exists(AT_FDCWD, c->manifest))
			cr_assert_eq(sg_session_create(&c->options, &init, &err), SG_OK, "%s",
				err.text);
		answers = 1;
	}
	struct sg_session *s = case_open(c, false);
	if (sg_session_standing(s) == SG_STANDING_TAMPERED) {
		cr_assert(way->may_stay_tampered, "%s: %s", where,
			sg_session_standing_text(s));
		cr_assert_eq(sg_session_restore(s, true, &err), SG_OK, "%s", err.text);
		answers = 1;
	} else if (sg_session_standing(s) == SG_STANDING_NO_TRACE) {
		cr_assert_eq(sg_session_adopt(s, "again", true, &err), SG_OK, "%s", err.text);
	}
	sg_session_close(s);
	return answers;
}

/* Returns true while there are more allocations to fail. */
static bool try_point(const struct way *way)
{
	struct run_case c;

	snprintf(where, sizeof(where), "%s, allocation %d%s", way->name, point.at,
		point.for_good ? " and all behind it" : "");
	way->prepare(&c);
	const int64_t before = events_in(&c);
	const int n = way->act(&c);
	const int calls = memory_disarm();
	const int64_t answers = answer_what_was_left(way, &c);
	const int64_t now = case_check_sound(&c);
	cr_assert_geq(now, before + n, "%s: %lld events, %lld and %d were acknowledged", where,
		(long long)now, (long long)before, n);
	cr_assert_leq(now, before + n + answers + way->extra, "%s: %lld events", where,
		(long long)now);
	case_remove(&c);
	return point.at <= calls;
}

/* Each so manieth allocation; all where the environment asks for them, which `make cover` does. */
static int stride(void)
{
	const char *points = getenv("STEPGATE_POINTS");

	return points && strcmp(points, "all") == 0 ? 1 : STRIDE;
}

static void try_way(const struct way *way)
{
	for (int for_good = 0; for_good < 2; for_good++) {
		point.for_good = for_good;
		point.at = 1;
		while (try_point(way) && point.at < POINTS_MAX)
			point.at += for_good ? stride() * 3 : stride();
		cr_assert_gt(point.at, 5, "it asks for memory only %d times", point.at);
		cr_assert_lt(point.at, POINTS_MAX);
	}
	where[0] = '\0';
	SG_LEAKCHECK();
}

Test(run_memory, init_loses_nothing_where_memory_ends)
{
	try_way(&(struct way){"init", folder_nothing, act_init, 1, .may_be_empty = true});
	try_way(&(struct way){"Markdown", folder_nothing_markdown, act_init, 1,
		.may_be_empty = true});
}

Test(run_memory, commits_lose_nothing_where_memory_ends)
{
	try_way(&(struct way){"commits", folder_started, act_commits, 1, false, false});
}

Test(run_memory, commits_in_Markdown_lose_nothing_where_memory_ends)
{
	try_way(&(struct way){"Markdown", folder_markdown, act_commits, 1, false, false});
}

Test(run_memory, adopt_loses_nothing_where_memory_ends)
{
	try_way(&(struct way){"adopt", folder_tampered, act_adopt, 1, false, true});
}

Test(run_memory, restore_loses_nothing_where_memory_ends)
{
	try_way(&(struct way){"restore", folder_tampered, act_restore, 1, false, true});
	try_way(&(struct way){"no YAML", folder_unreadable, act_restore, 1, false, true});
	try_way(&(struct way){"full", folder_tampered, act_full, 1, false, true});
}

Test(run_memory, the_whole_adoption_loses_nothing_where_memory_ends)
{
	try_way(&(struct way){"whole", folder_no_trace, act_adopt, 1, true, false});
	try_way(&(struct way){"first command", folder_no_trace, act_next, 2, true, false});
}

Test(run_memory, a_verdict_and_a_dead_runner_lose_nothing_where_memory_ends)
{
	try_way(&(struct way){"verdict", folder_val, act_verdict, 1, false, false});
	try_way(&(struct way){"settle", folder_val, act_settle, 1, false, false});
	try_way(&(struct way){"full settle", folder_val, act_full, 1, false, false});
}

Test(run_memory, recovery_loses_nothing_where_memory_ends)
{
	try_way(&(struct way){"recovery", folder_damaged, act_next, 1, false, false});
}

Test(run_memory, proving_what_was_left_loses_nothing_where_memory_ends)
{
	try_way(&(struct way){"left", folder_left, act_next, 1, false, false});
}

Test(run_memory, rebuilding_loses_nothing_where_memory_ends)
{
	try_way(&(struct way){"rebuilding", folder_poisoned, act_next, 1, false, false});
}

Test(run_memory, late_rows_lose_nothing_where_memory_ends)
{
	try_way(&(struct way){"late", folder_late, act_late, 1, false, false});
}

/* --- what only reads --- */

/* Says what it read; the same as without a fault, or that memory ended. */
typedef enum sg_rc (*read_fn)(
	const struct run_case *c, struct sg_strbuf *said, struct sg_err *err);

static enum sg_rc read_verify(
	const struct run_case *c, struct sg_strbuf *said, struct sg_err *err)
{
	struct sg_session_options options = c->options;
	struct sg_session *s = NULL;
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_verify found = {.n = 0};

	options.read_only = true;
	options.unread = true;
	arm();
	enum sg_rc rc = sg_session_open(&s, &options, err);
	if (rc == SG_OK)
		rc = sg_verify_run(s, &arena, &found, err);
	sg_session_close(s);
	memory_disarm();
	sg_strbuf_addf(said, "%d events, %d files, %s\n", (int)found.events, (int)found.files,
		found.verdict_matches ? "the same verdict" : "another verdict");
	for (size_t i = 0; rc == SG_OK && i < found.n; i++)
		sg_strbuf_addf(said, "%s: %s\n", found.v[i].what, found.v[i].text);
	sg_arena_release(&arena);
	return rc;
}

static enum sg_rc read_diff(
	const struct run_case *c, struct sg_strbuf *said, struct sg_err *err)
{
	struct sg_session *s = case_open(c, true);
	struct sg_strbuf diff = SG_STRBUF_INIT;

	arm();
	const enum sg_rc rc = sg_session_tamper_diff(s, &diff, err);
	memory_disarm();
	sg_strbuf_adds(said, diff.bytes);
	sg_strbuf_release(&diff);
	sg_session_close(s);
	return rc;
}

static enum sg_rc say_line(void *ctx, const struct sg_event *event, const char *line,
	size_t n_bytes, struct sg_err *err)
{
	(void)event;
	(void)err;
	*(size_t *)ctx += n_bytes + (line[0] == '{');
	return SG_OK;
}

static enum sg_rc read_past(
	const struct run_case *c, struct sg_strbuf *said, struct sg_err *err)
{
	struct sg_session *s = case_open(c, true);
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_run run = {.seq = 0};
	size_t n = 0;

	arm();
	enum sg_rc rc = sg_session_history(s, say_line, &n, err);
	if (rc == SG_OK)
		rc = sg_session_run_at(s, 3, &arena, &run, err);
	memory_disarm();
	sg_strbuf_addf(said, "%zu bytes, event %d\n", n, (int)run.seq);
	sg_arena_release(&arena);
	sg_session_close(s);
	return rc;
}

static void folder_restored(struct run_case *c)
{
	struct sg_err err = SG_ERR_INIT;

	folder_tampered(c);
	struct sg_session *s = case_open(c, false);
	cr_assert_eq(sg_session_restore(s, true, &err), SG_OK, "%s", err.text);
	sg_session_close(s);
}

/* How it stands, as a reader opens it. */
static enum sg_rc read_standing(
	const struct run_case *c, struct sg_strbuf *said, struct sg_err *err)
{
	struct sg_session_options options = c->options;
	struct sg_session *s = NULL;

	options.read_only = true;
	arm();
	const enum sg_rc rc = sg_session_open(&s, &options, err);
	memory_disarm();
	if (rc == SG_OK)
		sg_strbuf_addf(said, "%d, %s\n", (int)sg_session_end(s)->seq,
			sg_standing_name(sg_session_standing(s)));
	sg_session_close(s);
	return rc;
}

static void folder_late_twice(struct run_case *c)
{
	folder_late(c);
	point.at = 0;
	cr_assert_eq(act_late_rows(c), 2);
	memory_disarm();
	sg_session_close(late_session);
}

static void folder_edited_again(struct run_case *c)
{
	folder_restored(c);
	case_edit(c, "OWNER: \"USER\"", "OWNER: \"CREW\"");
}

/* Each allocation once; a reader that is answered is answered rightly. */
static void try_reading(
	const char *name, void (*prepare)(struct run_case *c), read_fn read_it)
{
	struct run_case c;
	struct sg_strbuf right = SG_STRBUF_INIT;
	struct sg_err err = SG_ERR_INIT;
	enum sg_rc rc = SG_OK;

	prepare(&c);
	point.at = 0;
	point.for_good = false;
	cr_assert_eq(read_it(&c, &right, &err), SG_OK, "%s", err.text);
	int failures = 0;
	for (point.at = 1; point.at < POINTS_MAX; point.at += stride()) {
		struct sg_strbuf said = SG_STRBUF_INIT;
		snprintf(where, sizeof(where), "%s, allocation %d", name, point.at);
		sg_err_clear(&err);
		rc = read_it(&c, &said, &err);
		/* a part that is missing says why, and counts as one more difference */
		if (rc == SG_OK && !strstr(said.bytes, "not compared: out of memory") &&
			!strstr(said.bytes, ", and 1 more"))
			cr_assert_str_eq(said.bytes, right.bytes, "%s: %s", where, said.bytes);
		failures += acknowledged(rc, &err) == 0;
		sg_strbuf_release(&said);
		if (memory_disarm() < point.at)
			break;
	}
	cr_assert_gt(failures, 0);
	cr_assert_lt(point.at, POINTS_MAX);
	sg_strbuf_release(&right);
	case_remove(&c);
	where[0] = '\0';
}

static void folder_edited(struct run_case *c)
{
	folder_passed(c);
	case_edit(c, "OWNER: \"USER\"", "OWNER: \"TEAM\"");
}

Test(run_memory, verify_finds_all_or_says_that_memory_ended)
{
	try_reading("passed", folder_passed, read_verify);
	try_reading("restored", folder_restored, read_verify);
	try_reading("edited", folder_edited, read_verify);
	SG_LEAKCHECK();
}

Test(run_memory, a_difference_and_the_past_are_shown_whole_or_not_at_all)
{
	try_reading("an edit", folder_tampered, read_diff);
	try_reading("no YAML", folder_unreadable, read_diff);
	try_reading("history", folder_passed, read_past);
	try_reading("adopted", folder_adopted, read_standing);
	try_reading("edited again", folder_edited_again, read_standing);
	try_reading("late", folder_late_twice, read_standing);
	SG_LEAKCHECK();
}
