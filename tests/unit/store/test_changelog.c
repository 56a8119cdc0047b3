/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CHANGELOG.md: one entry an id, and nobody's text lost. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/harness.h"
#include "store/changelog.h"

struct place {
	char *root;
	char *file;
	int dir;
};

static struct place place_make(const char *text)
{
	struct place p = {.root = sg_t_tmpdir()};

	p.file = sg_t_format("%s/CHANGELOG.md", p.root);
	p.dir = open(p.root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (text)
		sg_t_write_text(p.file, text);
	return p;
}

static void place_drop(struct place *p)
{
	close(p->dir);
	sg_t_rmtree(p->root);
	free(p->root);
	free(p->file);
}

static void expect_added(
	const char *before, const char *id, const char *entry, const char *after)
{
	struct place p = place_make(before);
	struct sg_err err = SG_ERR_INIT;

	cr_expect_eq(sg_changelog_add(p.dir, id, entry, &err), SG_OK, "%s", err.text);
	char *text = sg_t_read(p.file, NULL);
	cr_expect_str_eq(text, after);
	/* once more changes nothing */
	cr_expect_eq(sg_changelog_add(p.dir, id, "## other\n", &err), SG_OK);
	char *again = sg_t_read(p.file, NULL);
	cr_expect_str_eq(again, after);
	free(text);
	free(again);
	place_drop(&p);
}

Test(changelog, a_missing_file_is_made_with_its_title)
{
	expect_added(NULL, "PATCHSET_0001", "## PATCHSET_0001\n\n- DATE: x\n\n",
		"# CHANGELOG\n\n## PATCHSET_0001\n\n- DATE: x\n");
	SG_LEAKCHECK();
}

Test(changelog, the_newest_entry_stands_first_below_what_people_wrote)
{
	expect_added("# Changes\nwritten by hand\n## PATCHSET_0001\n\n- old\n", "PATCHSET_0002",
		"## PATCHSET_0002\n\n- new\n\n",
		"# Changes\nwritten by hand\n\n## PATCHSET_0002\n\n- new\n\n"
		"## PATCHSET_0001\n\n- old\n");
	SG_LEAKCHECK();
}

Test(changelog, a_file_without_entries_gets_one_at_its_end)
{
	expect_added("no newline", "PATCHSET_0001", "## PATCHSET_0001\n- n\n",
		"no newline\n\n## PATCHSET_0001\n- n\n");
	expect_added("", "PATCHSET_0001", "## PATCHSET_0001\n- n\n", "## PATCHSET_0001\n- n\n");
	SG_LEAKCHECK();
}

Test(changelog, a_heading_in_a_fenced_block_is_no_entry)
{
	expect_added("# C\n\n````\n```\n## PATCHSET_0007\n````\n\n## PATCHSET_0006\n",
		"PATCHSET_0007", "## PATCHSET_0007\n- n\n",
		"# C\n\n````\n```\n## PATCHSET_0007\n````\n\n## PATCHSET_0007\n- n\n\n"
		"## PATCHSET_0006\n");
	SG_LEAKCHECK();
}

Test(changelog, a_longer_id_is_another_entry)
{
	expect_added("# C\n\n## PATCHSET_00010\n", "PATCHSET_0001", "## PATCHSET_0001\n- n\n",
		"# C\n\n## PATCHSET_0001\n- n\n\n## PATCHSET_00010\n");
	SG_LEAKCHECK();
}

Test(changelog, lines_that_end_in_crlf_stay_so)
{
	expect_added("# C\r\n\r\n## PATCHSET_0001\r\n", "PATCHSET_0002",
		"## PATCHSET_0002\n- n\n",
		"# C\r\n\r\n## PATCHSET_0002\r\n- n\r\n\r\n## PATCHSET_0001\r\n");
	SG_LEAKCHECK();
}

Test(changelog, bytes_that_are_no_text_stay)
{
	struct place p = place_make(NULL);
	const char before[] = "# C\n\0\xff\n## PATCHSET_0001\n";
	struct sg_err err = SG_ERR_INIT;
	size_t n = 0;

	sg_t_write(p.file, before, sizeof(before) - 1);
	cr_expect_eq(
		sg_changelog_add(p.dir, "PATCHSET_0002", "## PATCHSET_0002\n", &err), SG_OK);
	char *text = sg_t_read(p.file, &n);
	const char after[] = "# C\n\0\xff\n\n## PATCHSET_0002\n\n## PATCHSET_0001\n";
	cr_expect_eq(n, sizeof(after) - 1);
	cr_expect_eq(memcmp(text, after, sizeof(after) - 1), 0);
	free(text);
	place_drop(&p);
	SG_LEAKCHECK();
}

Test(changelog, a_link_in_its_place_is_refused_and_not_written_through)
{
	struct place p = place_make(NULL);
	char *victim = sg_t_format("%s/victim", p.root);
	struct sg_err err = SG_ERR_INIT;

	sg_t_write_text(victim, "mine\n");
	cr_assert_eq(symlink("victim", p.file), 0);
	cr_expect_eq(
		sg_changelog_add(p.dir, "PATCHSET_0001", "## PATCHSET_0001\n", &err), SG_INPUT);
	char *text = sg_t_read(victim, NULL);
	cr_expect_str_eq(text, "mine\n");
	free(text);
	free(victim);
	place_drop(&p);
	SG_LEAKCHECK();
}
