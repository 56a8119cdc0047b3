/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See protocol.h. */
#include "bench/common/protocol.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static bool write_all(int fd, const char *bytes, size_t n_bytes)
{
	while (n_bytes > 0) {
		const ssize_t n = write(fd, bytes, n_bytes);
		if (n <= 0)
			return false;
		bytes += n;
		n_bytes -= (size_t)n;
	}
	return true;
}

static int lock(int folder)
{
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	const int fd = openat(folder, "LOCK", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd >= 0 && fcntl(fd, F_OFD_SETLK, &whole) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

bool protocol_append(const struct protocol_change *change, struct protocol_syncs *syncs)
{
	const int fd = openat(change->folder, "trace.jsonl",
		O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	bool good = fd >= 0 && write_all(fd, change->line, change->n_line);

	good = good && fdatasync(fd) == 0;
	syncs->n++;
	return fd >= 0 && close(fd) == 0 && good;
}

static bool replace(const struct protocol_change *change, struct protocol_syncs *syncs)
{
	char name[64];

	snprintf(name, sizeof(name), ".manifest.yaml.tmp.%ld", (long)getpid());
	const int fd =
		openat(change->folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	bool good = fd >= 0 && write_all(fd, change->manifest, change->n_manifest);

	good = good && fsync(fd) == 0;
	good = fd >= 0 && close(fd) == 0 && good;
	good = good && renameat(change->folder, name, change->folder, "manifest.yaml") == 0;
	good = good && fsync(change->folder) == 0;
	syncs->n += 2;
	return good;
}

bool protocol_commit(const struct protocol_change *change, struct protocol_syncs *syncs)
{
	struct stat st;
	const int held = lock(change->folder);

	if (held < 0)
		return false;
	/* what others appended, and whether somebody touched the manifest; neither need be there */
	(void)!fstatat(change->folder, "trace.jsonl", &st, 0);
	(void)!fstatat(change->folder, "manifest.yaml", &st, 0);
	const bool good = protocol_append(change, syncs) && replace(change, syncs);
	return close(held) == 0 && good;
}
