/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Left-over processes, found in /proc and told apart by their first environment. */
#include "exec/orphans.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"

#define MARK        "STEPGATE_OUT="
#define ENVIRON_MAX ((size_t)1 << 20)

const char *sg_orphans_mark(const char *const *env)
{
	for (size_t i = 0; env && env[i]; i++)
		if (strncmp(env[i], MARK, sizeof(MARK) - 1) == 0)
			return env[i];
	return NULL;
}

static bool read_proc(const char *path, size_t max_bytes, struct sg_strbuf *out)
{
	SG_CLEANUP(sg_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	char bytes[4096];
	while (fd >= 0 && out->n_bytes < max_bytes) {
		ssize_t n = read(fd, bytes, sizeof(bytes));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		if (n == 0)
			break;
		sg_strbuf_add(out, bytes, (size_t)n);
	}
	return fd >= 0 && !sg_strbuf_failed(out);
}

static bool children(struct sg_strbuf *out)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/self/task/%ld/children", (long)getpid());
	return read_proc(path, SIZE_MAX, out);
}

/* Takes the next number off the list; 0 at its end. */
static pid_t next_pid(const char **at)
{
	char *end;
	long pid = strtol(*at, &end, 10);
	*at = end;
	return pid > 0 ? (pid_t)pid : 0;
}

enum sg_rc sg_orphans_begin(struct sg_orphans *o, struct sg_err *err)
{
	struct sg_strbuf list = SG_STRBUF_INIT;
	memset(o, 0, sizeof(*o));
	(void)children(&list);
	/* a number takes two bytes at least, its space included */
	o->known = calloc(list.n_bytes / 2 + 1, sizeof(*o->known));
	const char *at = list.bytes;
	for (pid_t pid; o->known && (pid = next_pid(&at));)
		o->known[o->n_known++] = pid;
	sg_strbuf_release(&list);
	if (!o->known)
		return sg_err_set(err, SG_NOMEM, "out of memory");
	(void)prctl(PR_GET_CHILD_SUBREAPER, &o->was_subreaper);
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	return SG_OK;
}

void sg_orphans_end(struct sg_orphans *o)
{
	(void)prctl(PR_SET_CHILD_SUBREAPER, (unsigned long)o->was_subreaper);
	free(o->known);
	o->known = NULL;
	o->n_known = 0;
}

static bool is_spared(
	const struct sg_orphans *o, const struct sg_leader *leaders, size_t n, pid_t pid)
{
	for (size_t i = 0; i < o->n_known; i++)
		if (o->known[i] == pid)
			return true;
	for (size_t i = 0; i < n; i++)
		if (leaders[i].pid == pid)
			return true;
	/*
	 * a command's processes are in sessions that begin below ours and cannot come back to
	 * it
	 */
	return getsid(pid) == getsid(0);
}

static bool environ_has(const struct sg_strbuf *environment, const char *mark)
{
	const char *end = environment->bytes + environment->n_bytes;
	for (const char *p = environment->bytes; p < end; p += strlen(p) + 1)
		if (strcmp(p, mark) == 0)
			return true;
	return false;
}

/*
 * Only a mark that another job is known by saves it: who hides his environment is ended
 * first.
 */
static bool is_of_another(const struct sg_leader *leaders, size_t n, size_t mine, pid_t pid)
{
	if (mine >= n || n == 1)
		return false;
	char path[64];
	struct sg_strbuf environment = SG_STRBUF_INIT;
	bool other = false;
	snprintf(path, sizeof(path), "/proc/%ld/environ", (long)pid);
	if (read_proc(path, ENVIRON_MAX, &environment))
		for (size_t i = 0; i < n && !other; i++)
			other = i != mine && leaders[i].mark &&
				environ_has(&environment, leaders[i].mark);
	sg_strbuf_release(&environment);
	return other;
}

static bool is_dead(pid_t pid)
{
	siginfo_t info;
	memset(&info, 0, sizeof(info));
	if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG) < 0)
		return errno == ECHILD;
	return info.si_pid == pid;
}

size_t sg_orphans_signal(const struct sg_orphans *o, const struct sg_leader *leaders, size_t n,
	size_t mine, int sig)
{
	struct sg_strbuf list = SG_STRBUF_INIT;
	size_t alive = 0;
	(void)children(&list);
	const char *at = list.bytes;
	for (pid_t pid; (pid = next_pid(&at));) {
		if (is_spared(o, leaders, n, pid) || is_dead(pid) ||
			is_of_another(leaders, n, mine, pid))
			continue;
		alive++;
		if (!sig)
			continue;
		const pid_t group = getpgid(pid);
		if (group > 1 && group != getpgrp())
			(void)kill(-group, sig);
		(void)kill(pid, sig);
		/* one that was stopped could not end by TERM */
		(void)kill(pid, SIGCONT);
	}
	sg_strbuf_release(&list);
	return alive;
}
