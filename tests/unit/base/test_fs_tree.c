/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Folders. */
#include <errno.h>

#include "base/fs.h"
#include "base_test.h"

static bool is_folder(int dir, const char *path)
{
	struct stat st;

	return fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

static int syncs;

static int counting_fsync(int fd)
{
	syncs++;
	return fsync(fd);
}

Test(fs_tree, folders_are_made_on_the_way_and_their_parents_synced)
{
	struct sg_bt_room room;
	struct sg_fs_calls calls = sg_fs_kernel;
	char absolute[PATH_MAX + 16];

	sg_bt_enter(&room);
	calls.fsync = counting_fsync;
	sg_fs = &calls;
	cr_expect_eq(sg_fs_mkdirs(room.dir, "a//b/c/", 0755, NULL), SG_OK);
	cr_expect(is_folder(room.dir, "a/b/c"));
	cr_expect_eq(syncs, 3);
	cr_expect_eq(sg_fs_mkdirs(room.dir, "a/b/c", 0755, NULL), SG_OK);
	cr_expect_eq(syncs, 3, "nothing new, nothing to sync");
	snprintf(absolute, sizeof(absolute), "%s/a/d/../e", room.path);
	cr_expect_eq(sg_fs_mkdirs(AT_FDCWD, absolute, 0755, NULL), SG_OK);
	cr_expect(is_folder(room.dir, "a/e"));
	cr_expect_eq(sg_fs_mkdirs(AT_FDCWD, "/", 0755, NULL), SG_OK);
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}

Test(fs_tree, a_file_on_the_way_stops_the_making)
{
	struct sg_bt_room room;
	char name[NAME_MAX + 2];

	sg_bt_enter(&room);
	sg_bt_spill(room.dir, "file", "x");
	cr_expect_eq(sg_fs_mkdirs(room.dir, "file/a", 0755, NULL), SG_NOTFOUND);
	cr_expect_eq(sg_fs_mkdirs(room.dir, "file", 0755, NULL), SG_NOTFOUND);
	cr_expect_eq(sg_fs_mkdirs(room.dir, "", 0755, NULL), SG_NOTFOUND);
	memset(name, 'n', NAME_MAX + 1);
	name[NAME_MAX + 1] = '\0';
	cr_expect_eq(sg_fs_mkdirs(room.dir, name, 0755, NULL), SG_INPUT);
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}

static int racing_mkdirat(int dir, const char *path, mode_t mode)
{
	/* Another process was faster. */
	cr_assert_eq(mkdirat(dir, path, mode), 0);
	errno = EEXIST;
	return -1;
}

static int failing_mkdirat(int dir, const char *path, mode_t mode)
{
	(void)dir;
	(void)path;
	(void)mode;
	errno = ENOSPC;
	return -1;
}

Test(fs_tree, a_folder_that_another_process_made_meanwhile_is_taken)
{
	struct sg_bt_room room;
	struct sg_fs_calls calls = sg_fs_kernel;
	struct sg_err err = SG_ERR_INIT;

	sg_bt_enter(&room);
	calls.mkdirat = racing_mkdirat;
	sg_fs = &calls;
	cr_expect_eq(sg_fs_mkdirs(room.dir, "a/b", 0755, NULL), SG_OK);
	cr_expect(is_folder(room.dir, "a/b"));
	calls.mkdirat = failing_mkdirat;
	cr_expect_eq(sg_fs_mkdirs(room.dir, "c/d", 0755, &err), SG_STORAGE);
	cr_expect_str_eq(err.text, "cannot make the folder 'c/d': No space left on device");
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}

Test(fs_tree, a_missing_file_is_removed_already)
{
	struct sg_bt_room room;

	sg_bt_enter(&room);
	sg_bt_spill(room.dir, "a", "x");
	cr_expect_eq(sg_fs_unlink(room.dir, "a", NULL), SG_OK);
	cr_expect_not(sg_fs_exists(room.dir, "a"));
	cr_expect_eq(sg_fs_unlink(room.dir, "a", NULL), SG_OK);
	cr_assert_eq(mkdirat(room.dir, "folder", 0755), 0);
	cr_expect_lt(sg_fs_unlink(room.dir, "folder", NULL), 0);
	cr_expect(sg_fs_exists(room.dir, "folder"));
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}

Test(fs_tree, a_tree_is_removed_and_links_in_it_are_not_followed)
{
	struct sg_bt_room room;
	char text[16];

	sg_bt_enter(&room);
	sg_bt_spill(room.dir, "outside", "safe");
	cr_assert_eq(mkdirat(room.dir, "kept", 0755), 0);
	sg_bt_spill(room.dir, "kept/file", "safe");
	cr_assert_eq(sg_fs_mkdirs(room.dir, "t/a/b/c", 0755, NULL), SG_OK);
	for (int i = 0; i < 300; i++) {
		char name[32];
		snprintf(name, sizeof(name), "t/a/b/%d", i);
		sg_bt_spill(room.dir, name, "x");
	}
	cr_assert_eq(symlinkat("../outside", room.dir, "t/link"), 0);
	cr_assert_eq(symlinkat("../../kept", room.dir, "t/a/folder-link"), 0);
	cr_assert_eq(mkfifoat(room.dir, "t/fifo", 0600), 0);
	cr_expect_eq(sg_fs_remove_tree(room.dir, "t", NULL), SG_OK);
	cr_expect_not(sg_fs_exists(room.dir, "t"));
	cr_expect_str_eq(sg_bt_slurp(room.dir, "outside", text, sizeof(text)), "safe");
	cr_expect_str_eq(sg_bt_slurp(room.dir, "kept/file", text, sizeof(text)), "safe");
	cr_expect_eq(sg_fs_remove_tree(room.dir, "t", NULL), SG_OK, "gone is gone");
	cr_assert_eq(symlinkat("kept", room.dir, "top-link"), 0);
	cr_expect_eq(sg_fs_remove_tree(room.dir, "top-link", NULL), SG_OK);
	cr_expect(sg_fs_exists(room.dir, "kept/file"));
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}

/* A folder is exchanged for a link after it was found to be one and before it is opened. */
static int exchanging_unlinkat(int dir, const char *path, int flags)
{
	const int result = unlinkat(dir, path, flags);

	if (result < 0 && errno == EISDIR && strcmp(path, "swapped") == 0) {
		cr_assert_eq(renameat(dir, path, dir, "away"), 0);
		cr_assert_eq(symlinkat("../kept", dir, path), 0);
		errno = EISDIR;
	}
	return result;
}

Test(fs_tree, a_folder_exchanged_for_a_link_meanwhile_is_not_followed)
{
	struct sg_bt_room room;
	struct sg_fs_calls calls = sg_fs_kernel;

	sg_bt_enter(&room);
	cr_assert_eq(mkdirat(room.dir, "kept", 0755), 0);
	sg_bt_spill(room.dir, "kept/file", "safe");
	cr_assert_eq(sg_fs_mkdirs(room.dir, "t/swapped", 0755, NULL), SG_OK);
	calls.unlinkat = exchanging_unlinkat;
	sg_fs = &calls;
	cr_expect_lt(sg_fs_remove_tree(room.dir, "t", NULL), 0);
	cr_expect(sg_fs_exists(room.dir, "kept/file"));
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}

Test(fs_tree, a_tree_that_is_too_deep_is_refused_and_does_not_exhaust_us)
{
	struct sg_bt_room room;
	int at[2] = {-1, -1};

	sg_bt_enter(&room);
	cr_assert_eq(mkdirat(room.dir, "t", 0755), 0);
	at[0] = openat(room.dir, "t", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < 250; i++) {
		cr_assert_eq(mkdirat(at[0], "d", 0755), 0);
		at[1] = openat(at[0], "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		close(at[0]);
		at[0] = at[1];
	}
	close(at[0]);
	cr_expect_eq(sg_fs_remove_tree(room.dir, "t", NULL), SG_LIMIT);
	/* Take the upper half away from above the lower one, and both go. */
	char half[512] = "t";
	for (int i = 0; i < 120; i++)
		strcat(half, "/d");
	cr_assert_eq(renameat(room.dir, half, room.dir, "lower"), 0);
	cr_expect_eq(sg_fs_remove_tree(room.dir, "t", NULL), SG_OK);
	cr_expect_eq(sg_fs_remove_tree(room.dir, "lower", NULL), SG_OK);
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}

Test(fs_tree, something_is_there_even_if_it_leads_nowhere)
{
	struct sg_bt_room room;

	sg_bt_enter(&room);
	cr_assert_eq(symlinkat("nowhere", room.dir, "dangling"), 0);
	cr_expect(sg_fs_exists(room.dir, "dangling"));
	cr_expect(sg_fs_exists(room.dir, "."));
	cr_expect_not(sg_fs_exists(room.dir, "nowhere"));
	cr_expect_not(sg_fs_exists(room.dir, ""));
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}

Test(fs_tree, a_folder_is_synced_by_its_path)
{
	struct sg_bt_room room;
	struct sg_fs_calls calls = sg_fs_kernel;

	sg_bt_enter(&room);
	calls.fsync = counting_fsync;
	sg_fs = &calls;
	cr_expect_eq(sg_fs_sync_dir(room.dir, ".", NULL), SG_OK);
	cr_expect_eq(syncs, 1);
	cr_expect_eq(sg_fs_sync_dir(room.dir, "none", NULL), SG_NOTFOUND);
	cr_expect_eq(syncs, 1);
	cr_expect_not(sg_fs_poisoned());
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}
