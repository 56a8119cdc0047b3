/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one word: what it is, what only looks like it, and that nothing else is taken for it. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/utf8.h"
#include "cmd/signal.h"
#include "harness/harness.h"

static enum sg_signal_word word(const char *line)
{
	return sg_signal_word(line, strlen(line));
}

Test(signal, the_signal_is_go_in_cyrillic_with_blanks_round_it_at_most)
{
	cr_expect_eq(word("го"), SG_WORD_SIGNAL);
	cr_expect_eq(word("  го\t "), SG_WORD_SIGNAL);
	cr_expect_eq(word("\xd0\xb3\xd0\xbe"), SG_WORD_SIGNAL);
	cr_expect_eq(word("\xc2\xa0го\xe2\x80\x83"), SG_WORD_SIGNAL, "Unicode blanks");
	SG_LEAKCHECK();
}

Test(signal, what_looks_like_it_is_no_signal_and_gets_a_hint)
{
	static const char *const lookalikes[] = {"ГО", "Го", "гО", "go", "Go", "GO",
		"g\xd0\xbe" /* Latin g */, "\xd0\xb3o" /* Latin o */, "uj", "UJ", "Uj", "y", "Y",
		"yes", "да", "ok", "\"го\"", "«го»", "'го'", "го!", "го."};
	for (size_t i = 0; i < SG_ARRAY_SIZE(lookalikes); i++)
		cr_expect_eq(word(lookalikes[i]), SG_WORD_LOOKALIKE, "%s", lookalikes[i]);
	SG_LEAKCHECK();
}

Test(signal, everything_else_is_an_ordinary_line)
{
	static const char *const lines[] = {"", " ", "г", "о", "ог", "гого", "го го", "го status",
		"status го", "г о", "го\xcc\x81" /* an accent on it */, "го\xe2\x80\x8b" /* zero width */,
		"\xef\xbb\xbfго" /* a mark of byte order */, "го\xff", "\xd0\xb3\xd0", "gates", "годы"};
	for (size_t i = 0; i < SG_ARRAY_SIZE(lines); i++)
		cr_expect_eq(word(lines[i]), SG_WORD_OTHER, "%s", lines[i]);
	SG_LEAKCHECK();
}

Test(signal, a_nul_in_the_line_is_no_end_of_it)
{
	cr_expect_eq(sg_signal_word("го\0x", 6), SG_WORD_OTHER);
	cr_expect_eq(sg_signal_word("го\0", 5), SG_WORD_OTHER);
	cr_expect_eq(sg_signal_word("го", 4), SG_WORD_SIGNAL);
	cr_expect_eq(sg_signal_word("гоx", 4), SG_WORD_SIGNAL, "only n_bytes count");
	cr_expect_eq(sg_signal_word("го", 0), SG_WORD_OTHER);
	SG_LEAKCHECK();
}

/* All lines of up to two characters from what a keyboard gives: exactly one of them is the signal. */
Test(signal, of_all_words_of_two_letters_one_is_the_signal)
{
	uint32_t letters[200];
	size_t n = 0;
	for (uint32_t c = 0x20; c < 0x7f; c++)
		letters[n++] = c;
	for (uint32_t c = 0x410; c <= 0x44f; c++)
		letters[n++] = c;
	letters[n++] = 0x401;
	letters[n++] = 0x451;
	letters[n++] = 0x3bf; /* Greek omicron */
	letters[n++] = 0x2c1f;
	size_t signals = 0;
	for (size_t a = 0; a < n; a++) {
		for (size_t b = 0; b < n; b++) {
			char line[9];
			size_t length = sg_utf8_encode(letters[a], line);
			length += sg_utf8_encode(letters[b], line + length);
			bool is = sg_signal_word(line, length) == SG_WORD_SIGNAL;
			cr_expect(!is || (letters[a] == 0x433 && letters[b] == 0x43e), "%.*s",
				(int)length, line);
			signals += is;
		}
	}
	cr_expect_eq(signals, 1);
	SG_LEAKCHECK();
}
