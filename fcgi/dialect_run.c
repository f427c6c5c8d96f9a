/* dialect_run.c: does what a dialect's route says, and answers. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "dialect_internal.h"
#include "log_path.h"

/* ---- what went wrong ---- */

/*
 * An operation says only that something is not there; the dialects want to
 * know what. CAUSE_UNAVAILABLE if that cannot be told now.
 */
static enum cause
what_is_missing(struct call *call)
{
	struct store *const store = call->worker->store;
	const struct request *const req = call->req;
	struct key key = {.chat = req->chat};
	struct item chat;
	uint32_t application;

	switch (store_application(store, req->token, &application)) {
	case RESULT_OK:
		break;
	case RESULT_NOT_FOUND:
		return CAUSE_NO_APPLICATION;
	default:
		return CAUSE_UNAVAILABLE;
	}
	if (call->route->subject != SUBJECT_MESSAGE)
		return CAUSE_NO_CHAT;
	switch (store_get(store, req->token, &key, &chat)) {
	case RESULT_OK:
		item_clear(&chat);
		return CAUSE_NO_MESSAGE;
	case RESULT_NOT_FOUND:
		return CAUSE_NO_CHAT;
	default:
		return CAUSE_UNAVAILABLE;
	}
}

void
dialect_complain_of(struct call *call, enum result result)
{
	enum cause cause = CAUSE_NOT_ACCEPTED;

	if (result == RESULT_NOT_FOUND)
		cause = what_is_missing(call);
	else if (result == RESULT_LIMITED)
		cause = CAUSE_LIMITED;
	else if (result == RESULT_CONFLICT && call->req->once != NULL)
		cause = call->req->once->reused ? CAUSE_KEY_REUSED :
		    CAUSE_KEY_IN_USE;
	else if (call->req->method == METHOD_GET)
		cause = CAUSE_UNAVAILABLE;
	else if (result == RESULT_UNKNOWN)
		cause = CAUSE_OUTCOME_UNKNOWN;
	dialect_complain(call, cause, NULL);
	if (result == RESULT_INVALID || result == RESULT_REFUSED)
		log_refusal(call->req);
}

/* ---- one thing ---- */

struct thing
dialect_application(const struct application *app)
{
	return (struct thing){
		.token = app->token,
		.text = app->name,
		.count = app->chats_count,
		.created_at = app->created_at,
		.updated_at = app->updated_at,
	};
}

struct thing
dialect_item(const struct call *call, const struct item *item)
{
	return (struct thing){
		.token = call->req->token,
		.text = item->text,
		.chat = item->key.chat,
		.message = item->key.message,
		.count = item->messages_count,
		.created_at = item->created_at,
		.updated_at = item->updated_at,
	};
}

static void
answer_thing(struct call *call, const struct thing *thing)
{
	const struct dialect_route *const route = call->route;

	if (route->answer == NULL) {
		respond_empty(call->resp, route->status);
		return;
	}
	dialect_object(&call->resp->body, route->answer, thing);
	respond_json(call->resp, route->status);
}

/* An update that says nothing new only looks. */
static enum act
act_on_one(const struct call *call)
{
	if (call->route->act == ACT_UPDATE &&
	    call->req->value[0].data == NULL)
		return ACT_GET;
	return call->route->act;
}

static void
run_application(struct call *call)
{
	static enum result (*const operations[])(struct worker *,
	    const struct request *, struct application *) = {
		[ACT_CREATE] = application_create,
		[ACT_GET] = application_get,
		[ACT_UPDATE] = application_update,
	};
	struct application app;
	struct thing thing;
	enum result result;

	result = operations[act_on_one(call)](call->worker, call->req, &app);
	if (result != RESULT_OK) {
		dialect_complain_of(call, result);
		return;
	}
	thing = dialect_application(&app);
	answer_thing(call, &thing);
	application_clear(&app);
}

enum event_type
dialect_type(const struct call *call)
{
	return call->route->subject == SUBJECT_CHAT ? EVENT_CHAT :
	    EVENT_MESSAGE;
}

static void
run_item(struct call *call)
{
	static enum result (*const operations[])(struct worker *,
	    enum event_type, const struct request *, struct item *) = {
		[ACT_CREATE] = item_create,
		[ACT_GET] = item_get,
		[ACT_UPDATE] = item_update,
	};
	struct item item;
	struct thing thing;
	enum result result;

	result = operations[act_on_one(call)](call->worker, dialect_type(call),
	    call->req, &item);
	if (result != RESULT_OK) {
		dialect_complain_of(call, result);
		return;
	}
	thing = dialect_item(call, &item);
	answer_thing(call, &thing);
	item_clear(&item);
}

/* ---- the routes ---- */

static enum limit
limit_of(const struct dialect_route *route)
{
	switch (route->act) {
	case ACT_SAY:
		return LIMIT_NONE;
	case ACT_SEARCH:
		return LIMIT_SEARCH;
	case ACT_GET:
	case ACT_LIST:
		return LIMIT_READ;
	case ACT_CREATE:
		if (route->subject == SUBJECT_APPLICATION)
			return LIMIT_APPLICATION;
		return LIMIT_WRITE;
	default:
		return LIMIT_WRITE;
	}
}

bool
dialect_limit(struct call *call)
{
	const struct dialect_route *const route = call->route;
	enum result result;

	if (route->act == ACT_CREATE &&
	    route->subject != SUBJECT_APPLICATION &&
	    call->req->idempotency_key == NULL) {
		limit_prepare(call->worker, call->req, LIMIT_WRITE);
		return true;
	}
	result = limit_take(call->worker, call->req, limit_of(route));
	if (result != RESULT_OK)
		dialect_complain_of(call, result);
	return result == RESULT_OK;
}

static void
say(struct call *call)
{
	buffer_str(&call->resp->body, call->route->text);
	respond_content(call->resp, call->route->status, call->route->type);
}

void
dialect_run(struct call *call)
{
	switch (call->route->act) {
	case ACT_SAY:
		say(call);
		break;
	case ACT_LIST:
		dialect_list(call);
		break;
	case ACT_SEARCH:
		dialect_search(call);
		break;
	default:
		if (call->route->subject == SUBJECT_APPLICATION)
			run_application(call);
		else
			run_item(call);
	}
}
