/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a failed command's words are taken to mean, and that plain failures mean nothing. */
#include "box.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static const char *hint(struct sg_arena *arena, const struct sg_box *box, const char *said)
{
	const char *text = sg_sandbox_hint(arena, &box->sandbox, "KEY:ENG.X", 0, said);
	cr_assert_not_null(text);
	return text;
}

static void expect(const struct sg_box *box, const char *said, const char *expected)
{
	struct sg_arena arena = SG_ARENA_INIT;
	const char *found = hint(&arena, box, said);
	cr_expect_str_eq(found, expected, "of \"%s\" expected \"%s\", found \"%s\"", said,
		expected, found);
	sg_arena_release(&arena);
}

#define CHANGING(what, item)                                             \
	"the sandbox may have kept it from changing " what ": add " item \
	" to write of KEY:ENG.X"

Test(sandbox_hint, a_path_that_could_not_be_written_names_its_folder_for_write)
{
	struct sg_box box;
	sg_box_enter(&box);
	expect(&box, "one\nsh: 1: cannot create src/new: Read-only file system\n",
		CHANGING("src/new", "src/"));
	expect(&box, "touch: cannot touch 'a b/c': Read-only file system\n",
		CHANGING("a b/c", "a b/"));
	expect(&box, "touch: cannot touch \u2018src/x\u2019: Read-only file system\n",
		CHANGING("src/x", "src/"));
	expect(&box, "OSError: [Errno 30] Read-only file system: 'readme'\n",
		CHANGING("readme", "readme"));
	expect(&box, "sh: 1: cannot create ./new: Read-only file system\n",
		CHANGING("new", "."));
	expect(&box, "rm: cannot remove '.stepgate/trace.jsonl': Read-only file system\n",
		"the sandbox may have kept it from .stepgate/trace.jsonl, which is closed to "
		"every command");
	sg_box_leave(&box);
	SG_LEAKCHECK();
}

Test(sandbox_hint, what_it_did_not_see_is_named_for_read)
{
	struct sg_box box;
	char said[4200], expected[4300];
	sg_box_enter(&box);
	(void)snprintf(said, sizeof(said), "cat: %s: No such file or directory\n", box.secret);
	(void)snprintf(expected, sizeof(expected),
		"the sandbox may not have shown it %s: add it, or its folder, to read of "
		"KEY:ENG.X",
		box.secret);
	expect(&box, said, expected);
	expect(&box, "cat: /no/such/file/anywhere: No such file or directory\n", "");
	sg_box_leave(&box);
	SG_LEAKCHECK();
}

Test(sandbox_hint, the_network_and_the_limits_are_told_by_their_words)
{
	struct sg_box box;
	struct sg_arena arena = SG_ARENA_INIT;
	sg_box_enter(&box);
	expect(&box, "curl: (6) Could not resolve host: example.invalid\n",
		"the sandbox may have kept it from the network: set network: true of "
		"KEY:ENG.X");
	expect(&box, "OSError: [Errno 97] Address family not supported by protocol\n",
		"the sandbox may have kept it from the network: set network: true of "
		"KEY:ENG.X");
	expect(&box, "sh: 1: open: Too many open files\n",
		"the sandbox may have kept it from opening more than 4096 files: raise "
		"max_files "
		"of KEY:ENG.X");
	cr_expect_not_null(strstr(sg_sandbox_hint(&arena, &box.sandbox, "SPC", SIGXFSZ, ""),
		"max_output_mib of SPC"));
	box.sandbox.network = true;
	expect(&box, "curl: (6) Could not resolve host: example.invalid\n", "");
	sg_arena_release(&arena);
	sg_box_leave(&box);
	SG_LEAKCHECK();
}

Test(sandbox_hint, a_failure_of_its_own_blames_no_wall)
{
	struct sg_box box;
	sg_box_enter(&box);
	if (!box.walls.up[SG_WALL_NAMESPACES])
		cr_skip_test("without namespaces \"denied\" may be a wall's word");
	expect(&box, "", "");
	expect(&box, "make: *** [all] Error 1\n", "");
	expect(&box, "sh: 1: ./roles/x.sh: Permission denied\n", "");
	expect(&box, "cc: error: missing.c: No such file or directory\n", "");
	expect(&box, "docs/x: Read-only file system\n", ""); /* it may be written */
	expect(&box, "fatal: not a git repository: No such file or directory\n", "");
	sg_box_leave(&box);
	SG_LEAKCHECK();
}
