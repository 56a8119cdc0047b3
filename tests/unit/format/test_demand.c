/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an output holds of what CONTRACT demands. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "format/demand.h"
#include "format/yaml_tree.h"
#include "harness/harness.h"

static char *repeat(const char *one, size_t n)
{
	char *text = malloc(n + 1);

	cr_assert_not_null(text);
	memset(text, *one, n);
	text[n] = '\0';
	return text;
}

#define ONE(text) {(const char *const[]){text}, 1}

/* "demand: found; ..." of all that is missed, in arena. */
static const char *missed(
	struct sg_arena *arena, const struct sg_demand *d, const char *bytes, size_t n_bytes)
{
	struct sg_misses misses;
	const char *all = "";

	cr_assert_eq(sg_demand_check(arena, d, bytes, n_bytes, &misses), SG_OK);
	for (size_t i = 0; i < misses.n; i++)
		all = sg_arena_printf(arena, "%s%s%s: %s", all, i ? "; " : "",
			misses.v[i].demand, misses.v[i].found);
	return all;
}

static void expect(const struct sg_demand *d, const char *bytes, const char *wanted)
{
	struct sg_arena arena = SG_ARENA_INIT;
	cr_expect_str_eq(missed(&arena, d, bytes, strlen(bytes)), wanted);
	sg_arena_release(&arena);
}

Test(demand, the_size_is_that_of_the_bytes_and_needs_no_bytes)
{
	const struct sg_demand d = {.name = "A", .min_bytes = 3};
	struct sg_arena arena = SG_ARENA_INIT;
	expect(&d, "abc", "");
	expect(&d, "ab", "at least 3 bytes: 2 bytes");
	expect(&d, "Ж", "at least 3 bytes: 2 bytes");
	cr_expect_not(sg_demand_looks_inside(&d));
	cr_expect_str_eq(missed(&arena, &d, NULL, (size_t)1 << 40), "");
	sg_arena_release(&arena);
	SG_LEAKCHECK();
}

Test(demand, texts_are_found_byte_for_byte_anywhere)
{
	static const char *const two[] = {"Глава 1", "a\nb"};
	const struct sg_demand d = {.name = "A", .contains = {two, 2}};
	struct sg_arena arena = SG_ARENA_INIT;
	expect(&d, "..Глава 1..a\nb", "");
	expect(&d, "глава 1 a\r\nb",
		"the text \"Глава 1\": no such text; the text \"a<U+000A>b\": no such text");
	cr_expect_str_eq(missed(&arena, &d, "\0Глава 1\0a\nb", 18), "", "behind a NUL");
	sg_arena_release(&arena);
}

Test(demand, every_item_that_is_missed_is_said_in_its_order)
{
	const struct sg_demand d = {.name = "A",
		.min_bytes = 9,
		.contains = ONE("x"),
		.headings = ONE("Intro"),
		.yaml = true,
		.json = true};
	expect(&d, "{a: [",
		"at least 9 bytes: 5 bytes; the text \"x\": no such text; the heading \"Intro\": no "
		"such one among 0 headings; YAML: line 2, column 1: cannot read as YAML: did not "
		"find expected node content while parsing a flow node; JSON: something else at "
		"byte 2");
}

Test(demand, what_is_too_large_to_look_into_misses_what_looks_inside)
{
	const struct sg_demand d = {.name = "A", .min_bytes = 9, .json = true};
	struct sg_arena arena = SG_ARENA_INIT;
	cr_expect_str_eq(missed(&arena, &d, NULL, SG_DEMAND_MAX_BYTES + 1),
		"JSON: 67108865 bytes, more than can be looked into");
	sg_arena_release(&arena);
}

/* --- headings --- */

Test(demand, a_heading_stands_on_its_line_outside_of_fences_and_comments)
{
	static const struct {
		const char *wanted;
		const char *text;
		bool there;
	} cases[] = {
		{"Intro", "# Intro\n", true},
		{"Intro", "x\n\n###### Intro ##   \n", true},
		{"Intro", "   ## \tIntro", true},
		{"Intro", "## Intro\r\n", true},
		{"C#", "# C#\n", true},
		{"Intro #1", "## Intro #1 ##\n", true},
		{"Intro", "Intro\n=====\n", true},
		{"Intro", "a\n\n  Intro\n---\n", true},
		{"Введение", "## Введение\n", true},
		{"## Intro", "## Intro\n", true},
		{"## Intro ##", "Intro\n-\n", true},
		{"## Intro", "# Intro\n", false},
		{"# Intro", "Intro\n---\n", false},
		{"Intro", "#Intro\n", false},
		{"Intro", "####### Intro\n", false},
		{"Intro", "    # Intro\n", false},
		{"Intro", "\t# Intro\n", false},
		{"Intro", "text # Intro\n", false},
		{"Intro", "# Introduction\n", false},
		{"intro", "# Intro\n", false},
		{"Intro", "```\n# Intro\n```\n", false},
		{"Intro", "~~~~ md\n# Intro\n~~~\n# Intro\n~~~~\n", false},
		{"Intro", "```\n# Intro\n", false},
		{"Intro", "```\nx\n```\n# Intro\n", true},
		{"Intro", "``` a`b\n# Intro\n", true},
		{"Intro", "<!--\n# Intro\n-->\n", false},
		{"Intro", "<!-- x -->\n# Intro\n", true},
		{"Intro", "<!--\n-->\n# Intro\n", true},
		{"Intro", "<!-->\n# Intro\n", false},
		{"Intro", "Intro\n\n===\n", false},
		{"Intro", "a\nIntro\n===\n", false},
		{"Intro", "Intro\n=-=\n", false},
		{"Intro", "", false},
		{"Intro", "#\n##\n", false},
	};

	for (size_t i = 0; i < SG_ARRAY_SIZE(cases); i++) {
		size_t n = 0;
		cr_expect_eq(sg_demand_heading(cases[i].text, strlen(cases[i].text),
				     cases[i].wanted, &n),
			cases[i].there, "case %zu: \"%s\" in:\n%s", i, cases[i].wanted,
			cases[i].text);
	}
}

Test(demand, a_heading_that_is_missed_is_said_with_how_many_there_are)
{
	const struct sg_demand d = {.name = "A", .headings = ONE("Scope")};
	expect(&d, "# A\n\nB\n-\n", "the heading \"Scope\": no such one among 2 headings");
	expect(&d, "# A\n", "the heading \"Scope\": no such one among 1 heading");
}

/* --- YAML --- */

Test(demand, yaml_is_what_every_other_input_is_read_by)
{
	const struct sg_demand d = {.name = "A", .yaml = true};
	expect(&d, "a: [1, 2]\n", "");
	expect(&d, "a: 1\na: 2\n",
		"YAML: line 2, column 1: cannot read as YAML: expected the key a once, found it "
		"again after line 1");
	char *big = repeat("a", SG_YAML_MAX_FILE + 1);
	expect(&d, big, "YAML: 1048577 bytes, more than the 1048576 that are read as YAML");
	free(big);
	SG_LEAKCHECK();
}

/* --- JSON --- */

Test(demand, json_agrees_with_a_reader_that_is_not_ours)
{
	static const char *const texts[] = {"{}", "[]", " [1, -0, 1.5e+3, 0.1E-2, true, null]\n",
		"{\"a\": {\"b\": [[], {}]}}", "\"x\"", "1", "\"\\u00e9\\n\\\\\"", "\"é\"", "[1,]",
		"{\"a\":1,}", "[1 2]", "{a: 1}", "{\"a\" 1}", "{\"a\":}", "[", "]", "[}", "{]", "",
		" ", "01", "1.", ".5", "+1", "-", "1e", "tru", "nul", "\"", "\"\\x\"", "\"\\u12\"",
		"\"\t\"", "\"\xff\"", "[] []", "{\"a\":1}x", "'a'", "NaN", "// c\n1", "\xef\xbb\xbf{}"};

	for (size_t i = 0; i < SG_ARRAY_SIZE(texts); i++) {
		const size_t n = strlen(texts[i]);
		json_t *theirs = json_loadb(texts[i], n, JSON_DECODE_ANY, NULL);
		size_t at = 0;
		cr_expect_eq(sg_demand_json(texts[i], n, &at), theirs != NULL, "%s", texts[i]);
		cr_expect_leq(at, n);
		json_decref(theirs);
	}
}

/* Each text that differs from a sound one in one byte, or ends early. */
Test(demand, json_agrees_with_it_on_every_text_one_byte_away)
{
	static const char sound[] = "{\"k\": [1, -2.5e7, \"a\\u0041\", true], \"m\": {}}";
	static const char bytes[] = "{}[]\",:0-+.eE\\ \ntu\x01\x80";
	char text[sizeof(sound)];

	for (size_t i = 0; i + 1 < sizeof(sound); i++) {
		for (size_t k = 0; k < sizeof(bytes); k++) {
			const size_t n = bytes[k] ? sizeof(sound) - 1 : i;
			size_t at = 0;
			memcpy(text, sound, sizeof(sound));
			text[i] = bytes[k];
			json_t *theirs = json_loadb(text, n, JSON_DECODE_ANY, NULL);
			cr_expect_eq(sg_demand_json(text, n, &at), theirs != NULL, "%.*s", (int)n,
				text);
			json_decref(theirs);
		}
	}
}

Test(demand, json_says_where_it_ends_to_be_json_and_takes_a_depth_of_512)
{
	const struct sg_demand d = {.name = "A", .json = true};
	size_t at = 0;
	expect(&d, "[1, x]", "JSON: something else at byte 5");
	expect(&d, "[1, ", "JSON: an end where a value has to go on");
	char *open = repeat("[", SG_DEMAND_JSON_DEPTH);
	char *close = repeat("]", SG_DEMAND_JSON_DEPTH);
	char *deep = sg_t_format("%s%s", open, close);
	char *deeper = sg_t_format("[%s]", deep);
	cr_expect(sg_demand_json(deep, strlen(deep), &at));
	cr_expect_not(sg_demand_json(deeper, strlen(deeper), &at));
	cr_expect_eq(at, (size_t)SG_DEMAND_JSON_DEPTH);
	free(open);
	free(close);
	free(deep);
	free(deeper);
	SG_LEAKCHECK();
}
