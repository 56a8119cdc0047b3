/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Starting one process: what the child finds, and what comes back when it cannot start. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "exec/spawn.h"
#include "harness/harness.h"

static const char *const plain_env[] = {"PATH=/usr/bin:/bin", "A=1", NULL};

/* Runs argv with stdout and stderr in a file of folder, and gives back what it printed. */
static char *run(
	const char *folder, const char *const *argv, const char *const *env, int *ret_status)
{
	char *path = sg_t_format("%s/printed", folder);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	const struct sg_spawn_request request = {.argv = argv,
		.folder = folder, .env = env, .out_fd = fd};
	struct sg_err err = SG_ERR_INIT;
	pid_t pid = 0;
	cr_assert_eq(sg_spawn(&request, &pid, &err), SG_OK, "%s", err.text);
	cr_assert_eq(waitpid(pid, ret_status, 0), pid);
	close(fd);
	char *text = sg_t_read(path, NULL);
	free(path);
	return text;
}

Test(spawn, the_child_has_exactly_the_environment_that_it_is_given)
{
	char *folder = sg_t_tmpdir();
	const char *const argv[] = {"env", NULL};
	int status;
	setenv("LD_BIND_NOW", "1", 1);
	char *text = run(folder, argv, plain_env, &status);
	cr_assert_eq(status, 0);
	cr_assert_str_eq(text, "PATH=/usr/bin:/bin\nA=1\n");
	free(text);
	sg_t_rmtree(folder);
	free(folder);
	SG_LEAKCHECK();
}

Test(spawn, the_child_has_no_descriptors_but_the_first_three)
{
	char *folder = sg_t_tmpdir();
	/* ours that are not close-on-exec: they must not get through */
	int loose = dup2(STDERR_FILENO, 77);
	const char *const argv[] = {"sh", "-c", "echo /proc/$$/fd/*", NULL};
	int status;
	char *text = run(folder, argv, plain_env, &status);
	close(loose);
	int n = 0;
	for (const char *p = text; (p = strstr(p, "/fd/")); p += 4)
		n++;
	/* sh opens the folder itself while it looks: that one is its own */
	cr_assert_leq(n, 4, "found: %s", text);
	cr_assert_null(strstr(text, "/fd/77"), "found: %s", text);
	cr_assert_not_null(strstr(text, "/fd/2"), "found: %s", text);
	free(text);
	sg_t_rmtree(folder);
	free(folder);
	SG_LEAKCHECK();
}

Test(spawn, stdin_is_empty_and_there_is_no_terminal)
{
	char *folder = sg_t_tmpdir();
	const char *const argv[] = {"sh", "-c",
		"readlink /proc/$$/fd/0; cat | wc -c; (: </dev/tty) 2>/dev/null || echo no "
		"terminal",
		NULL};
	int status;
	char *text = run(folder, argv, plain_env, &status);
	cr_assert_str_eq(text, "/dev/null\n0\nno terminal\n");
	free(text);
	sg_t_rmtree(folder);
	free(folder);
	SG_LEAKCHECK();
}

Test(spawn, it_works_when_our_own_standard_descriptors_are_closed)
{
	char *folder = sg_t_tmpdir();
	char *path = sg_t_format("%s/printed", folder);
	const char *const argv[] = {"sh", "-c", "echo out; echo err >&2; cat", NULL};
	pid_t pid = fork();
	if (pid == 0) {
		struct sg_err err = SG_ERR_INIT;
		pid_t child;
		int status = 1;
		close(0);
		close(1);
		close(2);
		int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		const struct sg_spawn_request request = {.argv = argv,
		.folder = folder, .env = plain_env, .out_fd = fd};
		if (sg_spawn(&request, &child, &err) == SG_OK)
			(void)waitpid(child, &status, 0);
		_exit(status == 0 ? 0 : 1);
	}
	int status;
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert_eq(status, 0);
	char *text = sg_t_read(path, NULL);
	cr_assert_str_eq(text, "out\nerr\n");
	free(text);
	free(path);
	sg_t_rmtree(folder);
	free(folder);
	SG_LEAKCHECK();
}

Test(spawn, signals_are_neither_blocked_nor_ignored_in_the_child)
{
	char *folder = sg_t_tmpdir();
	const char *const argv[] = {
		"sh", "-c", "grep -E '^Sig(Blk|Ign)' /proc/self/status", NULL};
	sigset_t all, before;
	int status;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	signal(SIGPIPE, SIG_IGN);
	/* as some parents leave it: a signal of the C library's own, which sigaction() refuses */
	const unsigned long ignored[4] = {(unsigned long)(uintptr_t)SIG_IGN, 0, 0, 0};
	cr_assert_eq(syscall(SYS_rt_sigaction, 32, ignored, NULL, (size_t)8), 0);
	char *text = run(folder, argv, plain_env, &status);
	sigprocmask(SIG_SETMASK, &before, NULL);
	cr_assert_str_eq(text, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
	free(text);
	sg_t_rmtree(folder);
	free(folder);
	SG_LEAKCHECK();
}

Test(spawn, the_child_leads_its_own_session_and_leaves_no_core_file)
{
	char *folder = sg_t_tmpdir();
	const char *const argv[] = {
		"sh", "-c", "cut -d' ' -f1,5,6 /proc/$$/stat; ulimit -c", NULL};
	int status;
	char *text = run(folder, argv, plain_env, &status);
	int pid = 0, group = 0, session = 0, core = -1;
	cr_assert_eq(sscanf(text, "%d %d %d %d", &pid, &group, &session, &core), 4, "found: %s",
		text);
	cr_assert_eq(pid, group);
	cr_assert_eq(pid, session);
	cr_assert_eq(core, 0);
	free(text);
	sg_t_rmtree(folder);
	free(folder);
	SG_LEAKCHECK();
}

Test(spawn, it_dies_with_its_parent)
{
	int pipe_fds[2];
	cr_assert_eq(pipe2(pipe_fds, O_CLOEXEC), 0);
	const char *const argv[] = {"sleep", "60", NULL};
	pid_t parent = fork();
	if (parent == 0) {
		const struct sg_spawn_request request = {.argv = argv,
		.folder = "/", .env = plain_env, .out_fd = pipe_fds[1]};
		pid_t child;
		(void)sg_spawn(&request, &child, NULL);
		_exit(0);
	}
	close(pipe_fds[1]);
	char byte;
	/* the child holds the other end: the end of the pipe says that it is gone */
	cr_assert_eq(read(pipe_fds[0], &byte, 1), 0);
	close(pipe_fds[0]);
	cr_assert_eq(waitpid(parent, NULL, 0), parent);
}

static enum sg_rc try(const char *program, const char *folder, struct sg_err *err)
{
	const char *const argv[] = {program, NULL};
	const struct sg_spawn_request request = {.argv = argv,
		.folder = folder, .env = plain_env, .out_fd = -1};
	pid_t pid;
	return sg_spawn(&request, &pid, err);
}

Test(spawn, a_program_that_is_not_there_is_said_with_its_stage)
{
	struct sg_err err = SG_ERR_INIT;
	cr_assert_eq(try("./no-such-program", "/", &err), SG_NOTFOUND);
	cr_assert_str_eq(
		err.text, "cannot start './no-such-program': exec: No such file or directory");
	struct sg_err in_path = SG_ERR_INIT;
	cr_assert_eq(try("no-such-program", "/", &in_path), SG_NOTFOUND);
	cr_assert_str_eq(in_path.text, "cannot find 'no-such-program' in PATH");
	struct sg_err folder = SG_ERR_INIT;
	cr_assert_eq(try("/bin/true", "/no/such/folder", &folder), SG_NOTFOUND);
	cr_assert_str_eq(folder.text,
		"cannot start '/no/such/folder': chdir: No such file or directory");
	/* nothing is left to be waited for */
	cr_assert_eq(waitpid(-1, NULL, WNOHANG), -1);
	cr_assert_eq(errno, ECHILD);
}

Test(spawn, a_program_that_may_not_run_is_bad_input_and_a_missing_interpreter_is_named)
{
	char *folder = sg_t_tmpdir();
	char *path = sg_t_format("%s/script", folder);
	struct sg_err mode = SG_ERR_INIT;
	sg_t_write_text(path, "#!/no/such/interpreter\n");
	cr_assert_eq(chmod(path, 0644), 0);
	cr_assert_eq(try("./script", folder, &mode), SG_INPUT);
	cr_assert_str_eq(mode.text, "cannot start './script': exec: Permission denied");
	struct sg_err interpreter = SG_ERR_INIT;
	cr_assert_eq(chmod(path, 0755), 0);
	cr_assert_eq(try("./script", folder, &interpreter), SG_NOTFOUND);
	cr_assert_not_null(
		strstr(interpreter.text, "the interpreter that its first line names"), "%s",
		interpreter.text);
	struct sg_err nameless = SG_ERR_INIT;
	cr_assert_eq(try("", folder, &nameless), SG_INPUT);
	free(path);
	sg_t_rmtree(folder);
	free(folder);
	SG_LEAKCHECK();
}

Test(spawn, a_program_is_resolved_as_the_child_would_find_it)
{
	char *folder = sg_t_tmpdir();
	char *path = sg_t_format("%s/bin/tool", folder);
	char *env_path = sg_t_format("PATH=/no/such:%s:bin:", folder);
	const char *const env[] = {env_path, NULL};
	struct sg_strbuf found = SG_STRBUF_INIT;
	struct sg_err err = SG_ERR_INIT;
	sg_t_write_text(path, "#!/bin/sh\n");
	cr_assert_eq(sg_spawn_resolve("tool", folder, env, &found, &err), SG_INPUT,
		"not executable");
	cr_assert_eq(found.n_bytes, 0);
	cr_assert_eq(chmod(path, 0755), 0);
	cr_assert_eq(sg_spawn_resolve("tool", folder, env, &found, NULL), SG_OK);
	cr_assert_str_eq(found.bytes, path);
	sg_strbuf_clear(&found);
	cr_assert_eq(sg_spawn_resolve("./bin/tool", folder, env, &found, NULL), SG_OK);
	char *dotted = sg_t_format("%s/./bin/tool", folder);
	cr_assert_str_eq(found.bytes, dotted);
	cr_assert_eq(sg_spawn_resolve("bin", folder, env, &found, NULL), SG_INPUT, "a folder");
	free(dotted);
	sg_strbuf_release(&found);
	free(env_path);
	free(path);
	sg_t_rmtree(folder);
	free(folder);
	SG_LEAKCHECK();
}

Test(spawn, a_helper_gives_its_stdout_and_the_first_line_of_its_complaint)
{
	struct sg_strbuf out = SG_STRBUF_INIT;
	struct sg_err err = SG_ERR_INIT;
	const char *const good[] = {"sh", "-c", "echo \"$A\"; echo noise >&2", NULL};
	const char *const env[] = {"A=given", NULL};
	cr_assert_eq(sg_spawn_capture(NULL, "/", good, env, &out, &err), 0);
	cr_assert_str_eq(out.bytes, "given\n");
	cr_assert_eq(err.rc, SG_OK);
	const char *const bad[] = {"sh", "-c", "echo first >&2; echo second >&2; exit 3", NULL};
	cr_assert_eq(sg_spawn_capture(NULL, "/", bad, NULL, &out, &err), 3);
	cr_assert_str_eq(err.text, "'sh' ended with 3: first");
	struct sg_err missing = SG_ERR_INIT;
	const char *const none[] = {"no-such-program", NULL};
	cr_assert_eq(sg_spawn_capture(NULL, "/", none, NULL, &out, &missing), -1);
	cr_assert_eq(missing.rc, SG_NOTFOUND);
	sg_strbuf_release(&out);
	SG_LEAKCHECK();
}

Test(spawn, a_helper_that_prints_more_than_a_pipe_holds_on_both_is_read_whole)
{
	struct sg_strbuf out = SG_STRBUF_INIT;
	struct sg_err err = SG_ERR_INIT;
	const char *const argv[] = {
		"sh", "-c", "head -c 1000000 /dev/zero >&2; head -c 3000000 /dev/zero", NULL};
	cr_assert_eq(sg_spawn_capture(NULL, "/", argv, NULL, &out, &err), 0);
	cr_assert_eq(out.n_bytes, 3000000);
	sg_strbuf_release(&out);
	SG_LEAKCHECK();
}

Test(spawn, a_helper_is_not_waited_for_through_what_it_leaves_running)
{
	struct sg_strbuf out = SG_STRBUF_INIT;
	const char *const argv[] = {"sh", "-c", "echo said; sleep 30 & echo $!", NULL};
	cr_assert_eq(sg_spawn_capture(NULL, "/", argv, NULL, &out, NULL), 0);
	int left = 0;
	cr_assert_eq(sscanf(out.bytes, "said\n%d", &left), 1, "found: %s", out.bytes);
	kill(left, SIGKILL);
	sg_strbuf_release(&out);
	SG_LEAKCHECK();
}
