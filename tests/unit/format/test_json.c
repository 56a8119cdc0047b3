/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The JSON writer, and the manifest as JSON. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <string.h>

#include "format/json.h"
#include "harness/harness.h"

static char *quoted(const char *text)
{
	struct sg_strbuf out = SG_STRBUF_INIT;
	struct sg_json j;

	sg_json_init(&j, &out);
	sg_json_str(&j, text);
	return sg_strbuf_take(&out, NULL);
}

static void expect_quoted(const char *text, const char *expected)
{
	char *found = quoted(text);

	cr_expect_str_eq(found, expected);
	free(found);
}

Test(json, controls_quotes_and_backslashes_are_escaped_and_nothing_else_is)
{
	expect_quoted("", "\"\"");
	expect_quoted("plain /text", "\"plain /text\"");
	expect_quoted("a\"b\\c", "\"a\\\"b\\\\c\"");
	expect_quoted("\b\t\n\f\r", "\"\\b\\t\\n\\f\\r\"");
	expect_quoted("\x01\x0b\x1f\x1b[31m", "\"\\u0001\\u000b\\u001f\\u001b[31m\"");
	expect_quoted("\x7f", "\"\x7f\"");
	expect_quoted(
		"го \xf0\x9f\x98\x80 \xe2\x80\xa8", "\"го \xf0\x9f\x98\x80 \xe2\x80\xa8\"");
	expect_quoted(NULL, "\"\"");
}

Test(json, bytes_that_are_no_utf8_become_replacement_characters)
{
	expect_quoted("a\xff"
		      "b",
		"\"a\xef\xbf\xbd"
		"b\"");
	expect_quoted("\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\"");
	expect_quoted("\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
	expect_quoted("\xd0", "\"\xef\xbf\xbd\"");
}

Test(json, every_single_byte_and_pair_reads_back_with_another_reader)
{
	for (unsigned a = 1; a < 256; a++)
		for (unsigned b = 0; b < 256; b += a < 0xc0 ? 51 : 1) {
			const char text[3] = {(char)a, (char)b, '\0'};
			char *line = quoted(text);
			json_error_t why;
			json_t *json = json_loads(line, JSON_DECODE_ANY, &why);
			cr_assert_not_null(json, "%02x %02x: %s: %s", a, b, line, why.text);
			if (a < 0x80 && b < 0x80)
				cr_assert_str_eq(json_string_value(json), text);
			json_decref(json);
			free(line);
		}
	SG_LEAKCHECK();
}

Test(json, commas_stand_between_elements_and_nowhere_else)
{
	static const char *const texts[] = {"a", "b"};
	const struct sg_strs list = {texts, 2}, none = {NULL, 0};
	struct sg_strbuf out = SG_STRBUF_INIT;
	struct sg_json j;

	sg_json_init(&j, &out);
	sg_json_open(&j, '{');
	sg_json_key(&j, "n");
	sg_json_int(&j, INT64_MIN);
	sg_json_key(&j, "b");
	sg_json_bool(&j, true);
	sg_json_key(&j, "o");
	sg_json_open(&j, '{');
	sg_json_close(&j, '}');
	sg_json_key(&j, "l");
	sg_json_open(&j, '[');
	sg_json_open(&j, '[');
	sg_json_close(&j, ']');
	sg_json_null(&j);
	sg_json_strs(&j, &list);
	sg_json_bool(&j, false);
	sg_json_close(&j, ']');
	sg_json_key(&j, "e");
	sg_json_strs(&j, &none);
	sg_json_close(&j, '}');
	cr_expect_str_eq(out.bytes, "{\"n\":-9223372036854775808,\"b\":true,\"o\":{},\"l\":[[],"
				    "null,[\"a\",\"b\"],false],\"e\":[]}");
	sg_strbuf_release(&out);
}

Test(json, the_default_manifest_has_every_field_under_its_section)
{
	struct sg_manifest m;
	struct sg_strbuf out = SG_STRBUF_INIT;
	struct sg_json j;

	sg_manifest_default(&m);
	sg_json_init(&j, &out);
	sg_json_manifest(&j, &m);
	cr_expect_str_eq(out.bytes, "{\"SESSION\":{\"SESSION_ID\":\"\",\"STARTED_AT\":\"\","
				    "\"UPDATED_AT\":\"\",\"OWNER\":\"USER\","
				    "\"MODE\":\"REPO\"},\"CURRENT_STEP\":{\"STEP_ID\":\"\","
				    "\"STEP_STATUS\":\"RUNNING\",\"STEP_GOAL\":\"\","
				    "\"NEXT_SIGNAL_REQUIRED\":true,\"USER_SIGNAL\":\"го\","
				    "\"ACTIVE_FOLDER\":\"\",\"ACTIVE_FILE\":\"\"},"
				    "\"ROUTING\":{\"DOMAIN\":\"\",\"ARTIFACT_TYPE\":\"\","
				    "\"PROFILE_KEY\":\"\",\"PIPE_SELECTED\":\"\","
				    "\"REQUIRED_IDX\":[],\"REQUIRED_ROLES\":[],\"REQUIRED_ENG_"
				    "KEYS\":[],\"REQUIRED_KB_KEYS\":[],"
				    "\"REQUIRED_VAL_KEYS\":[],\"OUTPUT_CONTRACT\":[],\"NO_GO_"
				    "LIST\":[]},\"LEDGERS\":{\"ROLE_LEDGER\":[],"
				    "\"ENGINE_RUN_LEDGER\":{\"run_id\":\"\",\"entries\":[]},"
				    "\"OUTPUT_LEDGER\":[]},\"LAST_RESULT\":{"
				    "\"STATUS\":\"NONE\",\"FAIL_CODE\":\"\",\"FAIL_REASONS\":[]"
				    ",\"FIX_LIST\":[],\"VAL_REPORT_REF\":\"\","
				    "\"PACK_OUTPUT_REF\":\"\"},\"PATCH_TRACKING\":{\"LAST_"
				    "PATCHSET_ID\":\"\",\"LAST_FILES_CHANGED\":[],"
				    "\"CHANGELOG_REF\":\"\",\"NEXT_POINTER\":\"\"},\"RESUME\":{"
				    "\"RESUME_TOKEN\":\"\","
				    "\"RESUME_ALLOWED\":false,\"RESUME_REQUIREMENTS\":[],"
				    "\"RESUME_TARGET\":{\"FILE\":\"\",\"GOAL\":\"\"}}}");
	sg_strbuf_release(&out);
}

Test(json, ledgers_show_their_rows_absent_fields_are_left_out_and_wrong_ones_are_null)
{
	static const char *const toc[] = {"TOC"};
	const struct sg_role_row role = {.role = "SPC",
		.status_text = "ran",
		.outputs_produced = {toc, 1},
		.notes = "n",
		.extra = ""};
	const struct sg_engine_row engine = {.eng_key = "KEY:E",
		.status_text = "maybe",
		.notes = "",
		.extra = "",
		.status = SG_ROW_STATUS_COUNT};
	const struct sg_output_row outputs[] = {
		{"A", "SPC", "r", "", SG_TRUTH_TRUE},
		{"B", "", "", "", SG_TRUTH_FALSE},
		{"C", "", "", "", SG_TRUTH_ABSENT},
		{"D", "", "", "", SG_TRUTH_OTHER},
	};
	struct sg_manifest m;
	struct sg_strbuf out = SG_STRBUF_INIT;
	struct sg_json j;

	sg_manifest_default(&m);
	m.roles = (struct sg_role_rows){&role, 1};
	m.engines.entries = (struct sg_engine_rows){.v = &engine, .n = 1};
	m.outputs = (struct sg_output_rows){.v = outputs, .n = 4};
	sg_json_init(&j, &out);
	sg_json_manifest_section(&j, &m, SG_MAPPING_LEDGERS);
	cr_expect_str_eq(out.bytes, "{\"ROLE_LEDGER\":[{\"role\":\"SPC\",\"status\":\"ran\","
				    "\"outputs_produced\":[\"TOC\"],\"notes\":\"n\"}],"
				    "\"ENGINE_RUN_LEDGER\":{\"run_id\":\"\",\"entries\":[{"
				    "\"eng_key\":\"KEY:E\",\"status\":\"maybe\","
				    "\"outputs_produced\":[],\"notes\":\"\"}]},\"OUTPUT_"
				    "LEDGER\":[{\"output\":\"A\",\"present\":true,"
				    "\"source\":\"SPC\",\"ref\":\"r\"},{\"output\":\"B\","
				    "\"present\":false,\"source\":\"\",\"ref\":\"\"},"
				    "{\"output\":\"C\",\"source\":\"\",\"ref\":\"\"},{"
				    "\"output\":\"D\",\"present\":null,\"source\":\"\","
				    "\"ref\":\"\"}]}");
	sg_strbuf_clear(&out);
	m.shape[SG_FIELD_ID_LEDGERS_ROLE_LEDGER] = SG_SHAPE_ABSENT;
	m.shape[SG_FIELD_ID_LEDGERS_OUTPUT_LEDGER] = SG_SHAPE_WRONG;
	m.entries_shape = SG_SHAPE_ABSENT;
	sg_json_init(&j, &out);
	sg_json_manifest_section(&j, &m, SG_MAPPING_LEDGERS);
	cr_expect_str_eq(
		out.bytes, "{\"ENGINE_RUN_LEDGER\":{\"run_id\":\"\"},\"OUTPUT_LEDGER\":null}");
	sg_strbuf_release(&out);
}
