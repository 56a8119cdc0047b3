/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See manifest.h. */
#include "bench/common/manifest.h"

#include <stdlib.h>

#include "base/hash.h"
#include "bench/common/bench.h"
#include "format/json.h"
#include "format/manifest_io.h"
#include "stepgate/gate.h"

#define LIST(...)                                                                         \
	{                                                                                 \
		(const char *const[]){__VA_ARGS__},                                       \
			sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *) \
	}
#define OUTPUT_EVERY  4
#define FIXED_OUTPUTS 3
#define PLANNED_MAX   10

static const struct sg_role_row roles[] = {
	{"SPC", "ran", LIST("BRIEF_TOKEN", "ENGINE_PLAN_TOKEN"), "exit 0, 1.2 s", "",
		SG_ROW_STATUS_RAN},
	{"ORC", "ran", LIST("ENGINE_RUN_LEDGER", "ENG_OUTPUTS_TOKEN"), "", "",
		SG_ROW_STATUS_RAN},
	{"CTL", "ran", LIST("POLICY_REPORT"), "exit 0, 0.3 s", "", SG_ROW_STATUS_RAN},
	{"VAL", "ran", LIST("VAL_REPORT"), "", "", SG_ROW_STATUS_RAN},
	{"QA", "ran", LIST("QA_REPORT"), "exit 0, 0.4 s", "", SG_ROW_STATUS_RAN},
};
static const struct sg_strs required_roles = LIST("SPC", "ORC", "CTL", "VAL", "QA");
static const struct sg_strs contract = LIST("ENGINE_PLAN_TOKEN", "VAL_REPORT", "PACK_OUTPUT");
static const struct sg_strs val_keys = LIST(SG_VAL_COVERAGE_KEY, SG_VAL_CONTRACT_KEY);

const char *bench_engine_key(struct sg_arena *arena, size_t i)
{
	return sg_arena_printf(arena, "KEY:ENG.TEXT.PART_%07zu", i);
}

/* The route requires all of them; the plan, which is a file of at most 1 MiB, the first ten. */
static void write_plan(const char *folder, size_t engines, struct sg_strbuf *plan)
{
	char *path = bench_format("%s/%s", folder, BENCH_PLAN);

	sg_strbuf_adds(plan, "ENGINE_PLAN_TOKEN:\n  required_eng_keys:\n");
	for (size_t i = 0; i < engines && i < PLANNED_MAX; i++)
		sg_strbuf_addf(plan, "    - \"KEY:ENG.TEXT.PART_%07zu\"\n", i);
	sg_strbuf_adds(plan, "  allowed_eng_keys: [\"KEY:ENG.TEXT.*\"]\n"
			     "  no_go_eng_keys: [\"KEY:ENG.NET.*\"]\n"
			     "  expected_outputs: [\"PART_0000000.INDEX\"]\n");
	bench_write(path, plan->bytes, plan->n_bytes);
	free(path);
}

static struct sg_strs engine_rows(
	struct sg_arena *arena, size_t n, struct sg_engine_row *rows)
{
	const char **keys = sg_arena_array(arena, n, sizeof(*keys));

	for (size_t i = 0; i < n && !sg_arena_failed(arena); i++) {
		const char **outputs = sg_arena_array(arena, 2, sizeof(*outputs));
		keys[i] = bench_engine_key(arena, i);
		if (!outputs)
			break;
		outputs[0] = sg_arena_printf(arena, "PART_%07zu.INDEX", i);
		outputs[1] = sg_arena_printf(arena, "PART_%07zu.WORDS", i);
		rows[i] = (struct sg_engine_row){.eng_key = keys[i],
			.status_text = "ran",
			.outputs_produced = {outputs, 2},
			.notes = "exit 0, 0.412 s, OBSERVED, tier none",
			.extra = "",
			.status = SG_ROW_STATUS_RAN};
	}
	return (struct sg_strs){keys, n};
}

static size_t output_rows(struct sg_arena *arena, size_t engines, const char *plan_sha256,
	struct sg_output_row *rows)
{
	size_t n = 0;

	rows[n++] = (struct sg_output_row){"ENGINE_PLAN_TOKEN", "SPC",
		sg_arena_printf(arena, BENCH_PLAN "#sha256=%s", plan_sha256), "",
		SG_TRUTH_TRUE};
	rows[n++] = (struct sg_output_row){"VAL_REPORT", "VAL", "", "", SG_TRUTH_TRUE};
	rows[n++] = (struct sg_output_row){"PACK_OUTPUT", "PACK", "", "", SG_TRUTH_TRUE};
	for (size_t i = 0; i < engines; i += OUTPUT_EVERY) {
		const char *name = sg_arena_printf(arena, "PART_%07zu.INDEX", i);
		const char *ref = sg_arena_printf(arena,
			".stepgate/steps/0001/ORC.1/ENG.TEXT.PART_%07zu/%s.tsv#sha256=%s", i,
			name, plan_sha256);
		rows[n++] = (struct sg_output_row){name, "ORC", ref, "", SG_TRUTH_TRUE};
	}
	return n;
}

static void make(struct sg_arena *arena, const struct bench_manifest *what,
	const char *plan_sha256, struct sg_manifest *ret)
{
	const size_t n = what->engines;
	struct sg_engine_row *engines = sg_arena_array(arena, n, sizeof(*engines));
	struct sg_output_row *outputs =
		sg_arena_array(arena, FIXED_OUTPUTS + n / OUTPUT_EVERY + 1, sizeof(*outputs));

	if (!engines || !outputs)
		bench_die("out of memory");
	sg_manifest_default(ret);
	ret->session_id = "0197741f-0000-7000-8000-000000000000";
	ret->started_at = ret->updated_at = "2025-06-15";
	ret->step_id = "0001";
	ret->step_goal = "Measure";
	ret->active_folder = "docs";
	ret->active_file = "docs/a.md";
	ret->domain = "MUSIC";
	ret->artifact_type = "KB_PATCH";
	ret->profile_key = "PROFILE.TEST";
	ret->pipe_selected = "KEY:PIPE.TEST";
	ret->required_roles = required_roles;
	ret->required_val_keys = val_keys;
	ret->output_contract = contract;
	ret->required_eng_keys = engine_rows(arena, n, engines);
	ret->roles = (struct sg_role_rows){roles, SG_ARRAY_SIZE(roles)};
	ret->engines.run_id = "0001.1";
	ret->engines.entries = (struct sg_engine_rows){.v = engines, .n = n};
	ret->outputs = (struct sg_output_rows){
		.v = outputs, .n = output_rows(arena, n, plan_sha256, outputs)};
	if (sg_arena_failed(arena))
		bench_die("out of memory");
}

static void write_as(const char *folder, const char *name, const struct sg_strbuf *bytes)
{
	char *path = bench_format("%s/%s", folder, name);

	if (sg_strbuf_failed(bytes))
		bench_die("out of memory");
	bench_write(path, bytes->bytes, bytes->n_bytes);
	free(path);
}

static void write_all(void *ctx)
{
	const struct bench_manifest *what = ctx;
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_strbuf bytes = SG_STRBUF_INIT;
	struct sg_manifest m;
	struct sg_json json;
	char plan_sha256[SG_SHA256_HEX_SIZE];

	write_plan(what->folder, what->engines, &bytes);
	sg_sha256_of(bytes.bytes, bytes.n_bytes, plan_sha256);
	make(&arena, what, plan_sha256, &m);
	sg_strbuf_clear(&bytes);
	sg_manifest_write(&bytes, &m);
	write_as(what->folder, "RUNTIME_MANIFEST.yaml", &bytes);
	if (what->commented) {
		sg_strbuf_clear(&bytes);
		sg_strbuf_adds(&bytes, "# by hand\n");
		sg_manifest_write(&bytes, &m);
		write_as(what->folder, "COMMENTED.yaml", &bytes);
	}
	if (what->json) {
		sg_strbuf_clear(&bytes);
		sg_json_init(&json, &bytes);
		sg_json_manifest(&json, &m);
		write_as(what->folder, "MANIFEST.json", &bytes);
	}
	sg_strbuf_release(&bytes);
	sg_arena_release(&arena);
}

void bench_manifest_files(const struct bench_manifest *what)
{
	struct bench_manifest own = *what;

	bench_apart(write_all, &own);
}
