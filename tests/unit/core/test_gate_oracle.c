/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The gates against a second reading of their tables, on many pseudo-random inputs. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "harness/harness.h"
#include "base/arena.h"
#include "gate_oracle.h"

#define INPUTS 40000

/*
 * What a run of inputs has shown: a comparison that never meets a check proves nothing of
 * it.
 */
struct shown {
	int passes;
	int failed[SG_CHECK_COUNT];
	int codes[SG_CODE_COUNT];
	int evidence_passes;
};

static void note(
	struct shown *shown, const struct sg_gate_input *in, const struct sg_verdict *v)
{
	bool seen[SG_CHECK_COUNT] = {false};

	for (size_t i = 0; i < v->reasons.n; i++)
		seen[v->reasons.v[i].check] = true;
	for (int c = 0; c < SG_CHECK_COUNT; c++)
		shown->failed[c] += seen[c];
	shown->passes += v->pass;
	shown->codes[v->code]++;
	shown->evidence_passes += v->pass && in->facts != NULL;
}

static void compare(uint64_t seed, struct gate_room *room, struct shown *shown)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_gate_input in;
	struct sg_verdict v;

	gate_random_input(room, seed, &in);
	cr_assert_eq(sg_verdict_judge(&arena, &in, &v), SG_OK);
	char *expected = gate_oracle_judge(&in);
	char *found = gate_verdict_text(&v);
	cr_assert(strcmp(expected, found) == 0, "seed %llu\n--- expected\n%s--- found\n%s",
		(unsigned long long)seed, expected, found);
	note(shown, &in, &v);
	free(expected);
	free(found);
	sg_arena_release(&arena);
}

Test(gate_oracle, forty_thousand_random_inputs_get_the_verdict_of_the_tables)
{
	struct gate_room *room = gate_room_new();
	struct shown shown;

	memset(&shown, 0, sizeof(shown));
	for (uint64_t seed = 1; seed <= INPUTS; seed++)
		compare(seed, room, &shown);
	cr_expect_gt(shown.passes, INPUTS / 20, "only %d passed", shown.passes);
	cr_expect_gt(shown.evidence_passes, INPUTS / 100, "only %d passed with evidence",
		shown.evidence_passes);
	/* S1 is no check of an input: what follows looks at it */
	for (int c = 0; c < SG_CHECK_S1; c++)
		cr_expect_gt(shown.failed[c], INPUTS / 250, "%s failed only %d times",
			sg_check_name((enum sg_check)c), shown.failed[c]);
	for (int code = SG_CODE_NONE; code <= SG_CODE_SCOPE_VIOLATION; code++)
		cr_expect_gt(shown.codes[code], INPUTS / 250, "%s stood only %d times",
			sg_code_name((enum sg_code)code), shown.codes[code]);
	gate_room_free(room);
	SG_LEAKCHECK();
}

Test(gate_oracle, the_same_input_gives_the_same_bytes)
{
	struct gate_room *room = gate_room_new();

	for (uint64_t seed = 1; seed <= 500; seed++) {
		char *text[2];
		for (int turn = 0; turn < 2; turn++) {
			struct sg_arena arena = SG_ARENA_INIT;
			struct sg_gate_input in;
			struct sg_verdict v;
			gate_random_input(room, seed, &in);
			cr_assert_eq(sg_verdict_judge(&arena, &in, &v), SG_OK);
			text[turn] = gate_verdict_text(&v);
			sg_arena_release(&arena);
		}
		cr_assert_str_eq(text[0], text[1]);
		free(text[0]);
		free(text[1]);
	}
	gate_room_free(room);
	SG_LEAKCHECK();
}

Test(gate_oracle, every_shadow_of_an_input_that_passes_turns_red)
{
	struct gate_room *room = gate_room_new();
	int passes = 0;
	size_t shadows = 0;

	for (uint64_t seed = 1; seed <= INPUTS / 20; seed++) {
		struct sg_arena arena = SG_ARENA_INIT;
		struct sg_gate_input in;
		struct sg_verdict v;
		int of = 0, red = 0;
		gate_random_input(room, seed, &in);
		cr_assert_eq(sg_verdict_judge(&arena, &in, &v), SG_OK);
		if (v.pass) {
			gate_oracle_shadows(&in, &of, &red);
			cr_assert_eq(red, of, "seed %llu", (unsigned long long)seed);
			cr_assert_eq(sg_verdict_prove(&arena, &in, &v), SG_OK);
			cr_assert(v.pass, "seed %llu: %s", (unsigned long long)seed,
				v.shadows.green);
			cr_assert(v.shadows.of == (size_t)of && v.shadows.tried == (size_t)of &&
					  v.shadows.red == (size_t)of,
				"seed %llu: expected %d, found %zu of %zu, %zu tried",
				(unsigned long long)seed, of, v.shadows.red, v.shadows.of,
				v.shadows.tried);
			passes++;
			shadows += v.shadows.tried;
		}
		sg_arena_release(&arena);
	}
	cr_expect_gt(passes, INPUTS / 400, "only %d passed", passes);
	cr_expect_gt(shadows, (size_t)passes * 10, "only %zu shadows", shadows);
	gate_room_free(room);
	SG_LEAKCHECK();
}
