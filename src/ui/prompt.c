/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The line prompt: readline where the terminal can draw, plain lines where it cannot. */
#include "ui/prompt.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

/* readline's headers want FILE to be known */
#include <readline/readline.h>
#include <readline/history.h>

#include "base/utf8.h"
#include "ui/complete.h"
#include "ui/prompt_history.h"
#include "ui/prompt_typed.h"

#define SHOWN_MAX 60

/* Readline's state is the process's, so ours is too: there is one prompt. */
static struct {
	struct sg_prompt_options options;
	bool started;
	struct termios at_start;
	struct termios before_phase;
	bool suspended;
	bool end_of_input;
	struct sg_typed typed;
	/* the candidates of the last completion, for the list that is shown */
	struct sg_arena arena;
	struct sg_candidates candidates;
	const char **aligned; /* as readline replaces them, from where it begins its word */
	size_t n_aligned;
	size_t next_aligned;
} prompt;

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal_number)
{
	(void)signal_number;
	interrupted = 1;
}

/* --- keys --- */

/*
 * Waits for a byte from the terminal. Signals are let in only while it waits, so that none
 * comes between the look at the flag and the wait. False: interrupted, or the terminal is gone.
 */
static bool wait_for_key(bool by_readline)
{
	sigset_t all;
	sigset_t before;
	struct pollfd terminal = {.fd = STDIN_FILENO, .events = POLLIN};
	int n = 0;
	sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, &before);
	while (n <= 0) {
		if (by_readline && rl_pending_signal()) {
			/* readline sends it again to whoever would have had it */
			(void)sigprocmask(SIG_SETMASK, &before, NULL);
			rl_check_signals();
			(void)sigprocmask(SIG_BLOCK, &all, NULL);
			continue;
		}
		if (interrupted)
			break;
		n = ppoll(&terminal, 1, NULL, &before);
		if (n < 0 && errno != EINTR)
			break;
	}
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return n > 0;
}

/* 1: a byte; 0: end of input; -1: interrupted. */
static int read_byte(unsigned char *ret, bool by_readline)
{
	for (;;) {
		if (!wait_for_key(by_readline))
			return interrupted ? -1 : 0;
		ssize_t n = read(STDIN_FILENO, ret, 1);
		if (n == 1)
			return 1;
		if (n == 0 || (errno != EINTR && errno != EAGAIN))
			return 0;
	}
}

static int read_key(FILE *stream)
{
	unsigned char byte;
	(void)stream;
	int got = read_byte(&byte, true);
	if (got < 0)
		return READERR;
	if (got == 0) {
		/*
		 * readline takes the end of input behind text for Enter; the key says that it
		 * was not
		 */
		prompt.end_of_input = true;
		prompt.typed.entered = false;
		return EOF;
	}
	sg_typed_key(&prompt.typed, byte, RL_ISSTATE(RL_STATE_READCMD) && rl_end == 0);
	return byte;
}

/* --- completion --- */

/*
 * Readline begins its word behind the last blank; ours may begin earlier ("a\ b") or later ("--
 * x=b"). A candidate is cut or led in so that it fits where readline replaces. NULL: it cannot.
 */
static const char *align(const char *text, size_t start)
{
	size_t ours = prompt.candidates.word_start;
	if (ours >= start)
		return sg_arena_printf(&prompt.arena, "%.*s%s", (int)(ours - start),
			rl_line_buffer + start, text);
	size_t n = start - ours;
	return strncmp(text, rl_line_buffer + ours, n) == 0 ? text + n : NULL;
}

static void file_candidate(struct sg_strs_builder *b, const char *name)
{
	struct stat st;
	struct sg_strbuf text = SG_STRBUF_INIT;
	struct sg_strbuf clean = SG_STRBUF_INIT;
	sg_utf8_sanitise(&clean, name, strlen(name), SG_SANITISE_LINE);
	sg_complete_escape(&text, name);
	if (stat(name, &st) == 0 && S_ISDIR(st.st_mode))
		sg_strbuf_addc(&text, '/');
	/* a name that could write on the terminal is not offered: it can still be typed */
	if (strcmp(clean.bytes, name) == 0 && !sg_strbuf_failed(&text)) {
		const char *copy = sg_arena_str(&prompt.arena, text.bytes);
		if (copy)
			sg_strs_builder_add(b, copy);
	}
	sg_strbuf_release(&clean);
	sg_strbuf_release(&text);
}

static void file_candidates(void)
{
	struct sg_strs_builder b;
	struct sg_strbuf begun = SG_STRBUF_INIT;
	size_t from = prompt.candidates.word_start;
	sg_strs_builder_init(&b, &prompt.arena);
	sg_complete_unescape(&begun, rl_line_buffer + from, (size_t)rl_point - from);
	for (int state = 0;; state = 1) {
		char *name = rl_filename_completion_function(begun.bytes, state);
		if (!name)
			break;
		file_candidate(&b, name);
		free(name);
	}
	sg_strbuf_release(&begun);
	struct sg_candidate *v = sg_arena_array(&prompt.arena, b.n, sizeof(*v));
	for (size_t i = 0; v && i < b.n; i++)
		v[i] = (struct sg_candidate){b.v[i], ""};
	prompt.candidates.v = v;
	prompt.candidates.n = v ? b.n : 0;
}

static char *next_match(const char *text, int state)
{
	if (!state)
		prompt.next_aligned = 0;
	while (prompt.next_aligned < prompt.n_aligned) {
		const char *match = prompt.aligned[prompt.next_aligned++];
		if (match && strncmp(match, text, strlen(text)) == 0)
			return strdup(match);
	}
	return NULL;
}

static char **complete(const char *text, int start, int end)
{
	(void)end;
	const struct sg_run *run =
		prompt.options.run ? prompt.options.run(prompt.options.ctx) : NULL;
	rl_attempted_completion_over = 1;
	sg_arena_release(&prompt.arena);
	sg_arena_init(&prompt.arena);
	prompt.n_aligned = 0;
	if (sg_complete(&prompt.arena, rl_line_buffer, (size_t)rl_point, run,
		    &prompt.candidates) != SG_OK)
		return NULL;
	if (prompt.candidates.files)
		file_candidates();
	size_t n = prompt.candidates.n;
	prompt.aligned = sg_arena_array(&prompt.arena, n, sizeof(*prompt.aligned));
	if (!n || !prompt.aligned)
		return NULL;
	for (size_t i = 0; i < n; i++)
		prompt.aligned[i] = align(prompt.candidates.v[i].text, (size_t)start);
	prompt.n_aligned = n;
	if (n == 1) {
		const char *only = prompt.candidates.v[0].text;
		char last = *only ? only[strlen(only) - 1] : '\0';
		rl_completion_suppress_append = last == '/' || last == '=';
	}
	return rl_completion_matches(text, next_match);
}

/*
 * One row a candidate. Everything in it is clean: sg_complete and file_candidate see to that.
 */
static void show_matches(char **matches, int n_matches, int longest)
{
	(void)matches;
	(void)n_matches;
	(void)longest;
	size_t width = 0;
	for (size_t i = 0; i < prompt.candidates.n; i++) {
		size_t n = sg_utf8_columns(prompt.candidates.v[i].text);
		width = n > width ? n : width;
	}
	width = width < 32 ? width : 32;
	(void)rl_crlf();
	for (size_t i = 0; i < prompt.candidates.n && i < SHOWN_MAX; i++) {
		const struct sg_candidate *c = &prompt.candidates.v[i];
		size_t n = sg_utf8_columns(c->text);
		(void)fprintf(rl_outstream, "  %s%*s%s\n", c->text,
			*c->description ? (int)(n < width ? width - n : 0) + 2 : 0, "",
			c->description);
	}
	if (prompt.candidates.n > SHOWN_MAX)
		(void)fprintf(
			rl_outstream, "  and %zu more\n", prompt.candidates.n - SHOWN_MAX);
	(void)rl_on_new_line();
	rl_redisplay();
}

/* --- history --- */

static void load_history(void)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_strs lines = {NULL, 0};
	using_history();
	stifle_history(SG_HISTORY_LINES);
	if (prompt.options.history_path)
		sg_history_load(prompt.options.history_path, &arena, &lines);
	for (size_t i = 0; i < lines.n; i++)
		add_history(lines.v[i]);
	sg_arena_release(&arena);
}

static void remember(const char *line)
{
	const HIST_ENTRY *last =
		history_length > 0 ? history_get(history_base + history_length - 1) : NULL;
	if (!sg_complete_remembers(line) || (last && strcmp(last->line, line) == 0))
		return;
	add_history(line);
	if (prompt.options.history_path)
		sg_history_append(prompt.options.history_path, line);
}

/* --- start and stop --- */

static void set_up_readline(void)
{
	rl_readline_name = "stepgate";
	rl_instream = stdin;
	rl_outstream = stdout;
	rl_change_environment = 0;
	rl_getc_function = read_key;
	rl_attempted_completion_function = complete;
	rl_completion_display_matches_hook = show_matches;
	rl_completer_word_break_characters = " \t";
	rl_sort_completion_matches = 0;
	/* a wish before inputrc is read, which may say otherwise */
	(void)rl_variable_bind("show-all-if-ambiguous", "on");
	(void)rl_initialize();
	/* and what it may not: letters that are eight bits wide, and knowing a paste for one */
	(void)rl_variable_bind("input-meta", "on");
	(void)rl_variable_bind("output-meta", "on");
	(void)rl_variable_bind("convert-meta", "off");
	(void)rl_variable_bind("enable-bracketed-paste", "on");
}

/* The kernel's own line editing must erase whole letters where readline does not. */
static void set_up_dumb(void)
{
	struct termios cooked = prompt.at_start;
	cooked.c_iflag |= IUTF8;
	cooked.c_lflag |= ICANON | ISIG;
	(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &cooked);
}

enum sg_rc sg_prompt_start(const struct sg_prompt_options *options, struct sg_err *err)
{
	if (tcgetattr(STDIN_FILENO, &prompt.at_start) < 0)
		return sg_err_errno(err, SG_REFUSED, errno,
			"cannot start the prompt: standard input is no terminal");
	prompt.options = *options;
	prompt.started = true;
	prompt.suspended = false;
	sg_arena_init(&prompt.arena);
	if (options->dumb) {
		set_up_dumb();
	} else {
		load_history();
		set_up_readline();
	}
	return SG_OK;
}

void sg_prompt_stop(void)
{
	if (!prompt.started)
		return;
	prompt.started = false;
	/* what was typed ahead of the end is for us, not for the shell behind us */
	(void)tcflush(STDIN_FILENO, TCIFLUSH);
	(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &prompt.at_start);
	clear_history();
	sg_arena_release(&prompt.arena);
}

void sg_prompt_flush(void)
{
	(void)tcflush(STDIN_FILENO, TCIFLUSH);
	if (!prompt.options.dumb)
		(void)rl_clear_pending_input();
	sg_typed_begin(&prompt.typed);
}

void sg_prompt_suspend(void)
{
	if (prompt.suspended || tcgetattr(STDIN_FILENO, &prompt.before_phase) < 0)
		return;
	struct termios quiet = prompt.before_phase;
	quiet.c_lflag |= ICANON | ISIG;
	quiet.c_lflag &= ~(tcflag_t)ECHOCTL;
	prompt.suspended = tcsetattr(STDIN_FILENO, TCSADRAIN, &quiet) == 0;
}

void sg_prompt_resume(void)
{
	if (!prompt.suspended)
		return;
	prompt.suspended = false;
	(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &prompt.before_phase);
}

/* --- a line --- */

static void say(const char *text)
{
	(void)fputs(text, stdout);
	(void)fflush(stdout);
}

/*
 * The kernel edits; a paste cannot be told from keys here, since such a terminal does not mark
 * it.
 */
static void read_plain(const char *text, struct sg_line *ret)
{
	struct sg_strbuf line = SG_STRBUF_INIT;
	unsigned char byte = 0;
	int got = 0;
	say(text);
	while ((got = read_byte(&byte, false)) == 1 && byte != '\n')
		sg_strbuf_addc(&line, (char)byte);
	/*
	 * a NUL would hide the rest of the line from whoever reads it; a line without its Enter
	 * is none
	 */
	bool whole = got == 1 && strlen(line.bytes) == line.n_bytes;
	ret->typed = whole && !strchr(line.bytes, '\033');
	ret->text = got == 1 ? sg_strbuf_take(&line, NULL) : NULL;
	sg_strbuf_release(&line);
}

static void read_edited(const char *text, struct sg_line *ret)
{
	prompt.end_of_input = false;
	ret->text = readline(text);
	/*
	 * a terminal that went away in the middle of a line must not give the half of a command
	 */
	if (prompt.end_of_input)
		sg_line_release(ret);
	ret->typed = ret->text && sg_typed_whole(&prompt.typed, ret->text);
	if (ret->text && !interrupted)
		remember(ret->text);
}

enum sg_rc sg_prompt_read(const char *text, struct sg_line *ret, struct sg_err *err)
{
	struct sigaction before;
	struct sigaction action = {.sa_handler = on_interrupt};
	struct sg_line line = {NULL, false, false};
	if (!prompt.started)
		return sg_err_set(
			err, SG_REFUSED, "cannot read a line: the prompt was not started");
	sigemptyset(&action.sa_mask);
	interrupted = 0;
	(void)sigaction(SIGINT, &action, &before);
	sg_typed_begin(&prompt.typed);
	if (prompt.options.dumb)
		read_plain(text, &line);
	else
		read_edited(text, &line);
	(void)sigaction(SIGINT, &before, NULL);
	if (interrupted) {
		sg_line_release(&line);
		line.interrupted = true;
		line.typed = false;
		say("\nThe line was cleared; quit or Ctrl-D leaves.\n");
	} else if (!line.text) {
		say("\n");
	}
	*ret = line;
	return SG_OK;
}

void sg_line_release(struct sg_line *line)
{
	free(line->text);
	line->text = NULL;
}
