/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a STEP is given to work by: ROUTE_TOKEN, PROFILE, ENGINE_PLAN_TOKEN, as values.
 *
 * They are read by format/ (route, profile, plan) and travel inside the events that pin them,
 * so that a replay needs no file. All pointers are borrowed from the arena of the reader.
 */
#ifndef STEPGATE_ROUTE_H
#define STEPGATE_ROUTE_H

#include "stepgate/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A field and its text: META, TASK and GATES are kept as they are. A list is joined by ", ". */
struct sg_pair {
	const char *key;
	const char *value;
};

struct sg_pairs {
	const struct sg_pair *v;
	size_t n;
};

/* ROUTE_TOKEN. Lists that the file does not have are empty; mode "" when absent. */
struct sg_route {
	struct sg_pairs meta;  /* ROUTER_VERSION, TIMESTAMP, TRACE_ID */
	struct sg_pairs task;  /* TASK_TEXT_HASH, USER_INTENT */
	struct sg_pairs gates; /* STOP_CONDITIONS, QUALITY_MINIMUM */
	const char *domain;
	const char *artifact_type;
	const char *mode;
	const char *profile_key;
	const char *pipe_selected;
	const char *user_intent; /* TASK.USER_INTENT again, "" when absent */
	struct sg_strs required_idx;
	struct sg_strs required_roles;
	struct sg_strs required_eng_keys;
	struct sg_strs required_kb_keys;
	struct sg_strs required_val_keys;
	struct sg_strs output_contract;
	struct sg_strs no_go_list;
};

/*
 * ENGINE_PLAN_TOKEN. has_*: the field exists. shape_ok false: it exists but is no list of texts
 * (lenient reading for `check`; B0 then fails with that field as its subject in bad_field).
 */
struct sg_plan {
	struct sg_strs required_eng_keys;
	struct sg_strs allowed_eng_keys;
	struct sg_strs no_go_eng_keys;
	struct sg_strs expected_outputs;
	bool has_required;
	bool has_allowed;
	bool has_no_go;
	bool has_expected;
	const char *bad_field; /* NULL, or the first field that is no list of texts */
};

/* One line of PROFILE.RUN. */
struct sg_binding {
	const char *key; /* a role, an engine key or a gate key, as written */
	struct sg_strs argv;
	struct sg_strs outputs;
	struct sg_strs write;   /* paths beneath the manifest's folder that it may change */
	struct sg_strs read;    /* absolute paths outside of the repository that it may read */
	struct sg_strs env;     /* names taken over from the operator's environment */
	int64_t timeout_s;      /* 0: none */
	int64_t idle_s;         /* 0: none */
	int64_t max_log_mib;    /* 0 here and below: the sandbox's default */
	int64_t max_output_mib; /* of any one file that it writes */
	int64_t max_processes;
	int64_t max_files; /* open at a time, in one process */
	bool network;
	bool manual;
};

struct sg_bindings {
	const struct sg_binding *v;
	size_t n;
};

/* BASELINE_OUTPUTS: {ROLE: [NAME, "A|B"]} */
struct sg_baseline {
	const char *role;
	struct sg_strs outputs;
};

struct sg_baselines {
	const struct sg_baseline *v;
	size_t n;
};

/*
 * One line of CONTRACT: what an output must hold beside being there. It is asked of the
 * evidence copy, whoever made it and whether OUTPUT_CONTRACT names it or not; an output that
 * is not there is asked for by OUTPUT_CONTRACT and the baselines alone.
 */
struct sg_demand {
	const char *name;        /* output NAME; never VAL_REPORT, made of the verdict */
	int64_t min_bytes;       /* 0: any size */
	struct sg_strs contains; /* texts, byte for byte */
	/* Markdown headings outside of fences and comments; "## X" asks for its level too */
	struct sg_strs headings;
	bool yaml; /* one document, read with the caps of every other input */
	bool json; /* one value by RFC 8259 */
};

struct sg_demands {
	const struct sg_demand *v;
	size_t n;
};

struct sg_profile {
	const char *profile_key;
	struct sg_strs allow_skip;
	bool continue_on_fail;
	enum sg_cadence cadence;
	enum sg_evidence_mode evidence;
	enum sg_tier sandbox;
	int jobs; /* 1..64 */
	struct sg_baselines baseline;
	struct sg_bindings run;
	struct sg_demands demands; /* CONTRACT */
	/*
	 * CONTRACT as its source text: only of traces that were written before demands were
	 * read. It is evaluated by nobody, as it was then, and said to be so. "" else.
	 */
	const char *contract;
};

/* The key without a leading "KEY:"; engine and gate keys are compared so. */
const char *sg_key_bare(const char *key);
bool sg_key_equal(const char *a, const char *b);
/* The same where a pattern may end in '*'. */
bool sg_key_matches(const char *pattern, const char *key);
bool sg_keys_match(const struct sg_strs *patterns, const char *key);

/*
 * What a demand asks for, a text each, in the order in which it is looked at: "at least 100
 * bytes", "the text \"x\"", "the heading \"y\"", "YAML", "JSON". Texts of the profile are made
 * visible and cut where they are long. SG_NOMEM when the arena failed.
 */
enum sg_rc sg_demand_items(
	struct sg_arena *arena, const struct sg_demand *demand, struct sg_strs *ret);
/* How many they are. */
size_t sg_demand_count(const struct sg_demand *demand);

/* The binding of a role or key (by sg_key_equal; the last wins), or NULL. */
const struct sg_binding *sg_profile_binding(const struct sg_profile *profile, const char *key);

#ifdef __cplusplus
}
#endif
#endif
