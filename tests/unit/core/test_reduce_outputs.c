/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Of a verdict the misses and the shadows; of attempts what they left and what is unchanged. */
#include <criterion/criterion.h>
#include <string.h>

#include "harness/harness.h"
#include "run_builder.h"

static const struct sg_demand wanted = {.name = "A", .min_bytes = 9};

static void to_verdict(struct run_builder *b)
{
	rb_start(b);
	b->profile.demands = (struct sg_demands){&wanted, 1};
	rb_to(b, "VAL");
	rb_begin(b);
}

Test(reduce_outputs, a_miss_in_the_event_is_a_reason_of_the_verdict)
{
	static const struct sg_miss miss = {"at least 9 bytes", "7 bytes"};
	const struct sg_fact fact = {.kind = SG_FACT_OUTPUT,
		.name = "A",
		.provenance = SG_PROVENANCE_OBSERVED,
		.misses = {&miss, 1}};
	struct run_builder b;
	to_verdict(&b);
	struct sg_event event = rb_ev_verdict(&b);
	event.u.verdict.facts = (struct sg_facts){&fact, 1};
	rb_do(&b, event);
	cr_assert_eq(b.run.state, SG_STATE_STOPPED);
	cr_expect_str_eq(b.run.manifest.fail_code, "ENTRYPOINT_MISSING");
	cr_expect_str_eq(b.run.manifest.fail_reasons.v[0],
		"ENTRYPOINT_MISSING: D3: A: expected at least 9 bytes, found 7 bytes");
	cr_expect_str_eq(b.run.manifest.fix_list.v[0], "Mend A: at least 9 bytes");
	cr_expect_str_eq(b.run.stop_phase, "ORC", "who made it has to make it again");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_outputs, a_verdict_of_which_a_shadow_stayed_green_is_no_pass)
{
	struct run_builder b;
	to_verdict(&b);
	struct sg_event event = rb_ev_verdict(&b);
	event.u.verdict.shadows = (struct sg_shadows){30, 29, 30, "A of OUTPUT_LEDGER"};
	rb_do(&b, event);
	cr_assert_eq(b.run.state, SG_STATE_STOPPED);
	cr_expect_str_eq(b.run.manifest.fail_code, "MARKER_NOT_CONFIRMED");
	cr_expect_not_null(strstr(b.run.manifest.fail_reasons.v[0],
		"gate cannot fail: A of OUTPUT_LEDGER removed, still PASS"));
	cr_expect_str_eq(b.run.manifest.fix_list.v[0],
		"Report this: the gate does not see A of OUTPUT_LEDGER");
	cr_expect_str_eq(b.run.stop_phase, "VAL");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_outputs, a_verdict_of_before_there_were_shadows_stands_as_it_stood)
{
	struct run_builder b;
	to_verdict(&b);
	rb_do(&b, rb_ev_verdict(&b));
	cr_assert_eq(b.run.state, SG_STATE_PASSED);
	cr_expect_eq(b.run.verdict.shadows.tried, 0);
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_outputs, what_a_failed_role_left_is_kept_apart_and_has_no_row)
{
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "CTL");
	rb_begin(&b);
	rb_do(&b, rb_ev_role(&b, "CTL", 3));
	const struct sg_proof *proof = sg_run_proof(&b.run, SG_FACT_ROLE, "CTL");
	cr_assert_not_null(proof);
	cr_expect_eq(proof->files.n, 0);
	cr_assert_eq(proof->partial.n, 1);
	cr_expect_str_eq(proof->partial.v[0].name, "POLICY_REPORT");
	cr_expect_null(sg_run_proof(&b.run, SG_FACT_OUTPUT, "POLICY_REPORT"));
	cr_expect_eq(b.run.past.n, 0);
	rb_do(&b, rb_ev_resume(&b, "CTL"));
	cr_assert_eq(b.run.past.n, 1);
	cr_expect_str_eq(b.run.past.v[0].name, "POLICY_REPORT");
	cr_expect_eq(b.run.past.v[0].since, 1);
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_outputs, the_past_keeps_the_last_of_each_name_and_since_when_it_is_so)
{
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "QA");
	for (int turn = 0; turn < 3; turn++) {
		rb_begin(&b);
		rb_do(&b, rb_ev_stop_gap(&b, SG_CODE_USER_STOP, "QA"));
		rb_do(&b, rb_ev_resume(&b, "CTL"));
		cr_assert_eq(b.run.past.n, 1);
		cr_expect_eq(b.run.past.v[0].since, 1);
		rb_phase(&b);
	}
	rb_pass(&b);
	rb_do(&b, rb_ev_next(&b, "docs/b.md", "more"));
	struct sg_event step = rb_ev_step(&b, "more");
	rb_do(&b, step);
	cr_expect_eq(b.run.past.n, 0, "another STEP has a past of its own");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_outputs, unchanged_outputs_stand_in_the_notes_of_a_row_that_ran_alone)
{
	static const struct sg_same sames[] = {{"POLICY_REPORT", 2}, {"X1", 1}, {"X2", 1},
		{"X3", 1}, {"X4", 1}};
	for (int exit_status = 0; exit_status < 2; exit_status++) {
		struct run_builder b;
		rb_start(&b);
		rb_to(&b, "CTL");
		rb_begin(&b);
		struct sg_event event = rb_ev_role(&b, "CTL", exit_status);
		event.u.role.unchanged = (struct sg_sames){sames, 5};
		rb_do(&b, event);
		const char *notes = sg_manifest_role(&b.run.manifest, "CTL")->notes;
		const char *said =
			strstr(notes, ", POLICY_REPORT unchanged since attempt 2, X1 unchanged "
				      "since attempt 1, X2 unchanged since attempt 1, 2 more "
				      "unchanged");
		cr_expect_eq(said != NULL, exit_status == 0, "%s", notes);
		const struct sg_proof *proof =
			sg_run_proof(&b.run, SG_FACT_OUTPUT, "POLICY_REPORT");
		cr_expect_eq(proof ? proof->since : 0, exit_status == 0 ? 2 : 0);
		rb_release(&b);
	}
	SG_LEAKCHECK();
}
