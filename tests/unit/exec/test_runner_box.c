/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a binding says, and what its command then finds: through a real session. */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner_room.h"

#define PLAN   "ENGINE_PLAN_TOKEN: {required_eng_keys: ['KEY:A']}\n"
#define ENGINE "    KEY:A: {argv: [sh, -c, 'echo a >$STEPGATE_OUT/A.md'], outputs: [A]}\n"

static bool all_walls(void)
{
	struct sg_walls walls;
	cr_assert_eq(sg_sandbox_probe(&walls, NULL), SG_OK);
	return sg_sandbox_tier(&walls) == SG_TIER_FULL;
}

/* CTL runs this line of shell behind all walls, with this more in its binding. */
static const struct sg_run *ctl(struct sg_room *room, const char *shell, const char *more)
{
	sg_room_file(room, "plan.yaml", PLAN);
	sg_room_file(room, "docs/a.md", "a\n");
	sg_room_route(room, "['KEY:A']", "[A, VAL_REPORT]", "");
	char *text = sg_t_format(
		"PROFILE:\n  PROFILE_KEY: P\n  SANDBOX: full\n  RUN:\n" SG_ROOM_SPC ENGINE
			SG_ROOM_QA "    CTL: {argv: [sh, -c, '%s; echo fine "
		">$STEPGATE_OUT/POLICY_REPORT.md']%s}\n",
		shell, more);
	sg_room_file(room, "profiles/P.yaml", text);
	free(text);
	sg_room_step(room, "doc.md", "");
	sg_room_go_to(room, "CTL");
	return sg_room_go(room);
}

#define EXPECT_REASON(room, part)                              \
	cr_expect_not_null(strstr(sg_room_reason(room), part), \
		"expected \"%s\", found \"%s\"", part, sg_room_reason(room))

#define NEEDS_WALLS()                                                      \
	do {                                                               \
		if (!all_walls())                                          \
			cr_skip_test("a wall is missing on this machine"); \
	} while (0)

Test(runner_box, what_write_names_can_be_written_and_a_folder_is_made)
{
	struct sg_room room;
	NEEDS_WALLS();
	sg_room_enter(&room);
	const struct sg_run *run = ctl(&room, "echo b >>docs/a.md; echo n >made/here/n.md",
		", write: [docs/a.md, made/here/]");
	cr_expect_eq(run->state, SG_STATE_AWAIT, "%s", sg_room_reason(&room));
	char *text = sg_room_read(&room, "docs/a.md");
	cr_expect_str_eq(text, "a\nb\n");
	free(text);
	text = sg_room_read(&room, "made/here/n.md");
	cr_expect_str_eq(text, "n\n");
	free(text);
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner_box, a_failure_at_a_wall_names_the_line_that_opens_it)
{
	struct sg_room room;
	NEEDS_WALLS();
	sg_room_enter(&room);
	const struct sg_run *run = ctl(&room, "echo b >docs/b.md || exit 2", "");
	cr_expect_eq(run->state, SG_STATE_STOPPED);
	EXPECT_REASON(&room, "exit 2");
	EXPECT_REASON(&room,
		"the sandbox may have kept it from changing docs/b.md: add docs/ to "
		"write of CTL");
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner_box, a_path_of_write_that_is_not_there_or_leads_out_keeps_it_from_starting)
{
	static const struct {
		const char *more, *said;
	} cases[] = {
		{", write: [absent]", "it is not there; name its folder, or end it in /"},
		{", write: [out/]", "cannot open 'out/' for writing (write of CTL)"},
		{", write: [.stepgate/steps/]", "it is closed to every command"},
		{", write: [RUNTIME_MANIFEST.yaml]", "it is closed to every command"},
		{", read: [/no/such/folder]", "(read of CTL): it is not there"},
	};
	NEEDS_WALLS();
	for (size_t i = 0; i < SG_ARRAY_SIZE(cases); i++) {
		struct sg_room room;
		sg_room_enter(&room);
		char *link = sg_t_format("%s/out", room.folder);
		cr_assert_eq(symlink("/tmp", link), 0);
		free(link);
		const struct sg_run *run = ctl(&room, "true", cases[i].more);
		cr_expect_eq(run->state, SG_STATE_STOPPED);
		EXPECT_REASON(&room, "not started");
		EXPECT_REASON(&room, cases[i].said);
		sg_room_leave(&room);
	}
	SG_LEAKCHECK();
}

Test(runner_box, the_manifest_the_trace_and_the_repository_stay_as_they_are)
{
	struct sg_room room;
	NEEDS_WALLS();
	sg_room_enter(&room);
	const struct sg_run *run = ctl(&room,
		"echo x >>RUNTIME_MANIFEST.yaml; echo x >>.stepgate/trace.jsonl; rm -rf docs "
		".stepgate; ls -A .stepgate >$STEPGATE_OUT/SEEN; true",
		"");
	cr_expect_eq(run->state, SG_STATE_AWAIT, "%s", sg_room_reason(&room));
	cr_expect_eq(sg_session_standing(room.session), SG_STANDING_CLEAN);
	char *text = sg_room_read(&room, "docs/a.md");
	cr_expect_str_eq(text, "a\n");
	free(text);
	char *path = sg_t_format("%s/.stepgate/steps/0001/CTL.1/SEEN", room.folder);
	cr_expect_neq(access(path, F_OK), 0, "an empty listing is no output");
	free(path);
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner_box, env_takes_a_name_over_and_nothing_else_comes_in)
{
	struct sg_room room;
	NEEDS_WALLS();
	cr_assert_eq(setenv("SG_TEST_GIVEN", "given", 1), 0);
	cr_assert_eq(setenv("SG_TEST_KEPT", "kept", 1), 0);
	sg_room_enter(&room);
	const struct sg_run *run =
		ctl(&room, "echo $SG_TEST_GIVEN-$SG_TEST_KEPT-$PWD; env | wc -l",
			", env: [SG_TEST_GIVEN, SG_TEST_ABSENT]");
	cr_expect_eq(run->state, SG_STATE_AWAIT, "%s", sg_room_reason(&room));
	cr_expect_not_null(strstr(room.said.bytes, "given--"), "%s", room.said.bytes);
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner_box, a_log_over_its_limit_ends_the_command_and_says_so)
{
	struct sg_room room;
	NEEDS_WALLS();
	sg_room_enter(&room);
	const struct sg_run *run = ctl(&room, "yes", ", max_log_mib: 1");
	cr_expect_eq(run->state, SG_STATE_STOPPED);
	EXPECT_REASON(&room, "its log grew over 1 MiB");
	EXPECT_REASON(&room, "max_log_mib");
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner_box, a_file_over_its_limit_ends_the_command_and_says_so)
{
	struct sg_room room;
	NEEDS_WALLS();
	sg_room_enter(&room);
	const struct sg_run *run = ctl(&room,
		"exec head -c 3000000 /dev/zero >$STEPGATE_OUT/BIG", ", max_output_mib: 1");
	cr_expect_eq(run->state, SG_STATE_STOPPED);
	EXPECT_REASON(&room, "more than 1 MiB: raise max_output_mib of CTL");
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner_box, every_record_says_the_tier)
{
	struct sg_room room;
	NEEDS_WALLS();
	sg_room_enter(&room);
	const struct sg_run *run = ctl(&room, "true", "");
	cr_expect_eq(run->state, SG_STATE_AWAIT, "%s", sg_room_reason(&room));
	for (size_t i = 0; i < run->proofs.n; i++)
		cr_expect_eq(run->proofs.v[i].tier, SG_TIER_FULL, "%s", run->proofs.v[i].name);
	sg_room_leave(&room);
	SG_LEAKCHECK();
}
