/* SPDX-License-Identifier: GPL-3.0-or-later */
/* steps.yaml: each entry has its file and its goal. */
#include "fuzz.h"

#include "format/inputs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	struct sg_arena arena = SG_ARENA_INIT;
	const struct sg_step_entry *entries = NULL;
	size_t n = 0;
	struct sg_err err = SG_ERR_INIT;
	enum sg_rc rc = sg_steps_read(
		&arena, "fuzz.yaml", (const char *)data, n_bytes, &entries, &n, &err);
	fuzz_check(rc == SG_OK ? !*err.text : *err.text != '\0');
	for (size_t i = 0; rc == SG_OK && i < n; i++)
		fuzz_check(entries[i].file && entries[i].goal && entries[i].route &&
			   entries[i].profile);
	sg_arena_release(&arena);
	return 0;
}
