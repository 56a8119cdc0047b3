/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two texts by line: Myers' greedy O(ND) search, kept as one array of end points a step so that
 * the path can be walked back. Common lines at both ends are cut off first: most edits are
 * small and in one place.
 */
#include "core/diff.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CONTEXT_LINES 3

struct line {
	const char *bytes;
	size_t n_bytes; /* with its newline, where it has one */
	uint32_t hash;
};

struct lines {
	struct line *v;
	size_t n;
};

/* One text's part that differs: a[a_from..a_to) became b[b_from..b_to); either may be empty. */
struct hunk {
	size_t a_from, a_to, b_from, b_to;
};

struct hunks {
	struct hunk *v; /* from the end of the texts to their start */
	size_t n;
	size_t capacity;
};

static bool split(const char *bytes, size_t n_bytes, struct lines *ret)
{
	size_t count = n_bytes > 0 && bytes[n_bytes - 1] != '\n' ? 1 : 0;

	for (size_t i = 0; i < n_bytes; i++)
		count += bytes[i] == '\n';
	ret->n = 0;
	ret->v = calloc(count > 0 ? count : 1, sizeof(*ret->v));
	if (!ret->v)
		return false;
	for (size_t at = 0; at < n_bytes;) {
		const char *newline = memchr(bytes + at, '\n', n_bytes - at);
		const size_t n = newline ? (size_t)(newline - bytes) + 1 - at : n_bytes - at;
		uint32_t hash = 2166136261u;
		for (size_t i = 0; i < n; i++)
			hash = (hash ^ (unsigned char)bytes[at + i]) * 16777619u;
		ret->v[ret->n++] = (struct line){bytes + at, n, hash};
		at += n;
	}
	return true;
}

static bool same(const struct line *a, const struct line *b)
{
	return a->hash == b->hash && a->n_bytes == b->n_bytes &&
	       memcmp(a->bytes, b->bytes, a->n_bytes) == 0;
}

/* Lines are told from the end, so a hunk that touches the one told before is joined to it. */
static bool add_hunk(struct hunks *hunks, const struct hunk *hunk)
{
	struct hunk *last = hunks->n > 0 ? &hunks->v[hunks->n - 1] : NULL;

	/* between two hunks lie as many lines of a as of b */
	if (last && last->a_from == hunk->a_to) {
		last->a_from = hunk->a_from;
		last->b_from = hunk->b_from;
		return true;
	}
	if (hunks->n == hunks->capacity) {
		const size_t capacity = hunks->capacity > 0 ? hunks->capacity * 2 : 16;
		struct hunk *v = realloc(hunks->v, capacity * sizeof(*v));
		if (!v)
			return false;
		hunks->v = v;
		hunks->capacity = capacity;
	}
	hunks->v[hunks->n++] = *hunk;
	return true;
}

/* The texts between their common ends, and how far the search got. */
struct search {
	const struct line *a, *b;
	int n_a, n_b;
	int **reached; /* reached[d][k + d]: furthest x on diagonal k after d edits */
	int edits;     /* the last d; -1: not found */
};

/* Whether a path to diagonal k after d edits came down (a line of b) rather than right. */
static bool came_down(const int *before, int d, int k)
{
	/* before has the diagonals -(d-1) .. d-1, so k lies at k + d - 1 */
	return k == -d || (k != d && before[k - 2 + d] < before[k + d]);
}

static int extend(const struct search *s, int x, int k)
{
	while (x < s->n_a && x - k < s->n_b && same(&s->a[x], &s->b[x - k]))
		x++;
	return x;
}

/* All diagonals of step d. Returns 1 at the end of both texts, 0 if not there, -1 no memory. */
static int step(struct search *s, int d)
{
	int *now = calloc(2 * (size_t)d + 1, sizeof(*now));

	if (!now)
		return -1;
	s->reached[d] = now;
	for (int k = -d; k <= d; k += 2) {
		int x = 0;
		if (d > 0) {
			const int *before = s->reached[d - 1];
			x = came_down(before, d, k) ? before[k + d] : before[k - 2 + d] + 1;
		}
		/*
		 * x may lie outside the texts: a nearer diagonal then reached the edge before
		 */
		x = extend(s, x, k);
		now[k + d] = x;
		if (x == s->n_a && x - k == s->n_b)
			return 1;
	}
	return 0;
}

static void find_path(struct search *s)
{
	s->edits = -1;
	s->reached = calloc(SG_DIFF_MAX_EDITS + 1, sizeof(*s->reached));
	if (!s->reached)
		return;
	for (int d = 0; d <= SG_DIFF_MAX_EDITS; d++) {
		const int found = step(s, d);
		if (found == 1)
			s->edits = d;
		if (found != 0)
			return;
	}
}

/* Walks the path back; offset is where the searched parts begin in both texts. */
static bool collect(const struct search *s, size_t offset, struct hunks *ret)
{
	int x = s->n_a;
	int y = s->n_b;

	for (int d = s->edits; d > 0; d--) {
		const int k = x - y;
		const int *before = s->reached[d - 1];
		const bool down = came_down(before, d, k);
		const int from_x = down ? before[k + d] : before[k - 2 + d];
		const int from_y = from_x - (down ? k + 1 : k - 1);
		const struct hunk one = {
			offset + (size_t)from_x,
			offset + (size_t)(from_x + (down ? 0 : 1)),
			offset + (size_t)from_y,
			offset + (size_t)(from_y + (down ? 1 : 0)),
		};
		if (!add_hunk(ret, &one))
			return false;
		x = from_x;
		y = from_y;
	}
	return true;
}

static void search_release(struct search *s)
{
	if (s->reached) {
		for (int d = 0; d <= SG_DIFF_MAX_EDITS && s->reached[d]; d++)
			free(s->reached[d]);
	}
	free(s->reached);
}

/*
 * Fills hunks; where the search was given up, one hunk of all that is between the common ends.
 */
static bool find_hunks(const struct lines *a, const struct lines *b, struct hunks *ret)
{
	size_t head = 0;
	size_t tail = 0;

	while (head < a->n && head < b->n && same(&a->v[head], &b->v[head]))
		head++;
	while (tail < a->n - head && tail < b->n - head &&
		same(&a->v[a->n - 1 - tail], &b->v[b->n - 1 - tail]))
		tail++;
	const struct hunk whole = {head, a->n - tail, head, b->n - tail};
	if (a->n > SG_DIFF_MAX_LINES || b->n > SG_DIFF_MAX_LINES)
		return add_hunk(ret, &whole);
	struct search s = {
		.a = a->v + head,
		.b = b->v + head,
		.n_a = (int)(whole.a_to - head),
		.n_b = (int)(whole.b_to - head),
	};
	find_path(&s);
	const bool found = s.edits >= 0;
	bool ok = found ? collect(&s, head, ret) : add_hunk(ret, &whole);
	search_release(&s);
	return ok;
}

static void add_line(struct sg_strbuf *out, char mark, const struct line *line)
{
	sg_strbuf_addc(out, mark);
	sg_strbuf_add(out, line->bytes, line->n_bytes);
	if (line->bytes[line->n_bytes - 1] != '\n')
		sg_strbuf_adds(out, "\n\\ No newline at end of file\n");
}

static void add_range(struct sg_strbuf *out, char mark, size_t from, size_t to)
{
	/* an empty range is named by the line before it, and a single line without its count */
	const size_t start = from == to ? from : from + 1;

	sg_strbuf_addf(out, "%c%zu", mark, start);
	if (to - from != 1)
		sg_strbuf_addf(out, ",%zu", to - from);
}

/* v[0] up to v[n - 1], near enough to share their context; v[n - 1] comes first in the text. */
static void add_group(struct sg_strbuf *out, const struct lines *a, const struct lines *b,
	const struct hunk *v, size_t n)
{
	const struct hunk *first = &v[n - 1];
	const struct hunk *last = &v[0];
	const size_t lead = first->a_from < CONTEXT_LINES ? first->a_from : CONTEXT_LINES;
	const size_t left = a->n - last->a_to;
	const size_t trail = left < CONTEXT_LINES ? left : CONTEXT_LINES;

	sg_strbuf_adds(out, "@@ ");
	add_range(out, '-', first->a_from - lead, last->a_to + trail);
	sg_strbuf_addc(out, ' ');
	add_range(out, '+', first->b_from - lead, last->b_to + trail);
	sg_strbuf_adds(out, " @@\n");
	size_t at = first->a_from - lead;
	for (size_t i = n; i > 0; i--) {
		const struct hunk *h = &v[i - 1];
		for (; at < h->a_from; at++)
			add_line(out, ' ', &a->v[at]);
		for (; at < h->a_to; at++)
			add_line(out, '-', &a->v[at]);
		for (size_t j = h->b_from; j < h->b_to; j++)
			add_line(out, '+', &b->v[j]);
	}
	for (size_t i = 0; i < trail; i++)
		add_line(out, ' ', &a->v[at + i]);
}

static void add_hunks(struct sg_strbuf *out, const struct lines *a, const struct lines *b,
	const struct hunks *hunks)
{
	for (size_t end = hunks->n; end > 0;) {
		size_t i = end - 1;
		while (i > 0 &&
			hunks->v[i - 1].a_from - hunks->v[i].a_to <= (size_t)2 * CONTEXT_LINES)
			i--;
		add_group(out, a, b, &hunks->v[i], end - i);
		end = i;
	}
}

bool sg_text_diff(struct sg_strbuf *out, const char *name_a, const char *a, size_t n_a,
	const char *name_b, const char *b, size_t n_b)
{
	struct lines lines_a = {NULL, 0};
	struct lines lines_b = {NULL, 0};
	struct hunks hunks = {NULL, 0, 0};

	if (n_a == n_b && (n_a == 0 || memcmp(a, b, n_a) == 0))
		return false;
	sg_strbuf_addf(out, "--- %s\n+++ %s\n", name_a, name_b);
	if (split(a, n_a, &lines_a) && split(b, n_b, &lines_b) &&
		find_hunks(&lines_a, &lines_b, &hunks))
		add_hunks(out, &lines_a, &lines_b, &hunks);
	else
		sg_strbuf_adds(out, "@@ not compared: out of memory @@\n");
	free(hunks.v);
	free(lines_a.v);
	free(lines_b.v);
	return true;
}
