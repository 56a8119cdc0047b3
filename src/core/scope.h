/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Scope: which paths a command was given to write, and which nobody may change. Pure.
 *
 * Paths are relative to the manifest's folder, without "./" in front and without a slash at
 * the end; what the operator wrote in a profile or a route may have both.
 *
 * An item of `write` covers the path that it names and everything beneath it; "." covers all.
 *
 * An item of NO_GO_LIST that begins with "PATH:" is a glob over the whole path: '*' stands for
 * any bytes but '/', '?' for one byte but '/', "[...]" for one of a set ("[!...]" none of it,
 * "a-z" a range, never '/'), "**" for any bytes, '/' included; "**" and a slash also for
 * nothing, so that "**" "/x" is x in every folder. Everything else stands for itself, a leading
 * dot included. A glob that matches a folder forbids all beneath it. An empty glob matches
 * nothing; one that begins in the middle of a name, as "a**" "/x" does, needs the slash. A
 * space behind PATH: is skipped.
 */
#ifndef STEPGATE_CORE_SCOPE_H
#define STEPGATE_CORE_SCOPE_H

#include "stepgate/event.h"

#define SG_SCOPE_PATH_ITEM "PATH:"
/* Between a path and the hash of what a command left there, in a requirement's subject. */
#define SG_SCOPE_MARK "#sha256="

/* Whether one of the `write` items covers the path. */
bool sg_scope_covers(const struct sg_strs *write, const char *path);
/* Whether the glob, without PATH:, matches the path or a folder above it. */
bool sg_scope_matches(const char *glob, const char *path);
/* The first PATH: item of the list that forbids the path, or NULL. */
const char *sg_scope_forbids(const struct sg_strs *no_go, const char *path);
/* Whether the list has a PATH: item at all. */
bool sg_scope_has_paths(const struct sg_strs *no_go);
/* Where the last SG_SCOPE_MARK of a subject begins, or its end. */
const char *sg_scope_mark(const char *subject);

#endif
