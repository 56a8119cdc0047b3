/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Events: what happened, few and typed. The trace is their list; replaying it gives the run.
 *
 * An event is a value. All pointers are borrowed from the arena of whoever made it (a handler,
 * the runner, the trace reader); the reducer copies what it keeps. An event reports facts; what
 * they mean (PASS, STOP_GAP, which code) is said by the reducer alone.
 */
#ifndef STEPGATE_EVENT_H
#define STEPGATE_EVENT_H

#include "stepgate/gate.h"
#include "stepgate/manifest.h"
#include "stepgate/route.h"

#ifdef __cplusplus
extern "C" {
#endif

/* X(ID, name in the trace, ends a phase or a STEP: data.manifest is written) */
#define SG_EVENT_LIST(X)                                                                       \
	X(INIT, "init", true)                  /* the run begins */                            \
	X(ADOPT, "adopt", true)                /* an instance from outside is taken over */    \
	X(RESTORE, "restore", true)            /* the trace's state is written back */         \
	X(STEP, "step", true)                  /* a STEP opens */                              \
	X(BEGIN, "begin", false)               /* a phase begins, by signal or by cadence */   \
	X(ROUTE, "route", true)                /* ROUTE ended */                               \
	X(ENGINE, "engine", false)             /* an engine of ORC ended */                    \
	X(ROLE, "role", true)                  /* the phase of a role ended */                 \
	X(PACK, "pack", true)                  /* PACK ended */                                \
	X(VERDICT, "verdict", true)            /* VAL and CLOSE ended */                       \
	X(STOP_GAP, "stop_gap", true)          /* stopped before or outside a run */           \
	X(NO, "no", true)                      /* the operator refused the phase */            \
	X(STOP, "stop", true)                  /* the operator closed the STEP as FAIL */      \
	X(RESUME, "resume", true)              /* requirements met; a token is issued */       \
	X(NEXT, "next", true)                  /* the next file and goal */                    \
	X(USE, "use", false)                   /* the route or profile that ROUTE will read */ \
	X(RECORD_START, "record_start", false) /* work by hand begins */                       \
	X(RECORD_STOP, "record_stop", false)   /* work by hand ended */

enum sg_event_type {
#define X(id, text, ends) SG_EVENT_##id,
	SG_EVENT_LIST(X)
#undef X
		SG_EVENT_COUNT
};

const char *sg_event_name(enum sg_event_type type);
bool sg_event_parse(const char *text, enum sg_event_type *ret);
bool sg_event_ends_phase(enum sg_event_type type);

/* A file that an event vouches for. path is relative to the manifest's folder. */
struct sg_file {
	const char *name; /* output NAME */
	const char *path;
	int64_t size_bytes;
	const char *sha256; /* 64 hex digits; "" where the file was absent (record start) */
};

/* An output that is byte for byte that of an earlier attempt of its STEP. */
struct sg_same {
	const char *name;
	int since; /* the first attempt of those without a break that it is the same in */
};

struct sg_sames {
	const struct sg_same *v;
	size_t n;
};

struct sg_files {
	const struct sg_file *v;
	size_t n;
};

/*
 * How one command ran (SPEC 5.2). cause NOT_STARTED: error says at which stage and why. walls:
 * "" or those that did not stand around it, by name ("namespaces, landlock"); of a profile that
 * asks for no sandbox nothing is missing. strayed: paths that changed while it ran and that it
 * was not given to write, as they were left: name "new", "changed" or "gone", sha256 "" where
 * there is no file any more. forbidden: likewise, those that NO_GO_LIST keeps, whatever `write`
 * says. Both are cut at SG_STRAYED_MAX.
 */
#define SG_STRAYED_MAX ((size_t)200)

struct sg_exec {
	struct sg_strs argv;
	const char *folder;
	int64_t start_ms;
	int64_t end_ms;
	enum sg_cause cause;
	int exit_status; /* of EXITED */
	int signal;      /* of SIGNALLED, TIMEOUT, IDLE, CANCELLED; 0 if it ended by itself */
	const char *program_sha256;
	const char *inputs_sha256; /* of the list of names and hashes in STEPGATE_IN */
	const char *log;           /* path of its log */
	const char *error; /* "" or one sentence: exec failed, an output promised and absent */
	enum sg_tier tier;
	const char *walls;
	struct sg_files strayed;
	struct sg_files forbidden;
};

/*
 * What a binding of the profile runs, as ROUTE found it: each word of argv that is a file, and
 * the interpreters behind them. name is the word, path where it was found: relative to the
 * manifest's folder where it lies beneath it, else absolute.
 */
struct sg_program {
	const char *key; /* role, engine or gate key, as written in RUN */
	struct sg_files files;
};

struct sg_programs {
	const struct sg_program *v;
	size_t n;
};

/* The digest of the brief that a signal answered, and whether a terminal gave it. */
struct sg_signal {
	const char *digest; /* "" where the phase follows by CADENCE: step */
	bool tty;
};

/*
 * A file that was read as an input: its path as given, and its hash. "" where none was given.
 */
struct sg_pin {
	const char *path;
	const char *sha256;
};

/* Why an input could not be taken. */
enum sg_input_fault { SG_FAULT_NONE, SG_FAULT_ABSENT, SG_FAULT_NOT_FOUND, SG_FAULT_UNREADABLE };

/* What changed in the tree since the STEP opened (SPEC 3, PATCH_TRACKING). */
struct sg_patch {
	bool changed;
	struct sg_strs files;    /* paths relative to the manifest's folder, sorted */
	const char *patchset_id; /* "PATCHSET_0001"; "" when nothing changed */
	const char *tree;        /* what the tree was hashed to, to see it change after PACK */
};

struct sg_ev_init {
	const char *manifest; /* its file name */
	const char *session_id;
	const char *started_at; /* YYYY-MM-DD */
	const char *owner;
	const char *mode;
};

struct sg_ev_adopt {
	const char *manifest; /* file name; names the run where adopt is the first event */
	const char *reason;
	const char *snapshot; /* sha256 of the adopted instance under .stepgate/snapshots */
	bool whole;           /* a manifest without a trace */
	/*
	 * resolved from the snapshot by whoever reads the trace; NULL makes the event unusable
	 */
	const struct sg_manifest *instance;
};

struct sg_ev_restore {
	const char *found; /* sha256 of the instance that was replaced */
};

struct sg_ev_step {
	const char *step_id;
	const char *goal;
	const char *file;
	const char *folder;
	const char *base;    /* "git:<tree>" or "copy:<sha256>": the tree as it is at OPEN */
	const char *route;   /* path to use at ROUTE; "" : that of the STEP before */
	const char *profile; /* likewise */
	struct sg_signal signal; /* after PASS, by «го» */
};

struct sg_ev_begin {
	const char *phase;
	struct sg_signal signal;
};

struct sg_ev_route {
	struct sg_pin route_pin;
	struct sg_pin profile_pin;
	struct sg_pin steps_pin; /* steps.yaml, where there is one */
	enum sg_input_fault fault;
	const char *fault_file;
	const char *error;                /* the reader's sentence */
	const struct sg_route *route;     /* NULL with a fault */
	const struct sg_profile *profile; /* NULL with a fault */
	bool has_next;                    /* steps.yaml holds an entry that is not yet done */
	/* how well this machine can guard a command, by trying; walls: "" or what is missing */
	enum sg_tier tier;
	const char *walls;
	struct sg_programs programs; /* pinned: of all that RUN binds to a command */
};

struct sg_ev_engine {
	const char *eng_key;
	size_t index; /* in the list of required engines */
	enum sg_row_status status;
	enum sg_provenance provenance;
	struct sg_exec exec; /* zero argv when skipped or unbound */
	struct sg_files outputs;
	const char *note;          /* by hand; "" */
	bool unbound;              /* no line in RUN and no ALLOW_SKIP */
	struct sg_sames unchanged; /* of outputs; empty in an attempt that failed */
};

struct sg_ev_role {
	const char *role;
	enum sg_provenance provenance;
	struct sg_exec exec; /* zero argv for ORC and for work by hand */
	struct sg_files outputs;
	const char *note;
	/* SPC */
	struct sg_pin plan_pin;
	const struct sg_plan *plan; /* NULL: not readable, plan_error says why */
	const char *plan_error;
	struct sg_sames unchanged; /* as of an engine */
};

struct sg_ev_pack {
	struct sg_files files; /* PACK_OUTPUT, PATCH_OUTPUT, ... : source PACK */
	struct sg_files list;  /* what PACK_OUTPUT.yaml lists */
	struct sg_patch patch;
	const char *entry; /* the CHANGELOG.md entry, computed once; "" when nothing changed */
	const char *error; /* "" or why PACK failed */
	struct sg_strs missing; /* contract items that could not be gathered */
	const char *next_file;  /* NEXT_POINTER; "" */
	const char *next_goal;
};

struct sg_ev_verdict {
	struct sg_file report; /* VAL_REPORT */
	struct sg_facts facts; /* every row and output that is not FRESH, or misses a demand */
	struct sg_gate_results others; /* gates bound to commands */
	const char *policy; /* POLICY_REPORT's first lines, shown with the verdict; "" */
	/*
	 * said again for the reader of the trace; the reducer judges by itself and ignores them
	 */
	bool pass;
	enum sg_code code;
	const char *next_file; /* after PASS: RESUME_TARGET; "" when there is none */
	const char *next_goal;
	const char *next_route;
	const char *next_profile;
	struct sg_shadows
		shadows; /* the gates' trial; all 0 where there was no PASS to prove */
};

/* What must hold before a resume. Only RUN is met by running; the others are looked at. */
#define SG_REQUIRE_LIST(X)                                                                \
	X(FILE_PRESENT, "file_present")   /* subject: path */                             \
	X(ROUTE_VALID, "route_valid")     /* subject: path, read and prechecked */        \
	X(PROFILE_VALID, "profile_valid") /* subject: path */                             \
	X(KEY_BOUND, "key_bound")         /* subject: role, engine or gate in RUN */      \
	X(ENGINE_GONE, "engine_gone")     /* subject: engine no longer required */        \
	X(PATH_RESTORED, "path_restored") /* subject: "<path>#sha256=<as it was left>" */ \
	X(RUN, "run")                     /* subject: phase or engine to run again */

enum sg_require_kind {
#define X(id, text) SG_REQUIRE_##id,
	SG_REQUIRE_LIST(X)
#undef X
		SG_REQUIRE_COUNT
};

const char *sg_require_name(enum sg_require_kind kind);
bool sg_require_parse(const char *text, enum sg_require_kind *ret);

struct sg_require {
	enum sg_require_kind kind;
	const char *subject;
	const char *text; /* the line of RESUME_REQUIREMENTS */
};

struct sg_requires {
	const struct sg_require *v;
	size_t n;
};

/* A stop that no phase's own event carries: drift, scope, interruption, Ctrl-C, no input. */
struct sg_ev_stop_gap {
	enum sg_code code;
	const char *phase;  /* the phase that it concerns: the one to run again */
	const char *reason; /* "<check>: <subject>: expected ..., found ..."; no code */
	const char *fix;
	struct sg_requires requires_list; /* beside RUN of that phase */
};

/* NO and STOP: the operator's word. */
struct sg_ev_word {
	const char *reason;
	struct sg_patch patch; /* STOP: what had changed; NO: unused */
};

struct sg_ev_resume {
	const char *from;    /* phase */
	struct sg_strs kept; /* engines that are not run again */
};

struct sg_ev_next {
	const char *file;
	const char *goal;
	const char *route;
	const char *profile;
};

/* "" leaves the one of the two that is not named as it was. */
struct sg_ev_use {
	const char *route;
	const char *profile;
};

struct sg_ev_record {
	const char *name; /* role or engine key */
	struct sg_files
		outputs;      /* START: path and hash before, "" if absent; STOP: the copies */
	struct sg_strs paths; /* STOP: where each came from */
	const char *note;
	int64_t start_ms; /* STOP: of its START */
};

struct sg_event {
	int64_t seq; /* 1-based */
	int64_t time_ms;
	enum sg_event_type type;
	const char *step; /* STEP_ID, "" before the first */
	int attempt;      /* of the phase; 0 where none is meant */
	enum sg_by by;
	bool tty;             /* the command came from a terminal */
	const char *prev;     /* sha256 of the line before */
	const char *manifest; /* data.manifest; "" where the type has none */
	union {
		struct sg_ev_init init;
		struct sg_ev_adopt adopt;
		struct sg_ev_restore restore;
		struct sg_ev_step step;
		struct sg_ev_begin begin;
		struct sg_ev_route route;
		struct sg_ev_engine engine;
		struct sg_ev_role role;
		struct sg_ev_pack pack;
		struct sg_ev_verdict verdict;
		struct sg_ev_stop_gap stop_gap;
		struct sg_ev_word word; /* NO, STOP */
		struct sg_ev_resume resume;
		struct sg_ev_next next;
		struct sg_ev_use use;
		struct sg_ev_record record; /* RECORD_START, RECORD_STOP */
	} u;
};

#ifdef __cplusplus
}
#endif
#endif
