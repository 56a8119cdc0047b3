/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Walking readline's keymaps. */
#include "ui/prompt_keymap.h"

#include <stdio.h>

/* readline's headers want FILE to be known */
#include <readline/readline.h>

/* A keymap's entry holds either, by its type. */
union entry {
	rl_command_func_t *function;
	Keymap map;
};

static void visit_under(Keymap map, void (*visit)(Keymap map))
{
	visit(map);
	for (int key = 0; key < KEYMAP_SIZE; key++) {
		const union entry under = {.function = map[key].function};
		if (map[key].type == ISKMAP && under.map)
			visit_under(under.map, visit);
	}
}

void sg_keymap_each(void (*visit)(Keymap map))
{
	visit_under(emacs_standard_keymap, visit);
	visit_under(vi_insertion_keymap, visit);
	visit_under(vi_movement_keymap, visit);
}

static void replace_under(Keymap map, rl_command_func_t *from, rl_command_func_t *to)
{
	for (int key = 0; key < KEYMAP_SIZE; key++) {
		const union entry under = {.function = map[key].function};
		if (map[key].type == ISFUNC && under.function == from)
			map[key].function = to;
		else if (map[key].type == ISKMAP && under.map)
			replace_under(under.map, from, to);
	}
}

void sg_keymap_replace(const struct sg_replaced *table, size_t n, bool ours)
{
	Keymap const maps[] = {emacs_standard_keymap, vi_insertion_keymap, vi_movement_keymap};
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < sizeof(maps) / sizeof(maps[0]); k++)
			replace_under(maps[k], ours ? table[i].theirs : table[i].ours,
				ours ? table[i].ours : table[i].theirs);
}

rl_command_func_t *sg_keymap_function(const char *sequence, size_t n_bytes, bool *ret_prefix)
{
	int type = ISFUNC;
	rl_command_func_t *bound =
		rl_function_of_keyseq_len(sequence, n_bytes, rl_get_keymap(), &type);
	*ret_prefix = bound && type == ISKMAP;
	return bound;
}

bool sg_keymap_shadows(const char *prefix, size_t n_bytes)
{
	bool is_prefix;
	const union entry under = {.function = sg_keymap_function(prefix, n_bytes, &is_prefix)};
	return is_prefix && under.map[ANYOTHERKEY].function;
}
