/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Folders, links, and files that need not survive a crash. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/hash.h"
#include "harness/harness.h"

static char *put(const char *root, const char *name, const char *text)
{
	char *path = sg_t_format("%s/%s", root, name);

	sg_t_write_text(path, text);
	return path;
}

static int open_root(const char *root)
{
	const int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	cr_assert_geq(fd, 0);
	return fd;
}

Test(fs_dir, names_are_sorted_by_bytes_and_bounded)
{
	char *root = sg_t_tmpdir();
	const int dir = open_root(root);
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_strs names = {NULL, 0};

	free(put(root, "b", ""));
	free(put(root, "\xd0\xb3", ""));
	free(put(root, "B", ""));
	free(put(root, ".a", ""));
	for (int twice = 0; twice < 2; twice++) {
		cr_assert_eq(sg_fs_list(dir, root, 4, &arena, &names, NULL), SG_OK);
		cr_assert_eq(names.n, 4);
		cr_expect_str_eq(names.v[0], ".a");
		cr_expect_str_eq(names.v[1], "B");
		cr_expect_str_eq(names.v[2], "b");
		cr_expect_str_eq(names.v[3], "\xd0\xb3");
	}
	cr_expect_eq(sg_fs_list(dir, root, 3, &arena, &names, NULL), SG_LIMIT);
	cr_expect_eq(names.n, 4);
	close(dir);
	sg_arena_release(&arena);
	sg_t_rmtree(root);
	free(root);
	SG_LEAKCHECK();
}

Test(fs_dir, a_folder_is_opened_beneath_only_and_through_no_link)
{
	char *root = sg_t_tmpdir();
	const int dir = open_root(root);
	int fd = -1;

	free(put(root, "a/b/file", "x"));
	char *link = sg_t_format("%s/link", root);
	cr_assert_eq(symlink("a", link), 0);
	cr_assert_eq(sg_fs_open_dir_beneath(dir, "a/b", &fd, NULL), SG_OK);
	sg_fd_close(&fd);
	cr_expect_eq(sg_fs_open_dir_beneath(dir, "link/b", &fd, NULL), SG_INPUT);
	cr_expect_eq(sg_fs_open_dir_beneath(dir, "..", &fd, NULL), SG_INPUT);
	cr_expect_eq(sg_fs_open_dir_beneath(dir, "/", &fd, NULL), SG_INPUT);
	cr_expect_eq(sg_fs_open_dir_beneath(dir, "a/b/file", &fd, NULL), SG_NOTFOUND);
	cr_expect_eq(sg_fs_open_dir_beneath(dir, "c", &fd, NULL), SG_NOTFOUND);
	cr_expect_eq(fd, -1);
	close(dir);
	free(link);
	sg_t_rmtree(root);
	free(root);
	SG_LEAKCHECK();
}

Test(fs_dir, a_copy_has_its_mode_its_hash_and_a_new_name)
{
	char *root = sg_t_tmpdir();
	const int dir = open_root(root);
	char *from = put(root, "from", "content\n");
	const struct sg_fs_copy how = {0440, true, 8};
	const struct sg_fs_copy small = {0440, false, 7};
	char hex[SG_SHA256_HEX_SIZE];
	char expected[SG_SHA256_HEX_SIZE];
	int64_t size_bytes = 0;
	int fd = -1;
	struct stat st;

	sg_sha256_of("content\n", 8, expected);
	cr_assert_eq(sg_fs_open_read(AT_FDCWD, from, &fd, NULL), SG_OK);
	cr_expect_eq(sg_fs_copy_plain(fd, dir, "to", &how, &size_bytes, hex, NULL), SG_OK);
	cr_expect_str_eq(hex, expected);
	cr_expect_eq(size_bytes, 8);
	cr_assert_eq(fstatat(dir, "to", &st, 0), 0);
	cr_expect_eq(st.st_mode & 07777, 0440);
	cr_expect_eq(sg_fs_copy_plain(fd, dir, "to", &how, &size_bytes, hex, NULL), SG_INPUT);
	cr_expect_eq(
		sg_fs_copy_plain(fd, dir, "two", &small, &size_bytes, hex, NULL), SG_LIMIT);
	cr_expect_not(sg_fs_exists(dir, "two"));
	cr_expect_eq(sg_fs_hash_fd(fd, "from", 8, &size_bytes, hex, NULL), SG_OK);
	cr_expect_str_eq(hex, expected);
	cr_expect_eq(sg_fs_hash_fd(fd, "from", 7, &size_bytes, hex, NULL), SG_LIMIT);
	for (int twice = 0; twice < 2; twice++) {
		cr_expect_eq(
			sg_fs_copy_by_hash(fd, dir, from, 8, &size_bytes, hex, NULL), SG_OK);
		cr_expect(sg_fs_exists(dir, expected));
	}
	sg_fd_close(&fd);
	close(dir);
	free(from);
	sg_t_rmtree(root);
	free(root);
	SG_LEAKCHECK();
}

Test(fs_dir, a_rename_moves_and_a_mkdir_makes_one_folder)
{
	char *root = sg_t_tmpdir();
	const int dir = open_root(root);

	free(put(root, "a/file", "x"));
	cr_expect_eq(sg_fs_mkdir(dir, "b", 0700, NULL), SG_OK);
	cr_expect_eq(sg_fs_mkdir(dir, "b", 0700, NULL), SG_INPUT);
	cr_expect_eq(sg_fs_mkdir(dir, "c/d", 0700, NULL), SG_NOTFOUND);
	cr_expect_eq(sg_fs_rename(dir, "a/file", "b/moved", NULL), SG_OK);
	cr_expect(sg_fs_exists(dir, "b/moved"));
	cr_expect_not(sg_fs_exists(dir, "a/file"));
	cr_expect_eq(sg_fs_rename(dir, "a/file", "b/again", NULL), SG_NOTFOUND);
	close(dir);
	sg_t_rmtree(root);
	free(root);
	SG_LEAKCHECK();
}

Test(fs_dir, closed_folders_are_opened_up_and_links_left_alone)
{
	char *root = sg_t_tmpdir();
	char *outside = sg_t_tmpdir();
	const int dir = open_root(root);
	struct stat st;

	free(put(root, "tree/closed/deep/file", "x"));
	char *closed = sg_t_format("%s/tree/closed", root);
	char *link = sg_t_format("%s/tree/link", root);
	cr_assert_eq(chmod(outside, 0750), 0);
	cr_assert_eq(symlink(outside, link), 0);
	cr_assert_eq(chmod(closed, 0), 0);
	cr_expect_eq(sg_fs_unlock_tree(dir, "tree", NULL), SG_OK);
	cr_assert_eq(stat(closed, &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0700);
	cr_assert_eq(stat(outside, &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0750);
	cr_expect_eq(sg_fs_unlock_tree(dir, "missing", NULL), SG_OK);
	cr_expect_eq(sg_fs_remove_tree(dir, "tree", NULL), SG_OK);
	close(dir);
	free(closed);
	free(link);
	sg_t_rmtree(root);
	sg_t_rmtree(outside);
	free(root);
	free(outside);
	SG_LEAKCHECK();
}

Test(fs_dir, what_a_link_says_is_read_as_it_is)
{
	char *root = sg_t_tmpdir();
	const int dir = open_root(root);
	char *link = sg_t_format("%s/link", root);
	struct sg_strbuf text = SG_STRBUF_INIT;

	cr_assert_eq(symlink("no where\n", link), 0);
	cr_expect_eq(sg_fs_read_link(dir, "link", &text, NULL), SG_OK);
	cr_expect_str_eq(text.bytes, "no where\n");
	cr_expect_eq(sg_fs_read_link(dir, "missing", &text, NULL), SG_NOTFOUND);
	sg_strbuf_release(&text);
	close(dir);
	free(link);
	sg_t_rmtree(root);
	free(root);
	SG_LEAKCHECK();
}

/* --- each call fails in turn --- */

static int calls_left;
static bool failed_once;

static bool fails_now(void)
{
	if (calls_left-- != 0)
		return false;
	failed_once = true;
	errno = EIO;
	return true;
}

static int fail_openat(int dir, const char *path, int flags, mode_t mode)
{
	return fails_now() ? -1 : sg_fs_kernel.openat(dir, path, flags, mode);
}

static ssize_t fail_read(int fd, void *bytes, size_t n)
{
	return fails_now() ? -1 : read(fd, bytes, n);
}

static ssize_t fail_write(int fd, const void *bytes, size_t n)
{
	return fails_now() ? -1 : write(fd, bytes, n);
}

static int fail_fsync(int fd)
{
	return fails_now() ? -1 : fsync(fd);
}

static int fail_rename(int from_dir, const char *from, int to_dir, const char *to)
{
	return fails_now() ? -1 : renameat(from_dir, from, to_dir, to);
}

Test(fs_dir, a_copy_by_hash_that_fails_leaves_no_file_of_a_wrong_content)
{
	char *root = sg_t_tmpdir();
	char *from = put(root, "from", "content\n");
	struct sg_fs_calls calls = sg_fs_kernel;
	char expected[SG_SHA256_HEX_SIZE];
	int fd = -1;
	int n = 0;

	calls.openat = fail_openat;
	calls.read = fail_read;
	calls.write = fail_write;
	calls.fsync = fail_fsync;
	calls.renameat = fail_rename;
	sg_sha256_of("content\n", 8, expected);
	cr_assert_eq(sg_fs_open_read(AT_FDCWD, from, &fd, NULL), SG_OK);
	do {
		char *folder = sg_t_tmpdir();
		const int dir = open_root(folder);
		char hex[SG_SHA256_HEX_SIZE] = "untouched";
		int64_t size_bytes = -1;
		struct sg_arena arena = SG_ARENA_INIT;
		struct sg_strs names;
		calls_left = n++;
		failed_once = false;
		sg_fs = &calls;
		const enum sg_rc rc =
			sg_fs_copy_by_hash(fd, dir, from, 100, &size_bytes, hex, NULL);
		sg_fs = &sg_fs_kernel;
		sg_fs_poison_clear();
		cr_expect_eq(rc < 0, failed_once, "call %d", n);
		cr_expect_str_eq(hex, failed_once ? "untouched" : expected);
		cr_assert_eq(sg_fs_list(dir, folder, 10, &arena, &names, NULL), SG_OK);
		cr_expect_eq(names.n, failed_once ? 0 : 1, "call %d", n);
		sg_arena_release(&arena);
		close(dir);
		sg_t_rmtree(folder);
		free(folder);
	} while (failed_once);
	cr_expect_gt(n, 4);
	sg_fd_close(&fd);
	free(from);
	sg_t_rmtree(root);
	free(root);
	SG_LEAKCHECK();
}
