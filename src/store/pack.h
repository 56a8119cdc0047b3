/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PACK: the contract's outputs gathered into one folder, listed with size and sha256, as DRAFT.
 *
 * Reads the run, copies into folder (".stepgate/steps/<STEP>/PACK.<n>"), computes the files that the contract
 * names (PATCHSET_ID? CHANGELOG_ENTRY, NEXT_POINTER, PATCH_OUTPUT, LAST_FILES_CHANGED), writes PACK_OUTPUT.yaml.
 */
#ifndef STEPGATE_STORE_PACK_H
#define STEPGATE_STORE_PACK_H

#include "store/patch.h"
#include "core/run.h"

/*
 * Fills *ret (files, list, patch, error, missing, next_*) for the PACK event. next_file/goal: what NEXT_POINTER is, "" if none.
 * A contract item that is not there is listed in missing; that is for the gates to judge, PACK itself goes on.
 */
enum sg_rc sg_pack_make(const struct sg_tree_where *where, const struct sg_run *run, const char *folder,
			const char *next_file, const char *next_goal, struct sg_arena *arena,
			struct sg_ev_pack *ret, struct sg_err *err);

/* Writes an effect's file (FINAL.yaml) if it is missing or differs; durable. */
enum sg_rc sg_pack_write_final(int dir, const char *path, const char *bytes, struct sg_err *err);

#endif
