/* test_once.c: the keys of writes that are to happen once. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "database.h"

#include <stdio.h>

#include "db_once.h"

#define NOW INT64_C(1800000000000)
#define HOUR INT64_C(3600000)
#define DAY 24

/* The row of key `key` and event `event`, written at that time. */
static struct once_row
row(unsigned key, unsigned event, int64_t at)
{
	struct once_row row = { .application = 7, .chat = 3, .message = key,
		.count = 5, .created_at = at - 1, .updated_at = at };

	snprintf(row.key, IDENT_SIZE, "%08x-0000-8000-8000-000000000000", key);
	snprintf(row.print, IDENT_SIZE, "%08x-0000-8000-8000-111111111111",
	    key);
	snprintf(row.event, IDENT_SIZE, "%08x-0000-4000-8000-000000000000",
	    event);
	return row;
}

/* Stores them in a transaction, which a clash undoes; true: one clashed. */
static bool
store(struct db *db, const struct once_row *rows, size_t count, bool *clash)
{
	bool clashed = false;

	assert_ok(db_begin(db));
	assert_ok(db_once_store(db, rows, count, DAY, clash));
	for (size_t i = 0; i < count; i++)
		clashed |= clash[i];
	if (clashed)
		db_rollback(db);
	else
		assert_ok(db_commit(db));
	return clashed;
}

static bool
store_one(struct db *db, struct once_row one)
{
	bool clash;

	return store(db, &one, 1, &clash);
}

static void
what_is_stored_is_found(void **state)
{
	struct once_row mine = row(1, 1, NOW), found;

	strcpy(mine.token, "0123abcd-4567-489a-bcde-f00102030405");
	assert_false(store_one(*state, mine));
	assert_ok(db_once_find(*state, 7, mine.key, NOW, DAY, &found));
	assert_int_equal(found.application, 7);
	assert_string_equal(found.key, mine.key);
	assert_string_equal(found.print, mine.print);
	assert_string_equal(found.event, mine.event);
	assert_string_equal(found.token, mine.token);
	assert_int_equal(found.chat, 3);
	assert_int_equal(found.message, 1);
	assert_int_equal(found.count, 5);
	assert_int_equal(found.created_at, NOW - 1);
	assert_int_equal(found.updated_at, NOW);
	assert_int_equal(db_once_find(*state, 8, mine.key, NOW, DAY, &found),
	    RESULT_NOT_FOUND);
}

static void
the_same_event_may_come_again_and_another_one_clashes(void **state)
{
	struct once_row rows[] = { row(1, 1, NOW), row(2, 2, NOW),
		row(3, 9, NOW) };
	bool clash[3];

	assert_false(store_one(*state, row(1, 1, NOW)));
	assert_false(store_one(*state, row(3, 3, NOW)));
	assert_true(store(*state, rows, 3, clash));
	assert_false(clash[0]);
	assert_false(clash[1]);
	assert_true(clash[2]);
	assert_int_equal(database_number("SELECT COUNT(*) FROM "
	    "idempotency_keys"), 2);
	assert_false(store(*state, rows, 2, clash));
	assert_int_equal(database_number("SELECT COUNT(*) FROM "
	    "idempotency_keys"), 3);
}

static void
of_two_events_with_one_key_at_once_the_first_stays(void **state)
{
	struct once_row rows[] = { row(1, 1, NOW), row(1, 2, NOW) };
	bool clash[2];

	assert_true(store(*state, rows, 2, clash));
	assert_false(clash[0]);
	assert_true(clash[1]);
}

static void
after_its_hours_a_key_is_new(void **state)
{
	struct once_row found;

	assert_false(store_one(*state, row(1, 1, NOW)));
	assert_ok(db_once_find(*state, 7, row(1, 1, 0).key,
	    NOW + DAY * HOUR - 1, DAY, &found));
	assert_int_equal(db_once_find(*state, 7, row(1, 1, 0).key,
	    NOW + DAY * HOUR, DAY, &found), RESULT_NOT_FOUND);
	assert_true(store_one(*state, row(1, 2, NOW + DAY * HOUR - 1)));
	assert_false(store_one(*state, row(1, 2, NOW + DAY * HOUR)));
	assert_ok(db_once_find(*state, 7, row(1, 1, 0).key,
	    NOW + DAY * HOUR, DAY, &found));
	assert_string_equal(found.event, row(1, 2, 0).event);
}

static void
what_is_old_is_deleted_so_many_at_a_time(void **state)
{
	struct once_row rows[5];
	bool clash[5];
	unsigned deleted;

	for (unsigned i = 0; i < 5; i++)
		rows[i] = row(i, i, NOW + i);
	assert_false(store(*state, rows, 5, clash));
	assert_ok(db_once_expire(*state, NOW + 2 + DAY * HOUR, DAY, 2,
	    &deleted));
	assert_int_equal(deleted, 2);
	assert_ok(db_once_expire(*state, NOW + 2 + DAY * HOUR, DAY, 2,
	    &deleted));
	assert_int_equal(deleted, 1);
	assert_int_equal(database_number("SELECT MIN(number) FROM "
	    "idempotency_keys"), 3);
}

const struct CMUnitTest once_tests[] = {
	TEST(what_is_stored_is_found),
	TEST(the_same_event_may_come_again_and_another_one_clashes),
	TEST(of_two_events_with_one_key_at_once_the_first_stays),
	TEST(after_its_hours_a_key_is_new),
	TEST(what_is_old_is_deleted_so_many_at_a_time),
	NO_MORE_TESTS,
};
