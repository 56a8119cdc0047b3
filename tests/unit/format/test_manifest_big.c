/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Big manifests and bombs: what is right is read however long, what is not ends quickly. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness/harness.h"
#include "manifest_test.h"

/* Writes n engines, reads them, compares values, bytes and the memory taken. */
static void go_round(size_t n_engines)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_manifest m;
	struct sg_strbuf file = SG_STRBUF_INIT;
	struct reading r;

	t_big_manifest(&arena, n_engines, &m);
	sg_manifest_write(&file, &m);
	t_read_bytes(&r, "m.yaml", file.bytes, file.n_bytes, SG_READ_STRICT);
	cr_assert_eq(r.rc, SG_OK, "%s", r.text);
	cr_assert_eq(r.m.engines.entries.n, n_engines);
	cr_assert(sg_manifest_equal(&m, &r.m));
	cr_assert(r.source.canonical);
	cr_expect_lt(r.arena.total_bytes, file.n_bytes + ((size_t)4 << 20),
		"%zu bytes for a file of %zu", r.arena.total_bytes, file.n_bytes);
	t_reading_release(&r);
	sg_strbuf_release(&file);
	sg_arena_release(&arena);
}

Test(manifest_big, a_hundred_thousand_engines_read_back_to_equal_bytes)
{
	go_round(sg_t_is_asan() ? 10000 : 100000);
	SG_LEAKCHECK();
}

Test(manifest_big, a_million_engines_read_back_to_equal_bytes)
{
	if (sg_t_is_asan())
		cr_skip_test("a million is for the builds without a sanitizer");
	go_round(1000000);
	SG_LEAKCHECK();
}

Test(manifest_big, so_they_do_by_events_where_a_comment_keeps_the_fast_reader_out)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_manifest m;
	struct sg_strbuf file = SG_STRBUF_INIT;
	struct reading r;

	t_big_manifest(&arena, sg_t_is_asan() ? 5000 : 100000, &m);
	sg_manifest_write(&file, &m);
	sg_strbuf_adds(&file, "# comment\n");
	t_read_bytes(&r, "m.yaml", file.bytes, file.n_bytes, SG_READ_STRICT);
	cr_assert_eq(r.rc, SG_OK, "%s", r.text);
	cr_assert(sg_manifest_equal(&m, &r.m));
	cr_assert(r.source.comments && !r.source.canonical);
	cr_expect_lt(r.arena.total_bytes, file.n_bytes + ((size_t)4 << 20));
	t_reading_release(&r);
	sg_strbuf_release(&file);
	sg_arena_release(&arena);
	SG_LEAKCHECK();
}

Test(manifest_big, a_fault_in_the_last_of_many_rows_is_found_at_its_place)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_manifest m;
	struct reading r;

	t_big_manifest(&arena, 20000, &m);
	char *text = t_written(&m);
	char *last = strstr(text, "PART_0019999");
	memcpy(strstr(last, "\"ran\""), "ran9 ", 5);
	t_read(&r, "m.yaml", text, SG_READ_STRICT);
	cr_expect_str_eq(r.text,
		"m.yaml:120030:17: cannot read status in ENGINE_RUN_LEDGER row 20000: "
		"expected ran, skipped or failed, found the text \"ran9\"");
	t_reading_release(&r);
	free(text);
	sg_arena_release(&arena);
	SG_LEAKCHECK();
}

static double cpu_ms(void)
{
	struct timespec now = {0};

	cr_assert_eq(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now), 0);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

Test(manifest_big, every_bomb_is_refused_quickly_in_both_modes)
{
	static const char *const bombs[][3] = {
		{"", "[", ""},
		{"", "{", ""},
		{"", "{a: ", ""},
		{"", "- ", "x"},
		{"", "? ", "x"},
		{"SESSION: ", "[", ""},
		{"SESSION: ", "{a: ", ""},
		{"a: ", "x", "\n"},
		{"a: \"", "\\x41", "\"\n"},
		{"SESSION: {OWNER: ", "x", "}\n"},
		{"a: |\n", " xxxxxxxx\n", ""},
		{"%TAG !a! b\n", "%TAG !a! b\n", "---\na: 1\n"},
		{"a: [", "1,", "]\n"},
		{"a: [", "{},", "]\n"},
		{"a: [[[", "{b: {c: d}},", "]]]\n"},
		{"", "k: 1\n", ""},
		{"LEDGERS: {ROLE_LEDGER: [", "{},", ""},
		{"a: ", "&", ""},
		{"", "--- x\n", ""},
		{"a: 1\n...\n", "%TAG !a! b\n", "--- x\n"},
		{"", "\xc2\x85", "@"},
		{"", "# x\n", ""},
		{"a: [*x", ", *x", "]"},
		{"\"", "x", "\": 1\n"},
		{"", "\xff", ""},
	};

	for (size_t i = 0; i < 2 * sizeof(bombs) / sizeof(bombs[0]); i++) {
		const char *const *bomb = bombs[i / 2];
		struct sg_strbuf text = SG_STRBUF_INIT;
		struct reading r;
		sg_strbuf_adds(&text, bomb[0]);
		while (text.n_bytes < (size_t)1 << 19)
			sg_strbuf_adds(&text, bomb[1]);
		sg_strbuf_adds(&text, bomb[2]);
		const double start_ms = cpu_ms();
		t_read_bytes(&r, "m.yaml", text.bytes, text.n_bytes,
			i % 2 ? SG_READ_LENIENT : SG_READ_STRICT);
		const double ms = cpu_ms() - start_ms;
		cr_expect_lt(r.rc, 0, "bomb %zu was read", i / 2);
		cr_expect_lt(
			ms, sg_t_is_asan() ? 2000 : 200, "bomb %zu took %.0f ms", i / 2, ms);
		t_reading_release(&r);
		sg_strbuf_release(&text);
	}
	SG_LEAKCHECK();
}

Test(manifest_big, many_distinct_unknown_keys_are_refused_and_a_thousand_are_not_slow)
{
	struct sg_strbuf text = SG_STRBUF_INIT;
	struct reading r;

	for (size_t i = 0; text.n_bytes < (size_t)1 << 19; i++)
		sg_strbuf_addf(&text, "k%zu: {a: [1, 2]}\n", i);
	const double start_ms = cpu_ms();
	t_read(&r, "m.yaml", text.bytes, SG_READ_LENIENT);
	cr_expect_eq(r.rc, SG_LIMIT, "%s", r.text);
	cr_expect_lt(cpu_ms() - start_ms, sg_t_is_asan() ? 2000 : 200);
	t_reading_release(&r);
	sg_strbuf_release(&text);
	SG_LEAKCHECK();
}
