/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of the room: remembered, compared, put back. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hostile/judge.h"

#define FILES_MAX 4096

struct file {
	char path[PATH_SIZE];
	struct stat st;
	char *bytes; /* of a regular file or the target of a link */
	size_t n_bytes;
	bool seen;
};

static struct file files[FILES_MAX];
static size_t n_files;

/* --- small tools --- */

bool file_write(const char *path, const char *bytes, size_t n_bytes, unsigned mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (fd < 0)
		return false;
	const bool ok = write(fd, bytes, n_bytes) == (ssize_t)n_bytes && fchmod(fd, mode) == 0;
	(void)close(fd);
	return ok;
}

char *file_read(const char *path, size_t *ret_n_bytes)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	if (fd < 0)
		return NULL;
	const size_t room = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size < 1 << 26
				    ? (size_t)st.st_size + 1
				    : 1;
	char *bytes = malloc(room);
	ssize_t n = bytes ? read(fd, bytes, room - 1) : -1;
	(void)close(fd);
	if (n < 0) {
		free(bytes);
		return NULL;
	}
	bytes[n] = '\0';
	if (ret_n_bytes)
		*ret_n_bytes = (size_t)n;
	return bytes;
}

bool file_copy(const char *from, const char *to, unsigned mode)
{
	size_t n = 0;
	char *bytes = file_read(from, &n);
	const bool ok = bytes && file_write(to, bytes, n, mode);
	free(bytes);
	return ok;
}

/* Calls visit for all below path, a folder before what is in it; true ends the walk. */
typedef bool visit_fn(const char *path, const struct stat *st, void *ctx);

static bool walk(const char *path, visit_fn *visit, void *ctx)
{
	struct stat st;
	char below[PATH_SIZE];
	if (lstat(path, &st) < 0)
		return false;
	if (visit(path, &st, ctx))
		return true;
	DIR *dir = S_ISDIR(st.st_mode) ? opendir(path) : NULL;
	bool stop = false;
	for (const struct dirent *e; dir && !stop && (e = readdir(dir));) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (snprintf(below, sizeof(below), "%s/%s", path, e->d_name) <
			(int)sizeof(below))
			stop = walk(below, visit, ctx);
	}
	if (dir)
		(void)closedir(dir);
	return stop;
}

/* Folders were opened to us on the way down by open_folder. */
static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)at;
	(void)(kind == FTW_DP ? rmdir(path) : unlink(path));
	return 0;
}

static bool open_folder(const char *path, const struct stat *st, void *ctx)
{
	(void)ctx;
	if (S_ISDIR(st->st_mode) && (st->st_mode & 0700) != 0700)
		(void)chmod(path, 0700);
	return false;
}

void tree_remove(const char *path)
{
	(void)walk(path, open_folder, NULL);
	(void)nftw(path, remove_entry, 32, FTW_DEPTH | FTW_PHYS);
}

struct larger {
	long long bytes;
	char *name;
};

static bool is_larger(const char *path, const struct stat *st, void *ctx)
{
	const struct larger *l = ctx;
	if (!S_ISREG(st->st_mode) || st->st_size <= l->bytes)
		return false;
	(void)snprintf(l->name, PATH_SIZE, "%s", path);
	return true;
}

bool tree_has_larger(const char *path, long long bytes, char ret[PATH_SIZE])
{
	struct larger l = {bytes, ret};
	return walk(path, is_larger, &l);
}

static bool holds(const char *path, const struct stat *st, void *ctx)
{
	size_t n = 0;
	char *bytes = S_ISREG(st->st_mode) ? file_read(path, &n) : NULL;
	const bool found_it = bytes && memmem(bytes, n, ctx, strlen(ctx));
	free(bytes);
	return found_it;
}

bool tree_holds(const char *path, const char *text)
{
	char *copy = strdup(text);
	const bool found_it = copy && walk(path, holds, copy);
	free(copy);
	return found_it;
}

/* --- what is remembered --- */

/* The judge's own acks, the log that grows, the terminal server's log. */
static bool is_ours(const char *path)
{
	const char *name = strrchr(path, '/');
	return strstr(path, "/acks") ||
	       (name && (strcmp(name, "/log.txt") == 0 || strcmp(name, "/room") == 0));
}

static bool remember(const char *path, const struct stat *st, void *ctx)
{
	(void)ctx;
	if (is_ours(path) || n_files == FILES_MAX)
		return false;
	struct file *f = &files[n_files++];
	memset(f, 0, sizeof(*f));
	(void)snprintf(f->path, sizeof(f->path), "%s", path);
	f->st = *st;
	if (S_ISREG(st->st_mode))
		f->bytes = file_read(path, &f->n_bytes);
	return false;
}

static void walk_all(const struct room *room, visit_fn *visit, void *ctx)
{
	(void)walk(room->repo, visit, ctx);
	(void)walk(room->home, visit, ctx);
	(void)walk(room->outside, visit, ctx);
}

void world_remember(const struct room *room)
{
	for (size_t i = 0; i < n_files; i++)
		free(files[i].bytes);
	n_files = 0;
	walk_all(room, remember, NULL);
}

static struct file *known(const char *path)
{
	for (size_t i = 0; i < n_files; i++)
		if (strcmp(files[i].path, path) == 0)
			return &files[i];
	return NULL;
}

/* ctime follows every change of content, mode, owner, links and attributes. */
static bool same(const struct stat *a, const struct stat *b)
{
	if (S_ISDIR(a->st_mode) && S_ISDIR(b->st_mode))
		return a->st_mode == b->st_mode && a->st_uid == b->st_uid;
	return a->st_ino == b->st_ino && a->st_mode == b->st_mode && a->st_size == b->st_size &&
	       a->st_nlink == b->st_nlink && a->st_uid == b->st_uid &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

struct finding {
	struct column *c;
	int id;
	bool any;
	char extra[PATH_SIZE];
};

static bool compare(const char *path, const struct stat *st, void *ctx)
{
	struct finding *f = ctx;
	if (is_ours(path))
		return false;
	struct file *file = known(path);
	const char *name = strrchr(path, '/');
	name = name ? name + 1 : path;
	if (!file) {
		found(f->c, f->id, "%s was made", name);
		if (!*f->extra)
			(void)snprintf(f->extra, sizeof(f->extra), "%s", path);
		f->any = true;
		return false;
	}
	file->seen = true;
	if (!same(&file->st, st)) {
		found(f->c, f->id, "%s was changed", name);
		f->any = true;
		file->seen = false;
	}
	return false;
}

static void put_back(struct file *file)
{
	struct stat st;
	if (lstat(file->path, &st) == 0 && (st.st_mode & S_IFMT) != (file->st.st_mode & S_IFMT))
		tree_remove(file->path);
	if (S_ISDIR(file->st.st_mode))
		(void)mkdir(file->path, 0755);
	else if (file->bytes)
		(void)(file_write(file->path, file->bytes, file->n_bytes,
			       file->st.st_mode & 07777) ||
			(unlink(file->path) == 0 &&
				file_write(file->path, file->bytes, file->n_bytes,
					file->st.st_mode & 07777)));
	(void)chmod(file->path, file->st.st_mode & 07777);
}

void world_judge(const struct room *room, struct column *c, int id)
{
	struct finding finding = {c, id, false, ""};
	char gone[PATH_SIZE + 32];
	char ledgers[PATH_SIZE + 32];
	(void)snprintf(gone, sizeof(gone), "%s/.stepgate.gone", room->repo);
	(void)snprintf(ledgers, sizeof(ledgers), "%s/.stepgate", room->repo);
	/* first: what the program has open there goes on under its own name */
	if (access(gone, F_OK) == 0) {
		found(c, id, ".stepgate was renamed");
		(void)rename(gone, ledgers);
	}
	for (int round = 0; round < 8; round++) {
		for (size_t i = 0; i < n_files; i++)
			files[i].seen = false;
		finding.any = false;
		finding.extra[0] = '\0';
		walk_all(room, compare, &finding);
		for (size_t i = 0; i < n_files; i++) {
			if (files[i].seen)
				continue;
			const char *name = strrchr(files[i].path, '/');
			found(c, id, "%s is gone", name ? name + 1 : files[i].path);
			put_back(&files[i]);
			(void)lstat(files[i].path, &files[i].st);
			finding.any = true;
		}
		if (*finding.extra)
			tree_remove(finding.extra);
		if (!finding.any)
			return;
	}
}
