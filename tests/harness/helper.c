/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The sandbox starts the running program again as its helper. In a test that is the test program,
 * whose main is Criterion's: so the helper is asked for before main.
 */
#include "exec/sandbox.h"

__attribute__((constructor)) static void be_helper(int argc, char **argv)
{
	sg_sandbox_helper(argc, argv);
}
