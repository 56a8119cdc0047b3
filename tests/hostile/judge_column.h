/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One column: a room is made, the program runs twice in it, and what happened is judged. */
#ifndef STEPGATE_TESTS_HOSTILE_JUDGE_COLUMN_H
#define STEPGATE_TESTS_HOSTILE_JUDGE_COLUMN_H

#include "hostile/judge.h"

/* In a process of its own: becomes an ordinary user where the column asks for it. */
void column_run(struct column *c, const char *stepgate, const char *deny);
/* The number of the i-th of end_tries. */
int column_id_of_end(size_t i);

/* --- judge_scene.c --- */

struct scene {
	struct column *c;
	struct room room;
	char box[PATH_SIZE];
	char stepgate[PATH_SIZE];
	char deny[PATH_SIZE];
	char secret[32]; /* of this run: in an environment, in memory, typed */
	unsigned long long seed;
};

/* Folders, files, secrets and programs of a fresh run, owned by the column's user. */
bool scene_make(struct scene *s, const char *stepgate, const char *deny);
/* A new repository in it, with a STEP open; child: the command's last two arguments. */
bool scene_open_step(struct scene *s, const char *repo, const char *child);
/* What only the file DIR/secret.ID holds. */
void scene_secret(const struct scene *s, char kind, int id, char ret[32]);
/* argv of the program, behind the launcher where the column lacks a wall. */
size_t scene_argv(const struct scene *s, char *argv[8]);
/* Runs the program to its end without a terminal; its exit status. */
int scene_command(const struct scene *s, const char *a, const char *b, const char *more[]);

#endif
