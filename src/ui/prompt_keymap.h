/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Readline's keymaps, all of them: those of Emacs mode, of vi's two modes, and the ones beneath
 * for what begins with ESC, Ctrl-X or another key. Only for prompt*.c.
 */
#ifndef STEPGATE_UI_PROMPT_KEYMAP_H
#define STEPGATE_UI_PROMPT_KEYMAP_H

#include <stdbool.h>
#include <stddef.h>

/* As readline's rl_command_func_t and KEYMAP_ENTRY, whose header only the .c files include. */
typedef int sg_key_command(int count, int key);
struct _keymap_entry;

/* A command of readline, and the one of ours that keys bound to it run in its place. */
struct sg_replaced {
	sg_key_command *theirs, *ours;
};

void sg_keymap_each(void (*visit)(struct _keymap_entry *map));
/* Ours for theirs wherever it is bound; with ours false, back again. */
void sg_keymap_replace(const struct sg_replaced *table, size_t n, bool ours);

/* What a whole sequence does in the keymap in use; a prefix of one too. NULL: nothing. */
sg_key_command *sg_keymap_function(const char *sequence, size_t n_bytes, bool *ret_prefix);

/* True where the prefix is bound itself, too, to what runs when no longer one comes of it. */
bool sg_keymap_shadows(const char *prefix, size_t n_bytes);

#endif
