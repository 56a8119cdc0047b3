/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Unknown keys keep their lines, however hostile, and read back to the same bytes. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/harness.h"
#include "manifest_test.h"

/* Writes what was read and reads it again: equal values, canonical, equal bytes. */
static void go_round(const struct reading *first, const char *source)
{
	struct reading second;
	char *written = t_written(&first->m);

	t_read(&second, "m.yaml", written, SG_READ_STRICT);
	cr_assert_eq(second.rc, SG_OK, "%s\nof: %s\nwritten: %s", second.text, source, written);
	cr_assert(sg_manifest_equal(&first->m, &second.m), "of: %s\nwritten: %s", source,
		written);
	cr_assert(second.source.canonical, "of: %s\nwritten: %s", source, written);
	t_reading_release(&second);
	free(written);
}

/* These lines, behind SESSION's last field, are kept as these. */
static void expect_kept(const char *lines, const char *kept)
{
	struct reading r;
	char *text = t_blank_with(7, 7, lines);

	t_read(&r, "m.yaml", text, SG_READ_STRICT);
	cr_assert_eq(r.rc, SG_OK, "%s\nof: %s", r.text, lines);
	cr_expect_str_eq(r.m.extra[SG_MAPPING_SESSION], kept, "of: %s\nfound: %s", lines,
		r.m.extra[SG_MAPPING_SESSION]);
	go_round(&r, lines);
	t_reading_release(&r);
	free(text);
}

Test(manifest_extra, lines_stay_as_they_are)
{
	expect_kept("  a: 1\n", "  a: 1\n");
	expect_kept("  a:   'x'   # why  \n  \"b c\": \"y\"\t\n",
		"  a:   'x'   # why\n  \"b c\": \"y\"\n");
	expect_kept("  a:\n", "  a:\n");
	expect_kept("  a: # nothing\n", "  a: # nothing\n");
	expect_kept("  a: {b: [1, 2], c: ~} # x\n", "  a: {b: [1, 2], c: ~} # x\n");
	expect_kept("  a:\n    b:\n      - c\n      - d: e\n",
		"  a:\n    b:\n      - c\n      - d: e\n");
	expect_kept("  a:\n  - b\n  - c\n", "  a:\n  - b\n  - c\n");
	expect_kept("  a:\n    # inside\n    b: 1 # end\n  # lost\n",
		"  a:\n    # inside\n    b: 1 # end\n");
	expect_kept("  a: |\n    x\n\n      y\n", "  a: |\n    x\n\n      y\n");
	expect_kept("  a: >-\n    x\n    y\n", "  a: >-\n    x\n    y\n");
	expect_kept("  a: |2\n      x\n    y\n", "  a: |2\n      x\n    y\n");
	expect_kept("  a: \"x\n\n    y\"\n", "  a: \"x\n\n    y\"\n");
	expect_kept("  a: x\n    y\n", "  a: x\n    y\n");
	expect_kept("  \xd0\xb3: \xd0\xbe # \xf0\x9f\x98\x80\n",
		"  \xd0\xb3: \xd0\xbe # \xf0\x9f\x98\x80\n");
	expect_kept("  1: 2026-01-01\n", "  1: 2026-01-01\n");
	SG_LEAKCHECK();
}

Test(manifest_extra, line_breaks_become_lf)
{
	expect_kept("  a: 1\r\n  b:\r\n    c: 2\r\n", "  a: 1\n  b:\n    c: 2\n");
	expect_kept("  a: |\r\n    x\r\n    y\r\n", "  a: |\n    x\n    y\n");
	SG_LEAKCHECK();
}

Test(manifest_extra, what_cannot_stand_there_is_written_anew_on_one_line)
{
	/* The empty line before the next section would add to the text. */
	expect_kept("  a: |+\n    x\n\n", "  \"a\": \"x\\n\\n\"\n");
	/* Spaces at its end would be cut off with the empty lines. */
	expect_kept("  a: |\n    x\n      \n", "  \"a\": \"x\\n  \\n\"\n");
	expect_kept("  ? a\n  : b\n", "  \"a\": \"b\"\n");
	expect_kept("  ? a\n", "  \"a\": null\n");
	expect_kept("  ? |\n    a\n  : 1.50\n", "  \"a\\n\": 1.50\n");
	SG_LEAKCHECK();
}

/* The same for a SESSION that is written in another style: head, lines, tail. */
static void expect_session(const char *head, const char *lines, const char *kept)
{
	struct reading r;
	char *session = sg_t_format("%s%s", head, lines);
	char *text = t_blank_with(1, 6, session);

	t_read(&r, "m.yaml", text, SG_READ_STRICT);
	cr_assert_eq(r.rc, SG_OK, "%s\nof: %s", r.text, session);
	cr_expect_str_eq(r.m.extra[SG_MAPPING_SESSION], kept, "of: %s\nfound: %s", session,
		r.m.extra[SG_MAPPING_SESSION]);
	go_round(&r, session);
	t_reading_release(&r);
	free(text);
	free(session);
}

#define WIDE                                                                                 \
	"SESSION:\n        SESSION_ID: ''\n        STARTED_AT: ''\n        UPDATED_AT: ''\n" \
	"        OWNER: x\n        MODE: y\n"
#define FLOW "SESSION: {SESSION_ID: '', STARTED_AT: '', UPDATED_AT: '', OWNER: x, MODE: y, "

Test(manifest_extra, lines_move_to_the_canonical_column)
{
	expect_session(WIDE, "        a: |\n           x\n             y\n",
		"  a: |\n     x\n       y\n");
	expect_session(WIDE, "        a: |3\n              x\n           y\n",
		"  a: |3\n        x\n     y\n");
	expect_session(WIDE, "        a:\n        - b\n        # c\n        - d\n",
		"  a:\n  - b\n  # c\n  - d\n");
	expect_session(WIDE, "        a: \"x\n  y\"\n", "  \"a\": \"x y\"\n");
	expect_session(WIDE, "        a: |\n\n          x\n   \n          y\n",
		"  a: |\n\n    x\n\n    y\n");
	expect_session("SESSION:\n SESSION_ID: ''\n STARTED_AT: ''\n UPDATED_AT: ''\n OWNER: "
		       "x\n MODE: y\n",
		" a: |\n  x\n   y\n b:\n - c\n", "  a: |\n   x\n    y\n  b:\n  - c\n");
	SG_LEAKCHECK();
}

Test(manifest_extra, a_key_in_a_flow_mapping_becomes_a_line)
{
	expect_session(FLOW, "a: 1}\n", "  a: 1\n");
	expect_session(
		FLOW, "a: {b: [c, 'd']}, \"e f\" : g}\n", "  a: {b: [c, 'd']}\n  \"e f\": g\n");
	expect_session(FLOW, "a: [b,\n  c]}\n", "  \"a\": [\"b\", \"c\"]\n");
	expect_session(FLOW, "a: -}\n", "  \"a\": \"-\"\n");
	expect_session(FLOW, "a: , b}\n", "  \"a\": null\n  \"b\": null\n");
	expect_session(FLOW, "a: x\n  y}\n", "  \"a\": \"x y\"\n");
	SG_LEAKCHECK();
}

Test(manifest_extra, every_mapping_keeps_its_own)
{
	struct reading r;
	struct sg_manifest blank;
	static const char source[] =
		"r0: first\n"
		"LEDGERS:\n"
		" l: 1\n"
		" ROLE_LEDGER:\n"
		" - x: 1\n"
		"   role: SPC\n"
		"   status: ran\n"
		"   outputs_produced: []\n"
		"   notes: ''\n"
		" - {role: QA, status: ran, y: |-, outputs_produced: [], notes: ''}\n"
		" ENGINE_RUN_LEDGER:\n"
		"   e: 2\n"
		"   entries:\n"
		"   -  z: |\n"
		"       deep\n"
		"      eng_key: K\n"
		"      status: ran\n"
		"      outputs_produced: []\n"
		"      notes: ''\n"
		"   run_id: ''\n"
		" OUTPUT_LEDGER:\n"
		" - {output: A, present: true, source: '', ref: '', w: 3}\n";
	char *text = t_blank_with(30, 35, source);

	memcpy(strstr(text, "|-,"), "v ,", 3);
	t_read(&r, "m.yaml", text, SG_READ_STRICT);
	cr_assert_eq(r.rc, SG_OK, "%s", r.text);
	cr_expect_str_eq(r.m.extra[SG_MAPPING_ROOT], "r0: first\n");
	cr_expect_str_eq(r.m.extra[SG_MAPPING_LEDGERS], "  l: 1\n");
	cr_expect_str_eq(r.m.roles.v[0].extra, "      x: 1\n");
	cr_expect_str_eq(r.m.roles.v[1].extra, "      y: v\n");
	cr_expect_str_eq(r.m.extra[SG_MAPPING_ENGINE_RUN_LEDGER], "    e: 2\n");
	cr_expect_str_eq(r.m.engines.entries.v[0].extra, "        z: |\n         deep\n");
	cr_expect_str_eq(r.m.outputs.v[0].extra, "      w: 3\n");
	sg_manifest_default(&blank);
	cr_expect_str_eq(r.m.owner, blank.owner);
	go_round(&r, text);
	t_reading_release(&r);
	free(text);
	SG_LEAKCHECK();
}

Test(manifest_extra, no_newline_at_the_end_and_document_markers_do_no_harm)
{
	static const char *const ends[] = {
		"last: x",
		"last: |\n  x",
		"last: |+\n  x",
		"last: |\n  x\n\n\n...\n",
		"last:\n  - a\n...",
		"last: \"x\n  y\"",
		"last:",
		"last: # c",
	};
	static const char *const kept[] = {
		"last: x\n",
		"last: |\n  x\n",
		"\"last\": \"x\"\n",
		"last: |\n  x\n",
		"last:\n  - a\n",
		"last: \"x\n  y\"\n",
		"last:\n",
		"last: # c\n",
	};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct reading r;
		char *blank = t_blank_with(58, 58, ends[i]);
		char *text = sg_t_format("---\n%s", blank);
		t_read(&r, "m.yaml", text, SG_READ_STRICT);
		cr_assert_eq(r.rc, SG_OK, "%s", r.text);
		/* libyaml may or may not add the missing newline to a block scalar. */
		if (i != 1 && i != 2)
			cr_expect_str_eq(r.m.extra[SG_MAPPING_ROOT], kept[i], "end %zu: %s", i,
				r.m.extra[SG_MAPPING_ROOT]);
		go_round(&r, text);
		t_reading_release(&r);
		free(text);
		free(blank);
	}
	SG_LEAKCHECK();
}

Test(manifest_extra, a_long_key_is_kept_in_two_lines)
{
	struct reading r;
	struct sg_strbuf lines = SG_STRBUF_INIT;

	sg_strbuf_adds(&lines, "  ? ");
	for (size_t i = 0; i < 3000; i++)
		sg_strbuf_addc(&lines, 'k');
	sg_strbuf_adds(&lines, "\n  : [a, {? b : c}]\n");
	char *text = t_blank_with(7, 7, lines.bytes);
	t_read(&r, "m.yaml", text, SG_READ_STRICT);
	cr_assert_eq(r.rc, SG_OK, "%s", r.text);
	cr_assert(strstr(r.m.extra[SG_MAPPING_SESSION], "k\"\n  : [\"a\", {\"b\": \"c\"}]\n"));
	go_round(&r, text);
	t_reading_release(&r);
	free(text);
	sg_strbuf_release(&lines);
	SG_LEAKCHECK();
}

Test(manifest_extra, too_many_keys_and_too_many_values_are_refused)
{
	struct reading r;
	struct sg_strbuf lines = SG_STRBUF_INIT;

	for (size_t i = 0; i < 1000; i++)
		sg_strbuf_addf(&lines, "  k%zu: 1\n", i);
	char *text = t_blank_with(7, 7, lines.bytes);
	t_read(&r, "m.yaml", text, SG_READ_STRICT);
	cr_expect_eq(r.rc, SG_OK);
	t_reading_release(&r);
	free(text);
	sg_strbuf_adds(&lines, "  more: 1\n");
	text = t_blank_with(7, 7, lines.bytes);
	t_read(&r, "m.yaml", text, SG_READ_STRICT);
	cr_expect_str_eq(r.text,
		"m.yaml:1007:3: cannot read SESSION: expected at most 1000 unknown keys");
	t_reading_release(&r);
	free(text);
	sg_strbuf_clear(&lines);
	sg_strbuf_adds(&lines, "  a: [");
	for (size_t i = 0; i < 10000; i++)
		sg_strbuf_adds(&lines, "1,");
	sg_strbuf_adds(&lines, "]\n");
	text = t_blank_with(7, 7, lines.bytes);
	t_read(&r, "m.yaml", text, SG_READ_STRICT);
	cr_expect_eq(r.rc, SG_LIMIT, "%s", r.text);
	t_reading_release(&r);
	free(text);
	sg_strbuf_release(&lines);
	SG_LEAKCHECK();
}

/* --- whatever libyaml takes --- */

static void random_lines(struct random *random, struct sg_strbuf *out)
{
	static const char *const pieces[] = {"a", "b", ": ", "\n", "\n", "\n  ", "\n   ",
		"\n    ", "\n      ", " ", "\t", "- ", "? ", "|", ">", "|+", "|2", ">-", "\"",
		"'", "[", "]", "{", "}", ", ", "#", " # c", "\r\n", "\r", "\xc2\x85",
		"\xe2\x80\xa8", "\xd0\xb3", "~", "1", "...", "---", "\\n", "\n  k: ", "\n  ? "};

	sg_strbuf_adds(out, "  u:");
	for (uint32_t n = t_random(random, 14); n > 0; n--)
		sg_strbuf_adds(
			out, pieces[t_random(random, sizeof(pieces) / sizeof(pieces[0]))]);
	sg_strbuf_addc(out, '\n');
}

Test(manifest_extra, whatever_yaml_takes_as_a_value_reads_back_to_equal_bytes)
{
	struct random random = {.state = 99};
	const size_t n_tries = sg_t_is_asan() ? 20000 : 60000;
	size_t n_read = 0;

	for (size_t i = 0; i < n_tries; i++) {
		struct reading r;
		struct sg_strbuf lines = SG_STRBUF_INIT;
		random_lines(&random, &lines);
		/* In SESSION's middle, or at the root's end without what follows. */
		const size_t at = i % 3 == 0 ? 58 : 4;
		char *text = t_blank_with(at, at - 1, lines.bytes + (at == 58 ? 2 : 0));
		t_read(&r, "m.yaml", text, SG_READ_STRICT);
		if (r.rc == SG_OK) {
			n_read++;
			go_round(&r, text);
		}
		t_reading_release(&r);
		free(text);
		sg_strbuf_release(&lines);
	}
	cr_expect_gt(n_read, n_tries / 20, "only %zu of %zu were YAML", n_read, n_tries);
	SG_LEAKCHECK();
}
