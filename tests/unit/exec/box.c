/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One command in a sandbox, for tests; see box.h. */
#include "box.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"

const char *sg_box_path(const struct sg_box *box, const char *below)
{
	static char paths[4][4096];
	static unsigned int next;
	char *path = paths[next++ % 4];
	(void)snprintf(path, sizeof(paths[0]), "%s/%s", box->root, below);
	return path;
}

static char *folder(const struct sg_box *box, const char *below)
{
	char *path = strdup(sg_box_path(box, below));
	cr_assert_eq(mkdir(path, 0755), 0, "%s: %s", path, strerror(errno));
	return path;
}

static char *file(const struct sg_box *box, const char *below, const char *text)
{
	char *path = strdup(sg_box_path(box, below));
	FILE *f = fopen(path, "w");
	cr_assert_not_null(f, "%s: %s", path, strerror(errno));
	(void)fputs(text, f);
	(void)fclose(f);
	return path;
}

void sg_box_enter(struct sg_box *box)
{
	struct stat st;
	memset(box, 0, sizeof(*box));
	sg_strbuf_init(&box->said);
	box->root = sg_t_tmpdir();
	box->repo = folder(box, "repo");
	box->docs = folder(box, "repo/docs");
	box->hidden = folder(box, "repo/.stepgate");
	free(file(box, "repo/.stepgate/trace.jsonl", "the trace\n"));
	box->manifest = file(box, "repo/RUNTIME_MANIFEST.yaml", "SESSION:\n");
	free(file(box, "repo/readme", "read me\n"));
	box->secret = file(box, "secret", "a secret\n");
	box->scratch = folder(box, "scratch");
	box->in = folder(box, "scratch/in");
	box->out = folder(box, "scratch/out");
	box->tmp = folder(box, "scratch/tmp");
	box->home = folder(box, "scratch/home");
	cr_assert_eq(sg_sandbox_probe(&box->walls, NULL), SG_OK);
	cr_assert_eq(stat(box->docs, &st), 0);
	box->write[0] = (struct sg_sandbox_path){box->docs, st.st_dev, st.st_ino};
	box->hide[0] = box->hidden;
	box->lock[0] = box->manifest;
	box->sandbox = (struct sg_sandbox){.walls = &box->walls,
		.folder = box->repo,
		.repository = box->repo,
		.write = box->write,
		.n_write = 1,
		.hidden = {box->hide, 1},
		.locked = {box->lock, 1},
		.scratch = box->scratch,
		.in = box->in,
		.out = box->out,
		.tmp = box->tmp,
		.home = box->home,
		.manifest = ""};
}

void sg_box_leave(struct sg_box *box)
{
	char *all[] = {box->root, box->repo, box->docs, box->hidden, box->manifest, box->secret,
		box->scratch, box->in, box->out, box->tmp, box->home};
	sg_t_rmtree(box->root);
	for (size_t i = 0; i < SG_ARRAY_SIZE(all); i++)
		free(all[i]);
	sg_strbuf_release(&box->said);
}

static pid_t start(
	struct sg_box *box, const char *const *argv, int *ret_status_fd, int *ret_out)
{
	char env[6][4200];
	const char *const values[] = {"/usr/local/bin:/usr/bin:/bin", box->root, box->repo,
		box->out, box->tmp, box->home};
	static const char *const names[] = {"PATH", "R", "REPO", "OUT", "TMPDIR", "HOME"};
	const char *list[8] = {NULL};
	int status[2], out[2];
	struct sg_err err = SG_ERR_INIT;
	pid_t pid = 0;
	for (size_t i = 0; i < 6; i++) {
		(void)snprintf(env[i], sizeof(env[i]), "%s=%s", names[i], values[i]);
		list[i] = env[i];
	}
	list[6] = "LANG=C.UTF-8";
	cr_assert_eq(pipe2(status, O_CLOEXEC), 0);
	cr_assert_eq(pipe2(out, O_CLOEXEC), 0);
	const struct sg_spawn_request request = {.argv = argv,
		.folder = box->repo,
		.env = list,
		.out_fd = out[1],
		.sandbox = &box->sandbox,
		.status_fd = status[1]};
	if (sg_spawn(&request, &pid, &err) < 0)
		sg_strbuf_adds(&box->said, err.text);
	(void)close(status[1]);
	(void)close(out[1]);
	*ret_status_fd = status[0];
	*ret_out = out[0];
	return pid;
}

static void gather(struct sg_box *box, int out)
{
	char bytes[4096];
	for (;;) {
		const ssize_t n = read(out, bytes, sizeof(bytes));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		sg_strbuf_add(&box->said, bytes, (size_t)n);
	}
}

bool sg_box_run_argv(struct sg_box *box, const char *const *argv)
{
	SG_CLEANUP(sg_fd_close) int status_fd = -1;
	SG_CLEANUP(sg_fd_close) int out = -1;
	sg_strbuf_clear(&box->said);
	box->status = -1;
	const pid_t pid = start(box, argv, &status_fd, &out);
	if (pid == 0)
		return false;
	gather(box, out);
	while (waitpid(pid, &box->status, 0) < 0 && errno == EINTR)
		;
	if (read(status_fd, &box->status, sizeof(box->status)) != sizeof(box->status))
		sg_strbuf_adds(&box->said, "[no status came]");
	return box->status == 0;
}

bool sg_box_run(struct sg_box *box, const char *script)
{
	const char *const argv[] = {"sh", "-c", script, NULL};
	return sg_box_run_argv(box, argv);
}

pid_t sg_box_start(struct sg_box *box, const char *script, int *ret_status_fd)
{
	const char *const argv[] = {"sh", "-c", script, NULL};
	int out = -1;
	const pid_t pid = start(box, argv, ret_status_fd, &out);
	sg_fd_close(&out);
	return pid;
}

const char *sg_box_read(const struct sg_box *box, const char *below)
{
	static char bytes[4096];
	FILE *f = fopen(sg_box_path(box, below), "r");
	size_t n = f ? fread(bytes, 1, sizeof(bytes) - 1, f) : 0;
	bytes[n] = '\0';
	if (f)
		(void)fclose(f);
	return bytes;
}
