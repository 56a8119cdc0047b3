/* SPDX-License-Identifier: GPL-3.0-or-later */
/* record start|stop: work by hand, hashed before and after. */
#include <string.h>

#include "cmd/answer.h"
#include "cmd/handlers.h"
#include "core/lifecycle.h"

static bool safe_output_name(const char *name)
{
	if (!*name || *name == '.')
		return false;
	for (const char *p = name; *p; p++)
		if (*p == '/' || (unsigned char)*p < 0x20 || *p == 0x7f)
			return false;
	return true;
}

/* One NAME made twice fails, by hand as by a command. */
static enum sg_rc named_once(const char *const *words, size_t at, struct sg_err *err)
{
	size_t n = strcspn(words[at], "=");
	for (size_t i = 0; i < at; i++)
		if (strcspn(words[i], "=") == n && strncmp(words[i], words[at], n) == 0)
			return sg_err_set(err, SG_USAGE,
				"cannot record %.*s twice: \"%s\" and \"%s\"", (int)n,
				words[at], words[i], words[at]);
	return SG_OK;
}

static enum sg_rc take_file(struct sg_cmd *cmd, const char *word, bool stop,
	struct sg_file *ret, const char **ret_path, struct sg_err *err)
{
	const char *equal = strchr(word, '=');
	const char *output =
		equal ? sg_arena_strn(cmd->arena, word, (size_t)(equal - word)) : NULL;
	if (!output || !safe_output_name(output) || !equal[1])
		return sg_err_set(
			err, SG_USAGE, "cannot record \"%s\": expected NAME=PATH", word);
	*ret_path = equal + 1;
	return cmd->ops->record_file(cmd->ops->ctx, cmd->arena, sg_answer_arg(cmd, 1), output,
		equal + 1, stop, ret, err);
}

static int64_t started_at(const struct sg_run *run, const char *name)
{
	for (size_t i = 0; i < run->records.n; i++)
		if (sg_key_equal(run->records.v[i].name, name))
			return run->records.v[i].start_ms;
	return 0;
}

/*
 * Asked before any file is copied: a record that the table refuses must leave nothing behind.
 */
static enum sg_rc may_record(const struct sg_cmd *cmd, struct sg_err *err)
{
	return sg_lifecycle_check(cmd->run, &cmd->event, err);
}

enum sg_rc sg_cmd_record(struct sg_cmd *cmd, struct sg_err *err)
{
	bool stop = strcmp(sg_answer_arg(cmd, 0), "stop") == 0;
	size_t n = cmd->args->n_positional > 2 ? cmd->args->n_positional - 2 : 0;
	if (stop && !n)
		return sg_err_set(err, SG_USAGE,
			"cannot stop recording: expected at least one NAME=PATH");
	sg_answer_event(cmd, stop ? SG_EVENT_RECORD_STOP : SG_EVENT_RECORD_START);
	struct sg_ev_record *ev = &cmd->event.u.record;
	ev->name = sg_answer_arg(cmd, 1);
	ev->note = sg_answer_option(cmd, "--note");
	ev->start_ms = started_at(cmd->run, ev->name);
	cmd->event.attempt = sg_run_attempts(cmd->run, cmd->run->phase) + 1;
	enum sg_rc rc = may_record(cmd, err);
	if (rc == SG_OK && *ev->note)
		rc = sg_answer_one_line(SG_SAY("the note"), ev->note, err);
	struct sg_file *files = sg_arena_array(cmd->arena, n, sizeof(*files));
	const char **paths = sg_arena_array(cmd->arena, n, sizeof(*paths));
	if (n && (!files || !paths))
		return SG_NOMEM;
	/* looked at before any file is copied, as the table was */
	for (size_t i = 0; i < n && rc == SG_OK; i++)
		rc = named_once(&cmd->args->positional[2], i, err);
	for (size_t i = 0; i < n && rc == SG_OK; i++)
		rc = take_file(
			cmd, cmd->args->positional[i + 2], stop, &files[i], &paths[i], err);
	ev->outputs.v = files;
	ev->outputs.n = n;
	if (stop) {
		ev->paths.v = paths;
		ev->paths.n = n;
	}
	return rc;
}
