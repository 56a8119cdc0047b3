/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Text that grows. Always NUL-terminated; `bytes` is never NULL and may be read at any time.
 *
 * Out of memory is sticky, as in the arena: after a failed growth all additions are dropped and
 * sg_strbuf_failed() is true until _release, _take or _init (not _clear); look once, before the
 * text is used. sg_strbuf_take() hands the malloc'd bytes over to the caller (free them) and
 * leaves the buffer empty.
 */
#ifndef STEPGATE_BASE_STRBUF_H
#define STEPGATE_BASE_STRBUF_H

#include <stdarg.h>

#include "base/attr.h"
#include "stepgate/types.h"

struct sg_strbuf {
	char *bytes;
	size_t n_bytes; /* without the NUL */
	size_t capacity_bytes;
	bool failed;
};

extern char sg_strbuf_empty[1];
#define SG_STRBUF_INIT { sg_strbuf_empty, 0, 0, false }

void sg_strbuf_init(struct sg_strbuf *sb);
void sg_strbuf_release(struct sg_strbuf *sb);
void sg_strbuf_clear(struct sg_strbuf *sb); /* keeps the memory, forgets the text */
void sg_strbuf_reserve(struct sg_strbuf *sb, size_t more_bytes);
void sg_strbuf_add(struct sg_strbuf *sb, const void *bytes, size_t n_bytes);
void sg_strbuf_adds(struct sg_strbuf *sb, const char *text);
void sg_strbuf_addc(struct sg_strbuf *sb, char c);
void sg_strbuf_addf(struct sg_strbuf *sb, const char *format, ...) SG_PRINTF(2, 3);
void sg_strbuf_vaddf(struct sg_strbuf *sb, const char *format, va_list args) SG_PRINTF(2, 0);
void sg_strbuf_truncate(struct sg_strbuf *sb, size_t n_bytes);
bool sg_strbuf_failed(const struct sg_strbuf *sb);
/* NULL if failed; ret_n_bytes may be NULL. */
char *sg_strbuf_take(struct sg_strbuf *sb, size_t *ret_n_bytes) SG_WARN_UNUSED;

#endif
