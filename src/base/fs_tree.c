/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Folders: making, syncing, removing; and what is there. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/fs_private.h"

/* One descriptor a level is held while a tree is removed; a deeper one is no tree of ours. */
#define TREE_DEPTH_MAX 200

enum sg_rc sg_fs_sync_dir(int dir, const char *path, struct sg_err *err)
{
	SG_CLEANUP(sg_fd_close) int fd = -1;
	const enum sg_rc rc = sg_fs_open_dir(dir, path, &fd, err);

	return rc < 0 ? rc : sg_fs_sync_fd(fd, path, err);
}

/*
 * Steps into name below *at, making it if it is missing. Looking first, and by O_PATH, because
 * the folders above ours may be neither readable nor writable for us.
 */
static enum sg_rc step_into(
	int *at, const char *name, mode_t mode, const char *path, struct sg_err *err)
{
	int next = sg_fs_open_raw(*at, name, O_PATH | O_DIRECTORY, 0);

	if (next < 0 && errno == ENOENT) {
		/* EEXIST: another process was faster, but may not have synced it yet. */
		if (sg_fs->mkdirat(*at, name, mode) < 0 && errno != EEXIST)
			return sg_fs_fail(err, errno, "make the folder", path);
		const enum sg_rc rc = sg_fs_sync_dir(*at, ".", err);
		if (rc < 0)
			return rc;
		next = sg_fs_open_raw(*at, name, O_PATH | O_DIRECTORY, 0);
	}
	if (next < 0)
		return sg_fs_fail(err, errno, "make the folder", path);
	sg_fd_close(at);
	*at = next;
	return SG_OK;
}

enum sg_rc sg_fs_mkdirs(int dir, const char *path, mode_t mode, struct sg_err *err)
{
	SG_CLEANUP(sg_fd_close) int at = -1;
	char name[NAME_MAX + 1];

	if (path[0] == '\0')
		return sg_fs_fail(err, ENOENT, "make the folder", path);
	at = sg_fs_open_raw(dir, path[0] == '/' ? "/" : ".", O_PATH | O_DIRECTORY, 0);
	if (at < 0)
		return sg_fs_fail(err, errno, "make the folder", path);
	for (const char *from = path; *from != '\0';) {
		const size_t length = strcspn(from, "/");
		if (length > NAME_MAX)
			return sg_fs_fail(err, ENAMETOOLONG, "make the folder", path);
		if (length > 0) {
			memcpy(name, from, length);
			name[length] = '\0';
			const enum sg_rc rc = step_into(&at, name, mode, path, err);
			if (rc < 0)
				return rc;
		}
		from += length;
		from += strspn(from, "/");
	}
	return SG_OK;
}

enum sg_rc sg_fs_unlink(int dir, const char *path, struct sg_err *err)
{
	if (sg_fs->unlinkat(dir, path, 0) < 0 && errno != ENOENT)
		return sg_fs_fail(err, errno, "remove", path);
	return SG_OK;
}

static void close_stream(DIR **stream)
{
	if (*stream)
		closedir(*stream);
}

static enum sg_rc remove_entry(
	int dir, const char *name, const char *path, int depth, struct sg_err *err);

/* Removes all that is in a folder. Takes fd over. */
static enum sg_rc empty_folder(int fd, const char *path, int depth, struct sg_err *err)
{
	SG_CLEANUP(close_stream) DIR *stream = fdopendir(fd);

	if (!stream) {
		const int reason = errno;
		sg_fd_close(&fd);
		return sg_fs_fail(err, reason, "list a folder of", path);
	}
	for (;;) {
		errno = 0;
		const struct dirent *entry = readdir(stream);
		if (!entry)
			break;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		const enum sg_rc rc =
			remove_entry(dirfd(stream), entry->d_name, path, depth, err);
		if (rc < 0)
			return rc;
	}
	return errno != 0 ? sg_fs_fail(err, errno, "list a folder of", path) : SG_OK;
}

/* A link is removed, never followed. path is the whole tree's, for the sentence. */
static enum sg_rc remove_entry(
	int dir, const char *name, const char *path, int depth, struct sg_err *err)
{
	if (sg_fs->unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return SG_OK;
	if (errno != EISDIR)
		return sg_fs_fail(err, errno, "remove", path);
	if (depth >= TREE_DEPTH_MAX)
		return sg_err_set(err, SG_LIMIT, "cannot remove '%s': more than %d levels deep",
			path, TREE_DEPTH_MAX);
	const int fd = sg_fs_open_raw(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (fd < 0)
		return sg_fs_fail(err, errno, "remove", path);
	const enum sg_rc rc = empty_folder(fd, path, depth + 1, err);
	if (rc < 0)
		return rc;
	if (sg_fs->unlinkat(dir, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return sg_fs_fail(err, errno, "remove", path);
	return SG_OK;
}

enum sg_rc sg_fs_remove_tree(int dir, const char *path, struct sg_err *err)
{
	return remove_entry(dir, path, path, 0, err);
}

bool sg_fs_exists(int dir, const char *path)
{
	struct stat st;

	return fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}
