/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Others at work beside a session, between any two of its looks; and sessions that may not write:
 * readers, and processes whose disk failed them. What the others do is done from inside a system
 * call of the session.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "fault/fault.h"
#include "harness/harness.h"
#include "run_case.h"
#include "store/trace_io.h"

static struct beside {
	struct sg_fs_calls calls;
	const struct run_case *c;
	struct sg_session *other;
	const char *path; /* what is opened when the other acts */
	int at;		  /* at which opening; 0: at each */
	int opened;
	bool inside;
	void (*act)(void);
} beside;

static int openat2_beside(int dir, const char *path, const struct open_how *how, size_t size)
{
	if (!beside.inside && strcmp(path, beside.path) == 0) {
		beside.opened++;
		if (beside.at == 0 || beside.opened == beside.at) {
			beside.inside = true;
			beside.act();
			beside.inside = false;
		}
	}
	return sg_fs_kernel.openat2(dir, path, how, size);
}

static void act_at(const struct run_case *c, const char *path, int at, void (*act)(void))
{
	beside.c = c;
	beside.path = path;
	beside.at = at;
	beside.opened = 0;
	beside.act = act;
	beside.calls = *sg_fs;
	beside.calls.openat2 = openat2_beside;
	sg_fs = &beside.calls;
}

static void alone(void)
{
	fault_skip_syncs();
}

TestSuite(session_beside, .init = alone);

static void commit_two(void)
{
	static unsigned n;
	char *reason = sg_t_format("ROUTE: %u", n++);

	if (sg_session_run(beside.other)->state == SG_STATE_STOPPED)
		case_commit(beside.other, case_resume_event(sg_session_run(beside.other)));
	struct sg_event event = case_stop_gap_event(sg_session_run(beside.other));
	event.u.stop_gap.reason = reason;
	case_commit(beside.other, event);
	free(reason);
}

static void cut_trace(void)
{
	char *path = case_path(beside.c, SG_TRACE_FILE);

	cr_assert_eq(truncate(path, 10), 0);
	free(path);
}

static void empty_trace(void)
{
	char *path = case_path(beside.c, SG_TRACE_FILE);

	cr_assert_eq(truncate(path, 0), 0);
	free(path);
}

static void damage_trace(void)
{
	char *text = case_read(beside.c, SG_TRACE_FILE);

	text[strlen(text) - 5] ^= 1;
	case_write(beside.c, SG_TRACE_FILE, text);
	free(text);
}

static void break_trace(void)
{
	char *text = case_read(beside.c, SG_TRACE_FILE);

	strstr(text, "USER")[0] = 'L';
	case_write(beside.c, SG_TRACE_FILE, text);
	free(text);
}

Test(session_beside, a_reader_gives_up_looking_where_the_run_never_stands_still)
{
	struct run_case c;
	struct sg_err err = SG_ERR_INIT;

	case_start(&c, CASE_MANIFEST);
	struct sg_session *reader = case_open(&c, true);
	beside.other = case_open(&c, false);
	const int64_t before = sg_session_end(beside.other)->seq;
	commit_two();
	act_at(&c, CASE_MANIFEST, 0, commit_two);
	cr_assert_eq(sg_session_refresh(reader, NULL, &err), SG_OK, "%s", err.text);
	alone();
	cr_assert_gt(sg_session_end(beside.other)->seq, before + 100);
	cr_assert_eq(sg_session_refresh(reader, NULL, &err), SG_OK, "%s", err.text);
	cr_assert_eq(sg_session_standing(reader), SG_STANDING_CLEAN);
	sg_session_close(reader);
	sg_session_close(beside.other);
	case_remove(&c);
	SG_LEAKCHECK();
}

static void poisoned_case(struct run_case *c)
{
	case_start(c, CASE_MANIFEST);
	case_write(c, SG_POISON_FILE, "state unknown\n");
}

/* The trace is read, verified, and read once more to be written anew: it has to be the same. */
Test(session_beside, a_trace_that_changes_while_it_is_written_anew_is_left_as_it_is)
{
	void (*const acts[])(void) = {cut_trace, damage_trace};
	static const char *const words[] = {"became shorter", "changed while"};

	for (size_t i = 0; i < 2; i++) {
		struct run_case c;
		poisoned_case(&c);
		/* by open, by the look under the lock, and by what writes it */
		act_at(&c, SG_TRACE_FILE, 3, acts[i]);
		struct sg_session *s = case_open(&c, false);
		alone();
		cr_assert_eq(sg_session_notes(s)->n, 1);
		cr_assert_not_null(strstr(sg_session_notes(s)->v[0], words[i]), "%s",
			sg_session_notes(s)->v[0]);
		cr_assert(sg_fs_exists(sg_session_dir(s), SG_POISON_FILE));
		sg_session_close(s);
		case_remove(&c);
	}
	SG_LEAKCHECK();
}

Test(session_beside, a_trace_that_breaks_or_goes_before_the_lock_is_not_repaired)
{
	void (*const acts[])(void) = {break_trace, empty_trace};

	for (size_t i = 0; i < 4; i++) {
		struct run_case c;
		case_start(&c, CASE_MANIFEST);
		if (i < 2)
			case_write(&c, SG_POISON_FILE, "state unknown\n");
		else
			case_write(&c, "." CASE_MANIFEST ".tmp.1.1", "");
		char *lock = case_path(&c, SG_LOCK_FILE);
		(void)unlink(lock); /* left by nobody who said that he was done */
		free(lock);
		/* the first look at the manifest stands between the trace and the lock */
		act_at(&c, CASE_MANIFEST, 1, acts[i % 2]);
		struct sg_session *s = case_open(&c, false);
		alone();
		cr_assert_eq(sg_session_standing(s), SG_STANDING_BROKEN, "%d: %s", (int)i,
			sg_session_standing_text(s));
		sg_session_close(s);
		case_remove(&c);
	}
	SG_LEAKCHECK();
}

/* --- another was faster --- */

static void without_trace(struct run_case *c)
{
	struct run_case made;

	case_start(&made, CASE_MANIFEST);
	case_make(c, CASE_MANIFEST);
	char *text = case_read(&made, CASE_MANIFEST);
	case_write(c, CASE_MANIFEST, text);
	free(text);
	case_remove(&made);
}

Test(session_beside, what_another_adopted_whole_is_not_adopted_again)
{
	struct run_case c;
	struct sg_err err = SG_ERR_INIT;

	without_trace(&c);
	struct sg_session *a = case_open(&c, false);
	struct sg_session *b = case_open(&c, false);
	cr_assert_eq(sg_session_adopt(a, "mine", true, &err), SG_OK, "%s", err.text);
	case_commit(b, case_next_event(sg_session_run(b), "b.md"));
	cr_assert_eq(sg_session_end(b)->seq, 2);
	sg_session_close(a);
	sg_session_close(b);
	cr_assert_eq(case_check_sound(&c), 2);
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(session_beside, rows_that_are_late_and_that_another_wrote_are_not_flushed_again)
{
	static const char *const keys[] = {"ENG.A", "ENG.B"};
	struct run_case c;
	struct sg_err err = SG_ERR_INIT;

	case_start(&c, CASE_MANIFEST);
	c.options.late_bytes = 1;
	struct sg_session *s = case_open(&c, false);
	case_run_to_orc(s, &(struct sg_strs){keys, 2});
	case_commit_engine(s, keys[0]);
	struct sg_session *other = case_open(&c, false);
	case_commit(other, case_stop_gap_event(sg_session_run(other)));
	cr_assert_geq(sg_session_flush_wait_ms(s), 0);
	cr_assert_eq(sg_session_flush(s, &err), SG_OK, "%s", err.text);
	cr_assert_eq(sg_session_flush_wait_ms(s), -1);
	sg_session_close(other);
	sg_session_close(s);
	case_remove(&c);
	SG_LEAKCHECK();
}

/* --- a trace that is longer --- */

Test(session_beside, a_broken_trace_that_grows_stays_broken)
{
	struct run_case c;
	struct sg_err err = SG_ERR_INIT;

	case_start(&c, CASE_MANIFEST);
	beside.c = &c;
	break_trace();
	struct sg_session *s = case_open(&c, true);
	cr_assert_eq(sg_session_standing(s), SG_STANDING_BROKEN);
	char *path = case_path(&c, SG_TRACE_FILE);
	const int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	cr_assert_eq(write(fd, "{}\n", 3), 3);
	close(fd);
	cr_assert_eq(sg_session_refresh(s, NULL, &err), SG_OK, "%s", err.text);
	cr_assert_eq(sg_session_standing(s), SG_STANDING_BROKEN);
	free(path);
	sg_session_close(s);
	case_remove(&c);
	SG_LEAKCHECK();
}

/* A chain of hashes that holds, of events that no run can begin with. */
Test(session_beside, a_run_begins_with_init_or_a_whole_adoption)
{
	static const struct sg_trace_from start = SG_TRACE_FROM_START;
	struct sg_event events[] = {
		{.type = SG_EVENT_USE, .u.use = {.route = "a.yaml", .profile = ""}},
		{.type = SG_EVENT_ADOPT,
			.by = SG_BY_OPERATOR,
			.tty = true,
			.u.adopt = {.manifest = CASE_MANIFEST,
				.reason = "part of it",
				.snapshot = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
					    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}},
	};

	for (size_t i = 0; i < 2; i++) {
		struct run_case c;
		struct sg_err err = SG_ERR_INIT;
		struct sg_trace_end end;
		SG_CLEANUP(sg_fd_close) int dir = -1;
		case_make(&c, CASE_MANIFEST);
		case_write(&c, SG_TRACE_FOLDER "/x", "");
		cr_assert_eq(sg_fs_open_dir(AT_FDCWD, c.folder, &dir, NULL), SG_OK);
		cr_assert_eq(sg_trace_scan(dir, &start, NULL, NULL, &end, NULL), SG_OK);
		events[i].step = "";
		events[i].prev = "";
		events[i].manifest = i > 0 ? events[i].u.adopt.snapshot : "";
		cr_assert_eq(
			sg_trace_append(dir, &end, &events[i], &err), SG_OK, "%s", err.text);
		struct sg_session *s = case_open(&c, true);
		cr_assert_eq(sg_session_standing(s), SG_STANDING_BROKEN);
		cr_assert_not_null(strstr(sg_session_standing_text(s), "expected init or"),
			"%s", sg_session_standing_text(s));
		sg_session_close(s);
		case_remove(&c);
	}
	SG_LEAKCHECK();
}

/* --- who may not write --- */

Test(session_beside, a_reader_is_refused_all_that_writes)
{
	struct run_case c;
	struct sg_strbuf diff = SG_STRBUF_INIT;

	without_trace(&c);
	struct sg_session *s = case_open(&c, true);
	cr_assert_eq(sg_session_adopt(s, "mine", true, NULL), SG_REFUSED);
	cr_assert_eq(sg_session_runner_lock(s, NULL), SG_REFUSED);
	struct sg_session *runner = case_open(&c, false);
	cr_assert_eq(sg_session_adopt(runner, "mine", true, NULL), SG_OK);
	cr_assert_eq(sg_session_runner_lock(runner, NULL), SG_OK);
	cr_assert_eq(sg_session_runner_lock(runner, NULL), SG_OK);
	sg_session_close(runner);
	cr_assert_eq(sg_session_tamper_diff(s, &diff, NULL), SG_OK);
	cr_assert_str_eq(diff.bytes, "");
	sg_session_close(s);
	case_remove(&c);
	SG_LEAKCHECK();
}

static int no_sync(int fd)
{
	(void)fd;
	return -1;
}

Test(session_beside, a_process_whose_sync_failed_writes_nothing_any_more)
{
	struct run_case c;
	const struct sg_event init = case_init_event();
	struct sg_fs_calls calls = *sg_fs;

	case_start(&c, CASE_MANIFEST);
	struct sg_session *reader = case_open(&c, true);
	struct sg_session *s = case_open(&c, false);
	calls.fdatasync = no_sync;
	calls.fsync = no_sync;
	sg_fs = &calls;
	struct sg_event event = case_next_event(sg_session_run(s), "b.md");
	cr_assert_eq(sg_session_commit(s, &event, NULL, NULL, NULL), SG_STORAGE);
	alone();
	/* readers of the same process see it, and leave no mark of their own */
	cr_assert(sg_fs_poisoned());
	char *mark = case_path(&c, SG_POISON_FILE);
	cr_assert_eq(unlink(mark), 0);
	cr_assert_eq(sg_session_refresh(reader, NULL, NULL), SG_OK);
	cr_assert_eq(sg_session_standing(reader), SG_STANDING_POISONED);
	cr_assert_eq(sg_session_commit(reader, &event, NULL, NULL, NULL), SG_REFUSED);
	cr_assert_not(sg_t_exists(mark));
	struct sg_session *late = case_open(&c, false);
	cr_assert_eq(sg_session_standing(late), SG_STANDING_POISONED);
	struct run_case fresh;
	case_make(&fresh, CASE_MANIFEST);
	cr_assert_eq(sg_session_create(&fresh.options, &init, NULL), SG_STORAGE);
	cr_assert_not(sg_t_exists(fresh.manifest));
	case_remove(&fresh);
	sg_session_close(late);
	sg_session_close(reader);
	sg_session_close(s);
	free(mark);
	sg_fs_poison_clear();
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(session_beside, init_is_refused_where_a_broken_trace_is)
{
	struct run_case c;
	const struct sg_event init = case_init_event();
	struct sg_err err = SG_ERR_INIT;

	case_make(&c, CASE_MANIFEST);
	case_write(&c, SG_TRACE_FILE, "{\"seq\":7,\"what\":\"ever\"}\n");
	cr_assert_eq(sg_session_create(&c.options, &init, &err), SG_REFUSED);
	cr_assert_not_null(strstr(err.text, "a trace is there already"), "%s", err.text);
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(session_beside, what_a_killed_process_had_begun_beside_the_changelog_is_swept)
{
	struct run_case c;

	case_start(&c, CASE_MANIFEST);
	case_write(&c, ".CHANGELOG.md.tmp.1.1", "half");
	struct sg_session *s = case_open(&c, false);
	sg_session_close(s);
	cr_assert_eq(case_check_sound(&c), 2);
	case_remove(&c);
	SG_LEAKCHECK();
}

/* --- what a commit gives and takes --- */

static enum sg_rc agree(void *ctx, const struct sg_run *run, struct sg_err *err)
{
	(void)err;
	*(int64_t *)ctx = run->seq;
	return SG_OK;
}

Test(session_beside, a_commit_tells_its_effects_and_an_event_of_no_STEP_needs_no_name_for_it)
{
	struct run_case c;
	struct sg_effects effects = {.n = 0};
	struct sg_event init = case_init_event();
	int64_t seen = 0;
	const struct sg_guard guard = {agree, &seen};

	case_make(&c, CASE_MANIFEST);
	init.step = NULL;
	cr_assert_eq(sg_session_create(&c.options, &init, NULL), SG_OK);
	struct sg_session *s = case_open(&c, false);
	case_commit(s, case_step_event("0001"));
	struct sg_event begin = case_begin_event(sg_session_run(s));
	cr_assert_eq(sg_session_commit(s, &begin, &guard, &effects, NULL), SG_OK);
	cr_assert_eq(seen, 2);
	cr_assert_eq(effects.n, 1);
	cr_assert_eq(effects.v[0].kind, SG_EFFECT_RUN_PHASE);
	sg_session_close(s);
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(session_beside, a_runner_that_opens_an_edited_run_reports_and_leaves_the_edit)
{
	struct run_case c;

	case_start(&c, CASE_MANIFEST);
	case_edit(&c, "OWNER: \"USER\"", "OWNER: \"TEAM\"");
	struct sg_session *s = case_open(&c, false);
	case_commit(s, case_stop_gap_event(sg_session_run(s)));
	cr_assert_eq(sg_session_standing(s), SG_STANDING_TAMPERED);
	char *text = case_read(&c, CASE_MANIFEST);
	cr_assert_not_null(strstr(text, "TEAM"));
	free(text);
	sg_session_close(s);
	case_remove(&c);
	SG_LEAKCHECK();
}
