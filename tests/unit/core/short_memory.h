/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Memory that runs out at the Nth allocation, for N = 1, 2, ... until nothing fails any more.
 *
 * Those of the heap fail by tests/fault/memory.h. Those out of an arena fail here, where the
 * linker leads them (UNIT_WRAPS in the Makefile), so that what an arena would have had room for
 * fails too. Outside of what is armed nothing is changed.
 */
#ifndef STEPGATE_TEST_SHORT_MEMORY_H
#define STEPGATE_TEST_SHORT_MEMORY_H

#include "base/arena.h"

enum short_memory { SHORT_ARENA, SHORT_HEAP };

/* The at-th allocation of that kind from now on fails, once (in an arena that stays). */
void short_memory_arm(enum short_memory kind, int at);
/* Ends it; how many allocations of that kind there were. The second time it says the same. */
int short_memory_disarm(void);

/*
 * One try, with an arena that is fresh each time and given back behind it. What it returns is
 * checked: SG_OK where nothing failed, SG_NOMEM where something did. It looks itself, after
 * short_memory_disarm(), at what must not have changed.
 */
typedef enum sg_rc short_memory_try(struct sg_arena *arena, void *ctx);

/*
 * Tries with each allocation failing in turn, of the arena and then of the heap. Returns how
 * many there were: a test that counts none looks at nothing. SG_LEAKCHECK() tells what is lost.
 */
int short_memory_each(const char *what, short_memory_try *try_it, void *ctx);
/* The same, where what failed may have been done another way, and well. */
int short_memory_each_may_pass(const char *what, short_memory_try *try_it, void *ctx);

#endif
