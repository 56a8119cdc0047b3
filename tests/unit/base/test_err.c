/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <locale.h>
#include <string.h>

#include "base/err.h"
#include "base/utf8.h"

Test(err, a_sentence_is_set_once_and_the_first_stands)
{
	struct sg_err err = SG_ERR_INIT;

	cr_expect_eq(sg_err_set(&err, SG_INPUT, "cannot read '%s': %d", "a.yaml", 7), SG_INPUT);
	cr_expect_eq(sg_err_set(&err, SG_STORAGE, "cannot close"), SG_STORAGE);
	cr_expect_eq(err.rc, SG_INPUT);
	cr_expect_str_eq(err.text, "cannot read 'a.yaml': 7");
	cr_expect_eq(sg_err_errno(&err, SG_STORAGE, EIO, "cannot sync"), SG_STORAGE);
	cr_expect_str_eq(err.text, "cannot read 'a.yaml': 7");
}

Test(err, clearing_makes_room_for_the_next)
{
	struct sg_err err = SG_ERR_INIT;

	sg_err_set(&err, SG_INPUT, "one");
	sg_err_at(&err, "f", 1, 2);
	sg_err_clear(&err);
	cr_expect_eq(err.rc, SG_OK);
	cr_expect_str_empty(err.text);
	cr_expect_str_empty(err.file);
	cr_expect_eq(err.line + err.column, 0);
	sg_err_set(&err, SG_LIMIT, "two");
	cr_expect_str_eq(err.text, "two");
}

Test(err, the_reason_of_an_errno_stands_behind_in_english)
{
	struct sg_err err = SG_ERR_INIT;

	setlocale(LC_ALL, "ru_RU.UTF-8"); /* must change nothing, installed or not */
	cr_expect_eq(
		sg_err_errno(&err, SG_NOTFOUND, ENOENT, "cannot open '%s'", "x"), SG_NOTFOUND);
	cr_expect_str_eq(err.text, "cannot open 'x': No such file or directory");
	sg_err_clear(&err);
	sg_err_errno(&err, SG_STORAGE, 99999, "cannot open");
	cr_expect_str_eq(err.text, "cannot open: error 99999");
}

Test(err, wrapping_puts_words_in_front_and_keeps_code_and_place)
{
	struct sg_err err = SG_ERR_INIT;

	cr_expect_eq(sg_err_wrap(&err, "nothing"), SG_OK);
	cr_expect_str_empty(err.text);
	sg_err_set(&err, SG_BROKEN, "line is cut");
	sg_err_at(&err, "trace", 9, 0);
	cr_expect_eq(sg_err_wrap(&err, "cannot load step %s", "0003"), SG_BROKEN);
	cr_expect_str_eq(err.text, "cannot load step 0003: line is cut");
	cr_expect_str_eq(err.file, "trace");
	cr_expect_eq(err.line, 9);
}

Test(err, without_a_place_to_write_only_the_code_is_returned)
{
	cr_expect_eq(sg_err_set(NULL, SG_USAGE, "x"), SG_USAGE);
	cr_expect_eq(sg_err_errno(NULL, SG_LIMIT, EFBIG, "x"), SG_LIMIT);
	cr_expect_lt(sg_err_wrap(NULL, "x"), 0, "a lost code must not read as success");
	sg_err_at(NULL, "f", 1, 1);
	sg_err_clear(NULL);
}

Test(err, a_long_sentence_is_cut_at_a_character)
{
	/* Each start shifts where the buffer's end falls within the characters. */
	for (size_t shift = 0; shift < 4; shift++) {
		char text[2 * SG_ERR_TEXT_SIZE] = "";
		struct sg_err err = SG_ERR_INIT;
		size_t n = shift;
		memset(text, 'a', shift);
		while (n + 4 < sizeof(text)) {
			memcpy(text + n, "\U0001F600", 4);
			n += 4;
		}
		text[n] = '\0';
		sg_err_set(&err, SG_INPUT, "%s", text);
		const size_t length = strlen(err.text);
		cr_expect(
			sg_utf8_valid(err.text, length, NULL), "cut through, shift %zu", shift);
		cr_expect_gt(length, SG_ERR_TEXT_SIZE - 5);
		sg_err_wrap(&err, "й");
		cr_expect(sg_utf8_valid(err.text, strlen(err.text), NULL));
		sg_err_at(&err, text, 1, 1);
		cr_expect(sg_utf8_valid(err.file, strlen(err.file), NULL));
		char out[301];
		sg_err_text(&err, out, sizeof(out));
		cr_expect(sg_utf8_valid(out, strlen(out), NULL));
	}
}

Test(err, the_first_place_stands)
{
	struct sg_err err = SG_ERR_INIT;

	sg_err_at(&err, NULL, 3, 5);
	sg_err_at(&err, "later", 8, 8);
	cr_expect_str_empty(err.file);
	cr_expect_eq(err.line, 3);
	cr_expect_eq(err.column, 5);
}

Test(err, the_text_shows_what_is_known_of_the_place)
{
	static const struct {
		const char *file;
		size_t line;
		size_t column;
		const char *expected;
	} rows[] = {
		{"m.yaml", 3, 5, "m.yaml:3:5: bad key"},
		{"m.yaml", 3, 0, "m.yaml:3: bad key"},
		{"m.yaml", 0, 0, "m.yaml: bad key"},
		{NULL, 3, 5, "3:5: bad key"},
		{NULL, 0, 0, "bad key"},
	};
	for (size_t i = 0; i < SG_ARRAY_SIZE(rows); i++) {
		struct sg_err err = SG_ERR_INIT;
		char out[64];
		sg_err_set(&err, SG_INPUT, "bad key");
		sg_err_at(&err, rows[i].file, rows[i].line, rows[i].column);
		cr_expect_str_eq(sg_err_text(&err, out, sizeof(out)), rows[i].expected);
	}
}

Test(err, the_text_fits_any_room)
{
	struct sg_err err = SG_ERR_INIT;
	char out[4] = "abc";

	sg_err_set(&err, SG_INPUT, "bad key");
	sg_err_text(&err, out, 0);
	cr_expect_str_eq(out, "abc");
	cr_expect_str_eq(sg_err_text(&err, out, 1), "");
	cr_expect_str_eq(sg_err_text(&err, out, sizeof(out)), "bad");
}
