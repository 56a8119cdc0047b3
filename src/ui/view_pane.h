/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The live pane: what the full screen shows above its prompt, as rows. Pure.
 *
 * State (what the operator scrolled, filtered, zoomed) and input (the run, its evidence, the
 * log's tail) go in, exactly n_rows rows of at most n_columns columns come out (TERMINAL.md 6).
 * Blocks in order: header, phase rail, ROLES, ENGINES, CONTRACT, and LOG, or BRIEF in place of
 * the log while one is out, or FIX while the STEP is stopped or closed as FAIL. Each block
 * shrinks to its one-line summary before it vanishes; a block that has nothing to count is not
 * there at all. 40x10 still shows status, phase and the coverage counts; 1x1 survives.
 *
 *	struct sg_pane_state state = {0};
 *	struct sg_rows rows;
 *	sg_rows_init(&rows, &arena);
 *	sg_pane_compose(&rows, &input, &state, n_rows, n_columns);
 *	...
 *	sg_pane_state_release(&state);
 *
 * Only what is visible is built, so that a page of a million-row ledger costs what any page
 * costs. What had to be looked up for it is remembered in the state and looked up anew when the
 * run or its facts are others.
 */
#ifndef STEPGATE_UI_VIEW_PANE_H
#define STEPGATE_UI_VIEW_PANE_H

#include "ui/view.h"

#define SG_PANE_LIST(X)       \
	X(ROLES, "roles")     \
	X(ENGINES, "engines") \
	X(CONTRACT, "contract") X(BRIEF, "brief") X(FIX, "fix") X(LOG, "log")

enum sg_pane {
#define X(id, text) SG_PANE_##id,
	SG_PANE_LIST(X)
#undef X
		SG_PANE_COUNT
};

const char *sg_pane_name(enum sg_pane pane);
bool sg_pane_parse(const char *text, enum sg_pane *ret);

/*
 * What a key does to the pane; the screen maps keys to these. HELP opens the overlay and closes
 * it; while it is open the lines and pages move it and not the block. FOLLOW lets the log and
 * the ledgers go with the work again; CLEAR does that too, closes help, takes filter and search
 * away.
 */
#define SG_PANE_ACTION_LIST(X) \
	X(LINE_UP)             \
	X(LINE_DOWN)           \
	X(PAGE_UP)             \
	X(PAGE_DOWN)           \
	X(TOP)                 \
	X(BOTTOM)              \
	X(FOLLOW)              \
	X(NEXT_PANE) X(PREVIOUS_PANE) X(ZOOM) X(HELP) X(SEARCH_NEXT) X(SEARCH_PREVIOUS) X(CLEAR)

enum sg_pane_action {
#define X(id) SG_PANE_ACTION_##id,
	SG_PANE_ACTION_LIST(X)
#undef X
		SG_PANE_ACTION_COUNT
};

struct sg_pane_index;

/*
 * Belongs to the screen; zero-initialised is the start: focus ROLES, nothing scrolled,
 * following. The screen sets focus, filter, search and help_filter as the operator types them,
 * the actions set the rest. Filter and search find ASCII and Cyrillic letters of either case.
 */
struct sg_pane_state {
	enum sg_pane focus;
	bool zoomed;   /* the focused block alone, below header and rail */
	bool scrolled; /* the log does not follow any more */
	/* the item that stands first; in the log counted from its first line ever */
	size_t first[SG_PANE_COUNT];
	/* scrolled by hand; else a ledger shows the place where the work is */
	bool moved[SG_PANE_COUNT];
	size_t seen_rows; /* log rows when it was scrolled: "+N new" */
	char filter[64];  /* rows of the focused block that hold this text; "" all */
	char search[64];
	bool help; /* the help overlay, filtered by help_filter */
	char help_filter[64];
	size_t help_first;
	/* compose: entries of the overlay that are shown, and the rows there are for them */
	size_t help_shown;
	size_t help_room;
	bool has_found; /* the search stands at item `found` of the focused block */
	size_t found;
	/* compose: the filter has not looked at everything yet; compose again soon */
	bool unfinished;
	/* compose: the brief's title and what the signal starts are in these rows, uncovered */
	bool brief_shown;
	struct sg_pane_index *index; /* owned */
};

/* Frees what the state remembers; the state can be used on, it remembers anew. */
void sg_pane_state_release(struct sg_pane_state *state);

/* Sanitised log lines, oldest first; the screen keeps them (a ring), the view shows them. */
struct sg_log_tail {
	const char *name; /* role or engine that wrote last, "" none */
	const char *const *lines;
	size_t n;
	size_t dropped; /* lines that left the ring before lines[0] */
};

struct sg_overlay {
	const char *title; /* completion matches, help; NULL: none */
	const char *const *texts;
	const char *const *descriptions; /* NULL: none; an element may be NULL or "" */
	size_t n;
};

struct sg_running {
	const char *name; /* role or engine */
	int64_t elapsed_ms;
	int64_t timeout_ms; /* 0: none */
};

/*
 * All borrowed for the call. While state.help is set the overlay holds the commands for it (or
 * nothing: then the keys alone are shown); else the overlay is that of completion.
 */
struct sg_pane_input {
	struct sg_view_input view;
	const struct sg_brief *brief; /* NULL: none is out */
	struct sg_log_tail log;
	const struct sg_running *running; /* what runs now */
	size_t n_running;
	struct sg_overlay overlay;
	/* the last message (refusal, hint), "" or NULL none; one line, sanitised here */
	const char *message;
	enum sg_style message_style;
	bool read_only; /* watch: says so in the header */
};

/*
 * Exactly n_rows rows into out, which is empty (text never wider than n_columns; wide
 * characters never cut in half). Scroll positions beyond the end are set right in the state.
 * SG_NOMEM is the only failure; out may then hold fewer rows.
 */
enum sg_rc sg_pane_compose(struct sg_rows *out, const struct sg_pane_input *input,
	struct sg_pane_state *state, size_t n_rows, size_t n_columns);

/* Applies an action; n_rows/n_columns as at the last compose. */
void sg_pane_act(struct sg_pane_state *state, enum sg_pane_action action,
	const struct sg_pane_input *input, size_t n_rows, size_t n_columns);

/* The whole content of one block, unshrunk, for `dump PANE FILE`. */
enum sg_rc sg_pane_rows(
	struct sg_rows *out, const struct sg_pane_input *input, enum sg_pane pane);

#endif
