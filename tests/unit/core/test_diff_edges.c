/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ends of what the differences can be asked: equal hashes, long texts, odd values. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "core/diff.h"
#include "harness/harness.h"
#include "short_memory.h"

/* A list of texts that lives as long as the block it is written in. */
#define STRS(...)                                             \
	((struct sg_strs){(const char *const[]){__VA_ARGS__}, \
		sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)})

static void expect_texts(const char *a, const char *b, const char *expected)
{
	struct sg_strbuf out = SG_STRBUF_INIT;
	cr_assert(sg_text_diff(&out, "a", a, strlen(a), "b", b, strlen(b)));
	cr_expect_str_eq(out.bytes, expected);
	sg_strbuf_release(&out);
}

Test(diff_edges, lines_of_one_hash_are_told_apart_by_their_length_and_by_their_bytes)
{
	/* found by trying: each two have the same 32 bits */
	expect_texts("ektwowwc\n", "unljyobb\n",
		"--- a\n+++ b\n@@ -1 +1 @@\n-ektwowwc\n+unljyobb\n");
	expect_texts("gsxabejgr\n", "beluzncp\n",
		"--- a\n+++ b\n@@ -1 +1 @@\n-gsxabejgr\n+beluzncp\n");
	SG_LEAKCHECK();
}

/* One line more than is compared, of which only the first differs. */
static void expect_given_up(bool a_is_long)
{
	const size_t n = SG_DIFF_MAX_LINES + 1;
	struct sg_strbuf out = SG_STRBUF_INIT;
	char *many = malloc(n);
	cr_assert_not_null(many);
	memset(many, '\n', n);
	const char *a = a_is_long ? many : "x\n\n";
	const char *b = a_is_long ? "x\n\n" : many;
	cr_assert(sg_text_diff(&out, "a", a, a_is_long ? n : 3, "b", b, a_is_long ? 3 : n));
	const char head[] = "--- a\n+++ b\n@@ ";
	cr_assert_eq(strncmp(out.bytes, head, strlen(head)), 0);
	size_t replaced = 0;
	const char mark = a_is_long ? '-' : '+';
	for (const char *p = out.bytes; *p; p++)
		replaced += p[0] == '\n' && p[1] == mark && p[2] == '\n';
	cr_assert_eq(replaced, n - 1, "all but the common end, found %zu", replaced);
	free(many);
	sg_strbuf_release(&out);
}

Test(diff_edges, of_a_text_with_too_many_lines_all_are_replaced)
{
	expect_given_up(true);
	expect_given_up(false);
	SG_LEAKCHECK();
}

/* --- manifests --- */

static void expect_manifests(const struct sg_manifest *a, const struct sg_manifest *b,
	size_t n, const char *expected)
{
	struct sg_strbuf out = SG_STRBUF_INIT;
	cr_expect_eq(sg_manifest_diff(&out, a, b, 100), n);
	cr_expect_str_eq(out.bytes, expected);
	sg_strbuf_release(&out);
}

Test(diff_edges, a_value_stays_on_its_line_whatever_is_in_it)
{
	struct sg_manifest a;
	struct sg_manifest b;
	sg_manifest_default(&a);
	sg_manifest_default(&b);
	b.step_goal = "a\nb\x01\x7f\"\\c";
	expect_manifests(&a, &b, 1,
		"-CURRENT_STEP.STEP_GOAL: \"\"\n"
		"+CURRENT_STEP.STEP_GOAL: \"a\\nb\\x01\\x7F\\\"\\\\c\"\n");
	SG_LEAKCHECK();
}

Test(diff_edges, a_field_that_is_missing_or_misshapen_is_said_to_be)
{
	struct sg_manifest a;
	struct sg_manifest b;
	sg_manifest_default(&a);
	sg_manifest_default(&b);
	a.no_go_list = STRS("x", "y");
	b.shape[SG_FIELD_ID_ROUTING_NO_GO_LIST] = SG_SHAPE_ABSENT;
	expect_manifests(&a, &b, 1,
		"-ROUTING.NO_GO_LIST: [\"x\", \"y\"]\n+ROUTING.NO_GO_LIST: (absent)\n");
	a.shape[SG_FIELD_ID_ROUTING_NO_GO_LIST] = SG_SHAPE_WRONG;
	expect_manifests(&a, &b, 1,
		"-ROUTING.NO_GO_LIST: (of a wrong shape)\n+ROUTING.NO_GO_LIST: (absent)\n");
	SG_LEAKCHECK();
}

Test(diff_edges, lists_of_one_length_are_compared_item_by_item)
{
	struct sg_manifest a;
	struct sg_manifest b;
	sg_manifest_default(&a);
	sg_manifest_default(&b);
	a.no_go_list = STRS("x", "y");
	b.no_go_list = STRS("x", "y");
	expect_manifests(&a, &b, 0, "");
	b.no_go_list = STRS("x", "z");
	expect_manifests(&a, &b, 1,
		"-ROUTING.NO_GO_LIST: [\"x\", \"y\"]\n+ROUTING.NO_GO_LIST: [\"x\", \"z\"]\n");
	b.no_go_list = STRS("x");
	expect_manifests(&a, &b, 1,
		"-ROUTING.NO_GO_LIST: [\"x\", \"y\"]\n+ROUTING.NO_GO_LIST: [\"x\"]\n");
	SG_LEAKCHECK();
}

Test(diff_edges, every_value_of_present_and_a_status_of_no_kind_have_their_word)
{
	const struct sg_output_row was[] = {{"A", "S", "", "", SG_TRUTH_ABSENT},
		{"B", "S", "", "", SG_TRUTH_FALSE}, {"C", "S", "", "", SG_TRUTH_OTHER}};
	const struct sg_output_row is[] = {{"A", "S", "", "", SG_TRUTH_TRUE},
		{"B", "S", "", "", SG_TRUTH_TRUE}, {"C", "S", "", "", SG_TRUTH_TRUE}};
	const struct sg_role_row role_was = {
		"SPC", "done", {NULL, 0}, "", "", SG_ROW_STATUS_COUNT};
	const struct sg_role_row role_is = {"SPC", "ran", {NULL, 0}, "", "", SG_ROW_STATUS_RAN};
	struct sg_manifest a;
	struct sg_manifest b;
	sg_manifest_default(&a);
	sg_manifest_default(&b);
	a.outputs = (struct sg_output_rows){.v = was, .n = 3};
	b.outputs = (struct sg_output_rows){.v = is, .n = 3};
	a.roles = (struct sg_role_rows){&role_was, 1};
	b.roles = (struct sg_role_rows){&role_is, 1};
	struct sg_strbuf out = SG_STRBUF_INIT;
	cr_expect_eq(sg_manifest_diff(&out, &a, &b, 100), 4);
	static const char *const lines[] = {"[SPC].status: \"done\"\n",
		"[SPC].status: \"ran\"\n",
		"[A].present: absent\n", "[B].present: false\n",
		"[C].present: neither true nor false\n", "[A].present: true\n"};
	for (size_t i = 0; i < SG_ARRAY_SIZE(lines); i++)
		cr_expect_not_null(strstr(out.bytes, lines[i]), "%sis not in\n%s", lines[i],
			out.bytes);
	sg_strbuf_release(&out);
	SG_LEAKCHECK();
}

Test(diff_edges, revisions_that_share_their_rows_differ_in_how_many_are_theirs)
{
	const struct sg_role_row rows[] = {
		{"SPC", "ran", {NULL, 0}, "", "", SG_ROW_STATUS_RAN},
		{"CTL", "ran", {NULL, 0}, "", "", SG_ROW_STATUS_RAN},
	};
	struct sg_manifest a;
	struct sg_manifest b;
	struct sg_strbuf out = SG_STRBUF_INIT;
	sg_manifest_default(&a);
	sg_manifest_default(&b);
	a.roles = (struct sg_role_rows){rows, 1};
	b.roles = (struct sg_role_rows){rows, 2};
	cr_expect_eq(sg_manifest_diff(&out, &a, &b, 100), 1);
	cr_expect_not_null(strstr(out.bytes, "+LEDGERS.ROLE_LEDGER[CTL]: {"), "%s", out.bytes);
	cr_expect_null(strstr(out.bytes, "SPC"));
	sg_strbuf_release(&out);
	SG_LEAKCHECK();
}

Test(diff_edges, the_order_of_rows_is_one_difference_however_many_were_moved)
{
	const struct sg_role_row was[] = {
		{.role = "A", .status_text = "", .notes = "", .extra = ""},
		{.role = "B", .status_text = "", .notes = "", .extra = ""},
		{.role = "C", .status_text = "", .notes = "", .extra = ""}};
	const struct sg_role_row is[] = {was[2], was[1], was[0]};
	struct sg_manifest a;
	struct sg_manifest b;
	sg_manifest_default(&a);
	sg_manifest_default(&b);
	a.roles = (struct sg_role_rows){was, 3};
	b.roles = (struct sg_role_rows){is, 3};
	expect_manifests(&a, &b, 1,
		"-LEDGERS.ROLE_LEDGER.(order): as it was\n"
		"+LEDGERS.ROLE_LEDGER.(order): changed\n");
	SG_LEAKCHECK();
}

static struct sg_manifest one_and_two_roles(struct sg_manifest *ret_two)
{
	static const struct sg_role_row one = {
		"SPC", "ran", {NULL, 0}, "", "", SG_ROW_STATUS_RAN};
	static const struct sg_role_row two[] = {
		{"CTL", "ran", {NULL, 0}, "", "", SG_ROW_STATUS_RAN},
		{"QA", "ran", {NULL, 0}, "", "", SG_ROW_STATUS_RAN},
	};
	struct sg_manifest a;
	sg_manifest_default(&a);
	sg_manifest_default(ret_two);
	a.roles = (struct sg_role_rows){&one, 1};
	ret_two->roles = (struct sg_role_rows){two, 2};
	return a;
}

Test(diff_edges, rows_beyond_the_lines_that_may_be_printed_are_counted)
{
	struct sg_manifest b;
	const struct sg_manifest a = one_and_two_roles(&b);
	struct sg_strbuf out = SG_STRBUF_INIT;
	cr_expect_eq(sg_manifest_diff(&out, &a, &b, 1), 3);
	cr_expect_not_null(strstr(out.bytes, "-LEDGERS.ROLE_LEDGER[SPC]"), "%s", out.bytes);
	cr_expect_null(strstr(out.bytes, "CTL"));
	cr_expect_not_null(strstr(out.bytes, "... and 2 more\n"));
	sg_strbuf_release(&out);
	SG_LEAKCHECK();
}

Test(diff_edges, without_memory_and_without_lines_left_a_ledger_counts_as_different)
{
	struct sg_manifest b;
	const struct sg_manifest a = one_and_two_roles(&b);
	struct sg_strbuf out = SG_STRBUF_INIT;
	sg_strbuf_adds(&out, "what was there");
	sg_strbuf_reserve(&out, 64);
	short_memory_arm(SHORT_HEAP, 1);
	const size_t n = sg_manifest_diff(&out, &a, &b, 0);
	cr_assert_geq(short_memory_disarm(), 1);
	cr_expect_gt(n, 0);
	cr_expect_not_null(strstr(out.bytes, "more\n"), "%s", out.bytes);
	cr_expect_null(strstr(out.bytes, "SPC"));
	sg_strbuf_release(&out);
	SG_LEAKCHECK();
}
