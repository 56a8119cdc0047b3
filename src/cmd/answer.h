/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the handlers of cmd_*.c share: filling an answer, and the questions that several ask. */
#ifndef STEPGATE_CMD_ANSWER_H
#define STEPGATE_CMD_ANSWER_H

#include "cmd/cmd.h"

/* An event of the operator about the open STEP, still without its data. */
void sg_answer_event(struct sg_cmd *cmd, enum sg_event_type type);

/* The n-th positional argument, "" when it was not given. */
const char *sg_answer_arg(const struct sg_cmd *cmd, size_t n);

/* An option's text, "" when it was not given. */
const char *sg_answer_option(const struct sg_cmd *cmd, const char *name);

/*
 * A text that goes into one line of the manifest: not empty, no line break, no control
 * character.
 */
enum sg_rc sg_answer_one_line(const char *what, const char *text, struct sg_err *err);

/* STEP_ID of the next STEP: four digits counted up, more when they run out. */
const char *sg_answer_next_step_id(struct sg_cmd *cmd);

/*
 * Fills a STEP event: the id, the snapshot, the folder of file. file "" or beneath the
 * manifest's folder.
 */
enum sg_rc sg_answer_step(struct sg_cmd *cmd, const char *goal, const char *file,
	const char *route, const char *profile, struct sg_err *err);

#endif
