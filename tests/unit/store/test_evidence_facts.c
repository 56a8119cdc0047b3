/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a run's proofs are worth by the files that are there now, and what a phase is handed. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/hash.h"
#include "evidence_case.h"
#include "harness/harness.h"

struct played {
	struct sg_run run;
	struct sg_proof proofs[3];
	struct sg_file files[2];
	struct sg_output_row rows[2];
};

/* A run with two outputs of SPC: A.md and B.yaml. */
static void play(struct evidence_case *f, struct played *p)
{
	struct sg_files files;

	evidence_put(f->out, "A.md", "alpha\n");
	evidence_put(f->out, "B.yaml", "beta\n");
	cr_assert_str_eq(evidence_collect(f, evidence_nothing, evidence_nothing, &files), "");
	cr_assert_eq(files.n, 2);
	memset(p, 0, sizeof(*p));
	sg_manifest_default(&p->run.manifest);
	for (size_t i = 0; i < 2; i++) {
		p->files[i] = files.v[i];
		p->rows[i] =
			(struct sg_output_row){files.v[i].name, "SPC", "", "", SG_TRUTH_TRUE};
		p->proofs[i] = (struct sg_proof){.kind = SG_FACT_OUTPUT,
			.name = files.v[i].name,
			.phase = "SPC",
			.attempt = 1,
			.provenance = SG_PROVENANCE_OBSERVED,
			.files = {&p->files[i], 1},
			.source_eng = ""};
	}
	p->proofs[2] = (struct sg_proof){.kind = SG_FACT_ROLE,
		.name = "SPC",
		.phase = "SPC",
		.attempt = 1,
		.provenance = SG_PROVENANCE_MANUAL,
		.files = {p->files, 2},
		.source_eng = ""};
	p->run.proofs = (struct sg_proofs){p->proofs, 3, 3, NULL};
	p->run.manifest.outputs = (struct sg_output_rows){p->rows, 2, 2, NULL};
}

static void expect_facts(struct evidence_case *f, const struct played *p,
	struct sg_evidence_cache *cache, enum sg_fresh a, enum sg_fresh b, enum sg_fresh role)
{
	struct sg_facts facts;

	cr_assert_eq(
		sg_evidence_facts(f->dir, &p->run, cache, &f->arena, &facts, &f->err), SG_OK);
	cr_assert_eq(facts.n, 3);
	cr_expect_eq(facts.v[0].fresh, a, "A is %s", sg_fresh_name(facts.v[0].fresh));
	cr_expect_eq(facts.v[1].fresh, b, "B is %s", sg_fresh_name(facts.v[1].fresh));
	cr_expect_eq(facts.v[2].fresh, role, "SPC is %s", sg_fresh_name(facts.v[2].fresh));
	cr_expect_eq(facts.v[0].provenance, SG_PROVENANCE_OBSERVED);
	cr_expect_eq(facts.v[2].provenance, SG_PROVENANCE_MANUAL);
}

Test(evidence, facts_follow_the_files)
{
	struct evidence_case f = evidence_setup();
	struct sg_evidence_cache *cache = sg_evidence_cache_new();
	struct played p;

	play(&f, &p);
	char *path = sg_t_format("%s/%s", f.root, p.files[0].path);
	expect_facts(&f, &p, cache, SG_FRESH_FRESH, SG_FRESH_FRESH, SG_FRESH_FRESH);
	/* touched only: still what it was */
	cr_assert_eq(utimensat(AT_FDCWD, path, NULL, 0), 0);
	expect_facts(&f, &p, cache, SG_FRESH_FRESH, SG_FRESH_FRESH, SG_FRESH_FRESH);
	/* rewritten with the same length, and its times put back */
	struct stat st;
	cr_assert_eq(stat(path, &st), 0);
	const struct timespec times[2] = {st.st_atim, st.st_mtim};
	cr_assert_eq(chmod(path, 0644), 0);
	sg_t_write_text(path, "ALPHA\n");
	cr_assert_eq(utimensat(AT_FDCWD, path, times, 0), 0);
	expect_facts(&f, &p, cache, SG_FRESH_STALE, SG_FRESH_FRESH, SG_FRESH_STALE);
	/* put right again */
	sg_t_write_text(path, "alpha\n");
	expect_facts(&f, &p, cache, SG_FRESH_FRESH, SG_FRESH_FRESH, SG_FRESH_FRESH);
	cr_assert_eq(unlink(path), 0);
	expect_facts(&f, &p, cache, SG_FRESH_MISSING, SG_FRESH_FRESH, SG_FRESH_MISSING);
	/* a link to an equal file is not the file */
	evidence_put(f.root, "equal", "alpha\n");
	cr_assert_eq(symlink("../../../../equal", path), 0);
	expect_facts(&f, &p, NULL, SG_FRESH_STALE, SG_FRESH_FRESH, SG_FRESH_STALE);
	free(path);
	sg_evidence_cache_free(cache);
	evidence_teardown(&f);
	SG_LEAKCHECK();
}

static size_t n_reads;

static ssize_t counted_read(int fd, void *bytes, size_t n)
{
	n_reads++;
	return read(fd, bytes, n);
}

Test(evidence, a_settled_file_is_read_once)
{
	struct evidence_case f = evidence_setup();
	struct sg_evidence_cache *cache = sg_evidence_cache_new();
	struct sg_fs_calls calls = sg_fs_kernel;
	struct played p;

	play(&f, &p);
	usleep(300000); /* young files are read again: ctime has a tick */
	calls.read = counted_read;
	sg_fs = &calls;
	expect_facts(&f, &p, cache, SG_FRESH_FRESH, SG_FRESH_FRESH, SG_FRESH_FRESH);
	cr_expect_gt(n_reads, 0);
	n_reads = 0;
	expect_facts(&f, &p, cache, SG_FRESH_FRESH, SG_FRESH_FRESH, SG_FRESH_FRESH);
	cr_expect_eq(n_reads, 0);
	sg_fs = &sg_fs_kernel;
	sg_evidence_cache_free(cache);
	evidence_teardown(&f);
	SG_LEAKCHECK();
}

Test(evidence, a_remembered_file_that_is_rewritten_with_its_old_times_is_stale)
{
	struct evidence_case f = evidence_setup();
	struct sg_evidence_cache *cache = sg_evidence_cache_new();
	struct played p;
	struct stat st;

	play(&f, &p);
	char *path = sg_t_format("%s/%s", f.root, p.files[0].path);
	usleep(300000); /* old enough to be remembered */
	expect_facts(&f, &p, cache, SG_FRESH_FRESH, SG_FRESH_FRESH, SG_FRESH_FRESH);
	cr_assert_eq(stat(path, &st), 0);
	const struct timespec times[2] = {st.st_atim, st.st_mtim};
	cr_assert_eq(chmod(path, 0644), 0);
	const int fd = open(path, O_WRONLY | O_CLOEXEC);
	cr_assert_eq(write(fd, "ALPHA\n", 6), 6);
	cr_assert_eq(close(fd), 0);
	cr_assert_eq(utimensat(AT_FDCWD, path, times, 0), 0);
	expect_facts(&f, &p, cache, SG_FRESH_STALE, SG_FRESH_FRESH, SG_FRESH_STALE);
	free(path);
	sg_evidence_cache_free(cache);
	evidence_teardown(&f);
	SG_LEAKCHECK();
}

Test(evidence, the_digest_of_the_inputs_does_not_hang_on_the_order_of_the_proofs)
{
	struct evidence_case f = evidence_setup();
	struct played p;
	const char *digest = NULL;
	const char *turned = NULL;

	play(&f, &p);
	cr_assert_eq(sg_evidence_inputs_digest(&p.run, &f.arena, &digest, &f.err), SG_OK);
	const struct sg_proof first = p.proofs[0];
	p.proofs[0] = p.proofs[1];
	p.proofs[1] = first;
	cr_assert_eq(sg_evidence_inputs_digest(&p.run, &f.arena, &turned, &f.err), SG_OK);
	cr_expect_str_eq(digest, turned);
	evidence_teardown(&f);
	SG_LEAKCHECK();
}

Test(evidence, an_output_without_a_file_is_incomplete)
{
	struct evidence_case f = evidence_setup();
	struct played p;

	play(&f, &p);
	p.proofs[0].files.n = 0;
	p.files[1].sha256 = "";
	expect_facts(
		&f, &p, NULL, SG_FRESH_INCOMPLETE, SG_FRESH_INCOMPLETE, SG_FRESH_INCOMPLETE);
	evidence_teardown(&f);
	SG_LEAKCHECK();
}

Test(evidence, present_outputs_and_the_manifest_are_handed_in_read_only)
{
	struct evidence_case f = evidence_setup();
	struct played p;
	struct sg_scratch scratch;
	const char *digest = NULL;
	const char *same = NULL;
	const char *manifest = NULL;
	struct stat st;

	play(&f, &p);
	cr_assert_eq(sg_scratch_make(f.out, &scratch, &f.err), SG_OK, "%s", f.err.text);
	cr_assert_eq(sg_evidence_fill_in(
			     f.dir, &p.run, &scratch, &f.arena, &digest, &manifest, &f.err),
		SG_OK, "%s", f.err.text);
	char *a = evidence_get(scratch.in, "A.md");
	char *b = evidence_get(scratch.in, "B.yaml");
	cr_expect_str_eq(a, "alpha\n");
	cr_expect_str_eq(b, "beta\n");
	cr_assert_eq(stat(scratch.in, &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0555);
	char *text = sg_t_read(manifest, NULL);
	cr_expect_not_null(strstr(text, "SESSION:"));
	cr_assert_eq(stat(manifest, &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0444);
	cr_assert_eq(sg_evidence_inputs_digest(&p.run, &f.arena, &same, &f.err), SG_OK);
	cr_expect_str_eq(same, digest);
	/* the digest, by hand */
	char *lines = strcmp(p.files[0].sha256, p.files[1].sha256) < 0
			      ? sg_t_format("%s  A.md\n%s  B.yaml\n", p.files[0].sha256,
					p.files[1].sha256)
			      : sg_t_format("%s  B.yaml\n%s  A.md\n", p.files[1].sha256,
					p.files[0].sha256);
	char hex[SG_SHA256_HEX_SIZE];
	sg_sha256_of(lines, strlen(lines), hex);
	cr_expect_str_eq(digest, hex);
	char *root = sg_t_format("%s", scratch.root);
	sg_scratch_release(&scratch);
	cr_expect_not(sg_t_exists(root));
	free(root);
	free(lines);
	free(text);
	free(a);
	free(b);
	evidence_teardown(&f);
	SG_LEAKCHECK();
}

Test(evidence, stale_and_absent_outputs_are_not_handed_in)
{
	struct evidence_case f = evidence_setup();
	struct played p;
	struct sg_scratch scratch;
	const char *digest = NULL;
	const char *planned = NULL;
	const char *manifest = NULL;

	play(&f, &p);
	char *path = sg_t_format("%s/%s", f.root, p.files[0].path);
	cr_assert_eq(chmod(path, 0644), 0);
	sg_t_write_text(path, "ALPHA\n");
	cr_assert_eq(sg_scratch_make(f.out, &scratch, &f.err), SG_OK);
	cr_assert_eq(sg_evidence_fill_in(
			     f.dir, &p.run, &scratch, &f.arena, &digest, &manifest, &f.err),
		SG_OK);
	cr_expect_not(evidence_there(scratch.in, "A.md"));
	cr_expect(evidence_there(scratch.in, "B.yaml"));
	/* without A among the present ones, the plan is the same as what was handed in */
	p.rows[0].present = SG_TRUTH_FALSE;
	cr_assert_eq(sg_evidence_inputs_digest(&p.run, &f.arena, &planned, &f.err), SG_OK);
	cr_expect_str_eq(planned, digest);
	sg_scratch_release(&scratch);
	free(path);
	evidence_teardown(&f);
	SG_LEAKCHECK();
}

Test(evidence, a_scratch_with_closed_folders_and_links_is_removed_whole)
{
	struct evidence_case f = evidence_setup();
	struct sg_scratch scratch;

	cr_assert_eq(sg_scratch_make(f.out, &scratch, &f.err), SG_OK);
	evidence_put(scratch.out, "deep/er/file", "x");
	evidence_put(f.root, "outside", "keep");
	char *link = sg_t_format("%s/link", scratch.out);
	char *deep = sg_t_format("%s/deep", scratch.out);
	char *root = sg_t_format("%s", scratch.root);
	cr_assert_eq(symlink(f.root, link), 0);
	cr_assert_eq(chmod(deep, 0), 0);
	cr_assert_eq(chmod(f.root, 0750), 0);
	sg_scratch_release(&scratch);
	cr_expect_not(sg_t_exists(root));
	cr_expect(evidence_there(f.root, "outside"));
	struct stat st;
	cr_assert_eq(stat(f.root, &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0750);
	free(link);
	free(deep);
	free(root);
	evidence_teardown(&f);
	SG_LEAKCHECK();
}
