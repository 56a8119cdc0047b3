/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where things lie, and what they hold; see bench.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "bench/common/bench.h"

void bench_die(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fputs("bench: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

char *bench_format(const char *format, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, format);
	const int n = vasprintf(&text, format, args);
	va_end(args);
	if (n < 0)
		bench_die("out of memory");
	return text;
}

/* The folder of the running program. */
static const char *own_folder(void)
{
	static char path[PATH_MAX];

	if (path[0])
		return path;
	const ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	if (n <= 0)
		bench_die("cannot find the own program: %s", strerror(errno));
	path[n] = '\0';
	*strrchr(path, '/') = '\0';
	return path;
}

const char *bench_stepgate(void)
{
	static char *path;
	const char *given = getenv("STEPGATE");

	if (!path)
		path = given && *given ? bench_format("%s", given)
				       : bench_format("%s/../stepgate", own_folder());
	if (access(path, X_OK) < 0)
		bench_die("cannot run '%s': %s", path, strerror(errno));
	return path;
}

char *bench_baseline(const char *name)
{
	char *path = bench_format("%s/baseline-%s", own_folder(), name);

	if (access(path, X_OK) < 0)
		bench_die("cannot run '%s': %s", path, strerror(errno));
	return path;
}

char *bench_scratch(void)
{
	char *folder = bench_format("%s/scratch-XXXXXX", own_folder());

	if (!mkdtemp(folder))
		bench_die("cannot make the folder '%s': %s", folder, strerror(errno));
	return folder;
}

void bench_scratch_remove(const char *folder)
{
	struct sg_err err = SG_ERR_INIT;

	if (sg_fs_remove_tree(AT_FDCWD, folder, &err) < 0)
		bench_die("%s", err.text);
}

void bench_write(const char *path, const void *bytes, size_t n_bytes)
{
	FILE *file = fopen(path, "we");

	if (!file || fwrite(bytes, 1, n_bytes, file) != n_bytes || fclose(file) != 0)
		bench_die("cannot write '%s': %s", path, strerror(errno));
}

char *bench_read(const char *path, size_t *ret_n_bytes)
{
	const int64_t size = bench_size(path);
	char *bytes = malloc((size_t)size + 1);
	FILE *file = fopen(path, "re");

	if (!bytes || !file || fread(bytes, 1, (size_t)size, file) != (size_t)size)
		bench_die("cannot read '%s': %s", path, strerror(errno));
	fclose(file);
	bytes[size] = '\0';
	*ret_n_bytes = (size_t)size;
	return bytes;
}

int64_t bench_size(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		bench_die("cannot look at '%s': %s", path, strerror(errno));
	return st.st_size;
}

bool bench_has(const char *command)
{
	const char *path = getenv("PATH");
	bool found = false;

	for (const char *at = path ? path : ""; *at && !found;) {
		const size_t n = strcspn(at, ":");
		char *file = bench_format("%.*s/%s", (int)n, at, command);
		found = access(file, X_OK) == 0;
		free(file);
		at += n + (at[n] == ':');
	}
	return found;
}
