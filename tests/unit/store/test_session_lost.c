/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A trace that was there and is not any more, emptied, removed or overwritten: who did that wants
 * the manifest to be taken over as one that never had a trace.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "fault/fault.h"
#include "harness/harness.h"
#include "run_case.h"
#include "store/trace_io.h"
#include "store/verify.h"

#define HEAD_FILE SG_TRACE_FOLDER "/HEAD"

static void alone(void)
{
	fault_skip_syncs();
}

TestSuite(session_lost, .init = alone);

static void remove_file(const struct run_case *c, const char *name)
{
	char *path = case_path(c, name);

	cr_assert_eq(unlink(path), 0);
	free(path);
}

static void empty(const struct run_case *c)
{
	case_write(c, SG_TRACE_FILE, "");
}

static void take_away(const struct run_case *c)
{
	remove_file(c, SG_TRACE_FILE);
}

static void overwrite(const struct run_case *c)
{
	case_write(c, SG_TRACE_FILE, "nothing\n");
}

static void (*const losses[])(const struct run_case *c) = {empty, take_away, overwrite};

static void refresh(struct sg_session *s)
{
	struct sg_err err = SG_ERR_INIT;

	cr_assert_eq(sg_session_refresh(s, NULL, &err), SG_OK, "%s", err.text);
}

/* Nothing is written: no commit, and no answer of an operator. */
static void check_refuses(const struct run_case *c, struct sg_session *s)
{
	struct sg_err err = SG_ERR_INIT;
	struct sg_event event = case_step_event("0001");
	char *before = case_read(c, SG_TRACE_FILE);

	cr_assert_eq(
		sg_session_standing(s), SG_STANDING_BROKEN, "%s", sg_session_standing_text(s));
	cr_assert_str_eq(sg_session_standing_text(s), SG_TRACE_FILE
		":1: the trace is gone: it had 2 lines, and none can be read; put it back");
	cr_assert_eq(sg_session_commit(s, &event, NULL, NULL, &err), SG_BROKEN, "%s", err.text);
	cr_assert_not_null(strstr(err.text, "the trace is gone"), "%s", err.text);
	cr_assert_eq(sg_session_adopt(s, "mine", true, &err), SG_BROKEN, "%s", err.text);
	cr_assert_eq(sg_session_restore(s, true, &err), SG_BROKEN, "%s", err.text);
	char *after = case_read(c, SG_TRACE_FILE);
	cr_assert_str_eq(before, after);
	free(before);
	free(after);
}

Test(session_lost, a_trace_that_is_lost_is_broken_until_it_is_put_back)
{
	for (size_t i = 0; i < 3; i++) {
		struct run_case c;
		case_start(&c, CASE_MANIFEST);
		char *trace = case_read(&c, SG_TRACE_FILE);
		struct sg_session *s = case_open(&c, false);
		losses[i](&c);
		refresh(s);
		check_refuses(&c, s);
		/* a program that is started anew knows it by HEAD */
		struct sg_session *anew = case_open(&c, false);
		check_refuses(&c, anew);
		case_write(&c, SG_TRACE_FILE, trace);
		refresh(s);
		refresh(anew);
		cr_assert_eq(sg_session_standing(s), SG_STANDING_CLEAN);
		cr_assert_eq(sg_session_standing(anew), SG_STANDING_CLEAN);
		case_commit(anew, case_next_event(sg_session_run(anew), "b.md"));
		sg_session_close(anew);
		sg_session_close(s);
		cr_assert_eq(case_check_sound(&c), 3);
		free(trace);
		case_remove(&c);
	}
	SG_LEAKCHECK();
}

Test(session_lost, an_open_run_remembers_its_trace_where_HEAD_is_gone_too)
{
	for (size_t i = 0; i < 3; i++) {
		struct run_case c;
		case_start(&c, CASE_MANIFEST);
		struct sg_session *s = case_open(&c, false);
		losses[i](&c);
		remove_file(&c, HEAD_FILE);
		refresh(s);
		check_refuses(&c, s);
		/* touched once more, which is another state of the file, and no other run */
		overwrite(&c);
		refresh(s);
		check_refuses(&c, s);
		sg_session_close(s);
		/* nothing tells any more that there was one; every row is a claim then */
		s = case_open(&c, true);
		cr_assert_eq(sg_session_standing(s), SG_STANDING_NO_TRACE);
		sg_session_close(s);
		case_remove(&c);
	}
	SG_LEAKCHECK();
}

Test(session_lost, a_single_line_that_was_damaged_is_a_lost_trace_too)
{
	struct run_case c;
	struct sg_err err = SG_ERR_INIT;
	const struct sg_event init = case_init_event();

	case_make(&c, CASE_MANIFEST);
	cr_assert_eq(sg_session_create(&c.options, &init, &err), SG_OK, "%s", err.text);
	char *trace = case_read(&c, SG_TRACE_FILE);
	trace[strlen(trace) / 2] = '\0';
	case_write(&c, SG_TRACE_FILE, trace);
	free(trace);
	struct sg_session *s = case_open(&c, false);
	cr_assert_eq(sg_session_standing(s), SG_STANDING_BROKEN);
	cr_assert_not_null(strstr(sg_session_standing_text(s), "it had 1 lines"), "%s",
		sg_session_standing_text(s));
	sg_session_close(s);
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(session_lost, verify_says_it_of_a_run_that_is_open_and_of_one_that_is_not)
{
	for (int with_head = 0; with_head < 2; with_head++) {
		struct run_case c;
		struct sg_verify found;
		struct sg_arena arena = SG_ARENA_INIT;
		struct sg_err err = SG_ERR_INIT;
		case_start(&c, CASE_MANIFEST);
		struct sg_session *s = case_open(&c, true);
		empty(&c);
		if (!with_head)
			remove_file(&c, HEAD_FILE);
		cr_assert_eq(sg_verify_run(s, &arena, &found, &err), SG_OK, "%s", err.text);
		cr_assert_eq(found.n, 1);
		cr_assert_str_eq(found.v[0].what, "chain");
		cr_assert_not_null(
			strstr(found.v[0].text, "it had 2 lines"), "%s", found.v[0].text);
		sg_session_close(s);
		sg_arena_release(&arena);
		case_remove(&c);
	}
	SG_LEAKCHECK();
}

/* What a dead runner left is only said where it can be written. */
Test(session_lost, a_dead_runner_is_not_settled_by_a_reader_and_not_into_a_lost_trace)
{
	struct run_case c;
	struct sg_err err = SG_ERR_INIT;

	case_start(&c, CASE_MANIFEST);
	struct sg_session *s = case_open(&c, false);
	case_commit(s, case_begin_event(sg_session_run(s)));
	struct sg_session *reader = case_open(&c, true);
	char *before = case_read(&c, SG_TRACE_FILE);
	cr_assert_eq(sg_session_settle(reader, &err), SG_REFUSED);
	char *after = case_read(&c, SG_TRACE_FILE);
	cr_assert_str_eq(before, after);
	empty(&c);
	cr_assert_eq(sg_session_settle(s, &err), SG_BROKEN);
	free(after);
	after = case_read(&c, SG_TRACE_FILE);
	cr_assert_str_eq(after, "");
	free(before);
	free(after);
	sg_session_close(reader);
	sg_session_close(s);
	case_remove(&c);
	SG_LEAKCHECK();
}

/* A chain holds also where its end was cut off: whoever can do that can cut the manifest back too. */
Test(session_lost, a_trace_that_is_cut_back_with_its_manifest_is_broken_until_it_is_put_back)
{
	struct run_case c;
	struct sg_err err = SG_ERR_INIT;

	case_start(&c, CASE_MANIFEST);
	char *early = case_read(&c, SG_TRACE_FILE);
	char *early_manifest = case_read(&c, CASE_MANIFEST);
	struct sg_session *s = case_open(&c, false);
	case_commit(s, case_next_event(sg_session_run(s), "b.md"));
	char *trace = case_read(&c, SG_TRACE_FILE);
	char *manifest = case_read(&c, CASE_MANIFEST);
	case_write(&c, SG_TRACE_FILE, early);
	case_write(&c, CASE_MANIFEST, early_manifest);
	refresh(s);
	struct sg_session *anew = case_open(&c, false);
	struct sg_event event = case_next_event(sg_session_run(anew), "c.md");
	cr_assert_eq(sg_session_commit(anew, &event, NULL, NULL, &err), SG_BROKEN);
	cr_assert_eq(sg_session_standing(s), SG_STANDING_BROKEN);
	cr_assert_eq(sg_session_standing(anew), SG_STANDING_BROKEN);
	cr_assert_str_eq(sg_session_standing_text(anew), SG_TRACE_FILE
		":2: the trace ends here: " HEAD_FILE " says that it had 3 lines; put it back");
	case_write(&c, SG_TRACE_FILE, trace);
	case_write(&c, CASE_MANIFEST, manifest);
	refresh(s);
	cr_assert_eq(sg_session_standing(s), SG_STANDING_CLEAN);
	case_commit(s, case_next_event(sg_session_run(s), "c.md"));
	sg_session_close(anew);
	sg_session_close(s);
	cr_assert_eq(case_check_sound(&c), 4);
	free(early);
	free(early_manifest);
	free(trace);
	free(manifest);
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(session_lost, a_last_line_that_is_another_one_of_a_whole_chain_is_broken)
{
	struct run_case c;

	case_start(&c, CASE_MANIFEST);
	char *trace = case_read(&c, SG_TRACE_FILE);
	char *time = strstr(strstr(trace, "\"seq\":2,"), "Z\"");
	time[-1] = (char)(time[-1] ^ 1);
	case_write(&c, SG_TRACE_FILE, trace);
	struct sg_session *s = case_open(&c, false);
	cr_assert_eq(sg_session_standing(s), SG_STANDING_BROKEN);
	cr_assert_str_eq(sg_session_standing_text(s),
		SG_TRACE_FILE ":2: the line is not the one that was written: " HEAD_FILE
			      " has another sha256; put it back");
	sg_session_close(s);
	free(trace);
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(session_lost, a_last_line_that_is_damaged_is_named_and_not_cut_off)
{
	struct run_case c;

	case_start(&c, CASE_MANIFEST);
	char *trace = case_read(&c, SG_TRACE_FILE);
	trace[strlen(trace) - 20] = '\1';
	case_write(&c, SG_TRACE_FILE, trace);
	struct sg_session *s = case_open(&c, false);
	cr_assert_str_eq(sg_session_standing_text(s), SG_TRACE_FILE
		":2: the line is damaged: " HEAD_FILE " says that it had 2 lines; put it back");
	cr_assert_eq(sg_session_end(s)->bad_line, 2);
	sg_session_close(s);
	char *after = case_read(&c, SG_TRACE_FILE);
	cr_assert_str_eq(after, trace);
	free(trace);
	free(after);
	case_remove(&c);
	SG_LEAKCHECK();
}

/* Who can count hashes writes the last line anew, and takes HEAD away. */
Test(session_lost, a_last_line_that_names_another_manifest_is_broken_without_HEAD_too)
{
	struct run_case c;

	case_start(&c, CASE_MANIFEST);
	char *trace = case_read(&c, SG_TRACE_FILE);
	memcpy(strstr(trace, "Measure"), "Forgery", 7);
	case_write(&c, SG_TRACE_FILE, trace);
	case_edit(&c, "Measure", "Forgery");
	remove_file(&c, HEAD_FILE);
	struct sg_session *s = case_open(&c, false);
	cr_assert_eq(sg_session_standing(s), SG_STANDING_BROKEN);
	cr_assert_not_null(strstr(sg_session_standing_text(s), "replaying it does not give"));
	sg_session_close(s);
	/* which is worse than a write that was never confirmed */
	case_write(&c, SG_POISON_FILE, "state unknown\n");
	s = case_open(&c, true);
	cr_assert_eq(sg_session_standing(s), SG_STANDING_BROKEN);
	sg_session_close(s);
	free(trace);
	case_remove(&c);
	SG_LEAKCHECK();
}

/* --- not lost --- */

/* No crash makes both: the damaged line may be one that was acknowledged. */
Test(session_lost,
	a_damaged_last_line_under_a_newer_manifest_is_not_cut_off_without_HEAD_either)
{
	struct run_case c;

	case_start(&c, CASE_MANIFEST);
	char *trace = case_read(&c, SG_TRACE_FILE);
	trace[strlen(trace) - 20] = '\1';
	case_write(&c, SG_TRACE_FILE, trace);
	remove_file(&c, HEAD_FILE);
	struct sg_session *s = case_open(&c, false);
	cr_assert_eq(sg_session_run(s)->seq, 1);
	cr_assert_eq(sg_session_standing(s), SG_STANDING_TAMPERED);
	cr_assert_not_null(strstr(sg_session_notes(s)->v[0], "were left"));
	sg_session_close(s);
	char *after = case_read(&c, SG_TRACE_FILE);
	cr_assert_str_eq(after, trace);
	free(trace);
	free(after);
	case_remove(&c);
	SG_LEAKCHECK();
}

/* Somebody puts a backup of yesterday in its place, and takes away what knows of today. */
Test(session_lost, an_older_trace_under_an_open_session_is_read_anew)
{
	struct run_case c;
	struct sg_err err = SG_ERR_INIT;

	case_start(&c, CASE_MANIFEST);
	char *old = case_read(&c, SG_TRACE_FILE);
	struct sg_session *s = case_open(&c, false);
	case_commit(s, case_stop_gap_event(sg_session_run(s)));
	case_commit(s, case_resume_event(sg_session_run(s)));
	char *path = case_path(&c, SG_TRACE_FILE);
	cr_assert_eq(unlink(path), 0);
	sg_t_write_text(path, old);
	remove_file(&c, HEAD_FILE);
	cr_assert_eq(sg_session_refresh(s, NULL, &err), SG_OK, "%s", err.text);
	cr_assert_eq(sg_session_run(s)->seq, 2);
	cr_assert_eq(sg_session_standing(s), SG_STANDING_TAMPERED);
	sg_session_close(s);
	free(old);
	free(path);
	case_remove(&c);
	SG_LEAKCHECK();
}

static struct sg_fs_calls calls;
static const struct run_case *beside;
static const char *line_beside;

/* The line that HEAD names comes between our look at the trace and our look at HEAD. */
static int openat2_beside(int dir, const char *path, const struct open_how *how, size_t size)
{
	if (line_beside && strcmp(path, HEAD_FILE) == 0) {
		case_write(beside, SG_TRACE_FILE, line_beside);
		line_beside = NULL;
	}
	return sg_fs_kernel.openat2(dir, path, how, size);
}

Test(session_lost, a_first_line_that_comes_between_two_looks_is_no_loss)
{
	struct run_case c;

	case_start(&c, CASE_MANIFEST);
	char *trace = case_read(&c, SG_TRACE_FILE);
	empty(&c);
	beside = &c;
	line_beside = trace;
	calls = *sg_fs;
	calls.openat2 = openat2_beside;
	sg_fs = &calls;
	struct sg_session *s = case_open(&c, true);
	alone();
	cr_assert_null(line_beside);
	cr_assert_eq(
		sg_session_standing(s), SG_STANDING_CLEAN, "%s", sg_session_standing_text(s));
	cr_assert_eq(sg_session_end(s)->seq, 2);
	sg_session_close(s);
	free(trace);
	case_remove(&c);
	SG_LEAKCHECK();
}

/* Nobody of this run wrote it: when it is gone again, the manifest is as it was. */
Test(session_lost, a_broken_trace_that_came_beside_a_manifest_and_went_is_no_loss)
{
	struct run_case c;

	case_start(&c, CASE_MANIFEST);
	char *trace = case_read(&c, SG_TRACE_FILE);
	take_away(&c);
	remove_file(&c, HEAD_FILE);
	struct sg_session *s = case_open(&c, true);
	cr_assert_eq(sg_session_standing(s), SG_STANDING_NO_TRACE);
	/* its first line is missing */
	case_write(&c, SG_TRACE_FILE, strchr(trace, '\n') + 1);
	refresh(s);
	cr_assert_eq(sg_session_standing(s), SG_STANDING_BROKEN);
	take_away(&c);
	refresh(s);
	cr_assert_eq(sg_session_standing(s), SG_STANDING_NO_TRACE);
	cr_assert_str_eq(sg_session_run(s)->manifest.step_id, "0001");
	sg_session_close(s);
	free(trace);
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(session_lost, init_begins_anew_where_the_manifest_was_taken_away_with_the_trace)
{
	struct run_case c;
	struct sg_err err = SG_ERR_INIT;
	const struct sg_event init = case_init_event();

	case_start(&c, CASE_MANIFEST);
	take_away(&c);
	remove_file(&c, CASE_MANIFEST);
	cr_assert_eq(sg_session_create(&c.options, &init, &err), SG_OK, "%s", err.text);
	cr_assert_eq(case_check_sound(&c), 1);
	case_remove(&c);
	SG_LEAKCHECK();
}
