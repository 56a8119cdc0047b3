/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pack: what the contract asks for, and nothing that is not there. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/harness.h"
#include "patch_case.h"
#include "store/evidence.h"
#include "store/pack.h"

#define SPC  ".stepgate/steps/0001/SPC.1"
#define PACK ".stepgate/steps/0001/PACK.1"

#define MADE_MAX 4

/* A run whose SPC made a few outputs. */
struct pack_case {
	struct patch_case tree;
	struct sg_run run;
	struct sg_proof proofs[MADE_MAX];
	struct sg_file files[MADE_MAX];
	struct sg_output_row rows[MADE_MAX];
	size_t n;
	struct sg_ev_pack ev;
};

static void made(struct pack_case *c, const char *name, const char *file_name, const char *text)
{
	const size_t i = c->n++;

	cr_assert_eq(sg_evidence_store(c->tree.where.dir, SPC, file_name, name, text,
			     strlen(text), &c->tree.arena, &c->files[i], &c->tree.err),
		SG_OK);
	c->rows[i] = (struct sg_output_row){name, "SPC", "", "", SG_TRUTH_TRUE};
	c->proofs[i] = (struct sg_proof){.kind = SG_FACT_OUTPUT,
		.name = name,
		.phase = "SPC",
		.attempt = 1,
		.provenance = SG_PROVENANCE_OBSERVED,
		.files = {&c->files[i], 1},
		.source_eng = ""};
	c->run.proofs = (struct sg_proofs){c->proofs, c->n, MADE_MAX, NULL};
	c->run.manifest.outputs = (struct sg_output_rows){c->rows, c->n, MADE_MAX, NULL};
}

static struct pack_case *setup(bool git)
{
	struct pack_case *c = calloc(1, sizeof(*c));

	cr_assert_not_null(c);
	c->tree = patch_case_make("", git);
	patch_case_put(&c->tree, "docs/a.md", "one\n");
	sg_run_init(&c->run);
	c->run.base = patch_case_snapshot(&c->tree);
	c->run.manifest.step_goal = "tidy up";
	c->run.manifest.artifact_type = "FULL_PATCH";
	c->run.time_ms = 1769817600000; /* 2026-01-31 */
	cr_assert_eq(sg_evidence_begin(c->tree.where.dir, SPC, &c->tree.err), SG_OK);
	return c;
}

static void teardown(struct pack_case *c)
{
	patch_case_drop(&c->tree);
	free(c);
}

static enum sg_rc pack(struct pack_case *c, const char *const *contract, const char *next_file)
{
	size_t n = 0;

	while (contract[n])
		n++;
	c->run.manifest.output_contract = (struct sg_strs){contract, n};
	return sg_pack_make(&c->tree.where, &c->run, PACK, next_file, "go on", &c->tree.arena,
		&c->ev, &c->tree.err);
}

static const struct sg_file *find(const struct sg_files *files, const char *name)
{
	for (size_t i = 0; i < files->n; i++) {
		if (strcmp(files->v[i].name, name) == 0)
			return &files->v[i];
	}
	return NULL;
}

static void expect_file(struct pack_case *c, const char *path, const char *expected)
{
	char *text = patch_case_get(&c->tree, path);

	cr_expect_not_null(text, "%s is not there", path);
	if (text)
		cr_expect_str_eq(text, expected);
	free(text);
}

Test(pack, outputs_are_gathered_and_listed_as_a_draft)
{
	struct pack_case *c = setup(false);

	made(c, "BRIEF_TOKEN", "BRIEF_TOKEN.yaml", "brief\n");
	made(c, "TOC", "TOC.md", "toc\n");
	cr_assert_eq(pack(c,
			     (const char *const[]){"BRIEF_TOKEN", "VAL_REPORT", "PACK_OUTPUT",
				     "ABSENT", "BRIEF_TOKEN", NULL},
			     ""),
		SG_OK, "%s", c->tree.err.text);
	cr_expect_str_eq(c->ev.error, "");
	cr_assert_eq(c->ev.list.n, 1);
	cr_expect_str_eq(c->ev.list.v[0].path, PACK "/BRIEF_TOKEN.yaml");
	cr_expect_str_eq(c->ev.list.v[0].sha256, c->files[0].sha256);
	cr_assert_eq(c->ev.files.n, 1);
	cr_expect_str_eq(c->ev.files.v[0].name, "PACK_OUTPUT");
	cr_assert_eq(c->ev.missing.n, 1);
	cr_expect_str_eq(c->ev.missing.v[0], "ABSENT");
	expect_file(c, PACK "/BRIEF_TOKEN.yaml", "brief\n");
	char *expected = sg_t_format("PACK_OUTPUT:\n  STATUS: \"DRAFT\"\n  STEP_ID: \"0001\"\n"
				     "  PATCHSET_ID: \"\"\n  FILES:\n"
				     "    - output: \"BRIEF_TOKEN\"\n      path: \"%s\"\n"
				     "      size: 6\n      sha256: \"%s\"\n",
		c->ev.list.v[0].path, c->files[0].sha256);
	expect_file(c, PACK "/PACK_OUTPUT.yaml", expected);
	char *list = patch_case_get(&c->tree, PACK "/PACK_OUTPUT.yaml");
	cr_expect_null(strstr(list, "FINAL"));
	free(list);
	free(expected);
	teardown(c);
	SG_LEAKCHECK();
}

static void expect_computed(bool git)
{
	static const char *const contract[] = {"PATCH_OUTPUT", "CHANGELOG_ENTRY",
		"NEXT_POINTER", "PATCHSET_ID", "LAST_FILES_CHANGED", "PACK_OUTPUT", NULL};
	struct pack_case *c = setup(git);

	c->run.manifest.last_patchset_id = "PATCHSET_0006";
	patch_case_put(&c->tree, "docs/a.md", "two\n");
	patch_case_put(&c->tree, "docs/b\nc.md", "new\n");
	cr_assert_eq(pack(c, contract, "docs/next.md"), SG_OK, "%s", c->tree.err.text);
	cr_expect_str_eq(c->ev.error, "");
	cr_expect_eq(c->ev.missing.n, 0);
	cr_expect_eq(c->ev.list.n, 5);
	cr_expect_eq(c->ev.files.n, 6);
	cr_expect_str_eq(c->ev.patch.patchset_id, "PATCHSET_0007");
	cr_expect_str_eq(c->ev.next_file, "docs/next.md");
	char *diff = patch_case_get(&c->tree, PACK "/PATCH_OUTPUT.diff");
	cr_expect_not_null(
		strstr(diff, "--- a/docs/a.md\n+++ b/docs/a.md\n@@ -1 +1 @@\n-one\n+two\n"));
	expect_file(c, PACK "/CHANGELOG_ENTRY.md", c->ev.entry);
	cr_expect_not_null(strstr(c->ev.entry, "## PATCHSET_0007\n\n- DATE: 2026-01-31\n"),
		"%s", c->ev.entry);
	expect_file(c, PACK "/NEXT_POINTER.yaml",
		"NEXT_POINTER:\n  FILE: \"docs/next.md\"\n  GOAL: \"go on\"\n");
	expect_file(c, PACK "/PATCHSET_ID.txt", "PATCHSET_0007\n");
	expect_file(c, PACK "/LAST_FILES_CHANGED.txt", "docs/a.md\n\"docs/b\\nc.md\"\n");
	for (size_t i = 0; i < c->ev.list.n; i++)
		cr_expect_not_null(find(&c->ev.files, c->ev.list.v[i].name));
	free(diff);
	teardown(c);
}

Test(pack, what_the_tree_says_is_computed_from_copies)
{
	expect_computed(false);
	SG_LEAKCHECK();
}

Test(pack, what_the_tree_says_is_computed_from_git)
{
	expect_computed(true);
	SG_LEAKCHECK();
}

Test(pack, without_a_change_there_is_no_patch_and_no_entry)
{
	struct pack_case *c = setup(false);

	cr_assert_eq(pack(c,
			     (const char *const[]){
				     "PATCH_OUTPUT", "CHANGELOG_ENTRY", "NEXT_POINTER", NULL},
			     ""),
		SG_OK);
	cr_expect_eq(c->ev.missing.n, 3);
	cr_expect_eq(c->ev.list.n, 0);
	cr_expect_not(c->ev.patch.changed);
	cr_expect_str_eq(c->ev.entry, "");
	teardown(c);
	SG_LEAKCHECK();
}

Test(pack, a_second_pack_of_the_step_keeps_its_number_and_the_first_folder)
{
	struct pack_case *c = setup(false);
	static const char *const contract[] = {"PATCHSET_ID", NULL};

	patch_case_put(&c->tree, "docs/a.md", "two\n");
	cr_assert_eq(pack(c, contract, ""), SG_OK);
	/* the STEP was closed as STOP_GAP, which counted the number, and resumed */
	c->run.patch = c->ev.patch;
	c->run.manifest.last_patchset_id = c->ev.patch.patchset_id;
	cr_assert_eq(pack(c, contract, ""), SG_OK);
	cr_expect_str_eq(c->ev.patch.patchset_id, "PATCHSET_0001");
	expect_file(c, PACK ".left-1/PATCHSET_ID.txt", "PATCHSET_0001\n");
	teardown(c);
	SG_LEAKCHECK();
}

Test(pack, a_stale_or_withdrawn_output_is_missing)
{
	struct pack_case *c = setup(false);

	made(c, "TOC", "TOC.md", "toc\n");
	made(c, "WORDS", "WORDS.md", "words\n");
	made(c, "LINKS", "LINKS.md", "links\n");
	patch_case_remove(&c->tree, SPC "/TOC.md");
	patch_case_put(&c->tree, SPC "/TOC.md", "TOC\n");
	c->rows[1].present = SG_TRUTH_FALSE;
	patch_case_remove(&c->tree, SPC "/LINKS.md");
	cr_assert_eq(pack(c, (const char *const[]){"TOC", "WORDS", "LINKS", NULL}, ""), SG_OK);
	cr_expect_eq(c->ev.missing.n, 3);
	cr_expect_eq(c->ev.list.n, 0);
	cr_expect_str_eq(c->ev.error, "");
	teardown(c);
	SG_LEAKCHECK();
}

Test(pack, two_files_of_one_name_are_an_error)
{
	struct pack_case *c = setup(false);

	made(c, "A", "A.md", "1\n");
	made(c, "A.md", "A.md.x", "2\n");
	c->files[1].path = c->files[0].path;
	c->files[1].sha256 = c->files[0].sha256;
	cr_assert_eq(pack(c, (const char *const[]){"A", "A.md", NULL}, ""), SG_OK);
	cr_expect_str_eq(c->ev.error, "the pack cannot hold A.md: the file name A.md is taken");
	teardown(c);
	SG_LEAKCHECK();
}

Test(pack, the_seal_cannot_be_made_by_a_role)
{
	struct pack_case *c = setup(false);

	made(c, "FINAL", "FINAL.yaml", "PASS\n");
	cr_assert_eq(pack(c, (const char *const[]){"FINAL", NULL}, ""), SG_OK);
	cr_expect_not_null(strstr(c->ev.error, "FINAL.yaml is taken"), "%s", c->ev.error);
	char *seal = patch_case_get(&c->tree, PACK "/FINAL.yaml");
	cr_expect_null(seal);
	free(seal);
	teardown(c);
	SG_LEAKCHECK();
}

Test(pack, a_tree_that_cannot_be_compared_fails_the_pack_with_a_sentence)
{
	struct pack_case *c = setup(false);

	c->run.base = "copy:0000000000000000000000000000000000000000000000000000000000000000";
	cr_assert_eq(pack(c, (const char *const[]){"PATCH_OUTPUT", NULL}, ""), SG_OK);
	cr_expect_not_null(
		strstr(c->ev.error, "the change of the tree is not known"), "%s", c->ev.error);
	/* a run that was adopted whole has no base, and nothing to compare */
	c->run.base = "";
	cr_assert_eq(pack(c, (const char *const[]){"PATCH_OUTPUT", NULL}, ""), SG_OK);
	cr_expect_str_eq(c->ev.error, "");
	cr_expect_eq(c->ev.missing.n, 1);
	teardown(c);
	SG_LEAKCHECK();
}

Test(pack, the_seal_is_written_once_and_repaired)
{
	struct pack_case *c = setup(false);
	struct stat first;
	struct stat again;

	cr_assert_eq(pack(c, (const char *const[]){NULL}, ""), SG_OK);
	const int dir = c->tree.where.dir;
	cr_expect_eq(
		sg_pack_write_final(dir, PACK "/FINAL.yaml", "x: 1\n", &c->tree.err), SG_OK);
	cr_assert_eq(fstatat(dir, PACK "/FINAL.yaml", &first, 0), 0);
	cr_expect_eq(
		sg_pack_write_final(dir, PACK "/FINAL.yaml", "x: 1\n", &c->tree.err), SG_OK);
	cr_assert_eq(fstatat(dir, PACK "/FINAL.yaml", &again, 0), 0);
	cr_expect_eq(first.st_ino, again.st_ino);
	patch_case_put(&c->tree, PACK "/FINAL.yaml", "x: 2\n");
	cr_expect_eq(
		sg_pack_write_final(dir, PACK "/FINAL.yaml", "x: 1\n", &c->tree.err), SG_OK);
	expect_file(c, PACK "/FINAL.yaml", "x: 1\n");
	patch_case_remove(&c->tree, PACK "/FINAL.yaml");
	patch_case_link(&c->tree, "../../../../docs/a.md", PACK "/FINAL.yaml");
	cr_expect_eq(
		sg_pack_write_final(dir, PACK "/FINAL.yaml", "x: 1\n", &c->tree.err), SG_INPUT);
	expect_file(c, "docs/a.md", "one\n");
	teardown(c);
	SG_LEAKCHECK();
}
