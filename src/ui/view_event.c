/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One line of history for one event. */
#include <string.h>

#include "base/time.h"
#include "ui/view_internal.h"

/* What an event says, into the line. Text is made clean when the line becomes a row. */

static void say_files(struct sg_strbuf *out, const struct sg_files *files)
{
	for (size_t i = 0; i < files->n; i++)
		sg_strbuf_addf(out, "%s%s", i ? " " : "  -> ", files->v[i].name);
}

static void say_exec(struct sg_rows *rows, struct sg_strbuf *out, const struct sg_exec *exec,
	enum sg_provenance provenance)
{
	if (provenance == SG_PROVENANCE_MANUAL)
		sg_strbuf_addf(out, "  %s", sg_say(rows->say, "by hand"));
	else if (exec->argv.n)
		sg_strbuf_addf(out, "  %s  %s", sg_view_ending(rows, exec),
			sg_view_span(rows, exec->end_ms - exec->start_ms));
}

static void say_step(struct sg_rows *rows, struct sg_strbuf *out, const struct sg_ev_step *ev)
{
	sg_strbuf_addf(out, "%s%s%s%s%s", sg_view_glyph(rows, SG_GLYPH_OPEN_QUOTE), ev->goal,
		sg_view_glyph(rows, SG_GLYPH_CLOSE_QUOTE), *ev->file ? "  " : "", ev->file);
	if (*ev->signal.digest)
		sg_strbuf_addf(out, "  %s", sg_say(rows->say, "by the signal"));
}

static void say_route(struct sg_rows *rows, struct sg_strbuf *out, const struct sg_ev_route *ev)
{
	if (ev->fault != SG_FAULT_NONE)
		sg_strbuf_addf(out, sg_say(rows->say, "not taken: %s%s%s"), ev->fault_file,
			*ev->fault_file && *ev->error ? ": " : "", ev->error);
	else
		sg_strbuf_addf(out, "%s %.8s  %s %.8s", ev->route_pin.path,
			ev->route_pin.sha256, ev->profile_pin.path, ev->profile_pin.sha256);
}

static void say_engine(
	struct sg_rows *rows, struct sg_strbuf *out, const struct sg_ev_engine *ev)
{
	sg_strbuf_addf(out, "%s  %s", sg_key_bare(ev->eng_key), sg_row_status_name(ev->status));
	say_exec(rows, out, &ev->exec, ev->provenance);
	say_files(out, &ev->outputs);
}

static void say_role(struct sg_rows *rows, struct sg_strbuf *out, const struct sg_ev_role *ev)
{
	sg_strbuf_adds(out, ev->role);
	say_exec(rows, out, &ev->exec, ev->provenance);
	say_files(out, &ev->outputs);
	if (*ev->plan_error)
		sg_strbuf_addf(out, sg_say(rows->say, "  plan: %s"), ev->plan_error);
}

static void say_pack(struct sg_rows *rows, struct sg_strbuf *out, const struct sg_ev_pack *ev)
{
	if (*ev->error)
		sg_strbuf_addf(out, sg_say(rows->say, "failed: %s"), ev->error);
	else
		sg_strbuf_addf(out,
			sg_say_n(rows->say, "DRAFT, %zu file%s%s", "DRAFT, %zu files%s%s",
				ev->list.n),
			ev->list.n, *ev->patch.patchset_id ? ", " : "", ev->patch.patchset_id);
}

static void say_begin(struct sg_rows *rows, struct sg_strbuf *out, const struct sg_event *event)
{
	sg_strbuf_addf(out, sg_say(rows->say, "%s  attempt %d  %s"), event->u.begin.phase,
		event->attempt,
		*event->u.begin.signal.digest ? sg_say(rows->say, "by the signal")
					      : sg_say(rows->say, "by CADENCE: step"));
}

static void say_record(struct sg_strbuf *out, const struct sg_ev_record *ev)
{
	sg_strbuf_addf(out, "%s", ev->name);
	say_files(out, &ev->outputs);
	if (*ev->note)
		sg_strbuf_addf(out, "  %s", ev->note);
}

static void say_resume(
	struct sg_rows *rows, struct sg_strbuf *out, const struct sg_ev_resume *ev)
{
	sg_strbuf_addf(out, sg_say(rows->say, "from %s"), ev->from);
	if (ev->kept.n)
		sg_strbuf_addf(out,
			sg_say_n(rows->say, "  %zu engine kept", "  %zu engines kept",
				ev->kept.n),
			ev->kept.n);
}

static void say(struct sg_rows *rows, struct sg_strbuf *out, const struct sg_event *event)
{
	switch (event->type) {
	case SG_EVENT_INIT:
		sg_strbuf_addf(
			out, "%s  OWNER %s", event->u.init.manifest, event->u.init.owner);
		return;
	case SG_EVENT_ADOPT:
		sg_strbuf_addf(out, "%s%s",
			event->u.adopt.whole ? sg_say(rows->say, "the whole manifest: ") : "",
			event->u.adopt.reason);
		return;
	case SG_EVENT_RESTORE:
		sg_strbuf_addf(
			out, sg_say(rows->say, "in place of %.8s"), event->u.restore.found);
		return;
	case SG_EVENT_STEP: say_step(rows, out, &event->u.step); return;
	case SG_EVENT_BEGIN: say_begin(rows, out, event); return;
	case SG_EVENT_ROUTE: say_route(rows, out, &event->u.route); return;
	case SG_EVENT_ENGINE: say_engine(rows, out, &event->u.engine); return;
	case SG_EVENT_ROLE: say_role(rows, out, &event->u.role); return;
	case SG_EVENT_PACK: say_pack(rows, out, &event->u.pack); return;
	case SG_EVENT_VERDICT:
		sg_strbuf_addf(out, "%s %s", event->u.verdict.pass ? "PASS" : "FAIL",
			sg_code_name(event->u.verdict.code));
		return;
	case SG_EVENT_STOP_GAP:
		sg_strbuf_addf(
			out, "%s  %s", event->u.stop_gap.phase, event->u.stop_gap.reason);
		return;
	case SG_EVENT_NO:
	case SG_EVENT_STOP: sg_strbuf_adds(out, event->u.word.reason); return;
	case SG_EVENT_RESUME: say_resume(rows, out, &event->u.resume); return;
	case SG_EVENT_NEXT:
		sg_strbuf_addf(out, "%s  %s", event->u.next.file, event->u.next.goal);
		return;
	case SG_EVENT_USE:
		sg_strbuf_addf(out, "%s  %s", event->u.use.route, event->u.use.profile);
		return;
	case SG_EVENT_RECORD_START:
	case SG_EVENT_RECORD_STOP: say_record(out, &event->u.record); return;
	case SG_EVENT_COUNT: break;
	}
}

/* Failures stand out in a long history. */
static enum sg_style style_of(const struct sg_event *event)
{
	switch (event->type) {
	case SG_EVENT_VERDICT: return event->u.verdict.pass ? SG_STYLE_OK : SG_STYLE_FAIL;
	case SG_EVENT_STOP_GAP:
	case SG_EVENT_NO:
	case SG_EVENT_STOP: return SG_STYLE_FAIL;
	case SG_EVENT_ADOPT:
	case SG_EVENT_RESTORE: return SG_STYLE_WARN;
	case SG_EVENT_ENGINE:
		return event->u.engine.status == SG_ROW_STATUS_FAILED ? SG_STYLE_FAIL
								      : SG_STYLE_PLAIN;
	case SG_EVENT_STEP: return SG_STYLE_HEAD;
	case SG_EVENT_INIT:
	case SG_EVENT_BEGIN:
	case SG_EVENT_ROUTE:
	case SG_EVENT_ROLE:
	case SG_EVENT_PACK:
	case SG_EVENT_RESUME:
	case SG_EVENT_NEXT:
	case SG_EVENT_USE:
	case SG_EVENT_RECORD_START:
	case SG_EVENT_RECORD_STOP:
	case SG_EVENT_COUNT: break;
	}
	return SG_STYLE_PLAIN;
}

void sg_view_event(struct sg_rows *rows, const struct sg_event *event)
{
	char time[SG_TIME_SIZE];
	struct sg_strbuf what = SG_STRBUF_INIT;
	say(rows, &what, event);
	sg_rows_add(rows, style_of(event), "%5lld  %.19sZ  %s  %-12s  %-8s  %s",
		(long long)event->seq, sg_time_format(event->time_ms, time),
		sg_view_pad(rows, event->step, 4), sg_event_name(event->type),
		sg_by_name(event->by), sg_rows_clean(rows, what.bytes));
	sg_strbuf_release(&what);
}
