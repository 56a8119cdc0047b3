/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Memory that runs out inside of what core makes to be read: briefs, diffs, entries, copies.
 * None may be half of what it should be and look whole.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "core/brief.h"
#include "core/changelog_entry.h"
#include "core/copy.h"
#include "core/diff.h"
#include "harness/harness.h"
#include "run_builder.h"
#include "short_memory.h"

/* --- the brief --- */

/* A translation, so that what is shown is made beside what is digested. */
static const char *shouted(const char *one, const char *many, unsigned long n)
{
	(void)many;
	return n > 1 ? "%zu/%zu" : strchr(one, '%') ? one : "SHOWN";
}

struct brief_case {
	struct sg_brief_input input;
	char digest[SG_SHA256_HEX_SIZE]; /* where nothing fails */
};

static enum sg_rc brief_short(struct sg_arena *arena, void *ctx)
{
	const struct brief_case *c = ctx;
	struct sg_brief brief = {.n_rows = 77};

	const enum sg_rc rc = sg_brief_make(arena, &c->input, &brief);
	short_memory_disarm();
	if (rc == SG_OK)
		cr_assert_str_eq(brief.digest, c->digest);
	else
		cr_assert_eq(brief.n_rows, 77, "half a brief must not be signalled");
	return rc;
}

static void brief_each(struct run_builder *b, const struct sg_facts *facts)
{
	struct brief_case c = {
		.input = {.run = &b->run, .facts = facts, .head = "", .say = shouted}};
	struct sg_brief brief;
	cr_assert_eq(sg_brief_make(&b->arena, &c.input, &brief), SG_OK);
	memcpy(c.digest, brief.digest, sizeof(c.digest));
	cr_assert_gt(short_memory_each(b->run.phase, brief_short, &c), 3);
}

Test(short_texts, a_brief_of_each_phase)
{
	static const char *const phases[] = {"ROUTE", "SPC", "ORC", "CTL", "PACK", "VAL"};
	struct run_builder b;
	rb_start(&b);
	b.bindings[RB_CTL].argv = STRS("./ctl.sh", "it's one word");
	for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++) {
		rb_to(&b, phases[i]);
		struct sg_fact facts[64];
		cr_assert_leq(b.run.proofs.n, 64);
		for (size_t k = 0; k < b.run.proofs.n; k++)
			facts[k] = (struct sg_fact){b.run.proofs.v[k].kind,
				b.run.proofs.v[k].name, SG_PROVENANCE_OBSERVED, SG_FRESH_STALE,
				SG_TIER_NONE, 0, {NULL, 0}};
		brief_each(&b, &(struct sg_facts){facts, b.run.proofs.n});
	}
	rb_phase(&b);
	rb_do(&b, rb_ev_next(&b, "docs/n.md", "next"));
	brief_each(&b, NULL);
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(short_texts, a_brief_after_a_resume_that_keeps_engines)
{
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "ORC");
	rb_begin(&b);
	rb_do(&b, rb_ev_engine(&b, 0, 0));
	rb_do(&b, rb_ev_engine(&b, 1, 1));
	rb_do(&b, rb_ev_role(&b, "ORC", 0));
	struct sg_event event = rb_ev_resume(&b, "ORC");
	event.u.resume.kept = STRS("KEY:ENG.A");
	rb_do(&b, event);
	brief_each(&b, NULL);
	rb_release(&b);
	SG_LEAKCHECK();
}

/* --- diffs --- */

struct diff_case {
	const char *a, *b;
	const char *found;    /* where nothing fails */
	const char *given_up; /* where the search was */
};

static enum sg_rc text_diff_short(struct sg_arena *arena, void *ctx)
{
	const struct diff_case *c = ctx;
	struct sg_strbuf out = SG_STRBUF_INIT;
	(void)arena;

	cr_assert(sg_text_diff(&out, "a", c->a, strlen(c->a), "b", c->b, strlen(c->b)));
	const bool said = sg_strbuf_failed(&out) || strstr(out.bytes, "out of memory") != NULL;
	if (!said)
		cr_assert(strcmp(out.bytes, c->found) == 0 ||
				  strcmp(out.bytes, c->given_up) == 0,
			"%s", out.bytes);
	sg_strbuf_release(&out);
	return said ? SG_NOMEM : SG_OK;
}

Test(short_texts, a_diff_of_texts)
{
	struct diff_case c = {"1\n2\n3\n", "0\n2\n4\n",
		"--- a\n+++ b\n@@ -1,3 +1,3 @@\n-1\n+0\n 2\n-3\n+4\n",
		"--- a\n+++ b\n@@ -1,3 +1,3 @@\n-1\n-2\n-3\n+0\n+2\n+4\n"};
	cr_assert_gt(short_memory_each_may_pass("diff", text_diff_short, &c), 5);
	SG_LEAKCHECK();
}

/* Seventeen changes too far from each other to be one: their list has to grow. */
Test(short_texts, a_diff_of_texts_with_many_changes)
{
	char a[1024] = "";
	char b[1024] = "";
	struct sg_strbuf found = SG_STRBUF_INIT;
	for (int i = 0; i < 17; i++) {
		snprintf(a + strlen(a), 32, "a%d\n-\n-\n-\n-\n-\n-\n-\n", i);
		snprintf(b + strlen(b), 32, "b%d\n-\n-\n-\n-\n-\n-\n-\n", i);
	}
	cr_assert(sg_text_diff(&found, "a", a, strlen(a), "b", b, strlen(b)));
	struct diff_case c = {a, b, found.bytes, NULL};
	struct sg_strbuf whole = SG_STRBUF_INIT;
	/* the common end is left out of what is replaced, but for its context */
	sg_strbuf_adds(&whole, "--- a\n+++ b\n@@ -1,132 +1,132 @@\n");
	for (int i = 0; i < 17; i++)
		sg_strbuf_addf(&whole, "-a%d\n%s", i,
			i < 16 ? "--\n--\n--\n--\n--\n--\n--\n" : "");
	for (int i = 0; i < 17; i++)
		sg_strbuf_addf(&whole, "+b%d\n%s", i,
			i < 16 ? "+-\n+-\n+-\n+-\n+-\n+-\n+-\n" : "");
	sg_strbuf_adds(&whole, " -\n -\n -\n");
	c.given_up = whole.bytes;
	cr_assert_gt(short_memory_each_may_pass("diff", text_diff_short, &c), 5);
	sg_strbuf_release(&found);
	sg_strbuf_release(&whole);
	SG_LEAKCHECK();
}

struct manifests {
	struct sg_manifest a, b;
	const char *text;
	size_t n;
};

static enum sg_rc manifest_diff_short(struct sg_arena *arena, void *ctx)
{
	const struct manifests *m = ctx;
	struct sg_strbuf out = SG_STRBUF_INIT;
	(void)arena;

	const size_t n = sg_manifest_diff(&out, &m->a, &m->b, 100);
	cr_assert_gt(n, 0, "nothing may look equal because memory ran out");
	const bool said = sg_strbuf_failed(&out) || strstr(out.bytes, "out of memory") != NULL;
	if (!said) {
		cr_assert_eq(n, m->n);
		cr_assert_str_eq(out.bytes, m->text);
	}
	sg_strbuf_release(&out);
	return said ? SG_NOMEM : SG_OK;
}

Test(short_texts, a_diff_of_manifests)
{
	struct run_builder b;
	struct manifests m;
	struct sg_strbuf found = SG_STRBUF_INIT;
	rb_start(&b);
	rb_to(&b, "QA");
	m.a = b.run.manifest;
	rb_pass(&b);
	m.b = b.run.manifest;
	m.n = sg_manifest_diff(&found, &m.a, &m.b, 100);
	m.text = found.bytes;
	cr_assert_gt(short_memory_each("manifests", manifest_diff_short, &m), 3);
	sg_strbuf_release(&found);
	rb_release(&b);
	SG_LEAKCHECK();
}

/* --- the rest --- */

struct entry_case {
	const struct sg_run *run;
	struct sg_patch patch;
	const char *text;
};

static enum sg_rc entry_short(struct sg_arena *arena, void *ctx)
{
	const struct entry_case *c = ctx;
	const char *entry = sg_changelog_entry(arena, c->run, &c->patch, "2026-01-01");
	short_memory_disarm();
	cr_assert_str_eq(entry, arena->failed ? "" : c->text);
	return arena->failed ? SG_NOMEM : SG_OK;
}

Test(short_texts, an_entry_of_the_change_log)
{
	struct run_builder b;
	rb_start(&b);
	b.run.manifest.step_goal = "a goal\nof\ttwo\x7flines";
	struct entry_case c = {.run = &b.run,
		.patch = {.changed = true,
			.files = STRS("docs/a.md", "docs/b.md"),
			.patchset_id = "PATCHSET_0001",
			.tree = ""}};
	c.text = sg_changelog_entry(&b.arena, &b.run, &c.patch, "2026-01-01");
	cr_assert_not_null(strstr(c.text, "- SUMMARY: a goal of two lines\n"), "%s", c.text);
	cr_assert_gt(short_memory_each("entry", entry_short, &c), 2);
	rb_release(&b);
	SG_LEAKCHECK();
}

static enum sg_rc copy_short(struct sg_arena *arena, void *ctx)
{
	const struct run_builder *b = ctx;
	const struct sg_file file = {.name = "A", .path = "a", .sha256 = ""};
	const struct sg_require require = {SG_REQUIRE_RUN, "SPC", "Run SPC again"};
	const struct sg_miss miss = {"a text", "nothing"};
	const struct sg_fact fact = {.name = "A", .misses = {&miss, 1}};
	const struct sg_gate_result result = {.key = "K", .reasons = STRS("one"), .walls = ""};
	const struct sg_program program = {"SPC", {&file, 1}};
	const struct sg_requires requires_list = {&require, 1};
	const struct sg_facts facts = {&fact, 1};
	const struct sg_gate_results results = {&result, 1};
	const struct sg_programs programs = {&program, 1};

	const struct sg_requires r = sg_copy_requires(arena, &requires_list);
	const struct sg_facts f = sg_copy_facts(arena, &facts);
	const struct sg_gate_results g = sg_copy_gate_results(arena, &results);
	const struct sg_programs p = sg_copy_programs(arena, &programs);
	const struct sg_manifest m = sg_copy_manifest(arena, &b->run.manifest);
	const struct sg_route *route = sg_copy_route(arena, &b->route);
	const struct sg_profile *profile = sg_copy_profile(arena, &b->profile);
	const struct sg_plan *plan = sg_copy_plan(arena, &b->plan);
	short_memory_disarm();
	/* whatever failed: each list can be walked, each text read */
	cr_assert(r.n == 0 || strcmp(r.v[0].subject, "SPC") == 0 || !*r.v[0].subject);
	cr_assert(f.n == 0 || f.v[0].misses.n <= 1);
	cr_assert(g.n == 0 || g.v[0].reasons.n <= 1);
	cr_assert(p.n == 0 || p.v[0].files.n <= 1);
	if (arena->failed)
		return SG_NOMEM;
	cr_assert(sg_manifest_equal(&m, &b->run.manifest));
	cr_assert_str_eq(f.v[0].misses.v[0].found, "nothing");
	cr_assert_str_eq(g.v[0].reasons.v[0], "one");
	cr_assert_str_eq(p.v[0].files.v[0].path, "a");
	cr_assert_str_eq(route->domain, b->route.domain);
	cr_assert_eq(profile->run.n, b->profile.run.n);
	cr_assert_eq(plan->required_eng_keys.n, 2);
	return SG_OK;
}

Test(short_texts, copies)
{
	struct run_builder b;
	rb_start(&b);
	b.route.meta = (struct sg_pairs){&(struct sg_pair){"a", "b"}, 1};
	const struct sg_baseline baseline = {"SPC", STRS("BRIEF_TOKEN")};
	b.profile.baseline = (struct sg_baselines){&baseline, 1};
	rb_pass(&b);
	cr_assert_gt(short_memory_each("copies", copy_short, &b), 100);
	rb_release(&b);
	SG_LEAKCHECK();
}

static enum sg_rc demand_short(struct sg_arena *arena, void *ctx)
{
	const struct sg_demand demand = {.name = "A",
		.min_bytes = 2,
		.contains = STRS("x"),
		.headings = STRS("y"),
		.yaml = true,
		.json = true};
	struct sg_strs items = {NULL, 77};
	(void)ctx;
	const enum sg_rc rc = sg_demand_items(arena, &demand, &items);
	short_memory_disarm();
	cr_assert_eq(items.n, rc == SG_OK ? sg_demand_count(&demand) : 77);
	return rc;
}

static enum sg_rc phases_short(struct sg_arena *arena, void *ctx)
{
	const struct sg_strs roles = STRS("CTL", "SPC");
	struct sg_strs phases = {NULL, 77};
	(void)ctx;
	const enum sg_rc rc = sg_phases_of(arena, &roles, &phases);
	short_memory_disarm();
	cr_assert(rc == SG_OK ? sg_strs_has(&phases, "CTL") : phases.n == 77);
	return rc;
}

static enum sg_rc folders_short(struct sg_arena *arena, void *ctx)
{
	const struct sg_file file = {.name = "A", .path = "a", .sha256 = "00"};
	(void)ctx;
	const char *folder = sg_phase_folder(arena, "0001", "SPC", 1);
	const char *engine = sg_engine_folder(arena, "KEY:ENG.A/B");
	const char *ref = sg_ref(arena, &file);
	short_memory_disarm();
	if (arena->failed) {
		cr_assert(folder && engine && ref, "what failed is still a text");
		return SG_NOMEM;
	}
	cr_assert_str_eq(folder, ".stepgate/steps/0001/SPC.1");
	cr_assert_str_eq(engine, "ENG.A%2FB");
	cr_assert_str_eq(ref, "a#sha256=00");
	return SG_OK;
}

Test(short_texts, what_else_core_makes)
{
	cr_assert_gt(short_memory_each("demand", demand_short, NULL), 5);
	cr_assert_gt(short_memory_each("phases", phases_short, NULL), 2);
	cr_assert_gt(short_memory_each("folders", folders_short, NULL), 3);
	SG_LEAKCHECK();
}
