/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every command that writes a run, with each of its system calls failing or being its last.
 *
 * A point is one scenario, one kind of fault, one call. A child process does the work and reports
 * each acknowledged event over a pipe; the parent then opens the folder with a whole table and holds
 * it to what was acknowledged: acknowledged <= recovered <= acknowledged + 1, the chain holds, the
 * manifest equals the trace, a second recovery changes nothing.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "fault.h"
#include "folders.h"
#include "harness/harness.h"
#include "unit/store/run_case.h"

#define STATUS_THROUGH 7 /* the scenario made fewer calls than the point's number */
#define POINTS_MAX     2000

struct point {
	enum fault_kind kind;
	bool for_good;
	int at;
	int pipe; /* one byte for each acknowledged event */
};

struct scenario {
	const char *name;
	void (*prepare)(struct run_case *c);
	/* in the child: arms the fault where the tested part begins */
	void (*act)(const struct run_case *c, const struct point *p);
	/* the state that the folder is in may still be tampered: the operator answers it again */
	bool may_stay_tampered;
	bool may_be_empty;
};

static void acknowledge(const struct point *p)
{
	if (write(p->pipe, "a", 1) != 1)
		_exit(98);
}

static void arm(const struct point *p)
{
	fault_arm(p->kind, p->for_good, p->at);
}

static struct sg_session *try_open(const struct run_case *c)
{
	struct sg_session *s = NULL;

	return sg_session_open(&s, &c->options, NULL) == SG_OK ? s : NULL;
}

static bool try_commit(struct sg_session *s, struct sg_event event, const struct point *p)
{
	if (sg_session_commit(s, &event, NULL, NULL, NULL) != SG_OK)
		return false;
	acknowledge(p);
	return true;
}

/* --- scenarios --- */

static void act_init(const struct run_case *c, const struct point *p)
{
	const struct sg_event init = case_init_event();

	arm(p);
	if (sg_session_create(&c->options, &init, NULL) == SG_OK)
		acknowledge(p);
}

/* Three events after one another: what one of them left undone the next has to finish. */
static void act_commits(const struct run_case *c, const struct point *p)
{
	arm(p);
	struct sg_session *s = try_open(c);
	if (!s)
		return;
	try_commit(s, case_stop_gap_event(sg_session_run(s)), p);
	try_commit(s, case_resume_event(sg_session_run(s)), p);
	try_commit(s, case_next_event(sg_session_run(s), "b.md"), p);
	sg_session_close(s);
}

/* The verdict with its two files, FINAL.yaml and CHANGELOG.md. */
static void act_verdict(const struct run_case *c, const struct point *p)
{
	struct sg_session *s = try_open(c);
	struct sg_arena arena = SG_ARENA_INIT;

	if (!s || sg_session_runner_lock(s, NULL) != SG_OK)
		_exit(97);
	const struct sg_event event = case_verdict_event(s, &arena);
	arm(p);
	if (try_commit(s, event, p))
		try_commit(s, case_next_event(sg_session_run(s), "b.md"), p);
	sg_session_close(s);
}

static void act_adopt(const struct run_case *c, const struct point *p)
{
	arm(p);
	struct sg_session *s = try_open(c);
	if (s && sg_session_adopt(s, "mine", true, NULL) == SG_OK)
		acknowledge(p);
	sg_session_close(s);
}

static void act_restore(const struct run_case *c, const struct point *p)
{
	arm(p);
	struct sg_session *s = try_open(c);
	if (s && sg_session_restore(s, true, NULL) == SG_OK)
		acknowledge(p);
	sg_session_close(s);
}

static void act_open(const struct run_case *c, const struct point *p)
{
	arm(p);
	sg_session_close(try_open(c));
}

static const struct scenario scenarios[] = {
	{"init", folder_nothing, act_init, false, true},
	{"commits", folder_started, act_commits, false, false},
	{"commits in Markdown", folder_markdown, act_commits, false, false},
	{"verdict", folder_val, act_verdict, false, false},
	{"adopt", folder_tampered, act_adopt, true, false},
	{"restore", folder_tampered, act_restore, true, false},
	{"adopt whole", folder_no_trace, act_adopt, false, false},
	{"recovery", folder_damaged, act_open, false, false},
	{"rebuilding", folder_poisoned, act_open, false, false},
	{"restore of no YAML", folder_unreadable, act_restore, true, false},
	{"a last line that nothing proves", folder_unproven, act_open, false, false},
	{"a lock that was left", folder_left, act_open, false, false},
	{"init over one that failed", folder_init_poisoned, act_init, false, true},
};

/* --- one point --- */

/* The point that is being tried; empty when all went well. */
static char where[128];

static void without_syncs(void)
{
	fault_skip_syncs();
}

/* An assertion deep in a check does not know its point: this says it. */
static void say_where(void)
{
	if (where[0] != '\0')
		fprintf(stderr, "the point: %s\n", where);
}

TestSuite(run_faults, .init = without_syncs, .fini = say_where);

static int64_t events_in(const struct run_case *c)
{
	struct sg_session *s = NULL;
	struct sg_session_options options = c->options;

	options.read_only = true;
	if (sg_session_open(&s, &options, NULL) != SG_OK)
		return 0;
	const int64_t seq = sg_session_end(s)->seq;
	sg_session_close(s);
	return seq;
}

/* Runs the child; returns its exit status and the events that it acknowledged. */
static int run_child(const struct scenario *sc, const struct run_case *c, struct point *p,
	int *ret_acknowledged)
{
	int fds[2];
	int status = 0;
	char bytes[16];

	cr_assert_eq(pipe(fds), 0);
	const pid_t child = fork();
	cr_assert_geq(child, 0);
	if (child == 0) {
		close(fds[0]);
		p->pipe = fds[1];
		sc->act(c, p);
		_exit(fault_calls() < p->at ? STATUS_THROUGH : 0);
	}
	close(fds[1]);
	*ret_acknowledged = 0;
	for (ssize_t n = 1; n != 0;) {
		n = read(fds[0], bytes, sizeof(bytes));
		*ret_acknowledged += n > 0 ? (int)n : 0;
	}
	close(fds[0]);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	cr_assert(WIFEXITED(status), "the child ended by signal %d", WTERMSIG(status));
	return WEXITSTATUS(status);
}

static void answer_what_stayed_tampered(const struct run_case *c)
{
	struct sg_session *s = case_open(c, false);

	if (sg_session_standing(s) == SG_STANDING_TAMPERED) {
		struct sg_err err = SG_ERR_INIT;
		cr_assert_eq(sg_session_restore(s, true, &err), SG_OK, "%s", err.text);
	}
	sg_session_close(s);
}

static void init_again(const struct run_case *c)
{
	const struct sg_event init = case_init_event();
	struct sg_err err = SG_ERR_INIT;

	cr_assert_eq(sg_session_create(&c->options, &init, &err), SG_OK, "%s", err.text);
}

/* Returns true while there are more calls to try. */
static bool try_point(const struct scenario *sc, struct point *p)
{
	struct run_case c;
	int acknowledged = 0;

	sc->prepare(&c);
	const int64_t before = events_in(&c);
	const int status = run_child(sc, &c, p, &acknowledged);
	cr_assert(status == 0 || status == FAULT_KILLED || status == STATUS_THROUGH,
		"the child said %d", status);
	int64_t extra = 1;
	if (sc->may_be_empty && events_in(&c) == 0) {
		cr_assert_eq(acknowledged, 0);
		init_again(&c);
	}
	if (sc->may_stay_tampered) {
		answer_what_stayed_tampered(&c);
		extra = 2; /* that answer is an event too */
	}
	const int64_t recovered = sc->prepare == folder_no_trace && events_in(&c) == 0
					  ? 0
					  : case_check_sound(&c);
	cr_assert_geq(recovered, before + acknowledged);
	cr_assert_leq(recovered, before + acknowledged + extra);
	case_remove(&c);
	return status != STATUS_THROUGH;
}

static int try_all(const struct scenario *sc, enum fault_kind kind, bool for_good)
{
	int points = 0;

	for (int at = 1; at < POINTS_MAX; at++, points++) {
		struct point p = {.kind = kind, .for_good = for_good, .at = at};
		snprintf(where, sizeof(where), "%s, kind %d%s, call %d", sc->name, (int)kind,
			for_good ? " for good" : "", at);
		if (!try_point(sc, &p))
			break;
	}
	return points;
}

static void run_scenarios(enum fault_kind kind, bool for_good)
{
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
		const int points = try_all(&scenarios[i], kind, for_good);
		cr_assert_gt(points, 10, "%s has only %d calls", scenarios[i].name, points);
		cr_assert_lt(points, POINTS_MAX);
	}
	where[0] = '\0';
}

Test(run_faults, a_call_that_fails_before_it_acts_loses_nothing)
{
	run_scenarios(FAULT_FAIL_BEFORE, false);
}

Test(run_faults, a_call_that_acts_and_then_fails_loses_nothing)
{
	run_scenarios(FAULT_FAIL_AFTER, false);
}

Test(run_faults, a_disk_that_takes_nothing_any_more_loses_nothing)
{
	run_scenarios(FAULT_FAIL_BEFORE, true);
}

Test(run_faults, a_process_killed_before_any_call_loses_nothing)
{
	run_scenarios(FAULT_KILL_BEFORE, false);
}

Test(run_faults, a_process_killed_behind_or_in_the_middle_of_any_call_loses_nothing)
{
	run_scenarios(FAULT_KILL_AFTER, false);
}

/* --- a sync that failed --- */

static void commit_over_a_failed_sync(const struct run_case *c, const struct point *p)
{
	struct sg_session *s = try_open(c);
	struct sg_err err = SG_ERR_INIT;

	/*
	 * A file that was old enough to be trusted would be read no more: how many calls there
	 * are is not to depend on how long the opening took.
	 */
	if (!s || utimensat(AT_FDCWD, c->manifest, (struct timespec[2]){{1, 0}, {1, 0}}, 0) < 0)
		_exit(97);
	arm(p);
	struct sg_event event = case_stop_gap_event(sg_session_run(s));
	const bool first = sg_session_commit(s, &event, NULL, NULL, &err) == SG_OK;
	const bool poisoned = sg_fs_poisoned();
	fault_disarm();
	event = case_next_event(sg_session_run(s), "b.md");
	const bool second = sg_session_commit(s, &event, NULL, NULL, &err) == SG_OK;
	if (poisoned && (first || second || sg_session_standing(s) != SG_STANDING_POISONED ||
				!sg_fs_exists(sg_session_dir(s), SG_POISON_FILE)))
		_exit(96);
	if (poisoned)
		acknowledge(p);
	sg_session_close(s);
}

Test(run_faults,
	behind_a_failed_sync_nothing_is_acknowledged_or_retried_and_all_others_are_told)
{
	static const struct scenario sc = {
		"failed sync", folder_started, commit_over_a_failed_sync, false, false};
	int poisoned = 0;

	for (int at = 1; at < POINTS_MAX; at++) {
		struct run_case c;
		struct point p = {.kind = FAULT_FAIL_AFTER, .at = at};
		int said = 0;
		snprintf(where, sizeof(where), "%s, call %d", sc.name, at);
		sc.prepare(&c);
		struct sg_session *beside = case_open(&c, false);
		const int status = run_child(&sc, &c, &p, &said);
		cr_assert(status == 0 || status == STATUS_THROUGH, "the child said %d", status);
		poisoned += said;
		if (said > 0) {
			struct sg_event event = case_next_event(sg_session_run(beside), "c.md");
			cr_assert_eq(sg_session_commit(beside, &event, NULL, NULL, NULL),
				SG_STORAGE);
		}
		sg_session_close(beside);
		cr_assert_geq(case_check_sound(&c), 2);
		case_remove(&c);
		if (status == STATUS_THROUGH)
			break;
	}
	/* the trace, the manifest's temporary file, its folder */
	cr_assert_eq(poisoned, 3);
	where[0] = '\0';
}

/* --- a read that failed --- */

/* What stands behind the part that was read is not this session's to cut off. */
Test(run_faults, a_commit_behind_a_failed_read_takes_nothing_from_another_writer)
{
	for (int at = 1; at <= 40; at++) {
		struct run_case c;
		case_start(&c, CASE_MANIFEST);
		struct sg_session *a = case_open(&c, false);
		struct sg_session *b = case_open(&c, false);
		int64_t acked = 3;
		case_commit(a, case_stop_gap_event(sg_session_run(a)));
		snprintf(where, sizeof(where), "failed read, call %d", at);
		fault_arm(FAULT_FAIL_BEFORE, false, at);
		struct sg_event event = case_next_event(sg_session_run(b), "b.md");
		acked += sg_session_commit(b, &event, NULL, NULL, NULL) == SG_OK;
		fault_disarm();
		const bool poisoned = sg_fs_poisoned();
		event = case_next_event(sg_session_run(b), "b.md");
		acked += sg_session_commit(b, &event, NULL, NULL, NULL) == SG_OK;
		sg_session_close(a);
		sg_session_close(b);
		sg_fs_poison_clear();
		cr_assert(poisoned || acked >= 4);
		cr_assert_geq(case_check_sound(&c), acked);
		case_remove(&c);
	}
	where[0] = '\0';
}

/* --- a reader --- */

static void check_read_or_said(const struct run_case *c, enum sg_standing standing)
{
	for (int at = 1; at < POINTS_MAX; at++) {
		struct sg_session_options options = c->options;
		struct sg_session *s = NULL;
		struct sg_err err = SG_ERR_INIT;
		struct sg_strbuf diff = SG_STRBUF_INIT;
		options.read_only = true;
		snprintf(where, sizeof(where), "reading, call %d", at);
		fault_arm(FAULT_FAIL_BEFORE, false, at);
		enum sg_rc rc = sg_session_open(&s, &options, &err);
		if (rc == SG_OK && sg_session_standing(s) == standing)
			rc = sg_session_tamper_diff(s, &diff, &err);
		const bool through = fault_calls() < at;
		fault_disarm();
		cr_assert(rc == SG_OK || rc == SG_STORAGE, "%d: %s", (int)rc, err.text);
		if (rc == SG_OK)
			cr_assert_eq(sg_session_standing(s), standing, "%s",
				sg_session_standing_text(s));
		else
			cr_assert_neq(err.text[0], '\0');
		sg_strbuf_release(&diff);
		sg_session_close(s);
		if (through)
			break;
	}
	where[0] = '\0';
}

/* Neither broken nor tampered: a fault of the disk is no evidence against anybody. */
Test(run_faults, a_reader_whose_disk_fails_says_so_and_accuses_nobody)
{
	struct run_case c;

	folder_adopted(&c);
	check_read_or_said(&c, SG_STANDING_CLEAN);
	case_remove(&c);
	folder_tampered(&c);
	check_read_or_said(&c, SG_STANDING_TAMPERED);
	case_remove(&c);
	folder_damaged(&c);
	check_read_or_said(&c, SG_STANDING_CLEAN);
	case_remove(&c);
}
