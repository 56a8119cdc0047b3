/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A phase under the full screen: what the executor tells, and the turn it gives us. */
#include <stdio.h>
#include <string.h>

#include "app_screen.h"
#include "base/clock.h"
#include "base/utf8.h"

#define NS_PER_S   INT64_C(1000000000)
#define BELL_AFTER (10 * NS_PER_S)
#define LEVEL_MAX  3

static size_t slot_of(struct sg_app_screen *s, struct sg_job *job)
{
	for (size_t i = 0; i < SG_AS_JOBS; i++)
		if (s->jobs[i] == job)
			return i;
	for (size_t i = 0; i < SG_AS_JOBS; i++) {
		if (s->jobs[i] && !s->jobs[i]->done)
			continue;
		if (s->jobs[i])
			sg_plain_stream_end(&s->app->out, &s->streams[i]);
		s->jobs[i] = job;
		s->job_start_ns[i] = sg_clock_mono_ns();
		sg_plain_stream_begin(&s->streams[i], job->name);
		return i;
	}
	return SG_AS_JOBS;
}

static void name_log(struct sg_app_screen *s, const char *name)
{
	(void)snprintf(s->log.name, sizeof(s->log.name), "%s", name);
}

static void on_started(void *ctx, struct sg_job *job)
{
	struct sg_app_screen *s = ctx;
	size_t slot = slot_of(s, job);
	sg_plain_line(&s->app->out, SG_STYLE_RUN, "%s %s", s->app->options.ascii ? ">" : "▶",
		job->name);
	if (slot < SG_AS_JOBS)
		name_log(s, s->streams[slot].name);
	s->pane_dirty = true;
	sg_as_turn(s);
}

static void on_output(void *ctx, struct sg_job *job, const char *bytes, size_t n_bytes)
{
	struct sg_app_screen *s = ctx;
	size_t slot = slot_of(s, job);
	if (slot == SG_AS_JOBS)
		return;
	sg_plain_stream_add(&s->app->out, &s->streams[slot], bytes, n_bytes);
	name_log(s, s->streams[slot].name);
}

static void on_watched(void *ctx)
{
	sg_as_turn(ctx);
}

static int on_tick(void *ctx)
{
	struct sg_app_screen *s = ctx;
	const int64_t now = sg_clock_mono_ns();
	if (now - s->elapsed_shown_ns >= NS_PER_S) {
		s->elapsed_shown_ns = now;
		s->pane_dirty = true;
	}
	sg_as_paint(s);
	return s->interrupts < LEVEL_MAX ? s->interrupts : LEVEL_MAX;
}

void sg_as_listener(struct sg_app_screen *s, struct sg_loop_listener *ret)
{
	*ret = (struct sg_loop_listener){.started = on_started,
		.output = on_output,
		.tick = on_tick,
		.watch_fd = s->epoll_fd,
		.watched = on_watched,
		.aside = sg_as_aside,
		.ctx = s};
}

void sg_as_phase_begin(struct sg_app_screen *s)
{
	memset(s->jobs, 0, sizeof(s->jobs));
	s->phase_start_ns = sg_clock_mono_ns();
	s->app->busy = true;
	s->asked_to_leave = false;
	s->pane.scrolled = false;
	if (s->pane.focus == SG_PANE_BRIEF)
		s->pane.focus = SG_PANE_LOG;
	s->message[0] = '\0';
	s->pane_dirty = true;
	sg_as_turn(s);
}

void sg_as_phase_end(struct sg_app_screen *s)
{
	for (size_t i = 0; i < SG_AS_JOBS; i++)
		if (s->jobs[i])
			sg_plain_stream_end(&s->app->out, &s->streams[i]);
	memset(s->jobs, 0, sizeof(s->jobs));
	s->app->busy = false;
	s->model_dirty = true;
	s->model_due_ns = 0;
	s->pane_dirty = true;
	if (s->on && sg_clock_mono_ns() - s->phase_start_ns > BELL_AFTER)
		sg_as_bell(s);
	sg_as_watch_update(s);
}
