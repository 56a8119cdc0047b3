/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cutting the terminal's bytes into whole characters, sequences and pastes. */
#include "ui/screen_token.h"

#include <string.h>

#include "base/utf8.h"

#define ESC         0x1b
#define PASTE_BEGIN "\033[200~"
#define PASTE_END   "\033[201~"

/* How a try to cut ended: the length of a token, or one of these. */
enum { MORE = 0, BAD = -1 };

void sg_tokens_release(struct sg_tokens *t)
{
	sg_strbuf_release(&t->in);
	sg_strbuf_release(&t->out);
	t->at = 0;
}

void sg_tokens_clear(struct sg_tokens *t)
{
	sg_strbuf_clear(&t->in);
	t->at = 0;
	t->dropping = false;
}

void sg_tokens_add(struct sg_tokens *t, const char *bytes, size_t n_bytes, int64_t now_ms)
{
	if (t->at == t->in.n_bytes) {
		sg_strbuf_clear(&t->in);
		t->at = 0;
	}
	sg_strbuf_add(&t->in, bytes, n_bytes);
	t->came_ms = now_ms;
}

/* A character: its length, MORE while it may still become one, BAD when it cannot. */
static long character(const char *p, size_t n)
{
	uint32_t code_point;
	unsigned char lead = (unsigned char)*p;
	size_t whole = lead < 0x80   ? 1
		       : lead < 0xC2 ? 0
		       : lead < 0xE0 ? 2
		       : lead < 0xF0 ? 3
				     : 4;
	if (whole == 0 || lead > 0xF4)
		return BAD;
	if (sg_utf8_decode(p, n, &code_point))
		return (long)whole;
	for (size_t i = 1; i < n && i < whole; i++)
		if (((unsigned char)p[i] & 0xC0) != 0x80)
			return BAD;
	return n < whole ? MORE : BAD;
}

/* Behind "ESC [": parameters, a final byte. The Linux console's F1 to F5 are "ESC [ [ A". */
static long control_sequence(const char *p, size_t n, size_t from)
{
	if (from < n && p[from] == '[')
		return from + 1 < n ? (long)from + 2 : MORE;
	for (size_t i = from; i < n; i++) {
		unsigned char c = (unsigned char)p[i];
		if (c >= 0x40 && c <= 0x7e)
			return (long)i + 1;
		if (c < 0x20 || c > 0x7e)
			return BAD;
	}
	return MORE;
}

/* What begins with ESC; some terminals send Alt with an arrow as ESC before its sequence. */
static long escape(const char *p, size_t n)
{
	if (n < 2)
		return MORE;
	size_t from = p[1] == ESC && n > 2 && (p[2] == '[' || p[2] == 'O') ? 2 : 1;
	if (p[from] == '[')
		return control_sequence(p, n, from + 1);
	if (p[from] == 'O')
		return n > from + 1 ? (long)from + 2 : MORE;
	if (p[from] == ESC)
		return 1;
	long length = character(p + 1, n - 1);
	return length > 0 ? length + 1 : length;
}

/* True when it began a paste; *ret is then the paste, or NONE until its end has come. */
static bool paste(struct sg_tokens *t, struct sg_token *ret)
{
	const size_t mark = strlen(PASTE_BEGIN);
	const char *p = t->in.bytes + t->at;
	size_t n = t->in.n_bytes - t->at;
	if (n < mark || memcmp(p, PASTE_BEGIN, mark) != 0)
		return false;
	const char *end = memmem(p + mark, n - mark, PASTE_END, mark);
	if (!end) {
		/*
		 * what goes on for ever is not kept; its rest would look like keys, so all goes
		 */
		t->dropping = n > SG_PASTE_MAX_BYTES;
		return true;
	}
	sg_strbuf_clear(&t->out);
	sg_strbuf_add(&t->out, p + mark, (size_t)(end - p) - mark);
	t->at += (size_t)(end - p) + mark;
	*ret = (struct sg_token){SG_TOKEN_PASTE, t->out.bytes, t->out.n_bytes};
	return true;
}

/* Only the last n bytes stay. */
static void keep_tail(struct sg_tokens *t, size_t n)
{
	char kept[sizeof(PASTE_BEGIN) + sizeof(PASTE_END)];
	n = n < sizeof(kept) ? n : sizeof(kept);
	memcpy(kept, t->in.bytes + t->in.n_bytes - n, n);
	sg_strbuf_clear(&t->in);
	t->at = 0;
	sg_strbuf_add(&t->in, kept, n);
}

/* Up to the mark; while it has not come, what may be its beginning is kept. */
static void drop_paste(struct sg_tokens *t)
{
	const size_t mark = strlen(PASTE_END);
	const char *p = t->in.bytes + t->at;
	size_t n = t->in.n_bytes - t->at;
	const char *end = n ? memmem(p, n, PASTE_END, mark) : NULL;
	if (end)
		t->at += (size_t)(end - p) + mark;
	else
		keep_tail(t, n < mark - 1 ? n : mark - 1);
	t->dropping = !end;
}

bool sg_tokens_in_paste(const struct sg_tokens *t)
{
	const size_t mark = strlen(PASTE_BEGIN);
	return t->dropping || (t->in.n_bytes - t->at >= mark &&
				      memcmp(t->in.bytes + t->at, PASTE_BEGIN, mark) == 0);
}

void sg_tokens_drop(struct sg_tokens *t)
{
	struct sg_token token;
	int wait_ms;
	do
		sg_tokens_cut(t, t->came_ms, &token, &wait_ms);
	while (token.kind != SG_TOKEN_NONE);
	if (!t->dropping && sg_tokens_in_paste(t)) {
		t->at += strlen(PASTE_BEGIN);
		drop_paste(t);
	} else if (!t->dropping && t->at < t->in.n_bytes && t->in.bytes[t->at] != ESC) {
		sg_tokens_clear(t);
	}
}

void sg_tokens_cut(struct sg_tokens *t, int64_t now_ms, struct sg_token *ret, int *ret_wait_ms)
{
	*ret = (struct sg_token){SG_TOKEN_NONE, "", 0};
	*ret_wait_ms = -1;
	if (t->dropping)
		drop_paste(t);
	while (t->at < t->in.n_bytes && !t->dropping) {
		const char *p = t->in.bytes + t->at;
		size_t n = t->in.n_bytes - t->at;
		if (paste(t, ret)) {
			if (t->dropping)
				drop_paste(t);
			return;
		}
		long length = *p == ESC ? escape(p, n) : character(p, n);
		int64_t waited = now_ms - t->came_ms;
		if (length == MORE && waited < SG_TOKEN_WAIT_MS) {
			*ret_wait_ms = (int)(SG_TOKEN_WAIT_MS - waited);
			return;
		}
		if (length == MORE && !(*p == ESC && n == 1)) {
			sg_tokens_clear(t);
			return;
		}
		if (length == BAD) {
			t->at++;
			continue;
		}
		*ret = (struct sg_token){SG_TOKEN_KEY, p, length > 0 ? (size_t)length : 1};
		t->at += ret->n_bytes;
		return;
	}
}
