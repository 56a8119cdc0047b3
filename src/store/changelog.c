/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * CHANGELOG.md:
 *
 *	# CHANGELOG
 *	(whatever people write here)
 *	## PATCHSET_0002     newest first; an entry reaches to the next "## "
 *	...
 *	## PATCHSET_0001
 *
 * A line inside a fenced block (``` or ~~~) is no heading. A new entry goes in front of the
 * first "## " heading, or to the end where there is none; in a file with CRLF lines it has them
 * too.
 */
#include "store/changelog.h"

#include <string.h>

#include "base/fs.h"

#define MAX_BYTES ((size_t)64 << 20)
#define TITLE     "# CHANGELOG\n\n"
#define HEADING   "## "

struct place {
	bool known; /* an entry of this id stands already */
	bool has_heading;
	size_t first; /* offset of the first heading */
	bool crlf;
};

/* Length of a line without its end. */
static size_t line_length(const char *line, size_t n_bytes)
{
	while (n_bytes > 0 && (line[n_bytes - 1] == '\n' || line[n_bytes - 1] == '\r' ||
				      line[n_bytes - 1] == ' '))
		n_bytes--;
	return n_bytes;
}

/* The mark that a fence has at the start of this line: "```" or "~~~" or longer; 0 if none. */
static char fence_mark(const char *line, size_t n_bytes, size_t *ret_length)
{
	size_t from = 0;

	while (from < n_bytes && from < 3 && line[from] == ' ')
		from++;
	if (from == n_bytes || (line[from] != '`' && line[from] != '~'))
		return '\0';
	size_t to = from;
	while (to < n_bytes && line[to] == line[from])
		to++;
	*ret_length = to - from;
	return to - from >= 3 ? line[from] : '\0';
}

struct fence {
	char mark; /* '\0': outside of any */
	size_t length;
};

/* Moves the fence on by a line; true if the line is inside one, or its border. */
static bool in_fence(struct fence *fence, const char *line, size_t n_bytes)
{
	size_t length = 0;
	const char mark = fence_mark(line, n_bytes, &length);

	if (fence->mark == '\0') {
		if (mark != '\0')
			*fence = (struct fence){mark, length};
		return mark != '\0';
	}
	if (mark == fence->mark && length >= fence->length)
		fence->mark = '\0';
	return true;
}

static struct place find_place(const struct sg_strbuf *text, const char *change_id)
{
	struct place place = {.first = text->n_bytes};
	struct fence fence = {'\0', 0};
	const size_t n_heading = strlen(HEADING);
	const size_t n_id = strlen(change_id);

	for (size_t at = 0; at < text->n_bytes;) {
		const char *line = text->bytes + at;
		const char *newline = memchr(line, '\n', text->n_bytes - at);
		const size_t n = newline ? (size_t)(newline - line) + 1 : text->n_bytes - at;
		const size_t length = line_length(line, n);
		if (n >= 2 && line[n - 1] == '\n' && line[n - 2] == '\r')
			place.crlf = true;
		if (!in_fence(&fence, line, length) && length >= n_heading &&
			memcmp(line, HEADING, n_heading) == 0) {
			if (!place.has_heading)
				place.first = at;
			place.has_heading = true;
			if (length == n_heading + n_id &&
				memcmp(line + n_heading, change_id, n_id) == 0)
				place.known = true;
		}
		at += n;
	}
	return place;
}

static void add_lines(struct sg_strbuf *out, const char *text, size_t n_bytes, bool crlf)
{
	for (size_t i = 0; i < n_bytes; i++) {
		if (crlf && text[i] == '\n')
			sg_strbuf_addc(out, '\r');
		sg_strbuf_addc(out, text[i]);
	}
}

/* The entry with an empty line before and behind it, where text stands there. */
static void add_entry(struct sg_strbuf *out, const char *entry, const struct place *place)
{
	size_t n = strlen(entry);

	while (n > 0 && entry[n - 1] == '\n')
		n--;
	if (out->n_bytes > 0 && out->bytes[out->n_bytes - 1] != '\n')
		add_lines(out, "\n", 1, place->crlf);
	const size_t empty = place->crlf ? 4 : 2;
	if (out->n_bytes >= empty && memcmp(out->bytes + out->n_bytes - empty,
					     place->crlf ? "\r\n\r\n" : "\n\n", empty) != 0)
		add_lines(out, "\n", 1, place->crlf);
	add_lines(out, entry, n, place->crlf);
	add_lines(out, "\n\n", place->has_heading ? 2 : 1, place->crlf);
}

enum sg_rc sg_changelog_add(
	int dir, const char *change_id, const char *entry, struct sg_err *err)
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf old = SG_STRBUF_INIT;
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf text = SG_STRBUF_INIT;
	struct sg_err why = SG_ERR_INIT;
	enum sg_rc rc = sg_fs_read_beneath(dir, SG_CHANGELOG_FILE, MAX_BYTES, &old, &why);

	if (rc == SG_NOTFOUND)
		sg_strbuf_adds(&old, TITLE);
	else if (rc < 0)
		return sg_err_set(
			err, rc, "cannot add %s to the changelog: %s", change_id, why.text);
	const struct place place = find_place(&old, change_id);
	if (place.known)
		return SG_OK;
	sg_strbuf_add(&text, old.bytes, place.first);
	add_entry(&text, entry, &place);
	sg_strbuf_add(&text, old.bytes + place.first, old.n_bytes - place.first);
	if (sg_strbuf_failed(&old) || sg_strbuf_failed(&text))
		return sg_err_set(err, SG_NOMEM, "cannot add to the changelog: out of memory");
	return sg_fs_replace(dir, SG_CHANGELOG_FILE, text.bytes, text.n_bytes, err);
}
