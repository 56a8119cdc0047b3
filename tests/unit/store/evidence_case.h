/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An evidence folder for a test: a run's folder, what a command filled, and what is collected of
 * it. What goes wrong in the setting up fails the test with its sentence.
 */
#ifndef TESTS_UNIT_STORE_EVIDENCE_CASE_H
#define TESTS_UNIT_STORE_EVIDENCE_CASE_H

#include "store/evidence.h"

#define EVIDENCE_FOLDER ".stepgate/steps/0001/SPC.1"

struct evidence_case {
	char *root; /* the manifest's folder */
	char *out;  /* what a command filled */
	int dir;    /* root, opened */
	struct sg_arena arena;
	struct sg_err err;
};

/* Two empty folders; evidence_teardown removes them with all that is in them. */
struct evidence_case evidence_setup(void);
void evidence_teardown(struct evidence_case *f);

/* A file of a folder: written, read (the caller frees the text), looked for. */
void evidence_put(const char *folder, const char *name, const char *text);
char *evidence_get(const char *folder, const char *name);
bool evidence_there(const char *folder, const char *name);

/* No name: a list for evidence_collect, whose lists end with NULL. */
extern const char *const evidence_nothing[];

/* Collects into a fresh folder; returns the error's sentence, "" where there is none. */
const char *evidence_collect(struct evidence_case *f, const char *const *promised,
	const char *const *known, struct sg_files *ret);

#endif
