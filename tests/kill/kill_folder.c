/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Run folders: copies, removal, a digest of everything in them. */
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/hash.h"
#include "kill.h"

char kill_root[PATH_SIZE];
const char *kill_program;
const char *kill_source;

_Noreturn void die(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	(void)fputs("kill: ", stderr);
	(void)vfprintf(stderr, format, args);
	(void)fputc('\n', stderr);
	va_end(args);
	exit(2);
}

bool note_set(struct note *note, enum problem problem, const char *format, ...)
{
	va_list args;
	if (note->problem != FINE)
		return false;
	note->problem = problem;
	va_start(args, format);
	(void)vsnprintf(note->text, sizeof(note->text), format, args);
	va_end(args);
	return false;
}

void folder_path(char ret[PATH_SIZE], const char *folder, const char *name)
{
	const int n = snprintf(ret, PATH_SIZE, "%s/%s%s%s", kill_root, folder, name ? "/" : "",
		name ? name : "");
	if (n < 0 || n >= PATH_SIZE)
		die("a path is too long");
}

static void run_argv(const char *what, char *const *argv)
{
	int status = 0;
	const pid_t pid = fork();
	if (pid == 0) {
		(void)execvp(argv[0], argv);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (pid < 0 || status != 0)
		die("%s failed", what);
}

static char *text_copy(const char *text)
{
	char *copy = strdup(text);
	if (!copy)
		die("out of memory");
	return copy;
}

void folder_run(const char *folder, const char *line)
{
	char path[PATH_SIZE];
	struct sg_strbuf whole = SG_STRBUF_INIT;

	folder_path(path, folder, NULL);
	sg_strbuf_addf(&whole, "cd '%s' && { %s\n}", path, line);
	char *argv[] = {text_copy("sh"), text_copy("-ec"), whole.bytes, NULL};
	run_argv(line, argv);
	free(argv[0]);
	free(argv[1]);
	sg_strbuf_release(&whole);
}

/* --- walks --- */

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static FTS *walk(char *path)
{
	char *const paths[] = {path, NULL};
	FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	if (!fts)
		die("cannot walk %s", path);
	return fts;
}

/*
 * Bytes, mode and times: git and the store look at all three. What is removed meanwhile, by a
 * command that is still at work, is left out.
 */
static void copy_file(const char *from, const char *to, const struct stat *st)
{
	const struct timespec times[2] = {st->st_atim, st->st_mtim};
	char bytes[16384];
	const int in = open(from, O_RDONLY | O_CLOEXEC);
	if (in < 0 && errno == ENOENT)
		return;
	const int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ssize_t n = in < 0 || out < 0 ? -1 : 0;

	while (n >= 0 && (n = read(in, bytes, sizeof(bytes))) > 0)
		if (write(out, bytes, (size_t)n) != n)
			n = -1;
	if (n < 0 || fchmod(out, st->st_mode & 07777) < 0 || futimens(out, times) < 0)
		die("cannot copy %s", from);
	(void)close(in);
	(void)close(out);
}

static void copy_entry(const FTSENT *e, const char *to)
{
	const struct timespec times[2] = {e->fts_statp->st_atim, e->fts_statp->st_mtim};
	char link[PATH_SIZE];

	switch (e->fts_info) {
	case FTS_D:
		if (mkdir(to, 0700) < 0)
			die("cannot make %s", to);
		return;
	case FTS_DP:
		if (chmod(to, e->fts_statp->st_mode & 07777) < 0 ||
			utimensat(AT_FDCWD, to, times, 0) < 0)
			die("cannot copy %s", e->fts_accpath);
		return;
	case FTS_SL:
	case FTS_SLNONE:
		memset(link, 0, sizeof(link));
		if (readlink(e->fts_accpath, link, sizeof(link) - 1) < 0 ||
			symlink(link, to) < 0)
			die("cannot copy %s", e->fts_accpath);
		return;
	case FTS_F: copy_file(e->fts_accpath, to, e->fts_statp); return;
	default:
		if (e->fts_errno == ENOENT)
			return;
		die("cannot copy %s", e->fts_accpath);
	}
}

void folder_copy(const char *from, const char *to)
{
	char source[PATH_SIZE];
	char target[PATH_SIZE];

	folder_path(source, from, NULL);
	const size_t n_source = strlen(source);
	FTS *fts = walk(source);
	for (FTSENT *e; (e = fts_read(fts)) != NULL;) {
		folder_path(target, to, e->fts_path[n_source] ? e->fts_path + n_source + 1 : NULL);
		copy_entry(e, target);
	}
	(void)fts_close(fts);
}

void folder_remove(const char *name)
{
	char path[PATH_SIZE];

	folder_path(path, name, NULL);
	if (access(path, F_OK) != 0)
		return;
	FTS *fts = walk(path);
	for (FTSENT *e; (e = fts_read(fts)) != NULL;) {
		if (e->fts_info == FTS_D)
			(void)chmod(
				e->fts_accpath, 0700); /* the inputs of a role are read-only */
		else if (e->fts_info == FTS_DP)
			(void)rmdir(e->fts_accpath);
		else
			(void)unlink(e->fts_accpath);
	}
	(void)fts_close(fts);
}

static void add_file(struct sg_sha256 *ctx, const char *path)
{
	char bytes[16384];
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	for (ssize_t n; fd >= 0 && (n = read(fd, bytes, sizeof(bytes))) > 0;)
		sg_sha256_add(ctx, bytes, (size_t)n);
	if (fd >= 0)
		(void)close(fd);
}

void folder_digest(const char *name, char ret_hex[65])
{
	char path[PATH_SIZE];
	struct sg_sha256 ctx;

	folder_path(path, name, NULL);
	const size_t n_root = strlen(path);
	sg_sha256_begin(&ctx);
	FTS *fts = walk(path);
	for (FTSENT *e; (e = fts_read(fts)) != NULL;) {
		if (e->fts_info == FTS_DP)
			continue;
		if (strcmp(e->fts_name, ".git") == 0) {
			(void)fts_set(fts, e, FTS_SKIP);
			continue;
		}
		sg_sha256_add(&ctx, e->fts_path + n_root, strlen(e->fts_path + n_root) + 1);
		/* a lock says who held it last, and is no state */
		if (e->fts_info == FTS_F && strcmp(e->fts_name, "LOCK") != 0)
			add_file(&ctx, e->fts_accpath);
	}
	(void)fts_close(fts);
	sg_sha256_end(&ctx, ret_hex);
}

bool folder_has_temp(const char *name)
{
	char path[PATH_SIZE];
	bool found = false;

	folder_path(path, name, NULL);
	FTS *fts = walk(path);
	for (FTSENT *e; (e = fts_read(fts)) != NULL;) {
		if (e->fts_level == 1 && e->fts_info == FTS_D)
			(void)fts_set(fts, e, FTS_SKIP);
		found = found || (e->fts_level == 1 && strstr(e->fts_name, ".tmp."));
	}
	(void)fts_close(fts);
	return found;
}

/* --- files --- */

bool file_read(const char *folder, const char *name, struct sg_strbuf *out)
{
	char path[PATH_SIZE];
	char bytes[16384];

	folder_path(path, folder, name);
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	for (ssize_t n; (n = read(fd, bytes, sizeof(bytes))) > 0;)
		sg_strbuf_add(out, bytes, (size_t)n);
	(void)close(fd);
	return true;
}

void file_write(const char *folder, const char *name, const void *bytes, size_t n_bytes)
{
	char path[PATH_SIZE];

	folder_path(path, folder, name);
	const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, bytes, n_bytes) != (ssize_t)n_bytes || close(fd) != 0)
		die("cannot write %s", path);
}
