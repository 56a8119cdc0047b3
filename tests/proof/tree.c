/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A folder in memory, to make the same one many times. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/harness.h"
#include "proof.h"

uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t n_bytes)
{
	const unsigned char *at = bytes;

	for (; n_bytes >= 8; n_bytes -= 8, at += 8) {
		uint64_t word;
		memcpy(&word, at, sizeof(word));
		hash = (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15);
		hash ^= hash >> 29;
	}
	for (; n_bytes > 0; n_bytes--, at++)
		hash = (hash ^ *at) * UINT64_C(1099511628211);
	return hash ^ (hash >> 32);
}

static struct tree_file *add(struct tree *t, const char *path)
{
	if (t->n == t->capacity) {
		t->capacity = t->capacity ? 2 * t->capacity : 64;
		t->v = realloc(t->v, t->capacity * sizeof(*t->v));
		if (!t->v)
			proof_die("out of memory");
	}
	t->v[t->n] = (struct tree_file){.path = strdup(path)};
	return &t->v[t->n++];
}

static void read_file(struct tree_file *file, int fd)
{
	struct stat st;
	size_t n = 0;

	if (fstat(fd, &st) < 0)
		proof_die("cannot look at %s", file->path);
	file->mode = st.st_mode & 07777;
	file->bytes = proof_alloc((size_t)st.st_size + 1);
	while (n < (size_t)st.st_size) {
		const ssize_t got = read(fd, file->bytes + n, (size_t)st.st_size - n);
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	file->n_bytes = n;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void read_folder(struct tree *t, const char *folder, const char *prefix)
{
	struct dirent **names = NULL;
	const int n = scandir(folder, &names, NULL, by_name);

	for (int i = 0; i < n; i++) {
		const char *name = names[i]->d_name;
		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
			free(names[i]);
			continue;
		}
		char *path = sg_t_format("%s%s", prefix, name);
		char *full = sg_t_format("%s/%s", folder, name);
		struct tree_file *file = add(t, path);
		const int fd = open(full, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
		struct stat st;
		if (fd < 0 || fstat(fd, &st) < 0)
			proof_die("cannot read %s: %s", full, strerror(errno));
		file->is_dir = S_ISDIR(st.st_mode);
		file->mode = st.st_mode & 07777;
		if (file->is_dir) {
			char *deeper = sg_t_format("%s/", path);
			read_folder(t, full, deeper);
			free(deeper);
		} else {
			read_file(file, fd);
		}
		close(fd);
		free(path);
		free(full);
		free(names[i]);
	}
	free(names);
}

void tree_read(struct tree *ret, const char *folder)
{
	*ret = (struct tree){.n = 0};
	read_folder(ret, folder, "");
}

void tree_write(const struct tree *t, const char *folder)
{
	sg_t_rmtree(folder);
	const int dir = mkdir(folder, 0755) == 0 ? open(folder, O_PATH | O_DIRECTORY) : -1;

	if (dir < 0)
		proof_die("cannot make %s: %s", folder, strerror(errno));
	for (size_t i = 0; i < t->n; i++) {
		const struct tree_file *file = &t->v[i];
		if (file->is_dir) {
			if (mkdirat(dir, file->path, file->mode | 0700) < 0)
				proof_die("cannot make %s", file->path);
			continue;
		}
		const int fd = openat(
			dir, file->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file->mode);
		if (fd < 0 || write(fd, file->bytes, file->n_bytes) != (ssize_t)file->n_bytes)
			proof_die("cannot write %s/%s: %s", folder, file->path, strerror(errno));
		close(fd);
	}
	close(dir);
}

void tree_free(struct tree *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->v[i].path);
		free(t->v[i].bytes);
	}
	free(t->v);
	*t = (struct tree){.n = 0};
}

const struct tree_file *tree_find(const struct tree *t, const char *path)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->v[i].path, path) == 0)
			return &t->v[i];
	return NULL;
}

uint64_t tree_hash(const struct tree *t)
{
	uint64_t hash = HASH_START;

	for (size_t i = 0; i < t->n; i++) {
		const struct tree_file *file = &t->v[i];
		if (strcmp(file->path, SG_LOCK_FILE) == 0 ||
			strcmp(file->path, SG_RUNNER_FILE) == 0)
			continue;
		hash = hash_bytes(hash, file->path, strlen(file->path) + 1);
		if (!file->is_dir)
			hash = hash_bytes(hash, file->bytes, file->n_bytes);
	}
	return hash;
}
