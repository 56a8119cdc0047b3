/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See short_memory.h. The names are the linker's: __wrap_X is called for X, __real_X is X. */
#include "short_memory.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static struct {
	bool armed;
	long at;
	long calls;
	long live;
} plan;

void short_memory_arm(long at)
{
	plan.armed = true;
	plan.at = at;
	plan.calls = 0;
	plan.live = 0;
}

long short_memory_disarm(void)
{
	plan.armed = false;
	return plan.calls;
}

long short_memory_live(void)
{
	return plan.live;
}

static bool says_no(void)
{
	if (!plan.armed || ++plan.calls != plan.at)
		return false;
	errno = ENOMEM;
	return true;
}

static void *taken(void *piece)
{
	if (plan.armed && piece)
		plan.live++;
	return piece;
}

/* --- the heap --- */

#define DECLARE(type, name, ...)         \
	type __real_##name(__VA_ARGS__); \
	type __wrap_##name(__VA_ARGS__)

DECLARE(void *, malloc, size_t n);
DECLARE(void *, calloc, size_t n, size_t size);
DECLARE(void *, realloc, void *old, size_t n);
DECLARE(void *, reallocarray, void *old, size_t n, size_t size);
DECLARE(void, free, void *old);

void *__wrap_malloc(size_t n)
{
	return says_no() ? NULL : taken(__real_malloc(n));
}

void *__wrap_calloc(size_t n, size_t size)
{
	return says_no() ? NULL : taken(__real_calloc(n, size));
}

void *__wrap_realloc(void *old, size_t n)
{
	if (says_no())
		return NULL;
	return old ? __real_realloc(old, n) : taken(__real_realloc(old, n));
}

void *__wrap_reallocarray(void *old, size_t n, size_t size)
{
	if (says_no())
		return NULL;
	return old ? __real_reallocarray(old, n, size)
		   : taken(__real_reallocarray(old, n, size));
}

void __wrap_free(void *old)
{
	if (plan.armed && old)
		plan.live--;
	__real_free(old);
}

/* --- the arena --- */

DECLARE(void *, sg_arena_alloc, struct sg_arena *arena, size_t n_bytes);
DECLARE(void *, sg_arena_array, struct sg_arena *arena, size_t n, size_t size);
DECLARE(char *, sg_arena_str, struct sg_arena *arena, const char *text);
DECLARE(char *, sg_arena_strn, struct sg_arena *arena, const char *bytes, size_t n);
DECLARE(struct sg_strs, sg_arena_strs, struct sg_arena *arena, const struct sg_strs *list);
DECLARE(void, sg_strs_builder_add, struct sg_strs_builder *b, const char *text);
DECLARE(void, sg_strs_builder_add_once, struct sg_strs_builder *b, const char *text);
char *__wrap_sg_arena_printf(struct sg_arena *arena, const char *format, ...) SG_PRINTF(2, 3);

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
	__real_free(text); /* it was not taken by way of ours */
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

static long each(const char *what, short_memory_try *try_it, void *ctx, bool may_pass)
{
	for (long at = 1;; at++) {
		struct sg_arena arena = SG_ARENA_INIT;
		short_memory_arm(at);
		const enum sg_rc rc = try_it(&arena, ctx);
		const bool failed = arena.failed;
		plan.armed = true; /* a try may have looked at what it got */
		sg_arena_release(&arena);
		const long live = short_memory_live();
		const long n = short_memory_disarm();
		cr_assert_eq(live, 0, "%s: %ld pieces are lost with allocation %ld failing",
			what, live, at);
		if (n < at) {
			cr_assert_eq(rc, SG_OK, "%s: %d though nothing failed", what, (int)rc);
			return n;
		}
		cr_assert(rc == SG_NOMEM || (may_pass && rc == SG_OK && !failed),
			"%s: allocation %ld failed, found %d", what, at, (int)rc);
	}
}

long short_memory_each(const char *what, short_memory_try *try_it, void *ctx)
{
	return each(what, try_it, ctx, false);
}

long short_memory_each_may_pass(const char *what, short_memory_try *try_it, void *ctx)
{
	return each(what, try_it, ctx, true);
}
