/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Helper programs (git): run to their end, what they print taken. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "exec/spawn.h"

#define DEFAULT_PATH "/usr/local/bin:/usr/bin:/bin"

/* Before the caller's: PATH, LANG, HOME; and the NULL. */
#define HELPER_ENV_OWN 4

/*
 * PATH, LANG, HOME, then all of the caller's: git must never miss the variable that keeps it
 * off the user's index. home is storage for one of them. malloc'd; NULL when memory ran out.
 */
static const char **helper_env(const char *const *extra, struct sg_strbuf *home)
{
	size_t n_extra = 0;
	while (extra && extra[n_extra])
		n_extra++;
	const char **env = calloc(n_extra + HELPER_ENV_OWN, sizeof(*env));
	if (!env)
		return NULL;
	size_t n = 0;
	env[n++] = "PATH=" DEFAULT_PATH;
	env[n++] = "LANG=C.UTF-8";
	const char *of_operator = getenv("HOME");
	if (of_operator && *of_operator) {
		sg_strbuf_addf(home, "HOME=%s", of_operator);
		env[n++] = home->bytes;
	}
	for (size_t i = 0; i < n_extra; i++)
		env[n++] = extra[i];
	return env;
}

/* Reads what is there; false at the end of the pipe. */
static bool drain(int fd, struct sg_strbuf *to)
{
	char bytes[16384];
	for (;;) {
		ssize_t n = read(fd, bytes, sizeof(bytes));
		if (n > 0)
			sg_strbuf_add(to, bytes, (size_t)n);
		else if (n == 0)
			return false;
		else if (errno != EINTR)
			return errno == EAGAIN;
	}
}

/* Until the helper has ended: what it leaves running must not keep us waiting for its pipe. */
static int gather(
	pid_t pid, int out_fd, int err_fd, struct sg_strbuf *out, struct sg_strbuf *said)
{
	SG_CLEANUP(sg_fd_close) int pidfd = pidfd_open(pid, 0);
	struct pollfd fds[3] = {{pidfd, POLLIN, 0}, {out_fd, POLLIN, 0}, {err_fd, POLLIN, 0}};
	while (pidfd >= 0) {
		if (poll(fds, SG_ARRAY_SIZE(fds), -1) < 0 && errno != EINTR)
			break;
		if (fds[1].revents && !drain(out_fd, out))
			fds[1].fd = -1;
		if (fds[2].revents && !drain(err_fd, said))
			fds[2].fd = -1;
		if (fds[0].revents)
			break;
	}
	int status = 0;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	(void)drain(out_fd, out);
	(void)drain(err_fd, said);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int sg_spawn_capture(void *ctx, const char *folder, const char *const *argv,
	const char *const *env, struct sg_strbuf *out, struct sg_err *err)
{
	(void)ctx;
	int out_pipe[2] = {-1, -1}, err_pipe[2] = {-1, -1};
	struct sg_strbuf home = SG_STRBUF_INIT, said = SG_STRBUF_INIT;
	const char **all = helper_env(env, &home);
	int result = -1;
	if (!all) {
		(void)sg_err_set(err, SG_NOMEM, "out of memory");
	} else if (pipe2(out_pipe, O_CLOEXEC | O_NONBLOCK) < 0 ||
		   pipe2(err_pipe, O_CLOEXEC | O_NONBLOCK) < 0) {
		(void)sg_err_errno(err, SG_STORAGE, errno, "cannot start '%s': pipe", argv[0]);
	} else {
		/* only our ends may be non-blocking: the helper expects plain descriptors */
		(void)fcntl(out_pipe[1], F_SETFL, 0);
		(void)fcntl(err_pipe[1], F_SETFL, 0);
		const struct sg_spawn_request request = {.argv = argv,
			.folder = folder,
			.env = all,
			.out_fd = out_pipe[1],
			.err_fd = err_pipe[1]};
		pid_t pid;
		if (sg_spawn(&request, &pid, err) == SG_OK) {
			sg_fd_close(&out_pipe[1]);
			sg_fd_close(&err_pipe[1]);
			result = gather(pid, out_pipe[0], err_pipe[0], out, &said);
			if (result != 0)
				(void)sg_err_set(err, SG_INPUT, "'%s' ended with %d: %.*s",
					argv[0], result, (int)strcspn(said.bytes, "\n"),
					said.bytes);
		}
	}
	for (int i = 0; i < 2; i++) {
		sg_fd_close(&out_pipe[i]);
		sg_fd_close(&err_pipe[i]);
	}
	free(all);
	sg_strbuf_release(&home);
	sg_strbuf_release(&said);
	if (result >= 0 && sg_strbuf_failed(out)) {
		(void)sg_err_set(err, SG_NOMEM, "out of memory");
		return -1;
	}
	return result;
}
