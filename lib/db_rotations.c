/* db_rotations.c: giving applications new tokens, and the old ones. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "db_rotations.h"

#include <string.h>

#include "db_stmt.h"

#define COLUMNS "retired, application_id, rotated_at, told_at"

/* ---- rotating ---- */

/* First of all, so that of two at once the second waits, and finds nothing. */
static enum result
replace(struct db *db, const char *old, const char *fresh)
{
	static const struct query query = { .head =
	    "UPDATE applications SET token = ? WHERE token = ?" };
	struct stmt *stmt = db_stmt(db, &query, 0);
	enum result result;

	stmt_string(stmt, fresh);
	stmt_string(stmt, old);
	result = stmt_run(stmt);
	if (result == RESULT_OK && stmt_affected(stmt) == 0)
		return RESULT_NOT_FOUND;
	return result;
}

static enum result
note(struct db *db, const char *old, const char *fresh, int64_t now)
{
	static const struct query query = { .head =
	    "INSERT INTO token_rotations (retired, application_id, rotated_at) "
	    "SELECT ?, id, ? FROM applications WHERE token = ?" };
	struct stmt *stmt = db_stmt(db, &query, 0);

	stmt_string(stmt, old);
	stmt_time(stmt, now);
	stmt_string(stmt, fresh);
	return stmt_run(stmt);
}

enum result
db_token_rotate(struct db *db, const char *old, const char *fresh,
    int64_t now)
{
	enum result result = db_begin(db);

	if (result != RESULT_OK)
		return result;
	result = replace(db, old, fresh);
	if (result == RESULT_OK)
		result = note(db, old, fresh, now);
	if (result == RESULT_OK)
		return db_commit(db);
	db_rollback(db);
	return result;
}

/* ---- reading ---- */

static void
read_rotation(const struct stmt *stmt, struct rotation *out)
{
	size_t len;
	const char *retired = stmt_get_bytes(stmt, 0, &len);

	*out = (struct rotation){
		.application = (uint32_t)stmt_get_uint(stmt, 1),
		.rotated_at = stmt_get_time(stmt, 2),
		.told_at = stmt_is_null(stmt, 3) ? 0 : stmt_get_time(stmt, 3),
	};
	memcpy(out->retired, retired, len < IDENT_SIZE ? len : IDENT_SIZE - 1);
}

enum result
db_rotation_find(struct db *db, const char *retired, struct rotation *out)
{
	static const struct query query = { .head =
	    "SELECT " COLUMNS " FROM token_rotations WHERE retired = ?" };
	struct stmt *stmt = db_stmt(db, &query, 0);
	enum result result;

	stmt_string(stmt, retired);
	result = stmt_query_row(stmt);
	if (result == RESULT_OK)
		read_rotation(stmt, out);
	return result;
}

enum result
db_rotations_untold(struct db *db, unsigned limit, struct rotation *out,
    size_t *count)
{
	static const struct query query = { .head =
	    "SELECT " COLUMNS " FROM token_rotations "
	    "WHERE told_at IS NULL LIMIT ?" };
	struct stmt *stmt = db_stmt(db, &query, 0);
	enum result result;

	*count = 0;
	stmt_uint(stmt, limit);
	if ((result = stmt_query(stmt)))
		return result;
	while ((result = stmt_fetch(stmt)) == RESULT_OK)
		read_rotation(stmt, &out[(*count)++]);
	return result == RESULT_NOT_FOUND ? RESULT_OK : result;
}

enum result
db_rotation_told(struct db *db, const char *retired, int64_t now)
{
	static const struct query query = { .head =
	    "UPDATE token_rotations SET told_at = ? "
	    "WHERE retired = ? AND told_at IS NULL" };
	struct stmt *stmt = db_stmt(db, &query, 0);

	stmt_time(stmt, now);
	stmt_string(stmt, retired);
	return stmt_run(stmt);
}
