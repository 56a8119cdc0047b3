/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scope: what `write` covers, and what a PATH: item forbids. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/attr.h"
#include "core/scope.h"
#include "harness/harness.h"

static bool covers(const char *item, const char *path)
{
	const struct sg_strs write = {&item, 1};
	return sg_scope_covers(&write, path);
}

Test(scope, an_item_of_write_covers_itself_and_what_lies_beneath)
{
	cr_expect(covers("docs", "docs"));
	cr_expect(covers("docs", "docs/a/b.md"));
	cr_expect(covers("docs/", "docs/a"));
	cr_expect(covers("./docs//", "docs/a"));
	cr_expect(covers("docs/a.md", "docs/a.md"));
	cr_expect(covers(".", "anything/at/all"));
	cr_expect(covers("./", "x"));
	cr_expect_not(covers("docs", "docs.bak"));
	cr_expect_not(covers("docs", "doc"));
	cr_expect_not(covers("docs/a", "docs/ab"));
	cr_expect_not(covers("docs", "other/docs/x"));
	SG_LEAKCHECK();
}

Test(scope, an_empty_or_absolute_item_covers_nothing_of_the_tree)
{
	cr_expect_not(covers("", "x"));
	cr_expect_not(covers("/", "x"));
	cr_expect_not(covers("/docs", "docs"));
	const struct sg_strs none = {NULL, 0};
	cr_expect_not(sg_scope_covers(&none, "x"));
	SG_LEAKCHECK();
}

struct glob_case {
	const char *glob, *path;
	bool matches;
};

static const struct glob_case globs[] = {
	{"docs/a.md", "docs/a.md", true},
	{"docs/a.md", "docs/a.mdx", false},
	{"docs", "docs/deep/er.md", true},
	{"docs/", "docs/x", true},
	{"./docs", "docs/x", true},
	{"/docs", "docs/x", true},
	{"*.md", "a.md", true},
	{"*.md", "docs/a.md", false},
	{"*", "a", true},
	{"*", "a/b", true},
	{"*", ".hidden", true},
	{"docs/*", "docs/a/b", true},
	{"docs/*.md", "docs/a/b.md", false},
	{"**", "a/b/c", true},
	{"**/x", "x", true},
	{"**/x", "a/b/x", true},
	{"**/x", "ax", false},
	{"**/x", "a/bx", false},
	{"docs/**", "docs/a/b", true},
	{"docs/**", "docs", false},
	{"docs/**/z", "docs/z", true},
	{"docs/**/z", "docs/a/b/z", true},
	{"docs/**/z", "docs/az", false},
	{"a**b", "a/x/b", true},
	{"a**/b", "ab", false},
	{"a**/b", "a/b", true},
	{"a**/b", "axx/y/b", true},
	{"a?c", "abc", true},
	{"a?c", "a/c", false},
	{"[abc]", "b", true},
	{"[a-c]x", "bx", true},
	{"[a-c]x", "dx", false},
	{"[!a-c]x", "dx", true},
	{"[!a-c]x", "ax", false},
	{"a[!b]c", "a/c", false},
	{"a[/]c", "a/c", false},
	{"[]a]", "]", true},
	{"[a", "[a", true},
	{"[a", "a", false},
	{"[a-]", "-", true},
	{"", "a", false},
	{"/", "a", false},
	{"a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
	{"**a**a**a**a**a**b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
	{"документы/*", "документы/а", true},
	{"A", "a", false},
};

Test(scope, a_glob_matches_whole_paths_and_what_lies_beneath_a_match)
{
	for (size_t i = 0; i < SG_ARRAY_SIZE(globs); i++)
		cr_expect_eq(sg_scope_matches(globs[i].glob, globs[i].path), globs[i].matches,
			"%s and %s", globs[i].glob, globs[i].path);
	SG_LEAKCHECK();
}

Test(scope, a_path_longer_than_any_in_a_watched_tree_is_forbidden_rather_than_missed)
{
	static char path[64 * 256 + 2];
	memset(path, 'a', sizeof(path) - 1);
	cr_expect(sg_scope_matches("b", path));
	path[64 * 256] = '\0';
	cr_expect_not(sg_scope_matches("b", path));
	SG_LEAKCHECK();
}

Test(scope, only_PATH_items_forbid_and_the_first_is_named)
{
	const char *const items[] = {
		"no new dependencies", "KEY:docs", "PATH: secret/**", "PATH:secret/key"};
	const struct sg_strs list = {items, SG_ARRAY_SIZE(items)};
	const struct sg_strs prose = {items, 2};
	cr_expect_str_eq(sg_scope_forbids(&list, "secret/key"), "PATH: secret/**");
	cr_expect_null(sg_scope_forbids(&list, "docs"));
	cr_expect(sg_scope_has_paths(&list));
	cr_expect_not(sg_scope_has_paths(&prose));
	SG_LEAKCHECK();
}

Test(scope, a_subject_ends_at_its_last_mark)
{
	const char *subject = "a#sha256=b#sha256=00";
	cr_expect_str_eq(sg_scope_mark(subject), "#sha256=00");
	cr_expect_str_eq(sg_scope_mark("plain"), "");
	SG_LEAKCHECK();
}

Test(scope, a_folder_of_one_letter_covers_itself_and_the_dot_everything)
{
	const struct sg_strs letter = {(const char *const[]){"a"}, 1};
	const struct sg_strs dot = {(const char *const[]){"."}, 1};
	cr_expect(sg_scope_covers(&letter, "a/x"));
	cr_expect_not(sg_scope_covers(&letter, "b"));
	cr_expect(sg_scope_covers(&dot, "b/x"));
	SG_LEAKCHECK();
}

Test(scope, a_set_is_negated_by_either_sign_and_a_range_that_never_ends_is_none)
{
	cr_expect(sg_scope_matches("[^a]", "b"));
	cr_expect_not(sg_scope_matches("[^a]", "a"));
	cr_expect(sg_scope_matches("[!a]", "b"));
	cr_expect(sg_scope_matches("[a-", "[a-"));
	cr_expect_not(sg_scope_matches("[a-", "a"));
	cr_expect(sg_scope_matches("[a-]", "-"));
	SG_LEAKCHECK();
}
