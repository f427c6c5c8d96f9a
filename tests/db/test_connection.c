/* test_connection.c: connections that break, transactions, the pool. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "database.h"

#include <pthread.h>
#include <stdbool.h>
#include <unistd.h>

#include "clock.h"
#include "db_lives.h"
#include "db_lock.h"
#include "db_stmt.h"
#include "memory.h"

#define INSERT "INSERT INTO epochs (epoch, life, started_at) VALUES "

static void
the_server_answers(void **state)
{
	assert_ok(db_ping(*state));
}

static void
no_server_is_unavailable_and_quick(void **state)
{
	struct config nowhere = *database_config();
	int64_t start = clock_mono_ms();
	char path[] = "/nonexistent/socket";
	struct db *db;

	(void)state;
	nowhere.db_socket = path;
	db = db_new(&nowhere);
	assert_int_equal(db_ping(db), RESULT_UNAVAILABLE);
	assert_string_not_equal(db_error(db), "");
	assert_int_equal(db_begin(db), RESULT_UNAVAILABLE);
	assert_true(clock_mono_ms() - start < 1000);
	db_free(db);
}

static void
the_session_is_as_promised(void **state)
{
	(void)state;
	assert_int_equal(database_number("SELECT COUNT(*) FROM "
	    "information_schema.processlist WHERE id = CONNECTION_ID() AND "
	    "@@character_set_client = 'utf8mb4' AND "
	    "@@sql_mode LIKE '%STRICT_ALL_TABLES%'"), 1);
}

static void
a_read_finds_a_dead_connection_and_makes_a_new_one(void **state)
{
	for (int i = 0; i < 3; i++) {
		assert_ok(db_ping(*state));
		database_kill(*state);
		assert_ok(db_ping(*state));
	}
}

static void
a_write_on_a_connection_closed_while_idle_is_done_once(void **state)
{
	for (uint32_t epoch = 0; epoch < 3; epoch++) {
		database_kill(*state);
		usleep(20000);		/* for the server to close it */
		assert_ok(db_epoch_raise(*state, epoch, "life", 0));
	}
	assert_int_equal(database_number("SELECT COUNT(*) FROM epochs"), 3);
}

static void
a_transaction_does_not_survive_its_connection(void **state)
{
	uint32_t epoch;

	assert_ok(db_begin(*state));
	database_run(*state, INSERT "(1, 'lost', NOW(3))");
	database_kill(*state);
	assert_int_equal(db_epoch_newest(*state, &epoch), RESULT_UNAVAILABLE);
	/* Nothing may run outside of the transaction that is gone. */
	assert_int_equal(db_epoch_newest(*state, &epoch), RESULT_UNAVAILABLE);
	assert_int_equal(db_epoch_raise(*state, 0, "x", 0),
	    RESULT_UNAVAILABLE);
	assert_int_equal(db_commit(*state), RESULT_UNAVAILABLE);
	db_rollback(*state);
	assert_ok(db_epoch_newest(*state, &epoch));
	assert_int_equal(epoch, 0);
}

static void
a_commit_without_an_answer_is_unknown(void **state)
{
	assert_ok(db_begin(*state));
	database_run(*state, INSERT "(1, 'lost', NOW(3))");
	database_kill(*state);
	assert_int_equal(db_commit(*state), RESULT_UNKNOWN);
	db_rollback(*state);
	assert_ok(db_begin(*state));
	assert_ok(db_commit(*state));
}

static void
begin_makes_a_new_connection(void **state)
{
	database_kill(*state);
	assert_ok(db_begin(*state));
	assert_ok(db_commit(*state));
}

static void
a_rollback_takes_everything_back(void **state)
{
	assert_ok(db_begin(*state));
	database_run(*state, INSERT "(1, 'taken back', NOW(3))");
	db_rollback(*state);
	assert_int_equal(database_number("SELECT COUNT(*) FROM epochs"), 0);
}

/* One of two that wait for each other. */
struct fighter {
	struct db *db;
	uint32_t first, second;
	pthread_barrier_t *both;
	enum result result;
};

static enum result
pass(struct db *db, uint32_t epoch)
{
	static const struct query query = { .head =
	    "UPDATE epochs SET passed_at = UTC_TIMESTAMP(3) WHERE epoch = ?" };
	struct stmt *stmt = db_stmt(db, &query, 0);

	stmt_uint(stmt, epoch);
	return stmt_run(stmt);
}

static void *
fight(void *argument)
{
	struct fighter *fighter = argument;

	fighter->result = pass(fighter->db, fighter->first);
	pthread_barrier_wait(fighter->both);
	if (fighter->result == RESULT_OK)
		fighter->result = pass(fighter->db, fighter->second);
	if (fighter->result == RESULT_OK)
		fighter->result = db_commit(fighter->db);
	return NULL;
}

static void
a_deadlock_is_a_conflict_and_ends_the_transaction(void **state)
{
	pthread_barrier_t both;
	struct fighter fighters[2] = {
		{ *state, 1, 2, &both, RESULT_OK },
		{ db_new(database_config()), 2, 1, &both, RESULT_OK },
	};
	struct fighter *loser;
	pthread_t thread;

	database_run(*state, INSERT "(1, 'a', NOW(3)), (2, 'b', NOW(3))");
	pthread_barrier_init(&both, NULL, 2);
	for (int i = 0; i < 2; i++)
		assert_ok(db_begin(fighters[i].db));
	pthread_create(&thread, NULL, fight, &fighters[1]);
	fight(&fighters[0]);
	pthread_join(thread, NULL);
	loser = fighters[0].result == RESULT_OK ? &fighters[1] : &fighters[0];
	assert_int_equal(loser->result, RESULT_CONFLICT);
	assert_int_equal(pass(loser->db, 1), RESULT_UNAVAILABLE);
	db_rollback(loser->db);
	assert_ok(pass(loser->db, 1));
	db_free(fighters[1].db);
	pthread_barrier_destroy(&both);
}

static void
a_slow_answer_is_given_up_in_time(void **state)
{
	static const struct query query = { .head = "SELECT SLEEP(5)" };
	int64_t start;

	assert_ok(db_ping(*state));
	start = clock_mono_ms();
	assert_int_equal(stmt_query_row(db_stmt(*state, &query, 0)),
	    RESULT_UNAVAILABLE);
	assert_in_range(clock_mono_ms() - start, 500, 1900);
	assert_ok(db_ping(*state));
}

static void
more_time_can_be_asked_for(void **state)
{
	static const struct query query = { .head = "SELECT SLEEP(1.3)" };

	db_set_timeout(*state, 5000);
	assert_ok(stmt_query_row(db_stmt(*state, &query, 0)));
}

static void
a_lock_is_held_by_one_and_dies_with_the_connection(void **state)
{
	struct db *other = db_new(database_config());

	assert_ok(db_lock(*state, "test", 0));
	assert_int_equal(db_lock(other, "test", 0), RESULT_CONFLICT);
	assert_ok(db_lock(other, "other", 0));
	db_unlock(other, "other");
	database_kill(*state);
	assert_int_equal(db_ping(*state), RESULT_UNAVAILABLE);
	assert_int_equal(db_ping(*state), RESULT_UNAVAILABLE);
	db_unlock(*state, "test");
	assert_ok(db_ping(*state));
	assert_ok(db_lock(other, "test", 1));
	db_unlock(other, "test");
	assert_ok(db_lock(*state, "test", 0));
	db_unlock(*state, "test");
	db_free(other);
}

/* ---- statements ---- */

static void
values_come_back_as_they_went_in(void **state)
{
	static const struct query query = { .head =
	    "SELECT CAST(? AS UNSIGNED), CAST(? AS DATETIME(3)), ?, ?, ?" };
	static const int64_t times[] = { 0, 1, 999, 1700000000123,
		951782400000, 253402300799999 };
	struct stmt *stmt;
	size_t len;

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		stmt = db_stmt(*state, &query, 0);
		stmt_uint(stmt, UINT64_MAX);
		stmt_time(stmt, times[i]);
		stmt_string(stmt, "\xf0\x9f\x98\x80");
		stmt_bytes(stmt, "a\0b", 3);
		stmt_string(stmt, NULL);
		assert_ok(stmt_query_row(stmt));
		assert_true(stmt_get_uint(stmt, 0) == UINT64_MAX);
		assert_int_equal(stmt_get_time(stmt, 1), times[i]);
		assert_string_equal(stmt_get_bytes(stmt, 2, &len),
		    "\xf0\x9f\x98\x80");
		assert_int_equal(len, 4);
		assert_memory_equal(stmt_get_bytes(stmt, 3, &len), "a\0b", 3);
		assert_int_equal(len, 3);
		assert_true(stmt_is_null(stmt, 4));
		assert_null(stmt_take_string(stmt, 4));
		assert_int_equal(stmt_fetch(stmt), RESULT_NOT_FOUND);
	}
}

static void
long_texts_come_back_whole(void **state)
{
	static const struct query query = { .head =
	    "SELECT REPEAT('a', ?) UNION ALL SELECT REPEAT('b', ?) "
	    "UNION ALL SELECT REPEAT('c', ?)" };
	static const size_t lengths[] = { 10, 70000, 300000 };
	struct stmt *stmt = db_stmt(*state, &query, 0);
	size_t len;

	for (int i = 0; i < 3; i++)
		stmt_uint(stmt, lengths[i]);
	assert_ok(stmt_query(stmt));
	for (int i = 0; i < 3; i++) {
		const char *bytes;

		assert_ok(stmt_fetch(stmt));
		bytes = stmt_get_bytes(stmt, 0, &len);
		assert_int_equal(len, lengths[i]);
		for (size_t j = 0; j < len; j++)
			assert_int_equal(bytes[j], 'a' + i);
	}
	assert_int_equal(stmt_fetch(stmt), RESULT_NOT_FOUND);
}

static void
row_counts_are_few_and_fit(void **state)
{
	(void)state;
	for (size_t count = 1; count < 1000; count++) {
		assert_true(stmt_rows(count) <= count);
		assert_true(stmt_rows_padded(count) >= count ||
		    stmt_rows_padded(count) == STMT_ROWS_MOST);
	}
	assert_int_equal(stmt_rows(1000000), STMT_ROWS_MOST);
	assert_int_equal(stmt_rows_padded(1), 1);
	assert_int_equal(stmt_rows_padded(5), 8);
}

static void
a_broken_statement_is_unavailable_not_refused(void **state)
{
	static const struct query query = { .head = "SELECT * FROM nowhere" };

	assert_int_equal(stmt_query(db_stmt(*state, &query, 0)),
	    RESULT_UNAVAILABLE);
	assert_int_equal(stmt_query(db_stmt(*state, &query, 0)),
	    RESULT_UNAVAILABLE);
	assert_ok(db_ping(*state));
}

/* ---- the pool ---- */

static void
the_pool_has_so_many_connections_and_no_more(void **state)
{
	struct config config = *database_config();
	struct db *taken[3], *more;
	struct db_pool *pool;
	int64_t start;

	(void)state;
	config.db_connections = 3;
	config.db_timeout_ms = 200;
	pool = db_pool_new(&config);
	for (int i = 0; i < 3; i++)
		assert_ok(db_pool_take(pool, &taken[i]));
	start = clock_mono_ms();
	assert_int_equal(db_pool_take(pool, &more), RESULT_UNAVAILABLE);
	assert_in_range(clock_mono_ms() - start, 190, 900);
	db_pool_give(pool, taken[1]);
	assert_ok(db_pool_take(pool, &more));
	assert_ptr_equal(more, taken[1]);
	for (int i = 0; i < 3; i++)
		db_pool_give(pool, taken[i]);
	db_pool_free(pool);
}

static void
what_is_given_back_has_no_transaction(void **state)
{
	struct db_pool *pool = db_pool_new(database_config());
	struct db *db;

	(void)state;
	assert_ok(db_pool_take(pool, &db));
	assert_ok(db_begin(db));
	database_run(db, INSERT "(1, 'left behind', NOW(3))");
	db_pool_give(pool, db);
	assert_int_equal(database_number("SELECT COUNT(*) FROM epochs"), 0);
	assert_ok(db_pool_take(pool, &db));
	assert_ok(db_begin(db));
	db_pool_give(pool, db);
	db_pool_free(pool);
}

static void *
take_and_give(void *argument)
{
	for (int i = 0; i < 100; i++) {
		struct db *db;

		assert_ok(db_pool_take(argument, &db));
		assert_ok(db_ping(db));
		db_pool_give(argument, db);
	}
	return NULL;
}

static void
many_threads_share_the_pool(void **state)
{
	struct config config = *database_config();
	struct db_pool *pool;
	pthread_t threads[16];

	(void)state;
	config.db_connections = 4;
	pool = db_pool_new(&config);
	for (int i = 0; i < 16; i++)
		pthread_create(&threads[i], NULL, take_and_give, pool);
	for (int i = 0; i < 16; i++)
		pthread_join(threads[i], NULL);
	db_pool_free(pool);
}

const struct CMUnitTest connection_tests[] = {
	TEST(the_server_answers),
	TEST(no_server_is_unavailable_and_quick),
	TEST(the_session_is_as_promised),
	TEST(a_read_finds_a_dead_connection_and_makes_a_new_one),
	TEST(a_write_on_a_connection_closed_while_idle_is_done_once),
	TEST(a_transaction_does_not_survive_its_connection),
	TEST(a_commit_without_an_answer_is_unknown),
	TEST(begin_makes_a_new_connection),
	TEST(a_rollback_takes_everything_back),
	TEST(a_deadlock_is_a_conflict_and_ends_the_transaction),
	TEST(a_slow_answer_is_given_up_in_time),
	TEST(more_time_can_be_asked_for),
	TEST(a_lock_is_held_by_one_and_dies_with_the_connection),
	TEST(values_come_back_as_they_went_in),
	TEST(long_texts_come_back_whole),
	TEST(row_counts_are_few_and_fit),
	TEST(a_broken_statement_is_unavailable_not_refused),
	TEST(the_pool_has_so_many_connections_and_no_more),
	TEST(what_is_given_back_has_no_transaction),
	TEST(many_threads_share_the_pool),
	NO_MORE_TESTS,
};
