/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The trace line: golden lines of every event, random round trips, what must be refused. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "format/json.h"
#include "format/json_schema.h"
#include "harness/harness.h"
#include "stepgate/trace.h"
#include "unit/format/event_random.h"

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define ONES  "1111111111111111111111111111111111111111111111111111111111111111"
#define HEAD(event, by)                                                       \
	"{\"seq\":7,\"time\":\"2026-01-31T12:34:56.789Z\",\"event\":\"" event \
	"\",\"step\":\"0001\",\"attempt\":2,\"by\":\"" by "\",\"data\":{"
#define TAIL     "},\"prev\":\"" ZEROS "\"}"
#define MANIFEST "\"manifest\":\"" ONES "\""
#define A_FILE                                                                                \
	"{\"name\":\"TOC\",\"path\":\".stepgate/steps/0001/ORC.1/TOC.md\",\"size_bytes\":12," \
	"\"sha256\":\"" ONES "\"}"
#define AN_EXEC                                                                   \
	"{\"argv\":[\"./"                                                         \
	"toc.sh\",\"\"],\"folder\":\".\",\"start\":\"2026-01-31T12:34:56.000Z\"," \
	"\"end\":\"2026-01-31T12:34:57.001Z\",\"cause\":\"not "                   \
	"started\",\"exit_status\":-1,\"signal\":9,"                              \
	"\"program_sha256\":\"" ONES                                              \
	"\",\"inputs_sha256\":\"\",\"log\":\"l\",\"error\":\"e\",\"tier\":\"full\"}"
#define A_PATCH                                   \
	"{\"changed\":true,\"files\":[\"a\",\"b " \
	"c\"],\"patchset_id\":\"PATCHSET_0001\",\"tree\":\"t\"}"
#define A_ROUTE                                                                              \
	"{\"META\":{\"TRACE_ID\":\"x\"},\"TASK\":{\"USER_INTENT\":\"intent\"},\"ROUTE\":{"   \
	"\"DOMAIN\":"                                                                        \
	"\"D\",\"ARTIFACT_TYPE\":\"A\",\"MODE\":\"M\",\"PROFILE_KEY\":\"P\",\"PIPE_"         \
	"SELECTED\":\"S\"},"                                                                 \
	"\"REQUIRED_SET\":{\"REQUIRED_IDX\":[\"i\"],\"REQUIRED_ROLES\":[\"SPC\",\"VAL\"],"   \
	"\"REQUIRED_ENG_KEYS\":[\"e\"],\"REQUIRED_KB_KEYS\":[\"k\"],\"REQUIRED_VAL_KEYS\":[" \
	"\"v\"],"                                                                            \
	"\"OUTPUT_CONTRACT\":[\"o\"],\"NO_GO_LIST\":[]},\"GATES\":{}}"
#define A_PROFILE                                                                            \
	"{\"PROFILE_KEY\":\"P\",\"ALLOW_SKIP\":[\"a*\"],\"CONTINUE_ON_FAIL\":true,"          \
	"\"CADENCE\":\"step\",\"EVIDENCE\":\"manual\",\"SANDBOX\":\"partial\",\"JOBS\":64,"  \
	"\"BASELINE_OUTPUTS\":{\"SPC\":[\"X\",\"A|B\"]},\"CONTRACT\":\"TOC: "                \
	"{}\",\"RUN\":{\"SPC\":{\"argv\":"                                                   \
	"[\"s\"],\"timeout_s\":600,\"idle_s\":1,\"outputs\":[\"O\"],\"write\":[\"w/"         \
	"\"],\"network\":true,"                                                              \
	"\"manual\":false},\"QA\":{\"argv\":[],\"timeout_s\":0,\"idle_s\":0,\"outputs\":[]," \
	"\"write\":[],"                                                                      \
	"\"network\":false,\"manual\":true}}}"

/* Written by hand from the format's statement, every type at least once, in its order. */
static const char *const golden[] = {
	HEAD("init",
		"operator") "\"manifest_file\":\"RUNTIME_MANIFEST.yaml\",\"session_id\":\"s\","
			    "\"started_at\":\"2026-01-31\",\"owner\":\"USER\",\"mode\":"
			    "\"REPO\",\"tty\":true," MANIFEST TAIL,
	HEAD("adopt",
		"operator") "\"manifest_file\":\"m\",\"reason\":\"r\",\"snapshot\":\"" ONES
			    "\",\"whole\":true," MANIFEST TAIL,
	HEAD("restore", "operator") "\"found\":\"\"," MANIFEST TAIL,
	HEAD("step", "operator") "\"step_id\":\"0002\",\"goal\":\"цель\",\"file\":\"f\","
				 "\"folder\":\"d\","
				 "\"base\":\"git:1\",\"route\":\"r\",\"profile\":\"p\","
				 "\"signal\":{\"digest\":\"x\",\"tty\":true}," MANIFEST TAIL,
	HEAD("step",
		"operator") "\"step_id\":\"0002\",\"goal\":\"\",\"file\":\"\",\"folder\":\"\","
			    "\"base\":\"\",\"route\":\"\",\"profile\":\"\"," MANIFEST TAIL,
	HEAD("begin",
		"runner") "\"phase\":\"SPC\",\"signal\":{\"digest\":\"\",\"tty\":true}" TAIL,
	HEAD("begin", "runner") "\"phase\":\"SPC\"" TAIL,
	HEAD("route", "runner") "\"route_pin\":{\"path\":\"r\",\"sha256\":\"" ONES
				"\"},\"profile_pin\":{\"path\":"
				"\"p\",\"sha256\":\"\"},\"steps_pin\":{\"path\":\"\","
				"\"sha256\":\"" ONES "\"},\"fault\":\"none\","
				"\"fault_file\":\"\",\"error\":\"\",\"route\":" A_ROUTE
				",\"profile\":" A_PROFILE ",\"has_next\":true," MANIFEST TAIL,
	HEAD("route", "runner") "\"fault\":\"not "
				"found\",\"fault_file\":\"x\",\"error\":\"e\",\"has_next\":"
				"false," MANIFEST TAIL,
	HEAD("engine", "runner") "\"eng_key\":\"KEY:ENG.A\",\"index\":3,\"status\":\"skipped\","
				 "\"provenance\":"
				 "\"OBSERVED\",\"exec\":" AN_EXEC ",\"outputs\":[" A_FILE
				 "," A_FILE "],\"note\":\"n\","
				 "\"unbound\":true" TAIL,
	HEAD("role", "recorder") "\"role\":\"SPC\",\"provenance\":\"MANUAL\",\"outputs\":[],"
				 "\"note\":\"\","
				 "\"plan_pin\":{\"path\":\"p\",\"sha256\":\"" ONES
				 "\"},\"plan\":{\"required_eng_keys\":[\"a\"],"
				 "\"allowed_eng_keys\":[],\"no_go_eng_keys\":[\"b\"],"
				 "\"expected_outputs\":[\"c\"],\"bad_field\":"
				 "\"allowed_eng_keys\"},\"plan_error\":\"\"," MANIFEST TAIL,
	HEAD("role", "runner") "\"role\":\"CTL\",\"provenance\":\"CLAIMED\",\"exec\":" AN_EXEC
			       ",\"outputs\":[" A_FILE
			       "],\"note\":\"n\",\"plan\":{},\"plan_error\":\"e\",\"tty\":"
			       "true," MANIFEST TAIL,
	HEAD("pack", "runner") "\"files\":[" A_FILE "],\"list\":[],\"patch\":" A_PATCH
			       ",\"entry\":\"## P\\n\","
			       "\"error\":\"\",\"missing\":[\"TOC\"],\"next_file\":\"f\","
			       "\"next_goal\":\"g\"," MANIFEST TAIL,
	HEAD("verdict", "runner") "\"report\":" A_FILE
				  ",\"facts\":[{\"kind\":\"engine\",\"name\":\"KEY:E\","
				  "\"provenance\":\"OBSERVED\",\"fresh\":\"STALE\",\"tier\":"
				  "\"none\"}],\"others\":[{\"key\":\"KEY:VAL.X\","
				  "\"outcome\":\"not "
				  "evaluated\",\"reasons\":[\"why\"]}],\"policy\":\"p\","
				  "\"pass\":false,\"code\":"
				  "\"SCOPE_VIOLATION\",\"next_file\":\"a\",\"next_goal\":\"b\","
				  "\"next_route\":\"c\",\"next_profile\":"
				  "\"d\"," MANIFEST TAIL,
	HEAD("stop_gap", "runner") "\"code\":\"INTERRUPTED\",\"phase\":\"ORC\",\"reason\":"
				   "\"r\",\"fix\":\"f\","
				   "\"requires_list\":[{\"kind\":\"file_present\",\"subject\":"
				   "\"s\",\"text\":\"t\"}]," MANIFEST TAIL,
	HEAD("no", "operator") "\"reason\":\"r\"," MANIFEST TAIL,
	HEAD("stop", "operator") "\"reason\":\"r\",\"patch\":" A_PATCH
				 ",\"tty\":true," MANIFEST TAIL,
	HEAD("resume", "operator") "\"from\":\"ORC\",\"kept\":[\"KEY:A\"]," MANIFEST TAIL,
	HEAD("next", "operator") "\"file\":\"f\",\"goal\":\"g\",\"route\":\"r\",\"profile\":"
				 "\"p\"," MANIFEST TAIL,
	HEAD("use", "operator") "\"route\":\"r\",\"profile\":\"p\"" TAIL,
	HEAD("record_start",
		"recorder") "\"name\":\"QA\",\"outputs\":[],\"paths\":[],\"note\":\"\"" TAIL,
	HEAD("record_stop", "recorder") "\"name\":\"QA\",\"outputs\":[" A_FILE
					"],\"paths\":[\"a b\"],\"note\":"
					"\"\\\"\\\\\\u0001\\t\",\"start\":\"2026-01-31T12:34:"
					"56.789Z\"" TAIL,
};

static enum sg_rc decode(
	struct sg_arena *arena, const char *line, struct sg_event *ret, struct sg_err *err)
{
	sg_err_clear(err);
	return sg_event_decode(arena, line, strlen(line), ret, err);
}

Test(event_json, every_event_has_a_golden_line_that_reads_and_writes_back_to_its_bytes)
{
	bool seen[SG_EVENT_COUNT] = {false};

	for (size_t i = 0; i < SG_ARRAY_SIZE(golden); i++) {
		struct sg_arena arena = SG_ARENA_INIT;
		struct sg_strbuf out = SG_STRBUF_INIT;
		struct sg_err err = SG_ERR_INIT;
		struct sg_event event;

		cr_assert_eq(decode(&arena, golden[i], &event, &err), SG_OK, "%s\n%s", err.text,
			golden[i]);
		seen[event.type] = true;
		cr_assert_eq(sg_event_encode(&out, &event, &err), SG_OK, "%s", err.text);
		cr_expect_str_eq(out.bytes, golden[i]);
		sg_strbuf_release(&out);
		sg_arena_release(&arena);
	}
	for (unsigned i = 0; i < SG_EVENT_COUNT; i++)
		cr_expect(
			seen[i], "no golden line for %s", sg_event_name((enum sg_event_type)i));
	SG_LEAKCHECK();
}

static struct sg_event decoded(struct sg_arena *arena, const char *name)
{
	struct sg_err err = SG_ERR_INIT;
	struct sg_event event;
	bool found = false;

	for (size_t i = 0; i < SG_ARRAY_SIZE(golden) && !found; i++)
		found = decode(arena, golden[i], &event, &err) == SG_OK &&
			!strcmp(sg_event_name(event.type), name);
	cr_assert(found, "no golden line for %s", name);
	return event;
}

Test(event_json, the_head_of_a_line_becomes_the_members_of_the_event)
{
	struct sg_arena arena = SG_ARENA_INIT;
	const struct sg_event e = decoded(&arena, "init");

	cr_expect_eq(e.seq, 7);
	cr_expect_eq(e.time_ms, 1769862896789);
	cr_expect_eq(e.type, SG_EVENT_INIT);
	cr_expect_str_eq(e.step, "0001");
	cr_expect_eq(e.attempt, 2);
	cr_expect_eq(e.by, SG_BY_OPERATOR);
	cr_expect(e.tty);
	cr_expect_str_eq(e.prev, ZEROS);
	cr_expect_str_eq(e.manifest, ONES);
	cr_expect_str_eq(e.u.init.manifest, "RUNTIME_MANIFEST.yaml");
	cr_expect_str_eq(e.u.init.mode, "REPO");
	sg_arena_release(&arena);
}

Test(event_json, a_route_event_gives_route_and_profile_as_values)
{
	struct sg_arena arena = SG_ARENA_INIT;
	const struct sg_event e = decoded(&arena, "route");
	const struct sg_route *r = e.u.route.route;
	const struct sg_profile *p = e.u.route.profile;

	cr_assert(r && p);
	cr_expect_str_eq(r->user_intent, "intent");
	cr_expect_str_eq(r->meta.v[0].key, "TRACE_ID");
	cr_expect_str_eq(r->pipe_selected, "S");
	cr_expect_str_eq(r->required_roles.v[1], "VAL");
	cr_expect_str_eq(r->output_contract.v[0], "o");
	cr_expect_eq(p->jobs, 64);
	cr_expect_eq(p->cadence, SG_CADENCE_STEP);
	cr_expect_eq(p->evidence, SG_EVIDENCE_MODE_MANUAL);
	cr_expect_eq(p->sandbox, SG_TIER_PARTIAL);
	cr_expect_str_eq(p->baseline.v[0].outputs.v[1], "A|B");
	cr_expect_str_eq(p->run.v[0].key, "SPC");
	cr_expect_eq(p->run.v[0].timeout_s, 600);
	cr_expect(p->run.v[0].network && p->run.v[1].manual);
	/* the text of an old trace: no demands came of it then, and none come of it now */
	cr_expect_str_eq(p->contract, "TOC: {}");
	cr_expect_eq(p->demands.n, 0);
	cr_expect_str_eq(e.u.route.steps_pin.sha256, ONES);
	cr_expect(e.u.route.has_next);
	sg_arena_release(&arena);
}

Test(event_json, what_was_left_out_comes_back_as_empty_and_never_as_null)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_err err = SG_ERR_INIT;
	struct sg_event e;

	cr_assert_eq(decode(&arena, HEAD("begin", "runner") "\"phase\":\"SPC\"" TAIL, &e, &err),
		SG_OK);
	cr_expect_str_eq(e.u.begin.signal.digest, "");
	cr_expect_str_eq(e.manifest, "");
	cr_expect_not(e.tty);
	e = decoded(&arena, "role");
	cr_expect_eq(e.u.role.exec.argv.n, 0);
	cr_expect_str_eq(e.u.role.exec.folder, "");
	cr_expect_str_eq(e.u.role.exec.program_sha256, "");
	cr_expect_str_eq(e.u.role.plan->bad_field, "allowed_eng_keys");
	cr_expect(e.u.role.plan->has_allowed);
	sg_arena_release(&arena);
}

Test(event_json, every_byte_of_every_event_is_covered_by_the_tables_or_is_padding)
{
	for (unsigned i = 0; i < SG_EVENT_COUNT; i++) {
		/* adopt.instance and route.user_intent are values that follow from others. */
		const bool follows = i == SG_EVENT_ADOPT || i == SG_EVENT_ROUTE;
		cr_expect_leq(event_random_uncovered(sg_json_event_types[i]), follows ? 15 : 7,
			"%s has a member that is not recorded",
			sg_event_name((enum sg_event_type)i));
	}
}

Test(event_json, random_events_of_every_type_come_back_equal)
{
	struct event_random random = {.state = 20260131};

	for (unsigned i = 0; i < 4000; i++) {
		struct sg_arena arena = SG_ARENA_INIT;
		struct sg_strbuf first = SG_STRBUF_INIT;
		struct sg_strbuf second = SG_STRBUF_INIT;
		struct sg_err err = SG_ERR_INIT;
		struct sg_event made, read;

		random.arena = &arena;
		event_random_make(&random, (enum sg_event_type)(i % SG_EVENT_COUNT), &made);
		cr_assert_eq(sg_event_encode(&first, &made, &err), SG_OK, "%s", err.text);
		cr_assert_eq(decode(&arena, first.bytes, &read, &err), SG_OK, "%s\n%s",
			err.text, first.bytes);
		cr_assert(event_random_equal(&made, &read), "%s", first.bytes);
		cr_assert_eq(sg_event_encode(&second, &read, &err), SG_OK);
		cr_assert_str_eq(first.bytes, second.bytes);
		sg_strbuf_release(&first);
		sg_strbuf_release(&second);
		sg_arena_release(&arena);
	}
	SG_LEAKCHECK();
}

/* One change to a good line, and the words that the refusal must hold. */
struct broken {
	const char *from;
	const char *to;
	const char *says;
};

static char *replaced(const char *line, const char *from, const char *to)
{
	const char *at = strstr(line, from);

	cr_assert_not_null(at, "%s is not in %s", from, line);
	return sg_t_format("%.*s%s%s", (int)(at - line), line, to, at + strlen(from));
}

static void refused(const char *line, const struct broken *b)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_err err = SG_ERR_INIT;
	struct sg_event e;
	char *bad = replaced(line, b->from, b->to);

	memset(&e, 0x5a, sizeof(e));
	const struct sg_event before = e;
	cr_expect_eq(decode(&arena, bad, &e, &err), SG_BROKEN, "accepted: %s", bad);
	cr_expect(
		strstr(err.text, b->says), "expected \"%s\", found \"%s\"", b->says, err.text);
	cr_expect_eq(memcmp(&e, &before, sizeof(e)), 0, "the result was touched: %s", bad);
	free(bad);
	sg_arena_release(&arena);
}

Test(event_json, malformed_lines_are_refused_with_the_place)
{
	static const struct broken cases[] = {
		{"{\"seq\":7,", "{", "seq: expected this key here, found time"},
		{"\"seq\":7", "\"seq\":0", "seq: expected an integer within its range"},
		{"\"seq\":7", "\"seq\":-7", "seq: expected an integer within its range"},
		{"\"seq\":7", "\"seq\":7.0", "seq: expected an integer, found a real number"},
		{"\"seq\":7", "\"seq\":\"7\"", "seq: expected an integer, found a text"},
		{"\"seq\":7", "\"seq\":99999999999999999999", "too big integer"},
		{"\"seq\":7", "\"seq\":7,\"seq\":7", "duplicate"},
		{"\"seq\":7", "\"seq\":007", "byte"},
		{"\"seq\":7,\"time\":\"2026-01-31T12:34:56.789Z\"",
			"\"time\":\"2026-01-31T12:34:56.789Z\",\"seq\":7",
			"seq: expected this key here, found time"},
		{"56.789Z", "56.789", "time: expected a time like"},
		{"2026-01-31", "2026-02-30", "time: expected a time like"},
		{"2026-01-31T12", "2026-01-31T24", "time: expected a time like"},
		{"\"engine\"", "\"engines\"", "event: expected a known event, found engines"},
		{"\"engine\"", "5", "event: expected a word, found an integer"},
		{"\"engine\"", "\"begin\"",
			"data.phase: expected this key here, found eng_key"},
		{"\"attempt\":2", "\"attempt\":-1", "attempt: expected"},
		{"\"attempt\":2", "\"attempt\":2147483648", "attempt: expected"},
		{"\"runner\"", "\"Runner\"", "by: expected a word of its list, found Runner"},
		{"\"step\":\"0001\"", "\"step\":null", "step: expected a text, found null"},
		{"\"step\":\"0001\"", "\"step\":\"\\u0000\"", "byte"},
		{"\"step\":\"0001\"", "\"step\":\"\xff\"", "byte"},
		{"\"step\":\"0001\"", "\"step\":\"\xed\xa0\x80\"", "byte"},
		{"\"step\":\"0001\"", "\"step\":\"\\ud800\"", "byte"},
		{"\"step\":\"0001\"", "\"step\":\"\n\"", "byte"},
		{"\"index\":3", "\"index\":-3",
			"data.index: expected an integer within its range"},
		{"\"index\":3", "\"index\":true",
			"data.index: expected an integer, found true"},
		{"\"index\":3,", "", "data.index: expected this key here, found status"},
		{"\"skipped\"", "\"ran \"", "data.status: expected a word"},
		{"\"argv\":[\"./toc.sh\",\"\"]", "\"argv\":[\"./toc.sh\",7]",
			"data.exec.argv[1]: expected a text"},
		{"\"argv\":[\"./toc.sh\",\"\"]", "\"argv\":{}",
			"data.exec.argv: expected a list"},
		{"\"signal\":9", "\"signal\":-9", "data.exec.signal: expected"},
		{"\"size_bytes\":12", "\"size_bytes\":-12",
			"data.outputs[0].size_bytes: expected"},
		{"\"outputs\":[{", "\"outputs\":[7,{",
			"data.outputs[0]: expected an object, found an integer"},
		{"\"outputs\":[{\"name\":\"TOC\"", "\"outputs\":[{\"name\":\"TOC\",\"x\":1",
			"data.outputs[0].path: expected this key here, found x"},
		{"1111\"}]", "111\"}]", "data.outputs[1].sha256: expected a sha256"},
		{"1111\"}]", "111A\"}]", "data.outputs[1].sha256: expected a sha256"},
		{"\"unbound\":true", "\"unbound\":1",
			"data.unbound: expected true or false, found an integer"},
		{"\"unbound\":true", "\"unbound\":true,\"tty\":false",
			"data.tty: expected true, found false"},
		{"\"unbound\":true", "\"unbound\":true,\"tty\":true,\"tty\":true", "duplicate"},
		{"\"unbound\":true", "\"unbound\":true,\"extra\":1",
			"data: expected no further key, found extra"},
		{"\"unbound\":true", "\"unbound\":true," MANIFEST,
			"data: expected no further key, found manifest"},
		{ZEROS, "0", "prev: expected a sha256"},
		{"\"prev\":\"" ZEROS "\"", "\"prev\":\"" ZEROS "\",\"x\":1",
			"expected no ninth key, found x"},
		{",\"prev\":\"" ZEROS "\"", "", "prev: expected this key here, found no key"},
		{ZEROS "\"}", ZEROS "\"", "byte"},
		{ZEROS "\"}", ZEROS "\"}}", "byte"},
		{ZEROS "\"}", ZEROS "\"}{}", "byte"},
	};

	for (size_t i = 0; i < SG_ARRAY_SIZE(golden); i++)
		if (strstr(golden[i], "\"event\":\"engine\""))
			for (size_t c = 0; c < SG_ARRAY_SIZE(cases); c++)
				refused(golden[i], &cases[c]);
}

Test(event_json, a_key_that_says_nothing_is_refused_because_the_writer_leaves_it_out)
{
	static const char begin[] = HEAD("begin", "runner") "\"phase\":\"SPC\"" TAIL;
	static const char record[] = HEAD("record_start",
		"recorder") "\"name\":\"QA\",\"outputs\":[],\"paths\":[],\"note\":\"\"" TAIL;
	static const struct broken empty_signal = {"\"SPC\"",
		"\"SPC\",\"signal\":{\"digest\":\"\",\"tty\":false}",
		"data.signal: expected no key that says nothing"};
	static const struct broken zero_time = {"\"note\":\"\"",
		"\"note\":\"\",\"start\":\"1970-01-01T00:00:00.000Z\"",
		"data.start: expected no key"};

	refused(begin, &empty_signal);
	refused(record, &zero_time);
}

Test(event_json, an_event_that_ends_a_phase_must_carry_the_manifest)
{
	static const char line[] = HEAD("no", "operator") "\"reason\":\"r\"," MANIFEST TAIL;
	static const struct broken cases[] = {
		{"," MANIFEST, "", "data.manifest: expected this key here, found no key"},
		{ONES, "", "data.manifest: expected a sha256"},
		{MANIFEST, MANIFEST ",\"tty\":true",
			"data: expected no further key, found tty"},
	};

	for (size_t i = 0; i < SG_ARRAY_SIZE(cases); i++)
		refused(line, &cases[i]);
}

Test(event_json, anything_but_an_object_is_refused)
{
	static const char *const lines[] = {
		"", " ", "null", "7", "\"seq\"", "[]", "[{}]", "{}", "{", "nul", "\0"};

	for (size_t i = 0; i < SG_ARRAY_SIZE(lines); i++) {
		struct sg_arena arena = SG_ARENA_INIT;
		struct sg_err err = SG_ERR_INIT;
		struct sg_event e;
		cr_expect_eq(decode(&arena, lines[i], &e, &err), SG_BROKEN, "accepted: %s",
			lines[i]);
		cr_expect(err.text[0], "no sentence for %s", lines[i]);
		sg_arena_release(&arena);
	}
}

Test(event_json, deep_nesting_is_refused_quickly)
{
	const size_t n = 1 << 20;
	char *deep = malloc(n);
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_err err = SG_ERR_INIT;
	struct sg_event e;

	memset(deep, '[', n);
	cr_expect_eq(sg_event_decode(&arena, deep, n, &e, &err), SG_BROKEN);
	free(deep);
	sg_arena_release(&arena);
}

Test(event_json, a_line_over_the_limit_is_refused_by_reader_and_writer)
{
	const size_t n = SG_TRACE_LINE_MAX + 1;
	char *text = malloc(n + 1);
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_strbuf out = SG_STRBUF_INIT;
	struct sg_err err = SG_ERR_INIT;
	struct sg_event e = decoded(&arena, "use");

	memset(text, ' ', n);
	text[n] = '\0';
	e.u.use.route = text;
	sg_strbuf_adds(&out, "before");
	cr_expect_eq(sg_event_encode(&out, &e, &err), SG_LIMIT);
	cr_expect_str_eq(out.bytes, "before");
	sg_err_clear(&err);
	cr_expect_eq(sg_event_decode(&arena, text, n, &e, &err), SG_LIMIT);
	free(text);
	sg_strbuf_release(&out);
	sg_arena_release(&arena);
}

static void not_written(const struct sg_event *event, const char *says)
{
	struct sg_strbuf out = SG_STRBUF_INIT;
	struct sg_err err = SG_ERR_INIT;

	sg_strbuf_adds(&out, "before");
	cr_expect_eq(sg_event_encode(&out, event, &err), SG_INPUT, "written: %s", out.bytes);
	cr_expect(strstr(err.text, says), "expected \"%s\", found \"%s\"", says, err.text);
	cr_expect_str_eq(out.bytes, "before");
	sg_strbuf_release(&out);
}

Test(event_json, what_no_reader_would_take_is_not_written)
{
	struct sg_arena arena = SG_ARENA_INIT;
	const struct sg_event good = decoded(&arena, "use");
	struct sg_event e = good;
	const struct sg_pair twice[] = {{"A", "1"}, {"A", "2"}};
	struct sg_route route = {.meta = {twice, 2}};

	e.u.use.route = "caf\xe9";
	not_written(&e, "route is not UTF-8");
	e = good;
	e.seq = 0;
	not_written(&e, "seq is out of its range");
	e = good;
	e.time_ms = INT64_MAX;
	not_written(&e, "time lies outside");
	e = good;
	e.prev = "";
	not_written(&e, "prev is not a sha256");
	e = good;
	e.by = SG_BY_COUNT;
	not_written(&e, "by is no word of its list");
	e = good;
	e.type = SG_EVENT_COUNT;
	not_written(&e, "there is none such");
	e = decoded(&arena, "restore");
	e.manifest = "";
	not_written(&e, "manifest is not a sha256");
	e = decoded(&arena, "engine");
	e.u.engine.status = SG_ROW_STATUS_COUNT;
	not_written(&e, "status is no word of its list");
	e = decoded(&arena, "engine");
	e.u.engine.index = SIZE_MAX;
	not_written(&e, "index is out of its range");
	e = decoded(&arena, "route");
	struct sg_profile profile = *e.u.route.profile;
	profile.jobs = 65;
	e.u.route.profile = &profile;
	not_written(&e, "JOBS is out of its range");
	e = decoded(&arena, "route");
	e.u.route.route = &route;
	not_written(&e, "META has one key twice");
	sg_arena_release(&arena);
}

Test(event_json, a_damaged_line_is_refused_or_means_what_it_says)
{
	struct event_random random = {.state = 77};

	for (unsigned i = 0; i < 20000; i++) {
		struct sg_arena arena = SG_ARENA_INIT;
		struct sg_strbuf first = SG_STRBUF_INIT;
		struct sg_strbuf second = SG_STRBUF_INIT;
		struct sg_err err = SG_ERR_INIT;
		struct sg_event e;
		char *line = strdup(golden[i % SG_ARRAY_SIZE(golden)]);
		const size_t n = strlen(line);

		for (unsigned k = 0; k <= i % 3; k++)
			line[event_random_below(&random, n)] =
				(char)event_random_below(&random, 256);
		if (sg_event_decode(&arena, line, n, &e, &err) == SG_OK) {
			/* Whatever is accepted has one canonical line, which says the same. */
			cr_assert_eq(sg_event_encode(&first, &e, &err), SG_OK, "%s\n%s",
				err.text, line);
			cr_assert_eq(decode(&arena, first.bytes, &e, &err), SG_OK, "%s",
				first.bytes);
			cr_assert_eq(sg_event_encode(&second, &e, &err), SG_OK);
			cr_assert_str_eq(first.bytes, second.bytes);
		}
		free(line);
		sg_strbuf_release(&first);
		sg_strbuf_release(&second);
		sg_arena_release(&arena);
	}
	SG_LEAKCHECK();
}

Test(event_json, the_names_of_events_and_requirements_parse_back)
{
	for (unsigned i = 0; i < SG_EVENT_COUNT; i++) {
		enum sg_event_type type = SG_EVENT_COUNT;
		const char *name = sg_event_name((enum sg_event_type)i);
		cr_expect(*name && sg_event_parse(name, &type) && type == i, "%s", name);
	}
	for (unsigned i = 0; i < SG_REQUIRE_COUNT; i++) {
		enum sg_require_kind kind = SG_REQUIRE_COUNT;
		const char *name = sg_require_name((enum sg_require_kind)i);
		cr_expect(*name && sg_require_parse(name, &kind) && kind == i, "%s", name);
	}
	enum sg_event_type type = SG_EVENT_STOP;
	cr_expect_not(sg_event_parse("Init", &type));
	cr_expect_eq(type, SG_EVENT_STOP);
	cr_expect_str_eq(sg_event_name(SG_EVENT_COUNT), "");
	cr_expect_str_eq(sg_require_name(SG_REQUIRE_COUNT), "");
	cr_expect(sg_event_ends_phase(SG_EVENT_VERDICT));
	cr_expect_not(sg_event_ends_phase(SG_EVENT_BEGIN));
}
