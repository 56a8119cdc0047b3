/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The text of a CHANGELOG.md entry (SPEC 3): DATE, TYPE, TARGET, SUMMARY, REASON, IMPACT,
 * CHANGE_ID.
 *
 * Pure. Begins with "## <CHANGE_ID>" and ends with an empty line; CHANGE_ID is the patchset's
 * id. Line breaks inside a value become spaces, so that no value can begin an entry of its own.
 */
#ifndef STEPGATE_CORE_CHANGELOG_ENTRY_H
#define STEPGATE_CORE_CHANGELOG_ENTRY_H

#include "base/arena.h"
#include "core/run.h"

/* date: YYYY-MM-DD. Returns a text in arena, "" when patch has no change. */
const char *sg_changelog_entry(struct sg_arena *arena, const struct sg_run *run,
	const struct sg_patch *patch, const char *date);

#endif
