/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A reader of the part of the PO format that our catalogues use: UTF-8, no contexts. */
#include "unit/ui/po_file.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "harness/harness.h"
#include "unit/cmd/page.h"

static struct po_file file;
static char missing[256];

/* Adds what stands between the quotes of a line. */
static void add_quoted(struct sg_strbuf *text, const char *line)
{
	const char *p = strchr(line, '"');
	cr_assert_not_null(p, "no quote in: %s", line);
	for (p++; *p && *p != '"'; p++) {
		if (*p != '\\') {
			sg_strbuf_addc(text, *p);
			continue;
		}
		p++;
		cr_assert_not_null(
			strchr("n\"\\", *p), "an escape that is not known: %s", line);
		sg_strbuf_addc(text, *p == 'n' ? '\n' : *p);
	}
	cr_assert_eq(*p, '"', "the quote is not closed: %s", line);
}

/* The value that begins in line i and goes on in the lines behind it; moves *i to its last. */
static char *value_at(const struct page *page, size_t *i)
{
	struct sg_strbuf text = SG_STRBUF_INIT;
	add_quoted(&text, page->lines[*i]);
	while (*i + 1 < page->n && page->lines[*i + 1][0] == '"')
		add_quoted(&text, page->lines[++*i]);
	char *value = strdup(text.bytes);
	cr_assert_not_null(value);
	sg_strbuf_release(&text);
	return value;
}

static struct po_entry *new_entry(char *id, bool fuzzy)
{
	file.v = realloc(file.v, (file.n + 1) * sizeof(*file.v));
	cr_assert_not_null(file.v);
	file.v[file.n] = (struct po_entry){.id = id, .fuzzy = fuzzy};
	return &file.v[file.n++];
}

static void free_entry(struct po_entry *e)
{
	free(e->id);
	free(e->plural);
	for (size_t i = 0; i < e->n_forms; i++)
		free(e->forms[i]);
}

const struct po_file *po_open(void)
{
	struct page page = page_open("share/po/ru.po");
	struct po_entry *e = NULL;
	bool fuzzy = false;
	memset(&file, 0, sizeof(file));
	missing[0] = '\0';
	for (size_t i = 0; i < page.n; i++) {
		const char *line = page.lines[i];
		cr_assert_not(line_starts(line, "#~"), "an entry that nothing uses: %s", line);
		if (line_starts(line, "#,")) {
			fuzzy = strstr(line, "fuzzy") != NULL;
		} else if (line_starts(line, "msgid ")) {
			e = new_entry(value_at(&page, &i), fuzzy);
			fuzzy = false;
		} else if (line_starts(line, "msgid_plural ") && e) {
			e->plural = value_at(&page, &i);
		} else if (line_starts(line, "msgstr") && e) {
			cr_assert_lt(e->n_forms, SG_ARRAY_SIZE(e->forms), "%s", line);
			e->forms[e->n_forms++] = value_at(&page, &i);
		}
	}
	page_close(&page);
	cr_assert_gt(file.n, 1);
	cr_assert_str_empty(file.v[0].id, "the header comes first");
	free_entry(&file.v[0]);
	memmove(file.v, file.v + 1, --file.n * sizeof(*file.v));
	return &file;
}

void po_close(void)
{
	for (size_t i = 0; i < file.n; i++)
		free_entry(&file.v[i]);
	free(file.v);
	memset(&file, 0, sizeof(file));
}

/* One, few, many: 1 21 31, 2 3 4 22, 0 5 11 12 14 20. */
static size_t russian_form(unsigned long n)
{
	if (n % 10 == 1 && n % 100 != 11)
		return 0;
	return n % 10 >= 2 && n % 10 <= 4 && (n % 100 < 12 || n % 100 > 14) ? 1 : 2;
}

const char *po_say(const char *one, const char *many, unsigned long n)
{
	for (size_t i = 0; i < file.n; i++) {
		const struct po_entry *e = &file.v[i];
		if (strcmp(e->id, one) == 0 && !e->plural == !many)
			return e->forms[many ? russian_form(n) : 0];
	}
	/* one word alone may be the manifest's: RUNNING, ran */
	if (strchr(one, ' ') && !*missing)
		strncat(missing, one, sizeof(missing) - 1);
	return many && n != 1 ? many : one;
}

const char *po_missing(void)
{
	return missing;
}
