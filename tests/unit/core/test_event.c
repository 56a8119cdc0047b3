/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The spellings of events and requirements, both ways. */
#include <criterion/criterion.h>

#include "stepgate/event.h"

Test(event, each_name_is_read_as_the_event_that_it_names)
{
	for (unsigned i = 0; i < SG_EVENT_COUNT; i++) {
		enum sg_event_type found = SG_EVENT_COUNT;
		const char *name = sg_event_name((enum sg_event_type)i);
		cr_assert(*name, "event %u has no name", i);
		cr_assert(sg_event_parse(name, &found), "%s", name);
		cr_assert_eq(found, i, "%s", name);
	}
}

Test(event, each_requirement_is_read_as_what_it_names)
{
	for (unsigned i = 0; i < SG_REQUIRE_COUNT; i++) {
		enum sg_require_kind found = SG_REQUIRE_COUNT;
		const char *name = sg_require_name((enum sg_require_kind)i);
		cr_assert(*name, "requirement %u has no name", i);
		cr_assert(sg_require_parse(name, &found), "%s", name);
		cr_assert_eq(found, i, "%s", name);
	}
}

Test(event, a_word_that_is_none_changes_nothing)
{
	static const char *const words[] = {"", "STEP", "begin ", "begi", "count"};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		enum sg_event_type type = SG_EVENT_NEXT;
		enum sg_require_kind kind = SG_REQUIRE_RUN;
		cr_expect_not(sg_event_parse(words[i], &type), "%s", words[i]);
		cr_expect_not(sg_require_parse(words[i], &kind), "%s", words[i]);
		cr_expect_eq(type, SG_EVENT_NEXT);
		cr_expect_eq(kind, SG_REQUIRE_RUN);
	}
}

Test(event, a_value_out_of_the_list_has_no_name_and_ends_nothing)
{
	cr_assert_str_eq(sg_event_name(SG_EVENT_COUNT), "");
	cr_assert_str_eq(sg_require_name(SG_REQUIRE_COUNT), "");
	cr_assert_not(sg_event_ends_phase(SG_EVENT_COUNT));
}

Test(event, what_a_phase_makes_ends_it)
{
	static const enum sg_event_type ends[] = {
		SG_EVENT_ROUTE, SG_EVENT_ROLE, SG_EVENT_PACK, SG_EVENT_VERDICT};
	static const enum sg_event_type others[] = {
		SG_EVENT_BEGIN, SG_EVENT_ENGINE, SG_EVENT_USE, SG_EVENT_RECORD_START};
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		cr_expect(sg_event_ends_phase(ends[i]), "%s", sg_event_name(ends[i]));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		cr_expect_not(sg_event_ends_phase(others[i]), "%s", sg_event_name(others[i]));
}
