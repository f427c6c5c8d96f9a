/* test_pending.c: what the indexer takes, finishes and puts off. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "database.h"

#include <stdio.h>

#include "db_pending.h"
#include "memory.h"

static void
store_messages(struct db *db, unsigned from, unsigned to)
{
	for (unsigned i = from; i <= to; i++) {
		struct item item = database_item((struct key){ 1, i % 3 + 1,
			i }, i, i, "text");
		enum stored stored;

		database_store(db, &item, 1, &stored);
		item_clear(&item);
	}
}

static void
free_entries(struct index_entry *entries, size_t count)
{
	for (size_t i = 0; i < count; i++)
		item_clear(&entries[i].item);
	free(entries);
}

static void
nothing_due_opens_no_transaction(void **state)
{
	struct index_entry *entries;
	size_t count;

	assert_ok(db_index_claim(*state, 10, &entries, &count));
	assert_int_equal(count, 0);
	assert_ok(db_begin(*state));
	assert_ok(db_commit(*state));
}

static void
entries_come_oldest_first_with_their_messages(void **state)
{
	struct index_entry *entries;
	unsigned char done[10];
	size_t count;

	store_messages(*state, 1, 10);
	assert_ok(db_index_claim(*state, 7, &entries, &count));
	assert_int_equal(count, 7);
	for (unsigned i = 0; i < 7; i++) {
		assert_int_equal(entries[i].item.key.message, i + 1);
		assert_int_equal(entries[i].item.key.chat, (i + 1) % 3 + 1);
		assert_int_equal(entries[i].item.version, i + 1);
		assert_string_equal(entries[i].item.text, "text");
		assert_int_equal(entries[i].attempts, 0);
		done[i] = 1;
	}
	assert_ok(db_index_finish(*state, entries, 7, done));
	free_entries(entries, 7);
	assert_int_equal(database_number("SELECT COUNT(*) FROM "
	    "index_pending"), 3);
}

static void
of_large_messages_fewer_are_taken_at_once(void **state)
{
	char *text = xcalloc(60001, 1);
	unsigned char done[400];
	size_t claims = 0, taken = 0, count;

	memset(text, 'x', 60000);
	memset(done, 1, sizeof(done));
	for (unsigned i = 1; i <= 400; i++) {
		struct item item = database_item((struct key){ 1, 1, i }, i,
			i, text);
		enum stored stored;

		database_store(*state, &item, 1, &stored);
		item_clear(&item);
	}
	for (;;) {
		struct index_entry *entries;

		assert_ok(db_index_claim(*state, 400, &entries, &count));
		if (count == 0)
			break;
		assert_in_range(count, 1, 200);
		assert_int_equal(entries[0].item.key.message, taken + 1);
		assert_ok(db_index_finish(*state, entries, count, done));
		free_entries(entries, count);
		taken += count;
		claims++;
	}
	assert_int_equal(taken, 400);
	assert_in_range(claims, 3, 12);
	free(text);
}

static void
two_indexers_never_hold_the_same_entry(void **state)
{
	struct db *other = db_new(database_config());
	struct index_entry *mine, *theirs, *none;
	unsigned char done[10] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };
	size_t mine_count, their_count, count;

	store_messages(*state, 1, 10);
	assert_ok(db_index_claim(*state, 4, &mine, &mine_count));
	assert_ok(db_index_claim(other, 10, &theirs, &their_count));
	assert_int_equal(mine_count, 4);
	assert_int_equal(their_count, 6);
	assert_int_equal(theirs[0].item.key.message, 5);
	db_rollback(*state);
	assert_ok(db_index_finish(other, theirs, 6, done));
	free_entries(mine, 4);
	free_entries(theirs, 6);
	assert_ok(db_index_claim(other, 10, &mine, &mine_count));
	assert_int_equal(mine_count, 4);
	assert_ok(db_index_claim(*state, 10, &none, &count));
	assert_int_equal(count, 0);
	assert_ok(db_index_finish(other, mine, 4, done));
	free_entries(mine, 4);
	db_free(other);
}

static void
a_writer_does_not_wait_for_an_indexer(void **state)
{
	struct db *writer = db_new(database_config());
	struct index_entry *entries;
	size_t count;

	store_messages(*state, 1, 3);
	assert_ok(db_index_claim(*state, 10, &entries, &count));
	store_messages(writer, 4, 6);
	db_rollback(*state);
	free_entries(entries, count);
	db_free(writer);
}

static void
what_is_not_done_is_put_off_ever_longer(void **state)
{
	struct index_entry *entries;
	unsigned char done[3] = { 1, 0, 1 };
	size_t count;

	store_messages(*state, 1, 3);
	for (unsigned attempt = 0; attempt < 12; attempt++) {
		uint64_t pause = attempt < 10 ? 1000u << attempt : 600000;
		char sql[256];

		assert_ok(db_index_claim(*state, 10, &entries, &count));
		assert_int_equal(count, attempt ? 1 : 3);
		assert_int_equal(entries[count / 2].attempts, attempt);
		assert_ok(db_index_finish(*state, entries, count,
		    attempt ? done + 1 : done));
		free_entries(entries, count);
		assert_ok(db_index_claim(*state, 10, &entries, &count));
		assert_int_equal(count, 0);
		snprintf(sql, sizeof(sql), "SELECT COUNT(*) FROM index_pending "
		    "WHERE attempts = %u AND number = 2 AND ABS(TIMESTAMPDIFF("
		    "MICROSECOND, UTC_TIMESTAMP(3), not_before) - %llu000) "
		    "< 900000", attempt + 1, (unsigned long long)pause);
		assert_int_equal(database_number(sql), 1);
		database_run(*state, "UPDATE index_pending "
		    "SET not_before = UTC_TIMESTAMP(3)");
	}
}

static void
entries_of_messages_that_are_gone_are_struck_off(void **state)
{
	struct index_entry *entries;
	size_t count;

	store_messages(*state, 1, 3);
	database_run(*state, "DELETE FROM messages WHERE number = 2");
	assert_ok(db_index_claim(*state, 10, &entries, &count));
	assert_int_equal(count, 2);
	assert_int_equal(entries[1].item.key.message, 3);
	assert_ok(db_index_finish(*state, entries, 2,
	    (const unsigned char[]){ 1, 1 }));
	free_entries(entries, 2);
	assert_int_equal(database_number("SELECT COUNT(*) FROM "
	    "index_pending"), 0);
	store_messages(*state, 4, 4);
	database_run(*state, "DELETE FROM messages");
	assert_ok(db_index_claim(*state, 10, &entries, &count));
	assert_int_equal(count, 0);
	assert_int_equal(database_number("SELECT COUNT(*) FROM "
	    "index_pending"), 0);
}

static void
a_message_may_stand_there_twice(void **state)
{
	struct item item = database_item((struct key){ 1, 2, 1 }, 900, 1,
	    "newer");
	struct index_entry *entries;
	enum stored stored;
	size_t count;

	store_messages(*state, 1, 2);
	database_store(*state, &item, 1, &stored);
	assert_int_equal(stored, STORED_CHANGED);
	assert_ok(db_index_claim(*state, 10, &entries, &count));
	assert_int_equal(count, 3);
	assert_string_equal(entries[0].item.text, "newer");
	assert_string_equal(entries[1].item.text, "text");
	assert_string_equal(entries[2].item.text, "newer");
	db_rollback(*state);
	free_entries(entries, count);
	item_clear(&item);
}

static void
the_backlog_says_how_many_and_how_old(void **state)
{
	uint64_t entries;
	int64_t oldest_ms;

	assert_ok(db_index_backlog(*state, &entries, &oldest_ms));
	assert_int_equal(entries, 0);
	assert_int_equal(oldest_ms, 0);
	store_messages(*state, 1, 3);
	database_run(*state, "UPDATE index_pending "
	    "SET since = since - INTERVAL 1 HOUR WHERE number = 1");
	assert_ok(db_index_backlog(*state, &entries, &oldest_ms));
	assert_int_equal(entries, 3);
	assert_in_range(oldest_ms, 3600000, 3610000);
}

const struct CMUnitTest pending_tests[] = {
	TEST(nothing_due_opens_no_transaction),
	TEST(entries_come_oldest_first_with_their_messages),
	TEST(of_large_messages_fewer_are_taken_at_once),
	TEST(two_indexers_never_hold_the_same_entry),
	TEST(a_writer_does_not_wait_for_an_indexer),
	TEST(what_is_not_done_is_put_off_ever_longer),
	TEST(entries_of_messages_that_are_gone_are_struck_off),
	TEST(a_message_may_stand_there_twice),
	TEST(the_backlog_says_how_many_and_how_old),
	NO_MORE_TESTS,
};
