/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys and lines: what of a line was typed. The editor is played by the tests. */
#include <criterion/criterion.h>
#include <string.h>

#include "ui/prompt_typed.h"

/*
 * Keys as they come, to an editor that inserts and erases as readline does: the line is empty until the
 * first whole character.
 */
static bool whole(const char *keys, const char *line)
{
	struct sg_typed t;
	size_t shown = 0; /* whole characters */
	sg_typed_begin(&t);
	for (const char *k = keys; *k; k++) {
		unsigned char byte = (unsigned char)*k;
		sg_typed_key(&t, byte, shown == 0);
		if (byte == 0x7f)
			shown -= shown > 0;
		else if (byte == 0x15)
			shown = 0;
		else if (byte >= 0x20)
			shown += byte < 0x80 || (byte & 0xC0) == 0x80;
	}
	return sg_typed_whole(&t, line);
}

Test(prompt_typed, the_letters_and_enter_are_a_typed_line)
{
	cr_expect(whole("го\r", "го"));
	cr_expect(whole("го\n", "го"));
	cr_expect(whole("\r", ""));
	cr_expect(whole("status\r", "status"));
}

Test(prompt_typed, a_line_without_its_enter_is_not)
{
	cr_expect_not(whole("го", "го"));
	cr_expect_not(whole("", ""));
}

Test(prompt_typed, a_line_that_holds_more_or_less_than_the_keys_is_not)
{
	cr_expect_not(whole("\r", "го"));
	cr_expect_not(whole("г\r", "го"));
	cr_expect_not(whole("гог\r", "го"));
	cr_expect_not(whole("q\r", "го"));
}

Test(prompt_typed, backspace_takes_back_a_whole_letter)
{
	cr_expect(whole("гы\x7fо\r", "го"));
	cr_expect(whole("гоx\x7f\r", "го"));
	cr_expect(whole("x\x7f\x7f\x7fго\r", "го"));
	cr_expect_not(whole("гы\x7f\r", "гы"));
}

Test(prompt_typed, any_other_key_taints_until_the_line_is_empty)
{
	cr_expect_not(whole("г\033о\r", "го"));
	cr_expect_not(whole("го\t\r", "го"));
	cr_expect_not(whole("г\x02\x06о\r", "го"));
	cr_expect_not(whole("\x10\r", "го"));
	cr_expect(whole("status\x02\x15го\r", "го"));
	cr_expect(whole("\x15\x15го\r", "го"));
}

Test(prompt_typed, an_empty_line_in_the_middle_of_its_first_letter_is_no_beginning)
{
	/* the second byte of a first letter comes while the editor still holds nothing */
	struct sg_typed t;
	sg_typed_begin(&t);
	sg_typed_key(&t, 0xd0, true);
	sg_typed_key(&t, 0xb3, true);
	sg_typed_key(&t, 0xd0, false);
	sg_typed_key(&t, 0xbe, false);
	sg_typed_key(&t, '\r', false);
	cr_expect(sg_typed_whole(&t, "го"));
}

Test(prompt_typed, bytes_that_are_no_letters_are_kept_as_they_came)
{
	cr_expect_not(whole("\x80\xff\r", "го"));
	cr_expect_not(whole("\xd0\r", "го"));
	struct sg_typed t;
	sg_typed_begin(&t);
	sg_typed_key(&t, 0xd0, true);
	sg_typed_key(&t, '\b', false);
	sg_typed_key(&t, '\r', false);
	cr_expect(sg_typed_whole(&t, ""));
}

Test(prompt_typed, a_line_that_is_too_long_is_not)
{
	static char line[SG_TYPED_MAX + 2];
	struct sg_typed t;
	memset(line, 'x', sizeof(line) - 1);
	sg_typed_begin(&t);
	for (size_t i = 0; i < sizeof(line) - 1; i++)
		sg_typed_key(&t, 'x', i == 0);
	sg_typed_key(&t, '\r', false);
	cr_expect_not(sg_typed_whole(&t, line));
	line[SG_TYPED_MAX] = '\0';
	cr_expect_not(sg_typed_whole(&t, line));
}

/* Types bytes with gap_ns before the one at `pause`; whether the line counts. */
static bool answered(const char *bytes, size_t pause, int64_t gap_ns, const char *line)
{
	struct sg_typed t;
	struct sg_answer answer = {0};
	int64_t now_ns = 1;
	sg_typed_begin(&t);
	for (size_t i = 0; bytes[i]; i++) {
		const unsigned char byte = (unsigned char)bytes[i];
		if (byte == '\n')
			sg_typed_begin(&t); /* the line is over: what follows is the next */
		now_ns += i == pause ? gap_ns : 1000;
		sg_typed_key(&t, byte, i == 0 || (i == pause && gap_ns >= SG_ANSWER_NS));
		sg_answer_key(&answer, byte, now_ns, &t);
	}
	return sg_typed_whole(&t, line);
}

Test(prompt_typed, a_terminals_answer_types_nothing_not_even_in_its_second_line)
{
	cr_expect_not(answered("\033]lго\r", 0, 0, "го"));
	cr_expect_not(answered("\033]l\nго\r", 0, 0, "го"));
	cr_expect_not(answered("\033P1$r\nго\r", 0, 0, "го"));
	cr_expect_not(answered("\033]l\033\\го\r", 0, 0, "го"));
	cr_expect(answered("го\r", 0, 0, "го"), "without one it counts");
}

Test(prompt_typed, after_a_silence_keys_count_again)
{
	cr_expect(answered("\033]lго\r", 3, SG_ANSWER_NS, "го"));
	cr_expect_not(answered("\033]lго\r", 3, SG_ANSWER_NS / 2, "го"));
}
