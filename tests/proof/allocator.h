/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An allocator that fails at the Nth call, and with for_good at every later one. */
#ifndef TESTS_PROOF_ALLOCATOR_H
#define TESTS_PROOF_ALLOCATOR_H

#include <stdbool.h>
#include <stdint.h>

/* at counts from 1; 0: only counted. */
void allocator_arm(bool for_good, int64_t at);
/* Back to what it was; the calls since allocator_arm. */
int64_t allocator_disarm(void);

#endif
