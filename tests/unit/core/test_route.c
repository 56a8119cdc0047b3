/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>

#include "stepgate/route.h"

Test(route, one_leading_KEY_is_cut_and_no_more)
{
	cr_assert_str_eq(sg_key_bare("KEY:ENG.A"), "ENG.A");
	cr_assert_str_eq(sg_key_bare("ENG.A"), "ENG.A");
	cr_assert_str_eq(sg_key_bare("KEY:KEY:ENG.A"), "KEY:ENG.A");
	cr_assert_str_eq(sg_key_bare("KEY:"), "");
	cr_assert_str_eq(sg_key_bare("KEY"), "KEY");
	cr_assert_str_eq(sg_key_bare("key:ENG.A"), "key:ENG.A");
	cr_assert_str_eq(sg_key_bare(""), "");
}

Test(route, keys_are_equal_without_their_KEY_and_in_their_exact_case)
{
	cr_assert(sg_key_equal("KEY:ENG.A", "ENG.A"));
	cr_assert(sg_key_equal("ENG.A", "ENG.A"));
	cr_assert_not(sg_key_equal("ENG.A", "ENG.a"));
	cr_assert_not(sg_key_equal("KEY:KEY:ENG.A", "ENG.A"));
	cr_assert_not(sg_key_equal("ENG.*", "ENG.A"));
	/* what only begins like KEY: is the key's own */
	static const char *const own[] = {"K", "KNOB", "KE", "KEG:A", "KEY", "KEYS", "KEY.A"};
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		cr_assert_eq(sg_key_bare(own[i]), own[i], "%s", own[i]);
}

Test(route, a_star_at_the_end_matches_every_rest_and_elsewhere_only_itself)
{
	cr_assert(sg_key_matches("KEY:ENG.*", "ENG.A"));
	cr_assert(sg_key_matches("ENG.*", "KEY:ENG."));
	cr_assert(sg_key_matches("*", "KEY:ANY"));
	cr_assert(sg_key_matches("KEY:*", ""));
	cr_assert(sg_key_matches("ENG.A", "KEY:ENG.A"));
	cr_assert_not(sg_key_matches("ENG.*", "ENG"));
	cr_assert_not(sg_key_matches("ENG.A", "ENG.AB"));
	cr_assert_not(sg_key_matches("E*G.A", "ENG.A"));
	cr_assert(sg_key_matches("E*G.A", "E*G.A"));
	cr_assert_not(sg_key_matches("", "ENG.A"));
}

Test(route, a_list_matches_where_any_of_its_patterns_does)
{
	const char *const v[] = {"ENG.A", "KEY:ENG.B.*"};
	const struct sg_strs list = {v, 2};
	const struct sg_strs none = {NULL, 0};
	cr_assert(sg_keys_match(&list, "KEY:ENG.A"));
	cr_assert(sg_keys_match(&list, "ENG.B.X"));
	cr_assert_not(sg_keys_match(&list, "ENG.B"));
	cr_assert_not(sg_keys_match(&none, "ENG.A"));
}

Test(route, the_last_line_of_RUN_for_a_key_binds_it)
{
	const struct sg_binding v[] = {{.key = "SPC"}, {.key = "KEY:ENG.A"}, {.key = "ENG.A"}};
	const struct sg_profile profile = {.run = {v, 3}};
	cr_assert_eq(sg_profile_binding(&profile, "KEY:ENG.A"), &v[2]);
	cr_assert_eq(sg_profile_binding(&profile, "SPC"), &v[0]);
	cr_assert_null(sg_profile_binding(&profile, "ORC"));
}
