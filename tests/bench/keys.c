/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Goal 6 and the terminal's goals: from a key to its cell, in a pseudo-terminal whose other end is
 * libvterm, beside curses alone and readline alone in the same run; start to prompt; the first page
 * of a million rows; bytes and writes a key.
 *
 * A key's time is from before the write of its byte until the cell at the cursor's old place holds
 * it. Programs take turns of one line of keys each. Between keys there is a pause, so that each
 * finds its program asleep, as an operator does.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <vterm.h>

#include "bench/common/bench.h"
#include "bench/common/manifest.h"

#define NS_PER_MS   1e6
#define NS_PER_S    1e9
#define PATIENCE_S  60
#define LINE_KEYS   40
#define KEYS_MAX    4000
#define PAUSE_NS    1000000L
#define PROMPT      "stepgate 0001> "

struct tty {
	pid_t pid;
	int fd;
	int rows, cols;
	VTerm *vt;
	VTermScreen *screen;
	size_t bytes; /* that came */
};

static double now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * NS_PER_S + (double)now.tv_nsec;
}

static void rest(long ns)
{
	const struct timespec time = {.tv_sec = ns / 1000000000L, .tv_nsec = ns % 1000000000L};
	(void)nanosleep(&time, NULL);
}

/* --- a program in a terminal --- */

static _Noreturn void be_program(const char *folder, const char *const *argv)
{
	char *state = bench_format("%s/state", folder ? folder : "/nonexistent");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	unsetenv("LINES");
	unsetenv("COLUMNS");
	unsetenv("STEPGATE_UI");
	setenv("TERM", "xterm-256color", 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	setenv("XDG_STATE_HOME", state, 1);
	setenv("INPUTRC", "/dev/null", 1);
	if (!folder || chdir(folder) == 0)
		execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

static void tty_open(struct tty *t, int rows, int cols, const char *folder, const char *const *argv)
{
	struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
	*t = (struct tty){.rows = rows, .cols = cols, .vt = vterm_new(rows, cols)};
	vterm_set_utf8(t->vt, 1);
	t->screen = vterm_obtain_screen(t->vt);
	vterm_screen_enable_altscreen(t->screen, 1);
	vterm_screen_reset(t->screen, 1);
	t->pid = forkpty(&t->fd, NULL, NULL, &size);
	if (t->pid < 0)
		bench_die("cannot open a terminal: %s", strerror(errno));
	if (t->pid == 0)
		be_program(folder, argv);
	(void)fcntl(t->fd, F_SETFL, O_NONBLOCK);
}

static void tty_close(struct tty *t)
{
	(void)kill(t->pid, SIGTERM);
	for (int i = 0; i < 300 && waitpid(t->pid, NULL, WNOHANG) == 0; i++) {
		char bytes[65536];
		(void)!read(t->fd, bytes, sizeof(bytes));
		rest(10000000L);
	}
	(void)kill(t->pid, SIGKILL);
	(void)waitpid(t->pid, NULL, 0);
	close(t->fd);
	vterm_free(t->vt);
}

static void tty_write(struct tty *t, const char *keys)
{
	if (write(t->fd, keys, strlen(keys)) != (ssize_t)strlen(keys))
		bench_die("cannot type: %s", strerror(errno));
}

/* Feeds what comes until pred holds. */
static void tty_wait(struct tty *t, bool (*pred)(struct tty *, const void *), const void *arg)
{
	const double until = now_ns() + PATIENCE_S * NS_PER_S;
	char bytes[65536];
	while (!pred(t, arg)) {
		struct pollfd ready = {.fd = t->fd, .events = POLLIN};
		(void)poll(&ready, 1, 100);
		const ssize_t n = read(t->fd, bytes, sizeof(bytes));
		if (n > 0) {
			t->bytes += (size_t)n;
			vterm_input_write(t->vt, bytes, (size_t)n);
		} else if (now_ns() > until || (n < 0 && errno == EIO)) {
			bench_die("a program in the terminal did not answer");
		}
	}
}

/* What comes in so long a time is fed. */
static void tty_drain(struct tty *t, long ns)
{
	const double until = now_ns() + (double)ns;
	char bytes[65536];
	for (double left; (left = until - now_ns()) > 0;) {
		struct pollfd ready = {.fd = t->fd, .events = POLLIN};
		const struct timespec time = {.tv_nsec = (long)left};
		if (ppoll(&ready, 1, &time, NULL) <= 0)
			continue;
		const ssize_t n = read(t->fd, bytes, sizeof(bytes));
		if (n <= 0)
			return;
		t->bytes += (size_t)n;
		vterm_input_write(t->vt, bytes, (size_t)n);
	}
}

struct place {
	int row, col;
	uint32_t letter; /* 0: blank */
};

static bool cell_is(struct tty *t, const void *arg)
{
	const struct place *place = arg;
	VTermScreenCell cell = {.width = 1};
	const VTermPos at = {.row = place->row, .col = place->col};
	vterm_screen_get_cell(t->screen, at, &cell);
	const uint32_t found = cell.chars[0] == ' ' ? 0 : cell.chars[0];
	return found == place->letter;
}

/* The text, in ASCII, stands somewhere. */
static bool text_is(struct tty *t, const void *arg)
{
	const char *text = arg;
	char row[1024];
	for (int r = 0; r < t->rows; r++) {
		int n = 0;
		for (int c = 0; c < t->cols && n < 1023; c++) {
			VTermScreenCell cell = {.width = 1};
			vterm_screen_get_cell(t->screen, (VTermPos){.row = r, .col = c}, &cell);
			const uint32_t letter = cell.chars[0];
			row[n++] = letter >= 0x20 && letter < 0x7f ? (char)letter : ' ';
		}
		row[n] = '\0';
		if (strstr(row, text))
			return true;
	}
	return false;
}

/* --- keys --- */

struct keys {
	struct tty *tty;
	struct place start; /* of a line's first key */
	double ns[KEYS_MAX];
	int n;
	size_t bytes_most; /* for one key, where nothing else is drawn */
};

static void keys_begin(struct keys *k, struct tty *t, bool first_row)
{
	*k = (struct keys){.tty = t,
		.start = {first_row ? 0 : t->rows - 1, (int)strlen(PROMPT), 0}};
}

/* One line, cleared at its end. */
static void keys_line(struct keys *k)
{
	struct place place = k->start;
	for (int i = 0; i < LINE_KEYS && k->n < KEYS_MAX; i++) {
		const char key[2] = {(char)('a' + i % 26), '\0'};
		place.col = k->start.col + i;
		place.letter = (uint32_t)key[0];
		const size_t bytes = k->tty->bytes;
		const double begun = now_ns();
		tty_write(k->tty, key);
		tty_wait(k->tty, cell_is, &place);
		k->ns[k->n++] = now_ns() - begun;
		if (k->tty->bytes - bytes > k->bytes_most)
			k->bytes_most = k->tty->bytes - bytes;
		tty_drain(k->tty, PAUSE_NS);
	}
	place = k->start;
	tty_write(k->tty, "\x15");
	tty_wait(k->tty, cell_is, &place);
	tty_drain(k->tty, 2 * PAUSE_NS);
}

static int by_size(const void *a, const void *b)
{
	const double x = *(const double *)a;
	const double y = *(const double *)b;
	return (x > y) - (x < y);
}

/* share in 0..1 of the sorted times; the last is the longest. */
static double quantile(struct keys *k, double share)
{
	qsort(k->ns, (size_t)k->n, sizeof(k->ns[0]), by_size);
	const int at = (int)(share * k->n);
	return k->ns[at < k->n ? at : k->n - 1];
}

/* --- the runs --- */

static const char route[] =
	"ROUTE_TOKEN:\n"
	"  META: {ROUTER_VERSION: \"1\", TIMESTAMP: \"\", TRACE_ID: \"\"}\n"
	"  TASK: {TASK_TEXT_HASH: \"\", USER_INTENT: \"Measured\"}\n"
	"  ROUTE: {DOMAIN: \"DOCS\", ARTIFACT_TYPE: \"SMALL\", MODE: \"REPO\", "
	"PROFILE_KEY: \"FLOOD\", PIPE_SELECTED: \"\"}\n"
	"  REQUIRED_SET:\n"
	"    REQUIRED_IDX: []\n"
	"    REQUIRED_ROLES: [\"SPC\", \"ORC\", \"VAL\"]\n"
	"    REQUIRED_ENG_KEYS: [\"KEY:ENG.A\"]\n"
	"    REQUIRED_KB_KEYS: []\n"
	"    REQUIRED_VAL_KEYS: [\"KEY:VAL.ENGINE_COVERAGE_GATE\", "
	"\"KEY:VAL.OUTPUT_CONTRACT_GATE\"]\n"
	"    OUTPUT_CONTRACT: [\"VAL_REPORT\"]\n"
	"    NO_GO_LIST: []\n"
	"  GATES: {STOP_CONDITIONS: [], QUALITY_MINIMUM: \"\"}\n";

static void put(const char *folder, const char *name, const char *text)
{
	char *path = bench_format("%s/%s", folder, name);
	bench_write(path, text, strlen(text));
	free(path);
}

static void command(const char *folder, const char *arguments)
{
	char *line = bench_format(
		"cd '%s' && '%s' %s >/dev/null", folder, bench_stepgate(), arguments);
	if (system(line) != 0)
		bench_die("this failed: %s", line);
	free(line);
}

/* A run whose SPC floods; it awaits ROUTE. */
static char *make_run(void)
{
	char *folder = bench_scratch();
	char *flood = bench_baseline("flood");
	char *profile = bench_format("PROFILE:\n  PROFILE_KEY: \"FLOOD\"\n  ALLOW_SKIP: []\n"
				     "  EVIDENCE: observed\n  SANDBOX: none\n  RUN:\n"
				     "    SPC: {argv: [\"%s\"], timeout_s: 600}\n"
				     "    KEY:ENG.A: {argv: [/bin/true], timeout_s: 60}\n",
		flood);
	put(folder, "route.yaml", route);
	put(folder, "profile.yaml", profile);
	put(folder, "one.md", "One document.\n");
	command(folder, "init");
	command(folder, "step 'A goal' --file one.md --route route.yaml --profile profile.yaml");
	free(profile);
	free(flood);
	return folder;
}

static void open_stepgate(struct tty *t, int rows, int cols, const char *folder)
{
	const char *const argv[] = {bench_stepgate(), NULL};
	tty_open(t, rows, cols, folder, argv);
	tty_wait(t, text_is, "starts ROUTE");
	tty_drain(t, 50000000L);
}

static void open_baseline(struct tty *t, int rows, int cols, const char *name)
{
	char *path = bench_baseline(name);
	const char *const argv[] = {path, NULL};
	tty_open(t, rows, cols, NULL, argv);
	tty_wait(t, text_is, "stepgate 0001>");
	free(path);
}

static void start_flood(struct tty *t)
{
	tty_write(t, "го\r");
	tty_wait(t, text_is, "starts SPC");
	tty_drain(t, 100000000L);
	tty_write(t, "го\r");
	tty_wait(t, text_is, "A CHILD THAT FLOODS");
	tty_drain(t, 300000000L);
}

/* --- what is printed --- */

static void say_keys(const char *what, struct keys *ours, struct keys *curses, struct keys *readline)
{
	enum { P99_MS = 5, LONGEST_MS = 16 };
	const double p50 = quantile(ours, 0.5), p99 = quantile(ours, 0.99);
	const double longest = quantile(ours, 1);
	char *head = bench_format("a key, %s", what);
	char *head_99 = bench_format("a key, %s, p99", what);
	bench_value("goal 6", head, p50 / quantile(curses, 0.5), "curses alone", 1.25, false);
	bench_value("", head, p50 / quantile(readline, 0.5), "readline alone", 0, false);
	bench_value("", head_99, p99 / quantile(curses, 0.99), "curses alone", 0, false);
	char *text = bench_format("p50 %.3f, p99 %.3f, longest %.2f ms of %d keys  (goal p99 under %d, "
				  "none over %d)  %s   [curses %.3f, %.3f; readline %.3f, %.3f]",
		p50 / NS_PER_MS, p99 / NS_PER_MS, longest / NS_PER_MS, ours->n, P99_MS, LONGEST_MS,
		p99 < P99_MS * NS_PER_MS && longest < LONGEST_MS * NS_PER_MS ? "met" : "missed",
		quantile(curses, 0.5) / NS_PER_MS, quantile(curses, 0.99) / NS_PER_MS,
		quantile(readline, 0.5) / NS_PER_MS, quantile(readline, 0.99) / NS_PER_MS);
	bench_say("key", head, text);
	free(text);
	free(head);
	free(head_99);
}

static void say_time(const char *what, double ns, double goal_ms)
{
	char *text = bench_format("%.2f ms  (goal under %g)  %s", ns / NS_PER_MS, goal_ms,
		ns < goal_ms * NS_PER_MS ? "met" : "missed");
	bench_say("key", what, text);
	free(text);
}

static void say_bytes(size_t ours, size_t curses)
{
	enum { GOAL_BYTES = 40 };
	char *text = bench_format("%zu at most  (goal %d)  %s   [curses alone %zu]", ours, GOAL_BYTES,
		ours <= GOAL_BYTES ? "met" : "missed", curses);
	bench_say("key", "bytes a key", text);
	free(text);
}

static void measure_keys(int rows, int cols, bool flood)
{
	static struct keys ours, curses, readline;
	struct tty ours_tty, curses_tty, readline_tty;
	char *folder = make_run();
	char *what = bench_format("%dx%d, %s", cols, rows, flood ? "under a flood" : "idle");

	open_baseline(&curses_tty, rows, cols, "curses");
	open_baseline(&readline_tty, rows, cols, "readline");
	open_stepgate(&ours_tty, rows, cols, folder);
	if (flood)
		start_flood(&ours_tty);
	keys_begin(&ours, &ours_tty, false);
	keys_begin(&curses, &curses_tty, false);
	keys_begin(&readline, &readline_tty, true);
	/* a line each to warm up */
	keys_line(&ours);
	keys_line(&curses);
	keys_line(&readline);
	ours.n = curses.n = readline.n = 0;
	ours.bytes_most = 0;
	for (int i = 0; i < 25; i++) {
		keys_line(&ours);
		keys_line(&curses);
		keys_line(&readline);
	}
	say_keys(what, &ours, &curses, &readline);
	if (!flood)
		say_bytes(ours.bytes_most, curses.bytes_most);
	tty_close(&ours_tty);
	tty_close(&curses_tty);
	tty_close(&readline_tty);
	bench_scratch_remove(folder);
	free(folder);
	free(what);
}

/* --- start, writes, pages --- */

static void measure_start(void)
{
	enum { STARTS = 20, GOAL_MS = 50 };
	static struct keys ours, curses;
	char *folder = make_run();
	char *path = bench_baseline("curses");
	const char *const curses_argv[] = {path, NULL};
	const char *const ours_argv[] = {bench_stepgate(), NULL};
	struct tty tty;

	for (int i = 0; i < STARTS; i++) {
		double begun = now_ns();
		tty_open(&tty, 24, 80, NULL, curses_argv);
		tty_wait(&tty, text_is, "stepgate 0001>");
		curses.ns[curses.n++] = now_ns() - begun;
		tty_close(&tty);
		begun = now_ns();
		tty_open(&tty, 24, 80, folder, ours_argv);
		tty_wait(&tty, text_is, "stepgate 0001>");
		ours.ns[ours.n++] = now_ns() - begun;
		tty_close(&tty);
	}
	bench_value("", "start to prompt", quantile(&ours, 0.5) / quantile(&curses, 0.5),
		"curses alone", 0, false);
	say_time("start to prompt", quantile(&ours, 0.5), GOAL_MS);
	bench_scratch_remove(folder);
	free(folder);
	free(path);
}

/* Only the terminal's: what ncurses renders into memory is none of its writes. */
static void measure_writes(void)
{
	enum { KEYS = 20 };
	if (!bench_has("strace")) {
		bench_say("key", "writes a key", "strace is not installed");
		return;
	}
	static struct keys keys;
	struct tty tty;
	char *folder = make_run();
	char *log = bench_format("%s/writes", folder);
	const char *const argv[] = {
		"strace", "-o", log, "-e", "trace=write", "-y", bench_stepgate(), NULL};
	tty_open(&tty, 24, 80, folder, argv);
	tty_wait(&tty, text_is, "starts ROUTE");
	tty_drain(&tty, 100000000L);
	const int64_t before = bench_size(log);
	keys_begin(&keys, &tty, false);
	for (int i = 0; i < KEYS; i++) {
		const char key[2] = {(char)('a' + i), '\0'};
		const struct place place = {23, keys.start.col + i, (uint32_t)key[0]};
		tty_write(&tty, key);
		tty_wait(&tty, cell_is, &place);
		tty_drain(&tty, 5000000L);
	}
	size_t n;
	char *trace = bench_read(log, &n);
	int writes = 0;
	for (const char *p = trace + before; (p = strstr(p, "</dev/pts/")); p++)
		writes++;
	bench_value("key", "writes a key", (double)writes / KEYS, "one write", 1, true);
	tty_close(&tty);
	free(trace);
	free(log);
	bench_scratch_remove(folder);
	free(folder);
}

static void measure_rows(size_t engines)
{
	enum { PAGE_MS = 100 };
	static struct keys keys, curses;
	struct tty tty, curses_tty;
	char *folder = bench_scratch();
	const char *number = bench_number((int64_t)engines);
	const struct bench_manifest what = {folder, engines, false, false};
	const char *const argv[] = {bench_stepgate(), NULL};
	char *page = bench_format("the first page of %s rows", number);
	char *next = bench_format("the next page of %s rows", number);
	char *search = bench_format("a search through %s rows", number);
	char *head = bench_format("a key beside %s rows", number);
	char *sought = bench_format("/_%07zu\r", engines - 1);
	char *found = bench_format("PART_%07zu", engines - 1);

	bench_manifest_files(&what);
	tty_open(&tty, 30, 100, folder, argv);
	tty_wait(&tty, text_is, "PART_0000000");
	tty_wait(&tty, text_is, "stepgate 0001>");
	tty_drain(&tty, 200000000L);
	/* roles, engines; alone on the screen: then the first page is its own */
	tty_write(&tty, "\033[17~");
	tty_drain(&tty, 100000000L);
	double begun = now_ns();
	tty_write(&tty, "\033OQ");
	tty_wait(&tty, text_is, "PART_0000020");
	say_time(page, now_ns() - begun, PAGE_MS);
	tty_drain(&tty, 100000000L);
	begun = now_ns();
	tty_write(&tty, "\033[6~");
	tty_wait(&tty, text_is, "PART_0000040");
	say_time(next, now_ns() - begun, PAGE_MS);
	tty_drain(&tty, 100000000L);
	begun = now_ns();
	tty_write(&tty, sought);
	tty_wait(&tty, text_is, found);
	say_time(search, now_ns() - begun, PAGE_MS);
	tty_drain(&tty, 100000000L);

	open_baseline(&curses_tty, 30, 100, "curses");
	keys_begin(&keys, &tty, false);
	keys_begin(&curses, &curses_tty, false);
	for (int i = 0; i < 10; i++) {
		keys_line(&keys);
		keys_line(&curses);
	}
	bench_value("goal 6", head, quantile(&keys, 0.5) / quantile(&curses, 0.5), "curses alone",
		1.25, false);
	tty_close(&tty);
	tty_close(&curses_tty);
	bench_scratch_remove(folder);
	free(folder);
	free(page);
	free(next);
	free(search);
	free(head);
	free(sought);
	free(found);
}

int main(void)
{
	measure_keys(24, 80, false);
	measure_keys(60, 240, false);
	measure_keys(24, 80, true);
	measure_keys(60, 240, true);
	measure_start();
	measure_writes();
	measure_rows(1000000);
	return 0;
}
