/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The harness itself: a test of it is the only one that would notice it lying. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/harness.h"

Test(harness, a_temporary_folder_is_new_absolute_and_empty)
{
	char *one = sg_t_tmpdir(), *two = sg_t_tmpdir();
	cr_assert_eq(one[0], '/');
	cr_assert_str_neq(one, two);
	/* rmdir refuses a folder that holds anything. */
	cr_assert_eq(rmdir(one), 0);
	sg_t_rmtree(two);
	cr_assert_not(sg_t_exists(two));
	free(one);
	free(two);
	SG_LEAKCHECK();
}

Test(harness, bytes_written_are_read_again_with_their_size)
{
	char *dir = sg_t_tmpdir(), *path = sg_t_format("%s/a/b/имя файла", dir);
	size_t size = 1;
	cr_assert_null(sg_t_read(path, &size));
	sg_t_write(path, "x\0y", 3);
	char *data = sg_t_read(path, &size);
	cr_assert_eq(size, 3);
	cr_assert_eq(memcmp(data, "x\0y", 4), 0);
	free(data);
	sg_t_write_text(path, "");
	data = sg_t_read(path, &size);
	cr_assert_eq(size, 0);
	cr_assert_str_eq(data, "");
	free(data);
	sg_t_rmtree(dir);
	free(path);
	free(dir);
	SG_LEAKCHECK();
}

Test(harness, a_file_of_any_size_is_read_whole)
{
	char *dir = sg_t_tmpdir(), *path = sg_t_format("%s/big", dir);
	size_t wanted = 1000003, size = 0;
	char *data = malloc(wanted);
	for (size_t i = 0; i < wanted; i++)
		data[i] = (char)(i % 251);
	sg_t_write(path, data, wanted);
	char *again = sg_t_read(path, &size);
	cr_assert_eq(size, wanted);
	cr_assert_eq(memcmp(data, again, wanted), 0);
	free(data);
	free(again);
	sg_t_rmtree(dir);
	free(path);
	free(dir);
	SG_LEAKCHECK();
}

Test(harness, a_tree_is_removed_with_what_is_read_only_and_not_through_a_link)
{
	char *dir = sg_t_tmpdir(), *other = sg_t_tmpdir();
	char *inner = sg_t_format("%s/inner", dir), *file = sg_t_format("%s/file", inner);
	char *kept = sg_t_format("%s/kept", other), *link = sg_t_format("%s/link", inner);
	sg_t_write_text(file, "1");
	sg_t_write_text(kept, "2");
	cr_assert_eq(symlink(other, link), 0);
	cr_assert_eq(chmod(inner, 0555), 0);
	sg_t_rmtree(dir);
	cr_assert_not(sg_t_exists(dir));
	cr_assert(sg_t_exists(kept));
	sg_t_rmtree(other);
	sg_t_rmtree(other);
	free(dir);
	free(other);
	free(inner);
	free(file);
	free(kept);
	free(link);
	SG_LEAKCHECK();
}

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>

Test(harness, the_leak_check_sees_a_leak)
{
	cr_assert(sg_t_is_asan());
	/* Its report is what is wanted here and nobody else's business. */
	char *dir = sg_t_tmpdir(), *path = sg_t_format("%s/report", dir);
	__sanitizer_set_report_path(path);
	/* Kept where the checker does not look: the address with all its bits turned. */
	volatile uintptr_t hidden = ~(uintptr_t)malloc(4711);
	cr_assert(sg_t_leaked());
	free((void *)~hidden);
	cr_assert_not(sg_t_leaked());
	sg_t_rmtree(dir);
	free(path);
	free(dir);
}
#endif
