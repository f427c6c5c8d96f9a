/* test_trace.c: W3C Trace Context: whose request, of how many systems. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "trace.h"

#define ID "0af7651916cd43dd8448eb211c80319c"
#define SPAN "b7ad6b7169203331"

static void
a_valid_header_is_taken_apart(void **state)
{
	struct trace trace;

	(void)state;
	assert_true(trace_read(&trace, "00-" ID "-" SPAN "-01"));
	assert_string_equal(trace.id, ID);
	assert_string_equal(trace.span, SPAN);
	assert_string_equal(trace.parent, "");
	assert_true(trace.sampled);
	assert_true(trace_read(&trace, "00-" ID "-" SPAN "-00"));
	assert_false(trace.sampled);
}

static void
of_the_flags_only_the_last_bit_is_read(void **state)
{
	char out[TRACEPARENT_SIZE];
	struct trace trace;

	(void)state;
	assert_true(trace_read(&trace, "00-" ID "-" SPAN "-ff"));
	assert_true(trace.sampled);
	trace_write(&trace, out);
	assert_string_equal(out, "00-" ID "-" SPAN "-01");
	assert_true(trace_read(&trace, "00-" ID "-" SPAN "-fe"));
	assert_false(trace.sampled);
}

static void
later_versions_are_read_as_far_as_they_are_known(void **state)
{
	static const char *const good[] = {
		"01-" ID "-" SPAN "-01",
		"cc-" ID "-" SPAN "-01-what the future holds",
		"fe-" ID "-" SPAN "-01-",
	};
	char out[TRACEPARENT_SIZE];
	struct trace trace;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(trace_read(&trace, good[i]));
		trace_write(&trace, out);
		assert_string_equal(out, "00-" ID "-" SPAN "-01");
	}
}

static void
what_is_not_valid_is_no_trace(void **state)
{
	static const char *const bad[] = {
		"", "0", "00", "00-", "00-" ID, "00-" ID "-", "00-" ID "-" SPAN,
		"00-" ID "-" SPAN "-", "00-" ID "-" SPAN "-0",
		/* version 00 has nothing behind its flags */
		"00-" ID "-" SPAN "-01-", "00-" ID "-" SPAN "-01-00",
		"00-" ID "-" SPAN "-010", "00-" ID "-" SPAN "-01 ",
		" 00-" ID "-" SPAN "-01",
		/* later ones only what a '-' sets off */
		"01-" ID "-" SPAN "-010", "01-" ID "-" SPAN "-01.00",
		"ff-" ID "-" SPAN "-01", "0-" ID "-" SPAN "-01",
		"000-" ID "-" SPAN "-01", "0g-" ID "-" SPAN "-01",
		/* all zero */
		"00-00000000000000000000000000000000-" SPAN "-01",
		"00-" ID "-0000000000000000-01",
		/* upper case */
		"00-0AF7651916CD43DD8448EB211C80319C-" SPAN "-01",
		"00-" ID "-B7AD6B7169203331-01", "0A-" ID "-" SPAN "-01",
		"00-" ID "-" SPAN "-0A",
		/* too long, too short, other signs */
		"00-" ID "0-" SPAN "-01", "00-0" SPAN "-" SPAN "-01",
		"00-" ID "-" SPAN "0-01", "00_" ID "_" SPAN "_01",
		"00-" ID "-" SPAN "-0x", "00-" ID "-" SPAN "--1",
		/* two headers that a server has joined */
		"00-" ID "-" SPAN "-01, 00-" ID "-" SPAN "-01",
	};
	char out[TRACEPARENT_SIZE];
	struct trace trace;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(&trace, 'x', sizeof(trace));
		if (trace_read(&trace, bad[i]))
			fail_msg("\"%s\" was taken", bad[i]);
		assert_string_equal(trace.id, "");
		trace_continue(&trace);
		trace_write(&trace, out);
		assert_string_equal(out, "");
	}
	assert_false(trace_read(&trace, NULL));
}

static void
a_new_span_hangs_from_the_old_one(void **state)
{
	struct trace first, second;
	char out[TRACEPARENT_SIZE];

	(void)state;
	trace_read(&first, "00-" ID "-" SPAN "-01");
	second = first;
	trace_continue(&first);
	trace_continue(&second);
	assert_string_equal(first.id, ID);
	assert_string_equal(first.parent, SPAN);
	assert_string_not_equal(first.span, SPAN);
	assert_string_not_equal(first.span, second.span);
	trace_write(&first, out);
	assert_true(trace_read(&second, out));
	assert_string_equal(second.span, first.span);
}

static void
a_state_is_passed_on_if_it_is_short_and_plain(void **state)
{
	char longest[TRACESTATE_MOST + 2];

	(void)state;
	assert_true(trace_state_fits("rojo=00f067aa0ba902b7,congo=t61rcWkg"));
	assert_false(trace_state_fits(""));
	assert_false(trace_state_fits("a=b\r\nHost: other"));
	assert_false(trace_state_fits("a=\xc3\xa9"));
	memset(longest, 'a', sizeof(longest));
	longest[TRACESTATE_MOST] = '\0';
	assert_true(trace_state_fits(longest));
	longest[TRACESTATE_MOST] = 'a';
	longest[TRACESTATE_MOST + 1] = '\0';
	assert_false(trace_state_fits(longest));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_valid_header_is_taken_apart),
		cmocka_unit_test(of_the_flags_only_the_last_bit_is_read),
		cmocka_unit_test(
		    later_versions_are_read_as_far_as_they_are_known),
		cmocka_unit_test(what_is_not_valid_is_no_trace),
		cmocka_unit_test(a_new_span_hangs_from_the_old_one),
		cmocka_unit_test(
		    a_state_is_passed_on_if_it_is_short_and_plain),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
