/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the log of what failed ends: the reason that the program itself gave. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app.h"
#include "base/fs.h"

#define TAIL_BYTES 4096
#define TAIL_LINES 3

/* The first row that failed, of the engines and then of the roles, and that left a log. */
static const struct sg_proof *what_failed(const struct sg_run *run)
{
	const struct sg_manifest *m = &run->manifest;
	const struct sg_proof *proof = NULL;
	for (size_t i = 0; i < m->engines.entries.n && !proof; i++)
		if (m->engines.entries.v[i].status == SG_ROW_STATUS_FAILED)
			proof = sg_app_log_proof(run, m->engines.entries.v[i].eng_key);
	for (size_t i = 0; i < m->roles.n && !proof; i++)
		if (m->roles.v[i].status == SG_ROW_STATUS_FAILED)
			proof = sg_app_log_proof(run, m->roles.v[i].role);
	return proof;
}

/* The end of a file, from a whole line on where there is one. */
static char *tail_of(int dir, const char *path, struct sg_arena *arena)
{
	int fd SG_CLEANUP(sg_fd_close) = -1;
	struct stat st;
	char *bytes = sg_arena_alloc(arena, TAIL_BYTES + 1);
	if (!bytes || sg_fs_open_beneath(dir, path, &fd, NULL) != SG_OK || fstat(fd, &st) < 0)
		return NULL;
	const off_t from = st.st_size > TAIL_BYTES ? st.st_size - TAIL_BYTES : 0;
	ssize_t n = pread(fd, bytes, TAIL_BYTES, from);
	if (n <= 0)
		return NULL;
	for (ssize_t i = 0; i < n; i++)
		if (!bytes[i] || bytes[i] == '\t' || bytes[i] == '\r')
			bytes[i] = ' ';
	bytes[n] = '\0';
	char *newline = from ? strchr(bytes, '\n') : NULL;
	return newline && newline[1] ? newline + 1 : bytes;
}

const struct sg_log_end *sg_app_cause(struct sg_app *app, struct sg_arena *arena)
{
	const struct sg_run *run = sg_session_run(app->session);
	const struct sg_proof *proof = run->state == SG_STATE_STOPPED ? what_failed(run) : NULL;
	struct sg_log_end *cause = sg_arena_alloc(arena, sizeof(*cause));
	struct sg_strs_builder b;
	const char *lines[TAIL_LINES];
	size_t n = 0;
	if (!proof || !cause)
		return NULL;
	char *text = tail_of(sg_session_dir(app->session), proof->exec.log, arena);
	while (text && n < TAIL_LINES) {
		char *newline = strrchr(text, '\n');
		const char *line = newline ? newline + 1 : text;
		if (line[strspn(line, " \t\r")])
			lines[n++] = line;
		if (!newline)
			break;
		*newline = '\0';
	}
	sg_strs_builder_init(&b, arena);
	while (n)
		sg_strs_builder_add(&b, lines[--n]);
	*cause = (struct sg_log_end){proof->name, sg_strs_builder_list(&b)};
	return cause->lines.n ? cause : NULL;
}
