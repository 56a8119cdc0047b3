/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/clock.h"

#include <time.h>

#include "base_test.h"

Test(clock, known_moments_are_spelled_and_read_back)
{
	static const struct {
		int64_t ms;
		const char *text;
	} rows[] = {
		{0, "1970-01-01T00:00:00.000Z"},
		{-1, "1969-12-31T23:59:59.999Z"},
		{INT64_C(951782400000), "2000-02-29T00:00:00.000Z"},
		{INT64_C(1769862896789), "2026-01-31T12:34:56.789Z"},
		{INT64_C(4107542399999), "2100-02-28T23:59:59.999Z"},
		{INT64_C(-62167219200000), "0000-01-01T00:00:00.000Z"},
		{INT64_C(253402300799999), "9999-12-31T23:59:59.999Z"},
	};
	for (size_t i = 0; i < SG_ARRAY_SIZE(rows); i++) {
		char out[SG_TIME_SIZE];
		int64_t ms = 1;
		cr_expect_str_eq(sg_time_format(rows[i].ms, out), rows[i].text);
		cr_expect(sg_time_parse(rows[i].text, &ms), "%s", rows[i].text);
		cr_expect_eq(ms, rows[i].ms);
	}
}

Test(clock, other_years_are_clamped)
{
	char out[SG_TIME_SIZE];

	cr_expect_str_eq(sg_time_format(INT64_MIN, out), "0000-01-01T00:00:00.000Z");
	cr_expect_str_eq(sg_time_format(INT64_MAX, out), "9999-12-31T23:59:59.999Z");
	cr_expect_str_eq(sg_time_date(INT64_MAX, out), "9999-12-31");
}

Test(clock, every_day_of_ten_thousand_years_agrees_with_the_library)
{
	for (int64_t day = -719528; day <= 2932896; day++) {
		const time_t seconds = (time_t)(day * 86400);
		struct tm tm;
		char expected[SG_TIME_SIZE];
		char out[SG_TIME_SIZE];
		int64_t ms = 0;
		gmtime_r(&seconds, &tm);
		snprintf(expected, sizeof(expected), "%04u-%02u-%02u",
			(unsigned int)(tm.tm_year + 1900) % 10000u,
			(unsigned int)tm.tm_mon % 12u + 1u, (unsigned int)tm.tm_mday % 100u);
		cr_assert_str_eq(sg_time_date(day * 86400000, out), expected);
		cr_assert(sg_time_parse(sg_time_format(day * 86400000, out), &ms));
		cr_assert_eq(ms, day * 86400000);
	}
}

Test(clock, anything_but_the_exact_form_is_refused)
{
	static const char *const bad[] = {
		"",
		"2026-01-31",
		"2026-01-31T12:34:56Z",
		"2026-01-31T12:34:56.78Z",
		"2026-01-31T12:34:56.7890Z",
		"2026-01-31T12:34:56.789",
		"2026-01-31T12:34:56.789z",
		"2026-01-31t12:34:56.789Z",
		"2026-01-31 12:34:56.789Z",
		"2026-01-31T12:34:56.789+00:00",
		"2026-01-31T12:34:56.789Z ",
		" 2026-01-31T12:34:56.789Z",
		"2026-01-31T12:34:56,789Z",
		"2026-00-31T12:34:56.789Z",
		"2026-13-31T12:34:56.789Z",
		"2026-01-00T12:34:56.789Z",
		"2026-01-32T12:34:56.789Z",
		"2026-04-31T12:34:56.789Z",
		"2026-02-29T12:34:56.789Z",
		"2100-02-29T12:34:56.789Z",
		"2026-01-31T24:00:00.000Z",
		"2026-01-31T12:60:56.789Z",
		"2026-01-31T12:34:60.789Z",
		"-026-01-31T12:34:56.789Z",
		"2026-1 -31T12:34:56.789Z",
		"2026-01-31T12:34:5६.789Z",
	};
	for (size_t i = 0; i < SG_ARRAY_SIZE(bad); i++) {
		int64_t ms = 77;
		cr_expect_not(sg_time_parse(bad[i], &ms), "'%s' was taken", bad[i]);
		cr_expect_eq(ms, 77);
	}
}

Test(clock, the_clocks_run)
{
	const int64_t mono_ns = sg_clock_mono_ns();
	const int64_t wall_ms = sg_clock_wall_ms();

	cr_expect_geq(sg_clock_mono_ns(), mono_ns);
	cr_expect_leq(llabs((long long)time(NULL) * 1000 - (long long)wall_ms), 60000);
}

Test(clock, random_bytes_differ)
{
	unsigned char a[32] = {0};
	unsigned char b[32] = {0};

	cr_assert_eq(sg_random(a, sizeof(a), NULL), SG_OK);
	cr_assert_eq(sg_random(b, sizeof(b), NULL), SG_OK);
	cr_expect_arr_neq(a, b, sizeof(a));
	cr_expect_eq(sg_random(NULL, 0, NULL), SG_OK);
}

Test(clock, a_uuid_is_that_of_the_standards_example)
{
	/*
	 * RFC 9562, A.6: 2022-02-22T19:22:22.000Z, random A 0xCC3, random B 0x18C4DC0C0C07398F.
	 */
	const unsigned char random[10] = {
		0xFC, 0xC3, 0xD8, 0xC4, 0xDC, 0x0C, 0x0C, 0x07, 0x39, 0x8F};
	char out[SG_UUID_SIZE];

	sg_uuid7(INT64_C(0x017F22E279B0), random, out);
	cr_expect_str_eq(out, "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
}

Test(clock, uuids_sort_by_their_time)
{
	const unsigned char low[10] = {0};
	unsigned char high[10];
	char earlier[SG_UUID_SIZE];
	char later[SG_UUID_SIZE];

	memset(high, 0xFF, sizeof(high));
	sg_uuid7(1769862896789, high, earlier);
	sg_uuid7(1769862896790, low, later);
	cr_expect_lt(strcmp(earlier, later), 0);
	cr_expect_eq(earlier[14], '7');
	cr_expect_eq(earlier[19], 'b');
	cr_expect_eq(later[19], '8');
}
