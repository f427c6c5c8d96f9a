/* operation.c: what can be done, apart from how it is asked and answered. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "operation.h"

#include "change.h"

/* ---- chats and messages ---- */

/* The written item is the caller's on RESULT_OK. */
static enum result
write_event(struct worker *worker, const struct request *req,
    struct event *event, struct item *out)
{
	enum result result;

	result = req->once == NULL ?
	    store_write(worker->store, req->token, event,
	    &worker->charge) :
	    store_write_once(worker->store, req->token, event,
	    &worker->charge, req->once);
	if (result == RESULT_OK) {
		worker->wrote = event->item.key;
		*out = event->item;
		event->item = (struct item){0};
	}
	event_clear(event);
	return result;
}

enum result
item_create(struct worker *worker, enum event_type type,
    const struct request *req, struct item *out)
{
	struct event event;

	change_create(&event, type, req);
	return write_event(worker, req, &event, out);
}

enum result
item_get(struct worker *worker, enum event_type type,
    const struct request *req, struct item *out)
{
	struct key key = {.chat = req->chat};

	if (type == EVENT_CHAT)
		return store_get_chat(worker->store, req->token, &key, out);
	key.message = req->message;
	return store_get(worker->store, req->token, &key, out);
}

/* An event has the full state, so what is there now is read first. */
enum result
item_update(struct worker *worker, enum event_type type,
    const struct request *req, struct item *out)
{
	struct event event;
	struct item current;
	enum result result;

	result = item_get(worker, type, req, &current);
	if (result != RESULT_OK)
		return result;
	change_update(&event, type, req, &current);
	result = write_event(worker, req, &event, out);
	item_clear(&current);
	return result;
}

enum result
item_list(struct worker *worker, enum event_type type,
    const struct request *req, const struct range *range, struct items *out,
    bool *more, struct list_change *change)
{
	return store_list(worker->store, req->token,
	    type == EVENT_CHAT ? 0 : req->chat, range, out, more, change);
}

/* ---- search ---- */

/* The chat's key, with the application's internal number. */
static enum result
find_chat(struct worker *worker, const struct request *req, struct key *key)
{
	struct item chat;
	enum result result;

	*key = (struct key){.chat = req->chat};
	result = store_get(worker->store, req->token, key, &chat);
	if (result == RESULT_OK)
		item_clear(&chat);
	return result;
}

enum result
message_search(struct worker *worker, const struct request *req,
    const struct text_terms *terms, const struct search_cursor *after,
    unsigned limit, struct search_hits *out)
{
	struct search_query query = {
		.terms = terms->term,
		.terms_count = terms->count,
		.after = *after,
		.limit = limit,
		.request_id = req->id,
		.tracestate = req->tracestate,
	};
	struct search *search;
	struct db *db;
	enum result result;

	trace_write(&req->trace, query.traceparent);
	result = find_chat(worker, req, &query.chat);
	if (result != RESULT_OK)
		return result;
	result = worker_search(worker, &search, &db);
	if (result != RESULT_OK)
		return result;
	result = search_find(search, &query, out);
	worker_search_done(worker, search, db);
	return result;
}
