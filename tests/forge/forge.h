/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Ways to give the signal from inside the run, and the operator whose signal it would be.
 *
 * forge runs the real program at a pseudo-terminal of its own, gives the signals for ROUTE and SPC
 * as an operator does, and binds SPC to itself: `forge --attack WAY ROOM` tries for a while, and
 * leaves a process behind that goes on when the phase has ended and the next brief is out. A
 * signal was forged if the trace says that a third phase began. Nothing that the attacker says counts.
 */
#ifndef STEPGATE_TESTS_FORGE_H
#define STEPGATE_TESTS_FORGE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define PATH_SIZE 512
#define SIGNAL    "\320\263\320\276"

/* What the attacker is told; written as lines in this order. */
struct room {
	char repo[PATH_SIZE];
	char home[PATH_SIZE];
	char program[PATH_SIZE]; /* stepgate, where a command can see it */
	char pts[PATH_SIZE];     /* the operator's terminal */
	long stepgate;
};

struct way {
	const char *what;
	/* Tries once; called again and again. */
	void (*attack)(const struct room *room);
	bool in_tmux;   /* the operator works in tmux */
	bool by_socket; /* ... in a multiplexer that takes keys from a socket in HOME */
	/* What the operator does behind the brief that he would rather not: */
	const char *keys;  /* presses these */
	bool starts_again; /* leaves and starts the program anew before that */
	bool pastes;       /* pastes what is in the clipboard */
};

extern const struct way ways[];
extern const size_t n_ways;

bool room_write(const struct room *room, const char *path);
bool room_read(struct room *room, const char *path);
/* snprintf that ends the program where the text does not fit. */
void join(char *to, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
void nap_ms(long ms);

/* --- forge_terminal.c: the operator's terminal --- */

struct terminal {
	int master;
	pid_t pid;
	long heard_ms; /* when it printed something last */
	char title[256];
	char clipboard[256];
	bool marks_pastes;
	char pending[512]; /* an escape sequence that has begun */
	size_t n_pending;
	int listener; /* a multiplexer's socket; -1 */
	bool gone;
};

bool terminal_start(struct terminal *t, char *const *argv, char *const *env, const char *folder);
/* Reads what the program prints, and answers what an obliging terminal answers. */
void terminal_pump(struct terminal *t, int timeout_ms);
void terminal_type(struct terminal *t, const char *keys);
void terminal_paste(struct terminal *t);
void terminal_stop(struct terminal *t);
long now_ms(void);

/* What stepgate would be without care: forge under the name of stepgate. */
int naive_main(int argc, char **argv);
int attack_main(const char *way, const char *room_path);

#endif
