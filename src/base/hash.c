/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SHA-256 through libcrypto's low-level calls. They are marked deprecated there in favour of
 * EVP, which allocates, can fail and looks its algorithm up by name: none of that is wanted for
 * a digest that must not fail between two lines of a trace.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/hash.h"

#include <assert.h>
#include <openssl/sha.h>
#include <string.h>

static_assert(sizeof(SHA256_CTX) <= sizeof(((struct sg_sha256 *)NULL)->state),
	"the library's context fits into struct sg_sha256");

const char sg_sha256_zero[SG_SHA256_HEX_SIZE] =
	"0000000000000000000000000000000000000000000000000000000000000000";

static SHA256_CTX *context(struct sg_sha256 *ctx)
{
	return (SHA256_CTX *)(void *)ctx->state;
}

void sg_sha256_begin(struct sg_sha256 *ctx)
{
	SHA256_Init(context(ctx));
}

void sg_sha256_add(struct sg_sha256 *ctx, const void *bytes, size_t n_bytes)
{
	SHA256_Update(context(ctx), bytes, n_bytes);
}

void sg_sha256_end(struct sg_sha256 *ctx, char ret_hex[SG_SHA256_HEX_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char digest[SHA256_DIGEST_LENGTH];

	SHA256_Final(digest, context(ctx));
	for (size_t i = 0; i < sizeof(digest); i++) {
		ret_hex[2 * i] = digits[digest[i] >> 4];
		ret_hex[2 * i + 1] = digits[digest[i] & 15];
	}
	ret_hex[2 * sizeof(digest)] = '\0';
}

void sg_sha256_of(const void *bytes, size_t n_bytes, char ret_hex[SG_SHA256_HEX_SIZE])
{
	struct sg_sha256 ctx;

	sg_sha256_begin(&ctx);
	sg_sha256_add(&ctx, bytes, n_bytes);
	sg_sha256_end(&ctx, ret_hex);
}

bool sg_sha256_is_hex(const char *text)
{
	return strspn(text, "0123456789abcdef") == SG_SHA256_HEX_SIZE - 1 &&
	       text[SG_SHA256_HEX_SIZE - 1] == '\0';
}
