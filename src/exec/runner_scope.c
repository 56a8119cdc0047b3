/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What changed in the tree while commands ran, and whether they were given it to write.
 *
 * In tier full a command cannot write beyond its `write`; what changed there was the operator.
 * In a lower tier nobody can tell the two apart: what no `write` covers is held against the
 * command. What NO_GO_LIST keeps is nobody's to change, in every tier.
 */
#include <stdlib.h>
#include <string.h>

#include "core/copy.h"
#include "core/scope.h"
#include "exec/runner_internal.h"

/* Which of the changes are somebody's fault. */
struct judging {
	struct sg_watch *watch;
	enum sg_tier tier;
	struct sg_file *strayed, *forbidden;
	size_t n_strayed, n_forbidden;
};

static bool is_given(const struct sg_watch *watch, const char *path)
{
	for (size_t i = 0; i < watch->n_running; i++)
		if (sg_scope_covers(&watch->running[i]->write, path))
			return true;
	return false;
}

static void take(struct sg_rn *rn, struct sg_file *ret, const char *path, enum sg_scan_how how)
{
	char mark[SG_SHA256_HEX_SIZE];
	sg_scan_mark(rn->dir, path, mark);
	ret->name = sg_scan_how_name(how);
	ret->path = sg_copy_str(rn->arena, path);
	ret->sha256 = sg_copy_str(rn->arena, mark);
}

static bool judge(void *ctx, const char *path, enum sg_scan_how how)
{
	struct judging *j = ctx;
	struct sg_rn *rn = j->watch->rn;
	const bool given = is_given(j->watch, path);
	const bool walled = j->tier == SG_TIER_FULL;
	if (walled && !given)
		return true;
	if (sg_scope_forbids(&j->watch->no_go, path)) {
		if (j->n_forbidden < SG_STRAYED_MAX)
			take(rn, &j->forbidden[j->n_forbidden++], path, how);
	} else if (!given && j->n_strayed < SG_STRAYED_MAX) {
		take(rn, &j->strayed[j->n_strayed++], path, how);
	}
	return j->n_strayed < SG_STRAYED_MAX || j->n_forbidden < SG_STRAYED_MAX;
}

enum sg_rc sg_rn_watch_begin(
	struct sg_watch *watch, struct sg_rn *rn, size_t max_running, struct sg_err *err)
{
	memset(watch, 0, sizeof(*watch));
	watch->rn = rn;
	watch->no_go = sg_copy_strs(rn->arena, &sg_rn_run(rn)->manifest.no_go_list);
	watch->running = sg_arena_array(rn->arena, max_running + 1, sizeof(*watch->running));
	watch->on = !rn->profile || rn->profile->sandbox != SG_TIER_FULL ||
		    sg_scope_has_paths(&watch->no_go);
	if (sg_arena_failed(rn->arena) || !watch->running)
		return sg_rn_nomem(err);
	if (!watch->on)
		return SG_OK;
	return sg_scan_take(rn->dir, sg_session_manifest_name(rn->session), &watch->arenas[0],
		&watch->scan, err);
}

void sg_rn_watch_started(struct sg_watch *watch, const struct sg_binding *binding)
{
	watch->running[watch->n_running++] = binding;
}

static void forget(struct sg_watch *watch, const struct sg_binding *binding)
{
	for (size_t i = 0; i < watch->n_running; i++)
		if (watch->running[i] == binding) {
			watch->running[i] = watch->running[--watch->n_running];
			return;
		}
}

/* The look behind a command is the look before the next. */
static enum sg_rc look(struct sg_watch *watch, struct judging *judging, struct sg_err *err)
{
	const size_t next = 1 - watch->at;
	struct sg_scan now = {NULL, 0};
	sg_arena_release(&watch->arenas[next]);
	enum sg_rc rc = sg_scan_take(watch->rn->dir,
		sg_session_manifest_name(watch->rn->session), &watch->arenas[next], &now, err);
	if (rc < 0)
		return rc;
	sg_scan_compare(&watch->scan, &now, judge, judging);
	watch->scan = now;
	watch->at = next;
	return SG_OK;
}

enum sg_rc sg_rn_watch_ended(struct sg_watch *watch, const struct sg_binding *binding,
	struct sg_exec *exec, struct sg_err *err)
{
	struct sg_arena *arena = watch->rn->arena;
	struct judging judging = {.watch = watch, .tier = exec->tier};
	if (!watch->on)
		return SG_OK;
	judging.strayed = calloc(SG_STRAYED_MAX, sizeof(*judging.strayed));
	judging.forbidden = calloc(SG_STRAYED_MAX, sizeof(*judging.forbidden));
	enum sg_rc rc = SG_NOMEM;
	if (judging.strayed && judging.forbidden)
		rc = look(watch, &judging, err);
	if (rc == SG_OK) {
		const struct sg_files strayed = {judging.strayed, judging.n_strayed};
		const struct sg_files forbidden = {judging.forbidden, judging.n_forbidden};
		exec->strayed = sg_copy_files(arena, &strayed);
		exec->forbidden = sg_copy_files(arena, &forbidden);
	}
	forget(watch, binding);
	free(judging.strayed);
	free(judging.forbidden);
	return rc == SG_NOMEM || sg_arena_failed(arena) ? sg_rn_nomem(err) : rc;
}

void sg_rn_watch_release(struct sg_watch *watch)
{
	sg_arena_release(&watch->arenas[0]);
	sg_arena_release(&watch->arenas[1]);
}

void sg_rn_watch_keep(struct sg_rn *rn)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_scan scan;
	if (sg_scan_take(rn->dir, sg_session_manifest_name(rn->session), &arena, &scan, NULL) ==
		SG_OK)
		(void)sg_scan_keep(rn->dir, rn->folder, &scan, NULL);
	sg_arena_release(&arena);
}
