/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ORC through a real session: which engines run, what they see, what a resume keeps. */
#include <stdio.h>

#include "base/fs.h"
#include "runner_room.h"

#define ROLES    SG_ROOM_SPC SG_ROOM_CTL SG_ROOM_QA
#define CONTRACT "[BRIEF_TOKEN, VAL_REPORT, PACK_OUTPUT]"
#define PLAN_ABC "ENGINE_PLAN_TOKEN: {required_eng_keys: ['KEY:A', 'KEY:B', 'KEY:C']}\n"
#define MAKES(key, name)                                                      \
	"    KEY:" key ": {argv: [sh, -c, 'echo " key " >$STEPGATE_OUT/" name \
	".md'], outputs: [" name "]}\n"

/* At the end of SPC, ORC awaited. */
static void at_orc(struct sg_room *room, const char *head, const char *engines)
{
	char *lines = sg_t_format("%s%s", ROLES, engines);
	sg_room_enter(room);
	sg_room_file(room, "plan.yaml", PLAN_ABC);
	sg_room_route(room, "[]", CONTRACT, "");
	sg_room_profile(room, head, lines);
	sg_room_step(room, "doc.md", "");
	sg_room_go_to(room, "ORC");
	free(lines);
}

static size_t count_events(struct sg_room *room, const char *word)
{
	char *trace = sg_room_read(room, ".stepgate/trace.jsonl");
	char *needle = sg_t_format("\"event\":\"%s\"", word);
	size_t n = 0;
	for (const char *p = trace; (p = strstr(p, needle)); p++)
		n++;
	free(needle);
	free(trace);
	return n;
}

Test(runner_orc, the_engines_run_and_the_phase_leaves_its_two_files)
{
	struct sg_room room;
	at_orc(&room, "", MAKES("A", "A1") MAKES("B", "B1") MAKES("C", "C1"));
	const struct sg_run *run = sg_room_go(&room);
	cr_assert_eq(run->state, SG_STATE_AWAIT, "%s", sg_room_reason(&room));
	cr_assert_eq(run->manifest.engines.entries.n, 3);
	cr_assert_str_eq(run->manifest.engines.run_id, "0001.1");
	char *ledger = sg_room_read(&room, ".stepgate/steps/0001/ORC.1/ENGINE_RUN_LEDGER.yaml");
	char *token = sg_room_read(&room, ".stepgate/steps/0001/ORC.1/ENG_OUTPUTS_TOKEN.yaml");
	const char *a = strstr(ledger, "KEY:A"), *b = strstr(ledger, "KEY:B"),
		   *c = strstr(ledger, "KEY:C");
	cr_assert(a && b && c && a < b && b < c, "%s", ledger);
	cr_assert_not_null(strstr(token, "ORC.1/B/B1.md\""), "%s", token);
	free(ledger);
	free(token);
	cr_assert_eq(count_events(&room, "engine"), 3);
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner_orc, an_engine_sees_what_was_there_before_orc_and_nothing_of_the_others)
{
	struct sg_room room;
	at_orc(&room, "",
		MAKES("A", "A1")
			MAKES("B", "B1") "    KEY:C: {argv: [sh, -c, 'ls $STEPGATE_IN; echo "
					 "$STEPGATE_ROLE $STEPGATE_ENG_KEY']}\n");
	sg_strbuf_clear(&room.said);
	sg_room_go(&room);
	cr_assert_str_eq(
		room.said.bytes, "BRIEF_TOKEN.md\nENGINE_PLAN_TOKEN.yaml\nORC KEY:C\n");
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner_orc, jobs_engines_run_together_and_the_ledger_keeps_the_plans_order)
{
	struct sg_room room;
	/* A ends last and C first; each waits until all three have begun */
	at_orc(&room, "  JOBS: 3\n",
		"    KEY:A: {argv: [sh, -c, ': >here.a; until [ -e here.c ] && [ -e done.b ]; "
		"do sleep "
		"0.02; done'], timeout_s: 20, write: [here.a]}\n"
		"    KEY:B: {argv: [sh, -c, 'until [ -e here.a ] && [ -e done.c ]; do sleep "
		"0.02; done; "
		"sleep 0.3; : >done.b'], timeout_s: 20, write: [done.b]}\n"
		"    KEY:C: {argv: [sh, -c, ': >here.c; until [ -e here.a ]; do sleep 0.02; "
		"done; : "
		">done.c'], timeout_s: 20, write: [here.c, done.c]}\n");
	const struct sg_run *run = sg_room_go(&room);
	cr_assert_eq(run->state, SG_STATE_AWAIT, "%s", sg_room_reason(&room));
	cr_assert_str_eq(run->manifest.engines.entries.v[0].eng_key, "KEY:A");
	cr_assert_str_eq(run->manifest.engines.entries.v[1].eng_key, "KEY:B");
	cr_assert_str_eq(run->manifest.engines.entries.v[2].eng_key, "KEY:C");
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner_orc, after_a_failure_the_others_wait)
{
	struct sg_room room;
	at_orc(&room, "", MAKES("A", "A1") "    KEY:B: {argv: ['false']}\n" MAKES("C", "C1"));
	const struct sg_run *run = sg_room_go(&room);
	cr_assert_eq(run->state, SG_STATE_STOPPED);
	cr_assert_str_eq(run->manifest.fail_code, "ENTRYPOINT_MISSING");
	cr_assert_eq(sg_room_engine(&room, "KEY:A"), SG_ROW_STATUS_RAN);
	cr_assert_eq(sg_room_engine(&room, "KEY:B"), SG_ROW_STATUS_FAILED);
	cr_assert_eq(sg_room_engine(&room, "KEY:C"), SG_ROW_STATUS_COUNT, "it was run");
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner_orc, continue_on_fail_runs_the_others_first)
{
	struct sg_room room;
	at_orc(&room, "  CONTINUE_ON_FAIL: true\n",
		MAKES("A", "A1") "    KEY:B: {argv: ['false']}\n" MAKES("C", "C1"));
	const struct sg_run *run = sg_room_go(&room);
	cr_assert_eq(run->state, SG_STATE_STOPPED);
	cr_assert_eq(sg_room_engine(&room, "KEY:B"), SG_ROW_STATUS_FAILED);
	cr_assert_eq(sg_room_engine(&room, "KEY:C"), SG_ROW_STATUS_RAN);
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner_orc, an_exit_of_77_is_a_skip_only_where_the_profile_allows_it)
{
	struct sg_room room;
	const char *const engines =
		MAKES("A", "A1") "    KEY:B: {argv: [sh, -c, 'exit 77']}\n" MAKES("C", "C1");
	at_orc(&room, "  ALLOW_SKIP: ['KEY:B']\n", engines);
	const struct sg_run *run = sg_room_go(&room);
	cr_assert_eq(run->state, SG_STATE_AWAIT, "%s", sg_room_reason(&room));
	cr_assert_eq(sg_room_engine(&room, "KEY:B"), SG_ROW_STATUS_SKIPPED);
	cr_assert_eq(sg_room_engine(&room, "KEY:C"), SG_ROW_STATUS_RAN);
	sg_room_leave(&room);
	at_orc(&room, "", engines);
	run = sg_room_go(&room);
	cr_assert_eq(run->state, SG_STATE_STOPPED);
	cr_assert_eq(sg_room_engine(&room, "KEY:B"), SG_ROW_STATUS_FAILED);
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner_orc, an_unbound_engine_is_found_before_any_engine_runs)
{
	struct sg_room room;
	at_orc(&room, "", "    KEY:A: {argv: [sh, -c, ': >ran']}\n" MAKES("C", "C1"));
	const struct sg_run *run = sg_room_go(&room);
	cr_assert_eq(run->state, SG_STATE_STOPPED);
	cr_assert_str_eq(run->manifest.fail_code, "ENTRYPOINT_MISSING");
	cr_assert_null(sg_room_read(&room, "ran"), "an engine was run");
	cr_assert_eq(sg_room_engine(&room, "KEY:B"), SG_ROW_STATUS_FAILED);
	bool bind = false;
	for (size_t i = 0; i < run->manifest.fix_list.n; i++)
		bind = bind ||
		       strcmp(run->manifest.fix_list.v[i], "Bind KEY:B in the profile") == 0;
	cr_assert(bind);
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner_orc, an_unbound_engine_that_may_be_skipped_is_skipped_and_the_others_run)
{
	struct sg_room room;
	at_orc(&room, "  ALLOW_SKIP: ['B*']\n", MAKES("A", "A1") MAKES("C", "C1"));
	const struct sg_run *run = sg_room_go(&room);
	cr_assert_eq(run->state, SG_STATE_AWAIT, "%s", sg_room_reason(&room));
	cr_assert_eq(sg_room_engine(&room, "KEY:B"), SG_ROW_STATUS_SKIPPED);
	cr_assert_eq(sg_room_engine(&room, "KEY:A"), SG_ROW_STATUS_RAN);
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner_orc, one_name_by_two_engines_fails_the_later_one)
{
	struct sg_room room;
	at_orc(&room, "", MAKES("A", "SAME") MAKES("B", "SAME") MAKES("C", "C1"));
	const struct sg_run *run = sg_room_go(&room);
	cr_assert_eq(run->state, SG_STATE_STOPPED);
	cr_assert_eq(sg_room_engine(&room, "KEY:A"), SG_ROW_STATUS_RAN);
	cr_assert_eq(sg_room_engine(&room, "KEY:B"), SG_ROW_STATUS_FAILED);
	cr_assert_not_null(strstr(sg_room_reason(&room),
				   "output SAME was made twice: by KEY:A and by KEY:B"),
		"%s", sg_room_reason(&room));
	cr_assert_eq(sg_room_engine(&room, "KEY:C"), SG_ROW_STATUS_COUNT, "it was run");
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner_orc, the_ledgers_own_name_is_taken)
{
	struct sg_room room;
	at_orc(&room, "", MAKES("A", "ENGINE_RUN_LEDGER") MAKES("B", "B1") MAKES("C", "C1"));
	sg_room_go(&room);
	cr_assert_eq(sg_room_engine(&room, "KEY:A"), SG_ROW_STATUS_FAILED);
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner_orc, an_engine_whose_promise_is_broken_fails)
{
	struct sg_room room;
	at_orc(&room, "",
		"    KEY:A: {argv: ['true'], outputs: [A1]}\n" MAKES("B", "B1")
			MAKES("C", "C1"));
	sg_room_go(&room);
	cr_assert_eq(sg_room_engine(&room, "KEY:A"), SG_ROW_STATUS_FAILED);
	cr_assert_not_null(strstr(sg_room_reason(&room), "promised output A1 is absent"), "%s",
		sg_room_reason(&room));
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner_orc, no_engines_in_a_sys_domain_leave_both_files_empty)
{
	struct sg_room room;
	sg_room_enter(&room);
	sg_room_file(&room, "plan.yaml", "ENGINE_PLAN_TOKEN: {required_eng_keys: []}\n");
	sg_room_route(&room, "[]", CONTRACT, "");
	char *route = sg_room_read(&room, "route.yaml");
	char *at = strstr(route, "DOMAIN: DOCS");
	memcpy(at, "DOMAIN: SYS ", 12);
	sg_room_file(&room, "route.yaml", route);
	free(route);
	sg_room_profile(&room, "", ROLES);
	sg_room_step(&room, "doc.md", "");
	const struct sg_run *run = sg_room_go_to(&room, "CTL");
	cr_assert_eq(sg_manifest_role(&run->manifest, "ORC")->status, SG_ROW_STATUS_RAN);
	char *ledger = sg_room_read(&room, ".stepgate/steps/0001/ORC.1/ENGINE_RUN_LEDGER.yaml");
	cr_assert_not_null(strstr(ledger, "entries: []"), "%s", ledger);
	free(ledger);
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

/* --- resume --- */

#define SCRIPTS                                                            \
	"    KEY:A: {argv: [sh, eng/a.sh], outputs: [A1], write: [ran]}\n" \
	"    KEY:B: {argv: [./eng/b.sh], write: [ran]}\n"                  \
	"    KEY:C: {argv: [sh, eng/c.sh], write: [ran]}\n"

static void with_scripts(struct sg_room *room)
{
	at_orc(room, "  CONTINUE_ON_FAIL: true\n", SCRIPTS);
	sg_room_script(room, "eng/a.sh", "echo a >$STEPGATE_OUT/A1.md; echo a >>ran");
	sg_room_script(room, "eng/b.sh", "echo b >$STEPGATE_OUT/B1.md; echo b >>ran");
	sg_room_script(room, "eng/c.sh", "echo c >>ran; [ -e open ]");
}

static void expect_kept(struct sg_room *room, const char *joined)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_strs kept = {NULL, 0};
	struct sg_err err = SG_ERR_INIT;
	char text[200] = "";
	cr_assert_eq(sg_runner_kept_engines(room->session, &arena, &kept, &err), SG_OK, "%s",
		err.text);
	for (size_t i = 0; i < kept.n; i++) {
		strcat(text, kept.v[i]);
		strcat(text, " ");
	}
	cr_assert_str_eq(text, joined);
	sg_arena_release(&arena);
}

Test(runner_orc, a_resume_runs_only_the_engines_that_failed)
{
	struct sg_room room;
	with_scripts(&room);
	const struct sg_run *run = sg_room_go(&room);
	cr_assert_eq(run->state, SG_STATE_STOPPED);
	expect_kept(&room, "KEY:A KEY:B ");
	const char *const keys[] = {"KEY:A", "KEY:B"};
	const struct sg_strs kept = {keys, 2};
	sg_room_resume(&room, "ORC", &kept);
	sg_room_file(&room, "open", "x");
	run = sg_room_go(&room);
	cr_assert_eq(run->state, SG_STATE_AWAIT, "%s", sg_room_reason(&room));
	char *ran = sg_room_read(&room, "ran");
	cr_assert_str_eq(ran, "a\nb\nc\nc\n");
	free(ran);
	cr_assert_not_null(
		strstr(run->manifest.engines.entries.v[0].notes, "kept from 0001.1"));
	/* the kept outputs are in the new attempt's token, with their old place */
	char *token = sg_room_read(&room, ".stepgate/steps/0001/ORC.2/ENG_OUTPUTS_TOKEN.yaml");
	cr_assert_not_null(strstr(token, "ORC.1/A/A1.md"), "%s", token);
	free(token);
	sg_room_go_to(&room, "VAL");
	run = sg_room_go(&room);
	cr_assert_eq(run->state, SG_STATE_PASSED, "%s", sg_room_reason(&room));
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner_orc, an_engine_whose_script_changed_runs_again)
{
	struct sg_room room;
	with_scripts(&room);
	sg_room_go(&room);
	/* named by argv[1]: the program, sh, is the same */
	sg_room_script(&room, "eng/a.sh", "echo a2 >$STEPGATE_OUT/A1.md");
	expect_kept(&room, "KEY:B ");
	sg_room_script(&room, "eng/b.sh", "echo b2 >$STEPGATE_OUT/B1.md");
	expect_kept(&room, "");
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner_orc, an_engine_whose_output_was_changed_runs_again)
{
	struct sg_room room;
	with_scripts(&room);
	sg_room_go(&room);
	const int dir = sg_session_dir(room.session);
	cr_assert_eq(sg_fs_unlink(dir, ".stepgate/steps/0001/ORC.1/A/A1.md", NULL), SG_OK);
	expect_kept(&room, "KEY:B ");
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner_orc, outputs_of_later_phases_do_not_change_what_an_engine_was_given)
{
	struct sg_room room;
	with_scripts(&room);
	sg_room_file(&room, "open", "x");
	sg_room_go_to(&room, "VAL");
	expect_kept(&room, "KEY:A KEY:B KEY:C ");
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

/* --- by hand, and Ctrl-C --- */

Test(runner_orc, an_engine_by_hand_without_a_record_fails)
{
	struct sg_room room;
	at_orc(&room, "  EVIDENCE: manual\n",
		MAKES("A", "A1") "    KEY:B: {manual: true}\n" MAKES("C", "C1"));
	const struct sg_run *run = sg_room_go(&room);
	cr_assert_eq(run->state, SG_STATE_STOPPED);
	cr_assert_eq(sg_room_engine(&room, "KEY:B"), SG_ROW_STATUS_FAILED);
	/* found before any engine ran, which saves the others a run that could not count */
	cr_assert_eq(sg_room_engine(&room, "KEY:A"), SG_ROW_STATUS_COUNT);
	cr_assert_not_null(strstr(run->manifest.fail_reasons.v[1], "nothing is recorded"), "%s",
		run->manifest.fail_reasons.v[1]);
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

static int after_the_first(void *ctx)
{
	struct sg_room *room = ctx;
	char *there = sg_room_read(room, "second");
	const int level = there ? 2 : 0;
	free(there);
	return level;
}

Test(runner_orc, ctrl_c_keeps_the_engines_that_had_ended)
{
	struct sg_room room;
	at_orc(&room, "",
		MAKES("A", "A1") "    KEY:B: {argv: [sh, -c, 'echo x >second; echo; sleep "
				 "60']}\n" MAKES("C", "C1"));
	room.runner.listener.tick = after_the_first;
	cr_assert_eq(sg_room_go_raw(&room), SG_INTERRUPTED);
	const struct sg_run *run = sg_session_run(room.session);
	cr_assert_eq(run->state, SG_STATE_STOPPED);
	cr_assert_str_eq(run->manifest.fail_code, "USER_STOP");
	cr_assert_eq(sg_room_engine(&room, "KEY:A"), SG_ROW_STATUS_RAN);
	cr_assert_eq(sg_room_engine(&room, "KEY:C"), SG_ROW_STATUS_COUNT);
	cr_assert_null(sg_manifest_role(&run->manifest, "ORC"));
	expect_kept(&room, "KEY:A ");
	sg_room_leave(&room);
	SG_LEAKCHECK();
}
