/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the handlers. */
#include "cmd/answer.h"

#include <string.h>

/* A line of the manifest must be readable again: far below a scalar's cap. */
#define ONE_LINE_MAX 4096

void sg_answer_event(struct sg_cmd *cmd, enum sg_event_type type)
{
	memset(&cmd->event, 0, sizeof(cmd->event));
	cmd->event.type = type;
	cmd->event.step = cmd->run ? cmd->run->manifest.step_id : "";
	cmd->event.by = SG_BY_OPERATOR;
	cmd->event.tty = cmd->tty;
	cmd->event.prev = "";
	cmd->event.manifest = "";
	cmd->what = SG_DO_COMMIT;
}

const char *sg_answer_arg(const struct sg_cmd *cmd, size_t n)
{
	return n < cmd->args->n_positional ? cmd->args->positional[n] : "";
}

const char *sg_answer_option(const struct sg_cmd *cmd, const char *name)
{
	const char *value = sg_args_option(cmd->args, name);
	return value ? value : "";
}

enum sg_rc sg_answer_one_line(const char *what, const char *text, struct sg_err *err)
{
	if (!*text || strspn(text, " \t") == strlen(text))
		return sg_err_set(err, SG_INPUT, "cannot take %s: INPUT_ABSENT: it is empty",
			sg_err_say(err, what));
	if (strlen(text) > ONE_LINE_MAX)
		return sg_err_set(err, SG_LIMIT, "cannot take %s: it is longer than %d bytes",
			sg_err_say(err, what), ONE_LINE_MAX);
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return sg_err_set(err, SG_INPUT,
				"cannot take %s: it holds a control character (byte 0x%02X)",
				sg_err_say(err, what), (unsigned)(unsigned char)*p);
	return SG_OK;
}

const char *sg_answer_next_step_id(struct sg_cmd *cmd)
{
	char id[SG_STEP_ID_SIZE];
	sg_step_id_after(cmd->run->manifest.step_id, id);
	const char *text = sg_arena_str(cmd->arena, id);
	return text ? text : "";
}

static const char *folder_of(struct sg_arena *arena, const char *file)
{
	const char *slash = strrchr(file, '/');
	if (!slash)
		return "";
	const char *folder = sg_arena_strn(arena, file, (size_t)(slash - file));
	return folder ? folder : "";
}

static enum sg_rc resolve(
	struct sg_cmd *cmd, const char *typed, const char **ret, struct sg_err *err)
{
	*ret = "";
	return *typed ? cmd->ops->path(cmd->ops->ctx, cmd->arena, typed, ret, err) : SG_OK;
}

enum sg_rc sg_answer_step(struct sg_cmd *cmd, const char *goal, const char *file,
	const char *route, const char *profile, struct sg_err *err)
{
	sg_answer_event(cmd, SG_EVENT_STEP);
	struct sg_ev_step *ev = &cmd->event.u.step;
	enum sg_rc rc = sg_answer_one_line(SG_SAY("the goal"), goal, err);
	if (rc == SG_OK)
		rc = resolve(cmd, file, &ev->file, err);
	if (rc == SG_OK)
		rc = resolve(cmd, route, &ev->route, err);
	if (rc == SG_OK)
		rc = resolve(cmd, profile, &ev->profile, err);
	if (rc != SG_OK)
		return sg_err_wrap(err, "cannot open a STEP");
	if (ev->file[0] == '/')
		return sg_err_set(err, SG_INPUT,
			"cannot open a STEP on %s: it is not beneath the manifest's folder",
			file);
	ev->goal = goal;
	ev->folder = folder_of(cmd->arena, ev->file);
	ev->step_id = sg_answer_next_step_id(cmd);
	ev->signal.digest = "";
	cmd->event.step = ev->step_id;
	return cmd->ops->snapshot(
		cmd->ops->ctx, cmd->arena, ev->step_id, ev->folder, &ev->base, err);
}
