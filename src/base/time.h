/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How moments are spelled: pure, so that the core may use it. What reads a clock is in clock.h.
 *
 * Wall time is milliseconds since 1970 UTC (int64_t, *_ms). Formats are those of the trace
 * (RFC 3339, UTC, ms) and of SESSION (YYYY-MM-DD, UTC). SG_TIME_SIZE holds either.
 */
#ifndef STEPGATE_BASE_TIME_H
#define STEPGATE_BASE_TIME_H

#include "stepgate/types.h"

#define SG_TIME_SIZE 32
#define SG_UUID_SIZE 37

/* "2026-01-31T12:34:56.789Z"; years 0000..9999, others are clamped. Returns out. */
const char *sg_time_format(int64_t wall_ms, char out[SG_TIME_SIZE]);
/* "2026-01-31", clamped likewise. Returns out. */
const char *sg_time_date(int64_t wall_ms, char out[SG_TIME_SIZE]);
/* The exact form of sg_time_format; false for anything else, *ret_wall_ms is then untouched. */
bool sg_time_parse(const char *text, int64_t *ret_wall_ms);

/* A UUIDv7 (RFC 9562) of this wall time and these 10 random bytes. */
void sg_uuid7(int64_t wall_ms, const unsigned char random[10], char out[SG_UUID_SIZE]);

#endif
