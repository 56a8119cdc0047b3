/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The folder of an attempt, and single files that go into it.
 *
 * Layout: .stepgate/steps/<STEP>/<PHASE>.<attempt>/<file>, engines one folder deeper. A folder
 * that a killed attempt left stands beside it as <PHASE>.<attempt>.left-<k>, k from 1.
 */
#include "store/evidence_internal.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/hash.h"
#include "base/utf8.h"

#define FOLDER_MODE ((mode_t)0755)
#define FILE_MODE   ((mode_t)0444)
#define LEFT_TRIES  10000

const char *sg_evidence_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool sg_evidence_name_ok(const char *name)
{
	const size_t n = strlen(name);

	if (n == 0 || n > NAME_MAX || name[0] == '.' || strchr(name, '/') ||
		!sg_utf8_valid(name, n, NULL))
		return false;
	for (size_t i = 0; i < n;) {
		uint32_t c = 0;
		i += sg_utf8_decode(name + i, n - i, &c);
		if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029)
			return false;
	}
	return true;
}

const char *sg_evidence_join(struct sg_arena *arena, const char *folder, const char *name)
{
	return sg_arena_printf(arena, "%s/%s", folder, name);
}

static enum sg_rc no_memory(struct sg_err *err)
{
	return sg_err_set(err, SG_NOMEM, "cannot keep evidence: out of memory");
}

/* Moves what stands at folder to the first free "<folder>.left-<k>". */
static enum sg_rc move_aside(int dir, const char *folder, struct sg_err *err)
{
	char aside[PATH_MAX];

	for (int k = 1; k < LEFT_TRIES; k++) {
		const int n = snprintf(aside, sizeof(aside), "%s.left-%d", folder, k);
		if (n < 0 || (size_t)n >= sizeof(aside))
			return sg_err_set(
				err, SG_INPUT, "cannot move '%s' aside: path too long", folder);
		if (!sg_fs_exists(dir, aside))
			return sg_fs_rename(dir, folder, aside, err);
	}
	return sg_err_set(
		err, SG_LIMIT, "cannot move '%s' aside: too many were left before", folder);
}

/*
 * The folder above, made if missing. Looked at first without following links: mkdir -p through
 * a link that a role planted would make folders outside.
 */
static enum sg_rc make_parent(int dir, const char *folder, struct sg_err *err)
{
	SG_CLEANUP(sg_fd_close) int fd = -1;
	char parent[PATH_MAX];
	const size_t n = (size_t)(sg_evidence_base(folder) - folder);
	struct sg_err probe = SG_ERR_INIT;

	if (n == 0)
		return SG_OK;
	if (n >= sizeof(parent))
		return sg_err_set(
			err, SG_INPUT, "cannot make the folder '%s': path too long", folder);
	memcpy(parent, folder, n - 1);
	parent[n - 1] = '\0';
	enum sg_rc rc = sg_fs_open_dir_beneath(dir, parent, &fd, &probe);
	if (rc == SG_NOTFOUND) {
		rc = sg_fs_mkdirs(dir, parent, FOLDER_MODE, err);
		return rc < 0 ? rc : sg_fs_open_dir_beneath(dir, parent, &fd, err);
	}
	return rc < 0 ? sg_err_set(err, rc, "%s", probe.text) : SG_OK;
}

enum sg_rc sg_evidence_begin(int dir, const char *folder, struct sg_err *err)
{
	enum sg_rc rc = make_parent(dir, folder, err);

	if (rc == SG_OK && sg_fs_exists(dir, folder))
		rc = move_aside(dir, folder, err);
	return rc < 0 ? rc : sg_fs_mkdirs(dir, folder, FOLDER_MODE, err);
}

enum sg_rc sg_evidence_copy(int from_fd, int dir, const char *folder, const char *file_name,
	const char *name, struct sg_arena *arena, struct sg_file *ret, struct sg_err *err)
{
	SG_CLEANUP(sg_fd_close) int folder_fd = -1;
	char hex[SG_SHA256_HEX_SIZE];
	int64_t size_bytes = 0;
	enum sg_rc rc = sg_fs_open_dir_beneath(dir, folder, &folder_fd, err);

	if (rc == SG_OK)
		rc = sg_fs_copy_in(from_fd, folder_fd, file_name, SG_OUTPUT_MAX_BYTES,
			&size_bytes, hex, err);
	if (rc < 0)
		return rc;
	*ret = (struct sg_file){
		.name = sg_arena_str(arena, name),
		.path = sg_evidence_join(arena, folder, file_name),
		.size_bytes = size_bytes,
		.sha256 = sg_arena_str(arena, hex),
	};
	return sg_arena_failed(arena) ? no_memory(err) : SG_OK;
}

enum sg_rc sg_evidence_store(int dir, const char *folder, const char *file_name,
	const char *name, const void *bytes, size_t n_bytes, struct sg_arena *arena,
	struct sg_file *ret, struct sg_err *err)
{
	SG_CLEANUP(sg_fd_close) int folder_fd = -1;
	char hex[SG_SHA256_HEX_SIZE];
	enum sg_rc rc = sg_fs_open_dir_beneath(dir, folder, &folder_fd, err);

	if (rc == SG_OK)
		rc = sg_fs_create(folder_fd, file_name, FILE_MODE, bytes, n_bytes, err);
	if (rc < 0)
		return rc;
	sg_sha256_of(bytes, n_bytes, hex);
	*ret = (struct sg_file){
		.name = sg_arena_str(arena, name),
		.path = sg_evidence_join(arena, folder, file_name),
		.size_bytes = (int64_t)n_bytes,
		.sha256 = sg_arena_str(arena, hex),
	};
	return sg_arena_failed(arena) ? no_memory(err) : SG_OK;
}

/* ".md" of "notes.md"; "" where there is none. */
static const char *extension(const char *base)
{
	const char *dot = strrchr(base, '.');

	return dot && dot != base && dot[1] != '\0' ? dot : "";
}

enum sg_rc sg_evidence_take(int dir, const char *folder, const char *path, const char *name,
	struct sg_arena *arena, struct sg_file *ret, struct sg_err *err)
{
	SG_CLEANUP(sg_fd_close) int fd = -1;
	struct stat st;
	const char *file_name =
		sg_arena_printf(arena, "%s%s", name, extension(sg_evidence_base(path)));

	if (!file_name)
		return no_memory(err);
	if (!sg_evidence_name_ok(file_name))
		return sg_err_set(err, SG_INPUT,
			"cannot record '%s' as '%s': that is no name for an output's file",
			path, file_name);
	enum sg_rc rc = sg_fs_open_read(dir, path, &fd, err);
	if (rc < 0)
		return rc;
	if (fstat(fd, &st) == 0 && st.st_size > SG_OUTPUT_MAX_BYTES)
		return sg_err_set(err, SG_LIMIT, "cannot record '%s': larger than %lld bytes",
			path, (long long)SG_OUTPUT_MAX_BYTES);
	/* the size is asked of the copy: the file may be emptied while we look */
	struct sg_file file;
	rc = sg_evidence_copy(fd, dir, folder, file_name, name, arena, &file, err);
	if (rc < 0)
		return rc;
	if (file.size_bytes == 0) {
		sg_fs_unlink(dir, file.path, NULL);
		return sg_err_set(err, SG_INPUT, "cannot record '%s': it is empty", path);
	}
	*ret = file;
	return SG_OK;
}

enum sg_rc sg_evidence_before(int dir, const char *path, const char *name,
	struct sg_arena *arena, struct sg_file *ret, struct sg_err *err)
{
	SG_CLEANUP(sg_fd_close) int fd = -1;
	char hex[SG_SHA256_HEX_SIZE] = "";
	int64_t size_bytes = 0;
	struct sg_err absent = SG_ERR_INIT;
	enum sg_rc rc = sg_fs_open_read(dir, path, &fd, &absent);

	if (rc < 0 && rc != SG_NOTFOUND)
		return sg_err_set(err, rc, "%s", absent.text);
	if (rc == SG_OK)
		rc = sg_fs_hash_fd(fd, path, SG_OUTPUT_MAX_BYTES, &size_bytes, hex, err);
	if (rc < 0 && rc != SG_NOTFOUND)
		return rc;
	*ret = (struct sg_file){
		.name = sg_arena_str(arena, name),
		.path = sg_arena_str(arena, path),
		.size_bytes = size_bytes,
		.sha256 = sg_arena_str(arena, hex),
	};
	return sg_arena_failed(arena) ? no_memory(err) : SG_OK;
}

bool sg_evidence_pin_holds(int dir, const struct sg_pin *pin)
{
	SG_CLEANUP(sg_fd_close) int fd = -1;
	char hex[SG_SHA256_HEX_SIZE];
	int64_t size_bytes = 0;

	if (!pin->path || pin->path[0] == '\0')
		return true;
	const enum sg_rc rc = sg_fs_open_read(dir, pin->path, &fd, NULL);
	/* pinned as absent: it holds as long as nothing has come there */
	if (pin->sha256[0] == '\0')
		return rc == SG_NOTFOUND;
	return rc == SG_OK &&
	       sg_fs_hash_fd(fd, pin->path, SG_OUTPUT_MAX_BYTES, &size_bytes, hex, NULL) ==
		       SG_OK &&
	       strcmp(hex, pin->sha256) == 0;
}
