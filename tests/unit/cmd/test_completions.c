/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The completions of the three shells hold exactly the rows of the command table: what stands
 * between their "begin" and "end" lines is computed here from the table and compared. Where they
 * differ, the message holds what has to stand there.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/strbuf.h"
#include "cmd/table.h"
#include "harness/harness.h"
#include "unit/cmd/page.h"

#define PHASES "ROUTE SPC ORC CTL QA PACK VAL"

/* A shell has no prompt: what belongs to it alone is not offered. */
static bool is_offered(const struct sg_command *command)
{
	return (command->flags & SG_CMD_PROMPT) == 0;
}

/* The name and its aliases, space separated. */
static char *names_of(const struct sg_command *command)
{
	return sg_t_format(
		"%s%s%s", command->name, *command->aliases ? " " : "", command->aliases);
}

static const char *kind_name(enum sg_arg_kind kind, const char *words)
{
	switch (kind) {
	case SG_ARG_TEXT: return "text";
	case SG_ARG_FILE: return "file";
	case SG_ARG_NAME: return "name";
	case SG_ARG_PHASE: return "phase";
	case SG_ARG_SEQ: return "seq";
	case SG_ARG_COMMAND: return "command";
	case SG_ARG_WORD: return words;
	}
	return "?";
}

/* The text with `mark` before each single quote and backslash, or '\'' for a shell that has none. */
static void add_quoted(struct sg_strbuf *out, const char *text, bool posix)
{
	for (const char *p = text; *p; p++) {
		if (*p == '\'' && posix)
			sg_strbuf_adds(out, "'\\'");
		else if (*p == '\'' || (*p == '\\' && !posix))
			sg_strbuf_addc(out, '\\');
		sg_strbuf_addc(out, *p);
	}
}

static void expect_block(
	const char *path, const char *begin, const char *end, struct sg_strbuf *expected)
{
	struct page page = page_open(path);
	const struct part part = page_between(&page, begin, end);
	struct sg_strbuf found = SG_STRBUF_INIT;

	for (size_t i = part.from; i < part.to; i++)
		sg_strbuf_addf(&found, "%s\n", page.lines[i]);
	cr_expect(strcmp(found.bytes ? found.bytes : "", expected->bytes) == 0,
		"%s: between '%s' and '%s' has to stand\n%s", path, begin, end,
		expected->bytes);
	sg_strbuf_release(&found);
	sg_strbuf_release(expected);
	page_close(&page);
	SG_LEAKCHECK();
}

/* --- bash --- */

static void bash_row(struct sg_strbuf *out, const struct sg_command *c)
{
	char *names = names_of(c);
	const char *space = "";

	sg_strbuf_addf(out, "%s:", names);
	for (const struct sg_arg_spec *arg = c->args; arg->name; arg++, space = " ")
		sg_strbuf_addf(out, "%s%s%s", space, kind_name(arg->kind, arg->words),
			arg->repeats ? "*" : "");
	sg_strbuf_addc(out, ':');
	space = "";
	for (const struct sg_option_spec *o = c->options; o->name; o++, space = " ")
		sg_strbuf_addf(out, "%s%s%s%s", space, o->name, o->value ? "=" : "",
			o->value ? kind_name(o->kind, "") : "");
	if (c->flags & SG_CMD_JSON)
		sg_strbuf_addf(out, "%s--json", space);
	sg_strbuf_addc(out, '\n');
	free(names);
}

Test(completions, bash_has_the_rows_of_the_table)
{
	struct sg_strbuf expected = SG_STRBUF_INIT;

	for (size_t i = 0; i < sg_command_count; i++)
		if (is_offered(&sg_commands[i]))
			bash_row(&expected, &sg_commands[i]);
	expect_block(
		"share/completions/stepgate.bash", "# begin rows", "# end rows", &expected);
}

/* --- zsh --- */

/* Calls fn for each name of a command. */
static void each_name(struct sg_strbuf *out, const struct sg_command *c,
	void (*fn)(struct sg_strbuf *out, const struct sg_command *c, const char *name))
{
	char *names = names_of(c);
	char *rest = NULL;

	for (char *name = strtok_r(names, " ", &rest); name; name = strtok_r(NULL, " ", &rest))
		fn(out, c, name);
	free(names);
}

static void zsh_command(struct sg_strbuf *out, const struct sg_command *c, const char *name)
{
	sg_strbuf_addf(out, "\t\t'%s:", name);
	add_quoted(out, c->help, true);
	sg_strbuf_adds(out, "'\n");
}

static void zsh_action(struct sg_strbuf *out, enum sg_arg_kind kind, const char *words)
{
	switch (kind) {
	case SG_ARG_FILE: sg_strbuf_adds(out, "_files"); break;
	case SG_ARG_PHASE: sg_strbuf_adds(out, "(" PHASES ")"); break;
	case SG_ARG_COMMAND: sg_strbuf_adds(out, "_stepgate_commands"); break;
	case SG_ARG_WORD:
		sg_strbuf_addc(out, '(');
		for (const char *p = words; *p; p++)
			sg_strbuf_addc(out, *p == '|' ? ' ' : *p);
		sg_strbuf_addc(out, ')');
		break;
	case SG_ARG_TEXT:
	case SG_ARG_NAME:
	case SG_ARG_SEQ: sg_strbuf_addc(out, ' '); break;
	}
}

static void zsh_arguments(struct sg_strbuf *out, const struct sg_command *c)
{
	char *names = names_of(c);

	for (char *p = names; *p; p++)
		*p = *p == ' ' ? '|' : *p;
	sg_strbuf_addf(out, "\t%s)\n\t\tspecs=(\n", names);
	for (const struct sg_option_spec *o = c->options; o->name; o++) {
		sg_strbuf_addf(out, "\t\t\t'%s%s[", o->name, o->value ? "=" : "");
		add_quoted(out, o->help, true);
		sg_strbuf_addf(out, "]%s%s%s", o->value ? ":" : "", o->value ? o->value : "",
			o->value ? ":" : "");
		if (o->value)
			zsh_action(out, o->kind, "");
		sg_strbuf_adds(out, "'\n");
	}
	if (c->flags & SG_CMD_JSON)
		sg_strbuf_adds(out, "\t\t\t'--json[one JSON value on standard output]'\n");
	for (const struct sg_arg_spec *arg = c->args; arg->name; arg++) {
		sg_strbuf_addf(out, "\t\t\t'%s%s:",
			arg->repeats    ? "*:"
			: arg->optional ? "::"
					: ":",
			arg->name);
		zsh_action(out, arg->kind, arg->words);
		sg_strbuf_adds(out, "'\n");
	}
	sg_strbuf_adds(out, "\t\t)\n\t\t;;\n");
	free(names);
}

Test(completions, zsh_has_the_commands_of_the_table)
{
	struct sg_strbuf expected = SG_STRBUF_INIT;

	for (size_t i = 0; i < sg_command_count; i++)
		if (is_offered(&sg_commands[i]))
			each_name(&expected, &sg_commands[i], zsh_command);
	expect_block(
		"share/completions/_stepgate", "# begin commands", "# end commands", &expected);
}

Test(completions, zsh_has_the_arguments_of_the_table)
{
	struct sg_strbuf expected = SG_STRBUF_INIT;

	for (size_t i = 0; i < sg_command_count; i++)
		if (is_offered(&sg_commands[i]))
			zsh_arguments(&expected, &sg_commands[i]);
	expect_block("share/completions/_stepgate", "# begin arguments", "# end arguments",
		&expected);
}

/* --- fish --- */

static void fish_command(struct sg_strbuf *out, const struct sg_command *c, const char *name)
{
	sg_strbuf_addf(out, "complete -c stepgate -n __stepgate_first -a %s -d '", name);
	add_quoted(out, c->help, false);
	sg_strbuf_adds(out, "'\n");
}

/* What completes a value: for an option " -r" or " -x" before it says that there has to be one. */
static void fish_action(
	struct sg_strbuf *out, enum sg_arg_kind kind, const char *words, bool option)
{
	switch (kind) {
	case SG_ARG_FILE: sg_strbuf_adds(out, option ? " -r -F" : " -F"); break;
	case SG_ARG_PHASE:
		sg_strbuf_addf(out, "%s -a '" PHASES "'", option ? " -x" : "");
		break;
	case SG_ARG_COMMAND:
		sg_strbuf_adds(out, " -a '");
		for (size_t i = 0; i < sg_command_count; i++)
			sg_strbuf_addf(out, "%s%s", i ? " " : "", sg_commands[i].name);
		sg_strbuf_adds(out, "'");
		break;
	case SG_ARG_WORD:
		sg_strbuf_adds(out, " -a '");
		for (const char *p = words; *p; p++)
			sg_strbuf_addc(out, *p == '|' ? ' ' : *p);
		sg_strbuf_adds(out, "'");
		break;
	case SG_ARG_TEXT:
	case SG_ARG_NAME:
	case SG_ARG_SEQ: sg_strbuf_adds(out, option ? " -x" : ""); break;
	}
}

static void fish_rows(struct sg_strbuf *out, const struct sg_command *c)
{
	char *names = names_of(c);

	each_name(out, c, fish_command);
	for (const struct sg_option_spec *o = c->options; o->name; o++) {
		sg_strbuf_addf(out, "complete -c stepgate -n '__stepgate_on %s' -l %s", names,
			o->name + 2);
		if (o->value)
			fish_action(out, o->kind, "", true);
		sg_strbuf_adds(out, " -d '");
		add_quoted(out, o->help, false);
		sg_strbuf_adds(out, "'\n");
	}
	if (c->flags & SG_CMD_JSON)
		sg_strbuf_addf(out,
			"complete -c stepgate -n '__stepgate_on %s' -l json -d "
			"'one JSON value on standard output'\n",
			names);
	for (const struct sg_arg_spec *arg = c->args; arg->name; arg++) {
		if (arg->kind == SG_ARG_TEXT || arg->kind == SG_ARG_NAME ||
			arg->kind == SG_ARG_SEQ)
			continue;
		sg_strbuf_addf(out, "complete -c stepgate -n '__stepgate_on %s'", names);
		fish_action(out, arg->kind, arg->words, false);
		sg_strbuf_addc(out, '\n');
	}
	free(names);
}

Test(completions, fish_has_the_rows_of_the_table)
{
	struct sg_strbuf expected = SG_STRBUF_INIT;

	for (size_t i = 0; i < sg_command_count; i++)
		if (is_offered(&sg_commands[i]))
			fish_rows(&expected, &sg_commands[i]);
	expect_block(
		"share/completions/stepgate.fish", "# begin rows", "# end rows", &expected);
}

/* --- all three --- */

Test(completions, none_offers_the_signal)
{
	static const char *const paths[] = {"share/completions/stepgate.bash",
		"share/completions/_stepgate", "share/completions/stepgate.fish"};

	for (size_t i = 0; i < SG_ARRAY_SIZE(paths); i++) {
		struct page page = page_open(paths[i]);
		const struct part all = {&page, 0, page.n};
		for (size_t k = 0; k < page.n; k++) {
			const char *found = strstr(page.lines[k], SG_USER_SIGNAL);
			cr_expect_null(found, "%s:%zu holds the signal", paths[i], k + 1);
		}
		cr_expect(part_says(&all, "stepgate"));
		page_close(&page);
	}
	SG_LEAKCHECK();
}
