/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What CONTRACT demands, asked of evidence copies: read, held against the hash, looked at. */
#include "store/evidence_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/hash.h"
#include "core/copy.h"
#include "format/demand.h"

void sg_demand_memo_release(struct sg_demand_memo *memo)
{
	sg_table_release(&memo->index);
	free(memo->answers);
	sg_arena_release(&memo->arena);
	*memo = (struct sg_demand_memo){.answers = NULL};
}

/* The last line of that NAME; the profile's reader lets only one through. */
static const struct sg_demand *demand_of(const struct sg_run *run, const char *name)
{
	const struct sg_demand *found = NULL;

	for (size_t i = 0; run->profile && i < run->profile->demands.n; i++)
		if (strcmp(run->profile->demands.v[i].name, name) == 0)
			found = &run->profile->demands.v[i];
	return found;
}

static void remember(
	struct sg_demand_memo *memo, const char *key, const struct sg_misses *answer)
{
	if (memo->n == memo->capacity) {
		const size_t capacity = memo->capacity > 0 ? memo->capacity * 2 : 16;
		struct sg_misses *v =
			reallocarray(memo->answers, capacity, sizeof(*memo->answers));
		if (!v)
			return;
		memo->answers = v;
		memo->capacity = capacity;
	}
	const char *kept = sg_arena_str(&memo->arena, key);
	const struct sg_misses copy = sg_copy_misses(&memo->arena, answer);
	if (sg_arena_failed(&memo->arena))
		return; /* what is not remembered is looked at again */
	memo->answers[memo->n] = copy;
	sg_table_put(&memo->index, kept, memo->n++);
}

/* The bytes of the file as they were hashed, or what has become of it. */
static enum sg_rc read_copy(
	int dir, const struct sg_file *file, struct sg_strbuf *bytes, enum sg_fresh *ret_fresh)
{
	char hex[SG_SHA256_HEX_SIZE];
	const enum sg_rc rc =
		sg_fs_read_beneath(dir, file->path, SG_DEMAND_MAX_BYTES, bytes, NULL);

	if (rc == SG_NOMEM)
		return rc;
	if (rc < 0) {
		*ret_fresh = rc == SG_NOTFOUND ? SG_FRESH_MISSING : SG_FRESH_INCOMPLETE;
		return SG_OK;
	}
	sg_sha256_of(bytes->bytes, bytes->n_bytes, hex);
	if (strcmp(hex, file->sha256) != 0)
		*ret_fresh = SG_FRESH_STALE;
	return SG_OK;
}

static enum sg_rc look(int dir, const struct sg_file *file, const struct sg_demand *demand,
	struct sg_arena *arena, struct sg_misses *ret, enum sg_fresh *ret_fresh)
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf bytes = SG_STRBUF_INIT;
	const size_t n_bytes = file->size_bytes > 0 ? (size_t)file->size_bytes : 0;
	const bool inside =
		sg_demand_looks_inside(demand) && n_bytes <= SG_DEMAND_MAX_BYTES;

	if (inside && read_copy(dir, file, &bytes, ret_fresh) != SG_OK)
		return SG_NOMEM;
	if (*ret_fresh != SG_FRESH_FRESH)
		return SG_OK;
	return sg_demand_check(arena, demand, inside ? bytes.bytes : NULL, n_bytes, ret);
}

enum sg_rc sg_evidence_misses(int dir, const struct sg_run *run, const struct sg_file *file,
	struct sg_demand_memo *memo, struct sg_arena *arena, struct sg_misses *ret,
	enum sg_fresh *ret_fresh)
{
	const struct sg_demand *demand = demand_of(run, file->name);
	struct sg_misses misses = {NULL, 0};

	if (!demand || sg_demand_count(demand) == 0 || *ret_fresh != SG_FRESH_FRESH)
		return SG_OK;
	const char *key = sg_arena_printf(arena, "%s %s %s", file->sha256,
		run->profile_pin.sha256 ? run->profile_pin.sha256 : "", file->name);
	if (!key)
		return SG_NOMEM;
	const size_t known = sg_table_get(&memo->index, key);
	if (known != SG_TABLE_NONE) {
		*ret = sg_copy_misses(arena, &memo->answers[known]);
		return sg_arena_failed(arena) ? SG_NOMEM : SG_OK;
	}
	const enum sg_rc rc = look(dir, file, demand, arena, &misses, ret_fresh);
	if (rc < 0 || *ret_fresh != SG_FRESH_FRESH)
		return rc;
	remember(memo, key, &misses);
	*ret = misses;
	return SG_OK;
}
