/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Roles, ROUTE, PACK and VAL through a real session, with commands that are small scripts. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "runner_room.h"
#include "store/patch.h"

static bool folder_is_empty(const char *path)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_strs names = {NULL, 0};
	int fd = -1;
	cr_assert_eq(sg_fs_open_dir(AT_FDCWD, path, &fd, NULL), SG_OK);
	cr_assert_eq(sg_fs_list(fd, path, 100, &arena, &names, NULL), SG_OK);
	sg_fd_close(&fd);
	const bool empty = names.n == 0;
	sg_arena_release(&arena);
	return empty;
}

Test(runner, a_step_goes_from_route_to_pass)
{
	struct sg_room room;
	sg_room_plain(&room);
	sg_room_step(&room, "doc.md", "");
	const struct sg_run *run = sg_room_go_to(&room, "VAL");
	run = sg_room_go(&room);
	cr_assert_eq(run->state, SG_STATE_PASSED, "%s", sg_room_reason(&room));
	cr_assert_eq(run->manifest.roles.n, 5);
	char *report = sg_room_read(&room, ".stepgate/steps/0001/VAL.1/VAL_REPORT.yaml");
	cr_assert_not_null(strstr(report, "STATUS: \"PASS\""), "%s", report);
	cr_assert_not_null(strstr(report, "SANDBOX: none"), "%s", report);
	free(report);
	cr_assert(room.lock_seen, "RUNNER was not held while a command ran");
	cr_assert_not(sg_fs_lock_held(sg_session_dir(room.session), SG_RUNNER_FILE));
	cr_assert(folder_is_empty(room.scratch), "a scratch tree was left");
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner, what_was_committed_is_found_again_by_a_new_process)
{
	struct sg_room room;
	sg_room_plain(&room);
	sg_room_step(&room, "doc.md", "");
	sg_room_go_to(&room, "CTL");
	char *manifest = sg_t_format("%s/RUNTIME_MANIFEST.yaml", room.folder);
	const struct sg_session_options options = {
		.manifest_path = manifest, .read_only = true};
	struct sg_session *again = NULL;
	struct sg_err err = SG_ERR_INIT;
	cr_assert_eq(sg_session_open(&again, &options, &err), SG_OK, "%s", err.text);
	cr_assert_eq(sg_session_standing(again), SG_STANDING_CLEAN, "%s",
		sg_session_standing_text(again));
	cr_assert(sg_manifest_equal(
		&sg_session_run(again)->manifest, &sg_session_run(room.session)->manifest));
	sg_session_close(again);
	free(manifest);
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner, the_environment_is_exactly_what_is_stated)
{
	struct sg_room room;
	sg_room_enter(&room);
	sg_room_route(&room, "[]", SG_ROOM_CONTRACT, "");
	sg_room_profile(&room, "", "    SPC: {argv: [env]}\n" SG_ROOM_CTL SG_ROOM_QA);
	setenv("SSH_AUTH_SOCK", "/tmp/none", 1);
	setenv("LD_LIBRARY_PATH", "/tmp/none", 1);
	sg_room_step(&room, "doc.md", "");
	sg_room_go_to(&room, "SPC");
	sg_room_go(&room);
	static const char *const names[] = {"PATH=/usr/local/bin:/usr/bin:/bin\n",
		"HOME=", "TMPDIR=", "LANG=C.UTF-8\n", "STEPGATE_STEP_ID=0001\n",
		"STEPGATE_ATTEMPT=1\n", "STEPGATE_ROLE=SPC\n", "STEPGATE_PROFILE_KEY=P\n",
		"STEPGATE_MANIFEST=", "STEPGATE_IN=", "STEPGATE_OUT="};
	size_t lines = 0;
	for (const char *p = room.said.bytes; *p; p++)
		lines += *p == '\n';
	cr_assert_eq(lines, SG_ARRAY_SIZE(names), "%s", room.said.bytes);
	for (size_t i = 0; i < SG_ARRAY_SIZE(names); i++)
		cr_assert_not_null(strstr(room.said.bytes, names[i]), "no %s in %s", names[i],
			room.said.bytes);
	char *home = sg_t_format("HOME=%s/", room.scratch);
	cr_assert_not_null(strstr(room.said.bytes, home), "%s", room.said.bytes);
	free(home);
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner, a_command_works_in_the_manifests_folder_and_reads_copies)
{
	struct sg_room room;
	sg_room_plain(&room);
	sg_room_profile(&room, "",
		SG_ROOM_SPC SG_ROOM_ENGINE_A SG_ROOM_QA
		"    CTL: {argv: [sh, -c, 'pwd; ls $STEPGATE_IN; cat "
		"$STEPGATE_IN/BRIEF_TOKEN.md; "
		"grep -c STEP_ID $STEPGATE_MANIFEST; : 2>&1 >$STEPGATE_IN/x || echo closed; "
		"echo fine >$STEPGATE_OUT/POLICY_REPORT.md']}\n");
	sg_room_step(&room, "doc.md", "");
	sg_room_go_to(&room, "CTL");
	sg_strbuf_clear(&room.said);
	sg_room_go(&room);
	char *first = sg_t_format("%s\nA.md\nBRIEF_TOKEN.md\nENGINE_PLAN_TOKEN.yaml\n"
				  "ENGINE_RUN_LEDGER.yaml\nENG_OUTPUTS_TOKEN.yaml\nbrief\n1\n",
		room.folder);
	cr_assert_eq(
		strncmp(room.said.bytes, first, strlen(first)), 0, "found %s", room.said.bytes);
	free(first);
	char *log = sg_room_read(&room, ".stepgate/steps/0001/CTL.1/log.txt");
	cr_assert_str_eq(log, room.said.bytes);
	free(log);
	struct stat st;
	char *path = sg_t_format("%s/.stepgate/steps/0001/CTL.1/log.txt", room.folder);
	cr_assert_eq(stat(path, &st), 0);
	cr_assert_eq(st.st_mode & 0777, 0444);
	free(path);
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner, what_ran_is_recorded)
{
	struct sg_room room;
	sg_room_plain(&room);
	sg_room_step(&room, "doc.md", "");
	const struct sg_run *run = sg_room_go_to(&room, "ORC");
	const struct sg_proof *proof = sg_run_proof(run, SG_FACT_ROLE, "SPC");
	cr_assert_not_null(proof);
	cr_assert_eq(proof->provenance, SG_PROVENANCE_OBSERVED);
	cr_assert_eq(proof->exec.argv.n, 3);
	cr_assert_str_eq(proof->exec.argv.v[0], "sh");
	cr_assert_str_eq(proof->exec.folder, ".");
	cr_assert_str_eq(proof->exec.log, ".stepgate/steps/0001/SPC.1/log.txt");
	cr_assert_eq(strlen(proof->exec.program_sha256), 64);
	cr_assert_eq(strlen(proof->exec.inputs_sha256), 64);
	cr_assert_gt(proof->exec.start_ms, 0);
	cr_assert_eq(proof->files.n, 2);
	cr_assert_not_null(run->plan);
	cr_assert_str_eq(
		run->plan_pin.path, ".stepgate/steps/0001/SPC.1/ENGINE_PLAN_TOKEN.yaml");
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

/* --- roles that fail --- */

struct failing {
	const char *spc;
	const char *said; /* in the first reason */
};

static void spc_fails(const char *spc, const char *said)
{
	struct sg_room room;
	char *run_lines =
		sg_t_format("    SPC: %s\n%s", spc, SG_ROOM_CTL SG_ROOM_QA SG_ROOM_ENGINE_A);
	sg_room_plain(&room);
	sg_room_profile(&room, "", run_lines);
	sg_room_step(&room, "doc.md", "");
	sg_room_go_to(&room, "SPC");
	const struct sg_run *run = sg_room_go(&room);
	cr_assert_eq(run->state, SG_STATE_STOPPED);
	cr_assert_str_eq(run->manifest.fail_code, "MARKER_NOT_CONFIRMED");
	cr_assert_not_null(strstr(sg_room_reason(&room), said), "expected %s, found %s", said,
		sg_room_reason(&room));
	cr_assert_str_eq(run->stop_phase, "SPC");
	/* its outputs do not count */
	cr_assert_null(sg_run_proof(run, SG_FACT_OUTPUT, "BRIEF_TOKEN"));
	cr_assert(folder_is_empty(room.scratch));
	free(run_lines);
	sg_room_leave(&room);
}

Test(runner, a_role_that_exits_with_a_failure_stops_the_step)
{
	spc_fails("{argv: [sh, -c, 'echo b >$STEPGATE_OUT/BRIEF_TOKEN; exit 3']}",
		"found exit 3");
	SG_LEAKCHECK();
}

Test(runner, a_role_that_dies_by_a_signal_stops_the_step)
{
	spc_fails("{argv: [sh, -c, 'kill -KILL $$']}", "found signal 9");
	SG_LEAKCHECK();
}

Test(runner, a_role_that_takes_too_long_stops_the_step)
{
	spc_fails("{argv: [sleep, '60'], timeout_s: 1}", "found timeout");
	SG_LEAKCHECK();
}

Test(runner, a_role_that_stays_silent_stops_the_step)
{
	spc_fails("{argv: [sh, -c, 'echo hello; sleep 60'], idle_s: 1}", "found idle");
	SG_LEAKCHECK();
}

Test(runner, a_role_whose_program_is_missing_stops_the_step)
{
	spc_fails("{argv: [./no-such-role]}", "'./no-such-role'");
	SG_LEAKCHECK();
}

Test(runner, a_role_without_its_baseline_stops_the_step)
{
	spc_fails("{argv: [sh, -c, 'echo b >$STEPGATE_OUT/BRIEF_TOKEN.md']}",
		"promised output ENGINE_PLAN_TOKEN is absent");
	SG_LEAKCHECK();
}

Test(runner, a_role_with_an_empty_output_stops_the_step)
{
	spc_fails("{argv: [sh, -c, 'echo b >$STEPGATE_OUT/BRIEF_TOKEN; : "
		  ">$STEPGATE_OUT/ENGINE_PLAN_TOKEN']}",
		"promised output ENGINE_PLAN_TOKEN is empty");
	SG_LEAKCHECK();
}

Test(runner, an_output_made_twice_stops_the_step)
{
	spc_fails("{argv: [sh, -c, 'cd $STEPGATE_OUT; echo b >BRIEF_TOKEN.md; echo b "
		  ">BRIEF_TOKEN.yaml; "
		  "echo p >ENGINE_PLAN_TOKEN']}",
		"BRIEF_TOKEN was made twice");
	SG_LEAKCHECK();
}

Test(runner, an_output_that_another_role_has_made_is_not_replaced)
{
	struct sg_room room;
	sg_room_enter(&room);
	sg_room_file(&room, "plan.yaml", SG_ROOM_PLAN_A);
	sg_room_route(&room, "['KEY:ENG.A']", SG_ROOM_CONTRACT, "");
	sg_room_profile(&room, "",
		SG_ROOM_SPC "    CTL: {argv: [sh, -c, 'cd $STEPGATE_OUT; echo fine "
			    ">POLICY_REPORT.md; echo mine >BRIEF_TOKEN.md']}\n" SG_ROOM_QA
				    SG_ROOM_ENGINE_A);
	sg_room_step(&room, "doc.md", "");
	sg_room_go_to(&room, "CTL");
	const struct sg_run *run = sg_room_go(&room);
	cr_assert_eq(run->state, SG_STATE_STOPPED);
	cr_assert_not_null(strstr(sg_room_reason(&room),
				   "output BRIEF_TOKEN was made twice: by SPC and by CTL"),
		"%s", sg_room_reason(&room));
	cr_assert_str_eq(sg_manifest_output(&run->manifest, "BRIEF_TOKEN")->source, "SPC");
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner, a_promise_of_the_binding_is_asked_for_too)
{
	spc_fails("{argv: [sh, -c, 'cd $STEPGATE_OUT; echo b >BRIEF_TOKEN; cat /dev/null; "
		  "echo p >ENGINE_PLAN_TOKEN'], outputs: [EXTRA]}",
		"promised output EXTRA is absent");
	SG_LEAKCHECK();
}

Test(runner, one_of_two_alternatives_is_enough_and_none_is_not)
{
	struct sg_room room;
	sg_room_plain(&room);
	sg_room_profile(&room, "",
		SG_ROOM_SPC SG_ROOM_ENGINE_A SG_ROOM_QA
		"    CTL: {argv: [sh, -c, 'echo other >$STEPGATE_OUT/OTHER.md']}\n");
	sg_room_step(&room, "doc.md", "");
	sg_room_go_to(&room, "CTL");
	const struct sg_run *run = sg_room_go(&room);
	cr_assert_eq(run->state, SG_STATE_STOPPED);
	cr_assert_not_null(strstr(sg_room_reason(&room), "CONTROLLED_ARTIFACTS|POLICY_REPORT"),
		"%s", sg_room_reason(&room));
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner, a_plan_that_cannot_be_read_stops_the_step_with_its_place)
{
	struct sg_room room;
	sg_room_plain(&room);
	sg_room_file(&room, "plan.yaml", "ENGINE_PLAN_TOKEN: [\n");
	sg_room_step(&room, "doc.md", "");
	sg_room_go_to(&room, "SPC");
	const struct sg_run *run = sg_room_go(&room);
	cr_assert_eq(run->state, SG_STATE_STOPPED);
	bool placed = false;
	for (size_t i = 0; i < run->manifest.fail_reasons.n; i++)
		placed = placed ||
			 strstr(run->manifest.fail_reasons.v[i], "ENGINE_PLAN_TOKEN.yaml:");
	cr_assert(placed, "%s", sg_room_reason(&room));
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner, a_leftover_that_rewrites_an_output_changes_nothing)
{
	struct sg_room room;
	sg_room_plain(&room);
	sg_room_profile(&room, "",
		SG_ROOM_SPC SG_ROOM_ENGINE_A SG_ROOM_CTL
		"    QA: {argv: [sh, -c, 'echo good >$STEPGATE_OUT/QA_REPORT.md; "
		"setsid sh -c \"echo \\$\\$ >daemon; while :; do echo bad "
		"1<>$STEPGATE_OUT/QA_REPORT.md; "
		"sleep 0.05; done\" & while ! [ -s daemon ]; do sleep 0.02; done'], "
		"write: [daemon]}\n");
	sg_room_step(&room, "doc.md", "");
	sg_room_go_to(&room, "QA");
	const struct sg_run *run = sg_room_go(&room);
	cr_assert_eq(run->state, SG_STATE_AWAIT, "%s", sg_room_reason(&room));
	char *pid = sg_room_read(&room, "daemon");
	cr_assert_eq(kill((pid_t)atol(pid), 0), -1, "it lives on");
	free(pid);
	const struct sg_pin pin = {run->proofs.v[run->proofs.n - 1].files.v[0].path,
		run->proofs.v[run->proofs.n - 1].files.v[0].sha256};
	cr_assert(sg_evidence_pin_holds(sg_session_dir(room.session), &pin));
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner, a_scratch_folder_that_cannot_be_made_is_the_roles_failure_and_no_hang)
{
	struct sg_room room;
	sg_room_plain(&room);
	sg_room_step(&room, "doc.md", "");
	sg_room_go_to(&room, "SPC");
	room.runner.tmp_root = "/no/such/folder";
	const struct sg_run *run = sg_room_go(&room);
	cr_assert_eq(run->state, SG_STATE_STOPPED);
	cr_assert_not_null(
		strstr(sg_room_reason(&room), "/no/such/folder"), "%s", sg_room_reason(&room));
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

/* --- VAL --- */

static void with_gate(struct sg_room *room, const char *gate)
{
	char *run_lines = sg_t_format("%s%s", SG_ROOM_ROLES SG_ROOM_ENGINE_A, gate);
	sg_room_plain(room);
	sg_room_route(room, "['KEY:ENG.A']", SG_ROOM_CONTRACT, ", 'KEY:VAL.STYLE'");
	sg_room_profile(room, "", run_lines);
	sg_room_step(room, "doc.md", "");
	sg_room_go_to(room, "VAL");
	sg_room_go(room);
	free(run_lines);
}

Test(runner, a_bound_gate_that_exits_with_0_passes)
{
	struct sg_room room;
	with_gate(&room,
		"    KEY:VAL.STYLE: {argv: [sh, -c, 'echo checked; ls $STEPGATE_IN >&2']}\n");
	const struct sg_run *run = sg_session_run(room.session);
	cr_assert_eq(run->state, SG_STATE_PASSED, "%s", sg_room_reason(&room));
	char *log = sg_room_read(&room, ".stepgate/steps/0001/VAL.1/VAL.STYLE/log.txt");
	cr_assert_not_null(strstr(log, "PACK_OUTPUT.yaml"), "%s", log);
	free(log);
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner, a_bound_gate_that_exits_with_1_fails_with_the_lines_of_its_stdout)
{
	struct sg_room room;
	with_gate(&room, "    KEY:VAL.STYLE: {argv: [sh, -c, 'echo \"line 3: too long\"; echo "
			 "noise >&2; "
			 "printf \"\\033[31mred\\n\"; exit 1']}\n");
	const struct sg_run *run = sg_session_run(room.session);
	cr_assert_eq(run->state, SG_STATE_STOPPED);
	cr_assert_eq(run->manifest.fail_reasons.n, 2, "%s", sg_room_reason(&room));
	cr_assert_not_null(strstr(sg_room_reason(&room), "found line 3: too long"), "%s",
		sg_room_reason(&room));
	cr_assert_not_null(strstr(run->manifest.fail_reasons.v[1], "<U+001B>[31mred"), "%s",
		run->manifest.fail_reasons.v[1]);
	char *report = sg_room_read(&room, ".stepgate/steps/0001/VAL.1/VAL_REPORT.yaml");
	cr_assert_not_null(strstr(report, "line 3: too long"));
	free(report);
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner, a_gate_that_cannot_be_evaluated_or_is_unbound_never_passes)
{
	struct sg_room room;
	with_gate(&room, "    KEY:VAL.STYLE: {argv: [sh, -c, 'exit 2']}\n");
	sg_room_stopped(&room, "MARKER_NOT_CONFIRMED", "not evaluated");
	sg_room_leave(&room);
	with_gate(&room, "    KEY:VAL.STYLE: {argv: [./no-such-gate]}\n");
	sg_room_stopped(&room, "MARKER_NOT_CONFIRMED", "not evaluated");
	sg_room_leave(&room);
	with_gate(&room, "");
	sg_room_stopped(&room, "ENTRYPOINT_MISSING", "unbound");
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner, evidence_that_was_changed_does_not_count)
{
	struct sg_room room;
	sg_room_plain(&room);
	sg_room_step(&room, "doc.md", "");
	sg_room_go_to(&room, "VAL");
	char *path = sg_t_format("%s/.stepgate/steps/0001/QA.1/QA_REPORT.md", room.folder);
	cr_assert_eq(chmod(path, 0644), 0);
	sg_t_write_text(path, "better\n");
	free(path);
	const struct sg_run *run = sg_room_go(&room);
	sg_room_stopped(&room, "MARKER_NOT_CONFIRMED", "E1: QA: expected FRESH, found STALE");
	cr_assert_str_eq(run->stop_phase, "QA");
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner, a_tree_that_changes_behind_pack_makes_the_pack_stale)
{
	struct sg_room room;
	sg_room_plain(&room);
	sg_room_file(&room, "doc.md", "one\n");
	struct sg_arena arena = SG_ARENA_INIT;
	const struct sg_command_runner helper = {sg_spawn_capture, NULL};
	const struct sg_tree_where where = {.dir = sg_session_dir(room.session),
		.dir_path = room.folder,
		.manifest_name = "RUNTIME_MANIFEST.yaml",
		.active_folder = "",
		.step_id = "0001",
		.runner = &helper};
	const char *base = "";
	struct sg_err err = SG_ERR_INIT;
	cr_assert_eq(sg_patch_snapshot(&where, &arena, &base, &err), SG_OK, "%s", err.text);
	sg_room_step(&room, "doc.md", base);
	sg_room_file(&room, "doc.md", "two\n");
	const struct sg_run *run = sg_room_go_to(&room, "VAL");
	cr_assert(run->patch.changed);
	cr_assert_str_eq(run->patch.patchset_id, "PATCHSET_0001");
	sg_room_file(&room, "doc.md", "three\n");
	run = sg_room_go(&room);
	sg_room_stopped(&room, "MARKER_NOT_CONFIRMED", "PACK_OUTPUT");
	cr_assert_str_eq(run->stop_phase, "PACK");
	sg_room_resume(&room, "PACK", NULL);
	sg_room_go_to(&room, "VAL");
	run = sg_room_go(&room);
	cr_assert_eq(run->state, SG_STATE_PASSED, "%s", sg_room_reason(&room));
	cr_assert_str_eq(run->manifest.last_patchset_id, "PATCHSET_0001");
	sg_arena_release(&arena);
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

/* --- Ctrl-C --- */

Test(runner, ctrl_c_ends_the_phase_as_user_stop)
{
	struct sg_room room;
	sg_room_plain(&room);
	sg_room_profile(&room, "",
		SG_ROOM_ENGINE_A SG_ROOM_CTL SG_ROOM_QA
		"    SPC: {argv: [sh, -c, 'echo $$ >spc; sleep 60']}\n");
	sg_room_step(&room, "doc.md", "");
	sg_room_go_to(&room, "SPC");
	room.level = 2;
	cr_assert_eq(sg_room_go_raw(&room), SG_INTERRUPTED);
	sg_room_stopped(&room, "USER_STOP", "found Ctrl-C");
	const struct sg_run *run = sg_session_run(room.session);
	cr_assert_null(sg_manifest_role(&run->manifest, "SPC"));
	cr_assert_str_eq(run->manifest.fix_list.v[0], "resume");
	cr_assert(folder_is_empty(room.scratch));
	cr_assert_not(sg_fs_lock_held(sg_session_dir(room.session), SG_RUNNER_FILE));
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner, a_phase_that_has_not_begun_is_not_run)
{
	struct sg_room room;
	struct sg_err err = SG_ERR_INIT;
	sg_room_plain(&room);
	cr_assert_eq(sg_runner_phase(&room.runner, &err), SG_REFUSED);
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

/* --- the bundled example --- */

static void helper_ok(const char *folder, const char *script)
{
	const char *const argv[] = {"sh", "-ec", script, NULL};
	struct sg_strbuf out = SG_STRBUF_INIT;
	struct sg_err err = SG_ERR_INIT;
	cr_assert_eq(sg_spawn_capture(NULL, folder, argv, NULL, &out, &err), 0, "%s", err.text);
	sg_strbuf_release(&out);
}

Test(runner, the_bundled_example_reaches_pass_in_a_git_work_tree)
{
	const char *const example = "share/examples/docs-release";
	if (!sg_t_exists(example))
		cr_skip("the example is not beneath the working directory");
	struct sg_room room;
	sg_room_enter(&room);
	char *copy = sg_t_format(
		"cp -R %s/. %s && rm -f %s/demo.sh && "
		"cp %s/routes/docs-release.yaml %s/route.yaml && cd %s && git init -q . && "
		"git add -A && git -c user.name=t -c user.email=t@localhost commit -q -m all",
		example, room.folder, room.folder, example, room.folder, room.folder);
	helper_ok(".", copy);
	free(copy);
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_err err = SG_ERR_INIT;
	const struct sg_command_runner helper = {sg_spawn_capture, NULL};
	const struct sg_tree_where where = {.dir = sg_session_dir(room.session),
		.dir_path = room.folder,
		.manifest_name = "RUNTIME_MANIFEST.yaml",
		.active_folder = "",
		.step_id = "0001",
		.runner = &helper};
	const char *base = "";
	cr_assert_eq(sg_patch_snapshot(&where, &arena, &base, &err), SG_OK, "%s", err.text);
	cr_assert_eq(strncmp(base, "git:", 4), 0);
	sg_room_step(&room, "tasks/release.task.md", base);
	sg_room_go_to(&room, "VAL");
	const struct sg_run *run = sg_room_go(&room);
	cr_assert_eq(run->state, SG_STATE_PASSED, "%s", sg_room_reason(&room));
	cr_assert_eq(run->manifest.engines.entries.n, 4);
	sg_arena_release(&arena);
	sg_room_leave(&room);
	SG_LEAKCHECK();
}
