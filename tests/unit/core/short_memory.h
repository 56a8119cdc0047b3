/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Memory that runs out at the Nth allocation, for N = 1, 2, ... until nothing fails any more.
 *
 * The linker leads every allocation of the test program here (SHORT in the Makefile): those of
 * the heap and those out of an arena, each counted for itself, so that what an arena would
 * have had room for fails too. Between short_memory_arm() and short_memory_disarm() they are
 * counted; outside of that nothing is changed.
 */
#ifndef STEPGATE_TEST_SHORT_MEMORY_H
#define STEPGATE_TEST_SHORT_MEMORY_H

#include "base/arena.h"

/* The at-th allocation from now on fails, once (in an arena that stays); 0: none does. */
void short_memory_arm(long at);
/* Ends it; how many allocations there were. */
long short_memory_disarm(void);
/* Pieces of the heap that were taken since it was armed, and not given back. */
long short_memory_live(void);

/*
 * One try, with an arena that is fresh each time and given back behind it. What it returns is
 * checked: SG_OK where nothing failed, SG_NOMEM where something did. It looks itself, after
 * short_memory_disarm(), at what must not have changed.
 */
typedef enum sg_rc short_memory_try(struct sg_arena *arena, void *ctx);

/*
 * Tries with each allocation failing in turn; nothing may be left of the heap. Returns how many
 * there were: a test that counts none looks at nothing.
 */
long short_memory_each(const char *what, short_memory_try *try_it, void *ctx);
/* The same, where what failed may have been done another way: only heap and arena are checked. */
long short_memory_each_may_pass(const char *what, short_memory_try *try_it, void *ctx);

#endif
