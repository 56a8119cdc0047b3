/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See run.h. */
#include "bench/common/run.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/fs.h"
#include "bench/common/manifest.h"
#include "stepgate/gate.h"

#define HEX_A       "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define TIME_MS     INT64_C(1750000000000)
#define PACK_FOLDER ".stepgate/steps/0001/PACK.1"

static const char *const roles[] = {"SPC", "ORC"};
static const char *const gates[] = {SG_VAL_COVERAGE_KEY, SG_VAL_CONTRACT_KEY};
static const char *const contract[] = {"ENGINE_PLAN_TOKEN", "PACK_OUTPUT", "VAL_REPORT"};
static const char *const argv[] = {"./engines/part.sh", "PART"};
static const struct sg_binding bindings[] = {{.key = "SPC", .argv = {argv, 1}}};
static const struct sg_profile profile = {
	.profile_key = "PROFILE.TEST",
	.jobs = 1,
	.run = {bindings, 1},
	.contract = "",
};
static const struct sg_plan plan = {.has_required = true};

static void must(enum sg_rc rc, const struct sg_err *err)
{
	char text[SG_ERR_TEXT_SIZE + SG_ERR_FILE_SIZE];

	if (rc < 0)
		bench_die("%s", sg_err_text(err, text, sizeof(text)));
}

struct sg_session *bench_run_open(const char *folder)
{
	struct sg_err err = SG_ERR_INIT;
	struct sg_session *s = NULL;
	char *path = bench_format("%s/RUNTIME_MANIFEST.yaml", folder);
	const struct sg_session_options options = {.manifest_path = path};

	must(sg_session_open(&s, &options, &err), &err);
	free(path);
	return s;
}

static void commit(struct sg_session *s, struct sg_event *event)
{
	struct sg_err err = SG_ERR_INIT;

	must(sg_session_commit(s, event, NULL, NULL, &err), &err);
}

static struct sg_event event_of(const struct sg_session *s, enum sg_event_type type)
{
	const struct sg_run *run = sg_session_run(s);

	return (struct sg_event){
		.type = type,
		.step = run->manifest.step_id,
		.attempt = run->phase_attempt,
		.by = SG_BY_RUNNER,
	};
}

void bench_commit_next(struct sg_session *s, size_t i)
{
	static const char *const files[] = {"docs/first.md", "docs/other.md"};
	struct sg_event event = event_of(s, SG_EVENT_NEXT);

	event.by = SG_BY_OPERATOR;
	event.u.next = (struct sg_ev_next){
		.file = files[i % 2], .goal = "the next one", .route = "", .profile = ""};
	commit(s, &event);
}

/* --- a run in ORC --- */

static void begin(struct sg_session *s, const char *phase)
{
	struct sg_event event = event_of(s, SG_EVENT_BEGIN);

	event.by = SG_BY_OPERATOR;
	event.attempt = sg_run_attempts(sg_session_run(s), phase) + 1;
	event.u.begin = (struct sg_ev_begin){.phase = phase, .signal = {"0f0f", true}};
	commit(s, &event);
}

static struct sg_exec exec_of(void)
{
	return (struct sg_exec){.argv = {argv, 2},
		.folder = ".",
		.start_ms = TIME_MS,
		.end_ms = TIME_MS + 412,
		.program_sha256 = HEX_A,
		.inputs_sha256 = HEX_A,
		.log = ".stepgate/steps/0001/ORC.1/ENG.TEXT.PART/log",
		.error = ""};
}

static void start(const char *folder)
{
	struct sg_err err = SG_ERR_INIT;
	char *path = bench_format("%s/RUNTIME_MANIFEST.yaml", folder);
	const struct sg_session_options options = {.manifest_path = path};
	const struct sg_event init = {
		.type = SG_EVENT_INIT,
		.step = "",
		.u.init = {.manifest = "",
			.session_id = "0197741f-0000-7000-8000-000000000000",
			.started_at = "2025-06-15",
			.owner = "USER",
			.mode = "REPO"},
	};

	must(sg_session_create(&options, &init, &err), &err);
	free(path);
}

static void open_step(struct sg_session *s)
{
	struct sg_event event = event_of(s, SG_EVENT_STEP);

	event.step = "0001";
	event.by = SG_BY_OPERATOR;
	event.u.step = (struct sg_ev_step){.step_id = "0001",
		.goal = "Measure",
		.file = "docs/a.md",
		.folder = "docs",
		.base = "",
		.route = "routes/a.yaml",
		.profile = "",
		.signal = {.digest = ""}};
	commit(s, &event);
}

static void end_route(struct sg_session *s, struct sg_arena *arena, size_t engines)
{
	struct sg_event event = event_of(s, SG_EVENT_ROUTE);
	const char **keys = sg_arena_array(arena, engines, sizeof(*keys));

	for (size_t i = 0; keys && i < engines; i++)
		keys[i] = bench_engine_key(arena, i);
	if (sg_arena_failed(arena))
		bench_die("out of memory");
	const struct sg_route route = {
		.domain = "MUSIC",
		.artifact_type = "KB_PATCH",
		.mode = "REPO",
		.profile_key = "PROFILE.TEST",
		.pipe_selected = "KEY:PIPE.TEST",
		.user_intent = "",
		.required_roles = {roles, 2},
		.required_eng_keys = {keys, engines},
		.required_val_keys = {gates, 2},
		.output_contract = {contract, 3},
	};
	event.u.route = (struct sg_ev_route){
		.route_pin = {"routes/a.yaml", HEX_A},
		.profile_pin = {"profiles/PROFILE.TEST.yaml", HEX_A},
		.steps_pin = {"", ""},
		.fault_file = "",
		.error = "",
		.route = &route,
		.profile = &profile,
	};
	commit(s, &event);
}

static void end_spc(struct sg_session *s)
{
	static const struct sg_file files[] = {
		{"BRIEF_TOKEN", ".stepgate/steps/0001/SPC.1/BRIEF_TOKEN.yaml", 17, HEX_A},
		{"ENGINE_PLAN_TOKEN", ".stepgate/steps/0001/SPC.1/ENGINE_PLAN_TOKEN.yaml", 17,
			HEX_A},
	};
	struct sg_event event = event_of(s, SG_EVENT_ROLE);

	event.u.role = (struct sg_ev_role){
		.role = "SPC",
		.provenance = SG_PROVENANCE_OBSERVED,
		.exec = exec_of(),
		.outputs = {files, 2},
		.note = "",
		.plan_pin = {files[1].path, HEX_A},
		.plan = &plan,
		.plan_error = "",
	};
	commit(s, &event);
}

struct sg_session *bench_run_to_orc(const struct bench_run *what, struct sg_arena *arena)
{
	struct sg_err err = SG_ERR_INIT;

	start(what->folder);
	struct sg_session *s = bench_run_open(what->folder);
	open_step(s);
	must(sg_session_runner_lock(s, &err), &err);
	begin(s, "ROUTE");
	end_route(s, arena, what->engines);
	begin(s, "SPC");
	end_spc(s);
	begin(s, "ORC");
	if (sg_session_run(s)->state != SG_STATE_BUSY)
		bench_die("the run did not come to ORC");
	return s;
}

void bench_commit_engine(struct sg_session *s, struct sg_arena *arena, size_t i, size_t outputs)
{
	struct sg_event event = event_of(s, SG_EVENT_ENGINE);
	struct sg_file *files = sg_arena_array(arena, outputs, sizeof(*files));

	for (size_t k = 0; files && k < outputs; k++) {
		const char *name = sg_arena_printf(arena, "PART_%07zu.%zu", i, k);
		const char *path = sg_arena_printf(arena,
			".stepgate/steps/0001/ORC.1/ENG.TEXT.PART_%07zu/PART_%07zu.%zu.tsv", i,
			i, k);
		files[k] = (struct sg_file){name, path, 4711, HEX_A};
	}
	if (sg_arena_failed(arena))
		bench_die("out of memory");
	event.u.engine = (struct sg_ev_engine){
		.eng_key = bench_engine_key(arena, i),
		.index = i,
		.status = SG_ROW_STATUS_RAN,
		.provenance = SG_PROVENANCE_OBSERVED,
		.exec = exec_of(),
		.outputs = {files, outputs},
		.note = "",
	};
	commit(s, &event);
}

/* --- a run that has passed --- */

static void end_orc(struct sg_session *s)
{
	static const struct sg_file files[] = {
		{"ENGINE_RUN_LEDGER", ".stepgate/steps/0001/ORC.1/ENGINE_RUN_LEDGER.yaml", 17,
			HEX_A},
		{"ENG_OUTPUTS_TOKEN", ".stepgate/steps/0001/ORC.1/ENG_OUTPUTS_TOKEN.yaml", 17,
			HEX_A},
	};
	struct sg_event event = event_of(s, SG_EVENT_ROLE);

	event.u.role = (struct sg_ev_role){
		.role = "ORC",
		.provenance = SG_PROVENANCE_OBSERVED,
		.exec = {.folder = "", .program_sha256 = "", .inputs_sha256 = "", .log = "",
			.error = ""},
		.outputs = {files, 2},
		.note = "",
		.plan_pin = {"", ""},
		.plan_error = "",
	};
	commit(s, &event);
}

static void end_pack(struct sg_session *s)
{
	static const struct sg_file made = {
		"PACK_OUTPUT", PACK_FOLDER "/PACK_OUTPUT.yaml", 17, HEX_A};
	struct sg_err err = SG_ERR_INIT;
	struct sg_event event = event_of(s, SG_EVENT_PACK);

	/* FINAL.yaml, an effect of the verdict, is written there */
	must(sg_fs_mkdirs(sg_session_dir(s), PACK_FOLDER, 0755, &err), &err);
	event.u.pack = (struct sg_ev_pack){
		.files = {&made, 1},
		.patch = {.patchset_id = "", .tree = "copy:" HEX_A},
		.entry = "",
		.error = "",
		.next_file = "",
		.next_goal = "",
	};
	commit(s, &event);
}

static void end_val(struct sg_session *s)
{
	struct sg_event event = event_of(s, SG_EVENT_VERDICT);

	event.u.verdict = (struct sg_ev_verdict){
		.report = {"VAL_REPORT", ".stepgate/steps/0001/VAL.1/VAL_REPORT.yaml", 17,
			HEX_A},
		.policy = "",
		.pass = true,
		.next_file = "",
		.next_goal = "",
		.next_route = "",
		.next_profile = "",
	};
	commit(s, &event);
}

static int no_sync(int fd)
{
	(void)fd;
	return 0;
}

struct passed {
	struct bench_run run;
	size_t next_events;
};

static struct sg_fs_calls calls;

static void without_syncs(void)
{
	calls = sg_fs_kernel;
	calls.fsync = no_sync;
	calls.fdatasync = no_sync;
	sg_fs = &calls;
}

static void make_passed(void *ctx)
{
	const struct passed *what = ctx;
	struct sg_arena arena = SG_ARENA_INIT;

	without_syncs();
	struct sg_session *s = bench_run_to_orc(&what->run, &arena);
	for (size_t i = 0; i < what->run.engines; i++)
		bench_commit_engine(s, &arena, i, what->run.outputs);
	end_orc(s);
	begin(s, "PACK");
	end_pack(s);
	begin(s, "VAL");
	end_val(s);
	const struct sg_run *run = sg_session_run(s);
	if (run->state != SG_STATE_PASSED)
		bench_die("the run did not pass: %s",
			run->verdict.reasons.n > 0 ? run->verdict.reasons.v[0].text
						   : "no reason");
	for (size_t i = 0; i < what->next_events; i++)
		bench_commit_next(s, i);
	sg_session_close(s);
	sg_arena_release(&arena);
}

void bench_run_passed(const struct bench_run *what, size_t next_events)
{
	struct passed passed = {*what, next_events};

	bench_apart(make_passed, &passed);
	/* what was left unsynced must not be paid by the first that syncs */
	sync();
}

struct used {
	const char *folder;
	size_t use_events;
};

static void make_used(void *ctx)
{
	static const char *const routes[] = {"routes/a.yaml", "routes/b.yaml"};
	const struct used *what = ctx;

	without_syncs();
	start(what->folder);
	struct sg_session *s = bench_run_open(what->folder);
	open_step(s);
	for (size_t i = 0; i < what->use_events; i++) {
		struct sg_event event = event_of(s, SG_EVENT_USE);
		event.by = SG_BY_OPERATOR;
		event.u.use = (struct sg_ev_use){.route = routes[i % 2], .profile = ""};
		commit(s, &event);
	}
	sg_session_close(s);
}

void bench_run_used(const char *folder, size_t use_events)
{
	struct used used = {folder, use_events};

	bench_apart(make_used, &used);
}

/* --- syncs --- */

static long n_syncs;

static int counted_fsync(int fd)
{
	n_syncs++;
	return fsync(fd);
}

static int counted_fdatasync(int fd)
{
	n_syncs++;
	return fdatasync(fd);
}

long bench_count_syncs(void)
{
	const long n = n_syncs;

	calls = sg_fs_kernel;
	calls.fsync = counted_fsync;
	calls.fdatasync = counted_fdatasync;
	sg_fs = &calls;
	n_syncs = 0;
	return n;
}
