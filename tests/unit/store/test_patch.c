/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What changed, where the tree is kept by copies; and the numbers of patchsets. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/harness.h"
#include "patch_case.h"

#define FILES(...) ((const char *const[]){__VA_ARGS__, NULL})

Test(patch, a_folder_without_git_is_kept_by_copies)
{
	struct patch_case c = patch_case_make("", false);

	patch_case_put(&c, "docs/a.md", "one\n");
	patch_case_put(&c, "docs/gone.md", "x\n");
	const char *base = patch_case_snapshot(&c);
	cr_expect_eq(strncmp(base, "copy:", 5), 0);
	struct sg_patch patch = patch_case_compare(&c, base);
	patch_case_expect(&patch, (const char *const[]){NULL});
	cr_expect_str_eq(patch.tree, base);
	cr_expect_str_eq(patch.patchset_id, "");
	cr_expect_str_eq(c.diff.bytes, "");
	patch_case_put(&c, "docs/a.md", "two\n");
	patch_case_put(&c, "docs/new.md", "n\n");
	patch_case_remove(&c, "docs/gone.md");
	patch = patch_case_compare(&c, base);
	patch_case_expect(&patch, FILES("docs/a.md", "docs/gone.md", "docs/new.md"));
	cr_expect_str_eq(patch.patchset_id, "PATCHSET_0001");
	cr_expect_str_eq(c.diff.bytes,
		"diff --git a/docs/a.md b/docs/a.md\n"
		"--- a/docs/a.md\n+++ b/docs/a.md\n@@ -1 +1 @@\n-one\n+two\n"
		"diff --git a/docs/gone.md b/docs/gone.md\ndeleted file mode 100644\n"
		"--- a/docs/gone.md\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
		"diff --git a/docs/new.md b/docs/new.md\nnew file mode 100644\n"
		"--- /dev/null\n+++ b/docs/new.md\n@@ -0,0 +1 @@\n+n\n");
	patch_case_drop(&c);
	SG_LEAKCHECK();
}

Test(patch, what_is_ours_is_never_part_of_the_tree)
{
	struct patch_case c = patch_case_make("", false);
	const char *base = patch_case_snapshot(&c);

	patch_case_put(&c, "RUNTIME_MANIFEST.yaml", "changed\n");
	patch_case_put(&c, "CHANGELOG.md", "changed\n");
	patch_case_put(&c, ".stepgate/trace.jsonl", "changed\n");
	patch_case_put(&c, ".git/config", "changed\n");
	struct sg_patch patch = patch_case_compare(&c, base);
	patch_case_expect(&patch, (const char *const[]){NULL});
	/* the same names in a folder below are anybody's */
	patch_case_put(&c, "sub/RUNTIME_MANIFEST.yaml", "x\n");
	patch_case_put(&c, "sub/CHANGELOG.md", "x\n");
	patch = patch_case_compare(&c, base);
	patch_case_expect(&patch, FILES("sub/CHANGELOG.md", "sub/RUNTIME_MANIFEST.yaml"));
	patch_case_drop(&c);
	SG_LEAKCHECK();
}

Test(patch, the_tree_after_pack_is_one_word)
{
	struct patch_case c = patch_case_make("", false);
	const char *base = patch_case_snapshot(&c);
	const char *tree = NULL;

	patch_case_put(&c, "a", "1");
	const struct sg_patch patch = patch_case_compare(&c, base);
	cr_assert_eq(sg_patch_tree(&c.where, base, &c.arena, &tree, &c.err), SG_OK);
	cr_expect_str_eq(tree, patch.tree);
	patch_case_put(&c, "a", "2");
	cr_assert_eq(sg_patch_tree(&c.where, base, &c.arena, &tree, &c.err), SG_OK);
	cr_expect_str_neq(tree, patch.tree);
	patch_case_drop(&c);
	SG_LEAKCHECK();
}

Test(patch, hostile_names_are_listed_as_they_are_and_quoted_in_the_diff)
{
	struct patch_case c = patch_case_make("", false);
	const char *base = patch_case_snapshot(&c);

	patch_case_put(&c, "-rf", "a\n");
	patch_case_put(&c, "a b", "a\n");
	patch_case_put(&c, "q\"\\", "a\n");
	patch_case_put(&c, "two\nlines", "a\n");
	patch_case_put(&c, "\xd0\xb3\xd0\xbe", "a\n");
	patch_case_put(&c,
		"\xff"
		"bad",
		"a\n");
	const struct sg_patch patch = patch_case_compare(&c, base);
	patch_case_expect(&patch,
		FILES("-rf", "a b", "q\"\\", "two\nlines", "\xd0\xb3\xd0\xbe", "<FF>bad"));
	cr_expect_not_null(strstr(c.diff.bytes, "+++ \"b/two\\nlines\"\n"));
	cr_expect_not_null(strstr(c.diff.bytes, "+++ \"b/q\\\"\\\\\"\n"));
	cr_expect_not_null(strstr(c.diff.bytes, "+++ \"b/\\377bad\"\n"));
	cr_expect_not_null(strstr(c.diff.bytes, "+++ b/\xd0\xb3\xd0\xbe\n"));
	patch_case_drop(&c);
	SG_LEAKCHECK();
}

Test(patch, links_count_by_their_text_and_are_not_followed)
{
	struct patch_case c = patch_case_make("", false);

	patch_case_put(&c, "file", "content\n");
	patch_case_link(&c, "/etc", "etc");
	patch_case_link(&c, "nowhere", "link");
	const char *base = patch_case_snapshot(&c);
	patch_case_remove(&c, "link");
	patch_case_link(&c, "elsewhere", "link");
	patch_case_remove(&c, "file");
	patch_case_link(&c, "link", "file");
	const struct sg_patch patch = patch_case_compare(&c, base);
	patch_case_expect(&patch, FILES("file", "link"));
	cr_expect_str_eq(c.diff.bytes,
		"diff --git a/file b/file\ndeleted file mode 100644\n"
		"--- a/file\n+++ /dev/null\n@@ -1 +0,0 @@\n-content\n"
		"diff --git a/file b/file\nnew file mode 120000\n"
		"--- /dev/null\n+++ b/file\n@@ -0,0 +1 @@\n+link\n\\ No newline at end of "
		"file\n"
		"diff --git a/link b/link\n--- a/link\n+++ b/link\n@@ -1 +1 @@\n"
		"-nowhere\n\\ No newline at end of file\n+elsewhere\n"
		"\\ No newline at end of file\n");
	patch_case_drop(&c);
	SG_LEAKCHECK();
}

Test(patch, binary_and_big_files_are_named_and_not_shown)
{
	struct patch_case c = patch_case_make("", false);
	const char *base = patch_case_snapshot(&c);
	char *binary = sg_t_format("%s/binary", c.root);
	char *big = sg_t_format("%s/big", c.root);

	sg_t_write(binary, "a\0b", 3);
	sg_t_write_text(big, "x");
	cr_assert_eq(truncate(big, 9 << 20), 0);
	const struct sg_patch patch = patch_case_compare(&c, base);
	patch_case_expect(&patch, FILES("big", "binary"));
	cr_expect_not_null(
		strstr(c.diff.bytes, "Binary files /dev/null and b/binary differ\n"));
	cr_expect_not_null(strstr(c.diff.bytes, "Binary files /dev/null and b/big differ\n"));
	free(binary);
	free(big);
	patch_case_drop(&c);
	SG_LEAKCHECK();
}

Test(patch, the_executable_bit_and_pipes)
{
	struct patch_case c = patch_case_make("", false);
	char *path = sg_t_format("%s/run.sh", c.root);
	char *pipe_path = sg_t_format("%s/pipe", c.root);

	patch_case_put(&c, "run.sh", "#!/bin/sh\n");
	cr_assert_eq(mkfifo(pipe_path, 0600), 0);
	const char *base = patch_case_snapshot(&c);
	cr_assert_eq(chmod(path, 0755), 0);
	const struct sg_patch patch = patch_case_compare(&c, base);
	patch_case_expect(&patch, FILES("run.sh"));
	cr_expect_str_eq(c.diff.bytes,
		"diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n");
	free(path);
	free(pipe_path);
	patch_case_drop(&c);
	SG_LEAKCHECK();
}

Test(patch, the_active_folder_alone_is_looked_at)
{
	struct patch_case c = patch_case_make("", false);
	const char *none = NULL;

	patch_case_put(&c, "docs/a/x.md", "1\n");
	patch_case_put(&c, "docs/a-b.md", "1\n");
	patch_case_put(&c, "other.md", "1\n");
	c.where.active_folder = "./docs/";
	const char *base = patch_case_snapshot(&c);
	patch_case_put(&c, "docs/a/x.md", "2\n");
	patch_case_put(&c, "docs/a-b.md", "2\n");
	patch_case_put(&c, "other.md", "2\n");
	const struct sg_patch patch = patch_case_compare(&c, base);
	patch_case_expect(&patch, FILES("docs/a-b.md", "docs/a/x.md"));
	patch_case_link(&c, "/etc", "out");
	static const char *const bad[] = {"out", "..", "/etc", "docs/../.."};
	for (size_t i = 0; i < 4; i++) {
		c.where.active_folder = bad[i];
		cr_expect_eq(sg_patch_snapshot(&c.where, &c.arena, &none, NULL), SG_INPUT, "%s",
			bad[i]);
	}
	c.where.active_folder = "missing";
	cr_expect_eq(sg_patch_snapshot(&c.where, &c.arena, &none, NULL), SG_NOTFOUND);
	patch_case_drop(&c);
	SG_LEAKCHECK();
}

Test(patch, a_sparse_giant_in_the_tree_is_a_limit_said_at_once)
{
	struct patch_case c = patch_case_make("", false);
	char *path = sg_t_format("%s/giant", c.root);
	const char *base = NULL;

	patch_case_put(&c, "giant", "x");
	cr_assert_eq(truncate(path, (off_t)1 << 40), 0);
	cr_expect_eq(sg_patch_snapshot(&c.where, &c.arena, &base, &c.err), SG_LIMIT);
	cr_expect_not_null(strstr(c.err.text, "giant"), "%s", c.err.text);
	free(path);
	patch_case_drop(&c);
	SG_LEAKCHECK();
}

Test(patch, a_changed_copy_or_list_is_an_error_and_no_diff)
{
	struct patch_case c = patch_case_make("", false);
	struct sg_patch patch;

	patch_case_put(&c, "a", "secret\n");
	const char *base = patch_case_snapshot(&c);
	patch_case_put(&c, "a", "now\n");
	patch_case_sh(
		&c, "cd .stepgate/base/0001 && for f in [0-9a-f]*; do rm $f; echo x >$f; done");
	cr_expect_eq(
		sg_patch_compare(&c.where, base, "", "", &c.arena, &patch, &c.diff, &c.err),
		SG_STORAGE);
	cr_expect_not_null(strstr(c.err.text, "copy at OPEN was changed"), "%s", c.err.text);
	patch_case_sh(&c, "cd .stepgate/base/0001 && "
			  "for f in LIST*; do sed -i 's/ 7 a/ 8 a/' $f; done");
	sg_err_clear(&c.err);
	cr_expect_eq(
		sg_patch_compare(&c.where, base, "", "", &c.arena, &patch, &c.diff, &c.err),
		SG_STORAGE);
	cr_expect_not_null(
		strstr(c.err.text, "list of the tree at OPEN was changed"), "%s", c.err.text);
	patch_case_drop(&c);
	SG_LEAKCHECK();
}

Test(patch, a_second_snapshot_of_the_same_step_leaves_the_first_usable)
{
	struct patch_case c = patch_case_make("", false);

	patch_case_put(&c, "a", "1\n");
	const char *first = patch_case_snapshot(&c);
	patch_case_put(&c, "a", "2\n");
	const char *second = patch_case_snapshot(&c);
	cr_expect_str_neq(first, second);
	struct sg_patch patch = patch_case_compare(&c, first);
	patch_case_expect(&patch, FILES("a"));
	patch = patch_case_compare(&c, second);
	patch_case_expect(&patch, (const char *const[]){NULL});
	patch_case_drop(&c);
	SG_LEAKCHECK();
}

Test(patch, numbers_count_up_and_a_rerun_keeps_its_own)
{
	static const char *const cases[][3] = {
		{"", "", "PATCHSET_0001"},
		{"PATCHSET_0041", "", "PATCHSET_0042"},
		{"PATCHSET_9999", "", "PATCHSET_10000"},
		{"PATCHSET_0041", "PATCHSET_0041", "PATCHSET_0041"},
		{"by hand", "", "PATCHSET_0001"},
		{"PATCHSET_", "", "PATCHSET_0001"},
		{"PATCHSET_12x", "", "PATCHSET_0001"},
		{"PATCHSET_99999999999999999999", "", "PATCHSET_0001"},
	};
	struct patch_case c = patch_case_make("", false);
	const char *base = patch_case_snapshot(&c);

	patch_case_put(&c, "a", "1\n");
	for (size_t i = 0; i < SG_ARRAY_SIZE(cases); i++) {
		struct sg_patch patch;
		cr_assert_eq(sg_patch_compare(&c.where, base, cases[i][0], cases[i][1],
				     &c.arena, &patch, &c.diff, &c.err),
			SG_OK);
		cr_expect_str_eq(patch.patchset_id, cases[i][2]);
	}
	/* nothing changed any more: no patchset, whatever it was before */
	patch_case_remove(&c, "a");
	struct sg_patch patch;
	cr_assert_eq(sg_patch_compare(&c.where, base, "", "PATCHSET_0001", &c.arena, &patch,
			     &c.diff, &c.err),
		SG_OK);
	cr_expect_str_eq(patch.patchset_id, "");
	patch_case_drop(&c);
	SG_LEAKCHECK();
}

Test(patch, a_base_of_neither_kind_is_refused)
{
	struct patch_case c = patch_case_make("", false);
	struct sg_patch patch;
	const char *tree = NULL;

	cr_expect_eq(sg_patch_compare(&c.where, "", "", "", &c.arena, &patch, &c.diff, NULL),
		SG_INPUT);
	cr_expect_eq(sg_patch_tree(&c.where, "zip:1", &c.arena, &tree, NULL), SG_INPUT);
	patch_case_drop(&c);
	SG_LEAKCHECK();
}

/* What `git apply` makes of the diff must be the tree as it was changed. */
Test(patch, the_diff_of_copies_can_be_applied)
{
	struct patch_case c = patch_case_make("", false);
	char *before = sg_t_tmpdir();

	patch_case_put(&c, "docs/a.md", "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12");
	patch_case_put(&c, "gone \"x\"", "g\n");
	patch_case_link(&c, "old", "link");
	const char *base = patch_case_snapshot(&c);
	char *copy = sg_t_format("cp -a docs gone* link %s/", before);
	patch_case_sh(&c, copy);
	patch_case_put(&c, "docs/a.md", "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n11\n12\n");
	patch_case_put(&c, "\xd0\xb3\xd0\xbe\tx", "new");
	patch_case_remove(&c, "gone \"x\"");
	patch_case_remove(&c, "link");
	patch_case_link(&c, "new", "link");
	patch_case_compare(&c, base);
	char *diff_path = sg_t_format("%s/.stepgate/the.diff", c.root);
	sg_t_write(diff_path, c.diff.bytes, c.diff.n_bytes);
	char *apply =
		sg_t_format("cd %s && git apply %s && diff -r --no-dereference -x .stepgate "
			    "-x CHANGELOG.md -x RUNTIME_MANIFEST.yaml . %s",
			before, diff_path, c.root);
	patch_case_sh(&c, apply);
	sg_t_rmtree(before);
	free(before);
	free(copy);
	free(diff_path);
	free(apply);
	patch_case_drop(&c);
	SG_LEAKCHECK();
}
