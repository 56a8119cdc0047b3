/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Readline's macros, run by us. Readline would replay them byte by byte inside one call: a
 * sequence in them that is bound to nothing jumps out into a frame that is gone, one that names
 * itself never ends, and of a recorded letter it keeps the first byte. Here a macro is text,
 * cut into tokens as the terminal's bytes are and fed like them.
 *
 *	sg_macro_hook();                      after inputrc was read, and after each time
 *	... a key that is bound to a macro puts its text here ...
 *	while (sg_macro_next(&token)) ...
 *	sg_macro_unhook();                    readline has its own again
 *
 * Nothing that comes from here was typed: the caller sees to it.
 */
#ifndef STEPGATE_UI_PROMPT_MACRO_H
#define STEPGATE_UI_PROMPT_MACRO_H

#include "ui/screen.h"

/* Takes the place of all macros, and of what records and calls one. Twice is fine. */
void sg_macro_hook(void);
void sg_macro_unhook(void);

/* The next token of what macros have put; its bytes are borrowed until the next call here. */
bool sg_macro_next(struct sg_token *ret);
/* Forgets what macros have put and have not been asked for. */
void sg_macro_drop(void);

/* A key that was typed: kept where a macro is being recorded. */
void sg_macro_record(const struct sg_token *key);
/* The recording that has begun is given up. */
void sg_macro_end_recording(void);

#endif
