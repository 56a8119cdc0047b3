/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/utf8.h"

#include "base_test.h"
#include "fault/memory.h"

static const char *sanitised(
	struct sg_strbuf *out, const char *bytes, size_t n, enum sg_sanitise how)
{
	sg_strbuf_clear(out);
	sg_utf8_sanitise(out, bytes, n, how);
	return out->bytes;
}

Test(utf8, every_code_point_is_encoded_and_decoded_back)
{
	for (uint32_t cp = 0; cp <= 0x10FFFF; cp++) {
		char bytes[4];
		uint32_t back = 0;
		if (cp >= 0xD800 && cp <= 0xDFFF)
			continue;
		const size_t n = sg_utf8_encode(cp, bytes);
		cr_assert_eq(sg_utf8_decode(bytes, n, &back), n, "U+%04X", (unsigned int)cp);
		cr_assert_eq(back, cp);
		/* Cut short it is nothing. */
		cr_assert_eq(sg_utf8_decode(bytes, n - 1, &back), 0);
	}
}

static const struct {
	const char *bytes;
	const char *why;
} malformed[] = {
	{"\x80", "a continuation alone"},
	{"\xBF", "a continuation alone"},
	{"\xC0\x80", "NUL in two bytes"},
	{"\xC0\xAF", "a slash in two bytes"},
	{"\xC1\xBF", "DEL in two bytes"},
	{"\xC2", "cut"},
	{"\xC2 ", "no continuation"},
	{"\xC2\xC2", "no continuation"},
	{"\xE0\x80\xAF", "a slash in three bytes"},
	{"\xE0\x9F\xBF", "U+07FF in three bytes"},
	{"\xE2\x82", "cut"},
	{"\xE2\x82 ", "no second continuation"},
	{"\xED\xA0\x80", "the first surrogate"},
	{"\xED\xBF\xBF", "the last surrogate"},
	{"\xF0\x80\x80\xAF", "a slash in four bytes"},
	{"\xF0\x8F\xBF\xBF", "U+FFFF in four bytes"},
	{"\xF0\x9F\x98", "cut"},
	{"\xF4\x90\x80\x80", "beyond U+10FFFF"},
	{"\xF5\x80\x80\x80", "beyond U+10FFFF"},
	{"\xF8\x88\x80\x80\x80", "five bytes"},
	{"\xFC\x84\x80\x80\x80\x80", "six bytes"},
	{"\xFE", "never"},
	{"\xFF", "never"},
};

Test(utf8, malformed_bytes_decode_to_nothing_and_are_located)
{
	for (size_t i = 0; i < SG_ARRAY_SIZE(malformed); i++) {
		char text[64];
		uint32_t cp = 77;
		size_t bad = 0;
		cr_expect_eq(
			sg_utf8_decode(malformed[i].bytes, strlen(malformed[i].bytes), &cp), 0,
			"%s was taken", malformed[i].why);
		cr_expect_eq(cp, 77);
		snprintf(text, sizeof(text), "ascii that is longer, го%s", malformed[i].bytes);
		cr_expect_not(sg_utf8_valid(text, strlen(text), &bad));
		cr_expect_eq(bad, strlen("ascii that is longer, го"), "%s", malformed[i].why);
		cr_expect_not(sg_utf8_valid(text, strlen(text), NULL));
	}
	size_t untouched = 5;
	cr_expect(sg_utf8_valid("", 0, &untouched));
	cr_expect(sg_utf8_valid("го\0го", 9, &untouched));
	cr_expect_eq(untouched, 5);
}

Test(utf8, malformed_bytes_are_shown_one_by_one)
{
	struct sg_strbuf out = SG_STRBUF_INIT;

	cr_expect_str_eq(sanitised(&out, "a\xC0\x80z", 4, SG_SANITISE_TEXT), "a<C0><80>z");
	cr_expect_str_eq(sanitised(&out, "\xED\xA0\x80", 3, SG_SANITISE_TEXT), "<ED><A0><80>");
	cr_expect_str_eq(
		sanitised(&out, "\xF0\x9F\x98й", 5, SG_SANITISE_TEXT), "<F0><9F><98>й");
	cr_expect_str_eq(sanitised(&out,
				 "\x9b"
				 "31m",
				 4, SG_SANITISE_TEXT),
		"<9B>31m");
	sg_strbuf_release(&out);
	SG_LEAKCHECK();
}

/* The rule of the header, written a second time and in another way. */
static bool must_be_visible(uint32_t cp)
{
	if (cp < 0x20 || (cp >= 0x7F && cp <= 0x9F))
		return true;
	if ((cp >= 0x200B && cp <= 0x200F) || cp == 0x2028 || cp == 0x2029)
		return true;
	if ((cp >= 0x202A && cp <= 0x202E) || (cp >= 0x2066 && cp <= 0x2069))
		return true;
	return cp == 0x061C || cp == 0xFEFF || (cp >= 0xE0000 && cp <= 0xE007F);
}

Test(utf8, every_character_that_moves_hides_or_reorders_is_shown_by_its_number)
{
	struct sg_strbuf out = SG_STRBUF_INIT;

	for (uint32_t cp = 0; cp <= 0x10FFFF; cp++) {
		char bytes[4];
		char expected[16];
		if (cp >= 0xD800 && cp <= 0xDFFF)
			continue;
		if (!must_be_visible(cp))
			continue;
		const size_t n = sg_utf8_encode(cp, bytes);
		snprintf(expected, sizeof(expected), "<U+%04X>", (unsigned int)cp);
		cr_assert_str_eq(sanitised(&out, bytes, n, SG_SANITISE_LINE), expected);
		if (cp != '\n' && cp != '\t')
			cr_assert_str_eq(sanitised(&out, bytes, n, SG_SANITISE_TEXT), expected);
	}
	sg_strbuf_release(&out);
	SG_LEAKCHECK();
}

Test(utf8, lines_and_tabs_stay_in_text_and_are_shown_in_a_line)
{
	struct sg_strbuf out = SG_STRBUF_INIT;

	cr_expect_str_eq(
		sanitised(&out, "a\tb\nc\r\n", 7, SG_SANITISE_TEXT), "a\tb\nc<U+000D>\n");
	cr_expect_str_eq(sanitised(&out, "a\tb\n", 4, SG_SANITISE_LINE), "a<U+0009>b<U+000A>");
	cr_expect_str_eq(sanitised(&out, "a\0b", 3, SG_SANITISE_TEXT), "a<U+0000>b");
	sg_strbuf_release(&out);
	SG_LEAKCHECK();
}

Test(utf8, ordinary_text_passes_unchanged)
{
	static const char *const texts[] = {"", "plain", "Собрать релиз «го» — №1",
		"a\u0301 e\u0308", "中文 ｗｉｄｅ", "\U0001F600", "│ ─ █ ░ ▏ ✓ ✗ ▶ ■ ● …",
		"שלום عربي", "нет\u00A0разрыва", "<U+001B>", "\u2764\uFE0F"};
	struct sg_strbuf out = SG_STRBUF_INIT;

	for (size_t i = 0; i < SG_ARRAY_SIZE(texts); i++)
		cr_expect_str_eq(sanitised(&out, texts[i], strlen(texts[i]), SG_SANITISE_LINE),
			texts[i]);
	sg_strbuf_release(&out);
	SG_LEAKCHECK();
}

Test(utf8, known_attacks_come_out_harmless)
{
	static const struct {
		const char *in;
		const char *out;
	} rows[] = {
		{"\x1b[31mred", "<U+001B>[31mred"},
		{"\x1b]0;title\a", "<U+001B>]0;title<U+0007>"},
		{"\xC2\x9B"
		 "2J",
			"<U+009B>2J"},
		{"PASS\rFAIL", "PASS<U+000D>FAIL"},
		{"FAIL\b\b\b\bPASS", "FAIL<U+0008><U+0008><U+0008><U+0008>PASS"},
		{"\u202Egpj.exe", "<U+202E>gpj.exe"},
		{"\u2066x\u2069", "<U+2066>x<U+2069>"},
		{"г\u200Bо", "г<U+200B>о"},
		{"\U0001F469\u200D\U0001F4BB", "\U0001F469<U+200D>\U0001F4BB"},
		{"go\U000E0067\U000E007F", "go<U+E0067><U+E007F>"},
		{"a\u2060b\u00ADc\U000E0100d", "a<U+2060>b<U+00AD>c<U+E0100>d"},
		{"\u2028x\u2029", "<U+2028>x<U+2029>"},
	};
	struct sg_strbuf out = SG_STRBUF_INIT;

	for (size_t i = 0; i < SG_ARRAY_SIZE(rows); i++)
		cr_expect_str_eq(
			sanitised(&out, rows[i].in, strlen(rows[i].in), SG_SANITISE_TEXT),
			rows[i].out);
	sg_strbuf_release(&out);
	SG_LEAKCHECK();
}

/* True if nothing forbidden is in a text; reads bytes, not through the code under test. */
static bool is_harmless(const unsigned char *p, size_t n, enum sg_sanitise how)
{
	static const char *const forbidden[] = {"\xD8\x9C", "\xE2\x80\x8B", "\xE2\x80\x8C",
		"\xE2\x80\x8D", "\xE2\x80\x8E", "\xE2\x80\x8F", "\xE2\x80\xA8", "\xE2\x80\xA9",
		"\xE2\x80\xAA", "\xE2\x80\xAB", "\xE2\x80\xAC", "\xE2\x80\xAD", "\xE2\x80\xAE",
		"\xE2\x81\xA6", "\xE2\x81\xA7", "\xE2\x81\xA8", "\xE2\x81\xA9", "\xEF\xBB\xBF",
		"\xF3\xA0\x80", "\xF3\xA0\x81"};

	for (size_t i = 0; i < n; i++) {
		const bool is_layout = p[i] == '\n' || p[i] == '\t';
		if ((p[i] < 0x20 && !(is_layout && how == SG_SANITISE_TEXT)) || p[i] == 0x7F)
			return false;
		if (p[i] == 0xC2 && i + 1 < n && p[i + 1] < 0xA0)
			return false;
	}
	for (size_t i = 0; i < SG_ARRAY_SIZE(forbidden); i++) {
		if (memmem(p, n, forbidden[i], strlen(forbidden[i])))
			return false;
	}
	return true;
}

Test(utf8, no_bytes_whatever_bring_anything_forbidden_out)
{
	static const char *const pieces[] = {"\x1b[", "\xE2\x80", "\xF3\xA0", "\xE2\x81",
		"\xC2", "\xD8", "\xEF\xBB", "\x9C", "\x8B", "\xAE", "\x80", "\x81\xA7", "го",
		"\n", "\xBF"};
	struct sg_strbuf in = SG_STRBUF_INIT;
	struct sg_strbuf out = SG_STRBUF_INIT;
	uint64_t seed = UINT64_C(0x5EED);

	for (int round = 0; round < 100000; round++) {
		const enum sg_sanitise how = round % 2 ? SG_SANITISE_TEXT : SG_SANITISE_LINE;
		sg_strbuf_clear(&in);
		for (uint64_t k = sg_bt_random(&seed) % 24; k > 0; k--) {
			const uint64_t r = sg_bt_random(&seed);
			if (r % 3 == 0)
				sg_strbuf_addc(&in, (char)(unsigned char)(r >> 32));
			else
				sg_strbuf_adds(&in, pieces[(r >> 8) % SG_ARRAY_SIZE(pieces)]);
		}
		sanitised(&out, in.bytes, in.n_bytes, how);
		cr_assert(is_harmless((unsigned char *)out.bytes, out.n_bytes, how));
		cr_assert(sg_utf8_valid(out.bytes, out.n_bytes, NULL));
		/* What is clean stays as it is. */
		sg_strbuf_clear(&in);
		sg_utf8_sanitise(&in, out.bytes, out.n_bytes, how);
		cr_assert_str_eq(in.bytes, out.bytes);
	}
	sg_strbuf_release(&in);
	sg_strbuf_release(&out);
	SG_LEAKCHECK();
}

Test(utf8, the_sanitiser_appends)
{
	struct sg_strbuf out = SG_STRBUF_INIT;

	sg_strbuf_adds(&out, "log: ");
	sg_utf8_sanitise(&out, "\a", 1, SG_SANITISE_TEXT);
	sg_utf8_sanitise(&out, "", 0, SG_SANITISE_TEXT);
	cr_expect_str_eq(out.bytes, "log: <U+0007>");
	sg_strbuf_release(&out);
	SG_LEAKCHECK();
}

Test(utf8, characters_take_the_columns_that_terminals_give_them)
{
	static const struct {
		uint32_t cp;
		int width;
	} rows[] = {
		{0, 0},
		{'\n', 0},
		{0x1B, 0},
		{0x7F, 0},
		{0x9B, 0},
		{'a', 1},
		{' ', 1},
		{0xA0, 1},
		{0xAB, 1},
		{0x433, 1},
		{0x301, 0},
		{0x308, 0},
		{0x200B, 0},
		{0xFE0F, 0},
		{0x20DD, 0},
		{0x4E2D, 2},
		{0xFF41, 2},
		{0xAC00, 2},
		{0x3042, 2},
		{0x3000, 2},
		{0x1F600, 2},
		{0x1F680, 2},
		{0x2705, 2},
		/* Ambiguous ones are narrow, and so are all that our own screen draws. */
		{0x2502, 1},
		{0x2500, 1},
		{0x2588, 1},
		{0x2591, 1},
		{0x258F, 1},
		{0x2713, 1},
		{0x2717, 1},
		{0x25B6, 1},
		{0x25A0, 1},
		{0x25CF, 1},
		{0x2026, 1},
		{0x2116, 1},
		{0xBB, 1},
		{0x2610, 1},
		{0x2611, 1},
		{0x2014, 1},
		{0xB1, 1},
		/* Private and unassigned ones are drawn as something. */
		{0xE000, 1},
		{0x0378, 1},
	};
	for (size_t i = 0; i < SG_ARRAY_SIZE(rows); i++)
		cr_expect_eq(sg_utf8_width(rows[i].cp), rows[i].width,
			"U+%04X has %d columns, not %d", (unsigned int)rows[i].cp,
			sg_utf8_width(rows[i].cp), rows[i].width);
	for (uint32_t cp = 0; cp <= 0x10FFFF; cp++) {
		const int width = sg_utf8_width(cp);
		cr_assert(width >= 0 && width <= 2, "U+%04X", (unsigned int)cp);
	}
}

Test(utf8, columns_of_a_line_add_up)
{
	cr_expect_eq(sg_utf8_columns(""), 0);
	cr_expect_eq(sg_utf8_columns("step"), 4);
	cr_expect_eq(sg_utf8_columns("Собрать"), 7);
	cr_expect_eq(sg_utf8_columns("中文"), 4);
	cr_expect_eq(sg_utf8_columns("e\u0301"), 1);
	cr_expect_eq(sg_utf8_columns("\t"), 8);
	cr_expect_eq(sg_utf8_columns("abc\tz"), 9);
	cr_expect_eq(sg_utf8_columns("12345678\t"), 16);
	cr_expect_eq(sg_utf8_columns("\xFF\xFE"), 2);
}

Test(utf8, the_signals_normal_form_is_trimmed_and_composed)
{
	static const struct {
		const char *in;
		const char *out;
	} rows[] = {
		{"го", "го"},
		{"  го\t\n", "го"},
		{"\u00A0\u2003\u3000го\u2028\u1680\xC2\x85", "го"},
		{"г о", "г о"},
		{"", ""},
		{" \t\r\n", ""},
		{"\u0438\u0306", "\u0439"}, /* и + breve = й */
		{"e\u0301", "\u00E9"},
		{"\u1100\u1161", "\uAC00"}, /* Hangul */
		{"\u212B", "\u00C5"},       /* Angstrom sign: canonical singleton */
		{"\uFB01", "\uFB01"},       /* a ligature stays: not a compatibility form */
		{"\u200Bго", "\u200Bго"},   /* zero width is no white space */
		{"\uFEFFго", "\uFEFFго"},
		{"uj", "uj"},
		{"ГО", "ГО"},
	};
	struct sg_strbuf out = SG_STRBUF_INIT;

	for (size_t i = 0; i < SG_ARRAY_SIZE(rows); i++) {
		sg_strbuf_clear(&out);
		cr_expect(sg_utf8_trim_nfc(&out, rows[i].in, strlen(rows[i].in)));
		cr_expect_str_eq(out.bytes, rows[i].out, "row %zu: '%s'", i, out.bytes);
	}
	sg_strbuf_release(&out);
	SG_LEAKCHECK();
}

Test(utf8, what_is_not_utf8_has_no_normal_form)
{
	struct sg_strbuf out = SG_STRBUF_INIT;

	sg_strbuf_adds(&out, "before");
	for (size_t i = 0; i < SG_ARRAY_SIZE(malformed); i++)
		cr_expect_not(
			sg_utf8_trim_nfc(&out, malformed[i].bytes, strlen(malformed[i].bytes)));
	cr_expect_str_eq(out.bytes, "before");
	cr_expect(sg_utf8_trim_nfc(&out, " a\0b ", 5));
	cr_expect_eq(out.n_bytes, 9);
	cr_expect_arr_eq(out.bytes, "beforea\0b", 10);
	sg_strbuf_release(&out);
	SG_LEAKCHECK();
}

Test(utf8, a_signal_without_memory_for_its_normal_form_is_said_so)
{
	struct sg_strbuf out = SG_STRBUF_INIT;

	memory_arm(1, true);
	const bool done = sg_utf8_trim_nfc(&out, " e\xCC\x81 ", 5);
	memory_disarm();
	cr_assert(sg_strbuf_failed(&out));
	/* with the sanitizers libutf8proc is a shared library, whose memory is its own */
	cr_assert_eq(done, sg_t_is_asan());
	sg_strbuf_release(&out);
	SG_LEAKCHECK();
}
