/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The run by hand, and how its rows are compared. */
#include "view_case.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/utf8.h"
#include "harness/harness.h"

#define HASH "9f2c0123456789abcdef0123456789abcdef0123456789abcdef0123456789ab"
#define STEPS ".stepgate/steps/0003/"

/* At file scope, so that the lists in them stay. */
static const char *const phases[] = {
	"OPEN", "ROUTE", "SPC", "ORC", "CTL", "QA", "PACK", "VAL", "CLOSE"};
static const char *const required_roles[] = {"SPC", "ORC", "CTL", "VAL", "QA"};
static const char *const engine_keys[] = {
	"KEY:ENG.TEXT.TOC", "KEY:ENG.TEXT.LINKS", "KEY:ENG.МУЗЫКА"};
static const char *const contract[] = {
	"BRIEF_TOKEN", "ENGINE_PLAN_TOKEN", "TOC", "VAL_REPORT", "PACK_OUTPUT"};
static const char *const spc_outputs[] = {"BRIEF_TOKEN", "ENGINE_PLAN_TOKEN"};
static const char *const toc_outputs[] = {"TOC"};
static const char *const gate_keys[] = {SG_VAL_COVERAGE_KEY, SG_VAL_CONTRACT_KEY};
static const char *const no_go[] = {"no lore"};
static const char *const spc_argv[] = {"./roles/spc.sh"};
static const char *const ctl_argv[] = {"./roles/ctl.sh", "--strict"};
static const struct sg_binding bindings[] = {
	{.key = "SPC", .argv = {spc_argv, 1}, .timeout_s = 600},
	{.key = "ORC", .timeout_s = 600},
	{.key = "CTL", .argv = {ctl_argv, 2}},
};
static const struct sg_file spc_files[] = {
	{"BRIEF_TOKEN", STEPS "SPC.1/BRIEF_TOKEN.yaml", 120, HASH},
	{"ENGINE_PLAN_TOKEN", STEPS "SPC.1/ENGINE_PLAN_TOKEN.yaml", 340, HASH},
};
static const struct sg_attempt attempts[] = {{"ROUTE", 1}, {"SPC", 1}, {"ORC", 1}};

static void fill_manifest(struct sg_manifest *m)
{
	sg_manifest_default(m);
	m->session_id = "01890000-0000-7000-8000-000000000000";
	m->started_at = m->updated_at = "2026-01-31";
	m->owner = "Мария";
	m->mode = "FULL_PATCH";
	m->step_id = "0003";
	m->step_goal = "Собрать релиз";
	m->active_folder = "docs";
	m->active_file = "docs/релиз.md";
	m->domain = "MUSIC";
	m->artifact_type = "FULL_PATCH";
	m->profile_key = "PROFILE.MUSIC.GENERAL";
	m->required_roles = (struct sg_strs){required_roles, 5};
	m->required_eng_keys = (struct sg_strs){engine_keys, 3};
	m->required_val_keys = (struct sg_strs){gate_keys, 2};
	m->output_contract = (struct sg_strs){contract, 5};
	m->no_go_list = (struct sg_strs){no_go, 1};
}

static void fill_rows(struct view_case *c)
{
	struct sg_manifest *m = &c->run.manifest;
	c->roles[0] = (struct sg_role_row){"SPC", "ran", {spc_outputs, 2},
		"exit 0, 3.2 s, OBSERVED, tier full", "", SG_ROW_STATUS_RAN};
	c->engines[0] = (struct sg_engine_row){"KEY:ENG.TEXT.TOC", "ran", {toc_outputs, 1},
		"exit 0, 0.4 s, OBSERVED, tier full", "", SG_ROW_STATUS_RAN};
	c->engines[1] = (struct sg_engine_row){"KEY:ENG.МУЗЫКА", "failed", {NULL, 0},
		"exit 3, 65.0 s, OBSERVED, tier full", "", SG_ROW_STATUS_FAILED};
	c->outputs[0] = (struct sg_output_row){"BRIEF_TOKEN", "SPC",
		STEPS "SPC.1/BRIEF_TOKEN.yaml#sha256=" HASH, "", SG_TRUTH_TRUE};
	c->outputs[1] = (struct sg_output_row){"ENGINE_PLAN_TOKEN", "SPC",
		STEPS "SPC.1/ENGINE_PLAN_TOKEN.yaml#sha256=" HASH, "", SG_TRUTH_TRUE};
	c->outputs[2] = (struct sg_output_row){
		"TOC", "ORC", STEPS "ORC.1/ENG.TEXT.TOC/TOC.md#sha256=" HASH, "", SG_TRUTH_TRUE};
	c->outputs[3] = (struct sg_output_row){"VAL_REPORT", "", "", "", SG_TRUTH_FALSE};
	c->outputs[4] = (struct sg_output_row){"EXTRA", "ORC", "x.md", "", SG_TRUTH_TRUE};
	m->roles = (struct sg_role_rows){c->roles, 1};
	m->engines.run_id = "0003.1";
	m->engines.entries = (struct sg_engine_rows){c->engines, 2, 0, NULL};
	m->outputs = (struct sg_output_rows){c->outputs, 5, 0, NULL};
}

static struct sg_exec exec_of(int64_t span_ms, int status)
{
	return (struct sg_exec){.argv = {spc_argv, 1},
		.folder = ".",
		.start_ms = 1000,
		.end_ms = 1000 + span_ms,
		.cause = SG_CAUSE_EXITED,
		.exit_status = status,
		.program_sha256 = "",
		.inputs_sha256 = "",
		.log = "",
		.error = "",
		.tier = SG_TIER_FULL};
}

static void fill_proofs(struct view_case *c)
{
	const struct sg_proof all[] = {
		{SG_FACT_ROLE, "SPC", "SPC", 1, SG_PROVENANCE_OBSERVED, SG_TIER_FULL,
			exec_of(3200, 0), {spc_files, 2}, "",
			0, {NULL, 0}},
		{SG_FACT_OUTPUT, "BRIEF_TOKEN", "SPC", 1, SG_PROVENANCE_OBSERVED, SG_TIER_FULL,
			exec_of(0, 0), {spc_files, 1}, "",
			0, {NULL, 0}},
		{SG_FACT_OUTPUT, "ENGINE_PLAN_TOKEN", "SPC", 1, SG_PROVENANCE_MANUAL,
			SG_TIER_NONE, exec_of(0, 0), {spc_files + 1, 1}, "",
			0, {NULL, 0}},
		{SG_FACT_ENGINE, "KEY:ENG.TEXT.TOC", "ORC", 1, SG_PROVENANCE_OBSERVED,
			SG_TIER_FULL, exec_of(400, 0), {NULL, 0}, "",
			0, {NULL, 0}},
		{SG_FACT_ENGINE, "KEY:ENG.МУЗЫКА", "ORC", 1, SG_PROVENANCE_OBSERVED,
			SG_TIER_FULL, exec_of(65000, 3), {NULL, 0}, "",
			0, {NULL, 0}},
		{SG_FACT_OUTPUT, "TOC", "ORC", 1, SG_PROVENANCE_OBSERVED, SG_TIER_FULL,
			exec_of(0, 0), {NULL, 0}, "KEY:ENG.TEXT.TOC",
			0, {NULL, 0}},
	};
	memcpy(c->proofs, all, sizeof(all));
	c->run.proofs = (struct sg_proofs){c->proofs, SG_ARRAY_SIZE(all), 0, NULL};
	for (size_t i = 0; i < SG_ARRAY_SIZE(all); i++)
		c->facts_v[i] = (struct sg_fact){all[i].kind, all[i].name, all[i].provenance,
			SG_FRESH_FRESH, all[i].tier, 0, {NULL, 0}};
	c->facts = (struct sg_facts){c->facts_v, SG_ARRAY_SIZE(all)};
}

void view_case_init(struct view_case *c)
{
	memset(c, 0, sizeof(*c));
	sg_arena_init(&c->arena);
	sg_rows_init(&c->rows, &c->arena);
	sg_run_init(&c->run);
	fill_manifest(&c->run.manifest);
	fill_rows(c);
	fill_proofs(c);
	c->profile = (struct sg_profile){.profile_key = "PROFILE.MUSIC.GENERAL",
		.sandbox = SG_TIER_FULL,
		.jobs = 1,
		.run = {bindings, SG_ARRAY_SIZE(bindings)},
		.contract = ""};
	c->plan = (struct sg_plan){.required_eng_keys = {engine_keys, 3}, .has_required = true};
	c->run.state = SG_STATE_BUSY;
	c->run.manifest_name = "RUNTIME_MANIFEST.yaml";
	c->run.phase = "ORC";
	c->run.phases = (struct sg_strs){phases, SG_ARRAY_SIZE(phases)};
	c->run.attempts = (struct sg_attempts){attempts, 3};
	c->run.phase_attempt = 1;
	c->run.begun_ms = 100000;
	c->run.route = &c->route;
	c->run.profile = &c->profile;
	c->run.plan = &c->plan;
	c->run.required_engines = (struct sg_strs){engine_keys, 3};
	c->run.route_path = "routes/релиз.yaml";
	c->run.route_pin = (struct sg_pin){"routes/релиз.yaml", HASH};
	c->run.profile_pin = (struct sg_pin){"profiles/PROFILE.MUSIC.GENERAL.yaml", HASH};
	c->in = (struct sg_view_input){.run = &c->run, .banner = "", .now_ms = 112000};
}

void view_case_release(struct view_case *c)
{
	sg_arena_release(&c->arena);
}

static char letter(enum sg_style style)
{
	switch (style) {
	case SG_STYLE_PLAIN: return ' ';
	case SG_STYLE_HEAD: return 'H';
	case SG_STYLE_OK: return 'O';
	case SG_STYLE_FAIL: return 'F';
	case SG_STYLE_WARN: return 'W';
	case SG_STYLE_DIM: return 'D';
	case SG_STYLE_RUN: return 'R';
	}
	return '?';
}

static char *joined(const struct view_case *c, bool styles)
{
	struct sg_strbuf sb = SG_STRBUF_INIT;
	cr_assert_not(sg_arena_failed(&c->arena));
	for (size_t i = 0; i < c->rows.n; i++) {
		if (styles)
			sg_strbuf_addf(&sb, "%c|", letter(c->rows.v[i].style));
		sg_strbuf_addf(&sb, "%s\n", c->rows.v[i].text);
	}
	char *text = sg_strbuf_take(&sb, NULL);
	cr_assert(text);
	return text;
}

char *view_case_text(const struct view_case *c)
{
	return joined(c, false);
}

void view_case_golden(struct view_case *c, const char *name)
{
	char *path = sg_t_format("tests/golden/view-%s.txt", name);
	char *found = joined(c, true);
	const char *how = getenv("STEPGATE_GOLDEN");
	bool write = how && strcmp(how, "write") == 0;
	if (write)
		sg_t_write_text(path, found);
	char *expected = sg_t_read(path, NULL);
	cr_assert(expected, "%s is missing", path);
	cr_assert_str_eq(found, expected, "%s: expected\n%sfound\n%s", path, expected, found);
	free(expected);
	free(found);
	free(path);
	if (write)
		cr_skip_test("the golden file was written");
}

bool view_case_says(const struct view_case *c, const char *text)
{
	for (size_t i = 0; i < c->rows.n; i++)
		if (strstr(c->rows.v[i].text, text))
			return true;
	return false;
}

size_t view_case_column(const struct view_case *c, const char *row_with, const char *text)
{
	for (size_t i = 0; i < c->rows.n; i++) {
		const char *row = c->rows.v[i].text;
		const char *at = strstr(row, row_with) ? strstr(row, text) : NULL;
		if (!at)
			continue;
		char *before = strndup(row, (size_t)(at - row));
		size_t columns = sg_utf8_columns(before);
		free(before);
		return columns;
	}
	cr_assert_fail("no row with \"%s\" holds \"%s\"", row_with, text);
	return 0;
}
