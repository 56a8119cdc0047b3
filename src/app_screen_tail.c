/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The logs of what another process runs, followed as they grow. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app_screen.h"
#include "base/fs.h"

/* What was there before we came is shown from here; a flood is followed in pieces. */
#define FIRST_BYTES ((int64_t)16 << 10)
#define PIECE_BYTES ((size_t)64 << 10)

/* A role's log lies in its attempt's folder "SPC.1", an engine's in one of its own there. */
static void begin_stream(struct sg_app_screen *s, const char *folder)
{
	char name[64];
	const char *slash = strrchr(folder, '/');
	(void)snprintf(name, sizeof(name), "%s", slash ? slash + 1 : folder);
	sg_plain_stream_end(&s->app->out, &s->tail);
	sg_plain_stream_begin(&s->tail, name);
	(void)snprintf(s->tail_folder, sizeof(s->tail_folder), "%s", folder);
	(void)snprintf(s->log.name, sizeof(s->log.name), "%s", s->tail.name);
}

void sg_as_tail(struct sg_app_screen *s, struct sg_as_watch *watch)
{
	char bytes[4096];
	struct stat st;
	int fd SG_CLEANUP(sg_fd_close) = -1;
	struct sg_strbuf path = SG_STRBUF_INIT;
	sg_strbuf_addf(&path, "%s/%s", watch->log_folder, SG_AS_LOG_FILE);
	enum sg_rc rc = sg_fs_open_read(AT_FDCWD, path.bytes, &fd, NULL);
	sg_strbuf_release(&path);
	if (rc != SG_OK || fstat(fd, &st) < 0)
		return;
	if (watch->log_at < 0)
		watch->log_at = st.st_size > FIRST_BYTES ? st.st_size - FIRST_BYTES : 0;
	/* of a flood only the end is of use to who looks at it */
	if (st.st_size - watch->log_at > (int64_t)PIECE_BYTES)
		watch->log_at = st.st_size - (int64_t)PIECE_BYTES;
	if (strcmp(s->tail_folder, watch->log_folder) != 0)
		begin_stream(s, watch->log_folder);
	for (ssize_t n; (n = pread(fd, bytes, sizeof(bytes), watch->log_at)) > 0;) {
		sg_plain_stream_add(&s->app->out, &s->tail, bytes, (size_t)n);
		watch->log_at += n;
	}
}
