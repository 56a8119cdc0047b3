/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Completion: a line and a cursor -> candidates with a description each. Pure: file names are
 * left to the front end (`files`). Knows the command table; readline and the screen only show
 * what it says.
 *
 * Also here, because only this part of ui knows commands: which lines a history may keep.
 */
#ifndef STEPGATE_UI_COMPLETE_H
#define STEPGATE_UI_COMPLETE_H

#include "base/arena.h"
#include "base/strbuf.h"
#include "core/run.h"

/*
 * text is escaped as it is typed, and is sanitised: a name with a control character is not
 * offered.
 */
struct sg_candidate {
	const char *text;        /* what replaces the word */
	const char *description; /* one line, sanitised; may be "" */
};

/* The list and its texts live in the arena; the command table's texts are borrowed for ever. */
struct sg_candidates {
	struct sg_candidate *v;
	size_t n;
	size_t word_start; /* byte offset in line where the completed word begins */
	bool files;        /* file names belong here; n is 0 */
};

/*
 * Completes the word that ends at byte `cursor`; what stands behind is not looked at. run may
 * be NULL. The signal is never offered. A word with a quote in it has no candidates. SG_NOMEM,
 * or SG_OK.
 */
enum sg_rc sg_complete(struct sg_arena *arena, const char *line, size_t cursor,
	const struct sg_run *run, struct sg_candidates *ret);

/* Puts a backslash before every character that the prompt's lexer would not take as it is. */
void sg_complete_escape(struct sg_strbuf *out, const char *text);
/* The reverse, for the n_bytes of a word as it was typed. */
void sg_complete_unescape(struct sg_strbuf *out, const char *word, size_t n_bytes);

/*
 * Whether a line may enter the history: not blank, UTF-8 without control characters but tab,
 * and neither the signal nor what looks like it, so that no recalled line is ever one key away
 * from it.
 */
bool sg_complete_remembers(const char *line);

#endif
