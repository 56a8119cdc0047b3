/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which folders are watched, and what a change in them means. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "app_screen.h"
#include "base/clock.h"
#include "base/fs.h"

#define MASK                                                                                \
	(IN_CLOSE_WRITE | IN_MODIFY | IN_ATTRIB | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | \
		IN_DELETE)

/* How long changes are gathered before the run is looked at again, beside its own cost. */
#define SETTLE_NS   INT64_C(30000000)
#define COST_FACTOR 4
#define DEPTH_MAX   12

/* It runs now, in another process, and has begun to write before we looked. */
static void tail_what_runs(struct sg_app_screen *s, struct sg_as_watch *watch)
{
	char folder[128];
	const struct sg_run *run = sg_session_run(s->app->session);
	(void)snprintf(folder, sizeof(folder), "/%s.%d", run->phase, run->phase_attempt);
	if (run->state == SG_STATE_BUSY && !s->app->busy && strstr(watch->log_folder, folder))
		sg_as_tail(s, watch);
}

static void add_watch(struct sg_app_screen *s, const char *path, bool run, bool steps)
{
	if (s->n_watches == SG_AS_WATCHES)
		return;
	int id = inotify_add_watch(s->inotify_fd, path, MASK | IN_ONLYDIR);
	for (size_t i = 0; i < s->n_watches; i++)
		if (s->watches[i].id == id)
			return;
	if (id >= 0)
		s->watches[s->n_watches++] =
			(struct sg_as_watch){id, run, steps ? strdup(path) : NULL, -1};
	if (id >= 0 && s->watches[s->n_watches - 1].log_folder)
		tail_what_runs(s, &s->watches[s->n_watches - 1]);
}

void sg_as_watch_release(struct sg_app_screen *s)
{
	for (size_t i = 0; i < s->n_watches; i++)
		free(s->watches[i].log_folder);
	s->n_watches = 0;
}

/* The folder is gone, and its number may be given to another. */
static void forget(struct sg_app_screen *s, struct sg_as_watch *watch)
{
	free(watch->log_folder);
	*watch = s->watches[--s->n_watches];
}

/* A folder with all beneath it; what is hidden (.git, .stepgate) is not part of the work. */
static void add_tree(struct sg_app_screen *s, struct sg_strbuf *path, bool steps, int depth)
{
	add_watch(s, path->bytes, false, steps);
	const bool more = depth < DEPTH_MAX && s->n_watches < SG_AS_WATCHES;
	DIR *folder = more ? opendir(path->bytes) : NULL;
	const size_t n = path->n_bytes;
	for (struct dirent *entry; folder && (entry = readdir(folder));) {
		if (entry->d_name[0] == '.' || (entry->d_type != DT_DIR))
			continue;
		sg_strbuf_addf(path, "/%s", entry->d_name);
		add_tree(s, path, steps, depth + 1);
		sg_strbuf_truncate(path, n);
	}
	if (folder)
		(void)closedir(folder);
}

static void add_tree_at(
	struct sg_app_screen *s, const char *root, const char *below, bool steps)
{
	struct sg_strbuf path = SG_STRBUF_INIT;
	sg_strbuf_addf(&path, "%s%s%s", root, *below ? "/" : "", below);
	if (!sg_strbuf_failed(&path))
		add_tree(s, &path, steps, 0);
	sg_strbuf_release(&path);
}

/*
 * The run's own folders once; the evidence and the files worked on anew with each STEP, and
 * where a folder was made. What is not seen so is seen before a signal, when all is looked at.
 */
void sg_as_watch_update(struct sg_app_screen *s)
{
	struct sg_session *session = s->app->session;
	if (!session || s->inotify_fd < 0)
		return;
	const char *root = sg_session_dir_path(session);
	const struct sg_manifest *m = &sg_session_run(session)->manifest;
	struct sg_strbuf steps = SG_STRBUF_INIT;
	struct sg_strbuf trace = SG_STRBUF_INIT;
	const bool anew = s->watch_more || strncmp(s->watched_step, m->step_id,
						   sizeof(s->watched_step) - 1) != 0;
	s->watch_more = false;
	/* what is watched already stays as it is; a folder that came back is another */
	sg_strbuf_addf(&trace, "%s/%s", root, SG_TRACE_FOLDER);
	add_watch(s, root, true, false);
	add_watch(s, trace.bytes, true, false);
	sg_strbuf_release(&trace);
	sg_strbuf_addf(&steps, "%s/steps/%s", SG_TRACE_FOLDER, m->step_id);
	if (*m->step_id)
		add_tree_at(s, root, steps.bytes, true);
	if (*m->step_id && anew) {
		(void)snprintf(s->watched_step, sizeof(s->watched_step), "%s", m->step_id);
		add_tree_at(s, root, m->active_folder, false);
		/* in a git work tree the brief says what changed anywhere */
		if (strncmp(sg_session_run(session)->base, "git:", 4) == 0)
			add_tree_at(s, root, "", false);
	}
	sg_strbuf_release(&steps);
}

static struct sg_as_watch *watch_of(struct sg_app_screen *s, int id)
{
	for (size_t i = 0; i < s->n_watches; i++)
		if (s->watches[i].id == id)
			return &s->watches[i];
	return NULL;
}

/* Our own looking makes files, too: an index for git, locks, temporary names. */
static bool matters(const struct sg_as_watch *watch, const struct inotify_event *event)
{
	const char *name = event->len ? event->name : "";
	if (event->mask & IN_Q_OVERFLOW)
		return true;
	/* it was put back, from a backup it may be */
	if (watch && watch->run && strcmp(name, SG_TRACE_FOLDER) == 0)
		return true;
	if (!watch || name[0] == '.')
		return false;
	if (!watch->run)
		return true;
	return strncmp(name, "index.", 6) != 0 && strcmp(name, "LOCK") != 0 &&
	       strcmp(name, "RUNNER") != 0;
}

/* True where the run has to be looked at again. */
static bool take_one(struct sg_app_screen *s, const struct inotify_event *event)
{
	struct sg_as_watch *watch = watch_of(s, event->wd);
	if (watch && (event->mask & IN_IGNORED)) {
		forget(s, watch);
		return false;
	}
	if (!matters(watch, event))
		return false;
	if ((event->mask & IN_ISDIR) && (event->mask & (IN_CREATE | IN_MOVED_TO)))
		s->watch_more = true;
	const bool log = watch && watch->log_folder && event->len &&
			 strcmp(event->name, SG_AS_LOG_FILE) == 0;
	/* what another process runs: its output is followed, its state comes with its event */
	if (log && !s->app->busy)
		sg_as_tail(s, watch);
	return !log || (event->mask & ~(uint32_t)(IN_MODIFY | IN_CREATE | IN_CLOSE_WRITE));
}

void sg_as_watch_take(struct sg_app_screen *s)
{
	char bytes[16384] __attribute__((aligned(__alignof__(struct inotify_event))));
	bool changed = false;
	for (ssize_t n; (n = read(s->inotify_fd, bytes, sizeof(bytes))) > 0;) {
		for (ssize_t at = 0; at < n;) {
			const void *here = bytes + at;
			const struct inotify_event *event = here;
			changed = take_one(s, event) || changed;
			at += (ssize_t)(sizeof(*event) + event->len);
		}
	}
	if (s->watch_more && !s->app->busy)
		sg_as_watch_update(s);
	/* what we run writes its logs and outputs there: its end is what is looked at */
	if (!changed || s->app->busy || s->model_dirty)
		return;
	const int64_t rest = COST_FACTOR * s->model_cost_ns;
	s->model_dirty = true;
	s->model_due_ns = sg_clock_mono_ns() + (rest > SETTLE_NS ? rest : SETTLE_NS);
}
