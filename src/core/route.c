/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How engine and gate keys are compared, and which line of PROFILE.RUN binds one. */
#include "stepgate/route.h"

#include <string.h>

/* Asked several times for each row of a ledger, so without a call. */
const char *sg_key_bare(const char *key)
{
	const bool marked = key[0] == 'K' && key[1] == 'E' && key[2] == 'Y' && key[3] == ':';

	return marked ? key + 4 : key;
}

bool sg_key_equal(const char *a, const char *b)
{
	return strcmp(sg_key_bare(a), sg_key_bare(b)) == 0;
}

bool sg_key_matches(const char *pattern, const char *key)
{
	const char *bare = sg_key_bare(pattern);
	const size_t length = strlen(bare);

	if (length == 0 || bare[length - 1] != '*')
		return sg_key_equal(pattern, key);
	return strncmp(bare, sg_key_bare(key), length - 1) == 0;
}

bool sg_keys_match(const struct sg_strs *patterns, const char *key)
{
	for (size_t i = 0; i < patterns->n; i++) {
		if (sg_key_matches(patterns->v[i], key))
			return true;
	}
	return false;
}

const struct sg_binding *sg_profile_binding(const struct sg_profile *profile, const char *key)
{
	for (size_t i = profile->run.n; i > 0; i--) {
		if (sg_key_equal(profile->run.v[i - 1].key, key))
			return &profile->run.v[i - 1];
	}
	return NULL;
}
