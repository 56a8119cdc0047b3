/* SPDX-License-Identifier: GPL-3.0-or-later */
/* resume: each requirement is looked at; what only a new run can meet is met by running. */
#include <string.h>

#include "cmd/answer.h"
#include "cmd/handlers.h"

/*
 * "ROUTE" and "route" name the same phase at the prompt; the phase's own spelling is returned.
 */
static const char *phase_named(const struct sg_run *run, const char *typed)
{
	for (size_t i = 0; i < run->phases.n; i++)
		if (strcasecmp(run->phases.v[i], typed) == 0)
			return run->phases.v[i];
	return typed;
}

static void open_requirements(struct sg_cmd *cmd, const struct sg_err *err)
{
	const struct sg_requires *list = &cmd->run->requires_list;
	struct sg_strs_builder open;
	sg_strs_builder_init(&open, cmd->arena);
	for (size_t i = 0; i < list->n; i++) {
		const char *why = "";
		if (list->v[i].kind == SG_REQUIRE_RUN ||
			cmd->ops->require_holds(cmd->ops->ctx, cmd->arena, &list->v[i], &why))
			continue;
		const char *line = sg_arena_printf(
			cmd->arena, "%s: %s", list->v[i].text, sg_err_say(err, why));
		sg_strs_builder_add(&open, line ? line : "");
	}
	cmd->open = sg_strs_builder_list(&open);
}

enum sg_rc sg_cmd_resume(struct sg_cmd *cmd, struct sg_err *err)
{
	const struct sg_run *run = cmd->run;
	const char *given = sg_args_option(cmd->args, "--from");
	bool all = sg_args_option(cmd->args, "--all") != NULL;
	if (run->state != SG_STATE_STOPPED) {
		sg_answer_event(cmd, SG_EVENT_RESUME);
		cmd->event.u.resume.from = "";
		return SG_OK; /* the lifecycle table says why not */
	}
	const char *from = given ? phase_named(run, given) : run->stop_phase;
	struct sg_ev_stop_gap drift;
	bool known = sg_phase_index(&run->phases, from) < run->phases.n;
	bool drifted = known && cmd->ops->drift(cmd->ops->ctx, cmd->arena, &drift);
	/* what it pins has changed: it must be read anew first, whatever was named */
	if (drifted &&
		sg_phase_index(&run->phases, drift.phase) < sg_phase_index(&run->phases, from))
		from = drift.phase;
	open_requirements(cmd, err);
	if (cmd->open.n) {
		cmd->what = SG_DO_REQUIRE;
		return SG_OK;
	}
	sg_answer_event(cmd, SG_EVENT_RESUME);
	cmd->event.u.resume.from = from;
	cmd->event.attempt = sg_run_attempts(run, from) + 1;
	if (strcmp(from, "ORC") == 0 && !all)
		return cmd->ops->kept_engines(
			cmd->ops->ctx, cmd->arena, &cmd->event.u.resume.kept, err);
	return SG_OK;
}
