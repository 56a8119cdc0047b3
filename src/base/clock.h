/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Time and randomness: the two things that a pure part must be handed.
 *
 * Wall time is milliseconds since 1970 UTC (int64_t, *_ms), may jump, and is for people and for
 * records; monotonic time is nanoseconds (*_ns), has no date, and is for waiting. How a moment
 * is spelled is in base/time.h, which this header brings along.
 */
#ifndef STEPGATE_BASE_CLOCK_H
#define STEPGATE_BASE_CLOCK_H

#include "base/err.h"
#include "base/time.h"

int64_t sg_clock_wall_ms(void);
int64_t sg_clock_mono_ns(void);

/* Random bytes from the kernel (getrandom); SG_STORAGE if it has none. */
enum sg_rc sg_random(void *bytes, size_t n_bytes, struct sg_err *err);

#endif
