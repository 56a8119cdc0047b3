/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A document that holds an instance: what is found lies inside, what stands around it stays. */
#include "fuzz.h"

#include "format/manifest_io.h"
#include "format/markdown.h"

static void inside(enum sg_rc rc, const struct sg_span *span, size_t n_bytes,
	const struct sg_err *err)
{
	fuzz_check(rc == SG_OK ? !*err->text : *err->text != '\0');
	if (rc == SG_OK)
		fuzz_check(span->start <= span->end && span->end <= n_bytes && span->line >= 1);
}

static void save(const char *bytes, size_t n_bytes)
{
	struct sg_arena arena = SG_ARENA_INIT, again_arena = SG_ARENA_INIT;
	struct sg_manifest m, again;
	struct sg_manifest_source source, again_source;
	struct sg_err err = SG_ERR_INIT;
	struct sg_strbuf out = SG_STRBUF_INIT;
	if (sg_manifest_read(&arena, "fuzz.md", bytes, n_bytes, SG_READ_STRICT, &m, &source,
		    &err) == SG_OK) {
		sg_manifest_write_hosted(&out, &m, bytes, n_bytes, &source);
		fuzz_check(!sg_strbuf_failed(&out));
		if (source.markdown) {
			const size_t behind = n_bytes - source.end;
			fuzz_check(out.n_bytes >= source.start + behind);
			fuzz_check(memcmp(out.bytes, bytes, source.start) == 0);
			fuzz_check(memcmp(out.bytes + out.n_bytes - behind, bytes + source.end,
					   behind) == 0);
		}
		fuzz_check(sg_manifest_read(&again_arena, "fuzz.md", out.bytes, out.n_bytes,
				   SG_READ_STRICT, &again, &again_source, &err) == SG_OK);
		fuzz_check(sg_manifest_equal(&m, &again));
	}
	sg_strbuf_release(&out);
	sg_arena_release(&arena);
	sg_arena_release(&again_arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	static const char *const tokens[] = {"ROUTE_TOKEN", "ENGINE_PLAN_TOKEN", "PROFILE"};
	const char *bytes = (const char *)data;
	struct sg_span span;
	for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
		struct sg_err err = SG_ERR_INIT;
		enum sg_rc rc = sg_markdown_find_token(
			"fuzz.md", bytes, n_bytes, tokens[i], &span, &err);
		inside(rc, &span, n_bytes, &err);
	}
	struct sg_err err = SG_ERR_INIT;
	enum sg_rc rc = sg_markdown_find_instance("fuzz.md", bytes, n_bytes, &span, &err);
	inside(rc, &span, n_bytes, &err);
	struct sg_err partial = SG_ERR_INIT;
	rc = sg_markdown_find_partial("fuzz.md", bytes, n_bytes, &span, &partial);
	inside(rc, &span, n_bytes, &partial);
	save(bytes, n_bytes);
	return 0;
}
