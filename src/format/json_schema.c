/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of json_schema.h: one row a member, in the order of the keys in the trace. */
#include "format/json_schema.h"

#include <limits.h>
#include <string.h>

#include "base/attr.h"

#define WORD(id, text) text,
#define WORDS(name, list)                            \
 static const char *const name##_v[] = {list(WORD)}; \
 static const struct sg_json_words name = {name##_v, SG_ARRAY_SIZE(name##_v)}

WORDS(words_row_status, SG_ROW_STATUS_LIST);
WORDS(words_code, SG_CODE_LIST);
WORDS(words_provenance, SG_PROVENANCE_LIST);
WORDS(words_tier, SG_TIER_LIST);
WORDS(words_fresh, SG_FRESH_LIST);
WORDS(words_cadence, SG_CADENCE_LIST);
WORDS(words_evidence, SG_EVIDENCE_MODE_LIST);
WORDS(words_cause, SG_CAUSE_LIST);
WORDS(words_require, SG_REQUIRE_LIST);

static const char *const by_v[] = {SG_BY_LIST(WORD)};
const struct sg_json_words sg_json_words_by = {by_v, SG_ARRAY_SIZE(by_v)};

static const char *const fact_kind_v[] = {
	[SG_FACT_ROLE] = "role",
	[SG_FACT_ENGINE] = "engine",
	[SG_FACT_OUTPUT] = "output",
};
const struct sg_json_words sg_json_words_fact_kind = {fact_kind_v, SG_ARRAY_SIZE(fact_kind_v)};

static const char *const outcome_v[] = {
	[SG_GATE_PASS] = "pass",
	[SG_GATE_FAIL] = "fail",
	[SG_GATE_NOT_EVALUATED] = "not evaluated",
	[SG_GATE_UNBOUND] = "unbound",
	[SG_GATE_NOT_CHECKED] = "not checked",
	[SG_GATE_CHANGED] = "changed",
};
const struct sg_json_words sg_json_words_outcome = {outcome_v, SG_ARRAY_SIZE(outcome_v)};

static const char *const fault_v[] = {
	[SG_FAULT_NONE] = "none",
	[SG_FAULT_ABSENT] = "absent",
	[SG_FAULT_NOT_FOUND] = "not found",
	[SG_FAULT_UNREADABLE] = "unreadable",
};
static const struct sg_json_words words_fault = {fault_v, SG_ARRAY_SIZE(fault_v)};

/* A hole in the middle of a list of words would be a NULL that encodes as a crash. */
_Static_assert(sizeof(enum sg_code) == sizeof(unsigned), "enums are read as unsigned");
_Static_assert(sizeof(enum sg_gate_outcome) == sizeof(unsigned), "enums are read as unsigned");

#define LIKE_SPAN(type)                                                               \
 _Static_assert(sizeof(struct type) == sizeof(struct sg_json_span) &&                 \
			offsetof(struct type, n) == offsetof(struct sg_json_span, n), \
	 "lists are read through sg_json_span")
LIKE_SPAN(sg_strs);
LIKE_SPAN(sg_files);
LIKE_SPAN(sg_facts);
LIKE_SPAN(sg_gate_results);
LIKE_SPAN(sg_requires);
LIKE_SPAN(sg_pairs);
LIKE_SPAN(sg_baselines);
LIKE_SPAN(sg_bindings);
LIKE_SPAN(sg_demands);
LIKE_SPAN(sg_misses);
LIKE_SPAN(sg_sames);
LIKE_SPAN(sg_programs);
_Static_assert(offsetof(struct sg_pair, key) == 0 && offsetof(struct sg_baseline, role) == 0 &&
		       offsetof(struct sg_binding, key) == 0 &&
		       offsetof(struct sg_demand, name) == 0,
	"the elements of a map begin with their key");

/* clang-format off */

/* Rows. T is the struct that the table being written describes; undefined after each table. */
#define F(json_key, json_kind, member) \
	.key = json_key, .kind = SG_JSON_##json_kind, .offset = offsetof(T, member)
#define TEXT(m) { F(#m, TEXT, m) }
#define SHA(m) { F(#m, SHA, m) }
#define BOOL(m) { F(#m, BOOL, m) }
#define STRS(m) { F(#m, STRS, m) }
#define TIME(k, m) { F(k, TIME, m) }
#define ENUM(m, list) { F(#m, WORD, m), .words = &(list) }
#define OBJECT(m, type) { F(#m, OBJECT, m), .sub = &(type) }
#define POINTER(m, type) { F(#m, POINTER, m), .sub = &(type) }
#define LIST(m, type) { F(#m, LIST, m), .sub = &(type) }
#define GROUP(k, type) { .key = k, .kind = SG_JSON_GROUP, .offset = 0, .sub = &(type) }
#define OPT_STRS(m, flag) { F(#m, STRS_OPT, m), .flag_offset = offsetof(T, flag) }
#define SPARE_TEXT(m) { F(#m, TEXT, m), .spare = true }
#define SPARE_COUNT(m) { F(#m, INT, m), .lo = 0, .hi = INT_MAX, .spare = true }
#define SPARE_LIST(m, type) { F(#m, LIST, m), .sub = &(type), .spare = true }
#define SPARE_I64(m) { F(#m, I64, m), .lo = 0, .hi = INT64_MAX, .spare = true }
#define SPARE_STRS(m) { F(#m, STRS, m), .spare = true }
#define TYPE(name) \
	static const struct sg_json_type name = { name##_fields, \
		SG_ARRAY_SIZE(name##_fields), sizeof(T), NULL }

#define T struct sg_file
static const struct sg_json_field file_fields[] = {
	TEXT(name), TEXT(path),
	{ F("size_bytes", I64, size_bytes), .lo = 0, .hi = INT64_MAX }, SHA(sha256),
};
TYPE(file);
#undef T

#define T struct sg_exec
static const struct sg_json_field exec_fields[] = {
	STRS(argv), TEXT(folder), TIME("start", start_ms), TIME("end", end_ms),
	ENUM(cause, words_cause),
	{ F("exit_status", INT, exit_status), .lo = INT_MIN, .hi = INT_MAX },
	{ F("signal", INT, signal), .lo = 0, .hi = INT_MAX },
	SHA(program_sha256), SHA(inputs_sha256), TEXT(log), TEXT(error), ENUM(tier, words_tier),
	SPARE_TEXT(walls), SPARE_LIST(strayed, file), SPARE_LIST(forbidden, file),
};
TYPE(exec);
#undef T

#define T struct sg_program
static const struct sg_json_field program_fields[] = { TEXT(key), LIST(files, file) };
TYPE(program);
#undef T

#define T struct sg_signal
static const struct sg_json_field signal_fields[] = { TEXT(digest), BOOL(tty) };
TYPE(signal);
#undef T

#define T struct sg_pin
static const struct sg_json_field pin_fields[] = { TEXT(path), SHA(sha256) };
TYPE(pin);
#undef T

#define T struct sg_patch
static const struct sg_json_field patch_fields[] = {
	BOOL(changed), STRS(files), TEXT(patchset_id), TEXT(tree),
};
TYPE(patch);
#undef T

#define T struct sg_miss
static const struct sg_json_field miss_fields[] = { TEXT(demand), TEXT(found) };
TYPE(miss);
#undef T

#define T struct sg_fact
static const struct sg_json_field fact_fields[] = {
	ENUM(kind, sg_json_words_fact_kind), TEXT(name), ENUM(provenance, words_provenance),
	ENUM(fresh, words_fresh), ENUM(tier, words_tier), SPARE_COUNT(since),
	SPARE_LIST(misses, miss),
};
TYPE(fact);
#undef T

#define T struct sg_gate_result
static const struct sg_json_field gate_result_fields[] = {
	TEXT(key), ENUM(outcome, sg_json_words_outcome), STRS(reasons),
	{ F("tier", WORD, tier), .words = &words_tier, .spare = true }, SPARE_TEXT(walls),
};
TYPE(gate_result);
#undef T

#define T struct sg_require
static const struct sg_json_field require_fields[] = {
	ENUM(kind, words_require), TEXT(subject), TEXT(text),
};
TYPE(require);
#undef T

/* ROUTE_TOKEN, PROFILE: the seeds' names, nested as in the files (SPEC 2.3, 2.5). */
#define T struct sg_pair
static const struct sg_json_field pair_fields[] = { TEXT(value) };
TYPE(pair);
#undef T

#define T struct sg_route
#define LABEL(k, kind, m) { F(k, kind, m) }
static const struct sg_json_field route_route_fields[] = {
	LABEL("DOMAIN", TEXT, domain), LABEL("ARTIFACT_TYPE", TEXT, artifact_type),
	LABEL("MODE", TEXT, mode), LABEL("PROFILE_KEY", TEXT, profile_key),
	LABEL("PIPE_SELECTED", TEXT, pipe_selected),
};
TYPE(route_route);
static const struct sg_json_field route_set_fields[] = {
	LABEL("REQUIRED_IDX", STRS, required_idx),
	LABEL("REQUIRED_ROLES", STRS, required_roles),
	LABEL("REQUIRED_ENG_KEYS", STRS, required_eng_keys),
	LABEL("REQUIRED_KB_KEYS", STRS, required_kb_keys),
	LABEL("REQUIRED_VAL_KEYS", STRS, required_val_keys),
	LABEL("OUTPUT_CONTRACT", STRS, output_contract),
	LABEL("NO_GO_LIST", STRS, no_go_list),
};
TYPE(route_set);
static const struct sg_json_field route_fields[] = {
	{ F("META", MAP, meta), .sub = &pair }, { F("TASK", MAP, task), .sub = &pair },
	GROUP("ROUTE", route_route), GROUP("REQUIRED_SET", route_set),
	{ F("GATES", MAP, gates), .sub = &pair },
};

static void finish_route(void *value)
{
	struct sg_route *route = value;

	route->user_intent = "";
	for (size_t i = 0; i < route->task.n; i++)
		if (strcmp(route->task.v[i].key, "USER_INTENT") == 0)
			route->user_intent = route->task.v[i].value;
}

static const struct sg_json_type route = {
	route_fields, SG_ARRAY_SIZE(route_fields), sizeof(T), finish_route,
};
#undef T

#define T struct sg_baseline
static const struct sg_json_field baseline_fields[] = { STRS(outputs) };
TYPE(baseline);
#undef T

#define T struct sg_binding
static const struct sg_json_field binding_body_fields[] = {
	STRS(argv), { F("timeout_s", I64, timeout_s), .lo = 0, .hi = INT64_MAX },
	{ F("idle_s", I64, idle_s), .lo = 0, .hi = INT64_MAX }, STRS(outputs), STRS(write),
	BOOL(network), BOOL(manual), SPARE_STRS(read), SPARE_STRS(env), SPARE_I64(max_log_mib),
	SPARE_I64(max_output_mib), SPARE_I64(max_processes), SPARE_I64(max_files),
};
TYPE(binding_body);
static const struct sg_json_field binding_fields[] = { GROUP("", binding_body) };
TYPE(binding);
#undef T

#define T struct sg_demand
static const struct sg_json_field demand_body_fields[] = {
	{ F("min_bytes", I64, min_bytes), .lo = 0, .hi = INT64_MAX }, STRS(contains),
	STRS(headings), BOOL(yaml), BOOL(json),
};
TYPE(demand_body);
static const struct sg_json_field demand_fields[] = { GROUP("", demand_body) };
TYPE(demand);
#undef T

#define T struct sg_profile
static const struct sg_json_field profile_fields[] = {
	LABEL("PROFILE_KEY", TEXT, profile_key), LABEL("ALLOW_SKIP", STRS, allow_skip),
	LABEL("CONTINUE_ON_FAIL", BOOL, continue_on_fail),
	{ F("CADENCE", WORD, cadence), .words = &words_cadence },
	{ F("EVIDENCE", WORD, evidence), .words = &words_evidence },
	{ F("SANDBOX", WORD, sandbox), .words = &words_tier },
	{ F("JOBS", INT, jobs), .lo = 1, .hi = 64 },
	{ F("BASELINE_OUTPUTS", MAP, baseline), .sub = &baseline },
	LABEL("CONTRACT", TEXT, contract), { F("RUN", MAP, run), .sub = &binding },
	{ F("DEMANDS", MAP, demands), .sub = &demand, .spare = true },
};
TYPE(profile);
#undef T

#define T struct sg_plan
static const struct sg_json_field plan_fields[] = {
	OPT_STRS(required_eng_keys, has_required), OPT_STRS(allowed_eng_keys, has_allowed),
	OPT_STRS(no_go_eng_keys, has_no_go), OPT_STRS(expected_outputs, has_expected),
	{ F("bad_field", TEXT_OPT, bad_field) },
};
TYPE(plan);
#undef T

/* The events. */
#define T struct sg_ev_init
static const struct sg_json_field init_fields[] = {
	LABEL("manifest_file", TEXT, manifest), TEXT(session_id), TEXT(started_at),
	TEXT(owner), TEXT(mode),
};
TYPE(init);
#undef T

#define T struct sg_ev_adopt
static const struct sg_json_field adopt_fields[] = {
	LABEL("manifest_file", TEXT, manifest), TEXT(reason), SHA(snapshot), BOOL(whole),
};
TYPE(adopt);
#undef T

#define T struct sg_ev_restore
static const struct sg_json_field restore_fields[] = { SHA(found) };
TYPE(restore);
#undef T

#define T struct sg_ev_step
static const struct sg_json_field step_fields[] = {
	TEXT(step_id), TEXT(goal), TEXT(file), TEXT(folder), TEXT(base), TEXT(route),
	TEXT(profile),
	OBJECT(signal, signal),
};
TYPE(step);
#undef T

#define T struct sg_ev_begin
static const struct sg_json_field begin_fields[] = { TEXT(phase), OBJECT(signal, signal) };
TYPE(begin);
#undef T

#define T struct sg_ev_route
static const struct sg_json_field ev_route_fields[] = {
	OBJECT(route_pin, pin), OBJECT(profile_pin, pin), OBJECT(steps_pin, pin),
	ENUM(fault, words_fault),
	TEXT(fault_file), TEXT(error), POINTER(route, route), POINTER(profile, profile),
	BOOL(has_next), { F("tier", WORD, tier), .words = &words_tier, .spare = true },
	SPARE_TEXT(walls), SPARE_LIST(programs, program),
};
TYPE(ev_route);
#undef T

#define T struct sg_same
static const struct sg_json_field same_fields[] = {
	TEXT(name), { F("since", INT, since), .lo = 1, .hi = INT_MAX },
};
TYPE(same);
#undef T

#define T struct sg_ev_engine
static const struct sg_json_field engine_fields[] = {
	TEXT(eng_key), { F("index", SIZE, index), .lo = 0, .hi = INT64_MAX },
	ENUM(status, words_row_status), ENUM(provenance, words_provenance), OBJECT(exec, exec),
	LIST(outputs, file), TEXT(note), BOOL(unbound), SPARE_LIST(unchanged, same),
};
TYPE(engine);
#undef T

#define T struct sg_ev_role
static const struct sg_json_field role_fields[] = {
	TEXT(role), ENUM(provenance, words_provenance), OBJECT(exec, exec), LIST(outputs, file),
	TEXT(note), OBJECT(plan_pin, pin), POINTER(plan, plan), TEXT(plan_error),
	SPARE_LIST(unchanged, same),
};
TYPE(role);
#undef T

#define T struct sg_ev_pack
static const struct sg_json_field pack_fields[] = {
	LIST(files, file), LIST(list, file), OBJECT(patch, patch), TEXT(entry), TEXT(error),
	STRS(missing),
	TEXT(next_file), TEXT(next_goal),
};
TYPE(pack);
#undef T

#define T struct sg_shadows
static const struct sg_json_field shadows_fields[] = {
	{ F("tried", SIZE, tried), .lo = 0, .hi = INT64_MAX },
	{ F("red", SIZE, red), .lo = 0, .hi = INT64_MAX },
	{ F("of", SIZE, of), .lo = 0, .hi = INT64_MAX }, TEXT(green),
};
TYPE(shadows);
#undef T

#define T struct sg_ev_verdict
static const struct sg_json_field verdict_fields[] = {
	OBJECT(report, file), LIST(facts, fact), LIST(others, gate_result), TEXT(policy),
	BOOL(pass),
	ENUM(code, words_code), TEXT(next_file), TEXT(next_goal), TEXT(next_route),
	TEXT(next_profile), OBJECT(shadows, shadows),
};
TYPE(verdict);
#undef T

#define T struct sg_ev_stop_gap
static const struct sg_json_field stop_gap_fields[] = {
	ENUM(code, words_code), TEXT(phase), TEXT(reason), TEXT(fix),
	LIST(requires_list, require),
};
TYPE(stop_gap);
#undef T

#define T struct sg_ev_word
static const struct sg_json_field word_fields[] = { TEXT(reason), OBJECT(patch, patch) };
TYPE(word);
#undef T

#define T struct sg_ev_resume
static const struct sg_json_field resume_fields[] = { TEXT(from), STRS(kept) };
TYPE(resume);
#undef T

#define T struct sg_ev_next
static const struct sg_json_field next_fields[] = {
	TEXT(file), TEXT(goal), TEXT(route), TEXT(profile),
};
TYPE(next);
#undef T

#define T struct sg_ev_use
static const struct sg_json_field use_fields[] = { TEXT(route), TEXT(profile) };
TYPE(use);
#undef T

#define T struct sg_ev_record
static const struct sg_json_field record_fields[] = {
	TEXT(name), LIST(outputs, file), STRS(paths), TEXT(note),
	{ F("start", TIME_OPT, start_ms) },
};
TYPE(record);
#undef T

/* clang-format on */

const struct sg_json_type *const sg_json_event_types[SG_EVENT_COUNT] = {
	[SG_EVENT_INIT] = &init,
	[SG_EVENT_ADOPT] = &adopt,
	[SG_EVENT_RESTORE] = &restore,
	[SG_EVENT_STEP] = &step,
	[SG_EVENT_BEGIN] = &begin,
	[SG_EVENT_ROUTE] = &ev_route,
	[SG_EVENT_ENGINE] = &engine,
	[SG_EVENT_ROLE] = &role,
	[SG_EVENT_PACK] = &pack,
	[SG_EVENT_VERDICT] = &verdict,
	[SG_EVENT_STOP_GAP] = &stop_gap,
	[SG_EVENT_NO] = &word,
	[SG_EVENT_STOP] = &word,
	[SG_EVENT_RESUME] = &resume,
	[SG_EVENT_NEXT] = &next,
	[SG_EVENT_USE] = &use,
	[SG_EVENT_RECORD_START] = &record,
	[SG_EVENT_RECORD_STOP] = &record,
};
