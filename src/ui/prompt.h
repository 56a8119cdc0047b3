/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The line prompt, by readline: the only file that includes it is prompt.c.
 *
 * History in $XDG_STATE_HOME/stepgate/history (0600, appended a line at a time under a lock, cut at start; the signal never
 * enters it), completion with a description each (complete.h), ~/.inputrc counts ($if stepgate). Input is flushed when
 * a brief has been drawn (sg_prompt_flush), and a line that was begun before, pasted, recalled or produced by a macro never
 * counts as typed: struct sg_line says so.
 */
#ifndef STEPGATE_UI_PROMPT_H
#define STEPGATE_UI_PROMPT_H

#include "base/err.h"
#include "core/run.h"

struct sg_line {
	char *text;   /* malloc'd; NULL at end of input */
	bool typed;   /* every character came as a key of this terminal, after the last flush, no paste, no macro, no history */
	bool interrupted; /* Ctrl-C cleared the line; text is NULL or "" */
};

struct sg_prompt_options {
	const char *history_path; /* NULL: none */
	bool dumb;                /* TERM=dumb or no cursor addressing: no editing, plain lines */
	const struct sg_run *(*run)(void *ctx); /* for completion of names; may return NULL */
	void *ctx;
};

enum sg_rc sg_prompt_start(const struct sg_prompt_options *options, struct sg_err *err);
void sg_prompt_stop(void); /* puts the terminal back */
/* Blocks for one line. prompt is sanitised text. */
enum sg_rc sg_prompt_read(const char *prompt, struct sg_line *ret, struct sg_err *err);
void sg_line_release(struct sg_line *line);
/* Drops what was typed ahead: called when a brief has been drawn completely. */
void sg_prompt_flush(void);
/* While a phase runs: terminal back to cooked without echo of control characters, so Ctrl-C reaches us as SIGINT. */
void sg_prompt_suspend(void);
void sg_prompt_resume(void);

#endif
