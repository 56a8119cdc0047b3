/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files. Every system call that touches a disk goes through one table (struct sg_fs_calls), so
 * that a test can make the Nth of them fail or kill the process there; nothing outside fs*.c
 * calls open, write, rename, fsync ... itself.
 *
 * Paths are relative to a directory descriptor (AT_FDCWD for the working directory).
 * Descriptors are close-on-exec. Functions return SG_OK or set err to SG_STORAGE (the disk),
 * SG_NOTFOUND (ENOENT, ENOTDIR), SG_INPUT (not a regular file, escapes the root, a name too
 * long or taken) or SG_LIMIT (larger than allowed). Results are untouched on failure.
 *
 * The durable write (sg_fs_replace): a temporary file in the same folder (O_EXCL|O_CLOEXEC,
 * mode of the old file or 0644), all bytes, fsync, close checked, rename, fsync of the folder.
 * A failed fsync is never retried: see sg_fs_poisoned.
 */
#ifndef STEPGATE_BASE_FS_H
#define STEPGATE_BASE_FS_H

#include <sys/stat.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/strbuf.h"

struct flock;
struct open_how;

/* The system calls of this module; each has the meaning and the errno of its name. */
struct sg_fs_calls {
	int (*openat)(int dir, const char *path, int flags, mode_t mode);
	int (*openat2)(int dir, const char *path, const struct open_how *how, size_t size);
	int (*close)(int fd);
	ssize_t (*read)(int fd, void *bytes, size_t n);
	ssize_t (*write)(int fd, const void *bytes, size_t n);
	int (*fsync)(int fd);
	int (*fdatasync)(int fd);
	int (*ftruncate)(int fd, off_t size);
	int (*renameat)(int from_dir, const char *from, int to_dir, const char *to);
	int (*unlinkat)(int dir, const char *path, int flags);
	int (*mkdirat)(int dir, const char *path, mode_t mode);
	int (*fcntl_lock)(int fd, int command, struct flock *lock);
	int (*fstat)(int fd, struct stat *ret);
};

/* The table in use. Tests swap it whole; the program never does. */
extern const struct sg_fs_calls *sg_fs;
extern const struct sg_fs_calls sg_fs_kernel;

/*
 * True after any fsync or fdatasync failed in this process: nothing may be acknowledged any
 * more.
 */
bool sg_fs_poisoned(void);
void sg_fs_poison_clear(void); /* for tests */

/* For SG_CLEANUP: closes if >= 0, ignoring the result (reads only). */
void sg_fd_close(int *fd);

/* A directory, for use as `dir`. */
enum sg_rc sg_fs_open_dir(int dir, const char *path, int *ret_fd, struct sg_err *err);

/*
 * Any regular file by any path the operator typed (follows links, O_NONBLOCK, S_ISREG checked).
 */
enum sg_rc sg_fs_open_read(int dir, const char *path, int *ret_fd, struct sg_err *err);

/*
 * A regular file named inside another file: must lie beneath dir, no link anywhere on the way
 * (openat2 RESOLVE_BENEATH|NO_SYMLINKS|NO_MAGICLINKS).
 */
enum sg_rc sg_fs_open_beneath(int dir, const char *path, int *ret_fd, struct sg_err *err);

/* Reads all of fd, at most max_bytes (else SG_LIMIT), appended. name is for the sentence. */
enum sg_rc sg_fs_read_fd(
	int fd, const char *name, size_t max_bytes, struct sg_strbuf *out, struct sg_err *err);

/* One read, again after EINTR. 0 at the end; -1 with err set. */
ssize_t sg_fs_read_some(
	int fd, const char *name, void *bytes, size_t n_bytes, struct sg_err *err);

/* sg_fs_open_read or _beneath, and sg_fs_read_fd. */
enum sg_rc sg_fs_read(
	int dir, const char *path, size_t max_bytes, struct sg_strbuf *out, struct sg_err *err);
enum sg_rc sg_fs_read_beneath(
	int dir, const char *path, size_t max_bytes, struct sg_strbuf *out, struct sg_err *err);

struct sg_fs_bytes {
	const void *bytes;
	size_t n_bytes;
};

/*
 * Whether a file beneath dir holds exactly these bytes, read in pieces, so that a large file
 * needs no memory. Errors as of sg_fs_open_beneath.
 */
enum sg_rc sg_fs_same_beneath(int dir, const char *path, const struct sg_fs_bytes *bytes,
	bool *ret, struct sg_err *err);

/* Size and sha256 of a file beneath dir, read once, never more than max_bytes. */
enum sg_rc sg_fs_hash_beneath(int dir, const char *path, int64_t max_bytes,
	int64_t *ret_size_bytes, char ret_hex[SG_SHA256_HEX_SIZE], struct sg_err *err);

/* All bytes at the end of fd; EINTR and short counts handled. */
enum sg_rc sg_fs_write_all(
	int fd, const char *name, const void *bytes, size_t n_bytes, struct sg_err *err);

/*
 * The durable write described above. Where path itself is a symbolic link it is refused
 * (SG_INPUT): resolve the operator's path first, so that the temporary file lies beside the
 * real one.
 */
enum sg_rc sg_fs_replace(
	int dir, const char *path, const void *bytes, size_t n_bytes, struct sg_err *err);

/*
 * The same, telling what stands under the name right after the rename: untouched means that it
 * is the file written here and that nobody wrote to it since, so that its inode, size and times
 * stand for the bytes. False also where a clock that did not tick between the last byte and the
 * rename leaves that open. st is meant only where it is true.
 */
struct sg_fs_seen {
	struct stat st;
	bool untouched;
};
enum sg_rc sg_fs_replace_seen(int dir, const char *path, const struct sg_fs_bytes *bytes,
	struct sg_fs_seen *ret, struct sg_err *err);

/*
 * Whether temporary files of durable writes lie beside path: of a process that writes it now,
 * or of one that was killed. sg_fs_sweep removes them: only where nobody else may be writing
 * path, under the lock. What cannot be removed stays, and nothing is said of it.
 */
bool sg_fs_has_temps(int dir, const char *path);
void sg_fs_sweep(int dir, const char *path);

/*
 * Writes over the start of a small file, made with mode 0644 where it is missing, and syncs
 * nothing: a hint, that may be lost, old or torn when it is read. What fails is not said.
 */
void sg_fs_note(int dir, const char *path, const void *bytes, size_t n_bytes);

/*
 * A new file that must not exist yet, durable as above but without a rename; mode is taken as
 * is.
 */
enum sg_rc sg_fs_create(int dir, const char *path, mode_t mode, const void *bytes,
	size_t n_bytes, struct sg_err *err);

/*
 * A file for appending (the trace): created with mode if missing (sync its folder then), no
 * link followed, a regular file. Write with sg_fs_write_all; then sg_fs_sync_data is the
 * commit.
 */
enum sg_rc sg_fs_open_append(
	int dir, const char *path, mode_t mode, int *ret_fd, struct sg_err *err);

/* fdatasync, once; a failure poisons. */
enum sg_rc sg_fs_sync_data(int fd, const char *name, struct sg_err *err);

/* Cuts the file to size_bytes; not durable before the next sync. */
enum sg_rc sg_fs_truncate(int fd, const char *name, int64_t size_bytes, struct sg_err *err);

/*
 * Copies fd's content from its start into a new file (O_EXCL, mode 0444), fsyncs, and hashes
 * the copy.
 */
enum sg_rc sg_fs_copy_in(int from_fd, int dir, const char *path, int64_t max_bytes,
	int64_t *ret_size_bytes, char ret_hex[SG_SHA256_HEX_SIZE], struct sg_err *err);

/* mkdir -p; each new folder's parent is fsynced. */
enum sg_rc sg_fs_mkdirs(int dir, const char *path, mode_t mode, struct sg_err *err);

/* fsync of a folder given by path. */
enum sg_rc sg_fs_sync_dir(int dir, const char *path, struct sg_err *err);

enum sg_rc sg_fs_unlink(
	int dir, const char *path, struct sg_err *err); /* a missing file is OK */
enum sg_rc sg_fs_remove_tree(int dir, const char *path, struct sg_err *err);

/* True if something is there (no error for what is not). */
bool sg_fs_exists(int dir, const char *path);

/*
 * Open-file-description locks (fcntl F_OFD_*). The file is created mode 0600 if missing and is
 * never renamed. Exclusive. timeout_ms 0 tries once. SG_BUSY: another holds it; err names its
 * pid where known (the holder writes its pid into the file). Unlock by sg_fs_unlock (closes).
 */
enum sg_rc sg_fs_lock(
	int dir, const char *path, int64_t timeout_ms, int *ret_fd, struct sg_err *err);
/*
 * Around the work that a lock is for. begin returns true when the holder before did not say by
 * finish that it came to its end: it was killed, or its work failed, and what it wrote may be
 * in the kernel's cache alone. True also where nobody held it before.
 */
bool sg_fs_lock_begin(int fd);
void sg_fs_lock_finish(int fd);
/* The same of a lock that nobody holds now, seen without taking it. */
bool sg_fs_lock_was_left(int dir, const char *path);
/*
 * True when it is held now through another open file description, of this process or another;
 * takes nothing. False also when the file is missing, or its disk knows no locks.
 * Where a fault of the disk keeps us from asking it counts as held: nobody is to be called
 * dead for that.
 */
bool sg_fs_lock_held(int dir, const char *path);
void sg_fs_unlock(int *fd);

/* --- folders, scratch files, links (fs_dir.c) --- */

/* A folder beneath dir, no link anywhere on the way (as sg_fs_open_beneath). */
enum sg_rc sg_fs_open_dir_beneath(int dir, const char *path, int *ret_fd, struct sg_err *err);

/*
 * The names in a folder, sorted by bytes, without "." and ".."; texts in arena. name is for the
 * sentence. More than max_names is SG_LIMIT: a folder may have been filled to stop us.
 */
enum sg_rc sg_fs_list(int folder, const char *name, size_t max_names, struct sg_arena *arena,
	struct sg_strs *ret, struct sg_err *err);

/* One new folder, its name not durable (sg_fs_mkdirs is). SG_INPUT when the name is taken. */
enum sg_rc sg_fs_mkdir(int dir, const char *path, mode_t mode, struct sg_err *err);

/*
 * Renames beneath dir and fsyncs the folders of both names. A file at `to` is replaced: look
 * first where it must not be.
 */
enum sg_rc sg_fs_rename(int dir, const char *from, const char *to, struct sg_err *err);

/* What a symbolic link says, appended; the link itself is never followed. */
enum sg_rc sg_fs_read_link(
	int dir, const char *path, struct sg_strbuf *out, struct sg_err *err);

/* Size and sha256 of what fd holds from its start, read once, never more than max_bytes. */
enum sg_rc sg_fs_hash_fd(int fd, const char *name, int64_t max_bytes, int64_t *ret_size_bytes,
	char ret_hex[SG_SHA256_HEX_SIZE], struct sg_err *err);

/*
 * As sg_fs_copy_in, but with a mode of its own and without the folder's fsync; sync false
 * leaves out that of the file too: scratch that no event refers to needs neither.
 */
struct sg_fs_copy {
	mode_t mode;
	bool sync;
	int64_t max_bytes;
};
enum sg_rc sg_fs_copy_plain(int from_fd, int dir, const char *path,
	const struct sg_fs_copy *how, int64_t *ret_size_bytes, char ret_hex[SG_SHA256_HEX_SIZE],
	struct sg_err *err);

/*
 * Copies fd's content into a file of dir that is named by its own sha256, mode 0444 and
 * fsynced; one that stands there already is kept. Sync the folder when all are in.
 */
enum sg_rc sg_fs_copy_by_hash(int from_fd, int dir, const char *from_name, int64_t max_bytes,
	int64_t *ret_size_bytes, char ret_hex[SG_SHA256_HEX_SIZE], struct sg_err *err);

/* A new file that is not durable (scratch); must not exist yet; mode is taken as is. */
enum sg_rc sg_fs_write_new(int dir, const char *path, mode_t mode, const void *bytes,
	size_t n_bytes, struct sg_err *err);

/* Sets the mode of an open file or folder. */
enum sg_rc sg_fs_set_mode(int fd, const char *name, mode_t mode, struct sg_err *err);

/*
 * Makes every folder of a tree 0700, so that sg_fs_remove_tree can take away what a command
 * left behind closed folders. No link is followed; what is missing is fine.
 */
enum sg_rc sg_fs_unlock_tree(int dir, const char *path, struct sg_err *err);

#endif
