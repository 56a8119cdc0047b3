/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The few assertions that the helpers of the unit tests make, for a program that is no Criterion
 * test: what they say must hold ends the process where it does not.
 */
#ifndef TESTS_PROOF_SHIM_CRITERION_H
#define TESTS_PROOF_SHIM_CRITERION_H

#pragma GCC system_header /* so that an assertion may come without a sentence */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHIM_HOLD(holds, text)                                                              \
	((holds) ? (void)0                                                                  \
		 : (fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, text), \
			   abort()))
#define cr_assert(holds, ...)	     SHIM_HOLD(holds, #holds)
#define cr_assert_not(holds, ...)    SHIM_HOLD(!(holds), "not " #holds)
#define cr_assert_eq(a, b, ...)	     SHIM_HOLD((a) == (b), #a " == " #b)
#define cr_assert_geq(a, b, ...)     SHIM_HOLD((a) >= (b), #a " >= " #b)
#define cr_assert_not_null(a, ...)   SHIM_HOLD((a) != NULL, #a " is there")
#define cr_assert_str_eq(a, b, ...)  SHIM_HOLD(strcmp(a, b) == 0, #a " is " #b)

#endif
