/* clock.c: the time, as dates and as distances. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "clock.h"

#include <stdbool.h>
#include <time.h>

#define YEAR_0_MS (-62167219200000)
#define YEAR_10000_MS 253402300800000
#define DAY_MS 86400000

static int64_t
read_us(clockid_t clock)
{
	struct timespec now;

	/* Cannot fail for these clocks and a valid pointer. */
	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t
clock_wall_ms(void)
{
	return read_us(CLOCK_REALTIME) / 1000;
}

int64_t
clock_mono_ms(void)
{
	return read_us(CLOCK_MONOTONIC) / 1000;
}

int64_t
clock_mono_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}

/* ---- the calendar ---- */

static bool
is_leap(unsigned year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days from the first of January of year 0 to that of this year. */
static int64_t
days_before_year(unsigned year)
{
	if (year == 0)
		return 0;
	/* Year 0 is a leap year too. */
	return (int64_t)year * 365 + (year - 1) / 4 - (year - 1) / 100 +
	    (year - 1) / 400 + 1;
}

/* Days from the first of January to the first of the month (1 to 13). */
static unsigned
days_before_month(unsigned year, unsigned month)
{
	static const unsigned short days[] = {
		0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365,
	};

	return days[month - 1] + (month > 2 && is_leap(year));
}

void
clock_split(int64_t wall_ms, struct clock_date *date)
{
	int64_t days, rest;

	if (wall_ms < YEAR_0_MS)
		wall_ms = YEAR_0_MS;
	if (wall_ms >= YEAR_10000_MS)
		wall_ms = YEAR_10000_MS - 1;
	days = (wall_ms - YEAR_0_MS) / DAY_MS;
	rest = (wall_ms - YEAR_0_MS) % DAY_MS;

	/* 400 years have 146,097 days; the guess is a year off at most. */
	date->year = (unsigned)(days * 400 / 146097);
	if (days < days_before_year(date->year))
		date->year--;
	else if (days >= days_before_year(date->year + 1))
		date->year++;
	days -= days_before_year(date->year);
	date->month = (unsigned)days / 31 + 1;	/* or the one after it */
	if (days >= days_before_month(date->year, date->month + 1))
		date->month++;
	date->day = (unsigned)days -
	    days_before_month(date->year, date->month) + 1;
	date->hour = (unsigned)(rest / 3600000);
	date->minute = (unsigned)(rest / 60000 % 60);
	date->second = (unsigned)(rest / 1000 % 60);
	date->ms = (unsigned)(rest % 1000);
}

int64_t
clock_join(const struct clock_date *date)
{
	const int64_t days = days_before_year(date->year) +
	    days_before_month(date->year, date->month) + date->day - 1;

	return YEAR_0_MS + days * DAY_MS + (int64_t)date->hour * 3600000 +
	    date->minute * 60000 + date->second * 1000 + date->ms;
}

/* Writes a number with leading zeros, and what follows it. */
static char *
put(char *out, unsigned number, int digits, char after)
{
	for (int i = digits - 1; i >= 0; i--) {
		out[i] = (char)('0' + number % 10);
		number /= 10;
	}
	out[digits] = after;
	return out + digits + 1;
}

void
clock_format(int64_t wall_ms, char out[CLOCK_SIZE])
{
	struct clock_date date;

	clock_split(wall_ms, &date);
	out = put(out, date.year, 4, '-');
	out = put(out, date.month, 2, '-');
	out = put(out, date.day, 2, 'T');
	out = put(out, date.hour, 2, ':');
	out = put(out, date.minute, 2, ':');
	out = put(out, date.second, 2, '.');
	out = put(out, date.ms, 3, 'Z');
	*out = '\0';
}
