/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Moments and UUIDs as text; nothing here asks what time it is. */
#include "base/time.h"

#include <string.h>

#define MS_PER_DAY INT64_C(86400000)
/* 0000-01-01T00:00:00.000Z and 9999-12-31T23:59:59.999Z */
#define WALL_MS_MIN INT64_C(-62167219200000)
#define WALL_MS_MAX INT64_C(253402300799999)

struct date {
	int64_t year;
	int64_t month; /* 1..12 */
	int64_t day;   /* 1..31 */
};

/*
 * Days since 1970 and back, by years that begin in March: the leap day is then the last of its
 * year and 153 days are any five months. Our own, because gmtime_r and timegm take what strict
 * parsing must refuse (February 30th) and know years that four digits cannot spell.
 */
static int64_t days_of(struct date date)
{
	const int64_t y = date.month <= 2 ? date.year + 399 : date.year + 400;
	const int64_t era = y / 400;
	const int64_t year_of_era = y % 400;
	const int64_t month = (date.month + 9) % 12;
	const int64_t day_of_year = (153 * month + 2) / 5 + date.day - 1;

	return (era - 1) * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
	       day_of_year - 719468;
}

static struct date date_of(int64_t days)
{
	const int64_t shifted = days + 719468 + 146097;
	const int64_t era = shifted / 146097;
	const int64_t day_of_era = shifted % 146097;
	const int64_t year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) /
		365;
	const int64_t day_of_year =
		day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	const int64_t month = (5 * day_of_year + 2) / 153;

	return (struct date){
		.year = year_of_era + (era - 1) * 400 + (month >= 10 ? 1 : 0),
		.month = month < 10 ? month + 3 : month - 9,
		.day = day_of_year - (153 * month + 2) / 5 + 1,
	};
}

/* value as exactly width digits at out. */
static void put_digits(char *out, int width, int64_t value)
{
	for (int i = width - 1; i >= 0; i--) {
		out[i] = (char)('0' + value % 10);
		value /= 10;
	}
}

const char *sg_time_format(int64_t wall_ms, char out[SG_TIME_SIZE])
{
	if (wall_ms < WALL_MS_MIN)
		wall_ms = WALL_MS_MIN;
	if (wall_ms > WALL_MS_MAX)
		wall_ms = WALL_MS_MAX;
	int64_t days = wall_ms / MS_PER_DAY;
	int64_t ms = wall_ms % MS_PER_DAY;
	if (ms < 0) {
		ms += MS_PER_DAY;
		days--;
	}
	const struct date date = date_of(days);
	strcpy(out, "YYYY-MM-DDThh:mm:ss.mmmZ");
	put_digits(out, 4, date.year);
	put_digits(out + 5, 2, date.month);
	put_digits(out + 8, 2, date.day);
	put_digits(out + 11, 2, ms / 3600000);
	put_digits(out + 14, 2, ms / 60000 % 60);
	put_digits(out + 17, 2, ms / 1000 % 60);
	put_digits(out + 20, 3, ms % 1000);
	return out;
}

const char *sg_time_date(int64_t wall_ms, char out[SG_TIME_SIZE])
{
	sg_time_format(wall_ms, out);
	out[strlen("YYYY-MM-DD")] = '\0';
	return out;
}

static int64_t take_digits(const char *text, int width)
{
	int64_t value = 0;

	for (int i = 0; i < width; i++)
		value = value * 10 + (text[i] - '0');
	return value;
}

/* Whether text has a digit where the picture has '0' and the same character elsewhere. */
static bool looks_like(const char *text, const char *picture)
{
	for (; *picture; text++, picture++) {
		const bool is_digit = *text >= '0' && *text <= '9';
		if (*picture == '0' ? !is_digit : *text != *picture)
			return false;
	}
	return *text == '\0';
}

bool sg_time_parse(const char *text, int64_t *ret_wall_ms)
{
	if (!looks_like(text, "0000-00-00T00:00:00.000Z"))
		return false;
	const struct date date = {
		take_digits(text, 4),
		take_digits(text + 5, 2),
		take_digits(text + 8, 2),
	};
	const int64_t hour = take_digits(text + 11, 2);
	const int64_t minute = take_digits(text + 14, 2);
	const int64_t second = take_digits(text + 17, 2);
	if (date.month < 1 || date.month > 12 || date.day < 1 || date.day > 31 || hour > 23 ||
		minute > 59 || second > 59)
		return false;
	const int64_t days = days_of(date);
	/* A 31st of April comes back as a 1st of May. */
	if (date_of(days).day != date.day)
		return false;
	*ret_wall_ms = days * MS_PER_DAY + ((hour * 60 + minute) * 60 + second) * 1000 +
		       take_digits(text + 20, 3);
	return true;
}

void sg_uuid7(int64_t wall_ms, const unsigned char random[10], char out[SG_UUID_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char bytes[16];
	char *at = out;

	for (size_t i = 0; i < 6; i++)
		bytes[i] = (unsigned char)((uint64_t)wall_ms >> (40 - 8 * i));
	memcpy(bytes + 6, random, 10);
	bytes[6] = (unsigned char)((bytes[6] & 0x0Fu) | 0x70u); /* version 7 */
	bytes[8] = (unsigned char)((bytes[8] & 0x3Fu) | 0x80u); /* variant 10 */
	for (size_t i = 0; i < sizeof(bytes); i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*at++ = '-';
		*at++ = digits[bytes[i] >> 4];
		*at++ = digits[bytes[i] & 15];
	}
	*at = '\0';
}
