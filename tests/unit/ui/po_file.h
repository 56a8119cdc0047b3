/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * share/po/ru.po as a test reads it: without gettext and without a locale, so that a view's
 * Russian is the same wherever the tests run.
 *
 *	po_open();
 *	c.in.view.say = po_say;
 *	...
 *	cr_assert_str_empty(po_missing());
 *	po_close();
 *
 * One catalogue at a time: a say function has no context.
 */
#ifndef STEPGATE_TEST_PO_FILE_H
#define STEPGATE_TEST_PO_FILE_H

#include <stdbool.h>
#include <stddef.h>

struct po_entry {
	char *id;
	char *plural; /* NULL: nothing is counted */
	char *forms[3];
	size_t n_forms;
	bool fuzzy;
};

struct po_file {
	struct po_entry *v; /* without the header */
	size_t n;
};

/* Fails the test where the file cannot be read as a catalogue. */
const struct po_file *po_open(void);
void po_close(void);

/* A sg_say_fn. What holds a blank and has no entry is remembered. */
const char *po_say(const char *one, const char *many, unsigned long n);
/* The first text that po_say did not find, "" where there was none. */
const char *po_missing(void);

#endif
