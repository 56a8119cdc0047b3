/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the tests of the manifest share: one reading, variations of the blank instance, random
 * manifests. Nothing here is checked by itself.
 */
#ifndef TESTS_UNIT_FORMAT_MANIFEST_TEST_H
#define TESTS_UNIT_FORMAT_MANIFEST_TEST_H

#include "format/manifest_io.h"

/* The result of one sg_manifest_read. Release it. */
struct reading {
	struct sg_arena arena;
	struct sg_manifest m;
	struct sg_manifest_source source;
	struct sg_err err;
	enum sg_rc rc;
	char text[SG_ERR_TEXT_SIZE + SG_ERR_FILE_SIZE]; /* of err */
};

void t_read(struct reading *ret, const char *name, const char *text, enum sg_read_mode mode);
void t_read_bytes(struct reading *ret, const char *name, const char *bytes, size_t n_bytes,
	enum sg_read_mode mode);
void t_reading_release(struct reading *reading);

/* What sg_manifest_write gives. The caller frees it. */
char *t_written(const struct sg_manifest *m);

/*
 * The blank instance (as written, 57 lines) with lines first to last replaced; behind its end,
 * added to.
 */
char *t_blank_with(size_t first, size_t last, const char *text);

/* A small generator of its own: the same numbers everywhere. */
struct random {
	uint64_t state;
};

uint32_t t_random(struct random *random, uint32_t below);

/* A manifest with arbitrary texts, rows, and unknown keys in canonical lines. */
void t_random_manifest(struct random *random, struct sg_arena *arena, struct sg_manifest *ret);

/* A manifest of so many engines. */
void t_big_manifest(struct sg_arena *arena, size_t n_engines, struct sg_manifest *ret);

#endif
