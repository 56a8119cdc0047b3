/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * VAL: the gates that are bound to commands, the facts as they stand now, the verdict, its
 * report.
 */
#include <string.h>

#include "base/fs.h"
#include "base/utf8.h"
#include "core/brief.h"
#include "core/copy.h"
#include "core/scope.h"
#include "exec/runner_internal.h"
#include "format/report.h"
#include "store/patch.h"

#define REASONS_MAX        100
#define REASON_MAX_BYTES   1000
#define POLICY_MAX_BYTES   ((size_t)64 << 10)
#define POLICY_SHOWN_BYTES ((size_t)2000)
#define POLICY_SHOWN_LINES 20

struct val {
	struct sg_rn *rn;
	struct sg_gate_result *results; /* in the order of REQUIRED_VAL_KEYS */
	size_t n;
	struct sg_facts facts;
	const char *policy;
	const struct sg_command *commands; /* the gates that ran */
	size_t n_commands;
};

/* --- gates bound to a command --- */

static bool is_own_gate(const char *key)
{
	return sg_key_equal(key, SG_VAL_COVERAGE_KEY) || sg_key_equal(key, SG_VAL_CONTRACT_KEY);
}

static struct sg_strs one_reason(struct sg_rn *rn, const char *text)
{
	struct sg_strs_builder b;
	sg_strs_builder_init(&b, rn->arena);
	sg_strs_builder_add(&b, sg_copy_str(rn->arena, text));
	return sg_strs_builder_list(&b);
}

/* The lines of its stdout, made visible; a line may hold anything. */
static struct sg_strs reasons_of(struct sg_rn *rn, const struct sg_strbuf *said)
{
	struct sg_strs_builder b;
	sg_strs_builder_init(&b, rn->arena);
	const char *end = said->bytes + said->n_bytes;
	for (const char *at = said->bytes; at < end && b.n < REASONS_MAX;) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		const size_t n = (size_t)((stop ? stop : end) - at);
		struct sg_strbuf line = SG_STRBUF_INIT;
		sg_utf8_sanitise(&line, at, n < REASON_MAX_BYTES ? n : REASON_MAX_BYTES,
			SG_SANITISE_LINE);
		if (line.n_bytes)
			sg_strs_builder_add(&b, sg_copy_str(rn->arena, line.bytes));
		sg_strbuf_release(&line);
		at = stop ? stop + 1 : end;
	}
	return sg_strs_builder_list(&b);
}

static const char *how_it_ended(struct sg_rn *rn, const struct sg_exec *exec)
{
	if (*exec->error)
		return exec->error;
	const char *text = exec->cause == SG_CAUSE_EXITED
				   ? sg_arena_printf(rn->arena, "exit %d", exec->exit_status)
				   : sg_arena_printf(rn->arena, "%s, signal %d",
					     sg_cause_name(exec->cause), exec->signal);
	return text ? text : "";
}

static void judge_gate(struct sg_rn *rn, const struct sg_command *c,
	const struct sg_strbuf *said, struct sg_gate_result *ret)
{
	const bool exited = c->exec.cause == SG_CAUSE_EXITED && !*c->exec.error;
	ret->tier = c->exec.tier;
	ret->walls = c->exec.walls;
	ret->reasons = reasons_of(rn, said);
	if (exited && c->exec.exit_status == 0) {
		ret->outcome = SG_GATE_PASS;
	} else if (exited && c->exec.exit_status == 1) {
		ret->outcome = SG_GATE_FAIL;
	} else {
		ret->outcome = SG_GATE_NOT_EVALUATED;
		ret->reasons = one_reason(rn, how_it_ended(rn, &c->exec));
	}
}

static enum sg_rc hold_to_pin(struct sg_rn *rn, struct sg_gate_result *result,
	struct sg_command *command, bool *ret_holds, struct sg_err *err)
{
	struct sg_strs changes = {NULL, 0};
	const enum sg_rc rc = sg_rn_pinned(rn, command, &changes, err);
	*ret_holds = changes.n == 0;
	if (rc == SG_OK && changes.n) {
		result->outcome = SG_GATE_CHANGED;
		result->reasons = changes;
	}
	return rc;
}

/* *ret_runs false: its command is another than was pinned, and the result says so. */
static enum sg_rc add_gate(struct sg_rn *rn, struct sg_gate_result *result,
	const struct sg_binding *binding, struct sg_command *ret, bool *ret_runs,
	struct sg_err *err)
{
	const char *key = result->key;
	const char *folder = sg_engine_folder(rn->arena, key);
	ret->name = key;
	ret->eng_key = "";
	ret->folder = sg_arena_printf(rn->arena, "%s/%s", rn->folder, folder);
	ret->binding = binding;
	ret->inputs = sg_rn_run(rn);
	if (!ret->folder)
		return sg_rn_nomem(err);
	return hold_to_pin(rn, result, ret, ret_runs, err);
}

/*
 * One after the other, each looked at just before it runs: a gate that may write must not be
 * able to change the next one behind our back.
 */
static enum sg_rc run_gate(struct val *val, struct sg_gate_result *result,
	const struct sg_binding *binding, struct sg_command *command, struct sg_err *err)
{
	struct sg_rn *rn = val->rn;
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf said = SG_STRBUF_INIT;
	const struct sg_commands one = {
		.v = command, .n = 1, .at_once = 1, .stdout_copy = &said};
	bool runs = false;
	enum sg_rc rc = add_gate(rn, result, binding, command, &runs, err);
	if (rc < 0 || !runs)
		return rc;
	rc = sg_rn_run_commands(rn, &one, err);
	if (rc < 0)
		return rc;
	judge_gate(rn, command, &said, result);
	/*
	 * swapped between the look and the start, it would have judged; so it is looked at
	 * again
	 */
	return hold_to_pin(rn, result, command, &runs, err);
}

static enum sg_rc other_gates(struct val *val, struct sg_err *err)
{
	struct sg_rn *rn = val->rn;
	const struct sg_strs required =
		sg_copy_strs(rn->arena, &sg_rn_run(rn)->manifest.required_val_keys);
	struct sg_command *commands =
		sg_arena_array(rn->arena, required.n + 1, sizeof(*commands));
	struct sg_strs_builder once;
	enum sg_rc rc = SG_OK;
	sg_strs_builder_init(&once, rn->arena);
	for (size_t i = 0; i < required.n; i++)
		if (!is_own_gate(required.v[i]))
			sg_strs_builder_add_once(&once, required.v[i]);
	val->results = sg_arena_array(rn->arena, once.n + 1, sizeof(*val->results));
	if (sg_arena_failed(rn->arena) || !commands || !val->results)
		return sg_rn_nomem(err);
	val->commands = commands;
	for (size_t i = 0; i < once.n && rc == SG_OK; i++) {
		const struct sg_binding *binding =
			rn->profile ? sg_profile_binding(rn->profile, once.v[i]) : NULL;
		struct sg_gate_result *result = &val->results[val->n];
		result->key = once.v[i];
		result->walls = "";
		result->outcome = binding ? SG_GATE_NOT_EVALUATED : SG_GATE_UNBOUND;
		if (binding && binding->manual) {
			result->reasons = one_reason(rn, "a gate cannot be done by hand");
		} else if (binding) {
			rc = run_gate(val, result, binding, &commands[val->n_commands], err);
			val->n_commands++;
		}
		val->n++;
	}
	return rc;
}

/* --- a gate that changed what it judges --- */

struct straying {
	struct sg_rn *rn;
	struct sg_require *requires_v;
	size_t n;
	const char *reason, *fix; /* of the first */
	struct sg_strs_builder others;
};

static void add_strayed(struct straying *s, const struct sg_command *c,
	const struct sg_files *files, bool forbidden)
{
	struct sg_arena *a = s->rn->arena;
	for (size_t i = 0; i < files->n; i++) {
		const struct sg_file *file = &files->v[i];
		const char *fix = forbidden ? sg_arena_printf(a, "Restore %s", file->path)
					    : sg_arena_printf(a,
						      "Restore %s, or add it to write of %s in "
						      "the profile",
						      file->path, c->name);
		s->requires_v[s->n++] = (struct sg_require){SG_REQUIRE_PATH_RESTORED,
			sg_arena_printf(a, "%s" SG_SCOPE_MARK "%s", file->path, file->sha256),
			fix};
		if (s->n > 1) {
			sg_strs_builder_add(&s->others, file->path);
			continue;
		}
		s->fix = fix;
		s->reason = sg_arena_printf(a,
			"VAL: %s: expected it as it was before %s ran%s, found it %s",
			file->path, c->name, forbidden ? ", for NO_GO_LIST keeps it" : "",
			file->name);
	}
}

static size_t count_strayed(const struct val *val)
{
	size_t n = 0;
	for (size_t i = 0; i < val->n_commands; i++)
		n += val->commands[i].exec.strayed.n + val->commands[i].exec.forbidden.n;
	return n;
}

/* A gate's command has no event of its own: the STEP stops before a verdict on a moved tree. */
static enum sg_rc stop_on_scope(struct val *val, size_t n, struct sg_err *err)
{
	struct sg_rn *rn = val->rn;
	struct straying s = {.rn = rn, .reason = "", .fix = ""};
	struct sg_event event = sg_rn_event(rn, SG_EVENT_STOP_GAP);
	struct sg_ev_stop_gap *stop = &event.u.stop_gap;
	s.requires_v = sg_arena_array(rn->arena, n + 1, sizeof(*s.requires_v));
	if (!s.requires_v)
		return sg_rn_nomem(err);
	sg_strs_builder_init(&s.others, rn->arena);
	for (size_t i = 0; i < val->n_commands; i++) {
		add_strayed(&s, &val->commands[i], &val->commands[i].exec.forbidden, true);
		add_strayed(&s, &val->commands[i], &val->commands[i].exec.strayed, false);
	}
	s.requires_v[s.n++] = (struct sg_require){SG_REQUIRE_RUN, "VAL", "Run VAL again"};
	for (size_t i = 0; i < s.others.n && s.reason; i++)
		s.reason = sg_arena_printf(
			rn->arena, "%s%s %s", s.reason, i ? "," : "; also", s.others.v[i]);
	stop->code = SG_CODE_SCOPE_VIOLATION;
	stop->phase = "VAL";
	stop->reason = s.reason;
	stop->fix = s.fix;
	stop->requires_list = (struct sg_requires){s.requires_v, s.n};
	return sg_arena_failed(rn->arena) ? sg_rn_nomem(err) : sg_rn_commit(rn, &event, err);
}

/* --- facts --- */

/* A tree that changed behind PACK makes the pack stale, whatever its own hash says. */
static enum sg_rc check_tree(
	struct val *val, struct sg_fact *facts, size_t n, struct sg_err *err)
{
	const struct sg_run *run = sg_rn_run(val->rn);
	const struct sg_tree_where where = sg_rn_tree(val->rn);
	struct sg_err why = SG_ERR_INIT;
	const char *tree = "";
	if (!*run->base || !*run->patch.tree)
		return SG_OK;
	enum sg_rc rc = sg_patch_tree(&where, run->base, val->rn->arena, &tree, &why);
	if (rc == SG_NOMEM)
		return sg_rn_nomem(err);
	/* a tree that cannot be looked at is not known to be the one that was packed */
	if (rc == SG_OK && strcmp(tree, run->patch.tree) == 0)
		return SG_OK;
	for (size_t i = 0; i < n; i++)
		if (facts[i].kind == SG_FACT_OUTPUT &&
			strcmp(facts[i].name, "PACK_OUTPUT") == 0)
			facts[i].fresh = SG_FRESH_STALE;
	return SG_OK;
}

static enum sg_rc gather_facts(struct val *val, struct sg_err *err)
{
	struct sg_rn *rn = val->rn;
	struct sg_facts found = {NULL, 0};
	enum sg_rc rc = sg_evidence_facts(
		rn->dir, sg_rn_run(rn), rn->runner->cache, rn->arena, &found, err);
	if (rc < 0)
		return rc;
	struct sg_fact *v = sg_arena_array(rn->arena, found.n + 1, sizeof(*v));
	if (!v)
		return sg_rn_nomem(err);
	for (size_t i = 0; i < found.n; i++)
		v[i] = found.v[i];
	val->facts.v = v;
	val->facts.n = found.n;
	return check_tree(val, v, found.n, err);
}

/*
 * What the event keeps: the reducer knows every proof, and only has to be told what no longer
 * holds, and what an output does not hold that CONTRACT asks of it.
 */
static struct sg_facts wanting(struct sg_rn *rn, const struct sg_facts *facts)
{
	struct sg_facts none = {NULL, 0};
	struct sg_fact *v = sg_arena_array(rn->arena, facts->n + 1, sizeof(*v));
	size_t n = 0;
	if (!v)
		return none;
	for (size_t i = 0; i < facts->n; i++)
		if (facts->v[i].fresh != SG_FRESH_FRESH || facts->v[i].misses.n > 0)
			v[n++] = facts->v[i];
	struct sg_facts list = {v, n};
	return list;
}

/* --- the policy report, shown with the verdict --- */

static void take_policy(struct val *val)
{
	struct sg_rn *rn = val->rn;
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf bytes = SG_STRBUF_INIT;
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf text = SG_STRBUF_INIT;
	const struct sg_proof *proof =
		sg_run_proof(sg_rn_run(rn), SG_FACT_OUTPUT, "POLICY_REPORT");
	val->policy = "";
	if (!proof || !proof->files.n ||
		sg_fs_read_beneath(
			rn->dir, proof->files.v[0].path, POLICY_MAX_BYTES, &bytes, NULL) < 0)
		return;
	size_t n = 0;
	for (size_t lines = 0; n < bytes.n_bytes && n < POLICY_SHOWN_BYTES; n++)
		if (bytes.bytes[n] == '\n' && ++lines == POLICY_SHOWN_LINES)
			break;
	/* not in the middle of a character */
	while (n < bytes.n_bytes && n > 0 && ((unsigned char)bytes.bytes[n] & 0xc0) == 0x80)
		n--;
	sg_utf8_sanitise(&text, bytes.bytes, n, SG_SANITISE_TEXT);
	while (text.n_bytes && text.bytes[text.n_bytes - 1] == '\n')
		sg_strbuf_truncate(&text, text.n_bytes - 1);
	val->policy = sg_copy_str(rn->arena, text.bytes);
}

/* --- the verdict --- */

static enum sg_rc store_report(struct val *val, const struct sg_verdict *verdict,
	struct sg_file *ret, struct sg_err *err)
{
	struct sg_rn *rn = val->rn;
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf text = SG_STRBUF_INIT;
	const struct sg_report_context context = {.facts = &val->facts,
		.tier_note = sg_tier_note(sg_rn_run(rn)),
		.policy = val->policy};
	sg_report_val(&text, verdict, &context);
	if (sg_strbuf_failed(&text))
		return sg_rn_nomem(err);
	return sg_evidence_store(rn->dir, rn->folder, "VAL_REPORT.yaml", "VAL_REPORT",
		text.bytes, text.n_bytes, rn->arena, ret, err);
}

static void take_next(struct sg_rn *rn, struct sg_ev_verdict *ev)
{
	const struct sg_run *run = sg_rn_run(rn);
	struct sg_ev_next next = {
		run->next_file, run->next_goal, run->next_route, run->next_profile};
	const struct sg_ev_next none = {"", "", "", ""};
	/* an entry of steps.yaml that PACK took is read again for its route and profile */
	if ((!*next.file || run->next_packed) &&
		!sg_runner_next_entry(rn->session, rn->arena, &next))
		next = none;
	ev->next_file = next.file;
	ev->next_goal = next.goal;
	ev->next_route = next.route;
	ev->next_profile = next.profile;
}

static enum sg_rc conclude(struct val *val, struct sg_err *err)
{
	struct sg_rn *rn = val->rn;
	const struct sg_run *run = sg_rn_run(rn);
	const struct sg_gate_results others = {val->results, val->n};
	const struct sg_gate_input input = {.manifest = &run->manifest,
		.plan = run->plan,
		.profile = run->profile,
		.facts = &val->facts,
		.others = &others,
		.val_in_progress = true};
	struct sg_verdict verdict;
	if (sg_verdict_judge(rn->arena, &input, &verdict) != SG_OK ||
		sg_verdict_prove(rn->arena, &input, &verdict) != SG_OK)
		return sg_rn_nomem(err);
	struct sg_event event = sg_rn_event(rn, SG_EVENT_VERDICT);
	struct sg_ev_verdict *ev = &event.u.verdict;
	enum sg_rc rc = store_report(val, &verdict, &ev->report, err);
	if (rc < 0)
		return rc;
	ev->facts = wanting(rn, &val->facts);
	ev->others = others;
	ev->policy = val->policy;
	ev->pass = verdict.pass;
	ev->code = verdict.code;
	ev->shadows = verdict.shadows;
	take_next(rn, ev);
	return sg_arena_failed(rn->arena) ? sg_rn_nomem(err) : sg_rn_commit(rn, &event, err);
}

static enum sg_rc judge_all(struct sg_rn *rn, void *ctx, struct sg_err *err)
{
	struct val *val = ctx;
	enum sg_rc rc = gather_facts(val, err);
	(void)rn;
	if (rc < 0)
		return rc;
	take_policy(val);
	return conclude(val, err);
}

enum sg_rc sg_rn_val(struct sg_rn *rn, struct sg_err *err)
{
	struct val val = {.rn = rn, .policy = ""};
	enum sg_rc rc = sg_evidence_begin(rn->dir, rn->folder, err);
	if (rc == SG_OK)
		rc = other_gates(&val, err);
	const size_t n_strayed = rc == SG_OK ? count_strayed(&val) : 0;
	if (n_strayed)
		return stop_on_scope(&val, n_strayed, err);
	return rc < 0 ? rc : sg_rn_aside(rn, judge_all, &val, err);
}
