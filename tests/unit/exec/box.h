/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A sandbox of its own for each test: a repository with a run folder's .stepgate in it, a scratch
 * tree, and a way to run one shell line in there.
 */
#ifndef TESTS_UNIT_EXEC_BOX_H
#define TESTS_UNIT_EXEC_BOX_H

#include <criterion/criterion.h>

#include "exec/sandbox.h"
#include "exec/spawn.h"
#include "harness/harness.h"

struct sg_box {
	char *root; /* repo/ (with .stepgate/, docs/, RUNTIME_MANIFEST.yaml), secret, scratch/ */
	char *repo, *docs, *hidden, *manifest, *secret;
	char *scratch, *in, *out, *tmp, *home;
	struct sg_walls walls; /* what is here; a test may take some down */
	struct sg_sandbox_path write[1];
	const char *hide[1], *lock[1];
	struct sg_sandbox sandbox; /* docs/ is writable */
	struct sg_strbuf said;     /* stdout and stderr of the last command */
	int status;                /* of the last: what wait says of the command itself */
};

void sg_box_enter(struct sg_box *box);
void sg_box_leave(struct sg_box *box);

/* A path below box->root; of four that are kept, so two can be in one line. */
const char *sg_box_path(const struct sg_box *box, const char *below);

/* Runs `sh -c script` to its end; true if it ended with 0. It knows $R (root), $REPO, $OUT. */
bool sg_box_run(struct sg_box *box, const char *script);
/* The same for any program: NULL-terminated. */
bool sg_box_run_argv(struct sg_box *box, const char *const *argv);
/* Starts it and returns at once; the status comes through *ret_status_fd. */
pid_t sg_box_start(struct sg_box *box, const char *script, int *ret_status_fd);

/* What a file outside holds; "" if it is not there. Valid until the next call. */
const char *sg_box_read(const struct sg_box *box, const char *below);

#endif
