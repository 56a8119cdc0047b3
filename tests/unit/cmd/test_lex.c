/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A line into words: blanks, quotes of three kinds, escapes, comments, and where an error stands. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "cmd/parse.h"
#include "harness/harness.h"

/* The words with '|' between them. The caller frees it. */
static char *words_of(const char *line, bool comments)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_words words = {0};
	struct sg_err err = SG_ERR_INIT;
	struct sg_strbuf sb = SG_STRBUF_INIT;
	cr_assert_eq(sg_lex(&arena, line, comments, &words, &err), SG_OK, "%s: %s", line, err.text);
	for (size_t i = 0; i < words.n; i++)
		sg_strbuf_addf(&sb, "%s%s", i ? "|" : "", words.v[i]);
	char *text = strdup(sb.bytes);
	sg_strbuf_release(&sb);
	sg_arena_release(&arena);
	return text;
}

static void reads(const char *line, const char *expected)
{
	char *found = words_of(line, false);
	cr_expect_str_eq(found, expected, "%s: expected %s, found %s", line, expected, found);
	free(found);
}

static void refuses(const char *line, const char *reason)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_words words = {0};
	struct sg_err err = SG_ERR_INIT;
	cr_expect_eq(sg_lex(&arena, line, false, &words, &err), SG_USAGE, "%s was read", line);
	cr_expect(strstr(err.text, reason), "%s: expected \"%s\", found \"%s\"", line, reason,
		err.text);
	cr_expect_eq(words.n, 0, "the result was touched");
	sg_arena_release(&arena);
}

Test(lex, words_stand_between_blanks)
{
	reads("", "");
	reads("   \t ", "");
	reads("status", "status");
	reads("  show\t 12  ", "show|12");
	reads("шаг цель", "шаг|цель");
	SG_LEAKCHECK();
}

Test(lex, quotes_hold_blanks_together)
{
	reads("step \"a b\"", "step|a b");
	reads("step 'a b'", "step|a b");
	reads("step «a b»", "step|a b");
	reads("step «Собрать \"релиз\" № 1»", "step|Собрать \"релиз\" № 1");
	reads("a\"b c\"d'e f'«g h»", "ab cde fg h");
	reads("\"\" '' «»", "||");
	SG_LEAKCHECK();
}

Test(lex, a_backslash_takes_the_next_character_as_it_is)
{
	reads("a\\ b", "a b");
	reads("\\\"a\\\"", "\"a\"");
	reads("\"a\\\"b\\\\c\"", "a\"b\\c");
	reads("'a\\'", "a\\");
	reads("«a\\b»", "a\\b");
	reads("a\\«b", "a«b");
	reads("\\жук", "жук");
	reads("a\\", "a\\");
	SG_LEAKCHECK();
}

Test(lex, a_comment_is_one_only_in_a_batch_and_at_the_start_of_a_word)
{
	char *found = words_of("status # what is", true);
	cr_expect_str_eq(found, "status");
	free(found);
	found = words_of("# all of it", true);
	cr_expect_str_eq(found, "");
	free(found);
	found = words_of("next a#b \"# c\" \\#d", true);
	cr_expect_str_eq(found, "next|a#b|# c|#d");
	free(found);
	reads("no # reason", "no|#|reason");
	SG_LEAKCHECK();
}

Test(lex, columns_are_counted_in_characters)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_words words = {0};
	cr_assert_eq(sg_lex(&arena, "шаг  «цель один» --file", false, &words, NULL), SG_OK);
	cr_assert_eq(words.n, 3);
	cr_expect_eq(words.columns[0], 1);
	cr_expect_eq(words.columns[1], 6);
	cr_expect_eq(words.columns[2], 18);
	sg_arena_release(&arena);
	SG_LEAKCHECK();
}

Test(lex, a_hundred_words_keep_their_columns)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_words words = {0};
	struct sg_strbuf line = SG_STRBUF_INIT;
	for (int i = 0; i < 100; i++)
		sg_strbuf_adds(&line, "ж ");
	cr_assert_eq(sg_lex(&arena, line.bytes, false, &words, NULL), SG_OK);
	cr_assert_eq(words.n, 100);
	for (size_t i = 0; i < words.n; i++)
		cr_expect_eq(words.columns[i], 1 + 2 * i);
	sg_strbuf_release(&line);
	sg_arena_release(&arena);
	SG_LEAKCHECK();
}

Test(lex, an_open_quote_is_refused_with_its_column)
{
	refuses("no \"half", "column 4: the quote is not closed");
	refuses("no 'half", "column 4: the quote is not closed");
	refuses("шаг «цель", "column 5: the quote is not closed");
	refuses("шаг x«", "column 6: the quote is not closed");
	refuses("a \"b\\\"", "column 3: the quote is not closed");
	SG_LEAKCHECK();
}

Test(lex, a_control_character_is_refused_with_its_column)
{
	refuses("no \033[2J", "column 4: a control character");
	refuses("шаг a\nb", "column 6: a control character");
	refuses("\x7f", "column 1: a control character");
	refuses("no \"a\rb\"", "column 6: a control character");
	SG_LEAKCHECK();
}

Test(lex, what_is_no_utf8_is_refused)
{
	refuses("no \xff", "column 4: it is not UTF-8");
	refuses("шаг \xd0", "column 5: it is not UTF-8");
	refuses("\xc0\xaf", "column 1: it is not UTF-8");
	SG_LEAKCHECK();
}

/* Any bytes: either words that are UTF-8 without controls, or a sentence; never anything else. */
Test(lex, ten_thousand_random_lines_are_read_or_refused)
{
	static const char *const pieces[] = {
		"a", " ", "\"", "'", "«", "»", "\\", "#", "ж", "\xd0", "\t", "\x01", "--x=", "го"};
	uint64_t state = 42;
	for (int round = 0; round < 10000; round++) {
		char line[64] = "";
		for (int i = 0; i < 12; i++) {
			state = state * 6364136223846793005u + 1442695040888963407u;
			strcat(line, pieces[(state >> 33) % SG_ARRAY_SIZE(pieces)]);
		}
		struct sg_arena arena = SG_ARENA_INIT;
		struct sg_words words = {0};
		struct sg_err err = SG_ERR_INIT;
		enum sg_rc rc = sg_lex(&arena, line, round % 2 == 0, &words, &err);
		cr_assert(rc == SG_OK || (rc == SG_USAGE && *err.text), "%s", line);
		for (size_t i = 0; i < words.n; i++)
			cr_assert(sg_utf8_valid(words.v[i], strlen(words.v[i]), NULL), "%s", line);
		sg_arena_release(&arena);
	}
	SG_LEAKCHECK();
}
