/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words into a command: counts, options in both forms, what is refused and with which sentence. */
#include <criterion/criterion.h>
#include <string.h>

#include "cmd/parse.h"
#include "harness/harness.h"

struct parsed {
	struct sg_arena arena;
	struct sg_args args;
	struct sg_err err;
	enum sg_rc rc;
};

static struct parsed parse(const char *line)
{
	struct parsed p = {.arena = SG_ARENA_INIT, .err = SG_ERR_INIT};
	struct sg_words words;
	cr_assert_eq(sg_lex(&p.arena, line, false, &words, &p.err), SG_OK, "%s", p.err.text);
	p.rc = sg_parse(&p.arena, &words, &p.args, &p.err);
	return p;
}

static void accepts(struct parsed *p)
{
	cr_assert_eq(p->rc, SG_OK, "%s", p->err.text);
}

static void refuses(const char *line, const char *reason)
{
	struct parsed p = parse(line);
	cr_expect_eq(p.rc, SG_USAGE, "%s was accepted", line);
	cr_expect(strstr(p.err.text, reason), "%s: expected \"%s\", found \"%s\"", line, reason,
		p.err.text);
	cr_expect_null(p.args.command, "the result was touched");
	sg_arena_release(&p.arena);
}

Test(parse, positionals_and_options_are_told_apart)
{
	struct parsed p = parse("step --file a.md \"цель\" --route=r.yaml");
	accepts(&p);
	cr_expect_str_eq(p.args.command->name, "step");
	cr_assert_eq(p.args.n_positional, 1);
	cr_expect_str_eq(p.args.positional[0], "цель");
	cr_expect_str_eq(sg_args_option(&p.args, "--file"), "a.md");
	cr_expect_str_eq(sg_args_option(&p.args, "--route"), "r.yaml");
	cr_expect_null(sg_args_option(&p.args, "--profile"));
	cr_expect_null(sg_args_option(&p.args, "--nosuch"));
	sg_arena_release(&p.arena);
	SG_LEAKCHECK();
}

Test(parse, an_option_without_a_value_is_given_or_not)
{
	struct parsed p = parse("resume --all");
	accepts(&p);
	cr_expect_str_eq(sg_args_option(&p.args, "--all"), "");
	cr_expect_null(sg_args_option(&p.args, "--from"));
	sg_arena_release(&p.arena);
	SG_LEAKCHECK();
}

Test(parse, a_value_may_be_empty_or_begin_with_dashes)
{
	struct parsed p = parse("init --owner=");
	accepts(&p);
	cr_expect_str_eq(sg_args_option(&p.args, "--owner"), "");
	sg_arena_release(&p.arena);
	p = parse("init --owner --blank");
	accepts(&p);
	cr_expect_str_eq(sg_args_option(&p.args, "--owner"), "--blank");
	cr_expect_null(sg_args_option(&p.args, "--blank"));
	sg_arena_release(&p.arena);
	SG_LEAKCHECK();
}

Test(parse, two_dashes_end_the_options)
{
	struct parsed p = parse("no -- --reason");
	accepts(&p);
	cr_expect_str_eq(p.args.positional[0], "--reason");
	sg_arena_release(&p.arena);
	p = parse("no -- --");
	accepts(&p);
	cr_expect_str_eq(p.args.positional[0], "--");
	sg_arena_release(&p.arena);
	p = parse("no -x");
	accepts(&p);
	cr_expect_str_eq(p.args.positional[0], "-x");
	sg_arena_release(&p.arena);
	SG_LEAKCHECK();
}

Test(parse, json_is_taken_where_the_command_reads)
{
	struct parsed p = parse("status --json");
	accepts(&p);
	cr_expect(p.args.json);
	sg_arena_release(&p.arena);
	p = parse("status");
	accepts(&p);
	cr_expect_not(p.args.json);
	sg_arena_release(&p.arena);
	refuses("step x --json", "there is no option --json");
	refuses("status --json=yes", "there is no option --json=yes");
	SG_LEAKCHECK();
}

Test(parse, the_last_argument_may_repeat_where_the_table_says_so)
{
	struct parsed p = parse("record stop SPC A=a B=b C=c");
	accepts(&p);
	cr_expect_eq(p.args.n_positional, 5);
	cr_expect_str_eq(p.args.positional[4], "C=c");
	sg_arena_release(&p.arena);
	SG_LEAKCHECK();
}

Test(parse, what_is_missing_or_too_much_is_refused_with_the_usage)
{
	refuses("step", "cannot run step: missing GOAL; usage: step GOAL [--file F]");
	refuses("next a", "missing GOAL");
	refuses("diff 1", "missing M");
	refuses("status now", "one argument too many: now");
	refuses("show 1 2", "one argument too many: 2");
	refuses("record", "missing start|stop");
	refuses("record pause SPC", "expected start or stop, found pause");
	refuses("record sta SPC", "expected start or stop, found sta");
	SG_LEAKCHECK();
}

Test(parse, an_option_that_is_not_there_twice_or_without_its_value_is_refused)
{
	refuses("step x --force", "there is no option --force");
	refuses("step x --fil a", "there is no option --fil");
	refuses("step x --file a --file b", "given twice: --file");
	refuses("step x --file", "a value is missing behind --file");
	refuses("resume --all=yes", "takes no value: --all");
	refuses("resume --all --all", "given twice: --all");
	SG_LEAKCHECK();
}

Test(parse, an_empty_line_and_an_unknown_command_are_refused)
{
	refuses("", "an empty line");
	refuses("nosuch", "no such command");
	refuses("\"\"", "no such command");
	SG_LEAKCHECK();
}

Test(parse, more_arguments_than_there_is_room_for_are_refused)
{
	struct parsed p = {.arena = SG_ARENA_INIT, .err = SG_ERR_INIT};
	const char *v[SG_POSITIONALS_MAX + 2] = {"record"};
	for (size_t i = 1; i < SG_ARRAY_SIZE(v); i++)
		v[i] = "stop";
	const struct sg_words words = {v, NULL, SG_ARRAY_SIZE(v)};
	cr_expect_eq(sg_parse(&p.arena, &words, &p.args, &p.err), SG_USAGE);
	cr_expect(strstr(p.err.text, "too many arguments"), "%s", p.err.text);
	const struct sg_words one_less = {v, NULL, SG_ARRAY_SIZE(v) - 1};
	sg_err_clear(&p.err);
	cr_expect_eq(sg_parse(&p.arena, &one_less, &p.args, &p.err), SG_OK, "%s", p.err.text);
	sg_arena_release(&p.arena);
	SG_LEAKCHECK();
}
