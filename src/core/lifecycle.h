/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which event is allowed in which state: one table, every cell written.
 *
 * sg_lifecycle_check() is asked before every commit and again at every replayed event, so that
 * a trace that breaks it is a broken trace. The cell says ALLOW, REFUSE or ASK: a function that
 * looks further (is this the awaited phase? is there a goal?). A refusal changes nothing and
 * gives the sentence and the command that would help.
 */
#ifndef STEPGATE_CORE_LIFECYCLE_H
#define STEPGATE_CORE_LIFECYCLE_H

#include "base/err.h"
#include "core/run.h"

/* SG_OK, or SG_REFUSED with the reason. Pure. */
enum sg_rc sg_lifecycle_check(
	const struct sg_run *run, const struct sg_event *event, struct sg_err *err);

/* True if the table has a written cell there (for the test that no cell is empty). */
bool sg_lifecycle_cell_written(enum sg_state state, enum sg_event_type type);

#endif
