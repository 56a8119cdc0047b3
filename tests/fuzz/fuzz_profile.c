/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A PROFILE: what was read is within its limits, and each binding runs or is manual. */
#include "fuzz.h"

#include "format/inputs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_profile value;
	struct sg_err err = SG_ERR_INIT;
	enum sg_rc rc = sg_profile_read(&arena, "fuzz.yaml", (const char *)data, n_bytes, &value, &err);
	fuzz_check(rc == SG_OK ? !*err.text : *err.text != '\0');
	if (rc == SG_OK) {
		fuzz_check(value.profile_key && value.jobs >= 1 && value.jobs <= 64);
		for (size_t i = 0; i < value.run.n; i++) {
			const struct sg_binding *b = &value.run.v[i];
			fuzz_check(b->key && (b->manual || b->argv.n));
			fuzz_check(b->timeout_s >= 0 && b->idle_s >= 0);
		}
	}
	sg_arena_release(&arena);
	return 0;
}
