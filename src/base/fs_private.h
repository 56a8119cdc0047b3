/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the parts of base/fs share and nobody else includes.
 *
 * Each function reports the first failed system call as "cannot <verb> '<name>': <reason>".
 * Names are for the sentence only; they are the path as the caller gave it, not the path that a
 * descriptor of ours stands for.
 */
#ifndef STEPGATE_BASE_FS_PRIVATE_H
#define STEPGATE_BASE_FS_PRIVATE_H

#include "base/fs.h"

/*
 * Sets err from an errno value and returns its class: SG_NOTFOUND for ENOENT and ENOTDIR,
 * SG_INPUT for what is wrong with the name (links on the way, leaving the root, too long, a
 * socket), SG_STORAGE for all else.
 */
enum sg_rc sg_fs_fail(struct sg_err *err, int errno_value, const char *verb, const char *name);

/* openat with O_CLOEXEC, again after EINTR. Returns the descriptor or -1 with errno. */
int sg_fs_open_raw(int dir, const char *path, int flags, mode_t mode);

/* fsync, once. A failure poisons the process: see sg_fs_poisoned. */
enum sg_rc sg_fs_sync_fd(int fd, const char *name, struct sg_err *err);

/*
 * Closes *fd and sets it to -1, whatever close says; EINTR is no failure (the file is closed).
 */
enum sg_rc sg_fs_close_checked(int *fd, const char *name, struct sg_err *err);

/*
 * Opens the folder of path and returns the last name of path, which points into path. SG_INPUT
 * when path ends in "/", "." or "..", or is empty. The caller closes *ret_fd.
 */
enum sg_rc sg_fs_open_parent(
	int dir, const char *path, int *ret_fd, const char **ret_name, struct sg_err *err);

#endif
