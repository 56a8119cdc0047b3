/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The brief and its digest. */
#include "core/brief.h"

#include <string.h>

#include "base/hash.h"
#include "base/utf8.h"
#include "base/strbuf.h"
#include "base/table.h"

static const char *keep(struct sg_arena *arena, struct sg_strbuf *sb)
{
	const char *text = sg_strbuf_failed(sb) ? NULL : sg_arena_str(arena, sb->bytes);
	arena->failed = arena->failed || !text; /* half a brief must not be signalled */
	sg_strbuf_release(sb);
	return text ? text : "";
}

/* Bytes that need no quotes in any shell; a word of others stands between single quotes. */
static bool plain_word(const char *word)
{
	for (const char *p = word; *p; p++)
		if (!strchr("./_-:=@%+,", *p) && !(*p >= '0' && *p <= '9') &&
			!(*p >= 'A' && *p <= 'Z') && !(*p >= 'a' && *p <= 'z') &&
			!((unsigned char)*p & 0x80))
			return false;
	return *word != '\0';
}

/*
 * One word of an argv as it can be told from its neighbours: what the signal starts must not be
 * able to look like two commands. Line breaks become visible, so that a row ends only where one
 * of ours does.
 */
static void add_word(struct sg_strbuf *sb, const char *word)
{
	struct sg_strbuf clean = SG_STRBUF_INIT;
	sg_utf8_sanitise(&clean, word, strlen(word), SG_SANITISE_LINE);
	if (plain_word(word)) {
		sg_strbuf_adds(sb, clean.bytes);
	} else {
		sg_strbuf_addc(sb, '\'');
		for (const char *p = clean.bytes; *p; p++)
			sg_strbuf_addf(sb, *p == '\'' ? "'\\''" : "%c", *p);
		sg_strbuf_addc(sb, '\'');
	}
	if (sg_strbuf_failed(&clean))
		sb->failed = true;
	sg_strbuf_release(&clean);
}

static void add_argv(struct sg_strbuf *sb, const struct sg_binding *binding, sg_say_fn *say)
{
	if (!binding) {
		sg_strbuf_adds(sb, sg_say(say, "not bound"));
	} else if (binding->manual) {
		sg_strbuf_adds(sb, sg_say(say, "by hand"));
	} else {
		for (size_t i = 0; i < binding->argv.n; i++) {
			sg_strbuf_adds(sb, i ? " " : "");
			add_word(sb, binding->argv.v[i]);
		}
	}
}

static const struct sg_binding *binding_of(const struct sg_run *run, const char *key)
{
	return run->profile ? sg_profile_binding(run->profile, key) : NULL;
}

static void add_engines(
	struct sg_arena *arena, struct sg_strbuf *sb, const struct sg_run *run, sg_say_fn *say)
{
	struct sg_table kept = SG_TABLE_INIT;
	for (size_t i = 0; i < run->kept_engines.n; i++)
		sg_table_put(&kept, sg_key_bare(run->kept_engines.v[i]), i);
	arena->failed = arena->failed || kept.failed;
	sg_strbuf_addf(sb,
		sg_say_n(say, "%zu of %zu engine", "%zu of %zu engines",
			run->required_engines.n),
		run->required_engines.n - run->kept_engines.n, run->required_engines.n);
	for (size_t i = 0; i < run->required_engines.n; i++) {
		const char *key = run->required_engines.v[i];
		if (sg_table_get(&kept, sg_key_bare(key)) != SG_TABLE_NONE)
			continue;
		sg_strbuf_addf(sb, "\n%s: ", sg_key_bare(key));
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
		sg_strbuf_addf(sb, "\n%s: ", sg_key_bare(key));
		add_argv(sb, binding_of(run, key), say);
	}
}

/* With CADENCE: step the signal goes on behind its phase: each that follows is named too. */
static void add_following(struct sg_strbuf *sb, const struct sg_run *run, sg_say_fn *say)
{
	struct sg_run at = *run;
	const char *lead = sg_say(say, "\nthen ");
	/* as it will be behind the signal's own BEGIN */
	at.manifest.resume_allowed = false;
	for (;;) {
		at.phase = sg_phase_after(&run->phases, at.phase);
		if (!*at.phase || strcmp(at.phase, "CLOSE") == 0 || !sg_run_follows(&at))
			return;
		sg_strbuf_addf(sb, "%s%s", lead, at.phase);
		/* SPC is behind ROUTE, which runs alone: it never follows */
		if (sg_phase_kind(at.phase) == SG_PHASE_ROLE) {
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
	case SG_PHASE_ORC: add_engines(arena, &sb, run, say); break;
	case SG_PHASE_PACK:
		sg_strbuf_adds(
			&sb, sg_say(say, "gather the contract's outputs, stepgate itself"));
		break;
	case SG_PHASE_VAL: add_gates(&sb, run, say); break;
	case SG_PHASE_SPC:
	case SG_PHASE_ROLE: add_argv(&sb, binding_of(run, run->phase), say); break;
	case SG_PHASE_OPEN:
	case SG_PHASE_CLOSE:
	case SG_PHASE_COUNT:;
	}
	add_following(&sb, run, say);
	return keep(arena, &sb);
}

/* --- what ran --- */

/* Rows and facts by name: a ledger may be long, and the brief is made again at every change. */
struct lookup {
	struct sg_table engines; /* bare key -> row */
	struct sg_table facts[3];
};

static void lookup_fill(
	struct sg_arena *arena, const struct sg_brief_input *input, struct lookup *look)
{
	const struct sg_engine_rows *rows = &input->run->manifest.engines.entries;
	const struct sg_facts *facts = input->facts;
	memset(look, 0, sizeof(*look));
	for (size_t i = 0; i < rows->n; i++)
		sg_table_put(&look->engines, sg_key_bare(rows->v[i].eng_key), i);
	for (size_t i = 0; facts && i < facts->n; i++)
		sg_table_put(&look->facts[facts->v[i].kind], facts->v[i].name, i);
	arena->failed |= look->engines.failed;
	for (size_t k = 0; k < SG_ARRAY_SIZE(look->facts); k++)
		arena->failed |= look->facts[k].failed;
}

static void lookup_release(struct lookup *look)
{
	sg_table_release(&look->engines);
	for (size_t k = 0; k < SG_ARRAY_SIZE(look->facts); k++)
		sg_table_release(&look->facts[k]);
}

static const char *detail_of(struct sg_arena *arena, const char *notes,
	const struct sg_files *files, const struct sg_files *partial)
{
	struct sg_strbuf sb = SG_STRBUF_INIT;
	sg_strbuf_adds(&sb, notes);
	for (size_t i = 0; i < files->n; i++)
		sg_strbuf_addf(&sb, "%s%s %.8s", i ? ", " : " -> ", files->v[i].name,
			files->v[i].sha256);
	for (size_t i = 0; i < partial->n; i++)
		sg_strbuf_addf(&sb, "%s%s %.8s",
			i ? ", " : " -> INCOMPLETE: ", partial->v[i].name,
			partial->v[i].sha256);
	return keep(arena, &sb);
}

static struct sg_brief_row row_of(struct sg_arena *arena, const struct sg_brief_input *input,
	const struct lookup *look, const struct sg_proof *proof)
{
	const struct sg_manifest *m = &input->run->manifest;
	const char *status = "present";
	const char *notes = "";
	if (proof->kind == SG_FACT_ENGINE) {
		size_t at = sg_table_get(&look->engines, sg_key_bare(proof->name));
		status = at == SG_TABLE_NONE ? "" : m->engines.entries.v[at].status_text;
		notes = at == SG_TABLE_NONE ? "" : m->engines.entries.v[at].notes;
	} else if (proof->kind == SG_FACT_ROLE) {
		const struct sg_role_row *row = sg_manifest_role(m, proof->name);
		status = row ? row->status_text : "";
		notes = row ? row->notes : "";
	}
	size_t fact = sg_table_get(&look->facts[proof->kind], proof->name);
	return (struct sg_brief_row){proof->name, status,
		detail_of(arena, notes, &proof->files, &proof->partial), proof->provenance,
		proof->tier,
		fact == SG_TABLE_NONE ? SG_FRESH_FRESH : input->facts->v[fact].fresh};
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
	bool pack = strcmp(brief->ended, "PACK") == 0;
	struct lookup look;
	if (!rows)
		return;
	lookup_fill(arena, input, &look);
	for (size_t i = 0; i < proofs->n; i++) {
		const struct sg_proof *p = &proofs->v[i];
		/* of a role or an engine the outputs stand in its own row; PACK has none */
		if (strcmp(p->phase, brief->ended) == 0 && (pack || p->kind != SG_FACT_OUTPUT))
			rows[brief->n_rows++] = row_of(arena, input, &look, p);
	}
	lookup_release(&look);
	brief->rows = rows;
}

static void add_stale(
	struct sg_arena *arena, const struct sg_facts *facts, struct sg_brief *brief)
{
	struct sg_strs_builder b;
	struct sg_table seen = SG_TABLE_INIT;
	sg_strs_builder_init(&b, arena);
	for (size_t i = 0; facts && i < facts->n; i++)
		if (facts->v[i].fresh != SG_FRESH_FRESH &&
			sg_table_put(&seen, facts->v[i].name, i) == SG_TABLE_NONE)
			sg_strs_builder_add(&b, facts->v[i].name);
	arena->failed = arena->failed || seen.failed;
	sg_table_release(&seen);
	brief->stale = sg_strs_builder_list(&b);
}

/* What CONTRACT will refuse is told as soon as the output is there, not at VAL. */
static void add_misses(
	struct sg_arena *arena, const struct sg_verdict *v, struct sg_brief *brief)
{
	struct sg_strs_builder b;
	sg_strs_builder_init(&b, arena);
	for (size_t i = 0; i < v->reasons.n; i++) {
		const struct sg_reason *r = &v->reasons.v[i];
		/* the code and the check stand in front of what is said */
		const size_t head = strlen(sg_code_name(r->code)) + strlen(": D3: ");
		if (r->check == SG_CHECK_D3)
			sg_strs_builder_add(&b, r->text + head);
	}
	brief->misses = sg_strs_builder_list(&b);
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
	if (sg_verdict_judge(arena, &gate, &v) != SG_OK) {
		arena->failed = true;
		return;
	}
	for (unsigned c = 0; c < SG_CHECK_COUNT; c++) {
		bool contract = c >= SG_CHECK_D0 && c <= SG_CHECK_D3;
		struct sg_tally *t = contract ? &brief->contract : &brief->coverage;
		t->passed += v.tally[c].passed;
		t->total += v.tally[c].total;
	}
	brief->engines.passed = v.eng_ran.n;
	brief->engines.total = v.required_eng_keys.n;
	brief->not_checked = v.not_checked;
	add_misses(arena, &v, brief);
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
		brief->engines.total, brief->shadows.tried, brief->shadows.red,
		brief->shadows.of};
	for (size_t i = 0; i < SG_ARRAY_SIZE(counts); i++)
		digest_number(&sha, counts[i]);
	digest_strs(&sha, &brief->stale);
	digest_strs(&sha, &brief->misses);
	digest_strs(&sha, &brief->changed);
	digest_strs(&sha, &brief->edited);
	digest_text(&sha, brief->edited_since);
	digest_strs(&sha, &brief->programs);
	digest_strs(&sha, &brief->not_checked);
	digest_text(&sha, brief->next);
	digest_text(&sha, brief->next_action);
	digest_text(&sha, brief->tier_note);
	digest_text(&sha, brief->by_hand ? brief->by_hand : "");
	digest_number(&sha, (uint64_t)brief->changed_known << 2 | (uint64_t)brief->out << 1 |
				    (uint64_t)brief->awaits_record);
	sg_sha256_end(&sha, brief->digest);
}

enum sg_tier sg_run_tier(const struct sg_run *run)
{
	return run->profile && run->profile->sandbox != SG_TIER_NONE ? run->tier : SG_TIER_NONE;
}

const char *sg_tier_note(const struct sg_run *run)
{
	static const char *const partial[][2] = {
		{"namespaces", SG_SAY("SANDBOX: partial - the wall namespaces is missing")},
		{"landlock", SG_SAY("SANDBOX: partial - the wall landlock is missing")},
		{"seccomp", SG_SAY("SANDBOX: partial - the wall seccomp is missing")},
		{"namespaces, landlock", SG_SAY("SANDBOX: partial - the walls namespaces and "
						"landlock are missing")},
		{"namespaces, seccomp", SG_SAY("SANDBOX: partial - the walls namespaces and "
					       "seccomp are missing")},
		{"landlock, seccomp", SG_SAY("SANDBOX: partial - the walls landlock and "
					     "seccomp are missing")},
	};
	/*
	 * ROUTE stops where there are fewer than are asked for: nothing runs that could be told
	 * of
	 */
	if (!run->profile || run->profile->sandbox > run->tier)
		return "";
	switch (sg_run_tier(run)) {
	case SG_TIER_FULL: return SG_TIER_FULL_NOTE;
	case SG_TIER_PARTIAL:
		for (size_t i = 0; i < SG_ARRAY_SIZE(partial); i++)
			if (strcmp(run->walls, partial[i][0]) == 0)
				return partial[i][1];
		return SG_SAY("SANDBOX: partial - walls are missing");
	case SG_TIER_NONE:
	case SG_TIER_COUNT:;
	}
	return SG_TIER_NONE_NOTE;
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
		.edited = input->edited,
		.edited_since = input->edited_since ? input->edited_since : "",
		.programs = input->programs,
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
	if (run->state == SG_STATE_PASSED)
		brief.shadows = run->verdict.shadows;
	brief.by_hand = sg_run_record_awaited(run);
	brief.awaits_record = brief.by_hand != NULL;
	brief.tier_note = sg_tier_note(run);
	brief.tier = sg_run_tier(run);
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
	case SG_STATE_COUNT:;
	}
	return "";
}
