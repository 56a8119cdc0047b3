/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A manifest that was read is written, read and written again, and stays what it is. */
#include "fuzz.h"

#include "format/manifest_io.h"

struct reading {
	struct sg_arena arena;
	struct sg_manifest m;
	struct sg_manifest_source source;
	enum sg_rc rc;
};

static void take(struct reading *r, const char *bytes, size_t n_bytes, enum sg_read_mode mode)
{
	struct sg_err err = SG_ERR_INIT;
	sg_arena_init(&r->arena);
	r->rc = sg_manifest_read(
		&r->arena, "fuzz.yaml", bytes, n_bytes, mode, &r->m, &r->source, &err);
	fuzz_check(r->rc == SG_OK ? !*err.text : *err.text != '\0');
}

static void write_back(const struct reading *first, const char *bytes)
{
	struct reading again;
	struct sg_strbuf text = SG_STRBUF_INIT;
	struct sg_strbuf twice = SG_STRBUF_INIT;
	sg_manifest_write(&text, &first->m);
	fuzz_check(!sg_strbuf_failed(&text));
	take(&again, text.bytes, text.n_bytes, SG_READ_STRICT);
	fuzz_check(again.rc == SG_OK);
	fuzz_check(sg_manifest_equal(&first->m, &again.m));
	fuzz_check(again.source.canonical);
	sg_manifest_write(&twice, &again.m);
	fuzz_check(fuzz_same(&text, &twice));
	if (first->source.canonical && !first->source.markdown) {
		fuzz_check(first->source.end - first->source.start == text.n_bytes);
		fuzz_check(memcmp(bytes + first->source.start, text.bytes, text.n_bytes) == 0);
	}
	sg_arena_release(&again.arena);
	sg_strbuf_release(&text);
	sg_strbuf_release(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	struct reading strict, lenient;
	const char *bytes = (const char *)data;
	take(&strict, bytes, n_bytes, SG_READ_STRICT);
	take(&lenient, bytes, n_bytes, SG_READ_LENIENT);
	if (strict.rc == SG_OK) {
		fuzz_check(lenient.rc == SG_OK);
		fuzz_check(sg_manifest_equal(&strict.m, &lenient.m));
		write_back(&strict, bytes);
	}
	sg_arena_release(&strict.arena);
	sg_arena_release(&lenient.arena);
	return 0;
}
