/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which wall a command may have run into. Nobody tells who refused: all there is is what the
 * command printed, and what the binding leaves closed. A sentence is given only where both
 * fit.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "exec/sandbox.h"

#define LINE_MOST 1000

enum refusal {
	REFUSED,
	NOT_THERE,
	NO_NETWORK,
	TOO_LARGE,
	TOO_MANY_FILES,
	NO_PROCESS,
	NO_SPACE
};

static const struct {
	const char *text;
	enum refusal refusal;
} words[] = {
	{"Read-only file system", REFUSED},
	{"Permission denied", REFUSED},
	{"Operation not permitted", REFUSED},
	{"No such file or directory", NOT_THERE},
	{"Network is unreachable", NO_NETWORK},
	{"Could not resolve host", NO_NETWORK},
	{"Temporary failure in name resolution", NO_NETWORK},
	{"Name or service not known", NO_NETWORK},
	{"Address family not supported", NO_NETWORK},
	{"File too large", TOO_LARGE},
	{"File size limit exceeded", TOO_LARGE},
	{"Too many open files", TOO_MANY_FILES},
	{"Cannot fork", NO_PROCESS},
	{"fork: retry", NO_PROCESS},
	{"Resource temporarily unavailable", NO_PROCESS},
	{"No space left on device", NO_SPACE},
};

struct hint {
	struct sg_arena *arena;
	const struct sg_sandbox *s;
	const char *key;
};

static bool lies_in(const char *path, const char *folder)
{
	const size_t n = strlen(folder);
	return n && strncmp(path, folder, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

static bool exists(const char *path)
{
	struct stat st;
	return lstat(path, &st) == 0;
}

/* --- the path that a line is about --- */

/* What stands between a quote and its end; NULL: no quote. */
static const char *quoted(struct sg_arena *arena, const char *line)
{
	static const char *const quotes[][2] = {{"'", "'"}, {"\"", "\""}, {"\u2018", "\u2019"},
		{"\u00ab", "\u00bb"}, {"`", "'"}};
	for (size_t i = 0; i < SG_ARRAY_SIZE(quotes); i++) {
		const char *open = strstr(line, quotes[i][0]);
		const char *from = open ? open + strlen(quotes[i][0]) : NULL;
		const char *to = from ? strstr(from, quotes[i][1]) : NULL;
		if (to && to > from)
			return sg_arena_strn(arena, from, (size_t)(to - from));
	}
	return NULL;
}

/* The word in front of ": <reason>", as shells and most programs put it. */
static const char *in_front(struct sg_arena *arena, const char *line, const char *reason)
{
	const char *end = reason;
	while (end > line && strchr(" :", end[-1]))
		end--;
	const char *from = end;
	while (from > line && from[-1] != ' ')
		from--;
	return end > from ? sg_arena_strn(arena, from, (size_t)(end - from)) : NULL;
}

/* Absolute, or NULL where it is none that can be told. */
static const char *path_of(const struct hint *h, const char *line, const char *reason)
{
	const char *path = quoted(h->arena, line);
	if (!path)
		path = in_front(h->arena, line, reason);
	while (path && strncmp(path, "./", 2) == 0)
		path += 2;
	if (!path || !*path || strstr(path, ".."))
		return NULL;
	return path[0] == '/' ? path : sg_arena_printf(h->arena, "%s/%s", h->s->folder, path);
}

/* --- the sentences --- */

static bool is_writable(const struct sg_sandbox *s, const char *path)
{
	const char *const own[] = {s->out, s->tmp, s->home};
	for (size_t i = 0; i < s->n_write; i++)
		if (lies_in(path, s->write[i].path))
			return true;
	for (size_t i = 0; i < SG_ARRAY_SIZE(own); i++)
		if (lies_in(path, own[i]))
			return true;
	return false;
}

static bool is_among(const struct sg_strs *list, const char *path)
{
	for (size_t i = 0; i < list->n; i++)
		if (lies_in(path, list->v[i]))
			return true;
	return false;
}

/* What to add to `write` so that this path, relative to the folder, may be changed. */
static const char *write_item(const struct hint *h, const char *path, const char *relative)
{
	const char *slash = strrchr(relative, '/');
	if (slash)
		return sg_arena_strn(h->arena, relative, (size_t)(slash - relative) + 1);
	return exists(path) ? relative : ".";
}

static const char *kept_from_writing(const struct hint *h, const char *path)
{
	const struct sg_sandbox *s = h->s;
	if (is_among(&s->hidden, path) || is_among(&s->locked, path))
		return sg_arena_printf(h->arena,
			"the sandbox may have kept it from %s, which is closed to every "
			"command",
			path + strlen(s->folder) + 1);
	if (is_writable(s, path))
		return NULL;
	const char *relative = path + strlen(s->folder) + 1;
	const char *item = write_item(h, path, relative);
	return sg_arena_printf(h->arena,
		"the sandbox may have kept it from changing %s: add %s to write of %s",
		relative, item ? item : "", h->key);
}

static bool is_system(const char *path)
{
	static const char *const folders[] = {"/usr", "/bin", "/sbin", "/lib", "/lib32",
		"/lib64", "/libx32", "/proc", "/dev", "/sys"};
	for (size_t i = 0; i < SG_ARRAY_SIZE(folders); i++)
		if (lies_in(path, folders[i]))
			return true;
	return false;
}

static const char *kept_from_reading(const struct hint *h, const char *path)
{
	const struct sg_sandbox *s = h->s;
	if (is_system(path) || lies_in(path, s->scratch) || lies_in(path, s->repository) ||
		is_among(&s->read, path) || !exists(path))
		return NULL;
	return sg_arena_printf(h->arena,
		"the sandbox may not have shown it %s: add it, or its folder, to read of %s",
		path, h->key);
}

static const char *about_path(
	const struct hint *h, enum refusal refusal, const char *line, const char *reason)
{
	const bool mounts = h->s->walls->up[SG_WALL_NAMESPACES];
	const char *path = path_of(h, line, reason);
	if (!path)
		return NULL;
	if (!lies_in(path, h->s->folder))
		return kept_from_reading(h, path);
	/* where there are mounts, a wall says "read-only", and only the file's mode "denied" */
	if (refusal == NOT_THERE || strlen(path) == strlen(h->s->folder) ||
		(mounts && strncmp(reason, "Read-only", 9) != 0))
		return NULL;
	return kept_from_writing(h, path);
}

static int64_t or_default(int64_t value, int64_t otherwise)
{
	return value ? value : otherwise;
}

static const char *too_large(const struct hint *h)
{
	return sg_arena_printf(h->arena,
		"the sandbox may have kept it from writing a file of more than %lld MiB: raise "
		"max_output_mib of %s",
		(long long)(or_default(h->s->max_output_bytes, SG_SANDBOX_OUTPUT_BYTES) >> 20),
		h->key);
}

static const char *sentence(
	const struct hint *h, enum refusal refusal, const char *line, const char *reason)
{
	struct sg_arena *a = h->arena;
	const struct sg_sandbox *s = h->s;
	switch (refusal) {
	case REFUSED:
	case NOT_THERE: return about_path(h, refusal, line, reason);
	case NO_NETWORK:
		return s->network ? NULL
				  : sg_arena_printf(a,
					    "the sandbox may have kept it from the network: "
					    "set network: true of %s",
					    h->key);
	case TOO_LARGE: return too_large(h);
	case TOO_MANY_FILES:
		return sg_arena_printf(a,
			"the sandbox may have kept it from opening more than %lld files: raise "
			"max_files of %s",
			(long long)or_default(s->max_files, SG_SANDBOX_FILES), h->key);
	case NO_PROCESS:
		return sg_arena_printf(a,
			"the sandbox may have kept it from more than %lld processes: raise "
			"max_processes of %s",
			(long long)or_default(s->max_processes, SG_SANDBOX_PROCESSES), h->key);
	case NO_SPACE:
		return strstr(line, "/tmp/")
			       ? "the sandbox's /tmp holds little: write to $TMPDIR"
			       : NULL;
	}
	return NULL;
}

static const char *of_line(const struct hint *h, const char *line)
{
	for (size_t i = 0; i < SG_ARRAY_SIZE(words); i++) {
		const char *reason = strstr(line, words[i].text);
		const char *said = reason ? sentence(h, words[i].refusal, line, reason) : NULL;
		if (said)
			return said;
	}
	return NULL;
}

const char *sg_sandbox_hint(struct sg_arena *arena, const struct sg_sandbox *sandbox,
	const char *key, int signal, const char *said)
{
	const struct hint h = {arena, sandbox, key};
	if (signal == SIGXFSZ)
		return too_large(&h);
	if (signal == SIGSYS)
		return "the sandbox ended it for a system call of another architecture";
	while (*said) {
		char line[LINE_MOST + 1];
		const size_t n = strcspn(said, "\n");
		const size_t kept = n < LINE_MOST ? n : LINE_MOST;
		memcpy(line, said, kept);
		line[kept] = '\0';
		const char *found = of_line(&h, line);
		if (found)
			return found;
		said += n + (said[n] == '\n');
	}
	return "";
}
