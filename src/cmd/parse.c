/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words into a command with checked arguments. */
#include "cmd/parse.h"

#include <string.h>

struct parser {
	struct sg_arena *arena;
	const struct sg_words *words;
	size_t at;
	struct sg_args args;
	struct sg_err *err;
};

static enum sg_rc usage(struct parser *p, const char *what, const char *word)
{
	char form[256];
	return sg_err_set(p->err, SG_USAGE, "cannot run %s: %s%s%s; usage: %s",
		p->args.command->name, sg_err_say(p->err, what), *word ? " " : "", word,
		sg_command_usage(p->args.command, form, sizeof(form)));
}

static enum sg_rc take_option(struct parser *p, const char *word)
{
	const char *equal = strchr(word, '=');
	size_t n_name = equal ? (size_t)(equal - word) : strlen(word);
	if (strcmp(word, "--json") == 0 && (p->args.command->flags & SG_CMD_JSON)) {
		p->args.json = true;
		return SG_OK;
	}
	const struct sg_option_spec *options = p->args.command->options;
	size_t i = 0;
	while (options[i].name && (strlen(options[i].name) != n_name ||
					  strncmp(options[i].name, word, n_name) != 0))
		i++;
	if (!options[i].name)
		return usage(p, SG_SAY("there is no option"), word);
	if (p->args.option[i])
		return usage(p, SG_SAY("given twice:"), options[i].name);
	if (!options[i].value) {
		if (equal)
			return usage(p, SG_SAY("takes no value:"), options[i].name);
		p->args.option[i] = "";
		return SG_OK;
	}
	if (equal) {
		p->args.option[i] = equal + 1;
		return SG_OK;
	}
	if (p->at == p->words->n)
		return usage(p, SG_SAY("a value is missing behind"), word);
	p->args.option[i] = p->words->v[p->at++];
	return SG_OK;
}

static bool among_words(const char *words, const char *word)
{
	size_t n = strlen(word);
	for (const char *p = words; *p;) {
		size_t length = strcspn(p, "|");
		if (length == n && strncmp(p, word, n) == 0)
			return true;
		p += length + (p[length] == '|');
	}
	return false;
}

static enum sg_rc check_positionals(struct parser *p)
{
	const struct sg_arg_spec *specs = p->args.command->args;
	size_t max = 0;
	size_t min = 0;
	bool repeats = false;
	for (; specs[max].name; max++) {
		min += specs[max].optional ? 0 : 1;
		repeats = specs[max].repeats;
	}
	if (p->args.n_positional < min)
		return usage(p, SG_SAY("missing"), specs[p->args.n_positional].name);
	if (p->args.n_positional > max && !repeats)
		return usage(p, SG_SAY("one argument too many:"), p->args.positional[max]);
	for (size_t i = 0; i < p->args.n_positional && i < max; i++)
		if (specs[i].kind == SG_ARG_WORD &&
			!among_words(specs[i].words, p->args.positional[i]))
			return usage(p, SG_SAY("expected start or stop, found"),
				p->args.positional[i]);
	return SG_OK;
}

static enum sg_rc take_words(struct parser *p)
{
	bool options = true;
	while (p->at < p->words->n) {
		const char *word = p->words->v[p->at++];
		if (options && strcmp(word, "--") == 0) {
			options = false;
			continue;
		}
		if (options && word[0] == '-' && word[1] == '-') {
			enum sg_rc rc = take_option(p, word);
			if (rc != SG_OK)
				return rc;
			continue;
		}
		if (p->args.n_positional == SG_POSITIONALS_MAX)
			return usage(p, SG_SAY("too many arguments"), "");
		p->args.positional[p->args.n_positional++] = word;
	}
	return SG_OK;
}

enum sg_rc sg_parse(struct sg_arena *arena, const struct sg_words *words, struct sg_args *ret,
	struct sg_err *err)
{
	struct parser p = {.arena = arena, .words = words, .at = 1, .err = err};
	if (!words->n)
		return sg_err_set(err, SG_USAGE, "cannot run an empty line");
	enum sg_rc rc = sg_command_find(words->v[0], &p.args.command, err);
	if (rc == SG_OK)
		rc = take_words(&p);
	if (rc == SG_OK)
		rc = check_positionals(&p);
	if (rc == SG_OK)
		*ret = p.args;
	return rc;
}

const char *sg_args_option(const struct sg_args *args, const char *name)
{
	const struct sg_option_spec *options = args->command->options;
	for (size_t i = 0; options[i].name; i++)
		if (strcmp(options[i].name, name) == 0)
			return args->option[i];
	return NULL;
}
