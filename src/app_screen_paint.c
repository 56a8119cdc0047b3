/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames: the prompt at once, the pane at most thirty times a second. */
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

#include "app_screen.h"
#include "base/clock.h"
#include "base/utf8.h"

#define NS_PER_S INT64_C(1000000000)
enum { PROMPT_ROWS = 5 };

#define WATCH_PROMPT SG_SAY("watch: q leaves")

/* The terminal's descriptor is watched for room only while a frame waits for it. */
static void watch_out(struct sg_app_screen *s)
{
	int fd = sg_screen_out_fd();
	bool wanted = fd >= 0;
	struct epoll_event event = {.events = EPOLLOUT, .data.fd = -1};
	if (wanted == s->out_watched)
		return;
	if (wanted)
		s->out_fd = fd;
	(void)epoll_ctl(s->epoll_fd, wanted ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, s->out_fd, &event);
	s->out_watched = wanted;
}

/* The brief stands on the terminal: only what begins from here can be the signal. */
static void brief_is_out(struct sg_app_screen *s)
{
	if (!*s->framed_digest || strcmp(s->framed_digest, s->drawn_digest) == 0)
		return;
	memcpy(s->drawn_digest, s->framed_digest, sizeof(s->drawn_digest));
	sg_screen_drop_input();
	sg_as_keys_drop(s);
	sg_prompt_screen_begin_typed();
	s->prompt_dirty = true;
}

void sg_as_frame_out(struct sg_app_screen *s)
{
	if (sg_screen_flush_out())
		brief_is_out(s);
	watch_out(s);
}

static size_t prompt_rows_most(size_t rows)
{
	size_t most = rows / 4 < (size_t)PROMPT_ROWS ? rows / 4 : PROMPT_ROWS;
	return most ? most : 1;
}

static void layout_prompt(
	struct sg_app_screen *s, size_t rows, size_t columns, struct sg_prompt_rows *ret)
{
	static const char *watch_rows[1];
	char text[64];
	if (s->read_only) {
		watch_rows[0] = sg_say(s->app->options.say, WATCH_PROMPT);
		*ret = (struct sg_prompt_rows){
			watch_rows, 1, 0, sg_utf8_columns(watch_rows[0])};
		return;
	}
	sg_prompt_screen_text(sg_app_prompt_text(s->app, text, sizeof(text)));
	sg_prompt_screen_layout(columns, prompt_rows_most(rows), ret);
}

static void present(struct sg_app_screen *s, enum sg_pane pane)
{
	s->presented_seq = s->model_seq;
	s->pane.focus = pane;
	s->pane.zoomed = s->pane.help = false;
	s->pane.first[pane] = 0;
	s->focused_by_command = s->zoomed_by_command = false;
}

/* What mends a STEP that stopped is shown as soon as it stops. */
static void present_fix(struct sg_app_screen *s)
{
	const struct sg_run *run = s->view.run;
	if (!s->has_model || !run || s->app->busy || s->presented_seq == s->model_seq)
		return;
	if (run->state == SG_STATE_STOPPED || run->state == SG_STATE_FAILED)
		present(s, SG_PANE_FIX);
}

/* A new brief takes the place of what was shown, whatever was looked at before. */
static void present_brief(struct sg_app_screen *s)
{
	if (!s->has_brief || strcmp(s->brief.digest, s->presented_digest) == 0)
		return;
	if (*s->presented_digest && *s->drawn_digest &&
		strcmp(s->presented_digest, s->drawn_digest) == 0 &&
		s->presented_seq == s->model_seq)
		sg_as_say(s, SG_STYLE_WARN, "what the brief showed has changed: read it again");
	else if (*s->presented_digest && s->presented_seq != s->model_seq)
		s->message[0] = '\0'; /* it was about what is behind us */
	memcpy(s->presented_digest, s->brief.digest, sizeof(s->presented_digest));
	s->drawn_digest[0] = '\0';
	present(s, SG_PANE_BRIEF);
}

struct composing {
	struct sg_rows *rows;
	const struct sg_pane_input *input;
	struct sg_pane_state *state;
	size_t n_rows, columns;
};

static void compose_aside(void *arg)
{
	const struct composing *c = arg;
	(void)sg_pane_compose(c->rows, c->input, c->state, c->n_rows, c->columns);
}

static void compose(
	struct sg_app_screen *s, struct sg_rows *rows, size_t n_rows, size_t columns)
{
	struct sg_pane_input input;
	sg_arena_release(&s->pane_arena);
	sg_arena_init(&s->pane_arena);
	sg_rows_init(rows, &s->pane_arena);
	sg_as_pane_input(s, &s->pane_arena, &input);
	struct composing composing = {rows, &input, &s->pane, n_rows, columns};
	if (sg_as_is_long(s))
		sg_as_aside(s, compose_aside, &composing);
	else
		compose_aside(&composing);
	memset(s->framed_digest, 0, sizeof(s->framed_digest));
	/* on a screen too small for it no signal counts: zoomed (F2) it may fit */
	if (input.brief && s->pane.brief_shown)
		memcpy(s->framed_digest, s->brief.digest, sizeof(s->framed_digest));
	s->app->brief_hidden = input.brief && !s->pane.brief_shown;
	s->pane_rows = n_rows;
	s->pane_columns = columns;
	s->painted_ns = sg_clock_mono_ns();
}

static void arm_timer(struct sg_app_screen *s, int64_t at_ns)
{
	struct itimerspec when = {.it_value = {at_ns / NS_PER_S, at_ns % NS_PER_S}};
	if (at_ns == s->timer_ns)
		return;
	s->timer_ns = at_ns;
	(void)timerfd_settime(s->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

static void arm_for_what_waits(struct sg_app_screen *s)
{
	int64_t at = 0;
	const int64_t pane =
		s->pane_dirty && !s->out_watched ? s->painted_ns + SG_AS_FRAME_NS : 0;
	const int64_t due[] = {pane, s->escape_due_ns, s->model_dirty ? s->model_due_ns : 0,
		sg_as_keys_wait(s) ? 1 : 0};
	for (size_t i = 0; i < SG_ARRAY_SIZE(due); i++)
		if (due[i] && (!at || due[i] < at))
			at = due[i];
	arm_timer(s, at);
}

/* The prompt opens behind the brief: who sees it knows that keys count from now. */
static void hide_prompt(const struct sg_app_screen *s, struct sg_prompt_rows *prompt)
{
	static const char *const blank[PROMPT_ROWS] = {"", "", "", "", ""};
	if (!*s->framed_digest || strcmp(s->framed_digest, s->drawn_digest) == 0)
		return;
	prompt->rows = blank;
	prompt->cursor_row = prompt->cursor_column = 0;
}

static void draw(struct sg_app_screen *s, bool pane_due)
{
	struct sg_prompt_rows prompt;
	struct sg_rows rows;
	size_t n_rows;
	size_t columns;
	sg_screen_size(&n_rows, &columns);
	layout_prompt(s, n_rows, columns, &prompt);
	const size_t above = n_rows > prompt.n ? n_rows - prompt.n : 0;
	const bool whole = pane_due || above != s->pane_rows || columns != s->pane_columns;
	if (whole) {
		compose(s, &rows, above, columns);
		/* which may have taken keys */
		layout_prompt(s, n_rows, columns, &prompt);
	}
	s->prompt_dirty = false;
	hide_prompt(s, &prompt);
	switch (sg_screen_draw(whole ? &rows : NULL, &prompt)) {
	case SG_DRAWN_OUT: brief_is_out(s); break;
	case SG_DRAWN_QUEUED: break;
	case SG_DRAWN_DROPPED:
		watch_out(s);
		s->pane_dirty = s->prompt_dirty = true;
		return;
	}
	/* a filter that goes on with the next frame is not held up for it */
	if (whole && s->pane.unfinished)
		s->painted_ns = 0;
	if (whole)
		s->pane_dirty = s->pane.unfinished || above + prompt.n != n_rows;
	watch_out(s);
}

void sg_as_paint_prompt(struct sg_app_screen *s)
{
	struct sg_prompt_rows prompt;
	size_t n_rows;
	size_t columns;
	if (!s->on || s->read_only || sg_screen_out_fd() >= 0)
		return;
	s->prompt_dirty = sg_prompt_screen_dirty() || s->prompt_dirty;
	sg_screen_size(&n_rows, &columns);
	sg_prompt_screen_layout(columns, prompt_rows_most(n_rows), &prompt);
	const bool fits = s->pane_rows + prompt.n == n_rows && columns == s->pane_columns;
	if (!s->prompt_dirty || !fits)
		return;
	hide_prompt(s, &prompt);
	if (sg_screen_draw(NULL, &prompt) != SG_DRAWN_DROPPED)
		s->prompt_dirty = false;
}

void sg_as_paint(struct sg_app_screen *s)
{
	if (!s->on)
		return;
	const int64_t now = sg_clock_mono_ns();
	/*
	 * a phase may commit a hundred times a second: it is looked at as often as it is drawn
	 */
	if (s->app->busy && now < s->painted_ns + SG_AS_FRAME_NS)
		s->pane_dirty = s->pane_dirty || sg_as_model_is_old(s);
	else if (!s->model_dirty || now >= s->model_due_ns)
		sg_as_model_update(s);
	present_fix(s);
	present_brief(s);
	if (!s->read_only && sg_prompt_screen_dirty())
		s->prompt_dirty = true;
	const bool pane_due = s->pane_dirty && now >= s->painted_ns + SG_AS_FRAME_NS;
	if ((pane_due || s->prompt_dirty) && !s->out_watched)
		draw(s, pane_due);
	if (s->prompt_dirty && !s->out_watched)
		draw(s, false);
	arm_for_what_waits(s);
}
