/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One way of writing a document that goes out both as YAML and as JSON, so that the VAL_REPORT
 * file and --json cannot differ. Private to format/.
 *
 * Calls nest as with struct sg_json. As YAML: block style, two-space indent, lists indented by
 * two, double-quoted texts, `[]` and `{}` for what is empty, one blank line between the
 * members of the top mapping. At most SG_DOC_DEPTH levels; lists of lists are not written.
 */
#ifndef STEPGATE_FORMAT_DOC_H
#define STEPGATE_FORMAT_DOC_H

#include "format/json.h"

#define SG_DOC_DEPTH 16

struct sg_doc {
	struct sg_json *json; /* NULL: YAML; borrowed */
	struct sg_strbuf *out;
	unsigned depth;
	char brackets[SG_DOC_DEPTH]; /* what is open at each depth */
	bool filled[SG_DOC_DEPTH];   /* it holds something */
	bool after_dash;             /* the next key stands on the line of its "- " */
};

void sg_doc_init_yaml(struct sg_doc *doc, struct sg_strbuf *out);
void sg_doc_init_json(struct sg_doc *doc, struct sg_json *json);

void sg_doc_open(struct sg_doc *doc, char bracket); /* '{' or '[' */
void sg_doc_close(struct sg_doc *doc);              /* whatever is open */
void sg_doc_key(
	struct sg_doc *doc, const char *key); /* a plain word of ours, never foreign text */
void sg_doc_str(struct sg_doc *doc, const char *text);
void sg_doc_int(struct sg_doc *doc, int64_t value);
void sg_doc_bool(struct sg_doc *doc, bool value);

/* A key and its value at once. */
void sg_doc_key_str(struct sg_doc *doc, const char *key, const char *text);
void sg_doc_key_strs(struct sg_doc *doc, const char *key, const struct sg_strs *list);

#endif
