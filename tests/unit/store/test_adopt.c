/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "harness/harness.h"
#include "run_case.h"

/* A tampered run: the manifest edited by hand behind the back of the trace. */
static struct sg_session *tampered(struct run_case *c, const char *from, const char *to)
{
	case_start(c, CASE_MANIFEST);
	case_edit(c, from, to);
	struct sg_session *s = case_open(c, false);
	cr_assert_eq(sg_session_standing(s), SG_STANDING_TAMPERED);
	return s;
}

static void finish(struct run_case *c, struct sg_session *s)
{
	sg_session_close(s);
	case_remove(c);
}

Test(adopt, an_edit_by_hand_is_found_named_and_shown)
{
	struct run_case c;
	struct sg_err err = SG_ERR_INIT;
	struct sg_strbuf diff = SG_STRBUF_INIT;
	struct sg_session *s =
		tampered(&c, "STEP_STATUS: \"RUNNING\"", "STEP_STATUS: \"PASS\"");

	cr_assert_str_eq(sg_session_standing_text(s),
		CASE_MANIFEST ":10: CURRENT_STEP.STEP_STATUS is not what the trace says");
	cr_assert_eq(sg_session_run(s)->manifest.step_status, SG_STEP_STATUS_RUNNING);
	cr_assert_eq(sg_session_tamper_diff(s, &diff, &err), SG_OK, "%s", err.text);
	cr_assert(strstr(diff.bytes, "-CURRENT_STEP.STEP_STATUS: RUNNING"), "%s", diff.bytes);
	cr_assert(strstr(diff.bytes, "+CURRENT_STEP.STEP_STATUS: PASS"), "%s", diff.bytes);
	sg_strbuf_release(&diff);
	finish(&c, s);
	SG_LEAKCHECK();
}

Test(adopt, an_edit_while_the_session_is_open_is_found_before_the_next_commit)
{
	struct run_case c;
	struct sg_err err = SG_ERR_INIT;

	case_start(&c, CASE_MANIFEST);
	struct sg_session *s = case_open(&c, false);
	case_edit(&c, "OWNER: \"USER\"", "OWNER: \"TEAM\"");
	struct sg_event event = case_next_event(sg_session_run(s), "b.md");
	cr_assert_eq(sg_session_commit(s, &event, NULL, NULL, &err), SG_TAMPERED);
	cr_assert(strstr(err.text, "MANIFEST_TAMPERED"), "%s", err.text);
	cr_assert(strstr(err.text, "SESSION.OWNER"), "%s", err.text);
	cr_assert_eq(sg_session_run(s)->seq, 2);
	finish(&c, s);
	SG_LEAKCHECK();
}

Test(adopt, a_manifest_that_is_no_yaml_any_more_opens_as_tampered_with_its_place)
{
	struct run_case c;
	struct sg_err err = SG_ERR_INIT;
	struct sg_strbuf diff = SG_STRBUF_INIT;
	struct sg_session *s = tampered(&c, "ROUTING:\n", "ROUTING: [\n");

	cr_assert_eq(strncmp(sg_session_standing_text(s), CASE_MANIFEST ":", 22), 0, "%s",
		sg_session_standing_text(s));
	cr_assert_eq(sg_session_tamper_diff(s, &diff, &err), SG_OK, "%s", err.text);
	cr_assert(strstr(diff.bytes, "+ROUTING: ["), "%s", diff.bytes);
	sg_strbuf_release(&diff);
	cr_assert_eq(sg_session_adopt(s, "why not", true, &err), SG_INPUT);
	finish(&c, s);
	SG_LEAKCHECK();
}

Test(adopt, what_running_phases_report_is_still_recorded_and_the_manifest_left_alone)
{
	struct run_case c;
	struct sg_err err = SG_ERR_INIT;

	case_start(&c, CASE_MANIFEST);
	struct sg_session *s = case_open(&c, false);
	cr_assert_eq(sg_session_runner_lock(s, &err), SG_OK);
	case_commit(s, case_begin_event(sg_session_run(s)));
	case_edit(&c, "OWNER: \"USER\"", "OWNER: \"TEAM\"");
	char *edited = case_read(&c, CASE_MANIFEST);
	case_commit(s, case_stop_gap_event(sg_session_run(s)));
	cr_assert_eq(sg_session_standing(s), SG_STANDING_TAMPERED);
	cr_assert_eq(sg_session_run(s)->state, SG_STATE_STOPPED);
	char *after = case_read(&c, CASE_MANIFEST);
	cr_assert_str_eq(after, edited);
	struct sg_event event = case_resume_event(sg_session_run(s));
	cr_assert_eq(sg_session_commit(s, &event, NULL, NULL, &err), SG_TAMPERED);
	sg_err_clear(&err);
	cr_assert_eq(sg_session_restore(s, true, &err), SG_OK, "%s", err.text);
	sg_session_close(s);
	cr_assert_eq(case_check_sound(&c), 5);
	free(edited);
	free(after);
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(adopt, restore_writes_the_traces_state_back_and_keeps_what_stood_there)
{
	struct run_case c;
	struct sg_err err = SG_ERR_INIT;

	case_start(&c, CASE_MANIFEST);
	char *right = case_read(&c, CASE_MANIFEST);
	case_edit(&c, "STEP_STATUS: \"RUNNING\"", "STEP_STATUS: \"PASS\"");
	char *edited = case_read(&c, CASE_MANIFEST);
	struct sg_session *s = case_open(&c, false);
	cr_assert_eq(sg_session_restore(s, true, &err), SG_OK, "%s", err.text);
	cr_assert_eq(sg_session_standing(s), SG_STANDING_CLEAN);
	char *after = case_read(&c, CASE_MANIFEST);
	cr_assert_str_eq(after, right);
	sg_session_close(s);
	char *trace = case_read(&c, SG_TRACE_FILE);
	char *found = strstr(trace, "\"found\":\"");
	cr_assert_not_null(found);
	char *name = sg_t_format("%s/%.64s.yaml", SG_SNAPSHOT_FOLDER, found + 9);
	char *kept = case_read(&c, name);
	cr_assert_str_eq(kept, edited);
	cr_assert_eq(case_check_sound(&c), 3);
	free(right);
	free(edited);
	free(after);
	free(trace);
	free(name);
	free(kept);
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(adopt, restore_brings_back_a_manifest_that_is_gone_or_damaged)
{
	static const char *const texts[] = {"", "no yaml: [", "- a\n- b\n", NULL};
	struct sg_err err = SG_ERR_INIT;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct run_case c;
		case_start(&c, CASE_MANIFEST);
		char *right = case_read(&c, CASE_MANIFEST);
		if (texts[i])
			case_write(&c, CASE_MANIFEST, texts[i]);
		else
			cr_assert_eq(unlink(c.manifest), 0);
		struct sg_session *s = case_open(&c, false);
		cr_assert_eq(sg_session_standing(s), SG_STANDING_TAMPERED);
		cr_assert_eq(sg_session_restore(s, true, &err), SG_OK, "%s", err.text);
		sg_session_close(s);
		char *after = case_read(&c, CASE_MANIFEST);
		cr_assert_str_eq(after, right);
		cr_assert_eq(case_check_sound(&c), 3);
		free(right);
		free(after);
		case_remove(&c);
	}
	SG_LEAKCHECK();
}

Test(adopt, restore_in_markdown_keeps_the_text_around)
{
	struct run_case c;
	struct sg_err err = SG_ERR_INIT;

	case_start(&c, "RUNTIME_MANIFEST.md");
	case_edit(&c, "# RUNTIME_MANIFEST\n", "# A run\n\nwords\n");
	case_edit(&c, "STEP_STATUS: \"RUNNING\"", "STEP_STATUS: \"PASS\"");
	struct sg_session *s = case_open(&c, false);
	cr_assert_eq(sg_session_standing(s), SG_STANDING_TAMPERED);
	cr_assert_eq(sg_session_restore(s, true, &err), SG_OK, "%s", err.text);
	sg_session_close(s);
	char *after = sg_t_read(c.manifest, NULL);
	cr_assert_eq(
		strncmp(after, "# A run\n\nwords\n\n```yaml\nSESSION:\n", 33), 0, "%s", after);
	cr_assert_eq(case_check_sound(&c), 3);
	free(after);
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(adopt, both_answers_are_refused_without_a_terminal_and_where_nothing_differs)
{
	struct run_case c;
	struct sg_err err = SG_ERR_INIT;
	struct sg_session *s = tampered(&c, "OWNER: \"USER\"", "OWNER: \"TEAM\"");

	cr_assert_eq(sg_session_restore(s, false, &err), SG_REFUSED);
	cr_assert(strstr(err.text, "only at a terminal"), "%s", err.text);
	sg_err_clear(&err);
	cr_assert_eq(sg_session_adopt(s, "mine", false, &err), SG_REFUSED);
	cr_assert_eq(sg_session_run(s)->seq, 2);
	sg_err_clear(&err);
	cr_assert_eq(sg_session_restore(s, true, &err), SG_OK, "%s", err.text);
	cr_assert_eq(sg_session_restore(s, true, &err), SG_REFUSED);
	sg_err_clear(&err);
	cr_assert_eq(sg_session_adopt(s, "mine", true, &err), SG_REFUSED);
	finish(&c, s);
	SG_LEAKCHECK();
}

Test(adopt, free_fields_and_unknown_keys_are_taken_over)
{
	struct run_case c;
	struct sg_err err = SG_ERR_INIT;
	struct sg_session *s = tampered(&c, "OWNER: \"USER\"", "OWNER: \"TEAM\"");

	case_edit(&c, "STEP_GOAL: \"Measure \\\"all\\\"\"", "STEP_GOAL: \"Less\"");
	case_edit(&c, "  NEXT_POINTER: \"\"\n",
		"  NEXT_POINTER: \"b.md\"\n  REVIEWER: \"Ann\"\n");
	case_edit(&c, "    FILE: \"\"", "    FILE: \"b.md\"");
	cr_assert_eq(
		sg_session_adopt(s, "the owner changed", true, &err), SG_OK, "%s", err.text);
	cr_assert_eq(sg_session_standing(s), SG_STANDING_CLEAN);
	cr_assert_str_eq(sg_session_run(s)->manifest.owner, "TEAM");
	cr_assert_str_eq(sg_session_run(s)->manifest.step_goal, "Less");
	sg_session_close(s);
	char *after = case_read(&c, CASE_MANIFEST);
	cr_assert(strstr(after, "  REVIEWER: \"Ann\"\n"), "%s", after);
	cr_assert_eq(case_check_sound(&c), 3);
	free(after);
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(adopt, rows_made_by_hand_are_taken_over_without_a_proof)
{
	struct run_case c;
	struct sg_err err = SG_ERR_INIT;
	struct sg_session *s = tampered(&c, "  ROLE_LEDGER: []\n",
		"  ROLE_LEDGER:\n    - role: \"SPC\"\n      status: \"ran\"\n"
		"      outputs_produced: [\"BRIEF_TOKEN\"]\n      notes: \"in a chat\"\n");

	cr_assert_eq(sg_session_adopt(s, "a chat did it", true, &err), SG_OK, "%s", err.text);
	cr_assert_eq(sg_session_run(s)->manifest.roles.n, 1);
	cr_assert_null(sg_run_proof(sg_session_run(s), SG_FACT_ROLE, "SPC"));
	sg_session_close(s);
	cr_assert_eq(case_check_sound(&c), 3);
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(adopt, what_is_stepgates_to_say_is_refused_and_named)
{
	static const struct {
		const char *from;
		const char *to;
		const char *field;
	} edits[] = {
		{"STEP_ID: \"0001\"", "STEP_ID: \"0002\"", "CURRENT_STEP.STEP_ID"},
		{"STEP_STATUS: \"RUNNING\"", "STEP_STATUS: \"PASS\"",
			"CURRENT_STEP.STEP_STATUS"},
		{"  STATUS: \"NONE\"", "  STATUS: \"PASS\"", "LAST_RESULT.STATUS"},
		{"  FIX_LIST: []", "  FIX_LIST: [\"x\"]", "LAST_RESULT.FIX_LIST"},
		{"  DOMAIN: \"\"", "  DOMAIN: \"SYS\"", "ROUTING.DOMAIN"},
		{"REQUIRED_ROLES: []", "REQUIRED_ROLES: [\"SPC\"]", "ROUTING.REQUIRED_ROLES"},
		{"RESUME_ALLOWED: false", "RESUME_ALLOWED: true", "RESUME.RESUME_ALLOWED"},
		{"RESUME_TOKEN: \"\"", "RESUME_TOKEN: \"t\"", "RESUME.RESUME_TOKEN"},
		{"MODE: \"REPO\"", "MODE: \"CHAT\"", "SESSION.MODE"},
		{"SESSION_ID: \"0", "SESSION_ID: \"1", "SESSION.SESSION_ID"},
		{"ACTIVE_FILE: \"docs", "ACTIVE_FILE: \"dogs", "CURRENT_STEP.ACTIVE_FILE"},
		{"run_id: \"\"", "run_id: \"0001.1\"", "ENGINE_RUN_LEDGER.run_id"},
	};

	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		struct run_case c;
		struct sg_err err = SG_ERR_INIT;
		struct sg_session *s = tampered(&c, edits[i].from, edits[i].to);
		cr_assert_eq(sg_session_adopt(s, "I say so", true, &err), SG_REFUSED, "%s",
			edits[i].field);
		cr_assert(strstr(err.text, edits[i].field), "expected %s, found %s",
			edits[i].field, err.text);
		cr_assert_eq(sg_session_run(s)->seq, 2);
		finish(&c, s);
	}
	SG_LEAKCHECK();
}

Test(adopt, a_missing_or_changed_snapshot_breaks_the_trace_at_its_line)
{
	struct sg_err err = SG_ERR_INIT;

	for (int change = 0; change < 2; change++) {
		struct run_case c;
		struct sg_session *s = tampered(&c, "OWNER: \"USER\"", "OWNER: \"TEAM\"");
		cr_assert_eq(sg_session_adopt(s, "mine", true, &err), SG_OK, "%s", err.text);
		sg_session_close(s);
		char *trace = case_read(&c, SG_TRACE_FILE);
		char *snapshot = strstr(trace, "\"snapshot\":\"");
		cr_assert_not_null(snapshot);
		char *name = sg_t_format("%s/%.64s.yaml", SG_SNAPSHOT_FOLDER, snapshot + 12);
		char *path = case_path(&c, name);
		if (change)
			case_write(&c, name, "SESSION:\n");
		else
			cr_assert_eq(unlink(path), 0);
		s = case_open(&c, false);
		cr_assert_eq(sg_session_standing(s), SG_STANDING_BROKEN);
		cr_assert_eq(sg_session_end(s)->bad_line, 3);
		free(trace);
		free(name);
		free(path);
		finish(&c, s);
	}
	SG_LEAKCHECK();
}

/* --- a manifest without a trace --- */

/* A run's manifest, copied into a folder of its own. */
static void without_trace(struct run_case *c, const char *status)
{
	struct run_case made;

	case_start(&made, CASE_MANIFEST);
	case_make(c, CASE_MANIFEST);
	char *text = case_read(&made, CASE_MANIFEST);
	case_write(c, CASE_MANIFEST, text);
	char *to = sg_t_format("STEP_STATUS: \"%s\"", status);
	case_edit(c, "STEP_STATUS: \"RUNNING\"", to);
	free(text);
	free(to);
	case_remove(&made);
}

Test(adopt, a_manifest_without_a_trace_can_be_read_as_it_is)
{
	struct run_case c;
	struct sg_err err = SG_ERR_INIT;
	bool changed = true;

	without_trace(&c, "PASS");
	struct sg_session *s = case_open(&c, true);
	cr_assert_eq(sg_session_standing(s), SG_STANDING_NO_TRACE);
	cr_assert_eq(sg_session_run(s)->state, SG_STATE_EMPTY);
	cr_assert_eq(sg_session_run(s)->proofs.n, 0);
	cr_assert_eq(sg_session_refresh(s, &changed, &err), SG_OK);
	cr_assert_not(changed);
	case_edit(&c, "OWNER: \"USER\"", "OWNER: \"TEAM\"");
	cr_assert_eq(sg_session_refresh(s, &changed, &err), SG_OK);
	cr_assert(changed);
	cr_assert_str_eq(sg_session_run(s)->manifest.owner, "TEAM");
	cr_assert_eq(sg_session_restore(s, true, &err), SG_REFUSED);
	cr_assert_not_null(strstr(err.text, "it has no trace"), "%s", err.text);
	char *folder = case_path(&c, SG_TRACE_FOLDER);
	cr_assert_not(sg_t_exists(folder));
	free(folder);
	finish(&c, s);
	SG_LEAKCHECK();
}

Test(adopt, the_first_command_that_writes_adopts_it_whole_and_an_open_step_becomes_stop_gap)
{
	static const char *const statuses[] = {"RUNNING", "PASS", "STOP_GAP"};

	for (size_t i = 0; i < 3; i++) {
		struct run_case c;
		without_trace(&c, statuses[i]);
		struct sg_session *s = case_open(&c, false);
		case_commit(s, case_next_event(sg_session_run(s), "b.md"));
		cr_assert_eq(sg_session_standing(s), SG_STANDING_CLEAN);
		cr_assert_eq(sg_session_run(s)->state, SG_STATE_STOPPED);
		cr_assert_str_eq(sg_session_run(s)->stop_phase, "ROUTE");
		cr_assert_eq(sg_session_run(s)->seq, 2);
		sg_session_close(s);
		cr_assert_eq(case_check_sound(&c), 2);
		case_remove(&c);
	}
	SG_LEAKCHECK();
}

Test(adopt, a_manifest_without_a_trace_that_cannot_be_read_is_an_error_with_its_place)
{
	struct run_case c;
	struct sg_session *s = NULL;
	struct sg_err err = SG_ERR_INIT;

	case_make(&c, CASE_MANIFEST);
	case_write(&c, CASE_MANIFEST, "SESSION:\n  OWNER: 1\n");
	cr_assert_eq(sg_session_open(&s, &c.options, &err), SG_INPUT);
	cr_assert_eq(err.line, 2, "%s:%zu %s", err.file, err.line, err.text);
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(adopt, init_blank_then_a_step_is_a_run)
{
	struct run_case c;
	struct run_case made;
	struct sg_err err = SG_ERR_INIT;
	const struct sg_event init = case_init_event();

	case_make(&made, CASE_MANIFEST);
	cr_assert_eq(sg_session_create(&made.options, &init, &err), SG_OK, "%s", err.text);
	char *text = case_read(&made, CASE_MANIFEST);
	case_make(&c, CASE_MANIFEST);
	case_write(&c, CASE_MANIFEST, text);
	struct sg_session *s = case_open(&c, false);
	cr_assert_eq(sg_session_run(s)->state, SG_STATE_EMPTY);
	case_commit(s, case_step_event("0001"));
	cr_assert_eq(sg_session_run(s)->state, SG_STATE_AWAIT);
	sg_session_close(s);
	cr_assert_eq(case_check_sound(&c), 2);
	free(text);
	case_remove(&made);
	case_remove(&c);
	SG_LEAKCHECK();
}
