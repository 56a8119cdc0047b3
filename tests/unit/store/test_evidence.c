/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The evidence folder, with folders and files as hostile as they come. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/hash.h"
#include "harness/harness.h"
#include "store/evidence.h"

#define FOLDER ".stepgate/steps/0001/SPC.1"

struct fixture {
	char *root; /* the manifest's folder */
	char *out;  /* what a command filled */
	int dir;
	struct sg_arena arena;
	struct sg_err err;
};

static struct fixture setup(void)
{
	struct fixture f = {.root = sg_t_tmpdir(), .out = sg_t_tmpdir()};

	f.dir = open(f.root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	sg_arena_init(&f.arena);
	return f;
}

static void teardown(struct fixture *f)
{
	close(f->dir);
	sg_t_rmtree(f->root);
	sg_t_rmtree(f->out);
	free(f->root);
	free(f->out);
	sg_arena_release(&f->arena);
}

static void put(const char *folder, const char *name, const char *text)
{
	char *path = sg_t_format("%s/%s", folder, name);

	sg_t_write_text(path, text);
	free(path);
}

static char *get(const char *folder, const char *name)
{
	char *path = sg_t_format("%s/%s", folder, name);
	char *text = sg_t_read(path, NULL);

	free(path);
	return text;
}

static bool there(const char *folder, const char *name)
{
	char *path = sg_t_format("%s/%s", folder, name);
	const bool is = sg_t_exists(path);

	free(path);
	return is;
}

static struct sg_strs strs(const char *const *v)
{
	size_t n = 0;

	while (v[n])
		n++;
	return (struct sg_strs){v, n};
}

/* Collects into a fresh folder; the error's sentence. */
static const char *collect(struct fixture *f, const char *const *promised,
	const char *const *known, struct sg_files *ret)
{
	const struct sg_strs a = strs(promised);
	const struct sg_strs b = strs(known);
	const char *error = NULL;

	cr_assert_eq(sg_evidence_begin(f->dir, FOLDER, &f->err), SG_OK, "%s", f->err.text);
	cr_assert_eq(sg_evidence_collect(
			     f->dir, FOLDER, f->out, &a, &b, &f->arena, ret, &error, &f->err),
		SG_OK, "%s", f->err.text);
	return error;
}

static const char *const nothing[] = {NULL};

Test(evidence, outputs_are_copied_read_only_and_hashed)
{
	struct fixture f = setup();
	struct sg_files files;
	struct stat st;
	char hex[SG_SHA256_HEX_SIZE];

	put(f.out, "BRIEF_TOKEN.yaml", "brief\n");
	put(f.out, "A-1.md", "one\n");
	put(f.out, "A.md", "two\n");
	cr_expect_str_eq(
		collect(&f, (const char *const[]){"BRIEF_TOKEN", NULL}, nothing, &files), "");
	cr_assert_eq(files.n, 3);
	cr_expect_str_eq(files.v[0].name, "A");
	cr_expect_str_eq(files.v[1].name, "A-1");
	cr_expect_str_eq(files.v[2].name, "BRIEF_TOKEN");
	cr_expect_str_eq(files.v[2].path, FOLDER "/BRIEF_TOKEN.yaml");
	cr_expect_eq(files.v[2].size_bytes, 6);
	sg_sha256_of("brief\n", 6, hex);
	cr_expect_str_eq(files.v[2].sha256, hex);
	char *copy = get(f.root, files.v[2].path);
	cr_expect_str_eq(copy, "brief\n");
	cr_assert_eq(fstatat(f.dir, files.v[2].path, &st, 0), 0);
	cr_expect_eq(st.st_mode & 07777, 0444);
	free(copy);
	teardown(&f);
	SG_LEAKCHECK();
}

Test(evidence, what_a_killed_attempt_left_is_moved_aside)
{
	struct fixture f = setup();

	cr_assert_eq(sg_evidence_begin(f.dir, FOLDER, &f.err), SG_OK);
	put(f.root, FOLDER "/old", "1");
	cr_assert_eq(sg_evidence_begin(f.dir, FOLDER, &f.err), SG_OK);
	put(f.root, FOLDER "/old", "2");
	cr_assert_eq(sg_evidence_begin(f.dir, FOLDER, &f.err), SG_OK);
	cr_expect_not(there(f.root, FOLDER "/old"));
	char *first = get(f.root, FOLDER ".left-1/old");
	char *second = get(f.root, FOLDER ".left-2/old");
	cr_expect_str_eq(first, "1");
	cr_expect_str_eq(second, "2");
	free(first);
	free(second);
	teardown(&f);
	SG_LEAKCHECK();
}

Test(evidence, a_link_planted_above_the_folder_is_refused)
{
	struct fixture f = setup();
	char *link = sg_t_format("%s/.stepgate", f.root);

	cr_assert_eq(symlink(f.out, link), 0);
	cr_expect_eq(sg_evidence_begin(f.dir, FOLDER, &f.err), SG_INPUT);
	cr_expect_not(there(f.out, "steps"));
	free(link);
	teardown(&f);
	SG_LEAKCHECK();
}

Test(evidence, one_name_made_twice_is_an_error)
{
	struct fixture f = setup();
	struct sg_files files;

	put(f.out, "TOC.md", "a");
	put(f.out, "TOC.yaml", "b");
	cr_expect_str_eq(collect(&f, nothing, nothing, &files),
		"output TOC was made twice: TOC.md and TOC.yaml");
	teardown(&f);
	SG_LEAKCHECK();
}

Test(evidence, a_promise_that_is_empty_or_absent_is_an_error)
{
	struct fixture f = setup();
	struct sg_files files;

	put(f.out, "TOC.md", "");
	cr_expect_str_eq(collect(&f, (const char *const[]){"TOC", NULL}, nothing, &files),
		"promised output TOC is empty");
	cr_expect_eq(files.n, 0);
	cr_expect_str_eq(collect(&f, (const char *const[]){"WORDS", NULL}, nothing, &files),
		"promised output WORDS is absent");
	/* nobody asked for it: an empty file is simply no output */
	cr_expect_str_eq(collect(&f, nothing, nothing, &files), "");
	cr_expect_eq(files.n, 0);
	teardown(&f);
	SG_LEAKCHECK();
}

Test(evidence, links_pipes_folders_and_sockets_are_no_outputs)
{
	struct fixture f = setup();
	struct sg_files files;
	char *path = sg_t_format("%s/LINK.md", f.out);
	char *pipe_path = sg_t_format("%s/PIPE", f.out);
	char *folder_path = sg_t_format("%s/FOLDER.d", f.out);
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	cr_assert_eq(symlink("/etc/passwd", path), 0);
	cr_assert_eq(mkfifo(pipe_path, 0600), 0);
	cr_assert_eq(mkdir(folder_path, 0700), 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/SOCKET", f.out);
	const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	put(f.out, "REAL.md", "x");
	cr_expect_str_eq(collect(&f, nothing, nothing, &files), "");
	cr_assert_eq(files.n, 1);
	cr_expect_str_eq(files.v[0].name, "REAL");
	static const char *const promises[] = {"LINK", "PIPE", "FOLDER", "SOCKET"};
	for (size_t i = 0; i < 4; i++) {
		const char *error =
			collect(&f, (const char *const[]){promises[i], NULL}, nothing, &files);
		cr_expect_not_null(strstr(error, promises[i]), "%s", error);
		cr_expect_eq(files.n, 1);
	}
	close(fd);
	free(path);
	free(pipe_path);
	free(folder_path);
	teardown(&f);
	SG_LEAKCHECK();
}

Test(evidence, names_with_quotes_spaces_cyrillic_and_dashes_are_fine)
{
	struct fixture f = setup();
	struct sg_files files;

	put(f.out, "-rf.md", "a");
	put(f.out, "a \"b\" 'c'.md", "b");
	put(f.out, "\xd0\xbe\xd1\x82\xd1\x87\xd1\x91\xd1\x82.md", "c");
	put(f.out, ".hidden.md", "d");
	cr_expect_str_eq(collect(&f, nothing, nothing, &files), "");
	cr_assert_eq(files.n, 3);
	cr_expect_str_eq(files.v[0].name, "-rf");
	cr_expect_str_eq(files.v[1].name, "a \"b\" 'c'");
	cr_expect_str_eq(files.v[2].name, "\xd0\xbe\xd1\x82\xd1\x87\xd1\x91\xd1\x82");
	teardown(&f);
	SG_LEAKCHECK();
}

Test(evidence, a_name_that_is_no_plain_text_is_an_error)
{
	static const char *const names[] = {
		"two\nlines.md", "esc\x1b[31m.md", "\xff.md", "\xc2\x85.md"};

	for (size_t i = 0; i < 4; i++) {
		struct fixture f = setup();
		struct sg_files files;
		put(f.out, names[i], "x");
		cr_expect_not_null(
			strstr(collect(&f, nothing, nothing, &files), "no plain text"));
		cr_expect_eq(files.n, 0);
		teardown(&f);
	}
	SG_LEAKCHECK();
}

Test(evidence, a_known_name_may_hold_a_dot)
{
	struct fixture f = setup();
	struct sg_files files;

	put(f.out, "REPORT.v2", "x");
	put(f.out, "OTHER.v2.md", "y");
	cr_expect_str_eq(
		collect(&f, nothing, (const char *const[]){"REPORT.v2", NULL}, &files), "");
	cr_assert_eq(files.n, 2);
	cr_expect_str_eq(files.v[0].name, "OTHER.v2");
	cr_expect_str_eq(files.v[1].name, "REPORT.v2");
	teardown(&f);
	SG_LEAKCHECK();
}

Test(evidence, a_sparse_giant_is_refused_without_being_read)
{
	struct fixture f = setup();
	struct sg_files files;
	char *path = sg_t_format("%s/BIG.bin", f.out);

	put(f.out, "BIG.bin", "x");
	cr_assert_eq(truncate(path, SG_OUTPUT_MAX_BYTES + 1), 0);
	const char *error = collect(&f, nothing, nothing, &files);
	cr_expect_not_null(strstr(error, "output BIG is larger than"), "%s", error);
	cr_expect_not(there(f.root, FOLDER "/BIG.bin"));
	free(path);
	teardown(&f);
	SG_LEAKCHECK();
}

Test(evidence, an_out_folder_swapped_for_a_link_gives_nothing)
{
	struct fixture f = setup();
	char *out = sg_t_format("%s/out", f.out);
	const struct sg_strs promised = {(const char *const[]){"passwd"}, 1};
	const struct sg_strs none = {NULL, 0};
	struct sg_files files;
	const char *error = NULL;

	cr_assert_eq(symlink("/etc", out), 0);
	cr_assert_eq(sg_evidence_begin(f.dir, FOLDER, &f.err), SG_OK);
	cr_assert_eq(sg_evidence_collect(f.dir, FOLDER, out, &promised, &none, &f.arena, &files,
			     &error, &f.err),
		SG_OK);
	cr_expect_eq(files.n, 0);
	cr_expect_not_null(strstr(error, "link"), "%s", error);
	free(out);
	teardown(&f);
	SG_LEAKCHECK();
}

Test(evidence, too_many_files_are_an_error)
{
	struct fixture f = setup();
	struct sg_files files;

	for (int i = 0; i < 4100; i++) {
		char name[32];
		snprintf(name, sizeof(name), "F%d", i);
		put(f.out, name, "");
	}
	const char *error = collect(&f, nothing, nothing, &files);
	cr_expect_not_null(strstr(error, "more than 4096"), "%s", error);
	teardown(&f);
	SG_LEAKCHECK();
}

/* --- single files --- */

Test(evidence, stepgates_own_files_are_stored_once)
{
	struct fixture f = setup();
	struct sg_file file;

	cr_assert_eq(sg_evidence_begin(f.dir, FOLDER, &f.err), SG_OK);
	cr_assert_eq(sg_evidence_store(f.dir, FOLDER, "VAL_REPORT.yaml", "VAL_REPORT", "x\n", 2,
			     &f.arena, &file, &f.err),
		SG_OK);
	cr_expect_str_eq(file.path, FOLDER "/VAL_REPORT.yaml");
	cr_expect_eq(sg_evidence_store(f.dir, FOLDER, "VAL_REPORT.yaml", "VAL_REPORT", "y\n", 2,
			     &f.arena, &file, &f.err),
		SG_INPUT);
	char *text = get(f.root, file.path);
	cr_expect_str_eq(text, "x\n");
	free(text);
	teardown(&f);
	SG_LEAKCHECK();
}

Test(evidence, work_by_hand_is_hashed_before_and_copied_after)
{
	struct fixture f = setup();
	struct sg_file before;
	struct sg_file after;
	char *path = sg_t_format("%s/notes.md", f.out);

	cr_assert_eq(sg_evidence_begin(f.dir, FOLDER, &f.err), SG_OK);
	cr_assert_eq(
		sg_evidence_before(f.dir, path, "QA_REPORT", &f.arena, &before, &f.err), SG_OK);
	cr_expect_str_eq(before.sha256, "");
	put(f.out, "notes.md", "done\n");
	cr_assert_eq(
		sg_evidence_before(f.dir, path, "QA_REPORT", &f.arena, &before, &f.err), SG_OK);
	cr_expect_eq(before.size_bytes, 5);
	cr_assert_eq(
		sg_evidence_take(f.dir, FOLDER, path, "QA_REPORT", &f.arena, &after, &f.err),
		SG_OK);
	cr_expect_str_eq(after.path, FOLDER "/QA_REPORT.md");
	cr_expect_str_eq(after.sha256, before.sha256);
	free(path);
	teardown(&f);
	SG_LEAKCHECK();
}

Test(evidence, an_empty_or_badly_named_record_is_refused)
{
	struct fixture f = setup();
	struct sg_file file;
	char *path = sg_t_format("%s/empty.md", f.out);

	cr_assert_eq(sg_evidence_begin(f.dir, FOLDER, &f.err), SG_OK);
	put(f.out, "empty.md", "");
	cr_expect_eq(
		sg_evidence_take(f.dir, FOLDER, path, "X", &f.arena, &file, &f.err), SG_INPUT);
	cr_expect_not(there(f.root, FOLDER "/X.md"));
	put(f.out, "empty.md", "x");
	cr_expect_eq(
		sg_evidence_take(f.dir, FOLDER, path, "../X", &f.arena, &file, NULL), SG_INPUT);
	cr_expect_eq(sg_evidence_take(f.dir, FOLDER, "/dev/null", "X", &f.arena, &file, NULL),
		SG_INPUT);
	cr_expect_eq(sg_evidence_before(f.dir, "/dev", "X", &f.arena, &file, NULL), SG_INPUT);
	free(path);
	teardown(&f);
	SG_LEAKCHECK();
}

Test(evidence, a_pin_holds_until_the_file_changes)
{
	struct fixture f = setup();
	char hex[SG_SHA256_HEX_SIZE];
	const struct sg_pin pin = {"route.yaml", hex};
	const struct sg_pin none = {"", ""};
	const struct sg_pin absent = {"steps.yaml", ""};

	sg_sha256_of("a", 1, hex);
	cr_expect_not(sg_evidence_pin_holds(f.dir, &pin));
	put(f.root, "route.yaml", "a");
	cr_expect(sg_evidence_pin_holds(f.dir, &pin));
	put(f.root, "route.yaml", "b");
	cr_expect_not(sg_evidence_pin_holds(f.dir, &pin));
	cr_expect(sg_evidence_pin_holds(f.dir, &none));
	cr_expect(sg_evidence_pin_holds(f.dir, &absent));
	put(f.root, "steps.yaml", "x");
	cr_expect_not(sg_evidence_pin_holds(f.dir, &absent));
	teardown(&f);
	SG_LEAKCHECK();
}

/* --- a run's facts and inputs --- */

struct played {
	struct sg_run run;
	struct sg_proof proofs[3];
	struct sg_file files[2];
	struct sg_output_row rows[2];
};

/* A run with two outputs of SPC: A.md and B.yaml. */
static void play(struct fixture *f, struct played *p)
{
	struct sg_files files;

	put(f->out, "A.md", "alpha\n");
	put(f->out, "B.yaml", "beta\n");
	cr_assert_str_eq(collect(f, nothing, nothing, &files), "");
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

static void expect_facts(struct fixture *f, const struct played *p,
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
	struct fixture f = setup();
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
	put(f.root, "equal", "alpha\n");
	cr_assert_eq(symlink("../../../../equal", path), 0);
	expect_facts(&f, &p, NULL, SG_FRESH_STALE, SG_FRESH_FRESH, SG_FRESH_STALE);
	free(path);
	sg_evidence_cache_free(cache);
	teardown(&f);
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
	struct fixture f = setup();
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
	teardown(&f);
	SG_LEAKCHECK();
}

Test(evidence, a_remembered_file_that_is_rewritten_with_its_old_times_is_stale)
{
	struct fixture f = setup();
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
	teardown(&f);
	SG_LEAKCHECK();
}

Test(evidence, the_digest_of_the_inputs_does_not_hang_on_the_order_of_the_proofs)
{
	struct fixture f = setup();
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
	teardown(&f);
	SG_LEAKCHECK();
}

Test(evidence, an_output_without_a_file_is_incomplete)
{
	struct fixture f = setup();
	struct played p;

	play(&f, &p);
	p.proofs[0].files.n = 0;
	p.files[1].sha256 = "";
	expect_facts(
		&f, &p, NULL, SG_FRESH_INCOMPLETE, SG_FRESH_INCOMPLETE, SG_FRESH_INCOMPLETE);
	teardown(&f);
	SG_LEAKCHECK();
}

Test(evidence, present_outputs_and_the_manifest_are_handed_in_read_only)
{
	struct fixture f = setup();
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
	char *a = get(scratch.in, "A.md");
	char *b = get(scratch.in, "B.yaml");
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
	teardown(&f);
	SG_LEAKCHECK();
}

Test(evidence, stale_and_absent_outputs_are_not_handed_in)
{
	struct fixture f = setup();
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
	cr_expect_not(there(scratch.in, "A.md"));
	cr_expect(there(scratch.in, "B.yaml"));
	/* without A among the present ones, the plan is the same as what was handed in */
	p.rows[0].present = SG_TRUTH_FALSE;
	cr_assert_eq(sg_evidence_inputs_digest(&p.run, &f.arena, &planned, &f.err), SG_OK);
	cr_expect_str_eq(planned, digest);
	sg_scratch_release(&scratch);
	free(path);
	teardown(&f);
	SG_LEAKCHECK();
}

Test(evidence, a_scratch_with_closed_folders_and_links_is_removed_whole)
{
	struct fixture f = setup();
	struct sg_scratch scratch;

	cr_assert_eq(sg_scratch_make(f.out, &scratch, &f.err), SG_OK);
	put(scratch.out, "deep/er/file", "x");
	put(f.root, "outside", "keep");
	char *link = sg_t_format("%s/link", scratch.out);
	char *deep = sg_t_format("%s/deep", scratch.out);
	char *root = sg_t_format("%s", scratch.root);
	cr_assert_eq(symlink(f.root, link), 0);
	cr_assert_eq(chmod(deep, 0), 0);
	cr_assert_eq(chmod(f.root, 0750), 0);
	sg_scratch_release(&scratch);
	cr_expect_not(sg_t_exists(root));
	cr_expect(there(f.root, "outside"));
	struct stat st;
	cr_assert_eq(stat(f.root, &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0750);
	free(link);
	free(deep);
	free(root);
	teardown(&f);
	SG_LEAKCHECK();
}
