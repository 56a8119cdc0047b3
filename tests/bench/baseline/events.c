/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The baseline of goal 2: libyaml's events of a file, one after the other, thrown away. */
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

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
	yaml_parser_t parser;
	yaml_event_t event;
	size_t n_bytes = 0;
	char *bytes = argc == 2 ? read_file(argv[1], &n_bytes) : NULL;

	if (!bytes || !yaml_parser_initialize(&parser))
		return 1;
	yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, n_bytes);
	for (bool ended = false; !ended;) {
		if (!yaml_parser_parse(&parser, &event))
			return 1;
		ended = event.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	free(bytes);
	return 0;
}
