/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PACK: the contract's outputs gathered into one folder, listed with size and sha256, as DRAFT.
 *
 * Reads the run, copies into folder (".stepgate/steps/<STEP>/PACK.<n>"), computes the files
 * that the contract names (PATCH_OUTPUT.diff, CHANGELOG_ENTRY.md, NEXT_POINTER.yaml,
 * PATCHSET_ID.txt, LAST_FILES_CHANGED.txt), writes PACK_OUTPUT.yaml. The entry's date is that
 * of the run's last event.
 */
#ifndef STEPGATE_STORE_PACK_H
#define STEPGATE_STORE_PACK_H

#include "store/patch.h"
#include "core/run.h"

/*
 * Fills *ret (files, list, patch, error, missing, next_*) for the PACK event. next_file/goal:
 * what NEXT_POINTER is, "" if none. A contract item that is not there, or stale, is listed in
 * missing; that is for the gates to judge, PACK itself goes on. error is "" or one sentence:
 * the tree cannot be compared, or a file name is taken twice or kept for the seal. A run
 * without a base (adopted whole) has no change. rc < 0: the evidence folder cannot be written.
 */
enum sg_rc sg_pack_make(const struct sg_tree_where *where, const struct sg_run *run,
	const char *folder, const char *next_file, const char *next_goal,
	struct sg_arena *arena, struct sg_ev_pack *ret, struct sg_err *err);

/* Writes an effect's file (FINAL.yaml) if it is missing or differs; durable. */
enum sg_rc sg_pack_write_final(
	int dir, const char *path, const char *bytes, struct sg_err *err);

#endif
