/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Headings of a Markdown text, by lines: those of CommonMark that stand alone on their lines.
 * What stands in a fence or in a comment is shown or hidden, and structures nothing: a role
 * that puts the wanted headings there has not written the sections.
 */
#include "format/demand.h"

#include <string.h>

/* A line without its break, and without the space around it. */
struct md_line {
	const char *text;
	size_t n;
	size_t indent; /* spaces in front; a tab is four */
};

struct md_scan {
	const char *bytes;
	size_t n;
	size_t next;
	char fence; /* of the fence that is open; 0: none */
	size_t fence_n;
	bool comment;
	struct md_line above; /* text that a line of = or - makes a heading; n 0: none */
};

struct md_heading {
	int level;
	const char *text;
	size_t n;
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool next_line(struct md_scan *s, struct md_line *ret)
{
	if (s->next >= s->n)
		return false;
	const char *text = s->bytes + s->next;
	const char *end = memchr(text, '\n', s->n - s->next);
	size_t n = end ? (size_t)(end - text) : s->n - s->next;
	size_t indent = 0;

	s->next += n + (end ? 1 : 0);
	for (; n > 0 && (*text == ' ' || *text == '\t'); text++, n--)
		indent += *text == '\t' ? 4 : 1;
	while (n > 0 && is_space(text[n - 1]))
		n--;
	*ret = (struct md_line){text, n, indent};
	return true;
}

static size_t run_of(const struct md_line *line, char c)
{
	size_t n = 0;

	while (n < line->n && line->text[n] == c)
		n++;
	return n;
}

static bool has(const char *text, size_t n, const char *what)
{
	return memmem(text, n, what, strlen(what)) != NULL;
}

/* True where the line is fence, comment, or inside of one: it is no text. */
static bool is_apart(struct md_scan *s, const struct md_line *line)
{
	const char c = line->n > 0 ? line->text[0] : '\0';
	const size_t run = c == '`' || c == '~' ? run_of(line, c) : 0;

	if (s->fence) {
		if (c == s->fence && run >= s->fence_n && run == line->n && line->indent < 4)
			s->fence = '\0';
		return true;
	}
	if (s->comment) {
		s->comment = !has(line->text, line->n, "-->");
		return true;
	}
	if (line->indent >= 4)
		return true; /* code, or the text of a list: no heading in either case */
	/* a backtick behind them makes it code inside a line */
	if (run >= 3 && !(c == '`' && memchr(line->text + run, '`', line->n - run))) {
		s->fence = c;
		s->fence_n = run;
		return true;
	}
	if (line->n < 4 || memcmp(line->text, "<!--", 4) != 0)
		return false;
	s->comment = !has(line->text + 4, line->n - 4, "-->");
	return true;
}

static void trim(struct md_heading *h)
{
	for (; h->n > 0 && is_space(*h->text); h->text++)
		h->n--;
	while (h->n > 0 && is_space(h->text[h->n - 1]))
		h->n--;
}

/* "## X ##" */
static bool take_marked(const char *text, size_t n_bytes, struct md_heading *ret)
{
	const struct md_line line = {text, n_bytes, 0};
	const size_t level = run_of(&line, '#');
	struct md_heading h = {(int)level, text + level, n_bytes - level};

	if (level < 1 || level > 6 || (h.n > 0 && !is_space(*h.text)))
		return false;
	trim(&h);
	size_t closing = 0;
	while (closing < h.n && h.text[h.n - 1 - closing] == '#')
		closing++;
	/* they close only where space stands before them, or nothing */
	if (closing > 0 && (closing == h.n || is_space(h.text[h.n - 1 - closing])))
		h.n -= closing;
	trim(&h);
	*ret = h;
	return true;
}

/* A line of = or - under a line of text. */
static bool take_underlined(
	const struct md_scan *s, const struct md_line *line, struct md_heading *ret)
{
	if (s->above.n == 0 || line->n == 0 ||
		(run_of(line, '=') != line->n && run_of(line, '-') != line->n))
		return false;
	*ret = (struct md_heading){line->text[0] == '=' ? 1 : 2, s->above.text, s->above.n};
	return true;
}

static bool next_heading(struct md_scan *s, struct md_heading *ret)
{
	const struct md_line none = {"", 0, 0};
	struct md_line line;

	while (next_line(s, &line)) {
		if (is_apart(s, &line)) {
			s->above = none;
			continue;
		}
		const bool found = take_underlined(s, &line, ret) ||
				   take_marked(line.text, line.n, ret);
		/* a paragraph of several lines is no heading of its last one */
		s->above = !found && s->above.n == 0 && line.n > 0 ? line : none;
		if (found)
			return true;
	}
	return false;
}

bool sg_demand_heading(const char *bytes, size_t n_bytes, const char *wanted, size_t *ret_n)
{
	struct md_scan s = {.bytes = bytes, .n = n_bytes, .above = {"", 0, 0}};
	struct md_heading want = {0, wanted, strlen(wanted)};
	struct md_heading h;
	bool found = false;

	trim(&want);
	take_marked(want.text, want.n, &want);
	*ret_n = 0;
	while (next_heading(&s, &h)) {
		(*ret_n)++;
		found = found || ((want.level == 0 || want.level == h.level) &&
					 want.n == h.n && memcmp(want.text, h.text, h.n) == 0);
	}
	return found;
}
