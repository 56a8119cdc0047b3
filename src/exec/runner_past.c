/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which outputs are, byte for byte, what an earlier attempt of this STEP has left. */
#include <stdlib.h>
#include <string.h>

#include "core/copy.h"
#include "exec/runner_internal.h"

static int by_name(const void *a, const void *b)
{
	const struct sg_past *x = a;
	const struct sg_past *y = b;
	return strcmp(x->name, y->name);
}

/* A copy of the run's past, sorted: the run itself is lent until the next commit only. */
static bool fill_past(struct sg_rn *rn)
{
	const struct sg_pasts *past = &sg_rn_run(rn)->past;
	struct sg_past *v = sg_arena_array(rn->arena, past->n + 1, sizeof(*v));
	if (!v)
		return false;
	for (size_t i = 0; i < past->n; i++) {
		v[i].name = sg_copy_str(rn->arena, past->v[i].name);
		v[i].sha256 = sg_copy_str(rn->arena, past->v[i].sha256);
		v[i].since = past->v[i].since;
	}
	qsort(v, past->n, sizeof(*v), by_name);
	rn->past = (struct sg_pasts){v, past->n};
	rn->past_known = true;
	return !sg_arena_failed(rn->arena);
}

enum sg_rc sg_rn_unchanged(struct sg_rn *rn, const struct sg_files *files, struct sg_sames *ret,
	struct sg_err *err)
{
	struct sg_same *v = sg_arena_array(rn->arena, files->n + 1, sizeof(*v));
	size_t n = 0;
	if (!v || (!rn->past_known && !fill_past(rn)))
		return sg_rn_nomem(err);
	for (size_t i = 0; rn->past.n && i < files->n; i++) {
		const struct sg_past wanted = {.name = files->v[i].name};
		const struct sg_past *past = bsearch(
			&wanted, rn->past.v, rn->past.n, sizeof(wanted), by_name);
		if (past && strcmp(past->sha256, files->v[i].sha256) == 0)
			v[n++] = (struct sg_same){files->v[i].name, past->since};
	}
	*ret = (struct sg_sames){v, n};
	return SG_OK;
}
