/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Goals 1 and 2: `stepgate check FILE`, a whole process from its start to its exit, against a
 * program that only reads the file, raw libyaml events over the same bytes, and other people's
 * tools. Every file passes both gates, and every run of check has to say so.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench/common/bench.h"
#include "bench/common/manifest.h"

#define JSON_QUERY \
	"[.LEDGERS.ENGINE_RUN_LEDGER.entries[] | select(.status != \"ran\")] | length"
#define PYTHON_CODE \
	"import sys, yaml\n" \
	"m = yaml.load(open(sys.argv[1]), yaml.CSafeLoader)\n" \
	"len([e for e in m['LEDGERS']['ENGINE_RUN_LEDGER']['entries'] if e['status'] != 'ran'])"
#define NODE_CODE \
	"const m = JSON.parse(require('fs').readFileSync(process.argv[1], 'utf8'));" \
	"m.LEDGERS.ENGINE_RUN_LEDGER.entries.filter(e => e.status != 'ran').length"

struct files {
	char *folder;
	char *manifest;
	char *commented;
	char *json;
};

static struct files make_files(size_t engines, bool commented, bool json)
{
	struct files f = {.folder = bench_scratch()};
	const struct bench_manifest what = {f.folder, engines, commented, json};

	bench_manifest_files(&what);
	f.manifest = bench_format("%s/RUNTIME_MANIFEST.yaml", f.folder);
	f.commented = bench_format("%s/COMMENTED.yaml", f.folder);
	f.json = bench_format("%s/MANIFEST.json", f.folder);
	return f;
}

static void drop_files(struct files *f)
{
	bench_scratch_remove(f->folder);
	free(f->folder);
	free(f->manifest);
	free(f->commented);
	free(f->json);
}

/* check of one file against the baseline's program on the same file. */
static struct bench_ratio check_against(int pairs, const char *baseline, const char *path)
{
	const char *const base_argv[] = {baseline, path, NULL};
	const char *const ours_argv[] = {bench_stepgate(), "check", path, NULL};
	struct bench_process base = {base_argv, 0};
	struct bench_process ours = {ours_argv, 0};

	return bench_pairs(pairs, &(struct bench_side){bench_process_run, &base},
		&(struct bench_side){bench_process_run, &ours});
}

/* The same against a tool, which reads other_path. */
static void compare_tool(const char *what, const char *against, const char *path,
	const char *const *tool_argv, int pairs)
{
	const char *const ours_argv[] = {bench_stepgate(), "check", path, NULL};
	struct bench_process base = {tool_argv, 0};
	struct bench_process ours = {ours_argv, 0};
	const struct bench_ratio ratio =
		bench_pairs(pairs, &(struct bench_side){bench_process_run, &base},
			&(struct bench_side){bench_process_run, &ours});

	bench_line("", what, &ratio, against, 0);
}

static bool python_has_yaml(void)
{
	return bench_has("python3") &&
	       system("python3 -c 'import yaml; yaml.CSafeLoader' >/dev/null 2>&1") == 0;
}

static void compare_tools(const char *what, const struct files *f, int pairs)
{
	const char *const jq[] = {"jq", JSON_QUERY, f->json, NULL};
	const char *const python[] = {"python3", "-c", PYTHON_CODE, f->manifest, NULL};
	const char *const node[] = {"node", "-e", NODE_CODE, f->json, NULL};

	if (bench_has("jq"))
		compare_tool(what, "jq on it as JSON", f->manifest, jq, pairs);
	else
		bench_say("", what, "jq is not installed");
	if (python_has_yaml())
		compare_tool(what, "PyYAML with libyaml", f->manifest, python, pairs);
	else
		bench_say("", what, "python3 with PyYAML and libyaml is not installed");
	if (bench_has("node"))
		compare_tool(what, "node's JSON.parse", f->manifest, node, pairs);
	else
		bench_say("", what, "node is not installed");
}

static void goal_1(void)
{
	struct files f = make_files(10, false, true);
	char *reads = bench_baseline("read");
	const struct bench_ratio ratio = check_against(200, reads, f.manifest);

	bench_line("goal 1", "check, 10 engines", &ratio, "a C program that reads it", 2);
	compare_tools("check, 10 engines", &f, 5);
	free(reads);
	drop_files(&f);
}

/* No reader of JSON in the tools here is faster than jansson alone. */
static void against_json(const char *what, const struct files *f, int pairs)
{
	char *json = bench_baseline("json");
	const char *const argv[] = {json, f->json, NULL};
	const char *const ours_argv[] = {bench_stepgate(), "check", f->manifest, NULL};
	struct bench_process base = {argv, 0};
	struct bench_process ours = {ours_argv, 0};
	const struct bench_ratio ratio =
		bench_pairs(pairs, &(struct bench_side){bench_process_run, &base},
			&(struct bench_side){bench_process_run, &ours});

	bench_line("goal 2", what, &ratio, "jansson on it as JSON", 1);
	free(json);
}

/*
 * The canonical form has a reader of its own, whose goal is the second one; the reader by libyaml's
 * events, which takes all else, is measured on the same file behind a comment.
 */
static void goal_2(size_t engines, int pairs, bool json)
{
	struct files f = make_files(engines, true, json);
	char *events = bench_baseline("events");
	char *what = bench_format("check, %s engines", bench_number((int64_t)engines));
	char *what_events = bench_format("%s, by events", what);
	struct bench_ratio ratio = check_against(pairs, events, f.manifest);

	bench_line("goal 2", what, &ratio, "raw libyaml events", 0.25);
	ratio = check_against(pairs, events, f.commented);
	bench_line("goal 2", what_events, &ratio, "raw libyaml events", 1.15);
	if (json)
		against_json(what, &f, pairs);
	if (engines == 1000)
		compare_tools(what, &f, 5);
	free(what);
	free(what_events);
	free(events);
	drop_files(&f);
}

int main(void)
{
	bench_intro();
	goal_1();
	goal_2(1000, 50, true);
	goal_2(100000, 7, true);
	goal_2(1000000, 3, false);
	return 0;
}
