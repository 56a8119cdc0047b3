/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/harness.h"
#include "run_case.h"
#include "store/verify.h"

struct verify_case {
	struct run_case c;
	struct sg_arena arena;
	struct sg_session *s;
	struct sg_verify found;
};

static void passed(struct verify_case *v)
{
	*v = (struct verify_case){.arena = SG_ARENA_INIT};
	case_start(&v->c, CASE_MANIFEST);
	struct sg_session *s = case_open(&v->c, false);
	case_pass(s);
	sg_session_close(s);
}

static void verify(struct verify_case *v)
{
	struct sg_err err = SG_ERR_INIT;

	v->s = case_open(&v->c, true);
	cr_assert_eq(sg_verify_run(v->s, &v->arena, &v->found, &err), SG_OK, "%s", err.text);
}

static void release(struct verify_case *v)
{
	sg_session_close(v->s);
	sg_arena_release(&v->arena);
	case_remove(&v->c);
}

static bool has(const struct verify_case *v, const char *what, const char *part)
{
	for (size_t i = 0; i < v->found.n; i++)
		if (strcmp(v->found.v[i].what, what) == 0 && strstr(v->found.v[i].text, part))
			return true;
	return false;
}

/* Evidence is read-only, so it is replaced as an attacker would. */
static void rewrite(const struct verify_case *v, const char *name, const char *text)
{
	char *path = case_path(&v->c, name);

	cr_assert_eq(chmod(path, 0644), 0, "%s", path);
	sg_t_write_text(path, text);
	free(path);
}

static void take_away(const struct verify_case *v, const char *name)
{
	char *path = case_path(&v->c, name);

	cr_assert_eq(unlink(path), 0, "%s", path);
	free(path);
}

Test(verify, a_step_that_passed_is_judged_again_and_nothing_is_found)
{
	struct verify_case v;

	passed(&v);
	verify(&v);
	cr_assert_eq(v.found.n, 0, "%s: %s", v.found.n ? v.found.v[0].what : "",
		v.found.n ? v.found.v[0].text : "");
	cr_assert_eq(v.found.events, 10);
	cr_assert_eq(v.found.files, 6);
	cr_assert(v.found.has_verdict);
	cr_assert(v.found.verdict_matches);
	cr_assert(v.found.verdict.pass);
	release(&v);
	SG_LEAKCHECK();
}

Test(verify, evidence_that_was_changed_is_named_and_takes_the_pass_back)
{
	struct verify_case v;

	passed(&v);
	rewrite(&v, ".stepgate/steps/0001/SPC.1/BRIEF_TOKEN.yaml", "BRIEF_TOKEN: else\n");
	verify(&v);
	cr_assert(has(&v, "evidence",
		SG_TRACE_FILE ":6: '.stepgate/steps/0001/SPC.1/BRIEF_TOKEN.yaml' was changed"));
	cr_assert(has(&v, "gate",
		"STEP 0001: recorded is PASS , by its evidence it is FAIL "
		"MARKER_NOT_CONFIRMED"));
	cr_assert_not(v.found.verdict_matches);
	release(&v);
	SG_LEAKCHECK();
}

Test(verify, evidence_that_is_gone_is_named)
{
	struct verify_case v;

	passed(&v);
	take_away(&v, ".stepgate/steps/0001/VAL.1/VAL_REPORT.yaml");
	verify(&v);
	cr_assert(has(&v, "evidence",
		SG_TRACE_FILE ":10: cannot open "
			      "'.stepgate/steps/0001/VAL.1/VAL_REPORT.yaml'"));
	release(&v);
	SG_LEAKCHECK();
}

Test(verify, a_seal_that_is_gone_or_changed_is_found)
{
	struct verify_case v;

	passed(&v);
	rewrite(&v, ".stepgate/steps/0001/PACK.1/FINAL.yaml", "FINAL: mine\n");
	verify(&v);
	cr_assert(has(&v, "pack", "FINAL.yaml' is not what the verdict sealed"));
	sg_session_close(v.s);
	take_away(&v, ".stepgate/steps/0001/PACK.1/FINAL.yaml");
	verify(&v);
	cr_assert(has(&v, "pack", "cannot open '.stepgate/steps/0001/PACK.1/FINAL.yaml'"));
	release(&v);
	SG_LEAKCHECK();
}

Test(verify, a_manifest_edited_to_say_pass_is_found_and_its_field_named)
{
	struct verify_case v = {.arena = SG_ARENA_INIT};

	case_start(&v.c, CASE_MANIFEST);
	case_edit(&v.c, "STEP_STATUS: \"RUNNING\"", "STEP_STATUS: \"PASS\"");
	verify(&v);
	cr_assert_eq(v.found.n, 2);
	cr_assert(has(&v, "manifest", CASE_MANIFEST ":10: CURRENT_STEP.STEP_STATUS"));
	cr_assert(has(&v, "manifest", CASE_MANIFEST ":10: the first line"));
	release(&v);
	SG_LEAKCHECK();
}

Test(verify, a_line_that_was_changed_is_found_at_its_place)
{
	struct verify_case v;

	passed(&v);
	char *trace = case_read(&v.c, SG_TRACE_FILE);
	char *digest = strstr(trace, "0f0f");
	cr_assert_not_null(digest);
	digest[0] = '1';
	case_write(&v.c, SG_TRACE_FILE, trace);
	verify(&v);
	cr_assert(has(&v, "chain", SG_TRACE_FILE ":4: the trace is broken: prev"));
	cr_assert_eq(v.found.events, 3);
	free(trace);
	release(&v);
	SG_LEAKCHECK();
}

Test(verify, an_unfinished_line_and_a_missing_trace_are_found)
{
	struct verify_case v;

	passed(&v);
	char *trace = case_read(&v.c, SG_TRACE_FILE);
	char *torn = sg_t_format("%s{\"seq", trace);
	case_write(&v.c, SG_TRACE_FILE, torn);
	verify(&v);
	cr_assert(has(&v, "chain", SG_TRACE_FILE ":11: an unfinished line of 5 bytes"));
	sg_session_close(v.s);
	take_away(&v, SG_TRACE_FILE);
	verify(&v);
	cr_assert(has(&v, "chain", "the trace is gone: it had 10 lines"));
	cr_assert_not(v.found.has_verdict);
	sg_session_close(v.s);
	take_away(&v, ".stepgate/HEAD");
	verify(&v);
	cr_assert(has(&v, "chain", "there is no trace"));
	cr_assert_not(v.found.has_verdict);
	free(trace);
	free(torn);
	release(&v);
	SG_LEAKCHECK();
}

/* Somebody who can count hashes writes a whole trace anew: the chain then holds. */
Test(verify, a_forged_trace_with_a_whole_chain_does_not_give_its_own_digests)
{
	struct verify_case v;

	passed(&v);
	struct run_case forged;
	case_start(&forged, CASE_MANIFEST);
	char *trace = case_read(&forged, SG_TRACE_FILE);
	char *step = strchr(trace, '\n') + 1;
	char *goal = strstr(step, "Measure");
	memcpy(goal, "Forgery", 7);
	case_write(&forged, SG_TRACE_FILE, trace);
	struct verify_case f = {.c = forged, .arena = SG_ARENA_INIT};
	verify(&f);
	cr_assert(has(&f, "replay", SG_TRACE_FILE ":2: the manifest after step"));
	free(trace);
	release(&f);
	v.s = NULL;
	release(&v);
	SG_LEAKCHECK();
}

Test(verify, a_snapshot_that_a_restore_kept_is_hashed)
{
	struct verify_case v = {.arena = SG_ARENA_INIT};
	struct sg_err err = SG_ERR_INIT;

	case_start(&v.c, CASE_MANIFEST);
	case_edit(&v.c, "OWNER: \"USER\"", "OWNER: \"TEAM\"");
	struct sg_session *s = case_open(&v.c, false);
	cr_assert_eq(sg_session_restore(s, true, &err), SG_OK, "%s", err.text);
	sg_session_close(s);
	char *trace = case_read(&v.c, SG_TRACE_FILE);
	char *name = sg_t_format("%s/%.64s.yaml", SG_SNAPSHOT_FOLDER,
		strstr(trace, "\"found\":\"") + strlen("\"found\":\""));
	rewrite(&v, name, "SESSION:\n");
	verify(&v);
	cr_assert(has(&v, "evidence", "was changed"));
	free(trace);
	free(name);
	release(&v);
	SG_LEAKCHECK();
}

Test(verify, the_files_of_a_verdict_are_written_again_by_whoever_opens_next)
{
	struct verify_case v;

	passed(&v);
	take_away(&v, ".stepgate/steps/0001/PACK.1/FINAL.yaml");
	take_away(&v, "CHANGELOG.md");
	struct sg_session *s = case_open(&v.c, false);
	cr_assert_eq(sg_session_notes(s)->n, 2);
	cr_assert_str_eq(
		sg_session_notes(s)->v[1], "CHANGELOG.md: written again, as event 10 says");
	sg_session_close(s);
	cr_assert_eq(case_check_sound(&v.c), 10);
	v.s = NULL;
	release(&v);
	SG_LEAKCHECK();
}

/* Nothing in the trace says what its last line was. */
Test(verify, a_last_line_that_is_another_or_gone_is_found_by_what_head_says)
{
	struct verify_case v;

	passed(&v);
	char *trace = case_read(&v.c, SG_TRACE_FILE);
	char *time = strstr(strstr(trace, "\"seq\":10,"), "Z\"");
	cr_assert_not_null(time);
	time[-1] = (char)(time[-1] ^ 1);
	case_write(&v.c, SG_TRACE_FILE, trace);
	verify(&v);
	cr_expect(has(&v, "chain", "trace.jsonl:10: the line is not the one that was written"));
	sg_session_close(v.s);
	strstr(trace, "{\"seq\":10,")[0] = '\0';
	case_write(&v.c, SG_TRACE_FILE, trace);
	verify(&v);
	cr_expect(has(&v, "chain", "trace.jsonl:9: the trace ends here"));
	free(trace);
	release(&v);
	SG_LEAKCHECK();
}

Test(verify, a_head_that_is_torn_garbage_or_gone_says_nothing)
{
	struct verify_case v;

	passed(&v);
	char *head = case_read(&v.c, ".stepgate/HEAD");
	cr_assert_gt(strlen(head), 80);
	for (size_t n = 0; n < strlen(head); n += 7) {
		char *torn = sg_t_format("%.*s%s", (int)n, head, n % 2 ? "" : "garbage");
		case_write(&v.c, ".stepgate/HEAD", torn);
		free(torn);
		verify(&v);
		cr_expect_eq(v.found.n, 0, "%zu", n);
		sg_session_close(v.s);
	}
	take_away(&v, ".stepgate/HEAD");
	verify(&v);
	cr_expect_eq(v.found.n, 0);
	free(head);
	release(&v);
	SG_LEAKCHECK();
}
