/* test_counts.c: counting what has changed, and nothing twice at once. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "database.h"

#include <stdio.h>

#include "db_counts.h"
#include "db_status.h"

static void
store(struct db *db, struct key key)
{
	struct item item = database_item(key, 1, 1, "text");
	enum stored stored;

	database_store(db, &item, 1, &stored);
	assert_int_equal(stored, STORED_NEW);
	item_clear(&item);
}

/* Counts all that is marked; returns how many entries there were. */
static size_t
count_marked(struct db *db)
{
	const struct count_entry start = {0};
	struct count_entry *entries;
	size_t count;

	assert_ok(db_count_pending(db, &start, 100, &entries, &count));
	for (size_t i = 0; i < count; i++)
		assert_ok(db_count_one(db, &entries[i]));
	free(entries);
	return count;
}

static void
rows_are_counted_gaps_are_not(void **state)
{
	database_run(*state, "INSERT INTO applications (id, token, name, "
	    "created_at, updated_at) VALUES (7, 'x', 'x', NOW(3), NOW(3))");
	store(*state, (struct key){ 7, 5, 0 });
	store(*state, (struct key){ 7, 9, 0 });
	store(*state, (struct key){ 7, 5, 1 });
	store(*state, (struct key){ 7, 5, 3 });
	store(*state, (struct key){ 7, 5, 100 });
	assert_int_equal(count_marked(*state), 2);
	assert_int_equal(database_number("SELECT chats_count "
	    "FROM applications WHERE id = 7"), 2);
	assert_int_equal(database_number("SELECT messages_count FROM chats "
	    "WHERE application_id = 7 AND number = 5"), 3);
	assert_int_equal(database_number("SELECT messages_count FROM chats "
	    "WHERE application_id = 7 AND number = 9"), 0);
	assert_int_equal(count_marked(*state), 0);
	database_run(*state, "DELETE FROM applications WHERE id = 7");
}

static void
a_mark_made_while_counting_stays(void **state)
{
	const struct count_entry start = {0};
	struct count_entry *entries;
	int64_t index, oldest;
	size_t count;

	store(*state, (struct key){ 7, 5, 0 });
	database_run(*state, "DELETE FROM count_pending");
	store(*state, (struct key){ 7, 5, 1 });
	assert_ok(db_count_pending(*state, &start, 100, &entries, &count));
	assert_int_equal(count, 1);
	assert_int_equal(entries[0].marks, 1);
	database_run(*state, "UPDATE count_pending SET "
	    "since = UTC_TIMESTAMP(3) - INTERVAL 1 HOUR");
	store(*state, (struct key){ 7, 5, 2 });
	assert_ok(db_oldest(*state, &index, &oldest));
	assert_true(oldest >= 3600000);
	assert_ok(db_count_one(*state, &entries[0]));
	free(entries);
	assert_int_equal(database_number("SELECT marks FROM count_pending"),
	    2);
	assert_ok(db_oldest(*state, &index, &oldest));
	assert_true(oldest < 3600000);
	assert_int_equal(count_marked(*state), 1);
	assert_int_equal(count_marked(*state), 0);
}

static void
messages_before_their_chat_stay_marked(void **state)
{
	const struct count_entry entry = { 7, 5, 1 };

	store(*state, (struct key){ 7, 5, 1 });
	assert_int_equal(db_count_one(*state, &entry), RESULT_NOT_FOUND);
	assert_int_equal(database_number("SELECT marks FROM count_pending"),
	    1);
	store(*state, (struct key){ 7, 5, 0 });
	assert_ok(db_count_one(*state, &entry));
	assert_int_equal(database_number("SELECT COUNT(*) FROM count_pending "
	    "WHERE chat_number = 5"), 0);
}

/* Walks in pages of two and writes down what was met. */
static void
walk(struct db *db, int all, char *met, size_t size)
{
	struct count_entry last = {0}, *entries;
	size_t count;

	met[0] = '\0';
	do {
		assert_ok(all ? db_count_all(db, &last, 2, &entries, &count) :
		    db_count_pending(db, &last, 2, &entries, &count));
		for (size_t i = 0; i < count; i++) {
			size_t len = strlen(met);

			last = entries[i];
			snprintf(met + len, size - len, "%u/%u:%u ",
			    last.application, (unsigned)last.chat,
			    (unsigned)last.marks);
		}
		free(entries);
	} while (count > 0);
}

static void
walks_meet_everything_once_in_order(void **state)
{
	uint64_t total;
	char met[256];

	walk(*state, 0, met, sizeof(met));
	assert_string_equal(met, "");
	walk(*state, 1, met, sizeof(met));
	assert_string_equal(met, "");
	database_run(*state, "INSERT INTO applications (id, token, name, "
	    "created_at, updated_at) VALUES (3, 'x', 'x', NOW(3), NOW(3)), "
	    "(4, 'y', 'y', NOW(3), NOW(3)), (8, 'z', 'z', NOW(3), NOW(3))");
	store(*state, (struct key){ 3, 1, 0 });
	store(*state, (struct key){ 3, 2, 0 });
	store(*state, (struct key){ 8, 1, 0 });
	store(*state, (struct key){ 3, 2, 1 });
	walk(*state, 0, met, sizeof(met));
	assert_string_equal(met, "3/0:2 3/2:1 8/0:1 ");
	walk(*state, 1, met, sizeof(met));
	assert_string_equal(met, "3/0:2 3/1:0 3/2:1 4/0:0 8/0:1 8/1:0 ");
	assert_ok(db_count_total(*state, true, &total));
	assert_int_equal(total, 6);
	assert_ok(db_count_total(*state, false, &total));
	assert_int_equal(total, 3);
}

static void
two_counters_never_run_at_once(void **state)
{
	struct db *other = db_new(database_config());

	assert_ok(db_count_lock(*state));
	assert_int_equal(db_count_lock(other), RESULT_CONFLICT);
	db_count_unlock(*state);
	assert_ok(db_count_lock(other));
	db_count_unlock(other);
	db_free(other);
}

const struct CMUnitTest count_tests[] = {
	TEST(rows_are_counted_gaps_are_not),
	TEST(a_mark_made_while_counting_stays),
	TEST(messages_before_their_chat_stay_marked),
	TEST(walks_meet_everything_once_in_order),
	TEST(two_counters_never_run_at_once),
	NO_MORE_TESTS,
};
