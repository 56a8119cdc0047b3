/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The trace where the disk, the memory or somebody else is in the way of reading and appending. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "fault/fault.h"
#include "fault/memory.h"
#include "harness/harness.h"
#include "run_case.h"
#include "store/trace_io.h"

struct edge {
	struct run_case c;
	int dir;
	struct sg_trace_end end;
};

static const struct sg_trace_from start = SG_TRACE_FROM_START;

static enum sg_rc append(struct edge *e, const char *route, struct sg_err *err)
{
	struct sg_event event = {.type = SG_EVENT_USE,
		.step = "",
		.prev = "",
		.manifest = "",
		.u.use = {.route = route, .profile = ""}};

	return sg_trace_append(e->dir, &e->end, &event, err);
}

static void edge_make(struct edge *e, int n)
{
	struct sg_err err = SG_ERR_INIT;

	case_make(&e->c, CASE_MANIFEST);
	cr_assert_eq(sg_fs_open_dir(AT_FDCWD, e->c.folder, &e->dir, NULL), SG_OK);
	cr_assert_eq(sg_fs_mkdirs(e->dir, SG_TRACE_FOLDER, 0755, NULL), SG_OK);
	cr_assert_eq(sg_trace_scan(e->dir, &start, NULL, NULL, &e->end, NULL), SG_OK);
	for (int i = 0; i < n; i++)
		cr_assert_eq(append(e, "a.yaml", &err), SG_OK, "%s", err.text);
}

static void edge_remove(struct edge *e)
{
	sg_fd_close(&e->dir);
	case_remove(&e->c);
}

static void add_bytes(const struct edge *e, const char *bytes, size_t n)
{
	char *path = case_path(&e->c, SG_TRACE_FILE);
	const int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);

	cr_assert_eq(write(fd, bytes, n), (ssize_t)n);
	close(fd);
	free(path);
}

Test(trace_edges, a_scan_without_a_callback_counts_the_lines)
{
	struct edge e;
	struct sg_trace_end end;

	edge_make(&e, 3);
	cr_assert_eq(sg_trace_scan(e.dir, &start, NULL, NULL, &end, NULL), SG_OK);
	cr_assert_eq(end.seq, 3);
	edge_remove(&e);
	SG_LEAKCHECK();
}

Test(trace_edges, a_line_one_byte_over_the_limit_is_too_long)
{
	struct edge e;
	struct sg_trace_end end;

	edge_make(&e, 1);
	char *path = case_path(&e.c, SG_TRACE_FILE);
	/* from its own start, so that its newline comes with the last byte that is too many */
	cr_assert_eq(truncate(path, 0), 0);
	cr_assert_eq(truncate(path, (off_t)SG_TRACE_LINE_MAX + 1), 0);
	add_bytes(&e, "\n", 1);
	cr_assert_eq(sg_trace_scan(e.dir, &start, NULL, NULL, &end, NULL), SG_OK);
	cr_assert_eq(end.tail, SG_TAIL_TORN);
	cr_assert_eq(end.seq, 0);
	cr_assert_eq(end.torn_bytes, (int64_t)SG_TRACE_LINE_MAX + 2);
	free(path);
	edge_remove(&e);
	SG_LEAKCHECK();
}

Test(trace_edges, to_read_on_where_the_trace_went_or_from_no_place_is_an_error)
{
	struct edge e;
	struct sg_trace_end end;
	struct sg_err err = SG_ERR_INIT;
	struct sg_trace_from from = SG_TRACE_FROM_START;

	edge_make(&e, 1);
	from.offset = -1;
	cr_assert_eq(sg_trace_scan(e.dir, &from, NULL, NULL, &end, &err), SG_STORAGE);
	char *path = case_path(&e.c, SG_TRACE_FILE);
	cr_assert_eq(unlink(path), 0);
	from.offset = 10;
	sg_err_clear(&err);
	cr_assert_eq(sg_trace_scan(e.dir, &from, NULL, NULL, &end, &err), SG_NOTFOUND);
	free(path);
	edge_remove(&e);
	SG_LEAKCHECK();
}

Test(trace_edges, a_bad_line_may_be_the_last_of_whatever_stands_behind_it)
{
	struct edge e;
	struct sg_trace_end end;

	edge_make(&e, 1);
	add_bytes(&e, "{\"seq\":2,\n\0\0\n{}", 14);
	cr_assert_eq(sg_trace_scan(e.dir, &start, NULL, NULL, &end, NULL), SG_OK);
	cr_assert_eq(end.tail, SG_TAIL_TORN);
	cr_assert_eq(end.torn_bytes, 14);
	edge_remove(&e);
	SG_LEAKCHECK();
}

/* --- a disk that fails while it is read --- */

Test(trace_edges, a_read_that_fails_ends_the_scan_with_its_reason_and_an_interrupted_one_does_not)
{
	static const enum fault_kind kinds[] = {
		FAULT_FAIL_BEFORE, FAULT_INTERRUPT, FAULT_SHORT};
	struct edge e;
	struct sg_trace_end end;

	edge_make(&e, 2);
	/* garbage of several windows, so that what is behind the bad line has to be read too */
	char *zeros = calloc(1, (size_t)2 << 20);
	add_bytes(&e, "{\n", 2);
	add_bytes(&e, zeros, (size_t)2 << 20);
	free(zeros);
	for (size_t k = 0; k < 3; k++) {
		for (int at = 1;; at++) {
			struct sg_err err = SG_ERR_INIT;
			fault_arm(kinds[k], false, at);
			const enum sg_rc rc =
				sg_trace_scan(e.dir, &start, NULL, NULL, &end, &err);
			const bool through = fault_calls() < at;
			const int hits = fault_hits();
			fault_disarm();
			if (through)
				break;
			if (kinds[k] != FAULT_FAIL_BEFORE || hits == 0 || rc == SG_OK) {
				/* a close that fails loses nothing that was read */
				cr_assert_eq(rc, SG_OK, "call %d: %s", at, err.text);
				cr_assert_eq(end.seq, 2);
				cr_assert_eq(end.tail, SG_TAIL_TORN);
			} else {
				cr_assert_eq(rc, SG_STORAGE, "call %d: %s", at, err.text);
			}
		}
	}
	edge_remove(&e);
	SG_LEAKCHECK();
}

static off_t said_size;

static int odd_fstat(int fd, struct stat *ret)
{
	const int result = sg_fs_kernel.fstat(fd, ret);

	ret->st_size = said_size;
	return said_size < 0 ? -1 : result;
}

Test(trace_edges, a_file_whose_size_cannot_be_asked_is_read_and_not_appended_to)
{
	struct edge e;
	struct sg_trace_end end;
	struct sg_err err = SG_ERR_INIT;
	struct sg_fs_calls calls = sg_fs_kernel;

	edge_make(&e, 2);
	add_bytes(&e, "{", 1);
	calls.fstat = odd_fstat;
	sg_fs = &calls;
	for (said_size = -1; said_size < 2; said_size++) {
		cr_assert_eq(sg_trace_scan(e.dir, &start, NULL, NULL, &end, NULL), SG_OK);
		cr_assert_eq(end.tail, SG_TAIL_TORN);
		cr_assert_eq(end.torn_bytes, 0);
		sg_err_clear(&err);
		cr_assert_eq(append(&e, "b.yaml", &err),
			said_size < 0 ? SG_STORAGE : SG_BROKEN, "%s", err.text);
	}
	sg_fs = &sg_fs_kernel;
	edge_remove(&e);
	SG_LEAKCHECK();
}

Test(trace_edges, a_torn_tail_that_cannot_be_cut_is_not_built_on)
{
	struct edge e;

	for (int at = 1;; at++) {
		struct sg_err err = SG_ERR_INIT;
		struct sg_trace_end end;
		edge_make(&e, 2);
		add_bytes(&e, "{\"seq\"", 6);
		fault_arm(FAULT_FAIL_BEFORE, false, at);
		const enum sg_rc rc = append(&e, "b.yaml", &err);
		const bool through = fault_calls() < at;
		fault_disarm();
		sg_fs_poison_clear();
		cr_assert_eq(sg_trace_scan(e.dir, &start, NULL, NULL, &end, NULL), SG_OK);
		if (rc == SG_OK)
			cr_assert_eq(end.seq, 3);
		else
			cr_assert_eq(rc, SG_STORAGE, "call %d: %s", at, err.text);
		cr_assert_geq(end.seq, 2);
		edge_remove(&e);
		if (through)
			break;
	}
	SG_LEAKCHECK();
}

/* --- memory --- */

/* Lines of every length, so that one of them needs memory for its newline alone. */
Test(trace_edges, a_line_without_memory_for_any_of_its_bytes_is_not_written)
{
	struct edge e;
	char route[600] = "";

	edge_make(&e, 0);
	for (size_t n = 1; n < sizeof(route); n++) {
		memset(route, 'r', n);
		for (int at = 1;; at++) {
			struct sg_err err = SG_ERR_INIT;
			const int64_t before = e.end.seq;
			memory_arm(at, false);
			const enum sg_rc rc = append(&e, route, &err);
			const int calls = memory_disarm();
			if (rc == SG_OK)
				cr_assert_eq(e.end.seq, before + 1);
			else
				cr_assert_eq(rc, SG_NOMEM, "%zu, %d: %s", n, at, err.text);
			if (calls < at)
				break;
		}
	}
	struct sg_trace_end end;
	cr_assert_eq(sg_trace_scan(e.dir, &start, NULL, NULL, &end, NULL), SG_OK);
	cr_assert_eq(end.seq, e.end.seq);
	cr_assert_str_eq(end.head, e.end.head);
	edge_remove(&e);
	SG_LEAKCHECK();
}

Test(trace_edges, a_head_of_no_line_says_nothing)
{
	struct edge e;
	struct sg_trace_head head;

	edge_make(&e, 1);
	sg_trace_read_head(e.dir, &head);
	cr_assert_eq(head.seq, 1);
	case_write(&e.c, ".stepgate/HEAD", "                   0 abcdef 0123456789abcdef\n");
	sg_trace_read_head(e.dir, &head);
	cr_assert_eq(head.seq, 0);
	edge_remove(&e);
	SG_LEAKCHECK();
}
