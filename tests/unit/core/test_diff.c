/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The differences of texts and of manifests. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "core/diff.h"
#include "harness/harness.h"

static char *text_diff(const char *a, const char *b)
{
	struct sg_strbuf out = SG_STRBUF_INIT;

	sg_text_diff(&out, "a", a, strlen(a), "b", b, strlen(b));
	char *text = sg_strbuf_take(&out, NULL);
	cr_assert_not_null(text);
	return text;
}

static void expect_diff(const char *a, const char *b, const char *expected)
{
	char *text = text_diff(a, b);

	cr_expect_str_eq(text, expected);
	free(text);
}

Test(diff, equal_texts_give_nothing)
{
	struct sg_strbuf out = SG_STRBUF_INIT;

	cr_expect_not(sg_text_diff(&out, "a", "x\ny", 3, "b", "x\ny", 3));
	cr_expect_not(sg_text_diff(&out, "a", NULL, 0, "b", NULL, 0));
	cr_expect_eq(out.n_bytes, 0);
	SG_LEAKCHECK();
}

Test(diff, one_changed_line_has_three_lines_of_context)
{
	expect_diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n",
		"--- a\n+++ b\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
	SG_LEAKCHECK();
}

Test(diff, changes_that_are_far_apart_are_two_hunks)
{
	expect_diff("a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\n",
		"--- a\n+++ b\n@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n"
		"@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n");
	expect_diff("a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n",
		"--- a\n+++ b\n@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n");
	SG_LEAKCHECK();
}

Test(diff, a_new_text_and_an_emptied_one_have_empty_ranges)
{
	expect_diff("", "x\ny\n", "--- a\n+++ b\n@@ -0,0 +1,2 @@\n+x\n+y\n");
	expect_diff("x\n", "", "--- a\n+++ b\n@@ -1 +0,0 @@\n-x\n");
	SG_LEAKCHECK();
}

Test(diff, a_missing_newline_at_the_end_is_said)
{
	expect_diff("x\n", "x",
		"--- a\n+++ b\n@@ -1 +1 @@\n-x\n+x\n\\ No newline at end of file\n");
	expect_diff("p\nx", "q\nx",
		"--- a\n+++ b\n@@ -1,2 +1,2 @@\n-p\n+q\n x\n\\ No newline at end of file\n");
	SG_LEAKCHECK();
}

/* --- a second reading: apply the diff, and count the least edits by the naive table --- */

static unsigned long next_random(unsigned long *state)
{
	*state = *state * 6364136223846793005ul + 1442695040888963407ul;
	return *state >> 33;
}

static void random_text(unsigned long *state, size_t max_lines, char *ret)
{
	const size_t n = next_random(state) % (max_lines + 1);
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		ret[at++] = (char)('a' + (char)(next_random(state) % 4));
		ret[at++] = '\n';
	}
	if (at > 0 && next_random(state) % 4 == 0)
		at--;
	ret[at] = '\0';
}

/* Applies a unified diff to a, strictly: every context and removed line must be there. */
static void apply(const char *diff, const char *a, struct sg_strbuf *out)
{
	const char *at = a;
	size_t line_no = 1;

	diff = strchr(strchr(diff, '\n') + 1, '\n') + 1;
	while (*diff) {
		size_t from = 0;
		if (sscanf(diff, "@@ -%zu", &from) == 1) {
			/* an empty range names the line before it */
			const char *comma = strpbrk(diff + 4, ", ");
			if (*comma == ',' && comma[1] == '0')
				from++;
			for (; line_no < from; line_no++) {
				const char *end = strchr(at, '\n');
				cr_assert_not_null(end);
				sg_strbuf_add(out, at, (size_t)(end + 1 - at));
				at = end + 1;
			}
			diff = strchr(diff, '\n') + 1;
			continue;
		}
		const char mark = diff[0];
		const char *end = strchr(diff, '\n') + 1;
		size_t n = (size_t)(end - diff) - 1;
		if (strncmp(end, "\\ No", 4) == 0) {
			n--;
			end = strchr(end, '\n') + 1;
		}
		if (mark != '+') {
			cr_assert_eq(strncmp(at, diff + 1, n), 0);
			at += n;
			line_no++;
		}
		if (mark != '-')
			sg_strbuf_add(out, diff + 1, n);
		diff = end;
	}
	sg_strbuf_adds(out, at);
}

/* The least number of removed and added lines, where every line is one letter. */
static size_t least_edits(const char *a, const char *b)
{
	size_t table[64][64];
	const size_t n_a = (strlen(a) + 1) / 2;
	const size_t n_b = (strlen(b) + 1) / 2;

	for (size_t i = 0; i <= n_a; i++) {
		for (size_t j = 0; j <= n_b; j++) {
			if (i == 0 || j == 0) {
				table[i][j] = i + j;
				continue;
			}
			const bool same_line = a[2 * i - 2] == b[2 * j - 2] &&
					       (a[2 * i - 1] == '\n') == (b[2 * j - 1] == '\n');
			const size_t left = table[i][j - 1] + 1;
			const size_t up = table[i - 1][j] + 1;
			table[i][j] = left < up ? left : up;
			if (same_line && table[i - 1][j - 1] < table[i][j])
				table[i][j] = table[i - 1][j - 1];
		}
	}
	return table[n_a][n_b];
}

static size_t count_edits(const char *diff)
{
	size_t n = 0;

	for (const char *p = strchr(strchr(diff, '\n') + 1, '\n') + 1; *p;
		p = strchr(p, '\n') + 1)
		n += *p == '-' || *p == '+';
	return n;
}

Test(diff, random_texts_are_rebuilt_by_the_least_number_of_edits)
{
	unsigned long state = 20260131;
	char a[128];
	char b[128];

	for (int round = 0; round < 5000; round++) {
		random_text(&state, 40, a);
		random_text(&state, 40, b);
		if (strcmp(a, b) == 0)
			continue;
		char *diff = text_diff(a, b);
		struct sg_strbuf again = SG_STRBUF_INIT;
		apply(diff, a, &again);
		cr_assert_str_eq(again.bytes, b, "round %d:\n%s", round, diff);
		cr_assert_eq(
			count_edits(diff), least_edits(a, b), "round %d:\n%s", round, diff);
		sg_strbuf_release(&again);
		free(diff);
	}
	SG_LEAKCHECK();
}

Test(diff, beyond_the_limit_of_edits_all_lines_are_replaced)
{
	struct sg_strbuf a = SG_STRBUF_INIT;
	struct sg_strbuf b = SG_STRBUF_INIT;

	for (int i = 0; i < SG_DIFF_MAX_EDITS; i++) {
		sg_strbuf_addf(&a, "a%d\ncommon\n", i);
		sg_strbuf_addf(&b, "b%d\ncommon\n", i);
	}
	char *diff = text_diff(a.bytes, b.bytes);
	struct sg_strbuf again = SG_STRBUF_INIT;
	apply(diff, a.bytes, &again);
	cr_expect_eq(strcmp(again.bytes, b.bytes), 0);
	/* the last line is common and cut off before the search */
	cr_expect_eq(count_edits(diff), 4 * SG_DIFF_MAX_EDITS - 2);
	free(diff);
	sg_strbuf_release(&a);
	sg_strbuf_release(&b);
	sg_strbuf_release(&again);
	SG_LEAKCHECK();
}

/* --- manifests --- */

static const char *const brief_names[] = {"BRIEF_TOKEN", "ENGINE_PLAN_TOKEN"};

static struct sg_role_row role(const char *name, enum sg_row_status status)
{
	return (struct sg_role_row){
		.role = name,
		.status_text = sg_row_status_name(status),
		.outputs_produced = {brief_names, 2},
		.notes = "exit 0",
		.extra = "",
		.status = status,
	};
}

static void expect_manifest_diff(const struct sg_manifest *a, const struct sg_manifest *b,
	size_t max_lines, size_t n, const char *expected)
{
	struct sg_strbuf out = SG_STRBUF_INIT;

	cr_expect_eq(sg_manifest_diff(&out, a, b, max_lines), n);
	cr_expect_str_eq(out.bytes, expected);
	sg_strbuf_release(&out);
}

Test(diff, equal_manifests_do_not_differ)
{
	struct sg_manifest a;
	const struct sg_role_row rows[] = {role("SPC", SG_ROW_STATUS_RAN)};

	sg_manifest_default(&a);
	a.roles = (struct sg_role_rows){rows, 1};
	const struct sg_role_row copy[] = {role("SPC", SG_ROW_STATUS_RAN)};
	struct sg_manifest b = a;
	b.roles.v = copy;
	expect_manifest_diff(&a, &b, 100, 0, "");
	SG_LEAKCHECK();
}

Test(diff, fields_of_every_kind_are_named_with_old_and_new)
{
	struct sg_manifest a;
	struct sg_manifest b;

	sg_manifest_default(&a);
	sg_manifest_default(&b);
	b.owner = "O\"wner\n+x";
	b.step_status = SG_STEP_STATUS_PASS;
	b.required_roles = (struct sg_strs){brief_names, 2};
	b.result_status = SG_RESULT_PASS;
	b.resume_allowed = true;
	b.resume_target.goal = "next";
	b.engines.run_id = "0001.1";
	b.extra[SG_MAPPING_ROUTING] = "  X: 1\n";
	b.shape[SG_FIELD_ID_SESSION_MODE] = SG_SHAPE_ABSENT;
	expect_manifest_diff(&a, &b, 100, 9,
		"-SESSION.OWNER: \"USER\"\n+SESSION.OWNER: \"O\\\"wner\\n+x\"\n"
		"-SESSION.MODE: \"REPO\"\n+SESSION.MODE: (absent)\n"
		"-CURRENT_STEP.STEP_STATUS: RUNNING\n+CURRENT_STEP.STEP_STATUS: PASS\n"
		"-ROUTING.REQUIRED_ROLES: []\n"
		"+ROUTING.REQUIRED_ROLES: [\"BRIEF_TOKEN\", \"ENGINE_PLAN_TOKEN\"]\n"
		"-LEDGERS.ENGINE_RUN_LEDGER.run_id: \"\"\n"
		"+LEDGERS.ENGINE_RUN_LEDGER.run_id: \"0001.1\"\n"
		"-LAST_RESULT.STATUS: NONE\n+LAST_RESULT.STATUS: PASS\n"
		"-RESUME.RESUME_ALLOWED: false\n+RESUME.RESUME_ALLOWED: true\n"
		"-RESUME.RESUME_TARGET.GOAL: \"\"\n+RESUME.RESUME_TARGET.GOAL: \"next\"\n"
		"-ROUTING.(unknown keys): \"\"\n+ROUTING.(unknown keys): \"  X: 1\\n\"\n");
	SG_LEAKCHECK();
}

Test(diff, rows_are_matched_by_name)
{
	struct sg_manifest a;
	struct sg_manifest b;
	const struct sg_role_row rows_a[] = {
		role("SPC", SG_ROW_STATUS_FAILED), role("CTL", SG_ROW_STATUS_RAN)};
	const struct sg_role_row rows_b[] = {
		role("SPC", SG_ROW_STATUS_RAN), role("QA", SG_ROW_STATUS_RAN)};

	sg_manifest_default(&a);
	sg_manifest_default(&b);
	a.roles = (struct sg_role_rows){rows_a, 2};
	b.roles = (struct sg_role_rows){rows_b, 2};
	expect_manifest_diff(&a, &b, 100, 3,
		"-LEDGERS.ROLE_LEDGER[CTL]: {status: \"ran\", outputs_produced: "
		"[\"BRIEF_TOKEN\", \"ENGINE_PLAN_TOKEN\"], notes: \"exit 0\"}\n"
		"-LEDGERS.ROLE_LEDGER[SPC].status: \"failed\"\n"
		"+LEDGERS.ROLE_LEDGER[SPC].status: \"ran\"\n"
		"+LEDGERS.ROLE_LEDGER[QA]: {status: \"ran\", outputs_produced: "
		"[\"BRIEF_TOKEN\", \"ENGINE_PLAN_TOKEN\"], notes: \"exit 0\"}\n");
	SG_LEAKCHECK();
}

Test(diff, a_change_of_order_alone_is_a_difference)
{
	struct sg_manifest a;
	struct sg_manifest b;
	const struct sg_role_row rows_a[] = {
		role("SPC", SG_ROW_STATUS_RAN), role("CTL", SG_ROW_STATUS_RAN)};
	const struct sg_role_row rows_b[] = {
		role("CTL", SG_ROW_STATUS_RAN), role("SPC", SG_ROW_STATUS_RAN)};

	sg_manifest_default(&a);
	sg_manifest_default(&b);
	a.roles = (struct sg_role_rows){rows_a, 2};
	b.roles = (struct sg_role_rows){rows_b, 2};
	expect_manifest_diff(&a, &b, 100, 1,
		"-LEDGERS.ROLE_LEDGER.(order): as it was\n"
		"+LEDGERS.ROLE_LEDGER.(order): changed\n");
	SG_LEAKCHECK();
}

Test(diff, a_second_row_of_one_name_is_a_difference)
{
	struct sg_manifest a;
	struct sg_manifest b;
	const struct sg_output_row rows[] = {
		{"X", "SPC", "old", "", SG_TRUTH_TRUE},
		{"X", "SPC", "new", "", SG_TRUTH_FALSE},
	};

	sg_manifest_default(&a);
	sg_manifest_default(&b);
	a.outputs = (struct sg_output_rows){rows, 2, 2, NULL};
	b.outputs = (struct sg_output_rows){rows + 1, 1, 1, NULL};
	expect_manifest_diff(&a, &b, 100, 1,
		"-LEDGERS.OUTPUT_LEDGER[X]: {present: true, source: \"SPC\", ref: \"old\"}\n");
	SG_LEAKCHECK();
}

Test(diff, what_does_not_fit_is_counted)
{
	struct sg_manifest a;
	struct sg_manifest b;

	sg_manifest_default(&a);
	sg_manifest_default(&b);
	b.owner = "x";
	b.mode = "y";
	b.step_goal = "z";
	expect_manifest_diff(&a, &b, 3, 3,
		"-SESSION.OWNER: \"USER\"\n+SESSION.OWNER: \"x\"\n... and 2 more\n");
	expect_manifest_diff(&a, &b, 0, 3, "... and 3 more\n");
	SG_LEAKCHECK();
}

Test(diff, a_hundred_thousand_rows_take_two_passes)
{
	const size_t n = 100000;
	struct sg_engine_row *rows = calloc(n, sizeof(*rows));
	struct sg_engine_row *other = calloc(n, sizeof(*other));
	char(*names)[24] = calloc(n, sizeof(*names));
	struct sg_manifest a;
	struct sg_manifest b;

	cr_assert(rows && other && names);
	for (size_t i = 0; i < n; i++) {
		snprintf(names[i], sizeof(names[i]), "KEY:ENG.%zu", i);
		rows[i] = (struct sg_engine_row){.eng_key = names[i],
			.status_text = "ran",
			.notes = "",
			.extra = "",
			.status = SG_ROW_STATUS_RAN};
		other[i] = rows[i];
	}
	other[n - 1].notes = "changed";
	sg_manifest_default(&a);
	sg_manifest_default(&b);
	a.engines.entries = (struct sg_engine_rows){rows, n, n, NULL};
	b.engines.entries = (struct sg_engine_rows){other, n, n, NULL};
	expect_manifest_diff(&a, &b, 10, 1,
		"-LEDGERS.ENGINE_RUN_LEDGER[KEY:ENG.99999].notes: \"\"\n"
		"+LEDGERS.ENGINE_RUN_LEDGER[KEY:ENG.99999].notes: \"changed\"\n");
	free(rows);
	free(other);
	free(names);
	SG_LEAKCHECK();
}
