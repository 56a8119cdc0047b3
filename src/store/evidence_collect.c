/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Taking outputs out of a scratch folder that whoever ran there may still be changing: each
 * file is opened once, without following anything, and what counts is the copy.
 */
#include "store/evidence_internal.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/table.h"

struct taking {
	int dir;
	int from;
	const char *folder;
	const struct sg_strs *promised;
	const struct sg_strs *known;
	struct sg_arena *arena;
	struct sg_file *files; /* room for one a name in the folder */
	size_t n;
	struct sg_table names;        /* NAME -> index in files */
	struct sg_strs_builder empty; /* NAMEs that are there with nothing in them */
	const char *error;            /* the first sentence */
};

static void taking_release(struct taking *t)
{
	sg_table_release(&t->names);
	sg_fd_close(&t->from);
}

static void say(struct taking *t, const char *sentence)
{
	if (t->error[0] == '\0' && sentence)
		t->error = sentence;
}

/* The whole file name where that is a NAME known by it, else without its extension. */
static const char *output_name(const struct taking *t, const char *file_name)
{
	const char *dot = strrchr(file_name, '.');

	if (!dot || sg_strs_has(t->promised, file_name) || sg_strs_has(t->known, file_name))
		return file_name;
	return sg_arena_strn(t->arena, file_name, (size_t)(dot - file_name));
}

/* 1: to be copied; 0: no output, or a fault that was said. */
static int worth_copying(struct taking *t, const char *file_name, const char *name, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || st.st_size == 0) {
		sg_strs_builder_add(&t->empty, name);
		return 0;
	}
	if (st.st_size > SG_OUTPUT_MAX_BYTES) {
		say(t, sg_arena_printf(t->arena, "output %s is larger than %lld bytes: %s",
			       name, (long long)SG_OUTPUT_MAX_BYTES, file_name));
		return 0;
	}
	const size_t twin = sg_table_get(&t->names, name);
	if (twin != SG_TABLE_NONE) {
		say(t, sg_arena_printf(t->arena, "output %s was made twice: %s and %s", name,
			       sg_evidence_base(t->files[twin].path), file_name));
		return 0;
	}
	return 1;
}

static enum sg_rc copy_one(
	struct taking *t, const char *file_name, const char *name, int fd, struct sg_err *err)
{
	struct sg_err why = SG_ERR_INIT;
	struct sg_file file;
	const enum sg_rc rc =
		sg_evidence_copy(fd, t->dir, t->folder, file_name, name, t->arena, &file, &why);

	if (rc == SG_LIMIT || rc == SG_INPUT) {
		/* grew while it was copied, or a name that the folder has for its own */
		say(t, sg_arena_printf(t->arena, "output %s: %s", name, why.text));
		return SG_OK;
	}
	if (rc < 0)
		return sg_err_set(err, rc, "%s", why.text);
	if (file.size_bytes == 0) {
		sg_strs_builder_add(&t->empty, name);
		return sg_fs_unlink(t->dir, file.path, err);
	}
	t->files[t->n] = file;
	sg_table_put(&t->names, file.name, t->n);
	t->n++;
	return SG_OK;
}

static enum sg_rc take_one(struct taking *t, const char *file_name, struct sg_err *err)
{
	SG_CLEANUP(sg_fd_close) int fd = -1;
	struct sg_err why = SG_ERR_INIT;

	if (file_name[0] == '.')
		return SG_OK;
	if (!sg_evidence_name_ok(file_name)) {
		say(t, "an output's file has a name that is no plain text (a control "
		       "character, "
		       "or no UTF-8)");
		return SG_OK;
	}
	const char *name = output_name(t, file_name);
	if (!name)
		return sg_err_set(err, SG_NOMEM, "cannot collect outputs: out of memory");
	if (strcmp(file_name, SG_INCOMPLETE_FOLDER) == 0) {
		say(t, "output " SG_INCOMPLETE_FOLDER ": the evidence folder has that name for "
		       "its own");
		return SG_OK;
	}
	const enum sg_rc rc = sg_fs_open_beneath(t->from, file_name, &fd, &why);
	if (rc == SG_NOTFOUND)
		return SG_OK;
	if (rc == SG_INPUT && !sg_strs_has(t->promised, name))
		return SG_OK; /* a folder, a link, a pipe: not an output */
	if (rc < 0) {
		say(t, sg_arena_printf(t->arena, "output %s: %s", name, why.text));
		return SG_OK;
	}
	return worth_copying(t, file_name, name, fd) ? copy_one(t, file_name, name, fd, err)
						     : SG_OK;
}

static void check_promises(struct taking *t)
{
	const struct sg_strs empty = sg_strs_builder_list(&t->empty);

	for (size_t i = 0; i < t->promised->n; i++) {
		const char *name = t->promised->v[i];
		if (sg_table_get(&t->names, name) != SG_TABLE_NONE)
			continue;
		say(t, sg_arena_printf(t->arena, "promised output %s is %s", name,
			       sg_strs_has(&empty, name) ? "empty" : "absent"));
	}
}

/* The scratch's root is ours, its out/ may have been replaced by a link. */
static enum sg_rc open_from(const char *from, int *ret_fd, struct sg_err *err)
{
	SG_CLEANUP(sg_fd_close) int root = -1;
	char parent[PATH_MAX];
	const char *base = sg_evidence_base(from);
	const size_t n = (size_t)(base - from);

	if (n == 0 || n >= sizeof(parent))
		return sg_err_set(
			err, SG_INPUT, "cannot open the folder '%s': no full path", from);
	memcpy(parent, from, n);
	parent[n] = '\0';
	const enum sg_rc rc = sg_fs_open_dir(AT_FDCWD, parent, &root, err);
	return rc < 0 ? rc : sg_fs_open_dir_beneath(root, base, ret_fd, err);
}

static enum sg_rc take_all(struct taking *t, const struct sg_strs *names, struct sg_err *err)
{
	t->files = sg_arena_array(t->arena, names->n + 1, sizeof(*t->files));
	if (!t->files)
		return sg_err_set(err, SG_NOMEM, "cannot collect outputs: out of memory");
	for (size_t i = 0; i < names->n; i++) {
		const enum sg_rc rc = take_one(t, names->v[i], err);
		if (rc < 0)
			return rc;
	}
	check_promises(t);
	if (t->names.failed || sg_arena_failed(t->arena))
		return sg_err_set(err, SG_NOMEM, "cannot collect outputs: out of memory");
	return SG_OK;
}

/* By NAME: the folder's order is that of file names, and "A.md" sorts behind "A-1.md". */
static void sort_files(struct sg_file *v, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		const struct sg_file file = v[i];
		size_t at = i;
		for (; at > 0 && strcmp(v[at - 1].name, file.name) > 0; at--)
			v[at] = v[at - 1];
		v[at] = file;
	}
}

enum sg_rc sg_evidence_collect(int dir, const char *folder, const char *from,
	const struct sg_strs *promised, const struct sg_strs *known, struct sg_arena *arena,
	struct sg_files *ret, const char **ret_error, struct sg_err *err)
{
	SG_CLEANUP(taking_release)
	struct taking t = {
		.dir = dir,
		.from = -1,
		.folder = folder,
		.promised = promised,
		.known = known,
		.arena = arena,
		.names = SG_TABLE_INIT,
		.error = "",
	};
	struct sg_strs list = {NULL, 0};
	struct sg_err why = SG_ERR_INIT;

	sg_strs_builder_init(&t.empty, arena);
	enum sg_rc rc = open_from(from, &t.from, &why);
	if (rc == SG_OK)
		rc = sg_fs_list(t.from, from, SG_OUTPUT_MAX_FILES, arena, &list, &why);
	if (rc == SG_NOMEM)
		return sg_err_set(err, rc, "%s", why.text);
	if (rc < 0)
		say(&t, sg_arena_printf(arena, "no outputs can be taken: %s", why.text));
	rc = take_all(&t, &list, err);
	if (rc < 0)
		return rc;
	sort_files(t.files, t.n);
	*ret = (struct sg_files){t.files, t.n};
	*ret_error = t.error;
	return SG_OK;
}

/* --- what does not count --- */

static enum sg_rc move_in(int dir, struct sg_arena *arena, const char *into,
	struct sg_file *file, struct sg_err *err)
{
	const char *to = sg_evidence_join(arena, into, sg_evidence_base(file->path));

	if (!to)
		return sg_err_set(err, SG_NOMEM, "cannot keep evidence: out of memory");
	const enum sg_rc rc = sg_fs_rename(dir, file->path, to, err);
	if (rc == SG_OK)
		file->path = to;
	return rc;
}

enum sg_rc sg_evidence_incomplete(int dir, const char *folder, struct sg_arena *arena,
	struct sg_files *files, struct sg_err *err)
{
	const char *into = sg_evidence_join(arena, folder, SG_INCOMPLETE_FOLDER);
	struct sg_file *v = sg_arena_array(arena, files->n + 1, sizeof(*v));

	if (!into || !v)
		return sg_err_set(err, SG_NOMEM, "cannot keep evidence: out of memory");
	const size_t n_into = strlen(into);
	if (files->n == 0 || strncmp(files->v[0].path, into, n_into) == 0)
		return SG_OK;
	enum sg_rc rc = sg_fs_mkdirs(dir, into, 0755, err);
	for (size_t i = 0; rc == SG_OK && i < files->n; i++) {
		v[i] = files->v[i];
		rc = move_in(dir, arena, into, &v[i], err);
	}
	if (rc == SG_OK)
		rc = sg_fs_sync_dir(dir, into, err);
	if (rc == SG_OK)
		rc = sg_fs_sync_dir(dir, folder, err);
	if (rc == SG_OK)
		*files = (struct sg_files){v, files->n};
	return rc;
}
