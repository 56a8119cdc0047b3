/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * crash: each workload is recorded, each disk that a crash may leave of it is made and recovered, and
 * the recovery with the first commit behind it is recorded and treated in the same way; so is what
 * follows a kill.
 *
 * A disk is judged once with the most that was acknowledged when it was found. Of a workload one
 * process sees all disks, so that none is counted twice.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "crash/record.h"
#include "harness/harness.h"

#define SAID_MAX   10
#define DEPTH_MAX  2 /* a crash, and one in the recovery from it */
#define SLOTS_BITS 21

enum { STATES, NESTED, VIOLATIONS, WORKLOADS, SAMPLED, SKIPPED };

struct slot {
	uint64_t hash; /* 0: free */
	int64_t acked;
};

struct crash {
	const struct workload *w;
	struct run_case place;
	struct proof_counts *counts;
	struct slot *slots;
	size_t n_slots;
	char *trace; /* as it was in the end */
	size_t n_trace;
	int64_t begun;
	int depth;
	int64_t acked; /* of the state whose recovery is crashed */
	unsigned turn;
};

static atomic_uint *next_workload;

/* False: the disk was judged already with as much acknowledged. */
static bool is_new(struct crash *c, uint64_t hash, int64_t acked)
{
	const size_t mask = ((size_t)1 << SLOTS_BITS) - 1;

	hash += hash == 0;
	for (size_t i = hash & mask;; i = (i + 1) & mask) {
		struct slot *slot = &c->slots[i];
		if (slot->hash == 0) {
			if (++c->n_slots > mask / 2)
				proof_die("more disks than there is room for");
			*slot = (struct slot){hash, acked};
			c->counts->v[c->depth == 0 ? STATES : NESTED]++;
			return true;
		}
		if (slot->hash == hash) {
			const bool more = acked > slot->acked;
			slot->acked = more ? acked : slot->acked;
			return more;
		}
	}
}

static void keep_evidence(const struct crash *c, const struct tree *state)
{
	if (!proof_options.verbose)
		return;
	char *path = sg_t_format("%s.bad", proof_root);
	tree_write(state, path);
	(void)fprintf(proof_out, "crash: left as %s (%s)\n", path, c->w->name);
	free(path);
}

static void complain(struct crash *c, const struct tree *state, size_t at, const char *bad)
{
	if (c->counts->v[VIOLATIONS]++ >= SAID_MAX)
		return;
	(void)fprintf(proof_out, "crash: %s%s: before operation %zu: %s\n", c->w->name,
		c->depth ? ", in the recovery" : "", at, bad);
	keep_evidence(c, state);
	proof_found();
}

static void visit(void *ctx, const struct tree *state, int64_t acked, size_t at);

/* Started again, and used: what it shows counts as acknowledged, and so does the next commit. */
static void start_again(const struct crash *c)
{
	struct sg_session *s = NULL;

	if (sg_session_open(&s, &c->place.options, NULL) != SG_OK)
		return;
	if (sg_session_standing(s) == SG_STANDING_CLEAN) {
		proof_on_ack(sg_session_run(s)->seq);
		struct sg_event event = case_next_event(sg_session_run(s), "next.md");
		(void)sg_session_commit(s, &event, NULL, NULL, NULL);
	}
	sg_session_close(s);
}

/* Ends a recording of a start, and visits its disks with its own trace for what was written. */
static void visit_start(struct crash *c, struct recording *r, int64_t acked)
{
	struct crash before = *c;
	char *path = case_path(&c->place, SG_TRACE_FILE);

	record_end(r);
	sg_fs_poison_clear();
	if (record_has_changes(r)) {
		c->acked = acked;
		c->depth++;
		c->trace = sg_t_read(path, &c->n_trace);
		c->counts->v[SAMPLED] += record_states(r, proof_options.seed, visit, c);
		free(c->trace);
		c->trace = before.trace;
		c->n_trace = before.n_trace;
		c->depth--;
		c->acked = before.acked;
	}
	record_release(r);
	free(path);
}

/* The recovery from a state, itself crashed everywhere. */
static void crash_recovery(struct crash *c, const struct tree *state, int64_t acked)
{
	struct recording r;

	tree_write(state, c->place.folder);
	record_begin(&r, c->place.folder);
	start_again(c);
	visit_start(c, &r, acked);
}

/*
 * The process is killed before each operation, which takes nothing from the cache; another is started,
 * and then the machine stops: what neither of them forced may be gone.
 */
static void crash_behind_kills(struct crash *c, const struct recording *killed)
{
	for (size_t at = killed->from; at <= killed->n_ops; at++) {
		struct recording r;
		if (c->turn++ % proof_options.stride != 0)
			continue;
		record_resume(&r, killed, at, c->place.folder);
		start_again(c);
		visit_start(c, &r, c->begun);
	}
}

static void visit(void *ctx, const struct tree *state, int64_t acked, size_t at)
{
	struct crash *c = ctx;
	const int64_t before = c->depth ? c->acked : c->begun;
	const int64_t least = acked > before ? acked : before;
	const struct verdict_limits limits = {.at_least = least,
		/* and the interruption of a phase whose runner was killed */
		.at_most = least + c->w->extra + (c->depth > 0),
		.trace = c->trace,
		.n_trace = c->n_trace,
		.go_on = c->depth == 0};

	if (c->turn++ % proof_options.stride != 0 && c->depth == 0)
		return;
	if (c->depth > 0 && c->turn % proof_options.stride != 0)
		return;
	if (!is_new(c, tree_hash(state), least))
		return;
	if (c->depth + 1 < DEPTH_MAX)
		crash_recovery(c, state, least);
	tree_write(state, c->place.folder);
	const char *bad = judge(c->w, &c->place, &limits);
	sg_fs_poison_clear();
	if (bad)
		complain(c, state, at, bad);
}

static void crash_workload(const struct workload *w, struct proof_counts *counts)
{
	struct crash c = {.w = w,
		.counts = counts,
		.slots = proof_alloc(sizeof(struct slot) << SLOTS_BITS),
		.begun = workload_begun(w)->events};
	struct recording r;
	const uint64_t before = counts->v[STATES] + counts->v[NESTED];
	const int64_t from = proof_ms();

	place_make(&c.place, w, "crash");
	tree_write(&workload_begun(w)->tree, c.place.folder);
	memset(proof_shared, 0, sizeof(*proof_shared));
	record_begin(&r, c.place.folder);
	w->act(&c.place);
	record_end(&r);
	sg_fs_poison_clear();
	if (proof_shared->acks == 0)
		proof_die("%s does not work without a crash", w->name);
	char *path = case_path(&c.place, SG_TRACE_FILE);
	c.trace = sg_t_read(path, &c.n_trace);
	free(path);
	counts->v[SAMPLED] += record_states(&r, proof_options.seed, visit, &c);
	crash_behind_kills(&c, &r);
	counts->v[WORKLOADS]++;
	if (proof_options.verbose)
		(void)fprintf(proof_out, "crash: %s: %zu operations, %llu disks, %.1f s\n",
			w->name, r.n_ops,
			(unsigned long long)(counts->v[STATES] + counts->v[NESTED] - before),
			(double)(proof_ms() - from) / 1000);
	record_release(&r);
	free(c.trace);
	free(c.slots);
	place_free(&c.place);
}

static void work(unsigned worker, struct proof_counts *counts)
{
	(void)worker;
	for (;;) {
		const unsigned i = atomic_fetch_add(next_workload, 1u);
		if (i >= n_workloads)
			return;
		if (workload_chosen(&workloads[i]))
			crash_workload(&workloads[i], counts);
		(void)fflush(proof_out);
	}
}

unsigned proof_crash(void)
{
	const int64_t from = proof_ms();
	struct proof_counts sum;

	next_workload = proof_shared_bytes(sizeof(*next_workload));
	proof_share_out(work, &sum);
	(void)fprintf(proof_out,
		"crash: %llu unique disks (%llu of a crash, %llu of one in the recovery from a crash or a kill; every %u. "
		"taken, seed %u, %llu points sampled), %llu workloads, %llu violations, %.1f s\n",
		(unsigned long long)(sum.v[STATES] + sum.v[NESTED]),
		(unsigned long long)sum.v[STATES], (unsigned long long)sum.v[NESTED],
		proof_options.stride, proof_options.seed, (unsigned long long)sum.v[SAMPLED],
		(unsigned long long)sum.v[WORKLOADS], (unsigned long long)sum.v[VIOLATIONS],
		(double)(proof_ms() - from) / 1000);
	return (unsigned)sum.v[VIOLATIONS];
}
