/* messages.c: the responder for …/messages and …/messages/:message. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>

#include "change.h"
#include "paging.h"
#include "render.h"
#include "responder.h"
#include "route.h"

#define MESSAGES API "/applications/:token/chats/:chat/messages"
#define NO_CHAT "There is no such application or chat."
#define NO_MESSAGE "There is no such message."

static void create(struct worker *, const struct request *,
    struct response *);
static void list(struct worker *, const struct request *, struct response *);
static void get(struct worker *, const struct request *, struct response *);
static void update(struct worker *, const struct request *,
    struct response *);

static const struct field fields[] = {
	{ .name = "body", .alias = "name", .required = true, .max = 16000 },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET,	MESSAGES,		list,	.missing = NO_CHAT },
	{ METHOD_POST,	MESSAGES,		create,	.missing = NO_CHAT,
	    .fields = fields },
	{ METHOD_GET,	MESSAGES "/:message",	get,
	    .missing = NO_MESSAGE },
	{ METHOD_PUT,	MESSAGES "/:message",	update,
	    .missing = NO_MESSAGE, .fields = fields },
	{ METHOD_PATCH,	MESSAGES "/:message",	update,
	    .missing = NO_MESSAGE, .fields = fields },
	{ .path = NULL },
};

static void
create(struct worker *worker, const struct request *req,
    struct response *resp)
{
	struct event event;
	enum result result;

	change_create(&event, EVENT_MESSAGE, req);
	result = store_write(worker->store, req->token, &event);
	if (result != RESULT_OK) {
		respond_failure(resp, req, result);
		goto out;
	}
	response_header(resp, "Location", API "/applications/%s/chats/%"
	    PRIu64 "/messages/%" PRIu64, req->token, event.item.key.chat,
	    event.item.key.message);
	render_message(&resp->body, req->token, &event.item);
	respond_json(resp, 201);
out:
	event_clear(&event);
}

static void
list(struct worker *worker, const struct request *req, struct response *resp)
{
	struct items items = {0};
	struct range range;
	enum result result;
	bool more;

	if (!paging_or_respond(req, resp, &range))
		return;
	result = store_list(worker->store, req->token, req->chat, &range,
	    &items, &more);
	if (result != RESULT_OK) {
		respond_failure(resp, req, result);
		goto out;
	}
	if (more && items.count > 0)
		paging_link_number(resp, req, &range,
		    items.item[items.count - 1].key.message);
	render_list(&resp->body, req->token, &items, render_message);
	respond_json(resp, 200);
out:
	items_clear(&items);
}

/* The message that the path names; answers and returns false if none. */
static bool
message_or_respond(struct worker *worker, const struct request *req,
    struct response *resp, struct item *message)
{
	struct key key = {.chat = req->chat, .message = req->message};
	enum result result;

	result = store_get(worker->store, req->token, &key, message);
	if (result == RESULT_OK)
		return true;
	respond_failure(resp, req, result);
	return false;
}

static void
get(struct worker *worker, const struct request *req, struct response *resp)
{
	struct item message;

	if (!message_or_respond(worker, req, resp, &message))
		return;
	render_message(&resp->body, req->token, &message);
	respond_json(resp, 200);
	item_clear(&message);
}

static void
update(struct worker *worker, const struct request *req,
    struct response *resp)
{
	struct event event;
	struct item current;
	enum result result;

	if (!message_or_respond(worker, req, resp, &current))
		return;
	change_update(&event, EVENT_MESSAGE, req, &current);
	result = store_write(worker->store, req->token, &event);
	if (result == RESULT_OK) {
		render_message(&resp->body, req->token, &event.item);
		respond_json(resp, 200);
	} else {
		respond_failure(resp, req, result);
	}
	event_clear(&event);
	item_clear(&current);
}

int
main(int argc, char **argv)
{
	static const struct family family = {
		.name = "parley-messages",
		.about = "chat messages",
		.routes = routes,
		.writes = true,
	};

	return responder_main(&family, argc, argv);
}
