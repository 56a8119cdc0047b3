/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The header with its phase rail, the status, and the row that says what is awaited. */
#include "ui/view.h"

#include <string.h>

#include "ui/view_internal.h"

/*
 * The words are those of STEP_STATUS, so that nothing here can say PASS where the state is
 * another.
 */
struct sg_standing sg_view_standing(const struct sg_run *run)
{
	switch (run->state) {
	case SG_STATE_AWAIT:
		return (struct sg_standing){SG_GLYPH_WAIT, SG_STYLE_HEAD, "RUNNING"};
	case SG_STATE_BUSY:
		return (struct sg_standing){SG_GLYPH_RUN, SG_STYLE_RUN, "RUNNING"};
	case SG_STATE_STOPPED:
		return (struct sg_standing){SG_GLYPH_STOP, SG_STYLE_FAIL, "STOP_GAP"};
	case SG_STATE_FAILED:
		return (struct sg_standing){SG_GLYPH_FAIL, SG_STYLE_FAIL, "FAIL"};
	case SG_STATE_PASSED:
		return (struct sg_standing){SG_GLYPH_OK, SG_STYLE_OK, "PASS"};
	case SG_STATE_EMPTY:
	case SG_STATE_IDLE:
	case SG_STATE_COUNT: break;
	}
	return (struct sg_standing){SG_GLYPH_CLOSED, SG_STYLE_DIM, SG_SAY("no STEP yet")};
}

static void add_goal(struct sg_rows *rows, struct sg_strbuf *line, const struct sg_manifest *m)
{
	if (*m->step_goal)
		sg_strbuf_addf(line, "  %s%s%s", sg_view_glyph(rows, SG_GLYPH_OPEN_QUOTE),
			sg_rows_clean(rows, m->step_goal),
			sg_view_glyph(rows, SG_GLYPH_CLOSE_QUOTE));
	if (*m->domain || *m->artifact_type)
		sg_strbuf_addf(line, "  %s/%s", sg_rows_clean(rows, m->domain),
			sg_rows_clean(rows, m->artifact_type));
	if (*m->profile_key)
		sg_strbuf_addf(line, "  %s", sg_rows_clean(rows, m->profile_key));
}

static void title_row(struct sg_rows *rows, const struct sg_run *run)
{
	const struct sg_manifest *m = &run->manifest;
	struct sg_standing now = sg_view_standing(run);
	struct sg_strbuf line = SG_STRBUF_INIT;
	if (run->state == SG_STATE_EMPTY && *m->step_id)
		/*
		 * no trace: what the manifest says of itself is repeated as a claim, never as a
		 * state
		 */
		sg_strbuf_addf(&line, "stepgate  %s %s CLAIMED %s",
			sg_rows_clean(rows, m->step_id), sg_view_glyph(rows, SG_GLYPH_WARN),
			sg_step_status_name(m->step_status));
	else
		sg_strbuf_addf(&line, "stepgate  %s%s%s %s", sg_rows_clean(rows, m->step_id),
			*m->step_id ? " " : "", sg_view_glyph(rows, now.glyph),
			sg_say(rows->say, now.word));
	if (*m->step_id)
		add_goal(rows, &line, m);
	sg_rows_add(rows, now.style, "%s", line.bytes);
	sg_strbuf_release(&line);
}

/* A phase of the rail by its place: behind the present one it waits, before it it is done. */
void sg_view_rail_phase(struct sg_rows *rows, struct sg_strbuf *line, const struct sg_run *run,
	const struct sg_tally *engines, size_t i)
{
	size_t at = sg_phase_index(&run->phases, run->phase);
	const char *name = sg_rows_clean(rows, run->phases.v[i]);
	bool here = i == at;
	enum sg_glyph glyph = i < at ? SG_GLYPH_OK : SG_GLYPH_WAIT;
	if (run->state == SG_STATE_PASSED)
		glyph = SG_GLYPH_OK;
	else if (here && run->state == SG_STATE_BUSY)
		glyph = SG_GLYPH_RUN;
	else if (here && run->state == SG_STATE_STOPPED)
		glyph = SG_GLYPH_STOP;
	else if (here && run->state == SG_STATE_FAILED)
		glyph = SG_GLYPH_FAIL;
	else if (run->state == SG_STATE_FAILED && i >= at)
		glyph = SG_GLYPH_CLOSED;
	bool awaited = here && run->state == SG_STATE_AWAIT;
	sg_strbuf_addf(line, "%s%s %s", awaited ? "[" : "", name, sg_view_glyph(rows, glyph));
	if (here && sg_phase_kind(run->phase) == SG_PHASE_ORC && run->state != SG_STATE_AWAIT)
		sg_strbuf_addf(line, " %zu/%zu", engines->passed, engines->total);
	sg_strbuf_adds(line, awaited ? "]" : "");
}

static void rail_row(struct sg_rows *rows, const struct sg_look *look)
{
	const struct sg_run *run = look->in->run;
	struct sg_strbuf line = SG_STRBUF_INIT;
	/* CLOSE is no phase of its own to an operator: it comes with the verdict */
	for (size_t i = 0; i < run->phases.n; i++) {
		if (sg_phase_kind(run->phases.v[i]) == SG_PHASE_CLOSE)
			continue;
		if (i)
			sg_strbuf_addf(&line, " %s ", sg_view_glyph(rows, SG_GLYPH_LINE));
		sg_view_rail_phase(rows, &line, run, &look->engines_n, i);
	}
	if (line.n_bytes)
		sg_rows_add(rows, SG_STYLE_PLAIN, "%s", line.bytes);
	sg_strbuf_release(&line);
}

static void header(struct sg_rows *rows, const struct sg_look *look)
{
	sg_view_begin(rows, look->in);
	title_row(rows, look->in->run);
	rail_row(rows, look);
}

void sg_view_header(struct sg_rows *rows, const struct sg_view_input *in)
{
	struct sg_look look;
	sg_look_init(&look, in);
	header(rows, &look);
	sg_look_release(&look);
}

/* --- what is awaited --- */

bool sg_view_awaited(struct sg_rows *rows, const struct sg_view_input *in, struct sg_brief *ret)
{
	const struct sg_brief_input input = {
		.run = in->run, .facts = in->facts, .head = "", .say = rows->say};
	return sg_brief_make(rows->arena, &input, ret) == SG_OK;
}

static const char *signal_word(struct sg_rows *rows)
{
	const char *word = sg_arena_printf(rows->arena, "%s" SG_USER_SIGNAL "%s",
		sg_view_glyph(rows, SG_GLYPH_OPEN_QUOTE),
		sg_view_glyph(rows, SG_GLYPH_CLOSE_QUOTE));
	return word ? word : "";
}

static void await_signal(struct sg_rows *rows, const struct sg_brief *brief)
{
	const char *opens = strncmp(brief->next, "STEP ", 5) == 0 ? SG_SAY("opens")
								  : SG_SAY("starts");
	const char *by_hand =
		sg_rows_clean(rows, brief->by_hand ? brief->by_hand : brief->next);
	if (brief->awaits_record)
		sg_rows_say(rows, SG_STYLE_WARN,
			"%s is done by hand: record start %s, then record stop %s NAME=PATH",
			by_hand, by_hand, by_hand);
	/*
	 * what several commands run by is one text, a line each: each gets a row of its own
	 */
	const char *action = brief->next_said;
	const char *cut = strchr(action, '\n');
	sg_rows_add(rows, SG_STYLE_HEAD, "%s %s %s%s%.*s", signal_word(rows),
		sg_say(rows->say, opens), sg_rows_clean(rows, brief->next), *action ? ": " : "",
		(int)(cut ? (size_t)(cut - action) : strlen(action)), action);
	while (cut) {
		action = cut + 1;
		cut = strchr(action, '\n');
		sg_rows_add(rows, SG_STYLE_HEAD, "    %.*s",
			(int)(cut ? (size_t)(cut - action) : strlen(action)), action);
	}
}

static void await_busy(struct sg_rows *rows, const struct sg_view_input *in)
{
	const struct sg_run *run = in->run;
	if (in->runner_dead) {
		sg_rows_say(rows, SG_STYLE_FAIL, "%s was interrupted: resume goes on",
			sg_rows_clean(rows, run->phase));
		return;
	}
	sg_rows_say(rows, SG_STYLE_RUN, "%s is running, attempt %d, %s",
		sg_rows_clean(rows, run->phase), run->phase_attempt,
		sg_view_span(rows, in->now_ms - run->begun_ms));
}

static void await_stopped(struct sg_rows *rows, const struct sg_run *run)
{
	const struct sg_manifest *m = &run->manifest;
	sg_rows_add(rows, SG_STYLE_FAIL, "STOP_GAP %s: %s", sg_rows_clean(rows, m->fail_code),
		sg_next_command(run));
}

void sg_view_await(
	struct sg_rows *rows, const struct sg_view_input *in, const struct sg_brief *brief)
{
	const struct sg_run *run = in->run;
	switch (run->state) {
	case SG_STATE_AWAIT: await_signal(rows, brief); return;
	case SG_STATE_BUSY: await_busy(rows, in); return;
	case SG_STATE_STOPPED: await_stopped(rows, run); return;
	case SG_STATE_PASSED:
		if (brief->out)
			await_signal(rows, brief);
		else
			sg_rows_say(rows, SG_STYLE_HEAD, "%s sets the next file and goal",
				sg_next_command(run));
		return;
	case SG_STATE_EMPTY:
		if (*run->manifest.step_id || *run->manifest.session_id)
			sg_rows_say(rows, SG_STYLE_WARN,
				"adopt \"reason\" takes this manifest over; check judges it as "
				"it is");
		else
			sg_rows_say(
				rows, SG_STYLE_HEAD, "%s starts a run", sg_next_command(run));
		return;
	case SG_STATE_IDLE:
	case SG_STATE_FAILED:
	case SG_STATE_COUNT: break;
	}
	sg_rows_say(rows, SG_STYLE_HEAD, "%s opens a STEP", sg_next_command(run));
}

void sg_view_next(struct sg_rows *rows, const struct sg_view_input *in)
{
	struct sg_brief brief = {.next = "", .next_said = ""};
	const enum sg_state state = in->run->state;
	const size_t before = rows->n;
	if (state == SG_STATE_AWAIT || state == SG_STATE_PASSED)
		(void)sg_view_awaited(rows, in, &brief);
	sg_view_await(rows, in, &brief);
	rows->n = rows->n > before ? before + 1 : before;
}

/* --- status --- */

static void count_row(struct sg_rows *rows, const struct sg_look *look)
{
	sg_rows_add(rows, SG_STYLE_PLAIN, "ROLES %zu/%zu  ENGINES %zu/%zu  CONTRACT %zu/%zu",
		look->roles_n.passed, look->roles_n.total, look->engines_n.passed,
		look->engines_n.total, look->contract_n.passed, look->contract_n.total);
}

static void stale_rows(struct sg_rows *rows, const struct sg_facts *facts)
{
	for (size_t i = 0; facts && i < facts->n; i++)
		if (facts->v[i].fresh != SG_FRESH_FRESH)
			sg_rows_say(rows, SG_STYLE_WARN, "%s %s: its evidence is %s",
				sg_view_glyph(rows, SG_GLYPH_WARN),
				sg_rows_clean(rows, facts->v[i].name),
				sg_fresh_name(facts->v[i].fresh));
}

static void result_rows(struct sg_rows *rows, const struct sg_run *run)
{
	const struct sg_manifest *m = &run->manifest;
	if (run->state != SG_STATE_STOPPED && run->state != SG_STATE_FAILED)
		return;
	for (size_t i = 0; i < m->fail_reasons.n && i < 3; i++)
		sg_rows_add(rows, SG_STYLE_FAIL, "%s %s", sg_view_glyph(rows, SG_GLYPH_FAIL),
			sg_rows_clean(rows, m->fail_reasons.v[i]));
	if (m->fail_reasons.n > 3)
		sg_rows_say(rows, SG_STYLE_DIM, "  and %zu more: fix lists them",
			m->fail_reasons.n - 3);
	if (run->state == SG_STATE_STOPPED && m->fix_list.n)
		sg_rows_add(rows, SG_STYLE_WARN, "%s %s", sg_view_glyph(rows, SG_GLYPH_WARN),
			sg_rows_clean(rows, m->fix_list.v[0]));
}

void sg_view_status(struct sg_rows *rows, const struct sg_view_input *in)
{
	const struct sg_run *run = in->run;
	struct sg_look look;
	struct sg_brief brief = {.next = "", .next_said = ""};
	bool awaits = run->state == SG_STATE_AWAIT || run->state == SG_STATE_PASSED;
	sg_look_init(&look, in);
	header(rows, &look);
	if (*run->manifest.active_file)
		sg_rows_add(rows, SG_STYLE_PLAIN, "FILE %s",
			sg_rows_clean(rows, run->manifest.active_file));
	if (*run->manifest.step_id)
		count_row(rows, &look);
	stale_rows(rows, in->facts);
	result_rows(rows, run);
	if (awaits && !sg_view_awaited(rows, in, &brief))
		rows->arena->failed = true;
	sg_view_await(rows, in, &brief);
	sg_look_release(&look);
}
