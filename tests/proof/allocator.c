/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An allocator that says no. Without sanitizers these stand in front of the C library's own, for it
 * too (strdup, fdopendir, ...); with them the linker leads our calls here, and those of the
 * libraries that are linked in.
 */
#include "allocator.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static struct {
	bool armed;
	bool for_good;
	int64_t at;
	int64_t calls;
} plan;

void allocator_arm(bool for_good, int64_t at)
{
	plan.armed = true;
	plan.for_good = for_good;
	plan.at = at;
	plan.calls = 0;
}

int64_t allocator_disarm(void)
{
	plan.armed = false;
	return plan.calls;
}

static bool says_no(void)
{
	if (!plan.armed)
		return false;
	plan.calls++;
	if (plan.calls != plan.at && !(plan.for_good && plan.calls > plan.at))
		return false;
	errno = ENOMEM;
	return true;
}

#ifdef __SANITIZE_ADDRESS__
#define FRONT(name) __wrap_##name
#define BACK(name)  __real_##name
#else
#define FRONT(name) name
#define BACK(name)  __libc_##name
#endif

void *BACK(malloc)(size_t n);
void *BACK(calloc)(size_t n, size_t size);
void *BACK(realloc)(void *old, size_t n);
void *FRONT(malloc)(size_t n);
void *FRONT(calloc)(size_t n, size_t size);
void *FRONT(realloc)(void *old, size_t n);

void *FRONT(malloc)(size_t n)
{
	return says_no() ? NULL : BACK(malloc)(n);
}

void *FRONT(calloc)(size_t n, size_t size)
{
	return says_no() ? NULL : BACK(calloc)(n, size);
}

void *FRONT(realloc)(void *old, size_t n)
{
	return says_no() ? NULL : BACK(realloc)(old, n);
}

#ifdef __SANITIZE_ADDRESS__
char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);
char *__wrap_strdup(const char *text)
{
	return says_no() ? NULL : __real_strdup(text);
}
#endif
