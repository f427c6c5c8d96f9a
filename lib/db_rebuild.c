/* db_rebuild.c: how far a new search index has been built. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "db_rebuild.h"

#include <stdio.h>

#include "db_lock.h"
#include "db_lookup.h"
#include "db_stmt.h"

#define LOCK_NAME "parley-index"
#define LOCK_WAIT_S 3		/* a tool that was just killed lets go soon */

enum result
db_rebuild_lock(struct db *db)
{
	return db_lock(db, LOCK_NAME, LOCK_WAIT_S);
}

void
db_rebuild_unlock(struct db *db)
{
	db_unlock(db, LOCK_NAME);
}

static void
get_name(const struct stmt *stmt, unsigned column, char out[REBUILD_NAME_SIZE])
{
	size_t len;
	const char *name = stmt_get_bytes(stmt, column, &len);

	snprintf(out, REBUILD_NAME_SIZE, "%.*s", (int)len, name);
}

enum result
db_rebuild_get(struct db *db, struct rebuild *out)
{
	static const struct query query = { .head =
	    "SELECT " MESSAGE_KEY ", target, retired, copied, refused "
	    "FROM index_rebuild" };
	struct stmt *stmt = db_stmt(db, &query, 0);
	enum result result = stmt_query_row(stmt);

	if (result != RESULT_OK)
		return result;
	*out = (struct rebuild){
		.copied_to = stmt_get_key(stmt),
		.copied = stmt_get_uint(stmt, 5),
		.refused = stmt_get_uint(stmt, 6),
	};
	get_name(stmt, 3, out->target);
	get_name(stmt, 4, out->retired);
	return RESULT_OK;
}

enum result
db_rebuild_runs(struct db *db, bool *runs)
{
	static const struct query query = { .head =
	    "SELECT COUNT(*) FROM index_rebuild" };
	struct stmt *stmt = db_stmt(db, &query, 0);
	enum result result = stmt_query_row(stmt);

	*runs = result == RESULT_OK && stmt_get_uint(stmt, 0) > 0;
	return result;
}

enum result
db_rebuild_begin(struct db *db, const struct rebuild *rebuild)
{
	static const struct query query = { .head =
	    "INSERT INTO index_rebuild (id, target, retired, started_at) "
	    "VALUES (1, ?, ?, UTC_TIMESTAMP(3))" };
	struct stmt *stmt = db_stmt(db, &query, 0);

	stmt_string(stmt, rebuild->target);
	stmt_string(stmt, rebuild->retired);
	return stmt_run(stmt);
}

enum result
db_rebuild_note(struct db *db, const struct rebuild *rebuild)
{
	static const struct query query = { .head =
	    "UPDATE index_rebuild SET application_id = ?, chat_number = ?, "
	    "number = ?, copied = ?, refused = ?" };
	struct stmt *stmt = db_stmt(db, &query, 0);

	stmt_uint(stmt, rebuild->copied_to.application);
	stmt_uint(stmt, rebuild->copied_to.chat);
	stmt_uint(stmt, rebuild->copied_to.message);
	stmt_uint(stmt, rebuild->copied);
	stmt_uint(stmt, rebuild->refused);
	return stmt_run(stmt);
}

enum result
db_rebuild_end(struct db *db)
{
	static const struct query query = { .head =
	    "DELETE FROM index_rebuild" };

	return stmt_run(db_stmt(db, &query, 0));
}
