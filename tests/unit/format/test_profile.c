/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading a PROFILE. */
#include "unit/format/test_token.h"

READER_TESTS(profile, struct sg_profile, sg_profile_read)

#define P "PROFILE:\n  PROFILE_KEY: P\n"

Test(profile_read, a_whole_profile_is_read)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_err err = SG_ERR_INIT;
	struct sg_profile p;

	cr_assert_eq(read_profile(&arena,
			     "PROFILE:\n"
			     "  RUN:\n"
			     "    SPC: {argv: [./spc.sh, \"7\", \"\"], timeout_s: 600, idle_s: "
			     "120}\n"
			     "    KEY:ENG.TOC:\n"
			     "      argv: [toc]\n"
			     "      outputs: [TOC]\n"
			     "      write: [docs/]\n"
			     "      network: true\n"
			     "    QA: {manual: true, outputs: [QA_REPORT]}\n"
			     "    CTL: {manual: false, argv: [ctl]}\n"
			     "  PROFILE_KEY: PROFILE.X\n"
			     "  ALLOW_SKIP: [\"KEY:ENG.*\"]\n"
			     "  CONTINUE_ON_FAIL: true\n"
			     "  CADENCE: step\n"
			     "  EVIDENCE: manual\n"
			     "  SANDBOX: partial\n"
			     "  JOBS: 64\n"
			     "  BASELINE_OUTPUTS:\n"
			     "    SPC: [TREE, \"A|B\"]\n"
			     "    QA: []\n",
			     &p, &err),
		SG_OK, "%s", err.text);
	cr_expect_str_eq(p.profile_key, "PROFILE.X");
	cr_expect_str_eq(p.allow_skip.v[0], "KEY:ENG.*");
	cr_expect(p.continue_on_fail);
	cr_expect_eq(p.cadence, SG_CADENCE_STEP);
	cr_expect_eq(p.evidence, SG_EVIDENCE_MODE_MANUAL);
	cr_expect_eq(p.sandbox, SG_TIER_PARTIAL);
	cr_expect_eq(p.jobs, 64);
	cr_assert_eq(p.baseline.n, 2);
	cr_expect_str_eq(p.baseline.v[0].role, "SPC");
	cr_expect_str_eq(p.baseline.v[0].outputs.v[1], "A|B");
	cr_expect_eq(p.baseline.v[1].outputs.n, 0);
	cr_expect_str_eq(p.contract, "");
	cr_assert_eq(p.run.n, 4);
	cr_expect_str_eq(p.run.v[0].key, "SPC");
	cr_assert_eq(p.run.v[0].argv.n, 3);
	cr_expect_str_eq(p.run.v[0].argv.v[1], "7");
	cr_expect_str_eq(p.run.v[0].argv.v[2], "");
	cr_expect_eq(p.run.v[0].timeout_s, 600);
	cr_expect_eq(p.run.v[0].idle_s, 120);
	cr_expect_str_eq(p.run.v[1].key, "KEY:ENG.TOC");
	cr_expect_str_eq(p.run.v[1].outputs.v[0], "TOC");
	cr_expect_str_eq(p.run.v[1].write.v[0], "docs/");
	cr_expect(p.run.v[1].network && !p.run.v[1].manual);
	cr_expect(p.run.v[2].manual && p.run.v[2].argv.n == 0);
	cr_expect_not(p.run.v[3].manual);
	sg_arena_release(&arena);
	SG_LEAKCHECK();
}

Test(profile_read, what_is_absent_has_the_safe_default)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_err err = SG_ERR_INIT;
	struct sg_profile p;

	cr_assert_eq(read_profile(&arena, P, &p, &err), SG_OK, "%s", err.text);
	cr_expect_eq(p.allow_skip.n + p.baseline.n + p.run.n, 0);
	cr_expect_not(p.continue_on_fail);
	cr_expect_eq(p.cadence, SG_CADENCE_PHASE);
	cr_expect_eq(p.evidence, SG_EVIDENCE_MODE_OBSERVED);
	cr_expect_eq(p.sandbox, SG_TIER_FULL);
	cr_expect_eq(p.jobs, 1);
	cr_expect_str_eq(p.contract, "");
	sg_arena_release(&arena);
}

Test(profile_read, the_contract_is_read_as_demands)
{
	static const char *const text =
		P "  CONTRACT:\n    # why\n    TOC: {min_bytes: 100, json: true}\n    ИМЯ:\n"
		  "      contains: [\"Глава 1\", end]\n      headings: [Intro, \"## Scope\"]\n"
		  "      yaml: true\n    B: {}\n  JOBS: 2\n";
	char *md = sg_t_format("# П\n\nпроза\n\n```yaml\n%s\n```\n", text);
	const char *const sources[] = {text, md};

	for (size_t i = 0; i < SG_ARRAY_SIZE(sources); i++) {
		struct sg_arena arena = SG_ARENA_INIT;
		struct sg_err err = SG_ERR_INIT;
		struct sg_profile p;
		cr_assert_eq(sg_profile_read(&arena, "p", sources[i], strlen(sources[i]), &p,
				     &err),
			SG_OK, "%s", err.text);
		cr_assert_eq(p.demands.n, 3);
		const struct sg_demand *d = p.demands.v;
		cr_expect_str_eq(d[0].name, "TOC");
		cr_expect(d[0].min_bytes == 100 && d[0].json && !d[0].yaml);
		cr_expect_eq(d[0].contains.n + d[0].headings.n, 0);
		cr_expect_str_eq(d[1].name, "ИМЯ");
		cr_expect(d[1].min_bytes == 0 && d[1].yaml && !d[1].json);
		cr_assert(d[1].contains.n == 2 && d[1].headings.n == 2);
		cr_expect_str_eq(d[1].contains.v[0], "Глава 1");
		cr_expect_str_eq(d[1].headings.v[1], "## Scope");
		cr_expect_str_eq(d[2].name, "B");
		cr_expect_str_eq(p.contract, "");
		cr_expect_eq(p.jobs, 2);
		sg_arena_release(&arena);
	}
	free(md);
}

Test(profile_read, a_demand_that_is_none_is_refused_at_its_place)
{
	static const struct refusal cases[] = {
		{P "  CONTRACT: {A: {min: 1}}\n", "f.yaml:3:18: cannot read PROFILE: expected one of "
						  "its keys, found min"},
		{P "  CONTRACT: {A: {min_bytes: -1}}\n", "min_bytes: expected a whole number"},
		{P "  CONTRACT: {A: {min_bytes: 1073741825}}\n",
			"f.yaml:3:29: cannot read PROFILE: min_bytes: expected a whole number from 0 "
			"to 1073741824"},
		{P "  CONTRACT: {A: {contains: x}}\n", "contains: expected a list of texts"},
		{P "  CONTRACT: {A: {contains: [7]}}\n", "contains: expected a text in its list"},
		{P "  CONTRACT: {A: {contains: [x, \"\"]}}\n",
			"f.yaml:3:32: cannot read PROFILE: contains: expected a text that is not "
			"empty"},
		{P "  CONTRACT: {A: {headings: [\" \"]}}\n",
			"headings: expected a text that is not empty"},
		{P "  CONTRACT: {A: {yaml: yes}}\n", "yaml: expected true or false"},
		{P "  CONTRACT: {A: {json: \"true\"}}\n", "json: expected true or false"},
		{P "  CONTRACT: {VAL_REPORT: {yaml: true}}\n",
			"f.yaml:3:26: cannot read PROFILE: CONTRACT: expected the NAME of an output "
			"that a role or an engine makes, found \"VAL_REPORT\""},
		{P "  CONTRACT: {\"\": {}}\n", "CONTRACT: expected the NAME of an output"},
		{P "  CONTRACT: {A: {}, A: {}}\n", "f.yaml:3:21"},
	};

	refuse_profile(cases, SG_ARRAY_SIZE(cases));
}

Test(profile_read, an_unknown_key_is_refused_at_every_level)
{
	static const struct refusal cases[] = {
		{P "OTHER: 1\n", "f.yaml:3:1: cannot read PROFILE: expected one of its keys, "
				 "found OTHER"},
		{P "  ALLOWSKIP: []\n", "f.yaml:3:3: cannot read PROFILE: expected one of its "
					"keys, found ALLOWSKIP"},
		{P "  jobs: 1\n", "found jobs"},
		{P "  RUN: {SPC: {argv: [a], timeout: 1}}\n",
			"f.yaml:3:26: cannot read PROFILE: expected one of its keys, found "
			"timeout"},
	};

	refuse_profile(cases, SG_ARRAY_SIZE(cases));
}

Test(profile_read, values_outside_their_set_are_refused)
{
	static const struct refusal cases[] = {
		{"PROFILE: {}\n", "PROFILE_KEY: expected a text, found no such key"},
		{"PROFILE: {PROFILE_KEY: 1}\n",
			"f.yaml:1:24: cannot read PROFILE: PROFILE_KEY: expected a text"},
		{P "  ALLOW_SKIP: ENG.A\n", "ALLOW_SKIP: expected a list of texts"},
		{P "  ALLOW_SKIP: [1]\n", "ALLOW_SKIP: expected a text in its list"},
		{P "  CONTINUE_ON_FAIL: \"true\"\n",
			"CONTINUE_ON_FAIL: expected true or false"},
		{P "  CONTINUE_ON_FAIL: yes\n", "CONTINUE_ON_FAIL: expected true or false"},
		{P "  CONTINUE_ON_FAIL: True\n", "CONTINUE_ON_FAIL: expected true or false"},
		{P "  CADENCE: phases\n", "CADENCE: expected phase or step"},
		{P "  CADENCE: [phase]\n", "CADENCE: expected phase or step"},
		{P "  EVIDENCE: OBSERVED\n", "EVIDENCE: expected observed or manual"},
		{P "  SANDBOX: off\n", "SANDBOX: expected full, partial or none"},
		{P "  SANDBOX:\n", "SANDBOX: expected full, partial or none"},
		{P "  JOBS: 0\n", "f.yaml:3:9: cannot read PROFILE: JOBS: expected a whole "
				  "number from 1 to 64"},
		{P "  JOBS: 65\n", "JOBS: expected a whole number from 0 to 64"},
		{P "  JOBS: -1\n", "JOBS: expected a whole number"},
		{P "  JOBS: 1.5\n", "JOBS: expected a whole number"},
		{P "  JOBS: 0x10\n", "JOBS: expected a whole number"},
		{P "  JOBS: \"2\"\n", "JOBS: expected a whole number"},
		{P "  JOBS: 99999999999999999999\n", "JOBS: expected a whole number"},
		{P "  BASELINE_OUTPUTS: [A]\n", "BASELINE_OUTPUTS: expected a mapping"},
		{P "  BASELINE_OUTPUTS: {SPC: A}\n", "SPC: expected a list of texts"},
		{P "  CONTRACT: [A]\n", "CONTRACT: expected a mapping"},
		{P "  CONTRACT: {A: 1}\n", "A: expected a mapping in CONTRACT"},
		{P "  RUN: []\n", "RUN: expected a mapping"},
	};

	refuse_profile(cases, SG_ARRAY_SIZE(cases));
}

Test(profile_read, a_binding_is_a_command_or_a_hand_and_nothing_else)
{
	static const struct refusal cases[] = {
		{P "  RUN: {SPC: ./spc.sh}\n", "f.yaml:3:14: cannot read PROFILE: SPC: "
					       "expected a mapping {argv, ...}"},
		{P "  RUN: {SPC: {}}\n",
			"SPC: expected argv or manual: true, found no such key"},
		{P "  RUN: {SPC: {manual: false}}\n", "SPC: expected argv or manual: true"},
		{P "  RUN: {SPC: {argv: []}}\n", "SPC: expected argv that names a program"},
		{P "  RUN: {SPC: {argv: [\"\", a]}}\n",
			"SPC: expected argv that names a program"},
		{P "  RUN: {SPC: {argv: ./spc.sh}}\n", "argv: expected a list of texts"},
		{P "  RUN: {SPC: {argv: [sleep, 5]}}\n",
			"f.yaml:3:29: cannot read PROFILE: argv: expected a text in its list"},
		{P "  RUN: {SPC: {argv: [a], timeout_s: -1}}\n",
			"timeout_s: expected a whole number"},
		{P "  RUN: {SPC: {argv: [a], timeout_s: 1000000001}}\n",
			"timeout_s: expected a whole number from 0 to 1000000000"},
		{P "  RUN: {SPC: {argv: [a], idle_s: soon}}\n",
			"idle_s: expected a whole number"},
		{P "  RUN: {SPC: {argv: [a], network: 1}}\n",
			"network: expected true or false"},
		{P "  RUN: {SPC: {argv: [a], outputs: A}}\n",
			"outputs: expected a list of texts"},
		{P "  RUN: {SPC: {argv: [a], write: [1]}}\n",
			"write: expected a text in its list"},
		{P "  EVIDENCE: manual\n  RUN: {SPC: {argv: [a], manual: true}}\n",
			"SPC: expected manual or argv, not both"},
		{P "  RUN: {SPC: {argv: [a]}, SPC: {argv: [b]}}\n", "f.yaml:3:27"},
	};

	refuse_profile(cases, SG_ARRAY_SIZE(cases));
}

Test(profile_read, manual_work_is_refused_where_evidence_is_observed)
{
	static const struct refusal cases[] = {
		{P "  RUN: {QA: {manual: true}}\n",
			"QA: manual work needs EVIDENCE: manual, found observed"},
		/* The order of the keys does not matter. */
		{P "  RUN: {QA: {manual: true}}\n  EVIDENCE: observed\n",
			"f.yaml:3:13: cannot read PROFILE: QA: manual work needs EVIDENCE: "
			"manual"},
	};

	refuse_profile(cases, SG_ARRAY_SIZE(cases));
}
