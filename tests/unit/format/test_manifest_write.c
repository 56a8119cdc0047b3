/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The canonical form, and that reading it back gives the same value and the same bytes. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "format/yaml_tree.h"
#include "harness/harness.h"
#include "manifest_test.h"

Test(manifest_write, the_blank_instance_is_the_default_template_byte_for_byte)
{
	struct sg_manifest m;
	size_t n_bytes = 0;
	char *expected = sg_t_read("tests/golden/manifest_blank.yaml", &n_bytes);

	cr_assert(expected, "tests/golden/manifest_blank.yaml is missing");
	sg_manifest_default(&m);
	char *found = t_written(&m);
	cr_assert_str_eq(found, expected);
	cr_assert_eq(strlen(found), n_bytes);
	free(found);
	free(expected);
	SG_LEAKCHECK();
}

Test(manifest_write, the_blank_instance_is_what_the_host_document_holds)
{
	struct sg_manifest m;
	char *host = sg_t_read("tests/golden/manifest_host.md", NULL);
	cr_assert(host, "tests/golden/manifest_host.md is missing");
	sg_manifest_default(&m);
	char *written = t_written(&m);
	char *section = strstr(host, "## [M] DEFAULT TEMPLATE (blank instance)\n");
	cr_assert(section);
	section = strchr(section, '\n') + 1;
	cr_assert_eq(strncmp(section, written, strlen(written)), 0);
	cr_assert_str_eq(section + strlen(written), "\nEND.\n");
	free(written);
	free(host);
	SG_LEAKCHECK();
}

Test(manifest_write, rows_and_lists_are_indented_by_two)
{
	static const char *const outputs[] = {"A", "B"};
	const struct sg_role_row role = {.role = "SPC",
		.status_text = "ran",
		.outputs_produced = {outputs, 2},
		.notes = "n",
		.extra = "      more: 1\n"};
	const struct sg_engine_row engine = {.eng_key = "KEY:ENG.X",
		.status_text = "failed",
		.notes = "",
		.extra = "",
		.status = SG_ROW_STATUS_FAILED};
	const struct sg_output_row output = {.output = "A",
		.source = "SPC",
		.ref = "a#b",
		.extra = "",
		.present = SG_TRUTH_TRUE};
	struct sg_manifest m;

	sg_manifest_default(&m);
	m.roles = (struct sg_role_rows){&role, 1};
	m.engines.entries = (struct sg_engine_rows){.v = &engine, .n = 1};
	m.outputs = (struct sg_output_rows){.v = &output, .n = 1};
	m.required_roles = (struct sg_strs){outputs, 2};
	m.extra[SG_MAPPING_ENGINE_RUN_LEDGER] = "    own: x\n";
	m.extra[SG_MAPPING_LEDGERS] = "  more: y\n";
	m.extra[SG_MAPPING_ROOT] = "ROOT: z\n";
	char *written = t_written(&m);
	cr_assert(strstr(written, "\n  REQUIRED_ROLES:\n    - \"A\"\n    - \"B\"\n"));
	const char *ledgers = strstr(written, "LEDGERS:\n  ROLE");
	cr_assert(ledgers);
	const char *expected = "LEDGERS:\n"
			       "  ROLE_LEDGER:\n"
			       "    - role: \"SPC\"\n"
			       "      status: \"ran\"\n"
			       "      outputs_produced:\n"
			       "        - \"A\"\n"
			       "        - \"B\"\n"
			       "      notes: \"n\"\n"
			       "      more: 1\n"
			       "  ENGINE_RUN_LEDGER:\n"
			       "    run_id: \"\"\n"
			       "    entries:\n"
			       "      - eng_key: \"KEY:ENG.X\"\n"
			       "        status: \"failed\"\n"
			       "        outputs_produced: []\n"
			       "        notes: \"\"\n"
			       "    own: x\n"
			       "  OUTPUT_LEDGER:\n"
			       "    - output: \"A\"\n"
			       "      present: true\n"
			       "      source: \"SPC\"\n"
			       "      ref: \"a#b\"\n"
			       "  more: y\n"
			       "\n"
			       "LAST_RESULT:\n";
	cr_assert_eq(strncmp(ledgers, expected, strlen(expected)), 0, "found: %s", ledgers);
	cr_assert(strstr(written, "    GOAL: \"\"\n\nROOT: z\n"));
	free(written);
	SG_LEAKCHECK();
}

Test(manifest_write, every_character_that_yaml_does_not_take_is_escaped)
{
	static const struct {
		const char *text;
		const char *quoted;
	} cases[] = {
		{"", "\"\""},
		{"plain, with: # - all", "\"plain, with: # - all\""},
		{"\"\\", "\"\\\"\\\\\""},
		{"\a\b\t\n\v\f\r\x1b", "\"\\a\\b\\t\\n\\v\\f\\r\\e\""},
		{"\x01\x1f\x7f", "\"\\x01\\x1F\\x7F\""},
		{"\xc2\x80\xc2\x85\xc2\x9f\xc2\xa0", "\"\\x80\\x85\\x9F\xc2\xa0\""},
		{"\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa",
			"\"\xe2\x80\xa7\\u2028\\u2029\xe2\x80\xaa\""},
		{"\xef\xbb\xbf\xef\xbf\xbd\xef\xbf\xbe\xef\xbf\xbf",
			"\"\\uFEFF\xef\xbf\xbd\\uFFFE\\uFFFF\""},
		{SG_USER_SIGNAL " \xf0\x9f\x98\x80", "\"" SG_USER_SIGNAL " \xf0\x9f\x98\x80\""},
		{"a\xff\xc3(b", "\"a\xef\xbf\xbd\xef\xbf\xbd(b\""},
		{"\xe2\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sg_strbuf out = SG_STRBUF_INIT;
		sg_yaml_quote(&out, cases[i].text);
		cr_expect_str_eq(out.bytes, cases[i].quoted, "case %zu", i);
		sg_strbuf_release(&out);
	}
	SG_LEAKCHECK();
}

/* Writes, reads, compares values, writes again, compares bytes; then the same in Markdown. */
static void go_round(const struct sg_manifest *m, size_t number)
{
	struct reading r;
	char *written = t_written(m);

	t_read(&r, "m.yaml", written, SG_READ_STRICT);
	cr_assert_eq(r.rc, SG_OK, "manifest %zu: %s\n%s", number, r.text, written);
	cr_assert(
		sg_manifest_equal(m, &r.m), "manifest %zu: other values\n%s", number, written);
	cr_assert(r.source.canonical, "manifest %zu is not canonical\n%s", number, written);
	cr_assert_not(r.source.comments);
	char *again = t_written(&r.m);
	cr_assert_str_eq(again, written, "manifest %zu", number);
	free(again);
	t_reading_release(&r);
	free(written);
}

Test(manifest_write, what_was_written_reads_back_to_equal_values_and_equal_bytes)
{
	struct random random = {.state = 20260102};
	struct sg_manifest m;

	for (size_t i = 0; i < 1500; i++) {
		struct sg_arena arena = SG_ARENA_INIT;
		t_random_manifest(&random, &arena, &m);
		go_round(&m, i);
		sg_arena_release(&arena);
	}
	SG_LEAKCHECK();
}

Test(manifest_write, a_host_keeps_every_byte_around_the_instance)
{
	static const char *const hosts[][2] = {
		{"# Title\r\ntext\r\n```yaml\n", "```\nbehind\n\n"},
		{"- item\n\n    ~~~~ yml\n", "    ~~~~\n```yaml\nother: 1\n```\n"},
		{"```yaml\nother: 1\n```\n## Here\n\n", "\n\nEND.\nSESSION:\n"},
		{"", "\n# next heading\nSESSION:\n"},
	};
	static const size_t indents[] = {0, 4, 0, 0};
	struct random random = {.state = 7};

	for (size_t i = 0; i < 400; i++) {
		const size_t host = i % 4;
		struct sg_arena arena = SG_ARENA_INIT;
		struct sg_manifest m;
		struct sg_manifest other;
		struct reading r;
		t_random_manifest(&random, &arena, &m);
		t_random_manifest(&random, &arena, &other);
		const struct sg_manifest_source source = {.start = strlen(hosts[host][0]),
			.end = strlen(hosts[host][0]) + 3,
			.markdown = true,
			.indent = indents[host]};
		struct sg_strbuf frame = SG_STRBUF_INIT;
		sg_strbuf_addf(&frame, "%sxxx%s", hosts[host][0], hosts[host][1]);
		struct sg_strbuf file = SG_STRBUF_INIT;
		sg_manifest_write_hosted(&file, &m, frame.bytes, frame.n_bytes, &source);
		t_read(&r, "host.md", file.bytes, SG_READ_STRICT);
		cr_assert_eq(r.rc, SG_OK, "host %zu, %s\n%s", host, r.text, file.bytes);
		cr_assert(sg_manifest_equal(&m, &r.m), "host %zu\n%s", host, file.bytes);
		cr_assert(r.source.canonical && r.source.markdown, "host %zu\n%s", host,
			file.bytes);
		cr_assert_eq(r.source.indent, indents[host]);
		struct sg_strbuf changed = SG_STRBUF_INIT;
		sg_manifest_write_hosted(&changed, &other, file.bytes, file.n_bytes, &r.source);
		const size_t n_behind = strlen(hosts[host][1]);
		cr_assert_eq(memcmp(changed.bytes, hosts[host][0], strlen(hosts[host][0])), 0);
		cr_assert_str_eq(changed.bytes + changed.n_bytes - n_behind, hosts[host][1]);
		t_reading_release(&r);
		sg_strbuf_release(&changed);
		sg_strbuf_release(&frame);
		sg_strbuf_release(&file);
		sg_arena_release(&arena);
	}
	SG_LEAKCHECK();
}

Test(manifest_write, the_digest_is_that_of_the_canonical_bytes)
{
	char expected[SG_SHA256_HEX_SIZE];
	char found[SG_SHA256_HEX_SIZE];
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_manifest m;

	for (size_t n = 0; n < 3000; n += 1499) {
		t_big_manifest(&arena, n + 1, &m);
		char *written = t_written(&m);
		sg_sha256_of(written, strlen(written), expected);
		cr_assert_eq(sg_manifest_digest(&m, found), SG_OK);
		cr_assert_str_eq(found, expected);
		free(written);
	}
	sg_arena_release(&arena);
	SG_LEAKCHECK();
}

Test(manifest_write, one_changed_byte_is_not_canonical)
{
	struct reading r;
	char *text = t_blank_with(5, 5, "  OWNER: \"x\"\n");

	for (char *at = text; *at; at++) {
		if (*at != ' ')
			continue;
		*at = '\t';
		t_read(&r, "m.yaml", text, SG_READ_STRICT);
		cr_expect(r.rc < 0 || !r.source.canonical, "at byte %zu", (size_t)(at - text));
		t_reading_release(&r);
		*at = ' ';
	}
	text[strlen(text) - 1] = '\0';
	t_read(&r, "m.yaml", text, SG_READ_STRICT);
	cr_expect_eq(r.rc, SG_OK);
	cr_expect_not(r.source.canonical);
	t_reading_release(&r);
	free(text);
	SG_LEAKCHECK();
}
