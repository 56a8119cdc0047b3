/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See folders.h. */
#include "folders.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness/harness.h"

void folder_nothing(struct run_case *c)
{
	case_make(c, CASE_MANIFEST);
}

void folder_started(struct run_case *c)
{
	case_start(c, CASE_MANIFEST);
}

void folder_markdown(struct run_case *c)
{
	case_start(c, "RUNTIME_MANIFEST.md");
	case_edit(c, "# RUNTIME_MANIFEST\n", "# A run\n\nwords\n");
}

void folder_val(struct run_case *c)
{
	case_start(c, CASE_MANIFEST);
	struct sg_session *s = case_open(c, false);
	case_run_to_val(s);
	sg_session_close(s);
}

void folder_tampered(struct run_case *c)
{
	case_start(c, CASE_MANIFEST);
	case_edit(c, "OWNER: \"USER\"", "OWNER: \"TEAM\"");
}

void folder_unreadable(struct run_case *c)
{
	case_start(c, CASE_MANIFEST);
	case_write(c, CASE_MANIFEST, "SESSION: [\n");
}

void folder_no_trace(struct run_case *c)
{
	struct run_case made;

	case_start(&made, CASE_MANIFEST);
	case_make(c, CASE_MANIFEST);
	char *text = case_read(&made, CASE_MANIFEST);
	case_write(c, CASE_MANIFEST, text);
	free(text);
	case_remove(&made);
}

void folder_damaged(struct run_case *c)
{
	case_start(c, CASE_MANIFEST);
	struct sg_session *s = case_open(c, false);
	case_run_to_val(s);
	char *behind = case_read(c, CASE_MANIFEST);
	struct sg_arena arena = SG_ARENA_INIT;
	case_commit(s, case_verdict_event(s, &arena));
	sg_arena_release(&arena);
	sg_session_close(s);
	case_write(c, CASE_MANIFEST, behind);
	free(behind);
	char *trace = case_read(c, SG_TRACE_FILE);
	char *torn = sg_t_format("%s{\"seq\":11,\"time", trace);
	case_write(c, SG_TRACE_FILE, torn);
	free(trace);
	free(torn);
	char *final = case_path(c, ".stepgate/steps/0001/PACK.1/FINAL.yaml");
	cr_assert_eq(unlink(final), 0);
	free(final);
}

void folder_poisoned(struct run_case *c)
{
	folder_damaged(c);
	case_write(c, SG_POISON_FILE, "state unknown\n");
}

void folder_passed(struct run_case *c)
{
	case_start(c, CASE_MANIFEST);
	struct sg_session *s = case_open(c, false);
	case_pass(s);
	sg_session_close(s);
}

void folder_unproven(struct run_case *c)
{
	case_start(c, CASE_MANIFEST);
	struct sg_session *s = case_open(c, false);
	case_commit(s, case_next_event(sg_session_run(s), "b.md"));
	sg_session_close(s);
}

void folder_left(struct run_case *c)
{
	folder_passed(c);
	char *lock = case_path(c, SG_LOCK_FILE);
	cr_assert_eq(unlink(lock), 0);
	free(lock);
	case_write(c, ".CHANGELOG.md.tmp.1.1", "half");
}

void folder_init_poisoned(struct run_case *c)
{
	case_make(c, CASE_MANIFEST);
	case_write(c, SG_TRACE_FILE, "{\"seq\":1,");
	case_write(c, SG_POISON_FILE, "state unknown\n");
}

void folder_adopted(struct run_case *c)
{
	struct sg_err err = SG_ERR_INIT;

	folder_tampered(c);
	struct sg_session *s = case_open(c, false);
	cr_assert_eq(sg_session_adopt(s, "mine", true, &err), SG_OK, "%s", err.text);
	sg_session_close(s);
}
