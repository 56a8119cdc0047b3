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

/* --- while nothing runs --- */

/*
 * Which phase the kept scan was taken behind: it must be the last that ended. A process that
 * died between the commit and the scan leaves an older one, which would take a command's
 * changes for the operator's. After a resume from an earlier phase the one that stopped was the
 * last.
 */
static const char *phase_of_kept(
	const struct sg_run *run, struct sg_arena *arena, const char *attempt)
{
	const size_t at = sg_phase_index(&run->phases, run->phase);
	for (size_t i = 0; i < run->phases.n; i++) {
		const char *phase = run->phases.v[i];
		const char *folder = sg_phase_folder(
			arena, run->manifest.step_id, phase, sg_run_attempts(run, phase));
		if (folder && strcmp(folder, attempt) == 0)
			return i + 1 >= at ? phase : "";
	}
	return "";
}

static bool note_edited(void *ctx, const char *path, enum sg_scan_how how)
{
	struct sg_strs_builder *edited = ctx;
	(void)how;
	sg_strs_builder_add(edited, sg_copy_str(edited->arena, path));
	return true;
}

/* Where no scan is kept, or the tree cannot be looked at, nothing is said. */
static void find_edited(
	struct sg_session *session, struct sg_arena *arena, struct sg_meanwhile *ret)
{
	struct sg_arena scans = SG_ARENA_INIT;
	struct sg_strs_builder edited;
	struct sg_scan before, now;
	const char *attempt = "";
	const int dir = sg_session_dir(session);
	sg_strs_builder_init(&edited, arena);
	if (sg_scan_kept(dir, &scans, &attempt, &before, NULL) == SG_OK) {
		const char *phase = phase_of_kept(sg_session_run(session), arena, attempt);
		if (*phase && sg_scan_take(dir, sg_session_manifest_name(session), &scans, &now,
				      NULL) == SG_OK) {
			sg_scan_compare(&before, &now, note_edited, &edited);
			ret->since = sg_copy_str(arena, phase);
		}
	}
	ret->edited = sg_strs_builder_list(&edited);
	sg_arena_release(&scans);
}

static enum sg_rc find_programs(struct sg_session *session, struct sg_evidence_cache *cache,
	struct sg_arena *arena, struct sg_meanwhile *ret, struct sg_err *err)
{
	const struct sg_run *run = sg_session_run(session);
	const struct sg_program_where where = {
		sg_session_dir(session), sg_session_dir_path(session), SG_COMMAND_PATH, cache};
	struct sg_strs_builder b;
	sg_strs_builder_init(&b, arena);
	for (size_t i = 0; run->profile && i < run->programs.n; i++) {
		const struct sg_program *program = &run->programs.v[i];
		const struct sg_binding *binding =
			sg_profile_binding(run->profile, program->key);
		struct sg_files now = {NULL, 0};
		if (!binding)
			continue;
		if (sg_rn_program_files(arena, &where, &binding->argv, &now, NULL) == SG_NOMEM)
			return sg_rn_nomem(err);
		const struct sg_strs changes =
			sg_rn_program_changes(arena, &program->files, &now);
		for (size_t k = 0; k < changes.n; k++)
			sg_strs_builder_add_once(&b, changes.v[k]);
	}
	ret->programs = sg_strs_builder_list(&b);
	return SG_OK;
}

enum sg_rc sg_runner_meanwhile(struct sg_session *session, struct sg_evidence_cache *cache,
	struct sg_arena *arena, struct sg_meanwhile *ret, struct sg_err *err)
{
	struct sg_meanwhile found = {{NULL, 0}, "", {NULL, 0}};
	if (sg_session_run(session)->state == SG_STATE_AWAIT) {
		find_edited(session, arena, &found);
		const enum sg_rc rc = find_programs(session, cache, arena, &found, err);
		if (rc < 0)
			return rc;
	}
	if (sg_arena_failed(arena))
		return sg_rn_nomem(err);
	*ret = found;
	return SG_OK;
}
