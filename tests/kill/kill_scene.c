/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands that are killed, the states they begin in, and how they are typed. */
#include <stdlib.h>
#include <string.h>

#include "kill.h"

#define AT_1 "stepgate 0001> "
#define AT_2 "stepgate 0002> "

/* One line at the prompt, and out. */
#define TYPES(line) .turns = {{AT_1, line}, {AT_1, "quit"}}

#define STEP_ARGV                                                                  \
	{                                                                          \
		"step", "A release", "--file", "tasks/release.task.md", "--route", \
			"routes/docs-release.yaml"                                 \
	}

#define EDITED "sed -i 's/OWNER: \"USER\"/OWNER: \"TEAM\"/' RUNTIME_MANIFEST.yaml"

/* The example's first STEP, phase by phase; some of them may only lead to the others. */
#define EXAMPLE(in, inner_setup)                                                      \
	{.name = in ": init",                                                         \
		.from = in ".files",                                                  \
		.to = in ".init",                                                     \
		.argv = {"init"},                                                     \
		.ack = "started a run",                                               \
		.setup = inner_setup,                                                 \
		.finish = true},                                                      \
		{.name = in ": step",                                                 \
			.from = in ".init",                                           \
			.to = in ".step",                                             \
			.argv = STEP_ARGV,                                            \
			.ack = "RUNNING",                                             \
			.finish = true},                                              \
		{.name = in ": ROUTE",                                                \
			.from = in ".step",                                           \
			.to = in ".ROUTE",                                            \
			TYPES("го"),                                                  \
			.setup = inner_setup,                                         \
			.finish = true},                                              \
		{.name = in ": SPC",                                                  \
			.from = in ".ROUTE",                                          \
			.to = in ".SPC",                                              \
			TYPES("го"),                                                  \
			.finish = true},                                              \
		{.name = in ": ORC",                                                  \
			.from = in ".SPC",                                            \
			.to = in ".ORC",                                              \
			TYPES("го"),                                                  \
			.setup = inner_setup,                                         \
			.finish = true},                                              \
		{.name = in ": CTL",                                                  \
			.from = in ".ORC",                                            \
			.to = in ".CTL",                                              \
			TYPES("го"),                                                  \
			.setup = inner_setup,                                         \
			.finish = true},                                              \
		{.name = in ": QA",                                                   \
			.from = in ".CTL",                                            \
			.to = in ".QA",                                               \
			TYPES("го"),                                                  \
			.setup = inner_setup,                                         \
			.finish = true},                                              \
		{.name = in ": PACK",                                                 \
			.from = in ".QA",                                             \
			.to = in ".PACK",                                             \
			TYPES("го"),                                                  \
			.finish = true},                                              \
	{                                                                             \
		.name = in ": VAL", .from = in ".PACK", .to = in ".VAL", TYPES("го"), \
		.finish = true                                                        \
	}

/* The same, only on the way to what comes behind. */
#define OPENED(in)                                                                        \
	{.name = in ": init",                                                             \
		.from = in ".files",                                                      \
		.to = in ".init",                                                         \
		.argv = {"init"},                                                         \
		.setup = true},                                                           \
		{.name = in ": step",                                                     \
			.from = in ".init",                                               \
			.to = in ".step",                                                 \
			.argv = STEP_ARGV,                                                \
			.setup = true},                                                   \
	{                                                                                 \
		.name = in ": ROUTE", .from = in ".step", .to = in ".ROUTE", TYPES("го"), \
		.setup = true                                                             \
	}

const struct scene scenes[] = {
	EXAMPLE("plain", false),
	/* in a git work tree only what git has a part in, and one role */
	EXAMPLE("git", true),

	/* the operator's other words */
	{.name = "no", .from = "git.SPC", .to = "no", TYPES("no \"not this\""), .finish = true},
	{.name = "resume", .from = "no", TYPES("resume"), .finish = true},
	{.name = "stop",
		.from = "plain.QA",
		.to = "stop",
		TYPES("stop \"enough\""),
		.finish = true},
	{.name = "step after stop",
		.from = "stop",
		.turns = {{AT_1, "step \"Once more\" --file tasks/release.task.md"},
			{AT_2, "quit"}}},
	{.name = "next",
		.from = "plain.SPC",
		TYPES("next docs/01__START.md \"And then\""),
		.finish = true},
	{.name = "route",
		.from = "plain.step",
		TYPES("route routes/docs-release.yaml"),
		.finish = true},
	{.name = "adopt",
		.from = "plain.CTL",
		.prepare = EDITED,
		.tampered = true,
		TYPES("adopt \"mine\""),
		.finish = true},
	{.name = "restore",
		.from = "plain.CTL",
		.prepare = EDITED,
		.tampered = true,
		TYPES("restore"),
		.finish = true},
	{.name = "adopt whole",
		.from = "plain.CTL",
		.prepare = "rm -rf .stepgate",
		.tampered = true,
		TYPES("adopt \"from a chat\""),
		.finish = true},

	/* what a kill left, and a kill while that is put right */
	{.name = "recovery",
		.from = "git.VAL",
		.prepare = "cp ../git.PACK/RUNTIME_MANIFEST.yaml .\n"
			   "rm .stepgate/steps/0001/PACK.1/FINAL.yaml\n"
			   "printf '{\"seq\":21,\"ti' >>.stepgate/trace.jsonl",
		.turns = {{AT_1, "quit"}}},
	{.name = "resume after a kill",
		.from = "plain.SPC",
		.prepare = "sed -i '$d' .stepgate/trace.jsonl\n"
			   "rm -f .stepgate/HEAD\n"
			   "cp ../plain.ROUTE/RUNTIME_MANIFEST.yaml .",
		TYPES("resume"),
		.finish = true},

	/* a verdict that is FAIL, and the second STEP of the example, which stops at ORC */
	{.name = "VAL fails",
		.from = "plain.PACK",
		.prepare = "chmod u+w .stepgate/steps/0001/CTL.1/POLICY_REPORT.yaml\n"
			   "echo forged >>.stepgate/steps/0001/CTL.1/POLICY_REPORT.yaml",
		TYPES("го"),
		.finish = true},
	{.name = "next STEP by signal",
		.from = "git.VAL",
		.to = "second.step",
		.turns = {{AT_1, "го"}, {AT_2, "quit"}}},
	{.name = "second ROUTE",
		.from = "second.step",
		.to = "second.ROUTE",
		.setup = true,
		.turns = {{AT_2, "го"}, {AT_2, "quit"}}},
	{.name = "second SPC",
		.from = "second.ROUTE",
		.to = "second.SPC",
		.setup = true,
		.turns = {{AT_2, "го"}, {AT_2, "quit"}}},
	{.name = "ORC fails", .from = "second.SPC", .turns = {{AT_2, "го"}, {AT_2, "quit"}}},

	/* all phases by one signal */
	OPENED("cadence"),
	{.name = "CADENCE: step",
		.from = "cadence.ROUTE",
		TYPES("го"),
		.finish = true,
		.every = 64},

	/* work by hand */
	OPENED("manual"),
	{.name = "manual: SPC",
		.from = "manual.ROUTE",
		.to = "manual.SPC",
		.setup = true,
		TYPES("го")},
	{.name = "manual: ORC",
		.from = "manual.SPC",
		.to = "manual.ORC",
		.setup = true,
		TYPES("го")},
	{.name = "manual: CTL",
		.from = "manual.ORC",
		.to = "manual.CTL",
		.setup = true,
		TYPES("го")},
	{.name = "record start",
		.from = "manual.CTL",
		.to = "started",
		TYPES("record start QA QA_REPORT=q.md RELEASE_LIST=r.tsv"),
		.finish = true},
	{.name = "record stop",
		.from = "started",
		.to = "recorded",
		.prepare = "echo read >q.md; echo listed >r.tsv",
		TYPES("record stop QA QA_REPORT=q.md RELEASE_LIST=r.tsv"),
		.finish = true},
	{.name = "QA by hand", .from = "recorded", TYPES("го"), .finish = true},
};

const size_t n_scenes = sizeof(scenes) / sizeof(scenes[0]);

/* --- the files --- */

/*
 * The kill is what is tried, not the example's scripts: what they write is written at once, and
 * behind no wall. The scene of CADENCE: step has them as they are, behind this machine's walls.
 */
static const char quick_edit[] =
	"rm -rf docs/[1-9]* lib policy release README.md\n"
	"sed -i 's/SANDBOX: [a-z]*/SANDBOX: none/' profiles/*.yaml\n"
	"script() { { echo '#!/bin/sh'; cat; } >\"$1\"; }\n"
	"script roles/spc.sh <<'.'\n"
	"printf 'BRIEF_TOKEN:\\n  DOMAIN: DOCS\\n' >\"$STEPGATE_OUT/BRIEF_TOKEN.yaml\"\n"
	"{ printf 'ENGINE_PLAN_TOKEN:\\n  required_eng_keys:\\n'\n"
	"printf '    - \"KEY:ENG.DOCS.%s\"\\n' LINKS INDEX TOC WORDS\n"
	"} >\"$STEPGATE_OUT/ENGINE_PLAN_TOKEN.yaml\"\n"
	"echo docs >\"$STEPGATE_OUT/TREE_BEFORE.txt\"\n"
	"echo '4 engines'\n"
	".\n"
	"script roles/ctl.sh <<'.'\n"
	"printf 'POLICY_REPORT:\\n  STATUS: PASS\\n' >\"$STEPGATE_OUT/POLICY_REPORT.yaml\"\n"
	"echo '4 rules kept'\n"
	".\n"
	"script roles/qa.sh <<'.'\n"
	"echo '# QA report' >\"$STEPGATE_OUT/QA_REPORT.md\"\n"
	"echo docs >\"$STEPGATE_OUT/RELEASE_LIST.tsv\"\n"
	"echo compared\n"
	".\n"
	"for name in links index toc words; do\n"
	"NAME=$(echo $name | tr a-z A-Z)\n"
	"script engines/$name.sh <<.\n"
	"echo \"$NAME\tOK\" >\"\\$STEPGATE_OUT/$NAME.tsv\"\n"
	"echo '12 checked'\n"
	".\n"
	"done\n"
	/* the second STEP stops there */
	"echo '! grep -q release-broken \"$STEPGATE_MANIFEST\"' >>engines/links.sh\n";

/* What is done by hand. */
static const char manual_edit[] =
	"awk '/EVIDENCE: observed/ { sub(/observed/, \"manual\") }\n"
	"     /^    QA:$/ { print \"    QA: {manual: true}\"; skip = 1; next }\n"
	"     skip && /^      / { next }\n"
	"     { skip = 0; print }' profiles/PROFILE.DOCS.RELEASE.yaml >edited\n"
	"mv edited profiles/PROFILE.DOCS.RELEASE.yaml";

void scene_roots(void)
{
	struct sg_strbuf line = SG_STRBUF_INIT;

	sg_strbuf_addf(&line,
		"mkdir plain.files home state tmp\n"
		"cp -R '%s/share/examples/docs-release/.' plain.files\n"
		"rm -f plain.files/demo.sh\n"
		"cp -R plain.files cadence.files\n"
		/* in the tier that this machine has */
		"tier=$('%s' doctor --json | sed -n 's/^{\"tier\":\"\\([a-z]*\\)\".*/\\1/p')\n"
		"sed -i \"s/SANDBOX: full/SANDBOX: $tier/; s/CADENCE: phase/CADENCE: step/\" "
		"cadence.files/profiles/*.yaml\n",
		kill_source, kill_program);
	folder_run(".", line.bytes);
	sg_strbuf_release(&line);
	folder_run("plain.files", quick_edit);
	folder_run(".", "cp -R plain.files git.files; cp -R plain.files manual.files");
	folder_run("git.files",
		"git init -q --template= . && git add -A && git -c user.name=kill "
		"-c user.email=kill@localhost commit -q -m 'The documents'");
	folder_run("manual.files", manual_edit);
}

/* --- playing --- */

/* Words of the table are const; exec's are not, and are not written to either. */
static char *unconst(const char *text)
{
	union {
		const char *in;
		char *out;
	} u = {.in = text};
	return u.out;
}

void scene_play(
	const struct scene *sc, const char *folder, const struct point *point, struct term *ret)
{
	char *argv[16] = {unconst(kill_program), unconst("--color=never")};
	size_t n = 2;

	for (size_t i = 0; sc->argv[i]; i++)
		argv[n++] = unconst(sc->argv[i]);
	term_start(ret, folder, argv, point);
	for (size_t i = 0; i < TURNS_MAX && sc->turns[i].wait; i++) {
		if (!term_wait(ret, sc->turns[i].wait))
			break;
		ret->turns++;
		term_send(ret, sc->turns[i].send);
	}
	(void)term_end(ret);
}
