/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Wide, combining and hostile text, every small size, what turns STALE, dump, a huge ledger. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/utf8.h"
#include "harness/harness.h"
#include "pane_case.h"

static const char *const bad_engines[] = {"KEY:ENG.\x1b[2J\x1b]0;x\x07",
	"KEY:組版エンジン組版エンジン組版", "KEY:e\xcc\x81\xcc\x81\xcc\x81tude",
	"KEY:\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb", "KEY:\xe2\x80\xaetxt.exe",
	"KEY:\xff\xfe bad", "KEY:a\tb\nc\r"};

/* ORC runs, and nothing in sight is a plain word. */
static void hostile(struct pane_case *c)
{
	static const char *const log[] = {"\x1b[31mred\x1b[0m", "\t\t\ttabs\tand 組版 版",
		"\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb works", "\xff\xfe\x80",
		"e\xcc\x81\xcc\x81\xcc\x81", "\xe2\x80\xae reversed", ""};
	pane_case_init(c);
	c->b.plan.required_eng_keys = (struct sg_strs){bad_engines, SG_ARRAY_SIZE(bad_engines)};
	c->b.route.domain = "\x1b[H";
	c->b.route.artifact_type = "組版";
	rb_do(&c->b,
		rb_ev_step(&c->b, "цель \x1b[2J 組版\xe2\x80\x8e\n\r and \xf0\x9f\x8e\xb5"));
	rb_to(&c->b, "ORC");
	rb_begin(&c->b);
	c->in.view.now_ms = c->b.run.begun_ms - 5000; /* a clock that went back */
	c->running[0] = (struct sg_running){bad_engines[0], 1000, 0};
	c->in.running = c->running;
	c->in.n_running = 1;
	c->in.log = (struct sg_log_tail){"\x1b[5m", log, SG_ARRAY_SIZE(log), 0};
	c->in.message = "refused: \x1b[1;1H\xe2\x80\x8b 組版 \n\xff";
	c->in.view.banner = "MANIFEST_TAMPERED \x07";
}

static void no_control(struct pane_case *c)
{
	static const char *const never[] = {
		"\xe2\x80\x8d", "\xe2\x80\xae", "\xe2\x80\x8e", "\xe2\x80\x8b", "\xc2\x9b"};
	for (size_t i = 0; i < c->rows.n; i++) {
		const char *text = c->rows.v[i].text;
		for (const char *p = text; *p; p++)
			cr_assert((unsigned char)*p >= 0x20 && *p != 0x7f, "row %zu: %s", i,
				text);
		for (size_t k = 0; k < SG_ARRAY_SIZE(never); k++)
			cr_assert_null(strstr(text, never[k]), "row %zu: %s", i, text);
	}
}

Test(view_pane_text, hostile_text_is_made_visible_and_keeps_to_its_columns)
{
	struct pane_case c;
	hostile(&c);
	pane_case_rows(&c, 60, 160);
	no_control(&c);
	cr_assert(pane_case_has(&c, "<U+001B>[2J"));
	cr_assert(pane_case_has(&c, "                        tabs    and 組版 版"));
	cr_assert(pane_case_has(&c, "<FF><FE>"));
	cr_assert(pane_case_has(&c, "MANIFEST_TAMPERED <U+0007>"));
	pane_case_release(&c);
	SG_LEAKCHECK();
}

Test(view_pane_text, at_every_size_there_are_exactly_the_rows_and_none_is_wider)
{
	struct pane_case c;
	hostile(&c);
	for (size_t rows = 0; rows <= 30; rows++)
		for (size_t columns = 1; columns <= 90; columns += columns < 12 ? 1 : 7) {
			pane_case_rows(&c, rows, columns);
			no_control(&c);
		}
	pane_case_release(&c);
	SG_LEAKCHECK();
}

/* Any state, any size, any keys: the seed is said by what fails. */
static void random_walk(struct pane_case *c, unsigned seed)
{
	static const char *const names[] = {"組版", "\x1b[2J", "ok"};
	static const char *const words[] = {"", "eng", "組", "\xff", "л"};
	srand(seed);
	for (int i = 0; i < 120; i++) {
		size_t rows = (size_t)(rand() % (i % 3 ? 40 : 6)) + 1;
		size_t columns = (size_t)(rand() % (i % 2 ? 120 : 8)) + 1;
		c->in.read_only = rand() % 5 == 0;
		c->in.message = rand() % 2 ? ""
					   : "a message that is long enough to be wrapped "
					     "組版組版組版 twice or more";
		c->in.overlay =
			(struct sg_overlay){rand() % 4 ? NULL : "completion", names, names, 3};
		strcpy(c->state.filter, words[rand() % 5]);
		strcpy(c->state.search, words[rand() % 5]);
		strcpy(c->state.help_filter, words[rand() % 5]);
		enum sg_pane_action action =
			(enum sg_pane_action)(rand() % SG_PANE_ACTION_COUNT);
		sg_pane_act(&c->state, action, &c->in, rows, columns);
		pane_case_rows(c, rows, columns);
		no_control(c);
	}
}

Test(view_pane_text, any_keys_at_any_size_keep_to_the_rows_and_columns)
{
	void (*const states[])(struct pane_case *) = {
		hostile, pane_case_orc, pane_case_stopped, pane_case_passed};
	for (unsigned seed = 0; seed < 16; seed++) {
		struct pane_case c;
		if (seed % 4)
			pane_case_init(&c);
		states[seed % 4](&c);
		random_walk(&c, seed);
		pane_case_release(&c);
	}
	SG_LEAKCHECK();
}

Test(view_pane_text, one_cell_is_enough_not_to_fail)
{
	struct pane_case c;
	pane_case_init(&c);
	pane_case_await(&c, "CTL");
	for (size_t rows = 1; rows <= 5; rows++)
		for (size_t columns = 1; columns <= 5; columns++)
			pane_case_rows(&c, rows, columns);
	pane_case_rows(&c, 1, 40);
	cr_assert(pane_case_has(&c, "RUNNING CTL  7/7 3/5"), "%s", pane_case_screen(&c));
	pane_case_release(&c);
	SG_LEAKCHECK();
}

Test(view_pane_text, at_40x10_status_phase_and_both_coverage_counts_are_there_in_each_state)
{
	struct pane_case c;
	pane_case_init(&c);
	pane_case_stopped(&c);
	pane_case_rows(&c, 9, 40);
	cr_assert(pane_case_has(&c, "STOP_GAP"));
	cr_assert(pane_case_has(&c, "ORC ■"));
	cr_assert(pane_case_has(&c, "ENGINES 2/7"));
	cr_assert(pane_case_has(&c, "CONTRACT 3/5"));
	/* one row for the counts where there is no title row for each */
	pane_case_rows(&c, 6, 40);
	int at = pane_case_row(&c, "ENGINES 2/7");
	cr_assert_geq(at, 0);
	cr_assert_eq(pane_case_row(&c, "CONTRACT 3/5"), at);
	pane_case_release(&c);
	SG_LEAKCHECK();
}

Test(view_pane_text, a_file_that_changed_turns_its_rows_stale_and_no_longer_counts)
{
	struct pane_case c;
	pane_case_init(&c);
	pane_case_await(&c, "CTL");
	pane_case_rows(&c, 40, 100);
	cr_assert(pane_case_has(&c, "ENGINES 7/7"));
	c.facts_v[0] = (struct sg_fact){SG_FACT_ENGINE, "KEY:ENG.TEXT.TOC",
		SG_PROVENANCE_OBSERVED, SG_FRESH_FRESH, SG_TIER_NONE, 0, {NULL, 0}};
	c.facts_v[1] = (struct sg_fact){SG_FACT_OUTPUT, "TOC", SG_PROVENANCE_OBSERVED,
		SG_FRESH_FRESH, SG_TIER_NONE, 0, {NULL, 0}};
	c.facts = (struct sg_facts){c.facts_v, 2};
	c.in.view.facts = &c.facts;
	pane_case_rows(&c, 40, 100);
	cr_assert(pane_case_has(&c, "ENGINES 7/7"));
	/* the same arrays, one word in them changed: the index must see it */
	c.facts_v[0].fresh = SG_FRESH_STALE;
	c.facts_v[1].fresh = SG_FRESH_MISSING;
	pane_case_brief(&c);
	pane_case_rows(&c, 40, 100);
	cr_assert(pane_case_has(&c, "ENGINES 6/7"), "%s", pane_case_screen(&c));
	cr_assert(pane_case_has(&c, "CONTRACT 2/5"));
	int at = pane_case_row(&c, "! ENG.TEXT.TOC       STALE");
	cr_assert_geq(at, 0, "%s", pane_case_screen(&c));
	cr_assert_eq(c.rows.v[at].style, SG_STYLE_WARN);
	cr_assert(pane_case_has(&c, "! TOC                MISSING"));
	cr_assert(pane_case_has(&c, "does not stand any more"));
	pane_case_release(&c);
	SG_LEAKCHECK();
}

Test(view_pane_text, requirements_are_red_and_green_as_the_world_changes)
{
	static const struct sg_require requires[] = {
		{SG_REQUIRE_FILE_PRESENT, "route.yaml", "route.yaml is there"},
		{SG_REQUIRE_KEY_BOUND, "CTL", "CTL is bound"}};
	static const char *const found[] = {"there is no such file", ""};
	struct pane_case c;
	pane_case_init(&c);
	pane_case_stopped(&c);
	c.b.run.requires_list = (struct sg_requires){requires, 2};
	c.require_state = (struct sg_strs){found, 2};
	pane_case_rows(&c, 30, 100);
	int open = pane_case_row(&c, "✗ open  route.yaml is there: there is no such file");
	int met = pane_case_row(&c, "✓ met  CTL is bound");
	cr_assert_geq(open, 0, "%s", pane_case_screen(&c));
	cr_assert_eq(c.rows.v[open].style, SG_STYLE_FAIL);
	cr_assert_eq(c.rows.v[met].style, SG_STYLE_OK);
	pane_case_release(&c);
	SG_LEAKCHECK();
}

Test(view_pane_text, a_reader_says_that_it_only_reads_and_a_claim_is_no_state)
{
	struct pane_case c;
	pane_case_init(&c);
	pane_case_orc(&c);
	c.in.read_only = true;
	pane_case_rows(&c, 24, 80);
	cr_assert(pane_case_has(&c, "▶ RUNNING  read-only"));
	struct sg_run claimed;
	sg_run_init(&claimed);
	claimed.manifest.step_id = "0007";
	claimed.manifest.step_status = SG_STEP_STATUS_PASS;
	c.in.view.run = &claimed;
	c.in.n_running = 0;
	pane_case_rows(&c, 24, 80);
	cr_assert(pane_case_has(&c, "0007 ! CLAIMED PASS"));
	pane_case_release(&c);
	SG_LEAKCHECK();
}

Test(view_pane_text, a_dump_holds_every_row_of_a_block_uncut)
{
	struct pane_case c;
	pane_case_init(&c);
	pane_case_await(&c, "CTL");
	for (unsigned pane = 0; pane < SG_PANE_COUNT; pane++) {
		enum sg_pane parsed;
		cr_assert(sg_pane_parse(sg_pane_name((enum sg_pane)pane), &parsed));
		cr_assert_eq(parsed, (enum sg_pane)pane);
		sg_rows_init(&c.rows, &c.arena);
		cr_assert_eq(sg_pane_rows(&c.rows, &c.in, (enum sg_pane)pane), SG_OK);
		cr_assert_gt(c.rows.n, 0);
		for (size_t i = 0; i < c.rows.n; i++)
			cr_assert_null(strstr(c.rows.v[i].text, "waiting…"));
	}
	cr_assert_not(sg_pane_parse("panes", &(enum sg_pane){SG_PANE_LOG}));
	sg_rows_init(&c.rows, &c.arena);
	cr_assert_eq(sg_pane_rows(&c.rows, &c.in, SG_PANE_ENGINES), SG_OK);
	cr_assert_eq(c.rows.n, 8);
	pane_case_release(&c);
	SG_LEAKCHECK();
}

/* --- a ledger of a million rows --- */

enum { MANY = 1000000 };

struct many {
	struct sg_run run;
	char (*names)[24];
	const char **keys;
	struct sg_engine_row *rows;
	struct sg_proof *proofs;
	struct sg_fact *facts_v;
	struct sg_facts facts;
};

static void many_init(struct many *m, size_t n)
{
	static const char *const argv[] = {"x"};
	sg_run_init(&m->run);
	m->names = calloc(n, sizeof(*m->names));
	m->keys = calloc(n, sizeof(*m->keys));
	m->rows = calloc(n, sizeof(*m->rows));
	m->proofs = calloc(n, sizeof(*m->proofs));
	m->facts_v = calloc(n, sizeof(*m->facts_v));
	cr_assert(m->names && m->keys && m->rows && m->proofs && m->facts_v);
	for (size_t i = 0; i < n; i++) {
		snprintf(m->names[i], sizeof(m->names[i]), "KEY:ENG.N%07zu", i);
		m->keys[i] = m->names[i];
		m->rows[i] = (struct sg_engine_row){.eng_key = m->names[i],
			.status_text = "ran",
			.notes = "exit 0",
			.extra = ""};
		m->proofs[i] = (struct sg_proof){.kind = SG_FACT_ENGINE,
			.name = m->names[i],
			.phase = "ORC",
			.provenance = SG_PROVENANCE_OBSERVED,
			.exec = {.argv = {argv, 1}, .error = ""},
			.source_eng = ""};
		m->facts_v[i] = (struct sg_fact){SG_FACT_ENGINE, m->names[i],
			SG_PROVENANCE_OBSERVED, SG_FRESH_FRESH, SG_TIER_FULL, 0, {NULL, 0}};
	}
	m->facts = (struct sg_facts){m->facts_v, n};
	m->run.state = SG_STATE_BUSY;
	m->run.phase = "ORC";
	m->run.manifest.step_id = "0001";
	m->run.required_engines = (struct sg_strs){m->keys, n};
	m->run.manifest.engines.entries.v = m->rows;
	m->run.manifest.engines.entries.n = n;
	m->run.proofs.v = m->proofs;
	m->run.proofs.n = n;
}

static void many_release(struct many *m)
{
	free(m->names);
	free(m->keys);
	free(m->rows);
	free(m->proofs);
	free(m->facts_v);
}

/* Time of this process: another one's load does not count. */
static double cpu_ms(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

Test(view_pane_text, a_million_rows_cost_a_page_and_a_filter_looks_at_them_in_turn)
{
	struct pane_case c;
	struct many m;
	const bool timed = !sg_t_is_asan();
	pane_case_init(&c);
	many_init(&m, MANY);
	c.in.view.run = &m.run;
	c.in.view.facts = &m.facts;
	c.state.focus = SG_PANE_ENGINES;
	double t0 = cpu_ms();
	pane_case_rows(&c, 60, 200);
	double t1 = cpu_ms();
	cr_assert(pane_case_has(&c, "ENGINES 1000000/1000000"));
	pane_case_act(&c, SG_PANE_ACTION_BOTTOM, 60, 200);
	cr_assert(pane_case_has(&c, "ENG.N0999999"));
	double t2 = cpu_ms();
	pane_case_act(&c, SG_PANE_ACTION_PAGE_UP, 60, 200);
	double t3 = cpu_ms();
	strcpy(c.state.filter, "n0999998");
	size_t frames = 0;
	double longest = 0;
	do {
		double t = cpu_ms();
		pane_case_rows(&c, 60, 200);
		longest = cpu_ms() - t > longest ? cpu_ms() - t : longest;
		cr_assert_lt(frames++, 20);
	} while (c.state.unfinished);
	cr_assert(pane_case_has(&c, "ENG.N0999998"));
	cr_assert_not(pane_case_has(&c, "ENG.N0999999"));
	fprintf(stderr,
		"a million rows: first page %.1f ms, a page further %.1f ms, %zu frames of a "
		"filter, the longest %.1f ms\n",
		t1 - t0, t3 - t2, frames, longest);
	if (timed) {
		cr_assert_lt(t1 - t0, 400.0, "the first page took %.1f ms", t1 - t0);
		cr_assert_lt(t3 - t2, 60.0, "a page took %.1f ms", t3 - t2);
	}
	cr_assert_lt(c.arena.total_bytes, 1u << 20, "a page takes little memory");
	/* one row in the middle turns STALE, and one is in another order */
	m.facts_v[MANY / 2].fresh = SG_FRESH_STALE;
	c.state.filter[0] = '\0';
	pane_case_act(&c, SG_PANE_ACTION_FOLLOW, 60, 200);
	cr_assert(pane_case_has(&c, "ENGINES 999999/1000000"));
	cr_assert(pane_case_has(&c, "! ENG.N0500000"), "%s", pane_case_screen(&c));
	struct sg_proof first = m.proofs[0];
	m.proofs[0] = m.proofs[MANY - 1];
	m.proofs[MANY - 1] = first;
	m.run.seq++;
	pane_case_act(&c, SG_PANE_ACTION_TOP, 60, 200);
	cr_assert(pane_case_has(&c, "✓ ENG.N0000000"), "%s", pane_case_screen(&c));
	pane_case_release(&c);
	many_release(&m);
	SG_LEAKCHECK();
}
