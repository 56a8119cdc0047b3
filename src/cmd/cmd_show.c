/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands that only read: each answers with what is to be shown. */
#include <errno.h>
#include <stdlib.h>

#include "cmd/answer.h"
#include "cmd/handlers.h"

static enum sg_rc show(struct sg_cmd *cmd, enum sg_do what)
{
	cmd->what = what;
	cmd->text = sg_answer_arg(cmd, 0);
	return SG_OK;
}

#define SHOWS(name, what)                                                \
	enum sg_rc sg_cmd_##name(struct sg_cmd *cmd, struct sg_err *err) \
	{                                                                \
		(void)err;                                               \
		return show(cmd, what);                                  \
	}

SHOWS(gates, SG_DO_GATES)
SHOWS(brief, SG_DO_BRIEF)
SHOWS(status, SG_DO_STATUS)
SHOWS(ledger, SG_DO_LEDGER)
SHOWS(contract, SG_DO_CONTRACT)
SHOWS(fix, SG_DO_FIX)
SHOWS(log, SG_DO_LOG)
SHOWS(report, SG_DO_REPORT)
SHOWS(history, SG_DO_HISTORY)
SHOWS(verify, SG_DO_VERIFY)
SHOWS(watch, SG_DO_WATCH)
SHOWS(plain, SG_DO_PLAIN)
SHOWS(help, SG_DO_HELP)
SHOWS(doctor, SG_DO_DOCTOR)
SHOWS(quit, SG_DO_QUIT)

static enum sg_rc event_number(const char *text, int64_t *ret, struct sg_err *err)
{
	char *end;
	errno = 0;
	long long value = strtoll(text, &end, 10);
	if (errno || end == text || *end || value < 1)
		return sg_err_set(err, SG_USAGE,
			"cannot show \"%s\": expected the number of an event, from 1", text);
	*ret = value;
	return SG_OK;
}

enum sg_rc sg_cmd_show(struct sg_cmd *cmd, struct sg_err *err)
{
	cmd->what = SG_DO_SHOW;
	return event_number(sg_answer_arg(cmd, 0), &cmd->from, err);
}

enum sg_rc sg_cmd_diff(struct sg_cmd *cmd, struct sg_err *err)
{
	cmd->what = SG_DO_DIFF;
	enum sg_rc rc = event_number(sg_answer_arg(cmd, 0), &cmd->from, err);
	return rc == SG_OK ? event_number(sg_answer_arg(cmd, 1), &cmd->to, err) : rc;
}

enum sg_rc sg_cmd_dump(struct sg_cmd *cmd, struct sg_err *err)
{
	(void)err;
	cmd->file = sg_answer_arg(cmd, 1);
	return show(cmd, SG_DO_DUMP);
}

enum sg_rc sg_cmd_check(struct sg_cmd *cmd, struct sg_err *err)
{
	(void)err;
	cmd->plan = sg_args_option(cmd->args, "--plan");
	cmd->profile = sg_args_option(cmd->args, "--profile");
	return show(cmd, SG_DO_CHECK);
}
