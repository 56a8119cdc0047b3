/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Random keys, sequences, pastes, interrupts and widths into the screen's prompt, in process: it
 * never dies, leaks nothing, and after each Ctrl-C takes text again. No line counts as typed that
 * the keys did not say.
 *
 * STEPGATE_FUZZ_TOKENS is how many tokens each test feeds, STEPGATE_FUZZ_SEED the first seed;
 * STEPGATE_FUZZ_LOG names a file that each token is written to before it is fed, and
 * STEPGATE_FUZZ_LEAKS from which token on leaks are looked for behind each, which is slow.
 */
#include <criterion/criterion.h>
#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "harness/harness.h"
#include "ui/prompt_screen.h"
#include "ui/prompt_typed.h"

#define PROMPT   "stepgate 0001> "
#define TOKENS   6000
#define TYPED    4096
#define BARRIER  '\001'

struct fuzz {
	uint64_t state;
	FILE *log;
	char *folder;
	size_t n_fed;
	/* plain characters as they were fed, a barrier for every other token */
	char typed[TYPED];
	size_t n_typed;
	size_t n_lines, n_lines_typed;
};

static uint64_t next(struct fuzz *f)
{
	f->state ^= f->state << 13;
	f->state ^= f->state >> 7;
	f->state ^= f->state << 17;
	return f->state;
}

static size_t below(struct fuzz *f, size_t n)
{
	return (size_t)(next(f) % n);
}

static long setting(const char *name, long otherwise)
{
	const char *text = getenv(name);
	return text && *text ? strtol(text, NULL, 10) : otherwise;
}

/* --- what is fed --- */

static const char *const letters[] = {"г", "о", "г", "о", "Ж", "я", "ц", "ё", "漢", "😀", "e", "a",
	"w", "d", "i", "1", "3", " ", " ", "/", "?", "'", "\"", "\\", "f", "r", "x", "u", ".", "y",
	"p", "m", "c", "\xcc\x81", "\xe2\x80\xae", "ｗ"};

static const char *const sequences[] = {"\033[A", "\033[B", "\033[C", "\033[D", "\033[H", "\033[F",
	"\033[3~", "\033[5~", "\033[6~", "\033[1;5C", "\033[1;5D", "\033OP", "\033OQ", "\033OR",
	"\033[99~", "\033[1;9Z", "\033Oz", "\033[[A", "\033[[Z", "\033[24~", "\033\033[A",
	"\033\033[99~", "\033[200", "\033[M", "\033[?1;2c", "\033[I", "\033[O", "\033[201~"};

static const char *const habits[] = {"\033p", "\033n", "\x12", "\x13", "\x07", "\x18", "\x16",
	"\x1d", "\033\x1d", "\0333", "\033-", "\x1f", "\t", "\x10", "\x0e", "\x15", "\x17", "\x19",
	"\033y", "\033", "\x7f", "\b", "\r", "\r", "\n", "\033.", "\033\x10", "\x18\x18",
	"\033\x19", "\033>", "\033<", "\033r", "\033\\", "\033#", "\x0f", "\033?", "\033*", "\x04",
	"\x01", "\x05", "\x14", "\033t", "\033u", "\033c", "\0339"};

static const char *const chords[] = {"\x18(", "\x18)", "\x18" "e", "\x18\x12", "\x18\x15", "\x18z",
	"\x18\x7f", "\x12\033[99~", "\x12\x18z", "\033p\033p", "\033pa\x07", "\033p\r", "\033pг\r",
	"\033p\x7f", "\x16\033[A", "\x16г", "\033\x1dг", "dfг", "d3", "3d", "ra", "rг", "/г\r",
	"/г\033", "?\x07", "го\r", "го\r", "\x15го\r", "\033[A\033px\x07", "\x10x\x10y\x0e\x03",
	"\x18g", "\x18w", "\x18m", "\x18s", "\x18v", "\x18n", "\x18" "b", "\x18\x07", "\033\x07",
	"2\033p", "\x0e\x0e\x10\x10z", "cw", "yy", "P", "qx", "\x18l"};

static void log_token(struct fuzz *f, char kind, const char *bytes, size_t n)
{
	if (!f->log)
		return;
	fprintf(f->log, "%zu %c ", f->n_fed, kind);
	for (size_t i = 0; i < n; i++) {
		const unsigned char c = (unsigned char)bytes[i];
		if (c > 0x20 && c != '\\' && c != 0x7f)
			(void)fputc(c, f->log);
		else
			fprintf(f->log, "\\x%02x", c);
	}
	(void)fputc('\n', f->log);
	(void)fflush(f->log);
}

static void note(struct fuzz *f, const char *bytes, size_t n)
{
	if (f->n_typed + n > TYPED) {
		memmove(f->typed, f->typed + TYPED / 2, f->n_typed - TYPED / 2);
		f->n_typed -= TYPED / 2;
	}
	memcpy(f->typed + f->n_typed, bytes, n);
	f->n_typed += n;
}

/* What the operator sees himself type: letters, and Backspace takes one back. */
static void note_key(struct fuzz *f, const char *bytes, size_t n)
{
	const char barrier = BARRIER;
	if (n == 1 && (*bytes == '\x7f' || *bytes == '\b')) {
		while (f->n_typed && f->typed[f->n_typed - 1] != BARRIER &&
			((unsigned char)f->typed[--f->n_typed] & 0xC0) == 0x80)
			;
	} else if ((unsigned char)*bytes < 0x20) {
		note(f, &barrier, 1);
	} else {
		note(f, bytes, n);
	}
}

static void take_what_came(struct fuzz *f)
{
	struct sg_line line;
	enum sg_pane_action action;
	while (sg_prompt_screen_action(&action))
		;
	(void)sg_prompt_screen_end();
	while (sg_prompt_screen_line(&line)) {
		const size_t n = strlen(line.text);
		f->n_lines++;
		if (line.typed) {
			f->n_lines_typed += n > 0;
			/* behind it stands the barrier of its Enter */
			cr_assert(f->n_typed > n && memcmp(f->typed + f->n_typed - 1 - n, line.text,
							    n) == 0,
				"token %zu: expected \"%s\" not to count as typed", f->n_fed,
				line.text);
		}
		sg_line_release(&line);
	}
}

static void feed(struct fuzz *f, enum sg_token_kind kind, const char *bytes, size_t n)
{
	/* an exact copy, so that reading beyond a token is seen */
	char *copy = malloc(n ? n : 1);
	cr_assert(copy);
	memcpy(copy, bytes, n);
	log_token(f, kind == SG_TOKEN_PASTE ? 'P' : 'K', bytes, n);
	f->n_fed++;
	if (kind == SG_TOKEN_KEY)
		note_key(f, bytes, n);
	else
		note(f, "\001", 1);
	sg_prompt_screen_feed(&(struct sg_token){kind, copy, n});
	free(copy);
	take_what_came(f);
}

/* The length of the token that text begins with. */
static size_t token_of(const char *text)
{
	const unsigned char lead = (unsigned char)*text;
	if (lead != '\033')
		return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
	if (!text[1])
		return 1;
	const size_t from = text[1] == '\033' && (text[2] == '[' || text[2] == 'O') ? 2 : 1;
	if (text[from] == '\033')
		return 1;
	if (text[from] != '[' && text[from] != 'O')
		return from + token_of(text + from);
	size_t n = from + 1;
	if (text[from] == 'O' || text[n] == '[')
		return n + 1 + (text[from] == '[');
	while (text[n] && ((unsigned char)text[n] < 0x40 || (unsigned char)text[n] > 0x7e))
		n++;
	return n + (text[n] != '\0');
}

static void feed_text(struct fuzz *f, const char *text)
{
	while (*text) {
		const size_t n = token_of(text);
		feed(f, SG_TOKEN_KEY, text, n);
		text += n;
	}
}

static void feed_random(struct fuzz *f)
{
	char bytes[8] = {'\033'};
	switch (below(f, 12)) {
	case 0:
		bytes[1] = (char)(1 + below(f, 0x7f));
		if (bytes[1] != '[' && bytes[1] != 'O' && bytes[1] != '\033')
			feed(f, SG_TOKEN_KEY, bytes, 2);
		return;
	case 1:
		bytes[0] = (char)below(f, 0x80);
		feed(f, SG_TOKEN_KEY, bytes, 1);
		return;
	case 2: /* Alt with a Cyrillic letter */
		bytes[1] = (char)0xD0;
		bytes[2] = (char)(0x90 + below(f, 0x30));
		feed(f, SG_TOKEN_KEY, bytes, 3);
		return;
	case 3:
		bytes[1] = '[';
		bytes[2] = (char)(0x20 + below(f, 0x20));
		bytes[3] = (char)(0x40 + below(f, 0x3f));
		feed(f, SG_TOKEN_KEY, bytes, 4);
		return;
	case 4: feed_text(f, sequences[below(f, sizeof(sequences) / sizeof(char *))]); return;
	case 5: feed_text(f, chords[below(f, sizeof(chords) / sizeof(char *))]); return;
	case 6:
	case 7: feed_text(f, habits[below(f, sizeof(habits) / sizeof(char *))]); return;
	default: feed_text(f, letters[below(f, sizeof(letters) / sizeof(char *))]); return;
	}
}

static void paste_random(struct fuzz *f)
{
	char bytes[64];
	const size_t n = below(f, sizeof(bytes));
	static const char text[] = "го\r\n\tабв \033[31mx\xff\x80";
	for (size_t i = 0; i < n; i++)
		bytes[i] = below(f, 4) ? text[below(f, sizeof(text))] : (char)below(f, 256);
	feed(f, SG_TOKEN_PASTE, bytes, n);
}

/* --- what has to hold --- */

static void look(struct fuzz *f, size_t columns, size_t rows_max)
{
	struct sg_prompt_rows rows;
	sg_prompt_screen_layout(columns, rows_max, &rows);
	cr_assert(rows.n > 0 && rows.n <= rows_max, "token %zu: rows %zu", f->n_fed, rows.n);
	cr_assert_lt(rows.cursor_row, rows.n, "token %zu: the cursor's row", f->n_fed);
	cr_assert_lt(rows.cursor_column, columns > 2 ? columns : 3, "token %zu: the cursor's column %zu of %zu",
		f->n_fed, rows.cursor_column, columns);
	(void)sg_prompt_screen_candidates();
	(void)sg_prompt_screen_dirty();
}

static void interrupt(struct fuzz *f)
{
	log_token(f, '^', "C", 1);
	note(f, "\001", 1);
	sg_prompt_screen_interrupt();
	take_what_came(f);
	cr_assert(sg_prompt_screen_empty(), "token %zu: expected an empty line", f->n_fed);
}

static void expect_shown(struct fuzz *f, const char *shown, size_t cursor)
{
	struct sg_prompt_rows rows;
	sg_prompt_screen_layout(200, 5, &rows);
	/* the mode of vi stands before the prompt */
	const char *row = rows.rows[0];
	const size_t led = strncmp(row, "(ins) ", 6) == 0 ? 6 : 0;
	cr_assert_str_eq(row + led, shown, "token %zu: expected \"%s\", found \"%s\"", f->n_fed,
		shown, row + led);
	cr_assert_eq(rows.cursor_column, led + cursor, "token %zu: the cursor's column", f->n_fed);
}

/* As an operator who wants to go on: Ctrl-C, a word, Enter, and the line is what was typed. */
static void expect_usable(struct fuzz *f)
{
	struct sg_line line;
	/* what comes at once with the beginning of an answer is the terminal's, not a person's */
	const struct timespec pause = {.tv_nsec = SG_ANSWER_NS + 1000000};
	nanosleep(&pause, NULL);
	interrupt(f);
	expect_shown(f, PROMPT " ", sizeof(PROMPT) - 1);
	static const char *const keys[] = {"Ж", "х", "\x7f", "о"};
	for (size_t i = 0; i < 4; i++) {
		const struct sg_token key = {SG_TOKEN_KEY, keys[i], strlen(keys[i])};
		log_token(f, 'U', key.bytes, key.n_bytes);
		sg_prompt_screen_feed(&key);
	}
	expect_shown(f, PROMPT "Жо ", sizeof(PROMPT) - 1 + 2);
	sg_prompt_screen_feed(&(struct sg_token){SG_TOKEN_KEY, "\r", 1});
	cr_assert(sg_prompt_screen_line(&line), "token %zu: expected a line", f->n_fed);
	cr_assert_str_eq(line.text, "Жо");
	cr_assert(line.typed, "token %zu: expected that it counts as typed", f->n_fed);
	sg_line_release(&line);
	note(f, "\001", 1);
}

static void one(struct fuzz *f)
{
	static const size_t widths[] = {1, 2, 3, 7, 16, 40, 80, 200};
	switch (below(f, 40)) {
	case 0: paste_random(f); break;
	case 1: interrupt(f); break;
	case 2: expect_usable(f); break;
	case 3:
		sg_prompt_screen_text("ещё> ");
		look(f, 80, 5);
		sg_prompt_screen_text(PROMPT);
		break;
	case 4: sg_prompt_screen_begin_typed(); break;
	default: feed_random(f); break;
	}
	if (below(f, 4) == 0)
		look(f, widths[below(f, 8)], 1 + below(f, 5));
}

/* --- the ways it is set up --- */

static void begin(struct fuzz *f, const char *inputrc)
{
	*f = (struct fuzz){.state = 0};
	cr_assert(setlocale(LC_ALL, "C.UTF-8"));
	f->folder = sg_t_tmpdir();
	char *path = sg_t_format("%s/inputrc", f->folder);
	char *history = sg_t_format("%s/history", f->folder);
	char *settings = sg_t_format("set bell-style none\n%s", inputrc);
	sg_t_write_text(path, settings);
	free(settings);
	sg_t_write_text(history, "status\nhelp шаг\nstep \"Щука и карась\"\nverify --all\nlog\n");
	setenv("INPUTRC", path, 1);
	setenv("TERM", "xterm-256color", 1);
	cr_assert_eq(chdir(f->folder), 0);
	sg_t_write_text("документ один.md", "one\n");
	sg_t_write_text("документ два.md", "two\n");
	sg_prompt_screen_start(&(struct sg_prompt_options){.history_path = history});
	sg_prompt_screen_text(PROMPT);
	const char *log = getenv("STEPGATE_FUZZ_LOG");
	f->log = log && *log ? fopen(log, "we") : NULL;
	free(path);
	/* the prompt borrows it until it is stopped */
	free(f->folder);
	f->folder = history;
}

static void end(struct fuzz *f)
{
	sg_prompt_screen_stop();
	if (f->log)
		(void)fclose(f->log);
	*strrchr(f->folder, '/') = '\0';
	cr_assert_eq(chdir("/"), 0);
	sg_t_rmtree(f->folder);
	free(f->folder);
}

static void fuzz(uint64_t number, const char *inputrc)
{
	struct fuzz f;
	const long n = setting("STEPGATE_FUZZ_TOKENS", TOKENS);
	const uint64_t seed = (uint64_t)setting("STEPGATE_FUZZ_SEED", 1);
	begin(&f, inputrc);
	f.state = (seed * 64 + number) * UINT64_C(0x9E3779B97F4A7C15) | 1;
	expect_usable(&f);
	const long leaks = setting("STEPGATE_FUZZ_LEAKS", n);
	while (f.n_fed < (size_t)n) {
		one(&f);
		if (f.n_fed > (size_t)leaks)
			SG_LEAKCHECK();
	}
	expect_usable(&f);
	cr_assert_gt(f.n_lines, (size_t)n / 200, "expected lines");
	cr_assert_gt(f.n_lines_typed, 0, "expected some that count as typed");
	end(&f);
	SG_LEAKCHECK();
}

Test(screen_fuzz, random_keys_never_break_the_prompt)
{
	fuzz(0, "");
}

Test(screen_fuzz, random_keys_never_break_the_prompt_in_vi_mode)
{
	fuzz(1, "set editing-mode vi\nset show-mode-in-prompt on\n");
}

#define ODD                                                                          \
	"set completion-ignore-case on\nset show-all-if-ambiguous off\n"             \
	"set enable-bracketed-paste off\nset convert-meta on\nset input-meta off\n"  \
	"set blink-matching-paren on\nset horizontal-scroll-mode on\n"               \
	"set isearch-terminators \"\\C-j\"\nset keyseq-timeout 1\n"                  \
	"set revert-all-at-newline on\nset mark-modified-lines on\n"                 \
	"set history-preserve-point on\nset enable-active-region on\n"               \
	"set echo-control-characters on\nset skip-completed-text on\n"               \
	"$if stepgate\n\"\\C-xg\": \"го\"\n\"\\C-xw\": \"го\\r\"\n$endif\n"          \
	"\"\\C-xm\": \"\\e[99~\"\n\"\\C-xs\": \"\\C-r\\e[99~x\"\n\"\\C-xv\": \"\\C-xv\"\n" \
	"\"\\C-xn\": \"\\epго\\C-g\\C-x\"\n\"\\C-xb\": \"a\\C-x\"\n\"qx\": \"го\"\n"   \
	"\"\\C-xl\": print-last-kbd-macro\n\"\\C-xp\": dump-macros\n"                \
	"\"\\e[24~\": menu-complete\n\"\\C-xo\": overwrite-mode\n"

Test(screen_fuzz, random_keys_never_break_the_prompt_with_an_odd_inputrc)
{
	fuzz(2, ODD);
}

Test(screen_fuzz, random_keys_never_break_the_prompt_in_vi_mode_with_an_odd_inputrc)
{
	fuzz(3, "set editing-mode vi\n" ODD
		"set keymap vi-command\n\"gg\": \"iго\\e\"\n\"gz\": \"\\e[99~\"\n"
		"\"\\C-xg\": \"iго\\r\"\n\"\\ep\": non-incremental-reverse-search-history\n");
}

Test(screen_fuzz, random_keys_never_break_the_prompt_while_the_mode_changes)
{
	fuzz(4, ODD "\"\\C-xo\": vi-editing-mode\nset keymap vi-command\n"
		    "\"\\C-xo\": emacs-editing-mode\n\"o\": emacs-editing-mode\n"
		    "set keymap vi-insert\n\"\\C-xo\": emacs-editing-mode\n"
		    "\"\\C-r\": reverse-search-history\n\"\\ep\": "
		    "non-incremental-reverse-search-history\n");
}
