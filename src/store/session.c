/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a run folder is, what a session says of itself, and its end. */
#include "store/session_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"

#define MANIFEST_YAML "RUNTIME_MANIFEST.yaml"
#define MANIFEST_MD   "RUNTIME_MANIFEST.md"

static void free_text(char **text)
{
	free(*text);
}

/* --- finding --- */

/* Copies the name that the trace's first event gives, and stops there. */
static enum sg_rc take_first_name(void *ctx, const struct sg_event *event, const char *line,
	size_t n_bytes, struct sg_err *err)
{
	struct sg_strbuf *name = ctx;

	(void)line;
	(void)n_bytes;
	(void)err;
	if (event->type == SG_EVENT_INIT)
		sg_strbuf_adds(name, event->u.init.manifest);
	else if (event->type == SG_EVENT_ADOPT)
		sg_strbuf_adds(name, event->u.adopt.manifest);
	return SG_INTERRUPTED;
}

/*
 * The manifest's name in one folder, appended: a file, or what a trace without its file names.
 */
static bool name_in_folder(const char *folder, struct sg_strbuf *name)
{
	static const struct sg_trace_from start = SG_TRACE_FROM_START;
	static const char *const names[] = {MANIFEST_YAML, MANIFEST_MD};
	SG_CLEANUP(sg_fd_close) int dir = -1;
	struct sg_trace_end end;

	if (sg_fs_open_dir(AT_FDCWD, folder, &dir, NULL) < 0)
		return false;
	for (size_t i = 0; i < SG_ARRAY_SIZE(names); i++) {
		if (sg_fs_exists(dir, names[i])) {
			sg_strbuf_adds(name, names[i]);
			return true;
		}
	}
	if (!sg_fs_exists(dir, SG_TRACE_FILE))
		return false;
	sg_trace_scan(dir, &start, take_first_name, name, &end, NULL);
	return name->n_bytes > 0;
}

enum sg_rc sg_session_find(
	const char *given, const char *environment, struct sg_strbuf *out, struct sg_err *err)
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf name = SG_STRBUF_INIT;
	char folder[PATH_MAX];

	if (given || (environment && environment[0] != '\0')) {
		sg_strbuf_adds(out, given ? given : environment);
		return SG_OK;
	}
	if (!getcwd(folder, sizeof(folder)))
		return sg_err_errno(
			err, SG_STORAGE, errno, "cannot name the working directory");
	/* the root is the folder without a name */
	if (folder[1] == '\0')
		folder[0] = '\0';
	for (;;) {
		if (name_in_folder(folder[0] ? folder : "/", &name)) {
			sg_strbuf_addf(out, "%s/%s", folder, name.bytes);
			return SG_OK;
		}
		char *slash = strrchr(folder, '/');
		if (!slash)
			break;
		*slash = '\0';
	}
	return sg_err_set(err, SG_NOTFOUND,
		"cannot find %s here or in a folder above: type init to begin", MANIFEST_YAML);
}

/* --- the place --- */

/* Whether a run is in the folder that the path names, whatever stands there as the manifest. */
static bool trace_beside(const char *path)
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf trace = SG_STRBUF_INIT;
	const char *slash = strrchr(path, '/');

	sg_strbuf_addf(
		&trace, "%.*s%s", slash ? (int)(slash - path + 1) : 0, path, SG_TRACE_FILE);
	return !sg_strbuf_failed(&trace) && sg_fs_exists(AT_FDCWD, trace.bytes);
}

/*
 * Splits the operator's path into its real folder and the file's own name, links resolved; but
 * a link that somebody put in the manifest's place does not lead to another run.
 */
static enum sg_rc resolve(struct sg_session *s, const char *path, struct sg_err *err)
{
	SG_CLEANUP(free_text) char *real = trace_beside(path) ? NULL : realpath(path, NULL);
	SG_CLEANUP(free_text) char *given = strdup(real ? real : path);

	if (!given)
		return sg_err_set(err, SG_NOMEM, "cannot open '%s': out of memory", path);
	char *slash = strrchr(given, '/');
	const char *name = slash ? slash + 1 : given;
	if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return sg_err_set(err, SG_USAGE, "cannot open '%s': it names no file", path);
	s->name = strdup(name);
	if (slash)
		slash[slash == given ? 1 : 0] = '\0';
	s->dir_path = realpath(slash ? given : ".", NULL);
	if (!s->dir_path)
		return sg_err_errno(err, errno == ENOENT ? SG_NOTFOUND : SG_STORAGE, errno,
			"cannot open the folder of '%s'", path);
	if (!s->name)
		return sg_err_set(err, SG_NOMEM, "cannot open '%s': out of memory", path);
	return sg_fs_open_dir(AT_FDCWD, s->dir_path, &s->dir, err);
}

enum sg_rc sg_session_new(
	struct sg_session **ret, const struct sg_session_options *options, struct sg_err *err)
{
	struct sg_session *s = calloc(1, sizeof(*s));

	if (!s)
		return sg_err_set(err, SG_NOMEM, "cannot open the run: out of memory");
	s->dir = -1;
	s->runner_lock = -1;
	s->read_only = options->read_only;
	s->late_bytes = options->late_bytes ? options->late_bytes : SG_LATE_BYTES;
	s->now_ms = options->now_ms ? options->now_ms : sg_clock_wall_ms;
	sg_arena_init(&s->arena);
	sg_arena_init(&s->note_arena);
	sg_strbuf_init(&s->standing_text);
	sg_strbuf_init(&s->disk.host);
	sg_image_init(&s->disk.image);
	sg_session_clear_notes(s);
	s->end = (struct sg_trace_end){.tail = SG_TAIL_CLEAN};
	const enum sg_rc rc = resolve(s, options->manifest_path, err);
	if (rc < 0) {
		sg_session_close(s);
		return rc;
	}
	sg_replay_init(&s->replay, s, &s->arena);
	*ret = s;
	return SG_OK;
}

void sg_session_close(struct sg_session *s)
{
	if (!s)
		return;
	sg_fs_unlock(&s->runner_lock);
	sg_fd_close(&s->dir);
	sg_strbuf_release(&s->standing_text);
	sg_strbuf_release(&s->disk.host);
	sg_image_release(&s->disk.image);
	sg_session_free_retired(s);
	sg_arena_release(&s->arena);
	sg_arena_release(&s->note_arena);
	free(s->dir_path);
	free(s->name);
	free(s);
}

/* --- what it says --- */

void sg_session_clear_notes(struct sg_session *s)
{
	sg_arena_release(&s->note_arena);
	sg_strs_builder_init(&s->note_builder, &s->note_arena);
	s->notes = sg_strs_builder_list(&s->note_builder);
}

void sg_session_note(struct sg_session *s, const char *format, ...)
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf text = SG_STRBUF_INIT;
	va_list args;

	va_start(args, format);
	sg_strbuf_vaddf(&text, format, args);
	va_end(args);
	const char *copy = sg_arena_str(&s->note_arena, text.bytes);
	if (copy)
		sg_strs_builder_add(&s->note_builder, copy);
	s->notes = sg_strs_builder_list(&s->note_builder);
}

void sg_session_stand(struct sg_session *s, enum sg_standing standing, const char *text)
{
	/* nothing that is found later makes a broken trace whole; only loading it anew does */
	if (s->is_broken && standing != SG_STANDING_BROKEN)
		return;
	s->standing = standing;
	sg_strbuf_clear(&s->standing_text);
	sg_strbuf_adds(&s->standing_text, text);
}

void sg_stamp_of(struct sg_stamp *ret, const struct stat *st)
{
	*ret = (struct sg_stamp){.there = true,
		.dev = st->st_dev,
		.ino = st->st_ino,
		.size = st->st_size,
		.mtime = st->st_mtim,
		.ctime = st->st_ctim};
}

void sg_stamp_take(struct sg_stamp *ret, int dir, const char *path)
{
	struct stat st;

	*ret = (struct sg_stamp){.there = false};
	if (fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
		sg_stamp_of(ret, &st);
}

/* In how many fields they differ. */
static int time_differs(const struct timespec *a, const struct timespec *b)
{
	return (a->tv_sec != b->tv_sec) + (a->tv_nsec != b->tv_nsec);
}

bool sg_stamp_equal(const struct sg_stamp *a, const struct sg_stamp *b)
{
	return (a->there != b->there) + (a->dev != b->dev) + (a->ino != b->ino) +
		       (a->size != b->size) + time_differs(&a->mtime, &b->mtime) +
		       time_differs(&a->ctime, &b->ctime) ==
	       0;
}

const struct sg_run *sg_session_run(const struct sg_session *s)
{
	return &s->replay.run;
}

enum sg_standing sg_session_standing(const struct sg_session *s)
{
	return s->standing;
}

const char *sg_session_standing_text(const struct sg_session *s)
{
	return s->standing_text.bytes;
}

const struct sg_strs *sg_session_notes(const struct sg_session *s)
{
	return &s->notes;
}

const struct sg_trace_end *sg_session_end(const struct sg_session *s)
{
	return &s->end;
}

int sg_session_dir(const struct sg_session *s)
{
	return s->dir;
}

const char *sg_session_dir_path(const struct sg_session *s)
{
	return s->dir_path;
}

const char *sg_session_manifest_name(const struct sg_session *s)
{
	return s->name;
}

/* --- the runner --- */

bool sg_session_runner_dead(const struct sg_session *s)
{
	return s->replay.run.state == SG_STATE_BUSY && !sg_fs_lock_held(s->dir, SG_RUNNER_FILE);
}

enum sg_rc sg_session_runner_lock(struct sg_session *s, struct sg_err *err)
{
	if (s->read_only)
		return sg_err_set(
			err, SG_REFUSED, "cannot run a phase: opened for reading only");
	if (s->runner_lock >= 0)
		return SG_OK;
	return sg_fs_lock(s->dir, SG_RUNNER_FILE, 0, &s->runner_lock, err);
}

void sg_session_runner_unlock(struct sg_session *s)
{
	sg_fs_unlock(&s->runner_lock);
}

const char *sg_standing_name(enum sg_standing standing)
{
	static const char *const names[] = {
#define X(id, text) [SG_STANDING_##id] = (text),
		SG_STANDING_LIST(X)
#undef X
	};
	return (unsigned)standing < SG_STANDING_COUNT ? names[standing] : "";
}
