/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text from files and commands in every field of every view: nothing that acts on a terminal comes out. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "harness/harness.h"
#include "view_case.h"

/* An escape sequence, a CSI in one byte, a reversal, a newline, a bell, a broken character. */
static const char evil[] =
	"\033[2J\033]0;owned\007\xc2\x9b" "31m\xe2\x80\xae" "esrever\nSECOND LINE\r\xff\x7f";

static void assert_clean(struct view_case *c, const char *view)
{
	cr_assert_not(sg_arena_failed(&c->arena));
	for (size_t i = 0; i < c->rows.n; i++) {
		const char *row = c->rows.v[i].text;
		struct sg_strbuf clean = SG_STRBUF_INIT;
		sg_utf8_sanitise(&clean, row, strlen(row), SG_SANITISE_LINE);
		cr_expect_str_eq(clean.bytes, row, "%s, row %zu lets something through", view, i);
		cr_expect_neq(strncmp(row, "SECOND LINE", 11), 0, "%s: a newline made a row", view);
		sg_strbuf_release(&clean);
	}
}

/* The evil text must have come out visibly, or the test looked at a view that does not show it. */
static void assert_shown(struct view_case *c, const char *view)
{
	assert_clean(c, view);
	cr_expect(view_case_says(c, "<U+001B>[2J"), "%s does not show the field at all", view);
	c->rows.n = 0;
}

/* Every text of the manifest that is a text or a list. */
static void spoil_manifest(struct view_case *c)
{
	static const char *const list[] = {evil, "second"};
	struct sg_manifest *m = &c->run.manifest;
	for (size_t i = 0; i < SG_FIELD_ID_COUNT; i++) {
		const struct sg_field *field = &sg_manifest_fields[i];
		const char *text = evil;
		const struct sg_strs strs = {list, 2};
		if (field->kind == SG_FIELD_TEXT)
			memcpy((char *)m + field->offset, &text, sizeof(text));
		if (field->kind == SG_FIELD_LIST)
			memcpy((char *)m + field->offset, &strs, sizeof(strs));
	}
	m->resume_target = (struct sg_resume_target){evil, evil};
	m->engines.run_id = evil;
	for (size_t i = 0; i < SG_MAPPING_COUNT; i++)
		m->extra[i] = "  KEY: \"\033[2J\"\n";
	c->roles[0] = (struct sg_role_row){
		evil, evil, {list, 2}, evil, "  K: \033[2J\n", SG_ROW_STATUS_RAN};
	c->engines[0] = (struct sg_engine_row){
		evil, evil, {list, 2}, evil, "", SG_ROW_STATUS_FAILED};
	c->outputs[0] = (struct sg_output_row){evil, evil, evil, "", SG_TRUTH_TRUE};
}

static void spoil_run(struct view_case *c)
{
	static const char *const list[] = {"ROUTE", evil, evil};
	static const struct sg_require require[] = {
		{SG_REQUIRE_FILE_PRESENT, evil, evil}, {SG_REQUIRE_RUN, evil, evil}};
	struct sg_run *run = &c->run;
	run->phases = (struct sg_strs){list, 3};
	run->phase = run->stop_phase = evil;
	run->required_engines = (struct sg_strs){list, 2};
	run->route_path = run->profile_path = run->next_file = run->next_goal = evil;
	run->route_pin = run->profile_pin = run->plan_pin = (struct sg_pin){evil, evil};
	run->requires_list = (struct sg_requires){require, 2};
	for (size_t i = 0; i < run->proofs.n; i++) {
		c->proofs[i].name = c->facts_v[i].name = evil;
		c->proofs[i].exec.error = evil;
		c->facts_v[i].fresh = SG_FRESH_STALE;
	}
	c->in.facts = &c->facts;
	c->in.banner = evil;
}

Test(view_hostile, no_view_of_a_run_in_any_state_lets_a_control_through)
{
	struct view_case c;
	static const char *const found[] = {evil, evil};
	const struct sg_strs founds = {found, 2};
	view_case_init(&c);
	spoil_manifest(&c);
	spoil_run(&c);
	c.in.require_state = &founds;
	for (int state = 0; state < SG_STATE_COUNT; state++) {
		c.run.state = (enum sg_state)state;
		sg_view_header(&c.rows, &c.in);
		assert_shown(&c, "header");
		sg_view_status(&c.rows, &c.in);
		assert_shown(&c, "status");
		sg_view_ledger(&c.rows, &c.in);
		assert_shown(&c, "ledger");
		sg_view_contract(&c.rows, &c.in);
		assert_shown(&c, "contract");
		sg_view_fix(&c.rows, &c.in);
		assert_shown(&c, "fix");
		sg_view_report(&c.rows, &c.in);
		assert_shown(&c, "report");
		sg_view_manifest(&c.rows, &c.run.manifest);
		assert_shown(&c, "manifest");
	}
	view_case_release(&c);
	SG_LEAKCHECK();
}

Test(view_hostile, no_field_of_a_brief_lets_a_control_through)
{
	struct view_case c;
	static const char *const list[] = {evil};
	struct sg_brief_row rows[] = {
		{evil, evil, evil, SG_PROVENANCE_OBSERVED, SG_TIER_FULL, SG_FRESH_FRESH}};
	struct sg_brief brief = {.out = true,
		.ended = evil,
		.rows = rows,
		.n_rows = 1,
		.stale = {list, 1},
		.changed = {list, 1},
		.changed_known = true,
		.not_checked = {list, 1},
		.next = evil,
		.next_said = "first\n\033[2Jsecond",
		.awaits_record = true,
		.tier_note = evil};
	view_case_init(&c);
	c.run.state = SG_STATE_AWAIT;
	sg_view_brief(&c.rows, &c.in, &brief);
	assert_shown(&c, "brief");
	view_case_release(&c);
	SG_LEAKCHECK();
}

Test(view_hostile, no_field_of_a_verdict_lets_a_control_through)
{
	struct view_case c;
	static const char *const list[] = {evil};
	const struct sg_gate_result results_v[] = {{evil, SG_GATE_FAIL, {list, 1}, SG_TIER_FULL, ""},
		{evil, SG_GATE_NOT_EVALUATED, {list, 1}, SG_TIER_FULL, ""}, {evil, SG_GATE_UNBOUND, {list, 1}, SG_TIER_FULL, ""},
		{evil, SG_GATE_NOT_CHECKED, {list, 1}, SG_TIER_FULL, ""}};
	const struct sg_gate_results results = {results_v, 4};
	const struct sg_verdict v = {.fail_reasons = {list, 1},
		.fix_list = {list, 1},
		.not_checked = {list, 1},
		.others = &results};
	view_case_init(&c);
	sg_view_verdict(&c.rows, &v, evil);
	assert_shown(&c, "verdict");
	view_case_release(&c);
	SG_LEAKCHECK();
}

/* Each event with evil in all its texts. */
static struct sg_event evil_event(enum sg_event_type type)
{
	static const char *const list[] = {evil};
	static const struct sg_file files_v[] = {{evil, evil, 1, evil}};
	const struct sg_files files = {files_v, 1};
	const struct sg_pin pin = {evil, evil};
	const struct sg_exec exec = {.argv = {list, 1}, .cause = SG_CAUSE_NOT_STARTED, .error = evil};
	struct sg_event e = {.seq = 7, .time_ms = INT64_C(1769862896789), .type = type, .step = evil};
	switch (type) {
	case SG_EVENT_INIT: e.u.init = (struct sg_ev_init){evil, evil, evil, evil, evil}; break;
	case SG_EVENT_ADOPT:
		e.u.adopt = (struct sg_ev_adopt){evil, evil, evil, true, NULL};
		break;
	case SG_EVENT_RESTORE: e.u.restore.found = evil; break;
	case SG_EVENT_STEP:
		e.u.step = (struct sg_ev_step){
			evil, evil, evil, evil, evil, evil, evil, {evil, true}};
		break;
	case SG_EVENT_BEGIN: e.u.begin = (struct sg_ev_begin){evil, {evil, true}}; break;
	case SG_EVENT_ROUTE:
		e.u.route = (struct sg_ev_route){.route_pin = pin,
			.profile_pin = pin,
			.fault = SG_FAULT_UNREADABLE,
			.fault_file = evil,
			.error = evil};
		break;
	case SG_EVENT_ENGINE:
		e.u.engine = (struct sg_ev_engine){
			.eng_key = evil, .exec = exec, .outputs = files, .note = evil};
		break;
	case SG_EVENT_ROLE:
		e.u.role = (struct sg_ev_role){.role = evil,
			.exec = exec,
			.outputs = files,
			.note = evil,
			.plan_error = evil};
		break;
	case SG_EVENT_PACK:
		e.u.pack = (struct sg_ev_pack){.error = evil, .patch = {.patchset_id = evil}};
		break;
	case SG_EVENT_VERDICT: e.u.verdict.policy = evil; break;
	case SG_EVENT_STOP_GAP:
		e.u.stop_gap = (struct sg_ev_stop_gap){.phase = evil, .reason = evil, .fix = evil};
		break;
	case SG_EVENT_NO:
	case SG_EVENT_STOP: e.u.word.reason = evil; break;
	case SG_EVENT_RESUME: e.u.resume = (struct sg_ev_resume){evil, {list, 1}}; break;
	case SG_EVENT_NEXT: e.u.next = (struct sg_ev_next){evil, evil, evil, evil}; break;
	case SG_EVENT_USE: e.u.use = (struct sg_ev_use){evil, evil}; break;
	case SG_EVENT_RECORD_START:
	case SG_EVENT_RECORD_STOP:
		e.u.record = (struct sg_ev_record){.name = evil, .outputs = files, .note = evil};
		break;
	case SG_EVENT_COUNT: break;
	}
	return e;
}

Test(view_hostile, no_event_lets_a_control_through_and_each_is_one_row)
{
	struct view_case c;
	view_case_init(&c);
	for (int type = 0; type < SG_EVENT_COUNT; type++) {
		struct sg_event event = evil_event((enum sg_event_type)type);
		sg_view_event(&c.rows, &event);
		cr_expect_eq(c.rows.n, 1);
		assert_shown(&c, sg_event_name(event.type));
	}
	view_case_release(&c);
	SG_LEAKCHECK();
}

Test(view_hostile, rows_of_a_text_are_its_lines_with_their_controls_visible)
{
	struct view_case c;
	view_case_init(&c);
	sg_rows_add_text(&c.rows, SG_STYLE_PLAIN, "one\r\n\ntwo\rthree\n\033[1mfour");
	char *text = view_case_text(&c);
	cr_assert_str_eq(text, "one\n\ntwo<U+000D>three\n<U+001B>[1mfour\n");
	free(text);
	view_case_release(&c);
	SG_LEAKCHECK();
}
