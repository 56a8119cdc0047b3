/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/memory.h"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>

/* Of a large page where pages have 4 KiB; it must only be a multiple of a page everywhere. */
#define LARGE_PAGE_BYTES ((size_t)2 << 20)

void sg_memory_big(void *bytes, size_t n_bytes)
{
	if (n_bytes < SG_MEMORY_BIG_BYTES || n_bytes > SG_MEMORY_LARGEST_BYTES)
		return;
	const int errno_before = errno;
	const size_t before = (size_t)(-(uintptr_t)bytes & (LARGE_PAGE_BYTES - 1));
	const size_t whole = (n_bytes - before) & ~(LARGE_PAGE_BYTES - 1);

	/* a kernel without large pages says so, and then there are none */
	(void)!madvise((char *)bytes + before, whole, MADV_HUGEPAGE);
	errno = errno_before;
}
