/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FINAL.yaml and the changelog's entry, to the byte. */
#include <criterion/criterion.h>
#include <string.h>

#include "core/changelog_entry.h"
#include "core/final.h"
#include "harness/harness.h"
#include "run_builder.h"

Test(final, it_lists_the_packs_files_the_report_and_the_traces_head)
{
	static const struct sg_file files[] = {
		{"A", "x/A.md", 12, "0a"}, {"B \"q\"", "x/B\n.md", 0, "0b"}};
	const struct sg_files list = {files, 2};
	const struct sg_file report = {"VAL_REPORT", "y/VAL_REPORT.yaml", 99, "0c"};
	struct sg_strbuf out = SG_STRBUF_INIT;
	sg_final_text(&out, "0007", &list, &report, "head");
	cr_assert_str_eq(out.bytes,
		"FINAL:\n  STEP_ID: \"0007\"\n  TRACE_HEAD: \"head\"\n  FILES:\n"
		"    - output: \"A\"\n      path: \"x/A.md\"\n      size: 12\n"
		"      sha256: \"0a\"\n"
		"    - output: \"B \\\"q\\\"\"\n      path: \"x/B\\n.md\"\n      size: 0\n"
		"      sha256: \"0b\"\n"
		"  VAL_REPORT:\n"
		"    - output: \"VAL_REPORT\"\n      path: \"y/VAL_REPORT.yaml\"\n      size: "
		"99\n"
		"      sha256: \"0c\"\n");
	sg_strbuf_release(&out);
	SG_LEAKCHECK();
}

Test(final, an_empty_list_is_written_as_one)
{
	const struct sg_files list = {NULL, 0};
	const struct sg_file report = {"VAL_REPORT", "y", 1, "0c"};
	struct sg_strbuf out = SG_STRBUF_INIT;
	sg_final_text(&out, "0007", &list, &report, "head");
	cr_assert_not_null(strstr(out.bytes, "\n  FILES: []\n"));
	sg_strbuf_release(&out);
	SG_LEAKCHECK();
}

static const char *entry(struct run_builder *b, const struct sg_patch *patch)
{
	return sg_changelog_entry(&b->arena, &b->run, patch, "2026-01-05");
}

Test(final, an_entry_of_the_changelog_has_seven_lines_and_its_id)
{
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "SPC");
	const struct sg_patch patch = {.changed = true,
		.files = STRS("docs/a.md", "docs/b.md"),
		.patchset_id = "PATCHSET_0012",
		.tree = ""};
	cr_assert_str_eq(entry(&b, &patch),
		"## PATCHSET_0012\n\n- DATE: 2026-01-05\n- TYPE: KB_PATCH\n- TARGET: "
		"docs/a.md\n"
		"- SUMMARY: the goal\n- REASON: because\n- IMPACT: docs/a.md, docs/b.md\n"
		"- CHANGE_ID: PATCHSET_0012\n\n");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(final, no_value_can_begin_an_entry_of_its_own)
{
	struct run_builder b;
	rb_start(&b);
	b.route.user_intent = "x\n\n## PATCHSET_9999\n";
	rb_to(&b, "SPC");
	const struct sg_patch patch = {.changed = true,
		.files = STRS("a\r\n## PATCHSET_8888"),
		.patchset_id = "PATCHSET_0001",
		.tree = ""};
	const char *text = entry(&b, &patch);
	cr_assert_null(strstr(text, "\n## "));
	cr_assert_not_null(strstr(text, "- REASON: x  ## PATCHSET_9999 \n"));
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(final, without_a_change_or_without_memory_there_is_no_entry)
{
	struct run_builder b;
	struct sg_arena broken = SG_ARENA_INIT;
	rb_start(&b);
	const struct sg_patch none = {.patchset_id = "", .tree = ""};
	cr_assert_str_eq(entry(&b, &none), "");
	const struct sg_patch some = {.changed = true,
		.files = STRS("a"),
		.patchset_id = "PATCHSET_0001",
		.tree = ""};
	broken.failed = true;
	cr_assert_str_eq(sg_changelog_entry(&broken, &b.run, &some, "2026-01-05"), "");
	rb_release(&b);
	SG_LEAKCHECK();
}
