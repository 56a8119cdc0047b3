/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The history file: a line each, oldest first, UTF-8, mode 0600. Several prompts may use one
 * file: lines are appended one at a time under a lock (the file's name and ".lock"), and a file
 * that has grown too long is cut when a prompt starts.
 *
 * A history that cannot be read or written is no reason to stop: these functions never fail,
 * they only remember less. Nothing here is made durable.
 */
#ifndef STEPGATE_UI_PROMPT_HISTORY_H
#define STEPGATE_UI_PROMPT_HISTORY_H

#include "base/arena.h"

#define SG_HISTORY_LINES 1000

/* The last lines that may be recalled; texts in the arena. Makes the folders of path. */
void sg_history_load(const char *path, struct sg_arena *arena, struct sg_strs *ret);

/*
 * The caller has looked at the line (sg_complete_remembers) and knows that it is no repetition.
 */
void sg_history_append(const char *path, const char *line);

#endif
