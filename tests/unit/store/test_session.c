/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/hash.h"
#include "format/manifest_io.h"
#include "harness/harness.h"
#include "run_case.h"

static const char *first_note(const struct sg_session *s)
{
	return sg_session_notes(s)->n > 0 ? sg_session_notes(s)->v[0] : "";
}

Test(session, init_writes_the_template_with_the_session_filled_in_and_starts_the_trace)
{
	struct run_case c;
	struct sg_err err = SG_ERR_INIT;
	const struct sg_event init = case_init_event();

	case_make(&c, CASE_MANIFEST);
	cr_assert_eq(sg_session_create(&c.options, &init, &err), SG_OK, "%s", err.text);
	char *manifest = case_read(&c, CASE_MANIFEST);
	char *trace = case_read(&c, SG_TRACE_FILE);
	cr_assert(strstr(manifest, "  SESSION_ID: \"0197741f-0000-7000-8000-000000000000\"\n"));
	cr_assert(strstr(manifest, "  UPDATED_AT: \"2025-06-15\"\n"));
	cr_assert_eq(strncmp(trace, "{\"seq\":1,", 9), 0, "%s", trace);
	cr_assert(strstr(trace, "\"manifest_file\":\"" CASE_MANIFEST "\""), "%s", trace);
	cr_assert_eq(case_check_sound(&c), 1);
	free(manifest);
	free(trace);
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(session, init_is_refused_where_a_manifest_or_a_trace_is)
{
	struct run_case c;
	struct sg_err err = SG_ERR_INIT;
	const struct sg_event init = case_init_event();

	case_start(&c, CASE_MANIFEST);
	cr_assert_eq(sg_session_create(&c.options, &init, &err), SG_REFUSED);
	cr_assert(strstr(err.text, "is there already"), "%s", err.text);
	cr_assert_eq(unlink(c.manifest), 0);
	sg_err_clear(&err);
	cr_assert_eq(sg_session_create(&c.options, &init, &err), SG_REFUSED);
	cr_assert(strstr(err.text, "a trace is there already"), "%s", err.text);
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(session, nothing_to_open_is_not_found)
{
	struct run_case c;
	struct sg_session *s = NULL;
	struct sg_err err = SG_ERR_INIT;

	case_make(&c, CASE_MANIFEST);
	cr_assert_eq(sg_session_open(&s, &c.options, &err), SG_NOTFOUND);
	cr_assert_null(s);
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(session, a_commit_is_in_the_trace_and_in_the_manifest_when_it_returns)
{
	struct run_case c;

	case_start(&c, CASE_MANIFEST);
	char *manifest = case_read(&c, CASE_MANIFEST);
	cr_assert(strstr(manifest, "  STEP_ID: \"0001\"\n"));
	cr_assert(strstr(manifest, "  STEP_GOAL: \"Measure \\\"all\\\"\"\n"));
	struct sg_session *s = case_open(&c, true);
	cr_assert_eq(sg_session_run(s)->state, SG_STATE_AWAIT);
	cr_assert_str_eq(sg_session_run(s)->phase, "ROUTE");
	cr_assert_eq(sg_session_end(s)->seq, 2);
	sg_session_close(s);
	cr_assert_eq(case_check_sound(&c), 2);
	free(manifest);
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(session, what_the_lifecycle_refuses_changes_nothing)
{
	struct run_case c;
	struct sg_err err = SG_ERR_INIT;

	case_start(&c, CASE_MANIFEST);
	char *trace = case_read(&c, SG_TRACE_FILE);
	struct sg_session *s = case_open(&c, false);
	struct sg_event event = case_step_event("0002");
	cr_assert_eq(sg_session_commit(s, &event, NULL, NULL, &err), SG_REFUSED);
	char *after = case_read(&c, SG_TRACE_FILE);
	cr_assert_str_eq(after, trace);
	cr_assert_eq(sg_session_run(s)->seq, 2);
	sg_session_close(s);
	free(trace);
	free(after);
	case_remove(&c);
	SG_LEAKCHECK();
}

static enum sg_rc no_guard(void *ctx, const struct sg_run *run, struct sg_err *err)
{
	*(int64_t *)ctx = run->seq;
	return sg_err_set(err, SG_REFUSED, "cannot go on: the brief changed");
}

Test(session, a_guard_is_asked_with_the_newest_state_and_can_refuse)
{
	struct run_case c;
	struct sg_err err = SG_ERR_INIT;
	int64_t seen = 0;

	case_start(&c, CASE_MANIFEST);
	struct sg_session *s = case_open(&c, false);
	struct sg_session *other = case_open(&c, false);
	case_commit(other, case_next_event(sg_session_run(other), "b.md"));
	struct sg_event event = case_next_event(sg_session_run(s), "c.md");
	const struct sg_guard guard = {.check = no_guard, .ctx = &seen};
	cr_assert_eq(sg_session_commit(s, &event, &guard, NULL, &err), SG_REFUSED);
	cr_assert_eq(seen, 3);
	cr_assert_str_eq(sg_session_run(s)->next_file, "b.md");
	sg_session_close(s);
	sg_session_close(other);
	cr_assert_eq(case_check_sound(&c), 3);
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(session, a_refresh_sees_what_another_session_appended)
{
	struct run_case c;
	struct sg_err err = SG_ERR_INIT;
	bool changed = true;

	case_start(&c, CASE_MANIFEST);
	struct sg_session *reader = case_open(&c, true);
	struct sg_session *writer = case_open(&c, false);
	cr_assert_eq(sg_session_refresh(reader, &changed, &err), SG_OK);
	cr_assert_not(changed);
	case_commit(writer, case_stop_gap_event(sg_session_run(writer)));
	cr_assert_eq(sg_session_refresh(reader, &changed, &err), SG_OK);
	cr_assert(changed);
	cr_assert_eq(sg_session_run(reader)->state, SG_STATE_STOPPED);
	cr_assert_eq(sg_session_standing(reader), SG_STANDING_CLEAN);
	sg_session_close(reader);
	sg_session_close(writer);
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(session, a_reader_writes_nothing_and_is_refused_to)
{
	struct run_case c;
	struct sg_err err = SG_ERR_INIT;

	case_start(&c, CASE_MANIFEST);
	char *lock = case_path(&c, SG_LOCK_FILE);
	cr_assert_eq(unlink(lock), 0);
	struct sg_session *s = case_open(&c, true);
	struct sg_event event = case_next_event(sg_session_run(s), "b.md");
	cr_assert_eq(sg_session_commit(s, &event, NULL, NULL, &err), SG_REFUSED);
	cr_assert_not(sg_t_exists(lock));
	sg_session_close(s);
	free(lock);
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(session, a_manifest_one_event_behind_is_written_again_and_said_so)
{
	struct run_case c;

	case_start(&c, CASE_MANIFEST);
	char *behind = case_read(&c, CASE_MANIFEST);
	struct sg_session *s = case_open(&c, false);
	case_commit(s, case_stop_gap_event(sg_session_run(s)));
	sg_session_close(s);
	case_write(&c, CASE_MANIFEST, behind);

	s = case_open(&c, true);
	cr_assert_eq(sg_session_standing(s), SG_STANDING_CLEAN);
	cr_assert_eq(sg_session_run(s)->state, SG_STATE_STOPPED);
	sg_session_close(s);
	s = case_open(&c, false);
	cr_assert_str_eq(
		first_note(s), CASE_MANIFEST ": was behind the trace, written again");
	sg_session_close(s);
	cr_assert_eq(case_check_sound(&c), 3);
	free(behind);
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(session, a_manifest_two_events_behind_is_tampered)
{
	struct run_case c;

	case_start(&c, CASE_MANIFEST);
	char *old = case_read(&c, CASE_MANIFEST);
	struct sg_session *s = case_open(&c, false);
	case_commit(s, case_stop_gap_event(sg_session_run(s)));
	case_commit(s, case_resume_event(sg_session_run(s)));
	sg_session_close(s);
	case_write(&c, CASE_MANIFEST, old);
	s = case_open(&c, false);
	cr_assert_eq(sg_session_standing(s), SG_STANDING_TAMPERED);
	sg_session_close(s);
	free(old);
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(session, a_trace_without_its_manifest_after_init_is_made_whole)
{
	struct run_case c;
	struct sg_err err = SG_ERR_INIT;
	const struct sg_event init = case_init_event();

	case_make(&c, CASE_MANIFEST);
	cr_assert_eq(sg_session_create(&c.options, &init, &err), SG_OK, "%s", err.text);
	cr_assert_eq(unlink(c.manifest), 0);
	cr_assert_eq(case_check_sound(&c), 1);
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(session, a_manifest_that_was_taken_away_later_is_tampered)
{
	struct run_case c;

	case_start(&c, CASE_MANIFEST);
	cr_assert_eq(unlink(c.manifest), 0);
	struct sg_session *s = case_open(&c, false);
	cr_assert_eq(sg_session_standing(s), SG_STANDING_TAMPERED);
	cr_assert_str_eq(sg_session_standing_text(s), CASE_MANIFEST ": the manifest is gone");
	sg_session_close(s);
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(session, a_torn_last_line_is_cut_off_and_said_so)
{
	struct run_case c;

	case_start(&c, CASE_MANIFEST);
	char *trace = case_read(&c, SG_TRACE_FILE);
	char *torn = sg_t_format("%s{\"seq\":3,\"ti", trace);
	case_write(&c, SG_TRACE_FILE, torn);
	struct sg_session *s = case_open(&c, false);
	cr_assert_str_eq(first_note(s),
		SG_TRACE_FILE ": cut 12 bytes of an unfinished line behind line 2");
	sg_session_close(s);
	char *after = case_read(&c, SG_TRACE_FILE);
	cr_assert_str_eq(after, trace);
	cr_assert_eq(case_check_sound(&c), 2);
	free(trace);
	free(torn);
	free(after);
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(session, a_broken_trace_can_be_read_but_refuses_all_writing_and_names_the_line)
{
	struct run_case c;
	struct sg_err err = SG_ERR_INIT;

	case_start(&c, CASE_MANIFEST);
	char *trace = case_read(&c, SG_TRACE_FILE);
	char *owner = strstr(trace, "USER");
	cr_assert_not_null(owner);
	owner[0] = 'L';
	case_write(&c, SG_TRACE_FILE, trace);
	struct sg_session *s = case_open(&c, false);
	cr_assert_eq(sg_session_standing(s), SG_STANDING_BROKEN);
	cr_assert_eq(strncmp(sg_session_standing_text(s), SG_TRACE_FILE ":2: ", 25), 0, "%s",
		sg_session_standing_text(s));
	cr_assert_eq(sg_session_end(s)->bad_line, 2);
	cr_assert_eq(sg_session_run(s)->seq, 1);
	struct sg_event event = case_next_event(sg_session_run(s), "b.md");
	cr_assert_eq(sg_session_commit(s, &event, NULL, NULL, &err), SG_BROKEN);
	sg_session_close(s);
	char *after = case_read(&c, SG_TRACE_FILE);
	cr_assert_str_eq(after, trace);
	free(trace);
	free(after);
	case_remove(&c);
	SG_LEAKCHECK();
}

/* The chain of hashes holds, the digest of the manifest does not: the reducer would say otherwise. */
Test(session, a_rewritten_trace_that_does_not_give_the_manifest_it_names_is_broken)
{
	struct run_case c;

	case_start(&c, CASE_MANIFEST);
	char *trace = case_read(&c, SG_TRACE_FILE);
	char *goal = strstr(trace, "Measure");
	cr_assert_not_null(goal);
	goal[0] = 'L';
	case_write(&c, SG_TRACE_FILE, trace);
	struct sg_session *s = case_open(&c, false);
	cr_assert_eq(
		sg_session_standing(s), SG_STANDING_BROKEN, "%s", sg_session_standing_text(s));
	sg_session_close(s);
	free(trace);
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(session, a_trace_of_another_manifest_is_refused)
{
	struct run_case c;
	struct sg_session *s = NULL;
	struct sg_err err = SG_ERR_INIT;

	case_start(&c, CASE_MANIFEST);
	char *manifest = case_read(&c, CASE_MANIFEST);
	case_write(&c, "OTHER.yaml", manifest);
	char *path = case_path(&c, "OTHER.yaml");
	struct sg_session_options options = c.options;
	options.manifest_path = path;
	cr_assert_eq(sg_session_open(&s, &options, &err), SG_REFUSED);
	cr_assert_str_eq(err.text,
		"cannot open 'OTHER.yaml': the trace beside it is that of '" CASE_MANIFEST "'");
	free(manifest);
	free(path);
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(session, a_manifest_equal_by_value_is_clean_and_its_comments_are_lost_with_a_word)
{
	struct run_case c;

	case_start(&c, CASE_MANIFEST);
	case_edit(&c, "  OWNER: \"USER\"\n", "  OWNER: USER # me\n");
	struct sg_session *s = case_open(&c, false);
	cr_assert_eq(
		sg_session_standing(s), SG_STANDING_CLEAN, "%s", sg_session_standing_text(s));
	case_commit(s, case_stop_gap_event(sg_session_run(s)));
	cr_assert_str_eq(first_note(s),
		CASE_MANIFEST ": comments inside the instance are lost by this save");
	sg_session_close(s);
	char *after = case_read(&c, CASE_MANIFEST);
	cr_assert_null(strstr(after, "# me"));
	cr_assert_eq(case_check_sound(&c), 3);
	free(after);
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(session, the_text_around_an_instance_in_markdown_is_kept_byte_for_byte)
{
	struct run_case c;

	case_start(&c, "RUNTIME_MANIFEST.md");
	case_edit(&c, "# RUNTIME_MANIFEST\n", "# Мой манифест\r\n\nтекст\n");
	char *before = sg_t_read(c.manifest, NULL);
	const size_t head = (size_t)(strstr(before, "SESSION:") - before);
	struct sg_session *s = case_open(&c, false);
	cr_assert_eq(
		sg_session_standing(s), SG_STANDING_CLEAN, "%s", sg_session_standing_text(s));
	case_commit(s, case_stop_gap_event(sg_session_run(s)));
	/* somebody writes below it while the session is open */
	char *middle = sg_t_read(c.manifest, NULL);
	char *longer = sg_t_format("%sконец", middle);
	sg_t_write_text(c.manifest, longer);
	case_commit(s, case_resume_event(sg_session_run(s)));
	sg_session_close(s);
	char *after = sg_t_read(c.manifest, NULL);
	cr_assert_eq(memcmp(before, after, head), 0);
	cr_assert(strstr(after, "\n```\nконец"), "%s", after);
	cr_assert_null(strstr(after, "STOP_GAP\"\n  STEP_GOAL"));
	cr_assert_eq(case_check_sound(&c), 4);
	free(before);
	free(middle);
	free(longer);
	free(after);
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(session, a_dead_runner_is_found_by_the_next_command_that_writes)
{
	struct run_case c;
	struct sg_err err = SG_ERR_INIT;

	case_start(&c, CASE_MANIFEST);
	struct sg_session *runner = case_open(&c, false);
	cr_assert_eq(sg_session_runner_lock(runner, &err), SG_OK, "%s", err.text);
	case_commit(runner, case_begin_event(sg_session_run(runner)));
	struct sg_session *s = case_open(&c, false);
	cr_assert_not(sg_session_runner_dead(s));
	cr_assert_eq(sg_session_settle(s, &err), SG_OK);
	cr_assert_eq(sg_session_run(s)->state, SG_STATE_BUSY);
	cr_assert_eq(sg_session_runner_lock(s, &err), SG_BUSY);

	sg_session_close(runner);
	cr_assert(sg_session_runner_dead(s));
	struct sg_event event = case_next_event(sg_session_run(s), "b.md");
	sg_err_clear(&err);
	cr_assert_eq(sg_session_commit(s, &event, NULL, NULL, &err), SG_OK, "%s", err.text);
	cr_assert_eq(sg_session_run(s)->state, SG_STATE_STOPPED);
	cr_assert_str_eq(sg_session_run(s)->manifest.fail_code, "INTERRUPTED");
	cr_assert_str_eq(sg_session_run(s)->manifest.fail_reasons.v[0],
		"INTERRUPTED: RUNNER: ROUTE: expected the end of attempt 1, found its runner "
		"gone");
	cr_assert_eq(sg_session_run(s)->seq, 5);
	sg_session_close(s);
	cr_assert_eq(case_check_sound(&c), 5);
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(session, settling_twice_says_interrupted_once)
{
	struct run_case c;
	struct sg_err err = SG_ERR_INIT;

	case_start(&c, CASE_MANIFEST);
	struct sg_session *s = case_open(&c, false);
	case_commit(s, case_begin_event(sg_session_run(s)));
	cr_assert_eq(sg_session_settle(s, &err), SG_OK, "%s", err.text);
	cr_assert_eq(sg_session_settle(s, &err), SG_OK, "%s", err.text);
	cr_assert_eq(sg_session_run(s)->seq, 4);
	cr_assert_eq(sg_session_run(s)->state, SG_STATE_STOPPED);
	sg_session_close(s);
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(session, a_trace_that_was_taken_away_under_an_open_session_is_not_begun_anew)
{
	struct run_case c;
	struct sg_err err = SG_ERR_INIT;

	case_start(&c, CASE_MANIFEST);
	struct sg_session *s = case_open(&c, false);
	char *path = case_path(&c, SG_TRACE_FILE);
	cr_assert_eq(unlink(path), 0);
	struct sg_event event = case_next_event(sg_session_run(s), "b.md");
	cr_assert_eq(sg_session_commit(s, &event, NULL, NULL, &err), SG_BROKEN);
	cr_assert_not(sg_t_exists(path));
	sg_session_close(s);
	free(path);
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(session, the_manifest_is_found_from_a_folder_below_it)
{
	struct run_case c;
	struct sg_err err = SG_ERR_INIT;
	struct sg_strbuf found = SG_STRBUF_INIT;

	case_start(&c, CASE_MANIFEST);
	char *below = case_path(&c, "docs");
	cr_assert_eq(mkdir(below, 0755), 0);
	cr_assert_eq(chdir(below), 0);
	cr_assert_eq(sg_session_find(NULL, "", &found, &err), SG_OK, "%s", err.text);
	cr_assert_str_eq(found.bytes, c.manifest);
	/* a crash in init: the trace says which file is to be made */
	cr_assert_eq(unlink(c.manifest), 0);
	sg_strbuf_clear(&found);
	cr_assert_eq(sg_session_find(NULL, NULL, &found, &err), SG_OK, "%s", err.text);
	cr_assert_str_eq(found.bytes, c.manifest);
	sg_strbuf_clear(&found);
	cr_assert_eq(sg_session_find(NULL, "/x/y.yaml", &found, &err), SG_OK);
	cr_assert_str_eq(found.bytes, "/x/y.yaml");
	sg_strbuf_clear(&found);
	cr_assert_eq(sg_session_find("z.yaml", "/x/y.yaml", &found, &err), SG_OK);
	cr_assert_str_eq(found.bytes, "z.yaml");
	sg_strbuf_release(&found);
	cr_assert_eq(chdir("/"), 0);
	free(below);
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(session, the_operators_link_to_a_manifest_is_resolved)
{
	struct run_case c;

	case_start(&c, CASE_MANIFEST);
	char *folder = sg_t_tmpdir();
	char *link = sg_t_format("%s/here.yaml", folder);
	cr_assert_eq(symlink(c.manifest, link), 0);
	struct run_case linked = c;
	linked.options.manifest_path = link;
	struct sg_session *s = case_open(&linked, false);
	cr_assert_str_eq(sg_session_dir_path(s), c.folder);
	cr_assert_str_eq(sg_session_manifest_name(s), CASE_MANIFEST);
	case_commit(s, case_stop_gap_event(sg_session_run(s)));
	sg_session_close(s);
	cr_assert_eq(case_check_sound(&c), 3);
	sg_t_rmtree(folder);
	free(folder);
	free(link);
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(session, a_poisoned_run_is_rebuilt_by_a_new_session_and_left_by_an_old_one)
{
	struct run_case c;
	struct sg_err err = SG_ERR_INIT;
	struct stat before;
	struct stat after;

	case_start(&c, CASE_MANIFEST);
	char *path = case_path(&c, SG_TRACE_FILE);
	cr_assert_eq(stat(path, &before), 0);
	struct sg_session *old = case_open(&c, false);
	case_write(&c, SG_POISON_FILE, "state unknown\n");
	struct sg_event event = case_next_event(sg_session_run(old), "b.md");
	cr_assert_eq(sg_session_commit(old, &event, NULL, NULL, &err), SG_STORAGE);
	cr_assert(strstr(err.text, "not durable, state unknown"), "%s", err.text);
	struct sg_session *reader = case_open(&c, true);
	cr_assert_eq(sg_session_standing(reader), SG_STANDING_POISONED);
	sg_session_close(reader);

	struct sg_session *s = case_open(&c, false);
	cr_assert_eq(
		sg_session_standing(s), SG_STANDING_CLEAN, "%s", sg_session_standing_text(s));
	cr_assert(strstr(first_note(s), "2 events were verified"), "%s", first_note(s));
	cr_assert_eq(stat(path, &after), 0);
	cr_assert_neq(before.st_ino, after.st_ino);
	case_commit(s, case_next_event(sg_session_run(s), "b.md"));
	sg_session_close(s);
	/* the old session takes the new file for what it is */
	sg_err_clear(&err);
	cr_assert_eq(sg_session_commit(old, &event, NULL, NULL, &err), SG_OK, "%s", err.text);
	sg_session_close(old);
	cr_assert_eq(case_check_sound(&c), 4);
	free(path);
	case_remove(&c);
	SG_LEAKCHECK();
}
