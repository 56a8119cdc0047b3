/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which outputs a command has promised, and whether it kept its word. */
#include <string.h>

#include "exec/runner_internal.h"

static void add(
	struct sg_strs_builder *plain, struct sg_strs_builder *any, const struct sg_strs *items)
{
	for (size_t i = 0; i < items->n; i++)
		sg_strs_builder_add_once(strchr(items->v[i], '|') ? any : plain, items->v[i]);
}

/* NAMEs with a dot in them are taken whole only where somebody speaks of them. */
static struct sg_strs known_names(struct sg_rn *rn, const struct sg_strs *promised)
{
	const struct sg_run *run = sg_rn_run(rn);
	struct sg_strs_builder b;
	sg_strs_builder_init(&b, rn->arena);
	const struct sg_strs *const lists[] = {&run->manifest.output_contract, promised,
		run->plan ? &run->plan->expected_outputs : NULL};
	for (size_t k = 0; k < SG_ARRAY_SIZE(lists); k++)
		for (size_t i = 0; lists[k] && i < lists[k]->n; i++)
			sg_strs_builder_add(&b, lists[k]->v[i]);
	const struct sg_strs borrowed = sg_strs_builder_list(&b);
	return sg_arena_strs(rn->arena, &borrowed);
}

static enum sg_rc finish(struct sg_rn *rn, const struct sg_strs_builder *plain,
	const struct sg_strs_builder *any, struct sg_promises *ret, struct sg_err *err)
{
	ret->plain = sg_strs_builder_list(plain);
	ret->any = sg_strs_builder_list(any);
	ret->known = known_names(rn, &ret->plain);
	return sg_arena_failed(rn->arena) ? sg_rn_nomem(err) : SG_OK;
}

enum sg_rc sg_rn_promises_of_role(struct sg_rn *rn, const char *role,
	const struct sg_binding *binding, struct sg_promises *ret, struct sg_err *err)
{
	struct sg_strs baseline = {NULL, 0};
	struct sg_strs_builder plain, any;
	if (sg_role_baseline(rn->arena, role, rn->profile, &baseline) != SG_OK)
		return sg_rn_nomem(err);
	sg_strs_builder_init(&plain, rn->arena);
	sg_strs_builder_init(&any, rn->arena);
	add(&plain, &any, &baseline);
	if (binding)
		add(&plain, &any, &binding->outputs);
	ret->at_least_one = true;
	return finish(rn, &plain, &any, ret, err);
}

enum sg_rc sg_rn_promises_of_engine(struct sg_rn *rn, const struct sg_binding *binding,
	struct sg_promises *ret, struct sg_err *err)
{
	struct sg_strs_builder plain, any;
	sg_strs_builder_init(&plain, rn->arena);
	sg_strs_builder_init(&any, rn->arena);
	if (binding)
		add(&plain, &any, &binding->outputs);
	ret->at_least_one = false;
	return finish(rn, &plain, &any, ret, err);
}

static const char *sentence(struct sg_arena *arena, const char *item)
{
	const char *text = sg_arena_printf(arena, "promised output %s is absent", item);
	return text ? text : "a promised output is absent";
}

const char *sg_rn_broken_promise(struct sg_arena *arena, const struct sg_promises *promises,
	const struct sg_files *files)
{
	struct sg_strs_builder b;
	sg_strs_builder_init(&b, arena);
	for (size_t i = 0; i < files->n; i++)
		sg_strs_builder_add(&b, files->v[i].name);
	const struct sg_strs names = sg_strs_builder_list(&b);
	for (size_t i = 0; i < promises->plain.n; i++)
		if (!sg_strs_has(&names, promises->plain.v[i]))
			return sentence(arena, promises->plain.v[i]);
	for (size_t i = 0; i < promises->any.n; i++)
		if (!sg_baseline_met(&names, promises->any.v[i]))
			return sentence(arena, promises->any.v[i]);
	if (promises->at_least_one && !files->n)
		return "it made no output";
	return "";
}

/* --- names made twice --- */

/* Files that stepgate itself makes, and the phase that does. */
static const char *own_maker(const char *name)
{
	static const char *const own[][2] = {{"ENGINE_RUN_LEDGER", "ORC"},
		{"ENG_OUTPUTS_TOKEN", "ORC"}, {"PACK_OUTPUT", "PACK"}, {"VAL_REPORT", "VAL"}};

	for (size_t i = 0; i < SG_ARRAY_SIZE(own); i++)
		if (strcmp(own[i][0], name) == 0)
			return own[i][1];
	return "";
}

static const char *maker_of(const struct sg_rn *rn, const char *name, const char *but)
{
	const struct sg_proof *proof = sg_run_proof(sg_rn_run(rn), SG_FACT_OUTPUT, name);

	if (!proof)
		return own_maker(name);
	if (*proof->source_eng)
		return sg_key_equal(proof->source_eng, but) ? "" : proof->source_eng;
	return strcmp(proof->phase, but) == 0 ? "" : proof->phase;
}

const char *sg_rn_made_twice(
	const struct sg_rn *rn, const char *maker, const struct sg_files *files)
{
	for (size_t i = 0; i < files->n; i++) {
		const char *other = maker_of(rn, files->v[i].name, maker);
		if (!*other)
			continue;
		const char *text = sg_arena_printf(rn->arena,
			"output %s was made twice: by %s and by %s", files->v[i].name, other,
			maker);
		return text ? text : "an output was made twice";
	}
	return "";
}
