/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * YAML inside Markdown: where a document holds an instance or a token.
 *
 * An instance is the first fenced yaml block, or the first stretch from a "SESSION:" line under a
 * heading to "END." or the next heading, that holds all seven sections (SPEC 2.1). A token is the
 * first fenced block whose first key is the token's name, or the whole text when it is no Markdown.
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

enum sg_rc sg_markdown_find_instance(const char *name, const char *bytes, size_t n_bytes,
				     struct sg_span *ret, struct sg_err *err);
enum sg_rc sg_markdown_find_token(const char *name, const char *bytes, size_t n_bytes,
				  const char *token, struct sg_span *ret, struct sg_err *err);

#endif
