/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the fuzz targets share. Each file fuzz_NAME.c is one target for libFuzzer: it is given any
 * bytes, and what it claims of the reader is said by fuzz_check, which ends the process. A find is
 * kept in corpus/NAME, which `make test` runs once through each target.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"

#define fuzz_check(claim)                                                                   \
	do {                                                                                \
		if (!(claim)) {                                                             \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, \
				#claim);                                                    \
			abort();                                                            \
		}                                                                           \
	} while (0)

static inline bool fuzz_same(const struct sg_strbuf *a, const struct sg_strbuf *b)
{
	return a->n_bytes == b->n_bytes && memcmp(a->bytes, b->bytes, a->n_bytes) == 0;
}

/* What libFuzzer calls. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

#endif
