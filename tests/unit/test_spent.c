/* test_spent.c: where the time of one request goes. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clock.h"
#include "spent.h"
#include "thread.h"

static void
each_moment_counts_for_one_part(void **state)
{
	const int64_t start = clock_mono_us();
	struct spent s;

	(void)state;
	spent_start(&s, SPENT_WEB);
	thread_pause(3);
	assert_int_equal(spent_switch(&s, SPENT_MYSQL), SPENT_WEB);
	thread_pause(9);
	assert_int_equal(spent_switch(&s, SPENT_OWN), SPENT_MYSQL);
	assert_in_range(s.us[SPENT_WEB], 3000, 1000000);
	assert_in_range(s.us[SPENT_MYSQL], 9000, 1000000);
	assert_int_equal(s.us[SPENT_REDIS], 0);
	assert_int_equal(spent_total(&s),
	    s.us[SPENT_WEB] + s.us[SPENT_MYSQL]);
	assert_true(spent_total(&s) <= clock_mono_us() - start);
}

static void
what_is_inside_is_not_counted_twice(void **state)
{
	struct spent s;
	enum spent_on before;

	(void)state;
	spent_start(&s, SPENT_OWN);
	spent_switch(&s, SPENT_MYSQL);
	before = spent_switch(&s, SPENT_REDIS);
	thread_pause(5);
	assert_int_equal(spent_switch(&s, before), SPENT_REDIS);
	assert_int_equal(spent_switch(&s, SPENT_OWN), SPENT_MYSQL);
	assert_true(s.us[SPENT_REDIS] >= 5000);
	assert_int_equal(spent_most(&s), SPENT_REDIS);
}

static void
a_wait_is_explained_by_whom_was_waited_for(void **state)
{
	struct spent s = { .us = { [SPENT_OWN] = 1, [SPENT_TURN] = 100 } };
	const struct spent group = { .us = { [SPENT_OWN] = 9,
		[SPENT_REDIS] = 20, [SPENT_RABBITMQ] = 50 } };

	(void)state;
	spent_explain(&s, SPENT_TURN, &group);
	assert_int_equal(s.us[SPENT_OWN], 1);
	assert_int_equal(s.us[SPENT_TURN], 30);
	assert_int_equal(s.us[SPENT_REDIS], 20);
	assert_int_equal(s.us[SPENT_RABBITMQ], 50);
	assert_int_equal(spent_total(&s), 101);
}

static void
nobody_needs_to_count(void **state)
{
	(void)state;
	assert_int_equal(spent_switch(NULL, SPENT_MYSQL), SPENT_OWN);
	spent_explain(NULL, SPENT_TURN, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_moment_counts_for_one_part),
		cmocka_unit_test(what_is_inside_is_not_counted_twice),
		cmocka_unit_test(a_wait_is_explained_by_whom_was_waited_for),
		cmocka_unit_test(nobody_needs_to_count),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
