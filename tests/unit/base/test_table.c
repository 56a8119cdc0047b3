/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/table.h"

#include <time.h>

#include "base/arena.h"
#include "base_test.h"

Test(table, an_empty_table_has_nothing)
{
	struct sg_table table = SG_TABLE_INIT;

	cr_expect_eq(sg_table_get(&table, "x"), SG_TABLE_NONE);
	cr_expect_eq(sg_table_get(&table, ""), SG_TABLE_NONE);
	sg_table_release(&table);
	SG_LEAKCHECK();
}

Test(table, a_later_key_replaces_and_says_what_stood_there)
{
	struct sg_table table;
	char same[] = "ENG.A"; /* equal by text, another pointer */

	sg_table_init(&table);
	cr_expect_eq(sg_table_put(&table, "ENG.A", 0), SG_TABLE_NONE);
	cr_expect_eq(sg_table_put(&table, "ENG.B", 1), SG_TABLE_NONE);
	cr_expect_eq(sg_table_put(&table, same, 2), 0);
	cr_expect_eq(sg_table_put(&table, "ENG.A", 3), 2);
	cr_expect_eq(sg_table_get(&table, "ENG.A"), 3);
	cr_expect_eq(sg_table_get(&table, "ENG.B"), 1);
	cr_expect_eq(table.count, 2);
	sg_table_release(&table);
	cr_expect_eq(sg_table_get(&table, "ENG.A"), SG_TABLE_NONE);
	SG_LEAKCHECK();
}

Test(table, keys_of_every_length_are_told_from_their_neighbours)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_table table = SG_TABLE_INIT;
	char text[102];

	/* Runs of one letter: only the length differs. Then the last letter, then the first. */
	for (size_t n = 0; n <= 100; n++) {
		memset(text, 'a', n);
		text[n] = '\0';
		cr_assert_eq(
			sg_table_put(&table, sg_arena_str(&arena, text), n), SG_TABLE_NONE);
		text[n] = 'b';
		text[n + 1] = '\0';
		cr_assert_eq(sg_table_put(&table, sg_arena_str(&arena, text), 1000 + n),
			SG_TABLE_NONE);
	}
	for (size_t n = 0; n <= 100; n++) {
		memset(text, 'a', n);
		text[n] = '\0';
		cr_assert_eq(sg_table_get(&table, text), n);
		text[n] = 'b';
		text[n + 1] = '\0';
		cr_assert_eq(sg_table_get(&table, text), 1000 + n);
		text[n] = 'c';
		cr_assert_eq(sg_table_get(&table, text), SG_TABLE_NONE);
	}
	sg_table_release(&table);
	sg_arena_release(&arena);
	SG_LEAKCHECK();
}

/* Enters n keys, finds them all and n that are not there; returns the processor time in ms. */
static double enter_and_find(size_t n, const char *format_there, const char *format_not_there)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_table table = SG_TABLE_INIT;
	const char **keys = calloc(n, sizeof(*keys));
	const char **others = calloc(n, sizeof(*others));

	cr_assert(keys && others);
	for (size_t i = 0; i < n; i++) {
		keys[i] = sg_arena_printf(&arena, "%s%07zu.KEY", format_there, i);
		others[i] = sg_arena_printf(&arena, "%s%07zu.KEY", format_not_there, i);
	}
	const clock_t from = clock();
	for (size_t i = 0; i < n; i++)
		cr_assert_eq(sg_table_put(&table, keys[i], i), SG_TABLE_NONE);
	for (size_t i = 0; i < n; i++)
		cr_assert_eq(sg_table_get(&table, keys[i]), i);
	for (size_t i = 0; i < n; i++)
		cr_assert_eq(sg_table_get(&table, others[i]), SG_TABLE_NONE);
	const double ms = (double)(clock() - from) * 1000.0 / CLOCKS_PER_SEC;
	cr_expect_not(table.failed);
	cr_expect_leq(table.count * 10, table.capacity * 7, "load over 0.7");
	sg_table_release(&table);
	sg_arena_release(&arena);
	free(keys);
	free(others);
	return ms;
}

Test(table, a_million_keys_are_found_and_a_million_others_are_not)
{
	const double small_ms = enter_and_find(10000, "ENG.", "ROLE.");
	const double ms = enter_and_find(1000000, "ENG.", "ROLE.");

	/*
	 * A hundred times the keys; keys that meet would make it ten thousand times the work.
	 */
	cr_expect_lt(ms, (small_ms + 1.0) * 100.0 * 40.0);
	SG_LEAKCHECK();
}

Test(table, reserving_ahead_saves_every_growth)
{
	struct sg_table table = SG_TABLE_INIT;
	static const char *const keys[] = {
		"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"};

	sg_table_reserve(&table, 1000);
	const struct sg_table_slot *slots = table.slots;
	for (size_t i = 0; i < SG_ARRAY_SIZE(keys); i++)
		sg_table_put(&table, keys[i], i);
	cr_expect_eq(table.slots, slots);
	cr_expect_geq(table.capacity, 1000);
	cr_expect_eq(sg_table_get(&table, "k"), 10);
	sg_table_release(&table);
	SG_LEAKCHECK();
}

Test(table, a_seed_changes_where_keys_lie_and_not_what_is_found)
{
	for (uint64_t seed = 0; seed < 5; seed++) {
		sg_table_seed(seed * UINT64_C(0x9E3779B97F4A7C15));
		cr_assert_geq(enter_and_find(1000, "A", "B"), 0.0);
	}
	SG_LEAKCHECK();
}

Test(table, an_index_that_a_slot_cannot_hold_is_refused_for_good)
{
	struct sg_table table = SG_TABLE_INIT;

	sg_table_put(&table, "a", UINT32_MAX - 1);
	cr_expect_not(table.failed);
	cr_expect_eq(sg_table_put(&table, "b", UINT32_MAX), SG_TABLE_NONE);
	cr_expect(table.failed);
	cr_expect_eq(sg_table_put(&table, "c", 1), SG_TABLE_NONE);
	cr_expect_eq(sg_table_get(&table, "c"), SG_TABLE_NONE);
	cr_expect_eq(sg_table_get(&table, "a"), UINT32_MAX - 1);
	sg_table_release(&table);
	sg_table_reserve(&table, SIZE_MAX);
	cr_expect(table.failed);
	sg_table_release(&table);
	SG_LEAKCHECK();
}
