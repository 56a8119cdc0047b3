/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Starting a process: the one implementation.
 *
 * A child runs in its own session and process group, without a terminal, stdin /dev/null,
 * with exactly the environment given, default signal dispositions and an empty mask, no
 * descriptors but 0, 1 and 2, core files off, and it dies with its parent (PR_SET_PDEATHSIG).
 * Between fork and exec only async-signal-safe calls are made; a failure comes back over a
 * close-on-exec pipe with its stage ("chdir", "exec", ...) and errno.
 *
 * With a sandbox (exec/sandbox.h) the process that is started is bubblewrap or our helper, and
 * the command lies within; it is the same to the caller but for one thing: how the command
 * itself ended is what status_fd says, and the process's own end only stands in for it.
 */
#ifndef STEPGATE_EXEC_SPAWN_H
#define STEPGATE_EXEC_SPAWN_H

#include <sys/types.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "exec/sandbox.h"

struct sg_spawn_request {
	const char *const
		*argv; /* argv[0] with a slash: relative to folder; else found in PATH of env */
	const char *folder;     /* working directory of the child */
	const char *const *env; /* "NAME=value", NULL-terminated: the whole environment */
	int out_fd;             /* becomes stdout; -1: /dev/null */
	int err_fd;             /* becomes stderr; 0: the same as stdout */
	const struct sg_sandbox *sandbox; /* NULL: none; folder is then the sandbox's own */
	/*
	 * With a sandbox: a pipe's end that gets the command's wait status, one int, when it
	 * has ended. 0: nobody asks.
	 */
	int status_fd;
};

/*
 * On success *ret_pid is the child and the leader of its group. SG_NOTFOUND, SG_INPUT (not
 * executable), SG_STORAGE.
 */
enum sg_rc sg_spawn(const struct sg_spawn_request *request, pid_t *ret_pid, struct sg_err *err);

/* Where argv[0] would be found, as an absolute path (for hashing the program); in out. */
enum sg_rc sg_spawn_resolve(const char *program, const char *folder, const char *const *env,
	struct sg_strbuf *out, struct sg_err *err);

/*
 * Runs a helper program (git) to its end: stdout appended to out, stderr's first line into
 * err when the exit status is not 0. env (NULL: none) is added to a minimal environment:
 * PATH, LANG and the operator's HOME, where git keeps what it trusts. Returns the exit
 * status, 128 + n for a signal, or -1 with err. Fits struct sg_command_runner (ctx unused).
 */
int sg_spawn_capture(void *ctx, const char *folder, const char *const *argv,
	const char *const *env, struct sg_strbuf *out, struct sg_err *err);

#endif
