/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A man page in mdoc(7), or another text of the sources, as lines, for tests that hold it to the
 * tables of the program. What is not found fails the test that asks.
 */
#ifndef TESTS_UNIT_CMD_PAGE_H
#define TESTS_UNIT_CMD_PAGE_H

#include <stdbool.h>
#include <stddef.h>

struct page {
	const char *path; /* as given, for messages; borrowed */
	char *text;       /* owned; its newlines are NULs */
	char **lines;     /* owned array of pointers into text */
	size_t n;
};

/* Lines [from, to) of a page. */
struct part {
	const struct page *page;
	size_t from;
	size_t to;
};

/* path is relative to the root of the sources: $STEPGATE_ROOT, or the working directory. */
struct page page_open(const char *path);
void page_close(struct page *page);

/* From the line behind ".Sh NAME" (or ".Ss NAME") to the next of its kind. */
struct part page_section(const struct page *page, const char *name);
struct part page_subsection(const struct page *page, const char *name);

/* From the line behind the one that is `begin` to the one that is `end`. */
struct part page_between(const struct page *page, const char *begin, const char *end);

bool line_starts(const char *line, const char *prefix);

/*
 * What stands behind `prefix` in the first line of the part at or behind *at that begins with it, and
 * *at behind that line; NULL where there is none.
 */
const char *part_next(const struct part *part, const char *prefix, size_t *at);

/* Whether the words stand in the lines of the part, whatever macros and commas are around. */
bool part_says(const struct part *part, const char *words);

#endif
