/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A hash table from texts to indexes, for finding a ledger row by its name.
 *
 * Keys are borrowed and must outlive the table; a later key replaces an equal earlier one and
 * the table says what it replaced, so "of two rows for one name the last stands" and "a
 * duplicate key" are both one call. Seeded per process (sg_table_seed) so that a hostile file
 * cannot make it slow. Iteration is by the caller's own array: the table has no order.
 */
#ifndef STEPGATE_BASE_TABLE_H
#define STEPGATE_BASE_TABLE_H

#include "stepgate/types.h"

#define SG_TABLE_NONE SIZE_MAX

struct sg_table_slot;

struct sg_table {
	struct sg_table_slot *slots; /* owned; power of two */
	size_t capacity;
	size_t count;
	bool failed; /* sticky out of memory */
};

#define SG_TABLE_INIT { NULL, 0, 0, false }

/* Chosen once by the program at start from a random source; 0 (tests) is deterministic. */
void sg_table_seed(uint64_t seed);

void sg_table_init(struct sg_table *table);
void sg_table_release(struct sg_table *table);
void sg_table_reserve(struct sg_table *table, size_t count);

/*
 * index is below 2^32 - 1 (slots stay small so that a million rows fit a cache better); a
 * greater one sets `failed`. After a failure nothing more is put in; what is there is still
 * found. Returns the index that stood under an equal key before, or SG_TABLE_NONE.
 */
size_t sg_table_put(struct sg_table *table, const char *key, size_t index);

/* SG_TABLE_NONE when there is none. */
size_t sg_table_get(const struct sg_table *table, const char *key);

#endif
