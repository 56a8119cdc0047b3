/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Time and randomness: the two things that a pure part must be handed.
 *
 * Wall time is milliseconds since 1970 UTC (int64_t, *_ms); monotonic time is nanoseconds
 * (*_ns) and has no date. Formats are those of the trace (RFC 3339, UTC, ms) and of SESSION
 * (YYYY-MM-DD, UTC). SG_TIME_SIZE holds either.
 */
#ifndef STEPGATE_BASE_CLOCK_H
#define STEPGATE_BASE_CLOCK_H

#include "base/err.h"

#define SG_TIME_SIZE 32
#define SG_UUID_SIZE 37

int64_t sg_clock_wall_ms(void);
int64_t sg_clock_mono_ns(void);

/* "2026-01-31T12:34:56.789Z"; years 0000..9999, others are clamped. */
const char *sg_time_format(int64_t wall_ms, char out[SG_TIME_SIZE]);
/* "2026-01-31" */
const char *sg_time_date(int64_t wall_ms, char out[SG_TIME_SIZE]);
/* The exact form of sg_time_format; false for anything else. */
bool sg_time_parse(const char *text, int64_t *ret_wall_ms);

/* Random bytes from the kernel (getrandom); SG_STORAGE if it has none. */
enum sg_rc sg_random(void *bytes, size_t n_bytes, struct sg_err *err);

/* A UUIDv7 (RFC 9562) of this wall time and these 10 random bytes. */
void sg_uuid7(int64_t wall_ms, const unsigned char random[10], char out[SG_UUID_SIZE]);

#endif
