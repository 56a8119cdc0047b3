/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Bytes of a terminal, in pieces: a key that leaves is whole, whatever came, and time ends what
 * stays incomplete. The first byte says how long the pieces are.
 */
#include "fuzz.h"

#include "base/utf8.h"
#include "ui/screen_token.h"

static void look(const struct sg_token *token)
{
	uint32_t c;
	if (token->kind != SG_TOKEN_KEY || !token->n_bytes || token->bytes[0] == '\033')
		return;
	fuzz_check(sg_utf8_decode(token->bytes, token->n_bytes, &c) == token->n_bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	struct sg_tokens tokens = SG_TOKENS_INIT;
	struct sg_token token;
	int wait_ms = -1;
	int64_t now_ms = 1000;
	const size_t piece = n_bytes ? (size_t)(data[0] % 16) + 1 : 1;
	for (size_t at = 1; at < n_bytes; at += piece) {
		const size_t n = n_bytes - at < piece ? n_bytes - at : piece;
		sg_tokens_add(&tokens, (const char *)data + at, n, now_ms);
		now_ms += data[0] & 0x80 ? 20 : 0;
		for (size_t i = 0;; i++) {
			fuzz_check(i <= n_bytes);
			sg_tokens_cut(&tokens, now_ms, &token, &wait_ms);
			if (token.kind == SG_TOKEN_NONE)
				break;
			look(&token);
		}
	}
	now_ms += SG_TOKEN_WAIT_MS + 1;
	do {
		sg_tokens_cut(&tokens, now_ms, &token, &wait_ms);
		look(&token);
	} while (token.kind != SG_TOKEN_NONE);
	fuzz_check(wait_ms == -1 || sg_tokens_in_paste(&tokens));
	sg_tokens_release(&tokens);
	return 0;
}
