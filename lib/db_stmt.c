/* db_stmt.c: prepared statements, for the db_*.c files. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "db_stmt.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "clock.h"
#include "db_internal.h"
#include "memory.h"

/* ---- how many rows ---- */

static const unsigned row_counts[] = { STMT_ROWS_MOST, 32, 16, 8, 4, 2, 1
};
#define ROW_COUNTS (sizeof(row_counts) / sizeof(row_counts[0]))

unsigned
stmt_rows(size_t count)
{
	size_t i = 0;

	while (i < ROW_COUNTS - 1 && row_counts[i] > count)
		i++;
	return row_counts[i];
}

unsigned
stmt_rows_padded(size_t count)
{
	size_t i = ROW_COUNTS - 1;

	while (i > 0 && row_counts[i] < count)
		i--;
	return row_counts[i];
}

/* ---- making ---- */

static unsigned
count_params(const char *sql)
{
	unsigned count = 0;

	/* Our constants hold no question mark inside of quotes. */
	for (; sql != NULL && *sql != '\0'; sql++)
		count += *sql == '?';
	return count;
}

static struct stmt *
stmt_new(struct db *db, const struct query *query, unsigned rows)
{
	struct stmt *stmt = xcalloc(1, sizeof(*stmt));

	stmt->db = db;
	stmt->query = query;
	stmt->rows = rows;
	stmt->params = count_params(query->head) + count_params(query->tail) +
	    count_params(query->row) * rows;
	stmt->param = xcalloc(stmt->params, sizeof(*stmt->param));
	stmt->in = xcalloc(stmt->params, sizeof(*stmt->in));
	return stmt;
}

struct stmt *
db_stmt(struct db *db, const struct query *query, unsigned rows)
{
	struct stmt **link = &db->stmts, *stmt;

	while (*link != NULL &&
	    ((*link)->query != query || (*link)->rows != rows))
		link = &(*link)->next;
	stmt = *link;
	if (stmt == NULL)
		stmt = stmt_new(db, query, rows);
	else
		*link = stmt->next;
	stmt->next = db->stmts;
	db->stmts = stmt;
	stmt->filled = 0;
	return stmt;
}

/* The handle outlives its connection, but only to be closed. */
void
db_stmts_close(struct db *db)
{
	for (struct stmt *stmt = db->stmts; stmt != NULL; stmt = stmt->next) {
		if (stmt->handle != NULL)
			mysql_stmt_close(stmt->handle);
		stmt->handle = NULL;
	}
}

void
db_stmts_free(struct db *db)
{
	while (db->stmts != NULL) {
		struct stmt *stmt = db->stmts;

		db->stmts = stmt->next;
		row_free(stmt);
		free(stmt->param);
		free(stmt->in);
		free(stmt);
	}
}

/* ---- filling in ---- */

static MYSQL_BIND *
next_param(struct stmt *stmt, enum enum_field_types type)
{
	MYSQL_BIND *param = &stmt->param[stmt->filled];

	assert(stmt->filled < stmt->params);
	*param = (MYSQL_BIND){ .buffer_type = type };
	stmt->filled++;
	return param;
}

void
stmt_uint(struct stmt *stmt, uint64_t number)
{
	struct value *value = &stmt->in[stmt->filled];
	MYSQL_BIND *param = next_param(stmt, MYSQL_TYPE_LONGLONG);

	value->number = number;
	param->buffer = &value->number;
	param->is_unsigned = 1;
}

static void
add_bytes(struct stmt *stmt, enum enum_field_types type, const void *data,
    size_t len)
{
	MYSQL_BIND *param = next_param(stmt, data ? type : MYSQL_TYPE_NULL);

	param->buffer = (void *)(uintptr_t)data;	/* it is only read */
	param->buffer_length = len;
}

void
stmt_bytes(struct stmt *stmt, const void *data, size_t len)
{
	add_bytes(stmt, MYSQL_TYPE_BLOB, data, len);
}

void
stmt_string(struct stmt *stmt, const char *string)
{
	add_bytes(stmt, MYSQL_TYPE_STRING, string, string ? strlen(string) : 0);
}

void
stmt_time(struct stmt *stmt, int64_t ms)
{
	struct value *value = &stmt->in[stmt->filled];
	MYSQL_BIND *param = next_param(stmt, MYSQL_TYPE_DATETIME);
	struct clock_date date;

	clock_split(ms, &date);
	value->time = (MYSQL_TIME){
		.year = date.year, .month = date.month, .day = date.day,
		.hour = date.hour, .minute = date.minute,
		.second = date.second, .second_part = date.ms * 1000,
		.time_type = MYSQL_TIMESTAMP_DATETIME,
	};
	param->buffer = &value->time;
}

/* ---- running ---- */

static void
add_text(struct buffer *sql, const struct stmt *stmt)
{
	const struct query *query = stmt->query;

	buffer_str(sql, query->head);
	for (unsigned i = 0; i < stmt->rows; i++) {
		if (i > 0)
			buffer_str(sql, query->between);
		buffer_str(sql, query->row);
	}
	if (query->tail != NULL)
		buffer_str(sql, query->tail);
}

static enum result
prepare(struct stmt *stmt)
{
	struct buffer sql = BUFFER_EMPTY;
	const db_flag measure = 1;
	enum result result = db_ready(stmt->db);

	if (result != RESULT_OK || stmt->handle != NULL)
		return result;
	stmt->handle = mysql_stmt_init(stmt->db->mysql);
	if (stmt->handle == NULL)
		abort();	/* out of memory, as in memory.h */
	add_text(&sql, stmt);
	if (mysql_stmt_prepare(stmt->handle, sql.data, sql.len) == 0) {
		assert(mysql_stmt_param_count(stmt->handle) == stmt->params);
		mysql_stmt_attr_set(stmt->handle, STMT_ATTR_UPDATE_MAX_LENGTH,
		    &measure);
		row_bind(stmt);
	} else {
		result = db_fail(stmt->db, stmt->handle, stmt->query->head);
		if (stmt->handle != NULL)
			mysql_stmt_close(stmt->handle);
		stmt->handle = NULL;
	}
	buffer_free(&sql);
	return result;
}

static enum result
execute(struct stmt *stmt)
{
	assert(stmt->filled == stmt->params);
	if (mysql_stmt_free_result(stmt->handle) == 0 &&
	    (stmt->params == 0 ||
	    mysql_stmt_bind_param(stmt->handle, stmt->param) == 0) &&
	    mysql_stmt_execute(stmt->handle) == 0)
		return RESULT_OK;
	return db_fail(stmt->db, stmt->handle, stmt->query->head);
}

enum result
stmt_run(struct stmt *stmt)
{
	bool alone = stmt->db->session == SESSION_FREE;
	enum result result = prepare(stmt);

	if (result != RESULT_OK)
		return result;
	result = execute(stmt);
	return alone && result == RESULT_UNAVAILABLE && stmt->db->lost ?
	    RESULT_UNKNOWN : result;
}

uint64_t
stmt_affected(const struct stmt *stmt)
{
	return mysql_stmt_affected_rows(stmt->handle);
}

uint64_t
stmt_insert_id(const struct stmt *stmt)
{
	return mysql_stmt_insert_id(stmt->handle);
}

static enum result
query_once(struct stmt *stmt)
{
	enum result result = prepare(stmt);

	if (result == RESULT_OK)
		result = execute(stmt);
	if (result != RESULT_OK)
		return result;
	if (mysql_stmt_store_result(stmt->handle) == 0 && row_rebind(stmt))
		return RESULT_OK;
	return db_fail(stmt->db, stmt->handle, stmt->query->head);
}

enum result
stmt_query(struct stmt *stmt)
{
	struct db *db = stmt->db;
	int64_t start = clock_mono_ms();
	enum result result = query_once(stmt);

	/* Lost at once, it was dead before; late, it has used up its time. */
	if (result == RESULT_UNAVAILABLE && db->lost && !db->held &&
	    db->session == SESSION_FREE &&
	    clock_mono_ms() - start < db->timeout_ms / 2)
		result = query_once(stmt);
	return result;
}
