/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Strict reading: what is taken, and every refusal with its place, expected and found. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/harness.h"
#include "manifest_test.h"

/* The blank instance with lines replaced gives this error. */
static void expect_error(size_t first, size_t last, const char *lines, const char *expected)
{
	struct reading r;
	char *text = t_blank_with(first, last, lines);

	t_read(&r, "m.yaml", text, SG_READ_STRICT);
	cr_expect_lt(r.rc, 0, "read: %s", lines);
	cr_expect_str_eq(r.text, expected, "found: %s", r.text);
	t_reading_release(&r);
	free(text);
}

Test(manifest_read, a_text_must_be_text)
{
	expect_error(9, 9, "  STEP_ID: 0001\n",
		"m.yaml:9:12: cannot read STEP_ID in CURRENT_STEP: expected text, found the "
		"number \"0001\"");
	expect_error(3, 3, "  STARTED_AT: 2026-01-02\n",
		"m.yaml:3:15: cannot read STARTED_AT in SESSION: expected text, found the date "
		"\"2026-01-02\"");
	expect_error(5, 5, "  OWNER: true\n",
		"m.yaml:5:10: cannot read OWNER in SESSION: expected text, found the boolean "
		"\"true\"");
	expect_error(11, 11, "  STEP_GOAL: null\n",
		"m.yaml:11:14: cannot read STEP_GOAL in CURRENT_STEP: expected text, found "
		"null");
	expect_error(11, 11, "  STEP_GOAL:\n",
		"m.yaml:11:13: cannot read STEP_GOAL in CURRENT_STEP: expected text, found "
		"nothing");
	expect_error(11, 11, "  STEP_GOAL: ~\n",
		"m.yaml:11:14: cannot read STEP_GOAL in CURRENT_STEP: expected text, found "
		"null");
	expect_error(18, 18, "  DOMAIN: [a]\n",
		"m.yaml:18:11: cannot read DOMAIN in ROUTING: expected text, found a list");
	expect_error(18, 18, "  DOMAIN:\n    a: b\n",
		"m.yaml:19:5: cannot read DOMAIN in ROUTING: expected text, found a mapping");
	expect_error(33, 33, "    run_id: 1.1\n",
		"m.yaml:33:13: cannot read run_id in ENGINE_RUN_LEDGER: expected text, found "
		"the number "
		"\"1.1\"");
	SG_LEAKCHECK();
}

Test(manifest_read, a_list_must_be_a_list_of_texts)
{
	expect_error(22, 22, "  REQUIRED_IDX: \"\"\n",
		"m.yaml:22:17: cannot read REQUIRED_IDX in ROUTING: expected a list, found the "
		"text \"\"");
	expect_error(22, 22, "  REQUIRED_IDX: {}\n",
		"m.yaml:22:17: cannot read REQUIRED_IDX in ROUTING: expected a list, found a "
		"mapping");
	expect_error(22, 22, "  REQUIRED_IDX:\n",
		"m.yaml:22:16: cannot read REQUIRED_IDX in ROUTING: expected a list, found "
		"nothing");
	expect_error(22, 22, "  REQUIRED_IDX:\n    - a\n    - 7\n",
		"m.yaml:24:7: cannot read REQUIRED_IDX in ROUTING: expected a list of texts, "
		"found the "
		"number \"7\"");
	expect_error(22, 22, "  REQUIRED_IDX: [[a]]\n",
		"m.yaml:22:18: cannot read REQUIRED_IDX in ROUTING: expected a list of texts, "
		"found a list");
	SG_LEAKCHECK();
}

Test(manifest_read, a_status_must_be_of_its_set)
{
	expect_error(10, 10, "  STEP_STATUS: \"DONE\"\n",
		"m.yaml:10:16: cannot read STEP_STATUS in CURRENT_STEP: expected RUNNING, "
		"STOP_GAP, FAIL "
		"or PASS, found the text \"DONE\"");
	expect_error(10, 10, "  STEP_STATUS: \"\"\n",
		"m.yaml:10:16: cannot read STEP_STATUS in CURRENT_STEP: expected RUNNING, "
		"STOP_GAP, FAIL "
		"or PASS, found the text \"\"");
	expect_error(38, 38, "  STATUS: pass\n",
		"m.yaml:38:11: cannot read STATUS in LAST_RESULT: expected NONE, PASS, FAIL or "
		"STOP_GAP, "
		"found the text \"pass\"");
	expect_error(31, 31, "  ROLE_LEDGER:\n    - {role: SPC, status: done}\n",
		"m.yaml:32:27: cannot read status in ROLE_LEDGER row 1: expected ran, skipped "
		"or failed, "
		"found the text \"done\"");
	SG_LEAKCHECK();
}

Test(manifest_read, the_signal_and_its_requirement_have_one_value_each)
{
	expect_error(13, 13, "  USER_SIGNAL: \"go\"\n",
		"m.yaml:13:16: cannot read USER_SIGNAL in CURRENT_STEP: expected the text "
		"\"" SG_USER_SIGNAL "\", found the text \"go\"");
	expect_error(13, 13, "  USER_SIGNAL: \"\xd0\x93\xd0\x9e\"\n",
		"m.yaml:13:16: cannot read USER_SIGNAL in CURRENT_STEP: expected the text "
		"\"" SG_USER_SIGNAL "\", found the text \"\xd0\x93\xd0\x9e\"");
	expect_error(12, 12, "  NEXT_SIGNAL_REQUIRED: false\n",
		"m.yaml:12:25: cannot read NEXT_SIGNAL_REQUIRED in CURRENT_STEP: expected "
		"true, found the "
		"boolean \"false\"");
	expect_error(12, 12, "  NEXT_SIGNAL_REQUIRED: \"true\"\n",
		"m.yaml:12:25: cannot read NEXT_SIGNAL_REQUIRED in CURRENT_STEP: expected "
		"true, found the "
		"text \"true\"");
	SG_LEAKCHECK();
}

Test(manifest_read, a_yes_or_no_is_plain_true_or_false)
{
	expect_error(53, 53, "  RESUME_ALLOWED: yes\n",
		"m.yaml:53:19: cannot read RESUME_ALLOWED in RESUME: expected true or false, "
		"found the "
		"text \"yes\"");
	expect_error(53, 53, "  RESUME_ALLOWED: True\n",
		"m.yaml:53:19: cannot read RESUME_ALLOWED in RESUME: expected true or false, "
		"found the "
		"boolean \"True\"");
	expect_error(35, 35, "  OUTPUT_LEDGER:\n    - output: A\n      present: \"true\"\n",
		"m.yaml:37:16: cannot read present in OUTPUT_LEDGER row 1: expected true or "
		"false, found "
		"the text \"true\"");
	SG_LEAKCHECK();
}

Test(manifest_read, a_mapping_must_be_a_mapping)
{
	expect_error(1, 6, "SESSION: []\n",
		"m.yaml:1:10: cannot read SESSION in the manifest: expected a mapping, found a "
		"list");
	expect_error(1, 6, "SESSION:\n",
		"m.yaml:1:9: cannot read SESSION in the manifest: expected a mapping, found "
		"nothing");
	expect_error(32, 34, "  ENGINE_RUN_LEDGER: []\n",
		"m.yaml:32:22: cannot read ENGINE_RUN_LEDGER in LEDGERS: expected a mapping, "
		"found a list");
	expect_error(55, 57, "  RESUME_TARGET: next\n",
		"m.yaml:55:18: cannot read RESUME_TARGET in RESUME: expected a mapping, found "
		"the text "
		"\"next\"");
	expect_error(31, 31, "  ROLE_LEDGER:\n    - SPC\n",
		"m.yaml:32:7: cannot read ROLE_LEDGER row 1: expected a mapping, found the "
		"text \"SPC\"");
	expect_error(31, 31, "  ROLE_LEDGER: {}\n",
		"m.yaml:31:16: cannot read ROLE_LEDGER in LEDGERS: expected a list, found a "
		"mapping");
	expect_error(34, 34, "    entries:\n",
		"m.yaml:34:13: cannot read entries in ENGINE_RUN_LEDGER: expected a list, "
		"found nothing");
	SG_LEAKCHECK();
}

Test(manifest_read, every_field_is_missed_where_its_mapping_begins)
{
	expect_error(2, 2, "",
		"m.yaml:2:3: cannot read SESSION: expected the field SESSION_ID, found none");
	expect_error(6, 6, "",
		"m.yaml:2:3: cannot read SESSION: expected the field MODE, found none");
	expect_error(33, 33, "",
		"m.yaml:33:5: cannot read ENGINE_RUN_LEDGER: expected the field run_id, found "
		"none");
	expect_error(35, 35, "",
		"m.yaml:31:3: cannot read LEDGERS: expected the field OUTPUT_LEDGER, found "
		"none");
	expect_error(57, 57, "",
		"m.yaml:56:5: cannot read RESUME_TARGET: expected the field GOAL, found none");
	expect_error(30, 36, "",
		"m.yaml:1:1: cannot read the manifest: expected the field LEDGERS, found none");
	expect_error(31, 31,
		"  ROLE_LEDGER:\n    - role: A\n      status: ran\n      notes: n\n",
		"m.yaml:32:7: cannot read ROLE_LEDGER row 1: expected the field "
		"outputs_produced, found "
		"none");
	SG_LEAKCHECK();
}

Test(manifest_read, each_of_the_39_fields_is_required)
{
	struct sg_manifest blank;

	sg_manifest_default(&blank);
	for (size_t i = 0; i < SG_FIELD_ID_COUNT; i++) {
		struct reading r;
		char expected[200];
		char *text = t_written(&blank);
		const char *section_name = sg_manifest_fields[i].section_name;
		/* The key under another name: unknown there, and the field is gone. */
		char *section = sg_t_format("\n\n%s:\n", section_name);
		char *at = i < 5 ? text : strstr(text, section);
		char *key = sg_t_format("\n  %s:", sg_manifest_fields[i].key);
		cr_assert(at);
		at = strstr(at, key);
		cr_assert(at, "%s", key);
		at[3] = 'x';
		t_read(&r, "m.yaml", text, SG_READ_STRICT);
		snprintf(expected, sizeof(expected),
			"cannot read %s: expected the field %s, found none", section_name,
			sg_manifest_fields[i].key);
		cr_expect_str_eq(r.err.text, expected);
		t_reading_release(&r);
		free(key);
		free(section);
		free(text);
	}
	SG_LEAKCHECK();
}

Test(manifest_read, a_key_that_comes_twice_is_refused_wherever_it_stands)
{
	expect_error(3, 3, "  SESSION_ID: \"x\"\n",
		"m.yaml:3:3: cannot read SESSION: expected SESSION_ID once, found it again");
	expect_error(7, 7, "SESSION: {}\n",
		"m.yaml:7:1: cannot read the manifest: expected SESSION once, found it again");
	expect_error(7, 7, "  a: 1\n  b: 2\n  \"a\": 3\n",
		"m.yaml:9:3: cannot read SESSION: expected a once, found it again");
	expect_error(7, 7, "  a: {b: {c: 1, d: 2, c: 3}}\n",
		"m.yaml:7:23: cannot read an unknown mapping: expected c once, found it again");
	expect_error(34, 34,
		"    entries:\n      - eng_key: a\n        status: ran\n        status: ran\n",
		"m.yaml:37:9: cannot read ENGINE_RUN_LEDGER row 1: expected status once, found "
		"it again");
	expect_error(31, 31, "  ROLE_LEDGER:\n    - {x: 1, role: A, x: 2}\n",
		"m.yaml:32:23: cannot read ROLE_LEDGER row 1: expected x once, found it again");
	SG_LEAKCHECK();
}

Test(manifest_read, aliases_tags_and_a_second_document_are_refused)
{
	expect_error(5, 5, "  OWNER: &a \"x\"\n",
		"m.yaml:5:10: cannot read as YAML: expected no anchor, found one");
	expect_error(5, 5, "  OWNER: *a\n",
		"m.yaml:5:10: cannot read as YAML: expected no alias, found *a");
	expect_error(5, 5, "  OWNER: !!str x\n",
		"m.yaml:5:10: cannot read as YAML: expected no tag, found "
		"tag:yaml.org,2002:str");
	expect_error(58, 58, "---\nSESSION:\n",
		"m.yaml:58:1: cannot read as YAML: expected one document, found a second");
	expect_error(58, 58, "...\nmore\n",
		"m.yaml:59:1: cannot read as YAML: expected one document, found a second");
	SG_LEAKCHECK();
}

Test(manifest_read, what_is_no_manifest_is_refused)
{
	expect_error(1, 60, "",
		"m.yaml:1:1: cannot read the manifest: expected a mapping, found the end");
	expect_error(1, 60, "[]\n",
		"m.yaml:1:1: cannot read the manifest: expected a mapping, found a list");
	expect_error(1, 60, "text\n",
		"m.yaml:1:1: cannot read the manifest: expected a mapping, found the text "
		"\"text\"");
	expect_error(1, 60, "{}\n",
		"m.yaml:1:1: cannot read the manifest: expected the field SESSION, found none");
	expect_error(5, 5, "  OWNER: \"\xd0\xb3\xff\"\n",
		"m.yaml:5:12: cannot read as YAML: expected UTF-8 text, found: invalid leading "
		"UTF-8 octet");
	expect_error(5, 5, "  OWNER: \"\xd0\xb3\xd0\xbe\" x\n",
		"m.yaml:5:15: cannot read as YAML: did not find expected key while parsing a "
		"block mapping");
	SG_LEAKCHECK();
}

Test(manifest_read, a_long_found_text_is_cut_at_a_character)
{
	char line[400] = "  STEP_STATUS: \"";
	struct reading r;

	for (size_t i = 0; i < 39; i++)
		strcat(line, "x");
	strcat(line, "\xd0\xb3\xd0\xb3\"\n");
	char *text = t_blank_with(10, 10, line);
	t_read(&r, "m.yaml", text, SG_READ_STRICT);
	cr_expect(strstr(r.text, "xxxxx...\""), "found: %s", r.text);
	t_reading_release(&r);
	free(text);
	SG_LEAKCHECK();
}

Test(manifest_read, places_in_markdown_are_those_of_the_document)
{
	static const char host[] =
		"# T\n\n- x\n\n  ```yaml\n  SESSION: 1\n  CURRENT_STEP:\n  ROUTING:\n"
		"  LEDGERS:\n  LAST_RESULT:\n  PATCH_TRACKING:\n  RESUME:\n  ```\n";
	struct reading r;

	t_read(&r, "h.md", host, SG_READ_STRICT);
	cr_expect_str_eq(r.text,
		"h.md:6:12: cannot read SESSION in the manifest: expected a mapping, "
		"found the number \"1\"");
	t_reading_release(&r);
	t_read(&r, "h.md", "# T\nwords\n", SG_READ_STRICT);
	cr_expect_eq(r.rc, SG_INPUT);
	t_reading_release(&r);
	SG_LEAKCHECK();
}

Test(manifest_read, any_order_any_style_and_a_repeated_row_name_are_fine)
{
	struct reading r;
	char *text = t_blank_with(30, 36,
		"LEDGERS: {OUTPUT_LEDGER: [{ref: '', source: SPC, present: true, output: "
		"'A'}],\n"
		"  ENGINE_RUN_LEDGER: {entries: [], run_id: >-\n    x\n},\n"
		"  ROLE_LEDGER: [{role: QA, status: 'ran', outputs_produced: [a, 'b'], notes: "
		"it's},\n"
		"                {role: QA, status: failed, outputs_produced: [], notes: "
		"\"\"}]}\n");
	char *flow = strstr(text, ">-\n    x\n");
	memcpy(flow, "      x  ", 9);
	t_read(&r, "m.yaml", text, SG_READ_STRICT);
	cr_assert_eq(r.rc, SG_OK, "%s", r.text);
	cr_assert_eq(r.m.roles.n, 2);
	cr_assert_str_eq(r.m.roles.v[0].notes, "it's");
	cr_assert_str_eq(r.m.roles.v[0].outputs_produced.v[1], "b");
	cr_assert_eq(sg_manifest_role(&r.m, "QA")->status, SG_ROW_STATUS_FAILED);
	cr_assert_str_eq(r.m.engines.run_id, "x");
	cr_assert_eq(r.m.outputs.v[0].present, SG_TRUTH_TRUE);
	cr_assert_not(r.source.canonical);
	cr_assert_not(r.source.comments);
	for (size_t i = 0; i < SG_FIELD_ID_COUNT; i++)
		cr_assert_eq(r.m.shape[i], SG_SHAPE_PRESENT);
	t_reading_release(&r);
	free(text);
	SG_LEAKCHECK();
}

Test(manifest_read, the_result_outlives_the_bytes_and_failure_leaves_it_untouched)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_manifest m = {.owner = "before"};
	char *text = t_blank_with(5, 5, "  OWNER: \"someone\"\n");

	cr_assert_lt(
		sg_manifest_read(&arena, "m", text, 20, SG_READ_STRICT, &m, NULL, NULL), 0);
	cr_assert_str_eq(m.owner, "before");
	cr_assert_eq(sg_manifest_read(
			     &arena, "m", text, strlen(text), SG_READ_STRICT, &m, NULL, NULL),
		SG_OK);
	memset(text, 'x', strlen(text));
	cr_assert_str_eq(m.owner, "someone");
	free(text);
	sg_arena_release(&arena);
	SG_LEAKCHECK();
}

Test(manifest_read, comments_are_noticed_but_not_where_there_are_none)
{
	static const struct {
		size_t line;
		const char *text;
		bool expected;
	} cases[] = {
		{7, "# comment\n", true},
		{5, "  OWNER: \"a # b\"\n", false},
		{5, "  OWNER: a#b\n", false},
		{5, "  OWNER: a # b\n", true},
		{5, "  OWNER: |- # c\n    a\n", true},
		{5, "  OWNER: |-\n    a # b\n    # c\n", false},
		{5, "  OWNER: 'a\n    # b'\n", false},
		{22, "  REQUIRED_IDX: [ # x\n    a]\n", true},
		{7, "\n  note: a # kept\n", false},
		{7, "  note:\n    # kept\n    a: 1\n", false},
		{7, "  # lost\n  note: a\n", true},
		{7, "  note: {a: 1,\n # lost?\n  b: 2}\n", false},
		{58, "# at the end", true},
		{58, "...\n# at the end\n", true},
		{1, "# at the start\nSESSION:\n", true},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reading r;
		char *text = t_blank_with(cases[i].line, cases[i].line, cases[i].text);
		t_read(&r, "m.yaml", text, SG_READ_STRICT);
		cr_assert_eq(r.rc, SG_OK, "case %zu: %s", i, r.text);
		cr_expect_eq(r.source.comments, cases[i].expected, "case %zu", i);
		t_reading_release(&r);
		free(text);
	}
	SG_LEAKCHECK();
}
