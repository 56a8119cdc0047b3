/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small run and the full screen on it; see screen_room.h. */
#include "terminal/screen_room.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

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

static const char profile[] = "PROFILE:\n"
			      "  PROFILE_KEY: \"MINI\"\n"
			      "  ALLOW_SKIP: []\n"
			      "  CONTINUE_ON_FAIL: false\n"
			      "  CADENCE: phase\n"
			      "  EVIDENCE: observed\n"
			      "  SANDBOX: none\n"
			      "  JOBS: 1\n"
			      "  BASELINE_OUTPUTS: {}\n"
			      "  RUN:\n"
			      "    SPC: {argv: [/bin/sh, spc.sh], timeout_s: 90}\n"
			      "    KEY:ENG.A: {argv: [/bin/sh, eng.sh], timeout_s: 90, "
			      "outputs: [A_OUT]}\n";

static const char make_outputs[] =
	"echo brief > \"$STEPGATE_OUT/BRIEF_TOKEN.txt\"\n"
	"printf 'ENGINE_PLAN_TOKEN:\\n  required_eng_keys: [\"KEY:ENG.A\"]\\n' "
	"> \"$STEPGATE_OUT/ENGINE_PLAN_TOKEN.yaml\"\n";

const char *room_program(void)
{
	const char *path = getenv("STEPGATE");
	if (!path || !*path)
		cr_skip_test("STEPGATE does not name the program");
	return path;
}

char *room_path(const struct room *room, const char *name)
{
	return sg_t_format("%s/%s", room->folder, name);
}

void room_put(const struct room *room, const char *name, const char *text)
{
	char *path = sg_t_format("%s/run/%s", room->folder, name);
	sg_t_write_text(path, text);
	free(path);
}

bool room_file_has(const struct room *room, const char *name, const char *text)
{
	char *path = sg_t_format("%s/run/%s", room->folder, name);
	char *bytes = sg_t_read(path, NULL);
	bool has = bytes && strstr(bytes, text);
	free(bytes);
	free(path);
	return has;
}

void room_command(const struct room *room, const char *arguments)
{
	char *line = sg_t_format(
		"cd '%s/run' && '%s' %s >../out 2>&1", room->folder, room_program(), arguments);
	int status = system(line);
	cr_assert_eq(status, 0, "expected to succeed: %s", line);
	free(line);
}

void room_make(struct room *room, const char *spc)
{
	(void)room_program();
	room->folder = sg_t_tmpdir();
	room->term = NULL;
	char *inputrc = room_path(room, "inputrc");
	char *script = sg_t_format("%s\n%s", spc, make_outputs);
	sg_t_write_text(inputrc, "");
	room_put(room, "spc.sh", script);
	room_put(room, "eng.sh", "echo a > \"$STEPGATE_OUT/A_OUT.txt\"\n");
	room_put(room, "docs/one.md", "One document.\n");
	room_put(room, "route.yaml", route);
	room_put(room, "profiles/MINI.yaml", profile);
	free(script);
	free(inputrc);
	room_command(room, "init");
	room_command(room, "step 'Собрать релиз' --file docs/one.md --route route.yaml");
}

void room_open(struct room *room, const struct room_spec *spec)
{
	enum { WORDS = 16 };
	const char *argv[WORDS] = {room_program()};
	for (size_t i = 0; spec->options && spec->options[i] && i + 2 < WORDS; i++)
		argv[i + 1] = spec->options[i];
	char *state = sg_t_format("XDG_STATE_HOME=%s/state", room->folder);
	char *config = sg_t_format("XDG_CONFIG_HOME=%s/config", room->folder);
	char *inputrc = sg_t_format("INPUTRC=%s/inputrc", room->folder);
	char *kind = sg_t_format("TERM=%s", spec->kind ? spec->kind : "xterm-256color");
	char *cwd = room_path(room, "run");
	room->term = sg_t_term_open(&(struct sg_t_term_spec){
		.argv = spec->argv ? spec->argv : argv,
		.env = (const char *const[]){state, config, inputrc, kind, spec->env, NULL},
		.cwd = cwd,
		.rows = spec->rows ? spec->rows : 30,
		.cols = spec->cols ? spec->cols : 100,
	});
	free(state);
	free(config);
	free(inputrc);
	free(kind);
	free(cwd);
}

void room_begin(struct room *room, const char *spc)
{
	room_make(room, spc);
	room_open(room, &(struct room_spec){0});
	SG_T_SEES(room->term, "«го» starts ROUTE");
	SG_T_SEES(room->term, ROOM_PROMPT);
}

void room_end(struct room *room)
{
	sg_t_term_close(room->term);
	sg_t_rmtree(room->folder);
	free(room->folder);
	SG_LEAKCHECK();
}

void room_type(struct room *room, const char *keys)
{
	sg_t_term_type(room->term, keys);
}

/* --- waits --- */

static bool row_is(struct sg_t_term *term, const void *arg)
{
	int row, col;
	sg_t_term_cursor(term, &row, &col);
	char *text = sg_t_term_row(term, row);
	bool found = strcmp(text, arg) == 0;
	free(text);
	return found;
}

void room_expect(struct room *room, const char *row)
{
	bool found = sg_t_term_wait(room->term, row_is, row, SG_T_DEADLINE_MS);
	if (!found)
		sg_t_term_dump(room->term, row);
	cr_assert(found, "expected the cursor's row: %s", row);
}

static bool cursor_is(struct sg_t_term *term, const void *arg)
{
	const int *wanted = arg;
	int row, col;
	sg_t_term_cursor(term, &row, &col);
	return row == wanted[0] && col == wanted[1];
}

void room_cursor(struct room *room, int row, int col, const char *why)
{
	const int wanted[2] = {row, col};
	if (sg_t_term_wait(room->term, cursor_is, wanted, SG_T_DEADLINE_MS))
		return;
	int found_row, found_col;
	sg_t_term_cursor(room->term, &found_row, &found_col);
	sg_t_term_dump(room->term, why);
	cr_assert(false, "%s: expected the cursor at %d,%d, found %d,%d", why, row, col, found_row,
		found_col);
}

static bool is_gone(struct sg_t_term *term, const void *arg)
{
	char *text = sg_t_term_screen(term);
	bool gone = strstr(text, arg) == NULL;
	free(text);
	return gone;
}

void room_gone(struct room *room, const char *text)
{
	cr_assert(sg_t_term_wait(room->term, is_gone, text, SG_T_DEADLINE_MS),
		"expected to go from the screen: %s", text);
}

void room_ready(struct room *room)
{
	enum { QUIET_MS = 50 };
	sg_t_term_settle(room->term, QUIET_MS);
}

void room_go(struct room *room, const char *phase, const char *next)
{
	char *now = sg_t_format("«го» starts %s", phase);
	char *then = sg_t_format("«го» starts %s", next);
	SG_T_SEES(room->term, now);
	room_expect(room, ROOM_PROMPT);
	room_ready(room);
	room_type(room, "го\r");
	SG_T_SEES(room->term, then);
	free(now);
	free(then);
}

void room_start_spc(struct room *room, const char *prints)
{
	room_go(room, "ROUTE", "SPC");
	room_expect(room, ROOM_PROMPT);
	room_ready(room);
	room_type(room, "го\r");
	SG_T_SEES(room->term, prints);
}

void room_leave(struct room *room)
{
	room_ready(room);
	room_type(room, "\x05\x15quit\r");
	int status = sg_t_term_exit(room->term);
	cr_assert_eq(status, 0, "expected exit status 0, found %d", status);
}

void room_expect_terminal_back(struct room *room)
{
	size_t n;
	const char *raw = sg_t_term_raw(room->term, &n);
	const char *on = NULL;
	cr_assert_not(sg_t_term_altscreen(room->term), "expected the normal screen");
	cr_assert(sg_t_term_cursor_visible(room->term), "expected a cursor");
	for (const char *p = raw; (p = strstr(p, "\033[?2004h")); p++)
		on = p;
	cr_assert(!on || strstr(on, "\033[?2004l"), "expected the marks of pastes to be off");
}

/* --- the machine --- */

long room_proc(pid_t pid, const char *name)
{
	char *path = sg_t_format("/proc/%ld/status", (long)pid);
	char *wanted = sg_t_format("\n%s:", name);
	char *text = sg_t_read(path, NULL);
	const char *at = text ? strstr(text, wanted) : NULL;
	long n = at ? strtol(at + strlen(wanted), NULL, 10) : -1;
	free(text);
	free(wanted);
	free(path);
	return n;
}

void room_rest(int ms)
{
	struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};
	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}

long room_now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
