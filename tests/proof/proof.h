/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * proof: that nothing is lost. One program, whose parts share the workloads and the judge:
 *
 *	proof fault   a system call of base/fs fails, stops short, or is the process's last
 *	proof memory  an allocation fails, in every workload and every command of the program
 *	proof crash   every disk that a crash may leave of what was not synced, recovered
 *	proof storm   many writers, readers, kills; stopped, full, read-only, failing
 *	proof flip    one bit of a trace or a manifest is another; tails cut, zeroed, garbage
 *
 * A workload is one command of an operator or a phase, begun in a folder that was made once. The
 * judge opens what a fault left, with a whole table, and holds it to what was acknowledged:
 * acknowledged <= recovered <= acknowledged + 1, the chain holds, the manifest equals the trace,
 * each hash is that of its file, a second recovery changes nothing.
 *
 * What was acknowledged is seen where the library returns: the linker puts functions of ours
 * around sg_session_commit, create, adopt, restore and settle (acks.c).
 *
 * The program ends by itself where the world refuses (no memory of its own, no folder).
 */
#ifndef TESTS_PROOF_PROOF_H
#define TESTS_PROOF_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "unit/store/run_case.h"

struct proof_options {
	unsigned stride;  /* each so manieth point; 1: all */
	unsigned workers; /* processes */
	unsigned seed;
	const char *only; /* a workload's name, or NULL */
	bool verbose;
	bool first_only; /* ends at the first violation */
	bool long_run; /* storm: the figures of `make torture` */
};
extern struct proof_options proof_options;
extern FILE *proof_out;	    /* the program's stdout; stdout itself goes nowhere */
extern char proof_root[256]; /* everything is made below it, and removed at the end */

_Noreturn void proof_die(const char *format, ...) __attribute__((format(printf, 1, 2)));
void *proof_alloc(size_t n_bytes); /* zeroed; never NULL; free() */

/* --- tree.c: a folder in memory --- */

struct tree_file {
	char *path; /* relative; a folder stands before what is in it */
	bool is_dir;
	mode_t mode;
	char *bytes;
	size_t n_bytes;
	int node; /* of a recording, where it comes from one */
};
struct tree {
	struct tree_file *v;
	size_t n;
	size_t capacity;
};
void tree_read(struct tree *ret, const char *folder);
/* The folder is made anew. */
void tree_write(const struct tree *t, const char *folder);
void tree_free(struct tree *t);
const struct tree_file *tree_find(const struct tree *t, const char *path);
/* Of names and contents; LOCK and RUNNER hold only the number of a process, and are left out. */
uint64_t tree_hash(const struct tree *t);
uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t n_bytes);
#define HASH_START UINT64_C(14695981039346656037)

/* --- acks.c --- */

/* In memory that children share. */
struct proof_shared {
	int64_t acked; /* number of the last acknowledged event */
	int64_t acks;  /* how often */
	int64_t calls; /* of the table or the allocator, seen by the child */
	int64_t extra[8];
	char refused[200]; /* what the last commit that was refused said, "" if none was */
};
extern struct proof_shared *proof_shared;
/* Called at each acknowledgement, or NULL. */
extern void (*proof_on_ack)(int64_t seq);

/* --- workloads.c --- */

struct workload {
	const char *name;
	void (*prepare)(struct run_case *c);
	void (*act)(const struct run_case *c);
	unsigned extra; /* events that may stand there unacknowledged: 1, or more where said */
	bool may_be_empty;	/* begins with no trace */
	bool may_stay_tampered; /* begins with an edited manifest */
	size_t late_bytes;	/* of the session's options */
	bool makes_process;	/* starts commands: a point costs more */
};
extern const struct workload workloads[];
extern const size_t n_workloads;

struct begun { /* a workload's folder before it begins */
	struct tree tree;
	int64_t events;
};
/* Made once a process; borrowed. */
const struct begun *workload_begun(const struct workload *w);
/* The case of a folder of this process, named by a word; nothing is made. */
void place_make(struct run_case *c, const struct workload *w, const char *word);
void place_free(struct run_case *c);
/* The program's own main with these words behind its name; its exit code. */
int run_program(const struct run_case *c, const char *const *words);
bool workload_chosen(const struct workload *w);

/* --- judge.c --- */

struct verdict_limits {
	int64_t at_least;
	int64_t at_most;
	const char *trace; /* what the whole trace is a prefix of, or NULL */
	size_t n_trace;
	bool go_on; /* a commit behind the recovery has to work too */
};
/* NULL: it holds; else a sentence, valid until the next call. Changes the folder. */
const char *judge(
	const struct workload *w, const struct run_case *c, const struct verdict_limits *limits);

/* --- the parts; each returns the number of violations --- */
unsigned proof_fault(void);
unsigned proof_memory(void);
unsigned proof_crash(void);
unsigned proof_storm(void);
unsigned proof_flip(void);

/* Runs work(worker, ctx) in that many processes and adds up what each returned. */
#define PROOF_COUNTS 8
struct proof_counts {
	uint64_t v[PROOF_COUNTS];
};
void proof_share_out(void (*work)(unsigned worker, struct proof_counts *counts),
	struct proof_counts *ret_sum);
/* In a worker, behind the sentence of a violation. */
void proof_found(void);
int64_t proof_ms(void);
/* Memory that children share, zeroed. */
void *proof_shared_bytes(size_t n_bytes);

#endif
