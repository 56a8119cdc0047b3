/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Programs in a terminal of our own; see tty.h. */
#include "bench/common/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S   1e9
#define PATIENCE_S 60
#define PAUSE_NS   INT64_C(1000000)

double bench_now_ns(void)
{
	struct timespec now;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * NS_PER_S + (double)now.tv_nsec;
}

void bench_rest(int64_t ns)
{
	struct timespec left = {.tv_sec = ns / 1000000000L, .tv_nsec = ns % 1000000000L};
	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
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

void bench_tty_open(
	struct bench_tty *t, int rows, int cols, const char *folder, const char *const *argv)
{
	struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
	*t = (struct bench_tty){.rows = rows, .cols = cols, .vt = vterm_new(rows, cols)};
	vterm_set_utf8(t->vt, 1);
	t->screen = vterm_obtain_screen(t->vt);
	vterm_screen_enable_altscreen(t->screen, 1);
	vterm_screen_reset(t->screen, 1);
	t->pid = forkpty(&t->fd, NULL, NULL, &size);
	if (t->pid < 0)
		bench_die("cannot open a terminal: %s", strerror(errno));
	if (t->pid == 0)
		be_program(folder, argv);
	/* or a terminal opened later would be held open by a program that stays */
	(void)fcntl(t->fd, F_SETFD, FD_CLOEXEC);
	(void)fcntl(t->fd, F_SETFL, O_NONBLOCK);
}

void bench_tty_close(struct bench_tty *t)
{
	(void)kill(t->pid, SIGTERM);
	for (int i = 0; i < 300 && waitpid(t->pid, NULL, WNOHANG) == 0; i++) {
		char bytes[65536];
		(void)!read(t->fd, bytes, sizeof(bytes));
		bench_rest(10000000);
	}
	(void)kill(t->pid, SIGKILL);
	(void)waitpid(t->pid, NULL, 0);
	close(t->fd);
	vterm_free(t->vt);
}

void bench_tty_type(struct bench_tty *t, const char *keys)
{
	if (write(t->fd, keys, strlen(keys)) != (ssize_t)strlen(keys))
		bench_die("cannot type: %s", strerror(errno));
}

/* What is there; false: nothing. */
static bool take(struct bench_tty *t)
{
	char bytes[65536];
	const ssize_t n = read(t->fd, bytes, sizeof(bytes));
	if (n < 0 && errno == EIO)
		bench_die("a program in the terminal has ended");
	if (n <= 0)
		return false;
	t->bytes += (size_t)n;
	vterm_input_write(t->vt, bytes, (size_t)n);
	return true;
}

static void wait_for(struct bench_tty *t, bool (*pred)(struct bench_tty *, const void *),
	const void *arg, const char *what)
{
	const double until = bench_now_ns() + PATIENCE_S * NS_PER_S;
	while (!pred(t, arg)) {
		struct pollfd ready = {.fd = t->fd, .events = POLLIN};
		(void)poll(&ready, 1, 100);
		if (!take(t) && bench_now_ns() > until)
			bench_die("a program in the terminal did not show %s", what);
	}
}

void bench_tty_drain(struct bench_tty *t, int64_t ns)
{
	const double until = bench_now_ns() + (double)ns;
	for (double left; (left = until - bench_now_ns()) > 0;) {
		struct pollfd ready = {.fd = t->fd, .events = POLLIN};
		const struct timespec time = {.tv_sec = (time_t)(left / NS_PER_S),
			.tv_nsec = (long)left % 1000000000L};
		if (ppoll(&ready, 1, &time, NULL) > 0)
			(void)take(t);
	}
}

struct place {
	int row, col;
	uint32_t letter;
};

static bool cell_is(struct bench_tty *t, const void *arg)
{
	const struct place *place = arg;
	VTermScreenCell cell = {.width = 1};
	const VTermPos at = {.row = place->row, .col = place->col};
	vterm_screen_get_cell(t->screen, at, &cell);
	const uint32_t found = cell.chars[0] == ' ' ? 0 : cell.chars[0];
	return found == place->letter;
}

void bench_tty_cell(struct bench_tty *t, int row, int col, uint32_t letter)
{
	const struct place place = {row, col, letter};
	wait_for(t, cell_is, &place, "a key");
}

static bool text_is(struct bench_tty *t, const void *arg)
{
	enum { ROW_MAX = 1023 };
	const char *text = arg;
	char row[ROW_MAX + 1];
	for (int r = 0; r < t->rows; r++) {
		int n = 0;
		for (int c = 0; c < t->cols && n < ROW_MAX; c++) {
			VTermScreenCell cell = {.width = 1};
			const VTermPos at = {.row = r, .col = c};
			vterm_screen_get_cell(t->screen, at, &cell);
			const uint32_t letter = cell.chars[0];
			row[n++] = letter >= 0x20 && letter < 0x7f ? (char)letter : ' ';
		}
		row[n] = '\0';
		if (strstr(row, text))
			return true;
	}
	return false;
}

void bench_tty_see(struct bench_tty *t, const char *text)
{
	wait_for(t, text_is, text, text);
}

double bench_tty_cpu_ns(const struct bench_tty *t)
{
	char *path = bench_format("/proc/%ld/schedstat", (long)t->pid);
	FILE *file = fopen(path, "re");
	double ns = 0;
	if (!file || fscanf(file, "%lf", &ns) != 1)
		ns = 0;
	if (file)
		(void)fclose(file);
	free(path);
	return ns;
}

/* --- keys --- */

void bench_keys_begin(struct bench_keys *k, struct bench_tty *t, bool first_row)
{
	*k = (struct bench_keys){.tty = t,
		.row = first_row ? 0 : t->rows - 1,
		.col = (int)strlen(BENCH_PROMPT)};
}

void bench_keys_forget(struct bench_keys *k)
{
	k->n = k->n_lines = 0;
	k->bytes_most = 0;
}

static void one_key(struct bench_keys *k, int i)
{
	const char key[2] = {(char)('a' + i % 26), '\0'};
	const size_t bytes = k->tty->bytes;
	const double begun = bench_now_ns();
	bench_tty_type(k->tty, key);
	bench_tty_cell(k->tty, k->row, k->col + i, (uint32_t)key[0]);
	k->ns[k->n++] = bench_now_ns() - begun;
	if (k->tty->bytes - bytes > k->bytes_most)
		k->bytes_most = k->tty->bytes - bytes;
}

void bench_keys_line(struct bench_keys *k)
{
	if (k->n_lines == BENCH_LINES_MAX)
		bench_die("cannot type more than %d lines", BENCH_LINES_MAX);
	const double cpu_ns = bench_tty_cpu_ns(k->tty);
	for (int i = 0; i < BENCH_KEYS_LINE; i++) {
		one_key(k, i);
		bench_tty_drain(k->tty, PAUSE_NS);
	}
	k->cpu_ns[k->n_lines++] = bench_tty_cpu_ns(k->tty) - cpu_ns;
	bench_tty_type(k->tty, "\x15");
	bench_tty_cell(k->tty, k->row, k->col, 0);
	bench_tty_drain(k->tty, 2 * PAUSE_NS);
}

static int by_size(const void *a, const void *b)
{
	const double x = *(const double *)a;
	const double y = *(const double *)b;
	return (x > y) - (x < y);
}

static double quantile(const double *v, int n, double share)
{
	static double sorted[BENCH_KEYS_MAX];
	if (n == 0)
		return 0;
	memcpy(sorted, v, (size_t)n * sizeof(*v));
	qsort(sorted, (size_t)n, sizeof(*v), by_size);
	const int at = (int)(share * n);
	return sorted[at < n ? at : n - 1];
}

double bench_keys_quantile(const struct bench_keys *k, double share)
{
	return quantile(k->ns, k->n, share);
}

struct bench_ratio bench_keys_ratio(const struct bench_keys *ours, const struct bench_keys *base)
{
	double ratios[BENCH_LINES_MAX];
	double cpu[BENCH_LINES_MAX];
	const int n = ours->n_lines < base->n_lines ? ours->n_lines : base->n_lines;
	for (int i = 0; i < n; i++) {
		const int at = i * BENCH_KEYS_LINE;
		ratios[i] = quantile(ours->ns + at, BENCH_KEYS_LINE, 0.5) /
			    quantile(base->ns + at, BENCH_KEYS_LINE, 0.5);
		cpu[i] = base->cpu_ns[i] > 0 ? ours->cpu_ns[i] / base->cpu_ns[i] : 0;
	}
	return (struct bench_ratio){.median = quantile(ratios, n, 0.5),
		.low = quantile(ratios, n, 0),
		.high = quantile(ratios, n, 1),
		.cpu = quantile(cpu, n, 0.5),
		.ours_ns = bench_keys_quantile(ours, 0.5),
		.base_ns = bench_keys_quantile(base, 0.5),
		.pairs = n};
}
