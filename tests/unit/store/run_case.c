/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See run_case.h. */
#include "run_case.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "harness/harness.h"
#include "store/changelog.h"
#include "store/verify.h"

int64_t case_now_ms(void)
{
	return CASE_TIME_MS;
}

void case_make(struct run_case *c, const char *manifest_name)
{
	c->folder = sg_t_tmpdir();
	c->manifest = sg_t_format("%s/%s", c->folder, manifest_name);
	c->options = (struct sg_session_options){
		.manifest_path = c->manifest,
		.now_ms = case_now_ms,
	};
}

void case_remove(struct run_case *c)
{
	sg_t_rmtree(c->folder);
	free(c->folder);
	free(c->manifest);
}

char *case_path(const struct run_case *c, const char *name)
{
	return sg_t_format("%s/%s", c->folder, name);
}

char *case_read(const struct run_case *c, const char *name)
{
	char *path = case_path(c, name);
	char *text = sg_t_read(path, NULL);

	free(path);
	return text ? text : sg_t_format("%s", "");
}

void case_write(const struct run_case *c, const char *name, const char *text)
{
	char *path = case_path(c, name);

	sg_t_write_text(path, text);
	free(path);
}

void case_edit(const struct run_case *c, const char *from, const char *to)
{
	char *old = sg_t_read(c->manifest, NULL);

	cr_assert_not_null(old, "there is no manifest to edit");
	char *at = strstr(old, from);
	cr_assert_not_null(at, "the manifest does not hold '%s'", from);
	char *new = sg_t_format("%.*s%s%s", (int)(at - old), old, to, at + strlen(from));
	sg_t_write_text(c->manifest, new);
	free(new);
	free(old);
}

struct sg_event case_init_event(void)
{
	return (struct sg_event){
		.type = SG_EVENT_INIT,
		.step = "",
		.u.init = {.manifest = "",
			.session_id = "0197741f-0000-7000-8000-000000000000",
			.started_at = "2025-06-15",
			.owner = "USER",
			.mode = "REPO"},
	};
}

struct sg_event case_step_event(const char *step_id)
{
	return (struct sg_event){
		.type = SG_EVENT_STEP,
		.step = step_id,
		.u.step = {.step_id = step_id,
			.goal = "Measure \"all\"",
			.file = "docs/a.md",
			.folder = "docs",
			.base = "",
			.route = "routes/a.yaml",
			.profile = "",
			.signal = {.digest = ""}},
	};
}

struct sg_event case_stop_gap_event(const struct sg_run *run)
{
	return (struct sg_event){
		.type = SG_EVENT_STOP_GAP,
		.step = run->manifest.step_id,
		.by = SG_BY_RUNNER,
		.u.stop_gap = {.code = SG_CODE_INPUT_ABSENT,
			.phase = "ROUTE",
			.reason = "ROUTE: route: expected a file, found none",
			.fix = "route FILE"},
	};
}

struct sg_event case_resume_event(const struct sg_run *run)
{
	return (struct sg_event){
		.type = SG_EVENT_RESUME,
		.step = run->manifest.step_id,
		.u.resume = {.from = "ROUTE"},
	};
}

struct sg_event case_begin_event(const struct sg_run *run)
{
	return (struct sg_event){
		.type = SG_EVENT_BEGIN,
		.step = run->manifest.step_id,
		.attempt = 1,
		.tty = true,
		.u.begin = {.phase = "ROUTE", .signal = {.digest = "0f0f", .tty = true}},
	};
}

struct sg_event case_next_event(const struct sg_run *run, const char *file)
{
	return (struct sg_event){
		.type = SG_EVENT_NEXT,
		.step = run->manifest.step_id,
		.u.next = {.file = file, .goal = "the next one", .route = "", .profile = ""},
	};
}

void case_start(struct run_case *c, const char *manifest_name)
{
	struct sg_err err = SG_ERR_INIT;
	const struct sg_event init = case_init_event();

	case_make(c, manifest_name);
	cr_assert_eq(sg_session_create(&c->options, &init, &err), SG_OK, "%s", err.text);
	struct sg_session *s = case_open(c, false);
	case_commit(s, case_step_event("0001"));
	sg_session_close(s);
}

struct sg_session *case_open(const struct run_case *c, bool read_only)
{
	struct sg_session_options options = c->options;
	struct sg_session *s = NULL;
	struct sg_err err = SG_ERR_INIT;

	options.read_only = read_only;
	cr_assert_eq(sg_session_open(&s, &options, &err), SG_OK, "%s", err.text);
	return s;
}

void case_commit(struct sg_session *s, struct sg_event event)
{
	struct sg_err err = SG_ERR_INIT;

	cr_assert_eq(sg_session_commit(s, &event, NULL, NULL, &err), SG_OK, "%s", err.text);
}

static void check_verified(const struct run_case *c, int64_t seq)
{
	struct sg_session *s = case_open(c, true);
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_verify found;
	struct sg_err err = SG_ERR_INIT;

	cr_assert_eq(sg_verify_run(s, &arena, &found, &err), SG_OK, "%s", err.text);
	cr_assert_eq(found.n, 0, "%s: %s", found.n ? found.v[0].what : "",
		found.n ? found.v[0].text : "");
	cr_assert_eq(found.events, seq);
	sg_arena_release(&arena);
	sg_session_close(s);
}

int64_t case_check_sound(const struct run_case *c)
{
	struct sg_session *s = case_open(c, false);
	const int64_t seq = sg_session_run(s)->seq;

	cr_assert_eq(
		sg_session_standing(s), SG_STANDING_CLEAN, "%s", sg_session_standing_text(s));
	cr_assert(!sg_fs_has_temps(sg_session_dir(s), sg_session_manifest_name(s)) &&
			  !sg_fs_has_temps(sg_session_dir(s), SG_CHANGELOG_FILE),
		"what a dead process had begun still lies in the folder");
	sg_session_close(s);
	check_verified(c, seq);

	char *trace = case_read(c, SG_TRACE_FILE);
	char *manifest = sg_t_read(c->manifest, NULL);
	s = case_open(c, false);
	cr_assert_eq(sg_session_notes(s)->n, 0, "a second recovery did something: %s",
		sg_session_notes(s)->n ? sg_session_notes(s)->v[0] : "");
	cr_assert_eq(sg_session_run(s)->seq, seq);
	sg_session_close(s);
	char *trace_after = case_read(c, SG_TRACE_FILE);
	char *manifest_after = sg_t_read(c->manifest, NULL);
	cr_assert_str_eq(trace_after, trace);
	cr_assert_not_null(manifest_after);
	cr_assert_str_eq(manifest_after, manifest);
	free(trace);
	free(manifest);
	free(trace_after);
	free(manifest_after);
	return seq;
}
