/* operation_application.c: what can be done with applications. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "db_once.h"
#include "ident.h"
#include "memory.h"
#include "operation.h"

/* They are few, so they go straight to MySQL, past the queue. */

/* One that writes; on failure nothing is to be cleared. */
typedef enum result write_application(struct db *, const struct request *,
    struct application *out);

static enum result
create(struct db *db, const struct request *req, struct application *out)
{
	const struct value *name = &req->value[0];
	enum result result;

	*out = (struct application){0};
	ident_uuid4(out->token);
	out->name = xstrndup(name->data, name->len);
	result = db_application_create(db, out, clock_wall_ms());
	if (result != RESULT_OK)
		application_clear(out);
	return result;
}

static enum result
rename_it(struct db *db, const struct request *req, struct application *out)
{
	return db_application_rename(db, req->token, req->value[0].data,
	    clock_wall_ms(), out);
}

/* ---- with an Idempotency-Key ---- */

/*
 * To whom a key belongs: the application, or, for the creation of one, where
 * there is none yet, all who create.
 */
static enum result
find_scope(struct db *db, const struct request *req, uint32_t *scope)
{
	struct application app;
	enum result result;

	*scope = 0;
	if (req->token[0] == '\0')
		return RESULT_OK;
	result = db_application_by_token(db, req->token, &app);
	if (result != RESULT_OK)
		return result;
	*scope = app.id;
	application_clear(&app);
	return RESULT_OK;
}

/* The answer of the first request; its name is the one that came again. */
static enum result
replay(const struct once_row *row, const struct request *req,
    struct application *out)
{
	if (strcmp(row->print, req->once->print) != 0) {
		req->once->reused = true;
		return RESULT_CONFLICT;
	}
	req->once->replayed = true;
	*out = (struct application){
		.name = xstrndup(req->value[0].data, req->value[0].len),
		.chats_count = row->count,
		.created_at = row->created_at,
		.updated_at = row->updated_at,
	};
	memcpy(out->token, row->token[0] != '\0' ? row->token : req->token,
	    IDENT_SIZE);
	return RESULT_OK;
}

/* RESULT_CONFLICT: another request with this key was faster. */
static enum result
remember(struct db *db, uint32_t scope, const struct request *req,
    const struct application *app, int hours)
{
	struct once_row row = {
		.application = scope,
		.count = app->chats_count,
		.created_at = app->created_at,
		.updated_at = app->updated_at,
	};
	enum result result;
	bool clash;

	memcpy(row.key, req->once->key, IDENT_SIZE);
	memcpy(row.print, req->once->print, IDENT_SIZE);
	ident_uuid4(row.event);
	if (scope == 0)
		memcpy(row.token, app->token, IDENT_SIZE);
	result = db_once_store(db, &row, 1, hours, &clash);
	return result == RESULT_OK && clash ? RESULT_CONFLICT : result;
}

/* Write and key are stored together, or neither is. */
static enum result
write_with_key(struct db *db, uint32_t scope, const struct request *req,
    write_application *act, int hours, struct application *out)
{
	enum result result = db_begin(db);

	if (result != RESULT_OK)
		return result;
	result = act(db, req, out);
	if (result == RESULT_OK) {
		result = remember(db, scope, req, out, hours);
		if (result == RESULT_OK)
			result = db_commit(db);
		if (result != RESULT_OK)
			application_clear(out);
	}
	if (result != RESULT_OK)
		db_rollback(db);
	return result;
}

static enum result
write_once(struct db *db, const struct request *req, write_application *act,
    int hours, struct application *out)
{
	struct once_row row;
	enum result result, found;
	uint32_t scope;

	result = find_scope(db, req, &scope);
	if (result != RESULT_OK)
		return result;
	found = db_once_find(db, scope, req->once->key, clock_wall_ms(),
	    hours, &row);
	if (found == RESULT_NOT_FOUND) {
		result = write_with_key(db, scope, req, act, hours, out);
		if (result != RESULT_CONFLICT)
			return result;
		found = db_once_find(db, scope, req->once->key,
		    clock_wall_ms(), hours, &row);
		if (found == RESULT_NOT_FOUND)
			return RESULT_CONFLICT;
	}
	return found == RESULT_OK ? replay(&row, req, out) : found;
}

static enum result
write_to_mysql(struct worker *worker, const struct request *req,
    write_application *act, struct application *out)
{
	struct db *db;
	enum result result;

	result = store_db(worker->store, &db);
	if (result != RESULT_OK)
		return result;
	result = req->once == NULL ? act(db, req, out) : write_once(db, req,
	    act, worker->config->idempotency_hours, out);
	store_db_give(worker->store, db);
	return result;
}

/* ---- what there is ---- */

enum result
application_create(struct worker *worker, const struct request *req,
    struct application *out)
{
	return write_to_mysql(worker, req, create, out);
}

enum result
application_update(struct worker *worker, const struct request *req,
    struct application *out)
{
	return write_to_mysql(worker, req, rename_it, out);
}

enum result
application_get(struct worker *worker, const struct request *req,
    struct application *out)
{
	struct db *db;
	enum result result;

	result = store_db(worker->store, &db);
	if (result != RESULT_OK)
		return result;
	result = db_application_by_token(db, req->token, out);
	store_db_give(worker->store, db);
	return result;
}

enum result
application_list(struct worker *worker, const char *after,
    const char *before, const struct range *range, struct application **out,
    size_t *count, bool *more)
{
	struct range wider = *range;
	struct db *db;
	enum result result;

	result = store_db(worker->store, &db);
	if (result != RESULT_OK)
		return result;
	wider.limit++;		/* one more shows whether the list goes on */
	result = db_application_list(db, after, before, &wider, out, count);
	store_db_give(worker->store, db);
	if (result != RESULT_OK)
		return result;
	*more = *count > range->limit;
	if (*more)
		application_clear(&(*out)[--*count]);
	return RESULT_OK;
}

void
applications_free(struct application *apps, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		application_clear(&apps[i]);
	free(apps);
}
