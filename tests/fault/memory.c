/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See memory.h. */
#include "memory.h"

#include <errno.h>
#include <stddef.h>

/* The whole process: these stand in front of the C library's own, for it too (fdopendir, ...). */
#if defined(MEMORY_OF_ALL) && !defined(__SANITIZE_ADDRESS__)
#define FRONT(name) name
#define BACK(name)  __libc_##name
#else
#define BY_LINKER
#define FRONT(name) __wrap_##name
#define BACK(name)  __real_##name
#endif

static struct {
	bool armed;
	bool for_good;
	int at;
	int calls;
} plan;

void *BACK(malloc)(size_t n);
void *BACK(calloc)(size_t n, size_t size);
void *BACK(realloc)(void *old, size_t n);
void *FRONT(malloc)(size_t n);
void *FRONT(calloc)(size_t n, size_t size);
void *FRONT(realloc)(void *old, size_t n);

void memory_arm(int at, bool for_good)
{
	plan.armed = true;
	plan.for_good = for_good;
	plan.at = at;
	plan.calls = 0;
}

int memory_disarm(void)
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

#ifdef BY_LINKER
char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);
char *__wrap_strdup(const char *text)
{
	return says_no() ? NULL : __real_strdup(text);
}
#endif
