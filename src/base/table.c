/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Open addressing with linear probing. A slot is 16 bytes, four to a cache line; the cached
 * hash decides nearly every comparison without touching the key's own line.
 */
#include "base/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define LEAST_CAPACITY ((size_t)16)

struct sg_table_slot {
	const char *key; /* NULL: free */
	uint32_t hash;
	uint32_t index;
};

__extension__ typedef unsigned __int128 wide;

static uint64_t table_seed;

void sg_table_seed(uint64_t seed)
{
	table_seed = seed;
}

/* Both halves of the product folded: every bit of a and b reaches every bit of the result. */
static uint64_t mix(uint64_t a, uint64_t b)
{
	const wide product = (wide)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t load(const char *bytes, size_t n_bytes)
{
	uint64_t word = 0;

	memcpy(&word, bytes, n_bytes);
	return word;
}

/*
 * Sixteen bytes a multiplication, and the length at the end, so that texts which differ only in
 * how many bytes the last word holds differ in hash. The seed enters both factors: without it a
 * file could be made whose keys all meet.
 */
static uint32_t hash_text(const char *text)
{
	const uint64_t odd1 = 0x9E3779B97F4A7C15u;
	const uint64_t odd2 = 0xD6E8FEB86659FD93u;
	const size_t length = strlen(text);
	const uint64_t key = mix(table_seed ^ odd1, odd2);
	uint64_t h = key;
	size_t left = length;

	for (; left > 16; left -= 16, text += 16)
		h = mix(load(text, 8) ^ odd1 ^ key, load(text + 8, 8) ^ h);
	const size_t first = left < 8 ? left : 8;
	h = mix(load(text, first) ^ odd2 ^ key, load(text + first, left - first) ^ h);
	h = mix(h ^ odd1, (uint64_t)length ^ odd2);
	return (uint32_t)(h ^ (h >> 32));
}

void sg_table_init(struct sg_table *table)
{
	*table = (struct sg_table)SG_TABLE_INIT;
}

void sg_table_release(struct sg_table *table)
{
	free(table->slots);
	sg_table_init(table);
}

/* The slot that holds key, or the free one where it belongs. There is always a free one. */
static struct sg_table_slot *find(
	struct sg_table_slot *slots, size_t capacity, const char *key, uint32_t hash)
{
	const size_t mask = capacity - 1;
	size_t i = hash & mask;

	while (slots[i].key && (slots[i].hash != hash || strcmp(slots[i].key, key) != 0))
		i = (i + 1) & mask;
	return &slots[i];
}

static bool resize(struct sg_table *table, size_t capacity)
{
	struct sg_table_slot *slots = calloc(capacity, sizeof(*slots));

	if (!slots)
		return false;
	sg_memory_big(slots, capacity * sizeof(*slots));
	for (size_t i = 0; i < table->capacity; i++) {
		/*
		 * Keys are distinct already: the first free slot is right, nothing is compared.
		 */
		if (!table->slots[i].key)
			continue;
		size_t at = table->slots[i].hash & (capacity - 1);
		while (slots[at].key)
			at = (at + 1) & (capacity - 1);
		slots[at] = table->slots[i];
	}
	free(table->slots);
	table->slots = slots;
	table->capacity = capacity;
	return true;
}

void sg_table_reserve(struct sg_table *table, size_t count)
{
	size_t capacity = table->capacity > 0 ? table->capacity : LEAST_CAPACITY;

	if (table->failed)
		return;
	/* The cached hash has 32 bits: a larger table would have slots that none can name. */
	while (capacity / 10 * 7 < count && capacity <= UINT32_MAX)
		capacity *= 2;
	if (capacity > UINT32_MAX || (capacity != table->capacity && !resize(table, capacity)))
		table->failed = true;
}

size_t sg_table_put(struct sg_table *table, const char *key, size_t index)
{
	sg_table_reserve(table, table->count + 1);
	if (index >= UINT32_MAX)
		table->failed = true;
	if (table->failed || !table->slots)
		return SG_TABLE_NONE;
	const uint32_t hash = hash_text(key);
	struct sg_table_slot *slot = find(table->slots, table->capacity, key, hash);
	const size_t old = slot->key ? slot->index : SG_TABLE_NONE;
	if (!slot->key)
		table->count++;
	*slot = (struct sg_table_slot){key, hash, (uint32_t)index};
	return old;
}

size_t sg_table_get(const struct sg_table *table, const char *key)
{
	if (!table->slots)
		return SG_TABLE_NONE;
	const struct sg_table_slot *slot =
		find(table->slots, table->capacity, key, hash_text(key));
	return slot->key ? slot->index : SG_TABLE_NONE;
}
