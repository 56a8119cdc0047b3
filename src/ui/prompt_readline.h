/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the line prompt (prompt.c) and the full screen's (prompt_screen.c) share of readline:
 * completion from the command table and the run, and the history. Only prompt*.c include that
 * library; one of the two prompts is in use at a time.
 */
#ifndef STEPGATE_UI_PROMPT_READLINE_H
#define STEPGATE_UI_PROMPT_READLINE_H

#include "ui/complete.h"

/* run may be NULL, and may return NULL: then no names of the run are offered. */
void sg_readline_begin(const struct sg_run *(*run)(void *ctx), void *ctx);
/* Forgets the history in memory, and the candidates. */
void sg_readline_end(void);

/* For rl_attempted_completion_function. */
char **sg_readline_complete(const char *text, int start, int end);
/* Those of the last completion, for the list that is shown; clean, until the next one. */
const struct sg_candidates *sg_readline_candidates(void);

/* path NULL: none is kept on disk. */
void sg_readline_load_history(const char *path);
/*
 * A line of the history that was changed and left keeps the change until the line that is being
 * written ends: its text is put aside here before it is left, and then all have theirs again.
 * (Readline would keep the change for good.)
 */
void sg_readline_leave_line(void);
void sg_readline_restore_lines(void);
/* Leaves out the signal, what looks like it, and a repetition of the last line. */
void sg_readline_remember(const char *path, const char *line);

#endif
