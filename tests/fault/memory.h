/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Memory that ends at the Nth allocation. The linker leads what our objects ask of malloc, calloc,
 * realloc and strdup here (--wrap in the Makefile); the libraries' own stay as they are. In the
 * proof (MEMORY_OF_ALL) these are the allocator of the whole process; under the sanitizers, which
 * have their own, what the linker leads here: ours and that of the libraries linked in.
 *
 *	memory_arm(n, false);
 *	... what is tested ...
 *	if (memory_disarm() < n) it needed fewer: no more points
 */
#ifndef TESTS_FAULT_MEMORY_H
#define TESTS_FAULT_MEMORY_H

#include <stdbool.h>

/* for_good: every later one fails as well. at counts from 1; 0: none fails, they are counted. */
void memory_arm(int at, bool for_good);
/* Allocations since memory_arm. */
int memory_disarm(void);

#endif
