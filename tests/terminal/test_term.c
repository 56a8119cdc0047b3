/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The terminal that the other tests look through, seen through programs that every system has. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "harness/harness.h"
#include "harness/term.h"

static struct sg_t_term *shell(const char *script)
{
	const char *const argv[] = {"/bin/sh", "-c", script, NULL};
	return sg_t_term_open(&(struct sg_t_term_spec){.argv = argv, .rows = 6, .cols = 30});
}

static void assert_row(struct sg_t_term *term, int row, const char *wanted)
{
	char *found = sg_t_term_row(term, row);
	cr_assert_str_eq(
		found, wanted, "row %d: expected \"%s\", found \"%s\"", row, wanted, found);
	free(found);
}

Test(term, what_is_typed_is_seen_and_end_of_file_ends_cat)
{
	const char *const argv[] = {"cat", NULL};
	struct sg_t_term *term = sg_t_term_open(&(struct sg_t_term_spec){.argv = argv});
	sg_t_term_type(term, "шаг one\r");
	cr_assert(sg_t_term_wait_row(term, 1, "шаг one", SG_T_DEADLINE_MS));
	assert_row(term, 0, "шаг one");
	int row, col;
	sg_t_term_cursor(term, &row, &col);
	cr_assert_eq(row, 2);
	cr_assert_eq(col, 0);
	sg_t_term_type(term, "\x04");
	cr_assert_eq(sg_t_term_exit(term), 0);
	sg_t_term_close(term);
	SG_LEAKCHECK();
}

Test(term, the_exit_status_and_the_signal_are_told)
{
	struct sg_t_term *term = shell("echo last words; exit 37");
	cr_assert_eq(sg_t_term_exit(term), 37);
	cr_assert_eq(sg_t_term_exit(term), 37);
	assert_row(term, 0, "last words");
	sg_t_term_close(term);
	term = shell("kill -TERM $$");
	cr_assert_eq(sg_t_term_exit(term), 128 + SIGTERM);
	sg_t_term_close(term);
	/* Not a shell: one may lose the signal that comes while it starts a program. cat has
	 * answered, so it is there. */
	const char *const argv[] = {"cat", NULL};
	term = sg_t_term_open(&(struct sg_t_term_spec){.argv = argv});
	sg_t_term_type(term, "ready\r");
	cr_assert(sg_t_term_wait_row(term, 1, "ready", SG_T_DEADLINE_MS));
	sg_t_term_type(term, "\x03");
	cr_assert_eq(sg_t_term_exit(term), 128 + SIGINT);
	sg_t_term_close(term);
	SG_LEAKCHECK();
}

Test(term, a_wait_for_what_never_comes_ends_with_the_program_or_the_deadline)
{
	struct sg_t_term *term = shell("echo one");
	cr_assert_not(sg_t_term_wait_text(term, "two", SG_T_DEADLINE_MS));
	sg_t_term_close(term);
	term = shell("echo one; read x");
	cr_assert_not(sg_t_term_wait_text(term, "two", 20));
	cr_assert(sg_t_term_wait_text(term, "one", SG_T_DEADLINE_MS));
	sg_t_term_close(term);
	SG_LEAKCHECK();
}

Test(term, colours_attributes_wide_and_combined_characters_are_in_the_cells)
{
	struct sg_t_term *term =
		shell("printf '\\033[1;31mA\\033[0;7mB\\033[0m界e\\314\\201.'");
	SG_T_SEES(term, ".");
	struct sg_t_cell a = sg_t_term_cell(term, 0, 0), b = sg_t_term_cell(term, 0, 1);
	cr_assert_str_eq(a.text, "A");
	cr_assert(a.bold);
	cr_assert_eq(a.fg, 1);
	cr_assert_eq(a.bg, -1);
	cr_assert(b.reverse);
	cr_assert_not(b.bold);
	cr_assert_eq(b.fg, -1);
	struct sg_t_cell wide = sg_t_term_cell(term, 0, 2);
	cr_assert_eq(wide.width, 2);
	cr_assert_str_eq(wide.text, "界");
	assert_row(term, 0, "AB界e\xcc\x81.");
	sg_t_term_close(term);
	SG_LEAKCHECK();
}

Test(term, a_resize_reaches_the_program)
{
	struct sg_t_term *term =
		shell("trap 'stty size' WINCH; stty size; while :; do sleep 0.02; done");
	cr_assert(sg_t_term_wait_row(term, 0, "6 30", SG_T_DEADLINE_MS));
	sg_t_term_resize(term, 10, 40);
	SG_T_SEES(term, "10 40");
	sg_t_term_close(term);
	SG_LEAKCHECK();
}

Test(term, what_scrolled_off_was_seen_and_the_raw_bytes_are_kept)
{
	struct sg_t_term *term =
		shell("for i in 1 2 3 4 5 6 7 8 9; do echo line $i; done; echo end");
	SG_T_SEEN(term, "end");
	SG_T_SEEN(term, "line 1\nline 2\n");
	char *screen = sg_t_term_screen(term);
	cr_assert_null(strstr(screen, "line 1"));
	cr_assert_str_eq(screen, "line 6\nline 7\nline 8\nline 9\nend\n\n");
	free(screen);
	size_t size = 0;
	cr_assert_eq(strncmp(sg_t_term_raw(term, &size), "line 1\r\nline 2\r\n", 16), 0);
	cr_assert_eq(size, strlen("line 1\r\n") * 9 + strlen("end\r\n"));
	sg_t_term_close(term);
	SG_LEAKCHECK();
}

Test(term, the_alternate_screen_the_title_the_bell_and_the_cursor_are_told)
{
	struct sg_t_term *term =
		shell("printf 'main\\033[?1049h\\033[?25l\\033]2;имя\\007\\007alt';"
		      "read x; printf '\\033[?1049l\\033[?25hback'; read x");
	SG_T_SEES(term, "alt");
	cr_assert(sg_t_term_altscreen(term));
	cr_assert_not(sg_t_term_cursor_visible(term));
	cr_assert_str_eq(sg_t_term_title(term), "имя");
	cr_assert_eq(sg_t_term_bells(term), 1);
	sg_t_term_type(term, "\r");
	SG_T_SEES(term, "mainback");
	cr_assert_not(sg_t_term_altscreen(term));
	cr_assert(sg_t_term_cursor_visible(term));
	sg_t_term_close(term);
	SG_LEAKCHECK();
}

Test(term, the_environment_is_built_from_nothing_and_the_spec_wins)
{
	setenv("LINES", "7", 1);
	setenv("SECRET", "7", 1);
	char *dir = sg_t_tmpdir();
	const char *const argv[] = {"/bin/sh", "-c",
		"echo \"[$TERM|$EXTRA|$LANG|$LINES|$SECRET]\"; test \"$(pwd -P)\" = \"$EXTRA\"",
		NULL};
	char *extra = sg_t_format("EXTRA=%s", dir);
	const char *const env[] = {"TERM=dumb", extra, NULL};
	struct sg_t_term *term = sg_t_term_open(
		&(struct sg_t_term_spec){.argv = argv, .env = env, .cwd = dir, .cols = 200});
	cr_assert_eq(sg_t_term_exit(term), 0);
	char *wanted = sg_t_format("[dumb|%s|C.UTF-8||]", dir);
	assert_row(term, 0, wanted);
	sg_t_term_close(term);
	sg_t_rmtree(dir);
	free(wanted);
	free(extra);
	free(dir);
	SG_LEAKCHECK();
}

Test(term, a_question_to_the_terminal_is_answered)
{
	struct sg_t_term *term =
		shell("stty raw -echo; printf '\\033[6n'; dd bs=1 count=6 2>/dev/null "
		      "| tail -c 5; stty sane");
	SG_T_SEES(term, "[1;1R");
	sg_t_term_close(term);
	SG_LEAKCHECK();
}

Test(term, a_program_that_is_not_there_ends_with_127)
{
	const char *const argv[] = {"/nowhere/at-all", NULL};
	struct sg_t_term *term = sg_t_term_open(&(struct sg_t_term_spec){.argv = argv});
	cr_assert_eq(sg_t_term_exit(term), 127);
	SG_T_SEEN(term, "No such file");
	sg_t_term_close(term);
	SG_LEAKCHECK();
}

Test(term, a_program_that_reads_slowly_gets_every_byte)
{
	struct sg_t_term *term = shell("stty raw -echo; echo go; head -c 300000 | wc -c");
	SG_T_SEES(term, "go");
	char *much = malloc(300000);
	memset(much, 'x', 300000);
	sg_t_term_send(term, much, 300000);
	SG_T_SEES(term, "300000");
	free(much);
	sg_t_term_close(term);
	SG_LEAKCHECK();
}
