/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The terminal by ncurses, which only renders: keys, modes and signals are not its business. */
#include "ui/screen.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <term.h>
/* a macro of term.h, and a word that we need */
#undef columns

#include "base/clock.h"
#include "base/utf8.h"
#include "ui/screen_token.h"

#define NS_PER_MS   1000000
#define FRAME_BEGIN "\033[?2026h"
#define FRAME_END   "\033[?2026l"
#define PASTE_ON    "\033[?2004h"
#define PASTE_OFF   "\033[?2004l"
#define TITLE_SAVE  "\033[22;2t"
#define TITLE_BACK  "\033[23;2t"
#define ROWS_MAX    ((size_t)2000)
#define COLUMNS_MAX ((size_t)2000)
#define CRASH_STACK ((size_t)64 * 1024)

/*
 * What a crash writes: it may have happened anywhere, so nothing is asked, nothing allocated.
 */
static const char crash_text[] = FRAME_END PASTE_OFF "\033[0m\033[?1049l\033[?25h\033[?7h\r\n";

static const int crash_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

#define N_CRASH_SIGNALS (sizeof(crash_signals) / sizeof(crash_signals[0]))

/* The terminal is the process's, so its state is too. */
static struct {
	bool started;
	struct sg_screen_options options;
	int tty_fd;     /* ours alone: its O_NONBLOCK is not shared with fd 0 */
	int frame_fd;   /* a memory file: ncurses writes its frame there and never blocks */
	off_t frame_at; /* how far its bytes were taken */
	FILE *frame_file, *null_file;
	SCREEN *curses;
	struct termios before, ours;
	struct sg_strbuf out; /* the frame on its way, out.bytes[sent..] */
	size_t sent;
	struct sg_strbuf extra; /* title and bell, for the next frame */
	bool titled;            /* the terminal knows titles, and has ours */
	bool redraw;
	bool hung_up;
	size_t rows, columns;
	bool drained; /* the last read got all there was */
	struct sg_tokens tokens;
	stack_t old_stack;
	struct sigaction old_actions[N_CRASH_SIGNALS];
	void *crash_stack;
} screen = {.tty_fd = -1,
	.frame_fd = -1,
	.out = SG_STRBUF_INIT,
	.extra = SG_STRBUF_INIT,
	.tokens = SG_TOKENS_INIT};

/* --- crash --- */

static void on_crash(int number)
{
	ssize_t n = write(screen.tty_fd, crash_text, sizeof(crash_text) - 1);
	(void)n;
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &screen.before);
	/* blocked until we return, then it ends us the way it would have */
	(void)signal(number, SIG_DFL);
	(void)raise(number);
}

static void catch_crashes(void)
{
	struct sigaction action = {.sa_handler = on_crash, .sa_flags = SA_ONSTACK};
	sigemptyset(&action.sa_mask);
	screen.crash_stack = malloc(CRASH_STACK);
	stack_t stack = {.ss_sp = screen.crash_stack, .ss_size = CRASH_STACK};
	if (screen.crash_stack)
		(void)sigaltstack(&stack, &screen.old_stack);
	for (size_t i = 0; i < N_CRASH_SIGNALS; i++)
		(void)sigaction(crash_signals[i], &action, &screen.old_actions[i]);
}

static void release_crashes(void)
{
	for (size_t i = 0; i < N_CRASH_SIGNALS; i++)
		(void)sigaction(crash_signals[i], &screen.old_actions[i], NULL);
	if (!screen.crash_stack)
		return;
	(void)sigaltstack(&screen.old_stack, NULL);
	free(screen.crash_stack);
	screen.crash_stack = NULL;
}

/* --- bytes out --- */

static int64_t now_ms(void)
{
	return sg_clock_mono_ns() / NS_PER_MS;
}

bool sg_screen_flush_out(void)
{
	while (screen.sent < screen.out.n_bytes && !screen.hung_up) {
		ssize_t n = write(screen.tty_fd, screen.out.bytes + screen.sent,
			screen.out.n_bytes - screen.sent);
		if (n > 0)
			screen.sent += (size_t)n;
		else if (errno == EAGAIN)
			return false;
		else if (errno != EINTR)
			screen.hung_up = true;
	}
	sg_strbuf_clear(&screen.out);
	screen.sent = 0;
	return true;
}

int sg_screen_out_fd(void)
{
	return screen.sent < screen.out.n_bytes ? screen.tty_fd : -1;
}

static void forget_rendered(void)
{
	(void)lseek(screen.frame_fd, 0, SEEK_SET);
	if (ftruncate(screen.frame_fd, 0) < 0)
		screen.hung_up = true; /* a memory file: it does not happen */
	screen.frame_at = 0;
}

/*
 * Moves what ncurses has rendered from its memory file into out. The file is only cut when it
 * has grown: until then where we stand in it is where ncurses goes on.
 */
static void take_rendered(struct sg_strbuf *out)
{
	enum { CUT_BYTES = 1 << 20 };
	char piece[16384];
	ssize_t n;
	do {
		n = pread(screen.frame_fd, piece, sizeof(piece), screen.frame_at);
		if (n > 0)
			sg_strbuf_add(out, piece, (size_t)n);
		screen.frame_at += n > 0 ? n : 0;
	} while (n == (ssize_t)sizeof(piece));
	if (screen.frame_at > CUT_BYTES)
		forget_rendered();
}

/* At the ends: here it may wait for the terminal, but only until the deadline. */
static void write_patiently(const char *bytes, size_t n_bytes, int64_t deadline_ms)
{
	struct pollfd wait = {.fd = screen.tty_fd, .events = POLLOUT};
	while (n_bytes) {
		int64_t left = deadline_ms - now_ms();
		if (poll(&wait, 1, left > 0 ? (int)left : 0) <= 0)
			return;
		ssize_t n = write(screen.tty_fd, bytes, n_bytes);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return;
		bytes += n > 0 ? n : 0;
		n_bytes -= n > 0 ? (size_t)n : 0;
	}
}

/* --- start --- */

static void make_modes(void)
{
	screen.ours = screen.before;
	screen.ours.c_lflag &= ~(tcflag_t)(ICANON | ECHO | IEXTEN);
	/* a pasted ^C must not flush the mark that says that it was pasted */
	screen.ours.c_lflag |= ISIG | NOFLSH;
	screen.ours.c_iflag &= ~(tcflag_t)(IXON | IXOFF | ICRNL | INLCR | ISTRIP);
	screen.ours.c_cc[VMIN] = 1;
	screen.ours.c_cc[VTIME] = 0;
}

static void take_size(void)
{
	struct winsize size;
	screen.rows = 24;
	screen.columns = 80;
	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col) {
		screen.rows = size.ws_row < ROWS_MAX ? size.ws_row : ROWS_MAX;
		screen.columns = size.ws_col < COLUMNS_MAX ? size.ws_col : COLUMNS_MAX;
	}
}

static bool can_address(void)
{
	int found = 0;
	if (setupterm(NULL, screen.tty_fd, &found) != OK)
		return false;
	bool can = cursor_address && *cursor_address;
	(void)del_curterm(cur_term);
	return can;
}

static bool open_files(void)
{
	const char *name = ttyname(STDIN_FILENO);
	screen.tty_fd =
		open(name ? name : "/dev/tty", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	screen.frame_fd = memfd_create("frame", MFD_CLOEXEC);
	screen.frame_file = screen.frame_fd < 0 ? NULL : fdopen(screen.frame_fd, "w");
	screen.null_file = fopen("/dev/null", "re");
	return screen.tty_fd >= 0 && screen.frame_file && screen.null_file;
}

static void close_files(void)
{
	if (screen.tty_fd >= 0)
		(void)close(screen.tty_fd);
	if (screen.frame_file)
		(void)fclose(screen.frame_file);
	else if (screen.frame_fd >= 0)
		(void)close(screen.frame_fd);
	if (screen.null_file)
		(void)fclose(screen.null_file);
	screen.tty_fd = screen.frame_fd = -1;
	screen.frame_file = screen.null_file = NULL;
}

static void start_colours(void)
{
	static const short fg[] = {COLOR_CYAN, COLOR_RED, COLOR_YELLOW, COLOR_GREEN};
	if (!screen.options.colour || start_color() != OK || use_default_colors() != OK) {
		screen.options.colour = false;
		return;
	}
	for (short i = 0; i < 4; i++)
		(void)init_pair((short)(i + 1), fg[i], -1);
}

/* NULL: unset. Returns what it was, owned, for the way back. */
static char *swap_variable(const char *name, const char *value)
{
	const char *old = getenv(name);
	char *kept = old ? strdup(old) : NULL;
	(void)(value ? setenv(name, value, 1) : unsetenv(name));
	return kept;
}

/*
 * Curses asks the environment: for the size, which its memory file cannot tell and the Linux
 * console's entry does not hold, and for NO_COLOR, where --color=always goes before.
 */
static bool start_curses_and_colours(void)
{
	static const char *const names[] = {"LINES", "COLUMNS", "NO_COLOR"};
	char rows[24];
	char columns[24];
	const char *const values[] = {rows, columns, NULL};
	char *kept[3];
	(void)snprintf(rows, sizeof(rows), "%zu", screen.rows);
	(void)snprintf(columns, sizeof(columns), "%zu", screen.columns);
	for (size_t i = 0; i < 3; i++)
		kept[i] = swap_variable(names[i], values[i]);
	use_env(TRUE);
	screen.curses = newterm(NULL, screen.frame_file, screen.null_file);
	if (screen.curses) {
		/* until the first endwin ncurses flushes after every cursor move */
		(void)endwin();
		forget_rendered();
		start_colours();
	}
	for (size_t i = 0; i < 3; i++) {
		free(swap_variable(names[i], kept[i]));
		free(kept[i]);
	}
	return screen.curses != NULL;
}

static bool start_curses(void)
{
	if (!start_curses_and_colours())
		return false;
	(void)noecho();
	(void)nonl();
	(void)leaveok(stdscr, FALSE);
	(void)scrollok(stdscr, FALSE);
	(void)idlok(stdscr, FALSE);
	(void)resize_term((int)screen.rows, (int)screen.columns);
	screen.titled = tigetflag("XT") > 0 || (to_status_line && *to_status_line);
	screen.redraw = true;
	return true;
}

static void greet_terminal(void)
{
	if (screen.titled)
		sg_strbuf_adds(&screen.extra, TITLE_SAVE);
	if (screen.options.paste)
		sg_strbuf_adds(&screen.extra, PASTE_ON);
}

enum sg_rc sg_screen_start(const struct sg_screen_options *options, struct sg_err *err)
{
	screen.options = *options;
	screen.hung_up = false;
	if (tcgetattr(STDIN_FILENO, &screen.before) < 0)
		return sg_err_errno(err, SG_REFUSED, errno,
			"cannot start the screen: standard input is no terminal");
	take_size();
	if (!open_files() || !can_address() || !start_curses()) {
		close_files();
		return sg_err_set(err, SG_REFUSED,
			"cannot start the screen: the terminal cannot address its cursor");
	}
	catch_crashes();
	make_modes();
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &screen.ours);
	greet_terminal();
	screen.started = true;
	return SG_OK;
}

/* --- stop, and there and back --- */

/* What the terminal needs to be as it was; paste marks off last, then nothing more is read. */
static void leave_terminal(void)
{
	enum { PATIENCE_MS = 700 };
	const int64_t deadline_ms = now_ms() + PATIENCE_MS;
	(void)sg_screen_flush_out();
	if (sg_screen_out_fd() >= 0) {
		write_patiently(screen.out.bytes + screen.sent,
			screen.out.n_bytes - screen.sent, deadline_ms);
		sg_strbuf_clear(&screen.out);
		screen.sent = 0;
	}
	(void)endwin();
	struct sg_strbuf last = SG_STRBUF_INIT;
	take_rendered(&last);
	sg_strbuf_adds(&last, screen.titled ? TITLE_BACK : "");
	sg_strbuf_adds(&last, screen.options.paste ? PASTE_OFF : "");
	if (!screen.hung_up)
		write_patiently(last.bytes, last.n_bytes, deadline_ms);
	sg_strbuf_release(&last);
	(void)tcflush(STDIN_FILENO, TCIFLUSH);
	/* without waiting for the output: what does not read would never let us go */
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &screen.before);
}

void sg_screen_stop(void)
{
	if (!screen.started)
		return;
	screen.started = false;
	leave_terminal();
	release_crashes();
	delscreen(screen.curses);
	screen.curses = NULL;
	close_files();
	sg_strbuf_release(&screen.out);
	sg_strbuf_release(&screen.extra);
	sg_tokens_release(&screen.tokens);
}

static void enter_again(void)
{
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &screen.ours);
	greet_terminal();
	sg_screen_resized();
}

void sg_screen_suspend(void)
{
	struct sigaction before;
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigset_t stop;
	leave_terminal();
	sigemptyset(&action.sa_mask);
	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	(void)sigaction(SIGTSTP, &action, &before);
	/*
	 * TSTP and not STOP: where no shell does job control it is ignored instead of freezing
	 * us
	 */
	(void)raise(SIGTSTP);
	(void)sigprocmask(SIG_UNBLOCK, &stop, NULL);
	(void)sigprocmask(SIG_BLOCK, &stop, NULL);
	(void)sigaction(SIGTSTP, &before, NULL);
	enter_again();
}

void sg_screen_continued(void)
{
	enter_again();
}

void sg_screen_size(size_t *ret_rows, size_t *ret_columns)
{
	*ret_rows = screen.rows;
	*ret_columns = screen.columns;
}

void sg_screen_resized(void)
{
	take_size();
	(void)resize_term((int)screen.rows, (int)screen.columns);
	screen.redraw = true;
}

void sg_screen_redraw(void)
{
	screen.redraw = true;
}

/* --- a frame --- */

static attr_t attributes_of(enum sg_style style)
{
	const bool colour = screen.options.colour;
	switch (style) {
	case SG_STYLE_PLAIN: break;
	case SG_STYLE_HEAD: return A_BOLD;
	case SG_STYLE_OK: return colour ? COLOR_PAIR(1) : A_NORMAL;
	case SG_STYLE_FAIL: return A_BOLD | (colour ? COLOR_PAIR(2) : A_NORMAL);
	case SG_STYLE_WARN: return colour ? COLOR_PAIR(3) : A_NORMAL;
	case SG_STYLE_DIM: return A_DIM;
	case SG_STYLE_RUN: return colour ? COLOR_PAIR(4) : A_NORMAL;
	}
	return A_NORMAL;
}

/*
 * Clips by the width that ncurses will use, whatever the view counted: a row that is one cell
 * too long would go on in the next.
 */
static void put_row(size_t row, const char *text, attr_t attributes)
{
	enum { WIDE_MAX = 4096 };
	wchar_t wide[WIDE_MAX];
	size_t n = 0;
	size_t column = 0;
	for (size_t left = strlen(text), length; left && n < WIDE_MAX; left -= length) {
		uint32_t code_point = 0xFFFD;
		length = sg_utf8_decode(text, left, &code_point);
		if (!length)
			length = 1;
		wchar_t c = (wchar_t)code_point;
		int width = wcwidth(c);
		if (width < 0) {
			c = (wchar_t)0xFFFD;
			width = 1;
		}
		if (column + (size_t)width > screen.columns || (width == 0 && n == 0))
			break;
		wide[n++] = c;
		column += (size_t)width;
		text += length;
	}
	(void)attr_set(attributes & ~A_COLOR, (short)PAIR_NUMBER((int)attributes), NULL);
	(void)move((int)row, 0);
	(void)clrtoeol();
	(void)addnwstr(wide, (int)n);
	(void)standend();
}

static void put_pane(const struct sg_rows *pane, size_t rows)
{
	for (size_t i = 0; i < rows; i++)
		put_row(i, i < pane->n ? pane->v[i].text : "",
			attributes_of(i < pane->n ? pane->v[i].style : SG_STYLE_PLAIN));
}

static void put_prompt(const struct sg_prompt_rows *prompt, size_t first)
{
	for (size_t i = 0; i < prompt->n && first + i < screen.rows; i++)
		put_row(first + i, prompt->rows[i], A_NORMAL);
	size_t row = first + prompt->cursor_row;
	size_t column = prompt->cursor_column;
	row = row < screen.rows ? row : screen.rows - 1;
	column = column < screen.columns ? column : screen.columns - 1;
	(void)move((int)row, (int)column);
}

enum sg_drawn sg_screen_draw(const struct sg_rows *pane, const struct sg_prompt_rows *prompt)
{
	if (!sg_screen_flush_out())
		return SG_DRAWN_DROPPED;
	const size_t below = prompt->n < screen.rows ? prompt->n : screen.rows;
	if (screen.redraw)
		(void)clearok(curscr, TRUE);
	screen.redraw = false;
	if (pane)
		put_pane(pane, screen.rows - below);
	put_prompt(prompt, screen.rows - below);
	(void)wnoutrefresh(stdscr);
	(void)doupdate();
	sg_strbuf_adds(&screen.out, FRAME_BEGIN);
	size_t empty = screen.out.n_bytes;
	take_rendered(&screen.out);
	sg_strbuf_add(&screen.out, screen.extra.bytes, screen.extra.n_bytes);
	sg_strbuf_clear(&screen.extra);
	if (screen.out.n_bytes == empty)
		sg_strbuf_clear(&screen.out);
	else
		sg_strbuf_adds(&screen.out, FRAME_END);
	return sg_screen_flush_out() ? SG_DRAWN_OUT : SG_DRAWN_QUEUED;
}

void sg_screen_title(const char *title)
{
	struct sg_strbuf clean = SG_STRBUF_INIT;
	if (!screen.titled)
		return;
	sg_utf8_sanitise(&clean, title, strlen(title), SG_SANITISE_LINE);
	sg_strbuf_addf(&screen.extra, "\033]2;%s\007", clean.bytes);
	sg_strbuf_release(&clean);
}

void sg_screen_bell(void)
{
	sg_strbuf_adds(&screen.extra, "\007");
}

/* --- bytes in --- */

/* False: the terminal is gone. */
static bool read_more(void)
{
	char bytes[4096];
	struct pollfd ready = {.fd = STDIN_FILENO, .events = POLLIN};
	/* once behind a short read there is nothing; what comes later wakes us anew */
	const bool nothing = screen.drained;
	screen.drained = false;
	while (!nothing && poll(&ready, 1, 0) > 0) {
		ssize_t n = read(STDIN_FILENO, bytes, sizeof(bytes));
		if (n > 0) {
			sg_tokens_add(&screen.tokens, bytes, (size_t)n, now_ms());
			screen.drained = (size_t)n < sizeof(bytes);
			if (screen.drained)
				return true;
		} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
			return false;
		}
	}
	return true;
}

void sg_screen_token(struct sg_token *ret, int *ret_wait_ms)
{
	sg_tokens_cut(&screen.tokens, now_ms(), ret, ret_wait_ms);
	if (ret->kind != SG_TOKEN_NONE)
		return;
	if (!read_more()) {
		*ret = (struct sg_token){SG_TOKEN_HANGUP, "", 0};
		*ret_wait_ms = -1;
		return;
	}
	sg_tokens_cut(&screen.tokens, now_ms(), ret, ret_wait_ms);
}

void sg_screen_drop_input(void)
{
	/* read and not flushed: the mark that ends a paste may be among it */
	screen.drained = false;
	(void)read_more();
	sg_tokens_drop(&screen.tokens);
	/*
	 * whoever else wrote on the terminal may have turned the marks off: a paste would look
	 * typed
	 */
	if (screen.options.paste)
		sg_strbuf_adds(&screen.extra, PASTE_ON);
}

void sg_screen_end_paste(void)
{
	enum { SILENCE_MS = 500 };
	if (sg_tokens_in_paste(&screen.tokens) && now_ms() - screen.tokens.came_ms > SILENCE_MS)
		sg_tokens_clear(&screen.tokens);
}
