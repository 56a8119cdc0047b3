/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a Markdown document holds an instance or a token. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "format/markdown.h"
#include "harness/harness.h"

#define ALL_SEVEN         \
	"SESSION:\n  A: " \
	"1\nCURRENT_STEP:\nROUTING:\nLEDGERS:\nLAST_RESULT:\nPATCH_TRACKING:\nRESUME:\n"

/* The span that is found in text, "(none)" if there is none. The caller frees it. */
static char *instance_of(const char *name, const char *text, struct sg_span *ret)
{
	struct sg_err err = SG_ERR_INIT;

	if (sg_markdown_find_instance(name, text, strlen(text), ret, &err) < 0)
		return sg_t_format("(none) %s:%zu:%zu", err.file, err.line, err.column);
	return sg_t_format("%.*s", (int)(ret->end - ret->start), text + ret->start);
}

static void expect_instance(const char *text, const char *expected, size_t line, size_t indent)
{
	struct sg_span span = {0};
	char *found = instance_of("h.md", text, &span);

	cr_expect_str_eq(found, expected, "in: %s", text);
	cr_expect_eq(span.line, line, "line %zu in: %s", span.line, text);
	cr_expect_eq(span.indent, indent, "indent %zu in: %s", span.indent, text);
	free(found);
}

Test(markdown, a_name_says_what_is_markdown_and_else_a_fence_or_end_does)
{
	static const struct {
		const char *name;
		const char *text;
		bool expected;
	} cases[] = {
		{"a.md", "SESSION:\n", true},
		{"A.MARKDOWN", "", true},
		{"a.yaml", "```yaml\n", false},
		{"a.yml", "END.\n", false},
		{"a.json", "{}", false},
		{"a", "SESSION:\n", false},
		{"a", "# title\nKIND: X\n", false},
		{"a", "x\n```yaml\n", true},
		{"a", "x\n  ~~~\n", true},
		{"a", "x\nEND.\r\n", true},
		{"a", "END..\n", false},
		{"a", "``x```\n", false},
		{"-", "x: 1\nEND.", true},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_eq(
			sg_markdown_is(cases[i].name, cases[i].text, strlen(cases[i].text)),
			cases[i].expected, "case %zu", i);
	SG_LEAKCHECK();
}

Test(markdown, a_plain_yaml_file_is_never_searched)
{
	struct sg_span span = {0};
	char *found = instance_of("a.yaml", "# x\n" ALL_SEVEN "END.\n", &span);

	cr_expect_str_eq(found, "# x\n" ALL_SEVEN "END.\n");
	cr_expect_not(span.markdown);
	free(found);
	SG_LEAKCHECK();
}

Test(markdown, a_fenced_yaml_block_is_found)
{
	expect_instance("text\n```yaml\n" ALL_SEVEN "```\nbehind\n", ALL_SEVEN, 3, 0);
	expect_instance("~~~ YML title\n\n" ALL_SEVEN "\n~~~\n", ALL_SEVEN, 3, 0);
	expect_instance("````yaml\n" ALL_SEVEN "```\n````\n", ALL_SEVEN "```\n", 2, 0);
	expect_instance("```yaml\n" ALL_SEVEN, ALL_SEVEN, 2, 0);
	expect_instance("```yaml\n# note\n" ALL_SEVEN "```\n", "# note\n" ALL_SEVEN, 2, 0);
	expect_instance(
		"```yaml\r\n\"SESSION\" : {}\r\n'CURRENT_STEP':\r\nROUTING:\r\nLEDGERS:\r\n"
		"LAST_RESULT:\r\nPATCH_TRACKING:\r\nRESUME:\r\n```\r\n",
		"\"SESSION\" : "
		"{}\r\n'CURRENT_STEP':\r\nROUTING:\r\nLEDGERS:\r\nLAST_RESULT:\r\n"
		"PATCH_TRACKING:\r\nRESUME:\r\n",
		2, 0);
	SG_LEAKCHECK();
}

Test(markdown, an_indented_fence_says_its_indent)
{
	expect_instance("- x\n\n    ```yaml\n    SESSION:\n      A: 1\n\n    CURRENT_STEP:\n"
			"    ROUTING:\n    LEDGERS:\n    LAST_RESULT:\n    PATCH_TRACKING:\n"
			"    RESUME:\n    ```\n",
		"    SESSION:\n      A: 1\n\n    CURRENT_STEP:\n    ROUTING:\n    LEDGERS:\n"
		"    LAST_RESULT:\n    PATCH_TRACKING:\n    RESUME:\n",
		4, 4);
	SG_LEAKCHECK();
}

Test(markdown, a_bare_block_ends_at_end_at_a_heading_or_at_a_fence)
{
	expect_instance("# T\n" ALL_SEVEN "\nEND.\nmore\n", ALL_SEVEN, 2, 0);
	expect_instance("# T\n" ALL_SEVEN "\n## Next\n", ALL_SEVEN, 2, 0);
	expect_instance("# T\n\n" ALL_SEVEN "```sh\nls\n```\n", ALL_SEVEN, 3, 0);
	expect_instance("# T\n" ALL_SEVEN, ALL_SEVEN, 2, 0);
	expect_instance("# T\n" ALL_SEVEN "#no heading\n####### nor this\nEND.\n",
		ALL_SEVEN "#no heading\n####### nor this\n", 2, 0);
	SG_LEAKCHECK();
}

Test(markdown, the_first_block_with_all_seven_sections_counts)
{
	expect_instance("## A\nSESSION:\n  A: 1\n## B\nCURRENT_STEP:\n## C\n" ALL_SEVEN
			"END.\n",
		ALL_SEVEN, 7, 0);
	expect_instance("```yaml\nSESSION:\n```\n```\n" ALL_SEVEN "```\n```sh\n" ALL_SEVEN
			"```\n~~~yaml\n" ALL_SEVEN "~~~\n",
		ALL_SEVEN, 25, 0);
	expect_instance("```yaml\n" ALL_SEVEN "B: 1\n```\n# T\n" ALL_SEVEN "END.\n",
		ALL_SEVEN "B: 1\n", 2, 0);
	expect_instance("```text\n# T\n" ALL_SEVEN "END.\n```\n", "(none) h.md:1:1", 0, 0);
	expect_instance("```yaml\nX:\n  SESSION:\n  CURRENT_STEP:\n  ROUTING:\n  LEDGERS:\n"
			"  LAST_RESULT:\n  PATCH_TRACKING:\n  RESUME:\n```\n",
		"(none) h.md:1:1", 0, 0);
	expect_instance("", "(none) h.md:1:1", 0, 0);
	SG_LEAKCHECK();
}

Test(markdown, the_seed_document_holds_its_default_template)
{
	size_t n_bytes = 0;
	char *host = sg_t_read("tests/golden/manifest_host.md", &n_bytes);
	char *template = sg_t_read("tests/golden/manifest_blank.yaml", NULL);
	struct sg_span span = {0};

	cr_assert(host && template, "run from the root of the sources");
	char *found = instance_of("08__RUNTIME_MANIFEST.md", host, &span);
	cr_expect_str_eq(found, template);
	cr_expect_eq(span.line, 158);
	free(found);
	free(template);
	free(host);
	SG_LEAKCHECK();
}

static void expect_partial(const char *text, const char *expected)
{
	struct sg_span span = {0};
	struct sg_err err = SG_ERR_INIT;

	const enum sg_rc rc = sg_markdown_find_partial("h.md", text, strlen(text), &span, &err);
	if (!expected) {
		cr_expect_eq(rc, SG_INPUT, "in: %s", text);
		return;
	}
	cr_assert_eq(rc, SG_OK, "in: %s", text);
	cr_expect_eq(span.end - span.start, strlen(expected), "in: %s", text);
	cr_expect_eq(strncmp(text + span.start, expected, strlen(expected)), 0, "in: %s", text);
}

Test(markdown, what_is_incomplete_is_found_only_where_that_is_asked_for)
{
	expect_partial("x\n```yaml\nother: 1\n```\n```yaml\nLEDGERS:\n  A: 1\n```\n",
		"LEDGERS:\n  A: 1\n");
	expect_partial("x\n```\nLEDGERS:\n```\n", "LEDGERS:\n");
	expect_partial("x\n```sh\nLEDGERS:\n```\n", NULL);
	expect_partial("# T\nROUTING:\n  A: 1\nEND.\n", "ROUTING:\n  A: 1\n");
	expect_partial("# T\nROUTING:\n  A: 1\n# U\n" ALL_SEVEN, ALL_SEVEN);
	expect_partial("# T\nwords\n", NULL);
	SG_LEAKCHECK();
}

static void expect_token(const char *name, const char *text, const char *expected)
{
	struct sg_span span = {0};
	struct sg_err err = SG_ERR_INIT;

	const enum sg_rc rc =
		sg_markdown_find_token(name, text, strlen(text), "ROUTE_TOKEN", &span, &err);
	if (!expected) {
		cr_expect_eq(rc, SG_INPUT, "in: %s", text);
		return;
	}
	cr_assert_eq(rc, SG_OK, "in: %s", text);
	cr_expect_eq(span.end - span.start, strlen(expected), "in: %s", text);
	cr_expect_eq(strncmp(text + span.start, expected, strlen(expected)), 0, "in: %s", text);
}

Test(markdown, a_token_is_the_first_fence_that_begins_with_its_name)
{
	expect_token("r.yaml", "ROUTE_TOKEN: {}\n", "ROUTE_TOKEN: {}\n");
	expect_token("r.yaml", "anything\n", "anything\n");
	expect_token("r.md", "x\n```\na: 1\n```\n```yaml\n# c\nROUTE_TOKEN:\n  A: 1\n\n```\n",
		"# c\nROUTE_TOKEN:\n  A: 1\n");
	expect_token("r.md", "  ~~~\n  ROUTE_TOKEN:\n  ~~~\n", "  ROUTE_TOKEN:\n");
	expect_token("r", "text\n```\nROUTE_TOKEN:\n```\n", "ROUTE_TOKEN:\n");
	expect_token("r.md", "ROUTE_TOKEN:\n  A: 1\n", NULL);
	expect_token("r.md", "```\nROUTE_TOKEN_2:\n```\n", NULL);
	expect_token("r.md", "```\na: 1\nROUTE_TOKEN:\n```\n", NULL);
	SG_LEAKCHECK();
}
