/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What commands change beside their outputs, and checkers that are not what ROUTE pinned. */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "core/scope.h"
#include "exec/sandbox.h"
#include "runner_room.h"
#include "store/scan.h"

#define CONTRACT "[BRIEF_TOKEN, QA_REPORT, VAL_REPORT, PACK_OUTPUT]"
#define PLAN     "ENGINE_PLAN_TOKEN: {required_eng_keys: ['KEY:A']}\n"
#define ENGINE   "    KEY:A: {argv: [sh, -c, 'echo a >$STEPGATE_OUT/A.md'], outputs: [A]}\n"
#define GATE     "    KEY:VAL.MINE: {argv: [./gates/mine.sh, gates/list.txt]}\n"

/* QA runs this line of shell, with this more in its binding; tier is SANDBOX. */
static void with_qa(struct sg_room *room, const char *tier, const char *shell, const char *more)
{
	sg_room_enter(room);
	sg_room_file(room, "plan.yaml", PLAN);
	sg_room_file(room, "docs/a.md", "a\n");
	sg_room_file(room, "docs/b.md", "b\n");
	sg_room_script(room, "gates/mine.sh", "exit 0");
	sg_room_file(room, "gates/list.txt", "x\n");
	sg_room_route(room, "['KEY:A']", CONTRACT, ", 'KEY:VAL.MINE'");
	char *text = sg_t_format(
		"PROFILE:\n  PROFILE_KEY: P\n  SANDBOX: %s\n  RUN:\n" SG_ROOM_SPC ENGINE
			SG_ROOM_CTL GATE "    QA: {argv: [sh, -c, 'echo good "
		">$STEPGATE_OUT/QA_REPORT.md; %s']%s}\n",
		tier, shell, more);
	sg_room_file(room, "profiles/P.yaml", text);
	free(text);
	sg_room_step(room, "doc.md", "");
}

/* NO_GO_LIST of the route in the room. */
static void forbid(const struct sg_room *room, const char *items)
{
	char *text = sg_room_read(room, "route.yaml");
	char *at = strstr(text, "NO_GO_LIST: []");
	cr_assert_not_null(at);
	char *whole = sg_t_format("%.*sNO_GO_LIST: %s%s", (int)(at - text), text, items,
		at + strlen("NO_GO_LIST: []"));
	sg_room_file(room, "route.yaml", whole);
	free(whole);
	free(text);
}

static const struct sg_run *qa_ends(struct sg_room *room)
{
	sg_room_go_to(room, "QA");
	return sg_room_go(room);
}

static void stops_on(struct sg_room *room, const char *reason)
{
	const struct sg_run *run = sg_session_run(room->session);
	cr_assert_eq(run->state, SG_STATE_STOPPED);
	cr_assert_str_eq(run->manifest.fail_code, "SCOPE_VIOLATION");
	cr_assert_str_eq(sg_room_reason(room), reason);
}

Test(runner_scope, a_command_that_changes_a_file_it_was_not_given_stops_the_step)
{
	struct sg_room room;
	with_qa(&room, "none", "echo more >>docs/a.md; rm docs/b.md; ln -s a.md docs/c.md", "");
	const struct sg_run *run = qa_ends(&room);
	stops_on(&room,
		"SCOPE_VIOLATION: QA: docs/a.md: expected it as it was before QA ran, found it "
		"changed");
	cr_assert_eq(run->manifest.fail_reasons.n, 3);
	cr_assert_not_null(strstr(run->manifest.fail_reasons.v[1], "docs/b.md"));
	cr_assert_not_null(strstr(run->manifest.fail_reasons.v[1], "found it gone"));
	cr_assert_not_null(strstr(run->manifest.fail_reasons.v[2], "found it new"));
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner_scope, what_write_covers_is_its_to_change)
{
	struct sg_room room;
	with_qa(&room, "none", "echo more >>docs/a.md; mkdir docs/new; : >docs/new/c.md",
		", write: [docs/]");
	cr_assert_eq(qa_ends(&room)->state, SG_STATE_AWAIT, "%s", sg_room_reason(&room));
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner_scope, old_times_and_the_old_size_do_not_hide_a_change)
{
	struct sg_room room;
	with_qa(&room, "none",
		"touch -r docs/a.md $TMPDIR/t; printf z >$TMPDIR/z; dd if=$TMPDIR/z "
		"of=docs/a.md "
		"conv=notrunc 2>/dev/null; touch -r $TMPDIR/t docs/a.md",
		"");
	qa_ends(&room);
	stops_on(&room,
		"SCOPE_VIOLATION: QA: docs/a.md: expected it as it was before QA ran, found it "
		"changed");
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner_scope, a_branch_that_was_moved_is_a_change_and_an_index_is_none)
{
	struct sg_room room;
	with_qa(&room, "none", "echo x >.git/index; echo y >.git/refs/heads/main", "");
	sg_room_file(&room, ".git/HEAD", "ref: refs/heads/main\n");
	sg_room_file(&room, ".git/refs/heads/main", "x\n");
	qa_ends(&room);
	stops_on(&room,
		"SCOPE_VIOLATION: QA: .git/refs/heads/main: expected it as it was before QA "
		"ran, found it changed");
	cr_assert_eq(sg_session_run(room.session)->manifest.fail_reasons.n, 1);
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner_scope, what_is_stepgates_own_is_not_held_against_a_command)
{
	struct sg_room room;
	with_qa(&room, "none",
		"echo x >>CHANGELOG.md; mkdir -p .stepgate/x; echo y >.stepgate/x/y", "");
	cr_assert_eq(qa_ends(&room)->state, SG_STATE_AWAIT, "%s", sg_room_reason(&room));
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner_scope, what_the_operator_edits_between_phases_is_not_held_against_the_next)
{
	struct sg_room room;
	with_qa(&room, "none", ":", "");
	sg_room_go_to(&room, "QA");
	sg_room_file(&room, "docs/a.md", "by hand\n");
	cr_assert_eq(sg_room_go(&room)->state, SG_STATE_AWAIT, "%s", sg_room_reason(&room));
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner_scope, the_no_go_list_holds_where_write_covers_the_path)
{
	struct sg_room room;
	with_qa(&room, "none", "echo more >>docs/a.md; echo x >docs/fine.txt",
		", write: [docs/]");
	forbid(&room, "[prose, 'PATH:**/*.md']");
	qa_ends(&room);
	stops_on(&room,
		"SCOPE_VIOLATION: QA: docs/a.md: expected it as it was before QA ran, for "
		"NO_GO_LIST says PATH:**/*.md, found it changed");
	cr_assert_eq(sg_session_run(room.session)->manifest.fail_reasons.n, 1);
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner_scope, a_failed_command_is_said_to_have_changed_what_it_did)
{
	struct sg_room room;
	with_qa(&room, "none", "echo more >>docs/a.md; exit 3", "");
	const struct sg_run *run = qa_ends(&room);
	cr_assert_str_eq(run->manifest.fail_code, "SCOPE_VIOLATION");
	cr_assert_eq(run->manifest.fail_reasons.n, 2);
	cr_assert_not_null(strstr(run->manifest.fail_reasons.v[1], "exit 3"));
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner_scope, of_several_at_a_time_the_union_of_what_they_may_write_counts)
{
	struct sg_room room;
	sg_room_enter(&room);
	sg_room_file(&room, "plan.yaml", "ENGINE_PLAN_TOKEN: {required_eng_keys: [A, B]}\n");
	sg_room_route(&room, "['KEY:A', 'KEY:B']", CONTRACT, "");
	/* A ends while B, which began before, has already written its own */
	sg_room_profile(&room, "  JOBS: 2\n",
		SG_ROOM_SPC SG_ROOM_CTL SG_ROOM_QA "    A: {argv: [sh, -c, 'until [ -e b ]; do "
						   "sleep 0.02; done; : >a'], timeout_s: "
						   "20, write: [a]}\n"
						   "    B: {argv: [sh, -c, ': >b; until [ -e a "
						   "]; do sleep 0.02; done; sleep 0.2; echo x "
						   ">>b'], timeout_s: 20, write: [b]}\n");
	sg_room_step(&room, "doc.md", "");
	sg_room_go_to(&room, "CTL");
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

/* --- what stands around it in tier full --- */

static bool all_walls(void)
{
	struct sg_walls walls;
	struct sg_err err = SG_ERR_INIT;
	return sg_sandbox_probe(&walls, &err) == SG_OK &&
	       sg_sandbox_tier(&walls) == SG_TIER_FULL;
}

Test(runner_scope, in_tier_full_the_tree_stays_as_it_was_and_the_record_says_so)
{
	struct sg_room room;
	if (!all_walls())
		cr_skip("a wall is missing on this machine");
	with_qa(&room, "full", "echo more >>docs/a.md; :", "");
	const struct sg_run *run = qa_ends(&room);
	cr_assert_eq(run->state, SG_STATE_AWAIT, "%s", sg_room_reason(&room));
	char *text = sg_room_read(&room, "docs/a.md");
	cr_assert_str_eq(text, "a\n");
	free(text);
	cr_assert_eq(sg_run_proof(run, SG_FACT_ROLE, "QA")->tier, SG_TIER_FULL);
	cr_assert_eq(run->tier, SG_TIER_FULL);
	cr_assert_str_eq(run->walls, "");
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

static void edit_by_hand(void *ctx, struct sg_job *job)
{
	(void)job;
	sg_room_file(ctx, "docs/b.md", "by hand\n");
}

Test(runner_scope, in_tier_full_what_changes_meanwhile_was_the_operator)
{
	struct sg_room room;
	if (!all_walls())
		cr_skip("a wall is missing on this machine");
	with_qa(&room, "full", "echo more >>docs/a.md", ", write: [docs/a.md]");
	sg_room_go_to(&room, "QA");
	room.runner.listener.started = edit_by_hand;
	cr_assert_eq(sg_room_go(&room)->state, SG_STATE_AWAIT, "%s", sg_room_reason(&room));
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner_scope, in_tier_full_a_new_path_of_the_no_go_list_stops_the_step)
{
	struct sg_room room;
	if (!all_walls())
		cr_skip("a wall is missing on this machine");
	with_qa(&room, "full", "echo key >docs/new.key; : ", ", write: [docs/]");
	forbid(&room, "['PATH:**/*.key']");
	qa_ends(&room);
	stops_on(&room,
		"SCOPE_VIOLATION: QA: docs/new.key: expected it as it was before QA ran, for "
		"NO_GO_LIST says PATH:**/*.key, found it new");
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

/* --- pinned checkers --- */

static const struct sg_program *pinned(const struct sg_run *run, const char *key)
{
	for (size_t i = 0; i < run->programs.n; i++)
		if (strcmp(run->programs.v[i].key, key) == 0)
			return &run->programs.v[i];
	return NULL;
}

Test(runner_scope, ROUTE_pins_the_files_of_every_command_with_their_interpreters)
{
	struct sg_room room;
	with_qa(&room, "none", ":", "");
	sg_room_file(&room, "gates/mine.sh", "#!/usr/bin/env -S sh -e\nexit 0\n");
	const struct sg_run *run = sg_room_go_to(&room, "SPC");
	const struct sg_program *program = pinned(run, "KEY:VAL.MINE");
	cr_assert_not_null(program);
	cr_assert_eq(program->files.n, 4);
	cr_assert_str_eq(program->files.v[0].path, "gates/mine.sh");
	cr_assert_str_eq(program->files.v[1].path, "/usr/bin/env");
	cr_assert_str_eq(program->files.v[2].name, "sh");
	cr_assert_str_eq(program->files.v[3].path, "gates/list.txt");
	cr_assert_not_null(pinned(run, "SPC"));
	cr_assert_not_null(pinned(run, "KEY:A"));
	for (size_t i = 0; i < program->files.n; i++)
		cr_assert_eq(strlen(program->files.v[i].sha256), 64);
	char *kept = sg_t_format(".stepgate/pinned/%s", program->files.v[0].sha256);
	char *text = sg_room_read(&room, kept);
	cr_assert_str_eq(text, "#!/usr/bin/env -S sh -e\nexit 0\n");
	free(text);
	free(kept);
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

static void gate_fails(struct sg_room *room, const char *found)
{
	const struct sg_run *run = sg_session_run(room->session);
	char *reason =
		sg_t_format("MARKER_NOT_CONFIRMED: G1: KEY:VAL.MINE: expected the checker "
			    "pinned at ROUTE, found %s",
			found);
	cr_assert_eq(run->state, SG_STATE_STOPPED);
	cr_assert_str_eq(run->manifest.fail_code, "MARKER_NOT_CONFIRMED");
	cr_assert_str_eq(sg_room_reason(room), reason);
	cr_assert_str_eq(
		run->manifest.fix_list.v[0], "resume --from ROUTE takes the new checker");
	free(reason);
}

Test(runner_scope, a_checker_that_the_step_changed_fails_and_is_not_run)
{
	struct sg_room room;
	with_qa(&room, "none", "echo \"exit 0; : >ran\" >>gates/mine.sh", ", write: [gates/]");
	sg_room_go_to(&room, "VAL");
	sg_room_go(&room);
	gate_fails(&room, "gates/mine.sh changed");
	cr_assert_null(sg_room_read(&room, "ran"));
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner_scope, a_list_that_the_checker_is_given_is_pinned_too)
{
	struct sg_room room;
	with_qa(&room, "none", "rm gates/list.txt", ", write: [gates/]");
	sg_room_go_to(&room, "VAL");
	sg_room_go(&room);
	gate_fails(&room, "gates/list.txt gone");
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner_scope, a_checker_that_was_not_there_at_ROUTE_is_none)
{
	struct sg_room room;
	with_qa(&room, "none",
		"printf \"#!/bin/sh\\\\nexit 0\\\\n\" >gates/mine.sh; chmod 755 gates/mine.sh",
		", write: [gates/]");
	char *script = sg_t_format("%s/gates/mine.sh", room.folder);
	cr_assert_eq(unlink(script), 0);
	free(script);
	sg_room_go_to(&room, "VAL");
	sg_room_go(&room);
	gate_fails(&room, "gates/mine.sh new");
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner_scope, a_resume_from_ROUTE_takes_the_new_checker)
{
	struct sg_room room;
	with_qa(&room, "none", ":", "");
	sg_room_go_to(&room, "VAL");
	sg_room_script(&room, "gates/mine.sh", "exit 0 # another");
	sg_room_go(&room);
	gate_fails(&room, "gates/mine.sh changed");
	sg_room_resume(&room, "ROUTE", NULL);
	sg_room_go_to(&room, "VAL");
	cr_assert_eq(sg_room_go(&room)->state, SG_STATE_PASSED, "%s", sg_room_reason(&room));
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

/* Writes another checker over the pinned one just when that is being started. */
static void rewrite_checker(void *ctx, struct sg_job *job)
{
	if (strcmp(job->name, "KEY:VAL.MINE") == 0)
		sg_room_file(ctx, "gates/mine.sh", "#!/bin/sh\nexit 0\n");
}

static void swap_checker(void *ctx, struct sg_job *job)
{
	struct sg_room *room = ctx;
	char *from = sg_t_format("%s/gates/other.sh", room->folder);
	char *to = sg_t_format("%s/gates/mine.sh", room->folder);
	if (strcmp(job->name, "KEY:VAL.MINE") == 0)
		cr_assert_eq(rename(from, to), 0);
	free(from);
	free(to);
}

Test(runner_scope, behind_walls_a_gate_runs_from_what_was_pinned)
{
	struct sg_room room;
	if (!all_walls())
		cr_skip("a wall is missing on this machine");
	with_qa(&room, "full", ":", "");
	sg_room_script(&room, "gates/mine.sh", "echo the pinned one; exit 1");
	sg_room_go_to(&room, "VAL");
	room.runner.listener.started = rewrite_checker;
	sg_room_go(&room);
	char *log = sg_room_read(&room, ".stepgate/steps/0001/VAL.1/VAL.MINE/log.txt");
	cr_assert_str_eq(log, "the pinned one\n");
	free(log);
	gate_fails(&room, "gates/mine.sh changed");
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner_scope, a_checker_that_was_swapped_while_it_was_started_does_not_pass)
{
	static const char *const tiers[] = {"none", "full"};
	/* where nothing else can tell, it may have been the gate itself */
	static const char *const codes[] = {"SCOPE_VIOLATION", "MARKER_NOT_CONFIRMED"};
	for (size_t i = 0; i < (all_walls() ? 2 : 1); i++) {
		struct sg_room room;
		with_qa(&room, tiers[i], ":", "");
		sg_room_script(&room, "gates/other.sh", "exit 0 # another");
		sg_room_go_to(&room, "VAL");
		room.runner.listener.started = swap_checker;
		const struct sg_run *run = sg_room_go(&room);
		cr_assert_eq(run->state, SG_STATE_STOPPED);
		cr_assert_str_eq(run->manifest.fail_code, codes[i]);
		sg_room_leave(&room);
	}
	SG_LEAKCHECK();
}

Test(runner_scope, a_gate_that_changes_what_it_judges_stops_the_step_without_a_verdict)
{
	struct sg_room room;
	with_qa(&room, "none", ":", "");
	sg_room_script(&room, "gates/mine.sh", "echo x >>docs/a.md; : >docs/z.md; exit 0");
	sg_room_go_to(&room, "VAL");
	const struct sg_run *run = sg_room_go(&room);
	stops_on(&room,
		"SCOPE_VIOLATION: VAL: docs/a.md: expected it as it was before KEY:VAL.MINE "
		"ran, found it changed; also docs/z.md");
	cr_assert_not(run->has_verdict);
	cr_assert_eq(run->requires_list.n, 3);
	cr_assert_eq(run->requires_list.v[0].kind, SG_REQUIRE_PATH_RESTORED);
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

/* --- while nothing runs --- */

static const char *said_meanwhile(struct sg_room *room, struct sg_arena *arena)
{
	struct sg_meanwhile m;
	struct sg_err err = SG_ERR_INIT;
	struct sg_strbuf text = SG_STRBUF_INIT;
	cr_assert_eq(sg_runner_meanwhile(room->session, room->runner.cache, arena, &m, &err),
		SG_OK, "%s", err.text);
	sg_strbuf_adds(&text, m.since);
	for (size_t i = 0; i < m.edited.n; i++)
		sg_strbuf_addf(&text, " %s", m.edited.v[i]);
	for (size_t i = 0; i < m.programs.n; i++)
		sg_strbuf_addf(&text, "; %s", m.programs.v[i]);
	const char *copy = sg_arena_str(arena, text.bytes);
	sg_strbuf_release(&text);
	return copy;
}

Test(runner_scope, what_the_operator_edits_is_told_until_the_next_phase_has_ended)
{
	struct sg_room room;
	struct sg_arena arena = SG_ARENA_INIT;
	with_qa(&room, "none", ":", "");
	sg_room_go_to(&room, "QA");
	cr_assert_str_eq(said_meanwhile(&room, &arena), "CTL");
	sg_room_file(&room, "docs/a.md", "by hand\n");
	sg_room_script(&room, "gates/mine.sh", "exit 0 # another");
	cr_assert_str_eq(said_meanwhile(&room, &arena),
		"CTL docs/a.md gates/mine.sh; gates/mine.sh changed");
	sg_room_go(&room);
	cr_assert_str_eq(said_meanwhile(&room, &arena), "QA; gates/mine.sh changed");
	sg_arena_release(&arena);
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner_scope, a_scan_of_an_earlier_phase_says_nothing)
{
	struct sg_room room;
	struct sg_arena arena = SG_ARENA_INIT;
	with_qa(&room, "none", ":", "");
	sg_room_go_to(&room, "CTL");
	char *old = sg_room_read(&room, ".stepgate/SCAN");
	sg_room_go(&room);
	/* as if the process had died between CTL's commit and its scan */
	char *path = sg_t_format("%s/.stepgate/SCAN", room.folder);
	char *copy = sg_t_format("%s/SCAN.old", room.folder);
	cr_assert_eq(rename(path, copy), 0);
	cr_assert_str_eq(said_meanwhile(&room, &arena), "");
	free(copy);
	free(path);
	sg_room_file(&room, ".stepgate/SCAN", old);
	sg_room_file(&room, "docs/a.md", "by hand\n");
	cr_assert_str_eq(said_meanwhile(&room, &arena), "");
	free(old);
	sg_arena_release(&arena);
	sg_room_leave(&room);
	SG_LEAKCHECK();
}
