/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Keys -> readline, one whole token at a time, and never so that readline loses the line, its
 * memory or itself. What it does not bear is kept from it, or ended first:
 *
 * - a sequence bound to nothing: dropped, where readline would put its rest into the line, or
 *   jump into a function that has returned;
 * - a search that a sequence or Ctrl-C ends: ended by us, with what it holds;
 * - a search in the history begun inside another line of it, or ended before it began;
 * - the rest of a sequence or of a letter where one key was asked for;
 * - macros: prompt_macro.h.
 *
 *	sg_keys_start(&typed);     before rl_initialize
 *	sg_keys_bind();            after it
 *	sg_keys_feed(&token, true);
 *	sg_keys_end_line();        Ctrl-C: the line and all that is begun are gone
 *	sg_keys_stop();
 *
 * On a Russian layout Alt keys, and in vi's command mode all keys, mean the Latin letter that
 * stands on the same key (sg_prompt_screen_latin).
 */
#ifndef STEPGATE_UI_PROMPT_KEYS_H
#define STEPGATE_UI_PROMPT_KEYS_H

#include "ui/prompt_typed.h"
#include "ui/screen.h"

/* What is read is written down in typed, borrowed until the stop. */
void sg_keys_start(struct sg_typed *typed);
void sg_keys_bind(void);
/* Readline's commands stand at their keys again, for the line prompt. */
void sg_keys_stop(void);

/* A key; one that was not typed (a macro's) leaves typed as it is. */
void sg_keys_feed(const struct sg_token *key, bool was_typed);

/* The handler gets NULL, and readline begins a new line at the end of its history. */
void sg_keys_end_line(void);

/* True where the next key is a command or text: no search, argument or half a command waits. */
bool sg_keys_is_plain(void);
bool sg_keys_in_vi_commands(void);

#endif
