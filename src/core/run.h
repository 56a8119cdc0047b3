/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A run: the manifest and the facts that replaying the trace gives beside it.
 *
 * struct sg_run is a value made by sg_reduce() alone. It is the input of the lifecycle table,
 * the gates, the brief and the view. Everything in it is borrowed from the arena that was
 * handed to sg_reduce; a copy of the struct is a revision of its own.
 */
#ifndef STEPGATE_CORE_RUN_H
#define STEPGATE_CORE_RUN_H

#include "stepgate/event.h"

/*
 * Where a run stands: the rows of the lifecycle table. EMPTY: no trace. IDLE: initialised, no
 * STEP yet. AWAIT: a signal would start run.phase. BUSY: a phase began and has not ended.
 * STOPPED: STOP_GAP. FAILED: closed by the operator. PASSED.
 */
#define SG_STATE_LIST(X)                                                                     \
	X(EMPTY, "no run")                                                                   \
	X(IDLE, "no STEP yet")                                                               \
	X(AWAIT, "a signal is awaited") X(BUSY, "a phase is running") X(STOPPED, "STOP_GAP") \
		X(FAILED, "FAIL") X(PASSED, "PASS")

enum sg_state {
#define X(id, text) SG_STATE_##id,
	SG_STATE_LIST(X)
#undef X
		SG_STATE_COUNT
};

const char *sg_state_name(enum sg_state state);

/* The evidence behind one row of the manifest: how it came to be, and its files. */
struct sg_proof {
	enum sg_fact_kind kind;
	const char *name;
	const char *phase; /* whose attempt it belongs to */
	int attempt;
	enum sg_provenance provenance;
	enum sg_tier tier;
	struct sg_exec exec;    /* ROLE, ENGINE */
	struct sg_files files;  /* ROLE, ENGINE: its outputs; OUTPUT: one file */
	const char *source_eng; /* OUTPUT made by an engine: its key, else "" */
	int since;              /* OUTPUT: the attempt since which it is the same; 0: new */
	/* ROLE, ENGINE that failed: what it left; INCOMPLETE, and counted by nobody */
	struct sg_files partial;
};

/* The last that attempts of this STEP whose rows are gone have left under a NAME. */
struct sg_past {
	const char *name;
	const char *sha256;
	int since; /* the first of the attempts without a break that have left just that */
};

struct sg_pasts {
	const struct sg_past *v;
	size_t n;
};

struct sg_proofs {
	const struct sg_proof *v;
	size_t n;
	size_t capacity;
	size_t *backing_used; /* as in struct sg_engine_rows */
};

struct sg_attempt {
	const char *phase;
	int n;
};

struct sg_attempts {
	const struct sg_attempt *v;
	size_t n;
};

/* Work by hand that `record` holds for a role or an engine until its phase's signal. */
struct sg_record {
	const char *name;
	bool stopped;
	int64_t start_ms;
	int64_t stop_ms;
	struct sg_files before;
	struct sg_files outputs;
	const char *note;
};

struct sg_records {
	const struct sg_record *v;
	size_t n;
};

struct sg_run {
	struct sg_manifest manifest;
	enum sg_state state;
	const char *manifest_name; /* file name the trace names */
	int64_t seq;               /* of the last event; 0: none */
	int64_t time_ms;           /* of the last event */

	/* AWAIT: what the signal starts; BUSY: what runs; STOPPED: where it stopped; else "" */
	const char *phase;
	struct sg_strs phases;       /* of this STEP, in order: OPEN, ROUTE, ..., CLOSE */
	struct sg_attempts attempts; /* counted per phase */
	int phase_attempt;           /* BUSY: of the phase that runs */
	int64_t begun_ms;            /* BUSY: when */

	/* pinned inputs; NULL or "" before they are read */
	struct sg_pin route_pin, profile_pin, plan_pin;
	const char *route_path;   /* what ROUTE will read: of this STEP or of the one before */
	const char *profile_path; /* "" : profiles/<PROFILE_KEY>.yaml */
	const struct sg_route *route;
	const struct sg_profile *profile;
	const struct sg_plan *plan;
	bool has_next;     /* `next` or steps.yaml can give NEXT_POINTER */
	enum sg_tier tier; /* how well ROUTE found that commands can be guarded here */
	const char *walls; /* "" or what was missing */
	struct sg_programs programs; /* what ROUTE pinned of all that RUN binds to a command */

	struct sg_proofs proofs;
	struct sg_pasts past; /* what resumes have taken away, one a NAME */
	struct sg_records records;
	struct sg_strs required_engines; /* of ORC: the plan's, then the route's */
	struct sg_strs kept_engines;     /* after a resume of ORC */

	const char *base;            /* the tree at OPEN */
	struct sg_patch patch;       /* of the last PACK of this STEP */
	const char *changelog_entry; /* of that PACK, "" when nothing changed */
	struct sg_files pack_list;
	struct sg_file pack_output;
	struct sg_file val_report;

	struct sg_requires requires_list; /* STOPPED: what a resume needs */
	const char *stop_phase;           /* STOPPED: the earliest responsible phase */
	const char *policy;               /* of the last verdict */
	struct sg_verdict verdict;        /* of the last verdict event; valid if has_verdict */
	bool has_verdict;

	const char *next_file, *next_goal, *next_route, *next_profile;
	bool next_packed;      /* PACK took it from steps.yaml; a new PACK looks again */
	int64_t last_pass_seq; /* 0: none */
	struct sg_strs last_pass_files; /* files changed of the last PASS */
	struct sg_strs files_done;      /* of STEPs that passed: entries of steps.yaml done */
	bool adopted_whole;             /* the run began from a manifest without a trace */

	/* of the reducer alone: finds rows by name; NULL where there are few */
	struct sg_name_index *outputs_index, *engines_index;
};

/* The run before the first event. */
void sg_run_init(struct sg_run *ret);

const struct sg_proof *sg_run_proof(
	const struct sg_run *run, enum sg_fact_kind kind, const char *name);
int sg_run_attempts(const struct sg_run *run, const char *phase);
/* The record of that name that was started, stopped or not; NULL: none. */
const struct sg_record *sg_run_record(const struct sg_run *run, const char *name);
/*
 * The role or engine that run.phase needs done by hand and no stopped record holds, the first
 * of them; NULL: none.
 */
const char *sg_run_record_awaited(const struct sg_run *run);
/* True if there is one: the signal of run.phase is refused. */
bool sg_run_awaits_record(const struct sg_run *run);
/*
 * True if run.phase, which is awaited, follows the phase that ended without a signal of its
 * own: CADENCE says step, the signal before named it, and nothing has to be recorded by hand
 * first. The first phase behind ROUTE has a signal of its own (before ROUTE nobody knew the
 * cadence), and so has what a resume begins with.
 */
bool sg_run_follows(const struct sg_run *run);

/* Room for any STEP_ID that stepgate makes. */
#define SG_STEP_ID_SIZE 16
/* The id that follows: four digits counted up, or more; "0001" after "" or a word. */
void sg_step_id_after(const char *step_id, char ret[SG_STEP_ID_SIZE]);

/* --- phases --- */
enum sg_phase sg_phase_kind(const char *phase); /* CTL, QA and other roles: SG_PHASE_ROLE */
/* OPEN, ROUTE, the required roles (SPC, ORC, CTL, QA, others), then PACK, VAL, CLOSE. */
enum sg_rc sg_phases_of(
	struct sg_arena *arena, const struct sg_strs *required_roles, struct sg_strs *ret);
/* Index in the list, or n. */
size_t sg_phase_index(const struct sg_strs *phases, const char *phase);
const char *sg_phase_after(
	const struct sg_strs *phases, const char *phase); /* "" behind the last */
/* The folder of an attempt beneath the manifest's folder: ".stepgate/steps/0001/SPC.1". */
const char *sg_phase_folder(
	struct sg_arena *arena, const char *step_id, const char *phase, int attempt);
/* The file name of an engine's folder: without KEY:, other bytes than A-Za-z0-9._- as %XX. */
const char *sg_engine_folder(struct sg_arena *arena, const char *eng_key);
/* "<path>#sha256=<hex>" */
const char *sg_ref(struct sg_arena *arena, const struct sg_file *file);

#endif
