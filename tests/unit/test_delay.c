/* test_delay.c: things that are done a little later. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../fcgi/delay.h"
#include "clock.h"
#include "thread.h"

#define THINGS 4
#define WAIT_MS 5000

/* What was finished, in which order and when. */
static struct {
	pthread_mutex_t mutex;
	int *thing[THINGS];
	int64_t at[THINGS];
	size_t count;
} done = { .mutex = PTHREAD_MUTEX_INITIALIZER };
static int things[THINGS];

static void
finish(void *thing)
{
	pthread_mutex_lock(&done.mutex);
	done.thing[done.count] = thing;
	done.at[done.count++] = clock_mono_ms();
	pthread_mutex_unlock(&done.mutex);
}

static size_t
finished(void)
{
	size_t count;

	pthread_mutex_lock(&done.mutex);
	count = done.count;
	pthread_mutex_unlock(&done.mutex);
	return count;
}

static void
things_are_finished_in_their_order_and_not_before_time(void **state)
{
	const int64_t start = clock_mono_ms();
	struct delayer *d = delayer_new(finish, THINGS, 50);
	size_t i, round;

	(void)state;
	for (round = 0; round < 2; round++) {
		done.count = 0;
		for (i = 0; i < THINGS; i++)
			assert_true(delayer_take(d, &things[i]));
		while (finished() < THINGS &&
		    clock_mono_ms() < start + WAIT_MS)
			thread_pause(1);
		assert_int_equal(finished(), THINGS);
		for (i = 0; i < THINGS; i++) {
			assert_ptr_equal(done.thing[i], &things[i]);
			assert_true(done.at[i] >= start + 50);
			/* Spread over the time, but for rounding. */
			assert_true(i == 0 || done.at[i] - done.at[i - 1] >=
			    50 / THINGS - 1);
		}
	}
	delayer_free(d);
}

static void
more_than_it_may_keep_it_does_not_take(void **state)
{
	struct delayer *d = delayer_new(finish, 2, 60000);

	(void)state;
	done.count = 0;
	assert_true(delayer_take(d, &things[0]));
	assert_true(delayer_take(d, &things[1]));
	assert_false(delayer_take(d, &things[2]));
	assert_int_equal(finished(), 0);
	delayer_free(d);
	assert_int_equal(finished(), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    things_are_finished_in_their_order_and_not_before_time),
		cmocka_unit_test(more_than_it_may_keep_it_does_not_take),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
