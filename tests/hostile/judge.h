/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The judge's parts. It looks only at the world: a try has succeeded when something changed that
 * the child was not given, or when the child knows what it could not.
 */
#ifndef STEPGATE_TESTS_HOSTILE_JUDGE_H
#define STEPGATE_TESTS_HOSTILE_JUDGE_H

#include <termios.h>

#include "hostile/hostile.h"

#define TRIES_MAX  320
#define REASON_MAX 96

/* One column of the table: filled by a process of its own, read by the first. */
struct column {
	char name[32];
	const char *sandbox; /* the profile's SANDBOX */
	const char *deny;    /* walls that the kernel has not got; NULL: it has all */
	bool as_root;
	char box[64];             /* its folder, which the first process removes */
	char tier[64];            /* as the trace has it, with the missing walls */
	char trouble[512];        /* why it could not be tried; "" */
	bool tried[TRIES_MAX];    /* by id; those of end_tries behind the others */
	char reason[TRIES_MAX][REASON_MAX]; /* what changed; "": nothing */
	char said[TRIES_MAX][32];           /* what it says itself, to look at only */
	long took_ms[TRIES_MAX];
};

/* The first reason counts. */
void found(struct column *c, int id, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
bool trouble(struct column *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* --- judge_world.c: files --- */

/* Remembers every file below the room's folders, with its content. */
void world_remember(const struct room *room);
/* What differs is a success of id, and put back. */
void world_judge(const struct room *room, struct column *c, int id);
bool file_write(const char *path, const char *bytes, size_t n_bytes, unsigned mode);
/* malloc'd, with a NUL behind; NULL when it cannot be read. */
char *file_read(const char *path, size_t *ret_n_bytes);
bool file_copy(const char *from, const char *to, unsigned mode);
void tree_remove(const char *path);
/* The first file below path that is larger than that; ret holds its name. */
bool tree_has_larger(const char *path, long long bytes, char ret[PATH_SIZE]);
/* True if a file below path holds the text. */
bool tree_holds(const char *path, const char *text);

/* --- judge_victim.c: the operator's other processes, and their listeners --- */

bool victim_start(struct room *room, const char *program, const char *secret);
void victim_stop(void);
/* One that was touched is replaced, and the room written anew. */
void victim_judge(struct room *room, struct column *c, int id);
bool listeners_start(struct room *room);
void listeners_stop(const struct room *room);
void listeners_judge(const struct room *room, struct column *c, int id);

/* --- judge_kernel.c: kernel objects, and what the child's processes hold --- */

void kernel_judge(const struct room *room, struct column *c, int id);
/* How many processes of this name are alive; ret_pid: one of them. */
int processes_named(const char *name, pid_t *ret_pid);
/* Of another process: "R", "T", ... or 0. */
char process_state(pid_t pid);
long process_field(pid_t pid, const char *field);

/* --- judge_run.c: the program at a terminal --- */

struct run {
	int master;
	int slave; /* opened before anybody can shut the terminal to others */
	pid_t pid;
	char seen[1 << 18]; /* since the last forget */
	size_t n_seen;
	/* what may not change while a command runs */
	struct termios modes;
	int nice;
	unsigned long long size_limit;
	bool ended;
};

bool run_start(struct run *run, const struct room *room, char *const *argv, const char *secret);
/* Reads what is there, waiting that long; then false when the program has ended. */
bool run_pump(struct run *run, int timeout_ms);
void run_forget(struct run *run);
bool run_wait(struct run *run, const char *text, int timeout_ms);
void run_type(struct run *run, const char *text);
/* Waits for the brief of that phase and gives the signal. */
bool run_signal(struct run *run, const char *phase);
void run_stop(struct run *run);
void run_remember(struct run *run);
/* The terminal, and stepgate itself. */
void run_judge(struct run *run, struct column *c, int id);

#endif
