/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What cannot be: an assertion in every build, the released one too. Where it does not hold,
 * the program itself is wrong, and going on could only do harm: it says file, line and the
 * condition on stderr and aborts. What input, a disk or want of memory can bring about is an
 * error and never an assertion.
 *
 * One condition each, without && and ||: the test of it stands in the function here, so that
 * the measured files hold no branch that no test could ever take.
 */
#ifndef STEPGATE_BASE_ASSERT_H
#define STEPGATE_BASE_ASSERT_H

#include <stdbool.h>

/* The C library's, whatever NDEBUG says. */
_Noreturn void __assert_fail(
	const char *text, const char *file, unsigned int line, const char *function);

static inline void sg_assert(
	bool holds, const char *text, const char *file, unsigned int line, const char *function)
{
	if (!holds)
		__assert_fail(text, file, line, function);
}

#define SG_ASSERT(condition) sg_assert((condition), #condition, __FILE__, __LINE__, __func__)

#endif
