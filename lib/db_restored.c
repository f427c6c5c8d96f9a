/* db_restored.c: after an older state of the database was put back. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "db_restored.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "db_lives.h"
#include "db_stmt.h"

/* A version is epoch * 2^44 + a count, and has 63 bits. */
#define EPOCH_MOST ((1u << 19) - 1)

/*
 * An id that was given after the dump may still be in events of the queue: a
 * new application with it would be given another one's chats.
 */
static enum result
move_ids(struct db *db, struct restored *restored)
{
	static const struct query query = { .head =
	    "SELECT CAST(GREATEST(COALESCE(MAX(id), 0), COALESCE((SELECT "
	    "auto_increment FROM information_schema.tables WHERE "
	    "table_schema = DATABASE() AND table_name = 'applications'), 0)) "
	    "AS UNSIGNED) FROM applications" };
	struct stmt *stmt = db_stmt(db, &query, 0);
	enum result result = stmt_query_row(stmt);
	char text[128];
	uint64_t next;

	if (result != RESULT_OK)
		return result;
	next = stmt_get_uint(stmt, 0) + RESTORED_IDS;
	if (next > UINT32_MAX)
		return RESULT_FULL;
	restored->next_application = (uint32_t)next;
	snprintf(text, sizeof(text),
	    "ALTER TABLE applications AUTO_INCREMENT = %" PRIu64, next);
	return db_run_text(db, text, strlen(text));
}

/* It counts as passed, so that every life before it is over. */
static enum result
move_epoch(struct db *db, struct restored *restored, int64_t now)
{
	static const struct query query = { .head =
	    "INSERT INTO epochs (epoch, life, started_at, passed_at) "
	    "VALUES (?, 'restored', ?, ?)" };
	struct stmt *stmt;
	enum result result = db_epoch_newest(db, &restored->epoch);

	if (result != RESULT_OK)
		return result;
	if (restored->epoch > EPOCH_MOST - RESTORED_EPOCHS)
		return RESULT_FULL;
	restored->epoch += RESTORED_EPOCHS;
	stmt = db_stmt(db, &query, 0);
	stmt_uint(stmt, restored->epoch);
	stmt_time(stmt, now);
	stmt_time(stmt, now);
	return stmt_run(stmt);
}

/* Those that count without a record, inside the lease of their birth. */
static enum result
record_counters(struct db *db)
{
	static const struct query query = { .head =
	    "INSERT IGNORE INTO leases (application_id, chat_number, upto, "
	    "size, epoch, taken_at) "
	    "SELECT application_id, number, ?, ?, 0, UTC_TIMESTAMP(3) "
	    "FROM chats UNION ALL "
	    "SELECT id, 0, 0, ?, 0, UTC_TIMESTAMP(3) FROM applications" };
	struct stmt *stmt = db_stmt(db, &query, 0);

	stmt_uint(stmt, LEASE_FIRST);
	stmt_uint(stmt, LEASE_FIRST);
	stmt_uint(stmt, LEASE_FIRST);
	return stmt_run(stmt);
}

/*
 * From what is recorded, or from the highest number that is there: events of
 * the queue may have brought things whose leases the dump does not know.
 */
static enum result
move_counters(struct db *db, struct restored *restored)
{
	static const struct query query = { .head =
	    "UPDATE leases LEFT JOIN (SELECT application_id, chat_number, "
	    "MAX(number) AS highest FROM messages "
	    "GROUP BY application_id, chat_number UNION ALL "
	    "SELECT application_id, 0, MAX(number) FROM chats "
	    "GROUP BY application_id) AS there USING "
	    "(application_id, chat_number) "
	    "SET upto = GREATEST(upto, COALESCE(highest, 0)) + ?, "
	    "size = ?, epoch = ?, taken_at = UTC_TIMESTAMP(3)" };
	struct stmt *stmt = db_stmt(db, &query, 0);
	enum result result;

	stmt_uint(stmt, restored->gap);
	stmt_uint(stmt, LEASE_FIRST);
	stmt_uint(stmt, restored->epoch);
	result = stmt_run(stmt);
	restored->counters = stmt_affected(stmt);
	return result;
}

enum result
db_restored(struct db *db, struct restored *restored, int64_t now)
{
	enum result result = move_ids(db, restored);

	/* Changing a table ends a transaction, so it comes before. */
	if (result == RESULT_OK)
		result = db_begin(db);
	if (result != RESULT_OK)
		return result;
	result = move_epoch(db, restored, now);
	if (result == RESULT_OK)
		result = record_counters(db);
	if (result == RESULT_OK)
		result = move_counters(db, restored);
	if (result == RESULT_OK)
		return db_commit(db);
	db_rollback(db);
	return result;
}
