/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program: options, locale, front end. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/table.h"
#include "cmd/signal.h"
#include "stepgate/stepgate.h"

#define COMMANDS_MAX 64

struct line_options {
	struct sg_app_options app;
	const char *commands[COMMANDS_MAX]; /* -c */
	size_t n_commands;
	const char *file; /* -f */
	bool plain;
	const char *colour;
	struct sg_settings settings;
	int first; /* index of the subcommand in argv */
};

static const char usage_text[] = SG_SAY(
	"usage: stepgate [-m MANIFEST] [--plain] [--ascii] [--color=auto|always|never]\n"
	"                [--keep-going] [-c COMMAND]... [-f FILE] [COMMAND [ARGUMENT]...]\n"
	"       stepgate --help | --version\n"
	"Without a command: the prompt on a terminal, else commands from standard input.\n"
	"stepgate help lists the commands; stepgate(1) says what can be set in\n"
	"$XDG_CONFIG_HOME/stepgate/config, else ~/.config/stepgate/config.\n");

static int usage_error(const struct line_options *o, const char *what, const char *word)
{
	sg_say_fn *say = o->app.say;
	(void)fprintf(stderr, "stepgate: %s %s\n%s", sg_say(say, what), word,
		sg_say(say, usage_text));
	return 2;
}

/* The value of "-m V", "-mV" or NULL when it is missing; moves *i. */
static const char *value_of(int argc, char **argv, int *i)
{
	if (argv[*i][2])
		return argv[*i] + 2;
	return *i + 1 < argc ? argv[++*i] : NULL;
}

static int short_option(struct line_options *o, int argc, char **argv, int *i)
{
	char letter = argv[*i][1];
	const char *word = argv[*i];
	if (!strchr("mcf", letter))
		return usage_error(o, SG_SAY("there is no option"), word);
	const char *value = value_of(argc, argv, i);
	if (!value)
		return usage_error(o, SG_SAY("a value is missing behind"), word);
	if (letter == 'm') {
		o->app.manifest = value;
	} else if (letter == 'f') {
		o->file = value;
	} else {
		if (o->n_commands == COMMANDS_MAX)
			return usage_error(o, SG_SAY("too many commands at"), word);
		o->commands[o->n_commands++] = value;
	}
	return 0;
}

static int long_option(struct line_options *o, const char *word)
{
	if (strcmp(word, "--plain") == 0)
		o->plain = true;
	else if (strcmp(word, "--ascii") == 0)
		o->app.ascii = true;
	else if (strcmp(word, "--keep-going") == 0)
		o->app.keep_going = true;
	else if (strncmp(word, "--color=", 8) == 0)
		o->colour = word + 8;
	else
		return usage_error(o, SG_SAY("there is no option"), word);
	if (o->colour && strcmp(o->colour, "auto") != 0 && strcmp(o->colour, "always") != 0 &&
		strcmp(o->colour, "never") != 0)
		return usage_error(
			o, SG_SAY("expected auto, always or never, found"), o->colour);
	return 0;
}

/* 0: go on; else the exit code + 1, so that --help can end with 0. */
static int read_options(struct line_options *o, int argc, char **argv)
{
	int i = 1;
	for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
		if (strcmp(argv[i], "--") == 0) {
			i++;
			break;
		}
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			(void)fputs(sg_say(o->app.say, usage_text), stdout);
			return 1;
		}
		if (strcmp(argv[i], "--version") == 0) {
			(void)puts("stepgate " SG_VERSION);
			return 1;
		}
		int bad = argv[i][1] == '-' ? long_option(o, argv[i])
					    : short_option(o, argc, argv, &i);
		if (bad)
			return bad + 1;
	}
	o->first = i;
	return 0;
}

static const char *state_home(char *out, size_t out_size)
{
	const char *xdg = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");
	if (xdg && *xdg == '/')
		return xdg;
	if (!home || *home != '/')
		return NULL;
	(void)snprintf(out, out_size, "%s/.local/state", home);
	return out;
}

static bool wants_colour(const struct line_options *o)
{
	const char *no_colour = getenv("NO_COLOR");
	if (o->colour && strcmp(o->colour, "always") == 0)
		return true;
	if (o->colour && strcmp(o->colour, "never") == 0)
		return false;
	if ((no_colour && *no_colour) || sg_setting_is(&o->settings, SG_SETTING_COLOR, "never"))
		return false;
	return sg_setting_is(&o->settings, SG_SETTING_COLOR, "always") ||
	       (isatty(STDOUT_FILENO) && !o->app.dumb);
}

static int run_words(struct sg_app *app, int argc, char **argv, int first)
{
	struct sg_err err = SG_APP_ERR_INIT(app);
	enum sg_rc rc;
	if (argc - first == 1) {
		/*
		 * one word may be the signal: it goes the way of a line, to be refused with its
		 * reason
		 */
		struct sg_words one = {(const char *const *)&argv[first], NULL, 1};
		enum sg_signal_word word = sg_signal_word(argv[first], strlen(argv[first]));
		rc = word == SG_WORD_OTHER ? sg_app_words(app, &one, &err)
					   : sg_app_line(app, argv[first], false, false, &err);
	} else {
		struct sg_words words = {
			(const char *const *)&argv[first], NULL, (size_t)(argc - first)};
		rc = sg_app_words(app, &words, &err);
	}
	sg_app_complain(&err);
	return sg_app_exit_code(rc);
}

static int run_file(struct sg_app *app, const char *path)
{
	struct sg_err err = SG_APP_ERR_INIT(app);
	int fd SG_CLEANUP(sg_fd_close) = -1;
	enum sg_rc rc = sg_fs_open_read(AT_FDCWD, path, &fd, &err);
	if (rc != SG_OK) {
		sg_app_complain(&err);
		return sg_app_exit_code(rc);
	}
	return sg_app_batch_fd(app, fd, path);
}

/* The full screen, or where the terminal or the operator will not have it, the line prompt. */
static int run_operator(struct sg_app *app)
{
	int code = app->options.full ? sg_app_full_screen(app) : -1;
	if (code < 0 || app->to_plain) {
		app->to_plain = false;
		code = sg_app_prompt(app);
	}
	return code;
}

static int run_front_end(struct line_options *o, int argc, char **argv)
{
	struct sg_app app;
	int code;
	bool batch = o->n_commands || o->file || o->first < argc;
	o->app.prompt = !batch && o->app.terminal;
	if (o->app.prompt)
		sg_text_charset();
	sg_app_init(&app, &o->app);
	if (o->first < argc)
		code = run_words(&app, argc, argv, o->first);
	else if (o->n_commands)
		code = sg_app_batch_lines(&app, o->commands, o->n_commands);
	else if (o->file)
		code = run_file(&app, o->file);
	else if (o->app.prompt)
		code = run_operator(&app);
	else
		code = sg_app_batch_fd(&app, STDIN_FILENO, "stdin");
	code = sg_app_end(&app, code);
	sg_app_release(&app);
	return code;
}

/* What options and environment leave open. */
static void apply_settings(struct line_options *o)
{
	const char *front = getenv("STEPGATE_UI");
	const bool front_given = front && *front;
	const bool plain = front_given ? strcmp(front, "plain") == 0
				       : sg_setting_is(&o->settings, SG_SETTING_UI, "plain");
	o->app.full = !o->plain && !o->app.dumb && !plain;
	o->app.colour = wants_colour(o);
	o->app.ascii = o->app.ascii || sg_setting_is(&o->settings, SG_SETTING_ASCII, "yes");
	o->app.bell = sg_setting_is(&o->settings, SG_SETTING_BELL, "yes");
	o->app.title = sg_setting_is(&o->settings, SG_SETTING_TITLE, "yes");
	o->app.log_rows = o->settings.value[SG_SETTING_LOG_ROWS];
}

int main(int argc, char **argv)
{
	struct line_options options = {.colour = NULL};
	struct sg_err err = SG_ERR_INIT;
	char state[4096];
	/* our memory and descriptors are nobody's to look into, of the same user either */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	enum sg_rc rc = sg_app_settings(&options.settings, &err);
	options.app.say = sg_text_begin(&options.settings);
	int done = read_options(&options, argc, argv);
	if (done)
		return done - 1;
	if (rc != SG_OK) {
		/* to go on as if nothing were set would hide the slip for ever */
		sg_app_complain(&err);
		return sg_app_exit_code(SG_INPUT);
	}
	(void)signal(SIGPIPE, SIG_IGN);
	uint64_t seed = 0;
	if (sg_random(&seed, sizeof(seed), NULL) == SG_OK)
		sg_table_seed(seed);
	const char *term = getenv("TERM");
	options.app.environment = getenv("STEPGATE_MANIFEST");
	options.app.home_state = state_home(state, sizeof(state));
	options.app.tmp_root = getenv("TMPDIR");
	options.app.terminal = sg_app_one_terminal();
	options.app.dumb = !term || !*term || strcmp(term, "dumb") == 0;
	apply_settings(&options);
	return run_front_end(&options, argc, argv);
}
