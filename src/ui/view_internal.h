/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the views share: glyphs, padding, durations, and one look at a run that finds a row, its
 * proof and its freshness by name, so that a ledger of a million engines is drawn in one pass.
 *
 * Texts that are returned live in the rows' arena; "" where memory ran out (the arena's flag
 * says so). Included by view*.c and by nobody else.
 */
#ifndef STEPGATE_UI_VIEW_INTERNAL_H
#define STEPGATE_UI_VIEW_INTERNAL_H

#include "base/strbuf.h"
#include "base/table.h"
#include "ui/view.h"

/* X(ID, on a terminal that has them, in ASCII): each one cell wide. */
#define SG_GLYPH_LIST(X)                                                                   \
	X(OK, "✓", "+")                                                                    \
	X(FAIL, "✗", "x") X(WARN, "!", "!") X(RUN, "▶", ">") X(STOP, "■", "#")             \
		X(WAIT, "…", ".") X(CLOSED, "☐", "-") X(PROOF, "●", "*") X(LINE, "─", "-") \
			X(FULL, "█", "#") X(EMPTY, "░", ".") X(MORE, "…", "~")             \
				X(BAR, "│", "|")                                           \
					X(OPEN_QUOTE, "«", "\"") X(CLOSE_QUOTE, "»", "\"")

enum sg_glyph {
#define X(id, glyph, ascii) SG_GLYPH_##id,
	SG_GLYPH_LIST(X)
#undef X
		SG_GLYPH_COUNT
};

const char *sg_view_glyph(const struct sg_rows *rows, enum sg_glyph glyph);

/* Starts a view: takes over in's choice of glyphs, and its banner as the first row. */
void sg_view_begin(struct sg_rows *rows, const struct sg_view_input *in);

/* Clean text with blanks behind it up to `columns`; longer text stays whole. */
const char *sg_view_pad(struct sg_rows *rows, const char *text, size_t columns);
/* The widest of the names, between 8 and 40: a hostile name must not push the others away. */
size_t sg_view_width(struct sg_rows *rows, const struct sg_strs *names);
/* "a, b, c", clean. */
const char *sg_view_join(struct sg_rows *rows, const struct sg_strs *list, const char *between);
/* "3.2 s", "41 s", "2 min 5 s", "1 h 2 min"; a clock that went back is "0.0 s". */
const char *sg_view_span(struct sg_rows *rows, int64_t span_ms);
/* "exit 0", "signal 9", "timeout", "not started: ...". */
const char *sg_view_ending(struct sg_rows *rows, const struct sg_exec *exec);
/* A bar of 25 cells. */
const char *sg_view_bar(struct sg_rows *rows, const struct sg_tally *tally);
/* "0001/SPC.1/BRIEF_TOKEN.yaml 9f2c01ab…": a reference without what all of them share. */
const char *sg_view_ref(struct sg_rows *rows, const char *ref);

/* "  <title>" and each item on a row of its own behind "  - "; nothing for an empty list. */
void sg_view_list(struct sg_rows *rows, enum sg_style style, const char *title,
	const struct sg_strs *list);

/* One requirement of a resume: met, open with what was found, by running, not looked at. */
void sg_view_require(struct sg_rows *rows, const struct sg_view_input *in, size_t i);

/* How the STEP stands: what precedes it is "0003 ", or "" before the first. */
struct sg_standing {
	enum sg_glyph glyph;
	enum sg_style style;
	const char *word;
};
struct sg_standing sg_view_standing(const struct sg_run *run);
/* "ORC ▶ 3/7": phase i of the rail. */
void sg_view_rail_phase(struct sg_rows *rows, struct sg_strbuf *line, const struct sg_run *run,
	const struct sg_tally *engines, size_t i);

/* One look at a run. Borrows the input; release it. */
struct sg_look {
	const struct sg_view_input *in;
	struct sg_strs engines;    /* what is required: the plan's and the route's */
	struct sg_table rows[3];   /* by sg_fact_kind: name -> row of the ledger */
	struct sg_table proofs[3]; /* name -> proof of the run */
	struct sg_table facts[3];  /* name -> fact of the input */
	struct sg_tally roles_n;   /* required, and of them ran and still standing */
	struct sg_tally engines_n; /* an allowed skip counts */
	struct sg_tally contract_n;
};

void sg_look_init(struct sg_look *look, const struct sg_view_input *in);
void sg_look_release(struct sg_look *look);

const struct sg_role_row *sg_look_role(const struct sg_look *look, const char *role);
const struct sg_engine_row *sg_look_engine(const struct sg_look *look, const char *eng_key);
const struct sg_output_row *sg_look_output(const struct sg_look *look, const char *output);
/* NULL: no proof, the row is CLAIMED. */
const struct sg_proof *sg_look_proof(
	const struct sg_look *look, enum sg_fact_kind kind, const char *name);
/* FRESH where nobody looked. */
enum sg_fresh sg_look_fresh(
	const struct sg_look *look, enum sg_fact_kind kind, const char *name);

/* The brief of the run as it stands, for what the signal starts; its digest means nothing. */
/* Row i of how the log of what failed ends; there are sg_view_causes of them. */
size_t sg_view_causes(const struct sg_view_input *in);
void sg_view_cause(struct sg_rows *rows, const struct sg_view_input *in, size_t i);
bool sg_view_awaited(
	struct sg_rows *rows, const struct sg_view_input *in, struct sg_brief *ret);
/* "Proved able to fail: 12 of 12"; nothing where nothing was tried. */
/* "roles/ctl.sh changed": a file of a command that is not what ROUTE pinned. */
void sg_view_program(struct sg_rows *rows, const char *change);
/* A sg_tier_note, "": nothing; with its glyph or without. Only the full one is no warning. */
void sg_view_tier(struct sg_rows *rows, const char *note, bool glyph);
void sg_view_shadows(struct sg_rows *rows, const struct sg_shadows *shadows);
/* What an output misses of CONTRACT, as the brief has it. */
void sg_view_miss(struct sg_rows *rows, const char *miss);
/* The last row of a view: what is awaited, as something that can be typed. */
void sg_view_await(
	struct sg_rows *rows, const struct sg_view_input *in, const struct sg_brief *brief);

#endif
