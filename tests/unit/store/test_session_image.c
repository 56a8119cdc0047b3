/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A large manifest is not read again behind our own write: whoever changes it meanwhile is found
 * all the same, and what he wrote is never carried into the next file.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "run_case.h"

#define GOAL_BYTES ((size_t)200000)

struct large {
	struct run_case c;
	struct sg_session *s;
	char *goal;
};

static struct large *now;

/* A passed STEP whose next goal is long; then one more, so that the file is our own write. */
static void commit_next(struct large *l, const char *file)
{
	struct sg_event event = case_next_event(sg_session_run(l->s), file);

	event.u.next.goal = l->goal;
	case_commit(l->s, event);
}

static void begin(struct large *l)
{
	*l = (struct large){.goal = malloc(GOAL_BYTES + 1)};
	cr_assert(l->goal);
	memset(l->goal, 'g', GOAL_BYTES);
	l->goal[GOAL_BYTES] = '\0';
	case_start(&l->c, CASE_MANIFEST);
	l->s = case_open(&l->c, false);
	case_pass(l->s);
	commit_next(l, "docs/one.md");
	now = l;
}

static void end(struct large *l)
{
	sg_fs = &sg_fs_kernel;
	sg_session_close(l->s);
	case_remove(&l->c);
	free(l->goal);
}

/* Another length would be found by the size alone; so one letter of the goal, in place. */
static void put_letter(int fd)
{
	cr_assert_eq(pwrite(fd, "~", 1, (off_t)GOAL_BYTES), 1);
}

static void edit_in_place(const struct large *l)
{
	const int fd = open(l->c.manifest, O_WRONLY | O_CLOEXEC);

	cr_assert_geq(fd, 0);
	put_letter(fd);
	close(fd);
}

static bool is_refused(struct large *l)
{
	struct sg_err err = SG_ERR_INIT;
	struct sg_event event = case_next_event(sg_session_run(l->s), "docs/two.md");

	return sg_session_commit(l->s, &event, NULL, NULL, &err) == SG_TAMPERED;
}

/* The file is what the trace says. */
static void expect_truth(struct large *l)
{
	char *text = case_read(&l->c, CASE_MANIFEST);

	cr_expect(!strchr(text, '~'), "what another wrote was carried over");
	free(text);
	sg_session_close(l->s);
	l->s = NULL;
	case_check_sound(&l->c);
}

Test(session_image, an_edit_in_place_right_behind_our_own_write_is_found)
{
	struct large l;

	begin(&l);
	for (int i = 0; i < 20; i++) {
		char *good = case_read(&l.c, CASE_MANIFEST);
		commit_next(&l, i % 2 ? "docs/one.md" : "docs/two.md");
		edit_in_place(&l);
		cr_expect(is_refused(&l), "change %d", i);
		sg_session_close(l.s);
		free(good);
		good = case_read(&l.c, CASE_MANIFEST);
		*strchr(good, '~') = 'g';
		case_write(&l.c, CASE_MANIFEST, good);
		free(good);
		l.s = case_open(&l.c, false);
		cr_assert_eq(sg_session_standing(l.s), SG_STANDING_CLEAN);
	}
	expect_truth(&l);
	end(&l);
}

Test(session_image, another_file_of_the_same_size_in_its_place_is_found)
{
	struct large l;
	char *other = NULL;

	begin(&l);
	commit_next(&l, "docs/two.md");
	char *text = case_read(&l.c, CASE_MANIFEST);
	*strstr(text, "gggg") = '~';
	case_write(&l.c, "other.yaml", text);
	other = case_path(&l.c, "other.yaml");
	cr_assert_eq(rename(other, l.c.manifest), 0);
	cr_expect(is_refused(&l));
	free(other);
	free(text);
	end(&l);
}

/* --- between our look and our write --- */

static int renames;

/* The old file is edited when the new one is about to take its name. */
static int edit_then_rename(int from_dir, const char *from, int to_dir, const char *to)
{
	if (strcmp(to, CASE_MANIFEST) == 0 && renames++ == 0)
		edit_in_place(now);
	return renameat(from_dir, from, to_dir, to);
}

Test(session_image, an_edit_between_our_look_and_our_write_is_not_carried_over)
{
	struct large l;
	struct sg_fs_calls calls = sg_fs_kernel;

	begin(&l);
	calls.renameat = edit_then_rename;
	sg_fs = &calls;
	commit_next(&l, "docs/two.md");
	cr_assert_eq(renames, 1);
	commit_next(&l, "docs/one.md");
	sg_fs = &sg_fs_kernel;
	expect_truth(&l);
	end(&l);
}

/* The new file is edited as soon as it has its name. */
static int rename_then_edit(int from_dir, const char *from, int to_dir, const char *to)
{
	const int result = renameat(from_dir, from, to_dir, to);

	if (strcmp(to, CASE_MANIFEST) == 0 && renames++ == 0)
		edit_in_place(now);
	return result;
}

Test(session_image, an_edit_between_the_rename_and_our_look_at_it_is_found)
{
	struct large l;
	struct sg_fs_calls calls = sg_fs_kernel;

	begin(&l);
	calls.renameat = rename_then_edit;
	sg_fs = &calls;
	commit_next(&l, "docs/two.md");
	cr_assert_eq(renames, 1);
	cr_expect(is_refused(&l));
	end(&l);
}

/* The temporary file is edited while it is being synced. */
static int sync_then_edit(int fd)
{
	struct stat st;
	const int result = fsync(fd);

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > (off_t)GOAL_BYTES &&
		renames++ == 0) {
		/* behind one tick of a kernel whose files know no finer time */
		usleep(12000);
		put_letter(fd);
	}
	return result;
}

Test(session_image, an_edit_of_the_file_that_is_being_written_is_found)
{
	struct large l;
	struct sg_fs_calls calls = sg_fs_kernel;

	begin(&l);
	calls.fsync = sync_then_edit;
	sg_fs = &calls;
	commit_next(&l, "docs/two.md");
	cr_assert_eq(renames, 1);
	cr_expect(is_refused(&l));
	end(&l);
}

/* --- a write that failed --- */

static int no_space(int fd)
{
	(void)fd;
	errno = ENOSPC;
	return -1;
}

static ssize_t no_trace_line(int fd, const void *bytes, size_t n)
{
	if (n > 7 && memcmp(bytes, "{\"seq\":", 7) == 0)
		return no_space(fd);
	return write(fd, bytes, n);
}

Test(session_image, a_change_that_did_not_come_to_its_commit_point_leaves_no_trace_in_the_next)
{
	struct large l;
	struct sg_fs_calls calls = sg_fs_kernel;
	struct sg_err err = SG_ERR_INIT;

	begin(&l);
	struct sg_event event = case_next_event(sg_session_run(l.s), "docs/two.md");
	event.u.next.goal = "~";
	calls.write = no_trace_line;
	sg_fs = &calls;
	cr_expect_eq(sg_session_commit(l.s, &event, NULL, NULL, &err), SG_STORAGE);
	sg_fs = &sg_fs_kernel;
	commit_next(&l, "docs/two.md");
	expect_truth(&l);
	end(&l);
}
