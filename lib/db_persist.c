/* db_persist.c: storing a batch of chats and messages, in a transaction. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "db_persist.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "db_lookup.h"
#include "db_stmt.h"
#include "memory.h"

/* Bytes of text in one statement: the least packet limit is 4 MiB. */
#define CHUNK_BYTES (1024 * 1024)

/* All tables here are indexed by: is it about messages (or chats)? */

#define INSERT_CHATS "INSERT INTO chats (application_id, number, " \
	"version, origin, created_at, updated_at, name) VALUES "
#define CHAT_ROW .row = "(?, ?, ?, ?, ?, ?, ?)", .between = ", "
#define INSERT_MESSAGES "INSERT INTO messages (application_id, " \
	"chat_number, number, version, origin, created_at, updated_at, body) " \
	"VALUES "
#define MESSAGE_ROW .row = "(?, ?, ?, ?, ?, ?, ?, ?)", .between = ", "

static const struct query insert_query[] = {
	[false] = { .head = INSERT_CHATS, CHAT_ROW },
	[true] = { .head = INSERT_MESSAGES, MESSAGE_ROW },
};

/*
 * version comes last: MySQL assigns from left to right, and each assignment
 * sees those before it. The guard repeats what has been decided under lock.
 */
#define NEWER "origin = VALUES(origin) AND version < VALUES(version)"
#define SET_TIME_AND_VERSION \
	"updated_at = IF(" NEWER ", VALUES(updated_at), updated_at), " \
	"version = IF(" NEWER ", VALUES(version), version)"

static const struct query replace_query[] = {
	[false] = { .head = INSERT_CHATS, CHAT_ROW,
	    .tail = " ON DUPLICATE KEY UPDATE "
	    "name = IF(" NEWER ", VALUES(name), name), "
	    SET_TIME_AND_VERSION },
	[true] = { .head = INSERT_MESSAGES, MESSAGE_ROW,
	    .tail = " ON DUPLICATE KEY UPDATE "
	    "body = IF(" NEWER ", VALUES(body), body), "
	    SET_TIME_AND_VERSION },
};

static const struct query lock_query[] = {
	[false] = { .head = "SELECT " CHAT_KEY ", version, origin "
	    "FROM chats WHERE " CHAT_AMONG, CHAT_AMONG_ROW,
	    .tail = AMONG_END CHAT_ORDER " FOR UPDATE" },
	[true] = { .head = "SELECT " MESSAGE_KEY ", version, origin "
	    "FROM messages WHERE " MESSAGE_AMONG, MESSAGE_AMONG_ROW,
	    .tail = AMONG_END MESSAGE_ORDER " FOR UPDATE" },
};

/* ---- writing rows ---- */

/* How many of the items fit into the next statement. */
static unsigned
chunk_rows(const struct item *const *items, size_t count)
{
	unsigned rows = stmt_rows(count);
	size_t bytes = 0;

	for (unsigned i = 0; i < rows; i++) {
		assert(items[i] != NULL);
		if (items[i]->text != NULL)
			bytes += strlen(items[i]->text);
		if (bytes > CHUNK_BYTES && i > 0)
			return stmt_rows(i);
	}
	return rows;
}

/* Writes the items with one statement of so many rows. */
static enum result
write_rows(struct db *db, const struct query *query,
    const struct item *const *items, unsigned rows)
{
	unsigned char origin[STMT_ROWS_MOST][IDENT_BYTES];
	struct stmt *stmt = db_stmt(db, query, rows);

	for (unsigned i = 0; i < rows; i++) {
		const struct item *item = items[i];

		ident_to_bytes(item->origin, origin[i]);
		stmt_key(stmt, &item->key);
		stmt_uint(stmt, item->version);
		stmt_bytes(stmt, origin[i], IDENT_BYTES);
		stmt_time(stmt, item->created_at);
		stmt_time(stmt, item->updated_at);
		stmt_string(stmt, item->text);
	}
	return stmt_run(stmt);
}

/* The same with as many statements as it takes. */
static enum result
write_all(struct db *db, const struct query queries[],
    const struct item *const *items, size_t count)
{
	enum result result = RESULT_OK;

	while (count > 0 && result == RESULT_OK) {
		unsigned rows = chunk_rows(items, count);

		result = write_rows(db, &queries[items[0]->key.message != 0],
		    items, rows);
		items += rows;
		count -= rows;
	}
	return result;
}

/* ---- where rows may exist ---- */

/* What becomes of an item whose row exists, which the statement is on. */
static enum stored
classify(const struct stmt *stmt, const struct item *item)
{
	unsigned char origin[IDENT_BYTES];
	size_t len;
	const char *stored = stmt_get_bytes(stmt, 4, &len);

	ident_to_bytes(item->origin, origin);
	if (len != IDENT_BYTES || memcmp(stored, origin, IDENT_BYTES) != 0)
		return STORED_CLASH;
	return stmt_get_uint(stmt, 3) < item->version ? STORED_CHANGED :
	    STORED_ALREADY;
}

/* Locks those rows of the items that exist, and looks at them. */
static enum result
look(struct db *db, const struct item *const *items, unsigned count,
    enum stored *stored)
{
	const struct key *keys[STMT_ROWS_MOST];
	struct lookup lookup = { .db = db, .keys = keys, .count = count,
		.query = &lock_query[items[0]->key.message != 0] };
	enum result result;
	size_t i;

	for (i = 0; i < count; i++) {
		keys[i] = &items[i]->key;
		stored[i] = STORED_NEW;
	}
	while ((result = lookup_next(&lookup, &i)) == RESULT_OK)
		stored[i] = classify(lookup.stmt, items[i]);
	return result == RESULT_NOT_FOUND ? RESULT_OK : result;
}

/* Picks the items of one kind out; says how many. */
static size_t
pick(const struct item *const *items, size_t count,
    const enum stored *stored, enum stored kind, const struct item **out)
{
	size_t picked = 0;

	for (size_t i = 0; i < count; i++)
		if (stored[i] == kind)
			out[picked++] = items[i];
	return picked;
}

/*
 * Looks first, then writes what is needed. A row that somebody inserts in
 * between makes it a duplicate once more: RESULT_CONFLICT, from the start.
 */
static enum result
store_slowly(struct db *db, const struct item *const *items, unsigned count,
    enum stored *stored)
{
	const struct item *picked[STMT_ROWS_MOST] = {0};
	size_t picked_count;
	enum result result = look(db, items, count, stored);

	if (result != RESULT_OK)
		return result;
	picked_count = pick(items, count, stored, STORED_NEW, picked);
	result = write_all(db, insert_query, picked, picked_count);
	if (result != RESULT_OK)
		return result;
	picked_count = pick(items, count, stored, STORED_CHANGED, picked);
	return write_all(db, replace_query, picked, picked_count);
}

/*
 * Nearly all that is written is new, so it is simply inserted. A duplicate
 * key undoes that one statement, and only its rows take the slow way.
 */
static enum result
store_rows(struct db *db, const struct item *const *items, size_t count,
    enum stored *stored)
{
	enum result result = RESULT_OK;

	while (count > 0 && result == RESULT_OK) {
		unsigned rows = chunk_rows(items, count);

		for (unsigned i = 0; i < rows; i++)
			stored[i] = STORED_NEW;
		result = write_rows(db,
		    &insert_query[items[0]->key.message != 0], items, rows);
		if (result == RESULT_CONFLICT && db_duplicate(db))
			result = store_slowly(db, items, rows, stored);
		items += rows;
		stored += rows;
		count -= rows;
	}
	return result;
}

/* ---- what follows from it ---- */

/* Writes one row of application, chat[, message] for each key. */
static enum result
write_keys(struct db *db, const struct query *query, const struct key *keys,
    size_t count)
{
	enum result result = RESULT_OK;

	while (count > 0 && result == RESULT_OK) {
		unsigned rows = stmt_rows(count);
		struct stmt *stmt = db_stmt(db, query, rows);

		for (unsigned i = 0; i < rows; i++)
			stmt_key(stmt, &keys[i]);
		result = stmt_run(stmt);
		keys += rows;
		count -= rows;
	}
	return result;
}

/* keys has room for count; so it has below. */
static enum result
note_to_index(struct db *db, const struct item *const *items, size_t count,
    const enum stored *stored, struct key *keys)
{
	static const struct query query = { .head =
	    "INSERT INTO index_pending (application_id, chat_number, number, "
	    "since, not_before) VALUES ",
	    .row = "(?, ?, ?, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))",
	    .between = ", " };
	size_t noted = 0;

	for (size_t i = 0; i < count; i++)
		if (items[i]->key.message != 0 && (stored[i] == STORED_NEW ||
		    stored[i] == STORED_CHANGED))
			keys[noted++] = items[i]->key;
	return write_keys(db, &query, keys, noted);
}

/* The items are sorted by key, so the marks are too, and few repeat. */
static enum result
note_to_count(struct db *db, const struct item *const *items, size_t count,
    const enum stored *stored, struct key *keys)
{
	static const struct query query = { .head =
	    "INSERT INTO count_pending (application_id, chat_number, marks) "
	    "VALUES ", .row = "(?, ?, 1)", .between = ", ",
	    .tail = " ON DUPLICATE KEY UPDATE marks = marks + 1" };
	size_t noted = 0;

	for (size_t i = 0; i < count; i++) {
		struct key key = { .application = items[i]->key.application,
			.chat = items[i]->key.message != 0 ?
			    items[i]->key.chat : 0 };

		if (stored[i] == STORED_NEW && (noted == 0 ||
		    key_compare(&keys[noted - 1], &key) != 0))
			keys[noted++] = key;
	}
	return write_keys(db, &query, keys, noted);
}

enum result
db_items_store(struct db *db, const struct item *items, size_t count,
    enum stored *stored)
{
	const struct item **list = xcalloc(count, sizeof(*list));
	struct key *keys = xcalloc(count, sizeof(*keys));
	enum result result;

	for (size_t i = 0; i < count; i++) {
		assert(i == 0 ||
		    key_compare(&items[i - 1].key, &items[i].key) < 0);
		list[i] = &items[i];
	}
	result = store_rows(db, list, count, stored);
	if (result == RESULT_OK)
		result = note_to_index(db, list, count, stored, keys);
	if (result == RESULT_OK)
		result = note_to_count(db, list, count, stored, keys);
	free(list);
	free(keys);
	return result;
}
