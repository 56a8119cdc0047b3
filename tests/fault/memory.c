/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See memory.h. */
#include "memory.h"

#include <errno.h>
#include <stddef.h>

static struct {
	bool armed;
	bool for_good;
	int at;
	int calls;
} plan;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t n);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t n);
char *__wrap_strdup(const char *text);

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

void *__wrap_malloc(size_t n)
{
	return says_no() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return says_no() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t n)
{
	return says_no() ? NULL : __real_realloc(old, n);
}

char *__wrap_strdup(const char *text)
{
	return says_no() ? NULL : __real_strdup(text);
}
