/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * YAML inside Markdown: where a document holds an instance or a token.
 *
 * Which text is Markdown: a name that ends in .md or .markdown says yes, one in .yaml, .yml or
 * .json no; another text is, if a line of it opens a fence or is "END." alone. What is no
 * Markdown is YAML as a whole, and never searched.
 *
 * A fence is ``` or ~~~ or more of them, behind any spaces, up to a line of as many alone, or
 * to the end of the text. A heading is one to six # and a space at the left margin. A block
 * "holds" a section when the section's key, plain or quoted, stands at the left margin of the
 * block.
 *
 * An instance is the first block, fenced as yaml or yml, or bare from a "SESSION:" line at the
 * left margin up to "END." or the next heading or fence, that holds all seven sections (SPEC
 * 2.1). A token is the first fenced block, of any kind, whose first key is the token's name.
 * The empty lines around a block are not part of its span.
 *
 * Nothing is allocated; spans are offsets into the caller's bytes. Nothing found is SG_INPUT.
 */
#ifndef STEPGATE_FORMAT_MARKDOWN_H
#define STEPGATE_FORMAT_MARKDOWN_H

#include "base/err.h"

struct sg_span {
	size_t start;
	size_t end;    /* behind the last byte */
	size_t indent; /* columns in front of each line */
	size_t line;   /* 1-based line of start, to add to error positions */
	bool markdown; /* false: the span is the whole text */
};

bool sg_markdown_is(const char *name, const char *bytes, size_t n_bytes);

enum sg_rc sg_markdown_find_instance(const char *name, const char *bytes, size_t n_bytes,
	struct sg_span *ret, struct sg_err *err);

/*
 * For `check`, which also judges what is incomplete: the instance, else the first block that
 * holds any of the seven sections, fenced (unlabelled fences too) or bare from that section's
 * line.
 */
enum sg_rc sg_markdown_find_partial(const char *name, const char *bytes, size_t n_bytes,
	struct sg_span *ret, struct sg_err *err);

enum sg_rc sg_markdown_find_token(const char *name, const char *bytes, size_t n_bytes,
	const char *token, struct sg_span *ret, struct sg_err *err);

#endif
