/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whether a line was typed: the keys are written down as they come from the terminal, and at
 * its end the line must be exactly what they say. What a macro, the history, a paste, a
 * completion or a yank put into the line is in the line but not among the keys.
 *
 * A key that is no character (Tab, an arrow, Escape, Ctrl-anything but Backspace) taints what
 * is there until the line is empty again: an edited line may hold what was typed, but not in
 * that order.
 *
 *	sg_typed_begin(&t);
 *	sg_typed_key(&t, byte, line_is_empty);   for every byte read
 *	... sg_typed_whole(&t, line)             after Enter
 */
#ifndef STEPGATE_UI_PROMPT_TYPED_H
#define STEPGATE_UI_PROMPT_TYPED_H

#include "stepgate/types.h"

/* Longer lines are never the signal; they count as not typed. */
#define SG_TYPED_MAX 1024

struct sg_typed {
	char keys[SG_TYPED_MAX];
	size_t n;
	bool tainted; /* since the line was last empty */
	bool entered; /* the last key was Enter */
};

void sg_typed_begin(struct sg_typed *typed);

/* line_is_empty: the editor waits for a new command key and holds no text: a new beginning. */
void sg_typed_key(struct sg_typed *typed, unsigned char byte, bool line_is_empty);

/* True if the line is what was typed, and Enter ended it (an end of input did not). */
bool sg_typed_whole(const struct sg_typed *typed, const char *line);

/*
 * A terminal that is asked for its title, a setting or a colour answers as if it typed: ESC and
 * one of ] P _ ^ X, then text that whoever asked may have chosen, line ends included. All that
 * comes at once with such a beginning is the answer, over the ends of lines; SG_ANSWER_NS of
 * silence end it. All zero is the beginning.
 */
#define SG_ANSWER_NS INT64_C(20000000)

struct sg_answer {
	unsigned char last; /* the byte before */
	bool on;
	int64_t at_ns; /* when it came */
};

/*
 * For each byte read, behind sg_typed_key: the line holds no answer, or it counts as tainted.
 */
void sg_answer_key(
	struct sg_answer *answer, unsigned char byte, int64_t now_ns, struct sg_typed *typed);

#endif
