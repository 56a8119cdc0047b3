/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is shown of the gates' trial, of what CONTRACT misses, and of what does not count. */
#include <criterion/criterion.h>

#include "harness/harness.h"
#include "ui/view_internal.h"
#include "unit/ui/view_case.h"

Test(view_outputs, a_trial_is_shown_with_its_count_and_its_sample)
{
	static const struct {
		struct sg_shadows shadows;
		const char *text;
		enum sg_style style;
	} cases[] = {
		{{12, 12, 12, ""}, "Proved able to fail: 12 of 12", SG_STYLE_OK},
		{{1000, 1000, 2019, ""},
			"Proved able to fail: 1000 of 1000, a sample of 2019", SG_STYLE_OK},
		{{12, 11, 12, "A"}, "Proved able to fail: 11 of 12", SG_STYLE_FAIL},
	};

	for (size_t i = 0; i < SG_ARRAY_SIZE(cases); i++) {
		struct view_case c;
		struct sg_verdict v = {.shadows = cases[i].shadows};
		view_case_init(&c);
		sg_view_trial(&c.rows, &v);
		cr_assert_eq(c.rows.n, 1);
		cr_expect(view_case_says(&c, cases[i].text), "%s", c.rows.v[0].text);
		cr_expect_eq(c.rows.v[0].style, cases[i].style);
		view_case_release(&c);
	}
	SG_LEAKCHECK();
}

Test(view_outputs, where_nothing_was_tried_nothing_is_said)
{
	struct view_case c;
	const struct sg_verdict v = {.pass = true};
	view_case_init(&c);
	sg_view_trial(&c.rows, &v);
	cr_expect_eq(c.rows.n, 0);
	view_case_release(&c);
	SG_LEAKCHECK();
}

Test(view_outputs, a_brief_says_the_misses_and_after_PASS_the_trial)
{
	static const char *const misses[] = {
		"TOC: expected YAML, found \x1b[31mred", "TOC: expected JSON, found x"};
	struct sg_brief brief = {.out = true,
		.ended = "CTL",
		.next = "PACK",
		.next_action = "",
		.next_said = "",
		.tier_note = "",
		.misses = {misses, 2},
		.shadows = {12, 12, 12, ""}};
	struct view_case c;
	view_case_init(&c);
	c.run.state = SG_STATE_AWAIT;
	c.run.phase = "PACK";
	sg_view_brief(&c.rows, &c.in, &brief);
	cr_expect(view_case_says(&c, "CONTRACT is not met: TOC: expected YAML, found <U+001B>"));
	cr_expect(view_case_says(&c, "CONTRACT is not met: TOC: expected JSON, found x"));
	cr_expect(view_case_says(&c, "Proved able to fail: 12 of 12"));
	view_case_release(&c);
	SG_LEAKCHECK();
}

Test(view_outputs, the_report_lists_what_a_failed_attempt_left_as_an_incomplete_draft)
{
	static const struct sg_file left = {
		"TOC", ".stepgate/steps/0003/ORC.1/X/INCOMPLETE/TOC.md", 7, "00"};
	struct view_case c;
	view_case_init(&c);
	c.run.state = SG_STATE_STOPPED;
	c.proofs[0].partial = (struct sg_files){&left, 1};
	sg_view_report(&c.rows, &c.in);
	cr_expect(view_case_says(&c,
		"- DRAFT TOC  .stepgate/steps/0003/ORC.1/X/INCOMPLETE/TOC.md  INCOMPLETE"));
	view_case_release(&c);
	SG_LEAKCHECK();
}
