/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * CHANGELOG.md: one entry for each STEP that changed files, newest first below the title.
 *
 * An entry is Markdown text that begins with "## <CHANGE_ID>"; entries are keyed by that, so
 * that writing one twice changes nothing. What people wrote around it stays byte for byte.
 */
#ifndef STEPGATE_STORE_CHANGELOG_H
#define STEPGATE_STORE_CHANGELOG_H

#include "base/err.h"

#define SG_CHANGELOG_FILE "CHANGELOG.md"

/* Adds entry unless one with change_id stands already; durable. */
enum sg_rc sg_changelog_add(
	int dir, const char *change_id, const char *entry, struct sg_err *err);

#endif
