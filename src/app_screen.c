/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The full screen: start, the one event loop, signals, and what is left on the terminal. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "app_screen.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/utf8.h"

#define KILL_LEVEL 3

/* --- signals --- */

static void block_signals(struct sg_app_screen *s, sigset_t *ret)
{
	static const int ours[] = {
		SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH, SIGCONT};
	sigemptyset(ret);
	for (size_t i = 0; i < SG_ARRAY_SIZE(ours); i++)
		sigaddset(ret, ours[i]);
	(void)sigprocmask(SIG_BLOCK, ret, &s->signals_before);
}

static void on_interrupt(struct sg_app_screen *s)
{
	static const char *const sent[] = {"INT", "TERM", "KILL"};
	if (s->read_only) {
		s->leave = true;
	} else if (s->app->busy) {
		s->interrupts += s->interrupts < KILL_LEVEL;
		if (s->interrupts < KILL_LEVEL)
			sg_as_say(s, SG_STYLE_WARN,
				"Ctrl-C: %s to what runs; again is stronger",
				sent[s->interrupts - 1]);
		else
			sg_as_say(s, SG_STYLE_WARN, "Ctrl-C: %s to what runs",
				sent[s->interrupts - 1]);
	} else if (s->on) {
		sg_screen_end_paste();
		sg_prompt_screen_interrupt();
		sg_as_say(s, SG_STYLE_DIM, "The line was cleared; quit or Ctrl-D leaves.");
	} else {
		s->leave = true;
	}
}

/*
 * The terminal goes back at once; what runs is ended, and then so are we, by the same signal.
 */
static void on_end(struct sg_app_screen *s, int number)
{
	s->end_signal = number;
	s->leave = s->app->quit = true;
	if (s->app->busy)
		s->interrupts = s->interrupts < 2 ? 2 : KILL_LEVEL;
	sg_as_off(s);
	/* nobody reads any more, and a terminal that takes nothing would hold us up for ever */
	s->app->out.failed = true;
	FILE *nowhere = freopen("/dev/null", "w", stderr);
	(void)nowhere;
}

/* The shell had the terminal, its title too, and others may have gone on with the run. */
static void look_again(struct sg_app_screen *s)
{
	s->title[0] = '\0';
	s->model_dirty = true;
	s->model_due_ns = 0;
}

static void on_signal(struct sg_app_screen *s, int number)
{
	switch (number) {
	case SIGINT: on_interrupt(s); return;
	case SIGTERM:
	case SIGHUP:
	case SIGQUIT: on_end(s, number); return;
	case SIGWINCH:
		if (s->on)
			sg_screen_resized();
		break;
	case SIGTSTP:
		if (s->on)
			sg_screen_suspend();
		look_again(s);
		break;
	case SIGCONT:
		if (s->on)
			sg_screen_continued();
		look_again(s);
		break;
	default: return;
	}
	s->pane_dirty = true;
	s->painted_ns = 0;
}

static void take_signals(struct sg_app_screen *s)
{
	struct signalfd_siginfo info;
	while (read(s->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		on_signal(s, (int)info.ssi_signo);
}

/* --- the loop --- */

static bool watch_fd(struct sg_app_screen *s, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
	return fd >= 0 && epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

static void take_timer(struct sg_app_screen *s)
{
	uint64_t rings;
	if (read(s->timer_fd, &rings, sizeof(rings)) == (ssize_t)sizeof(rings))
		s->timer_ns = 0;
}

static void take_event(struct sg_app_screen *s, const struct epoll_event *event)
{
	const int fd = event->data.fd;
	if (fd == s->signal_fd)
		take_signals(s);
	else if (fd == s->inotify_fd)
		sg_as_watch_take(s);
	else if (fd == s->timer_fd)
		take_timer(s);
	else if (fd == s->stderr_fd)
		sg_as_stderr_take(s);
	else if (fd == -1 && s->on)
		sg_as_frame_out(s);
}

static void turn(struct sg_app_screen *s, int wait_ms)
{
	enum { EVENTS = 8 };
	struct epoll_event events[EVENTS];
	int n = epoll_wait(s->epoll_fd, events, EVENTS, wait_ms);
	for (int i = 0; i < n; i++)
		take_event(s, &events[i]);
	/* also behind the timer: an ESC that stayed alone is a key now */
	if (s->on && !s->leave)
		sg_as_keys(s);
	sg_as_paint(s);
}

void sg_as_turn(struct sg_app_screen *s)
{
	turn(s, 0);
}

static void loop(struct sg_app_screen *s)
{
	sg_as_paint(s);
	while (!s->leave && s->on)
		turn(s, -1);
}

/* --- start and end --- */

static bool open_descriptors(struct sg_app_screen *s)
{
	sigset_t signals;
	block_signals(s, &signals);
	s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	s->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	s->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	s->inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	/* without inotify (its instances are counted) changes are seen at the next command */
	(void)watch_fd(s, s->inotify_fd);
	return s->epoll_fd >= 0 && watch_fd(s, s->signal_fd) && watch_fd(s, s->timer_fd) &&
	       watch_fd(s, STDIN_FILENO);
}

static void close_descriptors(struct sg_app_screen *s)
{
	sg_fd_close(&s->epoll_fd);
	sg_fd_close(&s->signal_fd);
	sg_fd_close(&s->timer_fd);
	sg_fd_close(&s->inotify_fd);
	(void)sigprocmask(SIG_SETMASK, &s->signals_before, NULL);
}

static struct sg_app_screen *new_screen(struct sg_app *app, bool read_only)
{
	struct sg_app_screen *s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->app = app;
	s->read_only = read_only;
	s->log.most = app->options.log_rows;
	s->epoll_fd = s->signal_fd = s->inotify_fd = s->timer_fd = s->stderr_fd = -1;
	s->stderr_before = -1;
	sg_strbuf_init(&s->stderr_line);
	sg_strbuf_init(&s->held_bytes);
	sg_arena_init(&s->arena);
	sg_arena_init(&s->pane_arena);
	s->model_dirty = true;
	s->pane_dirty = s->prompt_dirty = true;
	return s;
}

static void free_screen(struct sg_app_screen *s)
{
	sg_as_log_release(&s->log);
	sg_as_watch_release(s);
	sg_pane_state_release(&s->pane);
	sg_arena_release(&s->arena);
	sg_arena_release(&s->pane_arena);
	sg_strbuf_release(&s->held_bytes);
	free(s);
}

void sg_as_off(struct sg_app_screen *s)
{
	if (!s->on)
		return;
	s->on = false;
	if (!s->read_only)
		sg_prompt_screen_stop();
	(void)epoll_ctl(s->epoll_fd, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
	if (s->out_watched)
		(void)epoll_ctl(s->epoll_fd, EPOLL_CTL_DEL, s->out_fd, NULL);
	s->out_watched = false;
	sg_screen_stop();
	sg_as_stderr_end(s);
	s->app->out.sink = NULL;
	/* the line prompt prints the brief for itself */
	s->app->shown_digest[0] = '\0';
}

static enum sg_rc start(
	struct sg_app_screen *s, const struct sg_prompt_options *prompt, struct sg_err *err)
{
	struct sg_screen_options options = {.colour = s->app->options.colour};
	if (!open_descriptors(s))
		return sg_err_errno(err, SG_STORAGE, errno, "cannot start the screen");
	/* whatever inputrc says: without its marks a pasted signal would be a typed one */
	options.paste = prompt != NULL;
	if (prompt)
		sg_prompt_screen_start(prompt);
	enum sg_rc rc = sg_screen_start(&options, err);
	if (rc == SG_OK)
		rc = sg_as_stderr_begin(s, err);
	if (rc != SG_OK) {
		sg_screen_stop();
		if (prompt)
			sg_prompt_screen_stop();
		return rc;
	}
	(void)watch_fd(s, s->stderr_fd);
	s->on = true;
	s->app->screen = s;
	s->app->out.sink = sg_as_log_row;
	s->app->out.sink_ctx = s;
	return SG_OK;
}

/* One line of the terminal, with dots where it goes on. */
static void say_line(struct sg_app *app, enum sg_style style, const char *text, size_t columns)
{
	const char *more = app->options.ascii ? "..." : "…";
	size_t room = columns > 4 ? columns - 3 : 1;
	size_t n = 0;
	if (!columns || sg_utf8_columns(text) <= columns) {
		sg_plain_line(&app->out, style, "%s", text);
		return;
	}
	while (text[n]) {
		uint32_t code_point;
		const size_t length = sg_utf8_decode(text + n, strlen(text + n), &code_point);
		const int width = length ? sg_utf8_width(code_point) : 1;
		if (width > 0 && (size_t)width > room)
			break;
		room -= width > 0 ? (size_t)width : 0;
		n += length ? length : 1;
	}
	sg_plain_line(&app->out, style, "%.*s%s", (int)n, text, more);
}

/* STEP, status, what is awaited: three lines on the normal screen. */
static void say_where_it_stands(struct sg_app *app, size_t columns)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_err err = SG_ERR_INIT;
	struct sg_view_input in;
	struct sg_rows rows;
	sg_app_rows_init(app, &rows, &arena);
	if (app->session && sg_app_view(app, &arena, false, &in, &err) == SG_OK) {
		const struct sg_manifest *m = &in.run->manifest;
		const enum sg_state state = in.run->state;
		const bool claimed = state == SG_STATE_EMPTY;
		/* else it is still that of the STEP before */
		const bool ended = state == SG_STATE_STOPPED || state == SG_STATE_FAILED;
		sg_rows_add(&rows, SG_STYLE_HEAD, "STEP %s  %s",
			*m->step_id ? sg_rows_clean(&rows, m->step_id) : "-",
			sg_rows_clean(&rows, m->step_goal));
		sg_rows_add(&rows, SG_STYLE_PLAIN, "%s%s%s%s",
			*m->step_id && claimed ? "CLAIMED " : "",
			*m->step_id ? sg_step_status_name(m->step_status)
				    : sg_say(app->options.say, SG_SAY("no STEP yet")),
			ended ? "  " : "", ended ? sg_rows_clean(&rows, m->fail_code) : "");
		sg_view_next(&rows, &in);
		for (size_t i = 0; i < rows.n; i++)
			say_line(app, rows.v[i].style, rows.v[i].text, columns);
	}
	sg_arena_release(&arena);
}

static void end(struct sg_app_screen *s)
{
	struct sg_app *app = s->app;
	const int end_signal = s->end_signal;
	const size_t columns = s->pane_columns;
	sg_as_off(s);
	app->screen = NULL;
	if (!end_signal && !app->to_plain)
		say_where_it_stands(app, columns);
	sg_as_aside_end(s);
	close_descriptors(s);
	free_screen(s);
	if (end_signal) {
		(void)signal(end_signal, SIG_DFL);
		(void)raise(end_signal);
	}
}

/* For who sits here for the first time; what the session said of itself comes over it. */
static void greet_newcomer(struct sg_app_screen *s)
{
	const struct sg_run *run = sg_session_run(s->app->session);
	if (s->read_only)
		return;
	if (run->state == SG_STATE_AWAIT)
		sg_as_say(s, SG_STYLE_DIM,
			"%s and Enter starts what the brief names; F1 shows keys and commands",
			SG_USER_SIGNAL);
	else
		sg_as_say(s, SG_STYLE_DIM,
			"F1 shows keys and commands, Tab completes, quit leaves");
}

/* What stands when the screen opens is above; without a run, how to begin one. */
static void greet(struct sg_app_screen *s)
{
	struct sg_err err = SG_APP_ERR_INIT(s->app);
	if (sg_app_session(s->app, s->read_only, &err) != SG_OK) {
		sg_app_complain(&err);
		sg_plain_say(&s->app->out, SG_STYLE_DIM,
			"help lists the commands; init starts a run here");
	} else {
		greet_newcomer(s);
	}
	sg_as_stderr_take(s);
	sg_as_watch_update(s);
}

int sg_app_full_screen(struct sg_app *app)
{
	struct sg_strbuf path = SG_STRBUF_INIT;
	struct sg_err err = SG_ERR_INIT;
	struct sg_prompt_options prompt = {.history_path = sg_app_history_path(app, &path),
		.say = app->options.say,
		.run = sg_app_completion_run,
		.ctx = app};
	struct sg_app_screen *s = new_screen(app, false);
	enum sg_rc rc = s ? start(s, &prompt, &err) : SG_NOMEM;
	if (rc != SG_OK) {
		if (s) {
			close_descriptors(s);
			free_screen(s);
		}
		sg_strbuf_release(&path);
		return -1;
	}
	greet(s);
	loop(s);
	end(s);
	sg_strbuf_release(&path);
	return 0;
}

enum sg_rc sg_app_watch_screen(struct sg_app *app, struct sg_err *err)
{
	struct sg_app_screen *s = new_screen(app, true);
	enum sg_rc rc = s ? start(s, NULL, err) : SG_NOMEM;
	if (rc != SG_OK) {
		if (s) {
			close_descriptors(s);
			free_screen(s);
		}
		return rc;
	}
	greet(s);
	loop(s);
	end(s);
	return SG_OK;
}
