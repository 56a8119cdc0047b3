/* SPDX-License-Identifier: GPL-3.0-or-later */
/* VERDICT: both gates in one event with CLOSE, and what a closed STEP leaves behind. */
#include <string.h>

#include "base/assert.h"
#include "base/hash.h"
#include "base/strbuf.h"
#include "base/table.h"
#include "core/changelog_entry.h"
#include "core/final.h"
#include "core/reduce_internal.h"

/* The trace's proofs as facts, where the event says what is wrong with one. */
static struct sg_facts facts_of(struct sg_rx *rx, const struct sg_facts *not_fresh)
{
	const struct sg_proofs *proofs = &rx->run->proofs;
	struct sg_facts none = {NULL, 0};
	struct sg_fact *v = sg_arena_array(rx->arena, proofs->n, sizeof(*v));
	if (!v)
		return none;
	struct sg_table said[3] = {SG_TABLE_INIT, SG_TABLE_INIT, SG_TABLE_INIT};
	for (size_t i = 0; i < not_fresh->n; i++)
		sg_table_put(&said[not_fresh->v[i].kind], not_fresh->v[i].name, i);
	for (size_t i = 0; i < proofs->n; i++) {
		const struct sg_proof *p = &proofs->v[i];
		size_t at = sg_table_get(&said[p->kind], p->name);
		v[i] = (struct sg_fact){.kind = p->kind,
			.name = p->name,
			.provenance = p->provenance,
			.tier = p->tier};
		if (at == SG_TABLE_NONE)
			continue;
		v[i].fresh = not_fresh->v[at].fresh;
		v[i].misses = not_fresh->v[at].misses;
	}
	for (size_t k = 0; k < SG_ARRAY_SIZE(said); k++) {
		rx->arena->failed |= said[k].failed;
		sg_table_release(&said[k]);
	}
	struct sg_facts facts = {v, proofs->n};
	return facts;
}

void sg_rx_patch_tracking(struct sg_rx *rx, const struct sg_patch *patch)
{
	struct sg_manifest *m = &rx->run->manifest;
	if (!patch->changed)
		return;
	m->last_patchset_id = patch->patchset_id;
	m->last_files_changed = patch->files;
	m->changelog_ref = sg_rx_text(rx, "CHANGELOG.md#%s", patch->patchset_id);
}

void sg_rx_effect_changelog(struct sg_rx *rx, const struct sg_patch *patch, const char *entry)
{
	if (!patch->changed || !*entry)
		return;
	SG_ASSERT(rx->effects->n < SG_EFFECT_MAX);
	struct sg_effect effect = {
		SG_EFFECT_CHANGELOG, "CHANGELOG.md", patch->patchset_id, entry};
	rx->effects->v[rx->effects->n++] = effect;
}

static void seal_pack(struct sg_rx *rx)
{
	struct sg_run *run = rx->run;
	struct sg_strbuf text = SG_STRBUF_INIT;
	sg_final_text(&text, run->manifest.step_id, &run->pack_list, &run->val_report,
		rx->event->prev);
	const char *folder = sg_phase_folder(
		rx->arena, run->manifest.step_id, "PACK", sg_run_attempts(run, "PACK"));
	char digest[SG_SHA256_HEX_SIZE];
	sg_sha256_of(text.bytes, text.n_bytes, digest);
	const char *path = sg_rx_text(rx, "%s/FINAL.yaml", folder);
	struct sg_effect effect = {
		SG_EFFECT_FINAL, path, "", sg_copy_str(rx->arena, text.bytes)};
	run->manifest.pack_output_ref = sg_rx_text(rx, "%s#sha256=%s", path, digest);
	rx->arena->failed |= sg_strbuf_failed(&text);
	SG_ASSERT(rx->effects->n < SG_EFFECT_MAX);
	rx->effects->v[rx->effects->n++] = effect;
	sg_strbuf_release(&text);
}

static void done_file(struct sg_rx *rx, const char *file)
{
	struct sg_strs_builder b;
	if (!*file || sg_strs_has(&rx->run->files_done, file))
		return;
	sg_strs_builder_init(&b, rx->arena);
	for (size_t i = 0; i < rx->run->files_done.n; i++)
		sg_strs_builder_add(&b, rx->run->files_done.v[i]);
	sg_strs_builder_add(&b, file);
	rx->run->files_done = sg_strs_builder_list(&b);
}

/* Its STEP is no PASS after all: the entry of steps.yaml is still to be done. */
static void undone_file(struct sg_rx *rx, const char *file)
{
	struct sg_strs_builder b;
	sg_strs_builder_init(&b, rx->arena);
	for (size_t i = 0; i < rx->run->files_done.n; i++)
		if (strcmp(rx->run->files_done.v[i], file) != 0)
			sg_strs_builder_add(&b, rx->run->files_done.v[i]);
	rx->run->files_done = sg_strs_builder_list(&b);
}

static void take_next(struct sg_rx *rx, const struct sg_ev_verdict *ev)
{
	struct sg_run *run = rx->run;
	/*
	 * What PACK wrote as NEXT_POINTER stands, also where steps.yaml says another thing by
	 * now; only what PACK's event does not carry, the entry's own route and profile, is
	 * still taken.
	 */
	if (!*run->next_file) {
		run->next_file = sg_copy_str(rx->arena, ev->next_file);
		run->next_goal = sg_copy_str(rx->arena, ev->next_goal);
		run->next_packed = true;
	}
	if (run->next_packed && strcmp(run->next_file, ev->next_file) == 0 &&
		strcmp(run->next_goal, ev->next_goal) == 0) {
		run->next_route = sg_copy_str(rx->arena, ev->next_route);
		run->next_profile = sg_copy_str(rx->arena, ev->next_profile);
	}
	run->manifest.resume_target.file = run->next_file;
	run->manifest.resume_target.goal = run->next_goal;
	run->manifest.next_pointer = run->next_file;
}

static void pass(struct sg_rx *rx, const struct sg_ev_verdict *ev)
{
	struct sg_run *run = rx->run;
	struct sg_manifest *m = &run->manifest;
	const struct sg_strs none = {NULL, 0};
	m->step_status = SG_STEP_STATUS_PASS;
	m->result_status = SG_RESULT_PASS;
	m->fail_code = "";
	m->fail_reasons = m->fix_list = none;
	m->resume_token = "";
	m->resume_allowed = true;
	m->resume_requirements = none;
	run->state = SG_STATE_PASSED;
	run->phase = "";
	run->last_pass_seq = rx->event->seq;
	run->last_pass_files = run->patch.files;
	done_file(rx, m->active_file);
	take_next(rx, ev);
	seal_pack(rx);
	/* with the entry that CHANGELOG_REF points to; STOP_GAP is no close and writes none */
	sg_rx_patch_tracking(rx, &run->patch);
	sg_rx_effect_changelog(rx, &run->patch, run->changelog_entry);
}

static void stop_gap(struct sg_rx *rx)
{
	struct sg_run *run = rx->run;
	const struct sg_verdict *v = &run->verdict;
	struct sg_stop stop;
	sg_stop_init(&stop, rx);
	for (size_t i = 0; i < v->reasons.n; i++)
		sg_stop_for_reason(&stop, &v->reasons.v[i]);
	stop.code = v->code;
	sg_stop_apply(&stop);
	/* the verdict's own words, to the byte what VAL_REPORT says */
	run->manifest.fail_reasons = v->fail_reasons;
	run->manifest.fix_list = v->fix_list;
}

void sg_rx_judge_again(struct sg_rx *rx)
{
	struct sg_run *run = rx->run;
	const struct sg_facts none = {NULL, 0};
	const struct sg_facts facts = facts_of(rx, &none);
	struct sg_manifest *judged = sg_arena_alloc(rx->arena, sizeof(*judged));
	if (!judged)
		return;
	*judged = run->manifest;
	struct sg_gate_input input = {.manifest = judged,
		.plan = run->plan,
		.profile = run->profile,
		.facts = &facts,
		.others = run->verdict.others};
	if (sg_verdict_judge(rx->arena, &input, &run->verdict) != SG_OK) {
		sg_rx_nomem(rx);
		return;
	}
	if (run->verdict.pass)
		return;
	undone_file(rx, run->manifest.active_file);
	stop_gap(rx);
}

void sg_rx_verdict(struct sg_rx *rx)
{
	const struct sg_ev_verdict *ev = &rx->event->u.verdict;
	struct sg_run *run = rx->run;
	struct sg_gate_results *others = sg_arena_alloc(rx->arena, sizeof(*others));
	if (!others)
		return;
	*others = sg_copy_gate_results(rx->arena, &ev->others);
	struct sg_facts facts = facts_of(rx, &ev->facts);
	struct sg_gate_input input = {.manifest = &run->manifest,
		.plan = run->plan,
		.profile = run->profile,
		.facts = &facts,
		.others = others,
		.val_in_progress = true};
	struct sg_manifest *judged = sg_arena_alloc(rx->arena, sizeof(*judged));
	if (!judged)
		return;
	/* the verdict may borrow from its input: give it a copy that stays */
	*judged = run->manifest;
	input.manifest = judged;
	if (sg_verdict_judge(rx->arena, &input, &run->verdict) != SG_OK) {
		sg_rx_nomem(rx);
		return;
	}
	struct sg_shadows shadows = ev->shadows;
	shadows.green = sg_copy_str(rx->arena, ev->shadows.green);
	(void)sg_verdict_take_shadows(rx->arena, &shadows, &run->verdict); /* the arena knows */
	run->has_verdict = true;
	run->policy = sg_copy_str(rx->arena, ev->policy);
	run->val_report = sg_copy_file(rx->arena, &ev->report);
	struct sg_files *report = sg_arena_alloc(rx->arena, sizeof(*report));
	struct sg_file *file = sg_arena_alloc(rx->arena, sizeof(*file));
	if (!report || !file)
		return;
	*file = run->val_report;
	report->v = file;
	report->n = 1;
	bool stood = sg_rx_role_row(rx, "VAL", SG_ROW_STATUS_RAN, report,
		sg_rx_text(rx, "%s, OBSERVED", run->verdict.pass ? "PASS" : "FAIL"));
	struct sg_proof proof = {.kind = SG_FACT_ROLE,
		.name = "VAL",
		.phase = "VAL",
		.attempt = run->phase_attempt,
		.provenance = SG_PROVENANCE_OBSERVED,
		.tier = SG_TIER_FULL,
		.exec = {.folder = "",
			.cause = SG_CAUSE_EXITED,
			.program_sha256 = "",
			.inputs_sha256 = "",
			.log = "",
			.error = "",
			.walls = ""},
		.files = *report,
		.source_eng = ""};
	sg_rx_proof(rx, &proof, stood);
	sg_rx_outputs(rx, report, "VAL", &proof, NULL);
	if (run->verdict.pass)
		pass(rx, ev);
	else
		stop_gap(rx);
	run->manifest.val_report_ref = sg_ref(rx->arena, &run->val_report);
}
