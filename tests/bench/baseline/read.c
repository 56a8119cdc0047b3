/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The baseline of goal 1: a program that reads a file and does nothing else. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct stat st;
	const int fd = argc == 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0 || fstat(fd, &st) < 0)
		return 1;
	char *bytes = malloc((size_t)st.st_size + 1);
	if (!bytes)
		return 1;
	for (size_t at = 0; at < (size_t)st.st_size;) {
		const ssize_t n = read(fd, bytes + at, (size_t)st.st_size - at);
		if (n <= 0)
			return 1;
		at += (size_t)n;
	}
	free(bytes);
	close(fd);
	return 0;
}
