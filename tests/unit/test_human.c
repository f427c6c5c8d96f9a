/* test_human.c: numbers and times as people like to read them. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../jobs/human.h"

static void
numbers_have_commas_at_thousands(void **state)
{
	static const struct {
		uint64_t number;
		const char *text;
	} cases[] = {
		{ 0, "0" }, { 7, "7" }, { 999, "999" }, { 1000, "1,000" },
		{ 123456, "123,456" }, { 1234567, "1,234,567" },
		{ UINT64_MAX, "18,446,744,073,709,551,615" },
	};
	char out[HUMAN_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		human_number(cases[i].number, out);
		assert_string_equal(out, cases[i].text);
	}
}

static void
spans_are_in_the_largest_unit_of_which_there_are_two(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} cases[] = {
		{ -5, "0 ms" }, { 0, "0 ms" }, { 1999, "1999 ms" },
		{ 2000, "2 s" }, { 119999, "119 s" }, { 120000, "2 min" },
		{ 7199999, "119 min" }, { 7200000, "2 h" },
		{ 172799999, "47 h" }, { 172800000, "2 days" },
		{ INT64_MAX, "106751991167 days" },
	};
	char out[HUMAN_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		human_span(cases[i].ms, out);
		assert_string_equal(out, cases[i].text);
	}
}

static void
times_are_to_the_second(void **state)
{
	char out[HUMAN_SIZE];

	(void)state;
	human_time(1767323045678, out);
	assert_string_equal(out, "2026-01-02 03:04:05");
	human_time(INT64_MIN, out);
	assert_string_equal(out, "0000-01-01 00:00:00");
}

static void
what_is_no_terminal_has_no_columns(void **state)
{
	(void)state;
	assert_int_equal(human_columns(-1), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_have_commas_at_thousands),
		cmocka_unit_test(
		    spans_are_in_the_largest_unit_of_which_there_are_two),
		cmocka_unit_test(times_are_to_the_second),
		cmocka_unit_test(what_is_no_terminal_has_no_columns),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
