/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The lifecycle table. A cell is never empty: REFUSE is written out with the sentence that
 * helps,
 * and a test walks every cell.
 */
#include "core/lifecycle.h"

#include <string.h>

typedef enum sg_rc (*ask_fn)(
	const struct sg_run *run, const struct sg_event *event, struct sg_err *err);

struct cell {
	bool written;
	bool allowed;
	ask_fn ask;         /* looks further; NULL: allowed as it stands */
	const char *reason; /* of a refusal */
};

static enum sg_rc refuse(struct sg_err *err, const char *what, const char *reason)
{
	return sg_err_set(err, SG_REFUSED, "cannot %s: %s", sg_err_say(err, what),
		sg_err_say(err, reason));
}

/* --- the questions --- */

static enum sg_rc ask_adopt_whole(
	const struct sg_run *run, const struct sg_event *event, struct sg_err *err)
{
	(void)run;
	return event->u.adopt.whole ? SG_OK
				    : refuse(err, SG_SAY("adopt"),
					      SG_SAY("there is no trace to compare with"));
}

static enum sg_rc ask_adopt_changes(
	const struct sg_run *run, const struct sg_event *event, struct sg_err *err)
{
	(void)run;
	return event->u.adopt.whole
		       ? refuse(err, SG_SAY("adopt it whole"), SG_SAY("the run has a trace"))
		       : SG_OK;
}

/*
 * STEP_ID counts up by one from 0001, so that no STEP can be slipped in or left out. Its
 * spelling is compared and not its value: it names a folder.
 */
static enum sg_rc ask_step(
	const struct sg_run *run, const struct sg_event *event, struct sg_err *err)
{
	char expected[SG_STEP_ID_SIZE];
	sg_step_id_after(run->manifest.step_id, expected);
	if (strcmp(event->u.step.step_id, expected) != 0 || strcmp(event->step, expected) != 0)
		return sg_err_set(err, SG_REFUSED, "cannot open STEP %s: expected STEP %s",
			event->u.step.step_id, expected);
	if (!*event->u.step.goal)
		return refuse(
			err, SG_SAY("open a STEP"), SG_SAY("INPUT_ABSENT: it has no goal"));
	return SG_OK;
}

/* Law 2: a phase begins by the signal, or follows one that the signal named (CADENCE: step). */
static bool signal_given(const struct sg_run *run, const struct sg_ev_begin *begin)
{
	return *begin->signal.digest || sg_run_follows(run);
}

static enum sg_rc ask_begin(
	const struct sg_run *run, const struct sg_event *event, struct sg_err *err)
{
	if (!signal_given(run, &event->u.begin))
		return sg_err_set(err, SG_REFUSED, "cannot begin %s: no signal was given",
			event->u.begin.phase);
	if (strcmp(run->phase, event->u.begin.phase) != 0)
		return sg_err_set(err, SG_REFUSED, "cannot begin %s: %s is awaited",
			event->u.begin.phase, run->phase);
	return SG_OK;
}

static enum sg_rc ask_phase(const struct sg_run *run, const char *phase, struct sg_err *err)
{
	if (strcmp(run->phase, phase) != 0)
		return sg_err_set(
			err, SG_REFUSED, "cannot end %s: %s is running", phase, run->phase);
	return SG_OK;
}

static enum sg_rc ask_route(
	const struct sg_run *run, const struct sg_event *event, struct sg_err *err)
{
	(void)event;
	return ask_phase(run, "ROUTE", err);
}

static enum sg_rc ask_engine(
	const struct sg_run *run, const struct sg_event *event, struct sg_err *err)
{
	if (ask_phase(run, "ORC", err) != SG_OK)
		return SG_REFUSED;
	size_t i = event->u.engine.index;
	if (i >= run->required_engines.n ||
		!sg_key_equal(run->required_engines.v[i], event->u.engine.eng_key))
		return sg_err_set(err, SG_REFUSED, "cannot record %s: it is not required here",
			event->u.engine.eng_key);
	return SG_OK;
}

/*
 * ROUTE, PACK and VAL end by their own events alone: else a role's would go round their checks.
 */
static enum sg_rc ask_role(
	const struct sg_run *run, const struct sg_event *event, struct sg_err *err)
{
	switch (sg_phase_kind(event->u.role.role)) {
	case SG_PHASE_SPC:
	case SG_PHASE_ORC:
	case SG_PHASE_ROLE: return ask_phase(run, event->u.role.role, err);
	case SG_PHASE_OPEN:
	case SG_PHASE_ROUTE:
	case SG_PHASE_PACK:
	case SG_PHASE_VAL:
	case SG_PHASE_CLOSE:
	case SG_PHASE_COUNT:;
	}
	return sg_err_set(
		err, SG_REFUSED, "cannot end %s as a role: it is none", event->u.role.role);
}

static enum sg_rc ask_pack(
	const struct sg_run *run, const struct sg_event *event, struct sg_err *err)
{
	(void)event;
	return ask_phase(run, "PACK", err);
}

static enum sg_rc ask_verdict(
	const struct sg_run *run, const struct sg_event *event, struct sg_err *err)
{
	(void)event;
	return ask_phase(run, "VAL", err);
}

static enum sg_rc ask_resume(
	const struct sg_run *run, const struct sg_event *event, struct sg_err *err)
{
	const char *from = event->u.resume.from;
	size_t at = sg_phase_index(&run->phases, from);
	if (at == run->phases.n || strcmp(from, "OPEN") == 0 || strcmp(from, "CLOSE") == 0)
		return sg_err_set(
			err, SG_REFUSED, "cannot resume from %s: it is no phase to run", from);
	if (at > sg_phase_index(&run->phases, run->stop_phase))
		return sg_err_set(err, SG_REFUSED, "cannot resume from %s: %s has to run first",
			from, run->stop_phase);
	return SG_OK;
}

static enum sg_rc ask_next(
	const struct sg_run *run, const struct sg_event *event, struct sg_err *err)
{
	if (!*event->u.next.file || !*event->u.next.goal)
		return refuse(err, SG_SAY("set the next file"),
			SG_SAY("INPUT_ABSENT: it needs a file and a goal"));
	/* in STOP_GAP too, while the pack stands: RESUME_TARGET and the file would differ */
	const char *phase = run->state == SG_STATE_STOPPED ? run->stop_phase : run->phase;
	if (run->state != SG_STATE_PASSED && strcmp(phase, "VAL") == 0)
		return refuse(err, SG_SAY("set the next file"),
			SG_SAY("PACK has already written NEXT_POINTER"));
	return SG_OK;
}

static bool awaited_engine(const struct sg_run *run, const char *name)
{
	if (strcmp(run->phase, "ORC") != 0)
		return false;
	for (size_t i = 0; i < run->required_engines.n; i++)
		if (sg_key_equal(run->required_engines.v[i], name))
			return true;
	return false;
}

static enum sg_rc ask_record(const struct sg_run *run, const char *name, struct sg_err *err)
{
	enum sg_phase kind = sg_phase_kind(run->phase);
	bool role = (kind == SG_PHASE_SPC || kind == SG_PHASE_ROLE) &&
		    strcmp(run->phase, name) == 0;
	if (!role && !awaited_engine(run, name))
		return sg_err_set(
			err, SG_REFUSED, "cannot record %s: %s is awaited", name, run->phase);
	if (!run->profile || run->profile->evidence != SG_EVIDENCE_MODE_MANUAL)
		return sg_err_set(err, SG_REFUSED,
			"cannot record %s: the profile says EVIDENCE: observed", name);
	return SG_OK;
}

static const struct sg_record *record_of(const struct sg_run *run, const char *name)
{
	for (size_t i = 0; i < run->records.n; i++)
		if (sg_key_equal(run->records.v[i].name, name))
			return &run->records.v[i];
	return NULL;
}

static enum sg_rc ask_record_start(
	const struct sg_run *run, const struct sg_event *event, struct sg_err *err)
{
	return ask_record(run, event->u.record.name, err);
}

static enum sg_rc ask_record_stop(
	const struct sg_run *run, const struct sg_event *event, struct sg_err *err)
{
	if (ask_record(run, event->u.record.name, err) != SG_OK)
		return SG_REFUSED;
	const struct sg_record *record = record_of(run, event->u.record.name);
	if (!record || record->stopped)
		return sg_err_set(err, SG_REFUSED,
			"cannot stop recording %s: it was not started", event->u.record.name);
	return SG_OK;
}

/* --- the table --- */

#define YES                            \
	{                              \
		true, true, NULL, NULL \
	}
#define ASK(fn)                        \
	{                              \
		true, true, (fn), NULL \
	}
#define NO(reason)                          \
	{                                   \
		true, false, NULL, (reason) \
	}

#define NO_RUN      SG_SAY("there is no run here yet; init starts one")
#define HAS_RUN     SG_SAY("a run is already here")
#define NO_STEP     SG_SAY("no STEP is open; step \"goal\" opens one")
#define OPEN_STEP   SG_SAY("a STEP is open; finish it, or stop \"reason\" closes it")
#define IS_BUSY     SG_SAY("a phase is running")
#define NOT_BUSY    SG_SAY("no phase is running")
#define IS_STOPPED  SG_SAY("the STEP is in STOP_GAP; only resume goes on")
#define NOT_STOPPED SG_SAY("the STEP is not in STOP_GAP")
#define IS_CLOSED   SG_SAY("the STEP is closed; step \"goal\" opens a new one")
#define IS_PASSED   SG_SAY("the STEP has passed; го opens the next one")

static const struct cell table[SG_STATE_COUNT]
			      [SG_EVENT_COUNT] = {
				      [SG_STATE_EMPTY] =
					      {
						      [SG_EVENT_INIT] = YES,
						      [SG_EVENT_ADOPT] = ASK(ask_adopt_whole),
						      [SG_EVENT_RESTORE] = NO(NO_RUN),
						      [SG_EVENT_STEP] = NO(NO_RUN),
						      [SG_EVENT_BEGIN] = NO(NO_RUN),
						      [SG_EVENT_ROUTE] = NO(NO_RUN),
						      [SG_EVENT_ENGINE] = NO(NO_RUN),
						      [SG_EVENT_ROLE] = NO(NO_RUN),
						      [SG_EVENT_PACK] = NO(NO_RUN),
						      [SG_EVENT_VERDICT] = NO(NO_RUN),
						      [SG_EVENT_STOP_GAP] = NO(NO_RUN),
						      [SG_EVENT_NO] = NO(NO_RUN),
						      [SG_EVENT_STOP] = NO(NO_RUN),
						      [SG_EVENT_RESUME] = NO(NO_RUN),
						      [SG_EVENT_NEXT] = NO(NO_RUN),
						      [SG_EVENT_USE] = NO(NO_RUN),
						      [SG_EVENT_RECORD_START] = NO(NO_RUN),
						      [SG_EVENT_RECORD_STOP] = NO(NO_RUN),
					      },
				      [SG_STATE_IDLE] =
					      {
						      [SG_EVENT_INIT] = NO(HAS_RUN),
						      [SG_EVENT_ADOPT] = ASK(ask_adopt_changes),
						      [SG_EVENT_RESTORE] = YES,
						      [SG_EVENT_STEP] = ASK(ask_step),
						      [SG_EVENT_BEGIN] = NO(NO_STEP),
						      [SG_EVENT_ROUTE] = NO(NO_STEP),
						      [SG_EVENT_ENGINE] = NO(NO_STEP),
						      [SG_EVENT_ROLE] = NO(NO_STEP),
						      [SG_EVENT_PACK] = NO(NO_STEP),
						      [SG_EVENT_VERDICT] = NO(NO_STEP),
						      [SG_EVENT_STOP_GAP] = NO(NO_STEP),
						      [SG_EVENT_NO] = NO(NO_STEP),
						      [SG_EVENT_STOP] = NO(NO_STEP),
						      [SG_EVENT_RESUME] = NO(NO_STEP),
						      [SG_EVENT_NEXT] = NO(NO_STEP),
						      [SG_EVENT_USE] = YES,
						      [SG_EVENT_RECORD_START] = NO(NO_STEP),
						      [SG_EVENT_RECORD_STOP] = NO(NO_STEP),
					      },
				      [SG_STATE_AWAIT] =
					      {
						      [SG_EVENT_INIT] = NO(HAS_RUN),
						      [SG_EVENT_ADOPT] = ASK(ask_adopt_changes),
						      [SG_EVENT_RESTORE] = YES,
						      [SG_EVENT_STEP] = NO(OPEN_STEP),
						      [SG_EVENT_BEGIN] = ASK(ask_begin),
						      [SG_EVENT_ROUTE] = NO(NOT_BUSY),
						      [SG_EVENT_ENGINE] = NO(NOT_BUSY),
						      [SG_EVENT_ROLE] = NO(NOT_BUSY),
						      [SG_EVENT_PACK] = NO(NOT_BUSY),
						      [SG_EVENT_VERDICT] = NO(NOT_BUSY),
						      [SG_EVENT_STOP_GAP] = YES,
						      [SG_EVENT_NO] = YES,
						      [SG_EVENT_STOP] = YES,
						      [SG_EVENT_RESUME] = NO(NOT_STOPPED),
						      [SG_EVENT_NEXT] = ASK(ask_next),
						      [SG_EVENT_USE] = YES,
						      [SG_EVENT_RECORD_START] =
							      ASK(ask_record_start),
						      [SG_EVENT_RECORD_STOP] =
							      ASK(ask_record_stop),
					      },
				      [SG_STATE_BUSY] =
					      {
						      [SG_EVENT_INIT] = NO(HAS_RUN),
						      [SG_EVENT_ADOPT] = ASK(ask_adopt_changes),
						      [SG_EVENT_RESTORE] = YES,
						      [SG_EVENT_STEP] = NO(IS_BUSY),
						      [SG_EVENT_BEGIN] = NO(IS_BUSY),
						      [SG_EVENT_ROUTE] = ASK(ask_route),
						      [SG_EVENT_ENGINE] = ASK(ask_engine),
						      [SG_EVENT_ROLE] = ASK(ask_role),
						      [SG_EVENT_PACK] = ASK(ask_pack),
						      [SG_EVENT_VERDICT] = ASK(ask_verdict),
						      [SG_EVENT_STOP_GAP] = YES,
						      [SG_EVENT_NO] = NO(IS_BUSY),
						      [SG_EVENT_STOP] = NO(IS_BUSY),
						      [SG_EVENT_RESUME] = NO(IS_BUSY),
						      [SG_EVENT_NEXT] = NO(IS_BUSY),
						      [SG_EVENT_USE] = NO(IS_BUSY),
						      [SG_EVENT_RECORD_START] = NO(IS_BUSY),
						      [SG_EVENT_RECORD_STOP] = NO(IS_BUSY),
					      },
				      [SG_STATE_STOPPED] =
					      {
						      [SG_EVENT_INIT] = NO(HAS_RUN),
						      [SG_EVENT_ADOPT] = ASK(ask_adopt_changes),
						      [SG_EVENT_RESTORE] = YES,
						      [SG_EVENT_STEP] = NO(OPEN_STEP),
						      [SG_EVENT_BEGIN] = NO(IS_STOPPED),
						      [SG_EVENT_ROUTE] = NO(IS_STOPPED),
						      [SG_EVENT_ENGINE] = NO(IS_STOPPED),
						      [SG_EVENT_ROLE] = NO(IS_STOPPED),
						      [SG_EVENT_PACK] = NO(IS_STOPPED),
						      [SG_EVENT_VERDICT] = NO(IS_STOPPED),
						      [SG_EVENT_STOP_GAP] = NO(IS_STOPPED),
						      [SG_EVENT_NO] = NO(IS_STOPPED),
						      [SG_EVENT_STOP] = YES,
						      [SG_EVENT_RESUME] = ASK(ask_resume),
						      [SG_EVENT_NEXT] = ASK(ask_next),
						      [SG_EVENT_USE] = YES,
						      [SG_EVENT_RECORD_START] = NO(IS_STOPPED),
						      [SG_EVENT_RECORD_STOP] = NO(IS_STOPPED),
					      },
				      [SG_STATE_FAILED] =
					      {
						      [SG_EVENT_INIT] = NO(HAS_RUN),
						      [SG_EVENT_ADOPT] = ASK(ask_adopt_changes),
						      [SG_EVENT_RESTORE] = YES,
						      [SG_EVENT_STEP] = ASK(ask_step),
						      [SG_EVENT_BEGIN] = NO(IS_CLOSED),
						      [SG_EVENT_ROUTE] = NO(IS_CLOSED),
						      [SG_EVENT_ENGINE] = NO(IS_CLOSED),
						      [SG_EVENT_ROLE] = NO(IS_CLOSED),
						      [SG_EVENT_PACK] = NO(IS_CLOSED),
						      [SG_EVENT_VERDICT] = NO(IS_CLOSED),
						      [SG_EVENT_STOP_GAP] = NO(IS_CLOSED),
						      [SG_EVENT_NO] = NO(IS_CLOSED),
						      [SG_EVENT_STOP] = NO(IS_CLOSED),
						      [SG_EVENT_RESUME] = NO(IS_CLOSED),
						      [SG_EVENT_NEXT] = NO(IS_CLOSED),
						      [SG_EVENT_USE] = YES,
						      [SG_EVENT_RECORD_START] = NO(IS_CLOSED),
						      [SG_EVENT_RECORD_STOP] = NO(IS_CLOSED),
					      },
				      [SG_STATE_PASSED] =
					      {
						      [SG_EVENT_INIT] = NO(HAS_RUN),
						      [SG_EVENT_ADOPT] = ASK(ask_adopt_changes),
						      [SG_EVENT_RESTORE] = YES,
						      [SG_EVENT_STEP] = ASK(ask_step),
						      [SG_EVENT_BEGIN] = NO(IS_PASSED),
						      [SG_EVENT_ROUTE] = NO(IS_PASSED),
						      [SG_EVENT_ENGINE] = NO(IS_PASSED),
						      [SG_EVENT_ROLE] = NO(IS_PASSED),
						      [SG_EVENT_PACK] = NO(IS_PASSED),
						      [SG_EVENT_VERDICT] = NO(IS_PASSED),
						      [SG_EVENT_STOP_GAP] = NO(IS_PASSED),
						      [SG_EVENT_NO] = NO(IS_PASSED),
						      [SG_EVENT_STOP] = NO(IS_PASSED),
						      [SG_EVENT_RESUME] = NO(IS_PASSED),
						      [SG_EVENT_NEXT] = ASK(ask_next),
						      [SG_EVENT_USE] = YES,
						      [SG_EVENT_RECORD_START] = NO(IS_PASSED),
						      [SG_EVENT_RECORD_STOP] = NO(IS_PASSED),
					      },
};

/* What an event is called in a refusal, as the operator would say it. */
static const char *verb_of(enum sg_event_type type)
{
	static const char *const verbs[SG_EVENT_COUNT] = {
		[SG_EVENT_INIT] = SG_SAY("start a run"),
		[SG_EVENT_ADOPT] = SG_SAY("adopt"),
		[SG_EVENT_RESTORE] = SG_SAY("restore"),
		[SG_EVENT_STEP] = SG_SAY("open a STEP"),
		[SG_EVENT_BEGIN] = SG_SAY("begin a phase"),
		[SG_EVENT_ROUTE] = SG_SAY("end ROUTE"),
		[SG_EVENT_ENGINE] = SG_SAY("record an engine"),
		[SG_EVENT_ROLE] = SG_SAY("end a role"),
		[SG_EVENT_PACK] = SG_SAY("end PACK"),
		[SG_EVENT_VERDICT] = SG_SAY("close the STEP"),
		[SG_EVENT_STOP_GAP] = SG_SAY("stop the STEP"),
		[SG_EVENT_NO] = SG_SAY("refuse the phase"),
		[SG_EVENT_STOP] = SG_SAY("close the STEP"),
		[SG_EVENT_RESUME] = SG_SAY("resume"),
		[SG_EVENT_NEXT] = SG_SAY("set the next file"),
		[SG_EVENT_USE] = SG_SAY("set the route"),
		[SG_EVENT_RECORD_START] = SG_SAY("start recording"),
		[SG_EVENT_RECORD_STOP] = SG_SAY("stop recording"),
	};
	return verbs[type];
}

enum sg_rc sg_lifecycle_check(
	const struct sg_run *run, const struct sg_event *event, struct sg_err *err)
{
	if ((unsigned)run->state >= SG_STATE_COUNT || (unsigned)event->type >= SG_EVENT_COUNT)
		return sg_err_set(err, SG_REFUSED, "cannot take an event that is not known");
	const struct cell *cell = &table[run->state][event->type];
	if (!cell->allowed)
		return refuse(err, verb_of(event->type), cell->reason);
	if (run->state != SG_STATE_EMPTY && event->type != SG_EVENT_STEP &&
		strcmp(event->step, run->manifest.step_id) != 0)
		return sg_err_set(err, SG_REFUSED,
			"cannot %s: it is about STEP %s, open is STEP %s",
			sg_err_say(err, verb_of(event->type)), event->step,
			run->manifest.step_id);
	return cell->ask ? cell->ask(run, event, err) : SG_OK;
}

bool sg_lifecycle_cell_written(enum sg_state state, enum sg_event_type type)
{
	return table[state][type].written;
}
