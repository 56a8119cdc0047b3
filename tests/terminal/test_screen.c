/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The full screen in a terminal: the program itself, started without a command in a small run.
 *
 * STEPGATE names the program; without it every test here is skipped.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "harness/harness.h"
#include "harness/term.h"

/* --- a run --- */

static const char route[] =
	"ROUTE_TOKEN:\n"
	"  META: {ROUTER_VERSION: \"1\", TIMESTAMP: \"\", TRACE_ID: \"\"}\n"
	"  TASK: {TASK_TEXT_HASH: \"\", USER_INTENT: \"To be tried\"}\n"
	"  ROUTE: {DOMAIN: \"DOCS\", ARTIFACT_TYPE: \"SMALL\", MODE: \"REPO\", "
	"PROFILE_KEY: \"MINI\", PIPE_SELECTED: \"\"}\n"
	"  REQUIRED_SET:\n"
	"    REQUIRED_IDX: []\n"
	"    REQUIRED_ROLES: [\"SPC\", \"ORC\", \"VAL\"]\n"
	"    REQUIRED_ENG_KEYS: [\"KEY:ENG.A\"]\n"
	"    REQUIRED_KB_KEYS: []\n"
	"    REQUIRED_VAL_KEYS: [\"KEY:VAL.ENGINE_COVERAGE_GATE\", "
	"\"KEY:VAL.OUTPUT_CONTRACT_GATE\"]\n"
	"    OUTPUT_CONTRACT: [\"BRIEF_TOKEN\", \"ENGINE_PLAN_TOKEN\", \"VAL_REPORT\", "
	"\"PACK_OUTPUT\"]\n"
	"    NO_GO_LIST: []\n"
	"  GATES: {STOP_CONDITIONS: [], QUALITY_MINIMUM: \"\"}\n";

static const char profile[] =
	"PROFILE:\n"
	"  PROFILE_KEY: \"MINI\"\n"
	"  ALLOW_SKIP: []\n"
	"  CONTINUE_ON_FAIL: false\n"
	"  CADENCE: phase\n"
	"  EVIDENCE: observed\n"
	"  SANDBOX: none\n"
	"  JOBS: 1\n"
	"  BASELINE_OUTPUTS: {}\n"
	"  RUN:\n"
	"    SPC: {argv: [/bin/sh, spc.sh], timeout_s: 60}\n"
	"    KEY:ENG.A: {argv: [/bin/sh, eng.sh], timeout_s: 60, outputs: [A_OUT]}\n";

static const char make_outputs[] =
	"echo brief > \"$STEPGATE_OUT/BRIEF_TOKEN.txt\"\n"
	"printf 'ENGINE_PLAN_TOKEN:\\n  required_eng_keys: [\"KEY:ENG.A\"]\\n' "
	"> \"$STEPGATE_OUT/ENGINE_PLAN_TOKEN.yaml\"\n";

struct room {
	char *folder;
	char *inputrc;
	struct sg_t_term *term;
};

static const char *program(void)
{
	const char *path = getenv("STEPGATE");
	if (!path || !*path)
		cr_skip_test("STEPGATE does not name the program");
	return path;
}

static void put(const struct room *room, const char *name, const char *text)
{
	char *path = sg_t_format("%s/run/%s", room->folder, name);
	sg_t_write_text(path, text);
	free(path);
}

/* Runs the program with one line of arguments in the run's folder. */
static void command(const struct room *room, const char *arguments)
{
	char *line = sg_t_format(
		"cd '%s/run' && '%s' %s >../out 2>&1", room->folder, program(), arguments);
	int status = system(line);
	cr_assert_eq(status, 0, "expected to succeed: %s", line);
	free(line);
}

/* A run with an open STEP, whose SPC does what `spc` says and then leaves its outputs. */
static void make_run(struct room *room, const char *spc)
{
	(void)program();
	room->folder = sg_t_tmpdir();
	room->inputrc = sg_t_format("%s/inputrc", room->folder);
	room->term = NULL;
	sg_t_write_text(room->inputrc, "");
	char *script = sg_t_format("%s\n%s", spc, make_outputs);
	put(room, "spc.sh", script);
	put(room, "eng.sh", "echo a > \"$STEPGATE_OUT/A_OUT.txt\"\n");
	put(room, "docs/one.md", "One document.\n");
	put(room, "route.yaml", route);
	put(room, "profiles/MINI.yaml", profile);
	free(script);
	command(room, "init");
	command(room, "step 'Собрать релиз' --file docs/one.md --route route.yaml");
}

static void open_screen(struct room *room, int rows, int cols, const char *const *argv)
{
	char *state = sg_t_format("XDG_STATE_HOME=%s/state", room->folder);
	char *inputrc = sg_t_format("INPUTRC=%s", room->inputrc);
	char *cwd = sg_t_format("%s/run", room->folder);
	const char *const plain[] = {program(), NULL};
	room->term = sg_t_term_open(&(struct sg_t_term_spec){
		.argv = argv ? argv : plain,
		.env = (const char *const[]){state, inputrc, NULL},
		.cwd = cwd,
		.rows = rows,
		.cols = cols,
	});
	free(state);
	free(inputrc);
	free(cwd);
}

static void begin(struct room *room, const char *spc)
{
	make_run(room, spc);
	open_screen(room, 30, 100, NULL);
	SG_T_SEES(room->term, "«го» starts ROUTE");
	SG_T_SEES(room->term, "stepgate 0001>");
}

static void end(struct room *room)
{
	sg_t_term_close(room->term);
	sg_t_rmtree(room->folder);
	free(room->folder);
	free(room->inputrc);
}

static void leave(struct room *room)
{
	sg_t_term_type(room->term, "\x05\x15quit\r");
	int status = sg_t_term_exit(room->term);
	cr_assert_eq(status, 0, "expected exit status 0, found %d", status);
}

/* The prompt's row is the last; true when it holds exactly this. */
static bool prompt_is(struct sg_t_term *term, const void *arg)
{
	int row, col;
	sg_t_term_cursor(term, &row, &col);
	char *text = sg_t_term_row(term, row);
	bool found = strcmp(text, arg) == 0;
	free(text);
	return found;
}

static void expect_prompt(struct room *room, const char *text)
{
	bool found = sg_t_term_wait(room->term, prompt_is, text, SG_T_DEADLINE_MS);
	if (!found)
		sg_t_term_dump(room->term, text);
	cr_assert(found, "expected the prompt's row: %s", text);
}

static void expect_cursor(struct room *room, int row, int col)
{
	int found_row, found_col;
	sg_t_term_cursor(room->term, &found_row, &found_col);
	cr_assert(found_row == row && found_col == col,
		"expected the cursor at %d,%d, found %d,%d", row, col, found_row, found_col);
}

static bool is_gone(struct sg_t_term *term, const void *arg)
{
	char *text = sg_t_term_screen(term);
	bool gone = strstr(text, arg) == NULL;
	free(text);
	return gone;
}

static bool is_normal(struct sg_t_term *term, const void *arg)
{
	(void)arg;
	return !sg_t_term_altscreen(term);
}

static void expect_normal_screen(struct room *room)
{
	bool normal = sg_t_term_wait(room->term, is_normal, NULL, SG_T_DEADLINE_MS);
	cr_assert(normal, "expected the normal screen");
}

static bool file_has(const struct room *room, const char *name, const char *text)
{
	char *path = sg_t_format("%s/run/%s", room->folder, name);
	char *bytes = sg_t_read(path, NULL);
	bool has = bytes && strstr(bytes, text);
	free(bytes);
	free(path);
	return has;
}

#define TRACE       ".stepgate/trace.jsonl"
#define EVENT(name) "\"event\":\"" name "\""

/* Gives the signal for the phase, and waits for the next one's brief. */
static void go(struct room *room, const char *phase, const char *next)
{
	char *now = sg_t_format("«го» starts %s", phase);
	char *then = sg_t_format("«го» starts %s", next);
	SG_T_SEES(room->term, now);
	expect_prompt(room, "stepgate 0001>");
	sg_t_term_type(room->term, "го\r");
	SG_T_SEES(room->term, then);
	free(now);
	free(then);
}

/* --- the signal --- */

Test(screen, the_run_goes_to_its_pass_by_typing_what_the_screen_says)
{
	struct room room;
	begin(&room, "");
	cr_assert(sg_t_term_altscreen(room.term), "expected the alternate screen");
	go(&room, "ROUTE", "SPC");
	go(&room, "SPC", "ORC");
	go(&room, "ORC", "PACK");
	go(&room, "PACK", "VAL");
	expect_prompt(&room, "stepgate 0001>");
	sg_t_term_type(room.term, "го\r");
	SG_T_SEES(room.term, "PASS");
	leave(&room);
	cr_assert(file_has(&room, TRACE, EVENT("verdict")), "expected a verdict in the trace");
	end(&room);
}

Test(screen, after_leaving_three_lines_say_where_it_stands)
{
	struct room room;
	begin(&room, "");
	leave(&room);
	cr_assert_not(sg_t_term_altscreen(room.term), "expected the normal screen");
	char *text = sg_t_term_screen(room.term);
	cr_assert(strstr(text, "STEP 0001  Собрать релиз\n"), "found:\n%s", text);
	cr_assert(strstr(text, "RUNNING\n«го» starts ROUTE"), "found:\n%s", text);
	free(text);
	end(&room);
}

Test(screen, a_pasted_signal_is_refused)
{
	struct room room;
	begin(&room, "");
	sg_t_term_type(room.term, "\033[200~го\033[201~");
	expect_prompt(&room, "stepgate 0001> го");
	sg_t_term_type(room.term, "\r");
	SG_T_SEES(room.term, "it must be typed after the brief");
	cr_assert_not(file_has(&room, TRACE, EVENT("begin")), "expected that nothing began");
	leave(&room);
	end(&room);
}

Test(screen, a_pasted_newline_runs_no_command)
{
	struct room room;
	begin(&room, "");
	sg_t_term_type(room.term, "\033[200~stop \"x\"\r\033[201~");
	expect_prompt(&room, "stepgate 0001> stop \"x\"^J");
	sg_t_term_type(room.term, "\x15");
	expect_prompt(&room, "stepgate 0001>");
	cr_assert_not(
		file_has(&room, TRACE, EVENT("stop")), "expected that nothing was stopped");
	leave(&room);
	end(&room);
}

Test(screen, a_signal_typed_while_a_phase_runs_starts_nothing)
{
	struct room room;
	begin(&room, "echo begun; while [ ! -f ../on ]; do sleep 0.05; done");
	go(&room, "ROUTE", "SPC");
	expect_prompt(&room, "stepgate 0001>");
	sg_t_term_type(room.term, "го\r");
	SG_T_SEES(room.term, "begun");
	sg_t_term_type(room.term, "го\r");
	SG_T_SEES(room.term, "a phase runs");
	sg_t_term_type(room.term, "г");
	expect_prompt(&room, "stepgate 0001> г");
	char *on = sg_t_format("%s/on", room.folder);
	sg_t_write_text(on, "");
	free(on);
	SG_T_SEES(room.term, "«го» starts ORC");
	/* begun before the brief, ended behind it */
	expect_prompt(&room, "stepgate 0001> г");
	sg_t_term_type(room.term, "о\r");
	SG_T_SEES(room.term, "it must be typed after the brief");
	leave(&room);
	end(&room);
}

Test(screen, a_file_that_changes_takes_the_brief_back_before_the_operators_eyes)
{
	struct room room;
	begin(&room, "");
	go(&room, "ROUTE", "SPC");
	go(&room, "SPC", "ORC");
	expect_prompt(&room, "stepgate 0001>");
	sg_t_term_type(room.term, "г");
	expect_prompt(&room, "stepgate 0001> г");
	char *path =
		sg_t_format("%s/run/.stepgate/steps/0001/SPC.1/BRIEF_TOKEN.txt", room.folder);
	cr_assert_eq(chmod(path, 0644), 0);
	sg_t_write_text(path, "another\n");
	free(path);
	SG_T_SEES(room.term, "STALE");
	SG_T_SEES(room.term, "what the brief showed has changed");
	expect_prompt(&room, "stepgate 0001> г");
	sg_t_term_type(room.term, "о\r");
	SG_T_SEES(room.term, "it must be typed after the brief");
	leave(&room);
	end(&room);
}

/* --- while a phase runs --- */

Test(screen, the_prompt_answers_while_a_phase_runs)
{
	struct room room;
	begin(&room, "echo begun; while [ ! -f ../on ]; do sleep 0.05; done");
	go(&room, "ROUTE", "SPC");
	expect_prompt(&room, "stepgate 0001>");
	sg_t_term_type(room.term, "го\r");
	SG_T_SEES(room.term, "begun");
	sg_t_term_type(room.term, "history\r");
	SG_T_SEES(room.term, "SPC  attempt 1  by the signal");
	sg_t_term_type(room.term, "stop \"x\"\r");
	SG_T_SEES(room.term, "cannot stop while a phase runs");
	char *on = sg_t_format("%s/on", room.folder);
	sg_t_write_text(on, "");
	free(on);
	SG_T_SEES(room.term, "«го» starts ORC");
	expect_prompt(&room, "stepgate 0001>");
	leave(&room);
	end(&room);
}

Test(screen, ctrl_c_ends_what_runs_and_the_screen_stays)
{
	struct room room;
	begin(&room, "trap '' INT; echo begun; sleep 50 & wait; sleep 50");
	go(&room, "ROUTE", "SPC");
	expect_prompt(&room, "stepgate 0001>");
	sg_t_term_type(room.term, "го\r");
	SG_T_SEES(room.term, "begun");
	sg_t_term_type(room.term, "\003");
	SG_T_SEES(room.term, "INT to what runs");
	sg_t_term_type(room.term, "\003");
	SG_T_SEES(room.term, "STOP_GAP");
	SG_T_SEES(room.term, "USER_STOP");
	leave(&room);
	end(&room);
}

Test(screen, plain_goes_on_with_the_line_prompt)
{
	struct room room;
	begin(&room, "");
	sg_t_term_type(room.term, "plain\r");
	expect_normal_screen(&room);
	SG_T_SEES(room.term, "«го» starts ROUTE");
	expect_prompt(&room, "stepgate 0001>");
	sg_t_term_type(room.term, "го\r");
	SG_T_SEES(room.term, "✓ ROUTE");
	SG_T_SEES(room.term, "«го» starts SPC");
	expect_prompt(&room, "stepgate 0001>");
	sg_t_term_type(room.term, "quit\r");
	cr_assert_eq(sg_t_term_exit(room.term), 0);
	end(&room);
}

Test(screen, plain_while_a_phase_runs_goes_on_streaming)
{
	struct room room;
	begin(&room, "echo begun; while [ ! -f ../on ]; do sleep 0.05; done; echo ended");
	go(&room, "ROUTE", "SPC");
	expect_prompt(&room, "stepgate 0001>");
	sg_t_term_type(room.term, "го\r");
	SG_T_SEES(room.term, "begun");
	sg_t_term_type(room.term, "plain\r");
	expect_normal_screen(&room);
	char *on = sg_t_format("%s/on", room.folder);
	sg_t_write_text(on, "");
	free(on);
	SG_T_SEES(room.term, "SPC | ended");
	SG_T_SEES(room.term, "«го» starts ORC");
	SG_T_SEES(room.term, "stepgate 0001>");
	sg_t_term_type(room.term, "quit\r");
	cr_assert_eq(sg_t_term_exit(room.term), 0);
	end(&room);
}

/* --- the line --- */

Test(screen, the_cursor_stands_on_its_cell_in_cyrillic_and_wide_text)
{
	struct room room;
	begin(&room, "");
	sg_t_term_type(room.term, "step \"Привет 漢字 мир\"");
	expect_prompt(&room, "stepgate 0001> step \"Привет 漢字 мир\"");
	expect_cursor(&room, 29, 15 + 22);
	sg_t_term_type(room.term, "\033[D\033[D\033[D\033[D\033[D");
	sg_t_term_type(room.term, "X");
	expect_prompt(&room, "stepgate 0001> step \"Привет 漢字X мир\"");
	expect_cursor(&room, 29, 15 + 18);
	sg_t_term_type(room.term, "\x7f\x7f");
	expect_prompt(&room, "stepgate 0001> step \"Привет 漢 мир\"");
	expect_cursor(&room, 29, 15 + 15);
	leave(&room);
	end(&room);
}

Test(screen, a_long_line_wraps_and_the_prompt_grows)
{
	struct room room;
	begin(&room, "");
	sg_t_term_resize(room.term, 24, 40);
	SG_T_SEES(room.term, "stepgate 0001>");
	for (int i = 0; i < 6; i++)
		sg_t_term_type(room.term, "абвгдежзик");
	bool found = sg_t_term_wait_row(room.term, 22, "stepgate 0001> абвгдежзик", 5000);
	if (!found)
		sg_t_term_dump(room.term, "two rows");
	cr_assert(found, "expected the prompt in the row before the last");
	expect_cursor(&room, 23, 35);
	leave(&room);
	end(&room);
}

Test(screen, the_history_is_searched_in_cyrillic)
{
	struct room room;
	begin(&room, "");
	sg_t_term_type(room.term, "статус\r");
	expect_prompt(&room, "stepgate 0001>");
	sg_t_term_type(room.term, "\x12");
	SG_T_SEES(room.term, "reverse-i-search");
	sg_t_term_type(room.term, "тат");
	SG_T_SEES(room.term, "`тат': статус");
	sg_t_term_type(room.term, "\003");
	expect_prompt(&room, "stepgate 0001>");
	leave(&room);
	end(&room);
}

Test(screen, tab_shows_what_could_be_meant_with_a_description_each)
{
	struct room room;
	begin(&room, "");
	sg_t_term_type(room.term, "re\t");
	SG_T_SEES(room.term, "after STOP_GAP: check the requirements and go on");
	sg_t_term_type(room.term, "p");
	bool gone = sg_t_term_wait(
		room.term, is_gone, "after STOP_GAP: check the requirements", SG_T_DEADLINE_MS);
	cr_assert(gone, "expected the list to go with the next key");
	sg_t_term_type(room.term, "\t");
	expect_prompt(&room, "stepgate 0001> report");
	leave(&room);
	end(&room);
}

Test(screen, alt_keys_mean_the_same_on_a_russian_layout)
{
	struct room room;
	begin(&room, "");
	sg_t_term_type(room.term, "one two");
	expect_prompt(&room, "stepgate 0001> one two");
	/* Alt-и is Alt-b, a word back; Alt-э is no command and no text */
	sg_t_term_type(room.term, "\033и\033эX");
	expect_prompt(&room, "stepgate 0001> one Xtwo");
	leave(&room);
	end(&room);
}

Test(screen, half_a_character_is_dropped_and_the_line_stays_whole)
{
	struct room room;
	begin(&room, "");
	sg_t_term_send(room.term, "a\xd0", 2);
	expect_prompt(&room, "stepgate 0001> a");
	/* behind the wait for its other half */
	sg_t_term_settle(room.term, 100);
	sg_t_term_type(room.term, "b");
	expect_prompt(&room, "stepgate 0001> ab");
	leave(&room);
	end(&room);
}

Test(screen, vi_mode_of_inputrc_is_honoured_and_shown)
{
	struct room room;
	make_run(&room, "");
	sg_t_write_text(room.inputrc, "$if stepgate\nset editing-mode vi\n$endif\n");
	open_screen(&room, 30, 100, NULL);
	expect_prompt(&room, "(ins) stepgate 0001>");
	sg_t_term_type(room.term, "abc");
	expect_prompt(&room, "(ins) stepgate 0001> abc");
	sg_t_term_type(room.term, "\033");
	expect_prompt(&room, "(cmd) stepgate 0001> abc");
	/* ч is x on the same key */
	sg_t_term_type(room.term, "ч");
	expect_prompt(&room, "(cmd) stepgate 0001> ab");
	sg_t_term_type(room.term, "\003");
	expect_prompt(&room, "(ins) stepgate 0001>");
	sg_t_term_type(room.term, "quit\r");
	cr_assert_eq(sg_t_term_exit(room.term), 0);
	end(&room);
}

/* --- the pane --- */

Test(screen, help_is_filtered_by_typing)
{
	struct room room;
	begin(&room, "");
	sg_t_term_type(room.term, "\033OP");
	SG_T_SEES(room.term, "HELP");
	sg_t_term_type(room.term, "adopt");
	SG_T_SEES(room.term, "take over a manifest");
	cr_assert(sg_t_term_wait(room.term, is_gone, "open a STEP", SG_T_DEADLINE_MS));
	expect_prompt(&room, "stepgate 0001>");
	sg_t_term_type(room.term, "\033OP");
	cr_assert(sg_t_term_wait(room.term, is_gone, "HELP", SG_T_DEADLINE_MS));
	leave(&room);
	end(&room);
}

Test(screen, the_answer_of_a_command_stands_in_the_log_and_enter_brings_the_brief_back)
{
	struct room room;
	begin(&room, "");
	sg_t_term_type(room.term, "history\r");
	SG_T_SEES(room.term, "OWNER USER");
	sg_t_term_type(room.term, "\r");
	SG_T_SEES(room.term, "«го» starts ROUTE");
	leave(&room);
	end(&room);
}

Test(screen, dump_writes_a_pane_into_a_new_file_and_replaces_none)
{
	struct room room;
	begin(&room, "");
	sg_t_term_type(room.term, "dump brief ../brief.txt\r");
	SG_T_SEES(room.term, "wrote ../brief.txt");
	char *path = sg_t_format("%s/brief.txt", room.folder);
	char *bytes = sg_t_read(path, NULL);
	cr_assert(bytes && strstr(bytes, "«го» starts ROUTE"), "found: %s", bytes);
	free(bytes);
	free(path);
	sg_t_term_type(room.term, "dump brief ../brief.txt\r");
	SG_T_SEES(room.term, "../brief.txt");
	SG_T_SEES(room.term, "cannot");
	leave(&room);
	end(&room);
}

Test(screen, it_survives_one_cell_and_comes_back)
{
	struct room room;
	static const int sizes[][2] = {{1, 1}, {2, 3}, {1, 200}, {40, 2}, {3, 10}, {30, 100}};
	begin(&room, "");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		sg_t_term_resize(room.term, sizes[i][0], sizes[i][1]);
		sg_t_term_type(room.term, "x");
		sg_t_term_settle(room.term, 30);
	}
	expect_prompt(&room, "stepgate 0001> xxxxxx");
	SG_T_SEES(room.term, "«го» starts ROUTE");
	leave(&room);
	end(&room);
}

Test(screen, ctrl_l_draws_everything_anew)
{
	struct room room;
	begin(&room, "");
	sg_t_term_settle(room.term, 100);
	size_t before, after;
	(void)sg_t_term_raw(room.term, &before);
	sg_t_term_type(room.term, "\014");
	sg_t_term_settle(room.term, 100);
	const char *raw = sg_t_term_raw(room.term, &after);
	cr_assert(strstr(raw + before, "starts ROUTE"), "expected the brief again");
	leave(&room);
	end(&room);
}

/* --- watch --- */

Test(screen, watch_follows_the_run_and_q_leaves_on_either_layout)
{
	struct room room;
	make_run(&room, "");
	open_screen(&room, 30, 100, (const char *const[]){program(), "watch", NULL});
	SG_T_SEES(room.term, "watch: q leaves");
	SG_T_SEES(room.term, "RUNNING");
	command(&room, "stop 'enough'");
	SG_T_SEES(room.term, "FAIL");
	sg_t_term_type(room.term, "й");
	cr_assert_eq(sg_t_term_exit(room.term), 0);
	cr_assert_not(sg_t_term_altscreen(room.term), "expected the normal screen");
	end(&room);
}

Test(screen, watch_follows_the_log_of_what_another_process_runs)
{
	struct room room;
	make_run(&room, "echo begun; while [ ! -f ../on ]; do sleep 0.05; done; echo ended");
	open_screen(&room, 30, 100, (const char *const[]){program(), "watch", NULL});
	SG_T_SEES(room.term, "watch: q leaves");
	struct room other = room;
	open_screen(&other, 30, 100, NULL);
	SG_T_SEES(other.term, "stepgate 0001>");
	go(&other, "ROUTE", "SPC");
	expect_prompt(&other, "stepgate 0001>");
	sg_t_term_type(other.term, "го\r");
	SG_T_SEES(room.term, "SPC.1 | begun");
	char *on = sg_t_format("%s/on", room.folder);
	sg_t_write_text(on, "");
	free(on);
	SG_T_SEES(room.term, "SPC.1 | ended");
	SG_T_SEES(room.term, "SPC ✓");
	sg_t_term_close(other.term);
	sg_t_term_type(room.term, "q");
	cr_assert_eq(sg_t_term_exit(room.term), 0);
	end(&room);
}

/* --- the ends --- */

static void expect_terminal_back(struct room *room)
{
	struct termios modes;
	cr_assert_not(sg_t_term_altscreen(room->term), "expected the normal screen");
	cr_assert(sg_t_term_cursor_visible(room->term), "expected a cursor");
	cr_assert_eq(tcgetattr(sg_t_term_fd(room->term), &modes), 0);
	cr_assert((modes.c_lflag & ICANON) && (modes.c_lflag & ECHO) && (modes.c_iflag & ICRNL),
		"expected the modes that the terminal had");
	size_t n;
	const char *raw = sg_t_term_raw(room->term, &n);
	const char *on = NULL;
	for (const char *p = raw; (p = strstr(p, "\033[?2004h")); p++)
		on = p;
	cr_assert(!on || strstr(on, "\033[?2004l"), "expected the marks of pastes to be off");
}

static void end_by(int number)
{
	struct room room;
	begin(&room, "");
	cr_assert_eq(kill(sg_t_term_pid(room.term), number), 0);
	int status = sg_t_term_exit(room.term);
	cr_assert_eq(status, 128 + number, "expected %d, found %d", 128 + number, status);
	expect_terminal_back(&room);
	end(&room);
}

Test(screen, the_terminal_is_put_back_after_segv)
{
	end_by(SIGSEGV);
}

Test(screen, the_terminal_is_put_back_after_term)
{
	end_by(SIGTERM);
}

Test(screen, the_terminal_is_put_back_after_hup)
{
	end_by(SIGHUP);
}

Test(screen, term_while_a_phase_runs_ends_what_runs_and_says_so_in_the_trace)
{
	struct room room;
	begin(&room, "echo $$ > ../pid; echo begun; sleep 50");
	go(&room, "ROUTE", "SPC");
	expect_prompt(&room, "stepgate 0001>");
	sg_t_term_type(room.term, "го\r");
	SG_T_SEES(room.term, "begun");
	cr_assert_eq(kill(sg_t_term_pid(room.term), SIGTERM), 0);
	int status = sg_t_term_exit(room.term);
	cr_assert_eq(status, 128 + SIGTERM, "found %d", status);
	expect_terminal_back(&room);
	cr_assert(file_has(&room, TRACE, "USER_STOP"), "expected STOP_GAP in the trace");
	end(&room);
}

Test(screen, ctrl_z_gives_the_terminal_back_and_fg_takes_it)
{
	struct room room;
	begin(&room, "");
	/* no shell does job control here: TSTP is ignored there, and it must not freeze */
	sg_t_term_type(room.term, "ab");
	expect_prompt(&room, "stepgate 0001> ab");
	sg_t_term_type(room.term, "\x1a");
	sg_t_term_settle(room.term, 100);
	sg_t_term_type(room.term, "c");
	expect_prompt(&room, "stepgate 0001> abc");
	cr_assert(sg_t_term_altscreen(room.term), "expected the alternate screen again");
	leave(&room);
	end(&room);
}

Test(screen, a_terminal_without_cursor_addressing_gets_the_line_prompt)
{
	struct room room;
	make_run(&room, "");
	open_screen(&room, 30, 100,
		(const char *const[]){"/usr/bin/env", "TERM=dumb", program(), NULL});
	SG_T_SEES(room.term, "«го» starts ROUTE");
	SG_T_SEES(room.term, "stepgate 0001>");
	size_t n;
	cr_assert_null(
		strchr(sg_t_term_raw(room.term, &n), '\033'), "expected no escape sequence");
	sg_t_term_type(room.term, "quit\r");
	cr_assert_eq(sg_t_term_exit(room.term), 0);
	end(&room);
}

/* --- what it costs --- */

/* Times that the program went to sleep by itself, and so was woken. */
static long switches(pid_t pid)
{
	char *path = sg_t_format("/proc/%ld/status", (long)pid);
	char *text = sg_t_read(path, NULL);
	const char *at = text ? strstr(text, "\nvoluntary_ctxt_switches:") : NULL;
	long n = at ? strtol(strchr(at, ':') + 1, NULL, 10) : -1;
	free(text);
	free(path);
	return n;
}

static int idle_seconds(void)
{
	const char *given = getenv("STEPGATE_IDLE_S");
	int seconds = given ? atoi(given) : 3;
	return seconds > 0 ? seconds : 3;
}

Test(screen, nothing_wakes_it_up_when_nothing_happens)
{
	struct room room;
	begin(&room, "");
	sg_t_term_settle(room.term, 300);
	long before = switches(sg_t_term_pid(room.term));
	/* the time is what is measured here: nothing can be waited for where nothing happens */
	struct timespec idle = {.tv_sec = idle_seconds()};
	while (nanosleep(&idle, &idle) < 0 && errno == EINTR)
		;
	long after = switches(sg_t_term_pid(room.term));
	cr_assert_geq(before, 0, "expected /proc to count switches");
	cr_assert_eq(after, before, "expected no wake-up, found %ld", after - before);
	leave(&room);
	end(&room);
}

Test(screen, a_key_costs_one_write_of_at_most_forty_bytes)
{
	struct room room;
	if (sg_t_is_asan())
		cr_skip_test("LeakSanitizer does not work under strace");
	if (system("command -v strace >/dev/null 2>&1") != 0)
		cr_skip_test("strace is not there");
	make_run(&room, "");
	char *log = sg_t_format("%s/strace", room.folder);
	open_screen(&room, 30, 100,
		(const char *const[]){
			"strace", "-o", log, "-e", "trace=write", program(), NULL});
	SG_T_SEES(room.term, "stepgate 0001>");
	sg_t_term_settle(room.term, 300);
	size_t begun, ended;
	(void)sg_t_term_raw(room.term, &begun);
	for (int i = 0; i < 10; i++) {
		static const char line[] = "stepgate 0001> abcdefghij";
		char key[2] = {line[15 + i], '\0'};
		char *expected = sg_t_format("%.*s", 16 + i, line);
		sg_t_term_type(room.term, key);
		expect_prompt(&room, expected);
		free(expected);
	}
	(void)sg_t_term_raw(room.term, &ended);
	cr_assert_leq(ended - begun, (size_t)400, "found %zu bytes for 10 keys", ended - begun);
	leave(&room);
	char *trace = sg_t_read(log, NULL);
	size_t writes = 0;
	for (const char *p = trace; p && (p = strstr(p, "\\33[?2026h")); p++)
		writes++;
	cr_assert_geq(writes, (size_t)10, "expected a frame for each key, found %zu", writes);
	free(trace);
	free(log);
	end(&room);
}

static bool flooded(struct sg_t_term *term, const void *arg)
{
	(void)arg;
	size_t n;
	(void)sg_t_term_raw(term, &n);
	return n > 20000;
}

Test(screen, keys_are_answered_under_a_flood)
{
	struct room room;
	begin(&room, "seq -f 'a flooding child, line %.0f' 1 1000000000 & p=$!; "
		     "while [ ! -f ../on ]; do sleep 0.05; done; kill $p");
	go(&room, "ROUTE", "SPC");
	expect_prompt(&room, "stepgate 0001>");
	sg_t_term_type(room.term, "го\r");
	SG_T_SEES(room.term, "a flooding child");
	cr_assert(sg_t_term_wait(room.term, flooded, NULL, SG_T_DEADLINE_MS));
	sg_t_term_type(room.term, "abc");
	expect_prompt(&room, "stepgate 0001> abc");
	sg_t_term_type(room.term, "\x15");
	char *on = sg_t_format("%s/on", room.folder);
	sg_t_write_text(on, "");
	free(on);
	SG_T_SEES(room.term, "«го» starts ORC");
	expect_prompt(&room, "stepgate 0001>");
	leave(&room);
	end(&room);
}
