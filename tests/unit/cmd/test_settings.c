/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The settings' file: what is read, and that everything else is refused at its line and column. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "cmd/settings.h"
#include "harness/harness.h"

static enum sg_rc read_text(struct sg_settings *ret, const char *text, struct sg_err *err)
{
	sg_settings_default(ret);
	return sg_settings_read(ret, text, strlen(text), "config", err);
}

static void refuses(const char *text, size_t line, size_t column, const char *reason)
{
	struct sg_settings settings;
	struct sg_settings before;
	struct sg_err err = SG_ERR_INIT;
	cr_expect_eq(read_text(&settings, text, &err), SG_INPUT, "%s was read", text);
	cr_expect(strstr(err.text, reason), "%s: expected \"%s\", found \"%s\"", text, reason,
		err.text);
	cr_expect(err.line == line && err.column == column && strcmp(err.file, "config") == 0,
		"%s: expected config:%zu:%zu, found %s:%zu:%zu", text, line, column, err.file,
		err.line, err.column);
	sg_settings_default(&before);
	cr_expect_arr_eq(settings.value, before.value, sizeof(before.value),
		"%s: a file that is refused sets nothing", text);
}

Test(settings, every_default_is_one_of_the_values)
{
	struct sg_settings settings;
	sg_settings_default(&settings);
	for (size_t i = 0; i < SG_SETTING_COUNT; i++) {
		cr_expect_neq(settings.value[i], (size_t)-1, "%s", sg_setting_specs[i].name);
		cr_expect_eq(settings.line[i], 0);
	}
	cr_expect(sg_setting_is(&settings, SG_SETTING_UI, "screen"));
	cr_expect_not(sg_setting_is(&settings, SG_SETTING_UI, "plain"));
	cr_expect_eq(settings.value[SG_SETTING_LOG_ROWS], 16384);
	SG_LEAKCHECK();
}

Test(settings, blanks_comments_and_empty_lines_do_not_matter)
{
	struct sg_settings settings;
	struct sg_err err = SG_ERR_INIT;
	enum sg_rc rc = read_text(&settings,
		"\xef\xbb\xbf# my settings\r\n\n  \t\nui=plain\n\tcolor\t=\tnever   # as I "
		"like it\r\n"
		"   log_rows =  200\nbell = no #\nlanguage = ru",
		&err);
	cr_assert_eq(rc, SG_OK, "%s", err.text);
	cr_expect(sg_setting_is(&settings, SG_SETTING_UI, "plain"));
	cr_expect(sg_setting_is(&settings, SG_SETTING_COLOR, "never"));
	cr_expect(sg_setting_is(&settings, SG_SETTING_BELL, "no"));
	cr_expect(sg_setting_is(&settings, SG_SETTING_LANGUAGE, "ru"));
	cr_expect(sg_setting_is(&settings, SG_SETTING_TITLE, "yes"));
	cr_expect_eq(settings.value[SG_SETTING_LOG_ROWS], 200);
	cr_expect_eq(settings.line[SG_SETTING_COLOR], 5);
	cr_expect_eq(settings.line[SG_SETTING_TITLE], 0);
	SG_LEAKCHECK();
}

Test(settings, an_empty_file_sets_nothing)
{
	struct sg_settings settings;
	struct sg_err err = SG_ERR_INIT;
	cr_expect_eq(read_text(&settings, "", &err), SG_OK);
	cr_expect_eq(read_text(&settings, "\n", &err), SG_OK);
	cr_expect_eq(read_text(&settings, "# nothing", &err), SG_OK);
	for (size_t i = 0; i < SG_SETTING_COUNT; i++)
		cr_expect_eq(settings.line[i], 0);
	SG_LEAKCHECK();
}

Test(settings, each_value_of_the_table_is_read_as_itself)
{
	for (size_t i = 0; i < SG_SETTING_COUNT; i++) {
		const struct sg_setting_spec *spec = &sg_setting_specs[i];
		for (const char *p = spec->values; *p; p += strcspn(p, "|-")) {
			struct sg_settings settings;
			struct sg_err err = SG_ERR_INIT;
			p += *p == '|' || *p == '-';
			const int n = (int)strcspn(p, "|-");
			char *text = sg_t_format("%s = %.*s\n", spec->name, n, p);
			char *word = sg_t_format("%.*s", n, p);
			cr_expect_eq(read_text(&settings, text, &err), SG_OK, "%s: %s", text,
				err.text);
			if (i == SG_SETTING_LOG_ROWS)
				cr_expect_eq(settings.value[i], (size_t)atol(word));
			else
				cr_expect(sg_setting_is(&settings, (enum sg_setting)i, word));
			free(word);
			free(text);
		}
	}
	SG_LEAKCHECK();
}

Test(settings, what_is_wrong_is_said_with_its_line_and_column)
{
	refuses("ui = plain\ncolour = never\n", 2, 1, "there is no setting \"colour\"");
	refuses("  UI = plain\n", 1, 3, "there is no setting \"UI\"");
	refuses("color = blue\n", 1, 9, "color: expected auto|always|never, found \"blue\"");
	refuses("color = \n", 1, 8, "found \"\"");
	refuses("\n\nplain\n", 3, 1, "expected name = value");
	refuses("ui = plain\nbell = no\nui = screen\n", 3, 1, "ui is set in line 1 already");
	refuses("log_rows = 99\n", 1, 12, "expected 100-1000000, found \"99\"");
	refuses("log_rows = 1000001\n", 1, 12, "found \"1000001\"");
	refuses("log_rows = 99999999999999999999999\n", 1, 12, "log_rows: expected");
	refuses("log_rows = -200\n", 1, 12, "found \"-200\"");
	refuses("log_rows = 2e2\n", 1, 12, "found \"2e2\"");
	refuses("цвет = never\n", 1, 1, "there is no setting \"цвет\"");
	refuses("ui = плейн\n", 1, 6, "found \"плейн\"");
	refuses("= plain\n", 1, 1, "there is no setting \"\"");
	SG_LEAKCHECK();
}

Test(settings, what_it_quotes_cannot_command_the_terminal)
{
	refuses("ui = \x1b[2J\n", 1, 6, "found \"<U+001B>[2J\"");
	refuses("\xe2\x80\xaeui = plain\n", 1, 1, "U+202E");
	SG_LEAKCHECK();
}

Test(settings, bytes_that_are_no_text_are_refused)
{
	static const char nul[] = "ui = plain\n\0color = never\n";
	struct sg_settings settings;
	struct sg_err err = SG_ERR_INIT;
	sg_settings_default(&settings);
	cr_expect_eq(sg_settings_read(&settings, "ui\xff", 3, "config", &err), SG_INPUT);
	cr_expect(strstr(err.text, "byte 3 is no UTF-8"), "found \"%s\"", err.text);
	sg_err_clear(&err);
	cr_expect_eq(
		sg_settings_read(&settings, nul, sizeof(nul) - 1, "config", &err), SG_INPUT);
	cr_expect_eq(err.line, 2);
	SG_LEAKCHECK();
}
