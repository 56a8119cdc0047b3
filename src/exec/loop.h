/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Running commands to their end: up to N at a time, with live output, timeouts, and Ctrl-C.
 *
 * Reports facts only: how each ended and what it printed; what they mean is the reducer's to
 * say. Output goes to the log file and, raw, to the listener (who sanitises). A command's end
 * means: its whole process group is gone (INT on Ctrl-C, TERM, KILL, each SG_KILL_AFTER_MS
 * after the one before where that did not do), and so are processes that left the group. For
 * those this process becomes a subreaper while the loop runs: an orphan is told from another
 * job's by the STEPGATE_OUT in its first environment; one that names no running job is taken
 * for a left-over of whichever ends first. Processes of our own POSIX session are never
 * touched. One poll loop; children are watched by pidfd, so that signals stay the front
 * end's.
 */
#ifndef STEPGATE_EXEC_LOOP_H
#define STEPGATE_EXEC_LOOP_H

#include "exec/spawn.h"
#include "stepgate/event.h"

#define SG_KILL_AFTER_MS 3000
#define SG_LOG_MAX_BYTES ((int64_t)64 << 20)
/* The longest log that is shown: one may be longer where its binding says so. */
#define SG_LOG_SHOWN_BYTES  ((size_t)1 << 30)
#define SG_STDOUT_MAX_BYTES ((size_t)64 << 10)

struct sg_job {
	struct sg_spawn_request request; /* out_fd, err_fd, status_fd are set by the loop */
	const char *name;                /* role or engine key, for the listener */
	int log_fd;         /* open for writing; the loop writes, the caller closes */
	int64_t timeout_ms; /* 0: none */
	int64_t idle_ms;    /* 0: none; no output for so long */
	/* of the log; 0: SG_LOG_MAX_BYTES. More ends the job: SIGNALLED, said in error */
	int64_t max_log_bytes;
	/* NULL, or gets stdout alone, cut at SG_STDOUT_MAX_BYTES; the log has both */
	struct sg_strbuf *stdout_copy;
	/* filled by the loop */
	enum sg_cause cause;
	int exit_status;
	int signal;               /* that ended it; 0: it ended by itself */
	int64_t start_ms, end_ms; /* wall */
	int64_t log_bytes;        /* in the log; where it was cut its last line says so */
	/* NOT_STARTED: stage and reason; else "", what could not be ended, or a log too long */
	char error[SG_ERR_TEXT_SIZE];
	bool done;
	bool failed; /* not exit 0; `ended` may judge otherwise before stop_on_fail looks */
	void *user;
};

struct sg_loop_listener {
	/*
	 * Before a job starts, the last moment to fill its request and log_fd; NULL: all are
	 * filled. What it writes into job->error keeps the job from starting (NOT_STARTED);
	 * an error ends the loop.
	 */
	enum sg_rc (*prepare)(void *ctx, struct sg_job *job, struct sg_err *err);
	void (*started)(void *ctx, struct sg_job *job); /* NULL is fine, here and below */
	void (*output)(void *ctx, struct sg_job *job, const char *bytes, size_t n_bytes);
	/* after the end; called before the next job starts. An error ends the loop. */
	enum sg_rc (*ended)(void *ctx, struct sg_job *job, struct sg_err *err);
	/*
	 * At least once a second and whenever something happened; returns the wanted level of
	 * ending: 0 go on, 1 INT, 2 TERM, 3 KILL.
	 */
	int (*tick)(void *ctx);
	/* for how long tick need not be called, in ms; -1: as long as the loop likes */
	int (*wait_ms)(void *ctx);
	/* one more descriptor to watch (the terminal), -1: none; called when it is readable */
	int watch_fd;
	void (*watched)(void *ctx);
	/*
	 * Runs fn(arg) and returns when it is done: what may take long and touches nothing of
	 * the front end, which may go on meanwhile. NULL: there is nothing to go on with.
	 */
	void (*aside)(void *ctx, void (*fn)(void *arg), void *arg);
	void *ctx;
};

/*
 * Runs jobs[0..n) in order, at most at_once together. stop_on_fail: after a job that failed
 * no further one is started. After tick said more than 0 none is started either. Jobs not
 * started keep done == false. When the loop ends with an error, those still running were
 * ended first (CANCELLED, `ended` is not called for them).
 */
enum sg_rc sg_loop_run(struct sg_job *jobs, size_t n, size_t at_once, bool stop_on_fail,
	const struct sg_loop_listener *listener, struct sg_err *err);

#endif
