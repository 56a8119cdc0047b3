/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Several processes on one run: what one acknowledged all others see, in one order, and a reader
 * never sees half a state. Then the same with writers that are killed at any moment.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "fault.h"
#include "harness/harness.h"
#include "unit/store/run_case.h"

#define WRITERS 4
#define READERS 2
#define COMMITS 50
#define KILLS   60
#define NAMES   4096

enum child_status { CHILD_OK, CHILD_OPEN, CHILD_COMMIT, CHILD_STATE, CHILD_ORDER };

/* One commit of a name of its own; between them others that change the manifest, as they come. */
static bool commit_name(struct sg_session *s, const char *name, int n)
{
	struct sg_err err = SG_ERR_INIT;
	struct sg_event event = case_next_event(sg_session_run(s), name);
	const bool ok = sg_session_commit(s, &event, NULL, NULL, &err) == SG_OK;

	if (!ok)
		fprintf(stderr, "%s: %s\n", name, err.text);
	event = n % 2 == 0 ? case_stop_gap_event(sg_session_run(s))
			   : case_resume_event(sg_session_run(s));
	/* refused where another was faster: that is what the lifecycle is for */
	sg_session_commit(s, &event, NULL, NULL, NULL);
	return ok;
}

static enum child_status write_names(const struct run_case *c, int writer)
{
	struct sg_session *s = NULL;
	char name[64];

	if (sg_session_open(&s, &c->options, NULL) < 0)
		return CHILD_OPEN;
	for (int n = 0; n < COMMITS; n++) {
		snprintf(name, sizeof(name), "w%d-%d.md", writer, n);
		if (!commit_name(s, name, n))
			return CHILD_COMMIT;
	}
	sg_session_close(s);
	return CHILD_OK;
}

/* Opens, refreshes, opens: each state must be whole, and none older than the one before. */
static enum child_status read_states(const struct run_case *c, int go_on)
{
	struct sg_session_options options = c->options;
	int64_t seq = 0;
	char byte;

	options.read_only = true;
	do {
		struct sg_session *s = NULL;
		if (sg_session_open(&s, &options, NULL) < 0)
			return CHILD_OPEN;
		for (int i = 0; i < 20; i++) {
			if (sg_session_refresh(s, NULL, NULL) < 0 ||
				sg_session_standing(s) != SG_STANDING_CLEAN) {
				fprintf(stderr, "a reader saw: %s\n",
					sg_session_standing_text(s));
				return CHILD_STATE;
			}
			if (sg_session_run(s)->seq < seq)
				return CHILD_ORDER;
			seq = sg_session_run(s)->seq;
		}
		sg_session_close(s);
	} while (read(go_on, &byte, 1) < 0 && errno == EAGAIN);
	return CHILD_OK;
}

struct seen {
	char *names[NAMES];
	size_t n;
};

static enum sg_rc see(void *ctx, const struct sg_event *event, const char *line, size_t n_bytes,
	struct sg_err *err)
{
	struct seen *seen = ctx;

	(void)line;
	(void)n_bytes;
	(void)err;
	cr_assert_lt(seen->n, NAMES);
	if (event->type == SG_EVENT_NEXT)
		seen->names[seen->n++] = sg_t_format("%s", event->u.next.file);
	return SG_OK;
}

static size_t times_seen(const struct seen *seen, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < seen->n; i++)
		n += strcmp(seen->names[i], name) == 0;
	return n;
}

static void look_back(const struct run_case *c, struct seen *seen)
{
	struct sg_session *s = case_open(c, true);
	struct sg_err err = SG_ERR_INIT;

	seen->n = 0;
	cr_assert_eq(sg_session_history(s, see, seen, &err), SG_OK, "%s", err.text);
	sg_session_close(s);
}

static void forget(struct seen *seen)
{
	while (seen->n > 0)
		free(seen->names[--seen->n]);
}

Test(processes, four_writers_and_two_readers_agree_on_one_order)
{
	struct run_case c;
	struct seen seen;
	pid_t children[WRITERS + READERS];
	int go_on[2];

	case_start(&c, CASE_MANIFEST);
	cr_assert_eq(pipe2(go_on, O_NONBLOCK), 0);
	for (int i = 0; i < WRITERS + READERS; i++) {
		children[i] = fork();
		cr_assert_geq(children[i], 0);
		if (children[i] == 0) {
			close(go_on[1]);
			_exit(i < WRITERS ? (int)write_names(&c, i)
					  : (int)read_states(&c, go_on[0]));
		}
	}
	close(go_on[0]);
	for (int i = 0; i < WRITERS + READERS; i++) {
		int status = 0;
		if (i == WRITERS)
			close(go_on[1]); /* the readers stop */
		cr_assert_eq(waitpid(children[i], &status, 0), children[i]);
		cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == CHILD_OK,
			"child %d: status %x", i, (unsigned)status);
	}
	look_back(&c, &seen);
	cr_assert_eq(seen.n, WRITERS * COMMITS);
	int next[WRITERS] = {0};
	for (size_t i = 0; i < seen.n; i++) {
		const int writer = seen.names[i][1] - '0';
		char *expected = sg_t_format("w%d-%d.md", writer, next[writer]++);
		cr_assert_str_eq(seen.names[i], expected);
		free(expected);
	}
	forget(&seen);
	case_check_sound(&c);
	case_remove(&c);
	SG_LEAKCHECK();
}

/* Writes until it is killed; each acknowledged number goes to the pipe first. */
static enum child_status write_for_ever(const struct run_case *c, int life, int fd)
{
	struct sg_session *s = NULL;
	char name[64];

	if (sg_session_open(&s, &c->options, NULL) < 0)
		return CHILD_OPEN;
	for (int n = 0;; n++) {
		snprintf(name, sizeof(name), "l%d-%d.md", life, n);
		if (!commit_name(s, name, n))
			return CHILD_COMMIT;
		if (write(fd, &n, sizeof(n)) != (ssize_t)sizeof(n))
			return CHILD_OK;
	}
}

/* The last number that came through the pipe; -1 for none. */
static int last_acknowledged(int fd)
{
	int last = -1;
	int n;

	while (read(fd, &n, sizeof(n)) == (ssize_t)sizeof(n))
		last = n;
	return last;
}

static void pause_ms(long ms)
{
	const struct timespec t = {.tv_nsec = ms * 1000000};

	nanosleep(&t, NULL);
}

struct life {
	pid_t pid;
	int fd;
	int number;
};

static struct life begin_life(const struct run_case *c, int number)
{
	int fds[2];
	struct life life = {.number = number};

	cr_assert_eq(pipe(fds), 0);
	life.pid = fork();
	cr_assert_geq(life.pid, 0);
	if (life.pid == 0) {
		close(fds[0]);
		_exit((int)write_for_ever(c, number, fds[1]));
	}
	close(fds[1]);
	life.fd = fds[0];
	return life;
}

static int end_life(struct life *life)
{
	int status = 0;

	kill(life->pid, SIGKILL);
	cr_assert_eq(waitpid(life->pid, &status, 0), life->pid);
	cr_assert(WIFSIGNALED(status), "writer %d ended by itself: %x", life->number,
		(unsigned)status);
	const int last = last_acknowledged(life->fd);
	close(life->fd);
	return last;
}

Test(processes, writers_killed_at_any_moment_lose_nothing_that_they_acknowledged)
{
	struct run_case c;
	struct seen seen;
	struct life lives[2];
	int last[KILLS];
	unsigned random = 1;

	fault_skip_syncs(); /* a kill takes nothing from the cache, and more commits come to it */
	case_start(&c, CASE_MANIFEST);
	lives[0] = begin_life(&c, 0);
	lives[1] = begin_life(&c, 1);
	for (int number = 0; number < KILLS; number++) {
		random = random * 1103515245u + 12345u;
		pause_ms((long)(random >> 16) % 15 + 1);
		last[number] = end_life(&lives[number % 2]);
		if (number + 2 < KILLS)
			lives[number % 2] = begin_life(&c, number + 2);
	}
	case_check_sound(&c);
	look_back(&c, &seen);
	for (int number = 0; number < KILLS; number++) {
		for (int n = 0; n <= last[number]; n++) {
			char *name = sg_t_format("l%d-%d.md", number, n);
			cr_assert_eq(times_seen(&seen, name), 1, "%s", name);
			free(name);
		}
		char *beyond = sg_t_format("l%d-%d.md", number, last[number] + 2);
		cr_assert_eq(times_seen(&seen, beyond), 0, "%s", beyond);
		free(beyond);
	}
	cr_assert_gt(seen.n, KILLS / 2);
	forget(&seen);
	case_remove(&c);
	SG_LEAKCHECK();
}
