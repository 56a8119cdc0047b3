/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files that stepgate puts out, to the byte, and that they are YAML that says the same. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "format/json.h"
#include "format/report.h"
#include "format/yaml_tree.h"
#include "harness/harness.h"

#define LIST(...)                                                                         \
	{                                                                                 \
		(const char *const[]){__VA_ARGS__},                                       \
			sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *) \
	}

static const struct sg_gate_result custom[] = {
	{"KEY:VAL.SPELLING", SG_GATE_FAIL, LIST("line one", "two \"quoted\""), SG_TIER_FULL, ""},
	{"KEY:VAL.LATER", SG_GATE_NOT_EVALUATED, {NULL, 0}, SG_TIER_FULL, ""},
};
static const struct sg_gate_results others = {custom, 2};

static const struct sg_fact fact_rows[] = {
	{SG_FACT_ROLE, "SPC", SG_PROVENANCE_OBSERVED, SG_FRESH_FRESH, SG_TIER_FULL, 0,
		{NULL, 0}},
	{SG_FACT_ENGINE, "KEY:ENG.TOC", SG_PROVENANCE_OBSERVED, SG_FRESH_STALE,
		SG_TIER_PARTIAL, 0, {NULL, 0}},
	{SG_FACT_OUTPUT, "QA_REPORT", SG_PROVENANCE_MANUAL, SG_FRESH_MISSING, SG_TIER_NONE,
		2, {NULL, 0}},
};
static const struct sg_facts facts = {fact_rows, 3};

/* At file scope, so that the lists in it stay. */
static const struct sg_verdict failed_but_tallies = {
	.pass = false,
	.code = SG_CODE_ENTRYPOINT_MISSING,
	.coverage_pass = true,
	.contract_pass = false,
	.others_pass = false,
	.fail_reasons =
		LIST("ENTRYPOINT_MISSING: D2: ТОС: expected present: true, found false"),
	.fix_list = LIST("Add missing contract output: ТОС"),
	.required_roles = LIST("SPC", "VAL"),
	.roles_ran = LIST("SPC", "VAL"),
	.required_eng_keys = LIST("KEY:ENG.TOC"),
	.missing_eng = LIST("KEY:ENG.TOC"),
	.scope_violations = LIST("KEY:ENG.NET"),
	.contract = LIST("ТОС", "VAL_REPORT"),
	.present = LIST("VAL_REPORT"),
	.missing = LIST("ТОС"),
	.others = &others,
	.not_checked = LIST("NO_GO_LIST: no prose"),
	.shadows = {1000, 999, 1004, "TOC of OUTPUT_LEDGER"},
};

static struct sg_verdict failed(void)
{
	struct sg_verdict v = failed_but_tallies;

	for (unsigned i = 0; i < SG_CHECK_COUNT; i++)
		v.tally[i] = (struct sg_tally){i, i + 1};
	return v;
}

static const char failed_yaml[] =
	"VAL_REPORT:\n"
	"  STATUS: \"FAIL\"\n"
	"  FAIL_CODE: \"ENTRYPOINT_MISSING\"\n"
	"  FAIL_REASONS:\n"
	"    - \"ENTRYPOINT_MISSING: D2: ТОС: expected present: true, found false\"\n"
	"  FIX_LIST:\n"
	"    - \"Add missing contract output: ТОС\"\n"
	"  COVERAGE_SUMMARY:\n"
	"    required_roles:\n"
	"      - \"SPC\"\n"
	"      - \"VAL\"\n"
	"    roles_ran:\n"
	"      - \"SPC\"\n"
	"      - \"VAL\"\n"
	"    missing_roles: []\n"
	"    required_eng_keys:\n"
	"      - \"KEY:ENG.TOC\"\n"
	"    eng_ran: []\n"
	"    missing_eng:\n"
	"      - \"KEY:ENG.TOC\"\n"
	"    scope_violations:\n"
	"      - \"KEY:ENG.NET\"\n"
	"  OUTPUT_SUMMARY:\n"
	"    contract:\n"
	"      - \"ТОС\"\n"
	"      - \"VAL_REPORT\"\n"
	"    present:\n"
	"      - \"VAL_REPORT\"\n"
	"    missing:\n"
	"      - \"ТОС\"\n"
	"\n"
	"CHECKED:\n"
	"  GATES:\n"
	"    ENGINE_COVERAGE_GATE: \"PASS\"\n"
	"    OUTPUT_CONTRACT_GATE: \"FAIL\"\n"
	"    OTHERS: \"FAIL\"\n"
	"  CHECKS:\n"
	"    A0: \"0/1\"\n"
	"    A1: \"1/2\"\n"
	"    A2: \"2/3\"\n"
	"    A3: \"3/4\"\n"
	"    B0: \"4/5\"\n"
	"    B1: \"5/6\"\n"
	"    B2: \"6/7\"\n"
	"    B3: \"7/8\"\n"
	"    B4: \"8/9\"\n"
	"    C1: \"9/10\"\n"
	"    C2: \"10/11\"\n"
	"    E1: \"11/12\"\n"
	"    D0: \"12/13\"\n"
	"    D1: \"13/14\"\n"
	"    D2: \"14/15\"\n"
	"    D3: \"15/16\"\n"
	"    G1: \"16/17\"\n"
	"    S1: \"17/18\"\n"
	"  SHADOWS:\n"
	"    TRIED: 1000\n"
	"    RED: 999\n"
	"    OF: 1004\n"
	"  PROVENANCE: \"MANUAL\"\n"
	"  TIER: \"partial\"\n"
	"  TIER_NOTE: \"note\"\n"
	"  EVIDENCE:\n"
	"    - kind: \"role\"\n"
	"      name: \"SPC\"\n"
	"      provenance: \"OBSERVED\"\n"
	"      fresh: \"FRESH\"\n"
	"      tier: \"full\"\n"
	"    - kind: \"engine\"\n"
	"      name: \"KEY:ENG.TOC\"\n"
	"      provenance: \"OBSERVED\"\n"
	"      fresh: \"STALE\"\n"
	"      tier: \"partial\"\n"
	"    - kind: \"output\"\n"
	"      name: \"QA_REPORT\"\n"
	"      provenance: \"MANUAL\"\n"
	"      fresh: \"MISSING\"\n"
	"      tier: \"none\"\n"
	"  UNCHANGED:\n"
	"    - output: \"QA_REPORT\"\n"
	"      since_attempt: 2\n"
	"  OTHER_GATES:\n"
	"    - key: \"KEY:VAL.SPELLING\"\n"
	"      outcome: \"fail\"\n"
	"      reasons:\n"
	"        - \"line one\"\n"
	"        - \"two \\\"quoted\\\"\"\n"
	"      tier: \"full\"\n"
	"      walls_missing: \"\"\n"
	"    - key: \"KEY:VAL.LATER\"\n"
	"      outcome: \"not evaluated\"\n"
	"      reasons: []\n"
	"      tier: \"full\"\n"
	"      walls_missing: \"\"\n"
	"  NOT_CHECKED:\n"
	"    - \"NO_GO_LIST: no prose\"\n"
	"  POLICY_REPORT: \"two\\nlines\"\n";

static const struct sg_report_context context = {&facts, "note", "two\nlines"};

Test(report, a_failed_verdict_is_the_template_and_what_was_checked_beside_it)
{
	const struct sg_verdict v = failed();
	struct sg_strbuf out = SG_STRBUF_INIT;

	sg_report_val(&out, &v, &context);
	cr_expect_str_eq(out.bytes, failed_yaml);
	sg_strbuf_release(&out);
	SG_LEAKCHECK();
}

Test(report, a_passed_verdict_without_evidence_has_no_code_and_is_claimed)
{
	const struct sg_verdict v = {.pass = true,
		.code = SG_CODE_SCOPE_VIOLATION,
		.coverage_pass = true,
		.contract_pass = true,
		.others_pass = true};
	const struct sg_report_context claimed = {NULL, "", ""};
	struct sg_strbuf out = SG_STRBUF_INIT;

	sg_report_val(&out, &v, &claimed);
	static const char head[] =
		"VAL_REPORT:\n  STATUS: \"PASS\"\n  FAIL_CODE: \"\"\n  FAIL_REASONS: []\n"
		"  FIX_LIST: []\n  COVERAGE_SUMMARY:\n    required_roles: []\n";
	cr_expect_eq(strncmp(out.bytes, head, strlen(head)), 0, "%s", out.bytes);
	cr_expect(strstr(out.bytes,
			  "\n  PROVENANCE: \"CLAIMED\"\n  TIER: \"none\"\n  TIER_NOTE: \"\"\n"
			  "  EVIDENCE: []\n  UNCHANGED: []\n  OTHER_GATES: []\n  NOT_CHECKED: []\n"
			  "  POLICY_REPORT: \"\"\n"),
		"%s", out.bytes);
	sg_strbuf_release(&out);
}

/* Whether a YAML tree and a JSON tree say the same; numbers are compared by their text. */
static bool says_the_same(const struct sg_node *yaml, json_t *json)
{
	bool equal = true;

	if (yaml->type == SG_YAML_LIST) {
		equal = json_is_array(json) && json_array_size(json) == yaml->n;
		for (size_t i = 0; equal && i < yaml->n; i++)
			equal = says_the_same(&yaml->items[i], json_array_get(json, i));
		return equal;
	}
	if (yaml->type == SG_YAML_MAP) {
		equal = json_is_object(json) && json_object_size(json) == yaml->n;
		void *iter = json_object_iter(json);
		for (size_t i = 0; equal && i < yaml->n;
			i++, iter = json_object_iter_next(json, iter))
			equal = strcmp(yaml->keys[i], json_object_iter_key(iter)) == 0 &&
				says_the_same(&yaml->items[i], json_object_iter_value(iter));
		return equal;
	}
	if (json_is_integer(json))
		return yaml->kind == SG_YAML_NUMBER &&
		       strtoll(yaml->text, NULL, 10) == json_integer_value(json);
	return json_is_string(json) && strcmp(json_string_value(json), yaml->text) == 0;
}

Test(report, the_file_and_the_json_say_the_same_in_the_same_order)
{
	const struct sg_verdict v = failed();
	struct sg_strbuf yaml = SG_STRBUF_INIT, text = SG_STRBUF_INIT;
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_err err = SG_ERR_INIT;
	const struct sg_node *root = NULL;
	struct sg_json j;

	sg_report_val(&yaml, &v, &context);
	sg_json_init(&j, &text);
	sg_json_verdict(&j, &v, &context);
	cr_assert_eq(
		sg_yaml_load(&arena, "f", yaml.bytes, yaml.n_bytes, NULL, &root, &err), SG_OK);
	json_t *json = json_loads(text.bytes, JSON_REJECT_DUPLICATES, NULL);
	cr_assert_not_null(json);
	cr_expect(says_the_same(root, json), "%s\n%s", yaml.bytes, text.bytes);
	cr_expect_eq(strstr(text.bytes, "{\"VAL_REPORT\":{\"STATUS\":\"FAIL\","), text.bytes);
	json_decref(json);
	sg_strbuf_release(&yaml);
	sg_strbuf_release(&text);
	sg_arena_release(&arena);
}

#define ONES "1111111111111111111111111111111111111111111111111111111111111111"
static const struct sg_file files_v[] = {
	{"TOC", ".stepgate/steps/0001/PACK.1/TOC.md", 12, ONES},
	{"БРИФ", "b.yaml", 0, ""},
};
static const struct sg_files files = {files_v, 2};
static const struct sg_files no_files = {NULL, 0};

Test(report, the_engine_ledger_stands_at_the_top_of_its_own_file)
{
	const struct sg_engine_row rows[] = {
		{.eng_key = "KEY:A",
			.outputs_produced = LIST("TOC"),
			.notes = "exit 0",
			.extra = "",
			.status = SG_ROW_STATUS_RAN,
			.status_text = "ran"},
		{.eng_key = "KEY:B",
			.notes = "",
			.extra = "",
			.status = SG_ROW_STATUS_COUNT,
			.status_text = "perhaps"},
	};
	const struct sg_engine_ledger ledger = {"0001.2", {.v = rows, .n = 2}},
				      empty = {"", {.v = NULL}};
	struct sg_strbuf out = SG_STRBUF_INIT;

	sg_report_engine_ledger(&out, &ledger);
	cr_expect_str_eq(out.bytes, "ENGINE_RUN_LEDGER:\n  run_id: \"0001.2\"\n  entries:\n"
				    "    - eng_key: \"KEY:A\"\n      status: \"ran\"\n      "
				    "outputs_produced:\n        - \"TOC\"\n"
				    "      notes: \"exit 0\"\n"
				    "    - eng_key: \"KEY:B\"\n      status: \"perhaps\"\n     "
				    " outputs_produced: []\n"
				    "      notes: \"\"\n");
	sg_strbuf_clear(&out);
	sg_report_engine_ledger(&out, &empty);
	cr_expect_str_eq(out.bytes, "ENGINE_RUN_LEDGER:\n  run_id: \"\"\n  entries: []\n");
	sg_strbuf_release(&out);
}

Test(report, the_engines_outputs_name_their_engine)
{
	const struct sg_engine_output v = {"KEY:A", files_v[0]};
	struct sg_strbuf out = SG_STRBUF_INIT;

	sg_report_eng_outputs(&out, &v, 1);
	cr_expect_str_eq(out.bytes,
		"ENG_OUTPUTS_TOKEN:\n  OUTPUTS:\n    - output: \"TOC\"\n      eng_key: "
		"\"KEY:A\"\n"
		"      ref: \".stepgate/steps/0001/PACK.1/TOC.md\"\n      sha256: \"" ONES
		"\"\n      size: 12\n");
	sg_strbuf_clear(&out);
	sg_report_eng_outputs(&out, NULL, 0);
	cr_expect_str_eq(out.bytes, "ENG_OUTPUTS_TOKEN:\n  OUTPUTS: []\n");
	sg_strbuf_release(&out);
}

Test(report, a_pack_is_a_draft_and_never_final)
{
	const struct sg_patch patch = {.changed = true, .patchset_id = "PATCHSET_0007"};
	const struct sg_patch unchanged = {.patchset_id = ""};
	struct sg_strbuf out = SG_STRBUF_INIT;

	sg_report_pack(&out, "0001", &patch, &files);
	cr_expect_str_eq(out.bytes, "PACK_OUTPUT:\n  STATUS: \"DRAFT\"\n  STEP_ID: \"0001\"\n  "
				    "PATCHSET_ID: \"PATCHSET_0007\"\n  FILES:\n"
				    "    - output: \"TOC\"\n      path: "
				    "\".stepgate/steps/0001/PACK.1/TOC.md\"\n      size: 12\n"
				    "      sha256: \"" ONES "\"\n"
				    "    - output: \"БРИФ\"\n      path: \"b.yaml\"\n      "
				    "size: 0\n      sha256: \"\"\n");
	cr_expect_null(strstr(out.bytes, "FINAL"));
	sg_strbuf_clear(&out);
	sg_report_pack(&out, "0002", &unchanged, &no_files);
	cr_expect_str_eq(out.bytes, "PACK_OUTPUT:\n  STATUS: \"DRAFT\"\n  STEP_ID: \"0002\"\n  "
				    "PATCHSET_ID: \"\"\n  FILES: []\n");
	sg_strbuf_release(&out);
}

Test(report, a_sealed_pack_holds_its_list_the_report_and_the_trace_head)
{
	struct sg_strbuf out = SG_STRBUF_INIT;
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_err err = SG_ERR_INIT;
	const struct sg_node *root = NULL;

	sg_report_final(&out, "0001", &files, &files_v[0], ONES);
	cr_assert_eq(sg_yaml_load(&arena, "f", out.bytes, out.n_bytes, NULL, &root, &err),
		SG_OK, "%s", err.text);
	const struct sg_node *final = sg_node_get(root, "FINAL");
	cr_assert_not_null(final);
	cr_expect_str_eq(sg_node_get(final, "STEP_ID")->text, "0001");
	cr_expect_str_eq(sg_node_get(final, "TRACE_HEAD")->text, ONES);
	cr_expect_eq(sg_node_get(final, "FILES")->n, 2);
	cr_expect_str_eq(
		sg_node_get(&sg_node_get(final, "FILES")->items[1], "output")->text, "БРИФ");
	cr_expect_not_null(sg_node_get(final, "VAL_REPORT"));
	sg_strbuf_release(&out);
	sg_arena_release(&arena);
}
