/* SPDX-License-Identifier: GPL-3.0-or-later */
/* YAML by events and as a tree: kinds, places, caps, and bombs. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/strbuf.h"
#include "format/yaml_tree.h"
#include "harness/harness.h"

static void load_bytes(const char *bytes, size_t n_bytes, const char *expected_error)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_err err = SG_ERR_INIT;
	const struct sg_node *node = NULL;
	char text[2048];

	const enum sg_rc rc = sg_yaml_load(&arena, "f.yaml", bytes, n_bytes, NULL, &node, &err);
	sg_err_text(&err, text, sizeof(text));
	if (expected_error) {
		cr_expect_lt(rc, 0, "expected an error for: %.60s", bytes);
		cr_expect_str_eq(text, expected_error, "for: %.60s", bytes);
		cr_expect_null(node, "untouched on failure");
	} else {
		cr_expect_eq(rc, SG_OK, "%.60s: %s", bytes, text);
	}
	sg_arena_release(&arena);
}

static void load(const char *text, const char *expected_error)
{
	load_bytes(text, strlen(text), expected_error);
}

Test(yaml, a_plain_scalar_is_what_the_core_schema_says)
{
	static const struct {
		const char *text;
		enum sg_yaml_kind kind;
	} cases[] = {
		{"text", SG_YAML_TEXT},
		{"yes", SG_YAML_TEXT},
		{"on", SG_YAML_TEXT},
		{"nul", SG_YAML_TEXT},
		{"tRUE", SG_YAML_TEXT},
		{"1a", SG_YAML_TEXT},
		{"1.2.3", SG_YAML_TEXT},
		{"12:30", SG_YAML_TEXT},
		{"0x", SG_YAML_TEXT},
		{"0xg", SG_YAML_TEXT},
		{"0o8", SG_YAML_TEXT},

		{".", SG_YAML_TEXT},
		{"+.e1", SG_YAML_TEXT},
		{"1e", SG_YAML_TEXT},
		{"2026-1-1", SG_YAML_TEXT},
		{"2026-01-02x", SG_YAML_TEXT},
		{"~x", SG_YAML_TEXT},
		{"", SG_YAML_NULL},
		{"~", SG_YAML_NULL},
		{"null", SG_YAML_NULL},
		{"Null", SG_YAML_NULL},
		{"NULL", SG_YAML_NULL},
		{"true", SG_YAML_BOOL},
		{"True", SG_YAML_BOOL},
		{"TRUE", SG_YAML_BOOL},
		{"false", SG_YAML_BOOL},
		{"False", SG_YAML_BOOL},
		{"FALSE", SG_YAML_BOOL},
		{"0", SG_YAML_NUMBER},
		{"0001", SG_YAML_NUMBER},
		{"-12", SG_YAML_NUMBER},
		{"+1.5", SG_YAML_NUMBER},
		{".5", SG_YAML_NUMBER},
		{"5.", SG_YAML_NUMBER},
		{"1e9", SG_YAML_NUMBER},
		{"1.5E-3", SG_YAML_NUMBER},
		{"0x1F", SG_YAML_NUMBER},
		{"0o17", SG_YAML_NUMBER},
		{".inf", SG_YAML_NUMBER},
		{"-.Inf", SG_YAML_NUMBER},
		{".NAN", SG_YAML_NUMBER},
		{"2026-01-02", SG_YAML_DATE},
		{"2026-01-02T03:04:05Z", SG_YAML_DATE},
		{"2026-01-02 03:04:05", SG_YAML_DATE},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sg_arena arena = SG_ARENA_INIT;
		const struct sg_node *plain = NULL;
		const struct sg_node *quoted = NULL;
		char text[64];
		int n = snprintf(text, sizeof(text), "k: %s\n", cases[i].text);
		cr_assert_eq(
			sg_yaml_load(&arena, "f", text, (size_t)n, NULL, &plain, NULL), SG_OK);
		cr_expect_eq(plain->items[0].kind, cases[i].kind, "plain %s", cases[i].text);
		cr_expect_str_eq(plain->items[0].text, cases[i].text);
		n = snprintf(text, sizeof(text), "k: '%s'\n", cases[i].text);
		cr_assert_eq(
			sg_yaml_load(&arena, "f", text, (size_t)n, NULL, &quoted, NULL), SG_OK);
		cr_expect_eq(quoted->items[0].kind, SG_YAML_TEXT, "quoted %s", cases[i].text);
		sg_arena_release(&arena);
	}
	SG_LEAKCHECK();
}

Test(yaml, a_tree_keeps_order_texts_and_places_in_bytes)
{
	static const char text[] =
		"\xd0\xb3\xd0\xbe: one\nlist: [a, \"\xd0\xbe\", {b: 1}]\nend: |\n  x\n";
	const struct sg_place base = {.line = 10, .column = 1, .offset = 100};
	struct sg_arena arena = SG_ARENA_INIT;
	const struct sg_node *root = NULL;

	cr_assert_eq(
		sg_yaml_load(&arena, "f", text, sizeof(text) - 1, &base, &root, NULL), SG_OK);
	cr_assert_eq(root->n, 3);
	cr_assert_str_eq(root->keys[0], "\xd0\xb3\xd0\xbe");
	cr_assert_eq(root->items[0].place.line, 10);
	cr_assert_eq(root->items[0].place.column, 5, "columns are characters");
	cr_assert_eq(root->items[0].place.offset, 106, "offsets are bytes");
	const struct sg_node *list = sg_node_get(root, "list");
	cr_assert(list && list->type == SG_YAML_LIST && list->n == 3);
	cr_assert_eq(list->items[2].place.offset, 100 + (size_t)(strchr(text, '{') - text));
	cr_assert_eq(list->items[2].end.offset, 100 + (size_t)(strchr(text, '}') + 1 - text));
	cr_assert_eq(root->key_places[1].line, 11);
	cr_assert_str_eq(sg_node_get(root, "end")->text, "x\n");
	cr_assert_null(sg_node_get(root, "none"));
	cr_assert_null(sg_node_get(&root->items[0], "none"));
	sg_arena_release(&arena);
	SG_LEAKCHECK();
}

Test(yaml, what_is_not_allowed_is_refused_at_its_place)
{
	load("a: &x 1\n", "f.yaml:1:4: cannot read as YAML: expected no anchor, found one");
	load("a: 1\nb: *x\n", "f.yaml:2:4: cannot read as YAML: expected no alias, found *x");
	load("a: !!str 1\n", "f.yaml:1:4: cannot read as YAML: expected no tag, found "
			     "tag:yaml.org,2002:str");
	load("a: ! x\n", "f.yaml:1:4: cannot read as YAML: expected no tag, found !");
	load("a: &x [1]\n", "f.yaml:1:4: cannot read as YAML: expected no anchor, found one");
	load("a: !t {}\n", "f.yaml:1:4: cannot read as YAML: expected no tag, found !t");
	load("a: 1\n<<: {b: 1}\n",
		"f.yaml:2:1: cannot read as YAML: expected no merge key, found <<");
	load("[a]: 1\n",
		"f.yaml:1:1: cannot read as YAML: expected a text as key, found a list");
	load("? {a: 1}\n: 1\n",
		"f.yaml:1:3: cannot read as YAML: expected a text as key, found a mapping");
	load("?\n: 1\n", "f.yaml:1:2: cannot read as YAML: expected a key, found nothing");
	load("a: 1\n--- \nb: 1\n",
		"f.yaml:2:1: cannot read as YAML: expected one document, found a second");
	load("a: 1\n...\n# fine\n...\nb\n",
		"f.yaml:5:1: cannot read as YAML: expected one document, found a second");
	load("a: 1\n...\n%TAG ! x\n---\n",
		"f.yaml:3:1: cannot read as YAML: expected one document, found a second");
	load("# head\n%TAG ! x\n---\na: 1\n",
		"f.yaml:2:1: cannot read as YAML: expected no directive but %YAML");
	load("a: \"x\\0y\"\n",
		"f.yaml:1:4: cannot read as YAML: expected a text without NUL, found one");
	load("a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n",
		"f.yaml:5:3: cannot read as YAML: expected the key c once, found it again "
		"after line 3");
	load("\"<<\": 1\n", NULL);
	load("a: 1\n... # end\n\n# more\n", NULL);
	load("%YAML 1.1\n---\na: 1\n", NULL);
	load("\xef\xbb\xbf"
	     "a: 1\n",
		NULL);
	SG_LEAKCHECK();
}

Test(yaml, what_is_no_yaml_or_no_utf_8_is_refused_at_its_place)
{
	load("a: [1\n",
		"f.yaml:2:1: cannot read as YAML: did not find expected ',' or ']' while "
		"parsing a flow sequence");
	load("a: 1\n b: 2\n",
		"f.yaml:2:3: cannot read as YAML: mapping values are not allowed in "
		"this context");
	load("a: \"x\n",
		"f.yaml:2:1: cannot read as YAML: found unexpected end of stream while "
		"scanning a quoted scalar");
	load("a: 1\n\tb: 1\n", "f.yaml:2:1: cannot read as YAML: found a tab character that "
			       "violates indentation "
			       "while scanning a plain scalar");
	load(": 1\n",
		"f.yaml:1:1: cannot read as YAML: did not find expected key while parsing a "
		"block mapping");
	load("", "f.yaml:1:1: cannot read as YAML: expected a value, found nothing");
	load("# only\n", "f.yaml:2:1: cannot read as YAML: expected a value, found nothing");
	load("a: 1\nb: \xd0\xb3\xff\n", "f.yaml:2:5: cannot read as YAML: expected UTF-8 text, "
					"found: invalid leading UTF-8 octet");
	load("a: \xc0\x80\n",
		"f.yaml:1:4: cannot read as YAML: expected UTF-8 text, found: invalid "
		"length of a UTF-8 sequence");
	load("a: \xed\xa0\x80\n",
		"f.yaml:1:4: cannot read as YAML: expected UTF-8 text, found: "
		"invalid Unicode character");
	load("a: \x1b[31m\n",
		"f.yaml:1:4: cannot read as YAML: expected UTF-8 text, found: control "
		"characters are not allowed");
	load_bytes("a: x\0y\n", 7,
		"f.yaml:1:5: cannot read as YAML: expected UTF-8 text, found: "
		"control characters are not allowed");
	load_bytes("\xff\xfe"
		   "a\0",
		4,
		"f.yaml:1:1: cannot read as YAML: expected UTF-8 text, found: invalid leading "
		"UTF-8 "
		"octet");
	SG_LEAKCHECK();
}

/* --- bombs --- */

static char *repeat(const char *head, const char *piece, size_t n_bytes, const char *tail)
{
	struct sg_strbuf out = SG_STRBUF_INIT;

	sg_strbuf_adds(&out, head);
	while (out.n_bytes < n_bytes)
		sg_strbuf_adds(&out, piece);
	sg_strbuf_adds(&out, tail);
	return sg_strbuf_take(&out, NULL);
}

Test(yaml, depth_32_is_read_and_depth_33_is_refused)
{
	char text[80] = "";

	memset(text, '[', 32);
	memset(text + 32, ']', 32);
	load(text, NULL);
	memset(text, '[', 33);
	memset(text + 33, ']', 33);
	load(text, "f.yaml:1:33: cannot read as YAML: expected a depth of at most 32");
	SG_LEAKCHECK();
}

Test(yaml, a_scalar_of_64_kib_is_read_and_one_byte_more_is_refused)
{
	char *text = repeat("a: ", "x", ((size_t)64 << 10) + 3, "");

	load(text, NULL);
	free(text);
	text = repeat("a: ", "x", ((size_t)64 << 10) + 4, "");
	load(text, "f.yaml:1:4: cannot read as YAML: expected a text of at most 65536 bytes, "
		   "found "
		   "65537");
	free(text);
	SG_LEAKCHECK();
}

Test(yaml, every_bomb_is_refused_quickly)
{
	static const char *const pieces[][3] = {
		{"", "[", ""},
		{"", "{", ""},
		{"", "{a: ", ""},
		{"", "[{", ""},
		{"", "- ", "x"},
		{"", "? ", "x"},
		{"", "-\n", ""},
		{"a: ", "x", "\n"},
		{"a: \"", "\\x41", "\"\n"},
		{"a: '", "''", "'\n"},
		{"a: |\n", " xxxxxxxx\n", ""},
		{"a: >\n", " x\n\n", ""},
		{"%TAG !a! b\n", "%TAG !a! b\n", "---\n"},
		{"a: [", "x,", "]\n"},
		{"a: [", "{},", "]\n"},
		{"a: {", "x: {}, ", "}\n"},
		{"", "- x\n", ""},
		{"a: ", "!", ""},
		{"a: ", "&", ""},
		{"a: &", "a", " x"},
		{"a: !<", "%41", "> x"},
		{"", "--- x\n", ""},
		{"", "...\n", "x: y\n--- z\n"},
		{"\"", "x", "\": 1\n"},
		{"? ", "x", "\n: 1\n"},
		{"", "\xef\xbb\xbf", ""},
		{"", "\xc2\x85", "@\n"},
		{"a: {", "<<: ", "}"},
		{"[", "? ", "]"},
		{"[", ": ", "]"},
		{"{", "? x : ", "}"},
		{"a: \"", "\n", "\""},
		{"a: 'x", "\n ", "@"},
		{"", "# x\n", "@"},
		{"a: *", "a", ""},
		{"a: [*x", ", *x", "]"},
		{"", "\"\\U0010FFFF\"", ""},
		{"a: [", "\"\",", "]"},
		{"", "a:\n", ""},
		{"? ", "- ", "x"},
	};
	struct timespec start;
	struct timespec end;

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		char *text = repeat(pieces[i][0], pieces[i][1], (size_t)1 << 19, pieces[i][2]);
		struct sg_arena arena = SG_ARENA_INIT;
		const struct sg_node *node = NULL;
		cr_assert_eq(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start), 0);
		const enum sg_rc rc =
			sg_yaml_load(&arena, "f", text, strlen(text), NULL, &node, NULL);
		cr_assert_eq(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end), 0);
		const double ms = (double)(end.tv_sec - start.tv_sec) * 1e3 +
				  (double)(end.tv_nsec - start.tv_nsec) / 1e6;
		cr_expect(rc == SG_INPUT || rc == SG_LIMIT, "bomb %zu was read", i);
		cr_expect_lt(ms, sg_t_is_asan() ? 2000 : 200, "bomb %zu took %.0f ms", i, ms);
		cr_expect_lt(arena.total_bytes, (size_t)16 << 20, "bomb %zu", i);
		sg_arena_release(&arena);
		free(text);
	}
	SG_LEAKCHECK();
}

Test(yaml, a_file_over_one_mebibyte_is_refused_unread)
{
	char *text = repeat("", "# x\n", SG_YAML_MAX_FILE, "a: 1\n");

	load(text, "f.yaml:1:1: cannot read as YAML: expected at most 1048576 bytes, found "
		   "1048581");
	free(text);
	SG_LEAKCHECK();
}

Test(yaml, offsets_may_be_asked_in_any_order)
{
	static const char text[] =
		"\xd0\xb3: \xd0\xbe\xd0\xbe\xd0\xbe\xd0\xbe\xd0\xbe\n\xe2\x82\xac"
		"abcdefghijk: [x, \xf0\x9f\x98\x80, y]\nlast: z\n";
	struct sg_yaml *yaml = NULL;
	struct sg_yaml_event events[16];
	size_t n = 0;

	cr_assert_eq(sg_yaml_open(&yaml, "f", text, sizeof(text) - 1, NULL, NULL), SG_OK);
	size_t offsets[16];
	do {
		cr_assert_eq(sg_yaml_next(yaml, &events[n], NULL), SG_OK);
		offsets[n] = sg_yaml_offset(yaml, &events[n].start);
	} while (events[n++].type != SG_YAML_END);
	cr_assert_eq(offsets[2], (size_t)4);
	cr_assert_eq(offsets[n - 2 - 1], (size_t)(strrchr(text, 'z') - text));
	for (size_t i = n; i > 0; i--)
		cr_expect_eq(sg_yaml_offset(yaml, &events[i - 1].start), offsets[i - 1]);
	sg_yaml_close(yaml);
	SG_LEAKCHECK();
}
