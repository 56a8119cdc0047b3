/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Text as a double-quoted YAML scalar on one line, in the one spelling of the canonical form
 * (stated at the head of quote.c). Valid UTF-8 comes back from any YAML reader byte for byte.
 */
#ifndef STEPGATE_BASE_QUOTE_H
#define STEPGATE_BASE_QUOTE_H

#include "base/strbuf.h"

/* Appends the quotes and the escaped text; memory is out's sticky flag. */
void sg_yaml_quote(struct sg_strbuf *out, const char *text);

/* Whether that form escapes this character. */
bool sg_yaml_must_escape(uint32_t code_point);

#endif
