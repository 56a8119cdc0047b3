/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Bytes of a terminal -> tokens. Pure but for its buffer: the caller reads and tells the time.
 *
 * Readline blocks, spins or breaks a letter when it gets less than a whole one (TERMINAL.md
 * 4), so nothing less leaves here. What stays incomplete for SG_TOKEN_WAIT_MS is dropped, but
 * a lone ESC, which is a key. A paste has no such limit; one over SG_PASTE_MAX_BYTES is
 * dropped whole.
 */
#ifndef STEPGATE_UI_SCREEN_TOKEN_H
#define STEPGATE_UI_SCREEN_TOKEN_H

#include "base/strbuf.h"
#include "ui/screen.h"

#define SG_TOKEN_WAIT_MS   30
#define SG_PASTE_MAX_BYTES ((size_t)1 << 20)

/* Zero-initialise with SG_TOKENS_INIT; release when done. */
struct sg_tokens {
	struct sg_strbuf in; /* bytes not yet cut are in.bytes[at..n_bytes) */
	size_t at;
	bool dropping;        /* the rest of a paste that was too long, up to its end mark */
	int64_t came_ms;      /* when the last byte came, by any clock that does not go back */
	struct sg_strbuf out; /* the paste that was returned last */
};

#define SG_TOKENS_INIT                                      \
	{                                                   \
		SG_STRBUF_INIT, 0, false, 0, SG_STRBUF_INIT \
	}

void sg_tokens_release(struct sg_tokens *t);
void sg_tokens_clear(struct sg_tokens *t);
void sg_tokens_add(struct sg_tokens *t, const char *bytes, size_t n_bytes, int64_t now_ms);

/*
 * Drops what is there, and of a paste that has begun what is still to come: its rest would look
 * like keys. What may be the beginning of a sequence stays, for it may be the mark of a paste.
 */
void sg_tokens_drop(struct sg_tokens *t);

/* True while the end of a paste is waited for. */
bool sg_tokens_in_paste(const struct sg_tokens *t);

/* The next token, its bytes borrowed until the next call; ret_wait_ms as in screen.h. */
void sg_tokens_cut(struct sg_tokens *t, int64_t now_ms, struct sg_token *ret, int *ret_wait_ms);

#endif
