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
	for (int c = 0; c < SG_CHECK_COUNT; c++)
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
