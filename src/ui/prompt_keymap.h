/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Readline's keymaps, all of them: those of Emacs mode, of vi's two modes, and the ones beneath
 * for what begins with ESC, Ctrl-X or another key. Only for prompt*.c.
 */
#ifndef STEPGATE_UI_PROMPT_KEYMAP_H
#define STEPGATE_UI_PROMPT_KEYMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h> /* readline's headers want FILE to be known */

#include <readline/readline.h>

/* A command of readline, and the one of ours that keys bound to it run in its place. */
struct sg_replaced {
	rl_command_func_t *theirs, *ours;
};

void sg_keymap_each(void (*visit)(Keymap map));
/* Ours for theirs wherever it is bound; with ours false, back again. */
void sg_keymap_replace(const struct sg_replaced *table, size_t n, bool ours);

/* What a whole sequence does in the keymap in use; a prefix of one too. NULL: nothing. */
rl_command_func_t *sg_keymap_function(const char *sequence, size_t n_bytes, bool *ret_prefix);

/* True where the prefix is bound itself, too, to what runs when no longer one comes of it. */
bool sg_keymap_shadows(const char *prefix, size_t n_bytes);

#endif
