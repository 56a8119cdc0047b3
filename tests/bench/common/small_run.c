/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small run for the screen to stand on; see small_run.h. */
#include "bench/common/small_run.h"

#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"

static const char route[] =
	"ROUTE_TOKEN:\n"
	"  META: {ROUTER_VERSION: \"1\", TIMESTAMP: \"\", TRACE_ID: \"\"}\n"
	"  TASK: {TASK_TEXT_HASH: \"\", USER_INTENT: \"Measured\"}\n"
	"  ROUTE: {DOMAIN: \"DOCS\", ARTIFACT_TYPE: \"SMALL\", MODE: \"REPO\", "
	"PROFILE_KEY: \"SMALL\", PIPE_SELECTED: \"\"}\n"
	"  REQUIRED_SET:\n"
	"    REQUIRED_IDX: []\n"
	"    REQUIRED_ROLES: [\"SPC\", \"ORC\", \"VAL\"]\n"
	"    REQUIRED_ENG_KEYS: [\"KEY:ENG.E0\"]\n"
	"    REQUIRED_KB_KEYS: []\n"
	"    REQUIRED_VAL_KEYS: [\"KEY:VAL.ENGINE_COVERAGE_GATE\", "
	"\"KEY:VAL.OUTPUT_CONTRACT_GATE\"]\n"
	"    OUTPUT_CONTRACT: [\"VAL_REPORT\"]\n"
	"    NO_GO_LIST: []\n"
	"  GATES: {STOP_CONDITIONS: [], QUALITY_MINIMUM: \"\"}\n";

static void put(const char *folder, const char *name, const char *text)
{
	char *path = bench_format("%s/%s", folder, name);
	bench_write(path, text, strlen(text));
	free(path);
}

static void shell(const char *folder, const char *text)
{
	char *line = bench_format("cd '%s' && { %s; } >/dev/null", folder, text);
	if (system(line) != 0)
		bench_die("this failed: %s", line);
	free(line);
}

static void put_profile(const char *folder, const struct bench_small_run *what)
{
	struct sg_strbuf text = SG_STRBUF_INIT;
	sg_strbuf_addf(&text,
		"PROFILE:\n  PROFILE_KEY: \"SMALL\"\n  ALLOW_SKIP: []\n  EVIDENCE: observed\n"
		"  SANDBOX: %s\n  JOBS: 1\n  RUN:\n    SPC: {argv: %s, timeout_s: 600}\n",
		what->sandbox ? what->sandbox : "none", what->spc ? what->spc : "[/bin/sh, spc.sh]");
	for (size_t i = 0; i < what->engines || i == 0; i++)
		sg_strbuf_addf(&text, "    KEY:ENG.E%zu: {argv: %s, timeout_s: 60}\n", i,
			what->engine ? what->engine : "[/bin/true]");
	put(folder, "profile.yaml", text.bytes);
	sg_strbuf_release(&text);
}

static void put_plan(const char *folder, size_t engines)
{
	struct sg_strbuf text = SG_STRBUF_INIT;
	sg_strbuf_adds(&text, "ENGINE_PLAN_TOKEN:\n  required_eng_keys:\n");
	for (size_t i = 0; i < engines || i == 0; i++)
		sg_strbuf_addf(&text, "    - \"KEY:ENG.E%zu\"\n", i);
	put(folder, "plan.yaml", text.bytes);
	put(folder, "spc.sh", "echo brief >\"$STEPGATE_OUT/BRIEF_TOKEN.txt\"\n"
			      "cp plan.yaml \"$STEPGATE_OUT/ENGINE_PLAN_TOKEN.yaml\"\n");
	sg_strbuf_release(&text);
}

char *bench_small_run(const struct bench_small_run *what)
{
	char *folder = bench_scratch();
	char *commands = bench_format("'%s' init && '%s' step 'A goal' --file docs/one.md "
				      "--route route.yaml --profile profile.yaml",
		bench_stepgate(), bench_stepgate());
	char *documents = bench_format(
		"for i in $(seq %zu); do echo \"Document $i\" >docs/$i.md; done; git init -q . && "
		"git add docs && git -c user.name=b -c user.email=b@localhost commit -q -m docs",
		what->documents);
	put(folder, "route.yaml", route);
	put_profile(folder, what);
	put_plan(folder, what->engines);
	shell(folder, "mkdir docs && echo 'One document.' >docs/one.md");
	if (what->documents)
		shell(folder, documents);
	shell(folder, commands);
	free(documents);
	free(commands);
	return folder;
}

void bench_small_run_remove(char *folder)
{
	bench_scratch_remove(folder);
	free(folder);
}

void bench_small_run_open(struct bench_tty *t, int rows, int cols, const char *folder)
{
	const char *const argv[] = {bench_stepgate(), NULL};
	bench_tty_open(t, rows, cols, folder, argv);
	bench_tty_see(t, "starts ROUTE");
	bench_tty_drain(t, 50000000);
}

void bench_open_baseline(struct bench_tty *t, int rows, int cols, const char *name)
{
	char *path = bench_baseline(name);
	const char *const argv[] = {path, NULL};
	bench_tty_open(t, rows, cols, NULL, argv);
	bench_tty_see(t, "stepgate 0001>");
	free(path);
}

void bench_go(struct bench_tty *t, const char *awaited, const char *shows)
{
	char *text = bench_format("starts %s", awaited);
	bench_tty_see(t, text);
	bench_tty_drain(t, 100000000);
	bench_tty_type(t, "го\r");
	bench_tty_see(t, shows);
	free(text);
}
