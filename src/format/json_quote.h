/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to json*.c: one JSON text, for those who must know whether it was UTF-8. */
#ifndef STEPGATE_FORMAT_JSON_QUOTE_H
#define STEPGATE_FORMAT_JSON_QUOTE_H

#include "base/strbuf.h"

/*
 * Appends text as a JSON string (NULL as ""); false where a byte that is no UTF-8 became
 * U+FFFD.
 */
bool sg_json_quote(struct sg_strbuf *out, const char *text);

#endif
