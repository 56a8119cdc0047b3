/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Private to src/format: the canonical form in pieces.
 *
 * sg_manifest_emit appends the form to buf and calls flush, when there is one, each time that
 * more than SG_EMIT_PIECE_BYTES have gathered and once at the end; flush uses the bytes and
 * clears buf. So a digest or a comparison of a 300 MB manifest needs no second copy of it. What
 * buf holds when flush is called begins and ends at a line. buf's sticky flag tells of failure.
 */
#ifndef STEPGATE_FORMAT_MANIFEST_EMIT_H
#define STEPGATE_FORMAT_MANIFEST_EMIT_H

#include "base/strbuf.h"
#include "stepgate/manifest.h"

#define SG_EMIT_PIECE_BYTES ((size_t)64 << 10)

typedef void sg_emit_flush(void *context, struct sg_strbuf *buf);

void sg_manifest_emit(struct sg_strbuf *buf, const struct sg_manifest *m, sg_emit_flush *flush,
	void *context);

/*
 * The same in SG_FIELD_ID_COUNT parts, one a field: with the heading of the section before the
 * first of it, and the unknown keys of the section (behind the last field those of the root)
 * behind the last.
 */
void sg_emit_part(struct sg_strbuf *buf, const struct sg_manifest *m, size_t field);
/* Of a ledger's part the rows from `from` on, and how many bytes stand behind the last row. */
void sg_emit_rows(
	struct sg_strbuf *buf, const struct sg_manifest *m, size_t field, size_t from);
size_t sg_emit_bytes_behind_rows(const struct sg_manifest *m, size_t field);

/* True if bytes are exactly the canonical form, each line of it indented by indent columns. */
bool sg_manifest_is_canonical(
	const struct sg_manifest *m, const char *bytes, size_t n_bytes, size_t indent);

/* Columns at which the keys of a mapping stand in the canonical form. */
#define SG_INDENT_SECTION    ((size_t)2)
#define SG_INDENT_NESTED     ((size_t)4) /* RESUME_TARGET, ENGINE_RUN_LEDGER */
#define SG_INDENT_ROW        ((size_t)6) /* ROLE_LEDGER, OUTPUT_LEDGER */
#define SG_INDENT_ENGINE_ROW ((size_t)8)

#endif
