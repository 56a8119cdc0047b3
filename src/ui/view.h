/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Views: values -> rows of styled text. Pure: no I/O, no clock, no environment; whoever calls gives
 * the time and the width. Text from files and commands leaves only through the sanitiser.
 *
 * A row is one line without a newline. Rows and texts live in the arena. The plain front ends print rows as
 * they are; the screen draws them.
 */
#ifndef STEPGATE_UI_VIEW_H
#define STEPGATE_UI_VIEW_H

#include "base/arena.h"
#include "core/brief.h"
#include "core/run.h"

enum sg_style { SG_STYLE_PLAIN, SG_STYLE_HEAD, SG_STYLE_OK, SG_STYLE_FAIL, SG_STYLE_WARN, SG_STYLE_DIM, SG_STYLE_RUN };

struct sg_row {
	const char *text;
	enum sg_style style;
};

struct sg_rows {
	struct sg_arena *arena;
	struct sg_row *v;
	size_t n;
	size_t capacity;
	bool ascii; /* glyphs of our own only from ASCII; false after init, a view input sets it too */
};

void sg_rows_init(struct sg_rows *rows, struct sg_arena *arena);
void sg_rows_add(struct sg_rows *rows, enum sg_style style, const char *format, ...) SG_PRINTF(3, 4);
/* text through the sanitiser, one row a line. */
void sg_rows_add_text(struct sg_rows *rows, enum sg_style style, const char *text);
/* text sanitised for use inside a row; in the rows' arena. */
const char *sg_rows_clean(struct sg_rows *rows, const char *text);

struct sg_view_input {
	const struct sg_run *run;
	const struct sg_facts *facts;  /* NULL: not looked at */
	const char *banner;            /* "" or what stands above everything: MANIFEST_TAMPERED, broken trace, INTERRUPTED */
	int64_t now_ms;
	bool ascii;                    /* no glyphs beyond ASCII */
	const struct sg_strs *require_state; /* per requirement: "" holds, else what was found; NULL: not looked at */
};

void sg_view_header(struct sg_rows *rows, const struct sg_view_input *in); /* one line, then the phase rail */
void sg_view_status(struct sg_rows *rows, const struct sg_view_input *in); /* header, counts, what is awaited */
void sg_view_ledger(struct sg_rows *rows, const struct sg_view_input *in); /* roles and engines, n/m, provenance, tier, STALE */
void sg_view_contract(struct sg_rows *rows, const struct sg_view_input *in);
void sg_view_brief(struct sg_rows *rows, const struct sg_view_input *in, const struct sg_brief *brief);
void sg_view_fix(struct sg_rows *rows, const struct sg_view_input *in);    /* code, reasons, fixes, requirements red/green, next command */
/* The STOP_GAP block: MODE, RESOURCES USED, DELIVERABLES (STATUS, FAIL_CODE, MISSING, FIX_LIST, SAFE_PARTIALS marked DRAFT), GATES: FAIL; after PASS the same shape with PASS. */
void sg_view_report(struct sg_rows *rows, const struct sg_view_input *in);
void sg_view_verdict(struct sg_rows *rows, const struct sg_verdict *verdict, const char *tier_note);
/* One line of history: seq, time, event, by, STEP, what it says. */
void sg_view_event(struct sg_rows *rows, const struct sg_event *event);
void sg_view_manifest(struct sg_rows *rows, const struct sg_manifest *m);  /* every field, for `show N` */

#endif
