/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The line prompt: readline where the terminal can draw, plain lines where it cannot. */
#include "ui/prompt.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* readline's headers want FILE to be known */
#include <readline/readline.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "ui/prompt_readline.h"
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
	struct sg_answer answer;
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
	sg_answer_key(&prompt.answer, byte, sg_clock_mono_ns(), &prompt.typed);
	return byte;
}

/* --- completion --- */

/*
 * One row a candidate. Everything in it is clean: sg_complete and file_candidate see to that.
 */
static void show_matches(char **matches, int n_matches, int longest)
{
	(void)matches;
	(void)n_matches;
	(void)longest;
	const struct sg_candidates *candidates = sg_readline_candidates();
	size_t width = 0;
	for (size_t i = 0; i < candidates->n; i++) {
		size_t n = sg_utf8_columns(candidates->v[i].text);
		width = n > width ? n : width;
	}
	width = width < 32 ? width : 32;
	(void)rl_crlf();
	for (size_t i = 0; i < candidates->n && i < SHOWN_MAX; i++) {
		const struct sg_candidate *c = &candidates->v[i];
		size_t n = sg_utf8_columns(c->text);
		(void)fprintf(rl_outstream, "  %s%*s%s\n", c->text,
			*c->description ? (int)(n < width ? width - n : 0) + 2 : 0, "",
			sg_say(prompt.options.say, c->description));
	}
	if (candidates->n > SHOWN_MAX)
		(void)fprintf(rl_outstream, sg_say(prompt.options.say, "  and %zu more\n"),
			candidates->n - SHOWN_MAX);
	(void)rl_on_new_line();
	rl_redisplay();
}

/* --- start and stop --- */

static void set_up_readline(void)
{
	rl_readline_name = "stepgate";
	rl_instream = stdin;
	rl_outstream = stdout;
	rl_change_environment = 0;
	rl_getc_function = read_key;
	rl_attempted_completion_function = sg_readline_complete;
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
	sg_readline_begin(options->run, options->ctx);
	if (options->dumb) {
		set_up_dumb();
	} else {
		sg_readline_load_history(options->history_path);
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
	sg_readline_end();
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
	while ((got = read_byte(&byte, false)) == 1) {
		sg_answer_key(&prompt.answer, byte, sg_clock_mono_ns(), &prompt.typed);
		if (byte == '\n')
			break;
		sg_strbuf_addc(&line, (char)byte);
	}
	/*
	 * a NUL would hide the rest of the line from whoever reads it; a line without its Enter
	 * is none
	 */
	bool whole = got == 1 && strlen(line.bytes) == line.n_bytes;
	ret->typed = whole && !prompt.typed.tainted && !strchr(line.bytes, '\033');
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
		sg_readline_remember(prompt.options.history_path, ret->text);
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
		say(sg_say(prompt.options.say,
			"\nThe line was cleared; quit or Ctrl-D leaves.\n"));
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
