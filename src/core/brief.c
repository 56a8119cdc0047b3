/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The brief and its digest. */
#include "core/brief.h"

#include <string.h>

#include "base/hash.h"
#include "base/strbuf.h"
#include "base/table.h"

static const char *keep(struct sg_arena *arena, struct sg_strbuf *sb)
{
	const char *text = sg_strbuf_failed(sb) ? NULL : sg_arena_str(arena, sb->bytes);
	sg_strbuf_release(sb);
	return text ? text : "";
}

static void add_argv(struct sg_strbuf *sb, const struct sg_binding *binding, sg_say_fn *say)
{
	if (!binding) {
		sg_strbuf_adds(sb, sg_say(say, "not bound"));
	} else if (binding->manual) {
		sg_strbuf_adds(sb, sg_say(say, "by hand"));
	} else {
		for (size_t i = 0; i < binding->argv.n; i++)
			sg_strbuf_addf(sb, "%s%s", i ? " " : "", binding->argv.v[i]);
	}
}

static const struct sg_binding *binding_of(const struct sg_run *run, const char *key)
{
	return run->profile ? sg_profile_binding(run->profile, key) : NULL;
}

static void add_engines(struct sg_strbuf *sb, const struct sg_run *run, sg_say_fn *say)
{
	struct sg_table kept = SG_TABLE_INIT;
	for (size_t i = 0; i < run->kept_engines.n; i++)
		sg_table_put(&kept, sg_key_bare(run->kept_engines.v[i]), i);
	sg_strbuf_addf(sb,
		sg_say_n(say, "%zu of %zu engine", "%zu of %zu engines",
			run->required_engines.n),
		run->required_engines.n - run->kept_engines.n, run->required_engines.n);
	for (size_t i = 0; i < run->required_engines.n; i++) {
		const char *key = run->required_engines.v[i];
		if (sg_table_get(&kept, sg_key_bare(key)) != SG_TABLE_NONE)
			continue;
		sg_strbuf_addf(sb, "; %s: ", sg_key_bare(key));
		add_argv(sb, binding_of(run, key), say);
	}
	sg_table_release(&kept);
}

static void add_gates(struct sg_strbuf *sb, const struct sg_run *run, sg_say_fn *say)
{
	sg_strbuf_adds(sb, sg_say(say, "both gates, stepgate itself"));
	for (size_t i = 0; i < run->manifest.required_val_keys.n; i++) {
		const char *key = run->manifest.required_val_keys.v[i];
		if (sg_key_equal(key, SG_VAL_COVERAGE_KEY) ||
			sg_key_equal(key, SG_VAL_CONTRACT_KEY))
			continue;
		sg_strbuf_addf(sb, "; %s: ", sg_key_bare(key));
		add_argv(sb, binding_of(run, key), say);
	}
}

/* With CADENCE: step the signal goes on behind its phase: each that follows is named too. */
static void add_following(struct sg_strbuf *sb, const struct sg_run *run, sg_say_fn *say)
{
	struct sg_run at = *run;
	const char *lead = sg_say(say, "; then ");
	/* as it will be behind the signal's own BEGIN */
	at.manifest.resume_allowed = false;
	for (;;) {
		at.phase = sg_phase_after(&run->phases, at.phase);
		if (!*at.phase || strcmp(at.phase, "CLOSE") == 0 || !sg_run_follows(&at))
			return;
		sg_strbuf_addf(sb, "%s%s", lead, at.phase);
		enum sg_phase kind = sg_phase_kind(at.phase);
		if (kind == SG_PHASE_SPC || kind == SG_PHASE_ROLE) {
			sg_strbuf_adds(sb, ": ");
			add_argv(sb, binding_of(run, at.phase), say);
		}
		lead = ", ";
	}
}

static const char *next_action(struct sg_arena *arena, const struct sg_run *run, sg_say_fn *say)
{
	struct sg_strbuf sb = SG_STRBUF_INIT;
	if (run->state == SG_STATE_PASSED) {
		sg_strbuf_addf(&sb, "%s: %s", run->next_file, run->next_goal);
		return keep(arena, &sb);
	}
	switch (sg_phase_kind(run->phase)) {
	case SG_PHASE_ROUTE:
		sg_strbuf_addf(&sb, sg_say(say, "read and precheck %s"),
			*run->route_path ? run->route_path
					 : sg_say(say, "(no route given yet)"));
		if (*run->profile_path)
			sg_strbuf_addf(&sb, sg_say(say, " with %s"), run->profile_path);
		break;
	case SG_PHASE_ORC: add_engines(&sb, run, say); break;
	case SG_PHASE_PACK:
		sg_strbuf_adds(
			&sb, sg_say(say, "gather the contract's outputs, stepgate itself"));
		break;
	case SG_PHASE_VAL: add_gates(&sb, run, say); break;
	case SG_PHASE_SPC:
	case SG_PHASE_ROLE: add_argv(&sb, binding_of(run, run->phase), say); break;
	case SG_PHASE_OPEN:
	case SG_PHASE_CLOSE:
	case SG_PHASE_COUNT: break;
	}
	add_following(&sb, run, say);
	return keep(arena, &sb);
}

/* --- what ran --- */

static const char *detail_of(
	struct sg_arena *arena, const struct sg_run *run, const struct sg_proof *proof)
{
	struct sg_strbuf sb = SG_STRBUF_INIT;
	const char *notes = "";
	if (proof->kind == SG_FACT_ENGINE) {
		const struct sg_engine_row *row =
			sg_manifest_engine(&run->manifest, proof->name);
		notes = row ? row->notes : "";
	} else {
		const struct sg_role_row *row = sg_manifest_role(&run->manifest, proof->name);
		notes = row ? row->notes : "";
	}
	sg_strbuf_adds(&sb, notes);
	for (size_t i = 0; i < proof->files.n; i++)
		sg_strbuf_addf(&sb, "%s%s %.8s", i ? ", " : " -> ", proof->files.v[i].name,
			proof->files.v[i].sha256);
	return keep(arena, &sb);
}

static enum sg_fresh fresh_of(
	const struct sg_facts *facts, enum sg_fact_kind kind, const char *name)
{
	for (size_t i = 0; facts && i < facts->n; i++)
		if (facts->v[i].kind == kind && strcmp(facts->v[i].name, name) == 0)
			return facts->v[i].fresh;
	return SG_FRESH_FRESH;
}

static const char *status_of(const struct sg_run *run, const struct sg_proof *proof)
{
	if (proof->kind == SG_FACT_ENGINE) {
		const struct sg_engine_row *row =
			sg_manifest_engine(&run->manifest, proof->name);
		return row ? row->status_text : "";
	}
	const struct sg_role_row *row = sg_manifest_role(&run->manifest, proof->name);
	return row ? row->status_text : "";
}

static const char *ended_phase(const struct sg_run *run)
{
	if (run->state == SG_STATE_PASSED)
		return "VAL";
	if (run->state == SG_STATE_STOPPED)
		return run->phase;
	size_t at = sg_phase_index(&run->phases, run->phase);
	return at > 0 && at < run->phases.n ? run->phases.v[at - 1] : "";
}

static void add_rows(
	struct sg_arena *arena, const struct sg_brief_input *input, struct sg_brief *brief)
{
	const struct sg_proofs *proofs = &input->run->proofs;
	struct sg_brief_row *rows = sg_arena_array(arena, proofs->n, sizeof(*rows));
	if (!rows)
		return;
	for (size_t i = 0; i < proofs->n; i++) {
		const struct sg_proof *p = &proofs->v[i];
		bool of_pack = strcmp(brief->ended, "PACK") == 0 && p->kind == SG_FACT_OUTPUT;
		if (strcmp(p->phase, brief->ended) != 0 ||
			(p->kind == SG_FACT_OUTPUT && !of_pack))
			continue;
		struct sg_brief_row row = {p->name,
			of_pack ? "present" : status_of(input->run, p),
			detail_of(arena, input->run, p), p->provenance, p->tier,
			fresh_of(input->facts, p->kind, p->name)};
		rows[brief->n_rows++] = row;
	}
	brief->rows = rows;
}

static void add_stale(
	struct sg_arena *arena, const struct sg_facts *facts, struct sg_brief *brief)
{
	struct sg_strs_builder b;
	sg_strs_builder_init(&b, arena);
	for (size_t i = 0; facts && i < facts->n; i++)
		if (facts->v[i].fresh != SG_FRESH_FRESH)
			sg_strs_builder_add_once(&b, facts->v[i].name);
	brief->stale = sg_strs_builder_list(&b);
}

static void add_tallies(
	struct sg_arena *arena, const struct sg_brief_input *input, struct sg_brief *brief)
{
	const struct sg_run *run = input->run;
	if (!run->route || !run->profile)
		return;
	struct sg_gate_input gate = {.manifest = &run->manifest,
		.plan = run->plan,
		.profile = run->profile,
		.facts = input->facts,
		.val_in_progress = true};
	struct sg_verdict v;
	if (sg_verdict_judge(arena, &gate, &v) != SG_OK)
		return;
	for (unsigned c = 0; c < SG_CHECK_COUNT; c++) {
		bool contract = c == SG_CHECK_D0 || c == SG_CHECK_D1 || c == SG_CHECK_D2;
		struct sg_tally *t = contract ? &brief->contract : &brief->coverage;
		t->passed += v.tally[c].passed;
		t->total += v.tally[c].total;
	}
	brief->engines.passed = v.eng_ran.n;
	brief->engines.total = v.required_eng_keys.n;
	brief->not_checked = v.not_checked;
}

/* --- the digest: every value that is shown, one a line, each after its length --- */

static void digest_text(struct sg_sha256 *sha, const char *text)
{
	size_t n = strlen(text);
	sg_sha256_add(sha, &n, sizeof(n));
	sg_sha256_add(sha, text, n);
}

static void digest_number(struct sg_sha256 *sha, uint64_t number)
{
	sg_sha256_add(sha, &number, sizeof(number));
}

static void digest_strs(struct sg_sha256 *sha, const struct sg_strs *list)
{
	digest_number(sha, list->n);
	for (size_t i = 0; i < list->n; i++)
		digest_text(sha, list->v[i]);
}

static void make_digest(const struct sg_brief_input *input, struct sg_brief *brief)
{
	struct sg_sha256 sha;
	sg_sha256_begin(&sha);
	digest_text(&sha, input->head);
	digest_number(&sha, (uint64_t)input->run->state);
	digest_text(&sha, input->run->phase);
	digest_text(&sha, brief->ended);
	digest_number(&sha, brief->n_rows);
	for (size_t i = 0; i < brief->n_rows; i++) {
		digest_text(&sha, brief->rows[i].name);
		digest_text(&sha, brief->rows[i].status);
		digest_text(&sha, brief->rows[i].detail);
		digest_number(&sha, (uint64_t)brief->rows[i].provenance);
		digest_number(&sha, (uint64_t)brief->rows[i].tier);
		digest_number(&sha, (uint64_t)brief->rows[i].fresh);
	}
	const size_t counts[] = {brief->coverage.passed, brief->coverage.total,
		brief->contract.passed, brief->contract.total, brief->engines.passed,
		brief->engines.total};
	for (size_t i = 0; i < SG_ARRAY_SIZE(counts); i++)
		digest_number(&sha, counts[i]);
	digest_strs(&sha, &brief->stale);
	digest_strs(&sha, &brief->changed);
	digest_strs(&sha, &brief->not_checked);
	digest_text(&sha, brief->next);
	digest_text(&sha, brief->next_action);
	digest_text(&sha, brief->tier_note);
	digest_number(&sha, (uint64_t)brief->changed_known << 2 | (uint64_t)brief->out << 1 |
				    (uint64_t)brief->awaits_record);
	sg_sha256_end(&sha, brief->digest);
}

static const char *next_name(struct sg_arena *arena, const struct sg_run *run)
{
	if (run->state == SG_STATE_AWAIT)
		return run->phase;
	char id[SG_STEP_ID_SIZE];
	sg_step_id_after(run->manifest.step_id, id);
	const char *name = sg_arena_printf(arena, "STEP %s", id);
	return name ? name : "";
}

enum sg_rc sg_brief_make(
	struct sg_arena *arena, const struct sg_brief_input *input, struct sg_brief *ret)
{
	const struct sg_run *run = input->run;
	struct sg_brief brief = {.ended = ended_phase(run),
		.next = "",
		.next_action = "",
		.next_said = "",
		.tier_note = "",
		.changed = input->changed,
		.changed_known = input->changed_known};
	brief.out = run->state == SG_STATE_AWAIT ||
		    (run->state == SG_STATE_PASSED && *run->next_file && *run->next_goal);
	if (brief.out) {
		brief.next = next_name(arena, run);
		brief.next_action = next_action(arena, run, NULL);
		brief.next_said =
			input->say ? next_action(arena, run, input->say) : brief.next_action;
	}
	add_rows(arena, input, &brief);
	add_stale(arena, input->facts, &brief);
	add_tallies(arena, input, &brief);
	brief.awaits_record = sg_run_awaits_record(run);
	if (run->profile && run->profile->sandbox == SG_TIER_NONE)
		brief.tier_note = SG_TIER_NONE_NOTE;
	make_digest(input, &brief);
	if (sg_arena_failed(arena))
		return SG_NOMEM;
	*ret = brief;
	return SG_OK;
}

const char *sg_next_command(const struct sg_run *run)
{
	switch (run->state) {
	case SG_STATE_EMPTY: return "init";
	case SG_STATE_IDLE:
	case SG_STATE_FAILED: return "step \"goal\" --file FILE --route ROUTE";
	case SG_STATE_AWAIT: return SG_USER_SIGNAL;
	case SG_STATE_STOPPED:
		/*
		 * the first fix, where it is a command; else it is done in the files and then
		 * resumed
		 */
		if (!*run->route_path && strcmp(run->stop_phase, "ROUTE") == 0)
			return "route FILE";
		return "resume";
	case SG_STATE_PASSED: return *run->next_file ? SG_USER_SIGNAL : "next FILE \"goal\"";
	case SG_STATE_BUSY:
	case SG_STATE_COUNT: break;
	}
	return "";
}
