/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What differs: between two manifests (by field and row) and between two texts (by line).
 *
 * Pure; linear for manifests; the text diff (Myers 1986, "An O(ND) Difference Algorithm") is
 * given up for a plain "all lines replaced" beyond SG_DIFF_MAX_EDITS, and where a text has more
 * than SG_DIFF_MAX_LINES. Output is unified-diff-like text.
 */
#ifndef STEPGATE_CORE_DIFF_H
#define STEPGATE_CORE_DIFF_H

#include "base/strbuf.h"
#include "stepgate/manifest.h"

#define SG_DIFF_MAX_EDITS 4000
#define SG_DIFF_MAX_LINES ((size_t)4 << 20)

/*
 * Appends "-SECTION.FIELD: <old>" / "+SECTION.FIELD: <new>" lines, rows as
 * "LEDGERS.ROLE_LEDGER[SPC].status". Returns the number of differences; at most max_lines
 * printed, then a line that says how many more.
 */
size_t sg_manifest_diff(struct sg_strbuf *out, const struct sg_manifest *a,
	const struct sg_manifest *b, size_t max_lines);

/*
 * Appends a unified diff with 3 lines of context; nothing when equal. Returns true if they
 * differ.
 */
bool sg_text_diff(struct sg_strbuf *out, const char *name_a, const char *a, size_t n_a,
	const char *name_b, const char *b, size_t n_b);

#endif
