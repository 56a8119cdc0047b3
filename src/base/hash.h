/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SHA-256 (FIPS 180-4), by libcrypto. The only file that includes the crypto library is hash.c.
 *
 * Digests leave as 64 lower-case hex digits with a NUL (SG_SHA256_HEX_SIZE bytes): that is how
 * the trace and the manifest spell them.
 */
#ifndef STEPGATE_BASE_HASH_H
#define STEPGATE_BASE_HASH_H

#include "stepgate/types.h"

struct sg_sha256 {
	_Alignas(16) unsigned char state[128]; /* the library's context; opaque */
};

void sg_sha256_begin(struct sg_sha256 *ctx);
void sg_sha256_add(struct sg_sha256 *ctx, const void *bytes, size_t n_bytes);
void sg_sha256_end(struct sg_sha256 *ctx, char ret_hex[SG_SHA256_HEX_SIZE]);

/* All at once. */
void sg_sha256_of(const void *bytes, size_t n_bytes, char ret_hex[SG_SHA256_HEX_SIZE]);

/* Exactly 64 lower-case hex digits. */
bool sg_sha256_is_hex(const char *text);

/* The digest of "previous" of the first trace line: 64 zeros. */
extern const char sg_sha256_zero[SG_SHA256_HEX_SIZE];

#endif
