/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See short_memory.h. The names are the linker's: __wrap_X is called for X, __real_X is X. */
#include "short_memory.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "fault/memory.h"

static struct {
	enum short_memory kind;
	bool armed;
	int at;
	int calls;
} plan;

void short_memory_arm(enum short_memory kind, int at)
{
	plan.kind = kind;
	plan.armed = true;
	plan.at = at;
	plan.calls = 0;
	if (kind == SHORT_HEAP)
		memory_arm(at, false);
}

int short_memory_disarm(void)
{
	if (plan.armed && plan.kind == SHORT_HEAP)
		plan.calls += memory_disarm();
	plan.armed = false;
	return plan.calls;
}

#define DECLARE(type, name, ...)         \
	type __real_##name(__VA_ARGS__); \
	type __wrap_##name(__VA_ARGS__)

DECLARE(void *, reallocarray, void *old, size_t n, size_t size);
DECLARE(void *, sg_arena_alloc, struct sg_arena *arena, size_t n_bytes);
DECLARE(void *, sg_arena_array, struct sg_arena *arena, size_t n, size_t size);
DECLARE(char *, sg_arena_str, struct sg_arena *arena, const char *text);
DECLARE(char *, sg_arena_strn, struct sg_arena *arena, const char *bytes, size_t n);
DECLARE(struct sg_strs, sg_arena_strs, struct sg_arena *arena, const struct sg_strs *list);
DECLARE(void, sg_strs_builder_add, struct sg_strs_builder *b, const char *text);
DECLARE(void, sg_strs_builder_add_once, struct sg_strs_builder *b, const char *text);
char *__wrap_sg_arena_printf(struct sg_arena *arena, const char *format, ...) SG_PRINTF(2, 3);

static bool says_no(void)
{
	return plan.armed && plan.kind == SHORT_ARENA && ++plan.calls == plan.at;
}

/* Of the heap, but not among those of fault/memory.h: it goes with the arena's. */
void *__wrap_reallocarray(void *old, size_t n, size_t size)
{
	if (!says_no())
		return __real_reallocarray(old, n, size);
	errno = ENOMEM;
	return NULL;
}

static bool arena_says_no(struct sg_arena *arena)
{
	if (!says_no())
		return false;
	arena->failed = true;
	return true;
}

void *__wrap_sg_arena_alloc(struct sg_arena *arena, size_t n_bytes)
{
	return arena_says_no(arena) ? NULL : __real_sg_arena_alloc(arena, n_bytes);
}

void *__wrap_sg_arena_array(struct sg_arena *arena, size_t n, size_t size)
{
	return arena_says_no(arena) ? NULL : __real_sg_arena_array(arena, n, size);
}

char *__wrap_sg_arena_str(struct sg_arena *arena, const char *text)
{
	return arena_says_no(arena) ? NULL : __real_sg_arena_str(arena, text);
}

char *__wrap_sg_arena_strn(struct sg_arena *arena, const char *bytes, size_t n)
{
	return arena_says_no(arena) ? NULL : __real_sg_arena_strn(arena, bytes, n);
}

char *__wrap_sg_arena_printf(struct sg_arena *arena, const char *format, ...)
{
	if (arena_says_no(arena))
		return NULL;
	va_list args;
	char *text = NULL;
	va_start(args, format);
	const int n = vasprintf(&text, format, args);
	va_end(args);
	if (n < 0)
		abort();
	char *copy = __real_sg_arena_strn(arena, text, (size_t)n);
	free(text);
	return copy;
}

struct sg_strs __wrap_sg_arena_strs(struct sg_arena *arena, const struct sg_strs *list)
{
	if (arena_says_no(arena))
		return (struct sg_strs){NULL, 0};
	return __real_sg_arena_strs(arena, list);
}

void __wrap_sg_strs_builder_add(struct sg_strs_builder *b, const char *text)
{
	if (!arena_says_no(b->arena))
		__real_sg_strs_builder_add(b, text);
}

void __wrap_sg_strs_builder_add_once(struct sg_strs_builder *b, const char *text)
{
	if (!arena_says_no(b->arena))
		__real_sg_strs_builder_add_once(b, text);
}

/* --- every allocation in turn --- */

static int each(enum short_memory kind, const char *what, short_memory_try *try_it, void *ctx,
	bool may_pass)
{
	for (int at = 1;; at++) {
		struct sg_arena arena = SG_ARENA_INIT;
		short_memory_arm(kind, at);
		const enum sg_rc rc = try_it(&arena, ctx);
		const int n = short_memory_disarm();
		const bool failed = arena.failed;
		sg_arena_release(&arena);
		if (n < at) {
			cr_assert_eq(rc, SG_OK, "%s: %d though nothing failed", what, (int)rc);
			return n;
		}
		cr_assert(rc == SG_NOMEM || (may_pass && rc == SG_OK && !failed),
			"%s: %s allocation %d failed, found %d", what,
			kind == SHORT_HEAP ? "heap" : "arena", at, (int)rc);
	}
}

int short_memory_each(const char *what, short_memory_try *try_it, void *ctx)
{
	return each(SHORT_ARENA, what, try_it, ctx, false) +
	       each(SHORT_HEAP, what, try_it, ctx, false);
}

int short_memory_each_may_pass(const char *what, short_memory_try *try_it, void *ctx)
{
	return each(SHORT_ARENA, what, try_it, ctx, true) +
	       each(SHORT_HEAP, what, try_it, ctx, true);
}
