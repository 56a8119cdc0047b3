/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the handlers may ask of the world, answered by store/ and exec/. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "base/clock.h"
#include "base/fs.h"
#include "core/scope.h"
#include "store/evidence.h"
#include "store/patch.h"

static const struct sg_command_runner git_runner = {sg_spawn_capture, NULL};

void sg_app_tree(
	struct sg_app *app, const char *step_id, const char *folder, struct sg_tree_where *ret)
{
	struct sg_tree_where where = {.dir = sg_session_dir(app->session),
		.dir_path = sg_session_dir_path(app->session),
		.manifest_name = sg_session_manifest_name(app->session),
		.active_folder = folder,
		.step_id = step_id,
		.runner = &git_runner};
	*ret = where;
}

static enum sg_rc op_snapshot(void *ctx, struct sg_arena *arena, const char *step_id,
	const char *folder, const char **ret_base, struct sg_err *err)
{
	struct sg_tree_where where;
	sg_app_tree(ctx, step_id, folder, &where);
	return sg_patch_snapshot(&where, arena, ret_base, err);
}

static enum sg_rc op_patch(
	void *ctx, struct sg_arena *arena, struct sg_patch *ret, struct sg_err *err)
{
	struct sg_app *app = ctx;
	const struct sg_run *run = sg_session_run(app->session);
	const struct sg_manifest *m = &run->manifest;
	struct sg_tree_where where;
	sg_app_tree(app, m->step_id, m->active_folder, &where);
	struct sg_strbuf diff = SG_STRBUF_INIT;
	enum sg_rc rc = sg_patch_compare(&where, run->base, m->last_patchset_id,
		run->patch.patchset_id, arena, ret, &diff, err);
	sg_strbuf_release(&diff);
	return rc;
}

/*
 * As typed it is relative to the working directory; in the manifest it is relative to its
 * folder.
 */
static enum sg_rc op_path(void *ctx, struct sg_arena *arena, const char *typed,
	const char **ret, struct sg_err *err)
{
	struct sg_app *app = ctx;
	char real[PATH_MAX];
	char root[PATH_MAX];
	if (!realpath(typed, real))
		return sg_err_set(
			err, SG_INPUT, "cannot use %s: FILE_NOT_FOUND: no such file", typed);
	if (!realpath(sg_session_dir_path(app->session), root))
		return sg_err_set(err, SG_STORAGE, "cannot find the manifest's folder");
	size_t n = strlen(root);
	bool beneath = strncmp(real, root, n) == 0 && (real[n] == '/' || n == 1);
	*ret = sg_arena_str(arena, beneath ? real + n + (n == 1 ? 0 : 1) : real);
	return *ret ? SG_OK : SG_NOMEM;
}

static enum sg_rc op_brief(
	void *ctx, struct sg_arena *arena, struct sg_brief *ret, struct sg_err *err)
{
	return sg_app_brief(ctx, arena, ret, err);
}

static bool op_drift(void *ctx, struct sg_arena *arena, struct sg_ev_stop_gap *ret)
{
	struct sg_app *app = ctx;
	struct sg_strbuf diff = SG_STRBUF_INIT;
	bool drifted = sg_runner_drift(app->session, arena, ret, &diff);
	if (drifted && diff.n_bytes) {
		struct sg_arena rows_arena = SG_ARENA_INIT;
		struct sg_rows rows;
		sg_app_rows_init(app, &rows, &rows_arena);
		sg_rows_add_text(&rows, SG_STYLE_WARN, diff.bytes);
		sg_plain_rows(&app->out, &rows);
		sg_arena_release(&rows_arena);
	}
	sg_strbuf_release(&diff);
	return drifted;
}

/* --- requirements --- */

static bool route_holds(struct sg_app *app, struct sg_arena *arena,
	const struct sg_require *require, struct sg_ev_route *ev, const char **ret_why)
{
	const struct sg_run *run = sg_session_run(app->session);
	struct sg_err err = SG_ERR_INIT;
	if (require->kind == SG_REQUIRE_ROUTE_VALID && !*run->route_path) {
		*ret_why = SG_SAY("no route given");
		return false;
	}
	if (sg_runner_read_route(app->session, run->route_path, run->profile_path, arena, ev,
		    &err) != SG_OK) {
		*ret_why = sg_arena_str(arena, err.text);
		return false;
	}
	if (ev->fault == SG_FAULT_NONE)
		return true;
	*ret_why = ev->fault == SG_FAULT_NOT_FOUND
			   ? sg_arena_printf(arena, "%s is not there", ev->fault_file)
			   : ev->error;
	return false;
}

/*
 * What ROUTE would say of it now: the reducer on a copy, so that the precheck stands in one
 * place.
 */
static bool precheck_holds(struct sg_app *app, struct sg_arena *arena, struct sg_ev_route *ev,
	const struct sg_require *require, const char **ret_why)
{
	struct sg_run run = *sg_session_run(app->session);
	struct sg_run after;
	run.state = SG_STATE_BUSY;
	run.phase = "ROUTE";
	struct sg_event event = {.type = SG_EVENT_ROUTE,
		.step = run.manifest.step_id,
		.prev = "",
		.manifest = ""};
	event.u.route = *ev;
	if (sg_reduce(arena, &run, &event, &after, NULL) != SG_OK)
		return false;
	/*
	 * a file that was not read at all has to be without any fault, a fault only to be gone
	 */
	bool any = strncmp(require->text, "Mend ", strlen("Mend ")) == 0;
	for (size_t i = 0; after.state == SG_STATE_STOPPED && i < after.requires_list.n; i++) {
		const struct sg_require *still = &after.requires_list.v[i];
		bool same = strcmp(still->text, require->text) == 0;
		if (still->kind == require->kind && (any || same) &&
			strcmp(still->subject, require->subject) == 0) {
			*ret_why = same ? SG_SAY("not yet") : still->text;
			return false;
		}
	}
	return true;
}

static bool engine_gone(const struct sg_ev_route *ev, const char *key)
{
	if (!ev->route)
		return false;
	for (size_t i = 0; i < ev->route->required_eng_keys.n; i++)
		if (sg_key_equal(ev->route->required_eng_keys.v[i], key))
			return !sg_keys_match(&ev->route->no_go_list, key);
	return true;
}

static bool names(const struct sg_strs *keys, const char *key)
{
	for (size_t i = 0; i < keys->n; i++)
		if (sg_key_equal(keys->v[i], key))
			return true;
	return false;
}

/* Bound now, or asked for no more: by the route as it is on disk, or by the plan. */
static bool bound_or_gone(
	const struct sg_run *run, const struct sg_ev_route *ev, const char *key)
{
	if (ev->profile && sg_profile_binding(ev->profile, key))
		return true;
	if (!ev->route || (run->plan && names(&run->plan->required_eng_keys, key)))
		return false;
	return !names(&ev->route->required_roles, key) &&
	       !names(&ev->route->required_eng_keys, key) &&
	       !names(&ev->route->required_val_keys, key);
}

/*
 * "<path>#sha256=<as the command left it>": not that any more, or now within what a command of
 * the profile on disk may write.
 */
static bool path_restored(struct sg_app *app, struct sg_arena *arena, const char *subject)
{
	const struct sg_run *run = sg_session_run(app->session);
	const int dir = sg_session_dir(app->session);
	const char *mark = sg_scope_mark(subject);
	const char *path = sg_arena_strn(arena, subject, (size_t)(mark - subject));
	struct sg_ev_route ev;
	if (!path)
		return false;
	const struct sg_pin left = {path, *mark ? mark + strlen(SG_SCOPE_MARK) : ""};
	if (*left.sha256 ? !sg_evidence_pin_holds(dir, &left) : sg_fs_exists(dir, path))
		return true;
	if (sg_runner_read_route(app->session, run->route_path, run->profile_path, arena, &ev,
		    NULL) != SG_OK ||
		!ev.profile || sg_scope_forbids(&ev.route->no_go_list, path))
		return false;
	for (size_t i = 0; i < ev.profile->run.n; i++)
		if (sg_scope_covers(&ev.profile->run.v[i].write, path))
			return true;
	return false;
}

static bool op_require_holds(void *ctx, struct sg_arena *arena,
	const struct sg_require *require, const char **ret_why)
{
	struct sg_app *app = ctx;
	struct sg_ev_route ev;
	*ret_why = "";
	switch (require->kind) {
	case SG_REQUIRE_RUN: return true;
	case SG_REQUIRE_FILE_PRESENT:
		*ret_why = SG_SAY("it is not there");
		return sg_fs_exists(sg_session_dir(app->session), require->subject);
	case SG_REQUIRE_ROUTE_VALID:
	case SG_REQUIRE_PROFILE_VALID:
		return route_holds(app, arena, require, &ev, ret_why) &&
		       precheck_holds(app, arena, &ev, require, ret_why);
	case SG_REQUIRE_KEY_BOUND:
		*ret_why = SG_SAY("it is not bound in the profile");
		return route_holds(app, arena, require, &ev, ret_why) &&
		       bound_or_gone(sg_session_run(app->session), &ev, require->subject);
	case SG_REQUIRE_ENGINE_GONE:
		*ret_why = SG_SAY("the route still names it");
		return route_holds(app, arena, require, &ev, ret_why) &&
		       engine_gone(&ev, require->subject);
	case SG_REQUIRE_PATH_RESTORED:
		*ret_why = SG_SAY("it is still as the command left it");
		return path_restored(app, arena, require->subject);
	case SG_REQUIRE_COUNT: break;
	}
	return false;
}

static enum sg_rc op_kept_engines(
	void *ctx, struct sg_arena *arena, struct sg_strs *ret, struct sg_err *err)
{
	struct sg_app *app = ctx;
	return sg_runner_kept_engines(app->session, arena, ret, err);
}

static bool op_next_entry(void *ctx, struct sg_arena *arena, struct sg_ev_next *ret)
{
	struct sg_app *app = ctx;
	return sg_runner_next_entry(app->session, arena, ret);
}

static enum sg_rc op_record_file(void *ctx, struct sg_arena *arena, const char *name,
	const char *output, const char *path, bool stop, struct sg_file *ret,
	struct sg_err *err)
{
	struct sg_app *app = ctx;
	const struct sg_run *run = sg_session_run(app->session);
	int dir = sg_session_dir(app->session);
	char real[PATH_MAX];
	if (path[0] != '/') {
		char *cwd = realpath(".", real);
		const char *full = cwd ? sg_arena_printf(arena, "%s/%s", cwd, path) : NULL;
		path = full ? full : path;
	}
	if (!stop)
		return sg_evidence_before(dir, path, output, arena, ret, err);
	const char *folder = sg_phase_folder(
		arena, run->manifest.step_id, run->phase, sg_run_attempts(run, run->phase) + 1);
	const char *of = strcmp(run->phase, "ORC") == 0 ? sg_engine_folder(arena, name) : "";
	/* beside the attempt, which begins in an empty folder of its own at the signal */
	const char *hand = sg_arena_printf(arena, "%s.hand%s%s.%lld", folder, *of ? "/" : "",
		of, (long long)sg_clock_wall_ms());
	if (!hand)
		return SG_NOMEM;
	enum sg_rc rc = sg_fs_mkdirs(dir, hand, 0755, err);
	return rc == SG_OK ? sg_evidence_take(dir, hand, path, output, arena, ret, err) : rc;
}

void sg_app_ops(struct sg_app *app, struct sg_ops *ret)
{
	struct sg_ops ops = {.ctx = app,
		.snapshot = op_snapshot,
		.patch = op_patch,
		.path = op_path,
		.brief = op_brief,
		.drift = op_drift,
		.require_holds = op_require_holds,
		.kept_engines = op_kept_engines,
		.next_entry = op_next_entry,
		.record_file = op_record_file};
	*ret = ops;
}
