/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A hint for big pieces of memory: the kernel may give large pages for them. A manifest of a
 * hundred thousand rows then costs hundreds of page faults in place of many thousands; two
 * thirds of the time of reading it were theirs. Nothing but time depends on it.
 */
#ifndef STEPGATE_BASE_MEMORY_H
#define STEPGATE_BASE_MEMORY_H

#include <stddef.h>

/*
 * From here on a piece counts as big; below, large pages would waste more than they save.
 * Above the second, a machine seldom has so many of them at hand: a virtual one must be given
 * them by its host first, which was seen to cost more than all the small ones.
 */
#define SG_MEMORY_BIG_BYTES     ((size_t)4 << 20)
#define SG_MEMORY_LARGEST_BYTES ((size_t)64 << 20)

/* To be called before bytes[0..n_bytes) is written to; does nothing outside of these bounds. */
void sg_memory_big(void *bytes, size_t n_bytes);

#endif
