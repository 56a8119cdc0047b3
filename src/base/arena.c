/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An arena in blocks. Objects fill a block from its bottom, aligned; texts from its top,
 * packed: so a row of a ledger and its five short texts waste no padding between them.
 */
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define FIRST_BLOCK_BYTES   ((size_t)4096)
#define LARGEST_BLOCK_BYTES ((size_t)1 << 20)

struct sg_arena_block {
	struct sg_arena_block *older;
	size_t size_bytes; /* of data */
	size_t text_bytes; /* taken from the top of data */
	_Alignas(max_align_t) unsigned char data[];
};

void sg_arena_init(struct sg_arena *arena)
{
	*arena = (struct sg_arena)SG_ARENA_INIT;
}

void sg_arena_release(struct sg_arena *arena)
{
	struct sg_arena_block *block = arena->head;

	while (block) {
		struct sg_arena_block *older = block->older;
		free(block);
		block = older;
	}
	sg_arena_init(arena);
}

/* Behind the newest block, whose free room stays in use. */
void sg_arena_take(struct sg_arena *arena, struct sg_arena *from)
{
	const bool failed = arena->failed || from->failed;

	if (!arena->head) {
		*arena = *from;
	} else if (from->head) {
		struct sg_arena_block *oldest = from->head;
		while (oldest->older)
			oldest = oldest->older;
		oldest->older = arena->head->older;
		arena->head->older = from->head;
		arena->total_bytes += from->total_bytes;
	}
	arena->failed = failed;
	sg_arena_init(from);
}

/* Sticky: whoever builds looks once, at the end, so nothing after a failure may succeed. */
static void *fail(struct sg_arena *arena)
{
	arena->failed = true;
	return NULL;
}

/* Zeroed, because of the big ones: fresh pages of the kernel need no second clearing. */
static struct sg_arena_block *new_block(struct sg_arena *arena, size_t data_bytes)
{
	const size_t header_bytes = sizeof(struct sg_arena_block);

	if (data_bytes > SIZE_MAX - header_bytes)
		return fail(arena);
	struct sg_arena_block *block = calloc(1, header_bytes + data_bytes);
	if (!block)
		return fail(arena);
	sg_memory_big(block, header_bytes + data_bytes);
	block->size_bytes = data_bytes;
	arena->total_bytes += header_bytes + data_bytes;
	return block;
}

/* A block that is full already, put behind the newest, whose free room stays in use. */
static void *add_full(struct sg_arena *arena, struct sg_arena_block *block, size_t size_bytes)
{
	/* Putting it in front would give up what is free in the newest block, each time. */
	if (arena->head) {
		block->older = arena->head->older;
		arena->head->older = block;
	} else {
		block->older = NULL;
		arena->head = block;
		arena->used_bytes = size_bytes;
	}
	return block->data;
}

/* For one allocation. */
static void *own_block(struct sg_arena *arena, size_t size_bytes)
{
	struct sg_arena_block *block = new_block(arena, size_bytes);

	return block ? add_full(arena, block, size_bytes) : NULL;
}

void *sg_arena_piece_grow(struct sg_arena_piece *piece, size_t size_bytes)
{
	if (size_bytes > SIZE_MAX / 2)
		return NULL;
	/* no hint of large pages: the kernel moves what is in one piece of one kind only */
	struct sg_arena_block *block =
		realloc(piece->block, sizeof(struct sg_arena_block) + size_bytes);
	if (!block)
		return NULL;
	piece->block = block;
	return block->data;
}

void *sg_arena_adopt(struct sg_arena *arena, struct sg_arena_piece *piece, size_t size_bytes)
{
	if (arena->failed || !sg_arena_piece_grow(piece, size_bytes))
		return fail(arena);
	struct sg_arena_block *block = piece->block;
	piece->block = NULL;
	block->size_bytes = size_bytes;
	block->text_bytes = 0;
	arena->total_bytes += sizeof(*block) + size_bytes;
	return add_full(arena, block, size_bytes);
}

void sg_arena_piece_release(struct sg_arena_piece *piece)
{
	free(piece->block);
	piece->block = NULL;
}

static void begin_block(struct sg_arena *arena, struct sg_arena_block *block)
{
	block->older = arena->head;
	arena->head = block;
	arena->used_bytes = 0;
}

static bool add_block(struct sg_arena *arena)
{
	size_t whole_bytes = FIRST_BLOCK_BYTES;

	/*
	 * As much again as there is: few blocks for a big value, little waste for a small one.
	 */
	while (whole_bytes < arena->total_bytes && whole_bytes < LARGEST_BLOCK_BYTES)
		whole_bytes *= 2;
	struct sg_arena_block *block =
		new_block(arena, whole_bytes - sizeof(struct sg_arena_block));
	if (!block)
		return false;
	begin_block(arena, block);
	return true;
}

void sg_arena_expect(struct sg_arena *arena, size_t size_bytes)
{
	if (arena->failed || size_bytes < SG_MEMORY_BIG_BYTES)
		return;
	struct sg_arena_block *block = new_block(arena, size_bytes);
	if (block)
		begin_block(arena, block);
	/* too much at once is no failure: the same in pieces may be had */
	arena->failed = false;
}

/* Bytes between the objects below and the texts above. */
static size_t room(const struct sg_arena *arena)
{
	if (!arena->head)
		return 0;
	return arena->head->size_bytes - arena->head->text_bytes - arena->used_bytes;
}

static size_t align_up(size_t n)
{
	const size_t mask = _Alignof(max_align_t) - 1;

	return (n + mask) & ~mask;
}

/* What does not fit a fresh small block without much waste gets a block of its own. */
static bool is_oversized(size_t size_bytes)
{
	return size_bytes > FIRST_BLOCK_BYTES / 2;
}

void *sg_arena_alloc(struct sg_arena *arena, size_t size_bytes)
{
	if (arena->failed || size_bytes > SIZE_MAX / 2)
		return fail(arena);
	/* An empty object too has an address of its own, so that NULL means only one thing. */
	const size_t taken_bytes = align_up(size_bytes > 0 ? size_bytes : 1);
	if (taken_bytes > room(arena)) {
		if (is_oversized(taken_bytes))
			return own_block(arena, taken_bytes);
		if (!add_block(arena))
			return NULL;
	}
	unsigned char *object = arena->head->data + arena->used_bytes;
	arena->used_bytes += taken_bytes;
	return object;
}

void *sg_arena_array(struct sg_arena *arena, size_t count, size_t element_bytes)
{
	size_t size_bytes = 0;

	if (__builtin_mul_overflow(count, element_bytes, &size_bytes))
		return fail(arena);
	return sg_arena_alloc(arena, size_bytes);
}

/* From the top of the block, where nothing has to be aligned. */
static char *alloc_text(struct sg_arena *arena, size_t size_bytes)
{
	if (arena->failed)
		return NULL;
	if (size_bytes > room(arena)) {
		if (is_oversized(size_bytes))
			return own_block(arena, size_bytes);
		if (!add_block(arena))
			return NULL;
	}
	struct sg_arena_block *block = arena->head;
	block->text_bytes += size_bytes;
	return (char *)block->data + block->size_bytes - block->text_bytes;
}

char *sg_arena_str(struct sg_arena *arena, const char *text)
{
	return sg_arena_strn(arena, text, strlen(text));
}

char *sg_arena_strn(struct sg_arena *arena, const char *bytes, size_t n_bytes)
{
	if (n_bytes >= SIZE_MAX / 2)
		return fail(arena);
	char *copy = alloc_text(arena, n_bytes + 1);
	if (!copy)
		return NULL;
	if (n_bytes > 0)
		memcpy(copy, bytes, n_bytes);
	copy[n_bytes] = '\0';
	return copy;
}

char *sg_arena_printf(struct sg_arena *arena, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	/* Measured first: what was taken for a guess could not be given back. */
	const int n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0)
		return fail(arena);
	char *text = alloc_text(arena, (size_t)n + 1);
	if (!text)
		return NULL;
	va_start(args, format);
	vsnprintf(text, (size_t)n + 1, format, args);
	va_end(args);
	return text;
}

struct sg_strs sg_arena_strs(struct sg_arena *arena, const struct sg_strs *list)
{
	const struct sg_strs empty = {NULL, 0};

	if (list->n == 0)
		return empty;
	const char **v = sg_arena_array(arena, list->n, sizeof(*v));
	if (!v)
		return empty;
	for (size_t i = 0; i < list->n; i++) {
		v[i] = sg_arena_str(arena, list->v[i]);
		if (!v[i])
			return empty;
	}
	return (struct sg_strs){v, list->n};
}

bool sg_arena_failed(const struct sg_arena *arena)
{
	return arena->failed;
}

void sg_strs_builder_init(struct sg_strs_builder *b, struct sg_arena *arena)
{
	*b = (struct sg_strs_builder){.arena = arena};
}

/* The newest object of the newest block grows where it stands; anything else is copied. */
static bool builder_grow(struct sg_strs_builder *b)
{
	struct sg_arena *arena = b->arena;
	const size_t more = b->capacity > 0 ? b->capacity : 4;
	const size_t old_bytes = b->capacity * sizeof(*b->v);
	const size_t more_bytes = more * sizeof(*b->v);
	const bool is_newest = b->v && arena->head &&
			       (const unsigned char *)b->v + align_up(old_bytes) ==
				       arena->head->data + arena->used_bytes;

	if (arena->failed)
		return false;
	if (is_newest && align_up(old_bytes) == old_bytes &&
		align_up(more_bytes) <= room(arena)) {
		arena->used_bytes += align_up(more_bytes);
	} else {
		const char **grown = sg_arena_array(arena, b->capacity + more, sizeof(*grown));
		if (!grown)
			return false;
		if (b->n > 0)
			memcpy(grown, b->v, b->n * sizeof(*grown));
		b->v = grown;
	}
	b->capacity += more;
	return true;
}

void sg_strs_builder_add(struct sg_strs_builder *b, const char *text)
{
	/* A text that could not be copied arrives as NULL: the arena knows already. */
	if (!text || (b->n == b->capacity && !builder_grow(b)))
		return;
	b->v[b->n++] = text;
}

void sg_strs_builder_add_once(struct sg_strs_builder *b, const char *text)
{
	const struct sg_strs list = sg_strs_builder_list(b);

	for (size_t i = 0; text && i < list.n; i++) {
		if (strcmp(list.v[i], text) == 0)
			return;
	}
	sg_strs_builder_add(b, text);
}

struct sg_strs sg_strs_builder_list(const struct sg_strs_builder *b)
{
	if (b->n == 0)
		return (struct sg_strs){NULL, 0};
	return (struct sg_strs){b->v, b->n};
}
