/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The brief: what the operator is shown before the signal is awaited, and the digest that binds
 * the
 * signal to it.
 *
 * Pure. Everything shown comes from here, so that the digest covers all of it: the trace's
 * head, the state, what ran, what it proved, what does not stand any more, what the signal
 * starts. A signal whose digest is not the digest of the brief at its commit is refused.
 */
#ifndef STEPGATE_CORE_BRIEF_H
#define STEPGATE_CORE_BRIEF_H

#include "base/arena.h"
#include "base/say.h"
#include "core/run.h"

/* What every brief and report repeats where the profile says SANDBOX: none. */
#define SG_TIER_NONE_NOTE \
	SG_SAY("SANDBOX: none - nothing kept the commands from writing elsewhere")

#define SG_TIER_FULL_NOTE SG_SAY("SANDBOX: full - every command runs behind every wall")

/*
 * What every brief and report says of the walls: of those that the profile asks for, which
 * stand here. "" before ROUTE has read a profile. A sentence to be translated.
 */
const char *sg_tier_note(const struct sg_run *run);
/* How well commands of this run are guarded: none where the profile asks for no sandbox. */
enum sg_tier sg_run_tier(const struct sg_run *run);

struct sg_brief_input {
	const struct sg_run *run;
	const struct sg_facts *facts; /* evidence as it stands now; NULL before there is any */
	const char *head;             /* the trace's head, 64 hex digits */
	struct sg_strs changed;       /* files changed since the STEP opened; may be empty */
	bool changed_known;
	struct sg_strs edited;    /* not as phase edited_since left them; nobody's fault */
	const char *edited_since; /* NULL or "": not known */
	struct sg_strs programs;  /* "roles/ctl.sh changed": since ROUTE pinned them */
	sg_say_fn *say;           /* the operator's language, for next_said; NULL: English */
};

struct sg_brief_row {
	const char *name;   /* role, engine, output or gate */
	const char *status; /* ran, skipped, failed, present */
	const char *detail; /* exit status, time, outputs; one line */
	enum sg_provenance provenance;
	enum sg_tier tier;
	enum sg_fresh fresh;
};

struct sg_brief {
	bool out;                  /* something is awaited: the signal means something */
	const char *ended;         /* the phase that ended last, "" none */
	struct sg_brief_row *rows; /* what ran in it */
	size_t n_rows;
	struct sg_tally coverage, contract; /* gate rows passed of all, so far */
	struct sg_tally engines;            /* ran of required */
	struct sg_strs stale;               /* names whose evidence does not stand any more */
	struct sg_strs misses;     /* "TOC: expected <demand>, found <what>": D3, told early */
	struct sg_shadows shadows; /* after PASS: the trial of the gates; tried 0: none */
	struct sg_strs changed;
	bool changed_known;
	struct sg_strs edited;    /* by hand, while nothing ran */
	const char *edited_since; /* "" : not known */
	struct sg_strs programs;  /* files of commands that are not what ROUTE pinned */
	struct sg_strs not_checked;
	const char *next; /* the phase that the signal starts, or "STEP 0002" after PASS */
	/* the argv, or what stepgate does itself; a line each command */
	const char *next_action;
	const char *next_said; /* the same as it is shown; the digest is that of next_action */
	bool awaits_record;  /* work by hand is not recorded yet: the signal would be refused */
	const char *by_hand; /* then the role or engine that record takes; else NULL */
	const char *tier_note; /* see sg_tier_note */
	enum sg_tier tier;     /* see sg_run_tier: below full, the note is a warning */
	char digest[SG_SHA256_HEX_SIZE];
};

enum sg_rc sg_brief_make(
	struct sg_arena *arena, const struct sg_brief_input *input, struct sg_brief *ret);

/* The one minimal next action as a command that can be typed; "" when nothing is to be done. */
const char *sg_next_command(const struct sg_run *run);

#endif
