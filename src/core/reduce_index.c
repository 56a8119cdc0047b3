/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Finding a row by its name, so that a ledger of n rows that is filled one by one costs n and
 * not
 * n times n.
 *
 * An index belongs to one array (by its address) whose elements, once written, do not change:
 * revisions share such an array and differ only in how many of its elements are theirs. So one
 * index serves them all, and an entry counts only where it lies inside the asking revision. It
 * is filled up as it is asked. It lives in the arena of whoever made it; growing makes a new
 * one, for an older revision may still hold the old.
 */
#include <string.h>

#include "base/assert.h"
#include "core/reduce_internal.h"

/* Below that many rows looking at each is as fast, and needs nothing. */
#define FEW 32

struct sg_name_index {
	const void *v;   /* the array it belongs to */
	size_t n;        /* elements that are in it */
	size_t capacity; /* of slots, a power of two; 0: the array was only seen yet */
	uint32_t *slots; /* 1 + index of the element; 0: free */
};

static const char *name_at(const void *v, size_t i, size_t element_bytes, bool bare)
{
	const char *name;
	memcpy(&name, (const char *)v + i * element_bytes, sizeof(name));
	return bare ? sg_key_bare(name) : name;
}

static size_t scan(const void *v, size_t n, size_t element_bytes, bool bare, const char *name)
{
	for (size_t i = n; i-- > 0;)
		if (strcmp(name_at(v, i, element_bytes, bare), name) == 0)
			return i;
	return SIZE_MAX;
}

static size_t hash(const char *name)
{
	uint64_t h = 14695981039346656037ULL; /* FNV-1a */
	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 1099511628211ULL;
	return (size_t)(h ^ h >> 32);
}

static void put(struct sg_name_index *x, size_t i, size_t element_bytes, bool bare)
{
	const char *name = name_at(x->v, i, element_bytes, bare);
	size_t at = hash(name) & (x->capacity - 1);
	while (x->slots[at] &&
		strcmp(name_at(x->v, x->slots[at] - 1, element_bytes, bare), name) != 0)
		at = (at + 1) & (x->capacity - 1);
	x->slots[at] = (uint32_t)(i + 1); /* of two rows of one name the last stands */
}

/* An index of v with room for n, empty; NULL: no memory. */
static struct sg_name_index *index_new(struct sg_arena *arena, const void *v, size_t n)
{
	struct sg_name_index *x = sg_arena_alloc(arena, sizeof(*x));
	if (!x)
		return NULL;
	SG_ASSERT(n < UINT32_MAX / 4); /* else a slot could not name each: 100 GiB of rows */
	x->v = v;
	for (x->capacity = n ? 128 : 0; x->capacity < n * 4; x->capacity *= 2)
		;
	x->slots = sg_arena_array(arena, x->capacity, sizeof(*x->slots));
	return x->slots ? x : NULL;
}

size_t sg_rx_find(struct sg_arena *arena, struct sg_name_index **index, const void *v, size_t n,
	size_t element_bytes, bool bare, const char *name)
{
	struct sg_name_index *x = *index;
	if (bare)
		name = sg_key_bare(name);
	if (n <= FEW)
		return scan(v, n, element_bytes, bare, name);
	if (!x || x->v != v) {
		/*
		 * an array that is copied at each change is not worth an index: wait for the
		 * second time
		 */
		struct sg_name_index *seen = index_new(arena, v, 0);
		if (seen)
			*index = seen;
		return scan(v, n, element_bytes, bare, name);
	}
	if (x->n < n && x->capacity < n * 2) {
		x = index_new(arena, v, n);
		if (!x)
			return scan(v, n, element_bytes, bare, name);
		*index = x;
	}
	for (; x->n < n; x->n++)
		put(x, x->n, element_bytes, bare);
	for (size_t at = hash(name) & (x->capacity - 1); x->slots[at];
		at = (at + 1) & (x->capacity - 1)) {
		size_t i = x->slots[at] - 1;
		if (i < n && strcmp(name_at(v, i, element_bytes, bare), name) == 0)
			return i;
	}
	return SIZE_MAX;
}
