/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Completion: a line and a cursor -> candidates with a description each. Pure but for file names,
 * which it asks through `list_dir`. Knows the command table; readline and the screen only show what it says.
 */
#ifndef STEPGATE_UI_COMPLETE_H
#define STEPGATE_UI_COMPLETE_H

#include "base/arena.h"
#include "core/run.h"

struct sg_candidate {
	const char *text;        /* what replaces the word */
	const char *description; /* "" for files */
};

struct sg_candidates {
	struct sg_candidate *v;
	size_t n;
	size_t word_start; /* byte offset in line where the completed word begins */
	bool files;        /* the front end completes file names itself */
};

/* run may be NULL. The signal is never offered. */
enum sg_rc sg_complete(struct sg_arena *arena, const char *line, size_t cursor, const struct sg_run *run,
		       struct sg_candidates *ret);

#endif
