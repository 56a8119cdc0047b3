/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Deep copies: equal, and alive when what they were made from is gone. */
#include <criterion/criterion.h>
#include <string.h>

#include "core/copy.h"
#include "harness/harness.h"
#include "run_builder.h"

Test(copy, a_manifest_is_copied_with_every_field_and_row)
{
	struct run_builder b;
	struct sg_arena arena = SG_ARENA_INIT;
	rb_start(&b);
	b.route.no_go_list = STRS("no audio");
	rb_do(&b, rb_ev_next(&b, "docs/b.md", "the next"));
	rb_pass(&b);
	b.run.manifest.extra[SG_MAPPING_ROOT] = "MINE: \"x\"\n";
	const struct sg_manifest copy = sg_copy_manifest(&arena, &b.run.manifest);
	cr_assert(sg_manifest_equal(&copy, &b.run.manifest));
	cr_assert_neq(copy.roles.v, b.run.manifest.roles.v);
	const char *text = sg_arena_str(&arena, copy.roles.v[0].notes);
	rb_release(&b);
	cr_assert_str_eq(copy.roles.v[0].notes, text);
	cr_assert_str_eq(copy.extra[SG_MAPPING_ROOT], "MINE: \"x\"\n");
	cr_assert_str_eq(copy.no_go_list.v[0], "no audio");
	sg_arena_release(&arena);
	SG_LEAKCHECK();
}

/* Text in an arena of its own, that dies before the copy is looked at. */
static const char *mortal(struct sg_arena *arena, const char *text)
{
	return sg_arena_str(arena, text);
}

Test(copy, a_profile_outlives_what_it_was_read_from)
{
	struct sg_arena dies = SG_ARENA_INIT;
	struct sg_arena arena = SG_ARENA_INIT;
	const char *word = mortal(&dies, "word");
	const struct sg_strs words = {&word, 1};
	const struct sg_binding binding = {.key = word,
		.argv = words,
		.outputs = words,
		.write = words,
		.timeout_s = 3,
		.manual = true};
	const struct sg_baseline baseline = {word, words};
	const struct sg_profile profile = {.profile_key = word,
		.allow_skip = words,
		.jobs = 4,
		.baseline = {&baseline, 1},
		.run = {&binding, 1},
		.demands = {&(struct sg_demand){word, 7, words, words, true, false}, 1},
		.contract = word};
	const struct sg_profile *copy = sg_copy_profile(&arena, &profile);
	memset((char *)(uintptr_t)word, 'x', 4);
	sg_arena_release(&dies);
	word = "gone";
	cr_assert_str_eq(copy->profile_key, "word");
	cr_assert_str_eq(copy->allow_skip.v[0], "word");
	cr_assert_str_eq(copy->run.v[0].key, "word");
	cr_assert_str_eq(copy->run.v[0].argv.v[0], "word");
	cr_assert_str_eq(copy->run.v[0].outputs.v[0], "word");
	cr_assert_str_eq(copy->run.v[0].write.v[0], "word");
	cr_assert_str_eq(copy->baseline.v[0].role, "word");
	cr_assert_str_eq(copy->baseline.v[0].outputs.v[0], "word");
	cr_assert_str_eq(copy->contract, "word");
	cr_assert_str_eq(copy->demands.v[0].name, "word");
	cr_assert_str_eq(copy->demands.v[0].headings.v[0], "word");
	cr_assert(copy->demands.v[0].yaml && copy->demands.v[0].min_bytes == 7);
	cr_assert_eq(copy->run.v[0].timeout_s, 3);
	cr_assert(copy->run.v[0].manual);
	cr_assert_eq(copy->jobs, 4);
	sg_arena_release(&arena);
	SG_LEAKCHECK();
}

Test(copy, a_route_and_a_plan_outlive_what_they_were_read_from)
{
	struct sg_arena dies = SG_ARENA_INIT;
	struct sg_arena arena = SG_ARENA_INIT;
	const char *word = mortal(&dies, "word");
	const struct sg_strs words = {&word, 1};
	const struct sg_pair pair = {word, word};
	const struct sg_pairs pairs = {&pair, 1};
	const struct sg_route route = {.meta = pairs,
		.task = pairs,
		.gates = pairs,
		.domain = word,
		.artifact_type = word,
		.mode = word,
		.profile_key = word,
		.pipe_selected = word,
		.user_intent = word,
		.required_idx = words,
		.required_roles = words,
		.required_eng_keys = words,
		.required_kb_keys = words,
		.required_val_keys = words,
		.output_contract = words,
		.no_go_list = words};
	const struct sg_plan plan = {.required_eng_keys = words,
		.allowed_eng_keys = words,
		.no_go_eng_keys = words,
		.expected_outputs = words,
		.has_allowed = true,
		.bad_field = word};
	const struct sg_route *r = sg_copy_route(&arena, &route);
	const struct sg_plan *p = sg_copy_plan(&arena, &plan);
	memset((char *)(uintptr_t)word, 'x', 4);
	sg_arena_release(&dies);
	word = "gone";
	const char *const texts[] = {r->domain, r->artifact_type, r->mode, r->profile_key,
		r->pipe_selected, r->user_intent, r->meta.v[0].key, r->task.v[0].value,
		r->gates.v[0].key, r->required_idx.v[0], r->required_roles.v[0],
		r->required_eng_keys.v[0], r->required_kb_keys.v[0], r->required_val_keys.v[0],
		r->output_contract.v[0], r->no_go_list.v[0], p->required_eng_keys.v[0],
		p->allowed_eng_keys.v[0], p->no_go_eng_keys.v[0], p->expected_outputs.v[0],
		p->bad_field};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		cr_assert_str_eq(texts[i], "word", "text %zu", i);
	cr_assert(p->has_allowed);
	sg_arena_release(&arena);
	SG_LEAKCHECK();
}

Test(copy, nothing_in_nothing_out)
{
	struct sg_arena arena = SG_ARENA_INIT;
	const struct sg_files none = {NULL, 0};
	const struct sg_strs empty = {NULL, 0};
	cr_assert_null(sg_copy_route(&arena, NULL));
	cr_assert_null(sg_copy_profile(&arena, NULL));
	cr_assert_null(sg_copy_plan(&arena, NULL));
	cr_assert_str_eq(sg_copy_str(&arena, NULL), "");
	cr_assert_eq(sg_copy_files(&arena, &none).n, 0);
	cr_assert_eq(sg_copy_strs(&arena, &empty).n, 0);
	cr_assert_eq(sg_copy_requires(&arena, &(struct sg_requires){NULL, 0}).n, 0);
	cr_assert_eq(sg_copy_facts(&arena, &(struct sg_facts){NULL, 0}).n, 0);
	cr_assert_eq(sg_copy_misses(&arena, &(struct sg_misses){NULL, 0}).n, 0);
	cr_assert_eq(sg_copy_gate_results(&arena, &(struct sg_gate_results){NULL, 0}).n, 0);
	cr_assert_eq(sg_copy_programs(&arena, &(struct sg_programs){NULL, 0}).n, 0);
	const struct sg_profile bare = {.profile_key = "X"};
	cr_assert_eq(sg_copy_profile(&arena, &bare)->run.n, 0);
	cr_assert_not(sg_arena_failed(&arena));
	sg_arena_release(&arena);
	SG_LEAKCHECK();
}

Test(copy, without_memory_a_copy_is_empty_but_can_be_read)
{
	struct run_builder b;
	struct sg_arena broken = SG_ARENA_INIT;
	rb_start(&b);
	rb_pass(&b);
	broken.failed = true;
	const struct sg_manifest copy = sg_copy_manifest(&broken, &b.run.manifest);
	cr_assert_str_eq(copy.step_goal, "");
	cr_assert_eq(copy.roles.n + copy.outputs.n + copy.engines.entries.n, 0);
	cr_assert_eq(copy.required_roles.n, 0);
	rb_release(&b);
	SG_LEAKCHECK();
}
