/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands run to their end: how they ended, what they left, what they printed. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "exec/loop.h"
#include "harness/harness.h"

#define MAX_JOBS 8

struct room {
	char *folder;
	struct sg_job jobs[MAX_JOBS];
	const char *argv[MAX_JOBS][4];
	char *mark[MAX_JOBS];
	const char *env[MAX_JOBS][3];
	struct sg_strbuf said[MAX_JOBS]; /* to the listener, a job each */
	char order[256];                 /* "s0 e0 ..." */
	int level;                       /* what tick returns once `after` has started */
	int started, after;
	enum sg_rc answer; /* of ended */
	size_t n;
};

static size_t index_of(const struct room *room, const struct sg_job *job)
{
	return (size_t)(job - room->jobs);
}

static void note(struct room *room, char what, const struct sg_job *job)
{
	const size_t used = strlen(room->order);
	snprintf(room->order + used, sizeof(room->order) - used, "%c%zu ", what,
		index_of(room, job));
}

static void on_started(void *ctx, struct sg_job *job)
{
	struct room *room = ctx;
	room->started++;
	note(room, 's', job);
}

static void on_output(void *ctx, struct sg_job *job, const char *bytes, size_t n)
{
	struct room *room = ctx;
	cr_assert_not(job->done, "output after the end");
	sg_strbuf_add(&room->said[index_of(room, job)], bytes, n);
}

static enum sg_rc on_ended(void *ctx, struct sg_job *job, struct sg_err *err)
{
	struct room *room = ctx;
	note(room, 'e', job);
	if (room->answer < 0)
		return sg_err_set(err, room->answer, "the listener refuses");
	return SG_OK;
}

static int on_tick(void *ctx)
{
	struct room *room = ctx;
	return room->started >= room->after ? room->level : 0;
}

static void enter(struct room *room)
{
	memset(room, 0, sizeof(*room));
	room->folder = sg_t_tmpdir();
	for (size_t i = 0; i < MAX_JOBS; i++)
		sg_strbuf_init(&room->said[i]);
}

static void leave(struct room *room)
{
	for (size_t i = 0; i < MAX_JOBS; i++) {
		sg_strbuf_release(&room->said[i]);
		free(room->mark[i]);
	}
	for (size_t i = 0; i < room->n; i++)
		close(room->jobs[i].log_fd);
	sg_t_rmtree(room->folder);
	free(room->folder);
}

static char *log_path(const struct room *room, size_t i)
{
	return sg_t_format("%s/log%zu", room->folder, i);
}

static struct sg_job *add(struct room *room, const char *script)
{
	const size_t i = room->n++;
	const char *const argv[] = {"sh", "-c", script, NULL};
	char *path = log_path(room, i);
	memcpy(room->argv[i], argv, sizeof(argv));
	room->mark[i] = sg_t_format("STEPGATE_OUT=%s/out%zu", room->folder, i);
	room->env[i][0] = "PATH=/usr/bin:/bin";
	room->env[i][1] = room->mark[i];
	struct sg_job *job = &room->jobs[i];
	job->request.argv = room->argv[i];
	job->request.folder = room->folder;
	job->request.env = room->env[i];
	job->name = "job";
	job->log_fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	free(path);
	return job;
}

static enum sg_rc run_all(
	struct room *room, size_t at_once, bool stop_on_fail, struct sg_err *err)
{
	const struct sg_loop_listener listener = {.started = on_started,
		.output = on_output,
		.ended = on_ended,
		.tick = on_tick,
		.watch_fd = -1,
		.ctx = room};
	return sg_loop_run(room->jobs, room->n, at_once, stop_on_fail, &listener, err);
}

static void run_ok(struct room *room, size_t at_once, bool stop_on_fail)
{
	struct sg_err err = SG_ERR_INIT;
	cr_assert_eq(run_all(room, at_once, stop_on_fail, &err), SG_OK, "%s", err.text);
}

/* A process number that a job wrote into a file of the folder. */
static pid_t pid_in(const struct room *room, const char *name)
{
	char *path = sg_t_format("%s/%s", room->folder, name);
	char *text = sg_t_read(path, NULL);
	cr_assert_not_null(text, "no %s was written", name);
	pid_t pid = (pid_t)atol(text);
	free(text);
	free(path);
	cr_assert_gt(pid, 1);
	return pid;
}

static bool is_alive(pid_t pid)
{
	return kill(pid, 0) == 0;
}

Test(loop, an_exit_status_is_reported_and_the_output_is_logged)
{
	struct room room;
	enter(&room);
	struct sg_job *job = add(&room, "echo out; echo err >&2; exit 3");
	run_ok(&room, 1, false);
	cr_assert(job->done && job->failed);
	cr_assert_eq(job->cause, SG_CAUSE_EXITED);
	cr_assert_eq(job->exit_status, 3);
	cr_assert_eq(job->signal, 0);
	cr_assert_geq(job->end_ms, job->start_ms);
	char *path = log_path(&room, 0);
	char *text = sg_t_read(path, NULL);
	cr_assert_str_eq(text, "out\nerr\n");
	cr_assert_str_eq(room.said[0].bytes, "out\nerr\n");
	cr_assert_eq(job->log_bytes, 8);
	free(text);
	free(path);
	leave(&room);
	SG_LEAKCHECK();
}

Test(loop, a_signal_is_reported_by_its_number)
{
	struct room room;
	enter(&room);
	struct sg_job *job = add(&room, "kill -SEGV $$");
	run_ok(&room, 1, false);
	cr_assert_eq(job->cause, SG_CAUSE_SIGNALLED);
	cr_assert_eq(job->signal, SIGSEGV);
	cr_assert(job->failed);
	leave(&room);
	SG_LEAKCHECK();
}

Test(loop, a_command_that_cannot_start_says_its_stage_and_the_next_one_runs)
{
	struct room room;
	enter(&room);
	struct sg_job *job = add(&room, "");
	room.argv[0][0] = "./missing";
	struct sg_job *next = add(&room, "true");
	run_ok(&room, 1, false);
	cr_assert_eq(job->cause, SG_CAUSE_NOT_STARTED);
	cr_assert_str_eq(
		job->error, "cannot start './missing': exec: No such file or directory");
	cr_assert(job->done && job->failed && next->done && !next->failed);
	cr_assert_str_eq(room.order, "e0 s1 e1 ");
	leave(&room);
	SG_LEAKCHECK();
}

Test(loop, a_timeout_ends_the_whole_group_by_term)
{
	struct room room;
	enter(&room);
	struct sg_job *job = add(&room, "sleep 60 & echo $! >child; wait");
	job->timeout_ms = 200;
	const int64_t begin = sg_clock_mono_ns();
	run_ok(&room, 1, false);
	cr_assert_lt(sg_clock_mono_ns() - begin, INT64_C(2500000000), "it waited for KILL");
	cr_assert_eq(job->cause, SG_CAUSE_TIMEOUT);
	cr_assert_eq(job->signal, SIGTERM);
	cr_assert_not(is_alive(pid_in(&room, "child")));
	leave(&room);
	SG_LEAKCHECK();
}

Test(loop, who_ignores_term_is_killed)
{
	struct room room;
	enter(&room);
	struct sg_job *job = add(&room, "trap '' TERM; while :; do sleep 1; done");
	job->timeout_ms = 100;
	const int64_t begin = sg_clock_mono_ns();
	run_ok(&room, 1, false);
	const int64_t took_ms = (sg_clock_mono_ns() - begin) / 1000000;
	cr_assert_geq(took_ms, SG_KILL_AFTER_MS);
	cr_assert_lt(took_ms, SG_KILL_AFTER_MS + 2000);
	cr_assert_eq(job->cause, SG_CAUSE_TIMEOUT);
	cr_assert_eq(job->signal, SIGKILL);
	leave(&room);
	SG_LEAKCHECK();
}

Test(loop, silence_longer_than_allowed_ends_it_and_output_keeps_it_alive)
{
	struct room room;
	enter(&room);
	struct sg_job *talks = add(&room, "for i in 1 2 3 4; do echo $i; sleep 0.2; done");
	talks->idle_ms = 1000;
	struct sg_job *silent = add(&room, "echo once; sleep 60");
	silent->idle_ms = 300;
	run_ok(&room, 2, false);
	cr_assert_eq(talks->cause, SG_CAUSE_EXITED);
	cr_assert_eq(silent->cause, SG_CAUSE_IDLE);
	cr_assert_eq(silent->signal, SIGTERM);
	leave(&room);
	SG_LEAKCHECK();
}

Test(loop, a_daemon_that_was_forked_twice_is_killed_before_the_end_is_reported)
{
	struct room room;
	enter(&room);
	struct sg_job *job = add(&room,
		"setsid sh -c 'setsid sh -c \"echo \\$\\$ >daemon; exec sleep 60\" &' &"
		"while ! [ -s daemon ]; do sleep 0.02; done");
	run_ok(&room, 1, false);
	cr_assert_eq(job->exit_status, 0);
	cr_assert_not(job->failed, "%s", job->error);
	cr_assert_not(is_alive(pid_in(&room, "daemon")));
	leave(&room);
	SG_LEAKCHECK();
}

Test(loop, a_daemon_that_ignores_term_and_hides_its_environment_is_killed_too)
{
	struct room room;
	enter(&room);
	add(&room, "setsid env -i sh -c 'trap \"\" TERM HUP; echo $$ >daemon; while :; do "
		   "sleep 1; done' &"
		   "while ! [ -s daemon ]; do sleep 0.02; done");
	run_ok(&room, 1, false);
	cr_assert_not(is_alive(pid_in(&room, "daemon")));
	leave(&room);
	SG_LEAKCHECK();
}

Test(loop, the_end_of_one_job_spares_the_daemon_of_another)
{
	struct room room;
	enter(&room);
	add(&room, "while ! [ -s daemon ]; do sleep 0.02; done");
	/* orphaned at once; its job works on with it well after the first job has ended */
	struct sg_job *job = add(&room, "(setsid sh -c 'echo $$ >daemon; exec sleep 60' &)\n"
					"while ! [ -s daemon ]; do sleep 0.02; done; sleep 0.6;"
					"kill -0 $(cat daemon)");
	run_ok(&room, 2, false);
	cr_assert_eq(job->exit_status, 0, "its daemon was killed");
	cr_assert_str_eq(room.order, "s0 s1 e0 e1 ");
	cr_assert_not(is_alive(pid_in(&room, "daemon")));
	leave(&room);
	SG_LEAKCHECK();
}

Test(loop, our_own_children_are_let_alone)
{
	struct room room;
	enter(&room);
	pid_t before = fork();
	if (before == 0) {
		setsid();
		pause();
		_exit(0);
	}
	add(&room, "sleep 0.1 & true");
	run_ok(&room, 1, false);
	cr_assert_eq(waitpid(before, NULL, WNOHANG), 0, "it was killed");
	kill(before, SIGKILL);
	cr_assert_eq(waitpid(before, NULL, 0), before);
	leave(&room);
	SG_LEAKCHECK();
}

Test(loop, stdin_is_empty_and_closing_stdout_is_no_end)
{
	struct room room;
	enter(&room);
	struct sg_job *job = add(&room, "cat; exec >&- 2>&-; sleep 0.2; exit 5");
	run_ok(&room, 1, false);
	cr_assert_eq(job->cause, SG_CAUSE_EXITED);
	cr_assert_eq(job->exit_status, 5);
	cr_assert_eq(job->log_bytes, 0);
	leave(&room);
	SG_LEAKCHECK();
}

Test(loop, a_flood_of_output_is_cut_in_the_log_and_said_so)
{
	struct room room;
	enter(&room);
	struct sg_job *job =
		add(&room, "head -c 80000000 /dev/zero | tr '\\0' x; echo; echo done >&2");
	const struct sg_loop_listener listener = {.watch_fd = -1};
	struct sg_err err = SG_ERR_INIT;
	cr_assert_eq(
		sg_loop_run(room.jobs, 1, 1, false, &listener, &err), SG_OK, "%s", err.text);
	cr_assert_eq(job->exit_status, 0);
	cr_assert_leq(job->log_bytes, SG_LOG_MAX_BYTES);
	cr_assert_gt(job->log_bytes, SG_LOG_MAX_BYTES - 200);
	char *path = log_path(&room, 0);
	size_t size;
	char *text = sg_t_read(path, &size);
	cr_assert_eq((int64_t)size, job->log_bytes);
	cr_assert_not_null(strstr(text + size - 80, "\n[stepgate: the log was cut at "));
	free(text);
	free(path);
	leave(&room);
	SG_LEAKCHECK();
}

Test(loop, stdout_alone_is_copied_where_it_is_asked_for)
{
	struct room room;
	enter(&room);
	struct sg_strbuf copy = SG_STRBUF_INIT;
	struct sg_job *job = add(&room, "echo reason; echo noise >&2");
	job->stdout_copy = &copy;
	run_ok(&room, 1, false);
	cr_assert_str_eq(copy.bytes, "reason\n");
	cr_assert_eq(job->log_bytes, 13);
	struct sg_job *flood = add(&room, "head -c 1000000 /dev/zero");
	flood->stdout_copy = &copy;
	sg_strbuf_clear(&copy);
	const struct sg_loop_listener listener = {.watch_fd = -1};
	cr_assert_eq(sg_loop_run(flood, 1, 1, false, &listener, NULL), SG_OK);
	cr_assert_eq(copy.n_bytes, SG_STDOUT_MAX_BYTES);
	sg_strbuf_release(&copy);
	leave(&room);
	SG_LEAKCHECK();
}

Test(loop, eight_jobs_run_together_and_start_in_order)
{
	struct room room;
	enter(&room);
	/* each waits until all eight are there: one at a time it would never end */
	for (int i = 0; i < 8; i++) {
		struct sg_job *job =
			add(&room, ": >here.$$; n=0; while [ $(ls | grep -c here) -lt 8 ]; do "
				   "sleep 0.05; done; echo all");
		job->timeout_ms = 20000;
	}
	run_ok(&room, 8, false);
	for (size_t i = 0; i < 8; i++) {
		cr_assert_eq(room.jobs[i].cause, SG_CAUSE_EXITED);
		cr_assert_str_eq(room.said[i].bytes, "all\n");
	}
	cr_assert_eq(strncmp(room.order, "s0 s1 s2 s3 s4 s5 s6 s7 ", 24), 0, "%s", room.order);
	leave(&room);
	SG_LEAKCHECK();
}

Test(loop, one_at_a_time_each_end_is_reported_before_the_next_start)
{
	struct room room;
	enter(&room);
	add(&room, "true");
	add(&room, "exit 1");
	add(&room, "true");
	run_ok(&room, 1, false);
	cr_assert_str_eq(room.order, "s0 e0 s1 e1 s2 e2 ");
	leave(&room);
	SG_LEAKCHECK();
}

Test(loop, after_a_failure_no_further_job_is_started_where_that_is_asked)
{
	struct room room;
	enter(&room);
	add(&room, "exit 1");
	struct sg_job *second = add(&room, "true");
	run_ok(&room, 1, true);
	cr_assert_str_eq(room.order, "s0 e0 ");
	cr_assert_not(second->done);
	leave(&room);
	SG_LEAKCHECK();
}

Test(loop, ctrl_c_interrupts_what_runs_and_starts_nothing_more)
{
	struct room room;
	enter(&room);
	struct sg_job *job =
		add(&room, "trap 'echo caught; exit 9' INT; while :; do sleep 0.1; done");
	struct sg_job *second = add(&room, "true");
	room.level = 1;
	room.after = 1;
	/* the trap has to be set before the signal comes */
	job->idle_ms = 0;
	run_ok(&room, 1, false);
	cr_assert_eq(job->cause, SG_CAUSE_CANCELLED);
	cr_assert(job->done && job->failed);
	cr_assert_not(second->done);
	leave(&room);
	SG_LEAKCHECK();
}

Test(loop, kill_is_the_third_level_and_needs_no_patience)
{
	struct room room;
	enter(&room);
	struct sg_job *job = add(&room, "trap '' INT TERM; while :; do sleep 1; done");
	room.level = 3;
	room.after = 1;
	const int64_t begin = sg_clock_mono_ns();
	run_ok(&room, 1, false);
	cr_assert_lt(sg_clock_mono_ns() - begin, INT64_C(2500000000));
	cr_assert_eq(job->cause, SG_CAUSE_CANCELLED);
	cr_assert_eq(job->signal, SIGKILL);
	leave(&room);
	SG_LEAKCHECK();
}

Test(loop, an_error_of_the_listener_ends_the_others_and_comes_back)
{
	struct room room;
	enter(&room);
	struct sg_err err = SG_ERR_INIT;
	add(&room, "while ! [ -s child ]; do sleep 0.02; done");
	struct sg_job *other = add(&room, "echo $$ >child; sleep 60");
	room.answer = SG_STORAGE;
	cr_assert_eq(run_all(&room, 2, false, &err), SG_STORAGE);
	cr_assert_str_eq(err.text, "the listener refuses");
	cr_assert_eq(other->cause, SG_CAUSE_CANCELLED);
	cr_assert_str_eq(room.order, "s0 s1 e0 ");
	cr_assert_not(is_alive(pid_in(&room, "child")));
	leave(&room);
	SG_LEAKCHECK();
}

static int refuse_write_fd;
static ssize_t refuse_write(int fd, const void *bytes, size_t n)
{
	if (fd != refuse_write_fd)
		return write(fd, bytes, n);
	errno = ENOSPC;
	return -1;
}

Test(loop, a_log_that_cannot_be_written_is_a_storage_fault)
{
	struct room room;
	enter(&room);
	struct sg_err err = SG_ERR_INIT;
	struct sg_job *job = add(&room, "echo x; sleep 60");
	struct sg_fs_calls calls = sg_fs_kernel;
	refuse_write_fd = job->log_fd;
	calls.write = refuse_write;
	sg_fs = &calls;
	cr_assert_eq(run_all(&room, 1, false, &err), SG_STORAGE);
	sg_fs = &sg_fs_kernel;
	cr_assert_str_eq(room.order, "s0 ");
	leave(&room);
	SG_LEAKCHECK();
}

static void on_watched(void *ctx)
{
	int *const *fds = ctx;
	char byte;
	cr_assert_eq(read((*fds)[0], &byte, 1), 1);
	(*fds)[2]++;
}

Test(loop, a_descriptor_of_the_front_end_is_watched_and_its_end_is_survived)
{
	struct room room;
	enter(&room);
	int fds[3] = {-1, -1, 0};
	int *at = fds;
	cr_assert_eq(pipe2(fds, O_CLOEXEC), 0);
	cr_assert_eq(write(fds[1], "ab", 2), 2);
	close(fds[1]);
	add(&room, "sleep 0.3");
	const struct sg_loop_listener listener = {
		.watch_fd = fds[0], .watched = on_watched, .ctx = &at};
	cr_assert_eq(sg_loop_run(room.jobs, 1, 1, false, &listener, NULL), SG_OK);
	cr_assert_eq(fds[2], 2);
	close(fds[0]);
	leave(&room);
	SG_LEAKCHECK();
}
