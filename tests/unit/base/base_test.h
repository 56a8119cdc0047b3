/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests of base share: a folder of their own, open; small files; numbers. */
#ifndef STEPGATE_TESTS_UNIT_BASE_BASE_TEST_H
#define STEPGATE_TESTS_UNIT_BASE_BASE_TEST_H

#include <criterion/criterion.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "harness/harness.h"

/* A fresh folder, entered and left by the two functions below, which set and free all of it. */
struct sg_bt_room {
	int dir;
	char *path;
};

static inline void sg_bt_enter(struct sg_bt_room *room)
{
	room->path = sg_t_tmpdir();
	room->dir = open(room->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cr_assert_geq(room->dir, 0);
}

/* Also puts the kernel's own calls back, whatever the test had in their place. */
static inline void sg_bt_leave(struct sg_bt_room *room)
{
	sg_fs = &sg_fs_kernel;
	close(room->dir);
	sg_t_rmtree(room->path);
	free(room->path);
}

/* Content of a small file as text; "(none)" if it cannot be opened. */
static inline const char *sg_bt_slurp(int dir, const char *path, char *out, size_t out_size)
{
	const int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);

	snprintf(out, out_size, "(none)");
	if (fd < 0)
		return out;
	const ssize_t n = read(fd, out, out_size - 1);
	out[n > 0 ? n : 0] = '\0';
	close(fd);
	return out;
}

static inline void sg_bt_spill(int dir, const char *path, const char *text)
{
	const int fd = openat(dir, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	cr_assert_geq(fd, 0, "cannot create %s", path);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

/* Marsaglia's xorshift64: the same numbers everywhere for the same seed (not 0). */
static inline uint64_t sg_bt_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

#endif
