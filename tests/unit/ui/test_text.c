/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Russian catalogue and the views that speak it. That nothing is missing in it: russian.sh. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "harness/harness.h"
#include "pane_case.h"
#include "po_file.h"

/* The conversions of a format, one behind the other, into out: "%zu%s". */
static const char *conversions(const char *format, char *out, size_t out_size)
{
	size_t n = 0;
	for (const char *p = strchr(format, '%'); p; p = strchr(p, '%')) {
		size_t length = 1 + strspn(p + 1, "-0 #.*0123456789hlzjt");
		length += p[length] != '\0';
		cr_assert_lt(n + length, out_size, "%s", format);
		memcpy(out + n, p, length);
		n += length;
		p += length;
	}
	out[n] = '\0';
	return out;
}

Test(text, every_translation_takes_the_arguments_of_its_text)
{
	const struct po_file *po = po_open();
	char expected[128];
	char found[128];
	for (size_t i = 0; i < po->n; i++) {
		const struct po_entry *e = &po->v[i];
		cr_assert_not(e->fuzzy, "fuzzy: %s", e->id);
		cr_assert_eq(
			e->n_forms, e->plural ? 3 : 1, "%zu forms of: %s", e->n_forms, e->id);
		conversions(e->id, expected, sizeof(expected));
		for (size_t f = 0; f < e->n_forms; f++) {
			cr_assert(*e->forms[f], "empty: %s", e->id);
			cr_assert(sg_utf8_valid(e->forms[f], strlen(e->forms[f]), NULL), "%s",
				e->id);
			cr_assert_str_eq(conversions(e->forms[f], found, sizeof(found)),
				expected, "expected the conversions of: %s\nfound: %s", e->id,
				e->forms[f]);
		}
	}
	po_close();
}

Test(text, a_translation_keeps_blanks_and_line_ends_of_its_text)
{
	const struct po_file *po = po_open();
	for (size_t i = 0; i < po->n; i++) {
		const char *id = po->v[i].id;
		const char *said = po->v[i].forms[0];
		size_t n_id = strlen(id);
		size_t n_said = strlen(said);
		cr_assert_eq(strspn(id, " \n;,"), strspn(said, " \n;,"), "%s", id);
		cr_assert_eq(id[n_id - 1] == '\n', said[n_said - 1] == '\n', "%s", id);
		cr_assert_eq(id[n_id - 1] == ' ', said[n_said - 1] == ' ', "%s", id);
	}
	po_close();
}

Test(text, russian_counts_have_their_three_forms)
{
	static const struct {
		unsigned long n;
		const char *expected;
	} cases[] = {{1, "%zu файл%s%s"}, {2, "%zu файла%s%s"}, {5, "%zu файлов%s%s"},
		{11, "%zu файлов%s%s"}, {21, "%zu файл%s%s"}, {0, "%zu файлов%s%s"}};
	po_open();
	for (size_t i = 0; i < SG_ARRAY_SIZE(cases); i++) {
		const char *said = po_say("Changed since the STEP opened: %zu file%s%s",
			"Changed since the STEP opened: %zu files%s%s", cases[i].n);
		cr_assert(strstr(said, cases[i].expected), "%lu: %s", cases[i].n, said);
	}
	po_close();
}

/* The repository's root: the tests are run from it. STEPGATE_GOLDEN_WRITE=1 writes them anew. */
static void golden(const char *found, const char *name)
{
	char *path = sg_t_format("tests/golden/%s.txt", name);
	if (getenv("STEPGATE_GOLDEN_WRITE"))
		sg_t_write_text(path, found);
	char *expected = sg_t_read(path, NULL);
	cr_assert_not_null(expected, "%s is not there", path);
	cr_assert_str_eq(found, expected, "%s: expected\n%s\nfound\n%s", path, expected, found);
	free(expected);
	free(path);
}

Test(text, the_pane_speaks_russian_in_straight_columns)
{
	static void (*const cases[])(struct pane_case *) = {
		pane_case_orc, pane_case_stopped, pane_case_passed};
	static const char *const names[] = {"pane-ru-orc", "pane-ru-stop_gap", "pane-ru-pass"};
	po_open();
	for (size_t i = 0; i < SG_ARRAY_SIZE(cases); i++) {
		struct pane_case c;
		pane_case_init(&c);
		c.in.view.say = po_say;
		cases[i](&c);
		pane_case_rows(&c, 29, 100);
		golden(pane_case_screen(&c), names[i]);
		pane_case_release(&c);
	}
	cr_assert_str_empty(po_missing(), "not in the catalogue: %s", po_missing());
	po_close();
	SG_LEAKCHECK();
}

Test(text, the_brief_says_in_russian_what_the_signal_starts_and_its_digest_is_the_same)
{
	struct pane_case english;
	struct pane_case c;
	po_open();
	pane_case_init(&english);
	pane_case_await(&english, "ORC");
	pane_case_init(&c);
	c.in.view.say = po_say;
	pane_case_await(&c, "ORC");
	cr_assert_str_eq(c.brief.next_action, english.brief.next_action);
	cr_assert_str_eq(c.brief.digest, english.brief.digest);
	pane_case_rows(&c, 29, 100);
	golden(pane_case_screen(&c), "pane-ru-await");
	c.rows.n = 0;
	sg_view_brief(&c.rows, &c.in.view, &c.brief);
	golden(pane_case_screen(&c), "brief-ru");
	cr_assert_str_empty(po_missing(), "not in the catalogue: %s", po_missing());
	pane_case_release(&c);
	pane_case_release(&english);
	po_close();
	SG_LEAKCHECK();
}

Test(text, every_view_finds_its_texts_and_leaves_the_field_names)
{
	static void (*const cases[])(struct pane_case *) = {
		pane_case_orc, pane_case_stopped, pane_case_passed};
	po_open();
	for (size_t i = 0; i < SG_ARRAY_SIZE(cases); i++) {
		struct pane_case c;
		pane_case_init(&c);
		c.in.view.say = po_say;
		cases[i](&c);
		pane_case_rows(&c, 1, 100);
		c.rows.n = 0;
		sg_view_status(&c.rows, &c.in.view);
		sg_view_ledger(&c.rows, &c.in.view);
		sg_view_contract(&c.rows, &c.in.view);
		sg_view_fix(&c.rows, &c.in.view);
		sg_view_report(&c.rows, &c.in.view);
		const char *all = pane_case_screen(&c);
		static const char *const kept[] = {"ROLES", "ENGINES", "CONTRACT",
			"RESOURCES USED:", "DELIVERABLES:", "STATUS:", "FAIL_REASONS:",
			"FIX_LIST:", "GATES: ", "ran"};
		for (size_t k = 0; k < SG_ARRAY_SIZE(kept); k++)
			cr_assert(strstr(all, kept[k]), "expected %s in\n%s", kept[k], all);
		pane_case_release(&c);
	}
	cr_assert_str_empty(po_missing(), "not in the catalogue: %s", po_missing());
	po_close();
	SG_LEAKCHECK();
}
