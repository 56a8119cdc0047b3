/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Deep copies of an event's values into an arena: what the reducer keeps must not borrow from
 * the event. "" stays the static empty text. Out of memory is the arena's sticky flag: a copy
 * is then incomplete but safe to read ("" and empty lists).
 */
#ifndef STEPGATE_CORE_COPY_H
#define STEPGATE_CORE_COPY_H

#include "base/arena.h"
#include "stepgate/event.h"

const char *sg_copy_str(struct sg_arena *arena, const char *text); /* NULL gives "" */
struct sg_strs sg_copy_strs(struct sg_arena *arena, const struct sg_strs *list);
struct sg_file sg_copy_file(struct sg_arena *arena, const struct sg_file *file);
struct sg_files sg_copy_files(struct sg_arena *arena, const struct sg_files *files);
struct sg_programs sg_copy_programs(struct sg_arena *arena, const struct sg_programs *programs);
struct sg_exec sg_copy_exec(struct sg_arena *arena, const struct sg_exec *exec);
struct sg_pin sg_copy_pin(struct sg_arena *arena, const struct sg_pin *pin);
struct sg_patch sg_copy_patch(struct sg_arena *arena, const struct sg_patch *patch);
struct sg_requires sg_copy_requires(
	struct sg_arena *arena, const struct sg_requires *requires_list);
struct sg_misses sg_copy_misses(struct sg_arena *arena, const struct sg_misses *misses);
struct sg_facts sg_copy_facts(struct sg_arena *arena, const struct sg_facts *facts);
struct sg_gate_results sg_copy_gate_results(
	struct sg_arena *arena, const struct sg_gate_results *results);
/* NULL in, NULL out. */
const struct sg_route *sg_copy_route(struct sg_arena *arena, const struct sg_route *route);
const struct sg_profile *sg_copy_profile(
	struct sg_arena *arena, const struct sg_profile *profile);
const struct sg_plan *sg_copy_plan(struct sg_arena *arena, const struct sg_plan *plan);
struct sg_manifest sg_copy_manifest(struct sg_arena *arena, const struct sg_manifest *m);

#endif
