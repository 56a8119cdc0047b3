/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Goal 4: the most memory that `stepgate check` had at one time, against twice the file. */
#include <stdlib.h>

#include "bench/common/bench.h"
#include "bench/common/manifest.h"

#define ALLOWANCE_BYTES (INT64_C(4) << 20)
#define MIB             ((double)(1 << 20))

static void measure(const char *folder, const char *name, const char *what)
{
	char *path = bench_format("%s/%s", folder, name);
	const char *const argv[] = {bench_stepgate(), "check", path, NULL};
	struct bench_process process = {argv, 0};
	struct bench_cost cost = {0};

	bench_process_run(&process, &cost);
	const double limit = (double)(2 * bench_size(path) + ALLOWANCE_BYTES);
	char *text = bench_format("%s, %.0f MiB", what, (double)cost.peak_bytes / MIB);
	bench_value(
		"goal 4", text, (double)cost.peak_bytes / limit, "2 x the file + 4 MiB", 1, false);
	free(text);
	free(path);
}

int main(void)
{
	char *folder = bench_scratch();
	const struct bench_manifest what = {folder, 1000000, true, false};

	bench_manifest_files(&what);
	measure(folder, "RUNTIME_MANIFEST.yaml", "memory, 1,000,000 engines");
	measure(folder, "COMMENTED.yaml", "memory, 1,000,000, by events");
	bench_scratch_remove(folder);
	free(folder);
	return 0;
}
