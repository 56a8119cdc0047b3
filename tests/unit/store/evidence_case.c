/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See evidence_case.h. */
#include "evidence_case.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness/harness.h"

const char *const evidence_nothing[] = {NULL};

struct evidence_case evidence_setup(void)
{
	struct evidence_case f = {.root = sg_t_tmpdir(), .out = sg_t_tmpdir()};

	f.dir = open(f.root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	sg_arena_init(&f.arena);
	return f;
}

void evidence_teardown(struct evidence_case *f)
{
	close(f->dir);
	sg_t_rmtree(f->root);
	sg_t_rmtree(f->out);
	free(f->root);
	free(f->out);
	sg_arena_release(&f->arena);
}

void evidence_put(const char *folder, const char *name, const char *text)
{
	char *path = sg_t_format("%s/%s", folder, name);

	sg_t_write_text(path, text);
	free(path);
}

char *evidence_get(const char *folder, const char *name)
{
	char *path = sg_t_format("%s/%s", folder, name);
	char *text = sg_t_read(path, NULL);

	free(path);
	return text;
}

bool evidence_there(const char *folder, const char *name)
{
	char *path = sg_t_format("%s/%s", folder, name);
	const bool is = sg_t_exists(path);

	free(path);
	return is;
}

static struct sg_strs strs(const char *const *v)
{
	size_t n = 0;

	while (v[n])
		n++;
	return (struct sg_strs){v, n};
}

const char *evidence_collect(struct evidence_case *f, const char *const *promised,
	const char *const *known, struct sg_files *ret)
{
	const struct sg_strs a = strs(promised);
	const struct sg_strs b = strs(known);
	const char *error = NULL;

	cr_assert_eq(
		sg_evidence_begin(f->dir, EVIDENCE_FOLDER, &f->err), SG_OK, "%s", f->err.text);
	cr_assert_eq(sg_evidence_collect(f->dir, EVIDENCE_FOLDER, f->out, &a, &b, &f->arena,
			     ret, &error, &f->err),
		SG_OK, "%s", f->err.text);
	return error;
}

const char *const nothing[] = {NULL};
