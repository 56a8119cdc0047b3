/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Manifests of any size that pass both gates: five roles, n engines that the route requires, each
 * with its ledger row and two outputs, an OUTPUT_LEDGER row for every fourth. About 300 bytes an
 * engine, as the program's own writer writes them; ENGINE_PLAN_TOKEN lies beside as a file.
 */
#ifndef TESTS_BENCH_MANIFEST_H
#define TESTS_BENCH_MANIFEST_H

#include "base/arena.h"
#include "stepgate/manifest.h"

#define BENCH_PLAN "ENGINE_PLAN_TOKEN.yaml"

/*
 * What bench_manifest_files writes into folder: RUNTIME_MANIFEST.yaml, the same behind a comment
 * (which is not the canonical form, so the reader by events takes it) as COMMENTED.yaml, the same
 * as MANIFEST.json when json is set, and the plan. It runs in a process of its own.
 */
struct bench_manifest {
	const char *folder;
	size_t engines;
	bool commented;
	bool json;
};
void bench_manifest_files(const struct bench_manifest *what);

/* The key of engine i, in arena. */
const char *bench_engine_key(struct sg_arena *arena, size_t i);

#endif
