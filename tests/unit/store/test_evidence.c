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
#include "evidence_case.h"
#include "harness/harness.h"

Test(evidence, outputs_are_copied_read_only_and_hashed)
{
	struct evidence_case f = evidence_setup();
	struct sg_files files;
	struct stat st;
	char hex[SG_SHA256_HEX_SIZE];

	evidence_put(f.out, "BRIEF_TOKEN.yaml", "brief\n");
	evidence_put(f.out, "A-1.md", "one\n");
	evidence_put(f.out, "A.md", "two\n");
	cr_expect_str_eq(evidence_collect(&f, (const char *const[]){"BRIEF_TOKEN", NULL},
				 evidence_nothing, &files),
		"");
	cr_assert_eq(files.n, 3);
	cr_expect_str_eq(files.v[0].name, "A");
	cr_expect_str_eq(files.v[1].name, "A-1");
	cr_expect_str_eq(files.v[2].name, "BRIEF_TOKEN");
	cr_expect_str_eq(files.v[2].path, EVIDENCE_FOLDER "/BRIEF_TOKEN.yaml");
	cr_expect_eq(files.v[2].size_bytes, 6);
	sg_sha256_of("brief\n", 6, hex);
	cr_expect_str_eq(files.v[2].sha256, hex);
	char *copy = evidence_get(f.root, files.v[2].path);
	cr_expect_str_eq(copy, "brief\n");
	cr_assert_eq(fstatat(f.dir, files.v[2].path, &st, 0), 0);
	cr_expect_eq(st.st_mode & 07777, 0444);
	free(copy);
	evidence_teardown(&f);
	SG_LEAKCHECK();
}

Test(evidence, what_a_killed_attempt_left_is_moved_aside)
{
	struct evidence_case f = evidence_setup();

	cr_assert_eq(sg_evidence_begin(f.dir, EVIDENCE_FOLDER, &f.err), SG_OK);
	evidence_put(f.root, EVIDENCE_FOLDER "/old", "1");
	cr_assert_eq(sg_evidence_begin(f.dir, EVIDENCE_FOLDER, &f.err), SG_OK);
	evidence_put(f.root, EVIDENCE_FOLDER "/old", "2");
	cr_assert_eq(sg_evidence_begin(f.dir, EVIDENCE_FOLDER, &f.err), SG_OK);
	cr_expect_not(evidence_there(f.root, EVIDENCE_FOLDER "/old"));
	char *first = evidence_get(f.root, EVIDENCE_FOLDER ".left-1/old");
	char *second = evidence_get(f.root, EVIDENCE_FOLDER ".left-2/old");
	cr_expect_str_eq(first, "1");
	cr_expect_str_eq(second, "2");
	free(first);
	free(second);
	evidence_teardown(&f);
	SG_LEAKCHECK();
}

Test(evidence, a_link_planted_above_the_folder_is_refused)
{
	struct evidence_case f = evidence_setup();
	char *link = sg_t_format("%s/.stepgate", f.root);

	cr_assert_eq(symlink(f.out, link), 0);
	cr_expect_eq(sg_evidence_begin(f.dir, EVIDENCE_FOLDER, &f.err), SG_INPUT);
	cr_expect_not(evidence_there(f.out, "steps"));
	free(link);
	evidence_teardown(&f);
	SG_LEAKCHECK();
}

Test(evidence, one_name_made_twice_is_an_error)
{
	struct evidence_case f = evidence_setup();
	struct sg_files files;

	evidence_put(f.out, "TOC.md", "a");
	evidence_put(f.out, "TOC.yaml", "b");
	cr_expect_str_eq(evidence_collect(&f, evidence_nothing, evidence_nothing, &files),
		"output TOC was made twice: TOC.md and TOC.yaml");
	evidence_teardown(&f);
	SG_LEAKCHECK();
}

Test(evidence, a_promise_that_is_empty_or_absent_is_an_error)
{
	struct evidence_case f = evidence_setup();
	struct sg_files files;

	evidence_put(f.out, "TOC.md", "");
	cr_expect_str_eq(evidence_collect(&f, (const char *const[]){"TOC", NULL},
				 evidence_nothing, &files),
		"promised output TOC is empty");
	cr_expect_eq(files.n, 0);
	cr_expect_str_eq(evidence_collect(&f, (const char *const[]){"WORDS", NULL},
				 evidence_nothing, &files),
		"promised output WORDS is absent");
	/* nobody asked for it: an empty file is simply no output */
	cr_expect_str_eq(evidence_collect(&f, evidence_nothing, evidence_nothing, &files), "");
	cr_expect_eq(files.n, 0);
	evidence_teardown(&f);
	SG_LEAKCHECK();
}

Test(evidence, links_pipes_folders_and_sockets_are_no_outputs)
{
	struct evidence_case f = evidence_setup();
	struct sg_files files;
	char *path = sg_t_format("%s/LINK.md", f.out);
	char *pipe_path = sg_t_format("%s/PIPE", f.out);
	char *folder_path = sg_t_format("%s/EVIDENCE_FOLDER.d", f.out);
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	cr_assert_eq(symlink("/etc/passwd", path), 0);
	cr_assert_eq(mkfifo(pipe_path, 0600), 0);
	cr_assert_eq(mkdir(folder_path, 0700), 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/SOCKET", f.out);
	const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	evidence_put(f.out, "REAL.md", "x");
	cr_expect_str_eq(evidence_collect(&f, evidence_nothing, evidence_nothing, &files), "");
	cr_assert_eq(files.n, 1);
	cr_expect_str_eq(files.v[0].name, "REAL");
	static const char *const promises[] = {"LINK", "PIPE", "EVIDENCE_FOLDER", "SOCKET"};
	for (size_t i = 0; i < 4; i++) {
		const char *error = evidence_collect(
			&f, (const char *const[]){promises[i], NULL}, evidence_nothing, &files);
		cr_expect_not_null(strstr(error, promises[i]), "%s", error);
		cr_expect_eq(files.n, 1);
	}
	close(fd);
	free(path);
	free(pipe_path);
	free(folder_path);
	evidence_teardown(&f);
	SG_LEAKCHECK();
}

Test(evidence, names_with_quotes_spaces_cyrillic_and_dashes_are_fine)
{
	struct evidence_case f = evidence_setup();
	struct sg_files files;

	evidence_put(f.out, "-rf.md", "a");
	evidence_put(f.out, "a \"b\" 'c'.md", "b");
	evidence_put(f.out, "\xd0\xbe\xd1\x82\xd1\x87\xd1\x91\xd1\x82.md", "c");
	evidence_put(f.out, ".hidden.md", "d");
	cr_expect_str_eq(evidence_collect(&f, evidence_nothing, evidence_nothing, &files), "");
	cr_assert_eq(files.n, 3);
	cr_expect_str_eq(files.v[0].name, "-rf");
	cr_expect_str_eq(files.v[1].name, "a \"b\" 'c'");
	cr_expect_str_eq(files.v[2].name, "\xd0\xbe\xd1\x82\xd1\x87\xd1\x91\xd1\x82");
	evidence_teardown(&f);
	SG_LEAKCHECK();
}

Test(evidence, a_name_that_is_no_plain_text_is_an_error)
{
	static const char *const names[] = {
		"two\nlines.md", "esc\x1b[31m.md", "\xff.md", "\xc2\x85.md"};

	for (size_t i = 0; i < 4; i++) {
		struct evidence_case f = evidence_setup();
		struct sg_files files;
		evidence_put(f.out, names[i], "x");
		cr_expect_not_null(
			strstr(evidence_collect(&f, evidence_nothing, evidence_nothing, &files),
				"no plain text"));
		cr_expect_eq(files.n, 0);
		evidence_teardown(&f);
	}
	SG_LEAKCHECK();
}

Test(evidence, a_known_name_may_hold_a_dot)
{
	struct evidence_case f = evidence_setup();
	struct sg_files files;

	evidence_put(f.out, "REPORT.v2", "x");
	evidence_put(f.out, "OTHER.v2.md", "y");
	cr_expect_str_eq(evidence_collect(&f, evidence_nothing,
				 (const char *const[]){"REPORT.v2", NULL}, &files),
		"");
	cr_assert_eq(files.n, 2);
	cr_expect_str_eq(files.v[0].name, "OTHER.v2");
	cr_expect_str_eq(files.v[1].name, "REPORT.v2");
	evidence_teardown(&f);
	SG_LEAKCHECK();
}

Test(evidence, a_sparse_giant_is_refused_without_being_read)
{
	struct evidence_case f = evidence_setup();
	struct sg_files files;
	char *path = sg_t_format("%s/BIG.bin", f.out);

	evidence_put(f.out, "BIG.bin", "x");
	cr_assert_eq(truncate(path, SG_OUTPUT_MAX_BYTES + 1), 0);
	const char *error = evidence_collect(&f, evidence_nothing, evidence_nothing, &files);
	cr_expect_not_null(strstr(error, "output BIG is larger than"), "%s", error);
	cr_expect_not(evidence_there(f.root, EVIDENCE_FOLDER "/BIG.bin"));
	free(path);
	evidence_teardown(&f);
	SG_LEAKCHECK();
}

Test(evidence, an_out_folder_swapped_for_a_link_gives_nothing)
{
	struct evidence_case f = evidence_setup();
	char *out = sg_t_format("%s/out", f.out);
	const struct sg_strs promised = {(const char *const[]){"passwd"}, 1};
	const struct sg_strs none = {NULL, 0};
	struct sg_files files;
	const char *error = NULL;

	cr_assert_eq(symlink("/etc", out), 0);
	cr_assert_eq(sg_evidence_begin(f.dir, EVIDENCE_FOLDER, &f.err), SG_OK);
	cr_assert_eq(sg_evidence_collect(f.dir, EVIDENCE_FOLDER, out, &promised, &none,
			     &f.arena, &files, &error, &f.err),
		SG_OK);
	cr_expect_eq(files.n, 0);
	cr_expect_not_null(strstr(error, "link"), "%s", error);
	free(out);
	evidence_teardown(&f);
	SG_LEAKCHECK();
}

Test(evidence, too_many_files_are_an_error)
{
	struct evidence_case f = evidence_setup();
	struct sg_files files;

	for (int i = 0; i < 4100; i++) {
		char name[32];
		snprintf(name, sizeof(name), "F%d", i);
		evidence_put(f.out, name, "");
	}
	const char *error = evidence_collect(&f, evidence_nothing, evidence_nothing, &files);
	cr_expect_not_null(strstr(error, "more than 4096"), "%s", error);
	evidence_teardown(&f);
	SG_LEAKCHECK();
}

/* --- single files --- */

Test(evidence, stepgates_own_files_are_stored_once)
{
	struct evidence_case f = evidence_setup();
	struct sg_file file;

	cr_assert_eq(sg_evidence_begin(f.dir, EVIDENCE_FOLDER, &f.err), SG_OK);
	cr_assert_eq(sg_evidence_store(f.dir, EVIDENCE_FOLDER, "VAL_REPORT.yaml", "VAL_REPORT",
			     "x\n", 2, &f.arena, &file, &f.err),
		SG_OK);
	cr_expect_str_eq(file.path, EVIDENCE_FOLDER "/VAL_REPORT.yaml");
	cr_expect_eq(sg_evidence_store(f.dir, EVIDENCE_FOLDER, "VAL_REPORT.yaml", "VAL_REPORT",
			     "y\n", 2, &f.arena, &file, &f.err),
		SG_INPUT);
	char *text = evidence_get(f.root, file.path);
	cr_expect_str_eq(text, "x\n");
	free(text);
	evidence_teardown(&f);
	SG_LEAKCHECK();
}

Test(evidence, work_by_hand_is_hashed_before_and_copied_after)
{
	struct evidence_case f = evidence_setup();
	struct sg_file before;
	struct sg_file after;
	char *path = sg_t_format("%s/notes.md", f.out);

	cr_assert_eq(sg_evidence_begin(f.dir, EVIDENCE_FOLDER, &f.err), SG_OK);
	cr_assert_eq(
		sg_evidence_before(f.dir, path, "QA_REPORT", &f.arena, &before, &f.err), SG_OK);
	cr_expect_str_eq(before.sha256, "");
	evidence_put(f.out, "notes.md", "done\n");
	cr_assert_eq(
		sg_evidence_before(f.dir, path, "QA_REPORT", &f.arena, &before, &f.err), SG_OK);
	cr_expect_eq(before.size_bytes, 5);
	cr_assert_eq(sg_evidence_take(f.dir, EVIDENCE_FOLDER, path, "QA_REPORT", &f.arena,
			     &after, &f.err),
		SG_OK);
	cr_expect_str_eq(after.path, EVIDENCE_FOLDER "/QA_REPORT.md");
	cr_expect_str_eq(after.sha256, before.sha256);
	free(path);
	evidence_teardown(&f);
	SG_LEAKCHECK();
}

Test(evidence, an_empty_or_badly_named_record_is_refused)
{
	struct evidence_case f = evidence_setup();
	struct sg_file file;
	char *path = sg_t_format("%s/empty.md", f.out);

	cr_assert_eq(sg_evidence_begin(f.dir, EVIDENCE_FOLDER, &f.err), SG_OK);
	evidence_put(f.out, "empty.md", "");
	cr_expect_eq(
		sg_evidence_take(f.dir, EVIDENCE_FOLDER, path, "X", &f.arena, &file, &f.err),
		SG_INPUT);
	cr_expect_not(evidence_there(f.root, EVIDENCE_FOLDER "/X.md"));
	evidence_put(f.out, "empty.md", "x");
	cr_expect_eq(
		sg_evidence_take(f.dir, EVIDENCE_FOLDER, path, "../X", &f.arena, &file, NULL),
		SG_INPUT);
	cr_expect_eq(sg_evidence_take(
			     f.dir, EVIDENCE_FOLDER, "/dev/null", "X", &f.arena, &file, NULL),
		SG_INPUT);
	cr_expect_eq(sg_evidence_before(f.dir, "/dev", "X", &f.arena, &file, NULL), SG_INPUT);
	free(path);
	evidence_teardown(&f);
	SG_LEAKCHECK();
}

Test(evidence, a_pin_holds_until_the_file_changes)
{
	struct evidence_case f = evidence_setup();
	char hex[SG_SHA256_HEX_SIZE];
	const struct sg_pin pin = {"route.yaml", hex};
	const struct sg_pin none = {"", ""};
	const struct sg_pin absent = {"steps.yaml", ""};

	sg_sha256_of("a", 1, hex);
	cr_expect_not(sg_evidence_pin_holds(f.dir, &pin));
	evidence_put(f.root, "route.yaml", "a");
	cr_expect(sg_evidence_pin_holds(f.dir, &pin));
	evidence_put(f.root, "route.yaml", "b");
	cr_expect_not(sg_evidence_pin_holds(f.dir, &pin));
	cr_expect(sg_evidence_pin_holds(f.dir, &none));
	cr_expect(sg_evidence_pin_holds(f.dir, &absent));
	evidence_put(f.root, "steps.yaml", "x");
	cr_expect_not(sg_evidence_pin_holds(f.dir, &absent));
	evidence_teardown(&f);
	SG_LEAKCHECK();
}
