/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reducer's dispatch, and the events that are not the end of a phase. */
#include "core/reduce.h"

#include <stdarg.h>
#include <string.h>

#include "base/time.h"
#include "base/strbuf.h"
#include "core/changelog_entry.h"
#include "core/reduce_internal.h"

const char *sg_rx_text(struct sg_rx *rx, const char *format, ...)
{
	struct sg_strbuf sb = SG_STRBUF_INIT;
	va_list args;
	va_start(args, format);
	sg_strbuf_vaddf(&sb, format, args);
	va_end(args);
	const char *text = sg_copy_str(rx->arena, sb.bytes);
	rx->arena->failed |= sg_strbuf_failed(&sb);
	sg_strbuf_release(&sb);
	return text;
}

void sg_rx_nomem(struct sg_rx *rx)
{
	rx->arena->failed = true;
}

/*
 * The day of the event, YYYY-MM-DD, from its time alone (days since 1970, proleptic Gregorian).
 */
static const char *day_of(struct sg_rx *rx, int64_t time_ms)
{
	char text[SG_TIME_SIZE];
	return sg_copy_str(rx->arena, sg_time_date(time_ms, text));
}

void sg_rx_await_after(struct sg_rx *rx, const char *phase)
{
	struct sg_run *run = rx->run;
	run->phase = sg_phase_after(&run->phases, phase);
	run->state = SG_STATE_AWAIT;
	run->phase_attempt = 0;
}

static void reduce_init(struct sg_rx *rx)
{
	const struct sg_ev_init *ev = &rx->event->u.init;
	struct sg_manifest *m = &rx->run->manifest;
	rx->run->manifest_name = sg_copy_str(rx->arena, ev->manifest);
	m->session_id = sg_copy_str(rx->arena, ev->session_id);
	m->started_at = sg_copy_str(rx->arena, ev->started_at);
	m->owner = sg_copy_str(rx->arena, ev->owner);
	m->mode = sg_copy_str(rx->arena, ev->mode);
	rx->run->state = SG_STATE_IDLE;
}

/* A manifest that no trace vouches for: nothing in it is proven, so nothing may stay PASS. */
static void adopt_whole(struct sg_rx *rx)
{
	struct sg_run *run = rx->run;
	struct sg_manifest *m = &run->manifest;
	(void)sg_phases_of(rx->arena, &m->required_roles, &run->phases);
	run->adopted_whole = true;
	if (!*m->step_id) {
		run->state = SG_STATE_IDLE;
		return;
	}
	if (m->step_status == SG_STEP_STATUS_FAIL) {
		run->state = SG_STATE_FAILED;
		return;
	}
	struct sg_stop stop;
	sg_stop_init(&stop, rx);
	sg_stop_add(&stop, SG_CODE_MARKER_NOT_CONFIRMED, "ROUTE",
		sg_rx_text(rx, "ADOPT: %s: expected observed evidence, found CLAIMED rows",
			run->manifest_name),
		"resume --from ROUTE");
	sg_stop_apply(&stop);
}

/*
 * What an operator may change by hand (SPEC 2.2) is taken; the rest stays what the trace says,
 * even where somebody wrote an event that says otherwise.
 */
static void merge(struct sg_manifest *m, const struct sg_manifest *found)
{
	m->owner = found->owner;
	m->step_goal = found->step_goal;
	m->roles = found->roles;
	m->engines.entries = found->engines.entries;
	m->outputs = found->outputs;
	m->last_patchset_id = found->last_patchset_id;
	m->last_files_changed = found->last_files_changed;
	m->changelog_ref = found->changelog_ref;
	m->next_pointer = found->next_pointer;
	m->resume_target = found->resume_target;
	memcpy(m->extra, found->extra, sizeof(m->extra));
}

static void reduce_adopt(struct sg_rx *rx)
{
	const struct sg_ev_adopt *ev = &rx->event->u.adopt;
	struct sg_run *run = rx->run;
	if (!ev->instance)
		return;
	const struct sg_manifest before = run->manifest;
	const struct sg_manifest found = sg_copy_manifest(rx->arena, ev->instance);
	if (ev->whole) {
		run->manifest = found;
		run->manifest_name = sg_copy_str(rx->arena, ev->manifest);
		adopt_whole(rx);
		return;
	}
	merge(&run->manifest, &found);
	sg_rx_proofs_of_changed_rows(rx, &before);
	if (run->state == SG_STATE_PASSED) {
		run->next_file = run->manifest.resume_target.file;
		run->next_goal = run->manifest.resume_target.goal;
		sg_rx_judge_again(rx);
	}
}

static void forget_step(struct sg_run *run)
{
	struct sg_run fresh;
	sg_run_init(&fresh);
	run->attempts = fresh.attempts;
	run->proofs = fresh.proofs;
	run->past = fresh.past;
	run->records = fresh.records;
	run->required_engines = run->kept_engines = fresh.kept_engines;
	run->route_pin = run->profile_pin = run->plan_pin = fresh.plan_pin;
	run->route = NULL;
	run->profile = NULL;
	run->plan = NULL;
	run->has_next = false;
	run->tier = fresh.tier;
	run->walls = fresh.walls;
	run->programs = fresh.programs;
	run->patch = fresh.patch;
	run->changelog_entry = "";
	run->pack_list = fresh.pack_list;
	run->pack_output = run->val_report = fresh.val_report;
	run->requires_list = fresh.requires_list;
	run->stop_phase = run->policy = "";
	run->has_verdict = false;
	run->next_file = run->next_goal = run->next_route = run->next_profile = "";
	run->next_packed = false;
	run->phase_attempt = 0;
}

static void empty_resume(struct sg_manifest *m)
{
	const struct sg_strs none = {NULL, 0};
	m->resume_token = "";
	m->resume_allowed = false;
	m->resume_requirements = none;
	m->resume_target.file = m->resume_target.goal = "";
}

static void empty_ledgers(struct sg_manifest *m)
{
	const struct sg_role_rows roles = {NULL, 0};
	const struct sg_engine_ledger engines = {"", {NULL, 0, 0, NULL}};
	const struct sg_output_rows outputs = {NULL, 0, 0, NULL};
	m->roles = roles;
	m->engines = engines;
	m->outputs = outputs;
}

static void reduce_step(struct sg_rx *rx)
{
	const struct sg_ev_step *ev = &rx->event->u.step;
	struct sg_run *run = rx->run;
	struct sg_manifest *m = &run->manifest;
	forget_step(run);
	m->step_id = sg_copy_str(rx->arena, ev->step_id);
	m->step_status = SG_STEP_STATUS_RUNNING;
	m->step_goal = sg_copy_str(rx->arena, ev->goal);
	m->next_signal_required = true;
	m->user_signal = SG_USER_SIGNAL;
	m->active_folder = sg_copy_str(rx->arena, ev->folder);
	m->active_file = sg_copy_str(rx->arena, ev->file);
	empty_ledgers(m);
	empty_resume(m);
	run->base = sg_copy_str(rx->arena, ev->base);
	if (*ev->route)
		run->route_path = sg_copy_str(rx->arena, ev->route);
	if (*ev->profile)
		run->profile_path = sg_copy_str(rx->arena, ev->profile);
	const struct sg_strs no_roles = {NULL, 0};
	(void)sg_phases_of(rx->arena, &no_roles, &run->phases);
	sg_rx_await_after(rx, "OPEN");
}

static void count_attempt(struct sg_rx *rx, const char *phase)
{
	struct sg_run *run = rx->run;
	struct sg_attempt *v = sg_arena_array(rx->arena, run->attempts.n + 1, sizeof(*v));
	if (!v)
		return;
	size_t at = run->attempts.n;
	for (size_t i = 0; i < run->attempts.n; i++) {
		v[i] = run->attempts.v[i];
		if (strcmp(v[i].phase, phase) == 0)
			at = i;
	}
	if (at == run->attempts.n) {
		v[at].phase = phase;
		v[at].n = 0;
		run->attempts.n++;
	}
	run->phase_attempt = ++v[at].n;
	run->attempts.v = v;
}

static void reduce_begin(struct sg_rx *rx)
{
	struct sg_run *run = rx->run;
	run->phase = sg_copy_str(rx->arena, rx->event->u.begin.phase);
	count_attempt(rx, run->phase);
	run->begun_ms = rx->event->time_ms;
	run->state = SG_STATE_BUSY;
	empty_resume(&run->manifest);
	if (strcmp(run->phase, "ORC") == 0)
		run->manifest.engines.run_id =
			sg_rx_text(rx, "%s.%d", run->manifest.step_id, run->phase_attempt);
}

static void reduce_stop_gap(struct sg_rx *rx)
{
	const struct sg_ev_stop_gap *ev = &rx->event->u.stop_gap;
	struct sg_stop stop;
	sg_stop_init(&stop, rx);
	sg_stop_add(&stop, ev->code, sg_copy_str(rx->arena, ev->phase), ev->reason, ev->fix);
	for (size_t i = 0; i < ev->requires_list.n; i++)
		sg_stop_require(&stop, ev->requires_list.v[i].kind,
			ev->requires_list.v[i].subject, ev->requires_list.v[i].text);
	sg_stop_apply(&stop);
}

static void reduce_no(struct sg_rx *rx)
{
	const char *phase = rx->run->phase;
	struct sg_stop stop;
	sg_stop_init(&stop, rx);
	sg_stop_add(&stop, SG_CODE_USER_STOP, phase,
		sg_rx_text(rx, "%s: %s: expected %s, found a refusal: %s", phase, phase,
			SG_USER_SIGNAL, rx->event->u.word.reason),
		"resume");
	sg_stop_require(&stop, SG_REQUIRE_RUN, phase,
		sg_rx_text(rx, "Settle what was refused: %s", rx->event->u.word.reason));
	sg_stop_apply(&stop);
}

static void reduce_stop(struct sg_rx *rx)
{
	struct sg_run *run = rx->run;
	struct sg_manifest *m = &run->manifest;
	struct sg_patch patch = sg_copy_patch(rx->arena, &rx->event->u.word.patch);
	struct sg_stop stop;
	sg_stop_init(&stop, rx);
	sg_stop_add(&stop, SG_CODE_USER_STOP, "",
		sg_rx_text(rx, "STOP: %s: closed by the operator: %s", run->phase,
			rx->event->u.word.reason),
		"step \"goal\"");
	sg_stop_require(&stop, SG_REQUIRE_RUN, "STEP", "Open a new STEP");
	sg_stop_apply(&stop);
	m->step_status = SG_STEP_STATUS_FAIL;
	m->result_status = SG_RESULT_FAIL;
	run->state = SG_STATE_FAILED; /* run->phase stays: where it stood */
	run->patch = patch;
	sg_rx_patch_tracking(rx, &patch);
	sg_rx_effect_changelog(rx, &patch,
		sg_changelog_entry(rx->arena, run, &patch, day_of(rx, rx->event->time_ms)));
}

static void reduce_resume(struct sg_rx *rx)
{
	const struct sg_ev_resume *ev = &rx->event->u.resume;
	struct sg_run *run = rx->run;
	struct sg_manifest *m = &run->manifest;
	const char *from = sg_copy_str(rx->arena, ev->from);
	const struct sg_strs none = {NULL, 0};
	bool from_orc = strcmp(from, "ORC") == 0;
	sg_rx_rows_remove(rx, from, from_orc ? &ev->kept : &none);
	if (run->next_packed &&
		sg_phase_index(&run->phases, from) <= sg_phase_index(&run->phases, "PACK")) {
		run->next_file = run->next_goal = run->next_route = run->next_profile = "";
		run->next_packed = false;
	}
	if (sg_phase_index(&run->phases, from) <= sg_phase_index(&run->phases, "SPC")) {
		const struct sg_pin no_pin = {"", ""};
		run->plan = NULL;
		run->plan_pin = no_pin;
	}
	const struct sg_requires no_requires = {NULL, 0};
	run->requires_list = no_requires;
	run->records.n = 0;
	run->has_verdict = false;
	run->policy = "";
	run->stop_phase = "";
	run->phase = from;
	run->state = SG_STATE_AWAIT;
	run->phase_attempt = 0;
	m->step_status = SG_STEP_STATUS_RUNNING;
	m->resume_allowed = true;
	m->resume_requirements = none;
	m->resume_token = sg_rx_text(rx, "%s.%s.%d.%s", m->step_id, from,
		sg_run_attempts(run, from) + 1, rx->event->prev);
	m->resume_target.file = m->active_file;
	m->resume_target.goal = m->step_goal;
}

static void reduce_next(struct sg_rx *rx)
{
	const struct sg_ev_next *ev = &rx->event->u.next;
	struct sg_run *run = rx->run;
	run->next_file = sg_copy_str(rx->arena, ev->file);
	run->next_goal = sg_copy_str(rx->arena, ev->goal);
	run->next_route = sg_copy_str(rx->arena, ev->route);
	run->next_profile = sg_copy_str(rx->arena, ev->profile);
	run->has_next = true;
	run->next_packed = false;
	if (run->state != SG_STATE_PASSED)
		return;
	run->manifest.resume_target.file = run->next_file;
	run->manifest.resume_target.goal = run->next_goal;
	run->manifest.next_pointer = run->next_file;
}

static void reduce_use(struct sg_rx *rx)
{
	const struct sg_ev_use *ev = &rx->event->u.use;
	if (*ev->route)
		rx->run->route_path = sg_copy_str(rx->arena, ev->route);
	if (*ev->profile)
		rx->run->profile_path = sg_copy_str(rx->arena, ev->profile);
}

static void reduce_record(struct sg_rx *rx, bool stopped)
{
	const struct sg_ev_record *ev = &rx->event->u.record;
	struct sg_run *run = rx->run;
	struct sg_record *v = sg_arena_array(rx->arena, run->records.n + 1, sizeof(*v));
	if (!v)
		return;
	size_t at = run->records.n;
	for (size_t i = 0; i < run->records.n; i++) {
		v[i] = run->records.v[i];
		if (sg_key_equal(v[i].name, ev->name))
			at = i;
	}
	if (at == run->records.n)
		run->records.n++;
	if (!stopped) {
		struct sg_record start = {.name = sg_copy_str(rx->arena, ev->name),
			.start_ms = rx->event->time_ms,
			.before = sg_copy_files(rx->arena, &ev->outputs),
			.note = ""};
		v[at] = start;
	} else {
		if (!v[at].name) {
			v[at].name = sg_copy_str(rx->arena, ev->name);
			v[at].start_ms = ev->start_ms;
		}
		v[at].stopped = true;
		v[at].stop_ms = rx->event->time_ms;
		v[at].outputs = sg_copy_files(rx->arena, &ev->outputs);
		v[at].note = sg_copy_str(rx->arena, ev->note);
	}
	run->records.v = v;
}

static bool touches_manifest(enum sg_event_type type)
{
	return type != SG_EVENT_RESTORE && type != SG_EVENT_RECORD_START &&
	       type != SG_EVENT_RECORD_STOP && type != SG_EVENT_USE;
}

static void dispatch(struct sg_rx *rx)
{
	switch (rx->event->type) {
	case SG_EVENT_INIT: reduce_init(rx); break;
	case SG_EVENT_ADOPT: reduce_adopt(rx); break;
	case SG_EVENT_STEP: reduce_step(rx); break;
	case SG_EVENT_BEGIN: reduce_begin(rx); break;
	case SG_EVENT_ROUTE: sg_rx_route(rx); break;
	case SG_EVENT_ENGINE: sg_rx_engine(rx); break;
	case SG_EVENT_ROLE: sg_rx_role(rx); break;
	case SG_EVENT_PACK: sg_rx_pack(rx); break;
	case SG_EVENT_VERDICT: sg_rx_verdict(rx); break;
	case SG_EVENT_STOP_GAP: reduce_stop_gap(rx); break;
	case SG_EVENT_NO: reduce_no(rx); break;
	case SG_EVENT_STOP: reduce_stop(rx); break;
	case SG_EVENT_RESUME: reduce_resume(rx); break;
	case SG_EVENT_NEXT: reduce_next(rx); break;
	case SG_EVENT_USE: reduce_use(rx); break;
	case SG_EVENT_RECORD_START: reduce_record(rx, false); break;
	case SG_EVENT_RECORD_STOP: reduce_record(rx, true); break;
	case SG_EVENT_RESTORE:
	case SG_EVENT_COUNT:;
	}
}

enum sg_rc sg_reduce(struct sg_arena *arena, const struct sg_run *old,
	const struct sg_event *event, struct sg_run *ret_new, struct sg_effects *ret_effects)
{
	struct sg_run run = *old;
	struct sg_effects effects = {.n = 0};
	struct sg_rx rx = {arena, &run, event, &effects};
	run.seq = event->seq;
	run.time_ms = event->time_ms;
	dispatch(&rx);
	if (touches_manifest(event->type))
		run.manifest.updated_at = day_of(&rx, event->time_ms);
	if (event->type == SG_EVENT_BEGIN) {
		struct sg_effect effect = {SG_EFFECT_RUN_PHASE, "", "", ""};
		effects.v[effects.n++] = effect;
	}
	if (sg_arena_failed(arena))
		return SG_NOMEM;
	*ret_new = run;
	if (ret_effects)
		*ret_effects = effects;
	return SG_OK;
}
