/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The index of a ledger's names: that it answers as looking at each row would. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "core/reduce_internal.h"
#include "harness/harness.h"
#include "short_memory.h"

#define MANY 400

struct names {
	char texts[MANY][16];
	const char *v[MANY];
};

static void names_init(struct names *x)
{
	for (size_t i = 0; i < MANY; i++) {
		snprintf(x->texts[i], sizeof(x->texts[i]), "KEY:ENG.%zu", i);
		x->v[i] = x->texts[i];
	}
}

static size_t find(struct sg_arena *arena, struct sg_name_index **index, const struct names *x,
	size_t n, const char *name)
{
	return sg_rx_find(arena, index, x->v, n, sizeof(x->v[0]), true, name);
}

Test(reduce_index, each_name_is_found_at_its_place_and_no_other_is)
{
	static struct names x;
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_name_index *index = NULL;
	names_init(&x);
	for (size_t round = 0; round < 3; round++)
		for (size_t i = 0; i < MANY; i++) {
			cr_assert_eq(find(&arena, &index, &x, MANY, x.v[i]), i);
			cr_assert_eq(find(&arena, &index, &x, MANY, "ENG.X"), SIZE_MAX);
		}
	cr_assert_not_null(index);
	sg_arena_release(&arena);
	SG_LEAKCHECK();
}

Test(reduce_index, of_two_rows_of_one_name_the_last_stands)
{
	static struct names x;
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_name_index *index = NULL;
	names_init(&x);
	x.v[300] = "ENG.7"; /* with and without KEY: it is one name */
	for (size_t round = 0; round < 3; round++)
		cr_assert_eq(find(&arena, &index, &x, MANY, "KEY:ENG.7"), 300);
	sg_arena_release(&arena);
	SG_LEAKCHECK();
}

Test(reduce_index, an_older_revision_does_not_find_the_rows_of_a_newer_one)
{
	static struct names x;
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_name_index *index = NULL;
	names_init(&x);
	for (size_t n = 33; n <= MANY; n++)
		cr_assert_eq(find(&arena, &index, &x, n, x.v[n - 1]), n - 1);
	for (size_t n = 33; n < MANY; n++)
		cr_assert_eq(find(&arena, &index, &x, n, x.v[n]), SIZE_MAX, "%zu", n);
	sg_arena_release(&arena);
	SG_LEAKCHECK();
}

static enum sg_rc find_short(struct sg_arena *arena, void *ctx)
{
	struct sg_name_index *index = NULL;
	const struct names *x = ctx;
	for (size_t n = 100; n <= MANY; n += 100)
		for (size_t i = 0; i < 3; i++)
			cr_assert_eq(find(arena, &index, x, n, x->v[n / 2]), n / 2,
				"a name that is there was not found");
	return arena->failed ? SG_NOMEM : SG_OK;
}

Test(reduce_index, without_memory_the_rows_are_looked_at_one_by_one)
{
	static struct names x;
	names_init(&x);
	cr_assert_gt(short_memory_each("index", find_short, &x), 3);
	SG_LEAKCHECK();
}
