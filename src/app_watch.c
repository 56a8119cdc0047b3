/* SPDX-License-Identifier: GPL-3.0-or-later */
/* watch, plain: the status, then each event as it is appended, until interrupted. Read-only. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "app.h"
#include "base/fs.h"

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal_number)
{
	(void)signal_number;
	interrupted = 1;
}

struct follow {
	struct sg_app *app;
	int64_t after; /* events up to here were shown */
};

static enum sg_rc show_new(void *ctx, const struct sg_event *event, const char *line,
	size_t n_bytes, struct sg_err *err)
{
	struct follow *follow = ctx;
	(void)line;
	(void)n_bytes;
	(void)err;
	if (event->seq <= follow->after)
		return SG_OK;
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_rows rows;
	sg_app_rows_init(follow->app, &rows, &arena);
	sg_view_event(&rows, event);
	sg_plain_rows(&follow->app->out, &rows);
	sg_arena_release(&arena);
	return SG_OK;
}

static enum sg_rc show_status(struct sg_app *app, struct sg_err *err)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_rows rows;
	struct sg_view_input in;
	sg_app_rows_init(app, &rows, &arena);
	enum sg_rc rc = sg_app_view(app, &arena, true, &in, err);
	if (rc == SG_OK) {
		sg_view_status(&rows, &in);
		sg_plain_rows(&app->out, &rows);
	}
	sg_arena_release(&arena);
	return rc;
}

static enum sg_rc follow_changes(struct sg_app *app, int fd, struct sg_err *err)
{
	struct follow follow = {app, sg_session_run(app->session)->seq};
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	char buffer[4096];
	while (!interrupted && !app->out.failed) {
		int n = poll(&poll_fd, 1, -1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n > 0 && read(fd, buffer, sizeof(buffer)) < 0 && errno != EINTR)
			return sg_err_errno(err, SG_STORAGE, errno, "cannot watch the run");
		bool changed = false;
		enum sg_rc rc = sg_session_refresh(app->session, &changed, err);
		if (rc == SG_OK && changed)
			rc = sg_session_history(app->session, show_new, &follow, err);
		if (rc == SG_OK && changed)
			rc = show_status(app, err);
		if (rc != SG_OK)
			return rc;
		follow.after = sg_session_run(app->session)->seq;
	}
	return SG_OK;
}

enum sg_rc sg_app_watch(struct sg_app *app, struct sg_err *err)
{
	if (app->screen)
		return sg_err_set(
			err, SG_REFUSED, "cannot watch: the pane above does it already");
	if (app->options.full && app->options.terminal) {
		struct sg_err refused = SG_ERR_INIT;
		sg_text_charset();
		enum sg_rc shown = sg_app_watch_screen(app, &refused);
		if (shown != SG_REFUSED)
			return SG_OK;
	}
	enum sg_rc rc = show_status(app, err);
	if (rc != SG_OK)
		return rc;
	int fd SG_CLEANUP(sg_fd_close) = inotify_init1(IN_CLOEXEC);
	if (fd < 0)
		return sg_err_errno(err, SG_STORAGE, errno, "cannot watch the run");
	/*
	 * the trace is appended in its folder; editors and we replace the manifest by rename in
	 * its own
	 */
	struct sg_strbuf path = SG_STRBUF_INIT;
	sg_strbuf_addf(&path, "%s/%s", sg_session_dir_path(app->session), SG_TRACE_FOLDER);
	(void)inotify_add_watch(
		fd, path.bytes, IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF);
	sg_strbuf_release(&path);
	(void)inotify_add_watch(fd, sg_session_dir_path(app->session),
		IN_MODIFY | IN_MOVED_TO | IN_CREATE | IN_DELETE_SELF);
	struct sigaction old;
	struct sigaction action = {.sa_handler = on_interrupt};
	sigemptyset(&action.sa_mask);
	interrupted = 0;
	(void)sigaction(SIGINT, &action, &old);
	rc = follow_changes(app, fd, err);
	(void)sigaction(SIGINT, &old, NULL);
	return rc;
}
