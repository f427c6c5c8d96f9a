/* test_clock.c: the time, as dates and as distances. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "clock.h"

static void
times_are_written_as_iso_8601(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00.000Z" },
		{ 1, "1970-01-01T00:00:00.001Z" },
		{ -1, "1969-12-31T23:59:59.999Z" },
		{ -1000, "1969-12-31T23:59:59.000Z" },
		{ 1767323045678, "2026-01-02T03:04:05.678Z" },
		{ 951782400000, "2000-02-29T00:00:00.000Z" },
		{ 4102444799999, "2099-12-31T23:59:59.999Z" },
		{ 253402300799999, "9999-12-31T23:59:59.999Z" },
	};
	char out[CLOCK_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		clock_format(cases[i].ms, out);
		assert_string_equal(out, cases[i].text);
	}
}

static void
times_that_do_not_fit_are_the_nearest_that_do(void **state)
{
	char out[CLOCK_SIZE];

	(void)state;
	clock_format(253402300800000, out);
	assert_string_equal(out, "9999-12-31T23:59:59.999Z");
	clock_format(INT64_MAX, out);
	assert_string_equal(out, "9999-12-31T23:59:59.999Z");
	clock_format(INT64_MIN, out);
	assert_string_equal(out, "0000-01-01T00:00:00.000Z");
}

/* Every day of 10,000 years, at its first and its last millisecond. */
static void
dates_are_those_of_the_c_library_and_lead_back(void **state)
{
	const time_t day = 86400, first = -62167219200, end = 253402300800;
	struct clock_date date;
	struct tm tm;

	(void)state;
	for (time_t t = first; t < end; t += day) {
		gmtime_r(&t, &tm);
		clock_split((int64_t)t * 1000, &date);
		assert_int_equal(date.year, tm.tm_year + 1900);
		assert_int_equal(date.month, tm.tm_mon + 1);
		assert_int_equal(date.day, tm.tm_mday);
		assert_int_equal(clock_join(&date), (int64_t)t * 1000);
		clock_split((int64_t)(t + day) * 1000 - 1, &date);
		assert_int_equal(date.day, tm.tm_mday);
		assert_int_equal(date.hour * 3600 + date.minute * 60 +
		    date.second, day - 1);
		assert_int_equal(date.ms, 999);
		assert_int_equal(clock_join(&date),
		    (int64_t)(t + day) * 1000 - 1);
	}
}

static void
the_wall_clock_agrees_with_time(void **state)
{
	int64_t before = (int64_t)time(NULL) * 1000 - 1000;
	int64_t now = clock_wall_ms();

	(void)state;
	assert_true(before <= now);
	assert_true(now <= (int64_t)time(NULL) * 1000 + 1000);
}

static void
the_other_clock_goes_forward_in_milliseconds(void **state)
{
	const struct timespec pause = { .tv_nsec = 20000000 };
	int64_t start = clock_mono_ms(), passed;

	(void)state;
	nanosleep(&pause, NULL);
	passed = clock_mono_ms() - start;
	assert_true(passed >= 19);
	assert_true(passed < 10000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_written_as_iso_8601),
		cmocka_unit_test(times_that_do_not_fit_are_the_nearest_that_do),
		cmocka_unit_test(
		    dates_are_those_of_the_c_library_and_lead_back),
		cmocka_unit_test(the_wall_clock_agrees_with_time),
		cmocka_unit_test(the_other_clock_goes_forward_in_milliseconds),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
