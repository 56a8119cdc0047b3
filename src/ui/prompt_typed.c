/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The keys of a line, and whether the line is what they say. */
#include "ui/prompt_typed.h"

#include <string.h>

#include "base/utf8.h"

void sg_typed_begin(struct sg_typed *typed)
{
	memset(typed, 0, sizeof(*typed));
}

/* Where the last character begins; n when there is none. */
static size_t last_character(const struct sg_typed *typed)
{
	size_t at = typed->n;
	while (at > 0) {
		at--;
		if (((unsigned char)typed->keys[at] & 0xC0) != 0x80)
			return at;
	}
	return 0;
}

/* An editor's line stays empty until the last byte of a first character has come. */
static bool in_character(const struct sg_typed *typed)
{
	if (!typed->n)
		return false;
	size_t at = last_character(typed);
	uint32_t code_point;
	unsigned char lead = (unsigned char)typed->keys[at];
	return lead >= 0xC2 && lead < 0xF5 &&
	       !sg_utf8_decode(typed->keys + at, typed->n - at, &code_point);
}

void sg_typed_key(struct sg_typed *typed, unsigned char byte, bool line_is_empty)
{
	if (line_is_empty && !in_character(typed)) {
		typed->n = 0;
		typed->tainted = false;
	}
	typed->entered = byte == '\r' || byte == '\n';
	if (typed->entered)
		return;
	if (byte == 0x7f || byte == '\b')
		typed->n = last_character(typed);
	else if (byte < 0x20 || typed->n == sizeof(typed->keys))
		typed->tainted = true;
	else
		typed->keys[typed->n++] = (char)byte;
}

bool sg_typed_whole(const struct sg_typed *typed, const char *line)
{
	size_t n = strlen(line);
	return typed->entered && !typed->tainted && n == typed->n &&
	       memcmp(line, typed->keys, n) == 0;
}

void sg_answer_key(struct sg_answer *answer, unsigned char byte, int64_t now_ns,
	struct sg_typed *typed)
{
	static const char begins[] = "]P_^X";
	const bool at_once = now_ns - answer->at_ns < SG_ANSWER_NS;
	answer->on = at_once &&
		     (answer->on || (answer->last == 0x1b && byte && strchr(begins, byte)));
	answer->last = byte;
	answer->at_ns = now_ns;
	if (answer->on)
		typed->tainted = true;
}
