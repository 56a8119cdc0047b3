/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command table: its laws, and how a word finds its row. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "cmd/table.h"
#include "harness/harness.h"

static void finds(const char *word, const char *name)
{
	const struct sg_command *found = NULL;
	struct sg_err err = SG_ERR_INIT;
	cr_assert_eq(sg_command_find(word, &found, &err), SG_OK, "%s: %s", word, err.text);
	cr_expect_str_eq(found->name, name);
}

static void misses(const char *word, const char *reason)
{
	const struct sg_command *found = NULL;
	struct sg_err err = SG_ERR_INIT;
	cr_expect_eq(sg_command_find(word, &found, &err), SG_USAGE, "%s was found", word);
	cr_expect_null(found, "the result was touched");
	cr_expect(strstr(err.text, reason), "%s: expected \"%s\", found \"%s\"", word, reason,
		err.text);
}

Test(table, a_name_an_alias_and_a_unique_prefix_find_their_row)
{
	finds("status", "status");
	finds("статус", "status");
	finds("led", "ledger");
	finds("исто", "history");
	finds("exit", "quit");
	finds("step", "step");
	finds("show", "show");
	finds("маршрут", "route");
}

Test(table, a_prefix_of_both_names_of_one_command_is_not_ambiguous)
{
	finds("q", "quit");
	finds("вы", "quit");
}

Test(table, a_prefix_of_several_is_refused_and_names_them_all)
{
	misses("re", "ambiguous: could be record, report, resume, restore");
	misses("ст", "ambiguous: could be stop, status");
	misses("s", "ambiguous");
}

Test(table, a_word_that_is_no_command_is_refused)
{
	misses("statuss", "no such command");
	misses("", "no such command");
	misses("STATUS", "no such command");
	misses("status ", "no such command");
	misses("\xd1", "no such command");
	misses("статус\xd1", "no such command");
}

Test(table, half_a_letter_is_no_prefix)
{
	/* the first byte of и in history's alias, and и with half of the next letter */
	misses("\xd0", "no such command");
	misses("и\xd1", "no such command");
}

Test(table, the_signal_and_its_look_alikes_are_no_commands)
{
	const char *const words[] = {"го", "ГО", "go", "uj", "г о"};
	for (size_t i = 0; i < SG_ARRAY_SIZE(words); i++)
		misses(words[i], "no such command");
	for (size_t i = 0; i < sg_command_count; i++)
		cr_expect_null(strstr(sg_commands[i].aliases, "го "));
}

/* Law 3: there is no command and no option that marks work as done. */
Test(table, no_command_and_no_option_marks_work_as_done)
{
	static const char *const names[] = {"init", "step", "route", "no", "stop", "record", "gates",
		"brief", "status", "ledger", "contract", "fix", "log", "report", "resume", "next",
		"history", "show", "diff", "verify", "check", "restore", "adopt", "watch", "plain",
		"dump", "doctor", "help", "quit"};
	static const char *const options[] = {"--blank", "--owner", "--file", "--route", "--profile",
		"--note", "--from", "--all", "--plan"};
	cr_expect_eq(sg_command_count, SG_ARRAY_SIZE(names),
		"a command that this test does not know: say here that it marks nothing as done");
	for (size_t i = 0; i < sg_command_count; i++) {
		bool known = false;
		for (size_t n = 0; n < SG_ARRAY_SIZE(names); n++)
			known = known || strcmp(names[n], sg_commands[i].name) == 0;
		cr_expect(known, "%s", sg_commands[i].name);
		for (const struct sg_option_spec *o = sg_commands[i].options; o->name; o++) {
			known = false;
			for (size_t n = 0; n < SG_ARRAY_SIZE(options); n++)
				known = known || strcmp(options[n], o->name) == 0;
			cr_expect(known, "%s %s", sg_commands[i].name, o->name);
		}
	}
}

static void check_args(const struct sg_command *c)
{
	bool optional = false;
	for (const struct sg_arg_spec *a = c->args; a->name; a++) {
		cr_expect(!optional || a->optional, "%s: %s is needed behind one that is not",
			c->name, a->name);
		optional = a->optional;
		cr_expect(!a->repeats || !a[1].name, "%s: only the last may repeat", c->name);
		cr_expect_eq(a->kind == SG_ARG_WORD, a->words != NULL, "%s: %s", c->name, a->name);
	}
}

Test(table, every_row_keeps_the_laws)
{
	for (size_t i = 0; i < sg_command_count; i++) {
		const struct sg_command *c = &sg_commands[i];
		cr_expect(c->run, "%s has no handler", c->name);
		cr_expect(c->help && *c->help, "%s has no help", c->name);
		cr_expect_leq(strlen(c->help), 72, "%s: its help does not fit a row", c->name);
		cr_expect(sg_utf8_valid(c->aliases, strlen(c->aliases), NULL));
		cr_expect(!(c->flags & SG_CMD_JSON) || (c->flags & SG_CMD_READS),
			"%s: --json is for what reads", c->name);
		cr_expect(!(c->flags & SG_CMD_TTY) || !(c->flags & SG_CMD_READS), "%s", c->name);
		check_args(c);
		for (const struct sg_option_spec *o = c->options; o->name; o++) {
			cr_expect_eq(strncmp(o->name, "--", 2), 0, "%s %s", c->name, o->name);
			cr_expect_str_neq(o->name, "--json", "--json is the parser's");
			cr_expect(*o->help, "%s %s has no help", c->name, o->name);
		}
	}
}

Test(table, no_name_or_alias_stands_twice)
{
	for (size_t i = 0; i < sg_command_count; i++) {
		finds(sg_commands[i].name, sg_commands[i].name);
		char *aliases = strdup(sg_commands[i].aliases);
		for (char *save = NULL, *a = strtok_r(aliases, " ", &save); a;
			a = strtok_r(NULL, " ", &save))
			finds(a, sg_commands[i].name);
		free(aliases);
	}
	SG_LEAKCHECK();
}

Test(table, the_russian_aliases_are_those_of_the_specification)
{
	const char *const pairs[][2] = {{"шаг", "step"}, {"маршрут", "route"}, {"статус", "status"},
		{"гейты", "gates"}, {"повтори", "brief"}, {"дальше", "resume"}, {"нет", "no"},
		{"стоп", "stop"}, {"история", "history"}, {"помощь", "help"}, {"выход", "quit"}};
	for (size_t i = 0; i < SG_ARRAY_SIZE(pairs); i++)
		finds(pairs[i][0], pairs[i][1]);
}

static void usage_is(const char *name, const char *expected)
{
	const struct sg_command *command;
	char out[256];
	cr_assert_eq(sg_command_find(name, &command, NULL), SG_OK);
	cr_expect_str_eq(sg_command_usage(command, out, sizeof(out)), expected);
}

Test(table, the_usage_says_arguments_and_options)
{
	usage_is("quit", "quit");
	usage_is("show", "show N [--json]");
	usage_is("log", "log [NAME] [--json]");
	usage_is("step", "step GOAL [--file F] [--route R] [--profile P]");
	usage_is("record", "record start|stop NAME [OUTPUT=PATH …] [--note TEXT]");
	usage_is("resume", "resume [--from PHASE] [--all]");
}

Test(table, a_usage_that_does_not_fit_is_cut)
{
	const struct sg_command *command;
	char out[9];
	cr_assert_eq(sg_command_find("step", &command, NULL), SG_OK);
	cr_expect_str_eq(sg_command_usage(command, out, sizeof(out)), "step GOA");
}
