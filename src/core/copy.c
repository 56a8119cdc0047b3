/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Deep copies into an arena. Each copies the struct first, then replaces what is borrowed. */
#include "core/copy.h"

#include <string.h>

const char *sg_copy_str(struct sg_arena *arena, const char *text)
{
	if (!text || !*text)
		return "";
	const char *copy = sg_arena_str(arena, text);
	return copy ? copy : "";
}

struct sg_strs sg_copy_strs(struct sg_arena *arena, const struct sg_strs *list)
{
	struct sg_strs none = {NULL, 0};
	return list->n ? sg_arena_strs(arena, list) : none;
}

struct sg_file sg_copy_file(struct sg_arena *arena, const struct sg_file *file)
{
	struct sg_file copy = *file;
	copy.name = sg_copy_str(arena, file->name);
	copy.path = sg_copy_str(arena, file->path);
	copy.sha256 = sg_copy_str(arena, file->sha256);
	return copy;
}

/* Defines a copier of a {v, n} list by the copier of its element. */
#define LIST_COPIER(list, element, copier)                                                \
	static struct element copier(struct sg_arena *arena, const struct element *from); \
	static struct list list##_of(struct sg_arena *arena, const struct list *from)     \
	{                                                                                 \
		struct list none = {NULL, 0};                                             \
		struct element *v = sg_arena_array(arena, from->n, sizeof(*v));           \
		if (!from->n || !v)                                                       \
			return none;                                                      \
		for (size_t i = 0; i < from->n; i++)                                      \
			v[i] = copier(arena, &from->v[i]);                                \
		struct list copy = {v, from->n};                                          \
		return copy;                                                              \
	}

LIST_COPIER(sg_files, sg_file, copy_file)
LIST_COPIER(sg_requires, sg_require, copy_require)
LIST_COPIER(sg_facts, sg_fact, copy_fact)
LIST_COPIER(sg_misses, sg_miss, copy_miss)
LIST_COPIER(sg_gate_results, sg_gate_result, copy_gate_result)
LIST_COPIER(sg_pairs, sg_pair, copy_pair)
LIST_COPIER(sg_bindings, sg_binding, copy_binding)
LIST_COPIER(sg_baselines, sg_baseline, copy_baseline)
LIST_COPIER(sg_demands, sg_demand, copy_demand)
LIST_COPIER(sg_role_rows, sg_role_row, copy_role_row)
LIST_COPIER(sg_programs, sg_program, copy_program)

static struct sg_file copy_file(struct sg_arena *arena, const struct sg_file *from)
{
	return sg_copy_file(arena, from);
}

static struct sg_require copy_require(struct sg_arena *arena, const struct sg_require *from)
{
	struct sg_require copy = {
		from->kind, sg_copy_str(arena, from->subject), sg_copy_str(arena, from->text)};
	return copy;
}

static struct sg_miss copy_miss(struct sg_arena *arena, const struct sg_miss *from)
{
	struct sg_miss copy = {
		sg_copy_str(arena, from->demand), sg_copy_str(arena, from->found)};
	return copy;
}

static struct sg_fact copy_fact(struct sg_arena *arena, const struct sg_fact *from)
{
	struct sg_fact copy = *from;
	copy.name = sg_copy_str(arena, from->name);
	copy.misses = sg_misses_of(arena, &from->misses);
	return copy;
}

static struct sg_gate_result copy_gate_result(
	struct sg_arena *arena, const struct sg_gate_result *from)
{
	struct sg_gate_result copy = *from;
	copy.key = sg_copy_str(arena, from->key);
	copy.reasons = sg_copy_strs(arena, &from->reasons);
	copy.walls = sg_copy_str(arena, from->walls);
	return copy;
}

static struct sg_pair copy_pair(struct sg_arena *arena, const struct sg_pair *from)
{
	struct sg_pair copy = {sg_copy_str(arena, from->key), sg_copy_str(arena, from->value)};
	return copy;
}

static struct sg_binding copy_binding(struct sg_arena *arena, const struct sg_binding *from)
{
	struct sg_binding copy = *from;
	copy.key = sg_copy_str(arena, from->key);
	copy.argv = sg_copy_strs(arena, &from->argv);
	copy.outputs = sg_copy_strs(arena, &from->outputs);
	copy.write = sg_copy_strs(arena, &from->write);
	copy.read = sg_copy_strs(arena, &from->read);
	copy.env = sg_copy_strs(arena, &from->env);
	return copy;
}

static struct sg_baseline copy_baseline(struct sg_arena *arena, const struct sg_baseline *from)
{
	struct sg_baseline copy = {
		sg_copy_str(arena, from->role), sg_copy_strs(arena, &from->outputs)};
	return copy;
}

static struct sg_program copy_program(struct sg_arena *arena, const struct sg_program *from)
{
	struct sg_program copy = {
		sg_copy_str(arena, from->key), sg_copy_files(arena, &from->files)};
	return copy;
}

static struct sg_demand copy_demand(struct sg_arena *arena, const struct sg_demand *from)
{
	struct sg_demand copy = *from;
	copy.name = sg_copy_str(arena, from->name);
	copy.contains = sg_copy_strs(arena, &from->contains);
	copy.headings = sg_copy_strs(arena, &from->headings);
	return copy;
}

static struct sg_role_row copy_role_row(struct sg_arena *arena, const struct sg_role_row *from)
{
	struct sg_role_row copy = *from;
	copy.role = sg_copy_str(arena, from->role);
	copy.status_text = sg_copy_str(arena, from->status_text);
	copy.outputs_produced = sg_copy_strs(arena, &from->outputs_produced);
	copy.notes = sg_copy_str(arena, from->notes);
	copy.extra = sg_copy_str(arena, from->extra);
	return copy;
}

struct sg_files sg_copy_files(struct sg_arena *arena, const struct sg_files *files)
{
	return sg_files_of(arena, files);
}

struct sg_programs sg_copy_programs(struct sg_arena *arena, const struct sg_programs *programs)
{
	return sg_programs_of(arena, programs);
}

struct sg_requires sg_copy_requires(
	struct sg_arena *arena, const struct sg_requires *requires_list)
{
	return sg_requires_of(arena, requires_list);
}

struct sg_misses sg_copy_misses(struct sg_arena *arena, const struct sg_misses *misses)
{
	return sg_misses_of(arena, misses);
}

struct sg_facts sg_copy_facts(struct sg_arena *arena, const struct sg_facts *facts)
{
	return sg_facts_of(arena, facts);
}

struct sg_gate_results sg_copy_gate_results(
	struct sg_arena *arena, const struct sg_gate_results *results)
{
	return sg_gate_results_of(arena, results);
}

struct sg_exec sg_copy_exec(struct sg_arena *arena, const struct sg_exec *exec)
{
	struct sg_exec copy = *exec;
	copy.argv = sg_copy_strs(arena, &exec->argv);
	copy.folder = sg_copy_str(arena, exec->folder);
	copy.program_sha256 = sg_copy_str(arena, exec->program_sha256);
	copy.inputs_sha256 = sg_copy_str(arena, exec->inputs_sha256);
	copy.log = sg_copy_str(arena, exec->log);
	copy.error = sg_copy_str(arena, exec->error);
	copy.walls = sg_copy_str(arena, exec->walls);
	copy.strayed = sg_copy_files(arena, &exec->strayed);
	copy.forbidden = sg_copy_files(arena, &exec->forbidden);
	return copy;
}

struct sg_pin sg_copy_pin(struct sg_arena *arena, const struct sg_pin *pin)
{
	struct sg_pin copy = {sg_copy_str(arena, pin->path), sg_copy_str(arena, pin->sha256)};
	return copy;
}

struct sg_patch sg_copy_patch(struct sg_arena *arena, const struct sg_patch *patch)
{
	struct sg_patch copy = *patch;
	copy.files = sg_copy_strs(arena, &patch->files);
	copy.patchset_id = sg_copy_str(arena, patch->patchset_id);
	copy.tree = sg_copy_str(arena, patch->tree);
	return copy;
}

const struct sg_route *sg_copy_route(struct sg_arena *arena, const struct sg_route *route)
{
	struct sg_route *copy = route ? sg_arena_alloc(arena, sizeof(*copy)) : NULL;
	if (!copy)
		return NULL;
	*copy = *route;
	copy->meta = sg_pairs_of(arena, &route->meta);
	copy->task = sg_pairs_of(arena, &route->task);
	copy->gates = sg_pairs_of(arena, &route->gates);
	const char **const texts[] = {&copy->domain, &copy->artifact_type, &copy->mode,
		&copy->profile_key, &copy->pipe_selected, &copy->user_intent};
	for (size_t i = 0; i < SG_ARRAY_SIZE(texts); i++)
		*texts[i] = sg_copy_str(arena, *texts[i]);
	struct sg_strs *const lists[] = {&copy->required_idx, &copy->required_roles,
		&copy->required_eng_keys, &copy->required_kb_keys, &copy->required_val_keys,
		&copy->output_contract, &copy->no_go_list};
	for (size_t i = 0; i < SG_ARRAY_SIZE(lists); i++)
		*lists[i] = sg_copy_strs(arena, lists[i]);
	return copy;
}

const struct sg_profile *sg_copy_profile(
	struct sg_arena *arena, const struct sg_profile *profile)
{
	struct sg_profile *copy = profile ? sg_arena_alloc(arena, sizeof(*copy)) : NULL;
	if (!copy)
		return NULL;
	*copy = *profile;
	copy->profile_key = sg_copy_str(arena, profile->profile_key);
	copy->allow_skip = sg_copy_strs(arena, &profile->allow_skip);
	copy->baseline = sg_baselines_of(arena, &profile->baseline);
	copy->run = sg_bindings_of(arena, &profile->run);
	copy->contract = sg_copy_str(arena, profile->contract);
	copy->demands = sg_demands_of(arena, &profile->demands);
	return copy;
}

const struct sg_plan *sg_copy_plan(struct sg_arena *arena, const struct sg_plan *plan)
{
	struct sg_plan *copy = plan ? sg_arena_alloc(arena, sizeof(*copy)) : NULL;
	if (!copy)
		return NULL;
	*copy = *plan;
	copy->required_eng_keys = sg_copy_strs(arena, &plan->required_eng_keys);
	copy->allowed_eng_keys = sg_copy_strs(arena, &plan->allowed_eng_keys);
	copy->no_go_eng_keys = sg_copy_strs(arena, &plan->no_go_eng_keys);
	copy->expected_outputs = sg_copy_strs(arena, &plan->expected_outputs);
	copy->bad_field = plan->bad_field ? sg_copy_str(arena, plan->bad_field) : NULL;
	return copy;
}

static struct sg_engine_rows copy_engine_rows(
	struct sg_arena *arena, const struct sg_engine_rows *from)
{
	struct sg_engine_rows none = {NULL, 0, 0, NULL};
	struct sg_engine_row *v = sg_arena_array(arena, from->n, sizeof(*v));
	if (!from->n || !v)
		return none;
	for (size_t i = 0; i < from->n; i++) {
		v[i] = from->v[i];
		v[i].eng_key = sg_copy_str(arena, v[i].eng_key);
		v[i].status_text = sg_copy_str(arena, v[i].status_text);
		v[i].outputs_produced = sg_copy_strs(arena, &v[i].outputs_produced);
		v[i].notes = sg_copy_str(arena, v[i].notes);
		v[i].extra = sg_copy_str(arena, v[i].extra);
	}
	struct sg_engine_rows copy = {v, from->n, from->n, NULL};
	return copy;
}

static struct sg_output_rows copy_output_rows(
	struct sg_arena *arena, const struct sg_output_rows *from)
{
	struct sg_output_rows none = {NULL, 0, 0, NULL};
	struct sg_output_row *v = sg_arena_array(arena, from->n, sizeof(*v));
	if (!from->n || !v)
		return none;
	for (size_t i = 0; i < from->n; i++) {
		v[i] = from->v[i];
		v[i].output = sg_copy_str(arena, v[i].output);
		v[i].source = sg_copy_str(arena, v[i].source);
		v[i].ref = sg_copy_str(arena, v[i].ref);
		v[i].extra = sg_copy_str(arena, v[i].extra);
	}
	struct sg_output_rows copy = {v, from->n, from->n, NULL};
	return copy;
}

/* The fields by their kinds: a new field is copied without a line here. */
#define COPY_TEXT(member)   copy.member = sg_copy_str(arena, m->member);
#define COPY_SIGNAL(member) COPY_TEXT(member)
#define COPY_LIST(member)   copy.member = sg_copy_strs(arena, &m->member);
#define COPY_BOOL(member)
#define COPY_TRUE_ONLY(member)
#define COPY_STEP_STATUS(member)
#define COPY_RESULT(member)
#define COPY_ROLES(member) copy.member = sg_role_rows_of(arena, &m->member);
#define COPY_ENGINES(member)                                       \
	copy.member.run_id = sg_copy_str(arena, m->member.run_id); \
	copy.member.entries = copy_engine_rows(arena, &m->member.entries);
#define COPY_OUTPUTS(member) copy.member = copy_output_rows(arena, &m->member);
#define COPY_TARGET(member)                                    \
	copy.member.file = sg_copy_str(arena, m->member.file); \
	copy.member.goal = sg_copy_str(arena, m->member.goal);

struct sg_manifest sg_copy_manifest(struct sg_arena *arena, const struct sg_manifest *m)
{
	struct sg_manifest copy = *m;
#define X(section, key, kind, member) COPY_##kind(member)
	SG_MANIFEST_FIELDS(X)
#undef X
	for (size_t i = 0; i < SG_MAPPING_COUNT; i++)
		copy.extra[i] = sg_copy_str(arena, m->extra[i]);
	return copy;
}
