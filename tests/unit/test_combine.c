/* test_combine.c: threads that ask together. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clock.h"
#include "combine.h"
#include "thread.h"

#define ASKERS 5
#define WAIT_MS 5000

/* One thread that asks for the double of its number. */
struct asker {
	struct combined ask;		/* first: it is got back from that */
	pthread_t thread;
	int number, answer;
	enum result result;
};

/* What they all share; each group waits until it may be answered. */
static struct {
	struct combiner combiner;
	sem_t begun, may_end;
	pthread_mutex_t mutex;		/* of what follows */
	size_t groups[ASKERS];	/* how many each had */
	size_t count;
	enum result result;
} all = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static struct asker askers[ASKERS];

static enum result
ask_for_all(void *mine, struct combined *group)
{
	const struct asker *const leader = mine;
	struct asker *asker;

	assert_ptr_equal(group, &leader->ask);
	pthread_mutex_lock(&all.mutex);
	for (; group != NULL; group = group->next) {
		asker = (struct asker *)group;
		asker->answer = asker->number * 2;
		all.groups[all.count]++;
	}
	all.count++;
	pthread_mutex_unlock(&all.mutex);
	sem_post(&all.begun);
	sem_wait(&all.may_end);
	return all.result;
}

static void *
run(void *argument)
{
	struct asker *const asker = argument;

	asker->result = combine(&all.combiner, &asker->ask, ask_for_all,
	    asker);
	return NULL;
}

static void
begin(int most_asking, size_t most)
{
	all.count = 0;
	for (int i = 0; i < ASKERS; i++) {
		askers[i] = (struct asker){ .ask.size = 1, .number = i + 1 };
		all.groups[i] = 0;
	}
	all.result = RESULT_OK;
	combiner_init(&all.combiner, most_asking, most);
	sem_init(&all.begun, 0, 0);
	sem_init(&all.may_end, 0, 0);
}

static size_t
waiting(void)
{
	const struct combined *ask;
	size_t count = 0;

	pthread_mutex_lock(&all.combiner.mutex);
	for (ask = all.combiner.first; ask != NULL; ask = ask->next)
		count++;
	pthread_mutex_unlock(&all.combiner.mutex);
	return count;
}

/* Starts askers until `until`, each when the one before it waits. */
static void
let_wait(int from, int until)
{
	const int64_t end = clock_mono_ms() + WAIT_MS;
	const size_t before = waiting();

	for (int i = from; i < until; i++) {
		thread_start(&askers[i].thread, run, &askers[i]);
		while (waiting() < before + (size_t)(i - from) + 1 &&
		    clock_mono_ms() < end)
			thread_pause(1);
	}
	assert_int_equal(waiting(), before + (size_t)(until - from));
}

/* Lets one more ask, who is not to wait. */
static void
let_ask(int i)
{
	thread_start(&askers[i].thread, run, &askers[i]);
	sem_wait(&all.begun);
}

static void
end(enum result expected)
{
	for (int i = 0; i < ASKERS; i++)
		sem_post(&all.may_end);
	for (int i = 0; i < ASKERS; i++) {
		pthread_join(askers[i].thread, NULL);
		assert_int_equal(askers[i].result, expected);
	}
	assert_int_equal(all.combiner.asking, 0);
	assert_int_equal(waiting(), 0);
	assert_int_equal(all.combiner.waiting, 0);
	combiner_clear(&all.combiner);
}

static void
who_waits_is_asked_for_by_the_first_of_them(void **state)
{
	(void)state;
	begin(1, ASKERS);
	let_ask(0);
	let_wait(1, ASKERS);
	end(RESULT_OK);
	assert_int_equal(all.count, 2);
	assert_int_equal(all.groups[0], 1);
	assert_int_equal(all.groups[1], ASKERS - 1);
	for (int i = 0; i < ASKERS; i++)
		assert_int_equal(askers[i].answer, 2 * (i + 1));
}

static void
no_group_is_larger_than_the_most(void **state)
{
	(void)state;
	begin(1, 3);
	let_ask(0);
	let_wait(1, ASKERS);
	end(RESULT_OK);
	assert_int_equal(all.count, 3);
	assert_int_equal(all.groups[1], 3);
	assert_int_equal(all.groups[2], 1);
}

static void
what_is_large_leaves_less_room_for_others(void **state)
{
	(void)state;
	begin(1, 4);
	askers[2].ask.size = 3;
	askers[4].ask.size = 9;
	let_ask(0);
	let_wait(1, ASKERS);
	end(RESULT_OK);
	assert_int_equal(all.count, 4);
	assert_int_equal(all.groups[1], 2);	/* 1 and 3 */
	assert_int_equal(all.groups[2], 1);
	assert_int_equal(all.groups[3], 1);	/* larger than any group */
}

static void
in_groups_of_one_each_asks_for_itself(void **state)
{
	(void)state;
	begin(1, 1);
	let_ask(0);
	let_wait(1, ASKERS);
	end(RESULT_OK);
	assert_int_equal(all.count, ASKERS);
	for (int i = 0; i < ASKERS; i++)
		assert_int_equal(all.groups[i], 1);
}

static void
one_more_asks_where_a_whole_group_waits(void **state)
{
	(void)state;
	begin(2, 3);
	let_ask(0);
	let_wait(1, 3);
	let_ask(3);
	assert_int_equal(all.count, 2);
	assert_int_equal(all.groups[1], 3);
	let_wait(4, ASKERS);
	end(RESULT_OK);
	for (int i = 0; i < ASKERS; i++)
		assert_int_equal(askers[i].answer, 2 * (i + 1));
}

static void
a_failure_is_that_of_all_who_wait(void **state)
{
	(void)state;
	begin(1, 2);
	all.result = RESULT_UNAVAILABLE;
	let_ask(0);
	let_wait(1, ASKERS);
	end(RESULT_UNAVAILABLE);
	assert_int_equal(all.count, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_waits_is_asked_for_by_the_first_of_them),
		cmocka_unit_test(no_group_is_larger_than_the_most),
		cmocka_unit_test(what_is_large_leaves_less_room_for_others),
		cmocka_unit_test(in_groups_of_one_each_asks_for_itself),
		cmocka_unit_test(one_more_asks_where_a_whole_group_waits),
		cmocka_unit_test(a_failure_is_that_of_all_who_wait),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
