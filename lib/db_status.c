/* db_status.c: what the operator is told of the database. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "db_status.h"

#include <stdio.h>

#include "db_stmt.h"

enum result
db_version(struct db *db, char *out, size_t size)
{
	static const struct query query = { .head = "SELECT VERSION()" };
	struct stmt *stmt = db_stmt(db, &query, 0);
	enum result result = stmt_query_row(stmt);
	const char *version;
	size_t len;

	if (result != RESULT_OK)
		return result;
	version = stmt_get_bytes(stmt, 0, &len);
	snprintf(out, size, "%.*s", (int)len, version);
	return RESULT_OK;
}

enum result
db_leases(struct db *db, uint64_t *count, uint64_t *largest)
{
	static const struct query query = { .head =
	    "SELECT COUNT(*), MAX(size) FROM leases" };
	struct stmt *stmt = db_stmt(db, &query, 0);
	enum result result = stmt_query_row(stmt);

	if (result != RESULT_OK)
		return result;
	*count = stmt_get_uint(stmt, 0);
	*largest = stmt_get_uint(stmt, 1);
	return RESULT_OK;
}

enum result
db_oldest(struct db *db, int64_t *index, int64_t *count)
{
	static const struct query query = { .head =
	    "SELECT (SELECT GREATEST(0, TIMESTAMPDIFF(MICROSECOND, since, "
	    "UTC_TIMESTAMP(3)) DIV 1000) "
	    "FROM index_pending ORDER BY sequence LIMIT 1), "
	    "(SELECT GREATEST(0, TIMESTAMPDIFF(MICROSECOND, MIN(since), "
	    "UTC_TIMESTAMP(3)) DIV 1000) FROM count_pending)" };
	struct stmt *stmt = db_stmt(db, &query, 0);
	enum result result = stmt_query_row(stmt);

	if (result != RESULT_OK)
		return result;
	*index = (int64_t)stmt_get_uint(stmt, 0);
	*count = (int64_t)stmt_get_uint(stmt, 1);
	return RESULT_OK;
}
