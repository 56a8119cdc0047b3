/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The hostile child and its judge: one program in two parts.
 *
 * The child is the command of a role or an engine. It tries what the tables list, one after the
 * other, and says so on its standard output; what it says of success counts for nothing. The judge
 * runs the real program around it, looks after each try at the world outside (files, processes,
 * sockets, terminal, kernel objects), counts what changed, and puts it back.
 *
 * Between the two: the child prints "try N done ..." into its log, which the judge reads, and goes
 * on when the file acks/N stands in the repository, which it can read in every tier. What a try
 * holds (a lock, a descriptor, a namespace) it holds until then.
 */
#ifndef STEPGATE_TESTS_HOSTILE_H
#define STEPGATE_TESTS_HOSTILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PATH_SIZE 512

/* What the child is told of the world outside; the judge writes it as lines "name value". */
#define ROOM_TEXTS(X) X(repo) X(home) X(outside) X(tag) X(pts) X(tmux)
#define ROOM_NUMBERS(X)                                                                           \
	X(stepgate) X(victim) X(judge) X(tcp4) X(tcp6) X(udp4) X(udp6) X(mptcp) X(netlink) X(key)  \
	X(secret_fd) X(write_fd) X(canary) X(listen)

struct room {
#define X(name) char name[PATH_SIZE];
	ROOM_TEXTS(X)
#undef X
#define X(name) long name;
	ROOM_NUMBERS(X)
#undef X
};

/* 0: it believes that it worked; else an errno. */
typedef int try_fn(const struct room *room, int id);

struct try {
	const char *group;
	const char *what;
	try_fn *run;
};

struct tries {
	const struct try *v;
	size_t n;
};

/* The tables, numbered through from 1 in this order. */
extern const struct tries file_tries, proc_tries, net_tries, kernel_tries;
/* What only shows when the command has ended: an engine each. */
extern const struct tries end_tries;

/* The id-th of all but end_tries; NULL behind the last. */
const struct try *try_by_id(int id);
int try_count(void);

/* The name that a process of ours shows in /proc: of a try ("try", 7), of the main one (NULL). */
void name_of(const struct room *room, const char *kind, int number, char ret[16]);

bool room_write(const struct room *room, const char *path);
bool room_read(struct room *room, const char *path);

/* A path, in one of a few buffers that are used in turn. */
const char *path_of(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Opens, writes "hostile\n", closes; 0 or errno. */
int scribble(const char *path, int flags);
/* Prints what stands in the file as a leak of try id; 0 or errno. */
int leak(const char *path, int id);
int leak_fd(int fd, int id);
/* -1 with errno becomes errno, else 0. */
int result(long value);

int child_main(const char *room_path, int from, int to);
int end_main(const char *room_path, int number);
int victim_main(const char *shared_fd);
int judge_main(int argc, char **argv);

#endif
