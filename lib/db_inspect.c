/* db_inspect.c: how the database is set up, for the operator. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "db_inspect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db_stmt.h"

static void
take_setting(struct stmt *stmt, struct db_setting *settings, size_t count)
{
	char *name = stmt_take_string(stmt, 0);
	char *value = stmt_take_string(stmt, 1);

	for (size_t i = 0; name != NULL && value != NULL && i < count; i++) {
		if (strcmp(settings[i].name, name) != 0)
			continue;
		settings[i].known = true;
		snprintf(settings[i].value, DB_SETTING_SIZE, "%s", value);
	}
	free(name);
	free(value);
}

enum result
db_settings(struct db *db, struct db_setting *settings, size_t count)
{
	static const struct query query = { .head =
	    "SHOW GLOBAL VARIABLES" };
	struct stmt *stmt = db_stmt(db, &query, 0);
	enum result result = stmt_query(stmt);

	if (result != RESULT_OK)
		return result;
	while ((result = stmt_fetch(stmt)) == RESULT_OK)
		take_setting(stmt, settings, count);
	return result == RESULT_NOT_FOUND ? RESULT_OK : result;
}

enum result
db_connections_most(struct db *db, uint64_t *most)
{
	static const struct query query = { .head =
	    "SHOW GLOBAL STATUS LIKE 'Max_used_connections'" };
	struct stmt *stmt = db_stmt(db, &query, 0);
	enum result result = stmt_query_row(stmt);
	char *value;

	if (result != RESULT_OK)
		return result;
	value = stmt_take_string(stmt, 1);
	*most = value != NULL ? strtoull(value, NULL, 10) : 0;
	free(value);
	return RESULT_OK;
}

enum result
db_tables_wrong(struct db *db, struct buffer *out)
{
	static const struct query query = { .head =
	    "SELECT CONCAT(table_name, ' (', engine, ')') "
	    "FROM information_schema.tables "
	    "WHERE table_schema = DATABASE() AND engine <> 'InnoDB' "
	    "UNION ALL SELECT CONCAT(table_name, '.', column_name, ' (', "
	    "collation_name, ')') FROM information_schema.columns "
	    "WHERE table_schema = DATABASE() AND collation_name NOT IN "
	    "('utf8mb4_bin', 'ascii_bin')" };
	struct stmt *stmt = db_stmt(db, &query, 0);
	enum result result = stmt_query(stmt);

	if (result != RESULT_OK)
		return result;
	buffer_str(out, "");
	while ((result = stmt_fetch(stmt)) == RESULT_OK) {
		char *one = stmt_take_string(stmt, 0);

		buffer_printf(out, "%s%s", out->len > 0 ? ", " : "",
		    one != NULL ? one : "?");
		free(one);
	}
	return result == RESULT_NOT_FOUND ? RESULT_OK : result;
}

enum result
db_time(struct db *db, int64_t *ms)
{
	static const struct query query = { .head = "SELECT UTC_TIMESTAMP(3)" };
	struct stmt *stmt = db_stmt(db, &query, 0);
	enum result result = stmt_query_row(stmt);

	if (result == RESULT_OK)
		*ms = stmt_get_time(stmt, 0);
	return result;
}
