/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CONTRACT's demands asked of evidence copies; the folder of what does not count. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "harness/harness.h"
#include "store/evidence.h"

#define FOLDER ".stepgate/steps/0001/SPC.1"

struct fixture {
	char *root;
	int dir;
	struct sg_arena arena;
	struct sg_err err;
	struct sg_run run;
	struct sg_profile profile;
	struct sg_demand demand;
	struct sg_file file;
	struct sg_proof proof;
};

static void setup(struct fixture *f, const char *text)
{
	*f = (struct fixture){.root = sg_t_tmpdir()};
	f->dir = open(f->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cr_assert_eq(sg_evidence_begin(f->dir, FOLDER, &f->err), SG_OK);
	cr_assert_eq(sg_evidence_store(f->dir, FOLDER, "A.md", "A", text, strlen(text),
			     &f->arena, &f->file, &f->err),
		SG_OK);
	f->demand = (struct sg_demand){.name = "A", .json = true};
	f->profile.demands = (struct sg_demands){&f->demand, 1};
	f->proof = (struct sg_proof){.kind = SG_FACT_OUTPUT,
		.name = "A",
		.provenance = SG_PROVENANCE_OBSERVED,
		.files = {&f->file, 1},
		.source_eng = "",
		.since = 3};
	sg_run_init(&f->run);
	f->run.profile = &f->profile;
	f->run.profile_pin = (struct sg_pin){"p", "1"};
	f->run.proofs = (struct sg_proofs){&f->proof, 1, 1, NULL};
}

static void teardown(struct fixture *f)
{
	close(f->dir);
	sg_t_rmtree(f->root);
	free(f->root);
	sg_arena_release(&f->arena);
}

static struct sg_fact fact_of(struct fixture *f, struct sg_evidence_cache *cache)
{
	struct sg_facts facts;

	cr_assert_eq(sg_evidence_facts(f->dir, &f->run, cache, &f->arena, &facts, &f->err),
		SG_OK, "%s", f->err.text);
	cr_assert_eq(facts.n, 1);
	return facts.v[0];
}

Test(evidence_demand, a_fact_says_what_its_output_misses_and_since_when_it_is_the_same)
{
	struct fixture f;
	setup(&f, "[1, x]");
	struct sg_fact fact = fact_of(&f, NULL);
	cr_expect_eq(fact.fresh, SG_FRESH_FRESH);
	cr_expect_eq(fact.since, 3);
	cr_assert_eq(fact.misses.n, 1);
	cr_expect_str_eq(fact.misses.v[0].demand, "JSON");
	cr_expect_str_eq(fact.misses.v[0].found, "something else at byte 5");
	f.demand.name = "B";
	cr_expect_eq(fact_of(&f, NULL).misses.n, 0, "the line is another output's");
	teardown(&f);
	SG_LEAKCHECK();
}

static size_t n_reads;

static ssize_t counted_read(int fd, void *bytes, size_t n)
{
	n_reads++;
	return read(fd, bytes, n);
}

Test(evidence_demand, the_bytes_are_looked_into_once_for_each_profile)
{
	struct sg_evidence_cache *cache = sg_evidence_cache_new();
	struct sg_fs_calls calls = sg_fs_kernel;
	struct fixture f;
	setup(&f, "[1, x]");
	usleep(300000); /* young files are read again: ctime has a tick */
	calls.read = counted_read;
	sg_fs = &calls;
	cr_expect_eq(fact_of(&f, cache).misses.n, 1);
	cr_expect_gt(n_reads, 0);
	n_reads = 0;
	cr_expect_eq(fact_of(&f, cache).misses.n, 1);
	cr_expect_eq(n_reads, 0);
	f.run.profile_pin.sha256 = "2";
	f.demand.min_bytes = 9;
	cr_expect_eq(fact_of(&f, cache).misses.n, 2);
	cr_expect_gt(n_reads, 0);
	sg_fs = &sg_fs_kernel;
	sg_evidence_cache_free(cache);
	teardown(&f);
	SG_LEAKCHECK();
}

/* Behind the back of a cache that trusts the file's times, the bytes themselves are asked. */
Test(evidence_demand, bytes_that_are_not_those_of_the_hash_are_stale_and_meet_nothing)
{
	struct fixture f;
	setup(&f, "[1, x]");
	char *path = sg_t_format("%s/%s", f.root, f.file.path);
	cr_assert_eq(chmod(path, 0644), 0);
	sg_t_write_text(path, "[1, 2]");
	const struct sg_fact fact = fact_of(&f, NULL);
	cr_expect_eq(fact.fresh, SG_FRESH_STALE);
	cr_expect_eq(fact.misses.n, 0);
	free(path);
	teardown(&f);
	SG_LEAKCHECK();
}

/* --- INCOMPLETE --- */

Test(evidence_demand, what_does_not_count_moves_into_its_folder_and_says_so_in_its_path)
{
	struct fixture f;
	setup(&f, "half");
	struct sg_files files = {&f.file, 1};
	for (int turn = 0; turn < 2; turn++) {
		cr_assert_eq(
			sg_evidence_incomplete(f.dir, FOLDER, &f.arena, &files, &f.err), SG_OK,
			"%s", f.err.text);
		cr_assert_eq(files.n, 1);
		cr_expect_str_eq(files.v[0].path, FOLDER "/INCOMPLETE/A.md");
	}
	cr_expect_str_eq(f.file.path, FOLDER "/A.md", "the caller's own value stays");
	struct stat st;
	cr_expect_eq(fstatat(f.dir, FOLDER "/INCOMPLETE/A.md", &st, 0), 0);
	cr_expect_eq(fstatat(f.dir, FOLDER "/A.md", &st, 0), -1);
	struct sg_files none = {NULL, 0};
	cr_expect_eq(sg_evidence_incomplete(f.dir, FOLDER ".2", &f.arena, &none, &f.err), SG_OK);
	cr_expect_eq(fstatat(f.dir, FOLDER ".2", &st, 0), -1, "nothing left, no folder");
	teardown(&f);
	SG_LEAKCHECK();
}

Test(evidence_demand, an_output_cannot_take_the_name_of_that_folder)
{
	struct fixture f;
	setup(&f, "x");
	char *out = sg_t_tmpdir();
	char *path = sg_t_format("%s/INCOMPLETE", out);
	const struct sg_strs none = {NULL, 0};
	struct sg_files files;
	const char *error = "";
	sg_t_write_text(path, "mine");
	cr_assert_eq(sg_evidence_collect(f.dir, FOLDER, out, &none, &none, &f.arena, &files,
			     &error, &f.err),
		SG_OK);
	cr_expect_eq(files.n, 0);
	cr_expect_str_eq(
		error, "output INCOMPLETE: the evidence folder has that name for its own");
	sg_t_rmtree(out);
	free(out);
	free(path);
	teardown(&f);
	SG_LEAKCHECK();
}
