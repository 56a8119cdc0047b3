/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A ROUTE_TOKEN: what was read has every text, and no list holds a hole. */
#include "fuzz.h"

#include "format/inputs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_route value;
	struct sg_err err = SG_ERR_INIT;
	enum sg_rc rc = sg_route_read(&arena, "fuzz.yaml", (const char *)data, n_bytes, &value, &err);
	fuzz_check(rc == SG_OK ? !*err.text : *err.text != '\0');
	if (rc == SG_OK) {
		const struct sg_strs *lists[] = {&value.required_idx, &value.required_roles,
			&value.required_eng_keys, &value.required_val_keys,
			&value.output_contract, &value.no_go_list};
		fuzz_check(value.domain && value.artifact_type && value.mode && value.profile_key);
		for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
			for (size_t k = 0; k < lists[i]->n; k++)
				fuzz_check(lists[i]->v[k]);
	}
	sg_arena_release(&arena);
	return 0;
}
