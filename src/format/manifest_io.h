/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * RUNTIME_MANIFEST: bytes <-> values.
 *
 * Reading: UTF-8 YAML, or a Markdown document that holds the instance (see markdown.h). Strict
 * reading wants exactly the fields of SG_MANIFEST_FIELDS and errs with file:line:column,
 * expected and found. Lenient reading (`check`) turns what is missing or of the wrong shape
 * into a shape mark, and errs only for what is no YAML or has a duplicate key.
 * Writing: the canonical form stated at the head of manifest_write.c.
 */
#ifndef STEPGATE_FORMAT_MANIFEST_IO_H
#define STEPGATE_FORMAT_MANIFEST_IO_H

#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/strbuf.h"
#include "stepgate/manifest.h"

#define SG_MANIFEST_MAX_BYTES ((size_t)1 << 30)

/* BY_EVENTS: leniently, what sg_manifest_read_canonical did not take. */
enum sg_read_mode { SG_READ_STRICT, SG_READ_LENIENT, SG_READ_BY_EVENTS };

struct sg_manifest_source {
	size_t start; /* offset of the instance in the file; 0 for a plain YAML file */
	size_t end;   /* offset behind it */
	bool markdown;
	size_t indent;  /* columns before each line of the instance (in an indented fence) */
	bool comments;  /* the instance holds comments, which a save loses */
	bool canonical; /* the instance's bytes are exactly what sg_manifest_write would give */
};

/*
 * Reads a whole file's bytes. name stands in errors. Texts of *ret are borrowed from arena
 * (bytes may be freed afterwards). ret_source may be NULL; computing .canonical costs a write
 * and is done only when it is not NULL.
 */
enum sg_rc sg_manifest_read(struct sg_arena *arena, const char *name, const char *bytes,
	size_t n_bytes, enum sg_read_mode mode, struct sg_manifest *ret,
	struct sg_manifest_source *ret_source, struct sg_err *err);

/* Bytes as they come: read gives some of the next, 0 at the end, -1 when they cannot be had. */
struct sg_feed {
	ssize_t (*read)(void *ctx, void *bytes, size_t n_bytes);
	void *ctx;
	size_t expected_bytes; /* about how many there are */
};

/*
 * True where all that comes is the canonical form of a manifest without unknown keys: then *ret
 * is what any reader gives, at a fraction of the cost and without memory for the bytes. False,
 * with arena and ret untouched, says nothing of the bytes: read them whole by sg_manifest_read.
 */
bool sg_manifest_read_canonical(
	struct sg_arena *arena, const struct sg_feed *feed, struct sg_manifest *ret);

/* Appends the canonical form. Cannot fail but for memory (out's sticky flag). */
void sg_manifest_write(struct sg_strbuf *out, const struct sg_manifest *m);

/* sha256 of the canonical form: what the trace calls data.manifest. */
enum sg_rc sg_manifest_digest(const struct sg_manifest *m, char ret_hex[SG_SHA256_HEX_SIZE]);

/*
 * Appends the file: host[0..start) + instance (indented as the source was) + host[end..n). For
 * a plain YAML manifest just the canonical form.
 */
void sg_manifest_write_hosted(struct sg_strbuf *out, const struct sg_manifest *m,
	const char *host, size_t n_host_bytes, const struct sg_manifest_source *source);

#endif
