/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FINAL.yaml. */
#include "core/final.h"

#include "base/quote.h"

static void add_file(struct sg_strbuf *out, const struct sg_file *file)
{
	sg_strbuf_adds(out, "    - output: ");
	sg_yaml_quote(out, file->name);
	sg_strbuf_adds(out, "\n      path: ");
	sg_yaml_quote(out, file->path);
	sg_strbuf_addf(out, "\n      size: %lld\n      sha256: ", (long long)file->size_bytes);
	sg_yaml_quote(out, file->sha256);
	sg_strbuf_addc(out, '\n');
}

void sg_final_text(struct sg_strbuf *out, const char *step_id, const struct sg_files *list,
	const struct sg_file *val_report, const char *trace_head)
{
	sg_strbuf_adds(out, "FINAL:\n  STEP_ID: ");
	sg_yaml_quote(out, step_id);
	sg_strbuf_adds(out, "\n  TRACE_HEAD: ");
	sg_yaml_quote(out, trace_head);
	sg_strbuf_adds(out, list->n ? "\n  FILES:\n" : "\n  FILES: []\n");
	for (size_t i = 0; i < list->n; i++)
		add_file(out, &list->v[i]);
	sg_strbuf_adds(out, "  VAL_REPORT:\n");
	add_file(out, val_report);
}
