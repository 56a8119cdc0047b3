/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Completion: what is offered where, with which description, and what never is. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/table.h"
#include "harness/harness.h"
#include "ui/complete.h"
#include "view_case.h"

struct ask {
	struct view_case c;
	struct sg_candidates got;
	char *texts; /* "a b c", owned */
};

/* The cursor stands where the line ends. */
static void ask_run(struct ask *ask, const char *line, bool with_run)
{
	struct sg_strbuf sb = SG_STRBUF_INIT;
	view_case_init(&ask->c);
	cr_assert_eq(sg_complete(&ask->c.arena, line, strlen(line), with_run ? &ask->c.run : NULL,
			     &ask->got),
		SG_OK);
	for (size_t i = 0; i < ask->got.n; i++) {
		sg_strbuf_addf(&sb, "%s%s", i ? " " : "", ask->got.v[i].text);
		cr_expect(ask->got.v[i].description, "%s has no description", ask->got.v[i].text);
	}
	ask->texts = strdup(sb.bytes);
	sg_strbuf_release(&sb);
}

static void done(struct ask *ask)
{
	free(ask->texts);
	view_case_release(&ask->c);
}

static void offers(const char *line, const char *texts)
{
	struct ask ask;
	ask_run(&ask, line, true);
	cr_expect_str_eq(ask.texts, texts, "%s: expected \"%s\", found \"%s\"", line, texts,
		ask.texts);
	cr_expect_not(ask.got.files, "%s: files", line);
	done(&ask);
}

static void offers_files(const char *line, size_t word_start)
{
	struct ask ask;
	ask_run(&ask, line, true);
	cr_expect(ask.got.files, "%s: expected files, found \"%s\"", line, ask.texts);
	cr_expect_eq(ask.got.word_start, word_start, "%s: expected %zu, found %zu", line,
		word_start, ask.got.word_start);
	done(&ask);
}

Test(complete, an_empty_line_offers_every_command_with_its_help)
{
	struct ask ask;
	ask_run(&ask, "", false);
	size_t wanted = 0;
	for (size_t i = 0; i < sg_command_count; i++)
		wanted += (sg_commands[i].flags & SG_CMD_CLI) == 0;
	cr_assert_eq(ask.got.n, wanted);
	cr_expect_str_eq(ask.got.v[0].text, sg_commands[0].name);
	cr_expect_str_eq(ask.got.v[0].description, sg_commands[0].help);
	done(&ask);
	SG_LEAKCHECK();
}

Test(complete, a_prefix_offers_the_commands_that_begin_so)
{
	offers("re", "record report resume restore");
	offers("led", "ledger");
	offers("  led", "ledger");
	offers("nothing", "");
	SG_LEAKCHECK();
}

Test(complete, a_russian_alias_is_offered_where_its_letters_were_begun)
{
	offers("ст", "стоп статус");
	offers("исто", "история");
	SG_LEAKCHECK();
}

Test(complete, the_signal_is_never_offered)
{
	struct ask ask;
	const char *const lines[] = {"", "г", "го", " г", "help г", "help го", "no г", "ГО"};
	for (size_t i = 0; i < SG_ARRAY_SIZE(lines); i++) {
		ask_run(&ask, lines[i], true);
		for (size_t j = 0; j < ask.got.n; j++) {
			cr_expect_str_neq(ask.got.v[j].text, "го");
			cr_expect_null(strstr(ask.got.v[j].description, "го"));
		}
		done(&ask);
	}
	SG_LEAKCHECK();
}

Test(complete, options_are_those_of_the_command_that_are_not_given_yet)
{
	offers("step x --", "--file --route --profile");
	offers("step x --file a --", "--route --profile");
	offers("step x --file=a --r", "--route");
	offers("status --", "--json");
	offers("status --json --", "");
	offers("status ", "--json");
	offers("nosuch --", "");
	SG_LEAKCHECK();
}

Test(complete, a_file_is_left_to_the_front_end)
{
	offers_files("check ", 6);
	offers_files("check do", 6);
	offers_files("step x --file ", 14);
	offers_files("step x --file=docs/", 14);
	offers_files("step \"a b\" --route r", 19);
	offers_files("next a\\ b", 5);
	offers_files("record stop SPC TOC=docs/a", 20);
	offers_files("record stop SPC A\\ B=docs/a", 21);
	SG_LEAKCHECK();
}

Test(complete, text_and_numbers_have_no_candidates)
{
	offers("no ", "");
	offers("show ", "");
	offers("step \"a", "");
	offers("step 'check ", "");
	offers("step «step --", "");
	offers("step \"a\"b", "");
	SG_LEAKCHECK();
}

Test(complete, names_are_roles_and_engines_of_the_run)
{
	offers("log ", "SPC ORC CTL VAL QA ENG.TEXT.TOC ENG.TEXT.LINKS ENG.МУЗЫКА");
	offers("log ENG.T", "ENG.TEXT.TOC ENG.TEXT.LINKS");
	offers("log KEY:ENG.М", "KEY:ENG.МУЗЫКА");
	struct ask ask;
	ask_run(&ask, "log S", true);
	cr_expect_str_eq(ask.got.v[0].description, "role, ran");
	done(&ask);
	ask_run(&ask, "log ", false);
	cr_expect_eq(ask.got.n, 0);
	done(&ask);
	SG_LEAKCHECK();
}

Test(complete, record_takes_a_word_a_name_and_outputs)
{
	offers("record ", "start stop");
	offers("record sto", "stop");
	offers("record stop O", "ORC");
	offers("record stop ORC T", "TOC=");
	offers("record stop ORC TOC=x P", "PACK_OUTPUT=");
	SG_LEAKCHECK();
}

Test(complete, resume_takes_a_phase_that_runs_something)
{
	offers("resume --from ", "ROUTE SPC ORC CTL QA PACK VAL");
	offers("resume --from=S", "SPC");
	offers("resume --from SPC --", "--all");
	SG_LEAKCHECK();
}

Test(complete, a_short_command_and_an_alias_have_their_arguments_too)
{
	offers("rec sta", "start");
	offers("дальше --f", "--from");
	offers("помощь led", "ledger");
	SG_LEAKCHECK();
}

Test(complete, what_stands_behind_the_cursor_is_not_looked_at)
{
	struct ask ask;
	view_case_init(&ask.c);
	cr_assert_eq(sg_complete(&ask.c.arena, "led --json \"", 3, NULL, &ask.got), SG_OK);
	cr_assert_eq(ask.got.n, 1);
	cr_expect_str_eq(ask.got.v[0].text, "ledger");
	view_case_release(&ask.c);
	SG_LEAKCHECK();
}

Test(complete, a_name_with_blanks_is_escaped_and_one_with_controls_is_not_offered)
{
	struct view_case c;
	struct sg_candidates got;
	static const char *const names[] = {"MY ROLE", "E\033[2J", "Q\"«'\\"};
	view_case_init(&c);
	c.run.manifest.required_roles = (struct sg_strs){names, 3};
	c.run.required_engines = (struct sg_strs){NULL, 0};
	c.run.manifest.required_eng_keys = (struct sg_strs){NULL, 0};
	cr_assert_eq(sg_complete(&c.arena, "log ", 4, &c.run, &got), SG_OK);
	cr_assert_eq(got.n, 2);
	cr_expect_str_eq(got.v[0].text, "MY\\ ROLE");
	cr_expect_str_eq(got.v[1].text, "Q\\\"\\«\\'\\\\");
	cr_assert_eq(sg_complete(&c.arena, "log MY\\ R", 9, &c.run, &got), SG_OK);
	cr_expect_eq(got.n, 1);
	cr_expect_eq(got.word_start, 4);
	view_case_release(&c);
	SG_LEAKCHECK();
}

Test(complete, escaping_and_unescaping_are_each_other_s_reverse)
{
	const char *const texts[] = {"", "plain", "a b", "\\", "«x» \"y\" 'z'", "мой файл\t.md"};
	for (size_t i = 0; i < SG_ARRAY_SIZE(texts); i++) {
		struct sg_strbuf escaped = SG_STRBUF_INIT;
		struct sg_strbuf back = SG_STRBUF_INIT;
		sg_complete_escape(&escaped, texts[i]);
		sg_complete_unescape(&back, escaped.bytes, escaped.n_bytes);
		cr_expect_str_eq(back.bytes, texts[i]);
		sg_strbuf_release(&escaped);
		sg_strbuf_release(&back);
	}
	SG_LEAKCHECK();
}

Test(complete, a_history_keeps_commands_and_not_the_signal_nor_what_looks_like_it)
{
	cr_expect(sg_complete_remembers("status"));
	cr_expect(sg_complete_remembers("step \"го\""));
	const char *const forgotten[] = {
		"", "  \t", "го", "  го  ", "ГО", "go", "uj", "да", "a\nb", "a\033b", "\xff", "y"};
	for (size_t i = 0; i < SG_ARRAY_SIZE(forgotten); i++)
		cr_expect_not(sg_complete_remembers(forgotten[i]), "\"%s\"", forgotten[i]);
	SG_LEAKCHECK();
}
