/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "runner_room.h"

#include <stdio.h>
#include <sys/stat.h>

#include "base/fs.h"

static void on_output(void *ctx, struct sg_job *job, const char *bytes, size_t n)
{
	struct sg_room *room = ctx;
	(void)job;
	sg_strbuf_add(&room->said, bytes, n);
}

static int on_tick(void *ctx)
{
	struct sg_room *room = ctx;
	if (sg_fs_lock_held(sg_session_dir(room->session), SG_RUNNER_FILE))
		room->lock_seen = true;
	return room->level;
}

static int64_t fixed_now(void)
{
	return INT64_C(1767225600000);
}

void sg_room_enter(struct sg_room *room)
{
	struct sg_err err = SG_ERR_INIT;
	memset(room, 0, sizeof(*room));
	sg_strbuf_init(&room->said);
	room->folder = sg_t_tmpdir();
	room->scratch = sg_t_tmpdir();
	char *manifest = sg_t_format("%s/RUNTIME_MANIFEST.yaml", room->folder);
	const struct sg_session_options options = {
		.manifest_path = manifest, .now_ms = fixed_now};
	struct sg_event init = {.type = SG_EVENT_INIT, .step = "", .by = SG_BY_OPERATOR};
	init.u.init.manifest = "RUNTIME_MANIFEST.yaml";
	init.u.init.session_id = "0190b5a0-0000-7000-8000-000000000000";
	init.u.init.started_at = "2026-01-01";
	init.u.init.owner = "USER";
	init.u.init.mode = "REPO";
	cr_assert_eq(sg_session_create(&options, &init, &err), SG_OK, "%s", err.text);
	cr_assert_eq(sg_session_open(&room->session, &options, &err), SG_OK, "%s", err.text);
	free(manifest);
	room->runner.session = room->session;
	room->runner.cache = sg_evidence_cache_new();
	room->runner.listener.output = on_output;
	room->runner.listener.tick = on_tick;
	room->runner.listener.watch_fd = -1;
	room->runner.listener.ctx = room;
	room->runner.tmp_root = room->scratch;
}

void sg_room_leave(struct sg_room *room)
{
	sg_session_close(room->session);
	sg_evidence_cache_free(room->runner.cache);
	sg_strbuf_release(&room->said);
	sg_t_rmtree(room->folder);
	sg_t_rmtree(room->scratch);
	free(room->folder);
	free(room->scratch);
}

void sg_room_file(const struct sg_room *room, const char *path, const char *text)
{
	char *full = sg_t_format("%s/%s", room->folder, path);
	sg_t_write_text(full, text);
	free(full);
}

void sg_room_script(const struct sg_room *room, const char *path, const char *text)
{
	char *full = sg_t_format("%s/%s", room->folder, path);
	char *whole = sg_t_format("#!/bin/sh\n%s\n", text);
	sg_t_write_text(full, whole);
	cr_assert_eq(chmod(full, 0755), 0);
	free(whole);
	free(full);
}

char *sg_room_read(const struct sg_room *room, const char *path)
{
	char *full = sg_t_format("%s/%s", room->folder, path);
	char *text = sg_t_read(full, NULL);
	free(full);
	return text;
}

void sg_room_route(const struct sg_room *room, const char *engines, const char *contract,
	const char *val_keys)
{
	char *text = sg_t_format(
		"ROUTE_TOKEN:\n"
		"  META: {ROUTER_VERSION: '1', TIMESTAMP: 't', TRACE_ID: 'x'}\n"
		"  TASK: {TASK_TEXT_HASH: '', USER_INTENT: 'try'}\n"
		"  ROUTE: {DOMAIN: DOCS, ARTIFACT_TYPE: DOC, MODE: REPO, PROFILE_KEY: P, "
		"PIPE_SELECTED: Q}\n"
		"  REQUIRED_SET:\n"
		"    REQUIRED_IDX: []\n"
		"    REQUIRED_ROLES: [SPC, ORC, CTL, VAL, QA]\n"
		"    REQUIRED_ENG_KEYS: %s\n"
		"    REQUIRED_KB_KEYS: []\n"
		"    REQUIRED_VAL_KEYS: ['KEY:VAL.ENGINE_COVERAGE_GATE', "
		"'KEY:VAL.OUTPUT_CONTRACT_GATE'%s]\n"
		"    OUTPUT_CONTRACT: %s\n"
		"    NO_GO_LIST: []\n"
		"  GATES: {STOP_CONDITIONS: [], QUALITY_MINIMUM: 'x'}\n",
		engines, val_keys, contract);
	sg_room_file(room, "route.yaml", text);
	free(text);
}

void sg_room_profile(const struct sg_room *room, const char *head, const char *run)
{
	char *text = sg_t_format(
		"PROFILE:\n  PROFILE_KEY: P\n  SANDBOX: none\n%s  RUN:\n%s", head, run);
	sg_room_file(room, "profiles/P.yaml", text);
	free(text);
}

void sg_room_commit(struct sg_room *room, struct sg_event *event)
{
	struct sg_err err = SG_ERR_INIT;
	enum sg_rc rc = sg_session_commit(room->session, event, NULL, NULL, &err);
	cr_assert_eq(rc, SG_OK, "%s", err.text);
}

void sg_room_step(struct sg_room *room, const char *file, const char *base)
{
	const struct sg_run *run = sg_session_run(room->session);
	char id[16];
	snprintf(id, sizeof(id), "%04d", atoi(run->manifest.step_id) + 1);
	struct sg_event event = {.type = SG_EVENT_STEP, .step = id, .by = SG_BY_OPERATOR};
	event.u.step.step_id = id;
	event.u.step.goal = "try it";
	event.u.step.file = file;
	event.u.step.folder = "";
	event.u.step.base = base;
	event.u.step.route = "route.yaml";
	event.u.step.profile = "";
	event.u.step.signal.digest = "";
	sg_room_commit(room, &event);
}

enum sg_rc sg_room_go_raw(struct sg_room *room)
{
	struct sg_err err = SG_ERR_INIT;
	const struct sg_run *run = sg_session_run(room->session);
	struct sg_event event = {.type = SG_EVENT_BEGIN,
		.step = run->manifest.step_id,
		.attempt = sg_run_attempts(run, run->phase) + 1,
		.by = SG_BY_OPERATOR};
	event.u.begin.phase = run->phase;
	event.u.begin.signal.digest =
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	cr_assert_eq(sg_session_runner_lock(room->session, &err), SG_OK, "%s", err.text);
	sg_room_commit(room, &event);
	enum sg_rc rc = sg_runner_phase(&room->runner, &err);
	cr_assert(rc == SG_OK || rc == SG_INTERRUPTED, "%s", err.text);
	return rc;
}

const struct sg_run *sg_room_go(struct sg_room *room)
{
	cr_assert_eq(sg_room_go_raw(room), SG_OK);
	return sg_session_run(room->session);
}

const struct sg_run *sg_room_go_to(struct sg_room *room, const char *phase)
{
	const struct sg_run *run = sg_session_run(room->session);
	while (strcmp(run->phase, phase) != 0) {
		run = sg_room_go(room);
		cr_assert_eq(run->state, SG_STATE_AWAIT, "stopped: %s", sg_room_reason(room));
	}
	return run;
}

void sg_room_resume(struct sg_room *room, const char *from, const struct sg_strs *kept)
{
	const struct sg_run *run = sg_session_run(room->session);
	struct sg_event event = {
		.type = SG_EVENT_RESUME, .step = run->manifest.step_id, .by = SG_BY_OPERATOR};
	event.u.resume.from = from;
	if (kept)
		event.u.resume.kept = *kept;
	sg_room_commit(room, &event);
}

const char *sg_room_reason(const struct sg_room *room)
{
	const struct sg_strs *reasons = &sg_session_run(room->session)->manifest.fail_reasons;
	return reasons->n ? reasons->v[0] : "";
}

enum sg_row_status sg_room_engine(const struct sg_room *room, const char *key)
{
	const struct sg_engine_row *row =
		sg_manifest_engine(&sg_session_run(room->session)->manifest, key);
	return row ? row->status : SG_ROW_STATUS_COUNT;
}

void sg_room_plain(struct sg_room *room)
{
	sg_room_enter(room);
	sg_room_file(room, "plan.yaml", SG_ROOM_PLAN_A);
	sg_room_route(room, "['KEY:ENG.A']", SG_ROOM_CONTRACT, "");
	sg_room_profile(room, "", SG_ROOM_ROLES SG_ROOM_ENGINE_A);
}

void sg_room_stopped(const struct sg_room *room, const char *code, const char *said)
{
	const struct sg_run *run = sg_session_run(room->session);
	cr_assert_eq(run->state, SG_STATE_STOPPED);
	cr_assert_str_eq(run->manifest.fail_code, code, "found: %s", sg_room_reason(room));
	cr_assert_not_null(strstr(sg_room_reason(room), said), "expected %s, found %s", said,
		sg_room_reason(room));
}
