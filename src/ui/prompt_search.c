/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Leaving a line for another of the history, and searches for one. */
#include "ui/prompt_search.h"

#include <stdio.h>

/* readline's headers want FILE to be known */
#include <readline/readline.h>

#include "ui/prompt_readline.h"

#define CTRL_C 0x03
#define CTRL_G 0x07
#define CTRL_U 0x15
#define CTRL_W 0x17

/* There is a text that Enter alone searches for again; readline's, so the process's. */
static bool has_sought;

static bool is_search(rl_command_func_t *command)
{
	return command == rl_noninc_forward_search || command == rl_noninc_reverse_search ||
	       command == rl_vi_search;
}

static bool moves_in_history(rl_command_func_t *command)
{
	rl_command_func_t *const moves[] = {rl_get_previous_history, rl_get_next_history,
		rl_beginning_of_history, rl_end_of_history, rl_fetch_history,
		rl_reverse_search_history, rl_forward_search_history, rl_history_search_forward,
		rl_history_search_backward, rl_history_substr_search_forward,
		rl_history_substr_search_backward, rl_noninc_forward_search_again,
		rl_noninc_reverse_search_again, rl_operate_and_get_next, rl_vi_fetch_history,
		rl_vi_search_again};
	for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++)
		if (moves[i] == command)
			return true;
	return is_search(command);
}

/*
 * What can be undone in a line readline keeps with it while others are looked at, in up to
 * three places at once: it then releases it twice, or never. So who leaves a line keeps his
 * changes until Enter, and can undo them no more. And a search in the history begins on its
 * last line, for readline keeps no other that it began on.
 */
void sg_search_prepare(rl_command_func_t *command)
{
	if (!moves_in_history(command))
		return;
	sg_readline_leave_line();
	(void)rl_maybe_replace_line();
	rl_free_undo_list();
	if (is_search(command))
		(void)rl_end_of_history(1, 0);
}

/* What readline does on Ctrl-G, and what it forgets then to release. */
void sg_search_give_up(void)
{
	rl_free_undo_list();
	(void)rl_maybe_unsave_line();
	rl_restore_prompt();
	rl_callback_sigcleanup();
	(void)rl_clear_message();
}

/* The text sought, or its last word; not into the ring of killed text (prompt_keys.c). */
static void rub_out(bool word)
{
	int from = word ? rl_end : 0;
	while (from > 0 && rl_line_buffer[from - 1] == ' ')
		from--;
	while (from > 0 && rl_line_buffer[from - 1] != ' ')
		from--;
	(void)rl_delete_text(from, rl_end);
	rl_point = from;
}

/* True where the search takes the key; else it is given up, and *ret_used says by the key. */
bool sg_search_takes(const char *bytes, size_t n_bytes, bool *ret_used)
{
	const bool empty = rl_end == 0;
	const bool enters = *bytes == '\r' || *bytes == '\n';
	*ret_used = true;
	if (*bytes == CTRL_U || *bytes == CTRL_W) {
		rub_out(*bytes == CTRL_W);
		return false;
	}
	if (*bytes == ESC) {
		*ret_used = n_bytes == 1;
	} else if (enters && (!empty || has_sought)) {
		has_sought = true;
		rl_free_undo_list();
		return true;
	} else if (!enters && *bytes != CTRL_G && *bytes != CTRL_C &&
		   !(empty && (*bytes == '\x7f' || *bytes == '\b'))) {
		return true;
	}
	sg_search_give_up();
	return false;
}
