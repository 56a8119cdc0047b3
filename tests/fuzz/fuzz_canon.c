/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the reader of the canonical form takes, the reader by events reads to the same values, and
 * so does the same reader where the bytes come in pieces.
 */
#include "fuzz.h"

#include "format/manifest_io.h"
#include "format/manifest_reader.h"

/* A comment behind it is nothing that the canonical reader takes: so the other one reads. */
static void read_by_events(
	struct sg_arena *arena, const char *bytes, size_t n_bytes, struct sg_manifest *ret)
{
	struct sg_strbuf text = SG_STRBUF_INIT;
	struct sg_manifest_source source;
	struct sg_err err = SG_ERR_INIT;
	sg_strbuf_add(&text, bytes, n_bytes);
	sg_strbuf_adds(&text, "# by events\n");
	fuzz_check(!sg_strbuf_failed(&text));
	enum sg_rc rc = sg_manifest_read(arena, "fuzz.yaml", text.bytes, text.n_bytes,
		SG_READ_STRICT, ret, &source, &err);
	if (rc != SG_OK)
		fprintf(stderr, "%s\n", err.text);
	fuzz_check(rc == SG_OK);
	fuzz_check(!source.canonical);
	sg_strbuf_release(&text);
}

/* Given in pieces, as a file comes; how long they are is in the input itself. */
struct pieces {
	const uint8_t *at, *end;
	size_t most;
};

static ssize_t next_piece(void *ctx, void *buffer, size_t n_bytes)
{
	struct pieces *p = ctx;
	size_t n = (size_t)(p->end - p->at);
	n = n < p->most ? n : p->most;
	n = n < n_bytes ? n : n_bytes;
	memcpy(buffer, p->at, n);
	p->at += n;
	return (ssize_t)n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	struct sg_arena arena = SG_ARENA_INIT, other_arena = SG_ARENA_INIT;
	struct sg_manifest m, other;
	struct pieces pieces = {data, data + n_bytes, n_bytes ? data[n_bytes - 1] % 61U + 1 : 1};
	const struct sg_feed feed = {next_piece, &pieces, n_bytes};
	sg_manifest_default(&m);
	sg_manifest_default(&other);
	const bool by_pieces =
		sg_canon_read_feed(&other_arena, &feed, SG_CANON_WINDOW_BYTES, &other);
	const bool whole = sg_canon_read(&arena, (const char *)data, n_bytes, &m);
	fuzz_check(whole == by_pieces);
	if (whole) {
		fuzz_check(sg_manifest_equal(&m, &other));
		struct sg_strbuf written = SG_STRBUF_INIT;
		read_by_events(&other_arena, (const char *)data, n_bytes, &other);
		fuzz_check(sg_manifest_equal(&m, &other));
		sg_manifest_write(&written, &m);
		fuzz_check(written.n_bytes == n_bytes);
		fuzz_check(memcmp(written.bytes, data, n_bytes) == 0);
		sg_strbuf_release(&written);
	}
	sg_arena_release(&arena);
	sg_arena_release(&other_arena);
	return 0;
}
