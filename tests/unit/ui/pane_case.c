/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See pane_case.h. */
#include "pane_case.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

static const char *const plan_engines[] = {"KEY:ENG.TEXT.TOC", "KEY:ENG.TEXT.LINKS",
	"KEY:ENG.TEXT.GLOSSARY", "KEY:ENG.TEXT.WORDS", "KEY:ENG.TEXT.INDEX"};
static const char *const route_engines[] = {"KEY:ENG.TEXT.SPELL", "KEY:ENG.TEXT.TYPO"};
static const char *const no_go[] = {"no lore"};
static const char *const contract[] = {
	"BRIEF_TOKEN", "ENGINE_PLAN_TOKEN", "TOC", "PACK_OUTPUT", "VAL_REPORT"};
static const char *const log_lines[] = {"reading docs/01__введение.md",
	"reading docs/02__組版.md", "\tlinks: 118 checked, 0 broken", "e\xcc\x81tude.md: ok"};

void pane_case_init(struct pane_case *c)
{
	memset(c, 0, sizeof(*c));
	rb_init(&c->b);
	c->b.plan.required_eng_keys = (struct sg_strs){plan_engines, 5};
	c->b.route.required_eng_keys = (struct sg_strs){route_engines, 2};
	c->b.route.domain = "MUSIC";
	c->b.route.artifact_type = "FULL_PATCH";
	c->b.route.profile_key = "PROFILE.MUSIC.GENERAL";
	c->b.route.no_go_list = (struct sg_strs){no_go, 1};
	c->b.route.output_contract = (struct sg_strs){contract, 5};
	for (size_t i = 0; i < RB_BINDINGS; i++)
		c->b.bindings[i].timeout_s = 600;
	static const char *const argv[] = {"./engines/text.sh"};
	for (size_t i = RB_ENG_A; i <= RB_ENG_C; i++)
		c->b.bindings[i] = (struct sg_binding){
			.key = plan_engines[i - RB_ENG_A], .argv = {argv, 1}, .timeout_s = 60};
	rb_do(&c->b, rb_ev_init(&c->b));
	c->in.view.run = &c->b.run;
	c->in.view.banner = "";
	c->in.log.name = "";
	c->in.message = "";
}

void pane_case_release(struct pane_case *c)
{
	sg_pane_state_release(&c->state);
	sg_arena_release(&c->arena);
	rb_release(&c->b);
}

void pane_case_brief(struct pane_case *c)
{
	const struct sg_brief_input input = {.run = &c->b.run,
		.facts = c->in.view.facts,
		.head = "",
		.changed = STRS("docs/01__введение.md", "docs/02__組版.md"),
		.changed_known = true,
		.say = c->in.view.say};
	struct sg_brief_input kept = input;
	kept.changed = sg_arena_strs(&c->b.arena, &input.changed);
	cr_assert_eq(sg_brief_make(&c->b.arena, &kept, &c->brief), SG_OK);
	c->in.brief = &c->brief;
}

void pane_case_await(struct pane_case *c, const char *phase)
{
	rb_do(&c->b, rb_ev_step(&c->b, "Собрать релиз"));
	rb_to(&c->b, phase);
	c->in.view.now_ms = c->b.run.time_ms;
	pane_case_brief(c);
}

void pane_case_orc(struct pane_case *c)
{
	pane_case_await(c, "ORC");
	c->in.brief = NULL;
	rb_begin(&c->b);
	rb_do(&c->b, rb_ev_engine(&c->b, 0, 0));
	rb_do(&c->b, rb_ev_engine(&c->b, 1, 0));
	c->in.view.now_ms = c->b.run.begun_ms + 12400;
	c->running[0] = (struct sg_running){"ENG.TEXT.GLOSSARY", 3200, 60000};
	c->in.running = c->running;
	c->in.n_running = 1;
	c->in.log = (struct sg_log_tail){"ENG.TEXT.GLOSSARY", log_lines, 4, 0};
}

void pane_case_stopped(struct pane_case *c)
{
	static const char *const open[] = {"", "", "", "", "", "", "", ""};
	pane_case_orc(c);
	c->in.n_running = 0;
	rb_do(&c->b, rb_ev_engine(&c->b, 2, 3));
	rb_do(&c->b, rb_ev_role(&c->b, "ORC", 0));
	cr_assert_eq(c->b.run.state, SG_STATE_STOPPED);
	c->require_state = (struct sg_strs){open, SG_ARRAY_SIZE(open)};
	c->in.view.require_state = &c->require_state;
	c->in.message = "engine ENG.TEXT.GLOSSARY ended with exit 3; fix says what mends it";
	c->in.message_style = SG_STYLE_FAIL;
}

void pane_case_passed(struct pane_case *c)
{
	rb_do(&c->b, rb_ev_step(&c->b, "Собрать релиз"));
	rb_pass(&c->b);
	rb_do(&c->b, rb_ev_next(&c->b, "docs/b.md", "Проверить релиз"));
	c->in.view.now_ms = c->b.run.time_ms;
	pane_case_brief(c);
}

void pane_case_rows(struct pane_case *c, size_t n_rows, size_t n_columns)
{
	sg_arena_release(&c->arena);
	sg_arena_init(&c->arena);
	sg_rows_init(&c->rows, &c->arena);
	cr_assert_eq(sg_pane_compose(&c->rows, &c->in, &c->state, n_rows, n_columns), SG_OK);
	cr_assert_eq(c->rows.n, n_rows, "expected %zu rows, found %zu at %zux%zu", n_rows,
		c->rows.n, n_columns, n_rows);
	for (size_t i = 0; i < c->rows.n; i++) {
		const char *text = c->rows.v[i].text;
		cr_assert_leq(sg_utf8_columns(text), n_columns, "row %zu of %zux%zu: %s", i,
			n_columns, n_rows, text);
		cr_assert(sg_utf8_valid(text, strlen(text), NULL), "cut in half: %s", text);
	}
}

void pane_case_act(
	struct pane_case *c, enum sg_pane_action action, size_t n_rows, size_t n_columns)
{
	sg_pane_act(&c->state, action, &c->in, n_rows, n_columns);
	pane_case_rows(c, n_rows, n_columns);
}

int pane_case_row(const struct pane_case *c, const char *text)
{
	for (size_t i = 0; i < c->rows.n; i++)
		if (strstr(c->rows.v[i].text, text))
			return (int)i;
	return -1;
}

const char *pane_case_screen(struct pane_case *c)
{
	struct sg_strbuf sb = SG_STRBUF_INIT;
	for (size_t i = 0; i < c->rows.n; i++)
		sg_strbuf_addf(&sb, "%s\n", c->rows.v[i].text);
	const char *text = sg_arena_str(&c->arena, sb.bytes);
	cr_assert_not_null(text);
	sg_strbuf_release(&sb);
	return text;
}
