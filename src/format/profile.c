/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PROFILE (SPEC 2.5): the only input in which an unknown key is an error, at any level: a
 * typing mistake here would silently loosen a rule.
 *
 * PROFILE_KEY must be there. The others have these defaults: no ALLOW_SKIP, CONTINUE_ON_FAIL
 * false, CADENCE phase, EVIDENCE observed, SANDBOX full (nothing is guarded less than asked
 * for), JOBS 1, no BASELINE_OUTPUTS, no CONTRACT, no RUN.
 *
 * CONTRACT is {NAME: {min_bytes, contains: [text], headings: [text], yaml, json}}, each of them
 * optional; what they mean is said in route.h.
 *
 * RUN binds a key to {argv, timeout_s, idle_s, outputs, write, network, read, env, max_log_mib,
 * max_output_mib, max_processes, max_files} or to {manual: true, outputs, ...}: exactly one of
 * argv and manual. read are absolute paths, env names of variables: neither one that reaches
 * the operator's own programs nor one that stepgate sets (format/binding.h). argv is a list of
 * texts, the first not empty; a number in it must be quoted, so that 010 or 1e3 reach the
 * command as they were meant.
 */
#include "format/inputs.h"

#include <string.h>

#include "format/binding.h"
#include "format/token.h"

/* Thirty years in seconds; also what keeps nanoseconds within 64 bits. */
#define MOST_SECONDS INT64_C(1000000000)
#define MOST_JOBS    64
/* No output is larger (store/evidence.h), so more could never be met. */
#define MOST_BYTES   (INT64_C(1) << 30)

static const char *const profile_keys[] = {"PROFILE_KEY", "ALLOW_SKIP", "CONTINUE_ON_FAIL",
	"CADENCE", "EVIDENCE", "SANDBOX", "JOBS", "BASELINE_OUTPUTS", "CONTRACT", "RUN"};
static const char *const demand_keys[] = {"min_bytes", "contains", "headings", "yaml", "json"};
static const char *const binding_keys[] = {
	"argv", "timeout_s", "idle_s", "outputs", "write", "network", "manual", "read", "env",
	"max_log_mib", "max_output_mib", "max_processes", "max_files"};

static enum sg_rc take_words(const struct sg_token *t, struct sg_profile *p)
{
	const struct sg_node *cadence = sg_node_get(t->map, "CADENCE");
	const struct sg_node *evidence = sg_node_get(t->map, "EVIDENCE");
	const struct sg_node *sandbox = sg_node_get(t->map, "SANDBOX");

	if (cadence &&
		!(sg_node_is_text(cadence) && sg_cadence_parse(cadence->text, &p->cadence)))
		return sg_token_wrong(t, "CADENCE", cadence, "phase or step");
	if (evidence && !(sg_node_is_text(evidence) &&
				sg_evidence_mode_parse(evidence->text, &p->evidence)))
		return sg_token_wrong(t, "EVIDENCE", evidence, "observed or manual");
	if (sandbox && !(sg_node_is_text(sandbox) && sg_tier_parse(sandbox->text, &p->sandbox)))
		return sg_token_wrong(t, "SANDBOX", sandbox, "full, partial or none");
	return SG_OK;
}

static enum sg_rc take_jobs(const struct sg_token *t, struct sg_profile *p)
{
	int64_t jobs = 1;
	const enum sg_rc rc = sg_token_count(t, t->map, "JOBS", MOST_JOBS, &jobs);

	if (rc == SG_OK && jobs == 0)
		return sg_token_wrong(
			t, "JOBS", sg_node_get(t->map, "JOBS"), "a whole number from 1 to 64");
	p->jobs = (int)jobs;
	return rc;
}

static enum sg_rc take_baselines(const struct sg_token *t, struct sg_profile *p)
{
	const struct sg_node *map = NULL;
	enum sg_rc rc = sg_token_map(t, t->map, "BASELINE_OUTPUTS", SG_OPTIONAL, &map);

	if (rc < 0 || !map || map->n == 0)
		return rc;
	struct sg_baseline *v = sg_arena_array(t->arena, map->n, sizeof(*v));
	if (!v)
		return sg_token_memory(t);
	for (size_t i = 0; i < map->n && rc == SG_OK; i++) {
		v[i].role = map->keys[i];
		rc = sg_token_strs(t, map, map->keys[i], &v[i].outputs);
	}
	p->baseline = (struct sg_baselines){v, map->n};
	return rc;
}

/* An empty text is in everything: asked for, it would look like a rule and be none. */
static enum sg_rc take_texts(const struct sg_token *t, const struct sg_node *map,
	const char *key, struct sg_strs *ret)
{
	const struct sg_node *list = sg_node_get(map, key);
	const enum sg_rc rc = sg_token_strs(t, map, key, ret);

	for (size_t i = 0; rc == SG_OK && i < ret->n; i++)
		if (ret->v[i][strspn(ret->v[i], " \t\n")] == '\0')
			return sg_token_wrong(
				t, key, &list->items[i], "a text that is not empty");
	return rc;
}

static enum sg_rc take_demand(
	const struct sg_token *t, const struct sg_node *map, struct sg_demand *d)
{
	enum sg_rc rc;

	if (map->type != SG_YAML_MAP)
		return sg_token_wrong(t, d->name, map, "a mapping in CONTRACT");
	if (!*d->name || strcmp(d->name, "VAL_REPORT") == 0)
		return sg_yaml_fail(t->name, &map->place, SG_INPUT, t->err,
			"cannot read %s: CONTRACT: expected the NAME of an output that a role "
			"or an engine makes, found \"%s\"",
			t->what, d->name);
	rc = sg_token_known(t, map, demand_keys, SG_ARRAY_SIZE(demand_keys));
	if (rc == SG_OK)
		rc = sg_token_count(t, map, "min_bytes", MOST_BYTES, &d->min_bytes);
	if (rc == SG_OK)
		rc = take_texts(t, map, "contains", &d->contains);
	if (rc == SG_OK)
		rc = take_texts(t, map, "headings", &d->headings);
	if (rc == SG_OK)
		rc = sg_token_bool(t, map, "yaml", &d->yaml);
	if (rc == SG_OK)
		rc = sg_token_bool(t, map, "json", &d->json);
	return rc;
}

static enum sg_rc take_contract(const struct sg_token *t, struct sg_profile *p)
{
	const struct sg_node *map = NULL;
	enum sg_rc rc = sg_token_map(t, t->map, "CONTRACT", SG_OPTIONAL, &map);

	if (rc < 0 || !map || map->n == 0)
		return rc;
	struct sg_demand *v = sg_arena_array(t->arena, map->n, sizeof(*v));
	if (!v)
		return sg_token_memory(t);
	for (size_t i = 0; i < map->n && rc == SG_OK; i++) {
		v[i].name = map->keys[i];
		rc = take_demand(t, &map->items[i], &v[i]);
	}
	p->demands = (struct sg_demands){v, map->n};
	return rc;
}

/* What a binding must be, once its fields are read. */
static enum sg_rc check_binding(const struct sg_token *t, const struct sg_node *map,
	const struct sg_binding *b, enum sg_evidence_mode evidence)
{
	const struct sg_node *argv = sg_node_get(map, "argv");

	if (b->manual && argv)
		return sg_token_wrong(t, b->key, argv, "manual or argv, not both");
	if (b->manual && evidence == SG_EVIDENCE_MODE_OBSERVED)
		return sg_yaml_fail(t->name, &map->place, SG_INPUT, t->err,
			"cannot read %s: %.80s: manual work needs EVIDENCE: manual, found "
			"observed",
			t->what, b->key);
	if (b->manual)
		return SG_OK;
	if (!argv)
		return sg_token_absent(t, b->key, map, "argv or manual: true");
	if (b->argv.n == 0)
		return sg_token_wrong(t, b->key, argv, "argv that names a program");
	if (!*b->argv.v[0])
		return sg_token_wrong(t, b->key, &argv->items[0], "argv that names a program");
	return SG_OK;
}

static enum sg_rc take_binding(const struct sg_token *t, const struct sg_node *map,
	enum sg_evidence_mode evidence, struct sg_binding *b)
{
	enum sg_rc rc;

	if (map->type != SG_YAML_MAP)
		return sg_token_wrong(t, b->key, map, "a mapping {argv, ...}");
	rc = sg_token_known(t, map, binding_keys, SG_ARRAY_SIZE(binding_keys));
	if (rc == SG_OK)
		rc = sg_token_strs(t, map, "argv", &b->argv);
	if (rc == SG_OK)
		rc = sg_token_count(t, map, "timeout_s", MOST_SECONDS, &b->timeout_s);
	if (rc == SG_OK)
		rc = sg_token_count(t, map, "idle_s", MOST_SECONDS, &b->idle_s);
	if (rc == SG_OK)
		rc = sg_token_strs(t, map, "outputs", &b->outputs);
	if (rc == SG_OK)
		rc = sg_token_strs(t, map, "write", &b->write);
	if (rc == SG_OK)
		rc = sg_binding_walls(t, map, b);
	if (rc == SG_OK)
		rc = sg_token_bool(t, map, "network", &b->network);
	if (rc == SG_OK)
		rc = sg_token_bool(t, map, "manual", &b->manual);
	return rc == SG_OK ? check_binding(t, map, b, evidence) : rc;
}

static enum sg_rc take_run(const struct sg_token *t, struct sg_profile *p)
{
	const struct sg_node *map = NULL;
	enum sg_rc rc = sg_token_map(t, t->map, "RUN", SG_OPTIONAL, &map);

	if (rc < 0 || !map || map->n == 0)
		return rc;
	struct sg_binding *v = sg_arena_array(t->arena, map->n, sizeof(*v));
	if (!v)
		return sg_token_memory(t);
	for (size_t i = 0; i < map->n && rc == SG_OK; i++) {
		v[i].key = map->keys[i];
		rc = take_binding(t, &map->items[i], p->evidence, &v[i]);
	}
	p->run = (struct sg_bindings){v, map->n};
	return rc;
}

static enum sg_rc take_profile(const struct sg_token *t, struct sg_profile *p)
{
	static const char *const only[] = {"PROFILE"};
	enum sg_rc rc = sg_token_known(t, t->root, only, SG_ARRAY_SIZE(only));

	if (rc == SG_OK)
		rc = sg_token_known(t, t->map, profile_keys, SG_ARRAY_SIZE(profile_keys));
	if (rc == SG_OK)
		rc = sg_token_text(t, t->map, "PROFILE_KEY", SG_REQUIRED, &p->profile_key);
	if (rc == SG_OK)
		rc = sg_token_strs(t, t->map, "ALLOW_SKIP", &p->allow_skip);
	if (rc == SG_OK)
		rc = sg_token_bool(t, t->map, "CONTINUE_ON_FAIL", &p->continue_on_fail);
	if (rc == SG_OK)
		rc = take_words(t, p);
	if (rc == SG_OK)
		rc = take_jobs(t, p);
	if (rc == SG_OK)
		rc = take_baselines(t, p);
	if (rc == SG_OK)
		rc = take_contract(t, p);
	/* Last: whether work by hand is allowed depends on EVIDENCE. */
	if (rc == SG_OK)
		rc = take_run(t, p);
	return rc;
}

enum sg_rc sg_profile_read(struct sg_arena *arena, const char *name, const char *bytes,
	size_t n_bytes, struct sg_profile *ret, struct sg_err *err)
{
	struct sg_token t;
	struct sg_profile profile = {.profile_key = "",
		.cadence = SG_CADENCE_PHASE,
		.evidence = SG_EVIDENCE_MODE_OBSERVED,
		.sandbox = SG_TIER_FULL,
		.jobs = 1,
		.contract = ""};
	enum sg_rc rc = sg_token_load(&t, arena, name, "PROFILE", bytes, n_bytes, err);

	if (rc == SG_OK)
		rc = take_profile(&t, &profile);
	if (rc == SG_OK)
		rc = sg_token_memory(&t);
	if (rc == SG_OK)
		*ret = profile;
	return rc;
}
