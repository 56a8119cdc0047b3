/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pseudo-random events by the tables of format/json_schema.h, and comparing two of them. */
#ifndef TESTS_UNIT_FORMAT_EVENT_RANDOM_H
#define TESTS_UNIT_FORMAT_EVENT_RANDOM_H

#include "base/arena.h"
#include "format/json_schema.h"

struct event_random {
	uint64_t state; /* the seed; the same seed gives the same events */
	struct sg_arena *arena;
};

size_t event_random_below(struct event_random *random, size_t n);

/* An event of this type with every member at random, empty ones among them. */
void event_random_make(
	struct event_random *random, enum sg_event_type type, struct sg_event *ret);

/* Every member that the tables know, and the head. NULL texts are equal to "". */
bool event_random_equal(const struct sg_event *a, const struct sg_event *b);

/* The longest run of bytes of the struct that no row of its table covers: a forgotten member. */
size_t event_random_uncovered(const struct sg_json_type *type);

#endif
