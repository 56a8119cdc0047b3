/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See run_builder.h. */
#include "run_builder.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "format/manifest_io.h"

static const char *const spc_argv[] = {"./roles/spc.sh"};
static const char *const ctl_argv[] = {"./roles/ctl.sh", "--strict"};
static const char *const qa_argv[] = {"./roles/qa.sh"};
static const char *const eng_argv[] = {"./engines/run.sh"};
static const char *const roles[] = {"SPC", "ORC", "CTL", "VAL", "QA"};
static const char *const route_engines[] = {"KEY:ENG.C"};
static const char *const plan_engines[] = {"KEY:ENG.A", "KEY:ENG.B"};
static const char *const gates[] = {SG_VAL_COVERAGE_KEY, SG_VAL_CONTRACT_KEY};
static const char *const contract[] = {
	"BRIEF_TOKEN", "ENGINE_PLAN_TOKEN", "A", "PACK_OUTPUT", "VAL_REPORT"};
static const char *const changed_files[] = {"docs/a.md", "docs/b.md"};

#define HEX_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

void rb_init(struct run_builder *b)
{
	memset(b, 0, sizeof(*b));
	sg_run_init(&b->run);
	b->before = b->run.manifest;
	b->route = (struct sg_route){.domain = "MUSIC",
		.artifact_type = "KB_PATCH",
		.mode = "REPO_2",
		.profile_key = "PROFILE.TEST",
		.pipe_selected = "KEY:PIPE.TEST",
		.user_intent = "because",
		.required_roles = {roles, 5},
		.required_eng_keys = {route_engines, 1},
		.required_val_keys = {gates, 2},
		.output_contract = {contract, 5}};
	const struct sg_binding bindings[RB_BINDINGS] = {
		[RB_SPC] = {.key = "SPC", .argv = {spc_argv, 1}},
		[RB_CTL] = {.key = "CTL", .argv = {ctl_argv, 2}},
		[RB_QA] = {.key = "QA", .argv = {qa_argv, 1}},
		[RB_ENG_A] = {.key = "KEY:ENG.A", .argv = {eng_argv, 1}},
		[RB_ENG_B] = {.key = "KEY:ENG.B", .argv = {eng_argv, 1}},
		[RB_ENG_C] = {.key = "ENG.C", .argv = {eng_argv, 1}}};
	memcpy(b->bindings, bindings, sizeof(bindings));
	b->profile = (struct sg_profile){.profile_key = "PROFILE.TEST",
		.jobs = 1,
		.run = {b->bindings, RB_BINDINGS},
		.contract = ""};
	b->plan =
		(struct sg_plan){.required_eng_keys = {plan_engines, 2}, .has_required = true};
}

void rb_start(struct run_builder *b)
{
	rb_init(b);
	rb_do(b, rb_ev_init(b));
	rb_do(b, rb_ev_step(b, "the goal"));
}

void rb_release(struct run_builder *b)
{
	sg_arena_release(&b->arena);
	free(b->log);
}

/* --- taking an event --- */

static void add_files(struct sg_strbuf *sb, const struct sg_files *files)
{
	for (size_t i = 0; i < files->n; i++)
		sg_strbuf_addf(sb, " %s=%s#%s", files->v[i].name, files->v[i].path,
			files->v[i].sha256);
}

static void add_strs(struct sg_strbuf *sb, const char *title, const struct sg_strs *list)
{
	sg_strbuf_addf(sb, "\n%s:", title);
	for (size_t i = 0; i < list->n; i++)
		sg_strbuf_addf(sb, " %s", list->v[i]);
}

const char *rb_fingerprint(struct sg_arena *arena, const struct sg_run *run)
{
	struct sg_strbuf sb = SG_STRBUF_INIT;
	sg_manifest_write(&sb, &run->manifest);
	sg_strbuf_addf(&sb, "%d %s|%s|%s|%d|%lld|%s|%s|%s|%s|%s|%s|%d%d", (int)run->state,
		run->manifest_name, run->phase, run->stop_phase, run->phase_attempt,
		(long long)run->seq, run->route_pin.sha256, run->plan_pin.sha256,
		run->next_file, run->next_goal, run->next_route, run->patch.patchset_id,
		run->has_verdict, run->has_next);
	for (size_t i = 0; i < run->proofs.n; i++) {
		const struct sg_proof *p = &run->proofs.v[i];
		sg_strbuf_addf(&sb, "\n%d %s %s %d %d %d %s", (int)p->kind, p->name, p->phase,
			p->attempt, (int)p->provenance, p->exec.exit_status, p->source_eng);
		add_files(&sb, &p->files);
	}
	for (size_t i = 0; i < run->attempts.n; i++)
		sg_strbuf_addf(&sb, "\n%s %d", run->attempts.v[i].phase, run->attempts.v[i].n);
	for (size_t i = 0; i < run->records.n; i++) {
		const struct sg_record *r = &run->records.v[i];
		sg_strbuf_addf(&sb, "\nrecord %s %d %s", r->name, r->stopped, r->note);
		add_files(&sb, &r->outputs);
	}
	for (size_t i = 0; i < run->requires_list.n; i++)
		sg_strbuf_addf(&sb, "\n%d %s %s", (int)run->requires_list.v[i].kind,
			run->requires_list.v[i].subject, run->requires_list.v[i].text);
	add_strs(&sb, "phases", &run->phases);
	add_strs(&sb, "required", &run->required_engines);
	add_strs(&sb, "kept", &run->kept_engines);
	add_strs(&sb, "done", &run->files_done);
	cr_assert_not(sg_strbuf_failed(&sb));
	const char *text = sg_arena_str(arena, sb.bytes);
	sg_strbuf_release(&sb);
	return text;
}

static void keep_log(struct run_builder *b, const struct sg_event *event)
{
	if ((b->n_log & (b->n_log + 1)) == 0) {
		b->log = realloc(b->log, (b->n_log + 1) * 2 * sizeof(*b->log));
		cr_assert_not_null(b->log);
	}
	b->log[b->n_log++] = *event;
}

enum sg_rc rb_try(struct run_builder *b, struct sg_event event)
{
	struct sg_arena look = SG_ARENA_INIT;
	struct sg_run next;
	struct sg_effects effects;
	event.seq = b->seq + 1;
	event.time_ms = INT64_C(1767225600000) + event.seq * RB_DAY_MS; /* 2026-01-01 */
	if (!event.prev)
		event.prev = sg_arena_printf(&b->arena, "%064lld", (long long)b->seq);
	sg_err_clear(&b->err);
	const char *was = rb_fingerprint(&look, &b->run);
	enum sg_rc rc = sg_lifecycle_check(&b->run, &event, &b->err);
	if (rc == SG_OK) {
		cr_assert_eq(sg_reduce(&b->arena, &b->run, &event, &next, &effects), SG_OK);
		cr_assert_str_eq(
			rb_fingerprint(&look, &b->run), was, "the old run was touched");
		b->before = b->run.manifest;
		b->run = next;
		b->effects = effects;
		b->seq++;
		keep_log(b, &event);
	} else {
		cr_assert_eq(rc, SG_REFUSED);
		cr_assert(*b->err.text, "a refusal without a reason");
		cr_assert_str_eq(
			rb_fingerprint(&look, &b->run), was, "a refusal changed something");
	}
	sg_arena_release(&look);
	return rc;
}

void rb_do(struct run_builder *b, struct sg_event event)
{
	cr_assert_eq(rb_try(b, event), SG_OK, "%s: %s", sg_event_name(event.type), b->err.text);
}

void rb_refused(struct run_builder *b, struct sg_event event, const char *words)
{
	cr_assert_eq(rb_try(b, event), SG_REFUSED, "%s was taken", sg_event_name(event.type));
	cr_assert_not_null(strstr(b->err.text, words), "expected \"%s\", found \"%s\"", words,
		b->err.text);
}

/* --- several events --- */

void rb_begin(struct run_builder *b)
{
	rb_do(b, rb_ev_begin(b));
}

void rb_end(struct run_builder *b)
{
	const char *phase = b->run.phase;
	switch (sg_phase_kind(phase)) {
	case SG_PHASE_ROUTE: rb_do(b, rb_ev_route(b)); return;
	case SG_PHASE_ORC:
		for (size_t i = 0; i < b->run.required_engines.n; i++) {
			bool kept = false;
			for (size_t k = 0; k < b->run.kept_engines.n; k++)
				kept = kept || sg_key_equal(b->run.kept_engines.v[k],
						       b->run.required_engines.v[i]);
			if (!kept)
				rb_do(b, rb_ev_engine(b, i, 0));
		}
		rb_do(b, rb_ev_role(b, phase, 0));
		return;
	case SG_PHASE_SPC:
	case SG_PHASE_ROLE: rb_do(b, rb_ev_role(b, phase, 0)); return;
	case SG_PHASE_PACK: rb_do(b, rb_ev_pack(b, true)); return;
	case SG_PHASE_VAL: rb_do(b, rb_ev_verdict(b)); return;
	case SG_PHASE_OPEN:
	case SG_PHASE_CLOSE:
	case SG_PHASE_COUNT: break;
	}
	cr_assert_fail("no phase runs: %s", phase);
}

void rb_phase(struct run_builder *b)
{
	rb_begin(b);
	rb_end(b);
}

void rb_to(struct run_builder *b, const char *phase)
{
	while (b->run.state == SG_STATE_AWAIT && strcmp(b->run.phase, phase) != 0)
		rb_phase(b);
	cr_assert_eq(b->run.state, SG_STATE_AWAIT, "%s: %s", phase, b->run.manifest.fail_code);
}

void rb_pass(struct run_builder *b)
{
	rb_to(b, "VAL");
	rb_phase(b);
	cr_assert_eq(b->run.state, SG_STATE_PASSED, "%s",
		b->run.verdict.reasons.n ? b->run.verdict.reasons.v[0].text : "");
}

/* --- looking --- */

const char *rb_fields(
	struct run_builder *b, const struct sg_manifest *x, const struct sg_manifest *y)
{
	static const size_t sizes[SG_FIELD_ID_COUNT] = {
#define X(section, key, kind, member) \
	[SG_FIELD_ID_##section##_##key] = sizeof(((struct sg_manifest *)NULL)->member),
		SG_MANIFEST_FIELDS(X)
#undef X
	};
	struct sg_strbuf sb = SG_STRBUF_INIT;
	for (size_t i = 0; i < SG_FIELD_ID_COUNT; i++) {
		const struct sg_field *field = &sg_manifest_fields[i];
		struct sg_manifest mixed = *x;
		memcpy((char *)&mixed + field->offset, (const char *)y + field->offset,
			sizes[i]);
		if (!sg_manifest_equal(x, &mixed))
			sg_strbuf_addf(&sb, "%s%s.%s", sb.n_bytes ? " " : "",
				field->section_name, field->key);
	}
	const char *text = sg_arena_str(&b->arena, sb.bytes);
	sg_strbuf_release(&sb);
	return text;
}

const char *rb_changed(struct run_builder *b)
{
	return rb_fields(b, &b->before, &b->run.manifest);
}

static const char *keep(struct run_builder *b, struct sg_strbuf *sb)
{
	const char *text = sg_arena_str(&b->arena, sb->bytes);
	sg_strbuf_release(sb);
	return text;
}

const char *rb_joined(struct run_builder *b, const struct sg_strs *list)
{
	struct sg_strbuf sb = SG_STRBUF_INIT;
	for (size_t i = 0; i < list->n; i++)
		sg_strbuf_addf(&sb, "%s%s", i ? "|" : "", list->v[i]);
	return keep(b, &sb);
}

const char *rb_roles(struct run_builder *b)
{
	struct sg_strbuf sb = SG_STRBUF_INIT;
	const struct sg_role_rows *rows = &b->run.manifest.roles;
	for (size_t i = 0; i < rows->n; i++)
		sg_strbuf_addf(
			&sb, "%s%s:%s", i ? " " : "", rows->v[i].role, rows->v[i].status_text);
	return keep(b, &sb);
}

const char *rb_engines(struct run_builder *b)
{
	struct sg_strbuf sb = SG_STRBUF_INIT;
	const struct sg_engine_rows *rows = &b->run.manifest.engines.entries;
	for (size_t i = 0; i < rows->n; i++)
		sg_strbuf_addf(&sb, "%s%s:%s", i ? " " : "", sg_key_bare(rows->v[i].eng_key),
			rows->v[i].status_text);
	return keep(b, &sb);
}

const char *rb_outputs(struct run_builder *b)
{
	struct sg_strbuf sb = SG_STRBUF_INIT;
	const struct sg_output_rows *rows = &b->run.manifest.outputs;
	for (size_t i = 0; i < rows->n; i++)
		sg_strbuf_addf(&sb, "%s%s%s%s", i ? " " : "", rows->v[i].output,
			rows->v[i].present == SG_TRUTH_TRUE ? "+" : "-", rows->v[i].source);
	return keep(b, &sb);
}

/* --- events --- */

struct sg_event rb_event(struct run_builder *b, enum sg_event_type type)
{
	return (struct sg_event){.type = type,
		.step = b->run.manifest.step_id,
		.attempt = b->run.phase_attempt,
		.by = SG_BY_RUNNER,
		.manifest = ""};
}

struct sg_event rb_ev_init(struct run_builder *b)
{
	struct sg_event event = rb_event(b, SG_EVENT_INIT);
	event.u.init = (struct sg_ev_init){.manifest = "RUNTIME_MANIFEST.yaml",
		.session_id = "0197741f-0000-7000-8000-000000000000",
		.started_at = "2026-01-02",
		.owner = "TEAM",
		.mode = "REPO"};
	return event;
}

struct sg_event rb_ev_step(struct run_builder *b, const char *goal)
{
	struct sg_event event = rb_event(b, SG_EVENT_STEP);
	char id[SG_STEP_ID_SIZE];
	sg_step_id_after(b->run.manifest.step_id, id);
	event.step = sg_arena_str(&b->arena, id);
	event.u.step = (struct sg_ev_step){.step_id = event.step,
		.goal = goal,
		.file = "docs/a.md",
		.folder = "docs",
		.base = "copy:" HEX_A,
		.route = "route.yaml",
		.profile = "",
		.signal = {"", true}};
	return event;
}

struct sg_event rb_ev_begin(struct run_builder *b)
{
	struct sg_event event = rb_event(b, SG_EVENT_BEGIN);
	event.by = SG_BY_OPERATOR;
	event.tty = true;
	event.attempt = sg_run_attempts(&b->run, b->run.phase) + 1;
	event.u.begin = (struct sg_ev_begin){.phase = b->run.phase, .signal = {HEX_A, true}};
	return event;
}

struct sg_event rb_ev_route(struct run_builder *b)
{
	struct sg_event event = rb_event(b, SG_EVENT_ROUTE);
	event.u.route = (struct sg_ev_route){.route_pin = {"route.yaml", HEX_A},
		.profile_pin = {"profiles/PROFILE.TEST.yaml", HEX_A},
		.steps_pin = {"", ""},
		.fault_file = "",
		.error = "",
		.route = &b->route,
		.profile = &b->profile};
	return event;
}

struct sg_file rb_file(struct run_builder *b, const char *name)
{
	const char *phase = *b->run.phase ? b->run.phase : "X";
	const char *folder = sg_phase_folder(
		&b->arena, b->run.manifest.step_id, phase, b->run.phase_attempt);
	return (struct sg_file){.name = name,
		.path = sg_arena_printf(&b->arena, "%s/%s.yaml", folder, name),
		.size_bytes = 7,
		.sha256 = HEX_A};
}

struct sg_files rb_files(struct run_builder *b, const struct sg_strs *names)
{
	struct sg_file *v = sg_arena_array(&b->arena, names->n, sizeof(*v));
	for (size_t i = 0; i < names->n; i++)
		v[i] = rb_file(b, sg_arena_str(&b->arena, names->v[i]));
	return (struct sg_files){v, names->n};
}

static struct sg_exec exec_of(const struct run_builder *b, int exit_status)
{
	return (struct sg_exec){.argv = {eng_argv, 1},
		.folder = ".",
		.start_ms = b->seq * 1000,
		.end_ms = b->seq * 1000 + 1250,
		.exit_status = exit_status,
		.program_sha256 = HEX_A,
		.inputs_sha256 = HEX_A,
		.log = "log",
		.error = ""};
}

struct sg_event rb_ev_engine(struct run_builder *b, size_t index, int exit_status)
{
	struct sg_event event = rb_event(b, SG_EVENT_ENGINE);
	const char *key = b->run.required_engines.v[index];
	const char *dot = strrchr(key, '.');
	event.u.engine = (struct sg_ev_engine){.eng_key = key,
		.index = index,
		.status = exit_status ? SG_ROW_STATUS_FAILED : SG_ROW_STATUS_RAN,
		.provenance = SG_PROVENANCE_OBSERVED,
		.exec = exec_of(b, exit_status),
		.outputs = rb_files(b, &STRS(dot ? dot + 1 : key)),
		.note = ""};
	return event;
}

static struct sg_files role_outputs(struct run_builder *b, const char *role)
{
	if (strcmp(role, "SPC") == 0)
		return rb_files(b, &STRS("BRIEF_TOKEN", "ENGINE_PLAN_TOKEN"));
	if (strcmp(role, "ORC") == 0)
		return rb_files(b, &STRS("ENGINE_RUN_LEDGER", "ENG_OUTPUTS_TOKEN"));
	if (strcmp(role, "CTL") == 0)
		return rb_files(b, &STRS("POLICY_REPORT"));
	if (strcmp(role, "QA") == 0)
		return rb_files(b, &STRS("QA_REPORT"));
	return rb_files(b, &STRS(sg_arena_printf(&b->arena, "%s_OUT", role)));
}

struct sg_event rb_ev_role(struct run_builder *b, const char *role, int exit_status)
{
	struct sg_event event = rb_event(b, SG_EVENT_ROLE);
	struct sg_exec exec = exec_of(b, exit_status);
	if (strcmp(role, "ORC") == 0)
		exec.argv = NO_STRS;
	event.u.role = (struct sg_ev_role){.role = role,
		.provenance = SG_PROVENANCE_OBSERVED,
		.exec = exec,
		.outputs = role_outputs(b, role),
		.note = "",
		.plan_pin = {"", ""},
		.plan_error = ""};
	if (strcmp(role, "SPC") == 0) {
		event.u.role.plan = &b->plan;
		event.u.role.plan_pin = (struct sg_pin){".stepgate/plan.yaml", HEX_A};
	}
	return event;
}

struct sg_event rb_ev_pack(struct run_builder *b, bool changed)
{
	struct sg_event event = rb_event(b, SG_EVENT_PACK);
	event.u.pack = (struct sg_ev_pack){.files = rb_files(b, &STRS("PACK_OUTPUT")),
		.list = rb_files(b, &STRS("BRIEF_TOKEN", "A")),
		.patch = {.changed = changed,
			.files = {changed_files, changed ? 2 : 0},
			.patchset_id = changed ? "PATCHSET_0001" : "",
			.tree = "copy:" HEX_A},
		.entry = changed ? "## PATCHSET_0001\n\n- DATE: 2026-01-10\n\n" : "",
		.error = "",
		.next_file = "",
		.next_goal = ""};
	return event;
}

struct sg_event rb_ev_verdict(struct run_builder *b)
{
	struct sg_event event = rb_event(b, SG_EVENT_VERDICT);
	event.u.verdict = (struct sg_ev_verdict){.report = rb_file(b, "VAL_REPORT"),
		.policy = "",
		.pass = true,
		.next_file = "",
		.next_goal = "",
		.next_route = "",
		.next_profile = ""};
	return event;
}

struct sg_event rb_ev_stop_gap(struct run_builder *b, enum sg_code code, const char *phase)
{
	struct sg_event event = rb_event(b, SG_EVENT_STOP_GAP);
	event.u.stop_gap = (struct sg_ev_stop_gap){.code = code,
		.phase = phase,
		.reason = "RUNNER: x: expected the end, found none",
		.fix = "resume"};
	return event;
}

struct sg_event rb_ev_word(struct run_builder *b, enum sg_event_type type, const char *reason)
{
	struct sg_event event = rb_event(b, type);
	event.by = SG_BY_OPERATOR;
	event.u.word =
		(struct sg_ev_word){.reason = reason, .patch = {.patchset_id = "", .tree = ""}};
	return event;
}

struct sg_event rb_ev_resume(struct run_builder *b, const char *from)
{
	struct sg_event event = rb_event(b, SG_EVENT_RESUME);
	event.u.resume.from = from;
	return event;
}

struct sg_event rb_ev_next(struct run_builder *b, const char *file, const char *goal)
{
	struct sg_event event = rb_event(b, SG_EVENT_NEXT);
	event.u.next = (struct sg_ev_next){file, goal, "", ""};
	return event;
}

struct sg_event rb_ev_use(struct run_builder *b, const char *route, const char *profile)
{
	struct sg_event event = rb_event(b, SG_EVENT_USE);
	event.u.use = (struct sg_ev_use){route, profile};
	return event;
}

struct sg_event rb_ev_record(
	struct run_builder *b, bool stop, const char *name, const char *output)
{
	struct sg_event event =
		rb_event(b, stop ? SG_EVENT_RECORD_STOP : SG_EVENT_RECORD_START);
	event.by = SG_BY_RECORDER;
	event.u.record = (struct sg_ev_record){.name = name,
		.outputs = rb_files(b, &STRS(output)),
		.note = stop ? "by hand" : "",
		.start_ms = 5};
	return event;
}

struct sg_event rb_ev_adopt(
	struct run_builder *b, const struct sg_manifest *instance, bool whole)
{
	struct sg_event event = rb_event(b, SG_EVENT_ADOPT);
	event.u.adopt = (struct sg_ev_adopt){.manifest = "RUNTIME_MANIFEST.yaml",
		.reason = "mine",
		.snapshot = HEX_A,
		.whole = whole,
		.instance = instance};
	return event;
}
