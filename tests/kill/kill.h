/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kill: the example, killed at every system call that writes, and started again.
 *
 * A scene is one command of an operator, begun in a folder that an earlier scene left. A point
 * is its Nth writing call, as it begins, or when half of that write's bytes are in the file. A
 * SIGKILL takes nothing back of what a process gave to the kernel: what it leaves is the folder
 * as it is at that moment. So a scene is played once, held at each point, and a copy of the
 * folder is read from outside, recovered and judged: nothing may be lost, claimed, or gone on
 * with.
 *
 * That the copy is what a kill leaves is not taken on trust: at the first calls of some names
 * the scene is played anew in a fresh folder and killed there by SIGKILL; what that left is
 * judged alike, then the program itself is started again at a terminal, shows it and goes on.
 *
 * kill_term.c a program at a pseudo-terminal; kill_tracer.c the counting and the killing;
 * kill_folder.c copies; kill_scene.c the commands; kill_read.c trace and manifest as a
 * stranger reads them; kill_judge.c what has to hold; kill.c points, workers, the summary.
 *
 * Functions that return bool return false where something is wrong, with the sentence in a
 * note. Nothing here is shared between threads; a worker is a process.
 */
#ifndef TESTS_KILL_H
#define TESTS_KILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/strbuf.h"

#define PATH_SIZE 1024
#define WAIT_MS   60000

/* What is wrong with a point; the first problem stands. */
enum problem { FINE, LOST, FALSE_PASS, RERAN, OTHER, PROBLEM_COUNT };

struct note {
	enum problem problem;
	char text[512];
};

/* Sets the note if it is FINE yet, and returns false. */
bool note_set(struct note *note, enum problem problem, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* --- kill_tracer.c --- */

/*
 * at 0: no call is killed; the process is held at each, until the other end of the report says
 * how to go on. half: with half of the write's bytes written.
 */
struct point {
	unsigned at; /* 1-based, over all writing calls of the process */
	bool half;
};

/* One byte each, to a tracer that holds its process. */
#define TRACER_GO   'g'
#define TRACER_HALF 'h' /* writes half, reports again, and takes it back with the next byte */

/* What the tracer saw: at each point where it holds, and when the process has ended. */
struct traced {
	unsigned calls; /* writing calls that were begun */
	bool over;      /* the process has ended */
	bool killed;    /* at the point */
	bool to_file;   /* the call at the point writes bytes to a regular file */
	bool halved;    /* half of them were written */
	int status;     /* as of waitpid */
	char call[24];  /* name of the call at the point; "" where it was not reached */
	char path[256]; /* what it was about, as well as it can be said */
};

/*
 * In a process of its own: runs the already forked and stopped child pid to its end, kills it
 * at the point, writes a struct traced into report_fd, and exits.
 */
_Noreturn void tracer_run(pid_t pid, const struct point *point, int report_fd);

/* In the child, once its tracer has seen it: the kernel stops it where it may write. */
bool tracer_filter(void);

/* --- kill_term.c --- */

/* A program at a pseudo-terminal of 30 x 100. Zero-initialised; term_end releases it. */
struct term {
	int master;
	int report;  /* -1: not traced */
	pid_t child; /* the tracer, or the program itself */
	bool over;   /* nothing more will be printed */
	bool hung;
	int escape;
	struct sg_strbuf screen; /* all that was printed, without escape sequences */
	size_t mark;             /* behind it: printed since the last term_send */
	size_t turns;            /* of the scene, that were seen to begin */
	struct traced end;       /* valid behind term_end */
	bool reported;           /* end is valid */
	/* where the process is held; answers by term_hold, at last with TRACER_GO */
	void (*visit)(struct term *t, const struct traced *at);
	void *ctx;
};

/* argv[0] is the program. point NULL: not traced. visit and ctx are set already. */
void term_start(
	struct term *t, const char *folder, char *const *argv, const struct point *point);
/*
 * Waits until text (NULL: the prompt) stands behind the mark; false when the program ended or
 * WAIT_MS went by.
 */
bool term_wait(struct term *t, const char *text);
/* The tracer's answer to TRACER_HALF; else none. */
void term_hold(struct term *t, char how, struct traced *ret);
bool term_seen(const struct term *t, const char *text); /* behind the mark, now */
void term_send(struct term *t, const char *line);
/* Waits for the program's end, and for all that it left running. False: it had to be ended. */
bool term_end(struct term *t);
void term_release(struct term *t);

/* --- kill_folder.c --- */

extern char kill_root[PATH_SIZE]; /* holds every state and every copy */
extern const char *kill_program;  /* stepgate */
extern const char *kill_source;   /* the sources' root */

void folder_path(char ret[PATH_SIZE], const char *folder, const char *name);
void folder_copy(const char *from, const char *to); /* names under kill_root */
void folder_remove(const char *name);
/* sha256 of all names and contents; without .git, whose index git refreshes when it looks. */
void folder_digest(const char *name, char ret_hex[65]);
/* Whether a file lies in the folder itself that a durable write did not come to rename. */
bool folder_has_temp(const char *name);
/* Appends the file's bytes; false: there is none. */
bool file_read(const char *folder, const char *name, struct sg_strbuf *out);
void file_write(const char *folder, const char *name, const void *bytes, size_t n_bytes);
/* Runs a line of sh in the folder; ends the whole program when it fails. */
void folder_run(const char *folder, const char *line);
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* --- kill_scene.c --- */

#define TURNS_MAX 4

struct turn {
	const char *wait;
	const char *send;
};

struct scene {
	const char *name;
	const char *from;     /* the state that it begins in, */
	const char *prepare;  /* changed by this line of sh; NULL: not */
	const char *to;       /* the state that it leaves, for other scenes; NULL */
	const char *argv[10]; /* behind the program's name; none: the prompt */
	struct turn turns[TURNS_MAX];
	/* on the screen once the command was acknowledged; NULL: when the second turn begins */
	const char *ack;
	bool setup;     /* only leads to other scenes, its points are those of another */
	bool tampered;  /* begins with a manifest that is not the trace's */
	unsigned every; /* only each so manieth call, the others are other scenes'; 0: 1 */
	bool finish;    /* from here the STEP can be led to PASS */
};

extern const struct scene scenes[];
extern const size_t n_scenes;

/* The states that no command makes: the example's files. */
void scene_roots(void);
/*
 * Plays the scene in the folder, until its end or the point's. ret: visit and ctx are set.
 */
void scene_play(const struct scene *sc, const char *folder, const struct point *point,
	struct term *ret);

/* --- kill_read.c --- */

#define EVENTS_MAX 128

struct line {
	char event[16];
	char subject[64]; /* phase, role, engine or name; "" */
	char code[32];
	char step[16];
	char manifest[65]; /* "" where the event has none */
	bool pass;
	size_t end; /* offset behind its newline */
};

struct trace {
	struct sg_strbuf bytes;
	struct line lines[EVENTS_MAX];
	size_t n;
	size_t good_bytes; /* behind that an unfinished line may stand */
};

/* Reads and checks the chain. A folder without a trace has none of lines. */
bool trace_read(struct trace *t, const char *folder, struct note *note);
void trace_release(struct trace *t);
/* The index of the last such event, or -1; NULL matches everything. step likewise. */
int trace_find(const struct trace *t, const char *event, const char *subject, const char *step);
bool trace_has_pass(const struct trace *t, const char *step);
/* The manifest after event seq (1-based), as replaying the trace gives it; out is empty. */
bool manifest_at(const char *folder, const struct trace *t, size_t seq, struct sg_strbuf *out,
	struct note *note);

/* --- kill_judge.c --- */

/* What a scene does when nobody kills it. */
struct expected {
	struct trace before; /* of the state it begins in, an unfinished last line cut off */
	struct trace after;
	struct sg_strbuf manifest; /* as it was found */
};

void expected_read(
	struct expected *ret, const struct scene *sc, const char *before, const char *after);
/* What was left, before anything is started again. */
bool judge_left(const struct scene *sc, const struct expected *e, const struct term *t,
	const char *folder, struct note *note);
/*
 * Opened twice, as every command does: what a kill left is put right, the run is what its trace
 * says, verify finds nothing, and the second time there is nothing to do.
 */
bool judge_recovered(const struct scene *sc, const struct expected *e, const char *folder,
	struct note *note);
/* A phase whose runner was killed is said to be interrupted, once, and nothing else happens. */
bool judge_settled(const char *folder, struct note *note);
/* The program started twice: nothing but recovery happens, and it is shown as what it is. */
bool judge_again(const struct scene *sc, const struct expected *e, const char *folder,
	struct note *note);
/* A command that writes leads on; with all: until PASS. */
bool judge_on(const struct scene *sc, const char *folder, bool all, struct note *note);

#endif
