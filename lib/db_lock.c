/* db_lock.c: advisory locks: one at a time, on whatever host. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "db_lock.h"

#include "db_stmt.h"
#include "log.h"

/* Names are the whole server's and at most 64 characters long. */
#define LOCK_NAME "CONCAT(?, '-', SHA1(DATABASE()))"

enum result
db_lock(struct db *db, const char *name, unsigned wait_s)
{
	static const struct query query = {
		.head = "SELECT COALESCE(GET_LOCK(" LOCK_NAME ", ?), 0)",
	};
	struct stmt *stmt = db_stmt(db, &query, 0);
	enum result result;

	stmt_string(stmt, name);
	stmt_uint(stmt, wait_s);
	result = stmt_query_row(stmt);
	if (result != RESULT_OK)
		return result;
	if (stmt_get_uint(stmt, 0) != 1)
		return RESULT_CONFLICT;
	db_hold(db, true);
	return RESULT_OK;
}

void
db_unlock(struct db *db, const char *name)
{
	static const struct query query = {
		.head = "SELECT RELEASE_LOCK(" LOCK_NAME ")",
	};
	struct stmt *stmt = db_stmt(db, &query, 0);

	stmt_string(stmt, name);
	if (stmt_query_row(stmt) != RESULT_OK)
		log_debug(NULL, "database: the lock %s is gone, as is the "
		    "connection that had it", name);
	db_hold(db, false);
}
