/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file compared with bytes, and the stamp that stands for what was written. */
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base_test.h"

Test(fs_seen, a_file_is_the_same_only_with_each_byte)
{
	struct sg_bt_room room;
	enum { SIZE = 200000 };
	char *bytes = malloc(SIZE);
	bool same = false;

	cr_assert(bytes);
	memset(bytes, 'a', SIZE);
	sg_bt_enter(&room);
	cr_assert_eq(sg_fs_replace(room.dir, "f", bytes, SIZE, NULL), SG_OK);
	struct sg_fs_bytes what = {bytes, SIZE};
	cr_expect_eq(sg_fs_same_beneath(room.dir, "f", &what, &same, NULL), SG_OK);
	cr_expect(same);
	bytes[SIZE - 1] = 'b';
	cr_expect_eq(sg_fs_same_beneath(room.dir, "f", &what, &same, NULL), SG_OK);
	cr_expect(!same);
	what.n_bytes = SIZE - 1;
	cr_expect_eq(sg_fs_same_beneath(room.dir, "f", &what, &same, NULL), SG_OK);
	cr_expect(!same, "the file is longer");
	cr_expect_eq(sg_fs_same_beneath(room.dir, "none", &what, &same, NULL), SG_NOTFOUND);
	sg_bt_leave(&room);
	free(bytes);
}

Test(fs_seen, the_stamp_of_a_write_is_that_of_the_file_and_an_edit_changes_it)
{
	struct sg_bt_room room;
	struct sg_fs_seen seen;
	struct stat st;

	sg_bt_enter(&room);
	cr_assert_eq(sg_fs_replace_seen(
			     room.dir, "f", &(struct sg_fs_bytes){"12345", 5}, &seen, NULL),
		SG_OK);
	cr_assert_eq(fstatat(room.dir, "f", &st, 0), 0);
	if (seen.untouched) {
		cr_expect_eq(seen.st.st_ino, st.st_ino);
		cr_expect_eq(seen.st.st_size, 5);
		cr_expect_eq(seen.st.st_mtim.tv_nsec, st.st_mtim.tv_nsec);
	}
	const int fd = openat(room.dir, "f", O_WRONLY | O_CLOEXEC);
	cr_assert_eq(write(fd, "x", 1), 1);
	close(fd);
	cr_assert_eq(fstatat(room.dir, "f", &st, 0), 0);
	if (seen.untouched)
		cr_expect(seen.st.st_mtim.tv_nsec != st.st_mtim.tv_nsec ||
			  seen.st.st_mtim.tv_sec != st.st_mtim.tv_sec);
	sg_bt_leave(&room);
}
