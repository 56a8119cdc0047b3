/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scope: covered and forbidden paths. */
#include "core/scope.h"

#include <string.h>

/* Past any "./" and slashes in front. */
static const char *past_here(const char *path)
{
	for (;;) {
		if (path[0] == '.' && path[1] == '/')
			path += 2;
		else if (path[0] == '/')
			path++;
		else
			return path;
	}
}

static size_t plain_length(const char *path)
{
	size_t n = strlen(path);
	while (n > 0 && path[n - 1] == '/')
		n--;
	return n == 1 && path[0] == '.' ? 0 : n;
}

bool sg_scope_covers(const struct sg_strs *write, const char *path)
{
	for (size_t i = 0; i < write->n; i++) {
		/* an absolute path lies outside of the tree; it covers nothing of it */
		if (write->v[i][0] == '/' || write->v[i][0] == '\0')
			continue;
		const char *item = past_here(write->v[i]);
		const size_t n = plain_length(item);
		if (n == 0 ||
			(strncmp(item, path, n) == 0 && (path[n] == '\0' || path[n] == '/')))
			return true;
	}
	return false;
}

/*
 * Whether the byte is in the set that begins at glob ("[...]"), and where the set ends; a set
 * that never ends is the plain byte '['.
 */
static bool in_set(const char *glob, unsigned char byte, const char **ret_end)
{
	const char *p = glob + 1;
	const bool negated = *p == '!' || *p == '^';
	bool found = false;
	p += negated;
	for (const char *first = p; *p && (*p != ']' || p == first); p++) {
		const unsigned char low = (unsigned char)*p;
		unsigned char high = low;
		if (p[1] == '-' && p[2] && p[2] != ']') {
			high = (unsigned char)p[2];
			p += 2;
		}
		found = found || (low <= byte && byte <= high);
	}
	if (*p != ']') {
		*ret_end = glob + 1;
		return byte == '[';
	}
	*ret_end = p + 1;
	return byte != '/' && found != negated;
}

/* --- globs: which beginnings of the path the glob so far can have matched --- */

/* Longer paths cannot be made beneath a tree that stepgate looks at. */
#define MATCH_MAX ((size_t)64 * 256)

struct match {
	const char *path;
	size_t n;               /* bytes of path */
	bool at[MATCH_MAX + 1]; /* at[j]: the glob so far matches path[0..j) */
};

static bool begins_name(const struct match *m, size_t j)
{
	return j == 0 || m->path[j - 1] == '/';
}

/* One byte by '?', a set, or itself; returns the glob behind it. */
static const char *match_byte(struct match *m, const char *glob)
{
	const char *end = glob + 1;
	for (size_t j = m->n; j > 0; j--) {
		const char byte = m->path[j - 1];
		bool same = *glob == byte;
		if (*glob == '[')
			same = in_set(glob, (unsigned char)byte, &end);
		else if (*glob == '?')
			same = byte != '/';
		m->at[j] = m->at[j - 1] && same;
	}
	m->at[0] = false;
	return end;
}

static const char *match_star(struct match *m, const char *glob)
{
	for (size_t j = 1; j <= m->n; j++)
		m->at[j] = m->at[j] || (m->at[j - 1] && m->path[j - 1] != '/');
	return glob + 1;
}

/* Any bytes; with a slash behind it any folders, or none. */
static const char *match_deep(struct match *m, const char *glob)
{
	while (*glob == '*')
		glob++;
	const bool folders = *glob == '/';
	bool any = false;
	for (size_t j = 0; j <= m->n; j++) {
		any = any || m->at[j];
		m->at[j] = any && (!folders || begins_name(m, j));
	}
	return glob + folders;
}

bool sg_scope_matches(const char *glob, const char *path)
{
	struct match m = {.path = path, .n = strlen(path)};
	glob = past_here(glob);
	size_t n_glob = strlen(glob);
	while (n_glob > 0 && glob[n_glob - 1] == '/')
		n_glob--;
	if (n_glob == 0 || m.n > MATCH_MAX)
		return m.n > MATCH_MAX;
	m.at[0] = true;
	for (const char *end = glob + n_glob; glob < end;) {
		if (glob[0] == '*')
			glob = glob[1] == '*' ? match_deep(&m, glob) : match_star(&m, glob);
		else
			glob = match_byte(&m, glob);
	}
	/* at the end, or at a folder above */
	for (size_t j = 1; j <= m.n; j++)
		if (m.at[j] && (path[j] == '\0' || path[j] == '/'))
			return true;
	return false;
}

const char *sg_scope_forbids(const struct sg_strs *no_go, const char *path)
{
	const size_t n = strlen(SG_SCOPE_PATH_ITEM);
	for (size_t i = 0; i < no_go->n; i++) {
		const char *item = no_go->v[i];
		if (strncmp(item, SG_SCOPE_PATH_ITEM, n) == 0 &&
			sg_scope_matches(item + n + strspn(item + n, " "), path))
			return item;
	}
	return NULL;
}

bool sg_scope_has_paths(const struct sg_strs *no_go)
{
	for (size_t i = 0; i < no_go->n; i++)
		if (strncmp(no_go->v[i], SG_SCOPE_PATH_ITEM, strlen(SG_SCOPE_PATH_ITEM)) == 0)
			return true;
	return false;
}

const char *sg_scope_mark(const char *subject)
{
	const char *mark = subject + strlen(subject);
	for (const char *p = subject; (p = strstr(p, SG_SCOPE_MARK)); p++)
		mark = p;
	return mark;
}
