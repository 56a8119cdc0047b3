/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lenient reading, for `check`: what is missing or misshapen is a mark, not an error. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/harness.h"
#include "manifest_test.h"

static void read_leniently(struct reading *ret, const char *text)
{
	t_read(ret, "m.yaml", text, SG_READ_LENIENT);
	cr_assert_eq(ret->rc, SG_OK, "%s\nof: %s", ret->text, text);
}

Test(manifest_lenient, a_complete_manifest_reads_as_strictly)
{
	struct random random = {.state = 5};

	for (size_t i = 0; i < 100; i++) {
		struct sg_arena arena = SG_ARENA_INIT;
		struct sg_manifest m;
		struct reading r;
		t_random_manifest(&random, &arena, &m);
		char *text = t_written(&m);
		read_leniently(&r, text);
		cr_assert(sg_manifest_equal(&m, &r.m), "%s", text);
		for (size_t k = 0; k < SG_FIELD_ID_COUNT; k++)
			cr_assert_eq(r.m.shape[k], SG_SHAPE_PRESENT);
		cr_assert_eq(r.m.entries_shape, SG_SHAPE_PRESENT);
		t_reading_release(&r);
		free(text);
		sg_arena_release(&arena);
	}
	SG_LEAKCHECK();
}

Test(manifest_lenient, an_empty_mapping_has_every_field_absent)
{
	struct reading r;

	read_leniently(&r, "{}\n");
	for (size_t k = 0; k < SG_FIELD_ID_COUNT; k++)
		cr_expect_eq(r.m.shape[k], SG_SHAPE_ABSENT);
	cr_expect_eq(r.m.entries_shape, SG_SHAPE_ABSENT);
	cr_expect_eq(r.m.roles.n, 0);
	cr_expect_str_eq(r.m.step_id, "");
	t_reading_release(&r);
	SG_LEAKCHECK();
}

/* Every wrong value for every field: WRONG, its neighbours as they were. */
Test(manifest_lenient, each_field_of_the_wrong_shape_is_marked_and_no_other)
{
	static const char *const wrongs[] = {"null", "7", "2026-01-02", "true", "text", "[1]",
		"{a: 1}", "[{a: [b]}]", "~", "\"\""};
	struct sg_manifest blank;

	sg_manifest_default(&blank);
	for (size_t i = 0; i < SG_FIELD_ID_COUNT; i++) {
		const struct sg_field *field = &sg_manifest_fields[i];
		for (size_t w = 0; w < sizeof(wrongs) / sizeof(wrongs[0]); w++) {
			struct reading r;
			const bool is_text = wrongs[w][0] == 't' && wrongs[w][1] == 'e';
			const bool is_empty = strcmp(wrongs[w], "\"\"") == 0;
			const bool is_true = strcmp(wrongs[w], "true") == 0;
			const bool is_list = wrongs[w][0] == '[';
			const bool is_map = wrongs[w][0] == '{';
			if ((field->kind == SG_FIELD_TEXT && (is_text || is_empty)) ||
				((field->kind == SG_FIELD_BOOL ||
					 field->kind == SG_FIELD_TRUE_ONLY) &&
					is_true) ||
				(is_list && (field->kind == SG_FIELD_ROLES ||
						    field->kind == SG_FIELD_OUTPUTS)) ||
				(is_map && (field->kind == SG_FIELD_ENGINES ||
						   field->kind == SG_FIELD_TARGET)))
				continue;
			char *text = sg_t_format("%s:\n  %s: %s\n  other: 1\n",
				field->section_name, field->key, wrongs[w]);
			read_leniently(&r, text);
			for (size_t k = 0; k < SG_FIELD_ID_COUNT; k++)
				cr_expect_eq(r.m.shape[k],
					k == i ? SG_SHAPE_WRONG : SG_SHAPE_ABSENT,
					"field %s in: %s", sg_manifest_fields[k].key, text);
			t_reading_release(&r);
			free(text);
		}
	}
	SG_LEAKCHECK();
}

Test(manifest_lenient, a_list_with_one_item_that_is_no_text_is_wrong_and_keeps_the_texts)
{
	struct reading r;

	read_leniently(&r, "ROUTING:\n  REQUIRED_ROLES: [SPC, 1, null, {a: b}, QA]\n");
	cr_expect_eq(r.m.shape[SG_FIELD_ID_ROUTING_REQUIRED_ROLES], SG_SHAPE_WRONG);
	cr_assert_eq(r.m.required_roles.n, 2);
	cr_expect_str_eq(r.m.required_roles.v[1], "QA");
	t_reading_release(&r);
	SG_LEAKCHECK();
}

Test(manifest_lenient, a_section_that_is_no_mapping_has_no_fields)
{
	struct reading r;

	read_leniently(&r, "LEDGERS: null\nROUTING: [a]\nSESSION: text\nother: {a: [1]}\n");
	for (size_t k = 0; k < SG_FIELD_ID_COUNT; k++)
		cr_expect_eq(r.m.shape[k], SG_SHAPE_ABSENT);
	t_reading_release(&r);
	SG_LEAKCHECK();
}

Test(manifest_lenient, a_row_without_a_name_is_no_row)
{
	struct reading r;

	read_leniently(&r, "LEDGERS:\n"
			   "  ROLE_LEDGER: [text, {status: ran}, {role: 5}, {role: null}, [], "
			   "{role: QA}]\n"
			   "  ENGINE_RUN_LEDGER: {entries: [{eng_key: [a]}, {eng_key: K}, 7]}\n"
			   "  OUTPUT_LEDGER: [{present: true}, {output: A}, null]\n");
	cr_assert_eq(r.m.roles.n, 1);
	cr_expect_str_eq(r.m.roles.v[0].role, "QA");
	cr_assert_eq(r.m.engines.entries.n, 1);
	cr_expect_str_eq(r.m.engines.entries.v[0].eng_key, "K");
	cr_assert_eq(r.m.outputs.n, 1);
	cr_expect_eq(r.m.outputs.v[0].present, SG_TRUTH_ABSENT);
	cr_expect_eq(r.m.shape[SG_FIELD_ID_LEDGERS_ROLE_LEDGER], SG_SHAPE_PRESENT);
	t_reading_release(&r);
	SG_LEAKCHECK();
}

Test(manifest_lenient, a_status_is_told_as_it_is_written)
{
	static const struct {
		const char *written;
		enum sg_row_status status;
		const char *text;
	} cases[] = {
		{"status: ran", SG_ROW_STATUS_RAN, "ran"},
		{"status: \"skipped\"", SG_ROW_STATUS_SKIPPED, "skipped"},
		{"status: failed", SG_ROW_STATUS_FAILED, "failed"},
		{"status: Ran", SG_ROW_STATUS_COUNT, "Ran"},
		{"status: 'ran '", SG_ROW_STATUS_COUNT, "ran "},
		{"status: true", SG_ROW_STATUS_COUNT, "true"},
		{"status: 007", SG_ROW_STATUS_COUNT, "007"},
		{"status: null", SG_ROW_STATUS_COUNT, "null"},
		{"status:", SG_ROW_STATUS_COUNT, ""},
		{"status: [ran]", SG_ROW_STATUS_COUNT, ""},
		{"notes: x", SG_ROW_STATUS_COUNT, ""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reading r;
		char *text = sg_t_format(
			"LEDGERS:\n  ROLE_LEDGER:\n  - role: A\n    %s\n"
			"  ENGINE_RUN_LEDGER:\n    entries:\n    - eng_key: A\n      %s\n",
			cases[i].written, cases[i].written);
		read_leniently(&r, text);
		cr_expect_eq(r.m.roles.v[0].status, cases[i].status, "%s", cases[i].written);
		cr_expect_str_eq(r.m.roles.v[0].status_text, cases[i].text);
		cr_expect_eq(r.m.engines.entries.v[0].status, cases[i].status);
		cr_expect_str_eq(r.m.engines.entries.v[0].status_text, cases[i].text);
		t_reading_release(&r);
		free(text);
	}
	SG_LEAKCHECK();
}

Test(manifest_lenient, present_counts_only_as_the_plain_true)
{
	static const struct {
		const char *written;
		enum sg_truth present;
	} cases[] = {
		{"present: true", SG_TRUTH_TRUE},
		{"present: false", SG_TRUTH_FALSE},
		{"present: \"true\"", SG_TRUTH_OTHER},
		{"present: 'false'", SG_TRUTH_OTHER},
		{"present: yes", SG_TRUTH_OTHER},
		{"present: 1", SG_TRUTH_OTHER},
		{"present: True", SG_TRUTH_OTHER},
		{"present: TRUE", SG_TRUTH_OTHER},
		{"present:", SG_TRUTH_OTHER},
		{"present: null", SG_TRUTH_OTHER},
		{"present: [true]", SG_TRUTH_OTHER},
		{"present: {a: true}", SG_TRUTH_OTHER},
		{"present: |\n      true", SG_TRUTH_OTHER},
		{"source: x", SG_TRUTH_ABSENT},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reading r;
		char *text = sg_t_format("LEDGERS:\n  OUTPUT_LEDGER:\n  - output: A\n    %s\n",
			cases[i].written);
		read_leniently(&r, text);
		cr_expect_eq(
			r.m.outputs.v[0].present, cases[i].present, "%s", cases[i].written);
		t_reading_release(&r);
		free(text);
	}
	SG_LEAKCHECK();
}

Test(manifest_lenient, outputs_produced_keeps_its_texts_and_is_empty_where_it_is_no_list)
{
	struct reading r;

	read_leniently(&r, "LEDGERS:\n  ROLE_LEDGER:\n"
			   "  - {role: A, outputs_produced: [X, 1, Y, null, [Z]]}\n"
			   "  - {role: B, outputs_produced: X}\n"
			   "  - {role: C, outputs_produced: {X: 1}, notes: 3}\n");
	cr_assert_eq(r.m.roles.n, 3);
	cr_assert_eq(r.m.roles.v[0].outputs_produced.n, 2);
	cr_expect_str_eq(r.m.roles.v[0].outputs_produced.v[1], "Y");
	cr_expect_eq(r.m.roles.v[1].outputs_produced.n, 0);
	cr_expect_eq(r.m.roles.v[2].outputs_produced.n, 0);
	cr_expect_str_eq(r.m.roles.v[2].notes, "");
	t_reading_release(&r);
	SG_LEAKCHECK();
}

Test(manifest_lenient, the_engine_ledger_and_its_entries_are_marked_apart)
{
	static const struct {
		const char *written;
		enum sg_shape ledger;
		enum sg_shape entries;
	} cases[] = {
		{"{run_id: x, entries: []}", SG_SHAPE_PRESENT, SG_SHAPE_PRESENT},
		{"{run_id: 1, entries: {}}", SG_SHAPE_PRESENT, SG_SHAPE_WRONG},
		{"{entries: null}", SG_SHAPE_PRESENT, SG_SHAPE_WRONG},
		{"{run_id: x}", SG_SHAPE_PRESENT, SG_SHAPE_ABSENT},
		{"[]", SG_SHAPE_WRONG, SG_SHAPE_ABSENT},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reading r;
		char *text =
			sg_t_format("LEDGERS: {ENGINE_RUN_LEDGER: %s}\n", cases[i].written);
		read_leniently(&r, text);
		cr_expect_eq(r.m.shape[SG_FIELD_ID_LEDGERS_ENGINE_RUN_LEDGER], cases[i].ledger);
		cr_expect_eq(r.m.entries_shape, cases[i].entries, "%s", cases[i].written);
		t_reading_release(&r);
		free(text);
	}
	SG_LEAKCHECK();
}

Test(manifest_lenient, only_what_is_no_yaml_or_has_a_key_twice_is_an_error)
{
	static const char *const cases[][2] = {
		{"[]\n", "1:1: cannot read the manifest: expected a mapping, found a list"},
		{"", "1:1: cannot read the manifest: expected a mapping, found the end"},
		{"a: [\n", NULL},
		{"a: 1\na: 2\n",
			"2:1: cannot read the manifest: expected a once, found it again"},
		{"SESSION: {OWNER: 1, OWNER: 2}\n",
			"1:21: cannot read SESSION: expected OWNER once, found it again"},
		{"SESSION: {OWNER: {x: 1, x: 1}}\n", "1:25: cannot read an unknown mapping: "
						     "expected x once, found it again"},
		{"ROUTING: [{x: 1, x: 1}]\n", "1:18: cannot read an unknown mapping: expected "
					      "x once, found it again"},
		{"LEDGERS: {ROLE_LEDGER: [{status: 1, status: 2}]}\n",
			"1:37: cannot read ROLE_LEDGER row 1: expected status once, found it "
			"again"},
		{"a: &x 1\n", "1:4: cannot read as YAML: expected no anchor, found one"},
		{"a: 1\n---\nb: 1\n",
			"2:1: cannot read as YAML: expected one document, found a second"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reading r;
		t_read(&r, "m.yaml", cases[i][0], SG_READ_LENIENT);
		cr_expect_eq(r.rc, SG_INPUT, "read: %s", cases[i][0]);
		if (cases[i][1])
			cr_expect_str_eq(
				strchr(r.text, ':') + 1, cases[i][1], "found: %s", r.text);
		t_reading_release(&r);
	}
	SG_LEAKCHECK();
}

Test(manifest_lenient, a_wrong_value_is_passed_over_only_up_to_a_number_of_values)
{
	struct sg_strbuf text = SG_STRBUF_INIT;
	struct reading r;

	sg_strbuf_adds(&text, "SESSION: [");
	for (size_t i = 0; i < 20000; i++)
		sg_strbuf_adds(&text, "x, ");
	sg_strbuf_adds(&text, "]\n");
	t_read(&r, "m.yaml", text.bytes, SG_READ_LENIENT);
	cr_expect_eq(r.rc, SG_LIMIT);
	cr_expect(strstr(r.text, "m.yaml:1:"), "%s", r.text);
	t_reading_release(&r);
	sg_strbuf_release(&text);
	SG_LEAKCHECK();
}

Test(manifest_lenient, an_incomplete_block_of_a_document_is_read)
{
	struct reading r;

	t_read(&r, "chat.md",
		"Done!\n\n```yaml\nLEDGERS:\n  ROLE_LEDGER:\n  - role: QA\n```\nBye.\n",
		SG_READ_LENIENT);
	cr_assert_eq(r.rc, SG_OK, "%s", r.text);
	cr_assert_eq(r.m.roles.n, 1);
	cr_assert(r.source.markdown);
	t_reading_release(&r);
	t_read(&r, "chat.md", "Done!\n", SG_READ_LENIENT);
	cr_assert_eq(r.rc, SG_INPUT);
	t_reading_release(&r);
	SG_LEAKCHECK();
}
