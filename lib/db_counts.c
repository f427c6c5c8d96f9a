/* db_counts.c: chats and applications that are still to be counted. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "db_counts.h"

#include <stdlib.h>

#include "db_lock.h"
#include "db_stmt.h"
#include "memory.h"

#define LOCK_NAME "parley-count"

enum result
db_count_lock(struct db *db)
{
	return db_lock(db, LOCK_NAME, 0);
}

void
db_count_unlock(struct db *db)
{
	db_unlock(db, LOCK_NAME);
}

enum result
db_count_total(struct db *db, bool all, uint64_t *total)
{
	static const struct query queries[] = {
		[false] = { .head = "SELECT COUNT(*) FROM count_pending" },
		[true] = { .head = "SELECT (SELECT COUNT(*) FROM chats) + "
		    "(SELECT COUNT(*) FROM applications)" },
	};
	struct stmt *stmt = db_stmt(db, &queries[all], 0);
	enum result result = stmt_query_row(stmt);

	if (result == RESULT_OK)
		*total = stmt_get_uint(stmt, 0);
	return result;
}

/* ---- walking ---- */

static enum result
read_entries(struct stmt *stmt, size_t limit, struct count_entry **out,
    size_t *count)
{
	struct count_entry *entries;
	enum result result = stmt_query(stmt);

	if (result != RESULT_OK)
		return result;
	entries = xcalloc(limit, sizeof(*entries));
	*count = 0;
	while ((result = stmt_fetch(stmt)) == RESULT_OK)
		entries[(*count)++] = (struct count_entry){
			.application = (uint32_t)stmt_get_uint(stmt, 0),
			.chat = stmt_get_uint(stmt, 1),
			.marks = stmt_get_uint(stmt, 2),
		};
	if (result == RESULT_NOT_FOUND) {
		*out = entries;
		return RESULT_OK;
	}
	free(entries);
	return result;
}

enum result
db_count_pending(struct db *db, const struct count_entry *after, size_t limit,
    struct count_entry **out, size_t *count)
{
	static const struct query query = { .head =
	    "SELECT application_id, chat_number, marks FROM count_pending "
	    "WHERE (application_id = ? AND chat_number > ?) "
	    "OR application_id > ? "
	    "ORDER BY application_id, chat_number LIMIT ?" };
	struct stmt *stmt = db_stmt(db, &query, 0);

	stmt_uint(stmt, after->application);
	stmt_uint(stmt, after->chat);
	stmt_uint(stmt, after->application);
	stmt_uint(stmt, limit);
	return read_entries(stmt, limit, out, count);
}

enum result
db_count_all(struct db *db, const struct count_entry *after, size_t limit,
    struct count_entry **out, size_t *count)
{
	/* Three walks along a primary key, each no further than limit. */
	static const struct query query = { .head =
	    "SELECT every.application_id, every.chat_number, marks FROM ("
	    "(SELECT id AS application_id, CAST(0 AS UNSIGNED) AS chat_number "
	    "FROM applications WHERE id > ? ORDER BY id LIMIT ?) UNION ALL "
	    "(SELECT application_id, number FROM chats "
	    "WHERE application_id = ? AND number > ? "
	    "ORDER BY number LIMIT ?) UNION ALL "
	    "(SELECT application_id, number FROM chats "
	    "WHERE application_id > ? "
	    "ORDER BY application_id, number LIMIT ?)) AS every "
	    "LEFT JOIN count_pending AS pending "
	    "ON pending.application_id = every.application_id "
	    "AND pending.chat_number = every.chat_number "
	    "ORDER BY every.application_id, every.chat_number LIMIT ?" };
	struct stmt *stmt = db_stmt(db, &query, 0);

	stmt_uint(stmt, after->application);
	stmt_uint(stmt, limit);
	stmt_uint(stmt, after->application);
	stmt_uint(stmt, after->chat);
	stmt_uint(stmt, limit);
	stmt_uint(stmt, after->application);
	stmt_uint(stmt, limit);
	stmt_uint(stmt, limit);
	return read_entries(stmt, limit, out, count);
}

/* ---- counting; all tables are indexed by: is it about messages? ---- */

static const struct query count_query[] = {
	[false] = { .head =
	    "SELECT COUNT(*) FROM chats WHERE application_id = ?" },
	[true] = { .head = "SELECT COUNT(*) FROM messages "
	    "WHERE application_id = ? AND chat_number = ?" },
};

static const struct query store_query[] = {
	[false] = { .head =
	    "UPDATE applications SET chats_count = ? WHERE id = ?" },
	[true] = { .head = "UPDATE chats SET messages_count = ? "
	    "WHERE application_id = ? AND number = ?" },
};

static void
bind_entry(struct stmt *stmt, const struct count_entry *entry)
{
	stmt_uint(stmt, entry->application);
	if (entry->chat != 0)
		stmt_uint(stmt, entry->chat);
}

static enum result
store_count(struct db *db, const struct count_entry *entry, uint64_t count)
{
	struct stmt *stmt = db_stmt(db, &store_query[entry->chat != 0], 0);
	enum result result;

	stmt_uint(stmt, count);
	bind_entry(stmt, entry);
	result = stmt_run(stmt);
	if (result == RESULT_OK && stmt_affected(stmt) == 0)
		return RESULT_NOT_FOUND;
	return result;
}

/* It was marked again while it was counted: from now on it is behind. */
static enum result
renew_mark(struct db *db, const struct count_entry *entry)
{
	static const struct query query = { .head =
	    "UPDATE count_pending SET since = UTC_TIMESTAMP(3) "
	    "WHERE application_id = ? AND chat_number = ?" };
	struct stmt *stmt = db_stmt(db, &query, 0);

	stmt_uint(stmt, entry->application);
	stmt_uint(stmt, entry->chat);
	return stmt_run(stmt);
}

static enum result
drop_mark(struct db *db, const struct count_entry *entry)
{
	static const struct query query = { .head =
	    "DELETE FROM count_pending "
	    "WHERE application_id = ? AND chat_number = ? AND marks = ?" };
	struct stmt *stmt = db_stmt(db, &query, 0);
	enum result result;

	stmt_uint(stmt, entry->application);
	stmt_uint(stmt, entry->chat);
	stmt_uint(stmt, entry->marks);
	result = stmt_run(stmt);
	if (result == RESULT_OK && stmt_affected(stmt) == 0)
		result = renew_mark(db, entry);
	return result;
}

/*
 * No transaction spans this, so that the persister never waits for counting.
 * Whatever it commits after marks was read raises marks, and the entry stays
 * for the next run.
 */
enum result
db_count_one(struct db *db, const struct count_entry *entry)
{
	struct stmt *stmt = db_stmt(db, &count_query[entry->chat != 0], 0);
	enum result result;

	bind_entry(stmt, entry);
	result = stmt_query_row(stmt);
	if (result == RESULT_OK)
		result = store_count(db, entry, stmt_get_uint(stmt, 0));
	if (result == RESULT_OK && entry->marks > 0)
		result = drop_mark(db, entry);
	/* Counting again changes nothing, so unknown is as good as undone. */
	return result == RESULT_UNKNOWN ? RESULT_UNAVAILABLE : result;
}
