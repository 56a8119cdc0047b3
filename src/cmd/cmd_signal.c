/* SPDX-License-Identifier: GPL-3.0-or-later */
/* «го»: what the one word does in each state. */
#include <string.h>

#include "cmd/answer.h"

static enum sg_rc begin_phase(
	struct sg_cmd *cmd, const struct sg_brief *shown, struct sg_err *err)
{
	const struct sg_run *run = cmd->run;
	struct sg_ev_stop_gap drift;
	if (cmd->ops->drift(cmd->ops->ctx, cmd->arena, &drift)) {
		sg_answer_event(cmd, SG_EVENT_STOP_GAP);
		cmd->event.u.stop_gap = drift;
		return SG_OK;
	}
	if (shown->awaits_record)
		return sg_err_set(err, SG_REFUSED,
			"cannot begin %s: %s is done by hand and nothing is recorded; record "
			"start, then record stop",
			run->phase, shown->by_hand ? shown->by_hand : run->phase);
	sg_answer_event(cmd, SG_EVENT_BEGIN);
	cmd->event.attempt = sg_run_attempts(run, run->phase) + 1;
	cmd->event.u.begin.phase = run->phase;
	cmd->event.u.begin.signal.digest = shown->digest;
	cmd->event.u.begin.signal.tty = cmd->tty;
	cmd->what = SG_DO_SIGNAL;
	cmd->digest = shown->digest;
	return SG_OK;
}

static enum sg_rc open_next(
	struct sg_cmd *cmd, const struct sg_brief *shown, struct sg_err *err)
{
	const struct sg_run *run = cmd->run;
	if (!shown->out)
		return sg_err_set(err, SG_REFUSED,
			"cannot open the next STEP: INPUT_ABSENT: there is no next file and "
			"goal; next FILE \"goal\"");
	enum sg_rc rc = sg_answer_step(
		cmd, run->next_goal, run->next_file, run->next_route, run->next_profile, err);
	if (rc != SG_OK)
		return rc;
	cmd->event.u.step.signal.digest = shown->digest;
	cmd->event.u.step.signal.tty = cmd->tty;
	cmd->what = SG_DO_SIGNAL;
	cmd->digest = shown->digest;
	return SG_OK;
}

enum sg_rc sg_cmd_signal(struct sg_cmd *cmd, const struct sg_brief *shown, struct sg_err *err)
{
	/* law 2, said here too: whoever calls this, a pipe or a script gives no signal */
	if (!cmd->tty)
		return sg_err_set(err, SG_REFUSED,
			"cannot take the signal: it is given at a terminal only");
	switch (cmd->run->state) {
	case SG_STATE_AWAIT: return begin_phase(cmd, shown, err);
	case SG_STATE_PASSED: return open_next(cmd, shown, err);
	case SG_STATE_STOPPED:
		return sg_err_set(err, SG_REFUSED,
			"cannot go on: the STEP is in STOP_GAP (%s); fix shows the way, resume "
			"goes on",
			cmd->run->manifest.fail_code);
	case SG_STATE_BUSY:
		return sg_err_set(
			err, SG_REFUSED, "cannot go on: %s is running", cmd->run->phase);
	case SG_STATE_EMPTY:
	case SG_STATE_IDLE:
	case SG_STATE_FAILED:
	case SG_STATE_COUNT: break;
	}
	return sg_err_set(err, SG_REFUSED,
		"cannot go on: no signal is awaited; step \"goal\" opens a STEP");
}
