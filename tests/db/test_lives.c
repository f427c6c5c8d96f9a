/* test_lives.c: epochs and leases: what is won is won by one. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "database.h"

#include <pthread.h>
#include <stdbool.h>

#include "db_lives.h"

static void
an_epoch_is_raised_by_compare_and_set(void **state)
{
	uint32_t epoch;

	assert_ok(db_epoch_newest(*state, &epoch));
	assert_int_equal(epoch, 0);
	assert_int_equal(db_epoch_raise(*state, 1, "x", 1), RESULT_CONFLICT);
	assert_ok(db_epoch_raise(*state, 0, "life one", 1));
	assert_int_equal(db_epoch_raise(*state, 0, "x", 1), RESULT_CONFLICT);
	assert_ok(db_epoch_raise(*state, 1, "life two", 2));
	assert_ok(db_epoch_newest(*state, &epoch));
	assert_int_equal(epoch, 2);
}

static void *
raise_epochs(void *argument)
{
	struct db *db = db_new(database_config());
	int *won = argument;

	for (uint32_t epoch = 0; epoch < 50; epoch++) {
		enum result result = db_epoch_raise(db, epoch, "race", 1);

		if (result == RESULT_OK)
			(*won)++;
		else
			assert_int_equal(result, RESULT_CONFLICT);
	}
	db_free(db);
	return NULL;
}

static void
of_many_that_raise_it_one_wins(void **state)
{
	pthread_t threads[4];
	int won[4] = {0}, sum = 0;

	(void)state;
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, raise_epochs, &won[i]);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		sum += won[i];
	}
	assert_int_equal(sum, (int)database_number("SELECT MAX(epoch) "
	    "FROM epochs"));
}

static void
passing_a_marker_passes_those_before_it(void **state)
{
	bool passed;

	for (uint32_t epoch = 0; epoch < 3; epoch++)
		assert_ok(db_epoch_raise(*state, epoch, "life", 1));
	assert_ok(db_epoch_passed(*state, 1, &passed));
	assert_false(passed);
	assert_ok(db_epoch_pass(*state, 2, 5));
	assert_ok(db_epoch_passed(*state, 1, &passed));
	assert_true(passed);
	assert_ok(db_epoch_passed(*state, 2, &passed));
	assert_true(passed);
	assert_ok(db_epoch_passed(*state, 3, &passed));
	assert_false(passed);
	assert_ok(db_epoch_pass(*state, 3, 6));
	assert_ok(db_epoch_pass(*state, 3, 7));
	assert_int_equal(database_number("SELECT COUNT(DISTINCT passed_at) "
	    "FROM epochs"), 2);
}

/* ---- leases ---- */

static struct lease_request
asked(uint64_t chat, uint32_t epoch, uint64_t seen)
{
	return (struct lease_request){ 1, chat, epoch, seen, false };
}

static void
assert_lease(struct db *db, struct lease_request request, uint64_t from,
    uint64_t to)
{
	struct lease lease;

	assert_ok(db_lease_take(db, &request, &lease));
	assert_int_equal(lease.from, from);
	assert_int_equal(lease.to, to);
}

static void
assert_no_lease(struct db *db, struct lease_request request)
{
	struct lease lease;

	assert_int_equal(db_lease_take(db, &request, &lease),
	    RESULT_CONFLICT);
}

static void
leases_follow_each_other_and_double_while_busy(void **state)
{
	uint64_t from = 32, size = 32;

	/* A chat is born with the first 32, an application with nothing. */
	for (int i = 0; i < 15; i++) {
		assert_lease(*state, asked(1, 5, from),
		    from, from + size);
		from += size;
		size = size < LEASE_MOST ? size * 2 : LEASE_MOST;
	}
	assert_lease(*state, asked(0, 5, LEASE_NONE), 0,
	    32);
	assert_lease(*state, asked(0, 5, 32), 32, 96);
}

static void
a_quiet_chat_starts_small_again(void **state)
{
	assert_lease(*state, asked(1, 5, 32), 32, 64);
	assert_lease(*state, asked(1, 5, 64), 64, 128);
	database_run(*state, "UPDATE leases "
	    "SET taken_at = taken_at - INTERVAL 61 SECOND");
	assert_lease(*state, asked(1, 5, 128), 128, 160);
}

static void
a_lease_on_its_way_to_redis_is_waited_for(void **state)
{
	struct lease_request request = asked(1, 5, 32);

	assert_lease(*state, request, 32, 64);
	assert_no_lease(*state, request);
	/* Its winner has died: whoever insists goes on after it. */
	request.insist = true;
	assert_lease(*state, request, 64, 128);
	request.insist = false;
	request.seen = 128;
	assert_lease(*state, request, 128, 256);
}

static void
a_new_life_goes_on_after_what_is_recorded(void **state)
{
	struct lease_request old = asked(1, 5, 64);

	assert_lease(*state, asked(1, 5, 32), 32, 64);
	assert_lease(*state, asked(1, 6, LEASE_NONE), 64, 96);
	/* And nobody takes one for a life that is over. */
	old.insist = true;
	assert_no_lease(*state, old);
}

static void
a_restored_database_never_goes_back(void **state)
{
	assert_lease(*state, asked(1, 5, 1000), 1000, 1032);
}

struct taker {
	uint64_t got[64][2];
	int count;
};

static void *
take_leases(void *argument)
{
	struct taker *taker = argument;
	struct lease_request request = { 1, 1, 5, LEASE_NONE, true };
	struct db *db = db_new(database_config());

	while (taker->count < 64) {
		struct lease lease;
		enum result result = db_lease_take(db, &request, &lease);

		if (result == RESULT_CONFLICT)
			continue;
		assert_ok(result);
		taker->got[taker->count][0] = lease.from;
		taker->got[taker->count++][1] = lease.to;
	}
	db_free(db);
	return NULL;
}

static void
no_number_is_in_two_leases(void **state)
{
	static struct taker takers[4];
	pthread_t threads[4];
	uint64_t sum = 0, most = 0;

	(void)state;
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, take_leases, &takers[i]);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < 4; i++) {
		for (int j = 0; j < 64; j++) {
			sum += takers[i].got[j][1] - takers[i].got[j][0];
			if (takers[i].got[j][1] > most)
				most = takers[i].got[j][1];
		}
	}
	/* Without overlaps and gaps they add up to all there is. */
	assert_int_equal(sum, most - 32);
	assert_int_equal(most, database_number("SELECT upto FROM leases"));
}

const struct CMUnitTest life_tests[] = {
	TEST(an_epoch_is_raised_by_compare_and_set),
	TEST(of_many_that_raise_it_one_wins),
	TEST(passing_a_marker_passes_those_before_it),
	TEST(leases_follow_each_other_and_double_while_busy),
	TEST(a_quiet_chat_starts_small_again),
	TEST(a_lease_on_its_way_to_redis_is_waited_for),
	TEST(a_new_life_goes_on_after_what_is_recorded),
	TEST(a_restored_database_never_goes_back),
	TEST(no_number_is_in_two_leases),
	NO_MORE_TESTS,
};
