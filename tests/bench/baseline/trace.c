/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The baseline of goal 5: sha256 of a trace and jansson's parse of each of its lines. */
#include <fcntl.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *read_file(const char *path, size_t *ret_n_bytes)
{
	struct stat st;
	const int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) < 0)
		return NULL;
	char *bytes = malloc((size_t)st.st_size + 1);
	for (size_t at = 0; bytes && at < (size_t)st.st_size;) {
		const ssize_t n = read(fd, bytes + at, (size_t)st.st_size - at);
		if (n <= 0)
			return NULL;
		at += (size_t)n;
	}
	close(fd);
	*ret_n_bytes = (size_t)st.st_size;
	return bytes;
}

int main(int argc, char **argv)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned length = 0;
	size_t n_bytes = 0;
	char *bytes = argc == 2 ? read_file(argv[1], &n_bytes) : NULL;

	if (!bytes || EVP_Digest(bytes, n_bytes, digest, &length, EVP_sha256(), NULL) != 1)
		return 1;
	for (const char *line = bytes; line < bytes + n_bytes;) {
		const char *end = memchr(line, '\n', (size_t)(bytes + n_bytes - line));
		if (!end)
			return 1;
		json_t *value = json_loadb(line, (size_t)(end - line), 0, NULL);
		if (!value)
			return 1;
		json_decref(value);
		line = end + 1;
	}
	free(bytes);
	return 0;
}
