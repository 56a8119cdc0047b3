/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text that grows by doubling. */
#include "base/strbuf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define LEAST_CAPACITY_BYTES ((size_t)64)

/* Shared by every empty buffer and never written to. */
char sg_strbuf_empty[1] = {'\0'};

void sg_strbuf_init(struct sg_strbuf *sb)
{
	*sb = (struct sg_strbuf)SG_STRBUF_INIT;
}

void sg_strbuf_release(struct sg_strbuf *sb)
{
	if (sb->bytes != sg_strbuf_empty)
		free(sb->bytes);
	sg_strbuf_init(sb);
}

void sg_strbuf_clear(struct sg_strbuf *sb)
{
	/* A failure stays: who clears in a loop and looks after it must still see it. */
	sg_strbuf_truncate(sb, 0);
}

/* Makes room for exactly as much as is asked, or twice what there was, whichever is more. */
static bool grow(struct sg_strbuf *sb, size_t needed_bytes)
{
	size_t capacity_bytes = sb->capacity_bytes;

	capacity_bytes = capacity_bytes > SIZE_MAX / 2 ? SIZE_MAX : capacity_bytes * 2;
	if (capacity_bytes < needed_bytes)
		capacity_bytes = needed_bytes;
	if (capacity_bytes < LEAST_CAPACITY_BYTES)
		capacity_bytes = LEAST_CAPACITY_BYTES;
	char *old = sb->bytes == sg_strbuf_empty ? NULL : sb->bytes;
	char *grown = realloc(old, capacity_bytes);
	if (!grown)
		return false;
	sg_memory_big(grown, capacity_bytes);
	if (!old)
		grown[0] = '\0';
	sb->bytes = grown;
	sb->capacity_bytes = capacity_bytes;
	return true;
}

void sg_strbuf_reserve(struct sg_strbuf *sb, size_t more_bytes)
{
	if (sb->failed)
		return;
	/* Half of the address space is more than any object may have: refused before malloc. */
	if (more_bytes > SIZE_MAX / 2 - sb->n_bytes - 1) {
		sb->failed = true;
		return;
	}
	const size_t needed_bytes = sb->n_bytes + more_bytes + 1;
	if (needed_bytes > sb->capacity_bytes && !grow(sb, needed_bytes))
		sb->failed = true;
}

void sg_strbuf_add(struct sg_strbuf *sb, const void *bytes, size_t n_bytes)
{
	/* A manifest is written in millions of pieces that fit. */
	if (n_bytes >= sb->capacity_bytes - sb->n_bytes)
		sg_strbuf_reserve(sb, n_bytes);
	if (sb->failed || n_bytes == 0)
		return;
	memcpy(sb->bytes + sb->n_bytes, bytes, n_bytes);
	sb->n_bytes += n_bytes;
	sb->bytes[sb->n_bytes] = '\0';
}

void sg_strbuf_adds(struct sg_strbuf *sb, const char *text)
{
	sg_strbuf_add(sb, text, strlen(text));
}

void sg_strbuf_addc(struct sg_strbuf *sb, char c)
{
	if (sb->capacity_bytes - sb->n_bytes < 2) {
		sg_strbuf_add(sb, &c, 1);
	} else if (!sb->failed) {
		sb->bytes[sb->n_bytes++] = c;
		sb->bytes[sb->n_bytes] = '\0';
	}
}

void sg_strbuf_addf(struct sg_strbuf *sb, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	sg_strbuf_vaddf(sb, format, args);
	va_end(args);
}

void sg_strbuf_vaddf(struct sg_strbuf *sb, const char *format, va_list args)
{
	va_list again;

	/* Most lines fit what is reserved here, and then format once. */
	sg_strbuf_reserve(sb, LEAST_CAPACITY_BYTES);
	if (sb->failed)
		return;
	/* A va_list is used up by the first formatting. */
	va_copy(again, args);
	const size_t room_bytes = sb->capacity_bytes - sb->n_bytes;
	const int n = vsnprintf(sb->bytes + sb->n_bytes, room_bytes, format, args);
	if (n < 0)
		sb->failed = true;
	else if ((size_t)n >= room_bytes)
		sg_strbuf_reserve(sb, (size_t)n);
	/* The first formatting wrote into the room that was there: take that back. */
	if (sb->failed) {
		sb->bytes[sb->n_bytes] = '\0';
	} else {
		if ((size_t)n >= room_bytes)
			vsnprintf(sb->bytes + sb->n_bytes, (size_t)n + 1, format, again);
		sb->n_bytes += (size_t)n;
	}
	va_end(again);
}

void sg_strbuf_truncate(struct sg_strbuf *sb, size_t n_bytes)
{
	/* Also keeps the shared empty text from being written to. */
	if (n_bytes >= sb->n_bytes)
		return;
	sb->n_bytes = n_bytes;
	sb->bytes[n_bytes] = '\0';
}

bool sg_strbuf_failed(const struct sg_strbuf *sb)
{
	return sb->failed;
}

char *sg_strbuf_take(struct sg_strbuf *sb, size_t *ret_n_bytes)
{
	/* An empty text too must be something that free() accepts. */
	if (sb->bytes == sg_strbuf_empty)
		sg_strbuf_reserve(sb, 1);
	if (sb->failed) {
		sg_strbuf_release(sb);
		return NULL;
	}
	char *bytes = sb->bytes;
	if (ret_n_bytes)
		*ret_n_bytes = sb->n_bytes;
	sg_strbuf_init(sb);
	return bytes;
}
