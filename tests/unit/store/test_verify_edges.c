/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What verify says of runs that stand oddly, and of many faults at once. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fault/folders.h"
#include "fault/memory.h"
#include "harness/harness.h"
#include "run_case.h"
#include "store/verify.h"

struct judged {
	struct sg_arena arena;
	struct sg_session *s;
	struct sg_verify found;
};

static void judge(struct judged *j, const struct run_case *c)
{
	struct sg_err err = SG_ERR_INIT;

	*j = (struct judged){.arena = SG_ARENA_INIT, .s = case_open(c, true)};
	cr_assert_eq(sg_verify_run(j->s, &j->arena, &j->found, &err), SG_OK, "%s", err.text);
}

static void release(struct judged *j)
{
	sg_session_close(j->s);
	sg_arena_release(&j->arena);
}

static bool has(const struct judged *j, const char *what, const char *part)
{
	for (size_t i = 0; i < j->found.n; i++)
		if (strcmp(j->found.v[i].what, what) == 0 &&
			strstr(j->found.v[i].text, part))
			return true;
	return false;
}

static void check_found(const struct run_case *c, const char *what, const char *part)
{
	struct judged j;

	judge(&j, c);
	cr_assert(has(&j, what, part), "%s: %s", part,
		j.found.n > 0 ? j.found.v[0].text : "nothing is found");
	release(&j);
}

Test(verify_edges, a_run_whose_write_was_never_confirmed_is_named)
{
	struct run_case c;

	folder_poisoned(&c);
	check_found(&c, "chain", SG_POISON_FILE);
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(verify_edges, an_event_that_cannot_be_applied_is_no_fault_of_the_chain)
{
	struct run_case c;

	folder_adopted(&c);
	char *folder = case_path(&c, SG_SNAPSHOT_FOLDER);
	sg_t_rmtree(folder);
	free(folder);
	check_found(&c, "replay", "cannot apply adopt");
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(verify_edges, an_edited_manifest_is_told_by_its_first_other_line_where_it_can_be_read)
{
	struct run_case c;

	folder_markdown(&c);
	case_edit(&c, "OWNER: \"USER\"", "OWNER: \"TEAM\"");
	check_found(&c, "manifest", "the first line that is not");
	case_remove(&c);
	/* longer, shorter, gone */
	folder_started(&c);
	char *text = case_read(&c, CASE_MANIFEST);
	char *longer = sg_t_format("%sMINE:\n  OWN: \"words\"\n", text);
	case_write(&c, CASE_MANIFEST, longer);
	check_found(&c, "manifest", "the first line that is not");
	text[strlen(text) - 1] = '\0';
	strrchr(text, '\n')[1] = '\0';
	case_write(&c, CASE_MANIFEST, text);
	check_found(&c, "manifest", "the first line that is not");
	cr_assert_eq(unlink(c.manifest), 0);
	check_found(&c, "manifest", "the manifest is gone");
	free(longer);
	free(text);
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(verify_edges, a_STEP_that_is_not_judged_yet_is_judged_by_what_there_is)
{
	static const char *const keys[] = {"ENG.A"};
	struct run_case c;
	struct judged j;

	folder_val(&c);
	judge(&j, &c);
	cr_assert(j.found.has_verdict);
	cr_assert(j.found.verdict_matches);
	cr_assert_eq(j.found.n, 0);
	release(&j);
	case_remove(&c);
	folder_started(&c);
	struct sg_session *s = case_open(&c, false);
	case_run_to_orc(s, &(struct sg_strs){keys, 1});
	case_commit_engine(s, keys[0]);
	sg_session_close(s);
	judge(&j, &c);
	cr_assert_eq(j.found.n, 0);
	cr_assert_not(j.found.verdict.pass);
	release(&j);
	case_remove(&c);
	SG_LEAKCHECK();
}

/* Each of the edits restored twice: one snapshot, named by two events. */
Test(verify_edges, every_event_that_names_a_changed_file_is_named_and_there_may_be_many)
{
	struct run_case c;
	struct judged j;
	struct sg_err err = SG_ERR_INIT;

	folder_started(&c);
	struct sg_session *s = case_open(&c, false);
	for (int i = 0; i < 140; i++) {
		char *to = sg_t_format("OWNER: \"%d\"", i % 70);
		case_edit(&c, "OWNER: \"USER\"", to);
		cr_assert_eq(sg_session_restore(s, true, &err), SG_OK, "%s", err.text);
		free(to);
	}
	sg_session_close(s);
	char *folder = case_path(&c, SG_SNAPSHOT_FOLDER);
	sg_t_rmtree(folder);
	free(folder);
	judge(&j, &c);
	cr_assert_eq(j.found.n, 140);
	cr_assert_eq(j.found.files, 70);
	release(&j);
	case_remove(&c);
	SG_LEAKCHECK();
}

static void commit_verdict(const struct run_case *c, struct sg_event event)
{
	struct sg_session *s = case_open(c, false);

	event.step = "0001";
	cr_assert_eq(sg_session_runner_lock(s, NULL), SG_OK);
	case_commit(s, event);
	sg_session_close(s);
}

Test(verify_edges, a_verdict_that_says_another_outcome_than_its_run_is_named)
{
	for (int i = 0; i < 2; i++) {
		struct run_case c;
		struct sg_arena arena = SG_ARENA_INIT;
		folder_val(&c);
		struct sg_session *s = case_open(&c, true);
		struct sg_event event = case_verdict_event(s, &arena);
		sg_session_close(s);
		event.u.verdict.pass = i > 0;
		event.u.verdict.code = SG_CODE_MARKER_NOT_CONFIRMED;
		commit_verdict(&c, event);
		check_found(&c, "replay", i > 0 ? "the verdict says PASS" : "the verdict says FAIL");
		sg_arena_release(&arena);
		case_remove(&c);
	}
	SG_LEAKCHECK();
}

static struct sg_event record(bool stop, const struct sg_file *output)
{
	return (struct sg_event){
		.type = stop ? SG_EVENT_RECORD_STOP : SG_EVENT_RECORD_START,
		.step = "0001",
		.attempt = 1,
		.by = SG_BY_RECORDER,
		.u.record = {.name = "SPC",
			.outputs = {output, 1},
			.note = stop ? "by hand" : "",
			.start_ms = 5},
	};
}

/* What was recorded by hand and waits for its signal is hashed too. */
Test(verify_edges, work_by_hand_that_waits_is_hashed_when_its_recording_has_ended)
{
	static const char copy[] = ".stepgate/steps/0001/SPC.1/BRIEF_TOKEN.yaml";
	struct run_case c;
	struct sg_file output = {.name = "BRIEF_TOKEN", .path = "brief.yaml", .sha256 = ""};

	folder_started(&c);
	struct sg_session *s = case_open(&c, false);
	case_run_to_spc(s);
	case_commit(s, record(false, &output));
	struct judged j;
	judge(&j, &c);
	cr_assert_eq(j.found.n, 0);
	release(&j);
	output.path = copy;
	output.sha256 = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	case_commit(s, record(true, &output));
	sg_session_close(s);
	case_write(&c, copy, "BRIEF_TOKEN: else\n");
	check_found(&c, "evidence", copy);
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(verify_edges, a_seal_of_the_same_length_is_compared_by_its_bytes)
{
	static const char final[] = ".stepgate/steps/0001/PACK.1/FINAL.yaml";
	struct run_case c;

	folder_passed(&c);
	char *text = case_read(&c, final);
	char *path = case_path(&c, final);
	text[10] ^= 1;
	cr_assert_eq(chmod(path, 0644), 0);
	case_write(&c, final, text);
	check_found(&c, "pack", "is not what the verdict sealed");
	free(path);
	free(text);
	case_remove(&c);
	SG_LEAKCHECK();
}

/* HEAD is never synced: an older one is no evidence. */
Test(verify_edges, a_head_of_an_earlier_line_says_nothing_of_the_last)
{
	struct run_case c;
	struct judged j;

	folder_started(&c);
	char *head = case_read(&c, ".stepgate/HEAD");
	struct sg_session *s = case_open(&c, false);
	case_commit(s, case_next_event(sg_session_run(s), "b.md"));
	sg_session_close(s);
	case_write(&c, ".stepgate/HEAD", head);
	judge(&j, &c);
	cr_assert_eq(j.found.n, 0);
	release(&j);
	free(head);
	case_remove(&c);
	SG_LEAKCHECK();
}

/* Of an event without a file there is nothing to hash. */
Test(verify_edges, an_event_that_names_no_hash_names_no_file)
{
	struct run_case c;
	struct sg_event restore = {.type = SG_EVENT_RESTORE,
		.by = SG_BY_OPERATOR,
		.tty = true,
		.step = "0001",
		.u.restore = {.found = ""}};

	folder_val(&c);
	struct sg_session *s = case_open(&c, false);
	const struct sg_event verdict = {.type = SG_EVENT_VERDICT,
		.step = "0001",
		.attempt = 1,
		.by = SG_BY_RUNNER,
		.u.verdict = {.report = {.name = "", .path = "", .sha256 = ""},
			.policy = "",
			.next_file = "",
			.next_goal = "",
			.next_route = "",
			.next_profile = ""}};
	cr_assert_eq(sg_session_runner_lock(s, NULL), SG_OK);
	case_commit(s, verdict);
	case_commit(s, restore);
	sg_session_close(s);
	struct judged j;
	judge(&j, &c);
	cr_assert_not(j.found.verdict.pass);
	release(&j);
	case_remove(&c);
	SG_LEAKCHECK();
}

/* --- memory --- */

static void fill(struct sg_arena *arena)
{
	memory_arm(1, true);
	while (sg_arena_alloc(arena, 1))
		;
	memory_disarm();
	arena->failed = false;
}

/* The text around an instance that was edited is needed to say where; without it, that is said. */
Test(verify_edges, an_edit_in_Markdown_is_found_by_its_line_or_memory_ended)
{
	struct run_case c;
	bool through = false;
	int failures = 0;

	case_start(&c, "run.md");
	char *text = case_read(&c, "run.md");
	size_t line = 1;
	for (const char *p = text; p < strstr(text, "OWNER"); p++)
		line += *p == '\n';
	char *said = sg_t_format("run.md:%zu: the first line", line);
	case_edit(&c, "OWNER: \"USER\"", "OWNER: \"TEAM\"");
	for (int at = 1; !through; at++) {
		struct judged j = {.arena = SG_ARENA_INIT, .s = case_open(&c, true)};
		struct sg_err err = SG_ERR_INIT;
		memory_arm(at, false);
		const enum sg_rc rc = sg_verify_run(j.s, &j.arena, &j.found, &err);
		through = memory_disarm() < at;
		cr_assert(rc == SG_OK || rc == SG_NOMEM, "%d: %s", at, err.text);
		cr_assert(rc == SG_NOMEM || has(&j, "manifest", said), "%d", at);
		failures += rc == SG_NOMEM;
		release(&j);
	}
	cr_assert_gt(failures, 0);
	free(text);
	free(said);
	case_remove(&c);
	SG_LEAKCHECK();
}

/* With no room left where its findings go: from the first of them on. */
Test(verify_edges, where_nothing_that_is_found_can_be_kept_memory_ended)
{
	void (*const folders[])(struct run_case *c) = {
		folder_no_trace, folder_started, folder_passed, folder_unreadable, folder_val};

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		struct run_case c;
		folders[i](&c);
		for (int at = 1; at < 2000; at++) {
			struct sg_arena arena = SG_ARENA_INIT;
			struct sg_verify found;
			struct sg_err err = SG_ERR_INIT;
			struct sg_session *s = case_open(&c, true);
			cr_assert_not_null(sg_arena_alloc(&arena, 1));
			fill(&arena);
			memory_arm(at, false);
			const enum sg_rc rc = sg_verify_run(s, &arena, &found, &err);
			const int calls = memory_disarm();
			cr_assert(rc == SG_OK || rc == SG_NOMEM, "%s", err.text);
			sg_arena_release(&arena);
			sg_session_close(s);
			if (calls < at)
				break;
		}
		case_remove(&c);
	}
	SG_LEAKCHECK();
}
