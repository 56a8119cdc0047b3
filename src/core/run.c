/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The run before the first event, and what can be asked of any run. */
#include "core/run.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/strbuf.h"

const char *sg_state_name(enum sg_state state)
{
	static const char *const names[] = {
#define X(id, text) [SG_STATE_##id] = (text),
		SG_STATE_LIST(X)
#undef X
	};
	return (unsigned)state < SG_STATE_COUNT ? names[state] : "";
}

void sg_run_init(struct sg_run *ret)
{
	memset(ret, 0, sizeof(*ret));
	sg_manifest_default(&ret->manifest);
	ret->state = SG_STATE_EMPTY;
	const char **const texts[] = {
		&ret->manifest_name,
		&ret->phase,
		&ret->route_path,
		&ret->profile_path,
		&ret->base,
		&ret->changelog_entry,
		&ret->stop_phase,
		&ret->policy,
		&ret->walls,
		&ret->next_file,
		&ret->next_goal,
		&ret->next_route,
		&ret->next_profile,
	};
	for (size_t i = 0; i < SG_ARRAY_SIZE(texts); i++)
		*texts[i] = "";
	const struct sg_pin none = {"", ""};
	ret->route_pin = ret->profile_pin = ret->plan_pin = none;
	ret->patch.patchset_id = ret->patch.tree = "";
	const struct sg_file no_file = {"", "", 0, ""};
	ret->pack_output = ret->val_report = no_file;
}

const struct sg_proof *sg_run_proof(
	const struct sg_run *run, enum sg_fact_kind kind, const char *name)
{
	for (size_t i = run->proofs.n; i-- > 0;) {
		const struct sg_proof *proof = &run->proofs.v[i];
		if (proof->kind == kind && strcmp(proof->name, name) == 0)
			return proof;
	}
	return NULL;
}

int sg_run_attempts(const struct sg_run *run, const char *phase)
{
	for (size_t i = 0; i < run->attempts.n; i++)
		if (strcmp(run->attempts.v[i].phase, phase) == 0)
			return run->attempts.v[i].n;
	return 0;
}

const struct sg_record *sg_run_record(const struct sg_run *run, const char *name)
{
	for (size_t i = 0; i < run->records.n; i++)
		if (sg_key_equal(run->records.v[i].name, name))
			return &run->records.v[i];
	return NULL;
}

static bool hand_missing(const struct sg_run *run, const char *key)
{
	const struct sg_binding *binding =
		run->profile ? sg_profile_binding(run->profile, key) : NULL;
	if (!binding || !binding->manual)
		return false;
	const struct sg_record *record = sg_run_record(run, key);
	return !record || !record->stopped;
}

static bool kept(const struct sg_run *run, const char *key)
{
	for (size_t i = 0; i < run->kept_engines.n; i++)
		if (sg_key_equal(run->kept_engines.v[i], key))
			return true;
	return false;
}

const char *sg_run_record_awaited(const struct sg_run *run)
{
	enum sg_phase kind = sg_phase_kind(run->phase);
	if (run->state != SG_STATE_AWAIT)
		return NULL;
	if (kind == SG_PHASE_SPC || kind == SG_PHASE_ROLE)
		return hand_missing(run, run->phase) ? run->phase : NULL;
	if (kind != SG_PHASE_ORC)
		return NULL;
	for (size_t i = 0; i < run->required_engines.n; i++)
		if (hand_missing(run, run->required_engines.v[i]) &&
			!kept(run, run->required_engines.v[i]))
			return run->required_engines.v[i];
	return NULL;
}

bool sg_run_awaits_record(const struct sg_run *run)
{
	return sg_run_record_awaited(run) != NULL;
}

bool sg_run_follows(const struct sg_run *run)
{
	if (run->state != SG_STATE_AWAIT || !run->profile ||
		run->profile->cadence != SG_CADENCE_STEP || run->manifest.resume_allowed)
		return false;
	size_t first = sg_phase_index(&run->phases, "ROUTE") + 1;
	return sg_phase_index(&run->phases, run->phase) > first && !sg_run_awaits_record(run);
}

void sg_step_id_after(const char *step_id, char ret[SG_STEP_ID_SIZE])
{
	uint32_t id = 0; /* ten digits at most: the compiler sees that they fit */
	for (const char *p = step_id; *p >= '0' && *p <= '9' && id < 100000000; p++)
		id = id * 10 + (uint32_t)(*p - '0');
	snprintf(ret, SG_STEP_ID_SIZE, "%04u", id + 1);
}

enum sg_phase sg_phase_kind(const char *phase)
{
	enum sg_phase kind;
	if (sg_phase_parse(phase, &kind))
		return kind;
	return SG_PHASE_ROLE;
}

/* The roles that have a phase of their own kind, in the order in which they run. */
static const char *const role_order[] = {"SPC", "ORC", "CTL", "QA"};

static bool has_place_of_its_own(const char *role)
{
	for (size_t i = 0; i < SG_ARRAY_SIZE(role_order); i++)
		if (strcmp(role, role_order[i]) == 0)
			return true;
	return strcmp(role, "VAL") == 0;
}

enum sg_rc sg_phases_of(
	struct sg_arena *arena, const struct sg_strs *required_roles, struct sg_strs *ret)
{
	struct sg_strs_builder b;
	sg_strs_builder_init(&b, arena);
	sg_strs_builder_add(&b, "OPEN");
	sg_strs_builder_add(&b, "ROUTE");
	for (size_t i = 0; i < SG_ARRAY_SIZE(role_order); i++)
		if (sg_strs_has(required_roles, role_order[i]))
			sg_strs_builder_add(&b, role_order[i]);
	for (size_t i = 0; i < required_roles->n; i++)
		if (!has_place_of_its_own(required_roles->v[i]))
			sg_strs_builder_add_once(&b, required_roles->v[i]);
	sg_strs_builder_add(&b, "PACK");
	sg_strs_builder_add(&b, "VAL");
	sg_strs_builder_add(&b, "CLOSE");
	if (sg_arena_failed(arena))
		return SG_NOMEM;
	*ret = sg_strs_builder_list(&b);
	return SG_OK;
}

size_t sg_phase_index(const struct sg_strs *phases, const char *phase)
{
	for (size_t i = 0; i < phases->n; i++)
		if (strcmp(phases->v[i], phase) == 0)
			return i;
	return phases->n;
}

const char *sg_phase_after(const struct sg_strs *phases, const char *phase)
{
	size_t i = sg_phase_index(phases, phase);
	return i + 1 < phases->n ? phases->v[i + 1] : "";
}

const char *sg_phase_folder(
	struct sg_arena *arena, const char *step_id, const char *phase, int attempt)
{
	/*
	 * a role may have any name: its folder is spelled like an engine's, so it cannot leave
	 */
	const char *name = sg_engine_folder(arena, phase);
	/* and so may the STEP of a manifest that was adopted */
	const char *step = sg_engine_folder(arena, step_id);
	const char *path =
		sg_arena_printf(arena, ".stepgate/steps/%s/%s.%d", step, name, attempt);
	return path ? path : "";
}

static bool plain_byte(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '_' || c == '-';
}

const char *sg_engine_folder(struct sg_arena *arena, const char *eng_key)
{
	const char *bare = sg_key_bare(eng_key);
	struct sg_strbuf sb = SG_STRBUF_INIT;
	/* "." and ".." would be folders of their own */
	bool dots = strcmp(bare, ".") == 0 || strcmp(bare, "..") == 0;
	for (const char *p = bare; *p; p++) {
		if (plain_byte(*p) && !dots)
			sg_strbuf_addc(&sb, *p);
		else
			sg_strbuf_addf(&sb, "%%%02X", (unsigned)(unsigned char)*p);
	}
	const char *copy = sg_strbuf_failed(&sb) ? NULL : sg_arena_str(arena, sb.bytes);
	/* a path without this part would be another place */
	arena->failed = arena->failed || !copy;
	sg_strbuf_release(&sb);
	return copy ? copy : "";
}

const char *sg_ref(struct sg_arena *arena, const struct sg_file *file)
{
	const char *ref = sg_arena_printf(arena, "%s#sha256=%s", file->path, file->sha256);
	return ref ? ref : "";
}
