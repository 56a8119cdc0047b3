/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening and reading. */
#include "base/fs.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/hash.h"
#include "base_test.h"

Test(fs, a_file_is_read_whole_and_appended)
{
	struct sg_bt_room room;
	struct sg_strbuf out = SG_STRBUF_INIT;

	sg_bt_enter(&room);
	sg_bt_spill(room.dir, "a", "one\n");
	sg_bt_spill(room.dir, "empty", "");
	sg_strbuf_adds(&out, "> ");
	cr_expect_eq(sg_fs_read(room.dir, "a", 4, &out, NULL), SG_OK);
	cr_expect_eq(sg_fs_read(room.dir, "empty", 0, &out, NULL), SG_OK);
	cr_expect_eq(sg_fs_read_beneath(room.dir, "a", 100, &out, NULL), SG_OK);
	cr_expect_str_eq(out.bytes, "> one\none\n");
	cr_expect_eq(out.n_bytes, 10);
	sg_strbuf_release(&out);
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}

Test(fs, a_file_over_the_limit_is_refused_and_nothing_is_kept)
{
	struct sg_bt_room room;
	struct sg_strbuf out = SG_STRBUF_INIT;
	struct sg_err err = SG_ERR_INIT;

	sg_bt_enter(&room);
	sg_bt_spill(room.dir, "a", "12345");
	sg_strbuf_adds(&out, "before");
	cr_expect_eq(sg_fs_read(room.dir, "a", 4, &out, &err), SG_LIMIT);
	cr_expect_str_eq(err.text, "cannot read 'a': larger than 4 bytes");
	cr_expect_str_eq(out.bytes, "before");
	sg_strbuf_release(&out);
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}

Test(fs, a_stream_without_a_size_is_read_to_its_end_or_limit)
{
	struct sg_strbuf out = SG_STRBUF_INIT;

	for (size_t max = 299999; max <= 300000; max++) {
		int ends[2];
		cr_assert_eq(pipe(ends), 0);
		const pid_t child = fork();
		if (child == 0) {
			close(ends[0]);
			for (int i = 0; i < 300; i++) {
				char chunk[1000];
				memset(chunk, 'x', sizeof(chunk));
				if (write(ends[1], chunk, sizeof(chunk)) < 0)
					_exit(1);
			}
			_exit(0);
		}
		close(ends[1]);
		sg_strbuf_clear(&out);
		const enum sg_rc rc = sg_fs_read_fd(ends[0], "pipe", max, &out, NULL);
		cr_expect_eq(rc, max == 300000 ? SG_OK : SG_LIMIT);
		cr_expect_eq(out.n_bytes, max == 300000 ? 300000 : 0);
		cr_expect_eq(strlen(out.bytes), out.n_bytes);
		close(ends[0]);
	}
	sg_strbuf_release(&out);
	SG_LEAKCHECK();
}

Test(fs, what_is_missing_is_said_to_be_missing)
{
	struct sg_bt_room room;
	int fd = -7;
	struct sg_err err = SG_ERR_INIT;

	sg_bt_enter(&room);
	sg_bt_spill(room.dir, "file", "x");
	cr_expect_eq(sg_fs_open_read(room.dir, "none", &fd, &err), SG_NOTFOUND);
	cr_expect_str_eq(err.text, "cannot open 'none': No such file or directory");
	cr_expect_eq(sg_fs_open_read(room.dir, "file/x", &fd, NULL), SG_NOTFOUND);
	cr_expect_eq(sg_fs_open_beneath(room.dir, "none", &fd, NULL), SG_NOTFOUND);
	cr_expect_eq(sg_fs_open_beneath(room.dir, "", &fd, NULL), SG_NOTFOUND);
	cr_expect_eq(sg_fs_open_dir(room.dir, "none", &fd, NULL), SG_NOTFOUND);
	cr_expect_eq(sg_fs_open_dir(room.dir, "file", &fd, NULL), SG_NOTFOUND);
	cr_expect_eq(fd, -7);
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}

Test(fs, what_is_no_regular_file_is_refused_without_waiting)
{
	struct sg_bt_room room;
	int fd = -7;
	struct sg_err err = SG_ERR_INIT;

	sg_bt_enter(&room);
	cr_assert_eq(mkfifoat(room.dir, "fifo", 0600), 0);
	cr_assert_eq(mkdirat(room.dir, "folder", 0700), 0);
	cr_assert_eq(mknodat(room.dir, "socket", S_IFSOCK | 0600, 0), 0);
	cr_expect_eq(sg_fs_open_read(room.dir, "fifo", &fd, &err), SG_INPUT);
	cr_expect_str_eq(err.text, "cannot read 'fifo': not a regular file");
	cr_expect_eq(sg_fs_open_read(room.dir, "folder", &fd, NULL), SG_INPUT);
	cr_expect_eq(sg_fs_open_read(room.dir, "socket", &fd, NULL), SG_INPUT);
	cr_expect_eq(sg_fs_open_read(AT_FDCWD, "/dev/null", &fd, NULL), SG_INPUT);
	cr_expect_eq(sg_fs_open_beneath(room.dir, "fifo", &fd, NULL), SG_INPUT);
	cr_expect_eq(sg_fs_open_beneath(room.dir, "folder", &fd, NULL), SG_INPUT);
	cr_expect_eq(fd, -7);
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}

Test(fs, an_operators_path_follows_links_and_a_named_one_does_not)
{
	struct sg_bt_room room;
	struct sg_strbuf out = SG_STRBUF_INIT;
	struct sg_err err = SG_ERR_INIT;

	sg_bt_enter(&room);
	sg_bt_spill(room.dir, "real", "content");
	cr_assert_eq(symlinkat("real", room.dir, "link"), 0);
	cr_expect_eq(sg_fs_read(room.dir, "link", 100, &out, NULL), SG_OK);
	cr_expect_str_eq(out.bytes, "content");
	cr_expect_eq(sg_fs_read_beneath(room.dir, "link", 100, &out, &err), SG_INPUT);
	cr_expect_str_eq(err.text, "cannot open 'link': a symbolic link is on the way");
	sg_strbuf_release(&out);
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}

Test(fs, nothing_named_inside_a_file_leads_out_of_its_folder)
{
	static const char *const hostile[] = {"../outside", "/etc/passwd", "sub/../../outside",
		"linked/outside", "absolute", "/proc/self/root/etc/passwd", "..", "."};
	struct sg_bt_room room;
	int inner = -1;
	char hex[SG_SHA256_HEX_SIZE] = "kept";
	int64_t size = 7;

	sg_bt_enter(&room);
	sg_bt_spill(room.dir, "outside", "secret");
	cr_assert_eq(sg_fs_mkdirs(room.dir, "in/sub", 0755, NULL), SG_OK);
	cr_assert_eq(sg_fs_open_dir(room.dir, "in", &inner, NULL), SG_OK);
	cr_assert_eq(symlinkat("..", inner, "linked"), 0);
	cr_assert_eq(symlinkat("/etc/passwd", inner, "absolute"), 0);
	sg_bt_spill(inner, "sub/good", "x");
	for (size_t i = 0; i < SG_ARRAY_SIZE(hostile); i++) {
		int fd = -7;
		cr_expect_eq(sg_fs_open_beneath(inner, hostile[i], &fd, NULL), SG_INPUT, "%s",
			hostile[i]);
		cr_expect_eq(fd, -7);
		cr_expect_eq(
			sg_fs_hash_beneath(inner, hostile[i], 100, &size, hex, NULL), SG_INPUT);
	}
	cr_expect_str_eq(hex, "kept");
	cr_expect_eq(size, 7);
	/* Up and down again within the folder is no escape. */
	int fd = -1;
	cr_expect_eq(sg_fs_open_beneath(inner, "sub/../sub/good", &fd, NULL), SG_OK);
	sg_fd_close(&fd);
	cr_expect_eq(fd, -1);
	sg_fd_close(&fd);
	sg_fd_close(&inner);
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}

Test(fs, a_file_is_hashed_with_its_size_up_to_the_limit)
{
	struct sg_bt_room room;
	struct sg_strbuf big = SG_STRBUF_INIT;
	char hex[SG_SHA256_HEX_SIZE];
	char expected[SG_SHA256_HEX_SIZE];
	int64_t size = 0;

	sg_bt_enter(&room);
	for (int i = 0; i < 30000; i++)
		sg_strbuf_addf(&big, "line %d\n", i);
	sg_bt_spill(room.dir, "big", big.bytes);
	sg_sha256_of(big.bytes, big.n_bytes, expected);
	const int64_t n = (int64_t)big.n_bytes;
	cr_expect_eq(sg_fs_hash_beneath(room.dir, "big", n, &size, hex, NULL), SG_OK);
	cr_expect_eq(size, n);
	cr_expect_str_eq(hex, expected);
	cr_expect_eq(sg_fs_hash_beneath(room.dir, "big", n - 1, &size, hex, NULL), SG_LIMIT);
	cr_expect_eq(sg_fs_hash_beneath(room.dir, "none", n, &size, hex, NULL), SG_NOTFOUND);
	cr_expect_eq(size, n);
	sg_strbuf_release(&big);
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}

static int reads_left;

static ssize_t failing_read(int fd, void *bytes, size_t n)
{
	/* Every other call is interrupted, each answer is short, and at last the disk fails. */
	if (reads_left % 2 == 1) {
		reads_left--;
		errno = EINTR;
		return -1;
	}
	if (reads_left-- == 0) {
		errno = EIO;
		return -1;
	}
	return read(fd, bytes, n < 3 ? n : 3);
}

Test(fs, reading_takes_interruptions_and_short_counts_and_reports_the_disk)
{
	struct sg_bt_room room;
	struct sg_fs_calls calls = sg_fs_kernel;
	struct sg_strbuf out = SG_STRBUF_INIT;
	struct sg_err err = SG_ERR_INIT;
	char hex[SG_SHA256_HEX_SIZE] = "kept";
	int64_t size = 7;

	sg_bt_enter(&room);
	sg_bt_spill(room.dir, "a", "0123456789");
	calls.read = failing_read;
	sg_fs = &calls;
	reads_left = 1000;
	cr_expect_eq(sg_fs_read(room.dir, "a", 100, &out, NULL), SG_OK);
	cr_expect_str_eq(out.bytes, "0123456789");
	sg_strbuf_clear(&out);
	reads_left = 4;
	cr_expect_eq(sg_fs_read(room.dir, "a", 100, &out, &err), SG_STORAGE);
	cr_expect_str_eq(err.text, "cannot read 'a': Input/output error");
	cr_expect_str_eq(out.bytes, "");
	reads_left = 4;
	cr_expect_eq(sg_fs_hash_beneath(room.dir, "a", 100, &size, hex, NULL), SG_STORAGE);
	cr_expect_str_eq(hex, "kept");
	cr_expect_eq(size, 7);
	sg_strbuf_release(&out);
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}

static int busy_opens;

static int racing_openat2(int dir, const char *path, const struct open_how *how, size_t size)
{
	if (busy_opens-- > 0) {
		errno = EAGAIN;
		return -1;
	}
	return sg_fs_kernel.openat2(dir, path, how, size);
}

Test(fs, a_walk_that_a_rename_disturbed_is_tried_again_but_not_for_ever)
{
	struct sg_bt_room room;
	struct sg_fs_calls calls = sg_fs_kernel;
	int fd = -1;

	sg_bt_enter(&room);
	sg_bt_spill(room.dir, "a", "x");
	calls.openat2 = racing_openat2;
	sg_fs = &calls;
	busy_opens = 5;
	cr_expect_eq(sg_fs_open_beneath(room.dir, "a", &fd, NULL), SG_OK);
	sg_fd_close(&fd);
	busy_opens = 1000000;
	cr_expect_eq(sg_fs_open_beneath(room.dir, "a", &fd, NULL), SG_STORAGE);
	cr_expect_eq(fd, -1);
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}

Test(fs, descriptors_do_not_survive_an_exec)
{
	struct sg_bt_room room;
	int fds[5] = {-1, -1, -1, -1, -1};

	sg_bt_enter(&room);
	sg_bt_spill(room.dir, "a", "x");
	cr_assert_eq(sg_fs_open_read(room.dir, "a", &fds[0], NULL), SG_OK);
	cr_assert_eq(sg_fs_open_beneath(room.dir, "a", &fds[1], NULL), SG_OK);
	cr_assert_eq(sg_fs_open_dir(room.dir, ".", &fds[2], NULL), SG_OK);
	cr_assert_eq(sg_fs_open_append(room.dir, "t", 0600, &fds[3], NULL), SG_OK);
	cr_assert_eq(sg_fs_lock(room.dir, "LOCK", 0, &fds[4], NULL), SG_OK);
	for (size_t i = 0; i < SG_ARRAY_SIZE(fds); i++) {
		cr_expect(fcntl(fds[i], F_GETFD) & FD_CLOEXEC, "descriptor %zu", i);
		sg_fd_close(&fds[i]);
	}
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}
