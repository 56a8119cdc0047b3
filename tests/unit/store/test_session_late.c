/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A big manifest is written once for several ENGINE events; whoever looks meanwhile understands. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "run_case.h"

static const char *const keys[] = {"ENG.A", "ENG.B", "ENG.C", "ENG.D", "ENG.E"};
static const struct sg_strs engines = {keys, 5};

struct late_case {
	struct run_case c;
	struct sg_session *s;
};

/* In ORC, with n engines recorded; every manifest counts as a big one. */
static void begin(struct late_case *l, size_t n)
{
	case_start(&l->c, CASE_MANIFEST);
	l->c.options.late_bytes = 1;
	l->s = case_open(&l->c, false);
	case_run_to_orc(l->s, &engines);
	for (size_t i = 0; i < n; i++)
		case_commit_engine(l->s, keys[i]);
}

static void end(struct late_case *l)
{
	sg_session_close(l->s);
	case_remove(&l->c);
}

static size_t rows_in_file(const struct late_case *l)
{
	char *text = case_read(&l->c, CASE_MANIFEST);
	size_t n = 0;

	for (const char *at = text; (at = strstr(at, "eng_key:")) != NULL; at++)
		n++;
	free(text);
	return n;
}

static size_t rows_of(const struct sg_session *s)
{
	return sg_session_run(s)->manifest.engines.entries.n;
}

Test(session_late, engines_of_a_big_manifest_are_in_the_trace_before_they_are_in_the_file)
{
	struct late_case l;

	begin(&l, 3);
	cr_expect_eq(rows_of(l.s), 3);
	cr_expect_eq(rows_in_file(&l), 0);
	cr_expect_eq(sg_session_standing(l.s), SG_STANDING_CLEAN);
	const int wait_ms = sg_session_flush_wait_ms(l.s);
	cr_expect(wait_ms >= 0 && wait_ms <= SG_LATE_MS, "%d ms", wait_ms);
	end(&l);
}

Test(session_late, a_flush_writes_what_is_late_and_nothing_when_nothing_is)
{
	struct late_case l;
	struct sg_err err = SG_ERR_INIT;

	begin(&l, 3);
	cr_expect_eq(sg_session_flush(l.s, &err), SG_OK, "%s", err.text);
	cr_expect_eq(rows_in_file(&l), 3);
	cr_expect_eq(sg_session_flush_wait_ms(l.s), -1);
	char *before = case_read(&l.c, CASE_MANIFEST);
	cr_expect_eq(sg_session_flush(l.s, &err), SG_OK, "%s", err.text);
	char *after = case_read(&l.c, CASE_MANIFEST);
	cr_expect_str_eq(before, after);
	free(before);
	free(after);
	end(&l);
}

Test(session_late, an_event_of_another_kind_writes_everything)
{
	struct late_case l;

	begin(&l, 4);
	case_commit(l.s, case_stop_gap_event(sg_session_run(l.s)));
	cr_expect_eq(rows_in_file(&l), 4);
	cr_expect_eq(sg_session_flush_wait_ms(l.s), -1);
	end(&l);
}

Test(session_late, a_crash_between_that_event_and_the_manifest_is_put_right)
{
	struct late_case l;

	begin(&l, 4);
	char *late = case_read(&l.c, CASE_MANIFEST);
	case_commit(l.s, case_stop_gap_event(sg_session_run(l.s)));
	sg_session_close(l.s);
	case_write(&l.c, CASE_MANIFEST, late);
	free(late);
	l.s = case_open(&l.c, false);
	cr_expect_eq(sg_session_standing(l.s), SG_STANDING_CLEAN, "%s",
		sg_session_standing_text(l.s));
	cr_expect_eq(rows_in_file(&l), 4);
	end(&l);
}

Test(session_late, an_engine_that_ends_when_it_is_late_enough_writes_everything)
{
	struct late_case l;
	const struct timespec pause = {.tv_nsec = (SG_LATE_MS + 20) * 1000000L};

	begin(&l, 2);
	nanosleep(&pause, NULL);
	cr_expect_eq(sg_session_flush_wait_ms(l.s), 0);
	case_commit_engine(l.s, keys[2]);
	cr_expect_eq(rows_in_file(&l), 3);
	end(&l);
}

Test(session_late, a_reader_shows_the_trace_and_finds_nothing_wrong)
{
	struct late_case l;

	begin(&l, 4);
	struct sg_session *reader = case_open(&l.c, true);
	cr_expect_eq(sg_session_standing(reader), SG_STANDING_CLEAN, "%s",
		sg_session_standing_text(reader));
	cr_expect_eq(rows_of(reader), 4);
	cr_expect_eq(rows_in_file(&l), 0);
	sg_session_close(reader);
	end(&l);
}

Test(session_late, a_writer_that_died_late_is_made_good_and_said_so)
{
	struct late_case l;

	begin(&l, 5);
	sg_session_close(l.s);
	l.s = case_open(&l.c, false);
	cr_expect_eq(sg_session_standing(l.s), SG_STANDING_CLEAN);
	cr_assert_eq(sg_session_notes(l.s)->n, 1);
	cr_expect_str_eq(sg_session_notes(l.s)->v[0],
		CASE_MANIFEST ": was behind the trace, written again");
	cr_expect_eq(rows_in_file(&l), 5);
	end(&l);
}

Test(session_late, a_file_that_was_edited_while_it_was_late_is_tampered)
{
	struct late_case l;
	bool changed = false;
	struct sg_err err = SG_ERR_INIT;

	begin(&l, 3);
	case_edit(&l.c, "MUSIC", "LOGIC");
	cr_expect_eq(sg_session_refresh(l.s, &changed, &err), SG_OK);
	cr_expect_eq(sg_session_standing(l.s), SG_STANDING_TAMPERED);
	struct sg_session *reader = case_open(&l.c, true);
	cr_expect_eq(sg_session_standing(reader), SG_STANDING_TAMPERED);
	sg_session_close(reader);
	end(&l);
}

Test(session_late, a_small_manifest_is_never_late)
{
	struct late_case l;

	case_start(&l.c, CASE_MANIFEST);
	l.s = case_open(&l.c, false);
	case_run_to_orc(l.s, &engines);
	case_commit_engine(l.s, keys[0]);
	cr_expect_eq(rows_in_file(&l), 1);
	cr_expect_eq(sg_session_flush_wait_ms(l.s), -1);
	/* and one that is two events behind stays what it was: tampered with */
	char *old = case_read(&l.c, CASE_MANIFEST);
	case_commit_engine(l.s, keys[1]);
	case_commit_engine(l.s, keys[2]);
	case_write(&l.c, CASE_MANIFEST, old);
	free(old);
	struct sg_session *reader = case_open(&l.c, true);
	cr_expect_eq(sg_session_standing(reader), SG_STANDING_TAMPERED);
	sg_session_close(reader);
	end(&l);
}
