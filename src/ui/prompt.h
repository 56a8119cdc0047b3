/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The line prompt, by readline; only prompt.c includes that library. There is one prompt in a
 * process.
 *
 *	sg_prompt_start(&options, &err);
 *	while (sg_prompt_read("> ", &line, &err) == SG_OK && (line.text || line.interrupted)) {
 *		... draw a brief, then sg_prompt_flush() ...
 *		sg_line_release(&line);
 *	}
 *	sg_prompt_stop();
 *
 * History in options.history_path (0600, appended a line at a time under a lock, cut at start;
 * the signal and what looks like it never enter it), completion with a description each
 * (complete.h), ~/.inputrc counts ($if stepgate), but not where it would hide a paste.
 *
 * What counts as typed (prompt_typed.h): every character of the line came as a key of this
 * terminal since the line was last empty, in its order, with no other key between but
 * Backspace, and Enter ended it. Input that came before the last sg_prompt_flush is gone, so no
 * line can have begun before it. On a terminal that is `dumb` pastes are not marked and cannot
 * be told from keys.
 */
#ifndef STEPGATE_UI_PROMPT_H
#define STEPGATE_UI_PROMPT_H

#include "base/err.h"
#include "core/run.h"

struct sg_line {
	char *text; /* owned; NULL at the end of input, and where Ctrl-C cleared the line */
	bool typed; /* see above */
	bool interrupted; /* Ctrl-C; how to leave was said */
};

struct sg_prompt_options {
	const char *history_path; /* NULL: none; borrowed until sg_prompt_stop */
	bool dumb;      /* TERM=dumb or no cursor addressing: plain lines, no escape codes */
	sg_say_fn *say; /* the operator's language; NULL: English */
	const struct sg_run *(*run)(void *ctx); /* for completion of names; may return NULL */
	void *ctx;
};

/* SG_REFUSED where standard input is no terminal. */
enum sg_rc sg_prompt_start(const struct sg_prompt_options *options, struct sg_err *err);

/* Puts the terminal back, and drops what was typed ahead: it is not for the shell. */
void sg_prompt_stop(void);

/*
 * Blocks for one line. text is sanitised and in no colour. SIGINT is ours meanwhile; what was
 * set before is set again. A line that the end of input cut off is dropped: half a command is
 * none.
 */
enum sg_rc sg_prompt_read(const char *text, struct sg_line *ret, struct sg_err *err);
void sg_line_release(struct sg_line *line);

/* Drops what was typed ahead: called when a brief has been drawn completely. */
void sg_prompt_flush(void);

/*
 * While a phase runs: the terminal as it was, so that Ctrl-C reaches us as SIGINT, without echo
 * of control characters. Resume puts back what suspend found; the two need not be paired.
 */
void sg_prompt_suspend(void);
void sg_prompt_resume(void);

#endif
