/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Checkers that the step cannot change: at ROUTE the files of every command are pinned by hash,
 * and those of gates that lie in the tree are kept, so that at VAL a gate runs from what was
 * pinned.
 *
 * Kept in .stepgate/pinned/<sha256>, readable and executable, for nobody to write.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "core/copy.h"
#include "exec/runner_internal.h"

#define PINNED_FOLDER ".stepgate/pinned"

static enum sg_rc keep(
	struct sg_rn *rn, int folder, const struct sg_file *file, struct sg_err *err)
{
	SG_CLEANUP(sg_fd_close) int from = -1;
	SG_CLEANUP(sg_fd_close) int kept = -1;
	char hex[SG_SHA256_HEX_SIZE];
	int64_t size_bytes;
	/*
	 * what changed since it was hashed a moment ago is not kept: VAL will find it changed
	 */
	if (sg_fs_open_read(rn->dir, file->path, &from, NULL) < 0)
		return SG_OK;
	enum sg_rc rc =
		sg_fs_copy_by_hash(from, folder, file->path, INT64_MAX, &size_bytes, hex, err);
	if (rc == SG_OK)
		rc = sg_fs_open_beneath(folder, hex, &kept, err);
	return rc < 0 ? rc : sg_fs_set_mode(kept, hex, 0555, err);
}

static bool is_gate(const struct sg_route *route, const char *key)
{
	for (size_t i = 0; i < route->required_val_keys.n; i++)
		if (sg_key_equal(route->required_val_keys.v[i], key))
			return true;
	return false;
}

static enum sg_rc keep_gates(struct sg_rn *rn, const struct sg_ev_route *ev, struct sg_err *err)
{
	SG_CLEANUP(sg_fd_close) int folder = -1;
	enum sg_rc rc = sg_fs_mkdirs(rn->dir, PINNED_FOLDER, 0755, err);
	if (rc == SG_OK)
		rc = sg_fs_open_dir(rn->dir, PINNED_FOLDER, &folder, err);
	for (size_t i = 0; i < ev->programs.n && rc == SG_OK; i++) {
		const struct sg_program *program = &ev->programs.v[i];
		if (!is_gate(ev->route, program->key))
			continue;
		for (size_t k = 0; k < program->files.n && rc == SG_OK; k++)
			if (program->files.v[k].path[0] != '/')
				rc = keep(rn, folder, &program->files.v[k], err);
	}
	return rc == SG_OK ? sg_fs_sync_dir(rn->dir, PINNED_FOLDER, err) : rc;
}

enum sg_rc sg_rn_pin(struct sg_rn *rn, struct sg_ev_route *ev, struct sg_err *err)
{
	const struct sg_program_where where = sg_rn_program_where(rn);
	if (ev->fault != SG_FAULT_NONE || !ev->profile || !ev->route)
		return SG_OK;
	enum sg_rc rc = sg_rn_programs(rn->arena, &where, ev->profile, &ev->programs, err);
	return rc < 0 ? rc : keep_gates(rn, ev, err);
}

/* --- at VAL --- */

/* The kept copy, as an absolute path; "" where it is not what was pinned any more. */
static const char *kept_copy(struct sg_rn *rn, const char *real, const struct sg_file *file)
{
	const char *path = sg_arena_printf(rn->arena, PINNED_FOLDER "/%s", file->sha256);
	const struct sg_pin pin = {path ? path : "", file->sha256};
	if (!path || !sg_evidence_pin_holds(rn->dir, &pin))
		return "";
	const char *whole = sg_arena_printf(rn->arena, "%s/%s", real, path);
	return whole ? whole : "";
}

/*
 * Which copies stand over which files. One that is gone or damaged is no reason to fail: the
 * file itself was found unchanged a moment ago, and runs.
 */
static enum sg_rc fill_over(struct sg_rn *rn, const struct sg_files *pinned,
	struct sg_command *command, struct sg_err *err)
{
	struct sg_sandbox_over *v = sg_arena_array(rn->arena, pinned->n + 1, sizeof(*v));
	char real[PATH_MAX];
	size_t n = 0;
	if (!realpath(rn->dir_path, real))
		return SG_OK;
	for (size_t i = 0; v && i < pinned->n; i++) {
		const struct sg_file *file = &pinned->v[i];
		const char *from = file->path[0] == '/' ? "" : kept_copy(rn, real, file);
		if (*from)
			v[n++] = (struct sg_sandbox_over){
				from, sg_arena_printf(rn->arena, "%s/%s", real, file->path)};
	}
	command->over = v;
	command->n_over = n;
	return sg_arena_failed(rn->arena) ? sg_rn_nomem(err) : SG_OK;
}

enum sg_rc sg_rn_pinned(struct sg_rn *rn, struct sg_command *command,
	struct sg_strs *ret_changes, struct sg_err *err)
{
	const struct sg_run *run = sg_rn_run(rn);
	const struct sg_program_where where = sg_rn_program_where(rn);
	const struct sg_program *program = sg_rn_program_of(&run->programs, command->name);
	const struct sg_files none = {NULL, 0};
	struct sg_files now = {NULL, 0};
	*ret_changes = (struct sg_strs){NULL, 0};
	/* a trace of a time when nothing was pinned */
	if (!run->programs.n)
		return SG_OK;
	if (sg_rn_program_files(rn->arena, &where, &command->binding->argv, &now, NULL) ==
		SG_NOMEM)
		return sg_rn_nomem(err);
	const struct sg_files *pinned = program ? &program->files : &none;
	const struct sg_strs changes = sg_rn_program_changes(rn->arena, pinned, &now);
	if (sg_arena_failed(rn->arena))
		return sg_rn_nomem(err);
	*ret_changes = changes;
	return changes.n ? SG_OK : fill_over(rn, pinned, command, err);
}
