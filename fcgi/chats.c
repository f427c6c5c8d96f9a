/* chats.c: the responder for …/chats and …/chats/:chat. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>

#include "change.h"
#include "paging.h"
#include "render.h"
#include "responder.h"
#include "route.h"

#define CHATS API "/applications/:token/chats"
#define NO_APPLICATION "There is no such application."
#define NO_CHAT "There is no such chat."

static void create(struct worker *, const struct request *,
    struct response *);
static void list(struct worker *, const struct request *, struct response *);
static void get(struct worker *, const struct request *, struct response *);
static void update(struct worker *, const struct request *,
    struct response *);

static const struct field new_fields[] = {
	{ .name = "name", .nullable = true, .max = 255 },
	{ .name = NULL },
};

static const struct field fields[] = {
	{ .name = "name", .required = true, .nullable = true, .max = 255 },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET,	CHATS,		list,	.missing = NO_APPLICATION },
	{ METHOD_POST,	CHATS,		create,	.missing = NO_APPLICATION,
	    .fields = new_fields },
	{ METHOD_GET,	CHATS "/:chat",	get,	.missing = NO_CHAT },
	{ METHOD_PUT,	CHATS "/:chat",	update,	.missing = NO_CHAT,
	    .fields = fields },
	{ METHOD_PATCH,	CHATS "/:chat",	update,	.missing = NO_CHAT,
	    .fields = fields },
	{ .path = NULL },
};

static void
create(struct worker *worker, const struct request *req,
    struct response *resp)
{
	struct event event;
	enum result result;

	change_create(&event, EVENT_CHAT, req);
	result = store_write(worker->store, req->token, &event);
	if (result != RESULT_OK) {
		respond_failure(resp, req, result);
		goto out;
	}
	response_header(resp, "Location", API "/applications/%s/chats/%"
	    PRIu64, req->token, event.item.key.chat);
	render_chat(&resp->body, req->token, &event.item);
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
	result = store_list(worker->store, req->token, 0, &range, &items,
	    &more);
	if (result != RESULT_OK) {
		respond_failure(resp, req, result);
		goto out;
	}
	if (more && items.count > 0)
		paging_link_number(resp, req, &range,
		    items.item[items.count - 1].key.chat);
	render_list(&resp->body, req->token, &items, render_chat);
	respond_json(resp, 200);
out:
	items_clear(&items);
}

/* The chat that the path names; answers and returns false if none. */
static bool
chat_or_respond(struct worker *worker, const struct request *req,
    struct response *resp, struct item *chat)
{
	struct key key = {.chat = req->chat};
	enum result result;

	result = store_get_chat(worker->store, req->token, &key, chat);
	if (result == RESULT_OK)
		return true;
	respond_failure(resp, req, result);
	return false;
}

static void
get(struct worker *worker, const struct request *req, struct response *resp)
{
	struct item chat;

	if (!chat_or_respond(worker, req, resp, &chat))
		return;
	render_chat(&resp->body, req->token, &chat);
	respond_json(resp, 200);
	item_clear(&chat);
}

static void
update(struct worker *worker, const struct request *req,
    struct response *resp)
{
	struct event event;
	struct item current;
	enum result result;

	if (!chat_or_respond(worker, req, resp, &current))
		return;
	change_update(&event, EVENT_CHAT, req, &current);
	result = store_write(worker->store, req->token, &event);
	if (result == RESULT_OK) {
		render_chat(&resp->body, req->token, &event.item);
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
		.name = "parley-chats",
		.about = "chats",
		.routes = routes,
		.writes = true,
	};

	return responder_main(&family, argc, argv);
}
