/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The phases of a STEP as events, with their evidence; see run_case.h. */
#include "run_case.h"

#include <criterion/criterion.h>
#include <string.h>

#include "store/evidence.h"

#define HEX_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const char *const roles[] = {"SPC"};
static const char *const gates[] = {SG_VAL_COVERAGE_KEY, SG_VAL_CONTRACT_KEY};
static const char *const contract[] = {
	"BRIEF_TOKEN", "ENGINE_PLAN_TOKEN", "PACK_OUTPUT", "VAL_REPORT"};
static const char *const argv[] = {"./roles/spc.sh"};
static const char *const changed[] = {"docs/a.md"};
static const struct sg_binding bindings[] = {{.key = "SPC", .argv = {argv, 1}}};

static const struct sg_route route = {
	.domain = "SYS",
	.artifact_type = "KB_PATCH",
	.mode = "REPO",
	.profile_key = "PROFILE.TEST",
	.pipe_selected = "KEY:PIPE.TEST",
	.user_intent = "",
	.required_roles = {roles, 1},
	.required_val_keys = {gates, 2},
	.output_contract = {contract, 4},
};

static const struct sg_profile profile = {
	.profile_key = "PROFILE.TEST",
	.jobs = 1,
	.run = {bindings, 1},
	.contract = "",
};

static const struct sg_plan plan = {.has_required = true};

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

static void begin(struct sg_session *s, const char *phase)
{
	struct sg_event event = event_of(s, SG_EVENT_BEGIN);

	event.by = SG_BY_OPERATOR;
	event.attempt = sg_run_attempts(sg_session_run(s), phase) + 1;
	event.u.begin = (struct sg_ev_begin){.phase = phase, .signal = {"0f0f", true}};
	case_commit(s, event);
}

static const char *folder_of(struct sg_session *s, const char *phase, struct sg_arena *arena)
{
	const char *folder = sg_phase_folder(arena, "0001", phase, 1);
	struct sg_err err = SG_ERR_INIT;

	cr_assert_eq(sg_evidence_begin(sg_session_dir(s), folder, &err), SG_OK, "%s", err.text);
	return folder;
}

static struct sg_file store(
	struct sg_session *s, const char *folder, const char *name, struct sg_arena *arena)
{
	struct sg_err err = SG_ERR_INIT;
	struct sg_file file;
	const char *file_name = sg_arena_printf(arena, "%s.yaml", name);
	const char *text = sg_arena_printf(arena, "%s: here\n", name);

	cr_assert_eq(sg_evidence_store(sg_session_dir(s), folder, file_name, name, text,
			     strlen(text), arena, &file, &err),
		SG_OK, "%s", err.text);
	return file;
}

static void end_route_on(struct sg_session *s, const struct sg_route *given,
	const struct sg_profile *by)
{
	struct sg_event event = event_of(s, SG_EVENT_ROUTE);

	event.u.route = (struct sg_ev_route){
		.route_pin = {"routes/a.yaml", HEX_A},
		.profile_pin = {"profiles/PROFILE.TEST.yaml", HEX_A},
		.steps_pin = {"", ""},
		.fault_file = "",
		.error = "",
		.route = given,
		.profile = by,
	};
	case_commit(s, event);
}

static void end_route(struct sg_session *s)
{
	end_route_on(s, &route, &profile);
}

static void end_spc(struct sg_session *s, struct sg_arena *arena)
{
	const char *folder = folder_of(s, "SPC", arena);
	const struct sg_file files[] = {store(s, folder, "BRIEF_TOKEN", arena),
		store(s, folder, "ENGINE_PLAN_TOKEN", arena)};
	struct sg_event event = event_of(s, SG_EVENT_ROLE);

	event.u.role = (struct sg_ev_role){
		.role = "SPC",
		.provenance = SG_PROVENANCE_OBSERVED,
		.exec = {.argv = {argv, 1},
			.folder = ".",
			.start_ms = 1000,
			.end_ms = 2000,
			.program_sha256 = HEX_A,
			.inputs_sha256 = HEX_A,
			.log = "",
			.error = ""},
		.outputs = {files, 2},
		.note = "",
		.plan_pin = {files[1].path, files[1].sha256},
		.plan = &plan,
		.plan_error = "",
	};
	case_commit(s, event);
}

static void end_pack(struct sg_session *s, struct sg_arena *arena)
{
	const char *folder = folder_of(s, "PACK", arena);
	const struct sg_file made = store(s, folder, "PACK_OUTPUT", arena);
	const struct sg_file gathered = store(s, folder, "BRIEF_TOKEN", arena);
	struct sg_event event = event_of(s, SG_EVENT_PACK);

	event.u.pack = (struct sg_ev_pack){
		.files = {&made, 1},
		.list = {&gathered, 1},
		.patch = {.changed = true,
			.files = {changed, 1},
			.patchset_id = "PATCHSET_0001",
			.tree = "copy:" HEX_A},
		.entry = "## PATCHSET_0001\n\n- DATE: 2025-06-15\n",
		.error = "",
		.next_file = "",
		.next_goal = "",
	};
	case_commit(s, event);
}

struct sg_event case_verdict_event(struct sg_session *s, struct sg_arena *arena)
{
	const char *folder = folder_of(s, "VAL", arena);
	struct sg_event event = event_of(s, SG_EVENT_VERDICT);

	event.u.verdict = (struct sg_ev_verdict){
		.report = store(s, folder, "VAL_REPORT", arena),
		.policy = "",
		.pass = true,
		.next_file = "",
		.next_goal = "",
		.next_route = "",
		.next_profile = "",
	};
	return event;
}

void case_run_to_val(struct sg_session *s)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_err err = SG_ERR_INIT;

	cr_assert_eq(sg_session_runner_lock(s, &err), SG_OK, "%s", err.text);
	begin(s, "ROUTE");
	end_route(s);
	begin(s, "SPC");
	end_spc(s, &arena);
	begin(s, "PACK");
	end_pack(s, &arena);
	begin(s, "VAL");
	sg_arena_release(&arena);
}

void case_run_to_spc(struct sg_session *s)
{
	struct sg_err err = SG_ERR_INIT;

	cr_assert_eq(sg_session_runner_lock(s, &err), SG_OK, "%s", err.text);
	begin(s, "ROUTE");
	struct sg_profile by_hand = profile;
	by_hand.evidence = SG_EVIDENCE_MODE_MANUAL;
	end_route_on(s, &route, &by_hand);
}

void case_run_to_orc(struct sg_session *s, const struct sg_strs *engines)
{
	static const char *const with_orc[] = {"SPC", "ORC"};
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_err err = SG_ERR_INIT;
	struct sg_route with_engines = route;

	with_engines.domain = "MUSIC";
	with_engines.required_roles = (struct sg_strs){with_orc, 2};
	with_engines.required_eng_keys = *engines;
	cr_assert_eq(sg_session_runner_lock(s, &err), SG_OK, "%s", err.text);
	begin(s, "ROUTE");
	end_route_on(s, &with_engines, &profile);
	begin(s, "SPC");
	end_spc(s, &arena);
	begin(s, "ORC");
	cr_assert_eq(sg_session_run(s)->state, SG_STATE_BUSY);
	sg_arena_release(&arena);
}

struct sg_event case_engine_event(const struct sg_session *s, const char *eng_key)
{
	struct sg_event event = event_of(s, SG_EVENT_ENGINE);

	event.u.engine = (struct sg_ev_engine){
		.eng_key = eng_key,
		.index = sg_session_run(s)->manifest.engines.entries.n,
		.status = SG_ROW_STATUS_RAN,
		.provenance = SG_PROVENANCE_OBSERVED,
		.exec = {.argv = {argv, 1},
			.folder = ".",
			.program_sha256 = HEX_A,
			.inputs_sha256 = HEX_A,
			.log = "",
			.error = ""},
		.note = "",
	};
	return event;
}

void case_commit_engine(struct sg_session *s, const char *eng_key)
{
	case_commit(s, case_engine_event(s, eng_key));
}

void case_pass(struct sg_session *s)
{
	struct sg_arena arena = SG_ARENA_INIT;

	case_run_to_val(s);
	case_commit(s, case_verdict_event(s, &arena));
	cr_assert_eq(sg_session_run(s)->state, SG_STATE_PASSED, "%s",
		sg_session_run(s)->verdict.reasons.n > 0
			? sg_session_run(s)->verdict.reasons.v[0].text
			: "no reason");
	sg_session_runner_unlock(s);
	sg_arena_release(&arena);
}
