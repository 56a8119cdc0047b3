/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The scratch tree of one command, and what it gets to read: the present outputs and the
 * manifest, as copies. Nothing here is durable; it dies with the command.
 */
#include "store/evidence_internal.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/table.h"
#include "format/manifest_io.h"

#define SCRATCH_TRIES 100

static enum sg_rc no_memory(struct sg_err *err)
{
	return sg_err_set(err, SG_NOMEM, "cannot make a scratch folder: out of memory");
}

/* A new folder of our own in tmp_root; *ret_root is malloc'd. */
static enum sg_rc make_root(const char *tmp_root, char **ret_root, struct sg_err *err)
{
	char real[PATH_MAX];
	enum sg_rc rc = SG_OK;

	if (!realpath(tmp_root, real))
		return sg_err_set(
			err, SG_STORAGE, "cannot make a scratch folder in '%s'", tmp_root);
	for (int tries = 0; tries < SCRATCH_TRIES; tries++) {
		struct sg_strbuf path = SG_STRBUF_INIT;
		struct sg_err why = SG_ERR_INIT;
		uint64_t number = 0;
		rc = sg_random(&number, sizeof(number), err);
		if (rc < 0)
			return rc;
		sg_strbuf_addf(&path, "%s/stepgate-%016llx", real, (unsigned long long)number);
		*ret_root = sg_strbuf_take(&path, NULL);
		if (!*ret_root)
			return no_memory(err);
		rc = sg_fs_mkdir(AT_FDCWD, *ret_root, 0700, &why);
		if (rc == SG_OK)
			return SG_OK;
		free(*ret_root);
		*ret_root = NULL;
		if (rc != SG_INPUT) /* other than a name that is taken */
			return sg_err_set(err, rc, "%s", why.text);
	}
	return sg_err_set(err, rc, "cannot make a scratch folder in '%s': no free name", real);
}

static enum sg_rc make_below(
	const char *root, const char *name, char **ret_path, struct sg_err *err)
{
	struct sg_strbuf path = SG_STRBUF_INIT;

	sg_strbuf_addf(&path, "%s/%s", root, name);
	*ret_path = sg_strbuf_take(&path, NULL);
	return *ret_path ? sg_fs_mkdir(AT_FDCWD, *ret_path, 0700, err) : no_memory(err);
}

enum sg_rc sg_scratch_make(const char *tmp_root, struct sg_scratch *ret, struct sg_err *err)
{
	struct sg_scratch scratch = {NULL, NULL, NULL, NULL, NULL};
	enum sg_rc rc = make_root(tmp_root, &scratch.root, err);

	if (rc == SG_OK)
		rc = make_below(scratch.root, "in", &scratch.in, err);
	if (rc == SG_OK)
		rc = make_below(scratch.root, "out", &scratch.out, err);
	if (rc == SG_OK)
		rc = make_below(scratch.root, "tmp", &scratch.tmp, err);
	if (rc == SG_OK)
		rc = make_below(scratch.root, "home", &scratch.home, err);
	if (rc < 0)
		sg_scratch_release(&scratch);
	else
		*ret = scratch;
	return rc;
}

void sg_scratch_release(struct sg_scratch *scratch)
{
	if (scratch->root) {
		/* in/ is closed to writing, and a command may have closed folders of its own */
		sg_fs_unlock_tree(AT_FDCWD, scratch->root, NULL);
		sg_fs_remove_tree(AT_FDCWD, scratch->root, NULL);
	}
	free(scratch->root);
	free(scratch->in);
	free(scratch->out);
	free(scratch->tmp);
	free(scratch->home);
	*scratch = (struct sg_scratch){NULL, NULL, NULL, NULL, NULL};
}

struct present {
	const struct sg_file **v;
	size_t n;
};

/* The last row of a name is the one that counts, and so is the last proof. */
static void index_run(const struct sg_run *run, struct sg_table *rows, struct sg_table *proofs)
{
	for (size_t i = 0; i < run->manifest.outputs.n; i++)
		sg_table_put(rows, run->manifest.outputs.v[i].output, i);
	for (size_t i = 0; i < run->proofs.n; i++) {
		if (run->proofs.v[i].kind == SG_FACT_OUTPUT)
			sg_table_put(proofs, run->proofs.v[i].name, i);
	}
}

/* The files of the outputs that are present and proven, in the order of their proofs. */
static enum sg_rc present_files(const struct sg_run *run, struct sg_arena *arena,
	struct present *ret, struct sg_err *err)
{
	SG_CLEANUP(sg_table_release) struct sg_table rows = SG_TABLE_INIT;
	SG_CLEANUP(sg_table_release) struct sg_table proofs = SG_TABLE_INIT;

	index_run(run, &rows, &proofs);
	ret->n = 0;
	ret->v = sg_arena_array(arena, run->proofs.n + 1, sizeof(const struct sg_file *));
	if (!ret->v || rows.failed || proofs.failed)
		return sg_err_set(err, SG_NOMEM, "cannot list the inputs: out of memory");
	for (size_t i = 0; i < run->proofs.n; i++) {
		const struct sg_proof *proof = &run->proofs.v[i];
		if (proof->kind != SG_FACT_OUTPUT || proof->files.n == 0 ||
			sg_table_get(&proofs, proof->name) != i)
			continue;
		const size_t row = sg_table_get(&rows, proof->name);
		if (row != SG_TABLE_NONE &&
			run->manifest.outputs.v[row].present == SG_TRUTH_TRUE)
			ret->v[ret->n++] = &proof->files.v[0];
	}
	return SG_OK;
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum sg_rc digest(const struct present *present, struct sg_arena *arena,
	const char **ret_sha256, struct sg_err *err)
{
	const char **lines = sg_arena_array(arena, present->n + 1, sizeof(*lines));
	char hex[SG_SHA256_HEX_SIZE];
	struct sg_sha256 ctx;

	for (size_t i = 0; i < present->n && lines; i++)
		lines[i] = sg_arena_printf(arena, "%s  %s\n", present->v[i]->sha256,
			sg_evidence_base(present->v[i]->path));
	if (sg_arena_failed(arena) || !lines)
		return sg_err_set(err, SG_NOMEM, "cannot list the inputs: out of memory");
	qsort(lines, present->n, sizeof(*lines), compare_lines);
	sg_sha256_begin(&ctx);
	for (size_t i = 0; i < present->n; i++)
		sg_sha256_add(&ctx, lines[i], strlen(lines[i]));
	sg_sha256_end(&ctx, hex);
	const char *text = sg_arena_str(arena, hex);
	if (!text)
		return sg_err_set(err, SG_NOMEM, "cannot list the inputs: out of memory");
	*ret_sha256 = text;
	return SG_OK;
}

enum sg_rc sg_evidence_inputs_digest(const struct sg_run *run, struct sg_arena *arena,
	const char **ret_inputs_sha256, struct sg_err *err)
{
	struct present present;
	const enum sg_rc rc = present_files(run, arena, &present, err);

	return rc < 0 ? rc : digest(&present, arena, ret_inputs_sha256, err);
}

enum sg_rc sg_evidence_open_fresh(
	int dir, const struct sg_file *file, int *ret_fd, bool *ret_fresh, struct sg_err *err)
{
	SG_CLEANUP(sg_fd_close) int fd = -1;
	struct sg_err why = SG_ERR_INIT;
	char hex[SG_SHA256_HEX_SIZE];
	int64_t size_bytes = 0;

	*ret_fresh = false;
	enum sg_rc rc = sg_fs_open_beneath(dir, file->path, &fd, &why);
	if (rc == SG_OK)
		rc = sg_fs_hash_fd(fd, file->path, file->size_bytes, &size_bytes, hex, &why);
	if (rc == SG_NOTFOUND || rc == SG_INPUT || rc == SG_LIMIT)
		return SG_OK;
	if (rc < 0)
		return sg_err_set(err, rc, "%s", why.text);
	if (size_bytes != file->size_bytes || strcmp(hex, file->sha256) != 0)
		return SG_OK;
	*ret_fresh = true;
	*ret_fd = fd;
	fd = -1;
	return SG_OK;
}

/* One input into in/, if it is still what was recorded; *ret_taken says so. */
static enum sg_rc copy_input(
	int dir, int in, const struct sg_file *file, bool *ret_taken, struct sg_err *err)
{
	SG_CLEANUP(sg_fd_close) int fd = -1;
	const struct sg_fs_copy how = {0444, false, SG_OUTPUT_MAX_BYTES};
	const char *base = sg_evidence_base(file->path);
	char hex[SG_SHA256_HEX_SIZE];
	int64_t size_bytes = 0;
	enum sg_rc rc = sg_evidence_open_fresh(dir, file, &fd, ret_taken, err);

	if (rc < 0 || !*ret_taken)
		return rc;
	rc = sg_fs_copy_plain(fd, in, base, &how, &size_bytes, hex, err);
	if (rc == SG_OK && strcmp(hex, file->sha256) != 0) {
		/* changed between the look and the copy */
		*ret_taken = false;
		rc = sg_fs_unlink(in, base, err);
	}
	return rc;
}

static enum sg_rc write_manifest(const struct sg_run *run, const char *root,
	const char **ret_path, struct sg_arena *arena, struct sg_err *err)
{
	struct sg_strbuf bytes = SG_STRBUF_INIT;
	const char *path = sg_evidence_join(arena, root, "MANIFEST.yaml");
	enum sg_rc rc = SG_NOMEM;

	sg_manifest_write(&bytes, &run->manifest);
	if (!path || sg_strbuf_failed(&bytes))
		sg_err_set(err, rc, "cannot copy the manifest: out of memory");
	else
		rc = sg_fs_write_new(AT_FDCWD, path, 0444, bytes.bytes, bytes.n_bytes, err);
	sg_strbuf_release(&bytes);
	if (rc == SG_OK)
		*ret_path = path;
	return rc;
}

enum sg_rc sg_evidence_fill_in(int dir, const struct sg_run *run,
	const struct sg_scratch *scratch, struct sg_arena *arena,
	const char **ret_inputs_sha256, const char **ret_manifest_path, struct sg_err *err)
{
	SG_CLEANUP(sg_fd_close) int in = -1;
	struct present present;
	struct present taken = {NULL, 0};
	enum sg_rc rc = present_files(run, arena, &present, err);

	if (rc == SG_OK)
		rc = sg_fs_open_dir(AT_FDCWD, scratch->in, &in, err);
	if (rc < 0)
		return rc;
	taken.v = present.v; /* what is taken is moved to the front */
	for (size_t i = 0; i < present.n; i++) {
		bool is_taken = false;
		rc = copy_input(dir, in, present.v[i], &is_taken, err);
		if (rc < 0)
			return rc;
		if (is_taken)
			taken.v[taken.n++] = present.v[i];
	}
	rc = sg_fs_set_mode(in, scratch->in, 0555, err);
	if (rc == SG_OK)
		rc = write_manifest(run, scratch->root, ret_manifest_path, arena, err);
	return rc < 0 ? rc : digest(&taken, arena, ret_inputs_sha256, err);
}
