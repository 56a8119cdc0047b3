/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scans: what differs between two looks at a tree. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "harness/harness.h"
#include "store/scan.h"

struct scan_case {
	struct sg_arena arena;
	char *folder;
	int dir;
	struct sg_scan before;
	char said[1000]; /* what was told, joined */
};

static void write_text(const struct scan_case *c, const char *path, const char *text)
{
	char *full = sg_t_format("%s/%s", c->folder, path);
	sg_t_write_text(full, text);
	free(full);
}

static struct sg_scan look(struct scan_case *c)
{
	struct sg_scan scan = {NULL, 0};
	struct sg_err err = SG_ERR_INIT;
	cr_assert_eq(
		sg_scan_take(c->dir, "M.yaml", &c->arena, &scan, &err), SG_OK, "%s", err.text);
	return scan;
}

static void begin(struct scan_case *c)
{
	memset(c, 0, sizeof(*c));
	c->folder = sg_t_tmpdir();
	cr_assert_eq(sg_fs_open_dir(AT_FDCWD, c->folder, &c->dir, NULL), SG_OK);
	write_text(c, "a", "1");
	write_text(c, "d/b", "2");
	write_text(c, "d/e/c", "3");
	write_text(c, "d.x", "4");
	c->before = look(c);
}

static void end(struct scan_case *c)
{
	sg_arena_release(&c->arena);
	sg_fd_close(&c->dir);
	sg_t_rmtree(c->folder);
	free(c->folder);
}

static bool note(void *ctx, const char *path, enum sg_scan_how how)
{
	struct scan_case *c = ctx;
	snprintf(c->said + strlen(c->said), sizeof(c->said) - strlen(c->said), "%s %s, ",
		sg_scan_how_name(how), path);
	return true;
}

static const char *changes(struct scan_case *c)
{
	const struct sg_scan now = look(c);
	c->said[0] = '\0';
	sg_scan_compare(&c->before, &now, note, c);
	return c->said;
}

Test(scan, a_tree_that_stays_has_no_changes)
{
	struct scan_case c;
	begin(&c);
	cr_assert_eq(c.before.n, 4);
	cr_assert_str_eq(changes(&c), "");
	end(&c);
	SG_LEAKCHECK();
}

Test(scan, new_changed_and_gone_are_told_in_the_order_of_paths)
{
	struct scan_case c;
	begin(&c);
	write_text(&c, "d/e/c", "33");
	write_text(&c, "d/0", "new");
	cr_assert_eq(unlinkat(c.dir, "a", 0), 0);
	cr_assert_eq(fchmodat(c.dir, "d.x", 0600, 0), 0);
	cr_assert_str_eq(changes(&c), "gone a, changed d.x, new d/0, changed d/e/c, ");
	end(&c);
	SG_LEAKCHECK();
}

Test(scan, a_link_in_the_place_of_a_file_is_a_change_and_is_not_followed)
{
	struct scan_case c;
	begin(&c);
	cr_assert_eq(unlinkat(c.dir, "d/b", 0), 0);
	cr_assert_eq(symlinkat("/etc", c.dir, "d/b"), 0);
	cr_assert_str_eq(changes(&c), "changed d/b, ");
	end(&c);
	SG_LEAKCHECK();
}

Test(scan, stepgates_own_files_and_gits_insides_are_not_looked_at)
{
	struct scan_case c;
	begin(&c);
	write_text(&c, "M.yaml", "x");
	write_text(&c, ".M.yaml.tmp.1.2", "x");
	write_text(&c, "CHANGELOG.md", "x");
	write_text(&c, ".stepgate/trace.jsonl", "x");
	write_text(&c, ".git/index", "x");
	write_text(&c, ".git/objects/aa/bb", "x");
	write_text(&c, "sub/.git/HEAD", "x");
	cr_assert_str_eq(changes(&c), "");
	write_text(&c, "sub/M.yaml", "x");
	write_text(&c, ".git/HEAD", "x");
	write_text(&c, ".git/hooks/pre-commit", "x");
	cr_assert_str_eq(
		changes(&c), "new .git/HEAD, new .git/hooks/pre-commit, new sub/M.yaml, ");
	end(&c);
	SG_LEAKCHECK();
}

Test(scan, a_kept_scan_names_its_attempt_and_survives_any_name)
{
	struct scan_case c;
	struct sg_scan kept = {NULL, 0};
	const char *attempt = "";
	begin(&c);
	write_text(&c, "a b\nc", "x");
	write_text(&c, ".stepgate/x", "x");
	const struct sg_scan now = look(&c);
	struct sg_err err = SG_ERR_INIT;
	cr_assert_eq(sg_scan_keep(c.dir, ".stepgate/steps/0001/SPC.1", &now, &err), SG_OK, "%s",
		err.text);
	cr_assert_eq(sg_scan_kept(c.dir, &c.arena, &attempt, &kept, NULL), SG_OK);
	cr_assert_str_eq(attempt, ".stepgate/steps/0001/SPC.1");
	c.before = kept;
	cr_assert_eq(kept.n, 5);
	cr_assert_str_eq(changes(&c), "");
	end(&c);
	SG_LEAKCHECK();
}

Test(scan, a_kept_scan_that_was_cut_or_is_none_is_not_read)
{
	static const char *const texts[] = {"", "stepgate-scan 1 X", "stepgate-scan 1 X\n1 2 3",
		"stepgate-scan 1 X\nno numbers at all", "something else"};
	for (size_t i = 0; i < SG_ARRAY_SIZE(texts); i++) {
		struct scan_case c;
		struct sg_scan kept = {NULL, 0};
		const char *attempt = "";
		begin(&c);
		write_text(&c, ".stepgate/SCAN", texts[i]);
		cr_expect_eq(sg_scan_kept(c.dir, &c.arena, &attempt, &kept, NULL), SG_NOTFOUND,
			"%s", texts[i]);
		end(&c);
	}
	SG_LEAKCHECK();
}

Test(scan, a_mark_tells_contents_links_and_absence_apart)
{
	struct scan_case c;
	char a[SG_SHA256_HEX_SIZE], b[SG_SHA256_HEX_SIZE];
	begin(&c);
	sg_scan_mark(c.dir, "none", a);
	cr_assert_str_eq(a, "");
	write_text(&c, "same", "1");
	sg_scan_mark(c.dir, "a", a);
	sg_scan_mark(c.dir, "same", b);
	cr_assert_str_eq(a, b);
	cr_assert_eq(symlinkat("a", c.dir, "link"), 0);
	sg_scan_mark(c.dir, "link", b);
	cr_assert_str_neq(a, b);
	cr_assert_eq(strlen(b), 64);
	cr_assert_eq(mkfifoat(c.dir, "pipe", 0600), 0);
	sg_scan_mark(c.dir, "pipe", a);
	cr_assert_eq(strlen(a), 64);
	end(&c);
	SG_LEAKCHECK();
}
