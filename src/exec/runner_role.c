/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A role: its command or its record, and for SPC the plan that came out. */
#include <string.h>

#include "base/fs.h"
#include "core/copy.h"
#include "exec/runner_internal.h"
#include "format/inputs.h"
#include "format/yaml_tree.h"

#define PLAN_OUTPUT "ENGINE_PLAN_TOKEN"

/* The plan is read from the evidence copy: what is pinned is what was read. */
static enum sg_rc take_plan(struct sg_rn *rn, struct sg_ev_role *ev, struct sg_err *err)
{
	const struct sg_file *file = sg_rn_file(&ev->outputs, PLAN_OUTPUT);
	struct sg_plan *plan = sg_arena_alloc(rn->arena, sizeof(*plan));
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf bytes = SG_STRBUF_INIT;
	struct sg_err why = SG_ERR_INIT;
	char text[SG_ERR_TEXT_SIZE + SG_ERR_FILE_SIZE];
	if (!file)
		return SG_OK;
	if (!plan)
		return sg_rn_nomem(err);
	ev->plan_pin.path = file->path;
	ev->plan_pin.sha256 = file->sha256;
	enum sg_rc rc = sg_fs_read_beneath(rn->dir, file->path, SG_YAML_MAX_FILE, &bytes, &why);
	if (rc == SG_OK)
		rc = sg_plan_read(
			rn->arena, file->path, bytes.bytes, bytes.n_bytes, plan, &why);
	if (rc == SG_NOMEM)
		return sg_rn_nomem(err);
	if (rc == SG_OK)
		ev->plan = plan;
	else
		ev->plan_error = sg_copy_str(rn->arena, sg_err_text(&why, text, sizeof(text)));
	return sg_arena_failed(rn->arena) ? sg_rn_nomem(err) : SG_OK;
}

static bool ended_well(const struct sg_exec *exec)
{
	return !*exec->error && exec->cause == SG_CAUSE_EXITED && exec->exit_status == 0;
}

static enum sg_rc commit_role(struct sg_rn *rn, struct sg_event *event, struct sg_err *err)
{
	struct sg_ev_role *ev = &event->u.role;
	enum sg_rc rc = SG_OK;
	if (strcmp(rn->phase, "SPC") == 0 && !*ev->exec.error)
		rc = take_plan(rn, ev, err);
	if (rc == SG_OK && ended_well(&ev->exec))
		rc = sg_rn_unchanged(rn, &ev->outputs, &ev->unchanged, err);
	return rc < 0 ? rc : sg_rn_commit(rn, event, err);
}

static struct sg_event role_event(const struct sg_rn *rn)
{
	struct sg_event event = sg_rn_event(rn, SG_EVENT_ROLE);
	event.u.role.role = rn->phase;
	event.u.role.provenance = SG_PROVENANCE_OBSERVED;
	event.u.role.exec = sg_rn_no_exec();
	event.u.role.note = "";
	event.u.role.plan_pin.path = event.u.role.plan_pin.sha256 = "";
	event.u.role.plan_error = "";
	return event;
}

/* Work by hand: what was recorded, or that nothing was. */
static enum sg_rc by_hand(struct sg_rn *rn, const struct sg_record *record,
	const struct sg_promises *promises, struct sg_err *err)
{
	struct sg_event event = role_event(rn);
	struct sg_ev_role *ev = &event.u.role;
	ev->provenance = SG_PROVENANCE_MANUAL;
	if (record) {
		ev->exec.start_ms = record->start_ms;
		ev->exec.end_ms = record->stop_ms;
		ev->outputs = sg_copy_files(rn->arena, &record->outputs);
		ev->note = sg_copy_str(rn->arena, record->note);
		ev->exec.error = sg_rn_broken_promise(rn->arena, promises, &ev->outputs);
		if (!*ev->exec.error)
			ev->exec.error = sg_rn_made_twice(rn, rn->phase, &ev->outputs);
	} else {
		ev->exec.error = "it is done by hand and nothing is recorded";
	}
	if (sg_arena_failed(rn->arena))
		return sg_rn_nomem(err);
	return commit_role(rn, &event, err);
}

static enum sg_rc by_command(struct sg_rn *rn, const struct sg_binding *binding,
	const struct sg_promises *promises, struct sg_err *err)
{
	struct sg_command command = {.name = rn->phase,
		.eng_key = "",
		.folder = rn->folder,
		.binding = binding,
		.inputs = sg_rn_run(rn),
		.promises = *promises};
	const struct sg_commands commands = {.v = &command, .n = 1, .at_once = 1};
	enum sg_rc rc = sg_rn_run_commands(rn, &commands, err);
	if (rc < 0)
		return rc;
	if (!*command.exec.error)
		command.exec.error = sg_rn_made_twice(rn, rn->phase, &command.outputs);
	if (*command.exec.error)
		rc = sg_evidence_incomplete(
			rn->dir, rn->folder, rn->arena, &command.outputs, err);
	if (rc < 0)
		return rc;
	struct sg_event event = role_event(rn);
	event.u.role.exec = command.exec;
	event.u.role.outputs = command.outputs;
	return commit_role(rn, &event, err);
}

enum sg_rc sg_rn_role(struct sg_rn *rn, struct sg_err *err)
{
	struct sg_promises promises;
	const struct sg_record *record = sg_rn_record(rn, rn->phase);
	const struct sg_binding *binding =
		rn->profile ? sg_profile_binding(rn->profile, rn->phase) : NULL;
	enum sg_rc rc = sg_rn_promises_of_role(rn, rn->phase, binding, &promises, err);
	if (rc < 0)
		return rc;
	if (record || (binding && binding->manual))
		return by_hand(rn, record, &promises, err);
	if (binding)
		return by_command(rn, binding, &promises, err);
	struct sg_event event = role_event(rn);
	event.u.role.exec.cause = SG_CAUSE_NOT_STARTED;
	event.u.role.exec.error = "it is not bound in the profile";
	return commit_role(rn, &event, err);
}
