/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/hash.h"
#include "harness/harness.h"
#include "run_case.h"
#include "store/trace_io.h"

struct trace_case {
	struct run_case c;
	int dir;
	struct sg_trace_end end;
};

static const struct sg_trace_from start = SG_TRACE_FROM_START;

static void trace_make(struct trace_case *t)
{
	case_make(&t->c, CASE_MANIFEST);
	cr_assert_eq(sg_fs_open_dir(AT_FDCWD, t->c.folder, &t->dir, NULL), SG_OK);
	cr_assert_eq(sg_fs_mkdirs(t->dir, SG_TRACE_FOLDER, 0755, NULL), SG_OK);
	cr_assert_eq(sg_trace_scan(t->dir, &start, NULL, NULL, &t->end, NULL), SG_OK);
}

static void trace_remove(struct trace_case *t)
{
	sg_fd_close(&t->dir);
	case_remove(&t->c);
}

static void append_use(struct trace_case *t, const char *route)
{
	struct sg_event event = {
		.type = SG_EVENT_USE,
		.step = "",
		.time_ms = CASE_TIME_MS,
		.prev = "",
		.manifest = "",
		.u.use = {.route = route, .profile = ""},
	};
	struct sg_err err = SG_ERR_INIT;

	cr_assert_eq(sg_trace_append(t->dir, &t->end, &event, &err), SG_OK, "%s", err.text);
	cr_assert_eq(event.seq, t->end.seq);
}

static enum sg_rc count(void *ctx, const struct sg_event *event, const char *line,
	size_t n_bytes, struct sg_err *err)
{
	int64_t *n = ctx;

	(void)line;
	(void)n_bytes;
	(void)err;
	(*n)++;
	cr_assert_eq(event->type, SG_EVENT_USE);
	return SG_OK;
}

/* Scans the folder anew; n counts the lines that were called back. */
static enum sg_rc scan(
	const struct trace_case *t, struct sg_trace_end *end, int64_t *n, struct sg_err *err)
{
	*n = 0;
	return sg_trace_scan(t->dir, &start, count, n, end, err);
}

static void with_tail(struct trace_case *t, const char *tail, size_t n_bytes)
{
	char *path = case_path(&t->c, SG_TRACE_FILE);
	size_t size = 0;
	char *old = sg_t_read(path, &size);
	char *new = malloc(size + n_bytes);

	memcpy(new, old, size);
	memcpy(new + size, tail, n_bytes);
	sg_t_write(path, new, size + n_bytes);
	free(old);
	free(new);
	free(path);
}

Test(trace, a_missing_trace_is_an_empty_one)
{
	struct trace_case t;

	trace_make(&t);
	cr_assert_eq(t.end.tail, SG_TAIL_CLEAN);
	cr_assert_eq(t.end.seq, 0);
	cr_assert_str_eq(t.end.head, sg_sha256_zero);
	trace_remove(&t);
	SG_LEAKCHECK();
}

Test(trace, what_was_appended_is_read_back_in_order_and_chained)
{
	struct trace_case t;
	struct sg_trace_end end;
	struct sg_err err = SG_ERR_INIT;
	int64_t n;
	char hex[SG_SHA256_HEX_SIZE];

	trace_make(&t);
	append_use(&t, "a.yaml");
	append_use(&t, "b.yaml");
	cr_assert_eq(scan(&t, &end, &n, &err), SG_OK, "%s", err.text);
	cr_assert_eq(n, 2);
	cr_assert_eq(end.seq, 2);
	cr_assert_eq(end.good_bytes, t.end.good_bytes);
	cr_assert_str_eq(end.head, t.end.head);
	char *text = case_read(&t.c, SG_TRACE_FILE);
	const size_t first = strcspn(text, "\n");
	sg_sha256_of(text, first, hex);
	cr_assert(strstr(text + first + 1, hex), "the second line does not hold %s", hex);
	free(text);
	trace_remove(&t);
	SG_LEAKCHECK();
}

Test(trace, a_scan_may_start_behind_what_was_read_before)
{
	struct trace_case t;
	struct sg_trace_end end;
	int64_t n = 0;

	trace_make(&t);
	append_use(&t, "a.yaml");
	struct sg_trace_from from = {.offset = t.end.good_bytes, .seq = t.end.seq};
	memcpy(from.head, t.end.head, sizeof(from.head));
	append_use(&t, "b.yaml");
	cr_assert_eq(sg_trace_scan(t.dir, &from, count, &n, &end, NULL), SG_OK);
	cr_assert_eq(n, 1);
	cr_assert_eq(end.seq, 2);
	trace_remove(&t);
	SG_LEAKCHECK();
}

Test(trace, a_tail_that_a_crash_can_leave_is_torn_and_cut_by_the_next_append)
{
	static const struct {
		const char *bytes;
		size_t n;
	} tails[] = {
		{"{", 1},
		{"{\"seq\":3,\"time\":\"2025", 21},
		{"\0\0\0\0\0\0\0\0", 8},
		{"\0\0\0\n\0\0\0\0", 8},
		{"\xff\xfe garbage\n\x80\n", 13},
		{"{\"seq\":3,\0\0\0\0\"}\n", 16},
		{"\n", 1},
		{"\n\n\n", 3},
	};
	struct sg_trace_end end;
	int64_t n;

	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		struct trace_case t;
		struct sg_err err = SG_ERR_INIT;
		trace_make(&t);
		append_use(&t, "a.yaml");
		append_use(&t, "b.yaml");
		with_tail(&t, tails[i].bytes, tails[i].n);
		cr_assert_eq(scan(&t, &end, &n, &err), SG_OK, "tail %zu: %s", i, err.text);
		cr_assert_eq(end.tail, SG_TAIL_TORN, "tail %zu", i);
		cr_assert_eq(end.seq, 2);
		cr_assert_eq(end.torn_bytes, (int64_t)tails[i].n);
		t.end = end;
		append_use(&t, "c.yaml");
		cr_assert_eq(scan(&t, &end, &n, &err), SG_OK, "%s", err.text);
		cr_assert_eq(end.tail, SG_TAIL_CLEAN);
		cr_assert_eq(n, 3);
		trace_remove(&t);
	}
	SG_LEAKCHECK();
}

Test(trace, every_cut_of_the_last_line_is_torn_and_only_its_newline_makes_it_good)
{
	struct trace_case t;
	struct sg_trace_end end;
	int64_t n;

	trace_make(&t);
	append_use(&t, "a.yaml");
	const int64_t first = t.end.good_bytes;
	append_use(&t, "b.yaml");
	char *path = case_path(&t.c, SG_TRACE_FILE);
	for (int64_t size = t.end.good_bytes - 1; size > first; size--) {
		cr_assert_eq(truncate(path, size), 0);
		cr_assert_eq(scan(&t, &end, &n, NULL), SG_OK);
		cr_assert_eq(end.tail, SG_TAIL_TORN, "cut at %lld", (long long)size);
		cr_assert_eq(end.seq, 1);
		cr_assert_eq(end.torn_bytes, size - first);
	}
	free(path);
	trace_remove(&t);
	SG_LEAKCHECK();
}

Test(trace, every_flipped_bit_before_the_last_line_is_broken_and_its_line_named)
{
	struct trace_case t;
	struct sg_trace_end end;
	int64_t n;

	trace_make(&t);
	append_use(&t, "a.yaml");
	append_use(&t, "b.yaml");
	const int64_t behind = t.end.good_bytes;
	append_use(&t, "c.yaml");
	char *path = case_path(&t.c, SG_TRACE_FILE);
	char *text = sg_t_read(path, NULL);
	const size_t first = strcspn(text, "\n");
	const int fd = open(path, O_WRONLY | O_CLOEXEC);
	cr_assert_geq(fd, 0);
	for (size_t bit = 0; bit < (size_t)behind * 8; bit++) {
		struct sg_err err = SG_ERR_INIT;
		const char flipped = (char)(text[bit / 8] ^ (1 << bit % 8));
		cr_assert_eq(pwrite(fd, &flipped, 1, (off_t)(bit / 8)), 1);
		cr_assert_eq(scan(&t, &end, &n, &err), SG_BROKEN, "bit %zu", bit);
		cr_assert_eq(end.tail, SG_TAIL_BROKEN);
		/* a flip that still reads well shows in the next line's link */
		const int64_t line = bit / 8 <= first ? 1 : 2;
		cr_assert(end.bad_line == line || end.bad_line == line + 1,
			"bit %zu: expected line %lld or the next, found %lld", bit,
			(long long)line, (long long)end.bad_line);
		cr_assert_eq((int64_t)err.line, end.bad_line);
		cr_assert_str_eq(err.file, SG_TRACE_FILE);
		cr_assert_eq(pwrite(fd, text + bit / 8, 1, (off_t)(bit / 8)), 1);
	}
	close(fd);
	free(text);
	free(path);
	trace_remove(&t);
	SG_LEAKCHECK();
}

Test(trace, a_last_line_that_was_written_whole_but_does_not_fit_is_broken_and_stays)
{
	struct trace_case t;
	struct sg_trace_end end;
	struct sg_err err = SG_ERR_INIT;
	int64_t n;

	trace_make(&t);
	append_use(&t, "a.yaml");
	char *line = case_read(&t.c, SG_TRACE_FILE);
	with_tail(&t, line, strlen(line)); /* the first line again: seq 1 where 2 belongs */
	cr_assert_eq(scan(&t, &end, &n, &err), SG_BROKEN);
	cr_assert_str_eq(err.text, "the trace is broken: expected seq 2, found 1");
	cr_assert_eq(err.line, 2);
	free(line);
	trace_remove(&t);
	SG_LEAKCHECK();
}

static enum sg_rc refuse_second(void *ctx, const struct sg_event *event, const char *line,
	size_t n_bytes, struct sg_err *err)
{
	(void)line;
	(void)n_bytes;
	if (event->seq == 2)
		return sg_err_set(err, *(enum sg_rc *)ctx, "no");
	return SG_OK;
}

Test(trace, a_callback_can_stop_the_scan_or_call_a_line_bad)
{
	struct trace_case t;
	struct sg_trace_end end;
	struct sg_err err = SG_ERR_INIT;
	enum sg_rc rc = SG_INTERRUPTED;

	trace_make(&t);
	append_use(&t, "a.yaml");
	append_use(&t, "b.yaml");
	append_use(&t, "c.yaml");
	cr_assert_eq(
		sg_trace_scan(t.dir, &start, refuse_second, &rc, &end, &err), SG_INTERRUPTED);
	cr_assert_eq(end.seq, 1);
	cr_assert_eq(end.tail, SG_TAIL_CLEAN);
	rc = SG_BROKEN;
	sg_err_clear(&err);
	cr_assert_eq(sg_trace_scan(t.dir, &start, refuse_second, &rc, &end, &err), SG_BROKEN);
	cr_assert_eq(end.bad_line, 2);
	cr_assert_eq(end.tail, SG_TAIL_BROKEN);
	cr_assert_str_eq(err.text, "no");
	trace_remove(&t);
	SG_LEAKCHECK();
}

Test(trace, long_lines_and_many_lines_are_read_in_pieces)
{
	struct trace_case t;
	struct sg_trace_end end;
	int64_t n;
	const size_t length = (size_t)3 << 20;
	char *route = malloc(length + 1);

	trace_make(&t);
	memset(route, 'r', length);
	route[length] = '\0';
	append_use(&t, route);
	for (int i = 0; i < 50; i++)
		append_use(&t, "a.yaml");
	append_use(&t, route);
	cr_assert_eq(scan(&t, &end, &n, NULL), SG_OK);
	cr_assert_eq(n, 52);
	cr_assert_eq(end.tail, SG_TAIL_CLEAN);
	free(route);
	trace_remove(&t);
	SG_LEAKCHECK();
}

Test(trace, a_line_over_the_limit_is_refused_before_anything_is_written)
{
	struct trace_case t;
	struct sg_err err = SG_ERR_INIT;
	char *route = malloc(SG_TRACE_LINE_MAX + 1);

	trace_make(&t);
	memset(route, 'r', SG_TRACE_LINE_MAX);
	route[SG_TRACE_LINE_MAX] = '\0';
	struct sg_event event = {.type = SG_EVENT_USE,
		.step = "",
		.prev = "",
		.manifest = "",
		.u.use = {.route = route, .profile = ""}};
	cr_assert_eq(sg_trace_append(t.dir, &t.end, &event, &err), SG_LIMIT);
	char *path = case_path(&t.c, SG_TRACE_FILE);
	cr_assert_not(sg_t_exists(path));
	free(path);
	free(route);
	trace_remove(&t);
	SG_LEAKCHECK();
}

Test(trace, a_giant_line_without_an_end_does_not_make_the_window_grow_without_bound)
{
	struct trace_case t;
	struct sg_trace_end end;
	int64_t n;

	trace_make(&t);
	append_use(&t, "a.yaml");
	char *path = case_path(&t.c, SG_TRACE_FILE);
	cr_assert_eq(truncate(path, (off_t)1 << 28), 0); /* sparse zeros: 256 MiB */
	cr_assert_eq(scan(&t, &end, &n, NULL), SG_OK);
	cr_assert_eq(end.tail, SG_TAIL_TORN);
	cr_assert_eq(end.torn_bytes, ((int64_t)1 << 28) - end.good_bytes);
	free(path);
	trace_remove(&t);
	SG_LEAKCHECK();
}

Test(trace, a_trace_that_became_shorter_is_not_appended_to)
{
	struct trace_case t;
	struct sg_err err = SG_ERR_INIT;
	struct sg_event event = {.type = SG_EVENT_USE,
		.step = "",
		.prev = "",
		.manifest = "",
		.u.use = {.route = "b.yaml", .profile = ""}};

	trace_make(&t);
	append_use(&t, "a.yaml");
	char *path = case_path(&t.c, SG_TRACE_FILE);
	cr_assert_eq(truncate(path, 10), 0);
	cr_assert_eq(sg_trace_append(t.dir, &t.end, &event, &err), SG_BROKEN);
	cr_assert_eq(t.end.seq, 1);
	free(path);
	trace_remove(&t);
	SG_LEAKCHECK();
}

Test(trace, a_link_in_place_of_the_trace_is_refused)
{
	struct trace_case t;
	struct sg_trace_end end;
	struct sg_err err = SG_ERR_INIT;
	int64_t n;

	trace_make(&t);
	append_use(&t, "a.yaml");
	char *path = case_path(&t.c, SG_TRACE_FILE);
	char *moved = case_path(&t.c, "moved.jsonl");
	cr_assert_eq(rename(path, moved), 0);
	cr_assert_eq(symlink(moved, path), 0);
	cr_assert_eq(scan(&t, &end, &n, &err), SG_INPUT);
	free(path);
	free(moved);
	trace_remove(&t);
	SG_LEAKCHECK();
}
