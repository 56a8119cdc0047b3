/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names once, and rows that a later one supersedes: lists that ascend take a way of their own. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/gate_internal.h"

enum { MOST = 700 };

static uint32_t state = 9;

static uint32_t below(uint32_t n)
{
	state = state * 1664525u + 1013904223u;
	return (state >> 8) % n;
}

static int by_bare(const void *a, const void *b)
{
	return strcmp(
		sg_key_bare(*(const char *const *)a), sg_key_bare(*(const char *const *)b));
}

/* Up to n names of few, each with or without KEY:, ascending or as they come. */
static struct sg_strs names_of(struct sg_arena *arena, uint32_t n, uint32_t few, bool ascending)
{
	const char **v = sg_arena_array(arena, MOST, sizeof(*v));
	struct sg_strs list = {v, 0};

	cr_assert(v);
	for (uint32_t i = 0; i < n; i++)
		v[list.n++] = sg_arena_printf(
			arena, "%sENG.%05u", below(2) ? "KEY:" : "", below(few));
	if (ascending) {
		size_t kept = 0;
		qsort(v, list.n, sizeof(*v), by_bare);
		for (size_t i = 0; i < list.n; i++)
			if (kept == 0 || by_bare(&v[kept - 1], &v[i]) != 0)
				v[kept++] = v[i];
		list.n = kept;
	}
	return list;
}

static bool has(const struct sg_strs *list, const char *name, bool bare)
{
	for (size_t i = 0; i < list->n; i++)
		if (bare ? strcmp(sg_key_bare(list->v[i]), sg_key_bare(name)) == 0
			 : strcmp(list->v[i], name) == 0)
			return true;
	return false;
}

/* The same, said slowly. */
static struct sg_strs slow_once(
	struct sg_arena *arena, const struct sg_strs *a, const struct sg_strs *b, bool bare)
{
	const char **v = sg_arena_array(arena, a->n + b->n + 1, sizeof(*v));
	struct sg_strs once = {v, 0};

	cr_assert(v);
	for (size_t i = 0; i < a->n + b->n; i++) {
		const char *name = i < a->n ? a->v[i] : b->v[i - a->n];
		if (!has(&once, name, bare))
			v[once.n++] = name;
	}
	return once;
}

Test(gate_names, each_name_once_whether_the_lists_ascend_or_not)
{
	for (int i = 0; i < 400; i++) {
		struct sg_arena arena = SG_ARENA_INIT;
		const bool bare = below(2);
		const uint32_t few = below(2) ? 40 : 4000;
		const struct sg_strs a = names_of(&arena, below(MOST / 8), few, below(4) != 0);
		const struct sg_strs b =
			names_of(&arena, below(i % 20 ? MOST / 8 : MOST), few, below(4) != 0);
		const struct sg_strs expected = slow_once(&arena, &a, &b, bare);
		struct sg_strs found = {NULL, 0};

		cr_assert(sg_names_once(&arena, &a, &b, bare, &found));
		cr_assert_eq(found.n, expected.n);
		for (size_t k = 0; k < found.n; k++)
			cr_assert_eq(found.v[k], expected.v[k], "%s, not %s", found.v[k],
				expected.v[k]);
		sg_arena_release(&arena);
	}
}

Test(gate_names, a_row_is_superseded_by_a_later_one_of_its_key_and_by_nothing_else)
{
	for (int i = 0; i < 200; i++) {
		struct sg_arena arena = SG_ARENA_INIT;
		const struct sg_strs keys =
			names_of(&arena, below(MOST / 2), below(2) ? 60 : 4000, below(2));
		struct sg_engine_row *v = sg_arena_array(&arena, keys.n + 1, sizeof(*v));
		const struct sg_engine_rows rows = {.v = v, .n = keys.n};
		unsigned char *flags = NULL;

		cr_assert(v);
		for (size_t k = 0; k < keys.n; k++)
			v[k].eng_key = keys.v[k];
		cr_assert(sg_names_superseded(&rows, &flags));
		for (size_t k = 0; k < keys.n; k++) {
			const struct sg_strs later = {keys.v + k + 1, keys.n - k - 1};
			cr_assert_eq(flags && flags[k], has(&later, keys.v[k], true),
				"row %zu of %zu", k, keys.n);
		}
		free(flags);
		sg_arena_release(&arena);
	}
}
