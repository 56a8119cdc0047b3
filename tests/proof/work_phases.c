/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Workloads: each phase by the real runner, and the program's own commands. */
#include <stdlib.h>
#include <string.h>

#include "exec/runner.h"
#include "harness/harness.h"
#include "work.h"

#define PHASES_MAX 16

/* A path for a word; without the allocator, which is what is tried. */
static const char *in_folder(const struct run_case *c, const char *prefix, const char *name)
{
	static char text[2][512];
	static unsigned turn;
	char *path = text[turn++ % 2];

	(void)snprintf(path, sizeof(text[0]), "%s%s/%s", prefix, c->folder, name);
	return path;
}

#define PROGRAM(c, ...) run_program(c, (const char *const[]){__VA_ARGS__, NULL})

static void program(const struct run_case *c, const char *const *words)
{
	const int code = run_program(c, words);

	/* 1: it left the STEP in STOP_GAP */
	if (code > 1)
		proof_die("%s ended with %d while a workload was made", words[0], code);
}

/* --- phases, by the runner --- */

#define CONTRACT                                                                         \
	"[BRIEF_TOKEN, A, QA_REPORT, PATCH_OUTPUT, CHANGELOG_ENTRY, PATCHSET_ID, "          \
	"VAL_REPORT, PACK_OUTPUT]"

static const char route_text[] =
	"ROUTE_TOKEN:\n"
	"  META: {ROUTER_VERSION: '1', TIMESTAMP: 't', TRACE_ID: 'x'}\n"
	"  TASK: {TASK_TEXT_HASH: '', USER_INTENT: 'try'}\n"
	"  ROUTE: {DOMAIN: DOCS, ARTIFACT_TYPE: DOC, MODE: REPO, PROFILE_KEY: P, "
	"PIPE_SELECTED: Q}\n"
	"  REQUIRED_SET:\n"
	"    REQUIRED_IDX: []\n"
	"    REQUIRED_ROLES: [SPC, ORC, CTL, VAL, QA]\n"
	"    REQUIRED_ENG_KEYS: ['KEY:ENG.A']\n"
	"    REQUIRED_KB_KEYS: []\n"
	"    REQUIRED_VAL_KEYS: ['KEY:VAL.ENGINE_COVERAGE_GATE', "
	"'KEY:VAL.OUTPUT_CONTRACT_GATE']\n"
	"    OUTPUT_CONTRACT: " CONTRACT "\n"
	"    NO_GO_LIST: []\n"
	"  GATES: {STOP_CONDITIONS: [], QUALITY_MINIMUM: 'x'}\n";

static const char profile_head[] = "PROFILE:\n  PROFILE_KEY: P\n  SANDBOX: none\n";
static const char profile_run[] =
	"  RUN:\n"
	"    SPC: {argv: [sh, -c, 'echo brief >$STEPGATE_OUT/BRIEF_TOKEN.md; echo more "
	">>docs/a.md; cat plan.yaml >$STEPGATE_OUT/ENGINE_PLAN_TOKEN.yaml'], write: [docs/]}\n"
	"    KEY:ENG.A: {argv: [sh, -c, 'echo a >$STEPGATE_OUT/A.md'], outputs: [A]}\n"
	"    QA: {argv: [sh, -c, 'echo good >$STEPGATE_OUT/QA_REPORT.md; echo said']}\n";
static const char ctl_runs[] =
	"    CTL: {argv: [sh, -c, 'echo fine >$STEPGATE_OUT/POLICY_REPORT.md']}\n";

static void make_files(struct run_case *c, const char *head, const char *ctl)
{
	case_make(c, CASE_MANIFEST);
	case_write(c, "route.yaml", route_text);
	case_write(c, "plan.yaml", "ENGINE_PLAN_TOKEN: {required_eng_keys: ['KEY:ENG.A']}\n");
	char *text = sg_t_format("%s%s%s%s", profile_head, head, profile_run, ctl);
	case_write(c, "profiles/P.yaml", text);
	free(text);
	case_write(c, "docs/a.md", "a\n");
	case_write(c, "docs/b.md", "b\n");
	case_write(c, "CHANGELOG.md", "# CHANGELOG\n\nwritten by people\n");
}

static int quiet_tick(void *ctx)
{
	(void)ctx;
	return 0;
}

static void no_output(void *ctx, struct sg_job *job, const char *bytes, size_t n)
{
	(void)ctx;
	(void)job;
	(void)bytes;
	(void)n;
}

/* «го»: BEGIN and the phase. False: it was not begun, or not ended. */
static bool go(struct sg_session *s)
{
	const struct sg_run *run = sg_session_run(s);
	struct sg_runner runner = {.session = s,
		.cache = sg_evidence_cache_new(),
		.listener = {.output = no_output, .tick = quiet_tick, .watch_fd = -1},
		.tmp_root = proof_root};
	struct sg_event event = {.type = SG_EVENT_BEGIN,
		.step = run->manifest.step_id,
		.attempt = sg_run_attempts(run, run->phase) + 1,
		.by = SG_BY_OPERATOR};
	bool went = false;

	event.u.begin.phase = run->phase;
	event.u.begin.signal.digest = "0f0f";
	if (runner.cache && sg_session_runner_lock(s, NULL) == SG_OK && try_commit(s, event))
		went = sg_runner_phase(&runner, NULL) == SG_OK;
	sg_session_runner_unlock(s);
	sg_evidence_cache_free(runner.cache);
	return went;
}

void act_go(const struct run_case *c)
{
	struct sg_session *s = try_open(c);

	if (s)
		go(s);
	sg_session_close(s);
}

static void open_step(struct run_case *c)
{
	program(c, (const char *const[]){"init", NULL});
	program(c, (const char *const[]){"step", "try it", "--file",
			   in_folder(c, "", "docs/a.md"), "--route",
			   in_folder(c, "", "route.yaml"), NULL});
}

static void lead_to(struct run_case *c, const char *phase)
{
	struct sg_session *s = case_open(c, false);

	for (int n = 0; strcmp(sg_session_run(s)->phase, phase) != 0; n++)
		if (n > PHASES_MAX || !go(s) || sg_session_run(s)->state != SG_STATE_AWAIT)
			proof_die("%s is not reached: %s", phase,
				sg_session_run(s)->manifest.fail_reasons.n
					? sg_session_run(s)->manifest.fail_reasons.v[0]
					: sg_session_run(s)->phase);
	sg_session_close(s);
}

#define MAKE_TO(name, phase)                        \
	void make_to_##name(struct run_case *c)        \
	{                                              \
		make_files(c, "", ctl_runs);           \
		open_step(c);                          \
		lead_to(c, phase);                     \
	}
MAKE_TO(route, "ROUTE")
MAKE_TO(spc, "SPC")
MAKE_TO(orc, "ORC")
MAKE_TO(ctl, "CTL")
MAKE_TO(qa, "QA")
MAKE_TO(pack, "PACK")
MAKE_TO(val, "VAL")

/* A role that fails: STOP_GAP by the runner. */
void make_to_failure(struct run_case *c)
{
	make_files(c, "", "    CTL: {argv: [sh, -c, 'exit 3']}\n");
	open_step(c);
	lead_to(c, "CTL");
}

/* --- the program's commands --- */

void make_only_files(struct run_case *c)
{
	make_files(c, "", ctl_runs);
}

void act_program_init(const struct run_case *c)
{
	PROGRAM(c, "init");
}

void make_begun(struct run_case *c)
{
	make_files(c, "", ctl_runs);
	program(c, (const char *const[]){"init", NULL});
}

void act_step(const struct run_case *c)
{
	PROGRAM(c, "step", "try it", "--file", in_folder(c, "", "docs/a.md"), "--route",
		in_folder(c, "", "route.yaml"));
}

void act_route(const struct run_case *c)
{
	PROGRAM(c, "route", in_folder(c, "", "route.yaml"));
}

void act_no(const struct run_case *c)
{
	PROGRAM(c, "no", "not this");
}

void act_stop(const struct run_case *c)
{
	PROGRAM(c, "stop", "enough");
}

void act_program_next(const struct run_case *c)
{
	PROGRAM(c, "next", in_folder(c, "", "docs/b.md"), "and then");
}

void make_stopped(struct run_case *c)
{
	make_to_ctl(c);
	program(c, (const char *const[]){"no", "not this", NULL});
}

void act_resume(const struct run_case *c)
{
	PROGRAM(c, "resume");
}

void make_by_hand(struct run_case *c)
{
	make_files(c, "  EVIDENCE: manual\n", "    CTL: {manual: true}\n");
	open_step(c);
	lead_to(c, "CTL");
}

static void record(const struct run_case *c, const char *what)
{
	PROGRAM(c, "record", what, "CTL", in_folder(c, "POLICY_REPORT=", "report.md"));
}

void act_record_start(const struct run_case *c)
{
	record(c, "start");
}

void make_recording(struct run_case *c)
{
	make_by_hand(c);
	record(c, "start");
	case_write(c, "report.md", "fine\n");
}

void act_record_stop(const struct run_case *c)
{
	record(c, "stop");
}
