/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All readers of what a STEP is given, on the shipped example and on what damage makes of it. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "format/inputs.h"
#include "format/json.h"
#include "harness/harness.h"
#include "unit/format/event_random.h"

#define EXAMPLE "share/examples/docs-release/"
#define DIGEST  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const char route_text[] =
	"ROUTE_TOKEN:\n  META: {ROUTER_VERSION: 1.0.0, TIMESTAMP: 2026-01-31}\n  TASK:\n"
	"    USER_INTENT: \"Выпуск \\t \\u2028 / release\"\n  ROUTE: {DOMAIN: D, "
	"ARTIFACT_TYPE: A,\n"
	"    MODE: REPO, PROFILE_KEY: P, PIPE_SELECTED: S}\n  REQUIRED_SET:\n    "
	"REQUIRED_ROLES:\n"
	"      - SPC\n      - 'VAL'\n    OUTPUT_CONTRACT: [\"VAL_REPORT\"]\n    NO_GO_LIST: "
	"[]\n"
	"  GATES: {STOP_CONDITIONS: [a, b]}\n";
static const char profile_text[] =
	"PROFILE:\n  PROFILE_KEY: P\n  EVIDENCE: manual\n  SANDBOX: none\n  JOBS: 4\n"
	"  BASELINE_OUTPUTS: {SPC: [\"A|B\"]}\n  CONTRACT:\n    TOC: {min_bytes: 7, headings: [A]}\n  RUN:\n"
	"    SPC: {argv: [./a, \"b c\"], timeout_s: 60, idle_s: 1, write: [d/], network: "
	"true}\n"
	"    QA: {manual: true}\n";
static const char plan_text[] = "```yaml\nENGINE_PLAN_TOKEN:\n  required_eng_keys: [A, B]\n"
				"  allowed_eng_keys: [\"*\"]\n  no_go_eng_keys: 7\n```\n";
static const char steps_text[] = "- FILE: a\n  GOAL: \"b\"\n- {FILE: c, GOAL: d, ROUTE: e}\n";

/* Reads by the reader of that number; its result is not kept. */
static enum sg_rc read_any(
	unsigned which, struct sg_arena *arena, const char *text, size_t n, struct sg_err *err)
{
	struct sg_route route;
	struct sg_profile profile;
	struct sg_plan plan;
	const struct sg_step_entry *steps;
	size_t n_steps;

	switch (which) {
	case 0: return sg_route_read(arena, "f", text, n, &route, err);
	case 1: return sg_profile_read(arena, "f", text, n, &profile, err);
	case 2: return sg_plan_read(arena, "f", text, n, &plan, err);
	default: return sg_steps_read(arena, "f", text, n, &steps, &n_steps, err);
	}
}

Test(inputs, damaged_files_are_read_or_refused_with_a_sentence_and_never_more)
{
	static const char *const texts[] = {route_text, profile_text, plan_text, steps_text};
	static const char bytes[] = "{}[]:,\"'#|>-&*!%@`\\ \n\t\r\x01\x7f\xd0\xff~ab0";
	struct event_random random = {.state = 4711};
	unsigned n_read = 0;

	for (unsigned i = 0; i < 12000; i++) {
		struct sg_arena arena = SG_ARENA_INIT;
		struct sg_err err = SG_ERR_INIT;
		char *text = strdup(texts[i % 4]);
		size_t n = strlen(text);

		for (unsigned k = 0; k <= i % 3; k++)
			text[event_random_below(&random, n)] =
				bytes[event_random_below(&random, sizeof(bytes))];
		if (i % 5 == 0)
			n = event_random_below(&random, n + 1);
		/* An exact copy, so that reading behind its end is seen by the sanitizer. */
		char *exact = malloc(n ? n : 1);
		memcpy(exact, text, n);
		const enum sg_rc rc = read_any(i % 4, &arena, exact, n, &err);
		cr_assert(rc == SG_OK || ((rc == SG_INPUT || rc == SG_LIMIT) && err.text[0]),
			"%d: %s", rc, text);
		cr_assert(rc == SG_OK || strcmp(err.file, "f") == 0, "no file: %s", err.text);
		n_read += rc == SG_OK;
		free(exact);
		free(text);
		sg_arena_release(&arena);
	}
	/* Both happen often, else the test looks at one side only. */
	cr_expect(n_read > 1000 && n_read < 11000, "%u of 12000 read", n_read);
	SG_LEAKCHECK();
}

Test(inputs, a_text_with_a_nul_is_refused)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_err err = SG_ERR_INIT;
	static const char text[] = "- FILE: \"a\\0b\"\n  GOAL: g\n";

	cr_expect_eq(read_any(3, &arena, text, strlen(text), &err), SG_INPUT);
	sg_arena_release(&arena);
}

Test(inputs, route_profile_and_plan_come_back_from_the_trace_as_they_were_read)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_err err = SG_ERR_INIT;
	struct sg_strbuf out = SG_STRBUF_INIT;
	struct sg_route route;
	struct sg_profile profile;
	struct sg_event event = {.seq = 1,
		.type = SG_EVENT_ROUTE,
		.step = "0001",
		.prev = DIGEST,
		.manifest = DIGEST};
	struct sg_event back;

	cr_assert_eq(sg_route_read(&arena, "r", route_text, strlen(route_text), &route, &err),
		SG_OK, "%s", err.text);
	cr_assert_eq(sg_profile_read(
			     &arena, "p", profile_text, strlen(profile_text), &profile, &err),
		SG_OK, "%s", err.text);
	event.u.route.route = &route;
	event.u.route.profile = &profile;
	cr_assert_eq(sg_event_encode(&out, &event, &err), SG_OK, "%s", err.text);
	cr_assert_eq(sg_event_decode(&arena, out.bytes, out.n_bytes, &back, &err), SG_OK, "%s",
		err.text);
	cr_expect(event_random_equal(&event, &back), "%s", out.bytes);
	cr_expect_str_eq(back.u.route.route->user_intent, "Выпуск \t \xe2\x80\xa8 / release");
	cr_assert_eq(back.u.route.profile->demands.n, 1);
	cr_expect_str_eq(back.u.route.profile->demands.v[0].name, "TOC");
	cr_expect_eq(back.u.route.profile->demands.v[0].min_bytes, 7);
	cr_expect_str_eq(back.u.route.profile->demands.v[0].headings.v[0], "A");
	cr_expect_str_eq(back.u.route.profile->contract, "");
	sg_strbuf_release(&out);
	sg_arena_release(&arena);
}

Test(inputs, the_shipped_example_is_read)
{
	static const struct {
		unsigned which;
		const char *path;
	} files[] = {
		{0, EXAMPLE "routes/docs-release.yaml"},
		{1, EXAMPLE "profiles/PROFILE.DOCS.RELEASE.yaml"},
		{3, EXAMPLE "steps.yaml"},
	};

	for (size_t i = 0; i < SG_ARRAY_SIZE(files); i++) {
		struct sg_arena arena = SG_ARENA_INIT;
		struct sg_err err = SG_ERR_INIT;
		size_t n = 0;
		char *text = sg_t_read(files[i].path, &n);

		/* Not run from the top of the source: nothing to look at. */
		if (!text)
			cr_skip_test("%s is not there", files[i].path);
		cr_expect_eq(read_any(files[i].which, &arena, text, n, &err), SG_OK,
			"%s:%zu:%zu: %s", files[i].path, err.line, err.column, err.text);
		free(text);
		sg_arena_release(&arena);
	}
}
