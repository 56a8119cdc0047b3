/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The history file. */
#include "ui/prompt_history.h"

#include <fcntl.h>
#include <string.h>

#include "base/fs.h"
#include "ui/complete.h"

#define LOCK_TIMEOUT_MS 200
#define MAX_BYTES       ((size_t)4 << 20)

static int lock(const char *path)
{
	int fd = -1;
	struct sg_strbuf name = SG_STRBUF_INIT;
	sg_strbuf_addf(&name, "%s.lock", path);
	if (sg_fs_lock(AT_FDCWD, name.bytes, LOCK_TIMEOUT_MS, &fd, NULL) != SG_OK)
		fd = -1;
	sg_strbuf_release(&name);
	return fd;
}

/* Folder by folder; what is there already is refused by mkdir, which is as good. */
static void make_folders(const char *path)
{
	struct sg_strbuf folder = SG_STRBUF_INIT;
	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		sg_strbuf_clear(&folder);
		sg_strbuf_add(&folder, path, (size_t)(slash - path));
		(void)sg_fs_mkdir(AT_FDCWD, folder.bytes, 0700, NULL);
	}
	sg_strbuf_release(&folder);
}

static void split(struct sg_arena *arena, const struct sg_strbuf *bytes, struct sg_strs *ret)
{
	struct sg_strs_builder b;
	sg_strs_builder_init(&b, arena);
	for (const char *p = bytes->bytes; *p;) {
		size_t n = strcspn(p, "\n");
		const char *line = sg_arena_strn(arena, p, n);
		/* what another program wrote there is held to the same rule */
		if (line && sg_complete_remembers(line))
			sg_strs_builder_add(&b, line);
		p += n + (p[n] == '\n');
	}
	*ret = sg_strs_builder_list(&b);
}

/*
 * Under the lock, so that a line which another prompt appends is not lost between read and cut.
 */
static void cut(const char *path, const struct sg_strs *lines)
{
	int fd SG_CLEANUP(sg_fd_close) = -1;
	struct sg_strbuf bytes = SG_STRBUF_INIT;
	for (size_t i = 0; i < lines->n; i++)
		sg_strbuf_addf(&bytes, "%s\n", lines->v[i]);
	if (!sg_strbuf_failed(&bytes) &&
		sg_fs_open_append(AT_FDCWD, path, 0600, &fd, NULL) == SG_OK &&
		sg_fs_truncate(fd, path, 0, NULL) == SG_OK)
		(void)sg_fs_write_all(fd, path, bytes.bytes, bytes.n_bytes, NULL);
	sg_strbuf_release(&bytes);
}

void sg_history_load(const char *path, struct sg_arena *arena, struct sg_strs *ret)
{
	struct sg_strbuf bytes = SG_STRBUF_INIT;
	make_folders(path);
	int held = lock(path);
	memset(ret, 0, sizeof(*ret));
	if (sg_fs_read(AT_FDCWD, path, MAX_BYTES, &bytes, NULL) == SG_OK)
		split(arena, &bytes, ret);
	bool long_file = ret->n > 2 * (size_t)SG_HISTORY_LINES;
	if (ret->n > SG_HISTORY_LINES) {
		ret->v += ret->n - SG_HISTORY_LINES;
		ret->n = SG_HISTORY_LINES;
	}
	if (long_file && held >= 0)
		cut(path, ret);
	if (held >= 0)
		sg_fs_unlock(&held);
	sg_strbuf_release(&bytes);
}

void sg_history_append(const char *path, const char *line)
{
	int fd SG_CLEANUP(sg_fd_close) = -1;
	struct sg_strbuf bytes = SG_STRBUF_INIT;
	int held = lock(path);
	sg_strbuf_addf(&bytes, "%s\n", line);
	if (held >= 0 && !sg_strbuf_failed(&bytes) &&
		sg_fs_open_append(AT_FDCWD, path, 0600, &fd, NULL) == SG_OK)
		(void)sg_fs_write_all(fd, path, bytes.bytes, bytes.n_bytes, NULL);
	if (held >= 0)
		sg_fs_unlock(&held);
	sg_strbuf_release(&bytes);
}
