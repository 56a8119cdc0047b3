/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of a text, and the little of mdoc that the tests ask for. */
#include "unit/cmd/page.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "harness/harness.h"

struct page page_open(const char *path)
{
	const char *root = getenv("STEPGATE_ROOT");
	char *full = sg_t_format("%s/%s", root && *root ? root : ".", path);
	size_t size = 0;
	struct page page = {.path = path, .text = sg_t_read(full, &size)};

	free(full);
	cr_assert_not_null(page.text, "there is no %s", path);
	cr_assert_eq(strlen(page.text), size, "%s holds a NUL", path);
	for (const char *p = page.text; *p; p++)
		page.n += *p == '\n';
	page.lines = calloc(page.n + 1, sizeof(*page.lines));
	cr_assert_not_null(page.lines);
	size_t i = 0;
	for (char *line = page.text; i < page.n; i++) {
		char *end = strchr(line, '\n');
		*end = '\0';
		page.lines[i] = line;
		line = end + 1;
	}
	return page;
}

void page_close(struct page *page)
{
	free(page->lines);
	free(page->text);
}

bool line_starts(const char *line, const char *prefix)
{
	return strncmp(line, prefix, strlen(prefix)) == 0;
}

static size_t find_line(const struct page *page, size_t from, const char *line)
{
	size_t i = from;

	while (i < page->n && strcmp(page->lines[i], line) != 0)
		i++;
	cr_assert_lt(i, page->n, "%s has no line '%s'", page->path, line);
	return i;
}

struct part page_section(const struct page *page, const char *name)
{
	char *head = sg_t_format(".Sh %s", name);
	struct part part = {page, find_line(page, 0, head) + 1, 0};

	free(head);
	for (part.to = part.from; part.to < page->n; part.to++)
		if (line_starts(page->lines[part.to], ".Sh "))
			break;
	return part;
}

struct part page_subsection(const struct page *page, const char *name)
{
	char *head = sg_t_format(".Ss %s", name);
	struct part part = {page, find_line(page, 0, head) + 1, 0};

	free(head);
	for (part.to = part.from; part.to < page->n; part.to++)
		if (line_starts(page->lines[part.to], ".Sh ") ||
			line_starts(page->lines[part.to], ".Ss "))
			break;
	return part;
}

struct part page_between(const struct page *page, const char *begin, const char *end)
{
	struct part part = {page, find_line(page, 0, begin) + 1, 0};

	part.to = find_line(page, part.from, end);
	return part;
}

const char *part_next(const struct part *part, const char *prefix, size_t *at)
{
	for (size_t i = *at; i < part->to; i++) {
		if (!line_starts(part->page->lines[i], prefix))
			continue;
		*at = i + 1;
		return part->page->lines[i] + strlen(prefix);
	}
	return NULL;
}

static bool is_part_of_word(char c)
{
	return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z');
}

bool part_says(const struct part *part, const char *words)
{
	const size_t n = strlen(words);

	for (size_t i = part->from; i < part->to; i++) {
		const char *line = part->page->lines[i];
		for (const char *p = strstr(line, words); p; p = strstr(p + 1, words))
			if ((p == line || !is_part_of_word(p[-1])) && !is_part_of_word(p[n]))
				return true;
	}
	return false;
}
