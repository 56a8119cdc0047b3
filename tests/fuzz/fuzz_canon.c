/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the reader of the canonical form takes, the reader by events reads to the same values. */
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	struct sg_arena arena = SG_ARENA_INIT, other_arena = SG_ARENA_INIT;
	struct sg_manifest m, other;
	sg_manifest_default(&m);
	if (sg_canon_read(&arena, (const char *)data, n_bytes, &m)) {
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
