/* db_once.c: writes that are to happen once, whoever sends them again. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "db_once.h"

#include <string.h>

#include "db_stmt.h"

#define HOUR_MS INT64_C(3600000)
#define COLUMNS "application_id, key_id, print, event, token, chat_number, " \
	"number, counted, created_at, updated_at"
#define ROW .row = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", .between = ", "

static int64_t
oldest(int64_t now, int hours)
{
	return now - hours * HOUR_MS;
}

/* ---- reading ---- */

static void
get_ident(const struct stmt *stmt, unsigned column, char out[IDENT_SIZE])
{
	unsigned char bytes[IDENT_BYTES] = {0};
	size_t len;
	const char *stored = stmt_get_bytes(stmt, column, &len);

	memcpy(bytes, stored, len < IDENT_BYTES ? len : IDENT_BYTES);
	ident_from_bytes(bytes, out);
}

static void
read_row(const struct stmt *stmt, struct once_row *out)
{
	const char *token;
	size_t len;

	*out = (struct once_row){
		.application = (uint32_t)stmt_get_uint(stmt, 0),
		.chat = stmt_get_uint(stmt, 5),
		.message = stmt_get_uint(stmt, 6),
		.count = stmt_get_uint(stmt, 7),
		.created_at = stmt_get_time(stmt, 8),
		.updated_at = stmt_get_time(stmt, 9),
	};
	get_ident(stmt, 1, out->key);
	get_ident(stmt, 2, out->print);
	get_ident(stmt, 3, out->event);
	if (stmt_is_null(stmt, 4))
		return;
	token = stmt_get_bytes(stmt, 4, &len);
	memcpy(out->token, token, len < IDENT_SIZE ? len : IDENT_SIZE - 1);
}

static enum result
find(struct db *db, const struct query *query, uint32_t application,
    const char *key, struct once_row *out)
{
	struct stmt *stmt = db_stmt(db, query, 0);
	unsigned char bytes[IDENT_BYTES];
	enum result result;

	ident_to_bytes(key, bytes);
	stmt_uint(stmt, application);
	stmt_bytes(stmt, bytes, sizeof(bytes));
	result = stmt_query_row(stmt);
	if (result == RESULT_OK)
		read_row(stmt, out);
	return result;
}

enum result
db_once_find(struct db *db, uint32_t application, const char *key,
    int64_t now, int hours, struct once_row *out)
{
	static const struct query query = { .head = "SELECT " COLUMNS " FROM "
	    "idempotency_keys WHERE application_id = ? AND key_id = ?" };
	enum result result = find(db, &query, application, key, out);

	if (result == RESULT_OK && out->updated_at <= oldest(now, hours))
		return RESULT_NOT_FOUND;
	return result;
}

/* ---- storing ---- */

static enum result
write_rows(struct db *db, const struct query *query,
    const struct once_row *rows, unsigned count)
{
	unsigned char bytes[STMT_ROWS_MOST][3][IDENT_BYTES];
	struct stmt *stmt = db_stmt(db, query, count);

	for (unsigned i = 0; i < count; i++) {
		const struct once_row *row = &rows[i];

		ident_to_bytes(row->key, bytes[i][0]);
		ident_to_bytes(row->print, bytes[i][1]);
		ident_to_bytes(row->event, bytes[i][2]);
		stmt_uint(stmt, row->application);
		for (size_t b = 0; b < 3; b++)
			stmt_bytes(stmt, bytes[i][b], IDENT_BYTES);
		stmt_string(stmt, row->token[0] != '\0' ? row->token : NULL);
		stmt_uint(stmt, row->chat);
		stmt_uint(stmt, row->message);
		stmt_uint(stmt, row->count);
		stmt_time(stmt, row->created_at);
		stmt_time(stmt, row->updated_at);
	}
	return stmt_run(stmt);
}

static const struct query insert_query = { .head =
    "INSERT INTO idempotency_keys (" COLUMNS ") VALUES ", ROW };

/* Looks first, and locks what is there. */
static enum result
store_slowly(struct db *db, const struct once_row *row, int hours,
    bool *clash)
{
	static const struct query look_query = { .head = "SELECT " COLUMNS
	    " FROM idempotency_keys WHERE application_id = ? AND key_id = ? "
	    "FOR UPDATE" };
	static const struct query replace_query = { .head =
	    "REPLACE INTO idempotency_keys (" COLUMNS ") VALUES ", ROW };
	struct once_row stored;
	enum result result;

	result = find(db, &look_query, row->application, row->key, &stored);
	if (result == RESULT_NOT_FOUND)
		return write_rows(db, &insert_query, row, 1);
	if (result != RESULT_OK || strcmp(stored.event, row->event) == 0)
		return result;
	*clash = stored.updated_at > oldest(row->updated_at, hours);
	return *clash ? RESULT_OK : write_rows(db, &replace_query, row, 1);
}

/* Nearly all are new; a duplicate undoes that one statement. */
enum result
db_once_store(struct db *db, const struct once_row *rows, size_t count,
    int hours, bool *clash)
{
	enum result result = RESULT_OK;

	memset(clash, 0, count * sizeof(*clash));
	while (count > 0 && result == RESULT_OK) {
		unsigned some = stmt_rows(count);

		result = write_rows(db, &insert_query, rows, some);
		if (result == RESULT_CONFLICT && db_duplicate(db)) {
			result = RESULT_OK;
			for (unsigned i = 0; i < some && !result; i++)
				result = store_slowly(db, &rows[i], hours,
				    &clash[i]);
		}
		rows += some;
		clash += some;
		count -= some;
	}
	return result;
}

/* ---- deleting ---- */

enum result
db_once_expire(struct db *db, int64_t now, int hours, unsigned limit,
    unsigned *deleted)
{
	static const struct query query = { .head =
	    "DELETE FROM idempotency_keys WHERE updated_at <= ? "
	    "ORDER BY updated_at LIMIT ?" };
	struct stmt *stmt = db_stmt(db, &query, 0);
	enum result result;

	stmt_time(stmt, oldest(now, hours));
	stmt_uint(stmt, limit);
	result = stmt_run(stmt);
	*deleted = result == RESULT_OK ? (unsigned)stmt_affected(stmt) : 0;
	return result;
}
