/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Starting a process: fork, the child's own room, exec; and what went wrong on the way. */
#include "exec/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "exec/sandbox_internal.h"

/* Above the numbers that the helper has to find its descriptors at. */
#define RAISED_MIN 16
#define WORDS_MAX  512

/* What the child needs, all made before the fork: it may not allocate. */
struct child {
	const char *program; /* the command itself */
	const char *path;    /* what is executed: it, bubblewrap or the helper */
	char *const *argv;
	char *const *env;
	const char *folder;
	int null_fd, out_fd, err_fd, report_fd;
	bool boxed;
	/* of a boxed child: they get the helper's numbers; -1: none */
	int words_fd; /* bubblewrap's stderr */
	int status_fd, program_fd, filter_fd;
	pid_t parent;
	rlim_t max_fds;
};

static const char *stage_name(enum sg_stage stage)
{
	switch (stage) {
	case SG_STAGE_SESSION: return "setsid";
	case SG_STAGE_FILES: return "dup2";
	case SG_STAGE_FOLDER: return "chdir";
	case SG_STAGE_EXEC: return "exec";
	case SG_STAGE_READY:
	case SG_STAGE_HELPER: return "sandbox";
	case SG_STAGE_PATHS: return "sandbox: a path of `write` was replaced meanwhile";
	case SG_STAGE_LIMITS: return "sandbox: limits";
	case SG_STAGE_CAPABILITIES: return "sandbox: capabilities";
	case SG_STAGE_LANDLOCK: return "sandbox: landlock";
	case SG_STAGE_SECCOMP: return "sandbox: seccomp";
	}
	return "";
}

/* --- in the child: async-signal-safe calls only --- */

static void child_fail(const struct child *c, enum sg_stage stage)
{
	const struct sg_stage_report failure = {stage, errno};
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

/* What would end bubblewrap before the command had its time: the command gets its own back. */
static void ignore_what_ends(void)
{
	static const int ends[] = {
		SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM, SIGTERM};
	for (size_t i = 0; i < SG_ARRAY_SIZE(ends); i++)
		(void)signal(ends[i], SIG_IGN);
}

static bool place(int fd, int at)
{
	return fd < 0 || dup2(fd, at) >= 0;
}

/* The helper's numbers; dup2 takes close-on-exec off. */
static bool child_box(const struct child *c)
{
	return place(c->report_fd, SG_HELPER_REPORT) && place(c->status_fd, SG_HELPER_STATUS) &&
	       place(c->program_fd, SG_HELPER_PROGRAM) && place(c->err_fd, SG_HELPER_STDERR) &&
	       place(c->filter_fd, SG_HELPER_FILTER) && dup2(c->words_fd, 2) >= 0;
}

static void child_main(const struct child *c)
{
	if (setsid() < 0)
		child_fail(c, SG_STAGE_SESSION);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != c->parent)
		_exit(127); /* it died before it could be watched */
	const struct rlimit no_core = {0, 0};
	(void)setrlimit(RLIMIT_CORE, &no_core);
	if (dup2(c->null_fd, 0) < 0 || dup2(c->out_fd, 1) < 0 || dup2(c->err_fd, 2) < 0)
		child_fail(c, SG_STAGE_FILES);
	child_descriptors(c);
	if (c->boxed && !child_box(c))
		child_fail(c, SG_STAGE_FILES);
	if (chdir(c->folder) < 0)
		child_fail(c, SG_STAGE_FOLDER);
	child_signals();
	if (c->boxed)
		ignore_what_ends();
	execve(c->path, c->argv, c->env);
	child_fail(c, SG_STAGE_EXEC);
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
 * A copy above the descriptors that the child places: where our own stdin is closed, a new one
 * may be 0, 1 or 2, and the child's dup2 would walk over it.
 */
static int raised(int fd)
{
	return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, RAISED_MIN);
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

/* Whether the program can be run, seen from outside of any sandbox. */
static bool is_there(const struct sg_spawn_request *request, const char *path)
{
	struct sg_err seen = SG_ERR_INIT;
	struct sg_strbuf full = SG_STRBUF_INIT;
	const bool there = join(&full, request->folder, path, &seen) == SG_OK &&
			   runnable(full.bytes, path, &seen) == SG_OK;
	sg_strbuf_release(&full);
	return there;
}

static enum sg_rc failed(const struct sg_spawn_request *request, const char *path,
	const struct sg_stage_report *f, struct sg_err *err)
{
	const char *what = f->stage == SG_STAGE_FOLDER ? request->folder : request->argv[0];
	const enum sg_rc rc = class_of(f->errno_value);
	const bool hidden = f->stage == SG_STAGE_EXEC &&
			    (f->errno_value == ENOENT || f->errno_value == EACCES) &&
			    is_there(request, path);
	if (hidden && request->sandbox)
		return sg_err_set(err, rc,
			"cannot start '%s': exec: it, or what its first line or its loader "
			"names, may lie where the sandbox shows nothing: name that folder in "
			"read of its binding",
			what);
	if (hidden && f->errno_value == ENOENT)
		return sg_err_set(err, SG_NOTFOUND,
			"cannot start '%s': exec: the interpreter that its first line names "
			"is not there",
			what);
	return sg_err_errno(
		err, rc, f->errno_value, "cannot start '%s': %s", what, stage_name(f->stage));
}

/* The namespaces could not be made: what bubblewrap said of it. */
static enum sg_rc not_boxed(
	const struct sg_spawn_request *request, int words_in, struct sg_err *err)
{
	char words[WORDS_MAX];
	(void)fcntl(words_in, F_SETFL, O_NONBLOCK);
	const ssize_t n = read(words_in, words, sizeof(words) - 1);
	words[n > 0 ? n : 0] = '\0';
	words[strcspn(words, "\n")] = '\0';
	return sg_err_set(err, SG_STORAGE,
		"cannot start '%s': the sandbox could not be built: %s", request->argv[0],
		*words ? words : "bubblewrap ended without a word");
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

/* What the parent reads of: our ends of the child's pipes. */
struct parent {
	int report_in, words_in;
};

/* The last of the child's reports; false: it made none before the pipe's end. */
static bool hear(int report_in, struct sg_stage_report *ret)
{
	struct sg_stage_report report;
	bool heard = false;
	for (;;) {
		const ssize_t n = read(report_in, &report, sizeof(report));
		if (n < 0 && errno == EINTR)
			continue;
		if (n != (ssize_t)sizeof(report))
			return heard;
		*ret = report;
		heard = true;
	}
}

static enum sg_rc start(const struct sg_spawn_request *request, struct child *c,
	const struct parent *p, pid_t *ret_pid, struct sg_err *err)
{
	struct sg_stage_report report = {SG_STAGE_READY, 0};
	pid_t pid = fork_quietly(c);
	const int errno_value = errno;
	sg_fd_close(&c->report_fd);
	if (pid < 0)
		return sg_err_errno(err, SG_STORAGE, errno_value, "cannot start '%s': fork",
			request->argv[0]);
	const bool heard = hear(p->report_in, &report);
	if (report.stage == SG_STAGE_READY && heard == c->boxed) {
		*ret_pid = pid;
		return SG_OK;
	}
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return heard ? failed(request, c->program, &report, err)
		     : not_boxed(request, p->words_in, err);
}

static bool open_pipe(int *ret_read, int *ret_write)
{
	int fds[2];
	if (pipe2(fds, O_CLOEXEC) < 0)
		return false;
	*ret_read = fds[0];
	*ret_write = raised(fds[1]);
	sg_fd_close(&fds[1]);
	return *ret_write >= 0;
}

/* Opens what the child is given; the caller closes all, whatever this returns. */
static bool open_descriptors(
	const struct sg_spawn_request *request, struct child *c, struct parent *p)
{
	int low = open("/dev/null", O_RDWR | O_CLOEXEC);
	c->null_fd = raised(low);
	sg_fd_close(&low);
	c->out_fd = raised(request->out_fd >= 0 ? request->out_fd : c->null_fd);
	c->err_fd = raised(request->err_fd > 0 ? request->err_fd : c->out_fd);
	return open_pipe(&p->report_in, &c->report_fd) && c->null_fd >= 0 && c->out_fd >= 0 &&
	       c->err_fd >= 0;
}

/* What the helper is given beside that. */
static enum sg_rc open_box(const struct sg_spawn_request *request, struct child *c,
	struct parent *p, struct sg_err *err)
{
	const struct sg_sandbox *sandbox = request->sandbox;
	int low = -1;
	c->program_fd = raised(sg_sandbox_program());
	if (request->status_fd > 0)
		c->status_fd = raised(request->status_fd);
	if (c->program_fd < 0 || !open_pipe(&p->words_in, &c->words_fd))
		return sg_err_errno(err, SG_STORAGE, errno,
			"cannot start '%s': descriptors of its sandbox", request->argv[0]);
	if (!sandbox->walls->up[SG_WALL_SECCOMP])
		return SG_OK;
	enum sg_rc rc = sg_sandbox_filter(sandbox, &low, err);
	if (rc == SG_OK)
		c->filter_fd = raised(low);
	sg_fd_close(&low);
	return rc;
}

static bool has_pwd(const char *const *env)
{
	for (size_t i = 0; env[i]; i++)
		if (strncmp(env[i], "PWD=", 4) == 0)
			return true;
	return false;
}

/* The child as bubblewrap, or where there are no namespaces, as the helper. */
static enum sg_rc box(const struct sg_spawn_request *request, struct sg_arena *arena,
	struct child *c, struct parent *p, struct sg_err *err)
{
	const struct sg_sandbox *sandbox = request->sandbox;
	const char *const *argv = sg_sandbox_argv(arena, sandbox, sandbox->folder, c->program,
		request->argv, has_pwd(request->env));
	if (!argv)
		return sg_err_set(err, SG_NOMEM, "out of memory");
	c->boxed = true;
	c->argv = unconst(argv);
	c->path = argv[0];
	return open_box(request, c, p, err);
}

static void close_all(struct child *c, struct parent *p)
{
	int *const all[] = {&c->null_fd, &c->out_fd, &c->err_fd, &c->report_fd, &c->words_fd,
		&c->status_fd, &c->program_fd, &c->filter_fd, &p->report_in, &p->words_in};
	for (size_t i = 0; i < SG_ARRAY_SIZE(all); i++)
		sg_fd_close(all[i]);
}

static enum sg_rc spawn_found(const struct sg_spawn_request *request, const char *path,
	pid_t *ret_pid, struct sg_err *err)
{
	struct rlimit files = {1024, 1024};
	struct sg_arena arena = SG_ARENA_INIT;
	struct parent p = {-1, -1};
	(void)getrlimit(RLIMIT_NOFILE, &files);
	struct child c = {.program = path,
		.path = path,
		.argv = unconst(request->argv),
		.env = unconst(request->env),
		.folder = request->folder,
		.null_fd = -1,
		.out_fd = -1,
		.err_fd = -1,
		.report_fd = -1,
		.words_fd = -1,
		.status_fd = -1,
		.program_fd = -1,
		.filter_fd = -1,
		.parent = getpid(),
		.max_fds = files.rlim_cur};
	enum sg_rc rc = SG_OK;
	if (!open_descriptors(request, &c, &p))
		rc = sg_err_errno(err, SG_STORAGE, errno, "cannot start '%s': descriptors",
			request->argv[0]);
	if (rc == SG_OK && request->sandbox && request->sandbox->walls)
		rc = box(request, &arena, &c, &p, err);
	if (rc == SG_OK)
		rc = start(request, &c, &p, ret_pid, err);
	close_all(&c, &p);
	sg_arena_release(&arena);
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
