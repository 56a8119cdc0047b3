/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Starting a process: fork, the child's own room, exec; and what went wrong on the way. */
#include "exec/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"

#define DEFAULT_PATH "/usr/local/bin:/usr/bin:/bin"

/* How far the child came; what it writes into the pipe when it comes no further. */
enum stage { STAGE_SESSION, STAGE_FILES, STAGE_FOLDER, STAGE_EXEC };

struct failure {
	enum stage stage;
	int errno_value;
};

/* What the child needs, all made before the fork: it may not allocate. */
struct child {
	const char *path;
	char *const *argv;
	char *const *env;
	const char *folder;
	int null_fd, out_fd, err_fd, report_fd;
	pid_t parent;
	rlim_t max_fds;
};

static const char *stage_name(enum stage stage)
{
	switch (stage) {
	case STAGE_SESSION: return "setsid";
	case STAGE_FILES: return "dup2";
	case STAGE_FOLDER: return "chdir";
	case STAGE_EXEC: return "exec";
	}
	return "";
}

/* --- in the child: async-signal-safe calls only --- */

static void child_fail(const struct child *c, enum stage stage)
{
	const struct failure failure = {stage, errno};
	/* a failed write leaves the parent with an exit status of 127, which says enough */
	ssize_t n = write(c->report_fd, &failure, sizeof(failure));
	(void)n;
	_exit(127);
}

/*
 * The kernel's own call: glibc's refuses the two signals that it keeps for itself, and whoever
 * started us may have left those ignored. All zero is SIG_DFL, no flags, an empty mask.
 */
static void child_signals(void)
{
	const unsigned long dfl[8] = {0};
	for (int sig = 1; sig < NSIG; sig++)
		(void)syscall(SYS_rt_sigaction, sig, dfl, NULL, (size_t)(NSIG / 8));
	sigset_t none;
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Marked, not closed: the report pipe has to live until exec. */
static void child_descriptors(const struct child *c)
{
	if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
		return;
	for (rlim_t fd = 3; fd < c->max_fds; fd++)
		(void)fcntl((int)fd, F_SETFD, FD_CLOEXEC);
}

static void child_main(const struct child *c)
{
	if (setsid() < 0)
		child_fail(c, STAGE_SESSION);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != c->parent)
		_exit(127); /* it died before it could be watched */
	const struct rlimit no_core = {0, 0};
	(void)setrlimit(RLIMIT_CORE, &no_core);
	if (dup2(c->null_fd, 0) < 0 || dup2(c->out_fd, 1) < 0 || dup2(c->err_fd, 2) < 0)
		child_fail(c, STAGE_FILES);
	child_descriptors(c);
	if (chdir(c->folder) < 0)
		child_fail(c, STAGE_FOLDER);
	child_signals();
	execve(c->path, c->argv, c->env);
	child_fail(c, STAGE_EXEC);
}

/* --- where a program is --- */

static bool is_absolute(const char *path)
{
	return path[0] == '/';
}

/* Appends an absolute form of `name` as seen from folder. */
static enum sg_rc join(
	struct sg_strbuf *out, const char *folder, const char *name, struct sg_err *err)
{
	if (!is_absolute(name)) {
		if (!is_absolute(folder)) {
			char *here = getcwd(NULL, 0);
			if (!here)
				return sg_err_errno(err, SG_STORAGE, errno,
					"cannot name the working directory");
			sg_strbuf_addf(out, "%s/", here);
			free(here);
		}
		sg_strbuf_addf(out, "%s/", folder);
	}
	sg_strbuf_adds(out, name);
	return sg_strbuf_failed(out) ? sg_err_set(err, SG_NOMEM, "out of memory") : SG_OK;
}

static const char *path_of(const char *const *env)
{
	for (size_t i = 0; env[i]; i++)
		if (strncmp(env[i], "PATH=", 5) == 0)
			return env[i] + 5;
	return "";
}

static enum sg_rc runnable(const char *path, const char *program, struct sg_err *err)
{
	struct stat st;
	if (stat(path, &st) < 0)
		return sg_err_errno(err,
			errno == ENOENT || errno == ENOTDIR ? SG_NOTFOUND : SG_INPUT, errno,
			"cannot find '%s'", program);
	if (!S_ISREG(st.st_mode))
		return sg_err_set(
			err, SG_INPUT, "cannot run '%s': not a regular file", program);
	if (access(path, X_OK) < 0)
		return sg_err_errno(err, SG_INPUT, errno, "cannot run '%s'", program);
	return SG_OK;
}

struct part {
	const char *at;
	int n;
};

/* One folder of PATH; an empty one is the child's own folder, as in a shell. */
static enum sg_rc search_in(const char *program, const char *folder, struct part part,
	struct sg_strbuf *out, struct sg_err *err)
{
	const size_t start = out->n_bytes;
	struct sg_strbuf name = SG_STRBUF_INIT;
	sg_strbuf_addf(&name, "%.*s/%s", part.n ? part.n : 1, part.n ? part.at : ".", program);
	enum sg_rc rc = join(out, folder, name.bytes, err);
	sg_strbuf_release(&name);
	if (rc == SG_OK)
		rc = runnable(out->bytes + start, program, err);
	if (rc < 0)
		sg_strbuf_truncate(out, start);
	return rc;
}

static enum sg_rc search(const char *program, const char *folder, const char *path,
	struct sg_strbuf *out, struct sg_err *err)
{
	struct sg_err first = SG_ERR_INIT;
	for (const char *at = *path ? path : NULL; at;) {
		const struct part part = {at, (int)strcspn(at, ":")};
		struct sg_err why = SG_ERR_INIT;
		if (search_in(program, folder, part, out, &why) == SG_OK)
			return SG_OK;
		if (why.rc != SG_NOTFOUND && first.rc == SG_OK)
			first = why;
		at = at[part.n] ? at + part.n + 1 : NULL;
	}
	if (first.rc != SG_OK)
		return sg_err_set(err, first.rc, "%s", first.text);
	return sg_err_set(err, SG_NOTFOUND, "cannot find '%s' in PATH", program);
}

enum sg_rc sg_spawn_resolve(const char *program, const char *folder, const char *const *env,
	struct sg_strbuf *out, struct sg_err *err)
{
	if (!program || !*program)
		return sg_err_set(err, SG_INPUT, "cannot run a command without a name");
	if (!strchr(program, '/'))
		return search(program, folder, path_of(env), out, err);
	const size_t start = out->n_bytes;
	enum sg_rc rc = join(out, folder, program, err);
	if (rc == SG_OK)
		rc = runnable(out->bytes + start, program, err);
	if (rc < 0)
		sg_strbuf_truncate(out, start);
	return rc;
}

/* --- in the parent --- */

/*
 * A copy above the standard descriptors: where our own stdin is closed, a new descriptor may
 * be 0, 1 or 2, and the child's dup2 would walk over it.
 */
static int raised(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

static enum sg_rc class_of(int errno_value)
{
	static const int input[] = {
		EACCES, ENOEXEC, E2BIG, ELOOP, ENAMETOOLONG, ETXTBSY, EISDIR, EPERM};
	if (errno_value == ENOENT || errno_value == ENOTDIR)
		return SG_NOTFOUND;
	for (size_t i = 0; i < SG_ARRAY_SIZE(input); i++)
		if (errno_value == input[i])
			return SG_INPUT;
	return SG_STORAGE;
}

static enum sg_rc failed(const struct sg_spawn_request *request, const char *path,
	const struct failure *f, struct sg_err *err)
{
	const char *what = f->stage == STAGE_FOLDER ? request->folder : request->argv[0];
	const enum sg_rc rc = class_of(f->errno_value);
	struct sg_err seen = SG_ERR_INIT;
	struct sg_strbuf full = SG_STRBUF_INIT;
	bool there = f->stage == STAGE_EXEC && f->errno_value == ENOENT &&
		     join(&full, request->folder, path, &seen) == SG_OK &&
		     runnable(full.bytes, path, &seen) == SG_OK;
	sg_strbuf_release(&full);
	if (there)
		return sg_err_set(err, SG_NOTFOUND,
			"cannot start '%s': exec: the interpreter that its first line names "
			"is not there",
			what);
	return sg_err_errno(
		err, rc, f->errno_value, "cannot start '%s': %s", what, stage_name(f->stage));
}

/*
 * With every signal held back, so that no handler of ours ever runs in the child. vfork: a fork
 * would copy the page tables of a run of any size, and every page written behind it once more;
 * the child borrows our memory until its exec, and writes to nothing but its stack and errno.
 */
static pid_t fork_quietly(const struct child *c)
{
	sigset_t all, before;
	sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &before);
	pid_t pid = vfork();
	if (pid == 0)
		child_main(c);
	const int saved = errno;
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	errno = saved;
	return pid;
}

static char *const *unconst(const char *const *list)
{
	return (char *const *)(uintptr_t)list;
}

static enum sg_rc start(const struct sg_spawn_request *request, struct child *c, int report_in,
	pid_t *ret_pid, struct sg_err *err)
{
	struct failure failure;
	pid_t pid = fork_quietly(c);
	const int errno_value = errno;
	sg_fd_close(&c->report_fd);
	if (pid < 0)
		return sg_err_errno(err, SG_STORAGE, errno_value, "cannot start '%s': fork",
			request->argv[0]);
	ssize_t n;
	do
		n = read(report_in, &failure, sizeof(failure));
	while (n < 0 && errno == EINTR);
	if (n == (ssize_t)sizeof(failure)) {
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
		return failed(request, c->path, &failure, err);
	}
	*ret_pid = pid;
	return SG_OK;
}

/* Opens what the child is given; the caller closes all four, whatever this returns. */
static bool open_descriptors(
	const struct sg_spawn_request *request, struct child *c, int *report_in)
{
	int pipe_fds[2];
	int low = open("/dev/null", O_RDWR | O_CLOEXEC);
	c->null_fd = raised(low);
	sg_fd_close(&low);
	c->out_fd = raised(request->out_fd >= 0 ? request->out_fd : c->null_fd);
	c->err_fd = raised(request->err_fd > 0 ? request->err_fd : c->out_fd);
	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return false;
	*report_in = pipe_fds[0];
	c->report_fd = raised(pipe_fds[1]);
	sg_fd_close(&pipe_fds[1]);
	return c->null_fd >= 0 && c->out_fd >= 0 && c->err_fd >= 0 && c->report_fd >= 0;
}

static enum sg_rc spawn_found(const struct sg_spawn_request *request, const char *path,
	pid_t *ret_pid, struct sg_err *err)
{
	struct rlimit files = {1024, 1024};
	(void)getrlimit(RLIMIT_NOFILE, &files);
	SG_CLEANUP(sg_fd_close) int report_in = -1;
	struct child c = {.path = path,
		.argv = unconst(request->argv),
		.env = unconst(request->env),
		.folder = request->folder,
		.null_fd = -1,
		.out_fd = -1,
		.err_fd = -1,
		.report_fd = -1,
		.parent = getpid(),
		.max_fds = files.rlim_cur};
	enum sg_rc rc = open_descriptors(request, &c, &report_in)
				? start(request, &c, report_in, ret_pid, err)
				: sg_err_errno(err, SG_STORAGE, errno,
					  "cannot start '%s': descriptors", request->argv[0]);
	sg_fd_close(&c.null_fd);
	sg_fd_close(&c.out_fd);
	sg_fd_close(&c.err_fd);
	sg_fd_close(&c.report_fd);
	return rc;
}

enum sg_rc sg_spawn(const struct sg_spawn_request *request, pid_t *ret_pid, struct sg_err *err)
{
	const char *program = request->argv ? request->argv[0] : NULL;
	if (!program || !*program)
		return sg_err_set(err, SG_INPUT, "cannot start a command without a name");
	/* a path is handed to exec as it stands: a script sees it as its own name */
	if (strchr(program, '/'))
		return spawn_found(request, program, ret_pid, err);
	struct sg_strbuf found = SG_STRBUF_INIT;
	enum sg_rc rc = sg_spawn_resolve(program, request->folder, request->env, &found, err);
	if (rc == SG_OK)
		rc = spawn_found(request, found.bytes, ret_pid, err);
	sg_strbuf_release(&found);
	return rc;
}

/* --- helper programs --- */

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
		struct sg_spawn_request request = {
			argv, folder, all, out_pipe[1], err_pipe[1]};
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
