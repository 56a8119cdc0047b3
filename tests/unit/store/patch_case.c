/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See patch_case.h. */
#include "patch_case.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/harness.h"

extern char **environ;

static void read_all(int fd, struct sg_strbuf *out)
{
	char chunk[4096];

	for (;;) {
		const ssize_t n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		sg_strbuf_add(out, chunk, (size_t)n);
	}
}

static int run(void *ctx, const char *dir_path, const char *const *argv, const char *const *env,
	struct sg_strbuf *out, struct sg_err *err)
{
	int pipes[2];
	int status = 0;

	(void)ctx;
	if (pipe2(pipes, O_CLOEXEC) < 0)
		return sg_err_errno(err, SG_STORAGE, errno, "cannot make a pipe"), -1;
	const pid_t pid = fork();
	if (pid == 0) {
		for (size_t i = 0; env[i]; i++)
			putenv((char *)(uintptr_t)env[i]);
		const int null = open("/dev/null", O_RDWR);
		if (chdir(dir_path) < 0 || dup2(null, 0) < 0 || dup2(pipes[1], 1) < 0 ||
			dup2(null, 2) < 0)
			_exit(126);
		execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	close(pipes[1]);
	read_all(pipes[0], out);
	close(pipes[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (WIFEXITED(status) && WEXITSTATUS(status) != 127)
		return WEXITSTATUS(status);
	sg_err_set(err, SG_STORAGE, "cannot run '%s'", argv[0]);
	return -1;
}

static const struct sg_command_runner runner = {run, NULL};

struct patch_case patch_case_make(const char *below, bool git)
{
	struct patch_case c = {.top = sg_t_tmpdir(), .diff = SG_STRBUF_INIT};

	sg_arena_init(&c.arena);
	c.root = below[0] ? sg_t_format("%s/%s", c.top, below) : sg_t_format("%s", c.top);
	patch_case_put(&c, "RUNTIME_MANIFEST.yaml", "SESSION:\n");
	patch_case_put(&c, ".stepgate/trace.jsonl", "{}\n");
	patch_case_put(&c, "CHANGELOG.md", "# C\n");
	/* the repository must not be one that lies above the temporary folder */
	setenv("GIT_CEILING_DIRECTORIES", c.top, 1);
	char *ceiling = sg_t_format("%s", c.top);
	*strrchr(ceiling, '/') = '\0';
	setenv("GIT_CEILING_DIRECTORIES", ceiling, 1);
	free(ceiling);
	if (git)
		patch_case_sh(&c,
			"git init -q . && git config user.name t && git config user.email t@t");
	c.where = (struct sg_tree_where){
		.dir = open(c.root, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
		.dir_path = c.root,
		.manifest_name = "RUNTIME_MANIFEST.yaml",
		.active_folder = "",
		.step_id = "0001",
		.runner = &runner,
	};
	return c;
}

void patch_case_drop(struct patch_case *c)
{
	close(c->where.dir);
	sg_t_rmtree(c->top);
	free(c->top);
	free(c->root);
	sg_strbuf_release(&c->diff);
	sg_arena_release(&c->arena);
}

void patch_case_put(const struct patch_case *c, const char *path, const char *text)
{
	char *full = sg_t_format("%s/%s", c->root, path);

	sg_t_write_text(full, text);
	free(full);
}

char *patch_case_get(const struct patch_case *c, const char *path)
{
	char *full = sg_t_format("%s/%s", c->root, path);
	char *text = sg_t_read(full, NULL);

	free(full);
	return text;
}

void patch_case_remove(const struct patch_case *c, const char *path)
{
	char *full = sg_t_format("%s/%s", c->root, path);

	cr_assert_eq(unlink(full), 0);
	free(full);
}

void patch_case_link(const struct patch_case *c, const char *text, const char *path)
{
	char *full = sg_t_format("%s/%s", c->root, path);

	cr_assert_eq(symlink(text, full), 0);
	free(full);
}

void patch_case_sh(const struct patch_case *c, const char *command)
{
	const char *const argv[] = {"sh", "-c", command, NULL};
	const char *const env[] = {NULL};
	struct sg_strbuf out = SG_STRBUF_INIT;

	cr_assert_eq(run(NULL, c->top, argv, env, &out, NULL), 0, "%s", command);
	sg_strbuf_release(&out);
}

const char *patch_case_snapshot(struct patch_case *c)
{
	const char *base = NULL;

	cr_assert_eq(sg_patch_snapshot(&c->where, &c->arena, &base, &c->err), SG_OK, "%s",
		c->err.text);
	return base;
}

struct sg_patch patch_case_compare(struct patch_case *c, const char *base)
{
	struct sg_patch patch = {0};

	sg_strbuf_clear(&c->diff);
	cr_assert_eq(
		sg_patch_compare(&c->where, base, "", "", &c->arena, &patch, &c->diff, &c->err),
		SG_OK, "%s", c->err.text);
	return patch;
}

void patch_case_expect(const struct sg_patch *patch, const char *const *files)
{
	size_t n = 0;

	for (; files[n] && n < patch->files.n; n++)
		cr_expect_str_eq(patch->files.v[n], files[n]);
	cr_expect_eq(n, patch->files.n, "one too many: %s",
		n < patch->files.n ? patch->files.v[n] : "");
	cr_expect_null(files[n], "not among the changes: %s", files[n]);
	cr_expect_eq(patch->changed, n > 0);
}
