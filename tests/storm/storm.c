/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * storm: eight writers and three readers on one run, writers killed at any moment and begun anew.
 *
 * A round has a folder of its own, so that a trace stays as long as a trace is. Each commit that came
 * back stands as a number in shared memory; afterwards each must be in the trace once, in order, and
 * nothing beyond the one that may have been under way.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "fault/fault.h"
#include "harness/harness.h"
#include "storm/storm.h"

#define WRITERS      8
#define READERS      3
#define LIVES_MAX    256
#define ROUND_EVENTS 2500

struct round {
	atomic_llong acked[LIVES_MAX]; /* commits of a name that came back */
	atomic_llong commits;	       /* all that came back */
	atomic_llong reads;
	atomic_llong busy; /* refused: another held the lock for 5 s */
	atomic_int stop;
};

struct storm {
	const struct run_case *c;
	struct round *round;
	pid_t writers[WRITERS];
	int life_of[WRITERS];
	int lives;
	pid_t readers[READERS];
	unsigned random;
	unsigned kills;
};

static void pause_us(long us)
{
	const struct timespec t = {.tv_nsec = us * 1000};

	nanosleep(&t, NULL);
}

static _Noreturn void write_life(const struct storm *storm, int life)
{
	struct round *round = storm->round;
	struct sg_session *s = NULL;
	char name[64];

	if (sg_session_open(&s, &storm->c->options, NULL) != SG_OK)
		_exit(1);
	for (long long n = 0; !atomic_load(&round->stop); n++) {
		struct sg_err err = SG_ERR_INIT;
		(void)snprintf(name, sizeof(name), "l%d-%lld.md", life, n);
		struct sg_event event = case_next_event(sg_session_run(s), name);
		enum sg_rc rc = sg_session_commit(s, &event, NULL, NULL, &err);
		if (rc == SG_BUSY) {
			atomic_fetch_add(&round->busy, 1);
			n--;
			continue;
		}
		if (rc != SG_OK)
			_exit(rc == SG_STORAGE ? 3 : 2);
		atomic_store(&round->acked[life], n + 1);
		atomic_fetch_add(&round->commits, 1);
		/* one that changes the manifest; refused where another was faster */
		event = n % 2 ? case_resume_event(sg_session_run(s))
			      : case_stop_gap_event(sg_session_run(s));
		rc = sg_session_commit(s, &event, NULL, NULL, NULL);
		if (rc == SG_OK)
			atomic_fetch_add(&round->commits, 1);
		else if (rc != SG_REFUSED && rc != SG_BUSY)
			_exit(rc == SG_STORAGE ? 3 : 2);
		/* enough is written: the processors are the readers' */
		if (atomic_load(&round->commits) >= ROUND_EVENTS)
			pause_us(10000);
	}
	sg_session_close(s);
	_exit(0);
}

static _Noreturn void read_on(const struct storm *storm)
{
	struct sg_session_options options = storm->c->options;
	int64_t seq = 0;

	options.read_only = true;
	while (!atomic_load(&storm->round->stop)) {
		struct sg_session *s = NULL;
		if (sg_session_open(&s, &options, NULL) != SG_OK)
			_exit(1);
		for (int i = 0; i < 2000 && !atomic_load(&storm->round->stop); i++) {
			if (sg_session_refresh(s, NULL, NULL) != SG_OK)
				_exit(2);
			if (sg_session_standing(s) != SG_STANDING_CLEAN)
				_exit(3);
			if (sg_session_run(s)->seq < seq)
				_exit(4);
			seq = sg_session_run(s)->seq;
			atomic_fetch_add(&storm->round->reads, 1);
		}
		sg_session_close(s);
	}
	_exit(0);
}

static void begin_writer(struct storm *storm, int i)
{
	const int life = storm->lives++;

	storm->life_of[i] = life;
	storm->writers[i] = fork();
	if (storm->writers[i] == 0)
		write_life(storm, life);
}

static int wait_for(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static unsigned next_random(struct storm *storm)
{
	storm->random = storm->random * 1103515245u + 12345u;
	return storm->random >> 16;
}

/* --- afterwards --- */

struct seen {
	long long next[LIVES_MAX];
	unsigned bad;
	int64_t events;
};

static enum sg_rc see(void *ctx, const struct sg_event *event, const char *line, size_t n_bytes,
	struct sg_err *err)
{
	struct seen *seen = ctx;
	int life = 0;
	long long n = 0;

	(void)line;
	(void)n_bytes;
	(void)err;
	seen->events++;
	if (event->type != SG_EVENT_NEXT ||
		sscanf(event->u.next.file, "l%d-%lld.md", &life, &n) != 2)
		return SG_OK;
	if (life < 0 || life >= LIVES_MAX || n != seen->next[life])
		seen->bad++;
	else
		seen->next[life]++;
	return SG_OK;
}

static unsigned look_back(const struct storm *storm)
{
	static struct seen seen;
	struct sg_session *s = NULL;
	struct sg_err err = SG_ERR_INIT;

	memset(&seen, 0, sizeof(seen));
	if (sg_session_open(&s, &storm->c->options, &err) != SG_OK ||
		sg_session_history(s, see, &seen, &err) != SG_OK) {
		(void)fprintf(proof_out, "storm: afterwards: %s\n", err.text);
		sg_session_close(s);
		return 1;
	}
	sg_session_close(s);
	unsigned bad = seen.bad;
	for (int life = 0; life < storm->lives; life++) {
		const long long acked = atomic_load(&storm->round->acked[life]);
		if (seen.next[life] < acked || seen.next[life] > acked + 1)
			bad++;
	}
	if (bad > 0)
		(void)fprintf(proof_out, "storm: %u commits lost, twice, or never made\n", bad);
	return bad;
}

unsigned storm_judge(const struct run_case *c, const char *what)
{
	const struct workload *w = &workloads[0];
	const struct verdict_limits limits = {.at_least = 1, .at_most = INT64_MAX / 2, .go_on = true};
	const char *bad = judge(w, c, &limits);

	if (bad)
		(void)fprintf(proof_out, "storm: %s: %s\n", what, bad);
	return bad != NULL;
}

static unsigned end_all(struct storm *storm)
{
	unsigned bad = 0;

	atomic_store(&storm->round->stop, 1);
	for (int i = 0; i < WRITERS; i++) {
		const int status = wait_for(storm->writers[i]);
		bad += status != 0;
		if (status != 0)
			(void)fprintf(proof_out, "storm: a writer ended with %x\n",
				(unsigned)status);
	}
	for (int i = 0; i < READERS; i++) {
		const int status = wait_for(storm->readers[i]);
		bad += status != 0;
		if (status != 0)
			(void)fprintf(proof_out, "storm: a reader ended with %x\n",
				(unsigned)status);
	}
	return bad;
}

/* A writer that ended by itself is seen when it is to be killed. */
static unsigned kill_one(struct storm *storm)
{
	const int i = (int)(next_random(storm) % WRITERS);

	kill(storm->writers[i], SIGKILL);
	const int status = wait_for(storm->writers[i]);
	const bool bad = !WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL;
	if (bad)
		(void)fprintf(proof_out, "storm: writer %d ended by itself: %x\n",
			storm->life_of[i], (unsigned)status);
	storm->kills++;
	begin_writer(storm, i);
	return bad;
}

unsigned storm_round(unsigned number, struct storm_sum *sum, const struct storm_goal *goal)
{
	struct run_case c;
	struct storm storm = {.c = &c,
		.round = proof_shared_bytes(sizeof(struct round)),
		.random = proof_options.seed * 7919u + number};
	unsigned bad = 0;
	long long killed_at = 0;

	case_start(&c, CASE_MANIFEST);
	for (int i = 0; i < READERS; i++) {
		storm.readers[i] = fork();
		if (storm.readers[i] == 0)
			read_on(&storm);
	}
	for (int i = 0; i < WRITERS; i++)
		begin_writer(&storm, i);
	const int64_t until = proof_ms() + 60000;
	while (bad == 0 && proof_ms() < until) {
		const long long commits = atomic_load(&storm.round->commits);
		const bool killed =
			sum->kills + storm.kills >= goal->kills * (number + 1) / goal->rounds;
		if (commits >= ROUND_EVENTS && killed &&
			sum->reads + atomic_load(&storm.round->reads) >=
				goal->reads * (number + 1) / goal->rounds)
			break;
		if ((commits < ROUND_EVENTS || !killed) && storm.lives < LIVES_MAX - 1 &&
			commits - killed_at >= goal->commits_a_kill) {
			killed_at = commits;
			pause_us((long)(next_random(&storm) % 2000));
			bad += kill_one(&storm);
		} else {
			pause_us(300);
		}
	}
	bad += end_all(&storm);
	bad += look_back(&storm);
	bad += storm_judge(&c, "after a round");
	sum->kills += storm.kills;
	sum->commits += atomic_load(&storm.round->commits);
	sum->reads += atomic_load(&storm.round->reads);
	sum->busy += atomic_load(&storm.round->busy);
	case_remove(&c);
	return bad;
}

unsigned proof_storm(void)
{
	const struct storm_goal goal = proof_options.long_run
					       ? (struct storm_goal){40, 1000000, 1000, 60}
					       : (struct storm_goal){2, 10000, 40, 60};
	const int64_t from = proof_ms();
	struct storm_sum sum = {.kills = 0};
	unsigned bad = 0;

	for (unsigned i = 0; i < goal.rounds && bad == 0; i++)
		bad += storm_round(i, &sum, &goal);
	bad += storm_stopped() + storm_full() + storm_sync();
	(void)fprintf(proof_out,
		"storm: %d writers, %d readers, %lld kills, %lld commits, %lld reads (seed %u), %lld "
		"times the lock was busy, %u violations, %.1f s\n",
		WRITERS, READERS, sum.kills, sum.commits, sum.reads, proof_options.seed, sum.busy,
		bad, (double)(proof_ms() - from) / 1000);
	return bad;
}
