/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An ENGINE_PLAN_TOKEN: a field that is there is a list, or is named. */
#include "fuzz.h"

#include "format/inputs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_plan value;
	struct sg_err err = SG_ERR_INIT;
	enum sg_rc rc = sg_plan_read(&arena, "fuzz.yaml", (const char *)data, n_bytes, &value, &err);
	fuzz_check(rc == SG_OK ? !*err.text : *err.text != '\0');
	if (rc == SG_OK) {
		fuzz_check(value.has_required || !value.required_eng_keys.n);
		fuzz_check(value.has_expected || !value.expected_outputs.n);
		for (size_t i = 0; i < value.required_eng_keys.n; i++)
			fuzz_check(value.required_eng_keys.v[i]);
	}
	sg_arena_release(&arena);
	return 0;
}
