/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A folder with a manifest for the tests of patch and pack, and a runner of commands that is
 * nothing but fork and exec.
 *
 * As in the harness, what goes wrong in here ends the test.
 */
#ifndef TESTS_UNIT_STORE_PATCH_CASE_H
#define TESTS_UNIT_STORE_PATCH_CASE_H

#include "store/patch.h"

struct patch_case {
	char *top;  /* a temporary folder: the work tree, where there is one */
	char *root; /* the manifest's folder in it; top itself, or a folder below */
	struct sg_arena arena;
	struct sg_err err;
	struct sg_strbuf diff;
	struct sg_tree_where where;
};

/*
 * below: "" or the path of the manifest's folder in top. git: with an empty repository in top.
 */
struct patch_case patch_case_make(const char *below, bool git);
void patch_case_drop(struct patch_case *c);

/* Writes a file below root (with its folders); reads one (free it). */
void patch_case_put(const struct patch_case *c, const char *path, const char *text);
char *patch_case_get(const struct patch_case *c, const char *path);
void patch_case_remove(const struct patch_case *c, const char *path);
/* A symbolic link below root that says `text`. */
void patch_case_link(const struct patch_case *c, const char *text, const char *path);

/* Runs a shell command in top; it must succeed. */
void patch_case_sh(const struct patch_case *c, const char *command);

/* Must succeed: the base, and what differs from it. */
const char *patch_case_snapshot(struct patch_case *c);
struct sg_patch patch_case_compare(struct patch_case *c, const char *base);

/* Fails the test unless the changed files are exactly these (NULL-terminated). */
void patch_case_expect(const struct sg_patch *patch, const char *const *files);

#endif
