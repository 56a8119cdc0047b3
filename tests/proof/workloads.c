/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is done while the faults come: each event of the library, each phase by the real runner,
 * and the program's own commands, which are called as it calls them.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "exec/runner.h"
#include "fault/fault.h"
#include "harness/harness.h"
#include "proof.h"

#define WORDS_MAX 24
#define PHASES_MAX 16
#define MARKDOWN  "RUNTIME_MANIFEST.md"

int stepgate_main(int argc, char **argv);

/* main takes words that it may write to, and does not. */
static char *unconst(const char *text)
{
	union {
		const char *in;
		char *out;
	} u = {.in = text};
	return u.out;
}

int run_program(const struct run_case *c, const char *const *words)
{
	char *argv[WORDS_MAX] = {unconst("stepgate"), unconst("-m"), c->manifest,
		unconst("--color=never"), unconst("--ascii")};
	int n = 5;

	for (; words[n - 5] && n < WORDS_MAX - 1; n++)
		argv[n] = unconst(words[n - 5]);
	return stepgate_main(n, argv);
}

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

/* --- the library's events --- */

static struct sg_session *try_open(const struct run_case *c)
{
	struct sg_session *s = NULL;

	return sg_session_open(&s, &c->options, NULL) == SG_OK ? s : NULL;
}

static bool try_commit(struct sg_session *s, struct sg_event event)
{
	struct sg_err err = SG_ERR_INIT;
	const enum sg_rc rc = sg_session_commit(s, &event, NULL, NULL, &err);

	if (proof_options.verbose && rc != SG_OK)
		(void)fprintf(stderr, "%s\n", err.text);
	return rc == SG_OK;
}

static void make_nothing(struct run_case *c)
{
	case_make(c, CASE_MANIFEST);
}

static void make_nothing_markdown(struct run_case *c)
{
	case_make(c, MARKDOWN);
}

static void act_init(const struct run_case *c)
{
	const struct sg_event init = case_init_event();

	if (sg_session_create(&c->options, &init, NULL) != SG_OK)
		return;
	struct sg_session *s = try_open(c);
	if (s)
		try_commit(s, case_step_event("0001"));
	sg_session_close(s);
}

static void make_started(struct run_case *c)
{
	case_start(c, CASE_MANIFEST);
}

static void make_markdown(struct run_case *c)
{
	case_start(c, MARKDOWN);
	case_edit(c, "# RUNTIME_MANIFEST\n", "# A run\n\nwords\n");
}

static void act_three(const struct run_case *c)
{
	struct sg_session *s = try_open(c);

	if (!s)
		return;
	try_commit(s, case_stop_gap_event(sg_session_run(s)));
	try_commit(s, case_resume_event(sg_session_run(s)));
	try_commit(s, case_next_event(sg_session_run(s), "b.md"));
	sg_session_close(s);
}

/* Two processes would be two sessions as well: each open file has its own lock. */
static void act_two_writers(const struct run_case *c)
{
	struct sg_session *a = try_open(c);
	struct sg_session *b = a ? try_open(c) : NULL;

	for (int i = 0; b && i < 2; i++) {
		try_commit(a, case_stop_gap_event(sg_session_run(a)));
		try_commit(b, case_next_event(sg_session_run(b), "b.md"));
		try_commit(b, case_resume_event(sg_session_run(b)));
		try_commit(a, case_next_event(sg_session_run(a), "a.md"));
	}
	sg_session_close(a);
	sg_session_close(b);
}

static void make_tampered(struct run_case *c)
{
	case_start(c, CASE_MANIFEST);
	case_edit(c, "OWNER: \"USER\"", "OWNER: \"TEAM\"");
}

static void act_adopt(const struct run_case *c)
{
	struct sg_session *s = try_open(c);

	if (s && sg_session_adopt(s, "mine", true, NULL) == SG_OK)
		try_commit(s, case_next_event(sg_session_run(s), "b.md"));
	sg_session_close(s);
}

static void act_restore(const struct run_case *c)
{
	struct sg_session *s = try_open(c);

	if (s && sg_session_restore(s, true, NULL) == SG_OK)
		try_commit(s, case_next_event(sg_session_run(s), "b.md"));
	sg_session_close(s);
}

static void make_unreadable(struct run_case *c)
{
	case_start(c, CASE_MANIFEST);
	case_write(c, CASE_MANIFEST, "SESSION: [\n");
}

static void make_without_trace(struct run_case *c)
{
	struct run_case made;

	case_start(&made, CASE_MANIFEST);
	case_make(c, CASE_MANIFEST);
	char *text = case_read(&made, CASE_MANIFEST);
	case_write(c, CASE_MANIFEST, text);
	free(text);
	case_remove(&made);
}

static void act_next(const struct run_case *c)
{
	struct sg_session *s = try_open(c);

	if (s)
		try_commit(s, case_next_event(sg_session_run(s), "b.md"));
	sg_session_close(s);
}

static void make_val_by_events(struct run_case *c)
{
	case_start(c, CASE_MANIFEST);
	struct sg_session *s = case_open(c, false);
	case_run_to_val(s);
	sg_session_close(s);
}

/* The verdict's report was stored before; here it is the event with its two files. */
static void act_verdict(const struct run_case *c)
{
	static const char folder[] = ".stepgate/steps/0001/VAL.1";
	struct sg_session *s = try_open(c);
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_file report = {"VAL_REPORT", "", 0, ""};
	struct sg_event event = {
		.type = SG_EVENT_VERDICT, .step = "0001", .attempt = 1, .by = SG_BY_RUNNER};

	if (s && sg_session_runner_lock(s, NULL) == SG_OK &&
		sg_evidence_begin(sg_session_dir(s), folder, NULL) == SG_OK &&
		sg_evidence_store(sg_session_dir(s), folder, "VAL_REPORT.yaml", "VAL_REPORT",
			"R: 1\n", 5, &arena, &report, NULL) == SG_OK) {
		event.u.verdict = (struct sg_ev_verdict){.report = report,
			.policy = "",
			.pass = true,
			.next_file = "",
			.next_goal = "",
			.next_route = "",
			.next_profile = ""};
		if (try_commit(s, event))
			try_commit(s, case_next_event(sg_session_run(s), "b.md"));
	}
	sg_arena_release(&arena);
	sg_session_close(s);
}

/* A phase whose runner died: the next that writes says so first, in an event of its own. */
static void act_settle(const struct run_case *c)
{
	struct sg_session *s = try_open(c);

	if (s && sg_session_settle(s, NULL) == SG_OK)
		try_commit(s, case_resume_event(sg_session_run(s)));
	sg_session_close(s);
}

static void act_settle_in_commit(const struct run_case *c)
{
	struct sg_session *s = try_open(c);

	if (s)
		try_commit(s, case_resume_event(sg_session_run(s)));
	sg_session_close(s);
}

/* --- recovery --- */

static void make_damaged(struct run_case *c)
{
	make_val_by_events(c);
	char *behind = case_read(c, CASE_MANIFEST);
	act_verdict(c);
	/* without the event behind the verdict: its files are what is to be recovered */
	char *trace = case_read(c, SG_TRACE_FILE);
	char *last = strrchr(trace, '\n');
	*last = '\0';
	last = strrchr(trace, '\n');
	last[1] = '\0';
	char *torn = sg_t_format("%s{\"seq\":11,\"time", trace);
	case_write(c, SG_TRACE_FILE, torn);
	case_write(c, CASE_MANIFEST, behind);
	free(behind);
	free(trace);
	free(torn);
	char *path = case_path(c, ".stepgate/steps/0001/PACK.1/FINAL.yaml");
	(void)unlink(path);
	free(path);
	path = case_path(c, "CHANGELOG.md");
	(void)unlink(path);
	free(path);
	/* it would know that there was one more line */
	path = case_path(c, ".stepgate/HEAD");
	(void)unlink(path);
	free(path);
	case_write(c, ".RUNTIME_MANIFEST.yaml.tmp.77.0", "SESSI");
}

static void make_poisoned(struct run_case *c)
{
	make_damaged(c);
	case_write(c, SG_POISON_FILE, "state unknown\n");
}

/*
 * A sync fails on the way, which ends what this process may write; a new process (so it looks to
 * the library) builds the trace anew and goes on.
 */
static int failing_sync;
static int syncs;
static int (*under_fdatasync)(int fd);
static int (*under_fsync)(int fd);

static int one_fails(int fd, int (*under)(int fd))
{
	if (++syncs != failing_sync)
		return under(fd);
	fault_sync_failed(fd);
	return -1;
}

static int failing_fdatasync(int fd)
{
	return one_fails(fd, under_fdatasync);
}

static int failing_fsync(int fd)
{
	return one_fails(fd, under_fsync);
}

static void poison_at(const struct run_case *c, int at)
{
	const struct sg_fs_calls *whole = sg_fs;
	struct sg_fs_calls failing = *whole;

	under_fsync = whole->fsync;
	under_fdatasync = whole->fdatasync;
	failing.fsync = failing_fsync;
	failing.fdatasync = failing_fdatasync;
	failing_sync = at;
	syncs = 0;
	sg_fs = &failing;
	act_three(c);
	sg_fs = whole;
	sg_fs_poison_clear();
	act_next(c);
}

static void act_poison_trace(const struct run_case *c)
{
	poison_at(c, 1);
}

static void act_poison_temp(const struct run_case *c)
{
	poison_at(c, 2);
}

static void act_poison_folder(const struct run_case *c)
{
	poison_at(c, 3);
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

static void act_go(const struct run_case *c)
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
	static void make_to_##name(struct run_case *c) \
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
static void make_to_failure(struct run_case *c)
{
	make_files(c, "", "    CTL: {argv: [sh, -c, 'exit 3']}\n");
	open_step(c);
	lead_to(c, "CTL");
}

/* --- the program's commands --- */

static void make_only_files(struct run_case *c)
{
	make_files(c, "", ctl_runs);
}

static void act_program_init(const struct run_case *c)
{
	PROGRAM(c, "init");
}

static void make_begun(struct run_case *c)
{
	make_files(c, "", ctl_runs);
	program(c, (const char *const[]){"init", NULL});
}

static void act_step(const struct run_case *c)
{
	PROGRAM(c, "step", "try it", "--file", in_folder(c, "", "docs/a.md"), "--route",
		in_folder(c, "", "route.yaml"));
}

static void act_route(const struct run_case *c)
{
	PROGRAM(c, "route", in_folder(c, "", "route.yaml"));
}

static void act_no(const struct run_case *c)
{
	PROGRAM(c, "no", "not this");
}

static void act_stop(const struct run_case *c)
{
	PROGRAM(c, "stop", "enough");
}

static void act_program_next(const struct run_case *c)
{
	PROGRAM(c, "next", in_folder(c, "", "docs/b.md"), "and then");
}

static void make_stopped(struct run_case *c)
{
	make_to_ctl(c);
	program(c, (const char *const[]){"no", "not this", NULL});
}

static void act_resume(const struct run_case *c)
{
	PROGRAM(c, "resume");
}

static void make_by_hand(struct run_case *c)
{
	make_files(c, "  EVIDENCE: manual\n", "    CTL: {manual: true}\n");
	open_step(c);
	lead_to(c, "CTL");
}

static void record(const struct run_case *c, const char *what)
{
	PROGRAM(c, "record", what, "CTL", in_folder(c, "POLICY_REPORT=", "report.md"));
}

static void act_record_start(const struct run_case *c)
{
	record(c, "start");
}

static void make_recording(struct run_case *c)
{
	make_by_hand(c);
	record(c, "start");
	case_write(c, "report.md", "fine\n");
}

static void act_record_stop(const struct run_case *c)
{
	record(c, "stop");
}

const struct workload workloads[] = {
	{"init and step", make_nothing, act_init, .extra = 1, .may_be_empty = true},
	{"init in Markdown", make_nothing_markdown, act_init, .extra = 1, .may_be_empty = true},
	{"three commits", make_started, act_three, .extra = 1},
	{"three commits in Markdown", make_markdown, act_three, .extra = 1},
	{"two writers", make_started, act_two_writers, .extra = 1},
	{"adopt", make_tampered, act_adopt, .extra = 1, .may_stay_tampered = true},
	{"restore", make_tampered, act_restore, .extra = 1, .may_stay_tampered = true},
	{"restore of what cannot be read", make_unreadable, act_restore, .extra = 1,
		.may_stay_tampered = true},
	{"adopt whole", make_without_trace, act_adopt, .extra = 1, .may_be_empty = true},
	{"first command adopts", make_without_trace, act_next, .extra = 2, .may_be_empty = true},
	{"verdict", make_val_by_events, act_verdict, .extra = 1},
	{"runner gone", make_val_by_events, act_settle, .extra = 1},
	{"runner gone, in a commit", make_val_by_events, act_settle_in_commit, .extra = 2},
	{"recovery", make_damaged, act_next, .extra = 1},
	{"rebuilding", make_poisoned, act_next, .extra = 1},
	{"trace not synced", make_started, act_poison_trace, .extra = 2},
	{"manifest not synced", make_started, act_poison_temp, .extra = 2},
	{"folder not synced", make_started, act_poison_folder, .extra = 2},
	{"ROUTE", make_to_route, act_go, .extra = 1},
	{"SPC", make_to_spc, act_go, .extra = 1, .makes_process = true},
	{"ORC", make_to_orc, act_go, .extra = 1, .makes_process = true},
	{"CTL", make_to_ctl, act_go, .extra = 1, .makes_process = true},
	{"CTL fails", make_to_failure, act_go, .extra = 1, .makes_process = true},
	{"QA", make_to_qa, act_go, .extra = 1, .makes_process = true},
	{"PACK", make_to_pack, act_go, .extra = 1, .makes_process = true},
	{"VAL", make_to_val, act_go, .extra = 1},
	{"command init", make_only_files, act_program_init, .extra = 1, .may_be_empty = true},
	{"command step", make_begun, act_step, .extra = 1, .makes_process = true},
	{"command route", make_to_route, act_route, .extra = 1},
	{"command no", make_to_ctl, act_no, .extra = 1},
	{"command stop", make_to_pack, act_stop, .extra = 1, .makes_process = true},
	{"command next", make_to_ctl, act_program_next, .extra = 1},
	{"command resume", make_stopped, act_resume, .extra = 1},
	{"command record start", make_by_hand, act_record_start, .extra = 1},
	{"command record stop", make_recording, act_record_stop, .extra = 1},
};
const size_t n_workloads = sizeof(workloads) / sizeof(workloads[0]);

/* --- where they begin --- */

static struct begun begun[sizeof(workloads) / sizeof(workloads[0])];
static char begun_name[sizeof(workloads) / sizeof(workloads[0])][32];

static int64_t events_in(const struct run_case *c)
{
	struct sg_session_options options = c->options;
	struct sg_session *s = NULL;

	options.read_only = true;
	if (sg_session_open(&s, &options, NULL) != SG_OK)
		return 0;
	const int64_t seq = sg_session_end(s)->seq;
	sg_session_close(s);
	return seq;
}

const struct begun *workload_begun(const struct workload *w)
{
	struct begun *b = &begun[w - workloads];
	struct run_case c;

	if (begun_name[w - workloads][0])
		return b;
	w->prepare(&c);
	b->events = events_in(&c);
	tree_read(&b->tree, c.folder);
	(void)snprintf(begun_name[w - workloads], sizeof(begun_name[0]), "%s",
		strrchr(c.manifest, '/') + 1);
	case_remove(&c);
	return b;
}

void place_make(struct run_case *c, const struct workload *w, const char *word)
{
	(void)workload_begun(w);
	c->folder = sg_t_format("%s/%s.%d", proof_root, word, (int)getpid());
	c->manifest = sg_t_format("%s/%s", c->folder, begun_name[w - workloads]);
	c->options = (struct sg_session_options){
		.manifest_path = c->manifest, .now_ms = case_now_ms};
}

void place_free(struct run_case *c)
{
	case_remove(c);
}

bool workload_chosen(const struct workload *w)
{
	return !proof_options.only || strcmp(proof_options.only, w->name) == 0;
}
