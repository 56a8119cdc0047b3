/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Running commands to their end: up to N at a time, with live output, timeouts, and Ctrl-C.
 *
 * Reports facts only: how each ended and what it printed; what they mean is the reducer's to say. Output goes to the
 * log file and, raw, to the listener (who sanitises). A command's end means: its whole process group is gone (TERM, then KILL after
 * SG_KILL_AFTER_MS), and so are processes it left behind (subreaper). One poll loop; SIGCHLD by signalfd or pidfd.
 */
#ifndef STEPGATE_EXEC_LOOP_H
#define STEPGATE_EXEC_LOOP_H

#include "exec/spawn.h"
#include "stepgate/event.h"

#define SG_KILL_AFTER_MS 3000
#define SG_LOG_MAX_BYTES ((int64_t)64 << 20)

struct sg_job {
	struct sg_spawn_request request; /* out_fd is set by the loop */
	const char *name;                /* role or engine key, for the listener */
	int log_fd;                      /* the log, open for writing; the loop writes, the caller closes */
	int64_t timeout_ms;              /* 0: none */
	int64_t idle_ms;                 /* 0: none; no output for so long */
	/* filled by the loop */
	enum sg_cause cause;
	int exit_status;
	int signal;
	int64_t start_ms, end_ms; /* wall */
	int64_t log_bytes;        /* written to the log (cut at SG_LOG_MAX_BYTES, said in its last line) */
	char error[256];          /* NOT_STARTED: stage and reason */
	bool done;
	void *user;
};

struct sg_loop_listener {
	void (*started)(void *ctx, struct sg_job *job);
	void (*output)(void *ctx, struct sg_job *job, const char *bytes, size_t n_bytes);
	/* after the end; called before the next job starts. An error ends the loop (others are cancelled). */
	enum sg_rc (*ended)(void *ctx, struct sg_job *job, struct sg_err *err);
	/* at least once a second and whenever something happened; returns the wanted level of ending: 0 go on, 1 INT, 2 TERM, 3 KILL */
	int (*tick)(void *ctx);
	/* one more descriptor to watch (the terminal), -1: none; called when it is readable */
	int watch_fd;
	void (*watched)(void *ctx);
	void *ctx;
};

/* Runs jobs[0..n) in order, at most at_once together. stop_on_fail: after a job that did not exit 0 no further one is started (jobs not started keep done == false). */
enum sg_rc sg_loop_run(struct sg_job *jobs, size_t n, size_t at_once, bool stop_on_fail,
		       const struct sg_loop_listener *listener, struct sg_err *err);

#endif
