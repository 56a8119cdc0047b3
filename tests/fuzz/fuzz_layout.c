/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any line under any prompt becomes rows that fit, with the cursor inside. The first byte says how
 * wide the screen is, the second where the cursor stands.
 */
#include "fuzz.h"

#include "base/utf8.h"
#include "ui/prompt_layout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	struct sg_layout layout = SG_LAYOUT_INIT;
	struct sg_prompt_rows shown;
	if (n_bytes < 2)
		return 0;
	const char *line = (const char *)data + 2;
	const size_t n_line = n_bytes - 2;
	layout.columns = (size_t)(data[0] % 120) + 1;
	sg_layout_make(&layout, "\001\033[1m\002stepgate 0001> ", line, n_line,
		n_line ? data[1] % (n_line + 1) : 0);
	sg_layout_show(&layout, 5, &shown);
	fuzz_check(shown.n >= 1 && shown.n <= 5);
	fuzz_check(shown.cursor_row < shown.n);
	fuzz_check(shown.cursor_column < layout.columns);
	for (size_t i = 0; i < shown.n; i++) {
		fuzz_check(sg_utf8_valid(shown.rows[i], strlen(shown.rows[i]), NULL));
		fuzz_check(layout.columns < 2 ||
			   sg_utf8_columns(shown.rows[i]) <= layout.columns);
	}
	sg_layout_release(&layout);
	return 0;
}
