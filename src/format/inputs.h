/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a STEP is given: ROUTE_TOKEN, PROFILE, ENGINE_PLAN_TOKEN, steps.yaml; bytes -> values.
 *
 * Each reader takes a whole file's bytes (at most SG_YAML_MAX_FILE), alone or in a fenced
 * block of a Markdown file, and fills a value borrowed from the arena. Errors say
 * file:line:column, expected and found. Unknown keys: an error in PROFILE, ignored elsewhere.
 */
#ifndef STEPGATE_FORMAT_INPUTS_H
#define STEPGATE_FORMAT_INPUTS_H

#include "base/arena.h"
#include "base/err.h"
#include "stepgate/route.h"

enum sg_rc sg_route_read(struct sg_arena *arena, const char *name, const char *bytes,
	size_t n_bytes, struct sg_route *ret, struct sg_err *err);
enum sg_rc sg_profile_read(struct sg_arena *arena, const char *name, const char *bytes,
	size_t n_bytes, struct sg_profile *ret, struct sg_err *err);

/*
 * strict false (`check`): a field of the wrong shape is left empty and named in bad_field;
 * only what is no YAML, has a duplicate key, or holds no ENGINE_PLAN_TOKEN mapping is an
 * error. strict true (end of SPC): the same, bad_field included; the gate (B0) says what it
 * means. So both read alike and the flag does not exist: one reader, one meaning.
 */
enum sg_rc sg_plan_read(struct sg_arena *arena, const char *name, const char *bytes,
	size_t n_bytes, struct sg_plan *ret, struct sg_err *err);

/* steps.yaml: a list of {FILE, GOAL, ROUTE?, PROFILE?}. */
struct sg_step_entry {
	const char *file;
	const char *goal;
	const char *route;   /* "" when absent */
	const char *profile; /* "" when absent */
};

enum sg_rc sg_steps_read(struct sg_arena *arena, const char *name, const char *bytes,
	size_t n_bytes, const struct sg_step_entry **ret_entries, size_t *ret_n,
	struct sg_err *err);

#endif
