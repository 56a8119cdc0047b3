/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The commands: one const table. Prompt, subcommands, help, usage, completion and the man
 * page's section come from it and from nothing else.
 *
 * «го» is no row: it has no prefix, no completion and no argument form (see signal.h).
 */
#ifndef STEPGATE_CMD_TABLE_H
#define STEPGATE_CMD_TABLE_H

#include "base/err.h"
#include "stepgate/event.h"

/* What completion offers for an argument or an option's value. */
enum sg_arg_kind {
	SG_ARG_TEXT,
	SG_ARG_FILE,
	SG_ARG_NAME /* role, engine, output */,
	SG_ARG_PHASE,
	SG_ARG_SEQ,
	SG_ARG_COMMAND,
	SG_ARG_WORD /* one of words */
};

struct sg_arg_spec {
	const char *name; /* "GOAL"; NULL ends the list */
	enum sg_arg_kind kind;
	const char *words; /* WORD: "start|stop" */
	bool optional;
	bool repeats; /* the last one may come again */
};

struct sg_option_spec {
	const char *name;  /* "--file"; NULL ends the list */
	const char *value; /* "F"; NULL: takes none */
	enum sg_arg_kind kind;
	const char *help;
};

enum {
	SG_CMD_READS = 1, /* changes nothing: exits 0, takes --json where JSON is set */
	SG_CMD_JSON = 2,
	SG_CMD_TTY = 4,     /* only at a terminal: adopt, restore */
	SG_CMD_NO_RUN = 8,  /* works without a run: init, check, help, quit */
	SG_CMD_PROMPT = 16, /* only at the prompt: quit */
	SG_CMD_CLI = 32,    /* only as a subcommand */
	SG_CMD_UNREAD = 64  /* reads the run by itself: it is opened without being looked at */
};

#define SG_ARGS_MAX    4
#define SG_OPTIONS_MAX 5

struct sg_cmd;

struct sg_command {
	const char *name;
	const char *aliases; /* space separated, Russian among them; "" */
	struct sg_arg_spec args[SG_ARGS_MAX + 1];
	struct sg_option_spec options[SG_OPTIONS_MAX + 1];
	unsigned flags;
	const char *help; /* one line */
	enum sg_rc (*run)(struct sg_cmd *cmd, struct sg_err *err);
};

extern const struct sg_command sg_commands[];
extern const size_t sg_command_count;

/*
 * Exact, alias, unique prefix (of names and aliases, by characters); else SG_USAGE "ambiguous:
 * could be ..." or "no such command".
 */
enum sg_rc sg_command_find(const char *word, const struct sg_command **ret, struct sg_err *err);
/* "step \"goal\" [--file F] [--route R] [--profile P]" in out. */
const char *sg_command_usage(const struct sg_command *command, char *out, size_t out_size);

#endif
