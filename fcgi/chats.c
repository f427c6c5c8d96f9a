/* chats.c: the responder for …/chats and …/chats/:chat. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer.h"
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
	struct item chat;
	enum result result = item_create(worker, EVENT_CHAT, req, &chat);

	answer_created(resp, req, result, &chat, render_chat);
}

static void
list(struct worker *worker, const struct request *req, struct response *resp)
{
	answer_list(worker, req, resp, EVENT_CHAT, render_chat);
}

static void
get(struct worker *worker, const struct request *req, struct response *resp)
{
	struct item chat;
	enum result result = item_get(worker, EVENT_CHAT, req, &chat);

	answer_item(resp, req, result, &chat, render_chat);
}

static void
update(struct worker *worker, const struct request *req,
    struct response *resp)
{
	struct item chat;
	enum result result = item_update(worker, EVENT_CHAT, req, &chat);

	answer_item(resp, req, result, &chat, render_chat);
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
