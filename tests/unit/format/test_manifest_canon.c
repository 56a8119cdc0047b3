/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reader of the canonical form and the reader by events agree on everything. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "format/manifest_reader.h"
#include "harness/harness.h"
#include "manifest_test.h"

/* The canonical form of a random manifest without unknown keys. */
static struct sg_strbuf random_text(struct random *random)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_strbuf out = SG_STRBUF_INIT;
	struct sg_manifest m;

	t_random_manifest(random, &arena, &m);
	for (size_t i = 0; i < SG_MAPPING_COUNT; i++)
		m.extra[i] = "";
	struct sg_role_row *roles = sg_arena_array(&arena, m.roles.n + 1, sizeof(*roles));
	for (size_t i = 0; i < m.roles.n; i++) {
		roles[i] = m.roles.v[i];
		roles[i].extra = "";
	}
	m.roles.v = roles;
	struct sg_engine_row *engines =
		sg_arena_array(&arena, m.engines.entries.n + 1, sizeof(*engines));
	for (size_t i = 0; i < m.engines.entries.n; i++) {
		engines[i] = m.engines.entries.v[i];
		engines[i].extra = "";
	}
	m.engines.entries.v = engines;
	struct sg_output_row *outputs =
		sg_arena_array(&arena, m.outputs.n + 1, sizeof(*outputs));
	for (size_t i = 0; i < m.outputs.n; i++) {
		outputs[i] = m.outputs.v[i];
		outputs[i].extra = "";
	}
	m.outputs.v = outputs;
	sg_manifest_write(&out, &m);
	sg_arena_release(&arena);
	return out;
}

/*
 * What the canonical reader takes, the other reads to equal values, and it is written as it
 * was.
 */
static bool agree(const struct sg_strbuf *text)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_manifest m;

	const bool taken = sg_canon_read(&arena, text->bytes, text->n_bytes, &m);
	if (taken) {
		struct reading r;
		char *written = t_written(&m);
		cr_assert_str_eq(written, text->bytes);
		free(written);
		/* A comment is nothing that the canonical reader takes. */
		char *commented = sg_t_format("%s# by events\n", text->bytes);
		t_read(&r, "m.yaml", commented, SG_READ_STRICT);
		cr_assert_eq(r.rc, SG_OK, "%s\n%s", r.text, commented);
		cr_assert(r.source.comments && !r.source.canonical);
		cr_assert(sg_manifest_equal(&m, &r.m), "%s", commented);
		t_reading_release(&r);
		free(commented);
	}
	sg_arena_release(&arena);
	return taken;
}

Test(manifest_canon, it_takes_every_canonical_manifest_without_unknown_keys)
{
	struct random random = {.state = 31};

	for (size_t i = 0; i < 1500; i++) {
		struct sg_strbuf text = random_text(&random);
		cr_assert(agree(&text), "not taken: %s", text.bytes);
		sg_strbuf_release(&text);
	}
	SG_LEAKCHECK();
}

/* Changes, drops, doubles or inserts something somewhere. */
static void mutate(struct random *random, struct sg_strbuf *text)
{
	static const char *const pieces[] = {" ", "\n", "\"", "\\", "\\n", "\\x41", "\\x01",
		"\\x7f", "\\u2028", "\\u00e9", "\\e", "\\0", "\xc2\x85", "\xe2\x80\xa8", "\xff",
		"\xd0\xb3", "[]", "- \"a\"\n", "true", "false", "ran", "PASS", "#", ":", "\t",
		"\r", "x", "''"};
	const uint32_t n = (uint32_t)text->n_bytes;
	const size_t at = t_random(random, n);
	struct sg_strbuf out = SG_STRBUF_INIT;
	size_t behind = at;

	sg_strbuf_add(&out, text->bytes, at);
	switch (t_random(random, 4)) {
	case 0: behind = at + 1 + t_random(random, 3); break;
	case 1: {
		const char *newline = strchr(text->bytes + at, '\n');
		behind = newline ? (size_t)(newline - text->bytes) + 1 : at;
		break;
	}
	case 2: {
		const char *newline = strchr(text->bytes + at, '\n');
		if (newline)
			sg_strbuf_add(&out, text->bytes + at,
				(size_t)(newline - text->bytes) + 1 - at);
		break;
	}
	default: break;
	}
	sg_strbuf_adds(&out, pieces[t_random(random, sizeof(pieces) / sizeof(pieces[0]))]);
	if (behind < n)
		sg_strbuf_adds(&out, text->bytes + behind);
	sg_strbuf_release(text);
	*text = out;
}

Test(manifest_canon, it_agrees_with_the_other_reader_on_mutated_manifests)
{
	struct random random = {.state = 32};
	const size_t n_tries = sg_t_is_asan() ? 20000 : 60000;
	size_t n_taken = 0;
	struct sg_strbuf text = random_text(&random);

	for (size_t i = 0; i < n_tries; i++) {
		if (i % 20 == 0) {
			sg_strbuf_release(&text);
			text = random_text(&random);
		}
		struct sg_strbuf mutant = SG_STRBUF_INIT;
		sg_strbuf_add(&mutant, text.bytes, text.n_bytes);
		mutate(&random, &mutant);
		if (t_random(&random, 4) == 0)
			mutate(&random, &mutant);
		n_taken += agree(&mutant);
		sg_strbuf_release(&mutant);
	}
	sg_strbuf_release(&text);
	cr_expect_gt(
		n_taken, n_tries / 200, "only %zu mutants of %zu were taken", n_taken, n_tries);
	cr_expect_lt(n_taken, n_tries / 2);
	SG_LEAKCHECK();
}

Test(manifest_canon, a_prefix_is_never_taken_and_never_read_behind_its_end)
{
	struct random random = {.state = 33};
	struct sg_strbuf text = random_text(&random);
	struct sg_manifest m = {.owner = "before"};

	for (size_t n = 0; n < text.n_bytes; n++) {
		struct sg_arena arena = SG_ARENA_INIT;
		/*
		 * An allocation of exactly this size, so that a sanitizer sees one byte too
		 * far.
		 */
		char *exact = malloc(n ? n : 1);
		cr_assert(exact);
		memcpy(exact, text.bytes, n);
		cr_expect_not(sg_canon_read(&arena, exact, n, &m), "%zu bytes", n);
		cr_expect_null(arena.head, "untouched");
		free(exact);
	}
	cr_expect_str_eq(m.owner, "before");
	sg_strbuf_release(&text);
	SG_LEAKCHECK();
}

/* --- as it comes --- */

/* Gives a few bytes at a time, and at the end none, or a failure. */
struct drip {
	const struct sg_strbuf *text;
	size_t at;
	struct random *random;
	bool fails;
};

static ssize_t drip_read(void *ctx, void *bytes, size_t n_bytes)
{
	struct drip *drip = ctx;
	const size_t n_left = drip->text->n_bytes - drip->at;
	size_t n = 1 + t_random(drip->random, 400);

	if (n_left == 0)
		return drip->fails ? -1 : 0;
	n = n < n_bytes ? n : n_bytes;
	n = n < n_left ? n : n_left;
	memcpy(bytes, drip->text->bytes + drip->at, n);
	drip->at += n;
	return (ssize_t)n;
}

static size_t longest_line(const struct sg_strbuf *text)
{
	size_t longest = 0;

	for (const char *line = text->bytes; *line;) {
		const size_t n = strcspn(line, "\n") + 1;
		longest = n > longest ? n : longest;
		line += line[n - 1] ? n : n - 1;
	}
	return longest;
}

/* Through a window of any size the answer is that of the whole. */
static void expect_same_by_drips(struct random *random, const struct sg_strbuf *text)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_manifest whole;
	struct sg_manifest dripped;
	struct drip drip = {.text = text, .random = random};
	const struct sg_feed feed = {drip_read, &drip, text->n_bytes};
	const size_t window_bytes = longest_line(text) + 1 + t_random(random, 300);

	const bool taken = sg_canon_read(&arena, text->bytes, text->n_bytes, &whole);
	const bool taken_by_drips = sg_canon_read_feed(&arena, &feed, window_bytes, &dripped);
	cr_assert_eq(taken_by_drips, taken, "%zu bytes\n%s", window_bytes, text->bytes);
	if (taken)
		cr_assert(sg_manifest_equal(&whole, &dripped), "%s", text->bytes);
	sg_arena_release(&arena);
}

Test(manifest_canon, as_it_comes_it_is_read_as_the_whole_is)
{
	struct random random = {.state = 77};

	for (size_t i = 0; i < 400; i++) {
		struct sg_strbuf text = random_text(&random);
		expect_same_by_drips(&random, &text);
		for (size_t k = 0; k < 5; k++) {
			const size_t at = t_random(&random, (uint32_t)text.n_bytes);
			const char before = text.bytes[at];
			text.bytes[at] = "\"\\\n :-x\xFF"[t_random(&random, 8)];
			expect_same_by_drips(&random, &text);
			text.bytes[at] = before;
		}
		sg_strbuf_truncate(&text, t_random(&random, (uint32_t)text.n_bytes));
		expect_same_by_drips(&random, &text);
		sg_strbuf_release(&text);
	}
}

Test(manifest_canon, as_it_comes_it_is_not_taken_where_the_bytes_end_in_a_failure)
{
	struct random random = {.state = 78};
	struct sg_strbuf text = random_text(&random);
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_manifest m = {.owner = "before"};
	struct drip drip = {.text = &text, .random = &random, .fails = true};
	struct sg_feed feed = {drip_read, &drip, text.n_bytes};

	cr_expect_not(sg_manifest_read_canonical(&arena, &feed, &m));
	drip = (struct drip){.text = &text, .random = &random};
	feed.expected_bytes = SG_MANIFEST_MAX_BYTES + 1;
	cr_expect_not(sg_manifest_read_canonical(&arena, &feed, &m));
	cr_expect_null(arena.head, "untouched");
	cr_expect_str_eq(m.owner, "before");
	feed.expected_bytes = text.n_bytes;
	cr_expect(sg_manifest_read_canonical(&arena, &feed, &m));
	sg_arena_release(&arena);
	sg_strbuf_release(&text);
	SG_LEAKCHECK();
}

Test(manifest_canon, as_it_comes_a_line_longer_than_the_window_is_not_taken)
{
	struct random random = {.state = 79};
	struct sg_strbuf text = random_text(&random);
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_manifest m;
	struct drip drip = {.text = &text, .random = &random};
	const struct sg_feed feed = {drip_read, &drip, text.n_bytes};

	cr_expect_not(sg_canon_read_feed(&arena, &feed, longest_line(&text) / 2, &m));
	sg_strbuf_release(&text);
	sg_arena_release(&arena);
}

Test(manifest_canon, a_text_over_the_cap_is_left_to_the_other_reader)
{
	struct sg_manifest m;
	struct reading r;
	char *goal = malloc(SG_YAML_MAX_SCALAR + 2);

	cr_assert(goal);
	memset(goal, 'g', SG_YAML_MAX_SCALAR + 1);
	goal[SG_YAML_MAX_SCALAR + 1] = '\0';
	sg_manifest_default(&m);
	m.step_goal = goal;
	char *written = t_written(&m);
	t_read(&r, "m.yaml", written, SG_READ_STRICT);
	cr_expect_eq(r.rc, SG_LIMIT, "%s", r.text);
	t_reading_release(&r);
	free(written);
	goal[SG_YAML_MAX_SCALAR] = '\0';
	written = t_written(&m);
	t_read(&r, "m.yaml", written, SG_READ_STRICT);
	cr_expect_eq(r.rc, SG_OK, "%s", r.text);
	cr_expect_str_eq(r.m.step_goal, goal);
	t_reading_release(&r);
	free(written);
	free(goal);
	SG_LEAKCHECK();
}
