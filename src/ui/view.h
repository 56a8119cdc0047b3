/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Views: values -> rows of styled text. Pure: no I/O, no clock, no environment; whoever calls
 * gives the time. Text from files and commands leaves only through the sanitiser: every row
 * passes it.
 *
 * A row is one line without a newline. Rows and texts live in the arena, whose flag says
 * whether memory ran out (rows are then missing). The plain front ends print rows as they are;
 * the screen draws them.
 *
 *	struct sg_rows rows;
 *	sg_rows_init(&rows, &arena);
 *	sg_view_status(&rows, &in);
 *	sg_plain_rows(&plain, &rows);
 *
 * Status is always a glyph and a word, so that neither colour nor the glyph is needed to read
 * it.
 *
 * Rows and input carry the function that says our own words in the operator's language; a view
 * gives its input's to the rows. The manifest's fields, words and codes stay as they are.
 */
#ifndef STEPGATE_UI_VIEW_H
#define STEPGATE_UI_VIEW_H

#include "base/arena.h"
#include "base/say.h"
#include "core/brief.h"
#include "core/run.h"

enum sg_style {
	SG_STYLE_PLAIN,
	SG_STYLE_HEAD,
	SG_STYLE_OK,
	SG_STYLE_FAIL,
	SG_STYLE_WARN,
	SG_STYLE_DIM,
	SG_STYLE_RUN
};

struct sg_row {
	const char *text;
	enum sg_style style;
};

struct sg_rows {
	struct sg_arena *arena;
	struct sg_row *v;
	size_t n;
	size_t capacity;
	bool ascii;     /* our glyphs from ASCII only; a view input sets it too */
	sg_say_fn *say; /* NULL: English; a view input sets it too */
};

void sg_rows_init(struct sg_rows *rows, struct sg_arena *arena);
/* Blanks at the end are cut off; a newline or tab in it is made visible like any control. */
void sg_rows_add(struct sg_rows *rows, enum sg_style style, const char *format, ...)
	SG_PRINTF(3, 4);
/* The same with the format in the operator's language. */
void sg_rows_say(struct sg_rows *rows, enum sg_style style, const char *format, ...)
	SG_PRINTF(3, 4);
/* Text through the sanitiser, one row a line. */
void sg_rows_add_text(struct sg_rows *rows, enum sg_style style, const char *text);
/* Text sanitised for use inside a row; in the rows' arena. */
const char *sg_rows_clean(struct sg_rows *rows, const char *text);

/* How the log of a role or engine that failed ends: the reason that it gave itself. */
struct sg_log_end {
	const char *name;
	struct sg_strs lines; /* as they are in the log */
};

struct sg_view_input {
	const struct sg_run *run;
	const struct sg_facts *facts; /* NULL: not looked at */
	/* "" or what stands above everything: MANIFEST_TAMPERED, broken trace, INTERRUPTED */
	const char *banner;
	int64_t now_ms;
	bool runner_dead; /* BUSY, and the process that ran the phase is gone */
	bool ascii;     /* no glyphs beyond ASCII */
	sg_say_fn *say; /* NULL: English */
	/* per requirement: "" holds, else what was found; NULL: not looked at */
	const struct sg_strs *require_state;
	const struct sg_log_end *cause; /* of STOP_GAP; NULL: not looked at, or nothing said */
};

/* One line, then the phase rail: the awaited phase stands in brackets. */
void sg_view_header(struct sg_rows *rows, const struct sg_view_input *in);
/* The header, the counts, what does not stand; its last rows say what is awaited. */
void sg_view_status(struct sg_rows *rows, const struct sg_view_input *in);
/* One row: what is awaited, the first of what status ends with. */
void sg_view_next(struct sg_rows *rows, const struct sg_view_input *in);
/* Roles and engines, n/m, provenance, tier, STALE. What is STALE does not count. */
void sg_view_ledger(struct sg_rows *rows, const struct sg_view_input *in);
void sg_view_contract(struct sg_rows *rows, const struct sg_view_input *in);
/* All that the brief's digest covers; where nothing is awaited, only what can be done. */
void sg_view_brief(
	struct sg_rows *rows, const struct sg_view_input *in, const struct sg_brief *brief);
/*
 * Code, reasons, how the log of what failed ends, fixes, each requirement of a resume met or
 * open, the next command.
 */
void sg_view_fix(struct sg_rows *rows, const struct sg_view_input *in);
/*
 * The STOP_GAP block: MODE, RESOURCES USED, DELIVERABLES (STATUS, FAIL_CODE, MISSING, FIX_LIST,
 * SAFE_PARTIALS marked DRAFT), GATES: FAIL; after PASS the same shape with PASS. Only the state
 * PASSED says PASS: what a manifest claims of itself is shown as CLAIMED.
 */
void sg_view_report(struct sg_rows *rows, const struct sg_view_input *in);
void sg_view_verdict(
	struct sg_rows *rows, const struct sg_verdict *verdict, const char *tier_note);
/* One line of history: seq, time, STEP, event, by, what it says. */
void sg_view_event(struct sg_rows *rows, const struct sg_event *event);
/* Every field, for `show N`. */
void sg_view_manifest(struct sg_rows *rows, const struct sg_manifest *m);

/* Of a verdict the trial of its gates alone; nothing where none was made. */
void sg_view_trial(struct sg_rows *rows, const struct sg_verdict *verdict);

#endif
