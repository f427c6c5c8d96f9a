/* db_applications.c: applications in MySQL, written straight to it. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "db_applications.h"

#include <stdlib.h>
#include <string.h>

#include "db_stmt.h"
#include "memory.h"

#define COLUMNS "id, token, name, chats_count, created_at, updated_at"

void
application_clear(struct application *application)
{
	free(application->name);
	*application = (struct application){0};
}

static void
read_application(const struct stmt *stmt, struct application *out)
{
	size_t len;
	const char *token = stmt_get_bytes(stmt, 1, &len);

	*out = (struct application){
		.id = (uint32_t)stmt_get_uint(stmt, 0),
		.name = stmt_take_string(stmt, 2),
		.chats_count = stmt_get_uint(stmt, 3),
		.created_at = stmt_get_time(stmt, 4),
		.updated_at = stmt_get_time(stmt, 5),
	};
	memcpy(out->token, token, len < IDENT_SIZE ? len : IDENT_SIZE - 1);
}

enum result
db_application_create(struct db *db, struct application *application,
    int64_t now)
{
	static const struct query query = { .head =
	    "INSERT INTO applications (token, name, created_at, updated_at) "
	    "VALUES (?, ?, ?, ?)" };
	struct stmt *stmt = db_stmt(db, &query, 0);
	enum result result;

	stmt_string(stmt, application->token);
	stmt_string(stmt, application->name);
	stmt_time(stmt, now);
	stmt_time(stmt, now);
	result = stmt_run(stmt);
	if (result != RESULT_OK)
		return result;
	application->id = (uint32_t)stmt_insert_id(stmt);
	application->chats_count = 0;
	application->created_at = application->updated_at = now;
	return RESULT_OK;
}

enum result
db_application_by_token(struct db *db, const char *token,
    struct application *out)
{
	static const struct query query = { .head =
	    "SELECT " COLUMNS " FROM applications WHERE token = ?" };
	struct stmt *stmt = db_stmt(db, &query, 0);
	enum result result;

	stmt_string(stmt, token);
	result = stmt_query_row(stmt);
	if (result == RESULT_OK)
		read_application(stmt, out);
	return result;
}

enum result
db_application_by_id(struct db *db, uint32_t id, struct application *out)
{
	static const struct query query = { .head =
	    "SELECT " COLUMNS " FROM applications WHERE id = ?" };
	struct stmt *stmt = db_stmt(db, &query, 0);
	enum result result;

	stmt_uint(stmt, id);
	result = stmt_query_row(stmt);
	if (result == RESULT_OK)
		read_application(stmt, out);
	return result;
}

enum result
db_application_rename(struct db *db, const char *token, const char *name,
    int64_t now, struct application *out)
{
	static const struct query query = { .head =
	    "UPDATE applications SET name = ?, updated_at = ? "
	    "WHERE token = ?" };
	struct stmt *stmt = db_stmt(db, &query, 0);
	enum result result;

	stmt_string(stmt, name);
	stmt_time(stmt, now);
	stmt_string(stmt, token);
	result = stmt_run(stmt);
	if (result != RESULT_OK)
		return result;
	if (stmt_affected(stmt) == 0)
		return RESULT_NOT_FOUND;
	result = db_application_by_token(db, token, out);
	/* It is renamed, whatever has become of the question. */
	return result == RESULT_UNAVAILABLE ? RESULT_UNKNOWN : result;
}

/* ---- lists ---- */

/* The id of a token that a list is to begin or end at; initial for NULL. */
static enum result
find_id(struct db *db, const char *token, uint64_t initial, uint64_t *id)
{
	static const struct query query = { .head =
	    "SELECT id FROM applications WHERE token = ?" };
	struct stmt *stmt;
	enum result result;

	*id = initial;
	if (token == NULL)
		return RESULT_OK;
	stmt = db_stmt(db, &query, 0);
	stmt_string(stmt, token);
	result = stmt_query_row(stmt);
	if (result == RESULT_OK)
		*id = stmt_get_uint(stmt, 0);
	return result;
}

static enum result
read_list(struct stmt *stmt, unsigned limit, struct application **out,
    size_t *count)
{
	struct application *list;
	enum result result = stmt_query(stmt);

	if (result != RESULT_OK)
		return result;
	list = xcalloc(limit, sizeof(*list));
	*count = 0;
	while ((result = stmt_fetch(stmt)) == RESULT_OK)
		read_application(stmt, &list[(*count)++]);
	if (result == RESULT_NOT_FOUND) {
		*out = list;
		return RESULT_OK;
	}
	while (*count > 0)
		application_clear(&list[--*count]);
	free(list);
	return result;
}

enum result
db_application_list(struct db *db, const char *after, const char *before,
    const struct range *range, struct application **out, size_t *count)
{
#define BETWEEN "SELECT " COLUMNS " FROM applications WHERE id > ? AND id < ? "
	static const struct query queries[] = {
		{ .head = BETWEEN "ORDER BY id LIMIT ?" },
		{ .head = BETWEEN "ORDER BY id DESC LIMIT ?" },
	};
	struct stmt *stmt;
	uint64_t least, most;
	enum result result = find_id(db, after, 0, &least);

	if (result == RESULT_OK)
		result = find_id(db, before, UINT64_MAX, &most);
	if (result != RESULT_OK)
		return result;
	stmt = db_stmt(db, &queries[range->descending != 0], 0);
	stmt_uint(stmt, least);
	stmt_uint(stmt, most);
	stmt_uint(stmt, range->limit);
	return read_list(stmt, range->limit, out, count);
}
