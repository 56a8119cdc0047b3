/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run before the first event, and the names of folders and refs. */
#include <criterion/criterion.h>
#include <string.h>

#include "harness/harness.h"
#include "run_builder.h"

Test(run, before_the_first_event_there_is_nothing_and_every_text_is_empty)
{
	struct sg_run run;
	struct sg_arena arena = SG_ARENA_INIT;
	sg_run_init(&run);
	cr_assert_eq(run.state, SG_STATE_EMPTY);
	cr_assert_eq(run.seq, 0);
	cr_assert_eq(sg_run_attempts(&run, "SPC"), 0);
	cr_assert_null(sg_run_proof(&run, SG_FACT_ROLE, "SPC"));
	cr_assert_null(sg_run_record(&run, "SPC"));
	cr_assert_not(sg_run_awaits_record(&run));
	cr_assert_not(sg_run_follows(&run));
	cr_assert_not_null(rb_fingerprint(&arena, &run), "a text is NULL");
	sg_arena_release(&arena);
	SG_LEAKCHECK();
}

Test(run, a_phase_is_known_by_its_name_and_every_other_name_is_a_role)
{
	cr_assert_eq(sg_phase_kind("ROUTE"), SG_PHASE_ROUTE);
	cr_assert_eq(sg_phase_kind("ORC"), SG_PHASE_ORC);
	cr_assert_eq(sg_phase_kind("VAL"), SG_PHASE_VAL);
	cr_assert_eq(sg_phase_kind("CTL"), SG_PHASE_ROLE);
	cr_assert_eq(sg_phase_kind("QA"), SG_PHASE_ROLE);
	cr_assert_eq(sg_phase_kind("spc"), SG_PHASE_ROLE);
	cr_assert_eq(sg_phase_kind(""), SG_PHASE_ROLE);
}

Test(run, behind_the_last_phase_and_behind_no_phase_there_is_none)
{
	const struct sg_strs phases = STRS("OPEN", "ROUTE", "CLOSE");
	cr_assert_str_eq(sg_phase_after(&phases, "OPEN"), "ROUTE");
	cr_assert_str_eq(sg_phase_after(&phases, "CLOSE"), "");
	cr_assert_str_eq(sg_phase_after(&phases, "NOWHERE"), "");
	cr_assert_eq(sg_phase_index(&phases, "NOWHERE"), 3);
}

Test(run, an_engines_folder_is_its_key_with_every_other_byte_as_hex)
{
	static const struct {
		const char *key;
		const char *folder;
	} cases[] = {
		{"KEY:ENG.TEXT.TOC", "ENG.TEXT.TOC"},
		{"ENG_1-a.Z", "ENG_1-a.Z"},
		{"a b/c", "a%20b%2Fc"},
		{"\xd0\xb3", "%D0%B3"},
		{"%41", "%2541"},
		{".", "%2E"},
		{"..", "%2E%2E"},
		{"...", "..."},
		{"KEY:..", "%2E%2E"},
		{"\n\x7f", "%0A%7F"},
	};
	struct sg_arena arena = SG_ARENA_INIT;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_assert_str_eq(sg_engine_folder(&arena, cases[i].key), cases[i].folder);
	sg_arena_release(&arena);
	SG_LEAKCHECK();
}

Test(run, a_ref_is_the_path_and_the_hash)
{
	struct sg_arena arena = SG_ARENA_INIT;
	const struct sg_file file = {"A", "x/A.yaml", 1, "00ff"};
	cr_assert_str_eq(sg_ref(&arena, &file), "x/A.yaml#sha256=00ff");
	sg_arena_release(&arena);
	SG_LEAKCHECK();
}

Test(run, a_path_without_memory_is_a_failure_of_the_arena)
{
	struct sg_arena arena = SG_ARENA_INIT;
	arena.failed = true;
	cr_assert_str_eq(sg_phase_folder(&arena, "0001", "SPC", 1), "");
	cr_assert_str_eq(sg_engine_folder(&arena, "ENG.A"), "");
	cr_assert(sg_arena_failed(&arena));
}
