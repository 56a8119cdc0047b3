/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/strbuf.h"

#include "base_test.h"

Test(strbuf, an_empty_buffer_can_be_read_and_released)
{
	struct sg_strbuf sb = SG_STRBUF_INIT;

	cr_expect_str_eq(sb.bytes, "");
	sg_strbuf_clear(&sb);
	sg_strbuf_truncate(&sb, 0);
	sg_strbuf_add(&sb, "", 0);
	sg_strbuf_adds(&sb, "");
	cr_expect_str_eq(sb.bytes, "");
	cr_expect_eq(sb.n_bytes, 0);
	sg_strbuf_release(&sb);
	cr_expect_eq(sg_strbuf_empty[0], '\0');
	SG_LEAKCHECK();
}

Test(strbuf, additions_follow_each_other_and_stay_terminated)
{
	struct sg_strbuf sb;

	sg_strbuf_init(&sb);
	sg_strbuf_adds(&sb, "step ");
	sg_strbuf_addc(&sb, '"');
	sg_strbuf_add(&sb, "goal and more", 4);
	sg_strbuf_addc(&sb, '"');
	sg_strbuf_addf(&sb, " %04d %s", 3, "го");
	cr_expect_str_eq(sb.bytes, "step \"goal\" 0003 го");
	cr_expect_eq(sb.n_bytes, strlen(sb.bytes));
	sg_strbuf_release(&sb);
	SG_LEAKCHECK();
}

Test(strbuf, a_format_is_whole_whatever_room_was_left)
{
	for (size_t before = 0; before < 200; before++) {
		for (int width = 1; width < 200; width += 13) {
			struct sg_strbuf sb = SG_STRBUF_INIT;
			for (size_t i = 0; i < before; i++)
				sg_strbuf_addc(&sb, 'a');
			sg_strbuf_addf(&sb, "%*d", width, 7);
			cr_assert_eq(sb.n_bytes, before + (size_t)width);
			cr_assert_eq(sb.bytes[sb.n_bytes - 1], '7');
			cr_assert_eq(sb.bytes[sb.n_bytes], '\0');
			cr_assert_lt(sb.n_bytes, sb.capacity_bytes);
			sg_strbuf_release(&sb);
		}
	}
	SG_LEAKCHECK();
}

Test(strbuf, bytes_with_nul_in_them_are_kept)
{
	struct sg_strbuf sb = SG_STRBUF_INIT;

	sg_strbuf_add(&sb, "a\0b", 3);
	sg_strbuf_addc(&sb, '\0');
	cr_expect_eq(sb.n_bytes, 4);
	cr_expect_arr_eq(sb.bytes, "a\0b\0", 5);
	sg_strbuf_release(&sb);
	SG_LEAKCHECK();
}

Test(strbuf, a_million_characters_take_few_steps)
{
	struct sg_strbuf sb = SG_STRBUF_INIT;
	size_t growths = 0;
	size_t capacity = 0;

	for (int i = 0; i < 1000000; i++) {
		sg_strbuf_addc(&sb, (char)('a' + i % 26));
		if (sb.capacity_bytes != capacity)
			growths++;
		capacity = sb.capacity_bytes;
	}
	cr_expect_leq(growths, 20);
	cr_expect_eq(sb.n_bytes, 1000000);
	cr_expect_eq(sb.bytes[999999], (char)('a' + 999999 % 26));
	sg_strbuf_release(&sb);
	SG_LEAKCHECK();
}

Test(strbuf, truncating_only_shortens)
{
	struct sg_strbuf sb = SG_STRBUF_INIT;

	sg_strbuf_adds(&sb, "abcdef");
	sg_strbuf_truncate(&sb, 10);
	cr_expect_str_eq(sb.bytes, "abcdef");
	sg_strbuf_truncate(&sb, 2);
	cr_expect_str_eq(sb.bytes, "ab");
	sg_strbuf_clear(&sb);
	cr_expect_str_eq(sb.bytes, "");
	sg_strbuf_adds(&sb, "c");
	cr_expect_str_eq(sb.bytes, "c");
	sg_strbuf_release(&sb);
	SG_LEAKCHECK();
}

Test(strbuf, the_text_is_handed_over_and_the_buffer_starts_anew)
{
	struct sg_strbuf sb = SG_STRBUF_INIT;
	size_t n = 99;

	sg_strbuf_adds(&sb, "mine");
	char *taken = sg_strbuf_take(&sb, &n);
	cr_expect_str_eq(taken, "mine");
	cr_expect_eq(n, 4);
	cr_expect_str_eq(sb.bytes, "");
	sg_strbuf_adds(&sb, "next");
	cr_expect_str_eq(taken, "mine");
	free(taken);
	sg_strbuf_release(&sb);
	char *empty = sg_strbuf_take(&sb, NULL);
	cr_expect_str_eq(empty, "");
	free(empty);
	SG_LEAKCHECK();
}

Test(strbuf, what_cannot_be_had_fails_until_release)
{
	struct sg_strbuf sb = SG_STRBUF_INIT;
	size_t n = 99;

	sg_strbuf_adds(&sb, "kept");
	sg_strbuf_reserve(&sb, SIZE_MAX);
	cr_expect(sg_strbuf_failed(&sb));
	sg_strbuf_adds(&sb, " dropped");
	sg_strbuf_addf(&sb, "%d", 1);
	sg_strbuf_addc(&sb, 'x');
	cr_expect_str_eq(sb.bytes, "kept");
	sg_strbuf_clear(&sb);
	cr_expect(sg_strbuf_failed(&sb));
	cr_expect_null(sg_strbuf_take(&sb, &n));
	cr_expect_eq(n, 99);
	cr_expect_not(sg_strbuf_failed(&sb));
	sg_strbuf_reserve(&sb, SIZE_MAX - 1);
	cr_expect(sg_strbuf_failed(&sb));
	cr_expect_str_eq(sb.bytes, "");
	sg_strbuf_release(&sb);
	SG_LEAKCHECK();
}
