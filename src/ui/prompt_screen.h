/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The full screen's prompt: readline as an editor alone. It is fed whole tokens (screen.h),
 * reads and writes no terminal, and says what is to be drawn.
 *
 *	sg_prompt_screen_start(&options);
 *	sg_prompt_screen_text("stepgate 0001> ");
 *	sg_prompt_screen_feed(&token);
 *	while (sg_prompt_screen_action(&action)) ...
 *	if (sg_prompt_screen_line(&line)) ...
 *	sg_prompt_screen_layout(columns, rows_max, &rows);
 *	sg_prompt_screen_stop();
 *
 * What counts as typed is as in prompt.h; a pane key inside a line taints it as any other key
 * that is no character does. A paste is text, newlines included: it never ends a line.
 * On a Russian layout Alt keys, and in vi's command mode all keys, mean the Latin letter that
 * stands on the same key. ~/.inputrc may bind the functions stepgate-page-up, -page-down,
 * -line-up, -line-down, -top, -follow, -next-pane, -previous-pane, -zoom, -help, -search-next,
 * -search-previous, -clear and -redraw to other keys.
 */
#ifndef STEPGATE_UI_PROMPT_SCREEN_H
#define STEPGATE_UI_PROMPT_SCREEN_H

#include "ui/complete.h"
#include "ui/prompt.h"
#include "ui/screen.h"
#include "ui/view_pane.h"

/* The options are prompt.h's; dumb is not looked at. Borrowed texts live until the stop. */
void sg_prompt_screen_start(const struct sg_prompt_options *options);
/* The line prompt may be started behind it. Twice is fine. */
void sg_prompt_screen_stop(void);

/* What stands before the line; copied. */
void sg_prompt_screen_text(const char *text);
void sg_prompt_screen_feed(const struct sg_token *token);

/*
 * True for a key that would change the line or the cursor's place in it and do nothing else: it
 * may be fed while the run is in other hands. One that completes, asks the history or moves a
 * pane is none, whatever inputrc has bound it to.
 */
bool sg_prompt_screen_edits(const struct sg_token *token);
/* A line, an end or a pane key is there to be asked for. */
bool sg_prompt_screen_waits(void);

/* A line that Enter ended, once; sg_line_release frees it. */
bool sg_prompt_screen_line(struct sg_line *ret);
/* Ctrl-D on an empty line, once. */
bool sg_prompt_screen_end(void);
/* A pane key, once each, in their order. */
bool sg_prompt_screen_action(enum sg_pane_action *ret);

/* Ctrl-C: the line, a search in the history, a half-given command are gone. */
void sg_prompt_screen_interrupt(void);
/* A brief has been drawn: no line that has begun before is the signal. */
void sg_prompt_screen_begin_typed(void);
bool sg_prompt_screen_empty(void);

/* True once after anything that has to be drawn. */
bool sg_prompt_screen_dirty(void);
/* The rows around the cursor, at most rows_max; borrowed until the next call. */
void sg_prompt_screen_layout(size_t columns, size_t rows_max, struct sg_prompt_rows *ret);

/* The candidates of an ambiguous Tab, until the next key; NULL: none are shown. */
const struct sg_candidates *sg_prompt_screen_candidates(void);

/* The Latin letter on the key of a Cyrillic one, ЙЦУКЕН to QWERTY; 0: no such key. */
char sg_prompt_screen_latin(uint32_t code_point);

#endif
