/* db_editions.c: walking along all messages and texts, to compare them. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "db_editions.h"

#include <stdlib.h>

#include "db_lookup.h"
#include "db_stmt.h"
#include "memory.h"

enum result
db_editions_total(struct db *db, enum editions_of table, uint64_t *total)
{
	static const struct query queries[] = {
		{ .head = "SELECT COUNT(*) FROM messages" },
		{ .head = "SELECT COUNT(*) FROM search_texts" },
	};
	struct stmt *stmt = db_stmt(db, &queries[table], 0);
	enum result result = stmt_query_row(stmt);

	if (result == RESULT_OK)
		*total = stmt_get_uint(stmt, 0);
	return result;
}

/* ---- pages ---- */

/*
 * Three ranges of the primary key that adjoin: both servers walk along it
 * and stop at the limit. (They do not for (a, b, c) > (?, ?, ?).)
 */
#define BEHIND " WHERE (application_id = ? AND chat_number = ? " \
	"AND number > ?) OR (application_id = ? AND chat_number > ?) " \
	"OR application_id > ?" MESSAGE_ORDER " LIMIT ?"

static enum result
query_behind(struct stmt *stmt, const struct key *after, size_t limit)
{
	stmt_uint(stmt, after->application);
	stmt_uint(stmt, after->chat);
	stmt_uint(stmt, after->message);
	stmt_uint(stmt, after->application);
	stmt_uint(stmt, after->chat);
	stmt_uint(stmt, after->application);
	stmt_uint(stmt, limit);
	return stmt_query(stmt);
}

enum result
db_editions_page(struct db *db, enum editions_of table,
    const struct key *after, size_t limit, struct edition *out, size_t *count)
{
	static const struct query queries[] = {
		{ .head = "SELECT " MESSAGE_KEY ", version FROM messages"
		    BEHIND },
		{ .head = "SELECT " MESSAGE_KEY ", version FROM search_texts"
		    BEHIND },
	};
	struct stmt *stmt = db_stmt(db, &queries[table], 0);
	enum result result = query_behind(stmt, after, limit);

	*count = 0;
	if (result != RESULT_OK)
		return result;
	while ((result = stmt_fetch(stmt)) == RESULT_OK)
		out[(*count)++] = (struct edition){
			.key = stmt_get_key(stmt),
			.version = stmt_get_uint(stmt, 3),
		};
	return result == RESULT_NOT_FOUND ? RESULT_OK : result;
}

enum result
db_messages_page(struct db *db, const struct key *after, size_t limit,
    struct items *out)
{
	static const struct query query = { .head =
	    "SELECT " MESSAGE_COLUMNS " FROM messages" BEHIND };
	struct stmt *stmt = db_stmt(db, &query, 0);
	enum result result = query_behind(stmt, after, limit);

	if (result != RESULT_OK)
		return result;
	while ((result = stmt_fetch(stmt)) == RESULT_OK)
		stmt_item(stmt, items_add(out));
	return result == RESULT_NOT_FOUND ? RESULT_OK : result;
}

/* ---- search_texts ---- */

enum result
db_texts_versions(struct db *db, const struct edition *wanted, size_t count,
    uint64_t *versions)
{
	static const struct query query = { .head =
	    "SELECT " MESSAGE_KEY ", version FROM search_texts WHERE "
	    MESSAGE_AMONG, MESSAGE_AMONG_ROW,
	    .tail = AMONG_END MESSAGE_ORDER };
	const struct key **keys = xcalloc(count, sizeof(*keys));
	struct lookup lookup = { .db = db, .query = &query, .keys = keys,
		.count = count };
	enum result result;
	size_t which;

	for (size_t i = 0; i < count; i++) {
		keys[i] = &wanted[i].key;
		versions[i] = 0;
	}
	while ((result = lookup_next(&lookup, &which)) == RESULT_OK)
		versions[which] = stmt_get_uint(lookup.stmt, 3);
	free(keys);
	return result == RESULT_NOT_FOUND ? RESULT_OK : result;
}

enum result
db_texts_remove(struct db *db, const struct edition *editions, size_t count)
{
	static const struct query query = {
		.head = "DELETE FROM search_texts WHERE ",
		.row = "(application_id = ? AND chat_number = ? "
		    "AND number = ? AND version <= ?)",
		.between = " OR ",
	};
	enum result result = RESULT_OK;

	while (count > 0 && result == RESULT_OK) {
		unsigned rows = stmt_rows(count);
		struct stmt *stmt = db_stmt(db, &query, rows);

		for (unsigned i = 0; i < rows; i++) {
			stmt_key(stmt, &editions[i].key);
			stmt_uint(stmt, editions[i].version);
		}
		result = stmt_run(stmt);
		editions += rows;
		count -= rows;
	}
	return result;
}

/* ---- index_pending ---- */

enum result
db_index_append(struct db *db, const struct edition *editions, size_t count)
{
	static const struct query query = {
		.head = "INSERT INTO index_pending (application_id, "
		    "chat_number, number, since, not_before) VALUES ",
		.row = "(?, ?, ?, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))",
		.between = ", ",
	};
	enum result result = RESULT_OK;

	while (count > 0 && result == RESULT_OK) {
		unsigned rows = stmt_rows(count);
		struct stmt *stmt = db_stmt(db, &query, rows);

		for (unsigned i = 0; i < rows; i++)
			stmt_key(stmt, &editions[i].key);
		result = stmt_run(stmt);
		editions += rows;
		count -= rows;
	}
	return result;
}

static int
compare_keys(const void *a, const void *b)
{
	return key_compare(a, b);
}

enum result
db_index_waiting(struct db *db, const struct key *first,
    const struct key *last, struct key **out, size_t *count)
{
	static const struct query query = { .head =
	    "SELECT " MESSAGE_KEY " FROM index_pending "
	    "WHERE (application_id, chat_number, number) >= (?, ?, ?) "
	    "AND (application_id, chat_number, number) <= (?, ?, ?)" };
	struct stmt *stmt = db_stmt(db, &query, 0);
	enum result result;
	size_t size = 0;

	*out = NULL;
	*count = 0;
	stmt_key(stmt, first);
	stmt_key(stmt, last);
	result = stmt_query(stmt);
	while (result == RESULT_OK &&
	    (result = stmt_fetch(stmt)) == RESULT_OK) {
		if (*count == size) {
			size = size ? size * 2 : 256;
			*out = xrealloc(*out, size, sizeof(**out));
		}
		(*out)[(*count)++] = stmt_get_key(stmt);
	}
	if (result != RESULT_NOT_FOUND) {
		free(*out);
		*out = NULL;
		return result;
	}
	if (*count > 0)
		qsort(*out, *count, sizeof(**out), compare_keys);
	return RESULT_OK;
}
