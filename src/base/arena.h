/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Memory for values that live and die together: a manifest revision, a typed line.
 *
 * Everything allocated from an arena stays where it is until the arena is released. Failure is
 * sticky: after the first failed allocation every further one returns NULL and
 * sg_arena_failed() is true, so a builder looks once, at its end. Not thread-safe.
 */
#ifndef STEPGATE_BASE_ARENA_H
#define STEPGATE_BASE_ARENA_H

#include "base/attr.h"
#include "stepgate/types.h"

struct sg_arena_block;

struct sg_arena {
	struct sg_arena_block *head; /* newest block; owned */
	size_t used_bytes;           /* of the newest block */
	size_t total_bytes;          /* taken from malloc so far */
	bool failed;
};

#define SG_ARENA_INIT             \
	{                         \
		NULL, 0, 0, false \
	}

void sg_arena_init(struct sg_arena *arena);
void sg_arena_release(struct sg_arena *arena);

/* Takes over all that from holds, which stays where it is; from is as new then. */
void sg_arena_take(struct sg_arena *arena, struct sg_arena *from);

/*
 * A hint: about so many bytes are to follow. Where they are many it makes one block for them,
 * of which only what is used becomes memory; without it they come piece by piece.
 */
void sg_arena_expect(struct sg_arena *arena, size_t size_bytes);

/*
 * An array that grows outside of an arena, and is handed over to it at its end without a copy.
 * Starts zero; release it in any case.
 */
struct sg_arena_piece {
	struct sg_arena_block *block; /* owned */
};

/*
 * Room for size_bytes, what was there kept; it may have moved. NULL: no memory, all as it was.
 */
void *sg_arena_piece_grow(struct sg_arena_piece *piece, size_t size_bytes);
/* Its first size_bytes, now in the arena; NULL when memory ran out (sticky). */
void *sg_arena_adopt(struct sg_arena *arena, struct sg_arena_piece *piece, size_t size_bytes);
void sg_arena_piece_release(struct sg_arena_piece *piece);

/* size_bytes zeroed bytes, aligned for any object; NULL when memory ran out (sticky). */
void *sg_arena_alloc(struct sg_arena *arena, size_t size_bytes);

/* An array of count elements; NULL on overflow or no memory (sticky). */
void *sg_arena_array(struct sg_arena *arena, size_t count, size_t element_bytes);

/* Copies; NULL when memory ran out. Never aligned beyond one byte: texts pack tightly. */
char *sg_arena_str(struct sg_arena *arena, const char *text);
char *sg_arena_strn(struct sg_arena *arena, const char *bytes, size_t n_bytes);
char *sg_arena_printf(struct sg_arena *arena, const char *format, ...) SG_PRINTF(2, 3);

/* A copy of a list, texts included. */
struct sg_strs sg_arena_strs(struct sg_arena *arena, const struct sg_strs *list);

/* True after any allocation failed. */
bool sg_arena_failed(const struct sg_arena *arena);

/*
 * A list of texts that grows inside an arena; the texts are borrowed (copy them first where
 * they do not live as long). Zero-initialise it. sg_strs_builder_add drops the element when
 * memory ran out: the arena's flag tells.
 */
struct sg_strs_builder {
	struct sg_arena *arena;
	const char **v;
	size_t n;
	size_t capacity;
};

void sg_strs_builder_init(struct sg_strs_builder *b, struct sg_arena *arena);
void sg_strs_builder_add(struct sg_strs_builder *b, const char *text);
void sg_strs_builder_add_once(struct sg_strs_builder *b, const char *text); /* linear search */
struct sg_strs sg_strs_builder_list(const struct sg_strs_builder *b);

#endif
