/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What readline loses, or releases twice, where a line is left for another of the history, and
 * where a search for one ends otherwise than by Enter. Only for prompt_keys.c, which asks here
 * before it gives a key.
 */
#ifndef STEPGATE_UI_PROMPT_SEARCH_H
#define STEPGATE_UI_PROMPT_SEARCH_H

#include "ui/prompt_keymap.h"

/* Before a command is run; does nothing for one that stays on its line. */
void sg_search_prepare(sg_key_command *command);

/*
 * While a search reads its text (RL_STATE_NSEARCH): true where it is to be given the key. Else
 * it has been dealt with here, and ret_used says whether the key was; one that was not is a
 * command for the line that is back.
 */
bool sg_search_takes(const char *bytes, size_t n_bytes, bool *ret_used);
/* The line is as it was before the search. */
void sg_search_give_up(void);

#endif
