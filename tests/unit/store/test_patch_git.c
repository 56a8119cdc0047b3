/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What changed in a work tree of git, by the git that is installed. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exec/spawn.h"
#include "harness/harness.h"
#include "base/fs.h"
#include "patch_case.h"

#define FILES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NO_FILES   ((const char *const[]){NULL})

Test(patch_git, a_repository_without_a_commit_is_enough)
{
	struct patch_case c = patch_case_make("", true);

	patch_case_put(&c, "a.md", "one\n");
	const char *base = patch_case_snapshot(&c);
	cr_expect_eq(strncmp(base, "git:", 4), 0);
	struct sg_patch patch = patch_case_compare(&c, base);
	patch_case_expect(&patch, NO_FILES);
	cr_expect_str_eq(patch.tree, base);
	patch_case_put(&c, "a.md", "two\n");
	patch = patch_case_compare(&c, base);
	patch_case_expect(&patch, FILES("a.md"));
	cr_expect_not_null(
		strstr(c.diff.bytes, "--- a/a.md\n+++ b/a.md\n@@ -1 +1 @@\n-one\n+two\n"));
	cr_expect_str_eq(patch.patchset_id, "PATCHSET_0001");
	const char *tree = NULL;
	cr_assert_eq(sg_patch_tree(&c.where, base, &c.arena, &tree, &c.err), SG_OK);
	cr_expect_str_eq(tree, patch.tree);
	patch_case_drop(&c);
	SG_LEAKCHECK();
}

Test(patch_git, an_empty_folder_has_an_empty_tree)
{
	struct patch_case c = patch_case_make("runs/here", true);
	const char *base = patch_case_snapshot(&c);
	struct sg_patch patch = patch_case_compare(&c, base);

	patch_case_expect(&patch, NO_FILES);
	patch_case_put(&c, "a", "1\n");
	patch = patch_case_compare(&c, base);
	patch_case_expect(&patch, FILES("a"));
	patch_case_drop(&c);
	SG_LEAKCHECK();
}

Test(patch_git, the_users_index_and_objects_stay_as_they_were)
{
	struct patch_case c = patch_case_make("", true);

	patch_case_put(&c, "staged", "1\n");
	patch_case_sh(&c, "git add staged && cp .git/index .git/index.before && "
			  "find .git/objects -type f | sort >.git/objects.before");
	patch_case_put(&c, "new", "1\n");
	const char *base = patch_case_snapshot(&c);
	patch_case_put(&c, "new", "2\n");
	const struct sg_patch patch = patch_case_compare(&c, base);
	patch_case_expect(&patch, FILES("new"));
	patch_case_sh(&c, "cmp .git/index .git/index.before && "
			  "find .git/objects -type f | sort | cmp - .git/objects.before && "
			  "! ls .stepgate/index.* 2>/dev/null");
	patch_case_drop(&c);
	SG_LEAKCHECK();
}

Test(patch_git, only_the_manifests_folder_counts_and_paths_begin_there)
{
	struct patch_case c = patch_case_make("work/run 1", true);

	patch_case_put(&c, "a.md", "1\n");
	patch_case_sh(&c, "echo x >outside && git add -A && git commit -qm one");
	const char *base = patch_case_snapshot(&c);
	patch_case_put(&c, "a.md", "2\n");
	patch_case_put(&c, "sub/b.md", "2\n");
	patch_case_put(&c, "RUNTIME_MANIFEST.yaml", "changed\n");
	patch_case_put(&c, "CHANGELOG.md", "changed\n");
	patch_case_put(&c, ".stepgate/trace.jsonl", "changed\n");
	patch_case_sh(&c, "echo y >outside");
	struct sg_patch patch = patch_case_compare(&c, base);
	patch_case_expect(&patch, FILES("a.md", "sub/b.md"));
	cr_expect_not_null(strstr(c.diff.bytes, "+++ b/a.md\n"));
	/* a commit changes nothing about the files */
	patch_case_sh(&c, "git add -A && git commit -qm two");
	patch = patch_case_compare(&c, base);
	patch_case_expect(&patch, FILES("a.md", "sub/b.md"));
	patch_case_drop(&c);
	SG_LEAKCHECK();
}

Test(patch_git, ignored_files_do_not_count_unless_tracked)
{
	struct patch_case c = patch_case_make("", true);

	patch_case_put(&c, ".gitignore", "*.tmp\nbuild/\n");
	patch_case_put(&c, "tracked.tmp", "1\n");
	patch_case_sh(&c, "git add -A && git add -f tracked.tmp && git commit -qm one");
	const char *base = patch_case_snapshot(&c);
	patch_case_put(&c, "x.tmp", "1\n");
	patch_case_put(&c, "build/x", "1\n");
	struct sg_patch patch = patch_case_compare(&c, base);
	patch_case_expect(&patch, NO_FILES);
	patch_case_put(&c, "tracked.tmp", "2\n");
	patch = patch_case_compare(&c, base);
	patch_case_expect(&patch, FILES("tracked.tmp"));
	patch_case_drop(&c);
	SG_LEAKCHECK();
}

Test(patch_git, an_ignored_folder_is_kept_by_copies)
{
	struct patch_case c = patch_case_make("build/demo", true);

	patch_case_sh(&c, "echo build/ >.gitignore");
	patch_case_put(&c, "a", "1\n");
	const char *base = patch_case_snapshot(&c);
	cr_expect_eq(strncmp(base, "copy:", 5), 0, "%s", base);
	patch_case_drop(&c);
	SG_LEAKCHECK();
}

Test(patch_git, hostile_names_are_listed_as_they_are)
{
	struct patch_case c = patch_case_make("\xd0\xb3\xd0\xbe \"q\":x", true);
	const char *base = patch_case_snapshot(&c);

	patch_case_put(&c, "-rf", "a\n");
	patch_case_put(&c, ":(top)x", "a\n");
	patch_case_put(&c, "q\"\\", "a\n");
	patch_case_put(&c, "two\nlines", "a\n");
	patch_case_put(&c, "\xd0\xb3\xd0\xbe", "a\n");
	const struct sg_patch patch = patch_case_compare(&c, base);
	patch_case_expect(
		&patch, FILES("-rf", ":(top)x", "q\"\\", "two\nlines", "\xd0\xb3\xd0\xbe"));
	cr_expect_not_null(strstr(c.diff.bytes, "+++ b/\xd0\xb3\xd0\xbe\n"));
	patch_case_drop(&c);
	SG_LEAKCHECK();
}

/* A newline in the path of the repository itself: rev-parse and the alternates must cope. */
Test(patch_git, a_repository_whose_path_has_a_newline_and_a_quote)
{
	struct patch_case c = patch_case_make("", false);

	patch_case_sh(&c,
		"mkdir 'a\n\"b:' && mv RUNTIME_MANIFEST.yaml .stepgate 'a\n\"b:' && "
		"cd 'a\n\"b:' && git init -q . && git config user.name t && "
		"git config user.email t@t && echo 1 >x && git add x && git commit -qm one");
	free(c.root);
	c.root = sg_t_format("%s/a\n\"b:", c.top);
	struct patch_case inner = c;
	inner.where.dir_path = c.root;
	cr_assert_eq(sg_fs_open_dir(-100, c.root, &inner.where.dir, &c.err), SG_OK);
	const char *base = patch_case_snapshot(&inner);
	cr_expect_eq(strncmp(base, "git:", 4), 0);
	patch_case_put(&inner, "x", "2\n");
	const struct sg_patch patch = patch_case_compare(&inner, base);
	patch_case_expect(&patch, FILES("x"));
	cr_expect_not_null(strstr(inner.diff.bytes, "-1\n+2\n"));
	close(c.where.dir);
	patch_case_drop(&inner);
	SG_LEAKCHECK();
}

Test(patch_git, a_manifest_with_a_glob_for_a_name_hides_nothing_else)
{
	struct patch_case c = patch_case_make("", true);
	const char *base = NULL;

	c.where.manifest_name = "*.yaml";
	patch_case_put(&c, "*.yaml", "m\n");
	base = patch_case_snapshot(&c);
	patch_case_put(&c, "*.yaml", "changed\n");
	patch_case_put(&c, "other.yaml", "changed\n");
	const struct sg_patch patch = patch_case_compare(&c, base);
	patch_case_expect(&patch, FILES("other.yaml"));
	patch_case_drop(&c);
	SG_LEAKCHECK();
}

/* Each of these would run `touch ran` if it were obeyed. */
Test(patch_git, nothing_that_the_repository_configures_is_run)
{
	struct patch_case c = patch_case_make("", true);

	patch_case_put(&c, "evil.sh", "#!/bin/sh\ntouch \"$(dirname \"$0\")/ran\"\ncat\n");
	patch_case_put(&c, ".gitattributes", "* filter=evil diff=evil\n");
	patch_case_put(&c, "a", "1\n");
	patch_case_sh(&c, "git add -A && git commit -qm one && chmod +x evil.sh && "
			  "mkdir -p .git/hooks && cp evil.sh .git/hooks/post-index-change && "
			  "cp evil.sh .git/hooks/pre-commit && "
			  "git config core.fsmonitor \"$PWD/evil.sh\" && "
			  "git config filter.evil.clean \"$PWD/evil.sh\" && "
			  "git config filter.evil.smudge \"$PWD/evil.sh\" && "
			  "git config filter.evil.required true && "
			  "git config 'filter.a=b.process' \"$PWD/evil.sh\" && "
			  "git config diff.evil.command \"$PWD/evil.sh\" && "
			  "git config diff.evil.textconv \"$PWD/evil.sh\" && "
			  "git config diff.external \"$PWD/evil.sh\" && "
			  "git config core.pager \"$PWD/evil.sh\" && "
			  "echo '* filter=a=b' >>.gitattributes; rm -f ran .git/hooks/ran");
	const char *base = patch_case_snapshot(&c);
	cr_expect_eq(strncmp(base, "git:", 4), 0);
	patch_case_put(&c, "a", "2\n");
	const struct sg_patch patch = patch_case_compare(&c, base);
	patch_case_expect(&patch, FILES("a"));
	cr_expect_not_null(strstr(c.diff.bytes, "-1\n+2\n"));
	patch_case_sh(&c, "test ! -e ran && test ! -e .git/hooks/ran");
	patch_case_drop(&c);
	SG_LEAKCHECK();
}

/* Each of these would hide the change of a tracked file from an ordinary git add. */
Test(patch_git, no_bit_of_the_users_index_hides_a_change)
{
	struct patch_case c = patch_case_make("", true);

	patch_case_put(&c, "a", "1\n");
	patch_case_put(&c, "b", "1\n");
	patch_case_sh(&c,
		"git add -A && git commit -qm one && "
		"git update-index --assume-unchanged a && "
		"git update-index --skip-worktree b && "
		"git config core.ignoreStat true && git config core.trustctime false && "
		"git config core.checkStat minimal && git config core.splitIndex true && "
		"git config add.ignoreErrors true");
	const char *base = patch_case_snapshot(&c);
	patch_case_put(&c, "a", "2\n");
	patch_case_put(&c, "b", "2\n");
	const struct sg_patch patch = patch_case_compare(&c, base);
	patch_case_expect(&patch, FILES("a", "b"));
	patch_case_sh(&c, "! ls .git/sharedindex.* 2>/dev/null");
	patch_case_drop(&c);
	SG_LEAKCHECK();
}

Test(patch_git, a_nested_repository_counts_by_its_commit)
{
	struct patch_case c = patch_case_make("", true);

	patch_case_sh(&c, "git init -q sub && cd sub && git config user.name t && "
			  "git config user.email t@t && echo 1 >f && git add f && "
			  "git commit -qm one");
	const char *base = patch_case_snapshot(&c);
	patch_case_sh(&c, "cd sub && echo 2 >f && git commit -qam two");
	const struct sg_patch patch = patch_case_compare(&c, base);
	patch_case_expect(&patch, FILES("sub"));
	cr_expect_not_null(strstr(c.diff.bytes, "-Subproject commit "));
	patch_case_drop(&c);
	SG_LEAKCHECK();
}

Test(patch_git, links_are_not_followed_and_binaries_not_shown)
{
	struct patch_case c = patch_case_make("", true);
	const char *base = patch_case_snapshot(&c);
	char *binary = sg_t_format("%s/binary", c.root);
	char *pipe_path = sg_t_format("%s/pipe", c.root);

	sg_t_write(binary, "a\0b", 3);
	cr_assert_eq(mkfifo(pipe_path, 0600), 0);
	patch_case_link(&c, "/etc", "etc");
	const struct sg_patch patch = patch_case_compare(&c, base);
	patch_case_expect(&patch, FILES("binary", "etc"));
	cr_expect_not_null(
		strstr(c.diff.bytes, "Binary files /dev/null and b/binary differ\n"));
	cr_expect_not_null(strstr(c.diff.bytes, "new file mode 120000\n"));
	free(binary);
	free(pipe_path);
	patch_case_drop(&c);
	SG_LEAKCHECK();
}

Test(patch_git, what_git_cannot_read_is_a_sentence)
{
	struct patch_case c = patch_case_make("", true);
	const char *base = NULL;

	patch_case_sh(&c, "git init -q broken"); /* a nested repository without a commit */
	cr_expect_lt(sg_patch_snapshot(&c.where, &c.arena, &base, &c.err), 0);
	cr_expect_not_null(
		strstr(c.err.text, "git add ended with exit status"), "%s", c.err.text);
	patch_case_sh(&c, "! ls .stepgate/index.* 2>/dev/null");
	patch_case_drop(&c);
	SG_LEAKCHECK();
}

Test(patch_git, a_file_that_may_not_be_read_is_named)
{
	struct patch_case c = patch_case_make("", true);
	const char *base = NULL;

	patch_case_put(&c, "locked.md", "x\n");
	char *path = sg_t_format("%s/locked.md", c.root);
	cr_assert_eq(chmod(path, 0), 0);
	if (geteuid() == 0) {
		/* the superuser reads all: be somebody else for a moment */
		patch_case_sh(&c, "git config add.ignoreErrors true && chown -R 65534:65534 .");
		cr_assert_eq(setegid(65534), 0);
		cr_assert_eq(seteuid(65534), 0);
	}
	cr_expect_lt(sg_patch_snapshot(&c.where, &c.arena, &base, &c.err), 0);
	cr_expect_not_null(strstr(c.err.text, "locked.md"), "%s", c.err.text);
	cr_assert_eq(seteuid(getuid()), 0);
	free(path);
	patch_case_drop(&c);
	SG_LEAKCHECK();
}

Test(patch_git, a_base_that_is_gone_is_an_error)
{
	struct patch_case c = patch_case_make("", true);
	struct sg_patch patch;

	patch_case_put(&c, "a", "1\n");
	const char *base = patch_case_snapshot(&c);
	patch_case_put(&c, "a", "2\n");
	patch_case_sh(&c, "rm -rf .stepgate/objects");
	cr_expect_lt(
		sg_patch_compare(&c.where, base, "", "", &c.arena, &patch, &c.diff, &c.err), 0);
	cr_expect_not_null(strstr(c.err.text, "git diff-tree"), "%s", c.err.text);
	sg_err_clear(&c.err);
	cr_expect_eq(sg_patch_compare(&c.where, "git:--output=/tmp/x", "", "", &c.arena, &patch,
			     &c.diff, &c.err),
		SG_INPUT);
	patch_case_sh(&c, "rm -rf .git");
	sg_err_clear(&c.err);
	cr_expect_lt(
		sg_patch_compare(&c.where, base, "", "", &c.arena, &patch, &c.diff, &c.err), 0);
	patch_case_drop(&c);
	SG_LEAKCHECK();
}

static int no_program(void *ctx, const char *dir_path, const char *const *argv,
	const char *const *env, struct sg_strbuf *out, struct sg_err *err)
{
	(void)ctx;
	(void)dir_path;
	(void)env;
	(void)out;
	sg_err_set(err, SG_NOTFOUND, "cannot run '%s': not found", argv[0]);
	return -1;
}

Test(patch_git, without_git_the_tree_is_copied)
{
	struct patch_case c = patch_case_make("", true);
	const struct sg_command_runner none = {no_program, NULL};

	c.where.runner = &none;
	patch_case_put(&c, "a", "1\n");
	const char *base = patch_case_snapshot(&c);
	cr_expect_eq(strncmp(base, "copy:", 5), 0);
	struct sg_patch patch;
	cr_expect_eq(sg_patch_compare(&c.where, "git:4b825dc", "", "", &c.arena, &patch,
			     &c.diff, &c.err),
		SG_NOTFOUND);
	cr_expect_not_null(strstr(c.err.text, "cannot run"), "%s", c.err.text);
	patch_case_drop(&c);
	SG_LEAKCHECK();
}

Test(patch_git, the_programs_own_runner_leaves_the_users_index_alone)
{
	struct patch_case c = patch_case_make("", true);
	const struct sg_command_runner own = {sg_spawn_capture, NULL};

	c.where.runner = &own;
	patch_case_put(&c, "staged", "1\n");
	patch_case_sh(&c, "git add staged && cp .git/index .git/index.before");
	for (int i = 0; i < 40; i++) {
		char *command = sg_t_format("git config filter.f%d.clean cat", i);
		patch_case_sh(&c, command);
		free(command);
	}
	const char *base = patch_case_snapshot(&c);
	patch_case_put(&c, "new", "2\n");
	const struct sg_patch patch = patch_case_compare(&c, base);
	patch_case_expect(&patch, FILES("new"));
	patch_case_sh(&c, "cmp .git/index .git/index.before");
	patch_case_drop(&c);
	SG_LEAKCHECK();
}

/* Hands on a few variables only. */
static int forgetful(void *ctx, const char *dir_path, const char *const *argv,
	const char *const *env, struct sg_strbuf *out, struct sg_err *err)
{
	const char *few[3] = {NULL, NULL, NULL};

	(void)ctx;
	for (size_t i = 0; i < 2 && env[i]; i++)
		few[i] = env[i];
	return sg_spawn_capture(NULL, dir_path, argv, few, out, err);
}

Test(patch_git, a_runner_that_loses_variables_cannot_harm_the_users_index)
{
	struct patch_case c = patch_case_make("", true);
	const struct sg_command_runner bad = {forgetful, NULL};
	const char *base = NULL;

	c.where.runner = &bad;
	patch_case_put(&c, "staged", "1\n");
	patch_case_sh(&c, "git add staged && cp .git/index .git/index.before");
	patch_case_put(&c, "new", "2\n");
	cr_expect_eq(sg_patch_snapshot(&c.where, &c.arena, &base, &c.err), SG_STORAGE);
	cr_expect_not_null(strstr(c.err.text, "it would use the index"), "%s", c.err.text);
	patch_case_sh(&c, "cmp .git/index .git/index.before");
	patch_case_drop(&c);
	SG_LEAKCHECK();
}
