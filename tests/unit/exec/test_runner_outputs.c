/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What becomes of outputs: INCOMPLETE ones, unchanged ones, and what CONTRACT demands of them. */
#include <unistd.h>

#include "core/brief.h"
#include "runner_room.h"
#include "store/evidence.h"

#define PLAN_A    "ENGINE_PLAN_TOKEN: {required_eng_keys: ['KEY:ENG.A']}\n"
#define ENGINE_A  "    KEY:ENG.A: {argv: [sh, -c, 'echo a >$STEPGATE_OUT/A.md'], outputs: [A]}\n"
#define CONTRACT  "[BRIEF_TOKEN, A, QA_REPORT, VAL_REPORT, PACK_OUTPUT]"
#define CTL(line) "    CTL: {argv: [sh, -c, '" line "'], timeout_s: 1}\n"
#define STEP      ".stepgate/steps/0001/"

static void room_of(struct sg_room *room, const char *head, const char *ctl)
{
	char *run = sg_t_format("%s%s", SG_ROOM_SPC SG_ROOM_QA ENGINE_A, ctl);
	sg_room_enter(room);
	sg_room_file(room, "plan.yaml", PLAN_A);
	sg_room_route(room, "['KEY:ENG.A']", CONTRACT, "");
	sg_room_profile(room, head, run);
	free(run);
}

static bool there(const struct sg_room *room, const char *path)
{
	char *full = sg_t_format("%s/%s", room->folder, path);
	const bool is = sg_t_exists(full);
	free(full);
	return is;
}

static const char *notes_of(const struct sg_room *room, const char *role)
{
	const struct sg_role_row *row =
		sg_manifest_role(&sg_session_run(room->session)->manifest, role);
	cr_assert_not_null(row);
	return row->notes;
}

/* --- INCOMPLETE --- */

static void ctl_leaves_incomplete(const char *line)
{
	char *ctl = sg_t_format("    CTL: {argv: [sh, -c, '%s'], timeout_s: 1}\n", line);
	struct sg_room room;
	room_of(&room, "", ctl);
	sg_room_step(&room, "doc.md", "");
	sg_room_go_to(&room, "CTL");
	const struct sg_run *run = sg_room_go(&room);
	cr_assert_eq(run->state, SG_STATE_STOPPED);
	cr_expect(there(&room, STEP "CTL.1/INCOMPLETE/POLICY_REPORT.md"), "%s", line);
	cr_expect_not(there(&room, STEP "CTL.1/POLICY_REPORT.md"), "%s", line);
	const struct sg_proof *proof = sg_run_proof(run, SG_FACT_ROLE, "CTL");
	cr_assert(proof && proof->partial.n >= 1, "%s", line);
	const struct sg_file *last = &proof->partial.v[proof->partial.n - 1];
	cr_expect_str_eq(last->path, STEP "CTL.1/INCOMPLETE/POLICY_REPORT.md");
	cr_expect_eq(proof->files.n, 0);
	cr_expect_null(sg_run_proof(run, SG_FACT_OUTPUT, "POLICY_REPORT"));
	cr_expect_eq(sg_manifest_role(&run->manifest, "CTL")->outputs_produced.n, 0);
	free(ctl);
	sg_room_leave(&room);
}

Test(runner_outputs, what_a_failed_attempt_leaves_is_incomplete_and_counts_nowhere)
{
	ctl_leaves_incomplete("echo x >$STEPGATE_OUT/POLICY_REPORT.md; exit 3");
	ctl_leaves_incomplete("echo x >$STEPGATE_OUT/POLICY_REPORT.md; kill -KILL $$");
	ctl_leaves_incomplete("echo x >$STEPGATE_OUT/POLICY_REPORT.md; sleep 60");
	SG_LEAKCHECK();
}

Test(runner_outputs, so_is_what_breaks_a_promise_or_was_made_by_another)
{
	ctl_leaves_incomplete("cd $STEPGATE_OUT; echo x >POLICY_REPORT.md; echo y >BRIEF_TOKEN.md");
	ctl_leaves_incomplete(
		"cd $STEPGATE_OUT; echo x >POLICY_REPORT.md; echo y >POLICY_REPORT.yaml");
	SG_LEAKCHECK();
}

Test(runner_outputs, an_engine_that_fails_leaves_its_outputs_incomplete_in_its_own_folder)
{
	struct sg_room room;
	sg_room_enter(&room);
	sg_room_file(&room, "plan.yaml", PLAN_A);
	sg_room_route(&room, "['KEY:ENG.A']", CONTRACT, "");
	sg_room_profile(&room, "",
		SG_ROOM_SPC SG_ROOM_CTL SG_ROOM_QA
		"    KEY:ENG.A: {argv: [sh, -c, 'echo a >$STEPGATE_OUT/A.md; exit 1'], "
		"outputs: [A]}\n");
	sg_room_step(&room, "doc.md", "");
	sg_room_go_to(&room, "ORC");
	const struct sg_run *run = sg_room_go(&room);
	cr_expect(there(&room, STEP "ORC.1/ENG.A/INCOMPLETE/A.md"));
	cr_expect_not(there(&room, STEP "ORC.1/ENG.A/A.md"));
	const struct sg_proof *proof = sg_run_proof(run, SG_FACT_ENGINE, "KEY:ENG.A");
	cr_assert(proof && proof->partial.n == 1);
	cr_expect_str_eq(proof->partial.v[0].path, STEP "ORC.1/ENG.A/INCOMPLETE/A.md");
	cr_expect_neq(sg_manifest_output(&run->manifest, "A")->present, SG_TRUTH_TRUE);
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner_outputs, what_ctrl_c_cuts_off_is_incomplete_too)
{
	struct sg_room room;
	room_of(&room, "", CTL("echo x >$STEPGATE_OUT/POLICY_REPORT.md; sleep 60"));
	sg_room_step(&room, "doc.md", "");
	sg_room_go_to(&room, "CTL");
	room.level = 2;
	cr_assert_eq(sg_room_go_raw(&room), SG_INTERRUPTED);
	cr_expect_not(there(&room, STEP "CTL.1/POLICY_REPORT.md"));
	cr_expect_null(sg_manifest_role(&sg_session_run(room.session)->manifest, "CTL"));
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

/* --- unchanged --- */

static void again(struct sg_room *room, const char *text)
{
	const struct sg_strs none = {NULL, 0};
	sg_room_file(room, "said", text);
	sg_room_resume(room, "CTL", &none);
	sg_room_go(room);
}

Test(runner_outputs, an_output_that_an_earlier_attempt_made_just_so_is_said_to_be_unchanged)
{
	struct sg_room room;
	room_of(&room, "",
		CTL("cat said >$STEPGATE_OUT/POLICY_REPORT.md; ! grep -q fail said"));
	sg_room_file(&room, "said", "fail\n");
	sg_room_step(&room, "doc.md", "");
	sg_room_go_to(&room, "CTL");
	sg_room_go(&room); /* attempt 1 fails, and leaves it INCOMPLETE */
	again(&room, "one\n");
	cr_expect_null(strstr(notes_of(&room, "CTL"), "unchanged"), "%s", notes_of(&room, "CTL"));
	sg_room_go_to(&room, "PACK");
	struct sg_event stop = {.type = SG_EVENT_NO, .by = SG_BY_OPERATOR, .step = "0001"};
	stop.u.word.reason = "again";
	stop.u.word.patch = (struct sg_patch){.patchset_id = "", .tree = ""};
	sg_room_commit(&room, &stop);
	again(&room, "one\n");
	cr_expect_not_null(
		strstr(notes_of(&room, "CTL"), ", POLICY_REPORT unchanged since attempt 2"), "%s",
		notes_of(&room, "CTL"));
	const struct sg_run *run = sg_session_run(room.session);
	cr_expect_eq(sg_run_proof(run, SG_FACT_OUTPUT, "POLICY_REPORT")->since, 2);
	sg_room_commit(&room, &stop);
	again(&room, "one\n");
	cr_expect_not_null(strstr(notes_of(&room, "CTL"), "unchanged since attempt 2"));
	sg_room_commit(&room, &stop);
	again(&room, "two\n");
	cr_expect_null(strstr(notes_of(&room, "CTL"), "unchanged"), "%s", notes_of(&room, "CTL"));
	sg_room_commit(&room, &stop);
	again(&room, "one\n");
	cr_expect_null(strstr(notes_of(&room, "CTL"), "unchanged"),
		"it was another in between: %s", notes_of(&room, "CTL"));
	/* QA was run once in attempt 1 and is taken away by each resume */
	sg_room_go_to(&room, "VAL");
	run = sg_room_go(&room);
	cr_expect_eq(run->state, SG_STATE_PASSED, "%s", sg_room_reason(&room));
	char *report = sg_room_read(&room, STEP "VAL.1/VAL_REPORT.yaml");
	cr_expect_not_null(strstr(report, "  UNCHANGED:\n    - output: \"QA_REPORT\"\n"
					  "      since_attempt: 1\n"),
		"%s", report);
	free(report);
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

/* --- CONTRACT --- */

#define DEMANDS                                                                  \
	"  CONTRACT:\n    POLICY_REPORT: {min_bytes: 4, headings: [Policy]}\n"      \
	"    A: {contains: [a]}\n"

Test(runner_outputs, a_miss_is_told_when_its_role_ends_and_stops_the_step_at_VAL)
{
	struct sg_room room;
	room_of(&room, DEMANDS, CTL("cat said >$STEPGATE_OUT/POLICY_REPORT.md"));
	sg_room_file(&room, "said", "```\n# Policy\n```\n");
	sg_room_step(&room, "doc.md", "");
	const struct sg_run *run = sg_room_go_to(&room, "QA");

	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_facts facts;
	struct sg_brief brief;
	cr_assert_eq(sg_evidence_facts(sg_session_dir(room.session), run, NULL, &arena, &facts,
			     NULL),
		SG_OK);
	const struct sg_brief_input in = {.run = run,
		.facts = &facts,
		.head = sg_session_end(room.session)->head};
	cr_assert_eq(sg_brief_make(&arena, &in, &brief), SG_OK);
	cr_assert_eq(brief.misses.n, 1);
	cr_expect_str_eq(brief.misses.v[0],
		"POLICY_REPORT: expected the heading \"Policy\", found no such one among 0 "
		"headings");
	sg_arena_release(&arena);

	sg_room_go_to(&room, "VAL");
	run = sg_room_go(&room);
	cr_assert_eq(run->state, SG_STATE_STOPPED);
	cr_expect_str_eq(sg_room_reason(&room),
		"ENTRYPOINT_MISSING: D3: POLICY_REPORT: expected the heading \"Policy\", found no "
		"such one among 0 headings");
	cr_expect_str_eq(
		run->manifest.fix_list.v[0], "Mend POLICY_REPORT: the heading \"Policy\"");
	cr_expect_str_eq(run->stop_phase, "CTL");

	again(&room, "# Policy\n");
	sg_room_go_to(&room, "VAL");
	run = sg_room_go(&room);
	cr_expect_eq(run->state, SG_STATE_PASSED, "%s", sg_room_reason(&room));
	cr_expect_eq(run->verdict.tally[SG_CHECK_D3].passed, 3);
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

/* --- the trial of the gates --- */

Test(runner_outputs, a_pass_carries_the_trial_of_its_gates_in_event_report_and_replay)
{
	struct sg_room room;
	room_of(&room, DEMANDS, CTL("echo \"# Policy\" >$STEPGATE_OUT/POLICY_REPORT.md"));
	sg_room_step(&room, "doc.md", "");
	sg_room_go_to(&room, "VAL");
	const struct sg_run *run = sg_room_go(&room);
	cr_assert_eq(run->state, SG_STATE_PASSED, "%s", sg_room_reason(&room));
	const struct sg_shadows *shadows = &run->verdict.shadows;
	cr_expect(shadows->tried > 20 && shadows->red == shadows->tried &&
		  shadows->of == shadows->tried);
	char *report = sg_room_read(&room, STEP "VAL.1/VAL_REPORT.yaml");
	char *said = sg_t_format("  SHADOWS:\n    TRIED: %zu\n    RED: %zu\n    OF: %zu\n",
		shadows->tried, shadows->red, shadows->of);
	cr_expect_not_null(strstr(report, said), "%s", report);
	free(said);
	char *trace = sg_room_read(&room, ".stepgate/trace.jsonl");
	said = sg_t_format("\"shadows\":{\"tried\":%zu,\"red\":%zu,\"of\":%zu,\"green\":\"\"}",
		shadows->tried, shadows->red, shadows->of);
	cr_expect_not_null(strstr(trace, said));
	free(said);
	free(trace);
	free(report);
	sg_room_leave(&room);
	SG_LEAKCHECK();
}
