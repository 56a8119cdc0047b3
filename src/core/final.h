/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * FINAL.yaml: what seals a pack after PASS. Pure text, so that the reducer can name its hash
 * and a
 * recovery can write it again.
 */
#ifndef STEPGATE_CORE_FINAL_H
#define STEPGATE_CORE_FINAL_H

#include "base/strbuf.h"
#include "core/run.h"

/*
 * trace_head: `prev` of the verdict's event. Appends; scalars as in the manifest's canonical
 * form.
 */
void sg_final_text(struct sg_strbuf *out, const char *step_id, const struct sg_files *list,
	const struct sg_file *val_report, const char *trace_head);

#endif
