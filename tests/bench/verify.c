/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Goal 5: `stepgate verify` of a long trace against sha256 of the file and jansson's parse of its
 * lines.
 */
#include <stdlib.h>

#include "bench/common/bench.h"
#include "bench/common/run.h"

#define EVENTS 100000

int main(void)
{
	char *folder = bench_scratch();
	char *manifest = bench_format("%s/RUNTIME_MANIFEST.yaml", folder);
	char *trace = bench_format("%s/.stepgate/trace.jsonl", folder);
	char *baseline = bench_baseline("trace");
	const char *const base_argv[] = {baseline, trace, NULL};
	const char *const ours_argv[] = {bench_stepgate(), "-m", manifest, "verify", NULL};
	struct bench_process base = {base_argv, 0};
	struct bench_process ours = {ours_argv, 0};

	bench_run_used(folder, EVENTS);
	char *what = bench_format("verify, %s events", bench_number(EVENTS));
	const struct bench_ratio ratio = bench_pairs(7,
		&(struct bench_side){bench_process_run, &base},
		&(struct bench_side){bench_process_run, &ours});
	bench_line("goal 5", what, &ratio, "sha256 and jansson's parse", 1.3);
	bench_scratch_remove(folder);
	free(what);
	free(baseline);
	free(trace);
	free(manifest);
	free(folder);
	return 0;
}
