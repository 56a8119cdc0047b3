/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A typed line or an argv -> a command with checked arguments.
 *
 * Lexing: words by white space; "..." and '...' and «...» quote («» without escapes); \ escapes
 * outside of single quotes; # begins a comment at the start of a word of a batch line only.
 * Errors name the column.
 */
#ifndef STEPGATE_CMD_PARSE_H
#define STEPGATE_CMD_PARSE_H

#include "base/arena.h"
#include "cmd/table.h"

struct sg_words {
	const char *const *v;
	const size_t *columns; /* 1-based, in characters */
	size_t n;
};

/*
 * Splits a line; texts in arena. SG_USAGE with the column for an open quote or a control
 * character.
 */
enum sg_rc sg_lex(struct sg_arena *arena, const char *line, bool comments, struct sg_words *ret,
	struct sg_err *err);

#define SG_POSITIONALS_MAX 64

struct sg_args {
	const struct sg_command *command;
	const char *positional[SG_POSITIONALS_MAX];
	size_t n_positional;
	/* value by the spec's index; "" for a flag given; NULL: not given */
	const char *option[SG_OPTIONS_MAX];
	bool json;
};

/*
 * words[0] names the command. Checks counts, unknown and repeated options ("--x=V" and "--x
 * V"), "--" ends options. --json where the command allows it.
 */
enum sg_rc sg_parse(struct sg_arena *arena, const struct sg_words *words, struct sg_args *ret,
	struct sg_err *err);
/* The value of an option by its name; NULL when it was not given. */
const char *sg_args_option(const struct sg_args *args, const char *name);

#endif
