/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Work that would hold up the keys (a sync, git, hashes, a search through a million rows) is
 * done aside: by a thread of its own, and the prompt lives on meanwhile.
 *
 * Only one of the two ever holds the run. While the work is done this thread touches nothing
 * but the terminal and readline: it takes keys that edit the line and paints the prompt's rows.
 * What else is pressed, and every other event, waits until the work is done. So the work needs
 * no locks, and may touch whatever it likes but the terminal and readline.
 *
 * The thread stays: what it starts is told to die with the thread that started it.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "app_screen.h"
#include "base/clock.h"
#include "base/fs.h"

#define CRASH_STACK ((size_t)64 * 1024)

struct sg_as_aside {
	pthread_t thread;
	int start_fd, done_fd; /* eventfds: there is work, it is done */
	void (*fn)(void *arg); /* NULL: end */
	void *arg;
	atomic_uint started, finished; /* of what is said by the descriptors, in the C sense */
	bool under_way;
};

static void ring(int fd)
{
	const uint64_t one = 1;
	while (write(fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

static void hear(int fd)
{
	uint64_t rings;
	while (read(fd, &rings, sizeof(rings)) < 0 && errno == EINTR)
		;
}

/* --- the thread --- */

/* A crash here is the program's: its handler needs a stack, too. */
static void *take_crash_stack(void)
{
	void *bytes = malloc(CRASH_STACK);
	const stack_t stack = {.ss_sp = bytes, .ss_size = CRASH_STACK};
	if (bytes)
		(void)sigaltstack(&stack, NULL);
	return bytes;
}

static void *work(void *ctx)
{
	struct sg_as_aside *a = ctx;
	void *stack = take_crash_stack();
	for (;;) {
		hear(a->start_fd);
		(void)atomic_load(&a->started);
		if (!a->fn)
			break;
		a->fn(a->arg);
		atomic_fetch_add(&a->finished, 1u);
		ring(a->done_fd);
	}
	const stack_t none = {.ss_flags = SS_DISABLE};
	(void)sigaltstack(&none, NULL);
	free(stack);
	return NULL;
}

/* Signals are the main thread's, all but those that a crash sends to who crashed. */
static bool start_thread(struct sg_as_aside *a)
{
	sigset_t all;
	sigset_t before;
	sigfillset(&all);
	sigdelset(&all, SIGSEGV);
	sigdelset(&all, SIGBUS);
	sigdelset(&all, SIGFPE);
	sigdelset(&all, SIGILL);
	sigdelset(&all, SIGABRT);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	const bool started = pthread_create(&a->thread, NULL, work, a) == 0;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return started;
}

static struct sg_as_aside *begin(void)
{
	struct sg_as_aside *a = calloc(1, sizeof(*a));
	if (!a)
		return NULL;
	a->start_fd = eventfd(0, EFD_CLOEXEC);
	a->done_fd = eventfd(0, EFD_CLOEXEC);
	if (a->start_fd >= 0 && a->done_fd >= 0 && start_thread(a))
		return a;
	sg_fd_close(&a->start_fd);
	sg_fd_close(&a->done_fd);
	free(a);
	return NULL;
}

void sg_as_aside_end(struct sg_app_screen *s)
{
	struct sg_as_aside *a = s->aside;
	if (!a)
		return;
	a->fn = NULL;
	atomic_fetch_add(&a->started, 1u);
	ring(a->start_fd);
	(void)pthread_join(a->thread, NULL);
	sg_fd_close(&a->start_fd);
	sg_fd_close(&a->done_fd);
	free(a);
	s->aside = NULL;
}

bool sg_as_aside_under_way(const struct sg_app_screen *s)
{
	return s->aside && s->aside->under_way;
}

/* --- meanwhile --- */

/* keys: they are taken still; not where one waits already. */
static void wait_for_either(struct sg_app_screen *s, bool keys, struct pollfd fds[3])
{
	const int out_fd = s->on ? sg_screen_out_fd() : -1;
	fds[0] = (struct pollfd){.fd = s->aside->done_fd, .events = POLLIN};
	fds[1] = (struct pollfd){.fd = keys ? STDIN_FILENO : -1, .events = POLLIN};
	fds[2] = (struct pollfd){.fd = out_fd, .events = POLLOUT};
	while (poll(fds, 3, -1) < 0 && errno == EINTR)
		;
}

static void live_until_done(struct sg_app_screen *s)
{
	struct pollfd fds[3] = {{.fd = -1}, {.fd = -1}, {.fd = -1}};
	const bool prompt = s->on && !s->read_only && !s->pane.help;
	/* at first those that were read with the key that began it */
	bool news = prompt;
	do {
		if (fds[2].revents)
			(void)sg_screen_flush_out();
		while (news && sg_as_keys_aside(s))
			;
		if (news)
			sg_as_paint_prompt(s);
		wait_for_either(s, prompt && !sg_as_keys_wait(s), fds);
		news = fds[1].revents || fds[2].revents;
	} while (!fds[0].revents);
	hear(s->aside->done_fd);
	(void)atomic_load(&s->aside->finished);
}

void sg_as_aside(void *ctx, void (*fn)(void *arg), void *arg)
{
	struct sg_app_screen *s = ctx;
	if (!s->aside && s->on)
		s->aside = begin();
	struct sg_as_aside *a = s->aside;
	/* what is done aside may itself have parts that are */
	if (!a || !s->on || a->under_way) {
		fn(arg);
		return;
	}
	a->under_way = true;
	a->fn = fn;
	a->arg = arg;
	atomic_fetch_add(&a->started, 1u);
	ring(a->start_fd);
	live_until_done(s);
	a->under_way = false;
}

void sg_app_aside(struct sg_app *app, void (*fn)(void *arg), void *arg)
{
	if (app->screen)
		sg_as_aside(app->screen, fn, arg);
	else
		fn(arg);
}
