/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Thousands of engines, revisions that share their rows, and memory that runs out. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "harness/harness.h"
#include "run_builder.h"

#define MANY 20000

static double seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ORC runs, with so many engines KEY:ENG.000000, ... in the plan. */
static void many_engines(struct run_builder *b, size_t n)
{
	rb_start(b);
	const char **keys = sg_arena_array(&b->arena, n, sizeof(*keys));
	for (size_t i = 0; i < n; i++)
		keys[i] = sg_arena_printf(&b->arena, "KEY:ENG.%06zu", i);
	b->route.required_eng_keys = NO_STRS;
	b->plan.required_eng_keys = (struct sg_strs){keys, n};
	b->route.output_contract = STRS("000007", "PACK_OUTPUT", "VAL_REPORT");
	rb_to(b, "ORC");
	rb_begin(b);
	cr_assert_eq(b->run.required_engines.n, n);
}

/* Straight to the reducer: the builder looks at everything, each time. */
static void reduce_engine(struct run_builder *b, size_t index, int exit_status)
{
	struct sg_event event = rb_ev_engine(b, index, exit_status);
	struct sg_run next;
	event.seq = ++b->seq;
	event.prev = "";
	event.time_ms = INT64_C(1767225600000);
	cr_assert_eq(sg_lifecycle_check(&b->run, &event, &b->err), SG_OK);
	cr_assert_eq(sg_reduce(&b->arena, &b->run, &event, &next, NULL), SG_OK);
	b->run = next;
}

static void check_order(const struct run_builder *b, size_t n)
{
	const struct sg_engine_rows *rows = &b->run.manifest.engines.entries;
	cr_assert_eq(rows->n, n);
	for (size_t i = 0; i < n; i++)
		cr_assert_str_eq(rows->v[i].eng_key, b->run.required_engines.v[i]);
}

Test(reduce_big, twenty_thousand_engines_in_order_cost_no_search)
{
	struct run_builder b;
	many_engines(&b, MANY);
	const double start = seconds();
	for (size_t i = 0; i < MANY; i++)
		reduce_engine(&b, i, 0);
	const double took = seconds() - start;
	check_order(&b, MANY);
	cr_assert_eq(b.run.proofs.n, 2 * MANY + 1 + 2);
	cr_assert_lt(took, sg_t_is_asan() ? 20.0 : 2.0, "took %.2f s", took);
	rb_do(&b, rb_ev_role(&b, "ORC", 0));
	cr_assert_eq(b.run.state, SG_STATE_AWAIT);
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_big, engines_that_end_nearly_in_order_stand_in_order)
{
	enum { N = 2000, JOBS = 8 };
	struct run_builder b;
	many_engines(&b, N);
	for (size_t i = 0; i < N; i += JOBS)
		for (size_t k = 0; k < JOBS; k++)
			reduce_engine(&b, i + (k * 3 + i) % JOBS, 0);
	check_order(&b, N);
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_big, a_resume_that_keeps_thousands_of_engines_is_quick)
{
	enum { N = 5000 };
	struct run_builder b;
	many_engines(&b, N);
	for (size_t i = 0; i < N; i++)
		reduce_engine(&b, i, i % 100 == 50);
	rb_do(&b, rb_ev_role(&b, "ORC", 0));
	cr_assert_eq(b.run.state, SG_STATE_STOPPED);
	cr_assert_eq(b.run.manifest.fail_reasons.n, N / 100);
	struct sg_event event = rb_ev_resume(&b, "ORC");
	event.u.resume.kept = b.run.required_engines;
	const double start = seconds();
	rb_do(&b, event);
	cr_assert_lt(seconds() - start, 5.0);
	cr_assert_eq(b.run.kept_engines.n, N - N / 100);
	rb_begin(&b);
	for (size_t i = 50; i < N; i += 100)
		reduce_engine(&b, i, 0);
	check_order(&b, N);
	rb_release(&b);
	SG_LEAKCHECK();
}

/* Two futures of one past: the second must not see what the first appended to the shared rows. */
Test(reduce_big, two_runs_that_grow_from_one_do_not_see_each_other)
{
	enum { N = 200 };
	struct run_builder b;
	many_engines(&b, N);
	for (size_t i = 0; i < 100; i++)
		reduce_engine(&b, i, 0);
	const struct sg_run fork = b.run;
	const char *before = rb_fingerprint(&b.arena, &fork);
	for (size_t i = 100; i < N; i++)
		reduce_engine(&b, i, 0);
	const struct sg_run first = b.run;
	const char *first_text = rb_fingerprint(&b.arena, &first);
	cr_assert_str_eq(rb_fingerprint(&b.arena, &fork), before);
	b.run = fork;
	for (size_t i = 100; i < N; i++)
		reduce_engine(&b, i, i % 2 == 1);
	check_order(&b, N);
	cr_assert_str_eq(rb_fingerprint(&b.arena, &first), first_text);
	cr_assert_str_eq(rb_fingerprint(&b.arena, &fork), before);
	cr_assert_str_neq(rb_fingerprint(&b.arena, &b.run), first_text);
	b.run = first;
	check_order(&b, N);
	rb_release(&b);
	SG_LEAKCHECK();
}

/* As app's precheck does: reduced into an arena that goes, while the run stays and grows on. */
Test(reduce_big, a_run_grows_on_after_a_trial_in_an_arena_that_is_gone)
{
	enum { N = 300 };
	struct run_builder b;
	many_engines(&b, N);
	for (size_t i = 0; i < N; i++) {
		struct sg_arena trial = SG_ARENA_INIT;
		struct sg_run other = b.run;
		for (size_t k = i; k < N && k < i + 3; k++) {
			struct sg_event event = rb_ev_engine(&b, k, 0);
			event.prev = "";
			cr_assert_eq(sg_reduce(&trial, &other, &event, &other, NULL), SG_OK);
		}
		sg_arena_release(&trial);
		reduce_engine(&b, i, 0);
	}
	check_order(&b, N);
	cr_assert_eq(b.run.proofs.n, 2 * N + 3);
	rb_release(&b);
	SG_LEAKCHECK();
}

/* --- no memory --- */

Test(reduce_big, an_arena_that_has_failed_gives_NOMEM_for_every_event_and_changes_nothing)
{
	struct run_builder b;
	rb_start(&b);
	rb_pass(&b);
	struct sg_run run;
	sg_run_init(&run);
	for (size_t i = 0; i < b.n_log; i++) {
		struct sg_arena broken = SG_ARENA_INIT;
		struct sg_run next;
		memset(&next, 0x5a, sizeof(next));
		broken.failed = true;
		const struct sg_run untouched = next;
		cr_assert_eq(sg_reduce(&broken, &run, &b.log[i], &next, NULL), SG_NOMEM, "%s",
			sg_event_name(b.log[i].type));
		cr_assert_eq(memcmp(&untouched, &next, sizeof(next)), 0);
		cr_assert_eq(sg_reduce(&b.arena, &run, &b.log[i], &next, NULL), SG_OK);
		run = next;
	}
	rb_release(&b);
	SG_LEAKCHECK();
}

static size_t address_space_bytes(void)
{
	char line[256] = "";
	FILE *f = fopen("/proc/self/statm", "r");
	if (f) {
		(void)!fgets(line, sizeof(line), f);
		fclose(f);
	}
	return (size_t)strtoull(line, NULL, 10) * 4096;
}

struct hog {
	struct hog *next;
	char bytes[2040];
};

/* Takes every piece of two kilobytes that is left; a block of an arena is bigger. */
static struct hog *take_all(struct hog *all)
{
	for (size_t i = 0; i < 40000; i++) {
		struct hog *h = malloc(sizeof(*h));
		if (!h)
			return all;
		h->next = all;
		all = h;
	}
	return all;
}

/*
 * Each event of a STEP with an arena that has room for less and less of it, and no memory beyond:
 * all of it or NOMEM, and nothing between. Not under a sanitizer, which has its own memory.
 */
Test(reduce_big, memory_that_runs_out_at_any_place_of_a_reduction_gives_NOMEM)
{
	enum { TRIES = 90 };
	static struct sg_arena arenas[TRIES];
	static struct sg_run results[TRIES];
	static enum sg_rc codes[TRIES];
	struct run_builder b;
	struct rlimit old;
	struct rlimit tight;
	size_t failures = 0;
	if (sg_t_is_asan() || getrlimit(RLIMIT_AS, &old) != 0)
		cr_skip_test("the memory of this build cannot be bounded");
	rb_start(&b);
	rb_pass(&b);
	struct sg_run run;
	sg_run_init(&run);
	for (size_t i = 0; i < b.n_log; i++) {
		struct hog *all = NULL;
		for (size_t k = 0; k < TRIES; k++) {
			sg_arena_init(&arenas[k]);
			for (size_t n = 0; n <= k; n++)
				(void)sg_arena_alloc(&arenas[k], 96);
			tight = old;
			tight.rlim_cur = address_space_bytes();
			(void)setrlimit(RLIMIT_AS, &tight);
			all = take_all(all);
			codes[k] = sg_reduce(&arenas[k], &run, &b.log[i], &results[k], NULL);
			(void)setrlimit(RLIMIT_AS, &old);
		}
		while (all) {
			struct hog *next = all->next;
			free(all);
			all = next;
		}
		struct sg_run expected;
		cr_assert_eq(sg_reduce(&b.arena, &run, &b.log[i], &expected, NULL), SG_OK);
		const char *text = rb_fingerprint(&b.arena, &expected);
		for (size_t k = 0; k < TRIES; k++) {
			failures += codes[k] == SG_NOMEM;
			if (codes[k] == SG_OK)
				cr_assert_str_eq(rb_fingerprint(&b.arena, &results[k]), text);
			else
				cr_assert_eq(codes[k], SG_NOMEM);
			sg_arena_release(&arenas[k]);
		}
		run = expected;
	}
	cr_assert_gt(failures, 30, "memory never ran out: nothing was tried");
	rb_release(&b);
}
