/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The baseline of goal 3 as a process: baseline-commit FOLDER reads trace and manifest, and makes
 * one durable change of the same sizes.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/common/protocol.h"

#define LINE_BYTES 420

static char *read_file(int folder, const char *name, size_t *ret_n_bytes)
{
	struct stat st;
	const int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) < 0)
		return NULL;
	char *bytes = malloc((size_t)st.st_size + 1);
	if (bytes && read(fd, bytes, (size_t)st.st_size) != st.st_size)
		return NULL;
	close(fd);
	*ret_n_bytes = (size_t)st.st_size;
	return bytes;
}

int main(int argc, char **argv)
{
	char line[LINE_BYTES];
	struct protocol_syncs syncs = {0};
	struct protocol_change change = {.line = line, .n_line = sizeof(line)};
	size_t n_trace = 0;

	change.folder = argc == 2 ? open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (change.folder < 0)
		return 1;
	char *trace = read_file(change.folder, "trace.jsonl", &n_trace);
	char *manifest = read_file(change.folder, "manifest.yaml", &change.n_manifest);
	if (!trace || !manifest)
		return 1;
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	change.manifest = manifest;
	const bool good = protocol_commit(&change, &syncs);
	free(trace);
	free(manifest);
	return good ? 0 : 1;
}
