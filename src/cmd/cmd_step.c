/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Commands that open, direct and close a STEP: init, step, route, next, no, stop, adopt,
 * restore.
 */
#include <string.h>

#include "cmd/answer.h"
#include "cmd/handlers.h"

enum sg_rc sg_cmd_init(struct sg_cmd *cmd, struct sg_err *err)
{
	bool blank = sg_args_option(cmd->args, "--blank") != NULL;
	const char *owner = sg_args_option(cmd->args, "--owner");
	if (blank && owner)
		return sg_err_set(err, SG_USAGE,
			"cannot init: --blank writes the template as it is, without --owner");
	if (owner && sg_answer_one_line(SG_SAY("the owner"), owner, err) != SG_OK)
		return err ? err->rc : SG_INPUT;
	cmd->what = blank ? SG_DO_INIT_BLANK : SG_DO_INIT;
	cmd->text = owner ? owner : "USER";
	return SG_OK;
}

enum sg_rc sg_cmd_step(struct sg_cmd *cmd, struct sg_err *err)
{
	switch (cmd->run->state) {
	case SG_STATE_AWAIT:
	case SG_STATE_BUSY:
	case SG_STATE_STOPPED:
		/*
		 * looked at before the snapshot, which costs; the lifecycle table has the last
		 * word
		 */
		return sg_err_set(err, SG_REFUSED,
			"cannot open a STEP: STEP %s is open; finish it, or stop \"reason\" "
			"closes it",
			cmd->run->manifest.step_id);
	case SG_STATE_EMPTY:
	case SG_STATE_IDLE:
	case SG_STATE_FAILED:
	case SG_STATE_PASSED:
	case SG_STATE_COUNT: break;
	}
	return sg_answer_step(cmd, sg_answer_arg(cmd, 0), sg_answer_option(cmd, "--file"),
		sg_answer_option(cmd, "--route"), sg_answer_option(cmd, "--profile"), err);
}

enum sg_rc sg_cmd_route(struct sg_cmd *cmd, struct sg_err *err)
{
	sg_answer_event(cmd, SG_EVENT_USE);
	struct sg_ev_use *ev = &cmd->event.u.use;
	const char *profile = sg_answer_option(cmd, "--profile");
	ev->profile = "";
	enum sg_rc rc = cmd->ops->path(
		cmd->ops->ctx, cmd->arena, sg_answer_arg(cmd, 0), &ev->route, err);
	if (rc == SG_OK && *profile)
		rc = cmd->ops->path(cmd->ops->ctx, cmd->arena, profile, &ev->profile, err);
	return rc;
}

enum sg_rc sg_cmd_next(struct sg_cmd *cmd, struct sg_err *err)
{
	sg_answer_event(cmd, SG_EVENT_NEXT);
	struct sg_ev_next *ev = &cmd->event.u.next;
	ev->goal = sg_answer_arg(cmd, 1);
	enum sg_rc rc = sg_answer_one_line(SG_SAY("the goal"), ev->goal, err);
	const char *const typed[] = {sg_answer_arg(cmd, 0), sg_answer_option(cmd, "--route"),
		sg_answer_option(cmd, "--profile")};
	const char **const to[] = {&ev->file, &ev->route, &ev->profile};
	for (size_t i = 0; i < SG_ARRAY_SIZE(typed); i++) {
		*to[i] = "";
		if (rc == SG_OK && *typed[i])
			rc = cmd->ops->path(cmd->ops->ctx, cmd->arena, typed[i], to[i], err);
	}
	if (rc == SG_OK && ev->file[0] == '/')
		return sg_err_set(err, SG_INPUT,
			"cannot set the next file: %s is not beneath the manifest's folder",
			typed[0]);
	return rc;
}

enum sg_rc sg_cmd_no(struct sg_cmd *cmd, struct sg_err *err)
{
	sg_answer_event(cmd, SG_EVENT_NO);
	cmd->event.u.word.reason = sg_answer_arg(cmd, 0);
	cmd->event.u.word.patch.patchset_id = cmd->event.u.word.patch.tree = "";
	return sg_answer_one_line(SG_SAY("the reason"), cmd->event.u.word.reason, err);
}

enum sg_rc sg_cmd_stop(struct sg_cmd *cmd, struct sg_err *err)
{
	sg_answer_event(cmd, SG_EVENT_STOP);
	struct sg_ev_word *ev = &cmd->event.u.word;
	ev->reason = sg_answer_arg(cmd, 0);
	ev->patch.patchset_id = ev->patch.tree = "";
	enum sg_rc rc = sg_answer_one_line(SG_SAY("the reason"), ev->reason, err);
	bool open = cmd->run->state == SG_STATE_AWAIT || cmd->run->state == SG_STATE_STOPPED;
	if (rc == SG_OK && open && *cmd->run->base)
		rc = cmd->ops->patch(cmd->ops->ctx, cmd->arena, &ev->patch, err);
	return rc;
}

static enum sg_rc at_terminal(const struct sg_cmd *cmd, const char *what, struct sg_err *err)
{
	return cmd->tty ? SG_OK
			: sg_err_set(err, SG_REFUSED,
				  "cannot %s: that is done at a terminal only", what);
}

enum sg_rc sg_cmd_adopt(struct sg_cmd *cmd, struct sg_err *err)
{
	if (at_terminal(cmd, "adopt", err) != SG_OK)
		return SG_REFUSED;
	cmd->what = SG_DO_ADOPT;
	cmd->text = sg_answer_arg(cmd, 0);
	return sg_answer_one_line(SG_SAY("the reason"), cmd->text, err);
}

enum sg_rc sg_cmd_restore(struct sg_cmd *cmd, struct sg_err *err)
{
	if (at_terminal(cmd, "restore", err) != SG_OK)
		return SG_REFUSED;
	cmd->what = SG_DO_RESTORE;
	return SG_OK;
}
