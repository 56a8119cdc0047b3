/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/arena.h"

#include "base_test.h"

static bool is_aligned(const void *p)
{
	return (uintptr_t)p % _Alignof(max_align_t) == 0;
}

static bool is_zero(const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] != 0)
			return false;
	}
	return true;
}

Test(arena, objects_are_zeroed_and_aligned_between_texts_of_any_length)
{
	struct sg_arena arena = SG_ARENA_INIT;
	uint64_t seed = 42;

	for (int i = 0; i < 20000; i++) {
		const size_t size = (size_t)(sg_bt_random(&seed) % 300);
		unsigned char *object = sg_arena_alloc(&arena, size);
		cr_assert_not_null(object);
		cr_assert(is_aligned(object));
		cr_assert(is_zero(object, size), "object %d is not zeroed", i);
		memset(object, 0xAA, size);
		char *text = sg_arena_strn(&arena, "0123456789012345678901234567890123456789",
			(size_t)(sg_bt_random(&seed) % 40));
		cr_assert_not_null(text);
	}
	cr_expect_not(sg_arena_failed(&arena));
	sg_arena_release(&arena);
	SG_LEAKCHECK();
}

Test(arena, nothing_that_was_allocated_moves_or_is_overwritten)
{
	enum { N = 30000 };
	struct sg_arena arena;
	const char **texts = calloc(N, sizeof(*texts));
	size_t **objects = calloc(N, sizeof(*objects));

	cr_assert(texts && objects);
	sg_arena_init(&arena);
	for (size_t i = 0; i < N; i++) {
		/*
		 * Now and then one that needs a block of its own, before and after the first.
		 */
		const size_t words = i % 1000 == 0 ? 5000 : i % 7 + 1;
		objects[i] = sg_arena_array(&arena, words, sizeof(size_t));
		for (size_t k = 0; k < words; k++)
			objects[i][k] = i;
		texts[i] = sg_arena_printf(&arena, "text %zu", i);
	}
	for (size_t i = 0; i < N; i++) {
		const size_t words = i % 1000 == 0 ? 5000 : i % 7 + 1;
		char expected[32];
		for (size_t k = 0; k < words; k++)
			cr_assert_eq(objects[i][k], i);
		snprintf(expected, sizeof(expected), "text %zu", i);
		cr_assert_str_eq(texts[i], expected);
	}
	sg_arena_release(&arena);
	free(texts);
	free(objects);
	SG_LEAKCHECK();
}

Test(arena, a_million_short_texts_take_little_more_than_their_bytes)
{
	struct sg_arena arena = SG_ARENA_INIT;
	size_t bytes = 0;

	for (int row = 0; row < 200000; row++) {
		cr_assert_not_null(sg_arena_alloc(&arena, 48));
		bytes += 48;
		for (int k = 0; k < 5; k++)
			bytes += strlen(sg_arena_printf(&arena, "K%d.%d", row, k)) + 1;
	}
	cr_expect_leq(arena.total_bytes, bytes + bytes / 50 + ((size_t)2 << 20),
		"%zu bytes for %zu", arena.total_bytes, bytes);
	sg_arena_release(&arena);
	cr_expect_eq(arena.total_bytes, 0);
	SG_LEAKCHECK();
}

Test(arena, a_small_value_takes_a_small_block)
{
	struct sg_arena arena = SG_ARENA_INIT;

	sg_arena_str(&arena, "one line");
	cr_expect_leq(arena.total_bytes, 4096);
	sg_arena_release(&arena);
	SG_LEAKCHECK();
}

Test(arena, texts_are_copied_with_their_end)
{
	struct sg_arena arena = SG_ARENA_INIT;
	char source[] = "го и дальше";

	char *whole = sg_arena_str(&arena, source);
	char *part = sg_arena_strn(&arena, source, 4);
	char *nothing = sg_arena_strn(&arena, NULL, 0);
	memset(source, 'x', sizeof(source) - 1);
	cr_expect_str_eq(whole, "го и дальше");
	cr_expect_str_eq(part, "го");
	cr_expect_str_eq(nothing, "");
	sg_arena_release(&arena);
	SG_LEAKCHECK();
}

Test(arena, what_cannot_be_had_fails_once_and_for_all)
{
	struct sg_arena arena = SG_ARENA_INIT;
	const char *const v[] = {"a"};
	const struct sg_strs list = {v, 1};

	cr_assert_not_null(sg_arena_str(&arena, "before"));
	cr_expect_null(sg_arena_array(&arena, SIZE_MAX / 2, 16), "the product overflows");
	cr_expect(sg_arena_failed(&arena));
	cr_expect_null(sg_arena_alloc(&arena, 1));
	cr_expect_null(sg_arena_str(&arena, "after"));
	cr_expect_null(sg_arena_printf(&arena, "%d", 1));
	cr_expect_null(sg_arena_strs(&arena, &list).v);
	cr_expect_eq(sg_arena_strs(&arena, &list).n, 0);
	sg_arena_release(&arena);
	cr_expect_not(sg_arena_failed(&arena));
	cr_expect_null(sg_arena_alloc(&arena, SIZE_MAX));
	sg_arena_release(&arena);
	cr_expect_null(sg_arena_strn(&arena, "", SIZE_MAX));
	cr_expect(sg_arena_failed(&arena));
	sg_arena_release(&arena);
	SG_LEAKCHECK();
}

Test(arena, a_list_is_copied_with_its_texts)
{
	struct sg_arena arena = SG_ARENA_INIT;
	char one[] = "one";
	const char *v[] = {one, "two"};
	const struct sg_strs list = {v, 2};
	const struct sg_strs empty = {NULL, 0};

	const struct sg_strs copy = sg_arena_strs(&arena, &list);
	one[0] = 'X';
	v[1] = "gone";
	cr_assert_eq(copy.n, 2);
	cr_expect_str_eq(copy.v[0], "one");
	cr_expect_str_eq(copy.v[1], "two");
	cr_expect_null(sg_arena_strs(&arena, &empty).v);
	sg_arena_release(&arena);
	SG_LEAKCHECK();
}

Test(arena, a_builder_keeps_order_through_every_growth)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_strs_builder b;

	sg_strs_builder_init(&b, &arena);
	cr_expect_null(sg_strs_builder_list(&b).v);
	for (size_t i = 0; i < 5000; i++) {
		sg_strs_builder_add(&b, sg_arena_printf(&arena, "%zu", i));
		/* Something in between makes growing in place impossible now and then. */
		if (i % 97 == 0)
			sg_arena_alloc(&arena, 24);
	}
	const struct sg_strs list = sg_strs_builder_list(&b);
	cr_assert_eq(list.n, 5000);
	for (size_t i = 0; i < list.n; i++)
		cr_assert_eq(strtoul(list.v[i], NULL, 10), i);
	sg_arena_release(&arena);
	SG_LEAKCHECK();
}

Test(arena, a_builder_adds_once_what_is_there_already)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_strs_builder b;

	sg_strs_builder_init(&b, &arena);
	sg_strs_builder_add_once(&b, "a");
	sg_strs_builder_add_once(&b, "b");
	sg_strs_builder_add_once(&b, "a");
	sg_strs_builder_add(&b, "a");
	cr_expect_eq(sg_strs_builder_list(&b).n, 3);
	sg_arena_release(&arena);
	SG_LEAKCHECK();
}

Test(arena, a_builder_drops_what_memory_did_not_allow)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_strs_builder b;

	sg_strs_builder_init(&b, &arena);
	cr_expect_null(sg_arena_alloc(&arena, SIZE_MAX));
	sg_strs_builder_add(&b, "a");
	sg_strs_builder_add_once(&b, NULL);
	cr_expect_eq(sg_strs_builder_list(&b).n, 0);
	cr_expect(sg_arena_failed(&arena));
	sg_arena_release(&arena);
	SG_LEAKCHECK();
}

Test(arena, what_one_arena_takes_over_from_another_stays_where_it_is)
{
	for (int order = 0; order < 2; order++) {
		struct sg_arena arena = SG_ARENA_INIT;
		struct sg_arena from = SG_ARENA_INIT;
		const char *own = order ? sg_arena_str(&arena, "own") : "own";
		char *taken[300];
		for (size_t i = 0; i < 300; i++)
			taken[i] = sg_arena_printf(&from, "text %zu %01000zu", i, i);
		const size_t total_bytes = arena.total_bytes + from.total_bytes;
		sg_arena_take(&arena, &from);
		cr_assert_null(from.head);
		cr_assert_eq(arena.total_bytes, total_bytes);
		cr_assert_str_eq(sg_arena_str(&arena, "after"), "after");
		for (size_t i = 0; i < 300; i++)
			cr_assert_eq(strtoul(taken[i] + 5, NULL, 10), i);
		cr_assert_str_eq(own, "own");
		sg_arena_take(&arena, &from);
		sg_arena_release(&from);
		sg_arena_release(&arena);
	}
	SG_LEAKCHECK();
}

Test(arena, many_expected_bytes_come_as_one_block_and_too_many_are_no_failure)
{
	struct sg_arena arena = SG_ARENA_INIT;

	sg_arena_expect(&arena, 100);
	cr_expect_eq(arena.total_bytes, 0, "few bytes are not worth a block");
	sg_arena_expect(&arena, SIZE_MAX - 1);
	cr_expect_not(sg_arena_failed(&arena));
	cr_expect_eq(arena.total_bytes, 0);

	sg_arena_expect(&arena, (size_t)8 << 20);
	const size_t expected_bytes = arena.total_bytes;
	cr_expect_geq(expected_bytes, (size_t)8 << 20);
	for (size_t i = 0; i < 10000; i++) {
		const unsigned char *object = sg_arena_alloc(&arena, 100);
		cr_assert_not_null(object);
		cr_assert_eq(object[0] | object[99], 0);
		cr_assert_str_eq(sg_arena_str(&arena, "text"), "text");
	}
	cr_expect_eq(arena.total_bytes, expected_bytes);
	sg_arena_release(&arena);
	SG_LEAKCHECK();
}

Test(arena, a_piece_grows_and_is_taken_over_without_a_copy_of_more_than_it_holds)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_arena_piece piece = {NULL};
	unsigned *numbers = NULL;

	char *before = sg_arena_str(&arena, "before");
	for (size_t n = 1; n <= 100000; n *= 10) {
		numbers = sg_arena_piece_grow(&piece, n * sizeof(*numbers));
		cr_assert_not_null(numbers);
		for (size_t i = n / 10; i < n; i++)
			numbers[i] = (unsigned)i;
	}
	numbers = sg_arena_adopt(&arena, &piece, 5000 * sizeof(*numbers));
	cr_assert_not_null(numbers);
	cr_expect_null(piece.block);
	char *behind = sg_arena_str(&arena, "behind");
	for (size_t i = 0; i < 5000; i++)
		cr_assert_eq(numbers[i], i);
	cr_expect_str_eq(before, "before");
	cr_expect_str_eq(behind, "behind");
	sg_arena_piece_release(&piece);
	sg_arena_release(&arena);
}

Test(arena, a_piece_can_be_the_first_thing_of_an_arena_or_be_given_up)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_arena_piece piece = {NULL};

	char *bytes = sg_arena_piece_grow(&piece, 10);
	cr_assert_not_null(bytes);
	memcpy(bytes, "123456789", 10);
	bytes = sg_arena_adopt(&arena, &piece, 10);
	cr_expect_str_eq(sg_arena_str(&arena, "more"), "more");
	cr_expect_str_eq(bytes, "123456789");
	cr_expect_null(sg_arena_piece_grow(&piece, SIZE_MAX));
	cr_assert_not_null(sg_arena_piece_grow(&piece, 10));
	arena.failed = true;
	cr_expect_null(sg_arena_adopt(&arena, &piece, 10), "a failure is sticky");
	sg_arena_piece_release(&piece);
	sg_arena_release(&arena);
}
