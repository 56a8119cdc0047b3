/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One entry of CHANGELOG.md. */
#include "core/changelog_entry.h"

#include "base/strbuf.h"

static void add_value(struct sg_strbuf *sb, const char *key, const char *value)
{
	sg_strbuf_addf(sb, "- %s: ", key);
	for (const char *p = value; *p; p++)
		sg_strbuf_addc(sb, (unsigned char)*p < 0x20 || *p == 0x7f ? ' ' : *p);
	sg_strbuf_addc(sb, '\n');
}

const char *sg_changelog_entry(struct sg_arena *arena, const struct sg_run *run,
	const struct sg_patch *patch, const char *date)
{
	if (!patch->changed)
		return "";
	const struct sg_manifest *m = &run->manifest;
	struct sg_strbuf files = SG_STRBUF_INIT;
	for (size_t i = 0; i < patch->files.n; i++)
		sg_strbuf_addf(&files, "%s%s", i ? ", " : "", patch->files.v[i]);
	struct sg_strbuf sb = SG_STRBUF_INIT;
	sg_strbuf_addf(&sb, "## %s\n\n", patch->patchset_id);
	add_value(&sb, "DATE", date);
	add_value(&sb, "TYPE", m->artifact_type);
	add_value(&sb, "TARGET", m->active_file);
	add_value(&sb, "SUMMARY", m->step_goal);
	add_value(&sb, "REASON", run->route ? run->route->user_intent : "");
	add_value(&sb, "IMPACT", files.bytes);
	add_value(&sb, "CHANGE_ID", patch->patchset_id);
	sg_strbuf_addc(&sb, '\n');
	const char *entry = sg_strbuf_failed(&sb) || sg_strbuf_failed(&files)
				    ? NULL
				    : sg_arena_str(arena, sb.bytes);
	arena->failed = arena->failed || !entry;
	sg_strbuf_release(&files);
	sg_strbuf_release(&sb);
	return entry ? entry : "";
}
