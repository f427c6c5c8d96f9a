/* db_row.c: the rows that a prepared statement brings back. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "db_internal.h"
#include "db_stmt.h"
#include "memory.h"

#define FIRST_SIZE 256		/* bytes for a text or binary column */

void
row_free(struct stmt *stmt)
{
	for (unsigned i = 0; i < stmt->columns; i++)
		free(stmt->out[i].bytes);
	free(stmt->column);
	free(stmt->out);
	stmt->column = NULL;
	stmt->out = NULL;
	stmt->columns = 0;
}

/* Binds a column according to what the server says that it is. */
static void
set_column(struct stmt *stmt, unsigned i, enum enum_field_types type)
{
	MYSQL_BIND *column = &stmt->column[i];
	struct value *value = &stmt->out[i];

	column->is_null = &value->null;
	column->length = &value->len;
	switch (type) {
	case MYSQL_TYPE_TINY:
	case MYSQL_TYPE_SHORT:
	case MYSQL_TYPE_INT24:
	case MYSQL_TYPE_LONG:
	case MYSQL_TYPE_LONGLONG:
		column->buffer_type = MYSQL_TYPE_LONGLONG;
		column->buffer = &value->number;
		column->is_unsigned = 1;
		break;
	case MYSQL_TYPE_DATETIME:
	case MYSQL_TYPE_TIMESTAMP:
		column->buffer_type = MYSQL_TYPE_DATETIME;
		column->buffer = &value->time;
		column->buffer_length = sizeof(value->time);
		break;
	default:
		column->buffer_type = MYSQL_TYPE_STRING;
		column->buffer_length = FIRST_SIZE;
		value->bytes = xmalloc(column->buffer_length);
		column->buffer = value->bytes;
	}
}

void
row_bind(struct stmt *stmt)
{
	MYSQL_RES *result = mysql_stmt_result_metadata(stmt->handle);

	row_free(stmt);
	if (result == NULL)
		return;
	stmt->columns = mysql_num_fields(result);
	stmt->column = xcalloc(stmt->columns, sizeof(*stmt->column));
	stmt->out = xcalloc(stmt->columns, sizeof(*stmt->out));
	for (unsigned i = 0; i < stmt->columns; i++)
		set_column(stmt, i, mysql_fetch_field_direct(result, i)->type);
	mysql_free_result(result);
}

/*
 * Makes room for the longest value of each column among the rows that were
 * stored, and binds. This comes before the first fetch: a column that is
 * bound anew between fetches is misread by MariaDB's connector up to 3.3.19.
 */
bool
row_rebind(struct stmt *stmt)
{
	MYSQL_RES *result = mysql_stmt_result_metadata(stmt->handle);

	if (result == NULL)
		return false;
	for (unsigned i = 0; i < stmt->columns; i++) {
		MYSQL_BIND *column = &stmt->column[i];
		struct value *value = &stmt->out[i];
		unsigned long longest =
		    mysql_fetch_field_direct(result, i)->max_length;

		if (value->bytes == NULL || longest <= column->buffer_length)
			continue;
		column->buffer_length = longest + longest / 2;
		value->bytes = xrealloc(value->bytes, column->buffer_length,
		    1);
		column->buffer = value->bytes;
	}
	mysql_free_result(result);
	return mysql_stmt_bind_result(stmt->handle, stmt->column) == 0;
}

enum result
stmt_fetch(struct stmt *stmt)
{
	int status = mysql_stmt_fetch(stmt->handle);

	if (status == 0)
		return RESULT_OK;
	if (status == MYSQL_NO_DATA) {
		mysql_stmt_free_result(stmt->handle);
		return RESULT_NOT_FOUND;
	}
	assert(status != MYSQL_DATA_TRUNCATED);	/* row_rebind made room */
	return db_fail(stmt->db, stmt->handle, stmt->query->head);
}

enum result
stmt_query_row(struct stmt *stmt)
{
	enum result result = stmt_query(stmt);

	return result == RESULT_OK ? stmt_fetch(stmt) : result;
}

/* ---- columns ---- */

static const struct value *
column_of(const struct stmt *stmt, unsigned column)
{
	assert(column < stmt->columns);
	return &stmt->out[column];
}

bool
stmt_is_null(const struct stmt *stmt, unsigned column)
{
	return column_of(stmt, column)->null;
}

uint64_t
stmt_get_uint(const struct stmt *stmt, unsigned column)
{
	const struct value *value = column_of(stmt, column);

	/* Sums and the like are DECIMAL: such a query must CAST them. */
	assert(value->bytes == NULL);
	return value->null ? 0 : value->number;
}

int64_t
stmt_get_time(const struct stmt *stmt, unsigned column)
{
	const struct value *value = column_of(stmt, column);
	const struct clock_date date = {
		.year = value->time.year, .month = value->time.month,
		.day = value->time.day, .hour = value->time.hour,
		.minute = value->time.minute, .second = value->time.second,
		.ms = (unsigned)(value->time.second_part / 1000),
	};

	return value->null ? 0 : clock_join(&date);
}

const char *
stmt_get_bytes(const struct stmt *stmt, unsigned column, size_t *len)
{
	const struct value *value = column_of(stmt, column);

	*len = value->null ? 0 : value->len;
	return value->null ? NULL : value->bytes;
}

char *
stmt_take_string(const struct stmt *stmt, unsigned column)
{
	const struct value *value = column_of(stmt, column);

	return value->null ? NULL : xstrndup(value->bytes, value->len);
}
