/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What comes next: the file and goal that PACK, a verdict and `next` leave. */
#include <criterion/criterion.h>
#include <string.h>

#include "harness/harness.h"
#include "run_builder.h"

Test(reduce_next, after_PASS_without_a_next_file_the_pointer_and_target_are_empty)
{
	struct run_builder b;
	rb_start(&b);
	rb_pass(&b);
	cr_assert_str_eq(b.run.manifest.next_pointer, "");
	cr_assert_str_eq(b.run.manifest.resume_target.file, "");
	rb_do(&b, rb_ev_next(&b, "docs/c.md", "and now"));
	cr_assert_str_eq(rb_changed(&b),
		"SESSION.UPDATED_AT PATCH_TRACKING.NEXT_POINTER RESUME.RESUME_TARGET");
	cr_assert_str_eq(b.run.manifest.next_pointer, "docs/c.md");
	cr_assert_str_eq(b.run.manifest.resume_target.goal, "and now");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_next, NEXT_before_the_verdict_changes_the_date_alone)
{
	struct run_builder b;
	rb_start(&b);
	rb_do(&b, rb_ev_next(&b, "docs/b.md", "the next"));
	cr_assert_str_eq(rb_changed(&b), "SESSION.UPDATED_AT");
	cr_assert(b.run.has_next);
	rb_release(&b);
	SG_LEAKCHECK();
}

static void verdict_with_next(struct run_builder *b, const char *file, const char *goal)
{
	rb_begin(b);
	struct sg_event event = rb_ev_verdict(b);
	event.u.verdict.next_file = file;
	event.u.verdict.next_goal = goal;
	event.u.verdict.next_route = "r2.yaml";
	event.u.verdict.next_profile = "p2.yaml";
	rb_do(b, event);
	cr_assert_eq(b->run.state, SG_STATE_PASSED);
}

static void pack_with_next(struct run_builder *b, const char *file, const char *goal)
{
	rb_to(b, "PACK");
	rb_begin(b);
	struct sg_event event = rb_ev_pack(b, false);
	event.u.pack.next_file = file;
	event.u.pack.next_goal = goal;
	rb_do(b, event);
}

Test(reduce_next, the_entry_of_steps_yaml_that_PACK_took_brings_its_route_and_profile)
{
	struct run_builder b;
	rb_start(&b);
	pack_with_next(&b, "docs/s.md", "from the list");
	verdict_with_next(&b, "docs/s.md", "from the list");
	cr_assert_str_eq(b.run.manifest.next_pointer, "docs/s.md");
	cr_assert_str_eq(b.run.next_route, "r2.yaml");
	cr_assert_str_eq(b.run.next_profile, "p2.yaml");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_next, what_PACK_wrote_as_NEXT_POINTER_stands_where_the_list_changed_meanwhile)
{
	struct run_builder b;
	rb_start(&b);
	pack_with_next(&b, "docs/s.md", "from the list");
	verdict_with_next(&b, "docs/t.md", "another");
	cr_assert_str_eq(b.run.manifest.next_pointer, "docs/s.md");
	cr_assert_str_eq(b.run.manifest.resume_target.goal, "from the list");
	cr_assert_str_eq(b.run.next_route, "");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_next, a_new_PACK_looks_at_the_list_again_but_next_stands)
{
	struct run_builder b;
	rb_start(&b);
	pack_with_next(&b, "docs/s.md", "from the list");
	rb_begin(&b);
	rb_do(&b, rb_ev_stop_gap(&b, SG_CODE_USER_STOP, "VAL"));
	rb_do(&b, rb_ev_resume(&b, "PACK"));
	cr_assert_str_eq(b.run.next_file, "");
	rb_do(&b, rb_ev_next(&b, "docs/mine.md", "mine"));
	pack_with_next(&b, "docs/mine.md", "mine");
	rb_begin(&b);
	rb_do(&b, rb_ev_stop_gap(&b, SG_CODE_USER_STOP, "VAL"));
	rb_do(&b, rb_ev_resume(&b, "PACK"));
	cr_assert_str_eq(b.run.next_file, "docs/mine.md");
	rb_release(&b);
	SG_LEAKCHECK();
}
