/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/hash.h"

#include "base_test.h"

/* FIPS 180-4's own examples. */
static const char hex_of_nothing[] =
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
static const char hex_of_abc[] =
	"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
static const char hex_of_448_bits[] =
	"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1";
static const char hex_of_a_million_a[] =
	"cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

Test(hash, the_examples_of_the_standard_come_out)
{
	char hex[SG_SHA256_HEX_SIZE];
	static const char two_blocks[] =
		"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

	sg_sha256_of("", 0, hex);
	cr_expect_str_eq(hex, hex_of_nothing);
	sg_sha256_of(NULL, 0, hex);
	cr_expect_str_eq(hex, hex_of_nothing);
	sg_sha256_of("abc", 3, hex);
	cr_expect_str_eq(hex, hex_of_abc);
	sg_sha256_of(two_blocks, strlen(two_blocks), hex);
	cr_expect_str_eq(hex, hex_of_448_bits);
}

Test(hash, pieces_of_any_size_hash_like_the_whole)
{
	char piece[1000];
	struct sg_sha256 ctx;
	char hex[SG_SHA256_HEX_SIZE];
	uint64_t seed = 7;
	size_t left = 1000000;

	memset(piece, 'a', sizeof(piece));
	sg_sha256_begin(&ctx);
	while (left > 0) {
		size_t n = (size_t)(sg_bt_random(&seed) % (sizeof(piece) + 1));
		n = n < left ? n : left;
		sg_sha256_add(&ctx, piece, n);
		left -= n;
	}
	sg_sha256_end(&ctx, hex);
	cr_expect_str_eq(hex, hex_of_a_million_a);
}

Test(hash, only_sixty_four_lower_case_digits_are_a_digest)
{
	char hex[SG_SHA256_HEX_SIZE + 1];

	cr_expect(sg_sha256_is_hex(hex_of_abc));
	cr_expect(sg_sha256_is_hex(sg_sha256_zero));
	cr_expect_eq(strlen(sg_sha256_zero), 64);
	cr_expect_not(sg_sha256_is_hex(""));
	cr_expect_not(sg_sha256_is_hex(hex_of_abc + 1));
	snprintf(hex, sizeof(hex), "%s0", hex_of_abc);
	cr_expect_not(sg_sha256_is_hex(hex));
	snprintf(hex, sizeof(hex), "%s", hex_of_abc);
	hex[10] = 'A';
	cr_expect_not(sg_sha256_is_hex(hex));
	hex[10] = 'g';
	cr_expect_not(sg_sha256_is_hex(hex));
	hex[63] = '\n';
	cr_expect_not(sg_sha256_is_hex(hex));
}
