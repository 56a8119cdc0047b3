/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The poll loop around commands: slots that run, what ends them, what they print. */
#include "exec/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "exec/orphans.h"

#define NS_PER_MS       ((int64_t)1000000)
#define TICK_MS         1000
#define LEFT_POLL_MS    10
#define SIGNAL_AGAIN_MS 100
#define GIVE_UP_MS      5000
#define CUT_NOTE_BYTES  96 /* room kept in the log for the line that says it was cut */

/* How hard a job is being ended; what tick returns. */
enum level { LEVEL_NONE, LEVEL_INT, LEVEL_TERM, LEVEL_KILL };

enum slot_state { SLOT_FREE, SLOT_RUNNING, SLOT_ENDING };

/*
 * A place where a job runs. ENDING: its leader is dead but not reaped, so that the number of
 * its group cannot be given to another; what it left is being ended.
 */
struct slot {
	enum slot_state state;
	struct sg_job *job;
	pid_t pid;
	int pidfd, out_fd, err_fd; /* -1: closed */
	int status_fd;             /* of a sandboxed job: the command's own wait status */
	bool cut;
	int64_t start_ns, output_ns;
	enum level level;  /* the strongest sent so far */
	int64_t level_ns;  /* when */
	int64_t signal_ns; /* ENDING: when what is left was last signalled; 0: not yet */
};

struct loop {
	struct sg_job *jobs;
	size_t n, next;
	struct slot *slots; /* n_slots of them */
	size_t n_slots;
	struct pollfd *fds; /* 1 + 3 * n_slots */
	struct sg_leader *leaders;
	bool stop_on_fail;
	bool closed; /* no further job is started */
	enum level level;
	const struct sg_loop_listener *listener;
	int watch_fd;
	struct sg_orphans orphans;
	enum sg_rc rc; /* the first error; `closed` is then set */
	struct sg_err *err;
};

static int signal_of(enum level level)
{
	switch (level) {
	case LEVEL_NONE: return 0;
	case LEVEL_INT: return SIGINT;
	case LEVEL_TERM: return SIGTERM;
	case LEVEL_KILL: return SIGKILL;
	}
	return SIGKILL;
}

static void fail(struct loop *l, enum sg_rc rc)
{
	if (l->rc == SG_OK)
		l->rc = rc;
	l->closed = true;
}

/* --- ending --- */

static void raise_to(struct slot *slot, enum level level)
{
	if (slot->state == SLOT_FREE || level <= slot->level)
		return;
	slot->level = level;
	slot->level_ns = sg_clock_mono_ns();
	slot->signal_ns = 0;
	/* the leader is not reaped before its slot is free: the group is still its own */
	(void)kill(-slot->pid, signal_of(level));
	(void)kill(-slot->pid, SIGCONT);
}

static void end_because(struct slot *slot, enum sg_cause cause, enum level level)
{
	if (slot->state == SLOT_RUNNING && slot->level == LEVEL_NONE)
		slot->job->cause = cause;
	raise_to(slot, level);
}

/* --- output --- */

static int64_t log_limit(const struct sg_job *job)
{
	return job->max_log_bytes ? job->max_log_bytes : SG_LOG_MAX_BYTES;
}

/* The log is full: who writes so much will not stop by itself, and what it says is lost. */
static void end_for_its_log(struct slot *slot)
{
	struct sg_job *job = slot->job;
	snprintf(job->error, sizeof(job->error),
		"its log grew over %lld MiB: say less, or raise max_log_mib of its binding",
		(long long)(log_limit(job) >> 20));
	end_because(slot, SG_CAUSE_SIGNALLED, LEVEL_TERM);
}

static void log_bytes(struct loop *l, struct slot *slot, const char *bytes, size_t n)
{
	struct sg_job *job = slot->job;
	const int64_t room = log_limit(job) - CUT_NOTE_BYTES - job->log_bytes;
	if (slot->cut || job->log_fd < 0 || l->rc < 0)
		return;
	slot->cut = (int64_t)n > room;
	if (slot->cut)
		n = room > 0 ? (size_t)room : 0;
	job->log_bytes += (int64_t)n;
	enum sg_rc rc = sg_fs_write_all(job->log_fd, "log", bytes, n, l->err);
	if (rc == SG_OK && slot->cut) {
		struct sg_strbuf note = SG_STRBUF_INIT;
		sg_strbuf_addf(&note, "\n[stepgate: the log was cut at %lld bytes]\n",
			(long long)job->log_bytes);
		rc = sg_fs_write_all(job->log_fd, "log", note.bytes, note.n_bytes, l->err);
		job->log_bytes += (int64_t)note.n_bytes;
		sg_strbuf_release(&note);
	}
	if (rc < 0)
		fail(l, rc);
	else if (slot->cut)
		end_for_its_log(slot);
}

static void keep_stdout(struct sg_job *job, const char *bytes, size_t n)
{
	if (!job->stdout_copy)
		return;
	const size_t have = job->stdout_copy->n_bytes;
	const size_t room = have < SG_STDOUT_MAX_BYTES ? SG_STDOUT_MAX_BYTES - have : 0;
	sg_strbuf_add(job->stdout_copy, bytes, n < room ? n : room);
}

/* One turn of reading: bounded, so that a flood cannot starve the other jobs or Ctrl-C. */
static void pump(struct loop *l, struct slot *slot, int *fd)
{
	char bytes[65536];
	ssize_t n = read(*fd, bytes, sizeof(bytes));
	if (n > 0) {
		slot->output_ns = sg_clock_mono_ns();
		log_bytes(l, slot, bytes, (size_t)n);
		if (fd == &slot->out_fd)
			keep_stdout(slot->job, bytes, (size_t)n);
		if (l->listener->output)
			l->listener->output(l->listener->ctx, slot->job, bytes, (size_t)n);
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		sg_fd_close(fd);
	}
}

/* What is still in a pipe after everybody has gone: at most what a pipe holds. */
static void pump_rest(struct loop *l, struct slot *slot, int *fd)
{
	for (int turns = 0; *fd >= 0 && turns < 64; turns++) {
		struct pollfd one = {*fd, POLLIN, 0};
		if (poll(&one, 1, 0) <= 0)
			break;
		pump(l, slot, fd);
	}
	sg_fd_close(fd);
}

/* --- after the end --- */

/* The listener judges; then it is seen whether another job may start. */
static void report(struct loop *l, struct sg_job *job)
{
	job->done = true;
	job->failed = job->cause != SG_CAUSE_EXITED || job->exit_status != 0 || job->error[0];
	if (l->rc < 0)
		return;
	if (l->listener->ended) {
		enum sg_rc rc = l->listener->ended(l->listener->ctx, job, l->err);
		if (rc < 0)
			fail(l, rc);
	}
	if (job->failed && l->stop_on_fail)
		l->closed = true;
}

static void finish(struct loop *l, struct slot *slot, size_t left)
{
	struct sg_job *job = slot->job;
	pump_rest(l, slot, &slot->out_fd);
	pump_rest(l, slot, &slot->err_fd);
	sg_fd_close(&slot->pidfd);
	while (waitpid(slot->pid, NULL, 0) < 0 && errno == EINTR)
		;
	slot->state = SLOT_FREE;
	slot->job = NULL;
	slot->pid = 0;
	if (left && !job->error[0])
		snprintf(job->error, sizeof(job->error),
			"%zu processes that it left running could not be ended", left);
	report(l, job);
}

/*
 * In a sandbox the leader is only what lies around the command. Without a word from within
 * (it was killed as a whole) the leader's own end is all there is to know.
 */
static void take_status(struct slot *slot, siginfo_t *info)
{
	int status = 0;
	ssize_t n = -1;
	if (slot->status_fd >= 0)
		n = read(slot->status_fd, &status, sizeof(status));
	sg_fd_close(&slot->status_fd);
	if (n != (ssize_t)sizeof(status))
		return;
	if (status & SG_STATUS_REPLACED)
		snprintf(slot->job->error, sizeof(slot->job->error),
			"a file that it was given in another's place was replaced while it "
			"ran");
	status &= ~SG_STATUS_REPLACED;
	info->si_code = WIFEXITED(status) ? CLD_EXITED : CLD_KILLED;
	info->si_status = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
}

static void leader_ended(struct slot *slot)
{
	struct sg_job *job = slot->job;
	siginfo_t info;
	memset(&info, 0, sizeof(info));
	if (waitid(P_PID, (id_t)slot->pid, &info, WEXITED | WNOWAIT | WNOHANG) < 0 ||
		!info.si_pid)
		return;
	take_status(slot, &info);
	if (info.si_code == CLD_EXITED) {
		job->exit_status = info.si_status;
	} else {
		job->signal = info.si_status;
		if (slot->level == LEVEL_NONE)
			job->cause = SG_CAUSE_SIGNALLED;
	}
	job->end_ms = sg_clock_wall_ms();
	slot->state = SLOT_ENDING;
	sg_fd_close(&slot->pidfd);
	raise_to(slot, LEVEL_TERM);
}

static size_t list_leaders(struct loop *l, const struct slot *of, size_t *ret_mine)
{
	size_t n = 0;
	*ret_mine = SIZE_MAX;
	for (size_t i = 0; i < l->n_slots; i++) {
		const struct slot *slot = &l->slots[i];
		if (slot->state == SLOT_FREE)
			continue;
		if (slot == of)
			*ret_mine = n;
		l->leaders[n].pid = slot->pid;
		l->leaders[n++].mark = sg_orphans_mark(slot->job->request.env);
	}
	return n;
}

static void end_what_is_left(struct loop *l, struct slot *slot)
{
	const int64_t now = sg_clock_mono_ns();
	size_t mine;
	const size_t n = list_leaders(l, slot, &mine);
	const bool again = now - slot->signal_ns >= SIGNAL_AGAIN_MS * NS_PER_MS;
	const size_t left = sg_orphans_signal(
		&l->orphans, l->leaders, n, mine, again ? signal_of(slot->level) : 0);
	if (again)
		slot->signal_ns = now;
	const bool hopeless =
		slot->level == LEVEL_KILL && now - slot->level_ns > GIVE_UP_MS * NS_PER_MS;
	if (left == 0 || hopeless)
		finish(l, slot, left);
}

static void check_times(struct slot *slot, int64_t now)
{
	const struct sg_job *job = slot->job;
	if (slot->level == LEVEL_NONE) {
		if (job->timeout_ms && now - slot->start_ns >= job->timeout_ms * NS_PER_MS)
			end_because(slot, SG_CAUSE_TIMEOUT, LEVEL_TERM);
		else if (job->idle_ms && now - slot->output_ns >= job->idle_ms * NS_PER_MS)
			end_because(slot, SG_CAUSE_IDLE, LEVEL_TERM);
	} else if (slot->level < LEVEL_KILL &&
		   now - slot->level_ns >= SG_KILL_AFTER_MS * NS_PER_MS) {
		raise_to(slot, (enum level)(slot->level + 1));
	}
}

/* --- starting --- */

static bool make_pipe(int *ret_read, int *ret_write)
{
	int fds[2];
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return false;
	/* only our end may be non-blocking: the command expects a plain descriptor */
	(void)fcntl(fds[1], F_SETFL, 0);
	*ret_read = fds[0];
	*ret_write = fds[1];
	return true;
}

/* job->error says why. */
static void not_started(struct loop *l, struct sg_job *job)
{
	job->cause = SG_CAUSE_NOT_STARTED;
	job->start_ms = job->end_ms = sg_clock_wall_ms();
	report(l, job);
}

static void start(struct loop *l, struct slot *slot, struct sg_job *job)
{
	SG_CLEANUP(sg_fd_close) int out = -1;
	SG_CLEANUP(sg_fd_close) int errors = -1;
	SG_CLEANUP(sg_fd_close) int status = -1;
	struct sg_err why = SG_ERR_INIT;
	const struct slot fresh = {.state = SLOT_FREE,
		.pidfd = -1,
		.out_fd = -1,
		.err_fd = -1,
		.status_fd = -1};
	*slot = fresh;
	job->start_ms = sg_clock_wall_ms();
	job->cause = SG_CAUSE_EXITED;
	if (!make_pipe(&slot->out_fd, &out) ||
		(job->stdout_copy && !make_pipe(&slot->err_fd, &errors)) ||
		(job->request.sandbox && !make_pipe(&slot->status_fd, &status))) {
		(void)sg_err_errno(&why, SG_STORAGE, errno, "cannot make a pipe");
	} else {
		job->request.out_fd = out;
		job->request.err_fd = job->stdout_copy ? errors : 0;
		job->request.status_fd = job->request.sandbox ? status : 0;
		(void)sg_spawn(&job->request, &slot->pid, &why);
	}
	if (why.rc == SG_OK) {
		slot->pidfd = pidfd_open(slot->pid, 0);
		slot->job = job;
		slot->start_ns = slot->output_ns = sg_clock_mono_ns();
		slot->state = SLOT_RUNNING;
		if (l->listener->started)
			l->listener->started(l->listener->ctx, job);
		return;
	}
	sg_fd_close(&slot->out_fd);
	sg_fd_close(&slot->err_fd);
	sg_fd_close(&slot->status_fd);
	snprintf(job->error, sizeof(job->error), "%s", why.text);
	not_started(l, job);
}

static void start_more(struct loop *l)
{
	for (size_t i = 0; i < l->n_slots; i++) {
		/* a job that could not be started leaves its slot free for the next one */
		while (l->slots[i].state == SLOT_FREE && !l->closed && l->next < l->n) {
			struct sg_job *job = &l->jobs[l->next++];
			if (l->listener->prepare) {
				enum sg_rc rc =
					l->listener->prepare(l->listener->ctx, job, l->err);
				if (rc < 0) {
					fail(l, rc);
					return;
				}
			}
			if (job->error[0])
				not_started(l, job);
			else
				start(l, &l->slots[i], job);
		}
	}
}

/* --- the turn --- */

static int64_t earlier(int64_t a_ns, int64_t b_ns)
{
	return a_ns < b_ns ? a_ns : b_ns;
}

static int wait_ms(const struct loop *l)
{
	const int64_t now = sg_clock_mono_ns();
	int64_t at = now + TICK_MS * NS_PER_MS;
	const int wanted = l->listener->wait_ms ? l->listener->wait_ms(l->listener->ctx) : -1;
	if (wanted >= 0)
		at = earlier(at, now + wanted * NS_PER_MS);
	for (size_t i = 0; i < l->n_slots; i++) {
		const struct slot *slot = &l->slots[i];
		if (slot->state == SLOT_FREE)
			continue;
		/*
		 * without a pidfd (an old kernel) or a parent's word, looking is all there is
		 */
		if (slot->state == SLOT_ENDING || slot->pidfd < 0)
			at = earlier(at, now + LEFT_POLL_MS * NS_PER_MS);
		else if (slot->level != LEVEL_NONE)
			at = earlier(at, slot->level_ns + SG_KILL_AFTER_MS * NS_PER_MS);
		if (slot->state != SLOT_RUNNING || slot->level != LEVEL_NONE)
			continue;
		if (slot->job->timeout_ms)
			at = earlier(at, slot->start_ns + slot->job->timeout_ms * NS_PER_MS);
		if (slot->job->idle_ms)
			at = earlier(at, slot->output_ns + slot->job->idle_ms * NS_PER_MS);
	}
	return at > now ? (int)((at - now + NS_PER_MS - 1) / NS_PER_MS) : 0;
}

static void wait_for_news(struct loop *l)
{
	struct pollfd *fds = l->fds;
	fds[0].fd = l->watch_fd;
	for (size_t i = 0; i < l->n_slots; i++) {
		const struct slot *slot = &l->slots[i];
		const bool used = slot->state != SLOT_FREE;
		fds[1 + i * 3].fd = used ? slot->pidfd : -1;
		fds[2 + i * 3].fd = used ? slot->out_fd : -1;
		fds[3 + i * 3].fd = used ? slot->err_fd : -1;
	}
	for (size_t i = 0; i < 1 + l->n_slots * 3; i++) {
		fds[i].events = POLLIN;
		fds[i].revents = 0;
	}
	(void)poll(fds, 1 + l->n_slots * 3, wait_ms(l));
}

static void take_news(struct loop *l)
{
	if (l->fds[0].revents & POLLIN) {
		if (l->listener->watched)
			l->listener->watched(l->listener->ctx);
	} else if (l->fds[0].revents) {
		l->watch_fd = -1; /* gone: it would wake us for ever */
	}
	for (size_t i = 0; i < l->n_slots; i++) {
		struct slot *slot = &l->slots[i];
		const struct pollfd *fds = &l->fds[1 + i * 3];
		if (slot->state == SLOT_FREE)
			continue;
		if (fds[1].revents && slot->out_fd >= 0)
			pump(l, slot, &slot->out_fd);
		if (fds[2].revents && slot->err_fd >= 0)
			pump(l, slot, &slot->err_fd);
		if (slot->state == SLOT_RUNNING && (fds[0].revents || slot->pidfd < 0))
			leader_ended(slot);
	}
}

static void ask_level(struct loop *l)
{
	int wanted = l->listener->tick ? l->listener->tick(l->listener->ctx) : 0;
	if (l->rc < 0 && wanted < LEVEL_TERM)
		wanted = LEVEL_TERM;
	if (wanted <= (int)l->level)
		return;
	l->level = wanted > LEVEL_KILL ? LEVEL_KILL : (enum level)wanted;
	l->closed = true;
	for (size_t i = 0; i < l->n_slots; i++)
		end_because(&l->slots[i], SG_CAUSE_CANCELLED, l->level);
}

static bool is_active(const struct loop *l)
{
	for (size_t i = 0; i < l->n_slots; i++)
		if (l->slots[i].state != SLOT_FREE)
			return true;
	return false;
}

static void turn(struct loop *l)
{
	wait_for_news(l);
	take_news(l);
	ask_level(l);
	const int64_t now = sg_clock_mono_ns();
	for (size_t i = 0; i < l->n_slots; i++) {
		struct slot *slot = &l->slots[i];
		if (slot->state != SLOT_FREE)
			check_times(slot, now);
		if (slot->state == SLOT_ENDING)
			end_what_is_left(l, slot);
	}
}

/* Orphans that named a job which has since ended with its own error, and the like. */
static void sweep(struct loop *l)
{
	for (int turns = 0; turns < 50; turns++) {
		if (!sg_orphans_signal(&l->orphans, NULL, 0, 0, SIGKILL))
			return;
		(void)poll(NULL, 0, LEFT_POLL_MS);
	}
}

enum sg_rc sg_loop_run(struct sg_job *jobs, size_t n, size_t at_once, bool stop_on_fail,
	const struct sg_loop_listener *listener, struct sg_err *err)
{
	struct sg_err own = SG_ERR_INIT;
	struct loop l = {.jobs = jobs,
		.n = n,
		.n_slots = at_once ? (at_once < n ? at_once : n) : 1,
		.stop_on_fail = stop_on_fail,
		.listener = listener,
		.watch_fd = listener->watch_fd,
		.err = err ? err : &own};
	if (n == 0)
		return SG_OK;
	l.slots = calloc(l.n_slots, sizeof(*l.slots));
	l.fds = calloc(1 + l.n_slots * 3, sizeof(*l.fds));
	l.leaders = calloc(l.n_slots, sizeof(*l.leaders));
	if (!l.slots || !l.fds || !l.leaders)
		l.rc = sg_err_set(l.err, SG_NOMEM, "out of memory");
	else
		l.rc = sg_orphans_begin(&l.orphans, l.err);
	if (l.rc == SG_OK) {
		ask_level(&l);
		start_more(&l);
		while (is_active(&l)) {
			turn(&l);
			start_more(&l);
		}
		sweep(&l);
		sg_orphans_end(&l.orphans);
	}
	free(l.slots);
	free(l.fds);
	free(l.leaders);
	return l.rc;
}
