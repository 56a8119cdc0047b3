/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an operator may set once for all runs: one const table, and the reader of its file.
 *
 * The file ($XDG_CONFIG_HOME/stepgate/config, else ~/.config/stepgate/config) is UTF-8 text of
 * lines. A line is blank, a comment (its first character that is no blank is '#'), or
 *
 *	name = value
 *
 * with blanks wherever they please; a '#' behind a blank begins a comment there too. Names and
 * values are the table's, spelled exactly so, each name at most once. CR LF ends a line as LF
 * does, and a byte order mark before the first is skipped.
 *
 * Only how the program looks can be set: nothing here changes what a gate says, what the signal
 * is, or what is stored. Environment variables and options win over the file.
 *
 *	struct sg_settings settings;
 *	sg_settings_default(&settings);
 *	if (sg_settings_read(&settings, bytes, n_bytes, path, &err) != SG_OK)
 *		...
 *	bool plain = sg_setting_is(&settings, SG_SETTING_UI, "plain");
 *
 * The man page's section and every message come from the table.
 */
#ifndef STEPGATE_CMD_SETTINGS_H
#define STEPGATE_CMD_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* id, name, values ("a|b|c", or "100-1000" for a number), default, one line of help */
#define SG_SETTING_LIST(X)                                                                     \
	X(UI, "ui", "screen|plain", "screen",                                                  \
		"what opens without a command: the full screen or the line prompt")            \
	X(COLOR, "color", "auto|always|never", "auto",                                         \
		"whether rows are coloured; auto: where they go to a terminal")                \
	X(ASCII, "ascii", "no|yes", "no", "no glyphs beyond ASCII")                            \
	X(BELL, "bell", "yes|no", "yes",                                                       \
		"ring when a phase of more than ten seconds has ended")                        \
	X(TITLE, "title", "yes|no", "yes", "the terminal's title says the STEP and its state") \
	X(LANGUAGE, "language", "auto|en|ru", "auto",                                          \
		"language of the screen and of refusals; auto: the locale's")                  \
	X(LOG_ROWS, "log_rows", "100-1000000", "16384", "rows that the full screen's log keeps")

enum sg_setting {
#define X(id, name, values, fallback, help) SG_SETTING_##id,
	SG_SETTING_LIST(X)
#undef X
		SG_SETTING_COUNT
};

struct sg_setting_spec {
	const char *name;
	const char *values;
	const char *fallback; /* one of the values */
	const char *help;
};

/* By enum sg_setting. */
extern const struct sg_setting_spec sg_setting_specs[SG_SETTING_COUNT];

/* Plain values: may be copied, holds nothing to free. */
struct sg_settings {
	size_t value[SG_SETTING_COUNT]; /* place among the words, or the number */
	size_t line[SG_SETTING_COUNT];  /* where the file sets it; 0: it does not */
};

void sg_settings_default(struct sg_settings *ret);

/*
 * Takes what the bytes of a file set over what is there. SG_INPUT with file:line:column where a
 * line is none of the above; what is there then stays as it was. `name` is for the message.
 */
enum sg_rc sg_settings_read(struct sg_settings *settings, const char *bytes, size_t n_bytes,
	const char *name, struct sg_err *err);

/* Whether the setting's value is this word. */
bool sg_setting_is(const struct sg_settings *settings, enum sg_setting which, const char *word);

#endif
