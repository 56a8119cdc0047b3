/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which files a command is made of: what argv[0] resolves to, the interpreter that its first
 * line names, that one's own, and every further word of argv that is a file.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/hash.h"
#include "base/table.h"
#include "core/copy.h"
#include "exec/runner_internal.h"

/* As many as the kernel follows, and one more so that its refusal is not ours. */
#define INTERPRETERS_MAX 5
/* What the kernel reads of a first line. */
#define FIRST_LINE_MAX 256

struct finding {
	const struct sg_program_where *where;
	struct sg_arena *arena;
	struct sg_table seen; /* paths in v */
	struct sg_file *v;
	size_t n, capacity;
};

/* As it is named in records: beneath the manifest's folder relative to it. */
static const char *record_path(const struct finding *f, const char *path)
{
	const char *dir = f->where->dir_path;
	const size_t n = strlen(dir);
	if (strncmp(path, dir, n) == 0 && path[n] == '/')
		path += n + 1;
	while (path[0] == '.' && path[1] == '/')
		path += 2;
	return path;
}

static void add(struct finding *f, const char *name, const char *path, const char *hex,
	int64_t size_bytes)
{
	if (f->n == f->capacity) {
		const size_t capacity = f->capacity ? f->capacity * 2 : 4;
		struct sg_file *v = sg_arena_array(f->arena, capacity, sizeof(*v));
		if (!v)
			return;
		if (f->n)
			memcpy(v, f->v, f->n * sizeof(*v));
		f->v = v;
		f->capacity = capacity;
	}
	f->v[f->n++] = (struct sg_file){sg_copy_str(f->arena, name),
		sg_copy_str(f->arena, path), size_bytes, sg_copy_str(f->arena, hex)};
}

/*
 * Hashes the file, once a path, and gives the beginning of it. path is absolute, or relative
 * to the manifest's folder.
 */
static enum sg_rc take(struct finding *f, const char *name, const char *path,
	char ret_head[FIRST_LINE_MAX + 1], struct sg_err *err)
{
	SG_CLEANUP(sg_fd_close) int fd = -1;
	struct stat st;
	char hex[SG_SHA256_HEX_SIZE];
	const char *recorded = record_path(f, path);
	enum sg_rc rc = sg_fs_open_read(f->where->dir, path, &fd, err);
	if (rc < 0)
		return rc;
	if (fstat(fd, &st) < 0)
		return sg_err_set(err, SG_STORAGE, "cannot look at '%s'", path);
	if (ret_head) {
		const ssize_t n = pread(fd, ret_head, FIRST_LINE_MAX, 0);
		ret_head[n > 0 ? n : 0] = '\0';
	}
	if (sg_table_put(&f->seen, recorded, f->n) != SG_TABLE_NONE)
		return SG_OK;
	rc = sg_evidence_hash(f->where->cache, path, fd, hex, err);
	if (rc == SG_OK)
		add(f, name, recorded, hex, (int64_t)st.st_size);
	return rc;
}

static enum sg_rc find_program(
	const struct finding *f, const char *word, struct sg_strbuf *ret, struct sg_err *err)
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf path = SG_STRBUF_INIT;
	sg_strbuf_addf(&path, "PATH=%s", f->where->path_env);
	const char *const env[] = {path.bytes, NULL};
	sg_strbuf_clear(ret);
	return sg_spawn_resolve(word, f->where->dir_path, env, ret, err);
}

/* The word at *at, cut off in place; "" at the end. */
static char *next_word(char **at)
{
	char *word = *at + strspn(*at, " \t");
	char *end = word + strcspn(word, " \t");
	*at = *end ? end + 1 : end;
	*end = '\0';
	return word;
}

/* What env(1) will start: behind its options and assignments. */
static char *behind_env(char **at)
{
	char *word = next_word(at);
	while (*word == '-' || strchr(word, '='))
		word = next_word(at);
	return word;
}

/*
 * The interpreters of a script whose first line is in head, each by the one before. One that
 * cannot be found is left to the kernel to complain of.
 */
static void take_interpreters(struct finding *f, char head[FIRST_LINE_MAX + 1])
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf found = SG_STRBUF_INIT;
	for (int i = 0; i < INTERPRETERS_MAX && strncmp(head, "#!", 2) == 0; i++) {
		char next[FIRST_LINE_MAX + 1] = "";
		head[strcspn(head, "\r\n")] = '\0';
		char *at = head + 2;
		const char *program = next_word(&at);
		if (!*program || take(f, program, program, next, NULL) < 0)
			return;
		const char *slash = strrchr(program, '/');
		if (strcmp(slash ? slash + 1 : program, "env") == 0) {
			const char *started = behind_env(&at);
			if (!*started || find_program(f, started, &found, NULL) < 0 ||
				take(f, started, found.bytes, next, NULL) < 0)
				return;
		}
		memcpy(head, next, sizeof(next));
	}
}

static enum sg_rc find_all(struct finding *f, const struct sg_strs *argv, struct sg_err *err)
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf found = SG_STRBUF_INIT;
	char head[FIRST_LINE_MAX + 1];
	enum sg_rc rc = find_program(f, argv->n ? argv->v[0] : "", &found, err);
	if (rc == SG_OK)
		rc = take(f, argv->v[0], found.bytes, head, err);
	if (rc < 0)
		return rc;
	take_interpreters(f, head);
	/* what is no file, or cannot be read, is no part of the program */
	for (size_t i = 1; i < argv->n; i++)
		if (*argv->v[i])
			(void)take(f, argv->v[i], argv->v[i], NULL, NULL);
	return SG_OK;
}

enum sg_rc sg_rn_program_files(struct sg_arena *arena, const struct sg_program_where *where,
	const struct sg_strs *argv, struct sg_files *ret, struct sg_err *err)
{
	struct finding f = {.where = where, .arena = arena, .seen = SG_TABLE_INIT};
	const enum sg_rc rc = find_all(&f, argv, err);
	const bool failed = f.seen.failed;
	sg_table_release(&f.seen);
	if (failed || sg_arena_failed(arena))
		return sg_rn_nomem(err);
	if (rc == SG_OK)
		*ret = (struct sg_files){f.v, f.n};
	return rc;
}

enum sg_rc sg_rn_program_digest(struct sg_arena *arena, const struct sg_program_where *where,
	const struct sg_strs *argv, const char **ret, struct sg_err *err)
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf lines = SG_STRBUF_INIT;
	struct sg_files files = {NULL, 0};
	char hex[SG_SHA256_HEX_SIZE];
	enum sg_rc rc = sg_rn_program_files(arena, where, argv, &files, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < files.n; i++)
		sg_strbuf_addf(&lines, "%s  %s\n", files.v[i].sha256, files.v[i].name);
	sg_sha256_of(lines.bytes, lines.n_bytes, hex);
	const char *text = sg_strbuf_failed(&lines) ? NULL
			   : files.n == 1           ? files.v[0].sha256
						    : sg_arena_str(arena, hex);
	if (!text)
		return sg_rn_nomem(err);
	*ret = text;
	return SG_OK;
}

/* --- of all that a profile binds --- */

enum sg_rc sg_rn_programs(struct sg_arena *arena, const struct sg_program_where *where,
	const struct sg_profile *profile, struct sg_programs *ret, struct sg_err *err)
{
	struct sg_program *v = sg_arena_array(arena, profile->run.n + 1, sizeof(*v));
	size_t n = 0;
	for (size_t i = 0; v && i < profile->run.n; i++) {
		const struct sg_binding *binding = &profile->run.v[i];
		struct sg_files files = {NULL, 0};
		if (binding->manual || !binding->argv.n)
			continue;
		/* a program that is not there yet is pinned as such: with no file */
		if (sg_rn_program_files(arena, where, &binding->argv, &files, NULL) == SG_NOMEM)
			return sg_rn_nomem(err);
		v[n++] = (struct sg_program){binding->key, files};
	}
	if (sg_arena_failed(arena))
		return sg_rn_nomem(err);
	*ret = (struct sg_programs){v, n};
	return SG_OK;
}

const struct sg_program *sg_rn_program_of(const struct sg_programs *programs, const char *key)
{
	const struct sg_program *found = NULL;
	for (size_t i = 0; i < programs->n; i++)
		if (sg_key_equal(programs->v[i].key, key))
			found = &programs->v[i];
	return found;
}

static const struct sg_file *by_path(const struct sg_files *files, const char *path)
{
	for (size_t i = 0; i < files->n; i++)
		if (strcmp(files->v[i].path, path) == 0)
			return &files->v[i];
	return NULL;
}

struct sg_strs sg_rn_program_changes(
	struct sg_arena *arena, const struct sg_files *pinned, const struct sg_files *now)
{
	struct sg_strs_builder b;
	sg_strs_builder_init(&b, arena);
	for (size_t i = 0; i < pinned->n; i++) {
		const struct sg_file *file = by_path(now, pinned->v[i].path);
		if (!file || strcmp(file->sha256, pinned->v[i].sha256) != 0)
			sg_strs_builder_add(
				&b, sg_arena_printf(arena, "%s %s", pinned->v[i].path,
					    file ? "changed" : "gone"));
	}
	for (size_t i = 0; i < now->n; i++)
		if (!by_path(pinned, now->v[i].path))
			sg_strs_builder_add(
				&b, sg_arena_printf(arena, "%s new", now->v[i].path));
	return sg_strs_builder_list(&b);
}
